/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - what a chunk becomes: messages in batches, and suppressions.
 *
 * The hot loop of dispatcherd: one pass over the clients, each message routed by itself, everything
 * written straight into COPY rows, no allocation a message.
 *
 * A message of a run takes the next id of a batch of its account.  Those of a request have their
 * ids already: the account of the first in a home batch carries the batch, and what goes by another
 * account is listed in a batch of that account's. */
#ifndef VESTNIK_DISPATCHERD_FILL_H
#define VESTNIK_DISPATCHERD_FILL_H

#include "common/base/buf.h"
#include "common/store/pg.h"
#include "dispatcherd/cap.h"
#include "dispatcherd/load.h"
#include "dispatcherd/promo.h"
#include "common/route/caps.h"
#include "common/route/carry.h"

struct fill_batch {
	int64_t id; /* of its first message */
	const struct route_account *account;
	int messages;
	int positions; /* ids it spans; more than messages when some of a request were suppressed */
	int parts;
};

/* A message of a request that goes by another account than its home batch. */
struct fill_listed {
	int64_t id;
	size_t list; /* its batch, in fill.list */
};

#define FILL_RANDOM 32 /* 256 bytes, which no signal cuts short */

struct fill {
	struct pg_copy *messages, *states, *suppressions;
	struct pg_copy *listed_states; /* of messages that batches list */
	struct promo promo;	       /* codes taken for the chunk: promo_take() */
	struct buf text;	       /* of the message at hand */
	struct render_own own;	       /* its links and promo code */
	uint64_t random[FILL_RANDOM];  /* for the next links */
	size_t random_left;
	size_t batch_count; /* batches begun; one may have stayed empty */
	struct fill_batch batch[CHUNK_BATCHES_MAX];
	uint16_t open[ROUTE_ACCOUNTS_MAX]; /* by place: 1 + the batch with room; 0: none */
	size_t list_count, listed_count;
	struct fill_batch list[CHUNK_BATCHES_MAX]; /* their ids come with fill_list() */
	struct fill_listed *listed;
	struct carry carry;
	int64_t message_count, part_count, cost_micro, suppressed;
	int64_t ceiling_micro; /* what its messages cost at most, whichever account carries them */
};

void fill_init(struct fill *fill);
void fill_deinit(struct fill *fill);
/* Whether nothing forbids a message to the client of a row, before its text is looked at. */
bool fill_wants(const struct chunk_head *head, const struct pg_result *rows, size_t row);
/* What a chunk is filled from. */
struct fill_source {
	const struct chunk_head *head;
	const struct pg_result *rows; /* of load_clients() */
	const struct route_store *store;
	const struct route_scope *scope; /* over the store's book */
	struct route_caps *caps;
	const struct render_plan *plan; /* NULL: a chunk of the API */
	struct cap *cap;		/* NULL: no frequency is counted */
};
/* Turn the rows into messages, batches and suppressions; what `fill` held before is forgotten.
 * fill->promo holds the codes for the text; `cap` learns who gets no message after all. */
void fill_chunk(struct fill *fill, const struct fill_source *source);
/* Give the batches that list messages their ids, fill->list_count of them. */
void fill_list(struct fill *fill, const int64_t *ids);
/* Whether its rows are so few that fill_queue() costs less than fill_copy(). */
bool fill_is_small(const struct fill *fill);
/* Store the rows within the caller's transaction: by COPY, or with a pipeline that is open. */
bool fill_copy(struct fill *fill, struct pg *pg, struct err *err);
bool fill_queue(const struct fill *fill, struct pg *pg, struct err *err);
/* Store which promo codes were given, with a pipeline that is open. */
bool fill_queue_promo(const struct fill *fill, struct pg *pg, int64_t run_id, struct err *err);

#endif
