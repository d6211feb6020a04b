/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent_codes - double opt-in: a code goes to the number, and only who has it can agree.
 *
 * Kept is a sum of the code with a salt.  Tries are counted in the database before the code is
 * compared there, so many at once are counted one by one. */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "apid/api.h"
#include "apid/routing.h"
#include "common/model/phone.h"
#include "common/model/quota.h"
#include "common/route/quote.h"
#include "common/model/sender.h"
#include "common/model/consent.h"
#include "common/store/token.h"
#include "common/web/json.h"

#define CODE_CHARS   40
#define LINE_CHARS   500
#define TEXT_CHARS   300
#define PLACE	     "{code}"
#define DIGITS	     6
#define SALT_BYTES   16
#define CONSENT_DAYS 3650
#define PARTS	     3 /* at most; as consent_code_start() makes the message */

struct drawn {
	char code[DIGITS + 1];
	uint8_t salt[SALT_BYTES];
	uint8_t hash[TOKEN_HASH_SIZE];
};

/* The sum is over salt and code, as consent_code_confirm() makes it. */
static void draw(struct drawn *out)
{
	uint32_t number;
	char salted[SALT_BYTES + DIGITS];

	if (RAND_bytes((uint8_t *)&number, sizeof(number)) != 1 ||
	    RAND_bytes(out->salt, sizeof(out->salt)) != 1)
		panic("the system has no random numbers to give");
	(void)snprintf(out->code, sizeof(out->code), "%06u", number % 1000000U);
	memcpy(salted, out->salt, SALT_BYTES);
	memcpy(salted + SALT_BYTES, out->code, DIGITS);
	token_hash(salted, sizeof(salted), out->hash);
}

/* The text with the code in its place. */
static void write_message(struct buf *message, struct json_in *in, const char *code)
{
	const char *text = json_in_text(in, "text", JSON_REQUIRED, TEXT_CHARS);
	const char *place = text != NULL ? strstr(text, PLACE) : NULL;

	if (text != NULL && place == NULL)
		json_in_refuse(in, "text", text, "a text with {code} where the code is to stand");
	if (place != NULL) {
		buf_add(message, text, (size_t)(place - text));
		buf_add_str(message, code);
		buf_add_str(message, place + strlen(PLACE));
	}
}

/* `item` gets what the message is, for whoever counts it; its text is `message`. */
static void push_start(struct request *r, struct json_in *in, const struct drawn *drawn,
		       struct buf *message, struct message_item *item)
{
	char name[CALLER_NAME_SIZE];
	int64_t client;

	*item = (struct message_item){.msisdn = phone_in(in, "phone", JSON_REQUIRED),
				      .class = CLASS_ADVERTISING,
				      .category = CATEGORY_SERVICE,
				      .max_parts = PARTS};
	pg_param_int64(r->params, item->msisdn);
	client = json_in_id(in, "client_id", JSON_OPTIONAL);
	if (client != 0)
		pg_param_int64(r->params, client);
	else
		pg_param_null(r->params);
	pg_param_text(r->params, json_in_text(in, "purpose", JSON_REQUIRED, CODE_CHARS));
	pg_param_int64(r->params, json_in_id(in, "text_id", JSON_REQUIRED));
	pg_param_text(r->params, json_in_text(in, "form", JSON_REQUIRED, LINE_CHARS));
	pg_param_text(r->params, json_in_text(in, "origin", JSON_REQUIRED, LINE_CHARS));
	pg_param_text(r->params, caller_name(&r->caller, name));
	pg_param_int32(r->params, (int32_t)json_in_int(in, "consent_days", JSON_OPTIONAL, 1,
						       CONSENT_DAYS, CONSENT_DAYS));
	item->sender = sender_in(in, JSON_REQUIRED);
	pg_param_text(r->params, item->sender);
	write_message(message, in, drawn->code);
	item->text = buf_str(message);
	pg_param_text(r->params, item->text);
	pg_param_bytes(r->params, drawn->salt, sizeof(drawn->salt));
	pg_param_bytes(r->params, drawn->hash, sizeof(drawn->hash));
}

static bool answer_started(struct request *r, const struct pg_result *rows)
{
	const char *outcome = pg_text(rows, 0, 0);

	if (strcmp(outcome, "refused") == 0) {
		problem_field(&r->problem, pg_text(rows, 0, 1), "the value sent",
			      consent_expected(pg_text(rows, 0, 1)));
		return true;
	}
	if (strcmp(outcome, "often") == 0) {
		problem_set(&r->problem, 429, "too-often", "This number got five codes in an hour",
			    "Wait an hour before another code is sent to it");
		r->problem.retry_after_s = 3600;
		return true;
	}
	json_object(&r->json, NULL);
	json_put_id(&r->json, "id", pg_int(rows, 0, 2));
	json_put_time(&r->json, "expires_at", pg_time_us(rows, 0, 3));
	json_object_end(&r->json);
	return request_reply(r, 201);
}

/* --- the quota of a program with limits
 * --------------------------------------------------------------- */

