/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* chunk_test - chunks dispatched on a real PostgreSQL, with the rights dispatcherd has. */
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
	database_exec(admin, "TRUNCATE client, client_attribute, opt_out, account, campaign, run,"
			     " run_count, chunk, batch, message, message_state, suppression,"
			     " promo_pool"
			     " RESTART IDENTITY CASCADE");
	chunker = chunker_new(SLOT);
}

static void teardown(void)
{
	chunker_free(&chunker);
	pg_close(&pg);
	pg_close(&admin);
}

/* --- what is in the database ---------------------------------------------------------------------
 */

static void add_account(const char *name, int price_micro, bool up)
{
	database_do(admin,
		    "INSERT INTO account (name, host, port, system_id, price_micro, max_parts)"
		    " VALUES ('%s', 'localhost', 2775, 'x', %d, 3);",
		    name, price_micro);
	if (up)
		database_do(admin,
			    "INSERT INTO account_lease (account_id, owner, epoch, until)"
			    " SELECT id, 'test', 1, now() + interval '1 hour' FROM account"
			    "  WHERE name = '%s'",
			    name);
}

/* Clients 1 to `count`: +7 912 000 0001 and so on, called Анна. */
static void add_clients(int count)
{
	database_do(admin,
		    "INSERT INTO client (msisdn, first_name, last_name)"
		    " SELECT 79120000000 + n, 'Анна', 'Номер ' || n"
		    "   FROM generate_series(1, %d) AS n",
		    count);
}

/* A running campaign and one released chunk of clients 1 to `count`. */
static void add_run(const char *text, int class, int category, enum lane lane, int count)
{
	database_do(admin,
		    "INSERT INTO campaign (name, text, sender, class, category, priority, status,"
		    " max_parts) VALUES ('c', '%s', 'Vestnik', %d, %d, 3, 'running', 6);"
		    "INSERT INTO run (campaign_id, status, deadline)"
		    " SELECT max(id), 'running', now() + interval '1 day' FROM campaign;"
		    "INSERT INTO chunk (run_id, no, state, lane, size, client_ids, msisdns)"
		    " SELECT (SELECT max(id) FROM run), 1, 1, %d, %d,"
		    "        array_agg(n ORDER BY n), array_agg(79120000000 + n ORDER BY n)"
		    "   FROM generate_series(1, %d) AS n",
		    text, class, category, (int)lane, count, count);
}

static struct chunk_report dispatch(int64_t chunk_id)
{
	struct chunk_report report;
	struct err err = {0};

	ck_assert_msg(chunk_dispatch(chunker, pg, chunk_id, true, &report, &err), "%s", err.msg);
	return report;
}

/* --- runs
 * ------------------------------------------------------------------------------------------
 */

START_TEST(test_run)
{
	struct chunk_report report;

	add_account("dear", 300, true);
	add_account("cheap", 200, true);
	add_account("cheapest_but_down", 100, false);
	add_clients(450);
	add_run("Здравствуйте, {first_name}!", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 450);
	report = dispatch(1);
	ck_assert_int_eq(report.outcome, CHUNK_STORED);
	ck_assert_int_eq(report.messages, 450);
	ck_assert_int_eq(report.parts, 450);
	ck_assert_uint_eq(report.urgent_count, 0);

	database_wants(admin, "200 200 50",
		       "SELECT string_agg(message_count::text, ' ' ORDER BY id) FROM batch");
	database_wants(admin, "3",
		       "SELECT count(*) FROM batch WHERE state = 0 AND lane = 1 AND priority = 3"
		       " AND class = 2 AND category = 2 AND account_id = 2 AND run_id = 1"
		       " AND sender = 'Vestnik' AND parts = message_count AND NOT pinned"
		       " AND publish_count = 0 AND published_at IS NULL AND message_ids IS NULL"
		       " AND deadline = (SELECT deadline FROM run)"
		       " AND filtered_at BETWEEN now() - interval '1 minute' AND now()");
	/* Every message stands at its place in its home batch, once. */
	database_wants(admin, "450",
		       "SELECT count(*) FROM message m JOIN batch b ON b.id = m.id & ~255::bigint"
		       " JOIN message_state s ON s.id = m.id"
		       " WHERE m.id < b.id + b.message_count AND s.state = 0 AND s.batch_id IS NULL"
		       " AND m.msisdn = 79120000000 + m.client_id AND m.price_micro = 200"
		       " AND m.parts = 1 AND m.encoding = 1 AND m.text = 'Здравствуйте, Анна!'");
	database_wants(admin, "450", "SELECT count(DISTINCT client_id) FROM message");
	database_wants(admin, "1 77 450 450 90000 0",
		       "SELECT concat_ws(' ', run_id, slot, messages, parts, cost_micro,"
		       " suppressed) FROM run_count");
	database_wants(admin, "2 1", "SELECT concat_ws(' ', state, taken) FROM chunk");
}
END_TEST

