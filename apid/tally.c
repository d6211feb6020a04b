/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tally - see tally.h. */
#include "apid/tally.h"

#include "common/base/mem.h"

enum tally_column {
	COL_MSISDN,
	COL_OPT_OUT,
	COL_CONSENT,
	COL_CAPPED,
	COL_REPEATED,
	COL_PORTED,
	COL_ID,
	COL_CLIENT
};

#define LINES_FIRST 16

void tally_init(struct tally *t, const struct audience_terms *terms, int16_t purpose)
{
	*t = (struct tally){.terms = terms, .purpose = purpose};
	route_scope_init(&t->scope, &terms->routes->book, &terms->ask);
	carry_init(&t->carry);
	t->carry.scope = &t->scope;
	t->carry.max_parts = terms->max_parts;
	buf_init(&t->text, COMPOSE_BYTES_MAX);
	buf_init(&t->other, COMPOSE_BYTES_MAX);
}

void tally_deinit(struct tally *t)
{
	buf_deinit(&t->text);
	buf_deinit(&t->other);
	mem_free(t->line);
	carry_deinit(&t->carry);
}

void tally_params(const struct tally *t, struct pg_params *params)
{
	compose_params(params, t->terms->plan);
	pg_param_int64(params, t->terms->list_id);
	pg_param_int16(params, t->purpose);
	pg_param_int16(params, t->terms->cap_exempt ? 0 : (int16_t)t->terms->category);
	pg_param_bool(params, t->terms->routes->ported);
}

/* --- one client ----------------------------------------------------------------------------------
 */

static enum message_reason judge(const struct tally *t, const struct pg_result *rows, size_t row)
{
	enum message_reason reason = compose_judge(
		pg_int(rows, row, COL_MSISDN), pg_int(rows, row, COL_OPT_OUT), t->terms->category);

	if (reason == REASON_NONE && t->purpose != 0)
		reason = compose_consent(pg_int(rows, row, COL_CONSENT));
	if (reason == REASON_NONE && pg_bool(rows, row, COL_CAPPED))
		reason = REASON_CAPPED;
	return reason;
}

/* Where no account may carry anything, a text is still measured: how long it is does not depend on
 * that, and it is said elsewhere. */
static enum message_reason carry(struct tally *t, const struct buf *text,
				 struct route_message *message, struct carried *out)
{
	static const struct route_account plain = {.split = SMS_SPLIT_UDH8,
						   .max_parts = SMS_PARTS_MAX};

	if (t->scope.count > 0)
		return carry_text(&t->carry, text, message, out);
	out->decision = (struct route_decision){.account = &plain};
	return compose_measure(text, &plain, t->terms->max_parts, &out->parts);
}

/* What the text as it is written would take in every spelling. */
static void compare(struct tally *t, const struct route_message *message)
{
	for (int i = 0; i <= SPELLING_LAST; i++) {
		struct audience_spelled *spelled = &t->sum.spelled[i];
		struct route_message again = *message;
		struct carried carried;

		buf_reset(&t->other);
		buf_add(&t->other, t->text.data, t->text.len);
		if (compose_spell((enum sms_spelling)i, &t->other) != REASON_NONE ||
		    carry(t, &t->other, &again, &carried) != REASON_NONE)
			continue;
		spelled->recipients++;
		spelled->parts += carried.parts.count;
		spelled->cost_micro += carried.decision.cost_micro;
	}
}

/* The text that a client gets. */
static const struct render_plan *plan_of(const struct audience_terms *terms, int64_t client_id)
{
	int variant = assign_variant(&terms->variants, client_id);

	return variant == 0 ? terms->plan : terms->further[variant - 1];
}

static enum message_reason measure(struct tally *t, const struct pg_result *rows, size_t row,
				   struct route_message *message, struct carried *out)
{
	const struct audience_terms *terms = t->terms;
	const struct render_plan *plan = plan_of(terms, pg_int(rows, row, COL_ID));
	enum message_reason reason;

