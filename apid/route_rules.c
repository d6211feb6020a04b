/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_rules - the routing policy: which accounts go first, for which messages (docs/routing.md).
 */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/route_rule.h"
#include "common/base/log.h"
#include "common/model/message.h"

/* --- showing -------------------------------------------------------------------------------------
 */

#define RULE_SQL                                                                                   \
	"SELECT u.id, u.name, u.enabled, coalesce(u.category, 0), coalesce(u.class, 0), o.code,"   \
	"       u.prefix, u.sender, u.only_these, u.price_max_micro,"                              \
	"       round(u.delivery_min * 100)::integer, u.spread_percent, u.receipt_within_s,"       \
	"       u.changed_at, coalesce(cardinality(u.accounts), 0)"                                \
	"  FROM route_rule u LEFT JOIN operator o ON o.id = u.operator_id"                         \
	" WHERE ($1::bigint = 0 OR u.id = $1) ORDER BY u.position"

enum column {
	COL_ID,
	COL_NAME,
	COL_ENABLED,
	COL_CATEGORY,
	COL_CLASS,
	COL_OPERATOR,
	COL_PREFIX,
	COL_SENDER,
	COL_ONLY,
	COL_PRICE,
	COL_DELIVERY,
	COL_SPREAD,
	COL_RECEIPT,
	COL_CHANGED,
	COL_ACCOUNTS,
};

static void put_int_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			    size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_int(json, key, pg_int(rows, i, col));
}

static void put_matches(struct json_out *json, const struct pg_result *rows, size_t i)
{
	int64_t category = pg_int(rows, i, COL_CATEGORY), class = pg_int(rows, i, COL_CLASS);

	json_put_text(json, "category",
		      category == 0 ? NULL
				    : message_category_name((enum message_category)category));
	json_put_text(json, "class",
		      class == 0 ? NULL : message_class_name((enum message_class) class));
	json_put_text(json, "operator", text_or_null(rows, i, COL_OPERATOR));
	json_put_text(json, "prefix", text_or_null(rows, i, COL_PREFIX));
	json_put_text(json, "sender", text_or_null(rows, i, COL_SENDER));
}

/* Its accounts follow each other in `accounts`, from row `first` on. */
static void put_accounts(struct json_out *json, const struct pg_result *accounts, size_t first,
			 size_t count)
{
	json_array(json, "accounts");
	for (size_t i = first; i < first + count; i++) {
		json_object(json, NULL);
		json_put_text(json, "account", pg_text(accounts, i, 0));
		put_int_or_null(json, "weight", accounts, i, 1);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_rule(struct json_out *json, const struct pg_result *rows, size_t i,
		     const struct pg_result *accounts, size_t first)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_bool(json, "enabled", pg_bool(rows, i, COL_ENABLED));
	put_matches(json, rows, i);
	put_accounts(json, accounts, first, (size_t)pg_int(rows, i, COL_ACCOUNTS));
	json_put_bool(json, "only_these", pg_bool(rows, i, COL_ONLY));
	if (pg_null(rows, i, COL_PRICE))
		json_put_null(json, "price_max");
	else
		json_put_micro(json, "price_max", pg_int(rows, i, COL_PRICE));
	put_int_or_null(json, "delivery_min_percent", rows, i, COL_DELIVERY);
	json_put_int(json, "spread_percent", pg_int(rows, i, COL_SPREAD));
	put_int_or_null(json, "receipt_within_s", rows, i, COL_RECEIPT);
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
	json_object_end(json);
}

/* The rules with this id (0: all), by position, and their accounts; the caller frees both. */
static bool find_rules(struct request *r, int64_t id, struct pg_result **rules,
		       struct pg_result **accounts, struct err *err)
{
	static const struct pg_stmt find = {"policy_rules", RULE_SQL};
	/* An account that is gone keeps its place, so that both results walk together. */
	static const struct pg_stmt find_accounts = {
		"policy_rules_accounts",
		"SELECT coalesce(a.name, ''), x.weight FROM route_rule u"
		" CROSS JOIN LATERAL unnest(u.accounts, u.weights)"
		"       WITH ORDINALITY AS x(id, weight, n) LEFT JOIN account a ON a.id = x.id"
		" WHERE ($1::bigint = 0 OR u.id = $1) ORDER BY u.position, x.n"};

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, rules, err))
		return false;
	pg_param_int64(r->params, id);
	return request_query(r, &find_accounts, accounts, err);
}

static bool reply_all(struct request *r, struct err *err)
{
	struct pg_result *rules = NULL, *accounts = NULL;
	bool ok = find_rules(r, 0, &rules, &accounts, err);
	size_t first = 0;

	if (ok) {
		json_object(&r->json, NULL);
		json_array(&r->json, "rules");
		for (size_t i = 0; i < pg_rows(rules); i++) {
			put_rule(&r->json, rules, i, accounts, first);
			first += (size_t)pg_int(rules, i, COL_ACCOUNTS);
		}
		json_array_end(&r->json);
		json_object_end(&r->json);
		ok = request_reply(r, 200);
	}
	pg_result_free(&rules);
	pg_result_free(&accounts);
	return ok;
}

static bool reply_one(struct request *r, int64_t id, int status, struct err *err)
{
	struct pg_result *rules = NULL, *accounts = NULL;
	bool ok = find_rules(r, id, &rules, &accounts, err);

	if (ok && pg_rows(rules) == 0) {
		problem_not_found(&r->problem, "rule");
	} else if (ok) {
		put_rule(&r->json, rules, 0, accounts, 0);
		ok = request_reply(r, status);
	}
	pg_result_free(&rules);
	pg_result_free(&accounts);
	return ok;
}

