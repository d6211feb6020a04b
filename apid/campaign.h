/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign - a campaign's resource, shared by the files that answer with one. */
#ifndef VESTNIK_APID_CAMPAIGN_H
#define VESTNIK_APID_CAMPAIGN_H

#include "apid/api.h"
#include "apid/campaign_pace.h"
#include "apid/campaign_use.h"
#include "apid/campaign_when.h"
#include "apid/progress.h"

/* A row of everything a campaign's resource shows; what follows begins with WHERE. */
#define CAMPAIGN_SELECT                                                                            \
	"SELECT c.id, c.name, c.text, c.sender, c.class, c.category, c.list_id, l.name, a.name,"   \
	"       c.priority, c.max_parts, c.validity_s, c.start_at, c.status,"                      \
	"       c.problem, c.created_at, c.launched_at, c.finished_at, coalesce(p.name, t.name), " \
	"q.name, c.report_statuses, c.after_hours, c.cap_exempt, c.spelling,"                      \
	"       c.template_id, c.template_version, m.name, c.department_id, " WHEN_COLUMNS_SQL     \
	", " CAMPAIGN_USE_SQL ", " PACE_SELECT_SQL ", r.id, r.audience, r.duplicates, "            \
	"k.messages, k.parts, k.cost_micro, k.suppressed,"                                         \
	"       k.accepted, k.delivered, k.undelivered, k.expired, k.rejected, k.failed,"          \
	"       k.cancelled, k.unknown, k.clicked, k.redeemed"                                     \
	"  FROM campaign c LEFT JOIN account a ON a.id = c.account_id"                             \
	"  LEFT JOIN template m ON m.id = c.template_id"                                           \
	"  LEFT JOIN list l ON l.id = c.list_id LEFT JOIN token t ON t.id = c.token_id"            \
	"  LEFT JOIN person p ON p.id = c.person_id LEFT JOIN person q ON q.id = c.launched_by"    \
	"  LEFT JOIN LATERAL (SELECT id, audience, duplicates FROM run WHERE campaign_id = c.id"   \
	"       ORDER BY id DESC LIMIT 1) r ON true"                                               \
	"  LEFT JOIN LATERAL (SELECT " PROGRESS_SUMS_SQL                                           \
	"       FROM run_count WHERE run_id = r.id) k ON true "

enum campaign_column {
	CAMPAIGN_ID,
	CAMPAIGN_NAME,
	CAMPAIGN_TEXT,
	CAMPAIGN_SENDER,
	CAMPAIGN_CLASS,
	CAMPAIGN_CATEGORY,
	CAMPAIGN_LIST,
	CAMPAIGN_LIST_NAME,
	CAMPAIGN_ACCOUNT,
	CAMPAIGN_PRIORITY,
	CAMPAIGN_MAX_PARTS,
	CAMPAIGN_VALIDITY,
	CAMPAIGN_START,
	CAMPAIGN_STATUS,
	CAMPAIGN_PROBLEM,
	CAMPAIGN_CREATED,
	CAMPAIGN_LAUNCHED,
	CAMPAIGN_FINISHED,
	CAMPAIGN_CREATED_BY,
	CAMPAIGN_LAUNCHED_BY,
	CAMPAIGN_REPORT,
	CAMPAIGN_AFTER_HOURS,
	CAMPAIGN_CAP_EXEMPT,
	CAMPAIGN_SPELLING,
	CAMPAIGN_TEMPLATE,
	CAMPAIGN_TEMPLATE_VERSION,
	CAMPAIGN_TEMPLATE_NAME,
	CAMPAIGN_DEPARTMENT,
	CAMPAIGN_WHEN, /* WHEN_COLUMNS of them */
	CAMPAIGN_WHEN_LAST = CAMPAIGN_WHEN + WHEN_COLUMNS - 1,
	CAMPAIGN_CONTROL, /* CAMPAIGN_USE_SQL */
	CAMPAIGN_GOAL,
	CAMPAIGN_VARIANTS,
	CAMPAIGN_TRIAL,
	CAMPAIGN_PACE, /* PACE_COLUMNS of them */
	CAMPAIGN_PACE_LAST = CAMPAIGN_PACE + PACE_COLUMNS - 1,
	CAMPAIGN_RUN,
	CAMPAIGN_COUNTS, /* and the numbers after it */
};

const char *campaign_text_or_null(const struct pg_result *rows, size_t i, int col);
/* Write the resource of one campaign into r->json; a missing one is a filled 404. */
bool campaign_put(struct request *r, int64_t id, struct err *err);

#endif
