/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registration - see registration.h. */
#include "apid/registration.h"

#include <string.h>

#define NAME_CHARS     64
#define CONTRACT_CHARS 200
#define NOTE_CHARS     1000
#define FEE_DIGITS_MAX 9 /* before the point */
#define MICRO_DIGITS   6

/* --- reading -------------------------------------------------------------------------------------
 */

static const char *state_in(struct json_in *in, enum json_need need)
{
	static const char *const states[] = {"asked", "active", "refused", "ended"};
	const char *state = json_in_text(in, "state", need, 20);

	for (size_t i = 0; state != NULL && i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i], state) == 0)
			return state;
	if (state != NULL)
		json_in_refuse(in, "state", state, "asked, active, refused or ended");
	return NULL;
}

/* Null is no bound. */
static bool day_in(struct json_in *in, const char *key, int32_t *out)
{
	*out = REGISTRATION_NO_DAY;
	if (!json_in_has(in, key))
		return false;
	if (!json_in_null(in, key))
		(void)json_in_date(in, key, JSON_REQUIRED, out);
	return true;
}

/* "1020.50" in millionths. */
static bool fee_parse(const char *text, int64_t *out)
{
	size_t whole = strspn(text, "0123456789"), decimals = 0;
	int64_t micro = 0;

	if (whole < 1 || whole > FEE_DIGITS_MAX)
		return false;
	if (text[whole] == '.')
		decimals = strspn(text + whole + 1, "0123456789");
	if (decimals > MICRO_DIGITS || (text[whole] == '.' && decimals == 0) ||
	    text[whole + (decimals > 0 ? decimals + 1 : 0)] != '\0')
		return false;
	for (size_t i = 0; i < whole; i++)
		micro = micro * 10 + (text[i] - '0');
	for (size_t i = 0; i < MICRO_DIGITS; i++)
		micro = micro * 10 + (i < decimals ? text[whole + 1 + i] - '0' : 0);
	*out = micro;
	return true;
}

static bool fee_in(struct json_in *in, int64_t *out)
{
	const char *text;

	*out = -1;
	if (!json_in_has(in, "monthly_fee"))
		return false;
	text = json_in_text(in, "monthly_fee", JSON_OPTIONAL, 20);
	if (text != NULL && !fee_parse(text, out))
		json_in_refuse(in, "monthly_fee", text,
			       "an amount such as \"1020.50\", or null when it is not known");
	return true;
}

/* May be empty, which json_in_text() refuses. */
static const char *words_in(struct json_in *in, const char *key, size_t max)
{
	return json_in_empty(in, key) ? "" : json_in_text(in, key, JSON_OPTIONAL, max);
}

static void read_whose(struct json_in *in, struct registration *out)
{
	out->account = json_in_text(in, "account", JSON_OPTIONAL, NAME_CHARS);
	out->provider = json_in_text(in, "provider", JSON_OPTIONAL, NAME_CHARS);
	out->operator_code = json_in_text(in, "operator", JSON_OPTIONAL, NAME_CHARS);
	if ((out->account == NULL) == (out->provider == NULL))
		json_in_refuse(in, "account", out->account == NULL ? "nothing" : out->account,
			       "an account or a provider, one of both");
}

void registration_read(struct json_in *in, bool made, struct registration *out)
{
	*out = (struct registration){0};
	if (made)
		read_whose(in, out);
	out->state = state_in(in, JSON_OPTIONAL);
	out->has_from = day_in(in, "valid_from", &out->from_day);
	out->has_to = day_in(in, "valid_to", &out->to_day);
	out->contract = words_in(in, "contract", CONTRACT_CHARS);
	out->has_fee = fee_in(in, &out->fee_micro);
	out->note = words_in(in, "note", NOTE_CHARS);
}

