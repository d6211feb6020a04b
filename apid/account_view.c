/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_view - GET /v1/accounts, /v1/accounts/{id}, /v1/account-settings. */
#include <string.h>

#include "apid/account.h"

#define SQL_MAX_BYTES 8192

/* --- state ---------------------------------------------------------------------------------------
 */

static void put_int_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			    size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_int(json, key, pg_int(rows, i, col));
}

static void put_provider(struct json_out *json, const struct pg_result *s, size_t i)
{
	json_object(json, "provider");
	json_put_id(json, "id", pg_int(s, i, AS_PROVIDER_ID));
	json_put_text(json, "name", pg_text(s, i, AS_PROVIDER_NAME));
	json_put_text(json, "title", pg_text(s, i, AS_PROVIDER_TITLE));
	json_put_text(json, "contact", pg_text(s, i, AS_PROVIDER_CONTACT));
	json_put_text(json, "currency", pg_text(s, i, AS_PROVIDER_CURRENCY));
	json_object_end(json);
}

static void put_meter(struct json_out *json, const struct pg_result *s, size_t i)
{
	if (pg_null(s, i, AS_METER_AT)) {
		json_put_null(json, "meter");
		return;
	}
	json_object(json, "meter");
	json_put_time(json, "at", pg_time_us(s, i, AS_METER_AT));
	json_put_int(json, "answered", pg_int(s, i, AS_ANSWERED));
	json_put_int(json, "refused", pg_int(s, i, AS_REFUSED));
	json_put_int(json, "slowed", pg_int(s, i, AS_SLOWED));
	json_put_int(json, "timeouts", pg_int(s, i, AS_TIMEOUTS));
	put_int_or_null(json, "answer_ms", s, i, AS_ANSWER_MS);
	json_object_end(json);
}

static void put_receipts(struct json_out *json, const struct pg_result *s, size_t i)
{
	int64_t sampled = pg_int(s, i, AS_SAMPLED), heard = pg_int(s, i, AS_HEARD);
	bool asks = pg_bool(s, i, AS_ASKS_RECEIPTS);

	json_object(json, "receipts");
	json_put_bool(json, "asked_for", asks);
	json_put_time(json, "last_at", pg_time_us(s, i, AS_LAST_RECEIPT));
	json_put_int(json, "sampled", sampled);
	json_put_int(json, "heard", heard);
	json_put_int(json, "usual_s", pg_int(s, i, AS_USUAL_RECEIPT_S));
	json_put_bool(json, "silent", asks && sampled >= ACCOUNT_SILENT_MIN && heard == 0);
	json_object_end(json);
}

static void put_balance(struct json_out *json, const struct pg_result *s, size_t i)
{
	int64_t hour;

	if (pg_null(s, i, AS_BALANCE_MICRO)) {
		json_put_null(json, "balance");
		return;
	}
	hour = pg_int(s, i, AS_HOUR_MICRO);
	json_object(json, "balance");
	json_put_micro(json, "amount", pg_int(s, i, AS_BALANCE_MICRO));
	json_put_text(json, "currency", pg_text(s, i, AS_BALANCE_CURRENCY));
	json_put_time(json, "at", pg_time_us(s, i, AS_BALANCE_AT));
	if (hour > 0 &&
	    strcmp(pg_text(s, i, AS_BALANCE_CURRENCY), pg_text(s, i, AS_PROVIDER_CURRENCY)) == 0)
		json_put_int(json, "hours_left", pg_int(s, i, AS_BALANCE_MICRO) / hour);
	else
		json_put_null(json, "hours_left");
	json_object_end(json);
}

