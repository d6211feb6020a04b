/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* link_test - which links may be in clear. */
#include <string.h>

#include "common/model/link.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *host;
	bool checked;
	const char *ground;
	bool allowed;
} hosts[] = {
	{"smsc.example", true, NULL, true},
	{"smsc.example", false, NULL, false},
	{"smsc.example", false, "", false},
	{"smsc.example", false, "VPN, order 7", true},
	{"10.0.0.1", false, NULL, false}, /* a private network is a network */
	{"localhost", false, NULL, true},
	{"LocalHost", false, NULL, true},
	{"localhost.example", false, NULL, false},
	{"127.0.0.1", false, NULL, true},
	{"127.8.9.10", false, NULL, true},
	{"127.0.0.1.example", false, NULL, false},
	{"128.0.0.1", false, NULL, false},
	{"::1", false, NULL, true},
	{"::2", false, NULL, false},
	{"::ffff:127.0.0.1", false, NULL, true},
	{"::ffff:10.0.0.1", false, NULL, false},
};

START_TEST(test_hosts)
{
	struct err err = {0};

	ck_assert_msg(link_allowed(hosts[_i].host, hosts[_i].checked, hosts[_i].ground, &err) ==
			      hosts[_i].allowed,
		      "%s", hosts[_i].host);
	ck_assert(hosts[_i].allowed || strstr(err.msg, hosts[_i].host) != NULL);
}
END_TEST

static const struct {
	const char *url;
	bool allowed;
} urls[] = {
	{"https://sms.example/send", true},
	{"http://sms.example/send", false},
	{"http://127.0.0.1:8080/send", true},
	{"http://localhost", true},
	{"http://[::1]:80/x", true},
	{"http://[::2]/x", false},
	{"http://127.0.0.1@sms.example/", false}, /* the host is sms.example */
	{"https://user:secret@sms.example/", false},
	{"http://sms.example#@127.0.0.1/", false},
	{"https://", false},
	{"ftp://127.0.0.1/", false},
	{"//127.0.0.1/", false},
	{"http://[::1", false},
};

START_TEST(test_urls)
{
	struct err err = {0};

	ck_assert_msg(link_url_allowed(urls[_i].url, NULL, &err) == urls[_i].allowed, "%s: %s",
		      urls[_i].url, err.msg);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("link");

	tcase_add_loop_test(tc, test_hosts, 0, (int)(sizeof(hosts) / sizeof(hosts[0])));
	tcase_add_loop_test(tc, test_urls, 0, (int)(sizeof(urls) / sizeof(urls[0])));
	return case_run("link", tc);
}
