/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plus7 - the numbering plan of +7: Russia, Kazakhstan, Abkhazia.
 *
 * A few comparisons of integers, no library and no allocation: fit for the path of a message. Which
 * range belongs to which operator is the registry's to say (SQL function number_info). */
#ifndef VESTNIK_SMS_PLUS7_H
#define VESTNIK_SMS_PLUS7_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sms/msisdn_kind.h"

#define PLUS7_NATIONAL_DIGITS 10

/* Whether it is +7 and ten digits. */
bool plus7_owns(int64_t msisdn);
/* Whether numbers of +7 may begin with this digit: Russia's 3, 4, 8, 9 and Kazakhstan's 7. */
bool plus7_begins(int digit);

/* Of numbers that plus7_owns(). */
enum msisdn_kind plus7_kind(int64_t msisdn);
const char *plus7_country(int64_t msisdn); /* "RU", "KZ", "AB" (static) */

#endif
