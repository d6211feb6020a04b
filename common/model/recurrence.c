/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* recurrence - see recurrence.h. */
#include "common/model/recurrence.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

/* --- wall-clock times ----------------------------------------------------------------------------
 */

const char *wall_format(int64_t wall, char out[WALL_SIZE])
{
	time_t t = (time_t)wall;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, WALL_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	return out;
}

static int two_digits(const char *at)
{
	return (at[0] - '0') * 10 + at[1] - '0';
}

bool wall_parse(const char *text, int64_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	char back[WALL_SIZE];
	size_t len = strlen(text);
	struct tm tm = {0};
	int year;

	if (len != 16 && len != 19)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	year = two_digits(text) * 100 + two_digits(text + 2);
	tm.tm_year = year - 1900;
	tm.tm_mon = two_digits(text + 5) - 1;
	tm.tm_mday = two_digits(text + 8);
	tm.tm_hour = two_digits(text + 11);
	tm.tm_min = two_digits(text + 14);
	tm.tm_sec = len == 19 ? two_digits(text + 17) : 0;
	*out = timegm(&tm);
	/* The 31st of June comes back as the 1st of July. */
	return year >= 1970 && year <= RECURRENCE_YEAR_MAX &&
	       strncmp(wall_format(*out, back), text, len) == 0;
}

/* --- a day of the calendar -----------------------------------------------------------------------
 */

struct day {
	int64_t number;			    /* since 1970-01-01 */
	int year, month, of_month, of_year; /* from 1 */
	int weekday;			    /* 0: Monday */
	int month_length, year_length;
};

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_length(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return lengths[month - 1] + (month == 2 && is_leap(year));
}

static void day_init(struct day *d, int64_t number)
{
	time_t t = (time_t)(number * DAY_S);
	struct tm tm;

	gmtime_r(&t, &tm);
	*d = (struct day){.number = number,
			  .year = tm.tm_year + 1900,
			  .month = tm.tm_mon + 1,
			  .of_month = tm.tm_mday,
			  .of_year = tm.tm_yday + 1,
			  .weekday = (tm.tm_wday + 6) % 7};
	d->month_length = month_length(d->year, d->month);
	d->year_length = is_leap(d->year) ? 366 : 365;
}

static void day_advance(struct day *d)
{
	d->number++;
	d->weekday = (d->weekday + 1) % 7;
	d->of_year++;
	if (d->of_month++ < d->month_length)
		return;
	d->of_month = 1;
	if (d->month++ == 12) {
		d->month = 1;
		d->year++;
		d->of_year = 1;
		d->year_length = is_leap(d->year) ? 366 : 365;
	}
	d->month_length = month_length(d->year, d->month);
}

/* Weeks of a year: the first has four of its days or more. */
static int weeks_before(int jan1_weekday, int week_starts)
{
	int in_first = 7 - (jan1_weekday - week_starts + 7) % 7; /* days up to the next week */

	return in_first >= 4 ? 0 : 1;
}

static int weekday_of_jan1(const struct day *d, int years_on)
{
	int64_t jan1 = d->number - d->of_year + 1;

	if (years_on == 1)
		jan1 += d->year_length;
	else if (years_on == -1)
		jan1 -= is_leap(d->year - 1) ? 366 : 365;
	return (int)((jan1 + 3) % 7);
}

/* The number of its week in the year the week belongs to, and how many that year has. */
static void week_of(const struct day *d, int week_starts, int *week_out, int *weeks_out)
{
	int jan1 = weekday_of_jan1(d, 0), next = weekday_of_jan1(d, 1);
	int lead = (jan1 - week_starts + 7) % 7; /* days of the week of 1 January before it */
	int week = (d->of_year - 1 + lead) / 7 + 1 - weeks_before(jan1, week_starts);
	int next_lead = (next - week_starts + 7) % 7;
	int weeks = (d->year_length + lead - next_lead) / 7 - weeks_before(jan1, week_starts) +
		    weeks_before(next, week_starts);

	if (week > weeks) {
		week = 1;
		weeks = 53;
	} else if (week == 0) {
		int last = weekday_of_jan1(d, -1);

		lead = (last - week_starts + 7) % 7;
		weeks = ((is_leap(d->year - 1) ? 366 : 365) + lead - (jan1 - week_starts + 7) % 7) /
				7 -
			weeks_before(last, week_starts) + weeks_before(jan1, week_starts);
		week = weeks;
	}
	*week_out = week;
	*weeks_out = weeks;
}

/* --- does the rule name it? ----------------------------------------------------------------------
 */

static bool set_has(const struct recurrence_set *s, int from_front, int size)
{
	int from_back = size - from_front + 1;

	return (s->plus[from_front / 64] >> from_front % 64 & 1) != 0 ||
	       (s->minus[from_back / 64] >> from_back % 64 & 1) != 0;
}

