/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* database - a fresh, migrated PostgreSQL database for one Check program.
 *
 * VESTNIK_TEST_DB names a server (as a user who may create databases); each program gets a database
 * of its own there and drops it at the end.  It is a copy of one that was migrated for all of them
 * and stays on the server: migrating anew for every test took half of the tests' time. */
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

/* Call `take` with the text of each migration, in order. */
static inline void test_migrations(void (*take)(const struct buf *sql, void *arg), void *arg)
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
		take(&sql, arg);
		buf_deinit(&sql);
	}
	globfree(&files);
}

static inline void test_migration_run(const struct buf *sql, void *pg)
{
	ck_ok(pg_exec(pg, buf_str(sql), err));
}

static inline void test_migrate(struct pg *pg)
{
	test_migrations(test_migration_run, pg);
}

static inline void test_migration_hash(const struct buf *sql, void *hash)
{
	uint64_t *h = hash;

	for (size_t i = 0; i < sql->len; i++)
		*h = (*h ^ (unsigned char)sql->data[i]) * UINT64_C(1099511628211);
}

/* The migrated database to copy, made by whoever needs it first: its name changes with the
 * migrations, and the name it has says that it is complete. */
static inline void test_template(struct pg *admin, const char *server, char *name, size_t size)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	char sql[300], url[1024];
	struct pg_result *rows = NULL;
	const struct pg_stmt find = {"test_template", sql};
	struct pg *pg;

	test_migrations(test_migration_hash, &hash);
	(void)snprintf(name, size, "test_template_%016llx", (unsigned long long)hash);
	ck_ok(pg_exec(admin, "SELECT pg_advisory_lock(4711)", err));
	(void)snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_database WHERE datname = '%s'", name);
	ck_ok(pg_run(admin, &find, NULL, &rows, err));
	if (pg_rows(rows) == 0) {
		ck_ok(pg_exec(admin, "DROP DATABASE IF EXISTS test_template_new WITH (FORCE)",
			      err));
		ck_ok(pg_exec(admin, "CREATE DATABASE test_template_new", err));
		test_database_url(server, "test_template_new", url, sizeof(url));
		pg = test_pg_open(url);
		test_migrate(pg);
		pg_close(&pg);
		(void)snprintf(sql, sizeof(sql), "ALTER DATABASE test_template_new RENAME TO %s",
			       name);
		ck_ok(pg_exec(admin, sql, err));
	}
	pg_result_free(&rows);
	ck_ok(pg_exec(admin, "SELECT pg_advisory_unlock(4711)", err));
}

static inline void test_database_open(struct test_database *db, const char *purpose)
{
	const char *server = test_env("VESTNIK_TEST_DB");
	char template[64], sql[600];

	(void)snprintf(db->name, sizeof(db->name), "test_%s_%d", purpose, (int)getpid());
	test_database_url(server, db->name, db->url, sizeof(db->url));
	db->admin = test_pg_open(server);
	test_template(db->admin, server, template, sizeof(template));
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE %s", db->name, template);
	ck_ok(pg_exec(db->admin, sql, err));
	/* How each role plans is not copied. */
	(void)snprintf(
		sql, sizeof(sql),
		"DO $$ DECLARE s text; BEGIN"
		" FOR s IN SELECT format('ALTER ROLE %%I IN DATABASE %s SET %%s', r.rolname, c)"
		"            FROM pg_db_role_setting d JOIN pg_roles r ON r.oid = d.setrole"
		"            JOIN pg_database b ON b.oid = d.setdatabase, unnest(d.setconfig) c"
		"           WHERE b.datname = '%s' LOOP EXECUTE s; END LOOP; END $$",
		db->name, template);
	ck_ok(pg_exec(db->admin, sql, err));
	db->pg = test_pg_open(db->url);
	/* Most tests are about something else; those of consent turn it on. */
	ck_ok(pg_exec(db->pg, "UPDATE purpose SET required = false", err));
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
