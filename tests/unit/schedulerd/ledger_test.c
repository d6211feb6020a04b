/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ledger_test - what random messages cost, against a reckoning part by part that shares nothing
 * with the ledger's SQL but the rules. */
#include <inttypes.h>

#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/model/message.h"
#include "common/route/tariff.h"
#include "tests/unit/schedulerd/stage.h"
#include "tests/unit/support/run.h"

enum { ACCOUNTS = 4, LINES_MAX = 4000 };

static void open_ledger(void)
{
	setup();
	config.ledger_lag_ms = 0;
	scheduler.ledger_minutes = 0;
	/* Whoever keeps the ledger is no owner: rights that lack show here. */
	SQL("SET ROLE vestnik_schedulerd");
	SQL("RESET ROLE");
	ck_ok(pg_exec(scheduler.pg, "SET ROLE vestnik_schedulerd", err));
	SQL("UPDATE ledger_clock SET reckoned_to = date_trunc('minute', now() - interval '6 h')");
}

/* --- random traffic ------------------------------------------------------------------------------
 */

/* 1: a flat price; 2: on acceptance, by operator and category; 3: on delivery, by prefix and
 * registration, in dollars without VAT; 4: by message on delivery, which its provider charges. */
static void make_tariffs(void)
{
	const char *told = getenv("VESTNIK_TEST_SEED");
	unsigned seed = told != NULL ? (unsigned)strtoul(told, NULL, 10)
				     : (unsigned)(clock_mono_ns() / 1000 % 1000000);
	char sql[60];

	(void)printf("VESTNIK_TEST_SEED=%u\n", seed);
	(void)fflush(stdout);
	(void)snprintf(sql, sizeof(sql), "SELECT setseed(%u / 1000000.0)", seed);
	SQL(sql);
	SQL("INSERT INTO provider (name, currency) VALUES ('abroad', 'USD'), ('whole', 'RUB');"
	    "INSERT INTO account (name, host, port, system_id, price_micro, provider_id)"
	    " SELECT v.n, 'x', 1, 'x', 1850001, (SELECT id FROM provider WHERE name = v.p)"
	    "   FROM (VALUES ('a1', NULL), ('a2', NULL), ('a3', 'abroad'), ('a4', 'whole')) v(n, p)"
	    "  ORDER BY v.n;"
	    "INSERT INTO currency_rate (currency, day, rate_micro) VALUES ('USD', '2026-01-01', "
	    "81354321);"
	    "SELECT tariff_put(NULL, 2::smallint, 0, 'RUB', true, NULL, 'part', 'acceptance',"
	    " '2026-01-01', 'f', sha256('f'), 't', '{1,2,3,4}', '{1,1,2,0}', "
	    "'{\"\",\"\",\"\",\"\"}',"
	    " '{\"\",\"\",\"\",\"\"}', '{0,1,0,0}', '{-1,-1,-1,-1}', '{0,0,0,0}',"
	    " '{1500000,3141593,1777777,2500000}');"
	    "SELECT tariff_put(NULL, 3::smallint, 0, 'USD', false, NULL, 'part', 'delivery',"
	    " '2026-01-01', 'f', sha256('f'), 't', '{1,2,3,4}', '{0,0,0,3}', "
	    "'{\"\",\"\",\"\",\"\"}',"
	    " '{79,7901,7902,\"\"}', '{0,0,0,0}', '{-1,0,-1,-1}', '{0,0,0,0}',"
	    " '{20001,33333,27182,31415}');"
	    "SELECT tariff_put((SELECT id FROM provider WHERE name = 'whole'), NULL, 0, 'RUB', "
	    " false, 500, 'message', 'delivery', '2026-01-01', 'f', sha256('f'), 't', '{1,2}',"
	    " '{0,0}', '{\"\",\"\"}', '{\"\",\"\"}', '{0,0}', '{-1,-1}', '{0,3}', "
	    "'{4000001,9000000}')");
}

