/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stats - what the simulator counts, the rates it saw, and the limits it holds.  The clock is an
 * argument everywhere. */
#ifndef SMSCSIM_STATS_H
#define SMSCSIM_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"

#define STATUS_KINDS_MAX 64
#define RATE_BUCKETS	 10 /* of 100 ms: a second that slides */

struct stats {
	uint64_t submits; /* decoded submit_sm and data_sm of bound sessions */
	struct {
		uint32_t status;
		uint64_t count;
	} status[STATUS_KINDS_MAX];
	unsigned statuses;
	uint64_t lost, malformed, cuts;
	uint64_t receipts_made, receipts_sent, receipts_acked, receipts_refused, receipts_dropped;
	uint64_t mo_sent, mo_acked;
	uint64_t rate[RATE_BUCKETS];
	uint64_t rate_bucket; /* number of the newest bucket */
	uint64_t rate_sum, rate_max;
};

void stats_submit(struct stats *s, uint64_t now_ms);
void stats_status(struct stats *s, uint32_t status);
/* Parts in the second before now_ms. */
uint64_t stats_rate(struct stats *s, uint64_t now_ms);
/* One line of JSON. */
void stats_print(struct stats *s, uint64_t now_ms, unsigned sessions, uint64_t pending,
		 struct buf *out);

/* Lets through so many a second; what was not used for half a second is lost. */
struct gate {
	uint64_t filled_ms;
	double tokens;
};
/* rate 0 lets everything through. */
bool gate_pass(struct gate *g, int64_t rate, uint64_t now_ms);

#endif
