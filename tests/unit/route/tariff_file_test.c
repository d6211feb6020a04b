/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_file_test - price lists as people write them, what they would change, and storing them. */
#include <unistd.h>

#include "common/base/spool.h"
#include "common/route/tariff_store.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

static struct test_database db;
static struct tariff_file file;

static void set_up(void)
{
	test_database_open(&db, "tariff_file");
	ck_ok(pg_exec(db.pg,
		      "INSERT INTO provider (name, currency) VALUES ('one', 'RUB'), ('two', 'USD');"
		      "INSERT INTO account (name, host, port, system_id, provider_id)"
		      " SELECT 'a', 'x', 1, 'x', id FROM provider WHERE name = 'one'",
		      err));
}

static void tear_down(void)
{
	tariff_file_deinit(&file);
	test_database_close(&db);
}

static void read_text(const char *text)
{
	int fd = -1;

	tariff_file_deinit(&file);
	ck_ok((fd = spool_open(err)) >= 0 && spool_write(fd, text, strlen(text), err));
	ck_ok(tariff_file_read(&file, fd, db.pg, err));
	close(fd);
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static const struct {
	const char *why, *text;
	size_t count;
	struct tariff_file_row want; /* the first, by operator, prefix and conditions */
} good[] = {
	{"one price for all", "price\n2.5\n", 1, {.registered = -1, .price_micro = 2500000}},
	{"every condition",
	 "operator;category;registered;sender;price\nМТС;advertising;yes;letters;1\n",
	 1,
	 {.operator_id = 1,
	  .category = 1,
	  .registered = 1,
	  .sender_kind = 1,
	  .price_micro = 1000000}},
	{"in Russian, with capitals and blanks",
	 "Оператор ; Категория;Регистрация;Отправитель;Цена\n\"ООО \"\"Т2 Мобайл\"\"\""
	 ";Реклама;Нет;"
	 "Короткий;3,15\n",
	 1,
	 {.operator_id = 4,
	  .category = 1,
	  .registered = 0,
	  .sender_kind = 3,
	  .price_micro = 3150000}},
	{"any in words",
	 "operator,category,registered,sender,price\nany,любая,any,*,1\n",
	 1,
	 {.registered = -1, .price_micro = 1000000}},
	{"an operator by its network",
	 "network;price\n250-99;1\n",
	 1,
	 {.operator_id = 3, .network = "25099", .registered = -1, .price_micro = 1000000}},
	{"two networks of one operator at one price",
	 "operator;network;price\n;25020;1\n;250 20;1\n",
	 1,
	 {.operator_id = 4, .network = "25020", .registered = -1, .price_micro = 1000000}},
	{"prefixes: one, several, a range",
	 "prefix;price\n7700-7702, +777/7712;9\n",
	 5,
	 {.prefix = "7700", .registered = -1, .price_micro = 9000000}},
	{"digits as senders and authorisation",
	 "sender;category;price\nномер;авторизация;0\n",
	 1,
	 {.category = 6, .sender_kind = 2, .registered = -1, .price_micro = 0}},
};

START_TEST(test_good)
{
	const struct tariff_file_row *want = &good[_i].want, *got;

	read_text(good[_i].text);
	ck_assert_msg(file.sheet.fault_count == 0, "%s: %s: %s", good[_i].why,
		      file.sheet.fault[0].field, file.sheet.fault[0].found);
	ck_assert_msg(file.count == good[_i].count, "%s: %zu rows", good[_i].why, file.count);
	got = &file.row[0];
	ck_assert_msg(
		got->operator_id == want->operator_id && strcmp(got->network, want->network) == 0 &&
			strcmp(got->prefix, want->prefix) == 0 && got->category == want->category &&
			got->registered == want->registered &&
			got->sender_kind == want->sender_kind &&
			got->price_micro == want->price_micro,
		"%s: operator %d, network %s, prefix %s, category %d, registered %d, "
		"sender %d, price %lld",
		good[_i].why, got->operator_id, got->network, got->prefix, got->category,
		got->registered, got->sender_kind, (long long)got->price_micro);
}
END_TEST

static const struct {
	const char *text;
	int64_t line;
	const char *field, *found;
} bad[] = {
	{"operator\nmts\n", 1, "price", "nothing"},
	{"price;colour\n1;red\n", 1, "(the first line)", "colour"},
	{"\"price\n1\n", 1, "(the first line)", NULL},
	{"price;operator\n1;\"mts\n2;mts\n", 2, "(the line)", NULL},
	{"price;operator\n;mts\n", 2, "price", "nothing"},
	{"price;operator\n1.0000000;mts\n", 2, "price", "1.0000000"},
	{"price;operator\n1000001;mts\n", 2, "price", "1000001"},
	{"price;operator\n1;nobody\n", 2, "operator", "nobody"},
	{"price;network\n1;25x\n", 2, "network", "25x"},
	{"price;network\n1;250\n", 2, "network", "250"},
	{"price;network\n1;29999\n", 2, "network", "29999"},
	{"price;prefix\n1;07\n", 2, "prefix", "07"},
	{"price;prefix\n1;7-\n", 2, "prefix", "7-"},
	{"price;prefix\n1;7 8\n", 2, "prefix", "7 8"},
	{"price;prefix\n1;790-79\n", 2, "prefix", "790-79"},
	{"price;prefix\n1;7912-7911\n", 2, "prefix", "7912-7911"},
	{"price;prefix\n1;70000-79999\n", 2, "prefix", "70000-79999"},
	{"price;prefix;operator\n1;7;mts\n", 2, "operator", "mts"},
	{"price;prefix;network\n1;7;25001\n", 2, "network", "25001"},
	{"price;category\n1;gossip\n", 2, "category", "gossip"},
	{"price;sender\n1;somebody\n", 2, "sender", "somebody"},
	{"price;registered\n1;perhaps\n", 2, "registered", "perhaps"},
	{"price;prefix\n1;7912\n2;7911-7913\n", 3, "prefix", "the same as line 2"},
	{"price;operator\n1;mts\n1;МТС\n", 3, "operator", "the same as line 2"},
	{"price;network\n1;25020\n2;25020\n", 3, "network", "the same as line 2"},
};

START_TEST(test_bad)
{
	const struct sheet_fault *f = &file.sheet.fault[0];

	read_text(bad[_i].text);
	ck_assert_msg(file.sheet.fault_count == 1, "%s: %zu faults", bad[_i].text,
		      file.sheet.fault_count);
	ck_assert_msg(f->line == bad[_i].line && strcmp(f->field, bad[_i].field) == 0 &&
			      (bad[_i].found == NULL || strcmp(f->found, bad[_i].found) == 0),
		      "%s: line %lld: %s: %s", bad[_i].text, (long long)f->line, f->field,
		      f->found);
	ck_assert_ptr_nonnull(f->expected);
}
END_TEST

/* More faults than are kept are counted, and a long one is cut between characters. */
START_TEST(test_many_faults)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_str(&text, "operator;price\n");
	for (int i = 0; i < 150; i++)
		buf_printf(&text,
			   "никто и нигде, никогда и ни за что на свете и за его пределами "
			   "%d;x\n",
			   i);
	read_text(buf_str(&text));
	buf_deinit(&text);
	ck_assert_uint_eq(file.sheet.fault_count, 150);
	ck_assert_str_eq(file.sheet.fault[99].found, "x");
	read_text("operator;price\nникто и нигде, никогда и ни за что на свете и за его "
		  "пределами;1\n");
	ck_assert_uint_eq(file.sheet.fault_count, 1);
	ck_assert_uint_le(strlen(file.sheet.fault[0].found), 80);
}
END_TEST

