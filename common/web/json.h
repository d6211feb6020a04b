/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json - reading JSON that strangers send: a strict scan, cJSON for the tree, typed getters.
 *
 * cJSON alone takes too much: it cuts strings at NUL escapes, passes duplicate keys, invalid UTF-8,
 * control characters, numbers like 01 and 1e999, and nests to 1000.  json_parse() refuses all of
 * that first, naming line and column.  The getters of json_in read one object member by member and
 * say about each wrong one where it is, what was found and what is expected; members nobody asked
 * for are refused by name. */
#ifndef VESTNIK_WEB_JSON_H
#define VESTNIK_WEB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/web/problem.h"

#define JSON_DEPTH_MAX	 32
#define JSON_MEMBERS_MAX 64 /* of one object */

struct cJSON;

/* One whole document.  ERR_INPUT says where it breaks.  Released with json_free(). */
bool json_parse(const char *text, size_t len, struct cJSON **out, struct err *err);
void json_free(struct cJSON **doc);
/* The grammar check alone (json_scan.c). */
bool json_scan(const char *text, size_t len, struct err *err);

/* --- reading one object ------------------------------------------------------------------------
 */

#define JSON_PATH_MAX  96
#define JSON_ASKED_MAX 40

struct json_in {
	const struct cJSON *object; /* NULL: was no object; getters find nothing and are silent */
	struct problem *problem;
	char path[JSON_PATH_MAX]; /* "messages[3]" or "" */
	const char *asked[JSON_ASKED_MAX];
	size_t asked_count;
};

enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

/* `path` is what leads to the object, "" for the document. */
void json_in_begin(struct json_in *in, const struct cJSON *value, struct problem *problem,
		   const char *path);
/* Refuse members nobody asked for. */
void json_in_end(struct json_in *in);

/* Whether the member is there (null counts), whether it is null. */
bool json_in_has(struct json_in *in, const char *key);
bool json_in_null(struct json_in *in, const char *key);

/* NULL when absent, null (optional) or wrong.  Borrowed from the document.  At least one and at
 * most max_chars characters; control characters other than line feed and tab are refused. */
const char *json_in_text(struct json_in *in, const char *key, enum json_need need,
			 size_t max_chars);
/* The same, but any string is taken: an empty one, control characters. */
const char *json_in_string(struct json_in *in, const char *key, enum json_need need,
			   size_t max_chars);
/* Whether the member is the empty string, which json_in_text() refuses. */
bool json_in_empty(struct json_in *in, const char *key);
/* `fallback` when absent or wrong. */
int64_t json_in_int(struct json_in *in, const char *key, enum json_need need, int64_t min,
		    int64_t max, int64_t fallback);
/* A number within the bounds; false, and nothing stored, when absent or wrong. */
bool json_in_number(struct json_in *in, const char *key, enum json_need need, double min,
		    double max, double *out);
/* `fallback` when absent or wrong. */
bool json_in_bool(struct json_in *in, const char *key, enum json_need need, bool fallback);
/* "2026-11-28" as days since 1970-01-01; likewise. */
bool json_in_date(struct json_in *in, const char *key, enum json_need need, int32_t *out);
/* An id written as a string of digits; 0 when absent or wrong. */
int64_t json_in_id(struct json_in *in, const char *key, enum json_need need);
/* RFC 3339 with a zone, as UTC microseconds; 0 when absent or wrong. */
int64_t json_in_time(struct json_in *in, const char *key, enum json_need need);
/* An array of 1 to max items; NULL when absent or wrong. */
const struct cJSON *json_in_array(struct json_in *in, const char *key, enum json_need need,
				  size_t max);
/* Say that a member that has the right type has a wrong value. */
void json_in_refuse(struct json_in *in, const char *key, const char *found, const char *expected);

/* "2026-11-22T10:00:00+03:00" to UTC microseconds; years 1970 to 9999. */
bool rfc3339_parse(const char *text, int64_t *unix_us_out);
/* "2026-11-28" to days since 1970-01-01; years 1 to 9999. */
bool date_parse(const char *text, int32_t *days_out);
/* Digits only, 1 to INT64_MAX. */
bool id_parse(const char *text, int64_t *out);

#endif
