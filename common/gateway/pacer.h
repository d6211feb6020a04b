/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pacer - token bucket that holds an account to its parts a second, over all its connections.
 *
 * Tokens refill continuously, so an account that was idle may burst up to `burst` and never more.
 * The clock is an argument: nothing here sleeps, reads time or allocates.
 *
 * Owner: the account that embeds it.  Threads: event thread only. */
#ifndef VESTNIK_GATEWAY_PACER_H
#define VESTNIK_GATEWAY_PACER_H

#include <stdbool.h>
#include <stdint.h>

struct pacer {
	uint64_t ns_per_token; /* 0 = unlimited */
	uint64_t burst_ns;     /* bucket size, expressed as time */
	uint64_t full_at_ns;   /* monotonic time when the bucket is full */
};

/* Start full.  rate_per_sec 0 disables pacing.  The burst is a fiftieth of a second's tokens, at
 * least one: enough for a timer that is late, too little to break a limit counted by the second. */
void pacer_init(struct pacer *p, uint32_t rate_per_sec);
/* Go on at another rate; what was taken stays taken. */
void pacer_set_rate(struct pacer *p, uint32_t rate_per_sec);
/* Take one token.  False leaves *p untouched and sets *wait_ms_out to the delay, rounded up, after
 * which a retry can succeed. */
bool pacer_take(struct pacer *p, uint64_t now_ns, uint32_t *wait_ms_out);
/* Take `more` tokens that follow one that was taken, whether they are there or not: the next waits
 * for them. */
void pacer_charge(struct pacer *p, uint32_t more);

#endif
