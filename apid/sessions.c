/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sessions - who is signed in where: a person's own list, and an administrator's of one person. */
#include "apid/session.h"
#include "common/web/json.h"

#define LIVE                                                                                       \
	" s.person_id = $3::bigint AND s.ended_at IS NULL"                                         \
	" AND s.expires_at > statement_timestamp()"                                                \
	" AND s.seen_at > statement_timestamp() - $4::bigint * interval '1 ms'"

static void put_session(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "device", pg_text(rows, i, 1));
	json_put_text(json, "address", text_or_null(rows, i, 2));
	json_put_text(json, "way", pg_text(rows, i, 3));
	json_put_time(json, "created_at", pg_time_us(rows, i, 4));
	json_put_time(json, "seen_at", pg_time_us(rows, i, 5));
	json_put_time(json, "expires_at", pg_time_us(rows, i, 6));
	json_put_bool(json, "current", pg_bool(rows, i, 7));
	json_object_end(json);
}

static bool list(struct request *r, int64_t person_id, struct err *err)
{
	static const struct pg_stmt stmt = {
		"session_list",
		"SELECT s.id, s.device, host(s.address), s.way, s.created_at, s.seen_at,"
		"       s.expires_at, s.secret_hash = $5::bytea"
		"  FROM session s WHERE" LIVE "   AND ($1::bigint = 0 OR s.id < $1::bigint)"
		" ORDER BY s.id DESC LIMIT $2::bigint + 1"};
	uint8_t own[SESSION_HASH_SIZE] = {0};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	(void)session_cookie(r->call, own);
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, person_id);
	pg_param_int64(r->params, r->api->config->session_idle_ms);
	pg_param_bytes(r->params, own, sizeof(own));
	return page_reply(r, &page, &stmt, "sessions", put_session, err);
}

/* End those of a person: the one of this id (0: whichever), but not the one with this cookie. */
static bool end(struct request *r, int64_t person_id, int64_t id, bool *found_out, struct err *err)
{
	static const struct pg_stmt stmt = {"sessions_end",
					    "UPDATE session SET ended_at = clock_timestamp()"
					    " WHERE person_id = $1::bigint AND ended_at IS NULL"
					    "   AND ($2::bigint = 0 OR id = $2::bigint)"
					    "   AND ($2::bigint <> 0 OR secret_hash <> $3::bytea)"};
	uint8_t own[SESSION_HASH_SIZE] = {0};
	struct pg_result *rows = NULL;

	(void)session_cookie(r->call, own);
	pg_param_int64(r->params, person_id);
	pg_param_int64(r->params, id);
	pg_param_bytes(r->params, own, sizeof(own));
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*found_out = pg_affected(rows) > 0;
	pg_result_free(&rows);
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}

/* GET /v1/me/sessions */
bool my_session_list(struct request *r, struct err *err)
{
	return list(r, r->caller.person_id, err);
}

/* DELETE /v1/me/sessions */
bool my_sessions_end(struct request *r, struct err *err)
{
	bool found;

	return end(r, r->caller.person_id, 0, &found, err);
}

/* DELETE /v1/me/sessions/{id} */
bool my_session_end(struct request *r, struct err *err)
{
	int64_t id;
	bool found;

	if (!request_id(r, 0, "session", &id))
		return true;
	if (!end(r, r->caller.person_id, id, &found, err))
		return false;
	if (!found)
		problem_not_found(&r->problem, "session");
	return true;
}

/* --- of somebody else ----------------------------------------------------------------------------
 */

static bool find_user(struct request *r, int64_t *id_out, struct err *err)
{
	static const struct pg_stmt stmt = {"session_user",
					    "SELECT 1 FROM person WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	if (!request_id(r, 0, "user", id_out))
		return true;
	pg_param_int64(r->params, *id_out);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "user");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/users/{id}/sessions */
bool user_session_list(struct request *r, struct err *err)
{
	int64_t id;

	if (!find_user(r, &id, err))
		return false;
	return problem_found(&r->problem) || list(r, id, err);
}

/* DELETE /v1/users/{id}/sessions: one's own goes on, like with DELETE /v1/me/sessions. */
bool user_sessions_end(struct request *r, struct err *err)
{
	bool found;
	int64_t id;

	if (!find_user(r, &id, err))
		return false;
	return problem_found(&r->problem) || end(r, id, 0, &found, err);
}
