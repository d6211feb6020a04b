/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer_store - one group of answers as one transaction.  Inner part of answer.
 *
 * Everything a group says is in the database or nothing of it is.  The transaction ends by looking
 * whether the account is still this epoch's, under a share lock that a takeover must wait for:
 * either the next holder's recovery sees these answers, or they are stored as answers of an older
 * epoch, after whatever that recovery has already put in doubt. */
#ifndef VESTNIK_GATEWAY_ANSWER_STORE_H
#define VESTNIK_GATEWAY_ANSWER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/store/pg.h"
#include "common/gateway/bundle.h"
#include "common/gateway/gate.h"

#define GROUP_ANSWERS_MAX 8192

struct answer_store;

/* Waits for the database.  False: ERR_STOPPING. */
bool answer_store_open(struct gate *gate, struct answer_store **out, struct err *err);
void answer_store_close(struct answer_store **s);
/* False: nothing is stored, unless the kind is ERR_UNKNOWN; then *id_out is the transaction's. */
bool answer_store_commit(struct answer_store *s, const struct answer *const *answers, size_t count,
			 int64_t *id_out, struct err *err);
struct pg *answer_store_pg(struct answer_store *s);

#endif
