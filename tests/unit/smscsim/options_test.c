/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulator's options: what is taken, what is refused and how it is said. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/smscsim/options.h"
#include "tests/unit/support/run.h"

static struct options options;
static struct err err;

static bool parse(const char *key, const char *value)
{
	char *argv[] = {(char *)"smscsim", (char *)key, (char *)value};

	options_init(&options);
	return options_parse(&options, value != NULL ? 3 : 2, argv, &err);
}

START_TEST(test_defaults)
{
	options_init(&options);
	ck_assert_int_eq(options.port, 2775);
	ck_assert_int_eq(options.receipts, RECEIPTS_ALL);
	ck_assert_int_eq(options.receipt_delay_ms.min, 1000);
	ck_assert_int_eq(options.receipt_delay_ms.max, 1000);
	ck_assert_uint_eq(options.errors.count, 0);
	ck_assert(!options.silent);
}
END_TEST

static const struct {
	const char *why, *key, *value, *want;
} good[] = {
	{"number", "port", "0", "0"},
	{"hexadecimal number", "bind-status", "0x0D", "13"},
	{"text", "system-id", "bank", "bank"},
	{"switch on", "silent", "on", "on"},
	{"switch off", "silent", "off", "off"},
	{"word", "id-format", "hexdec", "hexdec"},
	{"range", "latency-ms", "5-20", "5-20"},
	{"a range of one", "latency-ms", "7", "7-7"},
	{"shares", "errors", "0x0B:10,0x45:5", "0xB:10,0x45:5"},
	{"no shares", "errors", "", ""},
	{"prices", "prices", "7900/letters:2100000,79:1,:5", "7900/letters:2100000,79:1,:5"},
	{"negative", "zone-min", "-300", "-300"},
};

START_TEST(test_good)
{
	char key[40];
	struct buf got;

	snprintf(key, sizeof(key), "--%s", good[_i].key);
	buf_init(&got, 200);
	ck_assert_msg(parse(key, good[_i].value), "%s: %s", good[_i].why, err.msg);
	ck_assert(options_get(&options, good[_i].key, &got));
	ck_assert_msg(strcmp(buf_str(&got), good[_i].want) == 0, "%s: %s", good[_i].why,
		      buf_str(&got));
	buf_deinit(&got);
}
END_TEST

static const struct {
	const char *why, *key, *value, *want;
} bad[] = {
	{"unknown", "--colour", "red", "--colour: no such option; see --help"},
	{"no dashes", "port", "1", "port: no such option; see --help"},
	{"no value", "--port", NULL, "--port: a value must follow"},
	{"too large", "--port", "65536",
	 "port: found \"65536\"; expected a number from 0 to 65535"},
	{"no number", "--port", "x", "port: found \"x\"; expected a number from 0 to 65535"},
	{"trailing", "--lost", "1x", "lost: found \"1x\"; expected a number from 0 to 1000"},
	{"switch", "--silent", "yes", "silent: found \"yes\"; expected on or off"},
	{"word", "--receipts", "some", "receipts: found \"some\"; expected none|all|first"},
	{"range turned round", "--latency-ms", "9-5",
	 "latency-ms: found \"9-5\"; expected N or MIN-MAX from 0 to 86400000"},
	{"shares over 1000", "--errors", "8:600,9:600",
	 "errors: found \"8:600,9:600\"; expected STATUS:PERMILLE,... of at most 1000 together"},
	{"share of nothing", "--errors", "8",
	 "errors: found \"8\"; expected STATUS:PERMILLE,... of at most 1000 together"},
	{"a price of no sender", "--prices", "7/names:1",
	 "prices: found \"7/names:1\"; expected PREFIX[/letters|/digits]:MICRO,..."},
	{"a prefix without a price", "--prices", "7",
	 "prices: found \"7\"; expected PREFIX[/letters|/digits]:MICRO,..."},
	{"long text", "--system-id", "12345678901234567",
	 "system-id: found \"12345678901234567\"; expected text of at most 16 characters"},
	{"half of TLS", "--tls-cert", "a.pem", "tls-cert and tls-key go together"},
};

START_TEST(test_bad)
{
	ck_assert_msg(!parse(bad[_i].key, bad[_i].value), "%s", bad[_i].why);
	ck_assert_str_eq(err.msg, bad[_i].want);
	ck_assert_int_eq(err.kind, ERR_INPUT);
}
END_TEST

START_TEST(test_set_while_running)
{
	options_init(&options);
	ck_assert(options_set(&options, "lost", "500", &err));
	ck_assert_int_eq(options.lost, 500);
	ck_assert(!options_set(&options, "lost", "2000", &err));
	ck_assert_int_eq(options.lost, 500);
	ck_assert(!options_set(&options, "port", "1", &err));
	ck_assert_str_eq(err.msg, "port: can be given at start only");
	ck_assert(!options_set(&options, "colour", "red", &err));
	ck_assert(!options_get(&options, "colour", NULL));
}
END_TEST

START_TEST(test_help_names_every_choice)
{
	struct buf help;

	buf_init(&help, 16384);
	options_help(&help);
	ck_assert_ptr_nonnull(strstr(buf_str(&help), "--cut-every"));
	ck_assert_ptr_nonnull(strstr(buf_str(&help), "none|all|first [all]"));
	buf_deinit(&help);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smscsim options");
	TCase *tcase = tcase_create("options");

	tcase_add_test(tcase, test_defaults);
	tcase_add_loop_test(tcase, test_good, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, test_set_while_running);
	tcase_add_test(tcase, test_help_names_every_choice);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
