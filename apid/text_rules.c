/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_rules - see text_rules.h; GET and PUT /v1/text-rules. */
#include "apid/text_rules.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/sms/advert.h"

#define NAMES_MAX  20
#define NAME_CHARS 100
#define PLACES	   6 /* of texts in a campaign: campaign_texts() */

static const char *const places[PLACES] = {
	"text",
	"variants[0].text",
	"variants[1].text",
	"variants[2].text",
	"variants[3].text",
	"reminder.text",
};

/* --- what a campaign's texts say -----------------------------------------------------------------
 */

#define QUOTED_SIZE 200

/* "скидка", "%" */
static void quote(const char *const word[], size_t count, char out[QUOTED_SIZE])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && len + 1 < QUOTED_SIZE; i++) {
		int n = snprintf(out + len, QUOTED_SIZE - len, "%s\"%s\"", i > 0 ? ", " : "",
				 word[i]);

		len += n > 0 ? (size_t)n : 0;
	}
}

struct rules {
	bool warns, reviews, wants_name, wants_refusal;
	const char *name[NAMES_MAX]; /* borrowed from the rows */
	size_t len[NAMES_MAX];
	size_t names;
};

enum { COL_PLACE, COL_TEXT, COL_DECISION, COL_MODE, COL_WANTS_NAME, COL_WANTS_REFUSAL, COL_NAMES };

static void rules_of(const struct pg_result *rows, struct rules *out)
{
	const char *mode = pg_text(rows, 0, COL_MODE);

	*out = (struct rules){
		.warns = strcmp(mode, "off") != 0,
		.reviews = strcmp(mode, "review") == 0,
		.wants_name = pg_bool(rows, 0, COL_WANTS_NAME),
		.wants_refusal = pg_bool(rows, 0, COL_WANTS_REFUSAL),
	};
	out->names = pg_text_array(rows, 0, COL_NAMES, out->name, out->len, NAMES_MAX);
	if (out->names > NAMES_MAX)
		out->names = NAMES_MAX;
}

/* of a category that is no advertising. */
static void check_service(struct terms *t, const struct rules *rules, const char *place,
			  const char *text, const char *decision)
{
	const char *word[ADVERT_WORDS_MAX];
	char quoted[QUOTED_SIZE], message[600];
	size_t count = advert_words(text, strlen(text), word);

	if (count == 0 || (rules->reviews && strcmp(decision, "approved") == 0))
		return;
	quote(word, count, quoted);
	if (!rules->reviews) {
		(void)snprintf(message, sizeof(message),
			       "The text reads as advertising: %s. Leave that out, or choose the "
			       "category of advertising, which needs consent",
			       quoted);
		terms_warning(t, place, message);
		return;
	}
	if (strcmp(decision, "waiting") == 0)
		(void)snprintf(message, sizeof(message),
			       "The text reads as advertising: %s. A lawyer has been asked and has "
			       "not decided yet",
			       quoted);
	else if (strcmp(decision, "declined") == 0)
		(void)snprintf(message, sizeof(message),
			       "The text reads as advertising: %s. A lawyer declined it. Change "
			       "it, or choose the category of advertising, which needs consent",
			       quoted);
	else
		(void)snprintf(message, sizeof(message),
			       "The text reads as advertising: %s. Leave that out, choose the "
			       "category of advertising, or ask for a lawyer's review of the text",
			       quoted);
	terms_problem(t, place, message);
}

/* */
static void check_advertising(struct terms *t, const struct rules *rules, const char *place,
			      const char *text)
{
	bool named = false;

	for (size_t i = 0; i < rules->names; i++)
		named = named || advert_names(text, strlen(text), rules->name[i], rules->len[i]);
	if (rules->wants_name && !named)
		terms_problem(t, place,
			      "Advertising must say whose it is. Write the advertiser's name into "
			      "the text as the rules of texts give it");
	if (rules->wants_refusal && !advert_refusal(text, strlen(text)))
		terms_problem(t, place,
			      "Advertising must say how to refuse it. Write a way into the text, "
			      "such as the word STOP and a number, or a stop link");
}

