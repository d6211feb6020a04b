/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Waiting for the server with a deadline, and telling its failures apart. */
#include "common/store/pg_internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/mem.h"

uint64_t pg_deadline(const struct pg *pg)
{
	return clock_mono_ms() + (uint64_t)pg->timeout_ms;
}

bool pg_poll(int fd, short events, uint64_t deadline_ms, short *revents_out)
{
	struct pollfd fds[2] = {
		{.fd = fd, .events = events},
		{.fd = give_up_fd(), .events = POLLIN},
	};

	for (;;) {
		uint64_t now_ms = clock_mono_ms();
		uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
		int n = poll(fds, 2, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

		if (n > 0 && fds[1].revents != 0)
			return false;
		if (n > 0) {
			*revents_out = fds[0].revents;
			return true;
		}
		if (n == 0 && left_ms <= INT_MAX)
			return false;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			panic("poll: %s", strerror(errno));
	}
}

/* libpq's messages are lines ending in a newline; an err is one sentence without. */
static void one_line(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len + 1 < size; text++)
		out[len++] = *text == '\n' || *text == '\t' ? ' ' : *text;
	while (len > 0 && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
}

bool pg_lost(struct pg *pg, struct err *err, const char *what)
{
	char reason[320] = "";

	if (pg->conn != NULL)
		one_line(PQerrorMessage(pg->conn), reason, sizeof(reason));
	pg_drop(pg);
	return err_set(err, ERR_LOST, "%s: %s", what,
		       reason[0] != '\0' ? reason : "the connection to the database is gone");
}

static bool silent(struct pg *pg, const char *what, struct err *err)
{
	pg_drop(pg);
	if (gave_up())
		return err_set(err, ERR_LOST, "%s: stopping without an answer from the database",
			       what);
	return err_set(err, ERR_LOST, "%s: no answer from the database within %lld ms", what,
		       (long long)pg->timeout_ms);
}

/* One turn of the socket: what is queued goes out, what has come is taken in.  Reading goes on
 * while writing is blocked, or both sides would wait for each other. */
static bool turn(struct pg *pg, const char *what, short want, uint64_t deadline_ms, struct err *err)
{
	short revents;

	if (!pg_poll(PQsocket(pg->conn), want, deadline_ms, &revents))
		return silent(pg, what, err);
	if ((revents & ~POLLOUT) != 0 && PQconsumeInput(pg->conn) != 1)
		return pg_lost(pg, err, what);
	return true;
}

bool pg_flush(struct pg *pg, const char *what, uint64_t deadline_ms, struct err *err)
{
	for (;;) {
		int left = PQflush(pg->conn);

		if (left < 0)
			return pg_lost(pg, err, what);
		if (left == 0)
			return true;
		if (!turn(pg, what, POLLIN | POLLOUT, deadline_ms, err))
			return false;
	}
}

bool pg_next(struct pg *pg, const char *what, uint64_t deadline_ms, PGresult **out, struct err *err)
{
	while (PQisBusy(pg->conn)) {
		int left = PQflush(pg->conn);
		short want = left == 1 ? POLLIN | POLLOUT : POLLIN;

		if (left < 0 || PQstatus(pg->conn) != CONNECTION_OK)
			return pg_lost(pg, err, what);
		if (!turn(pg, what, want, deadline_ms, err))
			return false;
	}
	*out = PQgetResult(pg->conn);
	return true;
}

/* Whether ending it would wait for nothing; what has come is taken in. */
static bool answered(struct pg *pg, bool readable)
{
	return pg->conn == NULL || (readable && PQconsumeInput(pg->conn) != 1) ||
	       !PQisBusy(pg->conn);
}

size_t pg_once_wait(struct pg *const *list, size_t count)
{
	struct pollfd *fds = mem_calloc(count + 1, sizeof(*fds));
	size_t first = count;
	size_t i = count;

	for (size_t k = 0; k < count; k++) {
		bool there = list[k] != NULL && list[k]->conn != NULL;

		fds[k] = (struct pollfd){.fd = there ? PQsocket(list[k]->conn) : -1,
					 .events = POLLIN};
		if (list[k] != NULL && first == count)
			first = k;
	}
	fds[count] = (struct pollfd){.fd = give_up_fd(), .events = POLLIN};
	while (i == count) {
		for (i = 0; i < count; i++)
			if (list[i] != NULL && answered(list[i], fds[i].revents != 0))
				break;
		/* Nothing came in time, or no time is left: ending the first one says so. */
		if (i == count && (poll(fds, count + 1, (int)list[first]->timeout_ms) == 0 ||
				   fds[count].revents != 0))
			i = first;
	}
	mem_free(fds);
	return i;
}

static enum err_kind kind_of(const char *sqlstate)
{
	static const struct {
		const char *prefix;
		enum err_kind kind;
	} kinds[] = {
		{"40001", ERR_RETRY},	/* serialization_failure */
		{"40P01", ERR_RETRY},	/* deadlock_detected */
		{"57014", ERR_TIMEOUT}, /* query_canceled, by statement_timeout */
		{"57P01", ERR_LOST},	/* admin_shutdown */
		{"57P02", ERR_LOST},	/* crash_shutdown */
		{"57P03", ERR_LOST},	/* cannot_connect_now */
		{"08", ERR_LOST},	/* connection exceptions */
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(sqlstate, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].kind;
	return ERR_REFUSED;
}

/* The line of `sql` the server points at, 0 when it does not.  Positions count characters. */
static int line_of(const char *sql, const PGresult *res)
{
	const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
	long left = position != NULL ? strtol(position, NULL, 10) : 0;
	int line = 1;

	if (sql == NULL || left <= 0)
		return 0;
	for (; *sql != '\0' && left > 1; sql++) {
		if (*sql == '\n')
			line++;
		if (((unsigned char)sql[1] & 0xC0) != 0x80)
			left--;
	}
	return line;
}

/* Values may be personal data.  They stand in the detail, which is never shown, and in data
 * exceptions (class 22) after a colon, which is cut. */
static void reason_of(const PGresult *res, const char *sqlstate, char *out, size_t size)
{
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	one_line(text != NULL ? text : PQresultErrorMessage(res), out, size);
	if (strncmp(sqlstate, "22", 2) == 0) {
		char *colon = strstr(out, ": ");

		if (colon != NULL)
			*colon = '\0';
	}
}

bool pg_fail(struct pg *pg, const PGresult *res, const char *what, const char *sql, struct err *err)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	char reason[320];
	enum err_kind kind;
	int line;

	/* Without a code it is libpq that speaks, and it speaks of the connection. */
	if (sqlstate == NULL || !pg_usable(pg))
		return pg_lost(pg, err, what);
	(void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", sqlstate);
	reason_of(res, sqlstate, reason, sizeof(reason));
	kind = kind_of(sqlstate);
	if (severity == NULL || strcmp(severity, "ERROR") != 0)
		kind = ERR_LOST;
	if (kind == ERR_LOST)
		pg_drop(pg);
	line = line_of(sql, res);
	if (line > 0)
		return err_set(err, kind, "%s: line %d: %s (SQLSTATE %s)", what, line, reason,
			       pg->sqlstate);
	return err_set(err, kind, "%s: %s (SQLSTATE %s)", what, reason, pg->sqlstate);
}

/* False when the result is a failure.  A COPY that nobody asked for cannot be gone on with. */
static bool judge(struct pg *pg, const PGresult *res, const char *what, const char *sql,
		  struct err *err)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return true;
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
	case PGRES_COPY_BOTH:
		pg_drop(pg);
		return err_set(err, ERR_LOST, "%s: COPY from or to the client has no place here",
			       what);
	default:
		return pg_fail(pg, res, what, sql, err);
	}
}

bool pg_collect(struct pg *pg, const char *what, const char *sql, PGresult **out, struct err *err)
{
	uint64_t deadline_ms = pg_deadline(pg);
	PGresult *kept = NULL;
	PGresult *res = NULL;
	bool ok = true;

	for (;;) {
		struct err later;

		if (!pg_next(pg, what, deadline_ms, &res, ok ? err : &later)) {
			ok = false;
			break;
		}
		if (res == NULL)
			break;
		PQclear(kept);
		kept = res;
		if (ok)
			ok = judge(pg, res, what, sql, err);
		if (pg->conn == NULL)
			break;
	}
	if (ok && out != NULL)
		*out = kept;
	else
		PQclear(kept);
	return ok;
}
