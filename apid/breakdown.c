/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* breakdown - how the clients who fulfil criteria are made up: by city, sex, age and the like. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/criteria.h"
#include "common/model/criteria.h"

#define BY_MAX	6
#define SQL_MAX 4000
#define TOP	20
#define OTHER	21 /* the place of all that come after */
#define UNKNOWN 22 /* of those without a value */

/* $1 is today: criteria_compile() sees to it. */
#define AGE_GROUP                                                                                  \
	"(ARRAY['0-17', '18-24', '25-34', '35-44', '45-54', '55-64', '65+'])[1 + width_bucket("    \
	"extract(year FROM age((date '1970-01-01' + $1::integer)::timestamp, c.birthday::"         \
	"timestamp))::integer, ARRAY[18, 25, 35, 45, 55, 65])]"

/* Whatever has few values, and none that tells one person from another. */
static const struct grouping {
	const char *code, *sql; /* sql NULL: the criterion's own */
} groupings[] = {
	{"sex", "CASE c.sex WHEN 1 THEN 'male' WHEN 2 THEN 'female' END"},
	{"age", AGE_GROUP},
	{"language", NULL},
	{"region", NULL},
	{"city", NULL},
	{"time_zone", NULL},
	{"branch", NULL},
	{"status", NULL},
	{"segment", NULL},
	{"manager", NULL},
	{"loyalty_tier", NULL},
};

struct wanted {
	const struct grouping *by[BY_MAX];
	size_t count;
};

static const struct grouping *find_grouping(const char *code)
{
	for (size_t i = 0; i < sizeof(groupings) / sizeof(groupings[0]); i++)
		if (strcmp(groupings[i].code, code) == 0)
			return &groupings[i];
	return NULL;
}

static void read_by(struct json_in *in, struct wanted *wanted)
{
	const cJSON *by = json_in_array(in, "by", JSON_REQUIRED, BY_MAX);
	const cJSON *code;

	cJSON_ArrayForEach(code, by)
	{
		const struct grouping *g =
			cJSON_IsString(code) ? find_grouping(code->valuestring) : NULL;

		if (g == NULL) {
			json_in_refuse(in, "by", cJSON_IsString(code) ? code->valuestring : "",
				       "sex, age, language, region, city, time_zone, branch, "
				       "status, segment, manager or loyalty_tier");
			return;
		}
		wanted->by[wanted->count++] = g;
	}
}

static const char *sql_of(const struct grouping *g)
{
	return g->sql != NULL ? g->sql : criterion_find(g->code)->sql;
}

/* The clients are read once, whatever they are grouped by. */
static void write_question(const struct wanted *wanted, struct buf *before, struct buf *after)
{
	buf_add_str(before, "WITH grouped AS (SELECT b.dim, nullif(b.value, '') AS value,"
			    " count(*) AS clients FROM (SELECT");
	buf_add_str(after, ") c CROSS JOIN LATERAL (VALUES");
	for (size_t i = 0; i < wanted->count; i++) {
		const char *comma = i > 0 ? "," : "";

		buf_printf(before, "%s %s AS v%zu", comma, sql_of(wanted->by[i]), i);
		buf_add_str(after, comma);
		buf_printf(after, " (%zu, v%zu)", i, i);
	}
	buf_printf(after,
		   ") b (dim, value) GROUP BY 1, 2), placed AS (SELECT dim, value, clients,"
		   " CASE WHEN value IS NULL THEN %d ELSE least(%d, row_number() OVER"
		   " (PARTITION BY dim, value IS NULL ORDER BY clients DESC, value)) END AS place"
		   " FROM grouped)"
		   " SELECT dim, place, CASE WHEN place <= %d THEN value END, sum(clients)::bigint"
		   " FROM placed GROUP BY 1, 2, 3 ORDER BY 1, 2",
		   UNKNOWN, OTHER, TOP);
}

enum column { COL_BY, COL_PLACE, COL_VALUE, COL_CLIENTS };

/* Rows come by grouping and place; *i is the next one. */
static void put_breakdown(struct json_out *json, const char *code, size_t by,
			  const struct pg_result *rows, size_t *i)
{
	int64_t other = 0, unknown = 0;

	json_object(json, NULL);
	json_put_text(json, "by", code);
	json_array(json, "groups");
	for (; *i < pg_rows(rows) && pg_int(rows, *i, COL_BY) == (int64_t)by; (*i)++) {
		int64_t clients = pg_int(rows, *i, COL_CLIENTS);
		int64_t place = pg_int(rows, *i, COL_PLACE);

		if (place == OTHER) {
			other = clients;
		} else if (place == UNKNOWN) {
			unknown = clients;
		} else {
			json_object(json, NULL);
			json_put_text(json, "value", pg_text(rows, *i, COL_VALUE));
			json_put_int(json, "clients", clients);
			json_object_end(json);
		}
	}
	json_array_end(json);
	json_put_int(json, "other", other);
	json_put_int(json, "unknown", unknown);
	json_object_end(json);
}

static bool break_down(struct request *r, const cJSON *tree, const struct wanted *wanted,
		       struct err *err)
{
	struct criteria_question q = {0};
	struct buf before, after;
	size_t i = 0;
	bool ok;

	buf_init(&before, SQL_MAX);
	buf_init(&after, SQL_MAX);
	write_question(wanted, &before, &after);
	q.before = buf_str(&before);
	q.after = buf_str(&after);
	ok = criteria_ask(r, tree, &q, err);
	if (ok && !problem_found(&r->problem)) {
		json_object(&r->json, NULL);
		json_array(&r->json, "breakdowns");
		for (size_t by = 0; by < wanted->count; by++)
			put_breakdown(&r->json, wanted->by[by]->code, by, q.rows, &i);
		json_array_end(&r->json);
		json_object_end(&r->json);
		ok = request_reply(r, 200);
	}
	pg_result_free(&q.rows);
	buf_deinit(&after);
	buf_deinit(&before);
	return ok;
}

/* POST /v1/criteria/breakdown */
bool criteria_breakdown(struct request *r, struct err *err)
{
	struct wanted wanted = {.count = 0};
	struct cJSON *doc = NULL;
	const cJSON *tree = NULL;
	struct json_in in;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	if (json_in_has(&in, "criteria") && !json_in_null(&in, "criteria"))
		tree = cJSON_GetObjectItemCaseSensitive(doc, "criteria");
	read_by(&in, &wanted);
	json_in_end(&in);
	ok = problem_found(&r->problem) || break_down(r, tree, &wanted, err);
	json_free(&doc);
	return ok;
}
