/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* providers - whom delivery is bought from: GET and POST /v1/providers, GET and PATCH
 * /v1/providers/{id}, GET /v1/provider-profiles. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/api.h"
#include "common/base/log.h"
#include "common/provider/shelf.h"

#define TITLE_CHARS_MAX	  200
#define CONTACT_CHARS_MAX 1000
#define GROUND_CHARS_MAX  1000

enum provider_column {
	COL_ID,
	COL_NAME,
	COL_TITLE,
	COL_COUNTRY,
	COL_GROUND,
	COL_CURRENCY,
	COL_CONTRACT,
	COL_CONTACT,
	COL_CHANGED,
	COL_ACCOUNT_IDS,
};

#define COLUMNS                                                                                    \
	"SELECT p.id::bigint, p.name, p.title, p.country, p.cross_border_ground, p.currency,"      \
	" p.contract, p.contact, p.changed_at,"                                                    \
	" coalesce((SELECT json_agg(a.id::text ORDER BY a.name) FROM account a"                    \
	"            WHERE a.provider_id = p.id), '[]')"                                           \
	" FROM provider p "

static void put_provider(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_text(json, "title", pg_text(rows, i, COL_TITLE));
	json_put_text(json, "country", pg_text(rows, i, COL_COUNTRY));
	json_put_text(json, "cross_border_ground", text_or_null(rows, i, COL_GROUND));
	json_put_text(json, "currency", pg_text(rows, i, COL_CURRENCY));
	json_put_text(json, "contract", pg_text(rows, i, COL_CONTRACT));
	json_put_text(json, "contact", pg_text(rows, i, COL_CONTACT));
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
	json_put_raw(json, "account_ids", pg_text(rows, i, COL_ACCOUNT_IDS),
		     pg_len(rows, i, COL_ACCOUNT_IDS));
	json_object_end(json);
}

/* GET /v1/providers */
bool provider_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"provider_list",
					    COLUMNS "WHERE p.id > $1::bigint ORDER BY p.id "
						    "LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	return page_reply(r, &page, &list, "providers", put_provider, err);
}

static bool put_one(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"provider_get", COLUMNS "WHERE p.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_provider(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "provider");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/providers/{id} */
bool provider_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "provider", &id))
		return true;
	return put_one(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* What a request says; NULL: nothing, which leaves it as it is. */
struct wanted {
	const char *name, *title, *country, *ground, *currency, *contract, *contact;
	bool has_ground;
};

static bool fits(const char *text, size_t min, size_t max, const char *first, const char *others)
{
	size_t len = strlen(text);

	return len >= min && len <= max && strchr(first, text[0]) != NULL &&
	       strspn(text, others) == len;
}

#define SMALL "abcdefghijklmnopqrstuvwxyz0123456789"
#define LARGE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void read_wanted(const struct cJSON *doc, bool new, struct wanted *w,
			struct problem *problem)
{
	struct json_in in;

	*w = (struct wanted){0};
	json_in_begin(&in, doc, problem, "");
	w->name = json_in_text(&in, "name", new ? JSON_REQUIRED : JSON_OPTIONAL, 32);
	if (w->name != NULL && !fits(w->name, 1, 32, SMALL, SMALL "-_"))
		json_in_refuse(&in, "name", w->name,
			       "small letters, digits, - and _, beginning with a letter or digit, "
			       "at most 32");
	w->title = json_in_string(&in, "title", JSON_OPTIONAL, TITLE_CHARS_MAX);
	w->country = json_in_text(&in, "country", JSON_OPTIONAL, 2);
	if (w->country != NULL && !fits(w->country, 2, 2, LARGE, LARGE))
		json_in_refuse(&in, "country", w->country,
			       "the two letters of a country (ISO 3166-1), for instance RU");
	w->has_ground = json_in_has(&in, "cross_border_ground");
	w->ground = json_in_text(&in, "cross_border_ground", JSON_OPTIONAL, GROUND_CHARS_MAX);
	w->currency = json_in_text(&in, "currency", JSON_OPTIONAL, 3);
	if (w->currency != NULL && !fits(w->currency, 3, 3, LARGE, LARGE))
		json_in_refuse(&in, "currency", w->currency,
			       "the three letters of a currency (ISO 4217), for instance RUB");
	w->contract = json_in_string(&in, "contract", JSON_OPTIONAL, TITLE_CHARS_MAX);
	w->contact = json_in_string(&in, "contact", JSON_OPTIONAL, CONTACT_CHARS_MAX);
	json_in_end(&in);
}

