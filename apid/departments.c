/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* departments - the company's tree: showing, making, renaming, moving and removing departments. */
#include <stdio.h>
#include <string.h>

#include "apid/people.h"
#include "common/base/log.h"

#define NAME_CHARS 200

#define DEPARTMENT_SQL(reach)                                                                      \
	"SELECT d.id, d.parent_id, d.name, cardinality(d.path) - 1, d.created_at,"                 \
	"       (SELECT count(DISTINCT h.person_id) FROM person_role h"                            \
	"          JOIN person p ON p.id = h.person_id AND p.disabled_at IS NULL"                  \
	"         WHERE h.department_id = d.id), " reach " FROM department d "

static void put_department(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	put_id_or_null(json, "parent_id", rows, i, 1);
	json_put_text(json, "name", pg_text(rows, i, 2));
	json_put_int(json, "depth", pg_int(rows, i, 3));
	json_put_time(json, "created_at", pg_time_us(rows, i, 4));
	json_put_int(json, "people", pg_int(rows, i, 5));
	json_put_bool(json, "reached", pg_bool(rows, i, 6));
	json_object_end(json);
}

/* GET /v1/departments: those reached, and the way to them from the company; above come first. */
bool department_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"department_list", DEPARTMENT_SQL(SCOPE_SQL("d.id", "$1")) "WHERE " SCOPE_SQL(
					   "d.id", "$2") " ORDER BY cardinality(d.path), d.name, "
							 "d.id"};
	struct pg_result *rows = NULL;

	scope_param(r->params, &r->caller, RIGHT_USERS_READ);
	scope_param_above(r->params, &r->caller, RIGHT_USERS_READ);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "departments");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_department(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

static bool reply(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"department_get",
					   DEPARTMENT_SQL("true") "WHERE d.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "department");
	else
		put_department(&r->json, rows, 0);
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, status);
}

/* --- changing ------------------------------------------------------------------------------------
 */

struct edit {
	struct request *r;
	int64_t id;
	int64_t parent_id; /* 0: stays where it is */
	const char *name;
};

