/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff - what one message costs over an account, in tens of nanoseconds.
 *
 * A book is every tariff in force at one moment, compact and immutable after it is loaded: any
 * number of threads may ask it.  docs/tariffs.md says what tariffs are; tariff_row_find() in SQL
 * (migration 0027) is the same look-up for the settled ledger, and a test holds the two together.
 *
 * Of the rows that hold for a message the most specific one wins, compared in this order:
 *  1. It names the operator (itself or by MCC and MNC).  Before any prefix, because a ported number
 *     is billed as its operator's, whoever its range once belonged to; prefixes are for numbers
 *     whose operator nobody knows, which is most of the world.
 *  2. Its prefix is longer; no prefix is the shortest.
 *  3. It names the category.
 *  4. It names whether sender and text are registered.  Before the kind of sender: an unregistered
 *     message costs more whatever its sender looks like.
 *  5. It names the kind of sender.
 * Two rows of a tariff with the same conditions cannot be stored, so the order is total.
 *
 * Money is whole millionths.  VAT is added to the price of one part (or message), rounded to the
 * millionth, half away from zero; so is the turning of another currency into roubles, after it. */
#ifndef VESTNIK_ROUTE_TARIFF_H
#define VESTNIK_ROUTE_TARIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/pg.h"

/* tariff_row.sender_kind */
enum sender_kind { SENDER_LETTERS = 1, SENDER_DIGITS = 2, SENDER_SHORT_CODE = 3 };

/* Digits alone, with or without a + in front, are a number: a short code when fewer than ten. */
enum sender_kind sender_kind_of(const char *sender);

struct tariff_query {
	int64_t msisdn;
	int16_t operator_id; /* 0: not known */
	uint8_t category;    /* enum message_category */
	uint8_t sender_kind; /* enum sender_kind */
	bool registered;     /* sender and text are registered with that operator */
};

struct tariff_price {
	int64_t price_micro; /* of a part, or message, with VAT, in millionths of a rouble */
	bool per_message;
	bool on_delivery; /* charged when delivered, else when accepted */
	int32_t row;	  /* tariff_row.id; 0: the flat price of an account without a tariff */
};

struct tariff_book;

/* Load the tariffs in force at `at_us` of all accounts.  Reads only, and needs no transaction: what
 * it reads in two steps never changes in between. */
bool tariff_book_load(struct pg *pg, int64_t at_us, struct tariff_book **out, struct err *err);
void tariff_book_free(struct tariff_book **book);

/* False: the account is not known, its tariff has no price for this message, or no rate is known
 * for its currency.  An account without any tariff has its flat account.price_micro, per part and
 * on acceptance. */
bool tariff_price(const struct tariff_book *book, int16_t account_id, const struct tariff_query *q,
		  struct tariff_price *out);

/* What a message of so many parts costs at that price. */
static inline int64_t tariff_cost(const struct tariff_price *price, int parts)
{
	return price->per_message ? price->price_micro : price->price_micro * parts;
}

#endif
