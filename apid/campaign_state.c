/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_state - launch, pause, resume, cancel.
 *
 * Each is one transaction over the campaign and its run, and each is idempotent: asking for a state
 * that holds already is a success.  Claims of gateways read run.status, so a stop bites at once.  A
 * run whose snapshot is being taken keeps its status; schedulerd looks at the campaign when the
 * snapshot is done. */
#include <stdio.h>
#include <string.h>

#include "apid/approval.h"
#include "apid/budget.h"
#include "apid/campaign.h"
#include "apid/campaign_terms.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/model/quota.h"
#include "common/web/json.h"

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
	int64_t recipients; /* of a launch: how many there were when a person looked; -1: not said
			     */
};

static bool set_campaign(struct request *r, int64_t id, const char *status, struct err *err)
{
	static const struct pg_stmt set = {
		"campaign_set_status",
		"UPDATE campaign SET status = $2::text,"
		"       problem = CASE WHEN $2::text = 'running' THEN NULL ELSE problem END,"
		"       launched_at = CASE WHEN $2::text = 'planned' THEN coalesce(launched_at, "
		"clock_timestamp()) ELSE launched_at END,"
		"       launched_by = CASE WHEN $2::text = 'planned' AND launched_at IS NULL"
		"                     THEN nullif($3::bigint, 0) ELSE launched_by END,"
		"       start_at = CASE WHEN $2::text = 'planned' AND (start_at IS NULL"
		"                            OR start_at < clock_timestamp() - interval '1 min')"
		"                  THEN clock_timestamp() ELSE start_at END,"
		"       finished_at = CASE WHEN $2::text = 'cancelled' AND NOT EXISTS (SELECT 1 "
		"FROM "
		"run WHERE campaign_id = $1::bigint)"
		"                     THEN clock_timestamp() ELSE finished_at END,"
		/* Whoever launches it does not reach past whom they may see. */
		"       client_departments = CASE WHEN $2::text = 'planned'"
		"                            THEN departments_both(client_departments, "
		"$4::bigint[])"
		"                            ELSE client_departments END"
		" WHERE id = $1::bigint"};

	pg_param_int64(r->params, id);
	pg_param_text(r->params, status);
	pg_param_int64(r->params, r->caller.person_id);
	scope_param_clients(r->params, &r->caller, RIGHT_CAMPAIGNS_LAUNCH);
	return request_query(r, &set, NULL, err);
}

static bool set_run(struct request *r, int64_t id, const char *status, struct err *err)
{
	static const struct pg_stmt set = {
		"run_set_status",
		"UPDATE run SET status = $2::text,"
		"       trial = CASE WHEN $2::text = 'running' AND trial = 'stopped' THEN 'over'"
		"               ELSE trial END WHERE campaign_id = $1::bigint AND status <> "
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

/* --- may it be launched?
 * --------------------------------------------------------------------------- */

/* An estimate counts as changed when it differs by more than a hundredth. */
static bool as_expected(const struct audience *a, int64_t expected)
{
	int64_t apart =
		a->recipients > expected ? a->recipients - expected : expected - a->recipients;

	return apart <= (a->exact ? 0 : a->recipients / 100);
}

/* Of a program with limits: a campaign counts as a whole when it is launched, by its forecast. */
static bool take_quota(struct request *r, const struct audience *a, struct err *err)
{
	struct quota_ask ask = {.quota_id = r->caller.terms.quota_id,
				.parts = a->parts,
				.money_micro = a->cost_micro};
	struct quota_ask *asks[] = {&ask};

	if (ask.quota_id == 0)
		return true;
	if (!quota_take(r->pg, r->params, asks, 1, err))
		return false;
	if (ask.bar == QUOTA_FITS)
		return true;
	quota_refuse(&r->problem, &ask);
	return request_refused(err);
}

static bool must_count(const struct change *c, const struct terms *t)
{
	return c->recipients >= 0 || terms_need_count(t) || c->r->caller.terms.quota_id != 0;
}

/* The campaign's row is locked, so that what is judged here is what will be sent. */
static bool check_launch(struct change *c, struct err *err)
{
	struct request *r = c->r;
	struct audience audience = {0};
	struct terms *t = mem_calloc(1, sizeof(*t));
	bool budgeted = false, ruled = false;
	int64_t most = -1;
	bool ok = terms_load(r, c->id, t, err) && budget_binds(r, c->id, &budgeted, err) &&
		  approval_binds(r, c->id, &ruled, err);

	if (ok && t->problem_count == 0 && (budgeted || ruled || must_count(c, t)))
		ok = terms_lock_promo(r, t, err) && terms_count(r, t, &audience, err);
	if (ok && t->problem_count > 0) {
		ok = terms_refuse(r, t, err);
	} else if (ok && c->recipients >= 0 && !as_expected(&audience, c->recipients)) {
		problem_set(&r->problem, 409, "audience-changed", "The audience has changed",
			    "The message would now go to %lld clients, not to %lld. Look at the "
			    "check again and launch with the new number",
			    (long long)audience.recipients, (long long)c->recipients);
		ok = request_refused(err);
	} else if (ok) {
		ok = (!ruled || approval_check(r, c->id, &audience, &most, err)) &&
		     terms_hold_promo(r, t, &audience, err) && take_quota(r, &audience, err);
	}
	/* Last, because everybody who needs money waits until this transaction ends. */
	if (ok && (budgeted || most >= 0))
		ok = budget_hold(r, c->id, &audience, most, err);
	terms_deinit(t);
	mem_free(t);
	return ok;
}

/* --- the change
 * ------------------------------------------------------------------------------------ */

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
	if (c->action == &launch_action && !check_launch(c, err))
		return false;
	return set_campaign(r, c->id, to, err) && set_run(r, c->id, to, err) &&
	       (c->action != &launch_action || when_begin(r, c->id, err));
}

static bool change_status(struct request *r, const struct action *action, int64_t recipients,
			  struct err *err)
{
	struct change change = {.r = r, .action = action, .recipients = recipients};

	if (!request_id(r, 0, "campaign", &change.id))
		return true;
	if (!pg_transaction(r->pg, change_body, &change, err))
		return false;
	log_info("campaign changed", LI("campaign", change.id), LS("action", action->name));
	return campaign_put(r, change.id, err) && request_reply(r, 200);
}

/* POST /v1/campaigns/{id}/launch; a body may say how many clients a person has seen and agreed to.
 */
bool campaign_launch(struct request *r, struct err *err)
{
	int64_t recipients = -1;
	struct cJSON *doc = NULL;
	struct json_in in;
	size_t len;

	(void)http_body(r->call, &len);
	if (len > 0) {
		if (!request_json(r, &doc))
			return true;
		json_in_begin(&in, doc, &r->problem, "");
		recipients = json_in_int(&in, "recipients", JSON_REQUIRED, 1, INT32_MAX, -1);
		json_in_end(&in);
		json_free(&doc);
		if (problem_found(&r->problem))
			return true;
	}
	return change_status(r, &launch_action, recipients, err);
}

bool campaign_pause(struct request *r, struct err *err)
{
	return change_status(r, &pause_action, -1, err);
}

bool campaign_resume(struct request *r, struct err *err)
{
	return change_status(r, &resume_action, -1, err);
}

bool campaign_cancel(struct request *r, struct err *err)
{
	return change_status(r, &cancel_action, -1, err);
}
