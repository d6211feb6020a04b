/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audit - puts rows of the audit log and the log of readings into their chain, anchors it, and
 * takes away what was kept long enough. */
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/model/audit_chain.h"
#include "schedulerd/scheduler.h"

#define ROWS_AT_ONCE 1000
#define PIECES_MAX   100 /* a turn; other tasks wait meanwhile */
#define CUT_ROWS     5000

/* The place in the chain after which it goes on. */
struct head {
	int64_t number;
	uint8_t hash[AUDIT_HASH_BYTES];
};

static bool read_head(struct scheduler *s, struct head *out, struct err *err)
{
	static const struct pg_stmt stmt = {"audit_head", "SELECT number, hash FROM audit_head()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	out->number = pg_int(rows, 0, 0);
	memcpy(out->hash, pg_text(rows, 0, 1), sizeof(out->hash));
	pg_result_free(&rows);
	return true;
}

/* Begin a transaction that alone goes on with the chain; not mine: another schedulerd does, and
 * none is begun. */
static bool begin_locked(struct scheduler *s, bool *mine_out, struct err *err)
{
	static const struct pg_stmt lock = {"audit_lock", AUDIT_LOCK};
	struct pg_result *rows = NULL;

	*mine_out = false;
	if (!pg_begin(s->pg, err) || !scheduler_run(s, &lock, &rows, err))
		return false;
	*mine_out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	if (!*mine_out)
		pg_rollback(s->pg);
	return true;
}

static bool append(struct scheduler *s, const struct pg_result *rows, struct err *err)
{
	static const struct pg_stmt stmt = {
		"audit_append",
		"SELECT audit_append($1::bigint, $2::smallint[], $3::bigint[], $4::bytea)"};
	uint8_t hashes[ROWS_AT_ONCE][AUDIT_HASH_BYTES];
	int16_t logs[ROWS_AT_ONCE];
	int64_t ids[ROWS_AT_ONCE];
	struct head head;

	if (!read_head(s, &head, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		struct audit_entry e = {.number = head.number + (int64_t)i + 1,
					.log = pg_int(rows, i, 0),
					.id = pg_int(rows, i, 1)};

		/* A row that is gone already keeps its place, where it will be missed. */
		(void)audit_entry_fields(&e, rows, i, 2);
		audit_hash(i > 0 ? hashes[i - 1] : head.hash, &e, hashes[i]);
		logs[i] = (int16_t)e.log;
		ids[i] = e.id;
	}
	pg_param_int64(s->params, head.number);
	pg_param_int16_array(s->params, logs, pg_rows(rows));
	pg_param_int64_array(s->params, ids, pg_rows(rows));
	pg_param_bytes(s->params, hashes, pg_rows(rows) * AUDIT_HASH_BYTES);
	return scheduler_run(s, &stmt, NULL, err);
}

static bool chain_piece(struct scheduler *s, bool *more_out, struct err *err)
{
	static const struct pg_stmt next = {"audit_next",
					    "SELECT c.log, c.entry_id, " AUDIT_FIELDS
					    " FROM (SELECT log, entry_id FROM audit_waiting"
					    "        ORDER BY log, entry_id LIMIT $1) c" AUDIT_JOIN
					    "ORDER BY c.log, c.entry_id"};
	struct pg_result *rows = NULL;
	bool mine, ok;

	*more_out = false;
	if (!begin_locked(s, &mine, err))
		return false;
	if (!mine)
		return true;
	pg_param_int32(s->params, ROWS_AT_ONCE);
	if (!scheduler_run(s, &next, &rows, err))
		return false;
	*more_out = pg_rows(rows) == ROWS_AT_ONCE;
	ok = (pg_rows(rows) == 0 || append(s, rows, err)) && pg_commit(s->pg, err);
	pg_result_free(&rows);
	return ok;
}

/* --- anchors -------------------------------------------------------------------------------------
 */

static bool put_anchor(struct scheduler *s, const struct audit_anchor *a, struct err *err)
{
	static const struct pg_stmt put = {
		"audit_anchor_put",
		"SELECT audit_anchor_put($1::bigint, $2::text, $3::bigint, $4::bytea,"
		"       $5::timestamptz, $6::bytea, $7::bytea)"};
	uint8_t signature[PRIVACY_HASH_BYTES];

	pg_param_int64(s->params, a->no);
	pg_param_text(s->params, a->cut ? "cut" : "anchor");
	pg_param_int64(s->params, a->number);
	pg_param_bytes(s->params, a->hash, sizeof(a->hash));
	pg_param_time_us(s->params, a->at_us);
	if (s->privacy_key != NULL) {
		audit_anchor_sign(s->privacy_key, a, signature);
		pg_param_bytes(s->params, privacy_key_id(s->privacy_key), PRIVACY_ID_BYTES);
		pg_param_bytes(s->params, signature, sizeof(signature));
	} else {
		pg_param_null(s->params);
		pg_param_null(s->params);
	}
	return scheduler_run(s, &put, NULL, err);
}

static void say(const struct audit_anchor *a)
{
	char hex[AUDIT_HEX_SIZE];

	log_info(a->cut ? "audit log cut" : "audit log anchored", LI("number", a->number),
		 LS("hash", audit_hex(a->hash, hex)));
}

/* The next one would be this, of the chain's end; not due: *due_out is false. */
static bool next_anchor(struct scheduler *s, struct audit_anchor *out, bool *due_out,
			struct err *err)
{
	static const struct pg_stmt stmt = {
		"audit_anchor_next",
		"SELECT coalesce(l.no, 0) + 1, h.number, h.hash, clock_timestamp(),"
		"       h.number > coalesce(l.number, 0) AND (l.at IS NULL OR"
		"       l.at <= statement_timestamp() - $1::bigint * interval '1 ms'),"
		"       (SELECT count(*) FROM audit_waiting)"
		"  FROM audit_head() h LEFT JOIN LATERAL"
		"       (SELECT no, number, at FROM audit_anchor ORDER BY no DESC LIMIT 1) l ON "
		"true"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, s->config->anchor_ms);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	*out = (struct audit_anchor){.no = pg_int(rows, 0, 0),
				     .number = pg_int(rows, 0, 1),
				     .at_us = pg_time_us(rows, 0, 3)};
	memcpy(out->hash, pg_text(rows, 0, 2), sizeof(out->hash));
	*due_out = pg_bool(rows, 0, 4);
	metric_set(metrics_gauge("vestnik_audit_waiting",
				 "rows of the audit log that are not in its chain yet", NULL),
		   pg_int(rows, 0, 5));
	pg_result_free(&rows);
	return true;
}

static bool anchor(struct scheduler *s, struct err *err)
{
	struct audit_anchor a;
	bool mine, due;

	if (!begin_locked(s, &mine, err))
		return false;
	if (!mine)
		return true;
	if (!next_anchor(s, &a, &due, err) || (due && !put_anchor(s, &a, err)) ||
	    !pg_commit(s->pg, err))
		return false;
	if (due)
		say(&a);
	return true;
}

bool audit_chain(struct scheduler *s, struct err *err)
{
	bool more = true;

	for (int i = 0; i < PIECES_MAX && more && !daemon_stopping(); i++)
		if (!chain_piece(s, &more, err))
			return false;
	return anchor(s, err);
}

/* --- retention -----------------------------------------------------------------------------------
 */

static bool cut_at(struct scheduler *s, const struct pg_result *old, struct err *err)
{
	static const struct pg_stmt cut = {"audit_cut", "SELECT audit_cut()"};
	struct pg_result *rows = NULL;
	struct audit_anchor a;
	bool due;

	if (!next_anchor(s, &a, &due, err))
		return false;
	a.cut = true;
	a.number = pg_int(old, 0, 0);
	memcpy(a.hash, pg_text(old, 0, 1), sizeof(a.hash));
	if (!put_anchor(s, &a, err) || !scheduler_run(s, &cut, &rows, err) ||
	    !pg_commit(s->pg, err)) {
		pg_result_free(&rows);
		return false;
	}
	say(&a);
	pg_result_free(&rows);
	return true;
}

static bool cut_piece(struct scheduler *s, bool *more_out, struct err *err)
{
	static const struct pg_stmt find = {"audit_old",
					    "SELECT number, hash FROM audit_old($1, $2)"};
	struct pg_result *rows = NULL;
	bool mine, ok = true;

	*more_out = false;
	if (!begin_locked(s, &mine, err))
		return false;
	if (!mine)
		return true;
	pg_param_int32(s->params, (int32_t)s->config->keep_reading_days);
	pg_param_int32(s->params, CUT_ROWS);
	if (!scheduler_run(s, &find, &rows, err))
		return false;
	*more_out = pg_rows(rows) > 0;
	if (*more_out)
		ok = cut_at(s, rows, err);
	else
		pg_rollback(s->pg);
	pg_result_free(&rows);
	return ok;
}

bool audit_forget(struct scheduler *s, struct err *err)
{
	bool more = true;

	for (int i = 0; i < PIECES_MAX && more && !daemon_stopping(); i++)
		if (!cut_piece(s, &more, err))
			return false;
	return true;
}
