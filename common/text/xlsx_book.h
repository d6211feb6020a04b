/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_book - what a sheet of a workbook refers to: its shared strings, which styles are dates, and
 * where the first visible sheet is.
 *
 * Inner part of xlsx. */
#ifndef VESTNIK_TEXT_XLSX_BOOK_H
#define VESTNIK_TEXT_XLSX_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct xlsx_book;

/* Read all parts but the sheets.  Released with xlsx_book_free(). */
bool xlsx_book_read(int fd, struct xlsx_book **out, struct err *err);
void xlsx_book_free(struct xlsx_book **book);

/* "xl/worksheets/sheet1.xml" */
const char *xlsx_book_sheet(const struct xlsx_book *book);
/* NULL: there is no such string. */
const char *xlsx_book_string(const struct xlsx_book *book, size_t i);
bool xlsx_book_style_is_date(const struct xlsx_book *book, size_t style);
bool xlsx_book_since_1904(const struct xlsx_book *book);

#endif
