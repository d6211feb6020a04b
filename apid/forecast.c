/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* forecast - see forecast.h. */
#include "apid/forecast.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/model/hours.h"
#include "common/model/message.h"
#include "common/sms/gsm.h"
#include "common/sms/plain.h"
#include "common/sms/translit.h"
#include "common/text/utf8.h"

#define NIGHT_FROM_H 22
#define NIGHT_TO_H   9
#define HOUR_S	     3600

/* --- how fast ------------------------------------------------------------------------------------
 */

/* Parts a second that were sent over an account in the last minute. */
static bool rate_of_last_minute(struct request *r, int16_t account_id, double *out, struct err *err)
{
	static const struct pg_stmt sent = {
		"forecast_rate", "SELECT coalesce(sum(parts), 0)::bigint FROM batch WHERE state = 3"
				 "   AND done_at > statement_timestamp() - interval '1 minute'"
				 "   AND account_id = $1::smallint"};
	struct pg_result *rows = NULL;

	pg_param_int16(r->params, account_id);
	if (!request_query(r, &sent, &rows, err))
		return false;
	*out = (double)pg_int(rows, 0, 0) / 60;
	pg_result_free(&rows);
	return true;
}

static bool any_up(const struct terms *t)
{
	const struct route_ask ask = terms_ask(t);
	struct route_scope scope;
	bool up = false;

	route_scope_init(&scope, &t->routes->book, &ask);
	for (size_t i = 0; i < scope.count && !up; i++)
		up = t->routes->book.table.account[scope.account[i]].up;
	return up;
}

static int64_t divided_up(int64_t value, double by)
{
	int64_t whole = (int64_t)((double)value / by);

	return (double)whole * by < (double)value ? whole + 1 : whole;
}

/* How long the accounts need for their shares, side by side; -1: not known. */
static bool slowest_share(struct request *r, const struct terms *t, const struct audience *a,
			  int64_t *out, struct err *err)
{
	*out = a->share_count > 0 ? 0 : -1;
	for (size_t i = 0; *out >= 0 && i < a->share_count; i++) {
		const struct audience_share *share = &a->share[i];
		const struct route_account *account =
			route_find(&t->routes->book.table, share->account_id);
		double rate = account != NULL ? account->parts_per_s : 0;
		int64_t needs;

		if (rate == 0 && !rate_of_last_minute(r, share->account_id, &rate, err))
			return false;
		needs = rate > 0 ? divided_up(share->parts, rate) : -1;
		*out = needs < 0 || needs > *out ? needs : *out;
	}
	return true;
}

static bool duration_of(struct request *r, const struct terms *t, const struct audience *a, bool up,
			int64_t *out, struct err *err)
{
	int64_t paced =
		t->pace_per_min > 0 ? divided_up(a->recipients * 60, (double)t->pace_per_min) : -1;
	int64_t limited = -1;

	if (t->pace_until_us != 0)
		paced = (t->pace_until_us -
			 (t->start_at_us > t->now_us ? t->start_at_us : t->now_us)) /
			1000000;
	if (up && !slowest_share(r, t, a, &limited, err))
		return false;
	*out = !up ? -1 : paced > limited ? paced : limited;
	return true;
}

/* --- what should be known ------------------------------------------------------------------------
 */

bool forecast_is_night(int64_t from_us, int64_t duration_s)
{
	time_t from = (time_t)(from_us / 1000000);
	struct tm tm;
	int64_t second;

	localtime_r(&from, &tm);
	second = (int64_t)tm.tm_hour * HOUR_S + (int64_t)tm.tm_min * 60 + tm.tm_sec;
	return second < NIGHT_TO_H * HOUR_S ||
	       second + (duration_s > 0 ? duration_s : 0) >= NIGHT_FROM_H * HOUR_S;
}

/* Letters beyond Latin make a text expensive as a whole; nothing can be saved there. */
static bool is_cyrillic(uint32_t c)
{
	return c >= 0x0400 && c <= 0x052F;
}

/* Whether nothing the alphabet has stands for it. */
static bool is_expensive(const char *text, const char *at, const char *end, uint32_t c,
			 enum sms_spelling spelling)
{
	char sign[PLAIN_MAX], letters[TRANSLIT_MAX];

	if (gsm_cost(c) > 0)
		return false;
	if (spelling == SPELLING_AS_IS || plain_put(c, sign) >= 0)
		return spelling == SPELLING_AS_IS;
	return spelling != SPELLING_LATIN || translit_put(text, at, end, letters) < 0;
}

