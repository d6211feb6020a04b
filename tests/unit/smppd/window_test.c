/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_takes_new: a sixteenth of the window stays open for urgent messages. */
#include <check.h>
#include <stdlib.h>

#include "smppd/account.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	int window;
	uint32_t bulk, urgent; /* so many are begun when nothing is answered */
} windows[] = {
	{"the narrowest holds one of either", 1, 1, 1},
	{"a narrow one keeps nothing", 15, 15, 15},
	{"the narrowest that keeps one", 16, 15, 16},
	{"parts of a sixteenth do not count", 31, 30, 31},
	{"a usual one", 200, 188, 200},
};

static uint32_t fill(struct session *s, enum lane lane)
{
	while (session_takes_new(s, lane))
		(void)outstanding_add(&s->submits, 0);
	return s->submits.open.count;
}

START_TEST(test_window_kept_for_urgent)
{
	const struct settings settings = {.window_size = windows[_i].window};
	struct account account = {.settings = &settings};
	struct session s;

	session_init(&s, &account, 0);
	ck_assert_msg(fill(&s, LANE_BULK) == windows[_i].bulk, "%s: %u bulk", windows[_i].why,
		      s.submits.open.count);
	ck_assert_msg(fill(&s, LANE_URGENT) == windows[_i].urgent, "%s: %u with urgent ones",
		      windows[_i].why, s.submits.open.count);
	/* Answers make room for bulk again only beyond what is kept. */
	while (s.submits.open.count >= windows[_i].bulk) {
		ck_assert_msg(!session_takes_new(&s, LANE_BULK), "%s: %u open", windows[_i].why,
			      s.submits.open.count);
		outstanding_remove(&s.submits, outstanding_oldest(&s.submits));
	}
	ck_assert(session_takes_new(&s, LANE_BULK));
	session_deinit(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("window");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_window_kept_for_urgent, 0, sizeof(windows) / sizeof(*windows));
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
