/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_check - see import_check.h. */
#include "common/model/import_check.h"

#include <stdio.h>
#include <string.h>

#include "common/text/xlsx.h"

bool import_row_is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->field[i].len > 0)
			return false;
	return row->problem == NULL;
}

/* What is expected of a cell that may not be empty; NULL: it may. */
static const char *needed(enum client_field field)
{
	if (field == CLIENT_PHONE)
		return "a mobile phone number";
	return field == CLIENT_EXTERNAL_ID
		       ? "the client's code, because the file has a column of them"
		       : NULL;
}

/* What a column holds, and where its value goes. */
static struct client_value *place_of(const struct import_columns *columns,
				     const struct import_column *column, struct client_row *out,
				     enum client_kind *kind, const struct client_choices **choices)
{
	*choices = NULL;
	if (client_field_of_list(column->field)) {
		*kind = client_list_kind(column->field);
		return &out->own[column->attribute];
	}
	if (column->field == CLIENT_ATTRIBUTE) {
		*kind = columns->types.kind[column->attribute];
		*choices = &columns->types.choices[column->attribute];
		return &out->attribute[column->attribute];
	}
	*kind = client_fields[column->field].kind;
	return &out->field[column->field];
}

static bool take(const struct import_columns *columns, size_t i, const struct csv_field *cell,
		 struct client_row *out, struct import_fault *fault)
{
	static _Thread_local struct err err;
	const struct import_column *column = &columns->column[i];
	const struct client_choices *choices;
	enum client_kind kind;
	struct client_value *value = place_of(columns, column, out, &kind, &choices);

	if (!client_value_parse(kind, choices, cell->text, cell->len, &out->room, value, &err)) {
		*fault = (struct import_fault){column->header, cell->text, err.msg};
		if (kind == CLIENT_KIND_TEXT)
			fault->found = "a longer text";
		return false;
	}
	if (value->text != NULL || needed(column->field) == NULL)
		return true;
	*fault = (struct import_fault){column->header, "nothing", needed(column->field)};
	return false;
}

bool import_row_check(const struct import_columns *columns, const struct csv_row *row,
		      struct client_row *out, struct import_fault *fault)
{
	static _Thread_local char found[64];
	static _Thread_local char expected[64];

	out->room.used = 0;
	if (row->problem != NULL) {
		*fault = (struct import_fault){"(the row)", "a broken row", row->problem};
		return false;
	}
	if (row->count != columns->count) {
		snprintf(found, sizeof(found), "%zu columns", row->count);
		snprintf(expected, sizeof(expected), "%zu columns, as in the first line",
			 columns->count);
		*fault = (struct import_fault){"(the row)", found, expected};
		return false;
	}
	for (size_t i = 0; i < columns->count; i++)
		if (columns->column[i].field != CLIENT_IGNORED &&
		    !take(columns, i, &row->field[i], out, fault))
			return false;
	return true;
}

bool import_is_old_workbook(const char *head, size_t len, struct problem *problem)
{
	if (!xlsx_is_old_workbook(head, len))
		return false;
	problem_line(problem, 1, "(the file)", "a workbook of an old Excel, or one with a password",
		     "an .xlsx workbook without a password, or a CSV file; in Excel choose File, "
		     "Save as, and upload that");
	return true;
}

void import_refuse_workbook(struct problem *problem, const struct err *err)
{
	problem_line(problem, 1, "(the file)", "an Excel workbook", err->msg);
}
