/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_test - which account carries a batch. */
#include <check.h>
#include <stdlib.h>

#include "common/model/route.h"
#include "tests/unit/support/run.h"

#define ACCOUNTS 4

static const struct {
	const char *why;
	struct {
		bool enabled, up;
		int64_t price;
		int32_t rate;
	} account[ACCOUNTS]; /* ids 1 to 4 */
	int16_t pinned;
	/* Of 1,000 draws, how many each account gets, give or take 60. */
	int want[ACCOUNTS];
} cases[] = {
	{"the cheapest",
	 {{true, true, 300, 10}, {true, true, 200, 10}, {true, true, 250, 10}, {false}},
	 0,
	 {0, 1000, 0, 0}},
	{"a cheaper one that is disabled does not count",
	 {{true, true, 300, 10}, {false, true, 200, 10}, {false}, {false}},
	 0,
	 {1000, 0, 0, 0}},
	{"a cheaper one that is down does not count",
	 {{true, true, 300, 10}, {true, false, 200, 10}, {false}, {false}},
	 0,
	 {1000, 0, 0, 0}},
	{"all down: the cheapest enabled one waits",
	 {{true, false, 300, 10}, {true, false, 200, 10}, {false}, {false}},
	 0,
	 {0, 1000, 0, 0}},
	{"equal prices share by rate",
	 {{true, true, 200, 10}, {true, true, 200, 30}, {true, true, 300, 90}, {false}},
	 0,
	 {250, 750, 0, 0}},
	{"no limit counts as a rate of a thousand",
	 {{true, true, 200, 0}, {true, true, 200, 1000}, {false}, {false}},
	 0,
	 {500, 500, 0, 0}},
	{"a choice made beats everything",
	 {{true, true, 100, 10}, {true, true, 200, 10}, {false, false, 900, 1}, {false}},
	 3,
	 {0, 0, 1000, 0}},
	{"a choice that does not exist", {{true, true, 100, 10}}, 9, {0}},
	{"no account at all", {{false}}, 0, {0}},
};

START_TEST(test_choose)
{
	static struct route_table table;
	int got[ACCOUNTS] = {0};

	table.count = ACCOUNTS;
	for (int i = 0; i < ACCOUNTS; i++)
		table.account[i] = (struct route_account){
			.id = (int16_t)(i + 1),
			.enabled = cases[_i].account[i].enabled,
			.up = cases[_i].account[i].up,
			.price_micro = cases[_i].account[i].price,
			.parts_per_s = cases[_i].account[i].rate,
		};
	for (uint64_t draw = 0; draw < 1000; draw++) {
		const struct route_account *account = route_choose(&table, cases[_i].pinned, draw);

		ck_assert_msg(account == route_choose(&table, cases[_i].pinned, draw),
			      "the same draw gives the same account");
		if (account != NULL)
			got[account->id - 1]++;
	}
	for (int i = 0; i < ACCOUNTS; i++)
		ck_assert_msg(abs(got[i] - cases[_i].want[i]) <= 60, "%s: account %d got %d",
			      cases[_i].why, i + 1, got[i]);
}
END_TEST

/* Whom route_choose() ever takes, and nobody else, is a candidate. */
START_TEST(test_candidates_are_those_chosen)
{
	static struct route_table table;
	const struct route_account *candidate[ROUTE_ACCOUNTS_MAX];
	size_t count;

	table.count = ACCOUNTS;
	for (int i = 0; i < ACCOUNTS; i++)
		table.account[i] = (struct route_account){
			.id = (int16_t)(i + 1),
			.enabled = cases[_i].account[i].enabled,
			.up = cases[_i].account[i].up,
			.price_micro = cases[_i].account[i].price,
			.parts_per_s = cases[_i].account[i].rate,
		};
	count = route_candidates(&table, cases[_i].pinned, candidate);
	for (int i = 0; i < ACCOUNTS; i++) {
		bool listed = false;

		for (size_t k = 0; k < count; k++)
			listed = listed || candidate[k]->id == i + 1;
		ck_assert_msg(listed == (cases[_i].want[i] > 0), "%s: account %d", cases[_i].why,
			      i + 1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route");
	TCase *tcase = tcase_create("route");

	tcase_add_loop_test(tcase, test_choose, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(tcase, test_candidates_are_those_chosen, 0,
			    (int)(sizeof(cases) / sizeof(cases[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
