/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_file - a price list as a file (docs/tariffs.md says its columns).
 *
 * Strict: one line that is not understood, and nothing of the file may be stored.  Operators are
 * asked of the database by name, code or network code, so that a list may be in its provider's own
 * words. */
#ifndef VESTNIK_ROUTE_TARIFF_FILE_H
#define VESTNIK_ROUTE_TARIFF_FILE_H

#include "common/route/tariff_build.h"
#include "common/text/sheet.h"

#define TARIFF_ROWS_MAX	 200000
#define TARIFF_NAMES_MAX 1000	       /* operators a file names, in all their spellings */
#define TARIFF_PRICE_MAX 1000000000000 /* a million */

enum tariff_column {
	TARIFF_OPERATOR,
	TARIFF_NETWORK,
	TARIFF_PREFIX,
	TARIFF_CATEGORY,
	TARIFF_REGISTERED,
	TARIFF_SENDER,
	TARIFF_PRICE,
	TARIFF_COLUMNS
};

struct tariff_file_row {
	int32_t line;
	int32_t name; /* of its operator, in file.name; -1: none */
	char network[7];
	char prefix[TARIFF_PREFIX_MAX + 1];
	int16_t operator_id, category, sender_kind; /* 0: any */
	int8_t registered;			    /* -1: any */
	int64_t price_micro;
};

struct tariff_file {
	struct sheet sheet; /* what is wrong with it, and its SHA-256 */
	struct tariff_file_row *row;
	size_t count, cap;
	char *name[TARIFF_NAMES_MAX];
	size_t names;
};

/* Read a file from its start and look its operators up.  True with sheet.fault_count > 0: it was
 * read and is wrong.  ERR_INPUT: it is no table. */
bool tariff_file_read(struct tariff_file *f, int fd, struct pg *pg, struct err *err);
void tariff_file_deinit(struct tariff_file *f);

/* "letters", "number", "short"; NULL for none. */
const char *sender_kind_name(int kind);

/* Cells that other files have too; an empty one and "any" are 0 (or -1).  False: neither. */
bool tariff_cell_category(const char *text, int16_t *out);
bool tariff_cell_sender(const char *text, int16_t *out);
bool tariff_cell_registered(const char *text, int8_t *out);
/* What is expected there, in words. */
extern const char tariff_category_expected[];
extern const char tariff_sender_expected[];
extern const char tariff_registered_expected[];
extern const char tariff_operator_expected[];

/* The operators of many names, codes or network codes: out[i] is 0 where nobody knows. */
bool operators_find(struct pg *pg, const char *const *names, size_t count, int16_t *out,
		    struct err *err);

#endif
