/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* client_phones - see client_phones.h; and choosing, adding and ending numbers of a client. */
#include "apid/client_phones.h"

#include <string.h>

#include "common/model/phone.h"
#include "common/base/log.h"

static void put_phone(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_phone(json, "phone", pg_int(rows, i, 0));
	json_put_bool(json, "preferred", pg_bool(rows, i, 1));
	json_put_text(json, "valid_from", text_or_null(rows, i, 2));
	json_put_text(json, "valid_to", text_or_null(rows, i, 3));
	json_put_text(json, "source", text_or_null(rows, i, 4));
	json_put_time(json, "seen_at", pg_time_us(rows, i, 5));
	json_put_time(json, "lost_at", pg_time_us(rows, i, 6));
	json_put_time(json, "last_delivered_at", pg_time_us(rows, i, 7));
	json_object_end(json);
}

/* The last delivery is looked for among the last messages of each number. */
static bool put_phones(struct request *r, int64_t client_id, struct err *err)
{
	static const struct pg_stmt phones = {
		"client_phones",
		"SELECT p.msisdn, p.msisdn = k.msisdn, p.valid_from::text, p.valid_to::text,"
		"       p.source, p.seen_at, p.lost_at,"
		"       to_timestamp((d.id >> 32) + 1577836800)"
		"  FROM client k CROSS JOIN LATERAL"
		"       (SELECT f.msisdn, f.valid_from, f.valid_to, f.source, f.seen_at, f.lost_at"
		"          FROM client_phone f WHERE f.client_id = k.id"
		"        UNION ALL SELECT k.msisdn, NULL, NULL, NULL, NULL, NULL WHERE NOT EXISTS"
		"          (SELECT 1 FROM client_phone f WHERE f.client_id = k.id"
		"              AND f.msisdn = k.msisdn)) p"
		"  LEFT JOIN LATERAL (SELECT m.id FROM (SELECT o.id FROM message o"
		"          WHERE o.msisdn = p.msisdn ORDER BY o.id DESC LIMIT 50) m"
		"         WHERE EXISTS (SELECT 1 FROM message_state s"
		"                        WHERE s.id = m.id AND s.state = 9)"
		"         ORDER BY m.id DESC LIMIT 1) d ON true"
		" WHERE k.id = $1::bigint AND k.blocked_at IS NULL"
		" ORDER BY 2 DESC, p.seen_at DESC, p.msisdn"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, client_id);
	if (!request_query(r, &phones, &rows, err))
		return false;
	json_array(&r->json, "phones");
	for (size_t i = 0; i < pg_rows(rows); i++)
		put_phone(&r->json, rows, i);
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool put_changes(struct request *r, int64_t client_id, struct err *err)
{
	static const struct pg_stmt changes = {
		"client_phone_changes",
		"SELECT c.at, c.old_msisdn, c.new_msisdn, c.reason, c.source"
		"  FROM client_phone_change c JOIN client k ON k.id = c.client_id"
		" WHERE c.client_id = $1::bigint AND k.blocked_at IS NULL"
		" ORDER BY c.id DESC LIMIT 50"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, client_id);
	if (!request_query(r, &changes, &rows, err))
		return false;
	json_array(&r->json, "phone_changes");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_time(&r->json, "at", pg_time_us(rows, i, 0));
		json_put_phone(&r->json, "from", pg_int(rows, i, 1));
		json_put_phone(&r->json, "to", pg_int(rows, i, 2));
		json_put_text(&r->json, "reason", pg_text(rows, i, 3));
		json_put_text(&r->json, "source", pg_text(rows, i, 4));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

bool client_put_phones(struct request *r, int64_t client_id, struct err *err)
{
	return put_phones(r, client_id, err) && put_changes(r, client_id, err);
}

/* --- another number
 * ------------------------------------------------------------------------------------ */

struct choice {
	struct request *r;
	int64_t client_id;
	int64_t msisdn;
};

/* The number before stays valid when the new one was known already: somebody chose among them.
 * Else it was wrong, and is over. */
static bool choose_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt choose = {
		"client_phone_choose",
		"WITH was AS MATERIALIZED (SELECT k.id, k.msisdn, EXISTS (SELECT 1 FROM"
		"          client_phone p WHERE p.client_id = k.id AND p.msisdn = $2::bigint) AS "
		"known"
		"     FROM client k WHERE k.id = $1::bigint AND k.msisdn <> $2::bigint FOR UPDATE),"
		" change AS (INSERT INTO client_phone_change"
		"     (client_id, old_msisdn, new_msisdn, reason, source)"
		"     SELECT w.id, w.msisdn, $2::bigint,"
		"            CASE WHEN w.known THEN 'chosen' ELSE 'corrected' END, 'api' FROM was "
		"w),"
		" before AS (INSERT INTO client_phone (client_id, msisdn, valid_to, source)"
		"     SELECT w.id, w.msisdn, CASE WHEN NOT w.known THEN current_date - 1 END, 'api'"
		"       FROM was w ON CONFLICT (client_id, msisdn) DO UPDATE SET held = false,"
		"            valid_to = coalesce(excluded.valid_to, client_phone.valid_to)),"
		" now AS (INSERT INTO client_phone (client_id, msisdn, held, source)"
		"     SELECT w.id, $2::bigint, true, 'api' FROM was w"
		"         ON CONFLICT (client_id, msisdn) DO UPDATE SET held = true, valid_to = "
		"NULL,"
		"            lost_at = NULL, seen_at = excluded.seen_at)"
		" UPDATE client k SET msisdn = $2::bigint, updated_at = clock_timestamp()"
		"   FROM was w WHERE k.id = w.id"};
	struct choice *c = arg;

	(void)pg;
	pg_param_int64(c->r->params, c->client_id);
	pg_param_int64(c->r->params, c->msisdn);
	if (request_query(c->r, &choose, NULL, err))
		return true;
	if (strcmp(pg_sqlstate(c->r->pg), "23505") != 0)
		return false;
	problem_conflict(&c->r->problem, "Another client without a code has this number. Give one "
					 "of the two a code first");
	return request_refused(err);
}

/* The client of the path and the number of the body; false: the problem is filled. */
static bool read_choice(struct request *r, struct choice *c)
{
	struct cJSON *doc = NULL;
	struct json_in in;

	c->r = r;
	if (!request_id(r, 0, "client", &c->client_id) || !request_json(r, &doc))
		return false;
	json_in_begin(&in, doc, &r->problem, "");
	c->msisdn = phone_in(&in, "phone", JSON_REQUIRED);
	json_in_end(&in);
	json_free(&doc);
	return !problem_found(&r->problem);
}

/* Do it as a whole and answer with the client as it is then. */
static bool change(struct request *r, bool (*body)(struct pg *pg, void *arg, struct err *err),
		   struct err *err)
{
	struct choice c;

	if (!read_choice(r, &c))
		return true;
	if (!pg_transaction(r->pg, body, &c, err))
		return false;
	log_info("number of a client changed", LI("client", c.client_id));
	return client_get(r, err);
}

/* PUT /v1/clients/{id}/phone */
bool client_phone_put(struct request *r, struct err *err)
{
	return change(r, choose_body, err);
}

/* --- one more, one less
 * -------------------------------------------------------------------------------- */

#define PHONES_MAX 20

static bool refuse_many(struct choice *c, struct err *err)
{
	static const struct pg_stmt count = {
		"client_phone_count", "SELECT count(*) FROM client_phone"
				      " WHERE client_id = $1::bigint AND msisdn <> $2::bigint"};
	struct pg_result *rows = NULL;
	bool many;

	pg_param_int64(c->r->params, c->client_id);
	pg_param_int64(c->r->params, c->msisdn);
	if (!request_query(c->r, &count, &rows, err))
		return false;
	many = pg_int(rows, 0, 0) >= PHONES_MAX;
	pg_result_free(&rows);
	if (!many)
		return true;
	problem_conflict(&c->r->problem, "The client has %d numbers already, no more are kept",
			 PHONES_MAX);
	return request_refused(err);
}

/* Who has further numbers has all of them in client_phone, the preferred one too. */
static bool add_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt add = {
		"client_phone_add",
		"INSERT INTO client_phone (client_id, msisdn, source)"
		" SELECT DISTINCT k.id, n.msisdn, 'api' FROM client k"
		"  CROSS JOIN LATERAL unnest(ARRAY[k.msisdn, $2::bigint]) n(msisdn)"
		"  WHERE k.id = $1::bigint AND k.blocked_at IS NULL"
		" ON CONFLICT (client_id, msisdn) DO UPDATE SET valid_to = NULL, lost_at = NULL,"
		"    seen_at = excluded.seen_at WHERE client_phone.msisdn = $2::bigint"};
	struct choice *c = arg;

	(void)pg;
	if (!refuse_many(c, err))
		return false;
	pg_param_int64(c->r->params, c->client_id);
	pg_param_int64(c->r->params, c->msisdn);
	return request_query(c->r, &add, NULL, err);
}

