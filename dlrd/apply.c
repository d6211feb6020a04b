/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* apply - what matched receipts mean for their messages, and where unmatched ones wait. */
#include <stdlib.h>

#include "common/model/message.h"
#include "dlrd/dlrd.h"

#define DAY_US	       INT64_C(86400000000)
#define SECOND_US      INT64_C(1000000)
#define FIRST_RETRY_US SECOND_US

static const struct pg_stmt apply = {
	"receipts_apply",
	"SELECT receipts_apply($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],"
	" $5::smallint[], $6::bigint[], $7::smallint)",
};

/* Which number a message went to, its row knows; a receipt may not say it. */
static const struct pg_stmt stops = {
	"receipts_stop",
	"SELECT opt_outs_by_provider(array_agg(m.msisdn), x.account_id)"
	"  FROM unnest($1::bigint[], $2::smallint[]) AS x(id, account_id)"
	" CROSS JOIN LATERAL (SELECT m.msisdn FROM message m WHERE m.id = x.id OFFSET 0) m"
	" GROUP BY x.account_id ORDER BY x.account_id",
};

/* --- states ------------------------------------------------------------------------------------
 */

static int by_message(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->message_id != y->message_id)
		return x->message_id < y->message_id ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* Matched receipts by message, in the order they came. */
static size_t order_matched(struct group *g, struct order *out)
{
	size_t n = 0;

	for (size_t k = 0; k < g->count; k++)
		if (g->matches[k].message_id != 0)
			out[n++] = (struct order){g->matches[k].message_id, k};
	qsort(out, n, sizeof(*out), by_message);
	return n;
}

/* Fold one receipt into its message's place in the parameters: the first failure counts, and any
 * failure over "unknown". */
static void fold(struct group *g, size_t at, size_t place)
{
	const struct match *m = &g->matches[place];
	int16_t state = g->receipts[place].state;

	if (state == MESSAGE_DELIVERED) {
		g->int64s[1][at] |= m->mask;
	} else if (state >= MESSAGE_REJECTED) {
		g->int64s[2][at] |= m->mask;
		if (g->int16s[at] < MESSAGE_REJECTED)
			g->int16s[at] = state;
	} else if (state == MESSAGE_UNKNOWN && g->int16s[at] == 0) {
		g->int16s[at] = MESSAGE_UNKNOWN;
	}
}

/* Parameters of receipts_apply(): int64s are ids, delivered, failed, whole message, runs; int16s
 * are the states a failure means.  Returns the number of messages. */
static size_t fold_all(struct group *g, const struct order *order, size_t n)
{
	size_t count = 0;

	for (size_t k = 0; k < n; k++) {
		const struct match *m = &g->matches[order[k].place];

		if (k == 0 || order[k].message_id != order[k - 1].message_id) {
			g->int64s[0][count] = m->message_id;
			g->int64s[1][count] = g->int64s[2][count] = 0;
			g->int64s[3][count] = whole_mask(m->parts);
			g->int64s[4][count] = m->run_id;
			g->int16s[count] = 0;
			count++;
		}
		fold(g, count - 1, order[k].place);
	}
	return count;
}

bool apply_states(struct pg *pg, struct group *g, int16_t slot, struct err *err)
{
	size_t count = fold_all(g, g->order, order_matched(g, g->order));

	if (count == 0)
		return true;
	pg_params_reset(g->params);
	for (int k = 0; k < 4; k++)
		pg_param_int64_array(g->params, g->int64s[k], count);
	pg_param_int16_array(g->params, g->int16s, count);
	pg_param_int64_array(g->params, g->int64s[4], count);
	pg_param_int16(g->params, slot);
	return pg_run(pg, &apply, g->params, NULL, err);
}

/* --- history and parking -----------------------------------------------------------------------
 */

static void copy_time_or_null(struct pg_copy *c, int64_t us)
{
	if (us == 0)
		pg_copy_null(c);
	else
		pg_copy_time_us(c, us);
}

static void copy_err(struct pg_copy *c, const struct receipt *r)
{
	if (r->err_len == 0)
		pg_copy_null(c);
	else
		pg_copy_text(c, r->err, r->err_len);
}

/* A partition for the day must exist: those from yesterday on do.  What waited longer, or comes
 * from a gateway whose clock is wrong, is filed under the nearest time that does. */
static int64_t fileable_us(int64_t received_at_us, int64_t now_us)
{
	int64_t oldest_us = now_us - now_us % DAY_US - DAY_US;

	if (received_at_us > now_us)
		return now_us;
	return received_at_us < oldest_us ? oldest_us : received_at_us;
}

bool apply_history(struct pg *pg, struct group *g, int64_t now_us, struct err *err)
{
	struct pg_copy *c = g->receipt_copy;

	pg_copy_reset(c);
	for (size_t k = 0; k < g->count; k++) {
		const struct receipt *r = &g->receipts[k];
		const struct match *m = &g->matches[k];

		if (m->message_id == 0)
			continue;
		pg_copy_row(c, 7);
		pg_copy_time_us(c, fileable_us(r->received_at_us, now_us));
		pg_copy_int64(c, m->message_id);
		copy_time_or_null(c, r->done_at_us);
		pg_copy_int16(c, r->account_id);
		pg_copy_int16(c, m->part);
		pg_copy_int16(c, r->state);
		copy_err(c, r);
	}
	return pg_copy_send(pg, c, err);
}

bool apply_stops(struct pg *pg, struct group *g, struct err *err)
{
	size_t n = 0;

	for (size_t k = 0; k < g->count; k++) {
		if (!g->receipts[k].stopped || g->matches[k].message_id == 0)
			continue;
		g->int64s[0][n] = g->matches[k].message_id;
		g->int16s[n++] = g->receipts[k].account_id;
	}
	if (n == 0)
		return true;
	pg_params_reset(g->params);
	pg_param_int64_array(g->params, g->int64s[0], n);
	pg_param_int16_array(g->params, g->int16s, n);
	return pg_run(pg, &stops, g->params, NULL, err);
}

bool park_unmatched(struct pg *pg, struct group *g, int64_t now_us, struct err *err)
{
	struct pg_copy *c = g->parked_copy;

	pg_copy_reset(c);
	for (size_t k = 0; k < g->count; k++) {
		const struct receipt *r = &g->receipts[k];

		if (g->matches[k].message_id != 0)
			continue;
		pg_copy_row(c, 10);
		pg_copy_int64(c, g->keys[k]);
		pg_copy_int16(c, r->account_id);
		pg_copy_int64(c, r->msisdn);
		pg_copy_int16(c, r->state);
		pg_copy_time_us(c, now_us + FIRST_RETRY_US);
		pg_copy_time_us(c, r->received_at_us);
		copy_time_or_null(c, r->done_at_us);
		pg_copy_text(c, r->provider_id, r->provider_id_len);
		copy_err(c, r);
		pg_copy_bool(c, r->stopped);
	}
	return pg_copy_send(pg, c, err);
}
