/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* database - a database of the test's own on the server VESTNIK_TEST_DB names, with the schema of
 * migrations/ in it, and dropped at the end. */
#ifndef VESTNIK_TESTS_DISPATCHERD_DATABASE_H
#define VESTNIK_TESTS_DISPATCHERD_DATABASE_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/store/pg.h"

static char database_name[64];
static char database_url[1024];

static inline struct pg *database_connect(const char *url)
{
	struct pg_options options = {.url = url, .application = "dispatcherd_test"};
	struct pg *pg = NULL;
	struct err err = {0};

	if (!pg_open(&options, &pg, &err)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		exit(EXIT_FAILURE);
	}
	return pg;
}

static inline void database_exec(struct pg *pg, const char *sql)
{
	struct err err = {0};

	if (!pg_exec(pg, sql, &err)) {
		(void)fprintf(stderr, "%s\n%.200s\n", err.msg, sql);
		exit(EXIT_FAILURE);
	}
}

static inline const char *database_server(void)
{
	const char *url = getenv("VESTNIK_TEST_DB");

	if (url == NULL || strstr(url, "://") == NULL) {
		(void)fprintf(stderr, "VESTNIK_TEST_DB must hold the postgresql:// URL of a server "
				      "where this test may create a database\n");
		exit(EXIT_FAILURE);
	}
	return url;
}

static inline void database_migrate(struct pg *pg)
{
	struct buf sql;
	FILE *file = fopen("migrations/0001_spine.sql", "re");
	char data[4096];
	size_t len;

	if (file == NULL) {
		(void)fprintf(stderr, "run from the top of the project\n");
		exit(EXIT_FAILURE);
	}
	buf_init(&sql, 1 << 20);
	while ((len = fread(data, 1, sizeof(data), file)) > 0)
		(void)buf_add(&sql, data, len);
	(void)fclose(file);
	database_exec(pg, buf_str(&sql));
	buf_deinit(&sql);
}

/* Before the tests, in the parent of those Check forks. */
static inline void database_create(void)
{
	const char *server = database_server();
	const char *path = strchr(strstr(server, "://") + 3, '/');
	const char *query = strchr(server, '?');
	char sql[128];
	struct pg *pg = database_connect(server);

	snprintf(database_name, sizeof(database_name), "vestnik_dispatcherd_%d", (int)getpid());
	if (path == NULL)
		path = query != NULL ? query : server + strlen(server);
	snprintf(database_url, sizeof(database_url), "%.*s/%s%s", (int)(path - server), server,
		 database_name, query != NULL ? query : "");
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", database_name);
	database_exec(pg, sql);
	pg_close(&pg);
	pg = database_connect(database_url);
	database_migrate(pg);
	pg_close(&pg);
}

static inline void database_drop(void)
{
	struct pg *pg = database_connect(database_server());
	char sql[128];

	snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", database_name);
	database_exec(pg, sql);
	pg_close(&pg);
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
