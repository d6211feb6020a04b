/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik reconcile - what messages cost by tariff, by their provider and by its invoice; and what
 * they were expected to cost. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/money.h"
#include "cli/table.h"
#include "common/base/mem.h"
#include "common/model/message.h"
#include "common/route/invoice.h"
#include "common/web/json.h"

enum { TIMEOUT_MS = 300000 };

struct request {
	const char *account, *provider, *month, *vat, *vat_rate, *currency, *run, *day;
	bool forecast;
	const char *path; /* of the invoice; NULL: none */
};

/* --- an invoice beside the ledger ----------------------------------------------------------------
 */

struct totals {
	int64_t charged, cost, own, own_parts, parts, units, sum, unpriced;
};

static void print_causes(const struct invoice_line *line, int32_t vat_bp, char *out, size_t size)
{
	struct invoice_cause cause[INVOICE_CAUSES_MAX];
	size_t n = invoice_causes(line, vat_bp, cause), at = 0;
	char sum[MONEY_SIZE];

	out[0] = '\0';
	for (size_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s %s", i > 0 ? ", " : "",
				       invoice_reason_name(cause[i].reason),
				       money_sum(cause[i].micro, sum));
}

static void print_conditions(struct table *t, const struct invoice_line *line)
{
	table_text(t, line->operator_code != NULL ? line->operator_code : "any");
	table_text(t, line->category == 0
			      ? "any"
			      : message_category_name((enum message_category)line->category));
	table_text(t, line->registered < 0 ? "any" : line->registered > 0 ? "yes" : "no");
	table_text(t, line->sender_kind == 0 ? "any" : sender_kind_name(line->sender_kind));
}

static void print_line(struct table *t, const struct invoice_line *line, int32_t vat_bp)
{
	char text[160];

	if (line->line != 0)
		table_int(t, line->line);
	else
		table_text(t, "-");
	print_conditions(t, line);
	table_int(t, line->charged);
	table_text(t, money_sum(line->cost_micro, text));
	table_text(t, line->own_parts > 0 ? money_sum(line->own_micro, text) : "-");
	table_int(t, line->units);
	table_text(t, line->line != 0 ? money_sum(line->sum_micro, text) : "-");
	table_text(t, money_sum(line->sum_micro - line->cost_micro, text));
	print_causes(line, vat_bp, text, sizeof(text));
	table_text(t, text);
}

static void add_line(struct totals *all, const struct invoice_line *line)
{
	all->charged += line->charged;
	all->parts += line->parts;
	all->cost += line->cost_micro;
	all->own += line->own_micro;
	all->own_parts += line->own_parts;
	all->units += line->units;
	all->sum += line->sum_micro;
	all->unpriced += line->unpriced;
}

static void print_totals(const struct totals *all, bool invoice)
{
	char a[MONEY_SIZE], b[MONEY_SIZE], c[MONEY_SIZE];

	(void)printf("by tariff %s for %lld charged of %lld accepted parts; "
		     "by the provider's own price %s for %lld parts\n",
		     money_sum(all->cost, a), (long long)all->charged, (long long)all->parts,
		     money_sum(all->own, b), (long long)all->own_parts);
	if (invoice)
		(void)printf("by invoice %s for %lld; difference %s\n", money_sum(all->sum, a),
			     (long long)all->units, money_sum(all->sum - all->cost, c));
	if (all->unpriced > 0)
		(void)printf("%lld of the charged have no price in their tariff\n",
			     (long long)all->unpriced);
}

static bool print_comparison(struct pg *pg, int32_t id, int32_t vat_bp, struct err *err)
{
	static const char *const headings[] = {
		">line",       "operator", "category", "registered",	 "sender",
		">charged",    ">tariff",  ">own",     ">invoice count", ">invoice",
		">difference", "because",  NULL};
	struct totals all = {0};
	struct pg_result *r = NULL;
	struct table *t;

	if (!invoice_compare(pg, id, &r, err))
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		struct invoice_line line;

		invoice_line_at(r, i, &line);
		print_line(t, &line, vat_bp);
		add_line(&all, &line);
	}
	table_print(t, stdout);
	print_totals(&all, true);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

/* --- the month without an invoice ----------------------------------------------------------------
 */

