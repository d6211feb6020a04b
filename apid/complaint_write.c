/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaint_write - a complaint is registered, changed, answered and closed. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/complaint.h"
#include "common/base/log.h"
#include "common/model/phone.h"
#include "common/web/json.h"

#define DAYS_TO_REPLY 10 /* working days, law 152-FZ; one may ask for five more with a reason */

struct writing {
	struct request *r;
	int64_t id; /* 0: a new one */
	const char *source, *reference, *name, *claim, *deadline_reason, *answer, *result;
	bool has_reference, has_name, has_assignee; /* also when null */
	int64_t msisdn, client_id, assignee_id, received_at_us, deadline_us;
	int64_t messages[COMPLAINT_MESSAGES_MAX];
	size_t message_count;
};

static void messages_in(struct writing *w, struct json_in *in)
{
	const cJSON *list = json_in_array(in, "message_ids", JSON_OPTIONAL, COMPLAINT_MESSAGES_MAX);
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item) ||
		    !id_parse(item->valuestring, &w->messages[w->message_count])) {
			json_in_refuse(in, "message_ids", "something else", "ids of messages");
			return;
		}
		w->message_count++;
	}
}

static void read_writing(struct writing *w, const struct cJSON *doc)
{
	enum json_need need = w->id == 0 ? JSON_REQUIRED : JSON_OPTIONAL;
	struct json_in in;

	json_in_begin(&in, doc, &w->r->problem, "");
	w->source = complaint_source_in(&in, need);
	w->claim = json_in_text(&in, "claim", need, COMPLAINT_CLAIM_CHARS);
	w->received_at_us = json_in_time(&in, "received_at", JSON_OPTIONAL);
	w->msisdn = phone_in(&in, "phone", JSON_OPTIONAL);
	w->client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	w->has_reference = json_in_has(&in, "reference");
	w->reference = json_in_text(&in, "reference", JSON_OPTIONAL, COMPLAINT_LINE_CHARS);
	w->has_name = json_in_has(&in, "name");
	w->name = json_in_text(&in, "name", JSON_OPTIONAL, COMPLAINT_LINE_CHARS);
	w->has_assignee = json_in_has(&in, "assignee_id");
	w->assignee_id = json_in_id(&in, "assignee_id", JSON_OPTIONAL);
	w->deadline_us = json_in_time(&in, "deadline", JSON_OPTIONAL);
	w->deadline_reason =
		json_in_text(&in, "deadline_reason", JSON_OPTIONAL, COMPLAINT_LINE_CHARS);
	messages_in(w, &in);
	if (w->id != 0) {
		w->answer = json_in_text(&in, "answer", JSON_OPTIONAL, COMPLAINT_CLAIM_CHARS);
		if (w->deadline_us != 0 && w->deadline_reason == NULL)
			json_in_refuse(&in, "deadline_reason", "nothing",
				       "why the deadline is another");
	}
	json_in_end(&in);
}

static void push_time_or_null(struct pg_params *params, int64_t at_us)
{
	if (at_us != 0)
		pg_param_time_us(params, at_us);
	else
		pg_param_null(params);
}

static bool refuse_field(struct writing *w, const char *field, const char *expected,
			 struct err *err)
{
	problem_field(&w->r->problem, field, "the value sent", expected);
	return request_refused(err);
}

