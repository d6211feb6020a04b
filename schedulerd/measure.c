/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* measure - what accounts are worth: health every two seconds, delivery rates every minute. */
#include <stdio.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/route/health.h"
#include "common/route/quality.h"
#include "schedulerd/scheduler.h"

#define HEALTH_LOCK	7029 /* advisory: one schedulerd looks */
#define SETTLE_S	900
#define SAMPLE_BATCHES	500
#define SAMPLE_MESSAGES 20
#define UNITS		1000.0 /* what fades goes to and fro in thousandths */
#define US_PER_S	1e6

/* --- health --------------------------------------------------------------------------------------
 */

static const struct pg_stmt read_stmt = {
	"health_read",
	"SELECT a.id, a.name, l.until > clock_timestamp() AND l.stopped IS NULL AND l.down_since IS"
	" NULL AND m.epoch = l.epoch, m.epoch, m.answered, m.refused, m.timeouts, m.answer_ms_sum,"
	"       (h.points * 1000)::bigint, h.grade, h.trial, (h.answered * 1000)::bigint,"
	"       (h.errors * 1000)::bigint, (h.answer_ms * 1000)::bigint,"
	"       (h.receipt_s * 1000)::bigint, h.seen_epoch, h.seen_answered, h.seen_refused,"
	"       h.seen_timeouts, h.seen_answer_ms, h.at, clock_timestamp()"
	"  FROM account a JOIN account_lease l ON l.account_id = a.id"
	"  JOIN account_meter m ON m.account_id = a.id"
	"  LEFT JOIN account_health h ON h.account_id = a.id"
	" WHERE pg_try_advisory_xact_lock($1) ORDER BY a.id",
};

static const struct pg_stmt write_stmt = {
	"health_write",
	"INSERT INTO account_health AS h"
	" SELECT $1::smallint, $2::bigint / 1000.0, $3::smallint, $4::boolean, $5::bigint / 1000.0,"
	"        $6::bigint / 1000.0, $7::bigint / 1000.0, $8::bigint / 1000.0, $9::integer,"
	"        $10::bigint, $11::bigint, $12::bigint, $13::bigint, $14::timestamptz"
	" ON CONFLICT (account_id) DO UPDATE SET points = excluded.points, grade = excluded.grade,"
	"    trial = excluded.trial, answered = excluded.answered, errors = excluded.errors,"
	"    answer_ms = excluded.answer_ms, seen_epoch = excluded.seen_epoch,"
	"    seen_answered = excluded.seen_answered, seen_refused = excluded.seen_refused,"
	"    seen_timeouts = excluded.seen_timeouts, seen_answer_ms = excluded.seen_answer_ms,"
	"    at = excluded.at",
};

/* What stands of each account, and what its gateway tells. */
struct looks {
	size_t count;
	int16_t id[ROUTE_ACCOUNTS_MAX];
	struct health health[ROUTE_ACCOUNTS_MAX];
	struct health_sums sums[ROUTE_ACCOUNTS_MAX];
	bool works[ROUTE_ACCOUNTS_MAX];
};

static double thousandths(const struct pg_result *rows, size_t i, int col)
{
	return (double)pg_int(rows, i, col) / UNITS;
}

static void read_row(const struct pg_result *rows, size_t i, struct looks *out)
{
	struct health *h = &out->health[i];

	out->id[i] = (int16_t)pg_int(rows, i, 0);
	out->works[i] = pg_bool(rows, i, 2);
	out->sums[i] = (struct health_sums){
		.epoch = (int32_t)pg_int(rows, i, 3),
		.answered = pg_int(rows, i, 4),
		.refused = pg_int(rows, i, 5),
		.timeouts = pg_int(rows, i, 6),
		.answer_ms = pg_int(rows, i, 7),
	};
	health_init(h);
	if (pg_null(rows, i, 8))
		return;
	*h = (struct health){
		.points = thousandths(rows, i, 8),
		.grade = (int)pg_int(rows, i, 9),
		.trial = pg_bool(rows, i, 10),
		.answered = thousandths(rows, i, 11),
		.errors = thousandths(rows, i, 12),
		.answer_ms = thousandths(rows, i, 13),
		.receipt_s = thousandths(rows, i, 14),
		.seen = {.epoch = (int32_t)pg_int(rows, i, 15),
			 .answered = pg_int(rows, i, 16),
			 .refused = pg_int(rows, i, 17),
			 .timeouts = pg_int(rows, i, 18),
			 .answer_ms = pg_int(rows, i, 19)},
		.at_us = pg_time_us(rows, i, 20),
	};
}

