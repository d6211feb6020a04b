/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariff_load - a book out of the database. */
#include <string.h>

#include "common/base/mem.h"
#include "common/route/tariff_build.h"

/* Tariffs and their rows never change, so the rows read later are those of the tariffs read here.
 */
static const struct pg_stmt accounts_stmt = {
	"tariff_accounts",
	"SELECT a.id, a.price_micro, t.id, t.unit = 'message', t.charge_on = 'delivery',"
	"       t.vat_included,"
	"       coalesce(t.vat_bp, vat_bp(p.country, company_day($1))),"
	"       currency_rate_micro(t.currency, company_day($1))"
	"  FROM account a JOIN provider p ON p.id = a.provider_id"
	"  LEFT JOIN tariffs_in_force($1) f ON f.account_id = a.id"
	"  LEFT JOIN tariff t ON t.id = f.tariff_id"
	" ORDER BY t.id, a.id",
};

static const struct pg_stmt rows_stmt = {
	"tariff_rows",
	"SELECT u.n, r.id, r.operator_id, r.prefix, r.category, r.sender_kind,"
	"       CASE WHEN r.registered IS NULL THEN -1 WHEN r.registered THEN 1 ELSE 0 END,"
	"       r.price_micro"
	"  FROM unnest($1::integer[]) WITH ORDINALITY AS u(id, n)"
	"  JOIN tariff_row r ON r.tariff_id = u.id",
};

/* Accounts in the order of their tariffs; each tariff's terms are taken once. */
static void take_accounts(const struct pg_result *rows, struct tariff_account *account,
			  struct tariff_terms *terms, size_t *terms_count)
{
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int32_t id = (int32_t)pg_int(rows, i, 2);

		account[i] = (struct tariff_account){.id = (int16_t)pg_int(rows, i, 0),
						     .flat_micro = pg_int(rows, i, 1),
						     .tariff = -1};
		if (id == 0)
			continue;
		if (*terms_count == 0 || terms[*terms_count - 1].id != id)
			terms[(*terms_count)++] =
				(struct tariff_terms){.id = id,
						      .per_message = pg_bool(rows, i, 3),
						      .on_delivery = pg_bool(rows, i, 4),
						      .vat_included = pg_bool(rows, i, 5),
						      .vat_bp = (int32_t)pg_int(rows, i, 6),
						      .rate_micro = pg_int(rows, i, 7)};
		account[i].tariff = (int32_t)*terms_count - 1;
	}
}

static void take_line(const struct pg_result *rows, size_t i, struct tariff_line *line)
{
	size_t digits = pg_len(rows, i, 3);

	*line = (struct tariff_line){.tariff = (uint32_t)pg_int(rows, i, 0) - 1,
				     .id = (int32_t)pg_int(rows, i, 1),
				     .operator_id = (int16_t)pg_int(rows, i, 2),
				     .category = (uint8_t)pg_int(rows, i, 4),
				     .sender_kind = (uint8_t)pg_int(rows, i, 5),
				     .registered = (int8_t)pg_int(rows, i, 6),
				     .price_micro = pg_int(rows, i, 7)};
	memcpy(line->prefix, pg_text(rows, i, 3),
	       digits < sizeof(line->prefix) ? digits : sizeof(line->prefix) - 1);
}

static bool load_lines(struct pg *pg, struct tariff_input *in, struct err *err)
{
	struct pg_params *params = pg_params_new();
	int32_t *ids = mem_alloc((in->terms_count + 1) * sizeof(*ids));
	struct pg_result *rows = NULL;
	bool ok;

	for (size_t i = 0; i < in->terms_count; i++)
		ids[i] = in->terms[i].id;
	pg_param_int32_array(params, ids, in->terms_count);
	ok = pg_run(pg, &rows_stmt, params, &rows, err);
	mem_free(ids);
	pg_params_free(&params);
	if (!ok)
		return false;
	in->line_count = pg_rows(rows);
	in->line = mem_alloc((in->line_count + 1) * sizeof(*in->line));
	for (size_t i = 0; i < in->line_count; i++)
		take_line(rows, i, &in->line[i]);
	pg_result_free(&rows);
	return true;
}

bool tariff_book_load(struct pg *pg, int64_t at_us, struct tariff_book **out, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	struct tariff_account *account;
	struct tariff_terms *terms;
	struct tariff_input in = {0};
	bool ok;

	pg_param_time_us(params, at_us);
	ok = pg_run(pg, &accounts_stmt, params, &rows, err);
	pg_params_free(&params);
	if (!ok)
		return err_wrap(err, "tariffs");
	in.account_count = pg_rows(rows);
	in.account = account = mem_alloc((in.account_count + 1) * sizeof(*account));
	in.terms = terms = mem_alloc((in.account_count + 1) * sizeof(*terms));
	take_accounts(rows, account, terms, &in.terms_count);
	pg_result_free(&rows);
	ok = load_lines(pg, &in, err);
	if (ok)
		*out = tariff_book_build(&in);
	else
		(void)err_wrap(err, "tariffs");
	mem_free(in.line);
	mem_free(terms);
	mem_free(account);
	return ok;
}
