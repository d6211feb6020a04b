/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What JSON is taken and what is refused, and what the getters say about wrong members. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/web/json.h"
#include "common/web/json_out.h"
#include "tests/unit/support/run.h"

static const struct {
	const char *why;
	const char *text;
	size_t len;	     /* 0: strlen */
	const char *refused; /* part of the message; NULL: taken */
} documents[] = {
	{"an object", "{\"a\":1,\"b\":[true,false,null,\"x\"]}", 0, NULL},
	{"a scalar with spaces around", " \t\r\n-0.5e+3 \n", 0, NULL},
	{"empty containers", "[{},[],\"\"]", 0, NULL},
	{"escapes and a surrogate pair", "\"\\u041f\\ud83d\\ude00\\n\\/\\\"\"", 0, NULL},
	{"nothing", "", 0, "the text ends"},
	{"spaces only", "  ", 0, "the text ends"},
	{"trailing garbage", "{} x", 0, "something follows"},
	{"two documents", "{}{}", 0, "something follows"},
	{"a trailing comma", "{\"a\":1,}", 0, "double quotes"},
	{"a trailing comma in an array", "[1,]", 0, "a value is expected"},
	{"an unclosed object", "{\"a\":1", 0, "a comma or } is expected"},
	{"an unclosed array", "[1", 0, "a comma or ] is expected"},
	{"a wrong closing", "[1}", 0, "a comma or ] is expected"},
	{"single quotes", "{'a':1}", 0, "double quotes"},
	{"a missing colon", "{\"a\" 1}", 0, "colon"},
	{"a comment", "{\"a\":1 /* x */}", 0, "a comma or } is expected"},
	{"a word", "nul", 0, "a value is expected"},
	{"NaN", "NaN", 0, "a value is expected"},
	{"a leading zero", "[079161234567]", 0, "does not begin with 0"},
	{"a plus", "[+7]", 0, "a value is expected"},
	{"a bare point", "[1.]", 0, "a digit is missing"},
	{"a bare exponent", "[1e]", 0, "a digit is missing"},
	{"a bare minus", "[-]", 0, "a digit is missing"},
	{"an unended string", "\"abc", 0, "ends inside a string"},
	{"an unended escape", "\"abc\\", 0, "ends inside a string"},
	{"an unknown escape", "\"\\x41\"", 0, "unknown escape"},
	{"a NUL escape", "\"a\\u0000b\"", 0, "NUL"},
	{"a NUL byte in a string", "\"a\0b\"", 5, "control character"},
	{"a NUL byte after the end", "{}\0", 3, "something follows"},
	{"a raw line feed", "\"a\nb\"", 0, "control character"},
	{"half a surrogate pair", "\"\\ud83d\"", 0, "stands alone"},
	{"the other half", "\"\\ude00\"", 0, "stands alone"},
	{"two first halves", "\"\\ud83d\\ud83d\"", 0, "second half"},
	{"short hex", "\"\\u12\"", 0, "four hexadecimal"},
	{"broken UTF-8", "\"\xd0\"", 0, "not valid UTF-8"},
	{"overlong UTF-8", "\"\xc0\x80\"", 0, "not valid UTF-8"},
	{"a BOM", "\xef\xbb\xbf{}", 0, "a value is expected"},
	{"a member twice", "{\"a\":1,\"b\":2,\"a\":3}", 0, "\"a\" stands twice"},
	{"a member twice by escape", "{\"a\":1,\"\\u0061\":3}", 0, "\"a\" stands twice"},
	{"a member twice deep down", "[{\"x\":{\"a\":1,\"a\":1}}]", 0, "\"a\" stands twice"},
	{"the same name in another case", "{\"a\":1,\"A\":2}", 0, NULL},
};

START_TEST(test_documents)
{
	struct cJSON *doc = NULL;
	struct err err = {0};
	size_t len = documents[_i].len > 0 ? documents[_i].len : strlen(documents[_i].text);
	bool taken = json_parse(documents[_i].text, len, &doc, &err);

	ck_assert_msg(taken == (documents[_i].refused == NULL), "%s: %s", documents[_i].why,
		      taken ? "taken" : err.msg);
	if (documents[_i].refused != NULL)
		ck_assert_msg(strstr(err.msg, documents[_i].refused) != NULL, "%s: %s",
			      documents[_i].why, err.msg);
	if (taken)
		json_free(&doc);
	ck_assert_ptr_null(doc);
}
END_TEST

START_TEST(test_place_is_named)
{
	struct cJSON *doc = NULL;
	struct err err = {0};
	const char *text = "{\n  \"имя\": \"Пётр\" oops\n}";

	ck_assert(!json_parse(text, strlen(text), &doc, &err));
	ck_assert_msg(strstr(err.msg, "line 2, column 17") == err.msg, "%s", err.msg);
}
END_TEST

