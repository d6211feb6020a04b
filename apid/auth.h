/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* auth - who is calling and whether they may: the one gate in front of every operation.
 *
 * A program sends `Authorization: Bearer vst_...` (table token), a person's browser the cookie of
 * its session (session.h).  A request with an Authorization header never looks at the cookie.
 * Only SHA-256 sums are compared.  A token that was found is believed for 5 s with all that its row
 * says, so a revoked or changed one works at most that long; it never outlives its own expiry.
 * Sessions are looked up each time and end at once.  Threads: any. */
#ifndef VESTNIK_APID_AUTH_H
#define VESTNIK_APID_AUTH_H

#include "apid/rights.h"
#include "common/store/pg.h"
#include "common/web/http.h"
#include "common/web/problem.h"

struct auth;

/* A session not seen for so long is over. */
struct auth *auth_new(int64_t session_idle_ms);
void auth_free(struct auth **a);
/* True: *out is the caller, who has the right, or the problem is filled (401, 403).  False: the
 * store failed.  For an open operation nobody is asked and *out is empty.  Owner of *out whatever
 * is returned: who calls, until caller_deinit(). */
bool auth_check(struct auth *a, struct pg *pg, const struct http_call *call, enum right right,
		struct caller *out, struct problem *problem, struct err *err);

#endif
