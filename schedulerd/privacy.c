/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy - requests about personal data whose deadline comes near are carried to people. */
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "schedulerd/scheduler.h"

static bool measure(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt stmt = {
		"privacy_measure",
		"SELECT count(*), count(*) FILTER (WHERE deadline < statement_timestamp())"
		"  FROM privacy_request WHERE state = 'open'"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	metric_set(metrics_gauge("vestnik_privacy_requests_open",
				 "requests about personal data that are not answered", NULL),
		   pg_int(rows, 0, 0));
	metric_set(metrics_gauge("vestnik_privacy_requests_overdue",
				 "of these, whose deadline by law is over: an alarm", NULL),
		   pg_int(rows, 0, 1));
	pg_result_free(&rows);
	return true;
}

bool privacy_remind(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt remind = {
		"privacy_remind", "SELECT request_id, kind, step, audience FROM privacy_remind()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &remind, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		log_warn("a request about personal data must be answered",
			 LI("privacy_request", pg_int(rows, i, 0)), LS("kind", pg_text(rows, i, 1)),
			 LS("step", pg_text(rows, i, 2)), LS("audience", pg_text(rows, i, 3)));
	pg_result_free(&rows);
	return measure(s, err);
}
