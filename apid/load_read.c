/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* load_read - see load.h. */
#include <stdio.h>
#include <string.h>

#include "apid/campaign_terms.h"
#include "apid/load.h"
#include "common/base/mem.h"
#include "common/model/hours.h"

size_t load_find(const struct load *load, int64_t campaign_id)
{
	for (size_t i = 0; i < load->fluid.campaign_count; i++)
		if (load->campaign[i].id == campaign_id)
			return i;
	return LOAD_CAMPAIGNS_MAX;
}

void load_free(struct load **load)
{
	if (*load == NULL)
		return;
	for (size_t i = 0; i < (*load)->span_count; i++) {
		mem_free((*load)->span[i].zones);
		mem_free((*load)->span[i].open);
	}
	mem_free(*load);
	*load = NULL;
}

/* --- accounts ------------------------------------------------------------------------------------
 */

/* What an account does when there is enough for it; what was measured long ago, or before it was
 * changed, bounds no limit. */
static bool read_accounts(struct request *r, struct load *l, struct err *err)
{
	static const struct pg_stmt read = {
		"load_accounts",
		"SELECT a.id, a.name, coalesce(l.until > clock_timestamp() AND l.down_since IS "
		"NULL AND l.stopped IS NULL, false),"
		"       a.parts_per_s, (coalesce(t.parts_per_s, 0) * 1000)::bigint,"
		"       coalesce(t.measured_at > greatest(a.changed_at, clock_timestamp() - "
		"interval '15 min'), false)"
		"  FROM account a LEFT JOIN account_lease l ON l.account_id = a.id"
		"  LEFT JOIN account_throughput t ON t.account_id = a.id"
		" WHERE a.enabled ORDER BY a.id"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows) && i < LOAD_ACCOUNTS_MAX; i++) {
		struct load_account *a = &l->account[i];
		bool fresh = pg_bool(rows, i, 5);

		a->id = (int16_t)pg_int(rows, i, 0);
		snprintf(a->name, sizeof(a->name), "%s", pg_text(rows, i, 1));
		a->up = pg_bool(rows, i, 2);
		a->limit = (double)pg_int(rows, i, 3);
		a->measured = (double)pg_int(rows, i, 4) / 1000;
		l->pipe[i].parts_per_s = a->limit;
		if (a->measured > 0 && (a->limit == 0 || (fresh && a->measured < a->limit)))
			l->pipe[i].parts_per_s = a->measured;
		l->fluid.account_count++;
	}
	pg_result_free(&rows);
	return true;
}

static size_t account_at(const struct load *l, int64_t id)
{
	for (size_t i = 0; i < l->fluid.account_count; i++)
		if (l->account[i].id == id)
			return i;
	return LOAD_ACCOUNTS_MAX;
}

/* --- campaigns -----------------------------------------------------------------------------------
 */

static void take_campaign(struct load *l, const struct pg_result *rows, size_t i)
{
	struct load_campaign *c = &l->campaign[i];
	struct fluid_campaign *f = &l->flow[i];

	c->id = pg_int(rows, i, 0);
	snprintf(c->name, sizeof(c->name), "%s", pg_text(rows, i, 1));
	snprintf(c->status, sizeof(c->status), "%s", pg_text(rows, i, 2));
	c->priority = (int)pg_int(rows, i, 3);
	c->start_us = pg_time_us(rows, i, 4);
	c->account_id = (int16_t)pg_int(rows, i, 8);
	c->department_id = pg_int(rows, i, 9);
	snprintf(c->department, sizeof(c->department), "%s", pg_text(rows, i, 10));
	c->run_id = pg_int(rows, i, 11);
	c->audience = pg_int(rows, i, 12);
	c->snapshot = pg_bool(rows, i, 13);
	c->messages = pg_int(rows, i, 14);
	c->parts = pg_int(rows, i, 15);
	c->suppressed = pg_int(rows, i, 16);
	c->estimate_id = pg_int(rows, i, 17);
	c->recipients = pg_int(rows, i, 18);
	c->estimated_parts = pg_int(rows, i, 19);
	c->list_id = pg_int(rows, i, 20);
	c->bound = pg_bool(rows, i, 21);
	c->clients = pg_int(rows, i, 23);
	c->category = (int16_t)pg_int(rows, i, 24);
	c->ours = pg_bool(rows, i, 25);
	if (c->start_us < l->now_us)
		c->start_us = l->now_us;
	*f = (struct fluid_campaign){
		.priority = c->priority,
		.starts_us = c->run_id != 0 ? l->now_us : c->start_us,
		.stops_us = pg_null(rows, i, 7) ? FLUID_NEVER : pg_time_us(rows, i, 7),
		.pace_per_s = (double)pg_int(rows, i, 5) / 60,
		.until_us = pg_time_us(rows, i, 6),
	};
}