/* Messages of one to three parts in batches of 50; a fifth was sent over two accounts. */
static void make_messages(int batches)
{
	char sql[4000];

	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO batch (id, run_id, account_id, lane, class, category, message_count,"
		" parts, sender, deadline, filtered_at) SELECT u.id, CASE WHEN random() < 0.5 THEN "
		"7 "
		"END,"
		" 1, 1, 1, 1 + floor(random() * 6)::int, 50, 50, CASE WHEN random() < 0.5 THEN "
		"'Bank'"
		" ELSE '2424' END, now(), now() FROM unnest(message_base_ids(%d)) AS u(id);"
		"INSERT INTO message (id, msisdn, price_micro, parts, encoding, text, registered)"
		" SELECT b.id + n, 79000000000 + floor(random() * 4)::bigint * 10000000"
		"        + floor(random() * 1000)::bigint, 0, 1 + floor(random() * 3)::int, 0, 't',"
		"        random() < 0.7 FROM batch b, generate_series(0, 49) n;"
		"INSERT INTO message_state (id, state, delivered_parts, attempt)"
		" SELECT id, 0, 0, CASE WHEN random() < 0.2 THEN 2 ELSE 1 END FROM message;"
		"INSERT INTO ported_number (msisdn, operator_id, source)"
		" SELECT DISTINCT msisdn, 1 + msisdn %% 4, 'mnp' FROM message WHERE msisdn %% 5 <> "
		"0"
		" ON CONFLICT DO NOTHING",
		batches);
	SQL(sql);
}

/* Each attempt over an account of its own; parts one by one, or the whole message in one. */
static void accept_parts(const char *which)
{
	char sql[3000];

	(void)snprintf(
		sql, sizeof(sql),
		"WITH way AS (SELECT m.id, m.msisdn, m.parts, a.no, 1 + floor(random() * 4)::int "
		"AS "
		"acc,"
		"   now() - interval '10 min' - random() * interval '5 h' AS at, random() AS kind"
		"   FROM message m JOIN message_state s ON s.id = m.id,"
		"   LATERAL generate_series(1, s.attempt) AS a(no) WHERE %s)"
		"INSERT INTO receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id, "
		"account_id,"
		" attempt, part, parts, provider_id, price_micro)"
		" SELECT w.at + p * interval '40 s', 1, w.id, w.msisdn, coalesce(h.run_id, 0), "
		"w.acc,"
		"        w.no, CASE WHEN w.kind < 0.2 THEN 0 WHEN w.kind < 0.4 THEN -p ELSE p END,"
		"        w.parts, 'x', CASE WHEN random() < 0.3 THEN 1234567 END"
		"   FROM way w JOIN batch h ON h.id = w.id & ~255::bigint,"
		"   LATERAL generate_series(1, CASE WHEN w.kind < 0.2 THEN 1 ELSE w.parts END) AS "
		"p",
		which);
	SQL(sql);
}

/* Receipts for some parts; what was sent twice arrived over its second account. */
static void deliver(const char *which)
{
	char sql[2000];

	(void)snprintf(
		sql, sizeof(sql),
		"UPDATE message_state s SET delivered_parts = x.mask,"
		"   state = CASE WHEN x.mask = (1 << x.parts) - 1 THEN 9 ELSE s.state END"
		"  FROM (SELECT m.id, m.parts, floor(random() * (1 << m.parts))::bigint AS mask"
		"          FROM message m WHERE %s) x WHERE x.id = s.id;"
		"INSERT INTO receipt (received_at, message_id, account_id, part, state)"
		" SELECT now(), r.message_id, r.account_id, r.part, 9 FROM receipt_ref r"
		"   JOIN message_state s ON s.id = r.message_id"
		"  WHERE r.attempt = 2 AND s.delivered_parts <> 0",
		which);
	SQL(sql);
}

/* --- part by part --------------------------------------------------------------------------------
 */

