/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person may say the columns of a file mean, and what of it is refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/import_columns.h"
#include "common/base/mem.h"
#include "tests/unit/support/run.h"

static struct import_mapping mapping;
static struct import_columns columns;
static struct problem problem;

static void read_said(const char *array)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	struct err err = {0};
	char text[2000];
	int len = snprintf(text, sizeof(text), "{\"columns\":%s}", array);

	problem_init(&problem);
	memset(&columns, 0, sizeof(columns));
	ck_assert_msg(json_parse(text, (size_t)len, &doc, &err), "%s: %s", text, err.msg);
	json_in_begin(&in, doc, &problem, "");
	import_mapping_in(&in, "columns", &mapping);
	json_in_end(&in);
	json_free(&doc);
}

/* Fields separated by '|'. */
static struct csv_row header_row(const char *text)
{
	static struct csv_field field[CSV_COLUMNS_MAX];
	struct csv_row row = {.line = 1, .field = field};

	while (text != NULL) {
		size_t len = strcspn(text, "|");

		field[row.count++] = (struct csv_field){.text = text, .len = len};
		text = text[len] == '|' ? text + len + 1 : NULL;
	}
	return row;
}

/* "phone attribute:долг ignored" */
static void describe(const struct import_columns *c, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < c->count && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s%s%s", i > 0 ? " " : "",
					client_field_code(c->column[i].field),
					c->column[i].name != NULL ? ":" : "",
					c->column[i].name != NULL ? c->column[i].name : "");
}

static void forget(void)
{
	import_mapping_free(&mapping);
	import_columns_free(&columns);
	problem_deinit(&problem);
}

static const struct {
	const char *why;
	const char *said;
	const char *header;
	const char *want; /* NULL: refused */
	const char *field;
	const char *expected;
} cases[] = {
	{"nothing said", "null", "Телефон|Имя", "phone first_name", NULL, NULL},
	{"what is said counts, the rest is understood",
	 "[{\"header\":\"A\",\"field\":\"phone\"},{\"header\":\"Имя\",\"field\":\"attribute\","
	 "\"attribute\":\"Как Звать\"}]",
	 "Имя|A|Фамилия", "attribute:как_звать phone last_name", NULL, NULL},
	{"spaces around a header", "[{\"header\":\" A \",\"field\":\"phone\"}]", "  A\t", "phone",
	 NULL, NULL},
	{"the same header twice",
	 "[{\"header\":\"A\",\"field\":\"ignored\"},{\"header\":\"A\",\"field\":\"phone\"}]",
	 "A|B|A|A", "ignored attribute:b phone attribute:a", NULL, NULL},
	{"a column without a header", "[{\"header\":\"\",\"field\":\"phone\"}]", "|Имя",
	 "phone first_name", NULL, NULL},
	{"no phone said, none understood", "[{\"header\":\"phone\",\"field\":\"ignored\"}]",
	 "phone|B", NULL, "phone", "phone numbers"},
	{"a phone said beside one understood", "[{\"header\":\"A\",\"field\":\"phone\"}]",
	 "A|phone", NULL, "phone", "one column of each"},
	{"a name said beside one understood",
	 "[{\"header\":\"A\",\"field\":\"attribute\",\"attribute\":\"b\"}]", "phone|A|B", NULL, "B",
	 "one column of each"},
	{"a header that is not there", "[{\"header\":\"C\",\"field\":\"ignored\"}]", "phone|B",
	 NULL, "C", "a column with this header"},
	{"a header that is there once less",
	 "[{\"header\":\"B\",\"field\":\"ignored\"},{\"header\":\"B\",\"field\":\"ignored\"}]",
	 "phone|B", NULL, "B", "a column with this header"},
};

START_TEST(test_said)
{
	struct csv_row row = header_row(cases[_i].header);
	char text[500];
	bool ok;

	read_said(cases[_i].said);
	ck_assert_msg(!problem_found(&problem), "%s: refused", cases[_i].why);
	ok = import_columns_read(&row, &mapping, &columns, &problem);
	ck_assert_msg(ok == (cases[_i].want != NULL), "%s: %d", cases[_i].why, ok);
	if (ok) {
		describe(&columns, text, sizeof(text));
		ck_assert_msg(strcmp(text, cases[_i].want) == 0, "%s: %s", cases[_i].why, text);
	} else {
		ck_assert_str_eq(problem.errors[0].field, cases[_i].field);
		ck_assert_int_eq(problem.errors[0].line, 1);
		ck_assert_ptr_nonnull(strstr(problem.errors[0].expected, cases[_i].expected));
	}
	forget();
}
END_TEST

