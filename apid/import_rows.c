/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_rows - one row of the file on its way to the temporary table. */
#include <string.h>

#include "apid/import.h"
#include "apid/import_check.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"

#define FLUSH_BYTES   (1024 * 1024)
#define COPY_COLUMNS  10
#define RAW_BYTES_MAX 2000 /* of a named line of a refused file */

/* --- the header
 * ----------------------------------------------------------------------------------------- */

static bool fail(struct import *im)
{
	im->failed = true;
	return false;
}

static bool begin_copy(struct import *im)
{
	struct pg *pg = im->r->pg;

	if (!pg_begin(pg, &im->err) ||
	    !pg_exec(pg,
		     "SET LOCAL statement_timeout = 0;"
		     "CREATE TEMP TABLE import_row (line bigint NOT NULL, msisdn bigint, "
		     "external_id "
		     "text,"
		     " last_name text, first_name text, middle_name text, attrs text[],"
		     " bad_field text, bad_problem text, raw text) ON COMMIT DROP",
		     &im->err))
		return fail(im);
	im->copy = pg_copy_new("COPY import_row FROM STDIN (FORMAT binary)");
	if (!pg_copy_stream_begin(pg, im->copy, &im->err))
		return fail(im);
	im->copying = true;
	return true;
}

static bool on_header(struct import *im, const struct csv_row *row)
{
	im->header_read = true;
	if (row->problem != NULL) {
		problem_line(&im->r->problem, (int64_t)row->line, "(the first line)", row->problem,
			     "a line with the names of the columns");
		return false;
	}
	if (!import_columns_read(row, &im->mapping, &im->columns, &im->r->problem))
		return false;
	im->header_raw = mem_strndup(row->raw, row->raw_len);
	return begin_copy(im);
}

/* --- storing it
 * ------------------------------------------------------------------------------------------- */

static void copy_text(struct pg_copy *copy, const struct csv_field *text)
{
	if (text->len == 0)
		pg_copy_null(copy);
	else
		pg_copy_text(copy, text->text, text->len);
}

static void store_client(struct import *im, const struct csv_row *row,
			 const struct import_client *c)
{
	pg_copy_row(im->copy, COPY_COLUMNS);
	pg_copy_int64(im->copy, (int64_t)row->line);
	pg_copy_int64(im->copy, c->msisdn);
	copy_text(im->copy, &c->external_id);
	copy_text(im->copy, &c->last_name);
	copy_text(im->copy, &c->first_name);
	copy_text(im->copy, &c->middle_name);
	if (im->columns.attributes == 0)
		pg_copy_null(im->copy);
	else
		pg_copy_text_array(im->copy, c->value, c->value_len, im->columns.attributes);
	pg_copy_null(im->copy);
	pg_copy_null(im->copy);
	pg_copy_null(im->copy);
}

static void store_bad(struct import *im, const struct csv_row *row,
		      const struct import_fault *fault)
{
	pg_copy_row(im->copy, COPY_COLUMNS);
	pg_copy_int64(im->copy, (int64_t)row->line);
	for (int i = 0; i < 6; i++)
		pg_copy_null(im->copy);
	pg_copy_text(im->copy, fault->field, strlen(fault->field));
	pg_copy_text(im->copy, fault->expected, strlen(fault->expected));
	pg_copy_text(im->copy, row->raw, row->raw_len);
}

/* A refused file: the line is named, and nothing more is stored. */
static bool name_bad(struct import *im, const struct csv_row *row, const struct import_fault *fault)
{
	if (im->copying) {
		pg_copy_stream_abort(im->r->pg, im->copy);
		im->copying = false;
	}
	problem_line(&im->r->problem, (int64_t)row->line, fault->field, fault->found,
		     fault->expected);
	buf_add(&im->bad_raw, row->raw,
		utf8_valid(row->raw, row->raw_len < RAW_BYTES_MAX ? row->raw_len : RAW_BYTES_MAX));
	buf_add_char(&im->bad_raw, '\0');
	return im->rows_bad < PROBLEM_ERRORS_MAX;
}

bool import_flush(struct import *im, struct err *err)
{
	im->copy_bytes = 0;
	return pg_copy_stream_flush(im->r->pg, im->copy, err);
}

bool import_on_row(const struct csv_row *row, void *arg)
{
	static _Thread_local struct import_client client; /* values are set anew by every row */
	struct import *im = arg;
	struct import_fault fault = {0};

	if (import_row_is_empty(row))
		return true;
	if (!im->header_read)
		return on_header(im, row);
	im->rows_read++;
	if (import_row_check(&im->columns, row, &client, &fault)) {
		if (im->copying)
			store_client(im, row, &client);
	} else {
		im->rows_bad++;
		if (!im->skip)
			return name_bad(im, row, &fault);
		store_bad(im, row, &fault);
	}
	im->copy_bytes += row->raw_len + 64;
	if (im->copying && im->copy_bytes >= FLUSH_BYTES && !import_flush(im, &im->err))
		return fail(im);
	return true;
}