START_TEST(test_depth)
{
	char text[200];
	struct cJSON *doc = NULL;
	struct err err = {0};

	for (int depth = 32; depth <= 33; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		ck_assert_int_eq(json_parse(text, (size_t)depth * 2, &doc, &err), depth == 32);
	}
	ck_assert_ptr_nonnull(strstr(err.msg, "32"));
	json_free(&doc);
}
END_TEST

START_TEST(test_members_are_bounded)
{
	struct cJSON *doc = NULL;
	struct err err = {0};
	struct buf text;

	buf_init(&text, 10000);
	buf_add_char(&text, '{');
	for (int i = 0; i <= JSON_MEMBERS_MAX; i++)
		buf_printf(&text, "%s\"m%d\":1", i > 0 ? "," : "", i);
	buf_add_char(&text, '}');
	ck_assert(!json_parse(buf_str(&text), text.len, &doc, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "more than 64 members"));
	buf_deinit(&text);
}
END_TEST

/* --- getters -------------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const char *text;
	const char *problem; /* "field: found; expected" parts that must stand there; NULL: fine */
	const char *expected;
} members[] = {
	{"all right",
	 "{\"t\":\"x\",\"n\":5,\"id\":\"12\",\"at\":\"2026-11-22T10:00:00Z\",\"a\":[1]}", NULL,
	 NULL},
	{"only what is needed", "{\"t\":\"x\"}", NULL, NULL},
	{"null is absent", "{\"t\":\"x\",\"n\":null,\"id\":null,\"at\":null,\"a\":null}", NULL,
	 NULL},
	{"text missing", "{}", "t: nothing", "1 to 5 characters"},
	{"text null", "{\"t\":null}", "t: null", "1 to 5 characters"},
	{"text empty", "{\"t\":\"\"}", "t: an empty string", "1 to 5 characters"},
	{"text is a number", "{\"t\":5}", "t: the number 5", "a string"},
	{"text is an object", "{\"t\":{}}", "t: an object", "a string"},
	{"characters are counted, not bytes", "{\"t\":\"привет\"}", "t: 6 characters",
	 "1 to 5 characters"},
	{"control character", "{\"t\":\"a\\u0007\"}", "t: a control character", "without"},
	{"number is a string", "{\"t\":\"x\",\"n\":\"5\"}", "n: 5", "whole number from 1 to 9"},
	{"number too large", "{\"t\":\"x\",\"n\":10}", "n: the number 10", "from 1 to 9"},
	{"number too small", "{\"t\":\"x\",\"n\":0}", "n: the number 0", "from 1 to 9"},
	{"a fraction", "{\"t\":\"x\",\"n\":1.5}", "n: the number 1.5", "whole"},
	{"infinite", "{\"t\":\"x\",\"n\":1e999}", "n: the number inf", "whole"},
	{"an id as a number", "{\"t\":\"x\",\"id\":12}", "id: the number 12",
	 "as a string of digits"},
	{"an id of letters", "{\"t\":\"x\",\"id\":\"a\"}", "id: a", "digits"},
	{"an id too large", "{\"t\":\"x\",\"id\":\"9223372036854775808\"}", "id: 9223", "digits"},
	{"id zero", "{\"t\":\"x\",\"id\":\"0\"}", "id: 0", "digits"},
	{"time without zone", "{\"t\":\"x\",\"at\":\"2026-11-22T10:00:00\"}", "at: 2026", "zone"},
	{"time as a number", "{\"t\":\"x\",\"at\":5}", "at: the number 5", "zone"},
	{"array too long", "{\"t\":\"x\",\"a\":[1,2,3]}", "a: an array of 3 items", "1 to 2 items"},
	{"array empty", "{\"t\":\"x\",\"a\":[]}", "a: an array of 0 items", "1 to 2 items"},
	{"array is a string", "{\"t\":\"x\",\"a\":\"y\"}", "a: y", "an array"},
	{"a decimal and a date", "{\"t\":\"x\",\"d\":-0.5,\"on\":\"2024-02-29\"}", NULL, NULL},
	{"decimal too small", "{\"t\":\"x\",\"d\":-1.01}", "d: the number -1.01", "from -1 to 1"},
	{"decimal is a string", "{\"t\":\"x\",\"d\":\"1\"}", "d: 1", "a number"},
	{"date of no year", "{\"t\":\"x\",\"on\":\"2026-02-29\"}", "on: 2026-02-29", "a date"},
	{"date as a number", "{\"t\":\"x\",\"on\":5}", "on: the number 5", "a date"},
	{"unknown member", "{\"t\":\"x\",\"T\":1}", "T: a member of this name",
	 "one of t, n, id, at, a, d, on"},
	{"no object", "[1]", "(the body): an array", "an object"},
};

