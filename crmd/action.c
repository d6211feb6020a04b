/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* action - client.action: what a client did.
 *
 * One with a promo code says that somebody came with it: it is entered for the client it was given
 * to, once, as POST /v1/promo/redeem does. */
#include <string.h>

#include "common/base/daemon.h"
#include "common/base/mem.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CLIENT_CHARS_MAX   200
#define KIND_CHARS_MAX	   40
#define CATEGORY_CHARS_MAX 100
#define CODE_CHARS_MAX	   64
#define AMOUNT_CHARS_MAX   20
#define MICRO_DIGITS	   6
#define NO_AMOUNT	   INT64_MIN
#define KIND_REDEEMED	   "promo_redeemed"

struct action {
	const char *client; /* NULL: whoever has the code */
	const char *kind, *category;
	const char *code; /* a promo code; NULL: the action has none */
	int64_t at_us, amount_micro;
};

/* "-1250.50" as millionths. */
static bool amount_parse(const char *text, int64_t *micro_out)
{
	bool negative = text[0] == '-';
	const char *at = text + negative;
	int64_t micro = 0;
	int decimals = -1; /* no point yet */

	if (*at < '0' || *at > '9')
		return false;
	for (; *at != '\0'; at++) {
		if (*at == '.' && decimals < 0 && at[1] != '\0') {
			decimals = 0;
			continue;
		}
		if (*at < '0' || *at > '9' || decimals == MICRO_DIGITS ||
		    __builtin_mul_overflow(micro, 10, &micro) ||
		    __builtin_add_overflow(micro, *at - '0', &micro))
			return false;
		decimals += decimals >= 0;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < MICRO_DIGITS; i++)
		if (__builtin_mul_overflow(micro, 10, &micro))
			return false;
	*micro_out = negative ? -micro : micro;
	return true;
}

static int64_t amount_in(struct json_in *in, const char *key)
{
	const char *text = json_in_text(in, key, JSON_OPTIONAL, AMOUNT_CHARS_MAX);
	int64_t micro = NO_AMOUNT;

	if (text != NULL && !amount_parse(text, &micro))
		json_in_refuse(in, key, text, "a decimal number as text, such as \"1250.50\"");
	return micro;
}

static const char *kind_in(struct json_in *in, const char *key)
{
	const char *kind = json_in_text(in, key, JSON_REQUIRED, KIND_CHARS_MAX);

	if (kind != NULL && strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(kind))
		json_in_refuse(in, key, kind, "small Latin letters, digits and underscores");
	return kind;
}

/* A code stands with its kind alone, and says itself whose it is. */
static const char *code_in(struct json_in *in, const char *kind)
{
	const char *code = json_in_text(in, "code", JSON_OPTIONAL, CODE_CHARS_MAX);

	if (code != NULL && kind != NULL && strcmp(kind, KIND_REDEEMED) != 0)
		json_in_refuse(in, "code", code, "a promo code only where kind is promo_redeemed");
	return code;
}

void action_read(struct event *e, struct json_in *in)
{
	struct action *a = mem_calloc(1, sizeof(*a));

	e->payload = a;
	a->kind = kind_in(in, "kind");
	a->code = code_in(in, a->kind);
	a->client = json_in_text(in, "client", a->code != NULL ? JSON_OPTIONAL : JSON_REQUIRED,
				 CLIENT_CHARS_MAX);
	a->at_us = json_in_time(in, "at", JSON_REQUIRED);
	a->category = json_in_text(in, "category", JSON_OPTIONAL, CATEGORY_CHARS_MAX);
	a->amount_micro = amount_in(in, "amount");
}

/* --- what clients did --------------------------------------------------------------------------
 */

/* Codes nobody has used yet.  Those that are known are not tried: a conflict would use up numbers,
 * of which there are 32,767. */
static bool learn(struct worker *w, const struct pg_stmt *stmt, const char *const *codes,
		  size_t count, struct err *err)
{
	pg_param_text_array(w->params, codes, count);
	return worker_run(w, stmt, NULL, err);
}

/* What the actions are called; most are known. */
static bool learn_all(struct worker *w, const char *const *kinds, const char *const *categories,
		      size_t count, struct err *err)
{
	static const struct pg_stmt learn_kinds = {
		"action_kind_learn",
		"INSERT INTO action_kind (code) SELECT DISTINCT u.code FROM unnest($1::text[]) AS "
		"u(code)"
		" WHERE NOT EXISTS (SELECT 1 FROM action_kind k WHERE k.code = u.code)"
		" ORDER BY u.code ON CONFLICT DO NOTHING"};
	static const struct pg_stmt learn_categories = {
		"action_category_learn",
		"INSERT INTO action_category (code)"
		" SELECT DISTINCT u.code FROM unnest($1::text[]) AS u(code) WHERE u.code IS NOT "
		"NULL"
		"    AND NOT EXISTS (SELECT 1 FROM action_category k WHERE k.code = u.code)"
		" ORDER BY u.code ON CONFLICT DO NOTHING"};

	return learn(w, &learn_kinds, kinds, count, err) &&
	       learn(w, &learn_categories, categories, count, err);
}

