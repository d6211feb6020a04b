/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_fuzz - a file of clients and what a person says its columns mean, both any bytes: whatever
 * is taken has a phone column and no two columns of one meaning, every row taken is a client, and
 * every cell and problem comes back from JSON as it stood.
 *
 * Input: a JSON document with member `columns`, a zero byte, the file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

/* The parts of apid that read files, whose objects this target is not linked with. */
#include "common/model/import_check.h"
#include "common/model/import_columns.h"
#include "common/model/import_mapping.h"
#include "common/web/json_out.h"

struct file {
	struct import_mapping mapping;
	struct import_columns columns;	/* as an import reads them */
	struct import_columns proposed; /* as a preview shows them */
	struct problem problem;
	bool header_read;
	bool refused;
};

static void check_problem(const struct problem *problem)
{
	struct cJSON *doc = NULL;
	struct err err = {0};
	struct buf text;

	if (!problem_found(problem))
		return;
	buf_init(&text, 8 << 20);
	problem_render(problem, LANG_RU, &text);
	if (!json_parse(buf_str(&text), text.len, &doc, &err))
		abort();
	json_free(&doc);
	buf_deinit(&text);
}

static void check_columns(const struct import_columns *c)
{
	int of_field[CLIENT_MEANINGS] = {0};

	for (size_t i = 0; i < c->count; i++) {
		const struct import_column *column = &c->column[i];

		of_field[column->field]++;
		if ((column->field == CLIENT_ATTRIBUTE) != (column->name != NULL))
			abort();
		if (column->name != NULL && !client_attribute_name_ok(column->name))
			abort();
		for (size_t k = 0; k < i && column->name != NULL; k++)
			if (c->column[k].name != NULL &&
			    strcmp(c->column[k].name, column->name) == 0)
				abort();
	}
	for (int f = 0; f < CLIENT_FIELDS; f++)
		if (of_field[f] > 1 || (of_field[f] == 1) != (c->of_field[f] >= 0))
			abort();
	if ((size_t)of_field[CLIENT_ATTRIBUTE] != c->attributes)
		abort();
}

/* A cell as the preview writes it is the cell again when JSON is read. */
static void check_cells(const struct csv_row *row)
{
	struct cJSON *doc = NULL;
	const cJSON *cell;
	struct json_out json;
	struct err err = {0};
	struct buf text;
	size_t i = 0;

	buf_init(&text, 8 << 20);
	json_out_init(&json, &text);
	json_array(&json, NULL);
	for (size_t k = 0; k < row->count; k++)
		json_put_text_len(&json, NULL, row->field[k].text, row->field[k].len);
	json_array_end(&json);
	if (!json_parse(buf_str(&text), text.len, &doc, &err))
		abort();
	cJSON_ArrayForEach(cell, doc)
	{
		if (strcmp(cell->valuestring, row->field[i++].text) != 0)
			abort();
	}
	json_free(&doc);
	buf_deinit(&text);
}

static void check_row(const struct import_columns *columns, const struct csv_row *row)
{
	static struct client_row client;
	struct import_fault fault = {0};

	if (import_row_check(columns, row, &client, &fault)) {
		if (columns->of_field[CLIENT_PHONE] >= 0 && client.field[CLIENT_PHONE].number <= 0)
			abort();
		if (columns->of_field[CLIENT_EXTERNAL_ID] >= 0 &&
		    client.field[CLIENT_EXTERNAL_ID].len == 0)
			abort();
	} else if (fault.field == NULL || fault.found == NULL || fault.expected == NULL) {
		abort();
	}
}

static bool on_row(const struct csv_row *row, void *arg)
{
	struct file *file = arg;

	if (import_row_is_empty(row))
		return true;
	if (row->problem == NULL)
		check_cells(row);
	if (file->header_read) {
		if (!file->refused)
			check_row(&file->columns, row);
		check_row(&file->proposed, row);
		return true;
	}
	if (row->problem != NULL)
		return false;
	file->header_read = true;
	import_columns_propose(row, &file->proposed);
	check_columns(&file->proposed);
	file->refused = !import_columns_read(row, &file->mapping, &file->columns, &file->problem);
	if (file->refused != problem_found(&file->problem))
		abort();
	if (!file->refused) {
		check_columns(&file->columns);
		if (file->columns.of_field[CLIENT_PHONE] < 0)
			abort();
	}
	return true;
}

/* False: the mapping was refused, so that no file is read with it. */
static bool read_mapping(const char *text, size_t len, struct file *file)
{
	struct cJSON *doc = NULL;
	struct json_in in;
	struct err err;
	bool ok;

	if (len == 0 || !json_parse(text, len, &doc, &err))
		return true;
	json_in_begin(&in, doc, &file->problem, "");
	import_mapping_in(&in, "columns", &file->mapping);
	ok = !problem_found(&file->problem);
	json_free(&doc);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct file file;
	const uint8_t *zero = memchr(data, 0, len);
	size_t head = zero != NULL ? (size_t)(zero - data) : 0;
	size_t skip = zero != NULL ? head + 1 : 0;
	struct csv *csv;

	memset(&file, 0, sizeof(file));
	problem_init(&file.problem);
	if (read_mapping((const char *)data, head, &file)) {
		csv = csv_new(on_row, &file);
		if (csv_feed(csv, (const char *)data + skip, len - skip))
			csv_end(csv);
		csv_free(&csv);
	}
	check_problem(&file.problem);
	import_mapping_free(&file.mapping);
	import_columns_free(&file.columns);
	import_columns_free(&file.proposed);
	problem_deinit(&file.problem);
	return 0;
}
