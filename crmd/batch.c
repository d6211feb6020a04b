/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* batch - see batch.h. */
#include "crmd/batch.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

#define GATHER_MS 50

void batch_init(struct batch *b)
{
	*b = (struct batch){0};
	b->events = mem_calloc(BATCH_EVENTS_MAX + 1, sizeof(*b->events));
}

void batch_deinit(struct batch *b)
{
	batch_clear(b);
	mem_free(b->events);
}

void batch_advance(struct batch *b)
{
	size_t done = b->count;

	for (size_t i = 0; i < done; i++)
		event_free(&b->events[i]);
	b->count = 0;
	if (!b->has_next)
		return;
	b->has_next = false;
	b->events[0] = b->events[done];
	b->count = 1;
	if (done > 0)
		b->events[done] = (struct event){0};
}

void batch_clear(struct batch *b)
{
	batch_advance(b);
	batch_advance(b);
}

static bool must_wait(const struct batch *b, const struct event *e)
{
	for (size_t i = 0; i < b->count; i++)
		if (event_follows(e, &b->events[i]))
			return true;
	return false;
}

bool batch_gather(struct batch *b, struct mq *mq, uint64_t deadline_ms, int stop_fd,
		  struct err *err)
{
	struct mq_delivery delivery;

	if (b->count > 0)
		deadline_ms = clock_mono_ms() + GATHER_MS;
	while (b->count < BATCH_EVENTS_MAX) {
		struct event *e = &b->events[b->count];

		if (!mq_take(mq, deadline_ms, stop_fd, &delivery, err))
			return err->kind == ERR_TIMEOUT;
		event_read(e, &delivery);
		if (must_wait(b, e)) {
			b->has_next = true;
			return true;
		}
		if (b->count++ == 0)
			deadline_ms = clock_mono_ms() + GATHER_MS;
	}
	return true;
}
