/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of config: good files fill the struct, bad ones are refused with place and cure. */
#include "common/base/config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "tests/unit/support/run.h"

struct settings {
	char *url;
	char *name;
	int64_t batch;
	int64_t least;
	int64_t any;
	bool tls;
	int mode;
	int64_t wait_ms;
	struct config_list brokers;
	struct config_list paths;
	struct config_pairs fields;
};

static const char *const modes[] = {"transceiver", "pair", NULL};

static const struct config_row rows[] = {
	{"database.url", CONFIG_STR, offsetof(struct settings, url), NULL, 0, 0, NULL, "where"},
	{"database.name", CONFIG_STR, offsetof(struct settings, name), "main", 0, 0, NULL, ""},
	{"work.batch", CONFIG_INT, offsetof(struct settings, batch), "200", 1, 1000, NULL, ""},
	{"work.least", CONFIG_INT, offsetof(struct settings, least), "5", 2, 0, NULL, ""},
	{"work.any", CONFIG_INT, offsetof(struct settings, any), "-5", 0, 0, NULL, ""},
	{"work.tls", CONFIG_BOOL, offsetof(struct settings, tls), "false", 0, 0, NULL, ""},
	{"smpp.bind.mode", CONFIG_ENUM, offsetof(struct settings, mode), "pair", 0, 0, modes, ""},
	{"smpp.bind.wait", CONFIG_MS, offsetof(struct settings, wait_ms), "5s", 100, 60000, NULL,
	 ""},
	{"brokers", CONFIG_LIST, offsetof(struct settings, brokers), "[one, \"two, three\"]", 0, 0,
	 NULL, ""},
	{"paths", CONFIG_LIST, offsetof(struct settings, paths), "[]", 0, 0, NULL, ""},
	{"send.fields", CONFIG_PAIRS, offsetof(struct settings, fields), "{to: \"{to}\"}", 0, 0,
	 NULL, ""},
	{0},
};

static struct settings settings;
static struct err err;

static bool parse(const char *text)
{
	memset(&settings, 0, sizeof(settings));
	return config_parse("f.yaml", text, strlen(text), rows, &settings, &err);
}

static const char url_line[] = "database: {url: x}\n";

START_TEST(test_everything_given)
{
	ck_assert_msg(parse("database:\n"
			    "  url: postgres://h/db  # comment\n"
			    "  name: 'no'\n"
			    "work: {batch: 1000, least: 9000000000, any: -9223372036854775808}\n"
			    "smpp:\n"
			    "  bind:\n"
			    "    mode: transceiver\n"
			    "    wait: 1m\n"
			    "brokers:\n"
			    "  - a:5672\n"
			    "  - ''\n"
			    "paths: [/x]\n"),
		      "%s", err.msg);
	ck_assert_str_eq(settings.url, "postgres://h/db");
	ck_assert_str_eq(settings.name, "no");
	ck_assert_int_eq(settings.batch, 1000);
	ck_assert_int_eq(settings.least, 9000000000);
	ck_assert_int_eq(settings.any, INT64_MIN);
	ck_assert_int_eq(settings.mode, 0);
	ck_assert_int_eq(settings.wait_ms, 60000);
	ck_assert_uint_eq(settings.brokers.count, 2);
	ck_assert_str_eq(settings.brokers.items[0], "a:5672");
	ck_assert_str_eq(settings.brokers.items[1], "");
	ck_assert_str_eq(settings.paths.items[0], "/x");
	config_free(rows, &settings);
	ck_assert_ptr_null(settings.url);
	ck_assert_uint_eq(settings.brokers.count, 0);
	config_free(rows, &settings);
}
END_TEST

START_TEST(test_absent_keys_take_their_default)
{
	ck_assert_msg(parse("database:\n  url: \"\"\nwork:\n"), "%s", err.msg);
	ck_assert_str_eq(settings.url, "");
	ck_assert_str_eq(settings.name, "main");
	ck_assert_int_eq(settings.batch, 200);
	ck_assert_int_eq(settings.any, -5);
	ck_assert(!settings.tls);
	ck_assert_int_eq(settings.mode, 1);
	ck_assert_int_eq(settings.wait_ms, 5000);
	ck_assert_uint_eq(settings.brokers.count, 2);
	ck_assert_str_eq(settings.brokers.items[1], "two, three");
	ck_assert_uint_eq(settings.paths.count, 0);
	config_free(rows, &settings);
}
END_TEST

static const struct {
	const char *text;
	int64_t ms;
} times[] = {{"250ms", 250}, {"100ms", 100}, {"60s", 60000}, {"1m", 60000}};

