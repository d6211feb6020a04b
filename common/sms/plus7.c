/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plus7 - see plus7.h. */
#include "common/sms/plus7.h"

#define NATIONAL_MODULUS 10000000000LL
#define CODE_DIVISOR	 10000000LL /* behind the three digits of a code stand seven more */

static int code_of(int64_t msisdn)
{
	return (int)(msisdn % NATIONAL_MODULUS / CODE_DIVISOR);
}

bool plus7_owns(int64_t msisdn)
{
	return msisdn / NATIONAL_MODULUS == 7;
}

bool plus7_begins(int digit)
{
	return digit == 3 || digit == 4 || digit == 7 || digit == 8 || digit == 9;
}

/* Of Kazakhstan's 7xx codes these are mobile; the others belong to cities. */
static bool kazakh_mobile(int code)
{
	return code / 10 == 70 || code / 10 == 77 || code == 747 || (code >= 760 && code <= 764) ||
	       code == 785;
}

enum msisdn_kind plus7_kind(int64_t msisdn)
{
	int code = code_of(msisdn);

	if (code >= 900 || kazakh_mobile(code))
		return MSISDN_MOBILE;
	if (code == 800 || code == 804)
		return MSISDN_TOLL_FREE;
	if (code == 801 || code == 803 || (code >= 805 && code <= 809))
		return MSISDN_OTHER;
	return MSISDN_FIXED;
}

const char *plus7_country(int64_t msisdn)
{
	int code = code_of(msisdn);

	if (code == 840 || code == 940)
		return "AB";
	return code / 100 == 7 ? "KZ" : "RU";
}
