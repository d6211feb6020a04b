/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader_postgresql - a table or view of another PostgreSQL.
 *
 * In a read-only transaction, through a cursor.  Every value is asked for as text.  Names a person
 * wrote become identifiers, quoted by that server; their values are parameters.
 *
 * What is new is read from the cursor's value on, that value included: rows that share it may have
 * come since, and reading a row again changes nothing. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/store/pg.h"
#include "crmd/reader.h"

#define TIMEOUT_MS	60000
#define CELL_CHARS	"10000"
#define STATEMENT_BYTES (256 * 1024)

/* Put a sentence of ours around the database's own words. */
static bool refused(struct err *err, const char *format)
{
	char reason[sizeof(err->msg)];

	snprintf(reason, sizeof(reason), "%s", err->msg);
	return err_set(err, err->kind, format, reason);
}

/* A value of a key=value connection string. */
static void put_value(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s='", key);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '\'' || *c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *c);
	}
	buf_add_str(out, "' ");
}

static bool connect_to(const struct source *s, struct pg **out, struct err *err)
{
	struct pg_options options = {.application = "vestnik-crmd", .timeout_ms = TIMEOUT_MS};
	struct buf url;
	bool ok;

	buf_init(&url, 16384);
	put_value(&url, "host", source_setting(s, "host", ""));
	put_value(&url, "port", source_setting(s, "port", "5432"));
	put_value(&url, "dbname", source_setting(s, "database", ""));
	put_value(&url, "user", source_setting(s, "user", ""));
	put_value(&url, "password", s->secret);
	put_value(&url, "sslmode", source_setting(s, "tls", "prefer"));
	put_value(&url, "passfile", "/dev/null"); /* what a person did not give is not there */
	options.url = buf_str(&url);
	ok = pg_open(&options, out, err);
	buf_deinit(&url);
	return ok || refused(err, "the database cannot be reached: %s");
}

/* --- the statement
 * -------------------------------------------------------------------------------- */

/* Written by that server: what is selected, and, with a cursor column, the condition and order. */
static bool describe(struct pg *pg, const struct source *s, const char *cursor_column,
		     struct pg_result **out, struct err *err)
{
	static const char sql[] =
		"WITH relation AS (SELECT to_regclass(format('%I.%I', coalesce(nullif($1::text, "
		"''),"
		"   (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = "
		"c.relnamespace"
		"     WHERE c.oid = to_regclass(format('%I', $2::text)))), $2::text)) AS id),"
		" a AS (SELECT attname::text AS name, atttypid, attnum, typcategory"
		"   FROM pg_attribute JOIN relation ON attrelid = relation.id"
		"   JOIN pg_type t ON t.oid = atttypid WHERE attnum > 0 AND NOT attisdropped)"
		" SELECT (SELECT array_agg(name ORDER BY attnum) FROM a),"
		"        (SELECT string_agg(format(CASE typcategory WHEN 'A' THEN "
		"'left(array_to_string(%I, chr(10)), " CELL_CHARS
		")' ELSE 'left(%I::text, " CELL_CHARS
		")' END, name), ', ' ORDER BY attnum) FROM a),"
		"        id::text,"
		"        (SELECT format(' WHERE %I >= $1::text::%s', name, format_type(atttypid, "
		"NULL)) FROM a WHERE name = $3::text),"
		"        (SELECT format(' ORDER BY %I', name) FROM a WHERE name = $3::text),"
		"        (SELECT format(', %I::text', name) FROM a WHERE name = $3::text)"
		"   FROM relation";
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, source_setting(s, "schema", ""));
	pg_param_text(params, source_setting(s, "table", ""));
	pg_param_text(params, cursor_column);
	ok = pg_run_once(pg, sql, params, out, err);
	pg_params_free(&params);
	return ok;
}

static bool open_cursor(struct pg *pg, const struct reading *r, const struct pg_result *described,
			struct err *err)
{
	bool from = r->from != NULL && !pg_null(described, 0, 3);
	struct pg_params *params = pg_params_new();
	struct buf sql;
	bool ok;