struct line {
	int64_t day, account, operator_id, category, kind, run;
	bool registered;
	int64_t messages, parts, charged, rouble, own_parts, own;
};

static struct line *line_of(struct line *lines, size_t *count, const struct line *key)
{
	for (size_t i = 0; i < *count; i++) {
		struct line *l = &lines[i];

		if (l->day == key->day && l->account == key->account &&
		    l->operator_id == key->operator_id && l->category == key->category &&
		    l->kind == key->kind && l->run == key->run && l->registered == key->registered)
			return l;
	}
	ck_assert_uint_lt(*count, LINES_MAX);
	lines[*count] = *key;
	return &lines[(*count)++];
}

/* A column for each thing the rules speak of. */
static const struct pg_stmt parts_stmt = {
	"parts",
	"SELECT company_day(r.submitted_at) - date '2020-01-01', r.account_id,"
	"       coalesce(p.operator_id, 0), h.category, h.sender, r.run_id, m.registered, r.part,"
	"       r.parts, r.price_micro, s.state, s.delivered_parts, s.attempt, r.submitted_at,"
	"       r.msisdn, EXISTS (SELECT FROM receipt x WHERE x.message_id = r.message_id"
	"          AND x.account_id = r.account_id AND x.state = 9)"
	"  FROM receipt_ref r JOIN message m ON m.id = r.message_id"
	"  JOIN message_state s ON s.id = r.message_id JOIN batch h ON h.id = r.message_id & ~255"
	"  LEFT JOIN ported_number p ON p.msisdn = r.msisdn ORDER BY r.submitted_at"};

static bool is_owed(const struct pg_result *r, size_t i, const struct tariff_price *price)
{
	int64_t part = pg_int(r, i, 7), mask = pg_int(r, i, 11);
	bool whole = pg_int(r, i, 10) == MESSAGE_DELIVERED;

	if (!price->on_delivery)
		return true;
	if (part < 0)
		part = -part;
	if (price->per_message || part == 0 ? !whole : (mask >> (part - 1) & 1) == 0)
		return false;
	return pg_int(r, i, 12) == 1 || pg_bool(r, i, 15);
}

static void add_part(struct line *lines, size_t *count, const struct pg_result *r, size_t i,
		     const struct tariff_book *book)
{
	struct tariff_query q = {.msisdn = pg_int(r, i, 14),
				 .operator_id = (int16_t)pg_int(r, i, 2),
				 .category = (uint8_t)pg_int(r, i, 3),
				 .sender_kind = (uint8_t)sender_kind_of(pg_text(r, i, 4)),
				 .registered = pg_bool(r, i, 6)};
	int64_t part = pg_int(r, i, 7), parts = part == 0 ? pg_int(r, i, 8) : 1, units;
	bool first = part >= -1 && part <= 1;
	struct line key = {.day = pg_int(r, i, 0),
			   .account = pg_int(r, i, 1),
			   .operator_id = q.operator_id,
			   .category = q.category,
			   .kind = q.sender_kind,
			   .run = pg_int(r, i, 5)};
	struct tariff_price price = {0};
	struct line *l;

	ck_assert(tariff_price(book, (int16_t)key.account, &q, &price));
	/* Only account 3's tariff asks for it; of others it is not looked up. */
	key.registered = key.account == 3 ? q.registered : true;
	units = !is_owed(r, i, &price) ? 0 : price.per_message ? first : parts;
	l = line_of(lines, count, &key);
	l->messages += first;
	l->parts += parts;
	l->charged += units;
	l->rouble += units * price.price_micro;
	l->own_parts += !pg_null(r, i, 9);
	l->own += pg_int(r, i, 9);
}

