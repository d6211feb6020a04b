/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - messages, batches and suppressions of a chunk. */
#include "dispatcherd/fill.h"

#include "common/model/compose.h"

#define BATCH_DRAW_SHIFT 8 /* an id without its message bits: another value each batch */

static const struct pg_stmt message_stmt = {
	"fill_message",
	"INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text, "
	"consent_id)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
};
static const struct pg_stmt state_stmt = {
	"fill_state",
	"INSERT INTO message_state (id) VALUES ($1)",
};
static const struct pg_stmt suppression_stmt = {
	"fill_suppression",
	"INSERT INTO suppression (run_id, client_id, msisdn, message_id, reason)"
	" VALUES ($1, $2, $3, $4, $5)",
};

void fill_init(struct fill *fill)
{
	*fill = (struct fill){0};
	fill->messages = pg_copy_new("COPY message (id, client_id, msisdn, price_micro, parts,"
				     " encoding, text, consent_id) FROM STDIN (FORMAT binary)");
	fill->states = pg_copy_new("COPY message_state (id) FROM STDIN (FORMAT binary)");
	fill->suppressions = pg_copy_new("COPY suppression (run_id, client_id, msisdn, message_id,"
					 " reason) FROM STDIN (FORMAT binary)");
	buf_init(&fill->text, COMPOSE_BYTES_MAX);
}

void fill_deinit(struct fill *fill)
{
	pg_copy_free(&fill->messages);
	pg_copy_free(&fill->states);
	pg_copy_free(&fill->suppressions);
	buf_deinit(&fill->text);
}

/* Everything the loop needs about the chunk. */
struct context {
	struct fill *fill;
	const struct chunk_head *head;
	const struct pg_result *rows;
	const struct route_table *routes;
	const struct render_plan *plan;
	bool expired;
};

/* Whether the client of a row may get a message at all. */
static enum message_reason judge(const struct context *c, size_t row)
{
	int64_t msisdn = pg_int(c->rows, row, LOAD_MSISDN);
	enum message_reason reason;

	if (c->expired)
		return REASON_DEADLINE;
	if (c->head->run_id != 0) {
		if (pg_null(c->rows, row, LOAD_MSISDN_NOW))
			return REASON_CLIENT_GONE;
		if (pg_int(c->rows, row, LOAD_MSISDN_NOW) != msisdn)
			return REASON_PHONE_CHANGED;
	}
	reason = compose_judge(msisdn, pg_int(c->rows, row, LOAD_OPT_OUT), c->head->category);
	if (reason == REASON_NONE && c->head->purpose != 0)
		reason = compose_consent(pg_int(c->rows, row, LOAD_CONSENT));
	return reason;
}

/* Write the row's text into fill->text, in the form that is counted and sent. */
static enum message_reason compose(const struct context *c, size_t row)
{
	struct buf *text = &c->fill->text;

	if (c->plan != NULL)
		return compose_text(c->plan, c->rows, row, LOAD_EXTERNAL_ID, text, NULL);
	buf_reset(text);
	buf_add(text, pg_text(c->rows, row, LOAD_TEXT), pg_len(c->rows, row, LOAD_TEXT));
	return compose_finish(text);
}

/* The batch the next message goes to: of a request by its position, of a run the last one with
 * room. */
static struct fill_batch *batch_for(const struct context *c, size_t position)
{
	struct fill *fill = c->fill;
	size_t at = position / BATCH_MESSAGES_MAX;

	if (c->head->run_id != 0) {
		at = fill->batch_count > 0 ? fill->batch_count - 1 : 0;
		if (fill->batch_count > 0 && fill->batch[at].messages == BATCH_MESSAGES_MAX)
			at++;
	}
	while (fill->batch_count <= at) {
		size_t n = fill->batch_count++;
		size_t left = c->head->size - n * BATCH_MESSAGES_MAX;
		int64_t id = c->head->base_ids[n];

		fill->batch[n] = (struct fill_batch){
			.id = id,
			.account = route_choose(c->routes, c->head->account_id,
						(uint64_t)id >> BATCH_DRAW_SHIFT),
			.positions = c->head->run_id != 0	 ? 0
				     : left < BATCH_MESSAGES_MAX ? (int)left
								 : BATCH_MESSAGES_MAX,
		};
	}
	return &fill->batch[at];
}

static void copy_id(const struct context *c, size_t row, int col, struct pg_copy *to)
{
	if (pg_null(c->rows, row, col))
		pg_copy_null(to);
	else
		pg_copy_int64(to, pg_int(c->rows, row, col));
}

