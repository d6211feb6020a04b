/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* vestnik tariff - price lists: load, list, show, end; rates of currencies and of VAT. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/money.h"
#include "cli/table.h"
#include "common/model/message.h"
#include "common/route/tariff_store.h"
#include "common/web/json.h"

enum { TIMEOUT_MS = 30000, LOAD_TIMEOUT_MS = 300000, CHANGES_SHOWN = 40 };

struct request {
	const char *account, *provider, *from, *vat, *vat_rate, *currency, *unit, *charge_on;
	bool apply;
	char **argument;
	size_t arguments;
};

/* --- load ----------------------------------------------------------------------------------------
 */

static bool choose(const char *what, const char *text, const char *first, const char *second,
		   bool *is_second, struct err *err)
{
	*is_second = text != NULL && strcmp(text, second) == 0;
	if (text == NULL || *is_second || strcmp(text, first) == 0)
		return true;
	return err_set(err, ERR_INPUT, "%s: \"%s\" is neither %s nor %s", what, text, first,
		       second);
}

static bool take_day(const struct request *q, int32_t *out, struct err *err)
{
	if (q->from == NULL || !date_parse(q->from, out))
		return err_set(err, ERR_INPUT, "--from: a date such as 2026-12-01 is expected");
	return true;
}

static bool take_terms(const struct request *q, struct tariff_offer *offer, struct err *err)
{
	bool excluded;

	offer->vat_bp = TARIFF_BY_LAW;
	if (q->vat == NULL)
		return err_set(err, ERR_INPUT,
			       "--vat: say whether the prices have the VAT "
			       "included or excluded");
	if (!choose("--vat", q->vat, "included", "excluded", &excluded, err) ||
	    !choose("--unit", q->unit, "part", "message", &offer->by_message, err) ||
	    !choose("--charge-on", q->charge_on, "acceptance", "delivery", &offer->on_delivery,
		    err) ||
	    !take_day(q, &offer->day, err))
		return false;
	offer->vat_included = !excluded;
	offer->currency = q->currency;
	if (q->vat_rate != NULL && !money_percent_parse(q->vat_rate, &offer->vat_bp))
		return err_set(err, ERR_INPUT, "--vat-rate: per cent such as 5 are expected");
	if (q->currency != NULL &&
	    (strlen(q->currency) != 3 || strspn(q->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
		return err_set(err, ERR_INPUT,
			       "--currency: three letters such as RUB are "
			       "expected");
	return true;
}

static const char *category_text(int64_t category)
{
	return category == 0 ? "any" : message_category_name((enum message_category)category);
}

static const char *sender_text(int64_t kind)
{
	return kind == 0 ? "any" : sender_kind_name((int)kind);
}

static const char *registered_text(int64_t registered)
{
	return registered < 0 ? "any" : registered > 0 ? "yes" : "no";
}

static const char *target_text(const struct pg_result *r, size_t i, int operator_column)
{
	if (!pg_null(r, i, operator_column))
		return pg_text(r, i, operator_column);
	return pg_null(r, i, operator_column + 1) ? "any" : pg_text(r, i, operator_column + 1);
}

static void print_changes(const struct pg_result *r)
{
	static const char *const headings[] = {"",	   "operator or prefix",
					       "category", "registered",
					       "sender",   ">old",
					       ">new",	   ">by",
					       NULL};
	struct table *t = table_new(headings);
	char text[MONEY_SIZE];

	for (size_t i = 0; i < pg_rows(r); i++) {
		bool old = !pg_null(r, i, CHANGE_OLD), new = !pg_null(r, i, CHANGE_NEW);

		table_text(t, pg_text(r, i, CHANGE_KIND));
		table_text(t, target_text(r, i, CHANGE_OPERATOR));
		table_text(t, category_text(pg_int(r, i, CHANGE_CATEGORY)));
		table_text(t, registered_text(pg_int(r, i, CHANGE_REGISTERED)));
		table_text(t, sender_text(pg_int(r, i, CHANGE_SENDER)));
		table_text(t, old ? money_price(pg_int(r, i, CHANGE_OLD), text) : "");
		table_text(t, new ? money_price(pg_int(r, i, CHANGE_NEW), text) : "");
		table_text(t, old && new ? money_percent(tariff_change_bp(pg_int(r, i, CHANGE_OLD),
									  pg_int(r, i, CHANGE_NEW)),
							 text)
					 : "");
	}
	table_print(t, stdout);
	table_free(&t);
}

/* How many there are of a kind of change: each row says it of its own. */
static int64_t changes_of(const struct pg_result *r, const char *kind)
{
	for (size_t i = 0; i < pg_rows(r); i++)
		if (strcmp(pg_text(r, i, CHANGE_KIND), kind) == 0)
			return pg_int(r, i, CHANGE_TOTAL);
	return 0;
}

static void print_before(const struct tariff_before *b)
{
	char vat[MONEY_SIZE];

	if (b->id == 0) {
		(void)printf("in force: no tariff\n");
		return;
	}
	(void)printf(
		"in force: tariff %d of the %s since %s: %s, %s VAT of %s %%, per %s, on %s\n",
		b->id, b->of_account ? "account" : "provider", b->from, b->currency,
		b->vat_included ? "with" : "without", money_price((int64_t)b->vat_bp * 10000, vat),
		b->by_message ? "message" : "part", b->on_delivery ? "delivery" : "acceptance");
}

static bool show_changes(struct pg *pg, const struct tariff_offer *offer,
			 const struct tariff_file *file, const struct tariff_before *before,
			 struct err *err)
{
	struct pg_result *r = NULL;
	int64_t changed, added;

	if (!tariff_changes(pg, offer, file, before->id, CHANGES_SHOWN, &r, err))
		return false;
	changed = changes_of(r, "changed");
	added = changes_of(r, "new");
	print_before(before);
	(void)printf("prices: %lld changed, %lld new, %lld gone, %lld as they are\n",
		     (long long)changed, (long long)added, (long long)changes_of(r, "gone"),
		     (long long)((int64_t)file->count - changed - added));
	if (pg_rows(r) > 0)
		print_changes(r);
	pg_result_free(&r);
	return true;
}

static bool apply(struct pg *pg, const struct tariff_offer *offer, const struct tariff_file *file,
		  const struct tariff_before *before, struct err *err)
{
	char day[TARIFF_DAY_SIZE];
	int32_t id;

	if (!tariff_put(pg, offer, file, before->id, &id, err))
		return false;
	if (id == 0)
		return err_set(err, ERR_INPUT,
			       "another tariff came into force meanwhile; look "
			       "at the difference again");
	(void)printf("tariff %d is in force from %s\n", id, tariff_day(offer->day, day));
	return true;
}

static bool load_file(struct pg *pg, const struct request *q, struct tariff_offer *offer,
		      struct tariff_file *file, struct err *err)
{
	const char *path = q->argument[0], *slash = strrchr(path, '/');
	struct tariff_before before;
	char by[80];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return err_set(err, ERR_INPUT, "%s cannot be opened", path);
	ok = tariff_file_read(file, fd, pg, err);
	(void)close(fd);
	if (!ok)
		return err_wrap(err, "%s", path);
	offer->file_name = slash != NULL ? slash + 1 : path;
	offer->by = money_whoever(by, sizeof(by));
	if (!money_no_faults(&file->sheet, path, err) ||
	    !tariff_before_find(pg, offer, &before, err) ||
	    !show_changes(pg, offer, file, &before, err))
		return false;
	if (q->apply)
		return apply(pg, offer, file, &before, err);
	(void)printf("nothing is stored; --apply stores it\n");
	return true;
}

static bool load(struct pg *pg, const struct request *q, struct err *err)
{
	struct tariff_offer offer = {0};
	struct tariff_file file = {0};
	bool ok;

	if ((q->account == NULL) == (q->provider == NULL))
		return err_set(err, ERR_INPUT, "whose tariff is it: --account or --provider?");
	ok = take_terms(q, &offer, err) &&
	     tariff_owner_find(pg, q->provider, q->account, &offer.owner, err) &&
	     load_file(pg, q, &offer, &file, err);
	tariff_file_deinit(&file);
	return ok;
}

/* --- list, show ----------------------------------------------------------------------------------
 */

static bool list(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt select = {
		"tariff_list",
		"SELECT t.id, coalesce('account ' || a.name, 'provider ' || p.name),"
		"       company_day(t.valid_from)::text, coalesce(company_day(t.valid_to)::text, "
		"'-'),"
		"       t.currency, CASE WHEN t.vat_included THEN 'with' ELSE 'without' END ||"
		"       coalesce(' ' || (t.vat_bp / 100.0)::numeric(5, 2) || ' %', ''),"
		"       t.unit, t.charge_on, t.row_count, t.file_name, t.loaded_by"
		"  FROM tariff t LEFT JOIN account a ON a.id = t.account_id"
		"  LEFT JOIN provider p ON p.id = t.provider_id"
		" WHERE ($1::text IS NULL OR a.name = $1) AND ($2::text IS NULL OR p.name = $2)"
		" ORDER BY t.provider_id, t.account_id, t.valid_from, t.id"};
	static const char *const headings[] = {">id",	   "of",   "from",	"until",
					       "currency", "VAT",  "per",	"charged on",
					       ">rows",	   "file", "loaded by", NULL};
	struct pg_params *params = pg_params_new();
	struct pg_result *r = NULL;
	struct table *t;
	bool ok;

	pg_param_text(params, q->account);
	pg_param_text(params, q->provider);
	ok = pg_run(pg, &select, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++)
		for (int c = 0; c < 11; c++) {
			if (c == 0 || c == 8)
				table_int(t, pg_int(r, i, c));
			else
				table_text(t, pg_text(r, i, c));
		}
	table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return true;
}

static bool show(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt select = {
		"tariff_show",
		"SELECT o.code, r.prefix, coalesce(r.category, 0),"
		"       CASE WHEN r.registered IS NULL THEN -1 ELSE r.registered::int END,"
		"       coalesce(r.sender_kind, 0), r.price_micro, coalesce(r.network, '')"
		"  FROM tariff_row r LEFT JOIN operator o ON o.id = r.operator_id"
		" WHERE r.tariff_id = $1::bigint"
		" ORDER BY r.operator_id, r.prefix NULLS LAST, r.category, r.registered, "
		"r.sender_kind"};
	static const char *const headings[] = {"operator or prefix",
					       "network",
					       "category",
					       "registered",
					       "sender",
					       ">price",
					       NULL};
	struct pg_params *params;
	struct pg_result *r = NULL;
	char text[MONEY_SIZE];
	struct table *t;
	int64_t id;
	bool ok;

	if (!id_parse(q->argument[0], &id))
		return err_set(err, ERR_INPUT, "\"%s\" is no tariff's number", q->argument[0]);
	params = pg_params_new();
	pg_param_int64(params, id);
	ok = pg_run(pg, &select, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	t = table_new(headings);
	for (size_t i = 0; i < pg_rows(r); i++) {
		table_text(t, target_text(r, i, 0));
		table_text(t, pg_text(r, i, 6));
		table_text(t, category_text(pg_int(r, i, 2)));
		table_text(t, registered_text(pg_int(r, i, 3)));
		table_text(t, sender_text(pg_int(r, i, 4)));
		table_text(t, money_price(pg_int(r, i, 5), text));
	}
	ok = pg_rows(r) > 0 || err_set(err, ERR_INPUT, "there is no tariff %lld", (long long)id);
	if (ok)
		table_print(t, stdout);
	table_free(&t);
	pg_result_free(&r);
	return ok;
}

/* --- end, rates ----------------------------------------------------------------------------------
 */

static bool end(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"tariff_end",
		"SELECT tariff_end((SELECT id FROM account WHERE name = $1), $2::text::date)"};
	struct pg_params *params;
	struct pg_result *r = NULL;
	int32_t day;
	bool ok;

	if (q->account == NULL)
		return err_set(err, ERR_INPUT, "whose tariff ends: --account?");
	if (!take_day(q, &day, err))
		return false;
	params = pg_params_new();
	pg_param_text(params, q->account);
	pg_param_text(params, q->from);
	ok = pg_run(pg, &stmt, params, &r, err);
	pg_params_free(&params);
	if (!ok)
		return false;
	ok = !pg_null(r, 0, 0) ||
	     err_set(err, ERR_INPUT, "no account \"%s\" has a tariff of its own on %s", q->account,
		     q->from);
	if (ok)
		(void)printf("tariff %lld ends; from %s the provider's holds\n",
			     (long long)pg_int(r, 0, 0), q->from);
	pg_result_free(&r);
	return ok;
}

/* A name, a day and a number stored by `stmt`. */
static bool store_rate(struct pg *pg, const struct pg_stmt *stmt, const char *name, const char *day,
		       int64_t value, struct err *err)
{
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_text(params, name);
	pg_param_text(params, day);
	pg_param_int64(params, value);
	ok = pg_run(pg, stmt, params, NULL, err);
	pg_params_free(&params);
	if (ok)
		(void)printf("%s: stored from %s on\n", name, day);
	return ok;
}

static bool rate(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"currency_rate_put",
		"INSERT INTO currency_rate (currency, day, rate_micro) VALUES ($1, $2::text::date, "
		"$3) ON CONFLICT (currency, day) DO UPDATE SET rate_micro = excluded.rate_micro,"
		" loaded_at = clock_timestamp()"};
	int64_t micro;
	int32_t day;

	if (!date_parse(q->argument[1], &day) ||
	    !sheet_micro(q->argument[2], INT64_C(1000000000000), &micro) || micro == 0)
		return err_set(err, ERR_INPUT,
			       "a currency, a date and roubles for one unit are "
			       "expected: USD 2026-12-01 81.35");
	return store_rate(pg, &stmt, q->argument[0], q->argument[1], micro, err);
}

static bool vat(struct pg *pg, const struct request *q, struct err *err)
{
	static const struct pg_stmt stmt = {
		"vat_rate_put",
		"INSERT INTO vat_rate (country, valid_from, rate_bp) VALUES ($1, $2::text::date, "
		"$3::bigint) ON CONFLICT (country, valid_from) DO UPDATE SET rate_bp = "
		"excluded.rate_bp"};
	int32_t day, bp;

	if (!date_parse(q->argument[1], &day) || !money_percent_parse(q->argument[2], &bp))
		return err_set(err, ERR_INPUT,
			       "a country, a date and per cent are expected: "
			       "RU 2026-01-01 22");
	return store_rate(pg, &stmt, q->argument[0], q->argument[1], bp, err);
}

/* --- words ---------------------------------------------------------------------------------------
 */

static const struct action {
	const char *word;
	size_t arguments;
	bool (*run)(struct pg *pg, const struct request *q, struct err *err);
} actions[] = {
	{"load", 1, load}, {"list", 0, list}, {"show", 1, show},
	{"end", 0, end},   {"rate", 3, rate}, {"vat", 3, vat},
};

static bool take_options(int argc, char **argv, struct request *q)
{
	static const struct option options[] = {{"account", required_argument, NULL, 'a'},
						{"provider", required_argument, NULL, 'p'},
						{"from", required_argument, NULL, 'f'},
						{"vat", required_argument, NULL, 'v'},
						{"vat-rate", required_argument, NULL, 'r'},
						{"currency", required_argument, NULL, 'c'},
						{"unit", required_argument, NULL, 'u'},
						{"charge-on", required_argument, NULL, 'o'},
						{"apply", no_argument, NULL, 'y'},
						{NULL, 0, NULL, 0}};
	const char **text[128] = {['a'] = &q->account, ['p'] = &q->provider, ['f'] = &q->from,
				  ['v'] = &q->vat,     ['r'] = &q->vat_rate, ['c'] = &q->currency,
				  ['u'] = &q->unit,    ['o'] = &q->charge_on};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'y')
			q->apply = true;
		else if (c > 0 && c < 128 && text[c] != NULL)
			*text[c] = optarg;
		else
			return false;
	}
	return true;
}

