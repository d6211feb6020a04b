/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* claim_store - see claim_store.h.
 *
 * Claims and slices travel in one round trip and COMMIT in another: a transaction whose COMMIT was
 * never sent cannot be committed behind our back, and of one whose COMMIT was sent the id is known.
 */
#include "common/gateway/claim_store.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/give_up.h"
#include "common/base/mem.h"
#include "common/gateway/xact.h"

#define CALL_MS 10000

static const struct pg_stmt CLAIM = {
	"gateway_claim",
	"SELECT outcome, run_id, lane, class, attempt, sender, deadline, slice_from, slice_to,"
	" message_count, wait_ms, stop_at FROM batch_claim($1, $2, $3, $4, $5)",
};
static const struct pg_stmt SLICE = {
	"gateway_slice",
	"SELECT id, msisdn, text, parts_mask, send, reason FROM batch_slice($1)",
};
static const struct pg_stmt RECOVER = {"gateway_recover", "SELECT account_recover($1, $2, $3)"};
static const struct pg_stmt STOPPED = {
	"gateway_stopped_runs",
	"SELECT id FROM run WHERE id = ANY ($1::bigint[])"
	" AND (status <> 'running' OR stop_at <= clock_timestamp())",
};
static const struct pg_stmt UNCLAIM = {"gateway_unclaim", "SELECT batch_unclaim($1, $2, $3, $4)"};
static const struct pg_stmt VERDICT = {
	"gateway_unclaim_verdict",
	"SELECT b.epoch = $2, b.claimed <= $3, coalesce(r.status = 'cancelled', false),"
	" b.deadline <= clock_timestamp(), coalesce(r.end_reason, 5)"
	" FROM batch b LEFT JOIN run r ON r.id = b.run_id WHERE b.id = $1",
};

/* --- life --------------------------------------------------------------------------------------
 */

bool claim_store_open(struct claim_store *c, struct gate *gate, struct err *err)
{
	const struct pg_options options = {
		.url = gate->gateway->database_url,
		.application = gate->gateway->application,
		.timeout_ms = CALL_MS,
	};

	*c = (struct claim_store){.gate = gate, .params = pg_params_new()};
	return pg_open_wait(&options, gate->stop_fd, &c->pg, err);
}

void claim_store_close(struct claim_store *c)
{
	if (c->pg != NULL)
		pg_close(&c->pg);
	pg_params_free(&c->params);
	mem_free(c->rows);
}

bool claim_store_recover(struct claim_store *c, int32_t *marked_out, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_params_reset(c->params);
	pg_param_int16(c->params, c->gate->settings->account_id);
	pg_param_int32(c->params, c->gate->epoch);
	pg_param_int16(c->params, c->gate->slot);
	if (!pg_run(c->pg, &RECOVER, c->params, &rows, err))
		return err_wrap(err, "recovering what older holders left");
	*marked_out = (int32_t)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* --- claiming ----------------------------------------------------------------------------------
 */

static enum claim_outcome outcome_of(const char *word)
{
	static const struct {
		const char *word;
		enum claim_outcome outcome;
	} words[] = {
		{"claimed", CLAIM_CLAIMED}, {"done", CLAIM_DONE},
		{"elsewhere", CLAIM_DONE},  {"busy", CLAIM_BUSY},
		{"stopped", CLAIM_STOPPED}, {"cancelled", CLAIM_STOPPED},
		{"expired", CLAIM_EXPIRED}, {"no_lease", CLAIM_NO_LEASE},
		{"paced", CLAIM_PACED},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].outcome;
	panic("batch_claim() says \"%s\", which this program does not know", word);
}

static size_t read_rows(struct claim_store *c, const struct pg_result *r)
{
	size_t count = pg_rows(r);

	if (count > c->row_cap) {
		c->row_cap = count;
		c->rows = mem_realloc(c->rows, count, sizeof(*c->rows));
	}
	for (size_t i = 0; i < count; i++) {
		c->rows[i] = (struct slice_row){
			.id = pg_int(r, i, 0),
			.msisdn = pg_int(r, i, 1),
			.text = pg_text(r, i, 2),
			.len = pg_len(r, i, 2),
			.mask = pg_int(r, i, 3),
			.send = pg_bool(r, i, 4),
			.reason = (int16_t)pg_int(r, i, 5),
		};
	}
	return count;
}

static void read_claim(struct claim_store *c, struct claim *claim, const struct pg_result *said,
		       const struct pg_result *slice)
{
	const struct gateway_settings *s = c->gate->settings;
	const struct slice_form form = {s->split, s->alphabet, s->max_parts};
	struct slice_head head;
	size_t count;

	claim->outcome = outcome_of(pg_text(said, 0, 0));
	claim->run_id = pg_int(said, 0, 1);
	claim->slice = NULL;
	claim->wait_ms = pg_null(said, 0, 10) ? -1 : (int32_t)pg_int(said, 0, 10);
	if (claim->outcome == CLAIM_PACED) {
		claim->to = (uint16_t)pg_int(said, 0, 8);
		claim->message_count = (uint16_t)pg_int(said, 0, 9);
	}
	if (claim->outcome != CLAIM_CLAIMED)
		return;
	count = read_rows(c, slice);
	head = (struct slice_head){
		.batch_id = claim->batch_id,
		.run_id = claim->run_id,
		.lane = pg_int(said, 0, 2) == LANE_URGENT ? LANE_URGENT : LANE_BULK,
		.class = (enum message_class)pg_int(said, 0, 3),
		.attempt = (int16_t)pg_int(said, 0, 4),
		.sender = pg_text(said, 0, 5),
		.deadline_us = pg_time_us(said, 0, 6),
		.stop_us = pg_time_us(said, 0, 11),
		.from = (uint16_t)pg_int(said, 0, 7),
		.to = (uint16_t)pg_int(said, 0, 8),
		/* A batch of listed messages has an id of its own that no message has. */
		.home = count > 0 && BATCH_ID(c->rows[0].id) == claim->batch_id,
	};
	claim->to = head.to;
	claim->message_count = (uint16_t)pg_int(said, 0, 9);
	claim->slice = slice_build(&head, c->rows, count, &form);
	claim->slice->gate = c->gate;
}

static bool add_claim(struct claim_store *c, const struct claim *claim, struct err *err)
{
	struct pg_params *p = c->params;

	pg_params_reset(p);
	pg_param_int64(p, claim->batch_id);
	pg_param_int16(p, c->gate->settings->account_id);
	pg_param_text(p, c->gate->gateway->owner);
	pg_param_int32(p, c->gate->epoch);
	pg_param_int32(p, (int32_t)claim->max_parts);
	if (!pg_pipeline_add(c->pg, &CLAIM, p, err))
		return false;
	pg_params_reset(p);
	pg_param_int64(p, claim->batch_id);
	return pg_pipeline_add(c->pg, &SLICE, p, err);
}

/* BEGIN, the transaction's id, then a claim and its slice each. */
static bool ask(struct claim_store *c, struct claim *claims, size_t count, int64_t *id_out,
		struct err *err)
{
	struct pg_result *results[2 + 2 * CLAIMS_MAX] = {NULL};
	bool ok = pg_pipeline_begin(c->pg, err) && pg_pipeline_add(c->pg, &XACT_BEGIN, NULL, err) &&
		  pg_pipeline_add(c->pg, &XACT_ID, NULL, err);

	for (size_t i = 0; ok && i < count; i++)
		ok = add_claim(c, &claims[i], err);
	if (!ok || !pg_pipeline_end(c->pg, results, 2 + 2 * count, err))
		return false;
	*id_out = xact_id(results[1]);
	for (size_t i = 0; i < count; i++)
		read_claim(c, &claims[i], results[2 + 2 * i], results[3 + 2 * i]);
	for (size_t i = 0; i < 2 + 2 * count; i++)
		pg_result_free(&results[i]);
	return true;
}

static void forget_slices(struct claim *claims, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(claims[i].slice);
		claims[i].slice = NULL;
	}
}

