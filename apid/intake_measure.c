/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* intake_measure - the texts of a group of calls, who they are from, and what they come to; see
 * intake.h. */
#include <stdio.h>

#include "apid/intake.h"
#include "apid/routing.h"
#include "apid/sender_gate.h"
#include "common/base/mem.h"
#include "common/route/quote.h"

struct group {
	struct api *api;
	struct pg *pg;
	struct intake_job *jobs;
	size_t count;
	size_t messages;
	struct message_texts *texts;
};

/* A member of one of the job's messages is wrong. */
void intake_refuse(struct intake_job *job, size_t i, const char *field, const char *found,
		   const char *expected)
{
	char path[64];

	if (http_call_route(job->call)->queue == API_BULK)
		snprintf(path, sizeof(path), "messages[%zu].%s", i, field);
	else
		snprintf(path, sizeof(path), "%s", field);
	problem_field(&job->problem, path, found, expected);
}

/* --- texts of templates
 * ---------------------------------------------------------------------------------- */

static void refuse_templated(void *arg, struct message_item *item, const char *field,
			     const char *found, const char *expected)
{
	struct group *g = arg;

	for (size_t i = 0; i < g->count; i++) {
		struct intake_job *job = &g->jobs[i];

		if (job->items != NULL && item >= job->items && item < job->items + job->count)
			intake_refuse(job, (size_t)(item - job->items), field, found, expected);
	}
}

/* One round trip for all of the group that name one. */
static bool fill_templates(struct group *g, struct err *err)
{
	struct message_item **item = mem_calloc(g->messages + 1, sizeof(struct message_item *));
	struct pg_params *params;
	size_t count = 0;
	bool ok = true;

	for (size_t i = 0; i < g->count; i++)
		for (size_t k = 0; !problem_found(&g->jobs[i].problem) && k < g->jobs[i].count; k++)
			if (g->jobs[i].items[k].template_id != 0)
				item[count++] = &g->jobs[i].items[k];
	if (count > 0) {
		params = pg_params_new();
		ok = message_templates_fill(item, count, g->texts, refuse_templated, g, g->pg,
					    params, err);
		pg_params_free(&params);
	}
	mem_free(item);
	return ok;
}

/* --- senders
 * -------------------------------------------------------------------------------------------- */

static bool judge_senders(struct group *g, struct intake_job *job, struct err *err)
{
	if (!sender_gate_refresh(g->api->sender_gate, g->pg, err))
		return false;
	for (size_t i = 0; i < job->count; i++) {
		enum sender_fault fault =
			sender_gate_judge(g->api->sender_gate, job->items[i].sender);

		if (fault != SENDER_FINE)
			intake_refuse(job, i, "sender", job->items[i].sender,
				      sender_fault_expected(fault));
	}
	return true;
}

/* What of the group can be judged once its texts are there. */
static bool judge_jobs(struct group *g, struct err *err)
{
	for (size_t i = 0; i < g->count; i++)
		if (!problem_found(&g->jobs[i].problem) && !judge_senders(g, &g->jobs[i], err))
			return false;
	return true;
}

/* --- what it comes to
 * ----------------------------------------------------------------------------------- */

static bool is_priced(const struct intake_job *job)
{
	return job->terms.quota_money && !problem_found(&job->problem);
}

/* What the messages cost of those programs that may spend so much and no more. */
static bool quote_jobs(struct group *g, size_t messages, struct err *err)
{
	struct message_item **item = mem_calloc(messages + 1, sizeof(struct message_item *));
	struct pg_params *params = pg_params_new();
	const struct route_store *routes = NULL;
	size_t count = 0;
	bool ok;

	for (size_t i = 0; i < g->count; i++)
		for (size_t k = 0; is_priced(&g->jobs[i]) && k < g->jobs[i].count; k++)
			item[count++] = &g->jobs[i].items[k];
	ok = count == 0 || (routing_hold(g->api->routing, g->pg, &routes, err) &&
			    quote_items(routes, item, count, g->pg, params, err));
	routing_drop(g->api->routing, routes);
	pg_params_free(&params);
	mem_free(item);
	return ok;
}

static void sum_up(struct intake_job *job)
{
	if (job->terms.quota_id == 0 || problem_found(&job->problem))
		return;
	job->ask.quota_id = job->terms.quota_id;
	for (size_t i = 0; i < job->count; i++) {
		job->ask.parts += job->items[i].parts;
		job->ask.money_micro += job->items[i].cost_micro;
	}
}

static bool any_priced(const struct group *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (is_priced(&g->jobs[i]))
			return true;
	return false;
}

static bool measure_jobs(struct group *g, struct err *err)
{
	if (any_priced(g) && !quote_jobs(g, g->messages, err))
		return false;
	for (size_t i = 0; i < g->count; i++)
		sum_up(&g->jobs[i]);
	return true;
}

bool intake_measure(struct api *api, struct pg *pg, struct intake_job *jobs, size_t count,
		    struct message_texts *texts, struct err *err)
{
	struct group g = {.api = api, .pg = pg, .jobs = jobs, .count = count, .texts = texts};

	for (size_t i = 0; i < count; i++)
		g.messages += jobs[i].count;
	return fill_templates(&g, err) && judge_jobs(&g, err) && measure_jobs(&g, err);
}