	reason = compose_written(plan, rows, row, COL_CLIENT, NULL, &t->text, NULL);
	if (reason != REASON_NONE)
		return reason;
	*message = (struct route_message){
		.msisdn = pg_int(rows, row, COL_MSISDN),
		.operator_id = route_store_operator(terms->routes, pg_int(rows, row, COL_MSISDN),
						    pg_int(rows, row, COL_PORTED)),
		.draw = (uint64_t)pg_int(rows, row, COL_MSISDN),
		.draw_equals = (uint64_t)t->sum.recipients / BATCH_MESSAGES_MAX,
	};
	if (terms->compare)
		compare(t, message);
	reason = compose_spell(render_plan_spelling(plan), &t->text);
	if (reason != REASON_NONE)
		return reason;
	return carry(t, &t->text, message, out);
}

static bool is_of(const struct tally_line *line, const struct tally_line *key)
{
	return line->account_id == key->account_id && line->operator_id == key->operator_id &&
	       line->parts_each == key->parts_each;
}

/* Neighbours are often alike, and there are few lines. */
static struct tally_line *line_of(struct tally *t, const struct tally_line *key)
{
	if (t->last != NULL && is_of(t->last, key))
		return t->last;
	for (size_t i = 0; i < t->line_count; i++)
		if (is_of(&t->line[i], key))
			return t->last = &t->line[i];
	if (t->line_count == t->line_cap) {
		t->line_cap = t->line_cap == 0 ? LINES_FIRST : 2 * t->line_cap;
		t->line = mem_realloc(t->line, t->line_cap, sizeof(*t->line));
	}
	t->last = &t->line[t->line_count++];
	*t->last = *key;
	return t->last;
}

static void add_message(struct tally *t, int16_t operator_id, const struct carried *carried)
{
	const struct tally_line key = {.account_id = carried->decision.account->id,
				       .operator_id = operator_id,
				       .parts_each = (int16_t)carried->parts.count};
	struct tally_line *line = line_of(t, &key);

	line->messages++;
	line->cost_micro += carried->decision.cost_micro;
	t->sum.parts += carried->parts.count;
	t->sum.cost_micro += carried->decision.cost_micro;
	t->sum.ceiling_micro += carried->decision.ceiling_micro;
}

static void tally_row(struct tally *t, const struct pg_result *rows, size_t row)
{
	struct carried carried = {.decision.account = NULL};
	struct route_message message;
	enum message_reason reason;

	t->looked_at++;
	if (pg_bool(rows, row, COL_REPEATED)) {
		t->sum.duplicates++;
		return;
	}
	reason = judge(t, rows, row);
	if (reason == REASON_NONE && t->terms->plan != NULL)
		reason = measure(t, rows, row, &message, &carried);
	if (reason == REASON_NONE &&
	    assign_held_back(&t->terms->control, pg_int(rows, row, COL_ID)))
		reason = REASON_CONTROL;
	if (reason != REASON_NONE) {
		t->sum.left_out[reason]++;
		return;
	}
	t->sum.recipients++;
	if (carried.decision.account != NULL)
		add_message(t, message.operator_id, &carried);
}

void tally_rows(struct tally *t, const struct pg_result *rows)
{
	for (size_t row = 0; row < pg_rows(rows); row++)
		tally_row(t, rows, row);
}

void tally_end(struct tally *t)
{
	struct audience *sum = &t->sum;

	for (size_t i = 0; i < t->line_count; i++) {
		const struct tally_line *line = &t->line[i];
		size_t at = 0;

		while (at < sum->share_count && sum->share[at].account_id != line->account_id)
			at++;
		if (line->account_id == 0 || at == AUDIENCE_SHARES_MAX)
			continue;
		if (at == sum->share_count)
			sum->share[sum->share_count++].account_id = line->account_id;
		sum->share[at].parts += line->messages * line->parts_each;
	}
}
