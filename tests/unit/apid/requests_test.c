/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Messages and campaigns as JSON says them: what is taken, what is refused and how it is named. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/campaign_request.h"
#include "common/model/message_request.h"
#include "common/model/phone.h"
#include "common/sms/msisdn.h"
#include "common/base/mem.h"
#include "tests/unit/support/run.h"

static struct problem problem;
static struct cJSON *doc;
static struct message_item *items;
static size_t count;

static void parse(const char *text)
{
	struct err err = {0};

	problem_init(&problem);
	ck_assert_msg(json_parse(text, strlen(text), &doc, &err), "%s: %s", text, err.msg);
}

static void forget(void)
{
	mem_free(items);
	items = NULL;
	json_free(&doc);
	problem_deinit(&problem);
}

#define ONE(more)                                                                                  \
	"{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\","          \
	"\"category\":\"service\"" more "}"

static const struct {
	const char *why;
	const char *text;
	const char *field; /* of the first error; NULL: taken */
	const char *expected;
} singles[] = {
	{"the shortest", ONE(""), NULL, NULL},
	{"everything", ONE(",\"account\":\"main\",\"max_parts\":2,\"validity_s\":60"), NULL, NULL},
	{"R-43: no category",
	 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\"}",
	 "category", "transactional"},
	{"no number", "{\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\"}", "to", "string"},
	{"a landline",
	 "{\"to\":\"84951234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\"}", "to",
	 "mobile"},
	{"a number as a number",
	 "{\"to\":89161234567,\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\"}", "to",
	 "string"},
	{"no text", "{\"to\":\"89161234567\",\"sender\":\"V\",\"class\":\"service\"}", "text",
	 "string"},
	{"no sender", "{\"to\":\"89161234567\",\"text\":\"hi\",\"class\":\"service\"}", "sender",
	 "string"},
	{"no class", "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\"}", "class",
	 "string"},
	{"a wrong class",
	 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"vip\"}", "class",
	 "advertising, service or alert"},
	{"a wrong category",
	 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"service\","
	 "\"category\":\"x\"}",
	 "category", "transactional"},
	{"a sender too long",
	 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"ABCDEFGHIJKL\",\"class\":"
	 "\"service\"}",
	 "sender", "11"},
	{"a Cyrillic sender",
	 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"Вестник\",\"class\":\"service\"}",
	 "sender", "Latin"},
	{"validity too short", ONE(",\"validity_s\":59"), "validity_s", "from 60"},
	{"parts too many", ONE(",\"max_parts\":64"), "max_parts", "to 63"},
	{"an unknown member", ONE(",\"form\":1"), "form", "one of to, text, sender"},
	{"a template, which says the rest",
	 "{\"to\":\"89161234567\",\"template_id\":\"7\",\"class\":\"service\"}", NULL, NULL},
	{"with values",
	 "{\"to\":\"89161234567\",\"template_id\":\"7\",\"class\":\"service\",\"variables\":{"
	 "\"a\":\"b\",\"c\":\"\"}}",
	 NULL, NULL},
	{"a template without a class", "{\"to\":\"89161234567\",\"template_id\":\"7\"}", "class",
	 "string"},
	{"a template that is none",
	 "{\"to\":\"89161234567\",\"template_id\":null,\"class\":\"service\"}", "text", "string"},
	{"a template and a text", ONE(",\"template_id\":\"7\""), "text", "not both"},
	{"a value that is no text", ONE(",\"variables\":{\"a\":1}"), "variables.a", "string"},
	{"values that are none", ONE(",\"variables\":[\"a\"]"), "variables", "object"},
};

START_TEST(test_single)
{
	parse(singles[_i].text);
	message_single_read(doc, &problem, &items, &count);
	ck_assert_uint_eq(count, 1);
	if (singles[_i].field == NULL) {
		ck_assert_msg(!problem_found(&problem), "%s: %s", singles[_i].why,
			      problem.error_count > 0 ? problem.errors[0].expected : "");
		ck_assert_int_eq(items[0].msisdn, 79161234567);
		ck_assert_int_eq(items[0].lane, LANE_URGENT);
	} else {
		ck_assert_msg(problem_found(&problem), "%s was taken", singles[_i].why);
		ck_assert_str_eq(problem.errors[0].field, singles[_i].field);
		ck_assert_msg(strstr(problem.errors[0].expected, singles[_i].expected) != NULL,
			      "%s: %s", singles[_i].why, problem.errors[0].expected);
	}
	forget();
}
END_TEST

