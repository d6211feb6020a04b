/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* tariffs - price lists: the difference a file would make, storing it, reading them; rates. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apid/tariff.h"
#include "common/web/json.h"

#define CHANGES_SHOWN 500
#define RATE_MAX      1000000000000 /* a million roubles */

/* --- what is offered -----------------------------------------------------------------------------
 */

struct upload {
	struct tariff_offer offer;
	struct tariff_file file;
	struct tariff_before before;
	char by[CALLER_NAME_SIZE];
};

static void take_currency(struct request *r, struct tariff_offer *offer)
{
	offer->currency = http_query(r->call, "currency");
	if (offer->currency != NULL && (strlen(offer->currency) != 3 ||
					strspn(offer->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
		problem_field(&r->problem, "currency", offer->currency,
			      "the three letters of a currency, such as RUB");
}

static bool take_offer(struct request *r, struct upload *u, struct err *err)
{
	static const struct money_choice unit = {"unit", "part", "message", "part",
						 "part or message"};
	static const struct money_choice charge_on = {"charge_on", "acceptance", "delivery",
						      "acceptance", "acceptance or delivery"};
	struct tariff_offer *offer = &u->offer;
	const char *from = http_query(r->call, "from");

	offer->vat_included = !money_choice(r, &money_vat);
	offer->vat_bp = money_percent(r, "vat_rate");
	offer->by_message = money_choice(r, &unit);
	offer->on_delivery = money_choice(r, &charge_on);
	offer->file_name = money_file_name(r);
	offer->by = caller_name(&r->caller, u->by);
	take_currency(r, offer);
	if (from == NULL || !date_parse(from, &offer->day))
		problem_field(&r->problem, "from", from == NULL ? "nothing" : from,
			      "a date such as 2026-12-01");
	return money_owner(r, &offer->owner, err);
}

static bool read_file(struct request *r, struct upload *u, struct err *err)
{
	int fd = money_body_file(r, err);
	bool ok;

	if (fd < 0)
		return false;
	ok = tariff_file_read(&u->file, fd, r->pg, err);
	close(fd);
	if (!ok)
		return money_refuse_file(r, err);
	money_refuse_sheet(r, &u->file.sheet);
	return true;
}

/* Everything but the change itself.  False: the store failed. */
static bool upload_begin(struct request *r, struct upload *u, struct err *err)
{
	memset(u, 0, sizeof(*u));
	if (!take_offer(r, u, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!read_file(r, u, err))
		return false;
	if (problem_found(&r->problem) || tariff_before_find(r->pg, &u->offer, &u->before, err))
		return true;
	if (err->kind != ERR_INPUT)
		return false;
	problem_field(&r->problem, "currency",
		      u->offer.currency != NULL ? u->offer.currency : u->offer.owner.currency,
		      "a currency with a rate for that day");
	return true;
}

/* --- POST /v1/tariffs/preview --------------------------------------------------------------------
 */

static int64_t total_of(const struct pg_result *rows, const char *kind)
{
	for (size_t i = 0; i < pg_rows(rows); i++)
		if (strcmp(pg_text(rows, i, CHANGE_KIND), kind) == 0)
			return pg_int(rows, i, CHANGE_TOTAL);
	return 0;
}

static void put_price(struct json_out *json, const char *key, const struct pg_result *rows,
		      size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_micro(json, key, pg_int(rows, i, col));
}

static void put_change(struct json_out *json, const struct pg_result *rows, size_t i)
{
	int64_t by = tariff_change_bp(pg_int(rows, i, CHANGE_OLD), pg_int(rows, i, CHANGE_NEW));

	json_object(json, NULL);
	json_put_text(json, "change", pg_text(rows, i, CHANGE_KIND));
	json_put_text(json, "operator", text_or_null(rows, i, CHANGE_OPERATOR));
	json_put_text(json, "prefix", text_or_null(rows, i, CHANGE_PREFIX));
	money_put_conditions(json, pg_int(rows, i, CHANGE_CATEGORY),
			     pg_int(rows, i, CHANGE_REGISTERED), pg_int(rows, i, CHANGE_SENDER));
	put_price(json, "old_price", rows, i, CHANGE_OLD);
	put_price(json, "new_price", rows, i, CHANGE_NEW);
	if (pg_null(rows, i, CHANGE_OLD) || pg_null(rows, i, CHANGE_NEW))
		json_put_null(json, "change_bp");
	else
		json_put_int(json, "change_bp", by);
	json_object_end(json);
}

static void put_changes(struct json_out *json, const struct upload *u, const struct pg_result *rows)
{
	int64_t changed = total_of(rows, "changed"), added = total_of(rows, "new");
	char hex[2 * SHEET_SHA256 + 1];

	for (size_t i = 0; i < SHEET_SHA256; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", u->file.sheet.sha256[i]);
	json_object(json, NULL);
	json_put_id(json, "against", u->before.id);
	json_put_int(json, "rows", (int64_t)u->file.count);
	json_put_int(json, "changed", changed);
	json_put_int(json, "new", added);
	json_put_int(json, "gone", total_of(rows, "gone"));
	json_put_int(json, "same", (int64_t)u->file.count - changed - added);
	json_put_text(json, "sha256", hex);
	json_array(json, "changes");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_change(json, rows, i);
	json_array_end(json);
	json_object_end(json);
}

bool tariff_preview(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;
	struct upload u;
	bool ok = upload_begin(r, &u, err);

	if (ok && !problem_found(&r->problem)) {
		ok = tariff_changes(r->pg, &u.offer, &u.file, u.before.id, CHANGES_SHOWN, &rows,
				    err);
		if (ok) {
			put_changes(&r->json, &u, rows);
			request_reply(r, 200);
		}
	}
	pg_result_free(&rows);
	tariff_file_deinit(&u.file);
	return ok;
}

/* --- reading -------------------------------------------------------------------------------------
 */

#define TARIFF_FIELDS                                                                              \
	"SELECT t.id, a.name, p.name, t.currency, t.vat_included, t.vat_bp, t.unit, t.charge_on,"  \
	"       company_day(t.valid_from)::text, company_day(t.valid_to)::text, t.row_count,"      \
	"       t.file_name, encode(t.file_sha256, 'hex'), t.loaded_by, t.loaded_at"               \
	"  FROM tariff t LEFT JOIN account a ON a.id = t.account_id"                               \
	"  LEFT JOIN provider p ON p.id = t.provider_id "

static void put_tariff(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "account", text_or_null(rows, i, 1));
	json_put_text(json, "provider", text_or_null(rows, i, 2));
	json_put_text(json, "currency", pg_text(rows, i, 3));
	json_put_text(json, "vat", pg_bool(rows, i, 4) ? "included" : "excluded");
	if (pg_null(rows, i, 5))
		json_put_null(json, "vat_rate");
	else
		json_put_micro(json, "vat_rate", pg_int(rows, i, 5) * 10000);
	json_put_text(json, "unit", pg_text(rows, i, 6));
	json_put_text(json, "charge_on", pg_text(rows, i, 7));
	json_put_text(json, "from", pg_text(rows, i, 8));
	json_put_text(json, "until", text_or_null(rows, i, 9));
	json_put_int(json, "rows", pg_int(rows, i, 10));
	json_put_text(json, "file_name", pg_text(rows, i, 11));
	json_put_text(json, "sha256", pg_text(rows, i, 12));
	json_put_text(json, "loaded_by", pg_text(rows, i, 13));
	json_put_time(json, "loaded_at", pg_time_us(rows, i, 14));
	json_object_end(json);
}

static bool reply_tariff(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"tariff_get", TARIFF_FIELDS "WHERE t.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "tariff");
	} else {
		put_tariff(&r->json, rows, 0);
		request_reply(r, status);
	}
	pg_result_free(&rows);
	return true;
}

/* GET /v1/tariffs */
bool tariff_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"tariff_list", TARIFF_FIELDS
		"WHERE ($1::bigint = 0 OR t.id < $1) AND ($3::text IS NULL OR a.name = $3)"
		"  AND ($4::text IS NULL OR p.name = $4) ORDER BY t.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text(r->params, http_query(r->call, "account"));
	pg_param_text(r->params, http_query(r->call, "provider"));
	return page_reply(r, &page, &list, "tariffs", put_tariff, err);
}

/* GET /v1/tariffs/{id} */
bool tariff_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "tariff", &id) || reply_tariff(r, id, 200, err);
}

