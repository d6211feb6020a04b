/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* auth - see auth.h. */
#include "apid/auth.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "apid/scope.h"
#include "apid/session.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/store/token.h"

#define SLOTS	    256 /* a power of two: the sum's first byte chooses */
#define BELIEVED_MS 5000

struct slot {
	uint8_t hash[TOKEN_HASH_SIZE];
	int64_t token_id; /* 0: empty */
	int64_t department_id;
	uint64_t found_ms;
};

struct auth {
	int64_t session_idle_ms;
	pthread_mutex_t lock;
	struct slot slot[SLOTS];
};

struct auth *auth_new(int64_t session_idle_ms)
{
	struct auth *a = mem_calloc(1, sizeof(*a));

	a->session_idle_ms = session_idle_ms;
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void auth_free(struct auth **a)
{
	if (*a == NULL)
		return;
	pthread_mutex_destroy(&(*a)->lock);
	mem_free(*a);
	*a = NULL;
}

/* The sum of the token in the header; false when there is none of the right form. */
static bool header_hash(const char *authorization, uint8_t hash[TOKEN_HASH_SIZE])
{
	const char *token;

	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return false;
	token = authorization + 7;
	while (*token == ' ')
		token++;
	if (!token_wellformed(token, strlen(token)))
		return false;
	token_hash(token, strlen(token), hash);
	return true;
}

static int64_t recall(struct auth *a, const uint8_t hash[TOKEN_HASH_SIZE],
		      int64_t *department_id_out)
{
	struct slot *slot = &a->slot[hash[0] % SLOTS];
	int64_t token_id = 0;

	pthread_mutex_lock(&a->lock);
	if (slot->token_id != 0 && clock_mono_ms() - slot->found_ms < BELIEVED_MS &&
	    CRYPTO_memcmp(slot->hash, hash, TOKEN_HASH_SIZE) == 0) {
		token_id = slot->token_id;
		*department_id_out = slot->department_id;
	}
	pthread_mutex_unlock(&a->lock);
	return token_id;
}

static void remember(struct auth *a, const uint8_t hash[TOKEN_HASH_SIZE], int64_t token_id,
		     int64_t department_id)
{
	struct slot *slot = &a->slot[hash[0] % SLOTS];

	pthread_mutex_lock(&a->lock);
	memcpy(slot->hash, hash, TOKEN_HASH_SIZE);
	slot->token_id = token_id;
	slot->department_id = department_id;
	slot->found_ms = clock_mono_ms();
	pthread_mutex_unlock(&a->lock);
}

static bool look_up(struct pg *pg, const uint8_t hash[TOKEN_HASH_SIZE], int64_t *token_id_out,
		    int64_t *department_id_out, struct err *err)
{
	static const struct pg_stmt find = {"auth_find",
					    "SELECT id, department_id FROM token WHERE secret_hash "
					    "= $1::bytea AND revoked_at IS NULL"};
	struct pg_params *params = pg_params_new();
	struct pg_result *rows = NULL;
	bool ok;

	pg_param_bytes(params, hash, TOKEN_HASH_SIZE);
	ok = pg_run(pg, &find, params, &rows, err);
	*token_id_out = ok && pg_rows(rows) == 1 ? pg_int(rows, 0, 0) : 0;
	*department_id_out = *token_id_out != 0 ? pg_int(rows, 0, 1) : 0;
	pg_result_free(&rows);
	pg_params_free(&params);
	return ok;
}

static bool check_token(struct auth *a, struct pg *pg, const char *authorization,
			struct caller *out, struct problem *problem, struct err *err)
{
	uint8_t hash[TOKEN_HASH_SIZE];
	int64_t token_id = 0, department_id = 0;

	if (header_hash(authorization, hash)) {
		token_id = recall(a, hash, &department_id);
		if (token_id == 0) {
			if (!look_up(pg, hash, &token_id, &department_id, err))
				return false;
			if (token_id != 0)
				remember(a, hash, token_id, department_id);
		}
	}
	if (token_id == 0) {
		problem_set(problem, 401, "unauthorized", "The token is not valid",
			    "The token is unknown or revoked. Ask whoever runs the service for "
			    "another, and send it as Authorization: Bearer vst_...");
		return true;
	}
	*out = (struct caller){.token_id = token_id, .rights = rights_of_token()};
	return scope_load_token(pg, department_id, out, err);
}

static bool check_session(const struct auth *a, struct pg *pg, const struct http_call *call,
			  struct caller *out, struct problem *problem, struct err *err)
{
	uint8_t hash[SESSION_HASH_SIZE];

	if (session_cookie(call, hash)) {
		if (!session_same_site(call, problem))
			return true;
		if (!session_find(pg, hash, a->session_idle_ms, out, err))
			return false;
	}
	if (out->person_id != 0)
		return scope_load_person(pg, out, err);
	problem_set(problem, 401, "unauthorized", "Nobody is signed in",
		    "Sign in. A program sends the header Authorization: Bearer vst_... "
		    "with a token made by `vestnik token create`");
	return true;
}

/* Of a person who has something to do first: only what that takes. */
static void check_limit(const struct caller *caller, enum right right, struct problem *problem)
{
	if (right == RIGHT_PROFILE)
		return;
	if (caller->limit == LIMIT_PASSWORD)
		problem_set(problem, 403, "must-change-password",
			    "The password has to be changed first",
			    "The password you signed in with was given to you to begin with. "
			    "Choose one of your own (PUT /v1/me/password), then go on");
	else if (caller->limit == LIMIT_SECOND_FACTOR)
		problem_set(problem, 403, "must-enrol-second-factor",
			    "A second factor is needed first",
			    "Your role asks for codes besides the password. Set them up "
			    "(POST /v1/me/second-factor), then go on");
}

bool auth_check(struct auth *a, struct pg *pg, const struct http_call *call, enum right right,
		struct caller *out, struct problem *problem, struct err *err)
{
	const char *authorization = http_header(call, "authorization");
	bool ok;

	*out = (struct caller){0};
	if (right == RIGHT_OPEN)
		return true;
	if (authorization != NULL)
		ok = check_token(a, pg, authorization, out, problem, err);
	else
		ok = check_session(a, pg, call, out, problem, err);
	if (ok && !problem_found(problem))
		check_limit(out, right, problem);
	if (ok && !problem_found(problem) && !caller_may(out, right))
		problem_set(problem, 403, "forbidden", "You may not do this",
			    "This needs a right you do not have. Ask whoever runs the service for "
			    "it");
	return ok;
}
