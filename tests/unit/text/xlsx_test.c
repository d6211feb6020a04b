/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_test - workbooks as Excel and others write them, damaged ones, and ones meant to hurt. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/mem.h"
#include "common/text/xlsx.h"
#include "common/text/xlsx_value.h"
#include "tests/unit/support/run.h"

#define NS     "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

/* --- making workbooks
 * ----------------------------------------------------------------------------- */

struct part {
	const char *name, *text;
	size_t len; /* 0: of the text */
};

#define WORKBOOK                                                                                   \
	{                                                                                          \
		"xl/workbook.xml",                                                                 \
			"<workbook " NS " xmlns:r=\"" REL_NS "\"><workbookPr/><sheets>"            \
			"<sheet name=\"Hidden\" sheetId=\"1\" state=\"hidden\" r:id=\"rId1\"/>"    \
			"<sheet name=\"Clients\" sheetId=\"2\" "                                   \
			"r:id=\"rId2\"/></sheets></workbook>",                                     \
			0                                                                          \
	}
#define RELATIONS                                                                                  \
	{                                                                                          \
		"xl/_rels/workbook.xml.rels",                                                      \
			"<Relationships><Relationship Id=\"rId1\" "                                \
			"Target=\"worksheets/sheet1.xml\"/>"                                       \
			"<Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/>"         \
			"</Relationships>",                                                        \
			0                                                                          \
	}
#define STYLES                                                                                     \
	{                                                                                          \
		"xl/styles.xml",                                                                   \
			"<styleSheet " NS "><numFmts><numFmt numFmtId=\"164\" "                    \
			"formatCode=\"dd\\.mm\\.yyyy\"/>"                                          \
			"<numFmt numFmtId=\"165\" formatCode=\"0.00&quot;days&quot;\"/></numFmts>" \
			"<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf "          \
			"numFmtId=\"0\"/>"                                                         \
			"<xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"22\"/>"        \
			"</cellXfs></styleSheet>",                                                 \
			0                                                                          \
	}
#define STRINGS                                                                                    \
	{                                                                                          \
		"xl/sharedStrings.xml",                                                            \
			"<sst " NS "><si><t>Телефон</t></si><si><r><t>Пе</t></r><r><t "   \
			"xml:space=\"preserve\">тр </t></r>"                                     \
			"<rPh sb=\"0\" eb=\"1\"><t>reading</t></rPh></si></sst>",                  \
			0                                                                          \
	}
#define SHEET(rows)                                                                                \
	{                                                                                          \
		"xl/worksheets/sheet2.xml",                                                        \
			"<worksheet " NS "><dimension ref=\"A1\"/><sheetData>" rows                \
			"</sheetData><tableParts><row><c><v>9</v></c></row></tableParts>"          \
			"</worksheet>",                                                            \
			0                                                                          \
	}
#define OTHER_SHEET                                                                                \
	{                                                                                          \
		"xl/worksheets/sheet1.xml",                                                        \
			"<worksheet " NS "><sheetData><row r=\"1\"><c "                            \
			"r=\"A1\"><v>666</v></c></row></sheetData></worksheet>",                   \
			0                                                                          \
	}

static int make(const struct part *parts, size_t count)
{
	int fd = memfd_create("book", MFD_CLOEXEC);
	struct archive *zip = archive_write_new();

	ck_assert_int_ge(fd, 0);
	archive_write_set_format_zip(zip);
	ck_assert_int_eq(archive_write_open_fd(zip, fd), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++) {
		struct archive_entry *entry = archive_entry_new();
		size_t len = parts[i].len > 0 ? parts[i].len : strlen(parts[i].text);

		archive_entry_set_pathname(entry, parts[i].name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, (int64_t)len);
		ck_assert_int_eq(archive_write_header(zip, entry), ARCHIVE_OK);
		ck_assert_int_eq(archive_write_data(zip, parts[i].text, len), (ssize_t)len);
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_free(zip), ARCHIVE_OK);
	return fd;
}

#define MAKE(...)                                                                                  \
	make((struct part[]){__VA_ARGS__},                                                         \
	     sizeof((struct part[]){__VA_ARGS__}) / sizeof(struct part))

/* --- reading them
 * --------------------------------------------------------------------------------- */

struct record {
	struct buf log;
	size_t rows, stop_after;
};

static bool on_row(const struct csv_row *row, void *arg)
{
	struct record *r = arg;

	buf_printf(&r->log, "%llu:", (unsigned long long)row->line);
	if (row->problem != NULL)
		buf_printf(&r->log, "!%.14s|%s", row->problem, row->raw);
	for (size_t i = 0; i < row->count; i++)
		buf_printf(&r->log, "[%s]", row->field[i].text);
	buf_add_char(&r->log, '\n');
	r->rows++;
	return r->stop_after == 0 || r->rows < r->stop_after;
}

static void expect_rows(int fd, const char *want)
{
	struct record r = {0};
	struct err err = {0};

	buf_init(&r.log, 1 << 20);
	ck_assert_msg(xlsx_read(fd, on_row, &r, &err), "%s", err.msg);
	ck_assert_str_eq(buf_str(&r.log), want);
	buf_deinit(&r.log);
	close(fd);
}

