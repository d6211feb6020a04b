/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* carry - see carry.h. */
#include "common/route/carry.h"

#define TRIES 3 /* two accounts that cut differently could send it to each other for ever */

void carry_init(struct carry *carry)
{
	*carry = (struct carry){.read = registered_text_new()};
}

void carry_deinit(struct carry *carry)
{
	registered_text_free(&carry->read);
}

/* An account that cuts texts as no other does makes more of them now and then. */
static bool cuts_wide(const struct route_account *account)
{
	return account->split == SMS_SPLIT_UDH16;
}

static bool cuts_as_before(const struct carry *carry, const struct route_account *account)
{
	return cuts_wide(account) == carry->wide && account->alphabet == carry->alphabet;
}

static enum message_reason measure(const struct carry *carry, const struct buf *text,
				   struct sms_parts *parts)
{
	const struct route_account any = {.split = carry->wide ? SMS_SPLIT_UDH16 : SMS_SPLIT_UDH8,
					  .alphabet = carry->alphabet,
					  .max_parts = SMS_PARTS_MAX};

	return compose_measure(text, &any, carry->max_parts, parts);
}

/* Why nobody carries it: a shorter text would have found its way, or none would. */
static enum message_reason judge_unrouted(const struct carry *carry, struct route_message *message)
{
	struct route_decision decision;
	bool was_long = message->parts > 1;

	message->parts = 1;
	return was_long && route_decide(carry->scope, message, &decision) ? REASON_TEXT_TOO_LONG
									  : REASON_NO_ROUTE;
}

enum message_reason carry_text(struct carry *carry, const struct buf *text,
			       struct route_message *message, struct carried *out)
{
	const struct route_ask *ask = &carry->scope->ask;

	if (ask->registered != NULL) {
		registered_read(ask->registered, ask->known, ask->category, text->data, text->len,
				carry->read);
		message->text = carry->read;
	}
	for (int tries = 1;; tries++) {
		enum message_reason reason = measure(carry, text, &out->parts);

		if (reason != REASON_NONE)
			return reason;
		message->encoding = out->parts.encoding;
		message->parts = out->parts.count;
		if (!route_decide(carry->scope, message, &out->decision))
			return judge_unrouted(carry, message);
		if (cuts_as_before(carry, out->decision.account) || tries == TRIES)
			return REASON_NONE;
		carry->wide = cuts_wide(out->decision.account);
		carry->alphabet = out->decision.account->alphabet;
	}
}
