/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pull_difference - what a dry run would change: how many clients by field, and masked examples.
 *
 * Clients as they were stand in a temporary table; after the merge they are compared. */
#include <stdio.h>
#include <string.h>

#include "common/text/utf8.h"
#include "common/web/json_out.h"
#include "crmd/pull.h"

#define SQL_BYTES_MAX  (64 * 1024)
#define JSON_BYTES_MAX (1 << 20)
#define EXAMPLES       "20"

/* --- before and after
 * ----------------------------------------------------------------------------- */

bool pull_remember(struct pull *p, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_BYTES_MAX);
	buf_printf(&sql,
		   "CREATE TEMP TABLE client_before ON COMMIT DROP AS SELECT DISTINCT ON (k.id) k.*"
		   " FROM client_row t JOIN client k ON %s WHERE t.bad_field IS NULL;"
		   "ANALYZE client_before (id)",
		   client_merge_key(&p->merge));
	ok = pg_exec(p->pg, buf_str(&sql), err);
	buf_deinit(&sql);
	return ok;
}

/* How a column of client `who` is shown. */
static void put_shown(struct buf *sql, const char *who, int field)
{
	const char *column = client_fields[field].column;

	if (field == CLIENT_SEX)
		buf_printf(sql, "CASE %s.sex WHEN 1 THEN 'male' WHEN 2 THEN 'female' END", who);
	else if (field == CLIENT_TAGS)
		buf_printf(sql, "array_to_string(%s.tags, ', ')", who);
	else
		buf_printf(sql, "%s.%s::text", who, column);
}

/* Table client_change: a row for each client and field that is not what it was. */
static bool find_changes(struct pull *p, struct err *err)
{
	struct buf sql;
	bool ok;
	int count = 0;

	buf_init(&sql, SQL_BYTES_MAX);
	buf_add_str(&sql, "CREATE TEMP TABLE client_change (id bigint, field text, attribute text,"
			  " was text, becomes text) ON COMMIT DROP;"
			  "INSERT INTO client_change SELECT k.id, v.field, NULL, v.was, v.becomes"
			  " FROM client_before b JOIN client k USING (id)"
			  " CROSS JOIN LATERAL (VALUES ");
	for (int f = 0; f < CLIENT_FIELDS; f++) {
		if ((p->merge.fields & CLIENT_BIT(f)) == 0)
			continue;
		buf_printf(&sql, "%s('%s', ", count++ > 0 ? ", " : "", client_fields[f].code);
		put_shown(&sql, "b", f);
		buf_add_str(&sql, ", ");
		put_shown(&sql, "k", f);
		buf_add_char(&sql, ')');
	}
	buf_add_str(&sql,
		    ") v(field, was, becomes) WHERE v.was IS DISTINCT FROM v.becomes;"
		    "INSERT INTO client_change SELECT k.id, 'attribute', a.name, b.attrs[a.slot],"
		    " k.attrs[a.slot] FROM client_before b JOIN client k USING (id)"
		    " CROSS JOIN client_attribute a WHERE b.attrs IS DISTINCT FROM k.attrs"
		    " AND b.attrs[a.slot] IS DISTINCT FROM k.attrs[a.slot]");
	ok = pg_exec(p->pg, buf_str(&sql), err);
	buf_deinit(&sql);
	return ok;
}

/* --- masks
 * ---------------------------------------------------------------------------------------- */

/* What tells nothing of who somebody is stands as it is. */
static bool is_plain(const char *field)
{
	static const char *const plain[] = {"sex",     "language",    "time_zone", "region",
					    "city",    "branch",      "manager",   "status",
					    "segment", "loyalty_tier"};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(plain[i], field) == 0)
			return true;
	return false;
}

static void put_masked(struct json_out *json, const char *key, const char *field, const char *text)
{
	const char *at = text;
	char masked[32];
	size_t len;

	if (text == NULL || is_plain(field)) {
		json_put_text(json, key, text);
		return;
	}
	len = strlen(text);
	if (strcmp(field, "phone") == 0 && len > 6) {
		snprintf(masked, sizeof(masked), "+%.4s•••%s", text, text + len - 2);
	} else {
		(void)utf8_next(&at, text + len);
		snprintf(masked, sizeof(masked), "%.*s•••", (int)(at - text), text);
	}
	json_put_text(json, key, masked);
}

static const char *text_or_null(const struct pg_result *rows, size_t i, int col)
{
	return pg_null(rows, i, col) ? NULL : pg_text(rows, i, col);
}