static void add_message(const struct context *c, size_t row, int64_t id, struct fill_batch *batch,
			const struct sms_parts *parts)
{
	struct fill *fill = c->fill;
	int64_t price_micro = batch->account->price_micro * parts->count;

	pg_copy_row(fill->messages, 8);
	pg_copy_int64(fill->messages, id);
	copy_id(c, row, LOAD_CLIENT_ID, fill->messages);
	pg_copy_int64(fill->messages, pg_int(c->rows, row, LOAD_MSISDN));
	pg_copy_int64(fill->messages, price_micro);
	pg_copy_int16(fill->messages, (int16_t)parts->count);
	pg_copy_int16(fill->messages, (int16_t)parts->encoding);
	pg_copy_text(fill->messages, fill->text.data, fill->text.len);
	copy_id(c, row, LOAD_CONSENT, fill->messages);
	pg_copy_row(fill->states, 1);
	pg_copy_int64(fill->states, id);
	batch->messages++;
	batch->parts += parts->count;
	if (c->head->run_id != 0)
		batch->positions++;
	fill->message_count++;
	fill->part_count += parts->count;
	fill->cost_micro += price_micro;
}

static void add_suppression(const struct context *c, size_t row, size_t position,
			    enum message_reason reason)
{
	struct pg_copy *to = c->fill->suppressions;

	pg_copy_row(to, 5);
	if (c->head->run_id != 0)
		pg_copy_int64(to, c->head->run_id);
	else
		pg_copy_null(to);
	copy_id(c, row, LOAD_CLIENT_ID, to);
	pg_copy_int64(to, pg_int(c->rows, row, LOAD_MSISDN));
	if (c->head->run_id != 0)
		pg_copy_null(to);
	else
		pg_copy_int64(to, c->head->base_ids[position / BATCH_MESSAGES_MAX] +
					  (int64_t)(position % BATCH_MESSAGES_MAX));
	pg_copy_int16(to, (int16_t)reason);
	c->fill->suppressed++;
}

static void fill_row(const struct context *c, size_t row)
{
	size_t position = (size_t)pg_int(c->rows, row, LOAD_ORDINAL) - 1;
	enum message_reason reason = judge(c, row);
	struct fill_batch *batch = NULL;
	struct sms_parts parts;

	if (reason == REASON_NONE)
		reason = compose(c, row);
	if (reason == REASON_NONE) {
		batch = batch_for(c, position);
		reason =
			compose_measure(&c->fill->text, batch->account, c->head->max_parts, &parts);
	}
	if (reason != REASON_NONE) {
		add_suppression(c, row, position, reason);
		return;
	}
	add_message(c, row,
		    batch->id + (c->head->run_id != 0 ? batch->messages
						      : (int)(position % BATCH_MESSAGES_MAX)),
		    batch, &parts);
}

void fill_chunk(struct fill *fill, const struct chunk_head *head, const struct pg_result *rows,
		const struct route_table *routes, const struct render_plan *plan)
{
	struct context c = {.fill = fill,
			    .head = head,
			    .rows = rows,
			    .routes = routes,
			    .plan = plan,
			    .expired = head->deadline_us <= head->filtered_at_us};

	pg_copy_reset(fill->messages);
	pg_copy_reset(fill->states);
	pg_copy_reset(fill->suppressions);
	fill->batch_count = 0;
	fill->message_count = fill->part_count = fill->cost_micro = fill->suppressed = 0;
	for (size_t row = 0; row < pg_rows(rows); row++)
		fill_row(&c, row);
}

/* --- storing -------------------------------------------------------------------------------------
 */

bool fill_is_small(const struct fill *fill)
{
	return fill->message_count <= PG_ROWS_FEW && fill->suppressed <= PG_ROWS_FEW;
}

bool fill_copy(struct fill *fill, struct pg *pg, struct err *err)
{
	return pg_copy_send(pg, fill->messages, err) && pg_copy_send(pg, fill->states, err) &&
	       pg_copy_send(pg, fill->suppressions, err);
}

bool fill_queue(const struct fill *fill, struct pg *pg, struct err *err)
{
	return pg_pipeline_add_rows(pg, &message_stmt, fill->messages, err) &&
	       pg_pipeline_add_rows(pg, &state_stmt, fill->states, err) &&
	       pg_pipeline_add_rows(pg, &suppression_stmt, fill->suppressions, err);
}
