/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ledger - what accepted messages cost, kept a minute or two behind them (docs/tariffs.md).
 *
 * The work is ledger_reckon() in SQL, a statement for some minutes at once; here is only how many.
 * Steps grow while there is little and shrink when there is much, so that a transaction stays at
 * about STEP_PARTS and a standstill of days is caught up in minutes. */
#include "common/base/daemon.h"
#include "common/base/metrics.h"
#include "schedulerd/scheduler.h"

#define STEP_PARTS  100000
#define MINUTES_MAX 1440
#define STEPS_MAX   200 /* at a time, so that other tasks of the loop get their turn */

/* The next number of minutes after a step of so many brought `parts`. */
static int32_t next_minutes(int32_t minutes, int64_t parts)
{
	if (parts > STEP_PARTS)
		return minutes > 1 ? minutes / 2 : 1;
	if (parts < STEP_PARTS / 4)
		return minutes < MINUTES_MAX / 2 ? minutes * 2 : MINUTES_MAX;
	return minutes;
}

static bool step(struct scheduler *s, const struct pg_stmt *stmt, int64_t *parts, bool *more,
		 struct err *err)
{
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, stmt, &rows, err))
		return err_wrap(err, "the ledger");
	*parts = pg_int(rows, 0, 0);
	*more = pg_bool(rows, 0, 1);
	pg_result_free(&rows);
	return true;
}

bool ledger_advance(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt advance = {"ledger_advance",
					       "SELECT parts, more FROM ledger_advance($1, $2)"};
	bool more = true;
	int64_t parts;

	if (s->ledger_minutes == 0)
		s->ledger_minutes = 1;
	for (int i = 0; more && i < STEPS_MAX && !daemon_stopping(); i++) {
		pg_param_int32(s->params, s->ledger_minutes);
		pg_param_int32(s->params, (int32_t)(s->config->ledger_lag_ms / 1000));
		if (!step(s, &advance, &parts, &more, err))
			return false;
		if (more || parts > STEP_PARTS)
			s->ledger_minutes = next_minutes(s->ledger_minutes, parts);
	}
	return true;
}

bool ledger_look_again(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt again = {"ledger_again",
					     "SELECT parts, more FROM ledger_again($1)"};
	bool more = true;
	int64_t parts;

	for (int i = 0; more && i < STEPS_MAX && !daemon_stopping(); i++) {
		pg_param_int64(s->params, STEP_PARTS);
		if (!step(s, &again, &parts, &more, err))
			return false;
	}
	return true;
}

bool ledger_forget(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {"ledger_forget", "SELECT ledger_forget($1)"};

	pg_param_int32(s->params, (int32_t)s->config->keep_ref_days);
	return scheduler_run(s, &forget, NULL, err);
}

bool ledger_measure(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt measure = {
		"ledger_measure",
		"SELECT greatest(extract(epoch FROM statement_timestamp() - c.reckoned_to), "
		"0)::bigint,"
		"       (SELECT coalesce(sum(l.unpriced), 0)::bigint FROM ledger l"
		"         WHERE l.day >= company_day(statement_timestamp()) - 1)"
		"  FROM ledger_clock c"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &measure, &rows, err))
		return false;
	metric_set(metrics_gauge("vestnik_ledger_behind_seconds",
				 "how far what messages cost is reckoned behind now", NULL),
		   pg_int(rows, 0, 0));
	metric_set(metrics_gauge(
			   "vestnik_ledger_unpriced",
			   "charged parts of today and yesterday that no tariff has a price for: "
			   "an alarm",
			   NULL),
		   pg_int(rows, 0, 1));
	pg_result_free(&rows);
	return true;
}
