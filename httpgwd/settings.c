/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* settings - see settings.h. */
#include "httpgwd/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/gateway/secret.h"
#include "common/model/link.h"
#include "common/provider/request.h"
#include "httpgwd/httpgwd.h"

#define SECRET_SIZE 8192

/* Disabled ones as well: what is wanted of them is said in C. */
static const struct pg_stmt ACCOUNTS = {
	"httpgwd_accounts",
	GATEWAY_SETTINGS_SQL ", a.enabled, a.profile, a.connections, a.validity_max_s,"
			     " a.clear_link_ground, c.token,"
			     " c.ref_key" GATEWAY_SETTINGS_FROM
			     " JOIN account_callback c ON c.account_id = a.id"
			     " WHERE a.kind = 'http' ORDER BY a.id",
};
static const struct pg_stmt VALUES = {
	"httpgwd_values",
	"SELECT a.id, e.key, coalesce(e.value, '') FROM account a, jsonb_each_text(a.settings) e"
	" WHERE a.kind = 'http' ORDER BY a.id, e.key",
};
static const struct pg_stmt SECRETS = {
	"httpgwd_secrets",
	"SELECT a.id, s.name, s.password, s.sealed"
	" FROM account a JOIN account_secret s ON s.account_id = a.id"
	" WHERE a.kind = 'http' ORDER BY a.id, s.name",
};

bool settings_by_reference(const struct settings *s)
{
	const struct provider_profile *p = s->profile;

	return p->answer.id[0] == '\0' || (p->report.id[0] == '\0' && p->poll.ask.url[0] == '\0');
}

/* --- life --------------------------------------------------------------------------------------
 */

struct settings *settings_hold(struct settings *s)
{
	atomic_fetch_add(&s->holders, 1);
	return s;
}

static void free_values(struct config_pairs *values)
{
	for (size_t i = 0; i < values->count; i++) {
		explicit_bzero(values->items[i].value, strlen(values->items[i].value));
		mem_free(values->items[i].key);
		mem_free(values->items[i].value);
	}
	mem_free(values->items);
}

void settings_free(struct gateway_settings **handle)
{
	struct settings *s = (struct settings *)*handle;

	*handle = NULL;
	if (s == NULL || atomic_fetch_sub(&s->holders, 1) > 1)
		return;
	free_values(&s->values);
	explicit_bzero(s, sizeof(*s));
	mem_free(s);
}

void directory_free(struct directory **handle)
{
	struct directory *d = *handle;

	*handle = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->count; i++) {
		struct gateway_settings *s = &d->items[i]->gateway;

		settings_free(&s);
	}
	mem_free(d->items);
	mem_free(d);
}

/* --- loading -----------------------------------------------------------------------------------
 */

static void read_ref_key(struct settings_row *r, struct settings *s)
{
	size_t len = pg_len(r->result, r->row, r->col);

	s->ref_key_len = len < sizeof(s->ref_key) ? len : sizeof(s->ref_key);
	memcpy(s->ref_key, pg_text(r->result, r->row, r->col++), s->ref_key_len);
}

static struct settings *read_account(const struct pg_result *rows, size_t i)
{
	struct settings_row r = {rows, i, 0};
	struct settings *s = mem_calloc(1, sizeof(*s));

	atomic_init(&s->holders, 1);
	gateway_settings_read(&r, &s->gateway);
	/* A provider splits texts itself. */
	s->gateway.split = SMS_SPLIT_PAYLOAD;
	s->gateway.id_response_base = ID_AS_IS;
	s->gateway.id_strip_zeros = false;
	s->enabled = settings_bool(&r);
	settings_text(&r, s->profile_name, sizeof(s->profile_name));
	s->connections = (int16_t)settings_int(&r);
	s->validity_max_s = (int32_t)settings_int(&r);
	s->has_ground = !pg_null(r.result, r.row, r.col++);
	settings_text(&r, s->token, sizeof(s->token));
	read_ref_key(&r, s);
	return s;
}

static struct settings *find(const struct directory *d, int64_t account_id)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->items[i]->gateway.account_id == account_id)
			return d->items[i];
	return NULL;
}

