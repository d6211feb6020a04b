/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of log: one line a record whatever the values hold, in one write each. */
#include "common/base/log.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/run.h"

#define TIME_BYTES 24 /* 2026-11-22T20:30:00.123Z */

/* Standard error becomes a socket that keeps the borders of writes. */
static int capture = -1;
static char record[PIPE_BUF + 1];

static void begin_capture(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	dup2(pair[1], STDERR_FILENO);
	close(pair[1]);
	capture = pair[0];
}

static void end_capture(void)
{
	close(capture);
}

/* The next record, "" when nothing was written. */
static const char *next_record(void)
{
	ssize_t len = recv(capture, record, sizeof(record), MSG_DONTWAIT);

	ck_assert(len < (ssize_t)sizeof(record));
	record[len > 0 ? len : 0] = '\0';
	return record;
}

static void assert_time(const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	time_t at;

	ck_assert_ptr_nonnull(rest);
	ck_assert_int_eq(rest[0], '.');
	ck_assert_int_eq(rest[4], 'Z');
	ck_assert_uint_eq(strspn(rest + 1, "0123456789"), 3);
	at = timegm(&tm);
	ck_assert_int_ge(at, time(NULL) - 5);
	ck_assert_int_le(at, time(NULL) + 5);
}

START_TEST(test_text_form)
{
	log_init("smppd", LOG_INFO, LOG_TEXT);
	log_info("session bound", LS("account", "main"), LI("session", 3));
	next_record();
	assert_time(record);
	ck_assert_str_eq(record + TIME_BYTES, " INFO smppd session bound account=main session=3\n");
	log_warn("slow");
	ck_assert_str_eq(next_record() + TIME_BYTES, " WARN smppd slow\n");
}
END_TEST

static const struct {
	const char *why, *value, *text, *json;
} values[] = {
	{"a plain word needs no quotes", "main", "main", "\"main\""},
	{"an address neither", "127.0.0.1:80", "127.0.0.1:80", "\"127.0.0.1:80\""},
	{"letters beyond ASCII stay", "счёт", "счёт", "\"счёт\""},
	{"blanks are quoted", "a b", "\"a b\"", "\"a b\""},
	{"an equals sign could be taken for a key", "a=b", "\"a=b\"", "\"a=b\""},
	{"nothing is shown as nothing", "", "\"\"", "\"\""},
	{"no value at all", NULL, "-", "null"},
	{"quotes and backslashes", "\"\\", "\"\\\"\\\\\"", "\"\\\"\\\\\""},
	{"a newline cannot start a forged record", "x\nERROR", "\"x\\nERROR\"", "\"x\\nERROR\""},
	{"terminal escapes are disarmed", "\033[2J", "\"\\u001b[2J\"", "\"\\u001b[2J\""},
	{"delete", "\x7f", "\"\\u007f\"", "\"\\u007f\""},
	{"a byte that is not UTF-8", "a\xff", "a\xef\xbf\xbd", "\"a\xef\xbf\xbd\""},
	{"half a character at the end", "\xd0", "\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
	{"a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	 "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(test_values_are_escaped)
{
	char want[200];

	log_init("d", LOG_INFO, LOG_TEXT);
	log_info("m", LS("k", values[_i].value), LI("n", -1));
	snprintf(want, sizeof(want), " INFO d m k=%s n=-1\n", values[_i].text);
	ck_assert_msg(strcmp(next_record() + TIME_BYTES, want) == 0, "%s: %s", values[_i].why,
		      record);
	log_set_format(LOG_JSON);
	log_info("m", LS("k", values[_i].value), LI("n", INT64_MIN));
	snprintf(want, sizeof(want),
		 "\"level\":\"INFO\",\"daemon\":\"d\",\"msg\":\"m\",\"k\":%s,"
		 "\"n\":-9223372036854775808}\n",
		 values[_i].json);
	ck_assert_msg(strcmp(next_record() + strlen("{\"time\":\"\",") + TIME_BYTES, want) == 0,
		      "%s: %s", values[_i].why, record);
	assert_time(record + strlen("{\"time\":\""));
}
END_TEST

START_TEST(test_level_is_a_threshold)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};
	enum log_level level;

	log_init("d", LOG_INFO, LOG_TEXT);
	for (int set = LOG_DEBUG; set <= LOG_ERROR; set++) {
		ck_assert(log_level_parse(words[set], &level));
		log_set_level(level);
		for (int at = LOG_DEBUG; at <= LOG_ERROR; at++) {
			log_write((enum log_level)at, "m", &(struct log_field){0});
			ck_assert_int_eq(next_record()[0] != '\0', at >= set);
		}
	}
	ck_assert(!log_level_parse("INFO", &level));
	ck_assert(!log_level_parse("", &level));
}
END_TEST

START_TEST(test_log_err_shows_the_message_and_keeps_errno)
{
	struct err err;

	log_init("d", LOG_INFO, LOG_TEXT);
	err_set(&err, ERR_IO, "no route");
	errno = ENOENT;
	log_err("send failed", &err, LI("batch", 7));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(next_record() + TIME_BYTES,
			 " ERROR d send failed error=\"no route\" batch=7\n");
}
END_TEST

START_TEST(test_too_much_is_cut_and_said)
{
	char value[5000];

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_init("d", LOG_INFO, LOG_TEXT);
	log_info("m", LS("long", value), LI("after", 1));
	next_record();
	ck_assert_uint_lt(strlen(record), 1100);
	ck_assert_ptr_nonnull(strstr(record, "vvv... after=1\n"));
	log_info("m", LS("a", value), LS("b", value), LS("c", value), LS("d", value), LI("e", 1));
	next_record();
	ck_assert_uint_le(strlen(record), PIPE_BUF);
	ck_assert_ptr_nonnull(strstr(record, " c=vvv"));
	ck_assert_ptr_null(strstr(record, " d=vvv"));
	ck_assert_ptr_nonnull(strstr(record, "vvv... truncated=1\n"));
}
END_TEST

/* Whatever bytes come, a record is one line of valid JSON that holds every field or says not. */
START_TEST(test_random_bytes_are_valid_json)
{
	unsigned int seed = (unsigned int)time(NULL);

	printf("seed %u\n", seed);
	log_init("d", LOG_INFO, LOG_JSON);
	for (int round = 0; round < 2000; round++) {
		char bytes[2000];
		size_t len = (size_t)rand_r(&seed) % sizeof(bytes);
		cJSON *json;

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)(rand_r(&seed) % 255 + 1);
		bytes[len > 0 ? len - 1 : 0] = '\0';
		log_info("m", LS("a", bytes), LS("b", bytes), LS("c", bytes), LS("d", bytes));
		json = cJSON_ParseWithOpts(next_record(), NULL, true);
		ck_assert_msg(json != NULL, "%s", record);
		ck_assert(cJSON_HasObjectItem(json, "d") || cJSON_HasObjectItem(json, "truncated"));
		ck_assert_ptr_eq(strchr(record, '\n'), record + strlen(record) - 1);
		cJSON_Delete(json);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("log");

	tcase_add_checked_fixture(tests, begin_capture, end_capture);
	tcase_add_test(tests, test_text_form);
	tcase_add_loop_test(tests, test_values_are_escaped, 0, sizeof(values) / sizeof(values[0]));
	tcase_add_test(tests, test_level_is_a_threshold);
	tcase_add_test(tests, test_log_err_shows_the_message_and_keeps_errno);
	tcase_add_test(tests, test_too_much_is_cut_and_said);
	tcase_add_test(tests, test_random_bytes_are_valid_json);
	return case_run("log", tests);
}
