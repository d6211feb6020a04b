/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_pattern_test - which texts are of a pattern: by hand, and by a naive matcher that knows only
 * what text_pattern.h says. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/sms/text_pattern.h"
#include "common/text/utf8.h"
#include "tests/unit/support/run.h"

static struct text_probe probe;

static bool match(const char *pattern, const char *text)
{
	struct text_pattern *p = NULL;
	struct err err = {0};
	bool found;

	ck_assert_msg(text_pattern_compile(pattern, strlen(pattern), &p, &err), "%s: %s", pattern,
		      err.msg);
	found = text_probe_set(&probe, text, strlen(text)) && text_pattern_match(p, &probe);
	text_pattern_free(&p);
	return found;
}

static const struct {
	const char *pattern, *text;
	bool want;
} cases[] = {
	{"Код: %d. Никому его не говорите", "Код: 123456. Никому его не говорите", true},
	{"Код: %d. Никому его не говорите", "Код: 123456. никому его не говорите", false},
	{"Код: %d. Никому его не говорите", "Код:  123456. Никому его не говорите", false},
	{"Код: %d. Никому его не говорите", "Код: 12A456. Никому его не говорите", false},
	{"Карта *%d. Остаток: %d ₽", "Карта *4321. Остаток: 8 500 ₽",
	 false},
	{"Карта *%d. Остаток: %d{1,3} ₽",
	 "Карта *4321. Остаток: 8 500 ₽", true},
	{"Карта *%d. Остаток: %d+ ₽",
	 "Карта *4321. Остаток: 1 008 500,20 ₽", true},
	{"На %d с %d до %d сервис %w закрыт", "На 20/03/2026 с 02:00 до 06:00 сервис «Б» закрыт",
	 false},
	{"На %d с %d до %d сервис %w закрыт", "На 20/03/2026 с 02:00 до 06:00 сервис \"Б\" закрыт",
	 true},
	{"%w, ждём вас", "Ёлкин-Петров, ждём вас", true},
	{"%w, ждём вас", "Анна Петрова, ждём вас", false},
	{"%w{1,2}, ждём вас", "Анна Петрова, ждём вас", true},
	{"%w{1,2}, ждём вас", "Анна Мария Петрова, ждём вас", false},
	{"%w{1,2} %w{1,2}", "а б в г", true},
	{"%w{1,2} %w{1,2}", "а б в г д", false},
	{"%w{1,2} %w{1,2}", "а   б", false},
	{"%w{1,2}", "а б ", false},
	{"%w{1,2}", " а б", false},
	{"%w", "", false},
	{"%w", "b\nc", false},
	{"%w",
	 "b\xc2\xa0"
	 "c",
	 false},
	{"%w+", "что угодно, 15% и № 7", true},
	{"%w+", "что угодно 🙂", false},
	{"%d%w", "1а", true},
	{"%d%w", "1", false},
	{"%w%d", "а.", true},
	{"скидка 15% всем", "скидка 15% всем", true},
	{"скидка 15% всем", "скидка 15% Всем", false},
	{"ровно", "ровно", true},
	{"ровно", "ровно.", false},
	{"x%w{1,50}y", "x1 2 3 4 5 6 7 8 9 0y", true},
	{"ост. %d.", "ост. 5.", true},
	{"ост. %d.", "ост. ..", true},
	{"ост. %d.", "ост. .", false},
};

START_TEST(test_cases)
{
	ck_assert_msg(match(cases[_i].pattern, cases[_i].text) == cases[_i].want, "%s | %s",
		      cases[_i].pattern, cases[_i].text);
}
END_TEST

static const struct {
	const char *pattern, *says;
} wrong[] = {
	{"Код %d{2,3}", "character 5: %d{2,3} is no variable; after its letter comes +, or {1,n} "
			"with n from 1 to 50"},
	{"%w{1,51}", "character 1: %w{1,51} is no variable"},
	{"%w{1,0}", "character 1: %w{1,0} is no variable"},
	{"%w{1,", "character 1: %w{ is no variable"},
	{"%w{", "character 1: %w{ is no variable"},
	{"%w{1,3", "character 1: %w{ is no variable"},
	{"", "it has 0 bytes"},
	{"\xd0", "it is not valid UTF-8"},
};

START_TEST(test_wrong)
{
	struct text_pattern *p = NULL;
	struct err err = {0};

	ck_assert(!text_pattern_compile(wrong[_i].pattern, strlen(wrong[_i].pattern), &p, &err));
	ck_assert_msg(strncmp(err.msg, wrong[_i].says, strlen(wrong[_i].says)) == 0, "%s", err.msg);
	ck_assert_ptr_null(p);
}
END_TEST

/* --- the naive matcher ---------------------------------------------------------------------------
 */

static bool naive(const char *p, const char *t);

static size_t char_len(const char *t)
{
	const char *at = t;

	(void)utf8_next(&at, t + strlen(t));
	return (size_t)(at - t);
}

