/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_pattern - see text_pattern.h.
 *
 * A pattern is a row of items, literal texts and variables.  Matching carries the set of places of
 * the text that the items so far may end at, as a sorted array: a literal keeps those where it
 * stands and moves them behind it, a variable is one sweep over the text. */
#include "common/sms/text_pattern.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define WORDS_MAX 50
#define WORDS_ALL TEXT_PATTERN_TEXT_MAX /* more than any text has */
#define ITEMS_MAX (2 * TEXT_PATTERN_VARIABLES_MAX + 1)

struct item {
	bool literal;
	bool numbers;	    /* of a variable: digits and signs alone */
	uint16_t from, len; /* of a literal, in `text` */
	uint16_t words;	    /* of a variable: at most so many */
};

struct text_pattern {
	size_t count;
	size_t least; /* bytes that every text of it has */
	struct item item[ITEMS_MAX];
	char text[];
};

/* --- compiling -----------------------------------------------------------------------------------
 */

struct compiler {
	struct text_pattern *pattern;
	const char *from, *at, *end;
	size_t variables;
};

static bool broken(const struct compiler *c, struct err *err)
{
	const char *variable = c->at - 2;
	const char *close = memchr(variable, '}', (size_t)(c->end - variable));
	char found[16] = "%d{";

	found[1] = variable[1];
	if (close != NULL && (size_t)(close - variable) + 1 < sizeof(found))
		memcpy(found, variable, (size_t)(close - variable) + 1);
	return err_set(err, ERR_INPUT,
		       "character %zu: %s is no variable; after its letter comes +, or {1,n} with "
		       "n from 1 to 50",
		       utf8_count(c->from, (size_t)(variable - c->from)) + 1, found);
}

/* "{1,n}" at c->at. */
static bool read_count(struct compiler *c, struct item *item, struct err *err)
{
	const char *digits = c->at + 3;
	size_t n = 0, count;

	if (c->end - c->at < 5 || memcmp(c->at, "{1,", 3) != 0)
		return broken(c, err);
	for (count = 0;
	     count < 3 && digits + count < c->end && digits[count] >= '0' && digits[count] <= '9';
	     count++)
		n = n * 10 + (size_t)(digits[count] - '0');
	if (n < 1 || n > WORDS_MAX || digits + count >= c->end || digits[count] != '}')
		return broken(c, err);
	item->words = (uint16_t)n;
	c->at = digits + count + 1;
	return true;
}

static bool add_variable(struct compiler *c, struct err *err)
{
	struct item *item = &c->pattern->item[c->pattern->count];

	if (c->variables == TEXT_PATTERN_VARIABLES_MAX)
		return err_set(err, ERR_LIMIT, "it has more than %d variables",
			       TEXT_PATTERN_VARIABLES_MAX);
	*item = (struct item){.numbers = c->at[1] == 'd', .words = 1};
	c->at += 2;
	if (c->at < c->end && *c->at == '+') {
		item->words = WORDS_ALL;
		c->at++;
	} else if (c->at < c->end && *c->at == '{' && !read_count(c, item, err)) {
		return false;
	}
	c->variables++;
	c->pattern->count++;
	c->pattern->least++;
	return true;
}

static bool is_variable(const struct compiler *c)
{
	return c->end - c->at >= 2 && c->at[0] == '%' && (c->at[1] == 'd' || c->at[1] == 'w');
}

static void add_literal(struct compiler *c)
{
	struct text_pattern *p = c->pattern;
	const char *start = c->at;
	struct item *item = &p->item[p->count++];

	while (c->at < c->end && !is_variable(c))
		c->at++;
	*item = (struct item){.literal = true,
			      .from = (uint16_t)(start - c->from),
			      .len = (uint16_t)(c->at - start)};
	p->least += item->len;
}

bool text_pattern_compile(const char *text, size_t len, struct text_pattern **out, struct err *err)
{
	struct compiler c = {.from = text, .at = text, .end = text + len};

	if (len == 0 || len > TEXT_PATTERN_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "it has %zu bytes, from 1 to %d are taken", len,
			       TEXT_PATTERN_BYTES_MAX);
	if (utf8_valid(text, len) != len)
		return err_set(err, ERR_INPUT, "it is not valid UTF-8");
	c.pattern = mem_calloc(1, sizeof(*c.pattern) + len);
	memcpy(c.pattern->text, text, len);
	while (c.at < c.end) {
		if (!is_variable(&c)) {
			add_literal(&c);
		} else if (!add_variable(&c, err)) {
			text_pattern_free(&c.pattern);
			return false;
		}
	}
	*out = c.pattern;
	return true;
}

