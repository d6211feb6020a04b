/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* purposes - the register of what personal data is used for, and the texts people agree to. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/download.h"
#include "common/base/log.h"
#include "common/model/consent.h"
#include "common/model/message.h"
#include "common/web/json.h"

#define CODE_CHARS 40
#define NAME_CHARS 200
#define ITEM_CHARS 200
#define ITEMS_MAX  50
#define TEXT_CHARS 20000
#define PURPOSE_SQL                                                                                \
	"SELECT code, name, data_categories, legal_basis, retention, recipients, category,"        \
	"       required, changed_at, personal_data FROM purpose "

static const struct pg_stmt list_stmt = {"purpose_list", PURPOSE_SQL "ORDER BY id"};

/* --- showing -------------------------------------------------------------------------------------
 */

static void put_items(struct json_out *json, const char *key, const struct pg_result *rows,
		      size_t i, int col)
{
	const char *item[ITEMS_MAX];
	size_t len[ITEMS_MAX];
	size_t count = pg_text_array(rows, i, col, item, len, ITEMS_MAX);

	json_array(json, key);
	for (size_t k = 0; k < count && k < ITEMS_MAX; k++)
		json_put_text_len(json, NULL, item[k], len[k]);
	json_array_end(json);
}

static void put_purpose(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "code", pg_text(rows, i, 0));
	json_put_text(json, "name", pg_text(rows, i, 1));
	put_items(json, "data_categories", rows, i, 2);
	json_put_text(json, "legal_basis", pg_text(rows, i, 3));
	json_put_text(json, "retention", pg_text(rows, i, 4));
	put_items(json, "recipients", rows, i, 5);
	json_put_text(json, "category",
		      pg_null(rows, i, 6)
			      ? NULL
			      : message_category_name((enum message_category)pg_int(rows, i, 6)));
	json_put_bool(json, "required", pg_bool(rows, i, 7));
	json_put_bool(json, "personal_data", pg_bool(rows, i, 9));
	json_put_time(json, "changed_at", pg_time_us(rows, i, 8));
	json_object_end(json);
}

