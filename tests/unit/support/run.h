/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* run - how every Check program ends. */
#ifndef VESTNIK_TESTS_RUN_H
#define VESTNIK_TESTS_RUN_H

#include <check.h>
#include <stdlib.h>

/* A test's time limit is for what hangs: Check's own 4 s end sound tests on a busy machine.  Test
 * cases may set another; Check reads this when they are made, hence before main(). */
__attribute__((constructor)) static void set_default_timeout(void)
{
	(void)setenv("CK_DEFAULT_TIMEOUT", "60", 0);
}

/* Runs the suite, which it takes; what main() returns. */
static inline int suite_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The same for a program of one test case, which it takes. */
static inline int case_run(const char *name, TCase *tests)
{
	Suite *suite = suite_create(name);

	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

#endif
