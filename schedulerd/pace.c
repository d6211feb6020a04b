/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pace - rates that follow what is left and the time that is, ends that are due, and how fast
 * accounts really are. */
#include "common/base/log.h"
#include "common/model/message.h"
#include "schedulerd/scheduler.h"

/* Claims compute by the rate that stands there, so it stays right for the seconds schedulerd may be
 * away. */
bool pace_follow(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt follow = {
		"pace_follow",
		"SELECT run_pace_set(r.id, false) FROM run r JOIN campaign c ON c.id = "
		"r.campaign_id"
		" WHERE r.status NOT IN ('finished', 'failed') AND r.status = 'running' AND r.paced"
		"   AND c.pace_until IS NOT NULL ORDER BY r.id"};

	return scheduler_run(s, &follow, NULL, err);
}

/* Gateways write nothing more of it from that moment by themselves; here the rest gets its fate. A
 * campaign that came to its end as it was told to is finished, not cancelled. */
bool pace_stop_due(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt stop = {
		"pace_stop_due",
		"UPDATE run SET status = 'cancelled', end_reason = $1::smallint"
		" WHERE id = ANY (ARRAY(SELECT r.id FROM run r WHERE r.stop_at <= "
		"statement_timestamp()"
		"                          AND r.status IN ('snapshot', 'running', 'paused')"
		"                        ORDER BY r.id FOR UPDATE SKIP LOCKED))"
		" RETURNING id, campaign_id"};
	struct pg_result *rows = NULL;

	pg_param_int16(s->params, REASON_STOP_AT);
	if (!scheduler_run(s, &stop, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		log_info("run stops as its campaign says", LI("run", pg_int(rows, i, 0)),
			 LI("campaign", pg_int(rows, i, 1)));
	pg_result_free(&rows);
	return true;
}

/* What forecasts go by. */
bool measure_throughput(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt measure = {"throughput_measure", "SELECT accounts_measure()"};

	return scheduler_run(s, &measure, NULL, err);
}
