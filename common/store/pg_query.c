/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Single statements and transactions. */
#include "common/store/pg_internal.h"

#include <poll.h>
#include <stdlib.h>
#include <strings.h>

#include "common/base/clock.h"

enum { TRANSACTION_TRIES = 5, RETRY_DELAY_MS = 10 };

bool pg_check_params(const struct pg_stmt *stmt, const struct pg_params *params, struct err *err)
{
	if (params != NULL && params->data.overflow)
		return err_set(err, ERR_LIMIT, "%s: the parameters are larger than %zu MiB",
			       stmt->name, params->data.max >> 20);
	return true;
}

static bool prepare_now(struct pg *pg, struct pg_plan *plan, struct err *err)
{
	if (!pg_plan_send_prepare(pg, plan))
		return pg_lost(pg, err, plan->name);
	if (!pg_collect(pg, plan->name, plan->sql, NULL, err))
		return false;
	plan->state = PG_PLAN_READY;
	return true;
}

bool pg_run(struct pg *pg, const struct pg_stmt *stmt, const struct pg_params *params,
	    struct pg_result **out, struct err *err)
{
	struct pg_plan *plan;
	PGresult *res = NULL;

	if (!pg_ready(pg, err) || !pg_check_params(stmt, params, err))
		return false;
	plan = pg_plan_for(pg, stmt, params);
	if (plan->state != PG_PLAN_READY && !prepare_now(pg, plan, err))
		return false;
	if (!pg_plan_send(pg, plan, params))
		return pg_lost(pg, err, stmt->name);
	if (!pg_collect(pg, stmt->name, NULL, out != NULL ? &res : NULL, err))
		return false;
	if (out != NULL)
		*out = (struct pg_result *)(void *)res;
	return true;
}

static const char once[] = "a statement of one time";

bool pg_once_begin(struct pg *pg, const char *sql, const struct pg_params *params, struct err *err)
{
	const struct pg_stmt stmt = {once, sql};

	if (!pg_ready(pg, err) || !pg_check_params(&stmt, params, err))
		return false;
	if (!pg_send_once(pg, sql, params))
		return pg_lost(pg, err, once);
	return pg_flush(pg, once, pg_deadline(pg), err);
}

bool pg_once_end(struct pg *pg, struct pg_result **out, struct err *err)
{
	PGresult *res = NULL;

	if (!pg_collect(pg, once, NULL, out != NULL ? &res : NULL, err))
		return false;
	if (out != NULL)
		*out = (struct pg_result *)(void *)res;
	return true;
}

bool pg_run_once(struct pg *pg, const char *sql, const struct pg_params *params,
		 struct pg_result **out, struct err *err)
{
	return pg_once_begin(pg, sql, params, err) && pg_once_end(pg, out, err);
}

bool pg_exec(struct pg *pg, const char *sql, struct err *err)
{
	if (!pg_ready(pg, err))
		return false;
	if (PQsendQuery(pg->conn, sql) != 1)
		return pg_lost(pg, err, "sending SQL");
	return pg_collect(pg, "SQL", sql, NULL, err);
}

/* --- transactions ------------------------------------------------------------------------------
 */

bool pg_begin(struct pg *pg, struct err *err)
{
	return pg_exec(pg, "BEGIN", err);
}

#define BEGIN_FROZEN "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

bool pg_begin_frozen(struct pg *pg, struct err *err)
{
	return pg_exec(pg, BEGIN_FROZEN, err);
}

bool pg_begin_as(struct pg *pg, struct pg *other, struct err *err)
{
	struct pg_result *rows = NULL;
	char sql[160];

	if (!pg_run_once(other, "SELECT pg_export_snapshot()", NULL, &rows, err))
		return false;
	(void)snprintf(sql, sizeof(sql), BEGIN_FROZEN "; SET TRANSACTION SNAPSHOT '%s'",
		       pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return pg_exec(pg, sql, err);
}

bool pg_is_commit(const char *sql)
{
	sql += strspn(sql, " \t\n");
	return strncasecmp(sql, "COMMIT", 6) == 0 || strncasecmp(sql, "END", 3) == 0;
}

bool pg_check_commit(const PGresult *res, struct err *err)
{
	/* PQcmdStatus() only reads. */
	if (strcmp(PQcmdStatus((PGresult *)(uintptr_t)(const void *)res), "ROLLBACK") == 0)
		return err_set(err, ERR_REFUSED,
			       "nothing was committed: an earlier statement of the transaction "
			       "had failed");
	return true;
}

bool pg_commit(struct pg *pg, struct err *err)
{
	PGresult *res = NULL;
	bool ok;

	if (!pg_ready(pg, err))
		return false;
	/* A session that is known to be over before COMMIT is sent committed nothing. */
	if (!pg_still_there(pg))
		return err_set(err, ERR_LOST, "the database ended the session before COMMIT");
	if (PQsendQuery(pg->conn, "COMMIT") != 1)
		return pg_lost(pg, err, "COMMIT");
	if (!pg_collect(pg, "COMMIT", NULL, &res, err)) {
		if (err->kind == ERR_LOST)
			err->kind = ERR_UNKNOWN;
		return false;
	}
	ok = pg_check_commit(res, err);
	PQclear(res);
	return ok;
}

void pg_rollback(struct pg *pg)
{
	struct err ignored;
	char sqlstate[sizeof(pg->sqlstate)];

	/* What is queued in a half-built pipeline or COPY must not run any more. */
	if (pg->phase != PG_PHASE_IDLE)
		pg_drop(pg);
	if (!pg_in_transaction(pg))
		return;
	/* The caller will want to know why it rolled back. */
	memcpy(sqlstate, pg->sqlstate, sizeof(sqlstate));
	(void)pg_exec(pg, "ROLLBACK", &ignored);
	memcpy(pg->sqlstate, sqlstate, sizeof(sqlstate));
}

static bool transaction_once(struct pg *pg, bool (*body)(struct pg *pg, void *arg, struct err *err),
			     void *arg, struct err *err)
{
	if (!pg_begin(pg, err))
		return false;
	if (!body(pg, arg, err)) {
		pg_rollback(pg);
		return false;
	}
	return pg_commit(pg, err);
}

bool pg_transaction(struct pg *pg, bool (*body)(struct pg *pg, void *arg, struct err *err),
		    void *arg, struct err *err)
{
	for (int attempt = 1;; attempt++) {
		if (transaction_once(pg, body, arg, err))
			return true;
		if (err->kind != ERR_RETRY || attempt == TRANSACTION_TRIES)
			return false;
		(void)poll(NULL, 0, (int)arc4random_uniform((uint32_t)(RETRY_DELAY_MS << attempt)));
	}
}
