/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker - the loop of dlrd, its configuration, and staying connected to the broker. */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/sms/parts.h"
#include "dlrd/dlrd.h"

/* Bundles in hand: what another dlrd could have is not kept waiting here. */
#define PREFETCH	   32
#define INBOUND_PREFETCH   8
#define CONFIRMATION_PARTS 3 /* inbound_finish() */
#define TURN_MS		   1000
#define PARKED_EVERY_MS	   500
#define FLUSH_MS	   2000

static const struct config_row rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct dlrd_config, database_url),
	 .help = "PostgreSQL, as role vestnik_dlrd"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct dlrd_config, broker_url),
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "gather.receipts",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct dlrd_config, gather_receipts),
	 .def = "4000",
	 .min = 1,
	 .max = 20000,
	 .help = "receipts stored by one transaction, about"},
	{.key = "gather.wait",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct dlrd_config, gather_ms),
	 .def = "20ms",
	 .min = 1,
	 .max = 1000,
	 .help = "how long a first receipt waits for others"},
	{.key = "inbound.join_wait",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct dlrd_config, join_wait_ms),
	 .def = "4h",
	 .min = 1000,
	 .max = 7LL * 24 * 3600 * 1000,
	 .help = "how long missing parts of a message from a phone are waited for"},
	{.key = "stop.confirmation",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct dlrd_config, stop_confirmation),
	 .def = "",
	 .help = "sent once to a number that a stop word has opted out; empty: nothing"},
	{.key = "stop.ambiguous",
	 .type = CONFIG_BOOL,
	 .offset = offsetof(struct dlrd_config, stop_ambiguous),
	 .def = "false",
	 .help = "words that answer many a question (no) are stop words, too"},
	{0},
};

/* One that dispatcherd would not send is better known now than missed later. */
static bool check_confirmation(const char *text, struct err *err)
{
	struct sms_parts parts;

	return text[0] == '\0' ||
	       sms_split(text, strlen(text), SMS_SPLIT_UDH8, CONFIRMATION_PARTS, &parts, err) ||
	       err_wrap(err, "stop.confirmation");
}

static bool start(void *state, const void *config, struct err *err)
{
	struct dlrd *d = state;
	char name[64];
	struct pg_options pg_options = {.application = name};
	struct mq_options mq_options = {.name = name};

	snprintf(name, sizeof(name), "dlrd/%s", daemon_instance());
	d->config = config;
	pg_options.url = d->config->database_url;
	mq_options.url = d->config->broker_url;
	dlrd_init(d, (size_t)d->config->gather_receipts + RECEIPT_BUNDLE_MAX);
	d->slot = (int16_t)daemon_slot();
	if (!check_confirmation(d->config->stop_confirmation, err))
		return false;
	if (!patience_init(&d->patience, daemon_stop_fd(), err))
		return false;
	if (!pg_open(&pg_options, &d->pg, err))
		return err_wrap(err, "database");
	if (!mq_open(&mq_options, &d->mq, err))
		return err_wrap(err, "broker.url");
	return true;
}

static void stop(void *state)
{
	struct dlrd *d = state;

	mq_close(&d->mq);
	pg_close(&d->pg);
	dlrd_deinit(d);
}

/* Connected, declared and consuming; false when stopping. */
static bool broker_connect(struct dlrd *d)
{
	struct pollfd stop = {.fd = daemon_stop_fd(), .events = POLLIN};
	struct err err;

	daemon_ready(false, "waiting for the broker");
	while (!daemon_stopping()) {
		daemon_alive();
		if (mq_reconnect_wait(d->mq, patience_round(&d->patience, PATIENCE_MS), &err) &&
		    topology_declare_receipts(d->mq, &err) &&
		    topology_declare_inbound(d->mq, &err) &&
		    mq_consume(d->mq, QUEUE_RECEIPT, PREFETCH, &err) &&
		    mq_consume(d->mq, QUEUE_INBOUND, INBOUND_PREFETCH, &err)) {
			log_info("consuming receipts and messages from phones");
			daemon_ready(true, "");
			d->consuming = true;
			return true;
		}
		if (err.kind == ERR_STOPPING)
			continue;
		log_err("broker does not let us consume, will try again", &err);
		poll(&stop, 1, TURN_MS);
	}
	return false;
}

/* Join what is parked when it is time; the group must be empty or stored. */
static bool look_at_parked(struct dlrd *d, struct err *err)
{
	bool more = false;

	if (clock_mono_ms() < d->parked_due_ms)
		return true;
	if (!parked_join(d, &more, err)) {
		log_err("parked receipts could not be joined, will try again", err);
		if (!pg_usable(d->pg) && !database_reconnect(d, err))
			return false;
	}
	d->parked_due_ms = more ? 0 : clock_mono_ms() + PARKED_EVERY_MS;
	return true;
}

/* One turn: gather, store, acknowledge.  False: the broker is lost, or the daemon stops. */
static bool turn(struct dlrd *d, struct err *err)
{
	uint64_t deadline_ms = clock_mono_ms() + TURN_MS;

	if (d->parked_due_ms < deadline_ms)
		deadline_ms = d->parked_due_ms;
	if (!gather_bundles(d, deadline_ms, daemon_stop_fd(), err))
		return false;
	if (d->group.count > 0 && !store_group(d, err))
		return false;
	if (d->last_tag != 0)
		mq_ack(d->mq, d->last_tag, true);
	return look_at_parked(d, err) && inbound_give_up(d, err);
}

static bool run(void *state, struct err *err)
{
	struct dlrd *d = state;

	(void)err;
	while (!daemon_stopping()) {
		struct err why = {0};

		if (!d->consuming && !broker_connect(d))
			break;
		daemon_alive();
		if (turn(d, &why) || why.kind == ERR_STOPPING)
			continue;
		log_err("broker lost; what is not acknowledged comes again", &why);
		d->consuming = false;
	}
	if (d->consuming && !mq_flush(d->mq, clock_mono_ms() + FLUSH_MS, &(struct err){0}))
		log_warn("last acknowledgements were not written; their receipts come again");
	return true;
}

const struct daemon_spec dlrd_spec = {
	.name = "dlrd",
	.purpose = "stores what delivery receipts and messages from phones say",
	.config = rows,
	.config_size = sizeof(struct dlrd_config),
	.state_size = sizeof(struct dlrd),
	.start = start,
	.run = run,
	.stop = stop,
};
