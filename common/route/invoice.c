/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoice - storing one, comparing it, and why it differs. */
#include "common/route/invoice.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "common/web/json.h"

#define KOPECK	      10000 /* millionths */
#define FILE_NAME_MAX 255

bool invoice_month_parse(const char *text, int32_t *day_out)
{
	char day[16];

	if (strlen(text) != 7)
		return false;
	(void)snprintf(day, sizeof(day), "%s-01", text);
	return date_parse(day, day_out);
}

/* --- storing -------------------------------------------------------------------------------------
 */

static const struct pg_stmt put_stmt = {
	"invoice_put",
	"SELECT invoice_put($1, $2, $3::text::date, $4, $5, coalesce($6, vat_bp($7::text, "
	"       $3::text::date)), $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
};

static void id_param(struct pg_params *params, int16_t id)
{
	if (id == 0)
		pg_param_null(params);
	else
		pg_param_int16(params, id);
}

static void head_params(struct pg_params *params, const struct invoice_offer *offer,
			const struct invoice_file *file)
{
	size_t len = strlen(offer->file_name);
	char day[TARIFF_DAY_SIZE];

	if (len > FILE_NAME_MAX)
		len = utf8_valid(offer->file_name, FILE_NAME_MAX);
	id_param(params, offer->owner.provider_id);
	id_param(params, offer->owner.account_id);
	pg_param_text(params, tariff_day(offer->month, day));
	pg_param_text(params, offer->currency != NULL ? offer->currency : offer->owner.currency);
	pg_param_bool(params, offer->vat_included);
	if (offer->vat_bp == TARIFF_BY_LAW)
		pg_param_null(params);
	else
		pg_param_int32(params, offer->vat_bp);
	pg_param_text(params, offer->owner.country);
	pg_param_text_len(params, offer->file_name, len);
	pg_param_bytes(params, file->sheet.sha256, SHEET_SHA256);
	pg_param_text(params, offer->by);
}

static void line_params(struct pg_params *params, const struct invoice_file *file)
{
	size_t n = file->count;
	int32_t *line = mem_alloc((n + 1) * sizeof(*line));
	int16_t *small = mem_alloc((n + 1) * sizeof(*small));
	int64_t *big = mem_alloc((n + 1) * sizeof(*big));

	for (size_t i = 0; i < n; i++)
		line[i] = file->row[i].line;
	pg_param_int32_array(params, line, n);
	for (int column = 0; column < 4; column++) {
		for (size_t i = 0; i < n; i++) {
			const struct invoice_file_row *row = &file->row[i];

			small[i] = column == 0	 ? row->operator_id
				   : column == 1 ? row->category
				   : column == 2 ? row->registered
						 : row->sender_kind;
		}
		pg_param_int16_array(params, small, n);
	}
	for (int column = 0; column < 3; column++) {
		for (size_t i = 0; i < n; i++) {
			const struct invoice_file_row *row = &file->row[i];

			big[i] = column == 0   ? row->units
				 : column == 1 ? row->price_micro
					       : row->sum_micro;
		}
		pg_param_int64_array(params, big, n);
	}
	mem_free(line);
	mem_free(small);
	mem_free(big);
}

bool invoice_put(struct pg *pg, const struct invoice_offer *offer, const struct invoice_file *file,
		 int32_t *id_out, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	head_params(params, offer, file);
	line_params(params, file);
	ok = pg_run(pg, &put_stmt, params, &rows, err);
	pg_params_free(&params);
	if (ok)
		*id_out = (int32_t)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return ok;
}

/* --- comparing -----------------------------------------------------------------------------------
 */

bool invoice_compare(struct pg *pg, int32_t id, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"invoice_compare",
		"SELECT coalesce(line, 0), operator, coalesce(category, 0),"
		"       coalesce(registered, -1), coalesce(sender_kind, 0), messages, parts, "
		"charged,"
		"       unpriced, cost_micro, own_parts, own_micro, coalesce(units, 0),"
		"       coalesce(price_micro, 0), coalesce(sum_micro, 0) FROM invoice_compare($1)"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int32(params, id);
	ok = pg_run(pg, &stmt, params, out, err);
	pg_params_free(&params);
	return ok;
}

