/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registered_test - which senders and texts operators know: by hand, and at random against a naive
 * reading of the two tables. */
#include <time.h>

#include "common/route/registered.h"
#include "common/sms/text_pattern.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

static struct test_database db;
static struct registered *book;
static struct registered_text *text;

#define MTS	1
#define MEGAFON 2
#define BEELINE 3

static void setup(void)
{
	test_database_open(&db, "registered");
	ck_ok(pg_exec(
		db.pg,
		"INSERT INTO provider (name) VALUES ('hub'), ('other');"
		"INSERT INTO account (name, host, port, system_id, provider_id)"
		" SELECT n.name, 'h', 1, 's', p.id FROM (VALUES ('one', 'hub'), ('two', 'hub'),"
		"  ('three', 'other')) AS n(name, provider) JOIN provider p ON p.name = n.provider"
		" ORDER BY n.name = 'three', n.name;"
		"INSERT INTO sender (name, enabled) VALUES ('BANK', true), ('SHOP', true),"
		" ('OLD', false), ('79161234567', true), ('1234', true)",
		err));
	text = registered_text_new();
	book = NULL;
}

static void teardown(void)
{
	registered_free(&book);
	registered_text_free(&text);
	test_database_close(&db);
}

static void load(void)
{
	registered_free(&book);
	ck_ok(registered_load(db.pg, &book, err));
}

static int16_t account(const char *name)
{
	char sql[100];
	struct pg_result *rows = NULL;
	int16_t id;

	(void)snprintf(sql, sizeof(sql), "SELECT id FROM account WHERE name = '%s'", name);
	ck_ok(pg_run_once(db.pg, sql, NULL, &rows, err));
	id = (int16_t)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return id;
}

/* "a" an account's or "p" a provider's row. */
static void known(const char *sender, const char *whose, const char *op, const char *state)
{
	char sql[700];

	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO sender_registration (sender_id, account_id, provider_id, operator_id, "
		"state) SELECT s.id, (SELECT id FROM account WHERE name = '%s'),"
		" (SELECT id FROM provider WHERE name = '%s'),"
		" (SELECT id FROM operator WHERE code = '%s'), '%s'"
		" FROM sender s WHERE name = '%s'",
		whose, whose, op, state, sender);
	ck_ok(pg_exec(db.pg, sql, err));
}

static void known_text(const char *sender, const char *whose, const char *op, int category,
		       const char *pattern)
{
	char sql[900];

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO template_registration (sender_id, account_id, provider_id, "
		       "operator_id, state, category, pattern)"
		       " SELECT s.id, (SELECT id FROM account WHERE name = '%s'),"
		       " (SELECT id FROM provider WHERE name = '%s'),"
		       " (SELECT id FROM operator WHERE code = '%s'), 'active', %d, '%s'"
		       " FROM sender s WHERE name = '%s'",
		       whose, whose, op, category, pattern, sender);
	ck_ok(pg_exec(db.pg, sql, err));
}

static bool name(const char *sender, const char *whose, int op)
{
	return registered_name(registered_find(book, sender), account(whose), (int16_t)op);
}

static bool carries(const char *sender, const char *whose, int op)
{
	return registered_carries(book, registered_find(book, sender), account(whose), (int16_t)op);
}

static bool match(const char *sender, int category, const char *says, const char *whose, int op)
{
	registered_read(book, registered_find(book, sender), (enum message_category)category, says,
			strlen(says), text);
	return registered_match(text, account(whose), (int16_t)op);
}

