/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_reviews - a lawyer's word about texts that read as advertising and are called something else
 * POST /v1/campaigns/{id}/text-review asks, GET and POST /v1/text-reviews see and decide.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/scope.h"
#include "common/base/log.h"
#include "common/model/message.h"
#include "common/sms/advert.h"

#define NOTE_CHARS 1000

enum {
	COL_ID,
	COL_TEXT,
	COL_CATEGORY,
	COL_CAMPAIGN,
	COL_DEPARTMENT,
	COL_STATE,
	COL_ASKED_AT,
	COL_BY,
	COL_AT,
	COL_NOTE,
	COL_DIGEST,
};

#define REVIEW_SQL                                                                                 \
	"SELECT t.id, t.text, t.category, t.campaign_id, t.department_id, t.decision, t.asked_at," \
	"       p.name, t.at, t.note, encode(t.digest, 'hex')"                                     \
	"  FROM text_review t LEFT JOIN person p ON p.id = t.by "

static void put_review(struct json_out *json, const struct pg_result *rows, size_t i)
{
	const char *text = pg_text(rows, i, COL_TEXT), *word[ADVERT_WORDS_MAX];
	size_t count = advert_words(text, strlen(text), word);

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "text", text);
	json_put_text(json, "digest", pg_text(rows, i, COL_DIGEST));
	json_put_text(json, "category",
		      message_category_name((enum message_category)pg_int(rows, i, COL_CATEGORY)));
	json_array(json, "words");
	for (size_t w = 0; w < count; w++)
		json_put_text(json, NULL, word[w]);
	json_array_end(json);
	json_put_id(json, "campaign_id", pg_int(rows, i, COL_CAMPAIGN));
	json_put_id(json, "department_id", pg_int(rows, i, COL_DEPARTMENT));
	json_put_text(json, "state", pg_text(rows, i, COL_STATE));
	json_put_time(json, "asked_at", pg_time_us(rows, i, COL_ASKED_AT));
	json_put_text(json, "decided_by", text_or_null(rows, i, COL_BY));
	json_put_time(json, "decided_at", pg_time_us(rows, i, COL_AT));
	json_put_text(json, "note", text_or_null(rows, i, COL_NOTE));
	json_object_end(json);
}

/* GET /v1/text-reviews, the newest first */
bool text_review_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"text_review_list",
		REVIEW_SQL "WHERE ($1::bigint = 0 OR t.id < $1::bigint)"
			   "  AND ($3::text = '' OR t.decision = $3::text)"
			   "  AND " SCOPE_SQL("t.department_id",
					      "$4") " ORDER BY t.id DESC LIMIT $2::bigint + 1"};
	const char *state = http_query(r->call, "state");
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	if (state != NULL && strcmp(state, "waiting") != 0 && strcmp(state, "approved") != 0 &&
	    strcmp(state, "declined") != 0) {
		problem_field(&r->problem, "state", state, "waiting, approved or declined");
		return true;
	}
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text(r->params, state != NULL ? state : "");
	scope_param(r->params, &r->caller, RIGHT_TEXTS_REVIEW);
	return page_reply(r, &page, &list, "reviews", put_review, err);
}

/* --- asking --------------------------------------------------------------------------------------
 */

struct asking {
	struct request *r;
	int64_t campaign_id;
	int64_t asked;
};

/* One row for each text: another campaign that waits for the same adds its authors. */
static bool ask_one(struct asking *a, int64_t place, struct err *err)
{
	static const struct pg_stmt ask = {
		"text_review_ask",
		"INSERT INTO text_review AS t (digest, category, text, campaign_id,"
		"       department_id, authors)"
		" SELECT text_digest(x.text), c.category, x.text, c.id, c.department_id,"
		"        ARRAY(SELECT DISTINCT w FROM unnest(ARRAY[c.person_id, e.person_id,"
		"            nullif($3::bigint, 0)]) w WHERE w IS NOT NULL)"
		"   FROM campaign c CROSS JOIN LATERAL campaign_texts(c) x"
		"   LEFT JOIN campaign_edit e ON e.campaign_id = c.id"
		"  WHERE c.id = $1::bigint AND x.no = $2::integer"
		"    AND (text_decision(x.text, c.category)).decision <> 'approved'"
		" ON CONFLICT (digest, category) WHERE decision = 'waiting' DO UPDATE SET"
		"    authors = ARRAY(SELECT DISTINCT w FROM unnest(t.authors || excluded.authors)"
		"    w)"};

	pg_param_int64(a->r->params, a->campaign_id);
	pg_param_int32(a->r->params, (int32_t)place);
	pg_param_int64(a->r->params, a->r->caller.person_id);
	a->asked++;
	return request_query(a->r, &ask, NULL, err);
}

