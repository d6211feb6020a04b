/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* estimator - the thread that counts estimates; see estimate.h.
 *
 * One at a time in each apid.  Who counts is heard of at least every second; an estimate whose
 * counter fell silent is begun anew by the next one. */
#include <stdio.h>
#include <string.h>

#include "apid/campaign_terms.h"
#include "apid/estimate.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define PERIOD_MS	 1000
#define TOLD_MS		 500
#define STORE_WAIT_MS	 10000
#define STORE_TIMEOUT_MS 60000
#define CONNECTIONS	 4 /* two that read, one that asks, one that says how far it is */

struct estimator {
	struct api *api;
	pthread_t thread;
	struct queue *pokes;
	struct pg_pool *pool;
};

/* One estimate in the thread's hands. */
struct job {
	struct estimator *e;
	struct request r;
	int64_t id, campaign_id;
	struct tally tally;
	uint64_t told_ms;
};

/* --- saying how far it is ------------------------------------------------------------------------
 */

/* On a connection of its own: those of the count are busy. */
static bool run_aside(struct job *job, const struct pg_stmt *stmt, const struct pg_params *params,
		      struct pg_result **out, struct err *err)
{
	struct pg *pg = NULL;
	bool ok;

	if (!pg_pool_take(job->e->pool, clock_mono_ms() + STORE_WAIT_MS, &pg, err))
		return false;
	ok = pg_run(pg, stmt, params, out, err);
	pg_pool_give(job->e->pool, pg);
	return ok;
}

/* False: it was cancelled, or apid ends.  Failing to say it fails nothing. */
static bool told(void *arg)
{
	static const struct pg_stmt say = {
		"estimate_say", "UPDATE estimate SET looked_at = $2::bigint, clients = $3::bigint,"
				"       beat_at = clock_timestamp()"
				" WHERE id = $1::bigint AND status = 'running' RETURNING id"};
	struct job *job = arg;
	struct pg_result *rows = NULL;
	struct pg_params *params;
	struct err err;
	bool wanted = true;

	if (atomic_load(&job->e->api->ending))
		return false;
	if (clock_mono_ms() - job->told_ms < TOLD_MS)
		return true;
	job->told_ms = clock_mono_ms();
	params = pg_params_new();
	pg_param_int64(params, job->id);
	pg_param_int64(params, job->tally.looked_at);
	pg_param_int64(params, job->tally.sum.clients);
	if (run_aside(job, &say, params, &rows, &err))
		wanted = pg_rows(rows) == 1;
	pg_result_free(&rows);
	pg_params_free(&params);
	return wanted;
}

/* --- storing -------------------------------------------------------------------------------------
 */

/* Columns of lines, for unnest(). */
struct columns {
	int16_t *account, *operator, * parts;
	int64_t *messages, *cost;
};

static void fill_columns(const struct tally *t, struct columns *c)
{
	for (size_t i = 0; i < t->line_count; i++) {
		c->account[i] = t->line[i].account_id;
		c->operator[i] = t->line[i].operator_id;
		c->parts[i] = t->line[i].parts_each;
		c->messages[i] = t->line[i].messages;
		c->cost[i] = t->line[i].cost_micro;
	}
}

static bool store_lines(struct job *job, const struct tally *t, struct err *err)
{
	static const struct pg_stmt add = {
		"estimate_lines",
		"INSERT INTO estimate_line (estimate_id, account_id, operator_id, parts_each,"
		"       messages, cost_micro)"
		" SELECT $1::bigint, u.* FROM unnest($2::smallint[], $3::smallint[], "
		"$4::smallint[],"
		"        $5::bigint[], $6::bigint[]) u"};
	struct pg_params *p = job->r.params;
	size_t n = t->line_count;
	int16_t *shorts = mem_calloc(3 * n + 1, sizeof(*shorts));
	int64_t *longs = mem_calloc(2 * n + 1, sizeof(*longs));
	struct columns c = {shorts, shorts + n, shorts + 2 * n, longs, longs + n};

	fill_columns(t, &c);
	pg_param_int64(p, job->id);
	pg_param_int16_array(p, c.account, n);
	pg_param_int16_array(p, c.operator, n);
	pg_param_int16_array(p, c.parts, n);
	pg_param_int64_array(p, c.messages, n);
	pg_param_int64_array(p, c.cost, n);
	mem_free(shorts);
	mem_free(longs);
	return request_query(&job->r, &add, NULL, err);
}

