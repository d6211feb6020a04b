/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message_history - everything that is known to have happened to a message, in order of time. */
#include <stdio.h>
#include <string.h>

#include "apid/message.h"
#include "common/model/message.h"
#include "common/sms/smpp.h"

enum column {
	COL_AT,
	COL_EVENT,
	COL_ATTEMPT,
	COL_PART,
	COL_ACCOUNT,
	COL_NUMBER,
	COL_TEXT,
	COL_DONE
};

/* What the number and the text of a row mean depends on the event. */
static void put_details(struct json_out *json, const char *event, const struct pg_result *rows,
			size_t i)
{
	int64_t number = pg_int(rows, i, COL_NUMBER);
	const char *text = pg_null(rows, i, COL_TEXT) ? NULL : pg_text(rows, i, COL_TEXT);
	char status[32];

	if (strcmp(event, "accepted") == 0) {
		json_put_text(json, "provider_id", text);
	} else if (strcmp(event, "refused") == 0) {
		const char *name = smpp_status_name((uint32_t)number);

		snprintf(status, sizeof(status), "0x%08x", (unsigned)number);
		json_put_text(json, "status", name[0] != '\0' ? name : status);
	} else if (strcmp(event, "receipt") == 0) {
		json_put_text(json, "receipt", message_state_name((enum message_state)number));
		json_put_text(json, "error", text);
		json_put_time(json, "done_at", pg_time_us(rows, i, COL_DONE));
	} else if (strcmp(event, "in_doubt") == 0) {
		json_put_text(json, "outcome",
			      number == 0   ? "open"
			      : number == 1 ? "sent_again"
					    : "settled");
		json_put_time(json, "settled_at", pg_time_us(rows, i, COL_DONE));
	} else if (strcmp(event, "retry_due") == 0) {
		json_put_text(json, "reason", message_reason_name((int)number));
	}
}

bool message_put_history(struct request *r, int64_t id, struct err *err)
{
	static const struct pg_stmt history = {
		"message_history",
		"SELECT x.at, x.event, x.attempt, x.part, a.name, x.number, x.text, x.done FROM ("
		" SELECT to_timestamp(($1::bigint >> 32) + 1577836800) AS at, 'created' AS event, "
		"0 AS "
		"ord,"
		"   NULL::smallint AS attempt, NULL::smallint AS part, NULL::smallint AS "
		"account_id,"
		"   NULL::bigint AS number, NULL::text AS text, NULL::timestamptz AS done"
		/* The batch knows when its last slice went: this message may have been answered. */
		" UNION ALL SELECT least(b.claimed_at,"
		"     (SELECT min(submitted_at) FROM receipt_ref"
		"       WHERE message_id = $1::bigint AND attempt = b.attempt),"
		"     (SELECT min(at) FROM refusal"
		"       WHERE message_id = $1::bigint AND attempt = b.attempt)),"
		"   'claimed', 1, b.attempt, NULL, b.account_id, "
		"NULL, "
		"NULL, NULL"
		"   FROM batch b JOIN message_state s ON s.id = $1::bigint"
		"  WHERE b.id IN ($1::bigint & ~255::bigint, s.batch_id) AND b.claimed_at IS NOT "
		"NULL"
		"    AND CASE WHEN b.message_ids IS NULL THEN b.claimed > $1::bigint - b.id"
		"             ELSE b.claimed >= array_position(b.message_ids, $1::bigint) END"
		" UNION ALL SELECT submitted_at, 'accepted', 2, attempt, abs(part), account_id, "
		"NULL, "
		"provider_id, NULL"
		"   FROM receipt_ref WHERE message_id = $1::bigint"
		" UNION ALL SELECT at, 'refused', 2, attempt, part, account_id, status, NULL, NULL"
		"   FROM refusal WHERE message_id = $1::bigint"
		" UNION ALL SELECT found_at, 'in_doubt', 3, attempt, NULL, account_id, outcome, "
		"NULL, "
		"settled_at"
		"   FROM doubt WHERE message_id = $1::bigint"
		" UNION ALL SELECT received_at, 'receipt', 4, NULL, part, account_id, state, err, "
		"done_at"
		"   FROM receipt WHERE message_id = $1::bigint"
		" UNION ALL SELECT due_at, 'retry_due', 5, NULL, NULL, account_id, reason, NULL, "
		"NULL"
		"   FROM retry WHERE message_id = $1::bigint"
		") x LEFT JOIN account a ON a.id = x.account_id ORDER BY x.at, x.ord, x.part LIMIT "
		"1000"};
	struct pg_result *rows = NULL;
	struct json_out *json = &r->json;

	pg_param_int64(r->params, id);
	if (!request_query(r, &history, &rows, err))
		return false;
	json_array(json, "history");
	for (size_t i = 0; i < pg_rows(rows); i++) {
		const char *event = pg_text(rows, i, COL_EVENT);

		json_object(json, NULL);
		json_put_time(json, "at", pg_time_us(rows, i, COL_AT));
		json_put_text(json, "event", event);
		if (!pg_null(rows, i, COL_ATTEMPT))
			json_put_int(json, "attempt", pg_int(rows, i, COL_ATTEMPT));
		if (!pg_null(rows, i, COL_PART))
			json_put_int(json, "part", pg_int(rows, i, COL_PART));
		if (!pg_null(rows, i, COL_ACCOUNT))
			json_put_text(json, "account", pg_text(rows, i, COL_ACCOUNT));
		put_details(json, event, rows, i);
		json_object_end(json);
	}
	json_array_end(json);
	pg_result_free(&rows);
	return true;
}
