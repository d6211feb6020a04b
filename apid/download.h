/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* download - files that people open in a table program.
 *
 * They are written to disk, never to memory, into a file without a name that goes away with its
 * descriptor; then the event thread sends it. */
#ifndef VESTNIK_APID_DOWNLOAD_H
#define VESTNIK_APID_DOWNLOAD_H

#include <stdio.h>

#include "apid/api.h"

struct download {
	int fd;
	FILE *out; /* begins with the mark of UTF-8 */
};

bool download_begin(struct download *d, struct err *err);
/* Answer with what was written; takes the file.  `name` is what the browser saves it as. */
bool download_reply(struct request *r, struct download *d, const char *name, struct err *err);
void download_abort(struct download *d);

/* A quoted cell. */
void download_put_quoted(FILE *out, const char *text);
/* The same for a sentence of ours, in the reader's language. */
void download_put_said(FILE *out, enum lang lang, const char *english);
/* The same for somebody else's text: one that a table program would take for a formula gets an
 * apostrophe before it. */
void download_put_guarded(FILE *out, const char *text);
/* A time of the zone apid runs in: "2026-11-29 09:12:00". */
void download_put_time(FILE *out, int64_t at_us);
/* A number that table programs keep as text and our import reads again: "7 916 123-45-67". */
void download_put_phone(FILE *out, int64_t msisdn);
/* The same of a client, and a name: masked for who may not read them, and counted as read. */
void download_put_client_phone(struct request *r, FILE *out, int64_t msisdn);
void download_put_name(const struct request *r, FILE *out, const char *name);

#endif
