/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader - see reader.h. */
#include "crmd/reader.h"

#include <string.h>

static const struct {
	const char *kind;
	reader_fn *read;
} readers[] = {
	{"folder", reader_folder}, {"postgresql", reader_postgresql},
	{"odbc", reader_odbc},	   {"https", reader_file},
	{"sftp", reader_file},	   {"http_json", reader_json},
};

const char *source_setting(const struct source *s, const char *name, const char *fallback)
{
	for (size_t i = 0; i < s->settings; i++)
		if (strcmp(s->key[i], name) == 0)
			return s->value[i];
	return fallback;
}

bool reader_read(struct reading *r, struct err *err)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i].kind, r->source->kind->name) == 0)
			return readers[i].read(r, err);
	panic("no reader for kind %s", r->source->kind->name);
}

/* --- rows of cells
 * -------------------------------------------------------------------------------- */

void cells_init(struct cells *c, struct reading *reading)
{
	c->reading = reading;
	c->line = 0;
	c->count = 0;
	buf_init(&c->text, CSV_ROW_MAX);
	buf_init(&c->raw, CSV_ROW_MAX);
}

void cells_deinit(struct cells *c)
{
	buf_deinit(&c->text);
	buf_deinit(&c->raw);
}

static void put_raw(struct buf *raw, const char *text, size_t len)
{
	buf_add_char(raw, '"');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			buf_add_char(raw, '"');
		buf_add_char(raw, text[i]);
	}
	buf_add_char(raw, '"');
}

void cells_add(struct cells *c, const char *text, size_t len)
{
	size_t i = c->count++;

	if (i >= CSV_COLUMNS_MAX)
		return;
	c->at[i] = c->text.len;
	c->field[i].len = buf_add(&c->text, text, len) ? len : 0;
	buf_add_char(&c->text, '\0');
	if (i > 0)
		buf_add_char(&c->raw, ';');
	put_raw(&c->raw, text, len);
}

bool cells_end_row(struct cells *c)
{
	struct csv_row row = {.line = ++c->line, .count = c->count, .field = c->field};
	bool more;

	if (c->count > CSV_COLUMNS_MAX)
		row.problem = "the row has more than 256 columns; remove some";
	else if (c->text.overflow)
		row.problem = "the row is longer than 65536 bytes; split or shorten it";
	for (size_t i = 0; i < c->count && row.problem == NULL; i++)
		c->field[i].text = c->text.data + c->at[i];
	if (row.problem != NULL)
		row.count = 0;
	row.raw = buf_str(&c->raw);
	row.raw_len = c->raw.len;
	more = c->reading->on_row(&row, c->reading->arg);
	c->count = 0;
	buf_reset(&c->text);
	buf_reset(&c->raw);
	return more;
}
