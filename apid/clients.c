/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* clients - reading clients; they are written by imports. */
#include "apid/api.h"
#include "apid/client_phones.h"
#include "apid/reading.h"
#include "common/model/audience.h"
#include "common/model/client_value.h"
#include "common/model/phone.h"
#include "common/web/json.h"

#define ATTRIBUTES_MAX	  500
#define EXTERNAL_ID_CHARS 200
#define NAME_CHARS	  200
#define FIRST_FIELD	  10 /* column of enum client_field 0 */
#define COL_BLOCKED	  (FIRST_FIELD + CLIENT_FIELDS)
#define COL_GONE	  (COL_BLOCKED + 1)
#define FEW_MEMBERS	  20000 /* of a list: read in well under 0.1 s */

/* --- clients
 * --------------------------------------------------------------------------------------- */

/* Columns of a card after those above it, each as what JSON shows, by enum client_field. */
#define CARD_TEXT(column)						   ",c." column
#define CARD_PHONE(column)						   ",NULL::text"
#define CARD_LANGUAGE(column)						   ",c." column
#define CARD_ZONE(column)						   ",c." column
#define CARD_TAGS(column)						   ",c." column
#define CARD_DATE(column)						   ",c." column "::text"
#define CARD_NUMBER(column)						   ",c." column "::text"
#define CARD_SEX(column)						   ",(ARRAY['male','female'])[c." column "]"
#define CARD_COLUMN(no, name, code, russian, kind, column, shown, headers) CARD_##kind(column)

#define CARD_SELECT                                                                                \
	"SELECT c.id, c.external_id, c.msisdn, c.last_name, c.first_name, c.middle_name, c.attrs," \
	" c.updated_at, o.scope,"                                                                  \
	" (SELECT array_agg(coalesce(a.name, '') ORDER BY s) FROM"                                 \
	"   generate_series(1, cardinality(c.attrs)) s LEFT JOIN client_attribute a ON a.slot = "  \
	"s)" CLIENT_FIELD_TABLE(CARD_COLUMN) ", c.blocked_at, c.gone_at FROM client c LEFT JOIN "  \
					     "opt_out o ON o.msisdn = c.msisdn "

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
		if (json->masked)
			json_put_private(json, key, "");
		else
			json_put_text_len(json, key, value[k], value_len[k]);
	}
	json_object_end(json);
}

static void put_tags(struct json_out *json, const struct pg_result *rows, size_t i, int col)
{
	static _Thread_local const char *tag[CLIENT_TAGS_MAX];
	static _Thread_local size_t len[CLIENT_TAGS_MAX];
	size_t count = pg_text_array(rows, i, col, tag, len, CLIENT_TAGS_MAX);

	json_array(json, "tags");
	for (size_t k = 0; k < count && k < CLIENT_TAGS_MAX; k++)
		if (tag[k] != NULL)
			json_put_text_len(json, NULL, tag[k], len[k]);
	json_array_end(json);
}

/* What the head of a card does not show. */
static void put_fields(struct json_out *json, const struct pg_result *rows, size_t i)
{
	for (int f = CLIENT_SEX; f < CLIENT_COLUMNS; f++) {
		if (client_fields[f].kind == CLIENT_KIND_TAGS)
			put_tags(json, rows, i, FIRST_FIELD + f);
		else
			json_put_text(json, client_fields[f].code,
				      text_or_null(rows, i, FIRST_FIELD + f));
	}
}

/* Of one that is blocked nothing is shown but that. */
static void put_blocked_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	static const char *const hidden[] = {"external_id", "phone",   "last_name",  "first_name",
					     "middle_name", "opt_out", "updated_at", "gone_at"};

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	for (size_t k = 0; k < sizeof(hidden) / sizeof(hidden[0]); k++)
		json_put_null(json, hidden[k]);
	for (int f = CLIENT_SEX; f < CLIENT_COLUMNS; f++)
		if (client_fields[f].kind != CLIENT_KIND_TAGS)
			json_put_null(json, client_fields[f].code);
	json_array(json, "tags");
	json_array_end(json);
	json_object(json, "attributes");
	json_object_end(json);
	json_put_time(json, "blocked_at", pg_time_us(rows, i, COL_BLOCKED));
}

static void put_client_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	if (!pg_null(rows, i, COL_BLOCKED)) {
		put_blocked_open(json, rows, i);
		return;
	}
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "external_id", text_or_null(rows, i, 1));
	json_put_phone(json, "phone", pg_int(rows, i, 2));
	json_put_name(json, "last_name", text_or_null(rows, i, 3));
	json_put_name(json, "first_name", text_or_null(rows, i, 4));
	json_put_name(json, "middle_name", text_or_null(rows, i, 5));
	put_fields(json, rows, i);
	put_attributes(json, rows, i);
	json_put_text(json, "opt_out", text_or_null(rows, i, 8));
	json_put_time(json, "updated_at", pg_time_us(rows, i, 7));
	json_put_time(json, "gone_at", pg_time_us(rows, i, COL_GONE));
	json_put_null(json, "blocked_at");
}

