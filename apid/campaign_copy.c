/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_copy - POST /v1/campaigns/{id}/copy: a draft with everything a person set.
 *
 * What that is stands in table campaign_column, which a test holds against the columns there are.
 */
#include "apid/campaign.h"
#include "common/base/log.h"
#include "common/web/json.h"

#define NAME_CHARS_MAX 200

/* A name of its own is optional. */
static bool read_name(struct request *r, struct cJSON **doc, const char **name_out)
{
	struct json_in in;
	size_t len;

	*name_out = NULL;
	(void)http_body(r->call, &len);
	if (len == 0)
		return true;
	if (!request_json(r, doc))
		return false;
	json_in_begin(&in, *doc, &r->problem, "");
	*name_out = json_in_text(&in, "name", JSON_OPTIONAL, NAME_CHARS_MAX);
	json_in_end(&in);
	return !problem_found(&r->problem);
}

static bool copy(struct request *r, int64_t id, const char *name, int64_t *made_out,
		 struct err *err)
{
	static const struct pg_stmt copy = {
		"campaign_copy",
		"SELECT campaign_copy($1::bigint, $2::text, $3::bigint, $4::bigint, $5::bigint[])"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	pg_param_text(r->params, name);
	caller_params(r->params, &r->caller);
	scope_param_clients(r->params, &r->caller, RIGHT_CAMPAIGNS_EDIT);
	if (!request_query(r, &copy, &rows, err))
		return false;
	*made_out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

bool campaign_copy(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	const char *name;
	int64_t id, made = 0;
	bool ok = true;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (read_name(r, &doc, &name))
		ok = copy(r, id, name, &made, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (made == 0)
		return problem_not_found(&r->problem, "campaign"), true;
	log_info("campaign copied", LI("campaign", id), LI("copy", made));
	return campaign_put(r, made, err) && request_reply(r, 201);
}
