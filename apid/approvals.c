/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* approvals - POST /v1/campaigns/{id}/approval/request, approve and decline; what waits. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/approval.h"
#include "apid/budget.h"
#include "common/base/log.h"

#define REASON_CHARS 1000
#define DIGEST_CHARS 64

/* What approval_put() reads; whether it still holds for the campaign is asked only of one. */
#define APPROVAL_SQL(current)                                                                      \
	"SELECT a.id, c.id, c.name, a.status, encode(a.digest, 'hex'), a.clients,"                 \
	"       a.ceiling_micro, q.name, a.requested_at, w.name, s.name, a.decided_at, a.reason,"  \
	"       c.department_id, d.name, " current                                                 \
	"  FROM campaign c JOIN department d ON d.id = c.department_id"                            \
	"  LEFT JOIN LATERAL (SELECT * FROM approval WHERE campaign_id = c.id"                     \
	"       ORDER BY id DESC LIMIT 1) a ON true"                                               \
	"  LEFT JOIN person q ON q.id = a.requested_by"                                            \
	"  LEFT JOIN person w ON w.id = a.decided_by"                                              \
	"  LEFT JOIN person s ON s.id = a.in_place_of "
#define CURRENT_SQL "a.digest = subject_digest(campaign_subject(c.id, a.clients, a.ceiling_micro))"

/* The members of the open object. */
static void put_approval(struct json_out *json, const struct pg_result *rows, size_t i)
{
	bool none = pg_null(rows, i, 0);

	put_id_or_null(json, "id", rows, i, 0);
	json_put_id(json, "campaign_id", pg_int(rows, i, 1));
	json_put_text(json, "campaign", pg_text(rows, i, 2));
	json_put_id(json, "department_id", pg_int(rows, i, 13));
	json_put_text(json, "department", pg_text(rows, i, 14));
	json_put_text(json, "status", none ? "none" : pg_text(rows, i, 3));
	json_put_text(json, "digest", text_or_null(rows, i, 4));
	if (none)
		json_put_null(json, "clients");
	else
		json_put_int(json, "clients", pg_int(rows, i, 5));
	if (none)
		json_put_null(json, "cost_ceiling");
	else
		json_put_micro(json, "cost_ceiling", pg_int(rows, i, 6));
	json_put_text(json, "requested_by", text_or_null(rows, i, 7));
	json_put_time(json, "requested_at", pg_time_us(rows, i, 8));
	json_put_text(json, "decided_by", text_or_null(rows, i, 9));
	json_put_text(json, "in_place_of", text_or_null(rows, i, 10));
	json_put_time(json, "decided_at", pg_time_us(rows, i, 11));
	json_put_text(json, "reason", text_or_null(rows, i, 12));
}

static bool reply_approval(struct request *r, int64_t campaign_id, int status, struct err *err)
{
	static const struct pg_stmt read = {
		"approval_read",
		APPROVAL_SQL("coalesce(" CURRENT_SQL ", false)") " WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &read, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "campaign");
	} else {
		json_object(&r->json, NULL);
		put_approval(&r->json, rows, 0);
		json_put_bool(&r->json, "current", pg_bool(rows, 0, 15));
		json_object_end(&r->json);
		request_reply(r, status);
	}
	pg_result_free(&rows);
	return true;
}

/* GET /v1/campaigns/{id}/approval */
bool approval_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "campaign", &id) || reply_approval(r, id, 200, err);
}

/* GET /v1/approvals: what waits for the caller's word, the oldest first */
bool approval_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"approval_waiting",
		APPROVAL_SQL("b.bar") " CROSS JOIN LATERAL approval_bar(c.id, $1::bigint) b"
				      " WHERE a.status = 'waiting' AND b.bar IS NULL"
				      "   AND c.status = 'draft' AND c.id IN (SELECT w.campaign_id"
				      "       FROM approval w WHERE w.status = 'waiting')"
				      " ORDER BY a.id LIMIT 500"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "approvals");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		put_approval(&r->json, rows, i);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- deeds ---------------------------------------------------------------------------------------
 */

struct deed {
	struct request *r;
	int64_t campaign_id;
	bool approves;
	const char *digest, *reason; /* borrowed from the document */
};

