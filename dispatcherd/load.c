/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* load - reading a chunk. */
#include "dispatcherd/load.h"

#include <string.h>

#include "common/model/compose.h"

static const struct pg_stmt begin_stmt = {"load_begin", "BEGIN"};
static const struct pg_stmt commit_stmt = {"load_commit", "COMMIT"};
/* A take lost with the machine's power is only counted less. */
static const struct pg_stmt no_wait_stmt = {"load_no_wait", "SET LOCAL synchronous_commit = off"};

static const struct pg_stmt take_stmt = {
	"load_take",
	"UPDATE chunk SET taken = taken + 1, state = CASE WHEN taken >= $2 THEN 3 ELSE 1 END"
	" WHERE id = (SELECT c.id FROM chunk c WHERE c.id = $1 AND c.state = 1"
	"             FOR UPDATE SKIP LOCKED)"
	" RETURNING state",
};

static const struct pg_stmt head_stmt = {
	"load_head",
	"SELECT c.run_id, c.lane, c.size, coalesce(p.class, c.class),"
	"       coalesce(p.category, c.category), coalesce(p.account_id, c.account_id),"
	"       coalesce(p.max_parts, c.max_parts), coalesce(p.priority, 5::smallint),"
	"       coalesce(c.deadline, r.deadline), coalesce(p.sender, c.sender), r.status,"
	"       coalesce(r.text, CASE WHEN c.variant = 0 THEN p.text"
	"                             ELSE p.variants -> (c.variant - 1) ->> 'text' END),"
	"       c.base_ids, clock_timestamp(), c.zones::text, cardinality(c.zones) = 0,"
	"       CASE WHEN h.opens_at IS NOT NULL THEN greatest(h.opens_at, 'epoch') END,"
	"       least(h.closes_at, '2200-01-01Z'),"
	"       l.category IS NOT NULL, send_day(statement_timestamp()), l.per_day, l.per_week,"
	"       l.per_month, p.cap_exempt IS NOT NULL, coalesce((SELECT u.id FROM purpose u"
	"        WHERE u.category = coalesce(p.category, c.category) AND u.required), 0), "
	"       p.list_id, coalesce(p.spelling, 'as_is'), coalesce(p.control_percent, 0),"
	"       control_salt(p.control_by, p.id, p.department_id), c.variant,"
	"       coalesce(p.department_id, c.department_id, 1),"
	"       coalesce(c.money_micro, -1), c.money_final"
	"  FROM chunk c LEFT JOIN run r ON r.id = c.run_id LEFT JOIN campaign p ON p.id = "
	"r.campaign_id"
	"  LEFT JOIN send_cap l ON l.category = coalesce(p.category, c.category)"
	"  LEFT JOIN LATERAL campaign_hours(p.id, coalesce(p.category, c.category), c.zones,"
	"                                   statement_timestamp()) h ON true"
	" WHERE c.id = $1 AND c.state = 1 FOR UPDATE OF c SKIP LOCKED",
};

/* The lateral look-ups with LIMIT leave the planner the index way only, whatever it believes about
 * tables that were empty a second ago.  An opt-out does not stop the message that confirms it. */
static const struct pg_stmt clients_stmt = {
	"load_clients",
	"SELECT u.ord, u.client_id, u.msisdn, u.text, k.msisdn, k.external_id, k.last_name,"
	"       k.first_name, k.middle_name, k.attrs, k.shown, k.own,"
	"       " COMPOSE_OPT_OUT_SQL ", n.id,"
	"       CASE WHEN $7::boolean THEN coalesce((SELECT coalesce(q.operator_id, -1)"
	"         FROM ported_number q WHERE q.msisdn = u.msisdn), 0) ELSE 0 END  FROM chunk c"
	" CROSS JOIN LATERAL unnest(c.client_ids, c.msisdns, c.texts)"
	"       WITH ORDINALITY AS u(client_id, msisdn, text, ord)"
	"  LEFT JOIN LATERAL (SELECT k.msisdn, " COMPOSE_CLIENT_SQL
	"       FROM client k WHERE k.id = u.client_id AND c.run_id IS NOT NULL"
	"         AND k.blocked_at IS NULL LIMIT 1) k ON true"
	"  LEFT JOIN LATERAL (SELECT o.scope FROM opt_out o WHERE o.msisdn = u.msisdn"
	"       AND NOT coalesce(o.confirmation_id = c.base_ids[(u.ord - 1) / 200 + 1]"
	"                        + (u.ord - 1) % 200, false) LIMIT 1) o ON "
	"true" COMPOSE_CONSENT_SQL("$6", "u.msisdn", "u.client_id") " WHERE c.id = $1",
};

