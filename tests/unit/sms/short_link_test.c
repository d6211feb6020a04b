/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* short_link_test - codes are read back as what they were made of, and nothing else is a code. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/sms/short_link.h"
#include "tests/unit/support/run.h"

#define DAY_S 86400

static int64_t id_at(int64_t second)
{
	return second << 32 | 0x1207;
}

START_TEST(test_there_and_back)
{
	int64_t id = id_at(INT64_C(218000000)), key = short_link_key(UINT64_C(0xfedcba9876543210));
	char code[SHORT_LINK_CODE_SIZE];

	for (size_t link = 0; link < 10; link++) {
		struct short_link read;

		ck_assert_uint_eq(short_link_code(id, key, link, code), link == 0 ? 10 : 11);
		ck_assert(short_link_parse(code, id_at(INT64_C(218000000) + 90 * DAY_S), &read));
		ck_assert_int_eq(read.key, key);
		ck_assert_uint_eq(read.link, link);
		ck_assert(read.first_id <= id && id < read.last_id);
		/* One day is looked at, and the minute after it. */
		ck_assert_int_eq((read.last_id - read.first_id) >> 32, DAY_S + 60);
	}
}
END_TEST

/* The same two characters come again after 58 * 58 days: the newest such day is meant. */
START_TEST(test_the_day)
{
	char code[SHORT_LINK_CODE_SIZE];
	struct short_link read;

	short_link_code(id_at(DAY_S * INT64_C(3400)), 5, 0, code);
	ck_assert(short_link_parse(code, id_at(DAY_S * INT64_C(3400)), &read));
	ck_assert_int_eq(read.first_id >> 32, DAY_S * INT64_C(3400));
	ck_assert(short_link_parse(code, id_at(DAY_S * INT64_C(3399)), &read));
	ck_assert_int_eq(read.first_id >> 32, DAY_S * INT64_C(36));
	ck_assert(!short_link_parse(code, id_at(DAY_S * INT64_C(35)), &read));
}
END_TEST

static const char *const wrong[] = {
	"",	      "1",	    "121111111",  "121111112100", "12111111210",      "1211111121x",
	"1011111121", "1I11111121", "12 1111121", "../../../x",	  "12111111\xd0\xb6",
};

START_TEST(test_wrong)
{
	struct short_link read;

	ck_assert_msg(!short_link_parse(wrong[_i], id_at(INT64_C(218000000)), &read), "%s",
		      wrong[_i]);
}
END_TEST

/* Keys stay within eight characters, whatever the random bits. */
START_TEST(test_keys)
{
	char code[SHORT_LINK_CODE_SIZE];

	short_link_code(id_at(0), short_link_key(UINT64_MAX), 0, code);
	ck_assert_uint_eq(strlen(code), 10);
	short_link_code(id_at(0), short_link_key(UINT64_C(128063081718015)), 0, code);
	ck_assert_str_eq(code, "11zzzzzzzz");
	ck_assert_int_eq(short_link_key(UINT64_C(128063081718016)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("short_link");
	TCase *tcase = tcase_create("short_link");

	tcase_add_test(tcase, test_there_and_back);
	tcase_add_test(tcase, test_the_day);
	tcase_add_loop_test(tcase, test_wrong, 0, (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tcase, test_keys);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
