/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_out - writing JSON into a buf: commas, escapes, and how Vestnik writes its values.
 *
 * Ids and money are strings (a 64-bit number does not survive a double), times are RFC 3339 in UTC
 * with milliseconds.  `key` is NULL inside arrays.  Text that is not valid UTF-8 is cut there. */
#ifndef VESTNIK_WEB_JSON_OUT_H
#define VESTNIK_WEB_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/web/lang.h"

struct json_out {
	struct buf *buf;
	bool first; /* no comma before the next value */
	enum lang lang;
	bool masked;	/* numbers and names of people are not written in full */
	int64_t people; /* how many numbers were written: what was shown of people is logged */
};

void json_out_init(struct json_out *j, struct buf *buf); /* sentences are English */
void json_out_reset(struct json_out *j);		 /* begin anew in the emptied buffer */
void json_object(struct json_out *j, const char *key);
void json_object_end(struct json_out *j);
void json_array(struct json_out *j, const char *key);
void json_array_end(struct json_out *j);
void json_put_text(struct json_out *j, const char *key, const char *text); /* NULL: null */
/* A sentence for a person, made in English, in the language of `lang`; NULL: null. */
void json_put_sentence(struct json_out *j, const char *key, const char *english);
void json_put_text_len(struct json_out *j, const char *key, const char *text, size_t len);
void json_put_int(struct json_out *j, const char *key, int64_t value);
void json_put_bool(struct json_out *j, const char *key, bool value);
void json_put_null(struct json_out *j, const char *key);
void json_put_id(struct json_out *j, const char *key, int64_t id); /* "12" */
/* What is JSON already. */
void json_put_raw(struct json_out *j, const char *key, const char *json, size_t len);
/* "+79161234567" of a client, masked where j->masked says so; 0 or a
 * pseudonym, of a number that is not kept any more: null. */
void json_put_phone(struct json_out *j, const char *key, int64_t msisdn);
/* The reader's own. */
void json_put_own_phone(struct json_out *j, const char *key, int64_t msisdn);
/* A name of a client, likewise; NULL: null. */
void json_put_name(struct json_out *j, const char *key, const char *name);
/* Any other text that may tell who a client is: "***" where j->masked says so; NULL: null. */
void json_put_private(struct json_out *j, const char *key, const char *text);
/* Hundredths (not negative) as a number: 150 is 1.50. */
void json_put_hundredths(struct json_out *j, const char *key, int64_t hundredths);
/* Millionths as a decimal: 1250000 is "1.25". */
void json_put_micro(struct json_out *j, const char *key, int64_t micro);
#define MICRO_SIZE 40
/* The same for a sentence. */
const char *micro_text(int64_t micro, char out[MICRO_SIZE]);
void json_put_time(struct json_out *j, const char *key, int64_t unix_us); /* 0: null */

#define RFC3339_SIZE 80
/* "2026-11-22T10:00:00.000Z" */
const char *rfc3339_format(int64_t unix_us, char out[RFC3339_SIZE]);

#endif
