/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* missed_read - see missed.h: what is asked for, and the rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid/missed.h"
#include "common/sms/smpp.h"

#define SUPPRESSED "suppressed"

static const int16_t missed_states[MISSED_STATES] = {
	MESSAGE_FAILED,	 MESSAGE_REJECTED,  MESSAGE_UNDELIVERED,
	MESSAGE_EXPIRED, MESSAGE_CANCELLED, MESSAGE_UNKNOWN,
};

/* --- what is asked for ---------------------------------------------------------------------------
 */

/* "kind" or "kind:reason". */
static bool parse_filter(const char *text, struct missed_filter *f)
{
	char kind[16];
	const char *colon = strchr(text, ':');
	size_t len = colon != NULL ? (size_t)(colon - text) : strlen(text);

	if (len >= sizeof(kind) || (colon != NULL && !message_reason_parse(colon + 1, &f->reason)))
		return false;
	snprintf(kind, sizeof(kind), "%.*s", (int)len, text);
	if (strcmp(kind, SUPPRESSED) == 0) {
		f->state_count = 0;
		return true;
	}
	f->suppressed = false;
	for (size_t i = 0; i < MISSED_STATES; i++) {
		if (strcmp(message_state_name((enum message_state)missed_states[i]), kind) == 0) {
			f->state[0] = missed_states[i];
			f->state_count = 1;
			return true;
		}
	}
	return false;
}

static int64_t count_of(const struct pg_result *rows, int16_t state)
{
	static const int16_t order[MISSED_STATES] = {
		MESSAGE_FAILED,	 MESSAGE_REJECTED,  MESSAGE_UNDELIVERED,
		MESSAGE_EXPIRED, MESSAGE_CANCELLED, MESSAGE_UNKNOWN,
	};

	for (int i = 0; i < MISSED_STATES; i++)
		if (order[i] == state)
			return pg_int(rows, 0, 5 + i);
	return 0;
}

/* Leave out the states of which the run has no message. */
static void drop_empty(struct missed_filter *f, const struct pg_result *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->state_count; i++)
		if (count_of(rows, f->state[i]) > 0)
			f->state[kept++] = f->state[i];
	f->state_count = kept;
}

static bool find_run(struct request *r, int64_t id, struct missed_filter *f, struct err *err)
{
	/* Receipts come until the deadline, and are parked for three days. */
	static const struct pg_stmt find = {
		"missed_run",
		"SELECT coalesce(r.id, 0), (SELECT id FROM batch WHERE run_id = r.id ORDER BY id "
		"LIMIT 1),"
		"       (SELECT id + 255 FROM batch WHERE run_id = r.id AND message_ids IS NULL"
		"         ORDER BY id DESC LIMIT 1),"
		"       r.created_at, r.deadline + interval '5 days', k.failed, k.rejected,"
		"       k.undelivered, k.expired, k.cancelled, k.unknown"
		"  FROM campaign c"
		"  LEFT JOIN LATERAL (SELECT * FROM run WHERE campaign_id = c.id"
		"       ORDER BY id DESC LIMIT 1) r ON true"
		"  LEFT JOIN LATERAL (SELECT sum(failed)::bigint AS failed,"
		"       sum(rejected)::bigint AS rejected, sum(undelivered)::bigint AS undelivered,"
		"       sum(expired)::bigint AS expired, sum(cancelled)::bigint AS cancelled,"
		"       sum(unknown)::bigint AS unknown FROM run_count WHERE run_id = r.id) k ON "
		"true"
		" WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		f->run_id = pg_int(rows, 0, 0);
		f->lowest = pg_int(rows, 0, 1);
		f->highest = pg_int(rows, 0, 2);
		f->from_us = pg_time_us(rows, 0, 3);
		f->until_us = pg_time_us(rows, 0, 4);
		drop_empty(f, rows);
	} else {
		problem_not_found(&r->problem, "campaign");
	}
	pg_result_free(&rows);
	return true;
}

bool missed_filter_of(struct request *r, int64_t campaign_id, const char *filter, const char *field,
		      struct missed_filter *out, struct err *err)
{
	*out = (struct missed_filter){
		.suppressed = true, .state_count = MISSED_STATES, .reason = -1};
	memcpy(out->state, missed_states, sizeof(missed_states));
	if (filter != NULL && !parse_filter(filter, out)) {
		problem_field(&r->problem, field, filter,
			      "a kind, as in \"failed\", or a kind and a reason, as in "
			      "\"suppressed:opt_out\"");
		return true;
	}
	return find_run(r, campaign_id, out, err);
}

bool missed_filter_read(struct request *r, struct missed_filter *out, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "campaign", &id) ||
	       missed_filter_of(r, id, http_query(r->call, "reason"), "reason", out, err);
}

/* --- rows ----------------------------------------------------------------------------------------
 */

#define NAMES_SQL "k.external_id, k.last_name, k.first_name, k.middle_name"

static const struct pg_stmt next_suppressed = {
	"missed_suppressed",
	"SELECT s.client_id, " NAMES_SQL ", CASE WHEN k.id IS NULL THEN 0 ELSE s.msisdn END, "
	"NULL::bigint, 0::smallint, s.reason::integer,"
	"       NULL::text, NULL::bigint, s.at"
	"  FROM (SELECT * FROM suppression WHERE run_id = $1::bigint AND client_id > $2::bigint"
	"           AND ($3::integer < 0 OR reason = $3::integer)"
	"         ORDER BY client_id LIMIT $4::bigint) s"
	"  LEFT JOIN LATERAL (SELECT * FROM client WHERE id = s.client_id"
	"     AND blocked_at IS NULL LIMIT 1) k ON true"
	" ORDER BY s.client_id"};

