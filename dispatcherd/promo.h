/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* promo - the promo codes of the chunk at hand: taken from the pool, given with messages, stored.
 *
 * Taking locks rows and changes nothing, so a transaction that comes to no end gives nothing away
 * and leaves nothing behind.  Of two who take at once each gets others (SKIP LOCKED); only when
 * that leaves too few does one wait for the other, holding nothing while it waits.
 *
 * Owner: the chunker. */
#ifndef VESTNIK_DISPATCHERD_PROMO_H
#define VESTNIK_DISPATCHERD_PROMO_H

#include "common/base/buf.h"
#include "common/sms/template.h"
#include "common/store/pg.h"

struct promo {
	struct pg_result *codes;	    /* NULL: the text has none */
	size_t next;			    /* the first that is not given yet */
	struct buf message_ids, client_ids; /* int64_t of those given */
};

void promo_init(struct promo *promo);
void promo_deinit(struct promo *promo);
/* Forget what was taken and take up to `count` codes of the pool (0: none), within the caller's
 * transaction.  Fewer than that are no failure. */
bool promo_take(struct promo *promo, struct pg *pg, int64_t pool_id, size_t count, struct err *err);
/* The next code; no value when there is none left. */
struct template_value promo_next(const struct promo *promo);
/* The next code goes with this message. */
void promo_give(struct promo *promo, int64_t message_id, int64_t client_id);
/* Store what was given, in a pipeline that is open. */
bool promo_queue(const struct promo *promo, struct pg *pg, int64_t run_id, struct err *err);

#endif