START_TEST(test_members)
{
	struct cJSON *doc = NULL;
	struct problem problem;
	struct json_in in;
	struct err err = {0};
	char said[400] = "";
	double number = 0;
	int32_t day = 0;

	problem_init(&problem);
	ck_assert_msg(json_parse(members[_i].text, strlen(members[_i].text), &doc, &err), "%s",
		      err.msg);
	json_in_begin(&in, doc, &problem, "");
	json_in_text(&in, "t", JSON_REQUIRED, 5);
	ck_assert_int_le(json_in_int(&in, "n", JSON_OPTIONAL, 1, 9, 7), 9);
	json_in_id(&in, "id", JSON_OPTIONAL);
	json_in_time(&in, "at", JSON_OPTIONAL);
	json_in_array(&in, "a", JSON_OPTIONAL, 2);
	json_in_number(&in, "d", JSON_OPTIONAL, -1, 1, &number);
	json_in_date(&in, "on", JSON_OPTIONAL, &day);
	json_in_end(&in);
	if (problem.error_count > 0)
		snprintf(said, sizeof(said), "%s: %s", problem.errors[0].field,
			 problem.errors[0].found);
	if (members[_i].problem == NULL) {
		ck_assert_msg(!problem_found(&problem), "%s: %s", members[_i].why, said);
	} else {
		ck_assert_uint_eq(problem.error_count, 1);
		ck_assert_int_eq(problem.status, 422);
		ck_assert_msg(strstr(said, members[_i].problem) == said, "%s: %s", members[_i].why,
			      said);
		ck_assert_msg(strstr(problem.errors[0].expected, members[_i].expected) != NULL,
			      "%s: %s", members[_i].why, problem.errors[0].expected);
	}
	problem_deinit(&problem);
	json_free(&doc);
}
END_TEST

START_TEST(test_paths_lead_into_arrays)
{
	struct cJSON *doc = NULL;
	struct problem problem;
	struct json_in in;
	struct err err = {0};

	problem_init(&problem);
	ck_assert(json_parse("{}", 2, &doc, &err));
	json_in_begin(&in, doc, &problem, "messages[3]");
	json_in_text(&in, "to", JSON_REQUIRED, 5);
	ck_assert_str_eq(problem.errors[0].field, "messages[3].to");
	problem_deinit(&problem);
	json_free(&doc);
}
END_TEST

/* --- times and ids
 * --------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int64_t unix_us; /* 0: refused */
} times[] = {
	{"2026-11-22T10:00:00Z", 1795341600000000},
	{"2026-11-22T13:00:00+03:00", 1795341600000000},
	{"2026-11-22 05:30:00.25-04:30", 1795341600250000},
	{"2026-11-22T10:00:00.1234567Z", 1795341600123456},
	{"2024-02-29T00:00:00Z", 1709164800000000},
	{"2026-02-29T00:00:00Z", 0},
	{"2026-13-01T00:00:00Z", 0},
	{"2026-11-22T24:00:00Z", 0},
	{"2026-11-22T10:00:00", 0},
	{"2026-11-22T10:00Z", 0},
	{"2026-11-22T10:00:00.Z", 0},
	{"2026-11-22T10:00:00Zx", 0},
	{"2026-11-22T10:00:00+3:00", 0},
	{"1969-12-31T23:59:59Z", 0},
	{"", 0},
};

START_TEST(test_times)
{
	int64_t us = 0;

	ck_assert_msg(rfc3339_parse(times[_i].text, &us) == (times[_i].unix_us != 0), "%s",
		      times[_i].text);
	if (times[_i].unix_us != 0)
		ck_assert_int_eq(us, times[_i].unix_us);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int32_t day;
} dates[] = {
	{"1970-01-01", true, 0},
	{"1969-12-31", true, -1},
	{"2026-11-28", true, 20785},
	{"2000-02-29", true, 11016},
	{"0001-01-01", true, -719162},
	{"1900-02-29", false, 0},
	{"2026-11-28T", false, 0},
	{"2026-11-8", false, 0},
	{"0000-01-01", false, 0},
	{"28.11.2026", false, 0},
	{"", false, 0},
};

START_TEST(test_dates)
{
	int32_t day = 0;

	ck_assert_msg(date_parse(dates[_i].text, &day) == dates[_i].good, "%s", dates[_i].text);
	if (dates[_i].good)
		ck_assert_int_eq(day, dates[_i].day);
}
END_TEST

