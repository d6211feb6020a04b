/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source - a source of clients as it was set up, in memory for one run. */
#ifndef CRMD_SOURCE_H
#define CRMD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/source_kind.h"

/* Texts are borrowed from the rows it was loaded from. */
struct source {
	int64_t id;
	const struct source_kind *kind;
	const char *cursor_column; /* NULL: none */
	const char *secret;	   /* "": none */
	const char *key[SOURCE_SETTINGS_MAX];
	const char *value[SOURCE_SETTINGS_MAX];
	size_t settings;
};

/* The value of a setting, or `fallback` when it is not set. */
const char *source_setting(const struct source *s, const char *name, const char *fallback);

#endif
