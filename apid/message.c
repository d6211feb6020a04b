/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message - reading messages: one by id with everything that happened to it, many by number, and
 * where a number was left out. */
#include "apid/message.h"

#include <stdio.h>

#include "common/model/audience.h"
#include "common/model/phone.h"
#include "common/model/message.h"
#include "common/sms/parts.h"
#include "common/web/json.h"

/* What is about a client who may not be seen. */
#define UNSEEN(id)                                                                                 \
	"EXISTS (SELECT FROM client k WHERE k.id = " id " AND NOT " AUDIENCE_SEEN_SQL("k") ")"

enum column {
	COL_ID,
	COL_MSISDN,
	COL_TEXT,
	COL_SENDER,
	COL_CLASS,
	COL_CATEGORY,
	COL_STATE,
	COL_REASON,
	COL_PARTS,
	COL_ENCODING,
	COL_ACCOUNT,
	COL_PRICE,
	COL_RUN,
	COL_CLIENT,
	COL_ATTEMPT,
	COL_CREATED,
	COL_DEADLINE,
	COL_DELIVERED,
	COL_FAILED,
	COL_CAMPAIGN,
	COL_CAMPAIGN_NAME,
};

static void put_reason(struct json_out *json, int64_t reason)
{
	json_put_text(json, "reason", reason == 0 ? NULL : message_reason_name((int)reason));
}

static int bits(uint64_t mask, int parts)
{
	uint64_t all = parts >= 63 ? INT64_MAX : ((uint64_t)1 << parts) - 1;

	return __builtin_popcountll(mask & all);
}

void message_put_open(struct json_out *json, const struct pg_result *rows, size_t i)
{
	int parts = (int)pg_int(rows, i, COL_PARTS);

	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "state",
		      message_state_name((enum message_state)pg_int(rows, i, COL_STATE)));
	put_reason(json, pg_int(rows, i, COL_REASON));
	json_put_phone(json, "to", pg_int(rows, i, COL_MSISDN));
	json_put_private(json, "text", pg_text(rows, i, COL_TEXT));
	json_put_text(json, "sender", pg_text(rows, i, COL_SENDER));
	json_put_text(json, "class",
		      message_class_name((enum message_class)pg_int(rows, i, COL_CLASS)));
	json_put_text(json, "category",
		      message_category_name((enum message_category)pg_int(rows, i, COL_CATEGORY)));
	json_put_int(json, "parts", parts);
	json_put_int(json, "parts_delivered",
		     bits((uint64_t)pg_int(rows, i, COL_DELIVERED), parts));
	json_put_int(json, "parts_failed", bits((uint64_t)pg_int(rows, i, COL_FAILED), parts));
	json_put_text(json, "encoding",
		      pg_int(rows, i, COL_ENCODING) == SMS_GSM7 ? "gsm7" : "ucs2");
	json_put_text(json, "account",
		      pg_null(rows, i, COL_ACCOUNT) ? NULL : pg_text(rows, i, COL_ACCOUNT));
	json_put_micro(json, "price", pg_int(rows, i, COL_PRICE));
	put_id_or_null(json, "run_id", rows, i, COL_RUN);
	put_id_or_null(json, "campaign_id", rows, i, COL_CAMPAIGN);
	json_put_text(json, "campaign_name",
		      pg_null(rows, i, COL_CAMPAIGN_NAME) ? NULL
							  : pg_text(rows, i, COL_CAMPAIGN_NAME));
	put_id_or_null(json, "client_id", rows, i, COL_CLIENT);
	json_put_int(json, "attempt", pg_int(rows, i, COL_ATTEMPT));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
	json_put_time(json, "deadline", pg_time_us(rows, i, COL_DEADLINE));
}

void message_put_line(struct json_out *json, const struct pg_result *rows, size_t i, bool with_text)
{
	int parts = (int)pg_int(rows, i, COL_PARTS);

	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "state",
		      message_state_name((enum message_state)pg_int(rows, i, COL_STATE)));
	put_reason(json, pg_int(rows, i, COL_REASON));
	if (with_text)
		json_put_text(json, "text", pg_text(rows, i, COL_TEXT));
	json_put_text(json, "sender", pg_text(rows, i, COL_SENDER));
	json_put_int(json, "parts", parts);
	json_put_int(json, "parts_delivered",
		     bits((uint64_t)pg_int(rows, i, COL_DELIVERED), parts));
	put_id_or_null(json, "campaign_id", rows, i, COL_CAMPAIGN);
	json_put_text(json, "campaign_name",
		      pg_null(rows, i, COL_CAMPAIGN_NAME) ? NULL
							  : pg_text(rows, i, COL_CAMPAIGN_NAME));
	json_put_time(json, "created_at", pg_time_us(rows, i, COL_CREATED));
}

/* --- GET /v1/messages/{id}
 * ------------------------------------------------------------------------------ */