void invoice_line_at(const struct pg_result *rows, size_t i, struct invoice_line *out)
{
	*out = (struct invoice_line){
		.line = (int32_t)pg_int(rows, i, 0),
		.operator_code = pg_null(rows, i, 1) ? NULL : pg_text(rows, i, 1),
		.category = (int16_t)pg_int(rows, i, 2),
		.registered = (int16_t)pg_int(rows, i, 3),
		.sender_kind = (int16_t)pg_int(rows, i, 4),
		.messages = pg_int(rows, i, 5),
		.parts = pg_int(rows, i, 6),
		.charged = pg_int(rows, i, 7),
		.unpriced = pg_int(rows, i, 8),
		.cost_micro = pg_int(rows, i, 9),
		.own_parts = pg_int(rows, i, 10),
		.own_micro = pg_int(rows, i, 11),
		.units = pg_int(rows, i, 12),
		.price_micro = pg_int(rows, i, 13),
		.sum_micro = pg_int(rows, i, 14),
	};
}

/* --- why -----------------------------------------------------------------------------------------
 */

const char *invoice_reason_name(enum invoice_reason reason)
{
	static const char *const names[] = {
		[INVOICE_COUNT] = "count",	 [INVOICE_PRICE] = "price",
		[INVOICE_VAT] = "vat",		 [INVOICE_NOT_INVOICED] = "not_invoiced",
		[INVOICE_NOT_OURS] = "not_ours", [INVOICE_ROUNDING] = "rounding",
	};

	return names[reason];
}

static bool within_a_kopeck(__int128 micro)
{
	return micro > -KOPECK && micro < KOPECK;
}

static bool vat_explains(const struct invoice_line *line, int32_t vat_bp)
{
	__int128 sum = line->sum_micro, cost = line->cost_micro;

	if (vat_bp == 0 || line->units != line->charged)
		return false;
	return within_a_kopeck(sum - cost * (10000 + vat_bp) / 10000) ||
	       within_a_kopeck(cost - sum * (10000 + vat_bp) / 10000);
}

static size_t only(struct invoice_cause *out, enum invoice_reason reason, int64_t micro)
{
	*out = (struct invoice_cause){reason, micro};
	return 1;
}

/* The count's part of the difference is what the parts too many, or too few, cost by our price; the
 * rest is the price's. */
static size_t count_and_price(const struct invoice_line *line, int64_t difference,
			      struct invoice_cause *out)
{
	__int128 more = (__int128)line->cost_micro * (line->units - line->charged);
	int64_t count = (int64_t)(more / line->charged), rest = difference - count;
	size_t n = 0;

	if (line->units == line->charged)
		return only(out, within_a_kopeck(difference) ? INVOICE_ROUNDING : INVOICE_PRICE,
			    difference);
	if (within_a_kopeck(rest))
		return only(out, INVOICE_COUNT, difference);
	if (!within_a_kopeck(count))
		n += only(&out[n], INVOICE_COUNT, count);
	return n + only(&out[n], INVOICE_PRICE, difference - (n > 0 ? count : 0));
}

size_t invoice_causes(const struct invoice_line *line, int32_t vat_bp,
		      struct invoice_cause out[INVOICE_CAUSES_MAX])
{
	int64_t difference = line->sum_micro - line->cost_micro;

	if (line->line == 0)
		return line->cost_micro == 0 ? 0 : only(out, INVOICE_NOT_INVOICED, difference);
	if (line->charged == 0)
		return line->units == 0 && difference == 0
			       ? 0
			       : only(out, INVOICE_NOT_OURS, difference);
	if (difference == 0 && line->units == line->charged)
		return 0;
	if (!within_a_kopeck(difference) && vat_explains(line, vat_bp))
		return only(out, INVOICE_VAT, difference);
	return count_and_price(line, difference, out);
}