static const struct pg_stmt base_ids_stmt = {"load_base_ids", "SELECT message_base_ids($1)"};

void chunk_head_deinit(struct chunk_head *head)
{
	pg_result_free(&head->result);
}

static bool add_take(struct pg *pg, struct pg_params *params, int64_t chunk_id, struct err *err)
{
	pg_params_reset(params);
	pg_param_int64(params, chunk_id);
	pg_param_int16(params, CHUNK_TAKES_MAX - 1); /* the first is not counted */
	return pg_pipeline_add(pg, &begin_stmt, NULL, err) &&
	       pg_pipeline_add(pg, &no_wait_stmt, NULL, err) &&
	       pg_pipeline_add(pg, &take_stmt, params, err) &&
	       pg_pipeline_add(pg, &commit_stmt, NULL, err);
}

/* The head comes last in `outs`; the take's row, when counted, is outs[2]. */
#define TAKE_STEPS  4
#define TAKE_RESULT 2
#define HEAD_STEPS  2

static bool run_head_pipeline(struct pg *pg, int64_t chunk_id, bool count_take,
			      struct pg_result *outs[TAKE_STEPS + HEAD_STEPS], struct err *err)
{
	struct pg_params *params = pg_params_new();
	size_t steps = HEAD_STEPS + (count_take ? TAKE_STEPS : 0);
	bool ok =
		pg_pipeline_begin(pg, err) && (!count_take || add_take(pg, params, chunk_id, err));

	if (ok) {
		pg_params_reset(params);
		pg_param_int64(params, chunk_id);
		ok = pg_pipeline_add(pg, &begin_stmt, NULL, err) &&
		     pg_pipeline_add(pg, &head_stmt, params, err) &&
		     pg_pipeline_end(pg, outs, steps, err);
	}
	pg_params_free(&params);
	return ok;
}

static void parse_rules(struct chunk_head *head, const struct pg_result *row)
{
	head->zones = pg_null(row, 0, 14) ? NULL : pg_text(row, 0, 14);
	head->opens_at_us = pg_time_us(row, 0, 16);
	head->closes_at_us = pg_time_us(row, 0, 17);
	if (pg_bool(row, 0, 15))
		head->barred = REASON_ZONE_UNKNOWN;
	head->cap.counts = pg_bool(row, 0, 18);
	head->cap.day = (int16_t)pg_int(row, 0, 19);
	if (pg_bool(row, 0, 23))
		return;
	head->cap.per_day = (int)pg_int(row, 0, 20);
	head->cap.per_week = (int)pg_int(row, 0, 21);
	head->cap.per_month = (int)pg_int(row, 0, 22);
}

/* Outside the permitted hours: it waits, or they begin too late for it. */
static enum load_outcome judge_hours(struct chunk_head *head)
{
	bool never = pg_null(head->result, 0, 16);

	if (head->zones == NULL || head->barred != REASON_NONE ||
	    (!never && head->opens_at_us <= head->filtered_at_us))
		return LOAD_READY;
	if (!never && head->opens_at_us < head->deadline_us)
		return LOAD_CLOSED;
	head->barred = REASON_QUIET_HOURS;
	return LOAD_READY;
}

static bool head_parse(struct chunk_head *head, struct pg_result *row, struct err *err)
{
	size_t bases;

	head->result = row;
	head->run_id = pg_int(row, 0, 0);
	head->lane = pg_int(row, 0, 1) == LANE_URGENT ? LANE_URGENT : LANE_BULK;
	head->size = (size_t)pg_int(row, 0, 2);
	head->class = (enum message_class)pg_int(row, 0, 3);
	head->category = (enum message_category)pg_int(row, 0, 4);
	head->account_id = (int16_t)pg_int(row, 0, 5);
	head->max_parts = (int)pg_int(row, 0, 6);
	head->priority = (int16_t)pg_int(row, 0, 7);
	head->deadline_us = pg_time_us(row, 0, 8);
	head->sender = pg_text(row, 0, 9);
	head->text = pg_text(row, 0, 11);
	head->text_len = pg_len(row, 0, 11);
	head->filtered_at_us = pg_time_us(row, 0, 13);
	parse_rules(head, row);
	head->purpose = (int16_t)pg_int(row, 0, 24);
	head->list_id = pg_int(row, 0, 25);
	if (!spelling_parse(pg_text(row, 0, 26), &head->spelling))
		return err_set(err, ERR_INPUT, "the campaign's spelling is \"%s\"",
			       pg_text(row, 0, 26));
	head->control = (struct assign_control){.percent = (int)pg_int(row, 0, 27),
						.salt = pg_int(row, 0, 28)};
	head->variant = (int16_t)pg_int(row, 0, 29);
	head->department_id = pg_int(row, 0, 30);
	head->money_micro = pg_int(row, 0, 31);
	head->money_final = pg_bool(row, 0, 32);
	if (head->size > CHUNK_MESSAGES_MAX)
		return err_set(err, ERR_LIMIT, "the chunk holds %zu messages, at most %d are taken",
			       head->size, CHUNK_MESSAGES_MAX);
	if (head->max_parts < 1 || head->max_parts > SMS_PARTS_MAX)
		head->max_parts = SMS_PARTS_MAX;
	if (head->run_id != 0)
		return true;
	bases = pg_int_array(row, 0, 12, head->base_ids, CHUNK_HOMES_MAX);
	head->base_count = bases;
	if (bases * BATCH_MESSAGES_MAX < head->size || bases > CHUNK_HOMES_MAX)
		return err_set(err, ERR_INPUT, "the chunk has %zu messages and %zu batch ids",
			       head->size, bases);
	return true;
}

