/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* forecast_test - expected and settled cost of messages, one for each cause of a difference. */
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

static struct test_database db;

static void run_sql(const char *sql)
{
	ck_ok(pg_exec(db.pg, sql, err));
}

/* Account 1: two roubles on acceptance, three since today; 2: five on delivery; 3: a flat 1.85. */
static void set_up(void)
{
	test_database_open(&db, "forecast");
	run_sql("INSERT INTO account (name, host, port, system_id, price_micro)"
		" VALUES ('a', 'x', 1, 'x', 0), ('b', 'x', 1, 'x', 0), ('c', 'x', 1, 'x', 1850000);"
		"SELECT tariff_put(NULL, 1::smallint, 0, 'RUB', true, NULL, 'part', 'acceptance',"
		" '2026-01-01', 'f', sha256('f'), 't', '{1}', '{0}', '{\"\"}', '{\"\"}', '{0}', "
		"'{-1}',"
		" '{0}', '{2000000}');"
		"SELECT tariff_put(NULL, 1::smallint, 1, 'RUB', true, NULL, 'part', 'acceptance',"
		" company_day(now()), 'f', sha256('f'), 't', '{1}', '{0}', '{\"\"}', '{\"\"}', "
		"'{0}', "
		" '{-1}', '{0}', '{3000000}');"
		"SELECT tariff_put(NULL, 2::smallint, 0, 'RUB', true, NULL, 'part', 'delivery',"
		" '2026-01-01', 'f', sha256('f'), 't', '{1}', '{0}', '{\"\"}', '{\"\"}', '{0}', "
		"'{-1}',"
		" '{0}', '{5000000}');");
	/* Made yesterday at noon, when account 1 was at two roubles. */
	run_sql("CREATE TEMPORARY TABLE home AS SELECT ((extract(epoch FROM "
		" company_day_begins(company_day(now()) - 1) + interval '12 h')::bigint"
		" - 1577836800) << 32) AS id;"
		"INSERT INTO batch (id, run_id, account_id, lane, class, category, message_count, "
		"parts,"
		" sender, deadline, filtered_at) SELECT id, 7, 1, 1, 1, 1, 10, 10, 's', now(), "
		"now() FROM "
		"home");
}

static void tear_down(void)
{
	test_database_close(&db);
}

/* Message n of the batch: its parts, what it was expected to cost, its state and delivered parts.
 */
static void message(int n, int parts, int64_t expected, int state, int delivered, int attempt)
{
	char sql[600];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO message (id, msisdn, price_micro, parts, encoding, text)"
		       " SELECT id + %d, 79000000000 + %d, %lld, %d, 0, 't' FROM home;"
		       "INSERT INTO message_state (id, state, delivered_parts, attempt) SELECT id "
		       "+ %d, %d,"
		       " %d, %d FROM home",
		       n, n, (long long)expected, parts, n, state, delivered, attempt);
	run_sql(sql);
}

/* Part of it was accepted over an account, as long after noon of yesterday. */
static void accepted(int n, int account, int part, int attempt, const char *after)
{
	char sql[600];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id,"
		       " account_id, attempt, part, parts, provider_id)"
		       " SELECT company_day_begins(company_day(now()) - 1) + interval '12 h' + "
		       "interval '%s', 1,"
		       " id + %d, 79000000000 + %d, 7, %d, %d, %d, 2, 'x' FROM home",
		       after, n, n, account, attempt, part);
	run_sql(sql);
}

