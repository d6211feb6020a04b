/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* database - a fresh, migrated PostgreSQL database for one Check program.
 *
 * VESTNIK_TEST_DB names a server (as a user who may create databases); each program gets a database
 * of its own there and drops it at the end. */
#ifndef VESTNIK_TESTS_DATABASE_H
#define VESTNIK_TESTS_DATABASE_H

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/store/pg.h"

struct test_database {
	char name[64];
	char url[1024];
	struct pg *admin; /* connected to the server's own database */
	struct pg *pg;	  /* connected to the fresh one, as its owner */
};

#define ck_ok(call)                                                                                \
	do {                                                                                       \
		struct err err_ = {0};                                                             \
		struct err *err = &err_;                                                           \
		ck_assert_msg((call), "%s", err_.msg);                                             \
	} while (0)

static inline const char *test_env(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL || *value == '\0') {
		(void)fprintf(stderr,
			      "%s is not set: run the tests by `make test`, or `eval` what "
			      "`scripts/stack env DIR` prints\n",
			      name);
		exit(EXIT_FAILURE);
	}
	return value;
}

static inline struct pg *test_pg_open(const char *url)
{
	struct pg_options options = {.url = url, .application = "test"};
	struct pg *pg = NULL;

	ck_ok(pg_open(&options, &pg, err));
	return pg;
}

/* "postgresql://user@host:port/old?x" with another database name. */
static inline void test_database_url(const char *server, const char *name, char *out, size_t size)
{
	const char *authority = strstr(server, "://");
	const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
	const char *query = path != NULL ? strchr(path, '?') : NULL;

	ck_assert_msg(path != NULL, "VESTNIK_TEST_DB must be postgresql://host/database");
	(void)snprintf(out, size, "%.*s/%s%s", (int)(path - server), server, name,
		       query != NULL ? query : "");
}

static inline void test_migrate(struct pg *pg)
{
	glob_t files;

	ck_assert_int_eq(glob("migrations/[0-9]*.sql", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "re");
		struct buf sql;
		char piece[4096];
		size_t got;

		ck_assert_ptr_nonnull(file);
		buf_init(&sql, 16 << 20);
		while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
			buf_add(&sql, piece, got);
		(void)fclose(file);
		ck_ok(pg_exec(pg, buf_str(&sql), err));
		buf_deinit(&sql);
	}
	globfree(&files);
}

static inline void test_database_open(struct test_database *db, const char *purpose)
{
	const char *server = test_env("VESTNIK_TEST_DB");
	char sql[128];

	(void)snprintf(db->name, sizeof(db->name), "test_%s_%d", purpose, (int)getpid());
	test_database_url(server, db->name, db->url, sizeof(db->url));
	db->admin = test_pg_open(server);
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", db->name);
	ck_ok(pg_exec(db->admin, sql, err));
	db->pg = test_pg_open(db->url);
	test_migrate(db->pg);
}

static inline void test_database_close(struct test_database *db)
{
	char sql[128];

	pg_close(&db->pg);
	(void)snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", db->name);
	ck_ok(pg_exec(db->admin, sql, err));
	pg_close(&db->admin);
}

/* One number from a query without parameters; `sql` must be a literal, it names the statement. */
static inline int64_t test_number(struct pg *pg, const char *sql)
{
	static struct {
		const char *sql;
		char name[16];
	} names[256];
	size_t n = 0;
	struct pg_stmt stmt = {.sql = sql};
	struct pg_result *rows = NULL;
	int64_t value;

	while (names[n].sql != NULL && strcmp(names[n].sql, sql) != 0)
		ck_assert_uint_lt(++n, sizeof(names) / sizeof(names[0]));
	names[n].sql = sql;
	(void)snprintf(names[n].name, sizeof(names[n].name), "test_%zu", n);
	stmt.name = names[n].name;
	ck_ok(pg_run(pg, &stmt, NULL, &rows, err));
	ck_assert_uint_eq(pg_rows(rows), 1);
	value = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return value;
}

#endif
