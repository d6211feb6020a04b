/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* list_refresh - see list_refresh.h. */
#include "common/model/list_refresh.h"

#include "common/base/mem.h"
#include "common/model/criteria.h"
#include "common/web/json.h"

/* The text of the criteria, "" when there is nothing to do; the list's row is locked. */
static bool read_criteria(struct pg *pg, int64_t list_id, int32_t older_s, struct pg_params *params,
			  struct pg_result **rows, struct err *err)
{
	static const struct pg_stmt read = {
		"list_criteria", "SELECT CASE WHEN refreshed_at > clock_timestamp() - "
				 "make_interval(secs => $2::integer)"
				 "            THEN '' ELSE coalesce(criteria::text, '') END"
				 "  FROM list WHERE id = $1::bigint FOR UPDATE"};

	pg_params_reset(params);
	pg_param_int64(params, list_id);
	pg_param_int32(params, older_s);
	return pg_run(pg, &read, params, rows, err);
}

/* Only what changed is written: most of a list stays. */
static bool write_members(struct pg *pg, int64_t list_id, const char *from, int count,
			  struct pg_params *params, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, CRITERIA_SQL_MAX + 2000);
	buf_printf(
		&sql,
		"WITH now AS MATERIALIZED (SELECT c.id %s),"
		" gone AS (DELETE FROM list_member m WHERE m.list_id = $%d AND NOT EXISTS"
		"   (SELECT 1 FROM now WHERE now.id = m.client_id)),"
		" come AS (INSERT INTO list_member (list_id, client_id)"
		"   SELECT $%d, now.id FROM now WHERE NOT EXISTS"
		"     (SELECT 1 FROM list_member m WHERE m.list_id = $%d AND m.client_id = now.id)"
		"   ORDER BY now.id)"
		" UPDATE list SET size = (SELECT count(*) FROM now),"
		"        refreshed_at = clock_timestamp() WHERE id = $%d",
		from, count + 1, count + 1, count + 1, count + 1);
	pg_param_int64(params, list_id);
	ok = pg_run_once(pg, buf_str(&sql), params, NULL, err);
	buf_deinit(&sql);
	return ok;
}

static bool refresh(struct pg *pg, int64_t list_id, const struct cJSON *tree,
		    struct pg_params *params, struct err *err)
{
	struct criteria_env *env = mem_calloc(1, sizeof(*env));
	struct problem problem;
	struct buf from;
	struct criteria_compiled compiled = {0};
	bool ok = criteria_env_load(pg, env, err);

	problem_init(&problem);
	buf_init(&from, CRITERIA_SQL_MAX);
	pg_params_reset(params);
	if (ok && !criteria_compile(tree, env, &from, params, &compiled, &problem))
		ok = err_set(err, ERR_INPUT, "the criteria of list %lld do not hold any more",
			     (long long)list_id);
	ok = ok && criteria_tune(pg, &compiled, err) &&
	     write_members(pg, list_id, buf_str(&from), compiled.params, params, err);
	buf_deinit(&from);
	problem_deinit(&problem);
	criteria_env_deinit(env);
	mem_free(env);
	return ok;
}

bool list_refresh(struct pg *pg, int64_t list_id, int32_t older_s, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct cJSON *tree = NULL;
	bool ok = read_criteria(pg, list_id, older_s, params, &rows, err);

	if (ok && pg_rows(rows) == 1 && pg_len(rows, 0, 0) > 0)
		ok = json_parse(pg_text(rows, 0, 0), pg_len(rows, 0, 0), &tree, err) &&
		     refresh(pg, list_id, tree, params, err);
	json_free(&tree);
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}
