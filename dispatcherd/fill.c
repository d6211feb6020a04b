/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - messages, batches and suppressions of a chunk. */
#include "dispatcherd/fill.h"

#include <string.h>
#include <sys/random.h>

#include "common/base/mem.h"
#include "common/model/compose.h"
#include "common/sms/short_link.h"

#define BATCH_DRAW_SHIFT 8 /* an id without its message bits: another value each batch */

static const struct pg_stmt message_stmt = {
	"fill_message",
	"INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text, "
	"consent_id,"
	" link_key, registered)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
};
static const struct pg_stmt state_stmt = {
	"fill_state",
	"INSERT INTO message_state (id) VALUES ($1)",
};
static const struct pg_stmt listed_stmt = {
	"fill_listed",
	"INSERT INTO message_state (id, batch_id) VALUES ($1, $2)",
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
				     " encoding, text, consent_id, link_key, registered)"
				     " FROM STDIN (FORMAT binary)");
	fill->states = pg_copy_new("COPY message_state (id) FROM STDIN (FORMAT binary)");
	fill->listed_states =
		pg_copy_new("COPY message_state (id, batch_id) FROM STDIN (FORMAT binary)");
	fill->listed = mem_alloc(CHUNK_MESSAGES_MAX * sizeof(*fill->listed));
	fill->suppressions = pg_copy_new("COPY suppression (run_id, client_id, msisdn, message_id,"
					 " reason) FROM STDIN (FORMAT binary)");
	promo_init(&fill->promo);
	buf_init(&fill->text, COMPOSE_BYTES_MAX);
	carry_init(&fill->carry);
}

void fill_deinit(struct fill *fill)
{
	pg_copy_free(&fill->messages);
	pg_copy_free(&fill->states);
	pg_copy_free(&fill->suppressions);
	pg_copy_free(&fill->listed_states);
	mem_free(fill->listed);
	promo_deinit(&fill->promo);
	buf_deinit(&fill->text);
	carry_deinit(&fill->carry);
}

/* Everything the loop needs about the chunk. */
struct context {
	struct fill *fill;
	const struct fill_source *source;
	const struct chunk_head *head;
	const struct pg_result *rows;
};

/* Whether the client of a row may get a message at all. */
static enum message_reason judge(const struct chunk_head *head, const struct pg_result *rows,
				 size_t row)
{
	int64_t msisdn = pg_int(rows, row, LOAD_MSISDN);
	enum message_reason reason;

	if (head->barred != REASON_NONE)
		return head->barred;
	if (head->deadline_us <= head->filtered_at_us)
		return REASON_DEADLINE;
	if (msisdn == 0) /* erased since it came */
		return REASON_CLIENT_GONE;
	if (head->run_id != 0) {
		if (pg_null(rows, row, LOAD_MSISDN_NOW))
			return REASON_CLIENT_GONE;
		if (pg_int(rows, row, LOAD_MSISDN_NOW) != msisdn)
			return REASON_PHONE_CHANGED;
	}
	reason = compose_judge(msisdn, pg_int(rows, row, LOAD_OPT_OUT), head->category);
	if (reason == REASON_NONE && head->purpose != 0)
		reason = compose_consent(pg_int(rows, row, LOAD_CONSENT));
	return reason;
}

bool fill_wants(const struct chunk_head *head, const struct pg_result *rows, size_t row)
{
	return judge(head, rows, row) == REASON_NONE;
}

/* A random number of the kernel's; they are drawn many at a time. */
static uint64_t draw(struct fill *fill)
{
	if (fill->random_left == 0) {
		if (getrandom(fill->random, sizeof(fill->random), 0) != sizeof(fill->random))
			panic("getrandom: no random numbers");
		fill->random_left = FILL_RANDOM;
	}
	return fill->random[--fill->random_left];
}

/* What the next message has of its own. */
static void own_draw(const struct context *c)
{
	struct fill *fill = c->fill;

	fill->own = (struct render_own){.day_id = c->head->base_ids[0],
					.promo = promo_next(&fill->promo)};
	if (template_link_count(render_plan_template(c->source->plan)) > 0)
		fill->own.link_key = short_link_key(draw(fill));
}

/* Write the row's text into fill->text, in the form that is counted and sent. */
static enum message_reason compose(const struct context *c, size_t row)
{
	struct buf *text = &c->fill->text;

	if (c->source->plan != NULL) {
		own_draw(c);
		return compose_text(c->source->plan, c->rows, row, LOAD_EXTERNAL_ID, &c->fill->own,
				    text, NULL);
	}
	buf_reset(text);
	buf_add(text, pg_text(c->rows, row, LOAD_TEXT), pg_len(c->rows, row, LOAD_TEXT));
	return compose_finish(text);
}

