/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audience - see audience.h. */
#include "apid/audience.h"

#include "apid/preview.h"
#include "common/model/audience.h"
#include "common/model/cap.h"

enum column { COL_MSISDN, COL_OPT_OUT, COL_CONSENT, COL_CAPPED, COL_REPEATED, COL_CLIENT };

/* All take the same parameters: $1 the share of the sample, then compose_params(), $6 the list, $7
 * the purpose that consent is needed for, $8 the category whose limits hold, 0 for none. */
#define LOOK_SQL                                                                                   \
	"SELECT k.msisdn, " COMPOSE_OPT_OUT_SQL                                                    \
	", n.id, d.msisdn IS NOT NULL AND NOT " CAP_ROOM_SQL(                                      \
		"d", " (SELECT send_day(statement_timestamp()))", "p.per_day", "p.per_week",       \
		"p.per_month") ", "
#define WILL_SQL                                                                                   \
	"  LEFT JOIN opt_out o ON o.msisdn = k.msisdn" COMPOSE_CONSENT_SQL(                        \
		"$7", "k.msisdn", "k.id") " LEFT JOIN send_cap p ON p.category = $8::smallint"     \
					  " LEFT JOIN send_count d ON d.msisdn = k.msisdn AND "    \
					  "d.category = p.category"
#define WHOLE_SQL                                                                                  \
	LOOK_SQL "false, " COMPOSE_CLIENT_SQL " FROM a JOIN client k ON k.id = a.id" WILL_SQL      \
		 " WHERE $1::integer = 1 AND $6::bigint >= 0"
#define CHOSEN_SQL(id) "(hashint8(" id ") & 2147483647) % $1::integer = 0"

static const struct pg_stmt whole_all = {
	"audience_whole_all",
	"DECLARE audience NO SCROLL CURSOR FOR WITH a AS (" AUDIENCE_ALL_SQL ") " WHOLE_SQL};
static const struct pg_stmt whole_list = {
	"audience_whole_list",
	"DECLARE audience NO SCROLL CURSOR FOR WITH a AS (" AUDIENCE_LIST_SQL("$6") ") " WHOLE_SQL};
static const struct pg_stmt sample_all = {
	"audience_sample_all", LOOK_SQL AUDIENCE_ALL_REPEATED_SQL
	", " COMPOSE_CLIENT_SQL "  FROM client k" WILL_SQL
	" WHERE " CHOSEN_SQL("k.id") " AND $6::bigint = 0 AND " AUDIENCE_HAS_SQL("k")};
static const struct pg_stmt sample_list = {
	"audience_sample_list",
	LOOK_SQL AUDIENCE_LIST_REPEATED_SQL(
		"$6") ", " COMPOSE_CLIENT_SQL
		      "  FROM list_member l JOIN client k ON k.id = l.client_id"
		      "   AND " AUDIENCE_HAS_SQL("k") WILL_SQL
	" WHERE l.list_id = $6::bigint AND " CHOSEN_SQL("l.client_id")};

struct counter {
	const struct audience_terms *terms;
	struct audience *sum;
	struct buf text;
	const struct route_account *account; /* of the batch at hand */
	int64_t looked_at;
	int16_t purpose; /* 0: no consent is needed */
};

/* --- one client ----------------------------------------------------------------------------------
 */

static enum message_reason measure(struct counter *c, const struct pg_result *rows, size_t row,
				   struct sms_parts *parts)
{
	const struct audience_terms *t = c->terms;
	enum message_reason reason;

	parts->count = 0;
	reason = compose_judge(pg_int(rows, row, COL_MSISDN), pg_int(rows, row, COL_OPT_OUT),
			       t->category);
	if (reason == REASON_NONE && c->purpose != 0)
		reason = compose_consent(pg_int(rows, row, COL_CONSENT));
	if (reason == REASON_NONE && pg_bool(rows, row, COL_CAPPED))
		reason = REASON_CAPPED;
	if (reason != REASON_NONE || t->plan == NULL)
		return reason;
	reason = compose_text(t->plan, rows, row, COL_CLIENT, NULL, &c->text, NULL);
	if (reason != REASON_NONE)
		return reason;
	if (c->account == NULL || c->sum->recipients % BATCH_MESSAGES_MAX == 0)
		c->account = preview_account(t->routes, t->account_id,
					     (uint64_t)c->sum->recipients / BATCH_MESSAGES_MAX);
	return compose_measure(&c->text, c->account, t->max_parts, parts);
}