static bool add(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	/* LATERAL ... LIMIT: only the index way exists. */
	static const struct pg_stmt stmt = {
		"action_add",
		"WITH said AS (SELECT u.*, c.id FROM unnest($1::text[], $2::timestamptz[], "
		"$3::bigint[],"
		"                                           $4::text[], $5::text[])"
		"              WITH ORDINALITY AS u(client, at, amount, kind, category, n)"
		"              LEFT JOIN LATERAL (SELECT c.id FROM client c"
		"                                  WHERE c.external_id = u.client LIMIT 1) c ON "
		"true),"
		" added AS (INSERT INTO action (client_id, at, amount_micro, kind, category)"
		"           SELECT s.id, s.at, nullif(s.amount, (-9223372036854775807 - 1)),"
		"                  (SELECT k.id FROM action_kind k WHERE k.code = s.kind),"
		"                  (SELECT k.id FROM action_category k WHERE k.code = s.category)"
		"             FROM said s WHERE s.id IS NOT NULL)"
		" SELECT s.n::integer FROM said s WHERE s.id IS NULL"};
	const char *clients[BATCH_EVENTS_MAX], *kinds[BATCH_EVENTS_MAX],
		*categories[BATCH_EVENTS_MAX];
	int64_t at_us[BATCH_EVENTS_MAX], amounts[BATCH_EVENTS_MAX];
	struct pg_result *unknown = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct action *a = events[i]->payload;

		clients[i] = a->client;
		at_us[i] = a->at_us;
		amounts[i] = a->amount_micro;
		kinds[i] = a->kind;
		categories[i] = a->category;
	}
	if (!learn_all(w, kinds, categories, count, err))
		return false;
	pg_param_text_array(w->params, clients, count);
	pg_param_time_us_array(w->params, at_us, count);
	pg_param_int64_array(w->params, amounts, count);
	pg_param_text_array(w->params, kinds, count);
	pg_param_text_array(w->params, categories, count);
	if (!worker_run(w, &stmt, &unknown, err))
		return false;
	refuse_rows(unknown, events, "data.client", client_expected);
	pg_result_free(&unknown);
	return true;
}

/* --- codes that came back ------------------------------------------------------------------------
 */

static void refuse_code(struct event *e, const char *outcome)
{
	if (strcmp(outcome, "another") == 0)
		event_refuse(e, "data.client", "the client whom the code was given to, or none");
	else if (strcmp(outcome, "not_given") == 0)
		event_refuse(e, "data.code", "a promo code that was given to somebody");
	else if (strcmp(outcome, "unknown") == 0)
		event_refuse(e, "data.code", "a promo code of a pool that is known here");
}

/* One that came back before is done already.  In the order of codes, which everybody locks in. */
static bool redeem(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	static const struct pg_stmt stmt = {
		"action_redeem",
		"WITH said AS MATERIALIZED ("
		" SELECT u.*, u.client IS NULL OR h.external_id IS NOT DISTINCT FROM u.client"
		"          OR h.message_id IS NULL AS fits"
		"   FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[])"
		"        WITH ORDINALITY AS u(code, client, at, amount, n)"
		"   LEFT JOIN LATERAL (SELECT p.message_id, c.external_id FROM promo_code p"
		"                        LEFT JOIN client c ON c.id = p.client_id"
		"                       WHERE p.code = u.code LIMIT 1) h ON true)"
		" SELECT s.n::integer, 'another' AS outcome FROM said s WHERE NOT s.fits UNION ALL"
		" SELECT s.n::integer, r.outcome FROM (SELECT * FROM said WHERE fits ORDER BY "
		"code, n"
		"                                       OFFSET 0) s"
		"  CROSS JOIN LATERAL promo_redeem(s.code, s.at,"
		"     nullif(s.amount, (-9223372036854775807 - 1)), $5::smallint) r"};
	const char *codes[BATCH_EVENTS_MAX], *clients[BATCH_EVENTS_MAX];
	int64_t at_us[BATCH_EVENTS_MAX], amounts[BATCH_EVENTS_MAX];
	struct pg_result *rows = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct action *a = events[i]->payload;

		codes[i] = a->code;
		clients[i] = a->client;
		at_us[i] = a->at_us;
		amounts[i] = a->amount_micro;
	}
	pg_param_text_array(w->params, codes, count);
	pg_param_text_array(w->params, clients, count);
	pg_param_time_us_array(w->params, at_us, count);
	pg_param_int64_array(w->params, amounts, count);
	pg_param_int16(w->params, (int16_t)daemon_slot());
	if (!worker_run(w, &stmt, &rows, err))
		return false;
	for (size_t row = 0; row < pg_rows(rows); row++)
		refuse_code(events[pg_int(rows, row, 0) - 1], pg_text(rows, row, 1));
	pg_result_free(&rows);
	return true;
}

bool action_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
{
	struct event *plain[BATCH_EVENTS_MAX], *coded[BATCH_EVENTS_MAX];
	size_t plain_count = 0, coded_count = 0;

	for (size_t i = 0; i < count; i++)
		if (((const struct action *)events[i]->payload)->code == NULL)
			plain[plain_count++] = events[i];
		else
			coded[coded_count++] = events[i];
	return (plain_count == 0 || add(w, plain, plain_count, err)) &&
	       (coded_count == 0 || redeem(w, coded, coded_count, err));
}
