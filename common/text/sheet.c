/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sheet - see sheet.h. */
#include "common/text/sheet.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "common/text/xlsx.h"

#define PIECE_BYTES 65536
#define FOUND_BYTES 80
#define NOTE	    (-1)
#define HEADER	    "(the first line)"

/* --- faults --------------------------------------------------------------------------------------
 */

static void add_fault(struct sheet *s, int64_t line, const char *field, const char *found,
		      const char *expected)
{
	size_t len = strlen(found);
	struct sheet_fault *f;

	if (s->fault_count++ >= SHEET_FAULTS_MAX)
		return;
	if (len > FOUND_BYTES)
		len = utf8_valid(found, FOUND_BYTES);
	f = &s->fault[s->fault_count - 1];
	f->line = line;
	f->field = mem_strdup(field);
	f->found = mem_strndup(found, len);
	f->expected = expected;
}

void sheet_fault_at(struct sheet *s, int64_t line, size_t column, const char *found,
		    const char *expected)
{
	add_fault(s, line, s->columns[column].names[0], found, expected);
}

bool sheet_fault(struct sheet *s, size_t column, const char *found, const char *expected)
{
	sheet_fault_at(s, s->line, column, found, expected);
	return true;
}

void sheet_deinit(struct sheet *s)
{
	for (size_t i = 0; i < s->fault_count && i < SHEET_FAULTS_MAX; i++) {
		mem_free(s->fault[i].field);
		mem_free(s->fault[i].found);
	}
	s->fault_count = 0;
}

/* --- cells ---------------------------------------------------------------------------------------
 */

bool sheet_same(const char *text, const char *word)
{
	const char *a = text, *a_end = text + strlen(text), *b = word, *b_end = word + strlen(word);

	while (a < a_end && b < b_end)
		if (utf8_lower(utf8_next(&a, a_end)) != utf8_lower(utf8_next(&b, b_end)))
			return false;
	return a == a_end && b == b_end;
}

bool sheet_micro(const char *text, int64_t most, int64_t *out)
{
	int64_t value = 0;
	int decimals = -1;

	if (*text == '\0' || *text == '.' || *text == ',')
		return false;
	for (; *text != '\0'; text++) {
		if ((*text == '.' || *text == ',') && decimals < 0) {
			decimals = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || decimals == 6 || value > most)
			return false;
		value = value * 10 + (*text - '0');
		decimals += decimals >= 0;
	}
	if (decimals == 0)
		return false;
	for (int i = decimals < 0 ? 0 : decimals; i < 6; i++) {
		if (value > most)
			return false;
		value *= 10;
	}
	*out = value;
	return value <= most;
}

/* Without blanks (no-break spaces too) at both ends. */
static void trim(const char **text, size_t *len)
{
	static const char nbsp[] = "\xC2\xA0";

	for (;;) {
		if (*len > 0 && strchr(" \t\r\n", **text) != NULL) {
			(*text)++;
			(*len)--;
		} else if (*len > 0 && strchr(" \t\r\n", (*text)[*len - 1]) != NULL) {
			(*len)--;
		} else if (*len >= 2 && memcmp(*text, nbsp, 2) == 0) {
			*text += 2;
			*len -= 2;
		} else if (*len >= 2 && memcmp(*text + *len - 2, nbsp, 2) == 0) {
			*len -= 2;
		} else {
			return;
		}
	}
}

const char *sheet_cell(const struct sheet *s, size_t column)
{
	return s->cell[column];
}

/* --- the first line ------------------------------------------------------------------------------
 */

static int find_column(const struct sheet *s, const char *name)
{
	for (size_t c = 0; c < s->column_count; c++)
		for (size_t i = 0; i < SHEET_NAMES_MAX && s->columns[c].names[i] != NULL; i++)
			if (sheet_same(name, s->columns[c].names[i]))
				return (int)c;
	return NOTE;
}

static void take_heading(struct sheet *s, const struct csv_field *field, bool *seen)
{
	const char *text = field->text;
	size_t len = field->len;
	char name[SHEET_CELL_MAX + 1];
	int column;

	trim(&text, &len);
	if (len > SHEET_CELL_MAX)
		len = utf8_valid(text, SHEET_CELL_MAX);
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
	column = find_column(s, name);
	s->place[s->places++] = (int8_t)column;
	if (column == NOTE && !sheet_same(name, "note") && !sheet_same(name, "примечание"))
		add_fault(s, s->line, HEADER, name,
			  "a column the documentation names; one called note is passed over");
	else if (column != NOTE && seen[column])
		add_fault(s, s->line, HEADER, name, "each column once");
	else if (column != NOTE)
		seen[column] = true;
}