bool claim_store_claim(struct claim_store *c, struct claim *claims, size_t count, struct err *err)
{
	int64_t id = 0;
	bool committed = false;

	for (size_t i = 0; i < count; i++)
		claims[i].slice = NULL;
	if (!ask(c, claims, count, &id, err)) {
		if (pg_usable(c->pg))
			pg_rollback(c->pg);
		return false;
	}
	if (pg_commit(c->pg, err))
		return true;
	/* Not one byte leaves before this is known. */
	if (err->kind == ERR_UNKNOWN && xact_outcome(c->pg, id, give_up_fd(), &committed, err) &&
	    committed)
		return true;
	forget_slices(claims, count);
	if (err->kind == ERR_UNKNOWN)
		err_set(err, ERR_RETRY, "the claim was not committed");
	return false;
}

/* --- giving back -------------------------------------------------------------------------------
 */

bool claim_store_stopped_runs(struct claim_store *c, const int64_t *runs, size_t count,
			      int64_t *out, size_t *out_count, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_params_reset(c->params);
	pg_param_int64_array(c->params, runs, count);
	if (!pg_run(c->pg, &STOPPED, c->params, &rows, err))
		return false;
	*out_count = pg_rows(rows) < count ? pg_rows(rows) : count;
	for (size_t i = 0; i < *out_count; i++)
		out[i] = pg_int(rows, i, 0);
	pg_result_free(&rows);
	return true;
}

/* Why the batch would not take its positions back: an earlier try did it already; its row was
 * closed meanwhile because the run was cancelled or the deadline is over; or the account is
 * another's. */
static bool verdict(struct claim_store *c, int64_t batch_id, uint16_t from, struct unclaimed *out,
		    struct err *err)
{
	struct pg_result *rows = NULL;

	pg_params_reset(c->params);
	pg_param_int64(c->params, batch_id);
	pg_param_int32(c->params, c->gate->epoch);
	pg_param_int32(c->params, from);
	if (!pg_run(c->pg, &VERDICT, c->params, &rows, err))
		return false;
	if (pg_rows(rows) == 1 && pg_bool(rows, 0, 0)) {
		out->done = pg_bool(rows, 0, 1);
		if (pg_bool(rows, 0, 2)) {
			out->state = MESSAGE_CANCELLED;
			out->reason = (int)pg_int(rows, 0, 4);
		} else if (pg_bool(rows, 0, 3)) {
			out->state = MESSAGE_FAILED;
			out->reason = REASON_DEADLINE;
		}
	}
	pg_result_free(&rows);
	return true;
}

bool claim_store_unclaim(struct claim_store *c, int64_t batch_id, uint16_t from, uint16_t to,
			 struct unclaimed *out, struct err *err)
{
	struct pg_result *rows = NULL;

	*out = (struct unclaimed){.state = MESSAGE_QUEUED};
	pg_params_reset(c->params);
	pg_param_int64(c->params, batch_id);
	pg_param_int32(c->params, c->gate->epoch);
	pg_param_int32(c->params, from);
	pg_param_int32(c->params, to);
	if (!pg_run(c->pg, &UNCLAIM, c->params, &rows, err))
		return false;
	out->done = pg_rows(rows) == 1 && pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return out->done || verdict(c, batch_id, from, out, err);
}
