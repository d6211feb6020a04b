/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* msisdn_test - phone numbers as they stand in real tables. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/msisdn.h"
#include "tests/unit/sms/vectors.h"
#include "tests/unit/support/run.h"

static const char *const kind_names[] = {"", "mobile", "fixed", "toll_free", "other"};

/* input,default_country,expected_digits,expected_country,expected_kind,note */
static void check_row(const struct csv_row *row, void *arg)
{
	const char *input = row->field[0].text, *digits = row->field[2].text;
	struct err err = {0};
	int64_t msisdn = -1;
	bool ok = msisdn_parse(input, row->field[0].len, &msisdn, &err);

	(*(size_t *)arg)++;
	if (*digits == '\0') {
		ck_assert_msg(!ok, "%s must be refused", input);
		ck_assert_int_eq(err.kind, ERR_INPUT);
		ck_assert_int_eq(msisdn, -1);
		return;
	}
	ck_assert_msg(ok, "%s: %s", input, err.msg);
	ck_assert_msg(msisdn == strtoll(digits, NULL, 10), "%s: %lld", input, (long long)msisdn);
	ck_assert_msg(strcmp(msisdn_country(msisdn), row->field[3].text) == 0, "%s: %s", input,
		      msisdn_country(msisdn));
	ck_assert_msg(strcmp(kind_names[msisdn_kind(msisdn)], row->field[4].text) == 0, "%s: %d",
		      input, (int)msisdn_kind(msisdn));
}

START_TEST(test_vectors)
{
	size_t rows = 0;

	vectors_read("phone_vectors.csv", check_row, &rows);
	ck_assert_uint_eq(rows, 26);
}
END_TEST

static const struct {
	const char *text;
	int64_t want;
} good[] = {
	{"тел. 8 912 345-67-89", 79123456789},
	{"Tel: +7(912)3456789", 79123456789},
	{"\t+7 912 345 67 89\r\n", 79123456789},
	{"٧٩١٢٣٤٥٦٧٨٩", 79123456789},
	{"\uFEFF79123456789\u200E", 79123456789},
	{"8.912.345.67.89", 79123456789},
	{"8\u2013912\u2014345\u221267\uFF0D89", 79123456789},
	{"\uFF0B79123456789", 79123456789},
	{"9123456789.0", 79123456789},
	{"9123456789,00", 79123456789},
	{"+7 (495) 123-45-67", 74951234567},
	{"+1 202 555 0123", 12025550123},
	{"810 375 29 123 45 67", 375291234567},
	{"00 84 951 234 567", 84951234567},
	{"+491234567890123", 491234567890123},
	{"+49 (0)170 1234567", 491701234567},
	{"+39 06 1234 5678", 390612345678},
	{"810491234567890123", 491234567890123},
};

START_TEST(test_good)
{
	struct err err = {0};
	int64_t msisdn = 0;

	ck_assert_msg(msisdn_parse(good[_i].text, strlen(good[_i].text), &msisdn, &err), "%s: %s",
		      good[_i].text, err.msg);
	ck_assert_msg(msisdn == good[_i].want, "%s: %lld", good[_i].text, (long long)msisdn);
}
END_TEST

static const struct {
	const char *text;
	const char *says; /* what was found */
	const char *cure;
} bad[] = {
	{"", "empty", "fill it in"},
	{" \t ", "empty", "fill it in"},
	{"-", "no digits", "write it as in"},
	{"7,9E+10", "Excel has shortened", "as text"},
	{"7.9123456789e10", "Excel has shortened", "as text"},
	{"7,9123Е+10", "Excel has shortened", "as text"},
	{"+89123456789", "+8", "write +7 or 8"},
	{"912345678", "9 digits", "missing"},
	{"891234567890", "12 digits", "+7 and ten digits"},
	{"4951234567", "do not begin with 9", "write +7 in front"},
	{"8912345678O", "character 11", "write the number with digits"},
	{"8912З456789", "character 5", "write the number with digits"},
	{"89123456789; 89123456780", "two numbers", "leave one"},
	{"89123456789/80", "two numbers", "leave one"},
	{"+79123456789 +79123456780", "two numbers", "leave one"},
	{"79123456789\n79123456780", "two numbers", "leave one"},
	{"+7 (912) 345-67-89 доб. 12", "extension", "without it"},
	{"+79123456789 ext 3", "extension", "without it"},
	{"89123456789#12", "extension", "without it"},
	{"'79123456789", "apostrophe", "remove"},
	{"1234567890123456", "16 digits", "at most 15"},
	{"+1234567890123456", "16 digits", "at most 15"},
	{"8912345678989123456780", "22 digits", "at most 15"},
	{"+7912345678", "9 digits after +7", "check"},
	{"+71234567890", "begins with 1", "check"},
	{"82123456789", "begins with 2", "check"},
	{"09123456789", "begins with 0", "country code"},
	{"+0123456789", "begins with 0", "country code"},
	{"00", "too few", "country code"},
	{"+12", "too few", "country code"},
	{"+", "no digits", "write it as in"},
	{"+2101234567890", "no country", "check"},
	{"+9991234567890", "no country", "check"},
	{"+881612345678", "no country", "check"},
	{"+123456789012345", "15 digits", "check"},
	{"+491701", "too few", "country code"},
	{"+12025550", "no number of this country", "check"},
	{"\xFF\xFE", "character 1", "digits"},
	{"client@example.org", "character 1", "digits"},
};

