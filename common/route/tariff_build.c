/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_build - sorting lines into targets, and prefixes into stretches. */
#include "common/route/tariff_build.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/route/tariff_book.h"

/* --- order ---------------------------------------------------------------------------------------
 */

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* A condition that is named stands before one that is not. */
static int compare_named(bool a, bool b)
{
	return (int)b - (int)a;
}

static int compare_targets(const struct tariff_line *a, const struct tariff_line *b)
{
	int order = compare_numbers(a->tariff, b->tariff);

	if (order == 0)
		order = compare_numbers(a->operator_id, b->operator_id);
	/* As text a prefix stands directly before those it is the beginning of. */
	return order != 0 ? order : strcmp(a->prefix, b->prefix);
}

static int compare_lines(const void *left, const void *right)
{
	const struct tariff_line *a = left, *b = right;
	int order = compare_targets(a, b);

	if (order == 0)
		order = compare_named(a->category != 0, b->category != 0);
	if (order == 0)
		order = compare_named(a->registered >= 0, b->registered >= 0);
	if (order == 0)
		order = compare_named(a->sender_kind != 0, b->sender_kind != 0);
	return order != 0 ? order : compare_numbers(a->id, b->id);
}

/* --- lines ---------------------------------------------------------------------------------------
 */

static uint64_t ways_of(const struct tariff_line *line)
{
	uint64_t ways = 0;

	for (unsigned way = 0; way < 64; way++)
		if ((line->category == 0 || line->category == (way & 7)) &&
		    (line->sender_kind == 0 || line->sender_kind == (way >> 3 & 3)) &&
		    (line->registered < 0 || (unsigned)line->registered == way >> 5))
			ways |= UINT64_C(1) << way;
	return ways;
}

/* As price_with_vat() and price_in_roubles() in SQL. */
static int64_t full_price(const struct tariff_terms *terms, int64_t price_micro)
{
	__int128 price = price_micro;

	if (!terms->vat_included)
		price = (price * (10000 + terms->vat_bp) + 5000) / 10000;
	return (int64_t)((price * terms->rate_micro + 500000) / 1000000);
}

/* --- stretches -----------------------------------------------------------------------------------
 */

struct cutter {
	struct tariff_book *book;
	uint32_t count; /* stretches written of all tariffs */
	uint32_t first; /* of the present tariff */
	struct {
		uint32_t target;
		uint64_t end; /* the first number behind it */
	} open[TARIFF_PREFIX_MAX + 1];
	int depth;
};

/* From this number on `target` is the longest prefix. */
static void cut_at(struct cutter *c, uint64_t from, uint32_t target)
{
	struct tariff_book *b = c->book;

	if (c->count > c->first && b->stretch_from[c->count - 1] == from)
		c->count--; /* an empty stretch */
	b->stretch_from[c->count] = from;
	b->stretch_target[c->count++] = target;
}

static void close_until(struct cutter *c, uint64_t from)
{
	while (c->depth > 0 && c->open[c->depth - 1].end <= from) {
		uint64_t end = c->open[--c->depth].end;

		cut_at(c, end, c->depth > 0 ? c->open[c->depth - 1].target : TARIFF_NONE);
	}
}

/* Prefixes come in the order of their text. */
static void cut_prefix(struct cutter *c, const char *prefix, uint32_t target)
{
	uint64_t from = 0, width = 1;
	size_t digits = strlen(prefix);

	for (size_t i = 0; i < TARIFF_PREFIX_MAX; i++) {
		from = from * 10 + (i < digits ? (uint64_t)(prefix[i] - '0') : 0);
		width *= i < digits ? 1 : 10;
	}
	close_until(c, from);
	c->book->target[target].digits = (uint32_t)digits;
	c->book->target[target].around = c->depth > 0 ? c->open[c->depth - 1].target : TARIFF_NONE;
	c->open[c->depth].target = target;
	c->open[c->depth++].end = from + width;
	cut_at(c, from, target);
}

/* --- the book ------------------------------------------------------------------------------------
 */

static void entries_begin(struct tariff_book *b, const struct tariff_input *in)
{
	for (size_t t = 0; t < in->terms_count; t++)
		b->entry[t] = (struct tariff_entry){.rest = TARIFF_NONE,
						    .per_message = in->terms[t].per_message,
						    .on_delivery = in->terms[t].on_delivery,
						    .priced = in->terms[t].rate_micro > 0};
}

static void stretches_begin(struct cutter *c, struct tariff_entry *e)
{
	e->stretches = c->first = c->count;
	cut_at(c, 0, TARIFF_NONE);
}

static void stretches_end(struct cutter *c, struct tariff_entry *e)
{
	close_until(c, UINT64_MAX);
	e->stretch_count = c->count - c->first;
}

/* For each three digits the last stretch that begins at or before them. */
static void leads_fill(struct tariff_book *b, size_t count)
{
	uint32_t leads = 0;

	b->lead = mem_calloc(count * TARIFF_LEADS + 1, sizeof(*b->lead));
	for (size_t t = 0; t < count; t++) {
		struct tariff_entry *e = &b->entry[t];
		uint32_t at = e->stretches, end = e->stretches + e->stretch_count;

		if (e->stretch_count <= 1)
			continue;
		e->leads = leads;
		for (uint64_t digits = 0; digits < TARIFF_LEADS; digits++) {
			while (at + 1 < end && b->stretch_from[at + 1] <= digits * TARIFF_LEAD_OF)
				at++;
			b->lead[leads++] = at;
		}
	}
}

