/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv - a push reader of tables.
 *
 * Input goes, as UTF-8, into one window.  A scanner finds where the row that begins at `row` ends;
 * it keeps its place between feeds, so pieces of any size cost the same.  A complete row is split
 * into a second buffer, where separators become NUL: no field is allocated.
 *
 * A quote that is never closed would swallow the rest of the file.  A row that turns out broken
 * after it has crossed a line end is therefore bad for its first line only, and reading goes on
 * with the second.  This stays linear: a line that opens a quote and leaves it open has an odd
 * number of quotes, a line that leaves an open one open an even number, so no line is passed over
 * twice on behalf of two such rows. */
#include "common/text/csv.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/text/csv_head.h"
#include "common/text/utf8.h"

#define HEAD_SIZE   65536
#define WINDOW_SIZE (4 * CSV_ROW_MAX)
#define BOM	    "\xEF\xBB\xBF"
#define BOM_LEN	    3

static const char problem_stray[] =
	"a quote inside an unquoted field; put the field into quotes and double the quote";
static const char problem_after_quote[] =
	"text after a closing quote; double the quotes inside a quoted field";
static const char problem_unclosed[] = "a quote is opened and not closed properly; close it, and "
				       "double the quotes inside a quoted field";
static const char problem_long[] = "the row is longer than 65536 bytes; split or shorten it";
static const char problem_columns[] = "the row has more than 256 columns; remove some";
static const char problem_nul[] = "the row holds a zero byte; save the file again as CSV UTF-8";
static const char problem_utf8[] =
	"the row holds bytes that are not UTF-8; save the file again as CSV UTF-8";

enum scan_state {
	SCAN_OPEN,	  /* in or before an unquoted field */
	SCAN_QUOTED,	  /* inside quotes */
	SCAN_AFTER_QUOTE, /* behind a quote that closed, or the first of a doubled one */
	SCAN_BROKEN,	  /* the grammar is lost: on to the end of the line */
	SCAN_SKIP,	  /* the row was given out as too long: on to the end of the line */
};

struct csv {
	csv_on_row on_row;
	void *arg;
	bool stopped, ended, started; /* started: encoding and separator are known */
	bool cp1251;
	char separator;

	char head[HEAD_SIZE]; /* the first bytes, until the encoding is known */
	size_t head_len;

	char window[WINDOW_SIZE];
	size_t len;
	size_t row;	   /* where the current row begins */
	size_t at;	   /* how far it has been scanned */
	size_t first_line; /* where its second line begins, 0: still in the first */
	enum scan_state state;
	const char *problem;
	uint64_t line;	/* of `row` */
	uint64_t lines; /* line ends passed since `row` */

	char text[CSV_ROW_MAX + 1]; /* fields of the row given out */
	char raw[3 * CSV_ROW_MAX];  /* the row mended to UTF-8, when it is not */
	struct csv_field field[CSV_COLUMNS_MAX];
};

struct csv *csv_new(csv_on_row on_row, void *arg)
{
	struct csv *csv = mem_alloc(sizeof(*csv));

	/* The buffers stay untouched, and so unmapped, until they are needed. */
	memset(csv, 0, offsetof(struct csv, head));
	csv->on_row = on_row;
	csv->arg = arg;
	csv->separator = ',';
	csv->head_len = csv->len = csv->row = csv->at = csv->first_line = 0;
	csv->state = SCAN_OPEN;
	csv->problem = NULL;
	csv->line = 1;
	csv->lines = 0;
	return csv;
}

void csv_free(struct csv **csv)
{
	mem_free(*csv);
	*csv = NULL;
}

const char *csv_encoding(const struct csv *csv)
{
	return csv->cp1251 ? "windows-1251" : "UTF-8";
}

char csv_separator(const struct csv *csv)
{
	return csv->separator;
}

/* --- giving out rows ---------------------------------------------------------------------------
 */

/* Copy with every invalid byte replaced by U+FFFD. */
static size_t mend_utf8(const char *text, size_t len, char *out)
{
	const char *at = text, *end = text + len;
	char *to = out;

	while (at < end) {
		uint32_t c = utf8_next(&at, end);

		to += utf8_put(c == UTF8_BAD ? 0xFFFD : c, to);
	}
	return (size_t)(to - out);
}

/* Take the quoted field at `at` (behind its quote) to `to`; the scanner has checked its grammar.
 * Returns where its closing quote stands. */
static const char *unquote(const char *at, const char *end, char **to)
{
	while (at < end) {
		if (*at == '"') {
			if (at + 1 == end || at[1] != '"')
				break;
			at++;
		}
		*(*to)++ = *at++;
	}
	return at;
}

