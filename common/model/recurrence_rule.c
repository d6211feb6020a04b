/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* recurrence_rule - reading a rule: what of RFC 5545 names days, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "common/model/recurrence.h"

/* A piece of the rule's text. */
struct piece {
	const char *text;
	size_t len;
};

static bool piece_is(struct piece p, const char *word)
{
	return strlen(word) == p.len && memcmp(p.text, word, p.len) == 0;
}

/* Cut off what stands before `stop`; false when nothing is left. */
static bool piece_next(struct piece *rest, char stop, struct piece *out)
{
	const char *end;

	if (rest->text == NULL)
		return false;
	end = memchr(rest->text, stop, rest->len);
	*out = (struct piece){rest->text, end != NULL ? (size_t)(end - rest->text) : rest->len};
	if (end != NULL)
		*rest = (struct piece){end + 1, rest->len - out->len - 1};
	else
		rest->text = NULL;
	return true;
}

/* Digits, with a sign before them where `minus` allows one. */
static bool read_number(struct piece p, bool minus, int max, int *out)
{
	int sign = 1, n = 0;

	if (minus && p.len > 0 && (p.text[0] == '-' || p.text[0] == '+')) {
		sign = p.text[0] == '-' ? -1 : 1;
		p.text++;
		p.len--;
	}
	if (p.len == 0 || p.len > 6)
		return false;
	for (size_t i = 0; i < p.len; i++) {
		if (p.text[i] < '0' || p.text[i] > '9')
			return false;
		n = n * 10 + (p.text[i] - '0');
	}
	*out = sign * n;
	return n >= 1 && n <= max;
}

