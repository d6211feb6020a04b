/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* senders - who messages are from, and which operators know them. */
#include <string.h>

#include "apid/registration.h"
#include "common/base/log.h"
#include "common/model/sender.h"
#include "common/route/tariff.h"

#define NOTE_CHARS 1000

static const char *const kinds[] = {
	[SENDER_LETTERS] = "letters",
	[SENDER_DIGITS] = "digits",
	[SENDER_SHORT_CODE] = "short_code",
};

/* --- showing -------------------------------------------------------------------------------------
 */

#define SENDER_SQL                                                                                 \
	"SELECT s.id, s.name, s.kind, s.note, s.enabled, s.created_at, n.active, n.asked,"         \
	"       n.refused, (SELECT count(*) FROM template_registration t"                          \
	"                    WHERE t.sender_id = s.id AND t.state <> 'ended')"                     \
	"  FROM sender s CROSS JOIN LATERAL"                                                       \
	"       (SELECT count(*) FILTER (WHERE r.state = 'active') AS active,"                     \
	"               count(*) FILTER (WHERE r.state = 'asked') AS asked,"                       \
	"               count(*) FILTER (WHERE r.state = 'refused') AS refused"                    \
	"          FROM sender_registration r WHERE r.sender_id = s.id) n "

enum column {
	COL_ID,
	COL_NAME,
	COL_KIND,
	COL_NOTE,
	COL_ENABLED,
	COL_CREATED,
	COL_ACTIVE,
	COL_ASKED,
	COL_REFUSED,
	COL_TEXTS,
};

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_text(json, "kind", kinds[pg_int(rows, i, COL_KIND)]);
	json_put_text(json, "note", pg_text(rows, i, COL_NOTE));
	json_put_bool(json, "enabled", pg_bool(rows, i, COL_ENABLED));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_object(json, "registered");
	json_put_int(json, "active", pg_int(rows, i, COL_ACTIVE));
	json_put_int(json, "asked", pg_int(rows, i, COL_ASKED));
	json_put_int(json, "refused", pg_int(rows, i, COL_REFUSED));
	json_object_end(json);
	json_put_int(json, "texts", pg_int(rows, i, COL_TEXTS));
}

/* GET /v1/senders: those in use first */
bool sender_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"sender_list",
		SENDER_SQL "ORDER BY s.enabled DESC, lower(s.name), s.id LIMIT 1000"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &list, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "senders");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		put_open(&r->json, rows, i);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

static bool put_registrations(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt list = {"sender_registrations",
					    "SELECT " REGISTRATION_SQL
					    " FROM sender_registration r" REGISTRATION_JOIN_SQL
					    "WHERE r.sender_id = $1::bigint"
					    " ORDER BY r.state = 'ended', p.name, r.account_id "
					    "NULLS FIRST, r.operator_id NULLS "
					    "FIRST, r.id DESC LIMIT 1000"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &list, &rows, err))
		return false;
	json_array(&r->json, "registrations");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		registration_put(&r->json, rows, i);
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* What follows from the registrations for each account, as the routing reads it. */
static bool put_known(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt read = {
		"sender_known",
		"SELECT a.name, o.code, k.state, k.registered, k.carries FROM sender_routes() k"
		"  JOIN account a ON a.id = k.account_id LEFT JOIN operator o ON o.id = "
		"k.operator_id"
		" WHERE k.sender_id = $1::bigint ORDER BY a.id, k.operator_id"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &read, &rows, err))
		return false;
	json_array(&r->json, "known");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "account", pg_text(rows, i, 0));
		json_put_text(&r->json, "operator", text_or_null(rows, i, 1));
		json_put_text(&r->json, "state", pg_text(rows, i, 2));
		json_put_bool(&r->json, "registered", pg_bool(rows, i, 3));
		json_put_bool(&r->json, "carries", pg_bool(rows, i, 4));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* Whom there is to register with. */
static bool put_where(struct request *r, struct err *err)
{
	static const struct pg_stmt accounts = {
		"sender_accounts", "SELECT a.name, p.name, p.title, a.enabled FROM account a"
				   "  JOIN provider p ON p.id = a.provider_id"
				   " ORDER BY p.id, a.id LIMIT 1000"};
	static const struct pg_stmt operators = {"sender_operators",
						 "SELECT code, name FROM operator ORDER BY id"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &accounts, &rows, err))
		return false;
	json_array(&r->json, "accounts");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "name", pg_text(rows, i, 0));
		json_put_text(&r->json, "provider", pg_text(rows, i, 1));
		json_put_text(&r->json, "provider_title", pg_text(rows, i, 2));
		json_put_bool(&r->json, "enabled", pg_bool(rows, i, 3));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	if (!request_query(r, &operators, &rows, err))
		return false;
	json_array(&r->json, "operators");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, "code", pg_text(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* Answer with the sender; one that is not there is the problem. */
static bool reply_sender(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"sender_get", SENDER_SQL "WHERE s.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		pg_result_free(&rows);
		problem_not_found(&r->problem, "sender");
		return true;
	}
	put_open(&r->json, rows, 0);
	pg_result_free(&rows);
	if (!put_registrations(r, id, err) || !put_known(r, id, err) || !put_where(r, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, status);
}

/* GET /v1/senders/{id} */
bool sender_get(struct request *r, struct err *err)
{
	int64_t id;

	return !request_id(r, 0, "sender", &id) || reply_sender(r, id, 200, err);
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* NULL: as it is. */
static const char *note_in(struct json_in *in)
{
	return json_in_empty(in, "note") ? "" : json_in_text(in, "note", JSON_OPTIONAL, NOTE_CHARS);
}

/* POST /v1/senders */
bool sender_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"sender_create", "INSERT INTO sender (name, note, enabled)"
				 " VALUES ($1::text, coalesce($2::text, ''), $3::boolean)"
				 " ON CONFLICT (name) DO NOTHING RETURNING id"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id = 0;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_text(r->params, sender_name_in(&in, "name", JSON_REQUIRED));
	pg_param_text(r->params, note_in(&in));
	pg_param_bool(r->params, json_in_bool(&in, "enabled", JSON_OPTIONAL, true));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &create, &rows, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) > 0)
		id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (id == 0)
		return problem_conflict(&r->problem, "There is a sender of this name already");
	log_info("sender made", LI("sender", id));
	return reply_sender(r, id, 201, err);
}

