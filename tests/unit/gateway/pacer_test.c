/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pacer and rate: how fast an account sends, throttled or not, and how much it claims. */
#include <check.h>
#include <stdlib.h>

#include "common/gateway/pacer.h"
#include "common/gateway/rate.h"
#include "tests/unit/support/run.h"

#define MS UINT64_C(1000000)

static const struct {
	const char *why;
	uint32_t rate;
	uint64_t at_ms[6];
	bool want[6];
} takes[] = {
	{"slow accounts have a burst of one", 10, {0, 0, 99, 100, 150, 200}, {1, 0, 0, 1, 0, 1}},
	{"idle time is not saved up", 10, {0, 5000, 5000, 5050, 5100, 5199}, {1, 1, 0, 0, 1, 0}},
	{"a hundred a second burst two", 100, {0, 0, 0, 9, 10, 20}, {1, 1, 0, 0, 1, 1}},
	{"without a rate everything goes", 0, {0, 0, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1}},
};

START_TEST(test_pacer_take)
{
	struct pacer p;
	uint32_t wait_ms;

	pacer_init(&p, takes[_i].rate);
	for (int k = 0; k < 6; k++)
		ck_assert_msg(pacer_take(&p, takes[_i].at_ms[k] * MS, &wait_ms) ==
				      takes[_i].want[k],
			      "%s: step %d", takes[_i].why, k);
}
END_TEST

/* A message of several parts goes at once, and the next one waits for all of them. */
START_TEST(test_pacer_charge)
{
	struct pacer p;
	uint32_t wait_ms = 0;

	pacer_init(&p, 10);
	ck_assert(pacer_take(&p, 0, &wait_ms));
	pacer_charge(&p, 2);
	ck_assert(!pacer_take(&p, 0, &wait_ms));
	ck_assert_uint_eq(wait_ms, 300);
	ck_assert(!pacer_take(&p, 299 * MS, &wait_ms));
	ck_assert(pacer_take(&p, 300 * MS, &wait_ms));
	pacer_init(&p, 0);
	pacer_charge(&p, 1000);
	ck_assert_msg(pacer_take(&p, 0, &wait_ms), "without a rate nothing waits");
}
END_TEST

/* Whoever waits as told takes exactly the rate, and no second sees more than rate and burst. */
START_TEST(test_pacer_rate_holds)
{
	static const uint32_t rates[] = {1, 7, 10, 333, 1000, 30000};
	uint32_t rate = rates[_i], taken = 0, wait_ms = 0;
	struct pacer p;

	pacer_init(&p, rate);
	for (uint64_t now = 1000 * MS; now < 11000 * MS; now += MS)
		while (pacer_take(&p, now, &wait_ms))
			taken++;
	ck_assert_uint_ge(taken, 10 * rate - rate / 100);
	ck_assert_uint_le(taken, 10 * rate + rate / 50 + rate / 1000 + 2);
}
END_TEST

START_TEST(test_pacer_wait_is_enough)
{
	struct pacer p;
	uint32_t wait_ms = 0;
	uint64_t now = 5 * MS;

	pacer_init(&p, 3);
	ck_assert(pacer_take(&p, now, &wait_ms));
	ck_assert(!pacer_take(&p, now, &wait_ms));
	ck_assert_uint_eq(wait_ms, 334);
	ck_assert(pacer_take(&p, now + wait_ms * MS, &wait_ms));
}
END_TEST

START_TEST(test_pacer_change_keeps_what_was_taken)
{
	struct pacer p;
	uint32_t wait_ms;

	pacer_init(&p, 1);
	ck_assert(pacer_take(&p, 0, &wait_ms));
	pacer_set_rate(&p, 10);
	ck_assert(!pacer_take(&p, 500 * MS, &wait_ms));
	ck_assert(pacer_take(&p, 1000 * MS, &wait_ms));
}
END_TEST

