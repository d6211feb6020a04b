/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_edit - POST /v1/accounts, PATCH and DELETE /v1/accounts/{id}.
 *
 * Gateways look at account.changed_at twice a second, so what is written here is taken up without a
 * restart. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/account.h"
#include "apid/secret.h"
#include "common/base/log.h"
#include "common/provider/shelf.h"

#define SQL_MAX_BYTES 16384
#define SECRETS_MAX   64
#define FIELD_SIZE    120
#define PASSWORD      "password"

struct account_write {
	struct request *r;
	const struct cJSON *doc;
	int64_t id; /* 0: a new one */
	struct account_settings settings;
};

/* --- the row -------------------------------------------------------------------------------------
 */

static bool refuse_conflict(struct account_write *w, struct err *err)
{
	if (strcmp(pg_sqlstate(w->r->pg), "23505") != 0)
		return false;
	problem_field(&w->r->problem, "name", "the name of another account", "a name of its own");
	return request_refused(err);
}

static bool check_provider(struct account_write *w, struct err *err)
{
	static const struct pg_stmt find = {"account_provider",
					    "SELECT 1 FROM provider WHERE name = $1::text"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	bool known;

	if (w->settings.provider[0] == '\0')
		return true;
	pg_param_text(r->params, w->settings.provider);
	if (!request_query(r, &find, &rows, err))
		return false;
	known = pg_rows(rows) == 1;
	pg_result_free(&rows);
	if (known)
		return true;
	problem_field(&r->problem, "provider", w->settings.provider,
		      "the name of a provider; GET /v1/providers lists them");
	return request_refused(err);
}

static bool write_row(struct account_write *w, struct err *err)
{
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_MAX_BYTES);
	account_settings_push(&w->settings, r->params);
	if (w->id == 0) {
		account_insert_sql(false, &sql);
	} else {
		(void)buf_printf(&sql, " WHERE id = $%d::bigint RETURNING id",
				 account_update_sql(&sql));
		pg_param_int64(r->params, w->id);
	}
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, &rows, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	if (!ok)
		return refuse_conflict(w, err);
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* --- secrets -------------------------------------------------------------------------------------
 */

static bool write_secret(struct account_write *w, const char *name, const char *secret,
			 struct err *err)
{
	/* ON CONFLICT would read what is sealed, which apid may not. */
	static const struct pg_stmt upsert = {
		"account_secret_put",
		"WITH changed AS (UPDATE account_secret SET sealed = $3::bytea, password = NULL,"
		"   changed_at = clock_timestamp()"
		" WHERE account_id = $1::bigint AND name = $2::text RETURNING 1)"
		" INSERT INTO account_secret (account_id, name, sealed)"
		" SELECT $1::bigint, $2::text, $3::bytea WHERE NOT EXISTS (SELECT 1 FROM changed)"};
	const struct vault_place place = {VAULT_ACCOUNT, w->id, name};
	struct request *r = w->r;

	pg_param_int64(r->params, w->id);
	pg_param_text(r->params, name);
	return request_seal(r, &place, secret, err) && request_query(r, &upsert, NULL, err);
}

/* Those of the profile the account had before are nobody's. */
static bool drop_strange(struct account_write *w, const char *const *names, size_t count,
			 struct err *err)
{
	static const struct pg_stmt drop = {
		"account_secret_drop", "DELETE FROM account_secret WHERE account_id = $1::bigint"
				       " AND NOT name = ANY ($2::text[])"};

	pg_param_int64(w->r->params, w->id);
	pg_param_text_array(w->r->params, names, count);
	return request_query(w->r, &drop, NULL, err);
}

static bool query_stored(struct account_write *w, struct pg_result **rows, struct err *err)
{
	static const struct pg_stmt list = {
		"account_secret_names",
		"SELECT name FROM account_secret WHERE account_id = $1::bigint ORDER BY name"};

	pg_param_int64(w->r->params, w->id);
	return request_query(w->r, &list, rows, err);
}

static bool write_password(struct account_write *w, struct err *err)
{
	static const char *const names[] = {PASSWORD};
	struct pg_result *rows = NULL;
	bool stored;

	if (!drop_strange(w, names, 1, err))
		return false;
	if (w->settings.password[0] != '\0')
		return write_secret(w, PASSWORD, w->settings.password, err);
	if (!query_stored(w, &rows, err))
		return false;
	stored = pg_rows(rows) == 1;
	pg_result_free(&rows);
	if (stored)
		return true;
	problem_field(&w->r->problem, PASSWORD, "nothing", "a password: none is stored yet");
	return request_refused(err);
}

static bool refuse_setting(struct account_write *w, const struct provider_profile *p,
			   const char *key, bool is_secret, struct err *err)
{
	const struct config_pairs *given = is_secret ? &w->settings.secrets : &w->settings.settings;
	bool known = config_pairs_find(&p->settings, key) != NULL;
	char field[FIELD_SIZE];

	(void)snprintf(field, sizeof(field), "%s.%.90s", is_secret ? "secrets" : "settings", key);
	problem_field(&w->r->problem, field,
		      config_pairs_find(given, key) != NULL ? "something" : "nothing",
		      !known ? "nothing: this provider has no such setting"
		      : config_pairs_find(given, key) != NULL
			      ? "an address that begins with https:// or http://"
			      : "a value: this provider needs it");
	return request_refused(err);
}

static bool check_profile(struct account_write *w, const struct provider_profile *p,
			  struct err *err)
{
	const char *stored[SECRETS_MAX], *key = NULL;
	struct pg_result *rows = NULL;
	struct err why = {0};
	bool is_secret = false, ok;
	size_t count;

	if (!query_stored(w, &rows, err))
		return false;
	count = pg_rows(rows) < SECRETS_MAX ? pg_rows(rows) : SECRETS_MAX;
	for (size_t i = 0; i < count; i++)
		stored[i] = pg_text(rows, i, 0);
	ok = profile_account_check(p, &w->settings.settings, &w->settings.secrets, stored, count,
				   &key, &is_secret, &why) ||
	     refuse_setting(w, p, key, is_secret, err);
	pg_result_free(&rows);
	return ok;
}

static bool write_secrets(struct account_write *w, struct err *err)
{
	const struct provider_profile *p = shelf_find(&w->r->api->profiles, w->settings.profile);
	const struct config_pairs *secrets = &w->settings.secrets;
	const char *names[SECRETS_MAX];
	size_t count = 0;

	if (p == NULL) {
		problem_field(&w->r->problem, "profile", w->settings.profile,
			      "the name of a profile; GET /v1/provider-profiles lists them");
		return request_refused(err);
	}
	for (size_t i = 0; i < p->settings.count && count < SECRETS_MAX; i++)
		if (profile_setting_kind(p, i) == PROFILE_SECRET)
			names[count++] = p->settings.items[i].key;
	if (!drop_strange(w, names, count, err) || !check_profile(w, p, err))
		return false;
	for (size_t i = 0; i < secrets->count; i++)
		if (!write_secret(w, secrets->items[i].key, secrets->items[i].value, err))
			return false;
	return true;
}

/* --- the operations ------------------------------------------------------------------------------
 */

static bool write_body(struct pg *pg, void *arg, struct err *err)
{
	struct account_write *w = arg;

	(void)pg;
	json_out_reset(&w->r->json);
	if (!check_provider(w, err) || !write_row(w, err))
		return false;
	if (w->settings.kind == ACCOUNT_HTTP ? !write_secrets(w, err) : !write_password(w, err))
		return false;
	return account_put_one(w->r, w->id, err);
}

/* A failed transaction of a new account is tried again from the start, so its id is not kept. */
static bool store(struct account_write *w, struct err *err)
{
	const int64_t id = w->id;
	bool ok = pg_transaction(w->r->pg, write_body, w, err);

	if (ok)
		log_info("account written", LI("account", w->id));
	else
		w->id = id;
	return ok;
}

/* POST /v1/accounts */
bool account_create(struct request *r, struct err *err)
{
	struct account_write w = {.r = r};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	account_settings_default(&w.settings);
	account_in(doc, &w.settings, &r->problem);
	if (!problem_found(&r->problem))
		ok = store(&w, err);
	account_settings_free(&w.settings);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 201));
}