bool registration_find(struct request *r, struct registration *registration, struct err *err)
{
	static const struct pg_stmt find = {
		"registration_find", "SELECT (SELECT id FROM account WHERE name = $1::text),"
				     "       (SELECT id FROM provider WHERE name = $2::text),"
				     "       (SELECT id FROM operator WHERE code = $3::text)"};
	struct pg_result *rows = NULL;

	pg_param_text(r->params, registration->account);
	pg_param_text(r->params, registration->provider);
	pg_param_text(r->params, registration->operator_code);
	if (!request_query(r, &find, &rows, err))
		return false;
	registration->account_id = pg_int(rows, 0, 0);
	registration->provider_id = pg_int(rows, 0, 1);
	registration->operator_id = pg_int(rows, 0, 2);
	pg_result_free(&rows);
	if (registration->account != NULL && registration->account_id == 0)
		problem_field(&r->problem, "account", registration->account,
			      "the name of an account from GET /v1/accounts");
	if (registration->provider != NULL && registration->provider_id == 0)
		problem_field(&r->problem, "provider", registration->provider,
			      "the name of a provider from GET /v1/providers");
	if (registration->operator_code != NULL && registration->operator_id == 0)
		problem_field(&r->problem, "operator", registration->operator_code,
			      "the code of an operator from GET /v1/criteria, or null for all");
	return true;
}

/* --- writing -------------------------------------------------------------------------------------
 */

static void push_day(struct pg_params *params, bool has, int32_t day)
{
	pg_param_bool(params, has);
	if (has && day != REGISTRATION_NO_DAY)
		pg_param_int32(params, day);
	else
		pg_param_null(params);
}

void registration_push(struct pg_params *params, const struct registration *registration)
{
	pg_param_text(params, registration->state);
	push_day(params, registration->has_from, registration->from_day);
	push_day(params, registration->has_to, registration->to_day);
	pg_param_text(params, registration->contract);
	pg_param_bool(params, registration->has_fee);
	if (registration->has_fee && registration->fee_micro >= 0)
		pg_param_int64(params, registration->fee_micro);
	else
		pg_param_null(params);
	pg_param_text(params, registration->note);
}

static void push_id(struct pg_params *params, int64_t id)
{
	if (id == 0)
		pg_param_null(params);
	else
		pg_param_int64(params, id);
}

void registration_push_whose(struct pg_params *params, const struct registration *registration)
{
	push_id(params, registration->account_id);
	push_id(params, registration->provider_id);
	push_id(params, registration->operator_id);
}

bool registration_refused(struct request *r, struct err *err)
{
	if (strcmp(pg_sqlstate(r->pg), "23505") == 0)
		problem_conflict(&r->problem,
				 "It is registered there already. Change that registration, or end "
				 "it before you add another");
	else if (strcmp(pg_sqlstate(r->pg), "23514") == 0)
		problem_field(&r->problem, "valid_to", "a day before valid_from",
			      "the last day, or null");
	else
		return false;
	return request_refused(err);
}

/* --- showing -------------------------------------------------------------------------------------
 */

enum column {
	COL_ID,
	COL_ACCOUNT,
	COL_PROVIDER,
	COL_OPERATOR,
	COL_STATE,
	COL_FROM,
	COL_TO,
	COL_CONTRACT,
	COL_FEE,
	COL_CURRENCY,
	COL_NOTE,
	COL_HOLDS,
	COL_CHANGED,
};

void registration_put(struct json_out *json, const struct pg_result *rows, size_t i)
{
	json_put_id(json, "id", pg_int(rows, i, COL_ID));
	json_put_text(json, "account", text_or_null(rows, i, COL_ACCOUNT));
	json_put_text(json, "provider", text_or_null(rows, i, COL_PROVIDER));
	json_put_text(json, "operator", text_or_null(rows, i, COL_OPERATOR));
	json_put_text(json, "state", pg_text(rows, i, COL_STATE));
	json_put_text(json, "valid_from", text_or_null(rows, i, COL_FROM));
	json_put_text(json, "valid_to", text_or_null(rows, i, COL_TO));
	json_put_text(json, "contract", pg_text(rows, i, COL_CONTRACT));
	if (pg_null(rows, i, COL_FEE))
		json_put_null(json, "monthly_fee");
	else
		json_put_micro(json, "monthly_fee", pg_int(rows, i, COL_FEE));
	json_put_text(json, "currency", pg_text(rows, i, COL_CURRENCY));
	json_put_text(json, "note", pg_text(rows, i, COL_NOTE));
	json_put_bool(json, "holds", pg_bool(rows, i, COL_HOLDS));
	json_put_time(json, "changed_at", pg_time_us(rows, i, COL_CHANGED));
}
