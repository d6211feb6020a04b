/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_edit - making and changing the people who sign in.
 *
 * Whoever does gives nothing they do not hold themselves, and changes nobody who holds more: else a
 * new password, or an address for mail, would be a way to what that person may. */
#include <stdio.h>
#include <string.h>

#include "apid/people.h"
#include "apid/session.h"
#include "apid/user.h"
#include "common/base/log.h"
#include "common/model/phone.h"
#include "common/store/password.h"

#define LOGIN_CHARS 64
#define NAME_CHARS  200
#define EMAIL_CHARS 254

#define START_GROUPS 5
#define START_LEN    (START_GROUPS * 5 - 1) /* "04c1-9f3e-...", 80 bits, easily told by phone */

struct edit {
	struct request *r;
	int64_t id;
	const char *login, *name, *language, *email;
	bool no_email, no_phone;
	int64_t phone;
	bool disabled_asked, disabled;
	struct user_roles roles;
	const char *given; /* a start password; NULL: one is drawn */
	char drawn[START_LEN + 1];
	char hash[PASSWORD_HASH_SIZE];
};

/* --- reading -------------------------------------------------------------------------------------
 */

static void draw(char out[START_LEN + 1])
{
	char secret[SECRET_LEN + 1];
	size_t n = 0;

	secret_new(secret);
	for (size_t i = 0; n < START_LEN; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = secret[i];
	}
	out[n] = '\0';
	explicit_bzero(secret, sizeof(secret));
}

static bool is_login(const char *text)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return strchr(first, text[0]) != NULL && text[0] != '\0' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._@-")] == '\0';
}

static void read_person(struct edit *e, struct json_in *in, bool fresh)
{
	enum json_need need = fresh ? JSON_REQUIRED : JSON_OPTIONAL;

	if (fresh) {
		e->login = json_in_text(in, "login", JSON_REQUIRED, LOGIN_CHARS);
		if (e->login != NULL && !is_login(e->login))
			json_in_refuse(in, "login", e->login,
				       "small Latin letters, digits and . _ @ - after a letter or "
				       "digit");
		e->given = json_in_text(in, "password", JSON_OPTIONAL, PASSWORD_CHARS_MAX);
	} else {
		e->disabled_asked = json_in_has(in, "disabled");
		e->disabled = json_in_bool(in, "disabled", JSON_OPTIONAL, false);
	}
	e->name = json_in_text(in, "name", need, NAME_CHARS);
	e->language = json_in_text(in, "language", JSON_OPTIONAL, 2);
	if (e->language != NULL && strcmp(e->language, "ru") != 0 && strcmp(e->language, "en") != 0)
		json_in_refuse(in, "language", e->language, "ru or en");
	e->email = json_in_text(in, "email", JSON_OPTIONAL, EMAIL_CHARS);
	e->no_email = json_in_null(in, "email");
	e->phone = phone_in(in, "phone", JSON_OPTIONAL);
	e->no_phone = json_in_null(in, "phone");
	user_roles_in(in, need, &e->roles);
}

/* Look at the start password, and make its sum.  False: the store failed. */
static bool start_password(struct edit *e, const char *login, struct err *err)
{
	static const struct pg_stmt stmt = {"user_company_name",
					    "SELECT name FROM department WHERE parent_id IS NULL"};
	struct pg_result *rows = NULL;
	const char *refused;

	if (e->given == NULL) {
		draw(e->drawn);
		return password_hash(e->drawn, e->hash, err);
	}
	if (!request_query(e->r, &stmt, &rows, err))
		return false;
	refused = password_refused_in(e->given, login, text_or_null(rows, 0, 0));
	pg_result_free(&rows);
	if (refused != NULL)
		problem_field(&e->r->problem, "password", "(the password)", refused);
	return refused != NULL || password_hash(e->given, e->hash, err);
}

static void push_phone(struct request *r, int64_t phone)
{
	if (phone == 0)
		pg_param_null(r->params);
	else
		pg_param_int64(r->params, phone);
}

/* What the database says against a row, as a problem. */
static bool explain(struct edit *e)
{
	struct request *r = e->r;

	if (problem_found(&r->problem))
		return true;
	if (strcmp(pg_sqlstate(r->pg), "23505") == 0)
		return problem_conflict(&r->problem, "There is a user with this login already; "
						     "logins are used once") ||
		       true;
	if (strcmp(pg_sqlstate(r->pg), "23514") != 0 || e->email == NULL)
		return false;
	problem_field(&r->problem, "email", e->email,
		      "an address such as anna@example.com, or null");
	return true;
}

/* --- making --------------------------------------------------------------------------------------
 */

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"user_insert", "INSERT INTO person (login, name, language, email, phone,"
			       "       password_hash, must_change_password)"
			       " VALUES ($1::text, $2::text, coalesce($3::text, 'ru'), $4::text,"
			       "         $5::bigint, $6::text, true) RETURNING id"};
	struct edit *e = arg;
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	bool kept;

	(void)pg;
	if (!people_lock(r, &kept, err) || !user_roles_check(r, &e->roles, err))
		return false;
	pg_param_text(r->params, e->login);
	pg_param_text(r->params, e->name);
	pg_param_text(r->params, e->language);
	pg_param_text(r->params, e->email);
	push_phone(r, e->phone);
	pg_param_text(r->params, e->hash);
	if (!request_query(r, &insert, &rows, err))
		return false;
	e->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return user_roles_store(r, e->id, &e->roles, err);
}

