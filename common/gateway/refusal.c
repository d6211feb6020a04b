/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refusal - see refusal.h. */
#include "common/gateway/refusal.h"

#define RETRY_FIRST_MS 5000
#define RETRY_MAX_MS   600000
#define SLOW_MS	       1000
#define LATER_MS       60000

const char *refusal_word(enum refusal refusal)
{
	static const char *const words[] = {
		[REFUSAL_NONE] = "ok",	   [REFUSAL_SLOW] = "slow",   [REFUSAL_REBIND] = "rebind",
		[REFUSAL_RETRY] = "retry", [REFUSAL_ROUTE] = "route", [REFUSAL_BAD] = "bad",
		[REFUSAL_FAIL] = "fail",
	};

	return words[refusal];
}

enum refusal refusal_graver(enum refusal a, enum refusal b)
{
	return a > b ? a : b;
}

/* Another account would have to send all parts, so nothing of it may be with this one. */
static bool untouched(const struct outcome_facts *f)
{
	return f->todo == f->all && f->refused == f->all;
}

enum outcome refusal_outcome(const struct outcome_facts *f, uint64_t *mask_out)
{
	*mask_out = f->refused;
	if (f->refused != 0 && f->gravest == REFUSAL_FAIL)
		return OUTCOME_FAIL;
	if (f->doubt != 0) {
		/* At most once: what was refused stays out as well, the message is settled by hand
		 * or by a receipt.  Others are sent again, doubt and refusal alike. */
		*mask_out = f->class == CLASS_ADVERTISING ? f->doubt : f->doubt | f->refused;
		return OUTCOME_DOUBT;
	}
	if (f->refused == 0)
		return OUTCOME_ACCEPTED;
	switch (f->gravest) {
	case REFUSAL_SLOW:
		return OUTCOME_SLOW;
	case REFUSAL_BAD:
		return OUTCOME_LATER;
	case REFUSAL_ROUTE:
		return untouched(f) ? OUTCOME_ROUTE : OUTCOME_FAIL;
	default:
		return OUTCOME_RETRY;
	}
}

bool refusal_may_retry(enum outcome outcome, int tries, int retry_max)
{
	return outcome == OUTCOME_SLOW || outcome == OUTCOME_LATER || tries < retry_max;
}

int64_t refusal_delay_ms(enum outcome outcome, int tries)
{
	int64_t delay_ms = RETRY_FIRST_MS;

	if (outcome == OUTCOME_SLOW)
		return SLOW_MS;
	if (outcome == OUTCOME_LATER)
		return LATER_MS;
	for (int i = 1; i < tries && delay_ms < RETRY_MAX_MS; i++)
		delay_ms *= 3;
	return delay_ms < RETRY_MAX_MS ? delay_ms : RETRY_MAX_MS;
}
