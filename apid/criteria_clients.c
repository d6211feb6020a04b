/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* criteria_clients - how many clients fulfil a tree.
 *
 * Two connections count at the same time, range after range of the clients: somebody waits for the
 * number, and a count waits for memory most of its time.  PostgreSQL's own parallel workers are new
 * processes, which map every page of the clients anew and are slower than one; connections have
 * long done that.  Both see the same moment, or who is moved meanwhile would count twice. */
#include "apid/criteria.h"

#include "common/base/clock.h"

#define RANGE_SQL_MAX	 200
#define SECOND_WAIT_MS	 100 /* for a free connection, and for it to be opened the first time */
/* After much was changed, most clients lie in one half of the table; with so many ranges neither
 * connection counts all of it alone.  Ids are spread evenly. */
#define RANGES_OF_PLACES 4
#define RANGES_OF_IDS	 2
#define COUNTERS	 2

/* Ranges that are still to be counted, and who counts. */
struct count {
	struct request *r;
	const char *sql; /* its last two parameters are where a range begins and where it ends */
	const struct criteria_compiled *compiled;
	struct pg_result *bounds; /* one more than there are ranges */
	size_t next, ranges;
	struct pg *pg[COUNTERS];
	struct pg *busy[COUNTERS]; /* those of them that count */
	int64_t clients;
};

/* Rows by their place where all are read, by id where tables are merged in that order.  What is
 * added meanwhile is in the last range, which has no end. */
static bool read_bounds(struct count *count, struct err *err)
{
	static const struct pg_stmt places = {
		"criteria_places",
		"SELECT CASE WHEN n < $1::bigint THEN format('(%s,0)', n * "
		"(pg_relation_size('client')"
		"                   / current_setting('block_size')::bigint) / $1::bigint)"
		"            ELSE '(4294967295,0)' END FROM generate_series(0, $1::bigint) n ORDER "
		"BY n"};
	static const struct pg_stmt ids = {
		"criteria_ids",
		"SELECT CASE n WHEN 0 THEN 0 WHEN $1::bigint THEN 9223372036854775807"
		"       ELSE low + (high - low) / $1::bigint * n END"
		"  FROM (SELECT coalesce(min(id), 0) AS low, coalesce(max(id), 0) AS high FROM "
		"client) c,"
		"       generate_series(0, $1::bigint) n ORDER BY n"};
	bool by_id = count->compiled->ranges == RANGES_BY_ID;
	struct pg_params *p = pg_params_new();
	bool ok;

	count->ranges = by_id ? RANGES_OF_IDS : RANGES_OF_PLACES;
	pg_param_int64(p, (int64_t)count->ranges);
	ok = pg_run(count->pg[0], by_id ? &ids : &places, p, &count->bounds, err);
	pg_params_free(&p);
	return ok;
}

static void put_range(struct buf *sql, const struct buf *from,
		      const struct criteria_compiled *compiled)
{
	bool by_id = compiled->ranges == RANGES_BY_ID;
	const char *column = by_id ? "id" : "ctid";
	const char *type = by_id ? "bigint" : "text::tid";

	buf_printf(sql, "SELECT count(*) %s AND c.%s >= $%d::%s AND c.%s < $%d::%s", buf_str(from),
		   column, compiled->params + 1, type, column, compiled->params + 2, type);
}

static bool begin_range(struct count *count, size_t i, struct err *err)
{
	struct pg_params *params = count->r->params;
	bool ok;

	if (count->next == count->ranges)
		return true;
	for (size_t k = 0; k < 2; k++) {
		if (count->compiled->ranges == RANGES_BY_ID)
			pg_param_int64(params, pg_int(count->bounds, count->next + k, 0));
		else
			pg_param_text(params, pg_text(count->bounds, count->next + k, 0));
	}
	ok = pg_once_begin(count->pg[i], count->sql, params, err);
	pg_params_cut(params, count->compiled->params);
	count->next++;
	count->busy[i] = ok ? count->pg[i] : NULL;
	return ok;
}

static bool end_range(struct count *count, size_t i, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = pg_once_end(count->pg[i], &rows, err);

	count->busy[i] = NULL;
	if (ok)
		count->clients += pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return ok;
}

static bool count_ranges(struct count *count, struct err *err)
{
	struct err later;
	bool ok = true;

	for (size_t i = 0; ok && i < COUNTERS; i++)
		ok = count->pg[i] == NULL || begin_range(count, i, err);
	/* What was begun is ended, also when another failed. */
	while (count->busy[0] != NULL || count->busy[1] != NULL) {
		size_t i = pg_once_wait(count->busy, COUNTERS);

		ok = end_range(count, i, ok ? err : &later) && ok;
		ok = ok && begin_range(count, i, err);
	}
	return ok;
}

static bool count_whole(struct request *r, const struct buf *from, int64_t *clients_out,
			struct err *err)
{
	struct pg_result *rows = NULL;
	struct buf sql;
	bool ok;

	buf_init(&sql, CRITERIA_SQL_MAX + RANGE_SQL_MAX);
	buf_printf(&sql, "SELECT count(*) %s", buf_str(from));
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, &rows, err);
	buf_deinit(&sql);
	if (ok)
		*clients_out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return ok;
}

/* A second connection that sees what the first one sees.  Not waited for long: all who hold one
 * could be waiting for another. */
static struct pg *take_second(const struct count *count)
{
	struct pg_pool *pool = count->r->api->store;
	struct pg *second = NULL;
	struct err busy;

	if (!pg_pool_take(pool, clock_mono_ms() + SECOND_WAIT_MS, &second, &busy))
		return NULL;
	if (pg_begin_as(second, count->pg[0], &busy) &&
	    criteria_tune(second, count->compiled, &busy))
		return second;
	pg_pool_give(pool, second);
	return NULL;
}

static bool count_in_ranges(struct request *r, const struct buf *from,
			    const struct criteria_compiled *compiled, int64_t *clients_out,
			    struct err *err)
{
	struct count count = {.r = r, .compiled = compiled, .pg = {r->pg}};
	struct buf sql;
	bool ok;

	buf_init(&sql, CRITERIA_SQL_MAX + RANGE_SQL_MAX);
	put_range(&sql, from, compiled);
	count.sql = buf_str(&sql);
	ok = read_bounds(&count, err);
	if (ok) {
		count.pg[1] = take_second(&count);
		ok = count_ranges(&count, err);
		if (count.pg[1] != NULL)
			pg_pool_give(r->api->store, count.pg[1]);
	}
	pg_result_free(&count.bounds);
	buf_deinit(&sql);
	*clients_out = count.clients;
	return ok;
}

bool criteria_clients(struct request *r, const struct cJSON *tree, int64_t *clients_out,
		      struct err *err)
{
	struct criteria_compiled compiled;
	struct buf from;
	bool ok = pg_begin_frozen(r->pg, err);

	*clients_out = 0;
	buf_init(&from, CRITERIA_SQL_MAX);
	ok = ok && criteria_compile_tree(r, tree, &from, &compiled, err);
	if (ok && !problem_found(&r->problem))
		ok = criteria_tune(r->pg, &compiled, err) &&
		     (compiled.ranges == RANGES_NONE
			      ? count_whole(r, &from, clients_out, err)
			      : count_in_ranges(r, &from, &compiled, clients_out, err));
	pg_params_reset(r->params);
	buf_deinit(&from);
	pg_rollback(r->pg);
	return ok;
}
