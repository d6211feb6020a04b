/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Routing in schedulerd's tasks: what is refused, stranded or silent finds another account, runs
 * are shared out where caps bind, and accounts are measured. */
#include "tests/unit/schedulerd/stage.h"
#include "tests/unit/support/run.h"

/* Accounts 1, 2 and 3, dearer from one to the next, all at work. */
static void accounts(void)
{
	account(1000);
	SQL("INSERT INTO account (name, host, port, system_id, price_micro)"
	    " VALUES ('b', '127.0.0.1', 1, 'x', 200), ('c', '127.0.0.1', 1, 'x', 300);"
	    "UPDATE account SET price_micro = 100 WHERE id = 1;"
	    "INSERT INTO account_lease (account_id, owner, epoch, until)"
	    " SELECT id, 'o', 1, now() + interval '1 h' FROM account WHERE id > 1");
}

static void again(bool (*task)(struct scheduler *, struct err *))
{
	route_store_expire(&scheduler.store);
	ck_ok(task(&scheduler, err));
}

#define ROUTED(account)                                                                            \
	NUMBER("SELECT count(*) FROM message_state s JOIN batch b"                                 \
	       " ON b.id = coalesce(s.batch_id, s.id & ~255::bigint) WHERE b.account_id "          \
	       "= " #account)

/* --- stranded ------------------------------------------------------------------------------------
 */

/* How many messages the claimed slices send; -1: some are sent twice. */
static int64_t sent_once(void)
{
	return NUMBER("SELECT CASE WHEN count(*) = count(DISTINCT l.id) THEN count(*) ELSE -1 END"
		      " FROM batch b CROSS JOIN LATERAL batch_slice(b.id) l"
		      " WHERE l.send AND b.claimed > 0");
}

/* Each message of a dead account goes its own way; whom nobody else may carry stays and waits. */
START_TEST(test_stranded_messages_part)
{
	accounts();
	batches(1, 10, "NULL", 1, HOUR);
	SQL("UPDATE message SET msisdn = 79000000000 + id % 256;"
	    "INSERT INTO account_route (account_id, prefixes) VALUES"
	    " (2, '{79000000000,79000000001,79000000002}'),"
	    " (3, '{79000000003,79000000004,79000000005,79000000006,79000000007,79000000008}');"
	    "UPDATE account_lease SET down_since = now() - interval '31 s' WHERE account_id = 1");
	again(route_stranded);
	ck_assert_int_eq(ROUTED(2), 3);
	ck_assert_int_eq(ROUTED(3), 6);
	ck_assert_int_eq(ROUTED(1), 1);
	ck_assert_int_eq(NUMBER("SELECT sum(parts)::bigint FROM batch"), 10);
	again(route_stranded); /* nothing moves twice */
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch"), 3);
	SQL("SELECT batch_claim(id, account_id, 'o', 1, 100) FROM batch");
	ck_assert_int_eq(sent_once(), 10);
}
END_TEST

/* A batch that all leave goes whole, also one that lists its messages. */
START_TEST(test_stranded_batches_move_whole)
{
	accounts();
	batches(2, 5, "NULL", 1, HOUR);
	SQL("UPDATE batch SET message_ids = ARRAY(SELECT id FROM message WHERE id & ~255 = batch.id"
	    " ORDER BY id) WHERE id = (SELECT min(id) FROM batch);"
	    "UPDATE message_state s SET batch_id = b.id FROM batch b"
	    " WHERE s.id = ANY (b.message_ids);"
	    "UPDATE account SET enabled = false WHERE id = 1");
	again(route_stranded);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE account_id = 2 AND state = 0"),
			 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch"), 2);
	SQL("SELECT batch_claim(id, account_id, 'o', 1, 100) FROM batch");
	ck_assert_int_eq(sent_once(), 10);
}
END_TEST

/* Of a batch that was begun, the rest moves; what has left is still told to have gone by the first.
 */
START_TEST(test_stranded_rest_of_a_batch)
{
	accounts();
	batches(1, 10, "NULL", 1, HOUR);
	SQL("UPDATE batch SET claimed = 4, slice_from = 2, answered = 3");
	SQL("UPDATE account SET enabled = false WHERE id = 1");
	again(route_stranded);
	ck_assert_int_eq(ROUTED(1), 10); /* something of it is in somebody's hands */
	SQL("UPDATE batch SET answered = 4");
	again(route_stranded);
	ck_assert_int_eq(ROUTED(1), 4);
	ck_assert_int_eq(ROUTED(2), 6);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE account_id = 1 AND state = 3"),
			 1);
	SQL("SELECT batch_claim(id, account_id, 'o', 1, 100) FROM batch WHERE account_id = 2");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch b CROSS JOIN LATERAL batch_slice(b.id)"
				" l WHERE l.send AND b.account_id = 2"),
			 6);
}
END_TEST

