/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* engine_test - who may carry a message, and who does. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "common/route/registered_book.h"
#include "tests/unit/route/support.h"
#include "tests/unit/support/run.h"

static struct route_book book;
static struct route_ask ask;
static struct route_message message;
static int64_t left[ROUTE_ACCOUNTS_MAX];
static struct route_tried tried;

/* The first account is cheaper in every test; the second can do everything. */
static void fresh(void)
{
	memset(&book, 0, sizeof(book));
	book_add(&book, 200);
	book_add(&book, 300);
	ask = ask_plain();
	message = message_plain();
	for (size_t i = 0; i < ROUTE_ACCOUNTS_MAX; i++)
		left[i] = INT64_MAX;
	tried = (struct route_tried){0};
}

static int16_t decided(void)
{
	struct route_decision decision;
	struct route_scope scope;

	route_scope_init(&scope, &book, &ask);
	return route_decide(&scope, &message, &decision) ? decision.account->id : 0;
}

static enum route_bar bar_of(size_t place)
{
	struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
	struct route_decision decision;
	struct route_scope scope;

	route_scope_init(&scope, &book, &ask);
	(void)route_explain(&scope, &message, verdict, &decision);
	return verdict[place].bar;
}

/* The cheap account is barred for this reason, and the other one carries the message. */
static void barred(enum route_bar bar)
{
	ck_assert_msg(bar_of(0) == bar, "barred by %s instead of %s", route_bar_name(bar_of(0)),
		      route_bar_name(bar));
	ck_assert_int_eq(decided(), 2);
	ck_assert_str_ne(route_bar_text(bar), "");
}

static void free_again(void)
{
	ck_assert_int_eq(decided(), 1);
}

START_TEST(test_cheapest)
{
	fresh();
	ck_assert_int_eq(decided(), 1);
	book.table.account[0].price_micro = 400;
	ck_assert_int_eq(decided(), 2);
}
END_TEST

/* --- the law -------------------------------------------------------------------------------------
 */

/* data of people in Russia leave it only on a recorded ground. */
START_TEST(test_r38_abroad)
{
	fresh();
	book.table.account[0].abroad = true;
	barred(ROUTE_ABROAD);
	message.msisdn = 77011234567; /* Kazakhstan has +7 as well */
	free_again();
	message.msisdn = ABROAD;
	free_again();
	message.msisdn = NUMBER;
	ask.pinned = 1; /* nobody's choice overrides the law */
	ck_assert_int_eq(decided(), 0);
	ck_assert_int_eq(bar_of(0), ROUTE_ABROAD);
	ask.pinned = 0;
	book.table.account[0].abroad = false; /* the ground is recorded */
	free_again();
}
END_TEST

/* advertising goes only where there is a contract with the recipient's operator. */
START_TEST(test_r49_contract)
{
	fresh();
	book.table.account[0].by_contracts = true;
	barred(ROUTE_CONTRACT);
	book.contracts[0] = 1ull << 2;
	barred(ROUTE_CONTRACT);
	ask.pinned = 1;
	ck_assert_int_eq(decided(), 0);
	ask.pinned = 0;
	book.contracts[0] = 1ull << 1;
	free_again();
	message.operator_id = 0; /* whose number it is nobody knows: then no contract covers it */
	book.contracts[0] = UINT64_MAX;
	barred(ROUTE_CONTRACT);
	book.contracts[0] = 0;
	message.operator_id = 1;
	ask.category = CATEGORY_SERVICE; /* it speaks of advertising alone */
	free_again();
}
END_TEST

/* --- what an account takes -----------------------------------------------------------------------
 */

