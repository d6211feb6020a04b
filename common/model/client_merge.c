/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_merge - see client_merge.h. */
#include "common/model/client_merge.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/model/stops.h"

#define SQL_BYTES_MAX (64 * 1024)

/* Whether client `k` keeps its number although the source says another one that is known. */
#define HELD                                                                                       \
	"EXISTS (SELECT 1 FROM client_phone p JOIN client_phone q ON q.client_id = p.client_id"    \
	" AND q.msisdn = t.msisdn WHERE p.client_id = k.id AND p.msisdn = k.msisdn AND p.held)"

static bool has(const struct client_merge *m, int field)
{
	return (m->fields & CLIENT_BIT(field)) != 0;
}

static bool by_code(const struct client_merge *m)
{
	return has(m, CLIENT_EXTERNAL_ID);
}

static bool is_key(const struct client_merge *m, int field)
{
	return field == (by_code(m) ? CLIENT_EXTERNAL_ID : CLIENT_PHONE);
}

const char *client_merge_key(const struct client_merge *m)
{
	return by_code(m) ? "k.external_id = t.external_id"
			  : "k.msisdn = t.msisdn AND k.external_id IS NULL";
}

static const char *key_column(const struct client_merge *m)
{
	return client_fields[by_code(m) ? CLIENT_EXTERNAL_ID : CLIENT_PHONE].column;
}

/* Run what `sql` holds with m->params, and empty both. */
static bool run(struct client_merge *m, struct buf *sql, struct pg_result **out, struct err *err)
{
	bool ok = !sql->overflow ? pg_run_once(m->pg, buf_str(sql), m->params, out, err)
				 : err_set(err, ERR_LIMIT, "a merge's SQL is too long");

	buf_reset(sql);
	pg_params_reset(m->params);
	return ok;
}

/* The same for a statement that changes rows; *count_out: how many. */
static bool run_count(struct client_merge *m, struct buf *sql, int64_t *count_out, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!run(m, sql, &rows, err))
		return false;
	*count_out = pg_affected(rows);
	pg_result_free(&rows);
	return true;
}

/* --- rows on their way in
 * ---------------------------------------------------------------------- */

static void put_table(const struct client_merge *m, struct buf *sql)
{
	(void)buf_add_str(sql, "CREATE TEMP TABLE client_row (line bigint NOT NULL");
	for (int f = 0; f < CLIENT_FIELDS; f++)
		if (has(m, f))
			(void)buf_printf(sql, ", %s %s", client_fields[f].column,
					 client_kind_sql(client_fields[f].kind));
	if (m->attribute_count > 0)
		(void)buf_add_str(sql, ", attrs text[]");
	if (m->own_count > 0)
		(void)buf_add_str(sql, ", own text[]");
	if (m->by_row)
		(void)buf_add_str(sql, ", given integer");
	(void)buf_add_str(sql, ", bad_field text, bad_problem text, raw text) ON COMMIT DROP");
}

bool client_merge_begin(struct client_merge *m, struct err *err)
{
	struct buf sql;
	bool ok;

	if (!by_code(m) && !has(m, CLIENT_PHONE))
		panic("clients without a key");
	m->params = pg_params_new();
	m->slot_from = mem_calloc(CLIENT_SLOTS_MAX, sizeof(*m->slot_from));
	m->copy = pg_copy_new("COPY client_row FROM STDIN (FORMAT binary)");
	buf_init(&sql, SQL_BYTES_MAX);
	put_table(m, &sql);
	ok = pg_exec(m->pg, buf_str(&sql), err) && pg_copy_stream_begin(m->pg, m->copy, err);
	buf_deinit(&sql);
	m->copying = ok;
	return ok;
}

static int column_count(const struct client_merge *m)
{
	return 1 + __builtin_popcount(m->fields) + (m->attribute_count > 0) + (m->own_count > 0) +
	       m->by_row + 3;
}

static void copy_tags(struct pg_copy *copy, const struct client_value *value)
{
	const char *line[CLIENT_TAGS_MAX];
	size_t len[CLIENT_TAGS_MAX];
	size_t count = client_value_lines(value, line, len);

	pg_copy_text_array(copy, line, len, count);
}

