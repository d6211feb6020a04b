/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plan - classes of an audience, and shares of accounts in them. */
#include "common/route/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/route/transport.h"

#define SLOTS	   (4 * ROUTE_CLASSES_MAX) /* a power of two; classes past the bound stay apart */
#define TIER_COST  1e12			   /* a lower tier goes first, whatever it costs */
#define DRAW_BITS  53
#define DRAW_SHIFT (64 - DRAW_BITS)

/* --- shares --------------------------------------------------------------------------------------
 */

void route_plan_free(struct route_plan **plan)
{
	if (*plan == NULL)
		return;
	mem_free((*plan)->share);
	mem_free(*plan);
	*plan = NULL;
}

static int by_class(const void *x, const void *y)
{
	const struct route_share *a = x, *b = y;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	return (a->upto > b->upto) - (a->upto < b->upto);
}

void route_plan_sort(struct route_plan *plan)
{
	qsort(plan->share, plan->count, sizeof(*plan->share), by_class);
}

/* The first share of a class, or of the next one. */
static size_t lower_bound(const struct route_plan *plan, uint64_t class)
{
	size_t from = 0, to = plan->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (plan->share[middle].class < class)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool route_plan_draw(const struct route_plan *plan, uint64_t class, uint64_t draw,
		     int16_t *account_out)
{
	double at = ldexp((double)(draw >> DRAW_SHIFT), -DRAW_BITS);

	for (size_t i = lower_bound(plan, class); i < plan->count && plan->share[i].class == class;
	     i++) {
		if (at >= plan->share[i].upto)
			continue;
		*account_out = plan->share[i].account_id;
		return true;
	}
	return false;
}

/* --- classes -------------------------------------------------------------------------------------
 */

struct class
{
	uint64_t id;
	int64_t parts;
	double *cost; /* of a part, beside scope->account */
};

struct route_planner {
	const struct route_scope *scope;
	struct route_scope without; /* caps and plan */
	size_t count;
	struct class class[ROUTE_CLASSES_MAX];
	uint16_t slot[SLOTS]; /* 1 + its place in `class`; 0: free */
};

struct route_planner *route_planner_new(const struct route_scope *scope)
{
	struct route_planner *p = mem_calloc(1, sizeof(*p));

	p->scope = scope;
	p->without = *scope;
	p->without.ask.left = NULL;
	p->without.ask.plan = NULL;
	return p;
}

void route_planner_free(struct route_planner **planner)
{
	struct route_planner *p = *planner;

	if (p == NULL)
		return;
	for (size_t i = 0; i < p->count; i++)
		mem_free(p->class[i].cost);
	mem_free(p);
	*planner = NULL;
}

/* The class with this id, made when it is new; NULL: there are too many. */
static struct class *class_of(struct route_planner *p, uint64_t id, bool *new_out)
{
	size_t at = id % SLOTS;

	for (; p->slot[at] != 0; at = (at + 1) % SLOTS)
		if (p->class[p->slot[at] - 1].id == id)
			return &p->class[p->slot[at] - 1];
	if (p->count == ROUTE_CLASSES_MAX)
		return NULL;
	p->class[p->count] =
		(struct class){.id = id, .cost = mem_alloc((p->scope->count + 1) * sizeof(double))};
	p->slot[at] = (uint16_t)++p->count;
	*new_out = true;
	return &p->class[p->count - 1];
}

void route_planner_add(struct route_planner *p, int64_t msisdn, int16_t operator_id,
		       enum sms_encoding encoding, int parts, int64_t messages)
{
	struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
	struct route_message message = {.msisdn = msisdn,
					.operator_id = operator_id,
					.encoding = encoding,
					.parts = parts,
					.draw = 1};
	bool is_new = false;
	struct class *class;

	route_judge(&p->without, &message, verdict);
	class = class_of(p, route_class(&p->without, verdict, operator_id), &is_new);
	if (class == NULL)
		return;
	class->parts += messages * parts;
	for (size_t i = 0; is_new && i < p->scope->count; i++)
		class->cost[i] = verdict[i].bar == ROUTE_CAN ? verdict[i].expected_micro / parts +
								       verdict[i].tier * TIER_COST
							     : INFINITY;
}

/* --- solving -------------------------------------------------------------------------------------
 */

/* Whether the accounts that are cheapest for a class, or carry it, have a cap. */
static bool concerns(const struct route_planner *p, const struct class *class, const int64_t *flow,
		     const int64_t *capacity)
{
	double best = INFINITY;

	for (size_t i = 0; i < p->scope->count; i++)
		best = fmin(best, class->cost[i]);
	for (size_t i = 0; i < p->scope->count; i++)
		if (capacity[i] != TRANSPORT_NO_LIMIT && (flow[i] > 0 || class->cost[i] <= best))
			return true;
	return false;
}

static void add_shares(const struct route_planner *p, const struct class *class,
		       const int64_t *flow, struct route_plan *plan)
{
	int64_t sum = 0, upto = 0;

	for (size_t i = 0; i < p->scope->count; i++)
		sum += flow[i];
	for (size_t i = 0; i < p->scope->count; i++) {
		if (flow[i] == 0)
			continue;
		upto += flow[i];
		plan->share[plan->count++] = (struct route_share){
			.class = class->id,
			.account_id = p->scope->book->table.account[p->scope->account[i]].id,
			.upto = (double)upto / (double)sum};
	}
}

int64_t route_planner_solve(struct route_planner *p, const int64_t left[ROUTE_ACCOUNTS_MAX],
			    struct route_plan **out)
{
	size_t sinks = p->scope->count;
	int64_t *demand = mem_alloc((p->count + 1) * sizeof(*demand));
	int64_t *flow = mem_calloc(p->count * sinks + 1, sizeof(*flow));
	double *cost = mem_alloc((p->count * sinks + 1) * sizeof(*cost));
	int64_t capacity[ROUTE_ACCOUNTS_MAX], left_over;
	struct transport t = {.sources = p->count,
			      .sinks = sinks,
			      .demand = demand,
			      .capacity = capacity,
			      .cost = cost};
	struct route_plan *plan = mem_calloc(1, sizeof(*plan));

	for (size_t i = 0; i < sinks; i++)
		capacity[i] = left[p->scope->account[i]];
	for (size_t c = 0; c < p->count; c++) {
		demand[c] = p->class[c].parts;
		memcpy(cost + c * sinks, p->class[c].cost, sinks * sizeof(*cost));
	}
	left_over = transport_solve(&t, flow);
	plan->share = mem_alloc((p->count * sinks + 1) * sizeof(*plan->share));
	for (size_t c = 0; c < p->count; c++)
		if (concerns(p, &p->class[c], flow + c * sinks, capacity))
			add_shares(p, &p->class[c], flow + c * sinks, plan);
	route_plan_sort(plan);
	mem_free(demand);
	mem_free(flow);
	mem_free(cost);
	*out = plan;
	return left_over;
}
