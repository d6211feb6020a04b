/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_pace - see campaign_pace.h; and the change while it is running.
 *
 * A change stands in the campaign, its run and run_pace in one transaction.  Claims of gateways
 * read the last two, so it is on the wire at once; what was saved up under the old pace is not
 * spent. */
#include "apid/campaign_pace.h"

#include <string.h>

#include "apid/campaign.h"
#include "common/base/log.h"
#include "common/web/json.h"

#define DAYS 7

void pace_from_row(const struct pg_result *rows, size_t i, int col, struct pace_fields *f)
{
	int64_t days[DAYS];
	size_t count = pg_null(rows, i, col + 3) ? 0 : pg_int_array(rows, i, col + 3, days, DAYS);

	*f = (struct pace_fields){
		.per_min = pg_int(rows, i, col),
		.until_us = pg_time_us(rows, i, col + 1),
		.stop_us = pg_time_us(rows, i, col + 2),
		.window = {.from = text_or_null(rows, i, col + 4),
			   .to = text_or_null(rows, i, col + 5),
			   .of_client = strcmp(pg_text(rows, i, col + 6), "client") == 0},
	};
	for (size_t k = 0; k < count && k < DAYS; k++)
		f->window.days |= (uint8_t)(1U << (days[k] - 1));
}

static void put_window(struct json_out *json, const struct own_window *w)
{
	if (w->days == 0) {
		json_put_null(json, "window");
		return;
	}
	json_object(json, "window");
	json_array(json, "days");
	for (int day = 0; day < DAYS; day++)
		if (w->days >> day & 1)
			json_put_int(json, NULL, day + 1);
	json_array_end(json);
	json_put_text(json, "from", w->from);
	json_put_text(json, "to", w->to);
	json_put_text(json, "zone", w->of_client ? "client" : "company");
	json_object_end(json);
}

void pace_put(struct json_out *json, const struct pg_result *rows, size_t i, int col)
{
	struct pace_fields f;

	pace_from_row(rows, i, col, &f);
	if (f.per_min == 0)
		json_put_null(json, "pace_per_min");
	else
		json_put_int(json, "pace_per_min", f.per_min);
	json_put_time(json, "pace_until", f.until_us);
	json_put_time(json, "stop_at", f.stop_us);
	put_window(json, &f.window);
}

static void param_time_or_null(struct pg_params *p, int64_t us)
{
	if (us == 0)
		pg_param_null(p);
	else
		pg_param_time_us(p, us);
}

void pace_params(struct pg_params *p, const struct pace_fields *f)
{
	int16_t days[DAYS];
	size_t count = 0;

	for (int day = 0; day < DAYS; day++)
		if (f->window.days >> day & 1)
			days[count++] = (int16_t)(day + 1);
	param_time_or_null(p, f->until_us);
	param_time_or_null(p, f->stop_us);
	if (count == 0) {
		for (int i = 0; i < 4; i++)
			pg_param_null(p);
		return;
	}
	pg_param_int16_array(p, days, count);
	pg_param_text(p, f->window.from);
	pg_param_text(p, f->window.to);
	pg_param_text(p, f->window.of_client ? "client" : "company");
}

/* --- while it is running -------------------------------------------------------------------------
 */

struct repace {
	struct request *r;
	int64_t id;
	const struct cJSON *doc;
};

enum column {
	COL_STATUS,
	COL_PRIORITY,
	COL_RUN,
	COL_ENDS,
	COL_NOW,
	COL_PACE,
};

static void check_times(struct request *r, const struct pace_fields *f,
			const struct pg_result *rows)
{
	int64_t now_us = pg_time_us(rows, 0, COL_NOW), ends_us = pg_time_us(rows, 0, COL_ENDS);

	if (f->until_us != 0 && f->until_us <= now_us)
		problem_field(&r->problem, "pace_until", "a time that is over",
			      "a time in the future");
	else if (f->until_us != 0 && ends_us != 0 && f->until_us > ends_us)
		problem_field(&r->problem, "pace_until",
			      "a time when its messages are not valid any more",
			      "a time before the campaign's start and its validity_s");
	if (f->stop_us != 0 && f->stop_us <= now_us)
		problem_field(&r->problem, "stop_at", "a time that is over",
			      "a time in the future; to stop it now, cancel it");
}

