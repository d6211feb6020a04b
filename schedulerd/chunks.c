/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* chunks - released at the campaign's pace, a ticket each. */
#include "common/base/log.h"
#include "schedulerd/scheduler.h"

/* Released and not done at a time, over all runs: enough to keep every dispatcherd busy, little
 * enough that a pause finds most of the work still waiting. */
#define OUTSTANDING_MAX	  32
#define OUTSTANDING_MIN	  4 /* a run's floor share */
#define PACED_AHEAD_S	  15
#define PACED_MIN	  50   /* clients */
#define PACED_CHUNK_PER_S 1000 /* a chunk a turn for so much of the pace */
#define REPUBLISH_MAX	  500
#define SINGLES_MAX	  200 /* chunks of the API a turn */

struct due_run {
	int64_t id;
	int64_t allowance; /* chunks that may be released now */
	bool pays;	   /* a budget binds it: its chunks draw from its hold */
};

/* Running runs by priority with what each may release.  A paced run keeps fifteen seconds of its
 * pace dispatched and not sent, so that what is made early is little; its claims keep the pace. */
static bool due_runs(struct scheduler *s, struct due_run *out, size_t max, size_t *count_out,
		     struct err *err)
{
	static const struct pg_stmt due = {
		"chunk_due_runs",
		"SELECT r.id, o.n, NOT r.paced OR k.waiting + o.clients < greatest($1, "
		"p.rate_per_s * $2), r.paced,"
		"       (SELECT count(*) FROM chunk WHERE state = 1), "
		"coalesce(p.rate_per_s, 0)::bigint,"
		"       EXISTS (SELECT 1 FROM budget_hold b WHERE b.run_id = r.id)"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id"
		"  CROSS JOIN LATERAL (SELECT id, no FROM chunk WHERE run_id = r.id AND state = 0"
		"                         AND not_before <= statement_timestamp()"
		"                         AND (trial OR coalesce(r.trial, 'over') = 'over')"
		"                       ORDER BY not_before, id LIMIT 1) w"
		"  CROSS JOIN LATERAL (SELECT count(*) AS n, coalesce(sum(size), 0) AS clients"
		"                        FROM chunk WHERE state = 1 AND run_id = r.id) o"
		"  LEFT JOIN run_pace p ON p.run_id = r.id"
		"  CROSS JOIN LATERAL (SELECT greatest(coalesce(sum(messages - accepted - unknown"
		"                             - cancelled - failed), 0), 0) AS waiting"
		"                        FROM run_count WHERE run_id = r.id AND r.paced) k"
		" WHERE r.status = 'running' AND r.snapshot_at IS NOT NULL AND r.finished_at IS "
		"NULL AND coalesce(r.trial, 'over') IN ('over', 'sending')"
		" ORDER BY c.priority DESC, r.id"};
	struct pg_result *rows = NULL;
	int64_t room;

	pg_param_int64(s->params, PACED_MIN);
	pg_param_int64(s->params, PACED_AHEAD_S);
	if (!scheduler_run(s, &due, &rows, err))
		return false;
	*count_out = 0;
	room = OUTSTANDING_MAX - (pg_rows(rows) > 0 ? pg_int(rows, 0, 4) : 0);
	for (size_t i = 0; i < pg_rows(rows) && *count_out < max; i++) {
		int64_t outstanding = pg_int(rows, i, 1);
		int64_t paced = 1 + pg_int(rows, i, 5) / PACED_CHUNK_PER_S;
		int64_t allowance = room;

		if (!pg_bool(rows, i, 2))
			continue;
		if (allowance + outstanding < OUTSTANDING_MIN)
			allowance = OUTSTANDING_MIN - outstanding;
		if (pg_bool(rows, i, 3) && allowance > paced)
			allowance = paced;
		if (allowance <= 0)
			continue;
		out[(*count_out)++] = (struct due_run){.id = pg_int(rows, i, 0),
						       .allowance = allowance,
						       .pays = pg_bool(rows, i, 6)};
		room -= allowance;
	}
	pg_result_free(&rows);
	return true;
}

