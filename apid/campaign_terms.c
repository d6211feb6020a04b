/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_terms - see campaign_terms.h. */
#include "apid/campaign_terms.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "apid/campaign_when.h"
#include "apid/campaign_use.h"
#include "apid/criteria.h"
#include "apid/preview.h"
#include "apid/routing.h"
#include "apid/sender_rules.h"
#include "apid/text_rules.h"
#include "common/base/mem.h"
#include "common/model/list_refresh.h"
#include "common/model/plans.h"

#define LIST_FRESH_S 60 /* a dynamic list is looked at anew after so long */

static void __attribute__((format(printf, 3, 4)))
add_problem(struct terms *t, const char *field, const char *fmt, ...)
{
	struct terms_problem *problem;
	va_list args;

	if (t->problem_count == TERMS_PROBLEMS_MAX)
		return;
	problem = &t->problem[t->problem_count++];
	problem->field = field;
	va_start(args, fmt);
	vsnprintf(problem->message, sizeof(problem->message), fmt, args);
	va_end(args);
}

void terms_problem(struct terms *t, const char *field, const char *message)
{
	add_problem(t, field, "%s", message);
}

void terms_warning(struct terms *t, const char *field, const char *message)
{
	struct terms_problem *warning;

	if (t->warning_count == TERMS_WARNINGS_MAX)
		return;
	warning = &t->warning[t->warning_count++];
	warning->field = field;
	(void)snprintf(warning->message, sizeof(warning->message), "%s", message);
}

/* --- reading -------------------------------------------------------------------------------------
 */

/* Where each of the further texts begins. */
static void read_bounds(struct terms *t)
{
	int64_t bound[ASSIGN_VARIANTS_MAX - 1];

	t->variants.salt = pg_int(t->rows, 0, 19);
	if (pg_null(t->rows, 0, 18))
		return;
	t->variants.count = (int)pg_int_array(t->rows, 0, 18, bound, ASSIGN_VARIANTS_MAX - 1);
	for (int i = 0; i < t->variants.count; i++)
		t->variants.bound[i] = (int)bound[i];
}

static bool read_campaign(struct request *r, int64_t id, struct terms *t, struct err *err)
{
	static const struct pg_stmt read = {
		"campaign_terms",
		"SELECT text, sender, category, list_id, account_id, max_parts, validity_s,"
		"       pace_per_min, start_at, clock_timestamp(), after_hours = 'move',"
		"       cap_exempt IS NOT NULL, campaign_bound(id, category), spelling, class,"
		"       " SENDER_FAULT_SQL(
			"c.sender") ","
				    "       coalesce(control_percent, 0), control_salt(control_by, "
				    "id, department_id),"
				    "       variant_bounds(variants), variant_salt(id), "
				    "pace_until, stop_at"
				    "  FROM campaign c WHERE id = $1::bigint"};

	pg_param_int64(r->params, id);
	if (!request_query(r, &read, &t->rows, err))
		return false;
	if (pg_rows(t->rows) == 0) {
		problem_not_found(&r->problem, "campaign");
		return true;
	}
	t->id = id;
	t->text = pg_text(t->rows, 0, 0);
	t->sender = pg_text(t->rows, 0, 1);
	t->category = (enum message_category)pg_int(t->rows, 0, 2);
	t->list_id = pg_int(t->rows, 0, 3);
	t->account_id = (int16_t)pg_int(t->rows, 0, 4);
	t->max_parts = (int)pg_int(t->rows, 0, 5);
	t->validity_s = pg_int(t->rows, 0, 6);
	t->pace_per_min = pg_int(t->rows, 0, 7);
	t->start_at_us = pg_time_us(t->rows, 0, 8);
	t->now_us = pg_time_us(t->rows, 0, 9);
	t->moves = pg_bool(t->rows, 0, 10);
	t->cap_exempt = pg_bool(t->rows, 0, 11);
	t->bound = pg_bool(t->rows, 0, 12);
	t->spelling = spelling_of(pg_text(t->rows, 0, 13));
	t->class = (enum message_class)pg_int(t->rows, 0, 14);
	t->control = (struct assign_control){.percent = (int)pg_int(t->rows, 0, 16),
					     .salt = pg_int(t->rows, 0, 17)};
	read_bounds(t);
	t->pace_until_us = pg_time_us(t->rows, 0, 20);
	t->stop_us = pg_time_us(t->rows, 0, 21);
	return true;
}

