/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_answer - what answers, silence and refusals mean for messages (contract in account.h).
 *
 * A part is settled once: its bit leaves m->open and may join m->refused or m->doubt.  When none is
 * open the message is resolved and its slice owes one message less. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "smppd/account.h"

/* --- records -----------------------------------------------------------------------------------
 */

struct answer *account_record(struct account *a, enum answer_kind kind, const struct slice *slice,
			      const struct slice_message *m)
{
	struct answer *r;

	if (a->bundle != NULL && a->bundle->count == BUNDLE_ANSWERS)
		account_hand_bundle(a);
	if (a->bundle == NULL) {
		a->bundle = bundle_new();
		a->bundle->counted = true;
		a->handed++;
		account_hand_soon(a);
	}
	r = bundle_add(a->bundle);
	r->kind = (uint8_t)kind;
	r->at_us = clock_wall_us();
	if (slice != NULL) {
		r->batch_id = slice->batch_id;
		r->run_id = slice->run_id;
		r->attempt = slice->attempt;
	}
	if (m != NULL) {
		r->message_id = m->id;
		r->msisdn = m->msisdn;
	}
	return r;
}

/* A bundle that was put is the answering thread's, which may have freed it already. */
static void flush_ready(struct account *a)
{
	while (a->ready_head != NULL) {
		struct bundle *next = a->ready_head->next;

		if (!queue_try_put(a->shared.answers, a->ready_head))
			return;
		a->ready_head = next;
	}
	a->ready_tail = NULL;
}

/* The queue is bounded; what it does not take waits here, bounded by what can be outstanding. */
void account_hand_bundle(struct account *a)
{
	struct bundle *b = a->bundle;

	a->bundle = NULL;
	if (b != NULL && a->ready_tail != NULL)
		a->ready_tail->next = b;
	else if (b != NULL)
		a->ready_head = b;
	if (b != NULL)
		a->ready_tail = b;
	flush_ready(a);
}

/* --- resolving ---------------------------------------------------------------------------------
 */

void account_slice_done(struct account *a, struct slice *slice)
{
	(void)a;
	if (slice->unresolved == 0 && slice->cursor == slice->count)
		mem_free(slice);
}

static void message_done(struct account *a, struct slice *slice)
{
	slice->unresolved--;
	account_slice_done(a, slice);
}

void account_settle_unsent(struct account *a, struct slice *slice, struct slice_message *m,
			   enum message_state state, int reason)
{
	struct answer *r;

	if (!a->dropped) {
		r = account_record(a, state == MESSAGE_CLAIMED ? ANSWER_PASSED : ANSWER_SETTLE,
				   slice, m);
		r->state = (uint8_t)state;
		r->reason = reason;
		r->weight = m->weight;
	}
	message_done(a, slice);
}

/* The message as a whole, once none of its parts is open; not for accepted ones. */
static void record_outcome(struct account *a, const struct slice *slice,
			   const struct slice_message *m)
{
	const struct outcome_facts facts = {
		.class = slice->class,
		.all = slice_bits(m->pdus),
		.todo = m->todo,
		.refused = m->refused,
		.doubt = m->doubt,
		.action = m->action,
	};
	uint64_t mask;
	enum outcome outcome = refusal_outcome(&facts, &mask);
	struct answer *r;

	switch (outcome) {
	case OUTCOME_DOUBT:
		r = account_record(a, ANSWER_DOUBT, slice, m);
		metric_add(a->shared.metrics.doubts, 1);
		break;
	case OUTCOME_ROUTE:
		r = account_record(a, ANSWER_ROUTE, slice, m);
		break;
	case OUTCOME_FAIL:
		r = account_record(a, ANSWER_SETTLE, slice, m);
		r->state = MESSAGE_FAILED;
		break;
	default:
		r = account_record(a, ANSWER_RETRY, slice, m);
		break;
	}
	r->outcome = (uint8_t)outcome;
	r->mask = slice_mask(m, mask);
	r->status = m->status;
	r->reason = REASON_SMPP_BASE + (int32_t)m->status;
	r->weight = m->weight;
}

static void resolve(struct account *a, struct slice *slice, struct slice_message *m)
{
	if (m->open != 0)
		return;
	if (!a->dropped && (m->refused != 0 || m->doubt != 0))
		record_outcome(a, slice, m);
	message_done(a, slice);
}

/* --- what sessions tell ------------------------------------------------------------------------
 */

static void copy_id(struct answer *r, const char *id)
{
	snprintf(r->id, sizeof(r->id), "%s", id);
}

