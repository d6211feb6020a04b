/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of apid/uplift: the examples of the paper that the interval is from. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "apid/uplift.h"
#include "tests/unit/support/run.h"

/* Newcombe, Interval estimation for the difference between independent proportions (1998), table
 * II, method 10. */
static const struct {
	int did, all, other_did, other_all;
	double difference, low, high;
} cases[] = {
	{56, 70, 48, 80, 0.2, 0.0524, 0.3339}, {9, 10, 3, 10, 0.6, 0.1705, 0.8090},
	{6, 7, 2, 7, 0.5714, 0.0582, 0.8062},  {5, 56, 0, 29, 0.0893, -0.0381, 0.1926},
	{0, 10, 0, 20, 0, -0.1611, 0.2775},    {0, 10, 0, 10, 0, -0.2775, 0.2775},
	{10, 10, 0, 20, 1, 0.6791, 1},	       {10, 10, 0, 10, 1, 0.6075, 1},
};

START_TEST(test_published_intervals)
{
	struct uplift u;

	ck_assert(uplift_of(cases[_i].did, cases[_i].all, cases[_i].other_did, cases[_i].other_all,
			    &u));
	ck_assert_double_eq_tol(u.difference, cases[_i].difference, 0.00006);
	ck_assert_double_eq_tol(u.low, cases[_i].low, 0.00006);
	ck_assert_double_eq_tol(u.high, cases[_i].high, 0.00006);
}
END_TEST

START_TEST(test_nobody_to_compare_with)
{
	struct uplift u;

	ck_assert(!uplift_of(0, 0, 1, 2, &u));
	ck_assert(!uplift_of(1, 2, 0, 0, &u));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("uplift");

	tcase_add_loop_test(tc, test_published_intervals, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_nobody_to_compare_with);
	return case_run("uplift", tc);
}
