/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* budgets - what departments may spend in a month, and what of it is spent and held
 * (docs/budgets.md). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/base/log.h"
#include "common/route/invoice.h"
#include "common/text/sheet.h"

#define AMOUNT_MAX  1000000000000000000
#define ALARMS_MAX  10
#define PERCENT_MAX 1000
#define HOLDS_SHOWN 200

#define BUDGET_SQL                                                                                 \
	"SELECT b.department_id, d.name, to_char(b.month, 'YYYY-MM'), b.amount_micro, b.policy,"   \
	"       b.overdraft_micro, array_to_json(b.alarms)::text,"                                 \
	"       (SELECT coalesce(json_agg(json_build_object('percent', a.percent, 'at',"           \
	"               to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'))"    \
	"               ORDER BY a.percent), '[]')::text FROM budget_alarm a"                      \
	"         WHERE a.department_id = b.department_id AND a.month = b.month),"                 \
	"       u.spent_micro, u.held_micro, b.changed_at, b.changed_by"                           \
	"  FROM budget b JOIN department d ON d.id = b.department_id"                              \
	" CROSS JOIN LATERAL budget_use(b.department_id, b.month) u "

static void put_raw(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col)
{
	json_put_raw(json, key, pg_text(rows, i, col), pg_len(rows, i, col));
}

/* The members of the open object. */
static void put_budget(struct json_out *json, const struct pg_result *rows, size_t i)
{
	int64_t amount = pg_int(rows, i, 3), spent = pg_int(rows, i, 8), held = pg_int(rows, i, 9);

	json_put_id(json, "department_id", pg_int(rows, i, 0));
	json_put_text(json, "department", pg_text(rows, i, 1));
	json_put_text(json, "month", pg_text(rows, i, 2));
	json_put_micro(json, "amount", amount);
	json_put_text(json, "policy", pg_text(rows, i, 4));
	if (pg_null(rows, i, 5))
		json_put_null(json, "overdraft");
	else
		json_put_micro(json, "overdraft", pg_int(rows, i, 5));
	put_raw(json, "alarms", rows, i, 6);
	put_raw(json, "reached", rows, i, 7);
	json_put_micro(json, "spent", spent);
	json_put_micro(json, "held", held);
	json_put_micro(json, "left", amount - spent - held);
	json_put_time(json, "changed_at", pg_time_us(rows, i, 10));
	json_put_text(json, "changed_by", pg_text(rows, i, 11));
}

/* Push the month that "2026-11" is; false: the problem is filled. */
static bool month_param(struct request *r, const char *month)
{
	int32_t day;

	if (!invoice_month_parse(month, &day)) {
		problem_field(&r->problem, "month", month, "a month such as 2026-11");
		return false;
	}
	pg_param_int32(r->params, day);
	return true;
}

/* GET /v1/budgets?month=: this month's, where none is said */
bool budget_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"budget_list", BUDGET_SQL
		" WHERE b.month = coalesce(date '1970-01-01' + $1::integer,"
		"                          budget_month(statement_timestamp()))"
		"   AND " SCOPE_SQL("b.department_id", "$2") " ORDER BY d.path LIMIT 5000"};
	const char *month = http_query(r->call, "month");
	struct pg_result *rows = NULL;

	if (month == NULL)
		pg_param_null(r->params);
	else if (!month_param(r, month))
		return true;
	scope_param(r->params, &r->caller, RIGHT_BUDGETS_READ);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "budgets");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		put_budget(&r->json, rows, i);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- one -----------------------------------------------------------------------------------------
 */

/* What was promised to campaigns, the newest first; those that are not the caller's have no name.
 */
