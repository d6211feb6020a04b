/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* json - see json.h. */
#include "common/web/json.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"
#include "common/web/json_out.h"

#define NUMBER_SAFE_MAX 9007199254740991.0 /* 2^53 - 1: what a double holds exactly */

static void install_hooks(void)
{
	cJSON_Hooks hooks = {.malloc_fn = mem_alloc, .free_fn = mem_free};

	cJSON_InitHooks(&hooks);
}

/* Every object below `value`: no member twice, not too many. */
static bool check_members(const cJSON *value, struct err *err)
{
	const cJSON *child;
	size_t count = 0;

	cJSON_ArrayForEach(child, value)
	{
		if (cJSON_IsObject(value)) {
			if (++count > JSON_MEMBERS_MAX)
				return err_set(err, ERR_INPUT, "an object has more than %d members",
					       JSON_MEMBERS_MAX);
			for (const cJSON *other = value->child; other != child; other = other->next)
				if (strcmp(other->string, child->string) == 0)
					return err_set(
						err, ERR_INPUT,
						"member \"%.60s\" stands twice in one object",
						child->string);
		}
		if (child->child != NULL && !check_members(child, err))
			return false;
	}
	return true;
}

bool json_parse(const char *text, size_t len, struct cJSON **out, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	cJSON *doc;

	pthread_once(&once, install_hooks);
	if (!json_scan(text, len, err))
		return false;
	doc = cJSON_ParseWithLength(text, len);
	if (doc == NULL)
		return err_set(err, ERR_INPUT, "the document could not be read");
	if (!check_members(doc, err)) {
		cJSON_Delete(doc);
		return false;
	}
	*out = doc;
	return true;
}

void json_free(struct cJSON **doc)
{
	cJSON_Delete(*doc);
	*doc = NULL;
}

/* --- one object ---------------------------------------------------------------------------------
 */

/* A value in a few words, for `found`. */
static const char *describe(const cJSON *value, char *out, size_t size)
{
	if (value == NULL)
		return "nothing";
	if (cJSON_IsString(value))
		return value->valuestring;
	if (cJSON_IsNumber(value))
		snprintf(out, size, "the number %.17g", value->valuedouble);
	else if (cJSON_IsBool(value))
		snprintf(out, size, "%s", cJSON_IsTrue(value) ? "true" : "false");
	else
		snprintf(out, size, "%s",
			 cJSON_IsNull(value)	? "null"
			 : cJSON_IsArray(value) ? "an array"
						: "an object");
	return out;
}

static void full_path(const struct json_in *in, const char *key, char out[2 * JSON_PATH_MAX])
{
	if (in->path[0] == '\0')
		snprintf(out, 2 * JSON_PATH_MAX, "%.90s", key);
	else
		snprintf(out, 2 * JSON_PATH_MAX, "%s.%.90s", in->path, key);
	out[utf8_valid(out, strlen(out))] = '\0';
}

void json_in_refuse(struct json_in *in, const char *key, const char *found, const char *expected)
{
	char path[2 * JSON_PATH_MAX];

	full_path(in, key, path);
	problem_field(in->problem, path, found, expected);
}

void json_in_begin(struct json_in *in, const struct cJSON *value, struct problem *problem,
		   const char *path)
{
	char text[64];

	memset(in, 0, sizeof(*in));
	in->problem = problem;
	snprintf(in->path, sizeof(in->path), "%s", path);
	if (cJSON_IsObject(value))
		in->object = value;
	else
		problem_field(problem, path[0] == '\0' ? "(the body)" : path,
			      describe(value, text, sizeof(text)), "an object in braces");
}

static const cJSON *member(struct json_in *in, const char *key)
{
	for (size_t i = 0; i < in->asked_count; i++)
		if (strcmp(in->asked[i], key) == 0)
			return cJSON_GetObjectItemCaseSensitive(in->object, key);
	if (in->asked_count == JSON_ASKED_MAX)
		panic("json_in: more than %d members asked for", JSON_ASKED_MAX);
	in->asked[in->asked_count++] = key;
	return cJSON_GetObjectItemCaseSensitive(in->object, key);
}

void json_in_end(struct json_in *in)
{
	const cJSON *child;
	struct buf known;
	struct buf expected;

	if (in->object == NULL)
		return;
	buf_init(&known, 2000);
	buf_init(&expected, 2000);
	for (size_t i = 0; i < in->asked_count; i++)
		buf_printf(&known, "%s%s", i > 0 ? ", " : "", in->asked[i]);
	buf_printf(&expected, "one of %s", buf_str(&known));
	cJSON_ArrayForEach(child, in->object)
	{
		bool asked = false;

		for (size_t i = 0; i < in->asked_count && !asked; i++)
			asked = strcmp(in->asked[i], child->string) == 0;
		if (!asked)
			json_in_refuse(in, child->string, "a member of this name",
				       buf_str(&expected));
	}
	buf_deinit(&expected);
	buf_deinit(&known);
}

bool json_in_has(struct json_in *in, const char *key)
{
	return member(in, key) != NULL;
}

bool json_in_null(struct json_in *in, const char *key)
{
	return cJSON_IsNull(member(in, key));
}

/* The member when there is something to read; NULL when absent (which is said when required). */
static const cJSON *wanted(struct json_in *in, const char *key, enum json_need need,
			   const char *expected)
{
	const cJSON *value = member(in, key);

	if (in->object == NULL)
		return NULL;
	if (value != NULL && !cJSON_IsNull(value))
		return value;
	if (need == JSON_REQUIRED)
		json_in_refuse(in, key, value == NULL ? "nothing" : "null", expected);
	return NULL;
}

