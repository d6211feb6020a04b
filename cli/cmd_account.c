/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik account - SMPP accounts: put (create or change), list, enable, disable. */
#include <stdio.h>
#include <string.h>

#include "cli/account_file.h"
#include "cli/cli.h"
#include "cli/keys.h"
#include "cli/table.h"
#include "common/base/buf.h"

enum { TIMEOUT_MS = 10000, SQL_MAX_BYTES = 16384 };

/* --- put -----------------------------------------------------------------------------------------
 */

static bool is_password(const struct config_row *row)
{
	return strcmp(row->key, "password") == 0;
}

/* INSERT of every column of the file; on a name that is there every column is replaced, so that a
 * line taken out of the file goes back to its default. */
static void put_sql(struct buf *sql)
{
	const struct config_row *row;
	int n = 1;

	(void)buf_add_str(sql, "INSERT INTO account AS a (changed_at");
	for (row = account_file_rows; !is_password(row); row++)
		(void)buf_printf(sql, ", %s", row->key);
	(void)buf_add_str(sql, ") VALUES (clock_timestamp()");
	for (row = account_file_rows; !is_password(row); row++)
		(void)buf_printf(sql, ", $%d", n++);
	(void)buf_add_str(sql,
			  ") ON CONFLICT (name) DO UPDATE SET changed_at = excluded.changed_at");
	for (row = account_file_rows; !is_password(row); row++)
		(void)buf_printf(sql, ", %s = excluded.%s", row->key, row->key);
	(void)buf_add_str(sql, " RETURNING id, xmax = 0");
}

static void add_param(struct pg_params *params, const struct config_row *row,
		      const struct account_file *file)
{
	const void *field = (const char *)file + row->offset;
	const char *text;

	switch (row->type) {
	case CONFIG_BOOL:
		pg_param_bool(params, *(const bool *)field);
		return;
	case CONFIG_ENUM:
		pg_param_text(params, row->words[*(const int *)field]);
		return;
	case CONFIG_INT:
	case CONFIG_MS:
		pg_param_int64(params, *(const int64_t *)field);
		return;
	default:
		text = *(char *const *)field;
		/* The two columns that may be null. */
		if (*text == '\0' && strncmp(row->key, "tls_", 4) == 0)
			text = NULL;
		pg_param_text(params, text);
	}
}

struct put {
	const struct account_file *file;
	const char *sql;
	int64_t id;
	bool created;
};

