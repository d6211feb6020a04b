/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sender_rules - see sender_rules.h; and whom a campaign is from when nobody says. */
#include "apid/sender_rules.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/sender_gate.h"
#include "common/base/log.h"
#include "common/model/message.h"
#include "common/model/sender.h"

#define DEFAULTS_MAX 21 /* three classes, each as a whole and for six categories */

/* --- who may be named ----------------------------------------------------------------------------
 */

bool sender_check(struct request *r, const char *sender, struct err *err)
{
	static const struct pg_stmt check = {"sender_check",
					     "SELECT " SENDER_FAULT_SQL("$1::text")};
	struct pg_result *rows = NULL;
	const char *fault;

	if (sender[0] == '\0')
		return true;
	pg_param_text(r->params, sender);
	if (!request_query(r, &check, &rows, err))
		return false;
	fault = pg_text(rows, 0, 0);
	if (fault[0] != '\0')
		problem_field(&r->problem, "sender", sender,
			      sender_fault_expected(strcmp(fault, "off") == 0 ? SENDER_OFF
									      : SENDER_UNKNOWN));
	pg_result_free(&rows);
	return true;
}

/* --- showing -------------------------------------------------------------------------------------
 */

static bool reply_rules(struct request *r, struct err *err)
{
	static const struct pg_stmt setting = {
		"sender_policy", "SELECT value FROM setting WHERE name = 'unregistered_senders'"};
	static const struct pg_stmt defaults = {
		"sender_defaults",
		"SELECT d.class, d.category, s.name FROM sender_default d"
		"  JOIN sender s ON s.id = d.sender_id ORDER BY d.class, d.category NULLS FIRST"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &setting, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "unregistered", pg_text(rows, 0, 0));
	pg_result_free(&rows);
	if (!request_query(r, &defaults, &rows, err))
		return false;
	json_array(&r->json, "defaults");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "class",
			      message_class_name((enum message_class)pg_int(rows, i, 0)));
		json_put_text(
			&r->json, "category",
			pg_null(rows, i, 1)
				? NULL
				: message_category_name((enum message_category)pg_int(rows, i, 1)));
		json_put_text(&r->json, "sender", pg_text(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* GET /v1/sender-rules */
bool sender_rules_get(struct request *r, struct err *err)
{
	return reply_rules(r, err);
}

/* --- changing ------------------------------------------------------------------------------------
 */

/* What a request changes; strings are borrowed from the document. */
struct rules {
	struct request *r;
	const char *unregistered; /* NULL: as it is */
	bool has_defaults;
	size_t count;
	int16_t class[DEFAULTS_MAX], category[DEFAULTS_MAX]; /* category 0: all of the class */
	const char *sender[DEFAULTS_MAX];
};

static bool is_double(const struct rules *rules)
{
	size_t last = rules->count - 1;

	for (size_t i = 0; i < last; i++)
		if (rules->class[i] == rules->class[last] &&
		    rules->category[i] == rules->category[last])
			return true;
	return false;
}

static void read_default(const struct cJSON *value, struct rules *rules)
{
	size_t i = rules->count++;
	struct json_in in;
	char path[32];

	snprintf(path, sizeof(path), "defaults[%zu]", i);
	json_in_begin(&in, value, &rules->r->problem, path);
	rules->class[i] = (int16_t)class_in(&in, JSON_REQUIRED, 0);
	rules->category[i] = json_in_has(&in, "category") && !json_in_null(&in, "category")
				     ? (int16_t)category_in(&in, JSON_REQUIRED, 0)
				     : 0;
	rules->sender[i] = sender_in(&in, JSON_REQUIRED);
	json_in_end(&in);
	if (is_double(rules))
		json_in_refuse(&in, "class", message_class_name(rules->class[i]),
			       "each class and category once");
}

static void read_rules(const struct cJSON *doc, struct rules *rules)
{
	const struct cJSON *defaults =
		cJSON_GetObjectItemCaseSensitive((const cJSON *)doc, "defaults");
	const struct cJSON *value;
	struct json_in in;

	json_in_begin(&in, doc, &rules->r->problem, "");
	rules->unregistered = json_in_text(&in, "unregistered", JSON_OPTIONAL, 20);
	if (rules->unregistered != NULL && strcmp(rules->unregistered, "open") != 0 &&
	    strcmp(rules->unregistered, "strict") != 0)
		json_in_refuse(&in, "unregistered", rules->unregistered, "open or strict");
	rules->has_defaults = json_in_has(&in, "defaults");
	/* None at all is a list as well. */
	if (!cJSON_IsArray(defaults) || cJSON_GetArraySize(defaults) > 0)
		defaults = json_in_array(&in, "defaults", JSON_OPTIONAL, DEFAULTS_MAX);
	cJSON_ArrayForEach(value, defaults)
	{
		read_default(value, rules);
	}
	json_in_end(&in);
}

static bool store_defaults(const struct rules *rules, struct err *err)
{
	static const struct pg_stmt clear = {"sender_defaults_clear", "DELETE FROM sender_default"};
	static const struct pg_stmt set = {
		"sender_defaults_set",
		"WITH wanted AS (SELECT u.class, nullif(u.category, 0) AS category, u.sender, s.id"
		"       FROM unnest($1::smallint[], $2::smallint[], $3::text[])"
		"            AS u(class, category, sender)"
		"       LEFT JOIN sender s ON s.name = u.sender AND s.enabled),"
		" made AS (INSERT INTO sender_default (class, category, sender_id)"
		"       SELECT class, category, id FROM wanted WHERE id IS NOT NULL)"
		" SELECT sender FROM wanted WHERE id IS NULL LIMIT 1"};
	struct request *r = rules->r;
	struct pg_result *rows = NULL;

	if (!request_query(r, &clear, NULL, err))
		return false;
	pg_param_int16_array(r->params, rules->class, rules->count);
	pg_param_int16_array(r->params, rules->category, rules->count);
	pg_param_text_array(r->params, rules->sender, rules->count);
	if (!request_query(r, &set, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		problem_field(&r->problem, "defaults", pg_text(rows, 0, 0),
			      sender_fault_expected(SENDER_OFF));
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool rules_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt set = {
		"sender_policy_set",
		"UPDATE setting SET value = $1::text WHERE name = 'unregistered_senders'"};
	struct rules *rules = arg;

	(void)pg;
	if (rules->unregistered != NULL) {
		pg_param_text(rules->r->params, rules->unregistered);
		if (!request_query(rules->r, &set, NULL, err))
			return false;
	}
	return !rules->has_defaults || store_defaults(rules, err);
}

/* PUT /v1/sender-rules: what is not named stays as it is. */
bool sender_rules_put(struct request *r, struct err *err)
{
	struct rules rules = {.r = r};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_rules(doc, &rules);
	if (!problem_found(&r->problem)) {
		ok = pg_transaction(r->pg, rules_body, &rules, err);
		if (ok)
			log_info("rules of senders changed");
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	return reply_rules(r, err);
}
