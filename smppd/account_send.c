/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_send - which session writes what, and when (contract in account.h).
 *
 * A message goes to one session, which writes all its parts one after another; the next message
 * goes to the next session that has room. */
#include "common/base/clock.h"
#include "smppd/account.h"

#define WRITES_A_TURN 4096 /* then others have their turn */

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
	struct slice *next = a->gate.stopped ? NULL : gate_next(&a->gate, t->wall_us);
	struct session *s = ready_session(a, next);
	uint32_t wait_ms;
	enum lane lane;

	if (s == NULL)
		return false;
	if (!pacer_take(&a->gate.pacer, t->now_ns, &wait_ms)) {
		arm_pace(a, wait_ms);
		return false;
	}
	if (s->slice == NULL)
		session_take(s, next, gate_take(&a->gate, next));
	lane = s->slice->lane;
	if (!session_write_next(s, t->now_ns / 1000, t->wall_us))
		return true;
	gate_written(&a->gate, lane, 1);
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

void account_pump(struct account *a)
{
	struct turn t = {.now_ns = clock_mono_ns(), .wall_us = clock_wall_us()};

	/* Answers that cannot be handed over hold new questions back. */
	if (a->gate.phase >= GATE_ENDING || a->gate.dropped || !account_owned(a) ||
	    rate_paused(&a->gate.rate, t.now_ns / 1000000) || a->gate.ready_head != NULL)
		return;
	while (t.written < WRITES_A_TURN && write_one(a, &t))
		;
	if (t.written > 0) {
		a->gate.written += t.written;
		metric_add(a->gate.metrics.submitted, t.written);
		flush_sessions(a);
		gate_ask_for_more(&a->gate);
	}
	if (t.written == WRITES_A_TURN)
		arm_pace(a, 0);
}
