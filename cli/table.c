/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "cli/table.h"

#include <string.h>

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"

enum { GAP = 2 };

struct table {
	size_t columns;
	size_t count; /* cells, the headings among them */
	size_t cap;
	char **cells;
};

static void add(struct table *t, char *cell)
{
	if (t->count == t->cap) {
		t->cap = t->cap > 0 ? t->cap * 2 : 64;
		t->cells = mem_realloc(t->cells, t->cap, sizeof(*t->cells));
	}
	t->cells[t->count++] = cell;
}

struct table *table_new(const char *const *headings)
{
	struct table *t = mem_calloc(1, sizeof(*t));

	for (; headings[t->columns] != NULL; t->columns++)
		add(t, mem_strdup(headings[t->columns]));
	return t;
}

void table_free(struct table **table)
{
	struct table *t = *table;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		mem_free(t->cells[i]);
	mem_free(t->cells);
	mem_free(t);
	*table = NULL;
}

void table_text(struct table *t, const char *text)
{
	add(t, mem_strdup(text));
}

void table_int(struct table *t, int64_t n)
{
	char digits[24], grouped[40];
	size_t len, at = 0;

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			grouped[at++] = ' ';
		grouped[at++] = digits[i];
	}
	grouped[at] = '\0';
	table_text(t, grouped);
}

static const char *heading(const struct table *t, size_t column)
{
	return t->cells[column] + (t->cells[column][0] == '>');
}

static const char *cell(const struct table *t, size_t i)
{
	return i < t->columns ? heading(t, i) : t->cells[i];
}

static size_t width_of(const struct table *t, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < t->count; i += t->columns) {
		size_t len = utf8_count(cell(t, i), strlen(cell(t, i)));

		width = len > width ? len : width;
	}
	return width;
}

static void print_cell(const struct table *t, size_t i, FILE *out)
{
	size_t column = i % t->columns;
	const char *text = cell(t, i);
	int pad = (int)(width_of(t, column) - utf8_count(text, strlen(text)));

	if (t->cells[column][0] == '>')
		(void)fprintf(out, "%*s%s", pad, "", text);
	else if (column + 1 < t->columns)
		(void)fprintf(out, "%s%*s", text, pad, "");
	else
		(void)fputs(text, out);
	if (column + 1 < t->columns)
		(void)fprintf(out, "%*s", GAP, "");
	else
		(void)fputc('\n', out);
}

void table_print(const struct table *t, FILE *out)
{
	if (t->count % t->columns != 0)
		panic("a table's last row lacks cells");
	for (size_t i = 0; i < t->count; i++)
		print_cell(t, i, out);
}
