/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* table - rows of text printed with aligned columns. */
#ifndef VESTNIK_CLI_TABLE_H
#define VESTNIK_CLI_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct table;

/* Columns by their headings, ended by NULL; one that begins with '>' is aligned to the right. */
struct table *table_new(const char *const *headings);
void table_free(struct table **t);
/* Cells go in from left to right, row after row; every row is full when printed. */
void table_text(struct table *t, const char *text); /* copied */
void table_int(struct table *t, int64_t n);	    /* with thin grouping: 1 900 000 */
void table_print(const struct table *t, FILE *out);

#endif
