/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the tasks of schedulerd and the functions they call must also hold: many runs, slow
 * accounts, work nobody finished, parts in doubt one by one, and partitions of years. */
#include "tests/unit/schedulerd/stage.h"
#include "tests/unit/support/run.h"

START_TEST(test_feed_is_not_kept_from_runs_by_others_that_only_wait_for_receipts)
{
	account(1000);
	SQL("INSERT INTO campaign (name, text, sender, class, category, status, priority)"
	    " SELECT 'n', 't', 's', 1, 1, 'running', CASE WHEN n = 300 THEN 1 ELSE 9 END"
	    "   FROM generate_series(1, 300) n;"
	    "INSERT INTO run (campaign_id, status, deadline, snapshot_at) SELECT id, 'running', "
	    "now() + interval '1 h', now() FROM campaign ORDER BY id");
	batches(2, 10, "300", 1, HOUR);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 2);
}
END_TEST

START_TEST(test_feed_of_a_slow_account_goes_by_priority)
{
	account(100); /* 500 parts: three batches of 200 */
	SQL("INSERT INTO campaign (name, text, sender, class, category, status, priority)"
	    " SELECT 'n', 't', 's', 1, 1, 'running', CASE WHEN n = 9 THEN 9 ELSE 1 END"
	    "   FROM generate_series(1, 9) n;"
	    "INSERT INTO run (campaign_id, status, deadline, snapshot_at) SELECT id, 'running', "
	    "now() + interval '1 h', now() FROM campaign ORDER BY id");
	for (int run = 1; run <= 9; run++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%d", run);
		batches(40, 200, id, 1, HOUR);
	}
	for (int turn = 0; turn < 10; turn++) {
		RUN(feed_batches);
		SQL("UPDATE batch SET state = 3 WHERE state = 1");
	}
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM batch WHERE run_id = 9 AND state = 3"), 25);
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM batch WHERE run_id < 9 AND state = 3"), 2);
	ck_assert_int_le(NUMBER("SELECT count(*) + 0 FROM batch WHERE run_id < 9 AND state = 3"),
			 5);
}
END_TEST

START_TEST(test_feed_leaves_what_is_past_its_deadline_to_the_sweep)
{
	account(1000);
	batches(2, 10, "NULL", 1, "now() - interval '1 s'");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
}
END_TEST

START_TEST(test_what_a_vanished_gateway_claimed_ends_with_its_grace)
{
	account(10);
	batches(1, 5, "NULL", 1, "now() - interval '10 s'");
	SQL("UPDATE batch SET state = 2, claimed = 3, answered = 1");
	RUN(upkeep_deadlines);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 3"), 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 5"), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE swept AND state = 3"), 1);
}
END_TEST

START_TEST(test_stuck_chunks_can_be_released_and_end_with_their_deadline)
{
	SQL("INSERT INTO campaign (name, text, sender, class, category, status) VALUES ('n', 't', "
	    "'s', 1, 1, 'running');"
	    "INSERT INTO run (campaign_id, status, deadline, snapshot_at, audience) VALUES (1, "
	    "'running', now() + interval '1 h', now(), 2);"
	    "INSERT INTO chunk (run_id, no, state, lane, size, client_ids, msisdns, taken) VALUES"
	    " (1, 0, 3, 1, 2, '{1,2}', '{79000000001,79000000002}', 6);"
	    "INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, deadline) VALUES"
	    " (3, 1, 2, '{79000000001,79000000002}', '{a,b}', '{512}', now())");
	ck_assert_int_eq(NUMBER("SELECT stuck_release()"), 2);
	RUN(chunk_republish);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 2);
	SQL("UPDATE chunk SET state = 3; UPDATE run SET deadline = now()");
	RUN(upkeep_deadlines);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM suppression WHERE reason = 12"), 4);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM suppression WHERE message_id = 513"
				" AND msisdn = 79000000002"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT suppressed FROM run_count WHERE run_id = 0"), 2);
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE status = 'finished'"), 1);
}
END_TEST

