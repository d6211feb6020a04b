/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_test - prices of random tariffs against a search that only follows the rules. */
#include <inttypes.h>

#include "common/base/clock.h"
#include "common/model/message.h"
#include "common/route/tariff_build.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

#define OPERATORS  16 /* one more than the database has */
#define CATEGORIES 6

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state += 0x9E3779B97F4A7C15u;
	uint64_t x = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;

	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return (uint32_t)((x ^ x >> 31) % below);
}

/* Another seed at each run unless VESTNIK_TEST_SEED says which. */
static void seed(void)
{
	const char *told = getenv("VESTNIK_TEST_SEED");

	state = told != NULL ? strtoull(told, NULL, 10) : clock_mono_ns();
	(void)printf("VESTNIK_TEST_SEED=%" PRIu64 "\n", state);
	(void)fflush(stdout);
}

/* --- the rules, followed literally ---------------------------------------------------------------
 */

static bool holds(const struct tariff_line *line, const struct tariff_query *q, const char *digits)
{
	return (line->operator_id == 0 || line->operator_id == q->operator_id) &&
	       strncmp(line->prefix, digits, strlen(line->prefix)) == 0 &&
	       (line->category == 0 || line->category == q->category) &&
	       (line->registered < 0 || line->registered == (int)q->registered) &&
	       (line->sender_kind == 0 || line->sender_kind == q->sender_kind);
}

/* How specific a line is, as one number: a digit for each rule, the first rule first. */
static int rank(const struct tariff_line *line)
{
	int n = line->operator_id != 0;

	n = n * 16 + (int)strlen(line->prefix);
	n = n * 2 + (line->category != 0);
	n = n * 2 + (line->registered >= 0);
	return n * 2 + (line->sender_kind != 0);
}

static const struct tariff_line *best_line(const struct tariff_line *line, size_t count,
					   uint32_t tariff, const struct tariff_query *q)
{
	const struct tariff_line *best = NULL;
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, q->msisdn);
	for (size_t i = 0; i < count; i++)
		if (line[i].tariff == tariff && holds(&line[i], q, digits) &&
		    (best == NULL || rank(&line[i]) > rank(best)))
			best = &line[i];
	return best;
}

/* Long division in decimal, so that it shares nothing with the code. */
static int64_t round_product(int64_t a, int64_t b, int64_t divisor)
{
	long double exact = (long double)a * (long double)b / (long double)divisor;

	return (int64_t)(exact + 0.5L);
}

static int64_t want_price(const struct tariff_terms *terms, int64_t price)
{
	if (!terms->vat_included)
		price = round_product(price, 10000 + terms->vat_bp, 10000);
	return round_product(price, terms->rate_micro, 1000000);
}

/* --- random tariffs ------------------------------------------------------------------------------
 */

/* Few digits, so that prefixes lie within one another and numbers fall on their borders. */
static void draw_digits(char *out, uint32_t most)
{
	static const char few[] = "7790";
	uint32_t len = 1 + draw(most);

	out[0] = draw(2) == 0 ? '7' : (char)('1' + draw(9));
	for (uint32_t i = 1; i < len; i++)
		out[i] = draw(4) == 0 ? (char)('0' + draw(10)) : few[draw(4)];
	out[len] = '\0';
}

static void draw_line(struct tariff_line *line, uint32_t tariff, int32_t id)
{
	*line = (struct tariff_line){.tariff = tariff,
				     .id = id,
				     .category = (uint8_t)(draw(2) * (1 + draw(CATEGORIES))),
				     .sender_kind = (uint8_t)(draw(2) * (1 + draw(3))),
				     .registered = (int8_t)(draw(2) == 0 ? -1 : (int)draw(2)),
				     .price_micro = 1 + draw(10000000)};
	switch (draw(3)) {
	case 0:
		line->operator_id = (int16_t)(1 + draw(OPERATORS - 1));
		break;
	case 1:
		draw_digits(line->prefix, draw(4) == 0 ? TARIFF_PREFIX_MAX : 5);
		break;
	default:
		break;
	}
}

static bool same_conditions(const struct tariff_line *a, const struct tariff_line *b)
{
	return a->tariff == b->tariff && a->operator_id == b->operator_id &&
	       strcmp(a->prefix, b->prefix) == 0 && a->category == b->category &&
	       a->sender_kind == b->sender_kind && a->registered == b->registered;
}

