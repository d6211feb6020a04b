/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Passwords: which are taken, that sums are salted and dear, and who is let in. */
#include "common/store/password.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	const char *password;
	bool want_taken;
} cases[] = {
	{"twelve characters", "bnrtxkwmqzpj", true},
	{"eleven", "abcdefghijk", false},
	{"twelve Russian letters", "шкатулкаморя", true},
	{"eleven Russian letters are 22 bytes", "абвгдежзийк", false},
	{"the login", "anna@sms.example", false},
	{"the login in other letters", "Anna@SMS.example", false},
	{"nothing", "", false},
	{"not UTF-8", "abcdefghijk\xff\xfe", false},
	{"a few words", "correct horse battery", true},
	{"a common word among others", "staple a new password", true},
	{"a common password and digits", "password12345", false},
	{"with signs for letters", "P@$$w0rd2026!", false},
	{"twice", "passwordpassword", false},
	{"with a year and a name", "Summer2026!Moscow", false},
	{"in Russian", "Пароль123456", false},
	{"in the wrong layout", "gfhjkm-gfhjkm-1", false},
	{"a row of keys", "qwertyuiop[]", false},
	{"two of them, one back", "asdfghjkl0987654321", false},
	{"Russian keys", "йцукенгшщзхъ", false},
	{"the alphabet", "abcdefghijkl", false},
	{"the Russian alphabet", "абвгдежзийкл", false},
	{"digits", "123456789012", false},
	{"one sign", "xxxxxxxxxxxx", false},
	{"three signs", "abaabbcbabca", false},
	{"a part of the login and a number", "anna-20261129", false},
	{"the company", "Romashka-2026", false},
	{"a word of the company's name", "торговыйдом2026", false},
	{"and more than that", "romashka field at dawn", true},
	{"signs alone", "!?!?%%&&!?!?%", false},
};

START_TEST(test_which_are_taken)
{
	const char *refused = password_refused_in(cases[_i].password, "anna@sms.example",
						  "Торговый дом \"Romashka\"");

	ck_assert_msg((refused == NULL) == cases[_i].want_taken, "%s: %s", cases[_i].why,
		      refused != NULL ? refused : "taken");
}
END_TEST

START_TEST(test_longest)
{
	char text[PASSWORD_CHARS_MAX + 2];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "bnrtxkwmqzpj"[i * 7 % 12];
	text[PASSWORD_CHARS_MAX + 1] = '\0';
	ck_assert_ptr_nonnull(password_refused(text, "anna"));
	text[PASSWORD_CHARS_MAX] = '\0';
	ck_assert_ptr_null(password_refused(text, "anna"));
}
END_TEST

START_TEST(test_right_and_wrong)
{
	char one[PASSWORD_HASH_SIZE], two[PASSWORD_HASH_SIZE];
	struct err err;

	ck_assert(password_hash("correct horse", one, &err));
	ck_assert(password_hash("correct horse", two, &err));
	ck_assert_str_ne(one, two);
	ck_assert_msg(strncmp(one, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "%s", one);
	ck_assert(password_right(one, "correct horse"));
	ck_assert(password_right(two, "correct horse"));
	ck_assert(!password_right(one, "correct horsf"));
	ck_assert(!password_right(one, ""));
	ck_assert(!password_right("", "correct horse"));
	ck_assert(!password_right("broken", "correct horse"));
}
END_TEST

static uint64_t try_ns(const char *hash)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		uint64_t begin = clock_mono_ns(), took;

		ck_assert(!password_right(hash, "not the password"));
		took = clock_mono_ns() - begin;
		best = took < best ? took : best;
	}
	return best;
}

START_TEST(test_nobody_costs_as_much)
{
	char hash[PASSWORD_HASH_SIZE];
	uint64_t somebody_ns, nobody_ns;
	struct err err;

	ck_assert(password_hash("correct horse", hash, &err));
	somebody_ns = try_ns(hash);
	nobody_ns = try_ns(NULL);
	ck_assert_msg(nobody_ns > somebody_ns / 2 && nobody_ns < somebody_ns * 2,
		      "%llu ns for nobody, %llu for somebody", (unsigned long long)nobody_ns,
		      (unsigned long long)somebody_ns);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("password");
	TCase *tcase = tcase_create("password");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_which_are_taken, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_longest);
	tcase_add_test(tcase, test_right_and_wrong);
	tcase_add_test(tcase, test_nobody_costs_as_much);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
