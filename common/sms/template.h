/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template - a text with placeholders: {first_name}, {first_name|client} with a fallback.
 *
 * `{{` is a literal brace pair's opening `{`, `}}` closes likewise.  A name is a letter followed by
 * letters, digits and underscores of any script.  {sum:money "₽"|-} puts the value through
 * filters (filter.h): one they cannot read is no value.  {if sum >= 100}..{else}..{end} chooses; a
 * field of a condition may lack its value.  A value is never parsed again, so `{` in a client's
 * name is just text.  Compiled once, rendered per client into the caller's buffer without
 * allocation. */
#ifndef VESTNIK_SMS_TEMPLATE_H
#define VESTNIK_SMS_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define TEMPLATE_FIELDS_MAX 32
#define TEMPLATE_TEXT_MAX   8192

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

struct template_value {
	const char *text; /* NULL or length 0: no value, the fallback stands in */
	size_t len;
};
/* `values` has template_field_count() entries.  Appends to `out`.  False when a placeholder has
 * neither value nor fallback (*missing_out is its field index) or `out` is full (*missing_out -1);
 * `out` then holds a part of the text.
 */
bool template_render(const struct template *t, const struct template_value *values, struct buf *out,
		     int *missing_out);

#endif
