/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Statements, types and errors on a healthy connection. */
#include <signal.h>

#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

#define SECOND_US INT64_C(1000000)

static struct pg *pg;
static struct pg_params *params;

static void set_up(void)
{
	pg = test_open(test_db_url(), 20000);
	params = pg_params_new();
}

static void tear_down(void)
{
	pg_params_free(&params);
	pg_close(&pg);
}

/* --- types ---------------------------------------------------------------------------------------
 */

START_TEST(test_scalars_round_trip)
{
	static const struct pg_stmt stmt = {
		"scalars", "SELECT $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::timestamptz"};
	struct pg_result *r = NULL;

	pg_param_bool(params, true);
	pg_param_int16(params, INT16_MIN);
	pg_param_int32(params, INT32_MIN);
	pg_param_int64(params, INT64_MAX);
	pg_param_text(params, "Привет, «мир»");
	pg_param_text_len(params, "abcdef", 3);
	pg_param_bytes(params, "a\0b", 3);
	pg_param_text(params, "{\"a\":1}");
	pg_param_time_us(params, 1700000000 * SECOND_US + 123456);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	ck_assert_uint_eq(pg_rows(r), 1);
	ck_assert(pg_bool(r, 0, 0));
	ck_assert_int_eq(pg_int(r, 0, 1), INT16_MIN);
	ck_assert_int_eq(pg_int(r, 0, 2), INT32_MIN);
	ck_assert_int_eq(pg_int(r, 0, 3), INT64_MAX);
	ck_assert_str_eq(pg_text(r, 0, 4), "Привет, «мир»");
	ck_assert_str_eq(pg_text(r, 0, 5), "abc");
	ck_assert_uint_eq(pg_len(r, 0, 6), 3);
	ck_assert_mem_eq(pg_text(r, 0, 6), "a\0b", 3);
	ck_assert_str_eq(pg_text(r, 0, 7), "{\"a\": 1}");
	ck_assert_uint_eq(pg_len(r, 0, 7), strlen("{\"a\": 1}"));
	ck_assert_int_eq(pg_time_us(r, 0, 8), 1700000000 * SECOND_US + 123456);
	pg_result_free(&r);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(test_nulls_round_trip)
{
	static const struct pg_stmt stmt = {
		"nulls",
		"SELECT $1::boolean, $2::bigint, $3, $4, $5, $6::timestamptz, $7::bigint[], "
		"$8::text[]"};
	struct pg_result *r = NULL;
	int64_t ints[1];
	const char *texts[1];
	size_t lens[1];

	pg_param_null(params);
	pg_param_null(params);
	pg_param_text(params, NULL);
	pg_param_text_len(params, NULL, 5);
	pg_param_bytes(params, NULL, 5);
	pg_param_null(params);
	pg_param_null(params);
	pg_param_null(params);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	for (int col = 0; col < 8; col++)
		ck_assert(pg_null(r, 0, col));
	ck_assert(!pg_bool(r, 0, 0));
	ck_assert_int_eq(pg_int(r, 0, 1), 0);
	ck_assert_str_eq(pg_text(r, 0, 2), "");
	ck_assert_uint_eq(pg_len(r, 0, 3), 0);
	ck_assert_int_eq(pg_time_us(r, 0, 5), 0);
	ck_assert_uint_eq(pg_int_array(r, 0, 6, ints, 1), 0);
	ck_assert_uint_eq(pg_text_array(r, 0, 7, texts, lens, 1), 0);
	pg_result_free(&r);
}
END_TEST

START_TEST(test_empty_values_are_not_null)
{
	static const struct pg_stmt stmt = {"empty", "SELECT $1, $2, $3"};
	struct pg_result *r = NULL;
	int64_t ints[1];

	pg_param_text(params, "");
	pg_param_bytes(params, "", 0);
	pg_param_int64_array(params, NULL, 0);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	for (int col = 0; col < 3; col++)
		ck_assert(!pg_null(r, 0, col));
	ck_assert_str_eq(pg_text(r, 0, 0), "");
	ck_assert_uint_eq(pg_int_array(r, 0, 2, ints, 1), 0);
	pg_result_free(&r);
}
END_TEST

START_TEST(test_arrays_round_trip)
{
	static const struct pg_stmt stmt = {
		"arrays", "SELECT $1, $2, $3, $4, $5::timestamptz[], ($5::timestamptz[])[2], "
			  "ARRAY[1, NULL, 3]::bigint[]"};
	static const int16_t i16[] = {-1, INT16_MAX};
	static const int32_t i32[] = {INT32_MIN, 0, 7};
	static const int64_t i64[] = {INT64_MIN, INT64_MAX};
	static const char *const texts[] = {"один", NULL, "", "four"};
	static const int64_t times[] = {0, 1 * SECOND_US};
	struct pg_result *r = NULL;
	int64_t ints[4] = {0};
	const char *got[4];
	size_t lens[4];

	pg_param_int16_array(params, i16, 2);
	pg_param_int32_array(params, i32, 3);
	pg_param_int64_array(params, i64, 2);
	pg_param_text_array(params, texts, 4);
	pg_param_time_us_array(params, times, 2);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	ck_assert_uint_eq(pg_int_array(r, 0, 0, ints, 4), 2);
	ck_assert(ints[0] == -1 && ints[1] == INT16_MAX);
	ck_assert_uint_eq(pg_int_array(r, 0, 1, ints, 4), 3);
	ck_assert(ints[0] == INT32_MIN && ints[1] == 0 && ints[2] == 7);
	ck_assert_uint_eq(pg_int_array(r, 0, 2, ints, 4), 2);
	ck_assert(ints[0] == INT64_MIN && ints[1] == INT64_MAX);
	ck_assert_uint_eq(pg_text_array(r, 0, 3, got, lens, 4), 4);
	ck_assert(lens[0] == strlen("один") && memcmp(got[0], "один", lens[0]) == 0);
	ck_assert_ptr_null(got[1]);
	ck_assert(got[2] != NULL && lens[1] == 0 && lens[2] == 0);
	ck_assert(lens[3] == 4 && memcmp(got[3], "four", 4) == 0);
	ck_assert_int_eq(pg_time_us(r, 0, 5), 1 * SECOND_US);
	ck_assert_uint_eq(pg_int_array(r, 0, 6, ints, 4), 3);
	ck_assert(ints[0] == 1 && ints[1] == 0 && ints[2] == 3);
	/* More elements than room: the count is told, the room is kept. */
	ints[1] = 99;
	ck_assert_uint_eq(pg_int_array(r, 0, 1, ints, 1), 3);
	ck_assert_int_eq(ints[1], 99);
	pg_result_free(&r);
}
END_TEST

static const struct {
	const char *why;
	int64_t unix_us;
	const char *text;
} times[] = {
	{"the epoch", 0, "1970-01-01 00:00:00+00"},
	{"before it", -1 * SECOND_US, "1969-12-31 23:59:59+00"},
	{"PostgreSQL's own epoch", PG_EPOCH_US, "2000-01-01 00:00:00+00"},
	{"microseconds", 1, "1970-01-01 00:00:00.000001+00"},
	{"the end of time", INT64_MAX, "infinity"},
	{"its beginning", INT64_MIN, "-infinity"},
};

START_TEST(test_times)
{
	static const struct pg_stmt stmt = {"times", "SELECT $1::text, $1"};
	struct pg_result *r = NULL;

	pg_param_time_us(params, times[_i].unix_us);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	ck_assert_msg(strcmp(pg_text(r, 0, 0), times[_i].text) == 0, "%s: %s", times[_i].why,
		      pg_text(r, 0, 0));
	ck_assert_int_eq(pg_time_us(r, 0, 1), times[_i].unix_us);
	pg_result_free(&r);
}
END_TEST

START_TEST(test_a_statement_takes_changing_types)
{
	static const struct pg_stmt stmt = {"sum", "SELECT $1::bigint + 1"};
	struct pg_result *r = NULL;

	for (int round = 0; round < 3; round++) {
		for (int kind = 0; kind < 4; kind++) {
			pg_params_reset(params);
			if (kind == 0)
				pg_param_null(params);
			if (kind == 1)
				pg_param_int16(params, 41);
			if (kind == 2)
				pg_param_int32(params, 41);
			if (kind == 3)
				pg_param_int64(params, 41);
			ck_ok(pg_run(pg, &stmt, params, &r, err));
			ck_assert_int_eq(pg_int(r, 0, 0), kind == 0 ? 0 : 42);
			pg_result_free(&r);
		}
	}
	ck_assert_int_eq(test_int(pg, "plans",
				  "SELECT count(*) FROM pg_prepared_statements "
				  "WHERE statement LIKE 'SELECT $1::bigint%'"),
			 4);
}
END_TEST

START_TEST(test_many_parameters_and_rows)
{
	static const struct pg_stmt stmt = {"series", "SELECT n, 'row ' || n FROM unnest($1) n"};
	enum { COUNT = 50000 };
	struct pg_result *r = NULL;
	int64_t *v = mem_calloc(COUNT, sizeof(*v));

	for (int64_t i = 0; i < COUNT; i++)
		v[i] = i * i;
	pg_param_int64_array(params, v, COUNT);
	ck_ok(pg_run(pg, &stmt, params, &r, err));
	ck_assert_uint_eq(pg_rows(r), COUNT);
	ck_assert_int_eq(pg_affected(r), COUNT);
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_int_eq(pg_int(r, i, 0), v[i]);
	pg_result_free(&r);
	mem_free(v);
}
END_TEST

/* --- errors --------------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const char *sql;
	const char *sqlstate;
	enum err_kind kind;
	const char *says;	  /* NULL: whatever */
	const char *does_not_say; /* NULL: nothing forbidden */
} refusals[] = {
	{"no such table", "SELECT 1;\n\nSELECT * FROM nowhere", "42P01", ERR_REFUSED,
	 "line 3: relation \"nowhere\" does not exist", NULL},
	{"the line is counted in characters", "SELECT 'щщщщ';\nSELECT 'щщщщ', nocolumn", "42703",
	 ERR_REFUSED, "line 2", NULL},
	{"values are not told", "SELECT '79161234567x'::bigint", "22P02", ERR_REFUSED,
	 "invalid input syntax", "7916"},
	{"values in the detail are not told",
	 "CREATE TEMP TABLE u (a bigint PRIMARY KEY); INSERT INTO u VALUES (79161234567), "
	 "(79161234567)",
	 "23505", ERR_REFUSED, "u_pkey", "7916"},
	{"serialization failure", "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001", ERR_RETRY,
	 NULL, NULL},
	{"deadlock", "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", "40P01", ERR_RETRY, NULL, NULL},
	{"cancelled by statement_timeout",
	 "SET LOCAL statement_timeout = 50; BEGIN; SET LOCAL statement_timeout = 50; SELECT "
	 "pg_sleep(9)",
	 "57014", ERR_TIMEOUT, NULL, NULL},
};