int cmd_tariff(struct cli *cli, int argc, char **argv)
{
	static const char usage[] =
		"tariff load FILE --account NAME|--provider NAME --from DATE --vat "
		"included|excluded [--vat-rate PERCENT] [--currency CODE] [--unit part|message] "
		"[--charge-on acceptance|delivery] [--apply], tariff list [--account NAME] "
		"[--provider NAME], tariff show NUMBER, tariff end --account NAME --from DATE, "
		"tariff rate CURRENCY DATE ROUBLES, or tariff vat COUNTRY DATE PERCENT?";
	struct request q = {0};
	struct err err = {0};
	struct pg *pg = NULL;
	int status;

	if (!take_options(argc, argv, &q) || optind >= argc)
		return cli_usage("%s", usage);
	q.argument = argv + optind + 1;
	q.arguments = (size_t)(argc - optind - 1);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(argv[optind], actions[i].word) != 0 ||
		    q.arguments != actions[i].arguments)
			continue;
		status = cli_connect(cli, actions[i].run == load ? LOAD_TIMEOUT_MS : TIMEOUT_MS,
				     &pg);
		if (status == CLI_OK && !actions[i].run(pg, &q, &err))
			status = cli_failed(&err);
		pg_close(&pg);
		return status;
	}
	return cli_usage("%s", usage);
}
