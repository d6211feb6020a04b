/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Transactions on a healthy connection, and two that contend. */
#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

static struct pg *pg;

static void set_up(void)
{
	pg = test_open(test_db_url(), 20000);
}

static void tear_down(void)
{
	pg_close(&pg);
}

START_TEST(test_commit_and_rollback)
{
	ck_ok(pg_exec(pg, "CREATE TEMP TABLE t (a int)", err));
	ck_ok(pg_begin(pg, err));
	ck_ok(pg_exec(pg, "INSERT INTO t VALUES (1)", err));
	ck_ok(pg_commit(pg, err));
	ck_ok(pg_begin(pg, err));
	ck_ok(pg_exec(pg, "INSERT INTO t VALUES (2)", err));
	pg_rollback(pg);
	pg_rollback(pg);
	ck_assert_int_eq(test_int(pg, "count", "SELECT count(*) FROM t"), 1);
}
END_TEST

START_TEST(test_commit_of_a_failed_transaction_is_refused)
{
	ck_ok(pg_begin(pg, err));
	ck_fails(pg_exec(pg, "SELECT 1/0", err), ERR_REFUSED);
	ck_fails(pg_commit(pg, err), ERR_REFUSED);
	ck_assert(!pg_in_transaction(pg));
}
END_TEST

struct contest {
	struct pg *other;
	int runs;
	int spoil; /* how many runs meet another writer */
};

static bool add_one(struct pg *p, void *arg, struct err *e)
{
	static const struct pg_stmt add = {"add", "UPDATE contest SET a = a + 1"};
	struct contest *c = arg;

	c->runs++;
	if (!pg_exec(p, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT * FROM contest",
		     e))
		return false;
	if (c->runs <= c->spoil)
		ck_ok(pg_exec(c->other, "UPDATE contest SET a = a + 100", err));
	return pg_run(p, &add, NULL, NULL, e);
}

static const struct {
	const char *why;
	int spoil, runs;
	bool ok;
	int64_t sum;
} contests[] = {
	{"alone", 0, 1, true, 1},
	{"beaten twice", 2, 3, true, 201},
	{"always beaten", 99, 5, false, 500},
};

START_TEST(test_serialization_failure_is_retried)
{
	struct contest c = {.other = test_open(test_db_url(), 10000), .spoil = contests[_i].spoil};
	struct err e = {0};
	char sql[128];
	bool ok;

	(void)snprintf(sql, sizeof(sql), "CREATE SCHEMA contest_%d; SET search_path = contest_%d",
		       getpid(), getpid());
	ck_ok(pg_exec(pg, sql, err));
	ck_ok(pg_exec(c.other, strchr(sql, ';') + 1, err));
	ck_ok(pg_exec(pg, "CREATE TABLE contest (a int); INSERT INTO contest VALUES (0)", err));
	ok = pg_transaction(pg, add_one, &c, &e);
	ck_assert_msg(ok == contests[_i].ok, "%s: %s", contests[_i].why, e.msg);
	ck_assert_int_eq(c.runs, contests[_i].runs);
	ck_assert(ok || e.kind == ERR_RETRY);
	ck_assert_int_eq(test_int(pg, "sum", "SELECT a FROM contest"), contests[_i].sum);
	(void)snprintf(sql, sizeof(sql), "DROP SCHEMA contest_%d CASCADE", getpid());
	ck_ok(pg_exec(pg, sql, err));
	pg_close(&c.other);
}
END_TEST

static Suite *transaction_suite(void)
{
	Suite *s = suite_create("pg_transaction");
	TCase *tc = tcase_create("pg_transaction");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_commit_and_rollback);
	tcase_add_test(tc, test_commit_of_a_failed_transaction_is_refused);
	tcase_add_loop_test(tc, test_serialization_failure_is_retried, 0,
			    sizeof(contests) / sizeof(contests[0]));
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_db_url();
	return suite_run(transaction_suite());
}
