/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_groups - which roles the groups of the directory, or of OpenID Connect, give here. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/directory_link.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define GROUPS_MAX   1000
#define NAME_CHARS   1000
#define ROLE_CHARS   32
#define CHOICE_CHARS 10

/* What a request wants; strings are borrowed from the document, but for keys. */
struct groups {
	struct request *r;
	size_t count;
	const char *way[GROUPS_MAX], *name[GROUPS_MAX], *role[GROUPS_MAX];
	const char *reach[GROUPS_MAX], *clients[GROUPS_MAX];
	char *key[GROUPS_MAX];
	int64_t department_id[GROUPS_MAX];
};

/* --- showing -----------------------------------------------------------------------------------
 */

/* GET /v1/directory-groups */
bool directory_group_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"directory_group_list",
		"SELECT g.way, g.name, g.role, g.department_id, d.name, g.reach, g.clients"
		"  FROM directory_group g JOIN department d ON d.id = g.department_id"
		" ORDER BY g.way, g.key, d.path, g.role"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "groups");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "way", pg_text(rows, i, 0));
		json_put_text(&r->json, "group", pg_text(rows, i, 1));
		json_put_text(&r->json, "role", pg_text(rows, i, 2));
		json_put_id(&r->json, "department_id", pg_int(rows, i, 3));
		json_put_text(&r->json, "department", pg_text(rows, i, 4));
		json_put_text(&r->json, "reach", pg_text(rows, i, 5));
		json_put_text(&r->json, "clients", pg_text(rows, i, 6));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- changing ----------------------------------------------------------------------------------
 */

static const char *choice(struct json_in *in, const char *key, const char *const *words,
			  const char *expected)
{
	const char *text = json_in_text(in, key, JSON_REQUIRED, CHOICE_CHARS);

	if (text == NULL)
		return "";
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return text;
	json_in_refuse(in, key, text, expected);
	return "";
}

static char *key_of(struct json_in *in, const char *way, const char *name)
{
	char *key;

	if (strcmp(way, "ldap") != 0)
		return mem_strdup(name);
	key = directory_dn_key(name);
	if (key == NULL && name[0] != '\0')
		json_in_refuse(in, "group", name,
			       "the DN of a group, as cn=senders,ou=groups,dc=company,dc=ru");
	return key != NULL ? key : mem_strdup("");
}

static void read_group(struct groups *g, const struct cJSON *value)
{
	static const char *const ways[] = {"ldap", "oidc", NULL};
	static const char *const reaches[] = {"own", "subtree", NULL};
	static const char *const clients[] = {"own", "subtree", "all", NULL};
	size_t i = g->count++;
	const char *text;
	struct json_in in;
	char path[32];

	snprintf(path, sizeof(path), "groups[%zu]", i);
	json_in_begin(&in, value, &g->r->problem, path);
	g->way[i] = choice(&in, "way", ways, "ldap or oidc");
	text = json_in_text(&in, "group", JSON_REQUIRED, NAME_CHARS);
	g->name[i] = text != NULL ? text : "";
	text = json_in_text(&in, "role", JSON_REQUIRED, ROLE_CHARS);
	g->role[i] = text != NULL ? text : "";
	g->department_id[i] = json_in_id(&in, "department_id", JSON_REQUIRED);
	g->reach[i] = choice(&in, "reach", reaches, "own or subtree");
	g->clients[i] = choice(&in, "clients", clients, "own, subtree or all");
	g->key[i] = key_of(&in, g->way[i], g->name[i]);
	(void)json_in_has(&in, "department"); /* as GET shows it */
	json_in_end(&in);
}

static void read_groups(struct groups *g, const struct cJSON *doc)
{
	const struct cJSON *list = cJSON_GetObjectItemCaseSensitive((const cJSON *)doc, "groups");
	const struct cJSON *value;
	struct json_in in;

	json_in_begin(&in, doc, &g->r->problem, "");
	(void)json_in_has(&in, "groups");
	/* None at all is a list as well. */
	if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > 0)
		list = json_in_array(&in, "groups", JSON_REQUIRED, GROUPS_MAX);
	cJSON_ArrayForEach(value, list)
	{
		read_group(g, value);
	}
	json_in_end(&in);
}

