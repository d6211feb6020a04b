/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lang - see lang.h. */
#include "common/web/lang.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/err.h"
#include "common/base/mem.h"

#define WORD	       "word: "
#define PAIRS_MAX      2000
#define HOLES_MAX      8
#define DEPTH_MAX      3     /* sentences within sentences */
#define STEPS_MAX      50000 /* characters one comparison looks at, whatever comes in */
#define NUMBER_LETTERS "0123456789+-.einfa"

/* ru.txt is part of the program. */
extern const char lang_ru_begin[];
extern const uint64_t lang_ru_len;

__asm__(".pushsection .rodata\n"
	".globl lang_ru_begin\nlang_ru_begin:\n"
	".incbin \"common/web/ru.txt\"\n"
	"lang_ru_end:\n"
	".balign 8\n"
	".globl lang_ru_len\nlang_ru_len: .quad lang_ru_end - lang_ru_begin\n"
	".popsection\n");

struct pair {
	char *english;
	char *russian;
	bool word;	/* part of sentences only */
	size_t literal; /* bytes of `english` outside conversions */
};

static struct {
	pthread_once_t once;
	struct pair pairs[PAIRS_MAX]; /* the most literal first */
	size_t count;
} table = {.once = PTHREAD_ONCE_INIT};

/* --- formats -------------------------------------------------------------------------------------
 */

struct conversion {
	size_t len; /* of its text, such as "%.60s"; 0: none begins here */
	char kind;  /* 's' a text, 't' a sentence or word, 'd' a number, '%' a per cent sign */
};

static struct conversion conversion_at(const char *format)
{
	const char *c = format;

	if (*c++ != '%')
		return (struct conversion){0};
	c += strspn(c, "-+ #0123456789.*hlzj");
	if (*c == '\0')
		panic("ru.txt: a conversion is cut off in \"%s\"", format);
	return (struct conversion){
		.len = (size_t)(c - format) + 1,
		.kind = strchr("st%", *c) != NULL ? *c : (char)'d',
	};
}

static size_t literal_len(const char *format)
{
	size_t len = 0;

	while (*format != '\0') {
		struct conversion c = conversion_at(format);

		format += c.len > 0 ? c.len : 1;
		len += c.len > 0 ? 0 : 1;
	}
	return len;
}

/* --- the table -----------------------------------------------------------------------------------
 */

static int most_literal_first(const void *a, const void *b)
{
	size_t left = ((const struct pair *)a)->literal;
	size_t right = ((const struct pair *)b)->literal;

	return (left < right) - (left > right);
}

/* The next line that says something; NULL at the end. */
static char *next_line(const char **at)
{
	const char *end = lang_ru_begin + lang_ru_len;

	while (*at < end) {
		const char *line = *at;
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline != NULL ? newline : end) - line);

		*at = line + len + 1;
		if (len > 0 && *line != '#')
			return mem_strndup(line, len);
	}
	return NULL;
}

static void add_pair(char *english, char *russian)
{
	struct pair *pair = &table.pairs[table.count++];

	pair->word = strncmp(english, WORD, strlen(WORD)) == 0;
	if (pair->word)
		memmove(english, english + strlen(WORD), strlen(english + strlen(WORD)) + 1);
	pair->english = english;
	pair->russian = russian;
	pair->literal = literal_len(english);
}

static void read_table(void)
{
	const char *at = lang_ru_begin;
	char *english;

	while ((english = next_line(&at)) != NULL) {
		char *russian = next_line(&at);

		if (russian == NULL || table.count == PAIRS_MAX)
			panic("ru.txt: \"%s\" has no Russian, or there are more than %d pairs",
			      english, PAIRS_MAX);
		add_pair(english, russian);
	}
	qsort(table.pairs, table.count, sizeof(table.pairs[0]), most_literal_first);
}

/* --- recognising ---------------------------------------------------------------------------------
 */

struct hole {
	const char *text;
	size_t len;
};

struct match {
	struct hole holes[HOLES_MAX];
	size_t count;
	size_t steps;
};

static bool matches(const char *format, const char *text, struct match *m);

