/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* chunk - the transaction that turns a chunk into batches. */
#include "dispatcherd/chunk.h"

#include "common/base/mem.h"
#include "dispatcherd/fill.h"
#include "common/model/plans.h"

static const struct pg_stmt commit_stmt = {"chunk_commit", "COMMIT"};

static const struct pg_stmt put_back_stmt = {
	"chunk_put_back",
	"UPDATE chunk SET state = 0, published_at = NULL, taken = 0 WHERE id = $1",
};

/* Until the permitted hours begin. */
static const struct pg_stmt hold_stmt = {
	"chunk_hold",
	"UPDATE chunk SET state = 0, published_at = NULL, taken = 0, not_before = $2::timestamptz"
	" WHERE id = $1",
};

/* What a request said stands in its messages now; of a run's snapshot the numbers stay. */
static const struct pg_stmt done_stmt = {
	"chunk_done",
	"UPDATE chunk SET state = 2, texts = NULL,"
	"       msisdns = CASE WHEN run_id IS NULL THEN '{}' ELSE msisdns END WHERE id = $1",
};

static const struct pg_stmt batches_stmt = {
	"chunk_batches",
	"INSERT INTO batch (id, account_id, message_count, parts, run_id, state, lane, priority, "
	"class,"
	"       category, sender, deadline, filtered_at, pinned, publish_count, published_at,"
	"       zones, send_until)"
	" SELECT u.id, u.account_id, u.messages, u.parts, $5::bigint, $6::smallint, $7::smallint,"
	"        $8::smallint, $9::smallint, $10::smallint, $11::text, $12::timestamptz,"
	"        $13::timestamptz, $14::boolean, $6::smallint,"
	"        CASE WHEN $6::smallint = 1 THEN clock_timestamp() END, $15::text::text[],"
	"        coalesce($16::timestamptz, 'infinity')"
	"   FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[])"
	"        AS u(id, account_id, messages, parts)",
};

static const struct pg_stmt count_stmt = {
	"chunk_count",
	"INSERT INTO run_count AS c (run_id, slot, messages, parts, cost_micro, suppressed)"
	" VALUES ($1, $2, $3, $4, $5, $6)"
	" ON CONFLICT (run_id, slot) DO UPDATE SET messages = c.messages + excluded.messages,"
	"    parts = c.parts + excluded.parts, cost_micro = c.cost_micro + excluded.cost_micro,"
	"    suppressed = c.suppressed + excluded.suppressed",
};

static const struct pg_stmt state_stmt = {
	"chunk_state",
	"SELECT state FROM chunk WHERE id = $1",
};

struct chunker {
	int16_t slot;
	struct plans plans;
	struct route_table routes;
	struct fill fill;
	struct cap *cap;
	struct pg_params *params;
};

struct chunker *chunker_new(int16_t slot)
{
	struct chunker *chunker = mem_calloc(1, sizeof(*chunker));

	chunker->slot = slot;
	chunker->params = pg_params_new();
	chunker->cap = cap_new();
	fill_init(&chunker->fill);
	return chunker;
}

void chunker_free(struct chunker **chunker)
{
	if (*chunker == NULL)
		return;
	plans_deinit(&(*chunker)->plans);
	fill_deinit(&(*chunker)->fill);
	cap_free(&(*chunker)->cap);
	pg_params_free(&(*chunker)->params);
	mem_free(*chunker);
	*chunker = NULL;
}

/* --- storing -------------------------------------------------------------------------------------
 */

static bool add_batches(struct chunker *c, struct pg *pg, const struct chunk_head *head,
			struct err *err)
{
	int64_t ids[CHUNK_BATCHES_MAX];
	int16_t accounts[CHUNK_BATCHES_MAX], messages[CHUNK_BATCHES_MAX];
	int32_t parts[CHUNK_BATCHES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < c->fill.batch_count; i++) {
		const struct fill_batch *batch = &c->fill.batch[i];

		if (batch->messages == 0)
			continue;
		ids[count] = batch->id;
		accounts[count] = batch->account->id;
		messages[count] = (int16_t)batch->positions;
		parts[count++] = batch->parts;
	}
	pg_params_reset(c->params);
	pg_param_int64_array(c->params, ids, count);
	pg_param_int16_array(c->params, accounts, count);
	pg_param_int16_array(c->params, messages, count);
	pg_param_int32_array(c->params, parts, count);
	if (head->run_id != 0)
		pg_param_int64(c->params, head->run_id);
	else
		pg_param_null(c->params);
	pg_param_int16(c->params, head->lane == LANE_URGENT ? BATCH_PUBLISHED : BATCH_WAITING);
	pg_param_int16(c->params, (int16_t)head->lane);
	pg_param_int16(c->params, head->priority);
	pg_param_int16(c->params, (int16_t)head->class);
	pg_param_int16(c->params, (int16_t)head->category);
	pg_param_text(c->params, head->sender);
	pg_param_time_us(c->params, head->deadline_us);
	pg_param_time_us(c->params, head->filtered_at_us);
	pg_param_bool(c->params, head->account_id != 0);
	pg_param_text(c->params, head->zones);
	if (head->zones != NULL)
		pg_param_time_us(c->params, head->closes_at_us);
	else
		pg_param_null(c->params);
	return pg_pipeline_add(pg, &batches_stmt, c->params, err);
}

