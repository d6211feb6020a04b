/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* match - which message a receipt is about.
 *
 * receipt_ref is partitioned by the day of submission and indexed by key alone, so a probe of all
 * of it would look into every day.  Nearly all receipts are about today's or yesterday's messages;
 * only what is not found there looks everywhere.  A provider that uses its ids again is right for
 * the newest message.  An id that stands for messages to several numbers within a day is no id
 * ("-1", a counter of one node of many): a receipt that has no number of its own is then about none
 * of them, as far as anybody can tell. */
#include "dlrd/dlrd.h"

#define DAY_US INT64_C(86400000000)

/* LATERAL with OFFSET 0 leaves the planner only one way, an index probe for each receipt: on a
 * table that was empty a second ago it would rather read the table for each group and search the
 * group for each row.  A part below 0 is one whose receipt covers the whole message. */
static const struct pg_stmt match_window = {
	"match_window",
	"SELECT i.n, r.message_id, r.run_id, r.submitted_at, greatest(r.part, 0), r.parts, r.msisdn"
	"  FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::text[])"
	"       WITH ORDINALITY AS i(key, account_id, msisdn, provider_id, n)"
	" CROSS JOIN LATERAL ("
	"       SELECT * FROM receipt_ref r"
	"        WHERE r.ref_key = i.key AND r.account_id = i.account_id"
	"          AND r.provider_id = i.provider_id"
	"          AND (r.msisdn = i.msisdn OR r.msisdn = 0 OR i.msisdn = 0)"
	"          AND r.submitted_at >= $5::timestamptz AND r.submitted_at < $6::timestamptz"
	"       OFFSET 0) r",
};

static const struct pg_stmt match_doubt = {
	"match_doubt",
	"SELECT i.n, min(d.message_id), coalesce(min(h.run_id), 0), min(m.parts),"
	"       CASE WHEN (SELECT a.receipt_parts FROM account a WHERE a.id = i.account_id) = 'any'"
	"            THEN -1 ELSE min(d.parts_mask) END"
	"  FROM unnest($1::smallint[], $2::bigint[])"
	"       WITH ORDINALITY AS i(account_id, msisdn, n)"
	" CROSS JOIN LATERAL ("
	"       SELECT * FROM doubt d"
	"        WHERE d.msisdn = i.msisdn AND d.account_id = i.account_id AND d.outcome = 0"
	"       OFFSET 0) d"
	" CROSS JOIN LATERAL (SELECT m.parts FROM message m WHERE m.id = d.message_id OFFSET 0) m"
	" CROSS JOIN LATERAL ("
	"       SELECT h.run_id FROM batch h WHERE h.id = d.message_id & ~255::bigint OFFSET 0) h"
	" GROUP BY i.n, i.account_id HAVING count(*) = 1",
};

/* Gather parameters from the receipts without a match; returns how many. */
static size_t list_unmatched(struct group *g)
{
	size_t n = 0;

	for (size_t k = 0; k < g->count; k++) {
		if (g->matches[k].message_id != 0 || g->matches[k].ambiguous)
			continue;
		g->place[n] = k;
		g->int64s[0][n] = g->keys[k];
		g->int16s[n] = g->receipts[k].account_id;
		g->int64s[1][n] = g->receipts[k].msisdn;
		g->texts[n] = g->receipts[k].provider_id;
		n++;
	}
	return n;
}

/* Two messages of a day with one id, to different numbers, and a receipt that names neither. */
static bool is_ambiguous(const struct receipt *r, const struct match *m, int64_t msisdn,
			 int64_t submitted_at_us)
{
	int64_t apart_us = submitted_at_us - m->submitted_at_us;

	return r->msisdn == 0 && m->message_id != 0 && m->msisdn != 0 && msisdn != 0 &&
	       m->msisdn != msisdn && apart_us < DAY_US && apart_us > -DAY_US;
}

/* What is ambiguous is matched by nothing. */
static void drop_ambiguous(struct group *g)
{
	for (size_t k = 0; k < g->count; k++)
		if (g->matches[k].ambiguous)
			g->matches[k] = (struct match){.ambiguous = true};
}

