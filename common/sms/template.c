/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template - what a compiled text says of itself, and its text for one client. */
#include "common/sms/template.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/sms/template_internal.h"

void template_free(struct template **template)
{
	struct template *t = *template;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->field_count; i++)
		mem_free(t->names[i]);
	mem_free(t->promo_pool);
	mem_free(t->pieces);
	mem_free(t->text);
	mem_free(t);
	*template = NULL;
}

size_t template_field_count(const struct template *t)
{
	return t->field_count;
}

const char *template_field_name(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->names[i];
}

size_t template_field_at(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->field_at[i];
}

bool template_field_is_needed(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->field_needed[i];
}

size_t template_link_count(const struct template *t)
{
	return t->link_count;
}

const char *template_promo_pool(const struct template *t, size_t *at_out)
{
	if (at_out != NULL)
		*at_out = t->promo_at;
	return t->promo_pool;
}

/* --- rendering -----------------------------------------------------------------------------------
 */

/* False: no value, or one that a filter cannot read.  `work` holds what *value then points to. */
static bool filters_apply(const struct template *t, const struct piece *piece,
			  struct filter_span *value, char work[2][FILTER_VALUE_MAX])
{
	for (uint32_t i = 0; i < piece->filter_count && value->len > 0; i++) {
		value->len = filter_apply(&t->filters[piece->filter_at + i], *value, work[i % 2]);
		value->at = work[i % 2];
	}
	return value->len > 0;
}

static struct filter_span span_of(const struct template_value *value)
{
	return (struct filter_span){value->text, value->text == NULL ? 0 : value->len};
}

/* Append one placeholder.  False without touching `out` when it has nothing to say. */
static bool render_field(const struct template *t, const struct piece *piece,
			 const struct template_value *value, struct buf *out)
{
	char work[2][FILTER_VALUE_MAX];
	struct filter_span span = span_of(value);

	if (filters_apply(t, piece, &span, work))
		buf_add(out, span.at, span.len);
	else if (piece->has_fallback)
		buf_add(out, t->text + piece->fallback_at, piece->fallback_len);
	else
		return false;
	return true;
}

/* No value is equal to the empty text only, and neither less nor greater than anything. */
static bool holds(const struct piece *piece, struct filter_span value)
{
	bool equal = value.len == piece->operand.len &&
		     (value.len == 0 || memcmp(value.at, piece->operand.at, value.len) == 0);
	bool ordered;
	int order = 0;

	if (piece->relation == HAS_VALUE)
		return value.len > 0;
	ordered = value.len > 0 && filter_compare(value, piece->operand, &order);
	if (ordered)
		equal = order == 0;
	switch (piece->relation) {
	case EQUAL:
		return equal;
	case NOT_EQUAL:
		return !equal;
	case LESS:
		return ordered && order < 0;
	case LESS_EQUAL:
		return ordered && order <= 0;
	case GREATER:
		return ordered && order > 0;
	default:
		return ordered && order >= 0;
	}
}

/* Append the short address.  False: a client for whom the target lacks something gets none. */
static bool render_link(const struct template *t, const struct piece *piece,
			const struct template_value *values, struct template_given *given,
			struct buf *out, int *missing_out)
{
	const struct template_value *link = &given->link[piece->field];

	for (const struct piece *p = piece + 1; p < t->pieces + piece->jump; p++) {
		char work[2][FILTER_VALUE_MAX];
		struct filter_span span;

		if (p->action != ACTION_FIELD || p->has_fallback)
			continue;
		span = span_of(&values[p->field]);
		if (!filters_apply(t, p, &span, work)) {
			*missing_out = p->field;
			return false;
		}
	}
	buf_add(out, link->text, link->len);
	given->link_used = true;
	return true;
}

static bool render_promo(struct template_given *given, struct buf *out, int *missing_out)
{
	if (given->promo.len == 0) {
		*missing_out = TEMPLATE_NO_PROMO;
		return false;
	}
	buf_add(out, given->promo.text, given->promo.len);
	given->promo_used = true;
	return true;
}

static bool render_own(const struct template *t, const struct piece *piece,
		       const struct template_value *values, struct template_given *given,
		       struct buf *out, int *missing_out)
{
	if (given == NULL)
		panic("a text with a link or a promo code is rendered without any");
	if (piece->action == ACTION_PROMO)
		return render_promo(given, out, missing_out);
	return render_link(t, piece, values, given, out, missing_out);
}

bool template_render(const struct template *t, const struct template_value *values,
		     struct template_given *given, struct buf *out, int *missing_out)
{
	for (size_t i = 0, next; i < t->piece_count; i = next) {
		const struct piece *piece = &t->pieces[i];

		next = i + 1;
		buf_add(out, t->text + piece->text_at, piece->text_len);
		switch (piece->action) {
		case ACTION_FIELD:
			if (!render_field(t, piece, &values[piece->field], out)) {
				*missing_out = piece->field;
				return false;
			}
			break;
		case ACTION_LINK:
		case ACTION_PROMO:
			if (!render_own(t, piece, values, given, out, missing_out))
				return false;
			if (piece->action == ACTION_LINK)
				next = piece->jump;
			break;
		case ACTION_IF:
			if (holds(piece, span_of(&values[piece->field])))
				break;
			/* fall through */
		case ACTION_ELSE:
			next = piece->jump;
			break;
		case ACTION_NONE:
			break;
		}
	}
	*missing_out = TEMPLATE_FULL;
	return !out->overflow;
}

/* --- where links lead ----------------------------------------------------------------------------
 */

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~", c) != NULL;
}

/* The author's own text keeps its signs; of a value every one that means something is encoded. */
static void add_encoded(struct buf *out, const char *text, size_t len, bool is_value)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\0' && (is_unreserved(c) || (!is_value && c > ' ' && c < 0x7f)))
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

bool template_link_target(const struct template *t, size_t i, const struct template_value *values,
			  struct buf *out, int *missing_out)
{
	const struct piece *link = &t->pieces[t->links[i]];

	for (const struct piece *p = link + 1; p < t->pieces + link->jump; p++) {
		char work[2][FILTER_VALUE_MAX];
		struct filter_span span;

		add_encoded(out, t->text + p->text_at, p->text_len, false);
		if (p->action != ACTION_FIELD)
			continue;
		span = span_of(&values[p->field]);
		if (filters_apply(t, p, &span, work)) {
			add_encoded(out, span.at, span.len, true);
		} else if (p->has_fallback) {
			add_encoded(out, t->text + p->fallback_at, p->fallback_len, true);
		} else {
			*missing_out = p->field;
			return false;
		}
	}
	*missing_out = TEMPLATE_FULL;
	return !out->overflow;
}
