/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader_odbc - a table or view of any database that unixODBC has a driver for.
 *
 * Values are asked for in UTF-16, the one encoding all drivers agree on.  Names a person wrote
 * become identifiers, quoted the way that database says; the cursor is a parameter, and rows with
 * its very value are read again, as of PostgreSQL. */
#include <sql.h>
#include <sqlext.h>
#include <stdio.h>
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "crmd/reader.h"

#define LOGIN_S		20
#define STATEMENT_S	600
#define CELL_UNITS	32768 /* of UTF-16 */
#define NAME_UNITS	256
#define STATEMENT_BYTES 8192

struct odbc {
	struct reading *reading;
	SQLHENV env;
	SQLHDBC dbc;
	SQLHSTMT stmt;
	bool connected;
	char quote[8];
	int cursor_at; /* column of the cursor, -1: none */
	SQLLEN from_len;
	SQLWCHAR cell[CELL_UNITS];
	struct buf utf8;
};

/* --- what went wrong
 * ------------------------------------------------------------------------------ */

static void to_utf8(const SQLWCHAR *text, size_t units, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < units; i++) {
		uint32_t c = text[i];
		char bytes[4];
		size_t len;

		if (c >= 0xd800 && c < 0xdc00 && i + 1 < units && text[i + 1] >= 0xdc00 &&
		    text[i + 1] < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (text[++i] - 0xdc00u);
		len = utf8_put(c, bytes);
		if (c == 0 || len == 0)
			len = utf8_put(0xfffd, bytes);
		buf_add(out, bytes, len);
	}
}

/* The driver's own words go into ours. */
static bool refused(SQLSMALLINT type, SQLHANDLE handle, const char *format, struct err *err)
{
	SQLCHAR state[6] = "", text[300] = "";
	SQLINTEGER code = 0;
	SQLSMALLINT len = 0;

	SQLGetDiagRec(type, handle, 1, state, &code, text, sizeof(text), &len);
	text[utf8_valid((char *)text, strlen((char *)text))] = '\0';
	return err_set(err, ERR_INPUT, format, text[0] != '\0' ? (char *)text : "?");
}

static bool statement_ok(struct odbc *o, SQLRETURN code, const char *format, struct err *err)
{
	return SQL_SUCCEEDED(code) || refused(SQL_HANDLE_STMT, o->stmt, format, err);
}

/* --- connecting
 * ----------------------------------------------------------------------------------- */

/* Values in braces, of which a closing one is doubled. */
static void put_word(struct buf *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(out, "%s={", key);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '}')
			buf_add_char(out, '}');
		buf_add_char(out, *c);
	}
	buf_add_str(out, "};");
}

static bool connect_to(struct odbc *o, struct err *err)
{
	const struct source *s = o->reading->source;
	struct buf words;
	SQLRETURN code;

	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &o->env)) ||
	    !SQL_SUCCEEDED(
		    SQLSetEnvAttr(o->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0)) ||
	    !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, o->env, &o->dbc)))
		return err_set(err, ERR_IO, "ODBC cannot be used");
	SQLSetConnectAttr(o->dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)LOGIN_S, 0);
	SQLSetConnectAttr(o->dbc, SQL_ATTR_ACCESS_MODE, (SQLPOINTER)SQL_MODE_READ_ONLY, 0);
	buf_init(&words, 16384);
	put_word(&words, "DRIVER", source_setting(s, "driver", ""));
	put_word(&words, "SERVER", source_setting(s, "host", ""));
	put_word(&words, "PORT", source_setting(s, "port", ""));
	put_word(&words, "DATABASE", source_setting(s, "database", ""));
	put_word(&words, "UID", source_setting(s, "user", ""));
	put_word(&words, "PWD", s->secret);
	/* MariaDB's: the text in UTF-8, and rows as they come instead of all at once. */
	buf_add_str(&words, "CHARSET=utf8mb4;NO_CACHE=1;FORWARDONLY=1;");
	code = SQLDriverConnect(o->dbc, NULL, (SQLCHAR *)buf_str(&words), SQL_NTS, NULL, 0, NULL,
				SQL_DRIVER_NOPROMPT);
	buf_deinit(&words);
	o->connected = SQL_SUCCEEDED(code);
	if (!o->connected)
		return refused(SQL_HANDLE_DBC, o->dbc, "the database cannot be reached: %s", err);
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, o->dbc, &o->stmt)))
		return refused(SQL_HANDLE_DBC, o->dbc, "the database cannot be reached: %s", err);
	SQLSetStmtAttr(o->stmt, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)STATEMENT_S, 0);
	return true;
}

