/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* links - GET /l/{code}: where a short link leads, and what followed it; what stands before codes.
 *
 * A code names a message, and that message's campaign says in its text where its links lead: there
 * is nothing in a request that could be redirected to. */
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/click.h"
#include "common/base/clock.h"
#include "common/base/daemon.h"
#include "common/base/log.h"
#include "common/model/compose.h"
#include "common/model/plans.h"
#include "common/sms/short_link.h"
#include "common/web/json.h"

#define DAYS_MAX 1095

/* --- the page of a link that leads nowhere -------------------------------------------------------
 */

static void add_sentence(struct request *r, const char *before, const char *english,
			 const char *after)
{
	buf_add_str(&r->out, before);
	lang_say(http_lang(r->call), english, &r->out);
	buf_add_str(&r->out, after);
}

static bool reply_page(struct request *r, int status, const char *title, const char *advice)
{
	buf_reset(&r->out);
	buf_add_str(&r->out, http_lang(r->call) == LANG_RU
				     ? "<!DOCTYPE html><html lang=\"ru\">\n\n"
				     : "<!DOCTYPE html><html lang=\"en\">\n\n");
	buf_add_str(&r->out, "<meta charset=\"utf-8\">"
			     "<meta name=\"viewport\" content=\"width=device-width\">\n\n");
	add_sentence(r, "<title>", title, "</title>");
	add_sentence(r, "<h1>", title, "</h1>");
	add_sentence(r, "<p>", advice, "</p></html>\n");
	http_reply_buf(r->call, status, "text/html; charset=utf-8", &r->out);
	return true;
}

static bool reply_unknown(struct request *r)
{
	return reply_page(
		r, 404, "There is no such link",
		"Look whether the address is whole: a message sometimes breaks it in two.");
}

static bool reply_expired(struct request *r)
{
	return reply_page(r, 410, "This link does not work any more",
			  "Its time is over. Ask the company that wrote to you.");
}

/* --- following -----------------------------------------------------------------------------------
 */

enum found_column {
	FOUND_MESSAGE,
	FOUND_CLIENT,
	FOUND_RUN,
	FOUND_TEXT,
	FOUND_LIST,
	FOUND_EXPIRED,
	FOUND_TOO_SOON,
};

/* A message of the last week that no answer of an operator is a second older than is too young for
 * a person to have read it; what is older has been there long enough. */
static bool find(struct request *r, const struct short_link *link, struct pg_result **out,
		 struct err *err)
{
	static const struct pg_stmt stmt = {
		"link_find",
		"SELECT m.id, m.client_id, h.run_id, coalesce(r.text, campaign_text(p, "
		"h.variant)), "
		"p.list_id,"
		"       m.at < statement_timestamp() - (SELECT value::integer FROM setting"
		"           WHERE name = 'link_days') * interval '1 day',"
		"       m.at > statement_timestamp() - interval '7 days' AND NOT EXISTS ("
		"           SELECT 1 FROM receipt_ref f WHERE f.message_id = m.id"
		"              AND f.submitted_at >= m.at - interval '1 minute'"
		"              AND f.submitted_at <= statement_timestamp() - interval '1 second')"
		"  FROM (SELECT id, client_id, to_timestamp((id >> 32) + 1577836800) AS at"
		"          FROM message WHERE link_key = $3::bigint AND id >= $1::bigint"
		"           AND id < $2::bigint LIMIT 2) m"
		"  JOIN batch h ON h.id = m.id & ~255::bigint JOIN run r ON r.id = h.run_id"
		"  JOIN campaign p ON p.id = r.campaign_id"};

	pg_param_int64(r->params, link->first_id);
	pg_param_int64(r->params, link->last_id);
	pg_param_int64(r->params, link->key);
	return request_query(r, &stmt, out, err);
}

static bool read_client(struct request *r, const struct render_plan *plan, int64_t client_id,
			struct pg_result **out, struct err *err)
{
	/* A client who is gone is one without values. */
	static const struct pg_stmt stmt = {
		"link_client",
		"SELECT " COMPOSE_CLIENT_SQL
		" FROM (SELECT $1::bigint AS id) x LEFT JOIN client k ON k.id = x.id"};

	pg_param_int64(r->params, client_id);
	compose_params(r->params, plan);
	return request_query(r, &stmt, out, err);
}