/* --- writing
 * ---------------------------------------------------------------------------------------- */

START_TEST(test_writing)
{
	struct json_out json;
	struct buf out;

	buf_init(&out, 1000);
	json_out_init(&json, &out);
	json_object(&json, NULL);
	json_put_text(&json, "te\"xt", "a\\\"\n\x01Ж");
	json_put_text(&json, "none", NULL);
	json_put_text_len(&json, "cut", "ok\xd0", 3);
	json_put_int(&json, "int", -5);
	json_put_id(&json, "id", INT64_MAX);
	json_put_bool(&json, "yes", true);
	json_put_phone(&json, "phone", 79161234567);
	json_put_micro(&json, "m1", 2350000);
	json_put_micro(&json, "m2", -1);
	json_put_micro(&json, "m3", 0);
	json_put_time(&json, "at", 1795341600123456);
	json_put_time(&json, "never", 0);
	json_array(&json, "list");
	json_put_int(&json, NULL, 1);
	json_object(&json, NULL);
	json_object_end(&json);
	json_array(&json, NULL);
	json_array_end(&json);
	json_array_end(&json);
	json_object_end(&json);
	ck_assert_str_eq(
		buf_str(&out),
		"{\"te\\\"xt\":\"a\\\\\\\"\\n\\u0001Ж\",\"none\":null,\"cut\":\"ok\",\"int\":-5,"
		"\"id\":\"9223372036854775807\",\"yes\":true,\"phone\":\"+79161234567\","
		"\"m1\":\"2.35\",\"m2\":\"-0.000001\",\"m3\":\"0.00\","
		"\"at\":\"2026-11-22T10:00:00.123Z\",\"never\":null,\"list\":[1,{},[]]}");
	buf_deinit(&out);
}
END_TEST

START_TEST(test_problem)
{
	struct problem p;
	struct buf out;
	char *longer = mem_alloc(1001);

	problem_init(&p);
	ck_assert(!problem_found(&p));
	memset(longer, 'x', 1000);
	longer[1000] = '\0';
	problem_line(&p, 7, "Телефон", longer, "short");
	for (int i = 0; i < PROBLEM_ERRORS_MAX + 2; i++)
		problem_field(&p, "f", "a", "b");
	ck_assert_int_eq(p.status, 422);
	ck_assert_uint_eq(p.error_count, PROBLEM_ERRORS_MAX);
	buf_init(&out, 100000);
	problem_render(&p, LANG_EN, &out);
	ck_assert_ptr_nonnull(
		strstr(buf_str(&out), "\"type\":\"urn:vestnik:problem:invalid-request\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"line\":7,\"field\":\"Телефон\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "xxx…\""));
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "\"errors_more\":3"));
	ck_assert_uint_lt(strlen(p.errors[0].found), 250);
	buf_deinit(&out);
	problem_deinit(&p);
	mem_free(longer);
}
END_TEST

static const struct {
	enum err_kind kind;
	int status;
	const char *kind_name;
} outages[] = {
	{ERR_LOST, 503, "unavailable"},	 {ERR_TIMEOUT, 503, "unavailable"},
	{ERR_RETRY, 503, "unavailable"}, {ERR_UNKNOWN, 503, "outcome-unknown"},
	{ERR_REFUSED, 500, "internal"},
};

START_TEST(test_outages)
{
	struct err err = {.kind = outages[_i].kind, .msg = "secret detail"};
	struct problem p;

	problem_init(&p);
	problem_unavailable(&p, &err);
	ck_assert_int_eq(p.status, outages[_i].status);
	ck_assert_str_eq(p.kind, outages[_i].kind_name);
	ck_assert_ptr_null(strstr(p.detail, "secret"));
	ck_assert_int_gt(p.retry_after_s, 0);
	problem_deinit(&p);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	Suite *suite = suite_create("json");
	TCase *tcase = tcase_create("json");

	tcase_add_loop_test(tcase, test_documents, 0, COUNT(documents));
	tcase_add_test(tcase, test_place_is_named);
	tcase_add_test(tcase, test_depth);
	tcase_add_test(tcase, test_members_are_bounded);
	tcase_add_loop_test(tcase, test_members, 0, COUNT(members));
	tcase_add_test(tcase, test_paths_lead_into_arrays);
	tcase_add_loop_test(tcase, test_times, 0, COUNT(times));
	tcase_add_loop_test(tcase, test_dates, 0, COUNT(dates));
	tcase_add_test(tcase, test_writing);
	tcase_add_test(tcase, test_problem);
	tcase_add_loop_test(tcase, test_outages, 0, COUNT(outages));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
