/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* run_plans - plans of runs in the database, and the few a dispatcherd has at hand. */
#ifndef VESTNIK_ROUTE_RUN_PLANS_H
#define VESTNIK_ROUTE_RUN_PLANS_H

#include "common/route/plan.h"

#define RUN_PLANS_MAX 8 /* runs whose chunks come in turn */

struct run_plans {
	struct {
		int64_t run_id; /* 0: free */
		struct route_plan *plan;
	} kept[RUN_PLANS_MAX];
	size_t next; /* to be given up */
};

void run_plans_init(struct run_plans *plans);
void run_plans_deinit(struct run_plans *plans);
/* The plan of a run, which is written once, before its first chunk; borrowed until the next call.
 */
bool run_plans_get(struct run_plans *plans, struct pg *pg, int64_t run_id,
		   const struct route_plan **out, struct err *err);
/* Store a plan, within the caller's transaction. */
bool run_plan_store(struct pg *pg, int64_t run_id, const struct route_plan *plan, struct err *err);

#endif
