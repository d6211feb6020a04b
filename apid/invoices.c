/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* invoices - what messages cost: the ledger, invoices beside it, and what was expected. */
#include <unistd.h>

#include "apid/tariff.h"
#include "common/base/mem.h"
#include "common/route/invoice.h"
#include "common/web/json.h"

#define CAUSES_MESSAGES_MAX 500000 /* some seconds */

/* --- an invoice ----------------------------------------------------------------------------------
 */

#define INVOICE_FIELDS                                                                             \
	"SELECT i.id, a.name, p.name, to_char(i.month, 'YYYY-MM'), i.currency, i.vat_included,"    \
	"       i.vat_bp, i.file_name, encode(i.file_sha256, 'hex'), i.loaded_by, i.loaded_at,"    \
	"       i.replaced_by FROM invoice i LEFT JOIN account a ON a.id = i.account_id"           \
	"  LEFT JOIN provider p ON p.id = i.provider_id "

static void put_head(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "account", text_or_null(rows, i, 1));
	json_put_text(json, "provider", text_or_null(rows, i, 2));
	json_put_text(json, "month", pg_text(rows, i, 3));
	json_put_text(json, "currency", pg_text(rows, i, 4));
	json_put_text(json, "vat", pg_bool(rows, i, 5) ? "included" : "excluded");
	json_put_micro(json, "vat_rate", pg_int(rows, i, 6) * 10000);
	json_put_text(json, "file_name", pg_text(rows, i, 7));
	json_put_text(json, "sha256", pg_text(rows, i, 8));
	json_put_text(json, "loaded_by", pg_text(rows, i, 9));
	json_put_time(json, "loaded_at", pg_time_us(rows, i, 10));
	put_id_or_null(json, "replaced_by", rows, i, 11);
}

static void put_invoice(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_head(json, rows, i);
	json_object_end(json);
}

/* GET /v1/invoices */
bool invoice_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"invoice_list", INVOICE_FIELDS
		"WHERE ($1::bigint = 0 OR i.id < $1) AND ($3::text IS NULL OR a.name = $3)"
		"  AND ($4::text IS NULL OR p.name = $4) ORDER BY i.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text(r->params, http_query(r->call, "account"));
	pg_param_text(r->params, http_query(r->call, "provider"));
	return page_reply(r, &page, &list, "invoices", put_invoice, err);
}

/* --- the comparison ------------------------------------------------------------------------------
 */

static void put_causes(struct json_out *json, const struct invoice_line *line, int32_t vat_bp)
{
	struct invoice_cause cause[INVOICE_CAUSES_MAX];
	size_t n = invoice_causes(line, vat_bp, cause);

	json_array(json, "causes");
	for (size_t i = 0; i < n; i++) {
		json_object(json, NULL);
		json_put_text(json, "cause", invoice_reason_name(cause[i].reason));
		json_put_micro(json, "sum", cause[i].micro);
		json_object_end(json);
	}
	json_array_end(json);
}

/* What the ledger has of a line, or of a row of its own. */
static void put_ours(struct json_out *json, const struct invoice_line *line)
{
	json_put_int(json, "messages", line->messages);
	json_put_int(json, "parts", line->parts);
	json_put_int(json, "charged", line->charged);
	json_put_int(json, "unpriced", line->unpriced);
	json_put_micro(json, "cost", line->cost_micro);
	json_put_int(json, "own_parts", line->own_parts);
	json_put_micro(json, "own_cost", line->own_micro);
}

static void put_line(struct json_out *json, const struct invoice_line *line, int32_t vat_bp)
{
	json_object(json, NULL);
	if (line->line != 0)
		json_put_int(json, "line", line->line);
	else
		json_put_null(json, "line");
	json_put_text(json, "operator", line->operator_code);
	money_put_conditions(json, line->category, line->registered, line->sender_kind);
	put_ours(json, line);
	json_put_int(json, "invoice_count", line->units);
	json_put_micro(json, "invoice_sum", line->sum_micro);
	json_put_micro(json, "difference", line->sum_micro - line->cost_micro);
	put_causes(json, line, vat_bp);
	json_object_end(json);
}

static bool put_lines(struct request *r, int32_t id, int32_t vat_bp, struct err *err)
{
	int64_t cost = 0, own = 0, sum = 0;
	struct pg_result *rows = NULL;

	if (!invoice_compare(r->pg, id, &rows, err))
		return false;
	json_array(&r->json, "lines");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		struct invoice_line line;

		invoice_line_at(rows, i, &line);
		put_line(&r->json, &line, vat_bp);
		cost += line.cost_micro;
		own += line.own_micro;
		sum += line.sum_micro;
	}
	json_array_end(&r->json);
	json_put_micro(&r->json, "cost", cost);
	json_put_micro(&r->json, "own_cost", own);
	json_put_micro(&r->json, "invoice_sum", sum);
	json_put_micro(&r->json, "difference", sum - cost);
	pg_result_free(&rows);
	return true;
}

