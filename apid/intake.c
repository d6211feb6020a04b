/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intake - see intake.h: the thread, reading requests, answering. */
#include "apid/intake.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/accounts.h"
#include "apid/auth.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/web/json.h"

#define TURN_MS		 250
#define POOL_WAIT_MS	 5000
#define KEY_BYTES_MAX	 255
#define ANSWER_BYTES_MAX (64u * 1024)

/* Every group costs the stores and everybody behind them a chunk, a batch and a claim, whatever its
 * size.  So groups of single messages that come one by one keep a distance, and a longer one where
 * the stores are slow: storing itself takes at most a fourth of the time. */
#define GROUP_GAP_MIN_US 10000
#define GROUP_GAP_MAX_US 30000
#define GROUP_GAP_TIMES	 4
#define SMOOTHING	 8  /* groups that the time of storing is averaged over */
#define CALLS_AT_ONCE	 16 /* so many do not wait for more */

struct intake {
	struct api *api;
	struct queue *queue;
	pthread_t thread;
	struct intake_job jobs[INTAKE_CALLS_MAX];
	size_t count;
	size_t messages;
	struct message_texts texts; /* made of templates for the group */
	uint64_t store_us;	    /* what storing a group took lately */
	uint64_t next_at_us;	    /* the next group begins then, unless many calls wait */
	struct metric *accepted;
	struct metric *groups;
};

void intake_no_handler(struct http_call *call, void *worker)
{
	(void)worker;
	panic("route %s is an intake's", http_call_route(call)->pattern);
}

/* --- reading
 * ------------------------------------------------------------------------------------------ */

static bool read_key(struct intake_job *job)
{
	const char *key = http_header(job->call, "idempotency-key");

	if (key == NULL)
		return true;
	for (const char *c = key; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			key = "";
	if (key[0] == '\0' || strlen(key) > KEY_BYTES_MAX) {
		problem_field(&job->problem, "Idempotency-Key", "(the header)",
			      "1 to 255 printable ASCII characters, such as a UUID");
		return false;
	}
	job->key = key;
	return true;
}

/* What makes two requests the same: method, path and body, byte for byte. */
static void hash_request(struct intake_job *job)
{
	const struct http_route *route = http_call_route(job->call);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t len;
	const char *body = http_body(job->call, &len);

	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(md, route->method, strlen(route->method) + 1) != 1 ||
	    EVP_DigestUpdate(md, route->pattern, strlen(route->pattern) + 1) != 1 ||
	    EVP_DigestUpdate(md, body, len) != 1 || EVP_DigestFinal_ex(md, job->hash, NULL) != 1)
		panic("SHA-256 failed");
	EVP_MD_CTX_free(md);
}

static void read_document(struct intake *in, struct intake_job *job)
{
	const char *type = http_header(job->call, "content-type");
	size_t len;
	const char *body = http_body(job->call, &len);
	struct err err;

	if (type == NULL || strncmp(type, "application/json", 16) != 0)
		problem_set(&job->problem, 415, "wrong-content-type", "The body must be JSON",
			    "Send it with the header Content-Type: application/json");
	else if (!json_parse(body, len, &job->doc, &err))
		problem_set(&job->problem, 400, "broken-json", "The body is not valid JSON",
			    "Correct the JSON and send it again: %s", err.msg);
	else if (in->queue == in->api->queues[API_SINGLE])
		message_single_read(job->doc, &job->problem, &job->items, &job->count);
	else
		message_bulk_read(job->doc, &job->problem, &job->items, &job->count);
}

static bool find_accounts(struct intake *in, struct pg *pg, struct intake_job *job, struct err *err)
{
	for (size_t i = 0; i < job->count; i++) {
		struct message_item *m = &job->items[i];

		if (m->account == NULL)
			continue;
		if (!accounts_find(in->api->accounts, pg, m->account, &m->account_id, err))
			return false;
		if (m->account_id == 0)
			intake_refuse(job, i, "account", m->account,
				      "the name of an enabled account from GET /v1/accounts");
	}
	return true;
}

/* A program that is bound to templates says nothing of its own. */
static void judge_texts(struct intake_job *job)
{
	for (size_t i = 0; i < job->count && !problem_found(&job->problem); i++)
		if (!send_terms_allow(&job->terms, job->items[i].template_id))
			problem_set(&job->problem, 403, "text-not-allowed",
				    "This program may not send this text",
				    "It sends certain templates and no text of its own. Name one "
				    "of them as template_id, with its variables, or ask whoever "
				    "runs the service to allow another");
}

static bool read_job(struct intake *in, struct pg *pg, struct intake_job *job, struct err *err)
{
	const struct operation *op = http_call_route(job->call)->context;
	struct caller caller;
	int64_t token_id;
	bool ok = auth_check(in->api->auth, pg, job->call, op->right, &caller, &job->problem, err);

	job->caller = caller_number(&caller);
	job->terms = caller.terms;
	token_id = caller.token_id;
	caller_deinit(&caller);
	if (!ok)
		return false;
	if (problem_found(&job->problem) || !read_key(job))
		return true;
	if (job->key != NULL)
		hash_request(job);
	read_document(in, job);
	for (size_t i = 0; i < job->count; i++)
		job->items[i].token_id = token_id;
	judge_texts(job);
	return problem_found(&job->problem) || find_accounts(in, pg, job, err);
}

/* --- answering
 * ----------------------------------------------------------------------------------------- */

