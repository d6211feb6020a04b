/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_book - see xlsx_book.h.
 *
 * One pass over the file reads four parts under the names every program gives them.  Strings lie
 * one behind the other in one buffer. */
#include "common/text/xlsx_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/text/xlsx_part.h"
#include "common/text/xlsx_value.h"

#define STRING_BYTES_MAX (64u << 20)
#define STRINGS_MAX	 (4u << 20)
#define STYLES_MAX	 65536
#define FORMATS_MAX	 1000
#define SHEETS_MAX	 1000
#define SHORT_SIZE	 256

struct relation {
	char id[SHORT_SIZE];
	char target[SHORT_SIZE];
};

struct xlsx_book {
	char sheet_id[SHORT_SIZE]; /* of the first visible one */
	char sheet[SHORT_SIZE + 3];
	bool since_1904;
	struct relation relation[SHEETS_MAX];
	size_t relations;

	int date_format[FORMATS_MAX]; /* custom formats that are dates */
	size_t date_formats;
	bool in_cell_styles;
	bool date_style[STYLES_MAX];
	size_t styles;

	struct buf strings; /* each with a NUL behind it */
	uint32_t *string_at;
	size_t string_count, string_cap;
	bool in_text, in_reading; /* inside <t>; inside <rPh>, which tells how to read it aloud */
	bool too_much;
};

static bool is(const char *name, const char *other)
{
	return strcmp(name, other) == 0;
}