/* In the order they are fed in. */
static bool read_campaigns(struct request *r, int64_t asked, struct load *l, struct err *err)
{
	static const struct pg_stmt read = {
		"load_campaigns",
		"SELECT c.id, c.name, c.status, c.priority + CASE c.class WHEN 3 THEN 10 ELSE 0 "
		"END, c.start_at,"
		"       c.pace_per_min, c.pace_until, c.stop_at, coalesce(c.account_id, 0), d.id, "
		"d.name,"
		"       coalesce(r.id, 0), r.audience, coalesce(r.snapshot_at IS NOT NULL, false),"
		"       k.messages, k.parts, k.suppressed, coalesce(e.id, 0), "
		"coalesce(e.recipients,"
		"       CASE WHEN r.id IS NOT NULL OR c.id = $1::bigint THEN 0"
		"            WHEN c.list_id IS NULL THEN (SELECT count(*) FROM client)"
		"            ELSE (SELECT l.size FROM list l WHERE l.id = c.list_id) END, 0),"
		"       coalesce(e.parts, 0), coalesce(c.list_id, 0), campaign_bound(c.id, "
		"c.category),"
		"       clock_timestamp(), coalesce(e.clients, 0), coalesce(c.category, 0),"
		"       " SCOPE_SQL(
			"c.department_id",
			"$2") ""
			      "  FROM campaign c JOIN department d ON d.id = c.department_id"
			      "  LEFT JOIN LATERAL (SELECT * FROM run WHERE campaign_id = c.id AND "
			      "finished_at IS"
			      "       NULL ORDER BY id DESC LIMIT 1) r ON true"
			      "  LEFT JOIN LATERAL (SELECT coalesce(sum(messages), 0)::bigint AS "
			      "messages,"
			      "       coalesce(sum(parts), 0)::bigint AS parts,"
			      "       coalesce(sum(suppressed), 0)::bigint AS suppressed"
			      "       FROM run_count WHERE run_id = r.id) k ON true"
			      "  LEFT JOIN estimate e ON e.campaign_id = c.id AND e.status = 'done'"
			      "       AND e.terms = campaign_terms(c)"
			      " WHERE c.status IN ('planned', 'running') OR c.id = $1::bigint"
			      " ORDER BY 4 DESC, r.id NULLS LAST, c.start_at NULLS FIRST, c.id "
			      "LIMIT 501"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, asked);
	scope_param(r->params, &r->caller, RIGHT_CAMPAIGNS_READ);
	if (!request_query(r, &read, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		l->now_us = pg_time_us(rows, 0, 22);
	l->cut_off = pg_rows(rows) > LOAD_CAMPAIGNS_MAX;
	for (size_t i = 0; i < pg_rows(rows) && i < LOAD_CAMPAIGNS_MAX; i++) {
		take_campaign(l, rows, i);
		l->fluid.campaign_count++;
	}
	pg_result_free(&rows);
	return true;
}

/* --- hours ---------------------------------------------------------------------------------------
 */

static bool fill_span(struct request *r, struct load *l, struct load_span *s, struct err *err)
{
	static const struct pg_stmt read = {
		"load_spans",
		"SELECT opens_at, closes_at, deadline"
		"  FROM campaign_spans($1::bigint, $2::text[], $3::timestamptz, $4::timestamptz)"};
	struct pg_result *rows = NULL;
	int64_t from_us = l->flow[s->campaign].starts_us;

	pg_param_int64(r->params, l->campaign[s->campaign].id);
	pg_param_text(r->params, s->zones);
	pg_param_time_us(r->params, from_us);
	pg_param_time_us(r->params, from_us + LOAD_HORIZON_US);
	if (!request_query(r, &read, &rows, err))
		return false;
	s->count = pg_rows(rows);
	s->open = mem_calloc(s->count + 1, sizeof(*s->open)); /* of none: never open */
	s->deadline_us = s->count > 0 ? pg_time_us(rows, 0, 2) : FLUID_NEVER;
	for (size_t i = 0; i < s->count; i++)
		s->open[i] =
			(struct fluid_interval){pg_time_us(rows, i, 0), pg_time_us(rows, i, 1)};
	pg_result_free(&rows);
	return true;
}

/* Those of these zones, read once for each campaign. */
static bool span_of(struct request *r, struct load *l, size_t campaign, const char *zones,
		    struct load_span **out, struct err *err)
{
	struct load_span *s;

	for (size_t i = 0; i < l->span_count; i++) {
		s = &l->span[i];
		if (s->campaign == campaign &&
		    (zones == NULL ? s->zones == NULL
				   : s->zones != NULL && strcmp(s->zones, zones) == 0)) {
			*out = s;
			return true;
		}
	}
	*out = &l->span[0];
	if (l->span_count == LOAD_SPANS_MAX) {
		l->cut_off = true;
		return true;
	}
	s = *out = &l->span[l->span_count++];
	*s = (struct load_span){.campaign = campaign,
				.zones = zones != NULL ? mem_strdup(zones) : NULL};
	return fill_span(r, l, s, err);
}

/* --- what waits ----------------------------------------------------------------------------------
 */

static void add_stream(struct load *l, const struct load_span *s, size_t campaign, size_t account,
		       double messages, double parts_each, int64_t deadline_us)
{
	if (messages <= 0 || account == LOAD_ACCOUNTS_MAX)
		return;
	if (l->fluid.stream_count == LOAD_STREAMS_MAX) {
		l->cut_off = true;
		return;
	}
	l->campaign[campaign].left += messages;
	l->stream[l->fluid.stream_count++] = (struct fluid_stream){
		.campaign = campaign,
		.account = account,
		.left = messages,
		.parts_each = parts_each,
		.deadline_us = deadline_us,
		.open = s->open,
		.open_count = s->count,
	};
}

/* How a campaign's messages are shared out over accounts; sums up to 1. */
struct shares {
	double of[LOAD_ACCOUNTS_MAX];
};

/* By what they can carry; one whose rate is not known counts as much as the others together. */
static void shares_by_capacity(const struct load *l, struct shares *out)
{
	double sum = 0, known = 0;
	bool any_up = false;

	for (size_t i = 0; i < l->fluid.account_count; i++) {
		any_up = any_up || l->account[i].up;
		known += l->pipe[i].parts_per_s;
	}
	for (size_t i = 0; i < l->fluid.account_count; i++) {
		double rate = l->pipe[i].parts_per_s;

		out->of[i] = any_up && !l->account[i].up ? 0
			     : rate > 0			 ? rate
			     : known > 0		 ? known
							 : 1;
		sum += out->of[i];
	}
	for (size_t i = 0; i < l->fluid.account_count && sum > 0; i++)
		out->of[i] /= sum;
}

static bool normalise(const struct load *l, struct shares *out)
{
	double sum = 0;

	for (size_t i = 0; i < l->fluid.account_count; i++)
		sum += out->of[i];
	for (size_t i = 0; i < l->fluid.account_count && sum > 0; i++)
		out->of[i] /= sum;
	return sum > 0;
}

static bool shares_of_estimate(struct request *r, const struct load *l, int64_t estimate_id,
			       struct shares *out, struct err *err)
{
	static const struct pg_stmt read = {
		"load_estimate",
		"SELECT account_id, sum(messages * parts_each)::bigint FROM estimate_line"
		" WHERE estimate_id = $1::bigint AND account_id <> 0 GROUP BY 1"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, estimate_id);
	if (!request_query(r, &read, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		size_t a = account_at(l, pg_int(rows, i, 0));

		if (a < LOAD_ACCOUNTS_MAX)
			out->of[a] += (double)pg_int(rows, i, 1);
	}
	pg_result_free(&rows);
	return true;
}

/* Of what nobody has dispatched; `out` may hold what was. */
static bool shares_expected(struct request *r, const struct load *l, const struct load_campaign *c,
			    struct shares *out, struct err *err)
{
	size_t chosen = account_at(l, c->account_id);

	if (chosen < LOAD_ACCOUNTS_MAX) {
		*out = (struct shares){0};
		out->of[chosen] = 1;
		return true;
	}
	if (normalise(l, out))
		return true;
	if (c->estimate_id != 0 && !shares_of_estimate(r, l, c->estimate_id, out, err))
		return false;
	if (!normalise(l, out))
		shares_by_capacity(l, out);
	return true;
}

static void add_shared(struct load *l, const struct load_span *s, size_t campaign,
		       const struct shares *shares, double messages, double parts_each,
		       int64_t deadline_us)
{
	for (size_t a = 0; a < l->fluid.account_count; a++)
		add_stream(l, s, campaign, a, messages * shares->of[a], parts_each, deadline_us);
}

/* Batches of a run: what of them waits, and how its messages were shared out. */
static bool read_batches(struct request *r, struct load *l, size_t campaign, struct shares *shares,
			 struct err *err)
{
	static const struct pg_stmt read = {
		"load_batches",
		"SELECT account_id, zones::text, deadline,"
		"       coalesce(sum(message_count - claimed) FILTER (WHERE state IN (0, 1, 2)), "
		"0)::bigint,"
		"       coalesce(sum(parts::bigint), 0)::bigint, coalesce(sum(message_count), "
		"0)::bigint"
		"  FROM batch WHERE run_id = $1::bigint GROUP BY 1, 2, 3"};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, l->campaign[campaign].run_id);
	if (!request_query(r, &read, &rows, err))
		return false;
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		size_t a = account_at(l, pg_int(rows, i, 0));
		double parts = (double)pg_int(rows, i, 4), messages = (double)pg_int(rows, i, 5);
		struct load_span *s;

		ok = span_of(r, l, campaign, text_or_null(rows, i, 1), &s, err);
		if (!ok || a == LOAD_ACCOUNTS_MAX)
			continue;
		shares->of[a] += parts;
		add_stream(l, s, campaign, a, (double)pg_int(rows, i, 3),
			   messages > 0 ? parts / messages : 1, pg_time_us(rows, i, 2));
	}
	pg_result_free(&rows);
	return ok;
}

static bool read_chunks(struct request *r, struct load *l, size_t campaign,
			const struct shares *shares, struct err *err)
{
	static const struct pg_stmt read = {
		"load_chunks",
		"SELECT c.zones::text, coalesce(c.deadline, r.deadline), sum(c.size)::bigint"
		"  FROM chunk c JOIN run r ON r.id = c.run_id"
		" WHERE c.run_id = $1::bigint AND c.state IN (0, 1) GROUP BY 1, 2"};
	const struct load_campaign *c = &l->campaign[campaign];
	int64_t looked = c->messages + c->suppressed;
	double kept = looked > 0 ? (double)c->messages / (double)looked : 1;
	double parts_each = c->messages > 0 ? (double)c->parts / (double)c->messages
			    : c->recipients > 0 && c->estimated_parts > 0
				    ? (double)c->estimated_parts / (double)c->recipients
				    : 1;
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, c->run_id);
	if (!request_query(r, &read, &rows, err))
		return false;
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		struct load_span *s;

		ok = span_of(r, l, campaign, text_or_null(rows, i, 0), &s, err);
		if (ok)
			add_shared(l, s, campaign, shares, (double)pg_int(rows, i, 2) * kept,
				   parts_each, pg_time_us(rows, i, 1));
	}
	pg_result_free(&rows);
	return ok;
}