void text_pattern_free(struct text_pattern **pattern)
{
	mem_free(*pattern);
	*pattern = NULL;
}

const char *text_pattern_prefix(const struct text_pattern *pattern, size_t *len_out)
{
	*len_out = pattern->item[0].literal ? pattern->item[0].len : 0;
	return pattern->text;
}

/* --- what characters are -------------------------------------------------------------------------
 */

/* Of a byte: what its character is, or that the character began before it. */
enum { KIND_OTHER, KIND_LETTER, KIND_NUMBER /* a digit or a sign */, KIND_SPACE, KIND_REST };

static uint8_t kind_of(uint32_t c)
{
	if (c == ' ')
		return KIND_SPACE;
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return KIND_LETTER;
	if (c < 0x80)
		return c > ' ' && c < 0x7f ? KIND_NUMBER : KIND_OTHER;
	if ((c >= 0x400 && c <= 0x52f) ||
	    (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7)) /* not the signs of arithmetic */
		return KIND_LETTER;
	return c == 0x2116 || c == 0x201c || c == 0x201d || c == 0x2015 ? KIND_NUMBER : KIND_OTHER;
}

static void fill_kinds(struct text_probe *t)
{
	const char *at = t->text, *end = t->text + t->len;

	while (at < end) {
		const char *from = at;
		uint8_t kind = kind_of(utf8_next(&at, end));

		t->kind[from - t->text] = kind;
		for (const char *rest = from + 1; rest < at; rest++)
			t->kind[rest - t->text] = KIND_REST;
	}
	t->ready = true;
}

bool text_probe_set(struct text_probe *t, const char *text, size_t len)
{
	t->text = text;
	t->len = len;
	t->ready = false;
	return len <= TEXT_PATTERN_TEXT_MAX;
}

/* --- matching ------------------------------------------------------------------------------------
 */

static size_t pass_literal(const struct text_pattern *p, const struct item *item,
			   const struct text_probe *t, const uint16_t *in, size_t count,
			   uint16_t *out)
{
	const char *literal = p->text + item->from;
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (in[i] + (size_t)item->len <= t->len &&
		    memcmp(t->text + in[i], literal, item->len) == 0)
			out[found++] = (uint16_t)(in[i] + item->len);
	return found;
}

/* The sweep knows of each place how many more words may begin, at best, of all the ways to get
 * there: inside a word, and in the spaces behind one.  -1: there is no such way. */
static size_t pass_words(const struct item *item, const struct text_probe *t, const uint16_t *in,
			 size_t count, uint16_t *out)
{
	int inside = -1, behind = -1;
	size_t next = 0, found = 0, at = in[0];

	for (;;) {
		int begin = behind - 1;
		uint8_t kind = at < t->len ? t->kind[at] : KIND_OTHER;

		if (inside >= 0)
			out[found++] = (uint16_t)at;
		if (next < count && in[next] == at) {
			next++;
			begin = begin > item->words - 1 ? begin : item->words - 1;
		}
		if (kind == KIND_NUMBER || (kind == KIND_LETTER && !item->numbers)) {
			inside = inside > begin ? inside : begin;
			behind = -1;
		} else if (kind == KIND_SPACE) {
			behind = behind > inside ? behind : inside;
			inside = -1;
		} else {
			inside = behind = -1;
		}
		if (inside < 0 && behind < 0) {
			if (next == count)
				return found;
			at = in[next];
			continue;
		}
		do
			at++;
		while (at < t->len && t->kind[at] == KIND_REST);
	}
}

/* What costs nothing to see: too short, or another end. */
static bool may_match(const struct text_pattern *p, const struct text_probe *t)
{
	const struct item *last = &p->item[p->count - 1];

	return t->len >= p->least &&
	       (!last->literal ||
		memcmp(t->text + t->len - last->len, p->text + last->from, last->len) == 0);
}

bool text_pattern_match(const struct text_pattern *pattern, struct text_probe *t)
{
	uint16_t *in = t->at[0], *out = t->at[1];
	size_t count = 1;

	if (t->len > TEXT_PATTERN_TEXT_MAX || !may_match(pattern, t))
		return false;
	in[0] = 0;
	for (size_t i = 0; i < pattern->count && count > 0; i++) {
		const struct item *item = &pattern->item[i];
		uint16_t *was = in;

		if (!item->literal && !t->ready)
			fill_kinds(t);
		count = item->literal ? pass_literal(pattern, item, t, in, count, out)
				      : pass_words(item, t, in, count, out);
		in = out;
		out = was;
	}
	return count > 0 && in[count - 1] == t->len;
}
