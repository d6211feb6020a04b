/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which statements this connection has prepared, and for which parameter types.
 *
 * A null of unknown type fits every plan; otherwise another list of types is another plan under a
 * numbered name. */
#include "common/store/pg_internal.h"

#include <stdio.h>

#include "common/base/mem.h"

static struct pg_plan **bucket_of(struct pg *pg, const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return &pg->plans[hash % PG_PLAN_BUCKETS];
}

static bool types_fit(const struct pg_plan *plan, const struct pg_params *params)
{
	int count = params != NULL ? params->count : 0;

	if (plan->count != count)
		return false;
	for (int i = 0; i < count; i++)
		if (params->types[i] != OID_ANY && params->types[i] != plan->types[i])
			return false;
	return true;
}

static struct pg_plan *plan_new(const struct pg_stmt *stmt, const struct pg_params *params,
				int variant)
{
	int count = params != NULL ? params->count : 0;
	struct pg_plan *plan = mem_calloc(1, sizeof(*plan) + (size_t)count * sizeof(Oid));

	if (strlen(stmt->name) >= 56)
		panic("statement name \"%s\" is too long", stmt->name);
	plan->name = stmt->name;
	(void)snprintf(plan->server_name, sizeof(plan->server_name), variant > 0 ? "%s#%d" : "%s",
		       stmt->name, variant);
	plan->sql = stmt->sql;
	plan->count = count;
	for (int i = 0; i < count; i++)
		plan->types[i] = params->types[i];
	return plan;
}

struct pg_plan *pg_plan_for(struct pg *pg, const struct pg_stmt *stmt,
			    const struct pg_params *params)
{
	struct pg_plan **bucket = bucket_of(pg, stmt->name);
	struct pg_plan *plan;
	int variants = 0;

	for (plan = *bucket; plan != NULL; plan = plan->next) {
		if (strcmp(plan->name, stmt->name) != 0)
			continue;
		if (plan->sql != stmt->sql && strcmp(plan->sql, stmt->sql) != 0)
			panic("two statements are named \"%s\"", stmt->name);
		if (types_fit(plan, params))
			return plan;
		variants++;
	}
	plan = plan_new(stmt, params, variants);
	plan->next = *bucket;
	*bucket = plan;
	return plan;
}

bool pg_plan_send_prepare(struct pg *pg, const struct pg_plan *plan)
{
	return PQsendPrepare(pg->conn, plan->server_name, plan->sql, plan->count, plan->types) == 1;
}

static const char *const *values_of(const struct pg_params *p)
{
	for (int i = 0; i < p->count; i++)
		p->values[i] = p->lengths[i] < 0 ? NULL : p->data.data + p->offsets[i];
	return p->values;
}

bool pg_plan_send(struct pg *pg, const struct pg_plan *plan, const struct pg_params *params)
{
	if (params == NULL)
		return PQsendQueryPrepared(pg->conn, plan->server_name, 0, NULL, NULL, NULL, 1) ==
		       1;
	return PQsendQueryPrepared(pg->conn, plan->server_name, params->count, values_of(params),
				   params->lengths, params->formats, 1) == 1;
}

bool pg_send_once(struct pg *pg, const char *sql, const struct pg_params *params)
{
	if (params == NULL)
		return PQsendQueryParams(pg->conn, sql, 0, NULL, NULL, NULL, NULL, 1) == 1;
	return PQsendQueryParams(pg->conn, sql, params->count, params->types, values_of(params),
				 params->lengths, params->formats, 1) == 1;
}

void pg_plans_forget(struct pg *pg)
{
	for (size_t i = 0; i < PG_PLAN_BUCKETS; i++) {
		while (pg->plans[i] != NULL) {
			struct pg_plan *plan = pg->plans[i];

			pg->plans[i] = plan->next;
			mem_free(plan);
		}
	}
}
