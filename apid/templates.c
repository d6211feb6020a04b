/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* templates - texts that are written once and used by many campaigns.
 *
 * A text that was saved never changes: another text is another version, and a campaign keeps the
 * one it was made from. */
#include <string.h>

#include "apid/api.h"
#include "apid/campaign_request.h"
#include "apid/sender_rules.h"
#include "apid/text_check.h"
#include "common/base/log.h"
#include "common/model/plans.h"
#include "common/model/sender.h"
#include "common/web/json.h"

#define NAME_CHARS_MAX 200

/* --- showing -------------------------------------------------------------------------------------
 */

#define TEMPLATE_COLUMNS                                                                           \
	"SELECT t.id, t.name, t.category, t.sender, t.version, v.text, t.created_at, "             \
	"v.created_at,"                                                                            \
	"       coalesce(p.name, k.name),"                                                         \
	"       (SELECT count(*) FROM campaign c WHERE c.template_id = t.id), v.spelling, "        \
	"t.department_id"                                                                          \
	"  FROM template t JOIN template_version v ON v.template_id = t.id AND v.no = t.version"   \
	"  LEFT JOIN person p ON p.id = v.person_id LEFT JOIN token k ON k.id = v.token_id "

enum column {
	COL_ID,
	COL_NAME,
	COL_CATEGORY,
	COL_SENDER,
	COL_VERSION,
	COL_TEXT,
	COL_CREATED,
	COL_CHANGED,
	COL_CHANGED_BY,
	COL_CAMPAIGNS,
	COL_SPELLING,
	COL_DEPARTMENT,
};

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_id(json, "department_id", pg_int(rows, i, COL_DEPARTMENT));
	json_put_text(json, "category",
		      message_category_name((enum message_category)pg_int(rows, i, COL_CATEGORY)));
	json_put_text(json, "sender", pg_text(rows, i, COL_SENDER));
	json_put_int(json, "version", pg_int(rows, i, COL_VERSION));
	json_put_text(json, "text", pg_text(rows, i, COL_TEXT));
	json_put_text(json, "spelling", pg_text(rows, i, COL_SPELLING));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
	json_put_text(json, "changed_by", text_or_null(rows, i, COL_CHANGED_BY));
	json_put_int(json, "campaign_count", pg_int(rows, i, COL_CAMPAIGNS));
}

static void put_template(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

/* ?category=; 0: any.  False: the problem is filled. */
static bool read_category(struct request *r, enum message_category *out)
{
	const char *name = http_query(r->call, "category");

	*out = 0;
	if (name == NULL || message_category_parse(name, out))
		return true;
	problem_field(&r->problem, "category", name,
		      "advertising, service, transactional, debt, emergency or authorisation");
	return false;
}

/* GET /v1/templates, the newest first */
bool template_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"template_list", TEMPLATE_COLUMNS
		"WHERE ($1::bigint = 0 OR t.id < $1::bigint)"
		"  AND ($3::text = '' OR position(lower($3::text) IN lower(t.name)) > 0)"
		"  AND ($4::smallint = 0 OR t.category = $4::smallint)"
		"  AND " SCOPE_SQL("t.department_id",
				   "$5") " ORDER BY t.id DESC LIMIT $2::bigint + 1"};
	const char *query = http_query(r->call, "query");
	enum message_category category;
	struct page page;

	if (!page_from_query(r, &page) || !read_category(r, &category))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text(r->params, query != NULL ? query : "");
	pg_param_int16(r->params, (int16_t)category);
	scope_param_above(r->params, &r->caller, RIGHT_TEMPLATES_READ);
	return page_reply(r, &page, &list, "templates", put_template, err);
}

