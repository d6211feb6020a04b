/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_status and the TLV rules against the tables of the standard in tests/vectors. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/smpp.h"
#include "tests/unit/support/run.h"

#define STATUS_ROWS 67
#define TLV_ROWS    64

/* Read the next data line of `file` and cut it at its commas; false at the end. */
static bool next_row(FILE *file, char *line, int size, char **fields, int count)
{
	char *rest = line;

	if (fgets(line, size, file) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	for (int i = 0; i < count; i++) {
		fields[i] = strsep(&rest, ",");
		ck_assert_msg(fields[i] != NULL, "a row of the table has too few fields");
	}
	return true;
}

static FILE *open_table(const char *path)
{
	char header[200];
	FILE *file = fopen(path, "re");

	ck_assert_msg(file != NULL, "%s is not there: run the tests from the top folder", path);
	ck_assert_ptr_nonnull(fgets(header, sizeof(header), file));
	return file;
}

static enum smpp_action action_of(const char *word)
{
	static const struct {
		const char *word;
		enum smpp_action action;
	} words[] = {
		{"ok", SMPP_OK},	 {"retry", SMPP_RETRY},
		{"slow", SMPP_SLOW},	 {"route", SMPP_ROUTE},
		{"fail", SMPP_FAIL},	 {"bad", SMPP_BAD},
		{"rebind", SMPP_REBIND}, {"rebind_retry", SMPP_REBIND},
		{"ignore", SMPP_RETRY}, /* no answer to a submit: as if reserved */
		{"na", SMPP_RETRY},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].action;
	}
	ck_abort_msg("the table has an action nobody knows: %s", word);
	return SMPP_OK;
}

START_TEST(test_status_table)
{
	FILE *file = open_table("tests/vectors/smpp_status.csv");
	char line[200], *f[4];
	int rows = 0;

	for (; next_row(file, line, sizeof(line), f, 4); rows++) {
		uint32_t code = (uint32_t)strtoul(f[0], NULL, 16);

		ck_assert_str_eq(smpp_status_name(code), f[1][0] != '\0' ? f[1] : f[2]);
		ck_assert_msg(smpp_status_action(code) == action_of(f[3]), "%s: action", f[0]);
	}
	fclose(file);
	ck_assert_int_eq(rows, STATUS_ROWS);
}
END_TEST

START_TEST(test_reserved_status)
{
	static const uint32_t reserved[] = {0x09,  0x10,  0x12,	 0x16,	    0x68,
					    0x113, 0x400, 0x4FF, 0xFFFFFFFF};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		ck_assert_str_eq(smpp_status_name(reserved[i]), "");
		ck_assert_int_eq(smpp_status_action(reserved[i]), SMPP_RETRY);
	}
}
END_TEST

START_TEST(test_tlv_table)
{
	FILE *file = open_table("tests/vectors/smpp_tlv.csv");
	char line[200], *f[5];
	int rows = 0;

	for (; next_row(file, line, sizeof(line), f, 5); rows++) {
		const struct smpp_tlv_rule *rule = smpp_tlv_rule((uint16_t)strtoul(f[0], NULL, 16));
		unsigned min = 0, max = UINT16_MAX;

		ck_assert_msg(rule != NULL, "%s %s is not known", f[0], f[1]);
		ck_assert_str_eq(rule->name, f[1]);
		if (strcmp(f[2], "var") != 0 && sscanf(f[2], "%u-%u", &min, &max) == 1 &&
		    sscanf(f[2], "%u or %u", &min, &max) == 1)
			max = min;
		ck_assert_uint_eq(rule->len_min, min);
		ck_assert_uint_eq(rule->len_max, max);
	}
	fclose(file);
	ck_assert_int_eq(rows, TLV_ROWS);
	ck_assert_ptr_null(smpp_tlv_rule(0x1400));
	ck_assert_ptr_null(smpp_tlv_rule(0));
}
END_TEST

static const struct {
	const char *why;
	int64_t seconds;
	const char *want;
} validities[] = {
	{"a day", 86400, "000001000000000R"},
	{"three days", 3 * 86400, "000003000000000R"},
	{"every part", 2 * 86400 + 3 * 3600 + 4 * 60 + 5, "000002030405000R"},
	{"shorter than a minute becomes one", 1, "000000000100000R"},
	{"in the past becomes a minute", -5, "000000000100000R"},
	{"the longest", 99 * 86400, "000099000000000R"},
	{"longer than two digits of days is cut", 1000 * 86400LL, "000099000000000R"},
	{"no limit at all", INT64_MAX, "000099000000000R"},
};

