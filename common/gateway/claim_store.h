/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim_store - what the claiming thread does in the database.  Inner part of claim. */
#ifndef VESTNIK_GATEWAY_CLAIM_STORE_H
#define VESTNIK_GATEWAY_CLAIM_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/store/pg.h"
#include "common/gateway/claim.h"
#include "common/gateway/gate.h"
#include "common/gateway/slice.h"

#define CLAIMS_MAX 48 /* of one transaction */

enum claim_outcome {
	CLAIM_CLAIMED,
	CLAIM_DONE,	/* nothing left of it, or it is not this account's */
	CLAIM_BUSY,	/* locked by somebody for a moment */
	CLAIM_STOPPED,	/* run paused or cancelled: what is unwritten of the run must go back */
	CLAIM_EXPIRED,	/* its time is over */
	CLAIM_PACED,	/* ours, but its run's pace leaves nothing for now */
	CLAIM_NO_LEASE, /* the account is somebody else's */
};

struct claim {
	/* asked */
	int64_t batch_id;
	uint32_t max_parts;
	/* answered */
	enum claim_outcome outcome;
	int64_t run_id;
	uint16_t to, message_count;
	int32_t wait_ms;     /* its run can have nothing more before; -1: it has no pace */
	struct slice *slice; /* when claimed; the caller's */
};

struct unclaimed {
	bool done;
	/* When not: the fate its messages have now; MESSAGE_QUEUED: it is not ours to say. */
	enum message_state state;
	int reason;
};

struct claim_store {
	struct gate *gate;
	struct pg *pg;
	struct pg_params *params;
	struct slice_row *rows;
	size_t row_cap;
};

/* Waits for the database.  False: ERR_STOPPING. */
bool claim_store_open(struct claim_store *c, struct gate *gate, struct err *err);
void claim_store_close(struct claim_store *c);
/* Put what older epochs left behind in doubt. */
bool claim_store_recover(struct claim_store *c, int32_t *marked_out, struct err *err);
/* All claims in one transaction.  True: committed, and every claim answered.  False: nothing is
 * claimed, also when the answer of COMMIT had to be read back. */
bool claim_store_claim(struct claim_store *c, struct claim *claims, size_t count, struct err *err);
/* Of these runs, those that are not to be sent now; *out holds `count`. */
bool claim_store_stopped_runs(struct claim_store *c, const int64_t *runs, size_t count,
			      int64_t *out, size_t *out_count, struct err *err);
/* Give positions back; safe to repeat. */
bool claim_store_unclaim(struct claim_store *c, int64_t batch_id, uint16_t from, uint16_t to,
			 struct unclaimed *out, struct err *err);

#endif
