/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* httpgwd - HTTP providers: claims slices of batches, sends them as profiles say, within rate and
 * connections, commits the answers; takes what providers report and hands it on.
 *
 * Threads: the event thread (this one) owns the connections to providers and never blocks; one
 * lease thread, one receipt thread, one that asks (inquiries.h) and one that is called
 * (callbacks.h) for the process; a claiming and an answering thread for every account owned.
 * docs/architecture.md holds the contract, docs/providers.md says what profiles mean. */
#include <stdio.h>
#include <string.h>

#include "common/base/daemon.h"
#include "httpgwd/account.h"
#include "httpgwd/callbacks.h"
#include "httpgwd/httpgwd.h"
#include "httpgwd/inquiries.h"

#define AT(member) offsetof(struct httpgwd_config, member)

static const struct config_row config_rows[] = {
	{"database.url", CONFIG_STR, AT(gateway.database_url), NULL, 0, 0, NULL,
	 "PostgreSQL, e.g. postgresql://vestnik_httpgwd@127.0.0.1/vestnik"},
	{"broker.url", CONFIG_STR, AT(gateway.broker_url), NULL, 0, 0, NULL,
	 "RabbitMQ, e.g. amqp://vestnik:secret@127.0.0.1/%2F"},
	{"secrets.key_file", CONFIG_STR, AT(gateway.secrets_key_file), "", 0, 0, NULL,
	 VAULT_KEY_HELP},
	{"accounts", CONFIG_LIST, AT(gateway.accounts), "[]", 0, 0, NULL,
	 "names of the accounts this process may own; none: all"},
	{"providers.dir", CONFIG_STR, AT(profiles), SHELF_DIR, 0, 0, NULL,
	 "folder with the profiles of providers"},
	{"public_url", CONFIG_STR, AT(public_url), NULL, 0, 0, NULL,
	 "where providers reach http.listen, e.g. https://sms.example.ru"},
	{"http.listen", CONFIG_STR, AT(listen), "127.0.0.1:8090", 0, 0, NULL,
	 "where calls of providers are taken, behind a proxy with TLS; empty: nowhere"},
	{"http.rate", CONFIG_INT, AT(callback_rate), "2000", 1, 1000000, NULL,
	 "calls a second of one account; more are answered 429"},
	{"allow_hosts", CONFIG_LIST, AT(allow_hosts), "[]", 0, 0, NULL,
	 "hosts of providers that may be at addresses that are not public"},
	{"tls.ca_file", CONFIG_STR, AT(tls_ca_file), "", 0, 0, NULL,
	 "authorities of providers' certificates; empty: the system's"},
	{"balance.every", CONFIG_MS, AT(balance_every_ms), "5m", 1000, 86400000, NULL,
	 "between two questions for the balance of an account"},
	{NULL, CONFIG_STR, 0, NULL, 0, 0, NULL, NULL},
};

static bool check_public_url(const char *url, struct err *err)
{
	return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0 ||
	       err_set(err, ERR_INPUT, "public_url: expected https://, or http:// for tests");
}

static bool start(void *state, const void *config, struct err *err)
{
	struct httpgwd *h = state;
	const struct httpgwd_config *c = config;

	h->config = c;
	snprintf(h->agent, sizeof(h->agent), "Vestnik");
	transfer_global_init();
	if (!check_public_url(c->public_url, err))
		return false;
	if (!shelf_load(c->profiles, &h->shelf, err))
		return err_wrap(err, "providers.dir");
	if (!gateway_start(&h->gateway, account_kind(), &c->gateway, err))
		return false;
	h->inquiries = inquiries_start(h);
	return c->listen[0] == '\0' || callbacks_start(h, &h->callbacks, err);
}

static bool run(void *state, struct err *err)
{
	struct httpgwd *h = state;

	(void)err;
	gateway_run(&h->gateway);
	return true;
}

static void stop(void *state)
{
	struct httpgwd *h = state;
	struct directory *unseen;

	inquiries_stop(&h->inquiries);
	callbacks_stop(&h->callbacks);
	gateway_stop(&h->gateway);
	unseen = atomic_exchange(&h->directory_next, NULL);
	directory_free(&unseen);
	shelf_free(&h->shelf);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "httpgwd",
		.purpose = "HTTP providers",
		.config = config_rows,
		.config_size = sizeof(struct httpgwd_config),
		.state_size = sizeof(struct httpgwd),
		.start = start,
		.run = run,
		.stop = stop,
	};

	return daemon_main(argc, argv, &spec);
}
