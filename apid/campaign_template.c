/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_template - see campaign_template.h. */
#include "apid/campaign_template.h"

enum column { COL_VERSION, COL_TEXT, COL_SENDER, COL_CATEGORY, COL_SPELLING };

bool campaign_template_take(struct request *r, struct campaign_fields *f,
			    struct pg_result **rows_out, struct err *err)
{
	static const struct pg_stmt read = {
		"campaign_template",
		"SELECT v.no, v.text, t.sender, t.category, v.spelling FROM template t JOIN "
		"template_version v"
		"    ON v.template_id = t.id AND v.no = coalesce(nullif($2::integer, 0), t.version)"
		" WHERE t.id = $1::bigint FOR KEY SHARE OF t"};

	bool outside;

	*rows_out = NULL;
	if (!f->template_asked || f->template_id == 0)
		return true;
	pg_param_int64(r->params, f->template_id);
	pg_param_int32(r->params, (int32_t)f->template_version);
	if (!request_query(r, &read, rows_out, err))
		return false;
	if (!scope_outside(r->pg, &r->caller, SCOPE_TEMPLATE_ABOVE, RIGHT_CAMPAIGNS_EDIT,
			   f->template_id, &outside, err))
		return false;
	if (pg_rows(*rows_out) == 0 || outside) {
		problem_field(
			&r->problem, "template_id", "a template or version there is not",
			"the id of a template from GET /v1/templates and one of its versions");
		return true;
	}
	f->template_version = pg_int(*rows_out, 0, COL_VERSION);
	f->text = pg_text(*rows_out, 0, COL_TEXT);
	if (!f->spelling_asked)
		f->spelling = spelling_of(pg_text(*rows_out, 0, COL_SPELLING));
	if (f->sender[0] == '\0')
		f->sender = pg_text(*rows_out, 0, COL_SENDER);
	if (!f->category_asked)
		f->category = (enum message_category)pg_int(*rows_out, 0, COL_CATEGORY);
	return true;
}
