/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_report - imports as resources, and the file of rows that were not taken. */
#include <stdio.h>
#include <string.h>

#include "apid/download.h"
#include "apid/import.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/web/mask.h"

#define IMPORT_COLUMNS                                                                             \
	"SELECT i.id, i.file_name, i.list_id, coalesce(l.name, i.list_name), i.on_error, "         \
	"i.status,"                                                                                \
	"       i.rows_read, i.rows_bad, i.rows_repeated, i.clients_new, i.clients_changed,"       \
	"       i.encoding, i.separator, i.problem, coalesce(p.name, t.name), i.created_at,"       \
	"       i.finished_at"                                                                     \
	"  FROM import i LEFT JOIN list l ON l.id = i.list_id"                                     \
	"  LEFT JOIN token t ON t.id = i.token_id LEFT JOIN person p ON p.id = i.person_id "

enum column {
	COL_ID,
	COL_FILE,
	COL_LIST,
	COL_LIST_NAME,
	COL_ON_ERROR,
	COL_STATUS,
	COL_READ,
	COL_BAD,
	COL_REPEATED,
	COL_NEW,
	COL_CHANGED,
	COL_ENCODING,
	COL_SEPARATOR,
	COL_PROBLEM,
	COL_CREATED_BY,
	COL_CREATED,
	COL_FINISHED,
};

bool import_reap(struct request *r, struct err *err)
{
	static const struct pg_stmt reap = {
		"import_reap",
		"UPDATE import SET status = 'failed', finished_at = clock_timestamp(),"
		"       problem = 'the service was stopped before the file was stored; upload it "
		"again'"
		" WHERE status = 'running' AND created_at < clock_timestamp() - interval '10 s'"
		"   AND pg_try_advisory_xact_lock($1::integer, (id % 2147483647)::integer)"};

	static const struct pg_stmt forget = {
		"import_forget", "DELETE FROM import WHERE status = 'waiting'"
				 "   AND created_at < clock_timestamp() - interval '1 day'"};

	pg_param_int32(r->params, IMPORT_LOCK);
	return request_query(r, &reap, NULL, err) && request_query(r, &forget, NULL, err);
}

void import_put_column(struct json_out *json, const struct import_column *column)
{
	json_put_text(json, "header", column->header);
	json_put_text(json, "field", client_field_code(column->field));
	json_put_text(json, "attribute", column->name);
}

static void put_columns(struct json_out *json, const struct import_columns *columns)
{
	json_array(json, "columns");
	for (size_t i = 0; i < columns->count; i++) {
		json_object(json, NULL);
		import_put_column(json, &columns->column[i]);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_row(struct json_out *json, const struct pg_result *rows, size_t i,
		    const struct import_columns *columns)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "file_name", pg_text(rows, i, COL_FILE));
	if (pg_null(rows, i, COL_LIST))
		json_put_null(json, "list_id");
	else
		json_put_id(json, "list_id", pg_int(rows, i, COL_LIST));
	json_put_text(json, "list_name", text_or_null(rows, i, COL_LIST_NAME));
	json_put_text(json, "on_error", pg_text(rows, i, COL_ON_ERROR));
	json_put_text(json, "status", pg_text(rows, i, COL_STATUS));
	json_put_int(json, "rows_read", pg_int(rows, i, COL_READ));
	json_put_int(json, "rows_bad", pg_int(rows, i, COL_BAD));
	json_put_int(json, "rows_repeated", pg_int(rows, i, COL_REPEATED));
	json_put_int(json, "clients_new", pg_int(rows, i, COL_NEW));
	json_put_int(json, "clients_changed", pg_int(rows, i, COL_CHANGED));
	json_put_text(json, "encoding", text_or_null(rows, i, COL_ENCODING));
	json_put_text(json, "separator", text_or_null(rows, i, COL_SEPARATOR));
	json_put_sentence(json, "problem", text_or_null(rows, i, COL_PROBLEM));
	json_put_text(json, "created_by", text_or_null(rows, i, COL_CREATED_BY));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "finished_at", pg_time_us(rows, i, COL_FINISHED));
	if (columns != NULL)
		put_columns(json, columns);
	json_object_end(json);
}

