/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* render - a campaign's text for one client.
 *
 * A placeholder names a column of the client, which the caller tells by number, or one of
 * client_attribute, whose values stand in client.attrs by slot, or a column of the list the text
 * goes to, whose values stand with its entries by place.  A name that is none of these has no
 * value: its fallback stands in.  Short links and a promo code are each message's own; without
 * them, as in a preview, examples of the same length stand in. */
#ifndef VESTNIK_SMS_RENDER_H
#define VESTNIK_SMS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sms/spelling.h"
#include "common/sms/template.h"

#define RENDER_COLUMNS_MAX   32
#define RENDER_LINK_BASE_MAX 100 /* bytes */

struct render_client {
	const struct template_value *column; /* by number; those the text does not read need not be
						there */
	/* Attributes from slot `first_slot` on; NULL text: none. */
	const char *const *attr;
	const size_t *attr_len;
	size_t attr_count;
	/* Of the list's own columns, from place 1 on; likewise. */
	const char *const *own;
	const size_t *own_len;
	size_t own_count;
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
/* The slot of the template's field i; 0: a column of the client of that name, -1: it has no source
 * or is a column of the list. */
int render_plan_field_slot(const struct render_plan *plan, size_t i);
/* The same for a column of a list: its place, from 1.  Before attributes are bound, so that the
 * list's own column is meant where both have the name. */
void render_plan_bind_own(struct render_plan *plan, const char *name, int64_t list_id, int place);
/* The place of the template's field i among the list's own columns; 0: it is none. */
int render_plan_field_place(const struct render_plan *plan, size_t i);
/* The list whose own columns the text reads; 0: it reads none. */
int64_t render_plan_list(const struct render_plan *plan);
/* The columns the text reads, a bit each. */
uint32_t render_plan_columns(const struct render_plan *plan);
/* The range of slots the text reads; last < first when it reads none. */
void render_plan_slots(const struct render_plan *plan, int *first_out, int *last_out);

/* Let the plan read what another of the same client does, so that one reading of a client serves
 * both. */
void render_plan_widen(struct render_plan *plan, const struct render_plan *other);

/* What stands before the code of a short link, "https://example.org/l/"; copied.  NULL: not known,
 * as it is at first. */
void render_plan_set_link_base(struct render_plan *plan, const char *base);
const char *render_plan_link_base(const struct render_plan *plan);
/* The pool its promo code is from, and how many characters its longest code has. */
void render_plan_set_pool(struct render_plan *plan, int64_t pool_id, size_t longest);
/* 0: the text has no promo code, or there is no such pool. */
int64_t render_plan_pool(const struct render_plan *plan);

/* How its texts are spelled; SPELLING_AS_IS at first.  render_text() gives them as they are
 * written: compose_text() spells them. */
void render_plan_set_spelling(struct render_plan *plan, enum sms_spelling spelling);
enum sms_spelling render_plan_spelling(const struct render_plan *plan);

/* What one message has of its own. */
struct render_own {
	int64_t day_id;		     /* a message id of the same day */
	int64_t link_key;	     /* short_link_key() */
	struct template_value promo; /* no value: the pool is used up */
	bool link_used, promo_used;  /* told by render_text() */
};

/* What a client's record lacked. */
struct render_note {
	const char *missing; /* the field without value and fallback; NULL: none */
	bool no_promo;	     /* there was no promo code for it */
	int empty;	     /* fields without a value */
};
/* Append the text.  False: a placeholder has neither value nor fallback, there is no promo code, or
 * `out` is full (then out->overflow).  `own` may be NULL (an example), `note` too. */
bool render_text(const struct render_plan *plan, const struct render_client *client,
		 struct render_own *own, struct buf *out, struct render_note *note);
/* Append where link `link` leads for this client.  False: it leads nowhere. */
bool render_link_target(const struct render_plan *plan, const struct render_client *client,
			size_t link, struct buf *out);

#endif
