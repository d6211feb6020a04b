/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gsm - the GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1). */
#ifndef VESTNIK_SMS_GSM_H
#define VESTNIK_SMS_GSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Septets a code point costs: 1, 2 (escape pair), 0 when it is not in the alphabet. */
int gsm_cost(uint32_t code_point);
/* Write the unpacked septets of one code point; returns how many (0: not in the alphabet). */
int gsm_encode(uint32_t code_point, uint8_t out[2]);
/* Decode unpacked septets to UTF-8; unknown escape pairs show the base character of their second
 * code, a lone escape at the end is a space.  Returns bytes written, at most out_size. */
size_t gsm_decode(const uint8_t *septets, size_t len, char *out, size_t out_size);

#endif