static bool get_dispatched(struct request *r, int64_t id, bool *found, struct err *err)
{
	static const struct pg_stmt get = {"message_get",
					   MESSAGE_COLUMNS " FROM message_view v" MESSAGE_JOINS
							   "WHERE v.id = $1::bigint"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	*found = pg_rows(rows) == 1;
	if (*found) {
		r->reading.client_id = pg_int(rows, 0, COL_CLIENT);
		message_put_open(&r->json, rows, 0);
	}
	pg_result_free(&rows);
	if (!*found)
		return true;
	if (!message_put_history(r, id, err))
		return false;
	json_object_end(&r->json);
	return true;
}

/* What never became a message, because its chunk waits or because it was suppressed. */
static void put_undispatched(struct request *r, int64_t id, const char *state, int64_t reason,
			     int64_t at_us, int64_t not_before_us)
{
	struct json_out *json = &r->json;

	json_object(json, NULL);
	json_put_id(json, "id", id);
	json_put_text(json, "state", state);
	put_reason(json, reason);
	json_put_time(json, "created_at", message_id_unix_s(id) * 1000000);
	if (reason == 0)
		json_put_time(json, "not_before", not_before_us);
	json_array(json, "history");
	json_object(json, NULL);
	json_put_time(json, "at", message_id_unix_s(id) * 1000000);
	json_put_text(json, "event", "created");
	json_object_end(json);
	if (reason != 0) {
		json_object(json, NULL);
		json_put_time(json, "at", at_us);
		json_put_text(json, "event", "suppressed");
		put_reason(json, reason);
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

static bool get_suppressed(struct request *r, int64_t id, bool *found, struct err *err)
{
	static const struct pg_stmt get = {
		"message_suppression",
		"SELECT reason, at FROM suppression WHERE message_id = $1::bigint LIMIT 1"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	if (!request_query(r, &get, &rows, err))
		return false;
	*found = pg_rows(rows) == 1;
	if (*found)
		put_undispatched(r, id, "suppressed", pg_int(rows, 0, 0), pg_time_us(rows, 0, 1),
				 0);
	pg_result_free(&rows);
	return true;
}

/* Released chunks and those of the API that wait for their hours are few (each has an index), and
 * the id tells the second. */
static bool get_waiting(struct request *r, int64_t id, bool *found, struct err *err)
{
	static const struct pg_stmt get = {
		"message_chunk",
		"SELECT CASE WHEN state = 0 THEN nullif(not_before, '-infinity') END FROM chunk"
		" WHERE (state = 1 OR state = 0) AND run_id IS NULL"
		"   AND created_at BETWEEN to_timestamp($2::bigint - 60) AND "
		"to_timestamp($2::bigint + "
		"60)"
		"   AND base_ids @> ARRAY[$1::bigint & ~255::bigint]"
		"   AND ($1::bigint & 255) + 200 * (array_position(base_ids, $1::bigint & "
		"~255::bigint) - 1) < size LIMIT 1"};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, id);
	pg_param_int64(r->params, message_id_unix_s(id));
	if (!request_query(r, &get, &rows, err))
		return false;
	*found = pg_rows(rows) == 1;
	if (*found)
		put_undispatched(r, id, message_state_name(MESSAGE_QUEUED), 0, 0,
				 pg_time_us(rows, 0, 0));
	pg_result_free(&rows);
	return true;
}

bool message_get(struct request *r, struct err *err)
{
	bool found = false;
	int64_t id;

	if (!request_id(r, 0, "message", &id))
		return true;
	if (!get_dispatched(r, id, &found, err) || (!found && !get_waiting(r, id, &found, err)) ||
	    (!found && !get_suppressed(r, id, &found, err)) ||
	    /* dispatched between the first look and the second */
	    (!found && !get_dispatched(r, id, &found, err)))
		return false;
	if (!found)
		problem_not_found(&r->problem, "message");
	return problem_found(&r->problem) || request_reply(r, 200);
}

/* --- POST /v1/messages/search
 * ----------------------------------------------------------------------------- */

static void put_message(struct json_out *json, const struct pg_result *rows, size_t i)
{
	message_put_open(json, rows, i);
	json_object_end(json);
}

bool message_search(struct request *r, struct err *err)
{
	static const struct pg_stmt search = {
		"message_search",
		"WITH m AS MATERIALIZED (SELECT id FROM message WHERE msisdn = $3::bigint"
		"   AND ($1::bigint = 0 OR id < $1::bigint) AND NOT " UNSEEN(
			"client_id") " ORDER BY id DESC LIMIT $2::bigint + 1) " MESSAGE_COLUMNS
				     " FROM m JOIN message_view v ON v.id = m.id" MESSAGE_JOINS
				     "ORDER BY v.id DESC"};
	struct page page;

	return !page_by_phone(r, JSON_REQUIRED, &page) ||
	       page_reply(r, &page, &search, "messages", put_message, err);
}

/* --- POST /v1/suppressions/search
 * ------------------------------------------------------------------------- */

static void put_suppression(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_object(json, NULL);
	json_put_id(json, "id", pg_int(rows, i, 0));
	json_put_time(json, "at", pg_time_us(rows, i, 1));
	json_put_text(json, "reason", message_reason_name((int)pg_int(rows, i, 2)));
	put_id_or_null(json, "client_id", rows, i, 3);
	put_id_or_null(json, "message_id", rows, i, 4);
	put_id_or_null(json, "campaign_id", rows, i, 5);
	json_put_text(json, "campaign_name", pg_null(rows, i, 6) ? NULL : pg_text(rows, i, 6));
	json_object_end(json);
}

bool suppression_search(struct request *r, struct err *err)
{
	static const struct pg_stmt search = {
		"suppression_search",
		"SELECT s.id, s.at, s.reason, s.client_id, s.message_id, r.campaign_id, c.name"
		"  FROM suppression s LEFT JOIN run r ON r.id = s.run_id"
		"  LEFT JOIN campaign c ON c.id = r.campaign_id"
		" WHERE s.msisdn = $3::bigint AND ($1::bigint = 0 OR s.id < $1::bigint)"
		"   AND NOT " UNSEEN("s.client_id") " ORDER BY s.id DESC LIMIT $2::bigint + 1"};
	struct page page;

	return !page_by_phone(r, JSON_REQUIRED, &page) ||
	       page_reply(r, &page, &search, "suppressions", put_suppression, err);
}
