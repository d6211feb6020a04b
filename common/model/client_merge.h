/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_merge - rows of clients from anywhere become clients, in sets.
 *
 * Inside the caller's transaction:
 *
 *   client_merge_begin()    a temporary table client_row with the columns the source has
 *   client_merge_add()...   rows into it, by COPY; refused ones too, so that one stream carries all
 *   client_merge_end()      the last of them is sent
 *   client_merge_store()    new clients are inserted, known ones changed, gone ones are back
 *   client_merge_list()     and put on a list
 *
 * The key is external_id when the source has it, else the phone among clients without one.  Columns
 * the source does not have keep what is stored.  Another phone corrects the one before, which
 * stands in client_phone_change and is over in client_phone; but a number that is held
 * (client_phone) gives way to none that is known of the client.  Of a key that stands more than
 * once the row with the highest line counts.  Names of attributes that are new get a slot.
 *
 * Merges run one after another (an advisory lock from client_merge_store() to the end of the
 * transaction), so plain joins decide who is new.  The SQL is made of the table of fields and of
 * numbers; what people wrote travels as data. */
#ifndef VESTNIK_MODEL_CLIENT_MERGE_H
#define VESTNIK_MODEL_CLIENT_MERGE_H

#include "common/model/client_attribute.h"
#include "common/model/privacy_key.h"
#include "common/store/pg.h"

#define CLIENT_SLOTS_MAX 500 /* of all clients */

/* One client as a source has it. */
struct client_row {
	struct client_value field[CLIENT_FIELDS];
	struct client_value attribute[CLIENT_ATTRIBUTES_MAX]; /* in the order of the names */
	struct client_value own[LIST_COLUMNS_MAX];	      /* for the list alone */
	/* With by_row: which fields this row has; it keeps what is stored in the others, and in
	 * attributes that are NULL (a text of length 0 takes the value away). */
	uint32_t given;
	struct client_room room;
};

/* Why a row is not taken; texts are borrowed. */
struct client_refusal {
	const char *field; /* as the source calls it */
	const char *problem;
	const char *raw; /* the row as it stands there */
	size_t raw_len;
};

struct client_merge {
	/* Set by the caller before client_merge_begin(), borrowed. */
	struct pg *pg;
	uint32_t fields; /* CLIENT_BIT() of those the source has */
	bool by_row;	 /* each row says which of them it has */
	const char *const *attributes;
	size_t attribute_count;
	size_t own_count; /* values of each row for the list alone: client_merge_list() */
	/* By which stops of numbers that were erased stand again (stops.h); NULL: none is
	 * configured, which fails once somebody was erased who had said stop. */
	const struct privacy_key *privacy_key;
	const char *source; /* as client_phone and its history call it; NULL: "import" */
	/* By which their values were read; NULL: they are texts. */
	const struct client_attribute_types *types;
	/* Asked between the steps of client_merge_store(); false ends it with its err.  May be
	 * NULL.
	 */
	bool (*go_on)(void *arg, struct err *err);
	void *arg;

	/* Told by client_merge_store(). */
	int64_t attributes_total; /* that there would be; over CLIENT_SLOTS_MAX is ERR_LIMIT */
	bool types_changed;	  /* an attribute's type did while rows came: ERR_INPUT */
	int64_t repeated;
	int64_t made;
	int64_t changed;

	/* Its own. */
	struct pg_copy *copy;
	bool copying;
	struct pg_params *params;
	int32_t *slot_from; /* [slot - 1]: number of the attribute from 1, 0: none */
	size_t slot_count;
	bool slots_same; /* 1, 2, 3 ...: the source's array is the client's */
};

bool client_merge_begin(struct client_merge *m, struct err *err);
/* `line` tells rows of one key apart: the highest counts. */
void client_merge_add(struct client_merge *m, int64_t line, const struct client_row *row);
void client_merge_refuse(struct client_merge *m, int64_t line, const struct client_refusal *why);
/* Send what has gathered; callers do so each megabyte or so. */
bool client_merge_flush(struct client_merge *m, struct err *err);
bool client_merge_end(struct client_merge *m, struct err *err);
/* Break off a COPY that has begun; nothing happens when none has.  The transaction is lost. */
void client_merge_abort(struct client_merge *m);

bool client_merge_store(struct client_merge *m, struct err *err);
/* Put the rows' clients on a fixed list, whose size grows with it. */
bool client_merge_list(struct client_merge *m, int64_t list_id, struct err *err);
/* The same with the rows' own values: own_place[i] is the place, from 1 to own_total, of the i-th
 * in list_member.vals; values of other places stay. */
bool client_merge_list_own(struct client_merge *m, int64_t list_id, const int16_t *own_place,
			   int own_total, struct err *err);
/* For statements of the caller's own after client_merge_store(): the condition that joins client
 * `k` to client_row `t` (line, the columns, bad_field, bad_problem, raw).  A row that named nobody
 * and had no phone has no client. */
const char *client_merge_key(const struct client_merge *m);
/* Releases what it holds; the temporary table goes with the transaction. */
void client_merge_deinit(struct client_merge *m);

#endif
