/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* rate - how fast an account may and does send: its own limit, what the operator takes now, and
 * what was measured.
 *
 * A throttling answer halves the rate and pauses sending for a second; then the rate recovers by a
 * tenth of what it was each second.  Answers that come during the pause belong to the same burst
 * and halve nothing.  The clock is an argument.
 *
 * Owner: the account that embeds it.  Threads: event thread only. */
#ifndef VESTNIK_GATEWAY_RATE_H
#define VESTNIK_GATEWAY_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_PAUSE_MS 1000

struct rate {
	uint32_t configured; /* parts a second by contract; 0 is none */
	uint32_t measured;   /* parts a second, lately */
	uint32_t base;	     /* what the rate was when throttling began */
	uint32_t limit;	     /* what is allowed while recovering; 0: not throttled */
	uint64_t paused_until_ms;
	uint64_t last_tick_ms;
};

void rate_init(struct rate *r, uint32_t configured, uint64_t now_ms);
/* The operator said slow down; `written`: parts since the last tick.  False when that was said
 * already in this pause. */
bool rate_throttle(struct rate *r, uint64_t now_ms, uint32_t written);
bool rate_paused(const struct rate *r, uint64_t now_ms);
/* Call about once a second with the parts written since the last call. */
void rate_tick(struct rate *r, uint64_t now_ms, uint32_t written);
/* Parts a second allowed now; 0 is no limit. */
uint32_t rate_allowed(const struct rate *r);

/* How much to claim: a slice is at most half a second of the rate, a new one is claimed when less
 * than a fifth of a second is left unwritten.  Without a limit the measured rate serves, and at
 * least one batch is claimed. */
uint32_t rate_slice_parts(uint32_t allowed, uint32_t measured);
uint32_t rate_low_mark(uint32_t allowed, uint32_t measured);

#endif
