/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* my_second_factor - a person sets up their second factor, renews its recovery codes, does without
 * it again: /v1/me/second-factor. */
#include <openssl/crypto.h>
#include <stdio.h>

#include "apid/second_factor.h"
#include "apid/secret.h"
#include "apid/sign_in.h"
#include "common/store/totp.h"
#include "common/web/json.h"

/* GET /v1/me/second-factor */
bool my_second_factor_get(struct request *r, struct err *err)
{
	static const struct pg_stmt stmt = {
		"my_second_factor",
		"SELECT f.confirmed_at,"
		"       (SELECT count(*) FROM recovery_code c WHERE c.person_id = p.id"
		"           AND c.used_at IS NULL AND f.confirmed_at IS NOT NULL),"
		"       EXISTS (SELECT FROM person_role h JOIN role o ON o.code = h.role"
		"                WHERE h.person_id = p.id AND o.second_factor)"
		"  FROM person p LEFT JOIN second_factor f ON f.person_id = p.id"
		" WHERE p.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_time(&r->json, "confirmed_at", pg_time_us(rows, 0, 0));
	json_put_int(&r->json, "recovery_codes_left", pg_int(rows, 0, 1));
	json_put_bool(&r->json, "required", pg_bool(rows, 0, 2));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* --- setting it up -------------------------------------------------------------------------------
 */

/* Who has signed in just now: an open page that somebody sits down at is not enough.  *login_out is
 * to be freed with the rows. */
static bool is_fresh(struct request *r, struct pg_result **rows_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"my_session_fresh",
		"SELECT p.login, s.created_at > statement_timestamp() - interval '15 minutes'"
		"  FROM session s JOIN person p ON p.id = s.person_id"
		" WHERE s.secret_hash = $1::bytea"};
	uint8_t own[SESSION_HASH_SIZE] = {0};

	(void)session_cookie(r->call, own);
	pg_param_bytes(r->params, own, sizeof(own));
	if (!request_query(r, &stmt, rows_out, err))
		return false;
	if (pg_rows(*rows_out) == 0 || !pg_bool(*rows_out, 0, 1))
		problem_set(&r->problem, 403, "sign-in-again", "Sign in again first",
			    "A second factor is set up within 15 minutes after signing in, so that "
			    "nobody does it at a page that was left open. Sign out, sign in and "
			    "come back");
	return true;
}

static bool store_secret(struct request *r, const char *secret, bool *stored_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"my_second_factor_begin",
		"INSERT INTO second_factor AS f (person_id, sealed) VALUES ($1::bigint, $2::bytea)"
		" ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0,"
		"       created_at = excluded.created_at WHERE f.confirmed_at IS NULL"};
	const struct vault_place place = {VAULT_PERSON, r->caller.person_id, "totp"};
	struct pg_result *rows = NULL;

	*stored_out = false;
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_seal(r, &place, secret, err))
		return false;
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*stored_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool begin(struct request *r, const char *login, struct err *err)
{
	char secret[TOTP_SECRET_SIZE];
	struct buf uri;
	bool stored, ok;

	totp_secret_new(secret);
	if (!store_secret(r, secret, &stored, err))
		return false;
	if (!stored)
		return problem_set(&r->problem, 409, "second-factor-exists",
				   "There is a second factor already",
				   "Remove it with one of its codes first "
				   "(POST /v1/me/second-factor/remove), then set up another");
	buf_init(&uri, 300);
	ok = totp_uri(secret, login, &uri);
	json_object(&r->json, NULL);
	json_put_text(&r->json, "secret", secret);
	json_put_text(&r->json, "uri", ok ? buf_str(&uri) : NULL);
	json_object_end(&r->json);
	OPENSSL_cleanse(secret, sizeof(secret));
	buf_deinit(&uri);
	return request_reply(r, 201);
}

/* POST /v1/me/second-factor */
bool my_second_factor_begin(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok;

	if (!is_fresh(r, &rows, err))
		return false;
	ok = problem_found(&r->problem) || begin(r, pg_text(rows, 0, 0), err);
	pg_result_free(&rows);
	return ok;
}

/* --- recovery codes ------------------------------------------------------------------------------
 */

