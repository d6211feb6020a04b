/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_report - who got no message and why; the messages of a campaign by state. */
#include <string.h>

#include "apid/api.h"
#include "apid/message.h"
#include "common/model/message.h"

#define BATCHES_AT_ONCE 25 /* 5,000 messages */
#define LOOKS_MAX	20 /* a page looks at no more than this many times that */

/* The run of the campaign that ?run_id= names, or its last one; 0 when it has none yet.  A missing
 * campaign is a filled 404, and so is a run of another. */
static bool find_run(struct request *r, int64_t *run_id_out, struct err *err)
{
	static const struct pg_stmt find = {
		"campaign_run", "SELECT coalesce((SELECT max(id) FROM run WHERE campaign_id = c.id"
				"                    AND ($2::bigint = 0 OR id = $2::bigint)), 0)"
				"  FROM campaign c WHERE c.id = $1::bigint"};
	const char *run = http_query(r->call, "run_id");
	struct pg_result *rows = NULL;
	int64_t id, run_id = 0;

	*run_id_out = 0;
	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (run != NULL && !id_parse(run, &run_id)) {
		problem_not_found(&r->problem, "run");
		return true;
	}
	pg_param_int64(r->params, id);
	pg_param_int64(r->params, run_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		*run_id_out = pg_int(rows, 0, 0);
	else
		problem_not_found(&r->problem, "campaign");
	if (run_id != 0 && *run_id_out == 0)
		problem_not_found(&r->problem, "run");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/campaigns/{id}/suppressions, in order of client */
bool campaign_suppressions(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"suppression_list",
		"SELECT client_id, msisdn, reason, at FROM suppression"
		" WHERE run_id = $1::bigint AND client_id > $2::bigint ORDER BY client_id"
		" LIMIT $3::bigint + 1"};
	struct pg_result *rows = NULL;
	struct page page;
	int64_t run_id;
	size_t shown;

	if (!page_from_query(r, &page))
		return true;
	if (!find_run(r, &run_id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, run_id);
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	if (!request_query(r, &list, &rows, err))
		return false;
	shown = pg_rows(rows) < (size_t)page.limit ? pg_rows(rows) : (size_t)page.limit;
	json_object(&r->json, NULL);
	json_array(&r->json, "suppressions");
	for (size_t i = 0; i < shown; i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "client_id", pg_int(rows, i, 0));
		json_put_phone(&r->json, "phone", pg_int(rows, i, 1));
		json_put_text(&r->json, "reason", message_reason_name((int)pg_int(rows, i, 2)));
		json_put_time(&r->json, "at", pg_time_us(rows, i, 3));
		json_object_end(&r->json);
	}
	page_end(r, &page, pg_rows(rows), shown > 0 ? pg_int(rows, shown - 1, 0) : 0);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- messages
 * --------------------------------------------------------------------------------------------- */

struct look {
	int64_t run_id;
	int64_t after; /* the last message id seen */
	int state;     /* -1: every */
	int64_t limit;
	size_t found; /* messages written */
	bool at_end;  /* no batch is left */
};

/* The next home batches from that of `after` on. */
static bool next_batches(struct request *r, const struct look *look, int64_t *ids, size_t *count,
			 struct err *err)
{
	static const struct pg_stmt next = {
		"run_batches",
		"SELECT id FROM batch WHERE run_id = $1::bigint AND message_ids IS NULL"
		"   AND id >= $2::bigint AND id + message_count - 1 > $3::bigint ORDER BY id LIMIT "
		"25"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, look->run_id);
	pg_param_int64(r->params, BATCH_ID(look->after));
	pg_param_int64(r->params, look->after);
	if (!request_query(r, &next, &rows, err))
		return false;
	*count = pg_rows(rows);
	for (size_t i = 0; i < *count; i++)
		ids[i] = pg_int(rows, i, 0);
	pg_result_free(&rows);
	return true;
}

/* Write the messages of those batches that have the state; moves look->after. */
static bool put_messages(struct request *r, struct look *look, const int64_t *batches, size_t count,
			 struct err *err)
{
	static const struct pg_stmt list = {
		"run_messages", MESSAGE_COLUMNS
		" FROM unnest($1::bigint[]) AS h(id)"
		" JOIN message_view v ON v.id >= h.id AND v.id < h.id + 256" MESSAGE_JOINS
		"WHERE v.id > $2::bigint AND ($3::smallint < 0 OR v.state = $3::smallint)"
		" ORDER BY v.id LIMIT $4::bigint"};
	struct pg_result *rows = NULL;
	size_t want = (size_t)look->limit - look->found;

	pg_param_int64_array(r->params, batches, count);
	pg_param_int64(r->params, look->after);
	pg_param_int16(r->params, (int16_t)look->state);
	pg_param_int64(r->params, (int64_t)want);
	if (!request_query(r, &list, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		message_put_open(&r->json, rows, i);
		json_object_end(&r->json);
	}
	look->found += pg_rows(rows);
	if (pg_rows(rows) == want)
		look->after = pg_int(rows, want - 1, 0);
	else
		look->after = batches[count - 1] + 255;
	pg_result_free(&rows);
	return true;
}

static bool read_state(struct request *r, int *out)
{
	const char *name = http_query(r->call, "state");
	enum message_state state;

	*out = -1;
	if (name == NULL)
		return true;
	if (message_state_parse(name, &state)) {
		*out = (int)state;
		return true;
	}
	problem_field(&r->problem, "state", name,
		      "queued, claimed, accepted, unknown, cancelled, failed, rejected, expired, "
		      "undelivered or delivered");
	return false;
}

/* GET /v1/campaigns/{id}/messages?state=: a rare state may give short or empty pages with a cursor,
 * because a page looks at 100,000 messages at most. */
bool campaign_messages(struct request *r, struct err *err)
{
	struct look look = {0};
	struct page page;

	if (!page_from_query(r, &page) || !read_state(r, &look.state))
		return true;
	if (!find_run(r, &look.run_id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	look.after = page.cursor;
	look.limit = page.limit;
	json_object(&r->json, NULL);
	json_array(&r->json, "messages");
	for (int i = 0; i < LOOKS_MAX && !look.at_end && look.found < (size_t)look.limit; i++) {
		int64_t batches[BATCHES_AT_ONCE];
		size_t count;

		if (!next_batches(r, &look, batches, &count, err))
			return false;
		if (count > 0 && !put_messages(r, &look, batches, count, err))
			return false;
		look.at_end = count == 0;
	}
	page_end(r, &page, look.at_end ? 0 : (size_t)page.limit + 1, look.after);
	return request_reply(r, 200);
}
