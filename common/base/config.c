/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config - see config.h.
 *
 * A walk over libyaml's events, which are pulled one at a time: the first thing that no row allows
 * ends it, so nothing deeper or longer than the rows describe is ever built. */
#include "common/base/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "common/base/buf.h"
#include "common/base/config_value.h"
#include "common/base/mem.h"

#define FILE_BYTES_MAX (1024 * 1024)
#define KEY_BYTES_MAX  128
#define DEPTH_MAX      8

struct walk {
	yaml_parser_t parser;
	yaml_event_t event; /* the current one; released by the next advance() or at the end */
	const char *name;
	const char *text;
	size_t len;
	const struct config_row *rows;
	void *out;
	bool *row_seen; /* by row */
	/* Bit d of entry r: the section that is the first d + 1 words of row r's key was seen; r is
	 * the first row inside that section. */
	unsigned char *section_seen;
	struct err *err;
};

static size_t count_rows(const struct config_row *rows)
{
	size_t count = 0;

	while (rows[count].key != NULL)
		count++;
	return count;
}

/* "file:line: key: message"; an empty key is left out. */
__attribute__((format(printf, 3, 4))) static bool fail(struct walk *w, const char *key,
						       const char *fmt, ...)
{
	char text[sizeof(w->err->msg)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set(w->err, ERR_INPUT, "%s:%zu: %s%s%s", w->name, w->event.start_mark.line + 1,
		       key, *key != '\0' ? ": " : "", text);
}

/* --- events --------------------------------------------------------------------------------- */

static bool fail_yaml(struct walk *w)
{
	const yaml_parser_t *p = &w->parser;
	size_t line = p->problem_mark.line + 1;

	/* The reader knows only the byte where it stopped. */
	if (p->error == YAML_READER_ERROR) {
		line = 1;
		for (size_t i = 0; i < w->len && i < p->problem_offset; i++)
			line += w->text[i] == '\n';
	}
	return err_set(w->err, ERR_INPUT, "%s:%zu: not valid YAML (%s%s%s); mend this line",
		       w->name, line, p->context != NULL ? p->context : "",
		       p->context != NULL ? ", " : "",
		       p->problem != NULL ? p->problem : "unreadable");
}

/* YAML's cleverness is refused for every event alike. */
static bool check_plain(struct walk *w)
{
	const yaml_event_t *e = &w->event;
	const yaml_char_t *anchor = NULL;
	const yaml_char_t *tag = NULL;

	if (e->type == YAML_ALIAS_EVENT)
		return fail(w, "", "found an alias (*); write the value out instead");
	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	}
	if (anchor != NULL)
		return fail(w, "", "found an anchor (&); remove it, anchors are not supported");
	if (tag != NULL)
		return fail(w, "", "found a tag (!); remove it, tags are not supported");
	return true;
}

static bool advance(struct walk *w)
{
	yaml_event_delete(&w->event);
	if (!yaml_parser_parse(&w->parser, &w->event))
		return fail_yaml(w);
	return check_plain(w);
}

static const char *scalar_text(const struct walk *w)
{
	return (const char *)w->event.data.scalar.value;
}

static bool scalar_has_nul(const struct walk *w)
{
	return strlen(scalar_text(w)) != w->event.data.scalar.length;
}

static bool scalar_is_missing(const struct walk *w)
{
	return w->event.type == YAML_SCALAR_EVENT &&
	       w->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       w->event.data.scalar.length == 0;
}

/* --- keys ----------------------------------------------------------------------------------- */

static const struct config_row *find_row(const struct walk *w, const char *key)
{
	for (const struct config_row *row = w->rows; row->key != NULL; row++) {
		if (strcmp(row->key, key) == 0)
			return row;
	}
	return NULL;
}

/* The first row inside section `key`, NULL when there is no such section. */
static const struct config_row *find_section(const struct walk *w, const char *key)
{
	size_t len = strlen(key);

	for (const struct config_row *row = w->rows; row->key != NULL; row++) {
		if (strncmp(row->key, key, len) == 0 && row->key[len] == '.')
			return row;
	}
	return NULL;
}

