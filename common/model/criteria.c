/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria - from a tree to SQL; the criteria themselves stand in criteria_table.c.
 *
 * A leaf about the client is an expression.  One that reads another table joins it once, grouped by
 * client, and tests the joined value: a hash join of everybody, where a sub-query under OR or NOT
 * would run for each client. */
#include "common/model/criteria.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/model/audience.h"
#include "common/model/message.h"
#include "common/web/json.h"

#define CODE_CHARS  40
#define VALUE_CHARS 200
#define EXPR_SIZE   800
#define DAY_US	    INT64_C(86400000000)
#define NUMBER_MAX  1e12
#define ZONE_PARAM  2

/* Rows that come in the order of what they are grouped by: the planner would rather hash them. */
#define IN_ORDER " FROM (SELECT * FROM"

struct compiler {
	const struct criteria_env *env;
	struct buf joins, where;
	struct pg_params *params;
	int param_count;
	size_t leaves, joined;
	bool reads_rows; /* more of a client than an index has */
	bool groups;	 /* rows of others by client */
	struct problem *problem;
};

/* The leaf at hand: its value as SQL, and how it is compared. */
struct leaf {
	const struct criterion *criterion;
	char value[EXPR_SIZE];
	bool iso;     /* a date that is text */
	bool instant; /* a date that is a moment, a day begins in the company's zone */
	bool lines;   /* many values in one text, a line each */
	bool counted; /* a number that is 0 where nothing is joined */
};

/* --- parameters ----------------------------------------------------------------------------------
 */

static int add_text(struct compiler *k, const char *text)
{
	pg_param_text(k->params, text);
	return ++k->param_count;
}

static int add_int(struct compiler *k, int32_t value)
{
	pg_param_int32(k->params, value);
	return ++k->param_count;
}

static int add_id(struct compiler *k, int64_t value)
{
	pg_param_int64(k->params, value);
	return ++k->param_count;
}

static int add_time(struct compiler *k, int64_t unix_us)
{
	pg_param_time_us(k->params, unix_us);
	return ++k->param_count;
}

/* Decimal text: what a double holds of a person's number to six places. */
static int add_number(struct compiler *k, double value)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.6f", value);
	return add_text(k, text);
}

/* The strings of "values" as a text[] parameter; 0: wrong. */
static int add_values(struct compiler *k, struct json_in *in)
{
	const char *text[CRITERIA_VALUES_MAX];
	const cJSON *values = json_in_array(in, "values", JSON_REQUIRED, CRITERIA_VALUES_MAX);
	const cJSON *value;
	size_t n = 0;

	if (values == NULL)
		return 0;
	cJSON_ArrayForEach(value, values)
	{
		if (!cJSON_IsString(value) || strlen(value->valuestring) > VALUE_CHARS * 4) {
			json_in_refuse(in, "values", "another item",
				       "strings of at most 200 characters");
			return 0;
		}
		text[n++] = value->valuestring;
	}
	pg_param_text_array(k->params, text, n);
	return ++k->param_count;
}

static int64_t midnight_of(const struct compiler *k, int64_t day)
{
	return k->env->midnight_us + (day - k->env->today) * DAY_US;
}

/* --- what is compared ----------------------------------------------------------------------------
 */

/* Another table joined under a name of its own; the caller writes what follows "LEFT JOIN ". */
static bool join_begin(struct compiler *k, struct json_in *in)
{
	if (k->joined == CRITERIA_JOINS_MAX) {
		json_in_refuse(in, "criterion", "too many of this kind",
			       "at most 16 conditions about actions, messages, numbers and lists");
		return false;
	}
	k->joined++;
	buf_add_str(&k->joins, " LEFT JOIN ");
	return true;
}

static void join_value(const struct compiler *k, struct leaf *leaf, bool counted, const char *name)
{
	leaf->counted = counted;
	(void)snprintf(leaf->value, sizeof(leaf->value), "j%zu.%s", k->joined, name);
}

/* " AND a.at >= ..." for the period of the leaf: the last days, today's included, or since ..
 * until. */
