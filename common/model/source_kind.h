/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source_kind - the kinds of places clients are pulled from, and what must be known of each.
 *
 * apid checks settings when a person saves a source; crmd reads by them.  What a person writes is
 * narrow on purpose: a folder is one below the configured one, a database is named by host and
 * table, so that neither a file of the machine nor Vestnik's own database can be reached. */
#ifndef VESTNIK_MODEL_SOURCE_KIND_H
#define VESTNIK_MODEL_SOURCE_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

enum source_check {
	SOURCE_FOLDER,	/* one name of letters, digits, dots, dashes and underscores */
	SOURCE_PATTERN, /* of file names, as in a shell */
	SOURCE_HOST,
	SOURCE_PORT,
	SOURCE_URL_WEB,	 /* https:// or http:// */
	SOURCE_URL_SFTP, /* sftp:// */
	SOURCE_POINTER,	 /* JSON pointer (RFC 6901), "" for the whole */
	SOURCE_WORD,	 /* letters, digits, dots, dashes and underscores */
	SOURCE_DIGEST,	 /* SHA-256 in base64 */
	SOURCE_TEXT,	 /* anything on one line */
};

struct source_setting {
	const char *name; /* NULL ends the list */
	enum source_check check;
	bool required;
};

#define SOURCE_SETTINGS_MAX 10

struct source_kind {
	const char *name;
	bool has_cursor_column; /* can be asked for rows whose column is at least a value */
	bool has_secret;
	struct source_setting settings[SOURCE_SETTINGS_MAX + 1];
};

extern const struct source_kind source_kinds[];
extern const size_t source_kind_count;

const struct source_kind *source_kind_find(const char *name); /* NULL: none */
const struct source_setting *source_kind_setting(const struct source_kind *kind, const char *name);

/* What a setting may be, as it completes "expected: "; NULL when the value is good. */
const char *source_setting_wrong(const struct source_setting *setting, const char *value);

#endif