START_TEST(test_times)
{
	char text[100];

	snprintf(text, sizeof(text), "%ssmpp: {bind: {wait: %s}}", url_line, times[_i].text);
	ck_assert_msg(parse(text), "%s", err.msg);
	ck_assert_int_eq(settings.wait_ms, times[_i].ms);
	config_free(rows, &settings);
}
END_TEST

static const struct {
	const char *why, *text, *want;
} bad[] = {
	{"a required key is missing", "work: {batch: 1}",
	 "f.yaml: database.url: missing; add it (where)"},
	{"an empty file", "", "f.yaml: database.url: missing; add it (where)"},
	{"comments alone", "# nothing\n", "f.yaml: database.url: missing; add it (where)"},
	{"a document of nothing", "---\n", "f.yaml: database.url: missing; add it (where)"},
	{"a mistyped key", "database:\n  ulr: x",
	 "f.yaml:2: database.ulr: unknown key; did you mean database.url?"},
	{"a mistyped section", "\ndatabase: {url: x}\nwrok:\n  batch: 1",
	 "f.yaml:3: wrok: unknown key; did you mean work?"},
	{"a mistyped inner section", "smpp:\n  bnid:\n    wait: 1s",
	 "f.yaml:2: smpp.bnid: unknown key; did you mean smpp.bind?"},
	{"a key that resembles none", "colour: red",
	 "f.yaml:1: colour: unknown key; --help-config lists the known ones"},
	{"an unknown key below a row", "database: {url: {x: y}}",
	 "f.yaml:1: database.url: found a section; expected a text"},
	{"a dotted key", "database.url: x",
	 "f.yaml:1: database.url: found a dot in a key; write each word on its own line, the next "
	 "one indented below"},
	{"a key twice", "database:\n  url: x\n  url: y",
	 "f.yaml:3: database.url: found a second time; keep one of them"},
	{"a section twice", "database: {url: x}\nwork: {batch: 1}\nwork: {any: 1}",
	 "f.yaml:3: work: found a second time; join the two sections"},
	{"an inner section twice", "smpp: {bind: {wait: 1s}, bind: {mode: pair}}",
	 "f.yaml:1: smpp.bind: found a second time; join the two sections"},
	{"a list as key", "[a]: b",
	 "f.yaml:1: found a list or mapping as a key; expected a plain word"},
	{"an explicit mapping as key", "work:\n  ? {a: b}\n  : c",
	 "f.yaml:2: work: found a list or mapping as a key; expected a plain word"},
	{"a number that is none", "work: {batch: many}",
	 "f.yaml:1: work.batch: found \"many\"; expected a whole number from 1 to 1000"},
	{"a fraction", "work: {batch: 1.5}",
	 "f.yaml:1: work.batch: found \"1.5\"; expected a whole number from 1 to 1000"},
	{"below the bounds", "work: {batch: 0}",
	 "f.yaml:1: work.batch: found \"0\"; expected a whole number from 1 to 1000"},
	{"above the bounds", "work: {batch: 1001}",
	 "f.yaml:1: work.batch: found \"1001\"; expected a whole number from 1 to 1000"},
	{"below a lone lower bound", "work: {least: 1}",
	 "f.yaml:1: work.least: found \"1\"; expected a whole number of at least 2"},
	{"beyond 64 bits", "work: {any: 9223372036854775808}",
	 "f.yaml:1: work.any: found \"9223372036854775808\"; expected a whole number"},
	{"a lone minus", "work: {any: '-'}",
	 "f.yaml:1: work.any: found \"-\"; expected a whole number"},
	{"yes is not true", "work: {tls: yes}",
	 "f.yaml:1: work.tls: found \"yes\"; expected true or false"},
	{"a word not offered", "smpp: {bind: {mode: both}}",
	 "f.yaml:1: smpp.bind.mode: found \"both\"; expected one of transceiver, pair"},
	{"a time without unit", "smpp: {bind: {wait: 5}}",
	 "f.yaml:1: smpp.bind.wait: found \"5\"; expected a time such as 250ms, 5s, 2m or 1h from "
	 "100ms to 1m"},
	{"a time past its bounds", "smpp: {bind: {wait: 1h}}",
	 "f.yaml:1: smpp.bind.wait: found \"1h\"; expected a time such as 250ms, 5s, 2m or 1h from "
	 "100ms to 1m"},
	{"a time that overflows", "smpp: {bind: {wait: 9223372036854775807h}}",
	 "f.yaml:1: smpp.bind.wait: found \"9223372036854775807h\"; expected a time such as 250ms, "
	 "5s, 2m or 1h from 100ms to 1m"},
	{"a time before it began", "smpp: {bind: {wait: -5s}}",
	 "f.yaml:1: smpp.bind.wait: found \"-5s\"; expected a time such as 250ms, 5s, 2m or 1h "
	 "from 100ms to 1m"},
	{"a long value is shown in part",
	 "work: {tls: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
	 "f.yaml:1: work.tls: found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" (cut); expected "
	 "true or false"},
	{"a value left out", "database:\n  url:\n",
	 "f.yaml:2: database.url: found nothing (for an empty text write \"\"); expected a text"},
	{"a zero byte in a value", "database: {url: \"a\\0b\"}",
	 "f.yaml:1: database.url: found a zero byte; expected a text"},
	{"a zero byte in a key", "\"work\\0\": 1",
	 "f.yaml:1: work: unknown key; did you mean work?"},
	{"a list for a value", "database: {url: [x]}",
	 "f.yaml:1: database.url: found a list; expected a text"},
	{"a value for a section", "database: x",
	 "f.yaml:1: database: found a single value; expected a section with keys below it"},
	{"a value for a list", "brokers: x",
	 "f.yaml:1: brokers: found a single value; expected a list of texts"},
	{"a list inside a list", "brokers:\n  - [x]",
	 "f.yaml:2: brokers: found a list inside the list; expected a text"},
	{"an empty item", "brokers:\n  - x\n  -\n",
	 "f.yaml:3: brokers: found an empty or broken item; expected a text"},
	{"a value for pairs", "send: {fields: x}",
	 "f.yaml:1: send.fields: found a single value; expected a section of keys with a text "
	 "each"},
	{"a pair twice", "send:\n  fields:\n    a: 1\n    b: 2\n    a: 3\n",
	 "f.yaml:5: send.fields: found \"a\" a second time; keep one of them"},
	{"a pair of a section", "send: {fields: {a: {b: c}}}",
	 "f.yaml:1: send.fields: found a section as the value of \"a\"; expected a text"},
	{"a pair without a value", "send: {fields: {a: }}",
	 "f.yaml:1: send.fields: found no text for \"a\" (for an empty one write \"\")"},
	{"a list as the key of a pair", "send: {fields: {[a]: b}}",
	 "f.yaml:1: send.fields: found a list as a key; expected a plain word"},
	{"an empty key of a pair", "send: {fields: {\"\": b}}",
	 "f.yaml:1: send.fields: found an empty, broken or very long key; expected a word"},
	{"a list for the whole", "- x\n",
	 "f.yaml:1: found a list; expected lines of the form \"key: value\""},
	{"a word for the whole", "x\n",
	 "f.yaml:1: found a single value; expected lines of the form \"key: value\""},
	{"an alias", "database: {url: *x}",
	 "f.yaml:1: found an alias (*); write the value out instead"},
	{"an anchored value", "database:\n  url: &x y",
	 "f.yaml:2: found an anchor (&); remove it, anchors are not supported"},
	{"an anchored section", "database: &x {}",
	 "f.yaml:1: found an anchor (&); remove it, anchors are not supported"},
	{"an anchored list", "brokers: &x []",
	 "f.yaml:1: found an anchor (&); remove it, anchors are not supported"},
	{"a tag", "database: {url: !!str x}",
	 "f.yaml:1: found a tag (!); remove it, tags are not supported"},
	{"two documents", "database: {url: x}\n---\ndatabase: {url: x}\n",
	 "f.yaml:2: found a second document (---); expected one"},
	{"an open quote", "database:\n  url: \"x\n",
	 "f.yaml:3: not valid YAML (while scanning a quoted scalar, found unexpected end of "
	 "stream); mend this line"},
	{"a tab for indentation", "database:\n\turl: x\n",
	 "f.yaml:2: not valid YAML (while scanning for the next token, found character that cannot "
	 "start any token); mend this line"},
	{"bytes that are not UTF-8", "database:\n  url: \xff\n",
	 "f.yaml:2: not valid YAML (invalid leading UTF-8 octet); mend this line"},
};

