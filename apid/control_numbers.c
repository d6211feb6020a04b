/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control_numbers - numbers of the staff that get a copy of every campaign. */
#include "apid/api.h"
#include "common/model/phone.h"
#include "common/web/json.h"

#define NUMBERS_MAX    50
#define NAME_CHARS_MAX 100

enum column { COL_ID, COL_MSISDN, COL_NAME, COL_DEPARTMENT, COL_DEPARTMENT_NAME, COL_CREATED };

#define CONTROL_SQL                                                                                \
	"SELECT n.id, n.msisdn, n.name, n.department_id, d.name, n.created_at"                     \
	"  FROM control_number n JOIN department d ON d.id = n.department_id "

static void put_number(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_phone(json, "phone", pg_int(rows, i, COL_MSISDN));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_id(json, "department_id", pg_int(rows, i, COL_DEPARTMENT));
	json_put_text(json, "department_name", pg_text(rows, i, COL_DEPARTMENT_NAME));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_object_end(json);
}

/* GET /v1/control-numbers */
bool control_number_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"control_number_list",
		CONTROL_SQL "WHERE " SCOPE_SQL("n.department_id",
					       "$1") " ORDER BY d.path, lower(n.name), n.id"};
	struct pg_result *rows = NULL;

	scope_param(r->params, &r->caller, RIGHT_RULES_READ);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "control_numbers");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_number(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

struct wanted {
	struct request *r;
	int64_t msisdn, department_id;
	const char *name;
	int64_t id;
};

/* The table is locked, so that two at once cannot go beyond the limit. */
static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt create = {
		"control_number_create",
		"INSERT INTO control_number (msisdn, name, department_id)"
		" SELECT $1::bigint, $2::text, d.id FROM department d WHERE d.id = $3::bigint"
		" ON CONFLICT (msisdn, department_id) DO UPDATE SET name = excluded.name"
		" RETURNING id, (SELECT count(*) FROM control_number)"};
	struct wanted *w = arg;
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	bool full;

	if (!pg_exec(pg, "LOCK TABLE control_number IN SHARE ROW EXCLUSIVE MODE", err))
		return false;
	pg_param_int64(r->params, w->msisdn);
	pg_param_text(r->params, w->name);
	pg_param_int64(r->params, w->department_id);
	if (!request_query(r, &create, &rows, err))
		return false;
	w->id = pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	full = w->id != 0 && pg_int(rows, 0, 1) >= NUMBERS_MAX;
	pg_result_free(&rows);
	if (w->id == 0)
		problem_field(&r->problem, "department_id", "an id of no department",
			      "the id of a department");
	else if (full)
		problem_conflict(&r->problem,
				 "There are %d control numbers already, which is as many as there "
				 "may be. Remove one first",
				 NUMBERS_MAX);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool reply_one(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"control_number_get",
					   CONTROL_SQL "WHERE n.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_number(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "control number");
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, 201);
}

/* POST /v1/control-numbers; a number the department has gets the new name. */
bool control_number_create(struct request *r, struct err *err)
{
	struct wanted wanted = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	wanted.msisdn = phone_in(&in, "phone", JSON_REQUIRED);
	wanted.name = json_in_text(&in, "name", JSON_REQUIRED, NAME_CHARS_MAX);
	if (json_in_has(&in, "department_id"))
		wanted.department_id = json_in_id(&in, "department_id", JSON_REQUIRED);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		wanted.department_id = scope_place(&r->caller, RIGHT_RULES_EDIT,
						   wanted.department_id, &r->problem);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, create_body, &wanted, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return reply_one(r, wanted.id, err);
}

/* DELETE /v1/control-numbers/{id}: what it was sent stays for the record. */
bool control_number_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"control_number_delete",
		"DELETE FROM control_number WHERE id = $1::bigint AND " SCOPE_SQL(
			"department_id", "$2") " RETURNING id"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "control number", &id))
		return true;
	pg_param_int64(r->params, id);
	scope_param(r->params, &r->caller, RIGHT_RULES_EDIT);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "control number");
	pg_result_free(&rows);
	if (!problem_found(&r->problem))
		http_reply(r->call, 204, NULL, "", 0);
	return true;
}