START_TEST(test_names)
{
	known("BANK", "hub", "", "active");
	known("BANK", "hub", "beeline", "refused");
	known("BANK", "two", "mts", "asked");
	known("BANK", "two", "beeline", "active");
	known("BANK", "other", "mts", "active");
	known("OLD", "hub", "", "active");
	load();
	ck_assert_msg(name("BANK", "one", MTS), "the row for all operators");
	ck_assert_msg(name("BANK", "one", 0), "of a number whose operator is not known as well");
	ck_assert_msg(!name("BANK", "one", BEELINE), "the operator's own row goes first");
	ck_assert_msg(name("BANK", "two", BEELINE), "the account's goes before the provider's");
	ck_assert_msg(!name("BANK", "two", MTS), "asking is not knowing");
	ck_assert_msg(name("BANK", "two", MEGAFON), "the provider's");
	ck_assert(name("BANK", "three", MTS));
	ck_assert_msg(!name("BANK", "three", MEGAFON) && !name("BANK", "three", 0), "nobody said");
	ck_assert(!name("SHOP", "one", MTS) && !name("NOBODY", "one", MTS));
	ck_assert_ptr_null(registered_find(book, "bank"));
	ck_assert_msg(carries("BANK", "one", BEELINE) && carries("NOBODY", "one", MTS),
		      "open: what is not registered goes all the same");
	ck_assert_msg(!carries("OLD", "one", MTS) && !carries("OLD", "three", MTS),
		      "a disabled one goes nowhere");
	ck_ok(pg_exec(db.pg,
		      "UPDATE setting SET value = 'strict' WHERE name = 'unregistered_senders'",
		      err));
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert(carries("BANK", "one", MTS) && !carries("BANK", "one", BEELINE));
	ck_assert(!carries("SHOP", "one", MTS) && !carries("NOBODY", "one", MTS));
}
END_TEST

START_TEST(test_days)
{
	known("BANK", "one", "mts", "active");
	known("BANK", "one", "megafon", "active");
	known("BANK", "one", "beeline", "active");
	known("BANK", "one", "", "active");
	ck_ok(pg_exec(db.pg,
		      "UPDATE sender_registration SET valid_from = company_day(now()),"
		      " valid_to = company_day(now()) WHERE operator_id = 1;"
		      "UPDATE sender_registration SET valid_from = company_day(now()) + 1"
		      " WHERE operator_id = 2;"
		      "UPDATE sender_registration SET valid_to = company_day(now()) - 1"
		      " WHERE operator_id = 3",
		      err));
	load();
	ck_assert_msg(name("BANK", "one", MTS), "both days count");
	ck_assert_msg(!name("BANK", "one", MEGAFON), "from tomorrow on, whatever holds for all");
	ck_assert_msg(!name("BANK", "one", BEELINE), "until yesterday");
	ck_ok(pg_exec(db.pg, "UPDATE sender_registration SET state = 'ended' WHERE operator_id = 3",
		      err));
	load();
	ck_assert_msg(name("BANK", "one", BEELINE), "what is ended says nothing");
}
END_TEST

START_TEST(test_texts)
{
	known("BANK", "hub", "", "active");
	known("BANK", "other", "", "active");
	known("SHOP", "hub", "", "active");
	known_text("BANK", "hub", "mts", CATEGORY_SERVICE, "Заказ %d готов");
	known_text("BANK", "two", "", CATEGORY_SERVICE, "Заказ %d готов");
	known_text("BANK", "one", "mts", CATEGORY_SERVICE, "Заказ %d{1,2} готов");
	known_text("BANK", "one", "mts", CATEGORY_AUTHORISATION, "%d - ваш код");
	load();
	ck_assert(match("BANK", CATEGORY_SERVICE, "Заказ 12 готов", "one", MTS));
	ck_assert(match("BANK", CATEGORY_SERVICE, "Заказ 12 14 готов", "one", MTS));
	ck_assert_msg(!match("BANK", CATEGORY_SERVICE, "Заказ 12 14 готов", "two", MTS),
		      "another account's text");
	ck_assert(match("BANK", CATEGORY_SERVICE, "Заказ 12 готов", "two", BEELINE));
	ck_assert_msg(
		match("BANK", CATEGORY_SERVICE, "Что угодно", "one", BEELINE),
		"no text is registered with this operator over this account: it asks for none");
	ck_assert(!match("BANK", CATEGORY_SERVICE, "Что угодно", "one", MTS));
	ck_assert_msg(!match("SHOP", CATEGORY_SERVICE, "Заказ 12 готов", "one", MTS),
		      "texts are a sender's");
	ck_assert_msg(!match("BANK", CATEGORY_TRANSACTIONAL, "Заказ 12 готов", "one", MTS),
		      "and a category's");
	ck_assert(match("BANK", CATEGORY_AUTHORISATION, "1234 - ваш код", "one", MTS));
	ck_assert_msg(match("BANK", CATEGORY_ADVERTISING, "Скидка", "one", MTS),
		      "advertising has no texts");
	ck_assert(!match("NOBODY", CATEGORY_SERVICE, "Заказ 12 готов", "one", MTS));
	ck_assert(!match("NOBODY", CATEGORY_ADVERTISING, "Скидка", "one", MTS));
	ck_assert(registered_asks_text(book, account("one"), MTS));
	ck_assert(registered_asks_text(book, account("two"), BEELINE));
	ck_assert(registered_asks_text(book, account("two"), 0));
	ck_assert(!registered_asks_text(book, account("one"), BEELINE));
	ck_assert(!registered_asks_text(book, account("three"), MTS));
}
END_TEST

