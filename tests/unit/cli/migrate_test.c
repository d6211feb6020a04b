/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <poll.h>
#include <sys/wait.h>

#include "tests/unit/cli/cli_test.h"
#include "tests/unit/support/run.h"

static struct test_database db;

static void set_up(void)
{
	folder_make();
	bare_database_open(&db, "migrate");
	cli.database_url = db.url;
}

static void tear_down(void)
{
	test_database_close(&db);
	folder_remove();
}

static int migrate(void)
{
	return command(cmd_migrate, "migrate", "--dir", folder);
}

static int64_t applied(void)
{
	return test_number(db.pg, "SELECT count(*) FROM schema_migration");
}

START_TEST(test_applied_in_order_and_once)
{
	(void)folder_file("0002_b.sql", "INSERT INTO t VALUES (2);");
	(void)folder_file("0001_a.sql", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);");
	(void)folder_file("README", "not a migration");
	ck_status(CLI_OK, migrate());
	ck_says("applied 0001_a.sql\napplied 0002_b.sql\n");
	ck_status(CLI_OK, migrate());
	ck_says("up to date: 2 migrations, the last is 0002_b.sql");
	(void)folder_file("0010_c.sql", "-- щ\nINSERT INTO t VALUES (3)");
	ck_status(CLI_OK, migrate());
	ck_says("applied 0010_c.sql");
	ck_does_not_say("0002");
	ck_assert_int_eq(applied(), 3);
	ck_assert_int_eq(test_number(db.pg, "SELECT sum(a) FROM t"), 6);
}
END_TEST

START_TEST(test_status)
{
	(void)folder_file("0001_a.sql", "SELECT 1");
	ck_status(CLI_OK, command(cmd_migrate, "migrate", "--status", "--dir", folder));
	ck_says("0001_a.sql  pending");
	ck_status(CLI_OK, migrate());
	(void)folder_file("0002_b.sql", "SELECT 1");
	ck_status(CLI_OK, command(cmd_migrate, "migrate", "--status", "--dir", folder));
	ck_says("0001_a.sql  applied  20");
	ck_says("0002_b.sql  pending  -");
	(void)folder_file("0001_a.sql", "SELECT 2");
	ck_status(CLI_FAILED, command(cmd_migrate, "migrate", "--status", "--dir", folder));
	ck_says("CHANGED");
}
END_TEST

START_TEST(test_an_applied_file_may_not_change)
{
	(void)folder_file("0001_a.sql", "CREATE TABLE t (a int)");
	ck_status(CLI_OK, migrate());
	(void)folder_file("0001_a.sql", "CREATE TABLE t (a bigint)");
	(void)folder_file("0002_b.sql", "CREATE TABLE u (a int)");
	ck_status(CLI_FAILED, migrate());
	ck_says("0001_a.sql was changed after it had been applied");
	ck_assert_int_eq(applied(), 1);
}
END_TEST

START_TEST(test_an_applied_file_may_not_vanish)
{
	char path[128];

	(void)folder_file("0001_a.sql", "SELECT 1");
	(void)folder_file("0002_b.sql", "SELECT 1");
	ck_status(CLI_OK, migrate());
	(void)snprintf(path, sizeof(path), "%s/0002_b.sql", folder);
	ck_assert_int_eq(unlink(path), 0);
	ck_status(CLI_FAILED, migrate());
	ck_says("the database has 0002_b.sql");
	ck_status(CLI_FAILED, command(cmd_migrate, "migrate", "--status", "--dir", folder));
	ck_says("NO FILE here");
}
END_TEST

START_TEST(test_a_late_number_is_refused)
{
	(void)folder_file("0002_b.sql", "SELECT 1");
	ck_status(CLI_OK, migrate());
	(void)folder_file("0001_a.sql", "SELECT 1");
	ck_status(CLI_FAILED, migrate());
	ck_says("0001_a.sql is not applied although 0002_b.sql");
	ck_assert_int_eq(applied(), 1);
}
END_TEST

static const struct {
	const char *why, *sql, *says;
} broken[] = {
	{"an error is told by file and line", "CREATE TABLE u (a int);\nSELEC 1;",
	 "0002_b.sql: SQL: line 2: syntax error"},
	{"a file that commits", "CREATE TABLE u (a int); COMMIT;",
	 "0002_b.sql: the file ends its own transaction"},
	{"a failing statement", "CREATE TABLE u (a int); SELECT 1/0", "division by zero"},
};

