/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* action - client.action: what a client did. */
#include <string.h>

#include "common/base/mem.h"
#include "crmd/batch.h"
#include "crmd/kinds.h"

#define CLIENT_CHARS_MAX   200
#define KIND_CHARS_MAX	   40
#define CATEGORY_CHARS_MAX 100
#define AMOUNT_CHARS_MAX   20
#define MICRO_DIGITS	   6
#define NO_AMOUNT	   INT64_MIN

struct action {
	const char *client, *kind, *category;
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

void action_read(struct event *e, struct json_in *in)
{
	struct action *a = mem_calloc(1, sizeof(*a));

	e->payload = a;
	a->client = json_in_text(in, "client", JSON_REQUIRED, CLIENT_CHARS_MAX);
	a->kind = kind_in(in, "kind");
	a->at_us = json_in_time(in, "at", JSON_REQUIRED);
	a->category = json_in_text(in, "category", JSON_OPTIONAL, CATEGORY_CHARS_MAX);
	a->amount_micro = amount_in(in, "amount");
}

/* Codes nobody has used yet.  Those that are known are not tried: a conflict would use up numbers,
 * of which there are 32,767. */
static bool learn(struct worker *w, const struct pg_stmt *stmt, const char *const *codes,
		  size_t count, struct err *err)
{
	pg_param_text_array(w->params, codes, count);
	return worker_run(w, stmt, NULL, err);
}

bool action_apply(struct worker *w, struct event *const *events, size_t count, struct err *err)
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
	/* LATERAL ... LIMIT: only the index way exists. */
	static const struct pg_stmt add = {
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
	if (!learn(w, &learn_kinds, kinds, count, err) ||
	    !learn(w, &learn_categories, categories, count, err))
		return false;
	pg_param_text_array(w->params, clients, count);
	pg_param_time_us_array(w->params, at_us, count);
	pg_param_int64_array(w->params, amounts, count);
	pg_param_text_array(w->params, kinds, count);
	pg_param_text_array(w->params, categories, count);
	if (!worker_run(w, &add, &unknown, err))
		return false;
	refuse_rows(unknown, events, "data.client", CLIENT_EXPECTED);
	pg_result_free(&unknown);
	return true;
}