START_TEST(test_refresh)
{
	int64_t version;

	ck_ok(registered_refresh(db.pg, &book, err));
	version = registered_version(book);
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert_int_eq(registered_version(book), version);
	ck_assert(!name("BANK", "one", MTS));
	known("BANK", "hub", "", "active");
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert_int_gt(registered_version(book), version);
	ck_assert(name("BANK", "one", MTS));
	ck_ok(pg_exec(db.pg,
		      "INSERT INTO account (name, host, port, system_id, provider_id)"
		      " SELECT 'four', 'h', 1, 's', id FROM provider WHERE name = 'hub'",
		      err));
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert_msg(name("BANK", "four", MTS), "a new account is known where its provider is");
	ck_ok(pg_exec(db.pg,
		      "UPDATE account SET provider_id = (SELECT id FROM provider WHERE name = "
		      "'other') WHERE name = 'four'",
		      err));
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert(!name("BANK", "four", MTS));
	known_text("BANK", "one", "", CATEGORY_SERVICE, "%d{7,8}");
	ck_ok(registered_refresh(db.pg, &book, err));
	ck_assert_msg(registered_unread(book) == 1 &&
			      !match("BANK", CATEGORY_SERVICE, "1", "one", MTS),
		      "what cannot be read is known to nobody");
}
END_TEST

/* --- at random -----------------------------------------------------------------------------------
 */

static const char *const patterns[] = {
	"Заказ %d готов",
	"Заказ %d{1,2} готов",
	"Заказ %w+",
	"Заказ",
	"%d - ваш код",
	"%w{1,3}, ваш код %d",
	"Заявка %d",
	"%w+",
	"Заказ %d готов к выдаче",
	"Зак%wготов",
};
static const char *const texts[] = {
	"Заказ 12 готов",
	"Заказ 12 14 готов",
	"Заказ",
	"7 - ваш код",
	"Анна Петрова, ваш код 7",
	"Заявка 1",
	"Заказ 12 готов к выдаче",
	"Заказготов",
	"Привет,\nмир",
	"",
};
#define PATTERNS  (sizeof(patterns) / sizeof(patterns[0]))
#define TEXTS	  (sizeof(texts) / sizeof(texts[0]))
#define OPERATORS 4

