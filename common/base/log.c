/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* log - see log.h.
 *
 * A record is built on the stack and leaves in one write(2) of at most PIPE_BUF bytes, so records
 * of threads and processes that share a pipe never mix.  A value that takes more than
 * VALUE_BYTES_MAX is cut and marked with "..."; fields that no longer fit are dropped and the
 * record says so. */
#include "common/base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"

#define RECORD_BYTES_MAX PIPE_BUF
#define TAIL_BYTES	 32 /* always left for the "truncated" field, the closing and the newline */
#define VALUE_BYTES_MAX	 1024

struct record {
	char text[RECORD_BYTES_MAX];
	size_t len;
	size_t max;
	bool full;
};

static char daemon_name[32] = "vestnik";
static _Atomic enum log_level threshold = LOG_INFO;
static _Atomic enum log_format style = LOG_TEXT;

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void log_init(const char *daemon, enum log_level level, enum log_format format)
{
	snprintf(daemon_name, sizeof(daemon_name), "%s", daemon);
	threshold = level;
	style = format;
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_set_format(enum log_format format)
{
	style = format;
}

bool log_level_parse(const char *text, enum log_level *out)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

static void add(struct record *r, const char *s, size_t len)
{
	if (r->full || len > r->max - r->len) {
		r->full = true;
		return;
	}
	memcpy(r->text + r->len, s, len);
	r->len += len;
}

static void add_str(struct record *r, const char *s)
{
	add(r, s, strlen(s));
}

/* Length of the well-formed UTF-8 character at s, 0 when there is none.  Reads no byte past a NUL.
 */
static size_t char_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	if (u[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

/* The same escapes serve both forms; what is not UTF-8 becomes U+FFFD. */
static void add_escaped(struct record *r, const char *s)
{
	size_t start = r->len;

	while (*s != '\0') {
		size_t len = char_len(s);
		unsigned char c = (unsigned char)*s;
		char code[8];

		if (r->len - start >= VALUE_BYTES_MAX) {
			add_str(r, "...");
			return;
		}
		if (len == 0) {
			add_str(r, "\xef\xbf\xbd");
			len = 1;
		} else if (c == '"' || c == '\\') {
			snprintf(code, sizeof(code), "\\%c", c);
			add_str(r, code);
		} else if (c == '\n') {
			add_str(r, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			snprintf(code, sizeof(code), "\\u%04x", c);
			add_str(r, code);
		} else {
			add(r, s, len);
		}
		s += len;
	}
}

static void add_quoted(struct record *r, const char *s)
{
	add_str(r, "\"");
	add_escaped(r, s);
	add_str(r, "\"");
}

static bool needs_quotes(const char *s)
{
	if (*s == '\0')
		return true;
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f)
			return true;
	}
	return false;
}

static void add_value(struct record *r, const struct log_field *field, bool json)
{
	char digits[24];

	if (field->type == LOG_FIELD_INT) {
		snprintf(digits, sizeof(digits), "%" PRId64, field->num);
		add_str(r, digits);
	} else if (field->str == NULL) {
		add_str(r, json ? "null" : "-");
	} else if (json || needs_quotes(field->str)) {
		add_quoted(r, field->str);
	} else {
		add_escaped(r, field->str);
	}
}

static void add_field(struct record *r, const struct log_field *field, bool json)
{
	if (json) {
		add_str(r, ",");
		add_quoted(r, field->key);
		add_str(r, ":");
	} else {
		add_str(r, " ");
		add_str(r, field->key);
		add_str(r, "=");
	}
	add_value(r, field, json);
}

/* 2026-11-22T20:30:00.123Z */
static void format_now(char *out, size_t size)
{
	int64_t now_us = clock_wall_us();
	time_t seconds = (time_t)(now_us / 1000000);
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, size - len, ".%03dZ", (int)(now_us / 1000 % 1000));
}

static void add_head(struct record *r, enum log_level level, const char *msg, bool json)
{
	char now[40];

	format_now(now, sizeof(now));
	if (json) {
		add_str(r, "{\"time\":\"");
		add_str(r, now);
		add_str(r, "\",\"level\":\"");
		add_str(r, level_names[level]);
		add_str(r, "\",\"daemon\":");
		add_quoted(r, daemon_name);
		add_str(r, ",\"msg\":");
		add_quoted(r, msg);
	} else {
		add_str(r, now);
		add_str(r, " ");
		add_str(r, level_names[level]);
		add_str(r, " ");
		add_str(r, daemon_name);
		add_str(r, " ");
		add_escaped(r, msg);
	}
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields)
{
	static const struct log_field truncated = {
		.key = "truncated", .type = LOG_FIELD_INT, .num = 1};
	struct record r; /* not zeroed: its text is long */
	int saved_errno = errno;
	bool json = style == LOG_JSON;
	ssize_t written;

	if (level < threshold)
		return;
	r.len = 0;
	r.max = RECORD_BYTES_MAX - TAIL_BYTES;
	r.full = false;
	add_head(&r, level, msg, json);
	for (; fields->key != NULL && !r.full; fields++) {
		size_t before = r.len;

		add_field(&r, fields, json);
		if (r.full)
			r.len = before;
	}
	r.max = RECORD_BYTES_MAX;
	if (r.full) {
		r.full = false;
		add_field(&r, &truncated, json);
	}
	add_str(&r, json ? "}\n" : "\n");
	do
		written = write(STDERR_FILENO, r.text, r.len);
	while (written < 0 && errno == EINTR);
	errno = saved_errno;
}