START_TEST(test_refusals)
{
	struct err e = {0};

	ck_assert(!pg_exec(pg, refusals[_i].sql, &e));
	ck_assert_msg(e.kind == refusals[_i].kind, "%s: %s", refusals[_i].why, e.msg);
	ck_assert_str_eq(pg_sqlstate(pg), refusals[_i].sqlstate);
	if (refusals[_i].says != NULL)
		ck_assert_msg(strstr(e.msg, refusals[_i].says) != NULL, "%s: %s", refusals[_i].why,
			      e.msg);
	if (refusals[_i].does_not_say != NULL)
		ck_assert_msg(strstr(e.msg, refusals[_i].does_not_say) == NULL, "%s: %s",
			      refusals[_i].why, e.msg);
	/* The connection serves on. */
	ck_assert(pg_usable(pg));
	pg_rollback(pg);
	ck_assert_int_eq(test_int(pg, "one", "SELECT 1"), 1);
	ck_assert_str_eq(pg_sqlstate(pg), "");
}
END_TEST

static const struct {
	const char *why;
	const char *sqlstate;
} losses[] = {
	{"connection exception", "08006"},
	{"admin shutdown", "57P01"},
	{"crash shutdown", "57P02"},
	{"cannot connect now", "57P03"},
};

START_TEST(test_losses)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "DO $$ BEGIN RAISE SQLSTATE '%s'; END $$",
		       losses[_i].sqlstate);
	ck_fails(pg_exec(pg, sql, err), ERR_LOST);
	ck_assert_str_eq(pg_sqlstate(pg), losses[_i].sqlstate);
	ck_assert(!pg_usable(pg));
	ck_fails(pg_exec(pg, "SELECT 1", err), ERR_LOST);
}
END_TEST

