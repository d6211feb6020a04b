/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* preview_sample - clients of a list, and what they would read; see preview.h. */
#include <string.h>

#include "apid/client_name.h"
#include "apid/preview.h"
#include "common/model/audience.h"
#include "common/base/mem.h"
#include "common/route/carry.h"

#define FIRST_CLIENTS (SAMPLE_CLIENTS / 2) /* the others are spread over the list */

enum column { COL_ID, COL_MSISDN, COL_OPT_OUT, COL_CONSENT, COL_EXTERNAL_ID };

#define SAMPLE_SQL                                                                                 \
	" SELECT k.id, k.msisdn, " COMPOSE_OPT_OUT_SQL ", n.id, " COMPOSE_CLIENT_SQL               \
	"   FROM picked p JOIN client k ON k.id = p.id"                                            \
	"   LEFT JOIN opt_out o ON o.msisdn = k.msisdn" COMPOSE_CONSENT_SQL(                       \
		"$7", "k.msisdn", "k.id") " WHERE " AUDIENCE_HAS_SQL("k") " ORDER BY k.id"
/* Where the i-th of $1 look-ups begins: evenly spread, a little to the side, always the same. */
#define POINT_SQL                                                                                  \
	"e.lo + (e.hi - e.lo) / $1::bigint * i"                                                    \
	" + (e.hi - e.lo) / $1::bigint * (hashint4(i) & 1023) / 1024"

/* Every way takes the same parameters, so that they are pushed once: $6 is a list or a client, $7
 * the purpose that consent is needed for. */
static const struct pg_stmt of_all = {
	"sample_all",
	"WITH picked AS ((SELECT id FROM client WHERE $6::bigint = 0 ORDER BY id LIMIT $1::bigint)"
	" UNION SELECT x.id FROM (SELECT min(id) AS lo, max(id) AS hi FROM client) e"
	"  CROSS JOIN generate_series(0, $1::integer - 1) i"
	"  CROSS JOIN LATERAL (SELECT id FROM client WHERE id >= " POINT_SQL
	"       ORDER BY id LIMIT 1) x)" SAMPLE_SQL};

static const struct pg_stmt of_list = {
	"sample_list",
	"WITH picked AS ((SELECT client_id AS id FROM list_member WHERE list_id = $6::bigint"
	"       ORDER BY client_id LIMIT $1::bigint)"
	" UNION SELECT x.client_id FROM (SELECT"
	"       (SELECT client_id FROM list_member WHERE list_id = $6::bigint"
	"         ORDER BY client_id LIMIT 1) AS lo,"
	"       (SELECT client_id FROM list_member WHERE list_id = $6::bigint"
	"         ORDER BY client_id DESC LIMIT 1) AS hi) e"
	"  CROSS JOIN generate_series(0, $1::integer - 1) i"
	"  CROSS JOIN LATERAL (SELECT client_id FROM list_member WHERE list_id = $6::bigint"
	"       AND client_id >= " POINT_SQL " ORDER BY client_id LIMIT 1) x)" SAMPLE_SQL};

static const struct pg_stmt of_client = {
	"sample_client",
	"WITH picked AS (SELECT $6::bigint AS id WHERE $1::bigint > 0)" SAMPLE_SQL};

/* --- accounts ------------------------------------------------------------------------------------
 */

const struct route_account *preview_account(const struct route_table *routes, int16_t account_id,
					    uint64_t n)
{
	static const struct route_account plain = {.split = SMS_SPLIT_UDH8,
						   .max_parts = SMS_PARTS_MAX};
	const struct route_account *account = route_choose(routes, account_id, n);

	return account != NULL ? account : &plain;
}

bool preview_routes(struct request *r, struct route_table **out, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	if (!request_query(r, &route_accounts_stmt, &rows, err))
		return false;
	*out = mem_calloc(1, sizeof(**out));
	ok = route_table_fill(*out, rows, err);
	pg_result_free(&rows);
	if (!ok) {
		mem_free(*out);
		*out = NULL;
	}
	return ok;
}

/* --- taking --------------------------------------------------------------------------------------
 */

static bool read_rows(struct request *r, const struct preview *p, int16_t purpose,
		      struct pg_result **out, struct err *err)
{
	const struct pg_stmt *stmt = &of_all;
	int64_t from = 0;

