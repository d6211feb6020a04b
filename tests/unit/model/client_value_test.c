/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_value_test - values as Russian files have them, and the one form they get. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/client_value.h"
#include "common/model/criteria.h"
#include "tests/unit/support/run.h"

static const char *const colour[] = {"Красный", "Тёмно-синий", "white"};
static const struct client_choices colours = {colour, 3};

static const struct {
	enum client_kind kind;
	const char *text;
	const char *want; /* NULL: refused; "": none */
	int64_t number;
} cases[] = {
	{CLIENT_KIND_TEXT, "  Тверь \xc2\xa0", "Тверь", 0},
	{CLIENT_KIND_TEXT, " ", "", 0},
	{CLIENT_KIND_NUMBER, "0", "0", 0},
	{CLIENT_KIND_NUMBER, "1 234,50", "1234.5", 123450},
	{CLIENT_KIND_NUMBER,
	 "1\xc2\xa0"
	 "234\xe2\x80\xaf"
	 "567,05",
	 "1234567.05", 123456705},
	{CLIENT_KIND_NUMBER, "1.234,50", "1234.5", 123450},
	{CLIENT_KIND_NUMBER, "1,234.50", "1234.5", 123450},
	{CLIENT_KIND_NUMBER, "1.234.567", "1234567", 123456700},
	{CLIENT_KIND_NUMBER, "1.234", "1.234", 123},
	{CLIENT_KIND_NUMBER, "-12,995", "-12.995", -1300},
	{CLIENT_KIND_NUMBER, "\xe2\x88\x92 5", "-5", -500},
	{CLIENT_KIND_NUMBER, "-0", "0", 0},
	{CLIENT_KIND_NUMBER, "+007", "7", 700},
	{CLIENT_KIND_NUMBER, "100 руб.", "100", 10000},
	{CLIENT_KIND_NUMBER, "1 200 ₽", "1200", 120000},
	{CLIENT_KIND_NUMBER, "9999999999999999.99", "9999999999999999.99", 999999999999999999},
	{CLIENT_KIND_NUMBER, "10000000000000000", NULL, 0},
	{CLIENT_KIND_NUMBER, "1 23", NULL, 0},
	{CLIENT_KIND_NUMBER, "1,2,3", NULL, 0},
	{CLIENT_KIND_NUMBER, "12.", NULL, 0},
	{CLIENT_KIND_NUMBER, ",5", NULL, 0},
	{CLIENT_KIND_NUMBER, "1e5", NULL, 0},
	{CLIENT_KIND_NUMBER, "много", NULL, 0},
	{CLIENT_KIND_NUMBER, "-", NULL, 0},
	{CLIENT_KIND_DATE, "31.12.2026", "2026-12-31", 20818},
	{CLIENT_KIND_DATE, "1.2.1970", "1970-02-01", 31},
	{CLIENT_KIND_DATE, "2026-12-31", "2026-12-31", 20818},
	{CLIENT_KIND_DATE, "31.12.2026 23:59:59", "2026-12-31", 20818},
	{CLIENT_KIND_DATE, "2026-12-31T00:00:00.000+03:00", "2026-12-31", 20818},
	{CLIENT_KIND_DATE, "29.02.2024", "2024-02-29", 19782},
	{CLIENT_KIND_DATE, "01.01.0001 0:00:00", "", 0}, /* 1C's empty date */
	{CLIENT_KIND_DATE, "29.02.2025", NULL, 0},
	{CLIENT_KIND_DATE, "32.01.2026", NULL, 0},
	{CLIENT_KIND_DATE, "31.12.26", NULL, 0},
	{CLIENT_KIND_DATE, "12/31/2026", NULL, 0},
	{CLIENT_KIND_DATE, "2026-12-31x", NULL, 0},
	{CLIENT_KIND_DATE, "46022", NULL, 0},
	{CLIENT_KIND_SEX, "муж", "male", 1},
	{CLIENT_KIND_SEX, "Муж.", "male", 1},
	{CLIENT_KIND_SEX, "Ж", "female", 2},
	{CLIENT_KIND_SEX, "ЖЕНСКИЙ", "female", 2},
	{CLIENT_KIND_SEX, "F", "female", 2},
	{CLIENT_KIND_SEX, "1", NULL, 0},
	{CLIENT_KIND_YES_NO, "Да", "yes", 0},
	{CLIENT_KIND_YES_NO, "нет", "no", 0},
	{CLIENT_KIND_YES_NO, "0", "no", 0},
	{CLIENT_KIND_YES_NO, "ИСТИНА", "yes", 0},
	{CLIENT_KIND_YES_NO, "иногда", NULL, 0},
	{CLIENT_KIND_LANGUAGE, "RU", "ru", 0},
	{CLIENT_KIND_LANGUAGE, "en-GB", "en", 0},
	{CLIENT_KIND_LANGUAGE, "Русский", "ru", 0},
	{CLIENT_KIND_LANGUAGE, "zz", NULL, 0},
	{CLIENT_KIND_ZONE, "Europe/Moscow", "Europe/Moscow", 0},
	{CLIENT_KIND_ZONE, "МСК", "Europe/Moscow", 0},
	{CLIENT_KIND_ZONE, "МСК+2", "Asia/Yekaterinburg", 0},
	{CLIENT_KIND_ZONE, "мск-1", "Europe/Kaliningrad", 0},
	{CLIENT_KIND_ZONE, "UTC+05:00", "Asia/Yekaterinburg", 0},
	{CLIENT_KIND_ZONE, "Europe/Atlantis", NULL, 0},
	{CLIENT_KIND_ZONE, "../../../etc/passwd", NULL, 0},
	{CLIENT_KIND_ZONE, "Etc/../Europe/Moscow", NULL, 0},
	{CLIENT_KIND_ZONE, "Europe", NULL, 0},
	{CLIENT_KIND_ZONE, "МСК+20", NULL, 0},
	{CLIENT_KIND_TAGS, "vip, дача ,, vip\nновый", "vip\nдача\nновый", 0},
	{CLIENT_KIND_TAGS, " , ", "", 0},
	{CLIENT_KIND_ONE_OF, "красный", "Красный", 0},
	{CLIENT_KIND_ONE_OF, "темно-синий", "Тёмно-синий", 0},
	{CLIENT_KIND_ONE_OF, "синий", NULL, 0},
	{CLIENT_KIND_MANY_OF, "WHITE, Красный, white", "white\nКрасный", 0},
	{CLIENT_KIND_MANY_OF, "white, чёрный", NULL, 0},
	{CLIENT_KIND_PHONE, "8 (916) 123-45-67", "", 79161234567},
	{CLIENT_KIND_PHONE, "+49 151 12345678", "", 4915112345678},
	{CLIENT_KIND_PHONE, "8 (495) 123-45-67", NULL, 0},
	{CLIENT_KIND_PHONE, "7,9E+10", NULL, 0},
};

