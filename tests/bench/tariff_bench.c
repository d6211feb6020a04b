/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_bench - what one price costs: 20 accounts with 5,000 rows each, Russian numbers whose
 * operator is known and foreign ones that a prefix finds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/route/tariff_build.h"

#define ACCOUNTS  20
#define LINES	  5000
#define OPERATORS 15
#define LOOKUPS	  4000000

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Each operator in six categories, then prefixes of four to seven digits. */
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

static void measure(const struct tariff_book *book, const char *what, int64_t from, int64_t span,
		    bool operators)
{
	struct tariff_query *q = mem_alloc(LOOKUPS * sizeof(*q));
	struct tariff_price price;
	int64_t sum = 0, found = 0;
	double start;

	for (int i = 0; i < LOOKUPS; i++)
		q[i] = (struct tariff_query){
			.msisdn = from + (int64_t)(((uint64_t)rand() << 31 | (uint64_t)rand()) %
						   (uint64_t)span),
			.operator_id = (int16_t)(operators ? 1 + rand() % OPERATORS : 0),
			.category = (uint8_t)(1 + rand() % 6),
			.sender_kind = SENDER_LETTERS,
			.registered = true};
	start = now_s();
	for (int i = 0; i < LOOKUPS; i++) {
		if (tariff_price(book, (int16_t)(1 + i % ACCOUNTS), &q[i], &price)) {
			sum += price.price_micro;
			found++;
		}
	}
	printf("%-18s %5.1f ns a price (%lld found, mean %lld)\n", what,
	       (now_s() - start) / LOOKUPS * 1e9, (long long)found,
	       found != 0 ? (long long)(sum / found) : 0);
	mem_free(q);
}

int main(void)
{
	struct tariff_line *line = mem_alloc(ACCOUNTS * LINES * sizeof(*line));
	struct tariff_terms terms[ACCOUNTS];
	struct tariff_account account[ACCOUNTS];
	struct tariff_input in = {terms,   ACCOUNTS, line, (size_t)ACCOUNTS * LINES,
				  account, ACCOUNTS};
	struct tariff_book *book;
	double start;

	for (uint32_t t = 0; t < ACCOUNTS; t++) {
		terms[t] =
			(struct tariff_terms){(int32_t)t + 1, false, false, false, 2200, 1000000};
		account[t] = (struct tariff_account){(int16_t)(t + 1), (int32_t)t, 0};
		for (int n = 0; n < LINES; n++)
			make_line(&line[t * LINES + (uint32_t)n], t, n);
	}
	start = now_s();
	book = tariff_book_build(&in);
	printf("%d rows built in %.0f ms\n", ACCOUNTS * LINES, (now_s() - start) * 1e3);
	measure(book, "operator known", 79000000000, 999999999, true);
	measure(book, "by prefix", 10000000000, 89999999999, false);
	tariff_book_free(&book);
	mem_free(line);
	return 0;
}
