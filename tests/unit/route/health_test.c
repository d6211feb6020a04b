/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* health_test - points against made-up weeks of providers: what falls, what comes back, and that
 * nothing flaps. */
#include <check.h>
#include <math.h>

#include "common/route/health.h"
#include "common/route/quality.h"
#include "tests/unit/support/run.h"

#define ACCOUNTS 3
#define TICK_US	 2000000LL
#define RATE	 50 /* parts a second */

static struct health health[ACCOUNTS];
static struct health_sums sums[ACCOUNTS];
static int64_t now_us;

static void fresh(void)
{
	now_us = 1700000000000000;
	for (int i = 0; i < ACCOUNTS; i++) {
		health_init(&health[i]);
		sums[i] = (struct health_sums){.epoch = 1};
	}
}

static void look(void)
{
	struct health *all[ACCOUNTS] = {&health[0], &health[1], &health[2]};
	const struct health_sums *seen[ACCOUNTS] = {&sums[0], &sums[1], &sums[2]};

	now_us += TICK_US;
	health_look(all, seen, ACCOUNTS, now_us);
}

/* Two seconds of an account's life: `errors` of 100 parts are refused. */
static void live(int i, int64_t parts, int errors, int64_t answer_ms)
{
	sums[i].answered += parts;
	sums[i].refused += parts * errors / 100;
	sums[i].answer_ms += parts * answer_ms;
}

static void good(int from)
{
	for (int i = from; i < ACCOUNTS; i++)
		live(i, 2 * RATE, 0, 80);
}

/* Seconds until the condition holds; 0 when it does not within an hour. */
#define UNTIL(life, condition)                                                                     \
	({                                                                                         \
		int s_ = 0;                                                                        \
		while (s_ < 3600 && !(condition)) {                                                \
			life;                                                                      \
			look();                                                                    \
			s_ += 2;                                                                   \
		}                                                                                  \
		s_ < 3600 ? s_ : 0;                                                                \
	})

START_TEST(test_good_stays_full)
{
	fresh();
	for (int s = 0; s < 600; s += 2) {
		good(0);
		look();
		for (int i = 0; i < ACCOUNTS; i++)
			ck_assert(health[i].points >= 100 && health[i].grade == 0);
	}
}
END_TEST

/* A provider that refuses everything is on trial within two minutes and back within half an hour.
 */
START_TEST(test_slow_recovery)
{
	int fell, back, full;

	fresh();
	good(0);
	look();
	fell = UNTIL((good(1), live(0, 2 * RATE, 100, 80)), health[0].trial);
	ck_assert_msg(fell > 20 && fell <= 120, "on trial after %d s", fell);
	/* From now on it does well with the trickle it gets. */
	back = UNTIL((good(1), live(0, 2, 0, 80)), !health[0].trial);
	ck_assert_msg(back >= 360 && back <= 1200, "trusted again after %d s", back);
	full = UNTIL((good(0)), health[0].grade == 0);
	ck_assert_msg(full >= 240 && back + full <= 1800, "as good as new after %d s", full);
	ck_assert(!health[1].trial && health[1].grade == 0);
}
END_TEST

/* Half a minute well, half a minute badly, for two hours: it stays away, it does not come and go.
 */
START_TEST(test_flapping_provider)
{
	int changes = 0;
	bool trial;

	fresh();
	good(0);
	look();
	trial = health[0].trial;
	for (int s = 0; s < 7200; s += 2) {
		bool well = s / 30 % 2 == 0;
		int64_t parts = health[0].trial ? 2 : 2 * RATE;

		good(1);
		live(0, parts, well ? 0 : 100, 80);
		look();
		changes += trial != health[0].trial;
		trial = health[0].trial;
	}
	ck_assert_msg(changes <= 3, "on and off trial %d times", changes);
	ck_assert_int_gt(health[0].grade, 4);
}
END_TEST

/* Case 40: all providers slow at once.  It is the network or the market: nobody is better than
 * another, so nobody loses traffic, and nothing flaps. */