static bool weekday_fits(const struct recurrence_rule *r, const struct day *d)
{
	bool in_month = r->freq == RECUR_MONTHLY || r->month.any;
	int at = in_month ? d->of_month : d->of_year;
	int of = in_month ? d->month_length : d->year_length;

	for (size_t i = 0; i < r->weekdays; i++) {
		int nth = r->weekday[i].nth;

		if (r->weekday[i].day == d->weekday &&
		    (nth == 0 || nth == (at - 1) / 7 + 1 || nth == -((of - at) / 7 + 1)))
			return true;
	}
	return false;
}

static bool week_fits(const struct recurrence_rule *r, const struct day *d)
{
	int week, weeks;

	week_of(d, r->week_starts, &week, &weeks);
	return set_has(&r->week, week, weeks);
}

/* What the rule leaves open is the start's. */
static bool start_fits(const struct recurrence_rule *r, const struct day *d,
		       const struct day *start)
{
	if (r->weekdays > 0 || r->month_day.any || r->year_day.any)
		return true;
	switch (r->freq) {
	case RECUR_DAILY:
		return true;
	case RECUR_WEEKLY:
		return d->weekday == start->weekday;
	case RECUR_MONTHLY:
		return d->of_month == start->of_month;
	default:
		if (r->week.any)
			return d->weekday == start->weekday;
		return d->of_month == start->of_month && (r->month.any || d->month == start->month);
	}
}

static bool day_fits(const struct recurrence_rule *r, const struct day *d, const struct day *start)
{
	return (!r->month.any || set_has(&r->month, d->month, 12)) &&
	       (!r->month_day.any || set_has(&r->month_day, d->of_month, d->month_length)) &&
	       (!r->year_day.any || set_has(&r->year_day, d->of_year, d->year_length)) &&
	       (!r->week.any || week_fits(r, d)) && (r->weekdays == 0 || weekday_fits(r, d)) &&
	       start_fits(r, d, start);
}

/* --- days, months and years one after the other --------------------------------------------------
 */

static int64_t period_of(const struct recurrence_rule *r, const struct day *d)
{
	switch (r->freq) {
	case RECUR_DAILY:
		return d->number;
	case RECUR_WEEKLY:
		return (d->number + 3 - r->week_starts + 7) / 7;
	case RECUR_MONTHLY:
		return (int64_t)d->year * 12 + d->month;
	default:
		return d->year;
	}
}

/* The first day of the period that the start lies in: places are counted from there. */
static void period_begin(const struct recurrence_rule *r, const struct day *start, struct day *out)
{
	int back = 0;

	if (r->freq == RECUR_WEEKLY)
		back = (start->weekday - r->week_starts + 7) % 7;
	else if (r->freq == RECUR_MONTHLY)
		back = start->of_month - 1;
	else if (r->freq == RECUR_YEARLY)
		back = start->of_year - 1;
	day_init(out, start->number - back);
}

struct search {
	const struct recurrence *r;
	struct day start, at;
	int64_t after;
	int64_t *out;
	size_t found, max;
	int counted; /* towards COUNT: exceptions are, what comes before `after` is */
	bool over;
};

static bool is_excepted(const struct recurrence *r, int64_t wall)
{
	for (size_t i = 0; i < r->except_count; i++)
		if (r->except[i] == wall)
			return true;
	return false;
}

static void search_take(struct search *s, int64_t number)
{
	const struct recurrence_rule *rule = s->r->rule;
	int64_t wall = number * DAY_S + s->r->start % DAY_S;

	if (number < s->start.number)
		return;
	if (wall > rule->until || (rule->count > 0 && s->counted >= rule->count)) {
		s->over = true;
		return;
	}
	s->counted++;
	if (wall > s->after && !is_excepted(s->r, wall))
		s->out[s->found++] = wall;
	s->over = s->found == s->max;
}

/* The days of the period at hand that the rule names; `at` then is the first of the next. */
static void search_period(struct search *s, bool counts)
{
	const struct recurrence_rule *rule = s->r->rule;
	int64_t period = period_of(rule, &s->at), named[366];
	int size = 0;

	for (; period_of(rule, &s->at) == period; day_advance(&s->at))
		if (counts && day_fits(rule, &s->at, &s->start))
			named[size++] = s->at.number;
	for (int i = 0; i < size && !s->over; i++)
		if (!rule->place.any || set_has(&rule->place, i + 1, size))
			search_take(s, named[i]);
}

size_t recurrence_next(const struct recurrence *r, int64_t after, int64_t *out, size_t max)
{
	struct search s = {.r = r, .after = after, .out = out, .max = max, .over = max == 0};
	int64_t first;

	day_init(&s.start, r->start / DAY_S);
	period_begin(r->rule, &s.start, &s.at);
	first = period_of(r->rule, &s.at);
	while (!s.over && s.at.year <= RECURRENCE_YEAR_MAX)
		search_period(&s, (period_of(r->rule, &s.at) - first) % r->rule->interval == 0);
	return s.found;
}
