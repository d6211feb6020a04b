/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_in - the settings of an account from a document, by the rows of common/model/account.h.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "apid/account.h"
#include "common/base/mem.h"

#define TEXT_BYTES_MAX	2000
#define VALUE_BYTES_MAX 16384
#define PAIRS_COUNT_MAX 64
#define INTEGER_MAX	9007199254740991 /* what JSON carries exactly */
#define FIELD_SIZE	200

static void refuse(struct problem *problem, const char *key, const char *found,
		   const char *expected)
{
	problem_field(problem, key, found, expected);
}

/* A text that PostgreSQL and a line of a log can hold. */
static bool is_plain(const char *text, size_t max)
{
	const char *end = text + strlen(text);

	if ((size_t)(end - text) > max)
		return false;
	for (; text < end; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

/* --- pairs ---------------------------------------------------------------------------------------
 */

static void free_pairs(struct config_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		mem_free(pairs->items[i].key);
		mem_free(pairs->items[i].value);
	}
	mem_free(pairs->items);
	*pairs = (struct config_pairs){0};
}

bool account_pairs_in(const struct cJSON *object, struct config_pairs *out)
{
	const cJSON *item;

	free_pairs(out);
	if (!cJSON_IsObject(object) || cJSON_GetArraySize(object) > PAIRS_COUNT_MAX)
		return false;
	out->items = mem_calloc((size_t)cJSON_GetArraySize(object) + 1, sizeof(*out->items));
	cJSON_ArrayForEach(item, object)
	{
		struct config_pair *pair = &out->items[out->count];

		if (!cJSON_IsString(item) || item->valuestring[0] == '\0' ||
		    strlen(item->valuestring) > VALUE_BYTES_MAX)
			return false;
		pair->key = mem_strdup(item->string);
		pair->value = mem_strdup(item->valuestring);
		out->count++;
	}
	return true;
}

/* --- one value -----------------------------------------------------------------------------------
 */

static void read_text(const struct config_row *row, const cJSON *item, char **field,
		      struct problem *problem)
{
	const char *text = cJSON_IsNull(item) ? "" : cJSON_GetStringValue(item);

	if (text == NULL || !is_plain(text, TEXT_BYTES_MAX)) {
		refuse(problem, row->key, "another kind of value",
		       "a text of one line, at most 2,000 characters");
		return;
	}
	mem_free(*field);
	*field = mem_strdup(text);
}

static void read_integer(const struct config_row *row, const cJSON *item, int64_t *field,
			 struct problem *problem)
{
	int64_t max = row->max == 0 && row->min == 0	       ? INTEGER_MAX
		      : row->max > 0 && row->max < INTEGER_MAX ? row->max
							       : INTEGER_MAX;
	double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
	char expected[120], found[40] = "another kind of value";

	if (value == floor(value) && value >= (double)row->min && value <= (double)max) {
		*field = (int64_t)value;
		return;
	}
	if (cJSON_IsNumber(item))
		(void)snprintf(found, sizeof(found), "%.15g", value);
	(void)snprintf(expected, sizeof(expected), "a whole number from %lld to %lld",
		       (long long)row->min, (long long)max);
	refuse(problem, row->key, found, expected);
}

static void read_word(const struct config_row *row, const cJSON *item, int *field,
		      struct problem *problem)
{
	const char *text = cJSON_GetStringValue(item);
	char expected[200] = "";

	for (int i = 0; text != NULL && row->words[i] != NULL; i++)
		if (strcmp(row->words[i], text) == 0) {
			*field = i;
			return;
		}
	for (int i = 0; row->words[i] != NULL; i++) {
		size_t len = strlen(expected);

		(void)snprintf(expected + len, sizeof(expected) - len, "%s%s", i > 0 ? ", " : "",
			       row->words[i]);
	}
	refuse(problem, row->key, text != NULL ? text : "another kind of value", expected);
}

static void read_pairs(const struct config_row *row, const cJSON *item, struct config_pairs *field,
		       struct problem *problem)
{
	if (!account_pairs_in(item, field))
		refuse(problem, row->key, "another kind of value",
		       "an object of texts, none of them empty");
}

static void read_value(const struct config_row *row, const cJSON *item, struct account_settings *s,
		       struct problem *problem)
{
	void *field = (char *)s + row->offset;

	switch (row->type) {
	case CONFIG_BOOL:
		if (cJSON_IsBool(item))
			*(bool *)field = cJSON_IsTrue(item);
		else
			refuse(problem, row->key, "another kind of value", "true or false");
		return;
	case CONFIG_ENUM:
		read_word(row, item, field, problem);
		return;
	case CONFIG_INT:
	case CONFIG_MS:
		read_integer(row, item, field, problem);
		return;
	case CONFIG_PAIRS:
		read_pairs(row, item, field, problem);
		return;
	default:
		read_text(row, item, field, problem);
	}
}

/* --- all of them ---------------------------------------------------------------------------------
 */

static const struct config_row *find_row(const char *key)
{
	for (const struct config_row *row = account_rows; row->key != NULL; row++)
		if (strcmp(row->key, key) == 0)
			return row;
	return NULL;
}

/* What the value is, where the rules between settings refuse it; never a secret. */
static const char *found_at(const struct config_row *row, const struct account_settings *s,
			    char out[FIELD_SIZE])
{
	const void *field = (const char *)s + row->offset;

	if (strcmp(row->key, "password") == 0 || row->type == CONFIG_PAIRS)
		return "something else";
	if (row->type == CONFIG_ENUM)
		return row->words[*(const int *)field];
	if (row->type == CONFIG_STR) {
		const char *text = *(char *const *)field;

		return text[0] != '\0' ? text : "nothing";
	}
	(void)snprintf(out, FIELD_SIZE, "%" PRId64, *(const int64_t *)field);
	return out;
}

static void check_kinds(const cJSON *doc, const struct account_settings *s, struct problem *problem)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, doc)
	{
		const struct config_row *row = find_row(item->string);

		if (row == NULL)
			refuse(problem, item->string, "a member of this name",
			       "no such member; see GET /v1/account-settings");
		else if (!account_row_is_of(row, (enum account_kind)s->kind))
			refuse(problem, item->string, "something",
			       s->kind == ACCOUNT_HTTP
				       ? "nothing: this is of accounts of kind smpp"
				       : "nothing: this is of accounts of kind http");
	}
}

void account_in(const struct cJSON *doc, struct account_settings *s, struct problem *problem)
{
	const cJSON *item;
	const char *key = NULL;
	char found[FIELD_SIZE];
	struct err err = {0};

	if (!cJSON_IsObject(doc)) {
		refuse(problem, "", "another kind of value", "an object");
		return;
	}
	cJSON_ArrayForEach(item, doc)
	{
		const struct config_row *row = find_row(item->string);

		if (row != NULL)
			read_value(row, item, s, problem);
	}
	check_kinds(doc, s, problem);
	if (!problem_found(problem) && !account_settings_check(s, &key, &err))
		refuse(problem, key, found_at(find_row(key), s, found), err.msg);
}