/* Those who are named must be there; a client is held until the end, so that nobody erases it. */
static bool check_named(struct writing *w, struct err *err)
{
	static const struct pg_stmt check = {
		"complaint_named",
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

/* Of somebody else's message nothing may come into the hands of who complained. */
static bool check_messages(struct writing *w, struct err *err)
{
	static const char sql[] =
		"SELECT count(*) FILTER (WHERE m.id IS NULL),"
		"       count(*) FILTER (WHERE m.msisdn > 0 AND m.msisdn <> c.msisdn"
		"                          AND coalesce(m.client_id <> c.client_id, true))"
		"  FROM unnest($1::bigint[]) u LEFT JOIN message m ON m.id = u"
		"   AND m.id = ANY ($1::bigint[]) CROSS JOIN complaint c WHERE c.id = $2::bigint";
	struct request *r = w->r;
	struct pg_result *rows = NULL;
	bool unknown, others, ok;

	pg_param_int64_array(r->params, w->messages, w->message_count);
	pg_param_int64(r->params, w->id);
	ok = pg_run_once(r->pg, sql, r->params, &rows, err);
	pg_params_reset(r->params);
	if (!ok)
		return false;
	unknown = pg_int(rows, 0, 0) > 0;
	others = pg_int(rows, 0, 1) > 0;
	pg_result_free(&rows);
	if (unknown)
		return refuse_field(w, "message_ids", "ids of messages that were made", err);
	return !others || refuse_field(w, "message_ids",
				       "messages to the number that the complaint is about", err);
}

/* Another number or client: what was linked before must be theirs. */
static bool check_linked(struct writing *w, struct err *err)
{
	static const struct pg_stmt linked = {"complaint_linked",
					      "SELECT array_agg(message_id) FROM complaint_message"
					      " WHERE complaint_id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(w->r->params, w->id);
	if (!request_query(w->r, &linked, &rows, err))
		return false;
	w->message_count = pg_int_array(rows, 0, 0, w->messages, COMPLAINT_MESSAGES_MAX);
	pg_result_free(&rows);
	return w->message_count == 0 || check_messages(w, err);
}

static bool link_messages(struct writing *w, struct err *err)
{
	static const struct pg_stmt unlink_all = {
		"complaint_unlink",
		"DELETE FROM complaint_message WHERE complaint_id = $1::bigint"};
	static const struct pg_stmt link_these = {
		"complaint_link", "INSERT INTO complaint_message (complaint_id, message_id)"
				  " SELECT DISTINCT $1::bigint, u FROM unnest($2::bigint[]) u"};
	struct request *r = w->r;

	if (w->message_count == 0)
		return (w->msisdn == 0 && w->client_id == 0) || check_linked(w, err);
	if (!check_messages(w, err))
		return false;
	pg_param_int64(r->params, w->id);
	if (!request_query(r, &unlink_all, NULL, err))
		return false;
	pg_param_int64(r->params, w->id);
	pg_param_int64_array(r->params, w->messages, w->message_count);
	return request_query(r, &link_these, NULL, err);
}

/* A deadline before the complaint came, say, as the table's own rules refuse it. */
static bool refused_by_table(struct writing *w, struct err *err)
{
	if (strcmp(pg_sqlstate(w->r->pg), "23514") != 0)
		return false;
	return refuse_field(w, "deadline", "a time after received_at", err);
}

static bool put_written(struct writing *w, struct err *err)
{
	json_out_reset(&w->r->json);
	return complaint_put(w->r, w->id, NULL, err);
}

/* Who is known by the number alone is the one client who has it. */
#define THE_ONE_WITH(number)                                                                       \
	"(SELECT CASE WHEN count(*) = 1 THEN min(k.id) END FROM"                                   \
	"  (SELECT id FROM client WHERE msisdn = " number "::bigint LIMIT 2) k)"

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt create = {
		"complaint_create",
		"INSERT INTO complaint (received_at, source, reference, client_id, msisdn, name,"
		"       claim, deadline, deadline_reason, assignee_id, token_id, person_id)"
		" SELECT x.at, $2::text, $3::text,"
		"        coalesce(nullif($4::bigint, 0), " THE_ONE_WITH(
			"$5") "),"
			      "        coalesce(nullif($5::bigint, 0), (SELECT msisdn FROM client"
			      "          WHERE id = $4::bigint)),"
			      "        $6::text, $7::text, coalesce($8::timestamptz,"
			      "          complaint_deadline(x.at, $9::integer)), $10::text,"
			      "        nullif($11::bigint, 0), $12::bigint, $13::bigint"
			      "   FROM (SELECT coalesce($1::timestamptz, clock_timestamp()) AS at) "
			      "x RETURNING id"};
	struct writing *w = arg;
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	(void)pg;
	w->id = 0;
	if (!check_named(w, err))
		return false;
	push_time_or_null(r->params, w->received_at_us);
	pg_param_text(r->params, w->source);
	pg_param_text(r->params, w->reference);
	pg_param_int64(r->params, w->client_id);
	pg_param_int64(r->params, w->msisdn);
	pg_param_text(r->params, w->name);
	pg_param_text(r->params, w->claim);
	push_time_or_null(r->params, w->deadline_us);
	pg_param_int32(r->params, DAYS_TO_REPLY);
	pg_param_text(r->params, w->deadline_reason);
	pg_param_int64(r->params, w->assignee_id);
	caller_params(r->params, &r->caller);
	if (!request_query(r, &create, &rows, err))
		return refused_by_table(w, err);
	w->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return link_messages(w, err) && put_written(w, err);
}

/* The complaint's row, locked; one that is closed or not there is the problem. */
static bool hold(struct writing *w, struct err *err)
{
	static const struct pg_stmt find = {
		"complaint_hold",
		"SELECT state = 'closed' FROM complaint WHERE id = $1::bigint FOR UPDATE"};
	struct request *r = w->r;
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, w->id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "complaint");
	else if (pg_bool(rows, 0, 0))
		problem_conflict(&r->problem, "The complaint is closed and stays as it is. "
					      "Register another one");
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool change_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt change = {
		"complaint_change",
		"UPDATE complaint SET source = coalesce($2::text, source),"
		"   reference = CASE WHEN $3::boolean THEN $4::text ELSE reference END,"
		"   name = CASE WHEN $5::boolean THEN $6::text ELSE name END,"
		"   assignee_id = CASE WHEN $7::boolean THEN nullif($8::bigint, 0)"
		"                      ELSE assignee_id END,"
		"   client_id = CASE WHEN $9::bigint <> 0 THEN $9::bigint WHEN $10::bigint <> 0"
		"                    THEN " THE_ONE_WITH(
			"$10") " ELSE client_id END,"
			       "   msisdn = CASE WHEN $10::bigint <> 0 THEN $10::bigint WHEN "
			       "$9::bigint <> 0"
			       "                 THEN (SELECT k.msisdn FROM client k WHERE k.id = "
			       "$9::bigint)"
			       "                 ELSE msisdn END,"
			       "   claim = coalesce($11::text, claim),"
			       "   received_at = coalesce($12::timestamptz, received_at),"
			       "   deadline = coalesce($13::timestamptz, deadline),"
			       "   deadline_reason = coalesce($14::text, deadline_reason),"
			       "   answer = coalesce($15::text, answer),"
			       "   answered_at = CASE WHEN $15::text IS NULL THEN answered_at"
			       "                      ELSE coalesce(answered_at, "
			       "clock_timestamp()) END,"
			       "   state = CASE WHEN $15::text IS NULL THEN state ELSE 'answered' "
			       "END,"
			       "   changed_at = clock_timestamp() WHERE id = $1::bigint"};
	struct writing *w = arg;
	struct pg_params *params = w->r->params;

	(void)pg;
	if (!hold(w, err) || !check_named(w, err))
		return false;
	pg_param_int64(params, w->id);
	pg_param_text(params, w->source);
	pg_param_bool(params, w->has_reference);
	pg_param_text(params, w->reference);
	pg_param_bool(params, w->has_name);
	pg_param_text(params, w->name);
	pg_param_bool(params, w->has_assignee);
	pg_param_int64(params, w->assignee_id);
	pg_param_int64(params, w->client_id);
	pg_param_int64(params, w->msisdn);
	pg_param_text(params, w->claim);
	push_time_or_null(params, w->received_at_us);
	push_time_or_null(params, w->deadline_us);
	pg_param_text(params, w->deadline_reason);
	pg_param_text(params, w->answer);
	if (!request_query(w->r, &change, NULL, err))
		return refused_by_table(w, err);
	return link_messages(w, err) && put_written(w, err);
}

static bool close_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt end = {
		"complaint_close",
		"UPDATE complaint SET state = 'closed', result = $2::text,"
		"   closed_at = clock_timestamp(), changed_at = clock_timestamp(),"
		"   answer = coalesce($3::text, answer),"
		"   answered_at = CASE WHEN $3::text IS NULL THEN answered_at"
		"                      ELSE coalesce(answered_at, clock_timestamp()) END"
		" WHERE id = $1::bigint"};
	struct writing *w = arg;
	struct pg_params *params = w->r->params;

	(void)pg;
	if (!hold(w, err))
		return false;
	pg_param_int64(params, w->id);
	pg_param_text(params, w->result);
	pg_param_text(params, w->answer);
	return request_query(w->r, &end, NULL, err) && put_written(w, err);
}

