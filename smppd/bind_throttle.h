/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bind_throttle - at most so many tries to bind in any minute, over all sessions of an account.
 *
 * Centres ban an address that knocks too often, and a centre that comes back after a failure must
 * not be knocked down again by everybody's sessions at once.  The clock is an argument.
 *
 * Owner: the account. */
#ifndef VESTNIK_SMPPD_BIND_THROTTLE_H
#define VESTNIK_SMPPD_BIND_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define BIND_THROTTLE_WINDOW_MS 60000
#define BIND_THROTTLE_MAX	6000

/* When the last tries were, in a ring: the oldest of `per_min` of them decides. */
struct bind_throttle {
	uint64_t *at_ms;
	uint32_t per_min; /* 0: no limit */
	uint32_t next, count;
};

void bind_throttle_init(struct bind_throttle *t, uint32_t per_min);
void bind_throttle_deinit(struct bind_throttle *t);
/* Another limit; the tries of the last minute stay known. */
void bind_throttle_set(struct bind_throttle *t, uint32_t per_min);
/* A try now.  False leaves it out: the next can be made at *at_ms_out. */
bool bind_throttle_take(struct bind_throttle *t, uint64_t now_ms, uint64_t *at_ms_out);

#endif
