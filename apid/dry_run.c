/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dry_run - POST and GET /v1/campaigns/{id}/dry-run: everything but the wire.
 *
 * The whole audience is judged, rendered, routed and priced by the campaign's estimate, which uses
 * the very rules that dispatcherd sends by and stores nothing on the messages' path; limits are
 * looked at and not used.  To that comes what forbids a launch, what the permitted hours leave no
 * time for, and texts of each variant as clients would read them. */
#include "apid/estimate.h"
#include "apid/forecast.h"
#include "apid/preview.h"
#include "apid/text_check.h"
#include "common/base/mem.h"

#define SAMPLES_SHOWN 5

struct dry_run {
	struct request *r;
	int64_t id;
	struct terms terms;
	struct audience audience;
	bool done;
};

/* --- showing -------------------------------------------------------------------------------------
 */

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

/* Null until the audience is counted. */
static bool put_hours(struct dry_run *d, struct err *err)
{
	struct json_out *json = &d->r->json;
	struct forecast forecast;

	if (!d->done) {
		json_put_null(json, "waiting");
		json_put_null(json, "cut");
		return true;
	}
	if (!forecast_make(d->r, &d->terms, &d->audience, &forecast, err))
		return false;
	json_put_int(json, "waiting", forecast.waiting);
	json_put_int(json, "cut", forecast.cut);
	return true;
}

/* Some clients' texts, and whom the text cannot be made for. */
static bool put_text(struct dry_run *d, int variant, const struct render_plan *plan,
		     struct err *err)
{
	const struct preview preview = {
		.plan = plan,
		.list_id = d->terms.list_id,
		.account_id = d->terms.account_id,
		.category = d->terms.category,
	};
	struct json_out *json = &d->r->json;
	struct samples *samples = mem_calloc(1, sizeof(*samples));
	bool ok;

	json_object(json, NULL);
	json_put_int(json, "variant", variant);
	ok = samples_take(d->r, &preview, samples, err);
	if (ok)
		samples_put(json, samples, SAMPLES_SHOWN);
	ok = ok && text_put_lacking(d->r, plan, d->terms.list_id, err);
	json_object_end(json);
	samples_deinit(samples);
	mem_free(samples);
	return ok;
}

static bool put_texts(struct dry_run *d, struct err *err)
{
	bool ok = true;

	json_array(&d->r->json, "texts");
	for (int i = 0; ok && d->terms.plan != NULL && i <= d->terms.variants.count; i++)
		ok = put_text(d, i, i == 0 ? d->terms.plan : d->terms.further[i - 1], err);
	json_array_end(&d->r->json);
	return ok;
}

static bool put_body(struct pg *pg, void *arg, struct err *err)
{
	struct dry_run *d = arg;
	bool ok;

	/* Begun again where the transaction is. */
	(void)pg;
	json_out_reset(&d->r->json);
	if (!terms_load(d->r, d->id, &d->terms, err))
		return false;
	if (problem_found(&d->r->problem))
		return true;
	json_object(&d->r->json, NULL);
	ok = estimate_put(d->r, d->id, &d->done, &d->audience, err);
	if (ok && !problem_found(&d->r->problem)) {
		put_problems(&d->r->json, &d->terms);
		ok = put_hours(d, err) && put_texts(d, err);
		json_object_end(&d->r->json);
	}
	terms_deinit(&d->terms);
	return ok;
}

static bool answer(struct request *r, int64_t id, int status, struct err *err)
{
	struct dry_run *d = mem_calloc(1, sizeof(*d));
	bool ok;

	d->r = r;
	d->id = id;
	ok = pg_transaction(r->pg, put_body, d, err);
	mem_free(d);
	return ok && (problem_found(&r->problem) || request_reply(r, status));
}

/* --- the operations ------------------------------------------------------------------------------
 */

bool dry_run_start(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "campaign", &id) ||
	       (estimate_ask(r, id, err) && answer(r, id, 202, err));
}

bool dry_run_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "campaign", &id) || answer(r, id, 200, err);
}
