/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv_test - tables as people's programs write them, whole and in pieces of any size. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/text/csv.h"
#include "common/text/utf8.h"
#include "tests/unit/support/run.h"

/* Rows written down as "line:[a][b]\n" or "line:!problem|raw\n". */
struct record {
	struct buf log;
	size_t rows, stop_after;
};

static bool on_row(const struct csv_row *row, void *arg)
{
	struct record *r = arg;

	buf_printf(&r->log, "%llu:", (unsigned long long)row->line);
	if (row->problem != NULL) {
		ck_assert_uint_eq(row->count, 0);
		buf_printf(&r->log, "!%.12s|", row->problem);
		buf_add(&r->log, row->raw, row->raw_len < 40 ? row->raw_len : 40);
	}
	for (size_t i = 0; i < row->count; i++) {
		ck_assert_msg(row->field[i].text[row->field[i].len] == '\0', "NUL behind a field");
		buf_add_char(&r->log, '[');
		buf_add(&r->log, row->field[i].text, row->field[i].len);
		buf_add_char(&r->log, ']');
	}
	buf_add_char(&r->log, '\n');
	r->rows++;
	return r->stop_after == 0 || r->rows < r->stop_after;
}

static bool on_long_row(const struct csv_row *row, void *arg)
{
	ck_assert(row->problem != NULL);
	ck_assert_uint_eq(utf8_valid(row->raw, row->raw_len), row->raw_len);
	*(size_t *)arg = row->raw_len;
	return true;
}

/* Read `text` in pieces of `piece` bytes; the log is the caller's to release. */
static struct record read_pieces(const char *text, size_t len, size_t piece, char *separator_out,
				 const char **encoding_out)
{
	struct record r = {0};
	struct csv *csv = csv_new(on_row, &r);

	buf_init(&r.log, 64 << 20);
	for (size_t at = 0; at < len; at += piece)
		if (!csv_feed(csv, text + at, len - at < piece ? len - at : piece))
			break;
	csv_end(csv);
	if (separator_out != NULL)
		*separator_out = csv_separator(csv);
	if (encoding_out != NULL)
		*encoding_out = csv_encoding(csv);
	csv_free(&csv);
	ck_assert_ptr_null(csv);
	return r;
}

#define TEXT(s) (s), sizeof(s) - 1

static const struct {
	const char *why;
	const char *text;
	size_t len;
	char separator;
	const char *encoding;
	const char *want;
	size_t want_len;
} cases[] = {
	{"comma, LF", TEXT("a,b\n1,2\n"), ',', "UTF-8", TEXT("1:[a][b]\n2:[1][2]\n")},
	{"semicolon, CRLF, BOM", TEXT("\xEF\xBB\xBFимя;тел\r\nИван;7\r\n"), ';', "UTF-8",
	 TEXT("1:[имя][тел]\n2:[Иван][7]\n")},
	{"tab, CR", TEXT("a\tb\r1\t2\r"), '\t', "UTF-8", TEXT("1:[a][b]\n2:[1][2]\n")},
	{"Windows-1251 as Russian Excel saves it", TEXT("\xE8\xEC\xFF;x\n\xC8\xE2\xE0\xED;\xA8\n"),
	 ';', "windows-1251", TEXT("1:[имя][x]\n2:[Иван][Ё]\n")},
	{"no line end at the end", TEXT("a,b\n1,2"), ',', "UTF-8", TEXT("1:[a][b]\n2:[1][2]\n")},
	{"CR is the very last byte", TEXT("a,b\r"), ',', "UTF-8", TEXT("1:[a][b]\n")},
	{"the more frequent sign separates", TEXT("a,b;c;d\n"), ';', "UTF-8",
	 TEXT("1:[a,b][c][d]\n")},
	{"signs inside quotes do not count", TEXT("\"a,b,c\";d\n"), ';', "UTF-8",
	 TEXT("1:[a,b,c][d]\n")},
	{"one column", TEXT("a\nb\n"), ',', "UTF-8", TEXT("1:[a]\n2:[b]\n")},
	{"sep= line is honoured and skipped", TEXT("sep=;\r\na,b;c\r\n1;2\r\n"), ';', "UTF-8",
	 TEXT("2:[a,b][c]\n3:[1][2]\n")},
	{"sep= behind a BOM", TEXT("\xEF\xBB\xBFsep=|\na|b\n"), '|', "UTF-8", TEXT("2:[a][b]\n")},
	{"empty lines are no rows", TEXT("\n\na,b\n\r\n\n1,2\n\n"), ',', "UTF-8",
	 TEXT("3:[a][b]\n6:[1][2]\n")},
	{"empty fields", TEXT("a,,c\n,,\n"), ',', "UTF-8", TEXT("1:[a][][c]\n2:[][][]\n")},
	{"quoted field with separator, quote, line end", TEXT("a,b\n\"x,\"\"y\"\"\nz\",2\n3,4\n"),
	 ',', "UTF-8", TEXT("1:[a][b]\n2:[x,\"y\"\nz][2]\n4:[3][4]\n")},
	{"quoted and empty", TEXT("\"\",\"\"\n"), ',', "UTF-8", TEXT("1:[][]\n")},
	{"quoted at the very end", TEXT("a,\"b\""), ',', "UTF-8", TEXT("1:[a][b]\n")},
	{"quoted field across CRLF", TEXT("\"a\r\nb\";c\r\nd;e\r\n"), ';', "UTF-8",
	 TEXT("1:[a\r\nb][c]\n3:[d][e]\n")},
	{"stray quote", TEXT("a,b\nx\"y,2\n3,4\n"), ',', "UTF-8",
	 TEXT("1:[a][b]\n2:!a quote insi|x\"y,2\n3:[3][4]\n")},
	{"text after a closing quote", TEXT("a,b\n\"x\"y,2\n3,4\n"), ',', "UTF-8",
	 TEXT("1:[a][b]\n2:!text after a|\"x\"y,2\n3:[3][4]\n")},
	{"an unclosed quote costs its line only", TEXT("a,b\r\n\"x,2\r\n3,4\r\n5,6"), ',', "UTF-8",
	 TEXT("1:[a][b]\n2:!a quote is o|\"x,2\n3:[3][4]\n4:[5][6]\n")},
	{"an unclosed quote that meets a later one", TEXT("a,b\n\"x,2\n3,4\n\"5\",6\n"), ',',
	 "UTF-8", TEXT("1:[a][b]\n2:!a quote is o|\"x,2\n3:[3][4]\n4:[5][6]\n")},
	{"an unclosed quote in the last line", TEXT("a,b\n\"x,2"), ',', "UTF-8",
	 TEXT("1:[a][b]\n2:!a quote is o|\"x,2\n")},
	{"zero byte", TEXT("a,b\n1,\0\n3,4\n"), ',', "UTF-8",
	 TEXT("1:[a][b]\n2:!the row hold|1,\0\n3:[3][4]\n")},
	{"broken byte in a UTF-8 file", TEXT("имя,b\nИв\xFF,2\n3,4\n"), ',', "UTF-8",
	 TEXT("1:[имя][b]\n2:!the row hold|Ив\uFFFD,2\n3:[3][4]\n")},
	{"nothing", TEXT(""), ',', "UTF-8", TEXT("")},
	{"only a BOM", TEXT("\xEF\xBB\xBF"), ',', "UTF-8", TEXT("")},
};

