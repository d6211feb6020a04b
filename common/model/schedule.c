/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* schedule - see schedule.h. */
#include "common/model/schedule.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define ZONE_CHARS_MAX	60
#define FIELD_CHARS_MAX 200
#define KIND_CHARS_MAX	64
#define TEXT_CHARS_MAX	2000
#define CATCH_UP_MAX	10080
#define OFFSET_MAX	3660
#define DELAY_MIN_MAX	43200
#define ONCE_DAYS_MAX	3660
#define EVERY_S_MIN	5
#define EVERY_S_MAX	3600
#define AFTER_H_MAX	720

/* --- reading -------------------------------------------------------------------------------------
 */

static void read_starts(struct json_in *in, struct schedule *s)
{
	const char *text = json_in_text(in, "starts", JSON_REQUIRED, WALL_SIZE);

	if (text != NULL && !wall_parse(text, &s->starts))
		json_in_refuse(in, "starts", text,
			       "a day and a time on the zone's clocks, as in 2026-12-07T10:00");
}

static void read_except(struct json_in *in, struct schedule *s)
{
	const struct cJSON *list =
		json_in_array(in, "except", JSON_OPTIONAL, RECURRENCE_EXCEPT_MAX);
	const struct cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item) &&
		    wall_parse(item->valuestring, &s->except[s->except_count])) {
			s->except_count++;
			continue;
		}
		json_in_refuse(in, "except",
			       cJSON_IsString(item) ? item->valuestring : "something else",
			       "days and times on the zone's clocks, as in 2026-12-07T10:00");
		return;
	}
}

static void read_zone(struct json_in *in, struct schedule *s)
{
	s->zone = json_in_text(in, "zone", JSON_OPTIONAL, ZONE_CHARS_MAX);
}

void schedule_read_rule(struct json_in *in, struct schedule *s)
{
	struct err err;

	s->rule = json_in_text(in, "rule", JSON_REQUIRED, RECURRENCE_RULE_MAX);
	if (s->rule != NULL && !recurrence_parse(s->rule, &s->parsed, &err))
		json_in_refuse(in, "rule", s->rule, err.msg);
	read_starts(in, s);
	read_zone(in, s);
	read_except(in, s);
}

static void read_catch_up(struct json_in *in, struct schedule *s)
{
	s->catch_up_min = json_in_int(in, "catch_up_min", JSON_OPTIONAL, 0, CATCH_UP_MAX, 60);
}

static void read_recurring(struct json_in *in, struct schedule *s)
{
	const char *overlap;

	schedule_read_rule(in, s);
	read_catch_up(in, s);
	overlap = json_in_text(in, "overlap", JSON_OPTIONAL, 20);
	if (overlap != NULL && strcmp(overlap, "skip") != 0 && strcmp(overlap, "allow") != 0)
		json_in_refuse(in, "overlap", overlap, "skip or allow");
	s->overlap = overlap != NULL && strcmp(overlap, "allow") == 0;
}

static void read_time(struct json_in *in, struct schedule *s)
{
	const char *time = json_in_text(in, "time", JSON_REQUIRED, 20);
	char whole[WALL_SIZE];
	int64_t wall;

	if (time == NULL)
		return;
	snprintf(whole, sizeof(whole), "2026-01-01T%.10s", time);
	if (strlen(time) == 5 && wall_parse(whole, &wall))
		snprintf(s->time, sizeof(s->time), "%s", time);
	else
		json_in_refuse(in, "time", time, "a time of day, as in 10:00");
}

static void read_date(struct json_in *in, struct schedule *s)
{
	const char *leap;

	s->field = json_in_text(in, "field", JSON_REQUIRED, FIELD_CHARS_MAX);
	s->offset_days = json_in_int(in, "offset_days", JSON_OPTIONAL, -OFFSET_MAX, OFFSET_MAX, 0);
	s->yearly = json_in_bool(in, "yearly", JSON_OPTIONAL,
				 s->field != NULL && strcmp(s->field, "birthday") == 0);
	leap = json_in_text(in, "leap", JSON_OPTIONAL, 20);
	if (leap != NULL && strcmp(leap, "feb28") != 0 && strcmp(leap, "mar1") != 0)
		json_in_refuse(in, "leap", leap, "feb28 or mar1");
	s->leap_march = leap != NULL && strcmp(leap, "mar1") == 0;
	read_time(in, s);
	read_zone(in, s);
	read_catch_up(in, s);
}

static void read_action(struct json_in *in, struct schedule *s)
{
	s->action = json_in_text(in, "action", JSON_REQUIRED, KIND_CHARS_MAX);
	s->delay_min = json_in_int(in, "delay_min", JSON_OPTIONAL, 0, DELAY_MIN_MAX, 0);
	s->once_days = json_in_int(in, "once_days", JSON_OPTIONAL, 1, ONCE_DAYS_MAX, 1);
	s->every_s = json_in_int(in, "every_s", JSON_OPTIONAL, EVERY_S_MIN, EVERY_S_MAX, 60);
}