static void target_begin(struct tariff_book *b, struct tariff_entry *e, struct cutter *cutter,
			 const struct tariff_line *line, uint32_t target)
{
	b->target[target].around = TARIFF_NONE;
	if (line->operator_id != 0)
		b->operator_target[e->operators + (uint32_t)line->operator_id] = target;
	else if (*line->prefix != '\0')
		cut_prefix(cutter, line->prefix, target);
	else
		e->rest = target;
}

/* How many places by operator id the sorted lines [from, to) of one tariff need. */
static uint32_t operators_needed(const struct tariff_line *line, size_t from, size_t to)
{
	int16_t most = 0;

	for (size_t i = from; i < to; i++)
		if (line[i].operator_id > most)
			most = line[i].operator_id;
	return most == 0 ? 0 : (uint32_t)most + 1;
}

static size_t tariff_end(const struct tariff_input *in, size_t from, uint32_t tariff)
{
	while (from < in->line_count && in->line[from].tariff == tariff)
		from++;
	return from;
}

static void check_line(const struct tariff_input *in, const struct tariff_line *line)
{
	if (line->tariff >= in->terms_count || line->operator_id < 0 ||
	    (line->operator_id != 0 && *line->prefix != '\0'))
		panic("tariff row %d of terms %u: operator %d, prefix \"%s\"", line->id,
		      line->tariff, line->operator_id, line->prefix);
}

static void fill_tariff(struct tariff_book *b, const struct tariff_input *in, struct cutter *cutter,
			uint32_t tariff, size_t from, size_t to, uint32_t *targets)
{
	struct tariff_entry *e = &b->entry[tariff];

	stretches_begin(cutter, e);
	for (size_t i = from; i < to; i++) {
		const struct tariff_line *line = &in->line[i];

		if (i == from || compare_targets(line - 1, line) != 0) {
			b->target[*targets].first = (uint32_t)i;
			target_begin(b, e, cutter, line, (*targets)++);
		}
		b->target[*targets - 1].count++;
		b->price[i] = (struct tariff_way_price){
			.ways = ways_of(line),
			.price_micro = full_price(&in->terms[tariff], line->price_micro),
			.row = line->id};
	}
	stretches_end(cutter, e);
}

static void fill_operators(struct tariff_book *b, const struct tariff_input *in)
{
	uint32_t count = 0;
	size_t from = 0, to;

	for (uint32_t t = 0; t < in->terms_count; t++, from = to) {
		to = tariff_end(in, from, t);
		b->entry[t].operators = count;
		b->entry[t].operator_count = operators_needed(in->line, from, to);
		count += b->entry[t].operator_count;
	}
	b->operator_target = mem_alloc((count + 1) * sizeof(*b->operator_target));
	for (uint32_t i = 0; i < count; i++)
		b->operator_target[i] = TARIFF_NONE;
}

static void fill_accounts(struct tariff_book *b, const struct tariff_input *in)
{
	int16_t most = 0;

	for (size_t i = 0; i < in->account_count; i++)
		if (in->account[i].id > most)
			most = in->account[i].id;
	b->account_count = (size_t)most + 1;
	b->account = mem_calloc(b->account_count, sizeof(*b->account));
	for (size_t i = 0; i < in->account_count; i++) {
		const struct tariff_account *a = &in->account[i];

		b->account[a->id] = (struct tariff_book_account){
			.flat_micro = a->flat_micro,
			.entry = a->tariff < 0 ? TARIFF_NONE : (uint32_t)a->tariff,
			.known = true};
	}
}

struct tariff_book *tariff_book_build(const struct tariff_input *in)
{
	struct tariff_book *b = mem_calloc(1, sizeof(*b));
	struct cutter cutter = {.book = b};
	size_t stretches = 2 * in->line_count + in->terms_count + 1, from = 0, to;
	uint32_t targets = 0;

	for (size_t i = 0; i < in->line_count; i++)
		check_line(in, &in->line[i]);
	qsort(in->line, in->line_count, sizeof(*in->line), compare_lines);
	b->entry = mem_calloc(in->terms_count + 1, sizeof(*b->entry));
	b->target = mem_calloc(in->line_count + 1, sizeof(*b->target));
	b->price = mem_calloc(in->line_count + 1, sizeof(*b->price));
	b->stretch_from = mem_alloc(stretches * sizeof(*b->stretch_from));
	b->stretch_target = mem_alloc(stretches * sizeof(*b->stretch_target));
	entries_begin(b, in);
	fill_operators(b, in);
	for (uint32_t t = 0; t < in->terms_count; t++, from = to) {
		to = tariff_end(in, from, t);
		fill_tariff(b, in, &cutter, t, from, to, &targets);
	}
	leads_fill(b, in->terms_count);
	fill_accounts(b, in);
	return b;
}