static bool add_count(struct chunker *c, struct pg *pg, const struct chunk_head *head,
		      struct err *err)
{
	pg_params_reset(c->params);
	pg_param_int64(c->params, head->run_id);
	pg_param_int16(c->params, c->slot);
	pg_param_int64(c->params, c->fill.message_count);
	pg_param_int64(c->params, c->fill.part_count);
	pg_param_int64(c->params, c->fill.cost_micro);
	pg_param_int64(c->params, c->fill.suppressed);
	return pg_pipeline_add(pg, &count_stmt, c->params, err);
}

/* One statement about the chunk with c->params, then COMMIT: the end of the pipeline. */
static bool end_with_params(struct chunker *c, struct pg *pg, const struct pg_stmt *stmt,
			    struct err *err)
{
	return pg_pipeline_add(pg, stmt, c->params, err) &&
	       pg_pipeline_add(pg, &commit_stmt, NULL, err) && pg_pipeline_end(pg, NULL, 0, err);
}

static bool end_with(struct chunker *c, struct pg *pg, const struct pg_stmt *stmt, int64_t chunk_id,
		     struct err *err)
{
	pg_params_reset(c->params);
	pg_param_int64(c->params, chunk_id);
	return end_with_params(c, pg, stmt, err);
}

/* Put the chunk back until its hours begin. */
static bool hold(struct chunker *c, struct pg *pg, const struct chunk_head *head, struct err *err)
{
	pg_params_reset(c->params);
	pg_param_int64(c->params, head->id);
	pg_param_time_us(c->params, head->opens_at_us);
	return pg_pipeline_begin(pg, err) && end_with_params(c, pg, &hold_stmt, err);
}

static bool store(struct chunker *c, struct pg *pg, const struct chunk_head *head, struct err *err)
{
	bool small = fill_is_small(&c->fill);

	return (small || fill_copy(&c->fill, pg, err)) && pg_pipeline_begin(pg, err) &&
	       (!small || fill_queue(&c->fill, pg, err)) &&
	       (!head->cap.counts || cap_return(c->cap, pg, head, err)) &&
	       fill_queue_promo(&c->fill, pg, head->run_id, err) && add_batches(c, pg, head, err) &&
	       add_count(c, pg, head, err) && end_with(c, pg, &done_stmt, head->id, err);
}

static void report_fill(const struct fill *fill, const struct chunk_head *head,
			struct chunk_report *report)
{
	report->messages = fill->message_count;
	report->parts = fill->part_count;
	report->suppressed = fill->suppressed;
	for (size_t i = 0; head->lane == LANE_URGENT && i < fill->batch_count; i++) {
		if (fill->batch[i].messages == 0)
			continue;
		report->urgent[report->urgent_count].account_id = fill->batch[i].account->id;
		report->urgent[report->urgent_count++].batch_id = fill->batch[i].id;
	}
}

/* --- dispatching ---------------------------------------------------------------------------------
 */

/* The chunk is locked and to be sent: load, fill, store. */
static bool dispatch_ready(struct chunker *c, struct pg *pg, struct chunk_head *head,
			   struct chunk_report *report, struct err *err)
{
	const struct render_plan *plan = NULL;
	struct pg_result *rows = NULL;

	if (head->run_id != 0 && !plans_get(&c->plans, pg, head->run_id, head->text, head->text_len,
					    head->spelling, head->list_id, &plan, err))
		return false;
	if (!promo_take(&c->fill.promo, pg, plan != NULL ? render_plan_pool(plan) : 0, head->size,
			err) ||
	    !load_clients(pg, head, plan, &rows, err))
		return false;
	if (head->cap.counts && !cap_take(c->cap, pg, head, rows, fill_wants, err)) {
		pg_result_free(&rows);
		return false;
	}
	fill_chunk(&c->fill, head, rows, &c->routes, plan, head->cap.counts ? c->cap : NULL);
	pg_result_free(&rows);
	report_fill(&c->fill, head, report);
	return store(c, pg, head, err);
}

bool chunk_dispatch(struct chunker *c, struct pg *pg, int64_t chunk_id, bool count_take,
		    struct chunk_report *report, struct err *err)
{
	struct chunk_head head;
	enum load_outcome outcome;
	bool ok;

	*report = (struct chunk_report){.outcome = CHUNK_STORED};
	ok = load_head(pg, chunk_id, count_take, &head, &c->routes, &outcome, err);
	if (ok) {
		switch (outcome) {
		case LOAD_READY:
			ok = dispatch_ready(c, pg, &head, report, err);
			break;
		case LOAD_PAUSED:
			report->outcome = CHUNK_PUT_BACK;
			ok = pg_pipeline_begin(pg, err) &&
			     end_with(c, pg, &put_back_stmt, chunk_id, err);
			break;
		case LOAD_CLOSED:
			report->outcome = CHUNK_PUT_BACK;
			ok = hold(c, pg, &head, err);
			break;
		case LOAD_STUCK:
			report->outcome = CHUNK_GIVEN_UP;
			pg_rollback(pg);
			break;
		case LOAD_GONE:
		case LOAD_ENDED:
			report->outcome = CHUNK_NOT_HERE;
			pg_rollback(pg);
			break;
		}
	}
	chunk_head_deinit(&head);
	return ok;
}

bool chunk_is_done(struct pg *pg, int64_t chunk_id, bool *done_out, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(params, chunk_id);
	ok = pg_run(pg, &state_stmt, params, &rows, err);
	if (ok)
		*done_out = pg_rows(rows) == 1 && pg_int(rows, 0, 0) == CHUNK_DONE;
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}
