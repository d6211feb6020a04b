/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* routing - what routing goes by, held in memory for all threads of apid.
 *
 * Whoever counts or explains holds a book, which does not change while it is held, and lets it go.
 * A book nobody holds is brought up to date in its place; one that is held by somebody else is left
 * to them, and another is read. */
#ifndef VESTNIK_APID_ROUTING_H
#define VESTNIK_APID_ROUTING_H

#include "common/route/store.h"

struct routing;

struct routing *routing_new(void);
void routing_free(struct routing **r); /* nobody holds a book */
/* A book no older than a second or two, until routing_drop(). */
bool routing_hold(struct routing *r, struct pg *pg, const struct route_store **out,
		  struct err *err);
/* NULL is fine. */
void routing_drop(struct routing *r, const struct route_store *store);

#endif
