/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx - see xlsx.h.
 *
 * Cells of a row are gathered as text, one behind the other with a NUL between; where each begins
 * is remembered by column, so that columns Excel left out stay empty. */
#include "common/text/xlsx.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/text/xlsx_book.h"
#include "common/text/xlsx_part.h"
#include "common/text/xlsx_value.h"

static const char problem_long[] = "the row is longer than 65536 bytes; split or shorten it";
static const char problem_columns[] = "the row has more than 256 columns; remove some";
static const char problem_error[] =
	"a cell holds an error of Excel, such as #N/A; mend its formula or empty the cell";
static const char problem_no_result[] =
	"a formula has no stored result; open the workbook in Excel and save it there";

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR };

struct sheet {
	const struct xlsx_book *book;
	csv_on_row on_row;
	void *arg;
	bool found;
	uint64_t line;
	size_t width; /* of the first row */

	/* the row */
	const char *problem;
	struct buf text;
	size_t at[CSV_COLUMNS_MAX]; /* in text; 0: empty, for text begins with a NUL */
	size_t count;		    /* behind the last cell that is not empty */
	struct csv_field field[CSV_COLUMNS_MAX];
	struct buf raw;

	/* the cell */
	size_t column;
	enum cell_type type;
	size_t style;
	struct buf value;
	bool in_value, in_reading, has_formula;
};

static bool is(const char *name, const char *other)
{
	return strcmp(name, other) == 0;
}

/* --- a cell
 * --------------------------------------------------------------------------------------- */

static enum cell_type type_of(const char *t)
{
	if (t == NULL || is(t, "n"))
		return CELL_NUMBER;
	if (is(t, "s"))
		return CELL_SHARED;
	if (is(t, "b"))
		return CELL_BOOLEAN;
	return is(t, "e") ? CELL_ERROR : CELL_TEXT;
}

static void begin_cell(struct sheet *s, const char **attributes)
{
	const char *reference = xlsx_attribute(attributes, "r");
	const char *style = xlsx_attribute(attributes, "s");
	size_t column = reference != NULL ? xlsx_column(reference) : SIZE_MAX;

	s->column = column != SIZE_MAX ? column : s->column + 1;
	s->type = type_of(xlsx_attribute(attributes, "t"));
	s->style = style != NULL ? strtoul(style, NULL, 10) : 0;
	s->has_formula = false;
	buf_reset(&s->value);
}

/* What the cell says; `number` is room for it. */
static const char *cell_text(struct sheet *s, char number[XLSX_NUMBER_SIZE])
{
	const char *stored = buf_str(&s->value);
	const char *shared;

	switch (s->type) {
	case CELL_NUMBER:
		if (stored[0] == '\0')
			return "";
		if (xlsx_book_style_is_date(s->book, s->style))
			xlsx_put_date(stored, xlsx_book_since_1904(s->book), number);
		else
			xlsx_put_number(stored, number);
		return number;
	case CELL_SHARED:
		shared = xlsx_book_string(s->book, strtoul(stored, NULL, 10));
		return shared != NULL ? shared : "";
	case CELL_BOOLEAN:
		return is(stored, "1") ? "yes" : "no";
	case CELL_ERROR:
		s->problem = problem_error;
		return "#";
	case CELL_TEXT:
		break;
	}
	return stored;
}

static void end_cell(struct sheet *s)
{
	char number[XLSX_NUMBER_SIZE];
	const char *text = cell_text(s, number);

	if (s->has_formula && s->type == CELL_NUMBER && s->value.len == 0)
		s->problem = problem_no_result;
	if (text[0] == '\0')
		return;
	if (s->column >= CSV_COLUMNS_MAX) {
		s->problem = problem_columns;
		return;
	}
	s->at[s->column] = s->text.len;
	if (!buf_add(&s->text, text, strlen(text) + 1) || s->value.overflow)
		s->problem = problem_long;
	if (s->column >= s->count)
		s->count = s->column + 1;
}

/* --- a row
 * ---------------------------------------------------------------------------------------- */

static void begin_row(struct sheet *s, const char **attributes)
{
	const char *number = xlsx_attribute(attributes, "r");
	uint64_t line = number != NULL ? strtoull(number, NULL, 10) : 0;

	s->line = line > s->line ? line : s->line + 1;
	s->problem = NULL;
	s->count = 0;
	s->column = SIZE_MAX;
	memset(s->at, 0, sizeof(s->at));
	buf_reset(&s->text);
	buf_add_char(&s->text, '\0');
}

