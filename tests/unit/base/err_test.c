/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of err: what reaches the person is one clean, bounded, valid sentence. */
#include "common/base/err.h"

#include <signal.h>
#include <string.h>

#include "tests/unit/support/run.h"

START_TEST(test_set_fills_and_returns_false)
{
	struct err err;

	ck_assert(!err_set(&err, ERR_LIMIT, "queue %s holds %d", "a", 3));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "queue a holds 3");
}
END_TEST

START_TEST(test_library_newlines_are_taken_off)
{
	struct err err;

	err_set(&err, ERR_LOST, "%s", "server closed the connection\r\n \n");
	ck_assert_str_eq(err.msg, "server closed the connection");
	err_set(&err, ERR_LOST, "%s", "\n");
	ck_assert_str_eq(err.msg, "");
}
END_TEST

START_TEST(test_wrap_keeps_the_kind)
{
	struct err err;

	err_set(&err, ERR_REFUSED, "no such user");
	ck_assert(!err_wrap(&err, "login of %s", "dlrd"));
	ck_assert_int_eq(err.kind, ERR_REFUSED);
	ck_assert_str_eq(err.msg, "login of dlrd: no such user");
}
END_TEST

START_TEST(test_own_message_may_be_an_argument)
{
	struct err err;

	err_set(&err, ERR_IO, "cause");
	err_set(&err, ERR_INPUT, "outer (%s)", err.msg);
	ck_assert_str_eq(err.msg, "outer (cause)");
	err_wrap(&err, "again %s", err.msg);
	ck_assert_str_eq(err.msg, "again outer (cause): outer (cause)");
}
END_TEST

/* Whatever the length, a cut never leaves half a character behind. */
START_TEST(test_long_messages_are_cut_between_characters)
{
	static const char *const letters[] = {"x", "ж", "€", "😀"};
	struct err err;
	char text[1200];

	for (size_t k = 0; k < 4; k++) {
		for (size_t shift = 0; shift < 4; shift++) {
			size_t width = strlen(letters[k]);
			size_t len = shift;

			memset(text, 'a', shift);
			while (len + width < sizeof(text)) {
				memcpy(text + len, letters[k], width);
				len += width;
			}
			text[len] = '\0';
			err_set(&err, ERR_INPUT, "%s", text);
			len = strlen(err.msg);
			ck_assert_uint_lt(len, sizeof(err.msg));
			ck_assert_uint_ge(len, sizeof(err.msg) - 4);
			ck_assert_uint_eq((len - shift) % width, 0);
			ck_assert_mem_eq(err.msg, text, len);
			err_wrap(&err, "%s", text);
			len = strlen(err.msg);
			ck_assert_uint_eq((len - shift) % width, 0);
		}
	}
}
END_TEST

START_TEST(test_panic_aborts)
{
	panic("caller passed %d", 7);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("err");

	tcase_add_test(tests, test_set_fills_and_returns_false);
	tcase_add_test(tests, test_library_newlines_are_taken_off);
	tcase_add_test(tests, test_wrap_keeps_the_kind);
	tcase_add_test(tests, test_own_message_may_be_an_argument);
	tcase_add_test(tests, test_long_messages_are_cut_between_characters);
	tcase_add_test_raise_signal(tests, test_panic_aborts, SIGABRT);
	return case_run("err", tests);
}
