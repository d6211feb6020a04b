/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* control_send - when a run begins, those of the staff with a control number get each of its texts.
 *
 * No client's data leaves for that: the text's first name is that of the control number, all other
 * placeholders show what they are called, as "[city]"; links and promo codes are examples. */
#include <string.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/model/compose.h"
#include "common/model/plans.h"
#include "schedulerd/scheduler.h"

#define COPIES_MAX 1000

/* Columns of the rows that texts are made of: COMPOSE_CLIENT_SQL without a client. */
#define NAME_SHOWN(no, name, code, russian, kind, column, shown, headers) "'[" code "]', "
static const struct pg_stmt numbers_stmt = {
	"control_numbers",
	"SELECT n.id, '[external_id]', '[last_name]', n.name, '[middle_name]',"
	"       (SELECT array_agg('[' || coalesce(a.name, '') || ']' ORDER BY u.slot)"
	"          FROM generate_series($2::integer, $3::integer) AS u(slot)"
	"          LEFT JOIN client_attribute a ON a.slot = u.slot),"
	"       CASE WHEN $4::integer <> 0 THEN ARRAY[" CLIENT_FIELD_TABLE(
		NAME_SHOWN) "NULL]::text[] END,"
			    "       CASE WHEN $5::bigint <> 0 THEN (SELECT array_agg('[' || "
			    "coalesce(l.name, '') || ']' ORDER BY u.place)"
			    "          FROM generate_series(1, 32) AS u(place)"
			    "          LEFT JOIN list_column l ON l.list_id = $5::bigint AND "
			    "l.place = "
			    "u.place) END"
			    "  FROM run r JOIN campaign c ON c.id = r.campaign_id"
			    "  JOIN department d ON d.id = c.department_id"
			    "  JOIN control_number n ON n.department_id = ANY (d.path)"
			    " WHERE r.id = $1::bigint"
			    "   AND NOT EXISTS (SELECT 1 FROM control_number o"
			    "        WHERE o.msisdn = n.msisdn AND o.id < n.id"
			    "          AND o.department_id = ANY (d.path)) ORDER BY n.id LIMIT "
			    "100"};
enum { COL_NUMBER, COL_CLIENT };

struct copies {
	struct scheduler *s;
	int64_t run_id, list_id;
	enum sms_spelling spelling;
	size_t count;
	int64_t number[COPIES_MAX];
	int16_t variant[COPIES_MAX];
	char *text[COPIES_MAX];
};

static void add_copies(struct copies *c, const struct render_plan *plan, int16_t variant,
		       const struct pg_result *rows)
{
	struct buf text;

	buf_init(&text, COMPOSE_BYTES_MAX);
	for (size_t i = 0; i < pg_rows(rows) && c->count < COPIES_MAX; i++) {
		enum message_reason reason =
			compose_text(plan, rows, i, COL_CLIENT, NULL, &text, NULL);

		if (reason != REASON_NONE) {
			log_warn("a control number gets no text", LI("run", c->run_id),
				 LI("variant", variant), LS("reason", message_reason_name(reason)));
			continue;
		}
		c->number[c->count] = pg_int(rows, i, COL_NUMBER);
		c->variant[c->count] = variant;
		c->text[c->count++] = mem_strdup(buf_str(&text));
	}
	buf_deinit(&text);
}

static bool render(struct copies *c, const char *text, size_t len, int16_t variant, struct err *err)
{
	struct render_plan *plan = NULL;
	struct pg_result *rows = NULL;
	bool ok;

	if (!plan_load(c->s->pg, text, len, c->list_id, &plan, err))
		return false;
	render_plan_set_spelling(plan, c->spelling);
	pg_param_int64(c->s->params, c->run_id);
	compose_params(c->s->params, plan);
	ok = scheduler_run(c->s, &numbers_stmt, &rows, err);
	if (ok)
		add_copies(c, plan, variant, rows);
	pg_result_free(&rows);
	render_plan_free(&plan);
	return ok;
}

static bool render_all(struct copies *c, struct err *err)
{
	static const struct pg_stmt texts = {
		"control_texts",
		"SELECT coalesce(c.list_id, 0), c.spelling, v.no, campaign_text(c, v.no)"
		"  FROM run r JOIN campaign c ON c.id = r.campaign_id"
		" CROSS JOIN generate_series(0, coalesce(jsonb_array_length(c.variants), 0)) AS "
		"v(no)"
		" WHERE r.id = $1::bigint AND EXISTS (SELECT 1 FROM control_number)"};
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_int64(c->s->params, c->run_id);
	ok = scheduler_run(c->s, &texts, &rows, err);
	for (size_t i = 0; ok && i < pg_rows(rows); i++) {
		c->list_id = pg_int(rows, i, 0);
		ok = spelling_parse(pg_text(rows, i, 1), &c->spelling) ||
		     err_set(err, ERR_INPUT, "the campaign's spelling is \"%s\"",
			     pg_text(rows, i, 1));
		ok = ok && render(c, pg_text(rows, i, 3), pg_len(rows, i, 3),
				  (int16_t)pg_int(rows, i, 2), err);
	}
	pg_result_free(&rows);
	return ok;
}

static bool store(struct copies *c, struct err *err)
{
	static const struct pg_stmt add = {"control_add",
					   "SELECT control_messages_add($1::bigint, $2::bigint[],"
					   "       $3::smallint[], $4::text[])"};
	struct pg_params *p = c->s->params;

	if (c->count == 0)
		return true;
	pg_param_int64(p, c->run_id);
	pg_param_int64_array(p, c->number, c->count);
	pg_param_int16_array(p, c->variant, c->count);
	pg_param_text_array(p, (const char *const *)c->text, c->count);
	return scheduler_run(c->s, &add, NULL, err);
}

bool control_send(struct scheduler *s, int64_t run_id, struct err *err)
{
	struct copies *c = mem_calloc(1, sizeof(*c));
	bool ok;

	c->s = s;
	c->run_id = run_id;
	ok = render_all(c, err) && store(c, err);
	for (size_t i = 0; i < c->count; i++)
		mem_free(c->text[i]);
	mem_free(c);
	return ok;
}