static void put_raw(struct buf *raw, const char *text)
{
	bool quoted = strpbrk(text, ";\"\r\n") != NULL;

	if (!quoted) {
		buf_add_str(raw, text);
		return;
	}
	buf_add_char(raw, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			buf_add_char(raw, '"');
		buf_add_char(raw, *c);
	}
	buf_add_char(raw, '"');
}

static bool end_row(struct sheet *s)
{
	struct csv_row row = {.line = s->line, .field = s->field, .problem = s->problem};
	size_t count = s->count > s->width ? s->count : s->width;

	if (s->count == 0 && s->problem == NULL)
		return true;
	buf_reset(&s->raw);
	for (size_t i = 0; i < count; i++) {
		const char *text = s->text.data + s->at[i];

		s->field[i] = (struct csv_field){text, strlen(text)};
		if (i > 0)
			buf_add_char(&s->raw, ';');
		put_raw(&s->raw, text);
	}
	if (s->width == 0)
		s->width = s->count;
	row.count = s->problem == NULL ? count : 0;
	row.raw = buf_str(&s->raw);
	row.raw_len = s->raw.len;
	return s->on_row(&row, s->arg);
}

/* --- the sheet
 * ------------------------------------------------------------------------------------ */

static bool on_start(void *arg, const char *name, const char **attributes)
{
	struct sheet *s = arg;

	if (is(name, "row"))
		begin_row(s, attributes);
	else if (is(name, "c"))
		begin_cell(s, attributes);
	else if (is(name, "f"))
		s->has_formula = true;
	else if (is(name, "rPh"))
		s->in_reading = true;
	s->in_value = is(name, "v") || (is(name, "t") && !s->in_reading);
	return true;
}

static bool on_end(void *arg, const char *name)
{
	struct sheet *s = arg;

	s->in_value = false;
	if (is(name, "rPh"))
		s->in_reading = false;
	else if (is(name, "c"))
		end_cell(s);
	else if (is(name, "row"))
		return end_row(s);
	return !is(name, "sheetData"); /* what follows are no rows */
}

static bool on_text(void *arg, const char *text, size_t len)
{
	struct sheet *s = arg;

	if (s->in_value)
		buf_add(&s->value, text, len);
	return true;
}

static const struct xlsx_handler *choose(void *arg, const char *part)
{
	static const struct xlsx_handler handler = {on_start, on_end, on_text};
	struct sheet *s = arg;

	if (s->found || strcasecmp(part, xlsx_book_sheet(s->book)) != 0)
		return NULL;
	s->found = true;
	return &handler;
}

static bool read_sheet(int fd, struct sheet *s, struct err *err)
{
	if (!xlsx_parts_read(fd, choose, s, err))
		return false;
	return s->found ||
	       err_set(err, ERR_INPUT,
		       "the workbook's first sheet is missing; open it in Excel and save it again");
}

bool xlsx_read(int fd, csv_on_row on_row, void *arg, struct err *err)
{
	struct xlsx_book *book = NULL;
	struct sheet *s;
	bool ok;

	if (!xlsx_book_read(fd, &book, err))
		return false;
	s = mem_calloc(1, sizeof(*s));
	s->book = book;
	s->on_row = on_row;
	s->arg = arg;
	buf_init(&s->text, CSV_ROW_MAX);
	buf_init(&s->raw, CSV_ROW_MAX);
	buf_init(&s->value, CSV_ROW_MAX);
	ok = read_sheet(fd, s, err);
	buf_deinit(&s->text);
	buf_deinit(&s->raw);
	buf_deinit(&s->value);
	mem_free(s);
	xlsx_book_free(&book);
	return ok;
}

bool xlsx_is_workbook(const char *head, size_t len)
{
	static const char zip[] = {'P', 'K', 3, 4};

	return len >= sizeof(zip) && memcmp(head, zip, sizeof(zip)) == 0;
}

bool xlsx_is_old_workbook(const char *head, size_t len)
{
	static const char ole[] = {(char)0xd0, (char)0xcf, 0x11, (char)0xe0};

	return len >= sizeof(ole) && memcmp(head, ole, sizeof(ole)) == 0;
}