static bool keeps_kind(struct account_write *w)
{
	const char *now = w->settings.kind == ACCOUNT_HTTP ? "http" : "smpp";
	const char *wanted = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(w->doc, "kind"));

	if (wanted == NULL || strcmp(wanted, now) == 0)
		return true;
	problem_field(&w->r->problem, "kind", wanted,
		      "the kind it was made with; make another account");
	return false;
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {
		"account_lock", "SELECT 1 FROM account WHERE id = $1::bigint FOR UPDATE"};
	struct account_write *w = arg;
	struct request *r = w->r;
	bool found = false;

	account_settings_free(&w->settings);
	account_settings_default(&w->settings);
	pg_param_int64(r->params, w->id);
	if (!request_query(r, &lock, NULL, err) ||
	    !account_load(r, w->id, &w->settings, &found, err))
		return false;
	if (!found) {
		problem_not_found(&r->problem, "account");
		return request_refused(err);
	}
	if (keeps_kind(w))
		account_in(w->doc, &w->settings, &r->problem);
	return problem_found(&r->problem) ? request_refused(err) : write_body(pg, w, err);
}

/* PATCH /v1/accounts/{id} */
bool account_patch(struct request *r, struct err *err)
{
	struct account_write w = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_id(r, 0, "account", &w.id) || !request_json(r, &doc))
		return true;
	w.doc = doc;
	account_settings_default(&w.settings);
	ok = pg_transaction(r->pg, patch_body, &w, err);
	if (ok)
		log_info("account written", LI("account", w.id));
	account_settings_free(&w.settings);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}

/* DELETE /v1/accounts/{id}: what was sent through it goes on naming it, so it is switched off. */
bool account_disable(struct request *r, struct err *err)
{
	static const struct pg_stmt disable = {
		"account_disable", "UPDATE account SET enabled = false,"
				   " changed_at = clock_timestamp() WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;
	bool found;

	if (!request_id(r, 0, "account", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &disable, &rows, err))
		return false;
	found = pg_affected(rows) == 1;
	pg_result_free(&rows);
	if (!found) {
		problem_not_found(&r->problem, "account");
		return true;
	}
	log_info("account switched off", LI("account", id));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
