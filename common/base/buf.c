/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* buf - see buf.h.
 *
 * Invariants: len <= max; data is NULL or has cap > len bytes with data[len] == '\0'. */
#include "common/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

#define FIRST_CAP_BYTES 64

void buf_init(struct buf *b, size_t max)
{
	/* A maximum nobody means; it keeps the sums below from wrapping. */
	*b = (struct buf){.max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4};
}

void buf_deinit(struct buf *b)
{
	mem_free(b->data);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/* Make room for `len` more bytes and the NUL. */
static bool grow(struct buf *b, size_t len)
{
	size_t need, cap;

	if (len > b->max - b->len) {
		b->overflow = true;
		return false;
	}
	need = b->len + len + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > 0 ? b->cap : FIRST_CAP_BYTES;
	while (cap < need)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->data = mem_realloc(b->data, cap, 1);
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
	if (!grow(b, len))
		return false;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return true;
}

bool buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !grow(b, (size_t)len)) {
		b->overflow = true;
		return false;
	}
	va_start(args, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
	return true;
}

bool buf_add_be16(struct buf *b, uint16_t v)
{
	const unsigned char bytes[] = {(unsigned char)(v >> 8), (unsigned char)v};

	return buf_add(b, bytes, sizeof(bytes));
}

bool buf_add_be32(struct buf *b, uint32_t v)
{
	const unsigned char bytes[] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
				       (unsigned char)(v >> 8), (unsigned char)v};

	return buf_add(b, bytes, sizeof(bytes));
}

bool buf_add_be64(struct buf *b, uint64_t v)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(v >> (56 - 8 * i));
	return buf_add(b, bytes, sizeof(bytes));
}

char *buf_reserve(struct buf *b, size_t len)
{
	return grow(b, len) ? b->data + b->len : NULL;
}

void buf_consume(struct buf *b, size_t len)
{
	if (len > b->len)
		len = b->len;
	if (len == 0)
		return;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
	b->data[b->len] = '\0';
}

const char *buf_str(const struct buf *b)
{
	if (b->data == NULL)
		return "";
	/* Whoever wrote into reserved room moved len without a NUL. */
	b->data[b->len] = '\0';
	return b->data;
}
