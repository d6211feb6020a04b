/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gate - one account this process owns, as every gateway has it, whatever its provider is spoken
 * to with: the queue of slices, pacing and throttling, answers and receipts on their way to the
 * store threads.  A gateway embeds it as the first member of its own account.
 *
 *   gate.c         life, what others should know, receipts
 *   gate_send.c    the queue, recall
 *   gate_answer.c  what answers, silence and refusals mean
 *
 * Life: RUNNING -> DRAINING (nothing is claimed any more, what is unwritten goes back, answers are
 * waited for) -> ENDING (connections end, the threads end) -> GONE.  Dropping (the lease is over)
 * goes the same way, with nothing written or decided any more.  Once the process has given up
 * (give_up.h) the threads end with what they have in hand, which the next holder puts in doubt.
 *
 * When the settings change, the account goes on with the new ones where its gateway can, else it is
 * closed and opened anew.
 *
 * Threads: what stands first is shared with the claiming and the answering thread of the account;
 * the rest, and all functions, are the event thread's. */
#ifndef VESTNIK_GATEWAY_GATE_H
#define VESTNIK_GATEWAY_GATE_H

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/metrics.h"
#include "common/base/queue.h"
#include "common/gateway/bundle.h"
#include "common/gateway/gateway.h"
#include "common/gateway/lease.h"
#include "common/gateway/note.h"
#include "common/gateway/pacer.h"
#include "common/gateway/rate.h"
#include "common/gateway/receipts.h"
#include "common/gateway/refusal.h"
#include "common/gateway/settings.h"
#include "common/gateway/slice.h"
#include "common/model/message.h"

#define GATE_STOPPED_SIZE SETTINGS_PROBLEM_SIZE

struct recall;

enum gate_phase { GATE_RUNNING, GATE_DRAINING, GATE_ENDING, GATE_GONE };

struct gate_metrics {
	struct metric *submitted, *accepted, *refused[REFUSAL_COUNT]; /* NULL: never refused so */
	struct metric *throttled, *timeouts, *doubts, *receipts, *receipts_refused;
	struct metric *replies, *replies_refused;
	struct metric *answer_time, *claim_time, *unwritten, *epoch;
};

struct gate {
	/* --- shared with the store threads: constants, queues, atomics */
	struct gateway *gateway;
	/* The head of the gateway's own.  Those in force before stay until the end, because threads
	 * may be reading them. */
	struct gateway_settings *_Atomic settings;
	struct lease *lease;
	int32_t epoch;
	int16_t slot;	       /* run_count.slot of this account's counts */
	struct queue *claims;  /* notes to the claiming thread */
	struct queue *answers; /* bundles to the answering thread */
	int stop_fd;	       /* readable once nothing more is to be claimed */
	struct gate_metrics metrics;
	struct ended_note claim_ended, answer_ended;

	_Atomic uint32_t unwritten[LANE_COUNT]; /* parts claimed and not written */
	_Atomic uint32_t allowed, measured;	/* parts a second, see rate.h */
	_Atomic bool may_send;			/* some connection can take messages */
	_Atomic bool wake_posted;		/* a NOTE_WAKE is under way to `claims` */
	_Atomic bool answers_end;		/* no bundle will follow */
	_Atomic uint64_t committed;		/* bundles whose answers are in the database */

	/* --- the event thread's */
	struct gate *next; /* of the gateway's */
	enum gate_phase phase;
	bool dropped; /* the lease is over: nothing is written or decided */
	struct gateway_settings *next_settings; /* open anew with these once gone; or NULL */

	struct slice *queue_head[LANE_COUNT], *queue_tail[LANE_COUNT];
	struct pacer pacer;
	struct rate rate;
	uint32_t written; /* parts since the last second's tick */
	uint64_t second_at_ms;
	uint64_t unwritable_since_ms; /* 0: some connection can take a part */
	uint64_t drain_until_ms;

	bool stopped; /* an answer said that the settings are wrong */
	char stopped_reason[GATE_STOPPED_SIZE];

	struct bundle *bundle;			/* being filled, or NULL */
	struct bundle *ready_head, *ready_tail; /* full, not yet taken by the queue */
	uint64_t handed;			/* bundles begun so far */
	struct receipt_load *load;		/* being filled, or NULL */
	uint32_t receipts_pending;		/* loads on their way */
	struct event *hand; /* the gateway's: hands on what was gathered, see gate_hand_soon() */

	pthread_t claim_thread, answer_thread;
	bool claim_running, answer_running;
};

/* --- life ----------------------------------------------------------------------------------------
 */

/* Takes `settings`, which are freed by gate_close().  With a problem in them the account is stopped
 * from the start. */
void gate_open(struct gate *g, struct gateway *gateway, struct lease *lease, int32_t epoch,
	       struct gateway_settings *settings);
