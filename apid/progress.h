/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* progress - how far a campaign is: sums of run_count, a rate, and what is left.
 *
 * The watcher reads the counts once a second for everyone who watches, in one statement, and
 * publishes what changed.  It owns one thread. */
#ifndef VESTNIK_APID_PROGRESS_H
#define VESTNIK_APID_PROGRESS_H

#include "apid/api.h"

/* Zeroed before it is filled, so that two can be compared as bytes. */
struct progress {
	int64_t campaign_id;
	int64_t run_id; /* 0: not started */
	int64_t audience, duplicates, chunks, chunks_done;
	int64_t messages, parts, cost_micro, suppressed, accepted;
	int64_t delivered, undelivered, expired, rejected, failed, cancelled, unknown;
	int64_t clicked, redeemed;
	int64_t started_us, snapshot_us, finished_us;
	char status[16];     /* the campaign's */
	char run_status[16]; /* "" without a run */
	char trial[16];	     /* "" without one */
	int64_t trial_us;    /* since when it is so */
};

#define PROGRESS_BATCH 200

/* Read many campaigns at once; those that do not exist are left out.  *now_us_out is the
 * database's clock. */
bool progress_read(struct pg *pg, const int64_t *campaign_ids, size_t count, struct progress *out,
		   size_t *count_out, int64_t *now_us_out, struct err *err);
/* Nothing will change any more. */
bool progress_final(const struct progress *p);
/* Sums of run_count, in the order of the members messages .. redeemed of struct progress. */
#define PROGRESS_SUMS_SQL                                                                          \
	"sum(messages)::bigint AS messages, sum(parts)::bigint AS parts,"                          \
	" sum(cost_micro)::bigint AS cost_micro, sum(suppressed)::bigint AS suppressed,"           \
	" sum(accepted)::bigint AS accepted, sum(delivered)::bigint AS delivered,"                 \
	" sum(undelivered)::bigint AS undelivered, sum(expired)::bigint AS expired,"               \
	" sum(rejected)::bigint AS rejected, sum(failed)::bigint AS failed,"                       \
	" sum(cancelled)::bigint AS cancelled, sum(unknown)::bigint AS unknown,"                   \
	" sum(clicked)::bigint AS clicked, sum(redeemed)::bigint AS redeemed"
/* Write audience .. redeemed and what is left, as members of the open object. */
void progress_put_counts(struct json_out *json, const struct progress *p);
/* rate < 0: not known. */
void progress_put(struct json_out *json, const struct progress *p, double rate);

struct watcher *watcher_new(struct api *api);
void watcher_start(struct watcher *w);
/* Ends the thread. */
void watcher_free(struct watcher **w);
/* Accepted messages a second: of the last 10 s when somebody looked before, else since the start.
 */
double watcher_rate(struct watcher *w, const struct progress *p, int64_t now_us);

#endif
