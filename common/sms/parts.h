/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* parts - how a text becomes SMS: encoding, units, parts (3GPP TS 23.038, 23.040).
 *
 * One function serves counting, pricing and sending, so they cannot disagree.  Parts are found by
 * simulation, never by division: escape pairs, surrogate pairs and grapheme clusters (combining
 * marks, ZWJ sequences, flags, variation selectors, skin tones) that fit a part are never cut.
 * Nothing here allocates. */
#ifndef VESTNIK_SMS_PARTS_H
#define VESTNIK_SMS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum sms_encoding { SMS_GSM7 = 0, SMS_UCS2 = 1 };

/* What is in front of each part of a long text. */
enum sms_split {
	SMS_SPLIT_UDH8 = 0,    /* 153 septets / 67 units */
	SMS_SPLIT_UDH16 = 1,   /* 152 / 66 */
	SMS_SPLIT_SAR = 2,     /* sar_* TLVs; the SMSC adds the UDH: limits as UDH8 */
	SMS_SPLIT_PAYLOAD = 3, /* message_payload: one PDU, billed by parts as UDH8 */
};

/* More are refused: message_state keeps receipts of parts as bits of one 64-bit word. */
#define SMS_PARTS_MAX 63

struct sms_part {
	uint32_t offset; /* bytes of the UTF-8 text */
	uint32_t len;
	uint16_t units; /* septets or UTF-16 units */
};

struct sms_parts {
	enum sms_encoding encoding;
	uint32_t units; /* of the whole text */
	uint16_t count; /* at least 1, also for the empty text */
	struct sms_part part[SMS_PARTS_MAX];
};

/* Split valid UTF-8.  ERR_LIMIT when more than `max_parts` (<= SMS_PARTS_MAX) would be needed,
 * ERR_INPUT for invalid UTF-8 (the message names the byte). */
bool sms_split(const char *text, size_t len, enum sms_split split, int max_parts,
	       struct sms_parts *out, struct err *err);

/* The same as UCS-2, whether the text needs it or not: for centres that lack a character of GSM's.
 */
bool sms_split_ucs2(const char *text, size_t len, enum sms_split split, int max_parts,
		    struct sms_parts *out, struct err *err);

/* Encode one part to the octets of short_message without any header: unpacked septets or UTF-16
 * big-endian.  Returns the length, at most out_size (320 always suffices for one part). */
size_t sms_encode(const char *text, size_t len, enum sms_encoding encoding, uint8_t *out,
		  size_t out_size);

/* Write the concatenation UDH (6 or 7 octets) and return its length. */
size_t sms_udh(enum sms_split split, uint16_t ref, int total, int seq, uint8_t out[7]);

/* The first character (by byte offset) that forces UCS-2, or -1: what an editor underlines. */
ptrdiff_t sms_expensive_at(const char *text, size_t len);

/* Put a text into the form that is counted and sent: NFC for Cyrillic and Latin, CRLF and CR to LF,
 * BOM and zero-width space/word joiner removed.  Returns bytes written (never more than len);
 * out may be text itself. */
size_t sms_normalise(const char *text, size_t len, char *out);

#endif