/* --- what forbids launching ----------------------------------------------------------------------
 */

/* What links and promo codes need. */
static void check_own(struct terms *t, const struct render_plan *plan, const char *field)
{
	const struct template *template = render_plan_template(plan);
	const char *pool = template_promo_pool(template, NULL);

	if (template_link_count(template) > 0 && render_plan_link_base(plan) == NULL)
		add_problem(t, field,
			    "The address of short links is not set. Tell whoever runs the service");
	if (pool != NULL && render_plan_pool(plan) == 0)
		add_problem(t, field, "There is no pool of promo codes \"%s\". Choose another one",
			    pool);
	else if (pool != NULL && t->plan != NULL &&
		 render_plan_pool(plan) != render_plan_pool(t->plan))
		add_problem(t, field,
			    "Only the pool of promo codes that the first text names may stand in "
			    "the others. Change this text or the first one");
}

static bool check_one(struct request *r, struct terms *t, const char *text, const char *field,
		      struct render_plan **out, struct err *err)
{
	const char *unknown[TEMPLATE_FIELDS_MAX];
	struct template *template = NULL;
	struct err broken;
	size_t count;

	if (text[0] == '\0') {
		add_problem(t, field, "Write the text of the message");
		return true;
	}
	if (!template_compile(text, strlen(text), &template, &broken)) {
		add_problem(t, field, "Mend the text: %s", broken.msg);
		return true;
	}
	template_free(&template);
	if (!plan_load(r->pg, text, strlen(text), t->list_id, out, err))
		return false;
	render_plan_set_spelling(*out, t->spelling);
	count = render_plan_unbound(*out, unknown);
	for (size_t i = 0; i < count; i++)
		add_problem(t, field, "No client has a field {%s}. Choose one of those known",
			    unknown[i]);
	check_own(t, *out, field);
	return true;
}

/* Clients are read once for all texts.  A campaign of which one text is broken has no plan. */
static void join_plans(struct terms *t)
{
	bool whole = t->plan != NULL;

	for (int i = 0; i < t->variants.count; i++)
		whole = whole && t->further[i] != NULL;
	if (!whole)
		render_plan_free(&t->plan);
	for (int i = 0; whole && i < t->variants.count; i++)
		render_plan_widen(t->plan, t->further[i]);
	for (int i = 0; whole && i < t->variants.count; i++)
		render_plan_widen(t->further[i], t->plan);
}

static bool check_text(struct request *r, struct terms *t, struct err *err)
{
	static const struct pg_stmt read = {"campaign_terms_variants",
					    "SELECT campaign_text(c, v.no) FROM campaign c"
					    " CROSS JOIN generate_series(1, $2::integer) AS v(no)"
					    " WHERE c.id = $1::bigint ORDER BY v.no"};
	struct pg_result *rows = NULL;
	bool ok = check_one(r, t, t->text, "text", &t->plan, err);

	if (!ok || t->variants.count == 0)
		return ok;
	pg_param_int64(r->params, t->id);
	pg_param_int32(r->params, t->variants.count);
	ok = request_query(r, &read, &rows, err);
	for (int i = 0; ok && i < (int)pg_rows(rows); i++)
		ok = check_one(r, t, pg_text(rows, (size_t)i, 0), variant_text_field((size_t)i),
			       &t->further[i], err);
	pg_result_free(&rows);
	if (ok)
		join_plans(t);
	return ok;
}

static void check_sender(struct terms *t)
{
	const char *fault = pg_text(t->rows, 0, 15);

	if (t->sender[0] == '\0')
		add_problem(t, "sender", "Say who the message is from");
	else if (strcmp(fault, "off") == 0)
		add_problem(t, "sender", "The sender %s is switched off. Choose another one",
			    t->sender);
	else if (strcmp(fault, "unknown") == 0)
		add_problem(t, "sender",
			    "Nothing is sent from a sender that is not in the list of senders, "
			    "and %s is not. Choose another one",
			    t->sender);
}

