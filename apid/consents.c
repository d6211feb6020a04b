/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consents - who agreed to what and who withdrew: the ledger's side of the API.
 *
 * The rules are SQL (migrations/0013_consent.sql).  Numbers travel in bodies only. */
#include <string.h>

#include "apid/api.h"
#include "common/model/phone.h"
#include "common/base/log.h"
#include "common/model/consent.h"
#include "common/model/stops.h"
#include "common/web/json.h"

#define CODE_CHARS 40
#define LINE_CHARS 500

/* --- the timeline of a client --------------------------------------------------------------------
 */

static void put_event(struct json_out *json, const struct pg_result *rows, size_t i)
{
	static const char *const texts[] = {"kind",   "purpose",      "channel",     "subject",
					    "source", "form",	      "origin",	     "identity",
					    "basis",  "text_version", "text_digest", "entered_by"};

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
		int col = (int)k + 1;

		json_put_text(json, texts[k], pg_null(rows, i, col) ? NULL : pg_text(rows, i, col));
	}
	json_put_phone(json, "phone", pg_int(rows, i, 13));
	json_put_time(json, "at", pg_time_us(rows, i, 14));
	json_put_time(json, "expires_at", pg_time_us(rows, i, 15));
	json_put_time(json, "recorded_at", pg_time_us(rows, i, 16));
	for (int col = 17; col <= 19; col++) {
		static const char *const ids[] = {"text_id", "proof_id", "message_id"};

		if (pg_null(rows, i, col))
			json_put_null(json, ids[col - 17]);
		else
			json_put_id(json, ids[col - 17], pg_int(rows, i, col));
	}
	json_object_end(json);
}

static bool put_current(struct request *r, int64_t client, struct err *err)
{
	static const struct pg_stmt current = {
		"consent_current",
		"SELECT u.code, n.channel, n.msisdn, CASE WHEN n.state = 1 AND n.valid_to <="
		"       statement_timestamp() THEN 'expired' WHEN n.state = 1 THEN 'given'"
		"       WHEN n.state = 2 THEN 'pending' ELSE 'withdrawn' END, n.event_id, n.at,"
		"       nullif(n.valid_to, 'infinity')"
		"  FROM client k JOIN consent n ON n.msisdn = k.msisdn AND n.client_id IN (0, k.id)"
		"  JOIN purpose u ON u.id = n.purpose_id"
		" WHERE k.id = $1::bigint ORDER BY u.id, n.client_id DESC"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, client);
	if (!request_query(r, &current, &rows, err))
		return false;
	json_array(&r->json, "current");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "purpose", pg_text(rows, i, 0));
		json_put_text(&r->json, "channel", pg_text(rows, i, 1));
		json_put_phone(&r->json, "phone", pg_int(rows, i, 2));
		json_put_text(&r->json, "state", pg_text(rows, i, 3));
		json_put_id(&r->json, "event_id", pg_int(rows, i, 4));
		json_put_time(&r->json, "since", pg_time_us(rows, i, 5));
		json_put_time(&r->json, "expires_at", pg_time_us(rows, i, 6));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* GET /v1/clients/{id}/consents: what holds now, and the ledger, the newest first. */