bool forecast_expensive(const char *text, enum sms_spelling spelling, char out[8], size_t *at_out)
{
	const char *at = text, *end = text + strlen(text);
	const char *first = NULL, *after = NULL;

	while (at < end) {
		const char *from = at;
		uint32_t c = utf8_next(&at, end);

		if (c == '{' && at < end && *at == '{')
			at++; /* a brace itself */
		else if (c == '{')
			at += strcspn(at, "|}"); /* a field's name is not sent */

		if (is_cyrillic(c) && spelling != SPELLING_LATIN)
			return false;
		if (first == NULL && is_expensive(text, from, end, c, spelling)) {
			first = from;
			after = at;
		}
	}
	if (first == NULL)
		return false;
	snprintf(out, 8, "%.*s", (int)(after - first), first);
	*at_out = utf8_count(text, (size_t)(first - text)) + 1;
	return true;
}

/* --- permitted hours -----------------------------------------------------------------------------
 */

#define MARGIN_US (70 * 1000000LL) /* send_margin() */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Of a share that takes need_us from begin_us on, what does not leave before the hours end. */
static double left_over(int64_t begin_us, int64_t need_us, int64_t closes_us)
{
	int64_t room_us = later(closes_us - MARGIN_US - begin_us, 0);

	return need_us <= room_us ? 0 : (double)(need_us - room_us) / (double)need_us;
}

void forecast_hours(struct forecast *f, const struct forecast_span *span, size_t count,
		    int64_t recipients, bool moves)
{
	int64_t duration_us = f->duration_s > 0 ? f->duration_s * 1000000 : 0;
	int64_t at_us = f->starts_at_us, last_us = at_us, all = 0;

	for (size_t i = 0; i < count; i++)
		all += span[i].clients;
	for (size_t i = 0; all > 0 && i < count; i++) {
		const struct forecast_span *s = &span[i];
		int64_t clients = recipients * s->clients / all;
		int64_t need_us = duration_us / all * s->clients;
		int64_t begin_us = later(at_us, s->opens_us);
		double left;
		int64_t left_clients;

		if (s->never) {
			f->cut += clients;
			continue;
		}
		left = left_over(begin_us, need_us, s->closes_us);
		left_clients = (int64_t)((double)clients * left);
		if (s->opens_us > f->starts_at_us)
			f->waiting += clients - left_clients;
		at_us = begin_us + (int64_t)((double)need_us * (1 - left));
		last_us = later(last_us, at_us);
		if (left_clients == 0)
			continue;
		if (moves) {
			f->waiting += left_clients;
			last_us = later(last_us,
					s->next_opens_us + (int64_t)((double)need_us * left));
		} else {
			f->cut += left_clients;
		}
	}
	if (f->duration_s >= 0)
		f->duration_s = (last_us - f->starts_at_us + 999999) / 1000000;
}

#define SPANS_MAX 256

/* As schedulerd spreads the snapshot, at the time of the start; of a large audience a sample. */
#define SPANS_SQL                                                                                  \
	", " HOURS_SPREAD_SQL("$5", "$3",                                                          \
			      "$4::timestamptz") " SELECT s.opens_at IS NULL, s.opens_at, "        \
						 "s.closes_at, n.opens_at, n.closes_at,"           \
						 "        count(*)"                                \
						 "   FROM spread x JOIN span s ON s.no = x.span"   \
						 "   LEFT JOIN LATERAL "                           \
						 "campaign_hours($5::bigint, $3::smallint, "       \
						 "s.zones, s.closes_at) n ON true"                 \
						 "  GROUP BY s.no, 1, 2, 3, 4, 5"                  \
						 "  ORDER BY greatest(s.opens_at, "                \
						 "$4::timestamptz), s.closes_at LIMIT 256"
#define SHARE_SQL(id) "(hashint8(" id ") & 2147483647) % $1::integer = 0"

