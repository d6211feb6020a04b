/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* support - books for the tests of routing, made by hand. */
#ifndef VESTNIK_TESTS_ROUTE_SUPPORT_H
#define VESTNIK_TESTS_ROUTE_SUPPORT_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/route/engine.h"

#define NUMBER 79161234567LL
#define ABROAD 4915112345678LL

/* An account that takes everything, works, and has no history. */
static inline struct route_account *book_add(struct route_book *book, int64_t price_micro)
{
	struct route_account *a = &book->table.account[book->table.count++];

	*a = (struct route_account){
		.id = (int16_t)book->table.count,
		.enabled = true,
		.up = true,
		.open = true,
		.price_micro = price_micro,
		.max_parts = 10,
		.categories = UINT16_MAX,
		.classes = UINT8_MAX,
		.alphabets = UINT8_MAX,
	};
	(void)snprintf(a->name, sizeof(a->name), "account-%d", a->id);
	return a;
}

/* A rule that matches everything and says nothing. */
static inline struct route_rule *book_rule(struct route_book *book)
{
	struct route_rule *rule = &book->rule[book->rule_count++];

	*rule = (struct route_rule){
		.id = (int32_t)book->rule_count, .categories = UINT16_MAX, .classes = UINT8_MAX};
	return rule;
}

static inline struct route_ask ask_plain(void)
{
	return (struct route_ask){
		.category = CATEGORY_ADVERTISING, .class = CLASS_ADVERTISING, .sender = "ACME"};
}

static inline struct route_message message_plain(void)
{
	return (struct route_message){
		.msisdn = NUMBER, .operator_id = 1, .parts = 1, .draw = 1, .draw_equals = 1};
}

/* Random tests say how to run them again. */
static inline uint64_t test_seed(void)
{
	const char *given = getenv("VESTNIK_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

	(void)printf("VESTNIK_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static inline uint64_t test_random(uint64_t *state, uint64_t below)
{
	*state = route_scatter(*state + 1);
	return *state % below;
}

#endif
