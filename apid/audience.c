/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* audience - see audience.h. */
#include "apid/audience.h"

#include "apid/tally.h"
#include "common/model/audience.h"

/* $1 is the share of the sample, the others are tally_params(). */
#define WHOLE_SQL                                                                                  \
	TALLY_LOOK_SQL("false")                                                                    \
	" FROM a JOIN client k ON k.id = a.id" TALLY_JOIN_SQL                                      \
	" WHERE $1::integer = 1 AND $6::bigint >= 0"
#define CHOSEN_SQL(id) "(hashint8(" id ") & 2147483647) % $1::integer = 0"

static const struct pg_stmt whole_all = {
	"audience_whole_all",
	"DECLARE audience NO SCROLL CURSOR FOR WITH a AS (" AUDIENCE_ALL_SQL ") " WHOLE_SQL};
static const struct pg_stmt whole_list = {
	"audience_whole_list",
	"DECLARE audience NO SCROLL CURSOR FOR WITH a AS (" AUDIENCE_LIST_SQL("$6") ") " WHOLE_SQL};
static const struct pg_stmt sample_all = {
	"audience_sample_all",
	TALLY_LOOK_SQL(AUDIENCE_ALL_REPEATED_SQL) "  FROM client k" TALLY_JOIN_SQL
						  " WHERE " CHOSEN_SQL(
							  "k.id") " AND $6::bigint = 0 "
								  "AND " AUDIENCE_HAS_SQL("k")};
static const struct pg_stmt sample_list = {
	"audience_sample_list",
	TALLY_LOOK_SQL(AUDIENCE_LIST_REPEATED_SQL(
		"$6")) "  FROM list_member l JOIN client k ON k.id = l.client_id"
		       "   AND " AUDIENCE_HAS_SQL("k") TALLY_JOIN_SQL
	" WHERE l.list_id = $6::bigint AND " CHOSEN_SQL("l.client_id")};

/* --- reading -------------------------------------------------------------------------------------
 */

static bool count_clients(struct request *r, int64_t list_id, int64_t *out, struct err *err)
{
	static const struct pg_stmt all = {"clients_count",
					   AUDIENCE_COUNT_ALL_SQL " AND $1::bigint = 0"};
	static const struct pg_stmt listed = {"members_count", AUDIENCE_COUNT_LIST_SQL("$1")};
	struct pg_result *rows = NULL;

	pg_param_int64(r->params, list_id);
	if (!request_query(r, list_id != 0 ? &listed : &all, &rows, err))
		return false;
	*out = pg_int(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

static void push_look(struct request *r, const struct tally *t, int64_t share)
{
	pg_param_int32(r->params, (int32_t)share);
	tally_params(t, r->params);
}

/* Everybody, some thousands at a time. */
static bool count_whole(struct request *r, struct tally *t, struct err *err)
{
	static const struct pg_stmt fetch = {"audience_fetch", "FETCH 5000 FROM audience"};
	static const struct pg_stmt close = {"audience_close", "CLOSE audience"};
	size_t count;

	push_look(r, t, 1);
	if (!request_query(r, t->terms->list_id != 0 ? &whole_list : &whole_all, NULL, err))
		return false;
	do {
		struct pg_result *rows = NULL;

		if (!request_query(r, &fetch, &rows, err))
			return false;
		tally_rows(t, rows);
		count = pg_rows(rows);
		pg_result_free(&rows);
	} while (count > 0);
	tally_end(t);
	return request_query(r, &close, NULL, err);
}

static int64_t scaled(int64_t value, int64_t whole, int64_t part)
{
	return (int64_t)(((__int128)value * whole + part / 2) / part);
}

/* One in so many stands for all. */
static bool count_sample(struct request *r, struct tally *t, struct err *err)
{
	struct audience *sum = &t->sum;
	struct pg_result *rows = NULL;
	int64_t found, left;

	push_look(r, t, sum->clients / AUDIENCE_SAMPLE);
	if (!request_query(r, t->terms->list_id != 0 ? &sample_list : &sample_all, &rows, err))
		return false;
	tally_rows(t, rows);
	tally_end(t);
	pg_result_free(&rows);
	found = t->looked_at > 0 ? t->looked_at : 1;
	sum->parts = scaled(sum->parts, sum->clients, found);
	sum->cost_micro = scaled(sum->cost_micro, sum->clients, found);
	sum->ceiling_micro = scaled(sum->ceiling_micro, sum->clients, found);
	sum->duplicates = scaled(sum->duplicates, sum->clients, found);
	for (int i = 0; i <= SPELLING_LAST; i++) {
		struct audience_spelled *spelled = &sum->spelled[i];

		spelled->recipients = scaled(spelled->recipients, sum->clients, found);
		spelled->parts = scaled(spelled->parts, sum->clients, found);
		spelled->cost_micro = scaled(spelled->cost_micro, sum->clients, found);
	}
	for (size_t i = 0; i < sum->share_count; i++)
		sum->share[i].parts = scaled(sum->share[i].parts, sum->clients, found);
	left = sum->clients - sum->duplicates;
	for (int reason = 0; reason <= REASON_LAST; reason++) {
		sum->left_out[reason] = scaled(sum->left_out[reason], sum->clients, found);
		left -= sum->left_out[reason];
	}
	sum->recipients = left > 0 ? left : 0;
	return true;
}

bool audience_count(struct request *r, const struct audience_terms *terms, struct audience *out,
		    struct err *err)
{
	struct tally t;
	int16_t purpose;
	int64_t clients;
	bool ok;

	*out = (struct audience){0};
	if (!pg_exec(r->pg, "SET LOCAL jit = off; SET LOCAL cursor_tuple_fraction = 1", err) ||
	    !compose_purpose(r->pg, terms->category, &purpose, err) ||
	    !count_clients(r, terms->list_id, &clients, err))
		return false;
	tally_init(&t, terms, purpose);
	t.sum.clients = clients;
	t.sum.exact = clients <= AUDIENCE_EXACT_MAX;
	ok = t.sum.exact ? count_whole(r, &t, err) : count_sample(r, &t, err);
	if (ok && t.sum.exact)
		t.sum.duplicates = clients - t.looked_at;
	if (ok)
		*out = t.sum;
	tally_deinit(&t);
	return ok;
}

/* --- showing -------------------------------------------------------------------------------------
 */

static void put_left_out(struct json_out *json, const char *reason, int64_t count)
{
	if (count == 0)
		return;
	json_object(json, NULL);
	json_put_text(json, "reason", reason);
	json_put_int(json, "count", count);
	json_object_end(json);
}

void audience_put(struct json_out *json, const struct audience *a)
{
	json_put_int(json, "clients", a->clients);
	json_put_int(json, "recipients", a->recipients);
	json_array(json, "left_out");
	put_left_out(json, "duplicate", a->duplicates);
	for (int reason = REASON_NONE + 1; reason <= REASON_LAST; reason++)
		put_left_out(json, message_reason_name(reason), a->left_out[reason]);
	json_array_end(json);
	json_put_bool(json, "exact", a->exact);
	json_put_int(json, "parts", a->parts);
	if (a->recipients > 0)
		json_put_hundredths(json, "parts_per_message",
				    (a->parts * 100 + a->recipients / 2) / a->recipients);
	else
		json_put_null(json, "parts_per_message");
	json_put_micro(json, "cost", a->cost_micro);
}
