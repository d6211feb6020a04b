/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the headers of a client file are understood as. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/import_columns.h"
#include "tests/unit/support/run.h"

static struct import_columns columns;
static struct problem problem;

/* Fields separated by '|'. */
static bool read_mapped(const char *text, const struct import_mapping *mapping)
{
	static struct csv_field field[CSV_COLUMNS_MAX];
	struct csv_row row = {.line = 1, .field = field};

	while (text != NULL) {
		size_t len = strcspn(text, "|");

		field[row.count++] = (struct csv_field){.text = text, .len = len};
		text = text[len] == '|' ? text + len + 1 : NULL;
	}
	problem_init(&problem);
	return import_columns_read(&row, mapping, &columns, &problem);
}

static bool read_header(const char *text)
{
	static const struct import_mapping none;

	return read_mapped(text, &none);
}

static void forget(void)
{
	import_columns_free(&columns);
	problem_deinit(&problem);
}

static const struct {
	const char *header;
	enum client_field field;
	const char *name; /* of an attribute */
} known[] = {
	{"Телефон", CLIENT_PHONE, NULL},
	{" ТЕЛЕФОН ", CLIENT_PHONE, NULL},
	{"Номер телефона", CLIENT_PHONE, NULL},
	{"Моб. телефон", CLIENT_PHONE, NULL},
	{"phone", CLIENT_PHONE, NULL},
	{"Mobile Phone", CLIENT_PHONE, NULL},
	{"MSISDN", CLIENT_PHONE, NULL},
	{"\xc2\xa0тел.\xc2\xa0", CLIENT_PHONE, NULL},
	{"Код", CLIENT_EXTERNAL_ID, NULL},
	{"ID", CLIENT_EXTERNAL_ID, NULL},
	{"external-id", CLIENT_EXTERNAL_ID, NULL},
	{"Фамилия", CLIENT_LAST_NAME, NULL},
	{"last_name", CLIENT_LAST_NAME, NULL},
	{"Имя", CLIENT_FIRST_NAME, NULL},
	{"First name", CLIENT_FIRST_NAME, NULL},
	{"Отчество", CLIENT_MIDDLE_NAME, NULL},
	{"Пол", CLIENT_SEX, NULL},
	{"Дата рождения", CLIENT_BIRTHDAY, NULL},
	{"Birthday", CLIENT_BIRTHDAY, NULL},
	{"Город", CLIENT_CITY, NULL},
	{"Часовой пояс", CLIENT_TIME_ZONE, NULL},
	{"Уровень", CLIENT_LOYALTY_TIER, NULL},
	{"Бонусные баллы", CLIENT_POINTS, NULL},
	{"Договор до", CLIENT_CONTRACT_TO, NULL},
	{"Теги", CLIENT_TAGS, NULL},
	{"ФИО", CLIENT_ATTRIBUTE, "фио"},
	{"Full name", CLIENT_ATTRIBUTE, "full_name"},
	{"Сумма долга, руб.", CLIENT_ATTRIBUTE, "сумма_долга_руб"},
	{"Ёлка № 5", CLIENT_ATTRIBUTE, "ёлка_5"},
	{"2025", CLIENT_ATTRIBUTE, "column_1"},
	{"", CLIENT_IGNORED, NULL},
	{" - ", CLIENT_IGNORED, NULL},
	{"vestnik_line", CLIENT_IGNORED, NULL},
	{"vestnik_problem", CLIENT_IGNORED, NULL},
};

START_TEST(test_known)
{
	char header[200];

	snprintf(header, sizeof(header), "%s|%s", known[_i].header,
		 known[_i].field == CLIENT_PHONE ? "x" : "phone");
	ck_assert_msg(read_header(header), "%s", known[_i].header);
	ck_assert_msg(columns.column[0].field == known[_i].field, "%s is field %d",
		      known[_i].header, columns.column[0].field);
	if (known[_i].name != NULL)
		ck_assert_str_eq(columns.column[0].name, known[_i].name);
	forget();
}
END_TEST

START_TEST(test_attributes_are_numbered)
{
	ck_assert(read_header("Карта|phone||Сумма|Имя|Банк"));
	ck_assert_uint_eq(columns.count, 6);
	ck_assert_uint_eq(columns.attributes, 3);
	ck_assert_int_eq(columns.column[0].attribute, 0);
	ck_assert_int_eq(columns.column[3].attribute, 1);
	ck_assert_int_eq(columns.column[5].attribute, 2);
	ck_assert_int_eq(columns.of_field[CLIENT_PHONE], 1);
	ck_assert_int_eq(columns.of_field[CLIENT_FIRST_NAME], 4);
	ck_assert_int_eq(columns.of_field[CLIENT_EXTERNAL_ID], -1);
	forget();
}
END_TEST

static const struct {
	const char *header;
	const char *found;
	const char *expected;
} refused[] = {
	{"Имя|Город", "\"Имя\", \"Город\"", "phone"},
	{"79161234567|Иван", "\"79161234567\", \"Иван\"", "first line"},
	{"Телефон|Имя|phone", "\"Телефон\" and \"phone\"", "rename"},
	{"Телефон|Город|город", "\"Город\" and \"город\"", "rename"},
};

START_TEST(test_refused)
{
	ck_assert(!read_header(refused[_i].header));
	ck_assert_int_eq(problem.status, 422);
	ck_assert_str_eq(problem.errors[0].found, refused[_i].found);
	ck_assert_ptr_nonnull(strstr(problem.errors[0].expected, refused[_i].expected));
	forget();
}
END_TEST

START_TEST(test_trim)
{
	static const char *const texts[] = {"",
					    " ",
					    "a",
					    " a ",
					    "\xc2\xa0\t a b\xe2\x80\xaf\r\n",
					    ("\xef\xbb\xbf"
					     "a")};
	static const char *const want[] = {"", "", "a", "a", "a b", "a"};

	for (size_t i = 0; i < 6; i++) {
		size_t len = strlen(texts[i]);
		const char *start = client_trim(texts[i], &len);

		ck_assert_uint_eq(len, strlen(want[i]));
		ck_assert_mem_eq(start, want[i], len);
	}
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("columns");
	TCase *tcase = tcase_create("columns");

	tcase_add_loop_test(tcase, test_known, 0, COUNT(known));
	tcase_add_test(tcase, test_attributes_are_numbered);
	tcase_add_loop_test(tcase, test_refused, 0, COUNT(refused));
	tcase_add_test(tcase, test_trim);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