/* Messages that move count towards the cap of whom they move to. */
START_TEST(test_stranded_keep_to_caps)
{
	accounts();
	batches(2, 50, "NULL", 1, HOUR);
	SQL("INSERT INTO account_cap VALUES (2, 'day', 60);"
	    "UPDATE account SET enabled = false WHERE id = 1");
	again(route_stranded);
	ck_assert_int_eq(ROUTED(2), 60);
	ck_assert_int_eq(ROUTED(3), 40);
	ck_assert_int_eq(NUMBER("SELECT sum(used)::bigint FROM account_cap_use"), 60);
}
END_TEST

/* --- refused -------------------------------------------------------------------------------------
 */

#define WANT_ANOTHER(reason)                                                                       \
	SQL("INSERT INTO retry SELECT id, 0, -1, now(), " #reason " FROM message")
#define REFUSED_BY(account)                                                                        \
	SQL("INSERT INTO refusal SELECT now(), id, " #account ", 1, 1, 8 FROM message")

START_TEST(test_refused_goes_to_the_next)
{
	accounts();
	batches(1, 3, "NULL", 1, HOUR);
	REFUSED_BY(1);
	WANT_ANOTHER(1008);
	RUN(upkeep_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch"), 1); /* not before it is routed */
	again(route_retries);
	RUN(upkeep_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE account_id = 2 AND attempt = 2"
				" AND message_count = 3"),
			 1);
	REFUSED_BY(2);
	WANT_ANOTHER(1008);
	again(route_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry WHERE account_id = 3"), 3);
	RUN(upkeep_retries);
	REFUSED_BY(3);
	WANT_ANOTHER(1008);
	again(route_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM message_state WHERE state = 5"
				" AND reason = 1008"),
			 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 0);
}
END_TEST

/* Case 40: the provider may have accepted, but we timed out.  Nobody else gets such a message: of
 * advertising nothing goes again, of service only to whom had it. */
START_TEST(test_case_40_in_doubt_stays_with_its_account)
{
	accounts();
	batches(2, 2, "NULL", 1, HOUR);
	SQL("UPDATE batch SET class = 2 WHERE id = (SELECT max(id) FROM batch);"
	    "SELECT messages_in_doubt(b.id, ARRAY(SELECT id FROM message WHERE id & ~255 = b.id),"
	    " '{1,1}', 0::smallint) FROM batch b");
	again(route_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry WHERE account_id = 1"), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 3"), 2);
}
END_TEST

/* --- silent --------------------------------------------------------------------------------------
 */

/* A batch of each class, sent three minutes ago. */
static void sent(void)
{
	accounts();
	batches(3, 4, "NULL", 0, HOUR);
	SQL("UPDATE batch b SET class = n, state = 3, claimed = 4, answered = 4,"
	    "   done_at = now() - interval '3 m'"
	    "  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM batch) x"
	    " WHERE x.id = b.id;"
	    "INSERT INTO receipt_ref SELECT now() - interval '3 m', id, id, 79000000000, 0, 1, 1, "
	    "0,"
	    " 1, id FROM message");
}

/* An alert without a receipt in time goes by the next account too; one that arrived, one that was
 * pinned, and other classes do not. */
START_TEST(test_silent_alert_goes_again)
{
	sent();
	SQL("UPDATE message_state SET state = 9 WHERE id = (SELECT max(id) FROM message)");
	RUN(route_silent);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry WHERE account_id = 0 AND reason = 11"),
			 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry r JOIN batch b"
				" ON b.id = r.message_id & ~255::bigint WHERE b.class = 3"),
			 3);
	RUN(route_retries);
	RUN(upkeep_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE account_id = 2 AND attempt = 2"
				" AND message_count = 3 AND lane = 0"),
			 1);
	again(route_silent); /* it was sought once */
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 0);
}
END_TEST

START_TEST(test_silent_service_by_rule_alone)
{
	sent();
	SQL("UPDATE route_rule SET enabled = false;"
	    "INSERT INTO route_rule (position, name, class, receipt_within_s) VALUES (1, 'r', 2, "
	    "60);"
	    "UPDATE batch SET pinned = true WHERE class = 3");
	again(route_silent);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry r JOIN batch b"
				" ON b.id = r.message_id & ~255::bigint WHERE b.class = 2"),
			 4);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 4);
}
END_TEST

/* Nobody else is there: it stays what it is, accepted and without a receipt. */
START_TEST(test_silent_and_alone)
{
	sent();
	SQL("UPDATE account SET enabled = false WHERE id > 1");
	again(route_silent);
	again(route_retries);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state <> 0"), 0);
}
END_TEST

