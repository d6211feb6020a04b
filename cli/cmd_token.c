/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik token - who may use the HTTP API. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/table.h"
#include "common/store/token.h"

enum { TIMEOUT_MS = 10000 };

static bool create(struct pg *pg, const char *name, struct err *err)
{
	static const struct pg_stmt insert = {
		"token_create", "INSERT INTO token (name, secret_hash) VALUES ($1, $2)"};
	char token[TOKEN_LEN + 1];
	uint8_t hash[TOKEN_HASH_SIZE];
	struct pg_params *params;
	bool ok;

	if (!token_new(token))
		return err_set(err, ERR_IO, "the system has no random numbers to give");
	token_hash(token, TOKEN_LEN, hash);
	params = pg_params_new();
	pg_param_text(params, name);
	pg_param_bytes(params, hash, sizeof(hash));
	ok = pg_run(pg, &insert, params, NULL, err);
	pg_params_free(&params);
	if (!ok && strcmp(pg_sqlstate(pg), "23505") == 0)
		return err_set(err, ERR_REFUSED,
			       "there is a token \"%s\" already; names are used once, also after "
			       "revoking",
			       name);
	if (!ok)
		return false;
	(void)fprintf(stderr, "Token of \"%s\"; it is shown this once and cannot be read again:\n",
		      name);
	(void)printf("%s\n", token);
	return true;
}

static bool list(struct pg *pg, struct err *err)
{
	static const struct pg_stmt select = {
		"token_list", "SELECT name, created_at, revoked_at FROM token ORDER BY name"};
	static const char *const headings[] = {"name", "created (UTC)", "revoked (UTC)", NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_text(t, cli_time(pg_time_us(r, i, 1), time));
		table_text(t, cli_time(pg_time_us(r, i, 2), time));
	}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool revoke(struct pg *pg, const char *name, struct err *err)
{
	static const struct pg_stmt update = {
		"token_revoke",
		"UPDATE token SET revoked_at = coalesce(revoked_at, clock_timestamp()) "
		"WHERE name = $1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool found = false;

	pg_param_text(params, name);
	if (pg_run(pg, &update, params, &r, err)) {
		found = pg_affected(r) == 1;
		pg_result_free(&r);
		if (!found)
			(void)err_set(err, ERR_INPUT,
				      "there is no token \"%s\"; vestnik token list shows all",
				      name);
	}
	pg_params_free(&params);
	if (found)
		(void)printf("token \"%s\" is revoked\n", name);
	return found;
}

int cmd_token(struct cli *cli, int argc, char **argv)
{
	const char *action = argc > 1 ? argv[1] : "";
	bool creating = strcmp(action, "create") == 0, revoking = strcmp(action, "revoke") == 0;
	struct err err = {0};
	struct pg *pg = NULL;
	int status;
	bool ok;

	if (!creating && !revoking && strcmp(action, "list") != 0)
		return cli_usage("token create NAME, token list, or token revoke NAME?");
	if (argc != (creating || revoking ? 3 : 2))
		return cli_usage(creating || revoking ? "token %s takes one name"
						      : "token %s takes no argument",
				 action);
	status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status != CLI_OK)
		return status;
	if (creating)
		ok = create(pg, argv[2], &err);
	else if (revoking)
		ok = revoke(pg, argv[2], &err);
	else
		ok = list(pg, &err);
	pg_close(&pg);
	return ok ? CLI_OK : cli_failed(&err);
}
