/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_merge - from the temporary table to clients, in sets.
 *
 * Imports merge one after another (an advisory lock), so plain joins decide who is new.  The key is
 * external_id when the file has it, else the phone among clients without one.  Columns the file
 * does not have keep what is stored. */
#include "apid/import.h"
#include "common/base/mem.h"

#define ATTRIBUTE_SLOTS_MAX 500

/* Which attribute of the file stands in which slot: map[slot - 1] is its number from 1, 0 for none.
 */
struct slots {
	int32_t map[ATTRIBUTE_SLOTS_MAX];
	size_t count; /* highest slot of the file */
	bool same;    /* map is 1, 2, 3 ...: the file's array is the client's */
};

static bool run(struct import *im, const struct pg_stmt *stmt, struct pg_result **out,
		struct err *err)
{
	return request_query(im->r, stmt, out, err);
}

static bool by_code(const struct import *im)
{
	return im->columns.of_field[IMPORT_EXTERNAL_ID] >= 0;
}

/* --- attributes
 * -------------------------------------------------------------------------------------------- */

static void push_names(struct import *im)
{
	const char *names[CSV_COLUMNS_MAX];

	for (size_t i = 0; i < im->columns.count; i++)
		if (im->columns.column[i].field == IMPORT_ATTRIBUTE)
			names[im->columns.column[i].attribute] = im->columns.column[i].name;
	pg_param_text_array(im->r->params, names, im->columns.attributes);
}

static bool add_names(struct import *im, struct err *err)
{
	static const struct pg_stmt add = {
		"import_attributes_add",
		"INSERT INTO client_attribute (slot, name)"
		" SELECT (SELECT coalesce(max(slot), 0) FROM client_attribute) + row_number() OVER "
		"(ORDER BY u.ord), u.name"
		"  FROM unnest($1::text[]) WITH ORDINALITY AS u(name, ord)"
		" WHERE NOT EXISTS (SELECT 1 FROM client_attribute a WHERE a.name = u.name)"};
	static const struct pg_stmt count = {
		"import_attributes_count",
		"SELECT count(*) FROM (SELECT name FROM client_attribute UNION SELECT "
		"unnest($1::text[])) x"};
	struct pg_result *rows = NULL;
	int64_t total;

	push_names(im);
	if (!run(im, &count, &rows, err))
		return false;
	total = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (total > ATTRIBUTE_SLOTS_MAX) {
		problem_set(&im->r->problem, 422, "import-refused", "Too many attributes",
			    "With this file clients would have %lld attributes; %d are possible. "
			    "Remove columns that no text needs and upload the file again",
			    (long long)total, ATTRIBUTE_SLOTS_MAX);
		return request_refused(err);
	}
	push_names(im);
	return run(im, &add, NULL, err);
}

