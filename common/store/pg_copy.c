/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Binary COPY: rows are encoded into one buffer and leave it in slices, so that libpq's own copy of
 * the data stays small. */
#include "common/store/pg_internal.h"

#include "common/base/mem.h"

enum { COPY_MAX_BYTES = 64 << 20, SLICE_BYTES = 128 << 10 };

static const char HEADER[] = "PGCOPY\n\377\r\n\0" /* signature */
			     "\0\0\0\0"		  /* flags */
			     "\0\0\0";		  /* extension length; the last zero is C's */
static const char TRAILER[] = {'\xff', '\xff'};

struct pg_copy {
	char *sql;
	struct buf data; /* rows only */
	size_t rows;
	int columns_left; /* of the row being written */
};

struct pg_copy *pg_copy_new(const char *sql)
{
	struct pg_copy *c = mem_calloc(1, sizeof(*c));

	c->sql = mem_strdup(sql);
	buf_init(&c->data, COPY_MAX_BYTES);
	return c;
}

void pg_copy_free(struct pg_copy **copy)
{
	struct pg_copy *c = *copy;

	if (c == NULL)
		return;
	mem_free(c->sql);
	buf_deinit(&c->data);
	mem_free(c);
	*copy = NULL;
}

void pg_copy_reset(struct pg_copy *c)
{
	buf_reset(&c->data);
	c->rows = 0;
	c->columns_left = 0;
}

size_t pg_copy_rows(const struct pg_copy *c)
{
	return c->rows;
}

/* --- rows --------------------------------------------------------------------------------------
 */

static void require_row_end(const struct pg_copy *c)
{
	if (c->columns_left != 0)
		panic("a row lacks %d columns: %s", c->columns_left, c->sql);
}

void pg_copy_row(struct pg_copy *c, int columns)
{
	require_row_end(c);
	(void)buf_add_be16(&c->data, (uint16_t)columns);
	c->columns_left = columns;
	c->rows++;
}

static void column(struct pg_copy *c)
{
	if (c->columns_left-- <= 0)
		panic("a row has too many columns: %s", c->sql);
}

void pg_copy_null(struct pg_copy *c)
{
	column(c);
	(void)buf_add_be32(&c->data, UINT32_MAX);
}

void pg_copy_bool(struct pg_copy *c, bool v)
{
	column(c);
	(void)buf_add_be32(&c->data, 1);
	(void)buf_add_char(&c->data, v ? 1 : 0);
}

void pg_copy_int16(struct pg_copy *c, int16_t v)
{
	column(c);
	(void)buf_add_be32(&c->data, 2);
	(void)buf_add_be16(&c->data, (uint16_t)v);
}

void pg_copy_int32(struct pg_copy *c, int32_t v)
{
	column(c);
	(void)buf_add_be32(&c->data, 4);
	(void)buf_add_be32(&c->data, (uint32_t)v);
}

void pg_copy_int64(struct pg_copy *c, int64_t v)
{
	column(c);
	(void)buf_add_be32(&c->data, 8);
	(void)buf_add_be64(&c->data, (uint64_t)v);
}

void pg_copy_text(struct pg_copy *c, const char *s, size_t len)
{
	column(c);
	(void)buf_add_be32(&c->data, s != NULL ? (uint32_t)len : UINT32_MAX);
	if (s != NULL)
		(void)buf_add(&c->data, s, len);
}

void pg_copy_time_us(struct pg_copy *c, int64_t unix_us)
{
	pg_copy_int64(c, pg_time_to_wire(unix_us));
}

void pg_copy_date(struct pg_copy *c, int64_t days)
{
	enum { FROM_1970_TO_2000 = 10957 };

	pg_copy_int32(c, (int32_t)(days - FROM_1970_TO_2000));
}

