/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_rule - see route_rule.h. */
#include "apid/route_rule.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/model/sender.h"

#define NAME_CHARS	100
#define CODE_CHARS	64
#define PREFIX_DIGITS	15
#define PRICE_WHOLE_MAX 6 /* digits before the point */
#define MICRO_DIGITS	6
#define WEIGHT_MAX	1000000
#define RECEIPT_S_MIN	5
#define RECEIPT_S_MAX	86400

/* "2.35", and more than nothing. */
static bool is_price(const char *text)
{
	size_t whole = strspn(text, "0123456789"), decimals = 0;

	if (whole < 1 || whole > PRICE_WHOLE_MAX)
		return false;
	if (text[whole] == '.') {
		decimals = strspn(text + whole + 1, "0123456789");
		if (decimals < 1 || decimals > MICRO_DIGITS)
			return false;
		decimals++;
	}
	return text[whole + decimals] == '\0' && text[strspn(text, "0.")] != '\0';
}

static const char *price_in(struct json_in *in)
{
	const char *text = json_in_text(in, "price_max", JSON_OPTIONAL, 20);

	if (text != NULL && !is_price(text))
		json_in_refuse(in, "price_max", text, "a price such as \"2.35\", or null for none");
	return text;
}

static const char *prefix_in(struct json_in *in)
{
	const char *text = json_in_text(in, "prefix", JSON_OPTIONAL, PREFIX_DIGITS);

	if (text != NULL && (text[0] == '0' || text[strspn(text, "0123456789")] != '\0'))
		json_in_refuse(in, "prefix", text,
			       "the first digits of numbers, beginning with the country's");
	return text;
}

static int32_t percent_in(struct json_in *in, const char *key, int64_t min, int64_t max)
{
	return (int32_t)json_in_int(in, key, JSON_OPTIONAL, min, max, 0);
}

/* --- its accounts --------------------------------------------------------------------------------
 */

static bool is_twice(const struct route_rule_in *rule)
{
	for (size_t i = 0; i + 1 < rule->count; i++)
		if (rule->account[i] != NULL && rule->account[rule->count - 1] != NULL &&
		    strcmp(rule->account[i], rule->account[rule->count - 1]) == 0)
			return true;
	return false;
}

static void read_account(struct request *r, const struct cJSON *value, struct route_rule_in *rule)
{
	size_t i = rule->count++;
	struct json_in in;
	char path[32];
	bool weighted;

	(void)snprintf(path, sizeof(path), "accounts[%zu]", i);
	json_in_begin(&in, value, &r->problem, path);
	rule->account[i] = json_in_text(&in, "account", JSON_REQUIRED, CODE_CHARS);
	rule->weight[i] = (int32_t)json_in_int(&in, "weight", JSON_OPTIONAL, 1, WEIGHT_MAX, 0);
	weighted = rule->weight[i] != 0;
	json_in_end(&in);
	if (i == 0)
		rule->weighted = weighted;
	else if (rule->weighted != weighted)
		json_in_refuse(&in, "weight", weighted ? "a weight" : "nothing",
			       "a weight for every account of the rule, or for none");
	if (is_twice(rule))
		json_in_refuse(&in, "account", rule->account[i], "each account once");
}

static void read_accounts(struct request *r, struct json_in *in, const struct cJSON *doc,
			  struct route_rule_in *rule)
{
	const struct cJSON *list = cJSON_GetObjectItemCaseSensitive((const cJSON *)doc, "accounts");
	const struct cJSON *value;

	(void)json_in_has(in, "accounts");
	/* None at all is a list as well. */
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > 0)
		list = json_in_array(in, "accounts", JSON_OPTIONAL, ROUTE_RULE_ACCOUNTS_MAX);
	cJSON_ArrayForEach(value, list)
	{
		read_account(r, value, rule);
	}
}

/* --- the whole -----------------------------------------------------------------------------------
 */

static bool is_given(struct json_in *in, const char *key)
{
	return json_in_has(in, key) && !json_in_null(in, key);
}