/* Lock the campaign, which must be a draft. */
static bool lock_draft(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt lock = {
		"approval_lock", "SELECT status FROM campaign WHERE id = $1::bigint FOR UPDATE"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &lock, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "campaign");
	else if (strcmp(pg_text(rows, 0, 0), "draft") != 0)
		problem_conflict(&r->problem,
				 "The campaign is %s; only a draft can be approved or declined",
				 pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool request_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt withdraw = {
		"approval_withdraw", "UPDATE approval SET status = 'withdrawn'"
				     " WHERE campaign_id = $1::bigint AND status = 'waiting'"};
	static const struct pg_stmt ask = {
		"approval_ask",
		"INSERT INTO approval (campaign_id, subject, digest, clients, ceiling_micro,"
		"       requested_by)"
		" SELECT $1::bigint, s, subject_digest(s), $2::bigint, $3::bigint,"
		"        nullif($4::bigint, 0)"
		"   FROM campaign_subject($1::bigint, $2::bigint, $3::bigint) s"};
	struct deed *d = arg;
	struct request *r = d->r;
	struct audience audience = {0};

	(void)pg;
	if (!lock_draft(r, d->campaign_id, err) ||
	    !approval_judge(r, d->campaign_id, &audience, err))
		return false;
	pg_param_int64(r->params, d->campaign_id);
	if (!request_query(r, &withdraw, NULL, err))
		return false;
	pg_param_int64(r->params, d->campaign_id);
	pg_param_int64(r->params, audience.recipients);
	pg_param_int64(r->params, budget_ceiling(&audience));
	pg_param_int64(r->params, r->caller.person_id);
	return request_query(r, &ask, NULL, err);
}

/* POST /v1/campaigns/{id}/approval/request */
bool approval_request(struct request *r, struct err *err)
{
	struct deed d = {.r = r};

	if (!request_id(r, 0, "campaign", &d.campaign_id))
		return true;
	if (!pg_transaction(r->pg, request_body, &d, err))
		return false;
	log_info("approval asked for", LI("campaign", d.campaign_id));
	return reply_approval(r, d.campaign_id, 200, err);
}

/* Who wrote it, changed it last or asked decides nothing about it. */
static bool check_decider(struct deed *d, int64_t *in_place_of, struct err *err)
{
	static const struct pg_stmt bar = {"approval_bar",
					   "SELECT coalesce(bar, ''), coalesce(in_place_of, 0)"
					   "  FROM approval_bar($1::bigint, $2::bigint)"};
	struct request *r = d->r;
	struct pg_result *rows = NULL;
	const char *why;

	pg_param_int64(r->params, d->campaign_id);
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &bar, &rows, err))
		return false;
	why = pg_text(rows, 0, 0);
	*in_place_of = pg_int(rows, 0, 1);
	if (strcmp(why, "right") == 0)
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "You have no right to approve campaigns of this department, and stand "
			    "in for nobody who has");
	else if (why[0] != '\0')
		problem_set(&r->problem, 403, "own-campaign", "You may not do this",
			    "Whoever wrote the campaign, changed it last or asked for the approval "
			    "cannot give it. Another person must look at it");
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

/* The request that waits is the one the caller has seen, and nothing changed since it was asked. */
static bool check_seen(struct deed *d, int64_t *id, int64_t *clients, int64_t *ceiling,
		       struct err *err)
{
	static const struct pg_stmt waiting = {
		"approval_seen",
		"SELECT a.id, encode(a.digest, 'hex') = $2::text, " CURRENT_SQL
		", a.clients, a.ceiling_micro FROM approval a JOIN campaign c ON c.id = "
		"a.campaign_id"
		" WHERE a.campaign_id = $1::bigint AND a.status = 'waiting' FOR UPDATE OF a"};
	struct request *r = d->r;
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, d->campaign_id);
	pg_param_text(r->params, d->digest);
	if (!request_query(r, &waiting, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_conflict(&r->problem, "Nobody has asked for the approval of this campaign, "
					      "or another person has decided already");
	} else if (!pg_bool(rows, 0, 1) || (d->approves && !pg_bool(rows, 0, 2))) {
		problem_set(&r->problem, 409, "approval-outdated", "The campaign has changed",
			    "It is no longer what the approval was asked for. Its author must ask "
			    "again, and you look at it again");
	} else {
		*id = pg_int(rows, 0, 0);
		*clients = pg_int(rows, 0, 3);
		*ceiling = pg_int(rows, 0, 4);
	}
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

/* What forbids launching it forbids approving it; and it may not have grown meanwhile. */
static bool check_campaign(struct deed *d, int64_t clients, int64_t ceiling, struct err *err)
{
	struct request *r = d->r;
	struct audience audience = {0};

	if (!approval_judge(r, d->campaign_id, &audience, err))
		return false;
	if (approval_covers(&audience, clients, ceiling))
		return true;
	problem_set(&r->problem, 409, "approval-outdated", "The campaign has changed",
		    "It would now reach more clients or cost more than when the approval was asked "
		    "for. Its author must ask again");
	return request_refused(err);
}

static bool decide_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt decide = {
		"approval_decide",
		"UPDATE approval SET status = $2::text, decided_by = $3::bigint,"
		"       in_place_of = nullif($4::bigint, 0), decided_at = clock_timestamp(),"
		"       reason = $5::text WHERE id = $1::bigint"};
	struct deed *d = arg;
	struct request *r = d->r;
	int64_t id = 0, in_place_of = 0, clients = 0, ceiling = 0;

	(void)pg;
	if (!lock_draft(r, d->campaign_id, err) || !check_decider(d, &in_place_of, err) ||
	    !check_seen(d, &id, &clients, &ceiling, err) ||
	    (d->approves && !check_campaign(d, clients, ceiling, err)))
		return false;
	pg_param_int64(r->params, id);
	pg_param_text(r->params, d->approves ? "approved" : "declined");
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, in_place_of);
	pg_param_text(r->params, d->reason);
	return request_query(r, &decide, NULL, err);
}

static bool decide(struct request *r, bool approves, struct err *err)
{
	struct deed d = {.r = r, .approves = approves};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_id(r, 0, "campaign", &d.campaign_id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	d.digest = json_in_text(&in, "digest", JSON_REQUIRED, DIGEST_CHARS);
	d.reason =
		json_in_text(&in, "reason", approves ? JSON_OPTIONAL : JSON_REQUIRED, REASON_CHARS);
	json_in_end(&in);
	if (!problem_found(&r->problem) && r->caller.person_id == 0)
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "A person must say so, and a program is none. Sign in");
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, decide_body, &d, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info(approves ? "campaign approved" : "campaign declined",
		 LI("campaign", d.campaign_id), LI("person", r->caller.person_id));
	return reply_approval(r, d.campaign_id, 200, err);
}

/* POST /v1/campaigns/{id}/approval/approve */
bool approval_approve(struct request *r, struct err *err)
{
	return decide(r, true, err);
}

/* POST /v1/campaigns/{id}/approval/decline */
bool approval_decline(struct request *r, struct err *err)
{
	return decide(r, false, err);
}
