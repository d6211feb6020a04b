/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refusal - what becomes of a message when the last of its parts has been answered or given up.
 *
 * Pure decisions (the table "what a refusal means" of docs/architecture.md); who calls them does
 * the work.  Masks hold bit p-1 for part p. */
#ifndef VESTNIK_GATEWAY_REFUSAL_H
#define VESTNIK_GATEWAY_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/model/message.h"

/* What a provider's refusal of a part asks for, the mildest first. */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_SLOW,	/* again, and slower */
	REFUSAL_REBIND, /* again, over a new session */
	REFUSAL_RETRY,	/* again, later */
	REFUSAL_ROUTE,	/* another provider may take it */
	REFUSAL_BAD,	/* the account is wrong: a person must act */
	REFUSAL_FAIL,	/* nobody will take it */
};
#define REFUSAL_COUNT (REFUSAL_FAIL + 1)

enum outcome {
	OUTCOME_ACCEPTED, /* every part of this attempt was taken */
	OUTCOME_DOUBT,	  /* some part may or may not have been taken */
	OUTCOME_RETRY,	  /* the refused parts go again here */
	OUTCOME_SLOW,	  /* the same, soon, and it is no try */
	OUTCOME_LATER,	  /* the account is stopped: again after a minute, and it is no try */
	OUTCOME_ROUTE,	  /* another account, if there is one */
	OUTCOME_FAIL,
};

struct outcome_facts {
	enum message_class class;
	uint64_t all;	      /* parts of the whole message */
	uint64_t todo;	      /* parts of this attempt */
	uint64_t refused;     /* answered with an error, or not written because of one */
	uint64_t doubt;	      /* written and not answered, or not written because of that */
	enum refusal gravest; /* of the refusals */
};

const char *refusal_word(enum refusal refusal); /* "slow", of metrics and logs */
/* Which of two refusals decides for the message. */
enum refusal refusal_graver(enum refusal a, enum refusal b);
/* *mask_out: the parts that are in doubt or go again. */
enum outcome refusal_outcome(const struct outcome_facts *facts, uint64_t *mask_out);

/* Whether a message that was refused `tries` times (slow refusals not counted) may go again. */
bool refusal_may_retry(enum outcome outcome, int tries, int retry_max);
/* 5, 15, 45 s ... at most 10 min; 1 s for slow, 60 s for a stopped account. */
int64_t refusal_delay_ms(enum outcome outcome, int tries);

#endif
