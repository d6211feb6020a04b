/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scope - whose things a caller may touch.
 *
 * A right is held somewhere: in the roles a person has in departments, or in the department of a
 * token.  Each operation names its scope beside its right where its route stands (routes.c); the
 * gate in front of operations (operation.c) asks scope_check(), so that nobody reaches by id what
 * belongs to another department: it is not there for them.  What shows many things filters them
 * with SCOPE_SQL and scope_param(). */
#ifndef VESTNIK_APID_SCOPE_H
#define VESTNIK_APID_SCOPE_H

#include "apid/rights.h"
#include "common/base/err.h"
#include "common/store/pg.h"
#include "common/web/problem.h"

enum scope {
	SCOPE_FORGOTTEN,   /* an operation that names none: nobody may */
	SCOPE_OPEN,	   /* nobody is asked who they are */
	SCOPE_SELF,	   /* the caller's own */
	SCOPE_SHARED,	   /* the company's, for whoever has the right somewhere */
	SCOPE_COMPANY,	   /* the company's, for whoever has the right in the company itself */
	SCOPE_DEPARTMENTS, /* of many departments: the operation itself keeps to the caller's */
	/* One thing, whose id stands in the path.  "above": those of the departments above too,
	 * which can be used below and are changed only there. */
	SCOPE_CAMPAIGN,
	SCOPE_LIST,
	SCOPE_LIST_ABOVE,
	SCOPE_TEMPLATE,
	SCOPE_TEMPLATE_ABOVE,
	SCOPE_PROMO_POOL,
	SCOPE_PROMO_POOL_ABOVE,
	SCOPE_IMPORT,
	SCOPE_CLIENT,	   /* whom the caller sees */
	SCOPE_MESSAGE,	   /* to whom the caller sees, of a campaign of theirs */
	SCOPE_PERSON,	   /* all of whose roles are in the caller's departments; without one: the
			      company's */
	SCOPE_PERSON_SEEN, /* any of whose roles is */
	SCOPE_DEPARTMENT,
	SCOPE_TOKEN,
	SCOPES,
};

/* Whether a scope is that of one thing. */
bool scope_is_thing(enum scope scope);
/* "campaign", as x-scope of the API's description says it. */
const char *scope_name(enum scope scope);

/* Read what the person of *caller may and where; its rights become all those of its grants.
 * Owner of the grants: the caller, until caller_deinit(). */
bool scope_load_person(struct pg *pg, struct caller *caller, struct err *err);
/* The same for a token that belongs to a department, with its rights. */
bool scope_load_token(struct pg *pg, int64_t department_id, struct caller *caller, struct err *err);

/* Whether the caller holds a right in the company itself. */
bool scope_company(const struct caller *caller, enum right right);
/* Whether the caller holds a right for everything and everybody: nothing needs a filter. */
bool scope_everything(const struct caller *caller, enum right right);

/* The rights the caller holds for all that a token of the department would have: everything of it
 * and of all below it, and everybody's clients.  None of a department there is not. */
bool scope_rights_in(struct pg *pg, const struct caller *caller, int64_t department_id,
		     uint64_t *out, struct err *err);

/* Whether thing `id` of the scope is there and is not the caller's.  False: the store failed. */
bool scope_outside(struct pg *pg, const struct caller *caller, enum scope scope, enum right right,
		   int64_t id, bool *out, struct err *err);
/* Whether `id` is the caller's to touch; else the problem is filled: 404 as if it were not there,
 * 403 for what is the company's.  A thing that is not there is let pass: its operation says so.
 * False: the store failed. */
bool scope_check(struct pg *pg, const struct caller *caller, enum scope scope, enum right right,
		 int64_t id, struct problem *problem, struct err *err);

/* A condition on a column with a department's id; `param` is "$4", pushed by scope_param():
 * departments where the caller has a right, or scope_param_above(): these and those above them. */
#define SCOPE_SQL(column, param)                                                                   \
	"(" param "::bigint[] IS NULL OR " column " = ANY (" param "::bigint[]))"
void scope_param(struct pg_params *params, const struct caller *caller, enum right right);
void scope_param_above(struct pg_params *params, const struct caller *caller, enum right right);
/* Whose clients the caller sees. */
void scope_param_clients(struct pg_params *params, const struct caller *caller, enum right right);

/* Let every statement with AUDIENCE_SEEN_SQL (common/model/audience.h) see those clients only,
 * until scope_view_end(); nothing is to do for who sees all.  False: the store failed. */
bool scope_view_begin(struct pg *pg, struct caller *caller, enum right right, struct err *err);
void scope_view_end(struct pg *pg, struct caller *caller);

/* Where something new belongs: `wanted`, or, when that is 0, the first department where the caller
 * has the right.  0: the problem is filled, naming member department_id. */
int64_t scope_place(const struct caller *caller, enum right right, int64_t wanted,
		    struct problem *problem);

#endif
