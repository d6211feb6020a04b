/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dlrd against a real PostgreSQL, with the rights of its own role: what receipts make of messages,
 * and what becomes of receipts without one. */
#include "tests/unit/support/database.h"

#include <time.h>

#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/model/message.h"
#include "dlrd/dlrd.h"
#include "tests/unit/support/run.h"

#define NUMBER(query) test_number(db.pg, (query))
#define SQL(text)     ck_ok(pg_exec(db.pg, (text), err))
#define MSISDN	      INT64_C(79160000000)
#define CAP	      8000

static struct test_database db;
static struct dlrd d;

static void setup(void)
{
	test_database_open(&db, "dlrd");
	dlrd_init(&d, CAP);
	d.pg = test_pg_open(db.url);
	d.slot = 5;
	ck_ok(pg_exec(d.pg,
		      "SET enable_seqscan = off; SET enable_hashjoin = off;"
		      "SET enable_mergejoin = off; SET ROLE vestnik_dlrd",
		      err));
}

static void teardown(void)
{
	pg_close(&d.pg);
	dlrd_deinit(&d);
	memset(&d, 0, sizeof(d));
	test_database_close(&db);
}

/* --- ground ------------------------------------------------------------------------------------
 */

/* Message n (from 1) of run 7 in one batch, accepted by account 1 in `parts` parts: "p<n>-<part>",
 * or "p<n>" for one that stands for the whole message.  Returns its id. */
static int64_t id_of(int n)
{
	return ((clock_wall_us() / 1000000 / 3600 * 3600 - MESSAGE_EPOCH_S) << 32) | n;
}

static void message(int n, int parts, const char *submitted)
{
	char sql[1024];
	int64_t id = id_of(n);

	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO batch (id, run_id, account_id, lane, class, category, message_count,"
		" parts, sender, deadline, filtered_at) VALUES (%lld, 7, 1, 1, 1, 1, 200, 1, 's',"
		" now() + '1 day', now()) ON CONFLICT DO NOTHING;"
		"INSERT INTO message VALUES (%lld, 1, %lld, 0, %d, 0, 't');"
		"INSERT INTO message_state (id) VALUES (%lld);"
		"INSERT INTO receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id,"
		" account_id, attempt, part, parts, provider_id)"
		" SELECT %s, 0, %lld, %lld, 7, 1, 1, p, %d, 'p%d-' || p"
		" FROM generate_series(1, %d) p",
		(long long)BATCH_ID(id), (long long)id, (long long)MSISDN + n, parts, (long long)id,
		submitted, (long long)id, (long long)MSISDN + n, parts, n, parts);
	SQL(sql);
}

/* The C hash cannot be said in SQL: fill it in. */
static void set_keys(void)
{
	static const struct pg_stmt list = {
		"list_refs", "SELECT account_id, provider_id FROM receipt_ref WHERE ref_key = 0"};
	struct pg_result *rows = NULL;

	ck_ok(pg_run(db.pg, &list, NULL, &rows, err));
	for (size_t k = 0; k < pg_rows(rows); k++) {
		char sql[256];

		(void)snprintf(sql, sizeof(sql),
			       "UPDATE receipt_ref SET ref_key = %lld WHERE account_id = %d AND"
			       " provider_id = '%s'",
			       (long long)receipt_ref_key((int16_t)pg_int(rows, k, 0),
							  pg_text(rows, k, 1), pg_len(rows, k, 1)),
			       (int)pg_int(rows, k, 0), pg_text(rows, k, 1));
		SQL(sql);
	}
	pg_result_free(&rows);
}

static struct receipt receipt(const char *provider_id, int state, int n)
{
	struct receipt r = {
		.account_id = 1,
		.state = (int16_t)state,
		.msisdn = n == 0 ? 0 : MSISDN + n,
		.done_at_us = clock_wall_us() - 1000000,
		.received_at_us = clock_wall_us(),
	};

	r.provider_id_len =
		(uint8_t)snprintf(r.provider_id, sizeof(r.provider_id), "%s", provider_id);
	r.err_len = (uint8_t)snprintf(r.err, sizeof(r.err), "%s", state == 9 ? "" : "042");
	return r;
}

static void gathered(struct receipt r)
{
	d.group.receipts[d.group.count++] = r;
}

static void store(void)
{
	ck_ok(store_group(&d, err));
	d.group.count = 0;
}

