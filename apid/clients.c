/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clients - reading clients and lists; they are written by imports. */
#include "apid/api.h"
#include "apid/phone.h"
#include "common/web/json.h"

#define ATTRIBUTES_MAX	  500
#define EXTERNAL_ID_CHARS 200

/* GET /v1/lists */
bool list_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"list_list", "SELECT l.id, l.name, l.created_at, l.size FROM list l WHERE l.id > "
			     "$1::bigint ORDER BY l.id LIMIT $2::bigint + 1"};
	struct pg_result *rows = NULL;
	struct page page;
	size_t shown;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	if (!request_query(r, &list, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page.limit ? pg_rows(rows) : (size_t)page.limit;
	json_object(&r->json, NULL);
	json_array(&r->json, "lists");
	for (size_t i = 0; i < shown; i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_int(&r->json, "size", pg_int(rows, i, 3));
		json_put_time(&r->json, "created_at", pg_time_us(rows, i, 2));
		json_object_end(&r->json);
	}
	page_end(r, &page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, 0) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- clients
 * --------------------------------------------------------------------------------------- */

#define CLIENT_COLUMNS                                                                             \
	"SELECT c.id, c.external_id, c.msisdn, c.last_name, c.first_name, c.middle_name, c.attrs," \
	" c.updated_at, o.scope,"                                                                  \
	" (SELECT array_agg(coalesce(a.name, '') ORDER BY s) FROM"                                 \
	"   generate_series(1, cardinality(c.attrs)) s LEFT JOIN client_attribute a ON a.slot = "  \
	"s)"                                                                                       \
	" FROM client c LEFT JOIN opt_out o ON o.msisdn = c.msisdn "

static const char *text_or_null(const struct pg_result *rows, size_t i, int col)
{
	return pg_null(rows, i, col) ? NULL : pg_text(rows, i, col);
}

static void put_attributes(struct json_out *json, const struct pg_result *rows, size_t i)
{
	static _Thread_local const char *value[ATTRIBUTES_MAX];
	static _Thread_local const char *name[ATTRIBUTES_MAX];
	static _Thread_local size_t value_len[ATTRIBUTES_MAX];
	static _Thread_local size_t name_len[ATTRIBUTES_MAX];
	size_t count = pg_text_array(rows, i, 6, value, value_len, ATTRIBUTES_MAX);
	size_t names = pg_text_array(rows, i, 9, name, name_len, ATTRIBUTES_MAX);

	json_object(json, "attributes");
	for (size_t k = 0; k < count && k < names; k++) {
		char key[256];

		if (value[k] == NULL || name_len[k] == 0 || name_len[k] >= sizeof(key))
			continue;
		for (size_t n = 0; n <= name_len[k]; n++)
			key[n] = n < name_len[k] ? name[k][n] : '\0';
		json_put_text_len(json, key, value[k], value_len[k]);
	}
	json_object_end(json);
}

static void put_client(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "external_id", text_or_null(rows, i, 1));
	json_put_phone(json, "phone", pg_int(rows, i, 2));
	json_put_text(json, "last_name", text_or_null(rows, i, 3));
	json_put_text(json, "first_name", text_or_null(rows, i, 4));
	json_put_text(json, "middle_name", text_or_null(rows, i, 5));
	put_attributes(json, rows, i);
	json_put_text(json, "opt_out", text_or_null(rows, i, 8));
	json_put_time(json, "updated_at", pg_time_us(rows, i, 7));
	json_object_end(json);
}

/* GET /v1/clients/{id} */
bool client_get(struct request *r, struct err *err)
{
	static const struct pg_stmt get = {"client_get", CLIENT_COLUMNS "WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "client", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_client(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "client");
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* POST /v1/clients/search */
bool client_search(struct request *r, struct err *err)
{
	static const struct pg_stmt by_phone = {
		"client_by_phone",
		CLIENT_COLUMNS "WHERE c.msisdn = $1::bigint ORDER BY c.id LIMIT 200"};
	static const struct pg_stmt by_external = {"client_by_external",
						   CLIENT_COLUMNS "WHERE c.external_id = $1::text"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	const char *external_id;
	int64_t msisdn;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	msisdn = phone_in(&in, "phone", JSON_OPTIONAL);
	external_id = json_in_text(&in, "external_id", JSON_OPTIONAL, EXTERNAL_ID_CHARS);
	json_in_end(&in);
	if (!problem_found(&r->problem) && (msisdn != 0) == (external_id != NULL))
		json_in_refuse(&in, "phone",
			       external_id != NULL ? "phone and external_id" : "nothing",
			       "either phone or external_id");
	if (!problem_found(&r->problem)) {
		if (msisdn != 0)
			pg_param_int64(r->params, msisdn);
		else
			pg_param_text(r->params, external_id);
		ok = request_query(r, msisdn != 0 ? &by_phone : &by_external, &rows, err);
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	json_object(&r->json, NULL);
	json_array(&r->json, "clients");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_client(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
