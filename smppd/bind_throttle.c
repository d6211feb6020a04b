/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bind_throttle - see bind_throttle.h. */
#include "smppd/bind_throttle.h"

#include "common/base/mem.h"

void bind_throttle_init(struct bind_throttle *t, uint32_t per_min)
{
	*t = (struct bind_throttle){
		.per_min = per_min,
		.at_ms = mem_calloc(BIND_THROTTLE_MAX, sizeof(*t->at_ms)),
	};
}

void bind_throttle_deinit(struct bind_throttle *t)
{
	mem_free(t->at_ms);
	t->at_ms = NULL;
}

void bind_throttle_set(struct bind_throttle *t, uint32_t per_min)
{
	t->per_min = per_min;
}

bool bind_throttle_take(struct bind_throttle *t, uint64_t now_ms, uint64_t *at_ms_out)
{
	if (t->per_min > 0 && t->count >= t->per_min) {
		uint64_t then_ms =
			t->at_ms[(t->next + BIND_THROTTLE_MAX - t->per_min) % BIND_THROTTLE_MAX];

		if (now_ms < then_ms + BIND_THROTTLE_WINDOW_MS) {
			*at_ms_out = then_ms + BIND_THROTTLE_WINDOW_MS;
			return false;
		}
	}
	t->at_ms[t->next] = now_ms;
	t->next = (t->next + 1) % BIND_THROTTLE_MAX;
	if (t->count < BIND_THROTTLE_MAX)
		t->count++;
	return true;
}
