/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Options wherever they stand, and tables as they are printed. */
#include "cli/migration.h"
#include "cli/table.h"
#include "tests/unit/cli/cli_test.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	const char *argv[8];
	const char *environment, *file; /* NULL: none */
	const char *database;		/* NULL: not told */
	const char *rest;		/* words that remain, joined */
	bool ok;
} cases[] = {
	{"before the command",
	 {"vestnik", "--database", "u", "token", "list"},
	 NULL,
	 NULL,
	 "u",
	 "token list ",
	 true},
	{"behind it",
	 {"vestnik", "token", "list", "--database=u"},
	 NULL,
	 NULL,
	 "u",
	 "token list ",
	 true},
	{"nothing told", {"vestnik", "token"}, NULL, NULL, NULL, "token ", true},
	{"the environment", {"vestnik", "token"}, "env", NULL, "env", "token ", true},
	{"an option wins",
	 {"vestnik", "--database", "u", "token"},
	 "env",
	 NULL,
	 "u",
	 "token ",
	 true},
	{"the file comes last",
	 {"vestnik", "x", "--config", "FILE"},
	 "env",
	 "database:\n  url: file\n",
	 "env",
	 "x ",
	 true},
	{"the file",
	 {"vestnik", "x", "--config", "FILE"},
	 NULL,
	 "database:\n  url: file\n",
	 "file",
	 "x ",
	 true},
	{"a broken file", {"vestnik", "x", "--config", "FILE"}, NULL, "data: 1\n", NULL, "", false},
	{"no such file", {"vestnik", "x", "--config", "/nonexistent"}, NULL, NULL, NULL, "", false},
	{"a value is missing", {"vestnik", "x", "--database"}, NULL, NULL, NULL, "", false},
	{"other options stay",
	 {"vestnik", "migrate", "--databases", "--dir"},
	 NULL,
	 NULL,
	 NULL,
	 "migrate --databases --dir ",
	 true},
	{"help does not ask the file",
	 {"vestnik", "--help", "--config", "/nonexistent"},
	 NULL,
	 NULL,
	 NULL,
	 "",
	 true},
};

static void set_up(void)
{
	folder_make();
}

static void tear_down(void)
{
	folder_remove();
}

START_TEST(test_options)
{
	char words[8][256];
	char *argv[9] = {NULL};
	char rest[256] = "";
	struct err err = {0};
	int argc = 0;

	for (; cases[_i].argv[argc] != NULL; argc++) {
		const char *word = cases[_i].argv[argc];

		if (strcmp(word, "FILE") == 0)
			word = folder_file("config.yaml", cases[_i].file);
		(void)snprintf(words[argc], sizeof(words[argc]), "%s", word);
		argv[argc] = words[argc];
	}
	(void)unsetenv("VESTNIK_DATABASE");
	if (cases[_i].environment != NULL)
		(void)setenv("VESTNIK_DATABASE", cases[_i].environment, 1);
	ck_assert_msg(cli_options_take(&cli, &argc, argv, &err) == cases[_i].ok, "%s: %s",
		      cases[_i].why, err.msg);
	if (cases[_i].ok) {
		for (int i = 1; i < argc; i++)
			(void)snprintf(rest + strlen(rest), sizeof(rest) - strlen(rest), "%s ",
				       argv[i]);
		ck_assert_msg(strcmp(rest, cases[_i].rest) == 0, "%s: %s", cases[_i].why, rest);
		if (cases[_i].database == NULL)
			ck_assert_ptr_null(cli.database_url);
		else
			ck_assert_str_eq(cli.database_url, cases[_i].database);
	} else {
		ck_assert_str_ne(err.msg, "");
	}
	cli_free(&cli);
}
END_TEST

START_TEST(test_table)
{
	static const char *const headings[] = {"name", ">count", "end", NULL};
	struct table *t = table_new(headings);
	char printed[512] = {0};
	FILE *out = fmemopen(printed, sizeof(printed), "w");

	table_text(t, "Привет");
	table_int(t, -1234567);
	table_text(t, "x");
	table_text(t, "a");
	table_int(t, 999);
	table_text(t, "");
	table_print(t, out);
	(void)fclose(out);
	ck_assert_str_eq(printed, "name         count  end\n"
				  "Привет  -1 234 567  x\n"
				  "a              999  \n");
	table_free(&t);
	table_free(&t);
}
END_TEST

START_TEST(test_times)
{
	char out[32];

	ck_assert_str_eq(cli_time(0, out), "-");
	ck_assert_str_eq(cli_time(INT64_C(1700000000) * 1000000, out), "2023-11-14 22:13:20");
}
END_TEST

START_TEST(test_migrations_are_found_beside_the_program)
{
	char out[4096], tiny[4];

	/* Wherever this runs, it is never relative to the working directory. */
	ck_assert(migrations_dir(out, sizeof(out))[0] == '/');
	ck_assert_str_eq(migrations_dir(tiny, sizeof(tiny)), CLI_MIGRATIONS_DIR);
}
END_TEST

static Suite *options_suite(void)
{
	Suite *s = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_options, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, test_table);
	tcase_add_test(tc, test_times);
	tcase_add_test(tc, test_migrations_are_found_beside_the_program);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return suite_run(options_suite());
}
