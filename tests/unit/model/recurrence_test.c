/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* recurrence_test - known rules, wrong ones, and random ones held against a second counting that
 * knows no cleverness: it asks of every day whether the rule names it. */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/model/recurrence.h"
#include "tests/unit/support/run.h"

#define DAY 86400

static int64_t wall(const char *text)
{
	int64_t out = 0;

	ck_assert_msg(wall_parse(text, &out), "%s", text);
	return out;
}

/* --- times ---------------------------------------------------------------------------------------
 */

START_TEST(test_wall)
{
	static const char *const wrong[] = {
		"2026-02-29T10:00",
		"2026-13-01T10:00",
		"2026-01-01T24:00",
		"2026-01-01 10:00",
		"2026-01-01T10:00Z",
		"2026-01-01T10:00:00Z",
		"1969-12-31T23:59",
		"2200-01-01T00:00",
		"2026-1-01T10:000",
		"2026-01-01T10:00:60",
		"",
		"-026-01-01T10:00",
	};
	char out[WALL_SIZE];
	int64_t t;

	ck_assert_str_eq(wall_format(wall("2028-02-29T10:05"), out), "2028-02-29T10:05:00");
	ck_assert_int_eq(wall("1970-01-02T00:00:01"), DAY + 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!wall_parse(wrong[i], &t), "%s", wrong[i]);
}
END_TEST

/* --- known rules ---------------------------------------------------------------------------------
 */