/* Each message costs 200 and may come to cost 300, over the dearer account. */
START_TEST(test_money)
{
	struct chunk_report report;

	add_account("dear", 300, true);
	add_account("cheap", 200, true);
	add_clients(10);
	add_run("Hello", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 10);
	/* A millionth too little: nothing of it is stored, and it says what it needs. */
	database_do(admin, "UPDATE chunk SET money_micro = 2999");
	report = dispatch(1);
	ck_assert_int_eq(report.outcome, CHUNK_PUT_BACK);
	database_wants(admin, "0 0 3000",
		       "SELECT concat_ws(' ', state, taken, need_micro, money_micro) FROM chunk");
	database_wants(admin, "0 0",
		       "SELECT concat_ws(' ', (SELECT count(*) FROM message),"
		       " (SELECT count(*) FROM suppression))");
	/* More than enough: the rest is there again. */
	database_do(admin, "UPDATE chunk SET state = 1, money_micro = 3500");
	report = dispatch(1);
	ck_assert_int_eq(report.messages, 10);
	database_wants(admin, "2 3000", "SELECT concat_ws(' ', state, money_micro) FROM chunk");
	/* The last money: who does not fit is left out. */
	add_run("Hello", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 10);
	database_do(admin, "UPDATE chunk SET money_micro = 2000, money_final = true WHERE id = 2");
	report = dispatch(2);
	ck_assert_int_eq(report.messages, 6);
	database_wants(admin, "41 4",
		       "SELECT concat_ws(' ', min(reason), count(*)) FROM suppression");
	database_wants(admin, "2 1800",
		       "SELECT concat_ws(' ', state, money_micro) FROM chunk WHERE id = 2");
}
END_TEST

START_TEST(test_urgent)
{
	struct chunk_report report;

	add_account("a", 200, true);
	add_clients(201);
	add_run("Alarm", CLASS_ALERT, CATEGORY_EMERGENCY, LANE_URGENT, 201);
	report = dispatch(1);
	ck_assert_uint_eq(report.urgent_count, 2);
	ck_assert_int_eq(report.urgent[0].account_id, 1);
	database_wants(
		admin, "2",
		"SELECT count(*) FROM batch WHERE state = 1 AND lane = 0 AND publish_count = 1"
		" AND published_at IS NOT NULL AND id IN (%lld, %lld)",
		(long long)report.urgent[0].batch_id, (long long)report.urgent[1].batch_id);
	database_wants(admin, "201", "SELECT count(*) FROM message WHERE encoding = 0");
}
END_TEST

/* Few rows are stored by statements, more by COPY: the same comes of both. */
START_TEST(test_few_and_many)
{
	add_account("a", 200, true);
	add_clients(PG_ROWS_FEW + 2);
	database_exec(admin, "INSERT INTO opt_out (msisdn, scope) VALUES (79120000001, 'all')");
	for (int count = PG_ROWS_FEW; count <= PG_ROWS_FEW + 2; count++) {
		add_run("Здравствуйте, {first_name}!", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK,
			count);
		ck_assert_int_eq(dispatch(count - PG_ROWS_FEW + 1).messages, count - 1);
	}
	database_wants(
		admin, "7 8 9",
		"SELECT string_agg(n::text, ' ' ORDER BY n) FROM (SELECT count(*) AS n"
		" FROM message m JOIN message_state s USING (id)"
		" JOIN batch b ON b.id = m.id & ~255::bigint"
		" WHERE m.client_id > 1 AND m.msisdn = 79120000000 + m.client_id AND m.parts = 1"
		" AND m.encoding = 1 AND m.price_micro = 200 AND m.text = 'Здравствуйте, Анна!'"
		" GROUP BY b.run_id) x");
	database_wants(admin, "1 1, 2 1, 3 1",
		       "SELECT string_agg(run_id || ' ' || reason, ', ' ORDER BY run_id)"
		       " FROM suppression WHERE client_id = 1 AND message_id IS NULL");
}
END_TEST

