/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_bench - what one decision costs: 20 accounts, 100,000 tariff rows, rules, contracts, caps
 * and a numbering register of 12,000 ranges; random numbers, each looked up and routed. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/route/engine.h"
#include "common/route/numbers.h"
#include "common/route/tariff_build.h"

#define ACCOUNTS  20
#define LINES	  5000
#define OPERATORS 15
#define RANGES	  12000
#define DECISIONS 1000000
#define MICROS	  1e6

static struct route_book book;
static struct route_numbers numbers;
static int64_t left[ROUTE_ACCOUNTS_MAX];

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each operator in six categories, then prefixes of three to seven digits. */
static void make_line(struct tariff_line *line, uint32_t tariff, int n)
{
	*line = (struct tariff_line){.id = n + 1,
				     .tariff = tariff,
				     .registered = -1,
				     .price_micro = 1000000 + rand() % 1000000};
	if (n < OPERATORS * 6) {
		line->operator_id = (int16_t)(1 + n / 6);
		line->category = (uint8_t)(1 + n % 6);
	} else {
		(void)snprintf(line->prefix, sizeof(line->prefix), "%d",
			       n < 2000 ? 100 + n % 900
					: 1000 + (n - 2000) * (n % 3 == 0 ? 1789 : 179));
	}
}

static struct tariff_book *make_tariffs(void)
{
	struct tariff_line *line = mem_alloc((size_t)ACCOUNTS * LINES * sizeof(*line));
	struct tariff_terms terms[ACCOUNTS];
	struct tariff_account account[ACCOUNTS];
	struct tariff_input in = {terms,   ACCOUNTS, line, (size_t)ACCOUNTS * LINES,
				  account, ACCOUNTS};
	struct tariff_book *tariffs;

	for (uint32_t t = 0; t < ACCOUNTS; t++) {
		terms[t] =
			(struct tariff_terms){(int32_t)t + 1, false, false, false, 2200, 1000000};
		account[t] = (struct tariff_account){(int16_t)(t + 1), (int32_t)t, 0};
		for (int n = 0; n < LINES; n++)
			make_line(&line[t * LINES + (uint32_t)n], t, n);
	}
	tariffs = tariff_book_build(&in);
	mem_free(line);
	return tariffs;
}

static bool price_of(const void *tariffs, const struct route_account *account,
		     const struct tariff_query *query, struct tariff_price *out)
{
	return tariff_price(tariffs, account->id, query, out);
}

static void make_accounts(void)
{
	for (int i = 0; i < ACCOUNTS; i++) {
		book.table.account[i] = (struct route_account){.id = (int16_t)(i + 1),
							       .enabled = true,
							       .up = true,
							       .open = true,
							       .by_contracts = i % 2 == 0,
							       .abroad = i % 7 == 6,
							       .max_parts = 10,
							       .categories = UINT16_MAX,
							       .classes = UINT8_MAX,
							       .alphabets = UINT8_MAX};
		book.contracts[i] = UINT64_MAX;
		book.measure[i].grade = (uint8_t)(i % 4);
		for (int op = 0; op < ROUTE_OPERATORS_MAX; op++)
			book.measure[i].rate[op] = (float)(70 + rand() % 30) / 100;
	}
	book.table.count = ACCOUNTS;
	for (int i = 0; i < 10; i++) {
		book.rule[book.rule_count++] =
			(struct route_rule){.categories = UINT16_MAX,
					    .classes = UINT8_MAX,
					    .operator_id = (int16_t)(i + 1),
					    .account_count = 2,
					    .account = {(int16_t)(i + 1), (int16_t)(i + 2)},
					    .delivery_min = 0.75F,
					    .spread_percent = 3};
	}
}

static void make_numbers(void)
{
	for (int i = 0; i < RANGES; i++)
		route_numbers_add(&numbers, 79000000000 + i * 83000LL,
				  79000000000 + i * 83000LL + 82999,
				  (int16_t)(1 + rand() % OPERATORS));
}

static void measure(const char *what, int64_t from, int64_t span)
{
	const struct route_ask ask = {.category = CATEGORY_ADVERTISING,
				      .class = CLASS_ADVERTISING,
				      .sender = "ACME",
				      .left = left};
	int64_t *msisdn = mem_alloc(DECISIONS * sizeof(*msisdn));
	struct route_decision decision;
	struct route_scope scope;
	int64_t cost = 0;
	double start, took;

	for (int i = 0; i < DECISIONS; i++)
		msisdn[i] = from +
			    (int64_t)(((uint64_t)rand() << 31 | (uint64_t)rand()) % (uint64_t)span);
	route_scope_init(&scope, &book, &ask);
	start = now_s();
	for (int i = 0; i < DECISIONS; i++) {
		struct route_message m = {.msisdn = msisdn[i],
					  .operator_id = route_numbers_find(&numbers, msisdn[i]),
					  .parts = 1,
					  .draw = (uint64_t)i,
					  .draw_equals = (uint64_t)i / 200};

		if (route_decide(&scope, &m, &decision))
			cost += decision.cost_micro;
	}
	took = now_s() - start;
	(void)printf("routing: %-24s %.2f us a decision (mean price %.2f)\n", what,
		     took / DECISIONS * MICROS, (double)cost / DECISIONS / MICROS);
	mem_free(msisdn);
}

int main(void)
{
	struct tariff_book *tariffs = make_tariffs();

	make_accounts();
	make_numbers();
	for (int i = 0; i < ROUTE_ACCOUNTS_MAX; i++)
		left[i] = INT64_MAX;
	book.price = price_of;
	book.tariffs = tariffs;
	measure("Russian numbers", 79000000000, 999999999);
	measure("numbers of the world", 10000000000, 89999999999);
	tariff_book_free(&tariffs);
	route_numbers_deinit(&numbers);
	return 0;
}
