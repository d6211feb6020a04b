/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_text_test - what goes into filters, unique ids, DNs in one form, what may be
 * configured.
 */
#include <check.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#include "apid/directory_link.h"
#include "apid/directory_text.h"
#include "common/base/mem.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *pattern, *value, *want;
} filters[] = {
	{"(uid={login})", "anna.k-2_x@a", "(uid=anna.k-2_x@a)"},
	{"(uid={login})", "*)(uid=*", "(uid=\\2a\\29\\28uid\\3d\\2a)"},
	{"(uid={login})", "a\\2a b", "(uid=a\\5c2a\\20b)"},
	{"(|(uid={login})(mail={login}))", "a*", "(|(uid=a\\2a)(mail=a\\2a))"},
	{"(uid={login})", "{login}", "(uid=\\7blogin\\7d)"},
	{"(uid={login})", "\xd0\xb0", "(uid=\\d0\\b0)"},
	{"(uid={login})", "", "(uid=)"},
	{"(uid={login})", NULL, "(uid=*)"},
	{"(uid=x)", "a", "(uid=x)"},
};

START_TEST(test_filters)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(directory_filter(filters[_i].pattern, "{login}", filters[_i].value, &out));
	ck_assert_str_eq(buf_str(&out), filters[_i].want);
	buf_deinit(&out);
}
END_TEST

static const struct {
	const char *value;
	size_t len;
	const char *kept, *filter;
} subjects[] = {
	{"5a0e-11", 7, "5a0e-11", "5a0e-11"},
	{"a*b", 3, "a*b", "a\\2ab"},
	{"\x00\xff*", 3, "\\x00ff2a", "\\00\\ff\\2a"},
	{"a b", 3, "\\x612062", "\\61\\20\\62"},
	/* Plain text that looks like the other form. */
	{"\\x41", 4, "\\x5c783431", "\\5c\\78\\34\\31"},
};

START_TEST(test_subjects)
{
	struct berval value = {.bv_val = (char *)subjects[_i].value, .bv_len = subjects[_i].len};
	char *kept = directory_subject(&value);
	struct buf out;

	ck_assert_str_eq(kept, subjects[_i].kept);
	buf_init(&out, 1000);
	directory_subject_filter(kept, &out);
	ck_assert_str_eq(buf_str(&out), subjects[_i].filter);
	buf_deinit(&out);
	mem_free(kept);
}
END_TEST

static const struct {
	const char *one, *other;
	bool same;
} dns[] = {
	{"cn=Authors,ou=groups,dc=a", "CN=authors, OU=Groups , dc=A", true},
	{"cn=\xd0\x90\xd0\xb2,dc=a", "cn=\xd0\xb0\xd0\xb2,dc=a", true},
	{"cn=a\\2cb,dc=a", "cn=a\\,b,dc=a", true},
	{"cn=a,cn=b,dc=a", "cn=a\\,cn=b,dc=a", false},
	{"cn=a,dc=a", "cn=a,dc=a,dc=b", false},
};

START_TEST(test_dns)
{
	char *one = directory_dn_key(dns[_i].one);
	char *other = directory_dn_key(dns[_i].other);

	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_nonnull(other);
	ck_assert_msg((strcmp(one, other) == 0) == dns[_i].same, "%s and %s", one, other);
	mem_free(one);
	mem_free(other);
}
END_TEST

START_TEST(test_no_dns)
{
	static const char *const wrong[] = {"", "authors", "=a", "cn=a,,dc=b", "cn=\xff", "cn=a,"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(directory_dn_key(wrong[i]) == NULL, "%s", wrong[i]);
}
END_TEST

START_TEST(test_values)
{
	struct berval good = {.bv_val = "\xd0\x90nna", .bv_len = 5};
	struct berval cut = {.bv_val = "a\xd0", .bv_len = 2};
	struct berval bad = {.bv_val = "a\nb", .bv_len = 3};
	char *text = directory_value_text(&good);

	ck_assert_str_eq(text, "\xd0\x90nna");
	mem_free(text);
	text = directory_value_text(&cut);
	ck_assert_str_eq(text, "a");
	mem_free(text);
	ck_assert_ptr_null(directory_value_text(&bad));
}
END_TEST

/* RFC 4513, 5.1.2: without a password, or a name, a bind proves nothing. */
START_TEST(test_nothing_proved)
{
	struct err err = {0};

	ck_assert_int_eq(directory_link_prove(NULL, "cn=a", "", &err), DIRECTORY_NONE);
	ck_assert_int_eq(directory_link_prove(NULL, "", "password", &err), DIRECTORY_NONE);
}
END_TEST

START_TEST(test_config)
{
	struct directory_config c = {.url = "ldap://127.0.0.1:389",
				     .base = "dc=a",
				     .filter = "(uid={login})",
				     .group_filter = "(member={dn})",
				     .bind_dn = "",
				     .bind_password_file = ""};
	struct err err = {0};

	ck_assert(directory_config_check(&c, &err));
	c.url = "ldap://ldap.company.ru";
	ck_assert(!directory_config_check(&c, &err));
	c.start_tls = true;
	ck_assert(directory_config_check(&c, &err));
	c.url = "ldaps://ldap.company.ru";
	c.start_tls = false;
	ck_assert(directory_config_check(&c, &err));
	c.url = "ldaps://a ldap://b";
	ck_assert(!directory_config_check(&c, &err));
	c.url = "";
	ck_assert(directory_config_check(&c, &err));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("directory_text");
	TCase *tcase = tcase_create("directory_text");

	tcase_add_loop_test(tcase, test_filters, 0, (int)(sizeof(filters) / sizeof(filters[0])));
	tcase_add_loop_test(tcase, test_subjects, 0, (int)(sizeof(subjects) / sizeof(subjects[0])));
	tcase_add_loop_test(tcase, test_dns, 0, (int)(sizeof(dns) / sizeof(dns[0])));
	tcase_add_test(tcase, test_no_dns);
	tcase_add_test(tcase, test_values);
	tcase_add_test(tcase, test_nothing_proved);
	tcase_add_test(tcase, test_config);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
