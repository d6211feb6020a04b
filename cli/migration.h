/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* migration - the files NNNN_name.sql of one folder, beside what the database has of them. */
#ifndef VESTNIK_CLI_MIGRATION_H
#define VESTNIK_CLI_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/store/pg.h"

enum { MIGRATION_NAME_MAX = 100, MIGRATION_HASH_SIZE = 32 };

enum migration_state {
	MIGRATION_PENDING, /* a file the database does not have yet */
	MIGRATION_APPLIED,
	MIGRATION_CHANGED, /* applied, but the file reads otherwise now */
	MIGRATION_MISSING  /* applied, but there is no such file: the database is newer */
};

struct migration {
	int version;
	char name[MIGRATION_NAME_MAX]; /* "0001_spine.sql" */
	char *sql;		       /* NULL when missing */
	uint8_t hash[MIGRATION_HASH_SIZE];
	enum migration_state state;
	int64_t applied_us;
};

/* In order of version. */
struct migrations {
	struct migration *items;
	size_t count, cap;
};

/* Where the migrations are when nobody says: ../share/vestnik/migrations beside the program, or,
 * for one still in its build folder, the source tree's.  Never the working directory's. */
const char *migrations_dir(char *out, size_t size);

/* Read the folder; a file whose name does not fit, or a number used twice, is refused by name. */
bool migrations_read(const char *dir, struct migrations *out, struct err *err);
/* Compare with table schema_migration; a database without that table has none applied. */
bool migrations_compare(struct migrations *m, struct pg *pg, struct err *err);
/* False, naming the first file that forbids going on: changed, missing, or out of order. */
bool migrations_sound(const struct migrations *m, struct err *err);
size_t migrations_pending(const struct migrations *m);
void migrations_free(struct migrations *m);

#endif
