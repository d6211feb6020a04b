/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_when - see campaign_when.h. */
#include "apid/campaign_when.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/campaign_request.h"
#include "apid/placeholders.h"
#include "common/model/schedule.h"

#define STORED_MAX 16000

static const struct cJSON *member(const struct cJSON *doc, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(doc, key);
}

bool when_asked(const struct cJSON *doc)
{
	return member(doc, "schedule") != NULL || member(doc, "reminder") != NULL;
}

const char *when_reason(const char *code)
{
	static const struct {
		const char *code, *sentence;
	} reasons[] = {
		{"paused", "The campaign was paused"},
		{"superseded",
		 "Nothing ran campaigns when it was due, and a later one was due as well"},
		{"late", "Nothing ran campaigns when it was due"},
		{"overlap", "The one before was still being sent"},
		{"unapproved", "Nobody has approved this scenario. Let somebody who did not make "
			       "it approve it"},
		{"approval_over", "The approval of this scenario is over. Let somebody who did "
				  "not make it approve it again"},
	};

	for (size_t i = 0; code != NULL && i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].code, code) == 0)
			return reasons[i].sentence;
	return code;
}

/* --- against the store ---------------------------------------------------------------------------
 */

bool when_zone(struct request *r, const char *zone, const char *field, char out[ZONE_SIZE],
	       struct err *err)
{
	static const struct pg_stmt find = {
		"when_zone",
		"SELECT z, zone_known(z) FROM (SELECT coalesce($1::text,"
		"       (SELECT value FROM setting WHERE name = 'time_zone')) AS z) x"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, zone);
	if (!request_query(r, &find, &rows, err))
		return false;
	out[0] = '\0';
	if (pg_bool(rows, 0, 1))
		snprintf(out, ZONE_SIZE, "%s", pg_text(rows, 0, 0));
	else
		problem_field(&r->problem, field, pg_text(rows, 0, 0),
			      "the name of a time zone, as in Europe/Moscow");
	pg_result_free(&rows);
	return true;
}

/* What clients' dates can be, and which actions there are. */
static bool check_field(struct request *r, const char *name, struct err *err)
{
	static const struct pg_stmt find = {
		"when_field",
		"SELECT $1::text IN ('birthday', 'contract_from', 'contract_to', 'registered_on')"
		"    OR EXISTS (SELECT 1 FROM client_attribute WHERE name = $1::text AND type = "
		"'date')"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (!pg_bool(rows, 0, 0))
		problem_field(&r->problem, "schedule.field", name,
			      "birthday, contract_from, contract_to, registered_on or the name of "
			      "an attribute that is a date");
	pg_result_free(&rows);
	return true;
}

static bool check_action(struct request *r, const char *field, const char *code, struct err *err)
{
	static const struct pg_stmt find = {
		"when_action", "SELECT EXISTS (SELECT 1 FROM action_kind WHERE code = $1::text),"
			       "       string_agg(code, ', ' ORDER BY id) FROM"
			       " (SELECT id, code FROM action_kind ORDER BY id LIMIT 30) k"};
	struct pg_result *rows = NULL;

	if (code == NULL)
		return true;
	pg_param_text(r->params, code);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (!pg_bool(rows, 0, 0))
		problem_field(&r->problem, field, code, pg_text(rows, 0, 1));
	pg_result_free(&rows);
	return true;
}

static bool check_schedule(struct request *r, const struct schedule *s, char zone[ZONE_SIZE],
			   struct err *err)
{
	zone[0] = '\0';
	if (s->kind == SCHEDULE_ACTION)
		return check_action(r, "schedule.action", s->action, err);
	if (s->kind == SCHEDULE_DATE && !check_field(r, s->field, err))
		return false;
	return s->kind == SCHEDULE_NONE || when_zone(r, s->zone, "schedule.zone", zone, err);
}

/* What a text has besides fields; nothing where it is no template. */
static void look_at(const char *text, bool *promo_out, bool *links_out)
{
	struct template *template = NULL;
	struct err err;

	*promo_out = *links_out = false;
	if (!template_compile(text, strlen(text), &template, &err))
		return;
	*promo_out = template_promo_pool(template, NULL) != NULL;
	*links_out = template_link_count(template) > 0;
	template_free(&template);
}

static bool check_reminder(struct request *r, int64_t id, const struct reminder *reminder,
			   struct err *err)
{
	static const struct pg_stmt list = {
		"when_list", "SELECT coalesce(list_id, 0) FROM campaign WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	struct placeholders known;
	struct problem problem;
	bool promo, links;
	int64_t list_id;

	if (reminder->after_h == 0)
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &list, &rows, err))
		return false;
	list_id = pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	if (!placeholders_read(r, list_id, &known, err))
		return false;
	problem_init(&problem);
	campaign_text_check("reminder.text", reminder->text, known.name, known.count, &problem);
	look_at(reminder->text, &promo, &links);
	if (problem_found(&problem))
		problem_field(&r->problem, "reminder.text", reminder->text,
			      "a text whose fields GET /v1/placeholders has");
	else if (promo) /* they are counted and held for one text */
		problem_field(&r->problem, "reminder.text", reminder->text,
			      "a text without promo codes: the first message gave one");
	problem_deinit(&problem);
	placeholders_deinit(&known);
	return check_action(r, "reminder.action", reminder->action, err);
}