START_TEST(test_no_table)
{
	static const char old[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more";
	struct err why = {0};
	int fd;

	ck_assert((fd = spool_open(&why)) >= 0);
	ck_assert(spool_write(fd, old, sizeof(old), &why));
	ck_assert(!tariff_file_read(&file, fd, db.pg, &why));
	ck_assert_int_eq(why.kind, ERR_INPUT);
	close(fd);
}
END_TEST

/* --- what changes, and storing -------------------------------------------------------------------
 */

static struct tariff_offer offer;

static void make_offer(const char *provider, const char *account, const char *currency, int32_t day)
{
	offer = (struct tariff_offer){.currency = currency,
				      .vat_bp = TARIFF_BY_LAW,
				      .day = day,
				      .file_name = "list.csv",
				      .by = "test"};
	ck_ok(tariff_owner_find(db.pg, provider, account, &offer.owner, err));
}

static int32_t store(const char *text)
{
	struct tariff_before before;
	int32_t id = 0;

	read_text(text);
	ck_assert_uint_eq(file.sheet.fault_count, 0);
	ck_ok(tariff_before_find(db.pg, &offer, &before, err));
	ck_ok(tariff_put(db.pg, &offer, &file, before.id, &id, err));
	return id;
}

#define DEC_1 20788 /* 2026-12-01 */
#define JAN_1 (DEC_1 + 31)

START_TEST(test_changes)
{
	struct tariff_before before;
	struct pg_result *rows = NULL;

	make_offer(NULL, "a", NULL, DEC_1);
	ck_ok(tariff_before_find(db.pg, &offer, &before, err));
	ck_assert_int_eq(before.id, 0);
	ck_assert_int_eq(store("operator;price\nmts;1\nmegafon;2\n;3\n"), 1);
	offer.day++;
	offer.vat_included = true;
	ck_ok(tariff_before_find(db.pg, &offer, &before, err));
	ck_assert_int_eq(before.id, 1);
	ck_assert(before.of_account && !before.vat_included && !before.by_message);
	ck_assert_int_eq(before.vat_bp, 2200);
	ck_assert_str_eq(before.from, "2026-12-01");
	/* With VAT: MTS is as it was, МегаФон dearer, Т2 new, the rest gone. */
	read_text("operator;price\nmts;1.22\nmegafon;3.05\nt2;5\n");
	ck_ok(tariff_changes(db.pg, &offer, &file, before.id, 10, &rows, err));
	ck_assert_uint_eq(pg_rows(rows), 3);
	ck_assert_str_eq(pg_text(rows, 0, CHANGE_KIND), "changed");
	ck_assert_str_eq(pg_text(rows, 0, CHANGE_OPERATOR), "megafon");
	ck_assert_int_eq(pg_int(rows, 0, CHANGE_OLD), 2440000);
	ck_assert_int_eq(pg_int(rows, 0, CHANGE_NEW), 3050000);
	ck_assert_int_eq(pg_int(rows, 0, CHANGE_TOTAL), 1);
	ck_assert_str_eq(pg_text(rows, 1, CHANGE_KIND), "new");
	ck_assert(pg_null(rows, 1, CHANGE_OLD));
	ck_assert_str_eq(pg_text(rows, 2, CHANGE_KIND), "gone");
	ck_assert(pg_null(rows, 2, CHANGE_OPERATOR));
	pg_result_free(&rows);
}
END_TEST

/* Of another currency: nothing without a rate; with one, roubles are compared. */
START_TEST(test_currencies)
{
	struct tariff_before before;
	struct pg_result *rows = NULL;
	struct err why = {0};

	make_offer(NULL, "a", NULL, DEC_1);
	offer.vat_included = true;
	ck_assert_int_eq(store("price\n80\n"), 1);
	offer.currency = "USD";
	ck_assert(!tariff_before_find(db.pg, &offer, &before, &why));
	ck_assert_int_eq(why.kind, ERR_INPUT);
	ck_ok(pg_exec(db.pg, "INSERT INTO currency_rate VALUES ('USD', '2026-12-01', 80000000)",
		      err));
	read_text("price\n1\n");
	ck_ok(tariff_changes(db.pg, &offer, &file, 1, 10, &rows, err));
	ck_assert_uint_eq(pg_rows(rows), 0);
	pg_result_free(&rows);
	read_text("price\n1.5\n");
	ck_ok(tariff_changes(db.pg, &offer, &file, 1, 10, &rows, err));
	ck_assert_int_eq(pg_int(rows, 0, CHANGE_NEW), 120000000);
	pg_result_free(&rows);
	make_offer("two", NULL, NULL, DEC_1);
	ck_assert_str_eq(offer.owner.currency, "USD");
	ck_assert(!tariff_owner_find(db.pg, "nobody", NULL, &offer.owner, &why));
	ck_assert(!tariff_owner_find(db.pg, NULL, "nobody", &offer.owner, &why));
}
END_TEST

#define WHEN(id, column)                                                                           \
	test_number(db.pg, "SELECT coalesce(company_day(" column                                   \
			   ") - date '1970-01-01', 0) FROM tariff WHERE id = " #id)

/* A list begins, ends the one before it, and ends where a later one begins. */
START_TEST(test_validity)
{
	int32_t id;

	make_offer("one", NULL, NULL, DEC_1);
	ck_assert_int_eq(store("price\n1\n"), 1);
	offer.day = JAN_1 + 10;
	ck_assert_int_eq(store("price\n2\n"), 2);
	ck_assert_int_eq(WHEN(1, "valid_to"), JAN_1 + 10);
	offer.day = JAN_1;
	ck_assert_int_eq(store("price\n3\n"), 3);
	ck_assert_int_eq(WHEN(1, "valid_to"), JAN_1);
	ck_assert_int_eq(WHEN(3, "valid_to"), JAN_1 + 10);
	ck_assert_int_eq(WHEN(2, "valid_to"), 0);
	/* Another on the same day: the first never held. */
	ck_assert_int_eq(store("price\n4\n"), 4);
	ck_assert_int_eq(WHEN(3, "valid_to"), JAN_1);
	ck_assert_int_eq(WHEN(4, "valid_to"), JAN_1 + 10);
	/* Compared with what is not in force any more: nothing is stored. */
	ck_ok(tariff_put(db.pg, &offer, &file, 3, &id, err));
	ck_assert_int_eq(id, 0);
	ck_assert_int_eq(test_number(db.pg, "SELECT count(*) FROM tariff"), 4);
	/* The account goes by its provider's until it has one of its own. */
	make_offer(NULL, "a", NULL, JAN_1);
	ck_assert_int_eq(test_number(db.pg, "SELECT tariff_id FROM tariffs_in_force('2027-01-05Z')"
					    " f JOIN account a ON a.id = f.account_id"
					    " WHERE a.name = 'a'"),
			 4);
	ck_assert_int_eq(store("price\n5\n"), 5);
	ck_assert_int_eq(WHEN(4, "valid_to"), JAN_1 + 10);
	ck_assert_int_eq(test_number(db.pg, "SELECT tariff_id FROM tariffs_in_force('2027-01-06Z')"
					    " f JOIN account a ON a.id = f.account_id"
					    " WHERE a.name = 'a'"),
			 5);
	ck_assert_int_eq(test_number(db.pg, "SELECT tariff_end(1::smallint, '2027-01-07')"), 5);
	ck_assert_int_eq(test_number(db.pg, "SELECT tariff_id FROM tariffs_in_force('2027-01-08Z')"
					    " f JOIN account a ON a.id = f.account_id"
					    " WHERE a.name = 'a'"),
			 4);
}
END_TEST

START_TEST(test_change_in_per_cent)
{
	ck_assert_int_eq(tariff_change_bp(2000000, 2200000), 1000);
	ck_assert_int_eq(tariff_change_bp(3000000, 2000000), -3333);
	ck_assert_int_eq(tariff_change_bp(3000000, 4000000), 3333);
	ck_assert_int_eq(tariff_change_bp(3000000, 5000000), 6667);
	ck_assert_int_eq(tariff_change_bp(0, 5000000), 0);
	ck_assert_int_eq(tariff_change_bp(5, 5), 0);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("tariff_file");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, test_good, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tests, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, test_many_faults);
	tcase_add_test(tests, test_no_table);
	tcase_add_test(tests, test_changes);
	tcase_add_test(tests, test_currencies);
	tcase_add_test(tests, test_validity);
	tcase_add_test(tests, test_change_in_per_cent);
	return case_run("tariff_file", tests);
}
