/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of clock: each face shows the clock it names, in the unit it names. */
#include "common/base/clock.h"

#include <time.h>

#include "tests/unit/support/run.h"

START_TEST(test_monotonic_faces_agree)
{
	uint64_t before_ms = clock_mono_ms();
	uint64_t between_ns = clock_mono_ns();
	uint64_t after_ms = clock_mono_ms();

	ck_assert_uint_le(before_ms, between_ns / 1000000);
	ck_assert_uint_ge(after_ms, between_ns / 1000000);
}
END_TEST

START_TEST(test_boot_clock_is_the_uptime)
{
	struct timespec want;
	uint64_t before_ms = clock_boot_ms();
	uint64_t want_ms;

	clock_gettime(CLOCK_BOOTTIME, &want);
	want_ms = (uint64_t)want.tv_sec * 1000 + (uint64_t)want.tv_nsec / 1000000;
	ck_assert_uint_le(before_ms, want_ms);
	ck_assert_uint_ge(clock_boot_ms(), want_ms);
}
END_TEST

START_TEST(test_wall_clock_counts_from_1970)
{
	time_t before = time(NULL);
	int64_t now_us = clock_wall_us();

	/* time() may read a coarser clock that lags by a tick. */
	ck_assert_int_ge(now_us / 1000000, before);
	ck_assert_int_le(now_us / 1000000, time(NULL) + 1);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("clock");

	tcase_add_test(tests, test_monotonic_faces_agree);
	tcase_add_test(tests, test_boot_clock_is_the_uptime);
	tcase_add_test(tests, test_wall_clock_counts_from_1970);
	return case_run("clock", tests);
}
