/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria_clients - how many clients fulfil a tree.
 *
 * Two connections count a half each at the same time: somebody waits for the number, and a count
 * waits for memory most of its time.  PostgreSQL's own parallel workers are new processes, which
 * map every page of the clients anew and are slower than one; connections have long done that. */
#include "apid/criteria.h"

#include "common/base/clock.h"

#define HALF_SQL_MAX   200
#define SECOND_WAIT_MS 100 /* for a free connection, and for it to be opened the first time */

/* Where the second half begins: rows by their place where all are read, by id where tables are
 * merged in that order.  One answer for both, or a row could be in neither. */
static bool read_middle(struct request *r, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt middle = {
		"criteria_middle",
		"SELECT ((min(id) + max(id)) / 2)::text, format('(%s,0)', "
		"pg_relation_size('client')"
		"       / current_setting('block_size')::bigint / 2) FROM client"};

	return pg_run(r->pg, &middle, NULL, out, err);
}

static void put_half(struct buf *sql, const struct buf *from,
		     const struct criteria_compiled *compiled, const char *sign)
{
	buf_printf(sql, "SELECT count(*) %s AND c.%s %s $%d", buf_str(from),
		   compiled->halves == HALVES_BY_ID ? "id" : "ctid", sign, compiled->params + 1);
	buf_add_str(sql, compiled->halves == HALVES_BY_ID ? "::bigint" : "::text::tid");
}

static int64_t take_count(struct pg_result *rows)
{
	int64_t count = pg_int(rows, 0, 0);

	pg_result_free(&rows);
	return count;
}

/* Both halves, on one connection after the other when no second is free. */
static bool count_halves(struct request *r, struct pg *second,
			 const struct criteria_compiled *compiled, const char *first_sql,
			 const char *second_sql, int64_t *clients_out, struct err *err)
{
	struct pg_result *rows[2] = {NULL, NULL};
	bool begun = second != NULL && pg_begin(second, err) &&
		     criteria_tune(second, compiled, err) &&
		     pg_once_begin(second, second_sql, r->params, err);
	bool ok = pg_run_once(r->pg, first_sql, r->params, &rows[0], err);

	if (begun)
		ok = pg_once_end(second, &rows[1], err) && ok;
	else
		ok = ok && pg_run_once(r->pg, second_sql, r->params, &rows[1], err);
	for (int i = 0; i < 2; i++)
		if (ok)
			*clients_out += take_count(rows[i]);
		else
			pg_result_free(&rows[i]);
	return ok;
}

static bool count_whole(struct request *r, const struct buf *from, int64_t *clients_out,
			struct err *err)
{
	struct pg_result *rows = NULL;
	struct buf sql;
	bool ok;

	buf_init(&sql, CRITERIA_SQL_MAX + HALF_SQL_MAX);
	buf_printf(&sql, "SELECT count(*) %s", buf_str(from));
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, &rows, err);
	buf_deinit(&sql);
	if (ok)
		*clients_out = take_count(rows);
	return ok;
}

static bool count_in_halves(struct request *r, const struct buf *from,
			    const struct criteria_compiled *compiled, int64_t *clients_out,
			    struct err *err)
{
	struct pg_result *middle = NULL;
	struct pg *second = NULL;
	struct buf first_sql, second_sql;
	struct err busy;
	bool ok;

	if (!read_middle(r, &middle, err))
		return false;
	pg_param_text(r->params, pg_text(middle, 0, compiled->halves == HALVES_BY_ID ? 0 : 1));
	pg_result_free(&middle);
	buf_init(&first_sql, CRITERIA_SQL_MAX + HALF_SQL_MAX);
	buf_init(&second_sql, CRITERIA_SQL_MAX + HALF_SQL_MAX);
	put_half(&first_sql, from, compiled, "<");
	put_half(&second_sql, from, compiled, ">=");
	/* Not waited for long: all who hold one could be waiting for another. */
	if (!pg_pool_take(r->api->store, clock_mono_ms() + SECOND_WAIT_MS, &second, &busy))
		second = NULL;
	ok = count_halves(r, second, compiled, buf_str(&first_sql), buf_str(&second_sql),
			  clients_out, err);
	if (second != NULL)
		pg_pool_give(r->api->store, second);
	buf_deinit(&second_sql);
	buf_deinit(&first_sql);
	return ok;
}

bool criteria_clients(struct request *r, const struct cJSON *tree, int64_t *clients_out,
		      struct err *err)
{
	struct criteria_compiled compiled;
	struct buf from;
	bool ok = pg_begin(r->pg, err);

	*clients_out = 0;
	buf_init(&from, CRITERIA_SQL_MAX);
	ok = ok && criteria_compile_tree(r, tree, &from, &compiled, err);
	if (ok && !problem_found(&r->problem))
		ok = criteria_tune(r->pg, &compiled, err) &&
		     (compiled.halves == HALVES_NONE
			      ? count_whole(r, &from, clients_out, err)
			      : count_in_halves(r, &from, &compiled, clients_out, err));
	pg_params_reset(r->params);
	buf_deinit(&from);
	pg_rollback(r->pg);
	return ok;
}
