/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* phone_world_test - what the shim makes of libphonenumber's answers, and from many threads. */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "common/sms/phone_world.h"
#include "tests/unit/support/run.h"

static const struct {
	int64_t digits, msisdn;
	enum phone_world_verdict verdict;
	enum msisdn_kind kind;
	const char *country;
} cases[] = {
	{380501234567, 380501234567, PHONE_WORLD_VALID, MSISDN_MOBILE, "UA"},
	{4930123456, 4930123456, PHONE_WORLD_VALID, MSISDN_FIXED, "DE"},
	{3903331234567, 3903331234567, PHONE_WORLD_POSSIBLE, MSISDN_OTHER, ""},
	{390612345678, 390612345678, PHONE_WORLD_VALID, MSISDN_FIXED, "IT"}, /* 0 is no trunk */
	{4901701234567, 491701234567, PHONE_WORLD_VALID, MSISDN_MOBILE, "DE"},
	{12025550123, 12025550123, PHONE_WORLD_VALID, MSISDN_OTHER, "US"}, /* mobile or fixed */
	{16135550123, 16135550123, PHONE_WORLD_VALID, MSISDN_OTHER, "CA"},
	{18005550123, 18005550123, PHONE_WORLD_VALID, MSISDN_TOLL_FREE, "US"},
	{19005550123, 19005550123, PHONE_WORLD_VALID, MSISDN_SPECIAL, "US"},
	{447400123456, 447400123456, PHONE_WORLD_VALID, MSISDN_MOBILE, "GB"},
	{447700900123, 447700900123, PHONE_WORLD_POSSIBLE, MSISDN_OTHER, ""},
	{262692123456, 262692123456, PHONE_WORLD_VALID, MSISDN_MOBILE, "RE"},
	{881612345678, 0, PHONE_WORLD_NO_COUNTRY, MSISDN_OTHER, ""}, /* satellite */
	{80012345678, 0, PHONE_WORLD_NO_COUNTRY, MSISDN_OTHER, ""},  /* universal toll-free */
	{999123456789, 0, PHONE_WORLD_NO_COUNTRY, MSISDN_OTHER, ""},
	{123456789012345, 0, PHONE_WORLD_IMPOSSIBLE, MSISDN_OTHER, ""},
	{49, 0, PHONE_WORLD_IMPOSSIBLE, MSISDN_OTHER, ""},
	{1, 0, PHONE_WORLD_IMPOSSIBLE, MSISDN_OTHER, ""},
};

START_TEST(test_judge)
{
	struct phone_world w;

	phone_world_judge(cases[_i].digits, &w);
	ck_assert_msg(w.verdict == cases[_i].verdict && w.kind == cases[_i].kind &&
			      w.msisdn == cases[_i].msisdn && w.asked == cases[_i].digits &&
			      strcmp(w.country, cases[_i].country) == 0,
		      "%lld: verdict %d, kind %d, country %s, %lld", (long long)w.asked,
		      (int)w.verdict, (int)w.kind, w.country, (long long)w.msisdn);
}
END_TEST

static void *judge_often(void *arg)
{
	struct phone_world w;

	for (int i = 0; i < 500; i++) {
		phone_world_judge(380501234567 + i, &w);
		*(int *)arg += w.verdict == PHONE_WORLD_VALID && strcmp(w.country, "UA") == 0;
	}
	return NULL;
}

/* The first call reads the tables, whichever thread makes it. */
START_TEST(test_threads)
{
	pthread_t thread[8];
	int right[8] = {0};

	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, judge_often, &right[i]), 0);
	for (size_t i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_int_eq(right[i], 500);
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("phone_world");

	tcase_add_test(tcase, test_threads);
	tcase_add_loop_test(tcase, test_judge, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	return case_run("phone_world", tcase);
}
