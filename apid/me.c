/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* me - a person's own profile and password. */
#include <string.h>

#include "common/model/phone.h"
#include "apid/session.h"
#include "apid/sign_in.h"
#include "common/store/password.h"
#include "common/web/json.h"

#define NAME_CHARS 200

static void put_rights(struct json_out *json, uint64_t rights)
{
	const struct caller person = {.rights = rights};

	json_array(json, "rights");
	for (int right = 0; right < RIGHTS; right++)
		if (right_name(right) != NULL && caller_may(&person, right))
			json_put_text(json, NULL, right_name(right));
	json_array_end(json);
}

static void put_role(struct json_out *json, const struct pg_result *roles, size_t i)
{
	json_object(json, NULL);
	json_put_text(json, "role", pg_text(roles, i, 0));
	json_put_id(json, "department_id", pg_int(roles, i, 1));
	json_put_text(json, "department", pg_text(roles, i, 2));
	json_put_text(json, "reach", pg_text(roles, i, 3));
	json_put_text(json, "clients", pg_text(roles, i, 4));
	json_object_end(json);
}

static void put_person(struct json_out *json, const struct pg_result *rows,
		       const struct pg_result *roles, enum caller_limit limit)
{
	static const char *const must[] = {NULL, "change_password", "enrol_second_factor"};

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, 0, 0));
	json_put_text(json, "login", pg_text(rows, 0, 1));
	json_put_text(json, "name", pg_text(rows, 0, 2));
	json_put_text(json, "language", pg_text(rows, 0, 3));
	json_put_text(json, "theme", pg_text(rows, 0, 4));
	if (pg_null(rows, 0, 5))
		json_put_null(json, "phone");
	else
		json_put_own_phone(json, "phone", pg_int(rows, 0, 5));
	json_array(json, "roles");
	for (size_t i = 0; i < pg_rows(roles); i++)
		put_role(json, roles, i);
	json_array_end(json);
	put_rights(json, rights_of_names(pg_text(rows, 0, 6)));
	json_put_text(json, "must", must[limit]);
	json_object_end(json);
}

bool me_put(struct request *r, int64_t person_id, struct err *err)
{
	static const struct pg_stmt get = {
		"me_get", "SELECT p.id, p.login, p.name, p.language, p.theme, p.phone,"
			  "       person_rights(p.id) FROM person p WHERE p.id = $1::bigint"};
	static const struct pg_stmt get_roles = {
		"me_roles", "SELECT r.role, d.id, d.name, r.reach, r.clients"
			    "  FROM person_role r JOIN department d ON d.id = r.department_id"
			    " WHERE r.person_id = $1::bigint ORDER BY d.path, r.role"};
	struct pg_result *rows = NULL;
	struct pg_result *roles = NULL;
	bool ok;

	pg_param_int64(r->params, person_id);
	ok = request_query(r, &get, &rows, err);
	pg_param_int64(r->params, person_id);
	ok = ok && request_query(r, &get_roles, &roles, err);
	if (ok)
		put_person(&r->json, rows, roles, r->caller.limit);
	pg_result_free(&rows);
	pg_result_free(&roles);
	return ok;
}

/* GET /v1/me */
bool me_get(struct request *r, struct err *err)
{
	return me_put(r, r->caller.person_id, err) && request_reply(r, 200);
}

/* --- PATCH /v1/me
 * ----------------------------------------------------------------------------------- */

static const char *one_of(struct json_in *in, const char *key, const char *const *values,
			  const char *expected)
{
	const char *text = json_in_text(in, key, JSON_OPTIONAL, 20);

	if (text == NULL)
		return NULL;
	for (; *values != NULL; values++)
		if (strcmp(text, *values) == 0)
			return text;
	json_in_refuse(in, key, text, expected);
	return NULL;
}

/* Push what the statement below takes: null leaves a column as it is. */
static void read_profile(struct request *r, const struct cJSON *doc)
{
	static const char *const languages[] = {"ru", "en", NULL};
	static const char *const themes[] = {"system", "light", "dark", NULL};
	struct json_in in;
	int64_t phone;

	json_in_begin(&in, doc, &r->problem, "");
	pg_param_text(r->params, json_in_text(&in, "name", JSON_OPTIONAL, NAME_CHARS));
	pg_param_text(r->params, one_of(&in, "language", languages, "ru or en"));
	pg_param_text(r->params, one_of(&in, "theme", themes, "system, light or dark"));
	phone = phone_in(&in, "phone", JSON_OPTIONAL);
	if (phone == 0)
		pg_param_null(r->params);
	else
		pg_param_int64(r->params, phone);
	pg_param_bool(r->params, json_in_null(&in, "phone"));
	json_in_end(&in);
}

