/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* recurrence - the days a rule of RFC 5545 names, as wall-clock times.
 *
 * A rule is what follows RRULE: in a calendar.  It names days; the time of day is that of the start
 * ("10:00" stays 10:00 when clocks change), and which moment that is in a zone is the database's
 * local_moment() to say.
 *
 * Of every day from the start on it is asked whether the rule names it, until the calendar of
 * RECURRENCE_YEAR_MAX ends: a rule that never matches costs milliseconds.  libical was tried and
 * left: 3.0 counts days from a month's end wrongly in daily rules, leaves out months of yearly
 * ones, and takes seconds over rules that never match. */
#ifndef VESTNIK_MODEL_RECURRENCE_H
#define VESTNIK_MODEL_RECURRENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define RECURRENCE_RULE_MAX	300
#define RECURRENCE_INTERVAL_MAX 1000
#define RECURRENCE_COUNT_MAX	10000
#define RECURRENCE_EXCEPT_MAX	100
#define RECURRENCE_YEAR_MAX	2199
#define RECURRENCE_WEEKDAYS_MAX 75 /* so many fit into a rule */

enum recurrence_freq { RECUR_DAILY, RECUR_WEEKLY, RECUR_MONTHLY, RECUR_YEARLY };

/* Numbers from -366 to 366 that a part of a rule names. */
struct recurrence_set {
	bool any;
	uint64_t plus[6], minus[6];
};

/* A rule, taken apart. */
struct recurrence_rule {
	enum recurrence_freq freq;
	int interval;
	int count;	 /* 0: no end by number */
	int64_t until;	 /* wall-clock, the last that can be; INT64_MAX: no end by time */
	int week_starts; /* 0: Monday ... 6: Sunday */
	struct recurrence_set month, month_day, year_day, week, place;
	size_t weekdays;
	struct {
		int day; /* 0: Monday */
		int nth; /* 0: every */
	} weekday[RECURRENCE_WEEKDAYS_MAX];
};

/* ERR_INPUT says what is wrong with it, in a sentence for people. */
bool recurrence_parse(const char *text, struct recurrence_rule *out, struct err *err);

/* Wall-clock times are seconds since 1970-01-01T00:00:00 of a clock that never changes. */
struct recurrence {
	const struct recurrence_rule *rule;
	int64_t start; /* the first that can be; it is one only if the rule names its day */
	const int64_t *except;
	size_t except_count;
};

/* Up to `max` of the times after `after`, in order; fewer: there are no more. */
size_t recurrence_next(const struct recurrence *r, int64_t after, int64_t *out, size_t max);

#define RECURRENCE_SAID 100
/* What a simple rule says, as a sentence for people ("Every 2 weeks on Monday"); NULL: it takes
 * more than a sentence.  When it ends is not said. */
const char *recurrence_say(const struct recurrence_rule *r, int64_t start,
			   char out[RECURRENCE_SAID]);

/* "2026-12-01T10:00:00" or "2026-12-01T10:00"; years 1970 to 2199. */
bool wall_parse(const char *text, int64_t *out);
#define WALL_SIZE 32
/* "2026-12-01T10:00:00", which PostgreSQL reads too. */
const char *wall_format(int64_t wall, char out[WALL_SIZE]);

#endif
