/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_routes - what each account takes, and how many parts it may be given (docs/routing.md).
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/base/log.h"
#include "common/model/message.h"

#define PREFIXES_MAX	16
#define PREFIX_DIGITS	15
#define CATEGORIES_LAST CATEGORY_AUTHORISATION
#define CAP_MAX		INT64_C(1000000000000)

static const char *const alphabets[] = {"gsm", "unicode"};
#define ALPHABETS (sizeof(alphabets) / sizeof(alphabets[0]))

/* --- showing -------------------------------------------------------------------------------------
 */

enum column {
	COL_ID,
	COL_NAME,
	COL_ENABLED,
	COL_BY_CONTRACTS,
	COL_CATEGORIES,
	COL_CLASSES,
	COL_ALPHABETS,
	COL_PREFIXES,
	COL_FROM,
	COL_TO,
	COL_DAY,
	COL_DAY_USED,
	COL_MONTH,
	COL_MONTH_USED,
};

static const char *category_word(int value)
{
	return message_category_name((enum message_category)value);
}

static const char *class_word(int value)
{
	return message_class_name((enum message_class)value);
}

static const char *alphabet_word(int value)
{
	return alphabets[value];
}

/* Null is all of them. */
static void put_bits(struct json_out *json, const char *key, int64_t bits,
		     const char *(*word)(int value))
{
	if (bits == 0) {
		json_put_null(json, key);
		return;
	}
	json_array(json, key);
	for (int value = 0; bits >> value != 0; value++)
		if ((bits >> value & 1) != 0)
			json_put_text(json, NULL, word(value));
	json_array_end(json);
}

static void put_prefixes(struct json_out *json, const char *text)
{
	json_array(json, "prefixes");
	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		json_put_text_len(json, NULL, text, len);
		text += len + (text[len] == ' ');
	}
	json_array_end(json);
}

static void put_cap(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col)
{
	if (pg_null(rows, i, col)) {
		json_put_null(json, key);
		return;
	}
	json_object(json, key);
	json_put_int(json, "parts", pg_int(rows, i, col));
	json_put_int(json, "used", pg_int(rows, i, col + 1));
	json_object_end(json);
}

static void put_takes(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "account", pg_text(rows, i, COL_NAME));
	json_put_bool(json, "enabled", pg_bool(rows, i, COL_ENABLED));
	json_put_bool(json, "by_contracts", pg_bool(rows, i, COL_BY_CONTRACTS));
	put_bits(json, "categories", pg_int(rows, i, COL_CATEGORIES), category_word);
	put_bits(json, "classes", pg_int(rows, i, COL_CLASSES), class_word);
	put_bits(json, "alphabets", pg_int(rows, i, COL_ALPHABETS), alphabet_word);
	if (pg_null(rows, i, COL_PREFIXES))
		json_put_null(json, "prefixes");
	else
		put_prefixes(json, pg_text(rows, i, COL_PREFIXES));
	json_put_text(json, "open_from", text_or_null(rows, i, COL_FROM));
	json_put_text(json, "open_to", text_or_null(rows, i, COL_TO));
	put_cap(json, "cap_day", rows, i, COL_DAY);
	put_cap(json, "cap_month", rows, i, COL_MONTH);
	json_object_end(json);
}

/* Sets are read as bits, bit n being value n; 0 stands for "all". */
static const struct pg_stmt takes_stmt = {
	"account_routes",
	"SELECT a.id, a.name, a.enabled, coalesce(t.contracts, 'any') = 'contracts',"
	"       (SELECT coalesce(bit_or(1 << v), 0) FROM unnest(t.categories) AS v),"
	"       (SELECT coalesce(bit_or(1 << v), 0) FROM unnest(t.classes) AS v),"
	"       (SELECT coalesce(bit_or(1 << v), 0) FROM unnest(t.alphabets) AS v),"
	"       array_to_string(t.prefixes, ' '), to_char(t.open_from, 'HH24:MI'),"
	"       to_char(t.open_to, 'HH24:MI'), d.parts, d.used, m.parts, m.used"
	"  FROM account a LEFT JOIN account_route t ON t.account_id = a.id"
	"  LEFT JOIN LATERAL (SELECT c.parts, coalesce(sum(u.used), 0)::bigint AS used"
	"       FROM account_cap c LEFT JOIN account_cap_use u ON u.account_id = c.account_id"
	"        AND u.period = c.period AND u.starts = cap_period_starts(c.period)"
	"      WHERE c.account_id = a.id AND c.period = 'day' GROUP BY c.parts) d ON true"
	"  LEFT JOIN LATERAL (SELECT c.parts, coalesce(sum(u.used), 0)::bigint AS used"
	"       FROM account_cap c LEFT JOIN account_cap_use u ON u.account_id = c.account_id"
	"        AND u.period = c.period AND u.starts = cap_period_starts(c.period)"
	"      WHERE c.account_id = a.id AND c.period = 'month' GROUP BY c.parts) m ON true"
	" WHERE ($1::bigint = 0 OR a.id = $1) ORDER BY a.name"};

