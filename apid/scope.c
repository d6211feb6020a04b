/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scope - see scope.h. */
#include "apid/scope.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/audience.h"

#define COMPANY_ID 1

/* Ids of departments; `all` of them whatever `id` has. */
struct departments {
	int64_t *id;
	size_t count;
	bool all;
};

/* Rights that hold for the same departments. */
struct grant {
	uint64_t rights;
	bool company; /* held in the company itself */
	struct departments reach, above, clients;
};

static const char *const names[SCOPES] = {
	[SCOPE_OPEN] = "open",
	[SCOPE_SELF] = "self",
	[SCOPE_SHARED] = "shared",
	[SCOPE_COMPANY] = "company",
	[SCOPE_DEPARTMENTS] = "departments",
	[SCOPE_CAMPAIGN] = "campaign",
	[SCOPE_LIST] = "list",
	[SCOPE_LIST_ABOVE] = "list-above",
	[SCOPE_TEMPLATE] = "template",
	[SCOPE_TEMPLATE_ABOVE] = "template-above",
	[SCOPE_PROMO_POOL] = "promo-pool",
	[SCOPE_PROMO_POOL_ABOVE] = "promo-pool-above",
	[SCOPE_IMPORT] = "import",
	[SCOPE_CLIENT] = "client",
	[SCOPE_MESSAGE] = "message",
	[SCOPE_PERSON] = "person",
	[SCOPE_PERSON_SEEN] = "person-seen",
	[SCOPE_DEPARTMENT] = "department",
	[SCOPE_TOKEN] = "token",
};

const char *scope_name(enum scope scope)
{
	return names[scope];
}

bool scope_is_thing(enum scope scope)
{
	return scope >= SCOPE_CAMPAIGN;
}

/* --- reading -------------------------------------------------------------------------------------
 */

static void departments_read(struct departments *d, const struct pg_result *rows, size_t i, int col)
{
	*d = (struct departments){.all = pg_null(rows, i, col)};
	d->count = pg_int_array(rows, i, col, NULL, 0);
	if (d->count > 0) {
		d->id = mem_calloc(d->count, sizeof(*d->id));
		(void)pg_int_array(rows, i, col, d->id, d->count);
	}
}

static void grants_read(struct caller *caller, const struct pg_result *rows)
{
	caller->rights = 0;
	caller->grant_count = pg_rows(rows);
	caller->grant = mem_calloc(caller->grant_count + 1, sizeof(*caller->grant));
	for (size_t i = 0; i < caller->grant_count; i++) {
		struct grant *grant = &caller->grant[i];

		grant->rights = rights_of_names(pg_text(rows, i, 0));
		grant->company = pg_bool(rows, i, 1);
		departments_read(&grant->reach, rows, i, 2);
		departments_read(&grant->above, rows, i, 3);
		departments_read(&grant->clients, rows, i, 4);
		caller->rights |= grant->rights;
	}
}

/* What a reach in department `d` comes to; null: everything. */
#define REACH_SQL(reach)                                                                           \
	"CASE WHEN " reach " = 'all' OR " reach " = 'subtree' AND d.parent_id IS NULL THEN NULL"   \
	"     WHEN " reach " = 'own' THEN ARRAY[d.id]"                                             \
	"     ELSE ARRAY(SELECT b.id FROM department b WHERE b.path @> ARRAY[d.id]) END"
#define ABOVE_SQL "d.path[:cardinality(d.path) - 1]"

