/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* missed - everyone of a campaign who got nothing, and why.
 *
 * First the clients who were left out, in order of id, then the messages that did not arrive, in
 * order of id.  A run has no index on a message's state (nothing that changes has one), so messages
 * are found along their ids; where run_count says that there are none, nothing is read. */
#ifndef VESTNIK_APID_MISSED_H
#define VESTNIK_APID_MISSED_H

#include <stdio.h>

#include "apid/api.h"
#include "common/model/message.h"

#define MISSED_STATES 6

/* What of a run is asked for. */
struct missed_filter {
	int64_t run_id; /* 0: the campaign has none yet */
	bool suppressed;
	int16_t state[MISSED_STATES];
	size_t state_count;
	int32_t reason; /* -1: any */
	/* Of the run: its messages' ids, and when answers about them came. */
	int64_t lowest, highest;
	int64_t from_us, until_us;
};

/* Where reading goes on. */
struct missed_place {
	bool in_messages;
	int64_t after; /* a client, or a message */
	bool at_end;
};

enum missed_column {
	MISSED_CLIENT,
	MISSED_EXTERNAL_ID,
	MISSED_LAST,
	MISSED_FIRST,
	MISSED_MIDDLE,
	MISSED_MSISDN,
	MISSED_MESSAGE, /* null: left out */
	MISSED_STATE,	/* enum message_state; 0: left out */
	MISSED_REASON,
	MISSED_ERROR,  /* of a receipt */
	MISSED_STATUS, /* SMPP command_status of a refusal */
	MISSED_AT,
};

/* Read {id} and ?reason=; false with the problem filled, or the store failed (err). */
bool missed_filter_read(struct request *r, struct missed_filter *out, struct err *err);
/* The same of a campaign and a filter or NULL; a wrong one is the problem of `field`. */
bool missed_filter_of(struct request *r, int64_t campaign_id, const char *filter, const char *field,
		      struct missed_filter *out, struct err *err);
/* All of it as lines of a file. */
bool missed_csv_write(struct request *r, const struct missed_filter *f, FILE *out, struct err *err);
/* The next rows, at most `limit`; none when place->at_end is reached.  Moves *place. */
bool missed_next(struct request *r, const struct missed_filter *f, struct missed_place *place,
		 size_t limit, struct pg_result **out, struct err *err);

/* Run a statement over messages with r->params, by indexes alone. */
bool missed_query(struct request *r, const struct pg_stmt *stmt, struct pg_result **out,
		  struct err *err);

/* "suppressed", or the state's name. */
const char *missed_kind(const struct pg_result *rows, size_t i);
/* NULL: none is known. */
const char *missed_reason(const struct pg_result *rows, size_t i);
/* What the operator said: its code, or the name of an SMPP status; NULL: nothing. */
const char *missed_error(const struct pg_result *rows, size_t i, char *out, size_t size);

#endif