static bool price(struct request *r, struct pg_params *params, struct message_item *item,
		  struct err *err)
{
	const struct route_store *routes = NULL;
	bool ok = !r->caller.terms.quota_money ||
		  (routing_hold(r->api->routing, r->pg, &routes, err) &&
		   quote_items(routes, &item, 1, r->pg, params, err));

	routing_drop(r->api->routing, routes);
	return ok;
}

static int parts_of(const struct message_item *item)
{
	struct sms_parts parts;
	struct err err;

	return sms_split(item->text, strlen(item->text), SMS_SPLIT_UDH8, PARTS, &parts, &err)
		       ? parts.count
		       : PARTS;
}

/* Begins a transaction, in which the message is counted or the problem says that it is too much. */
static bool begin_counted(struct request *r, struct message_item *item, struct err *err)
{
	struct quota_ask ask = {.quota_id = r->caller.terms.quota_id, .parts = parts_of(item)};
	struct quota_ask *asks[] = {&ask};
	struct pg_params *params = pg_params_new();
	bool ok = price(r, params, item, err);

	ask.money_micro = item->cost_micro;
	ok = ok && pg_begin(r->pg, err) && quota_take(r->pg, params, asks, 1, err);
	pg_params_free(&params);
	if (ok && ask.bar != QUOTA_FITS)
		quota_refuse(&r->problem, &ask);
	return ok;
}

/* --- starting ------------------------------------------------------------------------------------
 */

static bool run_start(struct request *r, struct message_item *item, struct pg_result **rows,
		      struct err *err)
{
	static const struct pg_stmt start = {
		"consent_code_start",
		"SELECT outcome, field, id, expires_at FROM consent_code_start($1::bigint, "
		"$2::bigint,"
		" $3::text, $4::bigint, $5::text, $6::text, $7::text, $8::integer, $9::text,"
		" $10::text, $11::bytea, $12::bytea)"};
	bool ok;

	if (r->caller.terms.quota_id == 0)
		return request_query(r, &start, rows, err);
	ok = begin_counted(r, item, err);
	if (ok && !problem_found(&r->problem))
		ok = request_query(r, &start, rows, err);
	if (ok && *rows != NULL && strcmp(pg_text(*rows, 0, 0), "sent") == 0)
		return pg_commit(r->pg, err);
	pg_rollback(r->pg);
	return ok;
}

/* POST /v1/consent-codes */
bool consent_code_start(struct request *r, struct err *err)
{
	struct pg_result *rows = NULL;
	struct message_item item;
	struct cJSON *doc = NULL;
	struct buf message;
	struct json_in in;
	struct drawn drawn;
	bool ok = true;

	if (!request_json(r, &doc))
		return true;
	draw(&drawn);
	buf_init(&message, TEXT_CHARS * 4 + DIGITS);
	json_in_begin(&in, doc, &r->problem, "");
	push_start(r, &in, &drawn, &message, &item);
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = run_start(r, &item, &rows, err);
	json_free(&doc);
	buf_deinit(&message);
	if (ok && !problem_found(&r->problem))
		ok = answer_started(r, rows);
	pg_result_free(&rows);
	return ok;
}

static bool answer_confirmed(struct request *r, const struct pg_result *rows)
{
	const char *outcome = pg_text(rows, 0, 0);

	if (strcmp(outcome, "unknown") == 0) {
		problem_not_found(&r->problem, "code");
		return true;
	}
	if (strcmp(outcome, "over") == 0) {
		problem_set(&r->problem, 409, "code-over", "This code counts no more",
			    "It was used, tried five times, or is older than ten minutes. Send "
			    "another one");
		return true;
	}
	if (strcmp(outcome, "wrong") == 0) {
		problem_set(&r->problem, 422, "wrong-code", "The code is not right",
			    "Nothing was entered. Tries left for this code: %lld",
			    (long long)pg_int(rows, 0, 1));
		return true;
	}
	json_object(&r->json, NULL);
	json_put_id(&r->json, "id", pg_int(rows, 0, 2));
	json_put_text(&r->json, "outcome", outcome);
	json_object_end(&r->json);
	return request_reply(r, 201);
}

/* POST /v1/consent-codes/{id}/confirm */
bool consent_code_confirm(struct request *r, struct err *err)
{
	static const struct pg_stmt confirm = {"consent_code_confirm",
					       "SELECT outcome, left_tries, event_id FROM "
					       "consent_code_confirm($1::bigint, $2::text)"};
	struct pg_result *rows = NULL;
	struct cJSON *doc = NULL;
	struct json_in in;
	int64_t id;
	bool ok = true;

	if (!request_id(r, 0, "code", &id) || !request_json(r, &doc))
		return true;
	json_in_begin(&in, doc, &r->problem, "");
	pg_param_int64(r->params, id);
	pg_param_text(r->params, json_in_text(&in, "code", JSON_REQUIRED, CODE_CHARS));
	json_in_end(&in);
	if (!problem_found(&r->problem))
		ok = request_query(r, &confirm, &rows, err);
	json_free(&doc);
	if (ok && !problem_found(&r->problem))
		ok = answer_confirmed(r, rows);
	pg_result_free(&rows);
	return ok;
}