bool consent_timeline(struct request *r, struct err *err)
{
	static const struct pg_stmt events = {
		"consent_events",
		"SELECT e.id, e.kind, u.code, e.channel, e.subject, e.source, e.form, e.origin,"
		"       e.identity, e.basis, t.version::text, encode(e.text_digest, 'hex'),"
		"       e.entered_by, e.msisdn, e.at, nullif(e.expires_at, 'infinity'),"
		"       e.recorded_at, e.text_id, e.proof_id, c.message_id"
		"  FROM (SELECT x.id FROM consent_event x WHERE x.client_id = $1::bigint"
		"        UNION SELECT x.id FROM consent_event x JOIN client k"
		"           ON k.msisdn = x.msisdn AND x.client_id IS NULL WHERE k.id = "
		"$1::bigint) m"
		"  JOIN consent_event e ON e.id = m.id JOIN purpose u ON u.id = e.purpose_id"
		"  LEFT JOIN consent_text t ON t.id = e.text_id"
		"  LEFT JOIN consent_code c ON c.id = e.code_id"
		" WHERE $2::bigint = 0 OR e.id < $2::bigint"
		" ORDER BY e.id DESC LIMIT $3::bigint + 1"};
	struct pg_result *rows = NULL;
	struct page page;
	int64_t client;
	size_t shown;

	if (!request_id(r, 0, "client", &client) || !page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, client);
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	if (!request_query(r, &events, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page.limit ? pg_rows(rows) : (size_t)page.limit;
	json_object(&r->json, NULL);
	if (!put_current(r, client, err)) {
		pg_result_free(&rows);
		return false;
	}
	json_array(&r->json, "events");
	for (size_t i = 0; i < shown; i++)
		put_event(&r->json, rows, i);
	page_end(r, &page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, 0) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- entering ------------------------------------------------------------------------------------
 */

static const char *source_in(struct json_in *in)
{
	static const char *const known[] = {"api", "web", "call_centre", "letter", "crm"};
	const char *source = json_in_text(in, "source", JSON_OPTIONAL, CODE_CHARS);

	for (size_t i = 0; source != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], source) == 0)
			return source;
	if (source != NULL)
		json_in_refuse(in, "source", source, "api, web, call_centre, letter or crm");
	return "api";
}

static void push_id_or_null(struct pg_params *params, int64_t id)
{
	if (id != 0)
		pg_param_int64(params, id);
	else
		pg_param_null(params);
}

/* Absent: now, or for ever. */
static void push_time(struct pg_params *params, struct json_in *in, const char *key)
{
	int64_t at_us = json_in_time(in, key, JSON_OPTIONAL);

	if (at_us != 0)
		pg_param_time_us(params, at_us);
	else
		pg_param_null(params);
}

/* $1 number, which is returned, $2 client: both as said; whose number it is is not asked of whoever
 * enters it. */
static int64_t push_person(struct request *r, struct json_in *in)
{
	int64_t msisdn = phone_in(in, "phone", JSON_REQUIRED);

	pg_param_int64(r->params, msisdn);
	push_id_or_null(r->params, json_in_id(in, "client_id", JSON_OPTIONAL));
	return msisdn;
}

/* The row (outcome, field, id) becomes the answer, or the problem names the field. */
static bool answer_outcome(struct request *r, struct pg_result *rows, int status)
{
	const char *field = pg_text(rows, 0, 1);

	if (strcmp(pg_text(rows, 0, 0), "refused") == 0) {
		problem_field(&r->problem, strcmp(field, "proof") == 0 ? "proof_id" : field,
			      strcmp(field, "proof") == 0 ? "nothing" : "the value sent",
			      consent_expected(field));
		pg_result_free(&rows);
		return true;
	}
	json_object(&r->json, NULL);
	json_put_id(&r->json, "id", pg_int(rows, 0, 2));
	json_put_text(&r->json, "outcome", pg_text(rows, 0, 0));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, status);
}

/* $1 to $12 of the function that enters a consent; no purpose: advertising. */
#define RECORD                                                                                     \
	"consent_record($1::bigint, $2::bigint, coalesce($3::text,"                                \
	"   (SELECT code FROM purpose WHERE category = 1)), 'sms', $4::bigint, $5::text,"          \
	"   coalesce($6::timestamptz, clock_timestamp()), $7::timestamptz, $8::text, $9::text,"    \
	"   $10::text, $11::text, $12::bigint)"