static void refuse_value(struct json_in *in, const char *key, const cJSON *value,
			 const char *expected)
{
	char text[64];

	json_in_refuse(in, key, describe(value, text, sizeof(text)), expected);
}

static bool has_control(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t' && *c != '\r') ||
		    *c == 0x7f)
			return true;
	return false;
}

/* A string of min to max characters; NULL when absent or wrong. */
static const char *string_in(struct json_in *in, const char *key, enum json_need need,
			     size_t min_chars, size_t max_chars)
{
	const cJSON *value;
	char expected[64];
	size_t chars;

	snprintf(expected, sizeof(expected), "a string of %zu to %zu characters", min_chars,
		 max_chars);
	value = wanted(in, key, need, expected);
	if (value == NULL)
		return NULL;
	if (!cJSON_IsString(value)) {
		refuse_value(in, key, value, expected);
		return NULL;
	}
	chars = utf8_count(value->valuestring, strlen(value->valuestring));
	if (chars < min_chars || chars > max_chars) {
		char found[48];

		snprintf(found, sizeof(found), "%zu characters", chars);
		json_in_refuse(in, key, chars == 0 ? "an empty string" : found, expected);
		return NULL;
	}
	return value->valuestring;
}

bool json_in_empty(struct json_in *in, const char *key)
{
	const cJSON *value = member(in, key);

	return cJSON_IsString(value) && value->valuestring[0] == '\0';
}

const char *json_in_string(struct json_in *in, const char *key, enum json_need need,
			   size_t max_chars)
{
	return string_in(in, key, need, 0, max_chars);
}

const char *json_in_text(struct json_in *in, const char *key, enum json_need need, size_t max_chars)
{
	const char *text = string_in(in, key, need, 1, max_chars);

	if (text == NULL || !has_control(text))
		return text;
	json_in_refuse(in, key, "a control character", "text without control characters");
	return NULL;
}

int64_t json_in_int(struct json_in *in, const char *key, enum json_need need, int64_t min,
		    int64_t max, int64_t fallback)
{
	const cJSON *value;
	char expected[96];
	double number;

	snprintf(expected, sizeof(expected), "a whole number from %" PRId64 " to %" PRId64, min,
		 max);
	value = wanted(in, key, need, expected);
	if (value == NULL)
		return fallback;
	number = value->valuedouble;
	if (!cJSON_IsNumber(value) || !isfinite(number) || number != floor(number) ||
	    fabs(number) > NUMBER_SAFE_MAX || number < (double)min || number > (double)max) {
		refuse_value(in, key, value, expected);
		return fallback;
	}
	return (int64_t)number;
}

int64_t json_in_id(struct json_in *in, const char *key, enum json_need need)
{
	static const char expected[] = "an id as a string of digits, such as \"12\"";
	const cJSON *value = wanted(in, key, need, expected);
	int64_t id;

	if (value == NULL)
		return 0;
	if (cJSON_IsString(value) && id_parse(value->valuestring, &id))
		return id;
	refuse_value(in, key, value, expected);
	return 0;
}

int64_t json_in_time(struct json_in *in, const char *key, enum json_need need)
{
	static const char expected[] =
		"a time with its zone, such as \"2026-11-22T10:00:00+03:00\"";
	const cJSON *value = wanted(in, key, need, expected);
	int64_t unix_us;

	if (value == NULL)
		return 0;
	if (cJSON_IsString(value) && rfc3339_parse(value->valuestring, &unix_us))
		return unix_us;
	refuse_value(in, key, value, expected);
	return 0;
}

const struct cJSON *json_in_array(struct json_in *in, const char *key, enum json_need need,
				  size_t max)
{
	const cJSON *value;
	char expected[64];
	int count;

	snprintf(expected, sizeof(expected), "an array of 1 to %zu items", max);
	value = wanted(in, key, need, expected);
	if (value == NULL)
		return NULL;
	count = cJSON_GetArraySize(value);
	if (cJSON_IsArray(value) && count > 0 && (size_t)count <= max)
		return value;
	if (cJSON_IsArray(value)) {
		char found[48];

		snprintf(found, sizeof(found), "an array of %d items", count);
		json_in_refuse(in, key, found, expected);
	} else {
		refuse_value(in, key, value, expected);
	}
	return NULL;
}

bool json_in_bool(struct json_in *in, const char *key, enum json_need need, bool fallback)
{
	const cJSON *value = wanted(in, key, need, "true or false");

	if (cJSON_IsBool(value))
		return cJSON_IsTrue(value);
	if (value != NULL)
		refuse_value(in, key, value, "true or false");
	return fallback;
}

bool json_in_number(struct json_in *in, const char *key, enum json_need need, double min,
		    double max, double *out)
{
	const cJSON *value;
	char expected[96];

	snprintf(expected, sizeof(expected), "a number from %.15g to %.15g", min, max);
	value = wanted(in, key, need, expected);
	if (value == NULL)
		return false;
	if (cJSON_IsNumber(value) && isfinite(value->valuedouble) && value->valuedouble >= min &&
	    value->valuedouble <= max) {
		*out = value->valuedouble;
		return true;
	}
	refuse_value(in, key, value, expected);
	return false;
}

bool json_in_date(struct json_in *in, const char *key, enum json_need need, int32_t *out)
{
	static const char expected[] = "a date, such as \"2026-11-22\"";
	const cJSON *value = wanted(in, key, need, expected);

	if (value == NULL)
		return false;
	if (cJSON_IsString(value) && date_parse(value->valuestring, out))
		return true;
	refuse_value(in, key, value, expected);
	return false;
}
