/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source_runs - runs of sources: asked for, looked at, and what a held one is to do. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/download.h"
#include "apid/source.h"
#include "common/base/log.h"

static void put_run_open(struct json_out *json, const char *key, const struct pg_result *rows,
			 size_t i, int col)
{
	static const char *const counts[] = {"rows_read",	"rows_bad",	   "rows_repeated",
					     "clients_new",	"clients_changed", "clients_same",
					     "clients_missing", "clients_known"};

	json_object(json, key);
	json_put_id(json, "id", pg_int(rows, i, col));
	json_put_id(json, "source_id", pg_int(rows, i, col + 1));
	json_put_bool(json, "dry_run", pg_bool(rows, i, col + 2));
	json_put_bool(json, "complete", pg_bool(rows, i, col + 3));
	json_put_text(json, "status", pg_text(rows, i, col + 4));
	for (int k = 0; k < (int)(sizeof(counts) / sizeof(counts[0])); k++)
		json_put_int(json, counts[k], pg_int(rows, i, col + 5 + k));
	json_put_sentence(json, "problem", text_or_null(rows, i, col + 13));
	json_put_time(json, "created_at", pg_time_us(rows, i, col + 14));
	json_put_time(json, "started_at", pg_time_us(rows, i, col + 15));
	json_put_time(json, "finished_at", pg_time_us(rows, i, col + 16));
}

void source_run_put(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		    int col)
{
	put_run_open(json, key, rows, i, col);
	json_object_end(json);
}

static void put_item(struct json_out *json, const struct pg_result *rows, size_t i)
{
	source_run_put(json, NULL, rows, i, 0);
}

/* The run of the path: source and run. */
static bool run_ids(struct request *r, int64_t *source_out, int64_t *run_out)
{
	return request_id(r, 0, "source", source_out) &&
	       request_id(r, 1, "run of a source", run_out);
}

static bool put_run(struct request *r, int64_t source, int64_t run, struct err *err)
{
	static const struct pg_stmt get = {"source_run_get",
					   "SELECT " SOURCE_RUN_COLUMNS ", r.difference::text"
					   "  FROM source_run r WHERE r.id = $2::bigint"
					   "   AND r.source_id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, source);
	pg_param_int64(r->params, run);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "run of a source");
	} else {
		put_run_open(&r->json, NULL, rows, 0, 0);
		if (pg_null(rows, 0, SOURCE_RUN_COLUMN_COUNT))
			json_put_null(&r->json, "difference");
		else
			json_put_raw(&r->json, "difference",
				     pg_text(rows, 0, SOURCE_RUN_COLUMN_COUNT),
				     pg_len(rows, 0, SOURCE_RUN_COLUMN_COUNT));
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return true;
}

/* GET /v1/sources/{id}/runs, the newest first */
bool source_run_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"source_run_list",
					    "SELECT " SOURCE_RUN_COLUMNS " FROM source_run r"
					    " WHERE r.source_id = $3::bigint"
					    "   AND ($1::bigint = 0 OR r.id < $1::bigint)"
					    " ORDER BY r.id DESC LIMIT $2::bigint + 1"};
	struct page page;
	int64_t source;

	if (!request_id(r, 0, "source", &source) || !page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, source);
	return page_reply(r, &page, &list, "runs", put_item, err);
}

