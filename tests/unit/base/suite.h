/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* suite - what every Check program of this folder begins and ends with. */
#ifndef VESTNIK_TESTS_UNIT_BASE_SUITE_H
#define VESTNIK_TESTS_UNIT_BASE_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Run one test case as a program; the result is main()'s. */
static inline int suite_run(const char *name, TCase *tests)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
