/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* users - who signs in, and what they may where: the list and one person. */
#include <string.h>

#include "apid/user.h"

#define QUERY_CHARS 200

#define USER_SQL                                                                                   \
	"SELECT p.id, p.login, p.name, p.language, p.email, p.created_at, p.disabled_at,"          \
	"       p.must_change_password, EXISTS (SELECT FROM second_factor f"                       \
	"            WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL),"                    \
	"       (SELECT max(s.seen_at) FROM session s WHERE s.person_id = p.id),"                  \
	"       (SELECT coalesce(json_agg(json_build_object('role', h.role, 'department_id',"      \
	"               h.department_id::text, 'department', d.name, 'reach', h.reach,"            \
	"               'clients', h.clients) ORDER BY d.path, h.role), '[]')::text"               \
	"          FROM person_role h JOIN department d ON d.id = h.department_id"                 \
	"         WHERE h.person_id = p.id), p.phone FROM person p "

enum { COL_ROLES = 10, COL_PHONE };

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "login", pg_text(rows, i, 1));
	json_put_text(json, "name", pg_text(rows, i, 2));
	json_put_text(json, "language", pg_text(rows, i, 3));
	json_put_text(json, "email", text_or_null(rows, i, 4));
	json_put_time(json, "created_at", pg_time_us(rows, i, 5));
	json_put_bool(json, "disabled", !pg_null(rows, i, 6));
	json_put_time(json, "disabled_at", pg_time_us(rows, i, 6));
	json_put_bool(json, "must_change_password", pg_bool(rows, i, 7));
	json_put_bool(json, "second_factor", pg_bool(rows, i, 8));
	json_put_time(json, "seen_at", pg_time_us(rows, i, 9));
	json_put_raw(json, "roles", pg_text(rows, i, COL_ROLES), pg_len(rows, i, COL_ROLES));
}

static void put_user(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

bool user_reply(struct request *r, int64_t id, const char *password, int status, struct err *err)
{
	static const struct pg_stmt get = {"user_get", USER_SQL "WHERE p.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		return problem_not_found(&r->problem, "user") || true;
	}
	put_open(&r->json, rows, 0);
	if (pg_null(rows, 0, COL_PHONE))
		json_put_null(&r->json, "phone");
	else
		json_put_phone(&r->json, "phone", pg_int(rows, 0, COL_PHONE));
	if (password != NULL)
		json_put_text(&r->json, "password", password);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, status);
}

/* GET /v1/users/{id} */
bool user_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "user", &id) || user_reply(r, id, NULL, 200, err);
}

/* Push $4 to $7; false: the problem is filled. */
static bool push_filter(struct request *r)
{
	const char *query = http_query(r->call, "query");
	const char *department = http_query(r->call, "department_id");
	const char *role = http_query(r->call, "role");
	const char *disabled = http_query(r->call, "disabled");
	int64_t id = 0;

	if (query != NULL && strlen(query) > QUERY_CHARS)
		problem_field(&r->problem, "query", "more", "at most 200 bytes");
	if (department != NULL && !id_parse(department, &id))
		problem_field(&r->problem, "department_id", department,
			      "a department of GET /v1/departments");
	if (disabled != NULL && strcmp(disabled, "true") != 0 && strcmp(disabled, "false") != 0)
		problem_field(&r->problem, "disabled", disabled, "true or false");
	pg_param_text(r->params, query);
	pg_param_int64(r->params, id);
	pg_param_text(r->params, role);
	pg_param_text(r->params, disabled);
	return !problem_found(&r->problem);
}

/* GET /v1/users, the newest first */
bool user_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"user_list", USER_SQL
		"WHERE ($1::bigint = 0 OR p.id < $1::bigint)"
		"   AND ($3::bigint[] IS NULL OR EXISTS (SELECT FROM person_role h"
		"        WHERE h.person_id = p.id AND h.department_id = ANY ($3::bigint[])))"
		"   AND ($4::text IS NULL OR strpos(lower(p.name), lower($4::text)) > 0"
		"        OR strpos(p.login, lower($4::text)) > 0)"
		"   AND ($5::bigint = 0 AND $6::text IS NULL OR EXISTS (SELECT FROM person_role h"
		"         JOIN department d ON d.id = h.department_id WHERE h.person_id = p.id"
		"          AND ($5::bigint = 0 OR d.path @> ARRAY[$5::bigint])"
		"          AND ($6::text IS NULL OR h.role = $6::text)))"
		"   AND ($7::text IS NULL OR (p.disabled_at IS NOT NULL) = ($7::text = 'true'))"
		" ORDER BY p.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	scope_param(r->params, &r->caller, RIGHT_USERS_READ);
	if (!push_filter(r))
		return true;
	return page_reply(r, &page, &list, "users", put_user, err);
}
