/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intake_store - one group of calls into the database, in one transaction; see intake.h.
 *
 * The keys of the group are looked up first and inserted with the chunks (message_chunks.h): when
 * another process stored one meanwhile, the unique key fails the transaction and the group is done
 * again, now finding it. */
#include <string.h>

#include "apid/intake.h"
#include "apid/publisher.h"
#include "common/base/mem.h"
#include "common/model/message_chunks.h"

#define PIPELINE_MAX 200
#define TRIES	     5

struct store {
	struct api *api;
	struct pg *pg;
	struct pg_params *params;
	struct intake_job *jobs;
	size_t job_count;
	bool begun; /* the transaction, because quotas are taken in it first */
	struct message_chunks chunks;
};

static bool to_store(const struct intake_job *job)
{
	return !problem_found(&job->problem) && !job->replayed && job->twin == NULL && !job->over;
}

static bool run(struct store *s, const struct pg_stmt *stmt, struct pg_result **out,
		struct err *err)
{
	bool ok = pg_run(s->pg, stmt, s->params, out, err);

	pg_params_reset(s->params);
	return ok;
}

static bool queue_stmt(struct store *s, const struct pg_stmt *stmt, struct err *err)
{
	bool ok = pg_pipeline_add(s->pg, stmt, s->params, err);

	pg_params_reset(s->params);
	return ok;
}

/* --- idempotency keys
 * --------------------------------------------------------------------------------- */

static void refuse_other_request(struct intake_job *job)
{
	problem_set(&job->problem, 422, "idempotency-key-reused",
		    "The Idempotency-Key belongs to another request",
		    "This key was sent before with another body. Use a new key for a new request");
}

/* The same key twice in one group: the second is answered like the first. */
static void find_twins(struct store *s)
{
	for (size_t i = 1; i < s->job_count; i++) {
		struct intake_job *job = &s->jobs[i];

		for (size_t k = 0; k < i && job->key != NULL && to_store(job); k++) {
			struct intake_job *first = &s->jobs[k];

			if (first->key == NULL || !to_store(first) ||
			    first->caller != job->caller || strcmp(first->key, job->key) != 0)
				continue;
			if (memcmp(first->hash, job->hash, sizeof(job->hash)) == 0)
				job->twin = first;
			else
				refuse_other_request(job);
		}
	}
}

static void replay(struct intake_job *job, const struct pg_result *rows, size_t i)
{
	if (pg_len(rows, i, 2) != sizeof(job->hash) ||
	    memcmp(pg_text(rows, i, 2), job->hash, sizeof(job->hash)) != 0) {
		refuse_other_request(job);
		return;
	}
	job->replayed = true;
	buf_reset(&job->answer);
	buf_add(&job->answer, pg_text(rows, i, 3), pg_len(rows, i, 3));
}

static size_t gather_keys(struct store *s, int64_t *tokens, const char **keys)
{
	size_t count = 0;

	for (size_t i = 0; i < s->job_count; i++) {
		if (s->jobs[i].key == NULL || !to_store(&s->jobs[i]))
			continue;
		tokens[count] = s->jobs[i].caller;
		keys[count++] = s->jobs[i].key;
	}
	return count;
}

