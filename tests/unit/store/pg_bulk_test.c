/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pipelines and COPY: much data, few round trips. */
#include <signal.h>

#include "tests/unit/store/store_test.h"
#include "tests/unit/support/run.h"

static struct pg *pg;
static struct pg_params *params;

static void set_up(void)
{
	pg = test_open(test_db_url(), 30000);
	params = pg_params_new();
	ck_ok(pg_exec(pg, "CREATE TEMP TABLE t (a bigint PRIMARY KEY, b text)", err));
}

static void tear_down(void)
{
	pg_params_free(&params);
	pg_close(&pg);
}

static const struct pg_stmt begin = {"begin", "BEGIN"};
static const struct pg_stmt commit = {"commit", "COMMIT"};
static const struct pg_stmt insert = {"insert", "INSERT INTO t VALUES ($1, $2)"};
static const struct pg_stmt count = {"count", "SELECT count(*) FROM t"};

static int64_t rows(void)
{
	struct pg_result *r = NULL;
	int64_t n;

	ck_ok(pg_run(pg, &count, NULL, &r, err));
	n = pg_int(r, 0, 0);
	pg_result_free(&r);
	return n;
}

static void add_insert(int64_t a, const char *b)
{
	pg_params_reset(params);
	pg_param_int64(params, a);
	pg_param_text(params, b);
	ck_ok(pg_pipeline_add(pg, &insert, params, err));
}

/* --- pipelines -----------------------------------------------------------------------------------
 */

START_TEST(test_pipeline_of_a_transaction)
{
	struct pg_result *outs[256];

	/* Twice: the second time everything is prepared. */
	for (int round = 0; round < 2; round++) {
		ck_ok(pg_pipeline_begin(pg, err));
		ck_ok(pg_pipeline_add(pg, &begin, NULL, err));
		for (int i = 0; i < 253; i++)
			add_insert(round * 1000 + i, i % 2 == 0 ? "text" : NULL);
		ck_ok(pg_pipeline_add(pg, &count, NULL, err));
		ck_ok(pg_pipeline_add(pg, &commit, NULL, err));
		ck_ok(pg_pipeline_end(pg, outs, 256, err));
		ck_assert_int_eq(pg_affected(outs[1]), 1);
		ck_assert_int_eq(pg_int(outs[254], 0, 0), (round + 1) * 253);
		for (int i = 0; i < 256; i++)
			pg_result_free(&outs[i]);
	}
	ck_assert(!pg_in_transaction(pg));
	ck_assert_int_eq(rows(), 506);
}
END_TEST

START_TEST(test_pipeline_discards_results)
{
	ck_ok(pg_pipeline_begin(pg, err));
	add_insert(1, "one");
	add_insert(2, "two");
	ck_ok(pg_pipeline_end(pg, NULL, 0, err));
	ck_assert_int_eq(rows(), 2);
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_end(pg, NULL, 0, err));
}
END_TEST

START_TEST(test_error_in_the_middle)
{
	static const struct pg_stmt never = {"never", "SELECT 'never reached'"};
	struct pg_result *outs[5] = {NULL};
	struct err e = {0};

	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add(pg, &begin, NULL, err));
	add_insert(1, "one");
	add_insert(1, "the same key");
	ck_ok(pg_pipeline_add(pg, &never, NULL, err));
	ck_ok(pg_pipeline_add(pg, &commit, NULL, err));
	ck_assert(!pg_pipeline_end(pg, outs, 5, &e));
	ck_assert_int_eq(e.kind, ERR_REFUSED);
	ck_assert_str_eq(pg_sqlstate(pg), "23505");
	ck_assert_msg(strstr(e.msg, "insert") != NULL, "it does not name the statement: %s", e.msg);
	/* Rolled back, and everything serves on, also what was skipped. */
	ck_assert(!pg_in_transaction(pg));
	ck_assert_int_eq(rows(), 0);
	ck_ok(pg_run(pg, &never, NULL, NULL, err));
	ck_ok(pg_run(pg, &commit, NULL, NULL, err));
}
END_TEST

START_TEST(test_error_within_a_callers_transaction)
{
	ck_ok(pg_begin(pg, err));
	ck_ok(pg_pipeline_begin(pg, err));
	add_insert(1, "one");
	add_insert(1, "the same key");
	ck_fails(pg_pipeline_end(pg, NULL, 0, err), ERR_REFUSED);
	ck_assert(pg_in_transaction(pg));
	/* A COMMIT here would be a silent rollback. */
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add(pg, &commit, NULL, err));
	ck_fails(pg_pipeline_end(pg, NULL, 0, err), ERR_REFUSED);
	pg_rollback(pg);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

