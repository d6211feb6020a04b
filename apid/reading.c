/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reading - see reading.h; and GET /v1/readings for auditors. */
#include "apid/reading.h"

#include <openssl/evp.h>
#include <string.h>

#include "common/base/log.h"
#include "common/web/json.h"

#define OPERATION_CHARS 120

static void add(EVP_MD_CTX *ctx, const char *text, size_t len)
{
	if (EVP_DigestUpdate(ctx, text, len) != 1 || EVP_DigestUpdate(ctx, "\n", 1) != 1)
		panic("SHA-256 is not available in the cryptographic library");
}

/* What was asked for: the same question has the same digest.  Under the service's key, because a
 * question may be a number and numbers can be tried out. */
static void digest_query(const struct request *r, uint8_t out[PRIVACY_HASH_BYTES])
{
	const struct http_route *route = http_call_route(r->call);
	const struct operation *op = route->context;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *body;
	size_t len;

	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	add(ctx, route->method, strlen(route->method));
	add(ctx, route->pattern, strlen(route->pattern));
	add(ctx, http_param(r->call, 0), strlen(http_param(r->call, 0)));
	for (size_t i = 0; op->query != NULL && op->query[i] != NULL; i++) {
		const char *value = http_query(r->call, op->query[i]);

		add(ctx, value != NULL ? value : "", value != NULL ? strlen(value) : 0);
	}
	body = http_body(r->call, &len);
	add(ctx, body, len);
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		panic("SHA-256 is not available in the cryptographic library");
	EVP_MD_CTX_free(ctx);
	if (r->api->privacy_key != NULL)
		privacy_sign(r->api->privacy_key, out, out);
}

static void push_row(struct request *r)
{
	const struct http_route *route = http_call_route(r->call);
	uint8_t digest[PRIVACY_HASH_BYTES];
	char operation[OPERATION_CHARS];
	char address[ADDRESS_SIZE];

	(void)snprintf(operation, sizeof(operation), "%s %s", route->method, route->pattern);
	digest_query(r, digest);
	caller_params(r->params, &r->caller);
	pg_param_text(r->params, operation);
	if (r->reading.client_id != 0)
		pg_param_int64(r->params, r->reading.client_id);
	else
		pg_param_null(r->params);
	pg_param_bytes(r->params, digest, sizeof(digest));
	/* A card may show several numbers of its one client. */
	pg_param_int64(r->params, r->reading.client_id != 0 ? 1 : r->json.people);
	pg_param_bool(r->params, r->json.masked);
	pg_param_text(r->params, r->reading.reason);
	http_call_address(r->call, address);
	pg_param_text(r->params, address);
}

bool reading_note(struct request *r)
{
	static const struct pg_stmt insert = {
		"reading_note",
		"INSERT INTO reading (token_id, person_id, operation, client_id, query_digest,"
		"       people, masked, reason, address)"
		" VALUES ($1::bigint, $2::bigint, $3::text, $4::bigint, $5::bytea, $6::bigint,"
		"       $7::boolean, $8::text, $9::text)"};
	struct err err;

	if (r->json.people == 0)
		return true;
	pg_params_reset(r->params);
	push_row(r);
	if (request_query(r, &insert, NULL, &err))
		return true;
	log_err("a reading could not be logged, so nothing was shown", &err);
	problem_unavailable(&r->problem, &err);
	return false;
}

/* --- POST /v1/readings/search --------------------------------------------------------------------
 */

enum column {
	COL_ID,
	COL_AT,
	COL_TOKEN,
	COL_PERSON,
	COL_NAME,
	COL_OPERATION,
	COL_CLIENT,
	COL_DIGEST,
	COL_PEOPLE,
	COL_MASKED,
	COL_REASON,
	COL_ADDRESS,
};

static void put_reading(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_time(json, "at", pg_time_us(rows, i, COL_AT));
	put_id_or_null(json, "token_id", rows, i, COL_TOKEN);
	put_id_or_null(json, "person_id", rows, i, COL_PERSON);
	json_put_text(json, "by", pg_null(rows, i, COL_NAME) ? NULL : pg_text(rows, i, COL_NAME));
	json_put_text(json, "operation", pg_text(rows, i, COL_OPERATION));
	put_id_or_null(json, "client_id", rows, i, COL_CLIENT);
	json_put_text(json, "query_digest", pg_text(rows, i, COL_DIGEST));
	json_put_int(json, "people", pg_int(rows, i, COL_PEOPLE));
	json_put_bool(json, "masked", pg_bool(rows, i, COL_MASKED));
	json_put_text(json, "reason",
		      pg_null(rows, i, COL_REASON) ? NULL : pg_text(rows, i, COL_REASON));
	json_put_text(json, "address", pg_text(rows, i, COL_ADDRESS));
	json_object_end(json);
}

static void push_time(struct pg_params *params, int64_t unix_us)
{
	if (unix_us == 0)
		pg_param_null(params);
	else
		pg_param_time_us(params, unix_us);
}

static void read_search(struct request *r, const struct cJSON *doc, struct page *page)
{
	struct json_in in;
	int64_t since_us, until_us;

	json_in_begin(&in, doc, &r->problem, "");
	page_in(&in, page);
	pg_param_int64(r->params, page->cursor);
	pg_param_int64(r->params, page->limit);
	pg_param_int64(r->params, json_in_id(&in, "client_id", JSON_OPTIONAL));
	pg_param_int64(r->params, json_in_id(&in, "person_id", JSON_OPTIONAL));
	pg_param_int64(r->params, json_in_id(&in, "token_id", JSON_OPTIONAL));
	since_us = json_in_time(&in, "since", JSON_OPTIONAL);
	until_us = json_in_time(&in, "until", JSON_OPTIONAL);
	push_time(r->params, since_us);
	push_time(r->params, until_us);
	json_in_end(&in);
}

bool reading_search(struct request *r, struct err *err)
{
	static const struct pg_stmt search = {
		"reading_search",
		"SELECT g.id, g.at, g.token_id, g.person_id, coalesce(p.name, t.name), g.operation,"
		"       g.client_id, encode(g.query_digest, 'hex'), g.people, g.masked, g.reason,"
		"       g.address FROM reading g"
		"  LEFT JOIN token t ON t.id = g.token_id LEFT JOIN person p ON p.id = g.person_id"
		" WHERE ($1::bigint = 0 OR g.id < $1::bigint)"
		"   AND ($3::bigint = 0 OR g.client_id = $3::bigint)"
		"   AND ($4::bigint = 0 OR g.person_id = $4::bigint)"
		"   AND ($5::bigint = 0 OR g.token_id = $5::bigint)"
		"   AND ($6::timestamptz IS NULL OR g.at >= $6::timestamptz)"
		"   AND ($7::timestamptz IS NULL OR g.at < $7::timestamptz)"
		" ORDER BY g.id DESC LIMIT $2::bigint + 1"};
	struct cJSON *doc = NULL;
	struct page page;

	if (!request_json(r, &doc))
		return true;
	read_search(r, doc, &page);
	json_free(&doc);
	return problem_found(&r->problem) ||
	       page_reply(r, &page, &search, "readings", put_reading, err);
}
