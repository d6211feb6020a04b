/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* problem - an RFC 9457 problem under construction: what is wrong, where, and what to do about it.
 *
 * It is filled in English and rendered in the reader's language: each title, detail, `found` and
 * `expected` has its Russian in common/web/ru.txt, and a test tells which has not.
 *
 * A handler fills one while it reads a request; problem_found() says whether anything is wrong.  At
 * most PROBLEM_ERRORS_MAX places are named, the rest is counted.  What a client sent is quoted back
 * to that client only (clipped), never logged.
 * Owner: whoever called problem_init(); release with problem_deinit(). */
#ifndef VESTNIK_WEB_PROBLEM_H
#define VESTNIK_WEB_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/web/lang.h"

#define PROBLEM_ERRORS_MAX 100

struct problem_error {
	int64_t line; /* of a file; 0: not a file */
	char *field;
	char *found;
	char *expected;
};

struct problem {
	int status;	   /* 0: nothing is wrong */
	const char *kind;  /* last part of `type`; static */
	const char *title; /* static */
	char detail[600];
	int retry_after_s; /* 0: no Retry-After */
	struct problem_error *errors;
	size_t error_count;
	size_t errors_more; /* beyond PROBLEM_ERRORS_MAX */
};

void problem_init(struct problem *p);
void problem_deinit(struct problem *p);
bool problem_found(const struct problem *p);

/* State what is wrong as a whole; the detail says what to do.  Returns false. */
bool problem_set(struct problem *p, int status, const char *kind, const char *title,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* One wrong place of a request body: makes the problem a 422 unless it is something else already.
 */
void problem_field(struct problem *p, const char *field, const char *found, const char *expected);
/* One wrong line of a file. */
void problem_line(struct problem *p, int64_t line, const char *field, const char *found,
		  const char *expected);

/* The usual ones. */
bool problem_not_found(struct problem *p, const char *what);
bool problem_conflict(struct problem *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* From a failure of the store or broker: 503 with Retry-After; the err itself is for the log. */
bool problem_unavailable(struct problem *p, const struct err *err);

/* The wrong places alone, as an array. */
struct json_out;
void problem_put_errors(const struct problem *p, struct json_out *json, const char *key);
/* Append the application/problem+json document. */
void problem_render(const struct problem *p, enum lang lang, struct buf *out);

#endif
