/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sources - where clients are pulled from: set up, changed, removed.
 *
 * A secret is written into a table that apid may not read. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/secret.h"
#include "apid/source.h"
#include "common/base/log.h"

#define SOURCE_COLUMNS                                                                             \
	"SELECT s.id, s.name, s.kind, s.enabled, s.mode, s.cursor_column, s.every_min,"            \
	"       to_char(s.daily_at, 'HH24:MI'), s.settings::text,"                                 \
	"       EXISTS (SELECT 1 FROM source_secret x WHERE x.source_id = s.id),"                  \
	"       s.due_at, s.created_at, s.changed_at, s.column_header, s.column_field,"            \
	"       s.column_attribute, " SOURCE_RUN_COLUMNS ", (SELECT max(h.id) FROM source_run h"   \
	"         WHERE h.source_id = s.id AND h.status = 'held')"                                 \
	"  FROM source s LEFT JOIN LATERAL (SELECT * FROM source_run u WHERE u.source_id = s.id"   \
	"       ORDER BY u.id DESC LIMIT 1) r ON true "

enum column {
	COL_ID,
	COL_NAME,
	COL_KIND,
	COL_ENABLED,
	COL_MODE,
	COL_CURSOR_COLUMN,
	COL_EVERY,
	COL_DAILY,
	COL_SETTINGS,
	COL_SECRET,
	COL_DUE,
	COL_CREATED,
	COL_CHANGED,
	COL_MAPPING,
	COL_RUN = COL_MAPPING + 3,
	COL_HELD = COL_RUN + SOURCE_RUN_COLUMN_COUNT,
};

static void put_mapping(struct json_out *json, const struct pg_result *rows, size_t i)
{
	struct import_mapping mapping;

	import_mapping_load(rows, i, COL_MAPPING, &mapping);
	json_array(json, "columns");
	for (size_t k = 0; k < mapping.count; k++) {
		json_object(json, NULL);
		json_put_text(json, "header", mapping.column[k].header);
		json_put_text(json, "field", client_field_code(mapping.column[k].field));
		json_put_text(json, "attribute", mapping.column[k].name);
		json_object_end(json);
	}
	json_array_end(json);
	import_mapping_free(&mapping);
}

static void put_source(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_text(json, "kind", pg_text(rows, i, COL_KIND));
	json_put_bool(json, "enabled", pg_bool(rows, i, COL_ENABLED));
	json_put_text(json, "mode", pg_text(rows, i, COL_MODE));
	json_put_text(json, "cursor_column", text_or_null(rows, i, COL_CURSOR_COLUMN));
	if (pg_null(rows, i, COL_EVERY))
		json_put_null(json, "every_min");
	else
		json_put_int(json, "every_min", pg_int(rows, i, COL_EVERY));
	json_put_text(json, "daily_at", text_or_null(rows, i, COL_DAILY));
	json_put_raw(json, "settings", pg_text(rows, i, COL_SETTINGS),
		     pg_len(rows, i, COL_SETTINGS));
	json_put_bool(json, "has_secret", pg_bool(rows, i, COL_SECRET));
	json_put_time(json, "due_at", pg_time_us(rows, i, COL_DUE));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
	put_mapping(json, rows, i);
	if (pg_null(rows, i, COL_RUN))
		json_put_null(json, "last_run");
	else
		source_run_put(json, "last_run", rows, i, COL_RUN);
	if (pg_null(rows, i, COL_HELD))
		json_put_null(json, "held_run_id");
	else
		json_put_id(json, "held_run_id", pg_int(rows, i, COL_HELD));
	json_object_end(json);
}

static bool put_one(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"source_get", SOURCE_COLUMNS "WHERE s.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_source(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "source");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/sources */
bool source_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"source_list",
					    SOURCE_COLUMNS "WHERE s.id > $1::bigint ORDER BY s.id "
							   "LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	return page_reply(r, &page, &list, "sources", put_source, err);
}

