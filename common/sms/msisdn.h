/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* msisdn - phone numbers as people type them to E.164 digits as a 64-bit number.
 *
 * Own rules for +7 (Russia and Kazakhstan share it); other numbers are checked for possible length
 * (E.164: 8 to 15 digits, known country calling codes only). */
#ifndef VESTNIK_SMS_MSISDN_H
#define VESTNIK_SMS_MSISDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum msisdn_kind { MSISDN_MOBILE = 1, MSISDN_FIXED = 2, MSISDN_TOLL_FREE = 3, MSISDN_OTHER = 4 };

/* Parse one number as a Russian company reads it (ten digits and a leading 8 are Russian).
 * ERR_INPUT says what was found and how to mend it ("7,9E+10: Excel has shortened the number;
 * format the column as text and export again").  Never guesses. */
bool msisdn_parse(const char *text, size_t len, int64_t *msisdn_out, struct err *err);
enum msisdn_kind msisdn_kind(int64_t msisdn);
/* Two-letter country, "AB" for Abkhazia, "" when unknown (static). */
const char *msisdn_country(int64_t msisdn);

#endif
