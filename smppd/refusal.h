/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* refusal - what becomes of a message when the last of its parts has been answered or given up.
 *
 * Pure decisions (the table "what a refusal means" of docs/architecture.md); who calls them does
 * the work.  Masks hold bit p-1 for part p. */
#ifndef VESTNIK_SMPPD_REFUSAL_H
#define VESTNIK_SMPPD_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/model/message.h"
#include "common/sms/smpp.h"

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
	uint64_t all;		 /* parts of the whole message */
	uint64_t todo;		 /* parts of this attempt */
	uint64_t refused;	 /* answered with an error, or not written because of one */
	uint64_t doubt;		 /* written and not answered, or not written because of that */
	enum smpp_action action; /* the gravest of the refusals */
};

/* Which of two actions decides for the message. */
enum smpp_action refusal_graver(enum smpp_action a, enum smpp_action b);
/* *mask_out: the parts that are in doubt or go again. */
enum outcome refusal_outcome(const struct outcome_facts *facts, uint64_t *mask_out);

/* Whether a message that was refused `tries` times (slow refusals not counted) may go again. */
bool refusal_may_retry(enum outcome outcome, int tries, int retry_max);
/* 5, 15, 45 s ... at most 10 min; 1 s for slow, 60 s for a stopped account. */
int64_t refusal_delay_ms(enum outcome outcome, int tries);

#endif
