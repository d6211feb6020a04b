/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* xact - see xact.h. */
#include "common/gateway/xact.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"

#define POLL_MS 50

const struct pg_stmt XACT_BEGIN = {"gateway_begin", "BEGIN"};
const struct pg_stmt XACT_ID = {
	"gateway_xact_id",
	"SELECT pg_current_xact_id()::text::bigint,"
	" set_config('idle_in_transaction_session_timeout', '2000', true)",
};
static const struct pg_stmt STATUS = {"gateway_xact_status",
				      "SELECT pg_xact_status(($1::bigint)::text::xid8)"};

int64_t xact_id(const struct pg_result *r)
{
	return pg_int(r, 0, 0);
}

bool xact_pause(int64_t ms, int stop_fd)
{
	struct pollfd p = {.fd = stop_fd, .events = POLLIN};
	int n = poll(&p, 1, (int)ms);

	return n == 0 || (n < 0 && errno == EINTR);
}

static bool ask(struct pg *pg, int64_t id, char status[16], struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(params, id);
	ok = pg_run(pg, &STATUS, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	snprintf(status, 16, "%s", pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

bool xact_outcome(struct pg *pg, int64_t id, int stop_fd, bool *committed_out, struct err *err)
{
	char status[16] = "";
	struct err failure = {0};

	for (;;) {
		if (!pg_usable(pg) && !pg_reconnect_wait(pg, stop_fd, err))
			return false;
		if (ask(pg, id, status, &failure)) {
			*committed_out = strcmp(status, "committed") == 0;
			if (strcmp(status, "in progress") != 0) {
				log_info("outcome of a commit read back", LS("outcome", status));
				return true;
			}
		}
		if (!xact_pause(POLL_MS, stop_fd))
			return err_set(err, ERR_STOPPING, "stopped while a commit was in the dark");
	}
}