bool scope_load_person(struct pg *pg, struct caller *caller, struct err *err)
{
	static const struct pg_stmt find = {
		"scope_person",
		"SELECT r.rights, d.parent_id IS NULL, " REACH_SQL(
			"r.reach") ", " ABOVE_SQL
				   ", " REACH_SQL(
					   "r.clients") "  FROM person_grants($1::bigint) r JOIN "
							"department d ON d.id = r.department_id"
							" ORDER BY cardinality(d.path), d.id, "
							"r.no, r.role"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(params, caller->person_id);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok)
		grants_read(caller, rows);
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

bool scope_load_token(struct pg *pg, int64_t department_id, struct caller *caller, struct err *err)
{
	static const struct pg_stmt find = {
		"scope_token", "SELECT '', d.parent_id IS NULL, " REACH_SQL(
				       "'subtree'") ", " ABOVE_SQL ", NULL::bigint[]"
						    "  FROM department d WHERE d.id = $1::bigint"};
	uint64_t rights = caller->rights;
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	/* Most are the company's, and messages need not wait for an answer that is known. */
	if (department_id == COMPANY_ID) {
		caller->grant_count = 1;
		caller->grant = mem_calloc(1, sizeof(*caller->grant));
		*caller->grant = (struct grant){
			.rights = rights, .company = true, .reach.all = true, .clients.all = true};
		return true;
	}
	params = pg_params_new();
	pg_param_int64(params, department_id);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok)
		grants_read(caller, rows);
	for (size_t i = 0; ok && i < caller->grant_count; i++)
		caller->grant[i].rights = rights;
	caller->rights = rights;
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

void caller_deinit(struct caller *caller)
{
	for (size_t i = 0; i < caller->grant_count; i++) {
		mem_free(caller->grant[i].reach.id);
		mem_free(caller->grant[i].above.id);
		mem_free(caller->grant[i].clients.id);
	}
	mem_free(caller->grant);
	*caller = (struct caller){0};
}

/* --- asking --------------------------------------------------------------------------------------
 */

static bool grants(const struct grant *grant, enum right right)
{
	return (grant->rights & UINT64_C(1) << right) != 0;
}

bool scope_company(const struct caller *caller, enum right right)
{
	for (size_t i = 0; i < caller->grant_count; i++)
		if (grants(&caller->grant[i], right) && caller->grant[i].company)
			return true;
	return false;
}

bool scope_everything(const struct caller *caller, enum right right)
{
	for (size_t i = 0; i < caller->grant_count; i++)
		if (grants(&caller->grant[i], right) && caller->grant[i].reach.all &&
		    caller->grant[i].clients.all)
			return true;
	return false;
}

enum part { PART_REACH = 1, PART_ABOVE = 2, PART_CLIENTS = 4 };

/* The ids of some parts of all grants with the right, as a parameter; null: all there are. */
static void push_ids(struct pg_params *params, const struct caller *caller, enum right right,
		     unsigned parts)
{
	int64_t *ids = NULL;
	size_t count = 0;
	bool all = false;

	for (size_t i = 0; i < caller->grant_count; i++) {
		const struct grant *grant = &caller->grant[i];
		const struct departments *part[] = {&grant->reach, &grant->above, &grant->clients};

		for (int p = 0; p < 3 && grants(grant, right); p++) {
			if ((parts & 1u << p) == 0)
				continue;
			all = all || part[p]->all;
			if (part[p]->count == 0)
				continue;
			ids = mem_realloc(ids, count + part[p]->count, sizeof(*ids));
			memcpy(ids + count, part[p]->id, part[p]->count * sizeof(*ids));
			count += part[p]->count;
		}
	}
	if (all)
		pg_param_null(params);
	else
		pg_param_int64_array(params, ids, count);
	mem_free(ids);
}

void scope_param(struct pg_params *params, const struct caller *caller, enum right right)
{
	push_ids(params, caller, right, PART_REACH);
}

void scope_param_above(struct pg_params *params, const struct caller *caller, enum right right)
{
	push_ids(params, caller, right, PART_REACH | PART_ABOVE);
}

void scope_param_clients(struct pg_params *params, const struct caller *caller, enum right right)
{
	push_ids(params, caller, right, PART_CLIENTS);
}

/* --- whose clients are seen ----------------------------------------------------------------------
 */

static bool sees_all(const struct caller *caller, enum right right)
{
	for (size_t i = 0; i < caller->grant_count; i++)
		if (grants(&caller->grant[i], right) && caller->grant[i].clients.all)
			return true;
	return false;
}

static bool set_view(struct pg *pg, const struct pg_params *params, struct err *err)
{
	static const struct pg_stmt set = {
		"scope_view",
		"SELECT set_config('vestnik.clients', coalesce($1::bigint[]::text, ''), false)"};

	return pg_run(pg, &set, params, NULL, err);
}

bool scope_view_begin(struct pg *pg, struct caller *caller, enum right right, struct err *err)
{
	struct pg_params *params;
	bool ok;

	if (right == RIGHT_OPEN || sees_all(caller, right))
		return true;
	params = pg_params_new();
	scope_param_clients(params, caller, right);
	ok = set_view(pg, params, err);
	caller->viewing = true;
	pg_params_free(&params);
	return ok;
}

void scope_view_end(struct pg *pg, struct caller *caller)
{
	struct pg_params *params;
	struct err err;

	if (!caller->viewing)
		return;
	params = pg_params_new();
	pg_param_null(params);
	/* Where this fails the connection is broken and will not be used again. */
	(void)set_view(pg, params, &err);
	caller->viewing = false;
	pg_params_free(&params);
}

static bool has(const struct departments *d, int64_t id)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->id[i] == id)
			return true;
	return d->all;
}

