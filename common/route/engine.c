/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* engine - judging candidates and choosing among them. */
#include "common/route/engine.h"

#include "common/route/plan.h"

#define GRADE_PENALTY	 0.1
#define TIER_DOWN	 4
#define TIER_TRIAL	 2
#define TIER_NOT_LISTED	 1
#define PERCENT		 100.0
#define OPERATOR_UNKNOWN 0

/* What is the same for every account the message is asked about. */
struct question {
	const struct route_scope *scope;
	const struct route_message *message;
	const struct route_rule *rule;
	struct tariff_query query;
	int64_t place; /* of the number among prefixes */
	uint64_t operator_bit;
	bool russian;
	bool trial_turn; /* it is this message's turn to go by an account on trial */
};

static bool within(const struct route_prefix *prefix, int64_t place)
{
	return place >= prefix->from && place <= prefix->to;
}

const struct route_rule *route_rule_of(const struct route_scope *scope,
				       const struct route_message *message)
{
	int64_t place = route_prefix_place(message->msisdn);

	for (size_t i = 0; i < scope->rule_count; i++) {
		const struct route_rule *rule = &scope->book->rule[scope->rule[i]];

		if ((rule->operator_id == 0 || rule->operator_id == message->operator_id) &&
		    (!rule->by_prefix || within(&rule->prefix, place)))
			return rule;
	}
	return NULL;
}

static void question_init(struct question *q, const struct route_scope *scope,
			  const struct route_message *message)
{
	int16_t op = message->operator_id;

	*q = (struct question){
		.scope = scope,
		.message = message,
		.rule = route_rule_of(scope, message),
		.query = {.msisdn = message->msisdn,
			  .operator_id = op,
			  .category = (uint8_t)scope->ask.category,
			  .sender_kind = (uint8_t)scope->sender_kind,
			  .registered = true},
		.place = route_prefix_place(message->msisdn),
		.operator_bit = 1ull
				<< (op > 0 && op < ROUTE_OPERATORS_MAX ? op : OPERATOR_UNKNOWN),
		.russian = route_is_russian(message->msisdn),
		.trial_turn = route_scatter(message->draw) % ROUTE_TRIAL_ONE_IN == 0,
	};
}

static bool reaches(const struct route_account *a, int64_t place)
{
	for (size_t i = 0; i < a->prefix_count; i++)
		if (within(&a->prefix[i], place))
			return true;
	return a->prefix_count == 0;
}

static bool has_tried(const struct route_tried *tried, int16_t account_id)
{
	for (size_t i = 0; tried != NULL && i < tried->count; i++)
		if (tried->account[i] == account_id)
			return true;
	return false;
}

/* What the law, the number and the text say; nobody's choice overrides it. */
static enum route_bar judge_message(const struct question *q, const struct route_account *a,
				    size_t at)
{
	const struct route_ask *ask = &q->scope->ask;

	if (a->abroad && q->russian)
		return ROUTE_ABROAD;
	if (a->by_contracts && ask->category == CATEGORY_ADVERTISING &&
	    (q->scope->book->contracts[at] & q->operator_bit & ~1ull) == 0)
		return ROUTE_CONTRACT;
	if (!reaches(a, q->place))
		return ROUTE_PREFIX;
	if (ask->registered != NULL &&
	    !registered_carries(ask->registered, ask->known, a->id, q->query.operator_id))
		return ROUTE_SENDER;
	if ((a->alphabets >> q->message->encoding & 1) == 0)
		return ROUTE_ALPHABET;
	if (q->message->parts > a->max_parts)
		return ROUTE_PARTS;
	return has_tried(q->message->tried, a->id) ? ROUTE_TRIED : ROUTE_CAN;
}

static bool lists(const struct route_rule *rule, int16_t account_id)
{
	for (size_t i = 0; i < rule->account_count; i++)
		if (rule->account[i] == account_id)
			return true;
	return false;
}

