/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* person_export - everything there is about a person, for the person: as JSON, or as a page to
 * read.
 *
 * A section is a line of the table below: a statement over $1, the client's id (0: none), and $2,
 * their numbers, whose columns become members and rows of a table alike.  Sections whose table
 * does not exist in this installation are empty. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "common/model/phone.h"
#include "apid/export.h"
#include "apid/reading.h"
#include "common/base/clock.h"
#include "common/web/json.h"

#define NUMBERS_MAX	 200
#define TITLE_BYTES_MAX	 4096
#define AT_MESSAGE	 "to_timestamp((m.id >> 32) + 1577836800)"
#define MESSAGES_OF_THEM "message m WHERE m.msisdn = ANY ($2)"

static const struct section {
	const char *code;
	const char *title;
	const char *sql;
} sections[] = {
	{"profile", "What is known of the person",
	 "SELECT c.*, (SELECT json_object_agg(a.name, c.attrs[a.slot]) FROM client_attribute a"
	 "   WHERE c.attrs[a.slot] IS NOT NULL) AS attributes FROM client c"
	 " WHERE c.id = $1 AND cardinality($2) >= 0"},
	{"numbers", "Phone numbers",
	 "SELECT u AS msisdn FROM unnest($2) u WHERE u > 0 AND $1 >= 0"},
	{"phones", "Phone numbers of today and before",
	 "SELECT * FROM client_phone WHERE client_id = $1 AND cardinality($2) >= 0"},
	{"consents", "Consents given and withdrawn",
	 "SELECT * FROM consent_event WHERE client_id = $1 OR msisdn = ANY ($2) ORDER BY id"},
	{"stops", "Refusals of messages",
	 "SELECT scope, at, source FROM opt_out WHERE msisdn = ANY ($2) AND $1 >= 0"},
	{"messages", "Messages sent to the person",
	 "SELECT m.id::text AS id, " AT_MESSAGE " AS at, m.msisdn, h.sender,"
	 "       CASE WHEN h.category = 6 THEN '***' ELSE m.text END AS text, s.state,"
	 "       p.name AS campaign FROM (SELECT * FROM " MESSAGES_OF_THEM
	 "   ORDER BY id DESC LIMIT 10000) m"
	 "  LEFT JOIN message_state s ON s.id = m.id LEFT JOIN batch h ON h.id = m.id & "
	 "~255::bigint"
	 "  LEFT JOIN run r ON r.id = h.run_id LEFT JOIN campaign p ON p.id = r.campaign_id"
	 " WHERE $1 >= 0 ORDER BY m.id DESC"},
	{"not_sent", "Messages that were not sent, and why",
	 "SELECT s.at, s.reason, p.name AS campaign FROM suppression s"
	 "  LEFT JOIN run r ON r.id = s.run_id LEFT JOIN campaign p ON p.id = r.campaign_id"
	 " WHERE s.msisdn = ANY ($2) AND $1 >= 0 ORDER BY s.at DESC LIMIT 10000"},
	{"inbound", "Messages received from the person",
	 "SELECT at, msisdn, destination, text, stop_scope FROM inbound"
	 " WHERE msisdn = ANY ($2) AND $1 >= 0 ORDER BY id DESC LIMIT 10000"},
	{"clicks", "Links the person followed",
	 "SELECT k.* FROM click k, " MESSAGES_OF_THEM " AND k.message_id = m.id"
	 "   AND $1 >= 0"},
	{"actions", "Purchases, payments, visits and the like",
	 "SELECT a.at, k.code AS kind, y.code AS category, a.amount_micro / 1000000.0 AS amount"
	 "  FROM action_kind k JOIN action a ON a.kind = k.id AND a.client_id = $1"
	 "  LEFT JOIN action_category y ON y.id = a.category WHERE cardinality($2) >= 0"
	 " ORDER BY a.at DESC LIMIT 10000"},
	{"lists", "Lists the person is on",
	 "SELECT l.name, l.criteria IS NOT NULL AS dynamic, (SELECT json_object_agg(c.name,"
	 "   m.vals[c.place]) FROM list_column c WHERE c.list_id = l.id) AS columns"
	 "  FROM list l JOIN list_member m ON m.list_id = l.id AND m.client_id = $1"
	 " WHERE cardinality($2) >= 0"},
	{"exports", "Files handed out with the person's data",
	 "SELECT g.at, coalesce(p.name, t.name) AS by, g.operation, g.reason FROM reading g"
	 "  LEFT JOIN token t ON t.id = g.token_id LEFT JOIN person p ON p.id = g.person_id"
	 " WHERE g.client_id = $1 AND cardinality($2) >= 0 AND g.operation LIKE '%export'"
	 " ORDER BY g.id DESC LIMIT 10000"},
	{"readings", "Who looked at the person's data",
	 "SELECT g.at, coalesce(p.name, t.name) AS by, g.operation, g.reason, g.masked"
	 "  FROM reading g LEFT JOIN token t ON t.id = g.token_id"
	 "  LEFT JOIN person p ON p.id = g.person_id"
	 " WHERE g.client_id = $1 AND cardinality($2) >= 0 ORDER BY g.id DESC LIMIT 10000"},
	{"recipients", "Operators that were given number and text",
	 "SELECT a.name, a.host, min(" AT_MESSAGE ") AS first, max(" AT_MESSAGE ") AS last,"
	 "       count(*) AS messages FROM (SELECT * FROM " MESSAGES_OF_THEM " AND $1 >= 0) m"
	 "  LEFT JOIN message_state s ON s.id = m.id"
	 "  JOIN batch b ON b.id = coalesce(s.batch_id, m.id & ~255::bigint)"
	 "  JOIN account a ON a.id = b.account_id GROUP BY a.id, a.name, a.host"},
	{"complaints", "Complaints of the person",
	 "SELECT id::text AS id, received_at, source, reference, claim, state, deadline, answer,"
	 "       answered_at, result, closed_at FROM complaint"
	 " WHERE client_id = $1 OR msisdn = ANY ($2) ORDER BY complaint.id"},
	{"privacy_requests", "What the person asked of their data",
	 "SELECT id::text AS id, kind, received_at, reference, text, deadline, extension_reason,"
	 "       state, result, answer, closed_at FROM privacy_request"
	 " WHERE client_id = $1 OR msisdn = ANY ($2) ORDER BY privacy_request.id"},
	{"blocks", "When the data were blocked",
	 "SELECT at, reason, ended_at, end_reason FROM client_block"
	 " WHERE client_id = $1 AND cardinality($2) >= 0 ORDER BY id"},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* What is asked for, and whose numbers those are. */
struct export
{
	int64_t client_id; /* 0: of a number alone */
	int64_t msisdn;	   /* 0: of a client */
	bool page;	   /* to be read by the person; else JSON */
	int64_t numbers[NUMBERS_MAX];
	size_t number_count;
};

/* --- reading -------------------------------------------------------------------------------------
 */

static bool read_request(struct request *r, const struct cJSON *doc, struct export *e)
{
	struct json_in in;
	const char *format;

	json_in_begin(&in, doc, &r->problem, "");
	e->client_id = json_in_id(&in, "client_id", JSON_OPTIONAL);
	e->msisdn = phone_in(&in, "phone", JSON_OPTIONAL);
	r->reading.reason = json_in_text(&in, "reason", JSON_REQUIRED, READING_REASON_CHARS);
	format = json_in_text(&in, "format", JSON_OPTIONAL, 10);
	if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "html") != 0)
		json_in_refuse(&in, "format", format, "json or html");
	e->page = format != NULL && strcmp(format, "html") == 0;
	json_in_end(&in);
	if (!problem_found(&r->problem) && (e->client_id == 0) == (e->msisdn == 0))
		problem_field(&r->problem, "client_id", "both or neither",
			      "one of client_id and phone");
	return !problem_found(&r->problem);
}

