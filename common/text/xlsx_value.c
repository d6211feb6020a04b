/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xlsx_value - see xlsx_value.h (ECMA-376, part 1, 18.8.30 and 18.17.4). */
#include "common/text/xlsx_value.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S	   86400
#define DAYS_1900  25569 /* from Excel's day 0 to 1970, as it counts from March 1900 on */
#define DAYS_1904  24107
#define DAY_FALSE  60 /* 29 February 1900, which Excel believes in */
#define DAYS_MAX   2958466
#define WHOLE_MAX  1e15 /* digits a number of Excel holds */
#define COLUMN_MAX 16384

bool xlsx_format_is_date(int id)
{
	return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
	       (id >= 50 && id <= 58);
}

/* Letters of dates outside quoted text, [colours and conditions] and escaped characters. */
bool xlsx_code_is_date(const char *code)
{
	for (const char *c = code; *c != '\0'; c++) {
		if (*c == '\\' || *c == '_' || *c == '*') {
			if (*++c == '\0')
				return false;
		} else if (*c == '"' || *c == '[') {
			/* [h] and [mm] count hours and minutes. */
			if (*c == '[' && strchr("hHmMsS", c[1]) != NULL && c[1] != '\0' &&
			    (c[2] == ']' || c[2] == c[1]))
				return true;
			c = strchr(c + 1, *c == '"' ? '"' : ']');
			if (c == NULL)
				return false;
		} else if (strncmp(c, "General", 7) == 0) {
			c += 6;
		} else if (strchr("dDmMyYhHsS", *c) != NULL) {
			return true;
		}
	}
	return false;
}

/* False: no number.  The process runs in locale C. */
static bool read_number(const char *stored, double *out)
{
	char *end;

	*out = strtod(stored, &end);
	return end != stored && *end == '\0' && isfinite(*out);
}

void xlsx_put_number(const char *stored, char out[XLSX_NUMBER_SIZE])
{
	double value;

	if (stored[strspn(stored, "0123456789")] == '\0' || !read_number(stored, &value))
		snprintf(out, XLSX_NUMBER_SIZE, "%s", stored);
	else if (fabs(value) < WHOLE_MAX && value == trunc(value))
		snprintf(out, XLSX_NUMBER_SIZE, "%.0f", value);
	else
		snprintf(out, XLSX_NUMBER_SIZE, "%.15g", value);
}

static void put_time(time_t at, const char *format, char out[XLSX_NUMBER_SIZE])
{
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(out, XLSX_NUMBER_SIZE, format, &tm);
}

void xlsx_put_date(const char *stored, bool since_1904, char out[XLSX_NUMBER_SIZE])
{
	double value;
	int64_t seconds, days;

	if (!read_number(stored, &value) || value < 0 || value >= DAYS_MAX) {
		xlsx_put_number(stored, out);
		return;
	}
	seconds = llround(value * DAY_S);
	days = seconds / DAY_S;
	seconds %= DAY_S;
	if (days == 0) {
		put_time(seconds, "%H:%M:%S", out);
		return;
	}
	if (since_1904)
		days -= DAYS_1904;
	else
		days -= DAYS_1900 - (days < DAY_FALSE);
	put_time(days * DAY_S + seconds, seconds == 0 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", out);
}

size_t xlsx_column(const char *reference)
{
	size_t column = 0;

	for (; *reference >= 'A' && *reference <= 'Z' && column < COLUMN_MAX; reference++)
		column = column * 26 + (size_t)(*reference - 'A') + 1;
	return column == 0 ? SIZE_MAX : column - 1;
}
