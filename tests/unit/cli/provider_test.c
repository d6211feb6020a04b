/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik provider: what it says of good and bad profiles. */
#include "tests/unit/cli/cli_test.h"
#include "tests/unit/support/run.h"

START_TEST(test_good_and_bad_files)
{
	const char *path;

	ck_status(CLI_OK, command(cmd_provider, "provider", "check", "providers/smsru.yaml",
				  "providers/kannel.yaml"));
	ck_says("smsru (SMS.ru) is good; an account gives it api_id\n");
	ck_says("  not verified: a rate limit\n");
	ck_says("an account gives it server, user, password\n");

	path = folder_file("bad.yaml",
			   "name: bad\ntitle: Bad\nsource: none\nsend: {url: \"http://x\"}\n");
	ck_status(CLI_FAILED,
		  command(cmd_provider, "provider", "check", path, "providers/t2.yaml"));
	ck_says("bad.yaml: send.url: expected https://");
	ck_says("t2 (T2 SMS-Target) is good");
	ck_status(CLI_FAILED, command(cmd_provider, "provider", "check", "nowhere.yaml"));
	ck_says("nowhere.yaml: No such file");
}
END_TEST

START_TEST(test_words)
{
	ck_status(CLI_OK, command(cmd_provider, "provider", "--help-config"));
	ck_says("answer.match_at");
	ck_says("none | basic | header | hmac; how a request says whose it is");
	ck_status(CLI_USAGE, command(cmd_provider, "provider", "check"));
	ck_status(CLI_USAGE, command(cmd_provider, "provider"));
	ck_status(CLI_USAGE, command(cmd_provider, "provider", "chekc", "x"));
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("provider");

	tcase_add_checked_fixture(tests, folder_make, folder_remove);
	tcase_add_test(tests, test_good_and_bad_files);
	tcase_add_test(tests, test_words);
	return case_run("provider", tests);
}