static size_t draw_lines(struct tariff_line *line, size_t max, uint32_t tariffs)
{
	size_t count = 0;

	for (size_t i = 0; i < max; i++) {
		bool there = false;

		draw_line(&line[count], draw(tariffs), (int32_t)i + 1);
		for (size_t k = 0; k < count && !there; k++)
			there = same_conditions(&line[k], &line[count]);
		count += !there;
	}
	return count;
}

static void draw_terms(struct tariff_terms *terms)
{
	*terms = (struct tariff_terms){.id = 1,
				       .per_message = draw(2),
				       .on_delivery = draw(2),
				       .vat_included = draw(2),
				       .vat_bp = (int32_t)draw(2500),
				       .rate_micro = draw(2) ? 1000000 : 1 + draw(200000000)};
}

/* Numbers at the borders of a prefix, and shorter than it. */
static int64_t draw_number(const struct tariff_line *line, size_t count)
{
	const char *prefix = line[draw((uint32_t)count)].prefix;
	int64_t number = strtoll(prefix, NULL, 10);
	uint32_t digits = 5 + draw(11);

	if (draw(4) == 0)
		return 1 + draw(1000000000) * (int64_t)(1 + draw(90000));
	for (size_t i = strlen(prefix); i < digits; i++)
		number = number * 10 + (draw(2) ? draw(10) : draw(2) * 9);
	return number + draw(3) - 1;
}

static void compare(const struct tariff_book *book, const struct tariff_terms *terms,
		    const struct tariff_line *line, size_t count, uint32_t tariff,
		    const struct tariff_query *q)
{
	const struct tariff_line *want = best_line(line, count, tariff, q);
	struct tariff_price got = {.row = -1};
	bool found = tariff_price(book, (int16_t)(tariff + 1), q, &got);

	ck_assert_msg(found == (want != NULL) && (!found || got.row == want->id),
		      "tariff %u, +%" PRId64
		      ", operator %d, category %d, kind %d, registered %d: row %d, not %d",
		      tariff, q->msisdn, q->operator_id, q->category, q->sender_kind, q->registered,
		      got.row, want != NULL ? want->id : 0);
	if (!found)
		return;
	ck_assert_int_eq(got.price_micro, want_price(&terms[tariff], want->price_micro));
	ck_assert_int_eq(got.per_message, terms[tariff].per_message);
	ck_assert_int_eq(got.on_delivery, terms[tariff].on_delivery);
}

START_TEST(test_random_tariffs)
{
	enum { TARIFFS = 3, LINES = 300, NUMBERS = 120 };
	static struct tariff_line line[LINES];
	struct tariff_terms terms[TARIFFS];
	struct tariff_account account[TARIFFS];

	seed();
	for (int round = 0; round < 30; round++) {
		size_t count = draw_lines(line, round == 0 ? 1 : LINES >> draw(6), TARIFFS);
		struct tariff_input in = {terms, TARIFFS, line, count, account, TARIFFS};
		struct tariff_book *book;

		for (uint32_t t = 0; t < TARIFFS; t++) {
			draw_terms(&terms[t]);
			account[t] = (struct tariff_account){(int16_t)(t + 1), (int32_t)t, 7};
		}
		book = tariff_book_build(&in);
		for (int n = 0; n < NUMBERS; n++) {
			struct tariff_query q = {.msisdn = draw_number(line, count),
						 .operator_id = (int16_t)draw(OPERATORS + 4)};

			for (unsigned way = 0; way < CATEGORIES * 3 * 2; way++) {
				q.category = (uint8_t)(1 + way % CATEGORIES);
				q.sender_kind = (uint8_t)(1 + way / CATEGORIES % 3);
				q.registered = way / CATEGORIES / 3;
				compare(book, terms, line, count, draw(TARIFFS), &q);
			}
		}
		tariff_book_free(&book);
	}
}
END_TEST

/* --- what each rule means, one by one ------------------------------------------------------------
 */

enum { MTS = 1, MEGAFON = 2 };