static bool read_run(struct request *r, struct load *l, size_t campaign, struct err *err)
{
	struct shares shares = {0};

	return read_batches(r, l, campaign, &shares, err) &&
	       shares_expected(r, l, &l->campaign[campaign], &shares, err) &&
	       read_chunks(r, l, campaign, &shares, err);
}

/* --- what has not begun --------------------------------------------------------------------------
 */

#define GROUPS_SQL(from)                                                                           \
	"WITH audience AS MATERIALIZED ("                                                          \
	"SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM " from                                  \
	" AND (hashint8(c.id) & 2147483647) % $1::integer = 0), " HOURS_SPREAD_SQL(                \
		"$3", "$4", "$5::timestamptz") " SELECT s.zones::text, count(*) FROM spread x"     \
					       "   JOIN span s ON s.no = x.span GROUP BY s.no, 1"

/* How many there are of the one that is asked about. */
struct counted {
	int64_t clients, recipients, parts;
	bool exact;
};

/* Its hours, by a sample of its clients. */
static bool read_groups(struct request *r, struct load *l, size_t campaign, const struct counted *n,
			const struct shares *shares, struct err *err)
{
	static const struct pg_stmt all = {"load_groups_all",
					   GROUPS_SQL("client c WHERE $2::bigint = 0")};
	static const struct pg_stmt listed = {
		"load_groups_list", GROUPS_SQL("list_member l JOIN client c ON c.id = l.client_id "
					       "WHERE l.list_id = $2::bigint")};
	const struct load_campaign *c = &l->campaign[campaign];
	bool whole = n->exact && n->clients <= AUDIENCE_EXACT_MAX;
	double parts_each = n->recipients > 0 ? (double)n->parts / (double)n->recipients : 1;
	struct pg_result *rows = NULL;
	int64_t sum = 0;
	bool ok = true;

	pg_param_int32(r->params, whole ? 1 : (int32_t)(n->clients / AUDIENCE_SAMPLE));
	pg_param_int64(r->params, c->list_id);
	pg_param_int64(r->params, c->id);
	pg_param_int16(r->params, c->category);
	pg_param_time_us(r->params, l->flow[campaign].starts_us);
	if (!request_query(r, c->list_id != 0 ? &listed : &all, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++)
		sum += pg_int(rows, i, 1);
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		double part = (double)pg_int(rows, i, 1) / (double)sum;
		struct load_span *s;

		ok = span_of(r, l, campaign, pg_text(rows, i, 0), &s, err);
		if (ok)
			add_shared(l, s, campaign, shares, (double)n->recipients * part, parts_each,
				   s->deadline_us);
	}
	pg_result_free(&rows);
	return ok;
}