/* Write ten new ones, of which nothing but sums is kept. */
static bool put_recovery_codes(struct request *r, struct err *err)
{
	static const struct pg_stmt renew = {
		"recovery_codes_renew",
		"WITH gone AS (DELETE FROM recovery_code WHERE person_id = $1::bigint)"
		" INSERT INTO recovery_code (person_id, code_hash)"
		" SELECT $1::bigint, sha256(convert_to(code, 'UTF8')) FROM unnest($2::text[]) AS c "
		"(code)"};
	char code[RECOVERY_CODES][RECOVERY_CHARS + 1], shown[RECOVERY_CHARS + 4];
	const char *list[RECOVERY_CODES];
	bool ok;

	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		base32_random(code[i], RECOVERY_CHARS);
		list[i] = code[i];
	}
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_text_array(r->params, list, RECOVERY_CODES);
	ok = request_query(r, &renew, NULL, err);
	json_object(&r->json, NULL);
	json_array(&r->json, "recovery_codes");
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		(void)snprintf(shown, sizeof(shown), "%.4s-%.4s-%.4s-%.4s", code[i], code[i] + 4,
			       code[i] + 8, code[i] + 12);
		json_put_text(&r->json, NULL, shown);
	}
	json_array_end(&r->json);
	json_object_end(&r->json);
	OPENSSL_cleanse(code, sizeof(code));
	return ok;
}

/* --- with a code ---------------------------------------------------------------------------------
 */

typedef bool use_fn(struct request *r, int64_t person_id, const char *code, bool *right_out,
		    struct err *err);

/* Try the body's code, counted as a sign-in is; a wrong one is a filled 403. */
static bool try_code(struct request *r, const char *code, use_fn *use, struct err *err)
{
	static const struct pg_stmt get = {"my_login",
					   "SELECT login FROM person WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool right = false;
	bool ok;

	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &get, &rows, err))
		return false;
	ok = sign_in_try(r, pg_text(rows, 0, 0), err);
	if (ok && !problem_found(&r->problem))
		ok = use(r, r->caller.person_id, code, &right, err);
	if (ok && right)
		ok = sign_in_right(r, pg_text(rows, 0, 0), err);
	else if (ok && !problem_found(&r->problem))
		second_factor_wrong(r, 403);
	pg_result_free(&rows);
	return ok;
}

/* A body with a code, tried; false with the problem filled, or the store failed. */
static bool with_code(struct request *r, use_fn *use, struct err *err)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	const char *code;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	code = json_in_text(&in, "code", JSON_REQUIRED, SECOND_FACTOR_CODE_MAX);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = try_code(r, code, use, err);
	json_free(&doc);
	return ok;
}

/* The others have begun without it. */
static bool end_others(struct request *r, struct err *err)
{
	static const struct pg_stmt stmt = {
		"my_second_factor_end_others",
		"UPDATE session SET ended_at = clock_timestamp() WHERE person_id = $1::bigint"
		"   AND ended_at IS NULL AND secret_hash <> $2::bytea"};
	uint8_t own[SESSION_HASH_SIZE] = {0};

	(void)session_cookie(r->call, own);
	pg_param_int64(r->params, r->caller.person_id);
	pg_param_bytes(r->params, own, sizeof(own));
	return request_query(r, &stmt, NULL, err);
}

/* POST /v1/me/second-factor/confirm */
bool my_second_factor_confirm(struct request *r, struct err *err)
{
	if (!with_code(r, second_factor_confirm, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	return end_others(r, err) && put_recovery_codes(r, err) && request_reply(r, 200);
}

/* POST /v1/me/second-factor/recovery-codes */
bool my_recovery_codes_renew(struct request *r, struct err *err)
{
	if (!with_code(r, second_factor_use, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	return put_recovery_codes(r, err) && request_reply(r, 200);
}

/* POST /v1/me/second-factor/remove */
bool my_second_factor_remove(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"my_second_factor_remove",
		"DELETE FROM second_factor WHERE person_id = $1::bigint"};

	if (!with_code(r, second_factor_use, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	pg_param_int64(r->params, r->caller.person_id);
	if (!request_query(r, &remove, NULL, err))
		return false;
	http_reply(r->call, 204, NULL, "", 0);
	return true;
}
