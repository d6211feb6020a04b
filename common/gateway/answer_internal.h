/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer_internal - what the two halves of answer_store share. */
#ifndef VESTNIK_GATEWAY_ANSWER_INTERNAL_H
#define VESTNIK_GATEWAY_ANSWER_INTERNAL_H

#include "common/model/message.h"
#include "common/store/pg.h"
#include "common/gateway/answer_store.h"

/* Columns for unnest(); every statement uses those it needs. */
struct columns {
	size_t count;
	int64_t id[GROUP_ANSWERS_MAX], run[GROUP_ANSWERS_MAX], mask[GROUP_ANSWERS_MAX];
	int64_t delay_ms[GROUP_ANSWERS_MAX];
	int32_t reason[GROUP_ANSWERS_MAX], n[GROUP_ANSWERS_MAX];
	int16_t attempt[GROUP_ANSWERS_MAX], state[GROUP_ANSWERS_MAX];
};

struct answer_store {
	struct gate *gate;
	struct pg *pg;
	struct pg_params *params;
	struct pg_copy *refs, *refusals;
	bool old_epoch;
	/* The group, by message; and what failed for good besides the records that say so. */
	const struct answer *sorted[GROUP_ANSWERS_MAX];
	size_t count;
	struct columns settle, work;
	size_t queued;		      /* statements of the last round trip */
	int tries[GROUP_ANSWERS_MAX]; /* beside `sorted`, for retries */
};

/* The account's id as the first parameter. */
void answer_put_account(struct answer_store *s);
/* One more message for messages_settle(). */
void answer_add_settle(struct answer_store *s, const struct answer *a, enum message_state state,
		       int reason);

/* Fill s->tries: how often the messages to be tried again were refused before. */
bool answer_count_tries(struct answer_store *s, struct err *err);
bool answer_store_doubts(struct answer_store *s, struct err *err);
/* What may not go again, or has nowhere to go, joins s->settle. */
bool answer_store_retries(struct answer_store *s, struct err *err);
bool answer_store_routes(struct answer_store *s, struct err *err);
/* Stops that providers told of; messages whose fate has to be asked for. */
bool answer_store_stops(struct answer_store *s, struct err *err);
bool answer_store_queries(struct answer_store *s, struct err *err);

#endif
