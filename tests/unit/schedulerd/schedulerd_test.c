/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tasks of schedulerd against real PostgreSQL and RabbitMQ: what a run, a chunk and a batch
 * become when a task has turned once. */
#include "tests/unit/schedulerd/stage.h"
#include "tests/unit/support/run.h"

START_TEST(test_snapshot_is_one_client_a_number)
{
	clients(2500);
	SQL("INSERT INTO client (external_id, msisdn) VALUES ('twin', 79000000001)");
	campaign(LAUNCHED);
	RUN(run_start_due);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE status = 'snapshot'"), 1);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT audience FROM run WHERE status = 'running'"), 2500);
	ck_assert_int_eq(NUMBER("SELECT duplicates FROM run"), 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 3);
	ck_assert_int_eq(NUMBER("SELECT count(DISTINCT m) FROM chunk, unnest(msisdns) m"), 2500);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk, unnest(client_ids, msisdns) AS u(c, m)"
				" JOIN client ON client.id = u.c AND client.msisdn = u.m"),
			 2500);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM chunk"), 3);
}
END_TEST

START_TEST(test_snapshot_of_a_list)
{
	clients(50);
	SQL("INSERT INTO list (name) VALUES ('l');"
	    "INSERT INTO list_member SELECT 1, id FROM client WHERE msisdn <= 79000000010");
	campaign(", list_id) VALUES ('n', 't', 's', 1, 1, 'planned', now(), 1)");
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT audience FROM run"), 10);
	ck_assert_int_eq(NUMBER("SELECT duplicates FROM run"), 0);
}
END_TEST

START_TEST(test_cancelled_before_its_snapshot)
{
	clients(10);
	campaign(LAUNCHED);
	RUN(run_start_due);
	SQL("UPDATE run SET status = 'cancelled'; UPDATE campaign SET status = 'cancelled'");
	RUN(run_snapshot_next);
	RUN(run_sweep_cancelled);
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE finished_at IS NOT NULL"), 1);
}
END_TEST

START_TEST(test_chunks_are_released_once_and_again_when_lost)
{
	clients(2500);
	campaign(LAUNCHED);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	RUN(chunk_release);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 3);
	RUN(chunk_release);
	RUN(chunk_republish);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 0);
	SQL("UPDATE chunk SET published_at = now() - interval '3 s' WHERE no < 2");
	RUN(chunk_republish); /* the queue is empty: both are published at once */
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 2);
}
END_TEST

START_TEST(test_paused_run_releases_nothing)
{
	clients(10);
	campaign(LAUNCHED);
	RUN(run_start_due);
	SQL("UPDATE campaign SET status = 'paused'");
	RUN(run_snapshot_next);
	RUN(chunk_release);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE status = 'paused'"), 1);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 0);
}
END_TEST

START_TEST(test_pace_dispatches_some_seconds_ahead)
{
	clients(1000);
	campaign(", pace_per_min) VALUES ('n', 't', 's', 1, 1, 'planned', now(), 1200)");
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 1);
	SQL("DELETE FROM chunk; DELETE FROM run_pace; DELETE FROM run; DELETE FROM campaign");
	campaign(", pace_per_min) VALUES ('n', 't', 's', 1, 1, 'planned', now(), 100)");
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 5);
	RUN(chunk_release);
	RUN(chunk_release);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk WHERE state = 1"), 1);
	SQL("UPDATE chunk SET state = 2 WHERE state = 1;"
	    "INSERT INTO run_count (run_id, slot, messages, accepted) SELECT id, 1, 200, 150 FROM "
	    "run");
	RUN(chunk_release);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk WHERE state = 1"), 0);
	SQL("UPDATE run_count SET accepted = 151");
	RUN(chunk_release);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk WHERE state = 1"), 1);
}
END_TEST

#define PACED_RUN                                                                                  \
	"INSERT INTO campaign (name, text, sender, class, category, status, pace_per_min)"         \
	" VALUES ('n', 't', 's', 1, 1, 'running', 600);"                                           \
	"INSERT INTO run (campaign_id, status, deadline, snapshot_at, audience)"                   \
	" SELECT id, 'running', now() + interval '1 h', now(), 1000 FROM campaign;"                \
	"SELECT run_pace_set(id, true) FROM run"
#define CLAIMED                                                                                    \
	"SELECT CASE outcome WHEN 'claimed' THEN slice_to - slice_from WHEN 'paced' THEN 0"        \
	" ELSE -1 END FROM batch_claim((SELECT min(id) FROM batch WHERE claimed < message_count)," \
	" 1::smallint, 'o', 1, 500)"