START_TEST(test_bad_files_are_refused_with_place_and_cure)
{
	static const struct settings empty;

	ck_assert_msg(!parse(bad[_i].text), "%s: accepted", bad[_i].why);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strcmp(err.msg, bad[_i].want) == 0, "%s: %s", bad[_i].why, err.msg);
	/* Nothing that was read before the mistake is left allocated. */
	ck_assert_ptr_eq(settings.url, empty.url);
	ck_assert_ptr_eq(settings.brokers.items, empty.brokers.items);
	ck_assert_ptr_eq(settings.fields.items, empty.fields.items);
}
END_TEST

START_TEST(test_pairs_keep_their_order_and_line)
{
	ck_assert_msg(parse("database: {url: x}\nsend:\n  fields:\n    to: '{to}'\n    a.b: ''\n"),
		      "%s", err.msg);
	ck_assert_uint_eq(settings.fields.count, 2);
	ck_assert_str_eq(settings.fields.items[0].key, "to");
	ck_assert_str_eq(settings.fields.items[1].key, "a.b");
	ck_assert_uint_eq(settings.fields.items[1].line, 5);
	ck_assert_str_eq(config_pairs_find(&settings.fields, "a.b"), "");
	ck_assert_ptr_null(config_pairs_find(&settings.fields, "b"));
	config_free(rows, &settings);

	ck_assert(parse(url_line));
	ck_assert_str_eq(config_pairs_find(&settings.fields, "to"), "{to}");
	config_free(rows, &settings);
}
END_TEST

