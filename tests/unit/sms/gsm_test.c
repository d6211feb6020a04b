/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gsm_test - the alphabet against the table of 3GPP TS 23.038. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/gsm.h"
#include "common/text/utf8.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

struct known {
	uint8_t cost[0x10000];
	size_t rows;
};

/* table,code_hex,unicode,name,septets */
static void check_row(const struct csv_row *row, void *arg)
{
	struct known *known = arg;
	bool extension = strcmp(row->field[0].text, "ext") == 0;
	const char *code_text = row->field[1].text;
	uint8_t code = (uint8_t)strtoul(code_text + strlen(code_text) - 2, NULL, 16);
	uint32_t c = (uint32_t)strtoul(row->field[2].text, NULL, 16);
	const uint8_t want[2] = {extension ? 0x1B : code, code};
	int cost = extension ? 2 : 1;
	uint8_t septets[2];
	char utf8[4], out[4];
	size_t len = utf8_put(c, utf8);

	known->rows++;
	if (c == 0x1B) /* the escape is no character */
		return;
	known->cost[c] = (uint8_t)cost;
	ck_assert_msg(gsm_encode(c, septets) == cost, "%s", row->field[3].text);
	ck_assert_msg(memcmp(septets, want, (size_t)cost) == 0, "%s", row->field[3].text);
	ck_assert_msg(gsm_decode(want, (size_t)cost, out, sizeof(out)) == len, "%s",
		      row->field[3].text);
	ck_assert_mem_eq(out, utf8, len);
}

START_TEST(test_table)
{
	static struct known known;
	uint8_t septets[2];

	vectors_read("gsm7_default.csv", check_row, &known);
	ck_assert_uint_eq(known.rows, 138);
	for (uint32_t c = 0; c < 0x10000; c++)
		ck_assert_msg(gsm_cost(c) == known.cost[c], "U+%04X", c);
	ck_assert_int_eq(gsm_cost(0x1F600), 0);
	ck_assert_int_eq(gsm_encode(0x0436, septets), 0);
}
END_TEST

static const struct {
	const char *why;
	uint8_t septets[6];
	size_t len, out_size;
	const char *want;
} decodes[] = {
	{"@ is septet zero", {0x00, 'a', 0x00}, 3, 16, "@a@"},
	{"a lone escape at the end is a space", {'a', 0x1B}, 2, 16, "a "},
	{"an unknown pair shows its base character", {0x1B, 'A'}, 2, 16, "A"},
	{"escape of escape is a space", {0x1B, 0x1B, 'b'}, 3, 16, " b"},
	{"the eighth bit is ignored", {0x80 | 'a'}, 1, 16, "a"},
	{"no room for the last character", {'a', 0x10}, 2, 2, "a"},
};

START_TEST(test_decode)
{
	char out[16];
	size_t len = gsm_decode(decodes[_i].septets, decodes[_i].len, out, decodes[_i].out_size);

	ck_assert_msg(len == strlen(decodes[_i].want) && memcmp(out, decodes[_i].want, len) == 0,
		      "%s", decodes[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gsm");
	TCase *tcase = tcase_create("gsm");

	tcase_add_test(tcase, test_table);
	tcase_add_loop_test(tcase, test_decode, 0, (int)(sizeof(decodes) / sizeof(decodes[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