static void put_client(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_client_open(json, rows, i);
	json_object_end(json);
}

/* A probe for each list: members are found by list, and lists are few. */
static bool put_lists_of(struct request *r, int64_t client_id, struct err *err)
{
	static const struct pg_stmt lists = {"client_lists",
					     "SELECT l.id, l.name FROM list l WHERE EXISTS"
					     " (SELECT 1 FROM list_member m WHERE m.list_id = l.id"
					     "    AND m.client_id = $1::bigint) ORDER BY l.id"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, client_id);
	if (!request_query(r, &lists, &rows, err))
		return false;
	json_array(&r->json, "lists");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* Why a client is blocked: words of whoever did it, which may tell of the person. */
static bool put_block_reason(struct request *r, int64_t client_id, struct err *err)
{
	static const struct pg_stmt reason = {
		"client_block_reason", "SELECT b.reason FROM client_block b WHERE b.client_id = "
				       "$1::bigint AND b.ended_at IS NULL"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, client_id);
	if (!request_query(r, &reason, &rows, err))
		return false;
	json_put_private(&r->json, "blocked_reason",
			 pg_rows(rows) == 1 ? pg_text(rows, 0, 0) : NULL);
	pg_result_free(&rows);
	return true;
}

static bool show_client(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"client_get", CARD_SELECT "WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool found;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	found = pg_rows(rows) == 1;
	if (found)
		put_client_open(&r->json, rows, 0);
	pg_result_free(&rows);
	if (!found) {
		problem_not_found(&r->problem, "client");
		return true;
	}
	if (!put_block_reason(r, id, err) || !put_lists_of(r, id, err) ||
	    !client_put_phones(r, id, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* GET /v1/clients/{id} */
bool client_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "client", &id))
		return true;
	r->reading.client_id = id;
	return show_client(r, id, err);
}

/* POST /v1/clients/{id}/reveal: one client in full, for a reason that is logged. */
bool client_reveal(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "client", &id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	r->reading.client_id = id;
	r->reading.reason = json_in_text(&in, "reason", JSON_REQUIRED, READING_REASON_CHARS);
	json_in_end(&in);
	r->json.masked = false;
	if (!problem_found(&r->problem))
		ok = show_client(r, id, err);
	json_free(&doc);
	return ok;
}

/* GET /v1/clients/count */
bool client_count(struct request *r, struct err *err)
{
	static const struct pg_stmt count = {
		"client_count",
		"SELECT (" AUDIENCE_COUNT_ALL_SQL "),"
		"       (SELECT count(*) FROM opt_out o JOIN client c ON c.msisdn = o.msisdn"
		"         WHERE c.blocked_at IS NULL),"
		"       (SELECT max(finished_at) FROM import"
		"         WHERE status = 'done' AND clients_new + clients_changed > 0)"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &count, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_int(&r->json, "clients", pg_int(rows, 0, 0));
	json_put_int(&r->json, "opted_out", pg_int(rows, 0, 1));
	json_put_time(&r->json, "updated_at", pg_time_us(rows, 0, 2));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- POST /v1/clients/search
 * ------------------------------------------------------------------------------- */

struct client_search {
	int64_t msisdn;
	const char *external_id;
	const char *name; /* the beginning of "last first" */
	int64_t list_id;
	struct page page;
};

static void read_search(struct json_in *in, struct client_search *s)
{
	const char *second;

	s->msisdn = phone_in(in, "phone", JSON_OPTIONAL);
	s->external_id = json_in_text(in, "external_id", JSON_OPTIONAL, EXTERNAL_ID_CHARS);
	s->name = json_in_text(in, "name", JSON_OPTIONAL, NAME_CHARS);
	s->list_id = json_in_id(in, "list_id", JSON_OPTIONAL);
	page_in(in, &s->page);
	json_in_end(in);
	second = s->name != NULL && (s->msisdn != 0 || s->external_id != NULL) ? "name"
		 : s->external_id != NULL && s->msisdn != 0		       ? "external_id"
									       : NULL;
	if (second != NULL)
		json_in_refuse(in, second, "more than one", "one of phone, external_id and name");
}

/* Ids of a page, at most 201, then what is shown of each. */
#define FIND(ids) "WITH found AS MATERIALIZED (" ids ") " CARD_SELECT "JOIN found f ON f.id = c.id "
#define ON_LIST                                                                                    \
	"($3::bigint = 0 OR EXISTS (SELECT 1 FROM list_member m"                                   \
	" WHERE m.list_id = $3::bigint AND m.client_id = c.id)) "
#define SEEN	  AUDIENCE_SEEN_SQL("c")
#define NAME_KEY  "client_name_key(c.last_name, c.first_name) COLLATE \"C\""
#define BY_ID	  " ORDER BY c.id LIMIT $2::bigint + 1"
#define BY_NAME	  " ORDER BY " NAME_KEY ", c.id LIMIT $2::bigint + 1"
#define NAME_SAID "client_name_key(NULL, btrim(regexp_replace($4::text, '\\s+', ' ', 'g')))"
/* $4: the name; $1: the cursor, of which the name is looked up.  The scan of the index begins at
 * the pair, so that without a cursor is the name itself and not the beginning of the alphabet. */
#define NAME_MATCHES                                                                               \
	NAME_KEY " >= " NAME_SAID " AND " NAME_KEY " < " NAME_SAID                                 \
		 " || U&'\\+10FFFF' AND (" NAME_KEY                                                \
		 ", c.id) > ((SELECT CASE WHEN $1::bigint = 0 THEN " NAME_SAID " ELSE"             \
		 " (SELECT client_name_key(k.last_name, k.first_name) FROM client k"               \
		 "   WHERE k.id = $1::bigint) END), $1::bigint) "

static const struct pg_stmt search_all = {
	"client_search_all",
	FIND("SELECT c.id FROM client c WHERE c.id > $1::bigint AND " SEEN BY_ID) "ORDER BY c.id"};
static const struct pg_stmt search_list = {
	"client_search_list",
	FIND("SELECT m.client_id AS id FROM list_member m JOIN client c ON c.id = m.client_id"
	     " WHERE m.list_id = $3::bigint AND m.client_id > $1::bigint AND " SEEN
	     " ORDER BY m.client_id LIMIT $2::bigint + 1") "ORDER BY "
							   "c.id"};
static const struct pg_stmt search_phone = {
	"client_search_phone",
	FIND("SELECT c.id FROM client c WHERE c.msisdn = $4::bigint AND "
	     "c.id > $1::bigint AND " SEEN " AND " ON_LIST BY_ID) "ORDER BY c.id"};
static const struct pg_stmt search_external = {
	"client_search_external",
	FIND("SELECT c.id FROM client c WHERE c.external_id = $4::text "
	     "AND c.id > $1::bigint AND " SEEN " AND " ON_LIST BY_ID) "ORDER BY c.id"};
static const struct pg_stmt search_name = {
	"client_search_name", FIND("SELECT c.id FROM client c WHERE " NAME_MATCHES "AND " SEEN
				   " AND " ON_LIST BY_NAME) "ORDER BY " NAME_KEY ", c.id"};
/* Few members: look at each of them rather than at everybody of that name. */
static const struct pg_stmt search_name_few = {
	"client_search_name_few",
	FIND("SELECT c.id FROM list_member m CROSS JOIN LATERAL (SELECT k.id, k.last_name, "
	     "k.first_name, k.department_id"
	     " FROM client k WHERE k.id = m.client_id OFFSET 0) c WHERE m.list_id = $3::bigint "
	     "AND " SEEN " AND " NAME_MATCHES BY_NAME) "ORDER BY " NAME_KEY ", c.id"};

static const struct pg_stmt *choose_search(const struct client_search *s, int64_t list_size)
{
	if (s->msisdn != 0)
		return &search_phone;
	if (s->external_id != NULL)
		return &search_external;
	if (s->name == NULL)
		return s->list_id != 0 ? &search_list : &search_all;
	return s->list_id != 0 && list_size <= FEW_MEMBERS ? &search_name_few : &search_name;
}

static bool find_list(struct request *r, int64_t id, int64_t *size_out, struct err *err)
{
	static const struct pg_stmt find = {"list_size",
					    "SELECT size FROM list WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		*size_out = pg_int(rows, 0, 0);
	else
		problem_field(&r->problem, "list_id", "an id of no list", "the id of a list");
	pg_result_free(&rows);
	return true;
}

static bool run_search(struct request *r, const struct client_search *s, struct err *err)
{
	int64_t size = 0;

	if (s->list_id != 0 && !find_list(r, s->list_id, &size, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, s->page.cursor);
	pg_param_int64(r->params, s->page.limit);
	if (s->list_id != 0 || s->msisdn != 0 || s->external_id != NULL || s->name != NULL)
		pg_param_int64(r->params, s->list_id);
	if (s->msisdn != 0)
		pg_param_int64(r->params, s->msisdn);
	else if (s->external_id != NULL || s->name != NULL)
		pg_param_text(r->params, s->external_id != NULL ? s->external_id : s->name);
	return page_reply(r, &s->page, choose_search(s, size), "clients", put_client, err);
}

bool client_search(struct request *r, struct err *err)
{
	struct client_search search;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	read_search(&in, &search);
	ok = problem_found(&r->problem) || run_search(r, &search, err);
	json_free(&doc);
	return ok;
}
