/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* quote - what messages would cost if they were routed now.
 *
 * The price of the account that the routing would choose, by the tariffs in force; caps are left
 * out.  What no account can carry costs nothing: it will not be sent. */
#ifndef VESTNIK_ROUTE_QUOTE_H
#define VESTNIK_ROUTE_QUOTE_H

#include "common/model/message_request.h"
#include "common/route/store.h"

/* Fill cost_micro of each item.  Where a number was ported to is asked of the database, when
 * anything depends on it; `params` are empty before and after. */
bool quote_items(const struct route_store *store, struct message_item *const *items, size_t count,
		 struct pg *pg, struct pg_params *params, struct err *err);

#endif
