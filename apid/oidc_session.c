/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* oidc_session - the two steps of a sign-in by OpenID Connect, and which ways there are. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "apid/audit.h"
#include "apid/id_token.h"
#include "apid/identity.h"
#include "apid/session.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/store/seal.h"
#include "common/store/token.h"

#define COOKIE	     "vestnik_oidc"
#define COOKIE_FLAGS "; HttpOnly; Secure; SameSite=Lax; Path=/v1/session/oidc/callback; Max-Age=%d"
#define LASTS_S	     600
#define SUM_SIZE     44 /* of 32 octets in base64url, with its NUL */
#define URL_BYTES    16384
#define CODE_BYTES   4096

struct oidc_secret {
	char text[SECRET_LEN + 1];
};

static bool take_secret(const char *text, struct oidc_secret *out)
{
	if (text == NULL || strlen(text) != SECRET_LEN ||
	    strspn(text, "0123456789abcdef") != SECRET_LEN)
		return false;
	snprintf(out->text, sizeof(out->text), "%s", text);
	return true;
}

/* 32 octets in base64url, without padding. */
static void base64url(const uint8_t bytes[32], char out[SUM_SIZE])
{
	char text[SUM_SIZE + 1];

	EVP_EncodeBlock((unsigned char *)text, bytes, 32);
	for (size_t i = 0; i < SUM_SIZE - 1; i++)
		out[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	out[SUM_SIZE - 1] = '\0';
}

/* What is sent and expected back follows from the cookie, by use. */
static void derive(const struct oidc_secret *cookie, const char *use, char out[SUM_SIZE])
{
	uint8_t sum[SEAL_KEY_BYTES];

	seal_derive(cookie->text, SECRET_LEN, use, sum);
	base64url(sum, out);
}

#define NONCE	 "vestnik-oidc-nonce"
#define VERIFIER "vestnik-oidc-verifier"

static void param_sum(struct request *r, const struct oidc_secret *secret)
{
	uint8_t hash[TOKEN_HASH_SIZE];

	token_hash(secret->text, SECRET_LEN, hash);
	pg_param_bytes(r->params, hash, sizeof(hash));
}

static void give_cookie(struct request *r, const char *value, int max_age_s)
{
	char cookie[sizeof(COOKIE COOKIE_FLAGS) + SECRET_LEN + 40];

	snprintf(cookie, sizeof(cookie), COOKIE "=%s" COOKIE_FLAGS, value, max_age_s);
	http_reply_header(r->call, "Set-Cookie", cookie);
}

/* A person looks at this: whatever the end is, it is a page. */
static bool send_to(struct request *r, const char *where)
{
	http_reply_header(r->call, "Location", where);
	http_reply(r->call, 302, NULL, "", 0);
	return true;
}

static bool send_home(struct request *r, const char *why)
{
	char where[64];

	snprintf(where, sizeof(where), "/?sign_in=%s", why);
	return send_to(r, where);
}

/* Whether there is something to do; a mere question changes nothing. */
static bool is_meant(struct request *r)
{
	if (http_is_head(r->call)) {
		http_reply(r->call, 204, NULL, "", 0);
		return false;
	}
	return r->api->oidc != NULL ||
	       problem_set(&r->problem, 404, "not-found", "Not found",
			   "Signing in by OpenID Connect is not set up here. GET "
			   "/v1/session/ways tells which ways there are");
}

/* --- GET /v1/session/ways ----------------------------------------------------------------------
 */

bool session_ways(struct request *r, struct err *err)
{
	(void)err;
	json_object(&r->json, NULL);
	json_put_bool(&r->json, "password", true);
	json_put_bool(&r->json, "directory", r->api->directory != NULL);
	if (r->api->oidc == NULL) {
		json_put_null(&r->json, "oidc");
	} else {
		json_object(&r->json, "oidc");
		json_put_text(&r->json, "title", oidc_settings(r->api->oidc)->title);
		json_object_end(&r->json);
	}
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* --- GET /v1/session/oidc ----------------------------------------------------------------------
 */

static void add(struct buf *url, const char *name, const char *value)
{
	buf_printf(url, "%s=", name);
	for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
			   *c) != NULL)
			buf_add_char(url, (char)*c);
		else
			buf_printf(url, "%%%02X", *c);
}

