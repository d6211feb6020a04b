/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xact - what became of a COMMIT whose answer never came.
 *
 * PostgreSQL remembers the outcome of every transaction id, also over a crash; whoever notes the id
 * inside the transaction can ask afterwards. */
#ifndef VESTNIK_GATEWAY_XACT_H
#define VESTNIK_GATEWAY_XACT_H

#include "common/store/pg.h"

extern const struct pg_stmt XACT_BEGIN;
/* One row for xact_id().  Also makes the server end the transaction when we stop in the middle of
 * it for two seconds: claims and answers hold the lease's row, which a takeover needs. */
extern const struct pg_stmt XACT_ID;

int64_t xact_id(const struct pg_result *r);
/* Connect again and wait until the server knows.  False: ERR_STOPPING (stop_fd became readable). */
bool xact_outcome(struct pg *pg, int64_t id, int stop_fd, bool *committed_out, struct err *err);
/* Sleep; false when stop_fd became readable first. */
bool xact_pause(int64_t ms, int stop_fd);

#endif
