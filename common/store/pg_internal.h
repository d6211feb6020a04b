/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pg_internal - what the files behind pg.h share; nobody else includes it. */
#ifndef VESTNIK_STORE_PG_INTERNAL_H
#define VESTNIK_STORE_PG_INTERNAL_H

#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "common/store/pg.h"

/* Type numbers of PostgreSQL's catalogue; they never change. */
enum {
	OID_ANY = 0, /* the server infers it */
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_CHAR = 18,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_UNKNOWN = 705,
	OID_INT2_ARRAY = 1005,
	OID_INT4_ARRAY = 1007,
	OID_TEXT_ARRAY = 1009,
	OID_INT8_ARRAY = 1016,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043,
	OID_TIMESTAMPTZ = 1184,
	OID_TIMESTAMPTZ_ARRAY = 1185,
	OID_JSONB = 3802,
	OID_FIRST_USER = 16384, /* enumerations travel as their label */
};

enum { PG_PIPELINE_MAX = 256, PG_PLAN_BUCKETS = 64 };

/* A statement as one connection has prepared it for one list of parameter types. */
struct pg_plan {
	struct pg_plan *next; /* in its bucket */
	const char *name;     /* the statement's own, borrowed as its SQL is */
	char server_name[80]; /* the same, numbered when the types differ from an earlier plan */
	const char *sql;
	/* SENT: queued in a pipeline whose answers are not read yet. */
	enum { PG_PLAN_NEW, PG_PLAN_SENT, PG_PLAN_READY } state;
	int count;
	Oid types[];
};

/* One answer a pipeline owes us, in order. */
struct pg_expected {
	struct pg_plan *plan;
	bool prepare; /* the answer to Parse; else to the execution */
};

struct pg {
	PGconn *conn; /* NULL once lost */
	char *url;
	char *application;
	char label[PG_LABEL_SIZE];  /* what this connection was told of who acts */
	int64_t session_timeout_ms; /* told to the server at connect */
	int64_t timeout_ms;	    /* this side's bound */
	char sqlstate[6];
	bool ended_by_server;
	struct pg_plan *plans[PG_PLAN_BUCKETS];

	enum { PG_PHASE_IDLE, PG_PHASE_PIPELINE, PG_PHASE_COPY } phase;
	struct pg_expected expected[PG_PIPELINE_MAX * 2];
	size_t expected_count;
	size_t pipeline_count;	/* statements added */
	bool pipeline_commits;	/* a COMMIT is among them */
	bool pipeline_began_in; /* a transaction was open when the pipeline began */
};

struct pg_params {
	struct buf data;
	int count, cap;
	Oid *types;
	int *lengths; /* -1: null */
	int *formats;
	size_t *offsets;
	const char **values; /* filled by pg_params_values() */
};

#define PG_EPOCH_US INT64_C(946684800000000) /* 2000-01-01 since 1970 */

/* INT64_MAX and INT64_MIN are infinity on both sides. */
static inline int64_t pg_time_to_wire(int64_t unix_us)
{
	if (unix_us == INT64_MAX || unix_us < INT64_MIN + PG_EPOCH_US)
		return unix_us == INT64_MAX ? INT64_MAX : INT64_MIN;
	return unix_us - PG_EPOCH_US;
}

static inline int64_t pg_time_from_wire(int64_t wire_us)
{
	if (wire_us == INT64_MIN || wire_us > INT64_MAX - PG_EPOCH_US)
		return wire_us == INT64_MIN ? INT64_MIN : INT64_MAX;
	return wire_us + PG_EPOCH_US;
}

static inline uint32_t pg_load_be32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

/* A big-endian integer of 2, 4 or 8 bytes. */
static inline int64_t pg_load_int(const char *p, int size)
{
	uint64_t v8;
	uint16_t v2;

	if (size == 8) {
		memcpy(&v8, p, sizeof(v8));
		return (int64_t)be64toh(v8);
	}
	if (size == 4)
		return (int32_t)pg_load_be32(p);
	memcpy(&v2, p, sizeof(v2));
	return (int16_t)be16toh(v2);
}

/* --- pg.c: the connection --- */

struct pg *pg_new(const struct pg_options *options); /* not yet connected */
bool pg_connect_until(struct pg *pg, uint64_t deadline_ms, struct err *err);
/* True when the connection serves and `phase` is idle; ERR_LOST, or panic on misuse. */
bool pg_ready(struct pg *pg, struct err *err);
/* Look without waiting whether the server has closed an idle connection; drops it if so. */
bool pg_still_there(struct pg *pg);
/* Close the socket with nothing more written and forget everything about the session. */
void pg_drop(struct pg *pg);
bool pg_in_transaction(const struct pg *pg);

/* --- pg_io.c: waiting and failing --- */

uint64_t pg_deadline(const struct pg *pg);
/* poll() until one of `events` or the deadline; false at the deadline, or once given up. */
bool pg_poll(int fd, short events, uint64_t deadline_ms, short *revents_out);
/* Drop the connection; always ERR_LOST with libpq's reason. */
bool pg_lost(struct pg *pg, struct err *err, const char *what);
/* Write out everything queued. */
bool pg_flush(struct pg *pg, const char *what, uint64_t deadline_ms, struct err *err);
/* The next result, reading and writing as the socket allows; NULL ends a statement's results. */
bool pg_next(struct pg *pg, const char *what, uint64_t deadline_ms, PGresult **out,
	     struct err *err);
/* Turn a failed result into an err; drops the connection when the session is over. */
bool pg_fail(struct pg *pg, const PGresult *res, const char *what, const char *sql,
	     struct err *err);
/* Read all results of what was sent; keep the last in *out (may be NULL).  The first failure
 * decides.  `sql` only serves to name a line. */
bool pg_collect(struct pg *pg, const char *what, const char *sql, PGresult **out, struct err *err);

/* --- pg_query.c --- */

bool pg_is_commit(const char *sql);
/* A COMMIT of a failed transaction is answered "ROLLBACK" without an error: catch it. */
bool pg_check_commit(const PGresult *res, struct err *err);
bool pg_check_params(const struct pg_stmt *stmt, const struct pg_params *params, struct err *err);

/* --- pg_plan.c: statements prepared on this connection --- */

/* Never NULL; a new plan is PG_PLAN_NEW. */
struct pg_plan *pg_plan_for(struct pg *pg, const struct pg_stmt *stmt,
			    const struct pg_params *params);
bool pg_plan_send_prepare(struct pg *pg, const struct pg_plan *plan);
bool pg_plan_send(struct pg *pg, const struct pg_plan *plan, const struct pg_params *params);
/* Send a statement that is not prepared, with parameters. */
bool pg_send_once(struct pg *pg, const char *sql, const struct pg_params *params);
void pg_plans_forget(struct pg *pg);

#endif
