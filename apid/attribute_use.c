/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attribute_use - what would break without an attribute. */
#include <string.h>

#include "apid/attribute.h"
#include "common/sms/template.h"
#include "common/web/json.h"

#define USES_TOLD_MAX 50 /* of each kind */

static bool reads(const char *text, size_t len, const char *name)
{
	struct template *template = NULL;
	struct err err;
	bool found = false;

	if (!template_compile(text, len, &template, &err))
		return false;
	for (size_t i = 0; i < template_field_count(template); i++)
		found |= strcmp(template_field_name(template, i), name) == 0;
	template_free(&template);
	return found;
}

/* Columns id, name, status, texts, whether its schedule goes by the attribute; the name may stand
 * in the texts as a word of its own. */
static const struct pg_stmt find_campaigns = {
	"attribute_campaigns",
	"SELECT c.id, c.name, c.status,"
	"       campaign_text(c, v.no) || ' ' || coalesce(c.reminder->>'text', ''),"
	"       coalesce(c.schedule->>'field' = $1::text, false) FROM campaign c"
	" CROSS JOIN generate_series(0, coalesce(jsonb_array_length(c.variants), 0)) AS v(no)"
	" WHERE (strpos(campaign_text(c, v.no), $1::text) > 0 OR c.schedule->>'field' = $1::text"
	"       OR strpos(c.reminder->>'text', $1::text) > 0)"
	"   AND c.status IN ('draft', 'planned', 'running', 'paused') ORDER BY c.id, v.no"};
static const struct pg_stmt find_lists = {
	"attribute_lists", "SELECT l.id, l.name FROM list l WHERE jsonb_path_exists(l.criteria,"
			   " '$.** ? (@.attribute == $name)',"
			   " jsonb_build_object('name', $1::text)) ORDER BY l.id LIMIT 50"};

static bool refuse_campaigns(struct request *r, const char *name, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find_campaigns, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows) && !problem_found(&r->problem); i++)
		if (pg_bool(rows, i, 4))
			problem_conflict(&r->problem,
					 "The campaign \"%.200s\" goes by this attribute. Change "
					 "its schedule first",
					 pg_text(rows, i, 1));
		else if (reads(pg_text(rows, i, 3), pg_len(rows, i, 3), name))
			problem_conflict(&r->problem,
					 "The text of the campaign \"%.200s\" reads this "
					 "attribute. Change the text first",
					 pg_text(rows, i, 1));
	pg_result_free(&rows);
	return true;
}

static bool refuse_lists(struct request *r, const char *name, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find_lists, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		problem_conflict(&r->problem,
				 "The conditions of the list \"%.200s\" read this attribute. "
				 "Change the list first",
				 pg_text(rows, 0, 1));
	pg_result_free(&rows);
	return true;
}

bool attribute_refuse_used(struct request *r, const char *name, struct err *err)
{
	return refuse_campaigns(r, name, err) &&
	       (problem_found(&r->problem) || refuse_lists(r, name, err));
}

/* --- GET /v1/attributes/{id}/use
 * ----------------------------------------------------------------------- */

static bool put_campaigns(struct request *r, const char *name, struct err *err)
{
	struct pg_result *rows = NULL;
	int64_t last = 0;
	size_t told = 0;

	pg_param_text(r->params, name);
	if (!request_query(r, &find_campaigns, &rows, err))
		return false;
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < pg_rows(rows) && told < USES_TOLD_MAX; i++) {
		if ((!pg_bool(rows, i, 4) &&
		     !reads(pg_text(rows, i, 3), pg_len(rows, i, 3), name)) ||
		    pg_int(rows, i, 0) == last)
			continue;
		last = pg_int(rows, i, 0); /* once, however many of its texts do */
		told++;
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_text(&r->json, "status", pg_text(rows, i, 2));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool put_lists(struct request *r, const char *name, struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find_lists, &rows, err))
		return false;
	json_array(&r->json, "lists");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool attribute_use_get(struct request *r, struct err *err)
{
	static const struct pg_stmt find = {
		"attribute_name", "SELECT name FROM client_attribute WHERE slot = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "attribute", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "attribute");
	} else {
		json_object(&r->json, NULL);
		ok = put_campaigns(r, pg_text(rows, 0, 0), err) &&
		     put_lists(r, pg_text(rows, 0, 0), err);
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return ok && (problem_found(&r->problem) || request_reply(r, 200));
}
