/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_chunks - see message_chunks.h. */
#include "common/model/message_chunks.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/model/stops.h"

#define PIPELINE_MAX 100 /* chunks a round trip */

static bool same_zones(const struct message_item *a, const struct message_item *b)
{
	return a->zones == b->zones ||
	       (a->zones != NULL && b->zones != NULL && strcmp(a->zones, b->zones) == 0);
}

static bool same_chunk(const struct message_item *a, const struct message_item *b)
{
	return a->lane == b->lane && a->class == b->class && a->category == b->category &&
	       a->account_id == b->account_id && a->max_parts == b->max_parts &&
	       a->validity_s == b->validity_s && a->token_id == b->token_id &&
	       strcmp(a->sender, b->sender) == 0 && same_zones(a, b);
}

static struct message_chunk *chunk_new(struct message_chunks *c, struct message_item *like)
{
	struct message_chunk *chunk = mem_calloc(1, sizeof(*chunk));

	if (c->count == c->cap) {
		c->cap = c->cap > 0 ? 2 * c->cap : 16;
		c->chunks = mem_realloc(c->chunks, c->cap, sizeof(*c->chunks));
	}
	chunk->like = like;
	c->chunks[c->count++] = chunk;
	return chunk;
}

/* The newest chunks are tried first: neighbours are mostly alike. */
static struct message_chunk *chunk_for(struct message_chunks *c, struct message_item *item)
{
	for (size_t i = c->count; i-- > 0;)
		if (c->chunks[i]->count < CHUNK_MESSAGES_MAX &&
		    same_chunk(c->chunks[i]->like, item))
			return c->chunks[i];
	return chunk_new(c, item);
}

bool message_chunks_zones(struct message_chunks *c, struct message_item *const *items, size_t count,
			  struct pg *pg, struct pg_params *params, struct err *err)
{
	static const struct pg_stmt ask = {"message_zones",
					   "SELECT n, zones FROM message_zones($1::bigint[], "
					   "$2::smallint[])"};
	int64_t *msisdns = mem_calloc(count + 1, sizeof(*msisdns));
	int16_t *categories = mem_calloc(count + 1, sizeof(*categories));
	bool ok;

	for (size_t i = 0; i < count; i++) {
		items[i]->zones = NULL;
		msisdns[i] = items[i]->msisdn;
		categories[i] = (int16_t)items[i]->category;
	}
	pg_param_int64_array(params, msisdns, count);
	pg_param_int16_array(params, categories, count);
	ok = count == 0 || pg_run(pg, &ask, params, &c->zones, err);
	pg_params_reset(params);
	for (size_t i = 0; ok && c->zones != NULL && i < pg_rows(c->zones); i++)
		items[pg_int(c->zones, i, 0) - 1]->zones = pg_text(c->zones, i, 1);
	mem_free(msisdns);
	mem_free(categories);
	return ok;
}

void message_chunks_add(struct message_chunks *c, struct message_item *item)
{
	struct message_chunk *chunk = chunk_for(c, item);

	chunk->item[chunk->count++] = item;
}

void message_chunks_clear(struct message_chunks *c)
{
	for (size_t i = 0; i < c->count; i++)
		mem_free(c->chunks[i]);
	mem_free(c->chunks);
	pg_result_free(&c->zones);
	*c = (struct message_chunks){0};
}

static size_t bases_of(const struct message_chunk *chunk)
{
	return (chunk->count + BATCH_MESSAGES_MAX - 1) / BATCH_MESSAGES_MAX;
}

static void number_chunk(struct message_chunk *chunk, const struct pg_result *rows, size_t *next)
{
	for (size_t b = 0; b < bases_of(chunk); b++)
		chunk->base[b] = pg_int(rows, (*next)++, 0);
	for (size_t i = 0; i < chunk->count; i++)
		chunk->item[i]->id =
			chunk->base[i / BATCH_MESSAGES_MAX] + (int64_t)(i % BATCH_MESSAGES_MAX);
}

bool message_chunks_number(struct message_chunks *c, struct pg *pg, struct pg_params *params,
			   struct err *err)
{
	static const struct pg_stmt bases = {"message_base_ids",
					     "SELECT unnest(message_base_ids($1::integer))"};
	struct pg_result *rows = NULL;
	size_t total = 0, next = 0;
	bool ok;

