/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_check - see text_check.h. */
#include "apid/text_check.h"

#include <stdio.h>
#include <string.h>

#include "apid/campaign_request.h"
#include "apid/placeholders.h"
#include "apid/preview.h"
#include "common/base/mem.h"
#include "common/model/audience.h"
#include "common/model/client_field.h"
#include "common/model/plans.h"

#define SQL_MAX		16384
#define LONGEST_SQL_MAX (256 * 1024)

/* --- before it is saved --------------------------------------------------------------------------
 */

static bool check_pool(struct request *r, enum right right, const char *field, const char *text,
		       struct err *err)
{
	struct render_plan *plan = NULL;
	const char *pool;
	bool outside, ok;
	char found[300];

	if (!plan_load(r->pg, text, strlen(text), 0, &plan, err))
		return false;
	pool = template_promo_pool(render_plan_template(plan), NULL);
	ok = scope_outside(r->pg, &r->caller, SCOPE_PROMO_POOL_ABOVE, right, render_plan_pool(plan),
			   &outside, err);
	if (ok && pool != NULL && (render_plan_pool(plan) == 0 || outside)) {
		snprintf(found, sizeof(found), "%.280s", pool);
		problem_field(&r->problem, field, found,
			      "a pool of promo codes from GET /v1/promo-pools");
	}
	render_plan_free(&plan);
	return ok;
}

bool text_check(struct request *r, enum right right, const char *field, const char *text,
		int64_t list_id, struct err *err)
{
	struct placeholders known;

	if (!placeholders_read(r, list_id, &known, err))
		return false;
	campaign_text_check(field, text, known.name, known.count, &r->problem);
	placeholders_deinit(&known);
	return problem_found(&r->problem) || check_pool(r, right, field, text, err);
}

/* --- whom it leaves out --------------------------------------------------------------------------
 */

#define SHOWN_SQL(no, name, code, russian, kind, column, shown, headers) [no] = (shown),

/* What a text shows of a field; nothing a stranger wrote becomes SQL. */
static void add_field_sql(struct buf *sql, enum client_field field)
{
	static const char *const shown[CLIENT_FIELDS] = {CLIENT_FIELD_TABLE(SHOWN_SQL)};

	if (field <= CLIENT_MIDDLE_NAME)
		buf_printf(sql, "k.%s", client_fields[field].column);
	else if (field < CLIENT_FIELDS)
		buf_add_str(sql, shown[field]);
}

static void add_value_sql(struct buf *sql, const struct render_plan *plan, size_t field)
{
	int slot = render_plan_field_slot(plan, field);
	int place = render_plan_field_place(plan, field);

	if (place > 0)
		buf_printf(sql, "l.vals[%d]", place);
	else if (slot > 0)
		buf_printf(sql, "k.attrs[%d]", slot);
	else
		add_field_sql(sql, (enum client_field)client_field_of_placeholder(
					   template_field_name(render_plan_template(plan), field)));
}

static void add_from_sql(struct buf *sql, int64_t list_id)
{
	if (list_id != 0)
		buf_add_str(sql, " FROM list_member l JOIN client k ON k.id = l.client_id"
				 " WHERE l.list_id = $1::bigint");
	else
		buf_add_str(sql, " FROM client k WHERE $1::bigint = 0");
	buf_add_str(sql, " AND " AUDIENCE_HAS_SQL("k"));
}

/* The fields that are needed and that clients can have. */
static size_t needed_fields(const struct render_plan *plan, size_t out[TEMPLATE_FIELDS_MAX])
{
	const struct template *template = render_plan_template(plan);
	size_t count = 0;

	for (size_t i = 0; i < template_field_count(template); i++)
		if (template_field_is_needed(template, i) &&
		    (render_plan_field_slot(plan, i) >= 0 || render_plan_field_place(plan, i) > 0))
			out[count++] = i;
	return count;
}

static bool count_lacking(struct request *r, const struct render_plan *plan, int64_t list_id,
			  const size_t *fields, size_t count, struct pg_result **out,
			  struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, SQL_MAX);
	buf_add_str(&sql, "SELECT count(*)");
	for (size_t i = 0; i < count; i++) {
		buf_add_str(&sql, ", count(*) FILTER (WHERE coalesce(");
		add_value_sql(&sql, plan, fields[i]);
		buf_add_str(&sql, ", '') = '')");
	}
	add_from_sql(&sql, list_id);
	pg_param_int64(r->params, list_id);
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, out, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	return ok;
}

bool text_put_lacking(struct request *r, const struct render_plan *plan, int64_t list_id,
		      struct err *err)
{
	size_t fields[TEMPLATE_FIELDS_MAX], count = needed_fields(plan, fields);
	struct pg_result *rows = NULL;

