/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smppd - SMPP sessions to operators: claims slices of batches, sends them within window and rate,
 * commits the answers, hands receipts on.
 *
 * Threads: the event thread (this one) owns all sockets and never blocks; one lease thread and one
 * receipt thread for the process; a claiming and an answering thread for every account owned.  They
 * meet in bounded queues.  docs/architecture.md holds the contract. */
#include "common/base/daemon.h"
#include "smppd/account.h"
#include "smppd/smppd.h"

static const struct config_row config_rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct gateway_config, database_url), NULL, 0, 0,
	 NULL, "PostgreSQL, e.g. postgresql://vestnik_smppd@127.0.0.1/vestnik"},
	{"broker.url", CONFIG_STR, offsetof(struct gateway_config, broker_url), NULL, 0, 0, NULL,
	 "RabbitMQ, e.g. amqp://vestnik:secret@127.0.0.1/%2F"},
	{"accounts", CONFIG_LIST, offsetof(struct gateway_config, accounts), "[]", 0, 0, NULL,
	 "names of the accounts this process may own; none: all"},
	{"secrets.key_file", CONFIG_STR, offsetof(struct gateway_config, secrets_key_file), "", 0,
	 0, NULL, VAULT_KEY_HELP},
	{NULL, CONFIG_STR, 0, NULL, 0, 0, NULL, NULL},
};

/* Names are looked up by libevent's own resolver, which never blocks. */
static struct evdns_base *make_resolver(struct event_base *base)
{
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (dns == NULL)
		panic("libevent is out of memory");
	(void)evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
	return dns;
}

static bool start(void *state, const void *config, struct err *err)
{
	struct smppd *d = state;

	if (!gateway_start(&d->gateway, account_kind(), config, err))
		return false;
	d->asker = asker_start(&d->gateway);
	d->dns = make_resolver(d->gateway.base);
	return true;
}

static bool run(void *state, struct err *err)
{
	struct smppd *d = state;

	(void)err;
	gateway_run(&d->gateway);
	return true;
}

static void stop(void *state)
{
	struct smppd *d = state;

	asker_stop(&d->asker);
	if (d->dns != NULL)
		evdns_base_free(d->dns, 0);
	gateway_stop(&d->gateway);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "smppd",
		.purpose = "SMPP sessions to operators",
		.config = config_rows,
		.config_size = sizeof(struct gateway_config),
		.state_size = sizeof(struct smppd),
		.start = start,
		.run = run,
		.stop = stop,
	};

	return daemon_main(argc, argv, &spec);
}
