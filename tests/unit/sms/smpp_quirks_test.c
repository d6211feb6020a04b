/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_quirks_test - what accounts say as text: hosts, TLVs, meanings of statuses. */
#include <check.h>
#include <string.h>

#include "common/sms/smpp_quirks.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *text;
	bool want;
	size_t count;
	const char *last;
	int port;
} hosts[] = {
	{"", true, 0, "", 0},
	{"  ", true, 0, "", 0},
	{"b.example", true, 1, "b.example", 2775},
	{"b.example, c.example:2776", true, 2, "c.example", 2776},
	{"10.0.0.1 , 10.0.0.2", true, 2, "10.0.0.2", 2775},
	{"[2001:db8::1]", true, 1, "2001:db8::1", 2775},
	{"[2001:db8::1]:8775", true, 1, "2001:db8::1", 8775},
	{"b.example:0", false, 0, "", 0},
	{"b.example:65536", false, 0, "", 0},
	{"b.example:", false, 0, "", 0},
	{"b.example:27a", false, 0, "", 0},
	{"b example", false, 0, "", 0},
	{"[2001:db8::1", false, 0, "", 0},
	{":2775", false, 0, "", 0},
	{"a,,b", false, 0, "", 0},
	{"a,b,c,d,e,f,g,h,i", false, 0, "", 0},
};

START_TEST(test_hosts)
{
	struct smpp_host out[SMPP_HOSTS_MAX];
	struct err err = {0};
	size_t count;
	bool got = smpp_hosts_parse(hosts[_i].text, 2775, out, &count, &err);

	ck_assert_msg(got == hosts[_i].want, "\"%s\"", hosts[_i].text);
	ck_assert_uint_eq(count, hosts[_i].count);
	if (count > 0) {
		ck_assert_str_eq(out[count - 1].name, hosts[_i].last);
		ck_assert_int_eq(out[count - 1].port, hosts[_i].port);
	}
	ck_assert_msg(got || err.msg[0] != '\0', "a refusal says why");
}
END_TEST

static const struct {
	const char *text;
	bool want;
	const char *octets;
	size_t len;
} tlvs[] = {
	{"", true, "", 0},
	{"2900:01", true, "\x29\x00\x00\x01\x01", 5},
	{"0x1401:626F6e, 130c:", true, "\x14\x01\x00\x03\x62\x6F\x6E\x13\x0C\x00\x00", 11},
	{"29:01", false, "", 0},
	{"2900:0", false, "", 0},
	{"2900:0g", false, "", 0},
	{"2900", false, "", 0},
	{"2900=01", false, "", 0},
};

START_TEST(test_tlvs)
{
	uint8_t out[SMPP_TLVS_SIZE];
	struct err err = {0};
	size_t len;

	ck_assert_msg(smpp_tlvs_parse(tlvs[_i].text, out, &len, &err) == tlvs[_i].want, "\"%s\"",
		      tlvs[_i].text);
	ck_assert_uint_eq(len, tlvs[_i].len);
	ck_assert(memcmp(out, tlvs[_i].octets, len) == 0);
}
END_TEST

START_TEST(test_tlvs_are_bounded)
{
	char text[6 + 2 * SMPP_TLVS_SIZE];
	uint8_t out[SMPP_TLVS_SIZE];
	struct err err = {0};
	size_t len;

	memcpy(text, "1401:", 5);
	memset(text + 5, 'a', sizeof(text) - 6);
	text[5 + 2 * (SMPP_TLVS_SIZE - 4)] = '\0';
	ck_assert(smpp_tlvs_parse(text, out, &len, &err));
	ck_assert_uint_eq(len, SMPP_TLVS_SIZE);
	text[5 + 2 * (SMPP_TLVS_SIZE - 4)] = 'a';
	text[sizeof(text) - 1] = '\0';
	ck_assert(!smpp_tlvs_parse(text, out, &len, &err));
}
END_TEST

START_TEST(test_actions)
{
	struct smpp_actions actions;
	struct err err = {0};

	ck_assert(smpp_actions_parse("0x45=fail, 1025=route,0x400=slow", &actions, &err));
	ck_assert_uint_eq(actions.count, 3);
	ck_assert_int_eq(smpp_action_of(&actions, ESME_RSUBMITFAIL), SMPP_FAIL);
	ck_assert_int_eq(smpp_action_of(&actions, 0x401), SMPP_ROUTE);
	ck_assert_int_eq(smpp_action_of(&actions, 0x400), SMPP_SLOW);
	ck_assert_int_eq(smpp_action_of(&actions, ESME_RTHROTTLED), SMPP_SLOW);
	ck_assert_int_eq(smpp_action_of(&actions, ESME_RINVDSTADR), SMPP_FAIL);
	ck_assert(smpp_actions_parse("", &actions, &err));
	ck_assert_int_eq(smpp_action_of(&actions, ESME_RSUBMITFAIL), SMPP_RETRY);
}
END_TEST

START_TEST(test_wrong_actions)
{
	static const char *const wrong[] = {
		"0x45",
		"0x45=",
		"0x45=ok",
		"0x45=Fail",
		"=fail",
		"0=fail",
		"0x=fail",
		"-1=fail",
		"4294967296=fail",
		"45x=fail",
		"0x45=fail;0x46=fail",
	};
	struct smpp_actions actions;
	struct err err = {0};

	ck_assert_msg(!smpp_actions_parse(wrong[_i], &actions, &err), "%s", wrong[_i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_quirks");
	TCase *tcase = tcase_create("lists");

	tcase_add_loop_test(tcase, test_hosts, 0, sizeof(hosts) / sizeof(hosts[0]));
	tcase_add_loop_test(tcase, test_tlvs, 0, sizeof(tlvs) / sizeof(tlvs[0]));
	tcase_add_test(tcase, test_tlvs_are_bounded);
	tcase_add_test(tcase, test_actions);
	tcase_add_loop_test(tcase, test_wrong_actions, 0, 11);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