static void disconnect(struct odbc *o)
{
	if (o->stmt != NULL)
		SQLFreeHandle(SQL_HANDLE_STMT, o->stmt);
	if (o->connected)
		SQLDisconnect(o->dbc);
	if (o->dbc != NULL)
		SQLFreeHandle(SQL_HANDLE_DBC, o->dbc);
	if (o->env != NULL)
		SQLFreeHandle(SQL_HANDLE_ENV, o->env);
}

/* --- the statement
 * -------------------------------------------------------------------------------- */

static void put_name(const struct odbc *o, struct buf *sql, const char *name)
{
	buf_add_str(sql, o->quote);
	for (const char *c = name; *c != '\0'; c++) {
		if (*c == o->quote[0])
			buf_add_char(sql, *c);
		buf_add_char(sql, *c);
	}
	buf_add_str(sql, o->quote);
}

static void put_statement(const struct odbc *o, const char *column, const char *from,
			  struct buf *sql)
{
	const char *schema = source_setting(o->reading->source, "schema", "");

	buf_add_str(sql, "SELECT * FROM ");
	if (schema[0] != '\0') {
		put_name(o, sql, schema);
		buf_add_char(sql, '.');
	}
	put_name(o, sql, source_setting(o->reading->source, "table", ""));
	if (column == NULL)
		return;
	if (from != NULL) {
		buf_add_str(sql, " WHERE ");
		put_name(o, sql, column);
		buf_add_str(sql, " >= ?");
	}
	buf_add_str(sql, " ORDER BY ");
	put_name(o, sql, column);
}

/* An identifier cannot be quoted where the database says a blank. */
static bool learn_quote(struct odbc *o, struct err *err)
{
	SQLSMALLINT len = 0;

	SQLGetInfo(o->dbc, SQL_IDENTIFIER_QUOTE_CHAR, o->quote, sizeof(o->quote), &len);
	return (o->quote[0] != '\0' && o->quote[0] != ' ') ||
	       err_set(err, ERR_INPUT, "this database does not say how names are quoted");
}

static bool execute(struct odbc *o, const char *column, struct err *err)
{
	const char *from = column != NULL ? o->reading->from : NULL;
	struct buf sql;
	bool ok;

	if (!learn_quote(o, err))
		return false;
	buf_init(&sql, STATEMENT_BYTES);
	put_statement(o, column, from, &sql);
	ok = statement_ok(o, SQLPrepare(o->stmt, (SQLCHAR *)buf_str(&sql), SQL_NTS),
			  "the table cannot be read: %s", err);
	if (ok && from != NULL) {
		o->from_len = SQL_NTS;
		ok = statement_ok(o,
				  SQLBindParameter(o->stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR,
						   SQL_VARCHAR, strlen(from), 0, (SQLPOINTER)from,
						   0, &o->from_len),
				  "the table cannot be read: %s", err);
	}
	ok = ok && statement_ok(o, SQLExecute(o->stmt), "the table cannot be read: %s", err);
	buf_deinit(&sql);
	return ok;
}

/* --- rows
 * ----------------------------------------------------------------------------------------- */

