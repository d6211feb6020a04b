/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* upkeep - retries, what is over, partitions, and the figures an operator watches. */
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "schedulerd/scheduler.h"

#define RETRIES_MAX	  2000
#define SWEEP_BATCHES	  200
#define PARTITIONS_DAYS	  2
#define KEYS_MAX	  10000
#define FORGET_ROWS_MAX	  20000
#define PHONE_CLIENTS_MAX 200
#define PROMO_USES_MAX	  100
#define KEY_HOURS	  72

bool upkeep_retries(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt gather = {
		"retry_gather", "SELECT count(*) FROM retry_gather($1, $2::smallint)"};

	/* The new batches wait; feeding, the next task, publishes them. */
	pg_param_int32(s->params, RETRIES_MAX);
	pg_param_int16(s->params, (int16_t)daemon_slot());
	return scheduler_run(s, &gather, NULL, err);
}

bool upkeep_deadlines(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt sweep = {"batches_sweep",
					     "SELECT batches_sweep($1, $2, $3::smallint)"
					     "     + chunks_sweep($1, $3::smallint)"};
	int64_t changed;

	do {
		struct pg_result *rows = NULL;

		pg_param_int32(s->params, SWEEP_BATCHES);
		pg_param_int32(s->params, (int32_t)(s->config->receipt_grace_ms / 1000));
		pg_param_int16(s->params, (int16_t)daemon_slot());
		if (!scheduler_run(s, &sweep, &rows, err))
			return false;
		changed = pg_int(rows, 0, 0);
		pg_result_free(&rows);
		if (changed > 0)
			log_info("messages settled whose time is over", LI("messages", changed));
	} while (changed > 0 && !daemon_stopping());
	return true;
}

static bool drop_old(struct scheduler *s, const char *table, int64_t keep_days, struct err *err)
{
	static const struct pg_stmt drop = {"partitions_drop", "SELECT partitions_drop($1, $2)"};
	struct pg_result *rows = NULL;

	pg_param_text(s->params, table);
	pg_param_int32(s->params, (int32_t)keep_days);
	if (!scheduler_run(s, &drop, &rows, err))
		return err_wrap(err, "dropping old partitions of %s", table);
	for (size_t i = 0; i < pg_rows(rows); i++)
		log_info("partition dropped", LS("partition", pg_text(rows, i, 0)));
	pg_result_free(&rows);
	return true;
}

bool upkeep_partitions(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt ensure = {"partitions_ensure", "SELECT partitions_ensure($1)"};
	static const char *const message_tables[] = {"message", "message_state", "receipt",
						     "refusal"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, PARTITIONS_DAYS);
	if (!scheduler_run(s, &ensure, &rows, err))
		return err_wrap(err, "making partitions");
	if (pg_int(rows, 0, 0) > 0)
		log_info("partitions made", LI("partitions", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	for (size_t i = 0; i < sizeof(message_tables) / sizeof(message_tables[0]); i++) {
		if (!drop_old(s, message_tables[i], s->config->keep_message_days, err))
			return false;
	}
	return drop_old(s, "receipt_ref", s->config->keep_ref_days, err);
}

bool upkeep_idempotency(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {
		"idempotency_forget",
		"DELETE FROM idempotency WHERE ctid = ANY (ARRAY(SELECT ctid FROM idempotency"
		" WHERE created_at < statement_timestamp() - $1 * interval '1 hour' LIMIT $2))"};

	pg_param_int32(s->params, KEY_HOURS);
	pg_param_int64(s->params, KEYS_MAX);
	return scheduler_run(s, &forget, NULL, err);
}

bool upkeep_codes(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt mask = {"consent_code_mask",
					    "SELECT consent_code_mask($1) + codes_strike($1)"};

	pg_param_int32(s->params, KEYS_MAX);
	return scheduler_run(s, &mask, NULL, err);
}

bool upkeep_forget(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {"rows_forget",
					      "SELECT rows_forget($1, $2) + send_counts_forget()"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, (int32_t)s->config->keep_message_days);
	pg_param_int32(s->params, FORGET_ROWS_MAX);
	if (!scheduler_run(s, &forget, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("old rows forgotten", LI("rows", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

/* Some clients at a time, round and round. */
bool upkeep_phones(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt replace = {"phones_replace",
					       "SELECT last, replaced FROM phones_replace($1, $2)"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->params, s->phones_after);
	pg_param_int32(s->params, PHONE_CLIENTS_MAX);
	if (!scheduler_run(s, &replace, &rows, err))
		return false;
	s->phones_after = pg_int(rows, 0, 0);
	if (pg_int(rows, 0, 1) > 0)
		log_info("lost numbers replaced", LI("clients", pg_int(rows, 0, 1)));
	pg_result_free(&rows);
	return true;
}

bool upkeep_promo(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt give_back = {"promo_return", "SELECT promo_return($1)"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, PROMO_USES_MAX);
	if (!scheduler_run(s, &give_back, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("promo codes free again that never left", LI("codes", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

bool upkeep_clicks(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {
		"clicks_forget",
		"DELETE FROM click WHERE ctid = ANY (ARRAY(SELECT ctid FROM click"
		" WHERE at < statement_timestamp() - $1 * interval '1 day' LIMIT $2))"};

	pg_param_int32(s->params, (int32_t)s->config->keep_message_days);
	pg_param_int32(s->params, FORGET_ROWS_MAX);
	return scheduler_run(s, &forget, NULL, err);
}

/* --- figures -------------------------------------------------------------------------------------
 */

bool upkeep_measure(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt measure = {
		"measure",
		"SELECT (SELECT count(*) FROM chunk WHERE state = 1),"
		"       (SELECT count(*) FROM batch b, account a WHERE b.account_id = a.id AND "
		"b.state = 0),"
		"       (SELECT count(*) FROM batch b, account a WHERE b.account_id = a.id AND "
		"b.state = 1),"
		"       (SELECT count(*) FROM retry), (SELECT count(*) FROM parked_receipt),"
		"       (SELECT count(*) FROM chunk WHERE state = 3)"};
	static const struct {
		const char *name;
		const char *help;
	} gauges[] = {
		{"vestnik_chunks_released", "chunks released and not dispatched yet"},
		{"vestnik_batches_waiting", "batches that wait in the database"},
		{"vestnik_batches_published",
		 "batches whose ticket is out and that nobody has claimed"},
		{"vestnik_retries_pending", "messages that wait to be sent again"},
		{"vestnik_receipts_parked", "receipts whose message is not known yet"},
		{"vestnik_chunks_stuck", "chunks taken too often without progress: an alarm"},
	};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &measure, &rows, err))
		return false;
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		metric_set(metrics_gauge(gauges[i].name, gauges[i].help, NULL),
			   pg_int(rows, 0, (int)i));
	pg_result_free(&rows);
	return true;
}
