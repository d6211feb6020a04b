/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stop_links - a stop by link: a page that asks, and a button that stops.
 *
 * Opening the page stops nobody: programs that look at links before their reader does open it too.
 * The token says whose number it is, and nothing on the page does. */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/model/phone.h"
#include "common/store/token.h"
#include "common/web/json.h"

#define TOKEN_BYTES 16
#define TOKEN_CHARS (TOKEN_BYTES * 2)

/* POST /v1/stop-links */
bool stop_link_create(struct request *r, struct err *err)
{
	static const struct pg_stmt create = {
		"stop_link_create",
		"INSERT INTO stop_link (msisdn, token_hash) VALUES ($1::bigint, $2::bytea)"};
	uint8_t bytes[TOKEN_BYTES], hash[TOKEN_HASH_SIZE];
	char path[sizeof("/stop/") + TOKEN_CHARS] = "/stop/";
	char *token = path + strlen(path);
	struct cJSON *doc = NULL;
	struct json_in in;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		panic("the system has no random numbers to give");
	for (size_t i = 0; i < TOKEN_BYTES; i++)
		(void)snprintf(token + i * 2, 3, "%02x", bytes[i]);
	token_hash(token, TOKEN_CHARS, hash);
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_int64(r->params, phone_in(&in, "phone", JSON_REQUIRED));
	json_in_end(&in);
	json_free(&doc);
	pg_param_bytes(r->params, hash, sizeof(hash));
	if (!problem_found(&r->problem))
		ok = request_query(r, &create, NULL, err);
	if (!ok || problem_found(&r->problem))
		return ok;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "path", path);
	json_object_end(&r->json);
	return request_reply(r, 201);
}

/* --- the page ------------------------------------------------------------------------------------
 */

static void put_said(struct buf *page, enum lang lang, const char *english)
{
	lang_say(lang, english, page); /* sentences of ours: no markup in them */
}

static bool reply_page(struct request *r, int status, const char *said, bool asks)
{
	enum lang lang = r->json.lang;
	struct buf *page = &r->out;

	buf_reset(page);
	buf_printf(page,
		   "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\">"
		   "<meta name=\"viewport\" content=\"width=device-width\"><title>",
		   lang == LANG_RU ? "ru" : "en");
	put_said(page, lang, "Messages to your number");
	buf_add_str(page, "</title><style>body{font:18px/1.5 sans-serif;max-width:32em;"
			  "margin:15vh auto;padding:0 1em}button{font:inherit;padding:.5em 1em}"
			  "</style><main><p>");
	put_said(page, lang, said);
	buf_add_str(page, "</p>");
	if (asks) {
		buf_add_str(page, "<form method=\"post\"><button>");
		put_said(page, lang, "Stop advertising");
		buf_add_str(page, "</button></form>");
	}
	buf_add_str(page, "</main></html>");
	http_reply_buf(r->call, status, "text/html; charset=utf-8", page);
	return true;
}

static void push_token(struct request *r)
{
	const char *token = http_param(r->call, 0);
	uint8_t hash[TOKEN_HASH_SIZE];

	token_hash(token, strlen(token), hash);
	pg_param_bytes(r->params, hash, sizeof(hash));
}

static bool reply_unknown(struct request *r)
{
	return reply_page(r, 404, "This link is not known. Answer STOP to a message instead",
			  false);
}

/* GET /stop/{token} */
bool stop_page(struct request *r, struct err *err)
{
	static const struct pg_stmt find = {"stop_page",
					    "SELECT 1 FROM stop_link WHERE token_hash = $1::bytea"};
	struct pg_result *rows = NULL;
	bool known;

	push_token(r);
	if (!request_query(r, &find, &rows, err))
		return false;
	known = pg_rows(rows) > 0;
	pg_result_free(&rows);
	if (!known)
		return reply_unknown(r);
	return reply_page(r, 200, "Shall we stop sending advertising to your number?", true);
}

/* POST /stop/{token} */
bool stop_confirm(struct request *r, struct err *err)
{
	static const struct pg_stmt stop = {
		"stop_confirm",
		"WITH l AS (UPDATE stop_link SET used_at = coalesce(used_at, clock_timestamp())"
		"            WHERE token_hash = $1::bytea RETURNING msisdn),"
		" o AS (INSERT INTO opt_out (msisdn, scope, source, entered_by)"
		"       SELECT msisdn, 'advertising', 'link', 'link' FROM l"
		"       ON CONFLICT (msisdn) DO NOTHING)"
		" SELECT 1 FROM l"};
	struct pg_result *rows = NULL;
	bool known;

	push_token(r);
	if (!request_query(r, &stop, &rows, err))
		return false;
	known = pg_rows(rows) > 0;
	pg_result_free(&rows);
	if (!known)
		return reply_unknown(r);
	return reply_page(r, 200, "You will get no more advertising from us by SMS", false);
}