static void add_value(struct settings *s, const char *key, const char *value)
{
	struct config_pairs *v = &s->values;

	v->items = mem_realloc(v->items, v->count + 1, sizeof(*v->items));
	v->items[v->count++] =
		(struct config_pair){.key = mem_strdup(key), .value = mem_strdup(value)};
}

static void add_secret(struct settings *s, struct settings_row *r, struct vault *vault)
{
	const char *name = pg_text(r->result, r->row, r->col++);
	char secret[SECRET_SIZE];

	settings_secret(r, &s->gateway, vault, name, secret, sizeof(secret));
	add_value(s, name, secret);
	explicit_bzero(secret, sizeof(secret));
}

/* `vault` is for SECRETS alone.  An account that came between the statements comes next time. */
static bool add_values(struct pg *pg, const struct pg_stmt *stmt, struct vault *vault,
		       struct directory *d, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(pg, stmt, NULL, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		struct settings_row r = {rows, i, 1};
		struct settings *s = find(d, pg_int(rows, i, 0));

		if (s != NULL && stmt == &SECRETS)
			add_secret(s, &r, vault);
		else if (s != NULL)
			add_value(s, pg_text(rows, i, 1), pg_text(rows, i, 2));
	}
	pg_result_free(&rows);
	return true;
}

/* Secrets are no addresses. */
static bool links_allowed(const struct settings *s, struct err *err)
{
	const struct provider_profile *p = s->profile;

	for (size_t i = 0; i < p->settings.count; i++)
		if (profile_setting_kind(p, i) == PROFILE_ADDRESS &&
		    !link_url_allowed(config_pairs_find(&s->values, p->settings.items[i].key),
				      s->has_ground ? "recorded" : NULL, err))
			return false;
	return true;
}

static void judge(struct settings *s, const struct shelf *shelf)
{
	struct err err = {0};

	s->profile = shelf_find(shelf, s->profile_name);
	if (s->profile == NULL) {
		err_set(&err, ERR_INPUT, "there is no profile \"%s\"", s->profile_name);
		settings_problem(&s->gateway, "", &err);
	} else if (!provider_values_check(s->profile, &s->values, &err)) {
		settings_problem(&s->gateway, "settings: ", &err);
	} else if (!links_allowed(s, &err)) {
		settings_problem(&s->gateway, "", &err);
	}
}

static bool load_all(const struct httpgwd *h, struct pg *pg, struct directory *d, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &ACCOUNTS, NULL, &rows, err))
		return false;
	d->items = mem_calloc(pg_rows(rows) + 1, sizeof(*d->items));
	for (size_t i = 0; i < pg_rows(rows); i++)
		d->items[d->count++] = read_account(rows, i);
	pg_result_free(&rows);
	if (!add_values(pg, &VALUES, NULL, d, err) ||
	    !add_values(pg, &SECRETS, h->gateway.vault, d, err))
		return false;
	for (size_t i = 0; i < d->count; i++)
		judge(d->items[i], &h->shelf);
	return true;
}

static bool is_wanted(const struct settings *s, const char *const *names, size_t count)
{
	bool named = count == 0;

	for (size_t i = 0; i < count && !named; i++)
		named = strcmp(names[i], s->gateway.name) == 0;
	return s->enabled && named;
}

bool settings_load(const struct gateway *gateway, struct pg *pg, const char *const *names,
		   size_t name_count, struct gateway_settings ***out, size_t *count_out,
		   struct err *err)
{
	struct httpgwd *h = (struct httpgwd *)gateway;
	struct directory *d = mem_calloc(1, sizeof(*d));

	if (!load_all(h, pg, d, err)) {
		directory_free(&d);
		return err_wrap(err, "loading the accounts");
	}
	*count_out = 0;
	*out = mem_calloc(d->count + 1, sizeof(**out));
	for (size_t i = 0; i < d->count; i++)
		if (is_wanted(d->items[i], names, name_count))
			(*out)[(*count_out)++] = &settings_hold(d->items[i])->gateway;
	d = atomic_exchange(&h->directory_next, d);
	directory_free(&d); /* one that nobody has taken */
	return true;
}