	buf_init(&sql, STATEMENT_BYTES);
	buf_printf(&sql, "DECLARE pull NO SCROLL CURSOR FOR SELECT %s%s FROM %s%s%s",
		   pg_text(described, 0, 1), pg_text(described, 0, 5), pg_text(described, 0, 2),
		   from ? pg_text(described, 0, 3) : "", pg_text(described, 0, 4));
	if (from)
		pg_param_text(params, r->from);
	ok = pg_run_once(pg, buf_str(&sql), params, NULL, err);
	buf_deinit(&sql);
	pg_params_free(&params);
	return ok;
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

static size_t put_heading(struct cells *cells, const struct pg_result *described)
{
	const char *name[CSV_COLUMNS_MAX];
	size_t len[CSV_COLUMNS_MAX];
	size_t count = pg_text_array(described, 0, 0, name, len, CSV_COLUMNS_MAX);

	for (size_t i = 0; i < count && i < CSV_COLUMNS_MAX; i++)
		cells_add(cells, name[i], len[i]);
	return count;
}

static bool put_row(struct cells *cells, const struct pg_result *rows, size_t i, size_t columns,
		    bool has_cursor)
{
	struct buf *next = &cells->reading->next;

	for (size_t c = 0; c < columns; c++)
		cells_add(cells, pg_text(rows, i, (int)c), pg_len(rows, i, (int)c));
	if (has_cursor && !pg_null(rows, i, (int)columns)) {
		buf_reset(next);
		buf_add_str(next, pg_text(rows, i, (int)columns));
	}
	return cells_end_row(cells);
}

static bool fetch_rows(struct pg *pg, struct cells *cells, size_t columns, bool has_cursor,
		       struct err *err)
{
	static const struct pg_stmt fetch = {"pull_fetch", "FETCH 500 FROM pull"};
	bool more = true;
	size_t count = 1;

	while (more && count > 0) {
		struct pg_result *rows = NULL;

		if (!pg_run(pg, &fetch, NULL, &rows, err))
			return refused(err, "the table cannot be read: %s");
		count = pg_rows(rows);
		for (size_t i = 0; i < count && more; i++)
			more = put_row(cells, rows, i, columns, has_cursor);
		pg_result_free(&rows);
	}
	return true;
}

static bool read_table(struct pg *pg, struct reading *r, struct err *err)
{
	const char *column = r->complete ? NULL : r->source->cursor_column;
	struct pg_result *described = NULL;
	struct cells *cells;
	bool ok;

	if (!describe(pg, r->source, column, &described, err))
		return refused(err, "the database refused: %s");
	if (pg_null(described, 0, 0))
		ok = err_set(err, ERR_INPUT,
			     "the database has no table \"%.100s\" that its user may see",
			     source_setting(r->source, "table", ""));
	else if (column != NULL && pg_null(described, 0, 4))
		ok = err_set(err, ERR_INPUT, "the table has no column \"%.100s\" to go on by",
			     column);
	else
		ok = open_cursor(pg, r, described, err) ||
		     refused(err, "the table cannot be read: %s");
	cells = mem_calloc(1, sizeof(*cells));
	cells_init(cells, r);
	if (ok) {
		size_t columns = put_heading(cells, described);

		if (r->complete || column == NULL)
			buf_add_str(&r->next, "read");
		else if (r->from != NULL)
			buf_add_str(&r->next, r->from);
		if (cells_end_row(cells) && columns <= CSV_COLUMNS_MAX)
			ok = fetch_rows(pg, cells, columns, column != NULL, err);
	}
	cells_deinit(cells);
	mem_free(cells);
	pg_result_free(&described);
	return ok;
}

bool reader_postgresql(struct reading *r, struct err *err)
{
	struct pg *pg = NULL;
	bool ok;

	if (!connect_to(r->source, &pg, err))
		return false;
	ok = pg_begin(pg, err) && pg_exec(pg, "SET TRANSACTION READ ONLY", err) &&
	     read_table(pg, r, err);
	pg_rollback(pg);
	pg_close(&pg);
	return ok;
}
