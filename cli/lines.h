/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lines - a text file of rows, line by line as UTF-8, and what is wrong with which line.
 *
 * For files that are no CSV: quotes mean nothing here.  Line ends are LF or CRLF.  UTF-8 with or
 * without BOM, or windows-1251: the first line with a letter outside ASCII decides for the whole
 * file. */
#ifndef VESTNIK_CLI_LINES_H
#define VESTNIK_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

#define LINES_BYTES_MAX	  4096 /* of one line */
#define LINES_PROBLEM_MAX 100  /* problems kept; the others are counted */

struct lines {
	const char *path; /* borrowed */
	FILE *file;
	bool decided, cp1251;
	uint64_t number; /* of the line given out last, from 1 */
	char raw[LINES_BYTES_MAX];
	char text[3 * LINES_BYTES_MAX + 1];
};

/* A line without its end, borrowed until the next one. */
struct line {
	char *text; /* NUL-terminated UTF-8; the reader may write into it */
	size_t len;
	const char *problem; /* NULL, or why the line could not be read; then it has no text */
};

bool lines_open(struct lines *l, const char *path, struct err *err);
/* False at the end, and when reading failed. */
bool lines_next(struct lines *l, struct line *out);
/* False when the end was not that of the file. */
bool lines_close(struct lines *l, struct err *err);

/* Cut the text at each `separator`; fields lose blanks at both ends.  Returns how many fields there
 * are, of which the first `max` are in `field`. */
size_t line_split(char *text, char separator, char **field, size_t max);

/* Bad lines, each as "file:line: what was found; what is expected". */
struct line_problems {
	size_t count;
	char *text[LINES_PROBLEM_MAX];
};

void line_problem(struct line_problems *p, const char *path, uint64_t line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Prints them to stderr and fails with "path: N bad lines; nothing was stored", when there are any.
 */
bool line_problems_none(const struct line_problems *p, struct err *err);
void line_problems_free(struct line_problems *p);

#endif
