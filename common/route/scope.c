/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scope - what of a question does not depend on the message; and names. */
#include "common/route/engine.h"

#include <string.h>

#include "common/sms/plus7.h"

static const struct {
	const char *name, *text;
} bars[ROUTE_BARS] = {
	[ROUTE_CAN] = {"none", ""},
	[ROUTE_NOT_CHOSEN] = {"not_chosen", "another account was chosen by name"},
	[ROUTE_OFF] = {"disabled", "the account is switched off"},
	[ROUTE_CATEGORY] = {"category", "the account does not take this category"},
	[ROUTE_CLASS] = {"class", "the account does not take this class"},
	[ROUTE_CLOSED] = {"hours", "it is outside the hours the account takes messages in"},
	[ROUTE_PREFIX] = {"prefix", "the account does not reach numbers that begin like this"},
	[ROUTE_ABROAD] = {"abroad", "the provider is outside Russia and no ground for giving it "
				    "data of people in Russia is recorded"},
	[ROUTE_CONTRACT] = {"contract", "no contract with the recipient's operator is recorded, "
					"without which no advertising may go there"},
	[ROUTE_SENDER] = {"sender", "the sender name may not be used there"},
	[ROUTE_ALPHABET] = {"alphabet", "the account does not take texts in this alphabet"},
	[ROUTE_PARTS] = {"parts", "the account does not take texts of so many parts"},
	[ROUTE_RULE] = {"rule", "the rule names other accounts"},
	[ROUTE_PRICE] = {"price", "the account's tariff has no price for it"},
	[ROUTE_CEILING] = {"ceiling", "it costs more than the rule allows"},
	[ROUTE_FLOOR] = {"floor", "too few messages arrive there for the rule"},
	[ROUTE_CAP] = {"cap", "the account has taken as many parts as its cap allows"},
	[ROUTE_TRIED] = {"tried", "the account has had this message already"},
};

const char *route_bar_name(enum route_bar bar)
{
	return bars[bar].name;
}

const char *route_bar_text(enum route_bar bar)
{
	return bars[bar].text;
}

bool route_is_russian(int64_t msisdn)
{
	return plus7_owns(msisdn) && plus7_country(msisdn)[0] == 'R';
}

/* What bars an account whatever the message.  Who was chosen by name need not be switched on, nor
 * fit the policy: the batch waits for it. */
static enum route_bar judge_account(const struct route_ask *ask, const struct route_account *a)
{
	if (ask->pinned != 0)
		return a->id == ask->pinned ? ROUTE_CAN : ROUTE_NOT_CHOSEN;
	if (!a->enabled)
		return ROUTE_OFF;
	if ((a->categories >> ask->category & 1) == 0)
		return ROUTE_CATEGORY;
	if ((a->classes >> ask->class & 1) == 0)
		return ROUTE_CLASS;
	return a->open ? ROUTE_CAN : ROUTE_CLOSED;
}

static bool rule_may_match(const struct route_rule *rule, const struct route_ask *ask)
{
	return (rule->categories >> ask->category & 1) != 0 &&
	       (rule->classes >> ask->class & 1) != 0 &&
	       (rule->sender[0] == '\0' || strcmp(rule->sender, ask->sender) == 0);
}

void route_scope_init(struct route_scope *scope, const struct route_book *book,
		      const struct route_ask *ask)
{
	scope->book = book;
	scope->ask = *ask;
	scope->sender_kind = sender_kind_of(ask->sender);
	scope->count = scope->rule_count = 0;
	for (size_t i = 0; i < book->table.count; i++) {
		enum route_bar bar = judge_account(ask, &book->table.account[i]);

		scope->bar[i] = (uint8_t)bar;
		if (bar == ROUTE_CAN)
			scope->account[scope->count++] = (uint16_t)i;
	}
	for (size_t i = 0; ask->pinned == 0 && i < book->rule_count; i++)
		if (rule_may_match(&book->rule[i], ask))
			scope->rule[scope->rule_count++] = (uint16_t)i;
}
