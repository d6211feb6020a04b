/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* trial - a part of the audience goes first; the others wait until it went well.
 *
 * Chunks of the others are not released before run.trial is over (chunks.c).  Until then all of the
 * run's messages are those of the trial, so the run's own counts are the trial's. */
#include "schedulerd/trial.h"

#include <stdio.h>

#include "common/base/log.h"
#include "schedulerd/scheduler.h"

#define RUNS_AT_ONCE 10

/* --- deciding ------------------------------------------------------------------------------------
 */

static bool passes(int64_t count, int64_t of, int64_t per_mille)
{
	return per_mille > 0 && count * 1000 > of * per_mille;
}

enum trial_verdict trial_judge(const struct trial *t)
{
	int64_t of = t->waiting || t->messages > t->size ? t->messages : t->size;

	if (passes(t->failed, of, t->fail_per_mille))
		return TRIAL_FAILED;
	if (passes(t->stops, of, t->stop_per_mille))
		return TRIAL_STOPPED;
	if (t->late) /* whoever is left gets it too late: they are to be told apart, not kept */
		return TRIAL_GO_ON;
	if (!t->waiting)
		return t->undone ? TRIAL_KEEP : TRIAL_WAIT;
	return t->wait_min > 0 && t->wait_s >= t->wait_min * 60 ? TRIAL_GO_ON : TRIAL_KEEP;
}

/* --- runs ----------------------------------------------------------------------------------------
 */

bool trial_begin(struct scheduler *s, int64_t run_id, struct err *err)
{
	static const struct pg_stmt begin = {
		"trial_begin",
		"UPDATE run r SET trial = 'sending', trial_at = clock_timestamp()"
		"  FROM campaign c WHERE r.id = $1::bigint AND c.id = r.campaign_id"
		"   AND c.trial_clients IS NOT NULL"
		"   AND EXISTS (SELECT 1 FROM chunk k WHERE k.run_id = r.id AND NOT k.trial)"};

	pg_param_int64(s->params, run_id);
	return scheduler_run(s, &begin, NULL, err);
}

enum column {
	COL_RUN,
	COL_CAMPAIGN,
	COL_WAITING,
	COL_UNDONE,
	COL_LATE,
	COL_WAIT_S,
	COL_SIZE,
	COL_MESSAGES,
	COL_FAILED,
	COL_STOPS,
	COL_WAIT_MIN,
	COL_FAIL,
	COL_STOP,
};

/* Locked without waiting: whoever pauses or cancels one has them in the other order. */
static bool read_trials(struct scheduler *s, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt read = {
		"trial_read",
		"SELECT r.id, c.id, r.trial = 'waiting',"
		"       EXISTS (SELECT 1 FROM chunk k WHERE k.run_id = r.id AND k.trial AND "
		"k.state "
		"<> 2),"
		"       r.deadline <= clock_timestamp(),"
		"       extract(epoch FROM clock_timestamp() - r.trial_at)::bigint,"
		"       (SELECT coalesce(sum(k.size), 0) FROM chunk k WHERE k.run_id = r.id AND "
		"k.trial)::bigint,"
		"       n.messages, n.failed,"
		"       CASE WHEN c.trial_stop_percent IS NULL THEN 0 ELSE (SELECT count(*) FROM "
		"opt_out o"
		"         WHERE o.at >= r.created_at AND EXISTS (SELECT 1 FROM message m"
		"               JOIN batch b ON b.id = m.id & ~255::bigint"
		"              WHERE m.msisdn = o.msisdn AND m.id >= message_id_at(r.created_at)"
		"                AND b.run_id = r.id)) END,"
		"       coalesce(c.trial_wait_min, 0), (coalesce(c.trial_fail_percent, 0) * "
		"10)::bigint,"
		"       (coalesce(c.trial_stop_percent, 0) * 10)::bigint"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id"
		" CROSS JOIN LATERAL (SELECT coalesce(sum(messages), 0)::bigint AS messages,"
		"       coalesce(sum(failed + rejected + undelivered + expired), 0)::bigint AS "
		"failed"
		"         FROM run_count k WHERE k.run_id = r.id) n"
		" WHERE r.status = 'running' AND r.trial IN ('sending', 'waiting')"
		" ORDER BY r.id LIMIT $1::integer FOR UPDATE OF r, c SKIP LOCKED"};

	pg_param_int32(s->params, RUNS_AT_ONCE);
	return scheduler_run(s, &read, out, err);
}

