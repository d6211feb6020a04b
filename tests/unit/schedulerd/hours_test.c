/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Permitted hours in schedulerd's tasks: what is released, fed, moved and given up when. */
#include "tests/unit/schedulerd/stage.h"
#include "tests/unit/support/run.h"

/* Advertising may leave from `opens` to `closes` after now, where the company is: in a zone in
 * which it is about noon, so that no hours of a test cross midnight. */
static void hours(const char *opens, const char *closes)
{
	char sql[512];

	SQL("UPDATE setting SET value = (SELECT z FROM unnest(ARRAY['Pacific/Pago_Pago',"
	    " 'America/Los_Angeles', 'America/Bogota', 'America/Sao_Paulo', 'UTC',"
	    " 'Europe/Moscow', 'Asia/Omsk', 'Asia/Yakutsk', 'Asia/Kamchatka']) AS z"
	    " ORDER BY abs(extract(epoch FROM (statement_timestamp() AT TIME ZONE z)::time)"
	    "              - 43200) LIMIT 1) WHERE name = 'time_zone';"
	    "UPDATE setting SET value = 'on' WHERE name = 'quiet_hours';"
	    "DELETE FROM calendar_day; DELETE FROM send_window");
	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO send_window SELECT 1, n + interval '%s', n + interval '%s',"
		" n + interval '%s', n + interval '%s' FROM (SELECT (statement_timestamp()"
		" AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::time AS n) x",
		opens, closes, opens, closes);
	SQL(sql);
}

/* Batches of the company's zone whose hours end `until` after now. */
static void bound_batches(int count, const char *until, const char *deadline)
{
	char sql[300];

	batches(count, 10, "NULL", 1, deadline);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE batch SET zones = ARRAY(SELECT value FROM setting WHERE name ="
		       " 'time_zone'), send_until = now() + interval '%s'",
		       until);
	SQL(sql);
}

#define CLAIM                                                                                      \
	"(SELECT CASE outcome WHEN 'claimed' THEN 1 WHEN 'stopped' THEN 2 ELSE 0 END"              \
	" FROM batch_claim((SELECT min(id) FROM batch), 1::smallint, 'o', 1, 100))"

START_TEST(test_r46_snapshot_waits_for_the_hours)
{
	clients(2500);
	hours("2 h", "5 h");
	campaign(LAUNCHED);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM chunk WHERE not_before BETWEEN now() + interval '119 "
		       "m'"
		       " AND now() + interval '121 m' AND cardinality(zones) = 1 AND state = 0"),
		3);
	ck_assert_int_eq(NUMBER("SELECT count(DISTINCT m) FROM chunk, unnest(msisdns) m"), 2500);
	RUN(chunk_release);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 0);
	SQL("UPDATE chunk SET not_before = now() WHERE no = 1");
	RUN(chunk_release);
	ck_assert_int_eq(NUMBER("SELECT no FROM chunk WHERE state = 1"), 1);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 1);
}
END_TEST

START_TEST(test_r46_clients_of_one_chunk_share_their_hours)
{
	clients(30);
	hours("-1 h", "1 h");
	SQL("UPDATE client SET time_zone = CASE id % 3 WHEN 0 THEN 'Europe/Moscow'"
	    " WHEN 1 THEN 'Asia/Kamchatka' ELSE 'Mars/Olympus' END");
	campaign(LAUNCHED);
	RUN(run_start_due);
	RUN(run_snapshot_next);
	ck_assert_int_eq(NUMBER("SELECT sum(size) FROM chunk"), 30);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM chunk k, unnest(k.client_ids) u JOIN client c"
		       " ON c.id = u WHERE CASE WHEN zone_known(c.time_zone) THEN c.time_zone"
		       " ELSE (SELECT value FROM setting WHERE name = 'time_zone') END"
		       " = ANY (k.zones)"),
		30);
	ck_assert_int_ge(NUMBER("SELECT count(*) FROM chunk"), 2);
}
END_TEST

START_TEST(test_r46_deadline_by_the_campaigns_rule)
{
	clients(1);
	hours("-3 h", "2 h");
	campaign(", after_hours, validity_s) VALUES"
		 " ('n', 't', 's', 1, 1, 'planned', now(), 'cancel', 10800),"
		 " ('n', 't', 's', 1, 1, 'planned', now(), 'move', 10800),"
		 " ('n', 't', 's', 1, 1, 'planned', now(), 'move', 3600)");
	RUN(run_start_due);
	for (int i = 0; i < 3; i++)
		RUN(run_snapshot_next);
	/* The end of the hours; the end of the next day's; the validity, which fits. */
	ck_assert_int_eq(NUMBER("SELECT sum(round(extract(epoch FROM k.deadline - now()) / 3600)"
				"           * 100 ^ (r.campaign_id - 1))::bigint FROM chunk k"
				" JOIN run r ON r.id = k.run_id"),
			 2 + 26 * 100 + 1 * 10000);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM run r WHERE r.deadline >= (SELECT deadline"
				" FROM chunk k WHERE k.run_id = r.id)"),
			 3);
}
END_TEST

