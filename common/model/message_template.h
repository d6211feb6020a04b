/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_template - texts of messages that name a template and its variables.
 *
 * The newest version of the template is taken, in one round trip for all messages at hand, and
 * compiled once. Sender and category are the template's where the message does not say them;
 * another category is refused, because the law asks other things of it. */
#ifndef VESTNIK_MODEL_MESSAGE_TEMPLATE_H
#define VESTNIK_MODEL_MESSAGE_TEMPLATE_H

#include "common/model/message_request.h"
#include "common/store/pg.h"

/* What the items' texts and senders are borrowed from.  Owner: whoever filled it. */
struct message_texts {
	char **text;
	size_t count, cap;
};
void message_texts_free(struct message_texts *texts);

/* A member of a message is wrong; as json_in_refuse(). */
typedef void message_refuse_fn(void *arg, struct message_item *item, const char *field,
			       const char *found, const char *expected);

/* Fill in those items that name a template; what cannot be is refused.  False: the store failed.
 * `params` are empty before and after. */
bool message_templates_fill(struct message_item *const *items, size_t count,
			    struct message_texts *texts, message_refuse_fn *refuse, void *arg,
			    struct pg *pg, struct pg_params *params, struct err *err);

#endif
