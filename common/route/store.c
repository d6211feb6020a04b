/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* store - reading what routing goes by. */
#include "common/route/store.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/route/quality.h"

#define LOOK_MS	   1000
#define MEASURE_MS 30000
#define US_PER_S   1000000
#define S_PER_HOUR 3600

/* --- statements ----------------------------------------------------------------------------------
 */

static const struct pg_stmt look_stmt = {
	"route_look",
	"SELECT v.version, floor(extract(epoch FROM statement_timestamp()) / 3600)::bigint,"
	"       coalesce((SELECT n.id FROM numbering_version n WHERE n.valid_to IS NULL), 0),"
	"       statement_timestamp() FROM route_version v",
};

static const struct pg_stmt health_stmt = {
	"route_health",
	"SELECT account_id, round(points)::integer, grade, trial FROM account_health",
};

static const struct pg_stmt quality_stmt = {
	"route_quality",
	"SELECT account_id, operator_id, round(sent)::bigint, round(delivered)::bigint"
	"  FROM account_quality ORDER BY account_id, operator_id",
};

static const struct pg_stmt contracts_stmt = {
	"route_contracts",
	"SELECT c.account_id, c.operator_id FROM operator_contract c,"
	"       (SELECT (statement_timestamp() AT TIME ZONE 'Europe/Moscow')::date AS day) t"
	" WHERE c.valid_from <= t.day AND coalesce(c.valid_to, t.day) >= t.day",
};

static const struct pg_stmt rules_stmt = {
	"route_rules",
	"SELECT id, name, category, class, operator_id, prefix, sender, accounts, weights,"
	"       only_these, price_max_micro, round(delivery_min * 10000)::integer, spread_percent,"
	"       receipt_within_s FROM route_rule WHERE enabled ORDER BY position LIMIT 257",
};

static const struct pg_stmt facts_stmt = {
	"route_facts",
	"SELECT ARRAY(SELECT DISTINCT account_id FROM account_cap),"
	"       EXISTS (SELECT 1 FROM tariff_row WHERE operator_id IS NOT NULL)"
	"       OR EXISTS (SELECT 1 FROM route_rule WHERE operator_id IS NOT NULL)"
	"       OR EXISTS (SELECT 1 FROM operator_contract)"
	"       OR EXISTS (SELECT 1 FROM sender_registration WHERE operator_id IS NOT NULL)"
	"       OR EXISTS (SELECT 1 FROM template_registration WHERE operator_id IS NOT NULL)"
	"       OR EXISTS (SELECT 1 FROM account_quality WHERE operator_id <> 0),"
	"       EXISTS (SELECT 1 FROM ported_number)",
};

/* --- life ----------------------------------------------------------------------------------------
 */

void route_store_init(struct route_store *store)
{
	*store = (struct route_store){.version = -1, .hour = -1, .numbering = -1};
}

void route_store_deinit(struct route_store *store)
{
	route_numbers_deinit(&store->numbers);
	tariff_book_free(&store->tariffs);
	registered_free(&store->registered);
}

void route_store_expire(struct route_store *store)
{
	store->looked_ms = store->measured_ms = 0;
}

bool route_store_fresh(const struct route_store *store)
{
	return store->looked_ms != 0 && clock_mono_ms() - store->looked_ms < LOOK_MS;
}

int16_t route_store_operator(const struct route_store *store, int64_t msisdn, int64_t ported)
{
	if (!store->by_operator || ported < 0)
		return 0;
	return ported > 0 ? (int16_t)ported : route_numbers_find(&store->numbers, msisdn);
}

static bool price_of(const void *tariffs, const struct route_account *account,
		     const struct tariff_query *query, struct tariff_price *out)
{
	return tariff_price(tariffs, account->id, query, out);
}

/* --- reading -------------------------------------------------------------------------------------
 */

/* The account's place in the table; false: there is none any more. */
static bool place_of(const struct route_store *store, int64_t account_id, size_t *out)
{
	const struct route_account *a = route_find(&store->book.table, (int16_t)account_id);

	if (a != NULL)
		*out = (size_t)(a - store->book.table.account);
	return a != NULL;
}

static bool operator_fits(int64_t id)
{
	return id > 0 && id < ROUTE_OPERATORS_MAX;
}

