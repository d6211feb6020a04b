/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gate_answer - what answers, silence and refusals mean for messages (contract in gate.h).
 *
 * A part is settled once: its bit leaves m->open and may join m->refused or m->doubt.  When none is
 * open the message is resolved and its slice owes one message less. */
#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/gateway/gate.h"

/* --- records -----------------------------------------------------------------------------------
 */

struct answer *gate_record(struct gate *g, enum answer_kind kind, const struct slice *slice,
			   const struct slice_message *m)
{
	struct answer *r;

	if (g->bundle != NULL && g->bundle->count == BUNDLE_ANSWERS)
		gate_hand_bundle(g);
	if (g->bundle == NULL) {
		g->bundle = bundle_new();
		g->bundle->counted = true;
		g->handed++;
		gate_hand_soon(g);
	}
	r = bundle_add(g->bundle);
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
static void flush_ready(struct gate *g)
{
	while (g->ready_head != NULL) {
		struct bundle *next = g->ready_head->next;

		if (!queue_try_put(g->answers, g->ready_head))
			return;
		g->ready_head = next;
	}
	g->ready_tail = NULL;
}

/* The queue is bounded; what it does not take waits here, bounded by what can be outstanding. */
void gate_hand_bundle(struct gate *g)
{
	struct bundle *b = g->bundle;

	g->bundle = NULL;
	if (b != NULL && g->ready_tail != NULL)
		g->ready_tail->next = b;
	else if (b != NULL)
		g->ready_head = b;
	if (b != NULL)
		g->ready_tail = b;
	flush_ready(g);
}

/* --- resolving ---------------------------------------------------------------------------------
 */

void gate_slice_done(struct slice *slice)
{
	if (slice->unresolved == 0 && slice->cursor == slice->count)
		mem_free(slice);
}

static void message_done(struct slice *slice)
{
	slice->unresolved--;
	gate_slice_done(slice);
}

void gate_settle_unsent(struct gate *g, struct slice *slice, struct slice_message *m,
			enum message_state state, int reason)
{
	struct answer *r;

	if (!g->dropped) {
		r = gate_record(g, state == MESSAGE_CLAIMED ? ANSWER_PASSED : ANSWER_SETTLE, slice,
				m);
		r->state = (uint8_t)state;
		r->reason = reason;
		r->weight = m->weight;
	}
	message_done(slice);
}

/* The message as a whole, once none of its parts is open; not for accepted ones. */
static void record_outcome(struct gate *g, const struct slice *slice, const struct slice_message *m)
{
	const struct outcome_facts facts = {
		.class = slice->class,
		.all = slice_bits(m->pdus),
		.todo = m->todo,
		.refused = m->refused,
		.doubt = m->doubt,
		.gravest = m->gravest,
	};
	uint64_t mask;
	enum outcome outcome = refusal_outcome(&facts, &mask);
	struct answer *r;

	switch (outcome) {
	case OUTCOME_DOUBT:
		r = gate_record(g, ANSWER_DOUBT, slice, m);
		metric_add(g->metrics.doubts, 1);
		break;
	case OUTCOME_ROUTE:
		r = gate_record(g, ANSWER_ROUTE, slice, m);
		break;
	case OUTCOME_FAIL:
		r = gate_record(g, ANSWER_SETTLE, slice, m);
		r->state = MESSAGE_FAILED;
		break;
	default:
		r = gate_record(g, ANSWER_RETRY, slice, m);
		break;
	}
	r->outcome = (uint8_t)outcome;
	r->mask = slice_mask(m, mask);
	r->status = m->status;
	r->reason = g->gateway->kind->reason_base + (int32_t)m->status;
	r->weight = m->weight;
}

void gate_resolve(struct gate *g, struct slice *slice, struct slice_message *m)
{
	if (m->open != 0)
		return;
	if (!g->dropped && (m->refused != 0 || m->doubt != 0))
		record_outcome(g, slice, m);
	message_done(slice);
}

/* --- parts -------------------------------------------------------------------------------------
 */

void gate_answered(struct gate *g, enum refusal refusal, uint64_t us)
{
	metric_observe_us(g->metrics.answer_time, us);
	lease_meter_answer(g->lease, refusal, us);
}

struct answer *gate_accept(struct gate *g, const struct slice *slice, struct slice_message *m,
			   uint64_t bits, int part, int parts, const char *id)
{
	struct answer *r = gate_record(g, ANSWER_ACCEPTED, slice, m);

	metric_add(g->metrics.accepted, 1);
	m->open &= ~bits;
	r->part = (int8_t)part;
	r->parts = (uint8_t)parts;
	r->whole = m->open == 0 && m->refused == 0 && m->doubt == 0;
	r->weight = r->whole ? m->weight : 0;
	snprintf(r->id, sizeof(r->id), "%s", id);
	return r;
}

static void note_refusal(struct slice_message *m, enum refusal refusal, uint32_t status)
{
	if (m->status == 0 || refusal_graver(refusal, m->gravest) == refusal) {
		m->status = status;
		m->gravest = refusal;
	}
}

struct answer *gate_refuse(struct gate *g, const struct slice *slice, struct slice_message *m,
			   uint64_t bits, int part, enum refusal refusal, uint32_t status)
{
	struct answer *r = gate_record(g, ANSWER_REFUSED, slice, m);

	r->part = (int8_t)part;
	r->status = status;
	metric_add(g->metrics.refused[refusal], 1);
	m->open &= ~bits;
	m->refused |= bits;
	note_refusal(m, refusal, status);
	return r;
}

void gate_doubt(struct gate *g, struct slice_message *m, uint64_t bits)
{
	lease_meter_timeout(g->lease);
	m->open &= ~bits;
	m->doubt |= bits;
}

void gate_hold_back(struct gate *g, const struct slice *slice, struct slice_message *m,
		    uint64_t bits, enum refusal refusal, uint32_t status)
{
	gate_written(g, slice->lane, (uint32_t)__builtin_popcountll(bits));
	m->open &= ~bits;
	if (status == 0) {
		m->doubt |= bits;
		return;
	}
	m->refused |= bits;
	note_refusal(m, refusal, status);
}

bool gate_throttle(struct gate *g)
{
	if (!rate_throttle(&g->rate, clock_mono_ms(), g->written))
		return false;
	metric_add(g->metrics.throttled, 1);
	pacer_set_rate(&g->pacer, rate_allowed(&g->rate));
	return true;
}
