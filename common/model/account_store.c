/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_store - settings of accounts in the database; see account.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/account.h"
#include "common/web/json_out.h"

#define PAIRS_MAX_BYTES 65536

/* Columns that are null in place of an empty text. */
static bool is_nullable(const struct config_row *row)
{
	static const char *const keys[] = {
		"profile",	   "host",	    "system_id",    "tls_ca_file",
		"tls_server_name", "tls_cert_file", "tls_key_file", "clear_link_ground",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(row->key, keys[i]) == 0)
			return true;
	return false;
}

/* --- statements ----------------------------------------------------------------------------------
 */

static const char *cast_of(const struct config_row *row)
{
	return row->type == CONFIG_PAIRS ? "::jsonb" : "";
}

void account_insert_sql(bool replace, struct buf *sql)
{
	const struct config_row *row;
	int n = 2;

	(void)buf_add_str(sql, "INSERT INTO account AS a (changed_at, provider_id");
	for (row = account_rows; row->key != NULL; row++)
		if (account_row_is_column(row))
			(void)buf_printf(sql, ", %s", row->key);
	(void)buf_add_str(sql,
			  ") VALUES (clock_timestamp(), (SELECT id FROM provider WHERE name = $1)");
	for (row = account_rows; row->key != NULL; row++)
		if (account_row_is_column(row))
			(void)buf_printf(sql, ", $%d%s", n++, cast_of(row));
	(void)buf_add_str(sql, ")");
	if (replace) {
		(void)buf_add_str(sql, " ON CONFLICT (name) DO UPDATE SET"
				       " changed_at = excluded.changed_at,"
				       " provider_id = excluded.provider_id");
		for (row = account_rows; row->key != NULL; row++)
			if (account_row_is_column(row))
				(void)buf_printf(sql, ", %s = excluded.%s", row->key, row->key);
	}
	(void)buf_add_str(sql, " RETURNING id, xmax = 0");
}

int account_update_sql(struct buf *sql)
{
	int n = 2;

	(void)buf_add_str(sql, "UPDATE account SET changed_at = clock_timestamp(), provider_id = "
			       "coalesce((SELECT id FROM provider WHERE name = $1), provider_id)");
	for (const struct config_row *row = account_rows; row->key != NULL; row++)
		if (account_row_is_column(row))
			(void)buf_printf(sql, ", %s = $%d%s", row->key, n++, cast_of(row));
	return n;
}

void account_columns_sql(struct buf *sql)
{
	(void)buf_add_str(sql, "p.name");
	for (const struct config_row *row = account_rows; row->key != NULL; row++)
		if (account_row_is_column(row))
			(void)buf_printf(sql, ", a.%s", row->key);
}

/* --- parameters ----------------------------------------------------------------------------------
 */

static void push_pairs(const struct config_pairs *pairs, struct pg_params *params)
{
	struct json_out json;
	struct buf text;

	buf_init(&text, PAIRS_MAX_BYTES);
	json_out_init(&json, &text);
	json_object(&json, NULL);
	for (size_t i = 0; i < pairs->count; i++)
		json_put_text(&json, pairs->items[i].key, pairs->items[i].value);
	json_object_end(&json);
	pg_param_text(params, buf_str(&text));
	buf_deinit(&text);
}

static void push_row(const struct account_settings *s, const struct config_row *row,
		     struct pg_params *params)
{
	const void *field = (const char *)s + row->offset;
	const char *text;

	switch (row->type) {
	case CONFIG_BOOL:
		pg_param_bool(params, *(const bool *)field);
		return;
	case CONFIG_ENUM:
		pg_param_text(params, row->words[*(const int *)field]);
		return;
	case CONFIG_PAIRS:
		push_pairs(field, params);
		return;
	case CONFIG_INT:
	case CONFIG_MS:
		if (s->kind == ACCOUNT_HTTP && field == &s->port)
			pg_param_null(params);
		else
			pg_param_int64(params, *(const int64_t *)field);
		return;
	default:
		text = *(char *const *)field;
		pg_param_text(params, *text == '\0' && is_nullable(row) ? NULL : text);
	}
}

void account_settings_push(const struct account_settings *s, struct pg_params *params)
{
	pg_param_text(params, s->provider);
	for (const struct config_row *row = account_rows; row->key != NULL; row++)
		if (account_row_is_column(row))
			push_row(s, row, params);
}

/* --- reading -------------------------------------------------------------------------------------
 */

static void read_word(const struct config_row *row, const char *text, int *out)
{
	for (int i = 0; row->words[i] != NULL; i++)
		if (strcmp(row->words[i], text) == 0)
			*out = i;
}

static void set_text(char **field, const char *text)
{
	mem_free(*field);
	*field = mem_strdup(text);
}

static void read_row(const struct config_row *row, const struct pg_result *rows, size_t i, int col,
		     struct account_settings *s)
{
	void *field = (char *)s + row->offset;

	switch (row->type) {
	case CONFIG_BOOL:
		*(bool *)field = pg_bool(rows, i, col);
		return;
	case CONFIG_ENUM:
		read_word(row, pg_text(rows, i, col), field);
		return;
	case CONFIG_INT:
	case CONFIG_MS:
		if (!pg_null(rows, i, col))
			*(int64_t *)field = pg_int(rows, i, col);
		return;
	case CONFIG_STR:
		set_text(field, pg_text(rows, i, col));
		return;
	default:
		return; /* pairs: the caller reads its JSON */
	}
}

const char *account_settings_read(const struct pg_result *rows, size_t i, int col,
				  struct account_settings *s)
{
	const char *pairs = "{}";

	set_text(&s->provider, pg_text(rows, i, col++));
	for (const struct config_row *row = account_rows; row->key != NULL; row++) {
		if (!account_row_is_column(row))
			continue;
		if (row->type == CONFIG_PAIRS)
			pairs = pg_text(rows, i, col);
		read_row(row, rows, i, col++, s);
	}
	return pairs;
}
