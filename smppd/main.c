/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smppd - SMPP sessions to operators: claims slices of batches, sends them within window and rate,
 * commits the answers, hands receipts on.
 *
 * Threads: the event thread (this one) owns all sockets and never blocks; one lease thread and one
 * receipt thread for the process; a claiming and an answering thread for every account owned.  They
 * meet in bounded queues.  docs/architecture.md holds the contract. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/broker/mq.h"
#include "smppd/account.h"
#include "smppd/lease.h"
#include "smppd/loop.h"
#include "smppd/receipts.h"

#define TICK_MS		    250
#define DRAIN_MS	    8000 /* for outstanding answers, at a stop */
#define RECEIPTS_AT_STOP_MS 4000 /* a broker that is away then holds the stop no longer */
#define RECEIPT_WAIT_MS	    8000

struct smppd_config {
	char *database_url, *broker_url;
	struct config_list accounts;
};

static const struct config_row config_rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct smppd_config, database_url), NULL, 0, 0, NULL,
	 "PostgreSQL, e.g. postgresql://vestnik_smppd@127.0.0.1/vestnik"},
	{"broker.url", CONFIG_STR, offsetof(struct smppd_config, broker_url), NULL, 0, 0, NULL,
	 "RabbitMQ, e.g. amqp://vestnik:secret@127.0.0.1/%2F"},
	{"accounts", CONFIG_LIST, offsetof(struct smppd_config, accounts), "[]", 0, 0, NULL,
	 "names of the accounts this process may own; none: all"},
	{NULL, CONFIG_STR, 0, NULL, 0, 0, NULL, NULL},
};

struct smppd {
	struct loop loop;
	struct leases *leases;
	struct event *stop_event, *tick_event;
};

/* --- stopping ----------------------------------------------------------------------------------
 */

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct smppd *d = arg;

	(void)fd;
	(void)what;
	event_del(d->stop_event);
	atomic_store(&d->loop.context.receipts_until_ms, clock_mono_ms() + RECEIPTS_AT_STOP_MS);
	log_info("stopping: what is unwritten goes back, answers are waited for");
	loop_stop(&d->loop);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct smppd *d = arg;

	(void)fd;
	(void)what;
	daemon_alive();
	daemon_ready(leases_kept(d->leases), "the database does not answer: no lease is kept");
}

/* --- life --------------------------------------------------------------------------------------
 */

static void name_process(struct context *c)
{
	char host[40] = "";

	(void)gethostname(host, sizeof(host) - 1);
	snprintf(c->application, sizeof(c->application), "smppd/%s", daemon_instance());
	snprintf(c->owner, sizeof(c->owner), "smppd/%.16s/%s/%d/%08x", daemon_instance(), host,
		 (int)getpid(), (unsigned)arc4random());
}

static bool start(void *state, const void *config, struct err *err)
{
	struct smppd *d = state;
	struct loop *loop = &d->loop;
	const struct smppd_config *c = config;
	const struct timeval tick = {0, TICK_MS * 1000};
	struct mq *probe = NULL;
	const struct mq_options broker = {.url = c->broker_url, .name = "smppd"};

	if (!mq_open(&broker, &probe, err)) /* reads the URL, connects nothing */
		return err_wrap(err, "broker.url");
	mq_close(&probe);
	loop->context.database_url = c->database_url;
	loop->context.broker_url = c->broker_url;
	loop->context.drain_ms = DRAIN_MS;
	loop->context.receipt_wait_ms = RECEIPT_WAIT_MS;
	name_process(&loop->context);
	if (!loop_init(loop, err))
		return false;
	d->stop_event = event_new(loop->base, daemon_stop_fd(), EV_READ | EV_PERSIST, on_stop, d);
	d->tick_event = event_new(loop->base, -1, EV_PERSIST, on_tick, d);
	event_add(d->stop_event, NULL);
	event_add(d->tick_event, &tick);
	loop->context.receipts = receipts_start(&loop->context);
	d->leases = leases_start(&loop->context, c->accounts.items, c->accounts.count);
	return true;
}

static bool run(void *state, struct err *err)
{
	struct smppd *d = state;

	(void)err;
	event_base_dispatch(d->loop.base);
	return true;
}

static void free_event(struct event *e)
{
	if (e != NULL)
		event_free(e);
}

static void stop(void *state)
{
	struct smppd *d = state;

	receipts_stop(&d->loop.context.receipts);
	leases_stop(&d->leases);
	free_event(d->stop_event);
	free_event(d->tick_event);
	loop_deinit(&d->loop);
}

int main(int argc, char **argv)
{
	static const struct daemon_spec spec = {
		.name = "smppd",
		.purpose = "SMPP sessions to operators",
		.config = config_rows,
		.config_size = sizeof(struct smppd_config),
		.state_size = sizeof(struct smppd),
		.start = start,
		.run = run,
		.stop = stop,
	};

	return daemon_main(argc, argv, &spec);
}
