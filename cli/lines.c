/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lines - see lines.h. */
#include "cli/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define BOM	"\xEF\xBB\xBF"
#define BOM_LEN 3

bool lines_open(struct lines *l, const char *path, struct err *err)
{
	*l = (struct lines){.path = path};
	l->file = fopen(path, "re");
	if (l->file == NULL)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	return true;
}

bool lines_close(struct lines *l, struct err *err)
{
	bool failed = ferror(l->file) != 0;

	(void)fclose(l->file);
	l->file = NULL;
	if (failed)
		return err_set(err, ERR_IO, "%s: cannot be read to its end", l->path);
	return true;
}

/* Read up to the line's end; returns its length, which may exceed what `raw` holds. */
static bool read_raw(struct lines *l, size_t *len_out)
{
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(l->file)) != EOF && c != '\n') {
		if (len < sizeof(l->raw))
			l->raw[len] = (char)c;
		len++;
	}
	*len_out = len;
	return c != EOF || len > 0;
}

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static const char *decode(struct lines *l, const char *raw, size_t len, struct line *out)
{
	bool utf8 = utf8_valid(raw, len) == len;

	if (memchr(raw, '\0', len) != NULL)
		return "the line holds a zero byte; is this a text file?";
	if (!l->decided && !is_ascii(raw, len)) {
		l->decided = true;
		l->cp1251 = !utf8;
	}
	if (l->cp1251) {
		out->len = cp1251_to_utf8(raw, len, l->text);
	} else if (utf8) {
		memcpy(l->text, raw, len);
		out->len = len;
	} else {
		return "the line is not UTF-8, as the file is so far; save the file in one "
		       "encoding";
	}
	l->text[out->len] = '\0';
	out->text = l->text;
	return NULL;
}

bool lines_next(struct lines *l, struct line *out)
{
	const char *raw = l->raw;
	size_t len;

	*out = (struct line){0};
	if (!read_raw(l, &len))
		return false;
	l->number++;
	if (len > sizeof(l->raw)) {
		out->problem = "the line is longer than 4096 bytes; is this the right file?";
		return true;
	}
	if (l->number == 1 && len >= BOM_LEN && memcmp(raw, BOM, BOM_LEN) == 0) {
		l->decided = true;
		raw += BOM_LEN;
		len -= BOM_LEN;
	}
	if (len > 0 && raw[len - 1] == '\r')
		len--;
	out->problem = decode(l, raw, len, out);
	return true;
}

static char *trim(char *text)
{
	size_t len;

	while (*text == ' ' || *text == '\t')
		text++;
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	text[len] = '\0';
	return text;
}

size_t line_split(char *text, char separator, char **field, size_t max)
{
	size_t count = 0;

	while (text != NULL) {
		char *end = strchr(text, separator);

		if (end != NULL)
			*end++ = '\0';
		if (count < max)
			field[count] = trim(text);
		count++;
		text = end;
	}
	return count;
}

void line_problem(struct line_problems *p, const char *path, uint64_t line, const char *fmt, ...)
{
	char what[512], text[1024];
	va_list args;

	if (p->count++ >= LINES_PROBLEM_MAX)
		return;
	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	(void)snprintf(text, sizeof(text), "%s:%llu: %s", path, (unsigned long long)line, what);
	p->text[p->count - 1] = mem_strdup(text);
}

bool line_problems_none(const struct line_problems *p, struct err *err)
{
	if (p->count == 0)
		return true;
	for (size_t i = 0; i < p->count && i < LINES_PROBLEM_MAX; i++)
		(void)fprintf(stderr, "%s\n", p->text[i]);
	if (p->count > LINES_PROBLEM_MAX)
		(void)fprintf(stderr, "and %zu more\n", p->count - LINES_PROBLEM_MAX);
	return err_set(err, ERR_INPUT, "bad lines: %zu; nothing was stored", p->count);
}

void line_problems_free(struct line_problems *p)
{
	for (size_t i = 0; i < p->count && i < LINES_PROBLEM_MAX; i++)
		mem_free(p->text[i]);
	*p = (struct line_problems){0};
}
