/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* exports - see export.h: made, listed, fetched, deleted. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/download.h"
#include "apid/export.h"
#include "apid/missed.h"
#include "apid/reading.h"
#include "common/base/log.h"
#include "common/web/json.h"

#define FILTER_CHARS 40

/* --- the mark ------------------------------------------------------------------------------------
 */

void export_put_head(struct request *r, FILE *out)
{
	if (r->export == NULL)
		return;
	putc(';', out);
	download_put_said(out, r->json.lang, "export");
}

void export_put_mark(struct request *r, FILE *out)
{
	if (r->export == NULL)
		return;
	r->export->rows++;
	putc(';', out);
	download_put_guarded(out, r->export->text);
}

bool export_full(const struct request *r)
{
	return r->export != NULL && r->export->rows > r->export->rows_max;
}

/* --- the register --------------------------------------------------------------------------------
 */

enum column {
	COL_ID,
	COL_KIND,
	COL_OBJECT,
	COL_FILTER,
	COL_REASON,
	COL_MASKED,
	COL_ROWS,
	COL_BY,
	COL_CREATED,
	COL_EXPIRES,
	COL_FETCHED,
	COL_FETCHED_AT,
	COL_DELETED,
	COL_MARK,
};

/* $1 and $2: whose; both null: anybody's. */
#define EXPORT_COLUMNS                                                                             \
	"SELECT e.id, e.kind, e.object_id, e.filter, e.reason, e.masked, e.rows,"                  \
	"       coalesce(p.name, t.name), e.created_at, e.expires_at, e.fetched::bigint,"          \
	"       e.fetched_at, e.deleted_at,"                                                       \
	"       concat(coalesce(p.name, t.name), ' (', CASE WHEN e.person_id IS NULL"              \
	"              THEN 'token ' || e.token_id ELSE 'person ' || e.person_id END, '), ',"      \
	"              to_char(clock_timestamp() AT TIME ZONE coalesce((SELECT s.value FROM"       \
	"              setting s WHERE s.name = 'time_zone'), 'UTC'), 'YYYY-MM-DD HH24:MI:SS'))"   \
	"  FROM export e LEFT JOIN person p ON p.id = e.person_id"                                 \
	"  LEFT JOIN token t ON t.id = e.token_id"                                                 \
	" WHERE (e.token_id = $1::bigint OR e.person_id = $2::bigint"                              \
	"        OR $1::bigint IS NULL AND $2::bigint IS NULL) "

static void put_export(struct json_out *json, const struct pg_result *rows, size_t i)
{
	bool missed = strcmp(pg_text(rows, i, COL_KIND), "missed") == 0;

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "kind", pg_text(rows, i, COL_KIND));
	if (missed || pg_int(rows, i, COL_OBJECT) != 0)
		json_put_id(json, missed ? "campaign_id" : "client_id",
			    pg_int(rows, i, COL_OBJECT));
	json_put_text(json, "filter", text_or_null(rows, i, COL_FILTER));
	json_put_private(json, "reason", pg_text(rows, i, COL_REASON));
	json_put_bool(json, "masked", pg_bool(rows, i, COL_MASKED));
	json_put_int(json, "rows", pg_int(rows, i, COL_ROWS));
	json_put_text(json, "made_by", text_or_null(rows, i, COL_BY));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "expires_at", pg_time_us(rows, i, COL_EXPIRES));
	json_put_int(json, "fetched", pg_int(rows, i, COL_FETCHED));
	json_put_time(json, "fetched_at", pg_time_us(rows, i, COL_FETCHED_AT));
	json_put_time(json, "deleted_at", pg_time_us(rows, i, COL_DELETED));
	json_object_end(json);
}

/* Who audits the company sees everybody's; else one's own. */
static void push_whose(struct request *r, bool all)
{
	if (all) {
		pg_param_null(r->params);
		pg_param_null(r->params);
	} else {
		caller_params(r->params, &r->caller);
	}
}

