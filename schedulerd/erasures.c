/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* erasures - the second half of erasing a client: day by day back to the oldest message, then the
 * act. */
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/model/erase.h"
#include "schedulerd/scheduler.h"

#define STEP_DAYS 32
#define STEPS_MAX 100 /* a turn; other tasks wait meanwhile */

/* One step in a transaction of its own. */
static bool step(struct scheduler *s, bool *more_out, struct err *err)
{
	static const struct pg_stmt next = {"erasure_step",
					    "SELECT outcome, id FROM erasure_step($1::integer)"};
	struct pg_result *rows = NULL;
	bool ready, ok = true;
	int64_t id;

	pg_param_int32(s->params, STEP_DAYS);
	if (!pg_begin(s->pg, err) || !scheduler_run(s, &next, &rows, err))
		return false;
	ready = strcmp(pg_text(rows, 0, 0), "ready") == 0;
	*more_out = ready || strcmp(pg_text(rows, 0, 0), "more") == 0;
	id = pg_int(rows, 0, 1);
	pg_result_free(&rows);
	if (ready)
		ok = act_write(s->pg, s->privacy_key, id, err);
	if (!ok || !pg_commit(s->pg, err))
		return err_wrap(err, "erasure %lld", (long long)id);
	if (ready)
		log_info("client erased", LI("erasure", id));
	return true;
}

bool erasure_continue(struct scheduler *s, struct err *err)
{
	bool more = true;

	for (int i = 0; i < STEPS_MAX && more && !daemon_stopping(); i++)
		if (!step(s, &more, err))
			return false;
	return true;
}
