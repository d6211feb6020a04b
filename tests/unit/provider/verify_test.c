/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of verify: a call of the provider's is known, and none that differs in anything. */
#include "common/provider/verify.h"

#include <string.h>
#include <strings.h>

#include "tests/unit/support/run.h"

#define HEAD                                                                                       \
	"name: x\ntitle: X\nsource: s\nsettings: {key: secret}\n"                                  \
	"send: {url: \"https://x/{key}\", method: GET}\n"

static struct config_pair values_of_account[] = {{(char *)"key", (char *)"12345", 0}};
static const struct config_pairs values = {values_of_account, 1};

/* Headers of a call, name and value by turns. */
static const char *find(void *arg, const char *name)
{
	for (const char *const *h = arg; *h != NULL; h += 2)
		if (strcasecmp(h[0], name) == 0)
			return h[1];
	return NULL;
}

static bool verify(const char *how, const char *const *headers, const char *url, const char *body,
		   bool form, int64_t now_s)
{
	struct provider_profile *p = NULL;
	struct buf text;
	struct err err = {0};
	const struct provider_call call = {.url = url,
					   .body = body,
					   .len = strlen(body),
					   .form = form,
					   .header = find,
					   .arg = (void *)headers};
	bool ok;

	buf_init(&text, 4096);
	buf_printf(&text, "%sverify: %s\n", HEAD, how);
	ck_assert_msg(profile_parse("p.yaml", buf_str(&text), text.len, &p, &err), "%s", err.msg);
	ok = provider_call_verify(p, &values, &call, now_s);
	profile_free(&p);
	buf_deinit(&text);
	return ok;
}

/* The example of Twilio's documentation of request validation. */
START_TEST(test_twilio)
{
	static const char url[] = "https://mycompany.com/myapp.php?foo=1&bar=2";
	static const char form[] = "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&"
				   "From=%2B12349013030&To=%2B18005551212";
	static const char *const signed_by_them[] = {"X-Twilio-Signature",
						     "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", NULL};
	static const char *const nothing[] = {NULL};
	static const char how[] = "{kind: twilio, secret: \"{key}\"}";

	ck_assert(verify(how, signed_by_them, url, form, true, 0));
	ck_assert_msg(!verify(how, signed_by_them, "https://mycompany.com/myapp.php?foo=1&bar=3",
			      form, true, 0),
		      "another address");
	ck_assert_msg(!verify(how, signed_by_them, url, "CallSid=CA1234567890ABCDE", true, 0),
		      "fewer fields");
	ck_assert(!verify(how, nothing, url, form, true, 0));
}
END_TEST

/* printf body | openssl dgst -sha256 -hmac 12345 */
START_TEST(test_hmac)
{
	static const char how[] = "{kind: hmac, name: X-Sign, secret: \"{key}\"}";
	static const char *const right[] = {
		"x-sign", "41f9d13f8e6ec66e954e5c88c762585d7320f88016e79d83168ad8987d770b4b", NULL};

	ck_assert(verify(how, right, "", "body", false, 0));
	ck_assert(!verify(how, right, "", "bodi", false, 0));
	ck_assert_msg(!verify("{kind: hmac, name: X-Sign, secret: \"{key}\", digest: sha1}", right,
			      "", "body", false, 0),
		      "another digest");
}
END_TEST

START_TEST(test_time_is_signed_and_near)
{
	static const char how[] =
		"{kind: hmac, name: X-Sign, secret: \"{key}\", time: X-Time, signed: \"{time}\"}";
	/* printf 1000 | openssl dgst -sha256 -hmac 12345 */
	static const char *const headers[] = {
		"X-Time", "1000", "X-Sign",
		"67de60b54d37c8226299187371909aed69c45dd3fde3eb6b81b42999542becb4", NULL};

	ck_assert(verify(how, headers, "", "any", false, 1000));
	ck_assert(verify(how, headers, "", "any", false, 1000 + VERIFY_SKEW_S));
	ck_assert_msg(!verify(how, headers, "", "any", false, 1001 + VERIFY_SKEW_S), "replayed");
	ck_assert(!verify(how, headers, "", "any", false, 999 - VERIFY_SKEW_S));
}
END_TEST

START_TEST(test_header_and_basic)
{
	static const char *const headers[] = {"X-Key", "v12345", "Authorization",
					      "Basic dTo5OjEyMzQ1", NULL};

	ck_assert(verify("{kind: header, name: x-key, value: \"v{key}\"}", headers, "", "", false,
			 0));
	ck_assert(!verify("{kind: header, name: x-key, value: \"{key}\"}", headers, "", "", false,
			  0));
	ck_assert(!verify("{kind: header, name: x-other, value: \"v{key}\"}", headers, "", "",
			  false, 0));
	ck_assert(verify("{kind: basic, user: \"u:9\", secret: \"{key}\"}", headers, "", "", false,
			 0));
	ck_assert(!verify("{kind: basic, user: u, secret: \"{key}\"}", headers, "", "", false, 0));
	ck_assert(verify("{kind: none}", headers, "", "", false, 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verify");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_twilio);
	tcase_add_test(tc, test_hmac);
	tcase_add_test(tc, test_time_is_signed_and_near);
	tcase_add_test(tc, test_header_and_basic);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
