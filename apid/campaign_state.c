/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_state - launch, pause, resume, cancel.
 *
 * Each is one transaction over the campaign and its run, and each is idempotent: asking for a state
 * that holds already is a success.  Claims of gateways read run.status, so a stop bites at once.  A
 * run whose snapshot is being taken keeps its status; schedulerd looks at the campaign when the
 * snapshot is done. */
#include <stdio.h>
#include <string.h>

#include "apid/campaign.h"
#include "common/base/log.h"

/* Where an action leads from each status; NULL: it is forbidden; the same word: nothing to do. */
struct action {
	const char *name;
	const char *draft, *planned, *running, *paused, *finished, *cancelled, *failed;
};

static const struct action launch_action = {
	.name = "launched", .draft = "planned", .planned = "planned", .running = "running"};
static const struct action pause_action = {
	.name = "paused", .planned = "paused", .running = "paused", .paused = "paused"};
/* `running` becomes `planned` where there is no run yet. */
static const struct action resume_action = {
	.name = "resumed", .planned = "planned", .running = "running", .paused = "running"};
static const struct action cancel_action = {.name = "cancelled",
					    .draft = "cancelled",
					    .planned = "cancelled",
					    .running = "cancelled",
					    .paused = "cancelled",
					    .cancelled = "cancelled"};

static const char *next_status(const struct action *a, const char *status)
{
	const struct {
		const char *from, *to;
	} way[] = {
		{"draft", a->draft},   {"planned", a->planned},	  {"running", a->running},
		{"paused", a->paused}, {"finished", a->finished}, {"cancelled", a->cancelled},
		{"failed", a->failed},
	};

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++)
		if (strcmp(way[i].from, status) == 0)
			return way[i].to;
	return NULL;
}

/* What a person can do instead. */
static const char *possible(const char *status)
{
	if (strcmp(status, "draft") == 0)
		return "A draft can be launched, changed or cancelled";
	if (strcmp(status, "planned") == 0)
		return "A planned campaign can be paused or cancelled";
	if (strcmp(status, "running") == 0)
		return "A running campaign can be paused or cancelled";
	if (strcmp(status, "paused") == 0)
		return "A paused campaign can be resumed or cancelled";
	return "Nothing more can be done with it; make a new campaign";
}

struct change {
	struct request *r;
	const struct action *action;
	int64_t id;
};

static bool set_campaign(struct request *r, int64_t id, const char *status, struct err *err)
{
	static const struct pg_stmt set = {
		"campaign_set_status",
		"UPDATE campaign SET status = $2::text,"
		"       launched_at = CASE WHEN $2::text = 'planned' THEN coalesce(launched_at, "
		"clock_timestamp()) ELSE launched_at END,"
		"       start_at = CASE WHEN $2::text = 'planned' THEN coalesce(start_at, "
		"clock_timestamp()) ELSE start_at END,"
		"       finished_at = CASE WHEN $2::text = 'cancelled' AND NOT EXISTS (SELECT 1 "
		"FROM "
		"run WHERE campaign_id = $1::bigint)"
		"                     THEN clock_timestamp() ELSE finished_at END"
		" WHERE id = $1::bigint"};

	pg_param_int64(r->params, id);
	pg_param_text(r->params, status);
	return request_query(r, &set, NULL, err);
}

static bool set_run(struct request *r, int64_t id, const char *status, struct err *err)
{
	static const struct pg_stmt set = {
		"run_set_status",
		"UPDATE run SET status = $2::text WHERE campaign_id = $1::bigint AND status <> "
		"$2::text"
		" AND CASE $2::text WHEN 'paused' THEN status = 'running'"
		"                   WHEN 'running' THEN status = 'paused'"
		"                   WHEN 'cancelled' THEN status IN ('snapshot', 'running', "
		"'paused')"
		"                   ELSE false END"};

	pg_param_int64(r->params, id);
	pg_param_text(r->params, status);
	return request_query(r, &set, NULL, err);
}

static bool forbid(struct request *r, const struct action *action, const char *status,
		   struct err *err)
{
	problem_conflict(&r->problem, "The campaign is %s and cannot be %s. %s", status,
			 action->name, possible(status));
	return request_refused(err);
}

static bool change_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt lock = {
		"campaign_status_lock",
		"SELECT status, EXISTS (SELECT 1 FROM run WHERE campaign_id = campaign.id)"
		"  FROM campaign WHERE id = $1::bigint FOR UPDATE"};
	struct change *c = arg;
	struct request *r = c->r;
	struct pg_result *rows = NULL;
	char status[16] = "";
	const char *to;
	bool has_run = false;

	(void)pg;
	pg_param_int64(r->params, c->id);
	if (!request_query(r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		snprintf(status, sizeof(status), "%s", pg_text(rows, 0, 0));
		has_run = pg_bool(rows, 0, 1);
	}
	pg_result_free(&rows);
	if (status[0] == '\0') {
		problem_not_found(&r->problem, "campaign");
		return request_refused(err);
	}
	to = next_status(c->action, status);
	if (to == NULL)
		return forbid(r, c->action, status, err);
	if (strcmp(to, "running") == 0 && !has_run)
		to = "planned";
	if (strcmp(to, status) == 0)
		return true;
	return set_campaign(r, c->id, to, err) && set_run(r, c->id, to, err);
}

static bool change_status(struct request *r, const struct action *action, struct err *err)
{
	struct change change = {.r = r, .action = action};

	if (!request_id(r, 0, "campaign", &change.id))
		return true;
	if (!pg_transaction(r->pg, change_body, &change, err))
		return false;
	log_info("campaign changed", LI("campaign", change.id), LS("action", action->name));
	return campaign_put(r, change.id, err) && request_reply(r, 200);
}

bool campaign_launch(struct request *r, struct err *err)
{
	return change_status(r, &launch_action, err);
}

bool campaign_pause(struct request *r, struct err *err)
{
	return change_status(r, &pause_action, err);
}

bool campaign_resume(struct request *r, struct err *err)
{
	return change_status(r, &resume_action, err);
}

bool campaign_cancel(struct request *r, struct err *err)
{
	return change_status(r, &cancel_action, err);
}
