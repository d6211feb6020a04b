/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* load - take a chunk, lock it, and read what its messages are made of. */
#ifndef VESTNIK_DISPATCHERD_LOAD_H
#define VESTNIK_DISPATCHERD_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/assign.h"
#include "common/model/message.h"
#include "common/store/pg.h"
#include "common/sms/render.h"
#include "common/route/store.h"

#define CHUNK_HOMES_MAX	   100
#define CHUNK_MESSAGES_MAX (CHUNK_HOMES_MAX * BATCH_MESSAGES_MAX)
/* Each account that carries some of a chunk may leave a batch unfilled. */
#define CHUNK_BATCHES_MAX  (CHUNK_HOMES_MAX + ROUTE_ACCOUNTS_MAX)
/* A chunk taken more often than this without progress is stuck. */
#define CHUNK_TAKES_MAX	   5

/* What holds for the whole chunk, from the campaign or from the request. */
struct chunk_head {
	int64_t id;
	int64_t run_id; /* 0: of the API; then message i has base_ids[i / 200] + i % 200 */
	enum lane lane;
	enum message_class class;
	enum message_category category;
	int16_t account_id; /* 0: the routing decides */
	int16_t priority;
	int16_t purpose; /* that its messages need consent to; 0: none */
	int max_parts;
	int64_t deadline_us;
	const char *zones;    /* as an array's text; NULL: no permitted hours bind it */
	int64_t opens_at_us;  /* the next hours, 0: none in sight; of bound ones alone */
	int64_t closes_at_us; /* the end of these */
	struct {
		bool counts;			  /* its category has limits */
		int16_t day;			  /* send_day() */
		int per_day, per_week, per_month; /* 0: none, or its campaign is exempt */
	} cap;
	enum message_reason barred; /* why nobody of it may get anything; REASON_NONE: may */
	int64_t filtered_at_us;	    /* database clock, before opt-outs are read */
	int64_t department_id;	    /* whose money it costs */
	int64_t money_micro; /* what its messages may cost at most; -1: no budget binds them */
	bool money_final;    /* there is no more: who does not fit is left out */
	size_t size;
	size_t base_count;
	int64_t base_ids[CHUNK_BATCHES_MAX];
	const char *sender; /* borrowed from `result`, like the text */
	int64_t list_id;    /* of the campaign; 0: all clients */
	const char *text;   /* of the campaign, with placeholders */
	size_t text_len;
	enum sms_spelling spelling;    /* of the campaign */
	int16_t variant;	       /* of a run: which of the campaign's texts */
	struct assign_control control; /* who of a run gets nothing, to compare with */
	struct pg_result *result;
};
void chunk_head_deinit(struct chunk_head *head);

enum load_outcome {
	LOAD_READY,
	LOAD_GONE,   /* done, released no more, or in another's hands */
	LOAD_STUCK,  /* taken too often: marked so */
	LOAD_PAUSED, /* its run is paused */
	LOAD_CLOSED, /* it is quiet where its clients are: it waits for opens_at_us */
	LOAD_ENDED,  /* its run is cancelled or over: the sweep settles it */
};

/* Begin the transaction, lock the chunk and read its head: one round trip.  On true the transaction
 * is open, whatever the outcome.  `count_take`: somebody had the chunk before
 * and came to no end; first count that, in a transaction of its own, which waits for no disk. */
bool load_head(struct pg *pg, int64_t chunk_id, bool count_take, struct chunk_head *head,
	       enum load_outcome *outcome, struct err *err);

/* Columns of the rows load_clients() returns. */
enum load_column {
	LOAD_ORDINAL, /* from 1 */
	LOAD_CLIENT_ID,
	LOAD_MSISDN,
	LOAD_TEXT,	  /* of an API message */
	LOAD_MSISDN_NOW,  /* null: the client is gone */
	LOAD_EXTERNAL_ID, /* from here on COMPOSE_CLIENT_SQL */
	LOAD_LAST_NAME,
	LOAD_FIRST_NAME,
	LOAD_MIDDLE_NAME,
	LOAD_ATTRS,
	LOAD_SHOWN,
	LOAD_OWN,
	LOAD_OPT_OUT, /* COMPOSE_OPT_OUT_SQL */
	LOAD_CONSENT, /* COMPOSE_CONSENT_SQL */
	LOAD_PORTED,  /* as route_store_operator() takes it */
};

/* Read the clients and their consents with what the plan's text reads, or API messages (no plan),
 * and draw the ids of a run's batches, enough for any split over `accounts`: one round trip.  Where
 * numbers were ported to is read when `ported`. */
bool load_clients(struct pg *pg, struct chunk_head *head, const struct render_plan *plan,
		  bool ported, size_t accounts, struct pg_result **out, struct err *err);
/* Draw the ids of `count` batches more, within the transaction. */
bool load_ids(struct pg *pg, size_t count, int64_t *ids, struct err *err);

#endif