/* The whole body; returns the number.  `lifting`: of advertising, with its proof. */
static int64_t push_consent(struct request *r, const struct cJSON *doc, bool lifting)
{
	char name[CALLER_NAME_SIZE];
	struct json_in input, *in = &input;
	int64_t msisdn;

	json_in_begin(in, doc, &r->problem, "");
	msisdn = push_person(r, in);
	pg_param_text(r->params,
		      lifting ? NULL : json_in_text(in, "purpose", JSON_REQUIRED, CODE_CHARS));
	push_id_or_null(r->params, json_in_id(in, "text_id", JSON_REQUIRED));
	pg_param_text(r->params, json_in_text(in, "form", JSON_REQUIRED, LINE_CHARS));
	push_time(r->params, in, "at");
	push_time(r->params, in, "expires_at");
	pg_param_text(r->params, source_in(in));
	pg_param_text(r->params, json_in_text(in, "origin", JSON_REQUIRED, LINE_CHARS));
	pg_param_text(r->params, json_in_text(in, "identity", JSON_REQUIRED, LINE_CHARS));
	pg_param_text(r->params, caller_name(&r->caller, name));
	push_id_or_null(r->params,
			json_in_id(in, "proof_id", lifting ? JSON_REQUIRED : JSON_OPTIONAL));
	json_in_end(in);
	return msisdn;
}

/* POST /v1/consents; one that would lift a stop takes the right to that as well. */
bool consent_record(struct request *r, struct err *err)
{
	static const struct pg_stmt record = {
		"consent_record",
		"SELECT c.outcome, c.field, c.id FROM (SELECT 1 WHERE $13::boolean OR NOT EXISTS"
		"   (SELECT 1 FROM opt_out o JOIN purpose u ON u.code = $3::text AND u.category = 1"
		"     WHERE o.msisdn = $1::bigint)) x CROSS JOIN LATERAL " RECORD " c"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	(void)push_consent(r, doc, false);
	pg_param_bool(r->params, caller_may(&r->caller, RIGHT_OPT_OUTS_REMOVE));
	if (!problem_found(&r->problem))
		ok = request_query(r, &record, &rows, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) == 1)
		return answer_outcome(r, rows, 201);
	pg_result_free(&rows);
	return problem_set(&r->problem, 403, "forbidden", "You may not do this",
			   "This person has said stop. A consent that lifts the stop needs a right "
			   "you do not have. Ask whoever runs the service for it");
}

/* --- POST /v1/opt-outs/remove --------------------------------------------------------------------
 */

struct lifting {
	struct request *r;
	struct cJSON *doc;
};

static bool answer_lifted(struct request *r, struct pg_result *rows)
{
	bool lifted = pg_rows(rows) == 1;

	if (lifted && strcmp(pg_text(rows, 0, 0), "refused") == 0)
		return answer_outcome(r, rows, 200);
	if (lifted && strcmp(pg_text(rows, 0, 0), "superseded") == 0)
		problem_field(&r->problem, "at", "a time before the stop",
			      "a consent that was given after the stop");
	json_object(&r->json, NULL);
	json_put_bool(&r->json, "removed", lifted);
	if (lifted)
		json_put_id(&r->json, "consent_id", pg_int(rows, 0, 2));
	else
		json_put_null(&r->json, "consent_id");
	json_object_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* Where the consent does not lift the stop nothing of it stays. */
static bool lift_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lift = {
		"opt_out_remove", "SELECT c.outcome, c.field, c.id FROM opt_out o CROSS "
				  "JOIN LATERAL " RECORD " c WHERE o.msisdn = $1::bigint"};
	struct lifting *l = arg;
	struct request *r = l->r;
	struct pg_result *rows = NULL;
	int64_t msisdn;

	json_out_reset(&r->json);
	msisdn = push_consent(r, l->doc, true);
	if (problem_found(&r->problem))
		return request_refused(err);
	if (!stops_restore(pg, r->api->privacy_key, &msisdn, 1, err) ||
	    !request_query(r, &lift, &rows, err) || !answer_lifted(r, rows))
		return false;
	return !problem_found(&r->problem) || request_refused(err);
}

