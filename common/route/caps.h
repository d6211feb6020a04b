/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* caps - the parts of capped accounts that this process may still give out.
 *
 * Grants are asked for in bulk, each committed at once, so that no message waits for a counter and
 * no row is hot.  What a transaction gives out is counted in that transaction, against the grant:
 * however many processes route, no cap is overrun, and what was rolled back is not counted.
 *
 * Owner: the loop it belongs to, one thread. */
#ifndef VESTNIK_ROUTE_CAPS_H
#define VESTNIK_ROUTE_CAPS_H

#include "common/route/store.h"

struct route_caps {
	int16_t slot;			   /* this process, as in run_count */
	int64_t want;			   /* parts asked for at a time */
	int64_t left[ROUTE_ACCOUNTS_MAX];  /* beside the table; INT64_MAX: no cap */
	int64_t given[ROUTE_ACCOUNTS_MAX]; /* by the transaction that is open */
	int64_t need; /* the most of one account that a piece of work took lately */
	int16_t account[ROUTE_ACCOUNTS_MAX]; /* whose each is */
	size_t count;
	uint64_t asked_ms; /* monotonic: when nothing more was granted */
};

/* At most `want` parts are asked for at a time, when fewer are left than two pieces of work like
 * the last ones need. */
void route_caps_init(struct route_caps *caps, int16_t slot, int64_t want);
/* Have enough for the next piece of work, outside a transaction.  Forgets what a transaction that
 * was rolled back gave out. */
bool route_caps_prepare(struct route_caps *caps, const struct route_store *store, struct pg *pg,
			struct err *err);
/* What route_ask.left takes: NULL where there are no caps. */
const int64_t *route_caps_left(const struct route_caps *caps, const struct route_store *store);
void route_caps_give(struct route_caps *caps, size_t place, int parts);
/* Count what was given, within the transaction.  ERR_RETRY: a grant is not there any more; the
 * transaction must be rolled back, and done again it may succeed. */
bool route_caps_count(struct route_caps *caps, struct pg *pg, struct err *err);
/* The transaction is committed. */
void route_caps_done(struct route_caps *caps);

#endif