/* GET /v1/account-routes */
bool account_route_list(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, 0);
	if (!request_query(r, &takes_stmt, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "accounts");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_takes(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- changing ------------------------------------------------------------------------------------
 */

struct takes {
	struct request *r;
	int64_t account_id;
	bool by_contracts;
	int64_t categories, classes, alphabets; /* bits; 0: all */
	const char *prefix[PREFIXES_MAX];
	size_t prefixes;
	const char *from, *to;	    /* NULL: at any time */
	int64_t cap_day, cap_month; /* -1: none */
	bool found;
};

static int category_of(const char *name)
{
	enum message_category value;

	return message_category_parse(name, &value) ? (int)value : -1;
}

static int class_of(const char *name)
{
	enum message_class value;

	return message_class_parse(name, &value) ? (int)value : -1;
}

static int alphabet_of(const char *name)
{
	for (size_t i = 0; i < ALPHABETS; i++)
		if (strcmp(alphabets[i], name) == 0)
			return (int)i;
	return -1;
}

static int64_t bits_in(struct json_in *in, const char *key, int (*value_of)(const char *name),
		       const char *expected)
{
	const struct cJSON *list, *value;
	int64_t bits = 0;

	if (!json_in_has(in, key) || json_in_null(in, key))
		return 0;
	list = json_in_array(in, key, JSON_REQUIRED, CATEGORIES_LAST);
	cJSON_ArrayForEach(value, list)
	{
		int bit = cJSON_IsString(value) ? value_of(value->valuestring) : -1;

		if (bit < 0)
			json_in_refuse(in, key,
				       cJSON_IsString(value) ? value->valuestring
							     : "something else",
				       expected);
		else
			bits |= INT64_C(1) << bit;
	}
	return bits;
}

static void prefixes_in(struct json_in *in, struct takes *takes)
{
	const struct cJSON *list, *value;

	if (!json_in_has(in, "prefixes") || json_in_null(in, "prefixes"))
		return;
	list = json_in_array(in, "prefixes", JSON_REQUIRED, PREFIXES_MAX);
	cJSON_ArrayForEach(value, list)
	{
		const char *text = cJSON_IsString(value) ? value->valuestring : "";
		size_t digits = strspn(text, "0123456789");

		if (digits < 1 || digits > PREFIX_DIGITS || text[digits] != '\0' || text[0] == '0')
			json_in_refuse(in, "prefixes", text,
				       "the first digits of numbers, beginning with the country's");
		else
			takes->prefix[takes->prefixes++] = text;
	}
}

/* "09:30"; null is no bound. */
static const char *clock_in(struct json_in *in, const char *key)
{
	const char *text = json_in_text(in, key, JSON_OPTIONAL, 5);
	int hour, minute;
	char rest;

	if (text != NULL && (strlen(text) != 5 || text[2] != ':' ||
			     sscanf(text, "%2d:%2d%c", &hour, &minute, &rest) != 2 || hour < 0 ||
			     hour > 23 || minute < 0 || minute > 59))
		json_in_refuse(in, key, text, "a time such as 09:30");
	return text;
}

static void read_takes(const struct cJSON *doc, struct takes *takes)
{
	struct json_in in;

	json_in_begin(&in, doc, &takes->r->problem, "");
	takes->by_contracts = json_in_bool(&in, "by_contracts", JSON_REQUIRED, false);
	takes->categories = bits_in(&in, "categories", category_of, "categories, or null for all");
	takes->classes = bits_in(&in, "classes", class_of, "classes, or null for all");
	takes->alphabets = bits_in(&in, "alphabets", alphabet_of, "gsm, unicode, or null for both");
	prefixes_in(&in, takes);
	takes->from = clock_in(&in, "open_from");
	takes->to = clock_in(&in, "open_to");
	if ((takes->from == NULL) != (takes->to == NULL))
		json_in_refuse(&in, takes->from == NULL ? "open_from" : "open_to", "nothing",
			       "a time, as the other one, or null for both");
	takes->cap_day = json_in_int(&in, "cap_day", JSON_OPTIONAL, 0, CAP_MAX, -1);
	takes->cap_month = json_in_int(&in, "cap_month", JSON_OPTIONAL, 0, CAP_MAX, -1);
	json_in_end(&in);
}

static void push_bits(struct pg_params *params, int64_t bits)
{
	int16_t value[16];
	size_t n = 0;

	for (int bit = 0; bits >> bit != 0; bit++)
		if ((bits >> bit & 1) != 0)
			value[n++] = (int16_t)bit;
	if (n == 0)
		pg_param_null(params);
	else
		pg_param_int16_array(params, value, n);
}

static bool put_route(struct takes *takes, struct err *err)
{
	static const struct pg_stmt put = {
		"account_route_put",
		"INSERT INTO account_route (account_id, contracts, categories, classes, alphabets,"
		"       prefixes, open_from, open_to)"
		" SELECT a.id, CASE WHEN $2::boolean THEN 'contracts' ELSE 'any' END,"
		"        $3::smallint[], $4::smallint[], $5::smallint[], $6::text[],"
		"        $7::text::time, $8::text::time FROM account a WHERE a.id = $1::bigint"
		" ON CONFLICT (account_id) DO UPDATE SET (contracts, categories, classes,"
		"       alphabets, prefixes, open_from, open_to) = (excluded.contracts,"
		"       excluded.categories, excluded.classes, excluded.alphabets,"
		"       excluded.prefixes, excluded.open_from, excluded.open_to)"
		" RETURNING account_id"};
	struct pg_params *params = takes->r->params;
	struct pg_result *rows = NULL;

	pg_param_int64(params, takes->account_id);
	pg_param_bool(params, takes->by_contracts);
	push_bits(params, takes->categories);
	push_bits(params, takes->classes);
	push_bits(params, takes->alphabets);
	if (takes->prefixes == 0)
		pg_param_null(params);
	else
		pg_param_text_array(params, takes->prefix, takes->prefixes);
	pg_param_text(params, takes->from);
	pg_param_text(params, takes->to);
	if (!request_query(takes->r, &put, &rows, err))
		return false;
	takes->found = pg_rows(rows) > 0;
	pg_result_free(&rows);
	return true;
}

/* -1 takes the cap away.  What was used of it stays counted. */
static bool put_one_cap(struct takes *takes, const char *period, int64_t parts, struct err *err)
{
	static const struct pg_stmt put = {
		"account_cap_put",
		"INSERT INTO account_cap (account_id, period, parts)"
		" VALUES ($1::bigint, $2::text, $3::bigint)"
		" ON CONFLICT (account_id, period) DO UPDATE SET parts = excluded.parts"};
	static const struct pg_stmt drop = {
		"account_cap_drop",
		"DELETE FROM account_cap WHERE account_id = $1::bigint AND period = $2::text"};

	pg_param_int64(takes->r->params, takes->account_id);
	pg_param_text(takes->r->params, period);
	if (parts >= 0)
		pg_param_int64(takes->r->params, parts);
	return request_query(takes->r, parts >= 0 ? &put : &drop, NULL, err);
}

static bool takes_body(struct pg *pg, void *arg, struct err *err)
{
	struct takes *takes = arg;

	(void)pg;
	return put_route(takes, err) &&
	       (!takes->found || (put_one_cap(takes, "day", takes->cap_day, err) &&
				  put_one_cap(takes, "month", takes->cap_month, err)));
}

static bool reply_takes(struct request *r, int64_t id, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &takes_stmt, &rows, err))
		return false;
	put_takes(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* PUT /v1/accounts/{id}/route: what is left out is no bound. */
bool account_route_put(struct request *r, struct err *err)
{
	struct takes takes = {.r = r};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_id(r, 0, "account", &takes.account_id) || !request_json(r, &doc))
		return true;
	read_takes(doc, &takes);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, takes_body, &takes, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (!takes.found) {
		problem_not_found(&r->problem, "account");
		return true;
	}
	log_info("what an account takes changed", LI("account", takes.account_id));
	return reply_takes(r, takes.account_id, err);
}