	if (p->client_id != 0) {
		stmt = &of_client;
		from = p->client_id;
	} else if (p->list_id != 0) {
		stmt = &of_list;
		from = p->list_id;
	}
	pg_param_int32(r->params, FIRST_CLIENTS);
	compose_params(r->params, p->plan);
	pg_param_int64(r->params, from);
	pg_param_int16(r->params, purpose);
	return request_query(r, stmt, out, err);
}

/* What messages cost: by the routing they will take, as far as it is known what they are. */
struct pricing {
	struct route_scope scope;
	struct carry carry;
};

static void pricing_init(struct pricing *pricing, const struct preview *p)
{
	const struct route_ask ask = {
		.category = p->category != 0 ? p->category : CATEGORY_ADVERTISING,
		.class = CLASS_ADVERTISING,
		.sender = "",
		.pinned = p->account_id,
	};

	route_scope_init(&pricing->scope, &p->routes->book, &ask);
	pricing->carry = (struct carry){.scope = &pricing->scope, .max_parts = SMS_PARTS_MAX};
}

/* Where nobody would carry it yet, the account's own price. */
static int64_t cost_of(struct pricing *pricing, const struct preview *p, int64_t msisdn,
		       const struct buf *text, int64_t flat_micro)
{
	struct route_message message = {.msisdn = msisdn, .draw = (uint64_t)msisdn};
	struct carried carried;

	if (pricing->scope.count == 0)
		return flat_micro;
	message.operator_id = route_store_operator(p->routes, msisdn, 0);
	if (carry_text(&pricing->carry, text, &message, &carried) != REASON_NONE)
		return flat_micro;
	return carried.decision.cost_micro;
}

/* The text as it is written, in every spelling; `pricing` is NULL when nobody asks for the cost. */
static void measure_spelled(const struct samples *s, struct pricing *pricing,
			    const struct route_account *account, const struct buf *written,
			    struct sample *out)
{
	int64_t msisdn = pg_int(s->rows, out->row, COL_MSISDN);
	const struct preview *p = s->preview;
	struct buf text;

	buf_init(&text, COMPOSE_BYTES_MAX);
	for (int i = 0; i <= SPELLING_LAST; i++) {
		struct sms_parts parts;

		buf_reset(&text);
		buf_add(&text, written->data, written->len);
		if (compose_spell((enum sms_spelling)i, &text) != REASON_NONE ||
		    compose_measure(&text, account, SMS_PARTS_MAX, &parts) != REASON_NONE)
			continue;
		out->spelled[i] = (struct sample_spelled){
			.parts = parts.count,
			.rewritten = strcmp(buf_str(&text), buf_str(written)) != 0,
		};
		if (pricing != NULL)
			out->spelled[i].cost_micro = cost_of(pricing, p, msisdn, &text,
							     account->price_micro * parts.count);
		if ((enum sms_spelling)i != render_plan_spelling(p->plan))
			continue;
		out->parts = parts.count;
		out->units = parts.units;
		out->encoding = parts.encoding;
	}
	buf_deinit(&text);
}

static void measure(const struct samples *s, const struct route_table *routes,
		    struct pricing *pricing, struct buf *text, struct sample *out)
{
	const struct preview *p = s->preview;
	struct route_account account = *preview_account(routes, p->account_id, out->row);
	struct render_note note;

	/* What is too long shall be seen with all its parts. */
	account.max_parts = SMS_PARTS_MAX;
	if (compose_written(p->plan, s->rows, out->row, COL_EXTERNAL_ID, NULL, text, &note) ==
	    REASON_NONE)
		measure_spelled(s, pricing, &account, text, out);
	out->missing = note.missing;
	out->empty = note.empty;
}

/* Left out whatever their text says. */
static bool left_out(const struct preview *p, const struct pg_result *rows, size_t row,
		     int16_t purpose)
{
	return compose_judge(pg_int(rows, row, COL_MSISDN), pg_int(rows, row, COL_OPT_OUT),
			     p->category) != REASON_NONE ||
	       (purpose != 0 && compose_consent(pg_int(rows, row, COL_CONSENT)) != REASON_NONE);
}

bool samples_take(struct request *r, const struct preview *preview, struct samples *out,
		  struct err *err)
{
	struct route_table *routes = NULL;
	int16_t purpose = 0; /* 0: no consent is needed */
	struct pricing *pricing = NULL;
	struct buf text;