static void add_period(struct compiler *k, struct json_in *in)
{
	int32_t since, until;
	int64_t within = json_in_int(in, "within", JSON_OPTIONAL, 1, CRITERIA_DAYS_MAX, 0);

	if (within > 0)
		buf_printf(&k->joins, " AND a.at >= $%d",
			   add_time(k, midnight_of(k, k->env->today - within + 1)));
	if (json_in_date(in, "since", JSON_OPTIONAL, &since))
		buf_printf(&k->joins, " AND a.at >= $%d", add_time(k, midnight_of(k, since)));
	if (json_in_date(in, "until", JSON_OPTIONAL, &until))
		buf_printf(&k->joins, " AND a.at < $%d",
			   add_time(k, midnight_of(k, (int64_t)until + 1)));
}

/* "`table` a WHERE ..." */
static void add_action_kind(struct compiler *k, struct json_in *in, const char *table)
{
	buf_printf(&k->joins, "%s a WHERE a.kind = (SELECT id FROM action_kind WHERE code = $%d)",
		   table, add_text(k, json_in_text(in, "action", JSON_REQUIRED, CODE_CHARS)));
}

static void add_action_category(struct compiler *k, struct json_in *in)
{
	const char *category = json_in_text(in, "category", JSON_OPTIONAL, CODE_CHARS);

	if (category != NULL)
		buf_printf(&k->joins,
			   " AND a.category = (SELECT id FROM action_category WHERE code = $%d)",
			   add_text(k, category));
}

static bool has_period(struct json_in *in)
{
	return json_in_has(in, "within") || json_in_has(in, "since") || json_in_has(in, "until");
}

/* All time and every category: a client has one row, the total.  Else each month is read in the
 * order of clients, and months are merged. */
static bool of_action(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	const struct criterion *c = leaf->criterion;
	bool total = !has_period(in) && !json_in_has(in, "category");

	if (!join_begin(k, in))
		return false;
	k->groups |= !total;
	buf_printf(&k->joins, "(SELECT a.client_id, %s AS v", total ? c->total : c->sql);
	add_action_kind(k, in, total ? " FROM action_total" : IN_ORDER " action");
	if (!total) {
		add_action_category(k, in);
		add_period(k, in);
		buf_add_str(&k->joins, " ORDER BY a.client_id) a GROUP BY a.client_id");
	}
	buf_printf(&k->joins, ") j%zu ON j%zu.client_id = c.id", k->joined, k->joined);
	leaf->instant = c->kind == CRITERION_DATE;
	/* Nothing done counts and sums to 0, but has no average and no day. */
	join_value(k, leaf,
		   strcmp(c->code, "action_count") == 0 || strcmp(c->code, "action_sum") == 0, "v");
	return true;
}

static bool of_change(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	int64_t within = json_in_int(in, "within", JSON_REQUIRED, 1, CRITERIA_DAYS_MAX, 1);
	int64_t first_day = k->env->today - within + 1;
	int since;

	if (!join_begin(k, in))
		return false;
	k->groups = true;
	since = add_time(k, midnight_of(k, first_day));
	/* With b of the period before and s of both it is 100 * (s - 2b) / b.  Sums of a client's
	 * amounts are whole numbers that a double holds, at a third of what numeric costs. */
	buf_printf(&k->joins,
		   "(SELECT a.client_id, 100 * (sum(a.amount_micro::float8)"
		   " - 2 * sum(a.amount_micro::float8) FILTER (WHERE a.at < $%d))"
		   " / nullif(sum(a.amount_micro::float8) FILTER (WHERE a.at < $%d), 0) AS v",
		   since, since);
	add_action_kind(k, in, IN_ORDER " action");
	add_action_category(k, in);
	buf_printf(&k->joins,
		   " AND a.at >= $%d AND a.at < $%d"
		   " ORDER BY a.client_id) a GROUP BY a.client_id) j%zu"
		   " ON j%zu.client_id = c.id",
		   add_time(k, midnight_of(k, first_day - within)),
		   add_time(k, midnight_of(k, (int64_t)k->env->today + 1)), k->joined, k->joined);
	join_value(k, leaf, false, "v");
	return true;
}

