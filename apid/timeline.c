/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* timeline - what happened with a client, the latest first: what it did, what was sent to it, what
 * it answered, what it said stop to.  Numbers are not told here; texts only to who may read
 * messages. */
#include <stdio.h>
#include <string.h>

#include "apid/message.h"

#define CURSOR_SIZE 48
#define SKIP_MAX    100000			/* events of one moment */
#define AT_MAX_US   INT64_C(253402300799000000) /* the end of the year 9999 */

/* Events may share a moment, and actions have no id: a cursor is a moment and how many of its
 * events have been given out. */
struct place {
	int64_t at_us;
	int64_t skip;
};

struct timeline {
	struct request *r;
	int64_t client_id, msisdn;
	int64_t limit;
	struct place from;
	const char *kind; /* "": all */
	bool texts;	  /* may be told */
	struct pg_result *events, *messages;
};

enum column {
	COL_KIND,
	COL_AT,
	COL_ID,
	COL_CODE,
	COL_CATEGORY,
	COL_AMOUNT,
	COL_TEXT,
	COL_MESSAGE,
};

/* --- the request ---------------------------------------------------------------------------------
 */

static bool read_cursor(const char *text, struct place *out)
{
	char at[24];
	const char *dash = strchr(text, '-');

	if (dash == NULL || dash == text || (size_t)(dash - text) >= sizeof(at))
		return false;
	(void)snprintf(at, sizeof(at), "%.*s", (int)(dash - text), text);
	return id_parse(at, &out->at_us) && id_parse(dash + 1, &out->skip) &&
	       out->at_us <= AT_MAX_US && out->skip <= SKIP_MAX;
}

