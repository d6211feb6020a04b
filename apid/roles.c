/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* roles - named sets of rights: those that come with migrations, and a company's own. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/people.h"
#include "common/base/log.h"

#define CODE_CHARS 32
#define NAME_CHARS 100

#define ROLE_SQL                                                                                   \
	"SELECT o.code, o.name, o.builtin, o.second_factor, to_json(o.rights)::text,"              \
	"       (SELECT count(DISTINCT h.person_id) FROM person_role h"                            \
	"          JOIN person p ON p.id = h.person_id AND p.disabled_at IS NULL"                  \
	"         WHERE h.role = o.code) FROM role o "

static void put_role(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "code", pg_text(rows, i, 0));
	json_put_text(json, "name", text_or_null(rows, i, 1));
	json_put_bool(json, "builtin", pg_bool(rows, i, 2));
	json_put_bool(json, "second_factor", pg_bool(rows, i, 3));
	json_put_raw(json, "rights", pg_text(rows, i, 4), pg_len(rows, i, 4));
	json_put_int(json, "people", pg_int(rows, i, 5));
	json_object_end(json);
}

/* GET /v1/roles */
bool role_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"role_list",
					    ROLE_SQL "ORDER BY o.builtin DESC, o.code"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "roles");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_role(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

static bool reply(struct request *r, const char *code, int status, struct err *err)
{
	static const struct pg_stmt get = {"role_get", ROLE_SQL "WHERE o.code = $1::text"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, code);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "role");
	else
		put_role(&r->json, rows, 0);
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, status);
}

/* --- changing ------------------------------------------------------------------------------------
 */

struct edit {
	struct request *r;
	const char *code, *name;
	const char *right[RIGHTS + 1];
	size_t right_count;
	bool name_asked, rights_asked, factor_asked, factor;
};

static bool is_code(const char *text)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	return text[0] >= 'a' && text[0] <= 'z' && text[strspn(text, more)] == '\0' &&
	       strlen(text) <= CODE_CHARS;
}

/* Everybody has a profile, so a role has that right whether it is named or not. */
static void rights_in(struct edit *e, struct json_in *in, enum json_need need)
{
	static const char expected[] = "names of rights, each once";
	const cJSON *list, *value;
	uint64_t rights = rights_of_names(right_name(RIGHT_PROFILE));

	e->rights_asked = json_in_has(in, "rights");
	list = json_in_array(in, "rights", need, RIGHTS);
	e->right[e->right_count++] = right_name(RIGHT_PROFILE);
	cJSON_ArrayForEach(value, list)
	{
		const char *name = cJSON_IsString(value) ? value->valuestring : "another value";
		enum right right = right_of_name(name);

		if (right == RIGHT_PROFILE)
			continue;
		if (right == RIGHT_FORGOTTEN || (rights & UINT64_C(1) << right) != 0) {
			json_in_refuse(in, "rights", name, expected);
			return;
		}
		rights |= UINT64_C(1) << right;
		e->right[e->right_count++] = right_name(right);
	}
}

static void read_role(struct edit *e, struct cJSON *doc, bool fresh)
{
	enum json_need need = fresh ? JSON_REQUIRED : JSON_OPTIONAL;
	struct json_in in;

	json_in_begin(&in, doc, &e->r->problem, "");
	if (fresh) {
		e->code = json_in_text(&in, "code", JSON_REQUIRED, CODE_CHARS);
		if (e->code != NULL && !is_code(e->code))
			json_in_refuse(&in, "code", e->code,
				       "small Latin letters, digits and _ after a letter");
	}
	e->name_asked = json_in_has(&in, "name");
	e->name = json_in_text(&in, "name", need, NAME_CHARS);
	rights_in(e, &in, need);
	e->factor_asked = json_in_has(&in, "second_factor");
	e->factor = json_in_bool(&in, "second_factor", JSON_OPTIONAL, false);
	json_in_end(&in);
}

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"role_insert", "INSERT INTO role (code, name, rights, second_factor)"
			       " VALUES ($1::text, $2::text, $3::text[], $4::boolean)"};
	struct edit *e = arg;
	struct request *r = e->r;
	bool kept;

	(void)pg;
	if (!people_lock(r, &kept, err) || !people_hold(r, e->right, e->right_count, err))
		return false;
	pg_param_text(r->params, e->code);
	pg_param_text(r->params, e->name);
	pg_param_text_array(r->params, e->right, e->right_count);
	pg_param_bool(r->params, e->factor);
	return request_query(r, &insert, NULL, err);
}

