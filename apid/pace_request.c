/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pace_request - see pace_request.h. */
#include "apid/pace_request.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#define PACE_MAX    100000000
#define DAYS	    7
#define MINUTES_MIN 10

void pace_read(struct json_in *in, struct pace_fields *f)
{
	bool by_rate = json_in_has(in, "pace_per_min") && !json_in_null(in, "pace_per_min");
	bool by_time = json_in_has(in, "pace_until") && !json_in_null(in, "pace_until");

	if (by_rate && by_time)
		json_in_refuse(in, "pace_until", "a time beside pace_per_min",
			       "either a pace or a time until which it is spread");
	if (json_in_has(in, "pace_per_min"))
		f->per_min = json_in_int(in, "pace_per_min", JSON_OPTIONAL, 1, PACE_MAX, 0);
	if (json_in_has(in, "pace_until"))
		f->until_us = json_in_time(in, "pace_until", JSON_OPTIONAL);
	if (by_rate)
		f->until_us = 0;
	if (by_time)
		f->per_min = 0;
	if (json_in_has(in, "stop_at"))
		f->stop_us = json_in_time(in, "stop_at", JSON_OPTIONAL);
}

/* Minutes of a day of "10:00" to "24:00"; -1: not that. */
static int minutes_of(const char *text)
{
	int hour, minute;

	if (strlen(text) != 5 || strspn(text, "0123456789:") != 5 || text[2] != ':' ||
	    sscanf(text, "%2d:%2d", &hour, &minute) != 2 || minute > 59 ||
	    hour * 60 + minute > 24 * 60)
		return -1;
	return hour * 60 + minute;
}

static const char *hour_in(struct json_in *in, const char *key, int *minutes_out)
{
	const char *text = json_in_text(in, key, JSON_REQUIRED, 5);

	*minutes_out = text != NULL ? minutes_of(text) : -1;
	if (text != NULL && *minutes_out < 0)
		json_in_refuse(in, key, text, "a time of day such as 09:30, 24:00 at most");
	return text;
}

static uint8_t days_in(struct json_in *in)
{
	const struct cJSON *days = json_in_array(in, "days", JSON_REQUIRED, DAYS), *day;
	uint8_t seen = 0;

	cJSON_ArrayForEach(day, days)
	{
		double n = cJSON_IsNumber(day) ? day->valuedouble : 0;

		if (n != 1 && n != 2 && n != 3 && n != 4 && n != 5 && n != 6 && n != 7) {
			json_in_refuse(in, "days", "something else",
				       "numbers from 1 for Monday to 7 for Sunday");
			return 0;
		}
		seen |= (uint8_t)(1U << ((unsigned)n - 1));
	}
	return seen;
}

void own_window_read(struct json_in *outer, struct own_window *w)
{
	struct json_in in;
	const char *zone;
	int from, to;

	if (!json_in_has(outer, "window"))
		return;
	*w = (struct own_window){0};
	if (json_in_null(outer, "window"))
		return;
	json_in_begin(&in, cJSON_GetObjectItemCaseSensitive(outer->object, "window"),
		      outer->problem, "window");
	w->days = days_in(&in);
	w->from = hour_in(&in, "from", &from);
	w->to = hour_in(&in, "to", &to);
	if (from >= 0 && to >= 0 && to - from < MINUTES_MIN)
		json_in_refuse(&in, "to", w->to,
			       "a time at least ten minutes after the one before, on the same day");
	zone = json_in_text(&in, "zone", JSON_REQUIRED, 20);
	w->of_client = zone != NULL && strcmp(zone, "client") == 0;
	if (zone != NULL && !w->of_client && strcmp(zone, "company") != 0)
		json_in_refuse(&in, "zone", zone, "company or client");
	json_in_end(&in);
}