static void copy_value(struct pg_copy *copy, enum client_kind kind,
		       const struct client_value *value)
{
	if (value->text == NULL) {
		pg_copy_null(copy);
		return;
	}
	switch (kind) {
	case CLIENT_KIND_PHONE:
		pg_copy_int64(copy, value->number);
		break;
	case CLIENT_KIND_SEX:
		pg_copy_int16(copy, (int16_t)value->number);
		break;
	case CLIENT_KIND_DATE:
		pg_copy_date(copy, value->number);
		break;
	case CLIENT_KIND_NUMBER:
		pg_copy_hundredths(copy, value->number);
		break;
	case CLIENT_KIND_TAGS:
		copy_tags(copy, value);
		break;
	default:
		pg_copy_text(copy, value->text, value->len);
	}
}

/* Values as the elements of one array. */
static void copy_values(struct pg_copy *copy, const struct client_value *value, size_t count)
{
	const char *text[CLIENT_ATTRIBUTES_MAX];
	size_t len[CLIENT_ATTRIBUTES_MAX];

	for (size_t i = 0; i < count; i++) {
		text[i] = value[i].text;
		len[i] = value[i].len;
	}
	pg_copy_text_array(copy, text, len, count);
}

void client_merge_add(struct client_merge *m, int64_t line, const struct client_row *row)
{
	pg_copy_row(m->copy, column_count(m));
	pg_copy_int64(m->copy, line);
	for (int f = 0; f < CLIENT_FIELDS; f++)
		if (has(m, f))
			copy_value(m->copy, client_fields[f].kind, &row->field[f]);
	if (m->attribute_count > 0)
		copy_values(m->copy, row->attribute, m->attribute_count);
	if (m->own_count > 0)
		copy_values(m->copy, row->own, m->own_count);
	if (m->by_row)
		pg_copy_int32(m->copy, (int32_t)row->given);
	for (int i = 0; i < 3; i++)
		pg_copy_null(m->copy);
}

void client_merge_refuse(struct client_merge *m, int64_t line, const struct client_refusal *why)
{
	int columns = column_count(m);

	pg_copy_row(m->copy, columns);
	pg_copy_int64(m->copy, line);
	for (int i = 1; i < columns - 3; i++)
		pg_copy_null(m->copy);
	pg_copy_text(m->copy, why->field, strlen(why->field));
	pg_copy_text(m->copy, why->problem, strlen(why->problem));
	pg_copy_text(m->copy, why->raw, why->raw_len);
}

bool client_merge_flush(struct client_merge *m, struct err *err)
{
	return pg_copy_stream_flush(m->pg, m->copy, err);
}

bool client_merge_end(struct client_merge *m, struct err *err)
{
	m->copying = false;
	return client_merge_flush(m, err) && pg_copy_stream_end(m->pg, m->copy, err);
}

void client_merge_abort(struct client_merge *m)
{
	if (m->copying)
		pg_copy_stream_abort(m->pg, m->copy);
	m->copying = false;
}

void client_merge_deinit(struct client_merge *m)
{
	pg_copy_free(&m->copy);
	pg_params_free(&m->params);
	mem_free(m->slot_from);
	m->slot_from = NULL;
}

/* --- attributes
 * ---------------------------------------------------------------------------------------- */

static bool count_attributes(struct client_merge *m, struct err *err)
{
	static const struct pg_stmt count = {
		"merge_attributes_count",
		"SELECT count(*) FROM (SELECT name FROM client_attribute UNION SELECT "
		"unnest($1::text[])) x"};
	struct pg_result *rows = NULL;

	pg_params_reset(m->params);
	pg_param_text_array(m->params, m->attributes, m->attribute_count);
	if (!pg_run(m->pg, &count, m->params, &rows, err))
		return false;
	m->attributes_total = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return m->attributes_total <= CLIENT_SLOTS_MAX ||
	       err_set(err, ERR_LIMIT, "clients would have %lld attributes, %d are possible",
		       (long long)m->attributes_total, CLIENT_SLOTS_MAX);
}

/* New names get the lowest slots that are free. */
static bool add_attributes(struct client_merge *m, struct err *err)
{
	static const struct pg_stmt add = {
		"merge_attributes_add",
		"WITH fresh AS (SELECT u.name, row_number() OVER (ORDER BY u.ord) AS n"
		"    FROM unnest($1::text[]) WITH ORDINALITY AS u(name, ord)"
		"   WHERE NOT EXISTS (SELECT 1 FROM client_attribute a WHERE a.name = u.name)),"
		" room AS (SELECT s AS slot, row_number() OVER (ORDER BY s) AS n"
		"    FROM generate_series(1, 500) s"
		"   WHERE NOT EXISTS (SELECT 1 FROM client_attribute a WHERE a.slot = s))"
		" INSERT INTO client_attribute (slot, name)"
		" SELECT r.slot, f.name FROM fresh f JOIN room r ON r.n = f.n"};

	return pg_run(m->pg, &add, m->params, NULL, err);
}