/* Ids are times: the first of the period's first second. */
static bool of_message(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	int64_t within = json_in_int(in, "within", JSON_REQUIRED, 1, CRITERIA_DAYS_MAX, 1);
	int64_t second = midnight_of(k, k->env->today - within + 1) / 1000000 - MESSAGE_EPOCH_S;
	int from;

	if (!join_begin(k, in))
		return false;
	k->groups = true;
	from = add_id(k, second > 0 ? second << 32 : 0);
	buf_printf(&k->joins,
		   "(SELECT m.client_id, count(*) AS sent, count(*) FILTER (WHERE s.state = %d) AS "
		   "delivered,"
		   " count(*) FILTER (WHERE s.state IN (%d, %d, %d, %d)) AS failed,"
		   " (to_timestamp((max(m.id) >> 32) + %lld) AT TIME ZONE $%d)::date AS last_on"
		   " FROM message m JOIN message_state s ON s.id = m.id AND s.id >= $%d"
		   " WHERE m.id >= $%d AND m.client_id IS NOT NULL AND s.state <> %d"
		   " GROUP BY m.client_id) j%zu ON j%zu.client_id = c.id",
		   MESSAGE_DELIVERED, MESSAGE_FAILED, MESSAGE_REJECTED, MESSAGE_EXPIRED,
		   MESSAGE_UNDELIVERED, MESSAGE_EPOCH_S, ZONE_PARAM, from, from, MESSAGE_CANCELLED,
		   k->joined, k->joined);
	join_value(k, leaf, leaf->criterion->kind == CRITERION_NUMBER, leaf->criterion->sql);
	return true;
}

/* How often and when last a client is found in a log that has client_id and at. */
static bool of_log(struct compiler *k, struct json_in *in, struct leaf *leaf, const char *log,
		   const char *which)
{
	int64_t within = json_in_int(in, "within", JSON_REQUIRED, 1, CRITERIA_DAYS_MAX, 1);

	if (!join_begin(k, in))
		return false;
	k->groups = true;
	buf_printf(&k->joins,
		   "(SELECT client_id, count(*) AS v, (max(at) AT TIME ZONE $%d)::date AS last_on"
		   " FROM %s WHERE at >= $%d AND client_id IS NOT NULL%s"
		   " GROUP BY client_id) j%zu ON j%zu.client_id = c.id",
		   ZONE_PARAM, log, add_time(k, midnight_of(k, k->env->today - within + 1)), which,
		   k->joined, k->joined);
	join_value(k, leaf, leaf->criterion->kind == CRITERION_NUMBER, leaf->criterion->sql);
	return true;
}

static bool of_reply(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	return of_log(k, in, leaf, "inbound", "");
}

/* Each message once, by the first click of a person. */
static bool of_click(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	return of_log(k, in, leaf, "click", " AND first");
}

static bool of_opt_out(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	if (!join_begin(k, in))
		return false;
	buf_printf(&k->joins, "opt_out j%zu ON j%zu.msisdn = c.msisdn", k->joined, k->joined);
	join_value(k, leaf, false, leaf->criterion->sql);
	return true;
}

/* Another client's consent counts for nobody else who has the number. */
static bool of_consent(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	const char *purpose = json_in_text(in, "purpose", JSON_REQUIRED, CODE_CHARS);

	if (!join_begin(k, in))
		return false;
	k->groups = true;
	buf_printf(
		&k->joins,
		"(SELECT o.id AS client_id, (max(n.at) AT TIME ZONE $%d)::date AS given_on,"
		" (nullif(max(n.valid_to), 'infinity') AT TIME ZONE $%d)::date AS expires_on"
		" FROM consent n JOIN client o ON o.msisdn = n.msisdn AND n.client_id IN (0, o.id)"
		" WHERE n.purpose_id = (SELECT id FROM purpose WHERE code = $%d)"
		" AND n.channel = 'sms' AND n.state = 1 AND n.valid_to > statement_timestamp()"
		" GROUP BY o.id) j%zu ON j%zu.client_id = c.id",
		ZONE_PARAM, ZONE_PARAM, add_text(k, purpose), k->joined, k->joined);
	join_value(k, leaf, false, leaf->criterion->sql);
	return true;
}

static void join_ported(struct compiler *k)
{
	buf_printf(&k->joins, "ported_number j%zu ON j%zu.msisdn = c.msisdn", k->joined, k->joined);
}

