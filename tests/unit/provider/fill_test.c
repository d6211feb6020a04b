/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of fill: a value is never more than a value, whatever stands in it. */
#include "common/provider/fill.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/provider/document.h"
#include "tests/unit/support/run.h"

static const char *nasty = "";

static const char *value_of(void *arg, const char *name)
{
	(void)arg;
	if (strcmp(name, "to") == 0)
		return "79160000000";
	if (strcmp(name, "text") == 0)
		return nasty;
	return NULL;
}

static const struct {
	enum fill_escape escape;
	const char *text, *value, *want;
} filled[] = {
	{FILL_PLAIN, "{to}: {text}", "a", "79160000000: a"},
	{FILL_PLAIN, "{\"a\":{}, {To} {1} {} { to} {to", "", "{\"a\":{}, {To} {1} {} { to} {to"},
	{FILL_PLAIN, "{a_name_that_is_much_longer_than_any_may_be}", "",
	 "{a_name_that_is_much_longer_than_any_may_be}"},
	{FILL_PLAIN, "{text}", "{to}", "{to}"}, /* a value is not filled again */
	{FILL_URL, "/send?t={text}&x=1", "\xd0\x9f&=+ %~", "/send?t=%D0%9F%26%3D%2B%20%25~&x=1"},
	{FILL_JSON, "{\"t\":\"{text}\"}", "a\"b\\c\n\x01\xd0\x9f",
	 "{\"t\":\"a\\\"b\\\\c\\u000a\\u0001\xd0\x9f\"}"},
	{FILL_XML, "<t a=\"{text}\"/>", "<&>\"'\n\x01",
	 "<t a=\"&lt;&amp;&gt;&quot;&apos;&#10;\xEF\xBF\xBD\"/>"},
	{FILL_HEADER, "Key {text}", "a\r\nX: y", "Key a  X: y"},
};

START_TEST(test_values_are_put_in)
{
	char unknown[FILL_NAME_MAX] = "";
	struct buf out;

	buf_init(&out, 1000);
	nasty = filled[_i].value;
	ck_assert(fill_text(&out, filled[_i].text, filled[_i].escape, value_of, NULL, unknown));
	ck_assert_str_eq(buf_str(&out), filled[_i].want);
	buf_deinit(&out);
}
END_TEST

START_TEST(test_an_unknown_name_is_named)
{
	char unknown[FILL_NAME_MAX] = "";
	struct buf out;

	buf_init(&out, 1000);
	ck_assert(!fill_text(&out, "{to} {sendre}", FILL_PLAIN, value_of, NULL, unknown));
	ck_assert_str_eq(unknown, "sendre");
	buf_deinit(&out);
}
END_TEST

/* Whatever a text is, who reads the request reads that text. */
START_TEST(test_every_octet_comes_back)
{
	static const struct {
		enum fill_escape escape;
		enum document_format format;
		const char *text, *pointer;
	} ways[] = {
		{FILL_JSON, DOCUMENT_JSON, "{\"t\":\"{text}\",\"n\":1}", "/t"},
		{FILL_URL, DOCUMENT_FORM, "t={text}&n=1", "/t"},
		{FILL_XML, DOCUMENT_XML, "<r t='{text}'>{to}</r>", "/r/@t"},
	};
	for (unsigned int c = 1; c < 0x80; c++) {
		char value[] = {'[', (char)c, ']', '\0'};
		char unknown[FILL_NAME_MAX];
		struct cJSON *document = NULL;
		struct err err;
		struct buf out;

		if (ways[_i].escape == FILL_XML && c < 0x20 && strchr("\t\n\r", (int)c) == NULL)
			continue;
		buf_init(&out, 1000);
		nasty = value;
		ck_assert(fill_text(&out, ways[_i].text, ways[_i].escape, value_of, NULL, unknown));
		ck_assert_msg(document_parse(ways[_i].format, buf_str(&out), out.len, NULL,
					     &document, &err),
			      "%u: %s", c, err.msg);
		ck_assert_str_eq(document_text(document, ways[_i].pointer), value);
		document_free(&document);
		buf_deinit(&out);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("fill");

	tcase_add_loop_test(tests, test_values_are_put_in, 0, sizeof(filled) / sizeof(filled[0]));
	tcase_add_test(tests, test_an_unknown_name_is_named);
	tcase_add_loop_test(tests, test_every_octet_comes_back, 0, 3);
	return case_run("fill", tests);
}
