/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_check - see import_check.h. */
#include "apid/import_check.h"

#include <stdio.h>
#include <string.h>

#include "common/model/phone.h"
#include "common/sms/msisdn.h"
#include "common/text/utf8.h"

bool import_row_is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->field[i].len > 0)
			return false;
	return row->problem == NULL;
}

/* The trimmed text of a column; false when it is too long. */
static bool take_text(const struct csv_row *row, int column, struct csv_field *out)
{
	*out = (struct csv_field){0};
	if (column < 0 || (size_t)column >= row->count)
		return true;
	out->len = row->field[column].len;
	out->text = import_trim(row->field[column].text, &out->len);
	return out->len <= IMPORT_TEXT_CHARS_MAX ||
	       utf8_count(out->text, out->len) <= IMPORT_TEXT_CHARS_MAX;
}

static bool take_phone(const struct import_columns *columns, const struct csv_row *row,
		       struct import_client *c, struct import_fault *fault)
{
	static _Thread_local struct err err;
	struct csv_field text;
	int column = columns->of_field[IMPORT_PHONE];

	if (column < 0)
		return true;
	take_text(row, column, &text);
	fault->field = columns->column[column].header;
	fault->found = row->field[column].text;
	if (text.len == 0) {
		fault->found = "nothing";
		fault->expected = "a mobile phone number";
		return false;
	}
	if (!msisdn_parse(text.text, text.len, &c->msisdn, &err)) {
		fault->expected = err.msg;
		return false;
	}
	if (!phone_usable(c->msisdn)) {
		fault->expected = "a mobile phone number; this one takes no SMS";
		return false;
	}
	return true;
}

static bool take_columns(const struct import_columns *columns, const struct csv_row *row,
			 struct import_client *c, struct import_fault *fault)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct import_column *column = &columns->column[i];
		struct csv_field text;

		if (column->field == IMPORT_IGNORED || column->field == IMPORT_PHONE)
			continue;
		if (!take_text(row, (int)i, &text)) {
			*fault = (struct import_fault){column->header, "a longer text",
						       "at most 1,000 characters"};
			return false;
		}
		if (column->field == IMPORT_ATTRIBUTE) {
			c->value[column->attribute] = text.len > 0 ? text.text : NULL;
			c->value_len[column->attribute] = text.len;
		} else if (column->field == IMPORT_EXTERNAL_ID) {
			c->external_id = text;
		} else if (column->field == IMPORT_LAST_NAME) {
			c->last_name = text;
		} else if (column->field == IMPORT_FIRST_NAME) {
			c->first_name = text;
		} else {
			c->middle_name = text;
		}
	}
	if (columns->of_field[IMPORT_EXTERNAL_ID] >= 0 && c->external_id.len == 0) {
		*fault = (struct import_fault){
			columns->column[columns->of_field[IMPORT_EXTERNAL_ID]].header, "nothing",
			"the client's code, because the file has a column of them"};
		return false;
	}
	return true;
}

bool import_row_check(const struct import_columns *columns, const struct csv_row *row,
		      struct import_client *c, struct import_fault *fault)
{
	static _Thread_local char found[64];
	static _Thread_local char expected[64];

	c->msisdn = 0;
	c->external_id = c->last_name = c->first_name = c->middle_name = (struct csv_field){0};
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
	return take_phone(columns, row, c, fault) && take_columns(columns, row, c, fault);
}

bool import_is_workbook(const char *head, size_t len, struct problem *problem)
{
	static const char zip[] = {'P', 'K', 3, 4};
	static const char ole[] = {(char)0xd0, (char)0xcf, 0x11, (char)0xe0};

	if (len < 4 || (memcmp(head, zip, 4) != 0 && memcmp(head, ole, 4) != 0))
		return false;
	problem_line(problem, 1, "(the file)", "an Excel workbook",
		     "a CSV file; in Excel choose File, Save as, CSV UTF-8, and upload that");
	return true;
}
