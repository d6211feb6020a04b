/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* feeds - what other systems are told: every feed, and the loop that serves them. */
#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/web/lang.h"
#include "crmd/feed.h"
#include "crmd/loops.h"
#include "crmd/statuses.h"

#define TURN_MS		   500
#define TROUBLE_MS	   5000
#define STEPS_MAX	   20 /* of one feed in a turn */
#define FORGET_MS	   60000
#define FORGET_ROWS	   5000
#define SENTENCE_BYTES_MAX 8192

/* --- the feeds ---------------------------------------------------------------------------------
 */

static void put_id_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			   size_t row, int col)
{
	if (pg_null(rows, row, col))
		json_put_null(json, key);
	else
		json_put_id(json, key, pg_int(rows, row, col));
}

static void put_text_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			     size_t row, int col)
{
	json_put_text(json, key, pg_null(rows, row, col) ? NULL : pg_text(rows, row, col));
}

/* Who reads a refusal at the other end is a person, in whatever language. */
static void put_russian(struct json_out *json, const char *key, const char *english)
{
	struct buf russian;

	buf_init(&russian, SENTENCE_BYTES_MAX);
	lang_say(LANG_RU, english, &russian);
	json_put_text(json, key, buf_str(&russian));
	buf_deinit(&russian);
}

static void write_refusal(struct json_out *data, const struct pg_result *rows, size_t row)
{
	json_put_text(data, "event_id", pg_text(rows, row, 2));
	put_text_or_null(data, "event_type", rows, row, 3);
	json_put_text(data, "field", pg_text(rows, row, 4));
	json_put_text(data, "reason", pg_text(rows, row, 5));
	put_russian(data, "reason_ru", pg_text(rows, row, 5));
}

static void write_reply(struct json_out *data, const struct pg_result *rows, size_t row)
{
	json_put_id(data, "reply_id", pg_int(rows, row, 0));
	put_text_or_null(data, "client", rows, row, 2);
	if (pg_int(rows, row, 3) != 0)
		json_put_phone(data, "phone", pg_int(rows, row, 3));
	else
		json_put_null(data, "phone");
	json_put_text(data, "sent_to", pg_text(rows, row, 4));
	put_text_or_null(data, "text", rows, row, 5);
	put_id_or_null(data, "message_id", rows, row, 6);
	put_text_or_null(data, "stop", rows, row, 7);
	json_put_bool(data, "whole", pg_bool(rows, row, 8));
	json_put_time(data, "at", pg_time_us(rows, row, 9));
}

static void write_campaign(struct json_out *data, const struct pg_result *rows, size_t row)
{
	static const char *const counts[] = {"clients",	    "messages", "suppressed", "delivered",
					     "undelivered", "expired",	"rejected",   "failed",
					     "cancelled",   "unknown",	NULL};

	json_put_id(data, "campaign_id", pg_int(rows, row, 0));
	json_put_text(data, "name", pg_text(rows, row, 2));
	json_put_text(data, "status", pg_text(rows, row, 3));
	for (int i = 0; counts[i] != NULL; i++)
		json_put_int(data, counts[i], pg_int(rows, row, 4 + i));
	json_put_micro(data, "cost", pg_int(rows, row, 14));
}

static void write_consent(struct json_out *data, const struct pg_result *rows, size_t row)
{
	json_put_id(data, "consent_id", pg_int(rows, row, 0));
	put_text_or_null(data, "client", rows, row, 2);
	json_put_phone(data, "phone", pg_int(rows, row, 3));
	json_put_text(data, "purpose", pg_text(rows, row, 4));
	json_put_text(data, "channel", pg_text(rows, row, 5));
	json_put_text(data, "change", pg_text(rows, row, 6));
	json_put_time(data, "at", pg_time_us(rows, row, 7));
	json_put_text(data, "source", pg_text(rows, row, 8));
	put_id_or_null(data, "text_id", rows, row, 9);
	put_id_or_null(data, "reply_id", rows, row, 10);
}

static void write_lost_phone(struct json_out *data, const struct pg_result *rows, size_t row)
{
	put_text_or_null(data, "client", rows, row, 2);
	json_put_phone(data, "phone", pg_int(rows, row, 3));
	json_put_phone(data, "next_phone", pg_int(rows, row, 4));
}

