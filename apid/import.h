/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import - a file of clients on its way in.
 *
 * One transaction: rows stream into a temporary table while the file arrives, then sets are merged
 * (import_merge.c).  So nothing of a refused, broken off or failed file stays but its row in table
 * import.  Memory is bounded by a megabyte of rows. */
#ifndef VESTNIK_APID_IMPORT_H
#define VESTNIK_APID_IMPORT_H

#include "apid/api.h"
#include "apid/import_columns.h"
#include "common/text/csv.h"

#define IMPORT_TEXT_CHARS_MAX 1000

struct import {
	struct request *r;
	int64_t id;
	const char *list; /* NULL: none */
	bool skip;	  /* on_error=skip */
	struct csv *csv;
	struct pg_copy *copy;
	bool copying;
	size_t copy_bytes; /* gathered and not flushed, about */
	struct import_columns columns;
	bool header_read;
	int64_t rows_read;
	int64_t rows_bad;
	int64_t rows_repeated;
	int64_t clients_new;
	int64_t clients_changed;
	int64_t list_id;
	char *header_raw;
	struct buf bad_raw; /* refused: raw texts of the named lines, NUL after each */
	bool failed;	    /* the store failed inside a callback: err */
	struct err err;
};

/* import_rows.c: the callback of the CSV reader; arg is the import. */
bool import_on_row(const struct csv_row *row, void *arg);
/* Send what is gathered. */
bool import_flush(struct import *im, struct err *err);

/* import_merge.c: temporary table into clients, attributes, list and bad rows; fills the counts.
 * Inside the import's transaction. */
bool import_merge(struct import *im, struct err *err);

/* import_report.c: the resource. */
bool import_put(struct request *r, int64_t id, const struct import_columns *columns,
		struct err *err);
/* Imports whose process died: nobody holds their lock any more. */
bool import_reap(struct request *r, struct err *err);
#define IMPORT_LOCK 7004 /* advisory, with the import's id: held while it runs */

#endif