void pg_copy_hundredths(struct pg_copy *c, int64_t v)
{
	enum { BASE = 10000, GROUPS_MAX = 6, MINUS = 0x4000 };
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	uint16_t group[GROUPS_MAX];
	size_t count = 0;

	group[count++] = (uint16_t)(left % 100 * 100);
	for (left /= 100; left > 0; left /= BASE)
		group[count++] = (uint16_t)(left % BASE);
	column(c);
	(void)buf_add_be32(&c->data, (uint32_t)(8 + 2 * count));
	(void)buf_add_be16(&c->data, (uint16_t)count);
	(void)buf_add_be16(&c->data, (uint16_t)(count - 2)); /* the power of the first group */
	(void)buf_add_be16(&c->data, v < 0 ? MINUS : 0);
	(void)buf_add_be16(&c->data, 2);
	while (count > 0)
		(void)buf_add_be16(&c->data, group[--count]);
}

void pg_copy_text_array(struct pg_copy *c, const char *const *v, const size_t *lens, size_t n)
{
	size_t bytes = n > 0 ? 20 : 12;
	bool nulls = false;

	for (size_t i = 0; i < n; i++) {
		bytes += 4 + (v[i] != NULL ? lens[i] : 0);
		nulls |= v[i] == NULL;
	}
	column(c);
	(void)buf_add_be32(&c->data, (uint32_t)bytes);
	(void)buf_add_be32(&c->data, n > 0 ? 1 : 0);
	(void)buf_add_be32(&c->data, nulls ? 1 : 0);
	(void)buf_add_be32(&c->data, OID_TEXT);
	if (n > 0) {
		(void)buf_add_be32(&c->data, (uint32_t)n);
		(void)buf_add_be32(&c->data, 1);
	}
	for (size_t i = 0; i < n; i++) {
		(void)buf_add_be32(&c->data, v[i] != NULL ? (uint32_t)lens[i] : UINT32_MAX);
		if (v[i] != NULL)
			(void)buf_add(&c->data, v[i], lens[i]);
	}
}

static bool check_rows(const struct pg_copy *c, struct err *err)
{
	require_row_end(c);
	if (c->data.overflow)
		return err_set(err, ERR_LIMIT, "COPY: the rows are larger than %zu MiB",
			       c->data.max >> 20);
	return true;
}

/* --- a few rows as statements ------------------------------------------------------------------
 */

enum { ROW_COLUMNS_MAX = 16 };

static uint32_t be32_at(const struct buf *data, size_t at)
{
	uint32_t wire;

	memcpy(&wire, data->data + at, sizeof(wire));
	return be32toh(wire);
}

/* The row at `*at` as parameters that borrow the buffer: COPY and parameters share the binary
 * formats.  The server infers the types from the statement. */
static void row_read(const struct buf *data, size_t *at, struct pg_params *row)
{
	uint16_t columns;

	memcpy(&columns, data->data + *at, sizeof(columns));
	*at += sizeof(columns);
	row->count = be16toh(columns);
	if (row->count > ROW_COLUMNS_MAX)
		panic("a row of %d columns", row->count);
	for (int i = 0; i < row->count; i++) {
		row->types[i] = OID_ANY;
		row->formats[i] = 1;
		row->lengths[i] = (int)be32_at(data, *at);
		row->offsets[i] = *at += sizeof(uint32_t);
		*at += row->lengths[i] > 0 ? (size_t)row->lengths[i] : 0;
	}
}

bool pg_pipeline_add_rows(struct pg *pg, const struct pg_stmt *insert, const struct pg_copy *c,
			  struct err *err)
{
	Oid types[ROW_COLUMNS_MAX];
	int lengths[ROW_COLUMNS_MAX], formats[ROW_COLUMNS_MAX];
	size_t offsets[ROW_COLUMNS_MAX], at = 0;
	const char *values[ROW_COLUMNS_MAX];
	struct pg_params row = {.data = c->data,
				.types = types,
				.lengths = lengths,
				.formats = formats,
				.offsets = offsets,
				.values = values};