/* Once connections may be asked for: claiming begins, after the recovery of what older holders
 * left. */
void gate_start_threads(struct gate *g);
/* Takes `settings` in place of those in force; rate and stopping are decided anew. */
void gate_set_settings(struct gate *g, struct gateway_settings *settings);
/* Nothing is claimed any more; repeating it is harmless. */
void gate_drain(struct gate *g);
/* Whether draining is over: nothing is claimed, nothing outstanding, or its time is up. */
bool gate_drained(const struct gate *g, uint32_t outstanding, uint64_t now_ms);
/* With the connections closed: true once the last receipt has come back and both threads have
 * ended.  Then gateway_gate_gone() is due. */
bool gate_ended(struct gate *g);
void gate_thread_ended(struct gate *g, enum note_kind kind);
/* Releases everything; both threads have ended. */
void gate_close(struct gate *g);

/* --- what others should know ---------------------------------------------------------------------
 */

/* Whether a byte may be written for this account right now. */
bool gate_owned(const struct gate *g);
/* Sending ends until a person changes the account; the caller publishes. */
void gate_stop(struct gate *g, const char *reason);
/* Tell store threads and lease what the account can do now.  `sends`: some connection takes
 * messages at all; `room`: one could take a part now.  Without room for three seconds others may
 * have the messages. */
void gate_publish(struct gate *g, bool sends, bool room);
/* Make the claiming thread look at the atomics; cheap when it was told already.  Any thread. */
void gate_wake_claims(struct gate *g);
/* Rates and gauges, a second after the last time. */
void gate_second(struct gate *g, uint64_t now_ms);

/* --- gate_send.c: the queue ----------------------------------------------------------------------
 */

/* Takes the slice; false when it held no message and is gone. */
bool gate_take_slice(struct gate *g, struct slice *slice);
/* The slice whose cursor stands at the next message to send, or NULL; urgent ones first.  Messages
 * that are not to be sent get their fate. */
struct slice *gate_next(struct gate *g, int64_t wall_us);
/* Take the message at its cursor off the queue; its index.  The slice stays until the message is
 * resolved. */
unsigned gate_take(struct gate *g, struct slice *slice);
/* So many parts are no longer unwritten. */
void gate_written(struct gate *g, enum lane lane, uint32_t parts);
/* After parts were written: have more claimed when little is left. */
void gate_ask_for_more(struct gate *g);
void gate_recall(struct gate *g, struct recall *recall);

/* --- gate_answer.c: what answers mean ------------------------------------------------------------
 */

/* A record to fill; `slice` and `m` may be NULL. */
struct answer *gate_record(struct gate *g, enum answer_kind kind, const struct slice *slice,
			   const struct slice_message *m);
/* Answers and receipts gathered go on in a little while: event `hand` fires. */
void gate_hand_soon(struct gate *g);
void gate_hand_bundle(struct gate *g);

/* The provider has answered a part, `us` after it was written. */
void gate_answered(struct gate *g, enum refusal refusal, uint64_t us);
/* Parts of a message, as `bits`, leave m->open and are accepted, refused, in doubt.  `part` and
 * `parts` as in receipt_ref.  gate_resolve() follows. */
struct answer *gate_accept(struct gate *g, const struct slice *slice, struct slice_message *m,
			   uint64_t bits, int part, int parts, const char *id);
struct answer *gate_refuse(struct gate *g, const struct slice *slice, struct slice_message *m,
			   uint64_t bits, int part, enum refusal refusal, uint32_t status);
void gate_doubt(struct gate *g, struct slice_message *m, uint64_t bits);
/* Parts that were never written leave m->open, as refused (`status` not 0) or in doubt. */
void gate_hold_back(struct gate *g, const struct slice *slice, struct slice_message *m,
		    uint64_t bits, enum refusal refusal, uint32_t status);
/* When no part is open any more the message has its outcome; its slice may be gone afterwards. */
void gate_resolve(struct gate *g, struct slice *slice, struct slice_message *m);
/* The provider asked to slow down.  True: rates have changed, publish. */
bool gate_throttle(struct gate *g);

/* Between the files of gate: a message that gets its fate without being sent; its slice may be
 * freed by it.  Release a slice when it owes nothing more. */
void gate_settle_unsent(struct gate *g, struct slice *slice, struct slice_message *m,
			enum message_state state, int reason);
void gate_slice_done(struct slice *slice);

/* --- receipts ------------------------------------------------------------------------------------
 */

/* The load being filled, with room for one more receipt or message; *full_out is one that had no
 * room and that nobody takes (as gate_hand_receipts() says), else NULL. */
struct receipt_load *gate_load(struct gate *g, struct receipt_load **full_out);
/* Hand the load on.  NULL, or the load itself when the receipt thread takes no more: it is the
 * caller's to answer. */
struct receipt_load *gate_hand_receipts(struct gate *g);

#endif