static void fill_at_random(unsigned seed)
{
	char sql[3000];

	(void)snprintf(
		sql, sizeof(sql),
		"SELECT setseed(%u / 1e10);"
		"INSERT INTO sender_registration (sender_id, account_id, provider_id, operator_id,"
		"  state, valid_from, valid_to)"
		" SELECT s.id, a.account, a.provider, nullif(o, 0),"
		"  (ARRAY['asked','active','active','refused','ended'])[1 + floor(random() * 5)],"
		"  company_day(now()) + 1 - floor(random() * 5)::integer,"
		"  company_day(now()) + 2 - floor(random() * 2)::integer"
		" FROM sender s, (SELECT id AS account, NULL AS provider FROM account"
		"  UNION ALL SELECT NULL, id FROM provider) a, generate_series(0, 3) o"
		" WHERE random() < 0.5;"
		"UPDATE sender_registration SET valid_from = company_day(now()) - 3, valid_to = "
		"company_day(now()) - 1 WHERE random() < 0.1",
		seed % 1000000);
	ck_ok(pg_exec(db.pg, sql, err));
	for (size_t i = 0; i < PATTERNS; i++) {
		(void)snprintf(
			sql, sizeof(sql),
			"INSERT INTO template_registration (sender_id, account_id, provider_id,"
			"  operator_id, state, category, pattern)"
			" SELECT s.id, a.account, a.provider, nullif(o, 0),"
			"  (ARRAY['asked','active','active'])[1 + floor(random() * 3)], c, '%s'"
			" FROM sender s, (SELECT id AS account, NULL AS provider FROM account"
			"  UNION ALL SELECT NULL, id FROM provider) a, generate_series(0, 3) o,"
			"  generate_series(2, 3) c WHERE random() < 0.07",
			patterns[i]);
		ck_ok(pg_exec(db.pg, sql, err));
	}
}

/* What a person would do with paper: look through all rows for the one that speaks. */
static bool naive_name(const struct pg_result *rows, int64_t sender, int64_t acc, int64_t provider,
		       int64_t op, bool *said)
{
	bool registered = false;
	int best = 0;

	for (size_t i = 0; i < pg_rows(rows); i++) {
		bool own = pg_int(rows, i, 1) == acc, exact = pg_int(rows, i, 3) == op && op != 0;
		int weight = (exact ? 2 : 0) + (own ? 1 : 0) + 1;

		if (pg_int(rows, i, 0) != sender || (!own && pg_int(rows, i, 2) != provider) ||
		    (!exact && pg_int(rows, i, 3) != 0) || pg_bool(rows, i, 5) || weight <= best)
			continue;
		best = weight;
		registered = pg_bool(rows, i, 4);
	}
	*said = best > 0;
	return registered;
}

/* Whether a row covers the account and operator (sender and category 0: whosever). */
static bool covers(const struct pg_result *rows, size_t i, int64_t acc, int64_t provider,
		   int64_t op)
{
	return (pg_int(rows, i, 1) == acc || pg_int(rows, i, 2) == provider) &&
	       (pg_int(rows, i, 3) == 0 || pg_int(rows, i, 3) == op);
}

static bool naive_text(const struct pg_result *rows, int64_t sender, int64_t acc, int64_t provider,
		       int64_t op, int64_t category, const char *says, bool *asks)
{
	static struct text_probe probe;
	bool found = false;

	*asks = false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		struct text_pattern *pattern = NULL;

		if (!covers(rows, i, acc, provider, op))
			continue;
		*asks = true;
		if (pg_int(rows, i, 0) != sender || pg_int(rows, i, 4) != category)
			continue;
		ck_ok(text_pattern_compile(pg_text(rows, i, 5), pg_len(rows, i, 5), &pattern, err));
		ck_assert(text_probe_set(&probe, says, strlen(says)));
		found = found || text_pattern_match(pattern, &probe);
		text_pattern_free(&pattern);
	}
	return found;
}

/* Everything about one pair, of every sender and text. */
static size_t compare(const struct pg_result *senders, const struct pg_result *names,
		      const struct pg_result *known_texts, int64_t acc, int64_t provider, int op)
{
	size_t matched = 0;

	for (size_t s = 0; s < pg_rows(senders); s++) {
		const struct registered_sender *sender =
			registered_find(book, pg_text(senders, s, 1));
		int64_t id = pg_int(senders, s, 0);
		bool said, asks, registered = naive_name(names, id, acc, provider, op, &said);

		ck_assert(registered_name(sender, (int16_t)acc, (int16_t)op) == registered);
		for (size_t t = 0; t < TEXTS; t++)
			for (int category = 1; category <= 4; category++) {
				bool want = naive_text(known_texts, id, acc, provider, op, category,
						       texts[t], &asks);

				want = registered && (category == 1 || !asks || want);
				registered_read(book, sender, (enum message_category)category,
						texts[t], strlen(texts[t]), text);
				ck_assert_msg(
					registered_match(text, (int16_t)acc, (int16_t)op) == want,
					"sender %d account %d operator %d category %d \"%s\": %d",
					(int)id, (int)acc, op, category, texts[t], want);
				matched += want && category > 1 && asks;
			}
	}
	return matched;
}

