/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik secrets - the stored passwords and keys: seal what is in clear, and seal everything anew
 * when the key is changed (common/store/vault.h). */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/secrets.h"
#include "cli/table.h"

enum { TIMEOUT_MS = 60000 };

/* Where secrets are.  `read` gives id, name, what is in clear, what is sealed; `write` takes id,
 * name, sealed. */
static const struct holder {
	const char *owner; /* as the vault has it */
	const char *title;
	struct pg_stmt read, write;
	const char *rewrite; /* what was in clear is to be in no page of the table any more */
} holders[] = {
	{VAULT_ACCOUNT,
	 "accounts",
	 {"secrets_accounts",
	  "SELECT account_id::bigint, name, password, sealed FROM account_secret "
	  "ORDER BY account_id, name FOR UPDATE"},
	 {"secrets_account_seal", "UPDATE account_secret SET sealed = $3::bytea, password = NULL "
				  "WHERE account_id = $1::bigint AND name = $2::text"},
	 "VACUUM (FULL) account_secret"},
	{VAULT_SOURCE,
	 "sources",
	 {"secrets_sources", "SELECT source_id, 'secret', secret, sealed FROM source_secret "
			     "ORDER BY source_id FOR UPDATE"},
	 {"secrets_source_seal", "UPDATE source_secret SET sealed = $3::bytea, secret = NULL "
				 "WHERE source_id = $1::bigint AND $2::text = 'secret'"},
	 "VACUUM (FULL) source_secret"},
	{VAULT_PERSON,
	 "second factors",
	 {"secrets_second_factors",
	  "SELECT person_id, 'totp', NULL::text, sealed FROM second_factor "
	  "ORDER BY person_id FOR UPDATE"},
	 {"secrets_second_factor_seal", "UPDATE second_factor SET sealed = $3::bytea "
					"WHERE person_id = $1::bigint AND $2::text = 'totp'"},
	 "VACUUM (FULL) second_factor"},
};
#define HOLDERS (sizeof(holders) / sizeof(holders[0]))

enum column { COL_ID, COL_NAME, COL_CLEAR, COL_SEALED };

/* One pass over all secrets of a holder. */
struct pass {
	struct pg *pg;
	struct vault *vault;
	const struct holder *holder;
	struct pg_params *params;
	bool anew; /* also those that an older key sealed */
	int64_t clear, current, older, lost, written;
};

static void place_of(const struct pass *p, const struct pg_result *rows, size_t i,
		     struct vault_place *out)
{
	*out = (struct vault_place){p->holder->owner, pg_int(rows, i, COL_ID),
				    pg_text(rows, i, COL_NAME)};
}

/* The secret itself. */
static bool open_secret(struct pass *p, const struct pg_result *rows, size_t i, struct buf *out,
			struct err *err)
{
	struct vault_place place;

	if (!pg_null(rows, i, COL_CLEAR))
		return buf_add(out, pg_text(rows, i, COL_CLEAR), pg_len(rows, i, COL_CLEAR)) ||
		       err_set(err, ERR_LIMIT, "it is too long");
	place_of(p, rows, i, &place);
	return vault_unseal(p->vault, &place, pg_text(rows, i, COL_SEALED),
			    pg_len(rows, i, COL_SEALED), out, err);
}

static bool write_sealed(struct pass *p, const struct pg_result *rows, size_t i,
			 const struct buf *sealed, struct err *err)
{
	pg_params_reset(p->params);
	pg_param_int64(p->params, pg_int(rows, i, COL_ID));
	pg_param_text(p->params, pg_text(rows, i, COL_NAME));
	pg_param_bytes(p->params, sealed->data, sealed->len);
	if (!pg_run(p->pg, &p->holder->write, p->params, NULL, err))
		return false;
	p->written++;
	return true;
}

static bool seal_row(struct pass *p, const struct pg_result *rows, size_t i, struct err *err)
{
	struct vault_place place;
	struct buf text, sealed;
	bool ok;

	place_of(p, rows, i, &place);
	buf_init(&text, VAULT_TEXT_MAX);
	buf_init(&sealed, VAULT_SEALED_MAX);
	ok = open_secret(p, rows, i, &text, err) &&
	     vault_seal(p->vault, &place, text.data, text.len, &sealed, err) &&
	     write_sealed(p, rows, i, &sealed, err);
	if (!ok)
		(void)err_wrap(err, "%s of %s %lld", place.name, place.owner, (long long)place.id);
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_deinit(&text);
	buf_deinit(&sealed);
	return ok;
}

