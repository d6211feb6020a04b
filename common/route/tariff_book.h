/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_book - how a book lies in memory; for the two files that make and read it.
 *
 * Lines lie together by what they are for, the target: an operator, a prefix, or anything.  Within
 * a target the more specific line stands first, and a line is a set of the 64 ways a message can be
 * (category, kind of sender, registered), so the first whose set has the message's way wins.
 *
 * Prefixes cut the numbers, filled up to 15 digits with noughts, into stretches; each stretch knows
 * its longest prefix, and each prefix the next shorter one around it.  The first three digits tell
 * between which two stretches a number lies, so that few are compared. */
#ifndef VESTNIK_ROUTE_TARIFF_BOOK_H
#define VESTNIK_ROUTE_TARIFF_BOOK_H

#include <stddef.h>

#include "common/route/tariff.h"

#define TARIFF_NONE    UINT32_MAX
#define TARIFF_LEADS   1001 /* of 000 to 999, and the end */
#define TARIFF_LEAD_OF UINT64_C(1000000000000)

struct tariff_way_price {
	uint64_t ways; /* bit tariff_way(): it holds for such messages */
	int64_t price_micro;
	int32_t row;
};

struct tariff_target {
	uint32_t first, count; /* into price */
	uint32_t around;       /* the next shorter prefix, as a target; TARIFF_NONE: none */
	uint32_t digits;       /* of the prefix */
};

struct tariff_entry {
	uint32_t operators, operator_count; /* by operator id, into operator_target */
	uint32_t stretches, stretch_count;  /* into stretch_from and stretch_target */
	uint32_t leads;			    /* into lead; without prefixes there are none */
	uint32_t rest;			    /* the target of what names neither */
	bool per_message, on_delivery;
	bool priced; /* false: no rate is known for its currency */
};

struct tariff_book_account {
	int64_t flat_micro;
	uint32_t entry; /* TARIFF_NONE: the flat price */
	bool known;
};

struct tariff_book {
	struct tariff_book_account *account; /* by id */
	size_t account_count;
	struct tariff_entry *entry;
	uint32_t *operator_target;
	uint64_t *stretch_from;
	uint32_t *stretch_target;
	uint32_t *lead; /* the stretch that the first number with these three digits lies in */
	struct tariff_target *target;
	struct tariff_way_price *price;
};

static inline unsigned tariff_way(uint8_t category, uint8_t sender_kind, bool registered)
{
	return (category & 7U) | (sender_kind & 3U) << 3 | (unsigned)registered << 5;
}

#endif
