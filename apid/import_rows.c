/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_rows - one row of the file: checked, and put on its way to the temporary table. */
#include <stdio.h>
#include <string.h>

#include "apid/import.h"
#include "apid/phone.h"
#include "common/base/mem.h"
#include "common/sms/msisdn.h"
#include "common/text/utf8.h"

#define FLUSH_BYTES   (1024 * 1024)
#define COPY_COLUMNS  10
#define RAW_BYTES_MAX 2000 /* of a named line of a refused file */

/* Why a row is bad; texts are borrowed. */
struct fault {
	const char *field;
	const char *found;
	const char *expected;
};

/* A client as a row says it. */
struct client {
	int64_t msisdn;
	struct csv_field external_id, last_name, first_name, middle_name;
	const char *value[CSV_COLUMNS_MAX];
	size_t value_len[CSV_COLUMNS_MAX];
};

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
	if (!import_columns_read(row, &im->columns, &im->r->problem))
		return false;
	im->header_raw = mem_strndup(row->raw, row->raw_len);
	return begin_copy(im);
}

/* --- checking a row
 * --------------------------------------------------------------------------------------- */

/* The trimmed text of a column; false when it is too long. */
static bool take_text(const struct csv_row *row, int column, struct csv_field *out)
{
	*out = (struct csv_field){0};
	if (column < 0 || (size_t)column >= row->count)
		return true;
	out->len = row->field[column].len;
	out->text = import_trim(row->field[column].text, &out->len);
	return out->len <= IMPORT_TEXT_CHARS_MAX ||
	       utf8_count(out->text, out->len) <= IMPORT_TEXT_CHARS_MAX;
}

static bool take_phone(struct import *im, const struct csv_row *row, struct client *c,
		       struct fault *fault)
{
	static _Thread_local struct err err;
	struct csv_field text;
	int column = im->columns.of_field[IMPORT_PHONE];

	take_text(row, column, &text);
	fault->field = im->columns.column[column].header;
	fault->found = row->field[column].text;
	if (text.len == 0) {
		fault->found = "nothing";
		fault->expected = "a mobile phone number";
		return false;
	}
	if (!msisdn_parse(text.text, text.len, &c->msisdn, &err)) {
		fault->expected = err.msg;
		return false;
	}
	if (!phone_usable(c->msisdn)) {
		fault->expected = "a mobile phone number; this one takes no SMS";
		return false;
	}
	return true;
}

static bool take_columns(struct import *im, const struct csv_row *row, struct client *c,
			 struct fault *fault)
{
	for (size_t i = 0; i < im->columns.count; i++) {
		const struct import_column *column = &im->columns.column[i];
		struct csv_field text;

		if (column->field == IMPORT_IGNORED || column->field == IMPORT_PHONE)
			continue;
		if (!take_text(row, (int)i, &text)) {
			*fault = (struct fault){column->header, "a longer text",
						"at most 1,000 characters"};
			return false;
		}
		if (column->field == IMPORT_ATTRIBUTE) {
			c->value[column->attribute] = text.len > 0 ? text.text : NULL;
			c->value_len[column->attribute] = text.len;
		} else if (column->field == IMPORT_EXTERNAL_ID) {
			c->external_id = text;
		} else if (column->field == IMPORT_LAST_NAME) {
			c->last_name = text;
		} else if (column->field == IMPORT_FIRST_NAME) {
			c->first_name = text;
		} else {
			c->middle_name = text;
		}
	}
	if (im->columns.of_field[IMPORT_EXTERNAL_ID] >= 0 && c->external_id.len == 0) {
		*fault = (struct fault){
			im->columns.column[im->columns.of_field[IMPORT_EXTERNAL_ID]].header,
			"nothing", "the client's code, because the file has a column of them"};
		return false;
	}
	return true;
}

static bool check_row(struct import *im, const struct csv_row *row, struct client *c,
		      struct fault *fault)
{
	static _Thread_local char found[64];
	static _Thread_local char expected[64];

	if (row->problem != NULL) {
		*fault = (struct fault){"(the row)", "a broken row", row->problem};
		return false;
	}
	if (row->count != im->columns.count) {
		snprintf(found, sizeof(found), "%zu columns", row->count);
		snprintf(expected, sizeof(expected), "%zu columns, as in the first line",
			 im->columns.count);
		*fault = (struct fault){"(the row)", found, expected};
		return false;
	}
	return take_phone(im, row, c, fault) && take_columns(im, row, c, fault);
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

static void store_client(struct import *im, const struct csv_row *row, const struct client *c)
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

static void store_bad(struct import *im, const struct csv_row *row, const struct fault *fault)
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
static bool name_bad(struct import *im, const struct csv_row *row, const struct fault *fault)
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

/* Lines that Excel leaves behind: separators and nothing else. */
static bool is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->field[i].len > 0)
			return false;
	return row->problem == NULL;
}

bool import_on_row(const struct csv_row *row, void *arg)
{
	static _Thread_local struct client client; /* values are set anew by every row */
	struct import *im = arg;
	struct fault fault = {0};

	if (is_empty(row))
		return true;
	if (!im->header_read)
		return on_header(im, row);
	im->rows_read++;
	client.external_id = client.last_name = client.first_name = client.middle_name =
		(struct csv_field){0};
	if (check_row(im, row, &client, &fault)) {
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
