/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* document - see document.h: the pointer, JSON, texts and forms.  XML is document_xml.c. */
#include "common/provider/document.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/provider/document_xml.h"
#include "common/text/utf8.h"
#include "common/web/json.h"

#define TOKEN_BYTES_MAX 256
#define FIELDS_MAX	200 /* a hundred receipts in one callback, and what goes with them */

/* --- pointers
 * ---------------------------------------------------------------------------------------------- */

/* One token of a pointer, its ~0 and ~1 read; returns where the next one begins, NULL: too long. */
static const char *read_token(const char *at, char out[TOKEN_BYTES_MAX])
{
	size_t len = 0;

	for (; *at != '\0' && *at != '/'; at++) {
		if (len + 1 == TOKEN_BYTES_MAX)
			return NULL;
		if (*at == '~' && (at[1] == '0' || at[1] == '1'))
			out[len++] = *++at == '0' ? '~' : '/';
		else
			out[len++] = *at;
	}
	out[len] = '\0';
	return at;
}

/* Digits without a leading zero (RFC 6901, section 4). */
static bool read_index(const char *token, int *out)
{
	int value = 0;

	if (*token == '\0' || (token[0] == '0' && token[1] != '\0') || strlen(token) > 6)
		return false;
	for (; *token != '\0'; token++) {
		if (*token < '0' || *token > '9')
			return false;
		value = value * 10 + (*token - '0');
	}
	*out = value;
	return true;
}

static const cJSON *step(const cJSON *from, const char *token)
{
	int index;

	if (cJSON_IsObject(from))
		return cJSON_GetObjectItemCaseSensitive(from, token);
	if (!read_index(token, &index))
		return NULL;
	/* An element that came once is no array, and yet the first of its kind. */
	if (!cJSON_IsArray(from))
		return index == 0 ? from : NULL;
	return cJSON_GetArrayItem(from, index);
}

const struct cJSON *document_find(const struct cJSON *document, const char *pointer)
{
	const cJSON *at = document;

	while (at != NULL && *pointer == '/') {
		char token[TOKEN_BYTES_MAX];

		pointer = read_token(pointer + 1, token);
		if (pointer == NULL)
			return NULL;
		at = step(at, token);
	}
	return at;
}

const char *document_text(const struct cJSON *document, const char *pointer)
{
	const cJSON *item = document_find(document, pointer);

	if (cJSON_IsString(item))
		return item->valuestring;
	if (cJSON_IsBool(item))
		return cJSON_IsTrue(item) ? "true" : "false";
	return NULL;
}

/* --- JSON
 * --------------------------------------------------------------------------------------------------
 */

/* Numbers become texts, for an id of 19 digits is none as a double.  The text was scanned. */
static void quote_numbers(const char *text, size_t len, struct buf *out)
{
	bool in_string = false;
	bool in_number = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool number = !in_string && (c == '-' || (c >= '0' && c <= '9') ||
					     (in_number && strchr("+.eE", c) != NULL));

		if (number != in_number)
			buf_add_char(out, '"');
		in_number = number;
		buf_add_char(out, c);
		if (in_string && c == '\\')
			buf_add_char(out, text[++i]);
		else if (c == '"')
			in_string = !in_string;
	}
	if (in_number)
		buf_add_char(out, '"');
}

static bool parse_json(const char *text, size_t len, cJSON **out, struct err *err)
{
	struct buf quoted;
	bool ok;

	if (!json_scan(text, len, err))
		return false;
	buf_init(&quoted, 4 * DOCUMENT_BYTES_MAX);
	quote_numbers(text, len, &quoted);
	ok = json_parse(buf_str(&quoted), quoted.len, out, err);
	buf_deinit(&quoted);
	return ok;
}

/* --- texts
 * -------------------------------------------------------------------------------------------------
 */

static cJSON *groups_of(const char *text, const regmatch_t group[DOCUMENT_GROUPS])
{
	cJSON *groups = cJSON_CreateObject();

	for (int i = 0; i < DOCUMENT_GROUPS; i++) {
		char name[16];
		char *value;

		if (group[i].rm_so < 0)
			continue;
		(void)snprintf(name, sizeof(name), "%d", i);
		value = mem_strndup(text + group[i].rm_so,
				    (size_t)(group[i].rm_eo - group[i].rm_so));
		cJSON_AddStringToObject(groups, name, value);
		mem_free(value);
	}
	return groups;
}

static bool parse_text(const char *text, size_t len, const regex_t *pattern, cJSON **out,
		       struct err *err)
{
	regmatch_t group[DOCUMENT_GROUPS];
	char *whole = mem_strndup(text, len);

