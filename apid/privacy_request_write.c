/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_request_write - a request about personal data is registered, worked on, given more time
 * and closed.  Deadlines are the law's alone (privacy_deadline() in SQL): nobody types one. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/privacy_request.h"
#include "common/base/log.h"
#include "common/model/phone.h"
#include "common/web/json.h"

struct writing {
	struct request *r;
	int64_t id; /* 0: a new one */
	const char *kind, *reference, *name, *text, *reason, *result, *answer;
	bool has_reference, has_name, has_assignee; /* also when null */
	int64_t msisdn, client_id, assignee_id, received_at_us;
};

typedef bool body_fn(struct pg *pg, void *arg, struct err *err);

static void read_fields(struct writing *w, struct json_in *in)
{
	w->has_reference = json_in_has(in, "reference");
	w->reference = json_in_text(in, "reference", JSON_OPTIONAL, REQUEST_LINE_CHARS);
	w->has_name = json_in_has(in, "name");
	w->name = json_in_text(in, "name", JSON_OPTIONAL, REQUEST_LINE_CHARS);
	w->text = json_in_text(in, "text", JSON_OPTIONAL, REQUEST_TEXT_CHARS);
	w->has_assignee = json_in_has(in, "assignee_id");
	w->assignee_id = json_in_id(in, "assignee_id", JSON_OPTIONAL);
}

static bool write_request(struct writing *w, body_fn *body, int status, struct err *err)
{
	if (problem_found(&w->r->problem))
		return true;
	if (!pg_transaction(w->r->pg, body, w, err))
		return false;
	log_info("privacy request written", LI("privacy_request", w->id));
	return request_reply(w->r, status);
}

static bool put_written(struct writing *w, struct err *err)
{
	json_out_reset(&w->r->json);
	return privacy_request_put(w->r, w->id, err);
}

static bool refuse_field(struct writing *w, const char *field, const char *expected,
			 struct err *err)
{
	problem_field(&w->r->problem, field, "the value sent", expected);
	return request_refused(err);
}

/* Those who are named must be there. */
static bool check_named(struct writing *w, struct err *err)
{
	static const struct pg_stmt check = {
		"privacy_request_named",
		"SELECT $1::bigint = 0 OR EXISTS (SELECT 1 FROM client WHERE id = $1::bigint"
		"         FOR KEY SHARE),"
		"       $2::bigint = 0 OR EXISTS (SELECT 1 FROM person WHERE id = $2::bigint"
		"         AND disabled_at IS NULL)"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	bool client, person;

	pg_param_int64(r->params, w->client_id);
	pg_param_int64(r->params, w->assignee_id);
	if (!request_query(r, &check, &rows, err))
		return false;
	client = pg_bool(rows, 0, 0);
	person = pg_bool(rows, 0, 1);
	pg_result_free(&rows);
	if (!client)
		return refuse_field(w, "client_id", "the id of a client", err);
	return person || refuse_field(w, "assignee_id", "the id of a person who may sign in", err);
}

/* --- POST /v1/privacy-requests -------------------------------------------------------------------
 */

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	/* Who is known by the number alone is the one client who has it. */
	static const struct pg_stmt create = {
		"privacy_request_create",
		"INSERT INTO privacy_request (kind, received_at, reference, client_id, msisdn,"
		"       name, text, deadline, assignee_id, token_id, person_id)"
		" SELECT $1::text, x.at, $3::text, coalesce(nullif($4::bigint, 0),"
		"        (SELECT CASE WHEN count(*) = 1 THEN min(k.id) END FROM"
		"         (SELECT id FROM client WHERE msisdn = $5::bigint LIMIT 2) k)),"
		"        coalesce(nullif($5::bigint, 0),"
		"          (SELECT msisdn FROM client WHERE id = $4::bigint)),"
		"        $6::text, coalesce($7::text, ''),"
		"        privacy_deadline($1::text, x.at, false), nullif($8::bigint, 0),"
		"        $9::bigint, $10::bigint"
		"   FROM (SELECT coalesce($2::timestamptz, clock_timestamp()) AS at) x"
		" RETURNING id"};
	struct writing *w = arg;
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	(void)pg;
	if (!check_named(w, err))
		return false;
	pg_param_text(r->params, w->kind);
	if (w->received_at_us != 0)
		pg_param_time_us(r->params, w->received_at_us);
	else
		pg_param_null(r->params);
	pg_param_text(r->params, w->reference);
	pg_param_int64(r->params, w->client_id);
	pg_param_int64(r->params, w->msisdn);
	pg_param_text(r->params, w->name);
	pg_param_text(r->params, w->text);
	pg_param_int64(r->params, w->assignee_id);
	caller_params(r->params, &r->caller);
	if (!request_query(r, &create, &rows, err))
		return false;
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return put_written(w, err);
}