START_TEST(test_a_text_must_fit)
{
	char text[1000];
	struct buf long_text;

	buf_init(&long_text, 2000);
	for (int i = 0; i < 141; i++) /* three parts of UCS-2 hold 3 * 67 */
		buf_add_str(&long_text, "Ж");
	snprintf(text, sizeof(text),
		 "{\"to\":\"89161234567\",\"text\":\"%s\",\"sender\":\"V\",\"class\":\"alert\","
		 "\"category\":\"debt\",\"max_parts\":2}",
		 buf_str(&long_text));
	parse(text);
	message_single_read(doc, &problem, &items, &count);
	ck_assert_uint_eq(problem.error_count, 1);
	ck_assert_str_eq(problem.errors[0].field, "text");
	buf_deinit(&long_text);
	forget();
}
END_TEST

static const struct {
	const char *class;
	enum lane single, bulk;
} lanes[] = {
	{"advertising", LANE_BULK, LANE_BULK},
	{"service", LANE_URGENT, LANE_BULK},
	{"alert", LANE_URGENT, LANE_URGENT},
};

START_TEST(test_lanes)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{\"to\":\"89161234567\",\"text\":\"hi\",\"sender\":\"V\",\"class\":\"%s\","
		 "\"category\":\"debt\"}",
		 lanes[_i].class);
	parse(text);
	message_single_read(doc, &problem, &items, &count);
	ck_assert_int_eq(items[0].lane, lanes[_i].single);
	forget();
	snprintf(text, sizeof(text),
		 "{\"messages\":[{\"to\":\"89161234567\",\"text\":\"hi\"}],\"sender\":\"V\","
		 "\"class\":\"%s\",\"category\":\"debt\"}",
		 lanes[_i].class);
	parse(text);
	message_bulk_read(doc, &problem, &items, &count);
	ck_assert_int_eq(items[0].lane, lanes[_i].bulk);
	forget();
}
END_TEST

START_TEST(test_bulk_defaults)
{
	parse("{\"sender\":\"A\",\"class\":\"alert\",\"category\":\"debt\",\"text\":\"common\","
	      "\"account\":\"one\","
	      "\"validity_s\":600,\"messages\":[{\"to\":\"89161234567\"},{\"to\":\"89161234568\","
	      "\"text\":\"own\","
	      "\"sender\":\"B\",\"class\":\"service\",\"account\":\"two\",\"validity_s\":700}]}");
	message_bulk_read(doc, &problem, &items, &count);
	ck_assert(!problem_found(&problem));
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(items[0].text, "common");
	ck_assert_str_eq(items[0].sender, "A");
	ck_assert_str_eq(items[0].account, "one");
	ck_assert_int_eq(items[0].class, CLASS_ALERT);
	ck_assert_int_eq(items[0].category, CATEGORY_DEBT);
	ck_assert_int_eq(items[0].validity_s, 600);
	ck_assert_str_eq(items[1].text, "own");
	ck_assert_str_eq(items[1].sender, "B");
	ck_assert_str_eq(items[1].account, "two");
	ck_assert_int_eq(items[1].class, CLASS_SERVICE);
	ck_assert_int_eq(items[1].category, CATEGORY_DEBT);
	ck_assert_int_eq(items[1].validity_s, 700);
	forget();
}
END_TEST