static bool write_row(struct scheduler *s, int16_t id, const struct health *h, struct err *err)
{
	pg_param_int16(s->params, id);
	pg_param_int64(s->params, (int64_t)(h->points * UNITS));
	pg_param_int16(s->params, (int16_t)h->grade);
	pg_param_bool(s->params, h->trial);
	pg_param_int64(s->params, (int64_t)(h->answered * UNITS));
	pg_param_int64(s->params, (int64_t)(h->errors * UNITS));
	pg_param_int64(s->params, (int64_t)(h->answer_ms * UNITS));
	pg_param_int64(s->params, (int64_t)(h->receipt_s * UNITS));
	pg_param_int32(s->params, h->seen.epoch);
	pg_param_int64(s->params, h->seen.answered);
	pg_param_int64(s->params, h->seen.refused);
	pg_param_int64(s->params, h->seen.timeouts);
	pg_param_int64(s->params, h->seen.answer_ms);
	pg_param_time_us(s->params, h->at_us);
	return scheduler_run(s, &write_stmt, NULL, err);
}

/* What an operator must know at once, and figures to watch. */
static void tell(const char *name, const struct health *before, const struct health *now)
{
	char labels[96];

	(void)snprintf(labels, sizeof(labels), "account=\"%s\"", name);
	metric_set(metrics_gauge("vestnik_account_health_points",
				 "how well an account does, 0 to 100", labels),
		   (int64_t)now->points);
	metric_set(metrics_gauge("vestnik_account_on_trial",
				 "1: the account gets a trickle until it has proved itself",
				 labels),
		   now->trial);
	if (now->trial && !before->trial)
		log_warn("an account does badly: it gets one message in fifty", LS("account", name),
			 LI("points", (int64_t)now->points));
	else if (!now->trial && before->trial)
		log_info("an account has proved itself again", LS("account", name),
			 LI("points", (int64_t)now->points));
}

static bool look_at(struct scheduler *s, const struct pg_result *rows, struct err *err)
{
	struct looks *l = mem_calloc(1, sizeof(*l));
	struct health *all[ROUTE_ACCOUNTS_MAX];
	const struct health_sums *sums[ROUTE_ACCOUNTS_MAX];
	bool ok = true;

	l->count = pg_rows(rows) < ROUTE_ACCOUNTS_MAX ? pg_rows(rows) : ROUTE_ACCOUNTS_MAX;
	for (size_t i = 0; i < l->count; i++) {
		read_row(rows, i, l);
		all[i] = &l->health[i];
		sums[i] = l->works[i] ? &l->sums[i] : NULL;
	}
	if (l->count > 0)
		health_look(all, sums, l->count, pg_time_us(rows, 0, 21));
	for (size_t i = 0; ok && i < l->count; i++) {
		struct health was = {.trial = pg_bool(rows, i, 10)};

		ok = write_row(s, l->id[i], &l->health[i], err);
		tell(pg_text(rows, i, 1), &was, &l->health[i]);
	}
	mem_free(l);
	return ok;
}

bool measure_health(struct scheduler *s, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	if (!pg_begin(s->pg, err))
		return false;
	pg_param_int64(s->params, HEALTH_LOCK);
	if (!scheduler_run(s, &read_stmt, &rows, err))
		return false;
	ok = look_at(s, rows, err);
	pg_result_free(&rows);
	return ok && pg_commit(s->pg, err);
}

/* --- what arrives --------------------------------------------------------------------------------
 */