static const struct {
	const char *why;
	struct tariff_query q;
	int32_t want;
} told[] = {
	{"the operator, whoever the prefix belonged to",
	 {79160000001, MEGAFON, CATEGORY_SERVICE, SENDER_LETTERS, true},
	 2},
	{"no operator known: the longest prefix",
	 {79160000001, 0, CATEGORY_SERVICE, SENDER_LETTERS, true},
	 5},
	{"an operator without a price of its own: the prefix",
	 {79160000001, 9, CATEGORY_SERVICE, SENDER_LETTERS, true},
	 5},
	{"Kazakhstan within +7", {77010000001, 0, CATEGORY_SERVICE, SENDER_LETTERS, true}, 6},
	{"nothing named: the rest", {4915100000001, 0, CATEGORY_DEBT, SENDER_LETTERS, true}, 8},
	{"category before registration",
	 {79160000001, MTS, CATEGORY_ADVERTISING, SENDER_SHORT_CODE, false},
	 3},
	{"registration before the kind of sender",
	 {79160000001, MTS, CATEGORY_SERVICE, SENDER_SHORT_CODE, false},
	 4},
	{"the kind of sender", {79160000001, MTS, CATEGORY_SERVICE, SENDER_SHORT_CODE, true}, 7},
	{"a shorter prefix where the longer one does not hold",
	 {79160000001, 0, CATEGORY_ADVERTISING, SENDER_LETTERS, true},
	 9},
	{"a number shorter than the prefix", {791, 0, CATEGORY_SERVICE, SENDER_LETTERS, true}, 9},
};

static struct tariff_book *told_book(int64_t rate_micro)
{
	struct tariff_line line[] = {
		{1, 0, MTS, "", 0, 0, -1, 1000000},
		{2, 0, MEGAFON, "", 0, 0, -1, 2000000},
		{3, 0, MTS, "", CATEGORY_ADVERTISING, 0, -1, 3000000},
		{4, 0, MTS, "", 0, 0, 0, 4000000},
		{5, 0, 0, "7916", CATEGORY_SERVICE, 0, -1, 5000000},
		{6, 0, 0, "77", 0, 0, -1, 6000000},
		{7, 0, MTS, "", 0, SENDER_SHORT_CODE, -1, 7000000},
		{8, 0, 0, "", 0, 0, -1, 8000000},
		{9, 0, 0, "7", 0, 0, -1, 9000000},
	};
	struct tariff_terms terms = {1, false, true, false, 2200, rate_micro};
	struct tariff_account account[] = {{3, 0, 1}, {5, -1, 1850000}};
	struct tariff_input in = {&terms, 1, line, sizeof(line) / sizeof(line[0]), account, 2};

	return tariff_book_build(&in);
}

START_TEST(test_rules)
{
	struct tariff_book *book = told_book(1000000);
	struct tariff_price price = {0};

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		ck_assert_msg(tariff_price(book, 3, &told[i].q, &price), "%s", told[i].why);
		ck_assert_msg(price.row == told[i].want, "%s: row %d", told[i].why, price.row);
		ck_assert_int_eq(price.price_micro, told[i].want * 1220000LL);
		ck_assert(price.on_delivery && !price.per_message);
	}
	tariff_book_free(&book);
	ck_assert_ptr_null(book);
}
END_TEST

START_TEST(test_accounts_without_a_price)
{
	struct tariff_query q = {79160000001, MTS, CATEGORY_SERVICE, SENDER_LETTERS, true};
	struct tariff_book *book = told_book(0);
	struct tariff_price price = {.row = -1};

	/* No rate for the currency: no price, not one of nothing. */
	ck_assert(!tariff_price(book, 3, &q, &price));
	/* Not known at all, within and beyond the table. */
	ck_assert(!tariff_price(book, 4, &q, &price));
	ck_assert(!tariff_price(book, 6, &q, &price));
	ck_assert(!tariff_price(book, -1, &q, &price));
	/* Without a tariff: its flat price. */
	ck_assert(tariff_price(book, 5, &q, &price));
	ck_assert_int_eq(price.price_micro, 1850000);
	ck_assert(!price.per_message && !price.on_delivery);
	ck_assert_int_eq(price.row, 0);
	ck_assert_int_eq(tariff_cost(&price, 3), 5550000);
	price.per_message = true;
	ck_assert_int_eq(tariff_cost(&price, 3), 1850000);
	tariff_book_free(&book);
}
END_TEST

START_TEST(test_sender_kinds)
{
	ck_assert_int_eq(sender_kind_of("Vestnik"), SENDER_LETTERS);
	ck_assert_int_eq(sender_kind_of("Bank24"), SENDER_LETTERS);
	ck_assert_int_eq(sender_kind_of("24"), SENDER_SHORT_CODE);
	ck_assert_int_eq(sender_kind_of("123456789"), SENDER_SHORT_CODE);
	ck_assert_int_eq(sender_kind_of("9161234567"), SENDER_DIGITS);
	ck_assert_int_eq(sender_kind_of("+79161234567"), SENDER_DIGITS);
	ck_assert_int_eq(sender_kind_of("+"), SENDER_LETTERS);
	ck_assert_int_eq(sender_kind_of(""), SENDER_LETTERS);
}
END_TEST

