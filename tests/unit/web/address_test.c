/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Networks and addresses: what is one, and what lies in it. */
#include <check.h>

#include "common/web/address.h"
#include "tests/unit/support/run.h"

static bool in(const char *address, const char *network)
{
	struct address_range range;

	ck_assert_msg(address_range_parse(network, &range), "%s", network);
	return address_in(address, &range, 1);
}

START_TEST(test_what_lies_in_a_network)
{
	static const struct {
		const char *address, *network;
		bool in;
	} cases[] = {
		{"10.1.2.3", "10.0.0.0/8", true},
		{"11.1.2.3", "10.0.0.0/8", false},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.8", "192.0.2.7", false},
		{"192.0.2.127", "192.0.2.0/25", true},
		{"192.0.2.128", "192.0.2.0/25", false},
		{"1.2.3.4", "0.0.0.0/0", true},
		{"::1", "0.0.0.0/0", false},
		{"1.2.3.4", "::/0", true},
		{"::ffff:10.1.2.3", "10.0.0.0/8", true},
		{"2001:db8::5", "2001:db8::/32", true},
		{"2001:db9::5", "2001:db8::/32", false},
		{"", "::/0", false},
		{"unknown", "::/0", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(in(cases[i].address, cases[i].network) == cases[i].in, "%s in %s",
			      cases[i].address, cases[i].network);
	ck_assert(!address_in("10.1.2.3", NULL, 0));
}
END_TEST

START_TEST(test_what_is_no_network)
{
	static const char *const cases[] = {
		"",	     "10.0.0.0/33", "10.0.0.1/8",
		"10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1",
		"10.0.0/24", "::/129",	    "2001:db8::1/64",
		"host",	     "10.0.0.0/ 8", "/8",
	};
	struct address_range range;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(!address_range_parse(cases[i], &range), "%s", cases[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *tcase = tcase_create("address");

	tcase_add_test(tcase, test_what_lies_in_a_network);
	tcase_add_test(tcase, test_what_is_no_network);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