/* GET /v1/purposes */
bool purpose_list(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;

	if (!request_query(r, &list_stmt, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "purposes");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_purpose(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

static void write_items(FILE *out, const struct pg_result *rows, size_t i, int col)
{
	const char *item[ITEMS_MAX];
	size_t len[ITEMS_MAX];
	size_t count = pg_text_array(rows, i, col, item, len, ITEMS_MAX);
	char text[ITEMS_MAX * (ITEM_CHARS * 4 + 2) + 1];
	size_t at = 0;

	text[0] = '\0';
	for (size_t k = 0; k < count && k < ITEMS_MAX; k++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%.*s", k > 0 ? ", " : "",
				       (int)len[k], item[k]);
	download_put_guarded(out, text);
}

/* GET /v1/purposes.csv: what the notice to the regulator is made of. */
bool purpose_csv(struct request *r, struct err *err)
{
	static const char *const heads[] = {"purpose code",	 "purpose of processing",
					    "data categories",	 "legal basis",
					    "period of storage", "recipients"};
	struct pg_result *rows = NULL;
	struct download file;

	if (!request_query(r, &list_stmt, &rows, err))
		return false;
	if (!download_begin(&file, err)) {
		pg_result_free(&rows);
		return false;
	}
	for (size_t k = 0; k < sizeof(heads) / sizeof(heads[0]); k++) {
		fputs(k > 0 ? ";" : "", file.out);
		download_put_said(file.out, r->json.lang, heads[k]);
	}
	fputs("\r\n", file.out);
	for (size_t i = 0; i < pg_rows(rows); i++) {
		for (int col = 0; col < 6; col++) {
			fputs(col > 0 ? ";" : "", file.out);
			if (col == 2 || col == 5)
				write_items(file.out, rows, i, col);
			else
				download_put_guarded(file.out, pg_text(rows, i, col));
		}
		fputs("\r\n", file.out);
	}
	pg_result_free(&rows);
	return download_reply(r, &file, "purposes.csv", err);
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* The strings of an array as a parameter; null when absent. */
static void push_items(struct json_in *in, const char *key, enum json_need need,
		       struct pg_params *params)
{
	const cJSON *items = json_in_array(in, key, need, ITEMS_MAX);
	const char *text[ITEMS_MAX];
	const cJSON *item;
	size_t n = 0;

	if (items == NULL) {
		pg_param_null(params);
		return;
	}
	cJSON_ArrayForEach(item, items)
	{
		if (!cJSON_IsString(item) || item->valuestring[0] == '\0' ||
		    strlen(item->valuestring) > ITEM_CHARS * 4) {
			json_in_refuse(in, key, "another item", "strings of 1 to 200 characters");
			break;
		}
		text[n++] = item->valuestring;
	}
	pg_param_text_array(params, text, n);
}

static const char *basis_in(struct json_in *in, enum json_need need)
{
	static const char *const known[] = {"consent", "contract", "law", "interest"};
	const char *basis = json_in_text(in, "legal_basis", need, CODE_CHARS);

	for (size_t i = 0; basis != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], basis) == 0)
			return basis;
	if (basis != NULL)
		json_in_refuse(in, "legal_basis", basis, "consent, contract, law or interest");
	return NULL;
}

/* Parameters $1 to $5, in the order of both statements. */
static void push_fields(struct json_in *in, enum json_need need, struct pg_params *params)
{
	pg_param_text(params, json_in_text(in, "name", need, NAME_CHARS));
	push_items(in, "data_categories", need, params);
	pg_param_text(params, basis_in(in, need));
	pg_param_text(params, json_in_text(in, "retention", need, NAME_CHARS));
	push_items(in, "recipients", need, params);
}

/* A member that is true, false or absent: null. */
static void push_flag(struct json_in *in, const struct cJSON *doc, const char *key,
		      struct pg_params *params)
{
	const cJSON *flag =
		json_in_has(in, key) ? cJSON_GetObjectItemCaseSensitive(doc, key) : NULL;

	if (flag != NULL && !cJSON_IsBool(flag))
		json_in_refuse(in, key, "another item", "true or false");
	if (flag != NULL)
		pg_param_bool(params, cJSON_IsTrue(flag));
	else
		pg_param_null(params);
}

static bool code_is_fit(const char *code)
{
	return code[0] >= 'a' && code[0] <= 'z' &&
	       strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(code);
}

static bool reply_purpose(struct request *r, struct pg_result *rows, int status)
{
	put_purpose(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, status);
}

#define RETURNING_SQL                                                                              \
	" RETURNING code, name, data_categories, legal_basis, retention, recipients, category,"    \
	"           required, changed_at, personal_data"

/* POST /v1/purposes */
bool purpose_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"purpose_create",
		"INSERT INTO purpose (name, data_categories, legal_basis, retention, recipients, "
		"code, personal_data)"
		" VALUES ($1::text, $2::text[], $3::text, $4::text, $5::text[], $6::text,"
		"         coalesce($7::boolean, false))"
		" ON CONFLICT (code) DO NOTHING" RETURNING_SQL};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	const char *code;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	push_fields(&in, JSON_REQUIRED, r->params);
	code = json_in_text(&in, "code", JSON_REQUIRED, CODE_CHARS);
	if (code != NULL && !code_is_fit(code))
		json_in_refuse(&in, "code", code,
			       "small Latin letters, digits and _, a letter first");
	pg_param_text(r->params, code);
	push_flag(&in, doc, "personal_data", r->params);
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		ok = request_query(r, &create, &rows, err);
		if (ok && pg_rows(rows) == 0)
			problem_conflict(
				&r->problem,
				"There is a purpose of this code. Change that one or choose "
				"another code");
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem)) {
		pg_result_free(&rows);
		return ok;
	}
	return reply_purpose(r, rows, 201);
}

static bool refuse_required(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23514") != 0)
		return false;
	problem_field(&r->problem, "required", "true",
		      "false, unless messages serve the purpose and its basis is consent");
	return request_refused(err);
}

