/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik migrate - apply what the database does not have yet, one transaction a file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/migration.h"
#include "cli/table.h"

/* A new index on a large table takes its time. */
enum { TIMEOUT_MS = 6 * 3600 * 1000 };

static bool bookkeeping(struct pg *pg, struct err *err)
{
	return pg_exec(pg,
		       "CREATE TABLE IF NOT EXISTS schema_migration (\n"
		       "    version    integer PRIMARY KEY,\n"
		       "    name       text NOT NULL,\n"
		       "    sha256     bytea NOT NULL CHECK (length(sha256) = 32),\n"
		       "    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()\n"
		       ");\n"
		       "COMMENT ON TABLE schema_migration IS 'what vestnik migrate has applied'",
		       err);
}

static bool record(struct pg *pg, const struct migration *m, struct err *err)
{
	static const struct pg_stmt insert = {
		"migration_record",
		"INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int32(params, m->version);
	pg_param_text(params, m->name);
	pg_param_bytes(params, m->hash, sizeof(m->hash));
	ok = pg_run(pg, &insert, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

/* The file's transaction is ours: one that ends it itself would be half applied on an error. */
static bool same_transaction(struct pg *pg, int64_t *id, struct err *err)
{
	static const struct pg_stmt current = {"migration_transaction", "SELECT txid_current()"};
	struct pg_result *r = NULL;
	int64_t before = *id;

	if (!pg_run(pg, &current, NULL, &r, err))
		return false;
	*id = pg_int(r, 0, 0);
	pg_result_free(&r);
	if (before != 0 && before != *id)
		return err_set(err, ERR_INPUT,
			       "the file ends its own transaction: take BEGIN, COMMIT and ROLLBACK "
			       "out of it");
	return true;
}

static bool apply(struct pg *pg, const struct migration *m, struct err *err)
{
	int64_t transaction = 0;

	if (!pg_begin(pg, err) || !same_transaction(pg, &transaction, err) ||
	    !pg_exec(pg, m->sql, err) || !same_transaction(pg, &transaction, err) ||
	    !record(pg, m, err) || !pg_commit(pg, err)) {
		pg_rollback(pg);
		return err_wrap(err, "%s", m->name);
	}
	return true;
}

static bool apply_pending(struct pg *pg, const struct migrations *m, struct err *err)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->items[i].state != MIGRATION_PENDING)
			continue;
		if (!apply(pg, &m->items[i], err))
			return false;
		(void)printf("applied %s\n", m->items[i].name);
		(void)fflush(stdout);
	}
	if (migrations_pending(m) == 0)
		(void)printf("the database is up to date: %zu migrations, the last is %s\n",
			     m->count, m->items[m->count - 1].name);
	return true;
}

/* One at a time, in the whole house; the session's end gives the lock back. */
static bool lock(struct pg *pg, struct err *err)
{
	static const struct pg_stmt try = {"migration_try_lock",
					   "SELECT pg_try_advisory_lock(7000)"};
	struct pg_result *r = NULL;
	bool locked;

	if (!pg_run(pg, &try, NULL, &r, err))
		return false;
	locked = pg_bool(r, 0, 0);
	pg_result_free(&r);
	if (locked)
		return true;
	(void)printf("another migration is running; waiting for it\n");
	(void)fflush(stdout);
	return pg_exec(pg, "SELECT pg_advisory_lock(7000)", err);
}

/* A migration cannot seal: the key is not in the database. */
static bool tell_of_secrets(struct pg *pg, struct err *err)
{
	static const struct pg_stmt known = {
		"migration_secrets_known",
		"SELECT count(*) FROM pg_constraint WHERE conname = 'account_secret_sealed'"};
	static const struct pg_stmt clear = {
		"migration_secrets_clear",
		"SELECT (SELECT count(*) FROM account_secret WHERE password IS NOT NULL) + "
		"       (SELECT count(*) FROM source_secret WHERE secret IS NOT NULL)"};
	struct pg_result *r = NULL;
	int64_t count;

	if (!pg_run(pg, &known, NULL, &r, err))
		return false;
	count = pg_int(r, 0, 0);
	pg_result_free(&r);
	if (count == 0)
		return true;
	if (!pg_run(pg, &clear, NULL, &r, err))
		return false;
	count = pg_int(r, 0, 0);
	pg_result_free(&r);
	if (count > 0)
		(void)printf("%lld passwords and keys stand in clear: give the daemons "
			     "secrets.key_file, restart them, then run vestnik secrets seal\n",
			     (long long)count);
	return true;
}

static bool migrate(struct pg *pg, struct migrations *m, struct err *err)
{
	return lock(pg, err) && bookkeeping(pg, err) && migrations_compare(m, pg, err) &&
	       migrations_sound(m, err) && apply_pending(pg, m, err) && tell_of_secrets(pg, err);
}

static bool print_status(struct pg *pg, struct migrations *m, struct err *err)
{
	static const char *const headings[] = {"migration", "state", "applied at (UTC)", NULL};
	static const char *const states[] = {
		[MIGRATION_PENDING] = "pending",
		[MIGRATION_APPLIED] = "applied",
		[MIGRATION_CHANGED] = "CHANGED since",
		[MIGRATION_MISSING] = "NO FILE here",
	};
	struct table *t;
	char time[32];

	if (!migrations_compare(m, pg, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < m->count; i++) {
		table_text(t, m->items[i].name);
		table_text(t, states[m->items[i].state]);
		table_text(t, cli_time(m->items[i].applied_us, time));
	}
	table_print(t, stdout);
	table_free(&t);
	return migrations_sound(m, err);
}

int cmd_migrate(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"dir", required_argument, NULL, 'd'}, {"status", no_argument, NULL, 's'}, {0}};
	char default_dir[4096];
	const char *dir = migrations_dir(default_dir, sizeof(default_dir));
	struct migrations m = {0};
	struct err err = {0};
	struct pg *pg = NULL;
	bool status = false;
	int option, exit_status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			dir = optarg;
		else if (option == 's')
			status = true;
		else
			return CLI_USAGE;
	}
	if (optind < argc)
		return cli_usage("migrate takes no argument; got \"%s\"", argv[optind]);
	if (!migrations_read(dir, &m, &err))
		return cli_failed(&err);
	exit_status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (exit_status == CLI_OK) {
		bool ok = status ? print_status(pg, &m, &err) : migrate(pg, &m, &err);

		exit_status = ok ? CLI_OK : cli_failed(&err);
	}
	pg_close(&pg);
	migrations_free(&m);
	return exit_status;
}