	*out = (struct samples){.preview = preview};
	if (!compose_purpose(r->pg, preview->category, &purpose, err) ||
	    !preview_routes(r, &routes, err))
		return false;
	if (!read_rows(r, preview, purpose, &out->rows, err)) {
		mem_free(routes);
		return false;
	}
	if (preview->routes != NULL) {
		pricing = mem_calloc(1, sizeof(*pricing));
		pricing_init(pricing, preview);
	}
	buf_init(&text, COMPOSE_BYTES_MAX);
	for (size_t row = 0; row < pg_rows(out->rows) && out->count < SAMPLE_CLIENTS; row++) {
		struct sample *item = &out->item[out->count];

		if (preview->client_id == 0 && left_out(preview, out->rows, row, purpose))
			continue;
		item->row = row;
		measure(out, routes, pricing, &text, item);
		out->no_text += item->parts == 0;
		out->count++;
	}
	buf_deinit(&text);
	mem_free(pricing);
	mem_free(routes);
	return true;
}

void samples_deinit(struct samples *s)
{
	pg_result_free(&s->rows);
}

/* --- showing -------------------------------------------------------------------------------------
 */

void sample_text(const struct samples *s, const struct sample *item, struct buf *out)
{
	compose_text(s->preview->plan, s->rows, item->row, COL_EXTERNAL_ID, NULL, out, NULL);
}

int64_t sample_msisdn(const struct samples *s, const struct sample *item)
{
	return pg_int(s->rows, item->row, COL_MSISDN);
}

static void put_sample(struct json_out *json, const struct samples *s, const struct sample *item,
		       const char *kind)
{
	struct buf text;

	json_object(json, NULL);
	json_put_id(json, "client_id", pg_int(s->rows, item->row, COL_ID));
	client_put_name(json, "client", s->rows, item->row, COL_EXTERNAL_ID);
	json_put_phone(json, "phone", pg_int(s->rows, item->row, COL_MSISDN));
	if (item->parts > 0) {
		buf_init(&text, COMPOSE_BYTES_MAX);
		sample_text(s, item, &text);
		json_put_private(json, "text", buf_str(&text));
		buf_deinit(&text);
		json_put_text(json, "encoding", item->encoding == SMS_GSM7 ? "gsm7" : "ucs2");
	} else {
		json_put_null(json, "text");
		json_put_null(json, "encoding");
	}
	json_put_int(json, "parts", item->parts);
	json_put_int(json, "units", item->units);
	json_put_text(json, "kind", kind);
	json_put_text(json, "missing", item->missing);
	json_object_end(json);
}

static bool longer(const struct sample *a, const struct sample *b)
{
	return a->parts != b->parts ? a->parts > b->parts : a->units > b->units;
}

static bool shorter(const struct sample *a, const struct sample *b)
{
	return longer(b, a);
}

static bool emptier(const struct sample *a, const struct sample *b)
{
	return a->empty > b->empty;
}

/* The best sample not shown yet; those without a text count for the emptiest only.  NULL: none. */
static const struct sample *best(const struct samples *s, const bool *shown,
				 bool (*better)(const struct sample *, const struct sample *))
{
	const struct sample *found = NULL;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *item = &s->item[i];

		if (shown[i] || (better != emptier && item->parts == 0) ||
		    (better == emptier && item->empty == 0))
			continue;
		if (found == NULL || (better != NULL && better(item, found)))
			found = item;
	}
	return found;
}

void samples_put(struct json_out *json, const struct samples *s, size_t limit)
{
	static const struct {
		const char *kind;
		bool (*better)(const struct sample *, const struct sample *);
	} wanted[] = {
		{"first", NULL}, {"longest", longer}, {"shortest", shorter}, {"emptiest", emptier}};
	bool shown[SAMPLE_CLIENTS] = {false};

	json_array(json, "samples");
	for (size_t n = 0, tried = 0; n < limit && tried < limit + 4; tried++) {
		size_t w = tried < 4 ? tried : 0;
		const struct sample *item = best(s, shown, wanted[w].better);

		if (item == NULL)
			continue;
		shown[item - s->item] = true;
		put_sample(json, s, item, wanted[w].kind);
		n++;
	}
	json_array_end(json);
}