/* GET /v1/sources/{id}/runs/{run} */
bool source_run_get(struct request *r, struct err *err)
{
	int64_t source, run;

	if (!run_ids(r, &source, &run))
		return true;
	return put_run(r, source, run, err) &&
	       (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- asking for one
 * ------------------------------------------------------------------------------- */

static bool bool_in(struct json_in *in, const cJSON *doc, const char *key)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(doc, key);

	if (json_in_has(in, key) && !cJSON_IsBool(value))
		json_in_refuse(in, key, "another kind of value", "true or false");
	return cJSON_IsTrue(value);
}

static bool insert_run(struct request *r, int64_t source, bool dry, bool complete, int64_t *run_out,
		       struct err *err)
{
	static const struct pg_stmt insert = {
		"source_run_ask",
		"INSERT INTO source_run (source_id, dry, complete, token_id, person_id)"
		" SELECT id, $2::boolean, $3::boolean OR mode = 'full', $4::bigint, $5::bigint"
		"   FROM source WHERE id = $1::bigint RETURNING id"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, source);
	pg_param_bool(r->params, dry);
	pg_param_bool(r->params, complete);
	caller_params(r->params, &r->caller);
	if (!request_query(r, &insert, &rows, err))
		return false;
	*run_out = pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	if (*run_out == 0)
		problem_not_found(&r->problem, "source");
	return true;
}

/* POST /v1/sources/{id}/runs: crmd takes it within a second */
bool source_run_create(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t source, run = 0;
	bool dry, complete;

	if (!request_id(r, 0, "source", &source) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	dry = bool_in(&in, doc, "dry_run");
	complete = bool_in(&in, doc, "complete");
	json_in_end(&in);
	json_free(&doc);
	if (problem_found(&r->problem))
		return true;
	if (!insert_run(r, source, dry, complete, &run, err))
		return false;
	return problem_found(&r->problem) ||
	       (put_run(r, source, run, err) && request_reply(r, 202));
}

/* --- a held one
 * ----------------------------------------------------------------------------------- */

struct verdict {
	struct request *r;
	int64_t source, run;
	bool confirmed;
};

static bool settle(struct verdict *v, struct err *err)
{
	static const struct pg_stmt settle = {
		"source_run_settle",
		"UPDATE source_run SET status = CASE WHEN $3::boolean THEN 'done' ELSE 'dropped' "
		"END WHERE id = $2::bigint AND source_id = $1::bigint AND status = 'held'"
		" RETURNING id"};
	struct request *r = v->r;
	struct pg_result *rows = NULL;
	size_t found;

	pg_param_int64(r->params, v->source);
	pg_param_int64(r->params, v->run);
	pg_param_bool(r->params, v->confirmed);
	if (!request_query(r, &settle, &rows, err))
		return false;
	found = pg_rows(rows);
	pg_result_free(&rows);
	if (found == 1)
		return true;
	if (!put_run(r, v->source, v->run, err))
		return false;
	if (!problem_found(&r->problem))
		problem_conflict(&r->problem,
				 "This run holds nothing back, or that was decided before");
	return request_refused(err);
}

static bool verdict_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt confirm = {"source_confirm",
					       "SELECT source_let_go($1::bigint)"};
	static const struct pg_stmt drop = {
		"source_drop", "DELETE FROM source_missing WHERE source_id = $1::bigint"};
	struct verdict *v = arg;

	(void)pg;
	json_out_reset(&v->r->json);
	if (!settle(v, err))
		return false;
	pg_param_int64(v->r->params, v->source);
	return request_query(v->r, v->confirmed ? &confirm : &drop, NULL, err) &&
	       put_run(v->r, v->source, v->run, err);
}

static bool decide(struct request *r, bool confirmed, struct err *err)
{
	struct verdict v = {.r = r, .confirmed = confirmed};

	if (!run_ids(r, &v.source, &v.run))
		return true;
	if (!pg_transaction(r->pg, verdict_body, &v, err))
		return false;
	log_info("missing clients of a source decided on", LI("source", v.source), LI("run", v.run),
		 LS("verdict", confirmed ? "gone" : "kept"));
	return request_reply(r, 200);
}

/* POST /v1/sources/{id}/runs/{run}/confirm */
bool source_run_confirm(struct request *r, struct err *err)
{
	return decide(r, true, err);
}

/* POST /v1/sources/{id}/runs/{run}/drop */
bool source_run_drop(struct request *r, struct err *err)
{
	return decide(r, false, err);
}

/* --- refused rows
 * --------------------------------------------------------------------------------- */

/* The row as it came goes last: of a database or JSON it is our own making. */
static void put_refused(struct download *file, enum lang lang, const struct pg_result *rows,
			size_t i)
{
	fprintf(file->out, "%lld;", (long long)pg_int(rows, i, 0));
	if (pg_text(rows, i, 1)[0] == '(')
		download_put_said(file->out, lang, pg_text(rows, i, 1));
	else
		download_put_guarded(file->out, pg_text(rows, i, 1));
	putc(';', file->out);
	download_put_said(file->out, lang, pg_text(rows, i, 2));
	putc(';', file->out);
	download_put_guarded(file->out, pg_text(rows, i, 3));
	fputs("\r\n", file->out);
}

static bool write_refused(struct request *r, int64_t run, struct download *file, struct err *err)
{
	static const struct pg_stmt page = {
		"source_refused_page",
		"SELECT line, field, problem, raw FROM source_refused"
		" WHERE run_id = $1::bigint AND line > $2::bigint ORDER BY line LIMIT 1000"};
	int64_t after = -1;
	size_t count;

	fputs("vestnik_line;vestnik_field;vestnik_problem;row\r\n", file->out);
	do {
		struct pg_result *rows = NULL;

		pg_param_int64(r->params, run);
		pg_param_int64(r->params, after);
		if (!request_query(r, &page, &rows, err))
			return false;
		count = pg_rows(rows);
		for (size_t i = 0; i < count; i++)
			put_refused(file, r->json.lang, rows, i);
		after = count > 0 ? pg_int(rows, count - 1, 0) : after;
		pg_result_free(&rows);
	} while (count > 0);
	return true;
}

/* GET /v1/sources/{id}/runs/{run}/refused */
bool source_run_refused(struct request *r, struct err *err)
{
	struct download file;
	int64_t source, run;
	char name[96];

	if (!run_ids(r, &source, &run))
		return true;
	if (!put_run(r, source, run, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!download_begin(&file, err))
		return false;
	if (!write_refused(r, run, &file, err)) {
		download_abort(&file);
		return false;
	}
	snprintf(name, sizeof(name), "refused-rows-%lld.csv", (long long)run);
	return download_reply(r, &file, name, err);
}
