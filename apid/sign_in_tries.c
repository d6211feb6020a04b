/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* sign_in_tries - see sign_in.h: counting tries, and the browsers a person has signed in from. */
#include <stdio.h>
#include <string.h>

#include "apid/sign_in.h"
#include "common/store/token.h"

#define COOKIE_NAME  "vestnik_device"
#define COOKIE_FLAGS "; HttpOnly; Secure; SameSite=Strict; Path=/v1; Max-Age=31536000"

/* $1 the login's sum, $2 the address, $3 the browser's sum: what both statements are told. */
static void push_try(struct request *r, const char *login)
{
	uint8_t login_hash[TOKEN_HASH_SIZE], device[SESSION_HASH_SIZE];
	char caller[ADDRESS_SIZE], address[ADDRESS_SIZE];

	token_hash(login, strlen(login), login_hash);
	pg_param_bytes(r->params, login_hash, sizeof(login_hash));
	http_call_address(r->call, caller);
	pg_param_text(r->params, address_read(caller, strlen(caller), address) ? address : NULL);
	if (secret_cookie(r->call, COOKIE_NAME, device))
		pg_param_bytes(r->params, device, sizeof(device));
	else
		pg_param_null(r->params);
}

bool sign_in_try(struct request *r, const char *login, struct err *err)
{
	static const struct pg_stmt count = {
		"sign_in_try", "SELECT sign_in_try($1::bytea, $2::text::inet, $3::bytea)"};
	struct pg_result *rows = NULL;
	int wait_s;

	push_try(r, login);
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
		"sign_in_right", "SELECT sign_in_right($1::bytea, $2::text::inet, $3::bytea)"};

	push_try(r, login);
	return request_query(r, &forget, NULL, err);
}

bool sign_in_halfway(struct request *r, const char *login, struct err *err)
{
	static const struct pg_stmt stmt = {
		"sign_in_halfway", "SELECT sign_in_halfway($1::bytea, $2::text::inet, $3::bytea)"};

	push_try(r, login);
	return request_query(r, &stmt, NULL, err);
}

/* Of a person's browsers the last 20 are known. */
bool known_device_renew(struct request *r, int64_t person_id, char secret_out[SECRET_LEN + 1],
			struct err *err)
{
	static const struct pg_stmt renew = {
		"known_device_renew",
		"WITH known AS (UPDATE known_device SET secret_hash = $3::bytea,"
		"                      used_at = clock_timestamp()"
		"                WHERE person_id = $1::bigint AND secret_hash = $2::bytea"
		"               RETURNING id),"
		" gone AS (DELETE FROM known_device WHERE id NOT IN (SELECT id FROM known)"
		"             AND id IN (SELECT id FROM known_device WHERE person_id = $1::bigint"
		"                         ORDER BY used_at DESC OFFSET 19))"
		" INSERT INTO known_device (person_id, secret_hash)"
		" SELECT $1::bigint, $3::bytea WHERE NOT EXISTS (SELECT FROM known)"};
	uint8_t before[SESSION_HASH_SIZE] = {0}, hash[SESSION_HASH_SIZE];

	(void)secret_cookie(r->call, COOKIE_NAME, before);
	secret_new(secret_out);
	secret_hash(secret_out, hash);
	pg_param_int64(r->params, person_id);
	pg_param_bytes(r->params, before, sizeof(before));
	pg_param_bytes(r->params, hash, sizeof(hash));
	return request_query(r, &renew, NULL, err);
}

void known_device_give(struct request *r, const char *secret)
{
	char cookie[sizeof(COOKIE_NAME) + SECRET_LEN + sizeof(COOKIE_FLAGS) + 16];

	(void)snprintf(cookie, sizeof(cookie), COOKIE_NAME "=%s" COOKIE_FLAGS, secret);
	http_reply_header(r->call, "Set-Cookie", cookie);
}