/* A conversion that took `len` bytes, and the rest. */
static bool take(const char *format, const char *text, size_t len, struct match *m)
{
	if (m->count == HOLES_MAX)
		return false;
	m->holes[m->count++] = (struct hole){text, len};
	if (matches(format, text + len, m))
		return true;
	m->count--;
	return false;
}

/* A text is as short as the rest allows. */
static bool take_text(const char *format, const char *text, struct match *m)
{
	if (*format == '\0')
		return take(format, text, strlen(text), m);
	for (size_t i = 0; ++m->steps <= STEPS_MAX; i++) {
		if ((*format == '%' || text[i] == *format) && take(format, text, i, m))
			return true;
		if (text[i] == '\0')
			return false;
	}
	return false;
}

static bool matches(const char *format, const char *text, struct match *m)
{
	for (;;) {
		struct conversion c = conversion_at(format);
		size_t digits;

		if (c.len == 0 || c.kind == '%') {
			if (*format != *text)
				return false;
			if (*format == '\0')
				return true;
			format += c.len > 0 ? c.len : 1;
			text++;
			continue;
		}
		if (c.kind != 'd')
			return take_text(format + c.len, text, m);
		digits = strspn(text, NUMBER_LETTERS);
		return digits > 0 && take(format + c.len, text, digits, m);
	}
}

/* --- saying --------------------------------------------------------------------------------------
 */

static void say(const char *english, struct buf *out, int depth);

static void set_in(const struct pair *pair, const struct match *m, struct buf *out, int depth)
{
	const char *format = pair->russian;
	size_t next = 0;

	while (*format != '\0') {
		struct conversion c = conversion_at(format);

		if (c.len == 0 || c.kind == '%') {
			buf_add_char(out, *format);
		} else if (c.kind == 't' && next < m->count) {
			char *part = mem_strndup(m->holes[next].text, m->holes[next].len);

			say(part, out, depth + 1);
			mem_free(part);
			next++;
		} else if (next < m->count) {
			buf_add(out, m->holes[next].text, m->holes[next].len);
			next++;
		}
		format += c.len > 0 ? c.len : 1;
	}
}

static void say(const char *english, struct buf *out, int depth)
{
	for (size_t i = 0; i < table.count && depth < DEPTH_MAX; i++) {
		struct match m = {.count = 0};

		if ((table.pairs[i].word && depth == 0) ||
		    !matches(table.pairs[i].english, english, &m))
			continue;
		set_in(&table.pairs[i], &m, out, depth);
		return;
	}
	buf_add_str(out, english);
}

void lang_say(enum lang lang, const char *english, struct buf *out)
{
	pthread_once(&table.once, read_table);
	if (lang == LANG_RU)
		say(english, out, 0);
	else
		buf_add_str(out, english);
}

/* --- choosing ------------------------------------------------------------------------------------
 */

/* How much an item of the header is wanted, in thousandths. */
static long weight(const char *item, size_t len)
{
	const char *q = memmem(item, len, "q=", 2);
	long thousandths = 0;

	if (q == NULL)
		return 1000;
	q += 2;
	for (long unit = 1000;
	     unit > 0 && q < item + len && (*q == '.' || (*q >= '0' && *q <= '9')); q++) {
		if (*q == '.')
			continue;
		thousandths += unit * (*q - '0');
		unit /= 10;
	}
	return thousandths;
}

static bool is_language(const char *item, size_t len, const char *code)
{
	return len >= 2 && strncasecmp(item, code, 2) == 0 &&
	       (len == 2 || strchr("-; \t", item[2]) != NULL);
}

enum lang lang_wanted(const char *accept_language)
{
	enum lang best = LANG_EN;
	long most = 0;

	while (accept_language != NULL && *accept_language != '\0') {
		const char *item = accept_language + strspn(accept_language, ", \t");
		size_t len = strcspn(item, ",");
		bool english = is_language(item, len, "en");

		accept_language = item + len;
		if (!english && !is_language(item, len, "ru"))
			continue;
		if (weight(item, len) > most) {
			most = weight(item, len);
			best = english ? LANG_EN : LANG_RU;
		}
	}
	return best;
}
