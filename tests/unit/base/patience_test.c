/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of patience: a round ends with its time or with the daemon, whichever is first. */
#include "common/base/patience.h"

#include <poll.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/unit/support/run.h"

static bool readable_within(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

START_TEST(test_round_ends_with_its_time_and_the_next_begins_anew)
{
	struct patience p;
	struct err err;
	int stop[2], fd;
	uint64_t begun_ms = clock_mono_ms();

	ck_assert_int_eq(pipe(stop), 0);
	ck_assert_msg(patience_init(&p, stop[0], &err), "%s", err.msg);
	fd = patience_round(&p, 50);
	ck_assert(readable_within(fd, 10000));
	ck_assert_uint_ge(clock_mono_ms() - begun_ms, 50);
	fd = patience_round(&p, 60000);
	ck_assert(!readable_within(fd, 0));
	ck_assert_int_eq(write(stop[1], "", 1), 1);
	ck_assert(readable_within(fd, 10000));
	patience_deinit(&p);
	close(stop[0]);
	close(stop[1]);
}
END_TEST

START_TEST(test_a_bad_descriptor_is_an_error_and_leaves_nothing)
{
	struct patience p = PATIENCE_NONE;
	struct err err;

	ck_assert(!patience_init(&p, -1, &err));
	ck_assert_int_eq(p.epoll_fd, -1);
	ck_assert_int_eq(p.timer_fd, -1);
	patience_deinit(&p);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("patience");

	tcase_add_test(tests, test_round_ends_with_its_time_and_the_next_begins_anew);
	tcase_add_test(tests, test_a_bad_descriptor_is_an_error_and_leaves_nothing);
	return case_run("patience", tests);
}
