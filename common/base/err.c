/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* err - see err.h. */
#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message cut at the end of its room must not end in half a character. */
static void trim_partial_utf8(char *s, size_t len)
{
	size_t back = 0;

	while (back < len && back < 3 && ((unsigned char)s[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < len) {
		unsigned char lead = (unsigned char)s[len - 1 - back];
		size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;

		if (need > back + 1)
			s[len - 1 - back] = '\0';
	}
}

/* Library messages (libpq) come with a newline at their end. */
static void trim_space(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && (s[len - 1] == '\n' || s[len - 1] == '\r' || s[len - 1] == ' '))
		s[--len] = '\0';
}

/* `text` may hold arguments that point into err->msg, so it was built elsewhere first. */
static void store_message(struct err *err, const char *text, size_t full_len)
{
	size_t room = sizeof(err->msg) - 1;
	size_t len = full_len < room ? full_len : room;

	memcpy(err->msg, text, len);
	err->msg[len] = '\0';
	if (full_len > room)
		trim_partial_utf8(err->msg, len);
	trim_space(err->msg);
}

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	char text[2 * sizeof(err->msg)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	err->kind = kind;
	store_message(err, text, strlen(text));
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char text[2 * sizeof(err->msg)];
	size_t len;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(err->msg), fmt, args);
	va_end(args);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, ": %s", err->msg);
	store_message(err, text, strlen(text));
	return false;
}

void panic_at(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "%s:%d: panic: %s\n", file, line, text);
	abort();
}
