/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inbound_test - messages from phones against a real PostgreSQL, with the rights of dlrd's role:
 * stored once, joined, matched, and stop words obeyed (requirements ). */
#include "tests/unit/support/database.h"

#include <time.h>

#include "common/base/clock.h"
#include "common/model/message.h"
#include "dlrd/dlrd.h"
#include "tests/unit/support/run.h"

#define NUMBER(query) test_number(db.pg, (query))
#define SQL(text)     ck_ok(pg_exec(db.pg, (text), err))
#define PHONE	      INT64_C(79161234567)
#define MINUTE_US     INT64_C(60000000)

static struct test_database db;
static struct dlrd d;
static struct dlrd_config config;
static int64_t now_us;

static void setup(void)
{
	test_database_open(&db, "inbound");
	dlrd_init(&d, 2 * RECEIPT_BUNDLE_MAX);
	config = (struct dlrd_config){.stop_confirmation = "", .join_wait_ms = 3600000};
	d.config = &config;
	now_us = clock_wall_us();
	d.pg = test_pg_open(db.url);
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

static struct inbound_part from_phone(int coding, const char *octets, size_t len)
{
	return (struct inbound_part){
		.account_id = 1,
		.coding = (uint8_t)coding,
		.total = 1,
		.seq = 1,
		.msisdn = PHONE,
		.received_at_us = now_us,
		.source = "79161234567",
		.destination = "79001112233",
		.octets = {(const uint8_t *)octets, len},
	};
}

static struct inbound_part text(const char *latin)
{
	return from_phone(CODING_LATIN1, latin, strlen(latin));
}

static struct inbound_part part(int reference, int total, int seq, const char *latin)
{
	struct inbound_part p = text(latin);

	p.reference = (uint16_t)reference;
	p.total = (uint8_t)total;
	p.seq = (uint8_t)seq;
	return p;
}

static void arrive(struct inbound_part p)
{
	d.inbox.parts[0] = p;
	d.inbox.count = 1;
	ck_ok(inbound_store(&d, err));
}

/* Whether exactly one message says this (a literal). */
#define ck_says(state, words)                                                                      \
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = '" state               \
				"' AND text = '" words "'"),                                       \
			 1)

/* --- storing once ------------------------------------------------------------------------------
 */

START_TEST(test_single)
{
	arrive(text("Hello, \xE9"));
	ck_says("whole", "Hello, é");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE msisdn = 79161234567 AND"
				" source IS NULL AND destination = '79001112233' AND account_id = 1"
				" AND total = 1 AND arrived = 1 AND finished_at IS NOT NULL AND"
				" stop_scope IS NULL AND client_id IS NULL AND message_id IS NULL"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM opt_out"), 0);
	ck_assert_int_eq(metric_value(d.metrics.inbound), 1);
}
END_TEST

START_TEST(test_source_that_is_no_number)
{
	struct inbound_part p = text("STOP");

	p.msisdn = 0;
	memcpy(p.source, "Bank", sizeof("Bank"));
	arrive(p);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE msisdn = 0 AND source = 'Bank'"
				" AND stop_scope = 'advertising'"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM opt_out"), 0);
}
END_TEST

START_TEST(test_delivered_again)
{
	struct inbound_part p = text("yes");

	arrive(p);
	arrive(p); /* by the broker */
	ck_assert_int_eq(NUMBER("SELECT repeats::bigint FROM inbound_part"), 0);
	p.received_at_us += 5 * MINUTE_US;
	arrive(p); /* by the operator */
	p.received_at_us -= MINUTE_US;
	arrive(p); /* late, by another gateway */
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), 1);
	ck_assert_int_eq(NUMBER("SELECT repeats::bigint FROM inbound_part"), 1);
	ck_assert_int_eq(metric_value(d.metrics.inbound_repeated), 3);
	ck_assert_int_eq(metric_value(d.metrics.inbound), 1);
	p.received_at_us = now_us + 11 * MINUTE_US;
	arrive(p); /* the person says it once more */
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), 2);
	arrive(text("yes!")); /* something else */
	p = text("yes");
	p.account_id = 2;
	arrive(p);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), 4);
}
END_TEST