START_TEST(test_values)
{
	static struct client_room room;
	struct client_value value;
	struct err err = {0};
	bool ok;

	room.used = 0;
	ok = client_value_parse(cases[_i].kind, &colours, cases[_i].text, strlen(cases[_i].text),
				&room, &value, &err);
	ck_assert_msg(ok == (cases[_i].want != NULL), "\"%s\": %s", cases[_i].text,
		      ok ? value.text : err.msg);
	if (!ok) {
		ck_assert_int_eq(err.kind, ERR_INPUT);
		return;
	}
	ck_assert_msg(
		value.len == strlen(cases[_i].want) &&
			(value.len == 0 || memcmp(value.text, cases[_i].want, value.len) == 0),
		"\"%s\" became \"%.*s\"", cases[_i].text, (int)value.len, value.text);
	ck_assert_msg(value.number == cases[_i].number, "\"%s\": %lld", cases[_i].text,
		      (long long)value.number);
}
END_TEST

START_TEST(test_choices_are_said)
{
	static struct client_room room;
	struct client_value value;
	struct err err = {0};

	ck_assert(!client_value_parse(CLIENT_KIND_ONE_OF, &colours, "x", 1, &room, &value, &err));
	ck_assert_str_eq(err.msg, "one of these: Красный, Тёмно-синий, white");
}
END_TEST

