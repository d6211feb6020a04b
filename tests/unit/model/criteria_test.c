/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria_test - every criterion with every operator compiles, its values as parameters and never
 * as SQL; what is wrong is refused by name.  Whom a tree finds is the system test's subject. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/model/criteria.h"
#include "common/web/json.h"
#include "tests/unit/support/run.h"

#define TREE_SIZE  600
#define FIELD_SIZE 100

static struct criteria_env env = {
	.today = 20000,
	.midnight_us = INT64_C(20000) * 86400 * 1000000,
	.zone = "Europe/Moscow",
	.attributes = {{"text", 1, "text"},
		       {"number", 2, "number"},
		       {"date", 3, "date"},
		       {"yes_no", 4, "yes_no"},
		       {"one_of", 5, "one_of"},
		       {"many_of", 6, "many_of"}},
	.attribute_count = 6,
};

/* The SQL of a tree; false: refused, with the problem's field. */
static bool compile(const char *tree, struct buf *sql, char field[FIELD_SIZE])
{
	struct pg_params *params = pg_params_new();
	struct cJSON *doc = NULL;
	struct problem problem;
	struct err err;
	struct criteria_compiled compiled = {0};
	bool ok;

	ck_assert_msg(json_parse(tree, strlen(tree), &doc, &err), "%s: %s", tree, err.msg);
	problem_init(&problem);
	ok = criteria_compile(doc, &env, sql, params, &compiled, &problem);
	ck_assert(ok != problem_found(&problem));
	if (ok)
		ck_assert_int_ge(compiled.params, 2);
	field[0] = '\0';
	if (!ok)
		(void)snprintf(field, FIELD_SIZE, "%s", problem.errors[0].field);
	problem_deinit(&problem);
	json_free(&doc);
	pg_params_free(&params);
	return ok;
}

static const char *member_of(const struct criterion *c)
{
	switch (c->source) {
	case SOURCE_ACTION:
		return ",\"action\":\"purchase'\"";
	case SOURCE_CHANGE:
		return ",\"action\":\"purchase'\",\"category\":\"books'\",\"within\":30";
	case SOURCE_MESSAGE:
	case SOURCE_REPLY:
	case SOURCE_CLICK:
		return ",\"within\":30";
	case SOURCE_CONSENT:
		return ",\"purpose\":\"marketing'\"";
	case SOURCE_LIST:
		return ",\"list\":\"7\"";
	case SOURCE_SHARE:
		return ",\"percent\":12.5,\"seed\":\"spring'\"";
	default:
		return "";
	}
}

static const char *values_of(enum criterion_kind kind, const char *op)
{
	bool date = kind == CRITERION_DATE;

	if (strcmp(op, "empty") == 0 || strcmp(op, "filled") == 0 || strncmp(op, "is", 2) == 0)
		return "";
	if (strcmp(op, "between") == 0)
		return date ? ",\"from\":\"2026-01-02\",\"to\":\"2026-03-04\""
			    : ",\"from\":-1,\"to\":5";
	if (strstr(op, "_days") != NULL)
		return ",\"days\":9";
	if (kind == CRITERION_NUMBER)
		return ",\"value\":3.5";
	if (date)
		return ",\"value\":\"2026-02-03\"";
	if (strcmp(op, "begins") == 0 || strcmp(op, "contains") == 0)
		return ",\"value\":\"o'clock\"";
	return kind == CRITERION_SEX ? ",\"values\":[\"male\"]"
				     : ",\"values\":[\"a'b\",\"c\\\"d\"]";
}

static void write_leaf(char out[TREE_SIZE], const struct criterion *c, const char *op,
		       const char *more)
{
	char attribute[60] = "";

	if (c->source == SOURCE_ATTRIBUTE)
		(void)snprintf(attribute, sizeof(attribute), ",\"attribute\":\"%s\"",
			       c->code + strlen("attribute_"));
	(void)snprintf(out, TREE_SIZE, "{\"criterion\":\"%s\",\"op\":\"%s\"%s%s%s%s}", c->code, op,
		       member_of(c), attribute, values_of(c->kind, op), more);
}