static void put_row(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_int(json, "line", pg_int(rows, i, 1));
	json_put_text(json, "operator", text_or_null(rows, i, 2));
	json_put_text(json, "network", text_or_null(rows, i, 3));
	json_put_text(json, "prefix", text_or_null(rows, i, 4));
	money_put_conditions(json, pg_int(rows, i, 5), pg_int(rows, i, 6), pg_int(rows, i, 7));
	json_put_micro(json, "price", pg_int(rows, i, 8));
	json_object_end(json);
}

/* GET /v1/tariffs/{id}/rows: of ?query= those of an operator whose name has it, of networks and
 * prefixes that begin like it, or that a number beginning like it is of. */
bool tariff_rows(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"tariff_rows_page",
		"SELECT r.id, r.line, o.code, r.network, r.prefix, coalesce(r.category, 0),"
		"       CASE WHEN r.registered IS NULL THEN -1 ELSE r.registered::int END,"
		"       coalesce(r.sender_kind, 0), r.price_micro"
		"  FROM tariff_row r LEFT JOIN operator o ON o.id = r.operator_id"
		" WHERE r.tariff_id = $3::bigint AND r.id > $1::bigint AND ($4::text IS NULL"
		"       OR o.code = lower($4) OR position(lower($4) IN lower(o.name)) > 0"
		"       OR starts_with(r.network, $4) OR starts_with(r.prefix, $4)"
		"       OR starts_with($4, r.prefix)) ORDER BY r.id LIMIT $2::bigint + 1"};
	const char *query = http_query(r->call, "query");
	struct page page;
	int64_t id;

	if (!request_id(r, 0, "tariff", &id) || !page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, id);
	pg_param_text(r->params, query != NULL && query[0] != '\0' ? query : NULL);
	return page_reply(r, &page, &list, "rows", put_row, err);
}

