/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_state - see account_state.h. */
#include "common/model/account_state.h"

#include "common/base/buf.h"

#define SQL_MAX_BYTES 16384

/* What waits, and what is in hand: each state of batch has an index of its own, so each is a query
 * of its own. */
static const char backlog[] =
	"WITH waits AS ("
	" SELECT account_id, id, run_id, parts::bigint * (message_count - claimed) / message_count "
	"AS parts"
	"   FROM batch WHERE state = 0 AND account_id = ANY (ARRAY(SELECT id FROM account))"
	" UNION ALL"
	" SELECT account_id, id, run_id, parts::bigint * (message_count - claimed) / message_count"
	"   FROM batch WHERE state = 1 AND account_id = ANY (ARRAY(SELECT id FROM account))"
	" UNION ALL"
	" SELECT account_id, id, run_id, parts::bigint * (message_count - answered) / message_count"
	"   FROM batch WHERE state = 2 AND account_id = ANY (ARRAY(SELECT id FROM account))),"
	" backlog AS (SELECT w.account_id, sum(w.parts)::bigint AS parts, min(w.id) AS oldest"
	"   FROM waits w LEFT JOIN run r ON r.id = w.run_id"
	"  WHERE w.run_id IS NULL OR r.status = 'running' GROUP BY 1),"
	" hour AS (SELECT account_id, sum(parts)::bigint AS parts FROM batch"
	"   WHERE state = 3 AND done_at > statement_timestamp() - interval '1 hour' GROUP BY 1)";

/* Who holds it.  Ids of batches tell when they were made (message_base_ids()). */
static const char line[] =
	" SELECT a.id, a.name, a.kind, a.profile, a.host || ':' || a.port, a.enabled,"
	"  a.price_micro, a.parts_per_s, p.id, p.name, p.title, p.contact, p.currency,"
	"  CASE WHEN NOT a.enabled THEN 'off'"
	"       WHEN l.until IS NULL OR l.until < statement_timestamp() THEN 'unheld'"
	"       WHEN l.stopped IS NOT NULL THEN 'stopped'"
	"       WHEN l.down_since IS NOT NULL THEN 'down' ELSE 'up' END,"
	"  CASE WHEN l.until < statement_timestamp() THEN l.until ELSE l.down_since END,"
	"  l.stopped, CASE WHEN l.until >= statement_timestamp() THEN l.owner END, l.epoch,"
	"  m.at, m.answered, m.refused, m.slowed, m.timeouts,"
	"  CASE WHEN m.answered > 0 THEN m.answer_ms_sum / m.answered END,"
	"  coalesce(w.parts, 0), to_timestamp((w.oldest >> 32) + 1577836800),"
	"  coalesce(h.parts, 0),"
	"  (coalesce(h.parts, 0) * coalesce(s.part_micro, a.price_micro))::bigint,"
	"  coalesce(s.sampled, 0), coalesce(s.heard, 0), s.since, t.last,"
	"  a.registered_delivery <> 0, coalesce(q.receipt_s, 0)::integer, q.points::integer,";

static const char balance[] = " v.amount_micro, v.currency, v.at,";
static const char no_balance[] = " NULL::bigint, NULL::text, NULL::timestamptz,";
static const char balance_join[] = " LEFT JOIN account_balance v ON v.account_id = a.id";

static const char from[] = "  a.clear_link_ground, a.tls, a.changed_at"
			   " FROM account a JOIN provider p ON p.id = a.provider_id"
			   " LEFT JOIN account_lease l ON l.account_id = a.id"
			   " LEFT JOIN account_meter m ON m.account_id = a.id AND m.epoch = l.epoch"
			   " LEFT JOIN account_health q ON q.account_id = a.id"
			   " LEFT JOIN backlog w ON w.account_id = a.id"
			   " LEFT JOIN hour h ON h.account_id = a.id";

/* Some 25 messages of each of the last twenty batches that have had time to hear something. */
static const char sample[] =
	" LEFT JOIN LATERAL ("
	"  SELECT count(*) AS sampled, min(d.done_at) AS since,"
	"         count(*) FILTER (WHERE y.delivered_parts <> 0 OR y.failed_parts <> 0) AS heard,"
	"         sum(g.price_micro) / nullif(sum(g.parts), 0) AS part_micro"
	"    FROM (SELECT b.id, b.done_at, b.message_count, b.message_ids FROM batch b"
	"           WHERE b.state = 3 AND b.account_id = a.id"
	"             AND b.done_at BETWEEN statement_timestamp() - interval '70 minutes'"
	"                 AND statement_timestamp() - interval '1 s'"
	"                     * least(greatest(600, 4 * coalesce(q.receipt_s, 0)), 3600)"
	"           ORDER BY b.done_at DESC LIMIT 20) d"
	"   CROSS JOIN LATERAL (SELECT coalesce(d.message_ids[n + 1], d.id + n) AS id"
	"           FROM generate_series(0, d.message_count - 1, greatest(1, d.message_count / "
	"25)) n) i"
	"    JOIN message_state y ON y.id = i.id"
	"    JOIN message g ON g.id = i.id"
	"   WHERE EXISTS (SELECT 1 FROM receipt_ref k WHERE k.message_id = i.id"
	"           AND k.account_id = a.id"
	"           AND k.submitted_at BETWEEN d.done_at - interval '1 hour' AND d.done_at"
	"               + interval '1 minute')) s ON true";

/* When one of the messages sent lately was last heard of. */
static const char last_receipt[] =
	" LEFT JOIN LATERAL ("
	"  SELECT max(e.received_at) AS last"
	"    FROM (SELECT b.id, b.message_count FROM batch b"
	"           WHERE b.state = 3 AND b.account_id = a.id AND b.message_ids IS NULL"
	"             AND b.done_at > statement_timestamp() - interval '2 hours'"
	"           ORDER BY b.done_at DESC LIMIT 20) d"
	"    JOIN receipt e ON e.message_id BETWEEN d.id AND d.id + d.message_count - 1"
	"         AND e.received_at > statement_timestamp() - interval '3 hours') t ON true"
	" WHERE $1::bigint = 0 OR a.id = $1::bigint ORDER BY a.name";

static bool tells_balances(struct pg *pg, bool *out, struct err *err)
{
	static const struct pg_stmt ask = {"account_states_balance",
					   "SELECT to_regclass('account_balance') IS NOT NULL"};
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &ask, NULL, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool account_states_read(struct pg *pg, int64_t id, struct pg_result **out, struct err *err)
{
	struct pg_params *params;
	struct buf sql;
	bool balances = false, ok;

	if (!tells_balances(pg, &balances, err))
		return false;
	buf_init(&sql, SQL_MAX_BYTES);
	(void)buf_add_str(&sql, backlog);
	(void)buf_add_str(&sql, line);
	(void)buf_add_str(&sql, balances ? balance : no_balance);
	(void)buf_add_str(&sql, from);
	(void)buf_add_str(&sql, balances ? balance_join : "");
	(void)buf_add_str(&sql, sample);
	(void)buf_add_str(&sql, last_receipt);
	params = pg_params_new();
	pg_param_int64(params, id);
	ok = pg_run_once(pg, buf_str(&sql), params, out, err);
	pg_params_free(&params);
	buf_deinit(&sql);
	return ok;
}
