/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_out - see json_out.h. */
#include "common/web/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text/utf8.h"
#include "common/web/mask.h"

#define SENTENCE_BYTES_MAX 32768

void json_out_init(struct json_out *j, struct buf *buf)
{
	j->buf = buf;
	j->first = true;
	j->lang = LANG_EN;
	j->masked = false;
	j->people = 0;
}

void json_out_reset(struct json_out *j)
{
	buf_reset(j->buf);
	j->first = true;
}

static void put_escaped(struct buf *buf, const char *text, size_t len)
{
	size_t plain = 0; /* start of what needs no escape */

	buf_add_char(buf, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(buf, text + plain, i - plain);
		plain = i + 1;
		if (c == '"' || c == '\\')
			buf_printf(buf, "\\%c", c);
		else if (c == '\n')
			buf_add_str(buf, "\\n");
		else
			buf_printf(buf, "\\u%04x", c);
	}
	buf_add(buf, text + plain, len - plain);
	buf_add_char(buf, '"');
}

static void put_key(struct json_out *j, const char *key)
{
	if (!j->first)
		buf_add_char(j->buf, ',');
	j->first = false;
	if (key != NULL) {
		put_escaped(j->buf, key, strlen(key));
		buf_add_char(j->buf, ':');
	}
}

void json_object(struct json_out *j, const char *key)
{
	put_key(j, key);
	buf_add_char(j->buf, '{');
	j->first = true;
}

void json_object_end(struct json_out *j)
{
	buf_add_char(j->buf, '}');
	j->first = false;
}

void json_array(struct json_out *j, const char *key)
{
	put_key(j, key);
	buf_add_char(j->buf, '[');
	j->first = true;
}

void json_array_end(struct json_out *j)
{
	buf_add_char(j->buf, ']');
	j->first = false;
}

void json_put_sentence(struct json_out *j, const char *key, const char *english)
{
	struct buf said;

	if (english == NULL) {
		json_put_null(j, key);
		return;
	}
	buf_init(&said, SENTENCE_BYTES_MAX);
	lang_say(j->lang, english, &said);
	json_put_text_len(j, key, buf_str(&said), said.len);
	buf_deinit(&said);
}

void json_put_text_len(struct json_out *j, const char *key, const char *text, size_t len)
{
	put_key(j, key);
	put_escaped(j->buf, text, utf8_valid(text, len));
}

void json_put_text(struct json_out *j, const char *key, const char *text)
{
	if (text == NULL)
		json_put_null(j, key);
	else
		json_put_text_len(j, key, text, strlen(text));
}

void json_put_raw(struct json_out *j, const char *key, const char *json, size_t len)
{
	put_key(j, key);
	buf_add(j->buf, json, len);
}

void json_put_int(struct json_out *j, const char *key, int64_t value)
{
	put_key(j, key);
	buf_printf(j->buf, "%" PRId64, value);
}

void json_put_bool(struct json_out *j, const char *key, bool value)
{
	put_key(j, key);
	buf_add_str(j->buf, value ? "true" : "false");
}

void json_put_null(struct json_out *j, const char *key)
{
	put_key(j, key);
	buf_add_str(j->buf, "null");
}

void json_put_id(struct json_out *j, const char *key, int64_t id)
{
	put_key(j, key);
	buf_printf(j->buf, "\"%" PRId64 "\"", id);
}

void json_put_own_phone(struct json_out *j, const char *key, int64_t msisdn)
{
	put_key(j, key);
	buf_printf(j->buf, "\"+%" PRId64 "\"", msisdn);
}

void json_put_phone(struct json_out *j, const char *key, int64_t msisdn)
{
	char masked[MASK_PHONE_SIZE];

	j->people++;
	if (msisdn <= 0)
		json_put_null(j, key);
	else if (j->masked)
		json_put_text(j, key, mask_phone(msisdn, masked));
	else
		json_put_own_phone(j, key, msisdn);
}

void json_put_name(struct json_out *j, const char *key, const char *name)
{
	char masked[MASK_NAME_SIZE];

	json_put_text(j, key, name != NULL && j->masked ? mask_name(name, masked) : name);
}

void json_put_private(struct json_out *j, const char *key, const char *text)
{
	json_put_text(j, key, text != NULL && j->masked ? MASK_TEXT : text);
}

void json_put_hundredths(struct json_out *j, const char *key, int64_t hundredths)
{
	put_key(j, key);
	buf_printf(j->buf, "%" PRId64 ".%02" PRId64, hundredths / 100, hundredths % 100);
}

const char *micro_text(int64_t micro, char out[MICRO_SIZE])
{
	uint64_t value = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;
	int len = snprintf(out, MICRO_SIZE, "%s%" PRIu64 ".%06" PRIu64, micro < 0 ? "-" : "",
			   value / 1000000, value % 1000000);

	while (len > 3 && out[len - 1] == '0' && out[len - 3] != '.')
		out[--len] = '\0';
	return out;
}

void json_put_micro(struct json_out *j, const char *key, int64_t micro)
{
	char text[MICRO_SIZE];

	json_put_text(j, key, micro_text(micro, text));
}

const char *rfc3339_format(int64_t unix_us, char out[RFC3339_SIZE])
{
	time_t seconds = (time_t)(unix_us / 1000000);
	int ms = (int)(unix_us % 1000000 / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(out, RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		 (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		 tm.tm_sec, ms);
	return out;
}

void json_put_time(struct json_out *j, const char *key, int64_t unix_us)
{
	char text[RFC3339_SIZE];

	if (unix_us == 0)
		json_put_null(j, key);
	else
		json_put_text(j, key, rfc3339_format(unix_us, text));
}