static bool is_kind(const char *kind)
{
	static const char *const kinds[] = {"action", "message", "reply", "stop"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static bool read_query(struct timeline *t)
{
	struct request *r = t->r;
	const char *limit = http_query(r->call, "limit");
	const char *cursor = http_query(r->call, "cursor");
	const char *kind = http_query(r->call, "kind");

	t->limit = 50;
	t->from.at_us = AT_MAX_US;
	t->kind = kind != NULL ? kind : "";
	if (limit != NULL && (!id_parse(limit, &t->limit) || t->limit > PAGE_LIMIT_MAX))
		problem_field(&r->problem, "limit", limit, "a whole number from 1 to 200");
	if (cursor != NULL && !read_cursor(cursor, &t->from))
		problem_field(&r->problem, "cursor", cursor,
			      "next_cursor of the page before, unchanged");
	if (kind != NULL && !is_kind(kind))
		problem_field(&r->problem, "kind", kind, "action, message, reply or stop");
	return !problem_found(&r->problem);
}

/* --- finding -------------------------------------------------------------------------------------
 */

/* Of one that is blocked nothing happened: id and number become those of nobody. */
static bool find_client(struct timeline *t, struct err *err)
{
	static const struct pg_stmt find = {"timeline_client",
					    "SELECT msisdn, blocked_at IS NOT NULL FROM client"
					    " WHERE id = $1::bigint"};
	struct request *r = t->r;
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, t->client_id);
	if (!request_query(r, &find, &rows, err))
		return false;
	if (pg_rows(rows) == 0)
		problem_not_found(&r->problem, "client");
	else if (pg_bool(rows, 0, 1))
		t->client_id = 0;
	else
		t->msisdn = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* $1 client, $2 number, $3 the latest moment, $4 how many, $5 kind or '', $6 $3 in seconds.
 * Of each source the latest $4, in the order of the whole, so that pages fit together. */
#define WANTED(kind) "($5::text = '' OR $5::text = '" kind "')"
#define ACTIONS                                                                                    \
	"SELECT 'action' AS kind, a.at, NULL::bigint AS id, k.code, g.code AS category,"           \
	"   a.amount_micro AS amount, NULL::text AS text, NULL::bigint AS message_id,"             \
	"   k.id * 65536::bigint + coalesce(a.category, 32768) AS ord"                             \
	" FROM action_kind k CROSS JOIN LATERAL (SELECT * FROM action x WHERE x.kind = k.id"       \
	"   AND x.client_id = $1::bigint AND x.at <= $3::timestamptz"                              \
	"   ORDER BY x.at DESC, x.category, x.amount_micro LIMIT $4::bigint) a"                    \
	" LEFT JOIN action_category g ON g.id = a.category WHERE " WANTED("action")
/* Ids of messages are times. */
#define MESSAGES                                                                                   \
	"(SELECT 'message', to_timestamp((m.id >> 32) + 1577836800), m.id, NULL, NULL, NULL,"      \
	"   NULL, NULL, 0 FROM message m WHERE m.msisdn = $2::bigint AND " WANTED(                 \
		"message") "   AND m.id < (least($6::bigint - 1577836800 + 1, 2147483647) << 32)"  \
			   "   ORDER BY m.id DESC LIMIT $4::bigint)"
#define REPLIES                                                                                    \
	"(SELECT 'reply', i.at, i.id, i.stop_scope, NULL, NULL, i.text, i.message_id, 0"           \
	"   FROM inbound i WHERE i.msisdn = $2::bigint AND i.state <> 'joining'"                   \
	"   AND i.at <= $3::timestamptz AND " WANTED(                                              \
		"reply") "   ORDER BY i.at DESC, i.id DESC LIMIT $4::bigint)"
#define STOPS                                                                                      \
	"SELECT 'stop', o.at, NULL, o.scope, o.source, NULL, NULL, NULL, 0 FROM opt_out o"         \
	" WHERE o.msisdn = $2::bigint AND o.at <= $3::timestamptz AND " WANTED("stop")

static bool find_events(struct timeline *t, struct err *err)
{
	static const struct pg_stmt find = {
		"timeline_events", "SELECT * FROM (" ACTIONS " UNION ALL " MESSAGES
				   " UNION ALL " REPLIES " UNION ALL " STOPS ") e"
				   " ORDER BY e.at DESC, e.kind, e.id DESC, e.ord, e.amount"
				   " LIMIT $4::bigint"};
	struct request *r = t->r;

	pg_param_int64(r->params, t->client_id);
	pg_param_int64(r->params, t->msisdn);
	pg_param_time_us(r->params, t->from.at_us);
	pg_param_int64(r->params, t->from.skip + t->limit + 1);
	pg_param_text(r->params, t->kind);
	pg_param_int64(r->params, t->from.at_us / 1000000);
	return request_query(r, &find, &t->events, err);
}

/* The messages among the events that are shown, whole. */
static bool find_messages(struct timeline *t, struct err *err)
{
	static const struct pg_stmt find = {
		"timeline_messages",
		"WITH m AS MATERIALIZED (SELECT unnest($1::bigint[]) AS id) " MESSAGE_COLUMNS
		" FROM m JOIN message_view v ON v.id = m.id" MESSAGE_JOINS};
	int64_t ids[PAGE_LIMIT_MAX];
	size_t count = 0;

	for (size_t i = (size_t)t->from.skip; i < pg_rows(t->events) && count < PAGE_LIMIT_MAX; i++)
		if (strcmp(pg_text(t->events, i, COL_KIND), "message") == 0)
			ids[count++] = pg_int(t->events, i, COL_ID);
	pg_param_int64_array(t->r->params, ids, count);
	return request_query(t->r, &find, &t->messages, err);
}

/* --- answering -----------------------------------------------------------------------------------
 */

static void put_action(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, "action");
	json_put_text(json, "code", pg_text(rows, i, COL_CODE));
	json_put_text(json, "category", text_or_null(rows, i, COL_CATEGORY));
	if (pg_null(rows, i, COL_AMOUNT))
		json_put_null(json, "amount");
	else
		json_put_micro(json, "amount", pg_int(rows, i, COL_AMOUNT));
	json_object_end(json);
}

/* A message that is gone meanwhile is told as what it was: one. */
static void put_message(struct timeline *t, int64_t id)
{
	struct json_out *json = &t->r->json;

	for (size_t i = 0; i < pg_rows(t->messages); i++)
		if (pg_int(t->messages, i, 0) == id) {
			json_object(json, "message");
			message_put_line(json, t->messages, i, t->texts);
			json_object_end(json);
			return;
		}
	json_put_null(json, "message");
}

static void put_reply(struct timeline *t, const struct pg_result *rows, size_t i)
{
	struct json_out *json = &t->r->json;

	json_object(json, "reply");
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "text", t->texts ? text_or_null(rows, i, COL_TEXT) : NULL);
	json_put_text(json, "stop", text_or_null(rows, i, COL_CODE));
	if (pg_null(rows, i, COL_MESSAGE))
		json_put_null(json, "message_id");
	else
		json_put_id(json, "message_id", pg_int(rows, i, COL_MESSAGE));
	json_object_end(json);
}