/* GET /v1/sources/{id} */
bool source_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "source", &id))
		return true;
	return put_one(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

static const char *const check_names[] = {
	[SOURCE_FOLDER] = "folder",
	[SOURCE_PATTERN] = "pattern",
	[SOURCE_HOST] = "host",
	[SOURCE_PORT] = "port",
	[SOURCE_URL_WEB] = "url",
	[SOURCE_URL_SFTP] = "url",
	[SOURCE_POINTER] = "json_pointer",
	[SOURCE_WORD] = "word",
	[SOURCE_DIGEST] = "digest",
	[SOURCE_TEXT] = "text",
};

static void put_kind(struct json_out *json, const struct source_kind *kind)
{
	json_object(json, NULL);
	json_put_text(json, "kind", kind->name);
	json_put_bool(json, "has_cursor_column", kind->has_cursor_column);
	json_put_bool(json, "has_secret", kind->has_secret);
	json_array(json, "settings");
	for (const struct source_setting *s = kind->settings; s->name != NULL; s++) {
		json_object(json, NULL);
		json_put_text(json, "name", s->name);
		json_put_text(json, "type", check_names[s->check]);
		json_put_bool(json, "required", s->required);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

/* GET /v1/source-kinds */
bool source_kind_list(struct request *r, struct err *err)
{
	(void)err;
	json_object(&r->json, NULL);
	json_array(&r->json, "kinds");
	for (size_t i = 0; i < source_kind_count; i++)
		put_kind(&r->json, &source_kinds[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* --- writing
 * -------------------------------------------------------------------------------------- */

struct source_write {
	struct request *r;
	int64_t id; /* 0: a new one */
	struct source_wanted wanted;
};

static bool name_is_taken(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
		return false;
	problem_field(&r->problem, "name", "the name of another source", "a name of its own");
	return request_refused(err);
}

static void push_wanted(struct source_write *w)
{
	struct pg_params *p = w->r->params;
	const struct source_wanted *s = &w->wanted;
	char *settings = cJSON_PrintUnformatted(s->settings);

	pg_param_text(p, s->name);
	pg_param_text(p, s->kind->name);
	pg_param_bool(p, s->enabled);
	pg_param_text(p, settings);
	pg_param_text(p, s->mode);
	pg_param_text(p, s->cursor_column);
	pg_param_int64(p, s->every_min);
	pg_param_text(p, s->daily_at);
	import_mapping_push(&s->mapping, p);
	if (w->id != 0)
		pg_param_int64(p, w->id);
	cJSON_free(settings);
}

/* Another place, or the same read otherwise, is read from its start. */
static bool store_source(struct source_write *w, struct err *err)
{
	static const struct pg_stmt create = {
		"source_create",
		"INSERT INTO source (name, kind, enabled, settings, mode, cursor_column, every_min,"
		"   daily_at, column_header, column_field, column_attribute, due_at)"
		" VALUES ($1::text, $2::text, $3::boolean, $4::jsonb, $5::text, $6::text,"
		"   nullif($7::bigint, 0)::integer, $8::text::time, $9::text[], $10::text[],"
		"   $11::text[], CASE WHEN $3::boolean THEN"
		"     source_next(nullif($7::bigint, 0)::integer, $8::text::time) END) RETURNING "
		"id"};
	static const struct pg_stmt change = {
		"source_change",
		"UPDATE source SET cursor = CASE WHEN (kind, settings, mode, cursor_column,"
		"     column_header, column_field, column_attribute) IS NOT DISTINCT FROM"
		"     ($2::text, $4::jsonb, $5::text, $6::text, $9::text[], $10::text[], "
		"$11::text[])"
		"     THEN cursor END,"
		"   name = $1::text, kind = $2::text, enabled = $3::boolean, settings = $4::jsonb,"
		"   mode = $5::text, cursor_column = $6::text,"
		"   every_min = nullif($7::bigint, 0)::integer, daily_at = $8::text::time,"
		"   column_header = $9::text[], column_field = $10::text[],"
		"   column_attribute = $11::text[], changed_at = clock_timestamp(),"
		"   due_at = CASE WHEN $3::boolean THEN"
		"     source_next(nullif($7::bigint, 0)::integer, $8::text::time) END"
		" WHERE id = $12::bigint RETURNING id"};
	struct pg_result *rows = NULL;

	push_wanted(w);
	if (!request_query(w->r, w->id != 0 ? &change : &create, &rows, err))
		return name_is_taken(w->r, err);
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&w->r->problem, "source");
		return request_refused(err);
	}
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static bool store_secret(struct source_write *w, struct err *err)
{
	static const struct pg_stmt forget = {
		"source_secret_forget", "DELETE FROM source_secret WHERE source_id = $1::bigint"};
	static const struct pg_stmt keep = {
		"source_secret_keep",
		"INSERT INTO source_secret (source_id, sealed) VALUES ($1::bigint, $2::bytea)"};
	const struct vault_place place = {VAULT_SOURCE, w->id, "secret"};
	struct request *r = w->r;

	if (!w->wanted.has_secret)
		return true;
	pg_param_int64(r->params, w->id);
	if (!request_query(r, &forget, NULL, err))
		return false;
	if (w->wanted.secret == NULL)
		return true;
	pg_param_int64(r->params, w->id);
	return request_seal(r, &place, w->wanted.secret, err) && request_query(r, &keep, NULL, err);
}

static bool write_body(struct pg *pg, void *arg, struct err *err)
{
	struct source_write *w = arg;

	(void)pg;
	json_out_reset(&w->r->json);
	return store_source(w, err) && store_secret(w, err) && put_one(w->r, w->id, err);
}

static bool write_source(struct request *r, int64_t id, struct err *err)
{
	struct source_write w = {.r = r, .id = id};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	source_wanted_in(doc, &w.wanted, &r->problem);
	if (!problem_found(&r->problem)) {
		ok = pg_transaction(r->pg, write_body, &w, err);
		if (ok)
			log_info("source written", LI("source", w.id));
	}
	source_wanted_free(&w.wanted);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, id != 0 ? 200 : 201));
}

/* POST /v1/sources */
bool source_create(struct request *r, struct err *err)
{
	return write_source(r, 0, err);
}

/* PUT /v1/sources/{id} */
bool source_put(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "source", &id) || write_source(r, id, err);
}

/* Its clients stay; they are only no longer known to have come from it. */
static bool delete_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt statements[] = {
		{"source_delete_missing",
		 "DELETE FROM source_missing WHERE source_id = $1::bigint"},
		{"source_delete_clients", "DELETE FROM source_client WHERE source_id = $1::bigint"},
		{"source_delete", "DELETE FROM source WHERE id = $1::bigint"},
	};
	struct source_write *w = arg;
	struct pg_result *rows = NULL;
	int64_t gone = 0;

	(void)pg;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		pg_param_int64(w->r->params, w->id);
		if (!request_query(w->r, &statements[i], &rows, err))
			return false;
		gone = pg_affected(rows);
		pg_result_free(&rows);
	}
	if (gone == 1)
		return true;
	problem_not_found(&w->r->problem, "source");
	return request_refused(err);
}

/* DELETE /v1/sources/{id} */
bool source_delete(struct request *r, struct err *err)
{
	struct source_write w = {.r = r};

	if (!request_id(r, 0, "source", &w.id))
		return true;
	if (!pg_transaction(r->pg, delete_body, &w, err))
		return false;
	log_info("source deleted", LI("source", w.id));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
