/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit - see audit.h; and searching the log, and taking it home as a file. */
#include "apid/audit.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/download.h"
#include "apid/reading.h"
#include "common/web/json.h"

#define LINE_CHARS     200
#define DEVICE_CHARS   200
#define EXPORT_ROWS    100000
#define EXPORT_AT_ONCE 1000

/* --- who acts ------------------------------------------------------------------------------------
 */

/* What a browser says of itself, without what could be mistaken for the end of it. */
static void device_of(const struct http_call *call, char out[DEVICE_CHARS + 1])
{
	const char *agent = http_header(call, "user-agent");

	(void)snprintf(out, DEVICE_CHARS + 1, "%s", agent != NULL ? agent : "");
	for (char *c = out; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

bool audit_label_now(struct request *r, struct err *err)
{
	bool known = r->caller.person_id != 0 || r->caller.token_id != 0;
	char label[PG_LABEL_SIZE], device[DEVICE_CHARS + 1], name[CALLER_NAME_SIZE];
	char address[ADDRESS_SIZE];

	device_of(r->call, device);
	http_call_address(r->call, address);
	(void)snprintf(label, sizeof(label), "%s\x1f%s\x1f%s",
		       known ? caller_name(&r->caller, name) : "nobody", address, device);
	return pg_label(r->pg, label, err);
}

bool audit_label(struct request *r, struct err *err)
{
	const char *method = http_call_route(r->call)->method;

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return pg_label(r->pg, "", err);
	return audit_label_now(r, err);
}

bool audit_note(struct request *r, const char *action, const char *kind, const char *object,
		const char *changes, struct err *err)
{
	static const struct pg_stmt note = {
		"audit_note", "SELECT audit_note($1::text, $2::text, $3::text, $4::text::json)"};

	pg_param_text(r->params, action);
	pg_param_text(r->params, kind);
	pg_param_text(r->params, object);
	pg_param_text(r->params, changes);
	return request_query(r, &note, NULL, err);
}

bool audit_sign_in(struct request *r, const char *action, const char *login, struct err *err)
{
	static const struct pg_stmt note = {"audit_sign_in",
					    "SELECT audit_sign_in($1::text, $2::text)"};

	pg_param_text(r->params, action);
	pg_param_text(r->params, login);
	return request_query(r, &note, NULL, err);
}

/* --- reading the log -----------------------------------------------------------------------------
 */

enum column {
	COL_ID,
	COL_AT,
	COL_ACTOR,
	COL_NAME,
	COL_ADDRESS,
	COL_DEVICE,
	COL_ACTION,
	COL_KIND,
	COL_OBJECT,
	COL_CHANGES,
};

/* $1 cursor, $2 limit, then what must hold; null: anything. */
#define AUDIT_SEARCH                                                                               \
	"SELECT a.id, a.at, a.actor, coalesce(p.name, t.name), a.address, a.device, a.action,"     \
	"       a.kind, a.object, a.changes::text FROM audit a"                                    \
	"  LEFT JOIN person p ON p.id = CASE WHEN a.actor ~ '^person [0-9]+$'"                     \
	"       THEN substr(a.actor, 8)::bigint END"                                               \
	"  LEFT JOIN token t ON t.id = CASE WHEN a.actor ~ '^token [0-9]+$'"                       \
	"       THEN substr(a.actor, 7)::bigint END"                                               \
	" WHERE ($1::bigint = 0 OR a.id < $1::bigint)"                                             \
	"   AND ($3::text IS NULL OR a.actor = $3::text)"                                          \
	"   AND ($4::text IS NULL OR a.kind = $4::text)"                                           \
	"   AND ($5::text IS NULL OR a.object = $5::text)"                                         \
	"   AND ($6::text IS NULL OR a.action = $6::text)"                                         \
	"   AND ($7::text IS NULL OR position(lower($7::text) IN lower(a.changes::text)) > 0)"     \
	"   AND ($8::timestamptz IS NULL OR a.at >= $8::timestamptz)"                              \
	"   AND ($9::timestamptz IS NULL OR a.at < $9::timestamptz)"                               \
	" ORDER BY a.id DESC LIMIT $2::bigint"

/* What is looked for; borrowed from the body. */
struct filter {
	const char *actor, *kind, *object, *action, *text;
	int64_t since_us, until_us;
};

static void read_filter(struct json_in *in, struct filter *out)
{
	*out = (struct filter){
		.actor = json_in_text(in, "actor", JSON_OPTIONAL, LINE_CHARS),
		.kind = json_in_text(in, "kind", JSON_OPTIONAL, LINE_CHARS),
		.object = json_in_text(in, "object", JSON_OPTIONAL, LINE_CHARS),
		.action = json_in_text(in, "action", JSON_OPTIONAL, LINE_CHARS),
		.text = json_in_text(in, "text", JSON_OPTIONAL, LINE_CHARS),
		.since_us = json_in_time(in, "since", JSON_OPTIONAL),
		.until_us = json_in_time(in, "until", JSON_OPTIONAL),
	};
}

static void push_time(struct pg_params *params, int64_t unix_us)
{
	if (unix_us == 0)
		pg_param_null(params);
	else
		pg_param_time_us(params, unix_us);
}

static void push(struct request *r, int64_t cursor, int64_t limit, const struct filter *f)
{
	pg_param_int64(r->params, cursor);
	pg_param_int64(r->params, limit);
	pg_param_text(r->params, f->actor);
	pg_param_text(r->params, f->kind);
	pg_param_text(r->params, f->object);
	pg_param_text(r->params, f->action);
	pg_param_text(r->params, f->text);
	push_time(r->params, f->since_us);
	push_time(r->params, f->until_us);
}

static void put_entry(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_time(json, "at", pg_time_us(rows, i, COL_AT));
	json_put_text(json, "actor", pg_text(rows, i, COL_ACTOR));
	json_put_text(json, "name", text_or_null(rows, i, COL_NAME));
	json_put_text(json, "address", text_or_null(rows, i, COL_ADDRESS));
	json_put_text(json, "device", text_or_null(rows, i, COL_DEVICE));
	json_put_text(json, "action", pg_text(rows, i, COL_ACTION));
	json_put_text(json, "kind", pg_text(rows, i, COL_KIND));
	json_put_text(json, "object", pg_text(rows, i, COL_OBJECT));
	json_put_raw(json, "changes", pg_text(rows, i, COL_CHANGES), pg_len(rows, i, COL_CHANGES));
	json_object_end(json);
}

/* POST /v1/audit/search */
bool audit_search(struct request *r, struct err *err)
{
	static const struct pg_stmt search = {"audit_search", AUDIT_SEARCH " + 1"};
	struct cJSON *doc = NULL;
	struct filter filter;
	struct json_in in;
	struct page page;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	page_in(&in, &page);
	read_filter(&in, &filter);
	json_in_end(&in);
	push(r, page.cursor, page.limit, &filter);
	ok = problem_found(&r->problem) || page_reply(r, &page, &search, "entries", put_entry, err);
	json_free(&doc);
	return ok;
}

/* --- as a file -----------------------------------------------------------------------------------
 */

static void put_line(FILE *out, const struct pg_result *rows, size_t i)
{
	(void)fprintf(out, "%lld;", (long long)pg_int(rows, i, COL_ID));
	download_put_time(out, pg_time_us(rows, i, COL_AT));
	for (int col = COL_ACTOR; col <= COL_CHANGES; col++) {
		putc(';', out);
		download_put_guarded(out, pg_text(rows, i, col));
	}
	fputs("\r\n", out);
}

static void put_head(struct request *r, FILE *out)
{
	static const char *const names[] = {"number", "time",	"who",	"name",	  "address",
					    "device", "action", "what", "object", "changes"};
	size_t count = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < count; i++) {
		download_put_said(out, r->json.lang, names[i]);
		fputs(i + 1 < count ? ";" : "\r\n", out);
	}
}

static bool write_entries(struct request *r, const struct filter *filter, FILE *out,
			  struct err *err)
{
	static const struct pg_stmt next = {"audit_export", AUDIT_SEARCH};
	int64_t cursor = 0;
	size_t written = 0;
	bool more = true;

	put_head(r, out);
	while (more && written < EXPORT_ROWS) {
		struct pg_result *rows = NULL;
		size_t count;

		push(r, cursor, EXPORT_AT_ONCE, filter);
		if (!request_query(r, &next, &rows, err))
			return false;
		count = pg_rows(rows);
		for (size_t i = 0; i < count; i++)
			put_line(out, rows, i);
		if (count > 0)
			cursor = pg_int(rows, count - 1, COL_ID);
		written += count;
		more = count == EXPORT_AT_ONCE;
		pg_result_free(&rows);
	}
	return true;
}

/* The reason, as the log's own row of the export. */
static bool note_export(struct request *r, const char *reason, struct err *err)
{
	struct json_out json;
	struct buf text;
	bool ok;

	buf_init(&text, READING_REASON_CHARS * 8);
	json_out_init(&json, &text);
	json_object(&json, NULL);
	json_put_text(&json, "reason", reason);
	json_object_end(&json);
	ok = audit_note(r, "export", "audit", "", buf_str(&text), err);
	buf_deinit(&text);
	return ok;
}

static bool export(struct request *r, const struct filter *filter, const char *reason,
		   struct err *err)
{
	struct download file;

	if (!note_export(r, reason, err) || !download_begin(&file, err))
		return false;
	if (!write_entries(r, filter, file.out, err)) {
		download_abort(&file);
		return false;
	}
	return download_reply(r, &file, "audit.csv", err);
}

/* POST /v1/audit/export */
bool audit_export(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct filter filter;
	const char *reason;
	struct json_in in;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	reason = json_in_text(&in, "reason", JSON_REQUIRED, READING_REASON_CHARS);
	read_filter(&in, &filter);
	json_in_end(&in);
	ok = problem_found(&r->problem) || export(r, &filter, reason, err);
	json_free(&doc);
	return ok;
}
