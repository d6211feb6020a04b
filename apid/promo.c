/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* promo - pools of promo codes, and codes that come back.
 *
 * A code is given with one message and never again; dispatcherd gives them (dispatcherd/promo.h).
 */
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/promo_file.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/web/json.h"

#define NAME_CHARS_MAX 100
#define AMOUNT_MAX     1e12

/* --- pools ---------------------------------------------------------------------------------------
 */

#define POOL_COLUMNS                                                                               \
	"SELECT p.id, p.name, p.size, p.created_at,"                                               \
	"       (SELECT count(*) FROM promo_code c WHERE c.pool_id = p.id AND c.message_id IS "    \
	"NULL),"                                                                                   \
	"       promo_free(p.id, 0),"                                                              \
	"       (SELECT count(*) FROM promo_code c WHERE c.pool_id = p.id"                         \
	"           AND c.redeemed_at IS NOT NULL), p.department_id"                               \
	"  FROM promo_pool p "

enum column {
	COL_ID,
	COL_NAME,
	COL_SIZE,
	COL_CREATED,
	COL_LEFT,
	COL_FREE,
	COL_REDEEMED,
	COL_DEPARTMENT
};

static void put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "name", pg_text(rows, i, COL_NAME));
	json_put_id(json, "department_id", pg_int(rows, i, COL_DEPARTMENT));
	json_put_int(json, "size", pg_int(rows, i, COL_SIZE));
	json_put_int(json, "given", pg_int(rows, i, COL_SIZE) - pg_int(rows, i, COL_LEFT));
	json_put_int(json, "held", pg_int(rows, i, COL_LEFT) - pg_int(rows, i, COL_FREE));
	json_put_int(json, "free", pg_int(rows, i, COL_FREE));
	json_put_int(json, "redeemed", pg_int(rows, i, COL_REDEEMED));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
}

static void put_pool(struct json_out *json, const struct pg_result *rows, size_t i)
{
	put_open(json, rows, i);
	json_object_end(json);
}

/* GET /v1/promo-pools */
bool promo_pool_list(struct request *r, struct err *err)
{
	static const struct pg_stmt list = {
		"promo_pool_list", POOL_COLUMNS "WHERE p.id > $1::bigint AND " SCOPE_SQL(
					   "p.department_id", "$3") " ORDER BY p.id"
								    " LIMIT $2::bigint + 1"};
	struct page page;

	if (!page_from_query(r, &page))
		return true;
	pg_param_int64(r->params, page.cursor);
	pg_param_int64(r->params, page.limit);
	scope_param_above(r->params, &r->caller, RIGHT_TEMPLATES_READ);
	return page_reply(r, &page, &list, "pools", put_pool, err);
}

/* Which campaigns take or took codes of it. */
static bool put_campaigns(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt campaigns = {
		"promo_pool_campaigns",
		"SELECT c.id, c.name, c.status, u.wanted, count(k.id),"
		"       count(k.id) FILTER (WHERE k.redeemed_at IS NOT NULL)"
		"  FROM promo_use u JOIN campaign c ON c.id = u.campaign_id"
		"  LEFT JOIN run r ON r.campaign_id = c.id LEFT JOIN promo_code k ON k.run_id = "
		"r.id"
		" WHERE u.pool_id = $1::bigint GROUP BY c.id, u.wanted ORDER BY c.id DESC LIMIT "
		"200"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &campaigns, &rows, err))
		return false;
	json_array(&r->json, "campaigns");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_id(&r->json, "id", pg_int(rows, i, 0));
		json_put_text(&r->json, "name", pg_text(rows, i, 1));
		json_put_text(&r->json, "status", pg_text(rows, i, 2));
		json_put_int(&r->json, "wanted", pg_int(rows, i, 3));
		json_put_int(&r->json, "given", pg_int(rows, i, 4));
		json_put_int(&r->json, "redeemed", pg_int(rows, i, 5));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

/* The pool into r->json; one that is not there is the problem. */
static bool put_whole(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt get = {"promo_pool_get",
					   POOL_COLUMNS "WHERE p.id = $1::bigint"};
	struct pg_result *rows = NULL;
	bool ok = true;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	if (pg_rows(rows) == 0) {
		problem_not_found(&r->problem, "pool of promo codes");
	} else {
		put_open(&r->json, rows, 0);
		ok = put_campaigns(r, id, err);
		json_object_end(&r->json);
	}
	pg_result_free(&rows);
	return ok;
}

