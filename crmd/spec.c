/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spec - crmd's configuration, and its loops from start to stop. */
#include "crmd/spec.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "common/base/give_up.h"
#include "common/base/log.h"
#include "crmd/loops.h"

static const struct config_row config_rows[] = {
	{.key = "database.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, database_url),
	 .help = "PostgreSQL, as role vestnik_crmd"},
	{.key = "broker.url",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, broker_url),
	 .help = "RabbitMQ, amqp:// or amqps://"},
	{.key = "keep.event_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct crmd_config, keep_event_days),
	 .def = "14",
	 .min = 1,
	 .max = 3650,
	 .help = "ids of events are kept this long: one that comes again is known"},
	{.key = "keep.source_run_days",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct crmd_config, keep_source_run_days),
	 .def = "30",
	 .min = 1,
	 .max = 3650,
	 .help = "runs of sources and the rows they refused are kept this long"},
	{.key = "sources.folder",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, source_folder),
	 .def = "",
	 .help = "below it are the folders that sources may read; empty: none"},
	{.key = "sources.ca_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, source_ca_file),
	 .def = "",
	 .help = "PEM file of who vouches for HTTPS servers of sources; empty: the system's"},
	{.key = "sources.plain_http",
	 .type = CONFIG_BOOL,
	 .offset = offsetof(struct crmd_config, source_plain_http),
	 .def = "false",
	 .help = "sources may be read over http://, without encryption"},
	{.key = "sources.settle",
	 .type = CONFIG_MS,
	 .offset = offsetof(struct crmd_config, source_settle_ms),
	 .def = "10s",
	 .min = 0,
	 .max = 3600000,
	 .help = "a file in a folder is read when it has not changed for this long"},
	{.key = "sources.file_mb_max",
	 .type = CONFIG_INT,
	 .offset = offsetof(struct crmd_config, source_file_mb_max),
	 .def = "1024",
	 .min = 1,
	 .max = 102400,
	 .help = "a fetched file may have this many MiB"},
	{.key = "privacy.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, privacy_key_file),
	 .def = "",
	 .help = PRIVACY_KEY_HELP},
	{.key = "secrets.key_file",
	 .type = CONFIG_STR,
	 .offset = offsetof(struct crmd_config, secrets_key_file),
	 .def = "",
	 .help = VAULT_KEY_HELP},
	{0},
};

/* The first runs on the main thread. */
static const struct {
	const char *name;
	worker_loop *loop;
} loops[] = {
	{"events", events_loop},
	{"feeds", feeds_loop},
	{"pulls", pulls_loop},
};
#define LOOPS (sizeof(loops) / sizeof(loops[0]))

struct state {
	struct privacy_key *key;
	struct vault *vault;
	struct worker workers[LOOPS];
	pthread_t threads[LOOPS];
	size_t started; /* threads, from the second loop on */
};

static bool start(void *state, const void *config, struct err *err)
{
	const struct crmd_config *c = config;
	struct state *st = state;

	if (!privacy_key_load(c->privacy_key_file, &st->key, err))
		return false;
	if (!vault_load(c->secrets_key_file, &st->vault, err))
		return err_wrap(err, "secrets.key_file");
	st->workers[0].on_main = true;
	for (size_t i = 0; i < LOOPS; i++)
		if (!worker_open(&st->workers[i], loops[i].name, config, st->key, st->vault, err))
			return false;
	/* Else the skeleton takes us for ready before a queue is there. */
	worker_ready(&st->workers[0], false, "connecting");
	return true;
}

static void *loop_thread(void *arg)
{
	struct worker *w = arg;

	for (size_t i = 0; i < LOOPS; i++)
		if (w->name == loops[i].name)
			loops[i].loop(w);
	return NULL;
}

static bool run(void *state, struct err *err)
{
	struct state *st = state;

	for (size_t i = 1; i < LOOPS; i++) {
		if (pthread_create(&st->threads[i], NULL, loop_thread, &st->workers[i]) != 0)
			return err_set(err, ERR_IO, "cannot start the thread of loop %s",
				       loops[i].name);
		st->started = i;
	}
	loops[0].loop(&st->workers[0]);
	return true;
}

/* What a loop has in hand may outlast the stop: it is given up, and done again by whoever comes
 * next. */
static void stop(void *state)
{
	struct state *st = state;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	for (size_t i = 1; i <= st->started; i++) {
		if (pthread_timedjoin_np(st->threads[i], NULL, &until) == 0)
			continue;
		log_info("leaving what is in hand to be done again", LS("loop", loops[i].name));
		give_up();
		pthread_join(st->threads[i], NULL);
	}
	for (size_t i = 0; i < LOOPS; i++)
		worker_close(&st->workers[i]);
	privacy_key_free(&st->key);
	vault_free(&st->vault);
}

const struct daemon_spec crmd_spec = {
	.name = "crmd",
	.purpose = "the exchange with the CRM and other systems",
	.config = config_rows,
	.config_size = sizeof(struct crmd_config),
	.state_size = sizeof(struct state),
	.start = start,
	.run = run,
	.stop = stop,
};