/* The one client with the number; several: of the number alone. */
static bool find_person(struct request *r, struct export *e, struct err *err)
{
	static const struct pg_stmt find = {
		"export_person",
		"SELECT x.id, client_numbers(x.id) FROM (SELECT CASE WHEN $1::bigint <> 0 THEN"
		"       (SELECT id FROM client WHERE id = $1::bigint) ELSE (SELECT CASE WHEN"
		"       count(*) = 1 THEN min(id) END FROM client WHERE msisdn = $2::bigint) END"
		"       AS id) x"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, e->client_id);
	pg_param_int64(r->params, e->msisdn);
	if (!request_query(r, &find, &rows, err))
		return false;
	e->number_count = pg_int_array(rows, 0, 1, e->numbers, NUMBERS_MAX - 1);
	if (e->client_id != 0 && pg_null(rows, 0, 0))
		problem_not_found(&r->problem, "client");
	e->client_id = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	if (e->msisdn != 0 && e->client_id == 0)
		e->numbers[e->number_count++] = e->msisdn;
	r->reading.client_id = e->client_id;
	for (size_t i = 0, n = e->number_count; r->api->privacy_key != NULL && i < n; i++)
		if (e->number_count < NUMBERS_MAX) /* old messages have these */
			e->numbers[e->number_count++] =
				privacy_pseudonym(r->api->privacy_key, e->numbers[i]);
	return true;
}

