/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plan - how a run's messages are shared out over accounts when caps bind.
 *
 * Message by message the cheapest account would be used up by whoever comes first, also by those
 * for whom the next one costs hardly more.  So the audience is counted by class (messages with the
 * same candidates at the same prices), and the transportation problem says how much of each class
 * goes where.  Messages are then drawn by these shares; the order they come in does not matter.
 *
 * A planner is fed with the numbers of an audience (or an even sample of it, with weights), solved
 * once, and gives shares that are stored with the run. */
#ifndef VESTNIK_ROUTE_PLAN_H
#define VESTNIK_ROUTE_PLAN_H

#include "common/route/engine.h"

/* The largest classes are planned; messages of others take what is cheapest when they come. */
#define ROUTE_CLASSES_MAX 1024

struct route_share {
	uint64_t class;
	int16_t account_id;
	double upto; /* share of this account and those before it in the class; the last has 1 */
};

struct route_plan {
	size_t count;
	struct route_share *share; /* by class */
};

void route_plan_free(struct route_plan **plan);
/* Bring shares into the order that drawing needs. */
void route_plan_sort(struct route_plan *plan);
/* The account a message of this class goes to by its draw.  False: the plan does not know it. */
bool route_plan_draw(const struct route_plan *plan, uint64_t class, uint64_t draw,
		     int16_t *account_out);

struct route_planner;

/* The scope is borrowed; its caps and plan do not matter. */
struct route_planner *route_planner_new(const struct route_scope *scope);
void route_planner_free(struct route_planner **planner);
/* Count `messages` messages of `parts` parts to numbers like this one. */
void route_planner_add(struct route_planner *planner, int64_t msisdn, int16_t operator_id,
		       enum sms_encoding encoding, int parts, int64_t messages);
/* Shares under `left` parts of each account (INT64_MAX: no cap), beside the book's table.  Classes
 * that no cap concerns are left out.  Returns how many parts fit nowhere. */
int64_t route_planner_solve(struct route_planner *planner, const int64_t left[ROUTE_ACCOUNTS_MAX],
			    struct route_plan **out);

#endif