static bool find_slots(struct import *im, struct slots *slots, struct err *err)
{
	static const struct pg_stmt find = {
		"import_attributes_find",
		"SELECT a.slot, u.ord::integer FROM unnest($1::text[]) WITH ORDINALITY AS u(name, "
		"ord)"
		"  JOIN client_attribute a ON a.name = u.name"};
	struct pg_result *rows = NULL;

	*slots = (struct slots){.same = true};
	if (im->columns.attributes == 0)
		return true;
	if (!add_names(im, err))
		return false;
	push_names(im);
	if (!run(im, &find, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		size_t slot = (size_t)pg_int(rows, i, 0);

		slots->map[slot - 1] = (int32_t)pg_int(rows, i, 1);
		if (slot > slots->count)
			slots->count = slot;
	}
	pg_result_free(&rows);
	for (size_t i = 0; i < slots->count; i++)
		slots->same &= slots->map[i] == (int32_t)i + 1;
	return true;
}

/* --- clients
 * ------------------------------------------------------------------------------------------------
 */

/* Of a key that stands more than once the last line wins. */
static bool drop_repeated(struct import *im, struct err *err)
{
	static const struct pg_stmt by_phone = {
		"import_repeated_phone",
		"DELETE FROM import_row t USING (SELECT msisdn, max(line) AS line FROM import_row"
		"   WHERE bad_field IS NULL GROUP BY msisdn HAVING count(*) > 1) d"
		" WHERE t.msisdn = d.msisdn AND t.line < d.line"};
	static const struct pg_stmt by_id = {
		"import_repeated_code",
		"DELETE FROM import_row t USING (SELECT external_id, max(line) AS line FROM "
		"import_row"
		"   WHERE bad_field IS NULL GROUP BY external_id HAVING count(*) > 1) d"
		" WHERE t.external_id = d.external_id AND t.line < d.line"};
	struct pg_result *rows = NULL;

	if (!run(im, by_code(im) ? &by_id : &by_phone, &rows, err))
		return false;
	im->rows_repeated = pg_affected(rows);
	pg_result_free(&rows);
	return true;
}

static void push_columns(struct import *im, const struct slots *slots)
{
	struct pg_params *p = im->r->params;

	pg_param_int32_array(p, slots->map, slots->count);
	pg_param_bool(p, slots->same);
	pg_param_bool(p, im->columns.of_field[IMPORT_LAST_NAME] >= 0);
	pg_param_bool(p, im->columns.of_field[IMPORT_FIRST_NAME] >= 0);
	pg_param_bool(p, im->columns.of_field[IMPORT_MIDDLE_NAME] >= 0);
}

/* $1 map, $2 same, $3 to $5 whether the file has the name columns. */
#define UPDATE_CLIENTS(key)                                                                        \
	"UPDATE client c SET msisdn = x.msisdn, last_name = x.last_name, first_name = "            \
	"x.first_name,"                                                                            \
	"       middle_name = x.middle_name, attrs = x.attrs, updated_at = clock_timestamp()"      \
	"  FROM (SELECT k.id, t.msisdn,"                                                           \
	"          CASE WHEN $3::boolean THEN t.last_name ELSE k.last_name END AS last_name,"      \
	"          CASE WHEN $4::boolean THEN t.first_name ELSE k.first_name END AS first_name,"   \
	"          CASE WHEN $5::boolean THEN t.middle_name ELSE k.middle_name END AS "            \
	"middle_name,"                                                                             \
	"          CASE WHEN cardinality($1::integer[]) = 0 THEN k.attrs"                          \
	"               WHEN $2::boolean AND coalesce(cardinality(k.attrs), 0) <= "                \
	"cardinality($1::integer[]) THEN t.attrs"                                                  \
	"               ELSE (SELECT array_agg(CASE WHEN ($1::integer[])[s] > 0 THEN "             \
	"t.attrs[($1::integer[])[s]] ELSE k.attrs[s] END ORDER BY s)"                              \
	"                       FROM generate_series(1, greatest(cardinality($1::integer[]), "     \
	"cardinality(k.attrs))) s) END AS attrs"                                                   \
	"          FROM import_row t JOIN client k ON " key " WHERE t.bad_field IS NULL) x"        \
	" WHERE c.id = x.id AND (c.msisdn, c.last_name, c.first_name, c.middle_name, c.attrs)"     \
	"       IS DISTINCT FROM (x.msisdn, x.last_name, x.first_name, x.middle_name, x.attrs)"

/* In the order of an index: rows in no order touch its pages at random, and each page goes to the
 * WAL whole. */
#define INSERT_CLIENTS(key, order)                                                                 \
	"INSERT INTO client (external_id, msisdn, last_name, first_name, middle_name, attrs)"      \
	" SELECT t.external_id, t.msisdn, t.last_name, t.first_name, t.middle_name,"               \
	"        CASE WHEN cardinality($1::integer[]) = 0 THEN NULL WHEN $2::boolean THEN t.attrs" \
	"             ELSE (SELECT array_agg(CASE WHEN ($1::integer[])[s] > 0 THEN "               \
	"t.attrs[($1::integer[])[s]] END ORDER BY s)"                                              \
	"                     FROM generate_series(1, cardinality($1::integer[])) s) END"          \
	"   FROM import_row t WHERE t.bad_field IS NULL"                                           \
	"    AND NOT EXISTS (SELECT 1 FROM client k WHERE " key " ) ORDER BY " order

#define SAME_PHONE "k.msisdn = t.msisdn AND k.external_id IS NULL"
#define SAME_CODE  "k.external_id = t.external_id"

static bool update_clients(struct import *im, const struct slots *slots, struct err *err)
{
	static const struct pg_stmt by_phone = {"import_update_phone", UPDATE_CLIENTS(SAME_PHONE)};
	static const struct pg_stmt by_id = {"import_update_code", UPDATE_CLIENTS(SAME_CODE)};
	struct pg_result *rows = NULL;

	push_columns(im, slots);
	if (!run(im, by_code(im) ? &by_id : &by_phone, &rows, err))
		return false;
	im->clients_changed = pg_affected(rows);
	pg_result_free(&rows);
	return true;
}

static bool insert_clients(struct import *im, const struct slots *slots, struct err *err)
{
	static const struct pg_stmt by_phone = {"import_insert_phone",
						INSERT_CLIENTS(SAME_PHONE, "t.msisdn")};
	static const struct pg_stmt by_id = {"import_insert_code",
					     INSERT_CLIENTS(SAME_CODE, "t.external_id")};
	struct pg_result *rows = NULL;

	pg_param_int32_array(im->r->params, slots->map, slots->count);
	pg_param_bool(im->r->params, slots->same);
	if (!run(im, by_code(im) ? &by_id : &by_phone, &rows, err))
		return false;
	im->clients_new = pg_affected(rows);
	pg_result_free(&rows);
	return true;
}

/* --- list and bad rows
 * ---------------------------------------------------------------------------------------- */

static bool write_list(struct import *im, struct err *err)
{
	static const struct pg_stmt make = {
		"import_list",
		"INSERT INTO list (name) VALUES ($1::text)"
		" ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id"};
	static const struct pg_stmt members_phone = {
		"import_members_phone",
		"INSERT INTO list_member (list_id, client_id) SELECT "
		"$1::bigint, k.id FROM import_row "
		"t"
		"  JOIN client k ON " SAME_PHONE
		" WHERE t.bad_field IS NULL ORDER BY k.id ON CONFLICT DO NOTHING"};
	static const struct pg_stmt members_code = {
		"import_members_code",
		"INSERT INTO list_member (list_id, client_id) SELECT "
		"$1::bigint, k.id FROM import_row "
		"t"
		"  JOIN client k ON " SAME_CODE
		" WHERE t.bad_field IS NULL ORDER BY k.id ON CONFLICT DO NOTHING"};
	static const struct pg_stmt grow = {
		"import_list_grow",
		"UPDATE list SET size = size + $2::bigint WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t added;

	if (im->list == NULL)
		return true;
	pg_param_text(im->r->params, im->list);
	if (!run(im, &make, &rows, err))
		return false;
	im->list_id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	pg_param_int64(im->r->params, im->list_id);
	if (!run(im, by_code(im) ? &members_code : &members_phone, &rows, err))
		return false;
	added = pg_affected(rows);
	pg_result_free(&rows);
	pg_param_int64(im->r->params, im->list_id);
	pg_param_int64(im->r->params, added);
	return run(im, &grow, NULL, err);
}

/* Line 0 keeps the header, so that the file of bad rows can be corrected and sent as it is. */
static bool write_bad_rows(struct import *im, struct err *err)
{
	static const struct pg_stmt header = {
		"import_bad_header",
		"INSERT INTO import_bad_row (import_id, line, field, problem, raw)"
		" VALUES ($1::bigint, 0, '', '', $2::text)"};
	static const struct pg_stmt rows = {
		"import_bad_rows_write",
		"INSERT INTO import_bad_row (import_id, line, field, problem, raw)"
		" SELECT $1::bigint, line, bad_field, bad_problem, raw FROM import_row WHERE "
		"bad_field "
		"IS NOT NULL"};

	if (im->rows_bad == 0)
		return true;
	pg_param_int64(im->r->params, im->id);
	pg_param_text(im->r->params, im->header_raw);
	if (!run(im, &header, NULL, err))
		return false;
	pg_param_int64(im->r->params, im->id);
	return run(im, &rows, NULL, err);
}

bool import_merge(struct import *im, struct err *err)
{
	struct slots slots;

	if (!pg_exec(im->r->pg,
		     "SET LOCAL statement_timeout = '300s'; SET LOCAL work_mem = '64MB';"
		     "SELECT pg_advisory_xact_lock(7003); ANALYZE import_row",
		     err))
		return false;
	return find_slots(im, &slots, err) && import_wanted(im, err) && drop_repeated(im, err) &&
	       import_wanted(im, err) && update_clients(im, &slots, err) &&
	       import_wanted(im, err) && insert_clients(im, &slots, err) &&
	       import_wanted(im, err) && write_list(im, err) && write_bad_rows(im, err);
}
