/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xact: what became of a transaction is learnt from its id, once the server knows. */
#include "common/gateway/xact.h"
#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

static struct pg *writer, *asker;

static void set_up(void)
{
	writer = test_open(test_db_url(), 10000);
	asker = test_open(test_db_url(), 10000);
}

static void tear_down(void)
{
	pg_close(&writer);
	pg_close(&asker);
}

/* Begin as claims and answers do; the transaction stays open. */
static int64_t begin(void)
{
	struct pg_result *r[2] = {NULL};
	int64_t id;

	ck_ok(pg_pipeline_begin(writer, err));
	ck_ok(pg_pipeline_add(writer, &XACT_BEGIN, NULL, err));
	ck_ok(pg_pipeline_add(writer, &XACT_ID, NULL, err));
	ck_ok(pg_pipeline_end(writer, r, 2, err));
	id = xact_id(r[1]);
	pg_result_free(&r[0]);
	pg_result_free(&r[1]);
	return id;
}

static bool committed(int64_t id)
{
	bool out = false;

	ck_ok(xact_outcome(asker, id, -1, &out, err));
	return out;
}

START_TEST(test_what_became_of_it)
{
	int64_t id = begin();

	ck_ok(pg_commit(writer, err));
	ck_assert(committed(id));
	id = begin();
	pg_rollback(writer);
	ck_assert(!committed(id));
}
END_TEST

/* The connection the answer was lost on is the one to ask on. */
START_TEST(test_over_a_lost_connection)
{
	int64_t id = begin();
	char sql[96];

	ck_ok(pg_commit(writer, err));
	(void)snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld, 10000)",
		       (long long)test_int(asker, "pid", "SELECT pg_backend_pid()"));
	ck_ok(pg_exec(writer, sql, err));
	ck_assert(committed(id));
}
END_TEST

static void *commit_soon(void *arg)
{
	(void)arg;
	(void)poll(NULL, 0, 200);
	ck_ok(pg_commit(writer, err));
	return NULL;
}

START_TEST(test_one_in_progress_is_waited_for)
{
	int64_t id = begin();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, commit_soon, NULL), 0);
	ck_assert(committed(id));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Who stops in the middle loses the transaction after two seconds, and with it the lease's lock. */
START_TEST(test_one_left_alone_is_ended_by_the_server)
{
	ck_assert(!committed(begin()));
}
END_TEST

START_TEST(test_stopping_ends_the_wait)
{
	int64_t id = begin();
	int ends[2];
	bool out = true;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(write(ends[1], "", 1), 1);
	ck_fails(xact_outcome(asker, id, ends[0], &out, err), ERR_STOPPING);
	ck_assert(!xact_pause(10000, ends[0]));
	ck_assert(xact_pause(1, -1));
	(void)close(ends[0]);
	(void)close(ends[1]);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("xact");

	(void)test_db_url();
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_what_became_of_it);
	tcase_add_test(tests, test_over_a_lost_connection);
	tcase_add_test(tests, test_one_in_progress_is_waited_for);
	tcase_add_test(tests, test_one_left_alone_is_ended_by_the_server);
	tcase_add_test(tests, test_stopping_ends_the_wait);
	return case_run("xact", tests);
}
