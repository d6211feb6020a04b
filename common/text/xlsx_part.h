/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_part - the parts of a workbook: unpacked by libarchive, parsed by expat, piece by piece.
 *
 * Inner part of xlsx. */
#ifndef VESTNIK_TEXT_XLSX_PART_H
#define VESTNIK_TEXT_XLSX_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/* What a part's XML is handed to.  Names have no namespace.  Each returns false to stop. */
struct xlsx_handler {
	bool (*on_start)(void *arg, const char *name, const char **attributes);
	bool (*on_end)(void *arg, const char *name);
	bool (*on_text)(void *arg, const char *text, size_t len);
};

/* The value of an attribute, NULL when it is not there. */
const char *xlsx_attribute(const char **attributes, const char *name);

/* The handler for a part ("xl/workbook.xml"); NULL: pass it over. */
typedef const struct xlsx_handler *xlsx_choose(void *arg, const char *part);

/* Go through the parts in the order of the file; `arg` goes to the chooser and to the handlers.
 * True: to the end, or a handler stopped it. */
bool xlsx_parts_read(int fd, xlsx_choose *choose, void *arg, struct err *err);

#endif
