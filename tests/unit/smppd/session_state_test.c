/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_state: which states may follow. */
#include <check.h>
#include <stdlib.h>

#include "smppd/session_state.h"
#include "tests/unit/support/run.h"

START_TEST(test_session_states)
{
	static const char *const want[SESSION_STATES] = {
		/* to: closed, open, binding, bound, unbinding */
		"01000", "10100", "10010", "10001", "10000",
	};

	for (int from = 0; from < SESSION_STATES; from++)
		for (int to = 0; to < SESSION_STATES; to++)
			ck_assert_msg(session_state_may((enum session_state)from,
							(enum session_state)to) ==
					      (want[from][to] == '1'),
				      "%s to %s", session_state_name((enum session_state)from),
				      session_state_name((enum session_state)to));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_state");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_session_states);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
