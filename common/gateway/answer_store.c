/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* answer_store - see answer_store.h.
 *
 * The order of one group: BEGIN; parts, by COPY when many; doubts; what is refused for good or goes
 * again; counts; the look at the lease; COMMIT.  Statements that take arrays share one set of
 * columns. */
#include "common/gateway/answer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/give_up.h"
#include "common/model/message.h"
#include "common/model/receipt.h"
#include "common/gateway/xact.h"

#define CALL_MS 10000

static const struct pg_stmt EPOCH = {"gateway_epoch",
				     "SELECT epoch FROM account_lease WHERE account_id = $1"};
static const struct pg_stmt EPOCH_LOCKED = {
	"gateway_epoch_locked",
	"SELECT epoch FROM account_lease WHERE account_id = $1 FOR SHARE",
};
static const struct pg_stmt LOCK_BATCHES = {
	"gateway_lock_batches",
	"SELECT id FROM batch WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE",
};
static const struct pg_stmt SETTLE = {"gateway_settle",
				      "SELECT messages_settle($1, $2, $3, $4, $5)"};
static const struct pg_stmt ANSWERED = {"gateway_answered", "SELECT batch_answer($1, $2, $3)"};
static const struct pg_stmt ACCEPTED = {
	"gateway_accepted",
	"INSERT INTO run_count (run_id, slot, accepted)"
	" SELECT x.run, $1, x.n FROM unnest($2::bigint[], $3::integer[]) AS x(run, n) ORDER BY "
	"x.run"
	" ON CONFLICT (run_id, slot) DO UPDATE SET accepted = run_count.accepted + "
	"excluded.accepted",
};
/* The same after a takeover: what its recovery put in doubt is counted by answers_late() or by the
 * attempt that follows. */
static const struct pg_stmt ACCEPTED_OLD = {
	"gateway_accepted_old",
	"INSERT INTO run_count (run_id, slot, accepted)"
	" SELECT x.run, $1, count(*)"
	" FROM unnest($2::bigint[], $3::bigint[], $4::smallint[]) AS x(run, id, attempt)"
	" WHERE NOT EXISTS (SELECT 1 FROM doubt d"
	" WHERE d.message_id = x.id AND d.attempt = x.attempt) GROUP BY x.run ORDER BY x.run"
	" ON CONFLICT (run_id, slot) DO UPDATE SET accepted = run_count.accepted + "
	"excluded.accepted",
};
static const struct pg_stmt LATE = {"gateway_late", "SELECT answers_late($1, $2, $3)"};

static const struct pg_stmt REF = {
	"gateway_ref",
	"INSERT INTO receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id, account_id,"
	" attempt, part, parts, provider_id, price_micro, raw_id)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
};
static const char COPY_REFS[] =
	"COPY receipt_ref (submitted_at, ref_key, message_id, msisdn, run_id, account_id, attempt,"
	" part, parts, provider_id, price_micro, raw_id) FROM STDIN (FORMAT binary)";
static const char COPY_REFUSALS[] = "COPY refusal (at, message_id, account_id, attempt, part,"
				    " status, code) FROM STDIN (FORMAT binary)";

/* --- life --------------------------------------------------------------------------------------
 */

bool answer_store_open(struct gate *gate, struct answer_store **out, struct err *err)
{
	const struct pg_options options = {
		.url = gate->gateway->database_url,
		.application = gate->gateway->application,
		.timeout_ms = CALL_MS,
	};
	struct answer_store *s = mem_calloc(1, sizeof(*s));

	s->gate = gate;
	s->params = pg_params_new();
	s->refs = pg_copy_new(COPY_REFS);
	s->refusals = pg_copy_new(COPY_REFUSALS);
	*out = s;
	return pg_open_wait(&options, give_up_fd(), &s->pg, err);
}

void answer_store_close(struct answer_store **handle)
{
	struct answer_store *s = *handle;

	if (s == NULL)
		return;
	if (s->pg != NULL)
		pg_close(&s->pg);
	pg_params_free(&s->params);
	pg_copy_free(&s->refs);
	pg_copy_free(&s->refusals);
	mem_free(s);
	*handle = NULL;
}