/* PATCH /v1/me */
bool me_patch(struct request *r, struct err *err)
{
	static const struct pg_stmt update = {
		"me_update", "UPDATE person SET name = coalesce($1::text, name),"
			     "       language = coalesce($2::text, language),"
			     "       theme = coalesce($3::text, theme),"
			     "       phone = CASE WHEN $5::boolean THEN NULL"
			     "                    ELSE coalesce($4::bigint, phone) END"
			     " WHERE id = $6::bigint"};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_profile(r, doc);
	pg_param_int64(r->params, r->caller.person_id);
	if (!problem_found(&r->problem))
		ok = request_query(r, &update, NULL, err) && me_get(r, err);
	json_free(&doc);
	return ok;
}

/* --- PUT /v1/me/password
 * ---------------------------------------------------------------------------- */

struct password_change {
	struct request *r;
	const char *current;
	const char *wanted;
	char hash[PASSWORD_HASH_SIZE]; /* of the wanted one */
	char secret[SECRET_LEN + 1];   /* the session's new one */
};

static bool store_password(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt store = {
		"me_password", "UPDATE person SET password_hash = $2::text,"
			       "       must_change_password = false WHERE id = $1::bigint"};
	/* Whoever saw the own secret before is signed out with the others. */
	static const struct pg_stmt renew = {
		"me_sessions_renew",
		"UPDATE session SET"
		"       ended_at = CASE WHEN secret_hash <> $2::bytea THEN clock_timestamp() END,"
		"       secret_hash = CASE secret_hash WHEN $2::bytea THEN $3::bytea"
		"                     ELSE secret_hash END"
		" WHERE person_id = $1::bigint AND ended_at IS NULL"};
	struct password_change *change = arg;
	struct request *r = change->r;
	uint8_t own[SESSION_HASH_SIZE] = {0}, renewed[SESSION_HASH_SIZE];

	(void)pg;
	session_cookie(r->call, own);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_text(r->params, change->hash);
	if (!request_query(r, &store, NULL, err))
		return false;
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_bytes(r->params, own, sizeof(own));
	secret_new(change->secret);
	secret_hash(change->secret, renewed);
	pg_param_bytes(r->params, renewed, sizeof(renewed));
	return request_query(r, &renew, NULL, err);
}

/* The present password is tried as at a sign-in, so that whoever sits down at an open page cannot
 * guess it faster than there. */
static bool try_current(struct request *r, const struct password_change *change, const char *login,
			const char *hash, struct err *err)
{
	if (!sign_in_try(r, login, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (password_right(hash, change->current))
		return sign_in_right(r, login, err);
	problem_set(&r->problem, 403, "wrong-password", "The present password is not right",
		    "Nothing was changed. Type the password you signed in with and try again");
	return true;
}

static bool change_password(struct request *r, struct password_change *change, struct err *err)
{
	static const struct pg_stmt get = {
		"me_secret", "SELECT login, password_hash,"
			     "       (SELECT name FROM department WHERE parent_id IS NULL)"
			     "  FROM person WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	const char *refused;
	bool ok = true;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_null(rows, 0, 1)) {
		pg_result_free(&rows);
		return problem_conflict(&r->problem,
					"You have no password of Vestnik's own: you sign in as the "
					"company's directory says. Change your password there") ||
		       true;
	}
	refused =
		password_refused_in(change->wanted, pg_text(rows, 0, 0), text_or_null(rows, 0, 2));
	if (strcmp(change->wanted, change->current) == 0)
		refused = "another password than the present one";
	if (refused != NULL)
		problem_field(&r->problem, "new", "(the password)", refused);
	else
		ok = try_current(r, change, pg_text(rows, 0, 0), pg_text(rows, 0, 1), err);
	pg_result_free(&rows);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (!password_hash(change->wanted, change->hash, err) ||
	    !pg_transaction(r->pg, store_password, change, err))
		return false;
	http_reply(r->call, 204, NULL, "", 0);
	session_give_cookie(r, change->secret);
	return true;
}

/* PUT /v1/me/password */
bool me_password(struct request *r, struct err *err)
{
	struct password_change change = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	change.current = json_in_text(&in, "current", JSON_REQUIRED, PASSWORD_CHARS_MAX);
	change.wanted = json_in_text(&in, "new", JSON_REQUIRED, PASSWORD_CHARS_MAX);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = change_password(r, &change, err);
	json_free(&doc);
	return ok;
}
