/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* progress - see progress.h: reading and showing; and the two operations. */
#include "apid/progress.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

bool progress_read(struct pg *pg, const int64_t *campaign_ids, size_t count, struct progress *out,
		   size_t *count_out, int64_t *now_us_out, struct err *err)
{
	static const struct pg_stmt read = {
		"progress_read",
		"SELECT c.id, coalesce(r.id, 0), coalesce(r.audience, 0), coalesce(r.duplicates, "
		"0),"
		" coalesce(r.chunks, 0)::bigint, (SELECT count(*) FROM chunk h WHERE h.run_id = "
		"r.id AND h.state = 2),"
		" k.messages, k.parts, k.cost_micro, k.suppressed, k.accepted, k.delivered, "
		"k.undelivered,"
		" k.expired, k.rejected, k.failed, k.cancelled, k.unknown, k.clicked, k.redeemed,"
		" r.created_at, r.snapshot_at, coalesce(r.finished_at, c.finished_at), c.status,"
		" coalesce(r.status, ''), clock_timestamp(), coalesce(r.trial, ''), r.trial_at"
		" FROM campaign c"
		" LEFT JOIN LATERAL (SELECT * FROM run WHERE campaign_id = c.id ORDER BY id DESC "
		"LIMIT 1) r ON true"
		" LEFT JOIN LATERAL (SELECT " PROGRESS_SUMS_SQL
		"   FROM run_count WHERE run_id = r.id) k ON true"
		" WHERE c.id = ANY ($1::bigint[])"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64_array(params, campaign_ids, count);
	ok = pg_run(pg, &read, params, &rows, err);
	pg_params_free(&params);
	*count_out = ok ? pg_rows(rows) : 0;
	for (size_t i = 0; i < *count_out; i++) {
		struct progress *p = &out[i];
		int64_t *const number[] = {
			&p->campaign_id, &p->run_id,	  &p->audience, &p->duplicates,
			&p->chunks,	 &p->chunks_done, &p->messages, &p->parts,
			&p->cost_micro,	 &p->suppressed,  &p->accepted, &p->delivered,
			&p->undelivered, &p->expired,	  &p->rejected, &p->failed,
			&p->cancelled,	 &p->unknown,	  &p->clicked,	&p->redeemed,
		};
		int numbers = sizeof(number) / sizeof(number[0]);

		memset(p, 0, sizeof(*p));
		for (int col = 0; col < numbers; col++)
			*number[col] = pg_int(rows, i, col);
		p->started_us = pg_time_us(rows, i, numbers);
		p->snapshot_us = pg_time_us(rows, i, numbers + 1);
		p->finished_us = pg_time_us(rows, i, numbers + 2);
		snprintf(p->status, sizeof(p->status), "%s", pg_text(rows, i, numbers + 3));
		snprintf(p->run_status, sizeof(p->run_status), "%s", pg_text(rows, i, numbers + 4));
		*now_us_out = pg_time_us(rows, i, numbers + 5);
		snprintf(p->trial, sizeof(p->trial), "%s", pg_text(rows, i, numbers + 6));
		p->trial_us = pg_time_us(rows, i, numbers + 7);
	}
	pg_result_free(&rows);
	return ok;
}

bool progress_final(const struct progress *p)
{
	return p->finished_us != 0 || strcmp(p->status, "failed") == 0;
}

/* What has not reached a provider yet. */
static int64_t left_to_send(const struct progress *p)
{
	int64_t left = p->audience - p->suppressed - p->accepted - p->cancelled - p->failed;

	return left > 0 && !progress_final(p) ? left : 0;
}

void progress_put_counts(struct json_out *json, const struct progress *p)
{
	json_put_int(json, "audience", p->audience);
	json_put_int(json, "duplicates", p->duplicates);
	json_put_int(json, "messages", p->messages);
	json_put_int(json, "parts", p->parts);
	json_put_micro(json, "cost", p->cost_micro);
	json_put_int(json, "suppressed", p->suppressed);
	json_put_int(json, "accepted", p->accepted);
	json_put_int(json, "delivered", p->delivered);
	json_put_int(json, "undelivered", p->undelivered);
	json_put_int(json, "expired", p->expired);
	json_put_int(json, "rejected", p->rejected);
	json_put_int(json, "failed", p->failed);
	json_put_int(json, "cancelled", p->cancelled);
	json_put_int(json, "unknown", p->unknown);
	json_put_int(json, "clicked", p->clicked);
	json_put_int(json, "redeemed", p->redeemed);
	json_put_int(json, "left", left_to_send(p));
}

void progress_put(struct json_out *json, const struct progress *p, double rate)
{
	int64_t left = left_to_send(p);

	json_object(json, NULL);
	json_put_id(json, "campaign_id", p->campaign_id);
	json_put_text(json, "status", p->status);
	if (p->run_id != 0)
		json_put_id(json, "run_id", p->run_id);
	else
		json_put_null(json, "run_id");
	json_put_text(json, "run_status", p->run_id != 0 ? p->run_status : NULL);
	json_put_text(json, "trial", p->trial[0] != '\0' ? p->trial : NULL);
	json_put_time(json, "trial_since", p->trial_us);
	json_put_int(json, "chunks", p->chunks);
	json_put_int(json, "chunks_done", p->chunks_done);
	progress_put_counts(json, p);
	json_put_int(json, "rate_per_s", rate > 0 ? (int64_t)(rate + 0.5) : 0);
	if (left == 0)
		json_put_int(json, "eta_s", 0);
	else if (rate > 0)
		json_put_int(json, "eta_s", (int64_t)((double)left / rate) + 1);
	else
		json_put_null(json, "eta_s");
	json_put_time(json, "started_at", p->started_us);
	json_put_time(json, "snapshot_at", p->snapshot_us);
	json_put_time(json, "finished_at", p->finished_us);
	json_object_end(json);
}

/* Read one campaign and write it; a missing one is a filled 404. */
static bool put_one(struct request *r, int64_t id, struct err *err)
{
	struct progress p;
	size_t count;
	int64_t now_us = 0;

	if (!progress_read(r->pg, &id, 1, &p, &count, &now_us, err))
		return false;
	if (count == 0)
		problem_not_found(&r->problem, "campaign");
	else
		progress_put(&r->json, &p, watcher_rate(r->api->watcher, &p, now_us));
	return true;
}

/* GET /v1/campaigns/{id}/progress */
bool campaign_progress(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (!put_one(r, id, err))
		return false;
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* GET /v1/campaigns/{id}/progress/stream */
bool campaign_progress_stream(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	buf_add_str(&r->out, "retry: 2000\nevent: progress\ndata: ");
	if (!put_one(r, id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	buf_add_str(&r->out, "\n\n");
	http_reply_stream(r->call, id, &r->out);
	return true;
}
