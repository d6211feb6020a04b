/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_test - POST /v1/campaigns/{id}/test: the message as one client would get it, to one's
 * own telephone.
 *
 * It goes the urgent way of single messages, as class service, and belongs to no run: nothing of
 * the campaign counts it. */
#include <stdio.h>
#include <string.h>

#include "apid/campaign_terms.h"
#include "apid/intake.h"
#include "apid/preview.h"
#include "common/base/mem.h"
#include "common/web/json.h"

#define VALIDITY_S	 3600
#define ANSWER_BYTES_MAX 4096

struct trial {
	struct request *r;
	int64_t msisdn;	   /* of the person who asked */
	int64_t client_id; /* whose text it is; 0: one of the list */
	int variant;	   /* which of the texts; 0: the first */
	struct terms terms;
	struct samples samples;
	const struct sample *sample;
};

/* --- what is asked -------------------------------------------------------------------------------
 */

static bool read_wish(struct trial *t)
{
	struct request *r = t->r;
	struct cJSON *doc = NULL;
	struct json_in in;
	size_t len;

	(void)http_body(r->call, &len);
	if (len == 0)
		return true;
	if (!request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	t->client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	t->variant = (int)json_in_int(&in, "variant", JSON_OPTIONAL, 0, ASSIGN_VARIANTS_MAX - 1, 0);
	json_in_end(&in);
	json_free(&doc);
	return !problem_found(&r->problem);
}

static bool find_own_phone(struct trial *t, struct err *err)
{
	static const struct pg_stmt find = {"person_phone",
					    "SELECT phone FROM person WHERE id = $1::bigint"};
	struct request *r = t->r;
	struct pg_result *rows = NULL;

	if (r->caller.person_id == 0) {
		problem_set(&r->problem, 403, "forbidden", "You may not do this",
			    "A test message goes to the telephone of the person who asks for it; a "
			    "program has none. Send it with POST /v1/messages");
		return true;
	}
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	t->msisdn = pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	pg_result_free(&rows);
	if (t->msisdn == 0)
		problem_set(&r->problem, 409, "no-own-phone", "Your telephone number is not known",
			    "Enter your number in your profile; test messages go there");
	return true;
}

/* --- what is sent --------------------------------------------------------------------------------
 */

/* Whom the campaign goes to is of no matter here. */
static void refuse_unready(struct trial *t)
{
	for (size_t i = 0; i < t->terms.problem_count; i++)
		if (strcmp(t->terms.problem[i].field, "list_id") != 0)
			problem_field(&t->r->problem, t->terms.problem[i].field, "",
				      t->terms.problem[i].message);
}

/* The client asked for, or the first who gets a text. */
static bool choose_sample(struct trial *t)
{
	struct problem *problem = &t->r->problem;

	if (t->client_id != 0 && t->samples.count == 0)
		return problem_not_found(problem, "client");
	for (size_t i = 0; i < t->samples.count && t->sample == NULL; i++)
		if (t->samples.item[i].parts > 0)
			t->sample = &t->samples.item[i];
	if (t->sample == NULL) {
		problem_field(problem, t->client_id != 0 ? "client_id" : "list_id", "",
			      "a client for whom there is a text: no field is empty without a "
			      "fallback");
		return false;
	}
	if (t->sample->parts <= t->terms.max_parts)
		return true;
	problem_field(problem, "text", "", "a text that fits into max_parts parts");
	return false;
}

static bool send(struct trial *t, struct err *err)
{
	struct request *r = t->r;
	struct message_item item = {
		.msisdn = t->msisdn,
		.sender = t->terms.sender,
		.account_id = t->terms.account_id,
		.max_parts = (int16_t)t->terms.max_parts,
		.validity_s = VALIDITY_S,
		.class = CLASS_SERVICE,
		.category = CATEGORY_SERVICE,
		.lane = LANE_URGENT,
		.any_hour = true,
	};
	struct intake_job job = {
		.call = r->call, .items = &item, .count = 1, .caller = caller_number(&r->caller)};
	struct buf text;
	bool ok;

	buf_init(&text, COMPOSE_BYTES_MAX);
	buf_init(&job.answer, ANSWER_BYTES_MAX);
	problem_init(&job.problem);
	sample_text(&t->samples, t->sample, &text);
	item.text = buf_str(&text);
	ok = intake_store(r->api, r->pg, &job, 1, err);
	if (ok) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", item.id);
		json_put_text(&r->json, "text", item.text);
		json_put_int(&r->json, "parts", t->sample->parts);
		json_object_end(&r->json);
		ok = request_reply(r, 202);
	}
	problem_deinit(&job.problem);
	buf_deinit(&job.answer);
	buf_deinit(&text);
	return ok;
}

static bool render_and_send(struct trial *t, struct err *err)
{
	bool further = t->variant > 0 && t->variant <= t->terms.variants.count;
	const struct preview preview = {
		.plan = further ? t->terms.further[t->variant - 1] : t->terms.plan,
		.list_id = t->terms.list_id,
		.client_id = t->client_id,
		.account_id = t->terms.account_id,
		.category = t->terms.category,
	};
	bool ok;

	refuse_unready(t);
	if (t->variant > t->terms.variants.count)
		problem_field(&t->r->problem, "variant", "a text that the campaign has not",
			      "0 for its text, or which of its variants, from 1");
	if (problem_found(&t->r->problem))
		return true;
	ok = samples_take(t->r, &preview, &t->samples, err);
	if (ok && choose_sample(t))
		ok = send(t, err);
	samples_deinit(&t->samples);
	return ok;
}

static bool run(struct trial *t, int64_t id, struct err *err)
{
	bool ok;

	if (!find_own_phone(t, err))
		return false;
	if (problem_found(&t->r->problem))
		return true;
	if (!terms_load(t->r, id, &t->terms, err))
		return false;
	if (problem_found(&t->r->problem))
		return true;
	ok = render_and_send(t, err);
	terms_deinit(&t->terms);
	return ok;
}

/* POST /v1/campaigns/{id}/test */
bool campaign_test(struct request *r, struct err *err)
{
	struct trial *t;
	int64_t id;
	bool ok;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	t = mem_calloc(1, sizeof(*t));
	t->r = r;
	ok = !read_wish(t) || run(t, id, err);
	mem_free(t);
	return ok;
}