/* The first that names a role or department there is not, or stands twice. */
static bool find_fault(struct groups *g, struct err *err)
{
	static const struct pg_stmt check = {
		"directory_group_check",
		"SELECT n::int, CASE WHEN o.code IS NULL THEN 'role' WHEN d.id IS NULL THEN "
		"'department_id' ELSE 'group' END"
		"  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])"
		"       WITH ORDINALITY AS u(way, key, role, department, n)"
		"  LEFT JOIN role o ON o.code = u.role LEFT JOIN department d ON d.id = "
		"u.department"
		" WHERE o.code IS NULL OR d.id IS NULL OR EXISTS (SELECT"
		"       FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])"
		"            WITH ORDINALITY AS v(way, key, role, department, n)"
		"      WHERE v.n < u.n AND (v.way, v.key, v.role, v.department)"
		"          = (u.way, u.key, u.role, u.department))"
		" ORDER BY n LIMIT 20"};
	struct request *r = g->r;
	struct pg_result *rows = NULL;

	pg_param_text_array(r->params, g->way, g->count);
	pg_param_text_array(r->params, (const char *const *)g->key, g->count);
	pg_param_text_array(r->params, g->role, g->count);
	pg_param_int64_array(r->params, g->department_id, g->count);
	if (!request_query(r, &check, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		size_t n = (size_t)pg_int(rows, i, 0) - 1;
		const char *member = pg_text(rows, i, 1);
		char field[48], id[24];

		snprintf(field, sizeof(field), "groups[%zu].%s", n, member);
		snprintf(id, sizeof(id), "%lld", (long long)g->department_id[n]);
		if (strcmp(member, "role") == 0)
			problem_field(&r->problem, field, g->role[n], "a role there is");
		else if (strcmp(member, "group") == 0)
			problem_field(&r->problem, field, g->name[n],
				      "each group, role and department once");
		else
			problem_field(&r->problem, field, id, "a department there is");
	}
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool store(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt clear = {"directory_group_clear",
					     "DELETE FROM directory_group"};
	static const struct pg_stmt set = {
		"directory_group_set",
		"INSERT INTO directory_group (way, name, key, role, department_id, reach, clients)"
		" SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], "
		"$5::bigint[], $6::text[], $7::text[])"};
	struct groups *g = arg;
	struct pg_params *p = g->r->params;

	(void)pg;
	if (!find_fault(g, err) || !request_query(g->r, &clear, NULL, err))
		return false;
	pg_param_text_array(p, g->way, g->count);
	pg_param_text_array(p, g->name, g->count);
	pg_param_text_array(p, (const char *const *)g->key, g->count);
	pg_param_text_array(p, g->role, g->count);
	pg_param_int64_array(p, g->department_id, g->count);
	pg_param_text_array(p, g->reach, g->count);
	pg_param_text_array(p, g->clients, g->count);
	return request_query(g->r, &set, NULL, err);
}

/* PUT /v1/directory-groups: the whole list.  Roles follow at the next sign-in or check. */
bool directory_group_put(struct request *r, struct err *err)
{
	struct groups *g;
	struct cJSON *doc = NULL;
	char who[CALLER_NAME_SIZE];
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	g = mem_calloc(1, sizeof(*g));
	g->r = r;
	read_groups(g, doc);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, store, g, err);
	if (ok && !problem_found(&r->problem))
		log_info("roles of the directory's groups changed",
			 LS("by", caller_name(&r->caller, who)), LI("groups", g->count));
	for (size_t i = 0; i < g->count; i++)
		mem_free(g->key[i]);
	mem_free(g);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return directory_group_list(r, err);
}
