/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - see session.h: the cookie, sessions that exist, signing out. */
#include "apid/session.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "apid/audit.h"
#include "apid/device.h"
#include "common/store/token.h"

#define COOKIE_NAME  "vestnik_session"
#define COOKIE_FLAGS "; HttpOnly; Secure; SameSite=Strict; Path=/"

/* --- the cookie
 * ---------------------------------------------------------------------------------- */

void secret_new(char out[SECRET_LEN + 1])
{
	uint8_t bytes[SECRET_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		panic("the system has no random numbers to give");
	for (size_t i = 0; i < SECRET_BYTES; i++)
		(void)snprintf(out + i * 2, 3, "%02x", bytes[i]);
}

void secret_hash(const char *secret, uint8_t hash[SESSION_HASH_SIZE])
{
	token_hash(secret, SECRET_LEN, hash);
}

bool secret_cookie(const struct http_call *call, const char *name, uint8_t hash[SESSION_HASH_SIZE])
{
	char secret[SECRET_LEN + 1];

	if (!http_cookie(call, name, secret, sizeof(secret)) ||
	    strspn(secret, "0123456789abcdef") != SECRET_LEN)
		return false;
	secret_hash(secret, hash);
	return true;
}

bool session_cookie(const struct http_call *call, uint8_t hash[SESSION_HASH_SIZE])
{
	return secret_cookie(call, COOKIE_NAME, hash);
}

void session_give_cookie(struct request *r, const char *secret)
{
	char cookie[sizeof(COOKIE_NAME) + SECRET_LEN + sizeof(COOKIE_FLAGS) + 16];

	(void)snprintf(cookie, sizeof(cookie), COOKIE_NAME "=%s" COOKIE_FLAGS, secret);
	http_reply_header(r->call, "Set-Cookie", cookie);
}

void session_clear_cookie(struct request *r)
{
	http_reply_header(r->call, "Set-Cookie", COOKIE_NAME "=" COOKIE_FLAGS "; Max-Age=0");
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

static bool touch(struct pg *pg, struct pg_params *params, struct err *err)
{
	static const struct pg_stmt seen = {"session_seen",
					    "UPDATE session SET seen_at = clock_timestamp()"
					    " WHERE secret_hash = $1::bytea AND ended_at IS NULL"};

	pg_params_cut(params, 1);
	return pg_run(pg, &seen, params, NULL, err);
}

static enum caller_limit limit_in(const struct pg_result *rows, size_t i, int col)
{
	if (pg_null(rows, i, col))
		return LIMIT_NONE;
	return strcmp(pg_text(rows, i, col), "password") == 0 ? LIMIT_PASSWORD
							      : LIMIT_SECOND_FACTOR;
}

/* Seen is written once a minute, or ten times in what may pass unseen when that is short. */
bool session_find(struct pg *pg, const uint8_t hash[SESSION_HASH_SIZE], int64_t idle_ms,
		  struct caller *out, struct err *err)
{
	static const struct pg_stmt find = {
		"session_find", "SELECT p.id, s.seen_at < "
				"statement_timestamp() - least(interval '1 minute',"
				"       $2::bigint * interval '0.1 ms'),"
				"       session_limit(p.id, s.way)"
				"  FROM session s JOIN person p ON p.id = s.person_id"
				" WHERE s.secret_hash = $1::bytea AND s.ended_at IS NULL"
				"   AND s.expires_at > statement_timestamp()"
				"   AND s.seen_at > statement_timestamp() -"
				"       $2::bigint * interval '1 ms'"
				"   AND p.disabled_at IS NULL"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_bytes(params, hash, SESSION_HASH_SIZE);
	pg_param_int64(params, idle_ms);
	ok = pg_run(pg, &find, params, &rows, err);
	if (ok && pg_rows(rows) == 1) {
		*out = (struct caller){.person_id = pg_int(rows, 0, 0),
				       .limit = limit_in(rows, 0, 2)};
		ok = !pg_bool(rows, 0, 1) || touch(pg, params, err);
	}
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

/* --- beginning one
 * -------------------------------------------------------------------------------- */

static void param_hash_or_null(struct pg_params *params, const uint8_t *hash)
{
	if (hash != NULL)
		pg_param_bytes(params, hash, SESSION_HASH_SIZE);
	else
		pg_param_null(params);
}

/* Those of the person that have been over for long are forgotten on the way. */
bool session_begin(struct request *r, struct session_start *s, bool *begun_out, struct err *err)
{
	static const struct pg_stmt begin = {
		"session_begin",
		"WITH old AS (DELETE FROM session WHERE person_id = $2::bigint"
		"              AND expires_at < statement_timestamp() - interval '30 days'),"
		" replaced AS (UPDATE session SET ended_at = clock_timestamp()"
		"               WHERE secret_hash = $8::bytea AND ended_at IS NULL"
		"                 AND expires_at > statement_timestamp())"
		" INSERT INTO session (secret_hash, person_id, way, device, address, expires_at)"
		" SELECT $1::bytea, id, $4::text, $5::text, $6::text::inet,"
		"        clock_timestamp() + $7::bigint * interval '1 ms'"
		"   FROM person WHERE id = $2::bigint AND disabled_at IS NULL"
		"    AND ($3::text IS NULL OR password_hash = $3::text) FOR SHARE"
		" RETURNING session_limit(person_id, way)"};
	uint8_t hash[SESSION_HASH_SIZE], replaced[SESSION_HASH_SIZE];
	char device[DEVICE_SIZE], caller[ADDRESS_SIZE], address[ADDRESS_SIZE];
	struct pg_result *rows = NULL;

	secret_new(s->secret);
	secret_hash(s->secret, hash);
	device_words(http_header(r->call, "user-agent"), device);
	http_call_address(r->call, caller);
	pg_param_bytes(r->params, hash, sizeof(hash));
	pg_param_int64(r->params, s->person_id);
	pg_param_text(r->params, s->password_hash);
	pg_param_text(r->params, s->way);
	pg_param_text(r->params, device);
	pg_param_text(r->params, address_read(caller, strlen(caller), address) ? address : NULL);
	pg_param_int64(r->params, r->api->config->session_life_ms);
	param_hash_or_null(r->params, session_cookie(r->call, replaced) ? replaced : NULL);
	if (!request_query(r, &begin, &rows, err))
		return false;
	*begun_out = pg_rows(rows) == 1;
	if (*begun_out)
		r->caller =
			(struct caller){.person_id = s->person_id, .limit = limit_in(rows, 0, 0)};
	pg_result_free(&rows);
	return true;
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
		if (!request_query(r, &end, NULL, err) ||
		    !audit_note(r, "sign_out", "session", "", NULL, err))
			return false;
	}
	http_reply(r->call, 204, NULL, "", 0);
	session_clear_cookie(r);
	return true;
}
