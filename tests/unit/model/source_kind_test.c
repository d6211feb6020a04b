/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* source_kind_test - what settings of sources may be, and above all what they may not. */
#include <string.h>

#include "common/base/buf.h"
#include "common/model/source_kind.h"
#include "tests/unit/support/run.h"

static const struct {
	enum source_check check;
	const char *good[4];
	const char *wrong[6];
} cases[] = {
	{SOURCE_FOLDER, {"clients", "a.b-c_1"}, {"", ".", "..", "../x", "a/b", "папка"}},
	{SOURCE_PATTERN, {"*.csv", "клиенты*.xlsx"}, {"", "../*", "a\nb"}},
	{SOURCE_HOST, {"crm.example", "10.0.0.1", "::1"}, {"", "/run/postgresql", "a b", "a,b"}},
	{SOURCE_PORT, {"1", "65535"}, {"", "0", "65536", "-1", "123456", "0x10"}},
	{SOURCE_URL_WEB,
	 {"https://h/x?y=1", "http://h:8080/{cursor}"},
	 {"", "ftp://h/x", "https://", "https://u:p@h/x", "https://h/a b", "file:///etc/passwd"}},
	{SOURCE_URL_SFTP, {"sftp://h:22/a/b.csv"}, {"", "https://h/x", "sftp://u@h/x"}},
	{SOURCE_POINTER, {"", "/", "/data/0/rows"}, {"data", "/a\tb"}},
	{SOURCE_WORD, {"MariaDB Unicode", "require"}, {"", "/tmp/x.so", "a;b", "a}b"}},
	{SOURCE_DIGEST,
	 {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	 {"", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:"}},
	{SOURCE_TEXT, {"anything 'at' all", "таблица"}, {"", "two\nlines", "\x7f"}},
};

START_TEST(test_checks)
{
	const struct source_setting setting = {"x", cases[_i].check, true};

	for (size_t i = 0; i < 4 && cases[_i].good[i] != NULL; i++)
		ck_assert_msg(source_setting_wrong(&setting, cases[_i].good[i]) == NULL, "%s",
			      cases[_i].good[i]);
	for (size_t i = 0; i < 6 && cases[_i].wrong[i] != NULL; i++)
		ck_assert_msg(source_setting_wrong(&setting, cases[_i].wrong[i]) != NULL, "%s",
			      cases[_i].wrong[i]);
}
END_TEST

START_TEST(test_long_text)
{
	const struct source_setting setting = {"x", SOURCE_TEXT, true};
	struct buf text;

	buf_init(&text, 2000);
	for (int i = 0; i < 1001; i++)
		buf_add_char(&text, 'x');
	ck_assert_ptr_nonnull(source_setting_wrong(&setting, buf_str(&text)));
	ck_assert_ptr_null(source_setting_wrong(&setting, buf_str(&text) + 1));
	buf_deinit(&text);
}
END_TEST

START_TEST(test_kinds)
{
	for (size_t i = 0; i < source_kind_count; i++) {
		const struct source_kind *kind = &source_kinds[i];

		ck_assert_ptr_eq(source_kind_find(kind->name), kind);
		ck_assert_ptr_nonnull(kind->settings[0].name);
		ck_assert_ptr_null(kind->settings[SOURCE_SETTINGS_MAX].name);
		ck_assert_ptr_eq(source_kind_setting(kind, kind->settings[0].name),
				 &kind->settings[0]);
		ck_assert_ptr_null(source_kind_setting(kind, "no such"));
	}
	ck_assert_ptr_null(source_kind_find("ftp"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("source_kind");

	tcase_add_loop_test(tc, test_checks, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_long_text);
	tcase_add_test(tc, test_kinds);
	return case_run("source_kind", tc);
}