/* The price; and whether it, the rate and the caps agree with the policy. */
static enum route_bar judge_policy(const struct question *q, const struct route_account *a,
				   size_t at, struct route_verdict *v)
{
	const struct route_scope *scope = q->scope;
	const struct route_measure *m = &scope->book->measure[at];
	struct tariff_query query = q->query;
	int16_t op = q->message->operator_id;

	if (q->message->text != NULL)
		query.registered = registered_match(q->message->text, a->id, op);
	v->registered = query.registered;
	v->price = (struct tariff_price){.price_micro = a->price_micro};
	if (scope->book->price != NULL &&
	    !scope->book->price(scope->book->tariffs, a, &query, &v->price) &&
	    scope->ask.pinned == 0)
		return ROUTE_PRICE;
	v->cost_micro = tariff_cost(&v->price, q->message->parts);
	v->rate = m->rate[op > 0 && op < ROUTE_OPERATORS_MAX ? op : OPERATOR_UNKNOWN];
	if (v->rate <= 0)
		v->rate = ROUTE_RATE_UNKNOWN;
	v->expected_micro = (double)v->cost_micro * (1 + GRADE_PENALTY * m->grade) /
			    (v->price.on_delivery ? 1 : v->rate);
	if (q->rule != NULL) {
		v->listed = lists(q->rule, a->id);
		if (q->rule->only && !v->listed)
			return ROUTE_RULE;
		if (q->rule->price_max_micro > 0 && v->price.price_micro > q->rule->price_max_micro)
			return ROUTE_CEILING;
		if (v->rate < (double)q->rule->delivery_min)
			return ROUTE_FLOOR;
	}
	if (scope->ask.left != NULL && scope->ask.left[at] < q->message->parts)
		return ROUTE_CAP;
	return ROUTE_CAN;
}

static void judge(const struct question *q, size_t at, struct route_verdict *v)
{
	const struct route_account *a = &q->scope->book->table.account[at];
	const struct route_measure *m = &q->scope->book->measure[at];

	*v = (struct route_verdict){.up = a->up, .bar = judge_message(q, a, at)};
	if (v->bar != ROUTE_CAN)
		return;
	v->bar = judge_policy(q, a, at, v);
	v->tier =
		(a->up ? 0 : TIER_DOWN) + (m->trial && !q->trial_turn ? TIER_TRIAL : 0) +
		(q->rule != NULL && q->rule->account_count > 0 && !v->listed ? TIER_NOT_LISTED : 0);
}

/* --- choosing ------------------------------------------------------------------------------------
 */

/* `verdict` stands beside scope->account. */
static bool find_best(const struct route_scope *scope, const struct route_verdict *verdict,
		      size_t *best_out)
{
	bool found = false;
	size_t best = 0;

	for (size_t i = 0; i < scope->count; i++) {
		const struct route_verdict *v = &verdict[i], *b = &verdict[best];

		if (v->bar != ROUTE_CAN)
			continue;
		if (!found || v->tier < b->tier ||
		    (v->tier == b->tier && v->expected_micro < b->expected_micro))
			best = i;
		found = true;
	}
	*best_out = best;
	return found;
}

static uint64_t weight_of(const struct route_rule *rule, const struct route_account *a)
{
	for (size_t i = 0; rule != NULL && i < rule->account_count; i++)
		if (rule->account[i] == a->id && rule->weight[i] > 0)
			return (uint64_t)rule->weight[i];
	return route_share(a);
}

/* Those as good as the best one share by weight. */
static size_t draw_equal(const struct question *q, const struct route_verdict *verdict, size_t best)
{
	const struct route_scope *scope = q->scope;
	double limit = verdict[best].expected_micro *
		       (1 + (q->rule != NULL ? q->rule->spread_percent / PERCENT : 0));
	uint16_t equal[ROUTE_ACCOUNTS_MAX];
	uint64_t weight[ROUTE_ACCOUNTS_MAX], sum = 0, at;
	size_t count = 0;

	for (size_t i = 0; i < scope->count; i++) {
		const struct route_verdict *v = &verdict[i];

		if (v->bar != ROUTE_CAN || v->tier != verdict[best].tier ||
		    v->expected_micro > limit)
			continue;
		weight[count] = weight_of(q->rule, &scope->book->table.account[scope->account[i]]);
		sum += weight[count];
		equal[count++] = (uint16_t)i;
	}
	if (count <= 1)
		return best;
	at = route_scatter(q->message->draw_equals) % sum;
	for (size_t i = 0; i + 1 < count; i++) {
		if (at < weight[i])
			return equal[i];
		at -= weight[i];
	}
	return equal[count - 1];
}

