/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_registrations - texts that operators know, as they were registered for a sender. */
#include <string.h>

#include "apid/registration.h"
#include "common/base/log.h"
#include "common/model/message.h"
#include "common/model/sender.h"
#include "common/sms/text_pattern.h"

#define PATTERN_CHARS 4000

/* --- showing -------------------------------------------------------------------------------------
 */

#define TEXT_SQL                                                                                   \
	"SELECT " REGISTRATION_SQL ", s.id, s.name, r.category, r.pattern, r.template_id, t.name"  \
	"  FROM template_registration r JOIN sender s ON s.id = r.sender_id"                       \
	"  LEFT JOIN template t ON t.id = r.template_id" REGISTRATION_JOIN_SQL

enum column {
	COL_SENDER_ID = REGISTRATION_COLUMNS,
	COL_SENDER,
	COL_CATEGORY,
	COL_PATTERN,
	COL_TEMPLATE_ID,
	COL_TEMPLATE,
};

static void put_text(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	registration_put(json, rows, i);
	json_put_id(json, "sender_id", pg_int(rows, i, COL_SENDER_ID));
	json_put_text(json, "sender", pg_text(rows, i, COL_SENDER));
	json_put_text(json, "category",
		      message_category_name((enum message_category)pg_int(rows, i, COL_CATEGORY)));
	json_put_text(json, "pattern", pg_text(rows, i, COL_PATTERN));
	put_id_or_null(json, "template_id", rows, i, COL_TEMPLATE_ID);
	json_put_text(json, "template", text_or_null(rows, i, COL_TEMPLATE));
	json_object_end(json);
}

/* GET /v1/template-registrations, the newest first */
bool text_registration_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {"text_registration_list", TEXT_SQL
					    "WHERE ($1::bigint = 0 OR r.id < $1::bigint)"
					    "  AND ($3::bigint = 0 OR r.sender_id = $3::bigint)"
					    " ORDER BY r.id DESC LIMIT $2::bigint + 1"};
	const char *sender = http_query(r->call, "sender_id");
	int64_t sender_id = 0;
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	if (sender != NULL && !id_parse(sender, &sender_id)) {
		problem_field(&r->problem, "sender_id", sender,
			      "the id of a sender from GET /v1/senders");
		return true;
	}
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, sender_id);
	return page_reply(r, &page, &list, "registrations", put_text, err);
}

static bool reply_text(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"text_registration_get",
					   TEXT_SQL "WHERE r.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "registration");
	} else {
		put_text(&r->json, rows, 0);
		log_info("text registration written", LI("registration", id),
			 LS("state", pg_text(rows, 0, 4)));
	}
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, status);
}

/* --- writing -------------------------------------------------------------------------------------
 */

static const char *pattern_in(struct json_in *in)
{
	const char *text = json_in_text(in, "pattern", JSON_REQUIRED, PATTERN_CHARS);
	struct text_pattern *pattern = NULL;
	struct err broken;

	if (text == NULL)
		return NULL;
	if (!text_pattern_compile(text, strlen(text), &pattern, &broken)) {
		json_in_refuse(in, "pattern", "a text that cannot be read", broken.msg);
		return NULL;
	}
	text_pattern_free(&pattern);
	return text;
}

static enum message_category registered_category_in(struct json_in *in)
{
	enum message_category category = category_in(in, JSON_REQUIRED, 0);

	if (category == CATEGORY_ADVERTISING)
		json_in_refuse(in, "category", message_category_name(category),
			       "another category: texts of advertising are not registered");
	return category;
}

/* What only a new one says. */
struct wanted {
	struct registration registration;
	const char *pattern;
	enum message_category category;
	int64_t sender_id, template_id;
};

static void read_wanted(struct request *r, const struct cJSON *doc, struct wanted *w)
{
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	registration_read(&in, true, &w->registration);
	w->sender_id = json_in_id(&in, "sender_id", JSON_REQUIRED);
	w->template_id = json_in_id(&in, "template_id", JSON_OPTIONAL);
	w->category = registered_category_in(&in);
	w->pattern = pattern_in(&in);
	json_in_end(&in);
}

static bool find_wanted(struct request *r, struct wanted *w, struct err *err)
{
	static const struct pg_stmt find = {
		"text_registration_find",
		"SELECT EXISTS (SELECT 1 FROM sender WHERE id = $1::bigint),"
		"       EXISTS (SELECT 1 FROM template WHERE id = $2::bigint)"};
	struct pg_result *rows = NULL;

	if (!registration_find(r, &w->registration, err))
		return false;
	pg_param_int64(r->params, w->sender_id);
	pg_param_int64(r->params, w->template_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (!pg_bool(rows, 0, 0))
		problem_field(&r->problem, "sender_id", "an id of no sender",
			      "the id of a sender from GET /v1/senders");
	if (w->template_id != 0 && !pg_bool(rows, 0, 1))
		problem_field(&r->problem, "template_id", "an id of no template",
			      "the id of a template from GET /v1/templates, or null");
	pg_result_free(&rows);
	return true;
}

static bool store_wanted(struct request *r, const struct wanted *w, int64_t *id_out,
			 struct err *err)
{
	static const struct pg_stmt create = {
		"text_registration_create",
		"INSERT INTO template_registration (" REGISTRATION_INSERT_COLUMNS
		", sender_id, category, pattern, template_id)"
		" VALUES (" REGISTRATION_INSERT_VALUES ", $13::bigint, $14::smallint, $15::text,"
		"         nullif($16::bigint, 0)) RETURNING id"};
	struct pg_result *rows = NULL;

	registration_push(r->params, &w->registration);
	registration_push_whose(r->params, &w->registration);
	pg_param_int64(r->params, w->sender_id);
	pg_param_int16(r->params, (int16_t)w->category);
	pg_param_text(r->params, w->pattern);
	pg_param_int64(r->params, w->template_id);
	if (!request_query(r, &create, &rows, err))
		return registration_refused(r, err);
	*id_out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* POST /v1/template-registrations */
bool text_registration_create(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct wanted w;
	int64_t id = 0;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_wanted(r, doc, &w);
	if (!problem_found(&r->problem))
		ok = find_wanted(r, &w, err);
	if (ok && !problem_found(&r->problem))
		ok = store_wanted(r, &w, &id, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return reply_text(r, id, 201, err);
}

/* PATCH /v1/template-registrations/{id} */
bool text_registration_patch(struct request *r, struct err *err)
{
	static const struct pg_stmt patch = {
		"text_registration_patch",
		"UPDATE template_registration SET " REGISTRATION_UPDATE_SQL
		" WHERE id = $10::bigint"};
	struct registration registration;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "registration", &id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	registration_read(&in, false, &registration);
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		registration_push(r->params, &registration);
		pg_param_int64(r->params, id);
		ok = request_query(r, &patch, NULL, err) || registration_refused(r, err);
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return reply_text(r, id, 200, err);
}
