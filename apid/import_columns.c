/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* import_columns - see import_columns.h. */
#include "apid/import_columns.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/sms/template.h"
#include "common/text/utf8.h"

#define NAME_BYTES_MAX 120

/* Headers in the form normalise() gives them. */
static const struct {
	const char *name;
	enum import_field field;
} known_names[] = {
	{"phone", IMPORT_PHONE},
	{"phone_number", IMPORT_PHONE},
	{"mobile", IMPORT_PHONE},
	{"mobile_phone", IMPORT_PHONE},
	{"msisdn", IMPORT_PHONE},
	{"tel", IMPORT_PHONE},
	{"телефон", IMPORT_PHONE},
	{"тел", IMPORT_PHONE},
	{"номер", IMPORT_PHONE},
	{"номер_телефона", IMPORT_PHONE},
	{"мобильный", IMPORT_PHONE},
	{"мобильный_телефон", IMPORT_PHONE},
	{"номер_мобильного_телефона", IMPORT_PHONE},
	{"моб_телефон", IMPORT_PHONE},
	{"сотовый", IMPORT_PHONE},
	{"сотовый_телефон", IMPORT_PHONE},
	{"external_id", IMPORT_EXTERNAL_ID},
	{"id", IMPORT_EXTERNAL_ID},
	{"client_id", IMPORT_EXTERNAL_ID},
	{"customer_id", IMPORT_EXTERNAL_ID},
	{"код", IMPORT_EXTERNAL_ID},
	{"код_клиента", IMPORT_EXTERNAL_ID},
	{"ид", IMPORT_EXTERNAL_ID},
	{"ид_клиента", IMPORT_EXTERNAL_ID},
	{"id_клиента", IMPORT_EXTERNAL_ID},
	{"внешний_код", IMPORT_EXTERNAL_ID},
	{"last_name", IMPORT_LAST_NAME},
	{"lastname", IMPORT_LAST_NAME},
	{"surname", IMPORT_LAST_NAME},
	{"фамилия", IMPORT_LAST_NAME},
	{"first_name", IMPORT_FIRST_NAME},
	{"firstname", IMPORT_FIRST_NAME},
	{"имя", IMPORT_FIRST_NAME},
	{"middle_name", IMPORT_MIDDLE_NAME},
	{"middlename", IMPORT_MIDDLE_NAME},
	{"patronymic", IMPORT_MIDDLE_NAME},
	{"отчество", IMPORT_MIDDLE_NAME},
	{"vestnik_line", IMPORT_IGNORED},
	{"vestnik_field", IMPORT_IGNORED},
	{"vestnik_problem", IMPORT_IGNORED},
};

/* A space at `text`: its length in bytes, or 0.  No-break and other wide spaces count. */
static size_t space_at(const char *text, const char *end)
{
	if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
		return 1;
	if (end - text >= 2 && memcmp(text, "\xc2\xa0", 2) == 0)
		return 2;
	if (end - text >= 3 &&
	    (memcmp(text, "\xe2\x80\xaf", 3) == 0 || memcmp(text, "\xef\xbb\xbf", 3) == 0))
		return 3;
	return 0;
}

const char *import_trim(const char *text, size_t *len)
{
	const char *end = text + *len;
	size_t n;

	while (text < end && (n = space_at(text, end)) > 0)
		text += n;
	for (bool more = true; more && end > text;) {
		more = false;
		for (size_t back = 1; back <= 3 && !more && (size_t)(end - text) >= back; back++)
			if (space_at(end - back, end) == back) {
				end -= back;
				more = true;
			}
	}
	*len = (size_t)(end - text);
	return text;
}

static uint32_t lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	return c == 0x401 ? 0x451 : c;
}

static bool in_name(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x2fff) &&
	       c != UTF8_BAD;
}