static bool is_wanted(struct pass *p, const struct pg_result *rows, size_t i)
{
	if (!pg_null(rows, i, COL_CLEAR))
		return true;
	return p->anew && !vault_is_current(p->vault, pg_text(rows, i, COL_SEALED),
					    pg_len(rows, i, COL_SEALED));
}

static bool seal_body(struct pg *pg, void *arg, struct err *err)
{
	struct pass *p = arg;
	struct pg_result *rows = NULL;
	bool ok;

	p->written = 0;
	ok = pg_run(pg, &p->holder->read, NULL, &rows, err);
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		if (is_wanted(p, rows, i))
			ok = seal_row(p, rows, i, err);
	pg_result_free(&rows);
	return ok;
}

static bool seal_all(struct pg *pg, struct vault *vault, bool anew, struct err *err)
{
	for (size_t i = 0; i < HOLDERS; i++) {
		struct pass p = {.pg = pg, .vault = vault, .holder = &holders[i], .anew = anew};
		bool ok;

		p.params = pg_params_new();
		ok = pg_transaction(pg, seal_body, &p, err) &&
		     (p.written == 0 || pg_exec(pg, holders[i].rewrite, err));
		pg_params_free(&p.params);
		if (!ok)
			return false;
		(void)printf("%s: %lld sealed\n", holders[i].title, (long long)p.written);
	}
	return true;
}

static bool seal(struct pg *pg, struct vault *vault, struct err *err)
{
	return seal_all(pg, vault, false, err);
}

static bool rotate(struct pg *pg, struct vault *vault, struct err *err)
{
	return seal_all(pg, vault, true, err);
}

/* --- status --------------------------------------------------------------------------------------
 */

static void judge(struct pass *p, const struct pg_result *rows, size_t i)
{
	struct buf text;
	struct err err;

	if (!pg_null(rows, i, COL_CLEAR)) {
		p->clear++;
		return;
	}
	buf_init(&text, VAULT_TEXT_MAX);
	if (!open_secret(p, rows, i, &text, &err))
		p->lost++;
	else if (is_wanted(p, rows, i))
		p->older++;
	else
		p->current++;
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	buf_deinit(&text);
}

static bool count(struct pass *p, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(p->pg, &p->holder->read, NULL, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		judge(p, rows, i);
	pg_result_free(&rows);
	return true;
}

static bool status(struct pg *pg, struct vault *vault, struct err *err)
{
	static const char *const headings[] = {"of",	 ">newest key",	      ">older key",
					       ">clear", ">cannot be opened", NULL};
	struct table *t = table_new(headings);
	bool ok = true;

	for (size_t i = 0; ok && i < HOLDERS; i++) {
		struct pass p = {.pg = pg, .vault = vault, .holder = &holders[i], .anew = true};

		ok = count(&p, err);
		table_text(t, holders[i].title);
		table_int(t, p.current);
		table_int(t, p.older);
		table_int(t, p.clear);
		table_int(t, p.lost);
	}
	if (ok)
		table_print(t, stdout);
	table_free(&t);
	return ok;
}

bool secrets_check(struct pg *pg, struct vault *vault, struct err *err)
{
	int64_t clear = 0, lost = 0;

	for (size_t i = 0; i < HOLDERS; i++) {
		struct pass p = {.pg = pg, .vault = vault, .holder = &holders[i]};

		if (!count(&p, err))
			return false;
		clear += p.clear;
		lost += p.lost;
	}
	return (clear == 0 && lost == 0) ||
	       err_set(err, ERR_REFUSED, "%lld stand in clear, %lld cannot be opened",
		       (long long)clear, (long long)lost);
}

int cmd_secrets(struct cli *cli, int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(struct pg *pg, struct vault *vault, struct err *err);
	} actions[] = {{"status", status}, {"seal", seal}, {"rotate", rotate}};
	struct vault *vault = NULL;
	struct err err = {0};
	struct pg *pg = NULL;
	int exit_status;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (argc != 2 || strcmp(argv[1], actions[i].name) != 0)
			continue;
		if (!cli_vault(cli, &vault, &err))
			return cli_failed(&err);
		exit_status = cli_connect(cli, TIMEOUT_MS, &pg);
		if (exit_status == CLI_OK && !actions[i].run(pg, vault, &err))
			exit_status = cli_failed(&err);
		pg_close(&pg);
		vault_free(&vault);
		return exit_status;
	}
	return cli_usage("secrets status, secrets seal, or secrets rotate?");
}
