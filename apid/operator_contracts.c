/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operator_contracts - by which contracts advertising may go over an account to an operator's
 * numbers (docs/routing.md; R-49). */
#include <string.h>

#include "apid/api.h"
#include "common/base/log.h"

#define NAME_CHARS   64
#define NUMBER_CHARS 200

#define CONTRACT_SQL                                                                               \
	"SELECT a.name, o.code, c.number, c.valid_from::text, c.valid_to::text,"                   \
	"       (statement_timestamp() AT TIME ZONE 'Europe/Moscow')::date"                        \
	"       BETWEEN c.valid_from AND coalesce(c.valid_to, 'infinity')"                         \
	"  FROM operator_contract c JOIN account a ON a.id = c.account_id"                         \
	"  JOIN operator o ON o.id = c.operator_id "

static void put_contract(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "account", pg_text(rows, i, 0));
	json_put_text(json, "operator", pg_text(rows, i, 1));
	json_put_text(json, "number", pg_text(rows, i, 2));
	json_put_text(json, "valid_from", pg_text(rows, i, 3));
	json_put_text(json, "valid_to", text_or_null(rows, i, 4));
	json_put_bool(json, "holds", pg_bool(rows, i, 5));
	json_object_end(json);
}

/* GET /v1/operator-contracts */
bool operator_contract_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"operator_contracts", CONTRACT_SQL
					    "ORDER BY a.name, o.id, c.valid_from DESC LIMIT 5000"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "contracts");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_contract(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* $1 account, $2 operator, $3 first day. */
static void contract_key_in(struct json_in *in, struct pg_params *params)
{
	int32_t day = 0;

	pg_param_text(params, json_in_text(in, "account", JSON_REQUIRED, NAME_CHARS));
	pg_param_text(params, json_in_text(in, "operator", JSON_REQUIRED, NAME_CHARS));
	(void)json_in_date(in, "valid_from", JSON_REQUIRED, &day);
	pg_param_int32(params, day);
}

static void contract_rest_in(struct json_in *in, struct pg_params *params)
{
	int32_t day = 0;

	pg_param_text(params, json_in_text(in, "number", JSON_REQUIRED, NUMBER_CHARS));
	if (json_in_has(in, "valid_to") && !json_in_null(in, "valid_to") &&
	    json_in_date(in, "valid_to", JSON_REQUIRED, &day))
		pg_param_int32(params, day);
	else
		pg_param_null(params);
}

static bool contract_refused(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23514") != 0)
		return false;
	problem_field(&r->problem, "valid_to", "a day before valid_from", "the last day, or null");
	return request_refused(err);
}

#define CONTRACT_KEY                                                                               \
	"c.account_id = a.id AND c.operator_id = o.id AND c.valid_from = date '1970-01-01' + "     \
	"$3::integer"

/* PUT /v1/operator-contracts: a new one, or other words for the one that begins on that day. */
bool operator_contract_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"operator_contract_put",
		"INSERT INTO operator_contract AS c (account_id, operator_id, valid_from, number,"
		"       valid_to)"
		" SELECT a.id, o.id, date '1970-01-01' + $3::integer, $4::text,"
		"        date '1970-01-01' + $5::integer FROM account a, operator o"
		"  WHERE a.name = $1::text AND o.code = $2::text"
		" ON CONFLICT (account_id, operator_id, valid_from) DO UPDATE"
		"    SET number = excluded.number, valid_to = excluded.valid_to"
		" RETURNING (SELECT name FROM account WHERE id = c.account_id),"
		"        (SELECT code FROM operator WHERE id = c.operator_id), c.number,"
		"        c.valid_from::text, c.valid_to::text,"
		"        (statement_timestamp() AT TIME ZONE 'Europe/Moscow')::date"
		"       BETWEEN c.valid_from AND coalesce(c.valid_to, 'infinity')"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	contract_key_in(&in, r->params);
	contract_rest_in(&in, r->params);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &put, &rows, err) || contract_refused(r, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) == 0) {
		problem_field(&r->problem, "account", "account or operator",
			      "an account of GET /v1/accounts and an operator of GET "
			      "/v1/operators");
	} else {
		put_contract(&r->json, rows, 0);
		log_info("contract with an operator recorded");
		request_reply(r, 200);
	}
	pg_result_free(&rows);
	return true;
}

/* POST /v1/operator-contracts/remove: one that was entered by mistake. */
bool operator_contract_remove(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"operator_contract_remove",
		"DELETE FROM operator_contract c USING account a, operator o"
		" WHERE a.name = $1::text AND o.code = $2::text AND " CONTRACT_KEY " RETURNING 1"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	contract_key_in(&in, r->params);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &remove, &rows, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "contract");
	pg_result_free(&rows);
	if (!problem_found(&r->problem)) {
		log_info("contract with an operator removed");
		http_reply(r->call, 204, NULL, "", 0);
	}
	return true;
}
