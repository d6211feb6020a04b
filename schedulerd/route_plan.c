/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* route_plan - how a run's messages are shared out where caps bind.
 *
 * An even sample of its audience is counted by class, and the planner solves for the parts that the
 * caps have left.  How many parts a message takes is told by the campaign's text as it stands, with
 * its placeholders: exact where prices are by part, near enough where they are by message. */
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/route/run_plans.h"
#include "common/sms/parts.h"
#include "schedulerd/scheduler.h"

#define SAMPLE_MAX 100000

struct planning {
	int64_t run_id;
	int64_t audience;
	struct route_scope scope;
	struct route_ask ask;
	struct sms_parts parts;
	struct pg_result *head;
};

static bool read_head(struct scheduler *s, struct planning *p, struct err *err)
{
	static const struct pg_stmt head = {
		"plan_head",
		"SELECT c.category, c.class, c.sender, c.account_id, coalesce(r.text, c.text), "
		"r.audience,"
		"       c.max_parts"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id WHERE r.id = $1"};
	struct err ignored;

	pg_param_int64(s->params, p->run_id);
	if (!scheduler_run(s, &head, &p->head, err))
		return false;
	p->audience = pg_int(p->head, 0, 5);
	p->ask = (struct route_ask){
		.category = (enum message_category)pg_int(p->head, 0, 0),
		.class = (enum message_class)pg_int(p->head, 0, 1),
		.sender = pg_text(p->head, 0, 2),
		.pinned = (int16_t)pg_int(p->head, 0, 3),
		.registered = s->store.registered,
		.known = registered_find(s->store.registered, pg_text(p->head, 0, 2)),
	};
	if (!sms_split(pg_text(p->head, 0, 4), pg_len(p->head, 0, 4), SMS_SPLIT_UDH8, SMS_PARTS_MAX,
		       &p->parts, &ignored))
		p->parts = (struct sms_parts){.count = 1};
	return true;
}

/* What the caps have left, beside the table; what processes were granted they will use for it. */
static bool read_left(struct scheduler *s, int64_t left[ROUTE_ACCOUNTS_MAX], struct err *err)
{
	static const struct pg_stmt caps = {
		"plan_caps", "SELECT DISTINCT account_id, cap_unused(account_id) FROM account_cap"};
	struct pg_result *rows = NULL;

	for (size_t i = 0; i < ROUTE_ACCOUNTS_MAX; i++)
		left[i] = INT64_MAX;
	if (!scheduler_run(s, &caps, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		const struct route_account *a =
			route_find(&s->store.book.table, (int16_t)pg_int(rows, i, 0));

		if (a != NULL)
			left[a - s->store.book.table.account] = pg_int(rows, i, 1);
	}
	pg_result_free(&rows);
	return true;
}

/* Every n-th number of the audience; each stands for n. */
static bool count_classes(struct scheduler *s, const struct planning *p,
			  struct route_planner *planner, struct err *err)
{
	static const struct pg_stmt numbers = {
		"plan_numbers",
		"SELECT m.msisdn, CASE WHEN $3::boolean THEN ported_to(m.msisdn) ELSE 0 END"
		"  FROM chunk c CROSS JOIN LATERAL unnest(c.msisdns) WITH ORDINALITY AS"
		"       m(msisdn, n)"
		" WHERE c.run_id = $1 AND (c.no + m.n) % $2::bigint = 0"};
	int64_t every = (p->audience + SAMPLE_MAX - 1) / SAMPLE_MAX;
	struct pg_result *rows = NULL;

	if (every < 1)
		every = 1;
	pg_param_int64(s->params, p->run_id);
	pg_param_int64(s->params, every);
	pg_param_bool(s->params, s->store.ported);
	if (!scheduler_run(s, &numbers, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t msisdn = pg_int(rows, i, 0);

		route_planner_add(planner, msisdn,
				  route_store_operator(&s->store, msisdn, pg_int(rows, i, 1)),
				  p->parts.encoding, p->parts.count, every);
	}
	pg_result_free(&rows);
	return true;
}

static bool solve(struct scheduler *s, const struct planning *p, struct route_planner *planner,
		  struct err *err)
{
	int64_t left[ROUTE_ACCOUNTS_MAX], nowhere;
	struct route_plan *plan = NULL;
	bool ok;

	if (!read_left(s, left, err))
		return false;
	nowhere = route_planner_solve(planner, left, &plan);
	if (nowhere > 0)
		log_warn("the caps of all accounts together are too small for a run",
			 LI("run", p->run_id), LI("parts", nowhere));
	ok = run_plan_store(s->pg, p->run_id, plan, err);
	log_info("a run is shared out over accounts with caps", LI("run", p->run_id),
		 LI("shares", plan->count));
	route_plan_free(&plan);
	return ok;
}

bool route_plan_run(struct scheduler *s, int64_t run_id, struct err *err)
{
	struct planning *p;
	struct route_planner *planner;
	bool ok;

	if (!s->store.caps)
		return true;
	p = mem_calloc(1, sizeof(*p));
	p->run_id = run_id;
	ok = read_head(s, p, err);
	if (ok && p->ask.pinned == 0 && p->audience > 0) {
		route_scope_init(&p->scope, &s->store.book, &p->ask);
		planner = route_planner_new(&p->scope);
		ok = count_classes(s, p, planner, err) && solve(s, p, planner, err);
		route_planner_free(&planner);
	}
	pg_result_free(&p->head);
	mem_free(p);
	return ok || err_wrap(err, "sharing it out over accounts");
}
