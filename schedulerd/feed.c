/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feed - waiting batches to the queues of accounts that can send.
 *
 * Queues hold about five seconds of an account's rate and the database the rest, so that priorities
 * work (quorum queues have none) and a dead provider owns nothing.  Urgent batches that wait
 * (retries, resumed ones) go first and without limit; bulk ones by priority of their runs, where
 * every run gets a floor share so that none starves.  Of a paced run no more is published than its
 * pace lets go, so that it takes nothing from others.  What is past its deadline waits for the
 * sweep, what is outside its permitted hours for these. */
#include "common/base/log.h"
#include "schedulerd/scheduler.h"

#define FEED_S	      5
/* Of a paced run, at each account that carries some of it: what others have published stands before
 * it in the queue, and then it shall not be short. */
#define PACED_FEED_S  (FEED_S + 2)
#define BATCHES_MIN   2
#define URGENT_MAX    500
#define RUNS_MAX      256
#define MOVED_MAX     1000
#define FLOOR_PERCENT 10 /* of the budget, for all runs that wait in turn */
#define PARTS_MIN     (BATCHES_MIN * BATCH_MESSAGES_MAX)

struct feed_account {
	int id;
	int64_t budget_parts;	 /* may be published now */
	int64_t published_count; /* stand published and unclaimed */
};

struct feed_run {
	int64_t id;    /* 0: bulk messages of the API */
	int64_t parts; /* may be published now by its pace; INT64_MAX: it has none */
};

static bool read_accounts(struct scheduler *s, struct feed_account *out, size_t max,
			  size_t *count_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"feed_accounts",
		"SELECT a.id, a.parts_per_s, p.parts, p.n, d.parts"
		"  FROM account a JOIN account_lease l ON l.account_id = a.id"
		"  CROSS JOIN LATERAL (SELECT coalesce(sum(parts), 0)::bigint AS parts, count(*) "
		"AS n FROM batch"
		"                       WHERE state = 1 AND account_id = a.id AND lane = 1) p"
		"  CROSS JOIN LATERAL (SELECT coalesce(sum(parts), 0)::bigint AS parts FROM batch"
		"                       WHERE state = 3 AND done_at > statement_timestamp() - $1 * "
		"interval '1 s'"
		"                         AND account_id = a.id) d"
		" WHERE a.enabled AND l.until > clock_timestamp() AND l.down_since IS NULL"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, FEED_S);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	*count_out = 0;
	for (size_t i = 0; i < pg_rows(rows) && *count_out < max; i++) {
		int64_t rate = pg_int(rows, i, 1);
		int64_t want = rate > 0 ? rate * FEED_S : pg_int(rows, i, 4);
		struct feed_account *a = &out[(*count_out)++];

		a->id = (int)pg_int(rows, i, 0);
		a->published_count = pg_int(rows, i, 3);
		a->budget_parts = want - pg_int(rows, i, 2);
	}
	pg_result_free(&rows);
	return true;
}

/* Runs with batches waiting at an account in a lane that may send now, by priority; the API's
 * messages stand among them as run 0 of middle priority.  The index is walked from run to run, so
 * runs that only wait for receipts cost nothing and displace nobody. */
static bool read_runs(struct scheduler *s, int account_id, enum lane lane, struct feed_run *out,
		      size_t *count_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"feed_runs",
		"WITH RECURSIVE w AS ("
		"  SELECT (SELECT run_id FROM batch WHERE state = 0 AND account_id = $1::smallint"
		"             AND lane = $2::smallint AND run_id IS NOT NULL ORDER BY run_id LIMIT "
		"1)"
		"         AS run_id"
		"  UNION ALL"
		"  SELECT (SELECT b.run_id FROM batch b WHERE b.state = 0"
		"             AND b.account_id = $1::smallint AND b.lane = $2::smallint"
		"             AND b.run_id > w.run_id ORDER BY b.run_id LIMIT 1)"
		"    FROM w WHERE w.run_id IS NOT NULL)"
		" SELECT x.id, x.parts FROM ("
		"  SELECT r.id, c.priority, CASE WHEN r.paced THEN"
		"         (SELECT ceil(p.rate_per_s * $4)::bigint FROM run_pace p WHERE p.run_id = "
		"r.id)"
		"         - (SELECT coalesce(sum(b.parts * (b.message_count - b.claimed) / "
		"b.message_count), 0)"
		"              FROM batch b WHERE b.state = 1 AND b.account_id = $1::smallint"
		"               AND b.run_id = r.id)"
		"         - (SELECT coalesce(sum(b.parts * (b.message_count - b.claimed) / "
		"b.message_count), 0)"
		"              FROM batch b WHERE b.state = 2 AND b.account_id = $1::smallint"
		"               AND b.run_id = r.id) END AS parts"
		"    FROM w JOIN run r ON r.id = w.run_id"
		"    JOIN campaign c ON c.id = r.campaign_id WHERE r.status = 'running'"
		"  UNION ALL"
		"  SELECT 0, 5, NULL WHERE EXISTS (SELECT 1 FROM batch WHERE state = 0"
		"     AND account_id = $1::smallint AND lane = $2::smallint AND run_id IS NULL)) x"
		" ORDER BY x.priority DESC, x.id LIMIT $3"};
	struct pg_result *rows = NULL;

	pg_param_int16(s->params, (int16_t)account_id);
	pg_param_int16(s->params, (int16_t)lane);
	pg_param_int64(s->params, RUNS_MAX);
	pg_param_int64(s->params, PACED_FEED_S);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	*count_out = 0;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t parts = pg_null(rows, i, 1) ? INT64_MAX : pg_int(rows, i, 1);

		if (parts > 0)
			out[(*count_out)++] =
				(struct feed_run){.id = pg_int(rows, i, 0), .parts = parts};
	}
	pg_result_free(&rows);
	return true;
}