	if (regexec(pattern, whole, DOCUMENT_GROUPS, group, 0) == 0)
		*out = groups_of(whole, group);
	mem_free(whole);
	return *out != NULL ||
	       err_set(err, ERR_INPUT, "the text is not of the form that was expected");
}

/* --- forms
 * -------------------------------------------------------------------------------------------------
 */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent signs that mean nothing stay, as every server does it. */
static void decode(const char *text, size_t len, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < len; i++) {
		int high = i + 2 < len && text[i] == '%' ? hex_value(text[i + 1]) : -1;
		int low = high >= 0 ? hex_value(text[i + 2]) : -1;

		if (low >= 0) {
			buf_add_char(out, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_add_char(out, text[i] == '+' ? ' ' : text[i]);
		}
	}
}

/* "name[]" and "name[0]" as many servers write an array: the name's own length, else all of it. */
static size_t name_len(const char *key)
{
	size_t len = strcspn(key, "[");
	size_t digits = key[len] == '[' ? strspn(key + len + 1, "0123456789") : 0;

	return key[len] == '[' && strcmp(key + len + 1 + digits, "]") == 0 ? len : strlen(key);
}

/* Fields of one name are an array, in the order in which they came. */
static void add_field(cJSON *form, const char *key, const char *value)
{
	char *name = mem_strndup(key, name_len(key));
	cJSON *there = cJSON_GetObjectItemCaseSensitive(form, name);
	cJSON *list;

	if (there == NULL) {
		cJSON_AddStringToObject(form, name, value);
	} else if (cJSON_IsArray(there)) {
		cJSON_AddItemToArray(there, cJSON_CreateString(value));
	} else {
		list = cJSON_CreateArray();
		cJSON_AddItemToArray(list, cJSON_DetachItemViaPointer(form, there));
		cJSON_AddItemToArray(list, cJSON_CreateString(value));
		cJSON_AddItemToObject(form, name, list);
	}
	mem_free(name);
}

static bool usable(const struct buf *part)
{
	const char *text = buf_str(part);

	return memchr(text, '\0', part->len) == NULL && utf8_valid(text, part->len) == part->len;
}

static bool parse_form(const char *text, size_t len, cJSON **out, struct err *err)
{
	const char *end = text + len;
	struct buf key, value;
	int fields = 0;
	bool ok = true;

	buf_init(&key, TOKEN_BYTES_MAX);
	buf_init(&value, DOCUMENT_BYTES_MAX);
	*out = cJSON_CreateObject();
	while (ok && text < end) {
		const char *stop = memchr(text, '&', (size_t)(end - text));
		const char *field_end = stop != NULL ? stop : end;
		const char *equals = memchr(text, '=', (size_t)(field_end - text));
		const char *key_end = equals != NULL ? equals : field_end;

		decode(text, (size_t)(key_end - text), &key);
		decode(equals != NULL ? equals + 1 : field_end,
		       equals != NULL ? (size_t)(field_end - equals - 1) : 0, &value);
		ok = ++fields <= FIELDS_MAX && !key.overflow && usable(&key) && usable(&value);
		if (ok && key.len > 0)
			add_field(*out, buf_str(&key), buf_str(&value));
		text = stop != NULL ? stop + 1 : end;
	}
	buf_deinit(&key);
	buf_deinit(&value);
	return ok || err_set(err, ERR_INPUT,
			     "the form has too many fields, or one that is no text in UTF-8");
}

/* --- one for all
 * -----------------------------------------------------------------------------------------------------
 */

bool document_parse(enum document_format format, const char *text, size_t len,
		    const regex_t *pattern, struct cJSON **out, struct err *err)
{
	bool ok;

	*out = NULL;
	if (len > DOCUMENT_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "longer than %d KiB", DOCUMENT_BYTES_MAX / 1024);
	if (format != DOCUMENT_XML && utf8_valid(text, len) != len)
		return err_set(err, ERR_INPUT, "no text in UTF-8");
	switch (format) {
	case DOCUMENT_JSON:
		ok = parse_json(text, len, out, err);
		break;
	case DOCUMENT_XML:
		ok = document_xml_parse(text, len, out, err);
		break;
	case DOCUMENT_TEXT:
		ok = memchr(text, '\0', len) == NULL
			     ? parse_text(text, len, pattern, out, err)
			     : err_set(err, ERR_INPUT, "a zero byte in the text");
		break;
	default:
		ok = parse_form(text, len, out, err);
	}
	if (!ok)
		document_free(out);
	return ok;
}

void document_free(struct cJSON **document)
{
	cJSON_Delete(*document);
	*document = NULL;
}