static void read_matches(struct group *g, const struct pg_result *rows)
{
	for (size_t row = 0; row < pg_rows(rows); row++) {
		struct match *m = &g->matches[g->place[pg_int(rows, row, 0) - 1]];
		const struct receipt *r = &g->receipts[g->place[pg_int(rows, row, 0) - 1]];
		int64_t submitted_at_us = pg_time_us(rows, row, 3);

		m->ambiguous |= is_ambiguous(r, m, pg_int(rows, row, 6), submitted_at_us);
		if (m->message_id != 0 && m->submitted_at_us >= submitted_at_us)
			continue;
		m->message_id = pg_int(rows, row, 1);
		m->run_id = pg_int(rows, row, 2);
		m->submitted_at_us = submitted_at_us;
		m->msisdn = pg_int(rows, row, 6);
		m->part = (int16_t)pg_int(rows, row, 4);
		m->parts = (int16_t)pg_int(rows, row, 5);
		m->mask = m->part == 0 ? whole_mask(m->parts) : INT64_C(1) << (m->part - 1);
	}
}

static bool match_between(struct pg *pg, struct group *g, int64_t from_us, int64_t to_us,
			  struct err *err)
{
	struct pg_result *rows = NULL;
	size_t n = list_unmatched(g);

	if (n == 0)
		return true;
	pg_params_reset(g->params);
	pg_param_int64_array(g->params, g->int64s[0], n);
	pg_param_int16_array(g->params, g->int16s, n);
	pg_param_int64_array(g->params, g->int64s[1], n);
	pg_param_text_array(g->params, g->texts, n);
	pg_param_time_us(g->params, from_us);
	pg_param_time_us(g->params, to_us);
	if (!pg_run(pg, &match_window, g->params, &rows, err))
		return false;
	read_matches(g, rows);
	drop_ambiguous(g);
	pg_result_free(&rows);
	return true;
}

bool match_group(struct pg *pg, struct group *g, int64_t now_us, struct err *err)
{
	int64_t today_us = now_us - now_us % DAY_US;

	for (size_t k = 0; k < g->count; k++) {
		const struct receipt *r = &g->receipts[k];

		g->matches[k] = (struct match){0};
		g->keys[k] = receipt_ref_key(r->account_id, r->provider_id, r->provider_id_len);
	}
	return match_between(pg, g, today_us, today_us + DAY_US, err) &&
	       match_between(pg, g, today_us - DAY_US, today_us, err) &&
	       match_between(pg, g, 0, today_us + 7 * DAY_US, err);
}

/* --- doubts ------------------------------------------------------------------------------------
 */

static size_t list_doubtful(struct group *g, const int16_t *tries, int tries_min)
{
	size_t n = 0;

	for (size_t k = 0; k < g->count; k++) {
		if (g->matches[k].message_id != 0 || tries[k] < tries_min ||
		    g->receipts[k].msisdn == 0)
			continue;
		g->place[n] = k;
		g->int16s[n] = g->receipts[k].account_id;
		g->int64s[0][n] = g->receipts[k].msisdn;
		n++;
	}
	return n;
}

/* Which part such a receipt is about cannot be known: it speaks for all parts in doubt, or for the
 * whole message where the provider sends one receipt for it. */
bool match_doubts(struct pg *pg, struct group *g, const int16_t *tries, int tries_min,
		  size_t *found_out, struct err *err)
{
	struct pg_result *rows = NULL;
	size_t n = list_doubtful(g, tries, tries_min);

	*found_out = 0;
	if (n == 0)
		return true;
	pg_params_reset(g->params);
	pg_param_int16_array(g->params, g->int16s, n);
	pg_param_int64_array(g->params, g->int64s[0], n);
	if (!pg_run(pg, &match_doubt, g->params, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++) {
		struct match *m = &g->matches[g->place[pg_int(rows, row, 0) - 1]];

		m->message_id = pg_int(rows, row, 1);
		m->run_id = pg_int(rows, row, 2);
		m->parts = (int16_t)pg_int(rows, row, 3);
		m->part = 0;
		m->mask = pg_int(rows, row, 4) & whole_mask(m->parts);
	}
	*found_out = pg_rows(rows);
	pg_result_free(&rows);
	return true;
}