START_TEST(test_suppressions)
{
	struct chunk_report report;

	add_account("a", 200, true);
	add_clients(9);
	database_exec(admin,
		      "DELETE FROM client WHERE id = 2;"
		      "UPDATE client SET msisdn = 79130000000 WHERE id = 3;"
		      "INSERT INTO opt_out (msisdn, scope) VALUES (79120000004, 'all'),"
		      " (79120000005, 'advertising');"
		      "UPDATE client SET msisdn = 74950000000 WHERE id = 6;"
		      "UPDATE client SET first_name = NULL WHERE id = 7;"
		      "UPDATE client SET first_name = repeat('длинное имя ', 20) WHERE id = 8;"
		      "UPDATE client SET first_name = 'Евгений' || E'\\u0306' WHERE id = 9");
	add_run("{first_name}", CLASS_ADVERTISING, CATEGORY_ADVERTISING, LANE_BULK, 9);
	database_exec(admin, "UPDATE chunk SET msisdns[6] = 74950000000");
	report = dispatch(1);
	ck_assert_int_eq(report.messages, 2);
	ck_assert_int_eq(report.suppressed, 7);
	database_wants(admin, "2:3 3:4 4:1 5:1 6:2 7:7 8:8",
		       "SELECT string_agg(client_id || ':' || reason, ' ' ORDER BY client_id)"
		       " FROM suppression WHERE run_id = 1 AND message_id IS NULL");
	/* What stands between the suppressed closes up, so that positions have no gaps. */
	database_wants(admin, "1:0 9:1",
		       "SELECT string_agg(client_id || ':' || (id & 255), ' ' ORDER BY id)"
		       " FROM message");
	database_wants(admin, "2", "SELECT message_count FROM batch");
	database_wants(admin, "7", "SELECT suppressed FROM run_count");
}
END_TEST

/* Each message has codes of its own, be it stored by a statement or by COPY; where a condition
 * leaves the link or the promo code out there is none. */
START_TEST(test_links_and_promo_codes)
{
	add_account("a", 200, true);
	add_clients(PG_ROWS_FEW + 2);
	database_exec(admin, "UPDATE client SET first_name = 'Борис' WHERE id = 2;"
			     "INSERT INTO setting VALUES ('link_base', 'go.example/')"
			     " ON CONFLICT DO NOTHING;"
			     "INSERT INTO promo_pool (name) VALUES ('p');"
			     "INSERT INTO promo_code (pool_id, code)"
			     " SELECT 1, 'C-' || n FROM generate_series(1, 100) n");
	for (int count = PG_ROWS_FEW; count <= PG_ROWS_FEW + 2; count += 2) {
		add_run("{if first_name = \"Анна\"}{promo p} {link https://shop.example/}"
			"{else}none{end}",
			CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, count);
		ck_assert_int_eq(dispatch(count == PG_ROWS_FEW ? 1 : 2).messages, count);
	}
	database_wants(admin, "none none",
		       "SELECT string_agg(text, ' ') FROM message"
		       " WHERE client_id = 2 AND link_key IS NULL");
	database_wants(admin, "16",
		       "SELECT count(DISTINCT link_key) FROM message m JOIN promo_code p"
		       " ON p.message_id = m.id AND p.client_id = m.client_id"
		       " WHERE m.text ~ ('^' || p.code || ' go.example/[1-9A-Za-z]{10}$')");
	database_wants(admin, "7 9",
		       "SELECT string_agg(n::text, ' ' ORDER BY run_id) FROM (SELECT run_id,"
		       " count(*) AS n FROM promo_code WHERE message_id IS NOT NULL"
		       " GROUP BY run_id) x");
}
END_TEST

