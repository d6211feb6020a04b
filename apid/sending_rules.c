/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sending_rules - when and how often messages of a category may leave, and the company's calendar.
 *
 * A change takes effect at once: what waits is judged anew by the new rules.  Those about debts may
 * be stricter than the law and not looser. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/model/message.h"
#include "common/web/json.h"

#define CATEGORIES  6
#define MINUTES_MIN 10 /* of a window */
#define LIMIT_MAX   60

/* Law 230-FZ on overdue debt. */
#define DEBT_OPENS	"08:00"
#define DEBT_CLOSES	"22:00"
#define DEBT_OFF_OPENS	"09:00"
#define DEBT_OFF_CLOSES "20:00"
#define DEBT_PER_DAY	2
#define DEBT_PER_WEEK	4
#define DEBT_PER_MONTH	16

struct window {
	enum message_category category;
	const char *opens, *closes, *off_opens, *off_closes; /* "10:00"; NULL: none on days off */
};

struct limit {
	enum message_category category;
	int64_t per_day, per_week, per_month; /* 0: none */
};

/* What a request changes; strings are borrowed from the document. */
struct rules {
	const char *quiet_hours, *unknown_zone, *frequency_caps; /* NULL: as it is */
	bool has_windows, has_limits;
	struct window window[CATEGORIES];
	struct limit limit[CATEGORIES];
	size_t window_count, limit_count;
};

/* --- showing -------------------------------------------------------------------------------------
 */

static bool put_settings(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"rules_settings",
		"SELECT coalesce(max(value) FILTER (WHERE name = 'time_zone'), ''),"
		"       coalesce(max(value) FILTER (WHERE name = 'quiet_hours'), '') = 'on',"
		"       coalesce(max(value) FILTER (WHERE name = 'unknown_zone'), ''),"
		"       coalesce(max(value) FILTER (WHERE name = 'frequency_caps'), '') = 'on'"
		"  FROM setting"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_put_text(&r->json, "time_zone", pg_text(rows, 0, 0));
	json_put_bool(&r->json, "quiet_hours", pg_bool(rows, 0, 1));
	json_put_text(&r->json, "unknown_zone", pg_text(rows, 0, 2));
	json_put_bool(&r->json, "frequency_caps", pg_bool(rows, 0, 3));
	pg_result_free(&rows);
	return true;
}

static void put_text_or_null(struct json_out *json, const char *key, const struct pg_result *rows,
			     size_t i, int col)
{
	json_put_text(json, key, pg_null(rows, i, col) ? NULL : pg_text(rows, i, col));
}

static bool put_windows(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"rules_windows",
		"SELECT category, to_char(opens, 'HH24:MI'), to_char(closes, 'HH24:MI'),"
		"       to_char(off_opens, 'HH24:MI'), to_char(off_closes, 'HH24:MI')"
		"  FROM send_window ORDER BY category"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_array(&r->json, "hours");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "category",
			      message_category_name((enum message_category)pg_int(rows, i, 0)));
		put_text_or_null(&r->json, "opens", rows, i, 1);
		put_text_or_null(&r->json, "closes", rows, i, 2);
		put_text_or_null(&r->json, "off_opens", rows, i, 3);
		put_text_or_null(&r->json, "off_closes", rows, i, 4);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static void put_limit(struct json_out *json, const char *key, const struct pg_result *rows,
		      size_t i, int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_int(json, key, pg_int(rows, i, col));
}

