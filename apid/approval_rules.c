/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* approval_rules - above how many clients, or how much money, a campaign needs a second person. */
#include "apid/api.h"
#include "common/base/log.h"
#include "common/text/sheet.h"

#define CLIENTS_MAX 1000000000
#define AMOUNT_MAX  1000000000000000000

static void put_rule(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "department_id", pg_int(rows, i, 0));
	json_put_text(json, "department", pg_text(rows, i, 1));
	if (pg_null(rows, i, 2))
		json_put_null(json, "clients");
	else
		json_put_int(json, "clients", pg_int(rows, i, 2));
	if (pg_null(rows, i, 3))
		json_put_null(json, "cost");
	else
		json_put_micro(json, "cost", pg_int(rows, i, 3));
	json_put_time(json, "changed_at", pg_time_us(rows, i, 4));
	json_put_text(json, "changed_by", pg_text(rows, i, 5));
	json_object_end(json);
}

/* Those of the departments above bind campaigns below. */
static bool reply_rules(struct request *r, enum right right, struct err *err)
{
	static const struct pg_stmt list = {
		"approval_rules",
		"SELECT r.department_id, d.name, r.clients, r.money_micro, r.changed_at,"
		"       r.changed_by FROM approval_rule r JOIN department d ON d.id = "
		"r.department_id WHERE " SCOPE_SQL("r.department_id",
						   "$1") " ORDER BY d.path LIMIT 5000"};
	struct pg_result *rows = NULL;

	scope_param_above(r->params, &r->caller, right);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "rules");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_rule(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* GET /v1/approval-rules */
bool approval_rule_list(struct request *r, struct err *err)
{
	return reply_rules(r, RIGHT_CAMPAIGNS_READ, err);
}

struct wanted {
	int64_t department_id, clients, cost; /* -1: does not matter */
};

static void wanted_in(struct request *r, const struct cJSON *doc, struct wanted *w)
{
	const char *cost = NULL;
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	w->department_id = json_in_id(&in, "department_id", JSON_REQUIRED);
	w->clients = w->cost = -1;
	if (!json_in_null(&in, "clients"))
		w->clients = json_in_int(&in, "clients", JSON_REQUIRED, 0, CLIENTS_MAX, -1);
	if (!json_in_null(&in, "cost"))
		cost = json_in_text(&in, "cost", JSON_REQUIRED, 30);
	if (cost != NULL && !sheet_micro(cost, AMOUNT_MAX, &w->cost))
		json_in_refuse(&in, "cost", cost, "an amount such as \"150000.00\"");
	json_in_end(&in);
}

static bool store(struct request *r, const struct wanted *w, struct err *err)
{
	static const struct pg_stmt put = {
		"approval_rule_put",
		"WITH d AS (SELECT id FROM department WHERE id = $1::bigint),"
		" gone AS (DELETE FROM approval_rule r USING d WHERE r.department_id = d.id"
		"             AND $2::bigint < 0 AND $3::bigint < 0),"
		" put AS (INSERT INTO approval_rule (department_id, clients, money_micro,"
		"             changed_by)"
		"   SELECT id, CASE WHEN $2::bigint >= 0 THEN $2::bigint END,"
		"          CASE WHEN $3::bigint >= 0 THEN $3::bigint END, $4::text FROM d"
		"    WHERE $2::bigint >= 0 OR $3::bigint >= 0"
		"   ON CONFLICT (department_id) DO UPDATE SET clients = excluded.clients,"
		"      money_micro = excluded.money_micro, changed_at = excluded.changed_at,"
		"      changed_by = excluded.changed_by)"
		" SELECT id FROM d"};
	char who[CALLER_NAME_SIZE];
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, w->department_id);
	pg_param_int64(r->params, w->clients);
	pg_param_int64(r->params, w->cost);
	pg_param_text(r->params, caller_name(&r->caller, who));
	if (!request_query(r, &put, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_field(&r->problem, "department_id", "the id of no department",
			      "the id of a department");
	pg_result_free(&rows);
	return true;
}

/* PUT /v1/approval-rules: both null takes the rule away */
bool approval_rule_put(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct wanted wanted;

	if (!request_json(r, &doc))
		return true;
	wanted_in(r, doc, &wanted);
	json_free(&doc);
	if (problem_found(&r->problem) ||
	    scope_place(&r->caller, RIGHT_RULES_EDIT, wanted.department_id, &r->problem) == 0)
		return true;
	if (!store(r, &wanted, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	log_info("approval rule set", LI("department", wanted.department_id));
	return reply_rules(r, RIGHT_RULES_EDIT, err);
}
