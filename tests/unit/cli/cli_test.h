/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* cli_test - run a sub-command in this process and see what it said. */
#ifndef VESTNIK_TESTS_CLI_TEST_H
#define VESTNIK_TESTS_CLI_TEST_H

#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "tests/unit/support/database.h"

static struct cli cli;	     /* where the command finds its servers */
static char said[32 * 1024]; /* what it wrote, to both channels */
static char folder[64];	     /* the test's own */

/* A database with nothing in it. */
static inline void bare_database_open(struct test_database *db, const char *purpose)
{
	const char *server = test_env("VESTNIK_TEST_DB");
	char sql[128];

	(void)snprintf(db->name, sizeof(db->name), "test_%s_%d", purpose, (int)getpid());
	test_database_url(server, db->name, db->url, sizeof(db->url));
	db->admin = test_pg_open(server);
	(void)snprintf(sql, sizeof(sql), "CREATE DATABASE %s", db->name);
	ck_ok(pg_exec(db->admin, sql, err));
	db->pg = test_pg_open(db->url);
}

static inline void folder_make(void)
{
	(void)snprintf(folder, sizeof(folder), "build/cli-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline int folder_remove_entry(const char *path, const struct stat *st, int type,
				      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void folder_remove(void)
{
	(void)nftw(folder, folder_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Write a file into the folder; returns its path (valid until the next call). */
static inline const char *folder_file(const char *name, const char *text)
{
	static char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

/* Run one sub-command with the words up to NULL; returns its exit status. */
static inline int command_words(int (*run)(struct cli *, int, char **), const char *const *list)
{
	char words[8][256];
	char *argv[9] = {NULL};
	int argc = 0, status, channels[2];
	FILE *sink = tmpfile();

	for (; list[argc] != NULL; argc++) {
		ck_assert_int_lt(argc, 8);
		(void)snprintf(words[argc], sizeof(words[argc]), "%s", list[argc]);
		argv[argc] = words[argc];
	}
	ck_assert_ptr_nonnull(sink);
	(void)fflush(NULL);
	for (int fd = 1; fd <= 2; fd++) {
		channels[fd - 1] = dup(fd);
		(void)dup2(fileno(sink), fd);
	}
	optind = 0; /* getopt from the start */
	status = run(&cli, argc, argv);
	(void)fflush(NULL);
	for (int fd = 1; fd <= 2; fd++) {
		(void)dup2(channels[fd - 1], fd);
		(void)close(channels[fd - 1]);
	}
	rewind(sink);
	said[fread(said, 1, sizeof(said) - 1, sink)] = '\0';
	(void)fclose(sink);
	return status;
}
#define command(run, ...) command_words(run, (const char *const[]){__VA_ARGS__, NULL})

#define ck_says(text) ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in:\n%s", text, said)
#define ck_does_not_say(text)                                                                      \
	ck_assert_msg(strstr(said, text) == NULL, "\"%s\" in:\n%s", text, said)
#define ck_status(wanted, call)                                                                    \
	do {                                                                                       \
		int status_ = (call);                                                              \
		ck_assert_msg(status_ == (wanted), "status %d:\n%s", status_, said);               \
	} while (0)

#endif
