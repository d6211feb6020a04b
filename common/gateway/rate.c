/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rate - see rate.h. */
#include "common/gateway/rate.h"

#include "common/model/message.h"

static uint32_t at_least(uint32_t v, uint32_t least)
{
	return v > least ? v : least;
}

void rate_init(struct rate *r, uint32_t configured, uint64_t now_ms)
{
	*r = (struct rate){.configured = configured, .last_tick_ms = now_ms};
}

bool rate_paused(const struct rate *r, uint64_t now_ms)
{
	return now_ms < r->paused_until_ms;
}

bool rate_throttle(struct rate *r, uint64_t now_ms, uint32_t written)
{
	uint32_t lately = at_least(r->measured, written);

	if (rate_paused(r, now_ms))
		return false;
	if (r->limit == 0) {
		r->base = at_least(r->configured > 0 ? r->configured : lately, 2);
		r->limit = r->base;
	}
	r->limit = at_least(r->limit / 2, 1);
	r->paused_until_ms = now_ms + RATE_PAUSE_MS;
	return true;
}

/* An account without a limit of its own grows to twice its old rate before it is let go. */
static void recover(struct rate *r)
{
	uint32_t goal = r->configured > 0 ? r->configured : r->base * 2;

	r->limit += at_least(r->base / 10, 1);
	if (r->limit >= goal)
		r->limit = 0;
}

void rate_tick(struct rate *r, uint64_t now_ms, uint32_t written)
{
	uint64_t passed_ms = now_ms > r->last_tick_ms ? now_ms - r->last_tick_ms : 1;
	uint32_t now_rate = (uint32_t)(written * UINT64_C(1000) / passed_ms);
	uint32_t faded = r->measured - r->measured / 3;

	r->last_tick_ms = now_ms;
	r->measured = at_least(now_rate, faded);
	if (r->limit > 0 && !rate_paused(r, now_ms))
		recover(r);
}

uint32_t rate_allowed(const struct rate *r)
{
	return r->limit > 0 ? r->limit : r->configured;
}

uint32_t rate_slice_parts(uint32_t allowed, uint32_t measured)
{
	if (allowed > 0)
		return at_least(allowed / 2, 1);
	return at_least(measured / 2, BATCH_MESSAGES_MAX);
}

uint32_t rate_low_mark(uint32_t allowed, uint32_t measured)
{
	if (allowed > 0)
		return at_least(allowed / 5, 1);
	return at_least(measured / 5, BATCH_MESSAGES_MAX);
}