/* What is not ported is its range's. */
static bool of_operator(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	int codes = add_values(k, in);

	if (!join_begin(k, in))
		return false;
	join_ported(k);
	(void)snprintf(
		leaf->value, sizeof(leaf->value),
		"CASE WHEN j%zu.msisdn IS NULL THEN c.msisdn <@ (SELECT numbers_of_operators($%d))"
		" ELSE j%zu.operator_id = ANY (ARRAY(SELECT id FROM operator WHERE code = ANY "
		"($%d)))"
		" END",
		k->joined, codes, k->joined, codes);
	return true;
}

static bool of_range(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	(void)snprintf(leaf->value, sizeof(leaf->value), "c.msisdn <@ (SELECT %s($%d))",
		       leaf->criterion->sql, add_values(k, in));
	return true;
}

static bool of_ported(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	if (!join_begin(k, in))
		return false;
	join_ported(k);
	join_value(k, leaf, false, leaf->criterion->sql);
	return true;
}

static bool of_shared(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	if (!join_begin(k, in))
		return false;
	k->groups = true;
	buf_printf(&k->joins,
		   "(SELECT o.msisdn" IN_ORDER " client ORDER BY msisdn) o"
		   " GROUP BY o.msisdn HAVING count(*) > 1) j%zu"
		   " ON j%zu.msisdn = c.msisdn",
		   k->joined, k->joined);
	join_value(k, leaf, false, leaf->criterion->sql);
	return true;
}

static bool of_list(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	int64_t list = json_in_id(in, "list", JSON_REQUIRED);

	if (!join_begin(k, in))
		return false;
	buf_printf(&k->joins, "list_member j%zu ON j%zu.list_id = $%d AND j%zu.client_id = c.id",
		   k->joined, k->joined, add_id(k, list), k->joined);
	join_value(k, leaf, false, leaf->criterion->sql);
	return true;
}

static bool of_lists(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	if (!join_begin(k, in))
		return false;
	k->groups = true;
	buf_printf(&k->joins,
		   "(SELECT client_id, count(*) AS v" IN_ORDER
		   " list_member ORDER BY client_id) m GROUP BY client_id) j%zu"
		   " ON j%zu.client_id = c.id",
		   k->joined, k->joined);
	join_value(k, leaf, true, "v");
	return true;
}

/* The same clients for the same seed; other seeds choose independently. */
static bool of_share(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	const char *seed = json_in_text(in, "seed", JSON_OPTIONAL, CODE_CHARS);
	double percent = 0;

	(void)json_in_number(in, "percent", JSON_REQUIRED, 0, 100, &percent);
	(void)snprintf(leaf->value, sizeof(leaf->value),
		       "(hashint8extended(c.id, hashtextextended($%d, 0)) & 9223372036854775807)"
		       " %% 10000 < $%d",
		       add_text(k, seed != NULL ? seed : ""),
		       add_int(k, (int32_t)(percent * 100 + 0.5)));
	return true;
}

static bool of_attribute(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	const char *name = json_in_text(in, "attribute", JSON_REQUIRED, VALUE_CHARS);
	const char *type = leaf->criterion->code + strlen("attribute_");
	const struct criteria_attribute *a = NULL;
	const char *before = "", *after = "";

	for (size_t i = 0; name != NULL && i < k->env->attribute_count; i++)
		if (strcmp(k->env->attributes[i].name, name) == 0)
			a = &k->env->attributes[i];
	if (name == NULL)
		return false;
	if (a == NULL || strcmp(a->type, type) != 0) {
		json_in_refuse(in, "attribute", name,
			       "the name of an attribute of this type; GET /v1/criteria has them");
		return false;
	}
	switch (leaf->criterion->kind) {
	case CRITERION_NUMBER: /* to 15 digits, at half of what numeric costs */
		after = "::float8";
		break;
	case CRITERION_YES_NO:
		after = " = 'yes'";
		break;
	case CRITERION_MANY:
		leaf->lines = true;
		break;
	case CRITERION_DATE:
		before = "(";
		after = " COLLATE \"C\")";
		leaf->iso = true;
		break;
	case CRITERION_TEXT:
	case CRITERION_SEX:
	case CRITERION_CHOICE:
		break;
	}
	k->reads_rows = true;
	(void)snprintf(leaf->value, sizeof(leaf->value), "%sc.attrs[%d]%s", before, a->slot, after);
	return true;
}

