/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - see session.h: the cookie, and signing in and out. */
#include "apid/session.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/store/password.h"
#include "common/store/token.h"
#include "common/web/json.h"

#define COOKIE_NAME  "vestnik_session"
#define COOKIE_FLAGS "; HttpOnly; Secure; SameSite=Strict; Path=/"
#define SECRET_BYTES 32
#define SECRET_LEN   (SECRET_BYTES * 2) /* in hexadecimal */
#define LOGIN_CHARS  64

/* --- the cookie
 * ---------------------------------------------------------------------------------- */

bool session_cookie(const struct http_call *call, uint8_t hash[SESSION_HASH_SIZE])
{
	char secret[SECRET_LEN + 1];

	if (!http_cookie(call, COOKIE_NAME, secret, sizeof(secret)) ||
	    strspn(secret, "0123456789abcdef") != SECRET_LEN)
		return false;
	token_hash(secret, SECRET_LEN, hash);
	return true;
}

static void new_secret(char out[SECRET_LEN + 1])
{
	uint8_t bytes[SECRET_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		panic("the system has no random numbers to give");
	for (size_t i = 0; i < SECRET_BYTES; i++)
		snprintf(out + i * 2, 3, "%02x", bytes[i]);
}

static void give_cookie(struct request *r, const char *secret)
{
	char cookie[sizeof(COOKIE_NAME) + SECRET_LEN + sizeof(COOKIE_FLAGS) + 16];

	snprintf(cookie, sizeof(cookie), COOKIE_NAME "=%s" COOKIE_FLAGS, secret);
	http_reply_header(r->call, "Set-Cookie", cookie);
}

/* --- other sites
 * ------------------------------------------------------------------------------------ */

/* "https://sms.example:8443" and "sms.example:8443". */
static bool origin_is_host(const char *origin, const char *host)
{
	const char *at = strstr(origin, "://");

	return at != NULL && host != NULL && strcasecmp(at + 3, host) == 0;
}

bool session_same_site(const struct http_call *call, struct problem *problem)
{
	const char *method = http_call_route(call)->method;
	const char *ours = http_header(call, "x-vestnik-web");
	const char *site = http_header(call, "sec-fetch-site");
	const char *origin = http_header(call, "origin");

	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		return true;
	if (ours != NULL && strcmp(ours, "1") == 0 &&
	    (site == NULL || strcmp(site, "same-origin") == 0) &&
	    (origin == NULL || origin_is_host(origin, http_header(call, "host"))))
		return true;
	return problem_set(problem, 403, "cross-site", "The request came from another site",
			   "Only Vestnik's own pages may do this for a person who is signed in. "
			   "Send the header X-Vestnik-Web: 1 from a page of the same origin; a "
			   "proxy in front must pass the header Host on unchanged");
}

/* --- sessions that exist
 * ---------------------------------------------------------------------------- */

static bool touch(struct pg *pg, const struct pg_params *params, struct err *err)
{
	static const struct pg_stmt seen = {"session_seen",
					    "UPDATE session SET seen_at = clock_timestamp()"
					    " WHERE secret_hash = $1::bytea AND ended_at IS NULL"};

	return pg_run(pg, &seen, params, NULL, err);
}

bool session_find(struct pg *pg, const uint8_t hash[SESSION_HASH_SIZE], struct caller *out,
		  struct err *err)
{
	static const struct pg_stmt find = {
		"session_find", "SELECT p.id, s.seen_at < "
				"statement_timestamp() - interval '1 minute'"
				"  FROM session s JOIN person p ON p.id = s.person_id"
				" WHERE s.secret_hash = $1::bytea AND s.ended_at IS NULL"
				"   AND s.expires_at > statement_timestamp()"
				"   AND s.seen_at > statement_timestamp() - interval '12 hours'"
				"   AND p.disabled_at IS NULL"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_bytes(params, hash, SESSION_HASH_SIZE);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok && pg_rows(rows) == 1) {
		*out = (struct caller){.person_id = pg_int(rows, 0, 0)};
		ok = !pg_bool(rows, 0, 1) || touch(pg, params, err);
	}
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

/* --- counting tries
 * --------------------------------------------------------------------------------- */

static void param_login(struct request *r, const char *login)
{
	uint8_t hash[TOKEN_HASH_SIZE];

	token_hash(login, strlen(login), hash);
	pg_param_bytes(r->params, hash, sizeof(hash));
}

bool sign_in_try(struct request *r, const char *login, struct err *err)
{
	static const struct pg_stmt count = {"sign_in_try", "SELECT sign_in_try($1::bytea)"};
	struct pg_result *rows = NULL;
	int wait_s;

	param_login(r, login);
	if (!request_query(r, &count, &rows, err))
		return false;
	wait_s = (int)pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (wait_s > 0) {
		problem_set(&r->problem, 429, "sign-in-locked", "Too many wrong passwords",
			    "Wait %d s and try again. If you do not remember the password, ask "
			    "whoever runs the service for a new one",
			    wait_s);
		r->problem.retry_after_s = wait_s;
	}
	return true;
}

bool sign_in_right(struct request *r, const char *login, struct err *err)
{
	static const struct pg_stmt forget = {
		"sign_in_right", "DELETE FROM sign_in_failure WHERE login_hash = $1::bytea"};

	param_login(r, login);
	return request_query(r, &forget, NULL, err);
}

/* --- POST /v1/session
 * ------------------------------------------------------------------------------- */

struct sign_in {
	char login[LOGIN_CHARS * 4 + 1]; /* in lower case */
	const char *password;
};

static void read_sign_in(struct request *r, const struct cJSON *doc, struct sign_in *out)
{
	const char *login;
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	login = json_in_text(&in, "login", JSON_REQUIRED, LOGIN_CHARS);
	out->password = json_in_text(&in, "password", JSON_REQUIRED, PASSWORD_CHARS_MAX);
	json_in_end(&in);
	snprintf(out->login, sizeof(out->login), "%s", login != NULL ? login : "");
	for (char *c = out->login; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/* The person with this login and password, 0 when there is none; takes the same time either way.
 * hash_out is what the password was compared with. */
static bool find_person(struct request *r, const struct sign_in *s, int64_t *person_id_out,
			char hash_out[PASSWORD_HASH_SIZE], struct err *err)
{
	static const struct pg_stmt find = {"person_find",
					    "SELECT id, password_hash FROM person"
					    " WHERE login = $1::text AND disabled_at IS NULL"};
	struct pg_result *rows = NULL;
	bool known;

	pg_param_text(r->params, s->login);
	if (!request_query(r, &find, &rows, err))
		return false;
	known = pg_rows(rows) == 1;
	*person_id_out = 0;
	if (password_right(known ? pg_text(rows, 0, 1) : NULL, s->password))
		*person_id_out = pg_int(rows, 0, 0);
	snprintf(hash_out, PASSWORD_HASH_SIZE, "%s", known ? pg_text(rows, 0, 1) : "");
	pg_result_free(&rows);
	return true;
}

/* Store a session, unless the person was disabled or got another password this very moment, and
 * forget those that have been over for long. */
static bool begin_session(struct request *r, int64_t person_id, const char *password_hash,
			  const char *secret, bool *begun_out, struct err *err)
{
	static const struct pg_stmt begin = {
		"session_begin",
		"WITH old AS (DELETE FROM session WHERE person_id = $2::bigint"
		"              AND expires_at < statement_timestamp() - interval '30 days')"
		" INSERT INTO session (secret_hash, person_id)"
		" SELECT $1::bytea, id FROM person WHERE id = $2::bigint AND disabled_at IS NULL"
		"    AND password_hash = $3::text FOR SHARE"};
	uint8_t hash[SESSION_HASH_SIZE];
	struct pg_result *rows = NULL;

	token_hash(secret, SECRET_LEN, hash);
	pg_param_bytes(r->params, hash, sizeof(hash));
	pg_param_int64(r->params, person_id);
	pg_param_text(r->params, password_hash);
	if (!request_query(r, &begin, &rows, err))
		return false;
	*begun_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool sign_in(struct request *r, const struct sign_in *s, struct err *err)
{
	char hash[PASSWORD_HASH_SIZE];
	char secret[SECRET_LEN + 1];
	int64_t person_id = 0;
	bool begun = false;

	if (!sign_in_try(r, s->login, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!find_person(r, s, &person_id, hash, err))
		return false;
	new_secret(secret);
	if (person_id != 0 && !begin_session(r, person_id, hash, secret, &begun, err))
		return false;
	if (!begun) {
		problem_set(&r->problem, 401, "wrong-sign-in", "Wrong login or password",
			    "Check both and try again. If you do not remember the password, ask "
			    "whoever runs the service for a new one");
		return true;
	}
	if (!sign_in_right(r, s->login, err) || !me_put(r, person_id, err) ||
	    !request_reply(r, 200))
		return false;
	give_cookie(r, secret);
	return true;
}

/* POST /v1/session */
bool session_create(struct request *r, struct err *err)
{
	struct sign_in s = {0};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!session_same_site(r->call, &r->problem) || !request_json(r, &doc))
		return true;
	read_sign_in(r, doc, &s);
	if (!problem_found(&r->problem))
		ok = sign_in(r, &s, err);
	json_free(&doc);
	return ok;
}

/* --- DELETE /v1/session
 * ------------------------------------------------------------------------------ */

bool session_end(struct request *r, struct err *err)
{
	static const struct pg_stmt end = {"session_end",
					   "UPDATE session SET ended_at = clock_timestamp()"
					   " WHERE secret_hash = $1::bytea AND ended_at IS NULL"};
	uint8_t hash[SESSION_HASH_SIZE];

	if (session_cookie(r->call, hash)) {
		pg_param_bytes(r->params, hash, sizeof(hash));
		if (!request_query(r, &end, NULL, err))
			return false;
	}
	http_reply(r->call, 204, NULL, "", 0);
	http_reply_header(r->call, "Set-Cookie", COOKIE_NAME "=" COOKIE_FLAGS "; Max-Age=0");
	return true;
}
