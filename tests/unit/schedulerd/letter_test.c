/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* letter_test - what a notice says by mail: nothing anybody wrote breaks out of a letter's head. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schedulerd/letter.h"
#include "schedulerd/smtp.h"

static struct letter plain(void)
{
	return (struct letter){
		.id = 7,
		.from = "vestnik@example.com",
		.to = "anna@example.com",
		.kind = "declined",
		.created_at_us = 1795953600000000, /* Sunday, 29 November 2026 */
		.web = "",
		.campaign = "Spring",
		.department = "Shops",
		.month = "",
		.person = "Boris",
		.reason = "Who writes?",
	};
}

static struct buf write(const struct letter *letter, bool fits)
{
	struct buf out;

	buf_init(&out, LETTER_BYTES_MAX);
	ck_assert_int_eq(letter_write(letter, &out), fits);
	return out;
}

START_TEST(test_head)
{
	struct letter letter = plain();
	struct buf out = write(&letter, true);
	const char *text = buf_str(&out);

	ck_assert_ptr_eq(strstr(text, "From: Vestnik <vestnik@example.com>\r\n"
				      "To: <anna@example.com>\r\n"
				      "Date: Sun, 29 Nov 2026 12:00:00 +0000\r\n"
				      "Message-ID: <notice-7-1795953600@example.com>\r\n"),
			 text);
	/* "Declined: Spring" */
	ck_assert_ptr_nonnull(strstr(text, "Subject: =?UTF-8?B?RGVjbGluZWQ6IFNwcmluZw==?=\r\n"));
	buf_deinit(&out);
}
END_TEST

/* Every line is short and ends with CRLF, and of the head every one begins with a field that is
 * ours. */
START_TEST(test_nothing_breaks_out)
{
	static const char *const ours[] = {
		"From: ",    "To: ",  "Date: ",	  "Message-ID: ", "Auto-",
		"Subject: ", "MIME-", "Content-", " =?UTF-8?B?"};
	struct letter letter = plain();
	char name[2001];
	struct buf out;
	bool head = true;

	for (size_t i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, i % 50 == 0 ? "\r\n" : "\xd0\x96", 2);
	name[sizeof(name) - 1] = '\0';
	letter.campaign = name;
	letter.reason = "a\r\n.\r\nBcc: x@example.com\r\n\r\n";
	letter.russian = true;
	out = write(&letter, true);
	for (const char *line = buf_str(&out), *end; *line != '\0'; line = end + 2) {
		bool known = !head;

		end = strstr(line, "\r\n");
		ck_assert_ptr_nonnull(end);
		ck_assert_int_le(end - line, 78);
		if (end == line)
			head = false;
		for (size_t i = 0; end != line && i < sizeof(ours) / sizeof(ours[0]); i++)
			known |= strncmp(line, ours[i], strlen(ours[i])) == 0;
		ck_assert_msg(known || end == line, "%.80s", line);
	}
	buf_deinit(&out);
}
END_TEST

START_TEST(test_unknown_kind)
{
	struct letter letter = plain();
	struct buf out;

	letter.kind = "gossip";
	out = write(&letter, false);
	ck_assert_uint_eq(out.len, 0);
	buf_deinit(&out);
}
END_TEST

START_TEST(test_loopback)
{
	static const struct {
		const char *url;
		bool want;
	} cases[] = {
		{"smtp://localhost", true},	  {"smtp://localhost:25", true},
		{"smtp://127.0.0.1:25/x", true},  {"smtps://[::1]:465", true},
		{"smtp://localhost.evil", false}, {"smtp://127.0.0.1.evil", false},
		{"smtp://127.0.0.11", false},	  {"smtp://mail", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(smtp_is_loopback(cases[i].url) == cases[i].want, "%s", cases[i].url);
}
END_TEST

START_TEST(test_addresses)
{
	static const char *const right[] = {"a@b", "anna.b+c@mail.example.com"};
	static const char *const wrong[] = {"",	       "a",	  "@b",	       "a@",
					    "a@b@c",   "a b@c",	  "a@b\r\n",   "<a@b>",
					    "a@b,c@d", "\"a\"@b", "\xd0\xb0@b"};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		ck_assert_msg(smtp_address_fits(right[i]), "%s", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!smtp_address_fits(wrong[i]), "%s", wrong[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("letter");
	TCase *tcase = tcase_create("letter");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, test_head);
	tcase_add_test(tcase, test_nothing_breaks_out);
	tcase_add_test(tcase, test_unknown_kind);
	tcase_add_test(tcase, test_loopback);
	tcase_add_test(tcase, test_addresses);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