START_TEST(test_binary_is_kept_as_it_came)
{
	arrive(from_phone(CODING_BINARY, "\0\x01\xFF", 3));
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM inbound WHERE state = 'whole' AND text IS NULL"
		       " AND octets = '\\x0001ff'"),
		1);
}
END_TEST

START_TEST(test_connection_killed)
{
	SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
	    "current_database() AND pid <> pg_backend_pid()");
	d.inbox.parts[0] = text("after the loss");
	d.inbox.count = 1;
	ck_assert(!inbound_store(&d, &(struct err){0}));
	ck_ok(pg_reconnect(d.pg, err));
	ck_ok(inbound_store(&d, err));
	ck_says("whole", "after the loss");
	ck_assert_int_eq(metric_value(d.metrics.inbound), 1);
}
END_TEST

/* --- bundles -----------------------------------------------------------------------------------
 */

static void publish(struct inbound_part p, bool broken)
{
	struct buf bundle;

	buf_init(&bundle, INBOUND_BUNDLE_BYTES);
	inbound_bundle_begin(&bundle);
	ck_assert(inbound_bundle_add(&bundle, &p));
	mq_publish(d.mq, QUEUE_INBOUND, bundle.data, bundle.len - (broken ? 1 : 0));
	ck_ok(mq_confirm(d.mq, clock_mono_ms() + 10000, err));
	buf_deinit(&bundle);
}

static void gather_for(int ms)
{
	ck_ok(gather_bundles(&d, clock_mono_ms() + (uint64_t)ms, -1, err));
	ck_assert_uint_eq(d.group.count, 0);
}

/* A broken bundle goes to the dead letters; one the database refuses waits in its queue. */
START_TEST(test_bundles)
{
	struct mq_options options = {.url = test_env("VESTNIK_TEST_BROKER"), .name = "inbound"};
	struct mq_delivery dead;

	config.gather_receipts = 100;
	config.gather_ms = 20;
	ck_ok(mq_open(&options, &d.mq, err));
	ck_ok(topology_declare_inbound(d.mq, err));
	ck_ok(mq_consume(d.mq, QUEUE_INBOUND, 8, err));
	publish(text("broken"), true);
	publish(text("kept"), false);
	SQL("ALTER TABLE inbound_part RENAME TO away");
	gather_for(2500);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), 0);
	SQL("ALTER TABLE away RENAME TO inbound_part");
	gather_for(2500);
	ck_says("whole", "kept");
	ck_assert_int_eq(metric_value(d.metrics.inbound_dead), 1);
	ck_ok(mq_cancel(d.mq, QUEUE_INBOUND, err));
	ck_ok(mq_consume(d.mq, QUEUE_INBOUND_DEAD, 8, err));
	ck_ok(mq_take(d.mq, clock_mono_ms() + 10000, -1, &dead, err));
	mq_ack(d.mq, dead.tag, false);
	mq_close(&d.mq);
}
END_TEST

/* --- joining -----------------------------------------------------------------------------------
 */

START_TEST(test_parts_in_any_order)
{
	arrive(part(7, 3, 3, "three"));
	arrive(part(7, 3, 1, "one "));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'joining' AND text IS"
				" NULL AND arrived = 2 AND finished_at IS NULL"),
			 1);
	arrive(part(7, 3, 1, "one "));
	arrive(part(7, 3, 2, "two "));
	ck_says("whole", "one two three");
	arrive(part(7, 3, 2, "two "));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), 1);
}
END_TEST

/* A phone cuts where its part is full, be it in the middle of a character. */
START_TEST(test_characters_cut_between_parts)
{
	struct inbound_part p = from_phone(CODING_UCS2, "\x00\x41\xD8\x3D", 4);

	p.reference = 1;
	p.total = 2;
	arrive(p);
	p.seq = 2;
	p.octets = (struct smpp_octets){(const uint8_t *)"\xDE\x00\x00\x42", 4};
	arrive(p);
	ck_says("whole", "A😀B");
	p.coding = CODING_GSM;
	p.reference = 2;
	p.octets = (struct smpp_octets){(const uint8_t *)"e 5", 3};
	arrive(p);
	p.seq = 1;
	p.octets = (struct smpp_octets){(const uint8_t *)"for \x1B", 5};
	arrive(p);
	ck_says("whole", "for € 5");
}
END_TEST