bool text_rules_check(struct request *r, struct terms *t, struct err *err)
{
	static const struct pg_stmt read = {
		"text_rules_check",
		"SELECT x.no, x.text, (text_decision(x.text, c.category)).decision, s.mode,"
		"       s.wants_name, s.wants_refusal, s.names"
		"  FROM campaign c CROSS JOIN LATERAL campaign_texts(c) x CROSS JOIN ("
		"       SELECT max(value) FILTER (WHERE name = 'text_rules') AS mode,"
		"              bool_or(name = 'require_advertiser' AND value = 'on') AS wants_name,"
		"              bool_or(name = 'require_refusal' AND value = 'on')"
		"                  AS wants_refusal,"
		"              string_to_array(max(value) FILTER (WHERE name = 'advertiser_names'),"
		"                  E'\\n') AS names FROM setting) s"
		" WHERE c.id = $1::bigint ORDER BY x.no"};
	struct pg_result *rows = NULL;
	struct rules rules;

	if (t->category == 0)
		return true;
	pg_param_int64(r->params, t->id);
	if (!request_query(r, &read, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		rules_of(rows, &rules);
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t place = pg_int(rows, i, COL_PLACE);
		const char *text = pg_text(rows, i, COL_TEXT);

		if (place < 0 || place >= PLACES)
			continue;
		if (t->category == CATEGORY_ADVERTISING)
			check_advertising(t, &rules, places[place], text);
		else if (rules.warns)
			check_service(t, &rules, places[place], text,
				      pg_text(rows, i, COL_DECISION));
	}
	pg_result_free(&rows);
	return true;
}

/* --- the rules -----------------------------------------------------------------------------------
 */

static bool reply_rules(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"text_rules", "SELECT max(value) FILTER (WHERE name = 'text_rules'),"
			      "       bool_or(name = 'require_advertiser' AND value = 'on'),"
			      "       bool_or(name = 'require_refusal' AND value = 'on'),"
			      "       string_to_array(max(value) FILTER (WHERE name = "
			      "'advertiser_names'), E'\\n')"
			      "  FROM setting"};
	const char *name[NAMES_MAX];
	size_t len[NAMES_MAX], names;
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "mode", pg_text(rows, 0, 0));
	json_put_bool(&r->json, "require_advertiser", pg_bool(rows, 0, 1));
	json_put_bool(&r->json, "require_refusal", pg_bool(rows, 0, 2));
	json_array(&r->json, "advertiser_names");
	names = pg_text_array(rows, 0, 3, name, len, NAMES_MAX);
	for (size_t i = 0; i < names && i < NAMES_MAX; i++)
		json_put_text_len(&r->json, NULL, name[i], len[i]);
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* GET /v1/text-rules */
bool text_rules_get(struct request *r, struct err *err)
{
	return reply_rules(r, err);
}

struct wanted {
	const char *mode, *name[NAMES_MAX]; /* borrowed from the document */
	size_t names;
	bool wants_name, wants_refusal;
};

static void names_in(struct json_in *in, struct wanted *w)
{
	const cJSON *list, *item;

	if (json_in_null(in, "advertiser_names"))
		return;
	list = json_in_array(in, "advertiser_names", JSON_REQUIRED, NAMES_MAX);
	cJSON_ArrayForEach(item, list)
	{
		const char *name = cJSON_IsString(item) ? item->valuestring : "";

		if (name[0] == '\0' || strlen(name) > NAME_CHARS || strpbrk(name, "\n\r\t") != NULL)
			json_in_refuse(in, "advertiser_names", name,
				       "names of one line and 100 bytes at most");
		else if (w->names < NAMES_MAX)
			w->name[w->names++] = name;
	}
}

static void wanted_in(struct request *r, const cJSON *doc, struct wanted *w)
{
	struct json_in in;

	*w = (struct wanted){0};
	json_in_begin(&in, doc, &r->problem, "");
	w->mode = json_in_text(&in, "mode", JSON_REQUIRED, 10);
	w->wants_name = json_in_bool(&in, "require_advertiser", JSON_REQUIRED, false);
	w->wants_refusal = json_in_bool(&in, "require_refusal", JSON_REQUIRED, false);
	names_in(&in, w);
	if (w->mode != NULL && strcmp(w->mode, "off") != 0 && strcmp(w->mode, "warn") != 0 &&
	    strcmp(w->mode, "review") != 0)
		json_in_refuse(&in, "mode", w->mode, "off, warn or review");
	if (w->wants_name && w->names == 0 && !problem_found(&r->problem))
		json_in_refuse(&in, "advertiser_names", "",
			       "at least one name, when advertising must name the advertiser");
	json_in_end(&in);
}

/* PUT /v1/text-rules */
bool text_rules_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"text_rules_put",
		"UPDATE setting s SET value = n.value FROM (VALUES ('text_rules', $1::text),"
		"       ('require_advertiser', $2::text), ('require_refusal', $3::text),"
		"       ('advertiser_names', array_to_string($4::text[], E'\\n'))) n(name, value)"
		" WHERE s.name = n.name AND s.value <> n.value"};
	struct cJSON *doc = NULL;
	struct wanted w;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	wanted_in(r, doc, &w);
	if (!problem_found(&r->problem)) {
		pg_param_text(r->params, w.mode);
		pg_param_text(r->params, w.wants_name ? "on" : "off");
		pg_param_text(r->params, w.wants_refusal ? "on" : "off");
		pg_param_text_array(r->params, w.name, w.names);
		ok = request_query(r, &put, NULL, err);
	}
	if (ok && !problem_found(&r->problem)) {
		log_info("text rules changed", LS("mode", w.mode));
		ok = reply_rules(r, err);
	}
	json_free(&doc);
	return ok;
}