static int state_of(int n)
{
	static const struct pg_stmt stmt = {"state_of",
					    "SELECT state FROM message_state WHERE id = $1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	int state;

	pg_param_int64(params, id_of(n));
	ck_ok(pg_run(db.pg, &stmt, params, &rows, err));
	state = (int)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	pg_params_free(&params);
	return state;
}

/* --- matching and states -----------------------------------------------------------------------
 */

START_TEST(test_delivered)
{
	message(1, 1, "now()");
	set_keys();
	gathered(receipt("p1-1", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT delivered FROM run_count WHERE run_id = 7 AND slot = 5"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt WHERE state = 9 AND part = 1 AND"
				" err IS NULL AND done_at < received_at"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 0);
	ck_assert_int_eq(metric_value(d.metrics.matched), 1);
}
END_TEST

/* Cases 30 and 31: parts that fare differently, receipts twice, out of order, late; ACCEPTD is no
 * delivery.  Sequences of receipts for a message of two parts, each step stored on its own; "1d" is
 * DELIVRD for part 1; e expired, u undelivered, r rejected, a accepted (enroute), ? unknown. */
static const struct {
	const char *why, *steps;
	int state;
} sequences[] = {
	{"one part is not the message", "1d", 0},
	{"both parts", "1d 2d", 9},
	{"a failed part fails it", "1d 2u", 8},
	{"whichever of the two comes first", "1u 2d", 8},
	{"and however often the other is said to be delivered", "1u 2d 2d 2d", 8},
	{"a late DELIVRD corrects", "1d 2e 2d", 9},
	{"the first failure stays", "1e 2u", 7},
	{"nothing corrects DELIVRD", "1d 2d 1e", 9},
	{"enroute says nothing", "1a 2a", 0},
	{"enroute after DELIVRD", "1d 2d 2a", 9},
	{"the operator does not know", "1?", 3},
	{"unknown is settled by a failure", "1? 2r", 6},
	{"unknown is settled by enroute", "1? 1a", 2},
	{"unknown is settled by delivery", "1? 1d 2d", 9},
	{"unknown after a failure is ignored", "1u 1?", 8},
	{"in one group: delivery wins", "1e+1d+2d", 9},
	{"in one group: the first failure counts", "1r+2e", 6},
	{"in one group: a failure over unknown", "1?+2e", 7},
	{"in one group: the same twice", "1d+1d", 0},
};

static int state_for(char letter)
{
	static const char letters[] = "..a?..reud";

	return (int)(strchr(letters, letter) - letters);
}

START_TEST(test_sequence)
{
	message(1, 2, "now()");
	set_keys();
	for (const char *at = sequences[_i].steps;;) {
		char id[16];

		(void)snprintf(id, sizeof(id), "p1-%c", at[0]);
		gathered(receipt(id, state_for(at[1]), 1));
		at += 2;
		if (*at != '+')
			store();
		if (*at == '\0')
			break;
		at++;
	}
	ck_assert_msg(state_of(1) == sequences[_i].state, "%s: state is %d", sequences[_i].why,
		      state_of(1));
	/* the counts agree with the state, whatever happened on the way */
	ck_assert_int_eq(
		NUMBER("SELECT coalesce(sum(delivered * 9 + undelivered * 8 + expired * 7 +"
		       " rejected * 6 + unknown * 3 + failed * 5), 0)::bigint FROM run_count"),
		sequences[_i].state == 2 ? 0 : sequences[_i].state);
}
END_TEST

static const char *const whole_refs[] = {
	"UPDATE receipt_ref SET part = 0",     /* all in one PDU */
	"UPDATE receipt_ref SET part = -part", /* each for all */
};

START_TEST(test_receipt_for_the_whole_message)
{
	message(1, 3, "now()");
	SQL(whole_refs[_i]);
	set_keys();
	gathered(receipt("p1-1", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT delivered_parts FROM message_state"), 7);
	ck_assert_int_eq(NUMBER("SELECT part::bigint FROM receipt"), 0);
}
END_TEST

static const struct {
	const char *why;
	const char *change; /* to receipt_ref of p1-1 */
	int n;		    /* whose number the receipt carries, 0: none */
	bool found;
} agreements[] = {
	{"all agrees", "", 1, true},
	{"another number", "", 2, false},
	{"the receipt has no number", "", 0, true},
	{"the reference has no number", "UPDATE receipt_ref SET msisdn = 0", 2, true},
	{"another account", "UPDATE receipt_ref SET account_id = 2", 1, false},
	{"a hash that collides", "UPDATE receipt_ref SET provider_id = 'other'", 1, false},
	{"submitted yesterday",
	 "UPDATE receipt_ref SET submitted_at = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME"
	 " ZONE 'UTC' - interval '1 second'",
	 1, true},
};

START_TEST(test_agreement)
{
	message(1, 1, "now()");
	set_keys();
	SQL(agreements[_i].change);
	gathered(receipt("p1-1", MESSAGE_DELIVERED, agreements[_i].n));
	store();
	ck_assert_msg((state_of(1) == MESSAGE_DELIVERED) == agreements[_i].found, "%s",
		      agreements[_i].why);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), !agreements[_i].found);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt"), agreements[_i].found);
}
END_TEST

/* Case 3: one id from two providers, and from two nodes of one provider: account and number tell.
 */
START_TEST(test_case_3_same_id_from_two_nodes)
{
	message(1, 1, "now()");
	message(2, 1, "now()");
	message(3, 1, "now()");
	SQL("UPDATE receipt_ref SET provider_id = 'same';"
	    "UPDATE receipt_ref SET account_id = 2 WHERE message_id = (SELECT max(id) FROM "
	    "message)");
	set_keys();
	gathered(receipt("same", MESSAGE_UNDELIVERED, 2));
	gathered(receipt("same", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(state_of(2), MESSAGE_UNDELIVERED);
	ck_assert_int_eq(state_of(3), MESSAGE_QUEUED);
	gathered(receipt("same", MESSAGE_DELIVERED, 3)); /* account 1 has sent it nothing */
	store();
	ck_assert_int_eq(state_of(3), MESSAGE_QUEUED);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 1);
}
END_TEST

/* Case 32: a centre that gives every message the id "-1": with a number a receipt finds its
 * message, without one it is attached to none. */
START_TEST(test_case_32_weak_ids_are_no_ids)
{
	message(1, 1, "now() - interval '2 seconds'");
	message(2, 1, "now() - interval '1 second'");
	message(3, 1, "now()");
	SQL("UPDATE receipt_ref SET provider_id = '-1'");
	set_keys();
	gathered(receipt("-1", MESSAGE_DELIVERED, 0));
	store();
	for (int n = 1; n <= 3; n++)
		ck_assert_int_eq(state_of(n), MESSAGE_QUEUED);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 1);
	gathered(receipt("-1", MESSAGE_DELIVERED, 2));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_QUEUED);
	ck_assert_int_eq(state_of(2), MESSAGE_DELIVERED);
	ck_assert_int_eq(state_of(3), MESSAGE_QUEUED);
}
END_TEST

/* Case 31, three days late: partitions of long ago are looked at last, but they are looked at. */
START_TEST(test_long_ago)
{
	message(1, 1, "now()");
	set_keys();
	SQL("CREATE TABLE receipt_ref_old PARTITION OF receipt_ref"
	    " FOR VALUES FROM ('2001-01-01 00:00+00') TO ('2001-01-02 00:00+00');"
	    "UPDATE receipt_ref SET submitted_at = '2001-01-01 12:00+00'");
	gathered(receipt("p1-1", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
}
END_TEST

START_TEST(test_id_used_again_means_the_newest)
{
	message(1, 1, "now() - interval '1 second'");
	message(2, 1, "now()");
	SQL("UPDATE receipt_ref SET provider_id = 'same', msisdn = 0");
	set_keys();
	gathered(receipt("same", MESSAGE_DELIVERED, 0));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_QUEUED);
	ck_assert_int_eq(state_of(2), MESSAGE_DELIVERED);
}
END_TEST

/* Groups of shuffled receipts, some done twice (as after a lost acknowledgement), must leave what
 * the ledger says. */
START_TEST(test_many_in_any_order)
{
	enum { N = 150, PARTS = 3 };
	unsigned seed = (unsigned)time(NULL);
	struct receipt all[N * PARTS];

	printf("seed %u\n", seed);
	srand(seed);
	for (int n = 1; n <= N; n++) {
		message(n, PARTS, "now()");
		for (int p = 1; p <= PARTS; p++) {
			char id[32];

			(void)snprintf(id, sizeof(id), "p%d-%d", n, p);
			all[(n - 1) * PARTS + p - 1] =
				receipt(id, n % 10 == 0 && p == 2 ? 7 : 9, n);
		}
	}
	set_keys();
	for (size_t k = N * PARTS - 1; k > 0; k--) {
		size_t other = (size_t)rand() % (k + 1);
		struct receipt swap = all[k];

		all[k] = all[other];
		all[other] = swap;
	}
	for (size_t k = 0; k < N * PARTS;) {
		size_t again = (size_t)rand() % 3, from = k;

		k = k + 40 < N * PARTS ? k + 40 : N * PARTS;
		for (size_t times = 0; times <= again; times++) {
			for (size_t i = from; i < k; i++)
				gathered(all[i]);
			store();
		}
	}
	for (int n = 1; n <= N; n++)
		ck_assert_int_eq(state_of(n), n % 10 == 0 ? 7 : 9);
	ck_assert_int_eq(NUMBER("SELECT sum(delivered)::bigint FROM run_count"), N - N / 10);
	ck_assert_int_eq(NUMBER("SELECT sum(expired)::bigint FROM run_count"), N / 10);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 0);
}
END_TEST

/* A clock that is wrong, or a queue that stood for a week, must not stop the rest. */
START_TEST(test_impossible_times_are_filed_nearby)
{
	struct receipt early, late;

	message(1, 1, "now()");
	message(2, 1, "now()");
	set_keys();
	early = receipt("p1-1", MESSAGE_DELIVERED, 1);
	early.received_at_us = 1;
	early.done_at_us = 0;
	late = receipt("p2-1", MESSAGE_DELIVERED, 2);
	late.received_at_us += INT64_C(86400000000) * 300;
	gathered(early);
	gathered(late);
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(state_of(2), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt WHERE received_at BETWEEN now() -"
				" interval '2 days' AND now()"),
			 2);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt WHERE done_at IS NULL"), 1);
}
END_TEST

