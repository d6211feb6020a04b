/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* compose - see compose.h. */
#include "common/model/compose.h"

#include "common/sms/plus7.h"

#define ATTRIBUTES_MAX 500 /* slots of client_attribute */

/* Foreign numbers were judged when they came in; asking their tables takes microseconds. */
static bool takes_no_sms(int64_t msisdn)
{
	enum msisdn_kind kind;

	if (!plus7_owns(msisdn))
		return false;
	kind = plus7_kind(msisdn);
	return kind == MSISDN_FIXED || kind == MSISDN_TOLL_FREE;
}

enum message_reason compose_judge(int64_t msisdn, int64_t opt_out, enum message_category category)
{
	if (opt_out == OPT_OUT_ALL ||
	    (opt_out == OPT_OUT_ADVERTISING && category == CATEGORY_ADVERTISING))
		return REASON_OPT_OUT;
	if (takes_no_sms(msisdn))
		return REASON_NO_NUMBER;
	return REASON_NONE;
}

bool compose_purpose(struct pg *pg, enum message_category category, int16_t *out, struct err *err)
{
	static const struct pg_stmt find = {
		"compose_purpose",
		"SELECT id FROM purpose WHERE category = $1::smallint AND required"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int16(params, (int16_t)category);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok)
		*out = pg_rows(rows) == 1 ? (int16_t)pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

enum message_reason compose_consent(int64_t consent)
{
	if (consent > 0)
		return REASON_NONE;
	return consent < 0 ? REASON_CONSENT_EXPIRED : REASON_NO_CONSENT;
}

enum { ALWAYS = CLIENT_MIDDLE_NAME + 1 }; /* fields with a column of their own */

void compose_params(struct pg_params *params, const struct render_plan *plan)
{
	int first_slot = 1, last_slot = 0;
	int64_t list_id = 0;
	uint32_t columns = 0;

	if (plan != NULL) {
		render_plan_slots(plan, &first_slot, &last_slot);
		columns = render_plan_columns(plan) & ~(CLIENT_BIT(ALWAYS) - 1);
		list_id = render_plan_list(plan);
	}
	pg_param_int32(params, first_slot);
	pg_param_int32(params, last_slot);
	pg_param_int32(params, (int32_t)columns);
	pg_param_int64(params, list_id);
}

static void read_fields(const struct pg_result *rows, size_t row, int col,
			struct template_value field[CLIENT_FIELDS + 1])
{
	const char *text[CLIENT_FIELDS + 1];
	size_t len[CLIENT_FIELDS + 1];
	size_t count = pg_text_array(rows, row, col + ALWAYS + 1, text, len, CLIENT_FIELDS + 1);

	for (size_t i = 0; i < count; i++)
		field[i] = (struct template_value){text[i], len[i]};
	for (int i = 0; i < ALWAYS; i++)
		field[i] = (struct template_value){pg_text(rows, row, col + i),
						   pg_len(rows, row, col + i)};
}

struct row_client {
	struct render_client client;
	struct template_value field[CLIENT_FIELDS + 1];
	const char *attr[ATTRIBUTES_MAX];
	size_t attr_len[ATTRIBUTES_MAX];
	const char *own[LIST_COLUMNS_MAX];
	size_t own_len[LIST_COLUMNS_MAX];
};

static void client_read(const struct pg_result *rows, size_t row, int col, struct row_client *out)
{
	out->client = (struct render_client){
		.column = out->field,
		.attr = out->attr,
		.attr_len = out->attr_len,
		.own = out->own,
		.own_len = out->own_len,
	};
	read_fields(rows, row, col, out->field);
	out->client.attr_count =
		pg_text_array(rows, row, col + ALWAYS, out->attr, out->attr_len, ATTRIBUTES_MAX);
	out->client.own_count = pg_text_array(rows, row, col + ALWAYS + 2, out->own, out->own_len,
					      LIST_COLUMNS_MAX);
}

static bool blank(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] != ' ' && text->data[i] != '\n' && text->data[i] != '\t')
			return false;
	return true;
}

enum message_reason compose_finish(struct buf *text)
{
	if (text->overflow)
		return REASON_TEXT_TOO_LONG;
	if (text->len > 0)
		text->len = sms_normalise(text->data, text->len, text->data);
	return blank(text) ? REASON_TEXT_EMPTY : REASON_NONE;
}

enum message_reason compose_written(const struct render_plan *plan, const struct pg_result *rows,
				    size_t row, int col, struct render_own *own, struct buf *text,
				    struct render_note *note)
{
	struct render_note here;
	struct row_client client;

	if (note == NULL)
		note = &here;
	buf_reset(text);
	client_read(rows, row, col, &client);
	if (!render_text(plan, &client.client, own, text, note) && !text->overflow)
		return note->no_promo ? REASON_NO_PROMO : REASON_TEXT_EMPTY;
	return compose_finish(text);
}

enum message_reason compose_spell(enum sms_spelling spelling, struct buf *text)
{
	/* A text of signs that are left out is none. */
	return spelling_apply(spelling, text) && blank(text) ? REASON_TEXT_EMPTY : REASON_NONE;
}

enum message_reason compose_text(const struct render_plan *plan, const struct pg_result *rows,
				 size_t row, int col, struct render_own *own, struct buf *text,
				 struct render_note *note)
{
	enum message_reason reason = compose_written(plan, rows, row, col, own, text, note);

	return reason != REASON_NONE ? reason : compose_spell(render_plan_spelling(plan), text);
}

bool compose_link_target(const struct render_plan *plan, const struct pg_result *rows, size_t row,
			 int col, size_t link, struct buf *out)
{
	struct row_client client;

	client_read(rows, row, col, &client);
	return render_link_target(plan, &client.client, link, out);
}

enum message_reason compose_measure(const struct buf *text, const struct route_account *account,
				    int max_parts, struct sms_parts *out)
{
	struct err err;

	if (account == NULL)
		return REASON_NO_ROUTE;
	if (account->max_parts < max_parts)
		max_parts = account->max_parts;
	if (sms_alphabet_split(account->alphabet, text->data, text->len, account->split, max_parts,
			       out, &err))
		return REASON_NONE;
	return err.kind == ERR_LIMIT ? REASON_TEXT_TOO_LONG : REASON_TEXT_EMPTY;
}
