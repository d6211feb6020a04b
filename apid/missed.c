/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* missed - a page of who got nothing, and how many by reason. */
#include "apid/missed.h"

#include <stdio.h>

#include "apid/client_name.h"
#include "common/web/json.h"

/* --- GET /v1/campaigns/{id}/missed
 * --------------------------------------------------------------------------------------------- */

/* A cursor is "c" and a client, or "m" and a message. */
static bool read_page(struct request *r, size_t *limit_out, struct missed_place *place)
{
	const char *limit = http_query(r->call, "limit");
	const char *cursor = http_query(r->call, "cursor");
	int64_t number = 50;

	*place = (struct missed_place){0};
	if (limit != NULL && (!id_parse(limit, &number) || number > PAGE_LIMIT_MAX))
		problem_field(&r->problem, "limit", limit, "a whole number from 1 to 200");
	*limit_out = (size_t)number;
	if (cursor != NULL &&
	    ((cursor[0] != 'c' && cursor[0] != 'm') || !id_parse(cursor + 1, &place->after)))
		problem_field(&r->problem, "cursor", cursor,
			      "next_cursor of the page before, unchanged");
	place->in_messages = cursor != NULL && cursor[0] == 'm';
	return !problem_found(&r->problem);
}

static void put_row(struct json_out *json, const struct pg_result *rows, size_t i)
{
	char error[32];

	json_object(json, NULL);
	json_put_id(json, "client_id", pg_int(rows, i, MISSED_CLIENT));
	client_put_name(json, "client", rows, i, MISSED_EXTERNAL_ID);
	json_put_phone(json, "phone", pg_int(rows, i, MISSED_MSISDN));
	if (pg_null(rows, i, MISSED_MESSAGE))
		json_put_null(json, "message_id");
	else
		json_put_id(json, "message_id", pg_int(rows, i, MISSED_MESSAGE));
	json_put_text(json, "kind", missed_kind(rows, i));
	json_put_text(json, "reason", missed_reason(rows, i));
	json_put_text(json, "error", missed_error(rows, i, error, sizeof(error)));
	json_put_time(json, "at", pg_time_us(rows, i, MISSED_AT));
	json_object_end(json);
}

/* Whether a page that is full is the last one. */
static bool look_ahead(struct request *r, const struct missed_filter *f, struct missed_place *place,
		       struct err *err)
{
	struct missed_place ahead = *place;
	bool found = false;

	while (!found && !ahead.at_end) {
		struct pg_result *rows = NULL;

		if (!missed_next(r, f, &ahead, 1, &rows, err))
			return false;
		found = pg_rows(rows) > 0;
		pg_result_free(&rows);
	}
	place->at_end = !found;
	return true;
}

static void put_end(struct json_out *json, const struct missed_place *place)
{
	char cursor[32];

	json_array_end(json);
	snprintf(cursor, sizeof(cursor), "%c%lld", place->in_messages ? 'm' : 'c',
		 place->after > 0 ? (long long)place->after : 1LL);
	json_put_text(json, "next_cursor", place->at_end ? NULL : cursor);
	json_object_end(json);
}

/* GET /v1/campaigns/{id}/missed?reason= */
bool campaign_missed(struct request *r, struct err *err)
{
	struct missed_filter filter;
	struct missed_place place;
	size_t limit, shown = 0;

	if (!read_page(r, &limit, &place))
		return true;
	if (!missed_filter_read(r, &filter, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	json_object(&r->json, NULL);
	json_array(&r->json, "missed");
	while (shown < limit && !place.at_end) {
		struct pg_result *rows = NULL;

		if (!missed_next(r, &filter, &place, limit - shown, &rows, err))
			return false;
		for (size_t i = 0; i < pg_rows(rows); i++)
			put_row(&r->json, rows, i);
		shown += pg_rows(rows);
		pg_result_free(&rows);
	}
	if (!place.at_end && !look_ahead(r, &filter, &place, err))
		return false;
	put_end(&r->json, &place);
	return request_reply(r, 200);
}

/* --- GET /v1/campaigns/{id}/missed/summary
 * --------------------------------------------------------------------------------------------- */

static void put_groups(struct request *r, const struct pg_result *rows, int64_t *total)
{
	for (size_t i = 0; i < pg_rows(rows); i++) {
		int64_t state = pg_int(rows, i, 0);
		int reason = (int)pg_int(rows, i, 1);

		json_object(&r->json, NULL);
		json_put_text(&r->json, "kind",
			      state == 0 ? "suppressed"
					 : message_state_name((enum message_state)state));
		json_put_text(&r->json, "reason",
			      reason == REASON_NONE ? NULL : message_reason_name(reason));
		json_put_int(&r->json, "count", pg_int(rows, i, 2));
		json_object_end(&r->json);
		*total += pg_int(rows, i, 2);
	}
}

/* Batch by batch, with a look-up that only an index can answer: joined to the tables as a whole, a
 * run without statistics took 9 s where this takes 0.4. */
static bool group_all(struct request *r, const struct missed_filter *f, struct pg_result **out,
		      struct err *err)
{
	static const struct pg_stmt group = {
		"missed_groups",
		"SELECT * FROM (SELECT 0::smallint AS state, reason::integer, count(*) AS n"
		"    FROM suppression WHERE run_id = $1::bigint GROUP BY 2"
		"  UNION ALL SELECT s.state, s.reason, count(*) FROM batch b"
		"   CROSS JOIN LATERAL (SELECT state, reason FROM message_state"
		"     WHERE id >= b.id AND id < b.id + 256 AND id BETWEEN $2::bigint AND $3::bigint"
		"       AND state = ANY ($4::smallint[]) OFFSET 0) s"
		"   WHERE b.run_id = $1::bigint AND b.message_ids IS NULL"
		"     AND cardinality($4::smallint[]) > 0"
		"   GROUP BY 1, 2) x ORDER BY n DESC, state, reason"};

	pg_param_int64(r->params, f->run_id);
	pg_param_int64(r->params, f->lowest);
	pg_param_int64(r->params, f->highest);
	pg_param_int16_array(r->params, f->state, f->state_count);
	return missed_query(r, &group, out, err);
}

/* GET /v1/campaigns/{id}/missed/summary */
bool campaign_missed_summary(struct request *r, struct err *err)
{
	struct missed_filter filter;
	struct pg_result *rows = NULL;
	int64_t total = 0;

	if (!missed_filter_read(r, &filter, err))
		return false;
	if (problem_found(&r->problem))
		return true;
	if (!group_all(r, &filter, &rows, err))
		return false;
	json_object(&r->json, NULL);
	json_array(&r->json, "groups");
	put_groups(r, rows, &total);
	json_array_end(&r->json);
	json_put_int(&r->json, "total", total);
	json_object_end(&r->json);
	pg_result_free(&rows);
	return request_reply(r, 200);
}
