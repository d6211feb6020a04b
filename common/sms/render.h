/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render - a campaign's text for one client.
 *
 * A placeholder names a column of the client, which the caller tells by number, or one of
 * client_attribute, whose values stand in client.attrs by slot.  A name that is neither has no
 * value: its fallback stands in. */
#ifndef VESTNIK_SMS_RENDER_H
#define VESTNIK_SMS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sms/template.h"

#define RENDER_COLUMNS_MAX 32

struct render_client {
	const struct template_value *column; /* by number; those the text does not read need not be
						there */
	/* Attributes from slot `first_slot` on; NULL text: none. */
	const char *const *attr;
	const size_t *attr_len;
	size_t attr_count;
};

struct render_plan;

/* `column_of` tells the number of the column that a name means, -1 for none. */
bool render_plan_new(const char *text, size_t len, int (*column_of)(const char *name),
		     struct render_plan **out, struct err *err);
/* Borrowed. */
const struct template *render_plan_template(const struct render_plan *plan);
void render_plan_free(struct render_plan **plan);
bool render_plan_is_for(const struct render_plan *plan, const char *text, size_t len);
/* Names still without a source, which may be attributes; at most TEMPLATE_FIELDS_MAX. */
size_t render_plan_unbound(const struct render_plan *plan, const char *names[TEMPLATE_FIELDS_MAX]);
void render_plan_bind(struct render_plan *plan, const char *name, int slot);
/* The columns the text reads, a bit each. */
uint32_t render_plan_columns(const struct render_plan *plan);
/* The range of slots the text reads; last < first when it reads none. */
void render_plan_slots(const struct render_plan *plan, int *first_out, int *last_out);

/* What a client's record lacked. */
struct render_note {
	const char *missing; /* the field without value and fallback; NULL: the text is complete */
	int empty;	     /* fields without a value */
};
/* Append the text.  False: a placeholder has neither value nor fallback, or `out` is full (then
 * out->overflow).  `note` may be NULL. */
bool render_text(const struct render_plan *plan, const struct render_client *client,
		 struct buf *out, struct render_note *note);

#endif
