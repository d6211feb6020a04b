/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik account - accounts at providers: put (create or change), list, enable, disable. */
#include <stdio.h>
#include <string.h>

#include "cli/account_put.h"
#include "cli/cli.h"
#include "cli/keys.h"
#include "cli/table.h"
#include "common/model/account.h"

enum { TIMEOUT_MS = 10000 };

/* --- list ----------------------------------------------------------------------------------------
 */

static bool list(const struct cli *cli, struct pg *pg, const char *unused, struct err *err)
{
	static const struct pg_stmt select = {
		"account_list",
		"SELECT a.id::int, a.name, a.enabled, "
		"       CASE a.kind WHEN 'smpp' THEN a.host || ':' || a.port ELSE a.profile END, "
		"       CASE a.kind WHEN 'smpp' THEN a.tls ELSE 'http' END, "
		"       a.sessions::int, a.parts_per_s, a.price_micro, "
		"       CASE WHEN l.stopped IS NOT NULL THEN 'stopped: ' || l.stopped "
		"            WHEN l.until IS NULL OR l.until < clock_timestamp() THEN 'nobody has "
		"it' "
		"            WHEN l.down_since IS NOT NULL THEN 'down for ' || "
		"                 date_trunc('second', clock_timestamp() - l.down_since) "
		"            ELSE 'up, held by ' || l.owner END "
		"  FROM account a LEFT JOIN account_lease l ON l.account_id = a.id ORDER BY "
		"a.name"};
	static const char *const headings[] = {">id",	    "name",	"enabled", "peer", "tls",
					       ">sessions", ">parts/s", ">price",  "line", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char price[40];

	(void)cli;
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

static bool enable(const struct cli *cli, struct pg *pg, const char *name, struct err *err)
{
	(void)cli;
	return set_enabled(pg, name, true, err);
}

static bool disable(const struct cli *cli, struct pg *pg, const char *name, struct err *err)
{
	(void)cli;
	return set_enabled(pg, name, false, err);
}

int cmd_account(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		int arguments;
		bool (*run)(const struct cli *cli, struct pg *pg, const char *argument,
			    struct err *err);
	} actions[] = {
		{"put", 1, account_put},
		{"list", 0, list},
		{"enable", 1, enable},
		{"disable", 1, disable},
	};
	struct err err = {0};
	struct pg *pg = NULL;
	int status;

	if (argc == 2 && strcmp(argv[1], "--help-config") == 0) {
		keys_print(account_rows);
		return CLI_OK;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (argc != actions[i].arguments + 2 || strcmp(argv[1], actions[i].name) != 0)
			continue;
		status = cli_connect(cli, TIMEOUT_MS, &pg);
		if (status == CLI_OK && !actions[i].run(cli, pg, argv[2], &err))
			status = cli_failed(&err);
		pg_close(&pg);
		return status;
	}
	return cli_usage("account put FILE.yaml, account list, account enable NAME, or account "
			 "disable NAME?");
}