/* --- routing -------------------------------------------------------------------------------------
 */

/* One message on its way to a batch. */
struct routed {
	struct carried carried;
	int64_t id;
	struct fill_batch *batch; /* that carries it */
	bool listed;
};

/* Of the last money a message takes what it may cost at most, or is left out. */
static enum message_reason pay(const struct context *c, const struct routed *r)
{
	const struct chunk_head *head = c->head;

	if (head->money_final &&
	    c->fill->ceiling_micro + r->carried.decision.ceiling_micro > head->money_micro)
		return REASON_NO_BUDGET;
	return REASON_NONE;
}

static enum message_reason route(const struct context *c, size_t row, size_t position,
				 struct routed *out)
{
	int64_t msisdn = pg_int(c->rows, row, LOAD_MSISDN);
	size_t group = (c->head->run_id != 0 ? (size_t)c->fill->message_count : position) /
		       BATCH_MESSAGES_MAX;
	struct route_message message = {
		.msisdn = msisdn,
		.operator_id = route_store_operator(c->source->store, msisdn,
						    pg_int(c->rows, row, LOAD_PORTED)),
		.draw = (uint64_t)msisdn ^ (uint64_t)c->head->id << 40,
		.draw_equals = (uint64_t)c->head->base_ids[group] >> BATCH_DRAW_SHIFT,
	};

	return carry_text(&c->fill->carry, &c->fill->text, &message, &out->carried);
}

/* --- batches -------------------------------------------------------------------------------------
 */

static struct fill_batch *begin_batch(struct fill_batch *batches, size_t *count,
				      const struct route_account *account)
{
	if (*count == CHUNK_BATCHES_MAX)
		panic("more than %d batches of one chunk", CHUNK_BATCHES_MAX);
	batches[*count] = (struct fill_batch){.account = account};
	return &batches[(*count)++];
}

/* The batch of a run's message: that of its account with room; its id follows. */
static void place_of_run(const struct context *c, struct routed *r)
{
	struct fill *fill = c->fill;
	uint16_t *open = &fill->open[r->carried.decision.place];

	if (*open == 0 || fill->batch[*open - 1].messages == BATCH_MESSAGES_MAX) {
		size_t n = fill->batch_count;

		r->batch =
			begin_batch(fill->batch, &fill->batch_count, r->carried.decision.account);
		r->batch->id = c->head->base_ids[n];
		*open = (uint16_t)fill->batch_count;
	}
	r->batch = &fill->batch[*open - 1];
	r->id = r->batch->id + r->batch->messages;
	r->batch->positions++;
}

/* The home batch a message of a request has, whose account is that of its first message. */
static struct fill_batch *home_of(const struct context *c, size_t at,
				  const struct route_account *account)
{
	struct fill *fill = c->fill;

	while (fill->batch_count <= at) {
		size_t n = fill->batch_count;
		size_t left = c->head->size - n * BATCH_MESSAGES_MAX;
		struct fill_batch *home = begin_batch(fill->batch, &fill->batch_count, account);

		home->id = c->head->base_ids[n];
		home->positions = left < BATCH_MESSAGES_MAX ? (int)left : BATCH_MESSAGES_MAX;
	}
	if (fill->batch[at].messages == 0)
		fill->batch[at].account = account;
	return &fill->batch[at];
}

static void place_of_request(const struct context *c, size_t position, struct routed *r)
{
	struct fill *fill = c->fill;
	const struct route_account *account = r->carried.decision.account;
	uint16_t *open = &fill->open[r->carried.decision.place];

	r->id = c->head->base_ids[position / BATCH_MESSAGES_MAX] +
		(int64_t)(position % BATCH_MESSAGES_MAX);
	r->batch = home_of(c, position / BATCH_MESSAGES_MAX, account);
	r->listed = r->batch->account != account;
	if (!r->listed)
		return;
	if (*open == 0 || fill->list[*open - 1].messages == BATCH_MESSAGES_MAX) {
		(void)begin_batch(fill->list, &fill->list_count, account);
		*open = (uint16_t)fill->list_count;
	}
	r->batch = &fill->list[*open - 1];
	r->batch->positions++;
	fill->listed[fill->listed_count++] = (struct fill_listed){.id = r->id, .list = *open - 1u};
}

/* --- rows ----------------------------------------------------------------------------------------
 */

static void copy_id(const struct context *c, size_t row, int col, struct pg_copy *to)
{
	if (pg_null(c->rows, row, col))
		pg_copy_null(to);
	else
		pg_copy_int64(to, pg_int(c->rows, row, col));
}

