/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice_test - why an invoice's line differs from the ledger, and what tables it is read from. */
#include <unistd.h>

#include "common/base/spool.h"
#include "common/route/invoice.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

/* --- causes --------------------------------------------------------------------------------------
 */

#define RUB INT64_C(1000000)

static const struct {
	const char *why;
	struct invoice_line line;
	size_t count;
	struct invoice_cause want[INVOICE_CAUSES_MAX];
} causes[] = {
	{"the same",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 10, .sum_micro = 20 * RUB},
	 0,
	 {{0}}},
	{"nothing on both sides", {.line = 2}, 0, {{0}}},
	{"three more at our price",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 13, .sum_micro = 26 * RUB},
	 1,
	 {{INVOICE_COUNT, 6 * RUB}}},
	{"one fewer",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 9, .sum_micro = 18 * RUB},
	 1,
	 {{INVOICE_COUNT, -2 * RUB}}},
	{"the same count, dearer",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 10, .sum_micro = 25 * RUB},
	 1,
	 {{INVOICE_PRICE, 5 * RUB}}},
	{"more and dearer",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 12, .sum_micro = 30 * RUB},
	 2,
	 {{INVOICE_COUNT, 4 * RUB}, {INVOICE_PRICE, 6 * RUB}}},
	{"more for the same sum",
	 {.line = 2, .charged = 10, .cost_micro = 20 * RUB, .units = 12, .sum_micro = 20 * RUB},
	 2,
	 {{INVOICE_COUNT, 4 * RUB}, {INVOICE_PRICE, -4 * RUB}}},
	{"VAT left out",
	 {.line = 2, .charged = 10, .cost_micro = 122 * RUB, .units = 10, .sum_micro = 100 * RUB},
	 1,
	 {{INVOICE_VAT, -22 * RUB}}},
	{"VAT put on twice",
	 {.line = 2, .charged = 10, .cost_micro = 100 * RUB, .units = 10, .sum_micro = 122 * RUB},
	 1,
	 {{INVOICE_VAT, 22 * RUB}}},
	{"less than a kopeck",
	 {.line = 2,
	  .charged = 10,
	  .cost_micro = 20 * RUB,
	  .units = 10,
	  .sum_micro = 20 * RUB + 9999},
	 1,
	 {{INVOICE_ROUNDING, 9999}}},
	{"a kopeck is one",
	 {.line = 2,
	  .charged = 10,
	  .cost_micro = 20 * RUB,
	  .units = 10,
	  .sum_micro = 20 * RUB + 10000},
	 1,
	 {{INVOICE_PRICE, 10000}}},
	{"in no line of it",
	 {.charged = 10, .cost_micro = 20 * RUB},
	 1,
	 {{INVOICE_NOT_INVOICED, -20 * RUB}}},
	{"nothing of it in the ledger",
	 {.line = 2, .units = 4, .sum_micro = 8 * RUB},
	 1,
	 {{INVOICE_NOT_OURS, 8 * RUB}}},
};

START_TEST(test_causes)
{
	struct invoice_cause got[INVOICE_CAUSES_MAX];
	size_t count = invoice_causes(&causes[_i].line, 2200, got);
	int64_t sum = 0;

	ck_assert_msg(count == causes[_i].count, "%s: %zu causes", causes[_i].why, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(got[i].reason == causes[_i].want[i].reason, "%s: %s", causes[_i].why,
			      invoice_reason_name(got[i].reason));
		ck_assert_msg(got[i].micro == causes[_i].want[i].micro, "%s: %lld", causes[_i].why,
			      (long long)got[i].micro);
		sum += got[i].micro;
	}
	if (count > 0)
		ck_assert_int_eq(sum, causes[_i].line.sum_micro - causes[_i].line.cost_micro);
}
END_TEST

START_TEST(test_months)
{
	int32_t day = 0;

	ck_assert(invoice_month_parse("2026-11", &day));
	ck_assert_int_eq(day, 20758);
	ck_assert(!invoice_month_parse("2026-13", &day));
	ck_assert(!invoice_month_parse("2026-11-01", &day));
	ck_assert(!invoice_month_parse("", &day));
}
END_TEST

/* --- tables --------------------------------------------------------------------------------------
 */

static struct test_database db;

static void set_up(void)
{
	test_database_open(&db, "invoice");
}

static void tear_down(void)
{
	test_database_close(&db);
}

static int spool(const char *text)
{
	int fd = -1;

	ck_ok((fd = spool_open(err)) >= 0 && spool_write(fd, text, strlen(text), err));
	return fd;
}

static const struct {
	const char *text;
	int64_t line; /* of the fault; 0: none */
	const char *field, *found;
} sheets[] = {
	{"count;sum\n10;12,50\n", 0, NULL, NULL},
	{"Количество;Сумма;Цена;Примечание\n10;12,50;1,25;спасибо\n", 0, NULL, NULL},
	{"operator;count;sum\nмтс;1;1\n;1;1\n", 0, NULL, NULL},
	{"count;sum\n", 1, "(the file)", "no lines"},
	{"", 1, "(the file)", "nothing"},
	{"count\n1\n", 1, "sum", "nothing"},
	{"count;sum;sum\n1;1;1\n", 1, "(the first line)", "sum"},
	{"count;sum;what\n1;1;1\n", 1, "(the first line)", "what"},
	{"count;sum\n1;1;1\n", 2, "(the first line)", "1"},
	{"count;sum\n1 000;1\n", 2, "count", "1 000"},
	{"count;sum\n-1;1\n", 2, "count", "-1"},
	{"count;sum\n1;1.0000001\n", 2, "sum", "1.0000001"},
	{"count;sum\n1;\n", 2, "sum", "nothing"},
	{"count;sum;category\n1;1;gossip\n", 2, "category", "gossip"},
	{"count;sum;operator\n1;1;nobody\n", 2, "operator", "nobody"},
	{"count;sum;operator\n1;1;mts\n1;1;мтс\n", 3, "operator", "the same as line 2"},
};