/* Where the run's plan sends this message, if it can go there now. */
static bool draw_planned(const struct question *q, const struct route_verdict *verdict, size_t *out)
{
	const struct route_scope *scope = q->scope;
	int16_t account_id;

	if (scope->ask.plan == NULL ||
	    !route_plan_draw(scope->ask.plan, route_class(scope, verdict, q->message->operator_id),
			     route_scatter(~q->message->draw), &account_id))
		return false;
	for (size_t i = 0; i < scope->count; i++) {
		if (scope->book->table.account[scope->account[i]].id != account_id)
			continue;
		*out = i;
		return verdict[i].bar == ROUTE_CAN && verdict[i].tier < TIER_TRIAL;
	}
	return false;
}

/* Caps and floors come and go while a run is under way; its classes stay. */
static bool counts_for_class(enum route_bar bar)
{
	return bar == ROUTE_CAN || bar == ROUTE_CAP || bar == ROUTE_FLOOR;
}

/* When it is refused where it goes, any of these may be next. */
static int64_t dearest(const struct route_scope *scope, const struct route_verdict *verdict)
{
	int64_t most = 0;

	for (size_t i = 0; i < scope->count; i++)
		if (counts_for_class(verdict[i].bar) && verdict[i].cost_micro > most)
			most = verdict[i].cost_micro;
	return most;
}

static bool choose(const struct question *q, const struct route_verdict *verdict,
		   struct route_decision *out)
{
	const struct route_scope *scope = q->scope;
	size_t at;

	*out = (struct route_decision){.rule = q->rule};
	out->planned = draw_planned(q, verdict, &at);
	if (!out->planned) {
		if (!find_best(scope, verdict, &at))
			return false;
		at = draw_equal(q, verdict, at);
	}
	out->place = scope->account[at];
	out->account = &scope->book->table.account[out->place];
	out->cost_micro = verdict[at].cost_micro;
	out->ceiling_micro = dearest(scope, verdict);
	out->registered = verdict[at].registered;
	return true;
}

void route_judge(const struct route_scope *scope, const struct route_message *message,
		 struct route_verdict verdict[ROUTE_ACCOUNTS_MAX])
{
	struct question q;

	question_init(&q, scope, message);
	for (size_t i = 0; i < scope->count; i++)
		judge(&q, scope->account[i], &verdict[i]);
}

bool route_decide(const struct route_scope *scope, const struct route_message *message,
		  struct route_decision *out)
{
	struct route_verdict verdict[ROUTE_ACCOUNTS_MAX];
	struct question q;

	question_init(&q, scope, message);
	for (size_t i = 0; i < scope->count; i++)
		judge(&q, scope->account[i], &verdict[i]);
	return choose(&q, verdict, out);
}

bool route_explain(const struct route_scope *scope, const struct route_message *message,
		   struct route_verdict verdict[ROUTE_ACCOUNTS_MAX], struct route_decision *out)
{
	struct route_verdict candidate[ROUTE_ACCOUNTS_MAX];
	struct question q;
	size_t n = 0;

	question_init(&q, scope, message);
	for (size_t at = 0; at < scope->book->table.count; at++) {
		judge(&q, at, &verdict[at]);
		if (scope->bar[at] != ROUTE_CAN)
			verdict[at].bar = (enum route_bar)scope->bar[at];
		else
			candidate[n++] = verdict[at];
	}
	return choose(&q, candidate, out);
}

/* --- classes -------------------------------------------------------------------------------------
 */

uint64_t route_class(const struct route_scope *scope, const struct route_verdict *verdict,
		     int16_t operator_id)
{
	uint64_t hash = route_scatter((uint64_t)(uint16_t)operator_id);

	for (size_t i = 0; i < scope->count; i++) {
		const struct route_account *a = &scope->book->table.account[scope->account[i]];
		const struct route_verdict *v = &verdict[i];

		if (!counts_for_class(v->bar))
			continue;
		hash = route_scatter(hash ^ (uint64_t)v->price.price_micro << 18 ^
				     (uint64_t)(uint16_t)a->id << 2 ^
				     (uint64_t)v->price.per_message << 1 ^
				     (uint64_t)v->price.on_delivery);
	}
	return hash;
}
