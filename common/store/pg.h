/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pg - one PostgreSQL connection used in straight lines, every call with a deadline.
 *
 * Over non-blocking libpq: no call blocks past the connection's `timeout_ms` (libpq's own waits are
 * never used; only the resolver of a host name keeps its own limits), and every wait also ends when
 * the server closes or the process gives up (give_up.h: ERR_LOST).  Statements are prepared on
 * first use and prepared again after a reconnect. Parameters and results travel in binary.
 *
 * After ERR_LOST the connection is unusable until pg_reconnect(); silence past the deadline counts
 * as lost.  A COMMIT whose answer never came is ERR_UNKNOWN (the connection is gone as well): the
 * caller reconnects and reads back before acting.  So does whoever changes rows by one statement
 * outside a transaction and gets ERR_LOST.  40001 and 40P01 are ERR_RETRY; a statement that the
 * server itself cut short at nine tenths of `timeout_ms` is ERR_TIMEOUT with the connection still
 * good; other SQL errors are ERR_REFUSED with SQLSTATE in pg_sqlstate().
 *
 * The server ends a session that sits idle in a transaction for `timeout_ms`, so that a stopped
 * process cannot hold its locks for ever.  Sessions run in time zone UTC.
 *
 * Owner: the thread that opened it.  Not for event threads. */
#ifndef VESTNIK_STORE_PG_H
#define VESTNIK_STORE_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct pg;

struct pg_options {
	const char *url;	 /* libpq URI or key=value string */
	const char *application; /* application_name, e.g. "dlrd/1" */
	int64_t timeout_ms;	 /* bound of every call, here and at the server; 30000 if 0 */
};

bool pg_open(const struct pg_options *options, struct pg **out, struct err *err);
/* The same, but a server that cannot be reached is waited for as in pg_reconnect_wait(). */
bool pg_open_wait(const struct pg_options *options, int stop_fd, struct pg **out, struct err *err);
/* Drop whatever is left and connect again; prepared statements come back on use. */
bool pg_reconnect(struct pg *pg, struct err *err);
/* Keep trying with growing jittered delay (0.1 s to 5 s) until connected or the daemon stops
 * (ERR_STOPPING).  `stop_fd` becomes readable at stop, -1 for none; giving up ends it too. */
bool pg_reconnect_wait(struct pg *pg, int stop_fd, struct err *err);
void pg_close(struct pg **pg);
bool pg_usable(const struct pg *pg);
const char *pg_sqlstate(const struct pg *pg);		/* of the last refusal, "" if none */
void pg_set_timeout(struct pg *pg, int64_t timeout_ms); /* this side only */

/* Tell the database who acts from now on, for its audit log: "who\x1faddress\x1fdevice"
 * (audit_who() in SQL), "" for the daemon itself.  Not within a transaction.  Nothing is sent when
 * it knows. */
bool pg_label(struct pg *pg, const char *label, struct err *err);
#define PG_LABEL_SIZE 384

/* --- statements --------------------------------------------------------------------------------
 */

/* Declared static by its user; prepared lazily per connection under `name`. */
struct pg_stmt {
	const char *name; /* unique in the daemon */
	const char *sql;  /* $1, $2 with casts where the type is not evident: $1::bigint[] */
};

/* Parameters, in order; storage is reused between calls.  Strings and arrays are copied.  The
 * server is told their types when it prepares, so integers widen and narrow as in SQL; a text for a
 * column that is not text needs a cast: $1::jsonb. */
struct pg_params;
struct pg_params *pg_params_new(void);
void pg_params_free(struct pg_params **p);
void pg_params_reset(struct pg_params *p);
void pg_params_cut(struct pg_params *p, int count); /* keep the first `count` */
void pg_param_null(struct pg_params *p);
void pg_param_bool(struct pg_params *p, bool v);
void pg_param_int16(struct pg_params *p, int16_t v);
void pg_param_int32(struct pg_params *p, int32_t v);
void pg_param_int64(struct pg_params *p, int64_t v);
void pg_param_text(struct pg_params *p, const char *s); /* NULL is SQL null */
void pg_param_text_len(struct pg_params *p, const char *s, size_t len);
void pg_param_bytes(struct pg_params *p, const void *data, size_t len); /* bytea */
void pg_param_time_us(struct pg_params *p, int64_t unix_us);		/* timestamptz */
void pg_param_int16_array(struct pg_params *p, const int16_t *v, size_t n);
void pg_param_int32_array(struct pg_params *p, const int32_t *v, size_t n);
void pg_param_int64_array(struct pg_params *p, const int64_t *v, size_t n);
void pg_param_text_array(struct pg_params *p, const char *const *v,
			 size_t n); /* NULL element: null */
void pg_param_time_us_array(struct pg_params *p, const int64_t *unix_us, size_t n);

/* Rows of one statement; freed by the caller. */
struct pg_result;
void pg_result_free(struct pg_result **r); /* NULL inside is fine */
size_t pg_rows(const struct pg_result *r);
int64_t pg_affected(const struct pg_result *r); /* rows touched by INSERT, UPDATE, DELETE, COPY */
bool pg_null(const struct pg_result *r, size_t row, int col);
bool pg_bool(const struct pg_result *r, size_t row, int col);
/* int2, int4 and int8 columns alike; null is 0.  Another column type is a caller's bug. */
int64_t pg_int(const struct pg_result *r, size_t row, int col);
/* text, bytea and name columns; NUL-terminated, borrowed from the result; null is "". */
const char *pg_text(const struct pg_result *r, size_t row, int col);
size_t pg_len(const struct pg_result *r, size_t row, int col);
int64_t pg_time_us(const struct pg_result *r, size_t row, int col); /* timestamptz; null is 0 */
/* One-dimensional arrays; returns the element count (null array: 0) and fills up to `max`. */
size_t pg_int_array(const struct pg_result *r, size_t row, int col, int64_t *out, size_t max);
/* Elements borrowed from the result, NOT NUL-terminated; a null element is NULL with length 0. */
size_t pg_text_array(const struct pg_result *r, size_t row, int col, const char **out,
		     size_t *len_out, size_t max);