static bool set_trial(struct scheduler *s, int64_t run_id, const char *state, struct err *err)
{
	static const struct pg_stmt set = {
		"trial_set",
		"UPDATE run SET trial = $2::text, trial_at = clock_timestamp(),"
		"       status = CASE WHEN $2::text = 'stopped' THEN 'paused' ELSE status END"
		" WHERE id = $1::bigint"};

	pg_param_int64(s->params, run_id);
	pg_param_text(s->params, state);
	log_info("trial", LI("run", run_id), LS("state", state));
	return scheduler_run(s, &set, NULL, err);
}

static bool pause_campaign(struct scheduler *s, int64_t id, const char *problem, struct err *err)
{
	static const struct pg_stmt set = {
		"trial_pause", "UPDATE campaign SET status = 'paused', problem = $2::text"
			       " WHERE id = $1::bigint AND status = 'running'"};

	pg_param_int64(s->params, id);
	pg_param_text(s->params, problem);
	return scheduler_run(s, &set, NULL, err);
}

static bool apply(struct scheduler *s, const struct pg_result *rows, size_t i, struct err *err)
{
	const struct trial t = {
		.waiting = pg_bool(rows, i, COL_WAITING),
		.undone = pg_bool(rows, i, COL_UNDONE),
		.late = pg_bool(rows, i, COL_LATE),
		.wait_s = pg_int(rows, i, COL_WAIT_S),
		.size = pg_int(rows, i, COL_SIZE),
		.messages = pg_int(rows, i, COL_MESSAGES),
		.failed = pg_int(rows, i, COL_FAILED),
		.stops = pg_int(rows, i, COL_STOPS),
		.wait_min = pg_int(rows, i, COL_WAIT_MIN),
		.fail_per_mille = pg_int(rows, i, COL_FAIL),
		.stop_per_mille = pg_int(rows, i, COL_STOP),
	};
	int64_t run_id = pg_int(rows, i, COL_RUN);
	char problem[300] = "";

	switch (trial_judge(&t)) {
	case TRIAL_KEEP:
		return true;
	case TRIAL_WAIT:
		return set_trial(s, run_id, "waiting", err);
	case TRIAL_GO_ON:
		return set_trial(s, run_id, "over", err);
	case TRIAL_FAILED:
		(void)snprintf(problem, sizeof(problem),
			       "The trial was stopped: of %lld messages %lld did not arrive. Find "
			       "out why, then let the others go or cancel the campaign",
			       (long long)t.messages, (long long)t.failed);
		break;
	case TRIAL_STOPPED:
		(void)snprintf(problem, sizeof(problem),
			       "The trial was stopped: of %lld clients %lld said stop. Look at the "
			       "text, then let the others go or cancel the campaign",
			       (long long)t.messages, (long long)t.stops);
		break;
	}
	return set_trial(s, run_id, "stopped", err) &&
	       pause_campaign(s, pg_int(rows, i, COL_CAMPAIGN), problem, err);
}

bool trial_weigh(struct scheduler *s, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	if (!pg_begin(s->pg, err))
		return false;
	ok = read_trials(s, &rows, err);
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		ok = apply(s, rows, i, err);
	pg_result_free(&rows);
	if (ok)
		return pg_commit(s->pg, err);
	pg_rollback(s->pg);
	return false;
}