static void add_message(const struct context *c, size_t row, const struct routed *r)
{
	struct fill *fill = c->fill;
	int64_t price_micro = r->carried.decision.cost_micro;

	pg_copy_row(fill->messages, 10);
	pg_copy_int64(fill->messages, r->id);
	copy_id(c, row, LOAD_CLIENT_ID, fill->messages);
	pg_copy_int64(fill->messages, pg_int(c->rows, row, LOAD_MSISDN));
	pg_copy_int64(fill->messages, price_micro);
	pg_copy_int16(fill->messages, (int16_t)r->carried.parts.count);
	pg_copy_int16(fill->messages, (int16_t)r->carried.parts.encoding);
	pg_copy_text(fill->messages, fill->text.data, fill->text.len);
	copy_id(c, row, LOAD_CONSENT, fill->messages);
	if (fill->own.link_used)
		pg_copy_int64(fill->messages, fill->own.link_key);
	else
		pg_copy_null(fill->messages);
	pg_copy_bool(fill->messages, r->carried.decision.registered);
	if (fill->own.promo_used)
		promo_give(&fill->promo, r->id, pg_int(c->rows, row, LOAD_CLIENT_ID));
	if (!r->listed) {
		pg_copy_row(fill->states, 1);
		pg_copy_int64(fill->states, r->id);
	}
	r->batch->messages++;
	r->batch->parts += r->carried.parts.count;
	route_caps_give(c->source->caps, r->carried.decision.place, r->carried.parts.count);
	fill->message_count++;
	fill->part_count += r->carried.parts.count;
	fill->cost_micro += price_micro;
	fill->ceiling_micro += r->carried.decision.ceiling_micro;
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
	enum message_reason reason = judge(c->head, c->rows, row);
	struct cap *cap = c->source->cap;
	struct routed routed;
	bool counted = false;

	routed.listed = false;
	if (reason == REASON_NONE && cap != NULL) {
		counted = !cap_refused(cap, row);
		reason = counted ? REASON_NONE : REASON_CAPPED;
	}
	if (reason == REASON_NONE)
		reason = compose(c, row);
	if (reason == REASON_NONE)
		reason = route(c, row, position, &routed);
	/* Last, so that the group is of those who would have got it. */
	if (reason == REASON_NONE &&
	    assign_held_back(&c->head->control, pg_int(c->rows, row, LOAD_CLIENT_ID)))
		reason = REASON_CONTROL;
	if (reason == REASON_NONE)
		reason = pay(c, &routed);
	if (reason != REASON_NONE) {
		add_suppression(c, row, position, reason);
		if (counted)
			cap_give_back(cap, pg_int(c->rows, row, LOAD_MSISDN));
		return;
	}
	if (c->head->run_id != 0)
		place_of_run(c, &routed);
	else
		place_of_request(c, position, &routed);
	add_message(c, row, &routed);
}

void fill_chunk(struct fill *fill, const struct fill_source *source)
{
	struct context c = {
		.fill = fill, .source = source, .head = source->head, .rows = source->rows};

	pg_copy_reset(fill->messages);
	pg_copy_reset(fill->states);
	pg_copy_reset(fill->listed_states);
	pg_copy_reset(fill->suppressions);
	fill->own = (struct render_own){0};
	fill->batch_count = fill->list_count = fill->listed_count = 0;
	memset(fill->open, 0, sizeof(fill->open));
	fill->carry.scope = source->scope;
	fill->carry.max_parts = source->head->max_parts;
	fill->message_count = fill->part_count = fill->cost_micro = fill->suppressed = 0;
	fill->ceiling_micro = 0;
	for (size_t row = 0; row < pg_rows(c.rows); row++)
		fill_row(&c, row);
}

void fill_list(struct fill *fill, const int64_t *ids)
{
	for (size_t i = 0; i < fill->list_count; i++)
		fill->list[i].id = ids[i];
	for (size_t i = 0; i < fill->listed_count; i++) {
		pg_copy_row(fill->listed_states, 2);
		pg_copy_int64(fill->listed_states, fill->listed[i].id);
		pg_copy_int64(fill->listed_states, fill->list[fill->listed[i].list].id);
	}
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
	       pg_copy_send(pg, fill->listed_states, err) &&
	       pg_copy_send(pg, fill->suppressions, err);
}

bool fill_queue(const struct fill *fill, struct pg *pg, struct err *err)
{
	return pg_pipeline_add_rows(pg, &message_stmt, fill->messages, err) &&
	       pg_pipeline_add_rows(pg, &state_stmt, fill->states, err) &&
	       pg_pipeline_add_rows(pg, &listed_stmt, fill->listed_states, err) &&
	       pg_pipeline_add_rows(pg, &suppression_stmt, fill->suppressions, err);
}

bool fill_queue_promo(const struct fill *fill, struct pg *pg, int64_t run_id, struct err *err)
{
	return promo_queue(&fill->promo, pg, run_id, err);
}