/* Times that leave it no time. */
static void check_pace(struct terms *t)
{
	int64_t start_us = t->start_at_us > t->now_us ? t->start_at_us : t->now_us;

	if (t->stop_us != 0 && t->stop_us <= start_us)
		add_problem(
			t, "stop_at",
			"The campaign is to stop before it begins. Choose a later time or none");
	if (t->pace_until_us != 0 && t->pace_until_us <= start_us)
		add_problem(t, "pace_until",
			    "The time until which it is spread is over before it begins. Choose a "
			    "later one or none");
	else if (t->pace_until_us > start_us + t->validity_s * 1000000)
		add_problem(t, "pace_until",
			    "It would be spread beyond the time its messages are valid. Choose an "
			    "earlier time or a longer validity");
}

struct route_ask terms_ask(const struct terms *t)
{
	return (struct route_ask){
		.category = t->category != 0 ? t->category : CATEGORY_ADVERTISING,
		.class = t->class,
		.sender = t->sender,
		.pinned = t->account_id,
		.registered = t->routes->registered,
		.known = registered_find(t->routes->registered, t->sender),
	};
}

/* Why of all accounts none may carry it, when that is so for one reason. */
static enum route_bar common_bar(const struct route_scope *scope, size_t accounts)
{
	for (size_t i = 1; i < accounts; i++)
		if (scope->bar[i] != scope->bar[0])
			return ROUTE_CAN;
	return accounts > 0 ? (enum route_bar)scope->bar[0] : ROUTE_OFF;
}

static void check_account(struct terms *t)
{
	const struct route_ask ask = terms_ask(t);
	const struct route_book *book = &t->routes->book;
	struct route_scope scope;
	enum route_bar bar;

	route_scope_init(&scope, book, &ask);
	if (scope.count > 0 &&
	    (t->account_id == 0 || book->table.account[scope.account[0]].enabled))
		return;
	if (t->account_id != 0) {
		add_problem(t, "account",
			    "The chosen account is switched off. Choose another one or none");
		return;
	}
	bar = common_bar(&scope, book->table.count);
	if (bar == ROUTE_OFF)
		add_problem(t, "account",
			    "No account of an operator is switched on, so nothing can be sent. "
			    "Tell whoever runs the service");
	else
		add_problem(t, "account",
			    "No account of an operator may carry such messages just now. Tell "
			    "whoever runs the service");
}

static bool check_list(struct request *r, struct terms *t, struct err *err)
{
	static const struct pg_stmt any = {
		"campaign_any_client",
		"SELECT CASE WHEN $1::bigint = 0 THEN EXISTS (SELECT 1 FROM client)"
		"       ELSE EXISTS (SELECT 1 FROM list_member WHERE list_id = $1::bigint) END"};
	struct pg_result *rows = NULL;

	if (t->list_id != 0 && !list_refresh(r->pg, t->list_id, LIST_FRESH_S, err)) {
		if (err->kind != ERR_INPUT)
			return false;
		add_problem(t, "list_id",
			    "The conditions of the list do not hold any more. Correct and save the "
			    "list");
		return true;
	}
	pg_param_int64(r->params, t->list_id);
	if (!request_query(r, &any, &rows, err))
		return false;
	if (!pg_bool(rows, 0, 0))
		add_problem(t, "list_id",
			    "Nobody is on the list. Choose another one or import clients");
	pg_result_free(&rows);
	return true;
}

static bool hold_routes(struct request *r, struct terms *t, struct err *err)
{
	t->routing = r->api->routing;
	return routing_hold(t->routing, r->pg, &t->routes, err);
}

bool terms_load(struct request *r, int64_t id, struct terms *out, struct err *err)
{
	bool ok;

	*out = (struct terms){0};
	ok = read_campaign(r, id, out, err);
	if (ok && !problem_found(&r->problem)) {
		ok = hold_routes(r, out, err) && check_text(r, out, err) && check_list(r, out, err);
		if (ok)
			check_sender(out);
		if (ok)
			check_pace(out);
		if (ok && out->category == 0)
			add_problem(out, "category",
				    "Say what kind of message it is. The law asks different "
				    "things of each");
		if (ok)
			check_account(out);
		ok = ok && when_check(r, out, err) && text_rules_check(r, out, err);
	}
	if (!ok || problem_found(&r->problem))
		terms_deinit(out);
	return ok;
}

