/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria - see criteria.h; what they mean stands in common/model/criteria.h. */
#include "apid/criteria.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/audience.h"
#include "common/model/criteria.h"

#define PREVIEW_MAX	 200
#define PREVIEW_USUAL	 20
#define QUESTION_SQL_MAX 4000

/* --- GET /v1/criteria ----------------------------------------------------------------------------
 */

static void put_criterion(struct json_out *json, const struct criterion *c)
{
	const char *const *ops = criterion_ops(c->kind);
	const char *const *takes = criterion_takes(c->source);

	json_object(json, NULL);
	json_put_text(json, "code", c->code);
	json_put_sentence(json, "name", c->name);
	json_put_text(json, "family", criterion_family_code(c->family));
	json_put_text(json, "kind", criterion_kind_code(c->kind));
	json_array(json, "ops");
	for (size_t i = 0; ops[i] != NULL; i++)
		json_put_text(json, NULL, ops[i]);
	json_array_end(json);
	json_array(json, "takes");
	for (size_t i = 0; takes[i] != NULL; i++)
		json_put_text(json, NULL, takes[i]);
	json_array_end(json);
	json_object_end(json);
}

static void put_attributes(struct json_out *json, const struct criteria_env *env)
{
	json_array(json, "attributes");
	for (size_t i = 0; i < env->attribute_count; i++) {
		json_object(json, NULL);
		json_put_text(json, "name", env->attributes[i].name);
		json_put_text(json, "type", env->attributes[i].type);
		json_object_end(json);
	}
	json_array_end(json);
}

static bool put_codes(struct request *r, const char *name, const struct pg_stmt *stmt,
		      struct err *err)
{
	struct pg_result *rows = NULL;