/* --- the database --------------------------------------------------------------------------------
 */

static struct test_database db;

static void set_up(void)
{
	test_database_open(&db, "tariff");
}

static void tear_down(void)
{
	test_database_close(&db);
}

static void run_sql(const char *sql)
{
	ck_ok(pg_exec(db.pg, sql, err));
}

#define TARIFF_COLUMNS                                                                             \
	"INSERT INTO tariff (provider_id, account_id, currency, vat_included, vat_bp, unit,"       \
	" charge_on, valid_from, valid_to, prefix_max, row_count, file_name, file_sha256,"         \
	" loaded_by) "

/* A provider with two accounts, of which the second has a tariff of its own, and a third account
 * without any. */
static void make_accounts(void)
{
	run_sql("INSERT INTO provider (name, currency) VALUES ('one', 'USD'), ('two', 'RUB');"
		"INSERT INTO account (name, host, port, system_id, provider_id, price_micro)"
		" SELECT v.n, 'localhost', 2775, 'x', p.id, v.price"
		"   FROM (VALUES ('a', 'one', 0), ('b', 'one', 0), ('c', 'two', 1850000))"
		"        AS v(n, p, price) JOIN provider p ON p.name = v.p ORDER BY v.n;"
		"INSERT INTO currency_rate (currency, day, rate_micro)"
		" VALUES ('USD', '2026-03-01', 90000000), ('USD', '2026-04-01', "
		"91234567);" TARIFF_COLUMNS "SELECT p.id, NULL, 'USD', false, NULL, 'part', "
		"'acceptance', '2025-01-01', NULL, 15,"
		" 1, 'f', sha256('f'), 'test' FROM provider p WHERE p.name = 'one';" TARIFF_COLUMNS
		"SELECT NULL, a.id, 'RUB', true, NULL, 'message', 'delivery', '2026-04-01+03',"
		" '2026-05-01+03', 15, 1, 'f', sha256('f'), 'test' FROM account a WHERE a.name = "
		"'b'");
}

static void store_lines(const struct tariff_line *line, size_t count)
{
	struct pg_copy *copy = pg_copy_new(
		"COPY tariff_row (tariff_id, line, operator_id, prefix, category, sender_kind,"
		" registered, price_micro) FROM STDIN (FORMAT binary)");

	for (size_t i = 0; i < count; i++) {
		const struct tariff_line *l = &line[i];

		pg_copy_row(copy, 8);
		pg_copy_int32(copy, (int32_t)l->tariff + 1);
		pg_copy_int32(copy, l->id);
		l->operator_id != 0 ? pg_copy_int16(copy, l->operator_id) : pg_copy_null(copy);
		if (*l->prefix != '\0')
			pg_copy_text(copy, l->prefix, strlen(l->prefix));
		else
			pg_copy_null(copy);
		l->category != 0 ? pg_copy_int16(copy, l->category) : pg_copy_null(copy);
		l->sender_kind != 0 ? pg_copy_int16(copy, l->sender_kind) : pg_copy_null(copy);
		l->registered >= 0 ? pg_copy_bool(copy, l->registered > 0) : pg_copy_null(copy);
		pg_copy_int64(copy, l->price_micro);
	}
	ck_ok(pg_copy_send(db.pg, copy, err));
	pg_copy_free(&copy);
}

/* 2026-04-01 in Moscow begins at 21:00 UTC of the day before. */
#define APRIL_US INT64_C(1774990800000000)

/* The row's price and line as SQL finds them, priced at `at_us`. */
static void compare_sql(const struct tariff_book *book, int64_t at_us, int16_t account,
			const struct tariff_query *q)
{
	static const struct pg_stmt stmt = {
		"compare",
		"SELECT r.id, price_in_roubles(price_with_vat(r.price_micro, t.vat_included,"
		"         coalesce(t.vat_bp, vat_bp(p.country, company_day($7)))),"
		"         currency_rate_micro(t.currency, company_day($7)))"
		"  FROM tariffs_in_force($7) f JOIN tariff t ON t.id = f.tariff_id"
		"  JOIN account a ON a.id = f.account_id JOIN provider p ON p.id = a.provider_id"
		"  LEFT JOIN tariff_row r ON r.id = tariff_row_find(t.id, $2, $3, $4, $5, $6)"
		" WHERE f.account_id = $1"};
	struct pg_params *params = pg_params_new();
	struct tariff_price got = {0};
	struct pg_result *rows = NULL;
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRId64, q->msisdn);
	pg_param_int16(params, account);
	pg_param_int16(params, q->operator_id);
	pg_param_text(params, digits);
	pg_param_int16(params, q->category);
	pg_param_int16(params, q->sender_kind);
	pg_param_bool(params, q->registered);
	pg_param_time_us(params, at_us);
	ck_ok(pg_run(db.pg, &stmt, params, &rows, err));
	ck_assert_uint_eq(pg_rows(rows), 1);
	(void)tariff_price(book, account, q, &got);
	ck_assert_int_eq(got.row, pg_int(rows, 0, 0));
	ck_assert_int_eq(got.price_micro, pg_int(rows, 0, 1));
	pg_result_free(&rows);
	pg_params_free(&params);
}