/* Each look-up is lateral with LIMIT, so that only the index way is left. */
static const struct pg_stmt next_messages = {
	"missed_messages",
	"WITH m AS MATERIALIZED ("
	" SELECT s.id, s.state, s.reason, b.deadline FROM message_state s"
	"  CROSS JOIN LATERAL (SELECT deadline FROM batch WHERE id = s.id & ~255::bigint"
	"       AND run_id = $1::bigint LIMIT 1) b"
	"  WHERE s.id > $2::bigint AND s.id <= $5::bigint AND s.state = ANY ($6::smallint[])"
	"    AND ($3::integer < 0 OR s.reason = $3::integer)"
	"  ORDER BY s.id LIMIT $4::bigint)"
	"SELECT v.client_id, " NAMES_SQL ", CASE WHEN k.id IS NULL THEN 0 ELSE v.msisdn END, m.id, "
	"m.state, m.reason, t.err, f.status,"
	"       coalesce(t.received_at, f.at, CASE WHEN m.reason IN (6, 11) THEN m.deadline END,"
	"                to_timestamp((m.id >> 32) + 1577836800))"
	"  FROM m"
	"  CROSS JOIN LATERAL (SELECT client_id, msisdn FROM message WHERE id = m.id"
	"       AND id > $2::bigint AND id <= $5::bigint LIMIT 1) v"
	"  LEFT JOIN LATERAL (SELECT * FROM client WHERE id = v.client_id LIMIT 1) k ON true"
	"  LEFT JOIN LATERAL (SELECT err, received_at FROM receipt WHERE message_id = m.id"
	"       AND state = m.state AND received_at >= $7::timestamptz"
	"       AND received_at < $8::timestamptz ORDER BY received_at DESC LIMIT 1) t ON true"
	"  LEFT JOIN LATERAL (SELECT status, at FROM refusal WHERE message_id = m.id"
	"       AND at >= $7::timestamptz AND at < $8::timestamptz ORDER BY at DESC LIMIT 1) f"
	"       ON true"
	" ORDER BY m.id"};

bool missed_query(struct request *r, const struct pg_stmt *stmt, struct pg_result **out,
		  struct err *err)
{
	/* Statistics of tables that fill while they are read tell nothing; see the migration. */
	static const char *const index_way =
		"BEGIN; SET LOCAL enable_seqscan = off;"
		"SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off";
	bool ok = pg_exec(r->pg, index_way, err) && request_query(r, stmt, out, err);

	pg_params_reset(r->params);
	pg_rollback(r->pg);
	return ok;
}

static bool read_messages(struct request *r, const struct missed_filter *f, int64_t after,
			  size_t limit, struct pg_result **out, struct err *err)
{
	pg_param_int64(r->params, f->run_id);
	pg_param_int64(r->params, after);
	pg_param_int32(r->params, f->reason);
	pg_param_int64(r->params, (int64_t)limit);
	pg_param_int64(r->params, f->highest);
	pg_param_int16_array(r->params, f->state, f->state_count);
	pg_param_time_us(r->params, f->from_us);
	pg_param_time_us(r->params, f->until_us);
	return missed_query(r, &next_messages, out, err);
}

static bool read_suppressed(struct request *r, const struct missed_filter *f, int64_t after,
			    size_t limit, struct pg_result **out, struct err *err)
{
	pg_param_int64(r->params, f->run_id);
	pg_param_int64(r->params, after);
	pg_param_int32(r->params, f->reason);
	pg_param_int64(r->params, (int64_t)limit);
	return missed_query(r, &next_suppressed, out, err);
}

bool missed_next(struct request *r, const struct missed_filter *f, struct missed_place *place,
		 size_t limit, struct pg_result **out, struct err *err)
{
	int64_t lowest = f->lowest - 1;
	size_t count;

	*out = NULL;
	if (!place->in_messages && (f->run_id == 0 || !f->suppressed))
		*place = (struct missed_place){.in_messages = true};
	if (place->in_messages && (f->run_id == 0 || f->state_count == 0 || f->highest == 0)) {
		place->at_end = true;
		return true;
	}
	if (place->in_messages) {
		int64_t after = place->after > lowest ? place->after : lowest;

		if (!read_messages(r, f, after, limit, out, err))
			return false;
	} else if (!read_suppressed(r, f, place->after, limit, out, err)) {
		return false;
	}
	count = pg_rows(*out);
	if (count == limit)
		place->after = pg_int(*out, count - 1,
				      place->in_messages ? MISSED_MESSAGE : MISSED_CLIENT);
	else if (place->in_messages)
		place->at_end = true;
	else
		*place = (struct missed_place){.in_messages = true};
	return true;
}

/* --- words ---------------------------------------------------------------------------------------
 */

const char *missed_kind(const struct pg_result *rows, size_t i)
{
	int64_t state = pg_int(rows, i, MISSED_STATE);

	return state == 0 ? SUPPRESSED : message_state_name((enum message_state)state);
}

const char *missed_reason(const struct pg_result *rows, size_t i)
{
	int reason = (int)pg_int(rows, i, MISSED_REASON);

	return reason == REASON_NONE ? NULL : message_reason_name(reason);
}

const char *missed_error(const struct pg_result *rows, size_t i, char *out, size_t size)
{
	uint32_t status = (uint32_t)pg_int(rows, i, MISSED_STATUS);
	const char *name;

	if (pg_text(rows, i, MISSED_ERROR)[0] != '\0')
		return pg_text(rows, i, MISSED_ERROR);
	if (pg_null(rows, i, MISSED_STATUS))
		return NULL;
	name = smpp_status_name(status);
	snprintf(out, size, "0x%08x", (unsigned)status);
	return name[0] != '\0' ? name : out;
}
