/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sign_in_step - see sign_in.h: from the right password to the session of somebody who has a second
 * factor, in two requests.  What joins them is a cookie of five minutes, whose sum is in table
 * sign_in_step; it opens nothing by itself. */
#include <stdio.h>
#include <string.h>

#include "apid/audit.h"
#include "apid/second_factor.h"
#include "apid/sign_in.h"
#include "common/web/json.h"

#define COOKIE_NAME  "vestnik_sign_in"
#define COOKIE_FLAGS "; HttpOnly; Secure; SameSite=Strict; Path=/v1/session; Max-Age=300"

/* Store the step, unless the password is another by now; forget those that are over. */
static bool begin_step(struct request *r, const struct session_start *start, const char *secret,
		       bool *begun_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"sign_in_step_begin",
		"WITH old AS (DELETE FROM sign_in_step WHERE person_id = $2::bigint"
		"                AND expires_at < statement_timestamp())"
		" INSERT INTO sign_in_step (secret_hash, person_id, way)"
		" SELECT $1::bytea, id, $3::text FROM person WHERE id = $2::bigint"
		"    AND disabled_at IS NULL AND ($4::text IS NULL OR password_hash = $4::text)"};
	uint8_t hash[SESSION_HASH_SIZE];
	struct pg_result *rows = NULL;

	secret_hash(secret, hash);
	pg_param_bytes(r->params, hash, sizeof(hash));
	pg_param_int64(r->params, start->person_id);
	pg_param_text(r->params, start->way);
	pg_param_text(r->params, start->password_hash);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*begun_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool ask_for_code(struct request *r, const struct session_start *start, const char *login,
			 bool *begun_out, struct err *err)
{
	char cookie[sizeof(COOKIE_NAME) + SECRET_LEN + sizeof(COOKIE_FLAGS) + 16];
	char secret[SECRET_LEN + 1];

	secret_new(secret);
	if (!begin_step(r, start, secret, begun_out, err))
		return false;
	if (!*begun_out)
		return true;
	if (!sign_in_halfway(r, login, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "next", "second_factor");
	json_object_end(&r->json);
	if (!request_reply(r, 202))
		return false;
	(void)snprintf(cookie, sizeof(cookie), COOKIE_NAME "=%s" COOKIE_FLAGS, secret);
	http_reply_header(r->call, "Set-Cookie", cookie);
	return true;
}

bool sign_in_proved(struct request *r, struct session_start *start, const char *login,
		    bool *begun_out, struct err *err)
{
	bool has;

	if (!second_factor_has(r, start->person_id, &has, err))
		return false;
	return has ? ask_for_code(r, start, login, begun_out, err)
		   : sign_in_finish(r, start, login, begun_out, err);
}

/* --- POST /v1/session/second-factor --------------------------------------------------------------
 */

/* The person whose step the cookie names; no row when it is over or the password is another. */
static bool find_step(struct request *r, const uint8_t hash[SESSION_HASH_SIZE],
		      struct pg_result **rows_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"sign_in_step_find",
		"SELECT p.id, p.login, s.way, p.password_hash"
		"  FROM sign_in_step s JOIN person p ON p.id = s.person_id"
		" WHERE s.secret_hash = $1::bytea AND s.expires_at > statement_timestamp()"
		"   AND p.disabled_at IS NULL"
		"   AND (s.way <> 'password' OR p.password_changed_at <= s.created_at)"};

	pg_param_bytes(r->params, hash, SESSION_HASH_SIZE);
	return request_query(r, &stmt, rows_out, err);
}

/* It leads to one session. */
static bool end_step(struct request *r, const uint8_t hash[SESSION_HASH_SIZE], bool *ended_out,
		     struct err *err)
{
	static const struct pg_stmt stmt = {"sign_in_step_end", "DELETE FROM sign_in_step"
								" WHERE secret_hash = $1::bytea"};
	struct pg_result *rows = NULL;

	pg_param_bytes(r->params, hash, SESSION_HASH_SIZE);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*ended_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool say_over(struct request *r)
{
	return problem_set(&r->problem, 401, "sign-in-over", "Signing in has to begin again",
			   "The password was typed more than five minutes ago, or is another by "
			   "now. Sign in with login and password again");
}

static bool go_on(struct request *r, const uint8_t hash[SESSION_HASH_SIZE],
		  const struct pg_result *rows, const char *code, struct err *err)
{
	struct session_start start = {
		.person_id = pg_int(rows, 0, 0),
		.way = pg_text(rows, 0, 2),
		.password_hash =
			strcmp(pg_text(rows, 0, 2), "password") == 0 ? pg_text(rows, 0, 3) : NULL,
	};
	const char *login = pg_text(rows, 0, 1);
	bool right = false, ended = false, begun = false;

	if (!sign_in_try(r, login, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!second_factor_use(r, start.person_id, code, &right, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!right) {
		second_factor_wrong(r, 401);
		return audit_sign_in(r, "sign_in_failed", login, err);
	}
	if (!end_step(r, hash, &ended, err) ||
	    (ended && !sign_in_finish(r, &start, login, &begun, err)))
		return false;
	if (!begun)
		return say_over(r);
	http_reply_header(r->call, "Set-Cookie",
			  COOKIE_NAME
			  "=; HttpOnly; Secure; SameSite=Strict; Path=/v1/session; Max-Age=0");
	return true;
}

static bool with_code(struct request *r, const char *code, struct err *err)
{
	uint8_t hash[SESSION_HASH_SIZE] = {0};
	struct pg_result *rows = NULL;
	bool ok = true;

	(void)secret_cookie(r->call, COOKIE_NAME, hash);
	if (!find_step(r, hash, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		ok = go_on(r, hash, rows, code, err);
	else
		(void)say_over(r);
	pg_result_free(&rows);
	return ok;
}

/* POST /v1/session/second-factor */
bool session_second_factor(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	const char *code;
	bool ok = true;

	if (!session_same_site(r->call, &r->problem) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	code = json_in_text(&in, "code", JSON_REQUIRED, SECOND_FACTOR_CODE_MAX);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = with_code(r, code, err);
	json_free(&doc);
	return ok;
}
