/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* notices - what the person who is signed in is told of; by mail, too, where they want that. */
#include <cjson/cJSON.h>
#include <string.h>

#include "apid/api.h"
#include "common/base/mem.h"

#define IDS_MAX	    PAGE_LIMIT_MAX
#define EMAIL_CHARS 254

static void put_notice(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_text(json, "kind", pg_text(rows, i, 1));
	put_id_or_null(json, "campaign_id", rows, i, 2);
	json_put_text(json, "campaign", text_or_null(rows, i, 3));
	put_id_or_null(json, "department_id", rows, i, 4);
	json_put_text(json, "department", text_or_null(rows, i, 5));
	json_put_text(json, "month", text_or_null(rows, i, 6));
	if (pg_null(rows, i, 7))
		json_put_null(json, "percent");
	else
		json_put_int(json, "percent", pg_int(rows, i, 7));
	json_put_text(json, "person", text_or_null(rows, i, 8));
	json_put_text(json, "reason", text_or_null(rows, i, 9));
	json_put_time(json, "created_at", pg_time_us(rows, i, 10));
	json_put_time(json, "read_at", pg_time_us(rows, i, 11));
	json_object_end(json);
}

/* GET /v1/notices: the caller's own, the newest first */
bool notice_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"notice_list",
		"SELECT n.id, n.kind, n.campaign_id, c.name, n.department_id, d.name,"
		"       to_char(n.month, 'YYYY-MM'), n.percent,"
		"       CASE n.kind WHEN 'approval_wanted' THEN q.name ELSE w.name END, a.reason,"
		"       n.created_at, n.read_at"
		"  FROM notice n LEFT JOIN campaign c ON c.id = n.campaign_id"
		"  LEFT JOIN department d ON d.id = n.department_id"
		"  LEFT JOIN approval a ON a.id = n.approval_id"
		"  LEFT JOIN person q ON q.id = a.requested_by"
		"  LEFT JOIN person w ON w.id = a.decided_by"
		" WHERE n.person_id = $3::bigint AND ($1::bigint = 0 OR n.id < $1)"
		"   AND ($4::boolean IS NOT TRUE OR n.read_at IS NULL)"
		" ORDER BY n.id DESC LIMIT $2::bigint + 1"};
	const char *unread = http_query(r->call, "unread");
	struct page page;

	if (unread != NULL && strcmp(unread, "true") != 0 && strcmp(unread, "false") != 0)
		problem_field(&r->problem, "unread", unread, "true or false");
	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_bool(r->params, unread != NULL && strcmp(unread, "true") == 0);
	return page_reply(r, &page, &list, "notices", put_notice, err);
}

/* GET /v1/notices/count: what every page asks now and then, by one index */
bool notice_count(struct request *r, struct err *err)
{
	static const struct pg_stmt count = {
		"notice_count",
		"SELECT count(*) FROM notice WHERE person_id = $1::bigint AND read_at IS NULL"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &count, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_int(&r->json, "unread", pg_int(rows, 0, 0));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- reading -------------------------------------------------------------------------------------
 */

/* Push the ids, none for all of them. */
static void ids_in(struct request *r, const struct cJSON *doc)
{
	int64_t ids[IDS_MAX];
	const cJSON *array = NULL, *item;
	struct json_in in;
	size_t count = 0;

	json_in_begin(&in, doc, &r->problem, "");
	if (json_in_has(&in, "ids"))
		array = json_in_array(&in, "ids", JSON_REQUIRED, IDS_MAX);
	cJSON_ArrayForEach(item, array)
	{
		if (cJSON_IsString(item) && id_parse(item->valuestring, &ids[count]))
			count++;
		else
			json_in_refuse(&in, "ids", "another value", "ids of notices, as strings");
	}
	if (json_in_bool(&in, "all", JSON_OPTIONAL, false) == (array != NULL) &&
	    !problem_found(&r->problem))
		json_in_refuse(&in, "ids", "both or none", "`ids`, or `all`: true");
	json_in_end(&in);
	pg_param_int64(r->params, r->caller.person_id);
	if (array != NULL)
		pg_param_int64_array(r->params, ids, count);
	else
		pg_param_null(r->params);
}

/* POST /v1/notices/read; those of others are passed over */
bool notice_read(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"notice_read", "UPDATE notice SET read_at = clock_timestamp()"
			       " WHERE person_id = $1::bigint AND read_at IS NULL"
			       "   AND ($2::bigint[] IS NULL OR id = ANY ($2::bigint[]))"};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	ids_in(r, doc);
	if (!problem_found(&r->problem))
		ok = request_query(r, &read, NULL, err);
	json_free(&doc);
	return ok && (problem_found(&r->problem) || notice_count(r, err));
}

/* --- by mail -------------------------------------------------------------------------------------
 */

/* GET /v1/me/notices */
bool notice_settings_get(struct request *r, struct err *err)
{
	static const struct pg_stmt get = {
		"notice_settings", "SELECT email, notice_mail FROM person WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &get, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "email", text_or_null(rows, 0, 0));
	json_put_bool(&r->json, "by_mail", pg_bool(rows, 0, 1));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* PUT /v1/me/notices */
bool notice_settings_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {"notice_settings_put",
					   "UPDATE person SET email = $2::text, notice_mail = "
					   "$3::boolean WHERE id = $1::bigint"};
	const char *email = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	if (!json_in_null(&in, "email"))
		email = json_in_text(&in, "email", JSON_REQUIRED, EMAIL_CHARS);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_text(r->params, email);
	pg_param_bool(r->params, json_in_bool(&in, "by_mail", JSON_REQUIRED, true));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &put, NULL, err);
	if (!ok && strcmp(pg_sqlstate(r->pg), "23514") == 0) {
		problem_field(&r->problem, "email", email != NULL ? email : "",
			      "an address such as anna@example.com, or null");
		ok = true;
	}
	json_free(&doc);
	return ok && (problem_found(&r->problem) || notice_settings_get(r, err));
}