static bool of_client(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	(void)in;
	k->reads_rows |= strcmp(leaf->criterion->code, "phone") != 0;
	(void)snprintf(leaf->value, sizeof(leaf->value), "%s", leaf->criterion->sql);
	return true;
}

static bool read_value(struct compiler *k, struct json_in *in, struct leaf *leaf)
{
	static bool (*const of[])(struct compiler *, struct json_in *, struct leaf *) = {
		[SOURCE_CLIENT] = of_client,	   [SOURCE_ACTION] = of_action,
		[SOURCE_CHANGE] = of_change,	   [SOURCE_MESSAGE] = of_message,
		[SOURCE_REPLY] = of_reply,	   [SOURCE_OPT_OUT] = of_opt_out,
		[SOURCE_CONSENT] = of_consent,	   [SOURCE_OPERATOR] = of_operator,
		[SOURCE_RANGE] = of_range,	   [SOURCE_PORTED] = of_ported,
		[SOURCE_SHARED] = of_shared,	   [SOURCE_LIST] = of_list,
		[SOURCE_LISTS] = of_lists,	   [SOURCE_SHARE] = of_share,
		[SOURCE_ATTRIBUTE] = of_attribute, [SOURCE_CLICK] = of_click,
	};

	return of[leaf->criterion->source](k, in, leaf);
}

/* --- comparing -----------------------------------------------------------------------------------
 */

static bool op_is(const char *op, const char *name)
{
	return strcmp(op, name) == 0;
}

static const char *read_op(struct json_in *in, enum criterion_kind kind)
{
	const char *const *ops = criterion_ops(kind);
	const char *op = json_in_text(in, "op", JSON_REQUIRED, CODE_CHARS);
	struct buf known, expected;

	if (op == NULL)
		return NULL;
	for (size_t i = 0; ops[i] != NULL; i++)
		if (op_is(op, ops[i]))
			return ops[i];
	buf_init(&known, 400);
	buf_init(&expected, 400);
	for (size_t i = 0; ops[i] != NULL; i++)
		buf_printf(&known, "%s%s", i > 0 ? ", " : "", ops[i]);
	buf_printf(&expected, "one of %s", buf_str(&known));
	json_in_refuse(in, "op", op, buf_str(&expected));
	buf_deinit(&expected);
	buf_deinit(&known);
	return NULL;
}

static void compare_text(struct compiler *k, struct json_in *in, const char *op,
			 const struct leaf *leaf)
{
	const char *v = leaf->value;
	struct buf *w = &k->where;

	if (op_is(op, "in") || op_is(op, "not_in"))
		buf_printf(w, "(%s = ANY($%d::text[])) IS %sTRUE", v, add_values(k, in),
			   op_is(op, "in") ? "" : "NOT ");
	else if (op_is(op, "empty") || op_is(op, "filled"))
		buf_printf(w, "coalesce(%s, '') %s ''", v, op_is(op, "empty") ? "=" : "<>");
	else
		buf_printf(
			w,
			"(%s(lower(%s COLLATE \"und-x-icu\"), lower($%d COLLATE \"und-x-icu\"))%s)"
			" IS TRUE",
			op_is(op, "begins") ? "starts_with" : "strpos", v,
			add_text(k, json_in_text(in, "value", JSON_REQUIRED, VALUE_CHARS)),
			op_is(op, "begins") ? "" : " > 0");
}

static void compare_sex(struct compiler *k, struct json_in *in, const char *op,
			const struct leaf *leaf)
{
	if (op_is(op, "empty") || op_is(op, "filled"))
		buf_printf(&k->where, "%s IS %sNULL", leaf->value,
			   op_is(op, "empty") ? "" : "NOT ");
	else
		buf_printf(
			&k->where,
			"(CASE %s WHEN 1 THEN 'male' WHEN 2 THEN 'female' END = ANY($%d::text[]))"
			" IS %sTRUE",
			leaf->value, add_values(k, in), op_is(op, "in") ? "" : "NOT ");
}

/* Values of one text: a line for each is looked for, which costs a third of taking the text apart.
 */
