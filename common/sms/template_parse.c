/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template_parse - reading a text with placeholders; see template.h and template_internal.h. */
#include "common/sms/template_internal.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/text/utf8.h"

#define NAME_BYTES_MAX 128
#define FILTERS_MAX    4 /* of one placeholder */

size_t template_position(const struct parser *p, const char *at)
{
	return utf8_count(p->t->text, (size_t)(at - p->t->text)) + 1;
}

size_t template_wrong(struct parser *p, const char *at)
{
	p->wrong_at = template_position(p, at);
	return p->wrong_at;
}

struct piece *template_piece_add(struct template *t, const char *from, const char *to)
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
bool template_parse_name(struct parser *p, const char *open)
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
			       template_wrong(p, start));
	if ((size_t)(p->at - start) > NAME_BYTES_MAX)
		return err_set(
			p->err, ERR_LIMIT,
			"character %zu: a field name may have %d bytes; choose a shorter one",
			template_wrong(p, start), NAME_BYTES_MAX);
	if (p->at == p->end)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the placeholder is not closed; put } after its name",
			       template_wrong(p, open));
	return true;
}

static bool name_ends(struct parser *p)
{
	if (*p->at != '}' && *p->at != '|' && *p->at != ':')
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a field name holds letters, digits and _ only; "
			       "remove this character or close the name with }",
			       template_wrong(p, p->at));
	return true;
}

/* The index of a field, new ones added; -1 when there are too many. */
int32_t template_field_index(struct parser *p, const char *name, size_t len)
{
	struct template *t = p->t;

	for (size_t i = 0; i < t->field_count; i++) {
		if (strlen(t->names[i]) == len && memcmp(t->names[i], name, len) == 0)
			return (int32_t)i;
	}
	if (t->field_count == TEMPLATE_FIELDS_MAX) {
		err_set(p->err, ERR_LIMIT,
			"character %zu: a text may use %d different fields; use fewer",
			template_wrong(p, name), TEMPLATE_FIELDS_MAX);
		return -1;
	}
	t->names[t->field_count] = mem_strndup(name, len);
	t->field_at[t->field_count] =
		template_position(p, name > p->t->text && name[-1] == '{' ? name - 1 : name);
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
				       template_wrong(p, p->at));
		p->at++;
	}
	if (p->at == p->end)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the placeholder is not closed; put } after its "
			       "fallback",
			       template_wrong(p, open));
	piece->has_fallback = true;
	piece->fallback_at = (uint32_t)(start - p->t->text);
	piece->fallback_len = (uint32_t)(p->at - start);
	return true;
}

void template_skip_spaces(struct parser *p)
{
	while (p->at < p->end && *p->at == ' ')
		p->at++;
}

/* "in quotes", or a word. */
bool template_parse_argument(struct parser *p, struct filter_span *out)
{
	const char *start = p->at;
	bool quoted = p->at < p->end && *p->at == '"';
	const char *stop = quoted ? "{}\"" : "{}\" :|";

	p->at += quoted;
	out->at = p->at;
	while (p->at < p->end && strchr(stop, *p->at) == NULL)
		p->at++;
	out->len = (size_t)(p->at - out->at);
	if (!quoted)
		return out->len > 0 || err_set(p->err, ERR_INPUT,
					       "character %zu: a value in quotes or a word is "
					       "expected here, as in \"5\"",
					       template_wrong(p, start));
	if (p->at == p->end || *p->at != '"')
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the quote is not closed; put \" behind it, and no "
			       "braces inside",
			       template_wrong(p, start));
	p->at++;
	return true;
}

static bool filter_fault_tell(struct parser *p, enum filter_fault fault, const char *at)
{
	switch (fault) {
	case FILTER_UNKNOWN:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: there is no such filter; there are date, "
			       "first_word, lower, money, number, plural, title, upper",
			       template_wrong(p, at));
	case FILTER_ARGUMENTS:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the filter takes no such argument; remove it",
			       template_wrong(p, at));
	case FILTER_FORMS:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: plural takes three words in Russian (\"балл\" "
			       "\"балла\" \"баллов\"), two in English (\"point\" \"points\")",
			       template_wrong(p, at));
	case FILTER_DATE_LETTER:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a date has D, DD, M, MM, MMMM, YY, YYYY, H, HH and "
			       "mm; remove other Latin letters",
			       template_wrong(p, at));
	case FILTER_FINE:
		break;
	}
	return true;
}

