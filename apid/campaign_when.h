/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_when - schedules and reminders of campaigns: kept with the draft, begun at the launch.
 */
#ifndef VESTNIK_APID_CAMPAIGN_WHEN_H
#define VESTNIK_APID_CAMPAIGN_WHEN_H

#include "apid/api.h"
#include "apid/campaign_terms.h"

struct cJSON;

/* Whether a request says anything of members `schedule` and `reminder`. */
bool when_asked(const struct cJSON *doc);
/* Store these members where the request has them; within the transaction that makes or changes the
 * draft.  An approval of its scenario is void afterwards.  What is wrong is in the problem. */
bool when_store(struct request *r, int64_t id, const struct cJSON *doc, struct err *err);
/* What of them forbids launching; the terms' start becomes the first time its rule names. */
bool when_check(struct request *r, struct terms *terms, struct err *err);
/* Begin what comes next; within the transaction of the launch. */
bool when_begin(struct request *r, int64_t id, struct err *err);

/* Why an occurrence did not run, or why its campaign is paused, as a sentence: of a reason that the
 * database has.  Any other text is a sentence already; NULL is NULL. */
const char *when_reason(const char *code);

/* A zone that is NULL is the company's, one that is not known a problem of field `field`: *out then
 * is "". */
#define ZONE_SIZE 64
bool when_zone(struct request *r, const char *zone, const char *field, char out[ZONE_SIZE],
	       struct err *err);

/* Columns of a campaign's row `c`, which when_put() writes as members. */
#define WHEN_COLUMNS_SQL                                                                           \
	"c.schedule::text, c.reminder::text, (SELECT w.next_at FROM campaign_clock w"              \
	" WHERE w.campaign_id = c.id AND w.kind <> 'once' AND c.status IN ('planned', 'running', " \
	"'paused')), scenario_needed(c), scenario_until(c.id), (SELECT q.name FROM "               \
	"scenario_approval s JOIN person q ON q.id = s.person_id WHERE s.campaign_id = c.id AND "  \
	"s.voided_at IS NULL ORDER BY s.id DESC LIMIT 1)"
#define WHEN_COLUMNS 6
void when_put(struct json_out *json, const struct pg_result *rows, size_t i, int col);

#endif
