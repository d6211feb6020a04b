/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* privacy_requests - the register of requests about personal data, shown and searched. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/privacy_request.h"
#include "common/model/phone.h"
#include "common/web/json.h"

#define KINDS "access, rectification, withdrawal, stop or erasure"

enum column {
	COL_ID,
	COL_KIND,
	COL_RECEIVED,
	COL_REFERENCE,
	COL_CLIENT,
	COL_MSISDN,
	COL_NAME,
	COL_TEXT,
	COL_DEADLINE,
	COL_EXTENSION,
	COL_STATE,
	COL_OVERDUE,
	COL_RESULT,
	COL_ANSWER,
	COL_CLOSED,
	COL_ASSIGNEE,
	COL_ASSIGNEE_NAME,
	COL_CONSENT,
	COL_ERASED,
	COL_CREATED_BY,
	COL_CREATED,
};

#define OVERDUE "q.state = 'open' AND q.deadline < statement_timestamp()"
#define REQUEST_COLUMNS                                                                            \
	"SELECT q.id, q.kind, q.received_at, q.reference, q.client_id, q.msisdn, q.name, q.text,"  \
	"       q.deadline, q.extension_reason, q.state, " OVERDUE ", q.result, q.answer,"         \
	"       q.closed_at, q.assignee_id, a.name, q.consent_event_id, q.erased,"                 \
	"       coalesce(p.name, t.name), q.created_at"                                            \
	"  FROM privacy_request q LEFT JOIN person a ON a.id = q.assignee_id"                      \
	"  LEFT JOIN person p ON p.id = q.person_id LEFT JOIN token t ON t.id = q.token_id "

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "kind", pg_text(rows, i, COL_KIND));
	json_put_time(json, "received_at", pg_time_us(rows, i, COL_RECEIVED));
	json_put_text(json, "reference", text_or_null(rows, i, COL_REFERENCE));
	put_id_or_null(json, "client_id", rows, i, COL_CLIENT);
	json_put_phone(json, "phone", pg_int(rows, i, COL_MSISDN));
	json_put_name(json, "name", text_or_null(rows, i, COL_NAME));
	json_put_private(json, "text", pg_text(rows, i, COL_TEXT));
	json_put_time(json, "deadline", pg_time_us(rows, i, COL_DEADLINE));
	json_put_private(json, "extension_reason", text_or_null(rows, i, COL_EXTENSION));
	json_put_text(json, "state", pg_text(rows, i, COL_STATE));
	json_put_bool(json, "overdue", pg_bool(rows, i, COL_OVERDUE));
	json_put_text(json, "result", text_or_null(rows, i, COL_RESULT));
	json_put_private(json, "answer", text_or_null(rows, i, COL_ANSWER));
	json_put_time(json, "closed_at", pg_time_us(rows, i, COL_CLOSED));
	put_id_or_null(json, "assignee_id", rows, i, COL_ASSIGNEE);
	json_put_text(json, "assignee", text_or_null(rows, i, COL_ASSIGNEE_NAME));
	put_id_or_null(json, "consent_event_id", rows, i, COL_CONSENT);
	json_put_bool(json, "erased", pg_bool(rows, i, COL_ERASED));
	json_put_text(json, "created_by", text_or_null(rows, i, COL_CREATED_BY));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
}

