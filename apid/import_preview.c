/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_preview - POST /v1/imports/preview: how the beginning of a file would be understood.
 *
 * The same reader and checks as an import; nothing is stored.  Rows are written to the answer as
 * they are read, the rest when all is known. */
#include <string.h>
#include <unistd.h>

#include "apid/import.h"
#include "common/model/import_check.h"
#include "common/base/mem.h"
#include "common/base/spool.h"
#include "common/text/xlsx.h"

#define ROWS_SHOWN_MAX	  5
#define SAMPLES_MAX	  3
#define HEAD_BYTES	  ((size_t)256 * 1024) /* of a CSV file */
#define WORKBOOK_ROWS_MAX 20000

struct samples {
	char *text[SAMPLES_MAX];
	size_t count;
};

struct preview {
	struct request *r;
	struct import_columns columns;
	struct samples samples[CSV_COLUMNS_MAX];
	struct problem wrong; /* the wrong rows */
	bool header_read;
	size_t rows_shown;
	int64_t rows_seen;
	int64_t rows_max; /* to look at; 0: all that came */
	bool workbook;
	bool failed; /* the store failed inside a callback: err */
	struct err err;
};

/* --- reading
 * -------------------------------------------------------------------------------------------- */

static bool on_header(struct preview *p, const struct csv_row *row)
{
	p->header_read = true;
	if (row->problem != NULL) {
		problem_line(&p->r->problem, (int64_t)row->line, "(the first line)", row->problem,
			     "a line with the names of the columns");
		return false;
	}
	import_columns_propose(row, &p->columns);
	if (!client_attribute_types_load(p->r->pg, p->columns.attribute, p->columns.attributes,
					 &p->columns.types, &p->err)) {
		p->failed = true;
		return false;
	}
	json_object(&p->r->json, NULL);
	json_array(&p->r->json, "rows");
	return true;
}

/* A few different values, so that a person sees what a column holds. */
static void keep_sample(struct samples *s, const struct csv_field *field)
{
	size_t len = field->len;
	const char *text = client_trim(field->text, &len);

	if (len == 0 || s->count == SAMPLES_MAX)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (strlen(s->text[i]) == len && memcmp(s->text[i], text, len) == 0)
			return;
	s->text[s->count++] = mem_strndup(text, len);
}

static void show_row(struct preview *p, const struct csv_row *row)
{
	struct json_out *json = &p->r->json;

	p->rows_shown++;
	json_array(json, NULL);
	for (size_t i = 0; i < row->count; i++)
		json_put_text_len(json, NULL, row->field[i].text, row->field[i].len);
	json_array_end(json);
}

static bool on_row(const struct csv_row *row, void *arg)
{
	static _Thread_local struct client_row client;
	struct preview *p = arg;
	struct import_fault fault = {0};

	if (import_row_is_empty(row))
		return true;
	if (!p->header_read)
		return on_header(p, row);
	p->rows_seen++;
	if (row->problem == NULL && p->rows_shown < ROWS_SHOWN_MAX)
		show_row(p, row);
	for (size_t i = 0; i < row->count && i < p->columns.count; i++)
		keep_sample(&p->samples[i], &row->field[i]);
	if (!import_row_check(&p->columns, row, &client, &fault))
		problem_line(&p->wrong, (int64_t)row->line, fault.field, fault.found,
			     fault.expected);
	return p->rows_max == 0 || p->rows_seen < p->rows_max;
}

/* A body of the full size is taken for the beginning of a longer file: its last line is cut. */
static void read_csv(struct preview *p, struct csv *csv, const char *body, size_t len)
{
	if (len > HEAD_BYTES)
		problem_set(&p->r->problem, 413, "too-large", "The file is too large",
			    "Of a CSV file the first 256 KiB are enough to look at");
	else if (csv_feed(csv, body, len) && len < HEAD_BYTES)
		csv_end(csv);
}

/* A workbook is sent whole. */
static bool read_workbook(struct preview *p, const char *body, size_t len, struct err *err)
{
	int fd = spool_open(err);
	bool ok = fd >= 0 && spool_write(fd, body, len, err);

	p->rows_max = WORKBOOK_ROWS_MAX;
	if (ok && !xlsx_read(fd, on_row, p, err)) {
		ok = err->kind == ERR_INPUT;
		if (ok)
			import_refuse_workbook(&p->r->problem, err);
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

/* False: the machine failed; what is wrong with the file is in the problem. */
static bool read_body(struct preview *p, struct csv *csv, struct err *err)
{
	size_t len;
	const char *body = http_body(p->r->call, &len);

	if (import_is_old_workbook(body, len, &p->r->problem))
		return true;
	p->workbook = xlsx_is_workbook(body, len);
	if (!p->workbook)
		read_csv(p, csv, body, len);
	else if (!read_workbook(p, body, len, err))
		return false;
	if (p->failed) {
		*err = p->err;
		return false;
	}
	if (!p->header_read && !problem_found(&p->r->problem))
		problem_line(&p->r->problem, 1, "(the file)", "nothing",
			     "a line with the names of the columns and a line for every client");
	return true;
}

/* --- answering
 * ------------------------------------------------------------------------------------------ */

static void put_columns(struct preview *p)
{
	struct json_out *json = &p->r->json;

	json_array(json, "columns");
	for (size_t i = 0; i < p->columns.count; i++) {
		json_object(json, NULL);
		import_put_column(json, &p->columns.column[i]);
		json_array(json, "samples");
		for (size_t k = 0; k < p->samples[i].count; k++)
			json_put_text(json, NULL, p->samples[i].text[k]);
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_rest(struct preview *p, const struct csv *csv)
{
	struct json_out *json = &p->r->json;
	char separator = p->workbook ? IMPORT_WORKBOOK_SEPARATOR : csv_separator(csv);

	json_array_end(json);
	put_columns(p);
	json_put_text(json, "encoding", p->workbook ? IMPORT_WORKBOOK_ENCODING : csv_encoding(csv));
	json_put_text_len(json, "separator", &separator, 1);
	problem_put_errors(&p->wrong, json, "problems");
	json_put_int(json, "rows_seen", p->rows_seen);
	json_object_end(json);
}

static void preview_deinit(struct preview *p)
{
	for (size_t i = 0; i < p->columns.count; i++)
		for (size_t k = 0; k < p->samples[i].count; k++)
			mem_free(p->samples[i].text[k]);
	import_columns_free(&p->columns);
	problem_deinit(&p->wrong);
}

/* POST /v1/imports/preview */
bool import_preview(struct request *r, struct err *err)
{
	static _Thread_local struct preview p;
	struct csv *csv;
	bool ok;

	if (!import_check_type(r))
		return true;
	memset(&p, 0, sizeof(p));
	p.r = r;
	problem_init(&p.wrong);
	csv = csv_new(on_row, &p);
	ok = read_body(&p, csv, err);
	if (ok && !problem_found(&r->problem)) {
		put_rest(&p, csv);
		request_reply(r, 200);
	}
	csv_free(&csv);
	preview_deinit(&p);
	return ok;
}
