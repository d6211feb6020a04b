/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of reach: no address but a public one, however it is written. */
#include "common/provider/reach.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/support/run.h"

static const struct {
	const char *address;
	bool is_public;
} addresses[] = {
	{"8.8.8.8", true},
	{"93.184.216.34", true},
	{"172.15.255.255", true},
	{"172.32.0.0", true},
	{"100.63.255.255", true},
	{"100.128.0.0", true},
	{"0.0.0.0", false},
	{"10.1.2.3", false},
	{"127.0.0.1", false},
	{"127.255.255.255", false},
	{"169.254.169.254", false},
	{"172.16.0.1", false},
	{"172.31.255.255", false},
	{"192.168.0.1", false},
	{"100.64.0.1", false},
	{"192.0.0.1", false},
	{"192.0.2.1", false},
	{"198.18.0.1", false},
	{"198.19.255.255", false},
	{"224.0.0.1", false},
	{"255.255.255.255", false},
	{"2a00:1450::1", true},
	{"2606:4700::1", true},
	{"::", false},
	{"::1", false},
	{"fc00::1", false},
	{"fd12::1", false},
	{"fe80::1", false},
	{"fec0::1", false},
	{"ff02::1", false},
	{"::ffff:127.0.0.1", false},
	{"::ffff:8.8.8.8", true},
	{"::127.0.0.1", false},
	{"64:ff9b::10.0.0.1", false},
	{"64:ff9b::8.8.8.8", true},
	{"64:ff9b:1::1", false},
	{"2002:7f00:1::", false},
	{"2002:808:808::", true},
	{"2001::1", false},
	{"2001:db8::1", false},
	{"3fff::1", false},
	{"100::1", false},
};

START_TEST(test_addresses)
{
	const char *text = addresses[_i].address;
	struct sockaddr_storage s;

	memset(&s, 0, sizeof(s));
	if (strchr(text, ':') != NULL) {
		s.ss_family = AF_INET6;
		ck_assert_int_eq(inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&s)->sin6_addr),
				 1);
	} else {
		s.ss_family = AF_INET;
		ck_assert_int_eq(inet_pton(AF_INET, text, &((struct sockaddr_in *)&s)->sin_addr),
				 1);
	}
	ck_assert_msg(reach_is_public((struct sockaddr *)&s) == addresses[_i].is_public, "%s",
		      text);
}
END_TEST

static const struct {
	const char *url, *host;
} urls[] = {
	{"https://Sms.Example.RU/path", "sms.example.ru"},
	{"http://127.0.0.1:8080", "127.0.0.1"},
	{"https://[::1]:443/x", "::1"},
	{"https://user:pass@host/x@y", "host"},
	{"https://good.example@evil.example/", "evil.example"},
	{"https://evil.example?good.example/", "evil.example"},
	{"https://evil.example#@good.example/", "evil.example"},
	{"nothing", ""},
	{"https://", ""},
};

START_TEST(test_hosts)
{
	char host[REACH_HOST_SIZE];

	reach_host(urls[_i].url, host);
	ck_assert_str_eq(host, urls[_i].host);
}
END_TEST

START_TEST(test_allowed_by_name)
{
	char *names[] = {(char *)"inner.example", (char *)"127.0.0.1"};
	const struct config_list list = {names, 2}, none = {NULL, 0};

	ck_assert(reach_is_allowed("Inner.Example", &list));
	ck_assert(reach_is_allowed("127.0.0.1", &list));
	ck_assert(!reach_is_allowed("inner.example.evil", &list));
	ck_assert(!reach_is_allowed("127.0.0.1", &none));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_addresses, 0, sizeof(addresses) / sizeof(*addresses));
	tcase_add_loop_test(tc, test_hosts, 0, sizeof(urls) / sizeof(*urls));
	tcase_add_test(tc, test_allowed_by_name);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