START_TEST(test_case_40_all_slow_at_once)
{
	fresh();
	for (int s = 0; s < 600; s += 2) {
		good(0);
		look();
	}
	for (int s = 0; s < 3600; s += 2) {
		for (int i = 0; i < ACCOUNTS; i++) {
			live(i, RATE, 8, 9000 + 500 * ((s / 2 + i) % 3));
			sums[i].timeouts += 3;
		}
		look();
		for (int i = 0; i < ACCOUNTS; i++)
			ck_assert_msg(!health[i].trial && health[i].grade <= 1,
				      "account %d: %f points", i, health[i].points);
	}
}
END_TEST

/* The one that is slow alone is put behind, without a trial: slowness is no failure. */
START_TEST(test_one_slow)
{
	fresh();
	for (int s = 0; s < 900; s += 2) {
		good(1);
		live(0, 2 * RATE, 0, 4000);
		look();
	}
	ck_assert_int_ge(health[0].grade, 4);
	ck_assert(!health[0].trial);
	ck_assert_int_eq(health[1].grade, 0);
	health[1].receipt_s = health[2].receipt_s = 20;
	health[0].receipt_s = 1200; /* and its receipts come late */
	for (int s = 0; s < 900; s += 2) {
		good(1);
		live(0, 2 * RATE, 0, 4000);
		look();
	}
	ck_assert_int_ge(health[0].grade, 7);
}
END_TEST

/* Case 40: an HTTP provider accepts, but we time out.  Timeouts are errors like refusals: it loses
 * its traffic though it never says no. */
START_TEST(test_case_40_accepts_but_times_out)
{
	fresh();
	good(0);
	look();
	ck_assert_int_ne(UNTIL((good(1), sums[0].timeouts += RATE), health[0].trial), 0);
}
END_TEST

START_TEST(test_three_messages_judge_nobody)
{
	fresh();
	good(0);
	look();
	for (int s = 0; s < 300; s += 2) {
		good(1);
		if (s < 6)
			live(0, 1, 100, 80);
		look();
	}
	ck_assert_msg(health[0].points > 60, "%f", health[0].points);
	ck_assert(!health[0].trial);
}
END_TEST

/* Sums begin anew with an epoch; what was before the first look says nothing of now. */
START_TEST(test_epochs)
{
	fresh();
	sums[0] = (struct health_sums){
		.epoch = 4, .answered = 100000, .refused = 100000, .answer_ms = 1};
	look();
	look();
	ck_assert(health[0].points >= 100);
	for (int s = 0; s < 60; s += 2) {
		good(0);
		look();
	}
	sums[0] = (struct health_sums){.epoch = 5, .answered = 10, .answer_ms = 800};
	look();
	ck_assert(health[0].points >= 100 && health[0].answered < 5000);
}
END_TEST

START_TEST(test_quality)
{
	struct quality account = {0}, q = {0};

	ck_assert(fabs(quality_rate(&q, QUALITY_PRIOR) - QUALITY_PRIOR) < 1e-9);
	quality_add(&q, 0, 3, 0); /* three messages condemn nobody */
	ck_assert(quality_rate(&q, QUALITY_PRIOR) > 0.9);
	quality_add(&account, 0, 10000, 8000);
	ck_assert(fabs(quality_rate(&account, QUALITY_PRIOR) - 0.8) < 0.01);
	/* An operator of whom little is known is taken for what the account is. */
	ck_assert(quality_rate(&q, quality_rate(&account, QUALITY_PRIOR)) < 0.8);
	quality_add(&account, QUALITY_HALF_LIFE_S, 0, 0);
	ck_assert(fabs(account.sent - 5000) < 1e-6);
	quality_add(&account, 20 * QUALITY_HALF_LIFE_S, 0, 0); /* forgotten in the end */
	ck_assert(fabs(quality_rate(&account, QUALITY_PRIOR) - QUALITY_PRIOR) < 0.01);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("health");

	tcase_add_test(tests, test_good_stays_full);
	tcase_add_test(tests, test_slow_recovery);
	tcase_add_test(tests, test_flapping_provider);
	tcase_add_test(tests, test_case_40_all_slow_at_once);
	tcase_add_test(tests, test_one_slow);
	tcase_add_test(tests, test_case_40_accepts_but_times_out);
	tcase_add_test(tests, test_three_messages_judge_nobody);
	tcase_add_test(tests, test_epochs);
	tcase_add_test(tests, test_quality);
	return case_run("route health", tests);
}