/* --- the database in trouble -------------------------------------------------------------------
 */

START_TEST(test_connection_killed)
{
	message(1, 1, "now()");
	set_keys();
	pg_close(&d.pg);
	d.pg = test_pg_open(db.url);
	ck_ok(patience_init(&d.patience, daemon_stop_fd(), err));
	SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE datname = current_database() AND pid <> pg_backend_pid()");
	gathered(receipt("p1-1", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt"), 1);
}
END_TEST

/* --- parking -----------------------------------------------------------------------------------
 */

static void make_due(void)
{
	SQL("UPDATE parked_receipt SET next_try_at = now()");
}

static void join(void)
{
	bool more;

	ck_ok(parked_join(&d, &more, err));
	ck_assert(!more);
	d.group.count = 0;
}

START_TEST(test_receipt_before_its_answer)
{
	gathered(receipt("p1-1", MESSAGE_DELIVERED, 1));
	store();
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt WHERE next_try_at > now() AND"
				" next_try_at < now() + interval '2 seconds'"),
			 1);
	join();
	ck_assert_msg(NUMBER("SELECT tries FROM parked_receipt") == 0, "not due yet");
	make_due();
	join();
	ck_assert_int_eq(NUMBER("SELECT tries FROM parked_receipt"), 1);
	message(1, 1, "now()");
	set_keys();
	make_due();
	join();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 0);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt WHERE state = 9"), 1);
}
END_TEST