static bool find_slots(struct client_merge *m, struct err *err)
{
	static const struct pg_stmt find = {
		"merge_attributes_find",
		"SELECT a.slot, u.ord::integer FROM unnest($1::text[]) WITH ORDINALITY AS u(name, "
		"ord) JOIN client_attribute a ON a.name = u.name"};
	struct pg_result *rows = NULL;

	if (!pg_run(m->pg, &find, m->params, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		size_t slot = (size_t)pg_int(rows, i, 0);

		m->slot_from[slot - 1] = (int32_t)pg_int(rows, i, 1);
		if (slot > m->slot_count)
			m->slot_count = slot;
	}
	pg_result_free(&rows);
	m->slots_same = true;
	for (size_t i = 0; i < m->slot_count; i++)
		m->slots_same &= m->slot_from[i] == (int32_t)i + 1;
	return true;
}

/* Under the lock that whoever changes a type takes. */
static bool check_types(struct client_merge *m, struct err *err)
{
	struct client_attribute_types now = {0};

	if (m->types == NULL)
		return true;
	if (!client_attribute_types_load(m->pg, m->attributes, m->attribute_count, &now, err))
		return false;
	m->types_changed = !client_attribute_types_equal(m->types, &now, m->attribute_count);
	client_attribute_types_free(&now);
	return !m->types_changed ||
	       err_set(err, ERR_INPUT, "the type of an attribute changed while rows came");
}

static bool bind_attributes(struct client_merge *m, struct err *err)
{
	bool ok = m->attribute_count == 0 ||
		  (count_attributes(m, err) && add_attributes(m, err) && find_slots(m, err));

	pg_params_reset(m->params);
	return ok;
}

/* --- clients
 * ------------------------------------------------------------------------------------------- */

static bool drop_repeated(struct client_merge *m, struct buf *sql, struct err *err)
{
	const char *key = key_column(m);

	(void)buf_printf(
		sql,
		"DELETE FROM client_row t USING (SELECT %s, max(line) AS line"
		" FROM client_row WHERE bad_field IS NULL GROUP BY 1 HAVING count(*) > 1) d"
		" WHERE t.%s = d.%s AND t.line < d.line",
		key, key, key);
	return run_count(m, sql, &m->repeated, err);
}

/* The value of a field that client `k` is to have because of row `t`. */
static void put_value(const struct client_merge *m, int field, struct buf *sql)
{
	const char *column = client_fields[field].column;

	if (m->by_row)
		(void)buf_printf(sql, "CASE WHEN (t.given >> %d) & 1 = 1 THEN t.%s ELSE k.%s END",
				 field, column, column);
	else
		(void)buf_printf(sql, "t.%s", column);
}

/* The attributes that client `k` is to have; $1: from which of the source's each slot comes. */
static void put_attrs(const struct client_merge *m, struct buf *sql)
{
	const char *taken = m->by_row ? "CASE WHEN t.attrs[($1::integer[])[s]] IS NULL THEN"
					" k.attrs[s] ELSE nullif(t.attrs[($1::integer[])[s]], '') "
					"END"
				      : "t.attrs[($1::integer[])[s]]";

	if (m->slots_same && !m->by_row)
		(void)buf_printf(sql,
				 "CASE WHEN coalesce(cardinality(k.attrs), 0) <= %zu"
				 " THEN t.attrs ELSE t.attrs || k.attrs[%zu:] END",
				 m->slot_count, m->slot_count + 1);
	else
		(void)buf_printf(sql,
				 "(SELECT array_agg(CASE WHEN ($1::integer[])[s] > 0 THEN %s"
				 " ELSE k.attrs[s] END ORDER BY s) FROM generate_series(1,"
				 " greatest(%zu, cardinality(k.attrs))) s)",
				 taken, m->slot_count);
}

/* Call `put` for each column that a merge can change, with commas between. */
static size_t put_changing(const struct client_merge *m, struct buf *sql,
			   void (*put)(const struct client_merge *m, int field, struct buf *sql))
{
	size_t count = 0;

	for (int f = 0; f < CLIENT_COLUMNS; f++) {
		if (!has(m, f) || is_key(m, f))
			continue;
		(void)buf_add_str(sql, count++ > 0 ? ", " : "");
		put(m, f, sql);
	}
	if (m->attribute_count > 0) {
		(void)buf_add_str(sql, count++ > 0 ? ", " : "");
		put(m, CLIENT_ATTRIBUTE, sql);
	}
	return count;
}

static void put_new(const struct client_merge *m, int field, struct buf *sql)
{
	if (field == CLIENT_ATTRIBUTE)
		put_attrs(m, sql);
	else if (field == CLIENT_PHONE) /* a row without one does not take it away */
		(void)buf_add_str(sql, "CASE WHEN t.msisdn IS NULL OR t.msisdn = k.msisdn OR " HELD
				       " THEN k.msisdn ELSE t.msisdn END");
	else
		put_value(m, field, sql);
}

static void put_old(const struct client_merge *m, int field, struct buf *sql)
{
	(void)m;
	(void)buf_printf(sql, "k.%s",
			 field == CLIENT_ATTRIBUTE ? "attrs" : client_fields[field].column);
}

static void put_change(const struct client_merge *m, int field, struct buf *sql)
{
	(void)buf_printf(
		sql, "%s = ", field == CLIENT_ATTRIBUTE ? "attrs" : client_fields[field].column);
	put_new(m, field, sql);
}

static void push_slots(struct client_merge *m)
{
	if (m->attribute_count > 0 && (!m->slots_same || m->by_row))
		pg_param_int32_array(m->params, m->slot_from, m->slot_count);
}

static bool update_clients(struct client_merge *m, struct buf *sql, struct err *err)
{
	(void)buf_add_str(sql, "UPDATE client k SET ");
	if (put_changing(m, sql, put_change) == 0) { /* the source has a key and no more */
		buf_reset(sql);
		return true;
	}
	(void)buf_printf(sql,
			 ", updated_at = clock_timestamp() FROM client_row t WHERE %s"
			 " AND t.bad_field IS NULL AND ROW(",
			 client_merge_key(m));
	(void)put_changing(m, sql, put_old);
	(void)buf_add_str(sql, ") IS DISTINCT FROM ROW(");
	(void)put_changing(m, sql, put_new);
	(void)buf_add_str(sql, ")");
	push_slots(m);
	return run_count(m, sql, &m->changed, err);
}

/* In the order of an index: rows in no order touch its pages at random, and each page goes to the
 * WAL whole. */
static bool insert_clients(struct client_merge *m, struct buf *sql, struct err *err)
{
	if (!has(m, CLIENT_PHONE))
		return true;
	(void)buf_add_str(sql, "INSERT INTO client (");
	for (int f = 0, n = 0; f < CLIENT_COLUMNS; f++)
		if (has(m, f))
			(void)buf_printf(sql, "%s%s", n++ > 0 ? ", " : "", client_fields[f].column);
	(void)buf_printf(sql, "%s) SELECT ", m->attribute_count > 0 ? ", attrs" : "");
	for (int f = 0, n = 0; f < CLIENT_COLUMNS; f++)
		if (has(m, f))
			(void)buf_printf(sql, "%st.%s", n++ > 0 ? ", " : "",
					 client_fields[f].column);
	if (m->attribute_count > 0 && m->slots_same && !m->by_row)
		(void)buf_add_str(sql, ", t.attrs");
	else if (m->attribute_count > 0)
		(void)buf_printf(sql,
				 ", (SELECT array_agg(CASE WHEN ($1::integer[])[s] > 0 THEN "
				 "nullif(t.attrs[($1::integer[])[s]], '') END ORDER BY s)"
				 " FROM generate_series(1, %zu) s)",
				 m->slot_count);
	(void)buf_printf(sql,
			 " FROM client_row t WHERE t.bad_field IS NULL AND t.msisdn IS NOT NULL"
			 " AND NOT EXISTS (SELECT 1 FROM client k WHERE %s) ORDER BY t.%s",
			 client_merge_key(m), key_column(m));
	push_slots(m);
	return run_count(m, sql, &m->made, err);
}

/* Whoever is delivered again is not gone any more. */
static bool bring_back(struct client_merge *m, struct buf *sql, struct err *err)
{
	(void)buf_printf(sql,
			 "UPDATE client k SET gone_at = NULL FROM client_row t WHERE %s"
			 " AND t.bad_field IS NULL AND k.gone_at IS NOT NULL",
			 client_merge_key(m));
	return run(m, sql, NULL, err);
}

/* --- phones
 * -------------------------------------------------------------------------------------------- */

static void push_source(struct client_merge *m)
{
	pg_param_text(m->params, m->source != NULL ? m->source : "import");
}

/* Before clients get another number. */
static bool note_corrections(struct client_merge *m, struct buf *sql, struct err *err)
{
	if (!by_code(m) || !has(m, CLIENT_PHONE))
		return true;
	(void)buf_printf(
		sql,
		"WITH moved AS (INSERT INTO client_phone_change"
		" (client_id, old_msisdn, new_msisdn, reason, source)"
		" SELECT k.id, k.msisdn, t.msisdn, 'corrected', $1::text"
		" FROM client_row t JOIN client k ON %s"
		" WHERE t.bad_field IS NULL AND t.msisdn <> k.msisdn AND NOT " HELD
		" RETURNING client_id, old_msisdn, new_msisdn),"
		" ended AS (UPDATE client_phone p SET valid_to = current_date - 1, held = false"
		" FROM moved v WHERE p.client_id = v.client_id AND p.msisdn = v.old_msisdn)"
		" INSERT INTO client_phone (client_id, msisdn, source)"
		" SELECT v.client_id, v.new_msisdn, $1::text FROM moved v"
		" WHERE EXISTS (SELECT 1 FROM client_phone p WHERE p.client_id = v.client_id)"
		" ON CONFLICT (client_id, msisdn) DO UPDATE SET valid_to = NULL, lost_at = NULL,"
		" source = excluded.source, seen_at = excluded.seen_at",
		client_merge_key(m));
	push_source(m);
	return run(m, sql, NULL, err);
}

/* Clients who have further numbers have all of them in client_phone. */
static bool write_phones(struct client_merge *m, struct buf *sql, struct err *err)
{
	struct buf more;

	buf_init(&more, 200);
	for (int f = CLIENT_PHONE_2; f <= CLIENT_PHONE_5; f++)
		if (has(m, f))
			(void)buf_printf(&more, "%st.%s", more.len > 0 ? ", " : "",
					 client_fields[f].column);
	if (more.len > 0) {
		(void)buf_printf(sql,
				 "INSERT INTO client_phone (client_id, msisdn, source)"
				 " SELECT DISTINCT k.id, p.msisdn, $1::text"
				 " FROM client_row t JOIN client k ON %s"
				 " CROSS JOIN LATERAL unnest(ARRAY[k.msisdn, %s]) AS p(msisdn)"
				 " WHERE t.bad_field IS NULL AND p.msisdn IS NOT NULL"
				 " AND coalesce(%s) IS NOT NULL"
				 " ON CONFLICT (client_id, msisdn) DO UPDATE SET valid_to = NULL,"
				 " source = excluded.source, seen_at = excluded.seen_at",
				 client_merge_key(m), buf_str(&more), buf_str(&more));
		push_source(m);
	}
	buf_deinit(&more);
	return sql->len == 0 || run(m, sql, NULL, err);
}

static bool go_on(struct client_merge *m, struct err *err)
{
	return m->go_on == NULL || m->go_on(m->arg, err);
}

/* What the planner must know of client_row: its size, and that most rows are good. */
static bool begin_store(struct client_merge *m, struct buf *sql, struct err *err)
{
	bool ok;

	(void)buf_printf(sql,
			 "SELECT pg_advisory_xact_lock(7003); ANALYZE client_row (%s, bad_field)",
			 key_column(m));
	ok = pg_exec(m->pg, buf_str(sql), err);
	buf_reset(sql);
	return ok;
}

static bool restore_stops(struct client_merge *m, struct err *err)
{
	static const struct pg_stmt numbers = {
		"merge_numbers", "DECLARE stops_numbers NO SCROLL CURSOR FOR SELECT msisdn"
				 " FROM client_row WHERE bad_field IS NULL AND msisdn IS NOT NULL"};

	return (m->fields & CLIENT_BIT(CLIENT_PHONE)) == 0 ||
	       stops_restore_from(m->pg, m->privacy_key, &numbers, err);
}

bool client_merge_store(struct client_merge *m, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_BYTES_MAX);
	ok = begin_store(m, &sql, err) && check_types(m, err) && bind_attributes(m, err) &&
	     go_on(m, err) && drop_repeated(m, &sql, err) && go_on(m, err) &&
	     note_corrections(m, &sql, err) && bring_back(m, &sql, err) &&
	     update_clients(m, &sql, err) && go_on(m, err) && insert_clients(m, &sql, err) &&
	     go_on(m, err) && write_phones(m, &sql, err) && restore_stops(m, err);
	buf_deinit(&sql);
	return ok;
}