START_TEST(test_statement_that_cannot_be_prepared)
{
	static const struct pg_stmt broken = {"broken", "SELECT * FROM\n  nowhere"};
	struct err e = {0};

	ck_ok(pg_pipeline_begin(pg, err));
	add_insert(1, "one");
	ck_ok(pg_pipeline_add(pg, &broken, NULL, err));
	ck_ok(pg_pipeline_add(pg, &broken, NULL, err));
	ck_assert(!pg_pipeline_end(pg, NULL, 0, &e));
	ck_assert_str_eq(pg_sqlstate(pg), "42P01");
	ck_assert_msg(strstr(e.msg, "broken: line 2") != NULL, "%s", e.msg);
	ck_assert_int_eq(rows(), 0);
}
END_TEST

START_TEST(test_large_parameters_and_results_do_not_deadlock)
{
	static const struct pg_stmt echo = {"echo", "SELECT $1"};
	enum { BYTES = 4 << 20, COUNT = 12 };
	struct pg_result *outs[COUNT];
	char *text = mem_alloc(BYTES + 1);

	memset(text, 'x', BYTES);
	text[BYTES] = '\0';
	ck_ok(pg_pipeline_begin(pg, err));
	for (int i = 0; i < COUNT; i++) {
		pg_params_reset(params);
		pg_param_text(params, text);
		ck_ok(pg_pipeline_add(pg, &echo, params, err));
	}
	ck_ok(pg_pipeline_end(pg, outs, COUNT, err));
	for (int i = 0; i < COUNT; i++) {
		ck_assert_uint_eq(pg_len(outs[i], 0, 0), BYTES);
		pg_result_free(&outs[i]);
	}
	/* The same alone, both ways. */
	ck_ok(pg_run(pg, &echo, params, outs, err));
	ck_assert_mem_eq(pg_text(outs[0], 0, 0), text, BYTES);
	pg_result_free(&outs[0]);
	mem_free(text);
}
END_TEST

START_TEST(test_too_large_a_parameter_leaves_no_transaction)
{
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add(pg, &begin, NULL, err));
	params->data.max = 4;
	pg_param_int64(params, 1);
	pg_param_text(params, "one");
	ck_fails(pg_pipeline_add(pg, &insert, params, err), ERR_LIMIT);
	pg_rollback(pg);
	ck_ok(pg_reconnect(pg, err));
	ck_ok(pg_exec(pg, "SELECT 1", err));
}
END_TEST

/* --- COPY ----------------------------------------------------------------------------------------
 */

static const char COPY_T[] = "COPY t FROM STDIN (FORMAT binary)";

static void copy_row(struct pg_copy *c, int64_t a, const char *b)
{
	pg_copy_row(c, 2);
	pg_copy_int64(c, a);
	if (b != NULL)
		pg_copy_text(c, b, strlen(b));
	else
		pg_copy_null(c);
}

START_TEST(test_copy_of_100000_rows)
{
	struct pg_copy *c = pg_copy_new(COPY_T);

	for (int64_t i = 0; i < 100000; i++)
		copy_row(c, i, "Уважаемый клиент, это достаточно длинный текст сообщения");
	ck_assert_uint_eq(pg_copy_rows(c), 100000);
	ck_ok(pg_begin(pg, err));
	ck_ok(pg_copy_send(pg, c, err));
	ck_ok(pg_commit(pg, err));
	ck_assert_int_eq(test_int(pg, "sum", "SELECT sum(a)::bigint FROM t"), INT64_C(4999950000));
	ck_assert_int_eq(test_int(pg, "same", "SELECT count(DISTINCT b) FROM t"), 1);
	/* It is kept for a transaction run again, until reset. */
	ck_ok(pg_exec(pg, "TRUNCATE t", err));
	ck_ok(pg_copy_send(pg, c, err));
	ck_assert_int_eq(rows(), 100000);
	pg_copy_reset(c);
	ck_assert_uint_eq(pg_copy_rows(c), 0);
	ck_ok(pg_copy_send(pg, c, err));
	ck_assert_int_eq(rows(), 100000);
	pg_copy_free(&c);
}
END_TEST

