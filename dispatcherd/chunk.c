/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* chunk - the transaction that turns a chunk into batches. */
#include "dispatcherd/chunk.h"

#include "common/base/mem.h"
#include "dispatcherd/fill.h"
#include "common/model/plans.h"
#include "common/route/run_plans.h"

#define CAP_PARTS 20000 /* of an account's caps at a time: some chunks of long texts */

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
	"       msisdns = CASE WHEN run_id IS NULL THEN '{}' ELSE msisdns END,"
	"       money_micro = CASE WHEN money_micro IS NULL THEN NULL ELSE $2::bigint END"
	" WHERE id = $1",
};

/* It may cost more than it was given.  Another may have it by now, or have done it. */
static const struct pg_stmt need_stmt = {
	"chunk_need",
	"UPDATE chunk SET state = 0, published_at = NULL, taken = 0, money_micro = NULL,"
	"       need_micro = $2 WHERE id = $1 AND state = 1",
};

static const struct pg_stmt batches_stmt = {
	"chunk_batches",
	"INSERT INTO batch (id, account_id, message_count, parts, run_id, state, lane, priority, "
	"class,"
	"       category, sender, deadline, filtered_at, pinned, publish_count, published_at,"
	"       zones, send_until, variant, department_id)"
	" SELECT u.id, u.account_id, u.messages, u.parts, $5::bigint, $6::smallint, $7::smallint,"
	"        $8::smallint, $9::smallint, $10::smallint, $11::text, $12::timestamptz,"
	"        $13::timestamptz, $14::boolean, $6::smallint,"
	"        CASE WHEN $6::smallint = 1 THEN clock_timestamp() END, $15::text::text[],"
	"        coalesce($16::timestamptz, 'infinity'), $17::smallint, $18::bigint"
	"   FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[])"
	"        AS u(id, account_id, messages, parts)",
};

/* The same for batches that list their messages: those of the chunk that were given to them. */
static const struct pg_stmt lists_stmt = {
	"chunk_lists",
	"INSERT INTO batch (id, account_id, message_count, parts, run_id, state, lane, priority, "
	"class,"
	"       category, sender, deadline, filtered_at, pinned, publish_count, published_at,"
	"       zones, send_until, variant, department_id, message_ids)"
	" SELECT u.id, u.account_id, u.messages, u.parts, $5::bigint, $6::smallint, $7::smallint,"
	"        $8::smallint, $9::smallint, $10::smallint, $11::text, $12::timestamptz,"
	"        $13::timestamptz, $14::boolean, $6::smallint,"
	"        CASE WHEN $6::smallint = 1 THEN clock_timestamp() END, $15::text::text[],"
	"        coalesce($16::timestamptz, 'infinity'), $17::smallint, $18::bigint, g.ids"
	"   FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::integer[])"
	"        AS u(id, account_id, messages, parts)"
	"   JOIN (SELECT l.batch_id, array_agg(l.id ORDER BY l.id) AS ids"
	"           FROM unnest($19::bigint[], $20::bigint[]) AS l(batch_id, id) GROUP BY 1) g"
	"     ON g.batch_id = u.id",
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
	struct route_store store; /* what routing goes by */
	struct route_caps caps;
	struct run_plans run_plans;
	struct route_scope scope;
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
	route_store_init(&chunker->store);
	route_caps_init(&chunker->caps, slot, CAP_PARTS);
	run_plans_init(&chunker->run_plans);
	fill_init(&chunker->fill);
	return chunker;
}

void chunker_free(struct chunker **chunker)
{
	if (*chunker == NULL)
		return;
	plans_deinit(&(*chunker)->plans);
	route_store_deinit(&(*chunker)->store);
	run_plans_deinit(&(*chunker)->run_plans);
	fill_deinit(&(*chunker)->fill);
	cap_free(&(*chunker)->cap);
	pg_params_free(&(*chunker)->params);
	mem_free(*chunker);
	*chunker = NULL;
}

/* --- storing -------------------------------------------------------------------------------------
 */