const struct feed feeds[] = {
	{.name = "refusal",
	 .type = "event.refused",
	 .rows = {"feed_refusals",
		  "SELECT e.no, e.at, e.id, nullif(e.type, ''), e.field, e.reason FROM crm_event e"
		  " WHERE e.outcome = 'refused' AND e.at > $1::timestamptz"
		  "   AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[]) t WHERE t = e.no)"
		  " ORDER BY e.at, e.no LIMIT $3::integer"},
	 .write = write_refusal},
	{.name = "reply",
	 .type = "reply.received",
	 .rows = {"feed_replies",
		  "SELECT i.id, i.finished_at, c.external_id, i.msisdn, i.destination, i.text,"
		  "       i.message_id, i.stop_scope, i.state = 'whole', i.at"
		  "  FROM inbound i LEFT JOIN client c ON c.id = i.client_id"
		  " WHERE i.finished_at > $1::timestamptz"
		  "   AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[]) t WHERE t = i.id)"
		  " ORDER BY i.finished_at, i.id LIMIT $3::integer"},
	 .write = write_reply},
	{.name = "campaign",
	 .type = "campaign.finished",
	 .rows = {"feed_campaigns",
		  "SELECT c.id, c.finished_at, c.name, c.status, r.audience, k.messages,"
		  "       k.suppressed, k.delivered, k.undelivered, k.expired, k.rejected, "
		  "k.failed,"
		  "       k.cancelled, k.unknown, k.cost_micro"
		  "  FROM campaign c"
		  "  CROSS JOIN LATERAL (SELECT coalesce(sum(r.audience), 0)::bigint AS audience"
		  "                        FROM run r WHERE r.campaign_id = c.id) r"
		  "  CROSS JOIN LATERAL (SELECT coalesce(sum(k.messages), 0)::bigint AS messages,"
		  "                             coalesce(sum(k.suppressed), 0)::bigint AS "
		  "suppressed,"
		  "                             coalesce(sum(k.delivered), 0)::bigint AS delivered,"
		  "                             coalesce(sum(k.undelivered), 0)::bigint AS "
		  "undelivered,"
		  "                             coalesce(sum(k.expired), 0)::bigint AS expired,"
		  "                             coalesce(sum(k.rejected), 0)::bigint AS rejected,"
		  "                             coalesce(sum(k.failed), 0)::bigint AS failed,"
		  "                             coalesce(sum(k.cancelled), 0)::bigint AS cancelled,"
		  "                             coalesce(sum(k.unknown), 0)::bigint AS unknown,"
		  "                             coalesce(sum(k.cost_micro), 0)::bigint AS "
		  "cost_micro"
		  "                        FROM run r JOIN run_count k ON k.run_id = r.id"
		  "                       WHERE r.campaign_id = c.id) k"
		  " WHERE c.finished_at > $1::timestamptz"
		  "   AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[]) t WHERE t = c.id)"
		  " ORDER BY c.finished_at, c.id LIMIT $3::integer"},
	 .write = write_campaign},
	{.name = "consent",
	 .type = "consent.changed",
	 .rows = {"feed_consents",
		  "SELECT e.id, e.recorded_at, c.external_id, e.msisdn, p.code, e.channel, e.kind, "
		  "e.at,"
		  "       e.source, e.text_id, e.inbound_id"
		  "  FROM consent_event e JOIN purpose p ON p.id = e.purpose_id"
		  "  LEFT JOIN client c ON c.id = e.client_id"
		  " WHERE e.recorded_at > $1::timestamptz AND e.msisdn > 0"
		  "   AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[]) t WHERE t = e.id)"
		  " ORDER BY e.recorded_at, e.id LIMIT $3::integer"},
	 .write = write_consent},
	{.name = "phone",
	 .type = "phone.unreachable",
	 .rows = {"feed_phones",
		  "SELECT h.id, h.at, c.external_id, h.old_msisdn, h.new_msisdn"
		  "  FROM client_phone_change h LEFT JOIN client c ON c.id = h.client_id"
		  " WHERE h.reason = 'unreachable' AND h.at > $1::timestamptz"
		  "   AND NOT EXISTS (SELECT 1 FROM unnest($2::bigint[]) t WHERE t = h.id)"
		  " ORDER BY h.at, h.id LIMIT $3::integer"},
	 .write = write_lost_phone},
	{0},
};

/* --- the loop ----------------------------------------------------------------------------------
 */

static bool forget_events(struct worker *w, uint64_t *due_ms, struct err *err)
{
	static const struct pg_stmt forget = {
		"crm_event_forget", "DELETE FROM crm_event WHERE id = ANY (ARRAY("
				    "   SELECT id FROM crm_event WHERE at < statement_timestamp() "
				    "- $1::integer * interval '1 day'"
				    "    ORDER BY at LIMIT $2::integer))"};
	struct pg_result *rows = NULL;

	if (clock_mono_ms() < *due_ms)
		return true;
	pg_param_int32(w->params, (int32_t)w->config->keep_event_days);
	pg_param_int32(w->params, FORGET_ROWS);
	if (!worker_run(w, &forget, &rows, err))
		return false;
	*due_ms = pg_affected(rows) < FORGET_ROWS ? clock_mono_ms() + FORGET_MS : 0;
	pg_result_free(&rows);
	return true;
}

static bool serve_feeds(struct worker *w, struct err *err)
{
	for (const struct feed *feed = feeds; feed->name != NULL; feed++) {
		bool more = true;

		for (int step = 0; more && step < STEPS_MAX && !daemon_stopping(); step++)
			if (!feed_step(w, feed, &more, err))
				return false;
	}
	return true;
}

static bool serve_statuses(struct worker *w, struct err *err)
{
	bool more = true;

	if (!statuses_discover(w, err))
		return false;
	for (int step = 0; more && step < STEPS_MAX && !daemon_stopping(); step++)
		if (!statuses_step(w, &more, err))
			return false;
	return true;
}

static bool connect(struct worker *w, bool *connected, struct err *err)
{
	if (!worker_database(w) || (!*connected && !worker_broker(w)))
		return err_set(err, ERR_STOPPING, "stopping");
	*connected = true;
	return feeds_begin(w, err);
}

void feeds_loop(struct worker *w)
{
	uint64_t forget_due_ms = 0;
	bool connected = false;
	struct err err;

	while (!daemon_stopping()) {
		bool ok = connect(w, &connected, &err) && serve_feeds(w, &err) &&
			  serve_statuses(w, &err) && forget_events(w, &forget_due_ms, &err);

		if (!ok && err.kind != ERR_STOPPING)
			log_err("events were not told, will try again", &err);
		pg_rollback(w->pg);
		pg_params_reset(w->params);
		connected = connected && mq_usable(w->mq);
		(void)mq_flush(w->mq, clock_mono_ms() + TURN_MS, &err); /* heartbeats */
		if (!worker_sleep(ok ? TURN_MS : TROUBLE_MS))
			break;
	}
}