static void take_health(struct route_store *store, const struct pg_result *rows)
{
	size_t at;

	for (size_t i = 0; i < store->book.table.count; i++) {
		store->book.measure[i].points = 100;
		store->book.measure[i].grade = 0;
		store->book.measure[i].trial = false;
	}
	for (size_t i = 0; i < pg_rows(rows); i++) {
		if (!place_of(store, pg_int(rows, i, 0), &at))
			continue;
		store->book.measure[at].points = (uint8_t)pg_int(rows, i, 1);
		store->book.measure[at].grade = (uint8_t)pg_int(rows, i, 2);
		store->book.measure[at].trial = pg_bool(rows, i, 3);
	}
}

/* Rows come by account, the one for all operators first. */
static void take_quality(struct route_store *store, const struct pg_result *rows)
{
	size_t at;

	for (size_t i = 0; i < store->book.table.count; i++)
		memset(store->book.measure[i].rate, 0, sizeof(store->book.measure[i].rate));
	for (size_t i = 0; i < pg_rows(rows); i++) {
		struct quality q = {(double)pg_int(rows, i, 2), (double)pg_int(rows, i, 3)};
		int64_t op = pg_int(rows, i, 1);
		float *rate;

		if (!place_of(store, pg_int(rows, i, 0), &at))
			continue;
		rate = store->book.measure[at].rate;
		if (op == 0) {
			for (size_t k = 0; k < ROUTE_OPERATORS_MAX; k++)
				rate[k] = (float)quality_rate(&q, QUALITY_PRIOR);
		} else if (operator_fits(op)) {
			rate[op] = (float)quality_rate(&q, rate[0] > 0 ? (double)rate[0]
								       : QUALITY_PRIOR);
		}
	}
}

static void take_contracts(struct route_store *store, const struct pg_result *rows)
{
	size_t at;

	memset(store->book.contracts, 0, sizeof(store->book.contracts));
	for (size_t i = 0; i < pg_rows(rows); i++)
		if (place_of(store, pg_int(rows, i, 0), &at) && operator_fits(pg_int(rows, i, 1)))
			store->book.contracts[at] |= 1ull << pg_int(rows, i, 1);
}

static void take_facts(struct route_store *store, const struct pg_result *rows)
{
	int64_t capped[ROUTE_ACCOUNTS_MAX];
	size_t at, count = pg_int_array(rows, 0, 0, capped, ROUTE_ACCOUNTS_MAX);

	memset(store->capped, 0, sizeof(store->capped));
	store->caps = false;
	for (size_t i = 0; i < count && i < ROUTE_ACCOUNTS_MAX; i++)
		if (place_of(store, capped[i], &at))
			store->capped[at] = store->caps = true;
	store->by_operator = pg_bool(rows, 0, 1);
	store->ported = store->by_operator && pg_bool(rows, 0, 2);
}

static uint16_t bits_of(const struct pg_result *rows, size_t row, int col)
{
	return pg_null(rows, row, col) ? UINT16_MAX : (uint16_t)(1u << pg_int(rows, row, col));
}

static bool take_rule(struct route_rule *rule, const struct pg_result *rows, size_t i,
		      struct err *err)
{
	int64_t account[ROUTE_RULE_ACCOUNTS_MAX], weight[ROUTE_RULE_ACCOUNTS_MAX];
	size_t weights;

	*rule = (struct route_rule){
		.id = (int32_t)pg_int(rows, i, 0),
		.categories = bits_of(rows, i, 2),
		.classes = (uint8_t)bits_of(rows, i, 3),
		.operator_id = (int16_t)pg_int(rows, i, 4),
		.by_prefix = !pg_null(rows, i, 5),
		.account_count = pg_int_array(rows, i, 7, account, ROUTE_RULE_ACCOUNTS_MAX),
		.only = pg_bool(rows, i, 9),
		.price_max_micro = pg_int(rows, i, 10),
		.delivery_min = (float)pg_int(rows, i, 11) / 10000,
		.spread_percent = (int)pg_int(rows, i, 12),
		.receipt_within_s = (int32_t)pg_int(rows, i, 13),
	};
	(void)snprintf(rule->name, sizeof(rule->name), "%s", pg_text(rows, i, 1));
	(void)snprintf(rule->sender, sizeof(rule->sender), "%s", pg_text(rows, i, 6));
	weights = pg_int_array(rows, i, 8, weight, ROUTE_RULE_ACCOUNTS_MAX);
	if (rule->account_count > ROUTE_RULE_ACCOUNTS_MAX ||
	    (rule->by_prefix &&
	     !route_prefix_parse(pg_text(rows, i, 5), pg_len(rows, i, 5), &rule->prefix)))
		return err_set(err, ERR_INPUT, "routing rule \"%s\" cannot be read", rule->name);
	for (size_t k = 0; k < rule->account_count; k++) {
		rule->account[k] = (int16_t)account[k];
		rule->weight[k] = k < weights ? (int32_t)weight[k] : 0;
	}
	return true;
}

