/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* retention - data go when their time is over: bounded pieces, a few a turn; rules about rows are
 * in SQL (retention_apply and its like). */
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "schedulerd/scheduler.h"

#define ROWS_AT_ONCE 5000
#define PIECES_MAX   20 /* a turn; other tasks wait meanwhile */

static bool apply(struct scheduler *s, bool *more_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"retention_apply", "SELECT retention_apply(clock_timestamp(), $1, $2, $3, $4, $5, "
				   "$6)"};
	const struct scheduler_config *c = s->config;
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, (int32_t)c->keep_text_days);
	pg_param_int32(s->params, (int32_t)c->keep_number_days);
	pg_param_int32(s->params, (int32_t)c->keep_inbound_days);
	pg_param_int32(s->params, (int32_t)c->keep_bad_row_days);
	pg_param_int32(s->params, (int32_t)c->keep_snapshot_days);
	pg_param_int32(s->params, ROWS_AT_ONCE);
	if (!scheduler_run(s, &stmt, &rows, err))
		return false;
	*more_out = pg_int(rows, 0, 0) > 0;
	if (*more_out)
		log_info("data whose time is over are gone", LI("rows", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

bool retention_apply(struct scheduler *s, struct err *err)
{
	bool more = true;

	for (int i = 0; i < PIECES_MAX && more && !daemon_stopping(); i++)
		if (!apply(s, &more, err))
			return false;
	return true;
}

/* --- lists ---------------------------------------------------------------------------------------
 */

bool retention_lists(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt stmt = {"retention_lists",
					    "SELECT retention_lists(clock_timestamp(), $1, $2)"};
	struct pg_result *rows = NULL;
	bool more = true;

	for (int i = 0; i < PIECES_MAX && more && !daemon_stopping(); i++) {
		pg_param_int32(s->params, (int32_t)s->config->keep_list_days);
		pg_param_int32(s->params, ROWS_AT_ONCE);
		if (!scheduler_run(s, &stmt, &rows, err))
			return false;
		more = pg_int(rows, 0, 0) > 0;
		pg_result_free(&rows);
	}
	return true;
}

/* --- numbers -------------------------------------------------------------------------------------
 */

static bool store_pseudonyms(struct scheduler *s, const struct pg_result *rows, struct err *err)
{
	static const struct pg_stmt store = {
		"retention_pseudonyms", "SELECT retention_pseudonyms($1::bigint[], $2::bigint[])"};
	size_t count = pg_rows(rows);
	int64_t *ids = mem_calloc(count, sizeof(*ids));
	int64_t *pseudonyms = mem_calloc(count, sizeof(*pseudonyms));

	for (size_t i = 0; i < count; i++) {
		ids[i] = pg_int(rows, i, 0);
		pseudonyms[i] = privacy_pseudonym(s->privacy_key, pg_int(rows, i, 1));
	}
	pg_param_int64_array(s->params, ids, count);
	pg_param_int64_array(s->params, pseudonyms, count);
	mem_free(ids);
	mem_free(pseudonyms);
	return scheduler_run(s, &store, NULL, err);
}

static bool next_numbers(struct scheduler *s, size_t *count_out, struct err *err)
{
	static const struct pg_stmt next = {
		"retention_numbers",
		"SELECT id, msisdn FROM retention_numbers(clock_timestamp(), $1, $2)"};
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int32(s->params, (int32_t)s->config->keep_number_days);
	pg_param_int32(s->params, ROWS_AT_ONCE);
	ok = pg_begin(s->pg, err) && scheduler_run(s, &next, &rows, err);
	*count_out = ok ? pg_rows(rows) : 0;
	ok = ok && (*count_out == 0 || store_pseudonyms(s, rows, err)) && pg_commit(s->pg, err);
	pg_result_free(&rows);
	return ok;
}

/* Without a key numbers stay: a pseudonym that nobody can find again would keep them from being
 * erased. */
bool retention_numbers(struct scheduler *s, struct err *err)
{
	size_t count = 1;

	for (int i = 0; s->privacy_key != NULL && i < PIECES_MAX && count > 0 && !daemon_stopping();
	     i++)
		if (!next_numbers(s, &count, err))
			return false;
	return true;
}

/* --- complaints ----------------------------------------------------------------------------------
 */

bool retention_complaints(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt forget = {
		"complaints_forget", "SELECT complaints_forget(clock_timestamp(), $1, $2)"};
	struct pg_result *rows = NULL;

	pg_param_int32(s->params, (int32_t)s->config->keep_complaint_days);
	pg_param_int32(s->params, ROWS_AT_ONCE);
	if (!scheduler_run(s, &forget, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("complaints whose time is over are gone", LI("rows", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}

/* --- exports -------------------------------------------------------------------------------------
 */

bool retention_exports(struct scheduler *s, struct err *err)
{
	static const struct pg_stmt end = {"exports_end", "SELECT exports_end()"};
	struct pg_result *rows = NULL;

	if (!scheduler_run(s, &end, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		log_info("exports whose 30 days are over are gone",
			 LI("exports", pg_int(rows, 0, 0)));
	pg_result_free(&rows);
	return true;
}
