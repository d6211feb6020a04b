/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pool - a fixed number of pg connections shared by the store threads of a server. */
#ifndef VESTNIK_STORE_POOL_H
#define VESTNIK_STORE_POOL_H

#include "common/store/pg.h"

struct pg_pool;

/* Connections open on first use; `size` is also the most that can be lent at once. */
struct pg_pool *pg_pool_new(const struct pg_options *options, size_t size);
void pg_pool_free(struct pg_pool **pool); /* all must be back */
/* Borrow a usable connection, waiting until the deadline (clock_mono_ms) for a free one.  A dead
 * one is reconnected once.  False: ERR_TIMEOUT or ERR_LOST. */
bool pg_pool_take(struct pg_pool *pool, uint64_t deadline_ms, struct pg **out, struct err *err);
/* Give it back; an open transaction is rolled back. */
void pg_pool_give(struct pg_pool *pool, struct pg *pg);

#endif