START_TEST(test_parking_schedule)
{
	static const int waits_s[] = {5, 30, 300, 300};

	gathered(receipt("nobody", MESSAGE_EXPIRED, 1));
	store();
	for (size_t k = 0; k < sizeof(waits_s) / sizeof(waits_s[0]); k++) {
		make_due();
		join();
		ck_assert_int_eq(NUMBER("SELECT round(extract(epoch FROM next_try_at - now()))::int"
					" FROM parked_receipt"),
				 waits_s[k]);
		ck_assert_int_eq(NUMBER("SELECT tries FROM parked_receipt"), (int)k + 1);
	}
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt WHERE err = '042' AND"
				" provider_id = 'nobody' AND state = 7 AND done_at IS NOT NULL"),
			 1);
	SQL("UPDATE parked_receipt SET received_at = now() - interval '73 hours'");
	make_due();
	join();
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 0);
	ck_assert_int_eq(metric_value(d.metrics.given_up), 1);
}
END_TEST

START_TEST(test_parked_rows_of_another_are_left)
{
	struct pg *other = test_pg_open(db.url);

	gathered(receipt("nobody", MESSAGE_EXPIRED, 1));
	store();
	make_due();
	ck_ok(pg_exec(other, "BEGIN; SELECT * FROM parked_receipt FOR UPDATE", err));
	join();
	ck_ok(pg_exec(other, "ROLLBACK", err));
	ck_assert_int_eq(NUMBER("SELECT tries FROM parked_receipt"), 0);
	pg_close(&other);
}
END_TEST

/* --- doubts ------------------------------------------------------------------------------------
 */