static void put_event(struct timeline *t, const struct pg_result *rows, size_t i)
{
	struct json_out *json = &t->r->json;
	const char *kind = pg_text(rows, i, COL_KIND);

	json_object(json, NULL);
	json_put_text(json, "kind", kind);
	json_put_time(json, "at", pg_time_us(rows, i, COL_AT));
	if (strcmp(kind, "action") == 0) {
		put_action(json, rows, i);
	} else if (strcmp(kind, "message") == 0) {
		put_message(t, pg_int(rows, i, COL_ID));
	} else if (strcmp(kind, "reply") == 0) {
		put_reply(t, rows, i);
	} else {
		json_object(json, "stop");
		json_put_text(json, "scope", pg_text(rows, i, COL_CODE));
		json_put_text(json, "source", pg_text(rows, i, COL_CATEGORY));
		json_object_end(json);
	}
	json_object_end(json);
}

/* Where the next page begins, after the events before `end`. */
static void put_cursor(struct timeline *t, size_t end)
{
	const struct pg_result *rows = t->events;
	char cursor[CURSOR_SIZE];
	int64_t at_us, skip = 0;

	if (pg_rows(rows) <= end) {
		json_put_null(&t->r->json, "next_cursor");
		return;
	}
	at_us = pg_time_us(rows, end - 1, COL_AT);
	for (size_t i = end; i > 0 && pg_time_us(rows, i - 1, COL_AT) == at_us; i--)
		skip++;
	(void)snprintf(cursor, sizeof(cursor), "%lld-%lld", (long long)at_us, (long long)skip);
	json_put_text(&t->r->json, "next_cursor", cursor);
}

static bool reply(struct timeline *t)
{
	struct json_out *json = &t->r->json;
	size_t begin = (size_t)t->from.skip;
	size_t end = begin + (size_t)t->limit;

	if (end > pg_rows(t->events))
		end = pg_rows(t->events);
	json_object(json, NULL);
	json_array(json, "events");
	for (size_t i = begin; i < end; i++)
		put_event(t, t->events, i);
	json_array_end(json);
	put_cursor(t, end);
	json_object_end(json);
	return request_reply(t->r, 200);
}

/* GET /v1/clients/{id}/timeline */
bool client_timeline(struct request *r, struct err *err)
{
	struct timeline t = {.r = r, .texts = caller_may(&r->caller, RIGHT_MESSAGES_READ)};
	bool ok;

	if (!request_id(r, 0, "client", &t.client_id) || !read_query(&t))
		return true;
	ok = find_client(&t, err) &&
	     (problem_found(&r->problem) ||
	      (find_events(&t, err) && find_messages(&t, err) && reply(&t)));
	pg_result_free(&t.messages);
	pg_result_free(&t.events);
	return ok;
}
