/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lists - lists of clients: fixed ones, which imports fill, and dynamic ones, which follow from
 * criteria. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/criteria.h"
#include "apid/list_columns.h"
#include "common/base/log.h"
#include "common/model/list_refresh.h"

#define LIST_NAME_CHARS 200

#define USES_LIST                                                                                  \
	"jsonb_path_exists(o.criteria, '$.** ? (@.criterion == \"in_list\" && @.list == $id)',"    \
	" jsonb_build_object('id', l.id::text))"
#define LIST_COLUMNS                                                                               \
	"SELECT l.id, l.name, l.size, l.created_at, l.refreshed_at, l.criteria::text,"             \
	" (SELECT count(*) FROM campaign k WHERE k.list_id = l.id),"                               \
	" (SELECT count(*) FROM list o WHERE " USES_LIST "), l.department_id FROM list l "

static void put_list_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "name", pg_text(rows, i, 1));
	json_put_id(json, "department_id", pg_int(rows, i, 8));
	json_put_text(json, "kind", pg_null(rows, i, 5) ? "fixed" : "dynamic");
	json_put_int(json, "size", pg_int(rows, i, 2));
	json_put_time(json, "created_at", pg_time_us(rows, i, 3));
	json_put_time(json, "refreshed_at", pg_time_us(rows, i, 4));
	json_object(json, "used_by");
	json_put_int(json, "campaigns", pg_int(rows, i, 6));
	json_put_int(json, "lists", pg_int(rows, i, 7));
	json_object_end(json);
}

static void put_list(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_list_open(json, rows, i);
	json_object_end(json);
}

/* GET /v1/lists */
bool list_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"list_list", LIST_COLUMNS "WHERE l.id > $1::bigint AND " SCOPE_SQL(
				     "l.department_id", "$3") " ORDER BY l.id "
							      "LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	scope_param_above(r->params, &r->caller, RIGHT_CLIENTS_READ);
	return page_reply(r, &page, &list, "lists", put_list, err);
}

/* --- one list ------------------------------------------------------------------------------------
 */

/* Everything that would change or fail with the list. */
static bool put_users(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt campaigns = {
		"list_campaigns",
		"SELECT id, name, status FROM campaign WHERE list_id = $1::bigint ORDER BY id DESC"
		" LIMIT 200"};
	static const struct pg_stmt lists = {
		"list_lists",
		"SELECT o.id, o.name FROM (SELECT $1::bigint AS id) l JOIN list o ON " USES_LIST
		" ORDER BY o.id LIMIT 200"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &campaigns, &rows, err))
		return false;
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_text(&r->json, "status", pg_text(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	pg_param_int64(r->params, id);
	if (!request_query(r, &lists, &rows, err))
		return false;
	json_array(&r->json, "lists");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* The list into r->json; a list that is not there is the problem. */
static bool put_whole(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"list_get", LIST_COLUMNS "WHERE l.id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "list");
	} else {
		put_list_open(&r->json, rows, 0);
		if (pg_null(rows, 0, 5))
			json_put_null(&r->json, "criteria");
		else
			json_put_raw(&r->json, "criteria", pg_text(rows, 0, 5), pg_len(rows, 0, 5));
		ok = list_columns_put(r, id, err) && put_users(r, id, err);
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return ok;
}

/* GET /v1/lists/{id} */
bool list_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "list", &id))
		return true;
	return put_whole(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* What a request says of a dynamic list. */
struct list_wanted {
	struct request *r;
	int64_t id;	       /* 0: a new one */
	int64_t department_id; /* of a new one */
	const char *name;
	const struct cJSON *tree;
};

/* The unique name is taken: say so rather than fail. */
static bool name_is_taken(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
		return false;
	problem_field(&r->problem, "name", "the name of another list", "a name of its own");
	return request_refused(err);
}

static bool store_list(struct list_wanted *w, struct err *err)
{
	static const struct pg_stmt create = {
		"list_create", "INSERT INTO list (name, criteria, department_id)"
			       " VALUES ($1::text, $2::jsonb, $3::bigint) RETURNING id"};
	static const struct pg_stmt change = {
		"list_change", "UPDATE list SET name = $1::text, criteria = $2::jsonb"
			       " WHERE id = $3::bigint AND criteria IS NOT NULL RETURNING id"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	char *text = cJSON_PrintUnformatted(w->tree);

	pg_param_text(r->params, w->name);
	pg_param_text(r->params, text);
	cJSON_free(text);
	pg_param_int64(r->params, w->id != 0 ? w->id : w->department_id);
	if (!request_query(r, w->id != 0 ? &change : &create, &rows, err))
		return name_is_taken(r, err);
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "dynamic list");
		return request_refused(err);
	}
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static bool write_body(struct pg *pg, void *arg, struct err *err)
{
	struct list_wanted *w = arg;

	json_out_reset(&w->r->json);
	if (!criteria_check(w->r, w->tree, err))
		return false;
	if (problem_found(&w->r->problem))
		return request_refused(err);
	return store_list(w, err) && list_refresh(pg, w->id, 0, err) && put_whole(w->r, w->id, err);
}

static bool write_list(struct request *r, int64_t id, struct err *err)
{
	struct list_wanted w = {.r = r, .id = id};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.name = json_in_text(&in, "name", JSON_REQUIRED, LIST_NAME_CHARS);
	if (!json_in_has(&in, "criteria"))
		json_in_refuse(&in, "criteria", "nothing", "a tree of conditions");
	w.tree = cJSON_GetObjectItemCaseSensitive(doc, "criteria");
	if (id == 0)
		w.department_id =
			scope_place(&r->caller, RIGHT_LISTS_EDIT,
				    json_in_id(&in, "department_id", JSON_OPTIONAL), &r->problem);
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		ok = pg_transaction(r->pg, write_body, &w, err);
		if (ok)
			log_info("list written", LI("list", w.id));
	}
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, id != 0 ? 200 : 201));
}

