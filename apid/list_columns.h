/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list_columns - columns that a list has of its own: what a file says of its clients for this list
 * alone.
 *
 * They are placeholders of campaigns to the list.  A column is made by the first import that brings
 * it; its type stays. */
#ifndef VESTNIK_APID_LIST_COLUMNS_H
#define VESTNIK_APID_LIST_COLUMNS_H

#include "apid/import.h"

/* Put an import's clients on its list (im->list_id) with the values of its own columns, inside the
 * import's transaction.  A column that cannot be taken is the problem, and false. */
bool list_columns_fill(struct import *im, struct err *err);

/* Write member `columns` of a list. */
bool list_columns_put(struct request *r, int64_t list_id, struct err *err);

#endif