/* Fill csv->field from a row of good grammar.  False: too many columns. */
static bool split_row(struct csv *csv, const char *at, const char *end, size_t *count_out)
{
	char *to = csv->text;
	size_t count = 0;

	for (;;) {
		struct csv_field *field = &csv->field[count];
		const char *stop;

		if (count++ == CSV_COLUMNS_MAX)
			return false;
		field->text = to;
		if (at < end && *at == '"') {
			stop = unquote(at + 1, end, &to) + 1;
		} else {
			stop = at;
			while (stop < end && *stop != csv->separator)
				*to++ = *stop++;
		}
		field->len = (size_t)(to - field->text);
		*to++ = '\0';
		if (stop == end)
			break;
		at = stop + 1;
	}
	*count_out = count;
	return true;
}

/* Give out window[row, end) and go on at `next`. */
static void row_emit(struct csv *csv, size_t end, size_t next, const char *problem)
{
	const char *raw = csv->window + csv->row;
	struct csv_row row = {.line = csv->line, .problem = problem, .field = csv->field};

	if (end - csv->row > CSV_ROW_MAX) {
		end = csv->row + CSV_ROW_MAX;
		for (int i = 0; i < 3 && ((unsigned char)csv->window[end] & 0xC0) == 0x80; i++)
			end--; /* no half characters */
	}
	row.raw = raw;
	row.raw_len = end - csv->row;
	if (row.problem == NULL && memchr(raw, '\0', row.raw_len) != NULL)
		row.problem = problem_nul;
	if (!csv->cp1251 && utf8_valid(raw, row.raw_len) < row.raw_len) {
		if (row.problem == NULL)
			row.problem = problem_utf8;
		row.raw_len = mend_utf8(raw, row.raw_len, csv->raw);
		row.raw = csv->raw;
	}
	if (row.problem == NULL && !split_row(csv, raw, raw + row.raw_len, &row.count))
		row.problem = problem_columns;

	csv->line += csv->lines;
	csv->lines = 0;
	csv->row = csv->at = next;
	csv->first_line = 0;
	csv->state = SCAN_OPEN;
	csv->problem = NULL;
	if (row.raw_len > 0 && !csv->on_row(&row, csv->arg))
		csv->stopped = true;
}

/* The row broke after it had crossed a line end: give out its first line and read on behind it. */
static void row_rewind(struct csv *csv)
{
	size_t end = csv->first_line - 1;

	if (end > csv->row && csv->window[end] == '\n' && csv->window[end - 1] == '\r')
		end--;
	csv->lines = 1;
	row_emit(csv, end, csv->first_line, problem_unclosed);
}

/* --- scanning ----------------------------------------------------------------------------------
 */

/* A line end at csv->at.  False: a CR whose LF may still come. */
static bool line_end(const struct csv *csv, size_t *next_out)
{
	size_t next = csv->at + 1;

	if (csv->window[csv->at] == '\r') {
		if (next == csv->len && !csv->ended)
			return false;
		if (next < csv->len && csv->window[next] == '\n')
			next++;
	}
	*next_out = next;
	return true;
}

/* Deal with the line end at csv->at.  False: more input is needed to tell. */
static bool scan_line_end(struct csv *csv)
{
	bool too_long = csv->at - csv->row > CSV_ROW_MAX;
	size_t next;

	if (!line_end(csv, &next))
		return false;
	csv->lines++;
	if (csv->state == SCAN_SKIP) {
		csv->line += csv->lines;
		csv->lines = 0;
		csv->row = csv->at = next;
		csv->state = SCAN_OPEN;
	} else if (csv->first_line != 0 && (too_long || csv->problem != NULL)) {
		row_rewind(csv);
	} else if (too_long) {
		row_emit(csv, csv->at, next, problem_long);
	} else if (csv->state == SCAN_QUOTED) {
		if (csv->first_line == 0)
			csv->first_line = next;
		csv->at = next;
	} else {
		row_emit(csv, csv->at, next, csv->problem);
	}
	return true;
}

static void scan_break(struct csv *csv, const char *problem)
{
	csv->problem = problem;
	csv->state = SCAN_BROKEN;
	if (csv->first_line != 0)
		row_rewind(csv);
}

/* A quote at csv->at. */
static void scan_quote(struct csv *csv)
{
	switch (csv->state) {
	case SCAN_OPEN:
		if (csv->at == csv->row || csv->window[csv->at - 1] == csv->separator) {
			csv->state = SCAN_QUOTED;
			csv->at++;
		} else {
			scan_break(csv, problem_stray);
		}
		break;
	case SCAN_QUOTED:
		csv->state = SCAN_AFTER_QUOTE;
		csv->at++;
		break;
	case SCAN_AFTER_QUOTE:
		csv->state = SCAN_QUOTED;
		csv->at++;
		break;
	case SCAN_BROKEN:
	case SCAN_SKIP:
		csv->at++;
		break;
	}
}

