/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stop_word_test - requirement R-10: what is a stop word, and what only looks like one.
 *
 * tests/vectors/stop_words.csv holds spellings: scope advertising, all, ambiguous (a stop word by
 * setting only) or none. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sms/stop_word.h"
#include "common/text/utf8.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

#define SPELLINGS_MIN 40 /* */
#define TEXTS_MAX     400

struct vector {
	char text[128];
	size_t len;
	enum stop_scope scope, scope_if_ambiguous;
};

static struct vector vectors[TEXTS_MAX];
static size_t count;

static enum stop_scope scope_of(const char *name)
{
	if (strcmp(name, "advertising") == 0 || strcmp(name, "ambiguous") == 0)
		return STOP_ADVERTISING;
	return strcmp(name, "all") == 0 ? STOP_ALL : STOP_NONE;
}

static void keep(const struct csv_row *row, void *arg)
{
	struct vector *v = &vectors[count++];

	(void)arg;
	ck_assert_uint_lt(count, TEXTS_MAX);
	ck_assert_uint_lt(row->field[0].len, sizeof(v->text));
	v->len = row->field[0].len;
	memcpy(v->text, row->field[0].text, v->len);
	v->scope_if_ambiguous = scope_of(row->field[1].text);
	v->scope = strcmp(row->field[1].text, "ambiguous") == 0 ? STOP_NONE : v->scope_if_ambiguous;
}

static void load(void)
{
	count = 0;
	vectors_read("stop_words.csv", keep, NULL);
}

START_TEST(test_r10_vectors)
{
	size_t stops = 0;

	load();
	for (size_t i = 0; i < count; i++) {
		const struct vector *v = &vectors[i];

		ck_assert_msg(stop_word_match(v->text, v->len, false) == v->scope,
			      "\"%s\" is taken for scope %d, not %d", v->text,
			      (int)stop_word_match(v->text, v->len, false), (int)v->scope);
		ck_assert_msg(stop_word_match(v->text, v->len, true) == v->scope_if_ambiguous,
			      "\"%s\" with ambiguous words", v->text);
		stops += v->scope != STOP_NONE;
	}
	ck_assert_uint_ge(stops, SPELLINGS_MIN);
}
END_TEST

/* --- properties: whatever a person puts around and between the letters, and in whatever case ----
 */

static const char *const between_letters[] = {" ",
					      ".",
					      ",",
					      "!",
					      "-",
					      "_",
					      "\n",
					      "\t",
					      "\"",
					      "*",
					      "\xC2\xA0",
					      "\xE2\x80\x8B",
					      "\xF0\x9F\x9B\x91"};

static uint32_t other_case(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0x430 && c <= 0x44F))
		return c - 0x20;
	if ((c >= 'A' && c <= 'Z') || (c >= 0x410 && c <= 0x42F))
		return c + 0x20;
	return c;
}

static size_t decorate(const struct vector *v, char *out)
{
	const char *at = v->text, *end = v->text + v->len;
	size_t len = 0;

	while (at < end) {
		uint32_t c = utf8_next(&at, end);

		while (rand() % 3 == 0) {
			const char *piece =
				between_letters[(size_t)rand() % (sizeof(between_letters) /
								  sizeof(between_letters[0]))];

			memcpy(out + len, piece, strlen(piece));
			len += strlen(piece);
		}
		len += utf8_put(rand() % 2 == 0 ? other_case(c) : c, out + len);
	}
	return len;
}

START_TEST(test_decorated)
{
	unsigned seed = (unsigned)time(NULL);

	printf("seed %u\n", seed);
	srand(seed);
	load();
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < count; i++) {
			char text[8192];
			size_t len = decorate(&vectors[i], text);

			ck_assert_msg(stop_word_match(text, len, false) == vectors[i].scope,
				      "seed %u: \"%.*s\" is not \"%s\"", seed, (int)len, text,
				      vectors[i].text);
		}
	}
}
END_TEST

/* A word before or after a stop word makes it another text. */
START_TEST(test_contained)
{
	load();
	for (size_t i = 0; i < count; i++) {
		char text[256];
		int len;

		if (vectors[i].scope == STOP_NONE)
			continue;
		len = snprintf(text, sizeof(text), "не %s", vectors[i].text);
		ck_assert_msg(stop_word_match(text, (size_t)len, true) == STOP_NONE, "%s", text);
		len = snprintf(text, sizeof(text), "%s никогда", vectors[i].text);
		ck_assert_msg(stop_word_match(text, (size_t)len, true) == STOP_NONE, "%s", text);
	}
}
END_TEST

START_TEST(test_any_bytes)
{
	unsigned seed = (unsigned)time(NULL) ^ 0x5a5a;
	char text[300];

	printf("seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % sizeof(text);

		for (size_t i = 0; i < len; i++)
			text[i] = (char)rand();
		(void)stop_word_match(text, len, true);
	}
	/* Broken bytes are not there. */
	ck_assert_int_eq(stop_word_match("st\xFFop\x80", 6, false), STOP_ADVERTISING);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(stop_scope_name(STOP_ADVERTISING), "advertising");
	ck_assert_str_eq(stop_scope_name(STOP_ALL), "all");
	ck_assert_ptr_null(stop_scope_name(STOP_NONE));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stop_word");

	tcase_add_test(tc, test_r10_vectors);
	tcase_add_test(tc, test_decorated);
	tcase_add_test(tc, test_contained);
	tcase_add_test(tc, test_any_bytes);
	tcase_add_test(tc, test_names);
	return case_run("stop_word", tc);
}
