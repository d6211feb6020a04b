/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* run_plans - reading and writing run_plan. */
#include "common/route/run_plans.h"

#include "common/base/mem.h"

static const struct pg_stmt read_stmt = {
	"run_plan_read",
	"SELECT class, account_id, (upto * 1e15)::bigint FROM run_plan WHERE run_id = $1",
};
static const struct pg_stmt write_stmt = {
	"run_plan_write",
	"INSERT INTO run_plan (run_id, class, account_id, upto)"
	" SELECT $1::bigint, u.class, u.account_id, u.upto / 1e15"
	"   FROM unnest($2::bigint[], $3::smallint[], $4::bigint[]) AS u(class, account_id, upto)"
	" ON CONFLICT DO NOTHING",
};
#define SHARE_UNITS 1e15

void run_plans_init(struct run_plans *plans)
{
	*plans = (struct run_plans){0};
}

void run_plans_deinit(struct run_plans *plans)
{
	for (size_t i = 0; i < RUN_PLANS_MAX; i++)
		route_plan_free(&plans->kept[i].plan);
}

static bool read_plan(struct pg *pg, int64_t run_id, struct route_plan **out, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct route_plan *plan;
	bool ok;

	pg_param_int64(params, run_id);
	ok = pg_run(pg, &read_stmt, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	plan = mem_calloc(1, sizeof(*plan));
	plan->count = pg_rows(rows);
	plan->share = mem_alloc((plan->count + 1) * sizeof(*plan->share));
	for (size_t i = 0; i < plan->count; i++)
		plan->share[i] = (struct route_share){
			.class = (uint64_t)pg_int(rows, i, 0),
			.account_id = (int16_t)pg_int(rows, i, 1),
			.upto = (double)pg_int(rows, i, 2) / SHARE_UNITS,
		};
	route_plan_sort(plan);
	pg_result_free(&rows);
	*out = plan;
	return true;
}

bool run_plans_get(struct run_plans *plans, struct pg *pg, int64_t run_id,
		   const struct route_plan **out, struct err *err)
{
	struct route_plan *plan = NULL;
	size_t at;

	for (size_t i = 0; i < RUN_PLANS_MAX; i++) {
		if (plans->kept[i].run_id != run_id)
			continue;
		*out = plans->kept[i].plan;
		return true;
	}
	if (!read_plan(pg, run_id, &plan, err))
		return err_wrap(err, "reading the plan of run %lld", (long long)run_id);
	at = plans->next++ % RUN_PLANS_MAX;
	route_plan_free(&plans->kept[at].plan);
	plans->kept[at].run_id = run_id;
	plans->kept[at].plan = plan;
	*out = plan;
	return true;
}

bool run_plan_store(struct pg *pg, int64_t run_id, const struct route_plan *plan, struct err *err)
{
	struct pg_params *params = pg_params_new();
	int64_t *class = mem_alloc((plan->count + 1) * sizeof(*class));
	int64_t *upto = mem_alloc((plan->count + 1) * sizeof(*upto));
	int16_t *account = mem_alloc((plan->count + 1) * sizeof(*account));
	bool ok;

	for (size_t i = 0; i < plan->count; i++) {
		class[i] = (int64_t)plan->share[i].class;
		account[i] = plan->share[i].account_id;
		upto[i] = (int64_t)(plan->share[i].upto * SHARE_UNITS);
	}
	pg_param_int64(params, run_id);
	pg_param_int64_array(params, class, plan->count);
	pg_param_int16_array(params, account, plan->count);
	pg_param_int64_array(params, upto, plan->count);
	ok = pg_run(pg, &write_stmt, params, NULL, err);
	pg_params_free(&params);
	mem_free(class);
	mem_free(upto);
	mem_free(account);
	return ok;
}