/* Run one statement; `params` and `out` may be NULL. */
bool pg_run(struct pg *pg, const struct pg_stmt *stmt, const struct pg_params *params,
	    struct pg_result **out, struct err *err);
/* Run a statement that is put together for this one time: planned for these very parameters, never
 * kept.  The text holds nothing that a stranger wrote. */
bool pg_run_once(struct pg *pg, const char *sql, const struct pg_params *params,
		 struct pg_result **out, struct err *err);
/* The same in two steps, for work of its own in between: sent, and its answer waited for.  Nothing
 * else happens on the connection meanwhile; what began well must be ended. */
bool pg_once_begin(struct pg *pg, const char *sql, const struct pg_params *params, struct err *err);
bool pg_once_end(struct pg *pg, struct pg_result **out, struct err *err);
/* Wait until one of several that were begun can be ended at once, which says whether it went well:
 * its place in `list`, where NULL is nobody.  At least one is there. */
size_t pg_once_wait(struct pg *const *list, size_t count);
/* Run a text of one or more statements without parameters (BEGIN, SET, migrations). */
bool pg_exec(struct pg *pg, const char *sql, struct err *err);

/* --- transactions ------------------------------------------------------------------------------
 */

bool pg_begin(struct pg *pg, struct err *err);
/* The same for reading alone: every statement sees the database as the first one did. */
bool pg_begin_frozen(struct pg *pg, struct err *err);
/* Begin one that sees what the frozen one of `other` sees. */
bool pg_begin_as(struct pg *pg, struct pg *other, struct err *err);
/* ERR_UNKNOWN when the outcome could not be learnt. */
bool pg_commit(struct pg *pg, struct err *err);
/* Safe in every state; a lost connection is rolled back by the server. */
void pg_rollback(struct pg *pg);
/* begin, body, commit; on ERR_RETRY rolls back and runs body again (at most 5 times, jittered). */
bool pg_transaction(struct pg *pg, bool (*body)(struct pg *pg, void *arg, struct err *err),
		    void *arg, struct err *err);

/* --- pipeline: several statements, one round trip ----------------------------------------------
 */

/* Between begin and end, pg_pipeline_add() queues statements without waiting; pg_pipeline_end()
 * sends a sync, reads all results in order and stores them in `outs` (each freed by the caller; may
 * be NULL to discard).  The first failure makes the whole call fail and frees every result.
 * BEGIN and COMMIT may be queued as statements like any other.  At most 256 statements. */
bool pg_pipeline_begin(struct pg *pg, struct err *err);
bool pg_pipeline_add(struct pg *pg, const struct pg_stmt *stmt, const struct pg_params *params,
		     struct err *err);
bool pg_pipeline_end(struct pg *pg, struct pg_result **outs, size_t count, struct err *err);

/* --- COPY ----------------------------------------------------------------------------------------
 */

/* Binary COPY rows gathered in one reusable buffer, sent by one call. */
struct pg_copy;
struct pg_copy *pg_copy_new(const char *sql); /* "COPY t (a, b) FROM STDIN (FORMAT binary)" */
void pg_copy_free(struct pg_copy **c);
void pg_copy_reset(struct pg_copy *c);
size_t pg_copy_rows(const struct pg_copy *c);
void pg_copy_row(struct pg_copy *c, int columns); /* starts a row; then exactly that many values */
void pg_copy_null(struct pg_copy *c);
void pg_copy_bool(struct pg_copy *c, bool v);
void pg_copy_int16(struct pg_copy *c, int16_t v);
void pg_copy_int32(struct pg_copy *c, int32_t v);
void pg_copy_int64(struct pg_copy *c, int64_t v);
void pg_copy_text(struct pg_copy *c, const char *s, size_t len);
void pg_copy_time_us(struct pg_copy *c, int64_t unix_us);
void pg_copy_date(struct pg_copy *c, int64_t days);    /* since 1970-01-01 */
void pg_copy_hundredths(struct pg_copy *c, int64_t v); /* numeric with two decimals */
void pg_copy_text_array(struct pg_copy *c, const char *const *v, const size_t *lens, size_t n);
/* Send everything gathered and end the COPY; no rows is a success that sends nothing.  Inside the
 * caller's transaction.  The rows stay until pg_copy_reset(), for a transaction run again.  Over
 * 64 MiB is ERR_LIMIT. */
bool pg_copy_send(struct pg *pg, struct pg_copy *c, struct err *err);
/* Queue every row as one run of `insert`, whose $1, $2 are the row's columns: a COPY costs two
 * round trips of its own, which is more than a few rows are worth.  See PG_ROWS_FEW. */
bool pg_pipeline_add_rows(struct pg *pg, const struct pg_stmt *insert, const struct pg_copy *c,
			  struct err *err);
#define PG_ROWS_FEW 8
/* For streams larger than memory: begin once, flush (sends and resets) as often as liked, end once.
 * An error ends it; so does abort, which makes the COPY fail at the server. */
bool pg_copy_stream_begin(struct pg *pg, struct pg_copy *c, struct err *err);
bool pg_copy_stream_flush(struct pg *pg, struct pg_copy *c, struct err *err);
bool pg_copy_stream_end(struct pg *pg, struct pg_copy *c, struct err *err);
void pg_copy_stream_abort(struct pg *pg, struct pg_copy *c);

#endif