struct pg *answer_store_pg(struct answer_store *s)
{
	return s->pg;
}

/* --- parts -------------------------------------------------------------------------------------
 */

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7E)
			return false;
	return true;
}

static void add_ref(struct answer_store *s, const struct answer *a)
{
	const struct gateway_settings *set = s->gate->settings;
	const struct id_rules rules = gateway_settings_ids(set);
	char id[RECEIPT_PROVIDER_ID_MAX + 1], key[48];
	size_t raw_len = strlen(a->id), len = receipt_id_normalise(a->id, raw_len, &rules, id);
	int64_t ref_key = receipt_ref_key(set->account_id, id, len);

	if (len == 0) { /* no receipt can find it; keep such rows apart in the index */
		int n = snprintf(key, sizeof(key), "none %lld %d", (long long)a->message_id,
				 a->part);

		ref_key = receipt_ref_key(set->account_id, key, (size_t)n);
	}
	pg_copy_row(s->refs, 12);
	pg_copy_time_us(s->refs, a->at_us);
	pg_copy_int64(s->refs, ref_key);
	pg_copy_int64(s->refs, a->message_id);
	pg_copy_int64(s->refs, a->msisdn);
	pg_copy_int64(s->refs, a->run_id);
	pg_copy_int16(s->refs, set->account_id);
	pg_copy_int16(s->refs, a->attempt);
	pg_copy_int16(s->refs, a->part);
	pg_copy_int16(s->refs, a->parts);
	pg_copy_text(s->refs, id, len);
	if (a->priced)
		pg_copy_int64(s->refs, a->price_micro);
	else
		pg_copy_null(s->refs);
	/* Only octets that the database takes: an id that is none cannot be asked for either. */
	if (set->keep_raw_ids && len > 0 && strcmp(a->id, id) != 0 && is_ascii(a->id, raw_len))
		pg_copy_text(s->refs, a->id, raw_len);
	else
		pg_copy_null(s->refs);
}

static void add_refusal(struct answer_store *s, const struct answer *a)
{
	pg_copy_row(s->refusals, 7);
	pg_copy_time_us(s->refusals, a->at_us);
	pg_copy_int64(s->refusals, a->message_id);
	pg_copy_int16(s->refusals, s->gate->settings->account_id);
	pg_copy_int16(s->refusals, a->attempt);
	pg_copy_int16(s->refusals, a->part);
	pg_copy_int64(s->refusals, a->status);
	if (a->id[0] != '\0')
		pg_copy_text(s->refusals, a->id, strlen(a->id));
	else
		pg_copy_null(s->refusals);
}

static void gather_parts(struct answer_store *s)
{
	pg_copy_reset(s->refs);
	pg_copy_reset(s->refusals);
	for (size_t i = 0; i < s->count; i++) {
		const struct answer *a = s->sorted[i];

		if (a->kind == ANSWER_ACCEPTED || a->kind == ANSWER_LATE_ACCEPTED)
			add_ref(s, a);
		else if (a->kind == ANSWER_REFUSED)
			add_refusal(s, a);
	}
}

static bool refs_are_few(const struct answer_store *s)
{
	return pg_copy_rows(s->refs) <= PG_ROWS_FEW;
}

/* A few references went along with BEGIN; refusals come only now, after those of earlier tries were
 * counted. */
static bool store_parts(struct answer_store *s, struct err *err)
{
	return (refs_are_few(s) || pg_copy_send(s->pg, s->refs, err)) &&
	       pg_copy_send(s->pg, s->refusals, err);
}

/* --- beginning ---------------------------------------------------------------------------------
 */

static int by_message(const void *x, const void *y)
{
	const struct answer *a = *(const struct answer *const *)x;
	const struct answer *b = *(const struct answer *const *)y;

	return (a->message_id > b->message_id) - (a->message_id < b->message_id);
}

void answer_put_account(struct answer_store *s)
{
	pg_params_reset(s->params);
	pg_param_int16(s->params, s->gate->settings->account_id);
}

