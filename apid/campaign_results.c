/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_results - GET /v1/campaigns/{id}/results: what came of each text, and of sending
 * nothing.
 *
 * Counted when it is asked for, over the messages of all runs.  A message's time is when it was
 * dispatched; a client of the control group has the time when they would have been. */
#include <stdio.h>

#include "apid/api.h"
#include "apid/uplift.h"
#include "common/model/message.h"

#define GROUPS_MAX 8
#define CONTROL	   (-1) /* instead of a variant */

/* Counts of a variant, or of the control group. */
struct group {
	int64_t variant, clients, sent, delivered, clicked, acted, value_micro;
};

struct results {
	struct request *r;
	int64_t id, goal_kind, goal_days;
	struct pg_result *head;
	struct group group[GROUPS_MAX]; /* the control group last, if there is one */
	size_t count;
};

/* --- counting ------------------------------------------------------------------------------------
 */

static bool read_head(struct results *s, struct err *err)
{
	static const struct pg_stmt read = {
		"results_head",
		"SELECT c.goal_action, coalesce(c.goal_days, 0), coalesce(k.id, 0),"
		"       (SELECT max(r.finished_at) FROM run r WHERE r.campaign_id = c.id)"
		"         + c.goal_days * interval '1 day', clock_timestamp()"
		"  FROM campaign c LEFT JOIN action_kind k ON k.code = c.goal_action"
		" WHERE c.id = $1::bigint"};

	pg_param_int64(s->r->params, s->id);
	if (!request_query(s->r, &read, &s->head, err))
		return false;
	if (pg_rows(s->head) == 0)
		return problem_not_found(&s->r->problem, "campaign"), true;
	s->goal_days = pg_int(s->head, 0, 1);
	s->goal_kind = pg_int(s->head, 0, 2);
	return true;
}

/* Actions of a client within the goal's days of a moment. */
#define ACTED_SQL(client, at)                                                                      \
	" LEFT JOIN LATERAL (SELECT count(*) AS n, sum(a.amount_micro) AS value FROM action a"     \
	"   WHERE $2::bigint <> 0 AND a.kind = $2::bigint AND a.client_id = " client               \
	"     AND a.at >= " at " AND a.at < " at " + $3::bigint * interval '1 day') a ON true "

static bool count_messages(struct results *s, struct err *err)
{
	static const struct pg_stmt count = {
		"results_messages",
		"SELECT h.variant, count(*), count(*) FILTER (WHERE t.state NOT IN (4, 5)),"
		"       count(*) FILTER (WHERE t.state = 9), count(k.message_id),"
		"       count(*) FILTER (WHERE a.n > 0), coalesce(sum(a.value), 0)::bigint"
		"  FROM (SELECT b.id, b.variant FROM run r JOIN batch b ON b.run_id = r.id"
		"         AND b.message_ids IS NULL WHERE r.campaign_id = $1::bigint) h"
		"  JOIN message m ON m.id >= h.id AND m.id < h.id + 256"
		"  JOIN message_state t ON t.id = m.id AND t.id >= h.id AND t.id < h.id + 256"
		"  LEFT JOIN click k ON k.message_id = m.id AND k.first"
		" CROSS JOIN LATERAL (SELECT to_timestamp((m.id >> 32) + 1577836800) AS at) "
		"i" ACTED_SQL("m.client_id", "i.at") " GROUP BY 1 ORDER BY 1"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->r->params, s->id);
	pg_param_int64(s->r->params, s->goal_kind);
	pg_param_int64(s->r->params, s->goal_days);
	if (!request_query(s->r, &count, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows) && s->count < GROUPS_MAX - 1; i++)
		s->group[s->count++] = (struct group){
			.variant = pg_int(rows, i, 0),
			.clients = pg_int(rows, i, 1),
			.sent = pg_int(rows, i, 2),
			.delivered = pg_int(rows, i, 3),
			.clicked = pg_int(rows, i, 4),
			.acted = pg_int(rows, i, 5),
			.value_micro = pg_int(rows, i, 6),
		};
	pg_result_free(&rows);
	return true;
}

static bool count_control(struct results *s, struct err *err)
{
	static const struct pg_stmt count = {
		"results_control",
		"SELECT count(*), count(*) FILTER (WHERE a.n > 0), coalesce(sum(a.value), "
		"0)::bigint"
		"  FROM run r JOIN suppression s ON s.run_id = r.id AND s.reason = 50" ACTED_SQL(
			"s.client_id", "s.at") " WHERE r.campaign_id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(s->r->params, s->id);
	pg_param_int64(s->r->params, s->goal_kind);
	pg_param_int64(s->r->params, s->goal_days);
	if (!request_query(s->r, &count, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) > 0)
		s->group[s->count++] = (struct group){
			.variant = CONTROL,
			.clients = pg_int(rows, 0, 0),
			.acted = pg_int(rows, 0, 1),
			.value_micro = pg_int(rows, 0, 2),
		};
	pg_result_free(&rows);
	return true;
}

/* --- showing -------------------------------------------------------------------------------------
 */

static void put_fraction(struct json_out *json, const char *key, double value)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%.5f", value);

	json_put_raw(json, key, text, (size_t)len);
}

