/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* operation - what every operation in a store thread shares: caller, connection, answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/api.h"
#include "apid/audit.h"
#include "apid/auth.h"
#include "apid/reading.h"
#include "common/model/phone.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/web/json.h"

#define POOL_WAIT_MS	 10000
#define ANSWER_BYTES_MAX (8u * 1024 * 1024)
#define TURN_MS		 250

static bool check_query(struct request *r, const struct operation *op)
{
	static const char *const none[] = {NULL};
	const char *unknown = NULL;

	if (op->any_query ||
	    !http_query_unknown(r->call, op->query != NULL ? op->query : none, &unknown))
		return true;
	return problem_set(&r->problem, 400, "bad-request", "Unknown query parameter",
			   "This path does not know the parameter \"%.60s\". GET /openapi.yaml "
			   "describes what it knows",
			   unknown);
}

/* The gate: who calls, whether they may, and whether it is theirs. */
static bool may_run(struct request *r, const struct operation *op, struct err *err)
{
	int64_t id = 0;

	if (!auth_check(r->api->auth, r->pg, r->call, op->right, &r->caller, &r->problem, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	r->json.masked = !caller_may(&r->caller, RIGHT_PERSONAL_READ);
	if (scope_is_thing(op->scope) && !id_parse(http_param(r->call, 0), &id))
		return true; /* the operation says what there is none of */
	return scope_view_begin(r->pg, &r->caller, op->right, err) &&
	       scope_check(r->pg, &r->caller, op->scope, op->right, id, &r->problem, err);
}

static bool run_operation(struct request *r, const struct operation *op, struct pg_pool *pool,
			  struct err *err)
{
	bool ok;

	if (!pg_pool_take(pool, clock_mono_ms() + POOL_WAIT_MS, &r->pg, err))
		return false;
	ok = may_run(r, op, err) &&
	     (problem_found(&r->problem) || (audit_label(r, err) && op->run(r, err)));
	scope_view_end(r->pg, &r->caller);
	pg_pool_give(pool, r->pg);
	caller_deinit(&r->caller);
	return ok;
}

void operation_handle(struct http_call *call, void *arg)
{
	struct worker *worker = arg;
	const struct http_route *route = http_call_route(call);
	const struct operation *op = route->context;
	struct request r = {.api = worker->api, .call = call};
	struct err err = {0};

	problem_init(&r.problem);
	buf_init(&r.out, ANSWER_BYTES_MAX);
	json_out_init(&r.json, &r.out);
	r.json.lang = http_lang(call);
	r.params = pg_params_new();
	if (check_query(&r, op) && !run_operation(&r, op, worker->pool, &err) &&
	    !problem_found(&r.problem)) {
		log_err("request failed", &err, LS("method", route->method),
			LS("route", route->pattern));
		problem_unavailable(&r.problem, &err);
	}
	if (problem_found(&r.problem))
		http_reply_problem(call, &r.problem);
	pg_params_free(&r.params);
	buf_deinit(&r.out);
	problem_deinit(&r.problem);
}

void *worker_thread(void *arg)
{
	struct worker *worker = arg;

	for (;;) {
		struct http_call *call = queue_take(worker->queue, clock_mono_ms() + TURN_MS);

		if (call != NULL) {
			http_call_handle(call, worker);
			http_call_done(call);
		} else if (atomic_load(&worker->api->ending)) {
			return NULL;
		}
	}
}

bool request_query(struct request *r, const struct pg_stmt *stmt, struct pg_result **out,
		   struct err *err)
{
	bool ok = pg_run(r->pg, stmt, r->params, out, err);

	pg_params_reset(r->params);
	return ok;
}

bool request_reply(struct request *r, int status)
{
	if (r->out.overflow)
		return problem_set(&r->problem, 500, "internal", "The answer is too large",
				   "Ask for less at a time with limit");
	if (!reading_note(r))
		return true;
	http_reply_buf(r->call, status, "application/json", &r->out);
	return true;
}

bool request_refused(struct err *err)
{
	return err_set(err, ERR_INPUT, "the request was refused");
}

bool request_id(struct request *r, size_t i, const char *what, int64_t *out)
{
	if (id_parse(http_param(r->call, i), out))
		return true;
	return problem_not_found(&r->problem, what);
}

const char *text_or_null(const struct pg_result *rows, size_t i, int col)
{
	return pg_null(rows, i, col) ? NULL : pg_text(rows, i, col);
}

void put_id_or_null(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_id(json, key, pg_int(rows, i, col));
}

bool request_json(struct request *r, struct cJSON **out)
{
	size_t len;
	const char *text = http_body(r->call, &len);
	const char *type = http_header(r->call, "content-type");
	struct err err;

	if (type == NULL || strncmp(type, "application/json", 16) != 0)
		return problem_set(&r->problem, 415, "wrong-content-type", "The body must be JSON",
				   "Send it with the header Content-Type: application/json");
	if (!json_parse(text, len, out, &err))
		return problem_set(&r->problem, 400, "broken-json", "The body is not valid JSON",
				   "Correct the JSON and send it again: %s", err.msg);
	return true;
}

/* --- pages
 * ------------------------------------------------------------------------------------------ */

bool page_from_query(struct request *r, struct page *out)
{
	const char *limit = http_query(r->call, "limit");
	const char *cursor = http_query(r->call, "cursor");

	*out = (struct page){.limit = 50};
	if (limit != NULL && (!id_parse(limit, &out->limit) || out->limit > PAGE_LIMIT_MAX))
		problem_field(&r->problem, "limit", limit, "a whole number from 1 to 200");
	if (cursor != NULL && !id_parse(cursor, &out->cursor))
		problem_field(&r->problem, "cursor", cursor,
			      "next_cursor of the page before, unchanged");
	return !problem_found(&r->problem);
}

void page_in(struct json_in *in, struct page *out)
{
	out->cursor = json_in_id(in, "cursor", JSON_OPTIONAL);
	out->limit = json_in_int(in, "limit", JSON_OPTIONAL, 1, PAGE_LIMIT_MAX, 50);
}

bool page_by_phone(struct request *r, enum json_need need, struct page *page)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t msisdn;

	if (!request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	msisdn = phone_in(&in, "phone", need);
	page_in(&in, page);
	json_in_end(&in);
	json_free(&doc);
	pg_param_int64(r->params, page->cursor);
	pg_param_int64(r->params, page->limit);
	pg_param_int64(r->params, msisdn);
	return !problem_found(&r->problem);
}

bool page_reply(struct request *r, const struct page *page, const struct pg_stmt *stmt,
		const char *name,
		void (*put)(struct json_out *json, const struct pg_result *rows, size_t i),
		struct err *err)
{
	struct pg_result *rows = NULL;
	size_t shown;

	if (!request_query(r, stmt, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page->limit ? pg_rows(rows) : (size_t)page->limit;
	json_object(&r->json, NULL);
	json_array(&r->json, name);
	for (size_t i = 0; i < shown; i++)
		put(&r->json, rows, i);
	page_end(r, page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, 0) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

void page_end(struct request *r, const struct page *page, size_t rows, int64_t last_id)
{
	json_array_end(&r->json);
	if (rows > (size_t)page->limit)
		json_put_id(&r->json, "next_cursor", last_id);
	else
		json_put_null(&r->json, "next_cursor");
	json_object_end(&r->json);
}