START_TEST(test_what_was_settled_meanwhile_is_not_tried_again)
{
	account(1000);
	batches(1, 5, "NULL", 1, HOUR);
	SQL("UPDATE batch SET state = 3, claimed = 5, answered = 5;"
	    "INSERT INTO retry SELECT id, 1, -1, now() - interval '1 s', 10 FROM message;"
	    "UPDATE message_state SET state = 9 WHERE id = (SELECT min(id) FROM message)");
	RUN(upkeep_retries);
	ck_assert_int_eq(NUMBER("SELECT message_count::bigint FROM batch WHERE attempt = 2"), 4);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 0);
	/* and not if the receipt comes while the new batch waits */
	SQL("UPDATE message_state SET state = 9 WHERE id = (SELECT max(id) FROM message);"
	    "SELECT batch_claim((SELECT id FROM batch WHERE attempt = 2), 1::smallint, 'o', 1, "
	    "100)");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch_slice((SELECT id FROM batch WHERE "
				"attempt = 2)) WHERE send"),
			 3);
}
END_TEST

/* Parts of one message may come into doubt at different times, each is sent again. */
START_TEST(test_every_part_in_doubt_is_sent_again)
{
	account(1000);
	batches(1, 2, "NULL", 1, HOUR);
	SQL("UPDATE batch SET class = 2, state = 2, claimed = 2, epoch = 1;"
	    "UPDATE message SET parts = 2;"
	    "SELECT messages_in_doubt((SELECT id FROM batch), ARRAY(SELECT min(id) FROM message), "
	    "'{1}', 1::smallint);"
	    "SELECT messages_in_doubt((SELECT id FROM batch), ARRAY(SELECT min(id) FROM message), "
	    "'{2}', 1::smallint)");
	ck_assert_int_eq(NUMBER("SELECT parts_mask FROM retry"), 3);
	ck_assert_int_eq(NUMBER("SELECT parts_mask FROM doubt"), 3);
	/* a takeover doubts what was neither answered nor doubted, and nothing twice */
	SQL("DELETE FROM retry; UPDATE account_lease SET epoch = 2;"
	    "INSERT INTO refusal SELECT now(), max(id), 1, 1, 1, 88 FROM message;"
	    "SELECT account_recover(1::smallint, 2, 1::smallint)");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry WHERE parts_mask & 3 <> 0 AND "
				"message_id = (SELECT min(id) FROM message)"),
			 0);
	ck_assert_int_eq(
		NUMBER("SELECT parts_mask & 3 FROM retry WHERE message_id = (SELECT max(id)"
		       " FROM message)"),
		2);
}
END_TEST

/* Parts that a takeover finds in doubt of a message of three with these references. */
static const struct {
	const char *why, *refs;
	int64_t doubt;
} recovered[] = {
	{"each part has a receipt of its own", "(1), (3)", 2},
	{"one receipt covers the whole message", "(-1), (-3)", 2},
	{"and all parts were accepted", "(-1), (-2), (-3)", 0},
	{"the whole message went in one PDU", "(0)", 0},
};

START_TEST(test_takeover_doubts_the_parts_not_accepted)
{
	char sql[512];

	account(1000);
	batches(1, 1, "NULL", 1, HOUR);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE batch SET class = 2, state = 2, claimed = 1, epoch = 1;"
		       "UPDATE account_lease SET epoch = 2;"
		       "INSERT INTO receipt_ref SELECT now(), 1, m.id, m.msisdn, 0, 1, 1, p.part, "
		       "3, 'x' FROM message m, (VALUES %s) AS p(part);"
		       "SELECT account_recover(1::smallint, 2, 1::smallint)",
		       recovered[_i].refs);
	SQL(sql);
	ck_assert_msg(NUMBER("SELECT coalesce(max(parts_mask), 0) FROM doubt") ==
			      recovered[_i].doubt,
		      "%s", recovered[_i].why);
	ck_assert_int_eq(NUMBER("SELECT coalesce(max(parts_mask), 0) FROM retry"),
			 recovered[_i].doubt);
}
END_TEST

