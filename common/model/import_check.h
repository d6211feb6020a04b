/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_check - whether a row of a client file can be taken, and what it says. */
#ifndef VESTNIK_MODEL_IMPORT_CHECK_H
#define VESTNIK_MODEL_IMPORT_CHECK_H

#include "common/model/import_columns.h"
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

/* Whether a file begins like a workbook that cannot be read; then the problem says how to save it.
 */
bool import_is_old_workbook(const char *head, size_t len, struct problem *problem);
/* What xlsx_read() says of a workbook that it cannot read. */
void import_refuse_workbook(struct problem *problem, const struct err *err);

/* How an import calls a workbook's encoding, and what stands between the cells of its bad rows. */
#define IMPORT_WORKBOOK_ENCODING  "Excel"
#define IMPORT_WORKBOOK_SEPARATOR ';'

#endif