/* After a takeover wait until the recovery of these batches is over, or has not begun. */
static bool lock_batches(struct answer_store *s, struct err *err)
{
	pg_params_reset(s->params);
	for (size_t i = 0; i < s->count; i++)
		s->work.id[i] = s->sorted[i]->batch_id;
	pg_param_int64_array(s->params, s->work.id, s->count);
	return pg_run(s->pg, &LOCK_BATCHES, s->params, NULL, err);
}

#define BEGIN_STEPS 3

static bool begin(struct answer_store *s, int64_t *id_out, struct err *err)
{
	struct pg_result *results[BEGIN_STEPS + PG_ROWS_FEW] = {NULL};
	bool few = refs_are_few(s), ok;
	size_t count = BEGIN_STEPS + (few ? pg_copy_rows(s->refs) : 0);

	answer_put_account(s);
	ok = pg_pipeline_begin(s->pg, err) && pg_pipeline_add(s->pg, &XACT_BEGIN, NULL, err) &&
	     pg_pipeline_add(s->pg, &XACT_ID, NULL, err) &&
	     pg_pipeline_add(s->pg, &EPOCH, s->params, err) &&
	     (!few || pg_pipeline_add_rows(s->pg, &REF, s->refs, err)) &&
	     pg_pipeline_end(s->pg, results, count, err);
	if (!ok)
		return false;
	*id_out = xact_id(results[1]);
	s->old_epoch = pg_rows(results[2]) != 1 || pg_int(results[2], 0, 0) != s->gate->epoch;
	for (size_t i = 0; i < count; i++)
		pg_result_free(&results[i]);
	return !s->old_epoch || lock_batches(s, err);
}

/* --- the last round trip -------------------------------------------------------------------------
 */

struct tally {
	int64_t key;
	int32_t n;
};

static int by_key(const void *x, const void *y)
{
	const struct tally *a = x, *b = y;

	return (a->key > b->key) - (a->key < b->key);
}

/* Sum into s->work (id, n), keys ascending; neighbours mostly share a key. */
static void tally(struct answer_store *s, bool (*of)(const struct answer *, struct tally *))
{
	struct columns *w = &s->work;
	struct tally *all = mem_alloc((s->count + 1) * sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct tally t;

		if (!of(s->sorted[i], &t))
			continue;
		if (n > 0 && all[n - 1].key == t.key)
			all[n - 1].n += t.n;
		else
			all[n++] = t;
	}
	qsort(all, n, sizeof(*all), by_key);
	w->count = 0;
	for (size_t i = 0; i < n; i++) {
		if (w->count > 0 && w->id[w->count - 1] == all[i].key) {
			w->n[w->count - 1] += all[i].n;
			continue;
		}
		w->id[w->count] = all[i].key;
		w->n[w->count++] = all[i].n;
	}
	mem_free(all);
}

static bool positions_of(const struct answer *a, struct tally *out)
{
	*out = (struct tally){a->batch_id, a->weight};
	return a->weight > 0;
}

static bool accepted_of(const struct answer *a, struct tally *out)
{
	*out = (struct tally){a->run_id, 1};
	return a->kind == ANSWER_ACCEPTED && a->whole;
}

static bool queue(struct answer_store *s, const struct pg_stmt *stmt, struct err *err)
{
	s->queued++;
	return pg_pipeline_add(s->pg, stmt, s->params, err);
}

