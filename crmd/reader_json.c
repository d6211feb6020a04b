/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reader_json - clients as JSON over HTTP, page by page.
 *
 * `rows` points to the array of objects in an answer ("" is the answer itself).  `next` points to
 * what leads to the next page: an address, or, with `next_parameter`, a value of that parameter;
 * nothing, null or "" is the last page.  "{cursor}" in the address is replaced by the highest value
 * of the cursor column that was read before.
 *
 * A member is a column; members of an object in it are "outer.inner".  The columns are those of the
 * first page. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/web/json.h"
#include "crmd/fetch.h"

#define PAGE_BYTES_MAX (8 << 20)
#define PAGES_MAX      100000
#define URL_BYTES_MAX  8192
#define NAME_BYTES_MAX 200
#define NUMBER_SIZE    40
#define MARK	       "{cursor}"

struct pages {
	struct reading *reading;
	struct cells *cells;
	char *column[CSV_COLUMNS_MAX]; /* "outer.inner" */
	size_t columns;
	struct buf body;
	struct buf url;
	struct buf highest; /* value of the cursor column */
	bool more;	    /* on_row() wants more */
};

static bool take_body(void *arg, const char *data, size_t len, struct err *err)
{
	struct pages *p = arg;

	return buf_add(&p->body, data, len) ||
	       err_set(err, ERR_LIMIT, "a page is larger than 8 MiB; ask for fewer rows a page");
}

/* --- columns and cells
 * ---------------------------------------------------------------------------- */

static void add_column(struct pages *p, const char *name)
{
	for (size_t i = 0; i < p->columns; i++)
		if (strcmp(p->column[i], name) == 0)
			return;
	if (p->columns < CSV_COLUMNS_MAX)
		p->column[p->columns++] = mem_strdup(name);
}

static void add_inner_columns(struct pages *p, const cJSON *outer)
{
	const cJSON *inner;
	char name[NAME_BYTES_MAX];

	cJSON_ArrayForEach(inner, outer)
	{
		snprintf(name, sizeof(name), "%s.%s", outer->string, inner->string);
		add_column(p, name);
	}
}

static void add_row_columns(struct pages *p, const cJSON *row)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, row)
	{
		if (cJSON_IsObject(member))
			add_inner_columns(p, member);
		else
			add_column(p, member->string);
	}
}

static void find_columns(struct pages *p, const cJSON *rows)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, rows)
	{
		if (cJSON_IsObject(row))
			add_row_columns(p, row);
	}
}

static const cJSON *find_member(const cJSON *row, const char *column)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(row, column);
	const char *dot = strchr(column, '.');
	char outer[NAME_BYTES_MAX];

	if (member != NULL || dot == NULL)
		return member;
	snprintf(outer, sizeof(outer), "%.*s", (int)(dot - column), column);
	member = cJSON_GetObjectItemCaseSensitive(row, outer);
	return cJSON_IsObject(member) ? cJSON_GetObjectItemCaseSensitive(member, dot + 1) : NULL;
}

/* One step of a pointer, "~1" for a slash and "~0" for a tilde. */
static const cJSON *step_into(const cJSON *from, const char *step, size_t len)
{
	char name[NAME_BYTES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < sizeof(name); i++) {
		bool escaped = step[i] == '~' && i + 1 < len;

		name[n++] = !escaped ? step[i] : step[++i] == '1' ? '/' : '~';
	}
	name[n] = '\0';
	if (cJSON_IsArray(from))
		return name[strspn(name, "0123456789")] == '\0'
			       ? cJSON_GetArrayItem(from, (int)strtol(name, NULL, 10))
			       : NULL;
	return cJSON_GetObjectItemCaseSensitive(from, name);
}

/* What an RFC 6901 pointer points to; NULL: nothing. */
static const cJSON *find_pointed(const cJSON *doc, const char *pointer)
{
	while (doc != NULL && *pointer == '/') {
		size_t len = strcspn(pointer + 1, "/");

		doc = step_into(doc, pointer + 1, len);
		pointer += len + 1;
	}
	return doc;
}

