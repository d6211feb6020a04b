/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_value - how Excel stores numbers and dates, and how we write them.
 *
 * Inner part of xlsx. */
#ifndef VESTNIK_TEXT_XLSX_VALUE_H
#define VESTNIK_TEXT_XLSX_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#define XLSX_NUMBER_SIZE 64

/* Whether a number with this built-in format is a date, and whether a format's code is one's. */
bool xlsx_format_is_date(int id);
bool xlsx_code_is_date(const char *code);

/* A number as the sheet's XML has it: digits as they stand, others as their shortest decimal. */
void xlsx_put_number(const char *stored, char out[XLSX_NUMBER_SIZE]);
/* Days since 1900 (or 1904) as 2026-11-28, with a time when there is one; a time alone as 13:30:00.
 * Not a date after all (negative, beyond the year 9999): as a number. */
void xlsx_put_date(const char *stored, bool since_1904, char out[XLSX_NUMBER_SIZE]);
/* "AB12": 27; SIZE_MAX when there are no letters. */
size_t xlsx_column(const char *reference);

#endif
