/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* registry - see registry.h. */
#include "cli/registry.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/sms/plus7.h"

#define PLUS7_BASE     70000000000LL
#define CODE_MULTIPLE  10000000LL
#define INN_DIGITS_MAX 12

enum { COLUMNS_MIN = 6, COLUMNS_MAX = 8 };
enum { CODE, FROM, TO, CAPACITY, OPERATOR, REGION };

/* --- texts kept once -----------------------------------------------------------------------------
 */

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211ULL;
	return h;
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t slot_of(const struct interned *t, const char *text)
{
	size_t at = hash(text) & (t->slots - 1);

	while (t->slot[at] != 0 && strcmp(t->text[t->slot[at] - 1], text) != 0)
		at = (at + 1) & (t->slots - 1);
	return at;
}

static void grow(struct interned *t)
{
	t->cap = t->cap > 0 ? 2 * t->cap : 256;
	t->text = mem_realloc(t->text, t->cap, sizeof(*t->text));
	mem_free(t->slot);
	t->slots = 2 * t->cap;
	t->slot = mem_calloc(t->slots, sizeof(*t->slot));
	for (size_t i = 0; i < t->count; i++)
		t->slot[slot_of(t, t->text[i])] = (uint32_t)i + 1;
}

static uint32_t intern(struct interned *t, const char *text)
{
	size_t at;

	if (t->count == t->cap)
		grow(t);
	at = slot_of(t, text);
	if (t->slot[at] == 0) {
		t->text[t->count++] = mem_strdup(text);
		t->slot[at] = (uint32_t)t->count;
	}
	return t->slot[at] - 1;
}

static void interned_deinit(struct interned *t)
{
	for (size_t i = 0; i < t->count; i++)
		mem_free(t->text[i]);
	mem_free(t->text);
	mem_free(t->slot);
	*t = (struct interned){0};
}

/* --- one row -------------------------------------------------------------------------------------
 */