static bool release(struct scheduler *s, const struct due_run *run, struct err *err)
{
	static const struct pg_stmt stmt = {
		"chunk_release",
		"WITH next AS ("
		"  SELECT id FROM chunk WHERE run_id = $1 AND state = 0"
		"     AND not_before <= statement_timestamp()"
		"     AND (trial OR (SELECT coalesce(r.trial, 'over') = 'over' FROM run r"
		"                     WHERE r.id = $1)) ORDER BY not_before, id LIMIT $2"
		"     FOR UPDATE SKIP LOCKED)"
		" UPDATE chunk c SET state = 1, published_at = clock_timestamp(), publish_count = 1"
		"   FROM next WHERE c.id = next.id AND EXISTS (SELECT 1 FROM run WHERE id = $1 AND "
		"status = 'running')"
		" RETURNING c.id, c.lane"};
	static const struct pg_stmt paid = {
		"chunk_release_paid",
		"SELECT chunk_id, chunk_lane FROM budget_release($1::bigint, $2::bigint)"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, run->id);
	pg_param_int64(s->params, run->allowance);
	if (!scheduler_run(s, run->pays ? &paid : &stmt, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		ticket_add_chunk(s, (enum lane)pg_int(rows, i, 1), pg_int(rows, i, 0));
	pg_result_free(&rows);
	return true;
}

/* Messages of the API that waited for their permitted hours. */
static bool release_singles(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt stmt = {
		"chunk_release_singles",
		"WITH next AS ("
		"  SELECT id FROM chunk WHERE run_id IS NULL AND state = 0"
		"     AND not_before <= statement_timestamp() ORDER BY not_before, id LIMIT $1"
		"     FOR UPDATE SKIP LOCKED)"
		" UPDATE chunk c SET state = 1, published_at = clock_timestamp(), publish_count = 1"
		"   FROM next WHERE c.id = next.id RETURNING c.id, c.lane"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, SINGLES_MAX);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		ticket_add_chunk(s, (enum lane)pg_int(rows, i, 1), pg_int(rows, i, 0));
	pg_result_free(&rows);
	return true;
}

bool chunk_release(struct scheduler *s, struct err *err)
{
	struct due_run runs[64];
	size_t count;

	if (!s->mq_ready)
		return true;
	if (!due_runs(s, runs, sizeof(runs) / sizeof(runs[0]), &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!release(s, &runs[i], err))
			return false;
	}
	return release_singles(s, err) && scheduler_send(s, err);
}

/* --- again ---------------------------------------------------------------------------------------
 */

/* Publish released chunks again that are older than the backoff, or all of a lane older than 2 s
 * whose queue is empty: the broker has lost them. */
static bool republish(struct scheduler *s, enum lane lane, bool lost, struct err *err)
{
	static const struct pg_stmt stmt = {
		"chunk_republish",
		"WITH overdue AS ("
		"  SELECT id FROM chunk WHERE state = 1 AND lane = $1::smallint"
		"     AND coalesce(published_at, created_at) < clock_timestamp() - CASE WHEN "
		"$2::boolean THEN interval '2 s'"
		"         ELSE least(60 * power(2, least(publish_count, 10) - "
		"1), 600) * interval '1 s' END"
		"   ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED)"
		" UPDATE chunk c SET published_at = clock_timestamp(), "
		"publish_count = least(publish_count + 1, 10000)"
		"   FROM overdue WHERE c.id = overdue.id RETURNING c.id"};
	struct pg_result *rows = NULL;

	pg_param_int16(s->params, (int16_t)lane);
	pg_param_bool(s->params, lost);
	pg_param_int64(s->params, REPUBLISH_MAX);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		log_info("publishing chunks again", LS("lane", lane_name(lane)),
			 LI("chunks", pg_rows(rows)));
	for (size_t i = 0; i < pg_rows(rows); i++)
		ticket_add_chunk(s, lane, pg_int(rows, i, 0));
	pg_result_free(&rows);
	return true;
}

bool chunk_republish(struct scheduler *s, struct err *err)
{
	if (!s->mq_ready)
		return true;
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		uint32_t ready = 0;
		bool exists = false;

		if (!mq_depth(s->mq, queue_chunk((enum lane)lane), &ready, &exists, err))
			return false;
		if (!exists && !topology_declare_chunks(s->mq, err))
			return false;
		if (!republish(s, (enum lane)lane, ready == 0, err))
			return false;
	}
	return scheduler_send(s, err);
}