	if (!request_query(r, stmt, &rows, err))
		return false;
	json_array(&r->json, name);
	for (size_t i = 0; i < pg_rows(rows); i++)
		json_put_text(&r->json, NULL, pg_text(rows, i, 0));
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool put_purposes(struct request *r, struct err *err)
{
	static const struct pg_stmt purposes = {"criteria_purposes",
						"SELECT code, name FROM purpose ORDER BY id"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &purposes, &rows, err))
		return false;
	json_array(&r->json, "purposes");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "code", pg_text(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool criteria_list(struct request *r, struct err *err)
{
	static const struct pg_stmt actions = {"criteria_actions",
					       "SELECT code FROM action_kind ORDER BY id"};
	static const struct pg_stmt categories = {"criteria_categories",
						  "SELECT code FROM action_category ORDER BY code"};
	static const struct pg_stmt operators = {"criteria_operators",
						 "SELECT code FROM operator ORDER BY id"};
	static const struct pg_stmt regions = {"criteria_regions",
					       "SELECT name FROM region ORDER BY name"};
	static const struct pg_stmt zones = {
		"criteria_zones", "SELECT DISTINCT unnest(zones) FROM region ORDER BY 1"};
	struct criteria_env *env = mem_calloc(1, sizeof(*env));
	bool ok = criteria_env_load(r->pg, env, err);

	if (ok) {
		json_object(&r->json, NULL);
		json_array(&r->json, "families");
		for (int f = 0; f < FAMILIES; f++) {
			json_object(&r->json, NULL);
			json_put_text(&r->json, "code", criterion_family_code(f));
			json_put_sentence(&r->json, "name", criterion_family_name(f));
			json_object_end(&r->json);
		}
		json_array_end(&r->json);
		json_array(&r->json, "criteria");
		for (size_t i = 0; i < criteria_count; i++)
			put_criterion(&r->json, &criteria[i]);
		json_array_end(&r->json);
		put_attributes(&r->json, env);
		ok = put_codes(r, "actions", &actions, err) &&
		     put_codes(r, "categories", &categories, err) && put_purposes(r, err) &&
		     put_codes(r, "operators", &operators, err) &&
		     put_codes(r, "regions", &regions, err) && put_codes(r, "zones", &zones, err);
		json_object_end(&r->json);
	}
	criteria_env_deinit(env);
	mem_free(env);
	return ok && request_reply(r, 200);
}

/* --- a tree --------------------------------------------------------------------------------------
 */

/* Whether the caller may ask about every list that a condition names, however deep it stands. */
static bool may_use_lists(struct request *r, const struct cJSON *node, struct err *err)
{
	const struct cJSON *child;

	cJSON_ArrayForEach(child, node)
	{
		bool named = child->string != NULL && strcmp(child->string, "list") == 0;
		bool outside = false;
		int64_t id = 0;

		if (named && cJSON_IsString(child) && id_parse(child->valuestring, &id) &&
		    !scope_outside(r->pg, &r->caller, SCOPE_LIST_ABOVE, RIGHT_CLIENTS_READ, id,
				   &outside, err))
			return false;
		if (outside)
			problem_field(&r->problem, "list", child->valuestring,
				      "the id of a list of your departments or of those above");
		if (!may_use_lists(r, child, err))
			return false;
	}
	return true;
}

bool criteria_compile_tree(struct request *r, const struct cJSON *tree, struct buf *sql,
			   struct criteria_compiled *out, struct err *err)
{
	struct criteria_env *env = mem_calloc(1, sizeof(*env));
	bool ok = may_use_lists(r, tree, err) && criteria_env_load(r->pg, env, err);

	pg_params_reset(r->params);
	if (ok && criteria_compile(tree, env, sql, r->params, out, &r->problem) &&
	    r->caller.viewing) {
		(void)buf_add_str(sql, " AND " AUDIENCE_SEEN_SQL("c"));
		/* Another connection does not know whose clients are seen. */
		out->ranges = RANGES_NONE;
	}
	criteria_env_deinit(env);
	mem_free(env);
	return ok;
}

/* Inside a transaction. */
static bool ask(struct request *r, const struct cJSON *tree, struct criteria_question *q,
		struct err *err)
{
	struct criteria_compiled compiled;
	struct buf from, sql;
	bool ok;

	buf_init(&from, CRITERIA_SQL_MAX);
	buf_init(&sql, CRITERIA_SQL_MAX + QUESTION_SQL_MAX);
	ok = criteria_compile_tree(r, tree, &from, &compiled, err);
	if (ok && !problem_found(&r->problem)) {
		buf_printf(&sql, "%s %s%s", q->before, buf_str(&from), q->after);
		if (q->last != 0) {
			buf_printf(&sql, " $%d", compiled.params + 1);
			pg_param_int64(r->params, q->last);
		}
		ok = criteria_tune(r->pg, &compiled, err) &&
		     pg_run_once(r->pg, buf_str(&sql), r->params, &q->rows, err);
	}
	pg_params_reset(r->params);
	buf_deinit(&sql);
	buf_deinit(&from);
	return ok;
}

bool criteria_check(struct request *r, const struct cJSON *tree, struct err *err)
{
	struct criteria_compiled compiled;
	struct buf sql;
	bool ok;

	buf_init(&sql, CRITERIA_SQL_MAX);
	ok = criteria_compile_tree(r, tree, &sql, &compiled, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	return ok;
}

bool criteria_ask(struct request *r, const struct cJSON *tree, struct criteria_question *q,
		  struct err *err)
{
	bool ok = pg_begin(r->pg, err) && ask(r, tree, q, err);

	pg_rollback(r->pg);
	return ok;
}

static const struct cJSON *tree_in(struct json_in *in, const struct cJSON *doc)
{
	if (!json_in_has(in, "criteria"))
		json_in_refuse(in, "criteria", "nothing", "a tree of conditions");
	return cJSON_GetObjectItemCaseSensitive(doc, "criteria");
}

/* Ask what the body is about; it may say how many, which is the question's `last`.  No rows when
 * the problem is filled. */
static bool ask_of_body(struct request *r, struct criteria_question *q, struct err *err)
{
	struct cJSON *doc = NULL;
	const struct cJSON *tree;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	tree = tree_in(&in, doc);
	q->last = json_in_int(&in, "limit", JSON_OPTIONAL, 1, PREVIEW_MAX, PREVIEW_USUAL);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = criteria_ask(r, tree, q, err);
	json_free(&doc);
	return ok;
}

/* POST /v1/criteria/count */
bool criteria_count_clients(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	const struct cJSON *tree;
	struct json_in in;
	int64_t clients = 0;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	tree = tree_in(&in, doc);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = criteria_clients(r, tree, &clients, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	json_object(&r->json, NULL);
	json_put_int(&r->json, "clients", clients);
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* Masked whoever asks: it is for looking whether these are the people meant. */
static void put_preview(struct request *r, const struct pg_result *rows)
{
	r->json.masked = true;
	json_object(&r->json, NULL);
	json_array(&r->json, "clients");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_phone(&r->json, "phone", pg_int(rows, i, 1));
		json_put_text(&r->json, "name", pg_text(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
}

/* POST /v1/criteria/preview: the first of those who fulfil them, masked. */
bool criteria_preview(struct request *r, struct err *err)
{
	struct criteria_question q = {
		.before = "SELECT c.id, c.msisdn,"
			  " concat_ws(' ', c.first_name, left(c.last_name, 1) || '.')",
		.after = " ORDER BY c.id LIMIT"};

	if (!ask_of_body(r, &q, err) || problem_found(&r->problem))
		return problem_found(&r->problem);
	put_preview(r, q.rows);
	pg_result_free(&q.rows);
	return request_reply(r, 200);
}

/* --- why -----------------------------------------------------------------------------------------
 */

/* Whether the client fulfils this part of the tree; what is below it follows. */
static bool explain(struct request *r, const struct cJSON *node, int64_t client_id,
		    const char *path, struct err *err)
{
	struct criteria_question q = {
		.before = "SELECT 1", .after = " AND c.id =", .last = client_id};
	const struct cJSON *child = NULL;
	static const char *const groups[] = {"and", "or"};

	if (!ask(r, node, &q, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "path", path);
	json_put_bool(&r->json, "fulfilled", pg_rows(q.rows) > 0);
	json_object_end(&r->json);
	pg_result_free(&q.rows);
	for (size_t g = 0; g < 2; g++) {
		int i = 0;

		cJSON_ArrayForEach(child, cJSON_GetObjectItemCaseSensitive(node, groups[g]))
		{
			char below[JSON_PATH_MAX];

			(void)snprintf(below, sizeof(below), "%.70s.%s[%d]", path, groups[g], i++);
			if (!explain(r, child, client_id, below, err))
				return false;
		}
	}
	child = cJSON_GetObjectItemCaseSensitive(node, "not");
	if (child != NULL) {
		char below[JSON_PATH_MAX];

		(void)snprintf(below, sizeof(below), "%.80s.not", path);
		return explain(r, child, client_id, below, err);
	}
	return true;
}

static bool explain_all(struct request *r, const struct cJSON *tree, int64_t client_id,
			struct err *err)
{
	bool ok = pg_begin(r->pg, err) && criteria_check(r, tree, err);

	if (ok && !problem_found(&r->problem)) {
		json_object(&r->json, NULL);
		json_array(&r->json, "conditions");
		ok = explain(r, tree, client_id, "criteria", err);
		json_array_end(&r->json);
		json_object_end(&r->json);
	}
	pg_rollback(r->pg);
	return ok;
}

/* POST /v1/criteria/why: each condition and group, and whether this client fulfils it. */
bool criteria_why(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	const struct cJSON *tree;
	struct json_in in;
	int64_t client_id;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	tree = tree_in(&in, doc);
	client_id = json_in_id(&in, "client_id", JSON_REQUIRED);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = scope_check(r->pg, &r->caller, SCOPE_CLIENT, RIGHT_CLIENTS_READ, client_id,
				 &r->problem, err);
	if (ok && !problem_found(&r->problem))
		ok = explain_all(r, tree, client_id, err);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}
