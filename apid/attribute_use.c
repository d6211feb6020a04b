/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* attribute_use - what would break without an attribute. */
#include <string.h>

#include "apid/attribute.h"
#include "common/sms/template.h"

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

static bool refuse_campaigns(struct request *r, const char *name, struct err *err)
{
	static const struct pg_stmt find = {
		"attribute_campaigns",
		"SELECT c.name, c.text FROM campaign c WHERE strpos(c.text, $1::text) > 0"
		"   AND c.status IN ('draft', 'planned', 'running', 'paused') ORDER BY c.id"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find, &rows, err))
		return false;
	for (size_t i = 0; i < pg_rows(rows) && !problem_found(&r->problem); i++)
		if (reads(pg_text(rows, i, 1), pg_len(rows, i, 1), name))
			problem_conflict(&r->problem,
					 "The text of the campaign \"%.200s\" reads this "
					 "attribute. Change the text first",
					 pg_text(rows, i, 0));
	pg_result_free(&rows);
	return true;
}

static bool refuse_lists(struct request *r, const char *name, struct err *err)
{
	static const struct pg_stmt find = {
		"attribute_lists", "SELECT l.name FROM list l WHERE jsonb_path_exists(l.criteria,"
				   " '$.** ? (@.attribute == $name)',"
				   " jsonb_build_object('name', $1::text)) ORDER BY l.id LIMIT 1"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, name);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) > 0)
		problem_conflict(&r->problem,
				 "The conditions of the list \"%.200s\" read this attribute. "
				 "Change the list first",
				 pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

bool attribute_refuse_used(struct request *r, const char *name, struct err *err)
{
	return refuse_campaigns(r, name, err) &&
	       (problem_found(&r->problem) || refuse_lists(r, name, err));
}