START_TEST(test_what_is_too_long)
{
	static struct client_room room;
	static char text[200 * 102];
	struct client_value value;
	struct err err = {0};

	memset(text, 'x', 1001);
	ck_assert(client_value_parse(CLIENT_KIND_TEXT, NULL, text, 1000, &room, &value, &err));
	ck_assert(!client_value_parse(CLIENT_KIND_TEXT, NULL, text, 1001, &room, &value, &err));
	ck_assert(!client_value_parse(CLIENT_KIND_TAGS, NULL, text, 101, &room, &value, &err));
	ck_assert(!client_value_parse(CLIENT_KIND_NUMBER, NULL, text, 1001, &room, &value, &err));
	ck_assert(!client_value_parse(CLIENT_KIND_DATE, NULL, text, 1001, &room, &value, &err));
	text[0] = '\0';
	for (int i = 0; i <= CLIENT_TAGS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d,", i);
	ck_assert(!client_value_parse(CLIENT_KIND_TAGS, NULL, text, strlen(text), &room, &value,
				      &err));
}
END_TEST

START_TEST(test_lines)
{
	const struct client_value value = {.text = "a\nbc\nd", .len = 6};
	const char *line[CLIENT_TAGS_MAX];
	size_t len[CLIENT_TAGS_MAX];

	ck_assert_uint_eq(client_value_lines(&value, line, len), 3);
	ck_assert_mem_eq(line[1], "bc", 2);
	ck_assert_uint_eq(len[1], 2);
	ck_assert_uint_eq(client_value_lines(&(struct client_value){0}, line, len), 0);
}
END_TEST

/* What a criterion, a text and a file call a column is the same. */
START_TEST(test_criteria_agree)
{
	for (size_t i = 0; i < criteria_count; i++) {
		char column[64];
		int field = client_field_find(criteria[i].code, strlen(criteria[i].code));

		if (criteria[i].source != SOURCE_CLIENT || field < 0 || field == CLIENT_PHONE)
			continue;
		snprintf(column, sizeof(column), "c.%s", client_fields[field].column);
		ck_assert_str_eq(criteria[i].sql, column);
		ck_assert_int_eq(client_field_of_placeholder(criteria[i].code), field);
	}
	for (int f = 0; f < CLIENT_COLUMNS; f++)
		ck_assert_msg(f == CLIENT_MIDDLE_NAME ||
				      criterion_find(client_fields[f].code) != NULL,
			      "%s is no criterion", client_fields[f].code);
	ck_assert_int_eq(client_field_of_placeholder("город"), CLIENT_CITY);
	ck_assert_int_eq(client_field_of_placeholder("phone"), -1);
	ck_assert_int_eq(client_field_of_placeholder("банк"), -1);
}
END_TEST

/* No name means two fields. */
START_TEST(test_names_are_unique)
{
	for (int f = 0; f < CLIENT_FIELDS; f++) {
		const struct client_field_info *info = &client_fields[f];
		const char *at = info->headers;

		ck_assert_int_eq(client_field_of_header(info->code, strlen(info->code)), f);
		ck_assert_int_eq(client_field_of_header(info->russian, strlen(info->russian)), f);
		while (*at != '\0') {
			size_t len = strcspn(at, " ");

			ck_assert_msg((int)client_field_of_header(at, len) == f, "%.*s", (int)len,
				      at);
			at += len + (at[len] == ' ');
		}
		ck_assert(!client_attribute_name_ok(info->code));
		ck_assert(!client_attribute_name_ok(info->russian));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_value");
	TCase *tcase = tcase_create("client_value");

	tcase_add_loop_test(tcase, test_values, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, test_choices_are_said);
	tcase_add_test(tcase, test_what_is_too_long);
	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_criteria_agree);
	tcase_add_test(tcase, test_names_are_unique);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