static bool reply_invoice(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"invoice_get", INVOICE_FIELDS "WHERE i.id = $1::bigint"};
	struct pg_result *rows = NULL;
	int32_t vat_bp;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "invoice");
		return true;
	}
	put_head(&r->json, rows, 0);
	vat_bp = (int32_t)pg_int(rows, 0, 6);
	pg_result_free(&rows);
	if (!put_lines(r, (int32_t)id, vat_bp, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, status);
}

/* GET /v1/invoices/{id} */
bool invoice_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "invoice", &id) || reply_invoice(r, id, 200, err);
}

/* --- POST /v1/invoices ---------------------------------------------------------------------------
 */

static bool take_offer(struct request *r, struct invoice_offer *offer, char *by, struct err *err)
{
	const char *month = http_query(r->call, "month");

	offer->vat_included = !money_choice(r, &money_vat);
	offer->vat_bp = money_percent(r, "vat_rate");
	offer->file_name = money_file_name(r);
	offer->by = caller_name(&r->caller, by);
	if (month == NULL || !invoice_month_parse(month, &offer->month))
		problem_field(&r->problem, "month", month == NULL ? "nothing" : month,
			      "a month such as 2026-11");
	return money_owner(r, &offer->owner, err);
}

static bool store(struct request *r, const struct invoice_offer *offer, struct invoice_file *file,
		  struct err *err)
{
	int fd = money_body_file(r, err);
	int32_t id;
	bool ok;

	if (fd < 0)
		return false;
	ok = invoice_file_read(file, fd, r->pg, err);
	close(fd);
	if (!ok)
		return money_refuse_file(r, err);
	if (money_refuse_sheet(r, &file->sheet))
		return true;
	return invoice_put(r->pg, offer, file, &id, err) && reply_invoice(r, id, 201, err);
}

bool invoice_create(struct request *r, struct err *err)
{
	struct invoice_file *file = mem_calloc(1, sizeof(*file));
	struct invoice_offer offer = {0};
	char by[CALLER_NAME_SIZE];
	bool ok = take_offer(r, &offer, by, err);

	if (ok && !problem_found(&r->problem))
		ok = store(r, &offer, file, err);
	invoice_file_deinit(file);
	mem_free(file);
	return ok;
}

/* --- the ledger ----------------------------------------------------------------------------------
 */

static void put_costs(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "account", pg_text(rows, i, 0));
	json_put_text(json, "currency", pg_text(rows, i, 1));
	json_put_text(json, "operator", text_or_null(rows, i, 2));
	money_put_conditions(json, pg_int(rows, i, 3), pg_int(rows, i, 4), pg_int(rows, i, 5));
	json_put_int(json, "messages", pg_int(rows, i, 6));
	json_put_int(json, "parts", pg_int(rows, i, 7));
	json_put_int(json, "charged", pg_int(rows, i, 8));
	json_put_int(json, "unpriced", pg_int(rows, i, 9));
	json_put_micro(json, "cost", pg_int(rows, i, 10));
	json_put_micro(json, "cost_roubles", pg_int(rows, i, 11));
	json_put_int(json, "own_parts", pg_int(rows, i, 12));
	json_put_micro(json, "own_cost", pg_int(rows, i, 13));
	json_object_end(json);
}

/* Days, and a run, of a query; false: the problem is filled. */
static bool take_span(struct request *r)
{
	const char *from = http_query(r->call, "from"), *until = http_query(r->call, "until");
	const char *run = http_query(r->call, "run");
	int64_t run_id = 0;
	int32_t day;

	if (from != NULL && !date_parse(from, &day))
		problem_field(&r->problem, "from", from, "a date such as 2026-12-01");
	if (until != NULL && !date_parse(until, &day))
		problem_field(&r->problem, "until", until, "a date such as 2026-12-01");
	if (run != NULL && !id_parse(run, &run_id))
		problem_field(&r->problem, "run", run, "the id of a run");
	if (run == NULL && (from == NULL || until == NULL))
		problem_field(&r->problem, "from", from == NULL ? "nothing" : from,
			      "days from and until, or a run");
	pg_param_text(r->params, from);
	pg_param_text(r->params, until);
	pg_param_int64(r->params, run_id);
	return !problem_found(&r->problem);
}

