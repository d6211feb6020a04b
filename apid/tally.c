/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tally - see tally.h. */
#include "apid/tally.h"

#include "apid/preview.h"
#include "common/base/mem.h"

enum tally_column { COL_MSISDN, COL_OPT_OUT, COL_CONSENT, COL_CAPPED, COL_REPEATED, COL_CLIENT };

#define LINES_FIRST 16

void tally_init(struct tally *t, const struct audience_terms *terms, int16_t purpose)
{
	*t = (struct tally){.terms = terms, .purpose = purpose};
	buf_init(&t->text, COMPOSE_BYTES_MAX);
	buf_init(&t->other, COMPOSE_BYTES_MAX);
}

void tally_deinit(struct tally *t)
{
	buf_deinit(&t->text);
	buf_deinit(&t->other);
	mem_free(t->line);
}

void tally_params(const struct tally *t, struct pg_params *params)
{
	compose_params(params, t->terms->plan);
	pg_param_int64(params, t->terms->list_id);
	pg_param_int16(params, t->purpose);
	pg_param_int16(params, t->terms->cap_exempt ? 0 : (int16_t)t->terms->category);
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

/* What the text as it is written would take in every spelling. */
static void compare(struct tally *t)
{
	for (int i = 0; i <= SPELLING_LAST; i++) {
		struct audience_spelled *spelled = &t->sum.spelled[i];
		struct sms_parts parts;

		buf_reset(&t->other);
		buf_add(&t->other, t->text.data, t->text.len);
		if (compose_spell((enum sms_spelling)i, &t->other) != REASON_NONE ||
		    compose_measure(&t->other, t->account, t->terms->max_parts, &parts) !=
			    REASON_NONE)
			continue;
		spelled->recipients++;
		spelled->parts += parts.count;
		spelled->cost_micro += t->account->price_micro * parts.count;
	}
}

static enum message_reason measure(struct tally *t, const struct pg_result *rows, size_t row,
				   struct sms_parts *parts)
{
	const struct audience_terms *terms = t->terms;
	enum message_reason reason;

	reason = compose_written(terms->plan, rows, row, COL_CLIENT, NULL, &t->text, NULL);
	if (reason != REASON_NONE)
		return reason;
	if (t->account == NULL || t->sum.recipients % BATCH_MESSAGES_MAX == 0)
		t->account = preview_account(terms->routes, terms->account_id,
					     (uint64_t)t->sum.recipients / BATCH_MESSAGES_MAX);
	if (terms->compare)
		compare(t);
	reason = compose_spell(render_plan_spelling(terms->plan), &t->text);
	if (reason != REASON_NONE)
		return reason;
	return compose_measure(&t->text, t->account, terms->max_parts, parts);
}

/* Neighbours are nearly always alike, and there are few lines. */
static struct tally_line *line_of(struct tally *t, int16_t account_id, int16_t parts_each)
{
	if (t->last != NULL && t->last->account_id == account_id &&
	    t->last->parts_each == parts_each)
		return t->last;
	for (size_t i = 0; i < t->line_count; i++)
		if (t->line[i].account_id == account_id && t->line[i].parts_each == parts_each)
			return t->last = &t->line[i];
	if (t->line_count == t->line_cap) {
		t->line_cap = t->line_cap == 0 ? LINES_FIRST : 2 * t->line_cap;
		t->line = mem_realloc(t->line, t->line_cap, sizeof(*t->line));
	}
	t->last = &t->line[t->line_count++];
	*t->last = (struct tally_line){.account_id = account_id, .parts_each = parts_each};
	return t->last;
}

static void add_message(struct tally *t, const struct sms_parts *parts)
{
	int64_t cost_micro = t->account->price_micro * parts->count;
	struct tally_line *line = line_of(t, t->account->id, (int16_t)parts->count);

	line->messages++;
	line->cost_micro += cost_micro;
	t->sum.parts += parts->count;
	t->sum.cost_micro += cost_micro;
}

static void tally_row(struct tally *t, const struct pg_result *rows, size_t row)
{
	struct sms_parts parts = {0};
	enum message_reason reason;

	t->looked_at++;
	if (pg_bool(rows, row, COL_REPEATED)) {
		t->sum.duplicates++;
		return;
	}
	reason = judge(t, rows, row);
	if (reason == REASON_NONE && t->terms->plan != NULL)
		reason = measure(t, rows, row, &parts);
	if (reason != REASON_NONE) {
		t->sum.left_out[reason]++;
		return;
	}
	t->sum.recipients++;
	if (parts.count > 0)
		add_message(t, &parts);
}

void tally_rows(struct tally *t, const struct pg_result *rows)
{
	for (size_t row = 0; row < pg_rows(rows); row++)
		tally_row(t, rows, row);
}
