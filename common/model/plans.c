/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plans - render plans by run. */
#include "common/model/plans.h"

#include "common/model/client_field.h"

static const struct pg_stmt slots_stmt = {
	"plans_slots",
	"SELECT name, slot FROM client_attribute WHERE name = ANY ($1::text[])",
};

void plans_deinit(struct plans *plans)
{
	for (size_t i = 0; i < PLANS_KEPT; i++)
		render_plan_free(&plans->plan[i]);
}

/* Look up the names that are attributes. */
static bool bind_attributes(struct render_plan *plan, struct pg *pg, struct err *err)
{
	const char *names[TEMPLATE_FIELDS_MAX];
	size_t count = render_plan_unbound(plan, names);
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	if (count == 0)
		return true;
	params = pg_params_new();
	pg_param_text_array(params, names, count);
	ok = pg_run(pg, &slots_stmt, params, &rows, err);
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		render_plan_bind(plan, pg_text(rows, i, 0), (int)pg_int(rows, i, 1));
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

bool plan_load(struct pg *pg, const char *text, size_t len, struct render_plan **out,
	       struct err *err)
{
	if (!render_plan_new(text, len, client_field_of_placeholder, out, err))
		return false;
	if (bind_attributes(*out, pg, err))
		return true;
	render_plan_free(out);
	return false;
}

bool plans_get(struct plans *plans, struct pg *pg, int64_t run_id, const char *text, size_t len,
	       const struct render_plan **out, struct err *err)
{
	struct render_plan **kept = &plans->plan[(uint64_t)run_id % PLANS_KEPT];
	const char *unbound[TEMPLATE_FIELDS_MAX];
	struct render_plan *plan;

	/* A name that is no attribute yet may become one with the next import. */
	if (*kept != NULL && render_plan_is_for(*kept, text, len) &&
	    render_plan_unbound(*kept, unbound) == 0) {
		*out = *kept;
		return true;
	}
	if (!plan_load(pg, text, len, &plan, err))
		return false;
	render_plan_free(kept);
	*kept = plan;
	*out = plan;
	return true;
}