/* Levenshtein distance of two texts; `b` is at most KEY_BYTES_MAX long. */
static size_t distance(const char *a, const char *b, size_t b_len)
{
	size_t costs[KEY_BYTES_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		costs[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = costs[0];

		costs[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = costs[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			if (above + 1 < best)
				best = above + 1;
			if (costs[j - 1] + 1 < best)
				best = costs[j - 1] + 1;
			costs[j] = best;
			diagonal = above;
		}
	}
	return costs[b_len];
}

/* Length of as many leading words of `full` as `key` has: a mistyped section resembles a section.
 */
static size_t same_words_len(const char *full, const char *key)
{
	size_t len = strcspn(full, ".");

	for (; *key != '\0'; key++) {
		if (*key == '.' && full[len] == '.')
			len += 1 + strcspn(full + len + 1, ".");
	}
	return len;
}

static bool fail_unknown(struct walk *w, const char *key)
{
	const char *nearest = NULL;
	size_t nearest_len = 0;
	size_t nearest_distance = strlen(key) / 3 + 2; /* farther away is no likeness */

	for (const struct config_row *row = w->rows; row->key != NULL; row++) {
		size_t len = same_words_len(row->key, key);
		size_t d = len <= KEY_BYTES_MAX ? distance(key, row->key, len) : SIZE_MAX;

		if (d < nearest_distance) {
			nearest = row->key;
			nearest_len = len;
			nearest_distance = d;
		}
	}
	if (nearest != NULL)
		return fail(w, key, "unknown key; did you mean %.*s?", (int)nearest_len, nearest);
	return fail(w, key, "unknown key; --help-config lists the known ones");
}

/* The current event is a key inside section `prefix`: build its full dotted name. */
static bool read_key(struct walk *w, const char *prefix, char *key_out)
{
	int len;

	if (w->event.type != YAML_SCALAR_EVENT)
		return fail(w, prefix, "found a list or mapping as a key; expected a plain word");
	len = snprintf(key_out, KEY_BYTES_MAX, "%s%s%.*s", prefix, *prefix != '\0' ? "." : "",
		       KEY_BYTES_MAX, scalar_text(w));
	if (strchr(scalar_text(w), '.') != NULL)
		return fail(w, key_out,
			    "found a dot in a key; write each word on its own line, "
			    "the next one indented below");
	if (len >= KEY_BYTES_MAX || scalar_has_nul(w))
		return fail_unknown(w, key_out);
	return true;
}

/* --- values --------------------------------------------------------------------------------- */

static const char *event_noun(const struct walk *w)
{
	return w->event.type == YAML_MAPPING_START_EVENT    ? "a section"
	       : w->event.type == YAML_SEQUENCE_START_EVENT ? "a list"
							    : "a single value";
}

static bool fail_type(struct walk *w, const struct config_row *row, const char *found)
{
	struct buf expected;

	buf_init(&expected, sizeof(w->err->msg));
	config_value_describe(row, &expected);
	fail(w, row->key, "found %s; expected %s", found, buf_str(&expected));
	buf_deinit(&expected);
	return false;
}

static bool read_scalar(struct walk *w, const struct config_row *row)
{
	struct err cause;

	if (w->event.type != YAML_SCALAR_EVENT)
		return fail_type(w, row, event_noun(w));
	if (scalar_is_missing(w))
		return fail_type(w, row, "nothing (for an empty text write \"\")");
	if (scalar_has_nul(w))
		return fail_type(w, row, "a zero byte");
	if (!config_value_set(row, scalar_text(w), w->out, &cause))
		return fail(w, row->key, "%s", cause.msg);
	return true;
}

static bool read_list(struct walk *w, const struct config_row *row)
{
	struct config_list *list = (void *)((char *)w->out + row->offset);

	if (w->event.type != YAML_SEQUENCE_START_EVENT)
		return fail_type(w, row, event_noun(w));
	for (;;) {
		if (!advance(w))
			return false;
		if (w->event.type == YAML_SEQUENCE_END_EVENT)
			return true;
		if (w->event.type != YAML_SCALAR_EVENT)
			return fail(w, row->key, "found %s inside the list; expected a text",
				    event_noun(w));
		if (scalar_is_missing(w) || scalar_has_nul(w))
			return fail(w, row->key, "found an empty or broken item; expected a text");
		config_list_append(list, scalar_text(w));
	}
}

/* The current event is the key of a pair; its value follows. */
static bool read_pair(struct walk *w, const struct config_row *row, struct config_pairs *pairs)
{
	const char *key = scalar_text(w);
	struct config_pair *pair;

	if (w->event.type != YAML_SCALAR_EVENT)
		return fail(w, row->key, "found %s as a key; expected a plain word", event_noun(w));
	if (*key == '\0' || scalar_has_nul(w) || strlen(key) > KEY_BYTES_MAX)
		return fail(w, row->key,
			    "found an empty, broken or very long key; expected a word");
	if (config_pairs_find(pairs, key) != NULL)
		return fail(w, row->key, "found \"%s\" a second time; keep one of them", key);
	if (pairs->count == CONFIG_PAIRS_MAX)
		return fail(w, row->key, "found one key too many; expected at most %d",
			    CONFIG_PAIRS_MAX);
	pair = config_pairs_append(pairs, key, w->event.start_mark.line + 1);
	if (!advance(w))
		return false;
	if (w->event.type != YAML_SCALAR_EVENT)
		return fail(w, row->key, "found %s as the value of \"%s\"; expected a text",
			    event_noun(w), pair->key);
	if (scalar_is_missing(w) || scalar_has_nul(w))
		return fail(w, row->key, "found no text for \"%s\" (for an empty one write \"\")",
			    pair->key);
	pair->value = mem_strdup(scalar_text(w));
	return true;
}

static bool read_pairs(struct walk *w, const struct config_row *row)
{
	struct config_pairs *pairs = (void *)((char *)w->out + row->offset);

	if (w->event.type != YAML_MAPPING_START_EVENT)
		return fail_type(w, row, event_noun(w));
	for (;;) {
		if (!advance(w))
			return false;
		if (w->event.type == YAML_MAPPING_END_EVENT)
			return true;
		if (!read_pair(w, row, pairs))
			return false;
	}
}

static bool read_value(struct walk *w, const struct config_row *row)
{
	switch (row->type) {
	case CONFIG_LIST:
		return read_list(w, row);
	case CONFIG_PAIRS:
		return read_pairs(w, row);
	default:
		return read_scalar(w, row);
	}
}

static bool read_row(struct walk *w, const struct config_row *row)
{
	bool *seen = &w->row_seen[row - w->rows];

	if (*seen)
		return fail(w, row->key, "found a second time; keep one of them");
	*seen = true;
	if (!advance(w))
		return false;
	return read_value(w, row);
}

static bool read_mapping(struct walk *w, const char *prefix, unsigned int depth);

static bool read_section(struct walk *w, const struct config_row *first, const char *key,
			 unsigned int depth)
{
	unsigned char *seen = &w->section_seen[first - w->rows];

	if (depth >= DEPTH_MAX)
		return fail(w, key, "nested deeper than %d; expected less", DEPTH_MAX);
	if ((*seen & 1u << depth) != 0)
		return fail(w, key, "found a second time; join the two sections");
	*seen |= (unsigned char)(1u << depth);
	if (!advance(w))
		return false;
	if (scalar_is_missing(w)) /* everything in it is commented out */
		return true;
	if (w->event.type != YAML_MAPPING_START_EVENT)
		return fail(w, key, "found %s; expected a section with keys below it",
			    event_noun(w));
	return read_mapping(w, key, depth + 1);
}

/* The current event starts a mapping; afterwards it is the one that ends it. */
static bool read_mapping(struct walk *w, const char *prefix, unsigned int depth)
{
	char key[KEY_BYTES_MAX];

	for (;;) {
		const struct config_row *row;
		bool ok;

		if (!advance(w))
			return false;
		if (w->event.type == YAML_MAPPING_END_EVENT)
			return true;
		if (!read_key(w, prefix, key))
			return false;
		if ((row = find_row(w, key)) != NULL)
			ok = read_row(w, row);
		else if ((row = find_section(w, key)) != NULL)
			ok = read_section(w, row, key, depth);
		else
			ok = fail_unknown(w, key);
		if (!ok)
			return false;
	}
}

/* --- documents ------------------------------------------------------------------------------ */

static void walk_start(struct walk *w, const char *text, size_t len)
{
	memset(&w->event, 0, sizeof(w->event));
	if (!yaml_parser_initialize(&w->parser))
		panic("yaml_parser_initialize: out of memory");
	yaml_parser_set_input_string(&w->parser, (const unsigned char *)text, len);
	w->text = text;
	w->len = len;
}

static void walk_end(struct walk *w)
{
	yaml_event_delete(&w->event);
	yaml_parser_delete(&w->parser);
}

/* At most one document, whose root is a mapping; a file of comments alone is fine. */
static bool read_stream(struct walk *w)
{
	if (!advance(w) || !advance(w)) /* stream start, then document start or stream end */
		return false;
	if (w->event.type == YAML_STREAM_END_EVENT)
		return true;
	if (!advance(w))
		return false;
	if (w->event.type == YAML_MAPPING_START_EVENT) {
		if (!read_mapping(w, "", 0))
			return false;
	} else if (!scalar_is_missing(w)) {
		return fail(w, "", "found %s; expected lines of the form \"key: value\"",
			    event_noun(w));
	}
	if (!advance(w) || !advance(w)) /* document end, then stream end */
		return false;
	if (w->event.type != YAML_STREAM_END_EVENT)
		return fail(w, "", "found a second document (---); expected one");
	return true;
}

/* Defaults stand in our own tables, so a broken one is our bug. */
static void set_default(const struct config_row *row, void *out)
{
	struct err err = {0};
	struct walk w = {.name = "default", .rows = row, .out = out, .err = &err};
	bool ok;

	if (row->type == CONFIG_LIST || row->type == CONFIG_PAIRS) {
		walk_start(&w, row->def, strlen(row->def));
		ok = advance(&w) && advance(&w) && advance(&w) && read_value(&w, row);
		walk_end(&w);
	} else {
		ok = config_value_set(row, row->def, out, &err);
	}
	if (!ok)
		panic("default of %s: %s", row->key, err.msg);
}

static bool fill_absent(struct walk *w)
{
	for (const struct config_row *row = w->rows; row->key != NULL; row++) {
		if (w->row_seen[row - w->rows])
			continue;
		if (row->def == NULL)
			return err_set(w->err, ERR_INPUT, "%s: %s: missing; add it (%s)", w->name,
				       row->key, row->help != NULL ? row->help : "required");
		set_default(row, w->out);
	}
	return true;
}

bool config_parse(const char *name, const char *text, size_t len, const struct config_row *rows,
		  void *out, struct err *err)
{
	struct walk w = {.name = name, .rows = rows, .out = out, .err = err};
	size_t row_count = count_rows(rows);
	bool ok;

	if (len > FILE_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "%s: longer than 1 MiB; a configuration is shorter",
			       name);
	w.row_seen = mem_calloc(row_count, sizeof(*w.row_seen));
	w.section_seen = mem_calloc(row_count, sizeof(*w.section_seen));
	walk_start(&w, text, len);
	ok = read_stream(&w) && fill_absent(&w);
	walk_end(&w);
	mem_free(w.row_seen);
	mem_free(w.section_seen);
	if (!ok)
		config_free(rows, out);
	return ok;
}

bool config_load(const char *path, const struct config_row *rows, void *out, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;
	bool ok = false;

	if (file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	text = mem_alloc(FILE_BYTES_MAX + 1);
	len = fread(text, 1, FILE_BYTES_MAX + 1, file);
	if (ferror(file) != 0)
		err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	else
		ok = config_parse(path, text, len, rows, out, err);
	mem_free(text);
	fclose(file);
	return ok;
}

void config_free(const struct config_row *rows, void *out)
{
	for (const struct config_row *row = rows; row->key != NULL; row++)
		config_value_clear(row, out);
}
