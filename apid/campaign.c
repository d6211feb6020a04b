/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign - reading campaigns. */
#include "apid/campaign.h"

#include <stdio.h>
#include <string.h>

#include "apid/progress.h"
#include "common/model/message.h"

#define STATUSES_MAX	  7
#define STATUSES_TEXT_MAX 100

const char *campaign_text_or_null(const struct pg_result *rows, size_t i, int col)
{
	return pg_null(rows, i, col) ? NULL : pg_text(rows, i, col);
}

/* Null before the run, as nothing is counted yet. */
static void put_counts(struct json_out *json, const struct pg_result *rows, size_t i)
{
	struct progress p = {.run_id = pg_int(rows, i, CAMPAIGN_RUN)};
	int64_t *const number[] = {
		&p.audience,	&p.duplicates, &p.messages, &p.parts,
		&p.cost_micro,	&p.suppressed, &p.accepted, &p.delivered,
		&p.undelivered, &p.expired,    &p.rejected, &p.failed,
		&p.cancelled,	&p.unknown,    &p.clicked,  &p.redeemed,
	};

	if (p.run_id == 0) {
		json_put_null(json, "counts");
		return;
	}
	for (int n = 0; n < (int)(sizeof(number) / sizeof(number[0])); n++)
		*number[n] = pg_int(rows, i, CAMPAIGN_COUNTS + n);
	snprintf(p.status, sizeof(p.status), "%s", pg_text(rows, i, CAMPAIGN_STATUS));
	p.finished_us = pg_time_us(rows, i, CAMPAIGN_FINISHED);
	json_object(json, "counts");
	progress_put_counts(json, &p);
	json_object_end(json);
}

/* What migration 0045 says in a word; everything else is a sentence as it stands. */
static void put_problem(struct json_out *json, const char *problem)
{
	const char *sentence = when_reason(problem);

	if (problem != NULL && strcmp(problem, "no_budget") == 0)
		sentence = "The budget of the department had not enough left when the run was to "
			   "begin. Ask whoever keeps the budget for more";
	json_put_sentence(json, "problem", sentence);
}

static void put_campaign(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, CAMPAIGN_ID));
	json_put_text(json, "name", pg_text(rows, i, CAMPAIGN_NAME));
	json_put_id(json, "department_id", pg_int(rows, i, CAMPAIGN_DEPARTMENT));
	json_put_text(json, "text", pg_text(rows, i, CAMPAIGN_TEXT));
	json_put_text(json, "spelling", pg_text(rows, i, CAMPAIGN_SPELLING));
	put_id_or_null(json, "template_id", rows, i, CAMPAIGN_TEMPLATE);
	if (pg_null(rows, i, CAMPAIGN_TEMPLATE_VERSION))
		json_put_null(json, "template_version");
	else
		json_put_int(json, "template_version", pg_int(rows, i, CAMPAIGN_TEMPLATE_VERSION));
	json_put_text(json, "template_name",
		      campaign_text_or_null(rows, i, CAMPAIGN_TEMPLATE_NAME));
	json_put_text(json, "sender", pg_text(rows, i, CAMPAIGN_SENDER));
	json_put_text(json, "class",
		      message_class_name((enum message_class)pg_int(rows, i, CAMPAIGN_CLASS)));
	json_put_text(
		json, "category",
		message_category_name((enum message_category)pg_int(rows, i, CAMPAIGN_CATEGORY)));
	put_id_or_null(json, "list_id", rows, i, CAMPAIGN_LIST);
	json_put_text(json, "list_name", campaign_text_or_null(rows, i, CAMPAIGN_LIST_NAME));
	json_put_text(json, "account", campaign_text_or_null(rows, i, CAMPAIGN_ACCOUNT));
	json_put_int(json, "priority", pg_int(rows, i, CAMPAIGN_PRIORITY));
	json_put_int(json, "max_parts", pg_int(rows, i, CAMPAIGN_MAX_PARTS));
	json_put_int(json, "validity_s", pg_int(rows, i, CAMPAIGN_VALIDITY));
	pace_put(json, rows, i, CAMPAIGN_PACE);
	json_put_bool(json, "report_statuses", pg_bool(rows, i, CAMPAIGN_REPORT));
	json_put_time(json, "start_at", pg_time_us(rows, i, CAMPAIGN_START));
	when_put(json, rows, i, CAMPAIGN_WHEN);
	json_put_text(json, "after_hours", pg_text(rows, i, CAMPAIGN_AFTER_HOURS));
	json_put_text(json, "cap_exempt", campaign_text_or_null(rows, i, CAMPAIGN_CAP_EXEMPT));
	campaign_use_put(json, rows, i, CAMPAIGN_CONTROL);
	json_put_text(json, "status", pg_text(rows, i, CAMPAIGN_STATUS));
	put_problem(json, campaign_text_or_null(rows, i, CAMPAIGN_PROBLEM));
	put_id_or_null(json, "run_id", rows, i, CAMPAIGN_RUN);
	put_counts(json, rows, i);
	json_put_text(json, "created_by", campaign_text_or_null(rows, i, CAMPAIGN_CREATED_BY));
	json_put_text(json, "launched_by", campaign_text_or_null(rows, i, CAMPAIGN_LAUNCHED_BY));
	json_put_time(json, "created_at", pg_time_us(rows, i, CAMPAIGN_CREATED));
	json_put_time(json, "launched_at", pg_time_us(rows, i, CAMPAIGN_LAUNCHED));
	json_put_time(json, "finished_at", pg_time_us(rows, i, CAMPAIGN_FINISHED));
	json_object_end(json);
}