static size_t reckon(struct line *lines)
{
	struct tariff_book *book = NULL;
	struct pg_result *r = NULL;
	size_t count = 0;

	ck_ok(pg_run(db.pg, &parts_stmt, NULL, &r, err));
	for (size_t i = 0; i < pg_rows(r); i++) {
		if (i == 0 || pg_int(r, i, 0) != pg_int(r, i - 1, 0)) {
			tariff_book_free(&book);
			ck_ok(tariff_book_load(db.pg, pg_time_us(r, i, 13), &book, err));
		}
		add_part(lines, &count, r, i, book);
	}
	tariff_book_free(&book);
	pg_result_free(&r);
	return count;
}

static void compare(const char *when)
{
	static const struct pg_stmt ledger = {
		"ledger",
		"SELECT day - date '2020-01-01', account_id, operator_id, category, sender_kind,"
		"       run_id, registered, messages, parts, charged, rouble_micro, own_parts, "
		"own_micro,"
		"       unpriced FROM ledger"};
	struct line *lines = mem_calloc(LINES_MAX, sizeof(*lines));
	size_t count = reckon(lines), before = count;
	struct pg_result *r = NULL;

	ck_ok(pg_run(db.pg, &ledger, NULL, &r, err));
	ck_assert_msg(pg_rows(r) == count, "%s: %zu rows, not %zu", when, pg_rows(r), count);
	for (size_t i = 0; i < pg_rows(r); i++) {
		struct line key = {.day = pg_int(r, i, 0),
				   .account = pg_int(r, i, 1),
				   .operator_id = pg_int(r, i, 2),
				   .category = pg_int(r, i, 3),
				   .kind = pg_int(r, i, 4),
				   .run = pg_int(r, i, 5),
				   .registered = pg_bool(r, i, 6)};
		const struct line *l = line_of(lines, &count, &key);

		ck_assert_msg(
			l->messages == pg_int(r, i, 7) && l->parts == pg_int(r, i, 8) &&
				l->charged == pg_int(r, i, 9) && l->rouble == pg_int(r, i, 10) &&
				l->own_parts == pg_int(r, i, 11) && l->own == pg_int(r, i, 12),
			"%s: account %" PRId64 ", operator %" PRId64 ": %" PRId64 " of %" PRId64
			" parts charged, cost %" PRId64 ", not %" PRId64 " of %" PRId64
			", cost %" PRId64,
			when, key.account, key.operator_id, pg_int(r, i, 9), pg_int(r, i, 8),
			pg_int(r, i, 10), l->charged, l->parts, l->rouble);
		ck_assert_int_eq(pg_int(r, i, 13), 0);
	}
	ck_assert_uint_eq(count, before);
	pg_result_free(&r);
	mem_free(lines);
}

/* --- tests ---------------------------------------------------------------------------------------
 */

static void everything_due(void)
{
	SQL("UPDATE ledger_window SET next_at = now()");
}

START_TEST(test_ledger)
{
	make_tariffs();
	make_messages(20);
	accept_parts("m.id % 3 <> 0");
	deliver("m.id % 2 = 0");
	RUN(ledger_advance);
	compare("reckoned once");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM ledger_clock WHERE reckoned_to < "
				"date_trunc('minute', now())"),
			 0);
	RUN(ledger_advance);
	everything_due();
	RUN(ledger_look_again);
	compare("looked at again");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM ledger_window WHERE next_at <= now()"), 0);
	ck_assert_int_eq(NUMBER("SELECT min(looks)::int FROM ledger_window"), 2);

	/* Receipts that come late. */
	deliver("m.id % 2 = 1");
	everything_due();
	RUN(ledger_look_again);
	compare("after late receipts");

	/* Answers that were stored late. */
	accept_parts("m.id % 3 = 0");
	everything_due();
	RUN(ledger_look_again);
	/* Minutes that had no part at all are behind the clock and were not seen yet. */
	SQL("UPDATE ledger_clock SET reckoned_to = date_trunc('minute', now() - interval '6 h')");
	RUN(ledger_advance);
	compare("after late answers");
}
END_TEST