static bool read_header(struct sheet *s, const struct csv_row *row)
{
	bool seen[SHEET_COLUMNS_MAX] = {false};

	s->header_read = true;
	if (row->problem != NULL) {
		add_fault(s, s->line, HEADER, row->problem, "a line with the names of the columns");
		return false;
	}
	for (size_t i = 0; i < row->count; i++)
		take_heading(s, &row->field[i], seen);
	for (size_t c = 0; c < s->column_count; c++)
		if (s->columns[c].required && !seen[c])
			add_fault(s, s->line, s->columns[c].names[0], "nothing", "this column");
	return s->fault_count == 0;
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static bool take_cells(struct sheet *s, const struct csv_row *row)
{
	bool any = false;

	for (size_t c = 0; c < s->column_count; c++)
		s->cell[c][0] = '\0';
	for (size_t i = 0; i < row->count; i++) {
		const char *text = row->field[i].text;
		size_t len = row->field[i].len;

		trim(&text, &len);
		any |= len > 0;
		if (len == 0 || (i < s->places && s->place[i] == NOTE))
			continue;
		if (i >= s->places) {
			add_fault(s, s->line, HEADER, text, "no more cells than columns");
			return false;
		}
		if (len > SHEET_CELL_MAX || strlen(text) < len) {
			sheet_fault(s, (size_t)s->place[i], "a longer text", "a short text");
			return false;
		}
		memcpy(s->cell[s->place[i]], text, len);
		s->cell[s->place[i]][len] = '\0';
	}
	return any;
}

static bool on_row(const struct csv_row *row, void *arg)
{
	struct sheet *s = arg;

	s->line = (int64_t)row->line;
	if (!s->header_read)
		return read_header(s, row);
	if (row->problem != NULL) {
		add_fault(s, s->line, "(the line)", "a broken line", row->problem);
		return true;
	}
	if (!take_cells(s, row))
		return true;
	if (s->rows++ == s->rows_max) {
		add_fault(s, s->line, "(the file)", "more lines", "a file of fewer lines");
		return false;
	}
	return s->on_row(s, s->arg);
}

/* --- files ---------------------------------------------------------------------------------------
 */

/* Hand each piece of the file to `take`, and sum it up. */
static bool read_pieces(int fd, struct csv *csv, EVP_MD_CTX *sum, struct err *err)
{
	char *piece = mem_alloc(PIECE_BYTES);
	bool wanted = csv != NULL;
	ssize_t n;

	while ((n = read(fd, piece, PIECE_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		EVP_DigestUpdate(sum, piece, (size_t)n);
		wanted = wanted && csv_feed(csv, piece, (size_t)n);
	}
	if (wanted)
		csv_end(csv);
	mem_free(piece);
	return n == 0 || err_set(err, ERR_IO, "the file cannot be read: %s", strerror(errno));
}

static bool read_file(struct sheet *s, int fd, EVP_MD_CTX *sum, struct err *err)
{
	char head[8];
	ssize_t n = pread(fd, head, sizeof(head), 0);
	struct csv *csv = NULL;
	bool workbook, ok;

	if (n < 0 || lseek(fd, 0, SEEK_SET) != 0)
		return err_set(err, ERR_IO, "the file cannot be read: %s", strerror(errno));
	if (xlsx_is_old_workbook(head, (size_t)n))
		return err_set(err, ERR_INPUT,
			       "an Excel workbook of before 2007 or with a "
			       "password: save it as .xlsx or CSV");
	workbook = xlsx_is_workbook(head, (size_t)n);
	if (!workbook)
		csv = csv_new(on_row, s);
	ok = read_pieces(fd, csv, sum, err);
	if (csv != NULL)
		csv_free(&csv);
	return ok && (!workbook || xlsx_read(fd, on_row, s, err));
}

bool sheet_read(struct sheet *s, int fd, struct err *err)
{
	EVP_MD_CTX *sum = EVP_MD_CTX_new();
	bool ok;

	if (sum == NULL || EVP_DigestInit_ex(sum, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available");
	ok = read_file(s, fd, sum, err);
	EVP_DigestFinal_ex(sum, s->sha256, NULL);
	EVP_MD_CTX_free(sum);
	if (ok && !s->header_read)
		add_fault(s, 1, "(the file)", "nothing", "a line with the names of the columns");
	else if (ok && s->rows == 0 && s->fault_count == 0)
		add_fault(s, s->line, "(the file)", "no lines", "a line for each price or sum");
	return ok;
}