static bool read_spans(struct request *r, const struct terms *t, const struct audience *a,
		       int64_t at_us, struct forecast_span out[SPANS_MAX], size_t *count_out,
		       struct err *err)
{
	static const struct pg_stmt all = {
		"forecast_spans_all", "WITH audience AS MATERIALIZED ("
				      "SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM client c"
				      " WHERE $2::bigint = 0 AND " SHARE_SQL("c.id") ")" SPANS_SQL};
	static const struct pg_stmt listed = {
		"forecast_spans_list",
		"WITH audience AS MATERIALIZED ("
		"SELECT DISTINCT ON (c.msisdn) c.id, c.msisdn FROM list_member l"
		"  JOIN client c ON c.id = l.client_id"
		" WHERE l.list_id = $2::bigint AND " SHARE_SQL("l.client_id") ")" SPANS_SQL};
	struct pg_result *rows = NULL;

	pg_param_int32(r->params, a->exact ? 1 : (int32_t)(a->clients / AUDIENCE_SAMPLE));
	pg_param_int64(r->params, t->list_id);
	pg_param_int16(r->params, (int16_t)t->category);
	pg_param_time_us(r->params, at_us);
	pg_param_int64(r->params, t->id);
	if (!request_query(r, t->list_id != 0 ? &listed : &all, &rows, err))
		return false;
	*count_out = pg_rows(rows);
	for (size_t i = 0; i < *count_out; i++)
		out[i] = (struct forecast_span){
			.never = pg_bool(rows, i, 0),
			.opens_us = pg_time_us(rows, i, 1),
			.closes_us = pg_time_us(rows, i, 2),
			.next_opens_us = pg_time_us(rows, i, 3),
			.next_closes_us = pg_time_us(rows, i, 4),
			.clients = pg_int(rows, i, 5),
		};
	pg_result_free(&rows);
	return true;
}

bool forecast_make(struct request *r, const struct terms *terms, const struct audience *audience,
		   struct forecast *out, struct err *err)
{
	bool law_knows_hours =
		terms->category != CATEGORY_TRANSACTIONAL && terms->category != CATEGORY_EMERGENCY;
	struct forecast_span span[SPANS_MAX];
	size_t count = 0;

	*out = (struct forecast){.starts_at_us = terms->now_us, .account_up = any_up(terms)};
	if (!duration_of(r, terms, audience, out->account_up, &out->duration_s, err))
		return false;
	if (terms->start_at_us > terms->now_us)
		out->starts_at_us = terms->start_at_us;
	out->late = out->duration_s > terms->validity_s;
	out->night = law_knows_hours && !terms->bound &&
		     forecast_is_night(out->starts_at_us, out->duration_s);
	if (terms->bound) {
		if (!read_spans(r, terms, audience, out->starts_at_us, span, &count, err))
			return false;
		forecast_hours(out, span, count, audience->recipients, terms->moves);
	}
	if (!forecast_expensive(terms->text, terms->spelling, out->expensive, &out->expensive_at))
		out->expensive[0] = '\0';
	return true;
}

static void put_warning(struct json_out *json, const char *kind, const char *message)
{
	json_object(json, NULL);
	json_put_text(json, "kind", kind);
	json_put_sentence(json, "message", message);
	json_object_end(json);
}

void forecast_put_warnings(struct json_out *json, const struct forecast *f, const struct terms *t)
{
	char text[200];

	json_array(json, "warnings");
	if (!f->account_up)
		put_warning(json, "no_account_up",
			    "No operator is connected just now. Messages wait until one is");
	if (f->night)
		put_warning(json, "night",
			    "Some messages would arrive between 22 and 9 o'clock. Choose another "
			    "time or a faster pace");
	if (f->waiting > 0) {
		snprintf(text, sizeof(text),
			 "It is not a permitted hour for everybody then: clients who get the "
			 "message later: %lld",
			 (long long)f->waiting);
		put_warning(json, "waiting", text);
	}
	if (f->cut > 0) {
		snprintf(text, sizeof(text),
			 "The permitted hours leave no time for everybody: clients who get "
			 "nothing: %lld. Start earlier, or let the rest go the next day",
			 (long long)f->cut);
		put_warning(json, "cut", text);
	}
	if (f->late)
		put_warning(json, "late",
			    "Sending takes longer than messages are valid, so the last ones would "
			    "not leave. Choose a faster pace or a longer validity");
	if (f->expensive[0] != '\0') {
		snprintf(text, sizeof(text),
			 "The character %s (number %zu of the text) more than doubles the length. "
			 "Replace it with a plain one",
			 f->expensive, f->expensive_at);
		put_warning(json, "expensive_character", text);
	}
	for (size_t i = 0; i < t->warning_count; i++)
		put_warning(json, "advertising_words", t->warning[i].message);
	json_array_end(json);
}