/* Past everything that is no quote and no line end. */
static void scan_plain(struct csv *csv)
{
	static const bool special[256] = {['"'] = true, ['\n'] = true, ['\r'] = true};
	size_t at = csv->at;

	if (csv->state == SCAN_AFTER_QUOTE) {
		if (csv->window[at] != csv->separator) {
			scan_break(csv, problem_after_quote);
			return;
		}
		csv->state = SCAN_OPEN;
		at++;
	}
	while (at < csv->len && !special[(unsigned char)csv->window[at]])
		at++;
	csv->at = at;
}

/* Give out every complete row of the window. */
static void scan(struct csv *csv)
{
	while (!csv->stopped && csv->at < csv->len) {
		char c = csv->window[csv->at];

		if (c == '\n' || c == '\r') {
			if (!scan_line_end(csv))
				return;
		} else if (c == '"') {
			scan_quote(csv);
		} else {
			scan_plain(csv);
		}
	}
}

/* At the end of the window: a row that is too long already is given up now. */
static void scan_bound(struct csv *csv)
{
	while (!csv->stopped && csv->state != SCAN_SKIP && csv->at - csv->row > CSV_ROW_MAX) {
		if (csv->first_line != 0) {
			row_rewind(csv);
			scan(csv);
		} else {
			row_emit(csv, csv->at, csv->at, problem_long);
			csv->state = SCAN_SKIP;
		}
	}
	if (csv->state == SCAN_SKIP)
		csv->row = csv->at;
}

static void window_compact(struct csv *csv)
{
	size_t gone = csv->row;

	if (gone == 0)
		return;
	memmove(csv->window, csv->window + gone, csv->len - gone);
	csv->len -= gone;
	csv->at -= gone;
	csv->row = 0;
	if (csv->first_line != 0)
		csv->first_line -= gone;
}

/* --- taking input --------------------------------------------------------------------------------
 */

/* Put UTF-8 or Windows-1251 into the window, scanning as it fills. */
static bool window_put(struct csv *csv, const char *data, size_t len)
{
	while (len > 0 && !csv->stopped) {
		size_t room = WINDOW_SIZE - csv->len;
		size_t n = csv->cp1251 ? room / 3 : room;

		if (n > len)
			n = len;
		if (csv->cp1251) {
			csv->len += cp1251_to_utf8(data, n, csv->window + csv->len);
		} else {
			memcpy(csv->window + csv->len, data, n);
			csv->len += n;
		}
		data += n;
		len -= n;
		scan(csv);
		scan_bound(csv);
		window_compact(csv);
	}
	return !csv->stopped;
}

/* Decide encoding and separator and read what has been held back. */
static bool start(struct csv *csv)
{
	const char *head = csv->head;
	size_t len = csv->head_len, skip;

	csv->started = true;
	if (len >= BOM_LEN && memcmp(head, BOM, BOM_LEN) == 0) {
		head += BOM_LEN;
		len -= BOM_LEN;
	} else {
		csv->cp1251 = csv_head_is_cp1251(head, len, !csv->ended);
	}
	skip = csv_head_separator_line(head, len, &csv->separator);
	if (skip > 0)
		csv->line++;
	else
		csv->separator = csv_head_separator(head, len);
	return window_put(csv, head + skip, len - skip);
}

bool csv_feed(struct csv *csv, const char *data, size_t len)
{
	size_t n;

	if (csv->stopped)
		return false;
	if (csv->started)
		return window_put(csv, data, len);
	n = HEAD_SIZE - csv->head_len;
	if (n > len)
		n = len;
	memcpy(csv->head + csv->head_len, data, n);
	csv->head_len += n;
	if (csv->head_len < HEAD_SIZE)
		return true;
	return start(csv) && window_put(csv, data + n, len - n);
}

bool csv_end(struct csv *csv)
{
	csv->ended = true;
	if (!csv->started && !csv->stopped)
		start(csv);
	while (!csv->stopped && csv->row < csv->len) {
		scan(csv); /* a CR at the very end */
		if (csv->stopped || csv->row >= csv->len)
			break;
		if (csv->state == SCAN_SKIP) {
			csv->row = csv->len;
		} else if (csv->first_line != 0 &&
			   (csv->state == SCAN_QUOTED || csv->problem != NULL)) {
			row_rewind(csv);
		} else {
			if (csv->state == SCAN_QUOTED)
				csv->problem = problem_unclosed;
			csv->lines++;
			row_emit(csv, csv->len, csv->len, csv->problem);
		}
	}
	return !csv->stopped;
}