START_TEST(test_a_refused_prepare_can_be_tried_again)
{
	static const struct pg_stmt stmt = {"later", "SELECT a FROM pg_temp.later"};

	ck_fails(pg_run(pg, &stmt, NULL, NULL, err), ERR_REFUSED);
	ck_ok(pg_exec(pg, "CREATE TEMP TABLE later (a int)", err));
	ck_ok(pg_run(pg, &stmt, NULL, NULL, err));
}
END_TEST

START_TEST(test_too_large_parameters_are_a_limit)
{
	static const struct pg_stmt stmt = {"large", "SELECT $1"};

	params->data.max = 100;
	pg_param_text(params,
		      "0123456789012345678901234567890123456789012345678901234567890123456789"
		      "0123456789012345678901234567890123456789");
	ck_fails(pg_run(pg, &stmt, params, NULL, err), ERR_LIMIT);
	pg_params_reset(params);
	pg_param_text(params, "small");
	ck_ok(pg_run(pg, &stmt, params, NULL, err));
}
END_TEST

START_TEST(test_copy_in_a_script_is_refused)
{
	ck_fails(pg_exec(pg, "CREATE TEMP TABLE c (a int); COPY c FROM STDIN", err), ERR_LOST);
	ck_ok(pg_reconnect(pg, err));
}
END_TEST