START_TEST(test_random)
{
	unsigned seed = (unsigned)time(NULL);
	struct pg_result *senders = NULL, *names = NULL, *known_texts = NULL, *accounts = NULL;
	size_t matched = 0;

	printf("registered_test: seed %u\n", seed);
	fill_at_random(seed);
	load();
	ck_ok(pg_run_once(db.pg, "SELECT id, name FROM sender", NULL, &senders, err));
	ck_ok(pg_run_once(db.pg, "SELECT id, provider_id FROM account", NULL, &accounts, err));
	ck_ok(pg_run_once(
		db.pg,
		"SELECT sender_id, account_id, provider_id, operator_id, state = 'active'"
		"  AND company_day(now()) BETWEEN valid_from AND valid_to, state = 'ended'"
		" FROM sender_registration",
		NULL, &names, err));
	ck_ok(pg_run_once(
		db.pg,
		"SELECT sender_id, account_id, provider_id, operator_id, category, pattern"
		" FROM template_registration WHERE state = 'active'",
		NULL, &known_texts, err));
	for (size_t a = 0; a < pg_rows(accounts); a++)
		for (int op = 0; op <= OPERATORS; op++)
			matched += compare(senders, names, known_texts, pg_int(accounts, a, 0),
					   pg_int(accounts, a, 1), op);
	ck_assert_uint_gt(matched, 10);
	pg_result_free(&senders);
	pg_result_free(&accounts);
	pg_result_free(&names);
	pg_result_free(&known_texts);
}
END_TEST

/* --- how long it takes ---------------------------------------------------------------------------
 */

#define MANY  3000
#define LOOKS 20000

/* A bank's texts: a few beginnings, then what tells them apart; 20 accounts ask. */
START_TEST(test_time)
{
	static const char says[] =
		"Уважаемый клиент! Операция 1742: списание"
		" 8 500,20 ₽ по карте *4321 в магазине Ромашка-2."
		" Остаток: 120 318,05 ₽. Банк";
	struct timespec from, to;
	double ns;
	char sql[900];
	size_t known_count = 0;

	(void)snprintf(sql, sizeof(sql),
		       "INSERT INTO template_registration (sender_id, provider_id, state, category,"
		       "  pattern) SELECT s.id, p.id, 'active', 3,"
		       "  format('Уважаемый клиент! Операция %%s: списание'"
		       "    || ' %%%%d{1,3} ₽ по карте *%%%%d в магазине'"
		       "    || ' %%%%w{1,5}. Остаток: %%%%d{1,3} ₽. Банк', i)"
		       " FROM sender s, provider p, generate_series(1, %d) i"
		       " WHERE s.name = 'BANK' AND p.name = 'hub'",
		       MANY);
	ck_ok(pg_exec(db.pg, sql, err));
	known("BANK", "hub", "", "active");
	load();
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	for (int i = 0; i < LOOKS; i++) {
		registered_read(book, registered_find(book, "BANK"), CATEGORY_TRANSACTIONAL, says,
				sizeof(says) - 1, text);
		for (int16_t acc = 1; acc <= 20; acc++)
			known_count += registered_match(text, acc, MTS);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ck_assert_uint_eq(known_count, 2 * LOOKS);
	ns = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
	     LOOKS;
	printf("registered_test: %.0f ns a message of %zu bytes against %d texts, and 20 "
	       "accounts\n",
	       ns, sizeof(says) - 1, MANY);
	ck_assert_msg(ns < 1e6, "%.0f ns", ns);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("registered");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_texts);
	tcase_add_test(tests, test_refresh);
	tcase_add_test(tests, test_random);
	tcase_add_test(tests, test_time);
	return case_run("registered", tests);
}
