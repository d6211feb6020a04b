/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* shared - what the event thread and the two store threads of one account have in common: settings
 * that never change, queues, atomics.
 *
 * When the settings change, the account is closed and opened anew with another `shared`. */
#ifndef VESTNIK_SMPPD_SHARED_H
#define VESTNIK_SMPPD_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/metrics.h"
#include "common/base/queue.h"
#include "common/model/message.h"
#include "common/sms/smpp.h"
#include "smppd/lease.h"
#include "smppd/note.h"
#include "smppd/settings.h"

/* One for the process, constant after start. */
struct context {
	const char *database_url, *broker_url;
	char owner[96]; /* this process start, in account_lease.owner */
	char application[64];
	struct queue *loop; /* notes to the event thread */
	struct receipts *receipts;
	int64_t receipt_wait_ms;
	_Atomic uint64_t receipts_until_ms; /* at a stop: no receipt is held longer; else 0 */
	int64_t drain_ms;
};

struct receipts;

struct account_metrics {
	struct metric *bound, *window_used, *submitted, *accepted, *refused[SMPP_REBIND + 1];
	struct metric *throttled, *timeouts, *doubts, *receipts, *receipts_refused;
	struct metric *replies, *replies_refused;
	struct metric *answer_time, *claim_time, *unwritten, *epoch, *malformed;
};

struct shared {
	const struct context *context;
	struct settings settings;
	struct lease *lease;
	int32_t epoch;
	int16_t slot;	       /* run_count.slot of this account's counts */
	struct queue *claims;  /* notes to the claiming thread */
	struct queue *answers; /* bundles to the answering thread */
	int stop_fd;	       /* readable once nothing more is to be claimed */
	struct account_metrics metrics;
	struct ended_note claim_ended, answer_ended;

	_Atomic uint32_t unwritten[LANE_COUNT]; /* parts claimed and not written */
	_Atomic uint32_t allowed, measured;	/* parts a second, see rate.h */
	_Atomic bool may_send;			/* some session can take messages */
	_Atomic bool wake_posted;		/* a NOTE_WAKE is under way to `claims` */
	_Atomic bool answers_end;		/* no bundle will follow */
	_Atomic uint64_t committed;		/* bundles whose answers are in the database */
};

/* Make the claiming thread look at the atomics; cheap when it was told already. */
void shared_wake_claims(struct shared *s);

#endif