/* A tariff loaded for days that are over prices them anew. */
START_TEST(test_retroactive_tariff)
{
	make_tariffs();
	make_messages(4);
	accept_parts("true");
	RUN(ledger_advance);
	compare("reckoned once");
	SQL("SELECT tariff_put(NULL, 2::smallint, 1, 'RUB', true, NULL, 'part', 'acceptance',"
	    " company_day(now()) - 1, 'f', sha256('f'), 't', '{1}', '{0}', '{\"\"}', '{\"\"}', "
	    "'{0}', "
	    "'{-1}', '{0}', '{5000000}')");
	RUN(ledger_look_again);
	compare("by the new tariff");
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM ledger WHERE tariff_id = 1"), 0);
}
END_TEST

/* Erased numbers and dropped partitions leave what is settled. */
START_TEST(test_what_is_gone_stays_settled)
{
	int64_t cost;

	make_tariffs();
	make_messages(2);
	accept_parts("true");
	deliver("true");
	RUN(ledger_advance);
	cost = NUMBER("SELECT sum(rouble_micro)::bigint FROM ledger");
	ck_assert_int_gt(cost, 0);
	SQL("UPDATE receipt_ref SET msisdn = 0");
	everything_due();
	RUN(ledger_look_again);
	ck_assert_int_eq(NUMBER("SELECT sum(rouble_micro)::bigint FROM ledger"), cost);
	SQL("DO $$ DECLARE r regclass; BEGIN FOR r IN SELECT inhrelid FROM pg_inherits"
	    " WHERE inhparent = 'receipt_ref'::regclass LOOP"
	    " EXECUTE format('DROP TABLE %s', r); END LOOP; END $$");
	everything_due();
	RUN(ledger_look_again);
	ck_assert_int_eq(NUMBER("SELECT sum(rouble_micro)::bigint FROM ledger"), cost);
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM ledger_window WHERE next_at IS NOT NULL"), 0);
	RUN(ledger_forget);
	ck_assert_int_gt(NUMBER("SELECT count(*) FROM ledger_share"), 0);
	config.keep_ref_days = 0;
	RUN(ledger_forget);
	config.keep_ref_days = 30;
	ck_assert_int_eq(NUMBER("SELECT count(*) FROM ledger_share"), 0);
	ck_assert_int_eq(NUMBER("SELECT sum(rouble_micro)::bigint FROM ledger"), cost);
}
END_TEST

/* A tariff without a row for a message: it is counted, so that somebody sees it. */
START_TEST(test_unpriced)
{
	make_tariffs();
	SQL("SELECT tariff_put(NULL, 2::smallint, 1, 'RUB', true, NULL, 'part', 'acceptance',"
	    " '2026-02-01', 'f', sha256('f'), 't', '{1}', '{15}', '{\"\"}', '{\"\"}', '{0}', "
	    "'{-1}',"
	    " '{0}', '{5000000}')");
	make_messages(4);
	accept_parts("true");
	RUN(ledger_advance);
	RUN(ledger_measure);
	ck_assert_int_eq(metric_value(metrics_gauge("vestnik_ledger_unpriced", "", NULL)),
			 NUMBER("SELECT sum(unpriced)::bigint FROM ledger"));
	ck_assert_int_lt(metric_value(metrics_gauge("vestnik_ledger_behind_seconds", "", NULL)),
			 120);
	ck_assert_int_gt(NUMBER("SELECT sum(unpriced)::bigint FROM ledger WHERE account_id = 2"),
			 0);
	ck_assert_int_eq(NUMBER("SELECT sum(charged - unpriced)::bigint FROM ledger WHERE "
				"account_id = 2"),
			 0);
	ck_assert_int_eq(NUMBER("SELECT sum(unpriced)::bigint FROM ledger WHERE account_id <> 2"),
			 0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("ledger");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, open_ledger, teardown);
	tcase_add_test(tests, test_ledger);
	tcase_add_test(tests, test_retroactive_tariff);
	tcase_add_test(tests, test_what_is_gone_stays_settled);
	tcase_add_test(tests, test_unpriced);
	return case_run("ledger", tests);
}