/* Text, number and truth as they stand; the texts of an array one a line. */
static void put_value(const cJSON *value, struct buf *out)
{
	const cJSON *item;

	if (cJSON_IsString(value)) {
		buf_add_str(out, value->valuestring);
	} else if (cJSON_IsNumber(value)) {
		buf_printf(out, "%.15g", value->valuedouble);
	} else if (cJSON_IsBool(value)) {
		buf_add_str(out, cJSON_IsTrue(value) ? "yes" : "no");
	} else if (cJSON_IsArray(value)) {
		cJSON_ArrayForEach(item, value)
		{
			if (out->len > 0)
				buf_add_char(out, '\n');
			put_value(item, out);
		}
	}
}

/* Numbers by size, everything else (times of ISO 8601) as text. */
static bool is_higher(const char *value, const char *than)
{
	char *value_end, *than_end;
	double a = strtod(value, &value_end);
	double b = strtod(than, &than_end);

	if (value[0] != '\0' && than[0] != '\0' && *value_end == '\0' && *than_end == '\0')
		return a > b;
	return strcmp(value, than) > 0;
}

static bool put_row(struct pages *p, const cJSON *row)
{
	const char *cursor_column = p->reading->source->cursor_column;
	struct buf value;
	bool more;

	buf_init(&value, CSV_ROW_MAX);
	for (size_t i = 0; i < p->columns; i++) {
		buf_reset(&value);
		put_value(find_member(row, p->column[i]), &value);
		cells_add(p->cells, buf_str(&value), value.len);
		if (cursor_column != NULL && strcmp(p->column[i], cursor_column) == 0 &&
		    is_higher(buf_str(&value), buf_str(&p->highest))) {
			buf_reset(&p->highest);
			buf_add_str(&p->highest, buf_str(&value));
		}
	}
	more = cells_end_row(p->cells);
	buf_deinit(&value);
	return more;
}

static void put_rows(struct pages *p, const cJSON *rows)
{
	const cJSON *row;

	if (p->cells->line == 0) {
		find_columns(p, rows);
		for (size_t i = 0; i < p->columns; i++)
			cells_add(p->cells, p->column[i], strlen(p->column[i]));
		p->more = p->columns == 0 || cells_end_row(p->cells);
	}
	cJSON_ArrayForEach(row, rows)
	{
		if (p->more)
			p->more = put_row(p, row);
	}
}

/* --- pages
 * ---------------------------------------------------------------------------------------- */

static void add_encoded(struct buf *url, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
		    (*c >= 'a' && *c <= 'z') || strchr("-._~", *c) != NULL)
			buf_add_char(url, *c);
		else
			buf_printf(url, "%%%02X", (unsigned char)*c);
	}
}

/* The address of the source, with the cursor set in. */
static void first_url(struct pages *p)
{
	const char *url = source_setting(p->reading->source, "url", "");
	const char *mark = strstr(url, MARK);
	const char *from = p->reading->complete ? NULL : p->reading->from;

	if (mark == NULL) {
		buf_add_str(&p->url, url);
		return;
	}
	buf_add(&p->url, url, (size_t)(mark - url));
	add_encoded(&p->url, from != NULL ? from : "");
	buf_add_str(&p->url, mark + strlen(MARK));
}

/* Up to the path: a page may not lead to another server, which would get the password. */
static size_t origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host == NULL ? 0 : (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
}

static bool follow_link(struct pages *p, const char *next, struct err *err)
{
	const char *first = source_setting(p->reading->source, "url", "");
	size_t origin = origin_len(first);

	buf_reset(&p->url);
	if (next[0] == '/' && next[1] != '/')
		buf_add(&p->url, first, origin);
	else if (origin_len(next) != origin || strncmp(next, first, origin) != 0)
		return err_set(err, ERR_INPUT,
			       "the next page is on another server than the first; that is not "
			       "followed");
	buf_add_str(&p->url, next);
	return true;
}

