/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* utf8 - strict UTF-8 (RFC 3629) and Windows-1251. */
#ifndef VESTNIK_TEXT_UTF8_H
#define VESTNIK_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Decode one code point at *at and move past it; UTF8_BAD (and one byte on) for an invalid one. */
uint32_t utf8_next(const char **at, const char *end);
/* The same with the way of ASCII and two-byte sequences, which is Cyrillic, laid open: for loops
 * over whole texts. */
static inline uint32_t utf8_step(const char **at, const char *end)
{
	const unsigned char *p = (const unsigned char *)*at;

	if (p[0] < 0x80) {
		*at += 1;
		return p[0];
	}
	if (p[0] >= 0xC2 && p[0] < 0xE0 && end - *at >= 2 && (p[1] & 0xC0) == 0x80) {
		*at += 2;
		return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
	}
	return utf8_next(at, end);
}
/* Bytes written, 1 to 4; 0 for surrogates and above U+10FFFF. */
size_t utf8_put(uint32_t code_point, char out[4]);
/* Length of the valid prefix; equals len when all is valid.  NUL is valid here. */
size_t utf8_valid(const char *text, size_t len);
size_t utf8_count(const char *text, size_t len); /* code points of valid text */
/* The small letter of a Latin or Russian capital; other code points as they are. */
uint32_t utf8_lower(uint32_t code_point);
/* Windows-1251 to UTF-8; out needs 3 * len.  Undefined byte 0x98 becomes U+FFFD. */
size_t cp1251_to_utf8(const char *text, size_t len, char *out);

#endif