static enum load_outcome outcome_of(const struct pg_result *take, const struct pg_result *head)
{
	const char *status;

	if (take != NULL && pg_rows(take) > 0 && pg_int(take, 0, 0) == CHUNK_STUCK)
		return LOAD_STUCK;
	if (pg_rows(head) == 0)
		return LOAD_GONE;
	status = pg_text(head, 0, 10);
	if (pg_null(head, 0, 0) || strcmp(status, "running") == 0)
		return LOAD_READY;
	if (strcmp(status, "paused") == 0 || strcmp(status, "snapshot") == 0)
		return LOAD_PAUSED;
	return LOAD_ENDED;
}

bool load_head(struct pg *pg, int64_t chunk_id, bool count_take, struct chunk_head *head,
	       enum load_outcome *outcome, struct err *err)
{
	struct pg_result *outs[TAKE_STEPS + HEAD_STEPS] = {0};
	struct pg_result **last = outs + (count_take ? TAKE_STEPS : 0);
	bool ok;

	*head = (struct chunk_head){.id = chunk_id};
	if (!run_head_pipeline(pg, chunk_id, count_take, outs, err))
		return false;
	*outcome = outcome_of(count_take ? outs[TAKE_RESULT] : NULL, last[1]);
	ok = true;
	if (*outcome == LOAD_READY) {
		ok = head_parse(head, last[1], err);
		last[1] = NULL; /* the head owns it */
		if (ok)
			*outcome = judge_hours(head);
	}
	for (size_t i = 0; i < TAKE_STEPS + HEAD_STEPS; i++)
		pg_result_free(&outs[i]);
	return ok;
}

bool load_clients(struct pg *pg, struct chunk_head *head, const struct render_plan *plan,
		  bool ported, size_t accounts, struct pg_result **out, struct err *err)
{
	size_t homes = (head->size + BATCH_MESSAGES_MAX - 1) / BATCH_MESSAGES_MAX;
	size_t bases = homes + (accounts > 1 ? accounts - 1 : 0);
	size_t steps = head->run_id != 0 ? 2 : 1;
	struct pg_result *outs[2] = {0};
	struct pg_params *params = pg_params_new();
	bool ok = pg_pipeline_begin(pg, err);

	if (ok) {
		pg_param_int64(params, head->id);
		compose_params(params, plan);
		pg_param_int16(params, head->purpose);
		pg_param_bool(params, ported);
		ok = pg_pipeline_add(pg, &clients_stmt, params, err);
	}
	if (ok && steps == 2) {
		pg_params_reset(params);
		pg_param_int32(params, (int32_t)bases);
		ok = pg_pipeline_add(pg, &base_ids_stmt, params, err);
	}
	ok = ok && pg_pipeline_end(pg, outs, steps, err);
	if (ok && steps == 2)
		head->base_count = pg_int_array(outs[1], 0, 0, head->base_ids, CHUNK_BATCHES_MAX);
	if (ok && pg_rows(outs[0]) != head->size)
		ok = err_set(err, ERR_INPUT, "the chunk says it holds %zu messages and holds %zu",
			     head->size, pg_rows(outs[0]));
	pg_params_free(&params);
	pg_result_free(&outs[1]);
	if (ok)
		*out = outs[0];
	else
		pg_result_free(&outs[0]);
	return ok;
}

bool load_ids(struct pg *pg, size_t count, int64_t *ids, struct err *err)
{
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int32(params, (int32_t)count);
	ok = pg_run(pg, &base_ids_stmt, params, &rows, err);
	if (ok)
		pg_int_array(rows, 0, 0, ids, count);
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}
