/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaints - the register of complaints: what people and authorities complained of, which
 * messages that was about, by when it is to be answered, what came of it.
 *
 * A complaint has a legal ground of its own: it outlives the blocking and the erasing of its
 * person, whose part is sealed then (common/model/erase.h). */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/complaint.h"
#include "common/model/phone.h"
#include "common/web/json.h"

enum column {
	COL_ID,
	COL_RECEIVED,
	COL_SOURCE,
	COL_REFERENCE,
	COL_CLIENT,
	COL_MSISDN,
	COL_NAME,
	COL_CLAIM,
	COL_DEADLINE,
	COL_DEADLINE_REASON,
	COL_STATE,
	COL_OVERDUE,
	COL_ANSWER,
	COL_ANSWERED,
	COL_RESULT,
	COL_CLOSED,
	COL_ASSIGNEE,
	COL_ASSIGNEE_NAME,
	COL_CREATED_BY,
	COL_CREATED,
	COL_CHANGED,
	COL_SEALED,
	COL_MESSAGES,
};

#define OVERDUE "c.state = 'open' AND c.deadline < statement_timestamp()"
#define COMPLAINT_COLUMNS                                                                          \
	"SELECT c.id, c.received_at, c.source, c.reference, c.client_id, c.msisdn, c.name, "       \
	"c.claim,"                                                                                 \
	"       c.deadline, c.deadline_reason, c.state, " OVERDUE ", c.answer, c.answered_at,"     \
	"       c.result, c.closed_at, c.assignee_id, a.name, coalesce(p.name, t.name),"           \
	"       c.created_at, c.changed_at, c.sealed,"                                             \
	"       ARRAY(SELECT m.message_id FROM complaint_message m WHERE m.complaint_id = c.id"    \
	"              ORDER BY 1)"                                                                \
	"  FROM complaint c LEFT JOIN person a ON a.id = c.assignee_id"                            \
	"  LEFT JOIN person p ON p.id = c.person_id LEFT JOIN token t ON t.id = c.token_id "

/* --- showing -------------------------------------------------------------------------------------
 */

/* What tells who complained. */
struct person_part {
	int64_t msisdn; /* 0: not told */
	const char *name, *claim, *answer;
};

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i,
		     const struct person_part *person)
{
	int64_t messages[COMPLAINT_MESSAGES_MAX];
	size_t count = pg_int_array(rows, i, COL_MESSAGES, messages, COMPLAINT_MESSAGES_MAX);

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_time(json, "received_at", pg_time_us(rows, i, COL_RECEIVED));
	json_put_text(json, "source", pg_text(rows, i, COL_SOURCE));
	json_put_text(json, "reference", text_or_null(rows, i, COL_REFERENCE));
	put_id_or_null(json, "client_id", rows, i, COL_CLIENT);
	json_put_phone(json, "phone", person->msisdn);
	json_put_name(json, "name", person->name);
	json_put_private(json, "claim", person->claim);
	json_put_time(json, "deadline", pg_time_us(rows, i, COL_DEADLINE));
	json_put_text(json, "deadline_reason", text_or_null(rows, i, COL_DEADLINE_REASON));
	json_put_text(json, "state", pg_text(rows, i, COL_STATE));
	json_put_bool(json, "overdue", pg_bool(rows, i, COL_OVERDUE));
	json_put_private(json, "answer", person->answer);
	json_put_time(json, "answered_at", pg_time_us(rows, i, COL_ANSWERED));
	json_put_text(json, "result", text_or_null(rows, i, COL_RESULT));
	json_put_time(json, "closed_at", pg_time_us(rows, i, COL_CLOSED));
	put_id_or_null(json, "assignee_id", rows, i, COL_ASSIGNEE);
	json_put_text(json, "assignee", text_or_null(rows, i, COL_ASSIGNEE_NAME));
	json_put_text(json, "created_by", text_or_null(rows, i, COL_CREATED_BY));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
	json_put_bool(json, "erased", !pg_null(rows, i, COL_SEALED));
	json_array(json, "message_ids");
	for (size_t k = 0; k < count && k < COMPLAINT_MESSAGES_MAX; k++)
		json_put_id(json, NULL, messages[k]);
	json_array_end(json);
}

static struct person_part person_of(const struct pg_result *rows, size_t i)
{
	bool sealed = !pg_null(rows, i, COL_SEALED);

