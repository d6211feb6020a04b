/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* statuses - see statuses.h. */
#include "crmd/statuses.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/model/message.h"
#include "crmd/feed.h"

#define TYPE		"message.status"
#define BATCHES_MAX	100
#define DISCOVER_MS	5000
#define EVENT_BYTES_MAX 4096
#define ID_SIZE		64
/* In status_report.told beside the states: it never became a message. */
#define SUPPRESSED	1

/* Home batches that are looked at together. */
struct look {
	size_t count;
	int64_t ids[BATCHES_MAX];
	char told[BATCHES_MAX][BATCH_MESSAGES_MAX + 1];
};

/* --- campaigns ---------------------------------------------------------------------------------
 */

/* Ids of batches begin with the second they were made in; a minute is looked at again, because that
 * second is before their COMMIT. */
bool statuses_discover(struct worker *w, struct err *err)
{
	static const struct pg_stmt discover = {
		"status_discover",
		"WITH feed AS (SELECT at FROM crm_feed WHERE name = 'status' FOR UPDATE SKIP "
		"LOCKED),"
		" since AS (SELECT at - interval '1 minute' AS at,"
		"                  ((extract(epoch FROM at)::bigint - 60 - 1577836800) << 32) AS id"
		"             FROM feed),"
		" found AS (INSERT INTO status_report (batch_id, told, look_at)"
		"           SELECT b.id, repeat('0', b.message_count), statement_timestamp()"
		"             FROM since s, campaign c JOIN run r ON r.campaign_id = c.id"
		"             CROSS JOIN LATERAL (SELECT b.id, b.message_count FROM batch b"
		"                                  WHERE b.run_id = r.id AND b.id >= s.id"
		"                                    AND b.message_ids IS NULL OFFSET 0) b"
		"            WHERE c.report_statuses AND (r.finished_at IS NULL OR r.finished_at > "
		"s.at)"
		"           ON CONFLICT DO NOTHING)"
		" UPDATE crm_feed SET at = statement_timestamp()"
		"  WHERE name = 'status' AND EXISTS (SELECT 1 FROM feed)"};
	static const struct pg_stmt begin = {
		"status_begin",
		"INSERT INTO crm_feed (name) VALUES ('status') ON CONFLICT DO NOTHING"};
	static uint64_t due_ms; /* of the one thread that serves feeds */

	if (clock_mono_ms() < due_ms)
		return true;
	if ((due_ms == 0 && !worker_run(w, &begin, NULL, err)) ||
	    !worker_run(w, &discover, NULL, err))
		return err_wrap(err, "batches of campaigns that report");
	due_ms = clock_mono_ms() + DISCOVER_MS;
	return true;
}

/* --- a look ------------------------------------------------------------------------------------
 */

static bool take_due(struct worker *w, struct look *look, struct err *err)
{
	static const struct pg_stmt due = {
		"status_due",
		"SELECT batch_id, told FROM status_report WHERE look_at <= statement_timestamp()"
		" ORDER BY look_at LIMIT $1::integer FOR UPDATE SKIP LOCKED"};
	struct pg_result *rows = NULL;

	pg_param_int32(w->params, BATCHES_MAX);
	if (!worker_run(w, &due, &rows, err))
		return false;
	look->count = pg_rows(rows);
	for (size_t i = 0; i < look->count; i++) {
		look->ids[i] = pg_int(rows, i, 0);
		snprintf(look->told[i], sizeof(look->told[i]), "%s", pg_text(rows, i, 1));
	}
	pg_result_free(&rows);
	return true;
}

/* Every message whose fate is another than the one told last.  Planned for these ids, so that only
 * their days are opened. */
static bool find_changes(struct worker *w, const struct look *look, struct pg_result **rows_out,
			 struct err *err)
{
	static const char sql[] =
		"SELECT (u.n - 1)::integer, s.id, s.state::integer, s.reason, r.refs[s.id - u.id + "
		"1],"
		"       n.campaign_id, c.external_id"
		"  FROM unnest($1::bigint[]) WITH ORDINALITY AS u(id, n)"
		"  JOIN status_report r ON r.batch_id = u.id"
		"  CROSS JOIN LATERAL ("
		"    SELECT s.id, s.state, s.reason FROM message_state s"
		"     WHERE s.id >= u.id AND s.id < u.id + length(r.told)"
		"       AND s.id BETWEEN $2::bigint AND $3::bigint AND s.state >= 3"
		"    UNION ALL"
		"    SELECT x.message_id, 1, x.reason FROM suppression x"
		"     WHERE r.refs IS NOT NULL AND x.message_id >= u.id"
		"       AND x.message_id < u.id + length(r.told)"
		"    OFFSET 0) s"
		"  LEFT JOIN LATERAL (SELECT m.client_id FROM message m"
		"                      WHERE m.id = s.id AND m.id BETWEEN $2::bigint AND $3::bigint"
		"                      LIMIT 1) m ON true"
		"  LEFT JOIN LATERAL (SELECT c.external_id FROM client c WHERE c.id = m.client_id"
		"                      LIMIT 1) c ON true"
		"  LEFT JOIN LATERAL (SELECT n.campaign_id FROM batch h JOIN run n ON n.id = "
		"h.run_id"
		"                      WHERE h.id = u.id LIMIT 1) n ON true"
		" WHERE substr(r.told, (s.id - u.id + 1)::integer, 1) <> s.state::text"
		"   AND (r.refs IS NULL OR r.refs[s.id - u.id + 1] IS NOT NULL)"
		" ORDER BY u.n, s.id";
	int64_t lowest = look->ids[0], highest = look->ids[0];
	bool ok;

