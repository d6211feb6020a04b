/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_send - the queue of slices, and what is written when (contract in account.h).
 *
 * Urgent slices go first, each lane in order.  A message goes to one session, which writes all its
 * parts one after another; the next message goes to the next session that has room. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "smppd/account.h"
#include "smppd/claim.h"

#define WRITES_A_TURN 4096 /* then others have their turn */

/* --- the queue ---------------------------------------------------------------------------------
 */

void account_written(struct account *a, enum lane lane, uint32_t parts)
{
	atomic_fetch_sub(&a->shared.unwritten[lane], parts);
}

static void queue_pop(struct account *a, enum lane lane)
{
	struct slice *slice = a->queue_head[lane];

	a->queue_head[lane] = slice->next;
	if (slice->next == NULL)
		a->queue_tail[lane] = NULL;
	account_slice_done(a, slice);
}

void account_take_slice(struct account *a, struct slice *slice)
{
	enum lane lane = slice->lane;
	struct answer *r;

	if (slice->count == 0) { /* positions without messages */
		r = account_record(a, ANSWER_PASSED, slice, NULL);
		r->weight = (uint16_t)(slice->to - slice->from);
		mem_free(slice);
		return;
	}
	slice->next = NULL;
	if (a->queue_tail[lane] != NULL)
		a->queue_tail[lane]->next = slice;
	else
		a->queue_head[lane] = slice;
	a->queue_tail[lane] = slice;
	account_pump(a);
}

/* Nothing of it was written; the next epoch finds it claimed and unanswered. */
void account_discard_queue(struct account *a)
{
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		while (a->queue_head[lane] != NULL) {
			struct slice *slice = a->queue_head[lane];

			account_written(a, slice->lane, slice->parts_left);
			slice->unresolved -= (uint16_t)(slice->count - slice->cursor);
			slice->cursor = slice->count;
			slice->parts_left = 0;
			queue_pop(a, (enum lane)lane);
		}
	}
}

/* Give the message at the cursor its fate when it is not to be sent.  False: it is to be sent. */
static bool settle_at_cursor(struct account *a, struct slice *slice, int64_t wall_us)
{
	struct slice_message *m = &slice->messages[slice->cursor];
	uint32_t parts = (uint32_t)__builtin_popcountll(m->todo);
	bool late = slice->deadline_us <= wall_us;

	if (m->fate == MESSAGE_QUEUED && !late)
		return false;
	slice->cursor++;
	slice->parts_left -= parts;
	account_written(a, slice->lane, parts);
	/* Ends with the slice perhaps; the caller looks at the queue again. */
	if (slice->cursor == slice->count)
		slice->unresolved++; /* held for queue_pop() */
	if (m->fate != MESSAGE_QUEUED)
		account_settle_unsent(a, slice, m, (enum message_state)m->fate, m->fate_reason);
	else
		account_settle_unsent(a, slice, m, MESSAGE_FAILED, REASON_DEADLINE);
	return true;
}

/* The slice whose cursor stands at the next message to send, or NULL.  No slice stays in the queue
 * with its cursor at the end. */
static struct slice *next_to_send(struct account *a, int64_t wall_us)
{
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		struct slice *slice;

		while ((slice = a->queue_head[lane]) != NULL) {
			if (!settle_at_cursor(a, slice, wall_us))
				return slice;
			if (slice->cursor < slice->count)
				continue;
			slice->unresolved--;
			queue_pop(a, (enum lane)lane);
		}
	}
	return NULL;
}

static void take_at_cursor(struct account *a, struct session *s, struct slice *slice)
{
	struct slice_message *m = &slice->messages[slice->cursor];

	slice->parts_left -= (uint32_t)__builtin_popcountll(m->todo);
	session_take(s, slice, slice->cursor++);
	if (slice->cursor == slice->count)
		queue_pop(a, slice->lane);
}

/* --- the pump ----------------------------------------------------------------------------------
 */

uint32_t account_outstanding(const struct account *a)
{
	uint32_t open = 0;

	for (int i = 0; i < a->session_count; i++)
		open += a->sessions[i].submits.open.count + (a->sessions[i].slice != NULL);
	return open;
}

bool account_can_send(const struct account *a)
{
	for (int i = 0; i < a->session_count; i++)
		if (session_sends(&a->sessions[i]))
			return true;
	return false;
}

/* The next session that can take a PDU: of its own message, or of the new one. */
static struct session *ready_session(struct account *a, const struct slice *next)
{
	for (int i = 0; i < a->session_count; i++) {
		struct session *s = &a->sessions[(a->next_session + i) % a->session_count];

		if (!session_has_room(s) ||
		    (s->slice == NULL && (next == NULL || !session_takes_new(s, next->lane))))
			continue;
		a->next_session = s->index;
		return s;
	}
	return NULL;
}