/* PATCH /v1/purposes/{code} */
bool purpose_patch(struct request *r, struct err *err)
{
	static const struct pg_stmt patch = {
		"purpose_patch",
		"UPDATE purpose SET name = coalesce($1::text, name),"
		"       data_categories = coalesce($2::text[], data_categories),"
		"       legal_basis = coalesce($3::text, legal_basis),"
		"       retention = coalesce($4::text, retention),"
		"       recipients = coalesce($5::text[], recipients),"
		"       required = coalesce($6::boolean, required),"
		"       personal_data = coalesce($7::boolean, personal_data),"
		"       changed_at = clock_timestamp() WHERE code = $8::text" RETURNING_SQL};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	push_fields(&in, JSON_OPTIONAL, r->params);
	push_flag(&in, doc, "required", r->params);
	push_flag(&in, doc, "personal_data", r->params);
	pg_param_text(r->params, http_param(r->call, 0));
	json_in_end(&in);
	json_free(&doc);
	if (problem_found(&r->problem))
		return true;
	ok = request_query(r, &patch, &rows, err);
	if (!ok)
		return refuse_required(r, err);
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "purpose");
		return true;
	}
	log_info("purpose changed", LS("purpose", pg_text(rows, 0, 0)),
		 LI("required", pg_bool(rows, 0, 7)));
	return reply_purpose(r, rows, 200);
}

/* --- texts ---------------------------------------------------------------------------------------
 */

#define TEXT_SQL                                                                                   \
	"t.id, u.code, t.version, t.text, encode(t.digest, 'hex'), t.published_by, t.published_at"

static void put_consent_text(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "purpose", pg_text(rows, i, 1));
	json_put_int(json, "version", pg_int(rows, i, 2));
	json_put_text(json, "text", pg_text(rows, i, 3));
	json_put_text(json, "digest", pg_text(rows, i, 4));
	json_put_text(json, "published_by", pg_text(rows, i, 5));
	json_put_time(json, "published_at", pg_time_us(rows, i, 6));
	json_object_end(json);
}

/* GET /v1/consent-texts */
bool consent_text_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"consent_text_list",
		"SELECT " TEXT_SQL " FROM consent_text t JOIN purpose u ON u.id = t.purpose_id"
		" WHERE $1::text IS NULL OR u.code = $1::text ORDER BY u.id, t.version DESC LIMIT "
		"200"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, http_query(r->call, "purpose"));
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "consent_texts");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_consent_text(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* POST /v1/consent-texts: the next version.  Records of older ones keep theirs. */
bool consent_text_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"consent_text_create",
		"WITH t AS (INSERT INTO consent_text (purpose_id, version, text, digest, "
		"published_by)"
		"  SELECT u.id, 1 + coalesce((SELECT max(o.version) FROM consent_text o"
		"         WHERE o.purpose_id = u.id), 0), $2::text,"
		"         sha256(convert_to($2::text, 'UTF8')), $3::text"
		"    FROM purpose u WHERE u.code = $1::text RETURNING *)"
		" SELECT " TEXT_SQL " FROM t JOIN purpose u ON u.id = t.purpose_id"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	char name[CALLER_NAME_SIZE];
	const char *purpose;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	purpose = json_in_text(&in, "purpose", JSON_REQUIRED, CODE_CHARS);
	pg_param_text(r->params, purpose);
	pg_param_text(r->params, json_in_text(&in, "text", JSON_REQUIRED, TEXT_CHARS));
	pg_param_text(r->params, caller_name(&r->caller, name));
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		ok = request_query(r, &create, &rows, err);
		if (ok && pg_rows(rows) == 0)
			problem_field(&r->problem, "purpose", purpose, consent_expected("purpose"));
	}
	json_free(&doc);
	if (ok && !problem_found(&r->problem)) {
		put_consent_text(&r->json, rows, 0);
		ok = request_reply(r, 201);
	}
	pg_result_free(&rows);
	return ok;
}
