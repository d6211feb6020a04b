/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* campaign_known - see campaign_known.h. */
#include "apid/campaign_known.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/route/registered.h"

/* The operators of the sampled clients, which of them are whose, and what they say of the texts. */
struct known {
	struct request *r;
	const struct terms *terms;
	const struct samples *samples;
	struct registered *book;
	const struct registered_sender *sender;
	int64_t operator_of[SAMPLE_CLIENTS]; /* 0: not known */
	struct pg_result *operators;	     /* id, code, name of those there are */
	struct pg_result *accounts;	     /* id, name of those that may carry it, and states */
	struct registered_text *text;
	struct buf said;
};

/* --- reading -------------------------------------------------------------------------------------
 */

static bool read_operators(struct known *k, struct err *err)
{
	static const struct pg_stmt of_numbers = {
		"known_operators",
		"SELECT array_agg(coalesce(n.operator_id, 0)::bigint ORDER BY u.no)"
		"  FROM unnest($1::bigint[]) WITH ORDINALITY AS u(msisdn, no)"
		"  LEFT JOIN number_info($1::bigint[]) n ON n.msisdn = u.msisdn"};
	static const struct pg_stmt names = {
		"known_operator_names",
		"SELECT u.id, o.code, o.name, count(*) FROM unnest($1::bigint[]) AS u(id)"
		"  LEFT JOIN operator o ON o.id = u.id GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1 LIMIT "
		"100"};
	int64_t msisdns[SAMPLE_CLIENTS];
	struct pg_result *rows = NULL;

	for (size_t i = 0; i < k->samples->count; i++)
		msisdns[i] = sample_msisdn(k->samples, &k->samples->item[i]);
	pg_param_int64_array(k->r->params, msisdns, k->samples->count);
	if (!request_query(k->r, &of_numbers, &rows, err))
		return false;
	(void)pg_int_array(rows, 0, 0, k->operator_of, SAMPLE_CLIENTS);
	pg_result_free(&rows);
	pg_param_int64_array(k->r->params, k->operator_of, k->samples->count);
	return request_query(k->r, &names, &k->operators, err);
}

/* The one that was chosen, or every one that is switched on. */
static bool read_accounts(struct known *k, struct err *err)
{
	static const struct pg_stmt read = {
		"known_accounts", "SELECT id, name FROM account"
				  " WHERE CASE WHEN $1::smallint <> 0 THEN id = $1::smallint"
				  "            ELSE enabled END ORDER BY id LIMIT 1000"};

	pg_param_int16(k->r->params, k->terms->account_id);
	return request_query(k->r, &read, &k->accounts, err);
}

static bool anything_registered(struct request *r, bool *out, struct err *err)
{
	static const struct pg_stmt any = {"known_any",
					   "SELECT EXISTS (SELECT 1 FROM sender_registration)"};
	struct pg_result *rows = NULL;

	if (!request_query(r, &any, &rows, err))
		return false;
	*out = pg_bool(rows, 0, 0);
	pg_result_free(&rows);
	return true;
}

/* --- showing -------------------------------------------------------------------------------------
 */

/* What an operator knows over an account. */
struct outcome {
	bool name, carries;
	bool asks;	     /* it charges by texts there */
	size_t looked, knew; /* texts of its sampled clients */
};

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	return a->name == b->name && a->carries == b->carries && a->asks == b->asks &&
	       a->looked == b->looked && a->knew == b->knew;
}

static struct outcome judge(struct known *k, int16_t operator_id, int16_t account_id)
{
	enum message_category category = k->terms->category;
	struct outcome out = {
		.name = registered_name(k->sender, account_id, operator_id),
		.carries = registered_carries(k->book, k->sender, account_id, operator_id),
		.asks = category > CATEGORY_ADVERTISING &&
			registered_asks_text(k->book, account_id, operator_id),
	};

	for (size_t i = 0; out.asks && i < k->samples->count; i++) {
		const struct sample *item = &k->samples->item[i];

		if (k->operator_of[i] != operator_id || item->parts == 0)
			continue;
		buf_reset(&k->said);
		sample_text(k->samples, item, &k->said);
		registered_read(k->book, k->sender, category, buf_str(&k->said), k->said.len,
				k->text);
		out.looked++;
		out.knew += registered_text_known(k->text, account_id, operator_id);
	}
	return out;
}