START_TEST(test_throttle_halves_pauses_and_recovers)
{
	struct rate r;

	rate_init(&r, 100, 0);
	ck_assert(rate_throttle(&r, 1000, 0));
	ck_assert_uint_eq(rate_allowed(&r), 50);
	ck_assert(rate_paused(&r, 1999));
	ck_assert_msg(!rate_throttle(&r, 1500, 0), "one burst of refusals is one throttling");
	ck_assert_uint_eq(rate_allowed(&r), 50);
	rate_tick(&r, 1990, 0);
	ck_assert_msg(rate_allowed(&r) == 50, "no recovery during the pause");
	ck_assert(!rate_paused(&r, 2000));
	for (int s = 2; s <= 5; s++)
		rate_tick(&r, (uint64_t)s * 1000, 50);
	ck_assert_uint_eq(rate_allowed(&r), 90);
	rate_tick(&r, 6000, 50);
	ck_assert_msg(rate_allowed(&r) == 100 && r.limit == 0, "back to what was agreed");
}
END_TEST

START_TEST(test_throttle_again_goes_down_to_one)
{
	struct rate r;

	rate_init(&r, 5, 0);
	for (int k = 1; k <= 10; k++)
		ck_assert(rate_throttle(&r, (uint64_t)k * 1000, 0));
	ck_assert_uint_eq(rate_allowed(&r), 1);
}
END_TEST

START_TEST(test_throttle_without_a_limit_uses_what_was_measured)
{
	struct rate r;

	rate_init(&r, 0, 0);
	ck_assert_uint_eq(rate_allowed(&r), 0);
	rate_tick(&r, 1000, 8000);
	ck_assert_uint_eq(r.measured, 8000);
	ck_assert(rate_throttle(&r, 1100, 100));
	ck_assert_uint_eq(rate_allowed(&r), 4000);
	for (int s = 3; s < 30 && rate_allowed(&r) != 0; s++)
		rate_tick(&r, (uint64_t)s * 1000, 4000);
	ck_assert_msg(rate_allowed(&r) == 0, "at twice the old rate the limit goes");
}
END_TEST

START_TEST(test_throttle_in_the_first_second)
{
	struct rate r;

	rate_init(&r, 0, 0);
	ck_assert(rate_throttle(&r, 300, 600));
	ck_assert_uint_eq(rate_allowed(&r), 300);
}
END_TEST

START_TEST(test_measured_rate_fades)
{
	struct rate r;

	rate_init(&r, 0, 0);
	rate_tick(&r, 500, 3000);
	ck_assert_msg(r.measured == 6000, "per second, whatever the tick");
	rate_tick(&r, 1500, 0);
	ck_assert_uint_eq(r.measured, 4000);
}
END_TEST

static const struct {
	uint32_t allowed, measured, slice, low;
} claims[] = {
	{10, 0, 5, 2},	     {1, 0, 1, 1},     {3, 9, 1, 1},
	{1000, 0, 500, 200}, {0, 0, 200, 200}, {0, 30000, 15000, 6000},
	{40, 30000, 20, 8},
};

START_TEST(test_claims_are_half_a_second)
{
	ck_assert_uint_eq(rate_slice_parts(claims[_i].allowed, claims[_i].measured),
			  claims[_i].slice);
	ck_assert_uint_eq(rate_low_mark(claims[_i].allowed, claims[_i].measured), claims[_i].low);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pacer");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_pacer_charge);
	tcase_add_loop_test(tc, test_pacer_take, 0, sizeof(takes) / sizeof(*takes));
	tcase_add_loop_test(tc, test_pacer_rate_holds, 0, 6);
	tcase_add_test(tc, test_pacer_wait_is_enough);
	tcase_add_test(tc, test_pacer_change_keeps_what_was_taken);
	tcase_add_test(tc, test_throttle_halves_pauses_and_recovers);
	tcase_add_test(tc, test_throttle_again_goes_down_to_one);
	tcase_add_test(tc, test_throttle_without_a_limit_uses_what_was_measured);
	tcase_add_test(tc, test_throttle_in_the_first_second);
	tcase_add_test(tc, test_measured_rate_fades);
	tcase_add_loop_test(tc, test_claims_are_half_a_second, 0, sizeof(claims) / sizeof(*claims));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
