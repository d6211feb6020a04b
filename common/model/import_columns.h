/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_columns - what the columns of a client file mean, told by their headers.
 *
 * Known names in Russian and English are fields of a client; every other column is an attribute
 * under its name in lower case with underscores, as a placeholder writes it.  Columns without a
 * name are left out, and so are those that a file of bad rows has in front.  That a column is the
 * list's own only a mapping says. */
#ifndef VESTNIK_MODEL_IMPORT_COLUMNS_H
#define VESTNIK_MODEL_IMPORT_COLUMNS_H

#include "common/model/client_attribute.h"
#include "common/model/import_mapping.h"
#include "common/text/csv.h"
#include "common/web/problem.h"

struct import_column {
	enum client_field field;
	char *header;  /* as it stands in the file, trimmed */
	char *name;    /* the attribute's or the list column's, or NULL */
	int attribute; /* its number among the attributes, or among the list's own, from 0 */
};

struct import_columns {
	struct import_column column[CSV_COLUMNS_MAX];
	size_t count;
	size_t attributes;
	size_t own_count;
	size_t own[LIST_COLUMNS_MAX];		      /* columns that are the list's own */
	int of_field[CLIENT_FIELDS];		      /* column of each known field, -1: none */
	const char *attribute[CLIENT_ATTRIBUTES_MAX]; /* names by number, borrowed from above */
	struct client_attribute_types types;	      /* theirs; texts until they are loaded */
};

/* The columns as the mapping says, the others by their headers.  False: the problem says which
 * columns were found and what to do. */
bool import_columns_read(const struct csv_row *row, const struct import_mapping *mapping,
			 struct import_columns *out, struct problem *problem);
/* The same for a person to correct: without a phone column, and of two columns that mean the same
 * the second is ignored. */
void import_columns_propose(const struct csv_row *row, struct import_columns *out);
void import_columns_free(struct import_columns *c);
/* The attribute that a person calls so, as a placeholder writes it; NULL when none can say it or
 * when it is a field's name.  The caller's to free. */
char *import_attribute_name(const char *text, size_t len);

#endif