static bool all_digits(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Digits, from one to `max` of them; spreadsheets drop leading zeros. */
static bool number_in(const char *text, size_t max, int64_t *out)
{
	if (!all_digits(text) || strlen(text) > max)
		return false;
	*out = strtoll(text, NULL, 10);
	return true;
}

/* Fill what the numbers of a row say; NULL, or what is wrong with them. */
static const char *take_numbers(char *const *field, struct registry_range *range)
{
	int64_t code, from, to, capacity;

	if (strlen(field[CODE]) != 3 || !number_in(field[CODE], 3, &code) ||
	    !plus7_begins(field[CODE][0] - '0'))
		return "column 1 is no code; it has three digits, the first 3, 4, 7, 8 or 9";
	if (!number_in(field[FROM], 7, &from) || !number_in(field[TO], 7, &to))
		return "columns 2 and 3 are the first and last number behind the code; they have "
		       "at "
		       "most seven digits";
	if (from > to)
		return "the range ends before it begins; column 3 must not be less than column 2";
	if (!number_in(field[CAPACITY], 8, &capacity) || capacity != to - from + 1)
		return "column 4 is not the count of numbers from column 2 to column 3; is the row "
		       "damaged?";
	range->lo = PLUS7_BASE + code * CODE_MULTIPLE + from;
	range->hi = PLUS7_BASE + code * CODE_MULTIPLE + to;
	return NULL;
}

/* The tax number is the last column of newer files, and may be empty. */
static const char *inn_of(char *const *field, size_t count)
{
	return count > COLUMNS_MIN ? field[count - 1] : "";
}

static const char *take_names(struct registry *r, char *const *field, size_t count,
			      struct registry_range *range)
{
	const char *inn = inn_of(field, count);
	char key[2 * LINES_BYTES_MAX];

	if (*field[OPERATOR] == '\0')
		return "column 5, the operator, is empty";
	if (*field[REGION] == '\0')
		return "column 6, the region, is empty";
	if (*inn != '\0' && (!all_digits(inn) || strlen(inn) > INN_DIGITS_MAX))
		return "the last column is no tax number (INN); it has 10 or 12 digits, or none";
	if (snprintf(key, sizeof(key), "%s%c%s", field[OPERATOR], REGISTRY_INN_MARK, inn) >=
	    (int)sizeof(key))
		return "column 5, the operator, is too long";
	range->operator_name = intern(&r->operators, key);
	range->region_name = intern(&r->regions, field[REGION]);
	return NULL;
}

static void add(struct registry *r, const struct registry_range *range)
{
	if (r->count == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 16384;
		r->range = mem_realloc(r->range, r->cap, sizeof(*r->range));
	}
	r->range[r->count++] = *range;
	r->numbers += range->hi - range->lo + 1;
}

static void take_row(struct registry *r, char *const *field, size_t count, size_t columns,
		     uint64_t line)
{
	struct registry_range range = {.file = (uint32_t)r->files - 1, .line = (uint32_t)line};
	const char *problem;

	if (count != columns) {
		line_problem(&r->problems, r->path[range.file], line,
			     "%zu columns where the first line has %zu", count, columns);
		return;
	}
	problem = take_numbers(field, &range);
	if (problem == NULL)
		problem = take_names(r, field, count, &range);
	if (problem != NULL)
		line_problem(&r->problems, r->path[range.file], line, "%s", problem);
	else
		add(r, &range);
}

/* --- files ---------------------------------------------------------------------------------------
 */

static bool is_heading(const char *first_field)
{
	return !all_digits(first_field);
}

static bool take_lines(struct registry *r, struct lines *lines, struct err *err)
{
	char *field[COLUMNS_MAX] = {NULL};
	size_t columns = 0, count;
	struct line line;

	while (lines_next(lines, &line)) {
		if (line.problem != NULL) {
			line_problem(&r->problems, lines->path, lines->number, "%s", line.problem);
			continue;
		}
		if (line.len == 0)
			continue;
		count = line_split(line.text, ';', field, COLUMNS_MAX);
		if (columns == 0 && (count < COLUMNS_MIN || count > COLUMNS_MAX))
			return err_set(err, ERR_INPUT,
				       "%s: line %llu has %zu columns; the register has 6, 7 or 8, "
				       "divided by semicolons",
				       lines->path, (unsigned long long)lines->number, count);
		if (columns == 0) {
			columns = count;
			if (is_heading(field[CODE]))
				continue;
		}
		take_row(r, field, count, columns, lines->number);
	}
	return true;
}

bool registry_read(struct registry *r, const char *path, struct err *err)
{
	struct lines lines;
	bool ok;

	if (r->files == REGISTRY_FILES_MAX)
		return err_set(err, ERR_INPUT, "more than %d files; the register has four",
			       REGISTRY_FILES_MAX);
	if (!lines_open(&lines, path, err))
		return false;
	r->path[r->files++] = path;
	ok = take_lines(r, &lines, err);
	return lines_close(&lines, ok ? err : &(struct err){0}) && ok;
}

static int by_lo(const void *a, const void *b)
{
	const struct registry_range *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

void registry_check(struct registry *r)
{
	const struct registry_range *widest; /* of those before, the one that reaches furthest */

	if (r->count == 0) {
		if (r->problems.count == 0)
			line_problem(&r->problems, r->path[0], 1,
				     "the files hold no range; are these the right ones?");
		return;
	}
	qsort(r->range, r->count, sizeof(*r->range), by_lo);
	widest = &r->range[0];
	for (size_t i = 1; i < r->count; i++) {
		const struct registry_range *range = &r->range[i];

		if (range->lo <= widest->hi)
			line_problem(&r->problems, r->path[range->file], range->line,
				     "the range overlaps that of %s:%u; was a file named twice?",
				     r->path[widest->file], widest->line);
		if (range->hi > widest->hi)
			widest = range;
	}
}

void registry_init(struct registry *r)
{
	*r = (struct registry){0};
}

void registry_deinit(struct registry *r)
{
	interned_deinit(&r->operators);
	interned_deinit(&r->regions);
	line_problems_free(&r->problems);
	mem_free(r->range);
	*r = (struct registry){0};
}