	return (struct person_part){
		.msisdn = pg_int(rows, i, COL_MSISDN),
		.name = text_or_null(rows, i, COL_NAME),
		.claim = sealed ? NULL : pg_text(rows, i, COL_CLAIM),
		.answer = sealed ? NULL : text_or_null(rows, i, COL_ANSWER),
	};
}

/* A line of a list: of an erased person without what is sealed. */
static void put_item(struct json_out *json, const struct pg_result *rows, size_t i)
{
	const struct person_part person = person_of(rows, i);

	put_open(json, rows, i, &person);
	json_object_end(json);
}

/* The sealed part; what is borrowed from *doc_out is the caller's to free. */
static void unseal(const struct request *r, const struct pg_result *rows,
		   struct person_part *person, struct cJSON **doc_out)
{
	struct problem ignored;
	struct json_in in;
	struct err err;
	struct buf text;

	buf_init(&text, PRIVACY_SEALED_MAX);
	problem_init(&ignored);
	if (r->api->privacy_key != NULL &&
	    privacy_unseal(r->api->privacy_key, pg_text(rows, 0, COL_SEALED),
			   pg_len(rows, 0, COL_SEALED), &text, &err) &&
	    json_parse(buf_str(&text), text.len, doc_out, &err)) {
		json_in_begin(&in, *doc_out, &ignored, "");
		person->msisdn = json_in_id(&in, "msisdn", JSON_OPTIONAL);
		person->name = json_in_string(&in, "name", JSON_OPTIONAL, COMPLAINT_CLAIM_CHARS);
		person->claim = json_in_string(&in, "claim", JSON_OPTIONAL, COMPLAINT_CLAIM_CHARS);
		person->answer =
			json_in_string(&in, "answer", JSON_OPTIONAL, COMPLAINT_CLAIM_CHARS);
	}
	problem_deinit(&ignored);
	buf_deinit(&text);
}

static void note_facts(struct complaint_facts *facts, const struct pg_result *rows,
		       const struct person_part *person)
{
	*facts = (struct complaint_facts){
		.id = pg_int(rows, 0, COL_ID),
		.client_id = pg_int(rows, 0, COL_CLIENT),
		.msisdn = person->msisdn,
	};
	(void)snprintf(facts->source, sizeof(facts->source), "%s", pg_text(rows, 0, COL_SOURCE));
	facts->message_count =
		pg_int_array(rows, 0, COL_MESSAGES, facts->messages, COMPLAINT_MESSAGES_MAX);
}

static bool put_packs(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt packs = {
		"complaint_packs",
		"SELECT k.id, k.made_at, coalesce(p.name, t.name), k.files, k.bytes,"
		"       encode(k.digest, 'hex') FROM complaint_pack k"
		"  LEFT JOIN person p ON p.id = k.person_id LEFT JOIN token t ON t.id = k.token_id"
		" WHERE k.complaint_id = $1::bigint ORDER BY k.id DESC LIMIT 100"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &packs, &rows, err))
		return false;
	json_array(&r->json, "packs");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_time(&r->json, "made_at", pg_time_us(rows, i, 1));
		json_put_text(&r->json, "made_by", text_or_null(rows, i, 2));
		json_put_int(&r->json, "files", pg_int(rows, i, 3));
		json_put_int(&r->json, "bytes", pg_int(rows, i, 4));
		json_put_text(&r->json, "digest", pg_text(rows, i, 5));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool complaint_put(struct request *r, int64_t id, struct complaint_facts *facts, struct err *err)
{
	static const struct pg_stmt get = {"complaint_get",
					   COMPLAINT_COLUMNS "WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;
	struct cJSON *unsealed = NULL;
	struct person_part person;
	bool ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "complaint");
	} else {
		person = person_of(rows, 0);
		if (!pg_null(rows, 0, COL_SEALED))
			unseal(r, rows, &person, &unsealed);
		if (facts != NULL)
			note_facts(facts, rows, &person);
		r->reading.client_id = pg_int(rows, 0, COL_CLIENT);
		put_open(&r->json, rows, 0, &person);
		ok = put_packs(r, id, err);
		json_object_end(&r->json);
	}
	json_free(&unsealed);
	pg_result_free(&rows);
	return ok;
}

/* GET /v1/complaints/{id} */
bool complaint_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "complaint", &id))
		return true;
	return complaint_put(r, id, NULL, err) &&
	       (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- lists ---------------------------------------------------------------------------------------
 */

static bool is_state(const char *text)
{
	return strcmp(text, "open") == 0 || strcmp(text, "answered") == 0 ||
	       strcmp(text, "closed") == 0;
}

static bool is_source(const char *text)
{
	static const char *const sources[] = {"fas",  "rkn", "letter",	 "email",
					      "call", "web", "provider", "other"};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i], text) == 0)
			return true;
	return false;
}

