/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign - creating, reading and changing campaigns. */
#include "apid/campaign.h"

#include <string.h>

#include "apid/accounts.h"
#include "apid/campaign_request.h"
#include "common/base/mem.h"
#include "common/web/json.h"

#define ATTRIBUTES_MAX 500

#define CAMPAIGN_COLUMNS                                                                           \
	"SELECT c.id, c.name, c.text, c.sender, c.class, c.category, c.list_id, a.name,"           \
	"       c.priority, c.max_parts, c.validity_s, c.pace_per_min, c.start_at, c.status,"      \
	"       c.problem, c.created_at, c.launched_at, c.finished_at,"                            \
	"       (SELECT max(r.id) FROM run r WHERE r.campaign_id = c.id)"                          \
	"  FROM campaign c LEFT JOIN account a ON a.id = c.account_id "

enum column {
	COL_ID,
	COL_NAME,
	COL_TEXT,
	COL_SENDER,
	COL_CLASS,
	COL_CATEGORY,
	COL_LIST,
	COL_ACCOUNT,
	COL_PRIORITY,
	COL_MAX_PARTS,
	COL_VALIDITY,
	COL_PACE,
	COL_START,
	COL_STATUS,
	COL_PROBLEM,
	COL_CREATED,
	COL_LAUNCHED,
	COL_FINISHED,
	COL_RUN,
};

static const char *text_or_null(const struct pg_result *rows, size_t i, int col)
{
	return pg_null(rows, i, col) ? NULL : pg_text(rows, i, col);
}

static void put_id_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			   size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_id(json, key, pg_int(rows, i, col));
}

static void put_campaign(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_text(json, "text", pg_text(rows, i, COL_TEXT));
	json_put_text(json, "sender", pg_text(rows, i, COL_SENDER));
	json_put_text(json, "class",
		      message_class_name((enum message_class)pg_int(rows, i, COL_CLASS)));
	json_put_text(json, "category",
		      message_category_name((enum message_category)pg_int(rows, i, COL_CATEGORY)));
	put_id_or_null(json, "list_id", rows, i, COL_LIST);
	json_put_text(json, "account", text_or_null(rows, i, COL_ACCOUNT));
	json_put_int(json, "priority", pg_int(rows, i, COL_PRIORITY));
	json_put_int(json, "max_parts", pg_int(rows, i, COL_MAX_PARTS));
	json_put_int(json, "validity_s", pg_int(rows, i, COL_VALIDITY));
	if (pg_null(rows, i, COL_PACE))
		json_put_null(json, "pace_per_min");
	else
		json_put_int(json, "pace_per_min", pg_int(rows, i, COL_PACE));
	json_put_time(json, "start_at", pg_time_us(rows, i, COL_START));
	json_put_text(json, "status", pg_text(rows, i, COL_STATUS));
	json_put_text(json, "problem", text_or_null(rows, i, COL_PROBLEM));
	put_id_or_null(json, "run_id", rows, i, COL_RUN);
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "launched_at", pg_time_us(rows, i, COL_LAUNCHED));
	json_put_time(json, "finished_at", pg_time_us(rows, i, COL_FINISHED));
	json_object_end(json);
}