static void compare_lines(struct compiler *k, struct json_in *in, const char *op,
			  const struct leaf *leaf)
{
	if (op_is(op, "empty") || op_is(op, "filled"))
		buf_printf(&k->where, "coalesce(%s, '') %s ''", leaf->value,
			   op_is(op, "empty") ? "=" : "<>");
	else
		buf_printf(&k->where,
			   "(E'\\n' || %s || E'\\n' LIKE %s (ARRAY(SELECT E'%%\\n'"
			   " || regexp_replace(u, '([\\\\%%_])', '\\\\\\1', 'g') || E'\\n%%'"
			   " FROM unnest($%d::text[]) AS u))) IS %sTRUE",
			   leaf->value, op_is(op, "all") ? "ALL" : "ANY", add_values(k, in),
			   op_is(op, "none") ? "NOT " : "");
}

static void compare_many(struct compiler *k, struct json_in *in, const char *op,
			 const struct leaf *leaf)
{
	const char *v = leaf->value;

	if (leaf->lines)
		compare_lines(k, in, op, leaf);
	else if (op_is(op, "empty") || op_is(op, "filled"))
		buf_printf(&k->where, "coalesce(cardinality(%s), 0) %s 0", v,
			   op_is(op, "empty") ? "=" : ">");
	else
		buf_printf(&k->where, "(%s %s $%d::text[]) IS %sTRUE", v,
			   op_is(op, "all") ? "@>" : "&&", add_values(k, in),
			   op_is(op, "none") ? "NOT " : "");
}

static double read_number(struct json_in *in, const char *key)
{
	double value = 0;

	(void)json_in_number(in, key, JSON_REQUIRED, -NUMBER_MAX, NUMBER_MAX, &value);
	return value;
}

/* A whole number as one, so that what is whole is not made numeric for each client. */
static void put_number(struct compiler *k, double value)
{
	if (value >= INT32_MIN && value <= INT32_MAX && value == (double)(int32_t)value)
		buf_printf(&k->where, "$%d::integer", add_int(k, (int32_t)value));
	else
		buf_printf(&k->where, "$%d::numeric", add_number(k, value));
}

/* Where nothing is joined the number is 0.  That is said only where 0 fulfils the condition: else
 * who has nothing joined need not be looked at, and the planner sees it. */
static void put_value(struct compiler *k, const struct leaf *leaf, bool zero_fits)
{
	buf_printf(&k->where, leaf->counted && zero_fits ? "(coalesce(%s, 0)" : "(%s", leaf->value);
}

static void compare_number(struct compiler *k, struct json_in *in, const char *op,
			   const struct leaf *leaf)
{
	static const struct {
		const char *op, *sql, *is;
	} signs[] = {{"eq", "=", ""},  {"ne", "=", "NOT "}, {"lt", "<", ""},
		     {"le", "<=", ""}, {"gt", ">", ""},	    {"ge", ">=", ""}};

	if (op_is(op, "empty") || op_is(op, "filled")) {
		put_value(k, leaf, true);
		buf_printf(&k->where, ") IS %sNULL", op_is(op, "empty") ? "" : "NOT ");
	} else if (op_is(op, "between")) {
		double from = read_number(in, "from"), to = read_number(in, "to");

		put_value(k, leaf, from <= 0 && to >= 0);
		buf_add_str(&k->where, " BETWEEN ");
		put_number(k, from);
		buf_add_str(&k->where, " AND ");
		put_number(k, to);
		buf_add_str(&k->where, ") IS TRUE");
	}
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (op_is(op, signs[i].op)) {
			double value = read_number(in, "value");

			put_value(k, leaf,
				  !(op_is(op, "gt") && value >= 0) &&
					  !(op_is(op, "ge") && value > 0) &&
					  !(op_is(op, "eq") && value != 0));
			buf_printf(&k->where, " %s ", signs[i].sql);
			put_number(k, value);
			buf_printf(&k->where, ") IS %sTRUE", signs[i].is);
		}
}

/* A day, or its beginning, as the leaf's own type. */
static void put_day(struct compiler *k, const struct leaf *leaf, int64_t day)
{
	if (leaf->iso) {
		char text[16];
		time_t seconds = (time_t)day * 86400;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
		buf_printf(&k->where, "$%d", add_text(k, text));
	} else if (leaf->instant) {
		buf_printf(&k->where,
			   "((date '1970-01-01' + $%d)::timestamp AT TIME ZONE $%d::text)",
			   add_int(k, (int32_t)day), ZONE_PARAM);
	} else {
		buf_printf(&k->where, "(date '1970-01-01' + $%d)", add_int(k, (int32_t)day));
	}
}