static bool store_sums(struct job *job, const struct tally *t, bool *wanted_out, struct err *err)
{
	static const struct pg_stmt end = {
		"estimate_done",
		"UPDATE estimate SET status = 'done', clients = $2::bigint, looked_at = $3::bigint,"
		"       duplicates = $4::bigint, recipients = $5::bigint, left_out = $6::bigint[],"
		"       parts = $7::bigint, cost_micro = $8::bigint, finished_at = "
		"clock_timestamp()"
		" WHERE id = $1::bigint AND status = 'running' RETURNING id"};
	struct pg_params *p = job->r.params;
	struct pg_result *rows = NULL;

	pg_param_int64(p, job->id);
	pg_param_int64(p, t->sum.clients);
	pg_param_int64(p, t->looked_at);
	pg_param_int64(p, t->sum.duplicates);
	pg_param_int64(p, t->sum.recipients);
	pg_param_int64_array(p, t->sum.left_out + 1, REASON_LAST);
	pg_param_int64(p, t->sum.parts);
	pg_param_int64(p, t->sum.cost_micro);
	if (!request_query(&job->r, &end, &rows, err))
		return false;
	*wanted_out = pg_rows(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool store(struct job *job, const struct tally *t, struct err *err)
{
	bool wanted = false;

	if (!pg_begin(job->r.pg, err))
		return false;
	if (store_sums(job, t, &wanted, err) && (!wanted || store_lines(job, t, err)) &&
	    pg_commit(job->r.pg, err))
		return true;
	pg_rollback(job->r.pg);
	return false;
}

/* Why there is no result, for a person. */
static void store_failure(struct job *job, const char *problem)
{
	static const struct pg_stmt fail = {
		"estimate_failed", "UPDATE estimate SET status = 'failed', problem = $2::text,"
				   "       finished_at = clock_timestamp() WHERE id = $1::bigint "
				   "AND status = 'running'"};
	struct pg_params *params = pg_params_new();
	struct err err;

	pg_param_int64(params, job->id);
	pg_param_text(params, problem);
	if (!run_aside(job, &fail, params, NULL, &err))
		log_err("the end of an estimate could not be noted", &err, LI("estimate", job->id));
	pg_params_free(&params);
}

/* --- one estimate --------------------------------------------------------------------------------
 */

/* The next that waits, or whose counter fell silent. */
static bool claim(struct job *job, struct err *err)
{
	static const struct pg_stmt next = {
		"estimate_claim",
		"UPDATE estimate SET status = 'running', looked_at = 0, beat_at = clock_timestamp()"
		" WHERE id = (SELECT e.id FROM estimate e WHERE e.status = 'waiting'"
		"       OR e.status = 'running' AND e.beat_at < clock_timestamp() - interval '15 s'"
		"       ORDER BY e.id LIMIT 1 FOR UPDATE SKIP LOCKED)"
		" RETURNING id, campaign_id"};
	struct pg_result *rows = NULL;

	if (!request_query(&job->r, &next, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		job->id = pg_int(rows, 0, 0);
		job->campaign_id = pg_int(rows, 0, 1);
	}
	pg_result_free(&rows);
	return true;
}

static bool count(struct job *job, const struct terms *terms, struct err *err)
{
	struct audience_terms audience;
	int16_t purpose = 0;
	bool ok;

	terms_audience(terms, &audience);
	if (!compose_purpose(job->r.pg, audience.category, &purpose, err))
		return false;
	tally_init(&job->tally, &audience, purpose);
	ok = estimate_count(&job->r, job->e->pool, job->campaign_id, &job->tally, told, job, err) &&
	     store(job, &job->tally, err);
	tally_deinit(&job->tally);
	return ok;
}

static bool run_job(struct job *job, struct err *err)
{
	struct terms terms;
	bool ok;

	if (!terms_load(&job->r, job->campaign_id, &terms, err))
		return false;
	if (problem_found(&job->r.problem)) /* the campaign is gone, and this estimate with it */
		return true;
	if (terms.plan == NULL) {
		store_failure(job, "The text of the campaign cannot be sent as it is. Mend it and "
				   "count again");
		ok = true;
	} else {
		ok = count(job, &terms, err);
	}
	terms_deinit(&terms);
	return ok;
}

/* True: there may be more. */
static bool work(struct estimator *e)
{
	struct job job = {.e = e, .r = {.api = e->api}};
	struct err err = {0};
	bool ok;

	if (!pg_pool_take(e->pool, clock_mono_ms() + STORE_WAIT_MS, &job.r.pg, &err))
		return false;
	job.r.params = pg_params_new();
	problem_init(&job.r.problem);
	ok = claim(&job, &err) && (job.id == 0 || run_job(&job, &err));
	pg_pool_give(e->pool, job.r.pg);
	if (!ok && err.kind != ERR_STOPPING) {
		log_err("estimate failed", &err, LI("estimate", job.id));
		if (job.id != 0)
			store_failure(&job, "The database failed. Count again");
	}
	problem_deinit(&job.r.problem);
	pg_params_free(&job.r.params);
	return ok && job.id != 0;
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void *estimator_thread(void *arg)
{
	struct estimator *e = arg;

	while (!atomic_load(&e->api->ending))
		if (!work(e))
			(void)queue_take(e->pokes, clock_mono_ms() + PERIOD_MS);
	return NULL;
}

struct estimator *estimator_new(struct api *api)
{
	struct estimator *e = mem_calloc(1, sizeof(*e));
	const struct pg_options options = {.url = api->config->database_url,
					   .application = "apid",
					   .timeout_ms = STORE_TIMEOUT_MS};

	e->api = api;
	e->pokes = queue_new(1);
	e->pool = pg_pool_new(&options, CONNECTIONS);
	if (pthread_create(&e->thread, NULL, estimator_thread, e) != 0)
		panic("pthread_create failed");
	return e;
}

void estimator_poke(struct estimator *e)
{
	static char poke;

	(void)queue_try_put(e->pokes, &poke);
}

void estimator_free(struct estimator **estimator)
{
	struct estimator *e = *estimator;

	if (e == NULL)
		return;
	estimator_poke(e);
	pthread_join(e->thread, NULL);
	while (queue_try_take(e->pokes) != NULL)
		;
	queue_free(&e->pokes);
	pg_pool_free(&e->pool);
	mem_free(e);
	*estimator = NULL;
}