START_TEST(test_a_broken_file)
{
	(void)folder_file("0001_a.sql", "CREATE TABLE t (a int)");
	(void)folder_file("0002_b.sql", broken[_i].sql);
	(void)folder_file("0003_c.sql", "CREATE TABLE v (a int)");
	ck_status(CLI_FAILED, migrate());
	ck_says(broken[_i].says);
	/* What was before it stays, nothing behind it is touched. */
	ck_assert_int_eq(applied(), 1);
	ck_assert_int_eq(test_number(db.pg, "SELECT (to_regclass('v') IS NULL)::int"), 1);
	if (_i != 1)
		ck_assert_int_eq(test_number(db.pg, "SELECT (to_regclass('u') IS NULL)::int"), 1);
}
END_TEST

static const struct {
	const char *why, *name, *text, *says;
} files[] = {
	{"no number", "spine.sql", "SELECT 1", "spine.sql: a migration is named like"},
	{"short number", "001_spine.sql", "SELECT 1", "001_spine.sql: a migration"},
	{"no name", "0001_.sql", "SELECT 1", "0001_.sql: a migration"},
	{"capital letters", "0001_Spine.sql", "SELECT 1", "0001_Spine.sql: a migration"},
	{"number used twice", "0001_other.sql", "SELECT 1", "have the same number"},
	{"empty", "0002_empty.sql", "", "0002_empty.sql: is not SQL text"},
};

START_TEST(test_bad_files_are_refused_by_name)
{
	(void)folder_file("0001_first.sql", "SELECT 1");
	(void)folder_file(files[_i].name, files[_i].text);
	ck_status(CLI_FAILED, migrate());
	ck_says(files[_i].says);
	ck_assert_int_eq(
		test_number(db.pg, "SELECT (to_regclass('schema_migration') IS NULL)::int"), 1);
}
END_TEST

START_TEST(test_bad_folders_and_words)
{
	ck_status(CLI_FAILED, migrate());
	ck_says("there is no migration in this folder");
	ck_status(CLI_FAILED, command(cmd_migrate, "migrate", "--dir", "/nonexistent"));
	ck_says("/nonexistent");
	ck_status(CLI_USAGE, command(cmd_migrate, "migrate", "now"));
	ck_status(CLI_USAGE, command(cmd_migrate, "migrate", "--now"));
	(void)folder_file("0001_a.sql", "SELECT 1");
	cli.database_url = NULL;
	ck_status(CLI_USAGE, migrate());
	ck_says("which database?");
	cli.database_url = "postgresql://nobody@127.0.0.1:1/x";
	ck_status(CLI_FAILED, migrate());
}
END_TEST

START_TEST(test_one_migration_at_a_time)
{
	pid_t child;
	int status;

	(void)folder_file("0001_a.sql", "CREATE TABLE t (a int)");
	ck_ok(pg_exec(db.pg, "SELECT pg_advisory_lock(7000)", err));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(migrate());
	while (test_number(db.pg, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND "
				  "objid = 7000 AND NOT granted") == 0)
		(void)poll(NULL, 0, 5);
	ck_assert_int_eq(test_number(db.pg, "SELECT (to_regclass('t') IS NULL)::int"), 1);
	ck_ok(pg_exec(db.pg, "SELECT pg_advisory_unlock(7000)", err));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == CLI_OK);
	ck_assert_int_eq(applied(), 1);
}
END_TEST

static Suite *migrate_suite(void)
{
	Suite *s = suite_create("migrate");
	TCase *tc = tcase_create("migrate");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_applied_in_order_and_once);
	tcase_add_test(tc, test_status);
	tcase_add_test(tc, test_an_applied_file_may_not_change);
	tcase_add_test(tc, test_an_applied_file_may_not_vanish);
	tcase_add_test(tc, test_a_late_number_is_refused);
	tcase_add_loop_test(tc, test_a_broken_file, 0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(tc, test_bad_files_are_refused_by_name, 0,
			    sizeof(files) / sizeof(files[0]));
	tcase_add_test(tc, test_bad_folders_and_words);
	tcase_add_test(tc, test_one_migration_at_a_time);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_env("VESTNIK_TEST_DB");
	return suite_run(migrate_suite());
}
