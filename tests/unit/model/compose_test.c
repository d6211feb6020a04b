/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* compose_test - who is left out, and what stands in the form that is sent. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/model/compose.h"
#include "tests/unit/support/run.h"

static const struct {
	int64_t msisdn;
	int64_t opt_out;
	enum message_category category;
	enum message_reason want;
} judged[] = {
	{79161234567, 0, CATEGORY_ADVERTISING, REASON_NONE},
	{79161234567, OPT_OUT_ADVERTISING, CATEGORY_ADVERTISING, REASON_OPT_OUT},
	{79161234567, OPT_OUT_ADVERTISING, CATEGORY_SERVICE, REASON_NONE},
	{79161234567, OPT_OUT_ALL, CATEGORY_EMERGENCY, REASON_OPT_OUT},
	{74951234567, 0, CATEGORY_ADVERTISING, REASON_NO_NUMBER},
	{78001234567, 0, CATEGORY_ADVERTISING, REASON_NO_NUMBER},
	{74951234567, OPT_OUT_ALL, CATEGORY_ADVERTISING, REASON_OPT_OUT}, /* the first reason */
	{4915112345678, 0, CATEGORY_ADVERTISING, REASON_NONE},
};

START_TEST(test_judge)
{
	ck_assert_int_eq(compose_judge(judged[_i].msisdn, judged[_i].opt_out, judged[_i].category),
			 judged[_i].want);
}
END_TEST

START_TEST(test_consent)
{
	ck_assert_int_eq(compose_consent(12), REASON_NONE);
	ck_assert_int_eq(compose_consent(-1), REASON_CONSENT_EXPIRED);
	ck_assert_int_eq(compose_consent(0), REASON_NO_CONSENT);
}
END_TEST

static const struct {
	const char *text;
	const char *sent;
	enum message_reason want;
} finished[] = {
	{"a\r\nb", "a\nb", REASON_NONE},
	{"\u200b", "", REASON_TEXT_EMPTY},
	{" \n\t", " \n\t", REASON_TEXT_EMPTY},
	{"", "", REASON_TEXT_EMPTY},
};

START_TEST(test_finish)
{
	struct buf text;

	buf_init(&text, 100);
	buf_add_str(&text, finished[_i].text);
	ck_assert_int_eq(compose_finish(&text), finished[_i].want);
	ck_assert_uint_eq(text.len, strlen(finished[_i].sent));
	ck_assert_mem_eq(buf_str(&text), finished[_i].sent, text.len);
	buf_deinit(&text);
	buf_init(&text, 3);
	buf_add_str(&text, "four");
	ck_assert_int_eq(compose_finish(&text), REASON_TEXT_TOO_LONG);
	buf_deinit(&text);
}
END_TEST

static const struct {
	enum sms_spelling spelling;
	const char *written, *sent;
	enum message_reason want;
} spelled[] = {
	{SPELLING_AS_IS, "«Весна»", "«Весна»", REASON_NONE},
	{SPELLING_LATIN, "«Весна»", "\"Vesna\"", REASON_NONE},
	{SPELLING_LATIN, "ь ъ", " ", REASON_TEXT_EMPTY}, /* what stays of it says nothing */
	{SPELLING_PLAIN, "\u00AD\u2009", " ", REASON_TEXT_EMPTY},
};

START_TEST(test_spell)
{
	struct buf text;

	buf_init(&text, 1000);
	buf_add_str(&text, spelled[_i].written);
	ck_assert_int_eq(compose_spell(spelled[_i].spelling, &text), spelled[_i].want);
	ck_assert_str_eq(buf_str(&text), spelled[_i].sent);
	buf_deinit(&text);
}
END_TEST

START_TEST(test_measure)
{
	const struct route_account account = {.split = SMS_SPLIT_UDH8, .max_parts = 2};
	struct sms_parts parts;
	struct buf text;

	buf_init(&text, 1000);
	for (int i = 0; i < 306; i++)
		buf_add_char(&text, 'x');
	ck_assert_int_eq(compose_measure(&text, NULL, 6, &parts), REASON_NO_ROUTE);
	ck_assert_int_eq(compose_measure(&text, &account, 6, &parts), REASON_NONE);
	ck_assert_int_eq(parts.count, 2);
	ck_assert_int_eq(compose_measure(&text, &account, 1, &parts), REASON_TEXT_TOO_LONG);
	buf_add_char(&text, 'x');
	ck_assert_int_eq(compose_measure(&text, &account, 6, &parts), REASON_TEXT_TOO_LONG);
	buf_deinit(&text);
}
END_TEST

/* A text is priced in the parts that the centre which carries it makes of it. */
START_TEST(test_measure_for_its_alphabet)
{
	struct route_account account = {.split = SMS_SPLIT_UDH8, .max_parts = 6};
	struct sms_parts parts;
	struct buf text;

	buf_init(&text, 1000);
	for (int i = 0; i < 100; i++)
		buf_add_str(&text, "ü");
	ck_assert_int_eq(compose_measure(&text, &account, 6, &parts), REASON_NONE);
	ck_assert_int_eq(parts.count, 1);
	account.alphabet = ALPHABET_ASCII;
	ck_assert_int_eq(compose_measure(&text, &account, 6, &parts), REASON_NONE);
	ck_assert_int_eq(parts.encoding, SMS_UCS2);
	ck_assert_int_eq(parts.count, 2);
	buf_deinit(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compose");
	TCase *tcase = tcase_create("compose");

	tcase_add_loop_test(tcase, test_judge, 0, (int)(sizeof(judged) / sizeof(judged[0])));
	tcase_add_test(tcase, test_consent);
	tcase_add_loop_test(tcase, test_finish, 0, (int)(sizeof(finished) / sizeof(finished[0])));
	tcase_add_loop_test(tcase, test_spell, 0, (int)(sizeof(spelled) / sizeof(spelled[0])));
	tcase_add_test(tcase, test_measure);
	tcase_add_test(tcase, test_measure_for_its_alphabet);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