static bool write_complaint(struct writing *w, bool (*body)(struct pg *, void *, struct err *),
			    int status, struct err *err)
{
	if (problem_found(&w->r->problem))
		return true;
	if (!pg_transaction(w->r->pg, body, w, err))
		return false;
	log_info("complaint written", LI("complaint", w->id));
	return request_reply(w->r, status);
}

/* POST /v1/complaints */
bool complaint_create(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	read_writing(&w, doc);
	ok = write_complaint(&w, create_body, 201, err);
	json_free(&doc);
	return ok;
}

/* PATCH /v1/complaints/{id} */
bool complaint_patch(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_id(r, 0, "complaint", &w.id) || !request_json(r, &doc))
		return true;
	read_writing(&w, doc);
	ok = write_complaint(&w, change_body, 200, err);
	json_free(&doc);
	return ok;
}

static bool is_result(const char *text)
{
	return strcmp(text, "justified") == 0 || strcmp(text, "partly") == 0 ||
	       strcmp(text, "unjustified") == 0 || strcmp(text, "withdrawn") == 0;
}

/* POST /v1/complaints/{id}/close */
bool complaint_close(struct request *r, struct err *err)
{
	struct writing w = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok;

	if (!request_id(r, 0, "complaint", &w.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	w.result = json_in_text(&in, "result", JSON_REQUIRED, COMPLAINT_LINE_CHARS);
	w.answer = json_in_text(&in, "answer", JSON_OPTIONAL, COMPLAINT_CLAIM_CHARS);
	if (w.result != NULL && !is_result(w.result))
		json_in_refuse(&in, "result", w.result,
			       "justified, partly, unjustified or withdrawn");
	json_in_end(&in);
	ok = write_complaint(&w, close_body, 200, err);
	json_free(&doc);
	return ok;
}
