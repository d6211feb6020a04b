/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff - asking a book. */
#include "common/route/tariff.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/route/tariff_book.h"
#include "common/route/tariff_build.h"

#define SHORT_CODE_DIGITS_MAX 9
#define NUMBERS		      UINT64_C(1000000000000000) /* of at most 15 digits */

enum sender_kind sender_kind_of(const char *sender)
{
	const char *digits = sender + (*sender == '+');
	size_t len = strlen(digits);

	if (len == 0 || strspn(digits, "0123456789") != len)
		return SENDER_LETTERS;
	return len > SHORT_CODE_DIGITS_MAX ? SENDER_DIGITS : SENDER_SHORT_CODE;
}

void tariff_book_free(struct tariff_book **book)
{
	struct tariff_book *b = *book;

	if (b == NULL)
		return;
	mem_free(b->account);
	mem_free(b->entry);
	mem_free(b->operator_target);
	mem_free(b->stretch_from);
	mem_free(b->stretch_target);
	mem_free(b->lead);
	mem_free(b->target);
	mem_free(b->price);
	mem_free(b);
	*book = NULL;
}

/* The number with noughts behind it to 15 digits, and how many it has of its own. */
static uint64_t fill_up(int64_t msisdn, uint32_t *digits_out)
{
	uint64_t n = msisdn > 0 ? (uint64_t)msisdn : 0;
	uint32_t digits = TARIFF_PREFIX_MAX;

	while (n < UINT64_C(100000000000000) && digits > 0) {
		n *= 10;
		digits--;
	}
	*digits_out = digits;
	return n < NUMBERS ? n : NUMBERS - 1;
}

/* The target of the stretch a number lies in. */
static uint32_t stretch_find(const struct tariff_book *b, const struct tariff_entry *e,
			     uint64_t number)
{
	const uint32_t *lead = b->lead + e->leads + number / TARIFF_LEAD_OF;
	size_t at = lead[0], count = lead[1] - lead[0] + 1;

	while (count > 1) {
		size_t half = count / 2;

		at += b->stretch_from[at + half] <= number ? half : 0;
		count -= half;
	}
	return b->stretch_target[at];
}

static const struct tariff_way_price *target_find(const struct tariff_book *b, uint32_t target,
						  unsigned way)
{
	const struct tariff_target *t;

	if (target == TARIFF_NONE)
		return NULL;
	t = &b->target[target];
	for (uint32_t i = t->first; i < t->first + t->count; i++)
		if (b->price[i].ways >> way & 1)
			return &b->price[i];
	return NULL;
}

static const struct tariff_way_price *
entry_find(const struct tariff_book *b, const struct tariff_entry *e, const struct tariff_query *q)
{
	unsigned way = tariff_way(q->category, q->sender_kind, q->registered);
	const struct tariff_way_price *found = NULL;
	uint32_t digits, target;
	uint64_t number;

	if (q->operator_id > 0 && (uint32_t)q->operator_id < e->operator_count)
		found = target_find(b, b->operator_target[e->operators + (uint32_t)q->operator_id],
				    way);
	if (found != NULL)
		return found;
	if (e->stretch_count > 1) {
		number = fill_up(q->msisdn, &digits);
		target = stretch_find(b, e, number);
		for (; target != TARIFF_NONE; target = b->target[target].around) {
			found = b->target[target].digits <= digits ? target_find(b, target, way)
								   : NULL;
			if (found != NULL)
				return found;
		}
	}
	return target_find(b, e->rest, way);
}

bool tariff_price(const struct tariff_book *b, int16_t account_id, const struct tariff_query *q,
		  struct tariff_price *out)
{
	const struct tariff_book_account *a;
	const struct tariff_way_price *found;
	const struct tariff_entry *e;

	if (account_id < 0 || (size_t)account_id >= b->account_count)
		return false;
	a = &b->account[account_id];
	if (!a->known)
		return false;
	if (a->entry == TARIFF_NONE) {
		*out = (struct tariff_price){.price_micro = a->flat_micro};
		return true;
	}
	e = &b->entry[a->entry];
	found = e->priced ? entry_find(b, e, q) : NULL;
	if (found == NULL)
		return false;
	*out = (struct tariff_price){.price_micro = found->price_micro,
				     .per_message = e->per_message,
				     .on_delivery = e->on_delivery,
				     .row = found->row};
	return true;
}