static void put_item(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

static bool put_reminders(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt stmt = {"privacy_reminders",
					    "SELECT step, audience, at FROM privacy_reminder"
					    " WHERE request_id = $1::bigint ORDER BY at"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	json_array(&r->json, "reminders");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "step", pg_text(rows, i, 0));
		json_put_text(&r->json, "audience", pg_text(rows, i, 1));
		json_put_time(&r->json, "at", pg_time_us(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool privacy_request_put(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"privacy_request_get",
					   REQUEST_COLUMNS "WHERE q.id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "privacy request");
	} else {
		r->reading.client_id = pg_int(rows, 0, COL_CLIENT);
		put_open(&r->json, rows, 0);
		ok = put_reminders(r, id, err);
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return ok;
}

/* GET /v1/privacy-requests/{id} */
bool privacy_request_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "privacy request", &id))
		return true;
	return privacy_request_put(r, id, err) &&
	       (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- lists ---------------------------------------------------------------------------------------
 */

static bool is_kind(const char *text)
{
	static const char *const kinds[] = {"access", "rectification", "withdrawal", "stop",
					    "erasure"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], text) == 0)
			return true;
	return false;
}

static bool is_state(const char *text)
{
	return strcmp(text, "open") == 0 || strcmp(text, "closed") == 0;
}

const char *privacy_kind_in(struct json_in *in, enum json_need need)
{
	const char *kind = json_in_text(in, "kind", need, REQUEST_LINE_CHARS);

	if (kind != NULL && !is_kind(kind))
		json_in_refuse(in, "kind", kind, KINDS);
	return kind;
}

/* What is looked for; 0, NULL and false: any. */
struct filter {
	int64_t msisdn, client_id, assignee_id;
	const char *state, *kind;
	bool overdue;
};

static bool reply_found(struct request *r, const struct page *page, const struct filter *f,
			struct err *err)
{
	static const struct pg_stmt search = {"privacy_request_search", REQUEST_COLUMNS
					      "WHERE ($1::bigint = 0 OR q.id < $1::bigint)"
					      "  AND ($3::bigint = 0 OR q.msisdn = $3::bigint)"
					      "  AND ($4::bigint = 0 OR q.client_id = $4::bigint)"
					      "  AND ($5::bigint = 0 OR q.assignee_id = $5::bigint)"
					      "  AND ($6::text IS NULL OR q.state = $6::text)"
					      "  AND ($7::text IS NULL OR q.kind = $7::text)"
					      "  AND (NOT $8::boolean OR " OVERDUE ")"
					      " ORDER BY q.id DESC LIMIT $2::bigint + 1"};

	pg_param_int64(r->params, page->cursor);
	pg_param_int64(r->params, page->limit);
	pg_param_int64(r->params, f->msisdn);
	pg_param_int64(r->params, f->client_id);
	pg_param_int64(r->params, f->assignee_id);
	pg_param_text(r->params, f->state);
	pg_param_text(r->params, f->kind);
	pg_param_bool(r->params, f->overdue);
	return page_reply(r, page, &search, "privacy_requests", put_item, err);
}

/* GET /v1/privacy-requests: by what tells nothing of a person; the rest is a search. */
bool privacy_request_list(struct request *r, struct err *err)
{
	const char *assignee = http_query(r->call, "assignee_id");
	const char *overdue = http_query(r->call, "overdue");
	struct filter f = {.state = http_query(r->call, "state"),
			   .kind = http_query(r->call, "kind"),
			   .overdue = overdue != NULL && strcmp(overdue, "true") == 0};
	struct page page;

	if (f.state != NULL && !is_state(f.state))
		problem_field(&r->problem, "state", f.state, "open or closed");
	if (f.kind != NULL && !is_kind(f.kind))
		problem_field(&r->problem, "kind", f.kind, KINDS);
	if (assignee != NULL && !id_parse(assignee, &f.assignee_id))
		problem_field(&r->problem, "assignee_id", assignee, "the id of a person");
	if (overdue != NULL && !f.overdue && strcmp(overdue, "false") != 0)
		problem_field(&r->problem, "overdue", overdue, "true or false");
	return !page_from_query(r, &page) || reply_found(r, &page, &f, err);
}

/* POST /v1/privacy-requests/search */
bool privacy_request_search(struct request *r, struct err *err)
{
	struct filter f = {0};
	struct cJSON *doc = NULL;
	struct json_in in;
	struct page page;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	page_in(&in, &page);
	f.msisdn = phone_in(&in, "phone", JSON_OPTIONAL);
	f.client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	f.assignee_id = json_in_id(&in, "assignee_id", JSON_OPTIONAL);
	f.state = json_in_text(&in, "state", JSON_OPTIONAL, REQUEST_LINE_CHARS);
	f.kind = privacy_kind_in(&in, JSON_OPTIONAL);
	f.overdue = json_in_bool(&in, "overdue", JSON_OPTIONAL, false);
	if (f.state != NULL && !is_state(f.state))
		json_in_refuse(&in, "state", f.state, "open or closed");
	json_in_end(&in);
	ok = problem_found(&r->problem) || reply_found(r, &page, &f, err);
	json_free(&doc);
	return ok;
}