START_TEST(test_claims_draw_on_the_pace)
{
	account(1000);
	SQL(PACED_RUN);
	batches(2, 100, "(SELECT id FROM run)", 1, HOUR);
	SQL("UPDATE run_pace SET at = now() + interval '1 h'");
	ck_assert_int_eq(NUMBER(CLAIMED), 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE state = 2 AND claimed = 0"), 1);
	SQL("UPDATE run_pace SET at = now() - interval '0.35 s', credit = 0");
	ck_assert_int_eq(NUMBER(CLAIMED), 3);
	ck_assert_int_eq(NUMBER(CLAIMED), 0);
	/* What nobody drew is half a second's at most. */
	SQL("UPDATE run_pace SET at = now() - interval '1 h'");
	ck_assert_int_eq(NUMBER(CLAIMED), 5);
	SQL("UPDATE campaign SET pace_per_min = 60000;"
	    "UPDATE run_pace SET at = now() - interval '1 h';"
	    "SELECT run_pace_set(id, true) FROM run; UPDATE run_pace SET at = now()");
	ck_assert_int_le(NUMBER(CLAIMED), 20); /* nothing was saved up for the new pace */
	SQL("UPDATE campaign SET pace_per_min = NULL; SELECT run_pace_set(id, true) FROM run");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run_pace"), 0);
	ck_assert_int_gt(NUMBER(CLAIMED), 60);
	ck_assert_int_eq(NUMBER(CLAIMED), 100);
}
END_TEST

START_TEST(test_spread_follows_what_is_left)
{
	account(1000);
	SQL(PACED_RUN
	    ";UPDATE campaign SET pace_per_min = NULL, pace_until = now() + interval '100 "
	    "s'");
	RUN(pace_follow);
	ck_assert_int_eq(NUMBER("SELECT round(rate_per_s)::int FROM run_pace"), 10);
	SQL("INSERT INTO run_count (run_id, slot, messages, accepted, suppressed)"
	    " SELECT id, 1, 700, 400, 100 FROM run");
	RUN(pace_follow);
	ck_assert_int_eq(NUMBER("SELECT round(rate_per_s)::int FROM run_pace"), 5);
}
END_TEST

START_TEST(test_stop_at_ends_a_run_with_its_reason)
{
	account(1000);
	SQL(PACED_RUN);
	batches(1, 10, "(SELECT id FROM run)", 1, HOUR);
	RUN(pace_stop_due);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE status = 'running'"), 1);
	SQL("UPDATE run SET stop_at = now(), audience = 10;"
	    "INSERT INTO run_count (run_id, slot, messages) SELECT id, 1, 10 FROM run");
	/* Claims are refused whether schedulerd has seen it or not. */
	ck_assert_int_eq(NUMBER(CLAIMED), -1);
	RUN(pace_stop_due);
	RUN(run_sweep_cancelled);
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 4 AND reason = "
				"33"),
			 10);
	ck_assert_int_eq(NUMBER("SELECT sum(cancelled)::int FROM run_count"), 10);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM campaign WHERE status = 'finished'"), 1);
}
END_TEST

START_TEST(test_feed_publishes_no_more_than_the_pace_lets_go)
{
	account(1000);
	SQL(PACED_RUN);
	batches(20, 10, "(SELECT id FROM run)", 1, HOUR);
	RUN(feed_batches);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE state = 1"), 7);
	RUN(feed_batches);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE state = 1"), 7);
	(void)take_all("batch.1.bulk");
}
END_TEST

/* --- batches -------------------------------------------------------------------------------------
 */

START_TEST(test_feed_keeps_five_seconds_published)
{
	account(200);
	batches(20, 100, "NULL", 1, HOUR);
	RUN(feed_batches);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE state = 1"), 10);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 10);
	SQL("UPDATE batch SET state = 3, done_at = now() WHERE id IN (SELECT id FROM batch WHERE "
	    "state = 1 LIMIT 3)");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 3);
}
END_TEST

START_TEST(test_feed_gives_a_slow_account_two_batches)
{
	account(1);
	batches(5, 100, "NULL", 1, HOUR);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 2);
}
END_TEST

START_TEST(test_feed_holds_what_is_paused_or_cannot_be_sent)
{
	account(1000);
	SQL("INSERT INTO campaign (name, text, sender, class, category, status) VALUES ('n', 't', "
	    "'s', 1, 1, 'paused');"
	    "INSERT INTO run (campaign_id, status, deadline, snapshot_at) VALUES (1, 'paused', "
	    "now() + interval '1 h', now())");
	batches(2, 10, "1", 1, HOUR);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
	SQL("UPDATE run SET status = 'running'; UPDATE account_lease SET down_since = now()");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
	SQL("UPDATE account_lease SET down_since = NULL");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 2);
}
END_TEST

