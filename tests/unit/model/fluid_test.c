/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Campaigns as liquids: what can be reckoned by hand, and what must hold whatever flows. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/fluid.h"
#include "tests/unit/support/run.h"

#define S     1000000LL
#define HOUR  (3600 * S)
#define FAR   (1000 * HOUR)
#define NEVER FLUID_NEVER

static struct fluid_account account[4];
static struct fluid_campaign campaign[4];
static struct fluid_stream stream[16];
static struct fluid f;

static void reset(void)
{
	memset(account, 0, sizeof(account));
	memset(campaign, 0, sizeof(campaign));
	memset(stream, 0, sizeof(stream));
	f = (struct fluid){.account = account, .campaign = campaign, .stream = stream};
	for (int i = 0; i < 4; i++)
		campaign[i] = (struct fluid_campaign){.priority = 5, .stops_us = NEVER};
}

static void add_account(double rate)
{
	account[f.account_count++].parts_per_s = rate;
}

static struct fluid_stream *add_stream(size_t c, size_t a, double left)
{
	struct fluid_stream *s = &stream[f.stream_count++];

	*s = (struct fluid_stream){
		.campaign = c, .account = a, .left = left, .parts_each = 1, .deadline_us = NEVER};
	if (c >= f.campaign_count)
		f.campaign_count = c + 1;
	return s;
}

static double ends_s(size_t c)
{
	ck_assert_msg(campaign[c].ends_us != NEVER, "campaign %zu has no end", c);
	return (double)campaign[c].ends_us / S;
}

static void near(double is, double wanted)
{
	ck_assert_msg(fabs(is - wanted) < wanted / 1000 + 1e-3, "is %f, wanted %f", is, wanted);
}

START_TEST(test_one_campaign_at_its_accounts_rate)
{
	add_account(100);
	add_stream(0, 0, 5000)->parts_each = 2;
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(0), 100);
	near(campaign[0].sent, 5000);
}
END_TEST

START_TEST(test_slowest_account_decides)
{
	add_account(100);
	add_account(10);
	add_stream(0, 0, 1000);
	add_stream(0, 1, 500);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(0), 50);
}
END_TEST

START_TEST(test_pace_bounds_and_leaves_the_rest_to_others)
{
	add_account(100);
	campaign[0].priority = 9;
	campaign[0].pace_per_s = 20;
	add_stream(0, 0, 1000);
	add_stream(1, 0, 2400);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(0), 50);
	near(ends_s(1), 30);
}
END_TEST

START_TEST(test_priority_first_and_a_floor_for_the_others)
{
	add_account(110);
	campaign[1].priority = 9;
	add_stream(0, 0, 1000);
	add_stream(1, 0, 1000);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(1), 10);		   /* 100 of 110 a second */
	near(ends_s(0), 10 + 900 / 110.0); /* 100 by then */
}
END_TEST

START_TEST(test_equals_one_after_the_other)
{
	add_account(110);
	add_stream(0, 0, 1000);
	add_stream(1, 0, 1000);
	fluid_run(&f, 0, FAR, NULL, NULL);
	ck_assert(ends_s(0) < ends_s(1));
	near(ends_s(1), 2000 / 110.0);
}
END_TEST

START_TEST(test_spread_ends_with_its_time)
{
	add_account(1000);
	campaign[0].until_us = 3600 * S;
	add_stream(0, 0, 7200);
	fluid_run(&f, 0, FAR, NULL, NULL);
	ck_assert(fabs(ends_s(0) - 3600) < 5);
}
END_TEST

START_TEST(test_spread_that_the_account_cannot_keep_takes_longer)
{
	add_account(1);
	campaign[0].until_us = 3600 * S;
	add_stream(0, 0, 7200);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(0), 7200);
}
END_TEST

START_TEST(test_hours_interrupt_it)
{
	static const struct fluid_interval days[] = {{0, HOUR}, {24 * HOUR, 25 * HOUR}};
	struct fluid_stream *s;

	add_account(1);
	s = add_stream(0, 0, 5400);
	s->open = days;
	s->open_count = 2;
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(0), 24.5 * 3600);
	near(campaign[0].sent, 5400);
}
END_TEST

START_TEST(test_what_has_no_time_left_is_cut)
{
	add_account(10);
	add_account(10);
	add_stream(0, 0, 1000)->deadline_us = 40 * S;
	campaign[1].stops_us = 70 * S;
	add_stream(1, 1, 1000);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(campaign[0].cut, 600);
	near(ends_s(0), 40);
	near(campaign[1].cut, 300);
	near(ends_s(1), 70);
}
END_TEST

