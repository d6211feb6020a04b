/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cap - who of a chunk may get one more message of its category.
 *
 * One upsert a chunk looks and counts at once, in the order of numbers, and keeps the rows locked
 * until the chunk is committed: two dispatcherd with the same client cannot both find room. */
#ifndef VESTNIK_DISPATCHERD_CAP_H
#define VESTNIK_DISPATCHERD_CAP_H

#include "dispatcherd/load.h"

struct cap;

struct cap *cap_new(void);
void cap_free(struct cap **cap);

/* Count one message for each row of load_clients() that `wanted` says gets one.  Within the
 * caller's transaction; one round trip, and one more for each time a request names a number again.
 */
bool cap_take(struct cap *cap, struct pg *pg, const struct chunk_head *head,
	      const struct pg_result *rows,
	      bool (*wanted)(const struct chunk_head *head, const struct pg_result *rows,
			     size_t row),
	      struct err *err);
/* Whether the row was wanted and found no room. */
bool cap_refused(const struct cap *cap, size_t row);

/* A row that was counted gets no message after all; cap_return() takes those back, as one statement
 * of the open pipeline (none when there are none). */
void cap_give_back(struct cap *cap, int64_t msisdn);
bool cap_return(struct cap *cap, struct pg *pg, const struct chunk_head *head, struct err *err);

#endif
