/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_columns - see import_columns.h. */
#include "common/model/import_columns.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

char *import_attribute_name(const char *text, size_t len)
{
	char name[CLIENT_NAME_BYTES_MAX + 1];

	client_name_normalise(text, len, name);
	return client_attribute_name_ok(name) ? mem_strdup(name) : NULL;
}

static bool refuse_double(const struct import_columns *c, size_t i, size_t k,
			  struct problem *problem)
{
	char found[300];

	snprintf(found, sizeof(found), "\"%.120s\" and \"%.120s\"", c->column[k].header,
		 c->column[i].header);
	problem_line(problem, 1, c->column[i].header, found,
		     "one column of each meaning; rename or remove one of the two");
	return false;
}

/* What the header says; a name that no placeholder can say is replaced. */
static void recognise(struct import_column *column, size_t i)
{
	size_t len = strlen(column->header);
	char name[CLIENT_NAME_BYTES_MAX + 1];

	column->field = client_field_of_header(column->header, len);
	if (column->field != CLIENT_ATTRIBUTE)
		return;
	client_name_normalise(column->header, len, name);
	if (!client_attribute_name_ok(name))
		snprintf(name, sizeof(name), "column_%zu", i + 1);
	column->name = mem_strdup(name);
}

/* The column before the i-th that means the same, or -1. */
static int find_twin(const struct import_columns *c, size_t i)
{
	const struct import_column *column = &c->column[i];

	if (!client_field_is_named(column->field))
		return c->of_field[column->field];
	for (size_t k = 0; k < i; k++)
		if (c->column[k].name != NULL && strcmp(c->column[k].name, column->name) == 0)
			return (int)k;
	return -1;
}

static void ignore(struct import_column *column)
{
	column->field = CLIENT_IGNORED;
	mem_free(column->name);
	column->name = NULL;
}

/* The entry of the mapping for the i-th column, which is the n-th of its header; or NULL. */
static const struct import_mapped *find_mapped(const struct import_mapping *mapping,
					       const struct import_columns *c, size_t i)
{
	const char *header = c->column[i].header;
	size_t before = 0;

	for (size_t k = 0; k < i; k++)
		before += strcmp(c->column[k].header, header) == 0;
	for (size_t k = 0; k < mapping->count; k++)
		if (strcmp(mapping->column[k].header, header) == 0 && before-- == 0)
			return &mapping->column[k];
	return NULL;
}

static bool refuse_many_own(const struct import_column *column, struct problem *problem)
{
	problem_line(
		problem, 1, column->header, "one column more",
		"at most 32 columns of the list's own; leave some out or make them attributes");
	return false;
}

/* Give the i-th column, which means what no other does, its place among those of its kind. */
static void enter(struct import_columns *out, size_t i)
{
	struct import_column *column = &out->column[i];

	if (client_field_of_list(column->field)) {
		column->attribute = (int)out->own_count;
		out->own[out->own_count++] = i;
	} else if (column->field == CLIENT_ATTRIBUTE) {
		column->attribute = (int)out->attributes;
		out->attribute[out->attributes++] = column->name;
	} else {
		out->of_field[column->field] = (int)i;
	}
}

/* `problem` NULL: a column that means the same as one before is ignored. */
static bool read_column(const struct csv_row *row, size_t i, const struct import_mapping *mapping,
			struct import_columns *out, struct problem *problem)
{
	struct import_column *column = &out->column[i];
	const struct import_mapped *mapped;
	size_t len = row->field[i].len;
	const char *text = client_trim(row->field[i].text, &len);
	int twin;

	column->header = mem_strndup(text, len);
	mapped = find_mapped(mapping, out, i);
	if (mapped == NULL) {
		recognise(column, i);
	} else {
		column->field = mapped->field;
		column->name = mapped->name != NULL ? mem_strdup(mapped->name) : NULL;
	}
	if (column->field == CLIENT_IGNORED)
		return true;
	twin = find_twin(out, i);
	if (twin >= 0) {
		if (problem != NULL)
			return refuse_double(out, i, (size_t)twin, problem);
		ignore(column);
		return true;
	}
	if (client_field_of_list(column->field) && out->own_count == LIST_COLUMNS_MAX)
		return refuse_many_own(column, problem);
	enter(out, i);
	return true;
}

static void put_headers(const struct import_columns *c, struct buf *out)
{
	buf_init(out, 4000);
	for (size_t i = 0; i < c->count; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", c->column[i].header);
}

static bool refuse_without_phone(const struct import_columns *c, struct problem *problem)
{
	struct buf found;

	put_headers(c, &found);
	problem_line(
		problem, 1, "phone", buf_str(&found),
		"a column with the phone numbers, named \"Телефон\" or \"phone\", in the first "
		"line; if there is one, rename it, and check that the first line holds the "
		"names");
	buf_deinit(&found);
	return false;
}

/* Every entry of the mapping must have found its column. */
static bool check_mapped(const struct import_columns *c, const struct import_mapping *mapping,
			 struct problem *problem)
{
	struct buf found;

	put_headers(c, &found);
	for (size_t k = 0; k < mapping->count; k++) {
		const char *header = mapping->column[k].header;
		size_t wanted = 0;

		for (size_t i = 0; i <= k; i++)
			wanted += strcmp(mapping->column[i].header, header) == 0;
		for (size_t i = 0; i < c->count; i++)
			wanted -= wanted > 0 && strcmp(c->column[i].header, header) == 0;
		if (wanted > 0)
			problem_line(problem, 1, header, buf_str(&found),
				     "a column with this header; choose the columns again from "
				     "the preview of this file");
	}
	buf_deinit(&found);
	return !problem_found(problem);
}

static bool read_columns(const struct csv_row *row, const struct import_mapping *mapping,
			 struct import_columns *out, struct problem *problem)
{
	bool ok = true;

	memset(out, 0, sizeof(*out));
	for (int f = 0; f < CLIENT_FIELDS; f++)
		out->of_field[f] = -1;
	for (size_t i = 0; i < row->count && ok; i++) {
		ok = read_column(row, i, mapping, out, problem);
		out->count = i + 1;
	}
	return ok;
}

bool import_columns_read(const struct csv_row *row, const struct import_mapping *mapping,
			 struct import_columns *out, struct problem *problem)
{
	return read_columns(row, mapping, out, problem) && check_mapped(out, mapping, problem) &&
	       (out->of_field[CLIENT_PHONE] >= 0 || refuse_without_phone(out, problem));
}

void import_columns_propose(const struct csv_row *row, struct import_columns *out)
{
	static const struct import_mapping none = {0};

	read_columns(row, &none, out, NULL);
}

void import_columns_free(struct import_columns *c)
{
	for (size_t i = 0; i < c->count; i++) {
		mem_free(c->column[i].header);
		mem_free(c->column[i].name);
	}
	client_attribute_types_free(&c->types);
	c->count = 0;
}
