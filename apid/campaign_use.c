/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_use - see campaign_use.h. */
#include "apid/campaign_use.h"

#include "apid/api.h"
#include "apid/text_check.h"

#define VARIANTS_BYTES_MAX (256 * 1024)

const char *variant_text_field(size_t i)
{
	static const char *const fields[ASSIGN_VARIANTS_MAX - 1] = {
		"variants[0].text", "variants[1].text", "variants[2].text", "variants[3].text"};

	return fields[i];
}

static bool check_goal(struct request *r, const char *action, struct err *err)
{
	static const struct pg_stmt find = {"campaign_goal_find",
					    "SELECT 1 FROM action_kind WHERE code = $1::text"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, action);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_field(&r->problem, "goal.action", action,
			      "a kind of action that was imported or told of before, as purchase");
	pg_result_free(&rows);
	return true;
}

bool campaign_use_check(struct request *r, const struct campaign_use *use, int64_t list_id,
			struct err *err)
{
	if (use->goal_action != NULL && !check_goal(r, use->goal_action, err))
		return false;
	for (size_t i = 0; i < use->variant_count && !problem_found(&r->problem); i++)
		if (!text_check(r, RIGHT_CAMPAIGNS_EDIT, variant_text_field(i),
				use->variant[i].text, list_id, err))
			return false;
	return true;
}

/* The further texts as the column has them; NULL: none. */
static void push_variants(struct pg_params *p, const struct campaign_use *use)
{
	struct json_out json;
	struct buf text;

	if (use->variant_count == 0) {
		pg_param_null(p);
		return;
	}
	buf_init(&text, VARIANTS_BYTES_MAX);
	json_out_init(&json, &text);
	json_array(&json, NULL);
	for (size_t i = 0; i < use->variant_count; i++) {
		json_object(&json, NULL);
		json_put_text(&json, "name", use->variant[i].name);
		json_put_text(&json, "text", use->variant[i].text);
		json_put_int(&json, "share", use->variant[i].share);
		json_object_end(&json);
	}
	json_array_end(&json);
	pg_param_text(p, buf_str(&text));
	buf_deinit(&text);
}

static void int_or_null(struct pg_params *p, int64_t value)
{
	if (value == 0)
		pg_param_null(p);
	else
		pg_param_int64(p, value);
}

bool campaign_use_store(struct request *r, int64_t id, const struct campaign_use *use,
			struct err *err)
{
	static const struct pg_stmt store = {
		"campaign_use_store",
		"UPDATE campaign SET"
		" control_percent = CASE WHEN $2::boolean THEN $3::bigint ELSE control_percent END,"
		" control_by = CASE WHEN $2::boolean THEN $4::text ELSE control_by END,"
		" goal_action = CASE WHEN $5::boolean THEN $6::text ELSE goal_action END,"
		" goal_days = CASE WHEN $5::boolean THEN $7::bigint ELSE goal_days END,"
		" variants = CASE WHEN $8::boolean THEN $9::text::jsonb ELSE variants END,"
		" trial_clients = CASE WHEN $10::boolean THEN $11::bigint ELSE trial_clients END,"
		" trial_wait_min = CASE WHEN $10::boolean THEN $12::bigint ELSE trial_wait_min "
		"END,"
		" trial_fail_percent = CASE WHEN $10::boolean THEN $13::bigint / 10.0"
		"                      ELSE trial_fail_percent END,"
		" trial_stop_percent = CASE WHEN $10::boolean THEN $14::bigint / 10.0"
		"                      ELSE trial_stop_percent END"
		" WHERE id = $1::bigint"};
	struct pg_params *p = r->params;

	if (!use->control_asked && !use->goal_asked && !use->variants_asked && !use->trial_asked)
		return true;
	pg_param_int64(p, id);
	pg_param_bool(p, use->control_asked);
	int_or_null(p, use->control_percent);
	pg_param_text(p, use->control_by);
	pg_param_bool(p, use->goal_asked);
	pg_param_text(p, use->goal_action);
	int_or_null(p, use->goal_days);
	pg_param_bool(p, use->variants_asked);
	push_variants(p, use);
	pg_param_bool(p, use->trial_asked);
	int_or_null(p, use->trial_clients);
	int_or_null(p, use->trial_wait_min);
	int_or_null(p, (int64_t)(use->trial_fail_percent * 10 + 0.5));
	int_or_null(p, (int64_t)(use->trial_stop_percent * 10 + 0.5));
	return request_query(r, &store, NULL, err);
}

static void put(struct json_out *json, const char *key, const struct pg_result *rows, size_t i,
		int col)
{
	if (pg_null(rows, i, col))
		json_put_null(json, key);
	else
		json_put_raw(json, key, pg_text(rows, i, col), pg_len(rows, i, col));
}

void campaign_use_put(struct json_out *json, const struct pg_result *rows, size_t i, int col)
{
	put(json, "control_group", rows, i, col);
	put(json, "goal", rows, i, col + 1);
	put(json, "variants", rows, i, col + 2);
	put(json, "trial", rows, i, col + 3);
}
