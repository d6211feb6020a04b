/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* estimate - what a campaign would cost, counted over its whole audience as a job.
 *
 *   estimates.c       the operations: ask, look, cancel
 *   estimator.c       the thread: claims one at a time, says how far it is, stores the result
 *   estimate_count.c  the count: range after range of the clients on two connections
 *
 * A check samples a large audience and answers at once; this renders and prices every message by
 * the same rules (tally.h).  Nothing is locked and no transaction lasts longer than one range, so
 * it is no snapshot: clients who come or go meanwhile may be counted or not. */
#ifndef VESTNIK_APID_ESTIMATE_H
#define VESTNIK_APID_ESTIMATE_H

#include "apid/api.h"
#include "apid/tally.h"

/* Says how far it is; false: nobody wants it any more. */
typedef bool estimate_told_fn(void *arg);

/* Judge everybody of the campaign's audience into `t`, whose sum gets `clients`.  Two connections
 * of `pool`, and one more for `r`.  False: the store failed, or nobody wanted it any more
 * (ERR_STOPPING). */
bool estimate_count(struct request *r, struct pg_pool *pool, int64_t campaign_id, struct tally *t,
		    estimate_told_fn *told, void *arg, struct err *err);

/* Have the campaign counted; one that is being counted as it stands is counted once. */
bool estimate_ask(struct request *r, int64_t campaign_id, struct err *err);
/* Write the estimate as members of the open object; what was counted is *out when it is done.  A
 * campaign that is missing is a filled 404. */
bool estimate_put(struct request *r, int64_t campaign_id, bool *done_out, struct audience *out,
		  struct err *err);

/* The thread; it wakes by itself every second and when it is poked. */
struct estimator *estimator_new(struct api *api);
void estimator_poke(struct estimator *e);
/* Ends it: what it counts just now is given up, and begun anew by whoever comes next. */
void estimator_free(struct estimator **e);

#endif