static const struct {
	const char *text;
	const char *field;
} bulks[] = {
	{"{\"messages\":[]}", "messages"},
	{"{}", "messages"},
	{"{\"messages\":{}}", "messages"},
	{"{\"messages\":[1],\"sender\":\"V\",\"class\":\"alert\",\"text\":\"t\"}", "messages[0]"},
	{"{\"messages\":[{\"to\":\"89161234567\"},{\"to\":\"x\"}],\"sender\":\"V\",\"class\":"
	 "\"alert\",\"category\":\"debt\",\"text\":\"t\"}",
	 "messages[1].to"},
	{"{\"messages\":[{\"to\":\"89161234567\"}],\"sender\":\"V\",\"class\":\"alert\",\"text\":"
	 "\"t\"}",
	 "messages[0].category"},
	{"{\"messages\":[{\"to\":\"89161234567\"}],\"class\":\"alert\",\"text\":\"t\"}",
	 "messages[0].sender"},
	{"{\"messages\":[{\"to\":\"89161234567\"}],\"sender\":\"V\",\"text\":\"t\"}",
	 "messages[0].class"},
	{"{\"messages\":[{\"to\":\"89161234567\"}],\"sender\":\"V\",\"class\":\"alert\"}",
	 "messages[0].text"},
	{"{\"messages\":[{\"to\":\"89161234567\",\"text\":null}],\"sender\":\"V\",\"class\":"
	 "\"alert\","
	 "\"category\":\"debt\"}",
	 "messages[0].text"},
	{"{\"messages\":[{\"to\":\"89161234567\",\"template_id\":null}],\"sender\":\"V\",\"class\":"
	 "\"alert\",\"category\":\"debt\"}",
	 "messages[0].text"},
	{"{\"messages\":[{\"to\":\"89161234567\",\"bcc\":1}],\"sender\":\"V\",\"class\":\"alert\","
	 "\"category\":\"service\",\"text\":\"t\"}",
	 "messages[0].bcc"},
};

START_TEST(test_bulk_refused)
{
	parse(bulks[_i].text);
	message_bulk_read(doc, &problem, &items, &count);
	ck_assert_msg(problem_found(&problem), "%s", bulks[_i].text);
	ck_assert_str_eq(problem.errors[0].field, bulks[_i].field);
	forget();
}
END_TEST

START_TEST(test_bulk_is_bounded)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_str(&text, "{\"sender\":\"V\",\"class\":\"alert\",\"text\":\"t\",\"messages\":[");
	for (int i = 0; i <= BULK_MESSAGES_MAX; i++)
		buf_printf(&text, "%s{\"to\":\"89161234567\"}", i > 0 ? "," : "");
	buf_add_str(&text, "]}");
	parse(buf_str(&text));
	message_bulk_read(doc, &problem, &items, &count);
	ck_assert_str_eq(problem.errors[0].found, "an array of 1001 items");
	buf_deinit(&text);
	forget();
}
END_TEST

/* --- campaigns
 * -------------------------------------------------------------------------------------- */

START_TEST(test_campaign_whole)
{
	struct campaign_fields f = {.priority = 5, .max_parts = 6, .validity_s = 86400};

	parse("{\"name\":\"n\",\"text\":\"t\",\"sender\":\"V\",\"class\":\"advertising\","
	      "\"category\":\"advertising\",\"list_id\":\"7\","
	      "\"account\":\"main\",\"priority\":9,\"max_parts\":1,\"validity_s\":3600,\"pace_per_"
	      "min\":10,"
	      "\"start_at\":\"2026-11-22T10:00:00Z\"}");
	campaign_fields_read(doc, JSON_REQUIRED, &f, &problem);
	ck_assert(!problem_found(&problem));
	ck_assert_str_eq(f.name, "n");
	ck_assert_int_eq(f.class, CLASS_ADVERTISING);
	ck_assert_int_eq(f.category, CATEGORY_ADVERTISING);
	ck_assert_int_eq(f.list_id, 7);
	ck_assert_str_eq(f.account, "main");
	ck_assert_int_eq(f.priority, 9);
	ck_assert_int_eq(f.max_parts, 1);
	ck_assert_int_eq(f.validity_s, 3600);
	ck_assert_int_eq(f.pace.per_min, 10);
	ck_assert_int_eq(f.start_at_us, 1795341600000000);
	forget();
}
END_TEST