bool scope_rights_in(struct pg *pg, const struct caller *caller, int64_t department_id,
		     uint64_t *out, struct err *err)
{
	static const struct pg_stmt below = {
		"scope_below", "SELECT id FROM department WHERE path @> ARRAY[$1::bigint]"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	*out = 0;
	pg_param_int64(params, department_id);
	ok = pg_run(pg, &below, params, &rows, err);
	for (size_t i = 0; ok && i < caller->grant_count && pg_rows(rows) > 0; i++) {
		bool whole = caller->grant[i].clients.all;

		for (size_t k = 0; whole && k < pg_rows(rows); k++)
			whole = has(&caller->grant[i].reach, pg_int(rows, k, 0));
		if (whole)
			*out |= caller->grant[i].rights;
	}
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

int64_t scope_place(const struct caller *caller, enum right right, int64_t wanted,
		    struct problem *problem)
{
	char text[24];

	for (size_t i = 0; i < caller->grant_count; i++) {
		const struct grant *grant = &caller->grant[i];

		if (!grants(grant, right))
			continue;
		if (wanted != 0 && has(&grant->reach, wanted))
			return wanted;
		if (wanted == 0 && grant->reach.count > 0)
			return grant->reach.id[0];
		if (wanted == 0 && grant->reach.all)
			return COMPANY_ID;
	}
	snprintf(text, sizeof(text), "%lld", (long long)wanted);
	problem_field(problem, "department_id", text,
		      "one of your departments; GET /v1/me names them");
	return 0;
}

/* --- the gate ------------------------------------------------------------------------------------
 */

/* Each finds a row when thing $1 is there and is not the caller's: $2 has departments; clients are
 * those of the view. */
static const struct kind {
	enum scope scope;
	const char *what;
	unsigned parts;
	struct pg_stmt outside;
} kinds[] = {
/* A name that problem_not_found() is given. */
#define WHAT(name) name
#define OUTSIDE(name, table)                                                                       \
	{                                                                                          \
		name, "SELECT FROM " table                                                         \
		      " o WHERE o.id = $1::bigint AND NOT " SCOPE_SQL("o.department_id", "$2")     \
	}
	{SCOPE_CAMPAIGN, WHAT("campaign"), PART_REACH, OUTSIDE("scope_campaign", "campaign")},
	{SCOPE_LIST, WHAT("list"), PART_REACH, OUTSIDE("scope_list", "list")},
	{SCOPE_LIST_ABOVE, WHAT("list"), PART_REACH | PART_ABOVE, OUTSIDE("scope_list", "list")},
	{SCOPE_TEMPLATE, WHAT("template"), PART_REACH, OUTSIDE("scope_template", "template")},
	{SCOPE_TEMPLATE_ABOVE, WHAT("template"), PART_REACH | PART_ABOVE,
	 OUTSIDE("scope_template", "template")},
	{SCOPE_PROMO_POOL, WHAT("pool of promo codes"), PART_REACH,
	 OUTSIDE("scope_promo_pool", "promo_pool")},
	{SCOPE_PROMO_POOL_ABOVE, WHAT("pool of promo codes"), PART_REACH | PART_ABOVE,
	 OUTSIDE("scope_promo_pool", "promo_pool")},
	{SCOPE_IMPORT, WHAT("import"), PART_REACH, OUTSIDE("scope_import", "import")},
	{SCOPE_TOKEN, WHAT("token"), PART_REACH, OUTSIDE("scope_tokens", "token")},
#undef OUTSIDE
	{SCOPE_PERSON,
	 "user",
	 PART_REACH,
	 {"scope_user", "SELECT FROM person p WHERE p.id = $1::bigint AND $2::bigint[] IS NOT NULL"
			"   AND coalesce((SELECT bool_or(h.department_id <> ALL ($2::bigint[]))"
			"                   FROM person_role h WHERE h.person_id = p.id), true)"}},
	{SCOPE_PERSON_SEEN,
	 "user",
	 PART_REACH,
	 {"scope_user_seen",
	  "SELECT FROM person p WHERE p.id = $1::bigint AND $2::bigint[] IS NOT NULL"
	  "   AND NOT EXISTS (SELECT FROM person_role h WHERE h.person_id = p.id"
	  "                      AND h.department_id = ANY ($2::bigint[]))"}},
	{SCOPE_DEPARTMENT,
	 "department",
	 PART_REACH,
	 {"scope_department",
	  "SELECT FROM department o WHERE o.id = $1::bigint AND NOT " SCOPE_SQL("o.id", "$2")}},
	{SCOPE_CLIENT,
	 WHAT("client"),
	 PART_CLIENTS,
	 {"scope_client",
	  "SELECT FROM client c WHERE c.id = $1::bigint AND NOT " AUDIENCE_SEEN_SQL("c")}},
	{SCOPE_MESSAGE,
	 WHAT("message"),
	 PART_CLIENTS,
	 {"scope_message", "SELECT FROM message m JOIN client c ON c.id = m.client_id"
			   " WHERE m.id = $1::bigint AND NOT " AUDIENCE_SEEN_SQL("c")}},
#undef WHAT
};

static const struct kind *kind_of(enum scope scope)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].scope == scope)
			return &kinds[i];
	return NULL;
}

