/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config - strict YAML into a struct, described by rows.
 *
 * A row names a dotted key, its type, default and bounds, and where the value goes.  Unknown keys,
 * duplicate keys, anchors, aliases, wrong types and values out of bounds are refused with
 * "file:line: key: what was found; what is expected".  Scalars stay text until a row types them
 * (`no` stays the text "no").  Nesting is limited to 8, a file to 1 MiB. */
#ifndef VESTNIK_BASE_CONFIG_H
#define VESTNIK_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum config_type {
	CONFIG_STR,  /* char *, owned by the struct, released by config_free() */
	CONFIG_INT,  /* int64_t, bounds in min..max */
	CONFIG_BOOL, /* bool: true or false, nothing else */
	CONFIG_ENUM, /* int: index into `words` (NULL-terminated) */
	CONFIG_MS,   /* int64_t milliseconds, written 250ms, 5s, 2m, 1h; bounds in ms */
	CONFIG_LIST, /* struct config_list of strings; a default is written [a, b] or [] */
	/* struct config_pairs: keys that the file's author names, each with a text; at most
	 * CONFIG_PAIRS_MAX, none twice; a default is written {a: b} or {} */
	CONFIG_PAIRS,
};

struct config_list {
	char **items;
	size_t count;
};

#define CONFIG_PAIRS_MAX 500

struct config_pair {
	char *key;
	char *value;
	size_t line; /* in the file, for whoever refuses it later */
};

/* In the order of the file. */
struct config_pairs {
	struct config_pair *items;
	size_t count;
};

struct config_row {
	const char *key; /* "database.url"; NULL ends the table */
	enum config_type type;
	size_t offset;
	const char *def;  /* as it would be written; NULL means the key is required */
	int64_t min, max; /* 0, 0 means unbounded; max 0 under a min above 0: no upper bound */
	const char *const *words;
	const char *help; /* one line for --help-config and docs/configuration.md */
};

/* Fill *out (zeroed by the caller) from `path`.  On false nothing is left allocated in *out. */
bool config_load(const char *path, const struct config_row *rows, void *out, struct err *err);
/* The same from memory; `name` stands where the path would. */
bool config_parse(const char *name, const char *text, size_t len, const struct config_row *rows,
		  void *out, struct err *err);
void config_free(const struct config_row *rows, void *out);

const char *config_pairs_find(const struct config_pairs *pairs, const char *key); /* or NULL */

#endif
