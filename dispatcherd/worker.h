/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* worker - takes tickets, has each chunk dispatched, and decides what becomes of failures.
 *
 * Of the tickets at hand an urgent one goes first.  A ticket is acknowledged when its chunk is
 * committed (or needs nothing); until then its loss only means another take.  While a store is away
 * the worker waits for it and then goes on with the same ticket.
 *
 * Owner: main(), one thread. */
#ifndef VESTNIK_DISPATCHERD_WORKER_H
#define VESTNIK_DISPATCHERD_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

enum worker_lanes { WORKER_ALL, WORKER_URGENT, WORKER_BULK };

struct worker_config {
	char *database_url;
	char *broker_url;
	int lanes; /* enum worker_lanes */
};

struct worker;

/* Connect to both stores.  On false *out is untouched. */
bool worker_new(const struct worker_config *config, struct worker **out, struct err *err);
void worker_free(struct worker **worker);
/* Work until the daemon stops. */
void worker_run(struct worker *worker);

#endif