/* A pool used up leaves out who comes last, and nobody else. */
START_TEST(test_too_few_promo_codes)
{
	add_account("a", 200, true);
	add_clients(30);
	database_exec(admin, "INSERT INTO promo_pool (name) VALUES ('p');"
			     "INSERT INTO promo_code (pool_id, code)"
			     " SELECT 1, 'C-' || n FROM generate_series(1, 20) n;"
			     "INSERT INTO opt_out (msisdn, scope) VALUES (79120000001, 'all')");
	add_run("{promo p}", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 30);
	ck_assert_int_eq(dispatch(1).messages, 20);
	database_wants(admin, "1:1 9:40",
		       "SELECT string_agg(n || ':' || reason, ' ' ORDER BY reason) FROM (SELECT"
		       " count(*) AS n, reason FROM suppression GROUP BY reason) x");
	database_wants(admin, "20", "SELECT count(DISTINCT text) FROM message");
}
END_TEST

START_TEST(test_advertising_stop_and_service)
{
	add_account("a", 200, true);
	add_clients(1);
	database_exec(admin, "INSERT INTO opt_out (msisdn, scope) VALUES (79120000001,"
			     " 'advertising')");
	add_run("Заказ готов", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	ck_assert_int_eq(dispatch(1).messages, 1);
}
END_TEST

/* of a request to a number that wants nothing any more, the one message that confirms its
 * opt-out goes, wherever it stands. */
START_TEST(test_r12_confirmation_of_a_stop)
{
	add_account("a", 200, true);
	database_exec(
		admin,
		"INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class,"
		" category, max_parts, deadline)"
		" SELECT 1, 0, 201, array_agg(79120000001), array_agg('t' || n ORDER BY n),"
		"        message_base_ids(2), 'Shop', 1, 2, 3, now() + interval '1 day'"
		"   FROM generate_series(0, 200) n;"
		"INSERT INTO opt_out (msisdn, scope, source, confirmation_id)"
		" SELECT 79120000001, 'all', 'reply', base_ids[2] FROM chunk");
	ck_assert_int_eq(dispatch(1).messages, 1);
	database_wants(admin, "t200", "SELECT text FROM message");
	database_exec(admin, "UPDATE opt_out SET confirmation_id = (SELECT base_ids[1] + 199 FROM"
			     " chunk); UPDATE chunk SET state = 1, msisdns ="
			     " array_fill(79120000001, ARRAY[201]), texts = (SELECT"
			     " array_agg('t' || n ORDER BY n) FROM generate_series(0, 200) n);"
			     " TRUNCATE message, batch, message_state");
	ck_assert_int_eq(dispatch(1).messages, 1);
	database_wants(admin, "t199", "SELECT text FROM message");
}
END_TEST

START_TEST(test_attributes)
{
	add_account("a", 200, true);
	add_clients(2);
	database_exec(admin, "INSERT INTO client_attribute (slot, name) VALUES (2, 'Город'),"
			     " (5, 'Баллы');"
			     "UPDATE client SET attrs = '{x,Казань,y,z,42}' WHERE id = 1");
	add_run("{Город|Ваш город}: {Баллы|0} {Неизвестно|-}", CLASS_SERVICE, CATEGORY_SERVICE,
		LANE_BULK, 2);
	ck_assert_int_eq(dispatch(1).messages, 2);
	database_wants(admin, "Казань: 42 -, Ваш город: 0 -",
		       "SELECT string_agg(text, ', ' ORDER BY id) FROM message");
}
END_TEST

/* A second chunk of the run uses the plan at hand; a changed text does not. */
START_TEST(test_plans_follow_the_text)
{
	add_account("a", 200, true);
	add_clients(3);
	add_run("one {first_name}", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	dispatch(1);
	database_exec(admin,
		      "INSERT INTO chunk (run_id, no, state, lane, size, client_ids, msisdns)"
		      " VALUES (1, 2, 1, 1, 1, '{2}', '{79120000002}'),"
		      "        (1, 3, 1, 1, 1, '{3}', '{79120000003}')");
	dispatch(2);
	database_exec(admin, "UPDATE campaign SET text = 'two {last_name}'");
	dispatch(3);
	database_wants(admin, "one Анна, one Анна, two Номер 3",
		       "SELECT string_agg(text, ', ' ORDER BY client_id) FROM message");
}
END_TEST

START_TEST(test_deadline_over)
{
	add_account("a", 200, true);
	add_clients(3);
	add_run("late", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 3);
	database_exec(admin, "UPDATE run SET deadline = now() - interval '1 s'");
	ck_assert_int_eq(dispatch(1).suppressed, 3);
	database_wants(admin, "3", "SELECT count(*) FROM suppression WHERE reason = 6");
	database_wants(admin, "0", "SELECT count(*) FROM batch");
	database_wants(admin, "2", "SELECT state FROM chunk");
}
END_TEST

START_TEST(test_no_route)
{
	add_clients(3);
	add_run("nobody carries it", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 3);
	ck_assert_int_eq(dispatch(1).suppressed, 3);
	database_wants(admin, "3", "SELECT count(*) FROM suppression WHERE reason = 9");
	database_wants(admin, "0", "SELECT count(*) FROM batch");
}
END_TEST

START_TEST(test_pinned_account)
{
	add_account("cheap", 100, true);
	add_account("chosen", 900, false);
	add_clients(1);
	add_run("by choice", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	database_exec(admin, "UPDATE campaign SET account_id = 2");
	dispatch(1);
	database_wants(admin, "2 true",
		       "SELECT concat_ws(' ', account_id, pinned::text) FROM batch");
}
END_TEST

/* --- the API
 * -----------------------------------------------------------------------------------------
 */

/* 250 messages of one request; number 3 and everything of the second home batch opted out. */
START_TEST(test_request)
{
	struct chunk_report report;

	add_account("a", 200, true);
	database_exec(
		admin,
		"INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class,"
		" category, max_parts, deadline)"
		" SELECT 1, 0, 250, array_agg(79120000000 + n ORDER BY n),"
		"        array_agg('{code} ' || n ORDER BY n), message_base_ids(2), 'Shop', 2, 3,"
		"        2, now() + interval '1 hour' FROM generate_series(1, 250) AS n;"
		"INSERT INTO opt_out (msisdn) SELECT 79120000000 + n"
		"  FROM generate_series(1, 250) AS n WHERE n = 3 OR n > 200");
	report = dispatch(1);
	ck_assert_int_eq(report.messages, 199);
	ck_assert_int_eq(report.suppressed, 51);
	ck_assert_uint_eq(report.urgent_count, 1);
	/* A text of the API is no template, and a gap stays where the suppressed one was. */
	database_wants(admin, "199",
		       "SELECT count(*) FROM message, chunk WHERE message.id ="
		       " base_ids[1] + (msisdn - 79120000001) AND client_id IS NULL"
		       " AND text = '{code} ' || (msisdn - 79120000000)");
	database_wants(admin, "200 199 -",
		       "SELECT concat_ws(' ', message_count, parts, coalesce(run_id::text, '-'))"
		       " FROM batch");
	database_wants(admin, "51",
		       "SELECT count(*) FROM suppression, chunk WHERE suppression.run_id IS NULL"
		       " AND client_id IS NULL AND reason = 1 AND message_id ="
		       " base_ids[((msisdn - 79120000001) / 200 + 1)::int]"
		       " + (msisdn - 79120000001) %% 200");
	database_wants(admin, "0 199 51",
		       "SELECT concat_ws(' ', run_id, messages, suppressed) FROM run_count");
}
END_TEST

/* --- whose chunk it is
 * -----------------------------------------------------------------------------
 */

START_TEST(test_outcomes)
{
	static const struct {
		const char *status;
		enum chunk_outcome want;
		const char *state;
	} cases[] = {
		{"paused", CHUNK_PUT_BACK, "0 0"},
		{"cancelled", CHUNK_NOT_HERE, "1 1"},
		{"running", CHUNK_STORED, "2 1"},
	};

	add_account("a", 200, true);
	add_clients(1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t id = (int64_t)i + 1;

		add_run("text", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
		database_do(admin, "UPDATE run SET status = '%s' WHERE id = %lld", cases[i].status,
			    (long long)id);
		ck_assert_msg(dispatch(id).outcome == cases[i].want, "%s", cases[i].status);
		database_wants(admin, cases[i].state,
			       "SELECT concat_ws(' ', state, taken) FROM chunk WHERE id = %lld",
			       (long long)id);
	}
	ck_assert_int_eq(dispatch(3).outcome, CHUNK_NOT_HERE);	/* done */
	ck_assert_int_eq(dispatch(99).outcome, CHUNK_NOT_HERE); /* never was */
	database_wants(admin, "1", "SELECT count(*) FROM message");
}
END_TEST

START_TEST(test_locked_by_another)
{
	add_account("a", 200, true);
	add_clients(1);
	add_run("text", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	database_exec(admin, "BEGIN; SELECT 1 FROM chunk FOR UPDATE");
	ck_assert_int_eq(dispatch(1).outcome, CHUNK_NOT_HERE);
	database_exec(admin, "COMMIT");
	ck_assert_int_eq(dispatch(1).outcome, CHUNK_STORED);
}
END_TEST

/* Five takes without progress are allowed, the sixth gives the chunk up. */
START_TEST(test_stuck)
{
	struct chunk_report report;
	struct err err = {0};

	add_account("a", 200, true);
	add_clients(1);
	add_run("text", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	database_exec(admin, "UPDATE chunk SET size = 5");
	for (int i = 0; i < 5; i++) {
		ck_assert(!chunk_dispatch(chunker, pg, 1, i > 0, &report, &err));
		ck_assert_int_eq(err.kind, ERR_INPUT);
		pg_rollback(pg);
	}
	ck_assert_int_eq(dispatch(1).outcome, CHUNK_GIVEN_UP);
	database_wants(admin, "3", "SELECT state FROM chunk");
	ck_assert_int_eq(dispatch(1).outcome, CHUNK_NOT_HERE);
}
END_TEST

START_TEST(test_broken_chunks)
{
	struct chunk_report report;
	struct err err = {0};

	add_account("a", 200, true);
	database_exec(admin,
		      "INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender,"
		      " class, category, max_parts, deadline) VALUES"
		      " (1, 0, 201, '{1}', '{x}', '{256}', 's', 2, 3, 2, now()),"
		      " (1, 0, 20001, '{1}', '{x}', '{256}', 's', 2, 3, 2, now())");
	ck_assert(!chunk_dispatch(chunker, pg, 1, true, &report, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "201 messages and 1 batch ids"));
	pg_rollback(pg);
	ck_assert(!chunk_dispatch(chunker, pg, 2, true, &report, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	pg_rollback(pg);
	add_clients(1);
	add_run("{broken", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	ck_assert(!chunk_dispatch(chunker, pg, 3, true, &report, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "the campaign's text"));
	pg_rollback(pg);
	/* The connection and the next chunk are none the worse. */
	add_run("whole", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	ck_assert_int_eq(dispatch(4).messages, 1);
}
END_TEST

START_TEST(test_read_back)
{
	struct err err = {0};
	bool done = true;

	add_account("a", 200, true);
	add_clients(1);
	add_run("text", CLASS_SERVICE, CATEGORY_SERVICE, LANE_BULK, 1);
	ck_assert(chunk_is_done(pg, 1, &done, &err));
	ck_assert(!done);
	dispatch(1);
	ck_assert(chunk_is_done(pg, 1, &done, &err));
	ck_assert(done);
	ck_assert(chunk_is_done(pg, 99, &done, &err));
	ck_assert(!done);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chunk");
	TCase *tcase = tcase_create("chunk");

	tcase_set_timeout(tcase, 60);
	tcase_add_unchecked_fixture(tcase, database_create, database_drop);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_run);
	tcase_add_test(tcase, test_money);
	tcase_add_test(tcase, test_urgent);
	tcase_add_test(tcase, test_few_and_many);
	tcase_add_test(tcase, test_suppressions);
	tcase_add_test(tcase, test_links_and_promo_codes);
	tcase_add_test(tcase, test_too_few_promo_codes);
	tcase_add_test(tcase, test_advertising_stop_and_service);
	tcase_add_test(tcase, test_r12_confirmation_of_a_stop);
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_plans_follow_the_text);
	tcase_add_test(tcase, test_deadline_over);
	tcase_add_test(tcase, test_no_route);
	tcase_add_test(tcase, test_pinned_account);
	tcase_add_test(tcase, test_request);
	tcase_add_test(tcase, test_outcomes);
	tcase_add_test(tcase, test_locked_by_another);
	tcase_add_test(tcase, test_stuck);
	tcase_add_test(tcase, test_broken_chunks);
	tcase_add_test(tcase, test_read_back);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
