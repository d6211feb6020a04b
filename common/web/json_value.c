/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json_value - ids and times as they stand in JSON and in queries; see json.h. */
#include "common/web/json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

bool id_parse(const char *text, int64_t *out)
{
	uint64_t value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 19)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value == 0 || value > INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}

/* `count` digits at *at as a number in min..max, followed by `stop` (0: by anything). */
static bool digits(const char **at, int count, int min, int max, char stop, int *out)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	if (stop != '\0' && *(*at)++ != stop)
		return false;
	*out = value;
	return value >= min && value <= max;
}

static bool parse_fraction(const char **at, int64_t *us_out)
{
	int64_t us = 0;
	int count = 0;

	*us_out = 0;
	if (**at != '.')
		return true;
	for ((*at)++; **at >= '0' && **at <= '9'; (*at)++)
		if (count++ < 6)
			us = us * 10 + (**at - '0');
	for (int i = count; i < 6; i++)
		us *= 10;
	*us_out = us;
	return count > 0;
}

static bool parse_zone(const char **at, int64_t *offset_s_out)
{
	int sign = **at == '-' ? -1 : 1;
	int hours;
	int minutes;

	*offset_s_out = 0;
	if (**at == 'Z' || **at == 'z') {
		(*at)++;
		return true;
	}
	if (**at != '+' && **at != '-')
		return false;
	(*at)++;
	if (!digits(at, 2, 0, 23, ':', &hours) || !digits(at, 2, 0, 59, '\0', &minutes))
		return false;
	*offset_s_out = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool rfc3339_parse(const char *text, int64_t *unix_us_out)
{
	const char *at = text;
	struct tm tm = {0};
	struct tm back;
	int64_t us;
	int64_t offset_s;
	time_t seconds;
	int day;

	if (!digits(&at, 4, 1970, 9999, '-', &tm.tm_year) ||
	    !digits(&at, 2, 1, 12, '-', &tm.tm_mon) || !digits(&at, 2, 1, 31, '\0', &tm.tm_mday))
		return false;
	if (*at != 'T' && *at != 't' && *at != ' ')
		return false;
	at++;
	if (!digits(&at, 2, 0, 23, ':', &tm.tm_hour) || !digits(&at, 2, 0, 59, ':', &tm.tm_min) ||
	    !digits(&at, 2, 0, 59, '\0', &tm.tm_sec))
		return false;
	if (!parse_fraction(&at, &us) || !parse_zone(&at, &offset_s) || *at != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	day = tm.tm_mday;
	seconds = timegm(&tm);
	gmtime_r(&seconds, &back);
	if (back.tm_mday != day) /* the 30th of February */
		return false;
	*unix_us_out = ((int64_t)seconds - offset_s) * 1000000 + us;
	return true;
}

bool date_parse(const char *text, int32_t *days_out)
{
	const char *at = text;
	struct tm tm = {0};
	struct tm back;
	time_t seconds;

	if (!digits(&at, 4, 1, 9999, '-', &tm.tm_year) || !digits(&at, 2, 1, 12, '-', &tm.tm_mon) ||
	    !digits(&at, 2, 1, 31, '\0', &tm.tm_mday) || *at != '\0')
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	back = tm;
	seconds = timegm(&back);
	if (back.tm_mday != tm.tm_mday)
		return false;
	*days_out = (int32_t)(seconds / 86400);
	return true;
}
