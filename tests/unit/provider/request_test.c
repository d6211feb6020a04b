/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of request: what goes out, byte for byte. */
#include "common/provider/request.h"

#include <string.h>

#include "tests/unit/support/run.h"

static struct provider_profile *profile;
static struct provider_request request;
static struct err err;

static struct config_pair values_list[] = {
	{.key = "user", .value = "Aladdin"},
	{.key = "key", .value = "open sesame"},
	{.key = "base", .value = "http://127.0.0.1:8080/x/"},
};
static const struct config_pairs values = {values_list, 3};

static const struct provider_message messages[] = {
	{.to = "79160000001",
	 .text = "Привет & \"до\" <свидания>",
	 .sender = "Vestnik",
	 .ref = "r1",
	 .callback = "https://us/cb?m=1",
	 .ttl_s = 61,
	 .ucs2 = true},
	{.to = "79160000002",
	 .text = "two",
	 .sender = "Vestnik",
	 .ref = "r2",
	 .callback = "https://us/cb?m=2",
	 .ttl_s = 61},
	{.to = "79160000003",
	 .text = "😀",
	 .sender = "Vestnik",
	 .ref = "r3",
	 .callback = "",
	 .ttl_s = 61,
	 .ucs2 = true},
};

static void set_up(void)
{
	provider_request_init(&request);
}

static void tear_down(void)
{
	provider_request_deinit(&request);
	profile_free(&profile);
}

#define HEAD                                                                                       \
	"name: x\ntitle: X\nsource: s\nsettings: {user: text, key: secret, base: address}\n"       \
	"answer: {list: /m}\n"

static const struct {
	const char *profile;
	size_t count;
	const char *url, *headers, *body;
} composed[] = {
	{HEAD "send:\n  method: GET\n  url: \"{base}/send\"\n  number: plus\n"
	      "  query: {to: \"{to}\", text: \"{text}\", m: \"{ttl_m}\", h: \"{ttl_h}\"}\n",
	 1,
	 "http://127.0.0.1:8080/x/send?to=%2B79160000001&text=%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"
	 "%20%26%20%22%D0%B4%D0%BE%22%20%3C%D1%81%D0%B2%D0%B8%D0%B4%D0%B0%D0%BD%D0%B8%D1%8F%3E"
	 "&m=2&h=1",
	 "", ""},
	{HEAD "send:\n  url: \"https://x/{user}?a=1\"\n  query: {k: \"{key}\"}\n  type: form\n"
	      "  fields: {from: \"{sender}\"}\n  each: {\"to[{to}]\": \"{ref}\"}\n  batch_max: 2\n",
	 2, "https://x/Aladdin?a=1&k=open%20sesame",
	 "Content-Type: application/x-www-form-urlencoded\n",
	 "from=Vestnik&to%5B79160000001%5D=r1&to%5B79160000002%5D=r2"},
	{HEAD
	 "send:\n  url: https://x/\n  type: json\n  body: '{\"a\":[{items}],\"s\":\"{sender}\"}'\n"
	 "  item: '{\"t\":\"{text}\",\"cb\":\"{callback}\"}'\n  batch_max: 2\n"
	 "auth: {kind: basic, user: \"{user}\", secret: \"{key}\"}\n",
	 2, "https://x/",
	 "Content-Type: application/json\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n",
	 "{\"a\":[{\"t\":\"Привет & \\\"до\\\" <свидания>\",\"cb\":\"https://us/cb?m=1\"},"
	 "{\"t\":\"two\",\"cb\":\"https://us/cb?m=2\"}],\"s\":\"Vestnik\"}"},
	{HEAD "send:\n  url: https://x/\n  type: xml\n  body: '<m to=\"{to}\">{text}</m>'\n"
	      "  headers: {X-Time: \"{time}\"}\nauth: {kind: header, name: X-Key, value: \"Key "
	      "{key}\"}\n",
	 1, "https://x/",
	 "Content-Type: text/xml; charset=utf-8\nX-Time: 1700000000\nX-Key: Key open sesame\n",
	 "<m to=\"79160000001\">Привет &amp; &quot;до&quot; &lt;свидания&gt;</m>"},
	{HEAD "send:\n  url: https://x/\n  type: form\n  coding: {gsm: \"0\", ucs2: \"8\"}\n"
	      "  each: {t: \"{text_hex}\", c: \"{coding}\"}\n  batch_max: 3\n",
	 3, "https://x/", "Content-Type: application/x-www-form-urlencoded\n",
	 "t="
	 "041f0440043804320435044200200026002000220434043e00220020003c04410432043804340430043d04380"
	 "44f003e&c=8&t=74776f&c=0"
	 "&t=d83dde00&c=8"},
	/* RFC 4231 has no such key; computed with openssl dgst -sha256 -hmac "open sesame". */
	{HEAD "send: {url: \"https://x/\", type: json, body: \"{ref}\"}\n"
	      "auth: {kind: hmac, name: X-Sign, secret: \"{key}\", signed: \"{time}.{body}\"}\n",
	 1, "https://x/",
	 "Content-Type: application/json\nX-Sign: "
	 "664bdbbcd535251968e0e081a8132bf677fbead97edf811ac714736a698d6187\n",
	 "r1"},
	{HEAD "send: {url: \"https://x/\", type: json, body: \"{ref}\"}\n"
	      "auth: {kind: hmac, name: X-Sign, secret: \"{key}\", digest: sha1, form: base64}\n",
	 1, "https://x/", "Content-Type: application/json\nX-Sign: R6NBv7Z/G76WZ45hvJoDIICqzis=\n",
	 "r1"},
};

