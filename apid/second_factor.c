/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* second_factor - see second_factor.h. */
#include "apid/second_factor.h"

#include <openssl/crypto.h>
#include <string.h>

#include "common/base/log.h"
#include "common/store/token.h"
#include "common/store/totp.h"

bool second_factor_has(struct request *r, int64_t person_id, bool *has_out, struct err *err)
{
	static const struct pg_stmt stmt = {"second_factor_has",
					    "SELECT 1 FROM second_factor WHERE person_id = "
					    "$1::bigint AND confirmed_at IS NOT NULL"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, person_id);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*has_out = pg_rows(rows) == 1;
	pg_result_free(&rows);
	return true;
}

void second_factor_wrong(struct request *r, int status)
{
	problem_set(&r->problem, status, "wrong-code", "The code is not right",
		    "Type the six digits your authenticator shows now; each is taken once, so wait "
		    "for the next after a mistake. Instead of them a recovery code is taken");
}

/* --- codes by time -------------------------------------------------------------------------------
 */

static bool unseal(struct request *r, int64_t person_id, const struct pg_result *rows,
		   char secret[TOTP_SECRET_SIZE])
{
	const struct vault_place place = {VAULT_PERSON, person_id, "totp"};
	struct buf text;
	struct err err;
	bool ok;

	buf_init(&text, VAULT_TEXT_MAX);
	ok = vault_unseal(r->api->vault, &place, pg_text(rows, 0, 0), pg_len(rows, 0, 0), &text,
			  &err);
	if (ok && text.len == TOTP_SECRET_SIZE - 1) {
		memcpy(secret, buf_str(&text), TOTP_SECRET_SIZE);
	} else {
		if (!ok)
			log_err("a second factor cannot be checked", &err, LI("person", person_id));
		ok = problem_set(
			&r->problem, 503, "second-factor-unavailable",
			"Codes cannot be checked now",
			"The service lacks the key they are sealed with (secrets.key_file). "
			"Use a recovery code, or tell whoever runs the service");
	}
	if (text.data != NULL)
		OPENSSL_cleanse(text.data, text.len);
	buf_deinit(&text);
	return ok;
}

/* Mark a step as used, and the factor as confirmed; false in *right_out when it was used already.
 */
static bool take_step(struct request *r, int64_t person_id, bool confirmed, int64_t step,
		      bool *right_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"second_factor_step",
		"UPDATE second_factor SET last_step = $3::bigint,"
		"       confirmed_at = coalesce(confirmed_at, clock_timestamp())"
		" WHERE person_id = $1::bigint AND (confirmed_at IS NOT NULL) = $2::boolean"
		"   AND last_step < $3::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, person_id);
	pg_param_bool(r->params, confirmed);
	pg_param_int64(r->params, step);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*right_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

static bool use_totp(struct request *r, int64_t person_id, bool confirmed, const char *code,
		     bool *right_out, struct err *err)
{
	static const struct pg_stmt stmt = {
		"second_factor_get",
		"SELECT sealed, extract(epoch FROM statement_timestamp())::bigint"
		"  FROM second_factor WHERE person_id = $1::bigint"
		"   AND (confirmed_at IS NOT NULL) = $2::boolean"};
	char secret[TOTP_SECRET_SIZE] = "";
	struct pg_result *rows = NULL;
	int64_t step = 0;

	*right_out = false;
	pg_param_int64(r->params, person_id);
	pg_param_bool(r->params, confirmed);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	if (pg_rows(rows) == 1 && unseal(r, person_id, rows, secret))
		step = totp_step(secret, code, pg_int(rows, 0, 1));
	OPENSSL_cleanse(secret, sizeof(secret));
	pg_result_free(&rows);
	return step == 0 || take_step(r, person_id, confirmed, step, right_out, err);
}

bool second_factor_confirm(struct request *r, int64_t person_id, const char *code, bool *right_out,
			   struct err *err)
{
	return use_totp(r, person_id, false, code, right_out, err);
}

/* --- recovery codes ------------------------------------------------------------------------------
 */

/* Its sum, however it is typed: in small letters, with dashes and spaces or without. */
static bool recovery_hash(const char *code, uint8_t hash[TOKEN_HASH_SIZE])
{
	char plain[RECOVERY_CHARS];
	size_t len = 0;

	for (; *code != '\0'; code++) {
		char c = *code;

		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (len == RECOVERY_CHARS)
			return false;
		plain[len++] = c;
	}
	if (len != RECOVERY_CHARS)
		return false;
	token_hash(plain, len, hash);
	return true;
}

static bool use_recovery(struct request *r, int64_t person_id, const uint8_t *hash, bool *right_out,
			 struct err *err)
{
	static const struct pg_stmt stmt = {
		"recovery_code_use",
		"UPDATE recovery_code SET used_at = clock_timestamp()"
		" WHERE person_id = $1::bigint AND code_hash = $2::bytea AND used_at IS NULL"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, person_id);
	pg_param_bytes(r->params, hash, TOKEN_HASH_SIZE);
	if (!request_query(r, &stmt, &rows, err))
		return false;
	*right_out = pg_affected(rows) == 1;
	pg_result_free(&rows);
	return true;
}

bool second_factor_use(struct request *r, int64_t person_id, const char *code, bool *right_out,
		       struct err *err)
{
	uint8_t hash[TOKEN_HASH_SIZE];

	if (recovery_hash(code, hash))
		return use_recovery(r, person_id, hash, right_out, err);
	return use_totp(r, person_id, true, code, right_out, err);
}