/* Append where it leads; nothing: nowhere. */
static bool find_target(struct request *r, const struct pg_result *found, size_t link,
			struct buf *out, struct err *err)
{
	struct render_plan *plan = NULL;
	struct pg_result *rows = NULL;
	bool ok = plan_load(r->pg, pg_text(found, 0, FOUND_TEXT), pg_len(found, 0, FOUND_TEXT),
			    pg_int(found, 0, FOUND_LIST), &plan, err) &&
		  read_client(r, plan, pg_int(found, 0, FOUND_CLIENT), &rows, err);

	if (ok && !compose_link_target(plan, rows, 0, 0, link, out))
		buf_reset(out);
	pg_result_free(&rows);
	render_plan_free(&plan);
	return ok;
}

static void push_id(struct pg_params *params, const struct pg_result *rows, int col)
{
	if (pg_null(rows, 0, col))
		pg_param_null(params);
	else
		pg_param_int64(params, pg_int(rows, 0, col));
}

static bool note_click(struct request *r, const struct pg_result *found, size_t link,
		       struct err *err)
{
	static const struct pg_stmt add = {
		"click_add", "SELECT click_add($1::bigint, $2::bigint, $3::bigint, $4::smallint,"
			     " $5::smallint, $6::smallint, $7::smallint)"};
	const struct click_request c = {
		.head = http_is_head(r->call),
		.too_soon = pg_bool(found, 0, FOUND_TOO_SOON),
		.user_agent = http_header(r->call, "user-agent"),
		.purpose = {http_header(r->call, "purpose"), http_header(r->call, "sec-purpose"),
			    http_header(r->call, "x-purpose"), http_header(r->call, "x-moz")},
	};

	pg_param_int64(r->params, pg_int(found, 0, FOUND_MESSAGE));
	push_id(r->params, found, FOUND_CLIENT);
	push_id(r->params, found, FOUND_RUN);
	pg_param_int16(r->params, (int16_t)link);
	pg_param_int16(r->params, (int16_t)click_agent_of(c.user_agent));
	pg_param_int16(r->params, (int16_t)click_robot_of(&c));
	pg_param_int16(r->params, (int16_t)daemon_slot());
	return request_query(r, &add, NULL, err);
}

static bool follow(struct request *r, const struct pg_result *found, size_t link, struct err *err)
{
	struct buf target;
	bool ok;

	buf_init(&target, 4 * TEMPLATE_TARGET_MAX);
	ok = find_target(r, found, link, &target, err);
	if (ok && target.len == 0) {
		reply_expired(r);
	} else if (ok) {
		ok = note_click(r, found, link, err);
		http_reply_header(r->call, "Location", buf_str(&target));
		http_reply(r->call, 302, NULL, "", 0);
	}
	buf_deinit(&target);
	return ok;
}

/* GET /l/{code}.  Two messages of a day with the same code (one pair in a hundred days of two
 * million links) lead nowhere, rather than to one another's data. */
bool link_follow(struct request *r, struct err *err)
{
	int64_t now_id = (clock_wall_us() / 1000000 - MESSAGE_EPOCH_S) << 32;
	struct pg_result *found = NULL;
	struct short_link link;
	bool ok;

	if (!short_link_parse(http_param(r->call, 0), now_id, &link))
		return reply_unknown(r);
	if (!find(r, &link, &found, err))
		return false;
	if (pg_rows(found) != 1)
		ok = reply_unknown(r);
	else if (pg_bool(found, 0, FOUND_EXPIRED))
		ok = reply_expired(r);
	else
		ok = follow(r, found, link.link, err);
	pg_result_free(&found);
	return ok;
}

/* --- settings ------------------------------------------------------------------------------------
 */

