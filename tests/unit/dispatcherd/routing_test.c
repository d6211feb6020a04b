/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routing_test - chunks whose messages go by several accounts, on a real PostgreSQL, with the
 * rights dispatcherd has. */
#include "tests/unit/dispatcherd/database.h"

#include "common/model/message.h"
#include "dispatcherd/chunk.h"
#include "tests/unit/support/run.h"

#define SLOT 77

static struct pg *admin, *pg;
static struct chunker *chunker;

static void setup(void)
{
	admin = test_pg_open(database.url);
	pg = test_pg_open(database.url);
	database_exec(pg, "SET ROLE vestnik_dispatcherd");
	database_exec(admin, "TRUNCATE client, account, provider, campaign, run, run_count, chunk,"
			     " batch, message, message_state, suppression, account_cap_use,"
			     " numbering_version, numbering_operator_name, numbering_region_name,"
			     " run_plan RESTART IDENTITY CASCADE");
	chunker = chunker_new(SLOT);
}

static void teardown(void)
{
	chunker_free(&chunker);
	pg_close(&pg);
	pg_close(&admin);
}

/* Accounts 1, "near", and 2, "far": the first is cheaper. */
static void add_accounts(void)
{
	database_exec(admin,
		      "INSERT INTO account (name, host, port, system_id, price_micro, max_parts)"
		      " VALUES ('near', 'localhost', 2775, 'x', 200, 9),"
		      "        ('far', 'localhost', 2775, 'x', 300, 9);"
		      "INSERT INTO account_lease (account_id, owner, epoch, until)"
		      " SELECT id, 'test', 1, now() + interval '1 hour' FROM account");
}

/* Numbers 7912 000 0001 and on; those below 10 begin with 7912000000. */
static void add_run(int category, int count)
{
	database_do(admin,
		    "INSERT INTO client (msisdn) SELECT 79120000000 + n FROM generate_series(1, %d)"
		    " n ON CONFLICT DO NOTHING;"
		    "INSERT INTO campaign (name, text, sender, class, category, status, max_parts)"
		    " VALUES ('c', 'text', 'Vestnik', %d, %d, 'running', 6);"
		    "INSERT INTO run (campaign_id, status, deadline)"
		    " SELECT max(id), 'running', now() + interval '1 day' FROM campaign;"
		    "INSERT INTO chunk (run_id, no, state, lane, size, client_ids, msisdns)"
		    " SELECT (SELECT max(id) FROM run), 1, 1, 1, %d,"
		    "        array_agg(n ORDER BY n), array_agg(79120000000 + n ORDER BY n)"
		    "   FROM generate_series(1, %d) AS n",
		    count, category == CATEGORY_ADVERTISING ? 1 : 2, category, count, count);
}

static void add_request(int count)
{
	database_do(admin,
		    "INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class,"
		    " category, max_parts, deadline)"
		    " SELECT 1, 0, %d, array_agg(79120000000 + n ORDER BY n), array_agg('t' || n"
		    "        ORDER BY n), message_base_ids(%d), 'Shop', 2, 2, 3,"
		    "        now() + interval '1 day' FROM generate_series(1, %d) n",
		    count, (count + 199) / 200, count);
}

static struct chunk_report dispatch_by(struct chunker *by, int64_t chunk_id)
{
	struct chunk_report report;
	struct err err = {0};

	ck_assert_msg(chunk_dispatch(by, pg, chunk_id, true, &report, &err), "%s", err.msg);
	return report;
}

static struct chunk_report dispatch(int64_t chunk_id)
{
	return dispatch_by(chunker, chunk_id);
}

/* How many messages go by each account, as "1:9 2:41". */
static void by_account(const char *want)
{
	database_wants(admin, want,
		       "SELECT string_agg(a || ':' || n, ' ' ORDER BY a) FROM (SELECT b.account_id"
		       " AS a, count(*) AS n FROM message_state s JOIN batch b"
		       " ON b.id = coalesce(s.batch_id, s.id & ~255::bigint) GROUP BY 1) x");
}

/* --- splitting -----------------------------------------------------------------------------------
 */

/* Each message of a run goes its own way; the batches of both accounts have no gaps. */
START_TEST(test_run_over_two_accounts)
{
	add_accounts();
	database_exec(admin, "INSERT INTO account_route (account_id, prefixes)"
			     " VALUES (1, '{7912000000,7912000004}')");
	add_run(CATEGORY_SERVICE, 450);
	ck_assert_int_eq(dispatch(1).messages, 450);
	by_account("1:19 2:431");
	database_wants(admin, "1:19 2:200 2:200 2:31",
		       "SELECT string_agg(account_id || ':' || message_count, ' ' ORDER BY"
		       " account_id, message_count DESC) FROM batch WHERE message_ids IS NULL"
		       " AND parts = message_count");
	database_wants(admin, "450",
		       "SELECT count(*) FROM message m JOIN batch b ON b.id = m.id & ~255::bigint"
		       " JOIN message_state s ON s.id = m.id"
		       " WHERE m.id < b.id + b.message_count AND s.batch_id IS NULL"
		       " AND m.price_micro = CASE b.account_id WHEN 1 THEN 200 ELSE 300 END"
		       " AND m.msisdn = 79120000000 + m.client_id");
	database_wants(admin, "133100", "SELECT cost_micro FROM run_count");
}
END_TEST