START_TEST(test_feed_urgent_first_and_a_floor_for_every_run)
{
	account(100);
	SQL("INSERT INTO campaign (name, text, sender, class, category, status, priority) VALUES"
	    " ('low', 't', 's', 1, 1, 'running', 1), ('high', 't', 's', 1, 1, 'running', 9);"
	    "INSERT INTO run (campaign_id, status, deadline, snapshot_at) SELECT id, 'running', "
	    "now() + interval '1 h', now()"
	    " FROM campaign ORDER BY id");
	batches(30, 10, "1", 1, HOUR);
	batches(100, 10, "2", 1, HOUR);
	batches(1, 10, "NULL", 0, HOUR);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.urgent"), 1);
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM batch WHERE run_id = 1 AND state = 1"), 1);
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM batch WHERE run_id = 2 AND state = 1"), 40);
}
END_TEST

START_TEST(test_lost_tickets_come_back)
{
	account(1000);
	batches(3, 10, "NULL", 1, HOUR);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 3);
	RUN(feed_republish);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
	SQL("UPDATE batch SET published_at = now() - interval '3 s'");
	RUN(feed_republish);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 3);
}
END_TEST

START_TEST(test_dead_account_loses_what_nobody_claimed)
{
	account(1000);
	SQL("INSERT INTO account (name, host, port, system_id) VALUES ('b', '127.0.0.1', 1, 'x');"
	    "INSERT INTO account_lease (account_id, owner, epoch, until) VALUES (2, 'o', 1, now() "
	    "+ interval '1 h')");
	batches(3, 10, "NULL", 1, HOUR);
	SQL("UPDATE batch SET claimed = 1, state = 2 WHERE id = (SELECT min(id) FROM batch);"
	    "UPDATE batch SET pinned = true WHERE id = (SELECT max(id) FROM batch)");
	RUN(route_stranded);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE account_id = 2"), 0);
	SQL("UPDATE account_lease SET down_since = now() - interval '31 s' WHERE account_id = 1");
	route_store_expire(&scheduler.store);
	RUN(route_stranded);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM batch WHERE account_id = 2"), 1);
}
END_TEST

/* --- ends ----------------------------------------------------------------------------------------
 */

START_TEST(test_deadline_fails_the_unsent_and_grace_ends_the_unanswered)
{
	account(10);
	batches(2, 5, "NULL", 1, "now() - interval '10 s'");
	SQL("UPDATE batch SET state = 3, claimed = 5, answered = 5 WHERE id = (SELECT min(id) FROM "
	    "batch)");
	SQL("UPDATE message_state SET state = 9 WHERE id = (SELECT min(id) FROM batch)");
	RUN(upkeep_deadlines);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM message_state WHERE state = 5 AND reason = 6"), 5);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM message_state WHERE state = 3 AND reason = 11"), 4);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 9"), 1);
	ck_assert_int_eq(NUMBER("SELECT sum(failed)::bigint FROM run_count"), 5);
	ck_assert_int_eq(NUMBER("SELECT sum(unknown)::bigint FROM run_count"), 4);
}
END_TEST

START_TEST(test_cancel_gives_everyone_a_fate)
{
	clients(3000);
	campaign(LAUNCHED);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	account(1000);
	SQL("UPDATE chunk SET state = 2 WHERE no = 0; INSERT INTO run_count (run_id, slot, "
	    "messages) VALUES (1, 0, 1000)");
	batches(5, 200, "1", 1, HOUR);
	SQL("UPDATE batch SET state = 2, claimed = 50, answered = 50 WHERE id = (SELECT min(id) "
	    "FROM batch);"
	    "UPDATE run SET status = 'cancelled'; UPDATE campaign SET status = 'cancelled'");
	RUN(run_sweep_cancelled);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM suppression WHERE reason = 5"), 2000);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state WHERE state = 4"), 800);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE swept_at IS NOT NULL"), 0);
	/* the gateway gives back what it held */
	SQL("UPDATE batch SET state = 0 WHERE state = 2");
	RUN(run_sweep_cancelled);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM message_state WHERE state = 4"), 950);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM run WHERE swept_at IS NOT NULL"), 1);
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE finished_at IS NOT NULL"), 0);
	SQL("INSERT INTO run_count (run_id, slot, delivered) VALUES (1, 1, 50)");
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM run WHERE finished_at IS NOT NULL AND "
				"status = 'cancelled'"),
			 1);
}
END_TEST

