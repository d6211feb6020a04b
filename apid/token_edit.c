/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token_edit - making, changing, renewing and revoking tokens.
 *
 * Whoever makes or changes one gives it no right they do not have in its department, and gets the
 * secret of none that has more: it is told when it is made and when it is renewed, and to nobody
 * else. */
#include <string.h>

#include "apid/token.h"
#include "apid/token_request.h"
#include "common/base/log.h"
#include "common/store/token.h"

#define KEEP_OLD_HOURS	   24
#define KEEP_OLD_HOURS_MAX 720

/* --- may it be so? -------------------------------------------------------------------------------
 */

struct edit {
	struct request *r;
	struct token_request asked;
	int64_t id;
	int64_t keep_old_hours; /* of a renewal */
	uint8_t hash[TOKEN_HASH_SIZE];
	/* As it stands. */
	int64_t department_id;
	uint64_t rights;
	bool bound;
	int64_t quota_id;
};

static bool refuse_more(struct request *r)
{
	return problem_set(&r->problem, 403, "forbidden", "You may not do this",
			   "A token gets no right that you do not have for everything of its "
			   "department and below, and all clients; one that has more is not yours "
			   "to change. Ask whoever has these rights");
}

/* Rights by which a program says what it likes. */
static uint64_t free_texts(void)
{
	static const enum right rights[] = {RIGHT_CAMPAIGNS_EDIT, RIGHT_CAMPAIGNS_LAUNCH,
					    RIGHT_TEMPLATES_EDIT, RIGHT_CONSENTS_EDIT};
	uint64_t all = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		all |= UINT64_C(1) << rights[i];
	return all;
}

static bool judge(struct edit *e, struct err *err)
{
	struct request *r = e->r;
	uint64_t held;
	const struct token_request *asked = &e->asked;
	uint64_t rights = asked->rights_asked ? asked->rights : e->rights;
	bool bound = asked->templates_asked ? asked->template_count > 0 : e->bound;

	if (!scope_rights_in(r->pg, &r->caller, e->department_id, &held, err))
		return false;
	if (((e->rights | rights) & ~held) != 0)
		(void)refuse_more(r);
	else if (bound && (rights & free_texts()) != 0)
		problem_field(&r->problem, "templates", "templates beside such rights",
			      "a token that sends templates alone has none of campaigns.edit, "
			      "campaigns.launch, templates.edit, consents.edit and not *");
	return true;
}

/* What only the database knows. */
static bool check_facts(struct edit *e, struct err *err)
{
	static const struct pg_stmt facts = {
		"token_facts",
		"SELECT (SELECT count(*) FROM template WHERE id = ANY ($1::bigint[])"
		"         AND " SCOPE_SQL(
			"department_id",
			"$4") "),"
			      "       $2::timestamptz > clock_timestamp(),"
			      "       EXISTS (SELECT 1 FROM token WHERE name = $3::text),"
			      "       EXISTS (SELECT 1 FROM department WHERE id = $5::bigint)"};
	const struct token_request *asked = &e->asked;
	struct request *r = e->r;
	struct pg_result *rows = NULL;

	pg_param_int64_array(r->params, asked->template_id, asked->template_count);
	pg_param_time_us(r->params, asked->expires_at_us);
	pg_param_text(r->params, asked->name);
	scope_param_above(r->params, &r->caller, RIGHT_TOKENS_EDIT);
	pg_param_int64(r->params, e->department_id);
	if (!request_query(r, &facts, &rows, err))
		return false;
	if (pg_int(rows, 0, 0) != (int64_t)asked->template_count)
		problem_field(&r->problem, "templates", "a template there is not",
			      "ids of templates from GET /v1/templates, each once");
	if (asked->expires_at_us != 0 && !pg_bool(rows, 0, 1))
		problem_field(&r->problem, "expires_at", "a time that is over",
			      "a time to come; POST /v1/tokens/{id}/revoke ends a token at once");
	if (e->id == 0 && !pg_bool(rows, 0, 3))
		problem_field(&r->problem, "department_id", "the id of no department",
			      "the id of a department");
	if (pg_bool(rows, 0, 2))
		problem_conflict(&r->problem, "There is a token of this name already; names are "
					      "used once, also after revoking");
	pg_result_free(&rows);
	return true;
}

