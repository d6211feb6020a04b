/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registry_test - the numbering register's files in every form they come in, and broken ones. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/registry.h"
#include "common/base/buf.h"
#include "common/base/mem.h"
#include "tests/unit/support/run.h"

static char folder[64];
static char paths[8][128];
static struct registry r;

static void set_up(void)
{
	(void)snprintf(folder, sizeof(folder), "build/registry-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	memset(paths, 0, sizeof(paths));
	registry_init(&r);
}

static void tear_down(void)
{
	registry_deinit(&r);
	for (size_t i = 0; i < 8 && paths[i][0] != '\0'; i++)
		(void)unlink(paths[i]);
	(void)rmdir(folder);
}

static const char *file_of(const void *data, size_t len)
{
	size_t i = 0;
	FILE *file;

	while (paths[i][0] != '\0')
		ck_assert_uint_lt(++i, 8);
	(void)snprintf(paths[i], sizeof(paths[i]), "%s/%zu.csv", folder, i);
	file = fopen(paths[i], "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
	return paths[i];
}

/* Read a file of this text. */
static bool add_len(const void *data, size_t len, struct err *err)
{
	return registry_read(&r, file_of(data, len), err);
}

static void add(const char *text)
{
	struct err err = {0};

	ck_assert_msg(add_len(text, strlen(text), &err), "%s", err.msg);
}

static void ck_range(size_t i, int64_t lo, int64_t hi, const char *name, const char *inn,
		     const char *region)
{
	char key[256];

	ck_assert_uint_lt(i, r.count);
	(void)snprintf(key, sizeof(key), "%s%c%s", name, REGISTRY_INN_MARK, inn);
	ck_assert_int_eq(r.range[i].lo, lo);
	ck_assert_int_eq(r.range[i].hi, hi);
	ck_assert_str_eq(r.operators.text[r.range[i].operator_name], key);
	ck_assert_str_eq(r.regions.text[r.range[i].region_name], region);
}

static void ck_problem(const char *text)
{
	for (size_t i = 0; i < r.problems.count && i < LINES_PROBLEM_MAX; i++)
		if (strstr(r.problems.text[i], text) != NULL)
			return;
	ck_abort_msg("no \"%s\" among %zu problems, the first: %s", text, r.problems.count,
		     r.problems.count > 0 ? r.problems.text[0] : "");
}

static void ck_clean(void)
{
	ck_assert_msg(r.problems.count == 0, "%s", r.problems.text[0]);
}

/* --- what is right -------------------------------------------------------------------------------
 */

START_TEST(test_eight_columns)
{
	add("\xEF\xBB\xBF"
	    "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\r\n"
	    "900;0062000;0062999;1000;ООО \"Т2 МОБАЙЛ\";Краснодарский край;Краснодарский "
	    "край;7743895280\r\n"
	    "900;0000000;0061999;62000;ООО \"Т2 МОБАЙЛ\";г. Улан-Удэ|Республика Бурятия;;\r\n");
	registry_check(&r);
	ck_clean();
	ck_assert_uint_eq(r.count, 2);
	ck_assert_int_eq(r.numbers, 63000);
	ck_range(0, 79000000000, 79000061999, "ООО \"Т2 МОБАЙЛ\"", "",
		 "г. Улан-Удэ|Республика Бурятия");
	ck_range(1, 79000062000, 79000062999, "ООО \"Т2 МОБАЙЛ\"", "7743895280",
		 "Краснодарский край");
}
END_TEST

START_TEST(test_seven_columns_windows_1251)
{
	/* "ПАО \"МТС;г. Москва", the quote never closed, in a file without heading. */
	static const char text[] = "916;0000000;0999999;1000000;\xCF\xC0\xCE \"\xCC\xD2\xD1;\xE3. "
				   "\xCC\xEE\xF1\xEA\xE2\xE0;7740000076\n"
				   "499;1000000;1009999;10000;\"\"Rostelecom\"\";\xE3. "
				   "\xCC\xEE\xF1\xEA\xE2\xE0;7707049388";
	struct err err = {0};

	ck_assert(add_len(text, sizeof(text) - 1, &err));
	registry_check(&r);
	ck_clean();
	ck_range(0, 74991000000, 74991009999, "\"\"Rostelecom\"\"", "7707049388", "г. Москва");
	ck_range(1, 79160000000, 79160999999, "ПАО \"МТС", "7740000076", "г. Москва");
}
END_TEST

START_TEST(test_six_columns_padded)
{
	add("АВС/ DEF;От;До;Емкость;Оператор;Регион\n"
	    "301;      2110000;      2129999;      20000; ПАО \"Ростелеком\" ;Республика Бурятия\n"
	    "\n"
	    "900;0;1;2;А;Б\n"); /* a spreadsheet has dropped the zeros */
	registry_check(&r);
	ck_clean();
	ck_range(0, 73012110000, 73012129999, "ПАО \"Ростелеком\"", "", "Республика Бурятия");
	ck_range(1, 79000000000, 79000000001, "А", "", "Б");
}
END_TEST

START_TEST(test_files_are_one_version)
{
	add("900;0000000;0000009;10;А;Б\n");
	add("301;0000000;0000009;10;А;Б;В;1234567890\n");
	registry_check(&r);
	ck_clean();
	ck_assert_uint_eq(r.count, 2);
	ck_assert_uint_eq(r.regions.count, 1);
	ck_assert_uint_eq(r.operators.count, 2);
	ck_assert_uint_eq(r.range[0].file, 1);
}
END_TEST

START_TEST(test_many_names)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 3000; i++)
		ck_assert(buf_printf(&text, "900;%07d;%07d;1;Имя %d;Б\n", i, i, i % 1500));
	add(buf_str(&text));
	buf_deinit(&text);
	registry_check(&r);
	ck_clean();
	ck_assert_uint_eq(r.count, 3000);
	ck_assert_uint_eq(r.operators.count, 1500);
	ck_range(2999, 79000002999, 79000002999, "Имя 1499", "", "Б");
}
END_TEST

