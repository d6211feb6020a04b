/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of mem: allocation never returns NULL; what cannot be had ends the process with 70. */
#include "common/base/mem.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/support/run.h"

/* Let the sanitizer's allocator refuse as the real one does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static volatile size_t huge = SIZE_MAX / 2;

START_TEST(test_memory_is_usable)
{
	char *a = mem_alloc(10);
	char *b = mem_calloc(10, 1);

	memset(a, 'a', 10);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(b[i], 0);
	a = mem_realloc(a, 1000, 1);
	ck_assert_int_eq(a[9], 'a');
	mem_free(a);
	mem_free(b);
	mem_free(NULL);
}
END_TEST

START_TEST(test_nothing_asked_is_still_a_pointer)
{
	void *all[] = {mem_alloc(0), mem_calloc(0, 8), mem_calloc(8, 0), mem_realloc(NULL, 0, 4)};

	for (size_t i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(all[i]);
		mem_free(all[i]);
	}
}
END_TEST

START_TEST(test_copies_of_text)
{
	char *whole = mem_strdup("herald");
	char *part = mem_strndup("herald", 3);
	char *longer = mem_strndup("he", 30);

	ck_assert_str_eq(whole, "herald");
	ck_assert_str_eq(part, "her");
	ck_assert_str_eq(longer, "he");
	ck_assert_ptr_null(mem_strdup(NULL));
	mem_free(whole);
	mem_free(part);
	mem_free(longer);
}
END_TEST

START_TEST(test_too_much_ends_with_70)
{
	switch (_i) {
	case 0:
		mem_free(mem_alloc(huge));
		break;
	case 1:
		mem_free(mem_calloc(huge, 1));
		break;
	case 2:
		mem_free(mem_realloc(NULL, huge, 1));
		break;
	default: /* the product wraps around to something small */
		mem_free(mem_realloc(NULL, huge + 1, 4));
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("mem");

	tcase_add_test(tests, test_memory_is_usable);
	tcase_add_test(tests, test_nothing_asked_is_still_a_pointer);
	tcase_add_test(tests, test_copies_of_text);
	tcase_add_loop_exit_test(tests, test_too_much_ends_with_70, 70, 0, 4);
	return case_run("mem", tests);
}