START_TEST(test_cases)
{
	static const size_t pieces[] = {1, 2, 3, 7, 1000};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const char *encoding;
		char separator;
		struct record r = read_pieces(cases[_i].text, cases[_i].len, pieces[i], &separator,
					      &encoding);

		ck_assert_msg(r.log.len == cases[_i].want_len &&
				      memcmp(buf_str(&r.log), cases[_i].want, cases[_i].want_len) ==
					      0,
			      "%s, pieces of %zu: %s", cases[_i].why, pieces[i], buf_str(&r.log));
		ck_assert_msg(separator == cases[_i].separator, "%s: %c", cases[_i].why, separator);
		ck_assert_str_eq(encoding, cases[_i].encoding);
		buf_deinit(&r.log);
	}
}
END_TEST

/* A row of `fill` bytes 'x' and what surrounds it. */
static char *text_around(const char *before, size_t fill, const char *after, size_t *len_out)
{
	size_t before_len = strlen(before), after_len = strlen(after);
	char *text = mem_alloc(before_len + fill + after_len + 1);

	memcpy(text, before, before_len);
	memset(text + before_len, 'x', fill);
	memcpy(text + before_len + fill, after, after_len + 1);
	*len_out = before_len + fill + after_len;
	return text;
}

static const struct {
	const char *why;
	const char *before;
	size_t fill;
	const char *after;
	const char *want_end; /* how the log ends */
	size_t want_rows;
} bounds[] = {
	{"a row of exactly the bound", "a,b\n", CSV_ROW_MAX, "\n1,2\n", "\n3:[1][2]\n", 3},
	{"one byte more", "a,b\n", CSV_ROW_MAX + 1, "\n1,2\n", "\n3:[1][2]\n", 3},
	{"much more", "a,b\n", 5 * CSV_ROW_MAX, "\r\n1,2\n", "\n3:[1][2]\n", 3},
	{"too long and last", "a,b\n", 5 * CSV_ROW_MAX, "",
	 "|xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", 2},
	{"too long with line ends in quotes", "a,b\n\"k\n", 2 * CSV_ROW_MAX, "\",2\n1,2\n",
	 "\n4:[1][2]\n", 4},
	{"too long in quotes before any line end", "a,b\n\"", 2 * CSV_ROW_MAX, "\n1,2\n",
	 "\n3:[1][2]\n", 3},
};