static bool print_ledger(struct pg *pg, const struct invoice_offer *offer, struct err *err)
{
	static const struct pg_stmt stmt = {
		"reconcile_ledger",
		"SELECT 0, o.code, l.category, l.registered::int::smallint, l.sender_kind,"
		"       sum(l.messages)::bigint, sum(l.parts)::bigint, sum(l.charged)::bigint,"
		"       sum(l.unpriced)::bigint, sum(l.cost_micro)::bigint, "
		"       sum(l.own_parts)::bigint, sum(l.own_micro)::bigint, 0, 0, 0"
		"  FROM ledger l JOIN account a ON a.id = l.account_id"
		"  LEFT JOIN operator o ON o.id = l.operator_id"
		" WHERE (a.id = $1::smallint OR a.provider_id = $2::smallint)"
		"   AND l.day >= $3::text::date AND l.day < $3::text::date + interval '1 month'"
		" GROUP BY 2, 3, 4, 5 ORDER BY 2, 3, 4, 5"};
	static const char *const headings[] = {"operator", "category", "registered",
					       "sender",   ">parts",   ">charged",
					       ">tariff",  ">own",     NULL};
	struct pg_params *params = pg_params_new();
	struct totals all = {0};
	struct pg_result *r = NULL;
	char text[MONEY_SIZE];
	struct table *t;
	bool ok;

	pg_param_int16(params, offer->owner.account_id);
	pg_param_int16(params, offer->owner.provider_id);
	pg_param_text(params, tariff_day(offer->month, text));
	ok = pg_run(pg, &stmt, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		struct invoice_line line;

		invoice_line_at(r, i, &line);
		print_conditions(t, &line);
		table_int(t, line.parts);
		table_int(t, line.charged);
		table_text(t, money_sum(line.cost_micro, text));
		table_text(t, line.own_parts > 0 ? money_sum(line.own_micro, text) : "-");
		add_line(&all, &line);
	}
	if (pg_rows(r) > 0)
		table_print(t, stdout);
	print_totals(&all, false);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

/* --- loading -------------------------------------------------------------------------------------
 */

/* The invoice there is for the month; 0: none. */
static bool find_stored(struct pg *pg, const struct invoice_offer *offer, int32_t *id,
			int32_t *vat_bp, struct err *err)
{
	static const struct pg_stmt stmt = {
		"reconcile_stored",
		"SELECT id, vat_bp FROM invoice WHERE replaced_by IS NULL"
		"   AND (account_id = $1::smallint OR provider_id = $2::smallint)"
		"   AND month = $3::text::date"};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	char day[TARIFF_DAY_SIZE];
	bool ok;

	pg_param_int16(params, offer->owner.account_id);
	pg_param_int16(params, offer->owner.provider_id);
	pg_param_text(params, tariff_day(offer->month, day));
	ok = pg_run(pg, &stmt, params, &r, err);
	pg_params_free(&params);
	*id = ok && pg_rows(r) > 0 ? (int32_t)pg_int(r, 0, 0) : 0;
	*vat_bp = *id != 0 ? (int32_t)pg_int(r, 0, 1) : 0;
	pg_result_free(&r);
	return ok;
}

static bool store_file(struct pg *pg, const struct request *q, struct invoice_offer *offer,
		       struct invoice_file *file, struct err *err)
{
	const char *slash = strrchr(q->path, '/');
	int fd = open(q->path, O_RDONLY | O_CLOEXEC);
	char by[80];
	int32_t id;
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_INPUT, "%s cannot be opened", q->path);
	ok = invoice_file_read(file, fd, pg, err);
	(void)close(fd);
	if (!ok)
		return err_wrap(err, "%s", q->path);
	if (!money_no_faults(&file->sheet, q->path, err))
		return false;
	offer->file_name = slash != NULL ? slash + 1 : q->path;
	offer->by = money_whoever(by, sizeof(by));
	if (!invoice_put(pg, offer, file, &id, err))
		return false;
	(void)printf("invoice %d is stored\n", id);
	return true;
}

static bool take_vat(const struct request *q, struct invoice_offer *offer, struct err *err)
{
	offer->vat_bp = TARIFF_BY_LAW;
	offer->vat_included = q->vat != NULL && strcmp(q->vat, "included") == 0;
	if (q->path != NULL && !offer->vat_included &&
	    (q->vat == NULL || strcmp(q->vat, "excluded") != 0))
		return err_set(err, ERR_INPUT,
			       "--vat: say whether the invoice's lines have the "
			       "VAT included or excluded");
	if (q->vat_rate != NULL && !money_percent_parse(q->vat_rate, &offer->vat_bp))
		return err_set(err, ERR_INPUT, "--vat-rate: per cent such as 5 are expected");
	return true;
}

static bool reconcile(struct pg *pg, const struct request *q, struct err *err)
{
	struct invoice_offer offer = {.currency = q->currency};
	struct invoice_file *file = mem_calloc(1, sizeof(*file));
	int32_t id, vat_bp;
	bool ok;

	if (q->month == NULL || !invoice_month_parse(q->month, &offer.month))
		ok = err_set(err, ERR_INPUT, "--month: a month such as 2026-11 is expected");
	else
		ok = take_vat(q, &offer, err) &&
		     tariff_owner_find(pg, q->provider, q->account, &offer.owner, err) &&
		     (q->path == NULL || store_file(pg, q, &offer, file, err)) &&
		     find_stored(pg, &offer, &id, &vat_bp, err) &&
		     (id != 0 ? print_comparison(pg, id, vat_bp, err)
			      : print_ledger(pg, &offer, err));
	invoice_file_deinit(file);
	mem_free(file);
	return ok;
}

