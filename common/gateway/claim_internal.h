/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim_internal - what the halves of the claiming thread share. */
#ifndef VESTNIK_GATEWAY_CLAIM_INTERNAL_H
#define VESTNIK_GATEWAY_CLAIM_INTERNAL_H

#include "common/gateway/claim.h"
#include "common/gateway/claim_store.h"
#include "common/gateway/tickets.h"

#define CLAIM_RETRY_MS 200
#define RUNS_MAX       256

/* A batch claimed in part. */
struct held {
	int64_t batch_id, run_id;
	uint64_t not_before_ms;
	enum lane lane;
	uint16_t next, count;
	bool paced; /* one claim a round serves all of its run */
};

struct run_seen {
	int64_t run_id;
	uint64_t at_ms;
};

/* Where a claim of this round came from. */
struct origin {
	bool held;
	int64_t paced_run; /* 0: it has no pace, as far as is known */
	enum lane lane;
	int64_t batch_id;
};

struct claimer {
	struct gate *gate;
	struct claim_store store;
	struct tickets tickets;
	struct held *held;
	size_t held_count, held_cap;
	struct run_seen runs[RUNS_MAX];
	size_t run_count;
	uint64_t run_poll_ms;
	/* What a new ticket is taken to hold, a moving average by lane; full batches at first, for
	 * what is claimed beyond half a second of the rate would all be in doubt after a crash. */
	uint32_t messages_a_batch[LANE_COUNT];
	bool bulk_turn; /* the last round was one of urgent claims */
	bool no_lease;
	struct claim claims[CLAIMS_MAX];
	struct origin origins[CLAIMS_MAX];
	size_t claim_count;
};

/* NULL when the batch is not held. */
struct held *claim_held_find(struct claimer *c, int64_t batch_id);
void claim_held_drop(struct claimer *c, int64_t batch_id);

/* Take what no connection has begun back from the event thread, of all runs (run_id < 0) or of one,
 * and give it back to its batches. */
void claim_give_back(struct claimer *c, int64_t run_id);
/* The rest of batches claimed in part waits in the database again. */
void claim_release_held(struct claimer *c);

#endif