static const struct {
	const char *why, *rule, *start, *except;
	const char *want; /* with spaces between; "." at the end: and no more */
} known[] = {
	{"every day", "FREQ=DAILY", "2026-12-30T10:00", NULL,
	 "2026-12-30T10:00 2026-12-31T10:00 2027-01-01T10:00"},
	{"so often", "FREQ=DAILY;COUNT=2", "2026-12-30T10:00", NULL,
	 "2026-12-30T10:00 2026-12-31T10:00 ."},
	{"an exception counts", "FREQ=DAILY;COUNT=3", "2026-12-30T10:00", "2026-12-31T10:00",
	 "2026-12-30T10:00 2027-01-01T10:00 ."},
	{"until a day, all of it", "FREQ=WEEKLY;UNTIL=20261214", "2026-12-07T10:00", NULL,
	 "2026-12-07T10:00 2026-12-14T10:00 ."},
	{"until a time before that day's", "FREQ=WEEKLY;UNTIL=20261214T095959", "2026-12-07T10:00",
	 NULL, "2026-12-07T10:00 ."},
	{"only months that have a 31st", "FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31T09:00", NULL,
	 "2026-01-31T09:00 2026-03-31T09:00 2026-05-31T09:00 2026-07-31T09:00 2026-08-31T09:00"},
	{"the last of each month", "FREQ=MONTHLY;BYMONTHDAY=-1", "2027-12-15T09:00", NULL,
	 "2027-12-31T09:00 2028-01-31T09:00 2028-02-29T09:00 2028-03-31T09:00"},
	{"monthly from a 31st", "FREQ=MONTHLY", "2026-01-31T09:00", NULL,
	 "2026-01-31T09:00 2026-03-31T09:00 2026-05-31T09:00"},
	{"a leap day", "FREQ=YEARLY", "2024-02-29T09:00", NULL,
	 "2024-02-29T09:00 2028-02-29T09:00 2032-02-29T09:00"},
	{"a leap day, named", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2025-01-01T09:00", NULL,
	 "2028-02-29T09:00 2032-02-29T09:00"},
	{"the last of February", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "2026-01-01T09:00", NULL,
	 "2026-02-28T09:00 2027-02-28T09:00 2028-02-29T09:00"},
	{"the last working day", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
	 "2026-10-01T09:00", NULL, "2026-10-30T09:00 2026-11-30T09:00 2026-12-31T09:00"},
	{"the second Tuesday", "FREQ=MONTHLY;BYDAY=2TU", "2026-12-01T09:00", NULL,
	 "2026-12-08T09:00 2027-01-12T09:00"},
	{"Friday the 13th", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2026-01-01T09:00", NULL,
	 "2026-02-13T09:00 2026-03-13T09:00 2026-11-13T09:00"},
	{"every other week", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", "2026-12-07T09:00", NULL,
	 "2026-12-07T09:00 2026-12-13T09:00 2026-12-21T09:00 2026-12-27T09:00"},
	{"every other week that begins on Sunday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
	 "2026-12-07T09:00", NULL, "2026-12-07T09:00 2026-12-20T09:00 2026-12-21T09:00"},
	{"the hundredth day", "FREQ=YEARLY;BYYEARDAY=100", "2027-01-01T09:00", NULL,
	 "2027-04-10T09:00 2028-04-09T09:00"},
	/* Examples of RFC 5545 itself, 3.8.5.3. */
	{"RFC: every other month on first and last Sunday",
	 "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997-09-07T09:00", NULL,
	 "1997-09-07T09:00 1997-09-28T09:00 1997-11-02T09:00 1997-11-30T09:00 1998-01-04T09:00 "
	 "1998-01-25T09:00 1998-03-01T09:00 1998-03-29T09:00"},
	{"RFC: second-to-last Monday", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22T09:00", NULL,
	 "1997-09-22T09:00 1997-10-20T09:00 1997-11-17T09:00 1997-12-22T09:00 1998-01-19T09:00 "
	 "1998-02-16T09:00 ."},
	{"RFC: third-to-last day", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28T09:00", NULL,
	 "1997-09-28T09:00 1997-10-29T09:00 1997-11-28T09:00 1997-12-29T09:00 1998-01-29T09:00 "
	 "1998-02-26T09:00"},
	{"RFC: 1st, 100th and 200th day", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
	 "1997-01-01T09:00", NULL,
	 "1997-01-01T09:00 1997-04-10T09:00 1997-07-19T09:00 2000-01-01T09:00 2000-04-09T09:00 "
	 "2000-07-18T09:00"},
	{"RFC: 20th Monday of the year", "FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", NULL,
	 "1997-05-19T09:00 1998-05-18T09:00 1999-05-17T09:00"},
	{"RFC: Monday of week 20", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12T09:00", NULL,
	 "1997-05-12T09:00 1998-05-11T09:00 1999-05-17T09:00"},
	{"RFC: Thursdays in March", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997-03-13T09:00", NULL,
	 "1997-03-13T09:00 1997-03-20T09:00 1997-03-27T09:00 1998-03-05T09:00"},
	{"RFC: election day", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
	 "1996-11-05T09:00", NULL, "1996-11-05T09:00 2000-11-07T09:00 2004-11-02T09:00"},
	{"RFC: third of Tuesday to Thursday", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
	 "1997-09-04T09:00", NULL, "1997-09-04T09:00 1997-10-07T09:00 1997-11-06T09:00 ."},
	{"RFC: weeks that begin on Monday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
	 "1997-08-05T09:00", NULL,
	 "1997-08-05T09:00 1997-08-10T09:00 1997-08-19T09:00 1997-08-24T09:00 ."},
	{"RFC: weeks that begin on Sunday", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
	 "1997-08-05T09:00", NULL,
	 "1997-08-05T09:00 1997-08-17T09:00 1997-08-19T09:00 1997-08-31T09:00 ."},
	{"the days of week 1, of two years at once", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,FR",
	 "2024-12-01T09:00", NULL, "2024-12-30T09:00 2025-01-03T09:00 2025-12-29T09:00"},
	{"the last week, of 52 or 53", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO", "2025-06-01T09:00", NULL,
	 "2025-12-22T09:00 2026-12-28T09:00 2027-12-27T09:00"},
	{"never", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T09:00", NULL, "."},
	{"never, asked day by day", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01T09:00", NULL,
	 "."},
	{"never, asked by the month", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "2026-01-01T09:00",
	 NULL, "."},
	{"never, by weekday", "FREQ=MONTHLY;BYDAY=6MO", "2026-01-01T09:00", NULL, "."},
	{"never, by place", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "2026-01-01T09:00", NULL, "."},
	{"never, at long strides", "FREQ=YEARLY;INTERVAL=1000;BYMONTH=4;BYMONTHDAY=31",
	 "2026-01-01T09:00", NULL, "."},
};

START_TEST(test_known)
{
	char want[400], got[WALL_SIZE], *save = NULL;
	struct recurrence_rule rule;
	struct recurrence r = {.rule = &rule, .start = wall(known[_i].start)};
	uint64_t began_ms = clock_mono_ms();
	int64_t except, times[8];
	size_t n, i = 0;
	struct err err;

	ck_assert_msg(recurrence_parse(known[_i].rule, &rule, &err), "%s: %s", known[_i].why,
		      err.msg);
	if (known[_i].except != NULL) {
		except = wall(known[_i].except);
		r.except = &except;
		r.except_count = 1;
	}
	n = recurrence_next(&r, INT64_MIN, times, 8);
	ck_assert_msg(clock_mono_ms() - began_ms < 2000, "%s: took too long", known[_i].why);
	(void)snprintf(want, sizeof(want), "%s", known[_i].want);
	for (char *w = strtok_r(want, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		if (w[0] == '.') {
			ck_assert_msg(n == i, "%s: %zu more", known[_i].why, n - i);
			break;
		}
		ck_assert_msg(i < n, "%s: %zu", known[_i].why, n);
		ck_assert_msg(wall(w) == times[i], "%s: %s, not %s", known[_i].why,
			      wall_format(times[i], got), w);
		i++;
	}
	if (n > 1)
		ck_assert_uint_eq(recurrence_next(&r, times[0], times, 1), 1);
}
END_TEST

static const char *const wrong_rules[] = {
	"",
	"FREQ",
	"FREQ=",
	"FREQ=HOURLY",
	"FREQ=MINUTELY",
	"FREQ=SECONDLY",
	"FREQ=DAILY;BYHOUR=1,2",
	"FREQ=DAILY;BYMINUTE=1",
	"FREQ=DAILY;BYSECOND=1",
	"INTERVAL=2",
	"FREQ=DAILY;FREQ=WEEKLY",
	"FREQ=DAILY;INTERVAL=0",
	"FREQ=DAILY;INTERVAL=1001",
	"FREQ=DAILY;INTERVAL=-1",
	"FREQ=DAILY;COUNT=0",
	"FREQ=DAILY;COUNT=10001",
	"FREQ=DAILY;COUNT=99999999999999999999",
	"FREQ=DAILY;COUNT=2;UNTIL=20270101",
	"FREQ=DAILY;UNTIL=20270101T000000Z",
	"FREQ=MONTHLY;BYMONTHDAY=32",
	"FREQ=YEARLY;BYMONTH=13",
	"FREQ=MONTHLY;BYSETPOS=1",
	"FREQ=WEEKLY;BYMONTHDAY=1",
	"FREQ=WEEKLY;BYDAY=1MO",
	"FREQ=MONTHLY;BYYEARDAY=1",
	"FREQ=MONTHLY;BYDAY=MO,",
	"FREQ=MONTHLY;BYDAY=0MO",
	"FREQ=MONTHLY;BYDAY=54MO",
	"FREQ=MONTHLY;BYMONTHDAY=0",
	"FREQ=DAILY;UNTIL=20270229",
	"FREQ=DAILY;UNTIL=2027-02-28",
	"FREQ=WEEKLY;BYDAY=XX",
	"FREQ=DAILY;X-OWN=1",
	"FREQ=DAILY;RSCALE=CHINESE",
	"FREQ=DAILY;",
	"RRULE:FREQ=DAILY",
	"freq=daily",
};

START_TEST(test_wrong)
{
	struct recurrence_rule rule;
	struct err err = {0};

	ck_assert_msg(!recurrence_parse(wrong_rules[_i], &rule, &err), "%s", wrong_rules[_i]);
	ck_assert_uint_gt(strlen(err.msg), 10);
}
END_TEST

START_TEST(test_too_long)
{
	char rule[400] = "FREQ=YEARLY;BYYEARDAY=1";
	struct recurrence_rule parsed;
	struct err err;

	while (strlen(rule) <= RECURRENCE_RULE_MAX)
		(void)strncat(rule, ",1", sizeof(rule) - strlen(rule) - 1);
	ck_assert(!recurrence_parse(rule, &parsed, &err));
}
END_TEST

static const struct {
	const char *rule, *want;
} said[] = {
	{"FREQ=DAILY", "Every day"},
	{"FREQ=DAILY;INTERVAL=3;COUNT=5", "Every 3 days"},
	{"FREQ=WEEKLY", "Every week on Tuesday"},
	{"FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "Every 2 weeks on Sunday"},
	{"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every day from Monday to Friday"},
	{"FREQ=WEEKLY;BYDAY=MO,TH", NULL},
	{"FREQ=MONTHLY", "On day 1 of every month"},
	{"FREQ=MONTHLY;BYMONTHDAY=31", "On day 31 of every month that has one"},
	{"FREQ=MONTHLY;BYMONTHDAY=-1", "On the last day of every month"},
	{"FREQ=MONTHLY;BYMONTHDAY=1,15", NULL},
	{"FREQ=MONTHLY;BYDAY=FR,MO,TU,WE,TH;BYSETPOS=-1", "On the last working day of every month"},
	{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2", NULL},
	{"FREQ=MONTHLY;BYDAY=2MO", NULL},
	{"FREQ=DAILY;BYMONTH=5", NULL},
	{"FREQ=YEARLY", NULL},
};

START_TEST(test_said)
{
	struct recurrence_rule rule;
	char out[RECURRENCE_SAID];
	struct err err;

	ck_assert(recurrence_parse(said[_i].rule, &rule, &err));
	ck_assert_pstr_eq(recurrence_say(&rule, wall("2026-12-01T10:00"), out), said[_i].want);
}
END_TEST

/* --- random rules against the slow way -----------------------------------------------------------
 */

struct slow {
	int freq, interval; /* D W M Y */
	int days, by_day[7], nth[7];
	int month_days, by_month_day[4];
	int months, by_month[4];
	int setpos; /* 0: none */
	int wkst;   /* 0: Monday, 6: Sunday */
};

static const char *const day_names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static struct tm civil(int64_t day)
{
	time_t t = day * DAY;
	struct tm tm;

	gmtime_r(&t, &tm);
	return tm;
}

static int weekday(int64_t day)
{
	return (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */
}

static int days_in_month(const struct tm *tm)
{
	struct tm next = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon + 1, .tm_mday = 1};
	struct tm this = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = 1};

	return (int)((timegm(&next) - timegm(&this)) / DAY);
}

static int days_in_year(const struct tm *tm)
{
	int year = tm->tm_year + 1900;

	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

static bool day_fits(const struct slow *s, int64_t day, int64_t start)
{
	struct tm tm = civil(day), first = civil(start);
	int length = days_in_month(&tm);
	bool fits;

	if (s->months > 0) {
		fits = false;
		for (int i = 0; i < s->months; i++)
			fits |= s->by_month[i] == tm.tm_mon + 1;
		if (!fits)
			return false;
	}
	if (s->month_days > 0) {
		fits = false;
		for (int i = 0; i < s->month_days; i++)
			fits |= s->by_month_day[i] == tm.tm_mday ||
				s->by_month_day[i] == tm.tm_mday - length - 1;
		if (!fits)
			return false;
	}
	if (s->days > 0) {
		bool in_month = s->freq == 'M' || s->months > 0;
		int at = in_month ? tm.tm_mday - 1 : tm.tm_yday;
		int of = in_month ? length : days_in_year(&tm);

		fits = false;
		for (int i = 0; i < s->days; i++)
			fits |= s->by_day[i] == weekday(day) &&
				(s->nth[i] == 0 || s->nth[i] == at / 7 + 1 ||
				 s->nth[i] == -((of - 1 - at) / 7 + 1));
		if (!fits)
			return false;
	}
	/* What the rule leaves open is the start's. */
	if (s->freq == 'W' && s->days == 0)
		return weekday(day) == weekday(start);
	if (s->freq == 'M' && s->days == 0 && s->month_days == 0)
		return tm.tm_mday == first.tm_mday;
	if (s->freq == 'Y' && s->days == 0 && s->month_days == 0)
		return tm.tm_mday == first.tm_mday && (s->months > 0 || tm.tm_mon == first.tm_mon);
	return true;
}

static int64_t period_of(const struct slow *s, int64_t day)
{
	struct tm tm = civil(day);

	switch (s->freq) {
	case 'D':
		return day;
	case 'W':
		return (day + 3 + (s->wkst == 6 ? 1 : 0)) / 7;
	case 'M':
		return tm.tm_year * 12 + tm.tm_mon;
	default:
		return tm.tm_year;
	}
}

static size_t slow_next(const struct slow *s, int64_t start, int64_t *out, size_t max)
{
	int64_t first = start / DAY;
	int64_t begin = first;
	size_t found = 0;

	while (period_of(s, begin - 1) == period_of(s, first))
		begin--;
	for (int64_t day = begin; day < first + 366 * 40 && found < max;) {
		int64_t period = period_of(s, day), set[400];
		int size = 0;

		for (; period_of(s, day) == period; day++)
			if ((period - period_of(s, first)) % s->interval == 0 &&
			    day_fits(s, day, first))
				set[size++] = day;
		for (int i = 0; i < size && found < max; i++)
			if ((s->setpos == 0 || s->setpos == i + 1 || s->setpos == i - size) &&
			    set[i] >= first)
				out[found++] = set[i] * DAY + start % DAY;
	}
	return found;
}

static int upto(int n)
{
	return (int)(random() % n);
}

static void add(char *rule, const char *fmt, ...)
{
	va_list args;
	size_t len = strlen(rule);

	va_start(args, fmt);
	(void)vsnprintf(rule + len, 400 - len, fmt, args);
	va_end(args);
}

/* What a person may write; BYWEEKNO and BYYEARDAY are held by the known rules alone. */
static void random_rule(struct slow *s, char *rule)
{
	static const char *const names[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};
	int f = upto(4);

	*s = (struct slow){.freq = "DWMY"[f], .interval = 1 + (upto(2) ? 0 : upto(5))};
	rule[0] = '\0';
	add(rule, "FREQ=%s;INTERVAL=%d", names[f], s->interval);
	if (upto(2)) {
		bool nth = f >= 2 && upto(2);
		int begin = upto(7);

		s->days = 1 + upto(3);
		add(rule, ";BYDAY=");
		for (int i = 0; i < s->days; i++) {
			s->by_day[i] = (begin + i) % 7;
			s->nth[i] = nth ? (upto(2) ? 1 : -1) * (1 + upto(4)) : 0;
			add(rule, i > 0 ? "," : "");
			if (nth)
				add(rule, "%d", s->nth[i]);
			add(rule, "%s", day_names[s->by_day[i]]);
		}
	}
	if (f != 1 && upto(2) && (s->days == 0 || s->nth[0] == 0)) {
		static const int interesting[] = {1, 13, 15, 28, 29, 30, 31, -1, -2, -31};
		int begin = upto(9);

		s->month_days = 1 + upto(2);
		add(rule, ";BYMONTHDAY=");
		for (int i = 0; i < s->month_days; i++) {
			s->by_month_day[i] = interesting[begin + i];
			add(rule, "%s%d", i > 0 ? "," : "", s->by_month_day[i]);
		}
	}
	if (upto(3) == 0) {
		int begin = upto(9);

		s->months = 1 + upto(3);
		add(rule, ";BYMONTH=");
		for (int i = 0; i < s->months; i++) {
			s->by_month[i] = 1 + begin + i;
			add(rule, "%s%d", i > 0 ? "," : "", s->by_month[i]);
		}
	}
	if (f >= 2 && s->days + s->month_days > 0 && upto(3) == 0) {
		s->setpos = (upto(2) ? 1 : -1) * (1 + upto(3));
		add(rule, ";BYSETPOS=%d", s->setpos);
	}
	if (f == 1 && upto(2)) {
		s->wkst = 6;
		add(rule, ";WKST=SU");
	}
}

START_TEST(test_random)
{
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i;

	printf("recurrence_test seed %u\n", seed);
	srandom(seed);
	for (int i = 0; i < 120; i++) {
		char rule[400], from[WALL_SIZE], a[WALL_SIZE] = "none", b[WALL_SIZE] = "none";
		int64_t start =
			wall("2020-01-01T00:00") + (int64_t)upto(3653) * DAY + upto(1440) * 60;
		int64_t got[12], want[12];
		struct recurrence_rule parsed;
		struct slow s;
		size_t n, m;
		struct err err;

		random_rule(&s, rule);
		ck_assert_msg(recurrence_parse(rule, &parsed, &err), "%s: %s", rule, err.msg);
		n = recurrence_next(&(struct recurrence){.rule = &parsed, .start = start},
				    INT64_MIN, got, 12);
		m = slow_next(&s, start, want, 12);
		for (size_t k = 0; k < n || k < m; k++) {
			if (k < n && k < m && got[k] == want[k])
				continue;
			/* The slow way looks 40 years ahead. */
			if (k >= m && got[k] > start + (int64_t)DAY * 365 * 39)
				break;
			if (k < n)
				(void)wall_format(got[k], a);
			if (k < m)
				(void)wall_format(want[k], b);
			ck_abort_msg("seed %u: %s from %s: no. %zu is %s, not %s", seed, rule,
				     wall_format(start, from), k, a, b);
		}
	}
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("recurrence");

	tcase_add_test(tcase, test_wall);
	tcase_add_loop_test(tcase, test_known, 0, (int)(sizeof(known) / sizeof(known[0])));
	tcase_add_loop_test(tcase, test_wrong, 0,
			    (int)(sizeof(wrong_rules) / sizeof(wrong_rules[0])));
	tcase_add_test(tcase, test_too_long);
	tcase_add_loop_test(tcase, test_said, 0, (int)(sizeof(said) / sizeof(said[0])));
	tcase_add_loop_test(tcase, test_random, 0, 8);
	return case_run("recurrence", tcase);
}