bool campaign_put(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"campaign_get",
					   CAMPAIGN_SELECT "WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		put_campaign(&r->json, rows, 0);
	else
		problem_not_found(&r->problem, "campaign");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/campaigns/{id} */
bool campaign_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (!campaign_put(r, id, err))
		return false;
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* Comma-separated statuses; false: the problem is filled. */
static bool read_statuses(struct request *r, const char *text, const char *out[STATUSES_MAX],
			  char *copy, size_t size, size_t *count_out)
{
	static const char *const known[STATUSES_MAX] = {
		"draft", "planned", "running", "paused", "finished", "cancelled", "failed"};
	char *save = NULL;

	*count_out = 0;
	snprintf(copy, size, "%s", text != NULL ? text : "");
	for (char *name = strtok_r(copy, ",", &save); name != NULL;
	     name = strtok_r(NULL, ",", &save)) {
		size_t k = 0;

		while (k < STATUSES_MAX && strcmp(known[k], name) != 0)
			k++;
		if (k == STATUSES_MAX || *count_out == STATUSES_MAX) {
			problem_field(
				&r->problem, "status", name,
				"draft, planned, running, paused, finished, cancelled or failed, "
				"each once, with commas between them");
			return false;
		}
		out[(*count_out)++] = known[k];
	}
	return true;
}

/* GET /v1/campaigns, the newest first */
bool campaign_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"campaign_list", CAMPAIGN_SELECT
		"WHERE ($1::bigint = 0 OR c.id < $1::bigint)"
		" AND (cardinality($3::text[]) = 0 OR c.status = ANY ($3::text[]))"
		" AND ($4::text = '' OR position(lower($4::text) IN lower(c.name)) > 0)"
		" AND " SCOPE_SQL("c.department_id",
				  "$5") " ORDER BY c.id DESC LIMIT $2::bigint + 1"};
	const char *query = http_query(r->call, "query");
	const char *statuses[STATUSES_MAX];
	struct pg_result *rows = NULL;
	char copy[STATUSES_TEXT_MAX];
	size_t count, shown;
	struct page page;

	if (!page_from_query(r, &page) ||
	    !read_statuses(r, http_query(r->call, "status"), statuses, copy, sizeof(copy), &count))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_text_array(r->params, statuses, count);
	pg_param_text(r->params, query != NULL ? query : "");
	scope_param(r->params, &r->caller, RIGHT_CAMPAIGNS_READ);
	if (!request_query(r, &list, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page.limit ? pg_rows(rows) : (size_t)page.limit;
	json_object(&r->json, NULL);
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < shown; i++)
		put_campaign(&r->json, rows, i);
	page_end(r, &page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, CAMPAIGN_ID) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