static bool put_heading(struct odbc *o, struct cells *cells, const char *column,
			SQLSMALLINT *count_out, struct err *err)
{
	SQLWCHAR name[NAME_UNITS];
	SQLSMALLINT len, type, digits, nullable;
	SQLULEN size;

	o->cursor_at = -1;
	if (!statement_ok(o, SQLNumResultCols(o->stmt, count_out), "the table cannot be read: %s",
			  err))
		return false;
	for (SQLSMALLINT i = 1; i <= *count_out; i++) {
		if (!statement_ok(o,
				  SQLDescribeColW(o->stmt, (SQLUSMALLINT)i, name, NAME_UNITS, &len,
						  &type, &size, &digits, &nullable),
				  "the table cannot be read: %s", err))
			return false;
		to_utf8(name, len < NAME_UNITS ? (size_t)len : NAME_UNITS - 1, &o->utf8);
		cells_add(cells, buf_str(&o->utf8), o->utf8.len);
		if (column != NULL && strcmp(buf_str(&o->utf8), column) == 0)
			o->cursor_at = i;
	}
	return true;
}

/* Of a longer text the beginning: it is refused as too long by who checks rows. */
static bool put_cell(struct odbc *o, struct cells *cells, SQLSMALLINT i, struct err *err)
{
	SQLLEN len = SQL_NULL_DATA;
	size_t units = CELL_UNITS - 1;
	SQLRETURN code =
		SQLGetData(o->stmt, (SQLUSMALLINT)i, SQL_C_WCHAR, o->cell, sizeof(o->cell), &len);

	if (!statement_ok(o, code, "the table cannot be read: %s", err))
		return false;
	if (len == SQL_NULL_DATA)
		units = 0;
	else if (code == SQL_SUCCESS && len >= 0)
		units = (size_t)len / sizeof(SQLWCHAR);
	to_utf8(o->cell, units, &o->utf8);
	cells_add(cells, buf_str(&o->utf8), o->utf8.len);
	if (i == o->cursor_at && units > 0) {
		buf_reset(&o->reading->next);
		buf_add_str(&o->reading->next, buf_str(&o->utf8));
	}
	return true;
}

static bool fetch_rows(struct odbc *o, struct cells *cells, SQLSMALLINT count, struct err *err)
{
	for (;;) {
		SQLRETURN code = SQLFetch(o->stmt);

		if (code == SQL_NO_DATA)
			return true;
		if (!statement_ok(o, code, "the table cannot be read: %s", err))
			return false;
		if (daemon_stopping())
			return err_set(err, ERR_STOPPING, "the service was stopped");
		for (SQLSMALLINT i = 1; i <= count; i++)
			if (!put_cell(o, cells, i, err))
				return false;
		if (!cells_end_row(cells))
			return true;
	}
}

static bool read_table(struct odbc *o, struct cells *cells, struct err *err)
{
	struct reading *r = o->reading;
	const char *column = r->complete ? NULL : r->source->cursor_column;
	SQLSMALLINT count = 0;

	if (!connect_to(o, err) || !execute(o, column, err) ||
	    !put_heading(o, cells, column, &count, err))
		return false;
	if (column != NULL && o->cursor_at < 0)
		return err_set(err, ERR_INPUT, "the table has no column \"%.100s\" to go on by",
			       column);
	if (column == NULL)
		buf_add_str(&r->next, "read");
	else if (r->from != NULL)
		buf_add_str(&r->next, r->from);
	return !cells_end_row(cells) || fetch_rows(o, cells, count, err);
}

bool reader_odbc(struct reading *r, struct err *err)
{
	struct odbc *o = mem_calloc(1, sizeof(*o));
	struct cells *cells = mem_calloc(1, sizeof(*cells));
	bool ok;

	o->reading = r;
	buf_init(&o->utf8, 4 * CELL_UNITS);
	cells_init(cells, r);
	ok = read_table(o, cells, err);
	disconnect(o);
	cells_deinit(cells);
	buf_deinit(&o->utf8);
	mem_free(cells);
	mem_free(o);
	return ok;
}
