/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plain - what stands for a character that the GSM 7-bit alphabet lacks: typographic signs, spaces,
 * letters with marks.
 *
 * One look-alike each, made of characters that are in the alphabet.  There is none for letters of
 * other scripts (Cyrillic: translit.h), for pictures, and for signs whose meaning would be lost. */
#ifndef VESTNIK_SMS_PLAIN_H
#define VESTNIK_SMS_PLAIN_H

#include <stdint.h>

#define PLAIN_MAX 4 /* bytes, all of them ASCII */

/* Write the look-alike, without a NUL, and return its length; 0: the character is left out (it is
 * not seen), -1: it has none.  Characters of the alphabet are not asked for. */
int plain_put(uint32_t code_point, char out[PLAIN_MAX]);

#endif
