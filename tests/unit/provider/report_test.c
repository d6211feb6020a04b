/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of report: what providers report, as their documents say. */
#include "common/provider/report.h"

#include <string.h>

#include "tests/unit/support/run.h"

static struct provider_profile *profile;
static struct buf told;
static struct err err;

static const char *or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static void take(void *arg, const struct provider_report *r)
{
	static const char *const kinds[] = {"receipt", "reply", "other"};

	(void)arg;
	buf_printf(&told, "%s", kinds[r->kind]);
	if (r->kind == REPORT_RECEIPT)
		buf_printf(&told, " %s %s %s=%d%s %s %s %s", or_none(r->ref), or_none(r->id),
			   or_none(r->word), r->state, r->known ? "" : "?", or_none(r->code),
			   or_none(r->parts), or_none(r->price));
	else if (r->kind == REPORT_REPLY)
		buf_printf(&told, " %s %s %s %s", or_none(r->reply_id), or_none(r->from),
			   or_none(r->to), or_none(r->text));
	buf_add_str(&told, ";");
}

static void load(const char *name)
{
	struct buf path;

	buf_init(&told, 10000);
	buf_init(&path, 100);
	buf_printf(&path, "providers/%s.yaml", name);
	ck_assert_msg(profile_load(buf_str(&path), &profile, &err), "%s", err.msg);
	buf_deinit(&path);
}

static void unload(void)
{
	profile_free(&profile);
	buf_deinit(&told);
}

static const struct {
	const char *file, *text, *want;
} reports[] = {
	{"smsru",
	 "data[0]=sms_status%0A000000-1%0A103%0A1700000000&data[1]=sms_status%0A000000-2%0A999&"
	 "hash=x",
	 "receipt - 000000-1 103=1 - - -;receipt - 000000-2 999=5? - - -;"},
	{"smsru", "data[0]=test%0Ax", "other;"},
	{"kannel", "m=r1&status=1&answer=id:1+stat:DELIVRD",
	 "receipt - - 1=1 id:1 stat:DELIVRD - -;"},
	{"jasmin", "id=j1&id_smsc=9&message_status=UNDELIV&level=2&err=013",
	 "receipt - j1 UNDELIV=2 013 - -;"},
	{"jasmin", "id=j2&from=79160000001&to=1234&content=STOP",
	 "reply j2 79160000001 1234 STOP;"},
	{"twilio", "MessageSid=SM1&MessageStatus=delivered&To=%2B79160000001&From=Vestnik",
	 "receipt - SM1 delivered=1 - - -;"},
	{"twilio", "MessageSid=SM2&From=%2B79160000001&To=%2B1&Body=hi",
	 "reply SM2 +79160000001 +1 hi;"},
	{"vonage",
	 "msisdn=79160000001&to=V&messageId=A&price=0.05&status=expired&err-code=3&client-ref=r1",
	 "receipt r1 A expired=3 3 - 0.05;"},
	{"infobip",
	 "{\"results\":[{\"messageId\":\"r1\",\"smsCount\":1,\"price\":{\"pricePerMessage\":0.02},"
	 "\"status\":"
	 "{\"id\":5},\"error\":{\"id\":0}},{\"messageId\":\"m\",\"from\":\"7916\",\"to\":\"V\","
	 "\"text\":\"hi\"}]}",
	 "receipt - r1 5=1 0 1 0.02;reply m 7916 V hi;"},
	{"infobip", "{\"results\":[{\"x\":1}]}", "other;"},
	{"smsaero", "{\"id\":12,\"status\":1,\"extendStatus\":\"delivery\"}",
	 "receipt - 12 1=1 delivery - -;"},
};

START_TEST(test_reports)
{
	load(reports[_i].file);
	ck_assert_msg(provider_reports_read(profile, reports[_i].text, strlen(reports[_i].text),
					    take, NULL, &err),
		      "%s", err.msg);
	ck_assert_str_eq(buf_str(&told), reports[_i].want);
	unload();
}
END_TEST

static const struct {
	const char *file, *text;
} garbage[] = {
	{"infobip", "{\"results\":"}, {"infobip", "{\"result\":[]}"}, {"infobip", ""},
	{"smsru", "hash=x"},	      {"smsru", "data[0]=%00"},	      {"kannel", "status=%ff"},
};

START_TEST(test_garbage_tells_nothing)
{
	load(garbage[_i].file);
	ck_assert(!provider_reports_read(profile, garbage[_i].text, strlen(garbage[_i].text), take,
					 NULL, &err));
	ck_assert_uint_eq(told.len, 0);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	unload();
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("report");

	tcase_add_loop_test(tests, test_reports, 0, sizeof(reports) / sizeof(reports[0]));
	tcase_add_loop_test(tests, test_garbage_tells_nothing, 0,
			    sizeof(garbage) / sizeof(garbage[0]));
	return case_run("report", tests);
}
