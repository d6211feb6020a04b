/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refusal: what becomes of a message. */
#include <check.h>
#include <stdlib.h>

#include "common/gateway/refusal.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	struct outcome_facts facts;
	enum outcome want;
	uint64_t want_mask;
} outcomes[] = {
	{"all taken", {CLASS_SERVICE, 7, 7, 0, 0, REFUSAL_NONE}, OUTCOME_ACCEPTED, 0},
	{"one part busy: that part again",
	 {CLASS_SERVICE, 7, 7, 2, 0, REFUSAL_RETRY},
	 OUTCOME_RETRY,
	 2},
	{"throttled", {CLASS_SERVICE, 1, 1, 1, 0, REFUSAL_SLOW}, OUTCOME_SLOW, 1},
	{"a new session may take it",
	 {CLASS_SERVICE, 1, 1, 1, 0, REFUSAL_REBIND},
	 OUTCOME_RETRY,
	 1},
	{"not here, whole: elsewhere",
	 {CLASS_SERVICE, 3, 3, 3, 0, REFUSAL_ROUTE},
	 OUTCOME_ROUTE,
	 3},
	{"not here, but a part is with the operator",
	 {CLASS_SERVICE, 3, 3, 1, 0, REFUSAL_ROUTE},
	 OUTCOME_FAIL,
	 1},
	{"not here, and an earlier attempt left a part there",
	 {CLASS_SERVICE, 3, 1, 1, 0, REFUSAL_ROUTE},
	 OUTCOME_FAIL,
	 1},
	{"the account is wrong: wait for a person",
	 {CLASS_SERVICE, 1, 1, 1, 0, REFUSAL_BAD},
	 OUTCOME_LATER,
	 1},
	{"for good", {CLASS_SERVICE, 1, 1, 1, 0, REFUSAL_FAIL}, OUTCOME_FAIL, 1},
	{"doubt, service: doubt and refused go again",
	 {CLASS_SERVICE, 7, 7, 2, 4, REFUSAL_SLOW},
	 OUTCOME_DOUBT,
	 6},
	{"doubt, alert", {CLASS_ALERT, 1, 1, 0, 1, REFUSAL_NONE}, OUTCOME_DOUBT, 1},
	{"doubt, advertising: nothing goes again, the doubt is kept",
	 {CLASS_ADVERTISING, 7, 7, 2, 4, REFUSAL_SLOW},
	 OUTCOME_DOUBT,
	 4},
	{"a part refused for good ends a doubtful message",
	 {CLASS_SERVICE, 3, 3, 1, 2, REFUSAL_FAIL},
	 OUTCOME_FAIL,
	 1},
};

START_TEST(test_outcome)
{
	uint64_t mask = 99;

	ck_assert_msg(refusal_outcome(&outcomes[_i].facts, &mask) == outcomes[_i].want, "%s",
		      outcomes[_i].why);
	if (outcomes[_i].want != OUTCOME_ACCEPTED)
		ck_assert_msg(mask == outcomes[_i].want_mask, "%s: mask", outcomes[_i].why);
}
END_TEST

START_TEST(test_graver)
{
	static const enum refusal order[] = {REFUSAL_NONE,  REFUSAL_SLOW,  REFUSAL_REBIND,
					     REFUSAL_RETRY, REFUSAL_ROUTE, REFUSAL_BAD,
					     REFUSAL_FAIL};

	for (int i = 0; i < 7; i++)
		for (int k = 0; k < 7; k++)
			ck_assert_int_eq(refusal_graver(order[i], order[k]), order[i > k ? i : k]);
}
END_TEST

START_TEST(test_delays)
{
	static const int64_t seconds[] = {5, 15, 45, 135, 405, 600, 600};

	for (int tries = 1; tries <= 7; tries++)
		ck_assert_int_eq(refusal_delay_ms(OUTCOME_RETRY, tries), seconds[tries - 1] * 1000);
	ck_assert_int_eq(refusal_delay_ms(OUTCOME_RETRY, 100000), 600000);
	ck_assert_int_eq(refusal_delay_ms(OUTCOME_SLOW, 9), 1000);
	ck_assert_int_eq(refusal_delay_ms(OUTCOME_LATER, 9), 60000);
}
END_TEST

START_TEST(test_tries)
{
	ck_assert(refusal_may_retry(OUTCOME_RETRY, 4, 5));
	ck_assert(!refusal_may_retry(OUTCOME_RETRY, 5, 5));
	ck_assert(!refusal_may_retry(OUTCOME_RETRY, 1, 0));
	ck_assert_msg(refusal_may_retry(OUTCOME_SLOW, 500, 0), "slow is no try");
	ck_assert_msg(refusal_may_retry(OUTCOME_LATER, 500, 0), "a stopped account is no try");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("refusal");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_outcome, 0, sizeof(outcomes) / sizeof(*outcomes));
	tcase_add_test(tc, test_graver);
	tcase_add_test(tc, test_delays);
	tcase_add_test(tc, test_tries);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
