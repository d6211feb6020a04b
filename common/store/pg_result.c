/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading binary results.  A struct pg_result is libpq's own result under another name, so nothing
 * is allocated or copied here. */
#include "common/store/pg_internal.h"

#include <errno.h>
#include <stdlib.h>

static const PGresult *raw(const struct pg_result *r)
{
	return (const PGresult *)(const void *)r;
}

/* Where the value is; row and column must exist. */
static const char *cell(const struct pg_result *r, size_t row, int col)
{
	if (row >= pg_rows(r) || col < 0 || col >= PQnfields(raw(r)))
		panic("row %zu column %d is not in the result of %zu rows, %d columns", row, col,
		      pg_rows(r), PQnfields(raw(r)));
	return PQgetvalue(raw(r), (int)row, col);
}

_Noreturn static void wrong_type(const struct pg_result *r, int col, const char *wanted)
{
	panic("column \"%s\" has type %u; %s was expected: add a cast to the statement",
	      PQfname(raw(r), col), PQftype(raw(r), col), wanted);
}

void pg_result_free(struct pg_result **r)
{
	PQclear((PGresult *)(void *)*r);
	*r = NULL;
}

size_t pg_rows(const struct pg_result *r)
{
	return (size_t)PQntuples(raw(r));
}

int64_t pg_affected(const struct pg_result *r)
{
	return strtoll(PQcmdTuples((PGresult *)(uintptr_t)(const void *)r), NULL, 10);
}

bool pg_null(const struct pg_result *r, size_t row, int col)
{
	(void)cell(r, row, col);
	return PQgetisnull(raw(r), (int)row, col) != 0;
}

bool pg_bool(const struct pg_result *r, size_t row, int col)
{
	const char *at = cell(r, row, col);

	if (PQftype(raw(r), col) != OID_BOOL)
		wrong_type(r, col, "boolean");
	return PQgetlength(raw(r), (int)row, col) == 1 && *at != 0;
}

int64_t pg_int(const struct pg_result *r, size_t row, int col)
{
	const char *at = cell(r, row, col);
	Oid type = PQftype(raw(r), col);

	if (type != OID_INT8 && type != OID_INT4 && type != OID_INT2)
		wrong_type(r, col, "an integer");
	if (PQgetisnull(raw(r), (int)row, col))
		return 0;
	return pg_load_int(at, PQgetlength(raw(r), (int)row, col));
}

/* jsonb is its text behind one version byte. */
static size_t text_skip(const struct pg_result *r, int col)
{
	switch (PQftype(raw(r), col)) {
	case OID_TEXT:
	case OID_BYTEA:
	case OID_NAME:
	case OID_VARCHAR:
	case OID_BPCHAR:
	case OID_CHAR:
	case OID_JSON:
	case OID_UNKNOWN:
		return 0;
	case OID_JSONB:
		return 1;
	default:
		if (PQftype(raw(r), col) < OID_FIRST_USER)
			wrong_type(r, col, "text");
		return 0;
	}
}

const char *pg_text(const struct pg_result *r, size_t row, int col)
{
	const char *at = cell(r, row, col);
	size_t skip = text_skip(r, col);

	return PQgetisnull(raw(r), (int)row, col) ? "" : at + skip;
}

size_t pg_len(const struct pg_result *r, size_t row, int col)
{
	(void)cell(r, row, col);
	if (PQgetisnull(raw(r), (int)row, col))
		return 0;
	return (size_t)PQgetlength(raw(r), (int)row, col) - text_skip(r, col);
}

int64_t pg_time_us(const struct pg_result *r, size_t row, int col)
{
	const char *at = cell(r, row, col);

	if (PQftype(raw(r), col) != OID_TIMESTAMPTZ)
		wrong_type(r, col, "timestamptz");
	return PQgetisnull(raw(r), (int)row, col) ? 0 : pg_time_from_wire(pg_load_int(at, 8));
}

/* --- arrays ------------------------------------------------------------------------------------
 */

struct array {
	const char *at; /* the first element's length */
	size_t count;
};

/* Dimensions, null flag, element type, then (unless empty) count and first index. */
static struct array array_open(const struct pg_result *r, size_t row, int col)
{
	const char *at = cell(r, row, col);

	if (PQgetisnull(raw(r), (int)row, col) || pg_load_be32(at) == 0)
		return (struct array){0};
	if (pg_load_be32(at) != 1)
		wrong_type(r, col, "an array of one dimension");
	return (struct array){.at = at + 20, .count = pg_load_be32(at + 12)};
}

size_t pg_int_array(const struct pg_result *r, size_t row, int col, int64_t *out, size_t max)
{
	struct array a = array_open(r, row, col);
	Oid type = PQftype(raw(r), col);

	if (type != OID_INT8_ARRAY && type != OID_INT4_ARRAY && type != OID_INT2_ARRAY)
		wrong_type(r, col, "an array of integers");
	for (size_t i = 0; i < a.count && i < max; i++) {
		int32_t len = (int32_t)pg_load_be32(a.at);

		a.at += 4;
		out[i] = len > 0 ? pg_load_int(a.at, len) : 0;
		a.at += len > 0 ? len : 0;
	}
	return a.count;
}

size_t pg_text_array(const struct pg_result *r, size_t row, int col, const char **out,
		     size_t *len_out, size_t max)
{
	struct array a = array_open(r, row, col);

	if (PQftype(raw(r), col) != OID_TEXT_ARRAY)
		wrong_type(r, col, "an array of text");
	for (size_t i = 0; i < a.count && i < max; i++) {
		int32_t len = (int32_t)pg_load_be32(a.at);

		a.at += 4;
		out[i] = len >= 0 ? a.at : NULL;
		len_out[i] = len >= 0 ? (size_t)len : 0;
		a.at += len > 0 ? len : 0;
	}
	return a.count;
}
