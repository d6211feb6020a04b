/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tokens - who of the programs may do what, from where, how long and how much; see auth.c.
 *
 * Whoever makes or changes one gives it no right they do not have in its department, and gets the
 * secret of none that has more: it is told when it is made and when it is renewed, and to nobody
 * else. */
#include "apid/token.h"

/* --- showing -------------------------------------------------------------------------------------
 */

#define TOKEN_SQL                                                                                  \
	"SELECT t.id, t.name, t.note, to_json(t.rights)::text,"                                    \
	"       CASE WHEN t.templates IS NOT NULL THEN to_json(t.templates::text[])::text END,"    \
	"       to_json(t.addresses::text[])::text, t.expires_at, t.department_id, t.created_at,"  \
	"       p.name, t.last_used_at, CASE WHEN t.previous_until > clock_timestamp()"            \
	"            AND t.revoked_at IS NULL THEN t.previous_until END, t.revoked_at,"            \
	"       CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked'"                                 \
	"            WHEN t.expires_at <= clock_timestamp() THEN 'expired' ELSE 'active' END,"     \
	"       q.parts_per_hour, q.parts_per_day, q.money_micro_per_hour, q.money_micro_per_day," \
	"       CASE WHEN q.hour = h.hour THEN q.parts_this_hour ELSE 0 END,"                      \
	"       CASE WHEN q.day = h.day THEN q.parts_this_day ELSE 0 END,"                         \
	"       CASE WHEN q.hour = h.hour THEN q.money_micro_this_hour ELSE 0 END,"                \
	"       CASE WHEN q.day = h.day THEN q.money_micro_this_day ELSE 0 END"                    \
	"  FROM token t LEFT JOIN person p ON p.id = t.created_by"                                 \
	"  LEFT JOIN quota q ON q.id = t.quota_id CROSS JOIN"                                      \
	"       (SELECT date_trunc('hour', clock_timestamp()) AS hour,"                            \
	"               (clock_timestamp() AT TIME ZONE s.value)::date AS day"                     \
	"          FROM setting s WHERE s.name = 'time_zone') h "

enum column {
	COL_ID,
	COL_NAME,
	COL_NOTE,
	COL_RIGHTS,
	COL_TEMPLATES,
	COL_ADDRESSES,
	COL_EXPIRES,
	COL_DEPARTMENT,
	COL_CREATED,
	COL_CREATED_BY,
	COL_LAST_USED,
	COL_OLD_UNTIL,
	COL_REVOKED,
	COL_STATE,
	COL_LIMITS, /* parts an hour, a day, money an hour, a day */
	COL_USED = COL_LIMITS + 4,
};

static void put_json(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		     int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_raw(json, key, pg_text(rows, i, col), pg_len(rows, i, col));
}

static void put_number(struct json_out *json, const char *key, const struct pg_result *rows,
		       size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_int(json, key, pg_int(rows, i, col));
}

static void put_money(struct json_out *json, const char *key, const struct pg_result *rows,
		      size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_micro(json, key, pg_int(rows, i, col));
}

static void put_amounts(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, "limits");
	put_number(json, "parts_per_hour", rows, i, COL_LIMITS);
	put_number(json, "parts_per_day", rows, i, COL_LIMITS + 1);
	put_money(json, "money_per_hour", rows, i, COL_LIMITS + 2);
	put_money(json, "money_per_day", rows, i, COL_LIMITS + 3);
	json_object_end(json);
	json_object(json, "used");
	json_put_int(json, "parts_this_hour", pg_int(rows, i, COL_USED));
	json_put_int(json, "parts_today", pg_int(rows, i, COL_USED + 1));
	json_put_micro(json, "money_this_hour", pg_int(rows, i, COL_USED + 2));
	json_put_micro(json, "money_today", pg_int(rows, i, COL_USED + 3));
	json_object_end(json);
}

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_text(json, "state", pg_text(rows, i, COL_STATE));
	json_put_text(json, "note", pg_text(rows, i, COL_NOTE));
	put_json(json, "rights", rows, i, COL_RIGHTS);
	put_json(json, "templates", rows, i, COL_TEMPLATES);
	put_json(json, "addresses", rows, i, COL_ADDRESSES);
	put_amounts(json, rows, i);
	json_put_id(json, "department_id", pg_int(rows, i, COL_DEPARTMENT));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_text(json, "created_by", text_or_null(rows, i, COL_CREATED_BY));
	json_put_time(json, "expires_at", pg_time_us(rows, i, COL_EXPIRES));
	json_put_time(json, "last_used_at", pg_time_us(rows, i, COL_LAST_USED));
	json_put_time(json, "old_secret_until", pg_time_us(rows, i, COL_OLD_UNTIL));
	json_put_time(json, "revoked_at", pg_time_us(rows, i, COL_REVOKED));
}

static void put_token(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

/* GET /v1/tokens, the newest first */
bool token_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"token_list",
		TOKEN_SQL "WHERE ($1::bigint = 0 OR t.id < $1::bigint)"
			  " AND " SCOPE_SQL("t.department_id",
					    "$3") " ORDER BY t.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	scope_param(r->params, &r->caller, RIGHT_TOKENS_EDIT);
	return page_reply(r, &page, &list, "tokens", put_token, err);
}

bool token_reply(struct request *r, int64_t id, const char *secret, int status, struct err *err)
{
	static const struct pg_stmt get = {"token_get", TOKEN_SQL "WHERE t.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		return problem_not_found(&r->problem, "token") || true;
	}
	put_open(&r->json, rows, 0);
	if (secret != NULL)
		json_put_text(&r->json, "secret", secret);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, status);
}

/* GET /v1/tokens/{id} */
bool token_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "token", &id) || token_reply(r, id, NULL, 200, err);
}
