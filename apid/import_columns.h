/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_columns - what the columns of a client file mean, told by their headers.
 *
 * Known names in Russian and English are fields of a client; every other column is an attribute
 * under its name in lower case with underscores, as a placeholder writes it.  Columns without a
 * name are left out, and so are those that a file of bad rows has in front. */
#ifndef VESTNIK_APID_IMPORT_COLUMNS_H
#define VESTNIK_APID_IMPORT_COLUMNS_H

#include "common/text/csv.h"
#include "common/web/problem.h"

enum import_field {
	IMPORT_IGNORED,
	IMPORT_PHONE,
	IMPORT_EXTERNAL_ID,
	IMPORT_LAST_NAME,
	IMPORT_FIRST_NAME,
	IMPORT_MIDDLE_NAME,
	IMPORT_ATTRIBUTE,
};

struct import_column {
	enum import_field field;
	char *header;  /* as it stands in the file, trimmed */
	char *name;    /* the attribute's, or NULL */
	int attribute; /* its number among the attributes, from 0 */
};

struct import_columns {
	struct import_column column[CSV_COLUMNS_MAX];
	size_t count;
	size_t attributes;
	int of_field[IMPORT_ATTRIBUTE]; /* column of each known field, -1: none */
};

/* False: the problem says which columns were found and what to do. */
bool import_columns_read(const struct csv_row *row, struct import_columns *out,
			 struct problem *problem);
void import_columns_free(struct import_columns *c);
/* "phone", "last_name" ...; NULL for attributes and ignored columns. */
const char *import_field_name(enum import_field field);
/* Remove spaces of every kind around a text; returns its new start and sets the length. */
const char *import_trim(const char *text, size_t *len);

#endif
