/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a caller is told when the server or the line to it goes away. */
#include "common/base/give_up.h"
#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

static struct relay *relay;
static struct pg *pg;	  /* through the relay */
static struct pg *direct; /* the referee */
static char url[1024];
static char table[64];

static void set_up(void)
{
	char sql[256];

	relay = relay_start(url, sizeof(url));
	pg = test_open(url, 5000);
	direct = test_open(test_db_url(), 20000);
	(void)snprintf(table, sizeof(table), "loss_%d", getpid());
	(void)snprintf(sql, sizeof(sql), "CREATE TABLE %s (a int)", table);
	ck_ok(pg_exec(direct, sql, err));
}

static void tear_down(void)
{
	char sql[256];

	pg_close(&pg);
	relay_stop(relay);
	(void)snprintf(sql, sizeof(sql), "DROP TABLE %s", table);
	ck_ok(pg_exec(direct, sql, err));
	pg_close(&direct);
}

static void insert(struct pg *p)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (1)", table);
	ck_ok(pg_exec(p, sql, err));
}

static int64_t rows(void)
{
	static char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	return test_int(direct, "rows", sql);
}

static int64_t backend_of(struct pg *p)
{
	return test_int(p, "pid", "SELECT pg_backend_pid()");
}

/* End a session from outside and wait until it is gone. */
static void terminate(int64_t pid)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld, 10000)",
		       (long long)pid);
	ck_ok(pg_exec(direct, sql, err));
}

static void *terminate_sleeper(void *arg)
{
	struct pg *own = test_open(test_db_url(), 20000);
	char sql[512];
	int64_t pid = *(int64_t *)arg;

	/* Wait until the victim is at work, then end it. */
	(void)snprintf(
		sql, sizeof(sql),
		"DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %lld AND "
		"wait_event = 'PgSleep') LOOP PERFORM pg_sleep(0.01); PERFORM "
		"pg_stat_clear_snapshot(); END LOOP; PERFORM pg_terminate_backend(%lld); END $$",
		(long long)pid, (long long)pid);
	ck_ok(pg_exec(own, sql, err));
	pg_close(&own);
	return NULL;
}

START_TEST(test_session_ended_within_a_statement)
{
	static const struct pg_stmt stmt = {"sleep", "SELECT pg_sleep(4)"};
	int64_t pid = backend_of(pg);
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, terminate_sleeper, &pid), 0);
	ck_fails(pg_run(pg, &stmt, NULL, NULL, err), ERR_LOST);
	ck_assert(!pg_usable(pg));
	(void)pthread_join(thread, NULL);
	ck_ok(pg_reconnect(pg, err));
	ck_assert_int_ne(backend_of(pg), pid);
}
END_TEST

START_TEST(test_line_cut_within_a_statement)
{
	relay->mode = RELAY_CUT_AFTER_REPLY;
	ck_fails(pg_exec(pg, "SELECT 1", err), ERR_LOST);
	pg_rollback(pg);
	ck_fails(pg_begin(pg, err), ERR_LOST);
	ck_fails(pg_pipeline_begin(pg, err), ERR_LOST);
	ck_fails(pg_commit(pg, err), ERR_LOST);
}
END_TEST

static const struct {
	const char *why;
	enum relay_mode mode;
	enum err_kind kind;
	int64_t rows;
} commits[] = {
	{"the reply is lost: committed", RELAY_CUT_AFTER_REPLY, ERR_UNKNOWN, 1},
	{"the reply never comes: committed", RELAY_SWALLOW_REPLIES, ERR_UNKNOWN, 1},
	{"the COMMIT is lost: not committed", RELAY_CUT_BEFORE_REQUEST, ERR_UNKNOWN, 0},
};

START_TEST(test_commit_lost)
{
	int64_t pid = backend_of(pg);
	uint64_t begun_ms;

	ck_ok(pg_begin(pg, err));
	insert(pg);
	pg_set_timeout(pg, 500);
	begun_ms = clock_mono_ms();
	relay->mode = commits[_i].mode;
	ck_fails(pg_commit(pg, err), commits[_i].kind);
	ck_assert_msg(clock_mono_ms() - begun_ms < 2000, "%s: waited too long", commits[_i].why);
	ck_assert(!pg_usable(pg));
	/* Read back, as a caller would, once the old session is over. */
	terminate(pid);
	ck_assert_msg(rows() == commits[_i].rows, "%s: %lld rows", commits[_i].why,
		      (long long)rows());
}
END_TEST

