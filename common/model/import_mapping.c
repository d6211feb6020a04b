/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_mapping - see import_mapping.h. */
#include "common/model/import_mapping.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "common/model/import_columns.h"
#include "common/base/mem.h"

#define NAME_CHARS_MAX 100

void import_mapping_free(struct import_mapping *mapping)
{
	for (size_t i = 0; i < mapping->count; i++) {
		mem_free(mapping->column[i].header);
		mem_free(mapping->column[i].name);
	}
	mem_free(mapping->column);
	*mapping = (struct import_mapping){0};
}

bool import_mapping_has_own(const struct import_mapping *mapping)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (client_field_of_list(mapping->column[i].field))
			return true;
	return false;
}

/* --- from a request
 * ------------------------------------------------------------------------------------- */

static enum client_field field_in(struct json_in *in)
{
	const char *name = json_in_text(in, "field", JSON_REQUIRED, NAME_CHARS_MAX);
	int field = name != NULL ? client_field_find(name, strlen(name)) : -1;

	if (name != NULL && field < 0)
		json_in_refuse(in, "field", name,
			       "a field of clients, such as phone or city, attribute, ignored, or "
			       "list_text, list_number, list_date or list_yes_no");
	return field >= 0 ? (enum client_field)field : CLIENT_IGNORED;
}

static char *name_in(struct json_in *in, enum client_field field)
{
	const char *said = json_in_text(in, "attribute", JSON_OPTIONAL, NAME_CHARS_MAX);
	char *name;

	if (!client_field_is_named(field)) {
		if (said != NULL)
			json_in_refuse(in, "attribute", said,
				       "a name only when field is attribute or a column of the "
				       "list, else null");
		return NULL;
	}
	name = said != NULL ? import_attribute_name(said, strlen(said)) : NULL;
	if (name == NULL)
		json_in_refuse(in, "attribute", said != NULL ? said : "nothing",
			       "a name that begins with a letter and holds letters, digits and "
			       "underscores, and is no field's name");
	return name;
}

/* The columns before the i-th must not mean the same. */
static void refuse_twice(struct json_in *in, const struct import_mapping *mapping, size_t i)
{
	const struct import_mapped *now = &mapping->column[i];

	for (size_t k = 0; k < i && now->field != CLIENT_IGNORED; k++) {
		const struct import_mapped *other = &mapping->column[k];

		if (!client_field_is_named(now->field) && other->field == now->field) {
			json_in_refuse(in, "field", client_field_code(now->field),
				       "one column of each meaning");
			return;
		}
		if (now->name != NULL && other->name != NULL &&
		    strcmp(now->name, other->name) == 0) {
			json_in_refuse(in, "attribute", now->name, "a name no other column has");
			return;
		}
	}
}

void import_mapping_in(struct json_in *in, const char *key, struct import_mapping *out)
{
	const cJSON *array = json_in_array(in, key, JSON_OPTIONAL, CSV_COLUMNS_MAX);
	const cJSON *item;

	*out = (struct import_mapping){0};
	if (array == NULL)
		return;
	out->column = mem_calloc((size_t)cJSON_GetArraySize(array), sizeof(*out->column));
	cJSON_ArrayForEach(item, array)
	{
		struct import_mapped *column = &out->column[out->count];
		struct json_in column_in;
		char path[JSON_PATH_MAX];
		const char *header;
		size_t len;

		snprintf(path, sizeof(path), "%s[%zu]", key, out->count);
		json_in_begin(&column_in, item, in->problem, path);
		header = json_in_string(&column_in, "header", JSON_REQUIRED, CSV_ROW_MAX);
		len = header != NULL ? strlen(header) : 0;
		header = header != NULL ? client_trim(header, &len) : "";
		column->header = mem_strndup(header, len);
		column->field = field_in(&column_in);
		column->name = name_in(&column_in, column->field);
		json_in_end(&column_in);
		refuse_twice(&column_in, out, out->count++);
	}
}

/* --- in the database
 * ------------------------------------------------------------------------------------ */

void import_mapping_push(const struct import_mapping *mapping, struct pg_params *params)
{
	const char *text[3][CSV_COLUMNS_MAX];

	for (size_t i = 0; i < mapping->count; i++) {
		text[0][i] = mapping->column[i].header;
		text[1][i] = client_field_code(mapping->column[i].field);
		text[2][i] = mapping->column[i].name;
	}
	for (int k = 0; k < 3; k++)
		pg_param_text_array(params, text[k], mapping->count);
}

static enum client_field field_stored(const char *code, size_t len)
{
	int field = client_field_find(code, len);

	return field >= 0 ? (enum client_field)field : CLIENT_IGNORED;
}

void import_mapping_load(const struct pg_result *rows, size_t i, int col,
			 struct import_mapping *out)
{
	const char *text[3][CSV_COLUMNS_MAX];
	size_t len[3][CSV_COLUMNS_MAX];

	*out = (struct import_mapping){0};
	for (int k = 0; k < 3; k++)
		out->count = pg_text_array(rows, i, col + k, text[k], len[k], CSV_COLUMNS_MAX);
	if (out->count == 0)
		return;
	out->column = mem_calloc(out->count, sizeof(*out->column));
	for (size_t c = 0; c < out->count; c++) {
		struct import_mapped *column = &out->column[c];

		column->header = mem_strndup(text[0][c], len[0][c]);
		column->field = field_stored(text[1][c], len[1][c]);
		if (text[2][c] != NULL)
			column->name = mem_strndup(text[2][c], len[2][c]);
	}
}