/* Counted as for a check; shares[] gets what each account would carry. */
static bool count_asked(struct request *r, const struct load *l, size_t campaign,
			struct counted *out, struct shares *shares, struct err *err)
{
	struct audience *a = mem_calloc(1, sizeof(*a));
	struct terms *t = mem_calloc(1, sizeof(*t));
	bool ok = terms_load(r, l->campaign[campaign].id, t, err);

	if (ok && !problem_found(&r->problem)) {
		ok = terms_count(r, t, a, err);
		terms_deinit(t);
	}
	for (size_t i = 0; ok && i < a->share_count; i++) {
		size_t at = account_at(l, a->share[i].account_id);

		if (at < LOAD_ACCOUNTS_MAX)
			shares->of[at] += (double)a->share[i].parts;
	}
	*out = (struct counted){a->clients, a->recipients, a->parts, a->exact};
	mem_free(t);
	mem_free(a);
	return ok;
}

static bool read_asked(struct request *r, struct load *l, size_t campaign, struct err *err)
{
	const struct load_campaign *c = &l->campaign[campaign];
	struct counted n = {c->clients, c->recipients, c->estimated_parts, true};
	struct shares shares = {0};
	struct load_span *s;

	if (c->estimate_id == 0 && !count_asked(r, l, campaign, &n, &shares, err))
		return false;
	if (!shares_expected(r, l, c, &shares, err))
		return false;
	if (c->bound)
		return read_groups(r, l, campaign, &n, &shares, err);
	if (!span_of(r, l, campaign, NULL, &s, err))
		return false;
	add_shared(l, s, campaign, &shares, (double)n.recipients,
		   n.recipients > 0 ? (double)n.parts / (double)n.recipients : 1, s->deadline_us);
	return true;
}