/* GET /v1/route-rules */
bool route_rule_list(struct request *r, struct err *err)
{
	return reply_all(r, err);
}

/* --- changing ------------------------------------------------------------------------------------
 */

/* Read the body and run `stmt` with the rule's values and `last`; the id it returns, or 0. */
static bool write_rule(struct request *r, const struct pg_stmt *stmt, int64_t last, int64_t *id,
		       struct err *err)
{
	struct pg_result *rows = NULL;
	struct route_rule_in rule;
	struct cJSON *doc = NULL;
	bool ok = true;

	*id = 0;
	if (!request_json(r, &doc))
		return true;
	route_rule_read(r, doc, &rule);
	if (!problem_found(&r->problem))
		ok = route_rule_find(r, &rule, err);
	if (ok && !problem_found(&r->problem)) {
		route_rule_push(r->params, &rule);
		pg_param_int64(r->params, last);
		ok = request_query(r, stmt, &rows, err);
		if (ok && pg_rows(rows) > 0)
			*id = pg_int(rows, 0, 0);
	}
	json_free(&doc);
	pg_result_free(&rows);
	return ok;
}

/* POST /v1/route-rules: it is asked last, until it is moved. */
bool route_rule_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"route_rule_create",
		"INSERT INTO route_rule (" ROUTE_RULE_COLUMNS ", position)"
		" SELECT " ROUTE_RULE_VALUES ", coalesce(max(u.position), 0) + 10"
		"  FROM route_rule u HAVING count(*) < $15::bigint RETURNING id"};
	int64_t id;

	if (!write_rule(r, &create, ROUTE_RULES_MAX, &id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (id == 0)
		return problem_conflict(&r->problem,
					"There are %d rules already, which is as "
					"many as there may be. Remove one first",
					ROUTE_RULES_MAX);
	log_info("rule of routing made", LI("rule", id));
	return reply_one(r, id, 201, err);
}

/* PUT /v1/route-rules/{id} */
bool route_rule_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"route_rule_put",
		"UPDATE route_rule SET (" ROUTE_RULE_COLUMNS ", changed_at) ="
		"       (" ROUTE_RULE_VALUES ", clock_timestamp()) WHERE id = $15::bigint"
		" RETURNING id"};
	int64_t id, written;

	if (!request_id(r, 0, "rule", &id))
		return true;
	if (!write_rule(r, &put, id, &written, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (written == 0) {
		problem_not_found(&r->problem, "rule");
		return true;
	}
	log_info("rule of routing changed", LI("rule", id));
	return reply_one(r, id, 200, err);
}

/* DELETE /v1/route-rules/{id} */
bool route_rule_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"route_rule_delete", "DELETE FROM route_rule WHERE id = $1::bigint RETURNING id"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "rule", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "rule");
	pg_result_free(&rows);
	if (!problem_found(&r->problem)) {
		log_info("rule of routing removed", LI("rule", id));
		http_reply(r->call, 204, NULL, "", 0);
	}
	return true;
}

/* --- their order ---------------------------------------------------------------------------------
 */

static bool read_order(struct request *r, int64_t ids[ROUTE_RULES_MAX], size_t *count)
{
	const struct cJSON *list, *value;
	struct cJSON *doc = NULL;
	struct json_in in;

	*count = 0;
	if (!request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	list = json_in_array(&in, "ids", JSON_REQUIRED, ROUTE_RULES_MAX);
	cJSON_ArrayForEach(value, list)
	{
		if (!cJSON_IsString(value) || !id_parse(value->valuestring, &ids[*count]))
			json_in_refuse(&in, "ids", "something else", "ids of rules, as strings");
		else
			(*count)++;
	}
	json_in_end(&in);
	json_free(&doc);
	return !problem_found(&r->problem);
}

/* PUT /v1/route-rules/order: as they shall be asked.  All of them, so that one that was made
 * meanwhile is not put somewhere nobody meant. */
bool route_rule_order(struct request *r, struct err *err)
{
	static const struct pg_stmt order = {
		"route_rule_order",
		"WITH wanted AS (SELECT u.id, min(u.n) AS n FROM unnest($1::bigint[])"
		"       WITH ORDINALITY AS u(id, n) GROUP BY u.id),"
		" same AS (SELECT NOT EXISTS (SELECT 1 FROM route_rule r FULL JOIN wanted w"
		"       ON w.id = r.id WHERE w.id IS NULL OR r.id IS NULL) AS all_named),"
		" moved AS (UPDATE route_rule r SET position = w.n * 10, changed_at = "
		"clock_timestamp() FROM wanted w, same s"
		"        WHERE r.id = w.id AND s.all_named AND r.position <> w.n * 10)"
		" SELECT all_named FROM same"};
	struct pg_result *rows = NULL;
	int64_t ids[ROUTE_RULES_MAX];
	size_t count;
	bool all;

	if (!read_order(r, ids, &count))
		return true;
	pg_param_int64_array(r->params, ids, count);
	if (!request_query(r, &order, &rows, err))
		return false;
	all = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	if (!all)
		return problem_conflict(&r->problem, "The rules are not those you put in order. "
						     "Look at them again");
	log_info("rules of routing put in order");
	return reply_all(r, err);
}
