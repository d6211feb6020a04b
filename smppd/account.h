/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - an SMPP account this process owns, as the event thread sees it: its sessions, the queue
 * of slices, pacing and throttling, answers and receipts on their way to the store threads.
 *
 *   account.c          life: opening, draining, closing; timers
 *   account_send.c     queue, pump, recall
 *   account_answer.c   what answers, silence and refusals mean
 *   account_receipt.c  deliver_sm and data_sm
 *
 * Life: RUNNING -> DRAINING (nothing is claimed any more, what is unwritten goes back, answers are
 * waited for) -> ENDING (sessions unbind, the threads end) -> GONE.  Dropping (the lease is over)
 * goes the same way, with the sessions cut and nothing written or decided any more.  Once the
 * process has given up (give_up.h) the threads end with what they have in hand, which the next
 * holder puts in doubt, and sessions are cut.
 *
 * Owner: the loop.  Threads: event thread only, besides `shared`. */
#ifndef VESTNIK_SMPPD_ACCOUNT_H
#define VESTNIK_SMPPD_ACCOUNT_H

#include <event2/event.h>
#include <pthread.h>

#include "smppd/bundle.h"
#include "smppd/loop.h"
#include "smppd/pacer.h"
#include "smppd/rate.h"
#include "smppd/receipts.h"
#include "smppd/refusal.h"
#include "smppd/session.h"
#include "smppd/shared.h"
#include "smppd/submit.h"

#define STOPPED_SIZE 200

struct recall;

enum account_phase { ACCOUNT_RUNNING, ACCOUNT_DRAINING, ACCOUNT_ENDING, ACCOUNT_GONE };

/* Why the rest of a message begun is not written. */
enum held { HELD_IN_DOUBT, HELD_REFUSED, HELD_UNWRITABLE };

struct account {
	struct shared shared; /* first: threads know the account by it */
	struct loop *loop;
	struct account *next;
	enum account_phase phase;
	bool dropped; /* the lease is over: nothing is written or decided */
	bool reopen;  /* open anew with `next_settings` once gone */
	struct settings next_settings;
	SSL_CTX *tls;
	struct session *sessions;
	int session_count, next_session;
	struct submitter submitter;

	struct slice *queue_head[LANE_COUNT], *queue_tail[LANE_COUNT];
	struct pacer pacer;
	struct rate rate;
	uint32_t written; /* parts since the last second's tick */
	uint64_t second_at_ms;
	uint64_t unwritable_since_ms; /* 0: some session can take a part */
	uint64_t drain_until_ms;

	bool stopped; /* an answer said that the settings are wrong */
	char stopped_reason[STOPPED_SIZE];

	struct bundle *bundle;			/* being filled, or NULL */
	struct bundle *ready_head, *ready_tail; /* full, not yet taken by the queue */
	uint64_t handed;			/* bundles begun so far */
	struct receipt_load *load;		/* being filled, or NULL */
	uint32_t receipts_pending;		/* loads on their way */

	struct event *tick, *pace, *hand;
	pthread_t claim_thread, answer_thread;
	bool claim_running, answer_running;
};

/* --- life ----------------------------------------------------------------------------------------
 */

struct account *account_open(struct loop *loop, struct lease *lease, int32_t epoch,
			     const struct settings *settings);
/* Finish what is in hand and close, or (drop) close at once; loop_account_gone() follows. */
void account_close(struct account *a, bool drop);
void account_free(struct account *a); /* when gone */

/* Notes from the store threads. */
void account_take_slice(struct account *a, struct slice *slice);
void account_recall(struct account *a, struct recall *recall);
void account_claim_ended(struct account *a);
void account_answer_ended(struct account *a);
void account_receipts_done(struct receipt_load *load);

/* Whether a byte may be written for this account right now. */
bool account_owned(const struct account *a);
/* Sending ends until a person changes the account. */
void account_stop(struct account *a, const char *reason);
/* Tell store threads and lease what the account can do now. */
void account_publish(struct account *a);

/* --- told by sessions ----------------------------------------------------------------------------
 */

void account_session_changed(struct account *a, struct session *s);
void account_bind_refused(struct account *a, const char *reason);
void account_answer(struct account *a, struct session *s, const struct submit *submit,
		    uint32_t status, const char *id);
void account_late_answer(struct account *a, const struct submit *submit, uint32_t status,
			 const char *id);
void account_unanswered(struct account *a, const struct submit *submit);
void account_held_back(struct account *a, struct session *s, enum held why);
void account_deliver(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
		     const struct smpp_sm *sm);

/* --- between the files of account
 * ------------------------------------------------------------------
 */

/* Write what may be written now. */
void account_pump(struct account *a);
uint32_t account_outstanding(const struct account *a);
bool account_can_send(const struct account *a); /* some session takes messages at all */
void account_discard_queue(struct account *a);
/* A message that gets its fate without being sent; its slice may be freed by it. */
void account_settle_unsent(struct account *a, struct slice *slice, struct slice_message *m,
			   enum message_state state, int reason);
void account_written(struct account *a, enum lane lane, uint32_t parts);
/* A record to fill; `about` may be NULL. */
struct answer *account_record(struct account *a, enum answer_kind kind, const struct slice *slice,
			      const struct slice_message *m);
/* Answers and receipts gathered go on in a little while, or at once. */
void account_hand_soon(struct account *a);
void account_hand_bundle(struct account *a);
void account_hand_receipts(struct account *a);
/* Release a slice when it owes nothing more. */
void account_slice_done(struct account *a, struct slice *slice);

#endif
