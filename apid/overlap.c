/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* overlap - GET /v1/campaigns/{id}/overlap: how many of its audience got other campaigns' texts in
 * the last days, or are to get them in the next ones.
 *
 * Of a large audience about 20,000, chosen by a hash of their ids, stand for all: each of them is
 * looked up by index, so it takes seconds whatever the size.  Numbers only; who they are is not
 * told; and of departments that are not the caller's how many, but not by what campaigns. */
#include <stdlib.h>

#include "apid/api.h"
#include "common/model/audience.h"

#define SAMPLE	     20000
#define DAYS_MAX     30
#define DAYS_DEFAULT 7

struct overlap {
	struct request *r;
	int64_t id, days;
	int64_t list_id, clients, share; /* one in so many is looked at */
	struct pg_result *rows;
};

/* Rows (level, department, campaign) of GROUPING SETS. */
enum column {
	COL_LEVEL, /* 0: a campaign, 1: a department, 3: all */
	COL_DEPARTMENT,
	COL_DEPARTMENT_NAME,
	COL_CAMPAIGN,
	COL_CAMPAIGN_NAME,
	COL_STATUS,
	COL_RECEIVED,
	COL_PLANNED,
	COL_LOOKED_AT,
};

/* --- reading -------------------------------------------------------------------------------------
 */

