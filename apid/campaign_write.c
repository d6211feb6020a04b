/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_write - making, changing and deleting drafts. */
#include <string.h>

#include "apid/accounts.h"
#include "apid/approval.h"
#include "apid/campaign.h"
#include "apid/campaign_pace.h"
#include "apid/campaign_request.h"
#include "apid/campaign_template.h"
#include "apid/sender_rules.h"
#include "apid/text_check.h"
#include "common/web/json.h"

/* --- checks against the store
 * ---------------------------------------------------------------------- */

/* A draft's text may be empty; launching it is refused then. */
static bool check_text(struct request *r, const struct campaign_fields *f, struct err *err)
{
	return f->text[0] == '\0' ||
	       text_check(r, RIGHT_CAMPAIGNS_EDIT, "text", f->text, f->list_id, err);
}

static bool check_list(struct request *r, int64_t list_id, struct err *err)
{
	static const struct pg_stmt find = {"list_find",
					    "SELECT 1 FROM list WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool outside;

	if (list_id == 0)
		return true;
	pg_param_int64(r->params, list_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (!scope_outside(r->pg, &r->caller, SCOPE_LIST_ABOVE, RIGHT_CAMPAIGNS_EDIT, list_id,
			   &outside, err)) {
		pg_result_free(&rows);
		return false;
	}
	if (pg_rows(rows) == 0 || outside)
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
	if (!check_text(r, f, err))
		return false;
	if (!check_list(r, f->list_id, err) || !sender_check(r, f->sender, err))
		return false;
	if (!campaign_use_check(r, &f->use, f->list_id, err))
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
	param_int_or_null(p, f->category);
	param_int_or_null(p, f->list_id);
	param_int_or_null(p, account_id);
	pg_param_int16(p, (int16_t)f->priority);
	pg_param_int16(p, (int16_t)f->max_parts);
	pg_param_int32(p, (int32_t)f->validity_s);
	param_int_or_null(p, f->pace.per_min);
	if (f->start_at_us == 0)
		pg_param_null(p);
	else
		pg_param_time_us(p, f->start_at_us);
	pg_param_bool(p, f->report_statuses);
	pg_param_text(p, f->after_hours);
	pg_param_text(p, f->cap_exempt);
	param_int_or_null(p, f->template_id);
	param_int_or_null(p, f->template_version);
	pg_param_text(p, spelling_name(f->spelling));
}

struct creation {
	struct request *r;
	const struct campaign_fields *fields;
	int16_t account_id;
	int64_t id;
	const struct cJSON *doc;
};

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt create = {
		"campaign_create",
		"INSERT INTO campaign (name, text, sender, class, category, list_id, account_id,"
		"       priority, max_parts, validity_s, pace_per_min, start_at, "
		"       report_statuses, after_hours, cap_exempt, template_id, template_version,"
		"       spelling, token_id, person_id, department_id, client_departments, "
		"pace_until,"
		"       stop_at, window_days, window_from, window_to, window_zone)"
		" VALUES ($1::text, $2::text, coalesce(nullif($3::text, ''),"
		"           sender_default_of($4::smallint, $5::smallint), ''),"
		"         $4::smallint, $5::smallint, $6::bigint,"
		"         $7::bigint, $8::smallint, $9::smallint, $10::integer, $11::bigint,"
		"         $12::timestamptz, $13::boolean, $14::text, $15::text, $16::bigint,"
		"         $17::bigint, $18::text, $19::bigint, $20::bigint,"
		"         $21::bigint, $22::bigint[], $23::timestamptz, $24::timestamptz,"
		"         $25::smallint[], $26::time, $27::time, $28::text) RETURNING id"};
	struct creation *c = arg;
	struct request *r = c->r;
	struct pg_result *rows = NULL;

	(void)pg;
	push_fields(r->params, c->fields, c->account_id);
	caller_params(r->params, &r->caller);
	pg_param_int64(r->params, c->fields->department_id);
	scope_param_clients(r->params, &r->caller, RIGHT_CAMPAIGNS_EDIT);
	pace_params(r->params, &c->fields->pace);
	if (!request_query(r, &create, &rows, err))
		return false;
	c->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return campaign_use_store(r, c->id, &c->fields->use, err) &&
	       (!when_asked(c->doc) || when_store(r, c->id, c->doc, err));
}

/* POST /v1/campaigns */
bool campaign_create(struct request *r, struct err *err)
{
	struct campaign_fields fields = campaign_fields_default;
	struct creation creation = {.r = r, .fields = &fields};
	struct pg_result *template = NULL;
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	creation.doc = doc;
	campaign_fields_read(doc, JSON_REQUIRED, &fields, &r->problem);
	fields.department_id =
		scope_place(&r->caller, RIGHT_CAMPAIGNS_EDIT, fields.department_id, &r->problem);
	ok = campaign_template_take(r, &fields, &template, err) &&
	     check_fields(r, &fields, &creation.account_id, err);
	if (ok && !problem_found(&r->problem))
		ok = pg_transaction(r->pg, create_body, &creation, err);
	pg_result_free(&template);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return campaign_put(r, creation.id, err) && request_reply(r, 201);
}

static void fields_from_row(const struct pg_result *rows, struct campaign_fields *f)
{
	*f = (struct campaign_fields){
		.name = pg_text(rows, 0, CAMPAIGN_NAME),
		.text = pg_text(rows, 0, CAMPAIGN_TEXT),
		.sender = pg_text(rows, 0, CAMPAIGN_SENDER),
		.class = (enum message_class)pg_int(rows, 0, CAMPAIGN_CLASS),
		.category = (enum message_category)pg_int(rows, 0, CAMPAIGN_CATEGORY),
		.list_id = pg_int(rows, 0, CAMPAIGN_LIST),
		.account = campaign_text_or_null(rows, 0, CAMPAIGN_ACCOUNT),
		.priority = pg_int(rows, 0, CAMPAIGN_PRIORITY),
		.max_parts = pg_int(rows, 0, CAMPAIGN_MAX_PARTS),
		.validity_s = pg_int(rows, 0, CAMPAIGN_VALIDITY),
		.start_at_us = pg_time_us(rows, 0, CAMPAIGN_START),
		.report_statuses = pg_bool(rows, 0, CAMPAIGN_REPORT),
		.after_hours = pg_text(rows, 0, CAMPAIGN_AFTER_HOURS),
		.cap_exempt = campaign_text_or_null(rows, 0, CAMPAIGN_CAP_EXEMPT),
		.template_id = pg_int(rows, 0, CAMPAIGN_TEMPLATE),
		.template_version = pg_int(rows, 0, CAMPAIGN_TEMPLATE_VERSION),
		.spelling = spelling_of(pg_text(rows, 0, CAMPAIGN_SPELLING)),
	};
	pace_from_row(rows, 0, CAMPAIGN_PACE, &f->pace);
}

struct patch {
	struct request *r;
	int64_t id;
	const struct cJSON *doc;
};

static bool store_patch(struct request *r, int64_t id, struct campaign_fields *fields,
			struct err *err)
{
	static const struct pg_stmt update = {
		"campaign_update",
		"UPDATE campaign SET name = $1::text, text = $2::text, sender = $3::text,"
		"       class = $4::smallint, category = $5::bigint, list_id = $6::bigint,"
		"       account_id = $7::bigint, priority = $8::smallint, max_parts = "
		"$9::smallint,"
		"       validity_s = $10::integer, pace_per_min = $11::bigint,"
		"       start_at = $12::timestamptz, report_statuses = $13::boolean,"
		"       after_hours = $14::text, cap_exempt = $15::text,"
		"       template_id = $16::bigint, template_version = $17::bigint,"
		"       spelling = $18::text, client_departments = $20::bigint[],"
		"       pace_until = $21::timestamptz,"
		"       stop_at = $22::timestamptz, window_days = $23::smallint[],"
		"       window_from = $24::time, window_to = $25::time, window_zone = $26::text"
		" WHERE id = $19::bigint"};
	struct pg_result *template = NULL;
	int16_t account_id;
	bool ok = campaign_template_take(r, fields, &template, err) &&
		  check_fields(r, fields, &account_id, err);

	if (ok && problem_found(&r->problem))
		ok = request_refused(err);
	if (ok) {
		push_fields(r->params, fields, account_id);
		pg_param_int64(r->params, id);
		scope_param_clients(r->params, &r->caller, RIGHT_CAMPAIGNS_EDIT);
		pace_params(r->params, &fields->pace);
		ok = request_query(r, &update, NULL, err) &&
		     campaign_use_store(r, id, &fields->use, err) &&
		     campaign_note_editor(r, id, err);
	}
	pg_result_free(&template);
	return ok;
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {"campaign_lock", CAMPAIGN_SELECT
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
	} else if (strcmp(pg_text(rows, 0, CAMPAIGN_STATUS), "draft") != 0) {
		problem_conflict(&r->problem,
				 "The campaign is %s; only a draft can be changed. Make a new "
				 "campaign instead",
				 pg_text(rows, 0, CAMPAIGN_STATUS));
	} else {
		fields_from_row(rows, &fields);
		campaign_fields_read(patch->doc, JSON_OPTIONAL, &fields, &r->problem);
	}
	ok = problem_found(&r->problem) ? request_refused(err)
					: store_patch(r, patch->id, &fields, err) &&
						  when_store(r, patch->id, patch->doc, err);
	pg_result_free(&rows);
	return ok;
}

/* DELETE /v1/campaigns/{id}: what was never launched leaves no trace. */
bool campaign_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"campaign_delete",
		"WITH found AS (SELECT id, status FROM campaign WHERE id = $1::bigint FOR UPDATE),"
		" gone AS (DELETE FROM campaign c USING found f"
		"           WHERE c.id = f.id AND f.status = 'draft')"
		" SELECT status FROM found"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "campaign");
	else if (strcmp(pg_text(rows, 0, 0), "draft") != 0)
		problem_conflict(
			&r->problem,
			"The campaign is %s; only a draft can be deleted. What was launched "
			"stays for the record",
			pg_text(rows, 0, 0));
	pg_result_free(&rows);
	if (!problem_found(&r->problem))
		http_reply(r->call, 204, NULL, "", 0);
	return true;
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
