/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spec - dispatcherd's configuration and hooks. */
#include "dispatcherd/spec.h"

#include <stddef.h>

#include "dispatcherd/worker.h"

static const char *const lanes_words[] = {
	[WORKER_ALL] = "all", [WORKER_URGENT] = "urgent", [WORKER_BULK] = "bulk", NULL};

static const struct config_row config_rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct worker_config, database_url),
	 .help = "PostgreSQL, as role vestnik_dispatcherd"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct worker_config, broker_url),
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "lanes",
	 .type = CONFIG_ENUM,
	 .offset = offsetof(struct worker_config, lanes),
	 .def = "all",
	 .words = lanes_words,
	 .help = "all, or a process for urgent or bulk chunks alone: urgent ones then never wait "
		 "for a bulk chunk in hand"},
	{0},
};

struct state {
	struct worker *worker;
};

static bool start(void *state, const void *config, struct err *err)
{
	return worker_new(config, &((struct state *)state)->worker, err);
}

static bool run(void *state, struct err *err)
{
	(void)err;
	worker_run(((struct state *)state)->worker);
	return true;
}

static void stop(void *state)
{
	worker_free(&((struct state *)state)->worker);
}

const struct daemon_spec dispatcherd_spec = {
	.name = "dispatcherd",
	.purpose = "turns chunks of an audience into batches of messages",
	.config = config_rows,
	.config_size = sizeof(struct worker_config),
	.state_size = sizeof(struct state),
	.start = start,
	.run = run,
	.stop = stop,
};