START_TEST(test_bad)
{
	struct err err = {0};
	int64_t msisdn = -1;

	ck_assert_msg(!msisdn_parse(bad[_i].text, strlen(bad[_i].text), &msisdn, &err), "%s",
		      bad[_i].text);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strstr(err.msg, bad[_i].says) != NULL, "%s: %s", bad[_i].text, err.msg);
	ck_assert_msg(strstr(err.msg, bad[_i].cure) != NULL, "%s: %s", bad[_i].text, err.msg);
	ck_assert_msg(strlen(bad[_i].text) < 9 || strstr(err.msg, bad[_i].text) == NULL,
		      "a message must not quote a number: %s", err.msg);
	ck_assert_int_eq(msisdn, -1);
}
END_TEST

static const struct {
	int64_t msisdn;
	enum msisdn_kind kind;
	const char *country;
} kinds[] = {
	{79123456789, MSISDN_MOBILE, "RU"},
	{77271234567, MSISDN_FIXED, "KZ"},
	{77471234567, MSISDN_MOBILE, "KZ"},
	{78041234567, MSISDN_TOLL_FREE, "RU"},
	{78091234567, MSISDN_OTHER, "RU"},
	{78401234567, MSISDN_FIXED, "AB"},
	{375291234567, MSISDN_MOBILE, "BY"},
	{375171234567, MSISDN_FIXED, "BY"},
	{12025550123, MSISDN_OTHER, "US"},
	{861381234567, MSISDN_OTHER, "CN"},
	{8613812345678, MSISDN_MOBILE, "CN"},
	{2101234567890, MSISDN_OTHER, ""},
	{0, MSISDN_OTHER, ""},
	{-79123456789, MSISDN_OTHER, ""},
	{1234567890123456, MSISDN_OTHER, ""},
	{998901234567, MSISDN_MOBILE, "UZ"},
	{491805123456, MSISDN_SPECIAL, "DE"},
	{448001111, MSISDN_TOLL_FREE, "GB"},
	{77850001234, MSISDN_MOBILE, "KZ"},
	{77601234567, MSISDN_MOBILE, "KZ"},
	{77651234567, MSISDN_FIXED, "KZ"},
	{79401234567, MSISDN_MOBILE, "AB"},
};

START_TEST(test_kinds)
{
	ck_assert_msg(msisdn_kind(kinds[_i].msisdn) == kinds[_i].kind, "%lld",
		      (long long)kinds[_i].msisdn);
	ck_assert_str_eq(msisdn_country(kinds[_i].msisdn), kinds[_i].country);
}
END_TEST

static const struct {
	int64_t msisdn;
	enum msisdn_level level;
} levels[] = {
	{79123456789, MSISDN_VALID},
	{71234567890, MSISDN_IMPOSSIBLE},
	{491701234567, MSISDN_VALID},
	{491001234567, MSISDN_POSSIBLE},
	{123456789012345, MSISDN_IMPOSSIBLE},
	{2101234567890, MSISDN_IMPOSSIBLE},
	{0, MSISDN_IMPOSSIBLE},
};

START_TEST(test_levels)
{
	ck_assert_msg(msisdn_level(levels[_i].msisdn) == levels[_i].level, "%lld: %d",
		      (long long)levels[_i].msisdn, (int)msisdn_level(levels[_i].msisdn));
}
END_TEST

/* A number in no range the tables know is taken: they may be older than the range. */
START_TEST(test_possible_is_taken)
{
	struct err err = {0};
	int64_t msisdn = 0;

	ck_assert_int_eq(msisdn_level(491001234567), MSISDN_POSSIBLE);
	ck_assert_msg(msisdn_parse("+491001234567", 13, &msisdn, &err), "%s", err.msg);
	ck_assert_int_eq(msisdn, 491001234567);
	ck_assert_int_eq(msisdn_kind(msisdn), MSISDN_OTHER);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msisdn");
	TCase *tcase = tcase_create("msisdn");

	tcase_add_test(tcase, test_vectors);
	tcase_add_loop_test(tcase, test_good, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, test_bad, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_loop_test(tcase, test_kinds, 0, (int)(sizeof(kinds) / sizeof(kinds[0])));
	tcase_add_loop_test(tcase, test_levels, 0, (int)(sizeof(levels) / sizeof(levels[0])));
	tcase_add_test(tcase, test_possible_is_taken);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
