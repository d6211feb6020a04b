/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx - the rows of the first visible sheet of an Excel workbook, as csv gives out those of a CSV.
 *
 * libarchive unpacks and expat parses, both in pieces, so memory holds one row and the workbook's
 * shared strings (64 MiB of them at most).  What unpacks to more than 2 GiB, declares entities or
 * has a tag of over a megabyte is refused.
 *
 * A cell is text as Excel would show it without its format: dates (told by their style) as
 * 2026-11-28, times as 2026-11-28 13:30:00, whole numbers with all their digits, others with 15,
 * truth as yes and no, of a formula the result Excel stored.  A row with an error (#N/A) or with a
 * formula without a result is a bad row.  Every row is as wide as the first; empty ones are none.
 */
#ifndef VESTNIK_TEXT_XLSX_H
#define VESTNIK_TEXT_XLSX_H

#include "common/text/csv.h"

/* Whether a file begins like a workbook (or another zip), and like one of before 2007 or with a
 * password, which cannot be read. */
bool xlsx_is_workbook(const char *head, size_t len);
bool xlsx_is_old_workbook(const char *head, size_t len);

/* Read the workbook in a regular file from its start; rows carry the numbers Excel shows, and as
 * `raw` their cells joined by semicolons.  True: all was read, or on_row() stopped it.  ERR_INPUT
 * says what is wrong with the file and what mends it. */
bool xlsx_read(int fd, csv_on_row on_row, void *arg, struct err *err);

#endif
