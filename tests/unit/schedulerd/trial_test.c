/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of schedulerd/trial: when a trial waits, goes on, and is stopped. */
#include <check.h>
#include <stdlib.h>

#include "schedulerd/trial.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	struct trial trial;
	enum trial_verdict want;
} cases[] = {
	{"being sent", {.undone = true, .size = 100, .messages = 50}, TRIAL_KEEP},
	{"the last one was dispatched", {.size = 100, .messages = 100}, TRIAL_WAIT},
	{"waits for a person", {.waiting = true, .messages = 100, .wait_s = 999999}, TRIAL_KEEP},
	{"a second too early",
	 {.waiting = true, .messages = 100, .wait_min = 10, .wait_s = 599},
	 TRIAL_KEEP},
	{"its time is over",
	 {.waiting = true, .messages = 100, .wait_min = 10, .wait_s = 600},
	 TRIAL_GO_ON},
	{"a tenth failed, which is allowed",
	 {.waiting = true, .messages = 100, .failed = 10, .fail_per_mille = 100},
	 TRIAL_KEEP},
	{"more than a tenth failed",
	 {.waiting = true, .messages = 100, .failed = 11, .fail_per_mille = 100},
	 TRIAL_FAILED},
	{"failures come before time",
	 {.waiting = true,
	  .messages = 100,
	  .failed = 11,
	  .fail_per_mille = 100,
	  .wait_min = 1,
	  .wait_s = 60},
	 TRIAL_FAILED},
	{"the first of many failed",
	 {.undone = true, .size = 100, .messages = 1, .failed = 1, .fail_per_mille = 100},
	 TRIAL_KEEP},
	{"so many failed already that it cannot be kept",
	 {.undone = true, .size = 100, .messages = 20, .failed = 11, .fail_per_mille = 100},
	 TRIAL_FAILED},
	{"too many said stop",
	 {.waiting = true, .messages = 1000, .stops = 6, .stop_per_mille = 5},
	 TRIAL_STOPPED},
	{"as many said stop as may",
	 {.waiting = true, .messages = 1000, .stops = 5, .stop_per_mille = 5},
	 TRIAL_KEEP},
	{"no limits", {.waiting = true, .messages = 10, .failed = 10, .stops = 10}, TRIAL_KEEP},
	{"nobody got anything, and the time is over",
	 {.waiting = true, .wait_min = 1, .wait_s = 60, .fail_per_mille = 1, .stop_per_mille = 1},
	 TRIAL_GO_ON},
	{"too late for the others", {.waiting = true, .messages = 10, .late = true}, TRIAL_GO_ON},
};

START_TEST(test_verdicts)
{
	ck_assert_msg(trial_judge(&cases[_i].trial) == cases[_i].want, "%s", cases[_i].why);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("trial");

	tcase_add_loop_test(tc, test_verdicts, 0, sizeof(cases) / sizeof(cases[0]));
	return case_run("trial", tc);
}