static bool find_answered(struct store *s, struct err *err)
{
	static const struct pg_stmt find = {
		"idempotency_find",
		"SELECT i.token_id, i.key, i.request_hash, i.answer FROM idempotency i"
		" JOIN unnest($1::bigint[], $2::text[]) AS u(token_id, key)"
		"   ON u.token_id = i.token_id AND u.key = i.key"};
	int64_t tokens[INTAKE_CALLS_MAX];
	const char *keys[INTAKE_CALLS_MAX];
	size_t count = gather_keys(s, tokens, keys);
	struct pg_result *rows = NULL;

	if (count == 0)
		return true;
	pg_param_int64_array(s->params, tokens, count);
	pg_param_text_array(s->params, keys, count);
	if (!run(s, &find, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		for (size_t k = 0; k < s->job_count; k++)
			if (s->jobs[k].key != NULL && to_store(&s->jobs[k]) &&
			    s->jobs[k].caller == pg_int(rows, i, 0) &&
			    strcmp(s->jobs[k].key, pg_text(rows, i, 1)) == 0)
				replay(&s->jobs[k], rows, i);
	pg_result_free(&rows);
	return true;
}

static bool queue_keys(struct store *s, struct err *err)
{
	static const struct pg_stmt insert = {
		"idempotency_insert",
		"INSERT INTO idempotency (token_id, key, request_hash, answer)"
		" VALUES ($1::bigint, $2::text, $3::bytea, $4::text)"};

	for (size_t i = 0; i < s->job_count; i++) {
		struct intake_job *job = &s->jobs[i];

		if (job->key == NULL || !to_store(job))
			continue;
		pg_param_int64(s->params, job->caller);
		pg_param_text(s->params, job->key);
		pg_param_bytes(s->params, job->hash, sizeof(job->hash));
		pg_param_text_len(s->params, buf_str(&job->answer), job->answer.len);
		if (!queue_stmt(s, &insert, err))
			return false;
	}
	return true;
}

/* --- quotas
 * --------------------------------------------------------------------------------------------- */

static size_t gather_asks(struct store *s, struct quota_ask **out)
{
	size_t count = 0;

	for (size_t i = 0; i < s->job_count; i++)
		if (s->jobs[i].ask.quota_id != 0 && to_store(&s->jobs[i]))
			out[count++] = &s->jobs[i].ask;
	return count;
}

/* Begins the transaction when anything is counted: one more round trip, for those groups alone. */
static bool take_quotas(struct store *s, struct err *err)
{
	struct quota_ask *asks[INTAKE_CALLS_MAX];
	size_t count;

	for (size_t i = 0; i < s->job_count; i++)
		s->jobs[i].over = false;
	count = gather_asks(s, asks);
	s->begun = count > 0;
	if (!s->begun)
		return true;
	if (!pg_begin(s->pg, err) || !quota_take(s->pg, s->params, asks, count, err))
		return false;
	for (size_t i = 0; i < s->job_count; i++)
		s->jobs[i].over = s->jobs[i].ask.bar != QUOTA_FITS;
	return true;
}

/* What was stored is stored: now those are told that did not fit, and who asked for the same. */
static void refuse_over(struct store *s)
{
	for (size_t i = 0; i < s->job_count; i++) {
		struct intake_job *job = &s->jobs[i];
		const struct intake_job *asked = job->twin != NULL ? job->twin : job;

		if (asked->over)
			quota_refuse(&job->problem, &asked->ask);
	}
}

/* --- permitted hours
 * ------------------------------------------------------------------------------------ */

/* The items of the group in order of calls, each with its place. */
static size_t gather_items(struct store *s, struct message_item **out)
{
	size_t count = 0;

	for (size_t i = 0; i < s->job_count; i++)
		for (size_t k = 0; to_store(&s->jobs[i]) && k < s->jobs[i].count; k++) {
			s->jobs[i].items[k].zones = NULL;
			if (!s->jobs[i].items[k].any_hour)
				out[count++] = &s->jobs[i].items[k];
		}
	return count;
}

/* Where the clients of the group are, so that a chunk has the same permitted hours. */
static bool find_zones(struct store *s, size_t messages, struct err *err)
{
	struct message_item **item = mem_calloc(messages + 1, sizeof(struct message_item *));
	size_t count = gather_items(s, item);
	bool ok = message_chunks_zones(&s->chunks, item, count, s->pg, s->params, err);

	mem_free(item);
	return ok;
}

/* --- chunks
 * --------------------------------------------------------------------------------------------- */

static void make_chunks(struct store *s)
{
	for (size_t i = 0; i < s->job_count; i++) {
		if (!to_store(&s->jobs[i]))
			continue;
		for (size_t k = 0; k < s->jobs[i].count; k++)
			message_chunks_add(&s->chunks, &s->jobs[i].items[k]);
	}
}

static void write_answers(struct store *s)
{
	for (size_t i = 0; i < s->job_count; i++) {
		struct intake_job *job = &s->jobs[i];
		struct json_out json;

		if (!to_store(job))
			continue;
		buf_reset(&job->answer);
		json_out_init(&json, &job->answer);
		json_object(&json, NULL);
		if (http_call_route(job->call)->queue == API_SINGLE) {
			json_put_id(&json, "id", job->items[0].id);
		} else {
			json_array(&json, "ids");
			for (size_t k = 0; k < job->count; k++)
				json_put_id(&json, NULL, job->items[k].id);
			json_array_end(&json);
		}
		json_object_end(&json);
	}
}

/* --- the transaction
 * ------------------------------------------------------------------------------------- */

/* Before anything goes to a number, a stop that outlived it stands again. */
static bool queue_stops(struct store *s, struct err *err)
{
	return message_chunks_queue_stops(&s->chunks, s->pg, s->params, s->api->privacy_key, err);
}

/* The usual group: everything from BEGIN, unless that was before, to COMMIT in one round trip. */
static bool store_at_once(struct store *s, struct err *err)
{
	static const struct pg_stmt begin = {"intake_begin", "BEGIN"};
	static const struct pg_stmt commit = {"intake_commit", "COMMIT"};
	struct pg_result *outs[PIPELINE_MAX + INTAKE_CALLS_MAX + 3] = {NULL};
	size_t keys = 0;
	size_t first_chunk;

	for (size_t i = 0; i < s->job_count; i++)
		keys += s->jobs[i].key != NULL && to_store(&s->jobs[i]);
	first_chunk = (s->begun ? 1 : 2) + keys;
	if (!pg_pipeline_begin(s->pg, err) || (!s->begun && !queue_stmt(s, &begin, err)) ||
	    !queue_stops(s, err) || !queue_keys(s, err))
		return false;
	for (size_t c = 0; c < s->chunks.count; c++)
		if (!message_chunk_queue(s->chunks.chunks[c], s->pg, s->params, err))
			return false;
	if (!queue_stmt(s, &commit, err) ||
	    !pg_pipeline_end(s->pg, outs, first_chunk + s->chunks.count + 1, err))
		return false;
	for (size_t i = 0; i < first_chunk + s->chunks.count + 1; i++) {
		if (i >= first_chunk && i < first_chunk + s->chunks.count)
			s->chunks.chunks[i - first_chunk]->id = pg_int(outs[i], 0, 0);
		pg_result_free(&outs[i]);
	}
	return true;
}

/* Very many different messages: as many round trips as it takes. */
static bool store_in_steps(struct store *s, struct err *err)
{
	if ((!s->begun && !pg_begin(s->pg, err)) || !pg_pipeline_begin(s->pg, err) ||
	    !queue_stops(s, err) || !queue_keys(s, err))
		return false;
	if (!pg_pipeline_end(s->pg, NULL, 0, err))
		return false;
	if (!message_chunks_insert(&s->chunks, s->pg, s->params, err))
		return false;
	return pg_commit(s->pg, err);
}

static bool store_chunks(struct store *s, struct err *err)
{
	make_chunks(s);
	if (s->chunks.count == 0) {
		if (s->begun)
			pg_rollback(s->pg);
		return true;
	}
	if (!message_chunks_number(&s->chunks, s->pg, s->params, err))
		return false;
	write_answers(s);
	return s->chunks.count <= PIPELINE_MAX / 2 ? store_at_once(s, err) : store_in_steps(s, err);
}

static bool try_store(struct store *s, size_t messages, struct err *err)
{
	bool ok;

	message_chunks_clear(&s->chunks);
	ok = find_answered(s, err) && find_zones(s, messages, err) && take_quotas(s, err) &&
	     store_chunks(s, err);
	if (!ok)
		pg_rollback(s->pg);
	return ok;
}

static bool worth_repeating(const struct store *s, const struct err *err)
{
	return err->kind == ERR_RETRY ||
	       (err->kind == ERR_REFUSED && strcmp(pg_sqlstate(s->pg), "23505") == 0);
}

bool intake_store(struct api *api, struct pg *pg, struct intake_job *jobs, size_t count,
		  struct err *err)
{
	struct store s = {.api = api, .pg = pg, .jobs = jobs, .job_count = count};
	size_t messages = 0;
	bool ok = false;

	for (size_t i = 0; i < count; i++)
		messages += jobs[i].count;
	s.params = pg_params_new();
	find_twins(&s);
	for (int i = 0; i < TRIES && !ok; i++) {
		ok = try_store(&s, messages, err);
		if (!ok && !worth_repeating(&s, err))
			break;
	}
	if (ok)
		refuse_over(&s);
	for (size_t c = 0; ok && c < s.chunks.count; c++)
		publisher_put(api->publisher, s.chunks.chunks[c]->id,
			      s.chunks.chunks[c]->like->lane);
	message_chunks_clear(&s.chunks);
	pg_params_free(&s.params);
	return ok;
}