const char *complaint_source_in(struct json_in *in, enum json_need need)
{
	const char *source = json_in_text(in, "source", need, COMPLAINT_LINE_CHARS);

	if (source != NULL && !is_source(source))
		json_in_refuse(in, "source", source,
			       "fas, rkn, letter, email, call, web, provider or other");
	return source;
}

/* What is looked for; 0, NULL and false: any. */
struct filter {
	int64_t msisdn, client_id, message_id, assignee_id;
	const char *state, *source, *query;
	bool overdue;
};

static bool reply_found(struct request *r, const struct page *page, const struct filter *f,
			struct err *err)
{
	static const struct pg_stmt search = {
		"complaint_search", COMPLAINT_COLUMNS
		"WHERE ($1::bigint = 0 OR c.id < $1::bigint)"
		"  AND ($3::bigint = 0 OR c.msisdn = $3::bigint)"
		"  AND ($4::bigint = 0 OR c.client_id = $4::bigint)"
		"  AND ($5::bigint = 0 OR EXISTS (SELECT 1 FROM complaint_message m"
		"        WHERE m.complaint_id = c.id AND m.message_id = $5::bigint))"
		"  AND ($6::bigint = 0 OR c.assignee_id = $6::bigint)"
		"  AND ($7::text IS NULL OR c.state = $7::text)"
		"  AND ($8::text IS NULL OR c.source = $8::text)"
		"  AND ($9::text IS NULL OR position(lower($9::text) IN"
		"        lower(concat_ws(' ', c.reference, c.name, c.claim))) > 0)"
		"  AND (NOT $10::boolean OR " OVERDUE ")"
		" ORDER BY c.id DESC LIMIT $2::bigint + 1"};

	pg_param_int64(r->params, page->cursor);
	pg_param_int64(r->params, page->limit);
	pg_param_int64(r->params, f->msisdn);
	pg_param_int64(r->params, f->client_id);
	pg_param_int64(r->params, f->message_id);
	pg_param_int64(r->params, f->assignee_id);
	pg_param_text(r->params, f->state);
	pg_param_text(r->params, f->source);
	pg_param_text(r->params, f->query);
	pg_param_bool(r->params, f->overdue);
	return page_reply(r, page, &search, "complaints", put_item, err);
}

/* GET /v1/complaints: by what tells nothing of a person; the rest is a search. */
bool complaint_list(struct request *r, struct err *err)
{
	const char *assignee = http_query(r->call, "assignee_id");
	const char *overdue = http_query(r->call, "overdue");
	struct filter f = {.state = http_query(r->call, "state"),
			   .source = http_query(r->call, "source"),
			   .overdue = overdue != NULL && strcmp(overdue, "true") == 0};
	struct page page;

	if (f.state != NULL && !is_state(f.state))
		problem_field(&r->problem, "state", f.state, "open, answered or closed");
	if (f.source != NULL && !is_source(f.source))
		problem_field(&r->problem, "source", f.source,
			      "fas, rkn, letter, email, call, web, provider or other");
	if (assignee != NULL && !id_parse(assignee, &f.assignee_id))
		problem_field(&r->problem, "assignee_id", assignee, "the id of a person");
	if (overdue != NULL && !f.overdue && strcmp(overdue, "false") != 0)
		problem_field(&r->problem, "overdue", overdue, "true or false");
	return !page_from_query(r, &page) || reply_found(r, &page, &f, err);
}

/* POST /v1/complaints/search */
bool complaint_search(struct request *r, struct err *err)
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
	f.message_id = json_in_id(&in, "message_id", JSON_OPTIONAL);
	f.assignee_id = json_in_id(&in, "assignee_id", JSON_OPTIONAL);
	f.state = json_in_text(&in, "state", JSON_OPTIONAL, COMPLAINT_LINE_CHARS);
	f.source = complaint_source_in(&in, JSON_OPTIONAL);
	f.query = json_in_text(&in, "query", JSON_OPTIONAL, COMPLAINT_LINE_CHARS);
	f.overdue = json_in_bool(&in, "overdue", JSON_OPTIONAL, false);
	if (f.state != NULL && !is_state(f.state))
		json_in_refuse(&in, "state", f.state, "open, answered or closed");
	json_in_end(&in);
	ok = problem_found(&r->problem) || reply_found(r, &page, &f, err);
	json_free(&doc);
	return ok;
}
