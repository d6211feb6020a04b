/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The connection itself: opening, dropping and finding again. */
#include "common/store/pg_internal.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum {
	TIMEOUT_DEFAULT_MS = 30000,
	RETRY_FIRST_MS = 100,
	RETRY_MAX_MS = 5000,
	OPTIONS_SIZE = 1024,
};

/* Notices go nowhere, but the goodbye of a server that ends an idle session arrives as one. */
static void on_notice(void *arg, const PGresult *res)
{
	struct pg *pg = arg;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (severity != NULL && strcmp(severity, "FATAL") == 0)
		pg->ended_by_server = true;
}

/* The session settings, after whatever `options` the URL itself asks for.  False: ERR_INPUT. */
static bool session_options(const struct pg *pg, char out[OPTIONS_SIZE], struct err *err)
{
	PQconninfoOption *parsed = PQconninfoParse(pg->url, NULL);
	const char *own = "";
	int len;

	/* libpq's reason may quote the password. */
	if (parsed == NULL)
		return err_set(err, ERR_INPUT,
			       "the database URL cannot be read; expected "
			       "postgresql://user@host:port/name or key=value pairs");
	for (PQconninfoOption *o = parsed; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "options") == 0 && o->val != NULL)
			own = o->val;
	len = snprintf(out, OPTIONS_SIZE,
		       "%s -c statement_timeout=%lld -c idle_in_transaction_session_timeout=%lld "
		       "-c timezone=UTC -c jit=off",
		       own, (long long)(pg->session_timeout_ms - pg->session_timeout_ms / 10),
		       (long long)pg->session_timeout_ms);
	PQconninfoFree(parsed);
	if (len >= OPTIONS_SIZE)
		return err_set(err, ERR_INPUT, "the options in the database URL are too long");
	return true;
}

static PGconn *connect_start(const struct pg *pg, const char *options)
{
	const char *keywords[] = {"dbname", "application_name", "options", "client_encoding", NULL};
	const char *values[] = {pg->url, pg->application, options, "UTF8", NULL};

	return PQconnectStartParams(keywords, values, 1);
}

