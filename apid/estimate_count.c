/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* estimate_count - see estimate.h.
 *
 * While one connection reads a range, the thread judges the clients of the other's. */
#include "apid/estimate.h"

#include "common/base/clock.h"
#include "common/model/audience.h"

#define RANGE_CLIENTS 10000
#define READERS	      2
#define POOL_WAIT_MS  10000

/* $1 and $10 are where a range begins and ends. */
static const char ALL_SQL[] = TALLY_LOOK_SQL(
	AUDIENCE_ALL_REPEATED_SQL) "  FROM client k" TALLY_JOIN_SQL
				   " WHERE k.id >= $1::bigint AND k.id < $10::bigint "
				   "AND $6::bigint = 0"
				   "   AND " AUDIENCE_HAS_SQL("k");
static const char LIST_SQL[] = TALLY_LOOK_SQL(AUDIENCE_LIST_REPEATED_SQL(
	"$6")) "  FROM list_member l JOIN client k ON k.id = l.client_id AND " AUDIENCE_HAS_SQL("k")
	TALLY_JOIN_SQL " WHERE l.list_id = $6::bigint AND l.client_id >= $1::bigint"
		       "   AND l.client_id < $10::bigint";

struct reading {
	struct tally *t;
	const char *sql;
	struct pg_params *params;
	struct pg_result *bounds; /* first ids of ranges */
	size_t next;
	struct pg *pg[READERS];
	struct pg *busy[READERS];
};

/* Whom the campaign's people may see is whom it reaches.  Connections of the estimator count one
 * estimate after another: each says anew whose clients it sees. */
static bool set_view(struct pg *pg, int64_t campaign_id, struct err *err)
{
	static const struct pg_stmt view = {
		"estimate_view", "SELECT set_config('vestnik.clients', coalesce((SELECT "
				 "c.client_departments::text FROM campaign c WHERE c.id = "
				 "$1::bigint), ''), false)"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64(params, campaign_id);
	ok = pg_run(pg, &view, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

/* Ranges of as many clients each, whatever their ids are. */
static bool read_bounds(struct request *r, struct reading *reading, struct err *err)
{
	static const struct pg_stmt all = {
		"estimate_bounds_all",
		"SELECT k.id, (SELECT count(*) FROM client c WHERE " AUDIENCE_HAS_SQL(
			"c") ")"
			     "  FROM (SELECT c.id, row_number() OVER (ORDER BY c.id) AS n FROM "
			     "client c) k"
			     " WHERE k.n % $2::bigint = 1 AND $1::bigint = 0 ORDER BY k.id"};
	static const struct pg_stmt listed = {
		"estimate_bounds_list",
		"SELECT k.id, (" AUDIENCE_COUNT_LIST_SQL(
			"$1") ") FROM (SELECT l.client_id AS id,"
			      "       row_number() OVER (ORDER BY l.client_id) AS n"
			      "         FROM list_member l WHERE l.list_id = $1::bigint) k"
			      " WHERE k.n % $2::bigint = 1 ORDER BY k.id"};
	int64_t list_id = reading->t->terms->list_id;

	pg_param_int64(r->params, list_id);
	pg_param_int64(r->params, RANGE_CLIENTS);
	if (!request_query(r, list_id != 0 ? &listed : &all, &reading->bounds, err))
		return false;
	if (pg_rows(reading->bounds) > 0)
		reading->t->sum.clients = pg_int(reading->bounds, 0, 1);
	return true;
}

/* Ten thousand clients are few, whatever the planner takes them for: each of them is looked up. */
static bool open_readers(struct pg_pool *pool, struct reading *reading, int64_t campaign_id,
			 struct err *err)
{
	for (size_t i = 0; i < READERS; i++)
		if (!pg_pool_take(pool, clock_mono_ms() + POOL_WAIT_MS, &reading->pg[i], err) ||
		    !pg_exec(reading->pg[i],
			     "SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off",
			     err) ||
		    !set_view(reading->pg[i], campaign_id, err))
			return false;
	return true;
}

static void close_readers(struct pg_pool *pool, struct reading *reading)
{
	for (size_t i = 0; i < READERS; i++)
		if (reading->pg[i] != NULL)
			pg_pool_give(pool, reading->pg[i]);
}

static bool begin_range(struct reading *reading, size_t i, struct err *err)
{
	size_t at = reading->next;
	bool ok;

	if (at == pg_rows(reading->bounds))
		return true;
	reading->next++;
	pg_params_reset(reading->params);
	pg_param_int64(reading->params, pg_int(reading->bounds, at, 0));
	tally_params(reading->t, reading->params);
	pg_param_int64(reading->params, reading->next < pg_rows(reading->bounds)
						? pg_int(reading->bounds, reading->next, 0)
						: INT64_MAX);
	ok = pg_once_begin(reading->pg[i], reading->sql, reading->params, err);
	reading->busy[i] = ok ? reading->pg[i] : NULL;
	return ok;
}

/* Begin the next range before this one is judged. */
static bool turn(struct reading *reading, size_t i, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = pg_once_end(reading->pg[i], &rows, err);

	reading->busy[i] = NULL;
	ok = ok && begin_range(reading, i, err);
	if (ok)
		tally_rows(reading->t, rows);
	pg_result_free(&rows);
	return ok;
}

static bool read_ranges(struct reading *reading, estimate_told_fn *told, void *arg, struct err *err)
{
	struct err later;
	bool ok = true;

	for (size_t i = 0; ok && i < READERS; i++)
		ok = begin_range(reading, i, err);
	/* What was begun is ended, also when another failed. */
	while (reading->busy[0] != NULL || reading->busy[1] != NULL) {
		size_t i = pg_once_wait(reading->busy, READERS);

		if (!ok) {
			struct pg_result *rows = NULL;

			(void)pg_once_end(reading->pg[i], &rows, &later);
			pg_result_free(&rows);
			reading->busy[i] = NULL;
			continue;
		}
		ok = turn(reading, i, err);
		if (ok && !told(arg))
			ok = err_set(err, ERR_STOPPING, "nobody wants the count any more");
	}
	return ok;
}

bool estimate_count(struct request *r, struct pg_pool *pool, int64_t campaign_id, struct tally *t,
		    estimate_told_fn *told, void *arg, struct err *err)
{
	struct reading reading = {
		.t = t,
		.sql = t->terms->list_id != 0 ? LIST_SQL : ALL_SQL,
		.params = pg_params_new(),
	};
	bool ok = set_view(r->pg, campaign_id, err) && read_bounds(r, &reading, err) &&
		  open_readers(pool, &reading, campaign_id, err) &&
		  read_ranges(&reading, told, arg, err);

	close_readers(pool, &reading);
	pg_result_free(&reading.bounds);
	pg_params_free(&reading.params);
	return ok;
}
