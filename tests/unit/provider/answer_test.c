/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of answer: what providers say about each message; what cannot be understood is no refusal.
 */
#include "common/provider/answer.h"

#include <string.h>

#include "tests/unit/support/run.h"

static struct provider_profile *profile;
static struct provider_outcome out[2];
static struct err err;

static const struct provider_message messages[] = {
	{.to = "79160000001",
	 .text = "one",
	 .sender = "V",
	 .ref = "r1",
	 .callback = "",
	 .ttl_s = 60},
	{.to = "79160000002",
	 .text = "two",
	 .sender = "V",
	 .ref = "r2",
	 .callback = "",
	 .ttl_s = 60},
};

static const struct {
	const char *file; /* of providers/ */
	int status;
	const char *body;
	struct provider_outcome want;
} single[] = {
	{"t2",
	 200,
	 "{\"status\":\"ok\",\"result\":{\"uid\":\"u-1\"}}",
	 {ACTION_OK, "u-1", "", "", 0}},
	{"t2",
	 200,
	 "{\"status\":\"ok\"}",
	 {ACTION_UNKNOWN, "", "", "", 0}}, /* taken, but as what? */
	{"t2",
	 200,
	 "{\"status\":\"error\",\"reason\":\"system_error\"}",
	 {ACTION_RETRY, "", "system_error", "", 0}},
	{"t2",
	 200,
	 "{\"status\":\"error\",\"reason\":\"wrong_ip\"}",
	 {ACTION_BAD, "", "wrong_ip", "", 0}},
	{"t2", 200, "{\"status\":\"error\",\"reason\":\"new\"}", {ACTION_FAIL, "", "new", "", 0}},
	{"t2", 200, "{\"status\":\"error\"}", {ACTION_FAIL, "", "", "", 0}},
	{"t2", 200, "{}", {ACTION_UNKNOWN, "", "", "", 0}},
	{"t2", 200, "<html>", {ACTION_UNKNOWN, "", "", "", 0}},
	{"t2", 200, "", {ACTION_UNKNOWN, "", "", "", 0}},
	{"t2", 503, "<html>", {ACTION_RETRY, "", "", "", 0}},
	{"t2",
	 500,
	 "{\"status\":\"ok\",\"result\":{\"uid\":\"u-1\"}}",
	 {ACTION_RETRY, "", "", "", 0}},
	{"t2", 401, "", {ACTION_BAD, "", "", "", 0}},
	{"kannel", 202, "0: Accepted for delivery", {ACTION_OK, "", "", "", 0}},
	{"kannel", 202, "3: Queued for later delivery", {ACTION_OK, "", "", "", 0}},
	{"kannel", 202, "hm", {ACTION_UNKNOWN, "", "", "", 0}},
	{"kannel", 403, "Authorization failed for sendsms", {ACTION_BAD, "", "", "", 0}},
	{"kannel", 503, "Temporal failure, try again later.", {ACTION_RETRY, "", "", "", 0}},
	{"smsru",
	 200,
	 "{\"status\":\"OK\",\"status_code\":100,\"sms\":{\"79160000001\":{\"status\":\"OK\","
	 "\"status_code\":100,\"sms_id\":\"000000-10000000\",\"cost\":2.50}},\"balance\":9}",
	 {ACTION_OK, "000000-10000000", "", "2.50", 0}},
	{"smsru",
	 200,
	 "{\"status\":\"ERROR\",\"status_code\":201}",
	 {ACTION_BAD, "", "201", "", 0}},
	{"smsc",
	 200,
	 "{\"id\":7,\"cnt\":2,\"cost\":\"5.2\",\"balance\":\"1\"}",
	 {ACTION_OK, "7", "", "5.2", 2}},
	{"smsc",
	 200,
	 "{\"error\":\"no money\",\"error_code\":3,\"id\":7}",
	 {ACTION_BAD, "", "3", "", 0}},
	{"smsaero",
	 200,
	 "{\"success\":true,\"data\":{\"id\":12,\"cost\":3.5}}",
	 {ACTION_OK, "12", "", "3.5", 0}},
	{"smsaero", 402, "{\"success\":false,\"message\":\"x\"}", {ACTION_BAD, "", "", "", 0}},
	{"exolve",
	 200,
	 "{\"message_id\":\"9007199254740993\"}",
	 {ACTION_OK, "9007199254740993", "", "", 0}},
	{"megafon",
	 200,
	 "{\"result\":{\"msg_id\":\"m\",\"status\":{\"code\":0,\"description\":\"ok\"}}}",
	 {ACTION_OK, "m", "", "", 0}},
	{"megafon", 200, "{\"result\":{\"status\":{\"code\":5}}}", {ACTION_FAIL, "", "5", "", 0}},
	{"mts-omni", 200, "{\"messages\":[{\"internal_id\":\"i\"}]}", {ACTION_OK, "i", "", "", 0}},
	{"beeline",
	 200,
	 "<?xml version='1.0' encoding='UTF-8'?><output><RECEIVER AGT_ID='1'/><result "
	 "sms_group_id='9'>"
	 "<sms id='77' phone='+79160000001' "
	 "sms_res_count='2'><![CDATA[x]]></sms></result></output>",
	 {ACTION_OK, "77", "", "", 2}},
	{"beeline",
	 200,
	 "<output><errors><error>bad login</error></errors></output>",
	 {ACTION_FAIL, "", "bad login", "", 0}},
	{"mfms", 200, "ok;0;m-1", {ACTION_OK, "m-1", "", "", 0}},
	{"mfms", 200, "error-auth", {ACTION_FAIL, "", "error-auth", "", 0}},
	{"twilio",
	 201,
	 "{\"sid\":\"SM1\",\"num_segments\":\"2\",\"price\":null}",
	 {ACTION_OK, "SM1", "", "", 2}},
	{"twilio", 400, "{\"code\":21610,\"status\":400}", {ACTION_STOPPED, "", "21610", "", 0}},
	{"vonage",
	 200,
	 "{\"message-count\":\"2\",\"messages\":[{\"status\":\"0\",\"message-id\":\"A\",\"message-"
	 "price\":"
	 "\"0.05\"},{\"status\":\"0\",\"message-id\":\"B\"}]}",
	 {ACTION_OK, "A", "", "0.05", 2}},
	{"vonage",
	 200,
	 "{\"messages\":[{\"status\":\"1\",\"error-text\":\"x\"}]}",
	 {ACTION_SLOW, "", "1", "", 0}},
	{"infobip",
	 200,
	 "{\"messages\":[{\"messageId\":\"r1\",\"status\":{\"groupId\":1,\"id\":26},\"details\":"
	 "{\"messageCount\":1}}]}",
	 {ACTION_OK, "r1", "", "", 1}},
	/* Sent again, and known already: it is on its way. */
	{"infobip",
	 200,
	 "{\"messages\":[{\"messageId\":\"r1\",\"status\":{\"groupId\":5,\"id\":23}}]}",
	 {ACTION_OK, "r1", "23", "", 0}},
	{"jasmin", 200, "Success \"07033084\"", {ACTION_OK, "07033084", "", "", 0}},
	{"jasmin", 412, "Error \"No route found\"", {ACTION_ROUTE, "", "No route found", "", 0}},
};

