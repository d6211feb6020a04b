/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* budget_hold - see budget.h. */
#include "apid/budget.h"

/* A campaign without a time begins at its launch. */
#define BEGINS_SQL "greatest(c.start_at, clock_timestamp())"

bool budget_binds(struct request *r, int64_t campaign_id, bool *out, struct err *err)
{
	static const struct pg_stmt binds = {"budget_binds",
					     "SELECT budget_binds(c.id, " BEGINS_SQL ")"
					     "  FROM campaign c WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &binds, &rows, err))
		return false;
	*out = pg_rows(rows) == 1 && pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

int64_t budget_ceiling(const struct audience *audience)
{
	return audience->ceiling_micro + (audience->exact ? 0 : audience->ceiling_micro / 100 + 1);
}

bool budget_hold(struct request *r, int64_t campaign_id, const struct audience *audience,
		 int64_t most_micro, struct err *err)
{
	static const struct pg_stmt hold = {
		"budget_hold",
		"SELECT h.name, to_char(h.month, 'YYYY-MM'), h.room_micro FROM campaign c"
		" CROSS JOIN LATERAL budget_hold(c.id, " BEGINS_SQL ", $2::bigint,"
		"       $3::bigint) h"
		" WHERE c.id = $1::bigint"};
	char room[MICRO_SIZE], cost[MICRO_SIZE];
	struct pg_result *rows = NULL;
	int64_t ceiling = budget_ceiling(audience);
	bool fits;

	pg_param_int64(r->params, campaign_id);
	pg_param_int64(r->params, ceiling);
	if (most_micro >= 0)
		pg_param_int64(r->params, most_micro);
	else
		pg_param_null(r->params);
	if (!request_query(r, &hold, &rows, err))
		return false;
	fits = pg_rows(rows) == 0;
	if (!fits)
		problem_set(&r->problem, 409, "out-of-budget", "The budget does not allow it",
			    "The budget of %s for %s has %s left, and the campaign may cost up to "
			    "%s. Make the audience or the text shorter, ask whoever keeps the "
			    "budget for more, or begin it in another month",
			    pg_text(rows, 0, 0), pg_text(rows, 0, 1),
			    micro_text(pg_int(rows, 0, 2), room), micro_text(ceiling, cost));
	pg_result_free(&rows);
	return fits || request_refused(err);
}

/* More than any budget has: an overdraft without limit. */
#define NO_BOUND 2000000000000000000

bool budget_put_launch(struct request *r, int64_t campaign_id, const struct audience *audience,
		       struct err *err)
{
	static const struct pg_stmt ask = {
		"budget_launch",
		"SELECT approval_needed(c.id, $2::bigint, $3::bigint), b.room_micro, b.name"
		"  FROM campaign c LEFT JOIN LATERAL (SELECT x.room_micro, d.name"
		"       FROM budget_room(c.department_id, budget_month(" BEGINS_SQL ")) x"
		"       JOIN department d ON d.id = x.department_id) b ON true"
		" WHERE c.id = $1::bigint"};
	struct json_out *json = &r->json;
	struct pg_result *rows = NULL;
	bool bound;

	pg_param_int64(r->params, campaign_id);
	pg_param_int64(r->params, audience->recipients);
	pg_param_int64(r->params, budget_ceiling(audience));
	if (!request_query(r, &ask, &rows, err))
		return false;
	bound = pg_rows(rows) == 1 && !pg_null(rows, 0, 1) && pg_int(rows, 0, 1) < NO_BOUND;
	json_object(json, "money");
	json_put_micro(json, "cost_ceiling", budget_ceiling(audience));
	json_put_text(json, "budget_of", bound ? pg_text(rows, 0, 2) : NULL);
	if (bound)
		json_put_micro(json, "budget_left", pg_int(rows, 0, 1));
	else
		json_put_null(json, "budget_left");
	json_put_bool(json, "needs_approval", pg_rows(rows) == 1 && pg_bool(rows, 0, 0));
	json_object_end(json);
	pg_result_free(&rows);
	return true;
}
