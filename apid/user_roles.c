/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_roles - which roles a person is given, and whether the caller may give them. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/people.h"
#include "apid/user.h"

#define ROLE_CHARS  32
#define REACH_CHARS 10

/* --- reading -------------------------------------------------------------------------------------
 */

static const char *one_of(struct json_in *in, const char *key, const char *fallback,
			  const char *other, const char *third, const char *expected)
{
	const char *text = json_in_text(in, key, JSON_OPTIONAL, REACH_CHARS);

	if (text == NULL)
		return fallback;
	if (strcmp(text, fallback) != 0 && strcmp(text, other) != 0 &&
	    (third == NULL || strcmp(text, third) != 0))
		json_in_refuse(in, key, text, expected);
	return text;
}

static void role_in(struct user_roles *out, const struct cJSON *value, struct problem *problem)
{
	size_t i = out->count;
	struct json_in in;
	char path[32];

	(void)snprintf(path, sizeof(path), "roles[%zu]", i);
	json_in_begin(&in, value, problem, path);
	out->role[i] = json_in_text(&in, "role", JSON_REQUIRED, ROLE_CHARS);
	out->department_id[i] = json_in_id(&in, "department_id", JSON_REQUIRED);
	out->reach[i] = one_of(&in, "reach", "own", "subtree", NULL, "own or subtree");
	out->clients[i] = one_of(&in, "clients", "own", "subtree", "all", "own, subtree or all");
	json_in_end(&in);
	for (size_t k = 0; k < i && out->role[i] != NULL; k++)
		if (out->role[k] != NULL && strcmp(out->role[k], out->role[i]) == 0 &&
		    out->department_id[k] == out->department_id[i])
			problem_field(problem, path, out->role[i],
				      "each role once in a department");
	out->count++;
}

void user_roles_in(struct json_in *in, enum json_need need, struct user_roles *out)
{
	const cJSON *list, *value;

	out->asked = json_in_has(in, "roles");
	list = json_in_array(in, "roles", need, USER_ROLES_MAX);
	cJSON_ArrayForEach(value, list)
	{
		role_in(out, value, in->problem);
	}
}

/* --- giving --------------------------------------------------------------------------------------
 */

static void push(struct request *r, const struct user_roles *roles)
{
	pg_param_text_array(r->params, roles->role, roles->count);
	pg_param_int64_array(r->params, roles->department_id, roles->count);
	pg_param_text_array(r->params, roles->reach, roles->count);
	pg_param_text_array(r->params, roles->clients, roles->count);
}

#define WANTED                                                                                     \
	"unnest($1::text[], $2::bigint[], $3::text[], $4::text[])"                                 \
	" WITH ORDINALITY AS w (role, department_id, reach, clients, i)"

bool user_roles_check(struct request *r, const struct user_roles *roles, struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_roles_check",
		"SELECT EXISTS (SELECT FROM role o WHERE o.code = w.role),"
		"       EXISTS (SELECT FROM department d WHERE d.id = w.department_id),"
		"       grant_within($5::bigint, $6::bigint, w.role, w.department_id, w.reach,"
		"                    w.clients) FROM " WANTED " ORDER BY w.i"};
	struct pg_result *rows = NULL;
	char path[48], id[24];
	bool within = true;

	push(r, roles);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, r->caller.token_id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	for (size_t i = 0; i < roles->count; i++) {
		if (!pg_bool(rows, i, 0)) {
			(void)snprintf(path, sizeof(path), "roles[%zu].role", i);
			problem_field(&r->problem, path, roles->role[i], "a role of GET /v1/roles");
		}
		if (!pg_bool(rows, i, 1)) {
			(void)snprintf(path, sizeof(path), "roles[%zu].department_id", i);
			(void)snprintf(id, sizeof(id), "%lld", (long long)roles->department_id[i]);
			problem_field(&r->problem, path, id, "a department of GET /v1/departments");
		}
		within = within && pg_bool(rows, i, 2);
	}
	pg_result_free(&rows);
	if (!within && !problem_found(&r->problem))
		(void)people_refuse_more(r);
	return !problem_found(&r->problem) || request_refused(err);
}

bool user_roles_store(struct request *r, int64_t person_id, const struct user_roles *roles,
		      struct err *err)
{
	static const struct pg_stmt stmt = {
		"user_roles_store",
		"WITH wanted AS (SELECT w.* FROM " WANTED "),"
		" gone AS (DELETE FROM person_role h WHERE h.person_id = $5::bigint"
		"           AND NOT EXISTS (SELECT FROM wanted w WHERE w.role = h.role"
		"                              AND w.department_id = h.department_id))"
		" INSERT INTO person_role AS h (person_id, role, department_id, reach, clients)"
		" SELECT $5::bigint, role, department_id, reach, clients FROM wanted"
		" ON CONFLICT (person_id, role, department_id) DO UPDATE"
		" SET reach = excluded.reach, clients = excluded.clients"
		" WHERE (h.reach, h.clients) <> (excluded.reach, excluded.clients)"};

	push(r, roles);
	pg_param_int64(r->params, person_id);
	return request_query(r, &stmt, NULL, err);
}
