/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gate_send - the queue of slices, and recalling them (contract in gate.h).
 *
 * Urgent slices go first, each lane in order.  No slice stays in the queue with its cursor at the
 * end. */
#include "common/base/mem.h"
#include "common/gateway/claim.h"
#include "common/gateway/gate.h"

void gate_written(struct gate *g, enum lane lane, uint32_t parts)
{
	atomic_fetch_sub(&g->unwritten[lane], parts);
}

static void queue_push(struct gate *g, struct slice *slice)
{
	enum lane lane = slice->lane;

	slice->next = NULL;
	if (g->queue_tail[lane] != NULL)
		g->queue_tail[lane]->next = slice;
	else
		g->queue_head[lane] = slice;
	g->queue_tail[lane] = slice;
}

static void queue_pop(struct gate *g, enum lane lane)
{
	struct slice *slice = g->queue_head[lane];

	g->queue_head[lane] = slice->next;
	if (slice->next == NULL)
		g->queue_tail[lane] = NULL;
	gate_slice_done(slice);
}

bool gate_take_slice(struct gate *g, struct slice *slice)
{
	struct answer *r;

	if (slice->count == 0) { /* positions without messages */
		r = gate_record(g, ANSWER_PASSED, slice, NULL);
		r->weight = (uint16_t)(slice->to - slice->from);
		mem_free(slice);
		return false;
	}
	queue_push(g, slice);
	return true;
}

/* Give the message at the cursor its fate when it is not to be sent.  False: it is to be sent. */
static bool settle_at_cursor(struct gate *g, struct slice *slice, int64_t wall_us)
{
	struct slice_message *m = &slice->messages[slice->cursor];
	uint32_t parts = (uint32_t)__builtin_popcountll(m->todo);
	bool late = slice->deadline_us <= wall_us;
	bool stopped = slice->stop_us != 0 && slice->stop_us <= wall_us;

	if (m->fate == MESSAGE_QUEUED && !late && !stopped)
		return false;
	slice->cursor++;
	slice->parts_left -= parts;
	gate_written(g, slice->lane, parts);
	/* Ends with the slice perhaps; the caller looks at the queue again. */
	if (slice->cursor == slice->count)
		slice->unresolved++; /* held for queue_pop() */
	if (m->fate != MESSAGE_QUEUED)
		gate_settle_unsent(g, slice, m, (enum message_state)m->fate, m->fate_reason);
	else if (stopped)
		gate_settle_unsent(g, slice, m, MESSAGE_CANCELLED, REASON_STOP_AT);
	else
		gate_settle_unsent(g, slice, m, MESSAGE_FAILED, REASON_DEADLINE);
	return true;
}

struct slice *gate_next(struct gate *g, int64_t wall_us)
{
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		struct slice *slice;

		while ((slice = g->queue_head[lane]) != NULL) {
			if (!settle_at_cursor(g, slice, wall_us))
				return slice;
			if (slice->cursor < slice->count)
				continue;
			slice->unresolved--;
			queue_pop(g, (enum lane)lane);
		}
	}
	return NULL;
}

unsigned gate_take(struct gate *g, struct slice *slice)
{
	unsigned index = slice->cursor++;

	slice->parts_left -= (uint32_t)__builtin_popcountll(slice->messages[index].todo);
	if (slice->cursor == slice->count)
		queue_pop(g, slice->lane);
	return index;
}

void gate_ask_for_more(struct gate *g)
{
	uint32_t unwritten =
		atomic_load(&g->unwritten[LANE_URGENT]) + atomic_load(&g->unwritten[LANE_BULK]);

	if (unwritten < rate_low_mark(rate_allowed(&g->rate), g->rate.measured))
		gate_wake_claims(g);
}

/* --- recall ------------------------------------------------------------------------------------
 */

static void recall_slice(struct gate *g, struct recall *recall, struct slice *slice)
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
	gate_written(g, slice->lane, slice->parts_left);
	slice->parts_left = 0;
	slice->unresolved -= (uint16_t)left;
	slice->cursor = slice->count;
}

/* Everything queued that it asks for; a message that was taken is not in the queue. */
static void recall_lane(struct gate *g, struct recall *recall, enum lane lane)
{
	struct slice *slice = g->queue_head[lane], *next;

	g->queue_head[lane] = g->queue_tail[lane] = NULL;
	for (; slice != NULL; slice = next) {
		next = slice->next;
		if ((recall->all || slice->run_id == recall->run_id) &&
		    slice->cursor < slice->count)
			recall_slice(g, recall, slice);
		if (slice->cursor == slice->count)
			gate_slice_done(slice);
		else
			queue_push(g, slice);
	}
}

void gate_recall(struct gate *g, struct recall *recall)
{
	recall_lane(g, recall, LANE_URGENT);
	recall_lane(g, recall, LANE_BULK);
	/* Never full: the claiming thread has asked and waits for nothing else. */
	if (!queue_try_put(g->claims, recall))
		panic("the claiming thread does not take its recall");
}
