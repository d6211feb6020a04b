/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bind_throttle_test - case 15: fifty sessions that come back together knock as often as they may.
 */
#include <check.h>

#include "smppd/bind_throttle.h"
#include "tests/unit/support/run.h"

START_TEST(test_no_more_than_so_many_in_any_minute)
{
	enum { PER_MIN = 20, SESSIONS = 50 };
	struct bind_throttle t;
	uint64_t made[SESSIONS], at_ms = 0;
	unsigned n = 0;

	bind_throttle_init(&t, PER_MIN);
	/* Every session tries again every 50 ms until it has had its turn. */
	for (uint64_t now_ms = 1000; n < SESSIONS; now_ms += 50)
		while (n < SESSIONS && bind_throttle_take(&t, now_ms, &at_ms))
			made[n++] = now_ms;
	ck_assert_uint_eq(made[PER_MIN - 1], 1000);
	for (unsigned i = PER_MIN; i < SESSIONS; i++)
		ck_assert_uint_ge(made[i] - made[i - PER_MIN], BIND_THROTTLE_WINDOW_MS);
	ck_assert_uint_eq(made[SESSIONS - 1], 121000);
	bind_throttle_deinit(&t);
}
END_TEST

START_TEST(test_says_when)
{
	struct bind_throttle t;
	uint64_t at_ms = 0;

	bind_throttle_init(&t, 2);
	ck_assert(bind_throttle_take(&t, 100, &at_ms));
	ck_assert(bind_throttle_take(&t, 30000, &at_ms));
	ck_assert(!bind_throttle_take(&t, 30001, &at_ms));
	ck_assert_uint_eq(at_ms, 60100);
	ck_assert(bind_throttle_take(&t, 60100, &at_ms));
	ck_assert(!bind_throttle_take(&t, 60101, &at_ms));
	ck_assert_uint_eq(at_ms, 90000);
	bind_throttle_deinit(&t);
}
END_TEST

START_TEST(test_none_and_changed)
{
	struct bind_throttle t;
	uint64_t at_ms = 0;

	bind_throttle_init(&t, 0);
	for (int i = 0; i < 2 * BIND_THROTTLE_MAX; i++)
		ck_assert(bind_throttle_take(&t, 1000, &at_ms));
	bind_throttle_set(&t, 3); /* what was done in the last minute counts */
	ck_assert(!bind_throttle_take(&t, 2000, &at_ms));
	ck_assert_uint_eq(at_ms, 61000);
	bind_throttle_set(&t, BIND_THROTTLE_MAX);
	ck_assert(!bind_throttle_take(&t, 2000, &at_ms));
	bind_throttle_deinit(&t);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bind_throttle");
	TCase *tcase = tcase_create("minutes");

	tcase_add_test(tcase, test_no_more_than_so_many_in_any_minute);
	tcase_add_test(tcase, test_says_when);
	tcase_add_test(tcase, test_none_and_changed);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
