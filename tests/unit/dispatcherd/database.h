/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* database - one database for all tests of a program, and what they ask of it. */
#ifndef VESTNIK_TESTS_DISPATCHERD_DATABASE_H
#define VESTNIK_TESTS_DISPATCHERD_DATABASE_H

#include <stdarg.h>

#include "common/base/buf.h"
#include "tests/unit/support/database.h"

static struct test_database database;

/* In the parent of the tests Check forks, which must not share a connection. */
static inline void database_create(void)
{
	test_database_open(&database, "dispatcherd");
	pg_close(&database.pg);
	pg_close(&database.admin);
}

static inline void database_drop(void)
{
	database.admin = test_pg_open(test_env("VESTNIK_TEST_DB"));
	test_database_close(&database);
}

static inline void database_exec(struct pg *pg, const char *sql)
{
	ck_ok(pg_exec(pg, sql, err));
}

/* Run a statement made of a format. */
static inline void __attribute__((format(printf, 2, 3)))
database_do(struct pg *pg, const char *fmt, ...)
{
	struct buf sql;
	char text[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_init(&sql, sizeof(text));
	buf_add_str(&sql, text);
	database_exec(pg, buf_str(&sql));
	buf_deinit(&sql);
}

/* Hold one value, given as text by the database, against what is wanted. */
static inline void __attribute__((format(printf, 3, 4)))
database_wants(struct pg *pg, const char *want, const char *fmt, ...)
{
	/* A connection keeps what it has prepared by these addresses. */
	static struct {
		char name[32], sql[2100];
	} asked[64];
	static size_t count;
	char *name = asked[count].name, *sql = asked[count].sql, text[2048];
	struct pg_result *rows = NULL;
	struct err err = {0};
	struct pg_stmt stmt = {name, sql};
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(sql, sizeof(asked[0].sql), "SELECT (%s)::text", text);
	snprintf(name, sizeof(asked[0].name), "wants_%zu", count++);
	ck_assert_uint_le(count, sizeof(asked) / sizeof(asked[0]));
	ck_assert_msg(pg_run(pg, &stmt, NULL, &rows, &err), "%s: %s", err.msg, sql);
	ck_assert_msg(strcmp(pg_text(rows, 0, 0), want) == 0, "%s: %s instead of %s", text,
		      pg_text(rows, 0, 0), want);
	pg_result_free(&rows);
}

#endif
