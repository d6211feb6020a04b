/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stats - see stats.h. */
#include "tests/smscsim/stats.h"

#include <inttypes.h>
#include <string.h>

#define BUCKET_MS      100
#define GATE_BURST_SEC 0.5 /* a busy machine hands over what waited in the socket at once */
#define MS_PER_SEC     1000.0

static void move_to(struct stats *s, uint64_t now_ms)
{
	uint64_t bucket = now_ms / BUCKET_MS;

	if (bucket >= s->rate_bucket + RATE_BUCKETS) {
		memset(s->rate, 0, sizeof(s->rate));
		s->rate_sum = 0;
		s->rate_bucket = bucket;
	}
	while (s->rate_bucket < bucket) {
		s->rate_bucket++;
		s->rate_sum -= s->rate[s->rate_bucket % RATE_BUCKETS];
		s->rate[s->rate_bucket % RATE_BUCKETS] = 0;
	}
}

void stats_submit(struct stats *s, uint64_t now_ms)
{
	move_to(s, now_ms);
	s->submits++;
	s->rate[s->rate_bucket % RATE_BUCKETS]++;
	s->rate_sum++;
	if (s->rate_sum > s->rate_max)
		s->rate_max = s->rate_sum;
}

uint64_t stats_rate(struct stats *s, uint64_t now_ms)
{
	move_to(s, now_ms);
	return s->rate_sum;
}

void stats_status(struct stats *s, uint32_t status)
{
	unsigned i = 0;

	while (i < s->statuses && s->status[i].status != status)
		i++;
	if (i == s->statuses && i < STATUS_KINDS_MAX)
		s->status[s->statuses++].status = status;
	if (i < STATUS_KINDS_MAX)
		s->status[i].count++;
}

void stats_print(struct stats *s, uint64_t now_ms, unsigned sessions, uint64_t pending,
		 struct buf *out)
{
	buf_printf(out, "{\"submits\":%" PRIu64 ",\"statuses\":{", s->submits);
	for (unsigned i = 0; i < s->statuses; i++)
		buf_printf(out, "%s\"0x%08x\":%" PRIu64, i > 0 ? "," : "", s->status[i].status,
			   s->status[i].count);
	buf_printf(out, "},\"lost\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\"cuts\":%" PRIu64,
		   s->lost, s->malformed, s->cuts);
	buf_printf(out, ",\"receipts_made\":%" PRIu64 ",\"receipts_sent\":%" PRIu64,
		   s->receipts_made, s->receipts_sent);
	buf_printf(out, ",\"receipts_acked\":%" PRIu64 ",\"receipts_refused\":%" PRIu64,
		   s->receipts_acked, s->receipts_refused);
	buf_printf(out, ",\"receipts_dropped\":%" PRIu64 ",\"receipts_pending\":%" PRIu64,
		   s->receipts_dropped, pending);
	buf_printf(out, ",\"mo_sent\":%" PRIu64 ",\"mo_acked\":%" PRIu64, s->mo_sent, s->mo_acked);
	buf_printf(out, ",\"sessions\":%u,\"rate\":%" PRIu64 ",\"rate_max\":%" PRIu64 "}", sessions,
		   stats_rate(s, now_ms), s->rate_max);
}

bool gate_pass(struct gate *g, int64_t rate, uint64_t now_ms)
{
	double burst = (double)rate * GATE_BURST_SEC + 1;

	if (rate == 0)
		return true;
	if (g->filled_ms == 0) /* starts full */
		g->tokens = burst;
	else
		g->tokens += (double)(now_ms - g->filled_ms) * (double)rate / MS_PER_SEC;
	g->filled_ms = now_ms;
	if (g->tokens > burst)
		g->tokens = burst;
	if (g->tokens < 1)
		return false;
	g->tokens -= 1;
	return true;
}