/* POST /v1/roles */
bool role_create(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_role(&e, doc, true);
	if (!problem_found(&r->problem) && !pg_transaction(r->pg, create_body, &e, err)) {
		ok = problem_found(&r->problem);
		if (!ok && strcmp(pg_sqlstate(r->pg), "23505") == 0)
			ok = problem_conflict(&r->problem, "There is a role with this code "
							   "already; choose another") ||
			     true;
	}
	if (ok && !problem_found(&r->problem)) {
		log_info("role made", LS("role", e.code));
		ok = reply(r, e.code, 201, err);
	}
	json_free(&doc);
	return ok;
}

/* The role is there, the caller's to change in the whole company, and may be changed so. */
static bool take(struct edit *e, struct err *err)
{
	static const struct pg_stmt find = {
		"role_take",
		"SELECT builtin, grants_cover($2::bigint, $3::bigint, rights, d.id, 'subtree',"
		"                             'all')"
		"  FROM role, department d WHERE code = $1::text AND d.parent_id IS NULL"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;

	pg_param_text(r->params, e->code);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, r->caller.token_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "role");
	else if (pg_bool(rows, 0, 0) && (e->name_asked || e->rights_asked || !e->factor_asked))
		problem_conflict(&r->problem, "The built-in roles stay as they are; only whether "
					      "one needs a second factor is set. Make a role of "
					      "your own with POST /v1/roles");
	else if (!pg_bool(rows, 0, 1))
		(void)people_refuse_more(r);
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt update = {
		"role_update",
		"UPDATE role SET name = coalesce($2::text, name),"
		"       rights = CASE WHEN $3::boolean THEN $4::text[] ELSE rights END,"
		"       second_factor = CASE WHEN $5::boolean THEN $6::boolean"
		"                            ELSE second_factor END WHERE code = $1::text"};
	struct edit *e = arg;
	struct request *r = e->r;
	bool kept;

	(void)pg;
	if (!people_lock(r, &kept, err) || !take(e, err))
		return false;
	if (e->rights_asked && !people_hold(r, e->right, e->right_count, err))
		return false;
	pg_param_text(r->params, e->code);
	pg_param_text(r->params, e->name);
	pg_param_bool(r->params, e->rights_asked);
	pg_param_text_array(r->params, e->right, e->right_count);
	pg_param_bool(r->params, e->factor_asked);
	pg_param_bool(r->params, e->factor);
	return request_query(r, &update, NULL, err) && people_still_kept(r, kept, err);
}

/* PATCH /v1/roles/{code} */
bool role_patch(struct request *r, struct err *err)
{
	struct edit e = {.r = r, .code = http_param(r->call, 0)};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_role(&e, doc, false);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, patch_body, &e, err) || problem_found(&r->problem);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("role changed", LS("role", e.code));
	return reply(r, e.code, 200, err);
}

static bool delete_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt remove = {"role_remove",
					      "DELETE FROM role WHERE code = $1::text"};
	struct edit *e = arg;
	bool kept;

	(void)pg;
	if (!people_lock(e->r, &kept, err) || !take(e, err))
		return false;
	pg_param_text(e->r->params, e->code);
	return request_query(e->r, &remove, NULL, err);
}

/* DELETE /v1/roles/{code} */
bool role_delete(struct request *r, struct err *err)
{
	struct edit e = {.r = r, .code = http_param(r->call, 0)};

	if (!pg_transaction(r->pg, delete_body, &e, err)) {
		if (problem_found(&r->problem))
			return true;
		if (strcmp(pg_sqlstate(r->pg), "23503") != 0)
			return false;
		problem_conflict(&r->problem, "Somebody has this role. Give them another with "
					      "PATCH /v1/users/{id} first; GET /v1/users?role= "
					      "names them");
		return true;
	}
	log_info("role removed", LS("role", e.code));
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