START_TEST(test_campaign_patch)
{
	struct campaign_fields f = {.name = "old",
				    .text = "old text",
				    .sender = "OLD",
				    .class = CLASS_ALERT,
				    .category = CATEGORY_EMERGENCY,
				    .list_id = 7,
				    .account = "main",
				    .priority = 5,
				    .max_parts = 6,
				    .validity_s = 86400,
				    .pace = {.per_min = 10},
				    .start_at_us = 5};

	parse("{\"name\":\"new\",\"list_id\":null,\"account\":null,\"pace_per_min\":null,\"start_"
	      "at\":null}");
	campaign_fields_read(doc, JSON_OPTIONAL, &f, &problem);
	ck_assert(!problem_found(&problem));
	ck_assert_str_eq(f.name, "new");
	ck_assert_str_eq(f.text, "old text");
	ck_assert_int_eq(f.category, CATEGORY_EMERGENCY);
	ck_assert_int_eq(f.list_id, 0);
	ck_assert_ptr_null(f.account);
	ck_assert_int_eq(f.pace.per_min, 0);
	ck_assert_int_eq(f.start_at_us, 0);
	forget();
}
END_TEST

START_TEST(test_pace_and_window)
{
	struct campaign_fields f = campaign_fields_default;

	parse("{\"pace_until\":\"2026-11-22T10:00:00Z\",\"stop_at\":\"2026-11-22T10:00:01Z\","
	      "\"window\":{\"days\":[7,1,1],\"from\":\"09:30\",\"to\":\"24:00\",\"zone\":"
	      "\"client\"}}");
	f.pace.per_min = 5;
	campaign_fields_read(doc, JSON_OPTIONAL, &f, &problem);
	ck_assert(!problem_found(&problem));
	ck_assert_int_eq(f.pace.per_min, 0); /* one takes the place of the other */
	ck_assert_int_eq(f.pace.until_us, 1795341600000000);
	ck_assert_int_eq(f.pace.stop_us, 1795341601000000);
	ck_assert_uint_eq(f.pace.window.days, 0x41);
	ck_assert_str_eq(f.pace.window.from, "09:30");
	ck_assert(f.pace.window.of_client);
	forget();
	parse("{\"pace_per_min\":7,\"stop_at\":null,\"window\":null}");
	campaign_fields_read(doc, JSON_OPTIONAL, &f, &problem);
	ck_assert(!problem_found(&problem));
	ck_assert_int_eq(f.pace.per_min, 7);
	ck_assert_int_eq(f.pace.until_us, 0);
	ck_assert_int_eq(f.pace.stop_us, 0);
	ck_assert_uint_eq(f.pace.window.days, 0);
	forget();
}
END_TEST

#define WINDOW(days, from, to, zone)                                                               \
	"{\"window\":{\"days\":" days ",\"from\":\"" from "\",\"to\":\"" to "\",\"zone\":\"" zone  \
	"\"}}"

static const struct {
	const char *json, *field;
} bad_windows[] = {
	{"{\"window\":7}", "window"},
	{"{\"window\":{}}", "window.days"},
	{WINDOW("[0]", "10:00", "11:00", "client"), "window.days"},
	{WINDOW("[8]", "10:00", "11:00", "client"), "window.days"},
	{WINDOW("[1.5]", "10:00", "11:00", "client"), "window.days"},
	{WINDOW("[\"1\"]", "10:00", "11:00", "client"), "window.days"},
	{WINDOW("[1]", "1000", "11:00", "client"), "window.from"},
	{WINDOW("[1]", "10:60", "11:00", "client"), "window.from"},
	{WINDOW("[1]", "10:00", "24:01", "client"), "window.to"},
	{WINDOW("[1]", "10:00", "10:09", "client"), "window.to"},
	{WINDOW("[1]", "11:00", "10:00", "client"), "window.to"},
	{WINDOW("[1]", "10:00", "11:00", "moon"), "window.zone"},
};

