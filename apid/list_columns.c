/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list_columns - see list_columns.h. */
#include "apid/list_columns.h"

#include <string.h>

/* The columns of a file that are the list's own, and the places the list has for them. */
struct own {
	size_t count;
	const char *name[LIST_COLUMNS_MAX], *type[LIST_COLUMNS_MAX];
	int16_t place[LIST_COLUMNS_MAX];
	int total; /* places of the list */
};

static void own_read(const struct import_columns *columns, struct own *out)
{
	*out = (struct own){.count = columns->own_count};
	for (size_t i = 0; i < out->count; i++) {
		const struct import_column *column = &columns->column[columns->own[i]];

		out->name[i] = column->name;
		out->type[i] = client_kind_code(client_list_kind(column->field));
	}
}

static void push_names(struct request *r, const struct import *im, const struct own *own)
{
	pg_param_int64(r->params, im->list_id);
	pg_param_text_array(r->params, own->name, own->count);
	pg_param_text_array(r->params, own->type, own->count);
}

static bool refuse_dynamic(struct request *r, struct err *err)
{
	problem_set(&r->problem, 409, "import-refused", "The list is dynamic",
		    "A list that follows from criteria has no columns of its own. Name another "
		    "list and upload the file again");
	return request_refused(err);
}

/* The list's row is locked first, so that of two imports one finds the other's columns. */
static bool lock_list(struct import *im, struct err *err)
{
	static const struct pg_stmt lock = {
		"list_columns_lock",
		"SELECT criteria IS NOT NULL FROM list WHERE id = $1::bigint FOR UPDATE"};
	struct pg_result *rows = NULL;
	bool dynamic;

	pg_param_int64(im->r->params, im->list_id);
	if (!request_query(im->r, &lock, &rows, err))
		return false;
	dynamic = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return !dynamic || refuse_dynamic(im->r, err);
}

/* Columns the list has not yet get the places behind those it has. */
static bool make_columns(struct import *im, const struct own *own, struct err *err)
{
	static const struct pg_stmt make = {
		"list_columns_make",
		"INSERT INTO list_column (list_id, place, name, type)"
		" SELECT $1::bigint, h.last + row_number() OVER (ORDER BY u.n), u.name, u.type"
		"   FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS u(name, type, n)"
		"  CROSS JOIN (SELECT coalesce(max(place), 0) AS last FROM list_column"
		"               WHERE list_id = $1::bigint) h"
		"  WHERE NOT EXISTS (SELECT 1 FROM list_column c WHERE c.list_id = $1::bigint"
		"                       AND c.name = u.name)"};
	struct request *r = im->r;

	push_names(r, im, own);
	if (request_query(r, &make, NULL, err))
		return true;
	if (strcmp(pg_sqlstate(r->pg), "23514") != 0)
		return false;
	problem_set(&r->problem, 422, "import-refused", "Too many columns",
		    "A list can have %d columns of its own. Leave some out or make them "
		    "attributes, and upload the file again",
		    LIST_COLUMNS_MAX);
	return request_refused(err);
}

static bool refuse_type(struct request *r, const char *name, const char *type, struct err *err)
{
	problem_set(&r->problem, 409, "import-refused", "The list has such a column already",
		    "Column \"%s\" of this list is of type %s. Give it this type or another name, "
		    "and upload the file again",
		    name, type);
	return request_refused(err);
}

static bool find_places(struct import *im, struct own *own, struct err *err)
{
	static const struct pg_stmt find = {
		"list_columns_find",
		"SELECT c.place, c.name, c.type, c.type = u.type,"
		"       (SELECT max(place) FROM list_column WHERE list_id = $1::bigint)"
		"  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS u(name, type, n)"
		"  JOIN list_column c ON c.list_id = $1::bigint AND c.name = u.name ORDER BY u.n"};
	struct request *r = im->r;
	struct pg_result *rows = NULL;
	bool ok = true;

	push_names(r, im, own);
	if (!request_query(r, &find, &rows, err))
		return false;
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		own->place[i] = (int16_t)pg_int(rows, i, 0);
		own->total = (int)pg_int(rows, i, 4);
		if (!pg_bool(rows, i, 3))
			ok = refuse_type(r, pg_text(rows, i, 1), pg_text(rows, i, 2), err);
	}
	pg_result_free(&rows);
	return ok;
}

bool list_columns_fill(struct import *im, struct err *err)
{
	struct own own;

	own_read(&im->columns, &own);
	return lock_list(im, err) && make_columns(im, &own, err) && find_places(im, &own, err) &&
	       client_merge_list_own(&im->merge, im->list_id, own.place, own.total, err);
}

bool list_columns_put(struct request *r, int64_t list_id, struct err *err)
{
	static const struct pg_stmt list = {
		"list_columns", "SELECT name, type FROM list_column WHERE list_id = $1::bigint"
				" ORDER BY place LIMIT 32"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, list_id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_array(&r->json, "columns");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "name", pg_text(rows, i, 0));
		json_put_text(&r->json, "type", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}