START_TEST(test_settings_of_the_session)
{
	struct pg_options options = {.url = test_db_url(), .timeout_ms = 5000};
	struct pg *own = NULL;
	char url[1024];

	(void)snprintf(url, sizeof(url), "%s%soptions=-csearch_path%%3Dpg_catalog", test_db_url(),
		       strchr(test_db_url(), '?') != NULL ? "&" : "?");
	if (strstr(test_db_url(), "://") == NULL)
		(void)snprintf(url, sizeof(url), "%s options='-csearch_path=pg_catalog'",
			       test_db_url());
	options.url = url;
	ck_ok(pg_open(&options, &own, err));
	ck_assert_int_eq(test_int(own, "path",
				  "SELECT (current_setting('search_path') = "
				  "'pg_catalog')::int"),
			 1);
	ck_assert_int_eq(test_int(own, "timeout",
				  "SELECT setting::int FROM pg_settings WHERE name = "
				  "'statement_timeout'"),
			 4500);
	ck_assert_int_eq(test_int(own, "idle",
				  "SELECT setting::int FROM pg_settings WHERE name = "
				  "'idle_in_transaction_session_timeout'"),
			 5000);
	ck_assert_int_eq(test_int(own, "zone", "SELECT (current_setting('timezone') = 'UTC')::int"),
			 1);
	pg_close(&own);
	pg_close(&own);
}
END_TEST

/* --- a caller's bugs end the process
 * --------------------------------------------------------------
 */

static void misuse_type(int which)
{
	static const struct pg_stmt stmt = {"types",
					    "SELECT 'x'::text, 1::int, now(), 1.5::numeric, "
					    "ARRAY[[1,2],[3,4]]::bigint[]"};
	static const struct pg_stmt other = {"types", "SELECT 2"};
	struct pg_result *r = NULL;
	int64_t ints[4];
	const char *texts[4];
	size_t lens[4];

	ck_ok(pg_run(pg, &stmt, NULL, &r, err));
	switch (which) {
	case 0:
		(void)pg_int(r, 0, 0);
		break;
	case 1:
		(void)pg_text(r, 0, 1);
		break;
	case 2:
		(void)pg_bool(r, 0, 1);
		break;
	case 3:
		(void)pg_time_us(r, 0, 1);
		break;
	case 4:
		(void)pg_int(r, 0, 3);
		break;
	case 5:
		(void)pg_int_array(r, 0, 0, ints, 4);
		break;
	case 6:
		(void)pg_text_array(r, 0, 4, texts, lens, 4);
		break;
	case 7:
		(void)pg_int(r, 1, 1);
		break;
	case 8:
		(void)pg_int(r, 0, 5);
		break;
	case 9:
		(void)pg_run(pg, &other, NULL, NULL, &(struct err){0});
		break;
	case 10:
		ck_ok(pg_pipeline_begin(pg, err));
		(void)pg_exec(pg, "SELECT 1", &(struct err){0});
		break;
	default:
		(void)pg_pipeline_end(pg, NULL, 0, &(struct err){0});
	}
}