void schedule_read(const struct cJSON *value, const char *path, struct schedule *out,
		   struct problem *problem)
{
	struct json_in in;
	const char *kind;

	memset(out, 0, sizeof(*out));
	if (value == NULL || cJSON_IsNull(value))
		return;
	json_in_begin(&in, value, problem, path);
	kind = json_in_text(&in, "kind", JSON_REQUIRED, 20);
	if (kind == NULL)
		return;
	if (strcmp(kind, "recurring") == 0) {
		out->kind = SCHEDULE_RECURRING;
		read_recurring(&in, out);
	} else if (strcmp(kind, "date") == 0) {
		out->kind = SCHEDULE_DATE;
		read_date(&in, out);
	} else if (strcmp(kind, "action") == 0) {
		out->kind = SCHEDULE_ACTION;
		read_action(&in, out);
	} else {
		json_in_refuse(&in, "kind", kind,
			       "recurring, date or action; null for a campaign that runs once");
		return;
	}
	json_in_end(&in);
}

void reminder_read(const struct cJSON *value, const char *path, struct reminder *out,
		   struct problem *problem)
{
	struct json_in in;
	const char *to;

	*out = (struct reminder){0};
	if (value == NULL || cJSON_IsNull(value))
		return;
	json_in_begin(&in, value, problem, path);
	out->after_h = json_in_int(&in, "after_h", JSON_REQUIRED, 1, AFTER_H_MAX, 1);
	out->text = json_in_text(&in, "text", JSON_REQUIRED, TEXT_CHARS_MAX);
	out->action = json_in_text(&in, "action", JSON_OPTIONAL, KIND_CHARS_MAX);
	out->click = json_in_bool(&in, "click", JSON_OPTIONAL, false);
	if (out->action == NULL && !out->click)
		json_in_refuse(&in, "action", "nothing",
			       "the action that makes a reminder needless, or click: true");
	to = json_in_text(&in, "to", JSON_OPTIONAL, 20);
	if (to != NULL && strcmp(to, "delivered") != 0 && strcmp(to, "sent") != 0)
		json_in_refuse(&in, "to", to, "delivered or sent");
	out->sent = to != NULL && strcmp(to, "sent") == 0;
	json_in_end(&in);
}

/* --- writing -------------------------------------------------------------------------------------
 */

static void put_wall(struct json_out *json, const char *key, int64_t wall)
{
	char text[WALL_SIZE];

	json_put_text(json, key, wall_format(wall, text));
}

void schedule_write(const struct schedule *s, const char *zone, struct buf *out)
{
	struct json_out json;

	if (s->kind == SCHEDULE_NONE)
		return;
	json_out_init(&json, out);
	json_object(&json, NULL);
	if (s->kind == SCHEDULE_RECURRING) {
		json_put_text(&json, "kind", "recurring");
		json_put_text(&json, "rule", s->rule);
		put_wall(&json, "starts", s->starts);
		json_array(&json, "except");
		for (size_t i = 0; i < s->except_count; i++)
			put_wall(&json, NULL, s->except[i]);
		json_array_end(&json);
		json_put_text(&json, "overlap", s->overlap ? "allow" : "skip");
	} else if (s->kind == SCHEDULE_DATE) {
		json_put_text(&json, "kind", "date");
		json_put_text(&json, "field", s->field);
		json_put_int(&json, "offset_days", s->offset_days);
		json_put_bool(&json, "yearly", s->yearly);
		json_put_text(&json, "leap", s->leap_march ? "mar1" : "feb28");
		json_put_text(&json, "time", s->time);
	} else {
		json_put_text(&json, "kind", "action");
		json_put_text(&json, "action", s->action);
		json_put_int(&json, "delay_min", s->delay_min);
		json_put_int(&json, "once_days", s->once_days);
		json_put_int(&json, "every_s", s->every_s);
	}
	if (s->kind != SCHEDULE_ACTION) {
		json_put_text(&json, "zone", zone);
		json_put_int(&json, "catch_up_min", s->catch_up_min);
	}
	json_object_end(&json);
}

void reminder_write(const struct reminder *r, struct buf *out)
{
	struct json_out json;

	if (r->after_h == 0)
		return;
	json_out_init(&json, out);
	json_object(&json, NULL);
	json_put_int(&json, "after_h", r->after_h);
	json_put_text(&json, "text", r->text);
	json_put_text(&json, "action", r->action);
	json_put_bool(&json, "click", r->click);
	json_put_text(&json, "to", r->sent ? "sent" : "delivered");
	json_object_end(&json);
}