/* Those who acted, of everybody for whom there is a message: what did not arrive is part of what
 * sending does.  Null without a goal or another group. */
static void put_uplift(struct json_out *json, const char *key, const struct results *s,
		       const struct group *g, const struct group *other)
{
	struct uplift uplift;

	if (s->goal_kind == 0 || other == NULL ||
	    !uplift_of(g->acted, g->clients, other->acted, other->clients, &uplift)) {
		json_put_null(json, key);
		return;
	}
	json_object(json, key);
	put_fraction(json, "difference", uplift.difference);
	put_fraction(json, "low", uplift.low);
	put_fraction(json, "high", uplift.high);
	json_put_bool(json, "sure", uplift.low > 0 || uplift.high < 0);
	json_object_end(json);
}

static void put_acted(struct json_out *json, const struct results *s, const struct group *g)
{
	if (s->goal_kind == 0) {
		json_put_null(json, "acted");
		json_put_null(json, "acted_share");
		json_put_null(json, "value");
		return;
	}
	json_put_int(json, "acted", g->acted);
	put_fraction(json, "acted_share", (double)g->acted / (double)g->clients);
	json_put_micro(json, "value", g->value_micro);
}

static void put_variant(struct json_out *json, const struct results *s, const struct group *g,
			const struct group *control)
{
	json_object(json, NULL);
	json_put_int(json, "variant", g->variant);
	json_put_int(json, "messages", g->clients);
	json_put_int(json, "sent", g->sent);
	json_put_int(json, "delivered", g->delivered);
	json_put_int(json, "clicked", g->clicked);
	put_acted(json, s, g);
	put_uplift(json, "against_control", s, g, control);
	put_uplift(json, "against_first", s, g, g == s->group ? NULL : s->group);
	json_object_end(json);
}

static void put_groups(struct json_out *json, const struct results *s)
{
	const struct group *last = s->count > 0 ? &s->group[s->count - 1] : NULL;
	const struct group *control = last != NULL && last->variant == CONTROL ? last : NULL;

	json_array(json, "variants");
	for (const struct group *g = s->group; g < s->group + s->count; g++)
		if (g != control)
			put_variant(json, s, g, control);
	json_array_end(json);
	if (control == NULL) {
		json_put_null(json, "control_group");
		return;
	}
	json_object(json, "control_group");
	json_put_int(json, "clients", control->clients);
	put_acted(json, s, control);
	json_object_end(json);
}

static void put_goal(struct json_out *json, const struct results *s)
{
	int64_t until_us = pg_time_us(s->head, 0, 3);

	if (s->goal_days == 0) {
		json_put_null(json, "goal");
		return;
	}
	json_object(json, "goal");
	json_put_text(json, "action", pg_text(s->head, 0, 0));
	json_put_int(json, "days", s->goal_days);
	json_put_time(json, "counted_until", until_us);
	json_put_bool(json, "complete", until_us != 0 && until_us <= pg_time_us(s->head, 0, 4));
	json_object_end(json);
}

/* The copies of the staff, which nothing above counts. */
static bool put_copies(struct results *s, struct err *err)
{
	static const struct pg_stmt read = {
		"results_copies",
		"SELECT c.name, coalesce(v.msisdn, 0), c.variant, c.message_id, v.state"
		"  FROM run r JOIN control_message c ON c.run_id = r.id"
		"  LEFT JOIN LATERAL (SELECT w.msisdn, w.state FROM message_view w"
		"        WHERE w.id = c.message_id LIMIT 1) v ON true"
		" WHERE r.campaign_id = $1::bigint"
		" ORDER BY c.run_id DESC, c.variant, c.name, c.message_id LIMIT 1000"};
	struct json_out *json = &s->r->json;
	struct pg_result *rows = NULL;

	pg_param_int64(s->r->params, s->id);
	if (!request_query(s->r, &read, &rows, err))
		return false;
	json_array(json, "control_numbers");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(json, NULL);
		json_put_text(json, "name", pg_text(rows, i, 0));
		json_put_phone(json, "phone", pg_int(rows, i, 1));
		json_put_int(json, "variant", pg_int(rows, i, 2));
		json_put_id(json, "message_id", pg_int(rows, i, 3));
		json_put_text(json, "state",
			      pg_null(rows, i, 4)
				      ? NULL
				      : message_state_name((enum message_state)pg_int(rows, i, 4)));
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}

static bool answer(struct results *s, struct err *err)
{
	struct json_out *json = &s->r->json;

	if (!count_messages(s, err) || !count_control(s, err))
		return false;
	json_object(json, NULL);
	json_put_id(json, "campaign_id", s->id);
	put_goal(json, s);
	put_groups(json, s);
	if (!put_copies(s, err))
		return false;
	json_object_end(json);
	return request_reply(s->r, 200);
}

bool campaign_results(struct request *r, struct err *err)
{
	struct results results = {.r = r};
	bool ok;

	if (!request_id(r, 0, "campaign", &results.id))
		return true;
	ok = read_head(&results, err) && (problem_found(&r->problem) || answer(&results, err));
	pg_result_free(&results.head);
	return ok;
}
