/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* opt_outs - who said stop.  Numbers travel in bodies only, never in a URL.
 *
 * One row is all it takes: every claim of a gateway reads it, so nothing for the number leaves from
 * the next claim on.  Nothing here takes one away or narrows it: that needs a new consent with
 * proof (consents.c). */
#include <string.h>

#include "apid/api.h"
#include "common/model/phone.h"
#include "common/model/stops.h"
#include "common/web/json.h"

#define ORIGIN_CHARS 500

static void put_opt_out(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_phone(json, "phone", pg_int(rows, i, 0));
	json_put_text(json, "scope", pg_text(rows, i, 1));
	json_put_time(json, "at", pg_time_us(rows, i, 2));
	json_put_text(json, "source", pg_text(rows, i, 3));
	json_put_text(json, "origin", pg_null(rows, i, 4) ? NULL : pg_text(rows, i, 4));
	json_object_end(json);
}

static const char *scope_in(struct json_in *in)
{
	const char *scope = json_in_text(in, "scope", JSON_OPTIONAL, 20);

	if (scope == NULL)
		return "all";
	if (strcmp(scope, "all") != 0 && strcmp(scope, "advertising") != 0)
		json_in_refuse(in, "scope", scope, "all or advertising");
	return scope;
}

/* The way it came by; a letter has a scan. */
static void push_source(struct request *r, struct json_in *in)
{
	const char *source = json_in_text(in, "source", JSON_OPTIONAL, 20);
	const char *origin = json_in_text(in, "origin", JSON_OPTIONAL, ORIGIN_CHARS);
	char name[CALLER_NAME_SIZE];

	if (source == NULL)
		source = "api";
	if (strcmp(source, "letter") == 0 && origin == NULL)
		json_in_refuse(in, "origin", "nothing", "the id of the letter's scan");
	else if (strcmp(source, "api") != 0 && strcmp(source, "call_centre") != 0 &&
		 strcmp(source, "letter") != 0)
		json_in_refuse(in, "source", source, "api, call_centre or letter");
	pg_param_text(r->params, source);
	pg_param_text(r->params, origin);
	pg_param_text(r->params, caller_name(&r->caller, name));
}

/* PUT /v1/opt-outs */
bool opt_out_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"opt_out_put",
		"INSERT INTO opt_out (msisdn, scope, source, origin, entered_by)"
		" VALUES ($1::bigint, $2::text, $3::text, $4::text, $5::text)"
		" ON CONFLICT (msisdn) DO UPDATE SET scope = excluded.scope, source = "
		"excluded.source, origin = excluded.origin, entered_by = excluded.entered_by,"
		"    at = CASE WHEN opt_out.scope = excluded.scope THEN opt_out.at ELSE "
		"clock_timestamp() END"
		" WHERE opt_out.scope = excluded.scope OR excluded.scope = 'all'"
		" RETURNING msisdn, scope, at, source, origin"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t msisdn;
	const char *scope;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	msisdn = phone_in(&in, "phone", JSON_REQUIRED);
	scope = scope_in(&in);
	pg_param_int64(r->params, msisdn);
	pg_param_text(r->params, scope);
	push_source(r, &in);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = stops_restore(r->pg, r->api->privacy_key, &msisdn, 1, err) &&
		     request_query(r, &put, &rows, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) == 1)
		put_opt_out(&r->json, rows, 0);
	else
		problem_conflict(&r->problem,
				 "This number has stopped all messages. Less of a stop "
				 "takes a new consent with proof: POST "
				 "/v1/opt-outs/remove");
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* POST /v1/opt-outs/search */
bool opt_out_search(struct request *r, struct err *err)
{
	static const struct pg_stmt search = {
		"opt_out_search",
		"SELECT msisdn, scope, at, source, origin FROM opt_out"
		" WHERE ($3::bigint = 0 OR msisdn = $3::bigint) AND msisdn > $1::bigint"
		" ORDER BY msisdn LIMIT $2::bigint + 1"};
	struct page page;

	return !page_by_phone(r, JSON_OPTIONAL, &page) ||
	       page_reply(r, &page, &search, "opt_outs", put_opt_out, err);
}