void account_put_state(struct json_out *json, const struct pg_result *s, size_t i)
{
	const char *condition = pg_text(s, i, AS_CONDITION);

	json_put_id(json, "id", pg_int(s, i, AS_ID));
	json_put_text(json, "name", pg_text(s, i, AS_NAME));
	json_put_bool(json, "enabled", pg_bool(s, i, AS_ENABLED));
	json_put_micro(json, "price_per_part", pg_int(s, i, AS_PRICE_MICRO));
	json_put_int(json, "parts_per_s", pg_int(s, i, AS_PARTS_PER_S));
	json_put_text(json, "state", strcmp(condition, "up") == 0 ? "up" : "down");
	json_put_text(json, "condition", condition);
	json_put_time(json, "down_since", pg_time_us(s, i, AS_SINCE));
	json_put_text(json, "stopped", text_or_null(s, i, AS_STOPPED));
	json_put_text(json, "kind", pg_text(s, i, AS_KIND));
	json_put_text(json, "profile", text_or_null(s, i, AS_PROFILE));
	json_put_text(json, "peer", text_or_null(s, i, AS_PEER));
	json_put_text(json, "tls", pg_text(s, i, AS_TLS));
	put_provider(json, s, i);
	json_put_text(json, "held_by", text_or_null(s, i, AS_OWNER));
	put_int_or_null(json, "epoch", s, i, AS_EPOCH);
	json_put_time(json, "changed_at", pg_time_us(s, i, AS_CHANGED));
	put_meter(json, s, i);
	json_object(json, "backlog");
	json_put_int(json, "parts", pg_int(s, i, AS_BACKLOG_PARTS));
	json_put_time(json, "since", pg_time_us(s, i, AS_BACKLOG_SINCE));
	json_object_end(json);
	json_put_int(json, "parts_last_hour", pg_int(s, i, AS_HOUR_PARTS));
	put_receipts(json, s, i);
	put_balance(json, s, i);
	put_int_or_null(json, "health", s, i, AS_HEALTH);
}

/* GET /v1/accounts: up is an account that a gateway holds with a session that can send. */
bool account_list(struct request *r, struct err *err)
{
	struct pg_result *states = NULL;

	if (!account_states_read(r->pg, 0, &states, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "accounts");
	for (size_t i = 0; i < pg_rows(states); i++) {
		json_object(&r->json, NULL);
		account_put_state(&r->json, states, i);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&states);
	return request_reply(r, 200);
}

/* --- settings ------------------------------------------------------------------------------------
 */

/* The settings of kind http are the row's JSON, which the caller frees with the rows. */
static bool query_settings(struct request *r, int64_t id, struct pg_result **rows, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_MAX_BYTES);
	(void)buf_add_str(&sql, "SELECT ");
	account_columns_sql(&sql);
	(void)buf_add_str(&sql, " FROM account a JOIN provider p ON p.id = a.provider_id"
				" WHERE a.id = $1::bigint");
	pg_param_int64(r->params, id);
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, rows, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	return ok;
}

bool account_load(struct request *r, int64_t id, struct account_settings *s, bool *found_out,
		  struct err *err)
{
	struct pg_result *rows = NULL;
	struct cJSON *pairs = NULL;
	const char *text;

	if (!query_settings(r, id, &rows, err))
		return false;
	*found_out = pg_rows(rows) == 1;
	if (*found_out) {
		text = account_settings_read(rows, 0, 0, s);
		if (json_parse(text, strlen(text), &pairs, err))
			(void)account_pairs_in(pairs, &s->settings);
		json_free(&pairs);
	}
	pg_result_free(&rows);
	return true;
}

static void put_setting(struct json_out *json, const struct config_row *row,
			const struct account_settings *s, const char *pairs)
{
	const void *field = (const char *)s + row->offset;

	switch (row->type) {
	case CONFIG_BOOL:
		json_put_bool(json, row->key, *(const bool *)field);
		return;
	case CONFIG_ENUM:
		json_put_text(json, row->key, row->words[*(const int *)field]);
		return;
	case CONFIG_INT:
	case CONFIG_MS:
		json_put_int(json, row->key, *(const int64_t *)field);
		return;
	case CONFIG_PAIRS:
		json_put_raw(json, row->key, pairs, strlen(pairs));
		return;
	default:
		json_put_text(json, row->key, *(char *const *)field);
	}
}