/* Of a request, whose ids were given before: what goes elsewhere is listed, and what gateways claim
 * is every message once. */
START_TEST(test_request_over_two_accounts)
{
	struct chunk_report report;

	add_accounts();
	database_exec(admin, "INSERT INTO account_route (account_id, prefixes)"
			     " VALUES (1, '{7912000000,7912000004}')");
	add_request(250);
	report = dispatch(1);
	ck_assert_int_eq(report.messages, 250);
	ck_assert_uint_eq(report.urgent_count, 3); /* home batches 1 and 2, and a list */
	by_account("1:19 2:231");
	database_wants(admin, "home 1 200 19, home 2 50 50, list 2 181 181",
		       "SELECT string_agg(concat_ws(' ', CASE WHEN message_ids IS NULL THEN 'home'"
		       " ELSE 'list' END, account_id, message_count, parts), ', ' ORDER BY"
		       " message_ids IS NULL DESC, account_id) FROM batch WHERE attempt = 1"
		       " AND state = 1 AND lane = 0 AND publish_count = 1 AND NOT pinned");
	database_wants(admin, "181",
		       "SELECT count(*) FROM message_state s JOIN batch b ON b.id = s.batch_id"
		       " WHERE s.id = ANY (b.message_ids) AND s.attempt = 1");
	for (size_t i = 0; i < report.urgent_count; i++)
		database_do(admin, "SELECT batch_claim(%lld, %d::smallint, 'test', 1, 1000)",
			    (long long)report.urgent[i].batch_id, report.urgent[i].account_id);
	database_wants(admin, "250 250",
		       "SELECT concat_ws(' ', count(*), count(DISTINCT l.id)) FROM batch b"
		       " CROSS JOIN LATERAL batch_slice(b.id) l WHERE l.send");
}
END_TEST

/* The same when so few are stored that statements do it. */
START_TEST(test_small_request_over_two_accounts)
{
	add_accounts();
	database_exec(
		admin,
		"INSERT INTO account_route (account_id, prefixes) VALUES (1, '{79120000001}')");
	add_request(3);
	ck_assert_uint_eq(dispatch(1).urgent_count, 2);
	by_account("1:1 2:2");
}
END_TEST

/* --- the law -------------------------------------------------------------------------------------
 */

/* nothing of people in Russia goes to a provider elsewhere until a ground is recorded. */
START_TEST(test_r38_route_disabled_without_ground)
{
	add_accounts();
	database_exec(admin, "UPDATE provider SET country = 'AM'");
	add_run(CATEGORY_SERVICE, 5);
	ck_assert_int_eq(dispatch(1).suppressed, 5);
	database_wants(admin, "5", "SELECT count(*) FROM suppression WHERE reason = 9");
	database_exec(admin, "UPDATE provider SET cross_border_ground = 'contract 7, clause 3'"
			     " WHERE name = 'far'");
	add_run(CATEGORY_SERVICE, 5);
	chunker_free(&chunker); /* what was read is not looked at again within a second */
	chunker = chunker_new(SLOT);
	ck_assert_int_eq(dispatch(2).messages, 5);
	by_account("2:5");
}
END_TEST

/* advertising goes only where there is a contract with the operator, in force today. */
START_TEST(test_r49_route_needs_contract)
{
	add_accounts();
	database_exec(admin,
		      "INSERT INTO numbering_version (files, ranges, numbers) VALUES ('{f}', 1, 1);"
		      "INSERT INTO numbering_operator_name (name, operator_id) VALUES ('one', 1), "
		      "('two', 2);"
		      "INSERT INTO numbering_region_name (name) VALUES ('r');"
		      "INSERT INTO numbering_range VALUES (1, 79120000000, 79120000005, 1, 1),"
		      "                                   (1, 79120000006, 79120000999, 2, 1);"
		      "INSERT INTO account_route (account_id, contracts) VALUES (1, 'contracts'),"
		      "                                                         (2, 'contracts');"
		      "INSERT INTO operator_contract VALUES (1, 1, 'MTS-1', '2026-01-01', NULL),"
		      "       (2, 1, 'over', '2020-01-01', '2020-12-31'),"
		      "       (2, 2, 'to come', current_date + 30, NULL)");
	add_run(CATEGORY_ADVERTISING, 9);
	ck_assert_int_eq(dispatch(1).messages, 5); /* those of the first operator */
	by_account("1:5");
	database_wants(
		admin, "4",
		"SELECT count(*) FROM suppression WHERE reason = 9 AND msisdn >= 79120000006");
	database_exec(admin, "INSERT INTO ported_number VALUES (79120000009, 1, 'mnp')");
	add_run(CATEGORY_ADVERTISING, 9);
	chunker_free(&chunker);
	chunker = chunker_new(SLOT);
	ck_assert_int_eq(dispatch(2).messages, 6); /* and who took the number there */
	add_run(CATEGORY_SERVICE, 9);
	ck_assert_int_eq(dispatch(3).messages, 9);
	database_exec(admin, "TRUNCATE ported_number");
}
END_TEST

