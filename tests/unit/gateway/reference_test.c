/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reference: the same for the same attempt, and for nothing else. */
#include "common/gateway/reference.h"

#include <string.h>

#include "tests/unit/support/run.h"

START_TEST(test_reference)
{
	char a[REFERENCE_SIZE], b[REFERENCE_SIZE];

	reference_make("key", 3, 1000, 1, a);
	reference_make("key", 3, 1000, 1, b);
	ck_assert_str_eq(a, b);
	ck_assert_uint_eq(strlen(a), REFERENCE_SIZE - 1);
	ck_assert_uint_eq(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), REFERENCE_SIZE - 1);
	reference_make("key", 3, 1000, 2, b);
	ck_assert_str_ne(a, b);
	reference_make("key", 3, 1001, 1, b);
	ck_assert_str_ne(a, b);
	reference_make("kez", 3, 1000, 1, b);
	ck_assert_str_ne(a, b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reference");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_reference);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