static void count_rows(struct counter *c, const struct pg_result *rows)
{
	for (size_t row = 0; row < pg_rows(rows); row++) {
		struct sms_parts parts;
		enum message_reason reason;

		c->looked_at++;
		if (pg_bool(rows, row, COL_REPEATED)) {
			c->sum->duplicates++;
			continue;
		}
		reason = measure(c, rows, row, &parts);
		if (reason != REASON_NONE) {
			c->sum->left_out[reason]++;
			continue;
		}
		c->sum->recipients++;
		c->sum->parts += parts.count;
		if (parts.count > 0)
			c->sum->cost_micro += c->account->price_micro * parts.count;
	}
}

/* --- reading -------------------------------------------------------------------------------------
 */

static bool count_clients(struct request *r, int64_t list_id, int64_t *out, struct err *err)
{
	static const struct pg_stmt all = {"clients_count",
					   AUDIENCE_COUNT_ALL_SQL " AND $1::bigint = 0"};
	static const struct pg_stmt listed = {"members_count", AUDIENCE_COUNT_LIST_SQL("$1")};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, list_id);
	if (!request_query(r, list_id != 0 ? &listed : &all, &rows, err))
		return false;
	*out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static void push_look(struct request *r, const struct counter *c, int64_t share)
{
	const struct audience_terms *terms = c->terms;

	pg_param_int32(r->params, (int32_t)share);
	compose_params(r->params, terms->plan);
	pg_param_int64(r->params, terms->list_id);
	pg_param_int16(r->params, c->purpose);
	pg_param_int16(r->params, terms->cap_exempt ? 0 : (int16_t)terms->category);
}

/* Everybody, some thousands at a time. */
static bool count_whole(struct request *r, struct counter *c, struct err *err)
{
	static const struct pg_stmt fetch = {"audience_fetch", "FETCH 5000 FROM audience"};
	static const struct pg_stmt close = {"audience_close", "CLOSE audience"};
	size_t count;

	push_look(r, c, 1);
	if (!request_query(r, c->terms->list_id != 0 ? &whole_list : &whole_all, NULL, err))
		return false;
	do {
		struct pg_result *rows = NULL;

		if (!request_query(r, &fetch, &rows, err))
			return false;
		count_rows(c, rows);
		count = pg_rows(rows);
		pg_result_free(&rows);
	} while (count > 0);
	return request_query(r, &close, NULL, err);
}

static int64_t scaled(int64_t value, int64_t whole, int64_t part)
{
	return (int64_t)(((__int128)value * whole + part / 2) / part);
}

/* One in so many stands for all. */
static bool count_sample(struct request *r, struct counter *c, struct err *err)
{
	struct audience *sum = c->sum;
	struct pg_result *rows = NULL;
	int64_t found, left;

	push_look(r, c, sum->clients / AUDIENCE_SAMPLE);
	if (!request_query(r, c->terms->list_id != 0 ? &sample_list : &sample_all, &rows, err))
		return false;
	count_rows(c, rows);
	pg_result_free(&rows);
	found = c->looked_at > 0 ? c->looked_at : 1;
	sum->parts = scaled(sum->parts, sum->clients, found);
	sum->cost_micro = scaled(sum->cost_micro, sum->clients, found);
	sum->duplicates = scaled(sum->duplicates, sum->clients, found);
	left = sum->clients - sum->duplicates;
	for (int reason = 0; reason <= REASON_LAST; reason++) {
		sum->left_out[reason] = scaled(sum->left_out[reason], sum->clients, found);
		left -= sum->left_out[reason];
	}
	sum->recipients = left > 0 ? left : 0;
	return true;
}

bool audience_count(struct request *r, const struct audience_terms *terms, struct audience *out,
		    struct err *err)
{
	struct counter c = {.terms = terms, .sum = out};
	bool ok;

	*out = (struct audience){0};
	if (!pg_exec(r->pg, "SET LOCAL jit = off; SET LOCAL cursor_tuple_fraction = 1", err) ||
	    !compose_purpose(r->pg, terms->category, &c.purpose, err) ||
	    !count_clients(r, terms->list_id, &out->clients, err))
		return false;
	out->exact = out->clients <= AUDIENCE_EXACT_MAX;
	buf_init(&c.text, COMPOSE_BYTES_MAX);
	ok = out->exact ? count_whole(r, &c, err) : count_sample(r, &c, err);
	buf_deinit(&c.text);
	if (ok && out->exact)
		out->duplicates = out->clients - c.looked_at;
	return ok;
}