static void in_doubt(int n)
{
	char sql[512];

	(void)snprintf(sql, sizeof(sql),
		       "DELETE FROM receipt_ref WHERE message_id = %lld;"
		       "UPDATE message_state SET state = 3, reason = 10 WHERE id = %lld;"
		       "INSERT INTO run_count (run_id, slot, unknown) VALUES (7, 1, 1) ON CONFLICT"
		       " (run_id, slot) DO UPDATE SET unknown = run_count.unknown + 1;"
		       "INSERT INTO doubt (message_id, attempt, batch_id, account_id, msisdn,"
		       " parts_mask, epoch) VALUES (%lld, 1, %lld, 1, %lld, -1, 1)",
		       (long long)id_of(n), (long long)id_of(n), (long long)id_of(n),
		       (long long)BATCH_ID(id_of(n)), (long long)MSISDN + 1);
	SQL(sql);
}

static const struct {
	const char *why;
	int doubts, tries, state, want;
} doubts[] = {
	{"too early to say", 1, 2, 9, 3},
	{"delivered after all", 1, 3, 9, 9},
	{"failed after all", 1, 4, 8, 8},
	{"on its way after all", 1, 3, 2, 2},
	{"the operator does not know either", 1, 3, 3, 3},
	{"two doubts: which one?", 2, 3, 9, 3},
};

START_TEST(test_doubt)
{
	char sql[128];

	for (int n = 1; n <= doubts[_i].doubts; n++) {
		message(n, 2, "now()");
		in_doubt(n);
	}
	gathered(receipt("lost-id", doubts[_i].state, 1));
	store();
	(void)snprintf(sql, sizeof(sql), "UPDATE parked_receipt SET tries = %d", doubts[_i].tries);
	SQL(sql);
	make_due();
	join();
	ck_assert_msg(state_of(1) == doubts[_i].want, "%s: state is %d", doubts[_i].why,
		      state_of(1));
	if (doubts[_i].want != 3) {
		ck_assert_int_eq(NUMBER("SELECT outcome FROM doubt"), 2);
		ck_assert_int_eq(NUMBER("SELECT reason FROM message_state"), 0);
		ck_assert_int_eq(NUMBER("SELECT sum(unknown)::bigint FROM run_count"), 0);
		ck_assert_int_eq(NUMBER("SELECT count(*) FROM parked_receipt"), 0);
		ck_assert_int_eq(NUMBER("SELECT count(*) FROM receipt WHERE part = 0"), 1);
		ck_assert_int_eq(metric_value(d.metrics.settled_doubts), 1);
	}
}
END_TEST

/* One part was accepted, two are in doubt: a receipt for one of these is the message's only one. */
START_TEST(test_doubt_where_one_receipt_covers_all)
{
	SQL("INSERT INTO account (name, host, port, system_id, receipt_parts)"
	    " VALUES ('a', '127.0.0.1', 1, 'x', 'any')");
	message(1, 3, "now()");
	in_doubt(1);
	SQL("UPDATE doubt SET parts_mask = 6");
	gathered(receipt("lost-id", MESSAGE_DELIVERED, 1));
	store();
	SQL("UPDATE parked_receipt SET tries = 3");
	make_due();
	join();
	ck_assert_int_eq(state_of(1), MESSAGE_DELIVERED);
	ck_assert_int_eq(NUMBER("SELECT delivered_parts FROM message_state"), 7);
}
END_TEST

/* --- gathering ---------------------------------------------------------------------------------
 */