/* --- storing -------------------------------------------------------------------------------------
 */

static void param_json(struct pg_params *params, const struct buf *json)
{
	pg_param_text(params, json->len > 0 ? buf_str(json) : NULL);
}

static bool store(struct request *r, int64_t id, const struct cJSON *doc,
		  const struct schedule *schedule, const char *zone,
		  const struct reminder *reminder, struct err *err)
{
	static const struct pg_stmt update = {
		"when_store",
		"UPDATE campaign SET"
		"       schedule = CASE WHEN $2::boolean THEN $3::text::jsonb ELSE schedule END,"
		"       reminder = CASE WHEN $4::boolean THEN $5::text::jsonb ELSE reminder END"
		" WHERE id = $1::bigint"};
	struct buf json;
	bool ok;

	buf_init(&json, STORED_MAX);
	pg_param_int64(r->params, id);
	pg_param_bool(r->params, member(doc, "schedule") != NULL);
	schedule_write(schedule, zone, &json);
	param_json(r->params, &json);
	buf_reset(&json);
	pg_param_bool(r->params, member(doc, "reminder") != NULL);
	reminder_write(reminder, &json);
	param_json(r->params, &json);
	buf_deinit(&json);
	ok = request_query(r, &update, NULL, err);
	return ok;
}

bool when_store(struct request *r, int64_t id, const struct cJSON *doc, struct err *err)
{
	static const struct pg_stmt unsay = {
		"scenario_void", "UPDATE scenario_approval SET voided_at = clock_timestamp()"
				 " WHERE campaign_id = $1::bigint AND voided_at IS NULL"};
	struct schedule schedule;
	struct reminder reminder;
	char zone[ZONE_SIZE];

	schedule_read(member(doc, "schedule"), "schedule", &schedule, &r->problem);
	reminder_read(member(doc, "reminder"), "reminder", &reminder, &r->problem);
	if (!problem_found(&r->problem) &&
	    (!check_schedule(r, &schedule, zone, err) || !check_reminder(r, id, &reminder, err)))
		return false;
	if (problem_found(&r->problem))
		return request_refused(err);
	if (when_asked(doc) && !store(r, id, doc, &schedule, zone, &reminder, err))
		return false;
	pg_param_int64(r->params, id);
	return request_query(r, &unsay, NULL, err);
}

/* --- launching -----------------------------------------------------------------------------------
 */

#define CANDIDATES 16
#define LEAP_S	   (4 * 3600) /* clocks leap no further: what they show twice is found */

/* The next times the rule names, on its zone's clocks.  Of dates every day from today on. */
static bool next_times(struct request *r, int64_t id, int64_t out[CANDIDATES], size_t *count_out,
		       bool *ruled_out, struct err *err)
{
	static const struct pg_stmt read = {
		"when_read",
		"SELECT coalesce(c.schedule->>'rule', 'FREQ=DAILY'),"
		"       coalesce(c.schedule->>'starts', to_char(n.local, 'YYYY-MM-DD')"
		"                || 'T' || (c.schedule->>'time')),"
		"       extract(epoch FROM n.local)::bigint,"
		"       ARRAY(SELECT extract(epoch FROM e::timestamp)::bigint FROM"
		"             jsonb_array_elements_text(coalesce(c.schedule->'except', '[]')) e)"
		"  FROM campaign c CROSS JOIN LATERAL (SELECT greatest(c.start_at,"
		"       clock_timestamp()) AT TIME ZONE (c.schedule->>'zone') AS local) n"
		" WHERE c.id = $1::bigint AND c.schedule->>'kind' IN ('recurring', 'date')"};
	int64_t except[RECURRENCE_EXCEPT_MAX];
	struct recurrence_rule rule;
	struct recurrence times = {.rule = &rule, .except = except};
	struct pg_result *rows = NULL;
	bool ok = true;

	*count_out = 0;
	pg_param_int64(r->params, id);
	if (!request_query(r, &read, &rows, err))
		return false;
	*ruled_out = pg_rows(rows) == 1;
	if (*ruled_out) {
		times.except_count = pg_int_array(rows, 0, 3, except, RECURRENCE_EXCEPT_MAX);
		ok = recurrence_parse(pg_text(rows, 0, 0), &rule, err);
		if (ok && wall_parse(pg_text(rows, 0, 1), &times.start))
			*count_out = recurrence_next(&times, pg_int(rows, 0, 2) - LEAP_S, out,
						     CANDIDATES);
	}
	pg_result_free(&rows);
	return ok;
}