/* Whether a department can be built below; else refused. */
static bool check_parent(struct edit *e, struct pg *pg, struct err *err)
{
	static const struct pg_stmt find = {"department_parent",
					    "SELECT 1 FROM department WHERE id = $1::bigint"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	char text[24];
	bool outside;

	pg_param_int64(r->params, e->parent_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	outside = pg_rows(rows) == 0;
	pg_result_free(&rows);
	if (!outside && !scope_outside(pg, &r->caller, SCOPE_DEPARTMENT, RIGHT_DEPARTMENTS_EDIT,
				       e->parent_id, &outside, err))
		return false;
	if (!outside)
		return true;
	(void)snprintf(text, sizeof(text), "%lld", (long long)e->parent_id);
	problem_field(&r->problem, "parent_id", text, "a department of yours");
	return request_refused(err);
}

/* What the database says against a row, as a problem. */
static bool explain(struct edit *e)
{
	struct request *r = e->r;

	if (problem_found(&r->problem))
		return true;
	if (strcmp(pg_sqlstate(r->pg), "23505") == 0) {
		problem_field(&r->problem, "name", e->name != NULL ? e->name : "its own",
			      "a name that no other department there has");
		return true;
	}
	if (strcmp(pg_sqlstate(r->pg), "23514") != 0)
		return false;
	problem_conflict(&r->problem, "A department cannot stand below itself. Move what is "
				      "below it first");
	return true;
}

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {"department_insert",
					      "INSERT INTO department (parent_id, name)"
					      " VALUES ($1::bigint, $2::text) RETURNING id"};
	struct edit *e = arg;
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	bool kept;

	if (!people_lock(r, &kept, err) || !check_parent(e, pg, err))
		return false;
	pg_param_int64(r->params, e->parent_id);
	pg_param_text(r->params, e->name);
	if (!request_query(r, &insert, &rows, err))
		return false;
	e->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static bool edit(struct edit *e, enum json_need need,
		 bool (*body)(struct pg *pg, void *arg, struct err *err), int status,
		 struct err *err)
{
	struct request *r = e->r;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	e->parent_id = json_in_id(&in, "parent_id", need);
	e->name = json_in_text(&in, "name", need, NAME_CHARS);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, body, e, err) || explain(e);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("department changed", LI("department", e->id));
	return reply(r, e->id, status, err);
}

/* POST /v1/departments */
bool department_create(struct request *r, struct err *err)
{
	struct edit e = {.r = r};

	return edit(&e, JSON_REQUIRED, create_body, 201, err);
}

/* Where it stands now has to be the caller's too: moving takes it away from there. */
static bool check_move(struct edit *e, struct pg *pg, struct err *err)
{
	static const struct pg_stmt find = {
		"department_above",
		"SELECT parent_id FROM department WHERE id = $1::bigint AND parent_id IS NOT NULL"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	int64_t above = 0;
	bool outside = false;

	pg_param_int64(r->params, e->id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		above = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (above == 0) {
		problem_conflict(&r->problem, "The company itself stands above all departments "
					      "and cannot be moved or removed");
		return request_refused(err);
	}
	if (above == e->parent_id)
		return true;
	if (!scope_outside(pg, &r->caller, SCOPE_DEPARTMENT, RIGHT_DEPARTMENTS_EDIT, above,
			   &outside, err))
		return false;
	if (!outside)
		return check_parent(e, pg, err);
	problem_set(&r->problem, 403, "forbidden", "You may not do this",
		    "A department is moved by whoever keeps both the department it leaves and the "
		    "one it comes to. Ask whoever keeps the ones above yours");
	return request_refused(err);
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	/* A move rewrites the paths of all below, so nothing is written that stays. */
	static const struct pg_stmt rename = {
		"department_rename",
		"UPDATE department SET name = $2::text WHERE id = $1::bigint AND name <> $2::text"};
	static const struct pg_stmt move = {
		"department_move",
		"UPDATE department SET parent_id = $2::bigint, name = coalesce($3::text, name)"
		" WHERE id = $1::bigint"};
	struct edit *e = arg;
	struct request *r = e->r;
	bool kept;

	if (!people_lock(r, &kept, err))
		return false;
	if (e->parent_id != 0) {
		if (!check_move(e, pg, err))
			return false;
		pg_param_int64(r->params, e->id);
		pg_param_int64(r->params, e->parent_id);
		pg_param_text(r->params, e->name);
		return request_query(r, &move, NULL, err);
	}
	if (e->name == NULL)
		return true;
	pg_param_int64(r->params, e->id);
	pg_param_text(r->params, e->name);
	return request_query(r, &rename, NULL, err);
}

/* PATCH /v1/departments/{id} */
bool department_patch(struct request *r, struct err *err)
{
	struct edit e = {.r = r};

	if (!request_id(r, 0, "department", &e.id))
		return true;
	return edit(&e, JSON_OPTIONAL, patch_body, 200, err);
}

/* --- removing ------------------------------------------------------------------------------------
 */

static bool delete_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt in_the_way = {
		"department_in_the_way",
		"SELECT w.what, w.n::text FROM (VALUES"
		" (1, 'departments', (SELECT count(*) FROM department WHERE parent_id = "
		"$1::bigint)),"
		" (2, 'users', (SELECT count(DISTINCT person_id) FROM person_role"
		"                WHERE department_id = $1::bigint)),"
		" (3, 'campaigns', (SELECT count(*) FROM campaign WHERE department_id = "
		"$1::bigint)),"
		" (4, 'lists', (SELECT count(*) FROM list WHERE department_id = $1::bigint)),"
		" (5, 'templates', (SELECT count(*) FROM template WHERE department_id = "
		"$1::bigint)),"
		" (6, 'promo-pools', (SELECT count(*) FROM promo_pool WHERE department_id = "
		"$1::bigint)),"
		" (7, 'imports', (SELECT count(*) FROM import WHERE department_id = $1::bigint)),"
		" (8, 'sources', (SELECT count(*) FROM source WHERE department_id = $1::bigint)),"
		" (9, 'tokens', (SELECT count(*) FROM token WHERE department_id = $1::bigint)),"
		" (10, 'clients', (SELECT count(*) FROM client WHERE department_id = $1::bigint))"
		") AS w (i, what, n) WHERE w.n > 0 ORDER BY w.i"};
	static const struct pg_stmt remove = {"department_remove",
					      "DELETE FROM department WHERE id = $1::bigint"
					      " AND parent_id IS NOT NULL"};
	struct edit *e = arg;
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	bool kept, gone;

	(void)pg;
	if (!people_lock(r, &kept, err))
		return false;
	pg_param_int64(r->params, e->id);
	if (!request_query(r, &in_the_way, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		problem_conflict(&r->problem, "The department is not empty: `errors` names what "
					      "is in it. Move or remove that first");
	for (size_t i = 0; i < pg_rows(rows); i++)
		problem_field(&r->problem, pg_text(rows, i, 0), pg_text(rows, i, 1), "none");
	pg_result_free(&rows);
	if (problem_found(&r->problem))
		return request_refused(err);
	pg_param_int64(r->params, e->id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	gone = pg_affected(rows) > 0;
	pg_result_free(&rows);
	if (gone)
		return true;
	problem_not_found(&r->problem, "department");
	return request_refused(err);
}

/* DELETE /v1/departments/{id} */
bool department_delete(struct request *r, struct err *err)
{
	struct edit e = {.r = r};

	if (!request_id(r, 0, "department", &e.id))
		return true;
	if (!pg_transaction(r->pg, delete_body, &e, err)) {
		if (problem_found(&r->problem))
			return true;
		if (strcmp(pg_sqlstate(r->pg), "23503") != 0)
			return false;
		problem_conflict(&r->problem, "Budgets, notices or other records name the "
					      "department, so it stays. Rename it, or move it");
		return true;
	}
	log_info("department removed", LI("department", e.id));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
