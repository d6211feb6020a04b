/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_check - whether a row of a client file can be taken, and what it says. */
#ifndef VESTNIK_APID_IMPORT_CHECK_H
#define VESTNIK_APID_IMPORT_CHECK_H

#include "apid/import_columns.h"
#include "common/model/client_merge.h"

/* Why a row is bad; texts are borrowed until the next row of this thread is checked. */
struct import_fault {
	const char *field;
	const char *found;
	const char *expected;
};

/* Lines that Excel leaves behind: separators and nothing else. */
bool import_row_is_empty(const struct csv_row *row);
/* Read a row; values are borrowed from it and from `out`.  False: *fault_out says why.  Without a
 * phone column (in a preview) no phone is asked for. */
bool import_row_check(const struct import_columns *columns, const struct csv_row *row,
		      struct client_row *out, struct import_fault *fault_out);

/* Whether a file begins like an Excel workbook; then the problem says how to save it as CSV. */
bool import_is_workbook(const char *head, size_t len, struct problem *problem);

#endif