	if (!check_rows(c, err))
		return false;
	for (size_t i = 0; i < c->rows; i++) {
		row_read(&c->data, &at, &row);
		if (!pg_pipeline_add(pg, insert, &row, err))
			return false;
	}
	return true;
}

/* --- sending -----------------------------------------------------------------------------------
 */

static bool copy_put(struct pg *pg, const char *data, size_t len, struct err *err)
{
	uint64_t deadline_ms = pg_deadline(pg);

	for (size_t at = 0; at < len;) {
		size_t slice = len - at < SLICE_BYTES ? len - at : SLICE_BYTES;

		/* Zero means libpq found no memory for more before writing; flushing makes room. */
		int put = PQputCopyData(pg->conn, data + at, (int)slice);

		if (put < 0)
			return pg_lost(pg, err, "COPY");
		if (put > 0)
			at += slice;
		/* Full slices leave before the next is copied; a rest goes with what follows. */
		if ((put == 0 || slice == SLICE_BYTES) && !pg_flush(pg, "COPY", deadline_ms, err))
			return false;
	}
	return true;
}

/* Say that the data ended, well or (with a reason) not, and hear what the server made of it. */
static bool copy_finish(struct pg *pg, const char *abort_reason, struct err *err)
{
	uint64_t deadline_ms = pg_deadline(pg);
	int put;

	while ((put = PQputCopyEnd(pg->conn, abort_reason)) == 0)
		if (!pg_flush(pg, "COPY", deadline_ms, err))
			return false;
	if (put < 0)
		return pg_lost(pg, err, "COPY");
	pg->phase = PG_PHASE_IDLE;
	return pg_collect(pg, "COPY", NULL, NULL, err);
}

bool pg_copy_stream_begin(struct pg *pg, struct pg_copy *c, struct err *err)
{
	PGresult *res = NULL;
	bool ok;

	if (!pg_ready(pg, err))
		return false;
	if (PQsendQuery(pg->conn, c->sql) != 1)
		return pg_lost(pg, err, "COPY");
	if (!pg_next(pg, "COPY", pg_deadline(pg), &res, err))
		return false;
	if (PQresultStatus(res) == PGRES_COPY_IN) {
		PQclear(res);
		pg->phase = PG_PHASE_COPY;
		return copy_put(pg, HEADER, sizeof(HEADER), err);
	}
	ok = PQresultStatus(res) == PGRES_FATAL_ERROR;
	if (!ok)
		panic("not a COPY FROM STDIN: %s", c->sql);
	(void)pg_fail(pg, res, "COPY", c->sql, err);
	PQclear(res);
	if (pg->conn != NULL) {
		struct err later;

		(void)pg_collect(pg, "COPY", NULL, NULL, &later);
	}
	return false;
}

bool pg_copy_stream_flush(struct pg *pg, struct pg_copy *c, struct err *err)
{
	if (!check_rows(c, err)) {
		pg_copy_stream_abort(pg, c);
		return false;
	}
	if (!copy_put(pg, c->data.data, c->data.len, err))
		return false;
	pg_copy_reset(c);
	return true;
}

bool pg_copy_stream_end(struct pg *pg, struct pg_copy *c, struct err *err)
{
	if (!pg_copy_stream_flush(pg, c, err) || !copy_put(pg, TRAILER, sizeof(TRAILER), err))
		return false;
	return copy_finish(pg, NULL, err);
}

void pg_copy_stream_abort(struct pg *pg, struct pg_copy *c)
{
	struct err expected;

	if (pg->phase == PG_PHASE_COPY)
		(void)copy_finish(pg, "given up by the sender", &expected);
	pg_copy_reset(c);
}

bool pg_copy_send(struct pg *pg, struct pg_copy *c, struct err *err)
{
	if (!check_rows(c, err))
		return false;
	if (c->rows == 0)
		return true;
	return pg_copy_stream_begin(pg, c, err) && copy_put(pg, c->data.data, c->data.len, err) &&
	       copy_put(pg, TRAILER, sizeof(TRAILER), err) && copy_finish(pg, NULL, err);
}
