/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* smpp_time - the validity we write and the dates we read. */
#include "common/sms/smpp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_S     60
#define HOUR_S	     3600
#define DAY_S	     86400
#define VALIDITY_MIN MINUTE_S
#define VALIDITY_MAX (99 * (int64_t)DAY_S)

void smpp_time_relative(int64_t seconds, char out[17])
{
	unsigned s;

	if (seconds < VALIDITY_MIN)
		seconds = VALIDITY_MIN;
	if (seconds > VALIDITY_MAX)
		seconds = VALIDITY_MAX;
	s = (unsigned)seconds;
	snprintf(out, 17, "0000%02u%02u%02u%02u000R", s / DAY_S % 100, s % DAY_S / HOUR_S,
		 s % HOUR_S / MINUTE_S, s % MINUTE_S);
}

static bool all_digits(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
	}
	return true;
}

static int digits_at(const char *p, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++)
		value = value * 10 + (p[i] - '0');
	return value;
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to a valid date of 1900 or later. */
static int64_t days_since_1970(int year, int month, int day)
{
	int64_t before = year - 1;
	int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;

	for (int m = 1; m < month; m++)
		days += month_days(year, m);
	return days + day - 1;
}

int64_t smpp_time_receipt_us(const char *digits, size_t len, int32_t zone_offset_s)
{
	bool long_year = len == 14;
	int year, month, day, hour, minute, second;

	if ((len != 10 && len != 12 && len != 14) || !all_digits(digits, len))
		return 0;
	year = digits_at(digits, long_year ? 4 : 2);
	if (!long_year) /* the pivot of S34, appendix C */
		year += year <= 37 ? 2000 : 1900;
	digits += long_year ? 4 : 2;
	month = digits_at(digits, 2);
	day = digits_at(digits + 2, 2);
	hour = digits_at(digits + 4, 2);
	minute = digits_at(digits + 6, 2);
	second = len == 10 ? 0 : digits_at(digits + 8, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) ||
	    hour > 23 || minute > 59 || second > 60)
		return 0;
	return (days_since_1970(year, month, day) * DAY_S + hour * HOUR_S + minute * MINUTE_S +
		second - zone_offset_s) *
	       1000000;
}

/* --- absolute times ------------------------------------------------------------------------------
 */

#define QUARTER_S    900
#define QUARTERS_MAX 48
#define US	     1000000

/* Year, month and day of a day since 1970-01-01 (proleptic Gregorian; H. Hinnant's civil_from_days,
 * for days from 1970 on). */
static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

void smpp_time_absolute(int64_t at_us, int32_t zone_s, char out[17])
{
	int quarters = zone_s / QUARTER_S;
	int64_t local_s;
	int year, month, day;
	unsigned of_day;

	if (zone_s % QUARTER_S != 0 || quarters > QUARTERS_MAX || quarters < -QUARTERS_MAX)
		quarters = 0;
	local_s = at_us / US + (int64_t)quarters * QUARTER_S;
	if (local_s < 0)
		local_s = 0;
	date_of(local_s / DAY_S, &year, &month, &day);
	of_day = (unsigned)(local_s % DAY_S);
	snprintf(out, 17, "%02u%02u%02u%02u%02u%02u%u%02u%c", (unsigned)year % 100,
		 (unsigned)month % 100, (unsigned)day % 100, of_day / HOUR_S % 100,
		 of_day % HOUR_S / MINUTE_S, of_day % MINUTE_S,
		 (unsigned)(at_us % US / 100000) % 10, (unsigned)abs(quarters) % 100,
		 quarters < 0 ? '-' : '+');
}

int64_t smpp_time_absolute_us(const char *text, int32_t zone_s)
{
	size_t len = strlen(text);

	if (len == 16) {
		if ((text[15] != '+' && text[15] != '-') || !all_digits(text, 15))
			return 0;
		zone_s = digits_at(text + 13, 2) * QUARTER_S * (text[15] == '-' ? -1 : 1);
	} else if (len != 12) {
		return 0;
	}
	return smpp_time_receipt_us(text, 12, zone_s);
}