static void arm_pace(struct account *a, uint32_t wait_ms)
{
	const struct timeval wait = {wait_ms / 1000, (wait_ms % 1000) * 1000};

	event_add(a->pace, &wait);
}

struct turn {
	uint64_t now_ns;
	int64_t wall_us;
	uint32_t written;
};

/* One PDU; false when none can be written now. */
static bool write_one(struct account *a, struct turn *t)
{
	struct slice *next = a->stopped ? NULL : next_to_send(a, t->wall_us);
	struct session *s = ready_session(a, next);
	uint32_t wait_ms;
	enum lane lane;

	if (s == NULL)
		return false;
	if (!pacer_take(&a->pacer, t->now_ns, &wait_ms)) {
		arm_pace(a, wait_ms);
		return false;
	}
	if (s->slice == NULL)
		take_at_cursor(a, s, next);
	lane = s->slice->lane;
	if (!session_write_next(s, t->now_ns / 1000, t->wall_us))
		return true;
	account_written(a, lane, 1);
	if (s->slice == NULL)
		a->next_session = (s->index + 1) % a->session_count;
	t->written++;
	return true;
}

static void flush_sessions(struct account *a)
{
	for (int i = 0; i < a->session_count; i++)
		session_flush(&a->sessions[i]);
}

static void ask_for_more(struct account *a)
{
	uint32_t unwritten = atomic_load(&a->shared.unwritten[LANE_URGENT]) +
			     atomic_load(&a->shared.unwritten[LANE_BULK]);

	if (unwritten < rate_low_mark(rate_allowed(&a->rate), a->rate.measured))
		shared_wake_claims(&a->shared);
}

void account_pump(struct account *a)
{
	struct turn t = {.now_ns = clock_mono_ns(), .wall_us = clock_wall_us()};

	/* Answers that cannot be handed over hold new questions back. */
	if (a->phase >= ACCOUNT_ENDING || a->dropped || !account_owned(a) ||
	    rate_paused(&a->rate, t.now_ns / 1000000) || a->ready_head != NULL)
		return;
	while (t.written < WRITES_A_TURN && write_one(a, &t))
		;
	if (t.written > 0) {
		a->written += t.written;
		metric_add(a->shared.metrics.submitted, t.written);
		flush_sessions(a);
		ask_for_more(a);
	}
	if (t.written == WRITES_A_TURN)
		arm_pace(a, 0);
}

/* --- recall ------------------------------------------------------------------------------------
 */

static void recall_slice(struct account *a, struct recall *recall, struct slice *slice)
{
	const struct slice_message *first = &slice->messages[slice->cursor];
	size_t left = slice->count - slice->cursor;
	struct recalled *item;

	recall->items = mem_realloc(recall->items, recall->count + 1, sizeof(*recall->items));
	item = &recall->items[recall->count++];
	*item = (struct recalled){
		.batch_id = slice->batch_id,
		.run_id = slice->run_id,
		.attempt = slice->attempt,
		.from = first->from,
		.to = slice->to,
		.count = left,
		.ids = mem_calloc(left, sizeof(*item->ids)),
	};
	for (size_t i = 0; i < left; i++)
		item->ids[i] = first[i].id;
	account_written(a, slice->lane, slice->parts_left);
	slice->parts_left = 0;
	slice->unresolved -= (uint16_t)left;
	slice->cursor = slice->count;
}

/* Everything queued that it asks for; a message a session has begun is not in the queue. */
static void recall_lane(struct account *a, struct recall *recall, enum lane lane)
{
	struct slice *slice = a->queue_head[lane], *next;

	a->queue_head[lane] = a->queue_tail[lane] = NULL;
	for (; slice != NULL; slice = next) {
		next = slice->next;
		if ((recall->all || slice->run_id == recall->run_id) &&
		    slice->cursor < slice->count)
			recall_slice(a, recall, slice);
		if (slice->cursor == slice->count) {
			account_slice_done(a, slice);
			continue;
		}
		slice->next = NULL;
		if (a->queue_tail[lane] != NULL)
			a->queue_tail[lane]->next = slice;
		else
			a->queue_head[lane] = slice;
		a->queue_tail[lane] = slice;
	}
}

void account_recall(struct account *a, struct recall *recall)
{
	recall_lane(a, recall, LANE_URGENT);
	recall_lane(a, recall, LANE_BULK);
	/* Never full: the claiming thread has asked and waits for nothing else. */
	if (!queue_try_put(a->shared.claims, recall))
		panic("the claiming thread does not take its recall");
}