static bool grow_list(struct client_merge *m, int64_t list_id, int64_t added, bool filled,
		      struct err *err)
{
	static const struct pg_stmt grow = {
		"merge_list_grow",
		"UPDATE list SET size = size + $2::bigint, filled_at = CASE WHEN $3::boolean"
		" THEN clock_timestamp() ELSE filled_at END WHERE id = $1::bigint"};
	bool ok;

	pg_param_int64(m->params, list_id);
	pg_param_int64(m->params, added);
	pg_param_bool(m->params, filled);
	ok = pg_run(m->pg, &grow, m->params, NULL, err);
	pg_params_reset(m->params);
	return ok;
}

bool client_merge_list(struct client_merge *m, int64_t list_id, struct err *err)
{
	struct buf sql;
	int64_t added = 0;
	bool ok;

	buf_init(&sql, SQL_BYTES_MAX);
	(void)buf_printf(&sql,
			 "INSERT INTO list_member (list_id, client_id) SELECT $1::bigint, k.id"
			 " FROM client_row t JOIN client k ON %s"
			 " WHERE t.bad_field IS NULL ORDER BY k.id ON CONFLICT DO NOTHING",
			 client_merge_key(m));
	pg_param_int64(m->params, list_id);
	ok = run_count(m, &sql, &added, err);
	buf_deinit(&sql);
	return ok && grow_list(m, list_id, added, false, err);
}