START_TEST(test_bad_windows)
{
	struct campaign_fields f = campaign_fields_default;

	parse(bad_windows[_i].json);
	campaign_fields_read(doc, JSON_OPTIONAL, &f, &problem);
	ck_assert_msg(problem.error_count > 0, "%s is taken", bad_windows[_i].json);
	ck_assert_str_eq(problem.errors[0].field, bad_windows[_i].field);
	forget();
}
END_TEST

START_TEST(test_draft_needs_a_name_only)
{
	struct campaign_fields f = campaign_fields_default;

	parse("{}");
	campaign_fields_read(doc, JSON_REQUIRED, &f, &problem);
	ck_assert_uint_eq(problem.error_count, 1);
	ck_assert_str_eq(problem.errors[0].field, "name");
	forget();
	parse("{\"name\":\"x\",\"text\":\"\",\"sender\":\"\"}");
	campaign_fields_read(doc, JSON_REQUIRED, &f, &problem);
	ck_assert(!problem_found(&problem));
	ck_assert_str_eq(f.text, "");
	ck_assert_str_eq(f.sender, "");
	ck_assert_int_eq(f.class, CLASS_ADVERTISING);
	ck_assert_int_eq(f.category, 0);
	ck_assert_str_eq(f.after_hours, "move");
	forget();
}
END_TEST

static const struct {
	const char *text;
	const char *found; /* NULL: taken */
} placeholders[] = {
	{"Hi", NULL},
	{"Hi {first_name}, {город|Москва} {{x}}", NULL},
	{"Hi {frist_name}", "{frist_name}"},
	{"Hi {First_Name}", "{First_Name}"},
	{"Hi {", "a text that is no template"},
	{"Hi {}", "a text that is no template"},
};

START_TEST(test_placeholders)
{
	static const char *const known[] = {"first_name", "город"};

	problem_init(&problem);
	campaign_text_check("text", placeholders[_i].text, known, 2, &problem);
	if (placeholders[_i].found == NULL) {
		ck_assert(!problem_found(&problem));
	} else {
		ck_assert_str_eq(problem.errors[0].found, placeholders[_i].found);
		if (placeholders[_i].found[0] == '{')
			ck_assert_ptr_nonnull(
				strstr(problem.errors[0].expected, "{first_name}, {город}"));
	}
	problem_deinit(&problem);
}
END_TEST

static const struct {
	int64_t msisdn;
	bool usable;
} phones[] = {
	{79161234567, true},   /* Russian mobile */
	{77011234567, true},   /* Kazakh mobile */
	{74951234567, false},  /* Moscow */
	{78001234567, false},  /* toll free */
	{78091234567, false},  /* +7, neither mobile nor fixed */
	{4915112345678, true}, /* abroad */
	{12025550123, true},   /* mobile or fixed: nobody can tell */
	{491001234567, true},  /* not known to be in use */
	{4930123456, false},   /* Berlin */
	{448001111111, false}, /* toll free there */
	{19005550123, false},  /* premium rate */
};

START_TEST(test_phones)
{
	ck_assert_int_eq(msisdn_takes_sms(phones[_i].msisdn), phones[_i].usable);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("requests");
	TCase *tcase = tcase_create("requests");

	tcase_add_loop_test(tcase, test_single, 0, COUNT(singles));
	tcase_add_test(tcase, test_a_text_must_fit);
	tcase_add_loop_test(tcase, test_lanes, 0, COUNT(lanes));
	tcase_add_test(tcase, test_bulk_defaults);
	tcase_add_loop_test(tcase, test_bulk_refused, 0, COUNT(bulks));
	tcase_add_test(tcase, test_bulk_is_bounded);
	tcase_add_test(tcase, test_campaign_whole);
	tcase_add_test(tcase, test_campaign_patch);
	tcase_add_test(tcase, test_pace_and_window);
	tcase_add_loop_test(tcase, test_bad_windows, 0,
			    sizeof(bad_windows) / sizeof(bad_windows[0]));
	tcase_add_test(tcase, test_draft_needs_a_name_only);
	tcase_add_loop_test(tcase, test_placeholders, 0, COUNT(placeholders));
	tcase_add_loop_test(tcase, test_phones, 0, COUNT(phones));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
