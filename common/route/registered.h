/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registered - which senders and texts operators know, held in memory for the routing.
 *
 * Operators register a sender's name for each client and, for messages that are no advertising, the
 * texts of each name; a provider asks on our behalf, so that both hold for a pair of account and
 * operator.  A name that is not known is refused or replaced, a text that is not is charged as
 * advertising; so prices ask registered_match(), and a candidate must pass registered_carries().
 *
 * How the routing uses it: one book a process, registered_refresh() every few seconds; of each
 * chunk registered_find() once; of each message registered_read() once, then for each candidate
 * registered_carries() and registered_match().  Nothing is allocated and nothing is asked of the
 * database between refreshes, except that the scratch of registered_read() may grow.
 *
 * operator 0 is an operator that is not known; for it speaks what is registered for every operator.
 * Rows for one operator go before those for all, and rows for an account before those for its
 * provider (function sender_routes()).
 *
 * Owner: whoever loaded it.  Immutable until refreshed; any thread may read meanwhile. */
#ifndef VESTNIK_ROUTE_REGISTERED_H
#define VESTNIK_ROUTE_REGISTERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/model/message.h"
#include "common/store/pg.h"

struct registered;
struct registered_sender;

/* --- loading -------------------------------------------------------------------------------------
 */

/* Read everything: one round trip.  A registered text that this version cannot read is known to
 * nobody (registered_unread() says how many).  On false *out is untouched. */
bool registered_load(struct pg *pg, struct registered **out, struct err *err);
/* Load anew if something was changed or a day began (1 round trip of one row when not).  *io may be
 * NULL: the first load.  On false the old book stays. */
bool registered_refresh(struct pg *pg, struct registered **io, struct err *err);
void registered_free(struct registered **book);
/* Grows with every change that was loaded; for caches above. */
int64_t registered_version(const struct registered *book);
size_t registered_unread(const struct registered *book);

/* --- senders -------------------------------------------------------------------------------------
 */

/* NULL: not one of table sender. */
const struct registered_sender *registered_find(const struct registered *book, const char *name);
/* Whether the account may carry messages of the sender (NULL: one that is not in the table) to the
 * operator: never a disabled one; one that is not registered there where the setting
 * unregistered_senders is open. */
bool registered_carries(const struct registered *book, const struct registered_sender *sender,
			int16_t account_id, int16_t operator_id);
/* Whether the operator knows the name. */
bool registered_name(const struct registered_sender *sender, int16_t account_id,
		     int16_t operator_id);

/* --- texts ---------------------------------------------------------------------------------------
 */

/* Whether operators charge by registered texts over this account: at least one text, of whatever
 * sender, is registered there. */
bool registered_asks_text(const struct registered *book, int16_t account_id, int16_t operator_id);

/* What one text is known as.  Scratch of about 25 KiB, one a thread, for any number of texts. */
struct registered_text;
struct registered_text *registered_text_new(void);
void registered_text_free(struct registered_text **text);

/* Compare a finished text with every pattern of the sender and category; `text` is borrowed for the
 * call.  Advertising, no sender and a category without patterns cost nothing. */
void registered_read(const struct registered *book, const struct registered_sender *sender,
		     enum message_category category, const char *text, size_t len,
		     struct registered_text *out);
/* Whether the operator knows the text that was read (of advertising: whatever it says). */
bool registered_text_known(const struct registered_text *text, int16_t account_id,
			   int16_t operator_id);
/* What tariff_query.registered asks: the operator knows the sender, and the text where it charges
 * by texts. */
bool registered_match(const struct registered_text *text, int16_t account_id, int16_t operator_id);

#endif