static bool put_settings(struct request *r, struct err *err)
{
	static const struct pg_stmt read = {
		"link_settings",
		"SELECT (SELECT value FROM setting WHERE name = 'link_base'),"
		"       (SELECT value::integer FROM setting WHERE name = 'link_days')"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &read, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_put_text(&r->json, "base", pg_null(rows, 0, 0) ? NULL : pg_text(rows, 0, 0));
	json_put_int(&r->json, "days", pg_int(rows, 0, 1));
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}

/* GET /v1/links/settings */
bool link_settings_get(struct request *r, struct err *err)
{
	return put_settings(r, err);
}

#define DIGITS	   "0123456789"
#define HOST_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ".-"

/* Letters a telephone takes for part of an address, with a host and a / at the end. */
static bool is_base(const char *base)
{
	const char *at = base;
	size_t host_len;

	if (strncmp(at, "https://", 8) == 0)
		at += 8;
	else if (strncmp(at, "http://", 7) == 0)
		at += 7;
	host_len = strspn(at, HOST_CHARS);
	at += host_len;
	if (at[0] == ':' && at[1] != '/')
		at += 1 + strspn(at + 1, DIGITS);
	return host_len > 0 && *at == '/' && strspn(at, HOST_CHARS "_/") == strlen(at) &&
	       at[strlen(at) - 1] == '/';
}

/* PUT /v1/links/settings */
bool link_settings_put(struct request *r, struct err *err)
{
	static const struct pg_stmt put = {
		"link_settings_put",
		"INSERT INTO setting (name, value) VALUES ('link_base', $1::text),"
		" ('link_days', $2::integer::text)"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value"};
	struct cJSON *doc = NULL;
	const char *base;
	struct json_in in;
	int64_t days;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	base = json_in_text(&in, "base", JSON_REQUIRED, RENDER_LINK_BASE_MAX);
	days = json_in_int(&in, "days", JSON_REQUIRED, 1, DAYS_MAX, 0);
	if (base != NULL && !is_base(base))
		json_in_refuse(&in, "base", base,
			       "an address in Latin letters that ends with /, as in "
			       "https://go.example/l/");
	json_in_end(&in);
	if (!problem_found(&r->problem)) {
		pg_param_text(r->params, base);
		pg_param_int32(r->params, (int32_t)days);
		ok = request_query(r, &put, NULL, err);
		if (ok)
			log_info("short links changed", LI("days", days));
	}
	json_free(&doc);
	return ok && (problem_found(&r->problem) || put_settings(r, err));
}

/* --- a campaign's clicks -------------------------------------------------------------------------
 */

#define OF_CAMPAIGN "click WHERE run_id IN (SELECT id FROM run WHERE campaign_id = $1::bigint)"

static bool put_links(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt by_link = {
		"clicks_by_link",
		"SELECT link, count(DISTINCT message_id) FILTER (WHERE robot = 0),"
		"       count(*) FILTER (WHERE robot = 0), count(*) FILTER (WHERE robot <> 0)"
		"  FROM " OF_CAMPAIGN " GROUP BY link ORDER BY link"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &by_link, &rows, err))
		return false;
	json_array(&r->json, "links");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_int(&r->json, "link", pg_int(rows, i, 0));
		json_put_int(&r->json, "messages", pg_int(rows, i, 1));
		json_put_int(&r->json, "clicks", pg_int(rows, i, 2));
		json_put_int(&r->json, "robots", pg_int(rows, i, 3));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static const char *agent_name(int64_t number)
{
	return click_agent_name(number < AGENTS ? (enum click_agent)number : AGENT_UNKNOWN);
}

static const char *robot_name(int64_t number)
{
	return click_robot_name(number < ROBOTS ? (enum click_robot)number : ROBOT_KNOWN);
}

/* Rows of a number and a count as [{"<key>": name, "count": n}]. */
static bool put_counts(struct request *r, int64_t id, const struct pg_stmt *stmt,
		       const char *member, const char *key, const char *(*name)(int64_t),
		       struct err *err)
{
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, stmt, &rows, err))
		return false;
	json_array(&r->json, member);
	for (size_t i = 0; i < pg_rows(rows); i++) {
		json_object(&r->json, NULL);
		json_put_text(&r->json, key, name(pg_int(rows, i, 0)));
		json_put_int(&r->json, "count", pg_int(rows, i, 1));
		json_object_end(&r->json);
	}
	json_array_end(&r->json);
	pg_result_free(&rows);
	return true;
}

static bool campaign_is_there(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt find = {"clicks_campaign",
					    "SELECT 1 FROM campaign WHERE id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "campaign");
	pg_result_free(&rows);
	return true;
}

/* GET /v1/campaigns/{id}/clicks */
bool campaign_clicks(struct request *r, struct err *err)
{
	static const struct pg_stmt agents = {
		"clicks_by_agent", "SELECT agent, count(*) FROM " OF_CAMPAIGN
				   " AND first GROUP BY agent ORDER BY count(*) DESC, agent"};
	static const struct pg_stmt robots = {
		"clicks_by_robot", "SELECT robot, count(*) FROM " OF_CAMPAIGN
				   " AND robot <> 0 GROUP BY robot ORDER BY count(*) DESC, robot"};
	int64_t id;

	if (!request_id(r, 0, "campaign", &id))
		return true;
	if (!campaign_is_there(r, id, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	json_object(&r->json, NULL);
	if (!put_links(r, id, err) ||
	    !put_counts(r, id, &agents, "agents", "agent", agent_name, err) ||
	    !put_counts(r, id, &robots, "robots", "why", robot_name, err))
		return false;
	json_object_end(&r->json);
	return request_reply(r, 200);
}