START_TEST(test_every_leaf)
{
	const struct criterion *c = &criteria[_i];
	char tree[TREE_SIZE], field[FIELD_SIZE];

	ck_assert_ptr_eq(criterion_find(c->code), c);
	for (const char *const *op = criterion_ops(c->kind); *op != NULL; op++) {
		struct buf sql;

		buf_init(&sql, CRITERIA_SQL_MAX);
		write_leaf(tree, c, *op, "");
		ck_assert_msg(compile(tree, &sql, field), "%s: %s", tree, field);
		ck_assert_msg(strncmp(buf_str(&sql), "FROM client c", 13) == 0, "%s",
			      buf_str(&sql));
		/* What a person wrote is a parameter. */
		ck_assert_ptr_null(strstr(buf_str(&sql), "a'b"));
		ck_assert_ptr_null(strstr(buf_str(&sql), "clock"));
		ck_assert_ptr_null(strstr(buf_str(&sql), "purchase"));
		buf_deinit(&sql);
	}
}
END_TEST

static void must_hold(const char *tree, const char *has, const char *has_not)
{
	char field[FIELD_SIZE];
	struct buf sql;

	buf_init(&sql, CRITERIA_SQL_MAX);
	ck_assert_msg(compile(tree, &sql, field), "%s: %s", tree, field);
	ck_assert_msg(strstr(buf_str(&sql), has) != NULL, "%s", buf_str(&sql));
	ck_assert_msg(has_not == NULL || strstr(buf_str(&sql), has_not) == NULL, "%s",
		      buf_str(&sql));
	buf_deinit(&sql);
}

/* Totals answer what has neither period nor category; 0 is said only where it fulfils. */
START_TEST(test_how_actions_are_read)
{
	must_hold("{\"criterion\":\"action_count\",\"action\":\"x\",\"op\":\"ge\",\"value\":3}",
		  "action_total", "coalesce(j1.v");
	must_hold("{\"criterion\":\"action_count\",\"action\":\"x\",\"op\":\"lt\",\"value\":3}",
		  "coalesce(j1.v, 0)", NULL);
	must_hold("{\"criterion\":\"action_count\",\"action\":\"x\",\"op\":\"eq\",\"value\":0}",
		  "coalesce(j1.v, 0)", NULL);
	must_hold("{\"criterion\":\"action_sum\",\"action\":\"x\",\"op\":\"between\",\"from\":-1,"
		  "\"to\":1}",
		  "coalesce(j1.v, 0)", NULL);
	must_hold("{\"criterion\":\"action_sum\",\"action\":\"x\",\"category\":\"y\",\"op\":\"gt\","
		  "\"value\":0}",
		  "FROM action a", "action_total");
	must_hold("{\"criterion\":\"action_last\",\"action\":\"x\",\"since\":\"2026-01-01\","
		  "\"until\":\"2026-02-01\",\"op\":\"filled\"}",
		  "ORDER BY a.client_id", "action_total");
}
END_TEST

/* What is asked of two million rows is prepared once: who is gone, what a birthday means, what is
 * looked for among many values, when a day begins. */
START_TEST(test_how_rows_are_read)
{
	must_hold("{\"criterion\":\"city\",\"op\":\"filled\"}", "c.id NOT IN", "c.gone_at IS NULL");
	must_hold("{\"criterion\":\"in_list\",\"list\":\"1\",\"op\":\"is\"}", "c.gone_at IS NULL",
		  "NOT IN");
	must_hold("{\"criterion\":\"days_to_birthday\",\"op\":\"le\",\"value\":7}",
		  "(ARRAY(SELECT days_to_birthday", NULL);
	must_hold("{\"criterion\":\"attribute_many_of\",\"attribute\":\"many_of\",\"op\":\"all\","
		  "\"values\":[\"50%\"]}",
		  "LIKE ALL (ARRAY(SELECT", "50%");
	must_hold("{\"criterion\":\"action_last\",\"action\":\"x\",\"op\":\"on\","
		  "\"value\":\"2026-01-01\"}",
		  "::timestamp AT TIME ZONE $2", "::date AS v");
}
END_TEST

static enum criteria_ranges ranges_of(const char *tree)
{
	struct pg_params *params = pg_params_new();
	struct criteria_compiled compiled;
	struct cJSON *doc = NULL;
	struct problem problem;
	struct buf sql;
	struct err err;

	ck_assert(json_parse(tree, strlen(tree), &doc, &err));
	problem_init(&problem);
	buf_init(&sql, CRITERIA_SQL_MAX);
	ck_assert(criteria_compile(doc, &env, &sql, params, &compiled, &problem));
	buf_deinit(&sql);
	problem_deinit(&problem);
	json_free(&doc);
	pg_params_free(&params);
	return compiled.ranges;
}

#define CITY	 "{\"criterion\":\"city\",\"op\":\"filled\"}"
#define ON_LIST	 "{\"criterion\":\"in_list\",\"list\":\"1\",\"op\":\"is\"}"
#define OF_MONTH "{\"criterion\":\"replies\",\"within\":30,\"op\":\"eq\",\"value\":0}"