static bool ask_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt texts = {
		"text_review_texts",
		"SELECT x.no, x.text FROM campaign c CROSS JOIN LATERAL campaign_texts(c) x"
		" WHERE c.id = $1::bigint AND c.category <> 1 ORDER BY x.no"};
	struct asking *a = arg;
	struct pg_result *rows = NULL;
	bool ok;

	(void)pg;
	a->asked = 0;
	pg_param_int64(a->r->params, a->campaign_id);
	if (!request_query(a->r, &texts, &rows, err))
		return false;
	ok = true;
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		const char *text = pg_text(rows, i, 1), *word[ADVERT_WORDS_MAX];

		if (advert_words(text, strlen(text), word) > 0)
			ok = ask_one(a, pg_int(rows, i, 0), err);
	}
	pg_result_free(&rows);
	return ok;
}

static bool reply_asked(struct request *r, int64_t campaign_id, struct err *err)
{
	static const struct pg_stmt list = {
		"text_review_asked",
		REVIEW_SQL "JOIN campaign c ON c.id = $1::bigint"
			   " CROSS JOIN LATERAL campaign_texts(c) x"
			   " WHERE t.category = c.category AND t.id = (SELECT max(l.id)"
			   "       FROM text_review l WHERE l.digest = text_digest(x.text)"
			   "        AND l.category = c.category)"
			   " ORDER BY x.no"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "reviews");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_review(&r->json, rows, i);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* POST /v1/campaigns/{id}/text-review */
bool text_review_ask(struct request *r, struct err *err)
{
	struct asking a = {.r = r};

	if (!request_id(r, 0, "campaign", &a.campaign_id))
		return true;
	if (!pg_transaction(r->pg, ask_body, &a, err))
		return false;
	if (a.asked == 0) {
		problem_conflict(&r->problem, "No text of the campaign reads as advertising, or "
					      "it is advertising. There is nothing to review");
		return true;
	}
	log_info("text review asked for", LI("campaign", a.campaign_id), LI("texts", a.asked));
	return reply_asked(r, a.campaign_id, err);
}

/* --- deciding ------------------------------------------------------------------------------------
 */

struct decision {
	int64_t id;
	const char *state, *note; /* borrowed from the document */
};

static void decision_in(struct request *r, const cJSON *doc, struct decision *d)
{
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	d->id = json_in_id(&in, "id", JSON_REQUIRED);
	d->state = json_in_text(&in, "decision", JSON_REQUIRED, 10);
	if (d->state != NULL && strcmp(d->state, "approved") != 0 &&
	    strcmp(d->state, "declined") != 0)
		json_in_refuse(&in, "decision", d->state, "approved or declined");
	d->note =
		json_in_text(&in, "note",
			     d->state != NULL && strcmp(d->state, "declined") == 0 ? JSON_REQUIRED
										   : JSON_OPTIONAL,
			     NOTE_CHARS);
	json_in_end(&in);
	if (!problem_found(&r->problem) && r->caller.person_id == 0)
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "A person must say so, and a program is none. Sign in");
}

static bool decide(struct request *r, const struct decision *d, struct err *err)
{
	static const struct pg_stmt put = {
		"text_review_decide",
		"WITH r AS (SELECT t.id, t.decision, $2::bigint = ANY (t.authors) AS own"
		"   FROM text_review t WHERE t.id = $1::bigint AND " SCOPE_SQL(
			"t.department_id", "$5") " FOR UPDATE),"
						 " u AS (UPDATE text_review t SET decision = "
						 "$3::text, by = $2::bigint,"
						 "   at = clock_timestamp(), note = $4::text "
						 "FROM r WHERE t.id = r.id"
						 "   AND r.decision = 'waiting' AND NOT r.own)"
						 " SELECT r.decision, r.own FROM r"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, d->id);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_text(r->params, d->state);
	pg_param_text(r->params, d->note);
	scope_param(r->params, &r->caller, RIGHT_TEXTS_REVIEW);
	if (!request_query(r, &put, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "review of a text");
	else if (strcmp(pg_text(rows, 0, 0), "waiting") != 0)
		problem_conflict(&r->problem, "Another person has decided about this text already");
	else if (pg_bool(rows, 0, 1))
		problem_set(&r->problem, 403, "own-text", "You may not do this",
			    "Whoever wrote the text, changed it last or asked for the review "
			    "cannot decide about it. Another person must look at it");
	pg_result_free(&rows);
	return true;
}

static bool reply_review(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt read = {"text_review_read",
					    REVIEW_SQL "WHERE t.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &read, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		put_review(&r->json, rows, 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* POST /v1/text-reviews */
bool text_review_decide(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct decision d;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	decision_in(r, doc, &d);
	if (!problem_found(&r->problem))
		ok = decide(r, &d, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("text reviewed", LI("review", d.id), LI("person", r->caller.person_id));
	return reply_review(r, d.id, err);
}
