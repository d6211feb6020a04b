/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* budgets - what runs no longer need goes back to their departments (docs/budgets.md). */
#include "common/base/log.h"
#include "schedulerd/scheduler.h"

bool budget_settle(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt settle = {"budget_settle", "SELECT budgets_settle()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &settle, &rows, err))
		return err_wrap(err, "the budgets");
	if (pg_int(rows, 0, 0) > 0)
		log_info("budgets reached their thresholds", LI("thresholds", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}