START_TEST(test_misuse_panics)
{
	/* The message is expected; it need not be seen. */
	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
	misuse_type(_i);
}
END_TEST

/* One connection works while another is asked; what fails is told at the end, and the connection is
 * as good as before. */
START_TEST(test_a_statement_in_two_steps)
{
	struct pg *other = test_open(test_db_url(), 5000);
	struct pg_result *slow = NULL, *quick = NULL;
	uint64_t begun_ms = clock_mono_ms();
	struct err err;

	ck_assert(pg_once_begin(other, "SELECT 7 FROM pg_sleep(0.4)", NULL, &err));
	ck_assert(pg_run_once(pg, "SELECT 8 FROM pg_sleep(0.4)", NULL, &quick, &err));
	ck_assert(pg_once_end(other, &slow, &err));
	ck_assert_int_lt(clock_mono_ms() - begun_ms, 750);
	ck_assert_int_eq(pg_int(slow, 0, 0), 7);
	ck_assert_int_eq(pg_int(quick, 0, 0), 8);
	pg_result_free(&slow);
	pg_result_free(&quick);

	ck_assert(pg_once_begin(other, "SELECT 1 / 0", NULL, &err));
	ck_assert(!pg_once_end(other, &slow, &err));
	ck_assert_ptr_nonnull(strstr(err.msg, "division by zero"));
	ck_assert(pg_run_once(other, "SELECT 9", NULL, &slow, &err));
	ck_assert_int_eq(pg_int(slow, 0, 0), 9);
	pg_result_free(&slow);
	pg_close(&other);
}
END_TEST

START_TEST(test_whoever_is_answered_first)
{
	struct pg *slow = test_open(test_db_url(), 5000), *quick = test_open(test_db_url(), 5000);
	struct pg *list[] = {NULL, slow, quick};
	struct pg_result *rows = NULL;
	struct err err;

	ck_assert(pg_once_begin(slow, "SELECT 1 FROM pg_sleep(0.5)", NULL, &err));
	ck_assert(pg_once_begin(quick, "SELECT 2 FROM pg_sleep(0.1)", NULL, &err));
	ck_assert_uint_eq(pg_once_wait(list, 3), 2);
	ck_assert(pg_once_end(quick, &rows, &err));
	ck_assert_int_eq(pg_int(rows, 0, 0), 2);
	pg_result_free(&rows);

	/* A statement that fails has its answer, too; and so has a session that is over. */
	ck_assert(pg_once_begin(quick, "SELECT 1 / 0", NULL, &err));
	ck_assert_uint_eq(pg_once_wait(list, 3), 2);
	ck_assert(!pg_once_end(quick, &rows, &err));
	ck_assert(
		pg_once_begin(quick, "SELECT pg_terminate_backend(pg_backend_pid())", NULL, &err));
	ck_assert_uint_eq(pg_once_wait(list, 3), 2);
	ck_assert(!pg_once_end(quick, &rows, &err));
	ck_assert_int_eq(err.kind, ERR_LOST);

	list[2] = NULL;
	ck_assert_uint_eq(pg_once_wait(list, 3), 1);
	ck_assert(pg_once_end(slow, &rows, &err));
	pg_result_free(&rows);
	pg_close(&slow);
	pg_close(&quick);
}
END_TEST

static int64_t count_of(struct pg *of)
{
	struct pg_result *rows = NULL;
	struct err err;
	int64_t count;

	ck_assert(pg_run_once(of, "SELECT count(*) FROM frozen", NULL, &rows, &err));
	count = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return count;
}