static const struct {
	const char *said;
	const char *field;
} wrong[] = {
	{"[]", "columns"},
	{"{}", "columns"},
	{"[1]", "columns[0]"},
	{"[{\"field\":\"phone\"}]", "columns[0].header"},
	{"[{\"header\":\"A\"}]", "columns[0].field"},
	{"[{\"header\":\"A\",\"field\":\"Phone\"}]", "columns[0].field"},
	{"[{\"header\":\"A\",\"field\":\"phone\",\"more\":1}]", "columns[0].more"},
	{"[{\"header\":\"A\",\"field\":\"phone\"},{\"header\":\"B\",\"field\":\"phone\"}]",
	 "columns[1].field"},
	{"[{\"header\":\"A\",\"field\":\"ignored\",\"attribute\":\"a\"}]", "columns[0].attribute"},
	{"[{\"header\":\"A\",\"field\":\"attribute\"}]", "columns[0].attribute"},
	{"[{\"header\":\"A\",\"field\":\"attribute\",\"attribute\":\"\"}]", "columns[0].attribute"},
	{"[{\"header\":\"A\",\"field\":\"attribute\",\"attribute\":\"5\"}]",
	 "columns[0].attribute"},
	{"[{\"header\":\"A\",\"field\":\"attribute\",\"attribute\":\"Last name\"}]",
	 "columns[0].attribute"},
	{"[{\"header\":\"A\",\"field\":\"attribute\",\"attribute\":\"x\"},"
	 "{\"header\":\"B\",\"field\":\"attribute\",\"attribute\":\"X\"}]",
	 "columns[1].attribute"},
};

START_TEST(test_wrong)
{
	read_said(wrong[_i].said);
	ck_assert_msg(problem_found(&problem), "%s was taken", wrong[_i].said);
	ck_assert_int_eq(problem.status, 422);
	ck_assert_str_eq(problem.errors[0].field, wrong[_i].field);
	forget();
}
END_TEST

START_TEST(test_two_ignored_columns_are_fine)
{
	read_said("[{\"header\":\"A\",\"field\":\"ignored\"},{\"header\":\"B\",\"field\":"
		  "\"ignored\"}]");
	ck_assert(!problem_found(&problem));
	ck_assert_uint_eq(mapping.count, 2);
	forget();
}
END_TEST

START_TEST(test_a_proposal_ignores_doubles)
{
	struct csv_row row = header_row("Телефон|phone|Город|ГОРОД||2025");
	char text[500];

	import_columns_propose(&row, &columns);
	describe(&columns, text, sizeof(text));
	ck_assert_str_eq(text, "phone ignored city ignored ignored attribute:column_6");
	import_columns_free(&columns);
	row = header_row("Контакт");
	import_columns_propose(&row, &columns);
	ck_assert_int_eq(columns.of_field[CLIENT_PHONE], -1);
	import_columns_free(&columns);
}
END_TEST

static const struct {
	const char *said;
	const char *want; /* NULL: none */
} names[] = {
	{"пени", "пени"},      {" Сумма долга, руб. ", "сумма_долга_руб"},
	{"A_1", "a_1"},	       {"{x}", "x"},
	{"first_name", NULL},  {"First name", NULL},
	{"external_id", NULL}, {"имя", NULL},
	{"Город", NULL},       {"кличка", "кличка"},
	{"2025", NULL},	       {"", NULL},
	{"***", NULL},
};

START_TEST(test_attribute_names)
{
	char *name = import_attribute_name(names[_i].said, strlen(names[_i].said));

	if (names[_i].want == NULL)
		ck_assert_msg(name == NULL, "%s became %s", names[_i].said, name);
	else
		ck_assert_str_eq(name, names[_i].want);
	mem_free(name);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("mapping");
	TCase *tcase = tcase_create("mapping");

	tcase_add_loop_test(tcase, test_said, 0, COUNT(cases));
	tcase_add_loop_test(tcase, test_wrong, 0, COUNT(wrong));
	tcase_add_test(tcase, test_two_ignored_columns_are_fine);
	tcase_add_test(tcase, test_a_proposal_ignores_doubles);
	tcase_add_loop_test(tcase, test_attribute_names, 0, COUNT(names));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