/* The rows of a section, each one JSON. */
static bool read_section(struct request *r, const struct export *e, const struct section *s,
			 struct pg_result **out, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql, TITLE_BYTES_MAX);
	buf_printf(&sql, "SELECT row_to_json(x)::text FROM (%s) x", s->sql);
	pg_param_int64(r->params, e->client_id);
	pg_param_int64_array(r->params, e->numbers, e->number_count);
	ok = pg_run_once(r->pg, buf_str(&sql), r->params, out, err);
	pg_params_reset(r->params);
	buf_deinit(&sql);
	return ok || err_wrap(err, "section %s", s->code);
}

/* --- as JSON -------------------------------------------------------------------------------------
 */

static bool put_json(struct request *r, const struct export *e, struct err *err)
{
	json_object(&r->json, NULL);
	json_put_time(&r->json, "at", clock_wall_us());
	for (size_t i = 0; i < SECTIONS; i++) {
		struct pg_result *rows;

		if (!read_section(r, e, &sections[i], &rows, err))
			return false;
		json_array(&r->json, sections[i].code);
		for (size_t k = 0; k < pg_rows(rows); k++)
			json_put_raw(&r->json, NULL, pg_text(rows, k, 0), pg_len(rows, k, 0));
		json_array_end(&r->json);
		pg_result_free(&rows);
	}
	json_object_end(&r->json);
	return request_reply(r, 200);
}

/* --- as a page -----------------------------------------------------------------------------------
 */

static void put_escaped(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_add_str(out, "&lt;");
			break;
		case '>':
			buf_add_str(out, "&gt;");
			break;
		case '&':
			buf_add_str(out, "&amp;");
			break;
		default:
			buf_add_char(out, *text);
		}
}

static void put_said(struct request *r, const char *english)
{
	struct buf said;

	buf_init(&said, TITLE_BYTES_MAX);
	lang_say(r->json.lang, english, &said);
	put_escaped(&r->out, buf_str(&said));
	buf_deinit(&said);
}

/* "external_id: C-1<br>", one member that is not null. */
static void put_member(struct buf *out, const cJSON *member)
{
	char *value;

	if (cJSON_IsNull(member))
		return;
	put_escaped(out, member->string);
	buf_add_str(out, ": ");
	if (cJSON_IsString(member)) {
		put_escaped(out, member->valuestring);
	} else {
		value = cJSON_PrintUnformatted(member);
		put_escaped(out, value != NULL ? value : "");
		cJSON_free(value);
	}
	buf_add_str(out, "<br>\n");
}

static void put_row(struct buf *out, const struct pg_result *rows, size_t i)
{
	cJSON *doc = cJSON_ParseWithLength(pg_text(rows, i, 0), pg_len(rows, i, 0));
	const cJSON *member;

	buf_add_str(out, "<p>");
	cJSON_ArrayForEach(member, doc)
	{
		put_member(out, member);
	}
	buf_add_str(out, "</p>\n");
	cJSON_Delete(doc);
}

static bool put_page(struct request *r, const struct export *e, struct err *err)
{
	buf_printf(&r->out, "<!doctype\nhtml><html\nlang=\"%s\"><meta\ncharset=\"utf-8\"><title>",
		   r->json.lang == LANG_RU ? "ru" : "en");
	put_said(r, "Everything the service knows of a person");
	buf_add_str(&r->out, "</title><h1>");
	put_said(r, "Everything the service knows of a person");
	buf_add_str(&r->out, "</h1>\n");
	for (size_t i = 0; i < SECTIONS; i++) {
		struct pg_result *rows;

		if (!read_section(r, e, &sections[i], &rows, err))
			return false;
		buf_add_str(&r->out, "<h2>");
		put_said(r, sections[i].title);
		buf_add_str(&r->out, "</h2>\n");
		for (size_t k = 0; k < pg_rows(rows); k++)
			put_row(&r->out, rows, k);
		if (rows == NULL || pg_rows(rows) == 0)
			put_said(r, "There is nothing here");
		pg_result_free(&rows);
	}
	buf_add_str(&r->out, "</html>\n");
	if (r->out.overflow)
		return problem_set(&r->problem, 500, "internal", "The answer is too large",
				   "Ask for less at a time with limit");
	if (!reading_note(r))
		return true;
	http_reply_header(r->call, "Content-Disposition", "attachment; filename=\"person.html\"");
	http_reply_buf(r->call, 200, "text/html; charset=utf-8", &r->out);
	return true;
}

/* POST /v1/people/export */
bool person_export(struct request *r, struct err *err)
{
	struct export e = {0};
	struct cJSON *doc = NULL;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	if (read_request(r, doc, &e))
		ok = find_person(r, &e, err);
	if (ok && !problem_found(&r->problem)) {
		r->json.people = 1;
		ok = export_note_person(r, e.client_id, r->reading.reason, err) &&
		     (e.page ? put_page(r, &e, err) : put_json(r, &e, err));
	}
	json_free(&doc);
	return ok;
}