/* What all batches of a chunk have in common, as $5 and on. */
static void put_head(struct chunker *c, const struct chunk_head *head)
{
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
	pg_param_int16(c->params, head->variant);
	pg_param_int64(c->params, head->department_id);
}

/* Which messages batches list, as $19 and $20. */
static void put_listed(struct chunker *c)
{
	size_t count = c->fill.listed_count;
	int64_t *batch = mem_alloc((count + 1) * sizeof(*batch));
	int64_t *id = mem_alloc((count + 1) * sizeof(*id));

	for (size_t i = 0; i < count; i++) {
		batch[i] = c->fill.list[c->fill.listed[i].list].id;
		id[i] = c->fill.listed[i].id;
	}
	pg_param_int64_array(c->params, batch, count);
	pg_param_int64_array(c->params, id, count);
	mem_free(batch);
	mem_free(id);
}

static bool add_batches(struct chunker *c, struct pg *pg, const struct chunk_head *head,
			const struct fill_batch *batches, size_t batch_count, bool listed,
			struct err *err)
{
	int64_t ids[CHUNK_BATCHES_MAX];
	int16_t accounts[CHUNK_BATCHES_MAX], messages[CHUNK_BATCHES_MAX];
	int32_t parts[CHUNK_BATCHES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < batch_count; i++) {
		if (batches[i].messages == 0)
			continue;
		ids[count] = batches[i].id;
		accounts[count] = batches[i].account->id;
		messages[count] = (int16_t)batches[i].positions;
		parts[count++] = batches[i].parts;
	}
	pg_params_reset(c->params);
	pg_param_int64_array(c->params, ids, count);
	pg_param_int16_array(c->params, accounts, count);
	pg_param_int16_array(c->params, messages, count);
	pg_param_int32_array(c->params, parts, count);
	put_head(c, head);
	if (listed)
		put_listed(c);
	return pg_pipeline_add(pg, listed ? &lists_stmt : &batches_stmt, c->params, err);
}

static bool add_lists(struct chunker *c, struct pg *pg, const struct chunk_head *head,
		      struct err *err)
{
	return c->fill.list_count == 0 ||
	       add_batches(c, pg, head, c->fill.list, c->fill.list_count, true, err);
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

/* Batches that list messages get their ids only now that it is known how many there are. */
static bool draw_lists(struct fill *fill, struct pg *pg, struct err *err)
{
	int64_t ids[CHUNK_BATCHES_MAX];

	if (fill->list_count == 0)
		return true;
	if (!load_ids(pg, fill->list_count, ids, err))
		return false;
	fill_list(fill, ids);
	return true;
}

/* Done, and what it did not need of its money is there again. */
static bool end_done(struct chunker *c, struct pg *pg, int64_t chunk_id, struct err *err)
{
	pg_params_reset(c->params);
	pg_param_int64(c->params, chunk_id);
	pg_param_int64(c->params, c->fill.ceiling_micro);
	return end_with_params(c, pg, &done_stmt, err);
}

/* Forget what was made of it, and ask for more money. */
static bool ask_money(struct chunker *c, struct pg *pg, int64_t chunk_id, struct err *err)
{
	pg_rollback(pg);
	pg_params_reset(c->params);
	pg_param_int64(c->params, chunk_id);
	pg_param_int64(c->params, c->fill.ceiling_micro);
	return pg_run(pg, &need_stmt, c->params, NULL, err);
}

static bool store(struct chunker *c, struct pg *pg, const struct chunk_head *head, struct err *err)
{
	bool small = fill_is_small(&c->fill);

	return route_caps_count(&c->caps, pg, err) && (small || fill_copy(&c->fill, pg, err)) &&
	       pg_pipeline_begin(pg, err) && (!small || fill_queue(&c->fill, pg, err)) &&
	       (!head->cap.counts || cap_return(c->cap, pg, head, err)) &&
	       fill_queue_promo(&c->fill, pg, head->run_id, err) &&
	       add_batches(c, pg, head, c->fill.batch, c->fill.batch_count, false, err) &&
	       add_lists(c, pg, head, err) && add_count(c, pg, head, err) &&
	       end_done(c, pg, head->id, err);
}

static void report_batches(const struct fill_batch *batches, size_t count,
			   struct chunk_report *report)
{
	for (size_t i = 0; i < count; i++) {
		if (batches[i].messages == 0)
			continue;
		report->urgent[report->urgent_count].account_id = batches[i].account->id;
		report->urgent[report->urgent_count++].batch_id = batches[i].id;
	}
}

static void report_fill(const struct fill *fill, const struct chunk_head *head,
			struct chunk_report *report)
{
	report->messages = fill->message_count;
	report->parts = fill->part_count;
	report->suppressed = fill->suppressed;
	if (head->lane != LANE_URGENT)
		return;
	report_batches(fill->batch, fill->batch_count, report);
	report_batches(fill->list, fill->list_count, report);
}

/* --- dispatching ---------------------------------------------------------------------------------
 */

/* What routing is asked about the whole chunk. */
static bool prepare_scope(struct chunker *c, struct pg *pg, const struct chunk_head *head,
			  struct err *err)
{
	struct route_ask ask = {
		.category = head->category,
		.class = head->class,
		.sender = head->sender,
		.pinned = head->account_id,
		.registered = c->store.registered,
		.known = registered_find(c->store.registered, head->sender),
		.left = route_caps_left(&c->caps, &c->store),
	};