static bool take_rules(struct route_store *store, const struct pg_result *rows, struct err *err)
{
	if (pg_rows(rows) > ROUTE_RULES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d routing rules", ROUTE_RULES_MAX);
	store->book.rule_count = 0;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		if (!take_rule(&store->book.rule[i], rows, i, err))
			return false;
		store->book.rule_count++;
	}
	return true;
}

#define FULL_STEPS 3

/* Everything that route_version counts. */
static bool read_all(struct route_store *store, struct pg *pg, int64_t now_us, struct err *err)
{
	struct pg_result *outs[FULL_STEPS] = {NULL};
	struct tariff_book *tariffs = NULL;
	bool ok = pg_pipeline_begin(pg, err) && pg_pipeline_add(pg, &facts_stmt, NULL, err) &&
		  pg_pipeline_add(pg, &contracts_stmt, NULL, err) &&
		  pg_pipeline_add(pg, &rules_stmt, NULL, err) &&
		  pg_pipeline_end(pg, outs, FULL_STEPS, err);

	if (ok) {
		take_facts(store, outs[0]);
		take_contracts(store, outs[1]);
		ok = take_rules(store, outs[2], err);
	}
	for (size_t i = 0; i < FULL_STEPS; i++)
		pg_result_free(&outs[i]);
	if (!ok || !tariff_book_load(pg, now_us, &tariffs, err))
		return false;
	tariff_book_free(&store->tariffs);
	store->tariffs = tariffs;
	store->book.tariffs = tariffs;
	store->book.price = price_of;
	return true;
}

static bool read_quality(struct route_store *store, struct pg *pg, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!pg_run(pg, &quality_stmt, NULL, &rows, err))
		return false;
	take_quality(store, rows);
	pg_result_free(&rows);
	return true;
}

/* What the look found changed is read; what was read is noted only when all of it was. */
static bool follow(struct route_store *store, struct pg *pg, const struct pg_result *look,
		   struct err *err)
{
	int64_t version = pg_int(look, 0, 0), hour = pg_int(look, 0, 1);
	int64_t numbering = pg_int(look, 0, 2);
	bool changed = version != store->version || hour != store->hour;
	uint64_t now_ms = clock_mono_ms();

	if (changed && !read_all(store, pg, pg_time_us(look, 0, 3), err))
		return false;
	if (changed && store->by_operator && numbering != store->numbering) {
		if (!route_numbers_load(&store->numbers, pg, err))
			return false;
		store->numbering = numbering;
	}
	if (changed || store->measured_ms == 0 || now_ms - store->measured_ms >= MEASURE_MS) {
		if (!read_quality(store, pg, err))
			return false;
		store->measured_ms = now_ms;
	}
	store->version = version;
	store->hour = hour;
	return true;
}

#define LOOK_STEPS 3

bool route_store_refresh(struct route_store *store, struct pg *pg, struct err *err)
{
	struct pg_result *outs[LOOK_STEPS] = {NULL};
	uint64_t now_ms = clock_mono_ms();
	bool ok;

	if (route_store_fresh(store))
		return true;
	ok = pg_pipeline_begin(pg, err) && pg_pipeline_add(pg, &look_stmt, NULL, err) &&
	     pg_pipeline_add(pg, &route_accounts_stmt, NULL, err) &&
	     pg_pipeline_add(pg, &health_stmt, NULL, err) &&
	     pg_pipeline_end(pg, outs, LOOK_STEPS, err);
	if (ok && pg_rows(outs[0]) != 1)
		ok = err_set(err, ERR_INPUT, "table route_version has no row");
	ok = ok && route_table_fill(&store->book.table, outs[1], err) &&
	     registered_refresh(pg, &store->registered, err);
	if (ok) {
		take_health(store, outs[2]);
		ok = follow(store, pg, outs[0], err);
	}
	for (size_t i = 0; i < LOOK_STEPS; i++)
		pg_result_free(&outs[i]);
	if (ok)
		store->looked_ms = now_ms;
	return ok || err_wrap(err, "reading what routing goes by");
}
