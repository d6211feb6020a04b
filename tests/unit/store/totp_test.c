/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Codes by time: those RFC 6238 gives as examples (appendix B), the window, and what is no code. */
#include "common/store/totp.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/run.h"

#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" /* "12345678901234567890" */

static const struct {
	int64_t now_s;
	const char *code; /* the last six of the RFC's eight digits */
} examples[] = {
	{59, "287082"},		{1111111109, "081804"}, {1111111111, "050471"},
	{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
};

START_TEST(test_examples)
{
	int64_t now_s = examples[_i].now_s, step = now_s / 30;

	for (int off = -1; off <= 1; off++)
		ck_assert_int_eq(totp_step(SECRET, examples[_i].code, now_s + off * 30), step);
	ck_assert_int_eq(totp_step(SECRET, examples[_i].code, now_s + 60), 0);
	if (now_s > 60)
		ck_assert_int_eq(totp_step(SECRET, examples[_i].code, now_s - 60), 0);
}
END_TEST

START_TEST(test_no_code)
{
	static const char *const codes[] = {"", "28708", "2870820", "287 082", "abcdef", "287083"};

	ck_assert_int_eq(totp_step(SECRET, codes[_i], 59), 0);
	ck_assert_int_eq(totp_step("not Base32!", "287082", 59), 0);
}
END_TEST

START_TEST(test_secret)
{
	char one[TOTP_SECRET_SIZE], two[TOTP_SECRET_SIZE];
	struct buf uri;

	totp_secret_new(one);
	totp_secret_new(two);
	ck_assert_str_ne(one, two);
	ck_assert_uint_eq(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	buf_init(&uri, 200);
	ck_assert(totp_uri(SECRET, "anna@sms.example", &uri));
	ck_assert_str_eq(buf_str(&uri), "otpauth://totp/Vestnik:anna%40sms.example?secret=" SECRET
					"&issuer=Vestnik");
	buf_deinit(&uri);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("totp");
	TCase *tcase = tcase_create("totp");

	tcase_add_loop_test(tcase, test_examples, 0, sizeof(examples) / sizeof(examples[0]));
	tcase_add_loop_test(tcase, test_no_code, 0, 6);
	tcase_add_test(tcase, test_secret);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
