/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_field - see client_field.h. */
#include "common/model/client_field.h"

#include <stdio.h>
#include <string.h>

#include "common/sms/template.h"
#include "common/text/utf8.h"

#define FIELD_INFO(no, name, code, russian, kind, column, shown, headers)                          \
	[no] = {code, russian, CLIENT_KIND_##kind, column, headers},
const struct client_field_info client_fields[CLIENT_FIELDS] = {CLIENT_FIELD_TABLE(FIELD_INFO)};

/* Of a file of bad rows that comes back corrected. */
static const char *const own_headers[] = {"vestnik_line", "vestnik_field", "vestnik_problem"};

static const struct {
	const char *code, *sql;
} kinds[CLIENT_KINDS] = {
	[CLIENT_KIND_TEXT] = {"text", "text"},
	[CLIENT_KIND_PHONE] = {"phone", "bigint"},
	[CLIENT_KIND_SEX] = {"sex", "smallint"},
	[CLIENT_KIND_DATE] = {"date", "date"},
	[CLIENT_KIND_NUMBER] = {"number", "numeric(18,2)"},
	[CLIENT_KIND_LANGUAGE] = {"language", "text"},
	[CLIENT_KIND_ZONE] = {"time_zone", "text"},
	[CLIENT_KIND_TAGS] = {"tags", "text[]"},
	[CLIENT_KIND_YES_NO] = {"yes_no", "text"},
	[CLIENT_KIND_ONE_OF] = {"one_of", "text"},
	[CLIENT_KIND_MANY_OF] = {"many_of", "text"},
};

const char *client_kind_sql(enum client_kind kind)
{
	return kinds[kind].sql;
}

const char *client_kind_code(enum client_kind kind)
{
	return kinds[kind].code;
}

const char *client_field_code(enum client_field field)
{
	switch (field) {
	case CLIENT_ATTRIBUTE:
		return "attribute";
	case CLIENT_LIST_TEXT:
		return "list_text";
	case CLIENT_LIST_NUMBER:
		return "list_number";
	case CLIENT_LIST_DATE:
		return "list_date";
	case CLIENT_LIST_YES_NO:
		return "list_yes_no";
	default:
		return field < CLIENT_FIELDS ? client_fields[field].code : "ignored";
	}
}

bool client_field_of_list(enum client_field field)
{
	return field >= CLIENT_LIST_TEXT && field <= CLIENT_LIST_YES_NO;
}

bool client_field_is_named(enum client_field field)
{
	return field == CLIENT_ATTRIBUTE || client_field_of_list(field);
}

enum client_kind client_list_kind(enum client_field field)
{
	switch (field) {
	case CLIENT_LIST_NUMBER:
		return CLIENT_KIND_NUMBER;
	case CLIENT_LIST_DATE:
		return CLIENT_KIND_DATE;
	case CLIENT_LIST_YES_NO:
		return CLIENT_KIND_YES_NO;
	default:
		return CLIENT_KIND_TEXT;
	}
}

int client_field_find(const char *code, size_t len)
{
	for (int f = 0; f < CLIENT_MEANINGS; f++) {
		const char *known = client_field_code((enum client_field)f);

		if (strlen(known) == len && memcmp(known, code, len) == 0)
			return f;
	}
	return -1;
}

/* The field that is called so, in either language; -1: none. */
static int find_name(const char *name)
{
	for (int f = 0; f < CLIENT_FIELDS; f++)
		if (strcmp(client_fields[f].code, name) == 0 ||
		    strcmp(client_fields[f].russian, name) == 0)
			return f;
	return -1;
}

/* Whether a list of words with spaces between holds the word. */
static bool lists(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, word, len) == 0)
			return true;
		words += n;
		words += *words == ' ';
	}
	return false;
}

/* By name, or as files call it; -1: none. */
static int find_called(const char *name)
{
	int field = find_name(name);

	for (int f = 0; field < 0 && f < CLIENT_FIELDS; f++)
		if (lists(client_fields[f].headers, name))
			field = f;
	return field;
}

int client_field_of_placeholder(const char *name)
{
	int field = find_called(name);

	return field >= 0 && client_fields[field].kind == CLIENT_KIND_PHONE ? -1 : field;
}

/* --- headers of files ----------------------------------------------------------------------------
 */

/* A space at `text`: its length in bytes, or 0.  No-break and other wide spaces count. */
static size_t space_at(const char *text, const char *end)
{
	if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
		return 1;
	if (end - text >= 2 && memcmp(text, "\xc2\xa0", 2) == 0)
		return 2;
	if (end - text >= 3 &&
	    (memcmp(text, "\xe2\x80\xaf", 3) == 0 || memcmp(text, "\xef\xbb\xbf", 3) == 0))
		return 3;
	return 0;
}

const char *client_trim(const char *text, size_t *len)
{
	const char *end = text + *len;
	size_t n;

	while (text < end && (n = space_at(text, end)) > 0)
		text += n;
	for (bool more = true; more && end > text;) {
		more = false;
		for (size_t back = 1; back <= 3 && !more && (size_t)(end - text) >= back; back++)
			if (space_at(end - back, end) == back) {
				end -= back;
				more = true;
			}
	}
	*len = (size_t)(end - text);
	return text;
}

static bool in_name(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x2fff) &&
	       c != UTF8_BAD;
}

void client_name_normalise(const char *text, size_t len, char out[CLIENT_NAME_BYTES_MAX + 1])
{
	const char *at = text;
	const char *end = text + len;
	size_t n = 0;
	bool gap = false;

	while (at < end) {
		uint32_t c = utf8_lower(utf8_next(&at, end));
		char bytes[4];
		size_t size;

		if (!in_name(c)) {
			gap = n > 0;
			continue;
		}
		size = utf8_put(c, bytes);
		if (n + size + 1 > CLIENT_NAME_BYTES_MAX)
			break;
		if (gap)
			out[n++] = '_';
		gap = false;
		memcpy(out + n, bytes, size);
		n += size;
	}
	out[n] = '\0';
}

enum client_field client_field_of_header(const char *header, size_t len)
{
	char name[CLIENT_NAME_BYTES_MAX + 1];
	int field;

	client_name_normalise(header, len, name);
	if (name[0] == '\0')
		return CLIENT_IGNORED;
	for (size_t i = 0; i < sizeof(own_headers) / sizeof(own_headers[0]); i++)
		if (strcmp(own_headers[i], name) == 0)
			return CLIENT_IGNORED;
	field = find_called(name);
	return field >= 0 ? (enum client_field)field : CLIENT_ATTRIBUTE;
}

/* Whether a placeholder can say the name. */
static bool sayable(const char *name)
{
	struct template *template = NULL;
	char text[CLIENT_NAME_BYTES_MAX + 8];
	struct err err;
	int len = snprintf(text, sizeof(text), "{%s}", name);

	if (!template_compile(text, (size_t)len, &template, &err))
		return false;
	template_free(&template);
	return true;
}

bool client_attribute_name_ok(const char *name)
{
	return find_name(name) < 0 && sayable(name);
}
