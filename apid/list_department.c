/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list_department - the clients of a list are given to a department. */
#include "apid/api.h"
#include "common/base/log.h"

struct gift {
	int64_t list_id, department_id; /* 0: no department's */
};

static void read_gift(struct request *r, const struct cJSON *doc, struct gift *out)
{
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	if (json_in_null(&in, "department_id"))
		out->department_id = 0;
	else
		out->department_id = json_in_id(&in, "department_id", JSON_REQUIRED);
	json_in_end(&in);
}

/* One row: whether list and department are there, and how many changed. */
static bool give(struct request *r, const struct gift *gift, struct err *err)
{
	static const struct pg_stmt stmt = {
		"list_department",
		"WITH known AS (SELECT EXISTS (SELECT FROM list WHERE id = $1::bigint) AS list,"
		"       $2::bigint = 0 OR EXISTS (SELECT FROM department WHERE id = $2::bigint) AS "
		"department),"
		" given AS (UPDATE client c SET department_id = nullif($2::bigint, 0)"
		"      FROM list_member m, known k WHERE k.list AND k.department"
		"       AND m.list_id = $1::bigint AND c.id = m.client_id"
		"       AND c.department_id IS DISTINCT FROM nullif($2::bigint, 0) RETURNING 1)"
		" SELECT list, department, (SELECT count(*) FROM given) FROM known"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, gift->list_id);
	pg_param_int64(r->params, gift->department_id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	if (!pg_bool(rows, 0, 0)) {
		problem_not_found(&r->problem, "list");
	} else if (!pg_bool(rows, 0, 1)) {
		problem_field(&r->problem, "department_id", "an id of no department",
			      "the id of a department, or null");
	} else {
		log_info("clients given to a department", LI("list", gift->list_id),
			 LI("department", gift->department_id), LI("clients", pg_int(rows, 0, 2)));
		json_object(&r->json, NULL);
		json_put_int(&r->json, "changed", pg_int(rows, 0, 2));
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* PUT /v1/lists/{id}/department */
bool list_department(struct request *r, struct err *err)
{
	struct gift gift = {0};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_id(r, 0, "list", &gift.list_id) || !request_json(r, &doc))
		return true;
	read_gift(r, doc, &gift);
	ok = problem_found(&r->problem) || give(r, &gift, err);
	json_free(&doc);
	return ok;
}