static void check(struct json_in *in, const struct route_rule_in *rule)
{
	if (rule->only_these && rule->count == 0)
		json_in_refuse(in, "only_these", "true",
			       "accounts, when no other may carry the message");
	if (rule->receipt_s != 0 && rule->class != CLASS_SERVICE && rule->class != CLASS_ALERT)
		json_in_refuse(in, "receipt_within_s", "a time",
			       "class service or alert beside it, which may arrive twice");
}

void route_rule_read(struct request *r, const struct cJSON *doc, struct route_rule_in *out)
{
	struct json_in in;

	*out = (struct route_rule_in){0};
	json_in_begin(&in, doc, &r->problem, "");
	out->name = json_in_text(&in, "name", JSON_REQUIRED, NAME_CHARS);
	out->enabled = json_in_bool(&in, "enabled", JSON_OPTIONAL, true);
	if (is_given(&in, "category"))
		out->category = (int16_t)category_in(&in, JSON_REQUIRED, 0);
	if (is_given(&in, "class"))
		out->class = (int16_t)class_in(&in, JSON_REQUIRED, 0);
	out->operator_code = json_in_text(&in, "operator", JSON_OPTIONAL, CODE_CHARS);
	out->prefix = prefix_in(&in);
	out->sender = is_given(&in, "sender") ? sender_in(&in, JSON_REQUIRED) : NULL;
	read_accounts(r, &in, doc, out);
	out->only_these = json_in_bool(&in, "only_these", JSON_OPTIONAL, false);
	out->price_max = price_in(&in);
	out->delivery_min = percent_in(&in, "delivery_min_percent", 1, 99);
	out->spread = percent_in(&in, "spread_percent", 0, 100);
	out->receipt_s = (int32_t)json_in_int(&in, "receipt_within_s", JSON_OPTIONAL, RECEIPT_S_MIN,
					      RECEIPT_S_MAX, 0);
	check(&in, out);
	json_in_end(&in);
}

bool route_rule_find(struct request *r, struct route_rule_in *rule, struct err *err)
{
	static const struct pg_stmt find = {
		"route_rule_find",
		"SELECT coalesce((SELECT id FROM operator WHERE code = $1::text), 0),"
		"       coalesce(a.id, 0) FROM unnest($2::text[] || ''::text)"
		"       WITH ORDINALITY AS u(name, n)"
		"  LEFT JOIN account a ON a.name = u.name ORDER BY u.n"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, rule->operator_code);
	pg_param_text_array(r->params, rule->account, rule->count);
	if (!request_query(r, &find, &rows, err))
		return false;
	rule->operator_id = (int16_t)pg_int(rows, 0, 0);
	for (size_t i = 0; i < rule->count; i++)
		rule->account_id[i] = (int16_t)pg_int(rows, i, 1);
	pg_result_free(&rows);
	if (rule->operator_code != NULL && rule->operator_id == 0)
		problem_field(&r->problem, "operator", rule->operator_code,
			      "the code of an operator from GET /v1/operators, or null for all");
	for (size_t i = 0; i < rule->count; i++)
		if (rule->account_id[i] == 0)
			problem_field(&r->problem, "accounts", rule->account[i],
				      "the name of an account from GET /v1/accounts");
	return true;
}

static void push_small(struct pg_params *params, int16_t value)
{
	if (value == 0)
		pg_param_null(params);
	else
		pg_param_int16(params, value);
}

static void push_int(struct pg_params *params, int32_t value)
{
	if (value == 0)
		pg_param_null(params);
	else
		pg_param_int32(params, value);
}

void route_rule_push(struct pg_params *params, const struct route_rule_in *rule)
{
	pg_param_text(params, rule->name);
	pg_param_bool(params, rule->enabled);
	push_small(params, rule->category);
	push_small(params, rule->class);
	push_small(params, rule->operator_id);
	pg_param_text(params, rule->prefix);
	pg_param_text(params, rule->sender);
	if (rule->count == 0)
		pg_param_null(params);
	else
		pg_param_int16_array(params, rule->account_id, rule->count);
	if (rule->count == 0 || !rule->weighted)
		pg_param_null(params);
	else
		pg_param_int32_array(params, rule->weight, rule->count);
	pg_param_bool(params, rule->only_these);
	pg_param_text(params, rule->price_max);
	push_int(params, rule->delivery_min);
	pg_param_int16(params, (int16_t)rule->spread);
	push_int(params, rule->receipt_s);
}
