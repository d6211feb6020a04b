/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <signal.h>

#include "common/store/pool.h"
#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

static struct pg_options options;
static struct pg_pool *pool;

static void set_up(void)
{
	options = (struct pg_options){
		.url = test_db_url(), .application = "pool_test", .timeout_ms = 10000};
	pool = pg_pool_new(&options, 2);
}

static void tear_down(void)
{
	pg_pool_free(&pool);
}

static uint64_t soon(uint64_t ms)
{
	return clock_mono_ms() + ms;
}

START_TEST(test_no_more_than_its_size_is_lent)
{
	struct pg *a, *b, *c;

	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	ck_ok(pg_pool_take(pool, CLOCK_NEVER_MS, &b, err));
	ck_assert_ptr_ne(a, b);
	ck_fails(pg_pool_take(pool, soon(50), &c, err), ERR_TIMEOUT);
	ck_fails(pg_pool_take(pool, 0, &c, err), ERR_TIMEOUT);
	pg_pool_give(pool, a);
	ck_ok(pg_pool_take(pool, soon(10000), &c, err));
	ck_assert_ptr_eq(a, c);
	pg_pool_give(pool, b);
	pg_pool_give(pool, c);
}
END_TEST

#define MANY_TABLES                                                                                \
	"DO $$ BEGIN FOR i IN 1..300 LOOP"                                                         \
	" EXECUTE format('CREATE TEMP TABLE t%s (a int PRIMARY KEY)', i); END LOOP; END $$"

START_TEST(test_an_open_transaction_is_rolled_back)
{
	struct pg *a;

	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	ck_ok(pg_exec(a, "CREATE TEMP TABLE t (a int)", err));
	ck_ok(pg_begin(a, err));
	ck_ok(pg_exec(a, "INSERT INTO t VALUES (1)", err));
	/* Rolling back takes longer than the borrower had left, and is waited for. */
	ck_ok(pg_exec(a, MANY_TABLES, err));
	pg_set_timeout(a, 1);
	pg_pool_give(pool, a);
	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	ck_assert(!pg_in_transaction(a));
	ck_assert_int_eq(test_int(a, "count", "SELECT count(*) FROM t"), 0);
	pg_pool_give(pool, a);
}
END_TEST

START_TEST(test_a_dead_connection_is_replaced)
{
	struct pg *a;
	struct pg *killer = test_open(test_db_url(), 10000);
	char sql[128];
	int64_t pid;

	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	pid = test_int(a, "pid", "SELECT pg_backend_pid()");
	pg_pool_give(pool, a);
	(void)snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%lld, 10000)",
		       (long long)pid);
	ck_ok(pg_exec(killer, sql, err));
	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	ck_assert_int_ne(test_int(a, "pid", "SELECT pg_backend_pid()"), pid);
	pg_pool_give(pool, a);
	pg_close(&killer);
}
END_TEST

START_TEST(test_an_unreachable_server_is_an_error_each_time)
{
	struct pg_options nowhere = {.url = "host=127.0.0.1 port=1 user=x dbname=x"};
	struct pg_pool *own = pg_pool_new(&nowhere, 1);
	struct pg *a;

	ck_fails(pg_pool_take(own, soon(2000), &a, err), ERR_LOST);
	ck_fails(pg_pool_take(own, soon(2000), &a, err), ERR_LOST);
	pg_pool_free(&own);
	pg_pool_free(&own);
}
END_TEST

enum { THREADS = 8, ROUNDS = 100 };

static atomic_int lent, lent_max;

static void *contend(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		struct pg *a = NULL;
		int now;

		ck_ok(pg_pool_take(pool, soon(30000), &a, err));
		now = ++lent;
		for (int max = lent_max; now > max;)
			if (atomic_compare_exchange_weak(&lent_max, &max, now))
				break;
		ck_ok(pg_exec(a, "SELECT 1", err));
		lent--;
		pg_pool_give(pool, a);
	}
	return NULL;
}

START_TEST(test_contention)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, contend, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	/* That both are lent at a time is shown above; here it would be up to the scheduler. */
	ck_assert_int_ge(lent_max, 1);
	ck_assert_int_le(lent_max, 2);
	ck_assert_int_eq(lent, 0);
}
END_TEST

START_TEST(test_misuse_panics)
{
	struct pg *a = NULL;

	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
	ck_ok(pg_pool_take(pool, soon(10000), &a, err));
	if (_i == 0)
		pg_pool_free(&pool);
	pg_pool_give(pool, a);
	pg_pool_give(pool, a);
}
END_TEST

static Suite *pool_suite(void)
{
	Suite *s = suite_create("pool");
	TCase *tc = tcase_create("pool");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_no_more_than_its_size_is_lent);
	tcase_add_test(tc, test_an_open_transaction_is_rolled_back);
	tcase_add_test(tc, test_a_dead_connection_is_replaced);
	tcase_add_test(tc, test_an_unreachable_server_is_an_error_each_time);
	tcase_add_test(tc, test_contention);
	tcase_add_loop_test_raise_signal(tc, test_misuse_panics, SIGABRT, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_db_url();
	return suite_run(pool_suite());
}