static bool put_settings(struct request *r, int64_t id, struct err *err)
{
	struct pg_result *rows = NULL;
	struct account_settings s;
	const char *pairs;

	if (!query_settings(r, id, &rows, err))
		return false;
	account_settings_default(&s);
	if (pg_rows(rows) == 1) {
		pairs = account_settings_read(rows, 0, 0, &s);
		json_object(&r->json, "settings");
		json_put_text(&r->json, "provider", s.provider);
		for (const struct config_row *row = account_rows; row->key != NULL; row++)
			if (account_row_is_column(row) &&
			    account_row_is_of(row, (enum account_kind)s.kind))
				put_setting(&r->json, row, &s, pairs);
		json_object_end(&r->json);
	}
	account_settings_free(&s);
	pg_result_free(&rows);
	return true;
}

/* Which are kept and since when; never what they are, nor anything of it. */
static bool put_secrets(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt list = {"account_secrets",
					    "SELECT name, changed_at FROM account_secret"
					    " WHERE account_id = $1::bigint ORDER BY name"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_array(&r->json, "secrets");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "name", pg_text(rows, i, 0));
		json_put_time(&r->json, "changed_at", pg_time_us(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool account_put_one(struct request *r, int64_t id, struct err *err)
{
	struct pg_result *states = NULL;
	bool ok = true;

	if (!account_states_read(r->pg, id, &states, err))
		return false;
	if (pg_rows(states) == 0) {
		pg_result_free(&states);
		problem_not_found(&r->problem, "account");
		return true;
	}
	json_object(&r->json, NULL);
	account_put_state(&r->json, states, 0);
	if (caller_may(&r->caller, RIGHT_ACCOUNTS_EDIT)) {
		ok = put_settings(r, id, err) && put_secrets(r, id, err);
	} else {
		json_put_null(&r->json, "settings");
		json_put_null(&r->json, "secrets");
	}
	json_object_end(&r->json);
	pg_result_free(&states);
	return ok;
}

/* GET /v1/accounts/{id} */
bool account_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "account", &id))
		return true;
	return account_put_one(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- what settings there are ---------------------------------------------------------------------
 */

static const char *type_of(const struct config_row *row)
{
	static const char *const names[] = {
		[CONFIG_STR] = "text",	   [CONFIG_INT] = "integer",	 [CONFIG_BOOL] = "boolean",
		[CONFIG_ENUM] = "choice",  [CONFIG_MS] = "milliseconds", [CONFIG_LIST] = "list",
		[CONFIG_PAIRS] = "object",
	};

	return strcmp(row->key, "password") == 0 ? "secret" : names[row->type];
}

static void put_bounds(struct json_out *json, const struct config_row *row)
{
	if (row->type != CONFIG_INT && row->type != CONFIG_MS)
		return;
	json_put_int(json, "min", row->min);
	if (row->max > 0 && row->max < INT64_MAX)
		json_put_int(json, "max", row->max);
}

static void put_row(struct json_out *json, const struct config_row *row,
		    const struct account_settings *defaults)
{
	json_object(json, NULL);
	json_put_text(json, "key", row->key);
	json_put_text(json, "type", type_of(row));
	json_put_bool(json, "smpp", account_row_is_of(row, ACCOUNT_SMPP));
	json_put_bool(json, "http", account_row_is_of(row, ACCOUNT_HTTP));
	if (row->type != CONFIG_PAIRS) {
		struct config_row named = *row;

		named.key = "default";
		put_setting(json, &named, defaults, "{}");
	}
	put_bounds(json, row);
	if (row->type == CONFIG_ENUM) {
		json_array(json, "choices");
		for (int i = 0; row->words[i] != NULL; i++)
			json_put_text(json, NULL, row->words[i]);
		json_array_end(json);
	}
	json_put_sentence(json, "help", row->help);
	json_object_end(json);
}

/* GET /v1/account-settings */
bool account_setting_list(struct request *r, struct err *err)
{
	struct account_settings defaults;

	(void)err;
	account_settings_default(&defaults);
	json_object(&r->json, NULL);
	json_array(&r->json, "settings");
	for (const struct config_row *row = account_rows; row->key != NULL; row++)
		put_row(&r->json, row, &defaults);
	json_array_end(&r->json);
	json_object_end(&r->json);
	account_settings_free(&defaults);
	return request_reply(r, 200);
}
