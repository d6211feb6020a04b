/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* auth - who is calling: `Authorization: Bearer vst_...` against table token.
 *
 * Only SHA-256 sums are compared.  A token that was found is believed for 5 s, so a revoked one
 * works at most that long.  Threads: any. */
#ifndef VESTNIK_APID_AUTH_H
#define VESTNIK_APID_AUTH_H

#include "common/store/pg.h"
#include "common/web/problem.h"

struct auth;

struct auth *auth_new(void);
void auth_free(struct auth **a);
/* True: either *token_id_out is filled or the problem (401) is.  False: the store failed. */
bool auth_check(struct auth *a, struct pg *pg, const char *authorization, int64_t *token_id_out,
		struct problem *problem, struct err *err);

#endif