/* Two count where rows are read; where an index has all, or groups cost most, one is as fast. */
START_TEST(test_ranges)
{
	ck_assert_int_eq(ranges_of(CITY), RANGES_BY_PLACE);
	ck_assert_int_eq(ranges_of("{\"and\":[" CITY "," ON_LIST "]}"), RANGES_BY_ID);
	ck_assert_int_eq(ranges_of("{\"and\":[" CITY "," OF_MONTH "]}"), RANGES_NONE);
	ck_assert_int_eq(ranges_of(ON_LIST), RANGES_NONE);
	ck_assert_int_eq(ranges_of("{\"criterion\":\"phone\",\"op\":\"filled\"}"), RANGES_NONE);
	ck_assert_int_eq(ranges_of("{\"not\":{\"criterion\":\"attribute_text\",\"attribute\":"
				   "\"text\",\"op\":\"filled\"}}"),
			 RANGES_BY_PLACE);
}
END_TEST

START_TEST(test_groups)
{
	must_hold("{\"and\":[{\"criterion\":\"sex\",\"op\":\"empty\"},{\"not\":{\"or\":["
		  "{\"criterion\":\"opted_out_all\",\"op\":\"is\"},"
		  "{\"criterion\":\"in_list\",\"list\":\"1\",\"op\":\"is_not\"}]}}]}",
		  "NOT ((", NULL);
}
END_TEST

static const struct {
	const char *tree, *field;
} wrong[] = {
	{"{\"criterion\":\"nothing\",\"op\":\"is\"}", "criteria.criterion"},
	{"{\"criterion\":\"sex\",\"op\":\"like\"}", "criteria.op"},
	{"{\"criterion\":\"age\",\"op\":\"eq\"}", "criteria.value"},
	{"{\"criterion\":\"city\",\"op\":\"in\",\"values\":[1]}", "criteria.values"},
	{"{\"criterion\":\"city\",\"op\":\"in\"}", "criteria.values"},
	{"{\"criterion\":\"attribute_number\",\"attribute\":\"text\",\"op\":\"eq\",\"value\":1}",
	 "criteria.attribute"},
	{"{\"criterion\":\"birthday\",\"op\":\"last_days\",\"days\":0}", "criteria.days"},
	{"{\"and\":[{\"criterion\":\"age\",\"op\":\"empty\",\"more\":1}]}", "criteria.and[0].more"},
};

START_TEST(test_wrong)
{
	char field[FIELD_SIZE];
	struct buf sql;

	buf_init(&sql, CRITERIA_SQL_MAX);
	ck_assert_msg(!compile(wrong[_i].tree, &sql, field), "%s", wrong[_i].tree);
	ck_assert_str_eq(field, wrong[_i].field);
	buf_deinit(&sql);
}
END_TEST

START_TEST(test_too_many_joins)
{
	struct buf tree, sql;
	char field[FIELD_SIZE];

	buf_init(&tree, 10000);
	buf_init(&sql, CRITERIA_SQL_MAX);
	buf_add_str(&tree, "{\"or\":[");
	for (int i = 0; i <= CRITERIA_JOINS_MAX; i++)
		buf_printf(&tree, "%s{\"criterion\":\"in_list\",\"list\":\"%d\",\"op\":\"is\"}",
			   i > 0 ? "," : "", i + 1);
	buf_add_str(&tree, "]}");
	ck_assert(!compile(buf_str(&tree), &sql, field));
	ck_assert_str_eq(field, "criteria.or[16].criterion");
	buf_deinit(&sql);
	buf_deinit(&tree);
}
END_TEST

START_TEST(test_names)
{
	for (int f = 0; f < FAMILIES; f++) {
		ck_assert_ptr_nonnull(criterion_family_code(f));
		ck_assert_ptr_nonnull(criterion_family_name(f));
	}
	for (size_t i = 0; i < criteria_count; i++) {
		ck_assert_ptr_nonnull(criterion_kind_code(criteria[i].kind));
		ck_assert_ptr_nonnull(criterion_takes(criteria[i].source));
	}
	ck_assert_ptr_null(criterion_find("nothing"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("criteria");

	tcase_add_loop_test(tc, test_every_leaf, 0, (int)criteria_count);
	tcase_add_test(tc, test_how_actions_are_read);
	tcase_add_test(tc, test_how_rows_are_read);
	tcase_add_test(tc, test_ranges);
	tcase_add_test(tc, test_groups);
	tcase_add_loop_test(tc, test_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, test_too_many_joins);
	tcase_add_test(tc, test_names);
	return case_run("criteria", tc);
}