/* The row of the token, locked; refused when it is not there, over, or has more than the caller. */
static bool lock(struct edit *e, struct err *err)
{
	static const struct pg_stmt find = {
		"token_lock",
		"SELECT array_to_string(rights, ' '), templates IS NOT NULL, quota_id,"
		"       revoked_at IS NOT NULL, department_id FROM token WHERE id = $1::bigint FOR "
		"UPDATE"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, e->id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "token");
	} else if (pg_bool(rows, 0, 3)) {
		problem_conflict(&r->problem, "The token is revoked for good. Make another one");
	} else {
		e->rights = rights_of_names(pg_text(rows, 0, 0)) & rights_of_token();
		e->bound = pg_bool(rows, 0, 1);
		e->quota_id = pg_int(rows, 0, 2);
		e->department_id = pg_int(rows, 0, 4);
		ok = judge(e, err);
	}
	pg_result_free(&rows);
	if (!ok)
		return false;
	return !problem_found(&r->problem) || request_refused(err);
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* The limits as they are asked for; what has been used stays counted. */
static bool set_limits(struct edit *e, struct err *err)
{
	static const struct pg_stmt insert = {
		"quota_insert", "INSERT INTO quota (parts_per_hour, parts_per_day, "
				"money_micro_per_hour, money_micro_per_day)"
				" VALUES ($1::bigint, $2::bigint, ($3::text::numeric * "
				"1000000)::bigint, ($4::text::numeric * 1000000)::bigint)"
				" RETURNING id"};
	static const struct pg_stmt update = {
		"quota_update",
		"UPDATE quota SET parts_per_hour = $1::bigint, parts_per_day = $2::bigint,"
		"       money_micro_per_hour = ($3::text::numeric * 1000000)::bigint,"
		"       money_micro_per_day = ($4::text::numeric * 1000000)::bigint"
		" WHERE id = $5::bigint RETURNING id"};
	struct request *r = e->r;
	struct pg_result *rows = NULL;

	if (!e->asked.limits_asked || (e->quota_id == 0 && !token_request_limits(&e->asked)))
		return true;
	token_request_push_limits(r->params, &e->asked);
	if (e->quota_id != 0)
		pg_param_int64(r->params, e->quota_id);
	if (!request_query(r, e->quota_id != 0 ? &update : &insert, &rows, err))
		return false;
	e->quota_id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static void push_quota(struct edit *e)
{
	if (e->quota_id != 0)
		pg_param_int64(e->r->params, e->quota_id);
	else
		pg_param_null(e->r->params);
}

/* A secret, of which the edit keeps the sum. */
static void draw(struct edit *e, char secret[TOKEN_LEN + 1])
{
	if (!token_new(secret))
		panic("the system has no random numbers to give");
	token_hash(secret, TOKEN_LEN, e->hash);
}

static bool create_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt insert = {
		"token_insert",
		"INSERT INTO token (note, rights, templates, addresses, expires_at, name,"
		"       secret_hash, created_by, quota_id, department_id)"
		" VALUES ($1::text, $2::text[], $3::bigint[], $4::text[]::cidr[], $5::timestamptz,"
		"         $6::text, $7::bytea, nullif($8::bigint, 0), $9::bigint,"
		"         $10::bigint) RETURNING id"};
	struct edit *e = arg;
	struct request *r = e->r;
	struct pg_result *rows = NULL;

	(void)pg;
	e->quota_id = 0;
	if (!set_limits(e, err))
		return false;
	token_request_push(r->params, &e->asked);
	pg_param_text(r->params, e->asked.name);
	pg_param_bytes(r->params, e->hash, sizeof(e->hash));
	pg_param_int64(r->params, r->caller.person_id);
	push_quota(e);
	pg_param_int64(r->params, e->department_id);
	if (!request_query(r, &insert, &rows, err))
		return false;
	e->id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static bool patch_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt update = {
		"token_update",
		"UPDATE token SET note = CASE WHEN $6 THEN $1::text ELSE note END,"
		"       rights = CASE WHEN $7 THEN $2::text[] ELSE rights END,"
		"       templates = CASE WHEN $8 THEN $3::bigint[] ELSE templates END,"
		"       addresses = CASE WHEN $9 THEN $4::text[]::cidr[] ELSE addresses END,"
		"       expires_at = CASE WHEN $10 THEN $5::timestamptz ELSE expires_at END,"
		"       quota_id = $11::bigint WHERE id = $12::bigint"};
	struct edit *e = arg;
	struct request *r = e->r;

	(void)pg;
	if (!lock(e, err) || !set_limits(e, err))
		return false;
	token_request_push(r->params, &e->asked);
	pg_param_bool(r->params, e->asked.note_asked);
	pg_param_bool(r->params, e->asked.rights_asked);
	pg_param_bool(r->params, e->asked.templates_asked);
	pg_param_bool(r->params, e->asked.addresses_asked);
	pg_param_bool(r->params, e->asked.expires_asked);
	push_quota(e);
	pg_param_int64(r->params, e->id);
	return request_query(r, &update, NULL, err);
}

