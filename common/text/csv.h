/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv - a push reader of tables as Russian Excel saves them.
 *
 * RFC 4180 quoting; separator comma, semicolon or tab found in the first line; line ends LF, CRLF
 * or CR; UTF-8 with or without BOM, or Windows-1251 (decided on the first 64 KiB and stated).  A
 * first line `sep=;`, as Excel writes it, names the separator and is no row; empty lines are none
 * either.  Fed in pieces of any size; a row is given out when complete.  A row that breaks the
 * grammar or a bound is a bad row, named and skipped, never the end of the file; one broken across
 * lines is bad for its first line only.  Memory is bounded: about half a megabyte.
 */
#ifndef VESTNIK_TEXT_CSV_H
#define VESTNIK_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define CSV_COLUMNS_MAX 256
#define CSV_ROW_MAX	65536 /* bytes of one row as UTF-8 */

struct csv_field {
	const char *text; /* UTF-8, NUL-terminated, borrowed until the callback returns */
	size_t len;
};

struct csv_row {
	uint64_t line; /* first line of the row in the file, from 1 */
	size_t count;
	const struct csv_field *field;
	const char *problem; /* NULL, or why this row is bad and what mends it (then count is 0) */
	const char *raw;     /* the row as it stands in the file, in UTF-8, without line end;
				 of a row over CSV_ROW_MAX its beginning */
	size_t raw_len;
};

/* Return false to stop reading. */
typedef bool (*csv_on_row)(const struct csv_row *row, void *arg);

struct csv;

struct csv *csv_new(csv_on_row on_row, void *arg);
void csv_free(struct csv **csv);
/* False when the callback stopped it; the rest of the input is then ignored. */
bool csv_feed(struct csv *csv, const char *data, size_t len);
bool csv_end(struct csv *csv);			 /* gives out the last row without line end */
const char *csv_encoding(const struct csv *csv); /* "UTF-8" or "windows-1251" */
char csv_separator(const struct csv *csv);

#endif