/* --- POST /v1/tariffs ----------------------------------------------------------------------------
 */

/* What the caller saw in force; 0 is none. */
static bool take_against(struct request *r, int32_t *out)
{
	const char *text = http_query(r->call, "against");
	int64_t id = 0;

	if (text == NULL || (strcmp(text, "0") != 0 && (!id_parse(text, &id) || id > INT32_MAX))) {
		problem_field(&r->problem, "against", text == NULL ? "nothing" : text,
			      "what the preview said under against");
		return false;
	}
	*out = (int32_t)id;
	return true;
}

static bool store(struct request *r, const struct upload *u, int32_t against, struct err *err)
{
	int32_t id;

	if (!tariff_put(r->pg, &u->offer, &u->file, against, &id, err))
		return false;
	if (id != 0)
		return reply_tariff(r, id, 201, err);
	problem_conflict(&r->problem, "Another tariff is in force then than the one this file was "
				      "compared with. Look at the preview again");
	return true;
}

bool tariff_create(struct request *r, struct err *err)
{
	int32_t against = 0;
	struct upload u;
	bool ok;

	take_against(r, &against);
	ok = upload_begin(r, &u, err);
	if (ok && !problem_found(&r->problem))
		ok = store(r, &u, against, err);
	tariff_file_deinit(&u.file);
	return ok;
}

/* --- rates of currencies -------------------------------------------------------------------------
 */

static void put_rate(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "currency", pg_text(rows, i, 0));
	json_put_text(json, "day", pg_text(rows, i, 1));
	json_put_micro(json, "roubles", pg_int(rows, i, 2));
	json_object_end(json);
}

/* GET /v1/currency-rates: of each currency the newest ones. */
bool currency_rate_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"currency_rate_list",
		"SELECT currency, day::text, rate_micro FROM (SELECT c.*, row_number() OVER"
		"       (PARTITION BY currency ORDER BY day DESC) AS n FROM currency_rate c) x"
		" WHERE n <= 31 ORDER BY currency, day DESC"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "rates");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_rate(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

static void rate_in(struct request *r, const struct cJSON *doc)
{
	const char *currency, *roubles;
	struct json_in in;
	int64_t micro = 0;
	int32_t day = 0;
	char text[TARIFF_DAY_SIZE];

	json_in_begin(&in, doc, &r->problem, "");
	currency = json_in_text(&in, "currency", JSON_REQUIRED, 3);
	json_in_date(&in, "day", JSON_REQUIRED, &day);
	roubles = json_in_text(&in, "roubles", JSON_REQUIRED, 20);
	if (roubles != NULL && (!sheet_micro(roubles, RATE_MAX, &micro) || micro == 0))
		json_in_refuse(&in, "roubles", roubles, "roubles for one unit, such as \"81.35\"");
	if (currency != NULL &&
	    (strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3 || strcmp(currency, "RUB") == 0))
		json_in_refuse(&in, "currency", currency,
			       "the three letters of a currency other than RUB");
	json_in_end(&in);
	pg_param_text(r->params, currency);
	pg_param_text(r->params, tariff_day(day, text));
	pg_param_int64(r->params, micro);
}

/* PUT /v1/currency-rates */
bool currency_rate_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"currency_rate_put",
		"INSERT INTO currency_rate (currency, day, rate_micro)"
		" VALUES ($1, $2::text::date, $3)"
		" ON CONFLICT (currency, day) DO UPDATE SET rate_micro = excluded.rate_micro,"
		"       loaded_at = clock_timestamp() RETURNING currency, day::text, rate_micro"};
	struct pg_result *rows = NULL;
	struct cJSON *doc;

	if (!request_json(r, &doc))
		return true;
	rate_in(r, doc);
	json_free(&doc);
	if (problem_found(&r->problem))
		return true;
	if (!request_query(r, &put, &rows, err))
		return false;
	put_rate(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