static void accepted(struct account *a, const struct submit *submit, struct slice_message *m,
		     const char *id)
{
	struct answer *r = account_record(a, ANSWER_ACCEPTED, submit->slice, m);

	metric_add(a->shared.metrics.accepted, 1);
	r->part = submit->ref_part;
	r->parts = submit->parts;
	r->whole = m->open == 0 && m->refused == 0 && m->doubt == 0;
	r->weight = r->whole ? m->weight : 0;
	copy_id(r, id);
}

static void note_refusal(struct slice_message *m, uint32_t status)
{
	enum smpp_action action = smpp_status_action(status);

	if (m->status == 0 || refusal_graver(action, m->action) == action) {
		m->status = status;
		m->action = action;
	}
}

static void refuse_account(struct account *a, uint32_t status)
{
	char reason[STOPPED_SIZE];

	snprintf(reason, sizeof(reason), "submit refused: %s (0x%08x); correct the account",
		 smpp_status_name(status), (unsigned)status);
	account_stop(a, reason);
}

/* Refusals name the part itself, whatever a receipt would cover. */
static int8_t refused_part(const struct submit *submit)
{
	return (int8_t)abs(submit->ref_part);
}

static void refused(struct account *a, struct session *s, const struct submit *submit,
		    struct slice_message *m, uint32_t status)
{
	enum smpp_action action = smpp_status_action(status);
	struct answer *r = account_record(a, ANSWER_REFUSED, submit->slice, m);

	r->part = refused_part(submit);
	r->status = status;
	metric_add(a->shared.metrics.refused[action], 1);
	m->refused |= UINT64_C(1) << submit->pdu;
	note_refusal(m, status);
	if (s->slice == submit->slice && s->message == submit->message) {
		/* The rest would only be refused as well, or arrive without its beginning. */
		uint64_t rest = session_hold_back(s);

		m->open &= ~rest;
		m->refused |= rest;
		account_written(a, submit->slice->lane, (uint32_t)__builtin_popcountll(rest));
	}
	if (action == SMPP_SLOW && rate_throttle(&a->rate, clock_mono_ms(), a->written)) {
		metric_add(a->shared.metrics.throttled, 1);
		pacer_set_rate(&a->pacer, rate_allowed(&a->rate));
		account_publish(a);
	}
	if (action == SMPP_BAD)
		refuse_account(a, status);
}

void account_answer(struct account *a, struct session *s, const struct submit *submit,
		    uint32_t status, const char *id)
{
	struct slice *slice = submit->slice;
	struct slice_message *m = &slice->messages[submit->message];

	metric_observe_us(a->shared.metrics.answer_time, clock_mono_ns() / 1000 - submit->at_us);
	m->open &= ~(UINT64_C(1) << submit->pdu);
	if (status == ESME_ROK)
		accepted(a, submit, m, id);
	else
		refused(a, s, submit, m, status);
	resolve(a, slice, m);
	if (status != ESME_ROK && smpp_status_action(status) == SMPP_REBIND)
		session_end(s, status == ESME_RALYBND ? END_BUSY : END_REBIND,
			    smpp_status_name(status));
}

/* The part was put in doubt already, and its slice may be gone. */
void account_late_answer(struct account *a, const struct submit *submit, uint32_t status,
			 const char *id)
{
	struct answer *r;

	if (a->dropped)
		return;
	r = account_record(a, status == ESME_ROK ? ANSWER_LATE_ACCEPTED : ANSWER_REFUSED, NULL,
			   NULL);
	r->message_id = submit->message_id;
	r->batch_id = submit->batch_id;
	r->run_id = submit->run_id;
	r->msisdn = submit->msisdn;
	r->attempt = submit->attempt;
	r->part = status == ESME_ROK ? submit->ref_part : refused_part(submit);
	r->parts = submit->parts;
	r->status = status;
	copy_id(r, id);
}

void account_unanswered(struct account *a, const struct submit *submit)
{
	struct slice *slice = submit->slice;
	struct slice_message *m = &slice->messages[submit->message];
	uint64_t bit = UINT64_C(1) << submit->pdu;

	m->open &= ~bit;
	m->doubt |= bit;
	resolve(a, slice, m);
}

/* The rest of the message a session has begun is not written any more. */
void account_held_back(struct account *a, struct session *s, enum held why)
{
	struct slice *slice = s->slice;
	struct slice_message *m = &slice->messages[s->message];
	uint64_t rest = session_hold_back(s);

	account_written(a, slice->lane, (uint32_t)__builtin_popcountll(rest));
	m->open &= ~rest;
	if (why == HELD_IN_DOUBT) {
		m->doubt |= rest;
	} else {
		m->refused |= rest;
		note_refusal(m, why == HELD_UNWRITABLE ? ESME_RINVMSGLEN : ESME_RSYSERR);
	}
	resolve(a, slice, m);
}
