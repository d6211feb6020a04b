/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_chunks - messages of programs on their way into the database: as chunks, whose tickets
 * make dispatcherd send them.
 *
 * Messages that agree in everything but number and text share a chunk of at most 1,000.  A chunk is
 * inserted released and counts as published: whoever commits it publishes its ticket, and
 * schedulerd does when that was lost.
 *
 * Owner: whoever filled it; items are borrowed until message_chunks_clear(). */
#ifndef VESTNIK_MODEL_MESSAGE_CHUNKS_H
#define VESTNIK_MODEL_MESSAGE_CHUNKS_H

#include "common/model/message_request.h"
#include "common/store/pg.h"

#define CHUNK_MESSAGES_MAX 1000
#define CHUNK_BASES_MAX	   (CHUNK_MESSAGES_MAX / BATCH_MESSAGES_MAX)

struct message_chunk {
	int64_t id; /* once it is inserted */
	const struct message_item *like;
	size_t count;
	struct message_item *item[CHUNK_MESSAGES_MAX];
	int64_t base[CHUNK_BASES_MAX]; /* item i has id base[i / 200] + i % 200 */
};

struct message_chunks {
	struct message_chunk **chunks;
	size_t count, cap;
};

void message_chunks_add(struct message_chunks *c, struct message_item *item);
void message_chunks_clear(struct message_chunks *c);

/* Give every item its id. `params` are empty before and after, as below. */
bool message_chunks_number(struct message_chunks *c, struct pg *pg, struct pg_params *params,
			   struct err *err);
/* Insert them all, in the caller's transaction. */
bool message_chunks_insert(struct message_chunks *c, struct pg *pg, struct pg_params *params,
			   struct err *err);
/* Queue the insert of one into the caller's pipeline; its result's first column is the id. */
bool message_chunk_queue(const struct message_chunk *chunk, struct pg *pg, struct pg_params *params,
			 struct err *err);

#endif