bool terms_refuse(struct request *r, const struct terms *t, struct err *err)
{
	problem_set(&r->problem, 422, "incomplete-campaign", "The campaign cannot be launched yet",
		    "Nothing is sent. Mend what `errors` names and launch it again");
	for (size_t i = 0; i < t->problem_count; i++)
		problem_field(&r->problem, t->problem[i].field, "", t->problem[i].message);
	return request_refused(err);
}

void terms_deinit(struct terms *t)
{
	render_plan_free(&t->plan);
	for (int i = 0; i < t->variants.count; i++)
		render_plan_free(&t->further[i]);
	if (t->routing != NULL)
		routing_drop(t->routing, t->routes);
	pg_result_free(&t->rows);
	*t = (struct terms){0};
}

/* --- promo codes ---------------------------------------------------------------------------------
 */

bool terms_need_count(const struct terms *t)
{
	return t->plan != NULL && render_plan_pool(t->plan) != 0;
}

/* An estimate may be short by a hundredth. */
static int64_t codes_wanted(const struct audience *a)
{
	return a->exact ? a->recipients : a->recipients + a->recipients / 100;
}

static bool check_codes(struct request *r, struct terms *t, const struct audience *audience,
			struct err *err)
{
	static const struct pg_stmt count = {"promo_free",
					     "SELECT promo_free($1::bigint, $2::bigint)"};
	struct pg_result *rows = NULL;
	int64_t wanted = codes_wanted(audience), left;

	pg_param_int64(r->params, render_plan_pool(t->plan));
	pg_param_int64(r->params, t->id);
	if (!request_query(r, &count, &rows, err))
		return false;
	left = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (left < wanted)
		add_problem(t, "text",
			    "There are %lld promo codes left for %lld recipients. Upload at least "
			    "%lld more",
			    (long long)left, (long long)wanted, (long long)(wanted - left));
	return true;
}

bool terms_lock_promo(struct request *r, const struct terms *t, struct err *err)
{
	static const struct pg_stmt lock = {
		"promo_pool_lock", "SELECT 1 FROM promo_pool WHERE id = $1::bigint FOR UPDATE"};

	if (!terms_need_count(t))
		return true;
	pg_param_int64(r->params, render_plan_pool(t->plan));
	return request_query(r, &lock, NULL, err);
}

bool terms_hold_promo(struct request *r, const struct terms *t, const struct audience *audience,
		      struct err *err)
{
	static const struct pg_stmt hold = {"promo_hold",
					    "INSERT INTO promo_use (campaign_id, pool_id, wanted)"
					    " VALUES ($1::bigint, $2::bigint, $3::bigint)"
					    " ON CONFLICT (campaign_id) DO UPDATE SET wanted = "
					    "excluded.wanted, ended_at = NULL"};

	if (!terms_need_count(t))
		return true;
	pg_param_int64(r->params, t->id);
	pg_param_int64(r->params, render_plan_pool(t->plan));
	pg_param_int64(r->params, codes_wanted(audience));
	return request_query(r, &hold, NULL, err);
}

void terms_audience(const struct terms *t, struct audience_terms *out)
{
	*out = (struct audience_terms){
		.list_id = t->list_id,
		.plan = t->plan,
		.category = t->category,
		.cap_exempt = t->cap_exempt,
		.max_parts = t->max_parts,
		.ask = terms_ask(t),
		.routes = t->routes,
		.compare = t->compare,
		.control = t->control,
		.variants = t->variants,
	};
	for (int i = 0; i < t->variants.count; i++)
		out->further[i] = t->further[i];
}

bool terms_count(struct request *r, struct terms *t, struct audience *out, struct err *err)
{
	struct audience_terms terms;

	terms_audience(t, &terms);
	if (!audience_count(r, &terms, out, err))
		return false;
	if (terms_need_count(t) && !check_codes(r, t, out, err))
		return false;
	if (out->clients > 0 && out->recipients == 0)
		add_problem(t, "list_id",
			    "Everybody on the list is left out. See why, or choose another one");
	return true;
}