/* A reference used again before the message before it is whole. */
START_TEST(test_reference_used_again)
{
	arrive(part(7, 2, 1, "lost "));
	arrive(part(7, 2, 1, "found "));
	arrive(part(7, 2, 2, "A"));
	arrive(part(7, 2, 2, "B"));
	ck_says("whole", "lost A");
	ck_says("whole", "found B");
}
END_TEST

START_TEST(test_what_makes_parts_of_one_message)
{
	struct inbound_part p = part(7, 2, 2, "other sender");

	arrive(part(7, 2, 1, "first "));
	p.msisdn++;
	arrive(p);
	p = part(8, 2, 2, "other reference");
	arrive(p);
	p = part(7, 3, 2, "other total");
	arrive(p);
	p = part(7, 2, 2, "other destination");
	memcpy(p.destination, "x", sizeof("x"));
	arrive(p);
	p = part(7, 2, 2, "other account");
	p.account_id = 2;
	arrive(p);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'joining'"), 6);
}
END_TEST

START_TEST(test_parts_that_never_come)
{
	struct inbound_part p;

	arrive(part(1, 4, 2, "two"));
	arrive(part(1, 4, 3, "three"));
	arrive(part(2, 3, 1, "one"));
	arrive(part(2, 3, 3, "three"));
	arrive(part(3, 2, 1, "fresh"));
	SQL("UPDATE inbound SET at = at - interval '59 minutes' WHERE reference < 3");
	ck_ok(inbound_give_up(&d, err));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'joining'"), 3);
	SQL("UPDATE inbound SET at = at - interval '2 minutes' WHERE reference < 3");
	d.inbox.joining_due_ms = 0;
	ck_ok(inbound_give_up(&d, err));
	ck_says("incomplete", "[…]twothree[…]");
	ck_says("incomplete", "one[…]three");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'joining'"), 1);
	ck_assert_int_eq(metric_value(d.metrics.inbound_incomplete), 2);
	/* One that comes after all begins anew: what was told is told. */
	p = part(2, 3, 2, "two");
	arrive(p);
	ck_says("incomplete", "one[…]three");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'joining'"), 2);
}
END_TEST

/* Whatever the order, and however often each part is delivered, every message is whole once. */
START_TEST(test_shuffled)
{
	enum { MESSAGES = 20, PARTS = 4, ALL = MESSAGES * PARTS * 2 };
	unsigned seed = (unsigned)time(NULL);
	static struct inbound_part all[ALL];
	static char texts[ALL][16];

	printf("seed %u\n", seed);
	srand(seed);
	for (int n = 0; n < ALL; n++) {
		int m = n / 2 / PARTS, seq = n / 2 % PARTS + 1;

		(void)snprintf(texts[n], sizeof(texts[n]), "%d.%d ", m, seq);
		all[n] = part(m, PARTS, seq, texts[n]);
		all[n].received_at_us += n % 2 * 1000;
	}
	for (size_t k = ALL - 1; k > 0; k--) {
		size_t other = (size_t)rand() % (k + 1);
		struct inbound_part swap = all[k];

		all[k] = all[other];
		all[other] = swap;
	}
	for (size_t k = 0; k < ALL;) {
		d.inbox.count = 0;
		while (k < ALL && (d.inbox.count == 0 || rand() % 8 != 0))
			d.inbox.parts[d.inbox.count++] = all[k++];
		ck_ok(inbound_store(&d, err));
	}
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE state = 'whole' AND text ="
				" format('%1$s.1 %1$s.2 %1$s.3 %1$s.4 ', reference)"),
			 MESSAGES);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound"), MESSAGES);
}
END_TEST

/* --- from whom, and to what --------------------------------------------------------------------
 */