/* GET /v1/exports */
bool export_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"export_list", EXPORT_COLUMNS
					    "AND ($3::bigint = 0 OR e.id < $3::bigint)"
					    " ORDER BY e.id DESC LIMIT $4::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	push_whose(r, scope_company(&r->caller, RIGHT_AUDIT_READ));
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	return page_reply(r, &page, &list, "exports", put_export, err);
}

/* The caller's own; another's is not found, one that is over is gone. */
static bool find_own(struct request *r, int64_t id, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt find = {"export_find", EXPORT_COLUMNS "AND e.id = $3::bigint"};

	push_whose(r, false);
	pg_param_int64(r->params, id);
	if (!request_query(r, &find, out, err))
		return false;
	if (pg_rows(*out) == 0)
		problem_not_found(&r->problem, "export");
	else if (!pg_null(*out, 0, COL_DELETED))
		problem_set(&r->problem, 410, "export-over", "The export is over",
			    "It was deleted, or its 30 days are over. Make another one, for a "
			    "reason");
	return true;
}

/* --- making a file -------------------------------------------------------------------------------
 */

static bool refuse_too_many(struct request *r)
{
	return problem_set(&r->problem, 422, "too-large", "There are too many rows for one export",
			   "Ask for one reason at a time with filter. Whoever runs the service "
			   "sets how many rows an export may have (exports.rows_max), now %lld",
			   (long long)r->export->rows_max);
}

/* Write the file of a campaign; one with too many rows is the problem. */
static bool write_file(struct request *r, int64_t campaign_id, const char *filter, FILE *out,
		       struct err *err)
{
	struct missed_filter f;
	bool outside;