/* Bundles through the real broker: a broken one goes aside, the others are stored once. */
START_TEST(test_gather)
{
	struct dlrd_config config = {.gather_receipts = 4000, .gather_ms = 200};
	struct mq_options options = {.url = test_env("VESTNIK_TEST_BROKER"), .name = "dlrd_test"};
	struct mq_delivery dead;
	struct err end;
	struct buf bundle;
	size_t got = 0;

	d.config = &config;
	buf_init(&bundle, 1 << 20);
	ck_ok(mq_open(&options, &d.mq, err));
	ck_ok(topology_declare_receipts(d.mq, err));
	ck_ok(mq_consume(d.mq, QUEUE_RECEIPT, 100, err));
	ck_ok(mq_consume(d.mq, QUEUE_RECEIPT_DEAD, 100, err));
	while (mq_take(d.mq, clock_mono_ms() + 200, -1, &dead, &end))
		mq_ack(d.mq, dead.tag, false); /* what others left */
	ck_ok(mq_cancel(d.mq, QUEUE_RECEIPT_DEAD, err));

	for (int k = 0; k < 3; k++) {
		receipt_bundle_begin(&bundle);
		for (int n = 0; n < 10; n++) {
			struct receipt r = receipt("x", MESSAGE_DELIVERED, n + 1);

			ck_assert(receipt_bundle_add(&bundle, &r));
		}
		mq_publish(d.mq, QUEUE_RECEIPT, bundle.data, bundle.len - (k == 1));
	}
	ck_ok(mq_confirm(d.mq, clock_mono_ms() + 10000, err));
	for (int turns = 0; got < 20 && turns < 50; turns++) {
		ck_ok(gather_bundles(&d, clock_mono_ms() + 200, -1, err));
		got += d.group.count;
		if (d.last_tag != 0)
			mq_ack(d.mq, d.last_tag, true);
	}
	ck_assert_uint_eq(got, 20);
	ck_assert_int_eq(metric_value(d.metrics.dead_bundles), 1);
	ck_ok(mq_consume(d.mq, QUEUE_RECEIPT_DEAD, 100, err));
	ck_ok(mq_take(d.mq, clock_mono_ms() + 10000, -1, &dead, err));
	ck_assert_uint_eq(dead.len, bundle.len - 1);
	mq_ack(d.mq, dead.tag, false);
	/* a lost broker is said to be lost */
	mq_close(&d.mq);
	buf_deinit(&bundle);
}
END_TEST

/* A gathering ends when the group is full, so that the rest waits for the next. */
START_TEST(test_gather_is_bounded)
{
	struct dlrd_config config = {.gather_receipts = 25, .gather_ms = 1000};
	struct mq_options options = {.url = test_env("VESTNIK_TEST_BROKER"), .name = "dlrd_test"};
	struct buf bundle;

	d.config = &config;
	buf_init(&bundle, 1 << 20);
	ck_ok(mq_open(&options, &d.mq, err));
	ck_ok(topology_declare_receipts(d.mq, err));
	receipt_bundle_begin(&bundle);
	for (int n = 0; n < 10; n++) {
		struct receipt r = receipt("x", MESSAGE_DELIVERED, n + 1);

		ck_assert(receipt_bundle_add(&bundle, &r));
	}
	for (int k = 0; k < 5; k++)
		mq_publish(d.mq, QUEUE_RECEIPT, bundle.data, bundle.len);
	ck_ok(mq_confirm(d.mq, clock_mono_ms() + 10000, err));
	ck_ok(mq_consume(d.mq, QUEUE_RECEIPT, 100, err));
	ck_ok(gather_bundles(&d, clock_mono_ms() + 10000, -1, err));
	ck_assert_uint_eq(d.group.count, 30);
	mq_ack(d.mq, d.last_tag, true);
	ck_ok(gather_bundles(&d, clock_mono_ms() + 10000, -1, err));
	ck_assert_uint_eq(d.group.count, 20);
	mq_ack(d.mq, d.last_tag, true);
	mq_close(&d.mq);
	buf_deinit(&bundle);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *s;
	TCase *tc;

	(void)test_env("VESTNIK_TEST_DB");
	(void)test_env("VESTNIK_TEST_BROKER");
	s = suite_create("dlrd");
	tc = tcase_create("receipts");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_delivered);
	tcase_add_loop_test(tc, test_sequence, 0, COUNT(sequences));
	tcase_add_loop_test(tc, test_receipt_for_the_whole_message, 0, COUNT(whole_refs));
	tcase_add_loop_test(tc, test_agreement, 0, COUNT(agreements));
	tcase_add_test(tc, test_case_3_same_id_from_two_nodes);
	tcase_add_test(tc, test_case_32_weak_ids_are_no_ids);
	tcase_add_test(tc, test_long_ago);
	tcase_add_test(tc, test_id_used_again_means_the_newest);
	tcase_add_test(tc, test_many_in_any_order);
	tcase_add_test(tc, test_impossible_times_are_filed_nearby);
	tcase_add_test(tc, test_connection_killed);
	tcase_add_test(tc, test_receipt_before_its_answer);
	tcase_add_test(tc, test_parking_schedule);
	tcase_add_test(tc, test_parked_rows_of_another_are_left);
	tcase_add_loop_test(tc, test_doubt, 0, COUNT(doubts));
	tcase_add_test(tc, test_doubt_where_one_receipt_covers_all);
	tcase_add_test(tc, test_gather);
	tcase_add_test(tc, test_gather_is_bounded);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