static void answer(struct intake_job *job)
{
	if (problem_found(&job->problem)) {
		http_reply_problem(job->call, &job->problem);
	} else {
		struct buf *body = job->twin != NULL ? &job->twin->answer : &job->answer;

		http_reply(job->call, 202, "application/json", buf_str(body), body->len);
		if (job->replayed || job->twin != NULL)
			http_reply_header(job->call, "Idempotency-Replayed", "true");
	}
}

static void finish(struct intake_job *job)
{
	json_free(&job->doc);
	mem_free(job->items);
	problem_deinit(&job->problem);
	buf_deinit(&job->answer);
	http_call_done(job->call);
}

/* --- the thread
 * ------------------------------------------------------------------------------------------ */

static void add_job(struct intake *in, struct http_call *call)
{
	struct intake_job *job = &in->jobs[in->count++];

	memset(job, 0, sizeof(*job));
	job->call = call;
	problem_init(&job->problem);
	buf_init(&job->answer, ANSWER_BYTES_MAX);
}

static bool run_group(struct intake *in, struct pg *pg, struct err *err)
{
	for (size_t i = 0; i < in->count; i++) {
		if (!read_job(in, pg, &in->jobs[i], err))
			return false;
		in->messages += in->jobs[i].count;
		while (i + 1 == in->count && in->count < INTAKE_CALLS_MAX &&
		       in->messages < INTAKE_MESSAGES_MAX) {
			struct http_call *call = queue_try_take(in->queue);

			if (call == NULL)
				break;
			add_job(in, call);
		}
	}
	return intake_measure(in->api, pg, in->jobs, in->count, &in->texts, err) &&
	       intake_store(in->api, pg, in->jobs, in->count, err);
}

static void fail_group(struct intake *in, const struct err *err)
{
	log_err("messages could not be stored", err, LI("calls", in->count));
	for (size_t i = 0; i < in->count; i++)
		if (!problem_found(&in->jobs[i].problem))
			problem_unavailable(&in->jobs[i].problem, err);
}

static uint64_t group_gap_us(const struct intake *in)
{
	uint64_t gap_us = in->store_us * GROUP_GAP_TIMES;

	if (in->queue == in->api->queues[API_BULK])
		return 0;
	if (gap_us < GROUP_GAP_MIN_US)
		return GROUP_GAP_MIN_US;
	return gap_us < GROUP_GAP_MAX_US ? gap_us : GROUP_GAP_MAX_US;
}

/* A call after a pause waits for nobody. */
static void await_turn(struct intake *in)
{
	uint64_t now_us = clock_mono_ns() / 1000;

	if (now_us < in->next_at_us && queue_len(in->queue) < CALLS_AT_ONCE) {
		usleep((useconds_t)(in->next_at_us - now_us));
		now_us = in->next_at_us;
	}
	in->next_at_us = now_us + group_gap_us(in);
}

static void note_storing(struct intake *in, uint64_t began_us)
{
	uint64_t took_us = clock_mono_ns() / 1000 - began_us;

	in->store_us = (in->store_us * (SMOOTHING - 1) + took_us) / SMOOTHING;
}

static void take_group(struct intake *in, struct http_call *first)
{
	uint64_t began_us;
	struct pg *pg;
	struct err err;
	uint64_t deadline_ms = clock_mono_ms() + POOL_WAIT_MS;

	in->count = 0;
	in->messages = 0;
	add_job(in, first);
	await_turn(in);
	began_us = clock_mono_ns() / 1000;
	if (!pg_pool_take(in->api->intake, deadline_ms, &pg, &err)) {
		fail_group(in, &err);
	} else {
		if (run_group(in, pg, &err))
			metric_add(in->groups, 1);
		else
			fail_group(in, &err);
		pg_pool_give(in->api->intake, pg);
	}
	note_storing(in, began_us);
	for (size_t i = 0; i < in->count; i++) {
		struct intake_job *job = &in->jobs[i];

		answer(job);
		if (!problem_found(&job->problem) && !job->replayed && job->twin == NULL)
			metric_add(in->accepted, (int64_t)job->count);
	}
	for (size_t i = 0; i < in->count; i++)
		finish(&in->jobs[i]);
	message_texts_free(&in->texts);
}

static void *intake_thread(void *arg)
{
	struct intake *in = arg;

	for (;;) {
		struct http_call *call = queue_take(in->queue, clock_mono_ms() + TURN_MS);

		if (call != NULL)
			take_group(in, call);
		else if (atomic_load(&in->api->ending))
			return NULL;
	}
}

struct intake *intake_new(struct api *api, struct queue *queue)
{
	struct intake *in = mem_calloc(1, sizeof(*in));
	const char *labels = queue == api->queues[API_SINGLE] ? "kind=\"single\"" : "kind=\"bulk\"";

	in->api = api;
	in->queue = queue;
	in->accepted = metrics_counter("vestnik_api_messages_total",
				       "Messages accepted and durable", labels);
	in->groups = metrics_counter("vestnik_api_groups_total",
				     "Transactions that stored messages", labels);
	if (pthread_create(&in->thread, NULL, intake_thread, in) != 0)
		panic("pthread_create failed");
	return in;
}

void intake_free(struct intake **intake)
{
	if (*intake == NULL)
		return;
	pthread_join((*intake)->thread, NULL);
	mem_free(*intake);
	*intake = NULL;
}