START_TEST(test_client)
{
	SQL("INSERT INTO client (external_id, msisdn) VALUES ('a', 79161234567)");
	arrive(text("one"));
	SQL("INSERT INTO client (external_id, msisdn) VALUES ('b', 79161234567)");
	arrive(text("two"));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound i JOIN client c ON c.id = i.client_id"
				" WHERE i.text = 'one' AND c.external_id = 'a'"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM inbound WHERE text = 'two' AND client_id IS"
				" NULL"),
			 1);
}
END_TEST

/* Message n of the phone, `ago_s` ago; accepted when it has a reference. */
static void sent(int n, int ago_s, int state, bool accepted)
{
	int64_t id = ((now_us / 1000000 - ago_s - MESSAGE_EPOCH_S) << 32) | n;
	char sql[600];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO message VALUES (%lld, 1, %lld, 0, 1, 0, 't');"
		       "INSERT INTO message_state (id, state) VALUES (%lld, %d);",
		       (long long)id, (long long)PHONE, (long long)id, state);
	SQL(sql);
	if (!accepted)
		return;
	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO receipt_ref VALUES (now(), 1, %lld, 1, 0, 1, 1, 0, 1, 'x')",
		       (long long)id);
	SQL(sql);
}

#define ANSWERED "SELECT coalesce(message_id & 255, 0) FROM inbound ORDER BY id DESC LIMIT 1"

START_TEST(test_what_is_answered)
{
	SQL("CREATE TABLE message_old PARTITION OF message FOR VALUES FROM (0) TO (4294967296000);"
	    "CREATE TABLE message_state_old PARTITION OF message_state FOR VALUES FROM (0) TO"
	    " (4294967296000)");
	SQL("INSERT INTO message VALUES (9, 1, 79161234567, 0, 1, 0, 't');"
	    "INSERT INTO message_state (id, state) VALUES (9, 9)");
	arrive(text("long ago"));
	ck_assert_int_eq(NUMBER(ANSWERED), 0);
	sent(1, 50, MESSAGE_DELIVERED, true);
	arrive(text("the first"));
	ck_assert_int_eq(NUMBER(ANSWERED), 1);
	sent(2, 40, MESSAGE_QUEUED, true);
	sent(3, 30, MESSAGE_QUEUED, false); /* never left */
	sent(4, 20, MESSAGE_FAILED, false);
	sent(5, 10, MESSAGE_CANCELLED, false);
	arrive(text("the second"));
	ck_assert_int_eq(NUMBER(ANSWERED), 2);
}
END_TEST

/* --- stop --------------------------------------------------------------------------------------
 */

#define OPT_OUT(condition) NUMBER("SELECT count(*) FROM opt_out WHERE " condition)

START_TEST(test_r10_stop_without_a_client)
{
	arrive(text("Stop!"));
	ck_assert_int_eq(OPT_OUT("msisdn = 79161234567 AND scope = 'advertising' AND source ="
				 " 'reply' AND confirmation_id IS NULL AND inbound_id = (SELECT id"
				 " FROM inbound WHERE stop_scope = 'advertising')"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 0);
	ck_assert_int_eq(metric_value(d.metrics.stops), 1);
}
END_TEST

START_TEST(test_r10_by_setting_only)
{
	arrive(text("no"));
	ck_assert_int_eq(OPT_OUT("true"), 0);
	config.stop_ambiguous = true;
	arrive(text("No."));
	ck_assert_int_eq(OPT_OUT("true"), 1);
}
END_TEST

START_TEST(test_r13_scope_grows_and_never_shrinks)
{
	arrive(text("stop"));
	SQL("UPDATE opt_out SET at = at - interval '1 day'");
	arrive(text("STOP"));
	ck_assert_int_eq(OPT_OUT("scope = 'advertising' AND at < now() - interval '1 hour'"), 1);
	arrive(text("STOP ALL"));
	/* As of now: claims look at opt-outs younger than their batch. */
	ck_assert_int_eq(OPT_OUT("scope = 'all' AND at > now() - interval '1 hour'"), 1);
	arrive(text("stop stop")); /* nothing but letters counts, and these are no stop word */
	arrive(text("quit"));
	ck_assert_int_eq(OPT_OUT("scope = 'all'"), 1);
	ck_assert_int_eq(metric_value(d.metrics.stops), 2);
}
END_TEST

START_TEST(test_r12_one_confirmation)
{
	config.stop_confirmation = "You get no more advertising";
	arrive(text("stop"));
	arrive(text("STOP"));
	arrive(text("quit"));
	arrive(text("stop all"));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 1);
	ck_assert_int_eq(
		NUMBER("SELECT count(*) FROM chunk c JOIN opt_out o ON o.confirmation_id ="
		       " c.base_ids[1] WHERE c.msisdns = ARRAY[79161234567] AND c.texts ="
		       " ARRAY['You get no more advertising'] AND c.sender = '79001112233'"
		       " AND c.account_id = 1 AND c.state = 1 AND c.lane = 0 AND c.size = 1"
		       " AND c.category = 2 AND c.class = 1"),
		1);
}
END_TEST

