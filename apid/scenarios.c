/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* scenarios - R-50: what starts by itself and advertises is approved by a named person, again and
 * again. */
#include <string.h>

#include "apid/campaign.h"
#include "common/base/log.h"

#define DAYS_MAX 366

/* --- approving -----------------------------------------------------------------------------------
 */

struct approval {
	struct request *r;
	int64_t id;
};

enum { COL_STATUS, COL_NEEDED, COL_AUTHOR };

static bool judge(struct request *r, const struct pg_result *rows, struct err *err)
{
	const char *status = pg_text(rows, 0, COL_STATUS);

	if (!pg_bool(rows, 0, COL_NEEDED))
		problem_conflict(&r->problem,
				 "Only what advertises and starts by itself is approved as a "
				 "scenario. This campaign needs no approval of that kind");
	else if (strcmp(status, "draft") != 0 && strcmp(status, "planned") != 0 &&
		 strcmp(status, "running") != 0 && strcmp(status, "paused") != 0)
		problem_conflict(&r->problem,
				 "The campaign is %s, so there is nothing to approve any more",
				 status);
	else if (pg_int(rows, 0, COL_AUTHOR) == r->caller.person_id)
		problem_conflict(&r->problem,
				 "You made this campaign. Somebody else has to approve it");
	return !problem_found(&r->problem) || request_refused(err);
}

/* What was paused because its approval was over goes on. */
static bool write(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt approve = {
		"scenario_approve",
		"WITH new AS (INSERT INTO scenario_approval (campaign_id, person_id, until)"
		"  SELECT $1::bigint, $2::bigint, clock_timestamp() + make_interval(days =>"
		"         (SELECT value::integer FROM setting WHERE name = 'scenario_days')))"
		" UPDATE campaign SET problem = NULL, status = CASE WHEN status <> 'paused' THEN "
		"status WHEN EXISTS (SELECT 1 FROM run WHERE campaign_id = $1::bigint)"
		"        THEN 'running' ELSE 'planned' END"
		"  WHERE id = $1::bigint AND problem IN ('unapproved', 'approval_over')"};
	static const struct pg_stmt resume = {
		"scenario_resume",
		"UPDATE run SET status = 'running' WHERE campaign_id = $1::bigint AND status = "
		"'paused' AND EXISTS (SELECT 1 FROM campaign WHERE id = $1::bigint AND status = "
		"'running')"};

	pg_param_int64(r->params, id);
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &approve, NULL, err))
		return false;
	pg_param_int64(r->params, id);
	return request_query(r, &resume, NULL, err);
}

static bool approve_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {
		"scenario_lock",
		"SELECT c.status, scenario_needed(c), coalesce(c.person_id, 0) FROM campaign c"
		" WHERE c.id = $1::bigint FOR UPDATE"};
	struct approval *a = arg;
	struct pg_result *rows = NULL;
	bool ok;

	(void)pg;
	pg_param_int64(a->r->params, a->id);
	if (!request_query(a->r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		ok = judge(a->r, rows, err);
	} else {
		problem_not_found(&a->r->problem, "campaign");
		ok = request_refused(err);
	}
	pg_result_free(&rows);
	return ok && write(a->r, a->id, err);
}

/* POST /v1/campaigns/{id}/approve-scenario */
bool scenario_approve(struct request *r, struct err *err)
{
	struct approval approval = {.r = r};

	if (!request_id(r, 0, "campaign", &approval.id))
		return true;
	if (r->caller.person_id == 0) {
		problem_conflict(&r->problem,
				 "A named person approves a scenario, and a token is a program. "
				 "Sign in and approve it there");
		return true;
	}
	if (!pg_transaction(r->pg, approve_body, &approval, err))
		return false;
	log_info("scenario approved", LI("campaign", approval.id),
		 LI("person", r->caller.person_id));
	return campaign_put(r, approval.id, err) && request_reply(r, 200);
}

/* --- for how long --------------------------------------------------------------------------------
 */

/* GET /v1/scenario-rules */
bool scenario_rules_get(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"scenario_rules",
		"SELECT value::integer FROM setting WHERE name = 'scenario_days'"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_int(&r->json, "approval_days", pg_int(rows, 0, 0));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* PUT /v1/scenario-rules; approvals that were given keep their end. */
bool scenario_rules_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"scenario_rules_put",
		"UPDATE setting SET value = $1::integer::text WHERE name = 'scenario_days'"};
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t days;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	days = json_in_int(&in, "approval_days", JSON_REQUIRED, 1, DAYS_MAX, 0);
	json_in_end(&in);
	json_free(&doc);
	if (problem_found(&r->problem))
		return true;
	pg_param_int32(r->params, (int32_t)days);
	if (!request_query(r, &put, NULL, err))
		return false;
	log_info("scenario rules changed", LI("approval_days", days));
	return scenario_rules_get(r, err);
}