START_TEST(test_what_accounts_take)
{
	const struct registered strict = {.open = false}, open = {.open = true};
	struct route_account *a = &book.table.account[0];

	fresh();
	a->enabled = false;
	barred(ROUTE_OFF);
	fresh();
	a->categories = 1u << CATEGORY_SERVICE;
	barred(ROUTE_CATEGORY);
	fresh();
	a->classes = 1u << CLASS_ALERT;
	barred(ROUTE_CLASS);
	fresh();
	a->open = false;
	barred(ROUTE_CLOSED);
	fresh();
	a->alphabets = 1u << SMS_UCS2;
	barred(ROUTE_ALPHABET);
	message.encoding = SMS_UCS2;
	free_again();
	fresh();
	a->max_parts = 2;
	message.parts = 3;
	barred(ROUTE_PARTS);
	fresh();
	ask.registered = &strict; /* and nobody knows the sender */
	ck_assert_int_eq(bar_of(0), ROUTE_SENDER);
	ck_assert_int_eq(decided(), 0);
	ask.registered = &open;
	free_again();
	fresh();
	tried = (struct route_tried){.count = 1, .account = {1}};
	message.tried = &tried;
	barred(ROUTE_TRIED);
}
END_TEST

START_TEST(test_prefixes)
{
	static const struct {
		const char *prefix;
		int64_t msisdn;
		bool reaches;
	} cases[] = {
		{"7916", NUMBER, true},
		{"7917", NUMBER, false},
		{"7", NUMBER, true},
		{"7", ABROAD, false},
		{"49", ABROAD, true},
		{"79161234567", NUMBER, true},
		{"79161234568", NUMBER, false},
		{"491511234567", ABROAD, true},
		{"1", 12025550123, true},
		{"12", 12025550123, true},
		{"372", 3725551234, true},
		{"3725", 37255512345, true},
		{"373", 3725551234, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fresh();
		ck_assert(route_prefix_parse(cases[i].prefix, strlen(cases[i].prefix),
					     &book.table.account[0].prefix[0]));
		book.table.account[0].prefix_count = 1;
		message.msisdn = cases[i].msisdn;
		if (cases[i].reaches)
			free_again();
		else
			barred(ROUTE_PREFIX);
	}
	ck_assert(!route_prefix_parse("", 0, &book.table.account[0].prefix[0]));
	ck_assert(!route_prefix_parse("07", 2, &book.table.account[0].prefix[0]));
	ck_assert(!route_prefix_parse("7a", 2, &book.table.account[0].prefix[0]));
}
END_TEST

/* --- cost ----------------------------------------------------------------------------------------
 */

static struct tariff_price priced[ROUTE_ACCOUNTS_MAX];

static bool price_of(const void *tariffs, const struct route_account *account,
		     const struct tariff_query *query, struct tariff_price *out)
{
	(void)query;
	*out = ((const struct tariff_price *)tariffs)[account->id - 1];
	return out->price_micro >= 0;
}

/* What arrives badly costs more than its price. */
START_TEST(test_delivered_message_counts)
{
	fresh();
	book.price = price_of;
	book.tariffs = priced;
	priced[0] = (struct tariff_price){.price_micro = 200};
	priced[1] = (struct tariff_price){.price_micro = 300};
	book.measure[0].rate[1] = 0.6F; /* 333 for one that arrives */
	book.measure[1].rate[1] = 0.99F;
	ck_assert_int_eq(decided(), 2);
	message.operator_id = 2; /* with another operator nothing is known of either */
	ck_assert_int_eq(decided(), 1);
	message.operator_id = 1;
	priced[0].on_delivery = true; /* what does not arrive is not paid */
	ck_assert_int_eq(decided(), 1);
	priced[0] = (struct tariff_price){.price_micro = 500, .per_message = true};
	message.parts = 3; /* 500 once, or 300 three times */
	ck_assert_int_eq(decided(), 1);
	message.parts = 1;
	ck_assert_int_eq(decided(), 2);
	priced[0].price_micro = -1;
	barred(ROUTE_PRICE);
}
END_TEST

START_TEST(test_health_and_state)
{
	fresh();
	book.measure[0].grade = 4; /* 280 */
	ck_assert_int_eq(decided(), 1);
	book.measure[0].grade = 6; /* 320 */
	ck_assert_int_eq(decided(), 2);
	fresh();
	book.table.account[0].up = false;
	ck_assert_int_eq(decided(), 2);
	book.table.account[1].up = false; /* nobody can send: the cheapest will wait */
	ck_assert_int_eq(decided(), 1);
}
END_TEST

/* An account on trial gets one message in fifty to prove itself, and all when nobody else can. */
START_TEST(test_trial)
{
	int first = 0;

	fresh();
	book.measure[0].trial = true;
	for (message.draw = 0; message.draw < 10000; message.draw++)
		first += decided() == 1;
	ck_assert_int_gt(first, 120);
	ck_assert_int_lt(first, 280);
	book.table.account[1].enabled = false;
	ck_assert_int_eq(decided(), 1);
}
END_TEST

/* --- policy --------------------------------------------------------------------------------------
 */

START_TEST(test_rules)
{
	struct route_rule *rule;

	fresh();
	rule = book_rule(&book);
	rule->account[rule->account_count++] = 2;
	ck_assert_int_eq(decided(), 2); /* goes first, whatever it costs */
	book.table.account[1].enabled = false;
	ck_assert_int_eq(decided(), 1); /* the others follow */
	rule->only = true;
	ck_assert_int_eq(decided(), 0);
	ck_assert_int_eq(bar_of(0), ROUTE_RULE);

	fresh();
	rule = book_rule(&book);
	rule->price_max_micro = 250;
	ck_assert_int_eq(decided(), 1);
	ck_assert_int_eq(bar_of(1), ROUTE_CEILING);
	rule->price_max_micro = 0;
	rule->delivery_min = 0.8F;
	book.measure[0].rate[1] = 0.79F;
	barred(ROUTE_FLOOR);
	book.measure[0].rate[1] = 0; /* nothing is known: it gets its chance */
	free_again();
}
END_TEST

/* The first rule that matches speaks, and no other. */
START_TEST(test_rules_match)
{
	static const struct {
		const char *why;
		bool matches;
	} cases[] = {{"category", false}, {"class", false},  {"operator", false},
		     {"prefix", false},	  {"sender", false}, {"all of it", true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route_rule *rule, *other;

		fresh();
		rule = book_rule(&book);
		rule->only = true;
		rule->account[rule->account_count++] = 2;
		rule->categories = i == 0 ? 1u << CATEGORY_DEBT : 1u << CATEGORY_ADVERTISING;
		rule->classes = i == 1 ? 1u << CLASS_ALERT : 1u << CLASS_ADVERTISING;
		rule->operator_id = i == 2 ? 2 : 1;
		rule->by_prefix = true;
		ck_assert(route_prefix_parse(i == 3 ? "7926" : "7916", 4, &rule->prefix));
		(void)snprintf(rule->sender, sizeof(rule->sender), "%s", i == 4 ? "EMCA" : "ACME");
		other = book_rule(&book);
		other->only = true;
		other->account[other->account_count++] = 1;
		ck_assert_msg(decided() == (cases[i].matches ? 2 : 1), "%s", cases[i].why);
	}
}
END_TEST

START_TEST(test_equals_share)
{
	struct route_rule *rule;
	int got[3] = {0};

	fresh();
	book.table.account[1].price_micro = 210;
	rule = book_rule(&book);
	rule->spread_percent = 10;
	rule->account_count = 2;
	rule->account[0] = 1;
	rule->account[1] = 2;
	rule->weight[0] = 30;
	rule->weight[1] = 70;
	for (message.draw_equals = 0; message.draw_equals < 1000; message.draw_equals++)
		got[decided()]++;
	ck_assert_int_lt(abs(got[1] - 300), 60);
	rule->spread_percent = 4;
	ck_assert_int_eq(decided(), 1);
}
END_TEST

START_TEST(test_caps)
{
	fresh();
	ask.left = left;
	left[0] = 2;
	message.parts = 2;
	free_again();
	message.parts = 3;
	barred(ROUTE_CAP);
	ask.pinned = 1; /* a cap is a cap */
	ck_assert_int_eq(decided(), 0);
}
END_TEST

/* Somebody's choice stands against policy, price and state, not against the law (above). */
START_TEST(test_pinned)
{
	fresh();
	ask.pinned = 2;
	book.table.account[1] = (struct route_account){
		.id = 2, .price_micro = 900, .max_parts = 9, .alphabets = UINT8_MAX};
	book_rule(&book)->price_max_micro = 500;
	ck_assert_int_eq(decided(), 2);
	ask.pinned = 7;
	ck_assert_int_eq(decided(), 0);
}
END_TEST

/* --- what is told is what is done ----------------------------------------------------------------
 */

static void random_account(uint64_t *r)
{
	struct route_account *a = book_add(&book, (int64_t)(100 + test_random(r, 20) * 10));
	struct route_measure *m = &book.measure[a->id - 1];

	a->enabled = test_random(r, 10) > 0;
	a->up = test_random(r, 5) > 0;
	a->open = test_random(r, 10) > 0;
	a->abroad = test_random(r, 4) == 0;
	a->by_contracts = test_random(r, 3) == 0;
	a->max_parts = (int)test_random(r, 6) + 1;
	m->grade = (uint8_t)test_random(r, ROUTE_GRADES + 1);
	m->trial = test_random(r, 6) == 0;
	m->rate[1] = (float)test_random(r, 100) / 100;
	book.contracts[a->id - 1] = test_random(r, 8);
}

/* Whatever the tables: nobody who is barred carries a message, nobody cheaper of the same tier is
 * passed over, and the decision told is the one made. */
START_TEST(test_explanation_is_the_decision)
{
	uint64_t r = test_seed();

	for (int round = 0; round < 20000; round++) {
		struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
		struct route_decision told, made;
		struct route_scope scope;
		bool any;

		fresh();
		book.table.count = 0;
		for (uint64_t n = test_random(&r, 8); n > 0; n--)
			random_account(&r);
		message.parts = (int)test_random(&r, 4) + 1;
		message.draw = test_random(&r, UINT32_MAX);
		route_scope_init(&scope, &book, &ask);
		any = route_explain(&scope, &message, verdict, &told);
		ck_assert(route_decide(&scope, &message, &made) == any);
		for (size_t i = 0; i < book.table.count; i++) {
			const struct route_verdict *v = &verdict[i], *chosen = &verdict[made.place];

			if (v->bar != ROUTE_CAN)
				continue;
			ck_assert(any);
			ck_assert_int_le(chosen->tier, v->tier);
			ck_assert(chosen->tier < v->tier ||
				  chosen->expected_micro <= v->expected_micro);
		}
		if (!any)
			continue;
		ck_assert_ptr_eq(told.account, made.account);
		ck_assert_int_eq(verdict[made.place].bar, ROUTE_CAN);
		ck_assert_int_eq(verdict[made.place].cost_micro, made.cost_micro);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route engine");
	TCase *law = tcase_create("R-38, R-49"), *tests = tcase_create("engine");

	tcase_add_test(law, test_r38_abroad);
	tcase_add_test(law, test_r49_contract);
	suite_add_tcase(suite, law);
	tcase_add_test(tests, test_cheapest);
	tcase_add_test(tests, test_what_accounts_take);
	tcase_add_test(tests, test_prefixes);
	tcase_add_test(tests, test_delivered_message_counts);
	tcase_add_test(tests, test_health_and_state);
	tcase_add_test(tests, test_trial);
	tcase_add_test(tests, test_rules);
	tcase_add_test(tests, test_rules_match);
	tcase_add_test(tests, test_equals_share);
	tcase_add_test(tests, test_caps);
	tcase_add_test(tests, test_pinned);
	tcase_add_test(tests, test_explanation_is_the_decision);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
