/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer_messages - what a group says about messages that were not simply accepted: doubts,
 * retries, other accounts (contract in answer_internal.h). */
#include "common/gateway/answer_internal.h"

#include "common/base/mem.h"
#include "common/gateway/refusal.h"

#define DOUBTS_MAX 128 /* statements of one pipeline */

static const struct pg_stmt TRIES = {
	"gateway_tries",
	"SELECT x.id, count(DISTINCT r.attempt)"
	" FROM unnest($1::bigint[], $2::smallint[]) AS x(id, attempt)"
	" JOIN refusal r ON r.message_id = x.id AND r.attempt < x.attempt"
	" AND r.status <> ALL ($3::bigint[]) GROUP BY x.id",
};
static const struct pg_stmt DOUBT = {"gateway_doubt", "SELECT messages_in_doubt($1, $2, $3, $4)"};
/* A message that somebody has put in doubt is his to repeat. */
static const struct pg_stmt RETRY = {
	"gateway_retry",
	"INSERT INTO retry (message_id, account_id, parts_mask, due_at, reason)"
	" SELECT x.id, $1, x.mask, clock_timestamp() + x.delay_ms * interval '1 ms', x.reason"
	" FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::integer[])"
	" AS x(id, attempt, mask, delay_ms, reason)"
	" WHERE NOT EXISTS (SELECT 1 FROM doubt d"
	" WHERE d.message_id = x.id AND d.attempt = x.attempt)"
	" ORDER BY x.id"
	" ON CONFLICT (message_id) DO UPDATE"
	" SET parts_mask = retry.parts_mask | excluded.parts_mask",
};
/* Somebody else's, whom the routing names (account 0); unless there is nobody else, somebody chose
 * the account, or any part of any attempt is or may be with an operator. */
static const struct pg_stmt ROUTE = {
	"gateway_route",
	"INSERT INTO retry (message_id, account_id, parts_mask, due_at, reason)"
	" SELECT x.id, 0, -1, clock_timestamp(), x.reason"
	" FROM unnest($2::bigint[], $3::integer[]) AS x(id, reason)"
	" JOIN batch h ON h.id = (x.id & ~255::bigint) AND NOT h.pinned"
	" WHERE EXISTS (SELECT 1 FROM account a WHERE a.enabled AND a.id <> $1)"
	" AND NOT EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = x.id)"
	" AND NOT EXISTS (SELECT 1 FROM doubt d WHERE d.message_id = x.id)"
	" ORDER BY x.id ON CONFLICT (message_id) DO NOTHING RETURNING message_id",
};

static const struct pg_stmt STOPS = {"gateway_stops", "SELECT opt_outs_by_provider($2, $1)"};
/* Asked for the first time soon: what is delivered at all mostly is so within seconds. */
static const struct pg_stmt QUERIES = {
	"gateway_queries",
	"INSERT INTO status_query (account_id, provider_id, due_at)"
	" SELECT DISTINCT $1::smallint, u.id, clock_timestamp() + interval '5 s'"
	" FROM unnest($2::text[]) AS u(id) ORDER BY u.id ON CONFLICT DO NOTHING",
};

void answer_add_settle(struct answer_store *s, const struct answer *a, enum message_state state,
		       int reason)
{
	struct columns *c = &s->settle;

	c->id[c->count] = a->message_id;
	c->run[c->count] = a->run_id;
	c->state[c->count] = (int16_t)state;
	c->reason[c->count++] = reason;
}

static bool is_repeat(const struct answer *a)
{
	return a->kind == ANSWER_RETRY && a->attempt > 1;
}

/* How often the messages to be tried again were refused before. */
bool answer_count_tries(struct answer_store *s, struct err *err)
{
	const struct gateway_kind *kind = s->gate->gateway->kind;
	const struct gateway_settings *set = s->gate->settings;
	const bool own = set->slow_count > 0;
	struct columns *w = &s->work;
	struct pg_result *rows = NULL;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		s->tries[i] = 1;
		if (!is_repeat(s->sorted[i]))
			continue;
		w->id[w->count] = s->sorted[i]->message_id;
		w->attempt[w->count++] = s->sorted[i]->attempt;
	}
	if (w->count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int64_array(s->params, w->id, w->count);
	pg_param_int16_array(s->params, w->attempt, w->count);
	pg_param_int64_array(s->params, own ? set->slow : kind->slow,
			     own ? set->slow_count : kind->slow_count);
	if (!pg_run(s->pg, &TRIES, s->params, &rows, err))
		return false;
	for (size_t r = 0; r < pg_rows(rows); r++)
		for (size_t i = 0; i < s->count; i++)
			if (is_repeat(s->sorted[i]) &&
			    s->sorted[i]->message_id == pg_int(rows, r, 0))
				s->tries[i] = 1 + (int)pg_int(rows, r, 1);
	pg_result_free(&rows);
	return true;
}