/* PATCH /v1/senders/{id} */
bool sender_patch(struct request *r, struct err *err)
{
	static const struct pg_stmt patch = {
		"sender_patch",
		"UPDATE sender SET note = coalesce($1::text, note),"
		"       enabled = coalesce($2::boolean, enabled) WHERE id = $3::bigint"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "sender", &id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_text(r->params, note_in(&in));
	if (json_in_has(&in, "enabled"))
		pg_param_bool(r->params, json_in_bool(&in, "enabled", JSON_REQUIRED, true));
	else
		pg_param_null(r->params);
	pg_param_int64(r->params, id);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &patch, &rows, err);
	json_free(&doc);
	pg_result_free(&rows);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("sender changed", LI("sender", id));
	return reply_sender(r, id, 200, err);
}

/* DELETE /v1/senders/{id}: one that was mistyped; what was used stays for the record. */
bool sender_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"sender_delete",
		"WITH found AS (SELECT s.id, EXISTS (SELECT 1 FROM campaign c WHERE c.sender = "
		"s.name)"
		"       OR EXISTS (SELECT 1 FROM template t WHERE t.sender = s.name) AS used"
		"       FROM sender s WHERE s.id = $1::bigint),"
		" gone AS (DELETE FROM sender s USING found f WHERE s.id = f.id AND NOT f.used)"
		" SELECT used FROM found"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "sender", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "sender");
	else if (pg_bool(rows, 0, 0))
		problem_conflict(&r->problem,
				 "Campaigns or templates name this sender, so it stays. "
				 "Switch it off if it shall not be used any more");
	pg_result_free(&rows);
	if (!problem_found(&r->problem)) {
		log_info("sender deleted", LI("sender", id));
		http_reply(r->call, 204, NULL, "", 0);
	}
	return true;
}

/* --- registrations of a sender -------------------------------------------------------------------
 */

/* GET /v1/senders/{id}/registrations */
bool sender_registration_list(struct request *r, struct err *err)
{
	static const struct pg_stmt find = {"sender_find",
					    "SELECT 1 FROM sender WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	int64_t id;
	bool found;

	if (!request_id(r, 0, "sender", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	found = pg_rows(rows) > 0;
	pg_result_free(&rows);
	if (!found) {
		problem_not_found(&r->problem, "sender");
		return true;
	}
	json_object(&r->json, NULL);
	if (!put_registrations(r, id, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}

static bool reply_registration(struct request *r, int64_t id, int status, struct err *err)
{
	static const struct pg_stmt get = {"sender_registration_get",
					   "SELECT " REGISTRATION_SQL
					   " FROM sender_registration r" REGISTRATION_JOIN_SQL
					   "WHERE r.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "registration");
	} else {
		json_object(&r->json, NULL);
		registration_put(&r->json, rows, 0);
		json_object_end(&r->json);
		log_info("sender registration written", LI("registration", id),
			 LS("state", pg_text(rows, 0, 4)));
	}
	pg_result_free(&rows);
	return problem_found(&r->problem) || request_reply(r, status);
}

/* POST /v1/senders/{id}/registrations */
bool sender_registration_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"sender_registration_create",
		"INSERT INTO sender_registration (" REGISTRATION_INSERT_COLUMNS ", sender_id)"
		" SELECT " REGISTRATION_INSERT_VALUES ", s.id FROM sender s"
		" WHERE s.id = $13::bigint RETURNING id"};
	struct registration registration;
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id, made = 0;
	bool ok = true;

	if (!request_id(r, 0, "sender", &id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	registration_read(&in, true, &registration);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = registration_find(r, &registration, err);
	if (ok && !problem_found(&r->problem)) {
		registration_push(r->params, &registration);
		registration_push_whose(r->params, &registration);
		pg_param_int64(r->params, id);
		ok = request_query(r, &create, &rows, err) || registration_refused(r, err);
	}
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (pg_rows(rows) > 0)
		made = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (made == 0) {
		problem_not_found(&r->problem, "sender");
		return true;
	}
	return reply_registration(r, made, 201, err);
}

/* PATCH /v1/senders/{id}/registrations/{registration} */
bool sender_registration_patch(struct request *r, struct err *err)
{
	static const struct pg_stmt patch = {
		"sender_registration_patch",
		"UPDATE sender_registration SET " REGISTRATION_UPDATE_SQL
		" WHERE id = $10::bigint AND sender_id = $11::bigint RETURNING id"};
	struct registration registration;
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t sender_id, id;
	bool ok = true, found = false;

	if (!request_id(r, 0, "sender", &sender_id) || !request_id(r, 1, "registration", &id) ||
	    !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	registration_read(&in, false, &registration);
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		registration_push(r->params, &registration);
		pg_param_int64(r->params, id);
		pg_param_int64(r->params, sender_id);
		ok = request_query(r, &patch, &rows, err) || registration_refused(r, err);
		found = ok && pg_rows(rows) > 0;
	}
	json_free(&doc);
	pg_result_free(&rows);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (!found) {
		problem_not_found(&r->problem, "registration");
		return true;
	}
	return reply_registration(r, id, 200, err);
}