/* POST /v1/clients/{id}/phones */
bool client_phone_add(struct request *r, struct err *err)
{
	return change(r, add_body, err);
}

static bool refuse_end(struct choice *c, bool preferred, struct err *err)
{
	if (preferred)
		problem_conflict(&c->r->problem, "The client is written to on this number. Choose "
						 "another one first");
	else
		problem_field(&c->r->problem, "phone", "a number the client does not have",
			      "one of the client's further numbers");
	return request_refused(err);
}

static bool end_body(struct pg *pg, void *arg, struct err *err)
{
	static const struct pg_stmt end = {
		"client_phone_end",
		"WITH over AS (UPDATE client_phone p SET valid_to = current_date - 1, held = false"
		"      FROM client k WHERE k.id = $1::bigint AND p.client_id = k.id"
		"       AND p.msisdn = $2::bigint AND k.msisdn <> $2::bigint RETURNING 1)"
		" SELECT EXISTS (SELECT 1 FROM over), k.msisdn = $2::bigint FROM client k"
		"  WHERE k.id = $1::bigint"};
	struct choice *c = arg;
	struct pg_result *rows = NULL;
	bool there, done, preferred;

	(void)pg;
	pg_param_int64(c->r->params, c->client_id);
	pg_param_int64(c->r->params, c->msisdn);
	if (!request_query(c->r, &end, &rows, err))
		return false;
	there = pg_rows(rows) == 1;
	done = there && pg_bool(rows, 0, 0);
	preferred = there && pg_bool(rows, 0, 1);
	pg_result_free(&rows);
	return done || !there || refuse_end(c, preferred, err);
}

/* POST /v1/clients/{id}/phones/end: kept as history, not written to any more */
bool client_phone_end(struct request *r, struct err *err)
{
	return change(r, end_body, err);
}