static void load(const char *name)
{
	struct buf path;

	buf_init(&path, 100);
	buf_printf(&path, "providers/%s.yaml", name);
	ck_assert_msg(profile_load(buf_str(&path), &profile, &err), "%s", err.msg);
	buf_deinit(&path);
}

static void ck_outcome(const struct provider_outcome *got, const struct provider_outcome *want,
		       const char *body)
{
	ck_assert_msg(got->action == want->action, "%s: %s", body,
		      profile_action_word(got->action));
	ck_assert_str_eq(got->id, want->id);
	ck_assert_str_eq(got->code, want->code);
	ck_assert_str_eq(got->price, want->price);
	ck_assert_int_eq(got->parts, want->parts);
}

START_TEST(test_answers_to_one)
{
	load(single[_i].file);
	provider_answer_read(profile, messages, 1, single[_i].status, single[_i].body,
			     strlen(single[_i].body), out);
	ck_outcome(out, &single[_i].want, single[_i].body);
	profile_free(&profile);
}
END_TEST

#define HEAD "name: x\ntitle: X\nsource: s\nsend: {url: \"https://x/\"}\n"
#define BY(match)                                                                                  \
	HEAD "answer: {list: /m, id: /id, parts: /n, code: /e, ok: /e, ok_values: [\"0\"], " match \
	     "}\n"