START_TEST(test_run_finishes_when_all_is_final)
{
	clients(10);
	campaign(LAUNCHED);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	SQL("UPDATE chunk SET state = 2; INSERT INTO run_count (run_id, slot, messages, "
	    "suppressed, delivered) VALUES (1, 0, 9, 1, 8)");
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run WHERE status = 'finished'"), 0);
	SQL("INSERT INTO run_count (run_id, slot, unknown) VALUES (1, 1, 1)");
	RUN(run_finish);
	ck_assert_int_eq(NUMBER("SELECT count(*) + 0 FROM run WHERE status = 'finished'"), 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM campaign WHERE status = 'finished'"), 1);
}
END_TEST

START_TEST(test_retries_become_batches)
{
	account(1000);
	batches(1, 5, "NULL", 1, HOUR);
	SQL("UPDATE batch SET state = 3, claimed = 5, answered = 5;"
	    "INSERT INTO retry SELECT id, 1, -1, now() - interval '1 s', 1088 FROM message LIMIT 3;"
	    "INSERT INTO retry SELECT max(id), 1, -1, now() + interval '1 h', 1088 FROM message");
	RUN(upkeep_retries);
	ck_assert_int_eq(
		NUMBER("SELECT message_count::bigint FROM batch WHERE state = 0 AND attempt = 2"),
		3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM message_state s JOIN batch b ON b.id = "
				"s.batch_id WHERE s.attempt = 2"),
			 3);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM retry"), 1);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 1);
}
END_TEST

START_TEST(test_upkeep_of_partitions_and_keys)
{
	SQL("CREATE TABLE receipt_20200101 PARTITION OF receipt FOR VALUES FROM ('2020-01-01') TO "
	    "('2020-01-02');"
	    "INSERT INTO idempotency VALUES (1, 'old', 'x', 'y', now() - interval '73 h'), (1, "
	    "'new', 'x', 'y', now())");
	RUN(upkeep_partitions);
	SQL("INSERT INTO suppression (run_id, client_id, msisdn, reason, at) VALUES (1, 1, 1, 1, "
	    "now() - interval '31 days'), (1, 2, 2, 1, now());"
	    "INSERT INTO chunk (run_id, no, state, lane, size, msisdns, created_at) VALUES (1, 1, "
	    "2, 1, 0, '{}', now() - interval '31 days'),"
	    " (1, 2, 0, 1, 0, '{}', now() - interval '31 days')");
	RUN(upkeep_idempotency);
	RUN(upkeep_forget);
	RUN(upkeep_measure);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM suppression"), 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM pg_class WHERE relname = 'receipt_20200101'"),
			 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM pg_class WHERE relname = 'receipt_' || "
				"to_char((now() AT TIME ZONE 'UTC')::date + 2, 'YYYYMMDD')"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM idempotency"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("schedulerd");
	TCase *tc = tcase_create("tasks");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_snapshot_is_one_client_a_number);
	tcase_add_test(tc, test_snapshot_of_a_list);
	tcase_add_test(tc, test_cancelled_before_its_snapshot);
	tcase_add_test(tc, test_chunks_are_released_once_and_again_when_lost);
	tcase_add_test(tc, test_paused_run_releases_nothing);
	tcase_add_test(tc, test_pace_dispatches_some_seconds_ahead);
	tcase_add_test(tc, test_claims_draw_on_the_pace);
	tcase_add_test(tc, test_spread_follows_what_is_left);
	tcase_add_test(tc, test_stop_at_ends_a_run_with_its_reason);
	tcase_add_test(tc, test_feed_publishes_no_more_than_the_pace_lets_go);
	tcase_add_test(tc, test_feed_keeps_five_seconds_published);
	tcase_add_test(tc, test_feed_gives_a_slow_account_two_batches);
	tcase_add_test(tc, test_feed_holds_what_is_paused_or_cannot_be_sent);
	tcase_add_test(tc, test_feed_urgent_first_and_a_floor_for_every_run);
	tcase_add_test(tc, test_lost_tickets_come_back);
	tcase_add_test(tc, test_dead_account_loses_what_nobody_claimed);
	tcase_add_test(tc, test_deadline_fails_the_unsent_and_grace_ends_the_unanswered);
	tcase_add_test(tc, test_cancel_gives_everyone_a_fate);
	tcase_add_test(tc, test_run_finishes_when_all_is_final);
	tcase_add_test(tc, test_retries_become_batches);
	tcase_add_test(tc, test_upkeep_of_partitions_and_keys);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
