/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_check - GET /v1/campaigns/{id}/check: what launching would do. */
#include <stdio.h>

#include "apid/budget.h"
#include "apid/campaign_known.h"
#include "apid/forecast.h"
#include "apid/preview.h"
#include "common/base/mem.h"

#define SAMPLES_SHOWN 3

struct check {
	struct request *r;
	int64_t id;
	struct terms terms;
	struct audience audience;
	struct forecast forecast;
};

/* --- showing -------------------------------------------------------------------------------------
 */

/* In every spelling, so that one sees what another one would save. */
static void put_spellings(struct json_out *json, const struct check *c)
{
	json_array(json, "spellings");
	for (int i = 0; c->terms.plan != NULL && i <= SPELLING_LAST; i++) {
		const struct audience_spelled *spelled = &c->audience.spelled[i];

		json_object(json, NULL);
		json_put_text(json, "spelling", spelling_name((enum sms_spelling)i));
		json_put_int(json, "recipients", spelled->recipients);
		json_put_int(json, "parts", spelled->parts);
		json_put_micro(json, "cost", spelled->cost_micro);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_times(struct json_out *json, const struct forecast *f)
{
	json_put_time(json, "starts_at", f->starts_at_us);
	json_put_int(json, "waiting", f->waiting);
	json_put_int(json, "cut", f->cut);
	if (f->duration_s < 0) {
		json_put_null(json, "duration_s");
		json_put_null(json, "ends_at");
		return;
	}
	json_put_int(json, "duration_s", f->duration_s);
	json_put_time(json, "ends_at", f->starts_at_us + f->duration_s * 1000000);
}

static void put_problems(struct json_out *json, const struct terms *t)
{
	json_array(json, "problems");
	for (size_t i = 0; i < t->problem_count; i++) {
		json_object(json, NULL);
		json_put_text(json, "field", t->problem[i].field);
		json_put_sentence(json, "message", t->problem[i].message);
		json_object_end(json);
	}
	json_array_end(json);
}

/* The samples, and which operators know their texts.  A text that cannot be rendered has none. */
static bool put_samples(struct check *c, struct err *err)
{
	struct json_out *json = &c->r->json;
	const struct preview preview = {
		.plan = c->terms.plan,
		.list_id = c->terms.list_id,
		.account_id = c->terms.account_id,
		.category = c->terms.category,
	};
	struct samples *samples;
	bool ok;

	if (preview.plan == NULL) {
		json_array(json, "samples");
		json_array_end(json);
		return known_put(c->r, &c->terms, NULL, err);
	}
	samples = mem_calloc(1, sizeof(*samples));
	ok = samples_take(c->r, &preview, samples, err);
	if (ok) {
		samples_put(json, samples, SAMPLES_SHOWN);
		ok = known_put(c->r, &c->terms, samples, err);
	}
	samples_deinit(samples);
	mem_free(samples);
	return ok;
}

static bool put_check(struct check *c, struct err *err)
{
	struct json_out *json = &c->r->json;

	json_object(json, NULL);
	audience_put(json, &c->audience);
	put_spellings(json, c);
	put_times(json, &c->forecast);
	put_problems(json, &c->terms);
	forecast_put_warnings(json, &c->forecast, &c->terms);
	if (!budget_put_launch(c->r, c->id, &c->audience, err) || !put_samples(c, err))
		return false;
	json_object_end(json);
	return true;
}

/* --- the operation -------------------------------------------------------------------------------
 */

/* One transaction, because counting reads in pieces. */
static bool check_body(struct pg *pg, void *arg, struct err *err)
{
	struct check *c = arg;
	bool ok;

	/* Begun again where the transaction is. */
	(void)pg;
	json_out_reset(&c->r->json);
	if (!terms_load(c->r, c->id, &c->terms, err))
		return false;
	if (problem_found(&c->r->problem))
		return true;
	c->terms.compare = true;
	ok = terms_count(c->r, &c->terms, &c->audience, err) &&
	     forecast_make(c->r, &c->terms, &c->audience, &c->forecast, err) && put_check(c, err);
	terms_deinit(&c->terms);
	return ok;
}

/* GET /v1/campaigns/{id}/check */
bool campaign_check(struct request *r, struct err *err)
{
	struct check *c;
	int64_t id;
	bool ok;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	c = mem_calloc(1, sizeof(*c));
	c->r = r;
	c->id = id;
	ok = pg_transaction(r->pg, check_body, c, err);
	mem_free(c);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}