static void compose(const struct oidc_config *c, const char *endpoint,
		    const struct oidc_secret *state, const struct oidc_secret *cookie,
		    struct buf *url)
{
	char nonce[SUM_SIZE], verifier[SUM_SIZE], challenge[SUM_SIZE];
	uint8_t sum[TOKEN_HASH_SIZE];

	derive(cookie, NONCE, nonce);
	derive(cookie, VERIFIER, verifier);
	token_hash(verifier, strlen(verifier), sum);
	base64url(sum, challenge);
	buf_printf(url, "%s%s", endpoint, strchr(endpoint, '?') != NULL ? "&" : "?");
	add(url, "response_type", "code");
	add(url, "&client_id", c->client_id);
	add(url, "&redirect_uri", c->redirect_uri);
	add(url, "&scope", c->scopes);
	add(url, "&state", state->text);
	add(url, "&nonce", nonce);
	add(url, "&code_challenge", challenge);
	add(url, "&code_challenge_method", "S256");
}

static bool store_begin(struct request *r, const struct oidc_secret *state,
			const struct oidc_secret *cookie, struct err *err)
{
	static const struct pg_stmt begin = {
		"oidc_begin",
		"WITH old AS (DELETE FROM oidc_sign_in WHERE state_hash IN (SELECT state_hash"
		"        FROM oidc_sign_in WHERE expires_at < statement_timestamp()"
		"       ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED))"
		" INSERT INTO oidc_sign_in (state_hash, cookie_hash) VALUES ($1::bytea, "
		"$2::bytea)"};

	param_sum(r, state);
	param_sum(r, cookie);
	return request_query(r, &begin, NULL, err);
}

bool oidc_begin(struct request *r, struct err *err)
{
	struct oidc_secret state, cookie;
	char *endpoint = NULL;
	struct err why = {0};
	struct buf url;
	bool ok;

	if (!is_meant(r))
		return true;
	if (!oidc_authorization_endpoint(r->api->oidc, &endpoint, &why)) {
		log_err("nobody can sign in by OpenID Connect", &why);
		return send_home(r, "unavailable");
	}
	secret_new(state.text);
	secret_new(cookie.text);
	buf_init(&url, URL_BYTES);
	compose(oidc_settings(r->api->oidc), endpoint, &state, &cookie, &url);
	mem_free(endpoint);
	ok = store_begin(r, &state, &cookie, err);
	if (ok) {
		give_cookie(r, cookie.text, LASTS_S);
		ok = send_to(r, buf_str(&url));
	}
	buf_deinit(&url);
	return ok;
}

/* --- GET /v1/session/oidc/callback -------------------------------------------------------------
 */

/* What began with this state and this browser, which ends with this; *now_s_out 0: nothing. */
static bool take_begun(struct request *r, const struct oidc_secret *cookie, int64_t *now_s_out,
		       struct err *err)
{
	static const struct pg_stmt take = {
		"oidc_take",
		"DELETE FROM oidc_sign_in WHERE state_hash = $1::bytea AND cookie_hash = $2::bytea"
		" RETURNING CASE WHEN expires_at > statement_timestamp()"
		"           THEN extract(epoch FROM statement_timestamp())::bigint ELSE 0 END"};
	struct pg_result *rows = NULL;
	struct oidc_secret state;