/* --- forecast ------------------------------------------------------------------------------------
 */

static bool print_causes_of(const struct pg_result *r)
{
	static const char *const headings[] = {"",	   ">messages",	  ">expected",
					       ">settled", ">difference", NULL};
	struct table *t = table_new(headings);
	int64_t expected = 0, settled = 0;
	char text[MONEY_SIZE], more[MONEY_SIZE];

	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, pg_text(r, i, 0));
		table_int(t, pg_int(r, i, 1));
		table_text(t, money_sum(pg_int(r, i, 2), text));
		table_text(t, money_sum(pg_int(r, i, 3), text));
		table_text(t, money_sum(pg_int(r, i, 3) - pg_int(r, i, 2), text));
		expected += pg_int(r, i, 2);
		settled += pg_int(r, i, 3);
	}
	table_print(t, stdout);
	(void)printf("expected %s, ", money_sum(expected, text));
	(void)printf("settled %s, difference %s roubles\n", money_sum(settled, text),
		     money_sum(settled - expected, more));
	table_free(&t);
	return true;
}

/* Bounds of the home batches of a run, or of a day of making. */
static bool forecast(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"reconcile_forecast",
		"SELECT f.cause, f.messages, f.forecast_micro, f.settled_micro FROM ("
		" SELECT min(b.id) AS low, max(b.id) AS high FROM batch b"
		"  WHERE $1::bigint <> 0 AND b.run_id = $1 AND b.message_ids IS NULL"
		" UNION ALL"
		" SELECT (extract(epoch FROM company_day_begins($2::text::date))::bigint"
		"         - 1577836800) << 32,"
		"        ((extract(epoch FROM company_day_begins($2::text::date + 1))::bigint"
		"         - 1577836800) << 32) - 1 WHERE $2 IS NOT NULL) r"
		" CROSS JOIN LATERAL forecast_causes(nullif($1::bigint, 0), r.low, r.high) f"
		" WHERE r.low IS NOT NULL"};
	struct pg_params *params;
	struct pg_result *r = NULL;
	int64_t run = 0;
	int32_t day;
	bool ok;

	if ((q->run == NULL) == (q->day == NULL) || (q->run != NULL && !id_parse(q->run, &run)) ||
	    (q->day != NULL && !date_parse(q->day, &day)))
		return err_set(err, ERR_INPUT,
			       "which messages: --run with its number, or --day "
			       "such as 2026-11-28?");
	params = pg_params_new();
	pg_param_int64(params, run);
	pg_param_text(params, q->day);
	ok = pg_run(pg, &stmt, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	ok = pg_rows(r) > 0 ? print_causes_of(r)
			    : err_set(err, ERR_INPUT, "there are no such messages");
	pg_result_free(&r);
	return ok;
}

static bool take_options(int argc, char **argv, struct request *q)
{
	static const struct option options[] = {{"account", required_argument, NULL, 'a'},
						{"provider", required_argument, NULL, 'p'},
						{"month", required_argument, NULL, 'm'},
						{"vat", required_argument, NULL, 'v'},
						{"vat-rate", required_argument, NULL, 'r'},
						{"currency", required_argument, NULL, 'c'},
						{"forecast", no_argument, NULL, 'f'},
						{"run", required_argument, NULL, 'u'},
						{"day", required_argument, NULL, 'd'},
						{NULL, 0, NULL, 0}};
	const char **text[128] = {
		['a'] = &q->account,  ['p'] = &q->provider, ['m'] = &q->month, ['v'] = &q->vat,
		['r'] = &q->vat_rate, ['c'] = &q->currency, ['u'] = &q->run,   ['d'] = &q->day};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'f')
			q->forecast = true;
		else if (c > 0 && c < 128 && text[c] != NULL)
			*text[c] = optarg;
		else
			return false;
	}
	q->path = optind < argc ? argv[optind] : NULL;
	return argc - optind <= 1 && (q->forecast ? q->path == NULL && q->month == NULL
						  : (q->account == NULL) != (q->provider == NULL) &&
							    q->run == NULL && q->day == NULL);
}

int cmd_reconcile(struct cli *cli, int argc, char **argv)
{
	struct request q = {0};
	struct err err = {0};
	struct pg *pg = NULL;
	int status;

	if (!take_options(argc, argv, &q))
		return cli_usage(
			"reconcile --account NAME|--provider NAME --month MONTH [INVOICE --vat "
			"included|excluded [--vat-rate PERCENT] [--currency CODE]], or reconcile "
			"--forecast --run NUMBER|--day DATE?");
	status = cli_connect(cli, TIMEOUT_MS, &pg);
	if (status == CLI_OK && !(q.forecast ? forecast(pg, &q, &err) : reconcile(pg, &q, &err)))
		status = cli_failed(&err);
	pg_close(&pg);
	return status;
}