/* Whether a variable takes the character at t; `numbers`: a %d. */
static bool takes(const char *t, bool numbers)
{
	static const char *const signs[] = {"№", "“", "”", "―"};
	static const char *const letters[] = {"а", "Ё", "é", "я"}; /* those of the alphabet below */

	for (size_t i = 0; i < 4; i++) {
		if (strncmp(t, signs[i], strlen(signs[i])) == 0)
			return true;
		if (strncmp(t, letters[i], strlen(letters[i])) == 0)
			return !numbers;
	}
	if ((*t >= 'a' && *t <= 'z') || (*t >= 'A' && *t <= 'Z'))
		return !numbers;
	return *t > ' ' && *t < 0x7f;
}

/* One word from t on, then what follows it: the rest of the pattern, or spaces and more words. */
static bool naive_words(const char *t, bool numbers, size_t words, const char *rest)
{
	for (const char *at = t; *at != '\0' && takes(at, numbers);) {
		at += char_len(at);
		if (naive(rest, at))
			return true;
		if (words > 1 && *at == ' ' &&
		    naive_words(at + strspn(at, " "), numbers, words - 1, rest))
			return true;
	}
	return false;
}

static bool naive(const char *p, const char *t)
{
	size_t words = 1;
	bool numbers;

	if (*p == '\0')
		return *t == '\0';
	if (p[0] != '%' || (p[1] != 'd' && p[1] != 'w'))
		return *p == *t && naive(p + 1, t + 1);
	numbers = p[1] == 'd';
	p += 2;
	if (*p == '+') {
		words = 1000;
		p++;
	} else if (*p == '{') {
		words = strtoul(p + 3, NULL, 10);
		p = strchr(p, '}') + 1;
	}
	return naive_words(t, numbers, words, p);
}

static size_t pick(const char *const *from, size_t count, size_t most, char *out)
{
	size_t n = (size_t)rand() % (most + 1), len = 0;

	for (size_t i = 0; i < n; i++) {
		const char *piece = from[(size_t)rand() % count];

		memcpy(out + len, piece, strlen(piece));
		len += strlen(piece);
	}
	out[len] = '\0';
	return len;
}

START_TEST(test_random)
{
	static const char *const texts[] = {"a", "7", " ", "  ", "а",	 "Ё", ".",
					    "%", "№", "é", "\n", "🙂", "x7"};
	static const char *const parts[] = {"%d",      "%w", "%d+",	"%w+", "%w{1,2}",
					    "%d{1,3}", " ",  "%w{1,1}", "a",   "7",
					    "а",       ".",  "%"};
	unsigned seed = (unsigned)time(NULL);
	size_t matched = 0;

	printf("text_pattern_test: seed %u\n", seed);
	srand(seed);
	for (size_t i = 0; i < 300000; i++) {
		char pattern[200], text[200];
		bool want;

		if (pick(parts, sizeof(parts) / sizeof(*parts), 6, pattern) == 0 ||
		    strstr(pattern, "%%") != NULL)
			continue;
		pick(texts, sizeof(texts) / sizeof(*texts), 9, text);
		want = naive(pattern, text);
		matched += want;
		ck_assert_msg(match(pattern, text) == want, "seed %u: \"%s\" | \"%s\": %d", seed,
			      pattern, text, want);
	}
	ck_assert_uint_gt(matched, 1000);
}
END_TEST

START_TEST(test_long)
{
	static char text[TEXT_PATTERN_TEXT_MAX + 2];
	char pattern[TEXT_PATTERN_VARIABLES_MAX * 3 + 3] = "";
	struct text_pattern *p = NULL;
	struct timespec from, to;
	struct err err = {0};

	/* The worst that a pattern and a text can do to each other. */
	for (size_t i = 0; i < TEXT_PATTERN_VARIABLES_MAX; i++)
		memcpy(pattern + 3 * i, "%w+", 3);
	memset(text, 'a', TEXT_PATTERN_TEXT_MAX - 1);
	text[TEXT_PATTERN_TEXT_MAX - 1] = '\n';
	ck_assert(text_pattern_compile(pattern, strlen(pattern), &p, &err));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	ck_assert(text_probe_set(&probe, text, strlen(text)));
	ck_assert(!text_pattern_match(p, &probe));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ck_assert_int_lt((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000,
			 500);
	text_pattern_free(&p);
	text[TEXT_PATTERN_TEXT_MAX - 1] = text[TEXT_PATTERN_TEXT_MAX] = 'a';
	ck_assert(!match("%w+", text));
	text[TEXT_PATTERN_TEXT_MAX] = '\0';
	ck_assert(match("%w+", text));
	memcpy(pattern + sizeof(pattern) - 3, "%w", 2);
	ck_assert(!text_pattern_compile(pattern, strlen(pattern), &p, &err));
	ck_assert_str_eq(err.msg, "it has more than 40 variables");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("text_pattern");

	tcase_add_loop_test(tests, test_cases, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, test_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tests, test_random);
	tcase_add_test(tests, test_long);
	return case_run("text_pattern", tests);
}
