/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* users - which user of the broker sent an event, and what that one may send.
 *
 * The broker vouches for property user-id.  While table amqp_user has no row, whoever may write to
 * the exchange may send everything, as before there were such users; from the first row on an event
 * needs one of them. */
#ifndef VESTNIK_CRMD_USERS_H
#define VESTNIK_CRMD_USERS_H

#include "crmd/event.h"

/* One round trip for all events, outside a transaction: what may not be sent is barred, of the
 * others `terms` are filled. */
bool users_judge(struct worker *w, struct event *events, size_t count, struct err *err);

#endif