#define NO_DAY INT64_MIN /* the period has no beginning, or no end */

static void put_days(struct compiler *k, const struct leaf *leaf, int64_t from, int64_t to)
{
	struct buf *w = &k->where;

	buf_add_char(w, '(');
	if (from != NO_DAY) {
		buf_printf(w, "%s >= ", leaf->value);
		put_day(k, leaf, from);
	}
	if (from != NO_DAY && to != NO_DAY)
		buf_add_str(w, " AND ");
	if (to != NO_DAY) {
		buf_printf(w, "%s %s ", leaf->value, leaf->instant ? "<" : "<=");
		put_day(k, leaf, leaf->instant ? to + 1 : to);
	}
	buf_add_str(w, ") IS TRUE");
}

static int32_t day_of(struct json_in *in, const char *key)
{
	int32_t day = 0;

	(void)json_in_date(in, key, JSON_REQUIRED, &day);
	return day;
}

/* A text that is no date is later than every date, and so in no period that ends. */
static void compare_date(struct compiler *k, struct json_in *in, const char *op,
			 const struct leaf *leaf)
{
	struct buf *w = &k->where;
	int64_t today = k->env->today;

	if (op_is(op, "empty") || op_is(op, "filled")) {
		buf_printf(w, "(%s) IS %sNULL", leaf->value, op_is(op, "empty") ? "" : "NOT ");
	} else if (op_is(op, "on")) {
		int32_t day = day_of(in, "value");

		put_days(k, leaf, day, day);
	} else if (op_is(op, "between")) {
		int32_t from = day_of(in, "from");

		put_days(k, leaf, from, day_of(in, "to"));
	} else if (op_is(op, "before")) {
		put_days(k, leaf, NO_DAY, (int64_t)day_of(in, "value") - 1);
	} else if (op_is(op, "after")) {
		put_days(k, leaf, (int64_t)day_of(in, "value") + 1, NO_DAY);
	} else {
		int64_t days = json_in_int(in, "days", JSON_REQUIRED, 1, CRITERIA_DAYS_MAX, 1);

		if (op_is(op, "last_days"))
			put_days(k, leaf, today - days + 1, today);
		else if (op_is(op, "next_days"))
			put_days(k, leaf, today, today + days - 1);
		else /* older_days */
			put_days(k, leaf, NO_DAY, today - days);
	}
}

/* Also of a choice, whose values are compared where they come from. */
static void compare_yes_no(struct compiler *k, struct json_in *in, const char *op,
			   const struct leaf *leaf)
{
	bool yes = op_is(op, "is") || op_is(op, "in");

	(void)in;
	buf_printf(&k->where, "(%s) IS %sTRUE", leaf->value, yes ? "" : "NOT ");
}

/* --- the tree ------------------------------------------------------------------------------------
 */

static void compile_leaf(struct compiler *k, struct json_in *in)
{
	static void (*const compare[])(struct compiler *, struct json_in *, const char *,
				       const struct leaf *) = {
		[CRITERION_TEXT] = compare_text,     [CRITERION_NUMBER] = compare_number,
		[CRITERION_DATE] = compare_date,     [CRITERION_YES_NO] = compare_yes_no,
		[CRITERION_CHOICE] = compare_yes_no, [CRITERION_SEX] = compare_sex,
		[CRITERION_MANY] = compare_many,
	};
	const char *code = json_in_text(in, "criterion", JSON_REQUIRED, CODE_CHARS);
	struct leaf leaf = {.criterion = code != NULL ? criterion_find(code) : NULL};
	const char *op;

	if (code == NULL)
		return;
	if (leaf.criterion == NULL) {
		json_in_refuse(in, "criterion", code, "a criterion of GET /v1/criteria");
		return;
	}
	if (++k->leaves > CRITERIA_LEAVES_MAX) {
		json_in_refuse(in, "criterion", "one too many", "at most 100 conditions");
		return;
	}
	op = read_op(in, leaf.criterion->kind);
	if (op == NULL || !read_value(k, in, &leaf))
		return;
	compare[leaf.criterion->kind](k, in, op, &leaf);
	json_in_end(in);
}

static void compile_node(struct compiler *k, const cJSON *node, const char *path, int depth);

