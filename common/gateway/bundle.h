/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* bundle - answers on their way from the event thread to the database, many at once.
 *
 * A single-part message that was accepted is one record; other messages have records for their
 * parts and one for what becomes of the whole.  Records copy what they need, so that slices can go.
 */
#ifndef VESTNIK_GATEWAY_BUNDLE_H
#define VESTNIK_GATEWAY_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/mem.h"

#define BUNDLE_ANSWERS 256
#define ANSWER_ID_SIZE 66

enum answer_kind {
	/* about a part */
	ANSWER_ACCEPTED,      /* part, parts, id; `whole`: the message is accepted with it */
	ANSWER_REFUSED,	      /* part, status */
	ANSWER_LATE_ACCEPTED, /* like ACCEPTED, after the part was put in doubt */
	/* about a message */
	ANSWER_DOUBT,  /* mask */
	ANSWER_RETRY,  /* mask, outcome (RETRY, SLOW, LATER), status */
	ANSWER_ROUTE,  /* status */
	ANSWER_SETTLE, /* state, reason */
	ANSWER_PASSED, /* only its positions are settled */
};

struct answer {
	uint8_t kind;	 /* enum answer_kind */
	uint8_t outcome; /* enum outcome */
	int8_t part;	 /* as in receipt_ref or refusal */
	uint8_t parts;
	uint8_t state; /* enum message_state */
	bool whole;
	bool ask;     /* accepted: the provider has to be asked what became of it */
	bool stopped; /* refused: because the person has stopped us, as the provider says */
	bool priced;  /* accepted: price_micro is said */
	int16_t attempt;
	uint16_t weight; /* positions of the batch settled with this record */
	uint32_t status; /* of a refusal, as stored */
	int32_t reason;
	int64_t at_us; /* wall clock */
	int64_t message_id, batch_id, run_id, msisdn, mask, price_micro;
	char id[ANSWER_ID_SIZE]; /* the provider's, as it came; of a refusal its error, or "" */
};

struct bundle {
	struct bundle *next;
	bool counted; /* among the event thread's, whose number receipts wait for */
	size_t count;
	struct answer answers[BUNDLE_ANSWERS];
};

static inline struct bundle *bundle_new(void)
{
	struct bundle *b = mem_alloc(sizeof(*b));

	b->next = NULL;
	b->counted = false;
	b->count = 0;
	return b;
}

/* A zeroed record; the caller has made sure there is room. */
static inline struct answer *bundle_add(struct bundle *b)
{
	struct answer *a = &b->answers[b->count++];

	*a = (struct answer){0};
	return a;
}

#endif