/* Each account's sample by operator, and for all operators together as operator 0, beside what is
 * known so far. */
static const struct pg_stmt sample_stmt = {
	"quality_sample",
	"WITH sample AS MATERIALIZED (SELECT * FROM route_sample($1, $2, $3)),"
	" row AS (SELECT account_id, operator_id, sent, delivered, receipt_s FROM sample"
	"          WHERE operator_id <> 0"
	"         UNION ALL"
	"         SELECT account_id, 0::smallint, sum(sent)::bigint, sum(delivered)::bigint,"
	"                sum(receipt_s * delivered) / nullif(sum(delivered), 0)"
	"           FROM sample GROUP BY 1)"
	" SELECT r.account_id, r.operator_id, r.sent, r.delivered, (r.receipt_s * 1000)::bigint,"
	"        (q.sent * 1000)::bigint, (q.delivered * 1000)::bigint, q.at, statement_timestamp()"
	"   FROM row r LEFT JOIN account_quality q USING (account_id, operator_id)",
};

static const struct pg_stmt quality_stmt = {
	"quality_write",
	"INSERT INTO account_quality AS q (account_id, operator_id, sent, delivered, at)"
	" VALUES ($1, $2, $3::bigint / 1000.0, $4::bigint / 1000.0, $5)"
	" ON CONFLICT (account_id, operator_id) DO UPDATE SET sent = excluded.sent,"
	"    delivered = excluded.delivered, at = excluded.at",
};

/* The mean follows slowly, like everything here. */
static const struct pg_stmt receipt_stmt = {
	"quality_receipt",
	"UPDATE account_health SET receipt_s = CASE WHEN receipt_s = 0 THEN $2::bigint / 1000.0"
	"       ELSE receipt_s * 0.8 + $2::bigint / 1000.0 * 0.2 END WHERE account_id = $1",
};

static bool write_quality(struct scheduler *s, const struct pg_result *rows, size_t i,
			  struct err *err)
{
	struct quality q = {thousandths(rows, i, 5), thousandths(rows, i, 6)};
	int64_t now_us = pg_time_us(rows, i, 8);
	double passed_s =
		pg_null(rows, i, 7) ? 0 : (double)(now_us - pg_time_us(rows, i, 7)) / US_PER_S;

	quality_add(&q, passed_s, (double)pg_int(rows, i, 2), (double)pg_int(rows, i, 3));
	pg_param_int16(s->params, (int16_t)pg_int(rows, i, 0));
	pg_param_int16(s->params, (int16_t)pg_int(rows, i, 1));
	pg_param_int64(s->params, (int64_t)(q.sent * UNITS));
	pg_param_int64(s->params, (int64_t)(q.delivered * UNITS));
	pg_param_time_us(s->params, now_us);
	if (!scheduler_run(s, &quality_stmt, NULL, err))
		return false;
	if (pg_int(rows, i, 1) != 0 || pg_null(rows, i, 4))
		return true;
	pg_param_int16(s->params, (int16_t)pg_int(rows, i, 0));
	pg_param_int64(s->params, pg_int(rows, i, 4));
	return scheduler_run(s, &receipt_stmt, NULL, err);
}

bool measure_quality(struct scheduler *s, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = true;

	if (!pg_begin(s->pg, err))
		return false;
	pg_param_int32(s->params, SETTLE_S);
	pg_param_int32(s->params, SAMPLE_BATCHES);
	pg_param_int32(s->params, SAMPLE_MESSAGES);
	if (!scheduler_run(s, &sample_stmt, &rows, err))
		return false;
	for (size_t i = 0; ok && i < pg_rows(rows); i++)
		ok = write_quality(s, rows, i, err);
	pg_result_free(&rows);
	return ok && pg_commit(s->pg, err);
}

/* --- caps ----------------------------------------------------------------------------------------
 */

bool measure_caps(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt reclaim = {"cap_reclaim", "SELECT cap_reclaim()"};

	return scheduler_run(s, &reclaim, NULL, err);
}