/* --- caps ----------------------------------------------------------------------------------------
 */

/* Whoever routes, and whatever is rolled back: not a part more than the cap, and it is used. */
START_TEST(test_caps_are_never_overrun)
{
	struct chunker *other = chunker_new(SLOT + 1);
	struct chunk_report report;
	struct err err = {0};

	add_accounts();
	database_exec(admin, "INSERT INTO account_cap VALUES (1, 'day', 700), (1, 'month', 650)");
	for (int i = 0; i < 4; i++)
		add_run(CATEGORY_SERVICE, 300);
	dispatch(1);
	database_exec(admin, "ALTER TABLE batch ADD CONSTRAINT no CHECK (run_id <> 2) NOT VALID");
	ck_assert(!chunk_dispatch(chunker, pg, 2, true, &report, &err));
	pg_rollback(pg);
	database_exec(admin, "ALTER TABLE batch DROP CONSTRAINT no");
	dispatch_by(other, 3); /* all is granted to the first one */
	dispatch(2);
	dispatch(4);
	by_account("1:650 2:550");
	database_wants(admin, "day 650 650, month 650 650",
		       "SELECT string_agg(concat_ws(' ', period, granted, used), ', ' ORDER BY"
		       " period) FROM (SELECT period, sum(granted) AS granted, sum(used) AS used"
		       " FROM account_cap_use GROUP BY 1) x");
	chunker_free(&other);
}
END_TEST

/* What was taken back meanwhile is not used: the chunk is done again, without it. */
START_TEST(test_grant_taken_back)
{
	struct chunk_report report;
	struct err err = {0};

	add_accounts();
	database_exec(admin, "INSERT INTO account_cap VALUES (1, 'day', 100)");
	add_run(CATEGORY_SERVICE, 60);
	add_run(CATEGORY_SERVICE, 60);
	dispatch(1);
	database_exec(admin, "UPDATE account_cap_use SET at = now() - interval '1 hour';"
			     "SELECT cap_reclaim();"
			     "UPDATE account_cap SET parts = 60");
	ck_assert(!chunk_dispatch(chunker, pg, 2, true, &report, &err));
	ck_assert_int_eq(err.kind, ERR_RETRY);
	pg_rollback(pg);
	dispatch(2);
	by_account("1:60 2:60");
}
END_TEST

/* The run's plan says who goes where, not who comes first: here, that half of them go by the dearer
 * one although the cheaper one has room. */
START_TEST(test_plan_is_followed)
{
	struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
	const struct route_ask ask = {
		.category = CATEGORY_SERVICE, .class = CLASS_SERVICE, .sender = "Vestnik"};
	const struct route_message message = {
		.msisdn = 79120000001, .encoding = SMS_GSM7, .parts = 1};
	struct route_store *store = mem_calloc(1, sizeof(*store));
	struct route_scope scope;

	add_accounts();
	database_exec(admin, "INSERT INTO account_cap VALUES (1, 'day', 100000)");
	add_run(CATEGORY_SERVICE, 1000);
	route_store_init(store);
	ck_ok(route_store_refresh(store, pg, err));
	route_scope_init(&scope, &store->book, &ask);
	route_judge(&scope, &message, verdict);
	database_do(admin, "INSERT INTO run_plan VALUES (1, %lld, 1, 0.5), (1, %lld, 2, 1)",
		    (long long)route_class(&scope, verdict, 0),
		    (long long)route_class(&scope, verdict, 0));
	route_store_deinit(store);
	mem_free(store);
	dispatch(1);
	database_wants(admin, "true",
		       "SELECT count(*) BETWEEN 430 AND 570 FROM message WHERE price_micro = 200");
	database_wants(admin, "1000", "SELECT count(*) FROM message");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("routing"), *law = tcase_create("R-38, R-49");
	Suite *suite = suite_create("routing");

	tcase_add_unchecked_fixture(tests, database_create, database_drop);
	tcase_add_unchecked_fixture(law, database_create, database_drop);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_checked_fixture(law, setup, teardown);
	tcase_add_test(tests, test_run_over_two_accounts);
	tcase_add_test(tests, test_request_over_two_accounts);
	tcase_add_test(tests, test_small_request_over_two_accounts);
	tcase_add_test(tests, test_caps_are_never_overrun);
	tcase_add_test(tests, test_grant_taken_back);
	tcase_add_test(tests, test_plan_is_followed);
	tcase_add_test(law, test_r38_route_disabled_without_ground);
	tcase_add_test(law, test_r49_route_needs_contract);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, law);
	return suite_run(suite);
}
