/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* preview - POST /v1/texts/preview: what is wrong with a text, and how clients would read it. */
#include "apid/preview.h"

#include <stdio.h>
#include <string.h>

#include "apid/campaign_request.h"
#include "apid/placeholders.h"
#include "apid/routing.h"
#include "apid/text_check.h"
#include "common/base/mem.h"
#include "common/model/plans.h"
#include "common/web/json.h"

#define SAMPLES_SHOWN 5

struct wish {
	const char *text; /* borrowed from the document */
	int64_t list_id;
	int64_t limit;
	enum sms_spelling spelling;
	bool thorough; /* look at every client for what is lacking and what is longest */
};

static void read_wish(struct request *r, const struct cJSON *doc, struct wish *out)
{
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	out->text = json_in_text(&in, "text", JSON_REQUIRED, TEXT_CHARS_MAX);
	out->list_id = json_in_id(&in, "list_id", JSON_OPTIONAL);
	out->limit = json_in_int(&in, "limit", JSON_OPTIONAL, 1, SAMPLES_SHOWN_MAX, SAMPLES_SHOWN);
	out->spelling = spelling_in(&in, SPELLING_AS_IS);
	out->thorough = json_in_bool(&in, "thorough", JSON_OPTIONAL, false);
	json_in_end(&in);
}

/* --- problems ------------------------------------------------------------------------------------
 */

static void put_problem(struct json_out *json, size_t position, const char *message)
{
	json_object(json, NULL);
	json_put_int(json, "position", (int64_t)position);
	json_put_sentence(json, "message", message);
	json_object_end(json);
}

static size_t position_of(const struct template *template, const char *name)
{
	for (size_t i = 0; i < template_field_count(template); i++)
		if (strcmp(template_field_name(template, i), name) == 0)
			return template_field_at(template, i);
	panic("a field without a place");
}

/* A pool of another department is none. */
static bool put_unknown_pool(struct request *r, const struct render_plan *plan, struct err *err)
{
	size_t at;
	const char *pool = template_promo_pool(render_plan_template(plan), &at);
	char message[400];
	bool outside;

	if (!scope_outside(r->pg, &r->caller, SCOPE_PROMO_POOL_ABOVE, RIGHT_CAMPAIGNS_EDIT,
			   render_plan_pool(plan), &outside, err))
		return false;
	if (pool == NULL || (render_plan_pool(plan) != 0 && !outside))
		return true;
	snprintf(message, sizeof(message),
		 "There is no pool of promo codes \"%s\". Choose another one", pool);
	put_problem(&r->json, at, message);
	return true;
}

/* The items of the array of problems. */
static bool put_unknown(struct request *r, const struct render_plan *plan, struct err *err)
{
	const char *names[TEMPLATE_FIELDS_MAX];
	size_t count = render_plan_unbound(plan, names);

	for (size_t i = 0; i < count; i++) {
		char message[400];

		snprintf(message, sizeof(message),
			 "No client has a field {%s}. Choose one of those known", names[i]);
		put_problem(&r->json, position_of(render_plan_template(plan), names[i]), message);
	}
	return put_unknown_pool(r, plan, err);
}

/* --- the answer ----------------------------------------------------------------------------------
 */

static void put_placeholders(struct json_out *json, const struct render_plan *plan)
{
	const struct template *template = render_plan_template(plan);

	json_array(json, "placeholders");
	for (size_t i = 0; i < template_field_count(template); i++)
		json_put_text(json, NULL, template_field_name(template, i));
	json_array_end(json);
}

/* Null when no sampled client gets a text in this spelling. */
static void put_parts(struct json_out *json, const struct samples *s, enum sms_spelling spelling)
{
	int64_t min = 0, max = 0, sum = 0, count = 0;

	for (size_t i = 0; i < s->count; i++) {
		int64_t parts = s->item[i].spelled[spelling].parts;

		if (parts == 0)
			continue;
		min = count == 0 || parts < min ? parts : min;
		max = parts > max ? parts : max;
		sum += parts;
		count++;
	}
	if (count == 0) {
		json_put_null(json, "parts");
		return;
	}
	json_object(json, "parts");
	json_put_int(json, "min", min);
	json_put_int(json, "max", max);
	json_put_hundredths(json, "average", (sum * 100 + count / 2) / count);
	json_object_end(json);
}