static void set_parameter(struct pages *p, const char *name, const char *value)
{
	buf_reset(&p->url);
	first_url(p);
	buf_printf(&p->url, "%c%s=", strchr(buf_str(&p->url), '?') != NULL ? '&' : '?', name);
	add_encoded(&p->url, value);
}

/* *more_out: p->url is the next page. */
static bool find_next(struct pages *p, const cJSON *doc, bool *more_out, struct err *err)
{
	const char *pointer = source_setting(p->reading->source, "next", "");
	const char *parameter = source_setting(p->reading->source, "next_parameter", "");
	const cJSON *next = pointer[0] != '\0' ? find_pointed(doc, pointer) : NULL;
	struct buf value;
	bool ok = true;

	buf_init(&value, URL_BYTES_MAX);
	if (next != NULL)
		put_value(next, &value);
	*more_out = value.len > 0 && !cJSON_IsBool(next);
	if (*more_out && parameter[0] != '\0')
		set_parameter(p, parameter, buf_str(&value));
	else if (*more_out)
		ok = follow_link(p, buf_str(&value), err);
	buf_deinit(&value);
	return ok;
}

static bool no_json(struct err *err)
{
	char reason[sizeof(err->msg)];

	snprintf(reason, sizeof(reason), "%s", err->msg);
	return err_set(err, ERR_INPUT, "the answer is no JSON: %s", reason);
}

static bool read_page(struct pages *p, bool *more_out, struct err *err)
{
	const char *pointer = source_setting(p->reading->source, "rows", "");
	struct fetch fetch = {.reading = p->reading,
			      .url = buf_str(&p->url),
			      .bytes_max = PAGE_BYTES_MAX,
			      .sink = take_body,
			      .arg = p};
	struct cJSON *doc = NULL;
	const cJSON *rows;
	bool ok;

	buf_reset(&p->body);
	if (!fetch_run(&fetch, err))
		return false;
	if (!json_parse(p->body.data != NULL ? p->body.data : "", p->body.len, &doc, err))
		return no_json(err);
	rows = pointer[0] == '\0' ? doc : find_pointed(doc, pointer);
	if (cJSON_IsArray(rows)) {
		put_rows(p, rows);
		ok = find_next(p, doc, more_out, err);
	} else {
		ok = err_set(err, ERR_INPUT,
			     "the answer has no array at \"%.100s\"; check where the rows are",
			     pointer);
	}
	json_free(&doc);
	return ok;
}

static bool read_pages(struct pages *p, struct err *err)
{
	bool more = true;

	for (int i = 0; i < PAGES_MAX && more && p->more; i++)
		if (!read_page(p, &more, err))
			return false;
	return !more || !p->more ||
	       err_set(err, ERR_LIMIT, "there are more than %d pages; the pages lead in a circle",
		       PAGES_MAX);
}

bool reader_json(struct reading *r, struct err *err)
{
	struct pages *p = mem_calloc(1, sizeof(*p));
	bool ok;

	p->reading = r;
	p->more = true;
	p->cells = mem_calloc(1, sizeof(*p->cells));
	cells_init(p->cells, r);
	buf_init(&p->body, PAGE_BYTES_MAX);
	buf_init(&p->url, URL_BYTES_MAX);
	buf_init(&p->highest, READER_CURSOR_MAX);
	if (r->from != NULL && !r->complete)
		buf_add_str(&p->highest, r->from);
	first_url(p);
	ok = read_pages(p, err);
	if (p->cells->line > 0) /* no rows: nothing is new */
		buf_add_str(&r->next, p->highest.len > 0 ? buf_str(&p->highest) : "read");
	for (size_t i = 0; i < p->columns; i++)
		mem_free(p->column[i]);
	buf_deinit(&p->body);
	buf_deinit(&p->url);
	buf_deinit(&p->highest);
	cells_deinit(p->cells);
	mem_free(p->cells);
	mem_free(p);
	return ok;
}