START_TEST(test_session_ended_before_commit_is_lost_not_unknown)
{
	ck_ok(pg_begin(pg, err));
	insert(pg);
	relay->mode = RELAY_REFUSE;
	/* Wait until the end has arrived here. */
	ck_assert_int_eq(poll(&(struct pollfd){PQsocket(pg->conn), POLLIN, 0}, 1, 5000), 1);
	ck_fails(pg_commit(pg, err), ERR_LOST);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

START_TEST(test_terminated_before_commit_is_lost_not_unknown)
{
	ck_ok(pg_begin(pg, err));
	insert(pg);
	terminate(backend_of(pg));
	ck_assert_int_eq(poll(&(struct pollfd){PQsocket(pg->conn), POLLIN, 0}, 1, 5000), 1);
	ck_fails(pg_commit(pg, err), ERR_LOST);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

static bool insert_body(struct pg *p, void *arg, struct err *err)
{
	(void)err;
	insert(p);
	relay->mode = *(enum relay_mode *)arg;
	return true;
}

START_TEST(test_transaction_does_not_repeat_an_unknown_commit)
{
	enum relay_mode mode = RELAY_CUT_AFTER_REPLY;

	ck_fails(pg_transaction(pg, insert_body, &mode, err), ERR_UNKNOWN);
	ck_assert_int_eq(rows(), 1);
}
END_TEST

static const struct {
	const char *why;
	enum relay_mode mode;
	bool commits;
	enum err_kind kind;
	int64_t rows;
} pipelines[] = {
	{"COMMIT in it, reply lost", RELAY_CUT_AFTER_REPLY, true, ERR_UNKNOWN, 1},
	{"COMMIT in it, request lost", RELAY_CUT_BEFORE_REQUEST, true, ERR_UNKNOWN, 0},
	{"no COMMIT in it", RELAY_CUT_AFTER_REPLY, false, ERR_LOST, 0},
};

START_TEST(test_pipeline_lost)
{
	static const struct pg_stmt begin = {"begin", "BEGIN"};
	static const struct pg_stmt commit = {"commit", " commit"};
	static char sql[256];
	struct pg_stmt add = {"add", sql};
	struct pg_result *outs[3] = {NULL};
	int64_t pid = backend_of(pg);

	(void)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (1)", table);
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add(pg, &begin, NULL, err));
	ck_ok(pg_pipeline_add(pg, &add, NULL, err));
	ck_ok(pg_pipeline_add(pg, pipelines[_i].commits ? &commit : &add, NULL, err));
	relay->mode = pipelines[_i].mode;
	ck_fails(pg_pipeline_end(pg, outs, 3, err), pipelines[_i].kind);
	ck_assert(!pg_usable(pg));
	terminate(pid);
	ck_assert_msg(rows() == pipelines[_i].rows, "%s: %lld rows", pipelines[_i].why,
		      (long long)rows());
	/* The rest of the interface says the same and does no harm. */
	ck_fails(pg_pipeline_add(pg, &add, NULL, err), ERR_LOST);
	ck_fails(pg_pipeline_end(pg, NULL, 0, err), ERR_LOST);
}
END_TEST

START_TEST(test_abandoned_pipeline_is_not_executed)
{
	static const struct pg_stmt commit = {"commit", "COMMIT"};
	static char sql[256];
	struct pg_stmt add = {"add", sql};
	int64_t pid = backend_of(pg);

	(void)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (1)", table);
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add(pg, &add, NULL, err));
	ck_ok(pg_pipeline_add(pg, &commit, NULL, err));
	pg_rollback(pg);
	ck_assert(!pg_usable(pg));
	terminate(pid);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

START_TEST(test_silence_ends_at_the_deadline)
{
	uint64_t begun_ms;

	pg_set_timeout(pg, 300);
	relay->mode = RELAY_SWALLOW_REPLIES;
	begun_ms = clock_mono_ms();
	ck_fails(pg_exec(pg, "SELECT 1", err), ERR_LOST);
	ck_assert_uint_ge(clock_mono_ms() - begun_ms, 290);
	ck_assert_uint_lt(clock_mono_ms() - begun_ms, 2000);
	/* Connecting is bounded too. */
	begun_ms = clock_mono_ms();
	ck_fails(pg_reconnect(pg, err), ERR_LOST);
	ck_assert_uint_lt(clock_mono_ms() - begun_ms, 2000);
}
END_TEST

START_TEST(test_server_cuts_a_long_statement_short)
{
	struct pg *own = test_open(test_db_url(), 500);
	uint64_t begun_ms = clock_mono_ms();

	ck_fails(pg_exec(own, "SELECT pg_sleep(30)", err), ERR_TIMEOUT);
	ck_assert_uint_lt(clock_mono_ms() - begun_ms, 2000);
	ck_assert(pg_usable(own));
	ck_ok(pg_exec(own, "SELECT 1", err));
	pg_close(&own);
}
END_TEST

START_TEST(test_idle_transaction_is_ended_by_the_server)
{
	struct pg *own = test_open(test_db_url(), 200);

	ck_ok(pg_begin(own, err));
	ck_assert_int_eq(poll(&(struct pollfd){PQsocket(own->conn), POLLIN, 0}, 1, 5000), 1);
	ck_fails(pg_exec(own, "SELECT 1", err), ERR_LOST);
	pg_close(&own);
}
END_TEST

/* Let connections through again after some were refused. */
static void *end_outage(void *arg)
{
	(void)arg;
	while (relay->refused < 4)
		(void)poll(NULL, 0, 5);
	relay->mode = RELAY_PASS;
	return NULL;
}

START_TEST(test_outage_and_return)
{
	static const struct pg_stmt stmt = {"answer", "SELECT 42"};
	struct pg_result *r = NULL;
	pthread_t thread;

	ck_ok(pg_run(pg, &stmt, NULL, NULL, err));
	relay->mode = RELAY_REFUSE;
	ck_fails(pg_run(pg, &stmt, NULL, NULL, err), ERR_LOST);
	ck_fails(pg_reconnect(pg, err), ERR_LOST);
	ck_assert_int_eq(pthread_create(&thread, NULL, end_outage, NULL), 0);
	ck_ok(pg_reconnect_wait(pg, -1, err));
	/* What was prepared before is prepared again. */
	ck_ok(pg_run(pg, &stmt, NULL, &r, err));
	ck_assert_int_eq(pg_int(r, 0, 0), 42);
	pg_result_free(&r);
	(void)pthread_join(thread, NULL);
}
END_TEST

START_TEST(test_waiting_for_the_server_ends_at_stop)
{
	struct pg_options options = {.url = url, .timeout_ms = 1000};
	struct pg *own = NULL;
	int pipe_fds[2];

	relay->mode = RELAY_REFUSE;
	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert_int_eq(write(pipe_fds[1], "x", 1), 1);
	ck_fails(pg_open_wait(&options, pipe_fds[0], &own, err), ERR_STOPPING);
	ck_assert_ptr_null(own);
	relay->mode = RELAY_PASS;
	ck_ok(pg_open_wait(&options, pipe_fds[0], &own, err));
	pg_close(&own);
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
}
END_TEST

static void *give_up_soon(void *arg)
{
	(void)arg;
	(void)poll(NULL, 0, 50); /* too early does no harm: the call then fails at once */
	give_up();
	return NULL;
}

/* In a process of its own, which cannot use the database afterwards. */
START_TEST(test_giving_up_ends_every_wait)
{
	struct pg *own = NULL, *other = NULL;
	uint64_t begun_ms = clock_mono_ms();
	pthread_t thread;

	relay = relay_start(url, sizeof(url));
	own = test_open(url, 20000);
	other = test_open(url, 20000);
	ck_ok(pg_begin(other, err));
	relay->mode = RELAY_SWALLOW_REPLIES;
	ck_assert_int_eq(pthread_create(&thread, NULL, give_up_soon, NULL), 0);
	ck_fails(pg_exec(own, "SELECT 1", err), ERR_LOST);
	(void)pthread_join(thread, NULL);
	ck_assert(!pg_usable(own));
	ck_fails(pg_commit(other, err), ERR_UNKNOWN);
	relay->mode = RELAY_PASS;
	ck_fails(pg_reconnect(own, err), ERR_LOST);
	ck_fails(pg_reconnect_wait(own, -1, err), ERR_STOPPING);
	ck_assert_uint_lt(clock_mono_ms() - begun_ms, 5000);
	pg_close(&own);
	pg_close(&other);
	relay_stop(relay);
}
END_TEST

static const struct {
	const char *why;
	const char *url;
	enum err_kind kind;
	const char *must_not_say;
} bad_urls[] = {
	{"not a URL", "postgresql://user:geheim@host:port:port/%zz", ERR_INPUT, "geheim"},
	{"unknown key", "postgresql://user:geheim@127.0.0.1/x?nokey=geheim", ERR_INPUT, "geheim"},
	{"nobody listens", "postgresql://user:geheim@127.0.0.1:1/x", ERR_LOST, "geheim"},
	{"no such socket", "host=/nonexistent user=x password=geheim", ERR_LOST, "geheim"},
};

START_TEST(test_bad_urls)
{
	struct pg_options options = {.url = bad_urls[_i].url, .timeout_ms = 1000};
	struct pg *own = NULL;
	struct err e = {0};

	ck_assert(!pg_open(&options, &own, &e));
	ck_assert_msg(e.kind == bad_urls[_i].kind, "%s: %s", bad_urls[_i].why, e.msg);
	ck_assert_msg(strstr(e.msg, bad_urls[_i].must_not_say) == NULL, "%s: %s", bad_urls[_i].why,
		      e.msg);
	if (e.kind == ERR_INPUT)
		ck_fails(pg_open_wait(&options, -1, &own, err), ERR_INPUT);
}
END_TEST

START_TEST(test_copy_lost)
{
	char sql[256];
	struct pg_copy *copy;

	(void)snprintf(sql, sizeof(sql), "COPY %s FROM STDIN (FORMAT binary)", table);
	copy = pg_copy_new(sql);
	pg_copy_row(copy, 1);
	pg_copy_int32(copy, 1);
	ck_ok(pg_copy_stream_begin(pg, copy, err));
	relay->mode = RELAY_CUT_BEFORE_REQUEST;
	ck_fails(pg_copy_stream_end(pg, copy, err), ERR_LOST);
	pg_copy_stream_abort(pg, copy);
	ck_fails(pg_copy_stream_begin(pg, copy, err), ERR_LOST);
	pg_copy_free(&copy);
	pg_copy_free(&copy);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

static Suite *loss_suite(void)
{
	Suite *s = suite_create("pg_loss");
	TCase *tc = tcase_create("pg_loss");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_session_ended_within_a_statement);
	tcase_add_test(tc, test_line_cut_within_a_statement);
	tcase_add_loop_test(tc, test_commit_lost, 0, sizeof(commits) / sizeof(commits[0]));
	tcase_add_test(tc, test_session_ended_before_commit_is_lost_not_unknown);
	tcase_add_test(tc, test_terminated_before_commit_is_lost_not_unknown);
	tcase_add_test(tc, test_transaction_does_not_repeat_an_unknown_commit);
	tcase_add_loop_test(tc, test_pipeline_lost, 0, sizeof(pipelines) / sizeof(pipelines[0]));
	tcase_add_test(tc, test_abandoned_pipeline_is_not_executed);
	tcase_add_test(tc, test_silence_ends_at_the_deadline);
	tcase_add_test(tc, test_server_cuts_a_long_statement_short);
	tcase_add_test(tc, test_idle_transaction_is_ended_by_the_server);
	tcase_add_test(tc, test_outage_and_return);
	tcase_add_test(tc, test_waiting_for_the_server_ends_at_stop);
	tcase_add_loop_test(tc, test_bad_urls, 0, sizeof(bad_urls) / sizeof(bad_urls[0]));
	tcase_add_test(tc, test_copy_lost);
	suite_add_tcase(s, tc);
	tc = tcase_create("giving up");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_giving_up_ends_every_wait);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_db_url();
	return suite_run(loss_suite());
}
