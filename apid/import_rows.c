/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_rows - one row of the file on its way to the temporary table. */
#include <string.h>

#include "apid/import.h"
#include "common/model/import_check.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"

#define FLUSH_BYTES   (1024 * 1024)
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

	if (!pg_begin(pg, &im->err) || !pg_exec(pg, "SET LOCAL statement_timeout = 0", &im->err) ||
	    !import_merge_begin(im, &im->err))
		return fail(im);
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

static void store_bad(struct import *im, const struct csv_row *row,
		      const struct import_fault *fault)
{
	const struct client_refusal why = {fault->field, fault->expected, row->raw, row->raw_len};

	client_merge_refuse(&im->merge, (int64_t)row->line, &why);
}

/* A refused file: the line is named, and nothing more is stored. */
static bool name_bad(struct import *im, const struct csv_row *row, const struct import_fault *fault)
{
	client_merge_abort(&im->merge);
	problem_line(&im->r->problem, (int64_t)row->line, fault->field, fault->found,
		     fault->expected);
	buf_add(&im->bad_raw, row->raw,
		utf8_valid(row->raw, row->raw_len < RAW_BYTES_MAX ? row->raw_len : RAW_BYTES_MAX));
	buf_add_char(&im->bad_raw, '\0');
	return im->rows_bad < PROBLEM_ERRORS_MAX;
}

static bool flush(struct import *im)
{
	im->copy_bytes = 0;
	return client_merge_flush(&im->merge, &im->err) || fail(im);
}

bool import_on_row(const struct csv_row *row, void *arg)
{
	static _Thread_local struct client_row client; /* values are set anew by every row */
	struct import *im = arg;
	struct import_fault fault = {0};

	if (import_row_is_empty(row))
		return true;
	if (!im->header_read)
		return on_header(im, row);
	im->rows_read++;
	if (import_row_check(&im->columns, row, &client, &fault)) {
		if (im->merge.copying)
			client_merge_add(&im->merge, (int64_t)row->line, &client);
	} else {
		im->rows_bad++;
		if (!im->skip)
			return name_bad(im, row, &fault);
		store_bad(im, row, &fault);
	}
	im->copy_bytes += row->raw_len + 64;
	return !im->merge.copying || im->copy_bytes < FLUSH_BYTES || flush(im);
}
