/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* utf8_test - strict decoding, encoding and Windows-1251. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/text/utf8.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	const char *text;
	size_t len, valid;
	uint32_t first;
} cases[] = {
	{"ASCII", "a", 1, 1, 'a'},
	{"NUL is valid here", "\0", 1, 1, 0},
	{"two bytes", "ж", 2, 2, 0x0436},
	{"three bytes", "€", 3, 3, 0x20AC},
	{"four bytes", "\xF0\x9F\x98\x80", 4, 4, 0x1F600},
	{"the last code point", "\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
	{"long ASCII, then a broken byte", "0123456789abcdef\xFF", 17, 16, '0'},
	{"lone continuation", "\x80", 1, 0, UTF8_BAD},
	{"overlong slash", "\xC0\xAF", 2, 0, UTF8_BAD},
	{"overlong in three bytes", "\xE0\x9F\xBF", 3, 0, UTF8_BAD},
	{"overlong in four bytes", "\xF0\x8F\xBF\xBF", 4, 0, UTF8_BAD},
	{"surrogate", "\xED\xA0\x80", 3, 0, UTF8_BAD},
	{"above U+10FFFF", "\xF4\x90\x80\x80", 4, 0, UTF8_BAD},
	{"lead byte F5", "\xF5\x80\x80\x80", 4, 0, UTF8_BAD},
	{"cut in two", "\xD0", 1, 0, UTF8_BAD},
	{"cut in three", "\xE2\x82", 2, 0, UTF8_BAD},
	{"third byte no continuation", "\xE2\x82(", 3, 0, UTF8_BAD},
};

START_TEST(test_decode)
{
	const char *at = cases[_i].text;
	uint32_t c = utf8_next(&at, cases[_i].text + cases[_i].len);

	ck_assert_msg(c == cases[_i].first, "%s: U+%X", cases[_i].why, c);
	if (c == UTF8_BAD)
		ck_assert_msg(at == cases[_i].text + 1, "%s: moves one byte on", cases[_i].why);
	ck_assert_msg(utf8_valid(cases[_i].text, cases[_i].len) == cases[_i].valid, "%s",
		      cases[_i].why);
}
END_TEST

/* Every code point comes back as it was put; nothing else can be put. */
START_TEST(test_every_code_point)
{
	for (uint32_t c = 0; c <= 0x110000; c++) {
		char text[4];
		size_t len = utf8_put(c, text);
		const char *at = text;

		bool real = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);

		if (real != (len > 0))
			ck_abort_msg("U+%04X: %zu bytes", c, len);
		if (real && (utf8_next(&at, text + len) != c || at != text + len ||
			     utf8_count(text, len) != 1))
			ck_abort_msg("U+%04X does not come back", c);
	}
}
END_TEST

START_TEST(test_cp1251)
{
	static const char text[] = "\xCF\xF0\xE8\xE2\xE5\xF2 \xA8\xB8 \xB9\x35 \x88 \x98";
	char out[64];
	size_t len = cp1251_to_utf8(text, strlen(text), out);

	out[len] = '\0';
	ck_assert_str_eq(out, "Привет Ёё №5 € \uFFFD");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");

	tcase_add_loop_test(tcase, test_decode, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, test_every_code_point);
	tcase_add_test(tcase, test_cp1251);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
