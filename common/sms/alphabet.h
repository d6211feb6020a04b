/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* alphabet - what an operator's centre takes data_coding 0 for, and texts in it.
 *
 * SMPP calls it "the SMSC's default alphabet" and leaves it to the centre (3.4, 5.2.19): mostly GSM
 * with a septet an octet, for some Latin-1 or ASCII, for few GSM packed as on the air (3GPP TS
 * 23.038, 6.1.2.1).  Parts are counted in septets whichever it is, because the centre makes septets
 * of it; only a text with a character that the alphabet lacks goes as UCS-2 instead, with parts of
 * that. */
#ifndef VESTNIK_SMS_ALPHABET_H
#define VESTNIK_SMS_ALPHABET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sms/parts.h"

enum sms_alphabet { ALPHABET_GSM, ALPHABET_GSM_PACKED, ALPHABET_LATIN1, ALPHABET_ASCII };

/* "gsm", "gsm_packed", "latin1", "ascii" (account.send_alphabet), in their order; NULL ends them.
 */
extern const char *const sms_alphabet_words[];
/* Another word is GSM's. */
enum sms_alphabet sms_alphabet_of(const char *word);

/* Whether every character of valid UTF-8 can be written in it. */
bool sms_alphabet_has(enum sms_alphabet alphabet, const char *text, size_t len);

/* sms_split() for a centre with this alphabet. */
bool sms_alphabet_split(enum sms_alphabet alphabet, const char *text, size_t len,
			enum sms_split split, int max_parts, struct sms_parts *out,
			struct err *err);

/* Encode one part of a text that the alphabet has.  `head` octets of user data header stand in
 * front of it: packed septets begin at the next septet's boundary.  Returns the octets written, at
 * most out_size. */
size_t sms_alphabet_encode(enum sms_alphabet alphabet, const char *text, size_t len, size_t head,
			   uint8_t *out, size_t out_size);

#endif
