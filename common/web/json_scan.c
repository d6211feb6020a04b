/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_scan - the grammar of RFC 8259, checked strictly and without recursion.
 *
 * Afterwards cJSON cannot be surprised: every string is valid UTF-8 without NUL and control
 * characters, every number is a JSON number, nesting is bounded, nothing follows the document. */
#include "common/web/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/text/utf8.h"

struct scan {
	const char *text;
	const char *at;
	const char *end;
	struct err *err;
	char open[JSON_DEPTH_MAX]; /* '{' or '[' of each level */
	int depth;
};

static bool broken(struct scan *s, const char *what)
{
	size_t line = 1;
	size_t column = 1;

	for (const char *c = s->text; c < s->at && c < s->end; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			column++;
		}
	}
	return err_set(s->err, ERR_INPUT, "line %zu, column %zu: %s", line, column, what);
}

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
	       (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool digit_at(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool scan_digits(struct scan *s)
{
	if (!digit_at(s))
		return broken(s, "a digit is missing in a number");
	while (digit_at(s))
		s->at++;
	return true;
}

static bool scan_number(struct scan *s)
{
	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0') {
		s->at++;
		if (digit_at(s))
			return broken(s, "a number does not begin with 0; write ids and phone "
					 "numbers as strings");
	} else if (!scan_digits(s)) {
		return false;
	}
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		return scan_digits(s);
	}
	return true;
}

/* Four hexadecimal digits after "\u"; -1 when they are not there. */
static int hex4(struct scan *s)
{
	int value = 0;

	if (s->end - s->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s->at[i];

		if (!isxdigit((unsigned char)c))
			return -1;
		value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	s->at += 4;
	return value;
}

static bool scan_unicode_escape(struct scan *s)
{
	int unit = hex4(s);

	if (unit < 0)
		return broken(s, "\\u wants four hexadecimal digits");
	if (unit == 0)
		return broken(s, "a NUL character is not allowed in a string");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return broken(s, "the second half of a surrogate pair stands alone");
	if (unit >= 0xd800 && unit <= 0xdbff) {
		if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u')
			return broken(s, "the first half of a surrogate pair stands alone");
		s->at += 2;
		unit = hex4(s);
		if (unit < 0xdc00 || unit > 0xdfff)
			return broken(s, "the second half of a surrogate pair is missing");
	}
	return true;
}

static bool scan_escape(struct scan *s)
{
	s->at++;
	if (s->at == s->end)
		return broken(s, "the text ends inside a string");
	if (*s->at == 'u') {
		s->at++;
		return scan_unicode_escape(s);
	}
	if (*s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
		return broken(s, "unknown escape in a string");
	s->at++;
	return true;
}

static bool scan_string(struct scan *s)
{
	if (s->at == s->end || *s->at != '"')
		return broken(s, "a string in double quotes is expected");
	s->at++;
	while (s->at < s->end && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;

		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else if (c < 0x20) {
			return broken(s, "a control character in a string; write it as an escape "
					 "such as \\n");
		} else {
			s->at++;
		}
	}
	if (s->at == s->end)
		return broken(s, "the text ends inside a string");
	s->at++;
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return broken(s, "a value is expected: a string, a number, an object, an array, "
				 "true, false or null");
	s->at += len;
	return true;
}

static bool scan_scalar(struct scan *s)
{
	switch (*s->at) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		if (*s->at == '-' || digit_at(s))
			return scan_number(s);
		return scan_word(s, "a value");
	}
}

static bool scan_key(struct scan *s)
{
	skip_space(s);
	if (!scan_string(s))
		return false;
	skip_space(s);
	if (s->at == s->end || *s->at != ':')
		return broken(s, "a colon is expected after a member's name");
	s->at++;
	return true;
}

/* A value begins: a scalar is read whole; of an object or array only the opening (and the first
 * key).  *closed_out: the value is complete. */
static bool scan_value(struct scan *s, bool *closed_out)
{
	char c;

	*closed_out = true;
	skip_space(s);
	if (s->at == s->end)
		return broken(s, "the text ends where a value is expected");
	c = *s->at;
	if (c != '{' && c != '[')
		return scan_scalar(s);
	if (s->depth == JSON_DEPTH_MAX)
		return broken(s, "nested deeper than 32 levels");
	s->at++;
	skip_space(s);
	if (s->at < s->end && *s->at == (c == '{' ? '}' : ']')) {
		s->at++;
		return true;
	}
	s->open[s->depth++] = c;
	*closed_out = false;
	return c == '[' || scan_key(s);
}

/* After a complete value inside something open: the next comma, or what it closes. */
static bool scan_after(struct scan *s, bool *closed_out)
{
	char open = s->open[s->depth - 1];

	skip_space(s);
	if (s->at < s->end && *s->at == ',') {
		s->at++;
		*closed_out = false;
		return open == '[' || scan_key(s);
	}
	if (s->at == s->end || *s->at != (open == '{' ? '}' : ']'))
		return broken(s, open == '{' ? "a comma or } is expected"
					     : "a comma or ] is expected");
	s->at++;
	s->depth--;
	*closed_out = true;
	return true;
}

bool json_scan(const char *text, size_t len, struct err *err)
{
	struct scan s = {.text = text, .at = text, .end = text + len, .err = err};
	size_t valid = utf8_valid(text, len);
	bool closed = false;

	if (valid < len) {
		s.at = text + valid;
		return broken(&s, "not valid UTF-8; send the body as UTF-8");
	}
	for (;;) {
		if (!closed && !scan_value(&s, &closed))
			return false;
		if (!closed)
			continue;
		if (s.depth == 0)
			break;
		if (!scan_after(&s, &closed))
			return false;
	}
	skip_space(&s);
	return s.at == s.end || broken(&s, "something follows the end of the document");
}
