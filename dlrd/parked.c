/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parked - receipts that found no message are joined again: after 1, 5 and 30 s, then every 5 min
 * for 72 h.
 *
 * A receipt overtakes its answer by moments, so the first tries find nearly all.  One that still
 * has no reference after the third may be about a message in doubt, whose answer (and so its id)
 * was lost: where its account and number have exactly one open doubt, it settles that. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "dlrd/dlrd.h"

#define PARKED_MAX	 1000 /* joined in one transaction */
#define DOUBT_AFTER	 3    /* tries */
#define GIVE_UP_AFTER_US (INT64_C(72) * 3600 * 1000000)

static const struct pg_stmt due = {
	"parked_due",
	"SELECT id, account_id, msisdn, state, tries, received_at, done_at, provider_id,"
	"       coalesce(err, ''), stopped"
	"  FROM parked_receipt WHERE next_try_at <= statement_timestamp()"
	" ORDER BY next_try_at LIMIT $1::integer FOR UPDATE SKIP LOCKED",
};

static const struct pg_stmt wait_on = {
	"parked_wait",
	"UPDATE parked_receipt p SET tries = least(p.tries + 1, 30000)::smallint,"
	"       next_try_at = clock_timestamp()"
	"           + CASE p.tries WHEN 0 THEN 5 WHEN 1 THEN 30 ELSE 300 END * interval '1 s'"
	" WHERE p.id = ANY ($1::bigint[])",
};

static const struct pg_stmt forget = {
	"parked_forget",
	"DELETE FROM parked_receipt WHERE id = ANY ($1::bigint[])",
};

static void read_text(const struct pg_result *rows, size_t row, int col, size_t max, char *out,
		      uint8_t *len_out)
{
	size_t len = pg_len(rows, row, col);

	len = len < max ? len : max;
	memcpy(out, pg_text(rows, row, col), len);
	out[len] = '\0';
	*len_out = (uint8_t)len;
}

static bool read_due(struct dlrd *d, struct err *err)
{
	struct group *g = &d->group;
	struct pg_result *rows = NULL;

	pg_params_reset(g->params);
	pg_param_int32(g->params, (int32_t)(g->cap < PARKED_MAX ? g->cap : PARKED_MAX));
	if (!pg_run(d->pg, &due, g->params, &rows, err))
		return false;
	g->count = pg_rows(rows);
	for (size_t k = 0; k < g->count; k++) {
		struct receipt *r = &g->receipts[k];

		d->parked_ids[k] = pg_int(rows, k, 0);
		r->account_id = (int16_t)pg_int(rows, k, 1);
		r->msisdn = pg_int(rows, k, 2);
		r->state = (int16_t)pg_int(rows, k, 3);
		d->parked_tries[k] = (int16_t)pg_int(rows, k, 4);
		r->received_at_us = pg_time_us(rows, k, 5);
		r->done_at_us = pg_time_us(rows, k, 6);
		read_text(rows, k, 7, RECEIPT_PROVIDER_ID_MAX, r->provider_id, &r->provider_id_len);
		read_text(rows, k, 8, RECEIPT_ERR_MAX, r->err, &r->err_len);
		r->stopped = pg_bool(rows, k, 9);
	}
	pg_result_free(&rows);
	return true;
}

enum fate { FATE_FOUND, FATE_GIVEN_UP, FATE_WAITS };

static enum fate fate_of(const struct group *g, size_t k, int64_t now_us)
{
	if (g->matches[k].message_id != 0)
		return FATE_FOUND;
	return now_us - g->receipts[k].received_at_us > GIVE_UP_AFTER_US ? FATE_GIVEN_UP
									 : FATE_WAITS;
}

static bool run_on_ids(struct pg *pg, struct group *g, const struct pg_stmt *stmt, size_t n,
		       struct err *err)
{
	if (n == 0)
		return true;
	pg_params_reset(g->params);
	pg_param_int64_array(g->params, g->int64s[0], n);
	return pg_run(pg, stmt, g->params, NULL, err);
}

/* Rows that found their message or waited long enough go, the others wait on. */
static bool settle_rows(struct dlrd *d, struct pg *pg, int64_t now_us, struct err *err)
{
	struct group *g = &d->group;
	size_t gone = 0, waiting = 0;

	for (size_t k = 0; k < g->count; k++)
		if (fate_of(g, k, now_us) != FATE_WAITS)
			g->int64s[0][gone++] = d->parked_ids[k];
	if (!run_on_ids(pg, g, &forget, gone, err))
		return false;
	for (size_t k = 0; k < g->count; k++)
		if (fate_of(g, k, now_us) == FATE_WAITS)
			g->int64s[0][waiting++] = d->parked_ids[k];
	return run_on_ids(pg, g, &wait_on, waiting, err);
}

struct join {
	struct dlrd *d;
	int64_t now_us;
	size_t doubts;
};

static bool join_in_transaction(struct pg *pg, void *arg, struct err *err)
{
	struct join *j = arg;
	struct dlrd *d = j->d;
	struct group *g = &d->group;

	j->doubts = 0;
	if (!read_due(d, err))
		return false;
	if (g->count == 0)
		return true;
	return match_group(pg, g, j->now_us, err) &&
	       match_doubts(pg, g, d->parked_tries, DOUBT_AFTER, &j->doubts, err) &&
	       apply_states(pg, g, d->slot, err) && apply_history(pg, g, j->now_us, err) &&
	       apply_stops(pg, g, err) && settle_rows(d, pg, j->now_us, err);
}

bool parked_join(struct dlrd *d, bool *more_out, struct err *err)
{
	struct join j = {.d = d, .now_us = clock_wall_us()};
	size_t found = 0, given_up = 0;

	*more_out = false;
	if (!pg_transaction(d->pg, join_in_transaction, &j, err))
		return false;
	for (size_t k = 0; k < d->group.count; k++) {
		found += fate_of(&d->group, k, j.now_us) == FATE_FOUND;
		given_up += fate_of(&d->group, k, j.now_us) == FATE_GIVEN_UP;
	}
	metric_add(d->metrics.matched, (int64_t)found);
	metric_add(d->metrics.settled_doubts, (int64_t)j.doubts);
	metric_add(d->metrics.given_up, (int64_t)given_up);
	if (given_up > 0)
		log_warn("receipts found no message for 72 hours and were dropped",
			 LI("receipts", given_up));
	*more_out = d->group.count == PARKED_MAX;
	return true;
}