bool privacy_request_create(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.kind = privacy_kind_in(&in, JSON_REQUIRED);
	w.received_at_us = json_in_time(&in, "received_at", JSON_OPTIONAL);
	w.msisdn = phone_in(&in, "phone", JSON_OPTIONAL);
	w.client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	read_fields(&w, &in);
	json_in_end(&in);
	if (!problem_found(&r->problem) && w.msisdn == 0 && w.client_id == 0 && w.name == NULL)
		problem_field(&r->problem, "client_id", "nothing", "client_id, phone or name");
	ok = write_request(&w, create_body, 201, err);
	json_free(&doc);
	return ok;
}

/* --- what is open --------------------------------------------------------------------------------
 */

/* The row, locked; one that is closed or not there is the problem. */
static bool hold(struct writing *w, bool *extends_out, struct err *err)
{
	static const struct pg_stmt find = {
		"privacy_request_hold",
		"SELECT state = 'closed', kind IN ('access', 'stop'), extension_reason IS NOT NULL"
		"  FROM privacy_request WHERE id = $1::bigint FOR UPDATE"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, w->id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "privacy request");
	else if (pg_bool(rows, 0, 0))
		problem_conflict(&r->problem, "The request is closed and stays as it is. "
					      "Register another one");
	else if (extends_out != NULL && (!pg_bool(rows, 0, 1) || pg_bool(rows, 0, 2)))
		problem_conflict(&r->problem, "The law gives five more working days once, to "
					      "requests of kinds access and stop alone. Answer "
					      "this one within its deadline");
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool change_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt change = {
		"privacy_request_change",
		"UPDATE privacy_request SET"
		"   reference = CASE WHEN $2::boolean THEN $3::text ELSE reference END,"
		"   name = CASE WHEN $4::boolean THEN $5::text ELSE name END,"
		"   assignee_id = CASE WHEN $6::boolean THEN nullif($7::bigint, 0)"
		"                      ELSE assignee_id END,"
		"   client_id = CASE WHEN $8::bigint <> 0 THEN $8::bigint ELSE client_id END,"
		"   text = coalesce($9::text, text), changed_at = clock_timestamp()"
		" WHERE id = $1::bigint"};
	struct writing *w = arg;
	struct pg_params *params = w->r->params;

	(void)pg;
	if (!hold(w, NULL, err) || !check_named(w, err))
		return false;
	pg_param_int64(params, w->id);
	pg_param_bool(params, w->has_reference);
	pg_param_text(params, w->reference);
	pg_param_bool(params, w->has_name);
	pg_param_text(params, w->name);
	pg_param_bool(params, w->has_assignee);
	pg_param_int64(params, w->assignee_id);
	pg_param_int64(params, w->client_id);
	pg_param_text(params, w->text);
	return request_query(w->r, &change, NULL, err) && put_written(w, err);
}

/* PATCH /v1/privacy-requests/{id} */
bool privacy_request_patch(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_id(r, 0, "privacy request", &w.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	read_fields(&w, &in);
	json_in_end(&in);
	ok = write_request(&w, change_body, 200, err);
	json_free(&doc);
	return ok;
}

static bool extend_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt extend = {
		"privacy_request_extend",
		"UPDATE privacy_request SET extension_reason = $2::text,"
		"   deadline = privacy_deadline(kind, received_at, true),"
		"   changed_at = clock_timestamp() WHERE id = $1::bigint"};
	struct writing *w = arg;
	bool extends = true;

	(void)pg;
	if (!hold(w, &extends, err))
		return false;
	pg_param_int64(w->r->params, w->id);
	pg_param_text(w->r->params, w->reason);
	return request_query(w->r, &extend, NULL, err) && put_written(w, err);
}

/* POST /v1/privacy-requests/{id}/extend */
bool privacy_request_extend(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_id(r, 0, "privacy request", &w.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.reason = json_in_text(&in, "reason", JSON_REQUIRED, REQUEST_TEXT_CHARS);
	json_in_end(&in);
	ok = write_request(&w, extend_body, 200, err);
	json_free(&doc);
	return ok;
}

static bool close_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt end = {
		"privacy_request_close",
		"UPDATE privacy_request SET state = 'closed', result = $2::text, answer = $3::text,"
		"   closed_at = clock_timestamp(), changed_at = clock_timestamp()"
		" WHERE id = $1::bigint"};
	struct writing *w = arg;
	struct pg_params *params = w->r->params;

	(void)pg;
	if (!hold(w, NULL, err))
		return false;
	pg_param_int64(params, w->id);
	pg_param_text(params, w->result);
	pg_param_text(params, w->answer);
	return request_query(w->r, &end, NULL, err) && put_written(w, err);
}

/* POST /v1/privacy-requests/{id}/close */
bool privacy_request_close(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_id(r, 0, "privacy request", &w.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.result = json_in_text(&in, "result", JSON_REQUIRED, REQUEST_LINE_CHARS);
	w.answer = json_in_text(&in, "answer", JSON_REQUIRED, REQUEST_TEXT_CHARS);
	if (w.result != NULL && strcmp(w.result, "done") != 0 && strcmp(w.result, "refused") != 0 &&
	    strcmp(w.result, "taken_back") != 0)
		json_in_refuse(&in, "result", w.result, "done, refused or taken_back");
	json_in_end(&in);
	ok = write_request(&w, close_body, 200, err);
	json_free(&doc);
	return ok;
}
