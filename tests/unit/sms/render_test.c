/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render_test - where the values of placeholders come from. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/render.h"
#include "tests/unit/support/run.h"

enum { EXTERNAL_ID, LAST_NAME, FIRST_NAME, MIDDLE_NAME, CITY, COLUMNS };

static int column_of(const char *name)
{
	static const char *const names[COLUMNS] = {"external_id", "last_name", "first_name",
						   "middle_name", "city"};

	for (int i = 0; i < COLUMNS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static struct render_plan *plan_of(const char *text)
{
	struct render_plan *plan = NULL;
	struct err err = {0};

	ck_assert_msg(render_plan_new(text, strlen(text), column_of, &plan, &err), "%s", err.msg);
	return plan;
}

static void check_text(const struct render_plan *plan, const char *want)
{
	static const char *const attr[] = {"Казань", NULL, "5"}; /* slots 3, 4, 5 */
	static const size_t attr_len[] = {12, 0, 1};
	static const struct template_value column[COLUMNS] = {
		[EXTERNAL_ID] = {"c-17", 4}, [FIRST_NAME] = {"Анна", 8}, [LAST_NAME] = {"", 0}};
	const struct render_client client = {
		.column = column,
		.attr = attr,
		.attr_len = attr_len,
		.attr_count = 3,
	};
	struct buf out;

	buf_init(&out, 1000);
	if (want == NULL) {
		ck_assert(!render_text(plan, &client, &out, NULL));
	} else {
		ck_assert(render_text(plan, &client, &out, NULL));
		ck_assert_str_eq(buf_str(&out), want);
	}
	buf_deinit(&out);
}

START_TEST(test_columns)
{
	struct render_plan *plan =
		plan_of("{first_name} {last_name|-} {middle_name|} {external_id}");
	const char *names[TEMPLATE_FIELDS_MAX];
	int first, last;

	ck_assert_uint_eq(render_plan_unbound(plan, names), 0);
	render_plan_slots(plan, &first, &last);
	ck_assert_int_gt(first, last);
	ck_assert_uint_eq(render_plan_columns(plan), 0xf);
	check_text(plan, "Анна -  c-17");
	render_plan_free(&plan);
	render_plan_free(&plan); /* freeing nothing is fine */
}
END_TEST

START_TEST(test_attributes)
{
	struct render_plan *plan = plan_of("{Город}, {Баллы}, {Нет|нет}, {Пусто|пусто}");
	const char *names[TEMPLATE_FIELDS_MAX];
	int first, last;

	ck_assert_uint_eq(render_plan_unbound(plan, names), 4);
	ck_assert_str_eq(names[0], "Город");
	render_plan_bind(plan, "Баллы", 5);
	render_plan_bind(plan, "Город", 3);
	render_plan_bind(plan, "Пусто", 4);
	render_plan_bind(plan, "first_name", 9); /* no placeholder of that name */
	ck_assert_uint_eq(render_plan_unbound(plan, names), 1);
	ck_assert_str_eq(names[0], "Нет");
	render_plan_slots(plan, &first, &last);
	ck_assert_int_eq(first, 3);
	ck_assert_int_eq(last, 5);
	check_text(plan, "Казань, 5, нет, пусто");
	render_plan_free(&plan);
}
END_TEST

START_TEST(test_missing)
{
	struct render_plan *plan = plan_of("{first_name} {Город}");

	check_text(plan, NULL);
	render_plan_free(&plan);
	plan = plan_of("{last_name}");
	check_text(plan, NULL);
	render_plan_free(&plan);
}
END_TEST

START_TEST(test_identity)
{
	struct render_plan *plan = plan_of("a{first_name}");
	struct err err = {0};

	ck_assert(render_plan_is_for(plan, "a{first_name}", 13));
	ck_assert(!render_plan_is_for(plan, "b{first_name}", 13));
	ck_assert(!render_plan_is_for(plan, "a{first_name}!", 14));
	render_plan_free(&plan);
	ck_assert(!render_plan_new("{", 1, column_of, &plan, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "character 2"));
}
END_TEST

START_TEST(test_what_was_empty_is_noted)
{
	struct render_plan *plan = plan_of("{first_name} {last_name|-} {middle_name}");
	static const struct template_value column[COLUMNS] = {[FIRST_NAME] = {"Анна", 8}};
	const struct render_client client = {.column = column};
	struct render_note note;
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(!render_text(plan, &client, &out, &note));
	ck_assert_str_eq(note.missing, "middle_name");
	ck_assert_int_eq(note.empty, 2);
	buf_deinit(&out);
	render_plan_free(&plan);
	plan = plan_of("{first_name}{last_name|}");
	buf_init(&out, 1000);
	ck_assert(render_text(plan, &client, &out, &note));
	ck_assert_ptr_null(note.missing);
	ck_assert_int_eq(note.empty, 1);
	buf_deinit(&out);
	render_plan_free(&plan);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render");
	TCase *tcase = tcase_create("render");

	tcase_add_test(tcase, test_columns);
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_missing);
	tcase_add_test(tcase, test_identity);
	tcase_add_test(tcase, test_what_was_empty_is_noted);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