static bool read_weekday(struct piece p, int *out)
{
	static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

	for (int i = 0; i < 7; i++) {
		if (piece_is(p, names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* --- parts ---------------------------------------------------------------------------------------
 */

static bool read_freq(struct piece value, struct recurrence_rule *r, struct err *err)
{
	static const char *const names[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};

	for (int i = 0; i < 4; i++) {
		if (piece_is(value, names[i])) {
			r->freq = (enum recurrence_freq)i;
			return true;
		}
	}
	return err_set(err, ERR_INPUT,
		       "FREQ is DAILY, WEEKLY, MONTHLY or YEARLY; a day is the shortest step");
}

static bool read_interval(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_number(value, false, RECURRENCE_INTERVAL_MAX, &r->interval) ||
	       err_set(err, ERR_INPUT, "INTERVAL is a number from 1 to %d",
		       RECURRENCE_INTERVAL_MAX);
}

static bool read_count(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_number(value, false, RECURRENCE_COUNT_MAX, &r->count) ||
	       err_set(err, ERR_INPUT, "COUNT is a number from 1 to %d", RECURRENCE_COUNT_MAX);
}

/* 20261231 is all of that day; 20261231T180000 a time of the schedule's own zone. */
static bool read_until(struct piece value, struct recurrence_rule *r, struct err *err)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	char text[sizeof(form)] = "", time[16] = "";
	const char *from = time;

	if (value.len > 0 && value.text[value.len - 1] == 'Z')
		return err_set(err, ERR_INPUT,
			       "UNTIL is a time of the schedule's own zone, without Z");
	if (value.len == 8 || value.len == 15)
		snprintf(time, sizeof(time), "%.*s%s", (int)value.len, value.text,
			 value.len == 8 ? "T235959" : "");
	for (size_t i = 0; i < sizeof(form) - 1 && *from != '\0'; i++)
		text[i] = form[i] == 'd' || form[i] == 'T' ? *from++ : form[i];
	return wall_parse(text, &r->until) ||
	       err_set(err, ERR_INPUT,
		       "UNTIL is a day, as in 20261231, or a time, as in "
		       "20261231T180000");
}

static bool read_byday(struct piece value, struct recurrence_rule *r, struct err *err)
{
	struct piece item;

	while (piece_next(&value, ',', &item)) {
		struct piece day = item;
		int nth = 0, weekday;

		if (item.len > 2) {
			day = (struct piece){item.text + item.len - 2, 2};
			item.len -= 2;
			if (!read_number(item, true, 53, &nth))
				day.len = 0;
		}
		if (r->weekdays == RECURRENCE_WEEKDAYS_MAX || !read_weekday(day, &weekday))
			return err_set(err, ERR_INPUT,
				       "BYDAY is MO, TU, WE, TH, FR, SA or SU, a number before it "
				       "where one is meant, as in -1FR");
		r->weekday[r->weekdays].day = weekday;
		r->weekday[r->weekdays++].nth = nth;
	}
	return true;
}

static bool read_set(struct piece value, const char *name, bool minus, int max,
		     struct recurrence_set *out, struct err *err)
{
	struct piece item;

	while (piece_next(&value, ',', &item)) {
		uint64_t *bits;
		int n;

		if (!read_number(item, minus, max, &n))
			return err_set(err, ERR_INPUT,
				       minus ? "%s has numbers from 1 to %d, or with a minus to "
					       "count from the end"
					     : "%s has numbers from 1 to %d",
				       name, max);
		bits = n > 0 ? out->plus : out->minus;
		n = n > 0 ? n : -n;
		bits[n / 64] |= UINT64_C(1) << n % 64;
		out->any = true;
	}
	return true;
}

static bool read_bymonthday(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_set(value, "BYMONTHDAY", true, 31, &r->month_day, err);
}

static bool read_byyearday(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_set(value, "BYYEARDAY", true, 366, &r->year_day, err);
}

static bool read_byweekno(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_set(value, "BYWEEKNO", true, 53, &r->week, err);
}

static bool read_bymonth(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_set(value, "BYMONTH", false, 12, &r->month, err);
}

static bool read_bysetpos(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_set(value, "BYSETPOS", true, 366, &r->place, err);
}

static bool read_wkst(struct piece value, struct recurrence_rule *r, struct err *err)
{
	return read_weekday(value, &r->week_starts) ||
	       err_set(err, ERR_INPUT, "WKST is MO, TU, WE, TH, FR, SA or SU");
}

static const struct {
	const char *name;
	bool (*read)(struct piece value, struct recurrence_rule *r, struct err *err);
} parts[] = {
	{"FREQ", read_freq},	       {"INTERVAL", read_interval}, {"COUNT", read_count},
	{"UNTIL", read_until},	       {"BYDAY", read_byday},	    {"BYMONTHDAY", read_bymonthday},
	{"BYYEARDAY", read_byyearday}, {"BYWEEKNO", read_byweekno}, {"BYMONTH", read_bymonth},
	{"BYSETPOS", read_bysetpos},   {"WKST", read_wkst},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* --- the whole -----------------------------------------------------------------------------------
 */

static bool has_nth(const struct recurrence_rule *r)
{
	for (size_t i = 0; i < r->weekdays; i++)
		if (r->weekday[i].nth != 0)
			return true;
	return false;
}

/* What the standard forbids together. */
static bool check(const struct recurrence_rule *r, struct err *err)
{
	if (r->count > 0 && r->until != INT64_MAX)
		return err_set(err, ERR_INPUT, "COUNT and UNTIL exclude each other");
	if (has_nth(r) && (r->freq < RECUR_MONTHLY || r->week.any))
		return err_set(err, ERR_INPUT,
			       "Numbers before weekdays go with MONTHLY and YEARLY only");
	if (r->month_day.any && r->freq == RECUR_WEEKLY)
		return err_set(err, ERR_INPUT, "BYMONTHDAY does not go with WEEKLY");
	if ((r->year_day.any || r->week.any) && r->freq != RECUR_YEARLY)
		return err_set(err, ERR_INPUT, "BYYEARDAY and BYWEEKNO go with YEARLY only");
	if (r->place.any && r->weekdays == 0 && !r->month_day.any && !r->year_day.any &&
	    !r->week.any && !r->month.any)
		return err_set(err, ERR_INPUT, "BYSETPOS chooses among days that another BY names");
	return true;
}

bool recurrence_parse(const char *text, struct recurrence_rule *out, struct err *err)
{
	struct piece rest = {text, strlen(text)}, part;
	bool seen[PARTS] = {false};

	*out = (struct recurrence_rule){.interval = 1, .until = INT64_MAX};
	if (rest.len > RECURRENCE_RULE_MAX)
		return err_set(err, ERR_INPUT, "A rule has at most %d characters",
			       RECURRENCE_RULE_MAX);
	while (piece_next(&rest, ';', &part)) {
		struct piece name = {NULL, 0}, value = part;
		size_t k = 0;

		(void)piece_next(&value, '=', &name);
		while (k < PARTS && !piece_is(name, parts[k].name))
			k++;
		if (k == PARTS)
			return err_set(err, ERR_INPUT, "\"%.*s\" is no part of such a rule",
				       (int)(name.len > 20 ? 20 : name.len), name.text);
		if (seen[k])
			return err_set(err, ERR_INPUT, "%s stands there twice", parts[k].name);
		seen[k] = true;
		if (value.text == NULL || value.len == 0)
			return err_set(err, ERR_INPUT, "%s has no value", parts[k].name);
		if (!parts[k].read(value, out, err))
			return false;
	}
	if (!seen[0])
		return err_set(err, ERR_INPUT, "FREQ says how often, and it is missing");
	return check(out, err);
}
