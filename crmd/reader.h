/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader - the rows of a source, from wherever it keeps them.
 *
 * A reader hands on the heading and then row after row, holding no more than one file's row, one
 * page or one fetch of a database at a time; so a source may be larger than memory.  It knows
 * nothing of clients.  What fails is a sentence for the person who set the source up.
 *
 * The cursor is the reader's own text: where the next reading begins.  It is stored together with
 * what was read, so a reading that broke off is done again. */
#ifndef CRMD_READER_H
#define CRMD_READER_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/text/csv.h"
#include "crmd/source.h"

struct reader_options {
	const char *folder;	/* below it are the folders of sources; "": none */
	const char *ca_file;	/* who is trusted besides the system's; "": nobody */
	bool plain_http;	/* http:// is allowed */
	int64_t settle_ms;	/* a file that changed later than this ago is still being written */
	int64_t file_bytes_max; /* of a file that is fetched */
};

#define READER_CURSOR_MAX 1000

struct reading {
	const struct source *source;
	const struct reader_options *options;
	bool complete;	  /* everything, not what is new */
	const char *from; /* cursor; NULL: from the start */
	csv_on_row on_row;
	void *arg;
	struct buf next; /* where the next reading begins; empty: nothing is new */
	bool more;	 /* there is more to be read at once */
};

/* True: read to the end, or stopped by on_row().  `next` is the caller's, initialised. */
bool reader_read(struct reading *r, struct err *err);

/* --- kinds, by file
 * ------------------------------------------------------------------------------- */

typedef bool reader_fn(struct reading *r, struct err *err);
reader_fn reader_folder, reader_postgresql, reader_odbc, reader_file, reader_json;

/* file_rows.c: the rows of a CSV file or a workbook, told by its first bytes. */
bool file_rows(int fd, csv_on_row on_row, void *arg, struct err *err);

/* reader.c: rows of a source that has no lines, numbered from 1 (the heading); `raw` is made of the
 * cells.  False: stopped. */
struct cells {
	struct reading *reading;
	uint64_t line;
	struct buf text; /* of one row, NUL after each */
	size_t at[CSV_COLUMNS_MAX];
	size_t count;
	struct buf raw;
	struct csv_field field[CSV_COLUMNS_MAX];
};
void cells_init(struct cells *c, struct reading *reading);
void cells_deinit(struct cells *c);
void cells_add(struct cells *c, const char *text, size_t len); /* the next cell of the row */
bool cells_end_row(struct cells *c);

#endif