	for (size_t i = 1; i < look->count; i++) {
		lowest = look->ids[i] < lowest ? look->ids[i] : lowest;
		highest = look->ids[i] > highest ? look->ids[i] : highest;
	}
	pg_param_int64_array(w->params, look->ids, look->count);
	pg_param_int64(w->params, lowest);
	pg_param_int64(w->params, highest + BATCH_MESSAGES_MAX);
	ok = pg_run_once(w->pg, sql, w->params, rows_out, err);
	pg_params_reset(w->params);
	return ok;
}

static void publish(struct worker *w, struct buf *buf, const struct pg_result *rows, size_t row)
{
	int64_t message_id = pg_int(rows, row, 1);
	int state = (int)pg_int(rows, row, 2), reason = (int)pg_int(rows, row, 3);
	const char *status =
		state == SUPPRESSED ? "suppressed" : message_state_name((enum message_state)state);
	struct json_out json;
	char id[ID_SIZE];

	snprintf(id, sizeof(id), "status-%lld-%d", (long long)message_id, state);
	out_begin(&json, buf, id, TYPE, clock_wall_us());
	json_put_id(&json, "message_id", message_id);
	json_put_text(&json, "status", status);
	json_put_text(&json, "reason", reason != 0 ? message_reason_name(reason) : NULL);
	json_put_text(&json, "event_id", pg_null(rows, row, 4) ? NULL : pg_text(rows, row, 4));
	if (pg_null(rows, row, 5))
		json_put_null(&json, "campaign_id");
	else
		json_put_id(&json, "campaign_id", pg_int(rows, row, 5));
	json_put_text(&json, "client", pg_null(rows, row, 6) ? NULL : pg_text(rows, row, 6));
	out_publish(&json, w->mq, id, TYPE);
}

static bool publish_changes(struct worker *w, struct look *look, const struct pg_result *rows,
			    struct err *err)
{
	struct buf buf;
	bool ok;

	buf_init(&buf, EVENT_BYTES_MAX);
	for (size_t row = 0; row < pg_rows(rows); row++) {
		size_t i = (size_t)pg_int(rows, row, 0);
		size_t position = (size_t)(pg_int(rows, row, 1) - look->ids[i]);

		publish(w, &buf, rows, row);
		look->told[i][position] = (char)('0' + pg_int(rows, row, 2));
	}
	ok = out_confirm(w->mq, err);
	buf_deinit(&buf);
	return ok;
}

/* What is not yet sent is looked at every minute at least.  Nothing changes any more once every
 * message is delivered or never was one, or four days after the deadline, when references end. */
static bool plan_next(struct worker *w, const struct look *look, struct err *err)
{
	static const struct pg_stmt plan = {
		"status_plan",
		"UPDATE status_report r SET told = u.told, look_at ="
		"   CASE WHEN length(regexp_replace(u.told, '[^19]', '', 'g')) >="
		"             coalesce(cardinality(array_remove(r.refs, NULL)), length(u.told))"
		"          OR h.deadline < statement_timestamp() - interval '4 days'"
		"          OR h.id IS NULL AND b.at < statement_timestamp() - interval '30 days'"
		"        THEN NULL"
		"        ELSE statement_timestamp() + least(greatest("
		"             (statement_timestamp() - coalesce(h.done_at, b.at)) / 2, interval '1 "
		"s'),"
		"             CASE WHEN h.state = 3 THEN interval '1 h' ELSE interval '1 min' END)"
		"   END"
		"  FROM unnest($1::bigint[], $2::text[]) AS u(id, told)"
		"  CROSS JOIN LATERAL (SELECT to_timestamp((u.id >> 32) + 1577836800) AS at) b"
		"  LEFT JOIN LATERAL (SELECT h.id, h.state, h.deadline, h.done_at FROM batch h "
		"WHERE h.id = u.id"
		"                      LIMIT 1) h ON true"
		" WHERE r.batch_id = u.id"};
	const char *told[BATCHES_MAX];

	for (size_t i = 0; i < look->count; i++)
		told[i] = look->told[i];
	pg_param_int64_array(w->params, look->ids, look->count);
	pg_param_text_array(w->params, told, look->count);
	return worker_run(w, &plan, NULL, err);
}

static bool tell(struct worker *w, struct look *look, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	if (!take_due(w, look, err))
		return false;
	if (look->count == 0)
		return true;
	if (!find_changes(w, look, &rows, err))
		return false;
	ok = publish_changes(w, look, rows, err) && plan_next(w, look, err);
	pg_result_free(&rows);
	return ok;
}

bool statuses_step(struct worker *w, bool *more_out, struct err *err)
{
	struct look look = {0};
	bool ok = pg_begin(w->pg, err) && tell(w, &look, err) && pg_commit(w->pg, err);

	if (!ok)
		pg_rollback(w->pg);
	*more_out = look.count == BATCHES_MAX;
	return ok || err_wrap(err, "feed status");
}
