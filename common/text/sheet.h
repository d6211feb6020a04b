/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sheet - a small table that a person prepared, CSV or Excel, whose columns are known by name.
 *
 * For files that are taken whole or not at all: every line that is wrong is a fault with its line,
 * its column, what was found and what is expected, and the caller stores nothing when there is one.
 * A column nobody knows is a fault too, for what it says would be passed over in silence; a column
 * "note" may hold anything.  Each file's SHA-256 is told, so that what was loaded can be proved.
 *
 * Owner: the caller, who calls sheet_deinit() after sheet_read(), whatever that returned. */
#ifndef VESTNIK_TEXT_SHEET_H
#define VESTNIK_TEXT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/text/csv.h"

#define SHEET_COLUMNS_MAX 24
#define SHEET_NAMES_MAX	  6
#define SHEET_FAULTS_MAX  100
#define SHEET_CELL_MAX	  500 /* bytes of a cell */
#define SHEET_SHA256	  32

/* A column by all its names, in small letters; the first is what faults call it. */
struct sheet_column {
	const char *names[SHEET_NAMES_MAX]; /* NULL behind the last */
	bool required;
};

struct sheet_fault {
	int64_t line;
	char *field;	      /* the column */
	char *found;	      /* clipped */
	const char *expected; /* static */
};

struct sheet {
	const struct sheet_column *columns;
	size_t column_count;
	/* A row that could be read; false stops. */
	bool (*on_row)(struct sheet *s, void *arg);
	void *arg;
	size_t rows_max; /* more are a fault */

	int64_t line; /* of the row at hand */
	size_t rows;
	uint8_t sha256[SHEET_SHA256];
	struct sheet_fault fault[SHEET_FAULTS_MAX];
	size_t fault_count; /* beyond SHEET_FAULTS_MAX they are only counted */

	/* sheet.c's own */
	bool header_read;
	int8_t place[CSV_COLUMNS_MAX]; /* which column a field is of, -1: a note */
	size_t places;
	char cell[SHEET_COLUMNS_MAX][SHEET_CELL_MAX + 1];
};

/* Read the file from its start.  ERR_INPUT: it is no table at all; what is wrong with its lines is
 * in s->fault. */
bool sheet_read(struct sheet *s, int fd, struct err *err);
void sheet_deinit(struct sheet *s);

/* The text of a column in the row at hand, without blanks around it; "" where there is none. */
const char *sheet_cell(const struct sheet *s, size_t column);
/* The row at hand is wrong in this column; returns true, so that reading goes on. */
bool sheet_fault(struct sheet *s, size_t column, const char *found, const char *expected);
/* The same of a row that was read before. */
void sheet_fault_at(struct sheet *s, int64_t line, size_t column, const char *found,
		    const char *expected);

/* Whether two texts are the same but for capitals, as people write words. */
bool sheet_same(const char *text, const char *word);
/* "2.35" or "2,35" to millionths: digits, at most six of them behind the point, at most `most`. */
bool sheet_micro(const char *text, int64_t most, int64_t *out);

#endif
