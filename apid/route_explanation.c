/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_explanation - why a message to a number would go by the account it would go by.
 *
 * Asked by POST: a telephone number has no place in an address. */
#include "apid/api.h"
#include "apid/routing.h"
#include "common/model/phone.h"
#include "common/model/sender.h"
#include "common/route/explanation.h"
#include "common/web/json.h"

#define TEXT_CHARS 4000

static void put_rule(struct json_out *json, const struct route_rule *rule)
{
	if (rule == NULL) {
		json_put_null(json, "rule");
		return;
	}
	json_object(json, "rule");
	json_put_id(json, "id", rule->id);
	json_put_text(json, "name", rule->name);
	json_object_end(json);
}

/* What it would cost; null where nobody asked for its price any more. */
static void put_cost(struct json_out *json, const struct route_verdict *v)
{
	if (v->expected_micro <= 0) {
		json_put_null(json, "price");
		json_put_null(json, "expected_cost");
		return;
	}
	json_object(json, "price");
	json_put_micro(json, "each", v->price.price_micro);
	json_put_micro(json, "message", v->cost_micro);
	json_put_text(json, "unit", v->price.per_message ? "message" : "part");
	json_put_text(json, "charge_on", v->price.on_delivery ? "delivery" : "acceptance");
	if (v->price.row != 0)
		json_put_id(json, "tariff_row_id", v->price.row);
	else
		json_put_null(json, "tariff_row_id");
	json_put_bool(json, "registered", v->registered);
	json_object_end(json);
	json_put_micro(json, "expected_cost", (int64_t)v->expected_micro);
}

static void put_candidate(struct json_out *json, const struct explanation_candidate *c, bool chosen)
{
	const struct route_verdict *v = &c->verdict;

	json_object(json, NULL);
	json_put_id(json, "account_id", c->account->id);
	json_put_text(json, "account", c->account->name);
	json_put_bool(json, "chosen", chosen);
	json_put_text(json, "barred_by", v->bar == ROUTE_CAN ? NULL : route_bar_name(v->bar));
	json_put_sentence(json, "reason", v->bar == ROUTE_CAN ? NULL : route_bar_text(v->bar));
	put_cost(json, v);
	if (v->rate > 0)
		json_put_hundredths(json, "delivery_percent", (int64_t)(v->rate * 10000));
	else
		json_put_null(json, "delivery_percent");
	json_object(json, "health");
	json_put_bool(json, "up", c->account->up);
	json_put_int(json, "points", c->measure->points);
	json_put_int(json, "grade", c->measure->grade);
	json_put_bool(json, "on_trial", c->measure->trial);
	json_object_end(json);
	json_put_bool(json, "listed", v->listed);
	json_put_text(json, "contract", c->contract[0] != '\0' ? c->contract : NULL);
	if (c->cap_left >= 0)
		json_put_int(json, "cap_left", c->cap_left);
	else
		json_put_null(json, "cap_left");
	json_object_end(json);
}

static bool reply(struct request *r, const struct explanation *e, const struct explanation_ask *ask)
{
	struct json_out *json = &r->json;

	json_object(json, NULL);
	json_put_phone(json, "phone", ask->msisdn);
	json_put_text(json, "operator", e->operator_name[0] != '\0' ? e->operator_name : NULL);
	json_put_bool(json, "ported", e->ported);
	json_put_int(json, "parts", e->parts.count);
	json_put_text(json, "encoding", e->parts.encoding == SMS_GSM7 ? "gsm7" : "ucs2");
	put_rule(json, e->rule);
	if (e->routed)
		json_put_id(json, "account_id", e->decision.account->id);
	else
		json_put_null(json, "account_id");
	json_array(json, "candidates");
	for (size_t i = 0; i < e->count; i++)
		put_candidate(json, &e->candidate[i],
			      e->routed && e->decision.account == e->candidate[i].account);
	json_array_end(json);
	json_object_end(json);
	return request_reply(r, 200);
}

static bool explain(struct request *r, const struct explanation_ask *ask, struct err *err)
{
	const struct route_store *store = NULL;
	struct explanation *e = NULL;
	bool ok;

	if (!routing_hold(r->api->routing, r->pg, &store, err))
		return false;
	ok = explanation_make(store, r->pg, ask, &e, err);
	if (ok) {
		ok = reply(r, e, ask);
		explanation_free(&e);
	} else if (err->kind == ERR_LIMIT) {
		problem_field(&r->problem, "text", "a text of more than 63 parts",
			      "a shorter text");
		ok = true;
	}
	routing_drop(r->api->routing, store);
	return ok;
}

/* POST /v1/route-explanation */
bool route_explanation(struct request *r, struct err *err)
{
	struct explanation_ask ask;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	ask = (struct explanation_ask){
		.msisdn = phone_in(&in, "phone", JSON_REQUIRED),
		.category = category_in(&in, JSON_OPTIONAL, CATEGORY_ADVERTISING),
		.class = class_in(&in, JSON_OPTIONAL, CLASS_ADVERTISING),
		.sender = json_in_text(&in, "sender", JSON_OPTIONAL, 20),
		.text = json_in_text(&in, "text", JSON_OPTIONAL, TEXT_CHARS),
		.pinned = (int16_t)json_in_id(&in, "account_id", JSON_OPTIONAL),
	};
	json_in_end(&in);
	if (ask.sender == NULL)
		ask.sender = "";
	if (ask.text == NULL)
		ask.text = "";
	if (!problem_found(&r->problem))
		ok = explain(r, &ask, err);
	json_free(&doc);
	return ok;
}
