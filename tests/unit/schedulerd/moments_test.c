/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* moments_test - local_moment() against the C library's zones: every minute around every change of
 * clocks of some years, and random times. */
#include <stdio.h>
#include <time.h>

#include "common/model/recurrence.h"
#include "tests/unit/support/database.h"
#include "tests/unit/support/run.h"

#define DAY   86400
#define TIMES 4000

static const char *const zones[] = {
	"Europe/Moscow", /* none since 2014, and twice in 2010 */
	"Europe/Berlin",     "America/New_York", "Australia/Lord_Howe", /* by half an hour */
	"Asia/Kathmandu",						/* 5:45, none */
	"America/Sao_Paulo", /* at midnight, until 2019 */
	"Pacific/Apia",	     /* left a day out in 2011 */
};

static struct test_database db;

static void open_database(void)
{
	test_database_open(&db, "moments");
}

static void close_database(void)
{
	test_database_close(&db);
}

static int64_t offset_at(int64_t moment)
{
	time_t t = (time_t)moment;
	struct tm tm;

	localtime_r(&t, &tm);
	return tm.tm_gmtoff;
}

/* As RFC 5545 3.3.5 says it, by looking: of the moments at which the clock shows that time the
 * first; when there is none, by the offset before the leap. */
static int64_t moment_of(int64_t wall)
{
	int64_t day_before = wall - DAY - 14 * 3600; /* no clock has passed the leap then */

	for (int64_t moment = wall - 15 * 3600; moment <= wall + 15 * 3600; moment += 900)
		if (moment + offset_at(moment) == wall)
			return moment;
	/* The last offset that held when clocks had not yet reached that time. */
	for (int64_t moment = wall + 15 * 3600; moment > day_before; moment -= 900)
		if (moment + offset_at(moment) < wall)
			return wall - offset_at(moment);
	ck_abort_msg("no moment");
}

static void ask(const char *zone, const int64_t *walls, size_t count, int64_t *out)
{
	static const struct pg_stmt stmt = {
		"moments", "SELECT array_agg(extract(epoch FROM local_moment(to_timestamp(u) AT"
			   " TIME ZONE 'UTC', $2))::bigint ORDER BY n)"
			   "  FROM unnest($1::bigint[]) WITH ORDINALITY AS x(u, n)"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;

	pg_param_int64_array(params, walls, count);
	pg_param_text(params, zone);
	ck_ok(pg_run(db.pg, &stmt, params, &rows, err));
	ck_assert_uint_eq(pg_int_array(rows, 0, 0, out, count), count);
	pg_result_free(&rows);
	pg_params_free(&params);
}

static void compare(const char *zone, const int64_t *walls, size_t count, unsigned seed)
{
	int64_t got[TIMES];
	char a[WALL_SIZE], b[WALL_SIZE], c[WALL_SIZE];

	ask(zone, walls, count, got);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(got[i] == moment_of(walls[i]), "seed %u: %s %s is %s UTC, not %s",
			      seed, zone, wall_format(walls[i], a), wall_format(got[i], b),
			      wall_format(moment_of(walls[i]), c));
}

static void use_zone(const char *zone)
{
	ck_assert_int_eq(setenv("TZ", zone, 1), 0);
	tzset();
}

START_TEST(test_around_changes)
{
	const char *zone = zones[_i];
	size_t count = 0, changes = 0;
	int64_t walls[TIMES];

	use_zone(zone);
	for (int64_t at = 1230768000; at < 1893456000 && count + 49 < TIMES; at += 900) {
		if (offset_at(at) == offset_at(at - 900))
			continue;
		changes++;
		/* Three hours before and after, by either offset. */
		for (int i = -24; i <= 24; i++)
			walls[count++] = at + offset_at(i < 0 ? at - 900 : at) + (int64_t)i * 450;
	}
	printf("%s: %zu changes, %zu times\n", zone, changes, count);
	if (count > 0) {
		/* Quarters only: what the slow way looks at. */
		for (size_t i = 0; i < count; i++)
			walls[i] -= walls[i] % 900;
		compare(zone, walls, count, 0);
	}
}
END_TEST

START_TEST(test_random)
{
	unsigned seed = (unsigned)time(NULL) + (unsigned)_i;
	int64_t walls[1000];

	printf("moments_test seed %u\n", seed);
	srandom(seed);
	use_zone(zones[_i]);
	for (size_t i = 0; i < 1000; i++)
		walls[i] = 1230768000 + random() % (31 * 365 * 96) * 900;
	compare(zones[_i], walls, 1000, seed);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("moments");
	int count = (int)(sizeof(zones) / sizeof(zones[0]));

	tcase_add_checked_fixture(tcase, open_database, close_database);
	tcase_add_loop_test(tcase, test_around_changes, 0, count);
	tcase_add_loop_test(tcase, test_random, 0, count);
	return case_run("moments", tcase);
}
