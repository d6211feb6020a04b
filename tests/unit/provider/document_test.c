/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of document: what providers say, found by pointers; what is broken or hostile, refused. */
#include "common/provider/document.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "tests/unit/support/run.h"

static struct cJSON *document;
static struct err err;

static bool parse(enum document_format format, const char *text)
{
	document_free(&document);
	return document_parse(format, text, strlen(text), NULL, &document, &err);
}

static const struct {
	enum document_format format;
	const char *text, *pointer, *want; /* want NULL: nothing is there */
} found[] = {
	{DOCUMENT_JSON, "{\"sms\":{\"79160000000\":{\"sms_id\":\"0-1\"}}}",
	 "/sms/79160000000/sms_id", "0-1"},
	{DOCUMENT_JSON, "{\"id\":1234567890123456789}", "/id", "1234567890123456789"},
	{DOCUMENT_JSON, "[-1.50e+2,\"1\"]", "/0", "-1.50e+2"},
	{DOCUMENT_JSON, "[-1.50e+2,\"\\\"2\"]", "/1", "\"2"},
	{DOCUMENT_JSON, "{\"ok\":true,\"no\":null}", "/ok", "true"},
	{DOCUMENT_JSON, "{\"ok\":true,\"no\":null}", "/no", NULL},
	{DOCUMENT_JSON, "{\"a/b\":{\"~\":\"x\"}}", "/a~1b/~0", "x"},
	{DOCUMENT_JSON, "{\"a\":[1,2]}", "/a/01", NULL},
	{DOCUMENT_JSON, "{\"a\":[1,2]}", "/a/2", NULL},
	{DOCUMENT_JSON, "{\"a\":\"only\"}", "/a/0", "only"},
	{DOCUMENT_JSON, "{\"a\":\"only\"}", "/a/b", NULL},
	{DOCUMENT_JSON, "7", "", "7"},
	{DOCUMENT_XML, "<output><result sms_id=\"12\" phone='7'/></output>",
	 "/output/result/@sms_id", "12"},
	{DOCUMENT_XML, "<a><b>1</b><b> 2\n</b><b><c/></b></a>", "/a/b/1", "2"},
	{DOCUMENT_XML, "<a><b>1</b><b>2</b><b><c/></b></a>", "/a/b/2/c", ""},
	{DOCUMENT_XML, "<a x='1'>text &amp; more</a>", "/a/#text", "text & more"},
	{DOCUMENT_XML, "<s:a xmlns:s='urn:x'><s:b>1</s:b></s:a>", "/a/b", "1"},
	{DOCUMENT_XML, "<?xml version='1.0' encoding='windows-1251'?><a>\xcf\xf0</a>", "/a", NULL},
	{DOCUMENT_XML, "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "/a", "\xc3\xa9"},
	{DOCUMENT_FORM, "id=1&text=%D0%9F+%2B&empty=&bare&%", "/text", "\xd0\x9f +"},
	{DOCUMENT_FORM, "id=1&empty=&bare", "/bare", ""},
	{DOCUMENT_FORM, "data%5B0%5D=a%0Ab&x=100%&y=%zz", "/data/0", "a\nb"},
	{DOCUMENT_FORM, "x=100%&y=%zz", "/x", "100%"},
	{DOCUMENT_FORM, "x=100%&y=%zz", "/y", "%zz"},
	{DOCUMENT_FORM, "a=1&a=2&a=3", "/a/2", "3"},
	{DOCUMENT_FORM, "a[0]=1&b=x&a[1]=2", "/a/1", "2"},
	{DOCUMENT_FORM, "a[]=1", "/a", "1"},
	{DOCUMENT_FORM, "a[b]=1&a[=2", "/a[b]", "1"},
	{DOCUMENT_FORM, "&=x&a=1", "/a", "1"},
};

START_TEST(test_values_are_found)
{
	const char *text;

	if (!parse(found[_i].format, found[_i].text)) {
		ck_assert_msg(found[_i].want == NULL, "%s: %s", found[_i].text, err.msg);
		return;
	}
	text = document_text(document, found[_i].pointer);
	ck_assert_msg(found[_i].want == NULL ? text == NULL
					     : text != NULL && strcmp(text, found[_i].want) == 0,
		      "%s %s: %s", found[_i].text, found[_i].pointer,
		      text != NULL ? text : "nothing");
	document_free(&document);
}
END_TEST

static const struct {
	enum document_format format;
	const char *text, *want;
} refused[] = {
	{DOCUMENT_JSON, "{\"id\":1", "line 1, column 8"},
	{DOCUMENT_JSON, "", "line 1"},
	{DOCUMENT_JSON, "OK\xff", "no text in UTF-8"},
	{DOCUMENT_JSON, "{\"id\":01}", "line 1"},
	{DOCUMENT_XML, "<a><b></a>", "line 1: mismatched tag"},
	{DOCUMENT_XML, "", "no element found"},
	{DOCUMENT_XML, "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "a document type"},
	{DOCUMENT_XML,
	 "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>x</a></a></a></a></a></a></a></a></"
	 "a></a>"
	 "</a></a></a></a></a></a></a>",
	 "too deep"},
	{DOCUMENT_FORM, "a=%00", "no text in UTF-8"},
	{DOCUMENT_FORM, "a=%ff", "no text in UTF-8"},
};

START_TEST(test_what_is_broken_is_refused)
{
	ck_assert_msg(!parse(refused[_i].format, refused[_i].text), "%s: taken", refused[_i].text);
	ck_assert_msg(strstr(err.msg, refused[_i].want) != NULL, "%s: %s", refused[_i].text,
		      err.msg);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_ptr_null(document);
}
END_TEST

START_TEST(test_groups_of_a_pattern)
{
	static const char text[] = "Success \"a-1\" rest";
	regex_t pattern;

	ck_assert_int_eq(regcomp(&pattern, "^(Success|Error) \"([^\"]*)\"(x)?", REG_EXTENDED), 0);
	ck_assert(document_parse(DOCUMENT_TEXT, text, strlen(text), &pattern, &document, &err));
	ck_assert_str_eq(document_text(document, "/1"), "Success");
	ck_assert_str_eq(document_text(document, "/2"), "a-1");
	ck_assert_ptr_null(document_text(document, "/3"));
	document_free(&document);
	ck_assert(!document_parse(DOCUMENT_TEXT, "Hm", 2, &pattern, &document, &err));
	ck_assert(!document_parse(DOCUMENT_TEXT, "Success \"a\0\"", 12, &pattern, &document, &err));
	regfree(&pattern);
}
END_TEST

START_TEST(test_bounds)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	while (text.len <= DOCUMENT_BYTES_MAX)
		buf_add_str(&text, "<a/>");
	ck_assert(!document_parse(DOCUMENT_XML, buf_str(&text), text.len, NULL, &document, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	buf_reset(&text);
	buf_add_str(&text, "<r>");
	for (int i = 0; i < 11000; i++)
		buf_add_str(&text, "<a/>");
	buf_add_str(&text, "</r>");
	ck_assert(!document_parse(DOCUMENT_XML, buf_str(&text), text.len, NULL, &document, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "too many"));
	buf_reset(&text);
	for (int i = 0; i < 201; i++)
		buf_printf(&text, "f%d=1&", i);
	ck_assert(!document_parse(DOCUMENT_FORM, buf_str(&text), text.len, NULL, &document, &err));
	buf_deinit(&text);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("document");

	tcase_add_loop_test(tests, test_values_are_found, 0, sizeof(found) / sizeof(found[0]));
	tcase_add_loop_test(tests, test_what_is_broken_is_refused, 0,
			    sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tests, test_groups_of_a_pattern);
	tcase_add_test(tests, test_bounds);
	return case_run("document", tests);
}
