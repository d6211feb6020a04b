/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* engine - which account carries a message: the cheapest way that still arrives.
 *
 * Tables in, decision and reasons out: nothing here reads a clock, a database or a random number,
 * and nothing allocates.  Every candidate is judged by one function, so that what route_explain()
 * tells is what route_decide() does.
 *
 * A candidate is an account that can carry the message: enabled, taking its category, class,
 * alphabet, number and sender, allowed by law, within its caps and the policy's
 * ceiling and floor.  Candidates are ordered by what a delivered message is expected to cost:
 *
 *     price of the message / delivery rate there (not where only delivered ones are paid)
 *                          x (1 + a tenth for each grade of bad health)
 *
 * but those that can send just now go before those that cannot, healthy ones before those on
 * trial, and those the rule lists before the others.  Where caps bind, the plan of a run says how
 * the messages of each class are shared out (plan.h); what it says is obeyed while it can be.
 *
 * Owner: the caller of every table.  Any thread may read them while nobody writes. */
#ifndef VESTNIK_ROUTE_ENGINE_H
#define VESTNIK_ROUTE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/message.h"
#include "common/model/route.h"
#include "common/route/registered.h"
#include "common/route/tariff.h"

#define ROUTE_OPERATORS_MAX	64 /* ids of table operator below this; 0 is "not known" */
#define ROUTE_RULES_MAX		256
#define ROUTE_RULE_ACCOUNTS_MAX 32
#define ROUTE_GRADES		10   /* the worst grade of health doubles the expected cost */
#define ROUTE_TRIAL_ONE_IN	50   /* messages an account on trial may still compete for */
#define ROUTE_RATE_UNKNOWN	0.95 /* the delivery rate of whom nothing is known */

/* --- tables --------------------------------------------------------------------------------------
 */

/* False: the account has no price for it. */
typedef bool route_price_fn(const void *tariffs, const struct route_account *account,
			    const struct tariff_query *query, struct tariff_price *out);

/* What was measured of an account (health.h, quality.h). */
struct route_measure {
	uint8_t points;			 /* 0..100 */
	uint8_t grade;			 /* 0 healthy .. ROUTE_GRADES */
	bool trial;			 /* gets a trickle until it has proved itself */
	float rate[ROUTE_OPERATORS_MAX]; /* share of messages delivered; 0: nothing is known */
};

/* A row of the policy; the first that matches a message speaks for it. */
struct route_rule {
	int32_t id;
	char name[101];
	/* What it matches. */
	uint16_t categories; /* bit n: enum message_category n */
	uint8_t classes;     /* bit n: enum message_class n */
	int16_t operator_id; /* 0: any */
	bool by_prefix;
	struct route_prefix prefix;
	char sender[21]; /* "": any */
	/* What it says. */
	bool only; /* none but its accounts may carry it; else they go first */
	size_t account_count;
	int16_t account[ROUTE_RULE_ACCOUNTS_MAX];
	int32_t weight[ROUTE_RULE_ACCOUNTS_MAX]; /* among equals; 0: by parts_per_s */
	int64_t price_max_micro;		 /* of a part; 0: no ceiling */
	float delivery_min;			 /* 0: no floor */
	int spread_percent;			 /* dearer by no more than this counts as equal */
	int32_t receipt_within_s;		 /* then the next account tries; 0: never */
};

/* Everything a decision reads. */
struct route_book {
	struct route_table table;
	struct route_measure measure[ROUTE_ACCOUNTS_MAX]; /* beside table.account */
	uint64_t contracts[ROUTE_ACCOUNTS_MAX];		  /* bit n: with operator n, in force */
	size_t rule_count;
	struct route_rule rule[ROUTE_RULES_MAX]; /* by position */
	route_price_fn *price;			 /* NULL: the accounts' flat prices */
	const void *tariffs;
};

/* --- asking --------------------------------------------------------------------------------------
 */

struct route_plan;

/* What many messages have in common. */
struct route_ask {
	enum message_category category;
	enum message_class class;
	const char *sender;
	int16_t pinned; /* somebody chose the account: policy and health do not matter; 0: nobody */
	const struct registered *registered;   /* NULL: every account may use every sender */
	const struct registered_sender *known; /* the sender in it; NULL: it is not there */
	const struct route_plan *plan;	       /* NULL: none */
	const int64_t *left; /* parts each account may still take; NULL: there are no caps */
};

