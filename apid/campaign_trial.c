/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_trial - POST /v1/campaigns/{id}/trial/go-on: the others go, whatever came of the trial.
 */
#include <stdio.h>
#include <string.h>

#include "apid/campaign.h"
#include "common/base/log.h"

struct going {
	struct request *r;
	int64_t id;
};

/* A run that the trial stopped goes on too; one that a person paused stays paused. */
static bool go_on(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt campaign = {
		"trial_campaign_on",
		"UPDATE campaign SET status = 'running', problem = NULL WHERE id = $1::bigint"
		"   AND status = 'paused' AND EXISTS (SELECT 1 FROM run r"
		"       WHERE r.campaign_id = $1::bigint AND r.trial = 'stopped')"};
	static const struct pg_stmt run = {
		"trial_run_on",
		"UPDATE run SET trial = 'over', trial_at = clock_timestamp(),"
		"       status = CASE WHEN trial = 'stopped' AND status = 'paused' THEN 'running'"
		"                ELSE status END"
		" WHERE campaign_id = $1::bigint AND trial IN ('sending', 'waiting', 'stopped')"};

	pg_param_int64(r->params, id);
	if (!request_query(r, &campaign, NULL, err))
		return false;
	pg_param_int64(r->params, id);
	return request_query(r, &run, NULL, err);
}

static bool go_on_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {
		"trial_lock",
		"SELECT c.status, coalesce((SELECT r.trial FROM run r WHERE r.campaign_id = c.id"
		"       ORDER BY r.id DESC LIMIT 1), '')"
		"  FROM campaign c WHERE c.id = $1::bigint FOR UPDATE"};
	struct going *g = arg;
	struct pg_result *rows = NULL;
	char trial[16] = "", status[16] = "";

	(void)pg;
	pg_param_int64(g->r->params, g->id);
	if (!request_query(g->r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		(void)snprintf(status, sizeof(status), "%s", pg_text(rows, 0, 0));
		(void)snprintf(trial, sizeof(trial), "%s", pg_text(rows, 0, 1));
	}
	pg_result_free(&rows);
	if (status[0] == '\0')
		problem_not_found(&g->r->problem, "campaign");
	else if (trial[0] == '\0' ||
		 (strcmp(status, "running") != 0 && strcmp(status, "paused") != 0))
		problem_conflict(&g->r->problem,
				 "The campaign is %s and nobody waits for its trial. Look at its "
				 "progress",
				 status);
	if (problem_found(&g->r->problem))
		return request_refused(err);
	return strcmp(trial, "over") == 0 || go_on(g->r, g->id, err);
}

bool campaign_trial_go_on(struct request *r, struct err *err)
{
	struct going going = {.r = r};

	if (!request_id(r, 0, "campaign", &going.id))
		return true;
	if (!pg_transaction(r->pg, go_on_body, &going, err))
		return false;
	log_info("trial goes on", LI("campaign", going.id));
	return campaign_put(r, going.id, err) && request_reply(r, 200);
}