/* --- the document
 * --------------------------------------------------------------------------------- */

static bool put_fields(struct pull *p, struct json_out *json, struct err *err)
{
	static const struct pg_stmt count = {"pull_change_counts",
					     "SELECT field, attribute, count(*) FROM client_change"
					     " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 300"};
	struct pg_result *rows = NULL;

	if (!pg_run(p->pg, &count, NULL, &rows, err))
		return false;
	json_array(json, "fields");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(json, NULL);
		json_put_text(json, "field", pg_text(rows, i, 0));
		json_put_text(json, "attribute", text_or_null(rows, i, 1));
		json_put_int(json, "clients", pg_int(rows, i, 2));
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}

static void put_change(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "field", pg_text(rows, i, 2));
	json_put_text(json, "attribute", text_or_null(rows, i, 3));
	put_masked(json, "was", pg_text(rows, i, 2), text_or_null(rows, i, 4));
	put_masked(json, "becomes", pg_text(rows, i, 2), text_or_null(rows, i, 5));
	json_object_end(json);
}

static bool put_changed(struct pull *p, struct json_out *json, struct err *err)
{
	static const struct pg_stmt find = {
		"pull_change_examples",
		"SELECT c.id, k.msisdn::text, c.field, c.attribute, c.was, c.becomes"
		"  FROM (SELECT DISTINCT id FROM client_change ORDER BY id LIMIT " EXAMPLES ") x"
		"  JOIN client_change c USING (id) JOIN client k ON k.id = c.id"
		" ORDER BY c.id, c.field, c.attribute LIMIT 2000"};
	struct pg_result *rows = NULL;
	int64_t open = 0;

	if (!pg_run(p->pg, &find, NULL, &rows, err))
		return false;
	json_array(json, "changed");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		if (pg_int(rows, i, 0) != open) {
			if (open != 0) {
				json_array_end(json);
				json_object_end(json);
			}
			open = pg_int(rows, i, 0);
			json_object(json, NULL);
			json_put_id(json, "client_id", open);
			put_masked(json, "phone", "phone", text_or_null(rows, i, 1));
			json_array(json, "fields");
		}
		put_change(json, rows, i);
	}
	if (open != 0) {
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}

/* Columns of `stmt`: id (shown as `id_key`; NULL: not), number, last and first name. */
static bool put_clients(struct pull *p, struct json_out *json, const char *key, const char *id_key,
			const struct pg_stmt *stmt, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_params_reset(p->params);
	pg_param_int64(p->params, p->source.id);
	if (!pg_run(p->pg, stmt, p->params, &rows, err))
		return false;
	json_array(json, key);
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(json, NULL);
		if (id_key != NULL)
			json_put_id(json, id_key, pg_int(rows, i, 0));
		put_masked(json, "phone", "phone", text_or_null(rows, i, 1));
		put_masked(json, "last_name", "last_name", text_or_null(rows, i, 2));
		put_masked(json, "first_name", "first_name", text_or_null(rows, i, 3));
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}

bool pull_compare(struct pull *p, struct err *err)
{
	/* $1 is not needed by the first; it is there for both to be asked alike. */
	static const struct pg_stmt made = {
		"pull_new_examples",
		"SELECT k.id, k.msisdn::text, k.last_name, k.first_name FROM source_now n"
		"  JOIN client k ON k.id = n.client_id WHERE $1::bigint > 0"
		"   AND NOT EXISTS (SELECT 1 FROM client_before b WHERE b.id = n.client_id)"
		" ORDER BY k.id LIMIT " EXAMPLES};
	static const struct pg_stmt missing = {
		"pull_missing_examples",
		"SELECT k.id, k.msisdn::text, k.last_name, k.first_name FROM source_missing m"
		"  JOIN client k ON k.id = m.client_id WHERE m.source_id = $1::bigint"
		" ORDER BY k.id LIMIT " EXAMPLES};
	struct json_out json;

	buf_init(&p->difference, JSON_BYTES_MAX);
	json_out_init(&json, &p->difference);
	json_object(&json, NULL);
	if (!find_changes(p, err) || !put_fields(p, &json, err) || !put_changed(p, &json, err) ||
	    !put_clients(p, &json, "new", NULL, &made, err) ||
	    !put_clients(p, &json, "missing", "client_id", &missing, err))
		return false;
	json_object_end(&json);
	return true;
}