static bool read_campaign(struct overlap *o, struct err *err)
{
	static const struct pg_stmt read = {
		"overlap_campaign",
		"SELECT coalesce(p.list_id, 0), (" AUDIENCE_COUNT_ALL_SQL
		"   AND p.list_id IS NULL) + (" AUDIENCE_COUNT_LIST_SQL(
			"p.list_id") ")"
				     "  FROM campaign p WHERE p.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(o->r->params, o->id);
	if (!request_query(o->r, &read, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		o->list_id = pg_int(rows, 0, 0);
		o->clients = pg_int(rows, 0, 1);
		o->share = o->clients > SAMPLE ? o->clients / SAMPLE : 1;
	} else {
		problem_not_found(&o->r->problem, "campaign");
	}
	pg_result_free(&rows);
	return true;
}

/* $1 is the campaign, $2 its list, $3 the share, $4 the days.  `audience` names its clients k. */
#define CHOSEN_SQL "(hashint8(k.id) & 2147483647) % $3::integer = 0 AND " AUDIENCE_HAS_SQL("k")
#define OVERLAP_SQL(audience)                                                                      \
	"WITH a AS MATERIALIZED (SELECT k.id, k.msisdn FROM " audience "),"                        \
	" got AS (SELECT a.id AS client, r.campaign_id, false AS planned FROM a"                   \
	"   JOIN message m ON m.msisdn = a.msisdn AND m.id >= message_id_at(statement_timestamp()" \
	"        - $4::bigint * interval '1 day')"                                                 \
	"   JOIN batch b ON b.id = m.id & ~255::bigint JOIN run r ON r.id = b.run_id),"            \
	" waits AS (SELECT a.id, r.campaign_id, true FROM run r"                                   \
	"   JOIN chunk h ON h.run_id = r.id AND h.state IN (0, 1)"                                 \
	"  CROSS JOIN LATERAL unnest(h.msisdns) AS u(msisdn) JOIN a ON a.msisdn = u.msisdn"        \
	"  WHERE r.status IN ('running', 'paused') AND r.campaign_id <> $1::bigint),"              \
	" soon AS (SELECT a.id, p.id, true FROM campaign p CROSS JOIN a"                           \
	"  WHERE p.status = 'planned' AND p.id <> $1::bigint"                                      \
	"    AND p.start_at < statement_timestamp() + $4::bigint * interval '1 day'"               \
	"    AND (p.list_id IS NULL OR EXISTS (SELECT 1 FROM list_member e"                        \
	"          WHERE e.list_id = p.list_id AND e.client_id = a.id))),"                         \
	" hit AS (SELECT * FROM got UNION ALL SELECT * FROM waits UNION ALL SELECT * FROM soon),"  \
	" level AS (SELECT grouping(p.department_id, p.id) AS level, p.department_id, p.id,"       \
	"       count(DISTINCT h.client) FILTER (WHERE NOT h.planned) AS received,"                \
	"       count(DISTINCT h.client) FILTER (WHERE h.planned) AS planned"                      \
	"  FROM hit h JOIN campaign p ON p.id = h.campaign_id WHERE p.id <> $1::bigint"            \
	" GROUP BY GROUPING SETS ((p.department_id, p.id), (p.department_id), ()))"                \
	" SELECT l.level, l.department_id, d.name, l.id, p.name, p.status, l.received,"            \
	"        l.planned, (SELECT count(*) FROM a)"                                              \
	"   FROM level l LEFT JOIN department d ON d.id = l.department_id"                         \
	"   LEFT JOIN campaign p ON p.id = l.id"                                                   \
	" WHERE l.level <> 0 OR " SCOPE_SQL(                                                       \
		"l.department_id",                                                                 \
		"$5") "  ORDER BY l.level, l.received + l.planned DESC, l.id DESC"

static bool read_overlap(struct overlap *o, struct err *err)
{
	static const struct pg_stmt all = {
		"overlap_all", OVERLAP_SQL("client k WHERE $2::bigint = 0 AND " CHOSEN_SQL)};
	static const struct pg_stmt listed = {
		"overlap_list",
		OVERLAP_SQL("list_member l JOIN client k ON k.id = l.client_id WHERE l.list_id = "
			    "$2::bigint AND " CHOSEN_SQL)};
	struct pg_params *p = o->r->params;

	pg_param_int64(p, o->id);
	pg_param_int64(p, o->list_id);
	pg_param_int32(p, (int32_t)o->share);
	pg_param_int64(p, o->days);
	scope_param(p, &o->r->caller, RIGHT_CAMPAIGNS_READ);
	return request_query(o->r, o->list_id != 0 ? &listed : &all, &o->rows, err);
}

/* --- showing -------------------------------------------------------------------------------------
 */

#define CAMPAIGNS_TOLD_MAX 100

static int64_t scaled(const struct overlap *o, size_t i, int col)
{
	int64_t looked_at = pg_int(o->rows, i, COL_LOOKED_AT);

	if (o->share == 1 || looked_at == 0)
		return pg_int(o->rows, i, col);
	return (int64_t)((__int128)pg_int(o->rows, i, col) * o->clients / looked_at);
}

static void put_numbers(const struct overlap *o, size_t i)
{
	json_put_int(&o->r->json, "received", scaled(o, i, COL_RECEIVED));
	json_put_int(&o->r->json, "planned", scaled(o, i, COL_PLANNED));
}

static void put_level(const struct overlap *o, const char *key, int level)
{
	struct json_out *json = &o->r->json;
	size_t told = 0;

	json_array(json, key);
	for (size_t i = 0; i < pg_rows(o->rows) && told < CAMPAIGNS_TOLD_MAX; i++) {
		if (pg_int(o->rows, i, COL_LEVEL) != level)
			continue;
		told++;
		json_object(json, NULL);
		if (level == 0) {
			json_put_id(json, "campaign_id", pg_int(o->rows, i, COL_CAMPAIGN));
			json_put_text(json, "name", pg_text(o->rows, i, COL_CAMPAIGN_NAME));
			json_put_text(json, "status", pg_text(o->rows, i, COL_STATUS));
		}
		json_put_id(json, "department_id", pg_int(o->rows, i, COL_DEPARTMENT));
		json_put_text(json, "department", pg_text(o->rows, i, COL_DEPARTMENT_NAME));
		put_numbers(o, i);
		json_object_end(json);
	}
	json_array_end(json);
}

/* The row of everything is always there. */
static void put_overlap(const struct overlap *o)
{
	struct json_out *json = &o->r->json;

	json_object(json, NULL);
	json_put_id(json, "campaign_id", o->id);
	json_put_int(json, "days", o->days);
	json_put_int(json, "clients", o->clients);
	json_put_bool(json, "exact", o->share == 1);
	for (size_t i = 0; i < pg_rows(o->rows); i++)
		if (pg_int(o->rows, i, COL_LEVEL) == 3)
			put_numbers(o, i);
	put_level(o, "departments", 1);
	put_level(o, "campaigns", 0);
	json_object_end(json);
}

/* ?days=, 1 to 30 */
static bool read_days(struct request *r, int64_t *out)
{
	const char *text = http_query(r->call, "days");

	*out = DAYS_DEFAULT;
	if (text == NULL || (id_parse(text, out) && *out <= DAYS_MAX))
		return true;
	problem_field(&r->problem, "days", text, "from 1 to 30");
	return false;
}

bool campaign_overlap(struct request *r, struct err *err)
{
	struct overlap overlap = {.r = r};
	bool ok;

	if (!request_id(r, 0, "campaign", &overlap.id) || !read_days(r, &overlap.days))
		return true;
	if (!read_campaign(&overlap, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	ok = read_overlap(&overlap, err);
	if (ok)
		put_overlap(&overlap);
	pg_result_free(&overlap.rows);
	return ok && request_reply(r, 200);
}
