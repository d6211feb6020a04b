/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* filter_test - what filters and conditions of a text print. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sms/filter.h"
#include "common/sms/template.h"
#include "tests/unit/support/run.h"

#define BALL "{v:plural \"балл\" \"балла\" \"баллов\"|-}"
#define NBSP "\xC2\xA0"

/* Every field has `value`. */
static bool render(const char *text, const char *value, struct buf *out)
{
	struct template_value values[TEMPLATE_FIELDS_MAX];
	struct template *t = NULL;
	struct err err = {0};
	int missing = -1;
	bool ok;

	ck_assert_msg(template_compile(text, strlen(text), &t, &err), "%s: %s", text, err.msg);
	for (size_t i = 0; i < template_field_count(t); i++)
		values[i] = (struct template_value){value, strlen(value)};
	ok = template_render(t, values, NULL, out, &missing);
	template_free(&t);
	return ok;
}

static const struct {
	const char *text, *value;
	const char *want; /* NULL: the value is missing */
} cases[] = {
	{BALL, "1", "балл"},
	{BALL, "2", "балла"},
	{BALL, "5", "баллов"},
	{BALL, "11", "баллов"},
	{BALL, "21", "балл"},
	{BALL, "22", "балла"},
	{BALL, "25", "баллов"},
	{BALL, "111", "баллов"},
	{BALL, "112", "баллов"},
	{BALL, "0", "баллов"},
	{BALL, "-1", "балл"},
	{BALL, "1,5", "балла"},
	{BALL, "5.0", "баллов"},
	{BALL, "много", "-"},
	{"{v:plural \"point\" \"points\"}", "1", "point"},
	{"{v:plural \"point\" \"points\"}", "21", "points"},
	{"{v:plural \"point\" \"points\"}", "1.5", "points"},
	{"{v:number} р", "1234567.50", "1" NBSP "234" NBSP "567,5 р"},
	{"{v:number en} р", "1234.5", "1" NBSP "234.5 р"},
	{"{v:number}", "1000000", "1" NBSP "000" NBSP "000"},
	{"{v:number}", "999999999999999", "999" NBSP "999" NBSP "999" NBSP "999" NBSP "999"},
	{"{v:number}", "1000000000000000", NULL},
	{"{v:number}", "-0", "0"},
	{"{v:number}", "1.", NULL},
	{"{v:number}", "1e5", NULL},
	{"{v:money} ж", "1500", "1" NBSP "500 ж"},
	{"{v:money} ж", "1500,5", "1" NBSP "500,50 ж"},
	{"{v:money \"₽\"}", "-0.999", "-1" NBSP "₽"},
	{"{v:money}", "0.995", "1"},
	{"{v:money}", "-0.004", "0"},
	{"{v:money}", "10.05", "10.05"},
	{"Срок {v:date \"D MMMM YYYY\"}", "2026-05-05", "Срок 5 мая 2026"},
	{"By {v:date \"D MMMM YYYY\"}", "2026-05-05", "By 5 May 2026"},
	{"By {v:date \"D MMMM\" ru}", "2026-08-31T10:00:00Z", "By 31 августа"},
	{"{v:date \"DD.MM.YY г. HH:mm\"}", "2026-01-02 03:04", "02.01.26 г. 03:04"},
	{"{v:date \"H:mm\"|-}", "2026-01-02", "-"},
	{"ж {v:date}", "2024-02-29", "ж 29.02.2024"},
	{"{v:date}", "2023-02-29", NULL},
	{"{v:date}", "1900-02-29", NULL},
	{"{v:date}", "2000-02-29", "2000-02-29"},
	{"{v:date}", "2026-01-02x", NULL},
	{"{v:date}", "2026-01-02 ", "2026-01-02"},
	{"{v:upper}", "ёжик њ é straße", "ЁЖИК Њ É STRAßE"},
	{"{v:lower}", "ЁЖИК ІЇ ŁÓDŹ", "ёжик ії łódź"},
	{"{v:title}", "анна-мария ИВАНОВА", "Анна-Мария Иванова"},
	{"{v:first_word:upper}", " анна мария", "АННА"},
	{"{v:first_word|нет}", "  ", "нет"},
	{"{v:upper|x}", "", "x"},
	{"{v:upper}", "{v} }}{", "{V} }}{"},
	{"{if v}a{else}b{end}", "1", "a"},
	{"{if v}a{else}b{end}", "", "b"},
	{"[{if v}a{end}]", "", "[]"},
	{"{if v = \"x\"}a{else}b{end}", "x", "a"},
	{"{if v != \"x\"}a{else}b{end}", "x", "b"},
	{"{if v = 10}a{else}b{end}", "10,0", "a"},
	{"{if v < 9}a{else}b{end}", "10", "b"},
	{"{if v >= -2}a{else}b{end}", "-1.5", "a"},
	{"{if v > -1.5}a{else}b{end}", "-1.25", "a"},
	{"{if v < 9}a{else}b{end}", "", "b"},
	{"{if v >= \"2026-05-05\"}a{else}b{end}", "2026-05-05T00:00", "a"},
	{"{if v < \"2026-05-05\"}a{else}b{end}", "2026-04-30", "a"},
	{"{if v}{if v = 1}1{else}{if v = 2}2{else}n{end}{end}{else}0{end}", "2", "2"},
	{"{if v}{if v = 1}1{else}{if v = 2}2{else}n{end}{end}{else}0{end}", "7", "n"},
	{"{if v}{if v = 1}1{end}{else}0{end}!", "", "0!"},
	{"{if v = \"\"}{v|none}{else}{v}{end}", "", "none"},
	/* Fields of these names were there before conditions were. */
	{"{end} {else} {if} {if|x}", "1", "1 1 1 1"},
	{"{if v}{end|x}{else|y}{end}", "1", "11"},
};

