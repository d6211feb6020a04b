/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* people - what the operations on people, departments and roles share.
 *
 * Changes of who may what follow each other: each transaction takes one lock first, so that what
 * it looks at (who holds what, whether anybody is left who keeps the people) is so when it is
 * stored. */
#ifndef VESTNIK_APID_PEOPLE_H
#define VESTNIK_APID_PEOPLE_H

#include "apid/api.h"

/* Begin the body of a transaction: *kept_out is whether anybody keeps the people. */
bool people_lock(struct request *r, bool *kept_out, struct err *err);
/* End it: refused when somebody kept the people when it began, and now nobody does. */
bool people_still_kept(struct request *r, bool kept, struct err *err);
/* A filled 403: the caller lacks what this gives or touches. */
bool people_refuse_more(struct request *r);
/* Whether the caller holds all of these rights in the whole company; else refused. */
bool people_hold(struct request *r, const char *const *rights, size_t count, struct err *err);

#endif