static bool store(struct repace *p, const struct pace_fields *f, int64_t priority, int64_t run_id,
		  struct err *err)
{
	static const struct pg_stmt campaign = {
		"pace_campaign",
		"UPDATE campaign SET pace_until = $1::timestamptz, stop_at = $2::timestamptz,"
		"       window_days = $3::smallint[], window_from = $4::time, window_to = $5::time,"
		"       window_zone = $6::text, pace_per_min = nullif($7::bigint, 0),"
		"       priority = $8::smallint WHERE id = $9::bigint"};
	static const struct pg_stmt run = {
		"pace_run", "UPDATE run SET stop_at = $2::timestamptz WHERE id = $1::bigint"};
	static const struct pg_stmt set = {"pace_set", "SELECT run_pace_set($1::bigint, true)"};
	struct request *r = p->r;

	pace_params(r->params, f);
	pg_param_int64(r->params, f->per_min);
	pg_param_int16(r->params, (int16_t)priority);
	pg_param_int64(r->params, p->id);
	if (!request_query(r, &campaign, NULL, err))
		return false;
	if (run_id == 0)
		return true;
	pg_param_int64(r->params, run_id);
	param_time_or_null(r->params, f->stop_us);
	if (!request_query(r, &run, NULL, err))
		return false;
	pg_param_int64(r->params, run_id);
	return request_query(r, &set, NULL, err);
}

static bool repace_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {
		"pace_lock",
		"SELECT c.status, c.priority, coalesce(r.id, 0), coalesce(r.deadline, c.start_at + "
		"c.validity_s * interval '1 s'), clock_timestamp(), " PACE_SELECT_SQL
		"  FROM campaign c LEFT JOIN LATERAL (SELECT id, deadline FROM run"
		"       WHERE campaign_id = c.id AND finished_at IS NULL"
		"       ORDER BY id DESC LIMIT 1) r ON true"
		" WHERE c.id = $1::bigint FOR UPDATE OF c"};
	struct repace *p = arg;
	struct request *r = p->r;
	struct pace_fields fields;
	struct pg_result *rows = NULL;
	struct json_in in;
	const char *status;
	int64_t priority;
	bool ok;

	(void)pg;
	pg_param_int64(r->params, p->id);
	if (!request_query(r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "campaign");
		return request_refused(err);
	}
	status = pg_text(rows, 0, COL_STATUS);
	pace_from_row(rows, 0, COL_PACE, &fields);
	json_in_begin(&in, p->doc, &r->problem, "");
	pace_read(&in, &fields);
	priority = json_in_int(&in, "priority", JSON_OPTIONAL, 1, 9, pg_int(rows, 0, COL_PRIORITY));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		check_times(r, &fields, rows);
	if (!problem_found(&r->problem) && strcmp(status, "planned") != 0 &&
	    strcmp(status, "running") != 0 && strcmp(status, "paused") != 0)
		problem_conflict(&r->problem,
				 "The campaign is %s. The pace of a planned, running or paused "
				 "campaign can be changed; a draft is changed as a whole",
				 status);
	ok = problem_found(&r->problem)
		     ? request_refused(err)
		     : store(p, &fields, priority, pg_int(rows, 0, COL_RUN), err);
	pg_result_free(&rows);
	return ok;
}

/* POST /v1/campaigns/{id}/pace */
bool campaign_pace(struct request *r, struct err *err)
{
	struct repace repace = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_id(r, 0, "campaign", &repace.id) || !request_json(r, &doc))
		return true;
	repace.doc = doc;
	ok = pg_transaction(r->pg, repace_body, &repace, err);
	json_free(&doc);
	if (!ok)
		return false;
	log_info("campaign changed", LI("campaign", repace.id), LS("action", "paced"));
	return campaign_put(r, repace.id, err) && request_reply(r, 200);
}
