/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* accounts - names of SMPP accounts to their ids, as read at most 5 s ago.  Threads: any. */
#ifndef VESTNIK_APID_ACCOUNTS_H
#define VESTNIK_APID_ACCOUNTS_H

#include "common/store/pg.h"

struct accounts;

struct accounts *accounts_new(void);
void accounts_free(struct accounts **a);
/* *id_out is 0 when no enabled account has this name.  False: the store failed. */
bool accounts_find(struct accounts *a, struct pg *pg, const char *name, int16_t *id_out,
		   struct err *err);

#endif