START_TEST(test_case)
{
	struct buf out;
	bool ok;

	buf_init(&out, 1000);
	ok = render(cases[_i].text, cases[_i].value, &out);
	ck_assert_msg(ok == (cases[_i].want != NULL), "%s of %s", cases[_i].text, cases[_i].value);
	if (ok)
		ck_assert_msg(strcmp(buf_str(&out), cases[_i].want) == 0, "%s of %s: %s",
			      cases[_i].text, cases[_i].value, buf_str(&out));
	buf_deinit(&out);
}
END_TEST

static const struct {
	const char *text;
	size_t at;
	const char *cure;
} bad[] = {
	{"ж {v:uper}", 6, "first_word"},
	{"{v:}", 4, "there are"},
	{"{v:upper x}", 10, "remove"},
	{"ж {v:plural \"балл\" \"балла\"}", 6, "three words"},
	{"{v:plural \"a\"}", 4, "two in English"},
	{"{v:plural a b c d}", 17, "remove"},
	{"{v:date \"D MMM\"}", 12, "MMMM"},
	{"{v:date \"Q\"}", 10, "YYYY"},
	{"{v:date \"D}", 9, "put \""},
	{"{v:money", 1, "put }"},
	{"{v:upper:upper:upper:upper:upper}", 28, "fewer"},
	{"a {if v}b", 3, "{end}"},
	{"{if v}{if v}b{end}", 1, "{end}"},
	{"{if v}a{else}b{else}c{end}", 15, "remove"},
	{"{if v ~ 1}a{end}", 7, "{if field}"},
	{"{if v > \"x\"}a{end}", 9, "dates"},
	{"{if v = }a{end}", 9, "quotes"},
	{"{if }a{end}", 5, "letter"},
	{"{if a}{if a}{if a}{if a}{if a}", 25, "deep"},
};

START_TEST(test_bad)
{
	struct template *t = NULL;
	struct err err = {0};
	size_t at = 0;

	ck_assert_msg(!template_compile_at(bad[_i].text, strlen(bad[_i].text), &t, &at, &err), "%s",
		      bad[_i].text);
	ck_assert_msg(at == bad[_i].at, "%s: %zu, %s", bad[_i].text, at, err.msg);
	ck_assert_msg(strstr(err.msg, bad[_i].cure) != NULL, "%s: %s", bad[_i].text, err.msg);
}
END_TEST

START_TEST(test_the_sentence_names_every_filter)
{
	struct template *t = NULL;
	struct err err = {0};
	size_t count;
	const struct filter_info *list = filter_list(&count);

	ck_assert(!template_compile("{a:b}", 5, &t, &err));
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(strstr(err.msg, list[i].name) != NULL, "%s", list[i].name);
}
END_TEST

START_TEST(test_a_value_too_long_is_none)
{
	static char value[FILTER_VALUE_MAX + 2];
	struct buf out;

	buf_init(&out, sizeof(value));
	memset(value, 'a', FILTER_VALUE_MAX);
	ck_assert(render("{v:upper}", value, &out));
	value[FILTER_VALUE_MAX] = 'a';
	ck_assert(!render("{v:upper}", value, &out));
	buf_deinit(&out);
}
END_TEST

/* A random tree of conditions, written as a text and reckoned in place. */
static void grow(int depth, int value, bool shown, struct buf *text, struct buf *want)
{
	static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
	int sign = rand() % 6, operand = rand() % 5;
	const bool results[] = {value == operand, value != operand,
				value<operand, value <= operand, value> operand, value >= operand};

	buf_printf(text, "%d", depth);
	if (shown)
		buf_printf(want, "%d", depth);
	if (depth == 4 || rand() % 4 == 0)
		return;
	buf_printf(text, "{if v %s %d}", signs[sign], operand);
	grow(depth + 1, value, shown && results[sign], text, want);
	if (rand() % 2 == 0) {
		buf_add_str(text, "{else}");
		grow(depth + 1, value, shown && !results[sign], text, want);
	}
	buf_add_str(text, "{end}.");
	if (shown)
		buf_add_str(want, ".");
}

START_TEST(test_random_conditions)
{
	unsigned seed = (unsigned)time(NULL);

	srand(seed);
	for (int i = 0; i < 2000; i++) {
		struct buf text, want, out;
		int number = rand() % 5;
		char value[12];

		snprintf(value, sizeof(value), "%d", number);
		buf_init(&text, TEMPLATE_TEXT_MAX);
		buf_init(&want, TEMPLATE_TEXT_MAX);
		buf_init(&out, TEMPLATE_TEXT_MAX);
		grow(0, number, true, &text, &want);
		ck_assert(render(buf_str(&text), value, &out));
		ck_assert_msg(strcmp(buf_str(&out), buf_str(&want)) == 0, "seed %u, %s of %s: %s",
			      seed, buf_str(&text), value, buf_str(&out));
		buf_deinit(&text);
		buf_deinit(&want);
		buf_deinit(&out);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");

	tcase_add_loop_test(tcase, test_case, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(tcase, test_bad, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, test_the_sentence_names_every_filter);
	tcase_add_test(tcase, test_a_value_too_long_is_none);
	tcase_add_test(tcase, test_random_conditions);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