/* --- plans ---------------------------------------------------------------------------------------
 */

/* The cheap account takes 300 parts of a thousand: where the next one is dearest. */
START_TEST(test_run_is_shared_out)
{
	accounts();
	SQL("INSERT INTO client (msisdn) SELECT CASE WHEN n % 2 = 0 THEN 79000000000 ELSE"
	    " 79110000000 END + n FROM generate_series(1, 1000) n;"
	    "INSERT INTO account_route (account_id, prefixes) VALUES (2, '{7900}');"
	    "INSERT INTO account_cap VALUES (1, 'day', 300)");
	campaign(LAUNCHED);
	RUN(run_start_due);
	again(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_plan WHERE run_id = 1"), 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_plan WHERE account_id = 1"
				" AND abs(upto - 0.6) < 0.001"),
			 1); /* 300 of the 500 that would else go by the dearest */
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_plan WHERE account_id = 2"
				" AND upto = 1"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_plan WHERE account_id = 3"
				" AND upto = 1"),
			 1);
}
END_TEST

START_TEST(test_without_caps_there_is_no_plan)
{
	accounts();
	clients(100);
	campaign(LAUNCHED);
	RUN(run_start_due);
	again(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_plan"), 0);
}
END_TEST

/* --- measuring -----------------------------------------------------------------------------------
 */

START_TEST(test_health_is_kept)
{
	accounts();
	SQL("INSERT INTO account_meter (account_id, epoch, answered, refused, slowed, timeouts,"
	    " answer_ms_sum) SELECT id, 1, 0, 0, 0, 0, 0 FROM account");
	RUN(measure_health);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM account_health WHERE points = 100"
				" AND grade = 0 AND NOT trial"),
			 3);
	/* Forty seconds in which the first one refuses everything. */
	SQL("UPDATE account_meter SET answered = 4000, answer_ms_sum = 400000;"
	    "UPDATE account_meter SET refused = 4000 WHERE account_id = 1;"
	    "UPDATE account_health SET at = at - interval '80 s'");
	RUN(measure_health);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM account_health WHERE account_id = 1"
				" AND points < 30 AND trial AND grade = 10"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM account_health WHERE account_id > 1"
				" AND points = 100"),
			 2);
	/* And so nobody goes there any more. */
	batches(1, 3, "NULL", 1, HOUR);
	WANT_ANOTHER(1008);
	again(route_retries);
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM retry WHERE account_id = 2"), 2);
}
END_TEST

START_TEST(test_quality_is_sampled)
{
	accounts();
	batches(2, 100, "NULL", 1, HOUR);
	SQL("UPDATE route_sampled SET upto = now() - interval '1 h';"
	    "UPDATE batch SET state = 3, claimed = 100, answered = 100,"
	    "   done_at = now() - interval '20 m';"
	    "UPDATE batch SET account_id = 2 WHERE id = (SELECT max(id) FROM batch);"
	    "UPDATE message_state s SET state = 9 FROM batch b WHERE b.id = s.id & ~255::bigint"
	    "   AND (b.account_id = 1 OR (s.id & 255) % 10 = 0);"
	    "INSERT INTO account_health SELECT id, 100, 0, false, 0, 0, 0, 0, 1, 0, 0, 0, 0, now()"
	    "  FROM account;"
	    "INSERT INTO receipt SELECT now() - interval '19 m', id, NULL, 1, 0, 9, NULL FROM"
	    " message");
	RUN(measure_quality);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM account_quality WHERE operator_id = 0"
				" AND account_id = 1 AND sent = 20 AND delivered = 20"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM account_quality WHERE operator_id = 0"
				" AND account_id = 2 AND sent = 20 AND delivered = 10"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM account_health WHERE account_id = 1"
				" AND receipt_s BETWEEN 59 AND 61"),
			 1);
	RUN(measure_quality); /* nothing is counted twice */
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM account_quality WHERE sent = 20"), 2);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("route");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_stranded_messages_part);
	tcase_add_test(tests, test_stranded_batches_move_whole);
	tcase_add_test(tests, test_stranded_rest_of_a_batch);
	tcase_add_test(tests, test_stranded_keep_to_caps);
	tcase_add_test(tests, test_refused_goes_to_the_next);
	tcase_add_test(tests, test_case_40_in_doubt_stays_with_its_account);
	tcase_add_test(tests, test_silent_alert_goes_again);
	tcase_add_test(tests, test_silent_service_by_rule_alone);
	tcase_add_test(tests, test_silent_and_alone);
	tcase_add_test(tests, test_run_is_shared_out);
	tcase_add_test(tests, test_without_caps_there_is_no_plan);
	tcase_add_test(tests, test_health_is_kept);
	tcase_add_test(tests, test_quality_is_sampled);
	return case_run("schedulerd route", tests);
}