/* One statement a batch: messages_in_doubt() asks the batch what its class allows. */
bool answer_store_doubts(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;
	size_t statements = 0;
	bool ok = true;

	for (size_t i = 0; ok && i < s->count; i++) {
		const struct answer *a = s->sorted[i];

		if (a->kind != ANSWER_DOUBT)
			continue;
		/* Neighbours of the same batch go together. */
		w->count = 0;
		for (; i < s->count && (s->sorted[i]->kind != ANSWER_DOUBT ||
					s->sorted[i]->batch_id == a->batch_id);
		     i++) {
			if (s->sorted[i]->kind != ANSWER_DOUBT)
				continue;
			w->id[w->count] = s->sorted[i]->message_id;
			w->mask[w->count++] = s->sorted[i]->mask;
		}
		i--;
		pg_params_reset(s->params);
		pg_param_int64(s->params, a->batch_id);
		pg_param_int64_array(s->params, w->id, w->count);
		pg_param_int64_array(s->params, w->mask, w->count);
		pg_param_int16(s->params, s->gate->slot);
		ok = (statements > 0 || pg_pipeline_begin(s->pg, err)) &&
		     pg_pipeline_add(s->pg, &DOUBT, s->params, err);
		if (ok && ++statements == DOUBTS_MAX) {
			ok = pg_pipeline_end(s->pg, NULL, 0, err);
			statements = 0;
		}
	}
	if (ok && statements > 0)
		ok = pg_pipeline_end(s->pg, NULL, 0, err);
	return ok;
}

bool answer_store_retries(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct answer *a = s->sorted[i];
		enum outcome outcome = (enum outcome)a->outcome;

		if (a->kind != ANSWER_RETRY)
			continue;
		if (!refusal_may_retry(outcome, s->tries[i], s->gate->settings->retry_max)) {
			answer_add_settle(s, a, MESSAGE_FAILED, REASON_TRIES);
			continue;
		}
		w->id[w->count] = a->message_id;
		w->attempt[w->count] = a->attempt;
		w->mask[w->count] = a->mask;
		w->delay_ms[w->count] = refusal_delay_ms(outcome, s->tries[i]);
		w->reason[w->count++] = a->reason;
	}
	if (w->count == 0)
		return true;
	answer_put_account(s);
	pg_param_int64_array(s->params, w->id, w->count);
	pg_param_int16_array(s->params, w->attempt, w->count);
	pg_param_int64_array(s->params, w->mask, w->count);
	pg_param_int64_array(s->params, w->delay_ms, w->count);
	pg_param_int32_array(s->params, w->reason, w->count);
	return pg_run(s->pg, &RETRY, s->params, NULL, err);
}

static bool is_routed(const struct pg_result *rows, int64_t id)
{
	for (size_t r = 0; r < pg_rows(rows); r++)
		if (pg_int(rows, r, 0) == id)
			return true;
	return false;
}

/* What nobody else may take has failed. */
bool answer_store_routes(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;
	struct pg_result *rows = NULL;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		if (s->sorted[i]->kind != ANSWER_ROUTE)
			continue;
		w->id[w->count] = s->sorted[i]->message_id;
		w->reason[w->count++] = s->sorted[i]->reason;
	}
	if (w->count == 0)
		return true;
	answer_put_account(s);
	pg_param_int64_array(s->params, w->id, w->count);
	pg_param_int32_array(s->params, w->reason, w->count);
	if (!pg_run(s->pg, &ROUTE, s->params, &rows, err))
		return false;
	for (size_t i = 0; i < s->count; i++) {
		const struct answer *a = s->sorted[i];

		if (a->kind == ANSWER_ROUTE && !is_routed(rows, a->message_id))
			answer_add_settle(s, a, MESSAGE_FAILED, a->reason);
	}
	pg_result_free(&rows);
	return true;
}

bool answer_store_stops(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->sorted[i]->stopped)
			w->id[w->count++] = s->sorted[i]->msisdn;
	if (w->count == 0)
		return true;
	answer_put_account(s);
	pg_param_int64_array(s->params, w->id, w->count);
	return pg_run(s->pg, &STOPS, s->params, NULL, err);
}

bool answer_store_queries(struct answer_store *s, struct err *err)
{
	const char **ids;
	size_t count = 0;
	bool ok;

	for (size_t i = 0; i < s->count; i++)
		count += s->sorted[i]->ask;
	if (count == 0)
		return true;
	ids = mem_calloc(count, sizeof(*ids));
	count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->sorted[i]->ask)
			ids[count++] = s->sorted[i]->id;
	answer_put_account(s);
	pg_param_text_array(s->params, ids, count);
	ok = pg_run(s->pg, &QUERIES, s->params, NULL, err);
	mem_free(ids);
	return ok;
}