/* Others go by their estimate or the size of their list, and by the company's hours. */
static bool read_planned(struct request *r, struct load *l, size_t campaign, struct err *err)
{
	static const struct pg_stmt zone = {
		"load_zone",
		"SELECT ARRAY(SELECT value FROM setting WHERE name = 'time_zone')::text"};
	const struct load_campaign *c = &l->campaign[campaign];
	double parts_each = c->recipients > 0 && c->estimated_parts > 0
				    ? (double)c->estimated_parts / (double)c->recipients
				    : 1;
	struct shares shares = {0};
	struct pg_result *rows = NULL;
	struct load_span *s;
	bool ok;

	if (!request_query(r, &zone, &rows, err))
		return false;
	ok = shares_expected(r, l, c, &shares, err) &&
	     span_of(r, l, campaign, c->bound ? pg_text(rows, 0, 0) : NULL, &s, err);
	pg_result_free(&rows);
	if (ok)
		add_shared(l, s, campaign, &shares, (double)c->recipients, parts_each,
			   s->deadline_us);
	return ok;
}

bool load_read(struct request *r, int64_t asked, struct load **out, struct err *err)
{
	struct load *l = mem_calloc(1, sizeof(*l));
	bool ok;

	*out = l;
	l->fluid = (struct fluid){.account = l->pipe, .campaign = l->flow, .stream = l->stream};
	ok = read_accounts(r, l, err) && read_campaigns(r, asked, l, err);
	if (ok && asked != 0 && load_find(l, asked) == LOAD_CAMPAIGNS_MAX) {
		problem_not_found(&r->problem, "campaign");
		return true;
	}
	for (size_t i = 0; ok && i < l->fluid.campaign_count; i++) {
		const struct load_campaign *c = &l->campaign[i];

		if (c->run_id != 0 && c->snapshot)
			ok = read_run(r, l, i, err);
		else if (c->id == asked && strcmp(c->status, "finished") != 0 &&
			 strcmp(c->status, "cancelled") != 0 && strcmp(c->status, "failed") != 0)
			ok = read_asked(r, l, i, err);
		else if (strcmp(c->status, "planned") == 0 || strcmp(c->status, "running") == 0)
			ok = read_planned(r, l, i, err);
	}
	return ok;
}
