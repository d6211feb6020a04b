/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ids - see ids.h. */
#include "tests/smscsim/ids.h"

#include <inttypes.h>
#include <stdio.h>

#define ZEROS_WIDTH 20

/* The usual finalizer of a 64-bit mix, so that UUIDs of neighbours look unlike. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Digits of `number`, with zeros in front up to `width`. */
static size_t digits(uint64_t number, unsigned base, size_t width, char *out)
{
	char reversed[ID_TEXT_MAX];
	size_t len = 0;

	do {
		reversed[len++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0 || len < width);
	for (size_t i = 0; i < len; i++)
		out[i] = reversed[len - 1 - i];
	out[len] = '\0';
	return len;
}

static size_t uuid(uint64_t number, char out[ID_TEXT_MAX])
{
	return (size_t)snprintf(out, ID_TEXT_MAX, "%08x-%04x-4000-8000-%012" PRIx64,
				(unsigned)(uint32_t)mix(number), (unsigned)(number >> 48),
				number & 0xffffffffffffu);
}

size_t id_text(uint64_t number, enum id_format format, enum id_place place, char out[ID_TEXT_MAX])
{
	switch (format) {
	case ID_HEX:
		return digits(number, 16, 0, out);
	case ID_UUID:
		return uuid(number, out);
	case ID_ZEROS:
		return digits(number, 10, ZEROS_WIDTH, out);
	case ID_HEXDEC:
		return digits(number, place == ID_IN_RESPONSE ? 16 : 10, 0, out);
	case ID_DECHEX:
		return digits(number, place == ID_IN_RESPONSE ? 10 : 16, 0, out);
	case ID_DEC:
		break;
	}
	return digits(number, 10, 0, out);
}