bool scope_outside(struct pg *pg, const struct caller *caller, enum scope scope, enum right right,
		   int64_t id, bool *out, struct err *err)
{
	const struct kind *kind = kind_of(scope);
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	*out = false;
	if (kind == NULL || id == 0 || scope_everything(caller, right))
		return true;
	params = pg_params_new();
	pg_param_int64(params, id);
	if (kind->parts != PART_CLIENTS)
		push_ids(params, caller, right, kind->parts);
	ok = pg_run(pg, &kind->outside, params, &rows, err);
	*out = ok && pg_rows(rows) > 0;
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

bool scope_check(struct pg *pg, const struct caller *caller, enum scope scope, enum right right,
		 int64_t id, struct problem *problem, struct err *err)
{
	bool outside;

	if (scope_is_thing(scope)) {
		if (!scope_outside(pg, caller, scope, right, id, &outside, err))
			return false;
		if (outside)
			problem_not_found(problem, kind_of(scope)->what);
		return true;
	}
	if (scope == SCOPE_FORGOTTEN || (scope == SCOPE_COMPANY && !scope_company(caller, right)))
		problem_set(problem, 403, "forbidden", "You may not do this",
			    "This concerns the whole company and needs a right you have in a "
			    "department only. Ask whoever runs the service for it");
	return true;
}