START_TEST(test_requests_are_composed)
{
	ck_assert_msg(profile_parse("p", composed[_i].profile, strlen(composed[_i].profile),
				    &profile, &err),
		      "%s", err.msg);
	ck_assert_msg(provider_values_check(profile, &values, &err), "%s", err.msg);
	/* Twice: nothing of the first one stays. */
	for (int i = 0; i < 2; i++)
		ck_assert(provider_request_compose(&request, profile, &values, messages,
						   composed[_i].count, 1700000000, &err));
	ck_assert_str_eq(buf_str(&request.url), composed[_i].url);
	ck_assert_str_eq(buf_str(&request.headers), composed[_i].headers);
	ck_assert_str_eq(buf_str(&request.body), composed[_i].body);
}
END_TEST

START_TEST(test_values_are_checked)
{
	static const char text[] = HEAD "send: {url: \"https://x/\"}\n";
	struct config_pair wrong[] = {
		{.key = "user", .value = "u"},
		{.key = "key", .value = "s3cret"},
		{.key = "base", .value = "ftp://s3cret"},
		{.key = "more", .value = "s3cret"},
	};
	struct config_pairs some = {wrong, 2};

	ck_assert(profile_parse("p", text, strlen(text), &profile, &err));
	ck_assert(!provider_values_check(profile, &some, &err));
	ck_assert_str_eq(err.msg, "base: missing; the provider x needs it");
	some.count = 3;
	ck_assert(!provider_values_check(profile, &some, &err));
	ck_assert_str_eq(err.msg, "base: expected an address that begins with https:// or http://");
	wrong[2].value = "https://a";
	some.count = 4;
	ck_assert(!provider_values_check(profile, &some, &err));
	ck_assert_str_eq(err.msg, "more: the provider x knows no such setting");
}
END_TEST

START_TEST(test_a_request_that_is_too_long)
{
	static const char text[] = HEAD "send: {url: \"https://x/\", query: {a: \"{text}\"}}\n";
	struct provider_message message = messages[0];
	static char longest[30000];

	memset(longest, '%', sizeof(longest) - 1);
	message.text = longest;
	ck_assert(profile_parse("p", text, strlen(text), &profile, &err));
	ck_assert(!provider_request_compose(&request, profile, &values, &message, 1, 0, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("request");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, test_requests_are_composed, 0,
			    sizeof(composed) / sizeof(composed[0]));
	tcase_add_test(tests, test_values_are_checked);
	tcase_add_test(tests, test_a_request_that_is_too_long);
	return case_run("request", tests);
}
