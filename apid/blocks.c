/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* blocks - a client whose data are kept, but neither used nor shown. */
#include "apid/api.h"
#include "common/web/json.h"

#define REASON_CHARS 500

/* Read {"reason": ...} and put client and reason into r->params; false: the problem is filled. */
static bool read_reason(struct request *r, int64_t *id_out)
{
	struct cJSON *doc = NULL;
	struct json_in in;

	if (!request_id(r, 0, "client", id_out) || !request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_int64(r->params, *id_out);
	pg_param_text(r->params, json_in_text(&in, "reason", JSON_REQUIRED, REASON_CHARS));
	json_in_end(&in);
	json_free(&doc);
	return !problem_found(&r->problem);
}

/* Answer with what became of the client. */
static bool reply(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt find = {"client_blocked",
					    "SELECT blocked_at FROM client WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "client");
	} else {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", id);
		json_put_time(&r->json, "blocked_at", pg_time_us(rows, 0, 0));
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, 200);
}

bool client_block_post(struct request *r, struct err *err)
{
	static const struct pg_stmt block = {
		"client_block",
		"SELECT client_block($1::bigint, $2::text, $3::bigint, $4::bigint)"};
	int64_t id;

	if (!read_reason(r, &id))
		return true;
	caller_params(r->params, &r->caller);
	return request_query(r, &block, NULL, err) && reply(r, id, err);
}

bool client_unblock_post(struct request *r, struct err *err)
{
	static const struct pg_stmt unblock = {"client_unblock",
					       "SELECT client_unblock($1::bigint, $2::text)"};
	int64_t id;

	return !read_reason(r, &id) || (request_query(r, &unblock, NULL, err) && reply(r, id, err));
}