/* p->at stands behind the : of a filter. */
static bool parse_filter(struct parser *p, struct piece *piece)
{
	struct template *t = p->t;
	struct filter f = {.language = t->language};
	struct filter_span name = {p->at, 0};
	enum filter_fault fault;
	const char *at;

	if (piece->filter_count == FILTERS_MAX || t->filter_count == TEMPLATE_FILTERS_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: a placeholder may have %d filters and a text %d; "
			       "use fewer",
			       template_wrong(p, name.at), FILTERS_MAX, TEMPLATE_FILTERS_MAX);
	while (p->at < p->end && ((*p->at >= 'a' && *p->at <= 'z') || *p->at == '_'))
		p->at++;
	name.len = (size_t)(p->at - name.at);
	template_skip_spaces(p);
	while (p->at < p->end && strchr(":|}", *p->at) == NULL) {
		struct filter_span arg;

		at = p->at;
		if (!template_parse_argument(p, &arg))
			return false;
		if (f.arg_count == FILTER_ARGS_MAX)
			return filter_fault_tell(p, FILTER_ARGUMENTS, at);
		f.arg[f.arg_count++] = arg;
		template_skip_spaces(p);
	}
	fault = filter_init(&f, name, &at);
	if (!filter_fault_tell(p, fault, at))
		return false;
	t->filters[t->filter_count++] = f;
	piece->filter_count++;
	return true;
}

bool template_not_closed(struct parser *p, const char *open)
{
	return err_set(p->err, ERR_INPUT,
		       "character %zu: the placeholder is not closed; put } after its name",
		       template_wrong(p, open));
}

/* Whether a condition that is open asks for the field and holds here. */
static bool is_asked_for(const struct parser *p, int32_t field)
{
	for (size_t i = 0; i < p->depth; i++) {
		const struct piece *condition = &p->t->pieces[p->condition[i].piece];

		if (!p->condition[i].has_else && condition->field == field &&
		    condition->relation == HAS_VALUE)
			return true;
	}
	return false;
}

bool template_parse_field(struct parser *p, const char *literal, const char *name)
{
	const char *open = name - 1;
	struct piece *piece;
	int32_t field;

	if (!name_ends(p))
		return false;
	field = template_field_index(p, name, (size_t)(p->at - name));
	if (field < 0)
		return false;
	piece = template_piece_add(p->t, literal, open);
	piece->action = ACTION_FIELD;
	piece->field = field;
	piece->filter_at = (uint32_t)p->t->filter_count;
	while (p->at < p->end && *p->at == ':') {
		p->at++;
		if (!parse_filter(p, piece))
			return false;
	}
	if (p->at == p->end)
		return template_not_closed(p, open);
	if (*p->at++ == '|') {
		if (!parse_fallback(p, piece, open))
			return false;
		p->at++;
	}
	if (!piece->has_fallback && !is_asked_for(p, field))
		p->t->field_needed[field] = true;
	return true;
}

/* --- the whole text ------------------------------------------------------------------------------
 */

static bool word_is(const char *from, const char *to, const char *word)
{
	return (size_t)(to - from) == strlen(word) && memcmp(from, word, strlen(word)) == 0;
}

/* p->at stands behind the { of a placeholder; `literal` is the text in front of it.  {else} and
 * {end} are words of a condition only inside one, and {if, {link and {promo only before a space: no
 * text that was written before there were these words means anything else now. */
static bool parse_placeholder(struct parser *p, const char *literal)
{
	const char *open = p->at - 1, *name = p->at;

	if (!template_parse_name(p, open))
		return false;
	if (*p->at == ' ' && word_is(name, p->at, "if"))
		return template_parse_if(p, literal, open);
	if (*p->at == ' ' && word_is(name, p->at, "link"))
		return template_parse_link(p, literal, open);
	if (*p->at == ' ' && word_is(name, p->at, "promo"))
		return template_parse_promo(p, literal, open);
	if (p->depth == 0 || *p->at != '}')
		return template_parse_field(p, literal, name);
	if (word_is(name, p->at, "else")) {
		p->at++;
		return template_parse_else(p, literal, open);
	}
	if (word_is(name, p->at, "end")) {
		p->at++;
		template_parse_end(p, literal, open);
		return true;
	}
	return template_parse_field(p, literal, name);
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
			template_piece_add(p->t, literal, p->at);
			p->at++;
		} else if (c == '}') {
			return err_set(p->err, ERR_INPUT,
				       "character %zu: } without a { before it; for a brace itself "
				       "write }}",
				       template_wrong(p, p->at - 1));
		} else if (!parse_placeholder(p, literal)) {
			return false;
		}
		literal = p->at;
	}
	if (p->at > literal)
		template_piece_add(p->t, literal, p->at);
	if (p->depth > 0)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: {if has no {end}; put {end} where the condition's "
			       "text ends",
			       template_wrong(p, p->condition[p->depth - 1].open));
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
	t->language = filter_language_of(text, len);
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
