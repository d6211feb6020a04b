/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_mapping - what a person says the columns of a client file mean.
 *
 * Columns are named by their headers, as the preview gives them; where a header stands more than
 * once in the file, the first entry is for the first of those columns, and so on.  A column that no
 * entry names is understood by its header. */
#ifndef VESTNIK_MODEL_IMPORT_MAPPING_H
#define VESTNIK_MODEL_IMPORT_MAPPING_H

#include <stddef.h>

#include "common/model/client_field.h"
#include "common/store/pg.h"
#include "common/web/json.h"

struct import_mapped {
	char *header; /* trimmed */
	enum client_field field;
	char *name; /* of an attribute or a list's own column, as a placeholder writes it; else NULL
		     */
};

/* Owned by whoever read it; released with import_mapping_free(). */
struct import_mapping {
	struct import_mapped *column;
	size_t count;
};

/* Read array `key` of a request, which may be missing; what is wrong with it is in its problem. */
void import_mapping_in(struct json_in *in, const char *key, struct import_mapping *out);
/* As three text arrays: headers, fields, names. */
void import_mapping_push(const struct import_mapping *mapping, struct pg_params *params);
/* From the columns col, col + 1 and col + 2 of a row, which may be null. */
void import_mapping_load(const struct pg_result *rows, size_t i, int col,
			 struct import_mapping *out);
void import_mapping_free(struct import_mapping *mapping);
/* Whether a column is meant to be the list's own. */
bool import_mapping_has_own(const struct import_mapping *mapping);

#endif
