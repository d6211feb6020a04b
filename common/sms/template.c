/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template - texts with placeholders, compiled to a list of pieces. */
#include "common/sms/template.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define NAME_BYTES_MAX 128

/* Literal text, then (field >= 0) a placeholder.  Spans are bytes of template.text. */
struct piece {
	uint32_t text_at, text_len;
	int32_t field; /* -1: the template ends here or the text goes on in the next piece */
	bool has_fallback;
	uint32_t fallback_at, fallback_len;
};

struct template
{
	char *text;
	struct piece *pieces;
	size_t piece_count, piece_cap;
	char *names[TEMPLATE_FIELDS_MAX];
	size_t field_at[TEMPLATE_FIELDS_MAX]; /* characters from 1 */
	size_t field_count;
};

/* What is being compiled; positions in messages are characters from 1, as an editor shows them. */
struct parser {
	struct template *t;
	const char *at, *end;
	size_t wrong_at; /* the position an error names */
	struct err *err;
};

static size_t position(const struct parser *p, const char *at)
{
	return utf8_count(p->t->text, (size_t)(at - p->t->text)) + 1;
}

static size_t wrong(struct parser *p, const char *at)
{
	p->wrong_at = position(p, at);
	return p->wrong_at;
}

static struct piece *piece_add(struct template *t, const char *from, const char *to)
{
	struct piece *piece;

	if (t->piece_count == t->piece_cap) {
		t->piece_cap = t->piece_cap == 0 ? 8 : t->piece_cap * 2;
		t->pieces = mem_realloc(t->pieces, t->piece_cap, sizeof(*t->pieces));
	}
	piece = &t->pieces[t->piece_count++];
	*piece = (struct piece){
		.text_at = (uint32_t)(from - t->text),
		.text_len = (uint32_t)(to - from),
		.field = -1,
	};
	return piece;
}

/* Letters of the scripts a column may be named in. */
static bool is_letter(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{'A', 'Z'},	  {'a', 'z'},	    {0x00AA, 0x00AA}, {0x00B5, 0x00B5},
		{0x00BA, 0x00BA}, {0x00C0, 0x00D6}, {0x00D8, 0x00F6}, {0x00F8, 0x02AF},
		{0x0370, 0x0373}, {0x0376, 0x0377}, {0x037B, 0x037D}, {0x0386, 0x0386},
		{0x0388, 0x0481}, {0x048A, 0x0556}, {0x0561, 0x0587}, {0x05D0, 0x05F2},
		{0x0620, 0x064A}, {0x0671, 0x06D3}, {0x0904, 0x0939}, {0x0E01, 0x0E30},
		{0x10A0, 0x10FA}, {0x1E00, 0x1FBC}, {0x3041, 0x3096}, {0x30A1, 0x30FA},
		{0x3400, 0x4DB5}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c <= ranges[i].last)
			return c >= ranges[i].first;
	return false;
}

static bool is_name_char(uint32_t c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

/* Read the name at p->at.  On true p->at stands behind it. */
static bool parse_name(struct parser *p, const char *open)
{
	const char *start = p->at;

	while (p->at < p->end) {
		const char *next = p->at;
		uint32_t c = utf8_next(&next, p->end);

		if (p->at == start ? !is_letter(c) : !is_name_char(c))
			break;
		p->at = next;
	}
	if (p->at == start)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: after { a field name is expected, beginning with a "
			       "letter, as in {first_name}; for a brace itself write {{",
			       wrong(p, start));
	if ((size_t)(p->at - start) > NAME_BYTES_MAX)
		return err_set(
			p->err, ERR_LIMIT,
			"character %zu: a field name may have %d bytes; choose a shorter one",
			wrong(p, start), NAME_BYTES_MAX);
	if (p->at == p->end)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the placeholder is not closed; put } after its name",
			       wrong(p, open));
	if (*p->at != '}' && *p->at != '|')
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a field name holds letters, digits and _ only; "
			       "remove this character or close the name with }",
			       wrong(p, p->at));
	return true;
}

/* The index of a field, new ones added; -1 when there are too many. */
static int32_t field_index(struct parser *p, const char *name, size_t len)
{
	struct template *t = p->t;

	for (size_t i = 0; i < t->field_count; i++) {
		if (strlen(t->names[i]) == len && memcmp(t->names[i], name, len) == 0)
			return (int32_t)i;
	}
	if (t->field_count == TEMPLATE_FIELDS_MAX) {
		err_set(p->err, ERR_LIMIT,
			"character %zu: a text may use %d different fields; use fewer",
			wrong(p, name), TEMPLATE_FIELDS_MAX);
		return -1;
	}
	t->names[t->field_count] = mem_strndup(name, len);
	t->field_at[t->field_count] = position(p, name - 1);
	return (int32_t)t->field_count++;
}

