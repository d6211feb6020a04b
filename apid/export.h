/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* export - files with personal data in full: for a reason, within a limit, with a mark in every
 * line, for 30 days.
 *
 * What makes a file (missed_csv.c) calls export_put_head() and export_put_mark() where its lines
 * end; of a file that is no export they write nothing. */
#ifndef VESTNIK_APID_EXPORT_H
#define VESTNIK_APID_EXPORT_H

#include <stdio.h>

#include "apid/api.h"

#define EXPORT_MARK_SIZE 400

/* Of the file that is being made. */
struct export_mark {
	char text[EXPORT_MARK_SIZE]; /* "export 12, Anna (person 7), 2026-11-29 09:40:00" */
	int64_t rows, rows_max;
};

/* The heading's last cell. */
void export_put_head(struct request *r, FILE *out);
/* The last cell of a line, which is counted. */
void export_put_mark(struct request *r, FILE *out);
/* Whether the file has more lines than one may have: stop. */
bool export_full(const struct request *r);

/* Register what was handed out at once and is not to be fetched again: everything about a person.
 */
bool export_note_person(struct request *r, int64_t client_id, const char *reason, struct err *err);

#endif
