/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik token - who may use the HTTP API. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/program_terms.h"
#include "cli/table.h"
#include "common/store/token.h"

#define TIMEOUT_MS 10000
#define TERMS                                                                                      \
	"rights templates addresses expires note parts-per-hour parts-per-day money-per-hour "     \
	"money-per-day department"

/* --- create --------------------------------------------------------------------------------------
 */

struct creation {
	const char *name;
	struct program_terms terms;
	uint8_t hash[TOKEN_HASH_SIZE];
};

/* Every right stands in the roles that come with the migrations; these are no program's. */
static bool check_rights(struct pg *pg, const struct program_terms *t, struct err *err)
{
	static const struct pg_stmt unknown = {
		"token_rights",
		"SELECT coalesce(string_agg(u.name, ', '), '') FROM "
		"unnest(string_to_array($1::text, ',')) AS u(name)"
		" WHERE NOT EXISTS (SELECT 1 FROM role r WHERE u.name = ANY (r.rights))"
		"    OR u.name IN ('profile', 'tokens.edit')"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, t->rights);
	ok = pg_run(pg, &unknown, params, &rows, err);
	pg_params_free(&params);
	if (ok && pg_text(rows, 0, 0)[0] != '\0')
		ok = err_set(err, ERR_INPUT,
			     "a program cannot have the right %s; vestnik user roles shows rights",
			     pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return ok;
}

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"token_create",
		"INSERT INTO token (" PROGRAM_TERMS_COLUMNS
		", name, secret_hash, rights, addresses)"
		" VALUES (" PROGRAM_TERMS_SQL ", $6::text, $7::bytea, string_to_array("
		"coalesce($8::text, '*'), ','), string_to_array($9::text, ',')::cidr[])"};
	const struct creation *c = arg;
	struct pg_params *params;
	int64_t quota_id;
	bool ok;

	if (!check_rights(pg, &c->terms, err) || !program_terms_check(pg, &c->terms, err) ||
	    !program_terms_quota(pg, &c->terms, &quota_id, err))
		return false;
	params = pg_params_new();
	program_terms_push(params, &c->terms, quota_id);
	pg_param_text(params, c->name);
	pg_param_bytes(params, c->hash, sizeof(c->hash));
	pg_param_text(params, c->terms.rights);
	pg_param_text(params, c->terms.addresses);
	ok = pg_run(pg, &insert, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool why_not(struct pg *pg, const char *name, struct err *err)
{
	const char *state = pg_sqlstate(pg);

	if (strcmp(state, "23505") == 0)
		return err_set(err, ERR_REFUSED,
			       "there is a token \"%s\" already; names are used once, also after "
			       "revoking",
			       name);
	if (strcmp(state, "23514") == 0)
		return err_set(err, ERR_INPUT,
			       "a token has at most 64 templates and 16 addresses; one with "
			       "--templates needs --rights without *, campaigns.edit, "
			       "campaigns.launch, templates.edit and consents.edit, which send "
			       "other texts");
	return false;
}

static bool create(struct pg *pg, struct creation *c, struct err *err)
{
	char token[TOKEN_LEN + 1];

	if (!token_new(token))
		return err_set(err, ERR_IO, "the system has no random numbers to give");
	token_hash(token, TOKEN_LEN, c->hash);
	if (!pg_transaction(pg, create_body, c, err))
		return err->kind == ERR_INPUT ? false : why_not(pg, c->name, err);
	(void)fprintf(stderr, "Token of \"%s\"; it is shown this once and cannot be read again:\n",
		      c->name);
	(void)printf("%s\n", token);
	return true;
}

/* --- list, revoke --------------------------------------------------------------------------------
 */

static bool list(struct pg *pg, struct err *err)
{
	static const struct pg_stmt select = {
		"token_list",
		"SELECT t.name, t.created_at, t.last_used_at, t.expires_at, t.revoked_at,"
		"       array_to_string(t.rights, ' '), " PROGRAM_LIMITS_SQL ","
		"       array_to_string(t.templates, ' '), array_to_string(t.addresses, ' ')"
		"  FROM token t LEFT JOIN quota q ON q.id = t.quota_id ORDER BY t.name"};
	static const char *const headings[] = {
		"name",	  "created (UTC)", "last used (UTC)", "expires (UTC)", "revoked (UTC)",
		"rights", "limits",	   "templates",	      "addresses",     NULL};
	struct pg_result *r = NULL;
	struct table *t;
	char time[32];

	if (!pg_run(pg, &select, NULL, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		for (int col = 1; col <= 4; col++)
			table_text(t, cli_time(pg_time_us(r, i, col), time));
		for (int col = 5; col <= 8; col++)
			table_text(t, pg_text(r, i, col)[0] != '\0' ? pg_text(r, i, col) : "-");
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
	struct creation creation = {0};
	struct err err = {0};
	struct pg *pg = NULL;
	int status = CLI_OK;
	bool ok;

	if (!creating && !revoking && strcmp(action, "list") != 0)
		return cli_usage("token create NAME, token list, or token revoke NAME?");
	if (creating || revoking)
		status = program_terms_take(argc - 1, argv + 1, creating ? TERMS : "",
					    &creation.terms, &creation.name);
	else if (argc != 2)
		status = cli_usage("token %s takes no argument", action);
	if (status == CLI_OK)
		status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status != CLI_OK)
		return status;
	if (creating)
		ok = create(pg, &creation, &err);
	else if (revoking)
		ok = revoke(pg, creation.name, &err);
	else
		ok = list(pg, &err);
	pg_close(&pg);
	return ok ? CLI_OK : cli_failed(&err);
}