START_TEST(test_r46_batches_move_to_the_next_hours)
{
	account(1000);
	hours("-3 h", "30 s");
	bound_batches(3, "30 s", "now() + interval '2 days'");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
	RUN(feed_move);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM batch WHERE send_from BETWEEN now() + interval '20 h'"
		       " AND now() + interval '22 h' AND send_until > send_from"),
		3);
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
	/* The next morning. */
	SQL("UPDATE batch SET send_from = now()");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 3);
}
END_TEST

START_TEST(test_r46_what_hours_leave_no_time_for_is_cancelled)
{
	account(1000);
	hours("-3 h", "30 s");
	bound_batches(1, "30 s", "now() + interval '1 h'");
	RUN(feed_move);
	SQL("UPDATE batch SET deadline = now()");
	RUN(upkeep_deadlines);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM message_state WHERE state = 4 AND reason = 31"), 10);
	ck_assert_int_eq(NUMBER("SELECT cancelled FROM run_count"), 10);
}
END_TEST

START_TEST(test_r46_no_claim_outside_the_hours)
{
	account(1000);
	hours("-3 h", "2 h");
	bound_batches(2, "2 h", "now() + interval '2 days'");
	/* The deadline told, and so the operator's validity, is the end of the hours. */
	ck_assert_int_eq(
		NUMBER("SELECT (deadline = (SELECT send_until FROM batch ORDER BY id LIMIT 1))"
		       "::int FROM batch_claim((SELECT min(id) FROM batch), 1::smallint,"
		       " 'o', 1, 100)"),
		1);
	SQL("DELETE FROM batch WHERE id = (SELECT min(id) FROM batch);"
	    "UPDATE batch SET state = 1, send_until = now() + interval '60 s'");
	hours("-3 h", "60 s");
	ck_assert_int_eq(NUMBER("SELECT " CLAIM), 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch WHERE state = 0 AND claimed = 0"
				" AND send_from > now() + interval '20 h'"),
			 1);
	/* A ticket of yesterday does not change that. */
	ck_assert_int_eq(NUMBER("SELECT 0 + " CLAIM), 2);
	/* The rules are loosened: what waits may go. */
	SQL("UPDATE setting SET value = 'off' WHERE name = 'quiet_hours';"
	    "SELECT send_hours_review()");
	RUN(feed_move);
	ck_assert_int_eq(NUMBER("SELECT 1 * " CLAIM), 1);
}
END_TEST

START_TEST(test_r46_a_second_try_keeps_to_the_hours)
{
	account(1000);
	hours("2 h", "5 h");
	bound_batches(1, "1 h", "now() + interval '2 days'");
	SQL("INSERT INTO retry SELECT id, 1, -1, now(), 0 FROM message");
	RUN(upkeep_retries);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM batch WHERE message_ids IS NOT NULL AND attempt"
		       " = 2 AND send_from > now() + interval '100 m'"),
		1);
	SQL("UPDATE batch SET state = 3 WHERE message_ids IS NULL");
	RUN(feed_batches);
	ck_assert_uint_eq(take_all("batch.1.bulk"), 0);
}
END_TEST

START_TEST(test_r46_a_message_of_the_api_is_released_when_its_hours_begin)
{
	SQL("INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class, "
	    "category,"
	    " max_parts, deadline, not_before) SELECT 0, 1, 1, '{79000000001}', '{t}',"
	    " message_base_ids(1), 's', 2, 2, 3, now() + interval '1 day', now() + n * interval '1 "
	    "h'"
	    " FROM generate_series(0, 1) n");
	RUN(chunk_release);
	ck_assert_uint_eq(take_all(queue_chunk(LANE_BULK)), 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk WHERE state = 0"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hours");
	TCase *tasks = tcase_create("tasks");

	tcase_add_checked_fixture(tasks, setup, teardown);
	tcase_set_timeout(tasks, 60);
	tcase_add_test(tasks, test_r46_snapshot_waits_for_the_hours);
	tcase_add_test(tasks, test_r46_clients_of_one_chunk_share_their_hours);
	tcase_add_test(tasks, test_r46_deadline_by_the_campaigns_rule);
	tcase_add_test(tasks, test_r46_batches_move_to_the_next_hours);
	tcase_add_test(tasks, test_r46_what_hours_leave_no_time_for_is_cancelled);
	tcase_add_test(tasks, test_r46_no_claim_outside_the_hours);
	tcase_add_test(tasks, test_r46_a_second_try_keeps_to_the_hours);
	tcase_add_test(tasks, test_r46_a_message_of_the_api_is_released_when_its_hours_begin);
	suite_add_tcase(suite, tasks);
	return suite_run(suite);
}
