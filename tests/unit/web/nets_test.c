/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Addresses, lists of nets, and who calls through proxies that are trusted or are not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/web/nets.h"
#include "tests/unit/support/run.h"

static struct nets *nets_of(const char *a, const char *b)
{
	char *items[] = {(char *)(uintptr_t)a, (char *)(uintptr_t)b};
	struct config_list list = {.items = items, .count = b != NULL ? 2 : 1};
	struct nets *nets = NULL;
	struct err err;

	ck_assert_msg(nets_new(&list, &nets, &err), "%s", err.msg);
	return nets;
}

static const struct {
	const char *net;
	const char *address;
	bool want;
} members[] = {
	{"10.0.0.0/8", "10.255.0.1", true},
	{"10.0.0.0/8", "11.0.0.1", false},
	{"10.0.0.1", "10.0.0.1", true},
	{"10.0.0.1", "10.0.0.2", false},
	{"10.0.0.1", "::ffff:10.0.0.1", true},
	{"::ffff:10.0.0.1", "10.0.0.1", true},
	{"192.0.2.128/25", "192.0.2.127", false},
	{"192.0.2.128/25", "192.0.2.200", true},
	{"0.0.0.0/0", "203.0.113.9", true},
	{"0.0.0.0/0", "2001:db8::1", false},
	{"::/0", "2001:db8::1", true},
	{"fd00::/8", "fdff::1", true},
	{"fd00::/8", "fe00::1", false},
	{"2001:db8::/63", "2001:db8:0:1::1", true},
	{"2001:db8::/63", "2001:db8:0:2::1", false},
	{"::/0", "no address", false},
	{"::/0", "", false},
};

START_TEST(test_member)
{
	struct nets *nets = nets_of(members[_i].net, NULL);

	ck_assert_msg(nets_have(nets, members[_i].address) == members[_i].want, "%s in %s",
		      members[_i].address, members[_i].net);
	nets_free(&nets);
	ck_assert(!nets_have(NULL, members[_i].address));
}
END_TEST

START_TEST(test_no_net)
{
	static const char *const texts[] = {"",		"localhost", "10.0.0.0/33",
					    "::/129",	"10.0.0.0/", "10.0.0.0/x",
					    "10.0.0/8", "::1/-1",    "10.0.0.1:80"};
	char *items[] = {(char *)(uintptr_t)texts[_i]};
	struct config_list list = {.items = items, .count = 1};
	struct nets *nets = NULL;
	struct err err;

	ck_assert_msg(!nets_new(&list, &nets, &err), "%s", texts[_i]);
	ck_assert_ptr_nonnull(strstr(err.msg, "10.0.0.0/8"));
	ck_assert_ptr_null(nets);
}
END_TEST

/* 10.0.0.0/8 and 2001:db8::/32 are trusted. */
static const struct {
	const char *why;
	const char *peer;
	const char *forwarded;
	const char *want;
} callers[] = {
	{"no proxy says anything", "10.0.0.1", NULL, "10.0.0.1"},
	{"a stranger is not believed", "203.0.113.9", "198.51.100.1", "203.0.113.9"},
	{"a proxy is", "10.0.0.1", "198.51.100.1", "198.51.100.1"},
	{"the last one counts", "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
	{"proxies in a row", "10.0.0.1", "1.1.1.1,198.51.100.1 , 10.0.0.3", "198.51.100.1"},
	{"all of them proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
	{"rubbish ends it", "10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"},
	{"rubbish behind a proxy", "10.0.0.1", "1.1.1.1, x, 10.0.0.2", "10.0.0.2"},
	{"an empty one", "10.0.0.1", "1.1.1.1,", "10.0.0.1"},
	{"nothing at all", "10.0.0.1", "", "10.0.0.1"},
	{"with a port", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"},
	{"IPv6 with a port", "2001:db8::1", "[2001:DB9:0::1]:4711", "2001:db9::1"},
	{"IPv6 in brackets", "2001:db8::1", "[2001:db9::1]", "2001:db9::1"},
	{"IPv4 in IPv6", "::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"},
	{"an address with a scope", "fe80::1%lo", "198.51.100.1", "fe80::1%lo"},
	{"no address at all", "", "198.51.100.1", ""},
};

START_TEST(test_caller)
{
	struct nets *nets = nets_of("10.0.0.0/8", "2001:db8::/32");
	char out[ADDRESS_SIZE];

	address_of_caller(nets, callers[_i].peer, callers[_i].forwarded, out);
	ck_assert_msg(strcmp(out, callers[_i].want) == 0, "%s: %s", callers[_i].why, out);
	nets_free(&nets);
}
END_TEST

START_TEST(test_long)
{
	char text[500], out[ADDRESS_SIZE];

	memset(text, '1', sizeof(text));
	ck_assert(!address_read(text, sizeof(text), out));
	ck_assert(!address_read("1.1.1.1", 0, out));
	ck_assert(address_read(" 1.1.1.1\t", 9, out));
	ck_assert_str_eq(out, "1.1.1.1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nets");
	TCase *tcase = tcase_create("nets");

	tcase_add_loop_test(tcase, test_member, 0, sizeof(members) / sizeof(members[0]));
	tcase_add_loop_test(tcase, test_no_net, 0, 9);
	tcase_add_loop_test(tcase, test_caller, 0, sizeof(callers) / sizeof(callers[0]));
	tcase_add_test(tcase, test_long);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
