/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_store - see tariff_store.h. */
#include "common/route/tariff_store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define FILE_NAME_MAX 255

const char *tariff_day(int32_t days, char out[TARIFF_DAY_SIZE])
{
	time_t at = (time_t)days * 86400;
	struct tm tm = {0};

	gmtime_r(&at, &tm);
	(void)strftime(out, TARIFF_DAY_SIZE, "%Y-%m-%d", &tm);
	return out;
}

int64_t tariff_change_bp(int64_t old_micro, int64_t new_micro)
{
	__int128 by = ((__int128)new_micro - old_micro) * 20000;

	if (old_micro == 0)
		return 0;
	by = by / old_micro + (by < 0 ? -1 : 1);
	return (int64_t)(by / 2);
}

/* --- whose ---------------------------------------------------------------------------------------
 */

bool tariff_owner_find(struct pg *pg, const char *provider, const char *account,
		       struct tariff_owner *out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"tariff_owner",
		"SELECT 0::smallint, p.id, p.country, p.currency FROM provider p WHERE p.name = $1"
		" UNION ALL "
		"SELECT a.id, 0::smallint, p.country, p.currency"
		"  FROM account a JOIN provider p ON p.id = a.provider_id WHERE a.name = $2"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_text(params, provider);
	pg_param_text(params, account);
	ok = pg_run(pg, &stmt, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	ok = pg_rows(rows) == 1;
	if (ok) {
		out->account_id = (int16_t)pg_int(rows, 0, 0);
		out->provider_id = (int16_t)pg_int(rows, 0, 1);
		(void)snprintf(out->country, sizeof(out->country), "%s", pg_text(rows, 0, 2));
		(void)snprintf(out->currency, sizeof(out->currency), "%s", pg_text(rows, 0, 3));
	} else if (account != NULL) {
		(void)err_set(err, ERR_INPUT, "there is no account \"%s\"", account);
	} else {
		(void)err_set(err, ERR_INPUT, "there is no provider \"%s\"", provider);
	}
	pg_result_free(&rows);
	return ok;
}

static void id_param(struct pg_params *params, int16_t id)
{
	if (id == 0)
		pg_param_null(params);
	else
		pg_param_int16(params, id);
}

static const char *offer_currency(const struct tariff_offer *offer)
{
	return offer->currency != NULL ? offer->currency : offer->owner.currency;
}

static void vat_param(struct pg_params *params, const struct tariff_offer *offer)
{
	if (offer->vat_bp == TARIFF_BY_LAW)
		pg_param_null(params);
	else
		pg_param_int32(params, offer->vat_bp);
}

/* --- what is in force ----------------------------------------------------------------------------
 */

static const struct pg_stmt before_stmt = {
	"tariff_before",
	"SELECT currency_rate_micro($3::text, $4::text::date), t.id, t.currency,"
	"       t.vat_included, coalesce(t.vat_bp, vat_bp($5::text, $4::text::date)),"
	"       t.unit = 'message', t.charge_on = 'delivery', company_day(t.valid_from)::text,"
	"       t.account_id IS NOT NULL"
	"  FROM (SELECT tariff_at($1::smallint, $2::smallint,"
	"                         company_day_begins($4::text::date)) AS id) x"
	"  LEFT JOIN tariff t ON t.id = x.id",
};

static void take_before(const struct pg_result *rows, struct tariff_before *out)
{
	out->id = (int32_t)pg_int(rows, 0, 1);
	(void)snprintf(out->currency, sizeof(out->currency), "%s", pg_text(rows, 0, 2));
	out->vat_included = pg_bool(rows, 0, 3);
	out->vat_bp = (int32_t)pg_int(rows, 0, 4);
	out->by_message = pg_bool(rows, 0, 5);
	out->on_delivery = pg_bool(rows, 0, 6);
	(void)snprintf(out->from, sizeof(out->from), "%s", pg_text(rows, 0, 7));
	out->of_account = pg_bool(rows, 0, 8);
}

bool tariff_before_find(struct pg *pg, const struct tariff_offer *offer, struct tariff_before *out,
			struct err *err)
{
	struct pg_params *params = pg_params_new();
	const char *currency = offer_currency(offer);
	char day[TARIFF_DAY_SIZE];
	struct pg_result *rows = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	id_param(params, offer->owner.provider_id);
	id_param(params, offer->owner.account_id);
	pg_param_text(params, currency);
	pg_param_text(params, tariff_day(offer->day, day));
	pg_param_text(params, offer->owner.country);
	ok = pg_run(pg, &before_stmt, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	if (pg_null(rows, 0, 0)) {
		ok = err_set(err, ERR_INPUT,
			     "no rate of %s is known for %s; store one first, then the tariff",
			     currency, day);
	} else if (!pg_null(rows, 0, 1)) {
		take_before(rows, out);
	}
	pg_result_free(&rows);
	return ok;
}

/* --- rows as arrays ------------------------------------------------------------------------------
 */

struct arrays {
	int32_t *line;
	int16_t *operator_id, *category, *registered, *sender_kind;
	const char **network, **prefix;
	int64_t *price;
	size_t count;
};

static void arrays_init(struct arrays *a, const struct tariff_file *file)
{
	size_t n = file->count + 1;

	*a = (struct arrays){.line = mem_alloc(n * sizeof(*a->line)),
			     .operator_id = mem_alloc(n * sizeof(*a->operator_id)),
			     .category = mem_alloc(n * sizeof(*a->category)),
			     .registered = mem_alloc(n * sizeof(*a->registered)),
			     .sender_kind = mem_alloc(n * sizeof(*a->sender_kind)),
			     .network = mem_alloc(n * sizeof(*a->network)),
			     .prefix = mem_alloc(n * sizeof(*a->prefix)),
			     .price = mem_alloc(n * sizeof(*a->price)),
			     .count = file->count};
	for (size_t i = 0; i < file->count; i++) {
		const struct tariff_file_row *row = &file->row[i];

		a->line[i] = row->line;
		a->operator_id[i] = row->operator_id;
		a->category[i] = row->category;
		a->registered[i] = row->registered;
		a->sender_kind[i] = row->sender_kind;
		a->network[i] = row->network;
		a->prefix[i] = row->prefix;
		a->price[i] = row->price_micro;
	}
}

static void arrays_deinit(struct arrays *a)
{
	mem_free(a->line);
	mem_free(a->operator_id);
	mem_free(a->category);
	mem_free(a->registered);
	mem_free(a->sender_kind);
	mem_free(a->network);
	mem_free(a->prefix);
	mem_free(a->price);
}

/* --- the difference, and storing -----------------------------------------------------------------
 */

bool tariff_changes(struct pg *pg, const struct tariff_offer *offer, const struct tariff_file *file,
		    int32_t before, int32_t limit, struct pg_result **out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"tariff_changes",
		"SELECT change, operator, prefix, category, registered, sender_kind, old_micro,"
		"       new_micro, total"
		"  FROM tariff_compare($1, $2, $3::text::date, $4, $5, $6, $7, $8, $9, $10, $11,"
		"                      $12, $13)"};
	struct pg_params *params = pg_params_new();
	char day[TARIFF_DAY_SIZE];
	struct arrays a;
	bool ok;

	arrays_init(&a, file);
	pg_param_int32(params, before);
	pg_param_text(params, offer->owner.country);
	pg_param_text(params, tariff_day(offer->day, day));
	pg_param_text(params, offer_currency(offer));
	pg_param_bool(params, offer->vat_included);
	vat_param(params, offer);
	pg_param_int16_array(params, a.operator_id, a.count);
	pg_param_text_array(params, a.prefix, a.count);
	pg_param_int16_array(params, a.category, a.count);
	pg_param_int16_array(params, a.registered, a.count);
	pg_param_int16_array(params, a.sender_kind, a.count);
	pg_param_int64_array(params, a.price, a.count);
	pg_param_int32(params, limit);
	ok = pg_run(pg, &stmt, params, out, err);
	pg_params_free(&params);
	arrays_deinit(&a);
	return ok;
}

static void put_params(struct pg_params *params, const struct tariff_offer *offer,
		       const struct tariff_file *file, int32_t before)
{
	size_t len = strlen(offer->file_name);
	char day[TARIFF_DAY_SIZE];

	/* The column holds so many characters, which are at least as many as these bytes hold. */
	if (len > FILE_NAME_MAX)
		len = utf8_valid(offer->file_name, FILE_NAME_MAX);
	id_param(params, offer->owner.provider_id);
	id_param(params, offer->owner.account_id);
	pg_param_int32(params, before);
	pg_param_text(params, offer_currency(offer));
	pg_param_bool(params, offer->vat_included);
	vat_param(params, offer);
	pg_param_text(params, offer->by_message ? "message" : "part");
	pg_param_text(params, offer->on_delivery ? "delivery" : "acceptance");
	pg_param_text(params, tariff_day(offer->day, day));
	pg_param_text_len(params, offer->file_name, len);
	pg_param_bytes(params, file->sheet.sha256, SHEET_SHA256);
	pg_param_text(params, offer->by);
}

bool tariff_put(struct pg *pg, const struct tariff_offer *offer, const struct tariff_file *file,
		int32_t before, int32_t *id_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"tariff_put",
		"SELECT tariff_put($1, $2, $3, $4, $5, $6, $7, $8, $9::text::date, $10, $11, $12,"
		"                  $13, $14, $15, $16, $17, $18, $19, $20)"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct arrays a;
	bool ok;

	arrays_init(&a, file);
	put_params(params, offer, file, before);
	pg_param_int32_array(params, a.line, a.count);
	pg_param_int16_array(params, a.operator_id, a.count);
	pg_param_text_array(params, a.network, a.count);
	pg_param_text_array(params, a.prefix, a.count);
	pg_param_int16_array(params, a.category, a.count);
	pg_param_int16_array(params, a.registered, a.count);
	pg_param_int16_array(params, a.sender_kind, a.count);
	pg_param_int64_array(params, a.price, a.count);
	ok = pg_run(pg, &stmt, params, &rows, err);
	pg_params_free(&params);
	arrays_deinit(&a);
	if (ok)
		*id_out = (int32_t)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return ok;
}
