/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* buf - a growing byte buffer with a mandatory maximum.
 *
 * Appending past `max` changes nothing and returns false; `overflow` remembers it, so a caller that
 * writes many pieces may check once at the end.  The text is kept NUL-terminated one byte past len.
 * Owner: whoever called buf_init(); release with buf_deinit(). */
#ifndef VESTNIK_BASE_BUF_H
#define VESTNIK_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NULL until the first append */
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_deinit(struct buf *b);
void buf_reset(struct buf *b); /* len 0, overflow false; keeps the memory */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_add_str(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_add_be16(struct buf *b, uint16_t v);
bool buf_add_be32(struct buf *b, uint32_t v);
bool buf_add_be64(struct buf *b, uint64_t v);
/* Reserve `len` more bytes and return where to write them, or NULL at the maximum; the caller then
 * moves len itself. */
char *buf_reserve(struct buf *b, size_t len);
/* Forget the first `len` bytes (moves the rest down). */
void buf_consume(struct buf *b, size_t len);
/* The text, "" when empty.  Valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
