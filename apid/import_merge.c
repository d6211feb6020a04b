/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_merge - from the temporary table to clients and what belongs to an import alone: its list
 * by name, its bad rows. */
#include "apid/import.h"
#include "apid/list_columns.h"
#include "common/base/mem.h"

static bool wanted(void *arg, struct err *err)
{
	return import_wanted(arg, err);
}

bool import_merge_begin(struct import *im, struct err *err)
{
	struct client_merge *m = &im->merge;

	*m = (struct client_merge){.pg = im->r->pg,
				   .privacy_key = im->r->api->privacy_key,
				   .attributes = im->columns.attribute,
				   .attribute_count = im->columns.attributes,
				   .own_count = im->columns.own_count,
				   .source = "import",
				   .types = &im->columns.types,
				   .go_on = wanted,
				   .arg = im};
	for (int f = 0; f < CLIENT_FIELDS; f++)
		if (im->columns.of_field[f] >= 0)
			m->fields |= CLIENT_BIT(f);
	return client_attribute_types_load(m->pg, m->attributes, m->attribute_count,
					   &im->columns.types, err) &&
	       client_merge_begin(m, err);
}

static bool merge_clients(struct import *im, struct err *err)
{
	struct client_merge *m = &im->merge;

	if (client_merge_store(m, err))
		return true;
	if (m->attributes_total > CLIENT_SLOTS_MAX) {
		problem_set(&im->r->problem, 422, "import-refused", "Too many attributes",
			    "With this file clients would have %lld attributes; %d are possible. "
			    "Remove columns that no text needs and upload the file again",
			    (long long)m->attributes_total, CLIENT_SLOTS_MAX);
		return request_refused(err);
	}
	if (m->types_changed) {
		problem_set(&im->r->problem, 409, "import-refused", "A type changed meanwhile",
			    "The type of an attribute was changed while the file came. Upload the "
			    "file again");
		return request_refused(err);
	}
	return false;
}

/* --- list and bad rows
 * ---------------------------------------------------------------------------------------- */

static bool write_list(struct import *im, struct err *err)
{
	static const struct pg_stmt make = {
		"import_list", "INSERT INTO list (name, department_id)"
			       " SELECT $1::text, department_id FROM import WHERE id = $2::bigint"
			       " ON CONFLICT (department_id, name) DO UPDATE SET name = "
			       "excluded.name RETURNING id"};
	struct pg_result *rows = NULL;

	if (im->list == NULL)
		return true;
	pg_param_text(im->r->params, im->list);
	pg_param_int64(im->r->params, im->id);
	if (!request_query(im->r, &make, &rows, err))
		return false;
	im->list_id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (im->columns.own_count > 0)
		return list_columns_fill(im, err);
	return client_merge_list(&im->merge, im->list_id, err);
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
		" SELECT $1::bigint, line, bad_field, bad_problem, raw FROM client_row WHERE "
		"bad_field "
		"IS NOT NULL"};

	if (im->rows_bad == 0)
		return true;
	pg_param_int64(im->r->params, im->id);
	pg_param_text(im->r->params, im->header_raw);
	if (!request_query(im->r, &header, NULL, err))
		return false;
	pg_param_int64(im->r->params, im->id);
	return request_query(im->r, &rows, NULL, err);
}

bool import_merge(struct import *im, struct err *err)
{
	return pg_exec(im->r->pg,
		       "SET LOCAL statement_timeout = '300s'; SET LOCAL work_mem = '64MB'", err) &&
	       merge_clients(im, err) && write_list(im, err) && write_bad_rows(im, err);
}
