/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template_test - what authors of texts rely on. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/template.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

/* The value of a field in these tests is "<name>", but `empty` and `null` have none. */
static void values_fill(const struct template *t, struct template_value *values, char text[][80])
{
	for (size_t i = 0; i < template_field_count(t); i++) {
		const char *name = template_field_name(t, i);

		values[i] = (struct template_value){0};
		if (strcmp(name, "null") == 0)
			continue;
		values[i].text = text[i];
		if (strcmp(name, "empty") != 0)
			values[i].len = (size_t)snprintf(text[i], 80, "<%s>", name);
	}
}

static const struct {
	const char *why;
	const char *text;
	const char *fields; /* names, space-separated */
	const char *want;   /* NULL: a value is missing */
} good[] = {
	{"no placeholder", "Привет!", "", "Привет!"},
	{"empty text", "", "", ""},
	{"one", "Здравствуйте, {first_name}!", "first_name", "Здравствуйте, <first_name>!"},
	{"used twice, named once", "{a}{b}{a}", "a b", "<a><b><a>"},
	{"Cyrillic name with digits", "{Имя_2}", "Имя_2", "<Имя_2>"},
	{"value wins over fallback", "{a|клиент}", "a", "<a>"},
	{"fallback for an empty value", "{empty|клиент}!", "empty", "клиент!"},
	{"fallback for a null value", "{null|клиент}!", "null", "клиент!"},
	{"fallback may be empty", "[{null|}]", "null", "[]"},
	{"| inside a fallback is text", "{null|a|b}", "null", "a|b"},
	{"neither value nor fallback", "{a}{null}", "a null", NULL},
	{"doubled braces", "{{a}} }}{{", "", "{a} }{"},
	{"braces around a placeholder", "{{{a}}}", "a", "{<a>}"},
	{"fallback, then a brace", "{null|x}}}", "null", "x}"},
};

START_TEST(test_good)
{
	struct template *t = NULL;
	struct template_value values[TEMPLATE_FIELDS_MAX];
	char text[TEMPLATE_FIELDS_MAX][80], fields[256] = "";
	struct err err = {0};
	struct buf out;
	int missing = -7;

	ck_assert_msg(template_compile(good[_i].text, strlen(good[_i].text), &t, &err), "%s: %s",
		      good[_i].why, err.msg);
	for (size_t i = 0; i < template_field_count(t); i++)
		snprintf(fields + strlen(fields), sizeof(fields) - strlen(fields), "%s%s",
			 i > 0 ? " " : "", template_field_name(t, i));
	ck_assert_msg(strcmp(fields, good[_i].fields) == 0, "%s: %s", good[_i].why, fields);
	values_fill(t, values, text);
	buf_init(&out, 1000);
	if (good[_i].want != NULL) {
		ck_assert_msg(template_render(t, values, NULL, &out, &missing), "%s", good[_i].why);
		ck_assert_msg(strcmp(buf_str(&out), good[_i].want) == 0, "%s: %s", good[_i].why,
			      buf_str(&out));
	} else {
		ck_assert_msg(!template_render(t, values, NULL, &out, &missing), "%s",
			      good[_i].why);
		ck_assert_str_eq(template_field_name(t, (size_t)missing), "null");
	}
	buf_deinit(&out);
	template_free(&t);
	ck_assert_ptr_null(t);
}
END_TEST

#define TEXT(s) (s), sizeof(s) - 1

static const struct {
	const char *why;
	const char *text;
	size_t len;
	const char *position;
	const char *cure;
} bad[] = {
	{"not closed", TEXT("Ура {name"), "character 5:", "put }"},
	{"fallback not closed", TEXT("{name|x"), "character 1:", "put }"},
	{"no name", TEXT("ж {} ж"), "character 4:", "{{"},
	{"space before the name", TEXT("{ a}"), "character 2:", "letter"},
	{"digit first", TEXT("{1a}"), "character 2:", "letter"},
	{"space in the name", TEXT("{имя клиента}"), "character 5:", "remove"},
	{"emoji in the name", TEXT("{a😀}"), "character 3:", "remove"},
	{"stray closing brace", TEXT("Скидка 5} "), "character 9:", "}}"},
	{"brace in the fallback", TEXT("{a|{b}}"), "character 4:", "close it"},
	{"not UTF-8", TEXT("жж\xFF"), "character 3:", "UTF-8"},
	{"zero byte", TEXT("ж\0"), "character 2:", "remove"},
};

