/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import - a file of clients on its way in.
 *
 * One transaction: rows stream into a temporary table while the file arrives, then sets are merged
 * (import_merge.c).  So nothing of a refused, broken off or failed file stays but its row in table
 * import.  Memory is bounded by a megabyte of rows. */
#ifndef VESTNIK_APID_IMPORT_H
#define VESTNIK_APID_IMPORT_H

#include "apid/api.h"
#include "common/model/import_columns.h"
#include "common/model/client_merge.h"
#include "common/text/csv.h"

struct import {
	struct request *r;
	int64_t id;
	struct pg_result *plan; /* of a planned one: holds `list` */
	const char *list;	/* name; NULL: none */
	bool skip;		/* on_error=skip */
	struct import_mapping mapping;
	struct csv *csv;
	struct client_merge merge; /* begun with the header */
	size_t copy_bytes;	   /* gathered and not flushed, about */
	struct import_columns columns;
	bool header_read;
	bool workbook; /* it is one, not CSV */
	int64_t rows_read;
	int64_t rows_bad;
	int64_t list_id;
	char *header_raw;
	struct buf bad_raw; /* refused: raw texts of the named lines, NUL after each */
	bool failed;	    /* the store failed inside a callback: err */
	struct err err;
	bool cancelled; /* somebody said so while it ran */
	uint64_t progress_due_ms;
};

/* import.c: the body is a file, or the problem says what to send. */
bool import_check_type(struct request *r);

/* import_note.c: its row in table import.  Made as running, with its lock held, or as waiting. */
bool import_note_running(struct import *im, const char *file_name, struct err *err);
bool import_note_waiting(struct import *im, const char *file_name, struct err *err);
/* A waiting one begins to run: takes its lock, reads what was planned.  Or the problem is filled.
 */
bool import_note_claimed(struct import *im, struct err *err);
void import_unlock(struct import *im);
/* Say each second how far it is.  False: it was cancelled meanwhile. */
bool import_note_progress(struct import *im);
/* False also when it was cancelled meanwhile. */
bool import_wanted(struct import *im, struct err *err);
/* How it ended.  False also when it was cancelled before, which stays. */
bool import_note_end(struct import *im, const char *status, const char *problem, struct err *err);
/* The named lines of a refused file, so that GET .../bad-rows gives them too. */
bool import_note_named_lines(struct import *im, struct err *err);
/* Fill the problem: there is none of this id, or its state forbids what is asked. */
bool import_refuse_state(struct request *r, int64_t id, struct err *err);

/* import_rows.c: the callback of the CSV reader; arg is the import. */
bool import_on_row(const struct csv_row *row, void *arg);

/* import_merge.c: rows begin to stream into the temporary table, inside the import's transaction.
 */
bool import_merge_begin(struct import *im, struct err *err);
/* From there into clients, attributes, list and bad rows. */
bool import_merge(struct import *im, struct err *err);

/* import_report.c: the resource. */
bool import_put(struct request *r, int64_t id, const struct import_columns *columns,
		struct err *err);
/* The members of a column, inside its object. */
void import_put_column(struct json_out *json, const struct import_column *column);
/* Whether the caller sees everybody whom a file may name; else the problem is filled. */
bool import_may(struct request *r);
/* End imports whose process died (nobody holds their lock any more), forget plans of yesterday. */
bool import_reap(struct request *r, struct err *err);
#define IMPORT_LOCK 7004 /* advisory, with the import's id: held while it runs */

#endif