START_TEST(test_bounds)
{
	static const size_t pieces[] = {1, 4096, 1 << 20};
	size_t len;
	char *text = text_around(bounds[_i].before, bounds[_i].fill, bounds[_i].after, &len);
	struct buf first;

	buf_init(&first, 64 << 20);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct record r = read_pieces(text, len, pieces[i], NULL, NULL);
		size_t end_len = strlen(bounds[_i].want_end);

		ck_assert_msg(r.rows == bounds[_i].want_rows, "%s, pieces of %zu: %zu rows",
			      bounds[_i].why, pieces[i], r.rows);
		ck_assert_msg(r.log.len >= end_len && memcmp(r.log.data + r.log.len - end_len,
							     bounds[_i].want_end, end_len) == 0,
			      "%s, pieces of %zu", bounds[_i].why, pieces[i]);
		if (i == 0)
			buf_add(&first, r.log.data, r.log.len);
		ck_assert_str_eq(buf_str(&first), buf_str(&r.log));
		buf_deinit(&r.log);
	}
	buf_deinit(&first);
	mem_free(text);
}
END_TEST

START_TEST(test_columns)
{
	char text[2 * CSV_COLUMNS_MAX + 2];
	struct record r;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 == 0 ? 'x' : ',';
	text[2 * CSV_COLUMNS_MAX - 1] = '\n';
	r = read_pieces(text, 2 * CSV_COLUMNS_MAX, 1000, NULL, NULL);
	ck_assert_uint_eq(r.log.len, 2 + 3 * CSV_COLUMNS_MAX + 1);
	buf_deinit(&r.log);

	text[2 * CSV_COLUMNS_MAX - 1] = ',';
	text[2 * CSV_COLUMNS_MAX] = '\n';
	r = read_pieces(text, 2 * CSV_COLUMNS_MAX + 1, 1000, NULL, NULL);
	ck_assert(strncmp(buf_str(&r.log), "1:!the row has ", 15) == 0);
	buf_deinit(&r.log);
}
END_TEST

START_TEST(test_stop)
{
	struct record r = {.stop_after = 2};
	struct csv *csv = csv_new(on_row, &r);
	char text[80000];

	buf_init(&r.log, 1 << 20);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? 'x' : '\n';
	ck_assert(!csv_feed(csv, text, sizeof(text)));
	ck_assert(!csv_feed(csv, text, sizeof(text)));
	ck_assert(!csv_end(csv));
	ck_assert_uint_eq(r.rows, 2);
	csv_free(&csv);
	buf_deinit(&r.log);
}
END_TEST

/* However the input is cut, the rows are the same; whatever it is, they name their lines in order.
 */
START_TEST(test_random_cuts)
{
	static const char alphabet[] = "ab,;\t\"\"\"\n\r\n\xD0\x96\xFF";
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i;

	printf("csv_test seed %u\n", seed);
	srandom(seed);
	for (int round = 0; round < 300; round++) {
		char text[400];
		size_t len = (size_t)random() % sizeof(text);
		struct record whole, cut;

		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[(size_t)random() % (sizeof(alphabet) - 1)];
		whole = read_pieces(text, len, len + 1, NULL, NULL);
		cut = read_pieces(text, len, 1 + (size_t)random() % 9, NULL, NULL);
		ck_assert_msg(whole.log.len == cut.log.len &&
				      (whole.log.len == 0 ||
				       memcmp(whole.log.data, cut.log.data, whole.log.len) == 0),
			      "seed %u round %d", seed, round);
		buf_deinit(&whole.log);
		buf_deinit(&cut.log);
	}
}
END_TEST

/* What is shown of a row that is too long ends with a whole character, also when it was converted.
 */
START_TEST(test_long_row_is_cut_between_characters)
{
	static char text[CSV_ROW_MAX];
	struct csv *csv;
	size_t raw_len = 0;

	memset(text, '\xE6', sizeof(text)); /* ж: two bytes each, behind one of one byte */
	text[0] = 'a';
	csv = csv_new(on_long_row, &raw_len);
	ck_assert(csv_feed(csv, text, sizeof(text)));
	ck_assert(csv_end(csv));
	csv_free(&csv);
	ck_assert_uint_eq(raw_len, CSV_ROW_MAX - 1);
}
END_TEST

/* A multi-megabyte file crosses every buffer end there is. */
START_TEST(test_large)
{
	struct buf text;
	struct record r;
	const char *encoding;
	size_t rows = 60000;

	buf_init(&text, 64 << 20);
	for (size_t i = 0; i < rows; i++)
		buf_printf(&text, "%zu;\"\xC8\xE2\xE0\xED \"\"%zu\"\"\";7912%07zu\r\n", i, i, i);
	r = read_pieces(text.data, text.len, 10007, NULL, &encoding);
	ck_assert_uint_eq(r.rows, rows);
	ck_assert_str_eq(encoding, "windows-1251");
	ck_assert_ptr_nonnull(strstr(r.log.data, "60000:[59999][Иван \"59999\"][79120059999]\n"));
	buf_deinit(&r.log);
	buf_deinit(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("csv");
	TCase *tcase = tcase_create("csv");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_cases, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_loop_test(tcase, test_bounds, 0, (int)(sizeof(bounds) / sizeof(bounds[0])));
	tcase_add_test(tcase, test_columns);
	tcase_add_test(tcase, test_stop);
	tcase_add_loop_test(tcase, test_random_cuts, 0, 3);
	tcase_add_test(tcase, test_long_row_is_cut_between_characters);
	tcase_add_test(tcase, test_large);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
