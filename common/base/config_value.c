/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* config_value - see config_value.h. */
#include "common/base/config_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

#define EXPECTED_BYTES_MAX 300
#define FOUND_BYTES_SHOWN  40

/* Ascending, so that the last one that divides a value is the best way to write it. */
static const struct {
	const char *name;
	int64_t ms;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static void *place(const struct config_row *row, void *out)
{
	return (char *)out + row->offset;
}

static bool bounded(const struct config_row *row)
{
	return row->min != 0 || row->max != 0;
}

static int64_t upper_bound(const struct config_row *row)
{
	return row->min > 0 && row->max == 0 ? INT64_MAX : row->max;
}

static bool within_bounds(const struct config_row *row, int64_t value)
{
	return !bounded(row) || (value >= row->min && value <= upper_bound(row));
}

static void write_number(const struct config_row *row, int64_t value, struct buf *out)
{
	size_t unit = 0;

	if (row->type == CONFIG_INT) {
		buf_printf(out, "%" PRId64, value);
		return;
	}
	for (size_t i = 0; i < UNIT_COUNT && value != 0; i++) {
		if (value % units[i].ms == 0)
			unit = i;
	}
	buf_printf(out, "%" PRId64 "%s", value / units[unit].ms, units[unit].name);
}

static void describe_bounds(const struct config_row *row, struct buf *out)
{
	if (!bounded(row))
		return;
	buf_add_str(out, upper_bound(row) == INT64_MAX ? " of at least " : " from ");
	write_number(row, row->min, out);
	if (upper_bound(row) == INT64_MAX)
		return;
	buf_add_str(out, " to ");
	write_number(row, row->max, out);
}

static void describe_words(const struct config_row *row, struct buf *out)
{
	buf_add_str(out, "one of");
	for (size_t i = 0; row->words[i] != NULL; i++)
		buf_printf(out, "%s %s", i > 0 ? "," : "", row->words[i]);
}

void config_value_describe(const struct config_row *row, struct buf *out)
{
	switch (row->type) {
	case CONFIG_STR:
		buf_add_str(out, "a text");
		break;
	case CONFIG_INT:
		buf_add_str(out, "a whole number");
		describe_bounds(row, out);
		break;
	case CONFIG_BOOL:
		buf_add_str(out, "true or false");
		break;
	case CONFIG_ENUM:
		describe_words(row, out);
		break;
	case CONFIG_MS:
		buf_add_str(out, "a time such as 250ms, 5s, 2m or 1h");
		describe_bounds(row, out);
		break;
	case CONFIG_LIST:
		buf_add_str(out, "a list of texts");
		break;
	case CONFIG_PAIRS:
		buf_add_str(out, "a section of keys with a text each");
		break;
	}
}

static bool refuse(const struct config_row *row, const char *text, struct err *err)
{
	struct buf expected;
	bool cut = strlen(text) > FOUND_BYTES_SHOWN;

	buf_init(&expected, EXPECTED_BYTES_MAX);
	config_value_describe(row, &expected);
	err_set(err, ERR_INPUT, "found \"%.*s\"%s; expected %s", FOUND_BYTES_SHOWN, text,
		cut ? " (cut)" : "", buf_str(&expected));
	buf_deinit(&expected);
	return false;
}

/* Decimal digits with an optional minus, nothing else.  *end_out points past them. */
static bool parse_digits(const char *text, int64_t *value_out, const char **end_out)
{
	const char *digits = *text == '-' ? text + 1 : text;
	char *end;
	long long value;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0)
		return false;
	*value_out = value;
	*end_out = end;
	return true;
}

static bool parse_int(const char *text, int64_t *value_out)
{
	const char *end;

	return parse_digits(text, value_out, &end) && *end == '\0';
}

static bool parse_ms(const char *text, int64_t *value_out)
{
	const char *end;
	int64_t value;

	if (!parse_digits(text, &value, &end) || value < 0)
		return false;
	for (size_t i = 0; i < UNIT_COUNT; i++) {
		if (strcmp(end, units[i].name) == 0)
			return !__builtin_mul_overflow(value, units[i].ms, value_out);
	}
	return false;
}

static bool parse_word(const struct config_row *row, const char *text, int *index_out)
{
	for (int i = 0; row->words[i] != NULL; i++) {
		if (strcmp(text, row->words[i]) == 0) {
			*index_out = i;
			return true;
		}
	}
	return false;
}

static bool set_number(const struct config_row *row, const char *text, void *out, struct err *err)
{
	int64_t value;
	bool ok = row->type == CONFIG_INT ? parse_int(text, &value) : parse_ms(text, &value);

	if (!ok || !within_bounds(row, value))
		return refuse(row, text, err);
	*(int64_t *)place(row, out) = value;
	return true;
}

bool config_value_set(const struct config_row *row, const char *text, void *out, struct err *err)
{
	switch (row->type) {
	case CONFIG_STR:
		config_value_clear(row, out);
		*(char **)place(row, out) = mem_strdup(text);
		return true;
	case CONFIG_INT:
	case CONFIG_MS:
		return set_number(row, text, out, err);
	case CONFIG_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return refuse(row, text, err);
		*(bool *)place(row, out) = *text == 't';
		return true;
	case CONFIG_ENUM:
		return parse_word(row, text, place(row, out)) || refuse(row, text, err);
	case CONFIG_LIST:
	case CONFIG_PAIRS:
		break;
	}
	return refuse(row, text, err);
}

void config_list_append(struct config_list *list, const char *text)
{
	list->items = mem_realloc(list->items, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = mem_strdup(text);
}

struct config_pair *config_pairs_append(struct config_pairs *pairs, const char *key, size_t line)
{
	struct config_pair *pair;

	pairs->items = mem_realloc(pairs->items, pairs->count + 1, sizeof(*pairs->items));
	pair = &pairs->items[pairs->count++];
	*pair = (struct config_pair){.key = mem_strdup(key), .line = line};
	return pair;
}

const char *config_pairs_find(const struct config_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->items[i].key, key) == 0)
			return pairs->items[i].value;
	return NULL;
}

static void clear_pairs(struct config_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		mem_free(pairs->items[i].key);
		mem_free(pairs->items[i].value);
	}
	mem_free(pairs->items);
	*pairs = (struct config_pairs){0};
}

void config_value_clear(const struct config_row *row, void *out)
{
	if (row->type == CONFIG_STR) {
		char **text = place(row, out);

		mem_free(*text);
		*text = NULL;
	} else if (row->type == CONFIG_LIST) {
		struct config_list *list = place(row, out);

		for (size_t i = 0; i < list->count; i++)
			mem_free(list->items[i]);
		mem_free(list->items);
		*list = (struct config_list){0};
	} else if (row->type == CONFIG_PAIRS) {
		clear_pairs(place(row, out));
	}
}
