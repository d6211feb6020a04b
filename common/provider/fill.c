/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - see fill.h. */
#include "common/provider/fill.h"

#include <string.h>

/* --- escaping
 * ---------------------------------------------------------------------------------------------- */

static bool unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

static void add_url(struct buf *out, unsigned char c)
{
	if (unreserved(c))
		buf_add_char(out, (char)c);
	else
		buf_printf(out, "%%%02X", c);
}

static void add_json(struct buf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", c);
	else if (c < 0x20)
		buf_printf(out, "\\u%04x", c);
	else
		buf_add_char(out, (char)c);
}

static void add_xml(struct buf *out, unsigned char c)
{
	if (c == '&')
		buf_add_str(out, "&amp;");
	else if (c == '<')
		buf_add_str(out, "&lt;");
	else if (c == '>')
		buf_add_str(out, "&gt;");
	else if (c == '"')
		buf_add_str(out, "&quot;");
	else if (c == '\'')
		buf_add_str(out, "&apos;");
	else if (c == '\t' || c == '\n' || c == '\r') /* an attribute would make them spaces */
		buf_printf(out, "&#%d;", c);
	else if (c < 0x20)
		buf_add_str(out, "\xEF\xBF\xBD");
	else
		buf_add_char(out, (char)c);
}

static void add_header(struct buf *out, unsigned char c)
{
	buf_add_char(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
}

void fill_escaped(struct buf *out, const char *value, enum fill_escape escape)
{
	static void (*const add[])(struct buf * out, unsigned char c) = {
		[FILL_HEADER] = add_header,
		[FILL_URL] = add_url,
		[FILL_JSON] = add_json,
		[FILL_XML] = add_xml,
	};

	if (escape == FILL_PLAIN)
		buf_add_str(out, value);
	else
		for (; *value != '\0'; value++)
			add[escape](out, (unsigned char)*value);
}

/* --- names
 * -------------------------------------------------------------------------------------------------
 */

/* The length of "{name}" at `at`, its name in `out`; 0: nothing of that kind stands there. */
static size_t read_name(const char *at, char out[FILL_NAME_MAX])
{
	size_t len = 0;

	for (const char *c = at + 1; len + 1 < FILL_NAME_MAX; c++) {
		bool letter = *c >= 'a' && *c <= 'z';

		if (*c == '}' && len > 0) {
			out[len] = '\0';
			return len + 2;
		}
		if (!letter && (len == 0 || !((*c >= '0' && *c <= '9') || *c == '_')))
			return 0;
		out[len++] = *c;
	}
	return 0;
}

bool fill_text(struct buf *out, const char *text, enum fill_escape escape, fill_value *value,
	       void *arg, char unknown_out[FILL_NAME_MAX])
{
	while (*text != '\0') {
		char name[FILL_NAME_MAX];
		size_t len = *text == '{' ? read_name(text, name) : 0;
		const char *found;

		if (len == 0) {
			buf_add_char(out, *text++);
			continue;
		}
		found = value(arg, name);
		if (found == NULL) {
			memcpy(unknown_out, name, FILL_NAME_MAX);
			return false;
		}
		fill_escaped(out, found, escape);
		text += len;
	}
	return true;
}
