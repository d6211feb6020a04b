/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* approval - see approval.h. */
#include "apid/approval.h"

#include <string.h>

#include "apid/budget.h"
#include "common/base/mem.h"

bool approval_binds(struct request *r, int64_t campaign_id, bool *out, struct err *err)
{
	static const struct pg_stmt binds = {"approval_binds", "SELECT approval_binds($1::bigint)"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &binds, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* An estimate may be short by a hundredth. */
static bool no_more(int64_t counted, int64_t seen, bool exact)
{
	return counted <= seen + (exact ? 0 : seen / 100);
}

bool approval_covers(const struct audience *audience, int64_t clients, int64_t ceiling_micro)
{
	return no_more(audience->recipients, clients, audience->exact) &&
	       no_more(budget_ceiling(audience), ceiling_micro, audience->exact);
}

/* --- at a launch ---------------------------------------------------------------------------------
 */

static bool is_needed(struct request *r, int64_t campaign_id, const struct audience *audience,
		      bool *out, struct err *err)
{
	static const struct pg_stmt needed = {
		"approval_needed", "SELECT approval_needed($1::bigint, $2::bigint, $3::bigint)"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, campaign_id);
	pg_param_int64(r->params, audience->recipients);
	pg_param_int64(r->params, budget_ceiling(audience));
	if (!request_query(r, &needed, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* Why the last approval, a row of approval_check(), does not let it through; NULL: it does. */
static const char *why_not(const struct pg_result *rows, const struct audience *audience)
{
	const char *status = pg_rows(rows) == 1 ? pg_text(rows, 0, 0) : "withdrawn";

	if (strcmp(status, "waiting") == 0)
		return "It waits for the word of a second person";
	if (strcmp(status, "declined") == 0)
		return "A second person has declined it. See why, change it, and ask for approval "
		       "again";
	if (strcmp(status, "approved") != 0)
		return "So many clients or so much money needs the word of a second person. Ask "
		       "for approval";
	if (!pg_bool(rows, 0, 1))
		return "It was changed after it was approved. Ask for approval again";
	if (!approval_covers(audience, pg_int(rows, 0, 2), pg_int(rows, 0, 3)))
		return "It would now reach more clients or cost more than was approved. Ask for "
		       "approval again";
	return NULL;
}

bool approval_check(struct request *r, int64_t campaign_id, const struct audience *audience,
		    int64_t *most_out, struct err *err)
{
	static const struct pg_stmt last = {
		"approval_last",
		"SELECT a.status, a.digest = subject_digest(campaign_subject(a.campaign_id,"
		"       a.clients, a.ceiling_micro)), a.clients, a.ceiling_micro"
		"  FROM approval a WHERE a.campaign_id = $1::bigint ORDER BY a.id DESC LIMIT 1"};
	struct pg_result *rows = NULL;
	const char *why;
	bool needed;

	*most_out = -1;
	if (!is_needed(r, campaign_id, audience, &needed, err))
		return false;
	if (!needed)
		return true;
	pg_param_int64(r->params, campaign_id);
	if (!request_query(r, &last, &rows, err))
		return false;
	why = why_not(rows, audience);
	if (why == NULL)
		*most_out = pg_int(rows, 0, 3) + (audience->exact ? 0 : pg_int(rows, 0, 3) / 100);
	else
		problem_set(&r->problem, 409, "approval-needed", "The campaign needs an approval",
			    "%s", why);
	pg_result_free(&rows);
	return why == NULL || request_refused(err);
}

/* --- before a decision ---------------------------------------------------------------------------
 */

bool approval_judge(struct request *r, int64_t campaign_id, struct audience *out, struct err *err)
{
	struct terms *t = mem_calloc(1, sizeof(*t));
	bool ok = terms_load(r, campaign_id, t, err);

	if (ok && t->problem_count == 0)
		ok = terms_count(r, t, out, err);
	if (ok && t->problem_count > 0)
		ok = terms_refuse(r, t, err);
	terms_deinit(t);
	mem_free(t);
	return ok;
}

bool campaign_note_editor(struct request *r, int64_t campaign_id, struct err *err)
{
	static const struct pg_stmt note = {
		"campaign_edit",
		"INSERT INTO campaign_edit (campaign_id, person_id)"
		" VALUES ($1::bigint, nullif($2::bigint, 0)) ON CONFLICT (campaign_id) DO UPDATE"
		"    SET person_id = excluded.person_id, at = excluded.at"};

	pg_param_int64(r->params, campaign_id);
	pg_param_int64(r->params, r->caller.person_id);
	return request_query(r, &note, NULL, err);
}