static const struct {
	const char *profile, *body;
	struct provider_outcome want[2];
} several[] = {
	{BY("match: order"),
	 "{\"m\":[{\"id\":\"a\",\"e\":0,\"n\":\"3\"},{\"id\":\"b\",\"e\":7}]}",
	 {{ACTION_OK, "a", "", "", 3}, {ACTION_FAIL, "", "7", "", 0}}},
	{BY("match: ref, match_at: /r"),
	 "{\"m\":[{\"r\":\"r2\",\"id\":\"b\",\"e\":0,\"n\":999},{\"r\":\"r1\",\"id\":\"a\",\"e\":0}"
	 "]}",
	 {{ACTION_OK, "a", "", "", 0}, {ACTION_OK, "b", "", "", 0}}},
	{BY("match: to"),
	 "{\"m\":{\"79160000002\":{\"id\":\"b\",\"e\":0}}}",
	 {{ACTION_UNKNOWN, "", "", "", 0}, {ACTION_OK, "b", "", "", 0}}},
	{BY("match: order"),
	 "{\"m\":[{\"id\":\"a\",\"e\":0}]}",
	 {{ACTION_OK, "a", "", "", 0}, {ACTION_UNKNOWN, "", "", "", 0}}},
	{BY("match: ref, match_at: /r"),
	 "{\"m\":{\"r\":\"r2\",\"id\":\"b\",\"e\":0}}",
	 {{ACTION_UNKNOWN, "", "", "", 0}, {ACTION_OK, "b", "", "", 0}}},
	/* Refused as a whole. */
	{BY("match: order"),
	 "{\"e\":9}",
	 {{ACTION_FAIL, "", "9", "", 0}, {ACTION_FAIL, "", "9", "", 0}}},
	{BY("match: order"),
	 "{\"m\":[]}",
	 {{ACTION_UNKNOWN, "", "", "", 0}, {ACTION_UNKNOWN, "", "", "", 0}}},
};

START_TEST(test_answers_to_several)
{
	ck_assert_msg(profile_parse("p", several[_i].profile, strlen(several[_i].profile), &profile,
				    &err),
		      "%s", err.msg);
	provider_answer_read(profile, messages, 2, 200, several[_i].body, strlen(several[_i].body),
			     out);
	ck_outcome(&out[0], &several[_i].want[0], several[_i].body);
	ck_outcome(&out[1], &several[_i].want[1], several[_i].body);
	profile_free(&profile);
}
END_TEST

START_TEST(test_no_answer)
{
	provider_answer_none(2, false, out);
	ck_assert_int_eq(out[1].action, ACTION_RETRY);
	provider_answer_none(2, true, out);
	ck_assert_int_eq(out[0].action, ACTION_UNKNOWN);
}
END_TEST

/* An id is kept whole or not at all. */
START_TEST(test_an_id_that_is_too_long)
{
	struct buf body;

	load("t2");
	for (int len = OUTCOME_ID_SIZE - 1; len <= OUTCOME_ID_SIZE; len++) {
		buf_init(&body, 1000);
		buf_add_str(&body, "{\"status\":\"ok\",\"result\":{\"uid\":\"");
		for (int i = 0; i < len; i++)
			buf_add_char(&body, 'x');
		buf_add_str(&body, "\"}}");
		provider_answer_read(profile, messages, 1, 200, buf_str(&body), body.len, out);
		ck_assert_int_eq(out[0].action, len < OUTCOME_ID_SIZE ? ACTION_OK : ACTION_UNKNOWN);
		ck_assert_uint_eq(strlen(out[0].id), len < OUTCOME_ID_SIZE ? (size_t)len : 0);
		buf_deinit(&body);
	}
	profile_free(&profile);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("answer");

	tcase_add_loop_test(tests, test_answers_to_one, 0, sizeof(single) / sizeof(single[0]));
	tcase_add_loop_test(tests, test_answers_to_several, 0,
			    sizeof(several) / sizeof(several[0]));
	tcase_add_test(tests, test_no_answer);
	tcase_add_test(tests, test_an_id_that_is_too_long);
	return case_run("answer", tests);
}
