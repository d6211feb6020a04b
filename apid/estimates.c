/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* estimates - POST, GET and DELETE /v1/campaigns/{id}/estimate. */
#include <string.h>

#include "apid/estimate.h"
#include "apid/load.h"

enum column {
	COL_ID,
	COL_STATUS,
	COL_CURRENT,
	COL_CLIENTS,
	COL_LOOKED_AT,
	COL_PROBLEM,
	COL_CREATED,
	COL_FINISHED,
	COL_DUPLICATES,
	COL_RECIPIENTS,
	COL_LEFT_OUT,
	COL_PARTS,
	COL_COST,
};

/* The campaign, and its estimate if it has one. */
static const struct pg_stmt last = {
	"estimate_last",
	"SELECT e.id, coalesce(e.status, 'none'), coalesce(e.terms = campaign_terms(c), true), "
	"e.clients, e.looked_at, e.problem,"
	"       e.created_at, e.finished_at, e.duplicates, e.recipients, e.left_out, e.parts,"
	"       e.cost_micro"
	"  FROM campaign c LEFT JOIN estimate e ON e.campaign_id = c.id WHERE c.id = $1::bigint"};

static void read_audience(const struct pg_result *rows, struct audience *out)
{
	*out = (struct audience){
		.clients = pg_int(rows, 0, COL_CLIENTS),
		.exact = true,
		.duplicates = pg_int(rows, 0, COL_DUPLICATES),
		.recipients = pg_int(rows, 0, COL_RECIPIENTS),
		.parts = pg_int(rows, 0, COL_PARTS),
		.cost_micro = pg_int(rows, 0, COL_COST),
	};
	(void)pg_int_array(rows, 0, COL_LEFT_OUT, out->left_out + 1, REASON_LAST);
}

static void put_lines(struct json_out *json, const struct pg_result *lines)
{
	json_array(json, "lines");
	for (size_t i = 0; i < pg_rows(lines); i++) {
		int64_t messages = pg_int(lines, i, 4), parts_each = pg_int(lines, i, 3);

		json_object(json, NULL);
		json_put_text(json, "account", pg_text(lines, i, 0));
		json_put_text(json, "operator", text_or_null(lines, i, 1));
		json_put_text(json, "operator_name", text_or_null(lines, i, 2));
		json_put_int(json, "parts_each", parts_each);
		json_put_int(json, "messages", messages);
		json_put_int(json, "parts", messages * parts_each);
		json_put_micro(json, "cost", pg_int(lines, i, 5));
		json_object_end(json);
	}
	json_array_end(json);
}

static bool put_result(struct request *r, const struct pg_result *rows, struct err *err)
{
	static const struct pg_stmt read = {
		"estimate_lines_read",
		"SELECT coalesce(a.name, l.account_id::text), o.code, o.name, l.parts_each,"
		"       l.messages, l.cost_micro"
		"  FROM estimate_line l LEFT JOIN account a ON a.id = l.account_id"
		"  LEFT JOIN operator o ON o.id = l.operator_id"
		" WHERE l.estimate_id = $1::bigint AND l.account_id <> 0"
		" ORDER BY 1, 2 NULLS LAST, 4"};
	struct pg_result *lines = NULL;
	struct audience audience;

	if (strcmp(pg_text(rows, 0, COL_STATUS), "done") != 0) {
		json_put_null(&r->json, "result");
		return true;
	}
	pg_param_int64(r->params, pg_int(rows, 0, COL_ID));
	if (!request_query(r, &read, &lines, err))
		return false;
	read_audience(rows, &audience);
	json_object(&r->json, "result");
	audience_put(&r->json, &audience);
	put_lines(&r->json, lines);
	json_object_end(&r->json);
	pg_result_free(&lines);
	return true;
}

/* As members of the open object. */
static bool put_estimate(struct request *r, int64_t campaign_id, const struct pg_result *rows,
			 struct err *err)
{
	struct json_out *json = &r->json;

	json_put_id(json, "campaign_id", campaign_id);
	json_put_text(json, "status", pg_text(rows, 0, COL_STATUS));
	json_put_bool(json, "current", pg_bool(rows, 0, COL_CURRENT));
	json_put_int(json, "clients", pg_int(rows, 0, COL_CLIENTS));
	json_put_int(json, "looked_at", pg_int(rows, 0, COL_LOOKED_AT));
	json_put_sentence(json, "problem", text_or_null(rows, 0, COL_PROBLEM));
	json_put_time(json, "created_at", pg_time_us(rows, 0, COL_CREATED));
	json_put_time(json, "finished_at", pg_time_us(rows, 0, COL_FINISHED));
	if (!put_result(r, rows, err))
		return false;
	if (strcmp(pg_text(rows, 0, COL_STATUS), "done") != 0 || !pg_bool(rows, 0, COL_CURRENT))
		json_put_null(json, "forecast");
	else
		return load_put_estimate(r, campaign_id, err);
	return true;
}

bool estimate_put(struct request *r, int64_t campaign_id, bool *done_out, struct audience *out,
		  struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &last, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		return problem_not_found(&r->problem, "campaign"), true;
	}
	*done_out = strcmp(pg_text(rows, 0, COL_STATUS), "done") == 0;
	read_audience(rows, out);
	ok = put_estimate(r, campaign_id, rows, err);
	pg_result_free(&rows);
	return ok;
}

/* Answer with the estimate; a campaign that has none is no error, every page of a draft asks. */
static bool answer(struct request *r, int64_t campaign_id, int status, struct err *err)
{
	struct audience audience;
	bool done;

	json_object(&r->json, NULL);
	if (!estimate_put(r, campaign_id, &done, &audience, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	json_object_end(&r->json);
	return request_reply(r, status);
}

bool estimate_ask(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt drop = {
		"estimate_drop_others",
		"DELETE FROM estimate e USING campaign c WHERE c.id = $1::bigint"
		"   AND e.campaign_id = c.id AND (e.status NOT IN ('waiting', 'running')"
		"       OR e.terms <> campaign_terms(c))"};
	static const struct pg_stmt start = {
		"estimate_start",
		"INSERT INTO estimate (campaign_id, terms) SELECT c.id, campaign_terms(c)"
		"  FROM campaign c WHERE c.id = $1::bigint ON CONFLICT (campaign_id) DO NOTHING"};

	pg_param_int64(r->params, id);
	if (!request_query(r, &drop, NULL, err))
		return false;
	pg_param_int64(r->params, id);
	if (!request_query(r, &start, NULL, err))
		return false;
	estimator_poke(r->api->estimator);
	return true;
}

/* POST /v1/campaigns/{id}/estimate: two who ask at once get the same one. */
bool estimate_start(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	return estimate_ask(r, id, err) && answer(r, id, 202, err);
}

/* GET /v1/campaigns/{id}/estimate */
bool estimate_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "campaign", &id) || answer(r, id, 200, err);
}

/* DELETE /v1/campaigns/{id}/estimate: whoever counts it notices within a second. */
bool estimate_drop(struct request *r, struct err *err)
{
	static const struct pg_stmt drop = {"estimate_drop",
					    "DELETE FROM estimate WHERE campaign_id = $1::bigint"};
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &drop, NULL, err))
		return false;
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