/* GET /v1/promo-pools/{id} */
bool promo_pool_get(struct request *r, struct err *err)
{
	int64_t id;

	if (!request_id(r, 0, "pool of promo codes", &id))
		return true;
	return put_whole(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

static bool create_pool(struct request *r, const char *name, int64_t department_id, struct err *err)
{
	static const struct pg_stmt create = {"promo_pool_create",
					      "INSERT INTO promo_pool (name, department_id) VALUES "
					      "($1::text, $2::bigint) RETURNING id"};
	struct pg_result *rows = NULL;
	int64_t id;

	pg_param_text(r->params, name);
	pg_param_int64(r->params, department_id);
	if (!request_query(r, &create, &rows, err)) {
		if (strcmp(pg_sqlstate(r->pg), "23505") != 0)
			return false;
		problem_field(&r->problem, "name", "the name of another pool", "a name of its own");
		return true;
	}
	id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	log_info("promo pool made", LI("pool", id));
	return put_whole(r, id, err) && request_reply(r, 201);
}

/* POST /v1/promo-pools */
bool promo_pool_create(struct request *r, struct err *err)
{
	struct cJSON *doc = NULL;
	const char *name;
	int64_t department_id;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	name = json_in_text(&in, "name", JSON_REQUIRED, NAME_CHARS_MAX);
	if (name != NULL && strpbrk(name, "{}\"\n\t") != NULL)
		json_in_refuse(&in, "name", name, "a name without braces and quotes");
	department_id = scope_place(&r->caller, RIGHT_TEMPLATES_EDIT,
				    json_in_id(&in, "department_id", JSON_OPTIONAL), &r->problem);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = create_pool(r, name, department_id, err);
	json_free(&doc);
	return ok;
}

/* DELETE /v1/promo-pools/{id}: what was given stays for the record. */
bool promo_pool_delete(struct request *r, struct err *err)
{
	static const struct pg_stmt remove = {
		"promo_pool_delete",
		"WITH found AS (SELECT p.id, EXISTS (SELECT 1 FROM promo_use WHERE pool_id = p.id)"
		"      OR EXISTS (SELECT 1 FROM promo_code WHERE pool_id = p.id"
		"                    AND message_id IS NOT NULL) AS used"
		"        FROM promo_pool p WHERE p.id = $1::bigint FOR UPDATE),"
		" gone AS (DELETE FROM promo_pool p USING found f WHERE p.id = f.id AND NOT f.used)"
		" SELECT used FROM found"};
	struct pg_result *rows = NULL;
	int64_t id;

	if (!request_id(r, 0, "pool of promo codes", &id))
		return true;
	pg_param_int64(r->params, id);
	if (!request_query(r, &remove, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "pool of promo codes");
	else if (pg_bool(rows, 0, 0))
		problem_conflict(
			&r->problem,
			"Campaigns have given codes of this pool; they stay for the record");
	pg_result_free(&rows);
	if (!problem_found(&r->problem)) {
		log_info("promo pool deleted", LI("pool", id));
		http_reply(r->call, 204, NULL, "", 0);
	}
	return true;
}

/* --- uploading -----------------------------------------------------------------------------------
 */

/* POST /v1/promo-pools/{id}/codes */
bool promo_pool_upload(struct request *r, struct err *err)
{
	int64_t id, count = 0;

	if (!request_id(r, 0, "pool of promo codes", &id))
		return true;
	if (!promo_file_store(r, id, &count, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	log_info("promo codes uploaded", LI("pool", id), LI("codes", count));
	return put_whole(r, id, err) && (problem_found(&r->problem) || request_reply(r, 200));
}

/* --- coming back ---------------------------------------------------------------------------------
 */

struct redemption {
	const char *code; /* borrowed from the document */
	int64_t at_us;	  /* 0: now */
	bool has_amount;
	double amount;
};

static void read_redemption(struct request *r, const struct cJSON *doc, struct redemption *out)
{
	struct json_in in;

	json_in_begin(&in, doc, &r->problem, "");
	out->code = json_in_text(&in, "code", JSON_REQUIRED, PROMO_CODE_MAX);
	out->at_us = json_in_time(&in, "at", JSON_OPTIONAL);
	out->has_amount =
		json_in_number(&in, "amount", JSON_OPTIONAL, -AMOUNT_MAX, AMOUNT_MAX, &out->amount);
	json_in_end(&in);
}

static bool redeem(struct request *r, const struct redemption *wanted, struct pg_result **out,
		   struct err *err)
{
	static const struct pg_stmt stmt = {
		"promo_redeem",
		"SELECT outcome, pool, client_id, message_id, at"
		"  FROM promo_redeem($1::text, $2::timestamptz, $3::bigint, $4::smallint)"};

	pg_param_text(r->params, wanted->code);
	if (wanted->at_us == 0)
		pg_param_null(r->params);
	else
		pg_param_time_us(r->params, wanted->at_us);
	if (wanted->has_amount)
		pg_param_int64(r->params,
			       (int64_t)(wanted->amount * 1e6 + (wanted->amount < 0 ? -0.5 : 0.5)));
	else
		pg_param_null(r->params);
	pg_param_int16(r->params, (int16_t)daemon_slot());
	return request_query(r, &stmt, out, err);
}

static void put_redemption(struct json_out *json, const struct pg_result *row)
{
	json_object(json, NULL);
	json_put_text(json, "outcome", pg_text(row, 0, 0));
	json_put_text(json, "pool", pg_text(row, 0, 1));
	if (pg_null(row, 0, 2))
		json_put_null(json, "client_id");
	else
		json_put_id(json, "client_id", pg_int(row, 0, 2));
	json_put_id(json, "message_id", pg_int(row, 0, 3));
	json_put_time(json, "at", pg_time_us(row, 0, 4));
	json_object_end(json);
}

/* POST /v1/promo/redeem; the same again tells when it was. */
bool promo_code_redeem(struct request *r, struct err *err)
{
	struct redemption wanted;
	struct pg_result *row = NULL;
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	read_redemption(r, doc, &wanted);
	if (!problem_found(&r->problem))
		ok = redeem(r, &wanted, &row, err);
	json_free(&doc);
	if (!ok || problem_found(&r->problem))
		return ok;
	if (strcmp(pg_text(row, 0, 0), "unknown") == 0)
		problem_not_found(&r->problem, "promo code");
	else if (strcmp(pg_text(row, 0, 0), "not_given") == 0)
		problem_conflict(&r->problem, "This promo code was not given to anybody yet");
	else
		put_redemption(&r->json, row);
	pg_result_free(&row);
	return problem_found(&r->problem) || request_reply(r, 200);
}
