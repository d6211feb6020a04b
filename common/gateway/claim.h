/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim - the claiming thread of one account: takes tickets, claims slices, hands them to the event
 * thread, and gives back what is not written when a run is stopped or the account cannot send.
 *
 *   claim.c         the thread and its rhythm
 *   claim_back.c    giving back
 *   claim_store.c   claims, un-claims and run states in the database
 *   tickets.c       the account's two queues at the broker
 *
 * Straight-line and blocking.  What it hands over belongs to the event thread; to have it back it
 * asks with a `recall` and waits for the answer. */
#ifndef VESTNIK_GATEWAY_CLAIM_H
#define VESTNIK_GATEWAY_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/gateway/note.h"
#include "common/gateway/gate.h"

/* Positions from .. to-1 of a batch that no connection has taken, with the messages in them. */
struct recalled {
	int64_t batch_id, run_id;
	int16_t attempt;
	uint16_t from, to;
	size_t count;
	int64_t *ids; /* owned */
};

struct recall {
	struct note note;
	struct gate *gate;
	bool all;
	int64_t run_id; /* else of this run */
	/* The answer: slices of one batch may follow each other, in order. */
	struct recalled *items;
	size_t count;
};

void *claim_thread(void *gate);

#endif