/* The member's values: those of the row in their places, of other places what `other` says. */
static void put_vals(struct buf *sql, const struct client_merge *m, const int16_t *own_place,
		     int own_total, const char *row, const char *other)
{
	(void)buf_add_str(sql, "ARRAY[");
	for (int place = 1; place <= own_total; place++) {
		size_t i = 0;

		while (i < m->own_count && own_place[i] != place)
			i++;
		(void)buf_add_str(sql, place > 1 ? ", " : "");
		if (i < m->own_count)
			(void)buf_printf(sql, "%s.own[%zu]", row, i + 1);
		else if (other != NULL)
			(void)buf_printf(sql, "%s[%d]", other, place);
		else
			(void)buf_add_str(sql, "NULL");
	}
	(void)buf_add_str(sql, "]::text[]");
}

bool client_merge_list_own(struct client_merge *m, int64_t list_id, const int16_t *own_place,
			   int own_total, struct err *err)
{
	struct pg_result *rows = NULL;
	int64_t added = 0;
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_BYTES_MAX);
	/* Who was there gets the new values and is not new. */
	(void)buf_add_str(&sql, "WITH was AS (UPDATE list_member m SET vals = ");
	put_vals(&sql, m, own_place, own_total, "t", "m.vals");
	(void)buf_printf(&sql,
			 " FROM client_row t JOIN client k ON %s"
			 " WHERE t.bad_field IS NULL AND m.list_id = $1::bigint"
			 " AND m.client_id = k.id RETURNING m.client_id),"
			 " new AS (INSERT INTO list_member (list_id, client_id, vals)"
			 " SELECT $1::bigint, k.id, ",
			 client_merge_key(m));
	put_vals(&sql, m, own_place, own_total, "t", NULL);
	(void)buf_printf(&sql,
			 " FROM client_row t JOIN client k ON %s WHERE t.bad_field IS NULL"
			 " AND NOT EXISTS (SELECT 1 FROM was w WHERE w.client_id = k.id)"
			 " ORDER BY k.id ON CONFLICT DO NOTHING RETURNING 1)"
			 " SELECT count(*) FROM new",
			 client_merge_key(m));
	pg_param_int64(m->params, list_id);
	ok = run(m, &sql, &rows, err);
	if (ok)
		added = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	buf_deinit(&sql);
	return ok && grow_list(m, list_id, added, true, err);
}