/* libpq may open another socket at every step, so it is asked for anew each time. */
static bool connect_drive(struct pg *pg, uint64_t deadline_ms, struct err *err)
{
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;

	while (PQstatus(pg->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK) {
		short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		short revents;

		if (!pg_poll(PQsocket(pg->conn), events, deadline_ms, &revents)) {
			pg_drop(pg);
			return err_set(err, ERR_LOST, "no answer from the database in time");
		}
		next = PQconnectPoll(pg->conn);
		if (next == PGRES_POLLING_FAILED)
			break;
	}
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return pg_lost(pg, err, "connecting to the database");
	return true;
}

bool pg_connect_until(struct pg *pg, uint64_t deadline_ms, struct err *err)
{
	char options[OPTIONS_SIZE];

	pg_drop(pg);
	pg->ended_by_server = false;
	if (!session_options(pg, options, err))
		return false;
	pg->conn = connect_start(pg, options);
	if (pg->conn == NULL)
		panic("libpq is out of memory");
	PQsetNoticeReceiver(pg->conn, on_notice, pg);
	if (!connect_drive(pg, deadline_ms, err))
		return false;
	if (PQsetnonblocking(pg->conn, 1) != 0)
		return pg_lost(pg, err, "connecting to the database");
	return true;
}

struct pg *pg_new(const struct pg_options *options)
{
	struct pg *pg = mem_calloc(1, sizeof(*pg));

	pg->url = mem_strdup(options->url);
	pg->application = mem_strdup(options->application);
	pg->session_timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_DEFAULT_MS;
	pg->timeout_ms = pg->session_timeout_ms;
	return pg;
}

bool pg_open(const struct pg_options *options, struct pg **out, struct err *err)
{
	struct pg *pg = pg_new(options);

	if (!pg_reconnect(pg, err)) {
		pg_close(&pg);
		return false;
	}
	*out = pg;
	return true;
}

bool pg_open_wait(const struct pg_options *options, int stop_fd, struct pg **out, struct err *err)
{
	struct pg *pg = pg_new(options);

	if (!pg_reconnect_wait(pg, stop_fd, err)) {
		pg_close(&pg);
		return false;
	}
	*out = pg;
	return true;
}

bool pg_reconnect(struct pg *pg, struct err *err)
{
	return pg_connect_until(pg, pg_deadline(pg), err);
}

/* Between half of `delay_ms` and all of it; false when stopped or given up meanwhile. */
static bool sleep_jittered(int64_t delay_ms, int stop_fd)
{
	uint64_t wait_ms = (uint64_t)delay_ms / 2 + arc4random_uniform((uint32_t)delay_ms / 2 + 1);
	short revents;

	return !pg_poll(stop_fd, POLLIN, clock_mono_ms() + wait_ms, &revents) && !gave_up();
}

bool pg_reconnect_wait(struct pg *pg, int stop_fd, struct err *err)
{
	int64_t delay_ms = RETRY_FIRST_MS;
	int64_t tries = 0;

	for (;;) {
		struct err failure = {0};

		if (pg_reconnect(pg, &failure)) {
			if (tries > 0)
				log_info("database reached again", LI("tries", tries + 1));
			return true;
		}
		if (failure.kind == ERR_INPUT) {
			*err = failure;
			return false;
		}
		/* At the longest delay that is a line every half minute. */
		if (tries++ % 8 == 0)
			log_warn("database not reached, trying again", LS("error", failure.msg));
		if (!sleep_jittered(delay_ms, stop_fd))
			return err_set(err, ERR_STOPPING, "stopped while the database was away");
		delay_ms = delay_ms * 2 < RETRY_MAX_MS ? delay_ms * 2 : RETRY_MAX_MS;
	}
}

/* A plain PQfinish() would still try to write what is queued, a COMMIT perhaps. */
void pg_drop(struct pg *pg)
{
	pg->phase = PG_PHASE_IDLE;
	pg->expected_count = 0;
	pg->label[0] = '\0';
	pg_plans_forget(pg);
	if (pg->conn == NULL)
		return;
	if (PQsocket(pg->conn) >= 0)
		(void)shutdown(PQsocket(pg->conn), SHUT_RDWR);
	PQfinish(pg->conn);
	pg->conn = NULL;
}

void pg_close(struct pg **pg)
{
	struct pg *p = *pg;

	if (p == NULL)
		return;
	if (pg_usable(p) && p->phase == PG_PHASE_IDLE) {
		PQfinish(p->conn); /* says goodbye; never waits on a non-blocking socket */
		p->conn = NULL;
	}
	pg_drop(p);
	mem_free(p->url);
	mem_free(p->application);
	mem_free(p);
	*pg = NULL;
}

bool pg_usable(const struct pg *pg)
{
	return pg->conn != NULL && PQstatus(pg->conn) == CONNECTION_OK;
}

const char *pg_sqlstate(const struct pg *pg)
{
	return pg->sqlstate;
}

void pg_set_timeout(struct pg *pg, int64_t timeout_ms)
{
	pg->timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_DEFAULT_MS;
}

bool pg_ready(struct pg *pg, struct err *err)
{
	if (pg->phase != PG_PHASE_IDLE)
		panic("a statement inside an open %s",
		      pg->phase == PG_PHASE_COPY ? "COPY" : "pipeline");
	pg->sqlstate[0] = '\0';
	if (!pg_usable(pg))
		return err_set(err, ERR_LOST, "there is no connection to the database");
	return true;
}

bool pg_still_there(struct pg *pg)
{
	short revents;

	if (!pg_usable(pg))
		return false;
	/* An idle server says nothing but goodbye and the odd notice. */
	if (!pg_poll(PQsocket(pg->conn), POLLIN, 0, &revents))
		return true;
	if (PQconsumeInput(pg->conn) == 1 && !PQisBusy(pg->conn) && !pg->ended_by_server &&
	    pg_usable(pg) && !(revents & (POLLHUP | POLLERR)))
		return true;
	pg_drop(pg);
	return false;
}

bool pg_in_transaction(const struct pg *pg)
{
	return pg_usable(pg) && PQtransactionStatus(pg->conn) != PQTRANS_IDLE;
}

bool pg_label(struct pg *pg, const char *label, struct err *err)
{
	static const struct pg_stmt set = {"pg_label",
					   "SELECT set_config('vestnik.audit', $1::text, false)"};
	struct pg_params *params;
	bool ok;

	if (strcmp(pg->label, label) == 0)
		return true;
	params = pg_params_new();
	pg_param_text(params, label);
	ok = pg_run(pg, &set, params, NULL, err);
	pg_params_free(&params);
	if (ok)
		(void)snprintf(pg->label, sizeof(pg->label), "%s", label);
	return ok;
}