/* POST /v1/users */
bool user_create(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	read_person(&e, &in, true);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = start_password(&e, e.login, err);
	if (ok && !problem_found(&r->problem))
		ok = pg_transaction(r->pg, create_body, &e, err) || explain(&e);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("user made", LI("person", e.id));
	return user_reply(r, e.id, e.drawn[0] != '\0' ? e.drawn : NULL, 201, err);
}

/* --- changing ------------------------------------------------------------------------------------
 */

/* The person, locked with all others; refused when not there or holding more than the caller. */
static bool take(struct edit *e, bool *kept_out, struct err *err)
{
	static const struct pg_stmt find = {
		"user_take", "SELECT person_within($2::bigint, $3::bigint, p.id) FROM person p"
			     " WHERE p.id = $1::bigint FOR UPDATE"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;

	if (!people_lock(r, kept_out, err))
		return false;
	pg_param_int64(r->params, e->id);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_int64(r->params, r->caller.token_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "user");
	else if (!pg_bool(rows, 0, 0))
		(void)people_refuse_more(r);
	pg_result_free(&rows);
	return !problem_found(&r->problem) || request_refused(err);
}

static bool end_sessions(struct edit *e, struct err *err)
{
	static const struct pg_stmt end = {"user_end_sessions",
					   "UPDATE session SET ended_at = clock_timestamp()"
					   " WHERE person_id = $1::bigint AND ended_at IS NULL"};

	pg_param_int64(e->r->params, e->id);
	return request_query(e->r, &end, NULL, err);
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt update = {
		"user_update",
		"UPDATE person SET name = coalesce($2::text, name),"
		"       language = coalesce($3::text, language),"
		"       email = CASE WHEN $5::boolean THEN NULL ELSE coalesce($4::text, email) END,"
		"       phone = CASE WHEN $7::boolean THEN NULL"
		"                    ELSE coalesce($6::bigint, phone) END,"
		"       disabled_at = CASE WHEN NOT $8::boolean THEN disabled_at"
		"                          WHEN $9::boolean"
		"                          THEN coalesce(disabled_at, clock_timestamp()) END"
		" WHERE id = $1::bigint"};
	struct edit *e = arg;
	struct request *r = e->r;
	bool kept;

	(void)pg;
	if (!take(e, &kept, err))
		return false;
	if (e->roles.asked && !user_roles_check(r, &e->roles, err))
		return false;
	pg_param_int64(r->params, e->id);
	pg_param_text(r->params, e->name);
	pg_param_text(r->params, e->language);
	pg_param_text(r->params, e->email);
	pg_param_bool(r->params, e->no_email);
	push_phone(r, e->phone);
	pg_param_bool(r->params, e->no_phone);
	pg_param_bool(r->params, e->disabled_asked);
	pg_param_bool(r->params, e->disabled);
	if (!request_query(r, &update, NULL, err))
		return false;
	if (e->roles.asked && !user_roles_store(r, e->id, &e->roles, err))
		return false;
	return (!e->disabled || end_sessions(e, err)) && people_still_kept(r, kept, err);
}

/* PATCH /v1/users/{id} */
bool user_patch(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_id(r, 0, "user", &e.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	read_person(&e, &in, false);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = pg_transaction(r->pg, patch_body, &e, err) || explain(&e);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("user changed", LI("person", e.id));
	return user_reply(r, e.id, NULL, 200, err);
}

/* --- another start password ----------------------------------------------------------------------
 */

static bool password_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt update = {
		"user_start_password", "UPDATE person SET password_hash = $2::text,"
				       "       must_change_password = true WHERE id = $1::bigint"};
	/* Wrong passwords were of the one before. */
	static const struct pg_stmt unlock = {
		"user_unlock", "DELETE FROM sign_in_failure WHERE login_hash ="
			       " (SELECT sha256(convert_to(login, 'UTF8')) FROM person"
			       "   WHERE id = $1::bigint)"};
	struct edit *e = arg;
	struct request *r = e->r;
	bool kept;

	(void)pg;
	if (!take(e, &kept, err))
		return false;
	pg_param_int64(r->params, e->id);
	pg_param_text(r->params, e->hash);
	if (!request_query(r, &update, NULL, err))
		return false;
	pg_param_int64(r->params, e->id);
	return request_query(r, &unlock, NULL, err) && end_sessions(e, err);
}

/* The login, which no password may hold; a missing person is a filled 404. */
static bool find_login(struct edit *e, char login[LOGIN_CHARS + 1], struct err *err)
{
	static const struct pg_stmt find = {"user_login",
					    "SELECT login FROM person WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(e->r->params, e->id);
	if (!request_query(e->r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&e->r->problem, "user");
	else
		(void)snprintf(login, LOGIN_CHARS + 1, "%s", pg_text(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

/* POST /v1/users/{id}/password: whoever was signed in with the old one is signed out. */
bool user_password(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	char login[LOGIN_CHARS + 1] = "";
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_id(r, 0, "user", &e.id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	e.given = json_in_text(&in, "password", JSON_OPTIONAL, PASSWORD_CHARS_MAX);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = find_login(&e, login, err);
	if (ok && !problem_found(&r->problem))
		ok = start_password(&e, login, err);
	if (ok && !problem_found(&r->problem))
		ok = pg_transaction(r->pg, password_body, &e, err) || problem_found(&r->problem);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("user has a start password", LI("person", e.id));
	return user_reply(r, e.id, e.drawn[0] != '\0' ? e.drawn : NULL, 200, err);
}
