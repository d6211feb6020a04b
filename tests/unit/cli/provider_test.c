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

START_TEST(test_what_would_be_sent)
{
	const char *file = folder_file(
		"settings.yaml", "sender: Vestnik\nvalidity: 90m\n"
				 "settings: {server: \"https://kannel.example:13013/\", user: us,"
				 " password: s3cret}\n");

	ck_status(CLI_OK, command(cmd_provider, "provider", "try", "providers/kannel.yaml", file,
				  "8 916 123-45-67", "Привет"));
	ck_says("GET "
		"https://kannel.example:13013/cgi-bin/sendsms?username=us&password=%3Cpassword%3E"
		"&from=Vestnik&to=%2B79161234567&text=%D0%9F%D1%80");
	ck_says("&coding=2&validity=90&");
	ck_does_not_say("s3cret");
	ck_status(CLI_FAILED, command(cmd_provider, "provider", "try", "providers/kannel.yaml",
				      file, "7,9E+10", "x"));
	ck_says("Excel");
	ck_status(CLI_FAILED, command(cmd_provider, "provider", "try", "providers/smsru.yaml", file,
				      "+79161234567", "x"));
	ck_says("api_id: missing; the provider smsru needs it");
	file = folder_file("settings.yaml", "sender: V\nsettings: {api_id: s3cret}\n");
	ck_status(CLI_OK, command(cmd_provider, "provider", "try", "providers/smsru.yaml", file,
				  "+79161234567", "x"));
	ck_says("POST https://sms.ru/sms/send\nContent-Type: application/x-www-form-urlencoded\n\n"
		"api_id=%3Capi_id%3E&json=1&from=V&ttl=1440&to%5B79161234567%5D=x\n");
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
	tcase_add_test(tests, test_what_would_be_sent);
	tcase_add_test(tests, test_words);
	return case_run("provider", tests);
}