static void expect_refusal(int fd, const char *part)
{
	struct record r = {0};
	struct err err = {0};

	buf_init(&r.log, 1 << 20);
	ck_assert(!xlsx_read(fd, on_row, &r, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strstr(err.msg, part) != NULL, "%s", err.msg);
	buf_deinit(&r.log);
	close(fd);
}

#define ROWS                                                                                       \
	"<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"inlineStr\"><is><t>Имя"   \
	"</t></is></c></row><row r=\"2\"/>"                                                        \
	"<row r=\"4\"><c r=\"A4\"><v>8.9161234567E10</v></c><c r=\"C4\" "                          \
	"t=\"s\"><v>1</v></c></row>"                                                               \
	"<row r=\"5\"><c r=\"A5\" t=\"str\"><f>A4&amp;1</f><v>a;\"b</v></c><c r=\"B5\" "           \
	"t=\"b\"><v>1</v></c></row>"

START_TEST(test_rows)
{
	static const char want[] = "1:[Телефон][][Имя]\n4:[89161234567][][Петр ]\n"
				   "5:[a;\"b][yes][]\n";

	expect_rows(MAKE(WORKBOOK, RELATIONS, STYLES, STRINGS, OTHER_SHEET, SHEET(ROWS)), want);
	/* Excel writes strings behind the sheets. */
	expect_rows(MAKE(OTHER_SHEET, SHEET(ROWS), STRINGS, STYLES, RELATIONS, WORKBOOK), want);
}
END_TEST

START_TEST(test_dates)
{
	expect_rows(MAKE(WORKBOOK, RELATIONS, STYLES,
			 SHEET("<row r=\"1\"><c r=\"A1\" s=\"1\"><v>46354</v></c><c r=\"B1\" "
			       "s=\"2\"><v>46354.5</v></c><c r=\"C1\" s=\"3\"><v>46354.5625</v></c>"
			       "<c r=\"D1\"><v>46354</v></c><c r=\"E1\" s=\"1\" t=\"d\"><v>"
			       "2026-11-28</v></c></row>")),
		    "1:[2026-11-28][46354.5][2026-11-28 13:30:00][46354][2026-11-28]\n");
}
END_TEST

START_TEST(test_bad_rows)
{
	expect_rows(
		MAKE(WORKBOOK, RELATIONS,
		     SHEET("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"
			   "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#N/A</v></c></row>"
			   "<row r=\"3\"><c r=\"A3\"><f>1+1</f><v></v></c></row>"
			   "<row r=\"4\"><c r=\"ZZ4\"><v>1</v></c></row>"
			   "<row r=\"5\"><c r=\"A5\"><v>5</v></c><c r=\"B5\"><v>6</v></c>"
			   "</row>")),
		"1:[1]\n2:!a cell holds a|#\n3:!a formula has |\n4:!the row has mo|\n5:[5][6]\n");
}
END_TEST

START_TEST(test_long_row)
{
	struct buf sheet;
	int fd;

	buf_init(&sheet, 1 << 20);
	buf_add_str(&sheet, "<worksheet><sheetData><row><c><v>1</v></c></row><row>");
	for (int i = 0; i < 3; i++) {
		buf_add_str(&sheet, "<c t=\"str\"><v>");
		for (int k = 0; k < 30000; k++)
			buf_add_char(&sheet, 'x');
		buf_add_str(&sheet, "</v></c>");
	}
	buf_add_str(&sheet, "</row><row><c><v>2</v></c></row></sheetData></worksheet>");
	fd = MAKE(WORKBOOK, RELATIONS, {"xl/worksheets/sheet2.xml", buf_str(&sheet), 0});
	buf_deinit(&sheet);
	struct record r = {0};
	struct err err = {0};

	buf_init(&r.log, 1 << 20);
	ck_assert(xlsx_read(fd, on_row, &r, &err));
	ck_assert_int_eq((int)r.rows, 3);
	ck_assert(strstr(buf_str(&r.log), "2:!the row is lon|") != NULL);
	buf_deinit(&r.log);
	close(fd);
}
END_TEST

START_TEST(test_stops)
{
	struct record r = {.stop_after = 1};
	struct err err = {0};
	int fd = MAKE(WORKBOOK, RELATIONS, STRINGS, SHEET(ROWS));

	buf_init(&r.log, 1 << 20);
	ck_assert(xlsx_read(fd, on_row, &r, &err));
	ck_assert_int_eq((int)r.rows, 1);
	buf_deinit(&r.log);
	close(fd);
}
END_TEST

static int cut_in_half(int fd)
{
	ck_assert_int_eq(ftruncate(fd, lseek(fd, 0, SEEK_END) / 2), 0);
	return fd;
}

START_TEST(test_refused)
{
	static const char lol[] =
		"<!DOCTYPE w [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><workbook>&b;</workbook>";
	int text = memfd_create("text", MFD_CLOEXEC);

	ck_assert_int_eq((int)write(text, "PK\3\4 no zip at all, only text", 30), 30);
	expect_refusal(text, "damaged");
	expect_refusal(cut_in_half(MAKE(WORKBOOK, RELATIONS, STRINGS, SHEET(ROWS))), "damaged");
	expect_refusal(MAKE({"word/document.xml", "<w/>", 0}), "no sheet");
	expect_refusal(MAKE(WORKBOOK, RELATIONS, STRINGS), "first sheet is missing");
	expect_refusal(MAKE({"xl/workbook.xml", lol, 0}, RELATIONS, SHEET(ROWS)), "damaged");
	expect_refusal(MAKE(WORKBOOK, RELATIONS, SHEET("<row><c></row>")), "damaged");
}
END_TEST

/* A part of `len` bytes, all the same but its beginning. */
static int bomb(const char *name, const char *begin, char fill, size_t len)
{
	char *text = mem_alloc(len);
	int fd;

	memset(text, fill, len);
	memcpy(text, begin, strlen(begin));
	fd = MAKE(WORKBOOK, RELATIONS, {name, text, len});
	mem_free(text);
	return fd;
}

START_TEST(test_bombs)
{
	int fd = bomb("xl/sharedStrings.xml", "<sst><si><t>", 'x', 80u << 20);

	ck_assert_int_lt((int)lseek(fd, 0, SEEK_END), 1 << 20);
	expect_refusal(fd, "too many different texts");
	/* A tag without an end would grow in memory. */
	expect_refusal(bomb("xl/styles.xml", "<styleSheet a=\"", 'x', 3u << 20), "unpacks to more");
}
END_TEST

START_TEST(test_marks)
{
	ck_assert(xlsx_is_workbook("PK\3\4x", 5));
	ck_assert(!xlsx_is_workbook("PK\3", 3));
	ck_assert(!xlsx_is_workbook("Phone", 5));
	ck_assert(xlsx_is_old_workbook("\xd0\xcf\x11\xe0\xa1", 5));
	ck_assert(!xlsx_is_old_workbook("\xd0\xcf", 2));
}
END_TEST

static const struct {
	const char *stored, *want;
	bool date, since_1904;
} numbers[] = {
	{"89161234567", "89161234567", false, false},
	{"12345678901234567890", "12345678901234567890", false, false},
	{"0001", "0001", false, false},
	{"1.50", "1.5", false, false},
	{"0.1", "0.1", false, false},
	{"1234.5000000000001", "1234.5", false, false},
	{"-7", "-7", false, false},
	{"1E3", "1000", false, false},
	{"1e999", "1e999", false, false},
	{"no number", "no number", false, false},
	{"1", "1900-01-01", true, false},
	{"59", "1900-02-28", true, false},
	{"61", "1900-03-01", true, false},
	{"1", "1904-01-02", true, true},
	{"44892", "2026-11-28", true, true},
	{"0.5625", "13:30:00", true, false},
	{"46354.999999", "2026-11-29", true, false},
	{"-3", "-3", true, false},
	{"2958466", "2958466", true, false},
};

START_TEST(test_numbers)
{
	char out[XLSX_NUMBER_SIZE];

	if (numbers[_i].date)
		xlsx_put_date(numbers[_i].stored, numbers[_i].since_1904, out);
	else
		xlsx_put_number(numbers[_i].stored, out);
	ck_assert_str_eq(out, numbers[_i].want);
}
END_TEST

START_TEST(test_formats)
{
	static const char *const dates[] = {"dd.mm.yyyy", "[$-419]d mmm;@", "h:mm AM/PM",
					    "[h]:mm",	  "[mm]:ss",	    "yyyy\\-mm\\-dd"};
	static const char *const others[] = {"General",
					     "0.00",
					     "#,##0\" days\"",
					     "[Red]0.00",
					     "0\\d",
					     "\"\xd0\xb4\xd0\xbd\"0",
					     "[$-419]#,##0.00",
					     "\"open",
					     "[open",
					     "0_d"};

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
		ck_assert_msg(xlsx_code_is_date(dates[i]), "%s", dates[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!xlsx_code_is_date(others[i]), "%s", others[i]);
	ck_assert(xlsx_format_is_date(14) && xlsx_format_is_date(22));
	ck_assert(!xlsx_format_is_date(0) && !xlsx_format_is_date(2));
}
END_TEST

START_TEST(test_columns)
{
	ck_assert_uint_eq(xlsx_column("A1"), 0);
	ck_assert_uint_eq(xlsx_column("AB12"), 27);
	ck_assert_uint_eq(xlsx_column("IV1"), 255);
	ck_assert_uint_eq(xlsx_column("12"), SIZE_MAX);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("xlsx");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_rows);
	tcase_add_test(tc, test_dates);
	tcase_add_test(tc, test_bad_rows);
	tcase_add_test(tc, test_long_row);
	tcase_add_test(tc, test_stops);
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_bombs);
	tcase_add_test(tc, test_marks);
	tcase_add_loop_test(tc, test_numbers, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(tc, test_formats);
	tcase_add_test(tc, test_columns);
	return case_run("xlsx", tc);
}
