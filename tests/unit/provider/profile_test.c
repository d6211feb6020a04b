/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of profile: those that are shipped are good, and every mistake is refused by its place. */
#include "common/provider/profile.h"

#include <glob.h>
#include <string.h>

#include "common/base/buf.h"
#include "tests/unit/support/run.h"

static struct provider_profile *profile;
static struct err err;

static bool parse(const char *text)
{
	profile_free(&profile);
	return profile_parse("p.yaml", text, strlen(text), &profile, &err);
}

START_TEST(test_shipped_profiles)
{
	glob_t files;

	ck_assert_int_eq(glob("providers/*.yaml", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct buf path;

		ck_assert_msg(profile_load(files.gl_pathv[i], &profile, &err), "%s", err.msg);
		buf_init(&path, 200);
		buf_printf(&path, "providers/%s.yaml", profile->name);
		ck_assert_str_eq(buf_str(&path), files.gl_pathv[i]);
		buf_deinit(&path);
		profile_free(&profile);
	}
	globfree(&files);
}
END_TEST

#define HEAD "name: x\ntitle: X\nsource: s\nsettings: {key: secret, base: address}\n"
#define SEND "send: {url: \"https://x/{key}\", method: GET}\n"

static const struct {
	const char *text, *want;
} bad[] = {
	{"title: X\nsource: s\n" SEND, "p.yaml: name: missing"},
	{"name: X y\ntitle: X\nsource: s\n" SEND, "p.yaml: name: found \"X y\""},
	{HEAD "send: {url: \"http://x\"}\n", "p.yaml: send.url: expected https://"},
	{HEAD "send: {url: \"{key}/x\"}\n", "p.yaml: send.url: expected https://"},
	{HEAD "send: {url: \"https://x/{kee}\"}\n", "p.yaml: send.url: found {kee}"},
	{HEAD "send: {url: \"https://x\", method: GET, type: form}\n", "p.yaml: send.type: a GET"},
	{HEAD "send: {url: \"https://x\", type: json}\n", "p.yaml: send.body: expected with"},
	{HEAD "send: {url: \"https://x\", body: x}\n", "p.yaml: send.body: expected with"},
	{HEAD "send: {url: \"https://x\", type: json, body: \"{items}\"}\n", "p.yaml: send.item"},
	{HEAD "send: {url: \"https://x\", type: json, body: x, item: y}\n", "p.yaml: send.item"},
	{HEAD "send: {url: \"https://x\", batch_max: 2}\n", "p.yaml: send.batch_max: several"},
	{HEAD "send: {url: \"https://x\", type: form, each: {a: \"{to}\"}, batch_max: 2}\n",
	 "p.yaml: answer.list: missing"},
	{HEAD SEND "verify: {kind: basic, secret: x}\n", "p.yaml: verify.user: missing"},
	{HEAD SEND "verify: {kind: twilio}\n", "p.yaml: verify.secret: missing"},
	{HEAD SEND "verify: {kind: hmac, name: x, secret: \"{key}\", time: t}\n",
	 "p.yaml: verify.signed: found no {time}"},
	{HEAD SEND "verify: {kind: header, name: x, value: \"{kee}\"}\n",
	 "p.yaml: verify.value: found {kee}"},
	{HEAD SEND "report: {stopped: [a]}\n", "p.yaml: report.stopped: expected with"},
	{HEAD SEND "poll: {url: \"https://x/{ids}\", state: /s}\nstates: {a: sent}\n",
	 "p.yaml: poll: expected with answer.id"},
	{HEAD SEND "answer: {id: /id}\nstates: {a: sent}\n"
		   "poll: {url: \"http://x/{ids}\", state: /s}\n",
	 "p.yaml: poll: expected https://"},
	{HEAD SEND "answer: {id: /id}\nstates: {a: sent}\n"
		   "poll: {url: \"https://x/{to}\", state: /s}\n",
	 "p.yaml: poll: found {to}"},
	{HEAD SEND "answer: {id: /id}\nstates: {a: sent}\n"
		   "poll: {url: \"https://x/{ids}\", state: /s, max: 2}\n",
	 "p.yaml: poll.list: missing"},
	{HEAD SEND "balance: {url: \"https://x\"}\n", "p.yaml: balance.at: missing"},
	{HEAD SEND "balance: {url: \"https://x\", at: /a, currency: rubles}\n",
	 "p.yaml: balance.currency: found"},
	{HEAD "send: {url: \"https://x\", fields: {a: b}}\n", "p.yaml: send.fields: expected"},
	{HEAD "send: {url: \"https://x\", query: {\"{a}\": b}}\n", "p.yaml: send.query: found {a}"},
	{HEAD "send: {url: \"https://x\", headers: {a: \"{b}\"}}\n",
	 "p.yaml: send.headers: found {b}"},
	{HEAD "send: {url: \"https://x\", type: json, body: \"{to}{items}\", item: \"{to}\"}\n",
	 "p.yaml: send.body: found {to}"},
	{HEAD
	 "send: {url: \"https://x\", type: form, fields: {a: \"{ref}\"}, each: {b: \"{ref}\"}}\n",
	 "p.yaml: send.fields: found {ref}"},
	{HEAD "send: {url: \"https://x\", type: json, body: \"{items}{items}\", item: \"{to}\"}\n",
	 "p.yaml: send.body: found {items} twice"},
	{HEAD SEND "auth: {kind: basic}\n", "p.yaml: auth.user: missing"},
	{HEAD SEND "auth: {kind: header}\n", "p.yaml: auth.name: missing"},
	{HEAD SEND "auth: {kind: hmac, name: X-Sign}\n", "p.yaml: auth.secret: missing"},
	{HEAD SEND "auth: {kind: hmac, name: X, secret: \"{key}\", signed: \"{bodi}\"}\n",
	 "p.yaml: auth.signed: found {bodi}"},
	{HEAD SEND "answer: {id: id}\n",
	 "p.yaml: answer.id: found \"id\"; expected a JSON Pointer"},
	{HEAD SEND "answer: {id: \"/{key}\"}\n", "p.yaml: answer.id: found {key}; a pointer"},
	{HEAD SEND "answer: {ok_values: [a]}\n", "p.yaml: answer.ok_values: expected with"},
	{HEAD "send: {url: \"https://x/{coding}\"}\n", "p.yaml: send.url: found {coding}"},
	{HEAD "send: {url: \"https://x\", coding: {gsm: a, latin: b}}\n",
	 "p.yaml: send.coding: expected"},
	{HEAD SEND "answer: {match: to, match_at: to}\n", "p.yaml: answer.match_at: found \"to\""},
	{HEAD SEND "answer: {format: text}\n", "p.yaml: answer.pattern: expected with"},
	{HEAD SEND "answer: {pattern: x}\n", "p.yaml: answer.pattern: expected with"},
	{HEAD SEND "answer: {format: text, pattern: \"(\"}\n", "p.yaml: answer.pattern: Unmatched"},
	{HEAD SEND "report: {id: id}\n", "p.yaml: report.id: found"},
	{HEAD SEND "report: {receipts: [a]}\n", "p.yaml: report.kind: missing"},
	{HEAD SEND "report: {state: /s}\n", "p.yaml: states: missing"},
	{HEAD SEND "codes:\n  \"1\": fail\n  \"2\": fial\n", "p.yaml:8: codes: found \"fial\""},
	{HEAD SEND "http: {4x: fail}\n", "p.yaml: http: found \"4x\""},
	{HEAD SEND "states: {a: gone}\n", "p.yaml:6: states: found \"gone\""},
	{"name: x\ntitle: X\nsource: s\nsettings: {to: text}\n" SEND,
	 "p.yaml: settings: \"to\" is"},
	{"name: x\ntitle: X\nsource: s\nsettings: {To: text}\n" SEND,
	 "p.yaml: settings: found \"To\""},
	{"name: x\ntitle: X\nsource: s\nsettings: {a: hidden}\n" SEND, "p.yaml:4: settings: found"},
};

START_TEST(test_mistakes_are_named)
{
	ck_assert_msg(!parse(bad[_i].text), "%s: taken", bad[_i].text);
	ck_assert_msg(strncmp(err.msg, bad[_i].want, strlen(bad[_i].want)) == 0, "%s\n%s",
		      bad[_i].text, err.msg);
	ck_assert_ptr_null(profile);
}
END_TEST

static const struct {
	int status;
	const char *code;
	enum profile_action want;
} actions[] = {
	{200, "7", ACTION_ROUTE}, {500, "7", ACTION_ROUTE}, {402, NULL, ACTION_SLOW},
	{404, NULL, ACTION_BAD},  {404, "8", ACTION_BAD},   {503, NULL, ACTION_RETRY},
	{429, NULL, ACTION_BAD},  {302, NULL, ACTION_BAD},  {200, "8", ACTION_FAIL},
};

START_TEST(test_what_errors_mean)
{
	ck_assert_msg(parse(HEAD SEND "codes: {\"7\": route}\nhttp: {\"402\": slow, 4xx: bad}\n"),
		      "%s", err.msg);
	ck_assert_int_eq(profile_action_of(profile, actions[_i].status, actions[_i].code),
			 actions[_i].want);
	profile_free(&profile);
	/* A profile that says nothing. */
	ck_assert(parse(HEAD SEND));
	ck_assert_int_eq(profile_action_of(profile, 429, NULL), ACTION_SLOW);
	ck_assert_int_eq(profile_action_of(profile, 401, NULL), ACTION_BAD);
	ck_assert_int_eq(profile_action_of(profile, 400, NULL), ACTION_FAIL);
	profile_free(&profile);
}
END_TEST

START_TEST(test_what_receipts_say)
{
	enum profile_state state;

	ck_assert(parse(HEAD SEND "states: {DELIVRD: delivered}\n"));
	ck_assert(profile_state_of(profile, "DELIVRD", &state));
	ck_assert_int_eq(state, STATE_DELIVERED);
	ck_assert(!profile_state_of(profile, "delivrd", &state));
	ck_assert_int_eq(state, STATE_UNKNOWN);
	ck_assert_int_eq(profile_setting_kind(profile, 0), PROFILE_SECRET);
	ck_assert_int_eq(profile_setting_kind(profile, 1), PROFILE_ADDRESS);
	profile_free(&profile);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("profile");

	tcase_add_test(tests, test_shipped_profiles);
	tcase_add_loop_test(tests, test_mistakes_are_named, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tests, test_what_errors_mean, 0, sizeof(actions) / sizeof(actions[0]));
	tcase_add_test(tests, test_what_receipts_say);
	return case_run("profile", tests);
}