	for (size_t i = 0; i < c->count; i++)
		total += bases_of(c->chunks[i]);
	pg_param_int32(params, (int32_t)total);
	ok = pg_run(pg, &bases, params, &rows, err);
	pg_params_reset(params);
	for (size_t i = 0; ok && i < c->count; i++)
		number_chunk(c->chunks[i], rows, &next);
	pg_result_free(&rows);
	return ok;
}

bool message_chunk_queue(const struct message_chunk *chunk, struct pg *pg, struct pg_params *params,
			 struct err *err)
{
	static const struct pg_stmt insert = {
		"chunk_insert",
		"INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class, "
		"category,"
		"       account_id, max_parts, deadline, publish_count, published_at, zones,"
		"       department_id)"
		" VALUES (1, $1::smallint, $2::integer, $3::bigint[], $4::text[], $5::bigint[], "
		"$6::text,"
		"       $7::smallint, $8::smallint, nullif($9::smallint, 0), $10::smallint,"
		"       clock_timestamp() + $11::integer * interval '1 s', 1, clock_timestamp(),"
		"       $12::text::text[], (SELECT t.department_id FROM token t WHERE t.id = "
		"$13::bigint))"
		" RETURNING id"};
	int64_t msisdns[CHUNK_MESSAGES_MAX];
	const char *texts[CHUNK_MESSAGES_MAX];
	const struct message_item *like = chunk->like;
	bool ok;

	for (size_t i = 0; i < chunk->count; i++) {
		msisdns[i] = chunk->item[i]->msisdn;
		texts[i] = chunk->item[i]->text;
	}
	pg_param_int16(params, (int16_t)like->lane);
	pg_param_int32(params, (int32_t)chunk->count);
	pg_param_int64_array(params, msisdns, chunk->count);
	pg_param_text_array(params, texts, chunk->count);
	pg_param_int64_array(params, chunk->base, bases_of(chunk));
	pg_param_text(params, like->sender);
	pg_param_int16(params, (int16_t)like->class);
	pg_param_int16(params, (int16_t)like->category);
	pg_param_int16(params, like->account_id);
	pg_param_int16(params, like->max_parts);
	pg_param_int32(params, like->validity_s);
	pg_param_text(params, like->zones);
	pg_param_int64(params, like->token_id);
	ok = pg_pipeline_add(pg, &insert, params, err);
	pg_params_reset(params);
	return ok;
}

/* Chunks from..to in one round trip. */
static bool insert_some(struct message_chunks *c, size_t from, size_t to, struct pg *pg,
			struct pg_params *params, struct err *err)
{
	struct pg_result *outs[PIPELINE_MAX] = {NULL};

	if (!pg_pipeline_begin(pg, err))
		return false;
	for (size_t i = from; i < to; i++)
		if (!message_chunk_queue(c->chunks[i], pg, params, err))
			return false;
	if (!pg_pipeline_end(pg, outs, to - from, err))
		return false;
	for (size_t i = from; i < to; i++) {
		c->chunks[i]->id = pg_int(outs[i - from], 0, 0);
		pg_result_free(&outs[i - from]);
	}
	return true;
}

bool message_chunks_insert(struct message_chunks *c, struct pg *pg, struct pg_params *params,
			   struct err *err)
{
	for (size_t from = 0; from < c->count; from += PIPELINE_MAX) {
		size_t to = from + PIPELINE_MAX;

		if (!insert_some(c, from, to < c->count ? to : c->count, pg, params, err))
			return false;
	}
	return true;
}

bool message_chunks_queue_stops(const struct message_chunks *c, struct pg *pg,
				struct pg_params *params, const struct privacy_key *key,
				struct err *err)
{
	size_t count = 0;
	int64_t *msisdns;
	bool ok;

	for (size_t i = 0; i < c->count; i++)
		count += c->chunks[i]->count;
	msisdns = mem_calloc(count + 1, sizeof(*msisdns));
	count = 0;
	for (size_t i = 0; i < c->count; i++)
		for (size_t k = 0; k < c->chunks[i]->count; k++)
			msisdns[count++] = c->chunks[i]->item[k]->msisdn;
	stops_params(params, key, msisdns, count);
	mem_free(msisdns);
	ok = pg_pipeline_add(pg, &stops_restore_stmt, params, err);
	pg_params_reset(params);
	return ok;
}