static bool put_versions(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt versions = {
		"template_versions",
		"SELECT v.no, v.text, v.created_at, coalesce(p.name, k.name), v.spelling"
		"  FROM template_version v"
		"  LEFT JOIN person p ON p.id = v.person_id LEFT JOIN token k ON k.id = v.token_id"
		" WHERE v.template_id = $1::bigint ORDER BY v.no DESC LIMIT 200"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &versions, &rows, err))
		return false;
	json_array(&r->json, "versions");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_int(&r->json, "version", pg_int(rows, i, 0));
		json_put_text(&r->json, "text", pg_text(rows, i, 1));
		json_put_time(&r->json, "created_at", pg_time_us(rows, i, 2));
		json_put_text(&r->json, "created_by", text_or_null(rows, i, 3));
		json_put_text(&r->json, "spelling", pg_text(rows, i, 4));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool put_campaigns(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt campaigns = {
		"template_campaigns",
		"SELECT c.id, c.name, c.status, c.template_version,"
		"       (SELECT coalesce(sum(k.clicked), 0)::bigint FROM run r"
		"          JOIN run_count k ON k.run_id = r.id WHERE r.campaign_id = c.id)"
		"  FROM campaign c WHERE c.template_id = $1::bigint ORDER BY c.id DESC LIMIT 200"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &campaigns, &rows, err))
		return false;
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_text(&r->json, "status", pg_text(rows, i, 2));
		json_put_int(&r->json, "version", pg_int(rows, i, 3));
		json_put_int(&r->json, "clicked", pg_int(rows, i, 4));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* Who would get no message, because the text is their own only as far as their record is whole. */
static bool put_lacking(struct request *r, const char *text, struct err *err)
{
	struct render_plan *plan = NULL;
	bool ok = plan_load(r->pg, text, strlen(text), 0, &plan, err) &&
		  text_put_lacking(r, plan, 0, err);

	render_plan_free(&plan);
	return ok;
}

/* The template into r->json; one that is not there is the problem. */
static bool put_whole(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"template_get",
					   TEMPLATE_COLUMNS "WHERE t.id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "template");
	} else {
		put_open(&r->json, rows, 0);
		ok = put_versions(r, id, err) && put_campaigns(r, id, err) &&
		     put_lacking(r, pg_text(rows, 0, COL_TEXT), err);
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return ok;
}