static void compile_group(struct compiler *k, struct json_in *in, const char *key, const char *glue,
			  int depth)
{
	const cJSON *children = json_in_array(in, key, JSON_REQUIRED, CRITERIA_LEAVES_MAX);
	const cJSON *child;
	size_t i = 0;

	json_in_end(in);
	if (children == NULL)
		return;
	buf_add_char(&k->where, '(');
	cJSON_ArrayForEach(child, children)
	{
		char path[JSON_PATH_MAX];

		if (i > 0)
			buf_add_str(&k->where, glue);
		(void)snprintf(path, sizeof(path), "%.70s.%s[%zu]", in->path, key, i++);
		compile_node(k, child, path, depth + 1);
	}
	buf_add_char(&k->where, ')');
}

static void compile_node(struct compiler *k, const cJSON *node, const char *path, int depth)
{
	struct json_in in;

	json_in_begin(&in, node, k->problem, path);
	if (in.object == NULL)
		return;
	if (depth > CRITERIA_DEPTH_MAX) {
		problem_field(k->problem, path, "a group too deep",
			      "groups nested at most 10 times");
	} else if (json_in_has(&in, "and")) {
		compile_group(k, &in, "and", " AND ", depth);
	} else if (json_in_has(&in, "or")) {
		compile_group(k, &in, "or", " OR ", depth);
	} else if (json_in_has(&in, "not")) {
		char inner[JSON_PATH_MAX];

		json_in_end(&in);
		(void)snprintf(inner, sizeof(inner), "%.80s.not", path);
		buf_add_str(&k->where, "NOT (");
		compile_node(k, cJSON_GetObjectItemCaseSensitive(node, "not"), inner, depth + 1);
		buf_add_char(&k->where, ')');
	} else {
		json_in_begin(&in, node, k->problem, path);
		compile_leaf(k, &in);
	}
}

static enum criteria_ranges ranges_of(const struct compiler *k)
{
	if (!k->reads_rows || k->groups)
		return RANGES_NONE;
	return k->joined > 0 ? RANGES_BY_ID : RANGES_BY_PLACE;
}

bool criteria_compile(const struct cJSON *tree, const struct criteria_env *env, struct buf *sql,
		      struct pg_params *params, struct criteria_compiled *out,
		      struct problem *problem)
{
	struct compiler k = {.env = env, .params = params, .problem = problem};

	buf_init(&k.joins, CRITERIA_SQL_MAX);
	buf_init(&k.where, CRITERIA_SQL_MAX);
	(void)add_int(&k, env->today);
	(void)add_text(&k, env->zone);
	if (tree != NULL)
		compile_node(&k, tree, "criteria", 1);
	else
		buf_add_str(&k.where, "true");
	if (!problem_found(problem)) {
		/* What is read besides comes in the order of an index that knows who is gone. */
		buf_printf(sql, "FROM client c%s WHERE %s AND (", buf_str(&k.joins),
			   k.joined > 0 ? AUDIENCE_PRESENT_SQL("c") : AUDIENCE_NOT_GONE_SQL("c"));
		buf_add(sql, k.where.data, k.where.len);
		buf_add_char(sql, ')');
		if (sql->overflow || k.joins.overflow || k.where.overflow)
			problem_field(problem, "criteria", "too many conditions",
				      "fewer conditions or a list of values in their place");
	}
	buf_deinit(&k.joins);
	buf_deinit(&k.where);
	*out = (struct criteria_compiled){
		.params = k.param_count, .ranges = ranges_of(&k), .groups = k.groups};
	return !problem_found(problem);
}

bool criteria_tune(struct pg *pg, const struct criteria_compiled *compiled, struct err *err)
{
	return pg_exec(pg,
		       "SET LOCAL jit = off; SET LOCAL work_mem = '128MB';"
		       "SET LOCAL max_parallel_workers_per_gather = 0;"
		       "SET LOCAL enable_seqscan = on; SET LOCAL enable_mergejoin = on;"
		       "SET LOCAL enable_material = on; SET LOCAL enable_bitmapscan = on;"
		       "SET LOCAL enable_hashjoin = off",
		       err) &&
	       (!compiled->groups || pg_exec(pg, "SET LOCAL enable_nestloop = off", err));
}
