/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* msisdn - phone numbers as people type them to E.164 digits as a 64-bit number.
 *
 * Own rules for +7 (plus7.h), which cost some hundred nanoseconds; libphonenumber judges the rest
 * of the world (phone_world.h), in microseconds.  A foreign number is refused when no country has
 * its code or no number there has so many digits; one that is merely not known to be in use is
 * taken, because the library's tables are older than some ranges: msisdn_level() tells the two
 * apart. Any thread may call. */
#ifndef VESTNIK_SMS_MSISDN_H
#define VESTNIK_SMS_MSISDN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/sms/msisdn_kind.h"

/* How far a number has been checked.  Whether it stands in the Russian registry is asked of the
 * database: number_info(), column assigned. */
enum msisdn_level {
	MSISDN_IMPOSSIBLE = 0, /* msisdn_parse() would refuse it */
	MSISDN_POSSIBLE = 1,   /* it has a country and a length that exists there */
	MSISDN_VALID = 2,      /* the country's numbering plan has such numbers */
};

/* Parse one number as a Russian company reads it (ten digits and a leading 8 are Russian).  A trunk
 * prefix behind a foreign country's code, as in +49 (0)170, is left out.
 * ERR_INPUT says what was found and how to mend it ("7,9E+10: Excel has shortened the number;
 * format the column as text and export again").  Never guesses. */
bool msisdn_parse(const char *text, size_t len, int64_t *msisdn_out, struct err *err);
enum msisdn_kind msisdn_kind(int64_t msisdn);
enum msisdn_level msisdn_level(int64_t msisdn);
/* Whether a text may be sent there: a mobile, or a foreign number that is not known to be else. */
bool msisdn_takes_sms(int64_t msisdn);
/* Two-letter country, "AB" for Abkhazia, "" when unknown; valid until the thread's next call. */
const char *msisdn_country(int64_t msisdn);

#endif