START_TEST(test_pairs_are_bounded)
{
	struct buf text;

	buf_init(&text, 20000);
	buf_add_str(&text, "send:\n  fields:\n");
	for (int i = 0; i <= CONFIG_PAIRS_MAX; i++)
		buf_printf(&text, "    k%d: v\n", i);
	ck_assert(!parse(buf_str(&text)));
	ck_assert_str_eq(err.msg,
			 "f.yaml:503: send.fields: found one key too many; expected at most 500");
	buf_deinit(&text);
}
END_TEST

START_TEST(test_a_key_without_end)
{
	struct buf text;

	buf_init(&text, 2000);
	while (text.len < 1000)
		buf_add_str(&text, "k");
	buf_add_str(&text, ": 1\n");
	ck_assert(!parse(buf_str(&text)));
	ck_assert_ptr_nonnull(strstr(err.msg, "unknown key"));
	buf_deinit(&text);
}
END_TEST

/* Rows can go no deeper than files may. */
START_TEST(test_nesting_is_limited)
{
	static const struct config_row deep[] = {
		{"a.b.c.d.e.f.g.h.i.j", CONFIG_STR, 0, "", 0, 0, NULL, ""},
		{0},
	};
	static const char text[] = "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: x}}}}}}}}}";
	char *value = NULL;

	ck_assert(!config_parse("f", text, strlen(text), deep, &value, &err));
	ck_assert_str_eq(err.msg, "f:1: a.b.c.d.e.f.g.h.i: nested deeper than 8; expected less");
}
END_TEST

START_TEST(test_deep_and_wide_rubbish_ends_soon)
{
	struct buf text;

	buf_init(&text, 2000000);
	while (text.len < 1000000)
		buf_add_char(&text, _i == 0 ? '[' : '{');
	ck_assert(!parse(buf_str(&text)));
	buf_reset(&text);
	buf_add_str(&text, "brokers: ");
	while (text.len < 1000000)
		buf_add_char(&text, _i == 0 ? '[' : '{');
	ck_assert(!parse(buf_str(&text)));
	buf_deinit(&text);
}
END_TEST

/* A file in memory leaves nothing behind. */
static void write_file(const void *data, size_t len, char *path_out, size_t size)
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	snprintf(path_out, size, "/proc/self/fd/%d", fd);
}

START_TEST(test_files)
{
	static char big[1024 * 1024 + 1];
	char path[64];

	memset(&settings, 0, sizeof(settings));
	write_file(url_line, strlen(url_line), path, sizeof(path));
	ck_assert_msg(config_load(path, rows, &settings, &err), "%s", err.msg);
	ck_assert_str_eq(settings.url, "x");
	config_free(rows, &settings);

	memset(big, '#', sizeof(big));
	memcpy(big, url_line, strlen(url_line));
	write_file(big, sizeof(big) - 1, path, sizeof(path));
	ck_assert_msg(config_load(path, rows, &settings, &err), "%s", err.msg);
	config_free(rows, &settings);
	write_file(big, sizeof(big), path, sizeof(path));
	ck_assert(!config_load(path, rows, &settings, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.msg, ": longer than 1 MiB"));

	ck_assert(!config_load("/nowhere/f.yaml", rows, &settings, &err));
	ck_assert_int_eq(err.kind, ERR_IO);
	ck_assert_str_eq(err.msg, "/nowhere/f.yaml: No such file or directory");
	ck_assert(!config_load("/", rows, &settings, &err));
	ck_assert_str_eq(err.msg, "/: Is a directory");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("config");

	tcase_set_timeout(tests, 20);
	tcase_add_test(tests, test_everything_given);
	tcase_add_test(tests, test_absent_keys_take_their_default);
	tcase_add_loop_test(tests, test_times, 0, sizeof(times) / sizeof(times[0]));
	tcase_add_loop_test(tests, test_bad_files_are_refused_with_place_and_cure, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, test_a_key_without_end);
	tcase_add_test(tests, test_pairs_keep_their_order_and_line);
	tcase_add_test(tests, test_pairs_are_bounded);
	tcase_add_test(tests, test_nesting_is_limited);
	tcase_add_loop_test(tests, test_deep_and_wide_rubbish_ends_soon, 0, 2);
	tcase_add_test(tests, test_files);
	return case_run("config", tests);
}
