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
#include "common/web/address.h"

#define SLOTS	    256 /* a power of two: the sum's first byte chooses */
#define BELIEVED_MS "5000"
#define RANGES_MAX  16
#define RANGE_CHARS 64

/* A token as its row says. */
struct slot {
	uint8_t hash[TOKEN_HASH_SIZE];
	struct caller caller; /* token_id 0: empty; without its grants */
	int64_t department_id;
	bool anywhere; /* it counts from any address, else from these networks */
	size_t range_count;
	struct address_range range[RANGES_MAX];
	uint64_t until_ms; /* believed until then */
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

static bool recall(struct auth *a, const uint8_t hash[TOKEN_HASH_SIZE], struct slot *out)
{
	const struct slot *slot = &a->slot[hash[0] % SLOTS];
	bool found;

	pthread_mutex_lock(&a->lock);
	found = slot->caller.token_id != 0 && clock_mono_ms() < slot->until_ms &&
		CRYPTO_memcmp(slot->hash, hash, TOKEN_HASH_SIZE) == 0;
	if (found)
		*out = *slot;
	pthread_mutex_unlock(&a->lock);
	return found;
}

static void remember(struct auth *a, const struct slot *slot)
{
	pthread_mutex_lock(&a->lock);
	a->slot[slot->hash[0] % SLOTS] = *slot;
	pthread_mutex_unlock(&a->lock);
}

/* --- a token's row
 * ------------------------------------------------------------------------------------- */

enum column {
	COL_ID,
	COL_RIGHTS,
	COL_REVOKED,
	COL_EXPIRED,
	COL_ADDRESSES,
	COL_BOUND,
	COL_TEMPLATES,
	COL_QUOTA,
	COL_QUOTA_MONEY,
	COL_BELIEVED,
	COL_UNSEEN,
	COL_DEPARTMENT,
};

/* A network that cannot be read is one that no address lies in. */
static void read_ranges(const struct pg_result *rows, struct slot *out)
{
	const char *text[RANGES_MAX];
	size_t len[RANGES_MAX], count;

	out->anywhere = pg_null(rows, 0, COL_ADDRESSES);
	count = pg_text_array(rows, 0, COL_ADDRESSES, text, len, RANGES_MAX);
	for (size_t i = 0; i < count && i < RANGES_MAX; i++) {
		char network[RANGE_CHARS];

		if (len[i] >= sizeof(network))
			continue;
		memcpy(network, text[i], len[i]);
		network[len[i]] = '\0';
		if (address_range_parse(network, &out->range[out->range_count]))
			out->range_count++;
	}
}

static void read_terms(const struct pg_result *rows, struct send_terms *out)
{
	out->quota_id = pg_int(rows, 0, COL_QUOTA);
	out->quota_money = pg_bool(rows, 0, COL_QUOTA_MONEY);
	out->bound = pg_bool(rows, 0, COL_BOUND);
	out->template_count =
		pg_int_array(rows, 0, COL_TEMPLATES, out->template_id, SEND_TEMPLATES_MAX);
}

static void refuse(struct problem *problem, const char *detail)
{
	problem_set(problem, 401, "unauthorized", "The token is not valid", "%s", detail);
}

/* The minute it was used in, for whoever looks for tokens that nobody uses. */
static bool note_use(struct pg *pg, int64_t token_id, struct err *err)
{
	static const struct pg_stmt note = {
		"auth_note_use",
		"UPDATE token SET last_used_at = date_trunc('minute', clock_timestamp())"
		" WHERE id = $1::bigint"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_int64(params, token_id);
	ok = pg_run(pg, &note, params, NULL, err);
	pg_params_free(&params);
	return ok;
}

static bool find(struct pg *pg, const uint8_t hash[TOKEN_HASH_SIZE], struct pg_result **out,
		 struct err *err)
{
	static const struct pg_stmt find = {
		"auth_find",
		"SELECT t.id, array_to_string(t.rights, ' '), t.revoked_at IS NOT NULL,"
		"       coalesce(t.expires_at <= clock_timestamp(), false), t.addresses::text[],"
		"       t.templates IS NOT NULL, t.templates, q.id,"
		"       coalesce(q.money_micro_per_hour, q.money_micro_per_day) IS NOT NULL,"
		"       greatest(0, least(" BELIEVED_MS
		", floor(1000 * extract(epoch FROM least(t.expires_at,"
		"                CASE WHEN t.secret_hash <> $1::bytea THEN t.previous_until END)"
		"                - clock_timestamp()))))::integer,"
		"       t.last_used_at IS DISTINCT FROM date_trunc('minute', clock_timestamp()),"
		"       t.department_id"
		"  FROM token t LEFT JOIN quota q ON q.id = t.quota_id"
		"   AND coalesce(q.parts_per_hour, q.parts_per_day, q.money_micro_per_hour,"
		"                q.money_micro_per_day) IS NOT NULL"
		" WHERE t.secret_hash = $1::bytea"
		"    OR (t.previous_hash = $1::bytea AND t.previous_until > clock_timestamp())"};
	struct pg_params *params = pg_params_new();
	bool ok;

	pg_param_bytes(params, hash, TOKEN_HASH_SIZE);
	ok = pg_run(pg, &find, params, out, err);
	pg_params_free(&params);
	return ok;
}

/* Fill *out, whose token_id stays 0 when the problem says why.  False: the store failed. */
static bool look_up(struct pg *pg, const uint8_t hash[TOKEN_HASH_SIZE], struct slot *out,
		    struct problem *problem, struct err *err)
{
	struct pg_result *rows = NULL;
	bool ok = true;

	if (!find(pg, hash, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		refuse(problem,
		       "The token is unknown. Ask whoever runs the service for another, and send "
		       "it as Authorization: Bearer vst_...");
	} else if (pg_bool(rows, 0, COL_REVOKED)) {
		refuse(problem, "The token is revoked. Ask whoever runs the service for another");
	} else if (pg_bool(rows, 0, COL_EXPIRED)) {
		refuse(problem, "The token has expired. Ask whoever runs the service to let it "
				"last longer or to renew it");
	} else {
		memcpy(out->hash, hash, TOKEN_HASH_SIZE);
		out->caller.token_id = pg_int(rows, 0, COL_ID);
		out->department_id = pg_int(rows, 0, COL_DEPARTMENT);
		out->caller.rights =
			rights_of_names(pg_text(rows, 0, COL_RIGHTS)) & rights_of_token();
		read_ranges(rows, out);
		read_terms(rows, &out->caller.terms);
		out->until_ms = clock_mono_ms() + (uint64_t)pg_int(rows, 0, COL_BELIEVED);
		ok = !pg_bool(rows, 0, COL_UNSEEN) || note_use(pg, out->caller.token_id, err);
	}
	pg_result_free(&rows);
	return ok;
}

/* --- the gate
 * ------------------------------------------------------------------------------------------ */

static bool check_token(struct auth *a, struct pg *pg, const struct http_call *call,
			struct caller *out, struct problem *problem, struct err *err)
{
	uint8_t hash[TOKEN_HASH_SIZE];
	struct slot slot = {.until_ms = 0};
	char address[ADDRESS_SIZE];

	if (!header_hash(http_header(call, "authorization"), hash)) {
		refuse(problem,
		       "The header is not Authorization: Bearer vst_... with a whole token. Ask "
		       "whoever runs the service for one");
		return true;
	}
	if (!recall(a, hash, &slot)) {
		if (!look_up(pg, hash, &slot, problem, err))
			return false;
		if (problem_found(problem))
			return true;
		remember(a, &slot);
	}
	http_call_address(call, address);
	if (slot.anywhere || address_in(address, slot.range, slot.range_count)) {
		*out = slot.caller;
		return scope_load_token(pg, slot.department_id, out, err);
	}
	problem_set(problem, 403, "wrong-address", "The token does not count from here",
		    "This token may be used from certain addresses only, and the request "
		    "came from another. Ask whoever runs the service to add it");
	return true;
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
	bool ok;

	*out = (struct caller){0};
	if (right == RIGHT_OPEN)
		return true;
	if (http_header(call, "authorization") != NULL)
		ok = check_token(a, pg, call, out, problem, err);
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
