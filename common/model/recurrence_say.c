/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* recurrence_say - what simple rules say.  The Russian is in common/web/ru.txt. */
#include <stdio.h>
#include <time.h>

#include "common/model/recurrence.h"

static const char *const weekdays[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
};

static int bits(const uint64_t words[6], int *last_out)
{
	int count = 0;

	for (int n = 1; n <= 366; n++) {
		if ((words[n / 64] >> n % 64 & 1) == 0)
			continue;
		count++;
		*last_out = n;
	}
	return count;
}

/* The only number of a set; 0: it has none or more. */
static int only(const struct recurrence_set *s)
{
	int plus = 0, minus = 0;
	int count = bits(s->plus, &plus) + bits(s->minus, &minus);

	return count == 1 ? plus - minus : 0;
}

static bool is_working_days(const struct recurrence_rule *r)
{
	unsigned days = 0;

	for (size_t i = 0; i < r->weekdays; i++)
		days |= r->weekday[i].nth == 0 ? 1U << r->weekday[i].day : 1U << 7;
	return days == 0x1f;
}

static void weekly(const struct recurrence_rule *r, const struct tm *start,
		   char out[RECURRENCE_SAID])
{
	int day = r->weekdays == 1 ? r->weekday[0].day : (start->tm_wday + 6) % 7;

	if (is_working_days(r) && r->interval == 1)
		snprintf(out, RECURRENCE_SAID, "Every day from Monday to Friday");
	else if (r->weekdays <= 1 && r->interval == 1)
		snprintf(out, RECURRENCE_SAID, "Every week on %s", weekdays[day]);
	else if (r->weekdays <= 1)
		snprintf(out, RECURRENCE_SAID, "Every %d weeks on %s", r->interval, weekdays[day]);
}

static void monthly(const struct recurrence_rule *r, const struct tm *start,
		    char out[RECURRENCE_SAID])
{
	int day = r->month_day.any ? only(&r->month_day) : start->tm_mday;

	if (r->interval != 1)
		return;
	if (r->weekdays > 0) {
		if (is_working_days(r) && !r->month_day.any && only(&r->place) == -1)
			snprintf(out, RECURRENCE_SAID, "On the last working day of every month");
		else if (is_working_days(r) && !r->month_day.any && only(&r->place) == 1)
			snprintf(out, RECURRENCE_SAID, "On the first working day of every month");
	} else if (!r->place.any && day == -1) {
		snprintf(out, RECURRENCE_SAID, "On the last day of every month");
	} else if (!r->place.any && day > 28) {
		snprintf(out, RECURRENCE_SAID, "On day %d of every month that has one", day);
	} else if (!r->place.any && day > 0) {
		snprintf(out, RECURRENCE_SAID, "On day %d of every month", day);
	}
}

const char *recurrence_say(const struct recurrence_rule *r, int64_t start,
			   char out[RECURRENCE_SAID])
{
	time_t t = (time_t)start;
	struct tm tm;

	gmtime_r(&t, &tm);
	out[0] = '\0';
	if (r->month.any || r->year_day.any || r->week.any)
		return NULL;
	if (r->freq == RECUR_DAILY && r->weekdays == 0 && !r->month_day.any && r->interval == 1)
		snprintf(out, RECURRENCE_SAID, "Every day");
	else if (r->freq == RECUR_DAILY && r->weekdays == 0 && !r->month_day.any)
		snprintf(out, RECURRENCE_SAID, "Every %d days", r->interval);
	else if (r->freq == RECUR_WEEKLY && !r->place.any)
		weekly(r, &tm, out);
	else if (r->freq == RECUR_MONTHLY)
		monthly(r, &tm, out);
	return out[0] != '\0' ? out : NULL;
}
