/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_forecast - GET /v1/campaigns/{id}/forecast: when it will be finished.
 *
 * With everything else that is planned or running, at the rates the accounts were measured at.  Of
 * one that is paused: if it went on now. */
#include <math.h>
#include <string.h>

#include "apid/load.h"
#include "common/base/mem.h"

#define HOUR_US	  3600000000LL
#define HOURS_MAX 168

struct ask {
	struct request *r;
	int64_t id;
};

/* What of the asked campaign leaves by hours. */
struct by_hour {
	size_t campaign;
	int64_t first_us; /* a whole hour */
	double messages[HOURS_MAX];
};

static void on_flow(void *arg, const struct fluid_stream *s, int64_t from, int64_t to,
		    double messages)
{
	struct by_hour *b = arg;
	double per_us = messages / (double)(to - from);

	if (s->campaign != b->campaign)
		return;
	for (int64_t at = from; at < to;) {
		int64_t hour = (at - b->first_us) / HOUR_US;
		int64_t end = b->first_us + (hour + 1) * HOUR_US;

		end = end < to ? end : to;
		if (hour < HOURS_MAX)
			b->messages[hour] += per_us * (double)(end - at);
		at = end;
	}
}

static void put_hours(struct json_out *json, const struct by_hour *b)
{
	json_array(json, "hours");
	for (size_t i = 0; i < HOURS_MAX; i++) {
		if (b->messages[i] < 0.5)
			continue;
		json_object(json, NULL);
		json_put_time(json, "at", b->first_us + (int64_t)i * HOUR_US);
		json_put_int(json, "messages", llround(b->messages[i]));
		json_object_end(json);
	}
	json_array_end(json);
}

/* The accounts that carry some of it. */
static void put_accounts(struct json_out *json, const struct load *l, const bool *used)
{
	json_array(json, "accounts");
	for (size_t i = 0; i < l->fluid.account_count; i++) {
		const struct load_account *a = &l->account[i];

		if (!used[i])
			continue;
		json_object(json, NULL);
		json_put_text(json, "account", a->name);
		json_put_bool(json, "up", a->up);
		json_put_int(json, "limit_per_s", (int64_t)a->limit);
		if (a->measured > 0)
			json_put_hundredths(json, "measured_per_s", llround(a->measured * 100));
		else
			json_put_null(json, "measured_per_s");
		json_object_end(json);
	}
	json_array_end(json);
}

static bool forecast_body(struct pg *pg, void *arg, struct err *err)
{
	struct ask *ask = arg;
	struct request *r = ask->r;
	struct json_out *json = &r->json;
	struct load *l = NULL;
	struct by_hour *hours = mem_calloc(1, sizeof(*hours));
	bool used[LOAD_ACCOUNTS_MAX] = {false};
	bool ok;

	(void)pg;
	json_out_reset(json);
	ok = load_read(r, ask->id, &l, err);
	if (ok && !problem_found(&r->problem)) {
		size_t at = load_find(l, ask->id);
		const struct load_campaign *c = &l->campaign[at];
		const struct fluid_campaign *f = &l->flow[at];

		for (size_t i = 0; i < l->fluid.stream_count; i++)
			if (l->stream[i].campaign == at)
				used[l->stream[i].account] = true;
		hours->campaign = at;
		hours->first_us = l->now_us / HOUR_US * HOUR_US;
		fluid_run(&l->fluid, l->now_us, l->now_us + LOAD_HORIZON_US, on_flow, hours);
		json_object(json, NULL);
		json_put_id(json, "campaign_id", ask->id);
		json_put_text(json, "status", c->status);
		json_put_time(json, "at", l->now_us);
		json_put_time(json, "starts_at", f->starts_us);
		json_put_time(json, "ends_at",
			      f->ends_us != FLUID_NEVER	    ? f->ends_us
			      : c->left == 0 && !f->unknown ? l->now_us
							    : 0);
		json_put_bool(json, "known", !f->unknown);
		json_put_bool(json, "complete", !l->cut_off);
		json_put_int(json, "left", llround(c->left));
		json_put_int(json, "cut", llround(f->cut));
		put_accounts(json, l, used);
		put_hours(json, hours);
		json_object_end(json);
	}
	load_free(&l);
	mem_free(hours);
	return ok;
}

bool load_put_estimate(struct request *r, int64_t campaign_id, struct err *err)
{
	struct load *l = NULL;
	bool ok = load_read(r, campaign_id, &l, err);

	if (ok && !problem_found(&r->problem)) {
		size_t at = load_find(l, campaign_id);
		const struct fluid_campaign *f = &l->flow[at];

		fluid_run(&l->fluid, l->now_us, l->now_us + LOAD_HORIZON_US, NULL, NULL);
		json_object(&r->json, "forecast");
		json_put_time(&r->json, "at", l->now_us);
		json_put_time(&r->json, "starts_at", f->starts_us);
		json_put_time(&r->json, "ends_at", f->ends_us != FLUID_NEVER ? f->ends_us : 0);
		json_put_bool(&r->json, "known", !f->unknown);
		json_put_int(&r->json, "cut", llround(f->cut));
		json_object_end(&r->json);
	}
	load_free(&l);
	return ok;
}

/* GET /v1/campaigns/{id}/forecast */
bool campaign_forecast(struct request *r, struct err *err)
{
	struct ask ask = {.r = r};

	if (!request_id(r, 0, "campaign", &ask.id))
		return true;
	return pg_transaction(r->pg, forecast_body, &ask, err) &&
	       (problem_found(&r->problem) || request_reply(r, 200));
}