static void push_times(struct request *r, const int64_t *times, size_t count)
{
	char text[CANDIDATES][WALL_SIZE];
	const char *list[CANDIDATES];

	for (size_t i = 0; i < count; i++)
		list[i] = wall_format(times[i], text[i]);
	pg_param_text_array(r->params, list, count);
}

bool when_check(struct request *r, struct terms *terms, struct err *err)
{
	static const struct pg_stmt judge = {
		"when_judge",
		"SELECT (SELECT min(x.at) FROM unnest($2::text[]::timestamp[]) AS u CROSS JOIN"
		"       LATERAL (SELECT local_moment(u, c.schedule->>'zone') AS at) x"
		"       WHERE x.at >= greatest(c.start_at, clock_timestamp())),"
		"       scenario_fault(c), coalesce(c.reminder->>'text', ''),"
		"       EXISTS (SELECT 1 FROM setting WHERE name = 'link_base')"
		"  FROM campaign c WHERE c.id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t times[CANDIDATES];
	bool ruled, promo, links;
	size_t count;

	if (!next_times(r, terms->id, times, &count, &ruled, err))
		return false;
	pg_param_int64(r->params, terms->id);
	push_times(r, times, count);
	if (!request_query(r, &judge, &rows, err))
		return false;
	if (pg_rows(rows) == 1) {
		if (ruled && !pg_null(rows, 0, 0))
			terms->start_at_us = pg_time_us(rows, 0, 0);
		else if (ruled)
			terms_problem(terms, "schedule",
				      "The schedule names no time that is still to come. Correct "
				      "its rule");
		if (!pg_null(rows, 0, 1))
			terms_problem(terms, "schedule", when_reason(pg_text(rows, 0, 1)));
		look_at(pg_text(rows, 0, 2), &promo, &links);
		if (links && !pg_bool(rows, 0, 3))
			terms_problem(terms, "reminder",
				      "The address of short links is not set. Tell whoever runs "
				      "the service");
	}
	pg_result_free(&rows);
	return true;
}

bool when_begin(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt begin = {
		"when_begin",
		"SELECT clock_begin(id, $2::text[]::timestamp[]) FROM campaign"
		" WHERE id = $1::bigint AND (schedule IS NOT NULL OR reminder IS NOT NULL)"};
	int64_t times[CANDIDATES];
	size_t count;
	bool ruled;

	if (!next_times(r, id, times, &count, &ruled, err))
		return false;
	pg_param_int64(r->params, id);
	push_times(r, times, count);
	return request_query(r, &begin, NULL, err);
}

/* --- showing -------------------------------------------------------------------------------------
 */

enum { COL_SCHEDULE, COL_REMINDER, COL_NEXT, COL_NEEDED, COL_UNTIL, COL_PERSON };

static void put_json(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		     int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_raw(json, key, pg_text(rows, i, col), pg_len(rows, i, col));
}

void when_put(struct json_out *json, const struct pg_result *rows, size_t i, int col)
{
	put_json(json, "schedule", rows, i, col + COL_SCHEDULE);
	put_json(json, "reminder", rows, i, col + COL_REMINDER);
	json_put_time(json, "next_at", pg_time_us(rows, i, col + COL_NEXT));
	json_object(json, "scenario");
	json_put_bool(json, "approval_needed", pg_bool(rows, i, col + COL_NEEDED));
	json_put_text(json, "approved_by", text_or_null(rows, i, col + COL_PERSON));
	json_put_time(json, "approved_until", pg_time_us(rows, i, col + COL_UNTIL));
	json_object_end(json);
}
