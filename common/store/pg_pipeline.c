/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Several statements in one round trip.
 *
 * Every statement owes one answer, and one more before it when it had to be prepared; the answers
 * come in order, each closed by a NULL, then one for the sync.  After the first failure the server
 * skips everything up to the sync. */
#include "common/store/pg_internal.h"

static const char PIPELINE[] = "pipeline";

bool pg_pipeline_begin(struct pg *pg, struct err *err)
{
	if (!pg_ready(pg, err))
		return false;
	if (!pg_still_there(pg))
		return err_set(err, ERR_LOST, "the database ended the session");
	if (PQenterPipelineMode(pg->conn) != 1)
		return pg_lost(pg, err, PIPELINE);
	pg->phase = PG_PHASE_PIPELINE;
	pg->expected_count = 0;
	pg->pipeline_count = 0;
	pg->pipeline_commits = false;
	pg->pipeline_began_in = pg_in_transaction(pg);
	return true;
}

/* A loss once a COMMIT is on its way leaves the outcome open. */
static bool pipeline_failed(struct pg *pg, struct err *err)
{
	if (err->kind == ERR_LOST && pg->pipeline_commits)
		err->kind = ERR_UNKNOWN;
	return false;
}

static void expect(struct pg *pg, struct pg_plan *plan, bool prepare)
{
	pg->expected[pg->expected_count++] = (struct pg_expected){.plan = plan, .prepare = prepare};
}

bool pg_pipeline_add(struct pg *pg, const struct pg_stmt *stmt, const struct pg_params *params,
		     struct err *err)
{
	struct pg_plan *plan;

	if (pg->phase != PG_PHASE_PIPELINE) {
		if (!pg_usable(pg))
			return err_set(err, ERR_LOST, "there is no connection to the database");
		panic("pg_pipeline_add without pg_pipeline_begin");
	}
	if (pg->pipeline_count == PG_PIPELINE_MAX)
		panic("more than %d statements in one pipeline", PG_PIPELINE_MAX);
	if (!pg_check_params(stmt, params, err))
		return false;
	plan = pg_plan_for(pg, stmt, params);
	if (plan->state == PG_PLAN_NEW) {
		if (!pg_plan_send_prepare(pg, plan)) {
			(void)pg_lost(pg, err, stmt->name);
			return pipeline_failed(pg, err);
		}
		plan->state = PG_PLAN_SENT;
		expect(pg, plan, true);
	}
	if (!pg_plan_send(pg, plan, params)) {
		(void)pg_lost(pg, err, stmt->name);
		return pipeline_failed(pg, err);
	}
	expect(pg, plan, false);
	pg->pipeline_count++;
	pg->pipeline_commits |= pg_is_commit(stmt->sql);
	return true;
}

/* One answer and the NULL behind it. */
static bool take_answer(struct pg *pg, const char *what, uint64_t deadline_ms, PGresult **out,
			struct err *err)
{
	PGresult *end = NULL;

	if (!pg_next(pg, what, deadline_ms, out, err))
		return false;
	if (*out == NULL)
		return pg_lost(pg, err, what);
	if (!pg_next(pg, what, deadline_ms, &end, err)) {
		PQclear(*out);
		return false;
	}
	if (end != NULL) {
		PQclear(end);
		PQclear(*out);
		return pg_lost(pg, err, what);
	}
	return true;
}

/* Judge one answer.  Only the first failure fills `err`; `failed` says there was one before. */
static bool judge(struct pg *pg, const struct pg_expected *e, const PGresult *res, bool failed,
		  struct err *err)
{
	ExecStatusType status = PQresultStatus(res);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

	if (e->prepare)
		e->plan->state = ok ? PG_PLAN_READY : PG_PLAN_NEW;
	if (failed)
		return false;
	if (status == PGRES_PIPELINE_ABORTED) {
		/* Nothing before failed, so something is out of step. */
		return pg_lost(pg, err, e->plan->name);
	}
	if (!ok)
		return pg_fail(pg, res, e->plan->name, e->prepare ? e->plan->sql : NULL, err);
	return !pg_is_commit(e->plan->sql) || e->prepare || pg_check_commit(res, err);
}

/* Read what every statement owes; results go to `outs` while nothing has failed.  False with
 * pg->conn still set: a statement failed and everything was read. */
static bool take_answers(struct pg *pg, uint64_t deadline_ms, struct pg_result **outs,
			 size_t *filled, struct err *err)
{
	bool failed = false;

	for (size_t i = 0; i < pg->expected_count; i++) {
		struct pg_expected e = pg->expected[i];
		struct err later;
		PGresult *res = NULL;

		if (!take_answer(pg, PIPELINE, deadline_ms, &res, failed ? &later : err))
			return false;
		if (!judge(pg, &e, res, failed, err))
			failed = true;
		if (pg->conn == NULL || failed || e.prepare || outs == NULL)
			PQclear(res);
		else
			outs[(*filled)++] = (struct pg_result *)(void *)res;
		if (pg->conn == NULL)
			return false;
	}
	return !failed;
}

static bool take_sync(struct pg *pg, uint64_t deadline_ms, struct err *err)
{
	PGresult *res = NULL;
	ExecStatusType status;

	if (!pg_next(pg, PIPELINE, deadline_ms, &res, err))
		return false;
	status = PQresultStatus(res);
	PQclear(res);
	if (status != PGRES_PIPELINE_SYNC || PQexitPipelineMode(pg->conn) != 1)
		return pg_lost(pg, err, PIPELINE);
	pg->phase = PG_PHASE_IDLE;
	return true;
}

bool pg_pipeline_end(struct pg *pg, struct pg_result **outs, size_t count, struct err *err)
{
	uint64_t deadline_ms = pg_deadline(pg);
	struct err later;
	size_t filled = 0;
	bool ok;

	if (pg->phase != PG_PHASE_PIPELINE) {
		if (!pg_usable(pg))
			return err_set(err, ERR_LOST, "there is no connection to the database");
		panic("pg_pipeline_end without pg_pipeline_begin");
	}
	if (outs != NULL && count != pg->pipeline_count)
		panic("%zu results for %zu statements", count, pg->pipeline_count);
	if (PQpipelineSync(pg->conn) != 1) {
		(void)pg_lost(pg, err, PIPELINE);
		return pipeline_failed(pg, err);
	}
	ok = take_answers(pg, deadline_ms, outs, &filled, err);
	if (pg->conn != NULL && !take_sync(pg, deadline_ms, ok ? err : &later))
		ok = false;
	if (ok)
		return true;
	for (size_t i = 0; outs != NULL && i < count; i++)
		if (i < filled)
			pg_result_free(&outs[i]);
	/* A BEGIN of this pipeline has no one else to end it. */
	if (!pg->pipeline_began_in)
		pg_rollback(pg);
	return pipeline_failed(pg, err);
}