/* What a message costs in each spelling, on the average of those sampled. */
static void put_spellings(struct json_out *json, const struct samples *s)
{
	json_array(json, "spellings");
	for (int spelling = 0; spelling <= SPELLING_LAST; spelling++) {
		int64_t texts = 0, rewritten = 0, cost_micro = 0;

		for (size_t i = 0; i < s->count; i++) {
			const struct sample *item = &s->item[i];

			texts += item->spelled[spelling].parts > 0;
			rewritten += item->spelled[spelling].rewritten;
			cost_micro += item->spelled[spelling].cost_micro;
		}
		json_object(json, NULL);
		json_put_text(json, "spelling", spelling_name((enum sms_spelling)spelling));
		put_parts(json, s, (enum sms_spelling)spelling);
		json_put_int(json, "rewritten", rewritten);
		json_put_micro(json, "cost_each", texts > 0 ? (cost_micro + texts / 2) / texts : 0);
		json_object_end(json);
	}
	json_array_end(json);
}

/* How many sampled texts each alphabet has, and the most parts of one. */
static void put_alphabets(struct json_out *json, const struct samples *s)
{
	static const struct {
		const char *name;
		enum sms_encoding encoding;
	} alphabets[] = {{"gsm7", SMS_GSM7}, {"ucs2", SMS_UCS2}};

	json_array(json, "alphabets");
	for (size_t a = 0; a < sizeof(alphabets) / sizeof(alphabets[0]); a++) {
		int64_t texts = 0, parts_max = 0;

		for (size_t i = 0; i < s->count; i++) {
			const struct sample *item = &s->item[i];

			if (item->parts == 0 || item->encoding != alphabets[a].encoding)
				continue;
			texts++;
			parts_max = item->parts > parts_max ? item->parts : parts_max;
		}
		if (texts == 0)
			continue;
		json_object(json, NULL);
		json_put_text(json, "encoding", alphabets[a].name);
		json_put_int(json, "texts", texts);
		json_put_int(json, "parts_max", parts_max);
		json_object_end(json);
	}
	json_array_end(json);
}

/* A text that is no template has its one problem and nothing else. */
static bool reply_broken(struct request *r, size_t at, const struct err *err)
{
	json_object(&r->json, NULL);
	json_array(&r->json, "problems");
	put_problem(&r->json, at, err->msg);
	json_array_end(&r->json);
	json_array(&r->json, "placeholders");
	json_array_end(&r->json);
	json_array(&r->json, "samples");
	json_array_end(&r->json);
	json_put_int(&r->json, "sampled", 0);
	json_put_null(&r->json, "parts");
	json_array(&r->json, "spellings");
	json_array_end(&r->json);
	json_array(&r->json, "alphabets");
	json_array_end(&r->json);
	json_put_int(&r->json, "no_text", 0);
	json_object_end(&r->json);
	return request_reply(r, 200);
}

static bool reply_samples(struct request *r, const struct samples *s, const struct wish *wish,
			  struct err *err)
{
	const struct render_plan *plan = s->preview->plan;

	json_object(&r->json, NULL);
	json_array(&r->json, "problems");
	if (!put_unknown(r, plan, err))
		return false;
	json_array_end(&r->json);
	put_placeholders(&r->json, plan);
	samples_put(&r->json, s, (size_t)wish->limit);
	json_put_int(&r->json, "sampled", (int64_t)s->count);
	put_parts(&r->json, s, render_plan_spelling(plan));
	put_spellings(&r->json, s);
	put_alphabets(&r->json, s);
	json_put_int(&r->json, "no_text", (int64_t)s->no_text);
	if (wish->thorough && (!text_put_lacking(r, plan, wish->list_id, err) ||
			       !text_put_worst(r, plan, wish->list_id, err)))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}

static bool answer(struct request *r, const struct wish *wish, struct err *err)
{
	struct preview preview = {.list_id = wish->list_id};
	struct template *template = NULL;
	struct render_plan *plan = NULL;
	struct samples *samples;
	struct err broken;
	size_t at;
	bool ok;

	if (!template_compile_at(wish->text, strlen(wish->text), &template, &at, &broken))
		return reply_broken(r, at, &broken);
	template_free(&template);
	if (!plan_load(r->pg, wish->text, strlen(wish->text), wish->list_id, &plan, err))
		return false;
	render_plan_set_spelling(plan, wish->spelling);
	preview.plan = plan;
	samples = mem_calloc(1, sizeof(*samples));
	ok = routing_hold(r->api->routing, r->pg, &preview.routes, err) &&
	     samples_take(r, &preview, samples, err) && reply_samples(r, samples, wish, err);
	routing_drop(r->api->routing, preview.routes);
	samples_deinit(samples);
	mem_free(samples);
	render_plan_free(&plan);
	return ok;
}

/* POST /v1/texts/preview */
bool text_preview(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct wish wish;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_wish(r, doc, &wish);
	if (!problem_found(&r->problem))
		ok = placeholders_may_list(r, RIGHT_CAMPAIGNS_EDIT, wish.list_id, err) &&
		     (problem_found(&r->problem) || answer(r, &wish, err));
	json_free(&doc);
	return ok;
}
