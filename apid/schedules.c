/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* schedules - what a rule would bring, and what a campaign's has brought. */
#include <string.h>

#include "apid/campaign_when.h"
#include "common/base/mem.h"
#include "common/model/schedule.h"

#define SHOWN 10

/* --- POST /v1/schedules/preview ------------------------------------------------------------------
 */

struct asked {
	struct schedule schedule;
	char zone[ZONE_SIZE];
};

/* The next times with their moments, from now on or from the start, whichever is later. */
static bool put_times(struct request *r, const struct asked *a, struct err *err)
{
	static const struct pg_stmt now = {
		"schedule_now",
		"SELECT extract(epoch FROM clock_timestamp() AT TIME ZONE $1::text)::bigint"};
	static const struct pg_stmt moments = {
		"schedule_moments",
		"SELECT to_char(u, 'YYYY-MM-DD\"T\"HH24:MI:SS'), local_moment(u, $1::text)"
		"  FROM unnest($2::text[]::timestamp[]) AS u ORDER BY u"};
	const struct recurrence times = {.rule = &a->schedule.parsed,
					 .start = a->schedule.starts,
					 .except = a->schedule.except,
					 .except_count = a->schedule.except_count};
	char text[SHOWN][WALL_SIZE];
	const char *list[SHOWN];
	struct pg_result *rows = NULL;
	int64_t found[SHOWN];
	size_t count;

	pg_param_text(r->params, a->zone);
	if (!request_query(r, &now, &rows, err))
		return false;
	count = recurrence_next(&times, pg_int(rows, 0, 0), found, SHOWN);
	pg_result_free(&rows);
	for (size_t i = 0; i < count; i++)
		list[i] = wall_format(found[i], text[i]);
	pg_param_text(r->params, a->zone);
	pg_param_text_array(r->params, list, count);
	if (!request_query(r, &moments, &rows, err))
		return false;
	json_array(&r->json, "occurrences");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "local", pg_text(rows, i, 0));
		json_put_time(&r->json, "at", pg_time_us(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_put_bool(&r->json, "more", count == SHOWN);
	pg_result_free(&rows);
	return true;
}

static bool preview(struct request *r, const struct cJSON *doc, struct asked *a, struct err *err)
{
	char said[RECURRENCE_SAID];
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	schedule_read_rule(&in, &a->schedule);
	json_in_end(&in);
	if (problem_found(&r->problem))
		return true;
	if (!when_zone(r, a->schedule.zone, "zone", a->zone, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "zone", a->zone);
	json_put_sentence(&r->json, "sentence",
			  recurrence_say(&a->schedule.parsed, a->schedule.starts, said));
	if (!put_times(r, a, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}

bool schedule_preview(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct asked *asked;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	asked = mem_calloc(1, sizeof(*asked));
	ok = preview(r, doc, asked, err);
	mem_free(asked);
	json_free(&doc);
	return ok;
}

/* --- GET /v1/campaigns/{id}/runs -----------------------------------------------------------------
 */

enum {
	COL_NO,
	COL_KIND,
	COL_DUE,
	COL_LOCAL,
	COL_AT,
	COL_OUTCOME,
	COL_REASON,
	COL_RUN,
	COL_STATUS,
	COL_AUDIENCE,
	COL_MESSAGES,
	COL_SUPPRESSED,
	COL_DELIVERED,
	COL_FINISHED,
	COL_REMINDER,
	COL_REMINDS,
};

/* Campaigns that run once have a run alone. */
static const struct pg_stmt list_stmt = {
	"campaign_runs",
	"SELECT coalesce(o.no, r.occurrence)::bigint, coalesce(o.kind, 'once'),"
	"       coalesce(o.due_at, c.start_at), to_char(o.due_local, 'YYYY-MM-DD\"T\"HH24:MI:SS'),"
	"       coalesce(o.at, r.created_at), coalesce(o.outcome, 'run'), o.reason,"
	"       coalesce(r.id, 0), r.status, r.audience, k.messages, k.suppressed, k.delivered,"
	"       r.finished_at, o.reminder_at, o.reminds_no"
	"  FROM campaign c JOIN"
	"  (SELECT * FROM campaign_occurrence WHERE campaign_id = $3::bigint) o"
	"  FULL JOIN (SELECT * FROM run WHERE campaign_id = $3::bigint) r ON r.id = o.run_id"
	"    ON c.id = $3::bigint"
	"  LEFT JOIN LATERAL (SELECT coalesce(sum(n.messages), 0)::bigint AS messages,"
	"       coalesce(sum(n.suppressed), 0)::bigint AS suppressed,"
	"       coalesce(sum(n.delivered), 0)::bigint AS delivered"
	"       FROM run_count n WHERE n.run_id = r.id) k ON true"
	" WHERE $1::bigint = 0 OR coalesce(o.no, r.occurrence) < $1::bigint"
	" ORDER BY 1 DESC LIMIT $2::bigint + 1"};

static void put_int_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			    size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_int(json, key, pg_int(rows, i, col));
}

static void put_run(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_int(json, "no", pg_int(rows, i, COL_NO));
	json_put_text(json, "kind", pg_text(rows, i, COL_KIND));
	json_put_time(json, "due_at", pg_time_us(rows, i, COL_DUE));
	json_put_text(json, "due_local", text_or_null(rows, i, COL_LOCAL));
	json_put_time(json, "at", pg_time_us(rows, i, COL_AT));
	json_put_text(json, "outcome", pg_text(rows, i, COL_OUTCOME));
	json_put_text(json, "reason", text_or_null(rows, i, COL_REASON));
	json_put_sentence(json, "message", when_reason(text_or_null(rows, i, COL_REASON)));
	if (pg_int(rows, i, COL_RUN) == 0)
		json_put_null(json, "run_id");
	else
		json_put_id(json, "run_id", pg_int(rows, i, COL_RUN));
	json_put_text(json, "status", text_or_null(rows, i, COL_STATUS));
	put_int_or_null(json, "audience", rows, i, COL_AUDIENCE);
	json_put_int(json, "messages", pg_int(rows, i, COL_MESSAGES));
	json_put_int(json, "suppressed", pg_int(rows, i, COL_SUPPRESSED));
	json_put_int(json, "delivered", pg_int(rows, i, COL_DELIVERED));
	json_put_time(json, "finished_at", pg_time_us(rows, i, COL_FINISHED));
	json_put_time(json, "reminder_at", pg_time_us(rows, i, COL_REMINDER));
	put_int_or_null(json, "reminds_no", rows, i, COL_REMINDS);
	json_object_end(json);
}

bool campaign_runs(struct request *r, struct err *err)
{
	static const struct pg_stmt find = {"campaign_runs_find",
					    "SELECT 1 FROM campaign WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	struct page page;
	int64_t id;

	if (!page_from_query(r, &page) || !request_id(r, 0, "campaign", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "campaign");
	pg_result_free(&rows);
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, id);
	return page_reply(r, &page, &list_stmt, "runs", put_run, err);
}