bool campaign_put(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"campaign_get",
					   CAMPAIGN_COLUMNS "WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_campaign(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "campaign");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/campaigns/{id} */
bool campaign_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (!campaign_put(r, id, err))
		return false;
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* GET /v1/campaigns, the newest first */
bool campaign_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"campaign_list", CAMPAIGN_COLUMNS
					    "WHERE ($1::bigint = 0 OR c.id < $1::bigint) AND "
					    "($3::text = '' OR c.status = $3::text)"
					    " ORDER BY c.id DESC LIMIT $2::bigint + 1"};
	const char *status = http_query(r->call, "status");
	struct pg_result *rows = NULL;
	struct page page;
	size_t shown;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text(r->params, status != NULL ? status : "");
	if (!request_query(r, &list, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page.limit ? pg_rows(rows) : (size_t)page.limit;
	json_object(&r->json, NULL);
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < shown; i++)
		put_campaign(&r->json, rows, i);
	page_end(r, &page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, COL_ID) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- checks against the store
 * ---------------------------------------------------------------------- */

static bool check_text(struct request *r, const char *text, struct err *err)
{
	static const struct pg_stmt names = {
		"attribute_names", "SELECT name FROM client_attribute ORDER BY slot LIMIT 500"};
	static const char *const built_in[] = {"external_id", "last_name", "first_name",
					       "middle_name"};
	const char *known[ATTRIBUTES_MAX + 4];
	struct pg_result *rows = NULL;
	size_t count = 0;

	if (!request_query(r, &names, &rows, err))
		return false;
	for (size_t i = 0; i < 4; i++)
		known[count++] = built_in[i];
	for (size_t i = 0; i < pg_rows(rows); i++)
		known[count++] = pg_text(rows, i, 0);
	campaign_text_check(text, known, count, &r->problem);
	pg_result_free(&rows);
	return true;
}

static bool check_list(struct request *r, int64_t list_id, struct err *err)
{
	static const struct pg_stmt find = {"list_find",
					    "SELECT 1 FROM list WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	if (list_id == 0)
		return true;
	pg_param_int64(r->params, list_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_field(&r->problem, "list_id", "an id of no list",
			      "the id of a list from GET /v1/lists, or null for all clients");
	pg_result_free(&rows);
	return true;
}

/* Text, list and account against the store; *account_id_out is 0 for none. */
static bool check_fields(struct request *r, const struct campaign_fields *f,
			 int16_t *account_id_out, struct err *err)
{
	*account_id_out = 0;
	if (f->text != NULL && !check_text(r, f->text, err))
		return false;
	if (!check_list(r, f->list_id, err))
		return false;
	if (f->account == NULL)
		return true;
	if (!accounts_find(r->api->accounts, r->pg, f->account, account_id_out, err))
		return false;
	if (*account_id_out == 0)
		problem_field(&r->problem, "account", f->account,
			      "the name of an enabled account from GET /v1/accounts, or null");
	return true;
}

/* --- writing
 * ---------------------------------------------------------------------------------------- */

static void param_int_or_null(struct pg_params *p, int64_t value)
{
	if (value == 0)
		pg_param_null(p);
	else
		pg_param_int64(p, value);
}

static void push_fields(struct pg_params *p, const struct campaign_fields *f, int16_t account_id)
{
	pg_param_text(p, f->name);
	pg_param_text(p, f->text);
	pg_param_text(p, f->sender);
	pg_param_int16(p, (int16_t)f->class);
	pg_param_int16(p, (int16_t)f->category);
	param_int_or_null(p, f->list_id);
	param_int_or_null(p, account_id);
	pg_param_int16(p, (int16_t)f->priority);
	pg_param_int16(p, (int16_t)f->max_parts);
	pg_param_int32(p, (int32_t)f->validity_s);
	param_int_or_null(p, f->pace_per_min);
	if (f->start_at_us == 0)
		pg_param_null(p);
	else
		pg_param_time_us(p, f->start_at_us);
}

/* POST /v1/campaigns */
bool campaign_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"campaign_create",
		"INSERT INTO campaign (name, text, sender, class, category, list_id, account_id,"
		"       priority, max_parts, validity_s, pace_per_min, start_at, token_id)"
		" VALUES ($1::text, $2::text, $3::text, $4::smallint, $5::smallint, $6::bigint,"
		"         $7::bigint, $8::smallint, $9::smallint, $10::integer, $11::bigint,"
		"         $12::timestamptz, $13::bigint) RETURNING id"};
	struct campaign_fields fields = {.priority = 5, .max_parts = 6, .validity_s = 86400};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	int16_t account_id = 0;
	int64_t id = 0;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	campaign_fields_read(doc, JSON_REQUIRED, &fields, &r->problem);
	ok = check_fields(r, &fields, &account_id, err);
	if (ok && !problem_found(&r->problem)) {
		push_fields(r->params, &fields, account_id);
		pg_param_int64(r->params, r->token_id);
		ok = request_query(r, &create, &rows, err);
		id = ok ? pg_int(rows, 0, 0) : 0;
		pg_result_free(&rows);
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return campaign_put(r, id, err) && request_reply(r, 201);
}

static void fields_from_row(const struct pg_result *rows, struct campaign_fields *f)
{
	*f = (struct campaign_fields){
		.name = pg_text(rows, 0, COL_NAME),
		.text = pg_text(rows, 0, COL_TEXT),
		.sender = pg_text(rows, 0, COL_SENDER),
		.class = (enum message_class)pg_int(rows, 0, COL_CLASS),
		.category = (enum message_category)pg_int(rows, 0, COL_CATEGORY),
		.list_id = pg_int(rows, 0, COL_LIST),
		.account = text_or_null(rows, 0, COL_ACCOUNT),
		.priority = pg_int(rows, 0, COL_PRIORITY),
		.max_parts = pg_int(rows, 0, COL_MAX_PARTS),
		.validity_s = pg_int(rows, 0, COL_VALIDITY),
		.pace_per_min = pg_int(rows, 0, COL_PACE),
		.start_at_us = pg_time_us(rows, 0, COL_START),
	};
}

struct patch {
	struct request *r;
	int64_t id;
	const struct cJSON *doc;
};

static bool store_patch(struct request *r, int64_t id, const struct campaign_fields *fields,
			struct err *err)
{
	static const struct pg_stmt update = {
		"campaign_update",
		"UPDATE campaign SET name = $1::text, text = $2::text, sender = $3::text,"
		"       class = $4::smallint, category = $5::smallint, list_id = $6::bigint,"
		"       account_id = $7::bigint, priority = $8::smallint, max_parts = "
		"$9::smallint,"
		"       validity_s = $10::integer, pace_per_min = $11::bigint,"
		"       start_at = $12::timestamptz WHERE id = $13::bigint"};
	int16_t account_id;

	if (!check_fields(r, fields, &account_id, err))
		return false;
	if (problem_found(&r->problem))
		return request_refused(err);
	push_fields(r->params, fields, account_id);
	pg_param_int64(r->params, id);
	return request_query(r, &update, NULL, err);
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {"campaign_lock", CAMPAIGN_COLUMNS
					    "WHERE c.id = $1::bigint FOR UPDATE OF c"};
	struct patch *patch = arg;
	struct request *r = patch->r;
	struct campaign_fields fields;
	struct pg_result *rows = NULL;
	bool ok;

	(void)pg;
	pg_param_int64(r->params, patch->id);
	if (!request_query(r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "campaign");
	} else if (strcmp(pg_text(rows, 0, COL_STATUS), "draft") != 0) {
		problem_conflict(&r->problem,
				 "The campaign is %s; only a draft can be changed. Make a new "
				 "campaign instead",
				 pg_text(rows, 0, COL_STATUS));
	} else {
		fields_from_row(rows, &fields);
		campaign_fields_read(patch->doc, JSON_OPTIONAL, &fields, &r->problem);
	}
	ok = problem_found(&r->problem) ? request_refused(err)
					: store_patch(r, patch->id, &fields, err);
	pg_result_free(&rows);
	return ok;
}

/* PATCH /v1/campaigns/{id} */
bool campaign_patch(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct patch patch = {.r = r};
	bool ok;

	if (!request_id(r, 0, "campaign", &patch.id) || !request_json(r, &doc))
		return true;
	patch.doc = doc;
	ok = pg_transaction(r->pg, patch_body, &patch, err);
	json_free(&doc);
	if (!ok)
		return false;
	return campaign_put(r, patch.id, err) && request_reply(r, 200);
}