START_TEST(test_relative)
{
	char out[17];

	smpp_time_relative(validities[_i].seconds, out);
	ck_assert_msg(strcmp(out, validities[_i].want) == 0, "%s: %s", validities[_i].why, out);
}
END_TEST

static const struct {
	const char *why;
	const char *digits;
	int32_t zone_s;
	int64_t want_s;
} dates[] = {
	{"10 digits, UTC", "2603051430", 0, 1772721000},
	{"Moscow is three hours ahead", "2603051430", 10800, 1772710200},
	{"half-hour zone", "2603051430", 19800, 1772701200},
	{"behind UTC", "2603051430", -18000, 1772739000},
	{"with seconds", "260305143007", 0, 1772721007},
	{"with the century", "20260305143007", 0, 1772721007},
	{"leap day", "2402290000", 0, 1709164800},
	{"last year of the pivot", "3712312359", 0, 2145916740},
	{"1998 by the pivot", "9801010000", 0, 883612800},
	{"before 1970 is no date of a receipt", "6001010000", 0, 0},
	{"null date", "0000000000", 0, 0},
	{"no leap year", "2302290000", 0, 0},
	{"month 13", "2613010000", 0, 0},
	{"hour 24", "2601012400", 0, 0},
	{"minute 60", "2601010060", 0, 0},
	{"day 0", "2601000000", 0, 0},
	{"not digits", "26O3051430", 0, 0},
	{"11 digits", "26030514300", 0, 0},
	{"empty", "", 0, 0},
};

START_TEST(test_receipt_date)
{
	int64_t got =
		smpp_time_receipt_us(dates[_i].digits, strlen(dates[_i].digits), dates[_i].zone_s);

	ck_assert_msg(got == dates[_i].want_s * 1000000, "%s: %lld", dates[_i].why, (long long)got);
}
END_TEST

static const struct {
	const char *why;
	int64_t at_s;
	int32_t zone_s;
	const char *text;
	int64_t back_s;
} moments[] = {
	{"Moscow", 1772710200, 10800, "260305143000012+", 1772710200},
	{"UTC", 1772710200, 0, "260305113000000+", 1772710200},
	{"a half-hour zone", 1772710200, 19800, "260305170000022+", 1772710200},
	{"behind UTC", 1772710200, -18000, "260305063000020-", 1772710200},
	{"a zone beyond 12 hours is written as UTC", 1772710200, 46800, "260305113000000+",
	 1772710200},
	{"parts of a quarter, too", 1772710200, 100, "260305113000000+", 1772710200},
	{"a leap day", 1709164800, 0, "240229000000000+", 1709164800},
	{"the turn of a year ahead of UTC", 1767222000, 10800, "260101020000012+", 1767222000},
	{"the last second of a day", 1772755199, 0, "260305235959000+", 1772755199},
};

START_TEST(test_absolute)
{
	char out[17];

	smpp_time_absolute(moments[_i].at_s * 1000000, moments[_i].zone_s, out);
	ck_assert_msg(strcmp(out, moments[_i].text) == 0, "%s: %s", moments[_i].why, out);
	ck_assert_int_eq(smpp_time_absolute_us(out, 0), moments[_i].back_s * 1000000);
}
END_TEST

START_TEST(test_absolute_is_read_with_care)
{
	ck_assert_int_eq(smpp_time_absolute_us("260305143000", 10800),
			 INT64_C(1772710200000000)); /* without its zone: the account's */
	ck_assert_int_eq(smpp_time_absolute_us("", 0), 0);
	ck_assert_int_eq(smpp_time_absolute_us("000001000000000R", 0), 0);
	ck_assert_int_eq(smpp_time_absolute_us("2603051430000x2+", 0), 0);
	ck_assert_int_eq(smpp_time_absolute_us("26030514300001", 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_status");
	TCase *tcase = tcase_create("tables");

	tcase_add_test(tcase, test_status_table);
	tcase_add_test(tcase, test_reserved_status);
	tcase_add_test(tcase, test_tlv_table);
	tcase_add_loop_test(tcase, test_relative, 0, sizeof(validities) / sizeof(validities[0]));
	tcase_add_loop_test(tcase, test_receipt_date, 0, sizeof(dates) / sizeof(dates[0]));
	tcase_add_loop_test(tcase, test_absolute, 0, sizeof(moments) / sizeof(moments[0]));
	tcase_add_test(tcase, test_absolute_is_read_with_care);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