START_TEST(test_r12_none_for_a_stop_that_stood)
{
	config.stop_confirmation = "You get no more advertising";
	SQL("INSERT INTO opt_out (msisdn, scope) VALUES (79161234567, 'advertising')");
	arrive(text("stop"));
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM chunk"), 0);
	ck_assert_int_eq(OPT_OUT("source = 'api'"), 1);
}
END_TEST

/* Of two messages to a number that wants nothing any more, only its confirmation may go. */
START_TEST(test_r12_confirmation_passes_the_claim)
{
	SQL("INSERT INTO batch (id, account_id, lane, class, category, message_count, claimed, "
	    "parts,"
	    " sender, deadline, filtered_at) SELECT b, 1, 0, 1, 2, 2, 2, 2, 's', now() + '1 day',"
	    " now() - interval '1 second' FROM (SELECT (message_base_ids(1))[1] AS b) x;"
	    "INSERT INTO message SELECT id + n, 1, 79161234567, 0, 1, 0, 't' FROM batch,"
	    " generate_series(0, 1) n;"
	    "INSERT INTO message_state (id) SELECT id FROM message;"
	    "INSERT INTO opt_out (msisdn, scope, source, confirmation_id) SELECT 79161234567, "
	    "'all',"
	    " 'reply', id + 1 FROM batch");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch b, batch_slice(b.id) s WHERE NOT s.send"
				" AND s.reason = 1 AND s.id = b.id"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch b, batch_slice(b.id) s WHERE s.send AND"
				" s.id = b.id + 1"),
			 1);
	SQL("UPDATE batch SET message_ids = ARRAY[id, id + 1];"
	    "UPDATE message_state SET batch_id = (SELECT id FROM batch)");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch b, batch_slice(b.id) s WHERE s.send AND"
				" s.id = b.id + 1 AND true"),
			 1);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM batch b, batch_slice(b.id) s WHERE s.send"),
			 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("inbound");

	(void)test_env("VESTNIK_TEST_DB");
	(void)test_env("VESTNIK_TEST_BROKER");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_single);
	tcase_add_test(tc, test_source_that_is_no_number);
	tcase_add_test(tc, test_delivered_again);
	tcase_add_test(tc, test_binary_is_kept_as_it_came);
	tcase_add_test(tc, test_connection_killed);
	tcase_add_test(tc, test_bundles);
	tcase_add_test(tc, test_parts_in_any_order);
	tcase_add_test(tc, test_characters_cut_between_parts);
	tcase_add_test(tc, test_reference_used_again);
	tcase_add_test(tc, test_what_makes_parts_of_one_message);
	tcase_add_test(tc, test_parts_that_never_come);
	tcase_add_test(tc, test_shuffled);
	tcase_add_test(tc, test_client);
	tcase_add_test(tc, test_what_is_answered);
	tcase_add_test(tc, test_r10_stop_without_a_client);
	tcase_add_test(tc, test_r10_by_setting_only);
	tcase_add_test(tc, test_r13_scope_grows_and_never_shrinks);
	tcase_add_test(tc, test_r12_one_confirmation);
	tcase_add_test(tc, test_r12_none_for_a_stop_that_stood);
	tcase_add_test(tc, test_r12_confirmation_passes_the_claim);
	return case_run("inbound", tc);
}
