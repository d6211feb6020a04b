/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_put - see account_put.h. */
#include "cli/account_put.h"

#include <stdio.h>
#include <string.h>

#include "cli/share.h"
#include "common/base/buf.h"
#include "common/model/account.h"
#include "common/provider/shelf.h"

enum { SQL_MAX_BYTES = 16384, STORED_MAX = 32 };

struct put {
	const struct account_settings *settings;
	struct vault *vault;
	const char *providers_dir; /* NULL: those that came with us */
	int64_t id;
	bool created;
};

static bool put_row(struct pg *pg, struct put *put, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_MAX_BYTES);
	account_insert_sql(true, &sql);
	account_settings_push(put->settings, params);
	ok = pg_run_once(pg, buf_str(&sql), params, &r, err);
	if (ok) {
		put->id = pg_int(r, 0, 0);
		put->created = pg_bool(r, 0, 1);
		pg_result_free(&r);
	}
	pg_params_free(&params);
	buf_deinit(&sql);
	return ok;
}

/* --- secrets -------------------------------------------------------------------------------------
 */

static bool put_secret(struct pg *pg, const struct put *put, const char *name, const char *secret,
		       struct err *err)
{
	static const struct pg_stmt upsert = {
		"account_secret_put",
		"INSERT INTO account_secret (account_id, name, sealed) VALUES ($1, $2, $3) "
		"ON CONFLICT (account_id, name) DO UPDATE SET sealed = excluded.sealed, "
		"  password = NULL, changed_at = clock_timestamp()"};
	const struct vault_place place = {VAULT_ACCOUNT, put->id, name};
	struct pg_params *params = pg_params_new();
	struct buf sealed;
	bool ok;

	buf_init(&sealed, VAULT_SEALED_MAX);
	ok = vault_seal(put->vault, &place, secret, strlen(secret), &sealed, err);
	if (ok) {
		pg_param_int64(params, put->id);
		pg_param_text(params, name);
		pg_param_bytes(params, sealed.data, sealed.len);
		ok = pg_run(pg, &upsert, params, NULL, err);
	}
	pg_params_free(&params);
	buf_deinit(&sealed);
	return ok;
}

static bool put_password(struct pg *pg, const struct put *put, struct err *err)
{
	if (put->settings->password[0] != '\0')
		return put_secret(pg, put, "password", put->settings->password, err);
	return !put->created ||
	       err_set(err, ERR_INPUT, "password: is missing; a new account needs one");
}

/* --- kind http -----------------------------------------------------------------------------------
 */

/* Secrets of another profile than the one it has now are nobody's. */
static bool drop_strange(struct pg *pg, const struct put *put, const struct provider_profile *p,
			 struct err *err)
{
	static const struct pg_stmt drop = {
		"account_secret_drop", "DELETE FROM account_secret WHERE account_id = $1 AND NOT "
				       "name = ANY ($2::text[])"};
	const char *names[CONFIG_PAIRS_MAX];
	struct pg_params *params = pg_params_new();
	size_t count = 0;
	bool ok;

	for (size_t i = 0; i < p->settings.count; i++)
		if (profile_setting_kind(p, i) == PROFILE_SECRET)
			names[count++] = p->settings.items[i].key;
	pg_param_int64(params, put->id);
	pg_param_text_array(params, names, count);
	ok = pg_run(pg, &drop, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool read_stored(struct pg *pg, int64_t id, struct pg_result **rows, struct err *err)
{
	static const struct pg_stmt select = {
		"account_secret_names",
		"SELECT name FROM account_secret WHERE account_id = $1 ORDER BY name"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64(params, id);
	ok = pg_run(pg, &select, params, rows, err);
	pg_params_free(&params);
	return ok;
}

static bool check_profile(struct pg *pg, const struct put *put, const struct provider_profile *p,
			  struct err *err)
{
	const char *stored[STORED_MAX], *key = NULL;
	struct pg_result *rows = NULL;
	bool is_secret = false, ok;
	size_t count;

	if (!read_stored(pg, put->id, &rows, err))
		return false;
	count = pg_rows(rows) < STORED_MAX ? pg_rows(rows) : STORED_MAX;
	for (size_t i = 0; i < count; i++)
		stored[i] = pg_text(rows, i, 0);
	ok = profile_account_check(p, &put->settings->settings, &put->settings->secrets, stored,
				   count, &key, &is_secret, err);
	if (!ok)
		(void)err_wrap(err, "%s.%s", is_secret ? "secrets" : "settings", key);
	pg_result_free(&rows);
	return ok;
}

static bool put_secrets(struct pg *pg, const struct put *put, const struct shelf *shelf,
			struct err *err)
{
	const struct config_pairs *secrets = &put->settings->secrets;
	const struct provider_profile *p = shelf_find(shelf, put->settings->profile);

	if (p == NULL)
		return err_set(err, ERR_INPUT, "profile: there is no profile \"%s\"",
			       put->settings->profile);
	if (!drop_strange(pg, put, p, err) || !check_profile(pg, put, p, err))
		return false;
	for (size_t i = 0; i < secrets->count; i++)
		if (!put_secret(pg, put, secrets->items[i].key, secrets->items[i].value, err))
			return false;
	return true;
}

static bool put_http(struct pg *pg, const struct put *put, struct err *err)
{
	char beside[4096];
	const char *dir = put->providers_dir;
	struct shelf shelf;
	bool ok;

	if (dir == NULL)
		dir = share_dir("providers", SHELF_DIR, beside, sizeof(beside));
	if (!shelf_load(dir, &shelf, err))
		return false;
	ok = put_secrets(pg, put, &shelf, err);
	shelf_free(&shelf);
	return ok;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static bool put_body(struct pg *pg, void *arg, struct err *err)
{
	struct put *put = arg;

	if (!put_row(pg, put, err))
		return false;
	return put->settings->kind == ACCOUNT_HTTP ? put_http(pg, put, err)
						   : put_password(pg, put, err);
}

static bool provider_is_known(struct pg *pg, const char *name, struct err *err)
{
	static const struct pg_stmt find = {"account_provider",
					    "SELECT count(*) FROM provider WHERE name = $1"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	bool ok, known = true;

	pg_param_text(params, name);
	ok = name[0] == '\0' || pg_run(pg, &find, params, &r, err);
	if (r != NULL)
		known = pg_int(r, 0, 0) == 1;
	pg_result_free(&r);
	pg_params_free(&params);
	if (ok && !known)
		ok = err_set(err, ERR_INPUT, "provider: there is no provider \"%s\"", name);
	return ok;
}

bool account_put(const struct cli *cli, struct pg *pg, const char *path, struct err *err)
{
	struct account_settings settings;
	struct put put = {.settings = &settings, .providers_dir = cli->providers_dir};
	bool ok;

	if (!account_settings_load(path, &settings, err))
		return false;
	ok = cli_vault(cli, &put.vault, err) && provider_is_known(pg, settings.provider, err) &&
	     pg_transaction(pg, put_body, &put, err);
	if (ok)
		(void)printf("account \"%s\" is %s, id %lld\n", settings.name,
			     put.created ? "created" : "changed", (long long)put.id);
	else
		(void)err_wrap(err, "%s", path);
	vault_free(&put.vault);
	account_settings_free(&settings);
	return ok;
}