static void push_wanted(struct request *r, const struct wanted *w)
{
	pg_param_text(r->params, w->name);
	pg_param_text(r->params, w->title);
	pg_param_text(r->params, w->country);
	pg_param_text(r->params, w->ground);
	pg_param_text(r->params, w->currency);
	pg_param_text(r->params, w->contract);
	pg_param_text(r->params, w->contact);
}

static bool write_provider(struct request *r, int64_t id, const struct wanted *w, int64_t *id_out,
			   struct err *err)
{
	static const struct pg_stmt create = {
		"provider_create",
		"INSERT INTO provider (name, title, country, cross_border_ground, currency,"
		" contract, contact) VALUES ($1::text, coalesce($2::text, ''),"
		" coalesce($3::text, 'RU'), $4::text, coalesce($5::text, 'RUB'),"
		" coalesce($6::text, ''), coalesce($7::text, '')) RETURNING id::bigint"};
	static const struct pg_stmt change = {
		"provider_change",
		"UPDATE provider SET name = coalesce($1::text, name),"
		" title = coalesce($2::text, title), country = coalesce($3::text, country),"
		" cross_border_ground = CASE WHEN $8::boolean THEN $4::text"
		"                            ELSE cross_border_ground END,"
		" currency = coalesce($5::text, currency),"
		" contract = coalesce($6::text, contract), contact = coalesce($7::text, contact),"
		" changed_at = clock_timestamp() WHERE id = $9::bigint RETURNING id::bigint"};
	struct pg_result *rows = NULL;

	push_wanted(r, w);
	if (id != 0) {
		pg_param_bool(r->params, w->has_ground);
		pg_param_int64(r->params, id);
	}
	if (!request_query(r, id != 0 ? &change : &create, &rows, err)) {
		if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
			return false;
		problem_field(&r->problem, "name", "the name of another provider",
			      "a name of its own");
		return true;
	}
	if (pg_rows(rows) == 1)
		*id_out = pg_int(rows, 0, 0);
	else
		problem_not_found(&r->problem, "provider");
	pg_result_free(&rows);
	return true;
}

static bool answer_write(struct request *r, int64_t id, struct err *err)
{
	struct cJSON *doc = NULL;
	struct wanted wanted;
	int64_t written = 0;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_wanted(doc, id == 0, &wanted, &r->problem);
	if (!problem_found(&r->problem))
		ok = write_provider(r, id, &wanted, &written, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("provider written", LI("provider", written));
	return put_one(r, written, err) && request_reply(r, id != 0 ? 200 : 201);
}

/* POST /v1/providers */
bool provider_create(struct request *r, struct err *err)
{
	return answer_write(r, 0, err);
}

/* PATCH /v1/providers/{id} */
bool provider_patch(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "provider", &id) || answer_write(r, id, err);
}

/* --- profiles ------------------------------------------------------------------------------------
 */

static void put_settings(struct json_out *json, const struct provider_profile *p)
{
	static const char *const kinds[] = {
		[PROFILE_TEXT] = "text",
		[PROFILE_SECRET] = "secret",
		[PROFILE_ADDRESS] = "address",
	};

	json_array(json, "settings");
	for (size_t i = 0; i < p->settings.count; i++) {
		json_object(json, NULL);
		json_put_text(json, "name", p->settings.items[i].key);
		json_put_text(json, "type", kinds[profile_setting_kind(p, i)]);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_profile(struct json_out *json, const struct provider_profile *p)
{
	json_object(json, NULL);
	json_put_text(json, "name", p->name);
	json_put_text(json, "title", p->title);
	json_put_text(json, "source", p->source);
	put_settings(json, p);
	json_array(json, "unverified");
	for (size_t i = 0; i < p->unverified.count; i++)
		json_put_text(json, NULL, p->unverified.items[i]);
	json_array_end(json);
	json_put_int(json, "batch_max", p->send.batch_max);
	json_put_bool(json, "resend_safe", p->send.resend_safe);
	json_object_end(json);
}

/* GET /v1/provider-profiles */
bool provider_profile_list(struct request *r, struct err *err)
{
	const struct shelf *shelf = &r->api->profiles;

	(void)err;
	json_object(&r->json, NULL);
	json_array(&r->json, "profiles");
	for (size_t i = 0; i < shelf->count; i++)
		put_profile(&r->json, shelf->profiles[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	return request_reply(r, 200);
}
