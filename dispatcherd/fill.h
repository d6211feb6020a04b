/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - what a chunk becomes: messages in batches, and suppressions.
 *
 * The hot loop of dispatcherd: one pass over the clients, everything written straight into COPY
 * rows, no allocation a message. */
#ifndef VESTNIK_DISPATCHERD_FILL_H
#define VESTNIK_DISPATCHERD_FILL_H

#include "common/base/buf.h"
#include "common/store/pg.h"
#include "dispatcherd/cap.h"
#include "dispatcherd/load.h"
#include "dispatcherd/promo.h"

struct fill_batch {
	int64_t id;			     /* of its first message */
	const struct route_account *account; /* NULL: none may carry it */
	int messages;
	int positions; /* ids it spans; more than messages when some of a request were suppressed */
	int parts;
};

#define FILL_RANDOM 32 /* 256 bytes, which no signal cuts short */

struct fill {
	struct pg_copy *messages, *states, *suppressions;
	struct promo promo;	      /* codes taken for the chunk: promo_take() */
	struct buf text;	      /* of the message at hand */
	struct render_own own;	      /* its links and promo code */
	uint64_t random[FILL_RANDOM]; /* for the next links */
	size_t random_left;
	size_t batch_count; /* batches begun; one may have stayed empty */
	struct fill_batch batch[CHUNK_BATCHES_MAX];
	int64_t message_count, part_count, cost_micro, suppressed;
};

void fill_init(struct fill *fill);
void fill_deinit(struct fill *fill);
/* Whether nothing forbids a message to the client of a row, before its text is looked at. */
bool fill_wants(const struct chunk_head *head, const struct pg_result *rows, size_t row);
/* Turn the rows of load_clients() into messages, batches and suppressions; what `fill` held before
 * is forgotten.  `plan` is NULL for a chunk of the API, fill->promo holds the codes for its text;
 * `cap` is NULL where nothing is counted, else it learns who gets no message after all. */
void fill_chunk(struct fill *fill, const struct chunk_head *head, const struct pg_result *rows,
		const struct route_table *routes, const struct render_plan *plan, struct cap *cap);
/* Whether its rows are so few that fill_queue() costs less than fill_copy(). */
bool fill_is_small(const struct fill *fill);
/* Store the rows within the caller's transaction: by COPY, or with a pipeline that is open. */
bool fill_copy(struct fill *fill, struct pg *pg, struct err *err);
bool fill_queue(const struct fill *fill, struct pg *pg, struct err *err);
/* Store which promo codes were given, with a pipeline that is open. */
bool fill_queue_promo(const struct fill *fill, struct pg *pg, int64_t run_id, struct err *err);

#endif
