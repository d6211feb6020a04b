/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed - rows that appear in a table, told to other systems as events of exchange crm.out.
 *
 * A feed reads on by (time, id) from where its row of crm_feed says it is, publishes what is new,
 * and moves on once the broker has confirmed it: at least once, in order.  An event has the same id
 * however often it is told.  A row may become visible later than its time says, because its
 * transaction lasted; so the last minute is read again each time, without what was told of it. */
#ifndef VESTNIK_CRMD_FEED_H
#define VESTNIK_CRMD_FEED_H

#include "common/web/json_out.h"
#include "crmd/worker.h"

struct feed {
	const char *name; /* its row in crm_feed; begins the ids of its events */
	const char *type; /* of its events */
	/* $1 timestamptz, $2 bigint[], $3 integer: at most $3 rows behind the time $1 whose id is
	 * not among $2, in order; columns: id, time, and what write() reads. */
	struct pg_stmt rows;
	void (*write)(struct json_out *data, const struct pg_result *rows, size_t row);
};

/* feeds.c; ended by a NULL name. */
extern const struct feed feeds[];

/* Make the row of each feed that has none: it begins now. */
bool feeds_begin(struct worker *w, struct err *err);
/* Tell the next rows of one feed, unless another crmd is about it; *more_out: there may be more at
 * once. */
bool feed_step(struct worker *w, const struct feed *feed, bool *more_out, struct err *err);

/* --- events of crm.out -------------------------------------------------------------------------
 */

/* Begin an event in `buf`, which is emptied: its members up to `data`, which is left open. */
void out_begin(struct json_out *json, struct buf *buf, const char *id, const char *type,
	       int64_t at_us);
/* End it and gather it for mq_confirm(). */
void out_publish(struct json_out *json, struct mq *mq, const char *id, const char *type);
/* Await the broker's word on what was gathered. */
bool out_confirm(struct mq *mq, struct err *err);

#endif