START_TEST(test_sheets)
{
	struct invoice_file file;
	int fd = spool(sheets[_i].text);

	ck_ok(invoice_file_read(&file, fd, db.pg, err));
	if (sheets[_i].line == 0) {
		ck_assert_msg(file.sheet.fault_count == 0, "%s: %s: %s", sheets[_i].text,
			      file.sheet.fault[0].field, file.sheet.fault[0].found);
	} else {
		const struct sheet_fault *f = &file.sheet.fault[0];

		ck_assert_msg(file.sheet.fault_count == 1, "%s: %zu faults", sheets[_i].text,
			      file.sheet.fault_count);
		ck_assert_msg(f->line == sheets[_i].line &&
				      strcmp(f->field, sheets[_i].field) == 0 &&
				      strcmp(f->found, sheets[_i].found) == 0,
			      "%s: line %lld: %s: %s", sheets[_i].text, (long long)f->line,
			      f->field, f->found);
	}
	invoice_file_deinit(&file);
	close(fd);
}
END_TEST

START_TEST(test_micro)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} cases[] = {
		{"2.35", 2350000},
		{"2,35", 2350000},
		{"0", 0},
		{"0.000001", 1},
		{"7", 7000000},
		{"1000", 1000000000},
		{"1000.01", -1},
		{"", -1},
		{".5", -1},
		{"5.", -1},
		{"1.0000001", -1},
		{"1 0", -1},
		{"1.2.3", -1},
		{"-1", -1},
		{"+1", -1},
		{"1e3", -1},
		{"99999999999999999999", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = -1;

		if (!sheet_micro(cases[i].text, INT64_C(1000000000), &got))
			got = -1;
		ck_assert_msg(got == cases[i].want, "%s: %lld", cases[i].text, (long long)got);
	}
}
END_TEST

/* Both sides of a month: the most specific line takes a row of the ledger, and what none takes is
 * told too. */
START_TEST(test_compare)
{
	struct invoice_offer offer = {.vat_bp = 2000, .month = 20758, .file_name = "f", .by = "t"};
	struct invoice_file file;
	struct pg_result *rows = NULL;
	struct invoice_line line;
	int32_t id, second;
	int fd = spool("operator;category;count;price;sum\nmts;advertising;3;2;6\nmts;;5;1;5\n");

	ck_ok(pg_exec(db.pg,
		      "INSERT INTO account (name, host, port, system_id) VALUES ('a', 'x', 1, 'x');"
		      "INSERT INTO ledger SELECT v.day::date, 1, v.op, v.cat, 1, true, 0, 0, v.n, "
		      "v.n, v.n, 0,"
		      "   v.cost, v.cost, 0, 0 FROM (VALUES ('2026-11-01', 1, 1, 3, 7200000),"
		      "   ('2026-11-30', 1, 2, 5, 6000000), ('2026-11-15', 2, 1, 1, 1500000),"
		      "   ('2026-10-31', 1, 1, 9, 9000000), ('2026-12-01', 1, 1, 9, 9000000))"
		      "   AS v(day, op, cat, n, cost)",
		      err));
	ck_ok(tariff_owner_find(db.pg, NULL, "a", &offer.owner, err));
	ck_ok(invoice_file_read(&file, fd, db.pg, err));
	ck_ok(invoice_put(db.pg, &offer, &file, &id, err));
	ck_ok(invoice_compare(db.pg, id, &rows, err));
	ck_assert_uint_eq(pg_rows(rows), 3);
	invoice_line_at(rows, 0, &line);
	ck_assert_int_eq(line.charged, 3);
	ck_assert_int_eq(line.cost_micro, 7200000);
	ck_assert_int_eq(line.sum_micro, 7200000); /* six and 20 % */
	ck_assert_int_eq(line.price_micro, 2400000);
	invoice_line_at(rows, 1, &line);
	ck_assert_int_eq(line.charged, 5);
	ck_assert_int_eq(line.sum_micro, 6000000);
	invoice_line_at(rows, 2, &line);
	ck_assert_int_eq(line.line, 0);
	ck_assert_str_eq(line.operator_code, "megafon");
	ck_assert_int_eq(line.cost_micro, 1500000);
	pg_result_free(&rows);
	/* Another one for the month takes its place. */
	ck_ok(invoice_put(db.pg, &offer, &file, &second, err));
	ck_assert_int_eq(test_number(db.pg, "SELECT replaced_by FROM invoice WHERE id = 1"),
			 second);
	ck_assert_int_eq(
		test_number(db.pg, "SELECT count(*) FROM invoice WHERE replaced_by IS NULL"), 1);
	invoice_file_deinit(&file);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invoice");
	TCase *pure = tcase_create("causes"), *stored = tcase_create("tables");

	tcase_add_loop_test(pure, test_causes, 0, sizeof(causes) / sizeof(causes[0]));
	tcase_add_test(pure, test_months);
	tcase_add_test(pure, test_micro);
	suite_add_tcase(suite, pure);
	tcase_set_timeout(stored, 120);
	tcase_add_checked_fixture(stored, set_up, tear_down);
	tcase_add_loop_test(stored, test_sheets, 0, sizeof(sheets) / sizeof(sheets[0]));
	tcase_add_test(stored, test_compare);
	suite_add_tcase(suite, stored);
	return suite_run(suite);
}