	*now_s_out = 0;
	if (!take_secret(http_query(r->call, "state"), &state))
		return true;
	param_sum(r, &state);
	param_sum(r, cookie);
	if (!request_query(r, &take, &rows, err))
		return false;
	if (pg_rows(rows) == 1)
		*now_s_out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* Keys are asked for anew when the token names one that is not among them. */
static bool read_token(struct oidc *o, const char *token, const struct oidc_secret *cookie,
		       int64_t now_s, struct id_token *out, struct err *err)
{
	const struct oidc_config *c = oidc_settings(o);
	char nonce[SUM_SIZE];
	const struct id_token_wanted wanted = {.issuer = c->issuer,
					       .client_id = c->client_id,
					       .nonce = nonce,
					       .login_claim = c->login_claim,
					       .name_claim = c->name_claim,
					       .groups_claim = c->groups_claim,
					       .now_s = now_s};
	enum id_token_end end = ID_TOKEN_KEY_UNKNOWN;

	derive(cookie, NONCE, nonce);
	for (int turn = 0; turn < 2 && end == ID_TOKEN_KEY_UNKNOWN; turn++) {
		char *keys = NULL;

		if (!oidc_keys(o, turn > 0, &keys, err))
			return false;
		end = id_token_read(token, keys, &wanted, out, err);
		mem_free(keys);
	}
	return end == ID_TOKEN_GOOD;
}

/* The token of the code that came back; false: err says why. */
static bool redeem(struct request *r, const struct oidc_secret *cookie, int64_t now_s,
		   struct id_token *out, struct err *err)
{
	const char *code = http_query(r->call, "code"), *iss = http_query(r->call, "iss");
	char verifier[SUM_SIZE];
	char *token = NULL;
	bool ok;

	if (code == NULL || strlen(code) > CODE_BYTES || http_query(r->call, "error") != NULL)
		return err_set(err, ERR_REFUSED, "the provider let the person not in");
	/* Another provider's code, mixed up (RFC 9207). */
	if (iss != NULL && strcmp(iss, oidc_settings(r->api->oidc)->issuer) != 0)
		return err_set(err, ERR_REFUSED, "the answer is another provider's");
	derive(cookie, VERIFIER, verifier);
	ok = oidc_redeem(r->api->oidc, code, verifier, &token, err) &&
	     read_token(r->api->oidc, token, cookie, now_s, out, err);
	mem_free(token);
	return ok;
}

static bool note_sign_in(struct request *r, int64_t person_id, struct err *err)
{
	static const struct pg_stmt note = {"oidc_note",
					    "SELECT audit_sign_in('sign_in', login) FROM person"
					    " WHERE id = $1::bigint"};

	pg_param_int64(r->params, person_id);
	return request_query(r, &note, NULL, err);
}

static bool begin_session(struct request *r, const struct id_token *t, struct err *err)
{
	const struct identity who = {.way = "oidc",
				     .issuer = oidc_settings(r->api->oidc)->issuer,
				     .subject = t->subject,
				     .login = t->login,
				     .name = t->name,
				     .groups = (const char *const *)t->groups,
				     .group_count = t->group_count};
	enum identity_found found = IDENTITY_OK;
	struct session_start start = {.way = "oidc"};
	bool begun = false;

	if (!audit_label_now(r, err) ||
	    !identity_person(r->pg, &who, &start.person_id, &found, err))
		return false;
	if (found == IDENTITY_NO_ROLE)
		return send_home(r, "no_role");
	if (found == IDENTITY_OK && (!session_begin(r, &start, &begun, err) ||
				     (begun && !note_sign_in(r, start.person_id, err))))
		return false;
	if (!begun)
		return send_home(r, "disabled");
	if (!send_to(r, "/"))
		return false;
	session_give_cookie(r, start.secret);
	return true;
}

bool oidc_back(struct request *r, struct err *err)
{
	char text[SECRET_LEN + 1];
	struct oidc_secret cookie;
	struct id_token token = {0};
	struct err why = {0};
	int64_t now_s = 0;
	bool ok;

	if (!is_meant(r))
		return true;
	if (!http_cookie(r->call, COOKIE, text, sizeof(text)) || !take_secret(text, &cookie))
		return send_home(r, "expired");
	if (!take_begun(r, &cookie, &now_s, err))
		return false;
	if (now_s == 0)
		return send_home(r, "expired");
	give_cookie(r, "", 0);
	if (redeem(r, &cookie, now_s, &token, &why)) {
		ok = begin_session(r, &token, err);
	} else {
		log_err("a sign-in by OpenID Connect failed", &why);
		ok = send_home(r, why.kind == ERR_IO || why.kind == ERR_TIMEOUT ? "unavailable"
										: "refused");
	}
	id_token_free(&token);
	return ok;
}
