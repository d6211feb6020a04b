/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* chunk - one chunk in, its batches out, in one transaction and a constant number of round trips.
 *
 * Owner: the worker, one thread. */
#ifndef VESTNIK_DISPATCHERD_CHUNK_H
#define VESTNIK_DISPATCHERD_CHUNK_H

#include "common/store/pg.h"
#include "dispatcherd/load.h"

struct chunker;

/* `slot` is this process' number in run_count. */
struct chunker *chunker_new(int16_t slot);
void chunker_free(struct chunker **chunker);

enum chunk_outcome {
	CHUNK_STORED,	/* messages and batches are committed */
	CHUNK_NOT_HERE, /* done already, in another's hands, or no longer to be sent */
	CHUNK_PUT_BACK, /* its run is paused, it is quiet at its clients', or it needs more money:
			   it waits again */
	CHUNK_GIVEN_UP, /* taken too often without progress: stuck, an operator must look */
};

struct chunk_report {
	enum chunk_outcome outcome;
	int64_t messages, parts, suppressed;
	/* Urgent batches, whose tickets the caller publishes now. */
	size_t urgent_count;
	struct {
		int16_t account_id;
		int64_t batch_id;
	} urgent[CHUNK_BATCHES_MAX];
};

/* Dispatch one chunk.  False leaves the transaction to be rolled back by the caller; on ERR_UNKNOWN
 * `report` holds what will be true if chunk_is_done() says so. */
bool chunk_dispatch(struct chunker *chunker, struct pg *pg, int64_t chunk_id, bool count_take,
		    struct chunk_report *report, struct err *err);
/* Read back whether a commit of unknown outcome happened. */
bool chunk_is_done(struct pg *pg, int64_t chunk_id, bool *done_out, struct err *err);

#endif
