/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker - one straight-line loop of crmd, with a connection of its own to each store.
 *
 * crmd has several, which share nothing but the configuration: events in, events out, and what else
 * stands in spec.c.  The first runs on the main thread and feeds the watchdog, each other one on a
 * thread of its own.
 *
 * Owner: the thread that runs it. */
#ifndef VESTNIK_CRMD_WORKER_H
#define VESTNIK_CRMD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/patience.h"
#include "common/broker/mq.h"
#include "common/model/privacy_key.h"
#include "common/store/pg.h"
#include "common/store/vault.h"

struct crmd_config {
	char *database_url;
	char *broker_url;
	int64_t keep_event_days;
	int64_t keep_source_run_days;
	char *source_folder;
	char *source_ca_file;
	bool source_plain_http;
	int64_t source_settle_ms;
	int64_t source_file_mb_max;
	char *privacy_key_file;
	char *secrets_key_file;
};

struct route_store;

struct worker {
	const struct crmd_config *config;
	const struct privacy_key *key; /* NULL: none is configured */
	struct vault *vault;	       /* likewise */
	const char *name;	       /* as spec.c has it, for logs and the stores */
	bool on_main;		       /* feeds watchdog and readiness */
	struct pg *pg;
	struct pg_params *params;
	struct mq *mq; /* connects at first use; a worker that needs no broker never does */
	struct patience patience;
	struct route_store *routes; /* what messages cost; NULL: nobody has asked yet */
};

/* A worker's loop: works until daemon_stopping(). */
typedef void worker_loop(struct worker *w);

/* `w` is zeroed but for what its owner has set; config, key and vault are borrowed. */
bool worker_open(struct worker *w, const char *name, const struct crmd_config *config,
		 const struct privacy_key *key, struct vault *vault, struct err *err);
void worker_close(struct worker *w);

/* Run one statement with w->params, which are empty afterwards; `out` may be NULL. */
bool worker_run(struct worker *w, const struct pg_stmt *stmt, struct pg_result **out,
		struct err *err);
/* Connected to the database, however long that takes; false when stopping. */
bool worker_database(struct worker *w);
/* Connected to the broker, with its exchanges and queues declared; likewise.  Consumers are the
 * caller's to start again. */
bool worker_broker(struct worker *w);
/* The loop turned. */
void worker_alive(const struct worker *w);
void worker_ready(const struct worker *w, bool ready, const char *reason);
/* Wait; false when the daemon is stopped meanwhile. */
bool worker_sleep(int64_t ms);

#endif