static bool add_settled(struct answer_store *s, struct err *err)
{
	struct columns *c = &s->settle;

	if (c->count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int64_array(s->params, c->id, c->count);
	pg_param_int16_array(s->params, c->state, c->count);
	pg_param_int32_array(s->params, c->reason, c->count);
	pg_param_int64_array(s->params, c->run, c->count);
	pg_param_int16(s->params, s->gate->slot);
	return queue(s, &SETTLE, err);
}

static bool add_positions(struct answer_store *s, struct err *err)
{
	tally(s, positions_of);
	if (s->work.count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int64_array(s->params, s->work.id, s->work.count);
	pg_param_int32_array(s->params, s->work.n, s->work.count);
	pg_param_int32(s->params, s->gate->epoch);
	return queue(s, &ANSWERED, err);
}

static bool add_accepted(struct answer_store *s, struct err *err)
{
	tally(s, accepted_of);
	if (s->work.count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int16(s->params, s->gate->slot);
	pg_param_int64_array(s->params, s->work.id, s->work.count);
	pg_param_int32_array(s->params, s->work.n, s->work.count);
	return queue(s, &ACCEPTED, err);
}

static bool add_accepted_old(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct answer *a = s->sorted[i];

		if (a->kind != ANSWER_ACCEPTED || !a->whole)
			continue;
		w->run[w->count] = a->run_id;
		w->id[w->count] = a->message_id;
		w->attempt[w->count++] = a->attempt;
	}
	if (w->count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int16(s->params, s->gate->slot);
	pg_param_int64_array(s->params, w->run, w->count);
	pg_param_int64_array(s->params, w->id, w->count);
	pg_param_int16_array(s->params, w->attempt, w->count);
	return queue(s, &ACCEPTED_OLD, err);
}

static bool add_late(struct answer_store *s, struct err *err)
{
	struct columns *w = &s->work;

	w->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct answer *a = s->sorted[i];

		if (a->kind != ANSWER_LATE_ACCEPTED &&
		    !(s->old_epoch && a->kind == ANSWER_ACCEPTED))
			continue;
		w->id[w->count] = a->message_id;
		w->run[w->count++] = a->run_id;
	}
	if (w->count == 0)
		return true;
	pg_params_reset(s->params);
	pg_param_int64_array(s->params, w->id, w->count);
	pg_param_int64_array(s->params, w->run, w->count);
	pg_param_int16(s->params, s->gate->slot);
	return queue(s, &LATE, err);
}

static bool add_epoch(struct answer_store *s, struct err *err)
{
	answer_put_account(s);
	return queue(s, &EPOCH_LOCKED, err);
}

#define LAST_MAX 6

/* False with ERR_RETRY when the account changed hands under our feet: the next try knows. */
static bool store_last(struct answer_store *s, struct err *err)
{
	struct pg_result *results[LAST_MAX] = {NULL};
	bool (*const steps[])(struct answer_store *, struct err *) = {
		add_settled, add_positions, s->old_epoch ? add_accepted_old : add_accepted,
		add_late, add_epoch};
	size_t count;
	bool ours;

	s->queued = 0;
	if (!pg_pipeline_begin(s->pg, err))
		return false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!steps[i](s, err))
			return false;
	count = s->queued;
	if (!pg_pipeline_end(s->pg, results, count, err))
		return false;
	ours = pg_rows(results[count - 1]) == 1 &&
	       pg_int(results[count - 1], 0, 0) == s->gate->epoch;
	for (size_t i = 0; i < count; i++)
		pg_result_free(&results[i]);
	if (!ours && !s->old_epoch)
		return err_set(err, ERR_RETRY, "the account was taken over");
	return true;
}

static bool store_group(struct answer_store *s, int64_t *id_out, struct err *err)
{
	s->settle.count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->sorted[i]->kind == ANSWER_SETTLE)
			answer_add_settle(s, s->sorted[i], (enum message_state)s->sorted[i]->state,
					  s->sorted[i]->reason);
	gather_parts(s);
	return begin(s, id_out, err) && answer_count_tries(s, err) && store_parts(s, err) &&
	       answer_store_doubts(s, err) && answer_store_retries(s, err) &&
	       answer_store_routes(s, err) && answer_store_stops(s, err) &&
	       answer_store_queries(s, err) && store_last(s, err);
}

bool answer_store_commit(struct answer_store *s, const struct answer *const *answers, size_t count,
			 int64_t *id_out, struct err *err)
{
	memcpy(s->sorted, answers, count * sizeof(*answers));
	s->count = count;
	qsort(s->sorted, count, sizeof(*s->sorted), by_message);
	if (!store_group(s, id_out, err)) {
		if (pg_usable(s->pg))
			pg_rollback(s->pg);
		return false;
	}
	return pg_commit(s->pg, err);
}