/* A stop is lifted by a new consent to advertising with its proof, and by nothing else. */
bool opt_out_remove(struct request *r, struct err *err)
{
	struct lifting l = {.r = r};
	bool ok;

	if (!request_json(r, &l.doc))
		return true;
	ok = pg_transaction(r->pg, lift_body, &l, err);
	json_free(&l.doc);
	return ok && request_reply(r, 200);
}

/* POST /v1/consents/withdraw */
bool consent_withdraw(struct request *r, struct err *err)
{
	static const struct pg_stmt withdraw = {
		"consent_withdraw",
		"SELECT outcome, field, id FROM consent_withdraw($1::bigint, $2::bigint, $3::text,"
		" 'sms', $4::timestamptz, $5::text, $6::text, $7::text)"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	char name[CALLER_NAME_SIZE];
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	push_person(r, &in);
	pg_param_text(r->params, json_in_text(&in, "purpose", JSON_REQUIRED, CODE_CHARS));
	push_time(r->params, &in, "at");
	pg_param_text(r->params, source_in(&in));
	pg_param_text(r->params, json_in_text(&in, "origin", JSON_OPTIONAL, LINE_CHARS));
	pg_param_text(r->params, caller_name(&r->caller, name));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &withdraw, &rows, err);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || answer_outcome(r, rows, 200));
}

/* --- POST /v1/lists/{id}/consents ----------------------------------------------------------------
 */

static bool list_is_there(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt find = {"consent_list",
					    "SELECT 1 FROM list WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "list");
	pg_result_free(&rows);
	return true;
}

static bool answer_declared(struct request *r, struct pg_result *rows, int64_t list)
{
	if (!pg_null(rows, 0, 0)) {
		problem_field(&r->problem, pg_text(rows, 0, 0), "the value sent",
			      consent_expected(pg_text(rows, 0, 0)));
		pg_result_free(&rows);
		return true;
	}
	log_info("consents of a list declared", LI("list", list), LI("given", pg_int(rows, 0, 1)),
		 LI("pending", pg_int(rows, 0, 2)), LI("stopped", pg_int(rows, 0, 3)));
	json_object(&r->json, NULL);
	json_put_int(&r->json, "given", pg_int(rows, 0, 1));
	json_put_int(&r->json, "pending", pg_int(rows, 0, 2));
	json_put_int(&r->json, "stopped", pg_int(rows, 0, 3));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 201);
}

bool consent_declare(struct request *r, struct err *err)
{
	static const struct pg_stmt declare = {
		"consent_declare",
		"SELECT field, given, pending, stopped FROM consent_declare($1::bigint, $2::text,"
		" $3::bigint, $4::text, coalesce($5::timestamptz, clock_timestamp()),"
		" $6::timestamptz, $7::text, $8::text, $9::text, $10::bigint)"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	char name[CALLER_NAME_SIZE];
	struct json_in in;
	int64_t list;
	bool ok = true;

	if (!request_id(r, 0, "list", &list))
		return true;
	if (!list_is_there(r, list, err))
		return false;
	if (problem_found(&r->problem) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_int64(r->params, list);
	pg_param_text(r->params, json_in_text(&in, "purpose", JSON_REQUIRED, CODE_CHARS));
	push_id_or_null(r->params, json_in_id(&in, "text_id", JSON_REQUIRED));
	pg_param_text(r->params, json_in_text(&in, "form", JSON_OPTIONAL, LINE_CHARS));
	push_time(r->params, &in, "at");
	push_time(r->params, &in, "expires_at");
	pg_param_text(r->params, json_in_text(&in, "origin", JSON_OPTIONAL, LINE_CHARS));
	pg_param_text(r->params, json_in_text(&in, "basis", JSON_OPTIONAL, LINE_CHARS));
	pg_param_text(r->params, caller_name(&r->caller, name));
	push_id_or_null(r->params, json_in_id(&in, "proof_id", JSON_OPTIONAL));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &declare, &rows, err);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || answer_declared(r, rows, list));
}