static int number_of(const char *text)
{
	return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

/* --- workbook.xml and its relations
 * --------------------------------------------------------------- */

static bool on_workbook(void *arg, const char *name, const char **attributes)
{
	struct xlsx_book *b = arg;

	if (is(name, "workbookPr")) {
		const char *since = xlsx_attribute(attributes, "date1904");

		b->since_1904 = since != NULL && (is(since, "1") || is(since, "true"));
	} else if (is(name, "sheet") && b->sheet_id[0] == '\0') {
		const char *id = xlsx_attribute(attributes, "id");
		const char *state = xlsx_attribute(attributes, "state");

		if (id != NULL && (state == NULL || is(state, "visible")))
			snprintf(b->sheet_id, sizeof(b->sheet_id), "%s", id);
	}
	return true;
}

static bool on_relation(void *arg, const char *name, const char **attributes)
{
	struct xlsx_book *b = arg;
	const char *id = xlsx_attribute(attributes, "Id");
	const char *target = xlsx_attribute(attributes, "Target");

	if (is(name, "Relationship") && id != NULL && target != NULL && b->relations < SHEETS_MAX) {
		struct relation *relation = &b->relation[b->relations++];

		snprintf(relation->id, sizeof(relation->id), "%s", id);
		snprintf(relation->target, sizeof(relation->target), "%s", target);
	}
	return true;
}

/* --- styles.xml
 * ----------------------------------------------------------------------------------- */

static bool is_date_format(const struct xlsx_book *b, int id)
{
	for (size_t i = 0; i < b->date_formats; i++)
		if (b->date_format[i] == id)
			return true;
	return xlsx_format_is_date(id);
}

static bool on_style(void *arg, const char *name, const char **attributes)
{
	struct xlsx_book *b = arg;
	int format = number_of(xlsx_attribute(attributes, "numFmtId"));

	if (is(name, "numFmt")) {
		const char *code = xlsx_attribute(attributes, "formatCode");

		if (code != NULL && xlsx_code_is_date(code) && b->date_formats < FORMATS_MAX)
			b->date_format[b->date_formats++] = format;
	} else if (is(name, "cellXfs")) {
		b->in_cell_styles = true;
	} else if (is(name, "xf") && b->in_cell_styles && b->styles < STYLES_MAX) {
		b->date_style[b->styles++] = is_date_format(b, format);
	}
	return true;
}

static bool on_style_end(void *arg, const char *name)
{
	struct xlsx_book *b = arg;

	if (is(name, "cellXfs"))
		b->in_cell_styles = false;
	return true;
}

/* --- sharedStrings.xml
 * ---------------------------------------------------------------------------- */

static bool on_string(void *arg, const char *name, const char **attributes)
{
	struct xlsx_book *b = arg;

	(void)attributes;
	if (is(name, "si")) {
		if (b->string_count == b->string_cap) {
			b->string_cap = b->string_cap > 0 ? b->string_cap * 2 : 1024;
			b->string_at =
				mem_realloc(b->string_at, b->string_cap, sizeof(*b->string_at));
		}
		b->string_at[b->string_count++] = (uint32_t)b->strings.len;
		b->too_much |= b->string_count > STRINGS_MAX;
	}
	b->in_reading |= is(name, "rPh");
	b->in_text = is(name, "t") && b->string_count > 0;
	return !b->too_much;
}

static bool on_string_end(void *arg, const char *name)
{
	struct xlsx_book *b = arg;

	b->in_text = false;
	if (is(name, "rPh"))
		b->in_reading = false;
	if (is(name, "si"))
		b->too_much |= !buf_add_char(&b->strings, '\0');
	return !b->too_much;
}

static bool on_string_text(void *arg, const char *text, size_t len)
{
	struct xlsx_book *b = arg;

	if (b->in_text && !b->in_reading)
		b->too_much |= !buf_add(&b->strings, text, len);
	return !b->too_much;
}

/* --- the book
 * ------------------------------------------------------------------------------------- */

static const struct xlsx_handler *choose(void *arg, const char *part)
{
	static const struct xlsx_handler workbook = {.on_start = on_workbook};
	static const struct xlsx_handler relations = {.on_start = on_relation};
	static const struct xlsx_handler styles = {.on_start = on_style, .on_end = on_style_end};
	static const struct xlsx_handler strings = {
		.on_start = on_string, .on_end = on_string_end, .on_text = on_string_text};

	(void)arg;
	if (strcasecmp(part, "xl/workbook.xml") == 0)
		return &workbook;
	if (strcasecmp(part, "xl/_rels/workbook.xml.rels") == 0)
		return &relations;
	if (strcasecmp(part, "xl/styles.xml") == 0)
		return &styles;
	return strcasecmp(part, "xl/sharedStrings.xml") == 0 ? &strings : NULL;
}

/* A target is relative to xl/, or begins with a slash. */
static bool find_sheet(struct xlsx_book *b, struct err *err)
{
	for (size_t i = 0; i < b->relations && b->sheet_id[0] != '\0'; i++) {
		const char *target = b->relation[i].target;

		if (!is(b->relation[i].id, b->sheet_id))
			continue;
		snprintf(b->sheet, sizeof(b->sheet), "%s%s", target[0] == '/' ? "" : "xl/",
			 target + (target[0] == '/'));
		return true;
	}
	return err_set(err, ERR_INPUT,
		       "the workbook has no sheet that can be seen; put the clients on its first "
		       "sheet and save it again");
}

bool xlsx_book_read(int fd, struct xlsx_book **out, struct err *err)
{
	struct xlsx_book *b = mem_calloc(1, sizeof(*b));
	bool ok;

	buf_init(&b->strings, STRING_BYTES_MAX);
	ok = xlsx_parts_read(fd, choose, b, err);
	if (ok && b->too_much)
		ok = err_set(err, ERR_INPUT,
			     "the workbook holds too many different texts; save the sheet as CSV "
			     "UTF-8 and send that");
	ok = ok && find_sheet(b, err);
	if (ok)
		*out = b;
	else
		xlsx_book_free(&b);
	return ok;
}

void xlsx_book_free(struct xlsx_book **book)
{
	if (*book == NULL)
		return;
	buf_deinit(&(*book)->strings);
	mem_free((*book)->string_at);
	mem_free(*book);
	*book = NULL;
}

const char *xlsx_book_sheet(const struct xlsx_book *b)
{
	return b->sheet;
}

const char *xlsx_book_string(const struct xlsx_book *b, size_t i)
{
	return i < b->string_count ? b->strings.data + b->string_at[i] : NULL;
}

bool xlsx_book_style_is_date(const struct xlsx_book *b, size_t style)
{
	return style < b->styles && b->date_style[style];
}

bool xlsx_book_since_1904(const struct xlsx_book *b)
{
	return b->since_1904;
}