static bool put_holds(struct request *r, enum right right, int64_t department_id, int32_t month,
		      struct err *err)
{
	static const struct pg_stmt read = {
		"budget_holds",
		"SELECT CASE WHEN " SCOPE_SQL(
			"h.department_id",
			"$4") " THEN h.campaign_id END,"
			      "       CASE WHEN " SCOPE_SQL(
				      "h.department_id",
				      "$4") " THEN c.name END,"
					    "       h.department_id,"
					    "       CASE WHEN " SCOPE_SQL(
						    "h.department_id",
						    "$4") " THEN h.run_id END,"
							  "       CASE WHEN h.closed_at IS NULL "
							  "THEN greatest(h.held_micro - s.micro, 0)"
							  "            ELSE 0 END, s.micro, "
							  "h.created_at, h.closed_at"
							  "  FROM budget_hold h JOIN campaign c ON "
							  "c.id = h.campaign_id"
							  "  JOIN department d ON d.id = "
							  "h.department_id"
							  " CROSS JOIN LATERAL (SELECT "
							  "coalesce(sum(l.rouble_micro), "
							  "0)::bigint AS micro"
							  "       FROM ledger l WHERE l.run_id = "
							  "h.run_id) s"
							  " WHERE d.path @> ARRAY[$1::bigint] AND "
							  "h.month = date '1970-01-01' + "
							  "$2::integer"
							  " ORDER BY h.id DESC LIMIT $3::integer"};
	struct json_out *json = &r->json;
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, department_id);
	pg_param_int32(r->params, month);
	pg_param_int32(r->params, HOLDS_SHOWN);
	scope_param(r->params, &r->caller, right);
	if (!request_query(r, &read, &rows, err))
		return false;
	json_array(json, "holds");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(json, NULL);
		put_id_or_null(json, "campaign_id", rows, i, 0);
		json_put_text(json, "campaign", text_or_null(rows, i, 1));
		json_put_id(json, "department_id", pg_int(rows, i, 2));
		put_id_or_null(json, "run_id", rows, i, 3);
		json_put_micro(json, "held", pg_int(rows, i, 4));
		json_put_micro(json, "spent", pg_int(rows, i, 5));
		json_put_time(json, "created_at", pg_time_us(rows, i, 6));
		json_put_time(json, "closed_at", pg_time_us(rows, i, 7));
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}

static bool reply_budget(struct request *r, enum right right, int64_t department_id, int32_t month,
			 struct err *err)
{
	static const struct pg_stmt read = {"budget_read", BUDGET_SQL
					    " WHERE b.department_id = $1::bigint"
					    "   AND b.month = date '1970-01-01' + "
					    "$2::integer AND " SCOPE_SQL("b.department_id", "$3")};
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(r->params, department_id);
	pg_param_int32(r->params, month);
	scope_param(r->params, &r->caller, right);
	if (!request_query(r, &read, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "budget");
		return true;
	}
	json_object(&r->json, NULL);
	put_budget(&r->json, rows, 0);
	ok = put_holds(r, right, department_id, month, err);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return ok && request_reply(r, 200);
}

/* GET /v1/budgets/{department}/{month} */
bool budget_get(struct request *r, struct err *err)
{
	int64_t department_id;
	int32_t month;

	if (!request_id(r, 0, "department", &department_id))
		return true;
	if (!invoice_month_parse(http_param(r->call, 1), &month)) {
		problem_not_found(&r->problem, "budget");
		return true;
	}
	return reply_budget(r, RIGHT_BUDGETS_READ, department_id, month, err);
}

/* --- setting it ----------------------------------------------------------------------------------
 */

struct wanted {
	int64_t department_id, amount, overdraft;
	int32_t month;
	bool overdrafts, limited;
	int16_t alarm[ALARMS_MAX];
	size_t alarm_count;
};

static int64_t amount_in(struct json_in *in, const char *key, enum json_need need)
{
	const char *text = json_in_text(in, key, need, 30);
	int64_t micro = 0;

	if (text != NULL && !sheet_micro(text, AMOUNT_MAX, &micro))
		json_in_refuse(in, key, text, "an amount such as \"150000.00\"");
	return micro;
}

static void alarms_in(struct json_in *in, struct wanted *w)
{
	const cJSON *array = NULL, *item;

	w->alarm[0] = 80;
	w->alarm[1] = 100;
	w->alarm_count = 2;
	if (json_in_has(in, "alarms"))
		array = json_in_array(in, "alarms", JSON_OPTIONAL, ALARMS_MAX);
	if (array == NULL)
		return;
	w->alarm_count = 0;
	cJSON_ArrayForEach(item, array)
	{
		double percent = cJSON_IsNumber(item) ? item->valuedouble : 0;

		if (percent < 1 || percent > PERCENT_MAX || percent != (double)(int16_t)percent) {
			json_in_refuse(in, "alarms", "another value",
				       "whole numbers of per cent from 1 to 1000");
			return;
		}
		w->alarm[w->alarm_count++] = (int16_t)percent;
	}
}