/* Read the body into e->asked and look whether it can be.  False: the store failed. */
static bool read_edit(struct edit *e, struct cJSON *doc, bool fresh, struct err *err)
{
	struct json_in in;

	json_in_begin(&in, doc, &e->r->problem, "");
	token_request_read(&in, fresh, &e->asked);
	json_in_end(&in);
	if (fresh)
		e->department_id = scope_place(&e->r->caller, RIGHT_TOKENS_EDIT,
					       e->asked.department_id, &e->r->problem);
	return problem_found(&e->r->problem) || check_facts(e, err);
}

static bool create(struct edit *e, struct cJSON *doc, struct err *err)
{
	struct request *r = e->r;
	char secret[TOKEN_LEN + 1];

	if (!read_edit(e, doc, true, err))
		return false;
	if (!problem_found(&r->problem) && !judge(e, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	draw(e, secret);
	if (!pg_transaction(r->pg, create_body, e, err)) {
		if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
			return false;
		problem_conflict(&r->problem, "There is a token of this name already; names are "
					      "used once, also after revoking");
		return true;
	}
	log_info("token made", LI("token", e->id));
	return token_reply(r, e->id, secret, 201, err);
}

/* POST /v1/tokens */
bool token_create(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_json(r, &doc))
		return true;
	ok = create(&e, doc, err);
	json_free(&doc);
	return ok;
}

/* PATCH /v1/tokens/{id} */
bool token_patch(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	struct cJSON *doc = NULL;
	bool ok;

	if (!request_id(r, 0, "token", &e.id) || !request_json(r, &doc))
		return true;
	ok = read_edit(&e, doc, false, err);
	if (ok && !problem_found(&r->problem))
		ok = pg_transaction(r->pg, patch_body, &e, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	log_info("token changed", LI("token", e.id));
	return token_reply(r, e.id, NULL, 200, err);
}

/* POST /v1/tokens/{id}/revoke: for good, and by whoever may edit tokens, whatever it may. */
bool token_revoke(struct request *r, struct err *err)
{
	static const struct pg_stmt revoke = {"token_revoke",
					      "UPDATE token SET revoked_at = clock_timestamp()"
					      " WHERE id = $1::bigint AND revoked_at IS NULL"};
	int64_t id;

	if (!request_id(r, 0, "token", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &revoke, NULL, err))
		return false;
	log_info("token revoked", LI("token", id));
	return token_reply(r, id, NULL, 200, err);
}

/* --- another secret ------------------------------------------------------------------------------
 */

static bool renew_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt renew = {
		"token_renew",
		"UPDATE token SET secret_hash = $2::bytea,"
		"       previous_hash = CASE WHEN $3::bigint > 0 THEN secret_hash END,"
		"       previous_until = CASE WHEN $3::bigint > 0"
		"                        THEN clock_timestamp() + $3::bigint * interval '1 hour' "
		"END WHERE id = $1::bigint"};
	struct edit *e = arg;
	struct request *r = e->r;

	(void)pg;
	if (!lock(e, err))
		return false;
	pg_param_int64(r->params, e->id);
	pg_param_bytes(r->params, e->hash, sizeof(e->hash));
	pg_param_int64(r->params, e->keep_old_hours);
	return request_query(r, &renew, NULL, err);
}

static bool read_hours(struct request *r, int64_t *out)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	size_t len;

	*out = KEEP_OLD_HOURS;
	(void)http_body(r->call, &len);
	if (len == 0)
		return true;
	if (!request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	*out = json_in_int(&in, "keep_old_hours", JSON_OPTIONAL, 0, KEEP_OLD_HOURS_MAX,
			   KEEP_OLD_HOURS);
	json_in_end(&in);
	json_free(&doc);
	return !problem_found(&r->problem);
}

/* POST /v1/tokens/{id}/renew: the secret before counts a while longer, the one before that ends. */
bool token_renew(struct request *r, struct err *err)
{
	struct edit e = {.r = r};
	char secret[TOKEN_LEN + 1];

	if (!request_id(r, 0, "token", &e.id) || !read_hours(r, &e.keep_old_hours))
		return true;
	draw(&e, secret);
	if (!pg_transaction(r->pg, renew_body, &e, err))
		return problem_found(&r->problem);
	log_info("token renewed", LI("token", e.id));
	return token_reply(r, e.id, secret, 200, err);
}