/* --- what is wrong -------------------------------------------------------------------------------
 */

static const struct {
	const char *row;
	const char *says;
} bad[] = {
	{"90;0000000;0000009;10;А;Б", "no code"},
	{"9A0;0000000;0000009;10;А;Б", "no code"},
	{"100;0000000;0000009;10;А;Б", "no code"},
	{"900;00000000;0000009;10;А;Б", "seven digits"},
	{"900;;0000009;10;А;Б", "seven digits"},
	{"900;-1;0000009;10;А;Б", "seven digits"},
	{"900;0000009;0000000;10;А;Б", "ends before it begins"},
	{"900;0000000;0000009;9;А;Б", "count of numbers"},
	{"900;0000000;0000009;;А;Б", "count of numbers"},
	{"900;0000000;0000009;10;;Б", "operator, is empty"},
	{"900;0000000;0000009;10;А;", "region, is empty"},
	{"900;0000000;0000009;10;А", "5 columns"},
	{"900;0000000;0000009;10;А;Б;1234567890", "7 columns"},
	{"900;0000000;0000009;10;А;\xD0", "not UTF-8"},
	{"900;0000000;0000009;10;А;Б\xD0;", "not UTF-8"},
};

START_TEST(test_bad_row)
{
	char text[512], where[160];

	(void)snprintf(text, sizeof(text), "901;0000000;0000009;10;А;Б\n%s\n902;0;9;10;А;Б\n",
		       bad[_i].row);
	add(text);
	ck_assert_uint_eq(r.problems.count, 1);
	(void)snprintf(where, sizeof(where), "%s:2: ", paths[0]);
	ck_problem(where);
	ck_problem(bad[_i].says);
	ck_assert_uint_eq(r.count, 2);
}
END_TEST

START_TEST(test_bad_inn)
{
	add("900;0000000;0000009;10;А;Б;Территория\n900;0000010;0000019;10;А;Б;1234567890123\n");
	ck_assert_uint_eq(r.problems.count, 2);
	ck_problem("no tax number");
}
END_TEST

START_TEST(test_zero_byte_and_long_line)
{
	struct err err = {0};
	char *text = mem_alloc(10000);

	memset(text, 'a', 10000);
	memcpy(text, "900;0;9;10;A;B\n900;1\0", 21);
	text[100] = '\n';
	text[9000] = '\n';
	ck_assert(add_len(text, 10000, &err));
	mem_free(text);
	ck_problem(":2: the line holds a zero byte");
	ck_problem(":3: the line is longer");
	ck_problem(":4: 1 columns");
	ck_assert_uint_eq(r.count, 1);
}
END_TEST

START_TEST(test_other_file)
{
	static const char text[] = "phone,name\n79123456789,Anna\n";
	struct err err = {0};

	ck_assert(!add_len(text, sizeof(text) - 1, &err));
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err.msg, "6, 7 or 8"));
	ck_assert(!registry_read(&r, "build/no such file", &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert(!registry_read(&r, folder, &err));
}
END_TEST

START_TEST(test_no_range)
{
	add("АВС/ DEF;От;До;Емкость;Оператор;Регион\n");
	registry_check(&r);
	ck_problem("no range");
}
END_TEST

START_TEST(test_overlap)
{
	add("900;0000000;0000999;1000;А;Б\n"
	    "900;0000100;0000199;100;А;Б\n"
	    "900;0000999;0001999;1001;А;Б\n"
	    "900;0002000;0002999;1000;А;Б\n");
	add("900;0002000;0002999;1000;А;Б\n");
	registry_check(&r);
	ck_assert_uint_eq(r.problems.count, 3);
	ck_problem("0.csv:2: the range overlaps that of");
	ck_problem("0.csv:3: the range overlaps that of");
	ck_problem("0.csv:1; was a file named twice?");
}
END_TEST

START_TEST(test_problems_are_bounded)
{
	char text[12000];
	size_t len = 0;

	len += (size_t)snprintf(text, sizeof(text), "900;0;9;10;А;Б\n");
	for (int i = 0; i < 250; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "900;0;9;11;А;Б\n");
	add(text);
	ck_assert_uint_eq(r.problems.count, 250);
	ck_problem(":101: ");
}
END_TEST

START_TEST(test_too_many_files)
{
	struct err err = {0};

	add("900;0000000;0000009;10;А;Б\n");
	while (r.files < REGISTRY_FILES_MAX)
		ck_assert(registry_read(&r, paths[0], &err));
	ck_assert(!registry_read(&r, paths[0], &err));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("registry");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_eight_columns);
	tcase_add_test(tcase, test_seven_columns_windows_1251);
	tcase_add_test(tcase, test_six_columns_padded);
	tcase_add_test(tcase, test_files_are_one_version);
	tcase_add_test(tcase, test_many_names);
	tcase_add_loop_test(tcase, test_bad_row, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, test_bad_inn);
	tcase_add_test(tcase, test_zero_byte_and_long_line);
	tcase_add_test(tcase, test_other_file);
	tcase_add_test(tcase, test_no_range);
	tcase_add_test(tcase, test_overlap);
	tcase_add_test(tcase, test_problems_are_bounded);
	tcase_add_test(tcase, test_too_many_files);
	return case_run("registry", tcase);
}