static void wanted_in(struct request *r, const cJSON *doc, struct wanted *w)
{
	const char *month, *policy;
	struct json_in in;

	*w = (struct wanted){0};
	json_in_begin(&in, doc, &r->problem, "");
	w->department_id = json_in_id(&in, "department_id", JSON_REQUIRED);
	month = json_in_text(&in, "month", JSON_REQUIRED, 7);
	if (month != NULL && !invoice_month_parse(month, &w->month))
		json_in_refuse(&in, "month", month, "a month such as 2026-11");
	w->amount = amount_in(&in, "amount", JSON_REQUIRED);
	policy = json_in_text(&in, "policy", JSON_OPTIONAL, 20);
	w->overdrafts = policy != NULL && strcmp(policy, "overdraft") == 0;
	if (policy != NULL && !w->overdrafts && strcmp(policy, "refuse") != 0)
		json_in_refuse(&in, "policy", policy, "refuse or overdraft");
	w->limited = json_in_has(&in, "overdraft") && !json_in_null(&in, "overdraft");
	if (w->limited)
		w->overdraft = amount_in(&in, "overdraft", JSON_REQUIRED);
	if (w->limited && !w->overdrafts)
		json_in_refuse(&in, "overdraft", "an amount", "null where the policy is refuse");
	alarms_in(&in, w);
	json_in_end(&in);
}

static bool put_body(struct pg *pg, void *arg, struct err *err)
{
	/* Whoever promises money just now does it by the old words, and before these. */
	static const struct pg_stmt lock = {"budget_lock", "SELECT budget_lock()"};
	static const struct pg_stmt put = {
		"budget_put",
		"INSERT INTO budget AS b (department_id, month, amount_micro, policy,"
		"       overdraft_micro, alarms, changed_by)"
		" SELECT d.id, date '1970-01-01' + $2::integer, $3::bigint, $4::text, $5::bigint,"
		"        ARRAY(SELECT DISTINCT a FROM unnest($6::smallint[]) AS a ORDER BY a),"
		"        $7::text FROM department d WHERE d.id = $1::bigint"
		" ON CONFLICT (department_id, month) DO UPDATE SET"
		"        amount_micro = excluded.amount_micro, policy = excluded.policy,"
		"        overdraft_micro = excluded.overdraft_micro, alarms = excluded.alarms,"
		"        changed_at = excluded.changed_at, changed_by = excluded.changed_by"
		" RETURNING 1"};
	/* Reached anew, they are told anew. */
	static const struct pg_stmt forget = {
		"budget_alarm_forget", "DELETE FROM budget_alarm WHERE department_id = $1::bigint"
				       "   AND month = date '1970-01-01' + $2::integer"};
	struct request *r = ((void **)arg)[0];
	const struct wanted *w = ((void **)arg)[1];
	char who[CALLER_NAME_SIZE];
	struct pg_result *rows = NULL;
	bool known;

	(void)pg;
	if (!request_query(r, &lock, NULL, err))
		return false;
	pg_param_int64(r->params, w->department_id);
	pg_param_int32(r->params, w->month);
	pg_param_int64(r->params, w->amount);
	pg_param_text(r->params, w->overdrafts ? "overdraft" : "refuse");
	if (w->limited)
		pg_param_int64(r->params, w->overdraft);
	else
		pg_param_null(r->params);
	pg_param_int16_array(r->params, w->alarm, w->alarm_count);
	pg_param_text(r->params, caller_name(&r->caller, who));
	if (!request_query(r, &put, &rows, err))
		return false;
	known = pg_rows(rows) == 1;
	pg_result_free(&rows);
	if (!known) {
		problem_field(&r->problem, "department_id", "the id of no department",
			      "the id of a department");
		return request_refused(err);
	}
	pg_param_int64(r->params, w->department_id);
	pg_param_int32(r->params, w->month);
	return request_query(r, &forget, NULL, err);
}

/* PUT /v1/budgets */
bool budget_put(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct wanted wanted;
	void *arg[2] = {r, &wanted};

	if (!request_json(r, &doc))
		return true;
	wanted_in(r, doc, &wanted);
	json_free(&doc);
	if (problem_found(&r->problem) ||
	    scope_place(&r->caller, RIGHT_BUDGETS_EDIT, wanted.department_id, &r->problem) == 0)
		return true;
	if (!pg_transaction(r->pg, put_body, arg, err))
		return false;
	log_info("budget set", LI("department", wanted.department_id));
	return reply_budget(r, RIGHT_BUDGETS_EDIT, wanted.department_id, wanted.month, err);
}