START_TEST(test_nobody_knows)
{
	static const struct fluid_interval past[] = {{-2 * HOUR, -HOUR}};
	struct fluid_stream *s;

	add_account(0); /* not known */
	add_account(10);
	add_stream(0, 0, 10);
	campaign[1].pace_per_s = 2;
	add_stream(1, 0, 10);
	s = add_stream(2, 1, 10);
	s->open = past; /* no hours any more */
	s->open_count = 1;
	fluid_run(&f, 0, FAR, NULL, NULL);
	ck_assert(campaign[0].unknown && campaign[0].ends_us == NEVER);
	near(ends_s(1), 5);
	ck_assert(!campaign[2].unknown && campaign[2].ends_us == NEVER);
}
END_TEST

START_TEST(test_later_campaign_of_greater_priority)
{
	add_account(11);
	add_stream(0, 0, 1100);
	campaign[1].priority = 9;
	campaign[1].starts_us = 50 * S;
	add_stream(1, 0, 100);
	fluid_run(&f, 0, FAR, NULL, NULL);
	near(ends_s(1), 60); /* 10 of 11 a second */
	near(ends_s(0), 1200 / 11.0);
}
END_TEST

struct flowed {
	double by_account[4], sent;
	int64_t until;
};

/* No account gives more than it has at any step. */
static void on_flow(void *arg, const struct fluid_stream *s, int64_t from, int64_t to, double n)
{
	struct flowed *x = arg;

	if (from >= x->until)
		memset(x->by_account, 0, sizeof(x->by_account));
	x->until = to;
	x->by_account[s->account] += n * s->parts_each;
	x->sent += n;
	ck_assert(x->by_account[s->account] <=
		  account[s->account].parts_per_s * (double)(to - from) / S * 1.0001 + 1e-3);
}

START_TEST(test_whatever_flows)
{
	unsigned seed = (unsigned)_i * 7919 + 1;
	struct fluid_interval hours[8];
	double all = 0, sum = 0;
	struct flowed x = {.until = -1};

	for (int i = 0; i < 8; i++)
		hours[i] = (struct fluid_interval){i * 24 * HOUR, (i * 24 + 8) * HOUR};
	for (int a = 0; a < 3; a++)
		add_account(1 + rand_r(&seed) % 50);
	for (size_t i = 0; i < 10; i++) {
		struct fluid_stream *s =
			add_stream((size_t)rand_r(&seed) % 4, (size_t)rand_r(&seed) % 3,
				   1 + rand_r(&seed) % 20000);

		s->parts_each = 1 + rand_r(&seed) % 3;
		all += s->left;
		if (rand_r(&seed) % 2 == 0) {
			s->open = hours;
			s->open_count = 8;
		}
	}
	f.campaign_count = 4;
	for (int c = 0; c < 4; c++) {
		campaign[c].priority = 1 + rand_r(&seed) % 9;
		campaign[c].starts_us = rand_r(&seed) % 7200 * S;
		if (rand_r(&seed) % 2 == 0)
			campaign[c].pace_per_s = 1 + rand_r(&seed) % 30;
		else if (rand_r(&seed) % 2 == 0)
			campaign[c].until_us = (1 + rand_r(&seed) % 48) * HOUR;
		if (rand_r(&seed) % 3 == 0)
			campaign[c].stops_us = (1 + rand_r(&seed) % 100) * HOUR;
	}
	fluid_run(&f, 0, FAR, on_flow, &x);
	for (int c = 0; c < 4; c++)
		sum += campaign[c].sent + campaign[c].cut;
	for (size_t i = 0; i < f.stream_count; i++)
		sum += stream[i].left;
	ck_assert_msg(fabs(sum - all) < 1, "seed %d: %f of %f", _i, sum, all);
	ck_assert_msg(fabs(x.sent - campaign[0].sent - campaign[1].sent - campaign[2].sent -
			   campaign[3].sent) < 1,
		      "seed %d", _i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fluid");
	TCase *tc = tcase_create("fluid");

	tcase_add_checked_fixture(tc, reset, NULL);
	tcase_add_test(tc, test_one_campaign_at_its_accounts_rate);
	tcase_add_test(tc, test_slowest_account_decides);
	tcase_add_test(tc, test_pace_bounds_and_leaves_the_rest_to_others);
	tcase_add_test(tc, test_priority_first_and_a_floor_for_the_others);
	tcase_add_test(tc, test_equals_one_after_the_other);
	tcase_add_test(tc, test_spread_ends_with_its_time);
	tcase_add_test(tc, test_spread_that_the_account_cannot_keep_takes_longer);
	tcase_add_test(tc, test_hours_interrupt_it);
	tcase_add_test(tc, test_what_has_no_time_left_is_cut);
	tcase_add_test(tc, test_nobody_knows);
	tcase_add_test(tc, test_later_campaign_of_greater_priority);
	tcase_add_loop_test(tc, test_whatever_flows, 0, 200);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