#define MESSAGE_MAX 200

static const char *message_of(const struct outcome *o, char out[MESSAGE_MAX])
{
	if (!o->name && !o->carries)
		return "The sender is not registered, and nothing is sent from one that is not";
	if (!o->name)
		return "The sender is not registered: the operator may refuse messages or put "
		       "another name in its place";
	if (!o->asks)
		return "The sender is registered";
	if (o->knew == o->looked)
		return "Sender and text are registered";
	if (o->knew == 0)
		return "The sender is registered and the text is not: it is charged as advertising";
	(void)snprintf(out, MESSAGE_MAX,
		       "The sender is registered; of %zu texts looked at, not registered and "
		       "charged as advertising: %zu",
		       o->looked, o->looked - o->knew);
	return out;
}

static const char *text_word(const struct outcome *o)
{
	if (!o->asks)
		return "not_asked";
	if (o->knew == o->looked)
		return "known";
	return o->knew == 0 ? "unknown" : "some";
}

/* Accounts with the same outcome are one line. */
static void put_ways(struct known *k, int16_t operator_id)
{
	struct json_out *json = &k->r->json;
	size_t count = pg_rows(k->accounts);
	struct outcome *outcome = mem_calloc(count + 1, sizeof(*outcome));
	bool *told = mem_calloc(count + 1, sizeof(*told));
	char message[MESSAGE_MAX];

	for (size_t i = 0; i < count; i++)
		outcome[i] = judge(k, operator_id, (int16_t)pg_int(k->accounts, i, 0));
	for (size_t i = 0; i < count; i++) {
		if (told[i])
			continue;
		json_object(json, NULL);
		json_array(json, "accounts");
		for (size_t j = i; j < count; j++) {
			if (!same_outcome(&outcome[i], &outcome[j]))
				continue;
			told[j] = true;
			json_put_text(json, NULL, pg_text(k->accounts, j, 1));
		}
		json_array_end(json);
		json_put_bool(json, "sender_registered", outcome[i].name);
		json_put_text(json, "text", text_word(&outcome[i]));
		json_put_bool(json, "carries", outcome[i].carries);
		json_put_sentence(json, "message", message_of(&outcome[i], message));
		json_object_end(json);
	}
	mem_free(told);
	mem_free(outcome);
}

static void put_operators(struct known *k)
{
	struct json_out *json = &k->r->json;

	for (size_t i = 0; i < pg_rows(k->operators); i++) {
		json_object(json, NULL);
		json_put_text(json, "operator", text_or_null(k->operators, i, 1));
		json_put_text(json, "operator_name", text_or_null(k->operators, i, 2));
		json_put_int(json, "looked_at", pg_int(k->operators, i, 3));
		json_array(json, "ways");
		put_ways(k, (int16_t)pg_int(k->operators, i, 0));
		json_array_end(json);
		json_object_end(json);
	}
}

static bool put_known(struct known *k, struct err *err)
{
	if (!registered_load(k->r->pg, &k->book, err) || !read_operators(k, err) ||
	    !read_accounts(k, err))
		return false;
	k->sender = registered_find(k->book, k->terms->sender);
	put_operators(k);
	return true;
}

bool known_put(struct request *r, const struct terms *terms, const struct samples *samples,
	       struct err *err)
{
	struct known *k;
	bool any = false, ok = true;

	json_array(&r->json, "known");
	if (samples != NULL && terms->sender[0] != '\0' && !anything_registered(r, &any, err))
		return false;
	if (any && samples->count > 0) {
		k = mem_calloc(1, sizeof(*k));
		k->r = r;
		k->terms = terms;
		k->samples = samples;
		k->text = registered_text_new();
		buf_init(&k->said, COMPOSE_BYTES_MAX);
		ok = put_known(k, err);
		buf_deinit(&k->said);
		registered_text_free(&k->text);
		registered_free(&k->book);
		pg_result_free(&k->operators);
		pg_result_free(&k->accounts);
		mem_free(k);
	}
	json_array_end(&r->json);
	return ok;
}