static bool parse_fallback(struct parser *p, struct piece *piece, const char *open)
{
	const char *start = p->at;

	while (p->at < p->end && *p->at != '}') {
		if (*p->at == '{')
			return err_set(p->err, ERR_INPUT,
				       "character %zu: { cannot stand inside a placeholder's "
				       "fallback; close it with } first",
				       wrong(p, p->at));
		p->at++;
	}
	if (p->at == p->end)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the placeholder is not closed; put } after its "
			       "fallback",
			       wrong(p, open));
	piece->has_fallback = true;
	piece->fallback_at = (uint32_t)(start - p->t->text);
	piece->fallback_len = (uint32_t)(p->at - start);
	return true;
}

/* p->at stands behind the { of a placeholder; `literal` is the text in front of it. */
static bool parse_placeholder(struct parser *p, const char *literal)
{
	const char *open = p->at - 1, *name = p->at;
	struct piece *piece;
	int32_t field;

	if (!parse_name(p, open))
		return false;
	field = field_index(p, name, (size_t)(p->at - name));
	if (field < 0)
		return false;
	piece = piece_add(p->t, literal, open);
	piece->field = field;
	if (*p->at++ == '|') {
		if (!parse_fallback(p, piece, open))
			return false;
		p->at++;
	}
	return true;
}

static bool parse(struct parser *p)
{
	const char *literal = p->at;

	while (p->at < p->end) {
		char c = *p->at++;
		bool doubled = p->at < p->end && *p->at == c;

		if (c != '{' && c != '}')
			continue;
		if (doubled) { /* the first brace belongs to the literal, the second is dropped */
			piece_add(p->t, literal, p->at);
			p->at++;
		} else if (c == '}') {
			return err_set(p->err, ERR_INPUT,
				       "character %zu: } without a { before it; for a brace itself "
				       "write }}",
				       wrong(p, p->at - 1));
		} else if (!parse_placeholder(p, literal)) {
			return false;
		}
		literal = p->at;
	}
	if (p->at > literal)
		piece_add(p->t, literal, p->at);
	return true;
}

/* What no parser needs to see. */
static bool check_bytes(const char *text, size_t len, size_t *at_out, struct err *err)
{
	size_t valid = utf8_valid(text, len);
	const char *nul = memchr(text, '\0', len);

	*at_out = 1;
	if (len > TEMPLATE_TEXT_MAX)
		return err_set(err, ERR_LIMIT,
			       "the text has %zu bytes and at most %d are allowed; shorten it", len,
			       TEMPLATE_TEXT_MAX);
	if (valid < len) {
		*at_out = utf8_count(text, valid) + 1;
		return err_set(err, ERR_INPUT,
			       "character %zu: not valid UTF-8; send the text as UTF-8", *at_out);
	}
	if (nul != NULL) {
		*at_out = utf8_count(text, (size_t)(nul - text)) + 1;
		return err_set(err, ERR_INPUT, "character %zu: a zero byte; remove it", *at_out);
	}
	return true;
}

bool template_compile_at(const char *text, size_t len, struct template **out, size_t *at_out,
			 struct err *err)
{
	struct template *t;
	struct parser p;

	if (!check_bytes(text, len, at_out, err))
		return false;
	t = mem_calloc(1, sizeof(*t));
	t->text = mem_strndup(text, len);
	p = (struct parser){.t = t, .at = t->text, .end = t->text + len, .err = err};
	if (!parse(&p)) {
		*at_out = p.wrong_at;
		template_free(&t);
		return false;
	}
	*out = t;
	return true;
}

bool template_compile(const char *text, size_t len, struct template **out, struct err *err)
{
	size_t at;

	return template_compile_at(text, len, out, &at, err);
}

void template_free(struct template **template)
{
	struct template *t = *template;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->field_count; i++)
		mem_free(t->names[i]);
	mem_free(t->pieces);
	mem_free(t->text);
	mem_free(t);
	*template = NULL;
}

size_t template_field_count(const struct template *t)
{
	return t->field_count;
}

const char *template_field_name(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->names[i];
}

size_t template_field_at(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->field_at[i];
}

/* Append one placeholder.  False without touching `out` when it has nothing to say. */
static bool render_field(const struct template *t, const struct piece *piece,
			 const struct template_value *value, struct buf *out)
{
	if (value->text != NULL && value->len > 0)
		buf_add(out, value->text, value->len);
	else if (piece->has_fallback)
		buf_add(out, t->text + piece->fallback_at, piece->fallback_len);
	else
		return false;
	return true;
}

bool template_render(const struct template *t, const struct template_value *values, struct buf *out,
		     int *missing_out)
{
	for (size_t i = 0; i < t->piece_count; i++) {
		const struct piece *piece = &t->pieces[i];

		buf_add(out, t->text + piece->text_at, piece->text_len);
		if (piece->field >= 0 && !render_field(t, piece, &values[piece->field], out)) {
			*missing_out = piece->field;
			return false;
		}
	}
	if (out->overflow) {
		*missing_out = -1;
		return false;
	}
	return true;
}