/* Publish waiting batches of one account, lane and run until `parts` are used up; at least
 * `batches_min` when there are any.  Returns the parts used in *used_out. */
static bool publish(struct scheduler *s, int account_id, enum lane lane, const struct feed_run *run,
		    int64_t parts, int64_t batches_min, int64_t *used_out, struct err *err)
{
	static const struct pg_stmt by_run = {
		"feed_publish",
		"WITH w AS ("
		"  SELECT id, parts, send_from FROM batch WHERE state = 0 AND account_id = "
		"$1::smallint AND "
		"lane = $2::smallint"
		"     AND ($3::bigint = 0 AND run_id IS NULL OR run_id = nullif($3::bigint, 0))"
		"     AND deadline > statement_timestamp() AND send_from <= statement_timestamp()"
		"     AND send_until > statement_timestamp() + send_margin()"
		"   ORDER BY send_from, id LIMIT $5 FOR UPDATE SKIP LOCKED),"
		" n AS (SELECT id, sum(parts) OVER o - parts AS before, row_number() OVER o AS no"
		"         FROM w WINDOW o AS (ORDER BY send_from, id))"
		" UPDATE batch b SET state = 1, published_at = clock_timestamp(), publish_count = 1"
		"   FROM n WHERE b.id = n.id AND (n.before < $4 OR n.no <= $6)"
		" RETURNING b.id, b.parts"};
	struct pg_result *rows = NULL;
	int64_t limit;

	*used_out = 0;
	if (run->parts < INT64_MAX) { /* its pace says how many messages, not how many batches */
		if (parts < batches_min * BATCH_MESSAGES_MAX)
			parts = batches_min * BATCH_MESSAGES_MAX;
		if (parts > run->parts)
			parts = run->parts;
		batches_min = 0;
	}
	limit = parts + batches_min; /* a batch holds at least one part */
	pg_param_int16(s->params, (int16_t)account_id);
	pg_param_int16(s->params, (int16_t)lane);
	pg_param_int64(s->params, run->id);
	pg_param_int64(s->params, parts);
	pg_param_int64(s->params, limit < TICKETS_MAX / 4 ? limit : TICKETS_MAX / 4);
	pg_param_int64(s->params, batches_min);
	if (!scheduler_run(s, &by_run, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		ticket_add_batch(s, account_id, lane, pg_int(rows, i, 0));
		*used_out += pg_int(rows, i, 1);
	}
	pg_result_free(&rows);
	return true;
}

/* By priority until the budget is used.  Beside it runs earn a floor share of that, which one run
 * after the other gets: batches are whole, so a share for each at once would be the larger part of
 * a slow account's budget. */
static bool feed_bulk(struct scheduler *s, const struct feed_account *a,
		      const struct feed_run *runs, size_t run_count, struct err *err)
{
	int64_t left = a->budget_parts;
	int64_t missing = a->published_count < BATCHES_MIN ? BATCHES_MIN - a->published_count : 0;
	int64_t *credit = &s->floor_credit[a->id];
	int64_t used;

	for (size_t i = 0; (left > 0 || missing > 0) && i < run_count; i++) {
		if (!publish(s, a->id, LANE_BULK, &runs[i], left > 0 ? left : 0, missing, &used,
			     err))
			return false;
		left -= used;
		*credit += used * FLOOR_PERCENT / 100;
		if (used > 0)
			missing = 0;
	}
	if (run_count < 2)
		*credit = 0;
	if (*credit <= 0)
		return true;
	if (!publish(s, a->id, LANE_BULK, &runs[1 + s->floor_turn++ % (run_count - 1)], *credit, 0,
		     &used, err))
		return false;
	*credit -= used;
	return true;
}

static bool feed_account(struct scheduler *s, const struct feed_account *a, struct err *err)
{
	struct feed_run runs[RUNS_MAX];
	size_t count;
	int64_t used;

	if (!scheduler_declare(s, a->id, err) ||
	    !read_runs(s, a->id, LANE_URGENT, runs, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!publish(s, a->id, LANE_URGENT, &runs[i], (int64_t)URGENT_MAX * PARTS_MIN,
			     URGENT_MAX, &used, err))
			return false;
	if (a->budget_parts <= 0 && a->published_count >= BATCHES_MIN)
		return true;
	return read_runs(s, a->id, LANE_BULK, runs, &count, err) &&
	       feed_bulk(s, a, runs, count, err);
}

bool feed_move(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt move = {"batches_move", "SELECT batches_move($1)"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, MOVED_MAX);
	if (!scheduler_run(s, &move, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("batches wait for their permitted hours",
			 LI("batches", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

bool feed_batches(struct scheduler *s, struct err *err)
{
	struct feed_account accounts[256];
	size_t count;

	if (!s->mq_ready)
		return true;
	if (!read_accounts(s, accounts, sizeof(accounts) / sizeof(accounts[0]), &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!feed_account(s, &accounts[i], err))
			return false;
	return scheduler_send(s, err);
}