enum route_bar {
	ROUTE_CAN,
	ROUTE_NOT_CHOSEN, /* another one was pinned */
	ROUTE_OFF,
	ROUTE_CATEGORY,
	ROUTE_CLASS,
	ROUTE_CLOSED,
	ROUTE_PREFIX,
	ROUTE_ABROAD,	/* */
	ROUTE_CONTRACT, /* */
	ROUTE_SENDER,
	ROUTE_ALPHABET,
	ROUTE_PARTS,
	ROUTE_RULE, /* the rule names others */
	ROUTE_PRICE,
	ROUTE_CEILING,
	ROUTE_FLOOR,
	ROUTE_CAP,
	ROUTE_TRIED,
};
#define ROUTE_BARS (ROUTE_TRIED + 1)
/* "abroad": as the API names it. */
const char *route_bar_name(enum route_bar bar);
/* Why an account is no candidate, as a sentence; "" for ROUTE_CAN. */
const char *route_bar_text(enum route_bar bar);

/* A question prepared: what does not depend on the message is judged once. */
struct route_scope {
	const struct route_book *book;
	struct route_ask ask;
	enum sender_kind sender_kind;
	size_t count;
	uint16_t account[ROUTE_ACCOUNTS_MAX]; /* that may be candidates: places in the table */
	uint8_t bar[ROUTE_ACCOUNTS_MAX];      /* enum route_bar, of every account */
	size_t rule_count;
	uint16_t rule[ROUTE_RULES_MAX]; /* that may match */
};
/* Borrows everything; the book may not change while the scope is used. */
void route_scope_init(struct route_scope *scope, const struct route_book *book,
		      const struct route_ask *ask);

struct route_tried {
	size_t count;
	int16_t account[16];
};

struct route_message {
	int64_t msisdn;
	int16_t operator_id; /* 0: not known */
	enum sms_encoding encoding;
	int parts;
	uint64_t draw;	      /* its own: spreads by plan, and what is on trial */
	uint64_t draw_equals; /* of many: spreads over equals, whole batches at a time */
	const struct registered_text *text; /* read of it; NULL: it is known everywhere */
	const struct route_tried *tried;    /* who may not try again; NULL: nobody has */
};

struct route_verdict {
	enum route_bar bar;
	bool up, listed, registered;
	struct tariff_price price;
	int64_t cost_micro; /* of the message */
	double rate;
	double expected_micro; /* of a delivered message; what candidates are ordered by */
	int tier;	       /* lower goes first, whatever it costs */
};

struct route_decision {
	const struct route_account *account;
	size_t place; /* of it in the table */
	int64_t cost_micro;
	int64_t ceiling_micro;	       /* over the dearest account that may come to carry it */
	const struct route_rule *rule; /* that spoke; NULL: none */
	bool registered;	       /* sender and text are registered there */
	bool planned;		       /* the run's plan chose it */
};

/* False: no account may carry it. */
bool route_decide(const struct route_scope *scope, const struct route_message *message,
		  struct route_decision *out);
/* The same with a verdict on every account of the table. */
bool route_explain(const struct route_scope *scope, const struct route_message *message,
		   struct route_verdict verdict[ROUTE_ACCOUNTS_MAX], struct route_decision *out);

/* Verdicts on the accounts of scope->account alone, beside it: what the planner works with. */
void route_judge(const struct route_scope *scope, const struct route_message *message,
		 struct route_verdict verdict[ROUTE_ACCOUNTS_MAX]);

/* The rule that speaks for a message, or NULL. */
const struct route_rule *route_rule_of(const struct route_scope *scope,
				       const struct route_message *message);
/* Whether R-38 protects whom this number belongs to: a person in Russia. */
bool route_is_russian(int64_t msisdn);

/* Messages with the same candidates at the same prices are of one class.  `verdict` is that of
 * route_judge(). */
uint64_t route_class(const struct route_scope *scope, const struct route_verdict *verdict,
		     int16_t operator_id);

#endif
