/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* plans - render plans by run. */
#include "common/model/plans.h"

#include "common/model/assign.h"
#include "common/model/client_field.h"

static const struct pg_stmt slots_stmt = {
	"plans_slots",
	"SELECT name, slot FROM client_attribute WHERE name = ANY ($1::text[])",
};

static const struct pg_stmt own_stmt = {
	"plans_own",
	"SELECT name, place FROM list_column WHERE list_id = $2::bigint AND name = ANY "
	"($1::text[])",
};

static const struct pg_stmt base_stmt = {
	"plans_link_base",
	"SELECT value FROM setting WHERE name = 'link_base'",
};

static const struct pg_stmt pool_stmt = {
	"plans_pool",
	"SELECT id, longest FROM promo_pool WHERE name = $1",
};

void plans_deinit(struct plans *plans)
{
	for (size_t i = 0; i < PLANS_KEPT; i++)
		render_plan_free(&plans->plan[i]);
}

/* Ask which of the names without a source there are; list_id 0: it is no parameter. */
static bool find_names(const struct render_plan *plan, struct pg *pg, const struct pg_stmt *stmt,
		       int64_t list_id, struct pg_result **out, struct err *err)
{
	const char *names[TEMPLATE_FIELDS_MAX];
	size_t count = render_plan_unbound(plan, names);
	struct pg_params *params;
	bool ok;

	if (count == 0)
		return true;
	params = pg_params_new();
	pg_param_text_array(params, names, count);
	if (list_id != 0)
		pg_param_int64(params, list_id);
	ok = pg_run(pg, stmt, params, out, err);
	pg_params_free(&params);
	return ok;
}

/* Look up the names that are own columns of the list. */
static bool bind_own(struct render_plan *plan, struct pg *pg, int64_t list_id, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = list_id == 0 || find_names(plan, pg, &own_stmt, list_id, &rows, err);

	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		render_plan_bind_own(plan, pg_text(rows, i, 0), list_id, (int)pg_int(rows, i, 1));
	pg_result_free(&rows);
	return ok;
}

/* Look up the names that are attributes. */
static bool bind_attributes(struct render_plan *plan, struct pg *pg, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = find_names(plan, pg, &slots_stmt, 0, &rows, err);

	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		render_plan_bind(plan, pg_text(rows, i, 0), (int)pg_int(rows, i, 1));
	pg_result_free(&rows);
	return ok;
}

static bool bind_links(struct render_plan *plan, struct pg *pg, struct err *err)
{
	struct pg_result *rows = NULL;

	if (template_link_count(render_plan_template(plan)) == 0)
		return true;
	if (!pg_run(pg, &base_stmt, NULL, &rows, err))
		return false;
	if (pg_rows(rows) > 0 && pg_len(rows, 0, 0) <= RENDER_LINK_BASE_MAX)
		render_plan_set_link_base(plan, pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

static bool bind_pool(struct render_plan *plan, struct pg *pg, struct err *err)
{
	const char *pool = template_promo_pool(render_plan_template(plan), NULL);
	struct pg_params *params;
	struct pg_result *rows = NULL;
	bool ok;

	if (pool == NULL)
		return true;
	params = pg_params_new();
	pg_param_text(params, pool);
	ok = pg_run(pg, &pool_stmt, params, &rows, err);
	if (ok && pg_rows(rows) > 0)
		render_plan_set_pool(plan, pg_int(rows, 0, 0), (size_t)pg_int(rows, 0, 1));
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

bool plan_load(struct pg *pg, const char *text, size_t len, int64_t list_id,
	       struct render_plan **out, struct err *err)
{
	if (!render_plan_new(text, len, client_field_of_placeholder, out, err))
		return false;
	if (bind_own(*out, pg, list_id, err) && bind_attributes(*out, pg, err) &&
	    bind_links(*out, pg, err) && bind_pool(*out, pg, err))
		return true;
	render_plan_free(out);
	return false;
}

bool plans_get(struct plans *plans, struct pg *pg, int64_t run_id, int variant, const char *text,
	       size_t len, enum sms_spelling spelling, int64_t list_id,
	       const struct render_plan **out, struct err *err)
{
	struct render_plan **kept =
		&plans->plan[((uint64_t)run_id * ASSIGN_VARIANTS_MAX + (uint64_t)variant) %
			     PLANS_KEPT];
	const char *unbound[TEMPLATE_FIELDS_MAX];
	struct render_plan *plan;

	/* A name that is no attribute yet may become one with the next import. */
	if (*kept != NULL && render_plan_is_for(*kept, text, len) &&
	    (render_plan_list(*kept) == 0 || render_plan_list(*kept) == list_id) &&
	    render_plan_unbound(*kept, unbound) == 0) {
		render_plan_set_spelling(*kept, spelling);
		*out = *kept;
		return true;
	}
	if (!plan_load(pg, text, len, list_id, &plan, err))
		return false;
	render_plan_set_spelling(plan, spelling);
	render_plan_free(kept);
	*kept = plan;
	*out = plan;
	return true;
}