/* By COPY, and as statements of a pipeline. */
START_TEST(test_rows_of_every_type)
{
	static const char *const texts[] = {"один", NULL, ""};
	static const size_t lens[] = {8, 0, 0};
	static const struct pg_stmt insert_k = {
		"insert_k", "INSERT INTO k VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
	struct pg_copy *c = pg_copy_new("COPY k FROM STDIN (FORMAT binary)");
	static const struct pg_stmt read = {"read",
					    "SELECT *, time::text, cardinality(none) FROM k"};
	struct pg_result *r = NULL;
	const char *got[3];
	size_t got_lens[3];

	ck_ok(pg_exec(pg,
		      "CREATE TEMP TABLE k (bool boolean, small smallint, normal int, big bigint,"
		      " text text, time timestamptz, texts text[], none text[], nothing text)",
		      err));
	pg_copy_row(c, 9);
	pg_copy_bool(c, true);
	pg_copy_int16(c, -2);
	pg_copy_int32(c, -4);
	pg_copy_int64(c, -8);
	pg_copy_text(c, "abc", 2);
	pg_copy_time_us(c, 1500000);
	pg_copy_text_array(c, texts, lens, 3);
	pg_copy_text_array(c, NULL, NULL, 0);
	pg_copy_text(c, NULL, 7);
	if (_i == 0) {
		ck_ok(pg_copy_send(pg, c, err));
	} else {
		ck_ok(pg_pipeline_begin(pg, err));
		ck_ok(pg_pipeline_add_rows(pg, &insert_k, c, err));
		ck_ok(pg_pipeline_end(pg, NULL, 0, err));
	}
	ck_ok(pg_run(pg, &read, NULL, &r, err));
	ck_assert(pg_bool(r, 0, 0));
	ck_assert_int_eq(pg_int(r, 0, 1), -2);
	ck_assert_int_eq(pg_int(r, 0, 2), -4);
	ck_assert_int_eq(pg_int(r, 0, 3), -8);
	ck_assert_str_eq(pg_text(r, 0, 4), "ab");
	ck_assert_int_eq(pg_time_us(r, 0, 5), 1500000);
	ck_assert_uint_eq(pg_text_array(r, 0, 6, got, got_lens, 3), 3);
	ck_assert(got_lens[0] == 8 && got[1] == NULL && got[2] != NULL && got_lens[2] == 0);
	ck_assert(!pg_null(r, 0, 7) && pg_null(r, 0, 8));
	ck_assert_str_eq(pg_text(r, 0, 9), "1970-01-01 00:00:01.5+00");
	ck_assert_int_eq(pg_int(r, 0, 10), 0);
	pg_result_free(&r);
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_rows_as_statements)
{
	struct pg_copy *c = pg_copy_new(COPY_T);

	for (int64_t i = 0; i < PG_ROWS_FEW; i++)
		copy_row(c, i, i % 2 == 0 ? "text" : NULL);
	for (int round = 0; round < 2; round++) {
		ck_ok(pg_pipeline_begin(pg, err));
		ck_ok(pg_pipeline_add_rows(pg, &insert, c, err));
		ck_ok(pg_pipeline_end(pg, NULL, 0, err));
		ck_assert_int_eq(test_int(pg, "sum", "SELECT sum(a)::bigint FROM t"), 28);
		ck_assert_int_eq(test_int(pg, "texts", "SELECT count(b) FROM t"), 4);
		ck_ok(pg_exec(pg, "TRUNCATE t", err));
	}
	pg_copy_reset(c);
	ck_ok(pg_pipeline_begin(pg, err));
	ck_ok(pg_pipeline_add_rows(pg, &insert, c, err));
	ck_ok(pg_pipeline_end(pg, NULL, 0, err));
	ck_assert_int_eq(rows(), 0);
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_copy_refused)
{
	struct pg_copy *c = pg_copy_new(COPY_T);
	struct pg_copy *nowhere = pg_copy_new("COPY nowhere FROM STDIN (FORMAT binary)");
	struct err e = {0};

	copy_row(c, 79161234567, "one");
	copy_row(c, 79161234567, NULL);
	ck_assert(!pg_copy_send(pg, c, &e));
	ck_assert_int_eq(e.kind, ERR_REFUSED);
	ck_assert_str_eq(pg_sqlstate(pg), "23505");
	ck_assert_msg(strstr(e.msg, "7916") == NULL, "a value is told: %s", e.msg);
	copy_row(nowhere, 1, NULL);
	ck_fails(pg_copy_send(pg, nowhere, err), ERR_REFUSED);
	ck_assert_str_eq(pg_sqlstate(pg), "42P01");
	ck_assert_int_eq(rows(), 0);
	pg_copy_free(&nowhere);
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_copy_has_a_limit)
{
	struct pg_copy *c = pg_copy_new(COPY_T);
	char *megabyte = mem_calloc(1, 1 << 20);

	memset(megabyte, 'x', (1 << 20) - 1);
	for (int i = 0; i < 65; i++)
		copy_row(c, i, megabyte);
	ck_fails(pg_copy_send(pg, c, err), ERR_LIMIT);
	ck_ok(pg_copy_stream_begin(pg, c, err));
	ck_fails(pg_copy_stream_flush(pg, c, err), ERR_LIMIT);
	ck_assert_int_eq(rows(), 0);
	mem_free(megabyte);
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_copy_stream)
{
	struct pg_copy *c = pg_copy_new(COPY_T);

	ck_ok(pg_copy_stream_begin(pg, c, err));
	for (int64_t i = 0; i < 30000; i++) {
		copy_row(c, i, "streamed");
		if (i % 1000 == 999)
			ck_ok(pg_copy_stream_flush(pg, c, err));
	}
	copy_row(c, 30000, "the last");
	ck_ok(pg_copy_stream_end(pg, c, err));
	ck_assert_int_eq(rows(), 30001);
	/* Nothing at all is fine too. */
	ck_ok(pg_copy_stream_begin(pg, c, err));
	ck_ok(pg_copy_stream_end(pg, c, err));
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_copy_stream_aborted)
{
	struct pg_copy *c = pg_copy_new(COPY_T);

	ck_ok(pg_copy_stream_begin(pg, c, err));
	copy_row(c, 1, "one");
	ck_ok(pg_copy_stream_flush(pg, c, err));
	copy_row(c, 2, "two");
	pg_copy_stream_abort(pg, c);
	pg_copy_stream_abort(pg, c);
	ck_assert_uint_eq(pg_copy_rows(c), 0);
	ck_assert_int_eq(rows(), 0);
	/* A rollback in the middle gives the connection up, for there is no other way out. */
	ck_ok(pg_copy_stream_begin(pg, c, err));
	pg_rollback(pg);
	ck_assert(!pg_usable(pg));
	pg_copy_free(&c);
}
END_TEST

START_TEST(test_misuse_panics)
{
	struct pg_copy *c = pg_copy_new(_i == 3 ? "SELECT 1" : COPY_T);

	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
	pg_copy_row(c, 2);
	pg_copy_int64(c, 1);
	switch (_i) {
	case 0: /* a column short */
		pg_copy_row(c, 2);
		break;
	case 1: /* one too many */
		pg_copy_null(c);
		pg_copy_null(c);
		break;
	case 2:
		(void)pg_copy_send(pg, c, &(struct err){0});
		break;
	case 3:
		pg_copy_null(c);
		(void)pg_copy_send(pg, c, &(struct err){0});
		break;
	case 4:
		(void)pg_pipeline_add(pg, &begin, NULL, &(struct err){0});
		break;
	default:
		ck_ok(pg_pipeline_begin(pg, err));
		for (int i = 0; i < 257; i++)
			ck_ok(pg_pipeline_add(pg, &count, NULL, err));
	}
}
END_TEST

static Suite *bulk_suite(void)
{
	Suite *s = suite_create("pg_bulk");
	TCase *tc = tcase_create("pg_bulk");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, test_pipeline_of_a_transaction);
	tcase_add_test(tc, test_pipeline_discards_results);
	tcase_add_test(tc, test_error_in_the_middle);
	tcase_add_test(tc, test_error_within_a_callers_transaction);
	tcase_add_test(tc, test_statement_that_cannot_be_prepared);
	tcase_add_test(tc, test_large_parameters_and_results_do_not_deadlock);
	tcase_add_test(tc, test_too_large_a_parameter_leaves_no_transaction);
	tcase_add_test(tc, test_copy_of_100000_rows);
	tcase_add_loop_test(tc, test_rows_of_every_type, 0, 2);
	tcase_add_test(tc, test_rows_as_statements);
	tcase_add_test(tc, test_copy_refused);
	tcase_add_test(tc, test_copy_has_a_limit);
	tcase_add_test(tc, test_copy_stream);
	tcase_add_test(tc, test_copy_stream_aborted);
	tcase_add_loop_test_raise_signal(tc, test_misuse_panics, SIGABRT, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	(void)test_db_url();
	return suite_run(bulk_suite());
}
