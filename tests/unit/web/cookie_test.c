/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One cookie found among what a browser, or somebody who is none, sends. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/web/http_internal.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *header;
	const char *want; /* NULL: none */
} cases[] = {
	{NULL, NULL},
	{"", NULL},
	{"s=abc", "abc"},
	{"a=b; s=abc", "abc"},
	{"a=b;s=abc;c", "abc"},
	{" ;; s=abc ; c=d", "abc "},
	{"s=", ""},
	{"s", NULL},
	{"=abc", NULL},
	{"xs=abc", NULL},
	{"ss=abc", NULL},
	{"a=s=abc", NULL},
	{"S=abc", NULL},
	{"s=1234567", "1234567"},
	{"s=12345678", NULL}, /* one too long for the buffer */
	{"s=one; s=two", "one"},
	{";=;=;", NULL},
};

START_TEST(test_cookie)
{
	struct http_call call = {0};
	char value[8];
	size_t kept = 0;
	bool found;

	while (strcmp(http_kept[kept], "cookie") != 0)
		kept++;
	call.header[kept] = (char *)(uintptr_t)cases[_i].header;
	found = http_cookie(&call, "s", value, sizeof(value));
	ck_assert_msg(found == (cases[_i].want != NULL), "%s", cases[_i].header);
	if (found)
		ck_assert_str_eq(value, cases[_i].want);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cookie");
	TCase *tcase = tcase_create("cookie");

	tcase_add_loop_test(tcase, test_cookie, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
