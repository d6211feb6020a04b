/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* occurrences - campaigns that run more than once: what is due of them, and to whom it goes.
 *
 * The rule is counted here, everything else is decided where it is written: occurrence_take() of
 * the migrations, in one transaction with the clock that moves on.  Whoever else looks meanwhile
 * passes the locked rows over, and finds them moved on later. */
#include <string.h>

#include "common/base/log.h"
#include "common/model/list_refresh.h"
#include "common/model/recurrence.h"
#include "schedulerd/scheduler.h"

#define FORGET_MAX 20000
#define TURN_MAX   50 /* occurrences a turn: after a long stop the clock's other tasks go on, too */

struct due {
	int64_t campaign_id;
	int64_t local; /* the occurrence that is due, on its zone's clocks */
	bool has_rule;
	int64_t start;
	int64_t except[RECURRENCE_EXCEPT_MAX];
	size_t except_count;
	struct recurrence_rule rule;
};

/* What clients' dates bring is looked at every day. */
#define DUE_SQL                                                                                    \
	"SELECT k.campaign_id, extract(epoch FROM k.next_local)::bigint,"                          \
	"       CASE k.kind WHEN 'recurring' THEN c.schedule->>'rule' WHEN 'date' THEN "           \
	"'FREQ=DAILY' END,"                                                                        \
	"       extract(epoch FROM CASE k.kind WHEN 'recurring' THEN (c.schedule->>'starts')"      \
	"::timestamp ELSE k.next_local END)::bigint,"                                              \
	"       ARRAY(SELECT extract(epoch FROM e::timestamp)::bigint FROM"                        \
	"             jsonb_array_elements_text(coalesce(c.schedule->'except', '[]')) e)"          \
	"  FROM campaign_clock k JOIN campaign c ON c.id = k.campaign_id"                          \
	" WHERE k.next_at <= statement_timestamp() AND c.status IN ('planned', 'running', "        \
	"'paused') AND k.campaign_id <> ALL ($1::bigint[])"                                        \
	" ORDER BY k.next_at LIMIT 1 FOR UPDATE OF c, k SKIP LOCKED"

/* Campaigns that failed this turn: the others do not wait for them. */
struct failed {
	int64_t id[TURN_MAX];
	size_t count;
};

static bool find_due(struct scheduler *s, const struct failed *failed, struct due *out,
		     bool *found_out, struct err *err)
{
	static const struct pg_stmt find = {"occurrence_due", DUE_SQL};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64_array(s->params, failed->id, failed->count);
	if (!scheduler_run(s, &find, &rows, err))
		return false;
	*found_out = pg_rows(rows) == 1;
	if (*found_out) {
		out->campaign_id = pg_int(rows, 0, 0);
		out->local = pg_int(rows, 0, 1);
		out->has_rule = !pg_null(rows, 0, 2);
		out->start = pg_int(rows, 0, 3);
		out->except_count = pg_int_array(rows, 0, 4, out->except, RECURRENCE_EXCEPT_MAX);
		ok = !out->has_rule || recurrence_parse(pg_text(rows, 0, 2), &out->rule, err);
	}
	pg_result_free(&rows);
	return ok;
}

/* The occurrence that is due is over, and the clock stands at the one after it. */
static bool take(struct scheduler *s, const struct due *due, struct err *err)
{
	static const struct pg_stmt stmt = {
		"occurrence_take", "SELECT outcome, coalesce(reason, ''), no, run_id"
				   "  FROM occurrence_take($1::bigint, $2::text::timestamp)"};
	const struct recurrence r = {.rule = &due->rule,
				     .start = due->start,
				     .except = due->except,
				     .except_count = due->except_count};
	struct pg_result *rows = NULL;
	char next[WALL_SIZE];
	int64_t local;
	bool more = due->has_rule && recurrence_next(&r, due->local, &local, 1) == 1;

	pg_param_int64(s->params, due->campaign_id);
	pg_param_text(s->params, more ? wall_format(local, next) : NULL);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	if (strcmp(pg_text(rows, 0, 0), "none") != 0)
		log_info("occurrence due", LI("campaign", due->campaign_id),
			 LI("occurrence", pg_int(rows, 0, 2)), LS("outcome", pg_text(rows, 0, 0)),
			 LS("reason", pg_text(rows, 0, 1)), LI("run", pg_int(rows, 0, 3)));
	pg_result_free(&rows);
	return true;
}

static bool step(struct scheduler *s, const struct failed *failed, struct due *due, bool *found_out,
		 struct err *err)
{
	if (!pg_begin(s->pg, err) || !find_due(s, failed, due, found_out, err))
		return false;
	if (*found_out)
		return take(s, due, err) && pg_commit(s->pg, err);
	pg_rollback(s->pg);
	return true;
}

bool occurrence_due(struct scheduler *s, struct err *err)
{
	struct failed failed = {.count = 0};
	bool found = true;

	for (int i = 0; i < TURN_MAX && found; i++) {
		struct due due = {0};

		if (step(s, &failed, &due, &found, err))
			continue;
		if (due.campaign_id == 0 || !pg_usable(s->pg))
			return false;
		log_err("an occurrence cannot be taken; it is tried again", err,
			LI("campaign", due.campaign_id));
		pg_params_reset(s->params);
		pg_rollback(s->pg);
		failed.id[failed.count++] = due.campaign_id;
	}
	return true;
}

bool occurrence_remind(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt remind = {
		"reminder_take", "SELECT campaign_id, outcome, no, run_id FROM reminder_take()"};
	size_t found = 1;

	for (int i = 0; i < TURN_MAX && found > 0; i++) {
		struct pg_result *rows = NULL;

		if (!scheduler_run(s, &remind, &rows, err))
			return false;
		found = pg_rows(rows);
		if (found > 0)
			log_info("reminder due", LI("campaign", pg_int(rows, 0, 0)),
				 LI("occurrence", pg_int(rows, 0, 2)),
				 LS("outcome", pg_text(rows, 0, 1)), LI("run", pg_int(rows, 0, 3)));
		pg_result_free(&rows);
	}
	return true;
}

bool occurrence_finish(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt finish = {"schedules_finish", "SELECT schedules_finish()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &finish, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("campaigns finished of which nothing comes any more",
			 LI("campaigns", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

bool occurrence_forget(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {"triggers_forget", "SELECT triggers_forget($1)"};

	pg_param_int32(s->params, FORGET_MAX);
	return scheduler_run(s, &forget, NULL, err);
}

/* --- a snapshot's audience -----------------------------------------------------------------------
 */

bool occurrence_audience(struct scheduler *s, int64_t run_id, int64_t *list_id, struct err *err)
{
	static const struct pg_stmt make = {"audience_make", "SELECT audience_make($1::bigint)"};
	struct pg_result *rows = NULL;

	if (*list_id != 0 && !list_refresh(s->pg, *list_id, 0, err))
		return false;
	if (!pg_exec(s->pg,
		     "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;"
		     "SET LOCAL enable_bitmapscan = on",
		     err))
		return false;
	pg_param_int64(s->params, run_id);
	if (!scheduler_run(s, &make, &rows, err))
		return false;
	if (pg_bool(rows, 0, 0))
		*list_id = -run_id;
	pg_result_free(&rows);
	return true;
}

bool occurrence_audience_drop(struct scheduler *s, int64_t run_id, struct err *err)
{
	static const struct pg_stmt drop = {"audience_drop", "SELECT audience_drop($1::bigint)"};

	pg_param_int64(s->params, run_id);
	return scheduler_run(s, &drop, NULL, err);
}