static bool put_limits(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {"rules_limits",
					    "SELECT category, per_day, per_week, per_month"
					    "  FROM send_limit ORDER BY category"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_array(&r->json, "limits");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "category",
			      message_category_name((enum message_category)pg_int(rows, i, 0)));
		put_limit(&r->json, "per_day", rows, i, 1);
		put_limit(&r->json, "per_week", rows, i, 2);
		put_limit(&r->json, "per_month", rows, i, 3);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool put_rules(struct request *r, struct err *err)
{
	json_object(&r->json, NULL);
	if (!put_settings(r, err) || !put_windows(r, err) || !put_limits(r, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* GET /v1/sending-rules */
bool sending_rules_get(struct request *r, struct err *err)
{
	return put_rules(r, err);
}

/* --- reading a request ---------------------------------------------------------------------------
 */

static const char *switch_in(struct json_in *in, const char *key)
{
	const char *word = json_in_text(in, key, JSON_OPTIONAL, 20);

	if (word != NULL && strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
		json_in_refuse(in, key, word, "on or off");
	return word;
}

/* Minutes of a day of "10:00" to "24:00"; -1: not that. */
static int minutes_of(const char *text)
{
	int hour, minute;

	if (strlen(text) != 5 || strspn(text, "0123456789:") != 5 || text[2] != ':' ||
	    sscanf(text, "%2d:%2d", &hour, &minute) != 2 || minute > 59 ||
	    hour * 60 + minute > 24 * 60)
		return -1;
	return hour * 60 + minute;
}

static const char *hour_in(struct json_in *in, const char *key, enum json_need need)
{
	const char *text = json_in_text(in, key, need, 5);

	if (text != NULL && minutes_of(text) < 0)
		json_in_refuse(in, key, text, "a time of day such as 09:30, 24:00 at most");
	return text;
}

static void check_order(struct json_in *in, const char *key, const char *opens, const char *closes)
{
	if ((opens == NULL) != (closes == NULL))
		json_in_refuse(in, key, "one without the other", "both times or none");
	else if (opens != NULL && minutes_of(opens) >= 0 && minutes_of(closes) >= 0 &&
		 minutes_of(closes) - minutes_of(opens) < MINUTES_MIN)
		json_in_refuse(in, key, closes,
			       "a time at least ten minutes after the one before, on the same day");
}

static enum message_category category_once(struct json_in *in, unsigned *seen)
{
	const char *name = json_in_text(in, "category", JSON_REQUIRED, 20);
	enum message_category category = 0;

	if (name == NULL)
		return 0;
	if (!message_category_parse(name, &category))
		json_in_refuse(in, "category", name,
			       "advertising, service, transactional, debt, emergency or "
			       "authorisation");
	else if ((*seen & 1U << category) != 0)
		json_in_refuse(in, "category", name, "each category once");
	*seen |= 1U << category;
	return category;
}

/* The times are written alike, so they compare as texts. */
static bool within(const char *opens, const char *closes, const char *least, const char *most)
{
	return opens == NULL || closes == NULL ||
	       (strcmp(opens, least) >= 0 && strcmp(closes, most) <= 0);
}

static void check_debt_hours(struct json_in *in, const struct window *w)
{
	if (within(w->opens, w->closes, DEBT_OPENS, DEBT_CLOSES) &&
	    within(w->off_opens, w->off_closes, DEBT_OFF_OPENS, DEBT_OFF_CLOSES))
		return;
	json_in_refuse(in, "opens", w->opens != NULL ? w->opens : "",
		       "hours within 08:00 to 22:00, on days off within 09:00 to 20:00: the law "
		       "on debts allows no others");
}

static void read_window(const struct cJSON *value, size_t i, unsigned *seen, struct window *w,
			struct problem *problem)
{
	struct json_in in;
	char path[32];

	snprintf(path, sizeof(path), "hours[%zu]", i);
	json_in_begin(&in, value, problem, path);
	w->category = category_once(&in, seen);
	w->opens = hour_in(&in, "opens", JSON_REQUIRED);
	w->closes = hour_in(&in, "closes", JSON_REQUIRED);
	w->off_opens = hour_in(&in, "off_opens", JSON_OPTIONAL);
	w->off_closes = hour_in(&in, "off_closes", JSON_OPTIONAL);
	json_in_end(&in);
	if (problem_found(problem))
		return;
	check_order(&in, "closes", w->opens, w->closes);
	check_order(&in, "off_closes", w->off_opens, w->off_closes);
	if (w->category == CATEGORY_DEBT)
		check_debt_hours(&in, w);
}

static void check_debt_limits(struct json_in *in, const struct limit *l)
{
	if (l->per_day >= 1 && l->per_day <= DEBT_PER_DAY && l->per_week >= 1 &&
	    l->per_week <= DEBT_PER_WEEK && l->per_month >= 1 && l->per_month <= DEBT_PER_MONTH)
		return;
	json_in_refuse(in, "per_day", "more than the law on debts allows",
		       "at most 2 a day, 4 a week and 16 a month");
}

static void read_limit(const struct cJSON *value, size_t i, unsigned *seen, struct limit *l,
		       struct problem *problem)
{
	struct json_in in;
	char path[32];

	snprintf(path, sizeof(path), "limits[%zu]", i);
	json_in_begin(&in, value, problem, path);
	l->category = category_once(&in, seen);
	l->per_day = json_in_int(&in, "per_day", JSON_OPTIONAL, 1, LIMIT_MAX, 0);
	l->per_week = json_in_int(&in, "per_week", JSON_OPTIONAL, 1, LIMIT_MAX, 0);
	l->per_month = json_in_int(&in, "per_month", JSON_OPTIONAL, 1, LIMIT_MAX, 0);
	json_in_end(&in);
	if (!problem_found(problem) && l->category == CATEGORY_DEBT)
		check_debt_limits(&in, l);
}

static void read_lists(struct json_in *in, struct rules *rules)
{
	const struct cJSON *hours = NULL, *limits = NULL, *value;
	unsigned seen = 0;

	rules->has_windows = json_in_has(in, "hours");
	rules->has_limits = json_in_has(in, "limits");
	if (rules->has_windows)
		hours = json_in_array(in, "hours", JSON_REQUIRED, CATEGORIES);
	if (rules->has_limits)
		limits = json_in_array(in, "limits", JSON_REQUIRED, CATEGORIES);
	cJSON_ArrayForEach(value, hours)
	{
		size_t i = rules->window_count++;

		read_window(value, i, &seen, &rules->window[i], in->problem);
	}
	if (hours != NULL && (seen & 1U << CATEGORY_DEBT) == 0)
		json_in_refuse(in, "hours", "none for debt",
			       "hours for debt: the law asks for them");
	seen = 0;
	cJSON_ArrayForEach(value, limits)
	{
		size_t i = rules->limit_count++;

		read_limit(value, i, &seen, &rules->limit[i], in->problem);
	}
	if (limits != NULL && (seen & 1U << CATEGORY_DEBT) == 0)
		json_in_refuse(in, "limits", "none for debt",
			       "limits for debt: the law asks for them");
}

static void read_rules(const struct cJSON *doc, struct rules *rules, struct problem *problem)
{
	struct json_in in;

	json_in_begin(&in, doc, problem, "");
	rules->quiet_hours = switch_in(&in, "quiet_hours");
	rules->frequency_caps = switch_in(&in, "frequency_caps");
	rules->unknown_zone = json_in_text(&in, "unknown_zone", JSON_OPTIONAL, 20);
	if (rules->unknown_zone != NULL && strcmp(rules->unknown_zone, "company") != 0 &&
	    strcmp(rules->unknown_zone, "leave_out") != 0)
		json_in_refuse(&in, "unknown_zone", rules->unknown_zone, "company or leave_out");
	read_lists(&in, rules);
	json_in_end(&in);
}

/* --- storing -------------------------------------------------------------------------------------
 */

static bool store_setting(struct request *r, const char *name, const char *value, struct err *err)
{
	static const struct pg_stmt set = {
		"rules_set", "UPDATE setting SET value = $2::text WHERE name = $1::text"};

	if (value == NULL)
		return true;
	pg_param_text(r->params, name);
	pg_param_text(r->params, value);
	return request_query(r, &set, NULL, err);
}

static bool store_windows(struct request *r, const struct rules *rules, struct err *err)
{
	static const struct pg_stmt clear = {"rules_windows_clear", "DELETE FROM send_window"};
	static const struct pg_stmt put = {
		"rules_window_put",
		"INSERT INTO send_window (category, opens, closes, off_opens, off_closes)"
		" VALUES ($1::smallint, $2::text::time, $3::text::time, $4::text::time,"
		"         $5::text::time)"};

	if (!rules->has_windows)
		return true;
	if (!request_query(r, &clear, NULL, err))
		return false;
	for (size_t i = 0; i < rules->window_count; i++) {
		const struct window *w = &rules->window[i];

		pg_param_int16(r->params, (int16_t)w->category);
		pg_param_text(r->params, w->opens);
		pg_param_text(r->params, w->closes);
		pg_param_text(r->params, w->off_opens);
		pg_param_text(r->params, w->off_closes);
		if (!request_query(r, &put, NULL, err))
			return false;
	}
	return true;
}

static bool store_limits(struct request *r, const struct rules *rules, struct err *err)
{
	static const struct pg_stmt clear = {"rules_limits_clear", "DELETE FROM send_limit"};
	static const struct pg_stmt put = {
		"rules_limit_put",
		"INSERT INTO send_limit (category, per_day, per_week, per_month)"
		" VALUES ($1::smallint, nullif($2::smallint, 0), nullif($3::smallint, 0),"
		"         nullif($4::smallint, 0))"};

	if (!rules->has_limits)
		return true;
	if (!request_query(r, &clear, NULL, err))
		return false;
	for (size_t i = 0; i < rules->limit_count; i++) {
		const struct limit *l = &rules->limit[i];

		pg_param_int16(r->params, (int16_t)l->category);
		pg_param_int16(r->params, (int16_t)l->per_day);
		pg_param_int16(r->params, (int16_t)l->per_week);
		pg_param_int16(r->params, (int16_t)l->per_month);
		if (!request_query(r, &put, NULL, err))
			return false;
	}
	return true;
}

struct store {
	struct request *r;
	const struct rules *rules;
};

static bool store_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt review = {"rules_review", "SELECT send_hours_review()"};
	struct store *s = arg;

	(void)pg;
	return store_setting(s->r, "quiet_hours", s->rules->quiet_hours, err) &&
	       store_setting(s->r, "unknown_zone", s->rules->unknown_zone, err) &&
	       store_setting(s->r, "frequency_caps", s->rules->frequency_caps, err) &&
	       store_windows(s->r, s->rules, err) && store_limits(s->r, s->rules, err) &&
	       request_query(s->r, &review, NULL, err);
}

/* PUT /v1/sending-rules: what is absent stays as it is */
bool sending_rules_put(struct request *r, struct err *err)
{
	struct rules *rules;
	struct cJSON *doc = NULL;
	struct store store;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	rules = mem_calloc(1, sizeof(*rules));
	read_rules(doc, rules, &r->problem);
	store = (struct store){.r = r, .rules = rules};
	if (!problem_found(&r->problem)) {
		ok = pg_transaction(r->pg, store_body, &store, err);
		if (ok)
			log_info("sending rules changed", LI("person", r->caller.person_id),
				 LI("token", r->caller.token_id));
	}
	mem_free(rules);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || put_rules(r, err));
}

/* --- the calendar --------------------------------------------------------------------------------
 */

/* GET /v1/calendar: the days that differ from their weekday, from today a year back and two ahead
 */
bool calendar_get(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"calendar_read",
		"SELECT day::text, kind, note FROM calendar_day"
		" WHERE day BETWEEN current_date - 366 AND current_date + 731 ORDER BY day"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "days");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "day", pg_text(rows, i, 0));
		json_put_text(&r->json, "kind", pg_text(rows, i, 1));
		json_put_text(&r->json, "note", pg_text(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