/* GET /v1/templates/{id} */
bool template_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "template", &id))
		return true;
	return put_whole(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* What a request says of a template; strings are borrowed from the document. */
struct template_wanted {
	struct request *r;
	int64_t id;	       /* 0: a new one */
	int64_t department_id; /* of a new one */
	const char *name, *sender, *text;
	enum sms_spelling spelling;
	enum message_category category;
};

static void read_wanted(const struct cJSON *doc, struct template_wanted *w)
{
	struct json_in in;

	json_in_begin(&in, doc, &w->r->problem, "");
	w->name = json_in_text(&in, "name", JSON_REQUIRED, NAME_CHARS_MAX);
	w->text = json_in_text(&in, "text", JSON_REQUIRED, TEXT_CHARS_MAX);
	w->spelling = spelling_in(&in, SPELLING_AS_IS);
	w->category = category_in(&in, JSON_REQUIRED, 0);
	w->sender = json_in_empty(&in, "sender") ? "" : sender_in(&in, JSON_OPTIONAL);
	if (w->sender == NULL)
		w->sender = "";
	if (w->id == 0)
		w->department_id = scope_place(&w->r->caller, RIGHT_TEMPLATES_EDIT,
					       json_in_id(&in, "department_id", JSON_OPTIONAL),
					       &w->r->problem);
	json_in_end(&in);
}

/* The unique name is taken: say so rather than fail. */
static bool name_is_taken(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
		return false;
	problem_field(&r->problem, "name", "the name of another template", "a name of its own");
	return request_refused(err);
}

static void push_template(const struct template_wanted *w)
{
	pg_param_text(w->r->params, w->name);
	pg_param_int16(w->r->params, (int16_t)w->category);
	pg_param_text(w->r->params, w->sender);
	pg_param_text(w->r->params, w->text);
	caller_params(w->r->params, &w->r->caller);
	pg_param_text(w->r->params, spelling_name(w->spelling));
}

/* The same text in the same spelling again is no version. */
static bool store_template(struct template_wanted *w, struct err *err)
{
	static const struct pg_stmt create = {
		"template_create",
		"WITH made AS (INSERT INTO template (name, category, sender, department_id)"
		"      VALUES ($1::text, $2::smallint, $3::text, $8::bigint) RETURNING id),"
		" first AS (INSERT INTO template_version (template_id, no, text, token_id, "
		"person_id, spelling)"
		"      SELECT id, 1, $4::text, $5::bigint, $6::bigint, $7::text FROM made)"
		" SELECT id FROM made"};
	static const struct pg_stmt change = {
		"template_change",
		"WITH was AS (SELECT t.id, t.version,"
		"             v.text <> $4::text OR v.spelling <> $7::text AS other"
		"        FROM template t JOIN template_version v"
		"          ON v.template_id = t.id AND v.no = t.version WHERE t.id = $8::bigint),"
		" more AS (INSERT INTO template_version (template_id, no, text, token_id, "
		"person_id, spelling)"
		"      SELECT id, version + 1, $4::text, $5::bigint, $6::bigint, $7::text"
		"        FROM was WHERE other)"
		" UPDATE template t SET name = $1::text, category = $2::smallint,"
		"        sender = $3::text, version = was.version + was.other::integer"
		"   FROM was WHERE t.id = was.id RETURNING t.id"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	push_template(w);
	pg_param_int64(r->params, w->id != 0 ? w->id : w->department_id);
	if (!request_query(r, w->id != 0 ? &change : &create, &rows, err))
		return name_is_taken(r, err);
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "template");
		return request_refused(err);
	}
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* Two who save at once get a version each. */
static bool lock(struct template_wanted *w, struct err *err)
{
	static const struct pg_stmt stmt = {
		"template_lock", "SELECT 1 FROM template WHERE id = $1::bigint FOR UPDATE"};

	pg_param_int64(w->r->params, w->id);
	return request_query(w->r, &stmt, NULL, err);
}

static bool write_body(struct pg *pg, void *arg, struct err *err)
{
	struct template_wanted *w = arg;

	(void)pg;
	json_out_reset(&w->r->json);
	if ((w->id != 0 && !lock(w, err)) || !sender_check(w->r, w->sender, err) ||
	    !text_check(w->r, RIGHT_TEMPLATES_EDIT, "text", w->text, 0, err))
		return false;
	if (problem_found(&w->r->problem))
		return request_refused(err);
	return store_template(w, err) && put_whole(w->r, w->id, err);
}

static bool write_template(struct request *r, int64_t id, struct err *err)
{
	struct template_wanted w = {.r = r, .id = id};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_wanted(doc, &w);
	if (!problem_found(&r->problem)) {
		ok = pg_transaction(r->pg, write_body, &w, err);
		if (ok)
			log_info("template written", LI("template", w.id));
	}
	json_free(&doc);
	return ok && (problem_found(&r->problem) || request_reply(r, id != 0 ? 200 : 201));
}

/* POST /v1/templates */
bool template_create(struct request *r, struct err *err)
{
	return write_template(r, 0, err);
}

/* PUT /v1/templates/{id} */
bool template_put(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "template", &id) || write_template(r, id, err);
}

/* DELETE /v1/templates/{id}; the campaign's foreign key settles who was first. */
bool template_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {"template_delete",
					      "DELETE FROM template WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "template", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &remove, &rows, err)) {
		if (strcmp(pg_sqlstate(r->pg), "23503") != 0)
			return false;
		return problem_conflict(&r->problem,
					"Campaigns use this template. GET it to see which; what "
					"was sent stays for the record");
	}
	if (pg_affected(rows) == 0)
		problem_not_found(&r->problem, "template");
	pg_result_free(&rows);
	if (!problem_found(&r->problem)) {
		log_info("template deleted", LI("template", id));
		http_reply(r->call, 204, NULL, "", 0);
	}
	return true;
}