/* Refused and due again is an answer: a takeover has nothing to doubt. */
START_TEST(test_takeover_leaves_what_was_refused_to_its_retry)
{
	account(1000);
	batches(1, 2, "NULL", 1, HOUR);
	SQL("UPDATE batch SET class = 1, state = 2, claimed = 2, epoch = 1;"
	    "UPDATE account_lease SET epoch = 2;"
	    "UPDATE message SET parts = 63 WHERE id = (SELECT max(id) FROM message);"
	    "INSERT INTO refusal SELECT now(), id, 1, 1, p, 88 FROM message, generate_series(1, "
	    "parts) p;"
	    "INSERT INTO retry SELECT id, 1, -1, now() + interval '5 s', 10 FROM message;"
	    "SELECT account_recover(1::smallint, 2, 1::smallint)");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM doubt"), 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 3"), 0);
}
END_TEST

/* Each function of the message path opens the partitions of its messages alone: years of days
 * would cost it half a second and thousands of locks. */
START_TEST(test_functions_open_the_days_they_need)
{
	static const char *const calls[] = {
		"messages_in_doubt((SELECT min(id) FROM batch), ids, '{1}', 1::smallint)",
		"messages_settle(ids, '{4}', '{5}', '{0}', 1::smallint)",
		"receipts_apply(ids, '{0}', '{0}', '{1}', '{3}', '{0}', 1::smallint)",
		"answers_late(ids, '{0}', 1::smallint)",
		"account_recover(1::smallint, 2, 1::smallint)",
		"(SELECT count(*) FROM retry_gather(10, 1::smallint))",
	};

	account(1000);
	batches(1, 2, "NULL", 1, HOUR);
	SQL("UPDATE batch SET class = 2, state = 2, claimed = 2, epoch = 1;"
	    "INSERT INTO retry SELECT max(id), 1, -1, now(), 10 FROM message;"
	    "SELECT partitions_ensure(60);"
	    "CREATE TEMP TABLE one AS SELECT ARRAY[min(id)] AS ids FROM message;"
	    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		char sql[512];
		int64_t locks;

		(void)snprintf(sql, sizeof(sql), "BEGIN; SELECT %s FROM one", calls[i]);
		SQL(sql);
		locks = NUMBER("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND "
			       "relation::regclass::text ~ '^message(_state)?_[0-9]{8}$'");
		SQL("ROLLBACK");
		ck_assert_msg(locks <= 4, "%s locked %lld partitions", calls[i], (long long)locks);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schedulerd_limits");
	TCase *tc = tcase_create("tasks");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_feed_is_not_kept_from_runs_by_others_that_only_wait_for_receipts);
	tcase_add_test(tc, test_feed_of_a_slow_account_goes_by_priority);
	tcase_add_test(tc, test_feed_leaves_what_is_past_its_deadline_to_the_sweep);
	tcase_add_test(tc, test_what_a_vanished_gateway_claimed_ends_with_its_grace);
	tcase_add_test(tc, test_stuck_chunks_can_be_released_and_end_with_their_deadline);
	tcase_add_test(tc, test_what_was_settled_meanwhile_is_not_tried_again);
	tcase_add_test(tc, test_every_part_in_doubt_is_sent_again);
	tcase_add_loop_test(tc, test_takeover_doubts_the_parts_not_accepted, 0,
			    sizeof(recovered) / sizeof(recovered[0]));
	tcase_add_test(tc, test_takeover_leaves_what_was_refused_to_its_retry);
	tcase_add_test(tc, test_functions_open_the_days_they_need);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
