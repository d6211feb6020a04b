/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "cli/migration.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/share.h"
#include "common/base/buf.h"
#include "common/base/mem.h"

enum { FILE_MAX_BYTES = 16 << 20 };

const char *migrations_dir(char *out, size_t size)
{
	return share_dir("migrations", CLI_MIGRATIONS_DIR, out, size);
}

static struct migration *append(struct migrations *m)
{
	if (m->count == m->cap) {
		m->cap = m->cap > 0 ? m->cap * 2 : 16;
		m->items = mem_realloc(m->items, m->cap, sizeof(*m->items));
	}
	m->items[m->count] = (struct migration){0};
	return &m->items[m->count++];
}

/* "0001_spine.sql": four digits, an underscore, small letters, digits, underscores. */
static bool name_fits(const char *name)
{
	size_t len = strlen(name);

	if (len < 10 || len >= MIGRATION_NAME_MAX || strcmp(name + len - 4, ".sql") != 0 ||
	    strspn(name, "0123456789") != 4 || name[4] != '_')
		return false;
	for (size_t i = 5; i < len - 4; i++)
		if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) &&
		    name[i] != '_')
			return false;
	return true;
}

static bool read_file(const char *path, struct buf *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	char chunk[8192];
	size_t n;
	bool ok;

	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		(void)buf_add(out, chunk, n);
	ok = ferror(file) == 0;
	(void)fclose(file);
	if (!ok)
		return err_set(err, ERR_IO, "%s: cannot be read", path);
	if (out->overflow)
		return err_set(err, ERR_INPUT, "%s: is larger than 16 MiB", path);
	if (out->len == 0 || memchr(out->data, '\0', out->len) != NULL)
		return err_set(err, ERR_INPUT, "%s: is not SQL text", path);
	return true;
}

static bool load(const char *dir, const char *name, struct migrations *m, struct err *err)
{
	struct migration *item;
	struct buf text;
	char path[4096];
	bool ok;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return err_set(err, ERR_INPUT, "%s: the path is too long", dir);
	buf_init(&text, FILE_MAX_BYTES);
	ok = read_file(path, &text, err);
	if (ok) {
		item = append(m);
		item->version = (int)strtol(name, NULL, 10);
		(void)snprintf(item->name, sizeof(item->name), "%s", name);
		item->sql = mem_strdup(buf_str(&text));
		if (EVP_Digest(text.data, text.len, item->hash, NULL, EVP_sha256(), NULL) != 1)
			panic("SHA-256 is not available in the cryptographic library");
	}
	buf_deinit(&text);
	return ok;
}

static int by_version(const void *a, const void *b)
{
	const struct migration *x = a, *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

static bool check_numbers(const struct migrations *m, struct err *err)
{
	for (size_t i = 1; i < m->count; i++)
		if (m->items[i].version == m->items[i - 1].version)
			return err_set(err, ERR_INPUT, "%s and %s have the same number",
				       m->items[i - 1].name, m->items[i].name);
	return true;
}

static bool read_entries(DIR *handle, const char *dir, struct migrations *out, struct err *err)
{
	const struct dirent *entry;

	while ((entry = readdir(handle)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || len < 4 ||
		    strcmp(entry->d_name + len - 4, ".sql") != 0)
			continue;
		if (!name_fits(entry->d_name))
			return err_set(err, ERR_INPUT,
				       "%s/%s: a migration is named like 0001_spine.sql", dir,
				       entry->d_name);
		if (!load(dir, entry->d_name, out, err))
			return false;
	}
	if (out->count == 0)
		return err_set(err, ERR_INPUT, "%s: there is no migration in this folder", dir);
	qsort(out->items, out->count, sizeof(*out->items), by_version);
	return check_numbers(out, err);
}

bool migrations_read(const char *dir, struct migrations *out, struct err *err)
{
	DIR *handle = opendir(dir);
	bool ok;

	*out = (struct migrations){0};
	if (handle == NULL)
		return err_set(err, ERR_IO, "%s: %s; say where the migrations are with --dir DIR",
			       dir, strerror(errno));
	ok = read_entries(handle, dir, out, err);
	(void)closedir(handle);
	if (!ok)
		migrations_free(out);
	return ok;
}

static struct migration *find(struct migrations *m, int version)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].version == version)
			return &m->items[i];
	return NULL;
}

static void note_applied(struct migrations *m, const struct pg_result *r, size_t row)
{
	int version = (int)pg_int(r, row, 0);
	struct migration *item = find(m, version);
	bool same;

	if (item == NULL) {
		item = append(m);
		item->version = version;
		(void)snprintf(item->name, sizeof(item->name), "%s", pg_text(r, row, 1));
		item->state = MIGRATION_MISSING;
	} else {
		same = pg_len(r, row, 2) == MIGRATION_HASH_SIZE &&
		       memcmp(pg_text(r, row, 2), item->hash, MIGRATION_HASH_SIZE) == 0;
		item->state = same ? MIGRATION_APPLIED : MIGRATION_CHANGED;
	}
	item->applied_us = pg_time_us(r, row, 3);
}

bool migrations_compare(struct migrations *m, struct pg *pg, struct err *err)
{
	static const struct pg_stmt there = {"migration_there",
					     "SELECT to_regclass('schema_migration') IS NOT NULL"};
	static const struct pg_stmt list = {
		"migration_list",
		"SELECT version, name, sha256, applied_at FROM schema_migration ORDER BY version"};
	struct pg_result *r = NULL;
	bool exists;

	if (!pg_run(pg, &there, NULL, &r, err))
		return false;
	exists = pg_bool(r, 0, 0);
	pg_result_free(&r);
	if (!exists)
		return true;
	if (!pg_run(pg, &list, NULL, &r, err))
		return false;
	for (size_t row = 0; row < pg_rows(r); row++)
		note_applied(m, r, row);
	pg_result_free(&r);
	qsort(m->items, m->count, sizeof(*m->items), by_version);
	return true;
}

bool migrations_sound(const struct migrations *m, struct err *err)
{
	const struct migration *pending = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct migration *item = &m->items[i];

		if (item->state == MIGRATION_CHANGED)
			return err_set(
				err, ERR_REFUSED,
				"%s was changed after it had been applied: put the file back "
				"as it was and write the change as a new migration",
				item->name);
		if (item->state == MIGRATION_MISSING)
			return err_set(
				err, ERR_REFUSED,
				"the database has %s, which this folder lacks: it belongs to "
				"a newer version of the program",
				item->name);
		if (item->state == MIGRATION_PENDING)
			pending = item;
		else if (pending != NULL)
			return err_set(err, ERR_REFUSED,
				       "%s is not applied although %s, which follows it, is: give "
				       "it a number after all others",
				       pending->name, item->name);
	}
	return true;
}

size_t migrations_pending(const struct migrations *m)
{
	size_t pending = 0;

	for (size_t i = 0; i < m->count; i++)
		pending += m->items[i].state == MIGRATION_PENDING;
	return pending;
}

void migrations_free(struct migrations *m)
{
	for (size_t i = 0; i < m->count; i++)
		mem_free(m->items[i].sql);
	mem_free(m->items);
	*m = (struct migrations){0};
}
