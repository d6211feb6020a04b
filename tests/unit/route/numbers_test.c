/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* numbers_test - whose a number is. */
#include <check.h>

#include "common/route/numbers.h"
#include "tests/unit/support/run.h"

START_TEST(test_find)
{
	static const struct {
		int64_t msisdn;
		int16_t operator_id;
	} cases[] = {
		{79000000000, 0}, {79010000000, 1}, {79010009999, 1}, {79010010000, 1},
		{79010019999, 1}, {79010020000, 2}, {79010029999, 2}, {79010030000, 0},
		{79050000000, 3}, {79050000001, 0}, {0, 0},	      {99999999999, 0},
	};
	struct route_numbers n = {0};

	ck_assert_int_eq(route_numbers_find(&n, 79010000000), 0);
	route_numbers_add(&n, 79010000000, 79010009999, 1);
	route_numbers_add(&n, 79010010000, 79010019999, 1);
	ck_assert_uint_eq(n.count, 1); /* neighbours are one */
	route_numbers_add(&n, 79010020000, 79010029999, 2);
	route_numbers_add(&n, 79050000000, 79050000000, 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(route_numbers_find(&n, cases[i].msisdn) == cases[i].operator_id,
			      "%lld", (long long)cases[i].msisdn);
	for (int64_t i = 0; i < 5000; i++) /* it grows */
		route_numbers_add(&n, 79060000000 + 2 * i, 79060000000 + 2 * i, 4);
	ck_assert_int_eq(route_numbers_find(&n, 79060009998), 4);
	ck_assert_int_eq(route_numbers_find(&n, 79060009999), 0);
	route_numbers_clear(&n);
	ck_assert_int_eq(route_numbers_find(&n, 79010000000), 0);
	route_numbers_deinit(&n);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("numbers");

	tcase_add_test(tests, test_find);
	return case_run("route numbers", tests);
}
