/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template - a text with placeholders: {first_name}, {first_name|client} with a fallback.
 *
 * `{{` is a literal brace pair's opening `{`, `}}` closes likewise.  A name is a letter followed by
 * letters, digits and underscores of any script.  {sum:money "₽"|-} puts the value through
 * filters (filter.h): one they cannot read is no value.  {if sum >= 100}..{else}..{end} chooses; a
 * field of a condition may lack its value.  {link https://shop.example/?c={external_id}} is a short
 * address of the client's own that leads there, {promo spring} a code of a pool that is given once.
 * A value is never parsed again, so `{` in a client's name is just text.  Compiled once, rendered
 * per client into the caller's buffer without allocation. */
#ifndef VESTNIK_SMS_TEMPLATE_H
#define VESTNIK_SMS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define TEMPLATE_FIELDS_MAX 32
#define TEMPLATE_TEXT_MAX   8192
#define TEMPLATE_LINKS_MAX  4
#define TEMPLATE_TARGET_MAX 2048 /* bytes of an address that a link leads to */

struct template;

/* ERR_INPUT names the character position and the cure. */
bool template_compile(const char *text, size_t len, struct template **out, struct err *err);
/* The same; *at_out is the character of the text (from 1) that is wrong. */
bool template_compile_at(const char *text, size_t len, struct template **out, size_t *at_out,
			 struct err *err);
void template_free(struct template **t);
/* Distinct placeholder names in order of first use. */
size_t template_field_count(const struct template *t);
const char *template_field_name(const struct template *t, size_t i);
/* The character (from 1) at which field i is first named. */
size_t template_field_at(const struct template *t, size_t i);

/* Whether a client without a value of field i may be left without a text: it stands somewhere
 * without a fallback and outside conditions that ask for it. */
bool template_field_is_needed(const struct template *t, size_t i);

/* In order of their places in the text. */
size_t template_link_count(const struct template *t);
/* The pool of the text's promo code; NULL: it has none.  *at_out: the character (from 1). */
const char *template_promo_pool(const struct template *t, size_t *at_out);

struct template_value {
	const char *text; /* NULL or length 0: no value, the fallback stands in */
	size_t len;
};
/* What each text has of its own. */
struct template_given {
	struct template_value link[TEMPLATE_LINKS_MAX]; /* whole short addresses */
	struct template_value promo;			/* no value: the client gets no text */
	bool link_used, promo_used;			/* set when one was put in */
};

/* `values` has template_field_count() entries; `given` may be NULL for a text without links and
 * promo code.  Appends to `out`.  False when a placeholder has neither value nor fallback
 * (*missing_out is its field index), there is no promo code (TEMPLATE_NO_PROMO) or `out` is full
 * (TEMPLATE_FULL); `out` then holds a part of the text. */
#define TEMPLATE_FULL	  (-1)
#define TEMPLATE_NO_PROMO (-2)
bool template_render(const struct template *t, const struct template_value *values,
		     struct template_given *given, struct buf *out, int *missing_out);
/* Where link i leads for this client: values are percent-encoded, so that they cannot change which
 * host it is.  False: as above. */
bool template_link_target(const struct template *t, size_t i, const struct template_value *values,
			  struct buf *out, int *missing_out);

#endif
