/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/model/assign: the hash is PostgreSQL's, and shares are what they should be. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/model/assign.h"
#include "tests/unit/support/run.h"

/* Of `SELECT ` ASSIGN_BUCKET_SQL, PostgreSQL 15. */
static const struct {
	int64_t client_id, salt;
	int want;
} vectors[] = {
	{1, 0, 4678},
	{17, (INT64_C(1) << 60) + 5, 1916},
	{4294967297, INT64_C(3) << 60, 8964},
	{-1, 0, 4570},
	{-5000000000, 7, 7609},
	{123456789, (INT64_C(4) << 60) + 99, 6281},
};

START_TEST(test_bucket_is_that_of_the_database)
{
	ck_assert_int_eq(assign_bucket(vectors[_i].client_id, vectors[_i].salt), vectors[_i].want);
}
END_TEST

static int64_t random_id(void)
{
	return (int64_t)random() << 10 | (random() & 1023);
}

/* Whatever the ids are, as many are held back as were asked for, within five standard deviations;
 * a smaller group is part of a greater one, and other salts are independent. */
START_TEST(test_shares_hold)
{
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i;
	int64_t salt, first;
	int percent, held = 0, held_of_other = 0, both = 0;
	const int count = 200000;

	srandom(seed);
	salt = random_id();
	first = random_id();
	percent = 1 + (int)(random() % 50);
	for (int i = 0; i < count; i++) {
		/* neighbours, as ids of clients are, or any */
		int64_t id = _i % 2 == 0 ? first + i : random_id();
		bool is = assign_held_back(&(struct assign_control){percent, salt}, id);
		bool other = assign_held_back(&(struct assign_control){percent, salt + 1}, id);

		held += is;
		held_of_other += other;
		both += is && other;
		if (percent > 1 &&
		    assign_held_back(&(struct assign_control){percent - 1, salt}, id))
			ck_assert_msg(is, "seed %u: a smaller group is no part of the greater",
				      seed);
	}
	for (int which = 0; which < 3; which++) {
		int found = which == 0 ? held : which == 1 ? held_of_other : both;
		double share = percent / 100.0 * (which == 2 ? percent / 100.0 : 1);
		double slack = 5 * sqrt(count * share * (1 - share));

		ck_assert_msg(fabs(found - count * share) <= slack,
			      "seed %u: %d of %d are held back, %.0f expected", seed, found, count,
			      count * share);
	}
}
END_TEST

START_TEST(test_no_group_holds_nobody)
{
	for (int64_t id = 1; id < 10000; id++)
		ck_assert(!assign_held_back(&(struct assign_control){0, 0}, id));
}
END_TEST

/* Texts get their shares, each client one of them, the same at every look; and adding to a share
 * takes from the first text alone. */
START_TEST(test_variants_hold)
{
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i;
	struct assign_variants v = {.count = 1 + _i % 4};
	int share[ASSIGN_VARIANTS_MAX] = {100}, found[ASSIGN_VARIANTS_MAX] = {0}, at = 10000;
	const int count = 100000;

	srandom(seed);
	v.salt = random_id();
	for (int i = v.count; i > 0; i--) {
		share[i] = 1 + (int)(random() % 20);
		share[0] -= share[i];
		at -= share[i] * 100;
		v.bound[i - 1] = at;
	}
	for (int i = 1; i <= count; i++)
		found[assign_variant(&v, i)]++;
	for (int i = 0; i <= v.count; i++) {
		double want = count * (share[i] / 100.0);

		ck_assert_msg(fabs(found[i] - want) <= 5 * sqrt(want),
			      "seed %u: text %d has %d, %.0f expected", seed, i, found[i], want);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("assign");

	tcase_add_loop_test(tc, test_bucket_is_that_of_the_database, 0,
			    sizeof(vectors) / sizeof(vectors[0]));
	tcase_add_loop_test(tc, test_shares_hold, 0, 8);
	tcase_add_loop_test(tc, test_variants_hold, 0, 8);
	tcase_add_test(tc, test_no_group_holds_nobody);
	return case_run("assign", tc);
}
