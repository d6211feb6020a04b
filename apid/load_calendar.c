/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* load_calendar - GET /v1/load-calendar: what is expected to leave hour by hour, of whom, against
 * what the accounts can carry.
 *
 * Everything shares the accounts, so everything is counted; campaigns of departments that are not
 * the caller's are told as one number, without names. */
#include <math.h>
#include <string.h>

#include "apid/load.h"
#include "common/base/mem.h"
#include "common/web/json.h"

#define HOUR_US	  3600000000LL
#define HOURS_MAX (31 * 24)

struct calendar {
	struct request *r;
	int64_t from_us, to_us;
	size_t hours;
	double *parts; /* [hour][campaign] */
};

static void on_flow(void *arg, const struct fluid_stream *s, int64_t from, int64_t to,
		    double messages)
{
	struct calendar *c = arg;
	double per_us = messages * s->parts_each / (double)(to - from);

	if (from < c->from_us)
		from = c->from_us;
	for (int64_t at = from; at < to && at < c->to_us;) {
		int64_t hour = (at - c->from_us) / HOUR_US;
		int64_t end = c->from_us + (hour + 1) * HOUR_US;

		end = end < to ? end : to;
		c->parts[(size_t)hour * LOAD_CAMPAIGNS_MAX + s->campaign] +=
			per_us * (double)(end - at);
		at = end;
	}
}

static void put_campaigns(struct json_out *json, const struct load *l)
{
	json_array(json, "campaigns");
	for (size_t i = 0; i < l->fluid.campaign_count; i++) {
		const struct load_campaign *c = &l->campaign[i];
		const struct fluid_campaign *f = &l->flow[i];

		if (!c->ours)
			continue;
		json_object(json, NULL);
		json_put_id(json, "campaign_id", c->id);
		json_put_text(json, "name", c->name);
		json_put_text(json, "status", c->status);
		json_put_id(json, "department_id", c->department_id);
		json_put_text(json, "department", c->department);
		json_put_time(json, "starts_at", f->starts_us);
		json_put_time(json, "ends_at", f->ends_us != FLUID_NEVER ? f->ends_us : 0);
		json_put_int(json, "left", llround(c->left));
		json_put_int(json, "cut", llround(f->cut));
		json_object_end(json);
	}
	json_array_end(json);
}

/* An hour's parts by department; departments in the order of its campaigns. */
static void put_departments(struct json_out *json, const struct load *l, const double *parts)
{
	json_array(json, "departments");
	for (size_t i = 0; i < l->fluid.campaign_count; i++) {
		int64_t id = l->campaign[i].department_id;
		double sum = 0;
		bool seen = false;

		for (size_t k = 0; k < l->fluid.campaign_count; k++) {
			if (l->campaign[k].department_id != id)
				continue;
			seen = seen || k < i;
			sum += parts[k];
		}
		if (seen || sum < 0.5 || !l->campaign[i].ours)
			continue;
		json_object(json, NULL);
		json_put_id(json, "department_id", id);
		json_put_int(json, "parts", llround(sum));
		json_object_end(json);
	}
	json_array_end(json);
}

/* Parts an hour of all accounts that can send; null when nobody knows of one how fast it is. */
static void put_capacity(struct json_out *json, const struct load *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->fluid.account_count; i++) {
		if (!l->account[i].up)
			continue;
		if (l->pipe[i].parts_per_s == 0) {
			json_put_null(json, "capacity");
			return;
		}
		sum += l->pipe[i].parts_per_s;
	}
	json_put_int(json, "capacity", llround(sum * 3600));
}

static void put_hours(struct json_out *json, const struct load *l, const struct calendar *c)
{
	json_array(json, "hours");
	for (size_t h = 0; h < c->hours; h++) {
		const double *parts = &c->parts[h * LOAD_CAMPAIGNS_MAX];
		double sum = 0, others = 0;

		for (size_t i = 0; i < l->fluid.campaign_count; i++) {
			sum += parts[i];
			others += l->campaign[i].ours ? 0 : parts[i];
		}
		json_object(json, NULL);
		json_put_time(json, "at", c->from_us + (int64_t)h * HOUR_US);
		json_put_int(json, "parts", llround(sum));
		json_put_int(json, "others", llround(others));
		json_array(json, "campaigns");
		for (size_t i = 0; i < l->fluid.campaign_count; i++) {
			if (parts[i] < 0.5 || !l->campaign[i].ours)
				continue;
			json_object(json, NULL);
			json_put_id(json, "campaign_id", l->campaign[i].id);
			json_put_int(json, "parts", llround(parts[i]));
			json_object_end(json);
		}
		json_array_end(json);
		put_departments(json, l, parts);
		json_object_end(json);
	}
	json_array_end(json);
}

static bool calendar_body(struct pg *pg, void *arg, struct err *err)
{
	struct calendar *c = arg;
	struct json_out *json = &c->r->json;
	struct load *l = NULL;
	bool ok;

	(void)pg;
	json_out_reset(json);
	memset(c->parts, 0, c->hours * LOAD_CAMPAIGNS_MAX * sizeof(*c->parts));
	ok = load_read(c->r, 0, &l, err);
	if (ok) {
		if (l->now_us == 0)
			l->now_us = c->from_us;
		fluid_run(&l->fluid, l->now_us, l->now_us + LOAD_HORIZON_US, on_flow, c);
		json_object(json, NULL);
		put_capacity(json, l);
		json_put_bool(json, "complete", !l->cut_off);
		put_campaigns(json, l);
		put_hours(json, l, c);
		json_object_end(json);
	}
	load_free(&l);
	return ok;
}

/* A whole hour; false: the problem is filled. */
static bool hour_from(struct request *r, const char *name, int64_t *out)
{
	const char *text = http_query(r->call, name);

	if (text == NULL || !rfc3339_parse(text, out)) {
		problem_field(&r->problem, name, text != NULL ? text : "nothing",
			      "a time such as 2026-11-22T10:00:00Z");
		return false;
	}
	*out = *out / HOUR_US * HOUR_US;
	return true;
}

/* GET /v1/load-calendar?from=&to= */
bool load_calendar_get(struct request *r, struct err *err)
{
	struct calendar c = {.r = r};
	bool ok;

	if (!hour_from(r, "from", &c.from_us) || !hour_from(r, "to", &c.to_us))
		return true;
	if (c.to_us <= c.from_us || c.to_us - c.from_us > HOURS_MAX * HOUR_US) {
		problem_field(&r->problem, "to", http_query(r->call, "to"),
			      "a time at least an hour and at most 31 days after from");
		return true;
	}
	c.hours = (size_t)((c.to_us - c.from_us) / HOUR_US);
	c.parts = mem_calloc(c.hours * LOAD_CAMPAIGNS_MAX, sizeof(*c.parts));
	ok = pg_transaction(r->pg, calendar_body, &c, err);
	mem_free(c.parts);
	return ok && request_reply(r, 200);
}
