/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* token_request - see token_request.h. */
#include "apid/token_request.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "common/web/address.h"

#define NAME_CHARS    100
#define NOTE_CHARS    1000
#define PARTS_MAX     INT64_C(1000000000000)
#define MONEY_CHARS   20
#define MONEY_WHOLE   9
#define MONEY_DECIMAL 6

/* --- lists of texts ------------------------------------------------------------------------------
 */

/* The texts of an array into `out`; null and an absent member are none. */
static size_t texts_in(struct json_in *in, const char *key, enum json_need need, const char **out,
		       size_t max, const char *expected)
{
	const cJSON *list = json_in_array(in, key, need, max);
	const cJSON *value;
	size_t count = 0;

	cJSON_ArrayForEach(value, list)
	{
		if (!cJSON_IsString(value)) {
			json_in_refuse(in, key, "another value", expected);
			return 0;
		}
		out[count++] = value->valuestring;
	}
	return count;
}

static void rights_in(struct json_in *in, enum json_need need, struct token_request *t)
{
	static const char expected[] = "rights that a program may have, each once, or * alone";

	t->right_count = texts_in(in, "rights", need, t->right, RIGHTS, expected);
	for (size_t i = 0; i < t->right_count; i++) {
		uint64_t right = rights_of_names(t->right[i]) & rights_of_token();
		bool all = strcmp(t->right[i], "*") == 0;

		if ((all && t->right_count > 1) ||
		    (!all && right_of_name(t->right[i]) == RIGHT_FORGOTTEN) || right == 0 ||
		    (t->rights & right) != 0)
			json_in_refuse(in, "rights", t->right[i], expected);
		t->rights |= right;
	}
}

static void templates_in(struct json_in *in, struct token_request *t)
{
	static const char expected[] = "ids of templates from GET /v1/templates, or null for any";
	const char *text[SEND_TEMPLATES_MAX];

	t->template_count =
		texts_in(in, "templates", JSON_OPTIONAL, text, SEND_TEMPLATES_MAX, expected);
	for (size_t i = 0; i < t->template_count; i++)
		if (!id_parse(text[i], &t->template_id[i]))
			json_in_refuse(in, "templates", text[i], expected);
}

static void addresses_in(struct json_in *in, struct token_request *t)
{
	static const char expected[] =
		"networks such as 10.20.0.0/16 or 192.0.2.7, or null for any address";
	struct address_range range;

	t->address_count =
		texts_in(in, "addresses", JSON_OPTIONAL, t->address, TOKEN_ADDRESSES_MAX, expected);
	for (size_t i = 0; i < t->address_count; i++)
		if (!address_range_parse(t->address[i], &range))
			json_in_refuse(in, "addresses", t->address[i], expected);
}

/* --- limits --------------------------------------------------------------------------------------
 */

static bool is_money(const char *text)
{
	size_t whole = strspn(text, "0123456789"), decimals = 0;

	if (whole < 1 || whole > MONEY_WHOLE)
		return false;
	if (text[whole] == '.') {
		decimals = strspn(text + whole + 1, "0123456789");
		if (decimals < 1 || decimals > MONEY_DECIMAL)
			return false;
		decimals++;
	}
	return text[whole + decimals] == '\0' && text[strspn(text, "0.")] != '\0';
}

static const char *money_in(struct json_in *in, const char *key)
{
	const char *text = json_in_text(in, key, JSON_OPTIONAL, MONEY_CHARS);

	if (text != NULL && !is_money(text))
		json_in_refuse(in, key, text, "a sum such as \"2500.00\", or null for no limit");
	return text;
}

static int64_t parts_in(struct json_in *in, const char *key)
{
	if (json_in_null(in, key))
		return 0;
	return json_in_int(in, key, JSON_OPTIONAL, 1, PARTS_MAX, 0);
}

static void limits_in(struct json_in *in, struct token_request *t)
{
	struct json_in limits;

	if (json_in_null(in, "limits"))
		return;
	json_in_begin(&limits, cJSON_GetObjectItemCaseSensitive(in->object, "limits"), in->problem,
		      "limits");
	t->parts_per_hour = parts_in(&limits, "parts_per_hour");
	t->parts_per_day = parts_in(&limits, "parts_per_day");
	t->money_per_hour = money_in(&limits, "money_per_hour");
	t->money_per_day = money_in(&limits, "money_per_day");
	json_in_end(&limits);
}

/* --- all of it -----------------------------------------------------------------------------------
 */

void token_request_read(struct json_in *in, bool fresh, struct token_request *out)
{
	*out = (struct token_request){.note = ""};
	if (fresh) {
		out->name = json_in_text(in, "name", JSON_REQUIRED, NAME_CHARS);
		out->department_id = json_in_id(in, "department_id", JSON_OPTIONAL);
	}
	out->note_asked = json_in_has(in, "note");
	if (out->note_asked && !json_in_empty(in, "note"))
		out->note = json_in_text(in, "note", JSON_REQUIRED, NOTE_CHARS);
	out->rights_asked = json_in_has(in, "rights");
	rights_in(in, fresh || out->rights_asked ? JSON_REQUIRED : JSON_OPTIONAL, out);
	out->templates_asked = json_in_has(in, "templates");
	templates_in(in, out);
	out->addresses_asked = json_in_has(in, "addresses");
	addresses_in(in, out);
	out->expires_asked = json_in_has(in, "expires_at");
	out->expires_at_us = json_in_time(in, "expires_at", JSON_OPTIONAL);
	out->limits_asked = json_in_has(in, "limits");
	if (out->limits_asked)
		limits_in(in, out);
}

void token_request_push(struct pg_params *params, const struct token_request *t)
{
	pg_param_text(params, t->note);
	pg_param_text_array(params, t->right, t->right_count);
	if (t->template_count > 0)
		pg_param_int64_array(params, t->template_id, t->template_count);
	else
		pg_param_null(params);
	if (t->address_count > 0)
		pg_param_text_array(params, t->address, t->address_count);
	else
		pg_param_null(params);
	if (t->expires_at_us != 0)
		pg_param_time_us(params, t->expires_at_us);
	else
		pg_param_null(params);
}

bool token_request_limits(const struct token_request *t)
{
	return t->parts_per_hour != 0 || t->parts_per_day != 0 || t->money_per_hour != NULL ||
	       t->money_per_day != NULL;
}

static void push_parts(struct pg_params *params, int64_t parts)
{
	if (parts == 0)
		pg_param_null(params);
	else
		pg_param_int64(params, parts);
}

void token_request_push_limits(struct pg_params *params, const struct token_request *t)
{
	push_parts(params, t->parts_per_hour);
	push_parts(params, t->parts_per_day);
	pg_param_text(params, t->money_per_hour);
	pg_param_text(params, t->money_per_day);
}