/* POST /v1/lists */
bool list_create(struct request *r, struct err *err)
{
	return write_list(r, 0, err);
}

/* PUT /v1/lists/{id} */
bool list_put(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "dynamic list", &id) || write_list(r, id, err);
}

static bool rename_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt rename = {
		"list_rename", "UPDATE list SET name = $1::text WHERE id = $2::bigint"};
	struct list_wanted *w = arg;

	(void)pg;
	json_out_reset(&w->r->json);
	pg_param_text(w->r->params, w->name);
	pg_param_int64(w->r->params, w->id);
	if (!request_query(w->r, &rename, NULL, err))
		return name_is_taken(w->r, err);
	return put_whole(w->r, w->id, err);
}

/* PATCH /v1/lists/{id}: another name, also of a fixed list. */
bool list_patch(struct request *r, struct err *err)
{
	struct list_wanted w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_id(r, 0, "list", &w.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.name = json_in_text(&in, "name", JSON_REQUIRED, LIST_NAME_CHARS);
	json_in_end(&in);
	ok = problem_found(&r->problem) || pg_transaction(r->pg, rename_body, &w, err);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}

static bool refresh_body(struct pg *pg, void *arg, struct err *err)
{
	struct list_wanted *w = arg;

	json_out_reset(&w->r->json);
	return list_refresh(pg, w->id, 0, err) && put_whole(w->r, w->id, err);
}

/* POST /v1/lists/{id}/refresh */
bool list_refresh_now(struct request *r, struct err *err)
{
	struct list_wanted w = {.r = r};

	if (!request_id(r, 0, "list", &w.id))
		return true;
	if (!pg_transaction(r->pg, refresh_body, &w, err)) {
		if (err->kind != ERR_INPUT)
			return false;
		return problem_conflict(
			&r->problem,
			"The conditions of this list do not hold any more; an attribute "
			"they name is gone perhaps. Correct them and save the list");
	}
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* --- deleting ------------------------------------------------------------------------------------
 */

static bool delete_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt remove = {
		"list_delete", "DELETE FROM list l WHERE l.id = $1::bigint"
			       "   AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.list_id = l.id)"
			       "   AND NOT EXISTS (SELECT 1 FROM list o WHERE " USES_LIST ")"};
	static const struct pg_stmt members = {
		"list_delete_members",
		"WITH columns AS (DELETE FROM list_column WHERE list_id = $1::bigint)"
		" DELETE FROM list_member WHERE list_id = $1::bigint"};
	struct list_wanted *w = arg;
	struct pg_result *rows = NULL;
	int64_t gone;

	(void)pg;
	pg_param_int64(w->r->params, w->id);
	if (!request_query(w->r, &remove, &rows, err))
		return false;
	gone = pg_affected(rows);
	pg_result_free(&rows);
	if (gone == 0) {
		if (!put_whole(w->r, w->id, err))
			return false;
		if (!problem_found(&w->r->problem))
			problem_conflict(&w->r->problem,
					 "A campaign or another list uses this list. GET it to see "
					 "which, and change those first");
		return request_refused(err);
	}
	pg_param_int64(w->r->params, w->id);
	return request_query(w->r, &members, NULL, err);
}

/* DELETE /v1/lists/{id} */
bool list_delete(struct request *r, struct err *err)
{
	struct list_wanted w = {.r = r};

	if (!request_id(r, 0, "list", &w.id))
		return true;
	if (!pg_transaction(r->pg, delete_body, &w, err))
		return false;
	log_info("list deleted", LI("list", w.id));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