	if (c->store.caps && head->run_id != 0 &&
	    !run_plans_get(&c->run_plans, pg, head->run_id, &ask.plan, err))
		return false;
	route_scope_init(&c->scope, &c->store.book, &ask);
	return true;
}

/* The chunk is locked and to be sent: load, fill, store. */
static bool dispatch_ready(struct chunker *c, struct pg *pg, struct chunk_head *head,
			   struct chunk_report *report, struct err *err)
{
	const struct render_plan *plan = NULL;
	struct pg_result *rows = NULL;
	struct fill_source source;

	if (head->run_id != 0 &&
	    !plans_get(&c->plans, pg, head->run_id, head->variant, head->text, head->text_len,
		       head->spelling, head->list_id, &plan, err))
		return false;
	if (!prepare_scope(c, pg, head, err) ||
	    !promo_take(&c->fill.promo, pg, plan != NULL ? render_plan_pool(plan) : 0, head->size,
			err) ||
	    !load_clients(pg, head, plan, c->store.ported, c->scope.count, &rows, err))
		return false;
	if (head->cap.counts && !cap_take(c->cap, pg, head, rows, fill_wants, err)) {
		pg_result_free(&rows);
		return false;
	}
	source = (struct fill_source){.head = head,
				      .rows = rows,
				      .store = &c->store,
				      .scope = &c->scope,
				      .caps = &c->caps,
				      .plan = plan,
				      .cap = head->cap.counts ? c->cap : NULL};
	fill_chunk(&c->fill, &source);
	pg_result_free(&rows);
	if (head->money_micro >= 0 && c->fill.ceiling_micro > head->money_micro) {
		report->outcome = CHUNK_PUT_BACK;
		return ask_money(c, pg, head->id, err);
	}
	if (!draw_lists(&c->fill, pg, err))
		return false;
	report_fill(&c->fill, head, report);
	if (!store(c, pg, head, err))
		return false;
	route_caps_done(&c->caps);
	return true;
}

bool chunk_dispatch(struct chunker *c, struct pg *pg, int64_t chunk_id, bool count_take,
		    struct chunk_report *report, struct err *err)
{
	struct chunk_head head;
	enum load_outcome outcome;
	bool ok;

	*report = (struct chunk_report){.outcome = CHUNK_STORED};
	head.result = NULL;
	ok = route_store_refresh(&c->store, pg, err) &&
	     route_caps_prepare(&c->caps, &c->store, pg, err) &&
	     load_head(pg, chunk_id, count_take, &head, &outcome, err);
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
