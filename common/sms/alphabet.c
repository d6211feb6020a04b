/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* alphabet - see alphabet.h. */
#include "common/sms/alphabet.h"

#include <string.h>

#include "common/sms/gsm.h"
#include "common/text/utf8.h"

#define SEPTET_BITS 7
#define CR	    0x0D

const char *const sms_alphabet_words[] = {
	[ALPHABET_GSM] = "gsm",	      [ALPHABET_GSM_PACKED] = "gsm_packed",
	[ALPHABET_LATIN1] = "latin1", [ALPHABET_ASCII] = "ascii",
	[ALPHABET_ASCII + 1] = NULL,
};

enum sms_alphabet sms_alphabet_of(const char *word)
{
	for (int i = 0; sms_alphabet_words[i] != NULL; i++)
		if (strcmp(sms_alphabet_words[i], word) == 0)
			return (enum sms_alphabet)i;
	return ALPHABET_GSM;
}

/* The highest code point that is its own octet. */
static uint32_t last_of(enum sms_alphabet alphabet)
{
	return alphabet == ALPHABET_ASCII ? 0x7F : 0xFF;
}

/* Octets 0x80 to 0x9F are control characters in Latin-1; what centres make of them differs. */
static bool has(enum sms_alphabet alphabet, uint32_t c)
{
	if (alphabet == ALPHABET_GSM || alphabet == ALPHABET_GSM_PACKED)
		return gsm_cost(c) > 0;
	return c <= last_of(alphabet) && (c < 0x80 || c >= 0xA0);
}

bool sms_alphabet_has(enum sms_alphabet alphabet, const char *text, size_t len)
{
	const char *at = text, *end = text + len;

	while (at < end)
		if (!has(alphabet, utf8_next(&at, end)))
			return false;
	return true;
}

bool sms_alphabet_split(enum sms_alphabet alphabet, const char *text, size_t len,
			enum sms_split split, int max_parts, struct sms_parts *out, struct err *err)
{
	if (!sms_split(text, len, split, max_parts, out, err))
		return false;
	if (out->encoding == SMS_UCS2 || alphabet == ALPHABET_GSM ||
	    sms_alphabet_has(alphabet, text, len))
		return true;
	return sms_split_ucs2(text, len, split, max_parts, out, err);
}

static size_t encode_octets(const char *text, size_t len, uint8_t *out, size_t out_size)
{
	const char *at = text, *end = text + len;
	size_t written = 0;

	while (at < end && written < out_size)
		out[written++] = (uint8_t)utf8_next(&at, end);
	return written;
}

/* Septet n begins at bit 7n, counted from the low bit of the first octet; a text that would leave
 * seven bits over ends with CR there, else they would read as '@' (23.038, 6.1.2.3.1). */
static size_t encode_packed(const char *text, size_t len, size_t head, uint8_t *out,
			    size_t out_size)
{
	const char *at = text, *end = text + len;
	size_t fill = (SEPTET_BITS - head * 8 % SEPTET_BITS) % SEPTET_BITS;
	size_t bit = fill, room = out_size * 8, septets = 0;
	uint8_t pair[2];

	memset(out, 0, out_size < 2 * len + 2 ? out_size : 2 * len + 2);
	while (at < end) {
		int n = gsm_encode(utf8_next(&at, end), pair);

		for (int i = 0; i < n && bit + SEPTET_BITS <= room; i++, bit += SEPTET_BITS) {
			unsigned v = (unsigned)pair[i] << bit % 8;

			out[bit / 8] |= (uint8_t)v;
			if (v > UINT8_MAX)
				out[bit / 8 + 1] |= (uint8_t)(v >> 8);
			septets++;
		}
	}
	if (septets > 0 && bit % 8 == 1 && bit + SEPTET_BITS <= room) {
		out[bit / 8] |= CR << 1;
		bit += SEPTET_BITS;
	}
	return (bit + 7) / 8;
}

size_t sms_alphabet_encode(enum sms_alphabet alphabet, const char *text, size_t len, size_t head,
			   uint8_t *out, size_t out_size)
{
	switch (alphabet) {
	case ALPHABET_LATIN1:
	case ALPHABET_ASCII:
		return encode_octets(text, len, out, out_size);
	case ALPHABET_GSM_PACKED:
		return encode_packed(text, len, head, out, out_size);
	case ALPHABET_GSM:
		break;
	}
	return sms_encode(text, len, SMS_GSM7, out, out_size);
}
