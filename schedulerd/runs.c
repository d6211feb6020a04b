/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* runs - from a due campaign to a finished run. */
#include <stdio.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/model/audience.h"
#include "common/model/hours.h"
#include "common/model/list_refresh.h"
#include "common/model/message.h"
#include "schedulerd/scheduler.h"

#define CHUNK_CLIENTS	   1000
#define SNAPSHOT_LOCK	   7002 /* advisory lock class: one schedulerd a snapshot */
#define CANCEL_SWEEP_LIMIT 50

/* A campaign becomes running and gets its run in one statement; the unique (campaign, occurrence)
 * makes a doubled start impossible. */
bool run_start_due(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt start = {
		"run_start_due",
		"WITH due AS ("
		"  SELECT id, validity_s, stop_at, pace_per_min, pace_until FROM campaign"
		"   WHERE status = 'planned' AND start_at <= clock_timestamp()"
		"     AND NOT EXISTS (SELECT 1 FROM campaign_clock k WHERE k.campaign_id = "
		"campaign.id)"
		"   ORDER BY start_at LIMIT 20 FOR UPDATE SKIP LOCKED),"
		" started AS ("
		"  UPDATE campaign c SET status = 'running' FROM due WHERE c.id = due.id"
		"  RETURNING c.id, due.validity_s, due.stop_at,"
		"            num_nonnulls(due.pace_per_min, due.pace_until) > 0 AS paced)"
		" INSERT INTO run (campaign_id, occurrence, status, deadline, stop_at, paced)"
		" SELECT id, 1, 'snapshot', clock_timestamp() + validity_s * interval '1 s', "
		"stop_at, paced"
		"   FROM started"
		" ON CONFLICT (campaign_id, occurrence) DO NOTHING RETURNING id, campaign_id"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &start, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		log_info("run started", LI("run", pg_int(rows, i, 0)),
			 LI("campaign", pg_int(rows, i, 1)));
	pg_result_free(&rows);
	return true;
}

/* --- snapshot ------------------------------------------------------------------------------------
 */

struct snapshot {
	int64_t run_id;
	int64_t list_id; /* 0: all clients */
	int64_t lane;
	int64_t chunk_clients;
	int64_t category;
	int64_t campaign_id;
	bool bound; /* permitted hours bind its category, or its own window does */
	bool split; /* it has several texts, or a trial */
};

/* A paced campaign gets chunks of about a minute, so that little is made long before it leaves. */
static bool snapshot_next(struct scheduler *s, struct snapshot *out, bool *found_out,
			  struct err *err)
{
	static const struct pg_stmt next = {
		"snapshot_next",
		"SELECT r.id, coalesce(c.list_id, 0), CASE c.class WHEN 3 THEN 0 ELSE 1 END,"
		"       least($2::bigint, CASE WHEN r.paced THEN greatest(c.pace_per_min, $3) ELSE "
		"$2 END)::bigint,"
		"       c.category, campaign_bound(c.id, c.category), c.id,"
		"       c.variants IS NOT NULL OR c.trial_clients IS NOT NULL"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id"
		" WHERE r.status IN ('snapshot', 'running', 'paused') AND r.snapshot_at IS NULL"
		"   AND pg_try_advisory_xact_lock($1::integer, (r.id % 2147483647)::integer)"
		" ORDER BY r.id LIMIT 1"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, SNAPSHOT_LOCK);
	pg_param_int64(s->params, CHUNK_CLIENTS);
	pg_param_int64(s->params, BATCH_MESSAGES_MAX);
	if (!scheduler_run(s, &next, &rows, err))
		return false;
	*found_out = pg_rows(rows) == 1;
	if (*found_out) {
		out->run_id = pg_int(rows, 0, 0);
		out->list_id = pg_int(rows, 0, 1);
		out->lane = pg_int(rows, 0, 2);
		out->chunk_clients = pg_int(rows, 0, 3);
		out->category = pg_int(rows, 0, 4);
		out->bound = pg_bool(rows, 0, 5);
		out->campaign_id = pg_int(rows, 0, 6);
		out->split = pg_bool(rows, 0, 7);
	}
	pg_result_free(&rows);
	return true;
}

/* Clients of one chunk have the same permitted hours: those whose hours end first go first, and
 * whose hours have not begun wait for them.  $5 is the category, $6 the campaign. */
#define SPREAD_INSERT_SQL                                                                          \
	", " HOURS_SPREAD_SQL(                                                                     \
		"$6", "$5",                                                                        \
		"statement_timestamp()") ","                                                       \
					 " numbered AS ("                                          \
					 "  SELECT id, msisdn, span, (row_number() OVER "          \
					 "(PARTITION BY span ORDER BY msisdn) - 1)"                \
					 "         / $3::bigint AS part FROM spread),"             \
					 " part AS ("                                              \
					 "  SELECT span, part, count(*) AS size, array_agg(id) "   \
					 "AS ids, array_agg(msisdn) AS msisdns"                    \
					 "    FROM numbered GROUP BY span, part)"                  \
					 " INSERT INTO chunk (run_id, no, lane, size, "            \
					 "client_ids, msisdns, zones, deadline,"                   \
					 "                    not_before)"                         \
					 " SELECT r.id, row_number() OVER (ORDER BY "              \
					 "greatest(s.opens_at, statement_timestamp()),"            \
					 "                                          s.closes_at, " \
					 "s.no, p.part) - 1,"                                      \
					 "        $2::smallint, p.size, p.ids, p.msisdns, "        \
					 "s.zones, d.deadline,"                                    \
					 "        CASE WHEN s.opens_at > statement_timestamp() "   \
					 "AND s.opens_at < d.deadline"                             \
					 "             THEN s.opens_at ELSE '-infinity' END"       \
					 "   FROM part p JOIN span s ON s.no = p.span JOIN run r " \
					 "ON r.id = $1::bigint"                                    \
					 "   JOIN campaign c ON c.id = r.campaign_id"              \
					 "  CROSS JOIN LATERAL (SELECT "                           \
					 "campaign_deadline(c.id, c.after_hours, c.category, "     \
					 "s.zones,"                                                \
					 "       r.deadline - c.validity_s * interval '1 s', "     \
					 "c.validity_s, s.opens_at,"                               \
					 "       s.closes_at) AS deadline) d ORDER BY 2"

/* Chunks in order of numbers, which also keeps the index of
 * messages by number compact.  The role sees only index plans (see the migration); a snapshot
 * reads whole tables and must not. */
static bool snapshot_take(struct scheduler *s, const struct snapshot *snap, struct err *err)
{
	static const struct pg_stmt all = {
		"snapshot_all",
		"WITH audience AS (" AUDIENCE_ALL_SQL "),"
		" numbered AS ("
		"  SELECT id, msisdn, ((row_number() OVER (ORDER BY msisdn)) - 1) / $3::bigint AS "
		"no FROM audience)"
		" INSERT INTO chunk (run_id, no, lane, size, client_ids, msisdns)"
		" SELECT $1::bigint, no, $2::smallint, count(*), array_agg(id), array_agg(msisdn)"
		"   FROM numbered GROUP BY no ORDER BY no"};
	static const struct pg_stmt listed = {
		"snapshot_list",
		"WITH audience AS (" AUDIENCE_LIST_SQL(
			"$4") "),"
			      " numbered AS ("
			      "  SELECT id, msisdn, ((row_number() OVER (ORDER BY msisdn)) - 1) / "
			      "$3::bigint AS "
			      "no FROM audience)"
			      " INSERT INTO chunk (run_id, no, lane, size, client_ids, msisdns)"
			      " SELECT $1::bigint, no, $2::smallint, count(*), array_agg(id), "
			      "array_agg(msisdn)"
			      "   FROM numbered GROUP BY no ORDER BY no"};
	static const struct pg_stmt all_spread = {"snapshot_all_spread",
						  "WITH audience AS MATERIALIZED (" AUDIENCE_ALL_SQL
						  ")" SPREAD_INSERT_SQL};
	static const struct pg_stmt listed_spread = {
		"snapshot_list_spread",
		"WITH audience AS MATERIALIZED (" AUDIENCE_LIST_SQL("$4") ")" SPREAD_INSERT_SQL};
	/* Whom its people may see is whom it reaches. */
	static const struct pg_stmt view = {
		"snapshot_view",
		"SELECT set_config('vestnik.clients', coalesce(c.client_departments::text, ''), "
		"true)"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id WHERE r.id = $1::bigint"};
	const struct pg_stmt *stmt = snap->list_id != 0 ? &listed : &all;

	if (snap->list_id != 0 && !list_refresh(s->pg, snap->list_id, 0, err))
		return false;
	if (!pg_exec(s->pg,
		     "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;"
		     "SET LOCAL enable_mergejoin = on; SET LOCAL work_mem = '256MB'",
		     err))
		return false;
	pg_param_int64(s->params, snap->run_id);
	if (!scheduler_run(s, &view, NULL, err))
		return false;
	pg_param_int64(s->params, snap->run_id);
	pg_param_int16(s->params, (int16_t)snap->lane);
	pg_param_int64(s->params, snap->chunk_clients);
	if (snap->list_id != 0 || snap->bound)
		pg_param_int64(s->params, snap->list_id);
	if (snap->bound) {
		pg_param_int16(s->params, (int16_t)snap->category);
		pg_param_int64(s->params, snap->campaign_id);
		stmt = snap->list_id != 0 ? &listed_spread : &all_spread;
	}
	if (snap->split)
		stmt = split_snapshot(snap->list_id != 0, snap->bound);
	return scheduler_run(s, stmt, NULL, err);
}

static bool set_pace(struct scheduler *s, int64_t run_id, struct err *err)
{
	static const struct pg_stmt set = {"snapshot_pace", "SELECT run_pace_set($1, true)"};

	pg_param_int64(s->params, run_id);
	return scheduler_run(s, &set, NULL, err);
}

/* A run cancelled meanwhile takes no snapshot: no row, and the caller rolls back. */
static bool snapshot_done(struct scheduler *s, const struct snapshot *snap, bool *taken_out,
			  struct err *err)
{
	/* A pause waits for this transaction, or is seen by it: never both unseen. */
	static const struct pg_stmt hold = {
		"snapshot_hold",
		"SELECT 1 FROM campaign c JOIN run r ON r.campaign_id = c.id WHERE r.id = $1"
		"   FOR SHARE OF c"};
	static const struct pg_stmt done = {
		"snapshot_done",
		"UPDATE run r SET snapshot_at = clock_timestamp(), audience = x.clients, chunks = "
		"x.chunks, deadline = greatest(r.deadline, x.deadline),"
		"       duplicates = CASE WHEN $2::bigint = 0 THEN (" AUDIENCE_COUNT_ALL_SQL ")"
		"                    ELSE (" AUDIENCE_COUNT_LIST_SQL(
			"$2") ") END - x.clients,"
			      "       status = CASE WHEN r.status = 'snapshot' AND c.status = "
			      "'paused' THEN "
			      "'paused'"
			      "                WHEN r.status = 'snapshot' THEN 'running' ELSE "
			      "r.status END"
			      "  FROM campaign c, (SELECT coalesce(sum(size), 0) AS clients, "
			      "count(*) AS chunks,"
			      "                           max(deadline) AS deadline"
			      "                      FROM chunk WHERE run_id = $1::bigint) x"
			      " WHERE r.id = $1::bigint AND c.id = r.campaign_id"
			      "   AND r.status IN ('snapshot', 'running', 'paused') AND c.status "
			      "<> 'cancelled'"
			      " RETURNING r.audience, r.chunks"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, snap->run_id);
	if (!scheduler_run(s, &hold, NULL, err))
		return false;
	pg_param_int64(s->params, snap->run_id);
	pg_param_int64(s->params, snap->list_id);
	if (!scheduler_run(s, &done, &rows, err))
		return false;
	*taken_out = pg_rows(rows) == 1;
	if (*taken_out)
		log_info("snapshot taken", LI("run", snap->run_id),
			 LI("audience", pg_int(rows, 0, 0)), LI("chunks", pg_int(rows, 0, 1)));
	pg_result_free(&rows);
	return !*taken_out || set_pace(s, snap->run_id, err);
}

bool run_snapshot_next(struct scheduler *s, struct err *err)
{
	struct snapshot snap;
	bool found = false;
	bool taken = false;

	if (!route_store_refresh(&s->store, s->pg, err) || !pg_begin(s->pg, err) ||
	    !snapshot_next(s, &snap, &found, err))
		return false;
	if (!found) {
		pg_rollback(s->pg);
		return true;
	}
	if (!occurrence_audience(s, snap.run_id, &snap.list_id, err) ||
	    !snapshot_take(s, &snap, err) || !snapshot_done(s, &snap, &taken, err) ||
	    !occurrence_audience_drop(s, snap.run_id, err) ||
	    (taken && (!route_plan_run(s, snap.run_id, err) || !trial_begin(s, snap.run_id, err) ||
		       !control_send(s, snap.run_id, err))))
		return err_wrap(err, "run %lld", (long long)snap.run_id);
	if (!taken) {
		pg_rollback(s->pg);
		return true;
	}
	return pg_commit(s->pg, err);
}

/* --- ends ----------------------------------------------------------------------------------------
 */

bool run_sweep_cancelled(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt sweep = {
		"run_sweep_cancelled",
		"SELECT run_cancel_sweep(id, $1, $2::smallint) FROM run"
		" WHERE status = 'cancelled' AND swept_at IS NULL ORDER BY id LIMIT 5"};
	int64_t changed;

	do {
		struct pg_result *rows = NULL;

		pg_param_int32(s->params, CANCEL_SWEEP_LIMIT);
		pg_param_int16(s->params, (int16_t)daemon_slot());
		if (!scheduler_run(s, &sweep, &rows, err))
			return false;
		changed = 0;
		for (size_t i = 0; i < pg_rows(rows); i++)
			changed += pg_int(rows, i, 0);
		pg_result_free(&rows);
	} while (changed > 0 && !daemon_stopping());
	return true;
}

/* Campaigns with more to come end with occurrence_finish().  Every client of the snapshot has a
 * fate and every message a final one: run_count is written in the transactions that change
 * messages, so its sums are exact. */
bool run_finish(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt finish = {
		"run_finish",
		"WITH over AS ("
		"  SELECT r.id, r.campaign_id FROM run r"
		"   CROSS JOIN LATERAL (SELECT coalesce(sum(messages + suppressed), 0) AS "
		"dispatched,"
		"                coalesce(sum(suppressed + unknown + cancelled + failed + rejected "
		"+ expired"
		"                             + undelivered + delivered), 0) AS final"
		"           FROM run_count k WHERE k.run_id = r.id) n"
		"   WHERE r.finished_at IS NULL AND r.status IN ('running', 'cancelled')"
		"     AND (r.snapshot_at IS NOT NULL AND n.dispatched >= r.audience AND n.final >= "
		"n.dispatched"
		"          OR r.snapshot_at IS NULL AND r.status = 'cancelled')"
		"     AND (r.status = 'running' OR r.swept_at IS NOT NULL)"
		"     AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.run_id = r.id AND c.state = 0)"
		"   FOR UPDATE OF r SKIP LOCKED),"
		" ended AS ("
		"  UPDATE run r SET finished_at = clock_timestamp(),"
		"         status = CASE r.status WHEN 'running' THEN 'finished' ELSE r.status END"
		"    FROM over WHERE r.id = over.id RETURNING r.id, r.campaign_id, r.status, "
		"r.end_reason),"
		" unpaced AS (DELETE FROM run_pace p USING ended WHERE p.run_id = ended.id),"
		" closed AS ("
		"  UPDATE campaign c SET finished_at = clock_timestamp(),"
		"         status = CASE WHEN ended.status = 'finished' OR ended.end_reason IS NOT "
		"NULL"
		"                  THEN 'finished' ELSE c.status END"
		"    FROM ended WHERE c.id = ended.campaign_id"
		"     AND NOT EXISTS (SELECT 1 FROM campaign_clock k WHERE k.campaign_id = c.id))"
		" SELECT id, campaign_id FROM ended"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &finish, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		log_info("run finished", LI("run", pg_int(rows, i, 0)),
			 LI("campaign", pg_int(rows, i, 1)));
	pg_result_free(&rows);
	return true;
}
