/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_build - a book out of rows, wherever they come from. */
#ifndef VESTNIK_ROUTE_TARIFF_BUILD_H
#define VESTNIK_ROUTE_TARIFF_BUILD_H

#include <stddef.h>

#include "common/route/tariff.h"

#define TARIFF_PREFIX_MAX 15 /* digits of an E.164 number */

struct tariff_terms {
	int32_t id; /* tariff.id */
	bool per_message, on_delivery;
	bool vat_included;
	int32_t vat_bp;	    /* of the day, in hundredths of a per cent */
	int64_t rate_micro; /* millionths of a rouble for one unit of its currency; 0: not known */
};

struct tariff_line {
	int32_t id;			    /* tariff_row.id */
	uint32_t tariff;		    /* index of its terms */
	int16_t operator_id;		    /* 0: any */
	char prefix[TARIFF_PREFIX_MAX + 1]; /* digits, "" for any */
	uint8_t category;		    /* 0: any */
	uint8_t sender_kind;		    /* 0: any */
	int8_t registered;		    /* -1: any */
	int64_t price_micro;		    /* as the tariff says it, at most 10^12 */
};

struct tariff_account {
	int16_t id;
	int32_t tariff;	    /* index of its terms; -1: none */
	int64_t flat_micro; /* its price of a part then */
};

struct tariff_input {
	const struct tariff_terms *terms;
	size_t terms_count;
	struct tariff_line *line; /* is sorted */
	size_t line_count;
	const struct tariff_account *account;
	size_t account_count;
};

/* Make a book; the input stays the caller's.  Lines name neither an operator below 0 nor both
 * operator and prefix (a caller's bug). */
struct tariff_book *tariff_book_build(const struct tariff_input *input);

#endif