START_TEST(test_two_see_one_moment)
{
	struct pg *first = test_open(test_db_url(), 5000), *second = test_open(test_db_url(), 5000);
	struct err err;

	ck_assert(pg_exec(pg, "CREATE TABLE frozen (n integer); INSERT INTO frozen VALUES (1)",
			  &err));
	ck_assert(pg_begin_frozen(first, &err));
	ck_assert_int_eq(count_of(first), 1);
	ck_assert(pg_exec(pg, "INSERT INTO frozen VALUES (2)", &err));
	ck_assert(pg_begin_as(second, first, &err));
	ck_assert(pg_exec(pg, "INSERT INTO frozen VALUES (3)", &err));
	ck_assert_int_eq(count_of(first), 1);
	ck_assert_int_eq(count_of(second), 1);
	pg_rollback(first);
	pg_rollback(second);
	ck_assert_int_eq(count_of(second), 3);
	pg_close(&first);
	pg_close(&second);
	ck_assert(pg_exec(pg, "DROP TABLE frozen", &err));
}
END_TEST

START_TEST(test_parameters_are_cut_off)
{
	struct pg_params *some = pg_params_new();
	struct pg_result *rows = NULL;
	struct err err;

	pg_param_int64(some, 1);
	pg_param_text(some, "one");
	pg_param_text(some, "a long one that goes");
	pg_params_cut(some, 1);
	pg_params_cut(some, 5); /* there are no more to keep */
	pg_param_text(some, "two");
	ck_assert(pg_run_once(pg, "SELECT $1::bigint || $2::text", some, &rows, &err));
	ck_assert_str_eq(pg_text(rows, 0, 0), "1two");
	pg_result_free(&rows);
	pg_params_free(&some);
}
END_TEST

static void ck_label(const char *want)
{
	struct pg_result *rows = NULL;
	static const struct pg_stmt get = {
		"label", "SELECT coalesce(current_setting('vestnik.audit', true), '')"};

	ck_ok(pg_run(pg, &get, NULL, &rows, err));
	ck_assert_str_eq(pg_text(rows, 0, 0), want);
	pg_result_free(&rows);
}

START_TEST(test_who_acts_is_told_until_the_connection_ends)
{
	ck_ok(pg_label(pg, "person 7", err));
	ck_label("person 7");
	ck_ok(pg_exec(pg, "SET vestnik.audit = 'behind its back'", err));
	ck_ok(pg_label(pg, "person 7", err)); /* known: nothing is sent */
	ck_label("behind its back");
	ck_ok(pg_label(pg, "", err));
	ck_label("");
	ck_ok(pg_label(pg, "person 8", err));
	ck_ok(pg_reconnect(pg, err));
	ck_label("");
	ck_ok(pg_label(pg, "person 8", err));
	ck_label("person 8");
}
END_TEST

static Suite *pg_suite(void)
{
	Suite *s = suite_create("pg");
	TCase *tc = tcase_create("pg");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_scalars_round_trip);
	tcase_add_test(tc, test_nulls_round_trip);
	tcase_add_test(tc, test_empty_values_are_not_null);
	tcase_add_test(tc, test_arrays_round_trip);
	tcase_add_loop_test(tc, test_times, 0, sizeof(times) / sizeof(times[0]));
	tcase_add_test(tc, test_a_statement_takes_changing_types);
	tcase_add_test(tc, test_many_parameters_and_rows);
	tcase_add_test(tc, test_a_statement_in_two_steps);
	tcase_add_test(tc, test_whoever_is_answered_first);
	tcase_add_test(tc, test_two_see_one_moment);
	tcase_add_test(tc, test_parameters_are_cut_off);
	tcase_add_loop_test(tc, test_refusals, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_loop_test(tc, test_losses, 0, sizeof(losses) / sizeof(losses[0]));
	tcase_add_test(tc, test_a_refused_prepare_can_be_tried_again);
	tcase_add_test(tc, test_too_large_parameters_are_a_limit);
	tcase_add_test(tc, test_copy_in_a_script_is_refused);
	tcase_add_test(tc, test_settings_of_the_session);
	tcase_add_test(tc, test_who_acts_is_told_until_the_connection_ends);
	tcase_add_loop_test_raise_signal(tc, test_misuse_panics, SIGABRT, 0, 12);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_db_url();
	return suite_run(pg_suite());
}