	if (count > 0 && !count_lacking(r, plan, list_id, fields, count, &rows, err))
		return false;
	json_array(&r->json, "lacking");
	for (size_t i = 0; i < count; i++) {
		if (pg_int(rows, 0, (int)i + 1) == 0)
			continue;
		json_object(&r->json, NULL);
		json_put_text(&r->json, "field",
			      template_field_name(render_plan_template(plan), fields[i]));
		json_put_int(&r->json, "clients", pg_int(rows, 0, (int)i + 1));
		json_put_int(&r->json, "of", pg_int(rows, 0, 0));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* --- the longest ---------------------------------------------------------------------------------
 */

static void add_longest_sql(struct buf *sql, const struct render_plan *plan, size_t field,
			    int64_t list_id)
{
	buf_add_str(sql, "(SELECT ");
	add_value_sql(sql, plan, field);
	add_from_sql(sql, list_id);
	buf_add_str(sql, " ORDER BY octet_length(");
	add_value_sql(sql, plan, field);
	buf_add_str(sql, ")");
	buf_add_str(sql, " DESC NULLS LAST LIMIT 1)");
}

/* The longest of a slot, or (slot 0) of a client's field; NULL where the text does not read it. */
static void add_column_sql(struct buf *sql, const struct render_plan *plan, int slot, int field,
			   int64_t list_id)
{
	const struct template *template = render_plan_template(plan);

	for (size_t i = 0; i < template_field_count(template); i++) {
		if (render_plan_field_slot(plan, i) != slot ||
		    (slot == 0 &&
		     client_field_of_placeholder(template_field_name(template, i)) != field))
			continue;
		add_longest_sql(sql, plan, i, list_id);
		return;
	}
	buf_add_str(sql, "NULL::text");
}

/* Those of the list's own columns that the text reads, by place. */
static void add_own_sql(struct buf *sql, const struct render_plan *plan, int64_t list_id)
{
	size_t field[LIST_COLUMNS_MAX + 1];
	bool read[LIST_COLUMNS_MAX + 1] = {false};

	for (size_t i = 0; i < template_field_count(render_plan_template(plan)); i++) {
		int place = render_plan_field_place(plan, i);

		if (place > 0 && place <= LIST_COLUMNS_MAX) {
			field[place] = i;
			read[place] = true;
		}
	}
	buf_add_str(sql, "ARRAY[");
	for (int place = 1; place <= LIST_COLUMNS_MAX; place++) {
		buf_add_str(sql, place > 1 ? ", " : "");
		if (read[place])
			add_longest_sql(sql, plan, field[place], list_id);
		else
			buf_add_str(sql, "NULL");
	}
	buf_add_str(sql, "]::text[]");
}

/* One row as COMPOSE_CLIENT_SQL has it. */
static bool read_longest(struct request *r, const struct render_plan *plan, int64_t list_id,
			 struct pg_result **out, struct err *err)
{
	int first_slot, last_slot;
	struct buf sql;
	bool ok;

	render_plan_slots(plan, &first_slot, &last_slot);
	buf_init(&sql, LONGEST_SQL_MAX);
	buf_add_str(&sql, "SELECT ");
	for (int field = 0; field <= CLIENT_MIDDLE_NAME; field++) {
		add_column_sql(&sql, plan, 0, field, list_id);
		buf_add_str(&sql, ", ");
	}
	buf_add_str(&sql, "ARRAY[");
	for (int slot = first_slot; slot <= last_slot; slot++) {
		add_column_sql(&sql, plan, slot, -1, list_id);
		buf_add_str(&sql, slot < last_slot ? ", " : "");
	}
	buf_add_str(&sql, "]::text[], ARRAY[");
	for (int field = 0; field < CLIENT_FIELDS; field++) {
		add_column_sql(&sql, plan, 0, field, list_id);
		buf_add_str(&sql, ", ");
	}
	buf_add_str(&sql, "NULL]::text[], ");
	add_own_sql(&sql, plan, list_id);
	buf_add_str(&sql, " WHERE $1::bigint >= 0");
	pg_param_int64(r->params, list_id);
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, out, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	return ok;
}

/* On the account that the routing prefers now. */
static void put_measured(struct json_out *json, const struct buf *text,
			 const struct route_table *routes)
{
	struct route_account account = *preview_account(routes, 0, 0);
	struct sms_parts parts;

	account.max_parts = SMS_PARTS_MAX;
	if (compose_measure(text, &account, SMS_PARTS_MAX, &parts) != REASON_NONE) {
		json_put_null(json, "worst");
		return;
	}
	json_object(json, "worst");
	json_put_int(json, "parts", (int64_t)parts.count);
	json_put_int(json, "units", parts.units);
	json_put_text(json, "encoding", parts.encoding == SMS_GSM7 ? "gsm7" : "ucs2");
	json_object_end(json);
}

bool text_put_worst(struct request *r, const struct render_plan *plan, int64_t list_id,
		    struct err *err)
{
	struct route_table *routes = NULL;
	struct pg_result *rows = NULL;
	struct buf text;

	if (!preview_routes(r, &routes, err))
		return false;
	if (!read_longest(r, plan, list_id, &rows, err)) {
		mem_free(routes);
		return false;
	}
	buf_init(&text, COMPOSE_BYTES_MAX);
	if (compose_text(plan, rows, 0, 0, NULL, &text, NULL) == REASON_NONE)
		put_measured(&r->json, &text, routes);
	else
		json_put_null(&r->json, "worst");
	buf_deinit(&text);
	pg_result_free(&rows);
	mem_free(routes);
	return true;
}