/* Lower case; whatever is no letter or digit becomes one underscore. */
static void normalise(const char *text, size_t len, char out[NAME_BYTES_MAX + 1])
{
	const char *at = text;
	const char *end = text + len;
	size_t n = 0;
	bool gap = false;

	while (at < end) {
		uint32_t c = lower(utf8_next(&at, end));
		char bytes[4];
		size_t size;

		if (!in_name(c)) {
			gap = n > 0;
			continue;
		}
		size = utf8_put(c, bytes);
		if (n + size + 1 > NAME_BYTES_MAX)
			break;
		if (gap)
			out[n++] = '_';
		gap = false;
		memcpy(out + n, bytes, size);
		n += size;
	}
	out[n] = '\0';
}

/* Whether a placeholder can say the name. */
static bool sayable(const char *name)
{
	struct template *template = NULL;
	char text[NAME_BYTES_MAX + 8];
	struct err err;
	int len = snprintf(text, sizeof(text), "{%s}", name);

	if (!template_compile(text, (size_t)len, &template, &err))
		return false;
	template_free(&template);
	return true;
}

char *import_attribute_name(const char *text, size_t len)
{
	char name[NAME_BYTES_MAX + 1];

	normalise(text, len, name);
	for (int f = IMPORT_PHONE; f < IMPORT_ATTRIBUTE; f++)
		if (strcmp(name, import_field_name((enum import_field)f)) == 0)
			return NULL;
	return sayable(name) ? mem_strdup(name) : NULL;
}

static enum import_field field_of(const char *name)
{
	for (size_t i = 0; i < sizeof(known_names) / sizeof(known_names[0]); i++)
		if (strcmp(known_names[i].name, name) == 0)
			return known_names[i].field;
	return name[0] == '\0' ? IMPORT_IGNORED : IMPORT_ATTRIBUTE;
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
	char name[NAME_BYTES_MAX + 1];

	normalise(column->header, strlen(column->header), name);
	column->field = field_of(name);
	if (column->field != IMPORT_ATTRIBUTE)
		return;
	if (!sayable(name))
		snprintf(name, sizeof(name), "column_%zu", i + 1);
	column->name = mem_strdup(name);
}

/* The column before the i-th that means the same, or -1. */
static int find_twin(const struct import_columns *c, size_t i)
{
	const struct import_column *column = &c->column[i];

	if (column->field != IMPORT_ATTRIBUTE)
		return c->of_field[column->field];
	for (size_t k = 0; k < i; k++)
		if (c->column[k].name != NULL && strcmp(c->column[k].name, column->name) == 0)
			return (int)k;
	return -1;
}

static void ignore(struct import_column *column)
{
	column->field = IMPORT_IGNORED;
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

/* `problem` NULL: a column that means the same as one before is ignored. */
static bool read_column(const struct csv_row *row, size_t i, const struct import_mapping *mapping,
			struct import_columns *out, struct problem *problem)
{
	struct import_column *column = &out->column[i];
	const struct import_mapped *mapped;
	size_t len = row->field[i].len;
	const char *text = import_trim(row->field[i].text, &len);
	int twin;

	column->header = mem_strndup(text, len);
	mapped = find_mapped(mapping, out, i);
	if (mapped == NULL) {
		recognise(column, i);
	} else {
		column->field = mapped->field;
		column->name = mapped->name != NULL ? mem_strdup(mapped->name) : NULL;
	}
	if (column->field == IMPORT_IGNORED)
		return true;
	twin = find_twin(out, i);
	if (twin >= 0) {
		if (problem != NULL)
			return refuse_double(out, i, (size_t)twin, problem);
		ignore(column);
	} else if (column->field == IMPORT_ATTRIBUTE) {
		column->attribute = (int)out->attributes++;
	} else {
		out->of_field[column->field] = (int)i;
	}
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
	for (int f = 0; f < IMPORT_ATTRIBUTE; f++)
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
	       (out->of_field[IMPORT_PHONE] >= 0 || refuse_without_phone(out, problem));
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
	c->count = 0;
}