static void put_item(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_row(json, rows, i, NULL);
}

bool import_put(struct request *r, int64_t id, const struct import_columns *columns,
		struct err *err)
{
	static const struct pg_stmt get = {"import_get", IMPORT_COLUMNS "WHERE i.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_row(&r->json, rows, 0, columns);
	else
		problem_not_found(&r->problem, "import");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/imports/{id} */
bool import_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "import", &id))
		return true;
	if (!import_reap(r, err) || !import_put(r, id, NULL, err))
		return false;
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* GET /v1/imports, the newest first */
bool import_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"import_list_get",
		IMPORT_COLUMNS "WHERE ($1::bigint = 0 OR i.id < $1::bigint) AND " SCOPE_SQL(
			"i.department_id", "$3") " ORDER BY i.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	if (!import_reap(r, err))
		return false;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	scope_param(r->params, &r->caller, RIGHT_CLIENTS_READ);
	return page_reply(r, &page, &list, "imports", put_item, err);
}

/* --- bad rows
 * -------------------------------------------------------------------------------------------------
 */

/* Three columns of ours, then the row as it stood; a row that broke the grammar is one quoted
 * field, so that it breaks nothing here. */
static void put_bad_row(struct request *r, FILE *out, char separator, const struct pg_result *rows,
			size_t i)
{
	enum lang lang = r->json.lang;
	bool hidden = r->json.masked && pg_int(rows, i, 0) != 0;
	const char *raw = hidden ? MASK_TEXT : pg_text(rows, i, 3);
	bool header = pg_int(rows, i, 0) == 0;

	if (header) {
		fprintf(out, "vestnik_line%cvestnik_field%cvestnik_problem%c%s\r\n", separator,
			separator, separator, raw);
		return;
	}
	r->json.people++;
	fprintf(out, "%lld%c", (long long)pg_int(rows, i, 0), separator);
	if (pg_text(rows, i, 1)[0] == '(')
		download_put_said(out, lang, pg_text(rows, i, 1));
	else
		download_put_quoted(out, pg_text(rows, i, 1));
	putc(separator, out);
	download_put_said(out, lang, pg_text(rows, i, 2));
	putc(separator, out);
	if (strcmp(pg_text(rows, i, 1), "(the row)") == 0)
		download_put_quoted(out, raw);
	else
		fputs(raw, out);
	fputs("\r\n", out);
}

static bool write_bad_rows(struct request *r, int64_t id, char separator, FILE *out,
			   struct err *err)
{
	static const struct pg_stmt page = {
		"import_bad_page",
		"SELECT line, field, problem, raw FROM import_bad_row"
		" WHERE import_id = $1::bigint AND line > $2::bigint ORDER BY line LIMIT 1000"};
	int64_t after = -1;

	for (;;) {
		struct pg_result *rows = NULL;
		size_t count;

		pg_param_int64(r->params, id);
		pg_param_int64(r->params, after);
		if (!request_query(r, &page, &rows, err))
			return false;
		count = pg_rows(rows);
		for (size_t i = 0; i < count; i++)
			put_bad_row(r, out, separator, rows, i);
		if (count > 0)
			after = pg_int(rows, count - 1, 0);
		pg_result_free(&rows);
		if (count == 0)
			return true;
	}
}

static bool find_separator(struct request *r, int64_t id, char *out, struct err *err)
{
	static const struct pg_stmt find = {
		"import_separator",
		"SELECT coalesce(separator, ';'), status FROM import WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "import");
	else
		*out = pg_text(rows, 0, 0)[0];
	pg_result_free(&rows);
	return true;
}

/* GET /v1/imports/{id}/bad-rows */
bool import_bad_rows(struct request *r, struct err *err)
{
	struct download file;
	char separator = ';';
	char name[96];
	int64_t id;

	if (!request_id(r, 0, "import", &id))
		return true;
	if (!find_separator(r, id, &separator, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!download_begin(&file, err))
		return false;
	if (!write_bad_rows(r, id, separator, file.out, err)) {
		download_abort(&file);
		return false;
	}
	snprintf(name, sizeof(name), "bad-rows-%lld.csv", (long long)id);
	return download_reply(r, &file, name, err);
}