static void wants(const char *cause, int64_t messages, int64_t expected, int64_t settled)
{
	static const struct pg_stmt stmt = {
		"wants", "SELECT f.messages, f.forecast_micro, f.settled_micro FROM home h,"
			 " forecast_causes(7, h.id, h.id) f WHERE f.cause = $1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;

	pg_param_text(params, cause);
	ck_ok(pg_run(db.pg, &stmt, params, &rows, err));
	ck_assert_msg(pg_rows(rows) == 1, "%s: %zu rows", cause, pg_rows(rows));
	ck_assert_msg(pg_int(rows, 0, 0) == messages && pg_int(rows, 0, 1) == expected &&
			      pg_int(rows, 0, 2) == settled,
		      "%s: %lld messages, expected %lld, settled %lld", cause,
		      (long long)pg_int(rows, 0, 0), (long long)pg_int(rows, 0, 1),
		      (long long)pg_int(rows, 0, 2));
	pg_result_free(&rows);
	pg_params_free(&params);
}

START_TEST(test_causes)
{
	message(0, 2, 4000000, 9, 3, 1);
	accepted(0, 1, 1, 1, "1 s");
	accepted(0, 1, 2, 1, "2 s");
	message(1, 1, 2000000, 5, 0, 1);
	message(2, 2, 4000000, 5, 0, 1);
	accepted(2, 1, 1, 1, "1 s");
	message(3, 1, 2000000, 9, 1, 2);
	accepted(3, 1, 1, 1, "1 s");
	accepted(3, 1, 1, 2, "9 s");
	message(4, 1, 5000000, 8, 0, 1);
	accepted(4, 2, 1, 1, "1 s");
	message(5, 1, 2000000, 9, 1, 1);
	accepted(5, 1, 1, 1, "13 h");
	message(6, 1, 2000000, 9, 1, 1);
	accepted(6, 2, 1, 1, "1 s");
	/* Its batch was routed to the account that took it, and is still expected to cost
	 * another's. */
	message(7, 1, 5000000, 9, 1, 1);
	accepted(7, 1, 1, 1, "1 s");
	message(8, 1, 7777777, 9, 1, 1);
	accepted(8, 1, 1, 1, "1 s");
	/* On delivery, the whole of it in one. */
	message(9, 2, 10000000, 9, 3, 1);
	accepted(9, 2, 0, 1, "1 s");

	wants("equal", 2, 14000000, 14000000);
	wants("not_accepted", 1, 2000000, 0);
	wants("part_not_accepted", 1, 4000000, 2000000);
	wants("sent_twice", 1, 2000000, 4000000);
	wants("not_delivered", 1, 5000000, 0);
	wants("tariff_changed", 1, 2000000, 3000000);
	wants("another_account", 2, 7000000, 7000000);
	wants("other", 1, 7777777, 2000000);
}
END_TEST

/* A receipt that comes late ends the difference. */
START_TEST(test_late_receipt)
{
	message(0, 1, 5000000, 8, 0, 1);
	accepted(0, 2, 1, 1, "1 s");
	wants("not_delivered", 1, 5000000, 0);
	run_sql("UPDATE message_state SET state = 9, delivered_parts = 1");
	wants("equal", 1, 5000000, 5000000);
}
END_TEST

/* Over two accounts that charge on delivery, and arrived over one: the receipts say which. */
START_TEST(test_arrived_over_one_of_two)
{
	run_sql("SELECT tariff_put(NULL, 3::smallint, 0, 'RUB', true, NULL, 'part', 'delivery',"
		" '2026-01-01', 'f', sha256('f'), 't', '{1}', '{0}', '{\"\"}', '{\"\"}', '{0}', "
		"'{-1}',"
		" '{0}', '{6000000}')");
	message(0, 1, 5000000, 9, 1, 2);
	accepted(0, 2, 1, 1, "1 s");
	accepted(0, 3, 1, 2, "9 s");
	run_sql("INSERT INTO receipt (received_at, message_id, account_id, part, state)"
		" SELECT now(), id, 3, 1, 9 FROM home");
	wants("sent_twice", 1, 5000000, 6000000);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("forecast");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_causes);
	tcase_add_test(tests, test_late_receipt);
	tcase_add_test(tests, test_arrived_over_one_of_two);
	return case_run("forecast", tests);
}