START_TEST(test_bad)
{
	struct template *t = NULL;
	struct err err = {0};

	ck_assert_msg(!template_compile(bad[_i].text, bad[_i].len, &t, &err), "%s", bad[_i].why);
	ck_assert_ptr_null(t);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strncmp(err.msg, bad[_i].position, strlen(bad[_i].position)) == 0, "%s: %s",
		      bad[_i].why, err.msg);
	ck_assert_msg(strstr(err.msg, bad[_i].cure) != NULL, "%s: %s", bad[_i].why, err.msg);
}
END_TEST

START_TEST(test_limits)
{
	static char text[TEMPLATE_TEXT_MAX + 1];
	struct template *t = NULL;
	struct err err = {0};
	size_t len = 0;

	memset(text, 'a', sizeof(text));
	ck_assert(template_compile(text, TEMPLATE_TEXT_MAX, &t, &err));
	template_free(&t);
	template_free(&t); /* freeing nothing is fine */
	ck_assert(!template_compile(text, TEMPLATE_TEXT_MAX + 1, &t, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);

	for (int i = 0; i < TEMPLATE_FIELDS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "{f%d}", i);
	ck_assert(template_compile(text, len, &t, &err));
	ck_assert_uint_eq(template_field_count(t), TEMPLATE_FIELDS_MAX);
	template_free(&t);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "{f0}{more}");
	ck_assert(!template_compile(text, len, &t, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);

	memset(text, 'a', sizeof(text));
	text[0] = '{';
	ck_assert(!template_compile(text, 1000, &t, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

/* A value is never read again as a template, and a full buffer is told apart. */
START_TEST(test_values)
{
	static const char value[] = "{first_name} }} {";
	const struct template_value values[] = {{value, sizeof(value) - 1}};
	struct template *t = NULL;
	struct err err = {0};
	struct buf out;
	int missing = 0;

	ck_assert(template_compile(TEXT("a{x}b"), &t, &err));
	buf_init(&out, sizeof(value) + 1);
	ck_assert(template_render(t, values, NULL, &out, &missing));
	ck_assert_str_eq(buf_str(&out), "a{first_name} }} {b");
	ck_assert(!template_render(t, values, NULL, &out, &missing));
	ck_assert_int_eq(missing, -1);
	buf_deinit(&out);
	template_free(&t);
}
END_TEST

static const struct {
	const char *text;
	size_t at; /* the character an editor marks */
} places[] = {
	{"Привет, {имя", 9}, {"{1}", 2}, {"a}b", 2}, {"{a-b}", 3}, {"Ёж {a|{b}}", 7}, {"{{{", 4},
};

START_TEST(test_the_place_of_an_error)
{
	struct template *t = NULL;
	struct err err;
	size_t at = 0;

	ck_assert(!template_compile_at(places[_i].text, strlen(places[_i].text), &t, &at, &err));
	ck_assert_msg(at == places[_i].at, "%s: %zu, %s", places[_i].text, at, err.msg);
}
END_TEST

START_TEST(test_the_place_of_a_field)
{
	static const char text[] = "Ёж {а}, {{ {b|x} {а}";
	struct template *t = NULL;
	struct err err;

	ck_assert(template_compile(text, strlen(text), &t, &err));
	ck_assert_uint_eq(template_field_count(t), 2);
	ck_assert_uint_eq(template_field_at(t, 0), 4);
	ck_assert_uint_eq(template_field_at(t, 1), 12);
	template_free(&t);
}
END_TEST

/* --- links and promo codes -----------------------------------------------------------------------
 */

static const struct template_given given_all = {
	.link = {{"s.io/1", 6}, {"s.io/2", 6}, {"s.io/3", 6}, {"s.io/4", 6}},
	.promo = {"SALE", 4},
};

static const struct {
	const char *why;
	const char *text;
	const char *want;   /* NULL: a value is missing */
	const char *target; /* of the first link */
} own[] = {
	{"a link", "Жми {link https://shop.example/a}!", "Жми s.io/1!", "https://shop.example/a"},
	{"a host alone", "{link https://shop.example}", "s.io/1", "https://shop.example"},
	{"a port", "{link http://shop.example:8080/}", "s.io/1", "http://shop.example:8080/"},
	{"a value is encoded", "{link https://shop.example/?c={a}&b=1}", "s.io/1",
	 "https://shop.example/?c=%3Ca%3E&b=1"},
	{"the author's own letters", "{link https://shop.example/весна}", "s.io/1",
	 "https://shop.example/%D0%B2%D0%B5%D1%81%D0%BD%D0%B0"},
	{"a fallback in the target", "{link https://shop.example/{null|no one}}", "s.io/1",
	 "https://shop.example/no%20one"},
	{"a filter in the target", "{link https://shop.example/{a:upper}}", "s.io/1",
	 "https://shop.example/%3CA%3E"},
	{"a target that lacks a value", "{link https://shop.example/{null}}", NULL, NULL},
	{"two links", "{link https://a.example/} {link https://b.example/}", "s.io/1 s.io/2",
	 "https://a.example/"},
	{"in a condition", "{if null}{link https://a.example/}{else}{link https://b.example/}{end}",
	 "s.io/2", "https://a.example/"},
	{"a code", "Код {promo spring}", "Код SALE", NULL},
	{"a code twice is one", "{promo spring} {promo \"spring\"}", "SALE SALE", NULL},
	{"fields of these names", "{link|x} {promo}", "<link> <promo>", NULL},
};

START_TEST(test_own)
{
	struct template_given given = given_all;
	struct template *t = NULL;
	struct template_value values[TEMPLATE_FIELDS_MAX];
	char text[TEMPLATE_FIELDS_MAX][80];
	struct err err = {0};
	struct buf out;
	int missing = -7;

	ck_assert_msg(template_compile(own[_i].text, strlen(own[_i].text), &t, &err), "%s: %s",
		      own[_i].why, err.msg);
	values_fill(t, values, text);
	buf_init(&out, 1000);
	ck_assert_msg(template_render(t, values, &given, &out, &missing) == (own[_i].want != NULL),
		      "%s", own[_i].why);
	if (own[_i].want != NULL)
		ck_assert_msg(strcmp(buf_str(&out), own[_i].want) == 0, "%s: %s", own[_i].why,
			      buf_str(&out));
	else
		ck_assert_str_eq(template_field_name(t, (size_t)missing), "null");
	if (own[_i].target != NULL) {
		buf_reset(&out);
		ck_assert(template_link_target(t, 0, values, &out, &missing));
		ck_assert_msg(strcmp(buf_str(&out), own[_i].target) == 0, "%s: %s", own[_i].why,
			      buf_str(&out));
	}
	buf_deinit(&out);
	template_free(&t);
}
END_TEST

static const struct {
	const char *why;
	const char *text;
	const char *position;
	const char *cure;
} bad_own[] = {
	{"no address", "{link shop.example}", "character 7:", "whole address"},
	{"another scheme", "{link javascript:alert(1)}", "character 7:", "whole address"},
	{"a field as host", "{link https://{a}/}", "character 15:", "behind the /"},
	{"a field in the host", "{link https://shop{a}/}", "character 19:", "behind the /"},
	{"a name in front of the host", "{link https://a@shop.example/}", "character 16:", "Latin"},
	{"a Cyrillic host", "{link https://магазин.рф/}", "character 15:", "Latin"},
	{"a space", "{link https://shop.example/a b}", "character 29:", "no such character"},
	{"a link that is not closed", "Ж {link https://shop.example/", "character 3:", "put }"},
	{"no pool", "{promo }", "character 8:", "word"},
	{"an empty pool", "{promo \"\"}", "character 10:", "{promo pool}"},
	{"two pools", "{promo a}{promo b}", "character 10:", "one pool"},
	{"a code with a fallback", "{promo a|b}", "character 9:", "close it"},
};

START_TEST(test_bad_own)
{
	struct template *t = NULL;
	struct err err = {0};

	ck_assert_msg(!template_compile(bad_own[_i].text, strlen(bad_own[_i].text), &t, &err), "%s",
		      bad_own[_i].why);
	ck_assert_msg(strncmp(err.msg, bad_own[_i].position, strlen(bad_own[_i].position)) == 0,
		      "%s: %s", bad_own[_i].why, err.msg);
	ck_assert_msg(strstr(err.msg, bad_own[_i].cure) != NULL, "%s: %s", bad_own[_i].why,
		      err.msg);
}
END_TEST

START_TEST(test_no_code_is_told_apart)
{
	struct template_given given = {0};
	struct template *t = NULL;
	struct err err;
	struct buf out;
	int missing = 0;
	size_t at;

	ck_assert(template_compile(TEXT("Ё {promo spring}"), &t, &err));
	ck_assert_str_eq(template_promo_pool(t, &at), "spring");
	ck_assert_uint_eq(at, 3);
	buf_init(&out, 100);
	ck_assert(!template_render(t, NULL, &given, &out, &missing));
	ck_assert_int_eq(missing, TEMPLATE_NO_PROMO);
	buf_deinit(&out);
	template_free(&t);
}
END_TEST

static const struct {
	const char *text;
	bool needed; /* the first field */
} needs[] = {
	{"{a}", true},
	{"{a|x}", false},
	{"{a|x} {a}", true},
	{"{if a}{a}{end}", false},
	{"{if a}{else}{a}{end}", true},
	{"{if a}{end}{a}", true},
	{"{if a = 5}{a}{end}", true},
	{"{link https://shop.example/{a}}", true},
	{"{link https://shop.example/{a|}}", false},
	{"{if a}{link https://shop.example/{a}}{end}", false},
};

START_TEST(test_needs)
{
	struct template *t = NULL;
	struct err err;

	ck_assert(template_compile(needs[_i].text, strlen(needs[_i].text), &t, &err));
	ck_assert_msg(template_field_is_needed(t, 0) == needs[_i].needed, "%s", needs[_i].text);
	template_free(&t);
}
END_TEST

/* --- the vectors that the browser's reading of texts is held to as well --------------------------
 */

enum vector {
	VECTOR_TEXT,
	VECTOR_WRONG_AT,
	VECTOR_FIELDS,
	VECTOR_NEEDED,
	VECTOR_LINKS,
	VECTOR_POOL
};

/* The names, space-separated; those that are needed alone. */
static void names_join(const struct template *t, bool needed, char out[256])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < template_field_count(t); i++)
		if (!needed || template_field_is_needed(t, i))
			len += (size_t)snprintf(out + len, 256 - len, "%s%s", len > 0 ? " " : "",
						template_field_name(t, i));
}

static void check_good(const struct csv_row *row, const struct template *t)
{
	const char *text = row->field[VECTOR_TEXT].text, *pool = template_promo_pool(t, NULL);
	char names[256];

	ck_assert_msg(row->field[VECTOR_WRONG_AT].len == 0, "%s is read", text);
	names_join(t, false, names);
	ck_assert_msg(strcmp(names, row->field[VECTOR_FIELDS].text) == 0, "%s: %s", text, names);
	names_join(t, true, names);
	ck_assert_msg(strcmp(names, row->field[VECTOR_NEEDED].text) == 0, "%s: %s", text, names);
	ck_assert_msg(template_link_count(t) == strtoul(row->field[VECTOR_LINKS].text, NULL, 10),
		      "%s: %zu links", text, template_link_count(t));
	ck_assert_msg(strcmp(pool != NULL ? pool : "", row->field[VECTOR_POOL].text) == 0, "%s: %s",
		      text, pool);
}

static void check_vector(const struct csv_row *row, void *arg)
{
	const char *text = row->field[VECTOR_TEXT].text;
	struct template *t = NULL;
	struct err err = {0};
	size_t *rows = arg, at = 0;

	(*rows)++;
	if (template_compile_at(text, strlen(text), &t, &at, &err)) {
		check_good(row, t);
		template_free(&t);
		return;
	}
	ck_assert_msg(at == strtoul(row->field[VECTOR_WRONG_AT].text, NULL, 10), "%s: %zu, %s",
		      text, at, err.msg);
}

START_TEST(test_vectors)
{
	size_t rows = 0;

	vectors_read("templates.csv", check_vector, &rows);
	ck_assert_uint_gt(rows, 70);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("template");
	TCase *tcase = tcase_create("template");

	tcase_add_loop_test(tcase, test_good, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, test_bad, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_values);
	tcase_add_loop_test(tcase, test_the_place_of_an_error, 0,
			    (int)(sizeof(places) / sizeof(places[0])));
	tcase_add_test(tcase, test_the_place_of_a_field);
	tcase_add_loop_test(tcase, test_own, 0, (int)(sizeof(own) / sizeof(own[0])));
	tcase_add_loop_test(tcase, test_bad_own, 0, (int)(sizeof(bad_own) / sizeof(bad_own[0])));
	tcase_add_test(tcase, test_no_code_is_told_apart);
	tcase_add_loop_test(tcase, test_needs, 0, (int)(sizeof(needs) / sizeof(needs[0])));
	tcase_add_test(tcase, test_vectors);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