START_TEST(test_the_database_agrees)
{
	enum { LINES = 400, QUERIES = 600 };
	static struct tariff_line line[LINES];
	static const int64_t at[] = {APRIL_US - 1, APRIL_US, APRIL_US + 86400000000};
	struct tariff_book *book = NULL;
	size_t count;

	seed();
	make_accounts();
	count = draw_lines(line, LINES, 2);
	store_lines(line, count);
	for (size_t t = 0; t < sizeof(at) / sizeof(at[0]); t++) {
		ck_ok(tariff_book_load(db.pg, at[t], &book, err));
		for (int i = 0; i < QUERIES; i++) {
			struct tariff_query q = {.msisdn = draw_number(line, count),
						 .operator_id = (int16_t)draw(15),
						 .category = (uint8_t)(1 + draw(CATEGORIES)),
						 .sender_kind = (uint8_t)(1 + draw(3)),
						 .registered = draw(2)};

			compare_sql(book, at[t], (int16_t)(1 + draw(2)), &q);
		}
		tariff_book_free(&book);
	}
}
END_TEST

static int64_t price_at(int64_t at_us, int16_t account)
{
	struct tariff_query q = {79160000001, MTS, CATEGORY_SERVICE, SENDER_LETTERS, true};
	struct tariff_book *book = NULL;
	struct tariff_price price = {0};

	ck_ok(tariff_book_load(db.pg, at_us, &book, err));
	if (!tariff_price(book, account, &q, &price))
		price.price_micro = -1;
	tariff_book_free(&book);
	return price.price_micro;
}

/* Of a provider's price in dollars without VAT, and of an account's own in roubles with it. */
START_TEST(test_dates)
{
	struct tariff_line line[] = {{1, 0, MTS, "", 0, 0, -1, 20005},
				     {2, 1, MTS, "", 0, 0, -1, 2}};

	make_accounts();
	store_lines(line, 2);
	/* 20005 with 22 % is 24406.1; at 90 roubles 2196540. */
	ck_assert_int_eq(price_at(APRIL_US - 1, 1), 2196540);
	/* From April another rate: 24406 x 91.234567 is 2226670.84. */
	ck_assert_int_eq(price_at(APRIL_US, 1), 2226671);
	/* Until 2026 the VAT was 20 %, and nobody knew a rate before March: no price. */
	ck_assert_int_eq(price_at(INT64_C(1767214799000000), 1), -1);
	run_sql("INSERT INTO currency_rate (currency, day, rate_micro) VALUES ('USD', '2025-01-01',"
		" 1000000)");
	ck_assert_int_eq(price_at(INT64_C(1767214799000000), 1), 24006);
	ck_assert_int_eq(price_at(INT64_C(1767214800000000), 1), 24406);
	/* The account's own tariff holds for April alone. */
	ck_assert_int_eq(price_at(APRIL_US - 1, 2), 2196540);
	ck_assert_int_eq(price_at(APRIL_US, 2), 2);
	ck_assert_int_eq(price_at(INT64_C(1777582800000000), 2), 2226671);
	/* None at all. */
	ck_assert_int_eq(price_at(APRIL_US, 3), 1850000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tariff");
	TCase *pure = tcase_create("rules"), *stored = tcase_create("database");

	tcase_set_timeout(pure, 120);
	tcase_add_test(pure, test_random_tariffs);
	tcase_add_test(pure, test_rules);
	tcase_add_test(pure, test_accounts_without_a_price);
	tcase_add_test(pure, test_sender_kinds);
	suite_add_tcase(suite, pure);
	tcase_set_timeout(stored, 120);
	tcase_add_checked_fixture(stored, set_up, tear_down);
	tcase_add_test(stored, test_the_database_agrees);
	tcase_add_test(stored, test_dates);
	suite_add_tcase(suite, stored);
	return suite_run(suite);
}
