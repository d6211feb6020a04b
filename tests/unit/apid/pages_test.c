/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pages_test - what pages of a campaign tell that needs no store: night hours, the expensive
 * character, cells of a file. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "apid/download.h"
#include "apid/forecast.h"
#include "common/base/mem.h"
#include "tests/unit/support/run.h"

#define HOUR_S 3600

static const struct {
	int hour;
	int64_t duration_s;
	bool night;
} hours[] = {
	{8, 0, true},
	{9, 0, false},
	{9, 13 * HOUR_S - 1, false},
	{9, 13 * HOUR_S, true},
	{21, 60, false},
	{21, HOUR_S, true},
	{22, 0, true},
	{0, 0, true},
	{12, -1, false},
	{12, 48 * HOUR_S, true},
};

START_TEST(test_night)
{
	struct tm tm = {.tm_year = 126, .tm_mon = 5, .tm_mday = 10, .tm_hour = hours[_i].hour};
	int64_t from_us = (int64_t)mktime(&tm) * 1000000;

	ck_assert_msg(forecast_is_night(from_us, hours[_i].duration_s) == hours[_i].night,
		      "%d o'clock for %lld s", hours[_i].hour, (long long)hours[_i].duration_s);
}
END_TEST

/* Two spans of 100 clients each, open until `closes_h` and from `opens_h` to 24 o'clock, both again
 * a day later; from 0 o'clock on, `duration_s` for all. */
static const struct {
	int closes_h, opens_h;
	int64_t duration_s;
	bool moves;
	int64_t waiting, cut, takes_s;
} spans[] = {
	{24, 0, 2 * HOUR_S, true, 0, 0, 2 * HOUR_S},
	{24, 5, 2 * HOUR_S, true, 100, 0, 6 * HOUR_S},
	{24, 5, -1, true, 100, 0, -1},
	/* The first hundred take two hours and have one, less the margin. */
	{1, 5, 4 * HOUR_S, false, 100, 50, 7 * HOUR_S},
	{1, 5, 4 * HOUR_S, true, 150, 0, 25 * HOUR_S},
};

START_TEST(test_last_leaves_in_permitted_hours)
{
	const int64_t hour_us = HOUR_S * INT64_C(1000000), day_us = 24 * hour_us;
	const struct forecast_span span[] = {
		{.closes_us = spans[_i].closes_h * hour_us,
		 .next_opens_us = day_us,
		 .next_closes_us = day_us + spans[_i].closes_h * hour_us,
		 .clients = 100},
		{.opens_us = spans[_i].opens_h * hour_us,
		 .closes_us = day_us,
		 .next_opens_us = day_us + spans[_i].opens_h * hour_us,
		 .next_closes_us = 2 * day_us,
		 .clients = 100},
	};
	struct forecast f = {.duration_s = spans[_i].duration_s};

	forecast_hours(&f, span, 2, 200, spans[_i].moves);
	ck_assert_int_eq(f.waiting / 2, spans[_i].waiting / 2);
	ck_assert_int_eq((f.cut + 1) / 2, (spans[_i].cut + 1) / 2);
	ck_assert_int_le(llabs(f.duration_s - spans[_i].takes_s), 90);
}
END_TEST

static const struct {
	const char *text;
	const char *expensive; /* NULL: none */
	size_t at;
	enum sms_spelling spelling;
} texts[] = {
	{"Sale 20 %", NULL, 0, SPELLING_AS_IS},
	{"Sale – 20 %", "–", 6, SPELLING_AS_IS},
	{"Hi {имя|friend}", NULL, 0, SPELLING_AS_IS},
	{"Hi {имя|друг}", NULL, 0, SPELLING_AS_IS}, /* a letter makes it a Russian text */
	{"Скидка – 20 %", NULL, 0, SPELLING_AS_IS},
	{"{{ – }}", "–", 4, SPELLING_AS_IS},
	{"Hi {first_name|«you»}", "«", 16, SPELLING_AS_IS},
	{"Party 🎉", "🎉", 7, SPELLING_AS_IS},
	{"", NULL, 0, SPELLING_AS_IS},
	{"{", NULL, 0, SPELLING_AS_IS},
	{"Sale – 20 %", NULL, 0, SPELLING_PLAIN}, /* it is replaced */
	{"Sale – 🎉", "🎉", 8, SPELLING_PLAIN},
	{"Скидка – 20 %", NULL, 0, SPELLING_LATIN},
	{"Скидка 🎉", "🎉", 8, SPELLING_LATIN}, /* keeps the Russian text Russian */
};

START_TEST(test_expensive)
{
	char found[8] = "";
	size_t at = 0;
	bool any = forecast_expensive(texts[_i].text, texts[_i].spelling, found, &at);

	ck_assert_msg(any == (texts[_i].expensive != NULL), "%s", texts[_i].text);
	if (!any)
		return;
	ck_assert_str_eq(found, texts[_i].expensive);
	ck_assert_uint_eq(at, texts[_i].at);
}
END_TEST

static const struct {
	const char *text, *cell;
} cells[] = {
	{"Иванов", "\"Иванов\""}, {"say \"hi\"; bye", "\"say \"\"hi\"\"; bye\""},
	{"=1+1", "\"'=1+1\""},	  {"+7", "\"'+7\""},
	{"-1", "\"'-1\""},	  {"@cmd", "\"'@cmd\""},
	{"\t=1", "\"'\t=1\""},	  {"\r=1", "\"'\r=1\""},
	{"a=1", "\"a=1\""},	  {"", "\"\""},
};

static char *written(void (*put)(FILE *, const char *), const char *text, size_t *len)
{
	char *got = NULL;
	FILE *out = open_memstream(&got, len);

	put(out, text);
	fclose(out);
	return got;
}

START_TEST(test_no_cell_is_a_formula)
{
	size_t len;
	char *got = written(download_put_guarded, cells[_i].text, &len);

	ck_assert_str_eq(got, cells[_i].cell);
	mem_free(got);
}
END_TEST

static const struct {
	int64_t msisdn;
	const char *cell;
} phones[] = {
	{79161234567, "7 916 123-45-67"},
	{79000000001, "7 900 000-00-01"},
	{4915112345678, "00 4915112345678"},
	{375291234567, "00 375291234567"},
};

START_TEST(test_phones)
{
	char *got = NULL;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	download_put_phone(out, phones[_i].msisdn);
	fclose(out);
	ck_assert_str_eq(got, phones[_i].cell);
	mem_free(got);
}
END_TEST

#define LOOP(test, array)                                                                          \
	tcase_add_loop_test(tcase, test, 0, (int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
	Suite *suite = suite_create("pages");
	TCase *tcase = tcase_create("pages");

	LOOP(test_night, hours);
	LOOP(test_last_leaves_in_permitted_hours, spans);
	LOOP(test_expensive, texts);
	LOOP(test_no_cell_is_a_formula, cells);
	LOOP(test_phones, phones);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
