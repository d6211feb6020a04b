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
		ck_assert(!render_text(plan, &client, NULL, &out, NULL));
	} else {
		ck_assert(render_text(plan, &client, NULL, &out, NULL));
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

START_TEST(test_columns_of_the_list)
{
	static const char *const own[] = {"1500.5", NULL, "пакет"};
	static const size_t own_len[] = {6, 0, 10};
	static const struct template_value column[COLUMNS] = {[FIRST_NAME] = {"Анна", 8}};
	const struct render_client client = {
		.column = column, .own = own, .own_len = own_len, .own_count = 3};
	struct render_plan *plan =
		plan_of("{first_name} {sum:money \"₽\"} {note} {gap|-} {more|-}");
	const char *names[TEMPLATE_FIELDS_MAX];
	struct buf out;

	ck_assert_int_eq(render_plan_list(plan), 0);
	render_plan_bind_own(plan, "sum", 7, 1);
	render_plan_bind_own(plan, "gap", 7, 2);
	render_plan_bind_own(plan, "note", 7, 3);
	render_plan_bind_own(plan, "more", 7, 4);	/* a client has no value there yet */
	render_plan_bind_own(plan, "first_name", 7, 1); /* a column of clients stays one */
	render_plan_bind(plan, "sum", 5);		/* the list's comes first */
	ck_assert_uint_eq(render_plan_unbound(plan, names), 0);
	ck_assert_int_eq(render_plan_list(plan), 7);
	ck_assert_int_eq(render_plan_field_place(plan, 1), 1);
	ck_assert_int_eq(render_plan_field_slot(plan, 1), -1);
	buf_init(&out, 1000);
	ck_assert(render_text(plan, &client, NULL, &out, NULL));
	ck_assert_str_eq(buf_str(&out), "Анна 1\u00a0500.50\u00a0₽ пакет - -");
	buf_deinit(&out);
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
	ck_assert(!render_text(plan, &client, NULL, &out, &note));
	ck_assert_str_eq(note.missing, "middle_name");
	ck_assert_int_eq(note.empty, 2);
	buf_deinit(&out);
	render_plan_free(&plan);
	plan = plan_of("{first_name}{last_name|}");
	buf_init(&out, 1000);
	ck_assert(render_text(plan, &client, NULL, &out, &note));
	ck_assert_ptr_null(note.missing);
	ck_assert_int_eq(note.empty, 1);
	buf_deinit(&out);
	render_plan_free(&plan);
}
END_TEST

/* What a message has of its own goes into the text; an example of the same length without it. */
START_TEST(test_links_and_codes)
{
	struct render_plan *plan =
		plan_of("{promo весна}: {link https://shop.example/?c={external_id}}");
	static const struct template_value column[COLUMNS] = {[EXTERNAL_ID] = {"c 17", 4}};
	const struct render_client client = {.column = column};
	struct render_own own = {
		.day_id = INT64_C(86400) << 32, .link_key = 58, .promo = {"SALE7", 5}};
	struct buf example, out;

	buf_init(&out, 1000);
	buf_init(&example, 1000);
	render_plan_set_link_base(plan, "https://go.example/l/");
	render_plan_set_pool(plan, 3, 5);
	ck_assert_int_eq(render_plan_pool(plan), 3);
	ck_assert(render_text(plan, &client, &own, &out, NULL));
	ck_assert_str_eq(buf_str(&out), "SALE7: https://go.example/l/1211111121");
	ck_assert(own.link_used && own.promo_used);
	ck_assert(render_text(plan, &client, NULL, &example, NULL));
	ck_assert_uint_eq(example.len, out.len);
	buf_reset(&out);
	ck_assert(render_link_target(plan, &client, 0, &out));
	ck_assert_str_eq(buf_str(&out), "https://shop.example/?c=c%2017");
	ck_assert(!render_link_target(plan, &client, 1, &out));
	buf_deinit(&example);
	buf_deinit(&out);
	render_plan_free(&plan);
}
END_TEST

/* The pool is used up: that is told apart from a field that is empty. */
START_TEST(test_no_code)
{
	struct render_plan *plan = plan_of("{promo x}");
	const struct render_client client = {0};
	struct render_own own = {0};
	struct render_note note;
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(!render_text(plan, &client, &own, &out, &note));
	ck_assert(note.no_promo && note.missing == NULL && !own.promo_used);
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
	tcase_add_test(tcase, test_columns_of_the_list);
	tcase_add_test(tcase, test_missing);
	tcase_add_test(tcase, test_identity);
	tcase_add_test(tcase, test_what_was_empty_is_noted);
	tcase_add_test(tcase, test_links_and_codes);
	tcase_add_test(tcase, test_no_code);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
