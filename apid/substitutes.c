/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* substitutes - who approves in whose place, from day to day. */
#include "apid/api.h"
#include "common/base/log.h"

#define LOGIN_CHARS 64

static void put_substitute(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "person", pg_text(rows, i, 1));
	json_put_text(json, "substitute", pg_text(rows, i, 2));
	json_put_text(json, "from", pg_text(rows, i, 3));
	json_put_text(json, "until", pg_text(rows, i, 4));
	json_object_end(json);
}

/* GET /v1/substitutes: who stands in for the caller, and for whom the caller does, now or later */
bool substitute_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"substitutes",
		"SELECT s.id, p.name, q.name, s.from_day::text, s.until_day::text FROM substitute s"
		"  JOIN person p ON p.id = s.person_id JOIN person q ON q.id = s.substitute_id"
		" WHERE (s.person_id = $1::bigint OR s.substitute_id = $1::bigint)"
		"   AND s.until_day >= company_day(statement_timestamp())"
		" ORDER BY s.from_day, s.id LIMIT 500"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "substitutes");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_substitute(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* Push the days and the login; false: the problem is filled. */
static bool substitute_in(struct request *r, const struct cJSON *doc)
{
	struct json_in in;
	int32_t from = 0, until = 0;

	json_in_begin(&in, doc, &r->problem, "");
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_text(r->params, json_in_text(&in, "login", JSON_REQUIRED, LOGIN_CHARS));
	if (json_in_date(&in, "from", JSON_REQUIRED, &from) &&
	    json_in_date(&in, "until", JSON_REQUIRED, &until) && until < from)
		json_in_refuse(&in, "until", "a day before `from`", "the last day");
	pg_param_int32(r->params, from);
	pg_param_int32(r->params, until);
	json_in_end(&in);
	if (!problem_found(&r->problem) && r->caller.person_id == 0)
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "A person must say so, and a program is none. Sign in");
	return !problem_found(&r->problem);
}

/* POST /v1/substitutes: another person approves in the caller's place */
bool substitute_create(struct request *r, struct err *err)
{
	static const struct pg_stmt add = {
		"substitute_add",
		"WITH s AS (INSERT INTO substitute (person_id, substitute_id, from_day, until_day)"
		"   SELECT $1::bigint, q.id, date '1970-01-01' + $3::integer,"
		"          date '1970-01-01' + $4::integer FROM person q"
		"    WHERE q.login = $2::text AND q.disabled_at IS NULL AND q.id <> $1::bigint"
		"   RETURNING *)"
		" SELECT s.id, p.name, q.name, s.from_day::text, s.until_day::text FROM s"
		"  JOIN person p ON p.id = s.person_id JOIN person q ON q.id = s.substitute_id"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	ok = !substitute_in(r, doc) || request_query(r, &add, &rows, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) == 0) {
		problem_field(&r->problem, "login", "nobody else's login",
			      "the login of another person");
	} else {
		put_substitute(&r->json, rows, 0);
		log_info("substitute named", LI("person", r->caller.person_id));
		request_reply(r, 201);
	}
	pg_result_free(&rows);
	return true;
}

/* DELETE /v1/substitutes/{id}: one's own */
bool substitute_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {"substitute_remove",
					      "DELETE FROM substitute WHERE id = $1::bigint"
					      "   AND person_id = $2::bigint RETURNING 1"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "substitute", &id))
		return true;
	pg_param_int64(r->params, id);
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "substitute");
	else
		http_reply(r->call, 204, NULL, "", 0);
	pg_result_free(&rows);
	return true;
}