/* GET /v1/costs */
bool costs_get(struct request *r, struct err *err)
{
	static const struct pg_stmt select = {
		"costs",
		"SELECT a.name, coalesce(t.currency, 'RUB'), o.code, l.category,"
		"       l.registered::int, l.sender_kind, sum(l.messages)::bigint,"
		"       sum(l.parts)::bigint, sum(l.charged)::bigint, sum(l.unpriced)::bigint,"
		"       sum(l.cost_micro)::bigint, sum(l.rouble_micro)::bigint,"
		"       sum(l.own_parts)::bigint, sum(l.own_micro)::bigint,"
		"       (SELECT reckoned_to FROM ledger_clock)"
		"  FROM ledger l JOIN account a ON a.id = l.account_id"
		"  LEFT JOIN operator o ON o.id = l.operator_id"
		"  LEFT JOIN tariff t ON t.id = l.tariff_id"
		" WHERE ($1::text IS NULL OR l.day >= $1::date)"
		"   AND ($2::text IS NULL OR l.day <= $2::date)"
		"   AND ($3::bigint = 0 OR l.run_id = $3)"
		" GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6"};
	struct pg_result *rows = NULL;
	int64_t roubles = 0;

	if (!take_span(r))
		return true;
	if (!request_query(r, &select, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "costs");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		put_costs(&r->json, rows, i);
		roubles += pg_int(rows, i, 11);
	}
	json_array_end(&r->json);
	json_put_micro(&r->json, "cost_roubles", roubles);
	json_put_time(&r->json, "reckoned_to", pg_rows(rows) > 0 ? pg_time_us(rows, 0, 14) : 0);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- what was expected ---------------------------------------------------------------------------
 */

struct run_span {
	int64_t run_id, low, high;
};

/* The home batches of a campaign's last run; run_id 0: there are none.  False: the store failed, or
 * the problem is filled. */
static bool find_run(struct request *r, int64_t campaign, struct run_span *out, struct err *err)
{
	static const struct pg_stmt find = {
		"campaign_costs_run",
		"SELECT b.run_id, min(b.id), max(b.id), sum(b.message_count)::bigint FROM batch b"
		" WHERE b.run_id = (SELECT max(r.id) FROM run r WHERE r.campaign_id = $1::bigint)"
		"   AND b.message_ids IS NULL GROUP BY 1"};
	struct pg_result *rows = NULL;

	*out = (struct run_span){0};
	pg_param_int64(r->params, campaign);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		*out = (struct run_span){pg_int(rows, 0, 0), pg_int(rows, 0, 1),
					 pg_int(rows, 0, 2)};
	if (pg_rows(rows) > 0 && pg_int(rows, 0, 3) > CAUSES_MESSAGES_MAX)
		problem_conflict(&r->problem,
				 "The causes are told for at most %d messages; of more the command "
				 "vestnik reconcile --forecast tells them",
				 CAUSES_MESSAGES_MAX);
	pg_result_free(&rows);
	return true;
}

static void put_run_causes(struct json_out *json, const struct pg_result *rows)
{
	int64_t expected = 0, settled = 0;

	json_object(json, NULL);
	json_array(json, "causes");
	for (size_t i = 0; rows != NULL && i < pg_rows(rows); i++) {
		json_object(json, NULL);
		json_put_text(json, "cause", pg_text(rows, i, 0));
		json_put_int(json, "messages", pg_int(rows, i, 1));
		json_put_micro(json, "expected", pg_int(rows, i, 2));
		json_put_micro(json, "settled", pg_int(rows, i, 3));
		json_object_end(json);
		expected += pg_int(rows, i, 2);
		settled += pg_int(rows, i, 3);
	}
	json_array_end(json);
	json_put_micro(json, "expected", expected);
	json_put_micro(json, "settled", settled);
	json_object_end(json);
}

/* GET /v1/campaigns/{id}/costs */
bool campaign_costs(struct request *r, struct err *err)
{
	static const struct pg_stmt select = {
		"campaign_costs", "SELECT cause, messages, forecast_micro, settled_micro"
				  "  FROM forecast_causes($1, $2, $3)"};
	struct pg_result *rows = NULL;
	struct run_span span;
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (!find_run(r, id, &span, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, span.run_id);
	pg_param_int64(r->params, span.low);
	pg_param_int64(r->params, span.high);
	if (span.run_id != 0 && !request_query(r, &select, &rows, err))
		return false;
	put_run_causes(&r->json, rows);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