	if (!scope_outside(r->pg, &r->caller, SCOPE_CAMPAIGN, RIGHT_EXPORTS_MAKE, campaign_id,
			   &outside, err))
		return false;
	if (outside) {
		problem_not_found(&r->problem, "campaign");
		return true;
	}
	if (!missed_filter_of(r, campaign_id, filter, "filter", &f, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!missed_csv_write(r, &f, out, err))
		return false;
	return !export_full(r) || refuse_too_many(r);
}

struct making {
	struct request *r;
	const char *kind, *filter, *reason;
	int64_t campaign_id, id;
	int64_t rows;
};

/* Make it once, for its rows to be counted, and throw it away. */
static bool count_rows(struct making *m, struct err *err)
{
	struct request *r = m->r;
	struct download file;
	bool ok;

	if (!download_begin(&file, err))
		return false;
	ok = write_file(r, m->campaign_id, m->filter, file.out, err);
	download_abort(&file);
	m->rows = r->export->rows;
	r->json.people = 0; /* nobody was shown any */
	return ok;
}

static bool store(struct making *m, struct err *err)
{
	static const struct pg_stmt insert = {
		"export_insert",
		"INSERT INTO export (kind, object_id, filter, reason, masked, rows, token_id,"
		"       person_id) VALUES ($1::text, $2::bigint, $3::text, $4::text, $5::boolean,"
		"       $6::bigint, $7::bigint, $8::bigint) RETURNING id"};
	struct request *r = m->r;
	struct pg_result *rows = NULL;

	pg_param_text(r->params, m->kind);
	pg_param_int64(r->params, m->campaign_id);
	pg_param_text(r->params, m->filter);
	pg_param_text(r->params, m->reason);
	pg_param_bool(r->params, r->json.masked);
	pg_param_int64(r->params, m->rows);
	caller_params(r->params, &r->caller);
	if (!request_query(r, &insert, &rows, err))
		return false;
	m->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	log_info("export made", LI("export", m->id), LI("rows", m->rows));
	return true;
}

static bool make(struct making *m, struct err *err)
{
	struct request *r = m->r;
	struct export_mark mark = {.rows_max = r->api->config->export_rows_max};
	struct pg_result *rows = NULL;
	bool ok;

	r->export = &mark;
	ok = count_rows(m, err);
	r->export = NULL;
	if (!ok || problem_found(&r->problem))
		return ok;
	if (!store(m, err) || !find_own(r, m->id, &rows, err))
		return false;
	put_export(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, 201);
}

/* POST /v1/exports */
bool export_create(struct request *r, struct err *err)
{
	struct making m = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	m.kind = json_in_text(&in, "kind", JSON_REQUIRED, FILTER_CHARS);
	if (m.kind != NULL && strcmp(m.kind, "missed") != 0)
		json_in_refuse(&in, "kind", m.kind, "missed, the only kind there is");
	m.campaign_id = json_in_id(&in, "campaign_id", JSON_REQUIRED);
	m.filter = json_in_text(&in, "filter", JSON_OPTIONAL, FILTER_CHARS);
	m.reason = json_in_text(&in, "reason", JSON_REQUIRED, READING_REASON_CHARS);
	json_in_end(&in);
	ok = problem_found(&r->problem) || make(&m, err);
	json_free(&doc);
	return ok;
}

/* --- fetching and deleting -----------------------------------------------------------------------
 */

static bool note_fetched(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt note = {
		"export_fetched", "UPDATE export SET fetched = fetched + 1,"
				  "       fetched_at = clock_timestamp(), rows = $2::bigint"
				  " WHERE id = $1::bigint"};

	pg_param_int64(r->params, id);
	pg_param_int64(r->params, r->export->rows);
	return request_query(r, &note, NULL, err);
}

static bool reply_file(struct request *r, const struct pg_result *rows, struct err *err)
{
	int64_t id = pg_int(rows, 0, COL_ID);
	struct download file;
	char name[64];
	bool ok;

	(void)snprintf(r->export->text, sizeof(r->export->text), "%lld: %s", (long long)id,
		       pg_text(rows, 0, COL_MARK));
	(void)snprintf(name, sizeof(name), "export-%lld.csv", (long long)id);
	r->reading.reason = pg_text(rows, 0, COL_REASON);
	if (!download_begin(&file, err))
		return false;
	ok = write_file(r, pg_int(rows, 0, COL_OBJECT), text_or_null(rows, 0, COL_FILTER), file.out,
			err) &&
	     (problem_found(&r->problem) || note_fetched(r, id, err));
	if (!ok || problem_found(&r->problem)) {
		download_abort(&file);
		return ok;
	}
	return download_reply(r, &file, name, err);
}

/* POST /v1/exports/{id}/file: it is logged, so it is no GET. */
bool export_file(struct request *r, struct err *err)
{
	struct export_mark mark = {.rows_max = r->api->config->export_rows_max};
	struct pg_result *rows = NULL;
	int64_t id;
	bool ok;

	if (!request_id(r, 0, "export", &id))
		return true;
	if (!find_own(r, id, &rows, err))
		return false;
	if (!problem_found(&r->problem) && strcmp(pg_text(rows, 0, COL_KIND), "missed") != 0)
		problem_not_found(&r->problem, "export");
	r->export = &mark;
	ok = problem_found(&r->problem) || reply_file(r, rows, err);
	r->export = NULL;
	r->reading.reason = NULL;
	pg_result_free(&rows);
	return ok;
}

/* DELETE /v1/exports/{id} */
bool export_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt end = {"export_delete",
					   "UPDATE export SET deleted_at = clock_timestamp()"
					   " WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "export", &id))
		return true;
	if (!find_own(r, id, &rows, err))
		return false;
	pg_result_free(&rows);
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &end, NULL, err))
		return false;
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}

bool export_note_person(struct request *r, int64_t client_id, const char *reason, struct err *err)
{
	static const struct pg_stmt insert = {
		"export_note",
		"INSERT INTO export (kind, object_id, reason, masked, rows, token_id, person_id,"
		"       deleted_at) VALUES ('person', $1::bigint, $2::text, false, 1, $3::bigint,"
		"       $4::bigint, clock_timestamp())"};

	pg_param_int64(r->params, client_id);
	pg_param_text(r->params, reason);
	caller_params(r->params, &r->caller);
	return request_query(r, &insert, NULL, err);
}