static bool put_secret(struct pg *pg, const struct put *put, struct err *err)
{
	static const struct pg_stmt upsert = {
		"account_secret_put",
		"INSERT INTO account_secret (account_id, password) VALUES ($1, $2) "
		"ON CONFLICT (account_id) DO UPDATE SET password = excluded.password"};
	struct pg_params *params;
	bool ok;

	if (put->file->password[0] == '\0') {
		if (put->created)
			return err_set(err, ERR_INPUT,
				       "password: is missing; a new account needs one");
		return true;
	}
	params = pg_params_new();
	pg_param_int64(params, put->id);
	pg_param_text(params, put->file->password);
	ok = pg_run(pg, &upsert, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool put_body(struct pg *pg, void *arg, struct err *err)
{
	struct put *put = arg;
	struct pg_stmt upsert = {"account_put", put->sql};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool ok;

	for (const struct config_row *row = account_file_rows; !is_password(row); row++)
		add_param(params, row, put->file);
	ok = pg_run(pg, &upsert, params, &r, err);
	if (ok) {
		put->id = pg_int(r, 0, 0);
		put->created = pg_bool(r, 0, 1);
		pg_result_free(&r);
	}
	pg_params_free(&params);
	return ok && put_secret(pg, put, err);
}

static bool put_account(struct pg *pg, const char *path, struct err *err)
{
	struct account_file file;
	struct put put = {.file = &file};
	struct buf sql;
	bool ok;

	if (!account_file_load(path, &file, err))
		return false;
	buf_init(&sql, SQL_MAX_BYTES);
	put_sql(&sql);
	put.sql = buf_str(&sql);
	ok = pg_transaction(pg, put_body, &put, err);
	if (ok)
		(void)printf("account \"%s\" is %s, id %lld\n", file.name,
			     put.created ? "created" : "changed", (long long)put.id);
	else
		(void)err_wrap(err, "%s", path);
	buf_deinit(&sql);
	account_file_free(&file);
	return ok;
}

/* --- list ----------------------------------------------------------------------------------------
 */

static bool list(struct pg *pg, const char *unused, struct err *err)
{
	static const struct pg_stmt select = {
		"account_list",
		"SELECT a.id::int, a.name, a.enabled, a.host || ':' || a.port, a.tls, "
		"       a.sessions::int, a.parts_per_s, a.price_micro, "
		"       CASE WHEN l.stopped IS NOT NULL THEN 'stopped: ' || l.stopped "
		"            WHEN l.until IS NULL OR l.until < clock_timestamp() THEN 'nobody has "
		"it' "
		"            WHEN l.down_since IS NOT NULL THEN 'down for ' || "
		"                 date_trunc('second', clock_timestamp() - l.down_since) "
		"            ELSE 'up, held by ' || l.owner END "
		"  FROM account a LEFT JOIN account_lease l ON l.account_id = a.id ORDER BY "
		"a.name"};
	static const char *const headings[] = {">id",	    "name",	"enabled", "smsc", "tls",
					       ">sessions", ">parts/s", ">price",  "line", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char price[40];

	(void)unused;
	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_int(t, pg_int(r, i, 0));
		table_text(t, pg_text(r, i, 1));
		table_text(t, pg_bool(r, i, 2) ? "yes" : "no");
		table_text(t, pg_text(r, i, 3));
		table_text(t, pg_text(r, i, 4));
		table_int(t, pg_int(r, i, 5));
		if (pg_int(r, i, 6) > 0)
			table_int(t, pg_int(r, i, 6));
		else
			table_text(t, "no limit");
		(void)snprintf(price, sizeof(price), "%lld.%06lld",
			       (long long)(pg_int(r, i, 7) / 1000000),
			       (long long)(pg_int(r, i, 7) % 1000000));
		table_text(t, price);
		table_text(t, pg_text(r, i, 8));
	}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

/* --- the file's keys -----------------------------------------------------------------------------
 */

/* --- enable and disable --------------------------------------------------------------------------
 */

static bool set_enabled(struct pg *pg, const char *name, bool enabled, struct err *err)
{
	static const struct pg_stmt update = {
		"account_enable", "UPDATE account SET enabled = $2, changed_at = clock_timestamp() "
				  "WHERE name = $1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool found = false;

	pg_param_text(params, name);
	pg_param_bool(params, enabled);
	if (pg_run(pg, &update, params, &r, err)) {
		found = pg_affected(r) == 1;
		pg_result_free(&r);
		if (!found)
			(void)err_set(err, ERR_INPUT,
				      "there is no account \"%s\"; vestnik account list shows all",
				      name);
	}
	pg_params_free(&params);
	if (found)
		(void)printf("account \"%s\" is %s\n", name, enabled ? "enabled" : "disabled");
	return found;
}

static bool enable(struct pg *pg, const char *name, struct err *err)
{
	return set_enabled(pg, name, true, err);
}

static bool disable(struct pg *pg, const char *name, struct err *err)
{
	return set_enabled(pg, name, false, err);
}

int cmd_account(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		bool (*run)(struct pg *pg, const char *argument, struct err *err);
	} actions[] = {
		{"put", 1, put_account},
		{"list", 0, list},
		{"enable", 1, enable},
		{"disable", 1, disable},
	};
	struct err err = {0};
	struct pg *pg = NULL;
	int status;

	if (argc == 2 && strcmp(argv[1], "--help-config") == 0) {
		keys_print(account_file_rows);
		return CLI_OK;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (argc != actions[i].arguments + 2 || strcmp(argv[1], actions[i].name) != 0)
			continue;
		status = cli_connect(cli, TIMEOUT_MS, &pg);
		if (status == CLI_OK && !actions[i].run(pg, argv[2], &err))
			status = cli_failed(&err);
		pg_close(&pg);
		return status;
	}
	return cli_usage("account put FILE.yaml, account list, account enable NAME, or account "
			 "disable NAME?");
}
