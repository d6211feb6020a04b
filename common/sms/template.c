/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template - texts with placeholders, compiled to a list of pieces. */
#include "common/sms/template.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/sms/filter.h"
#include "common/text/utf8.h"

#define NAME_BYTES_MAX	128
#define FILTERS_MAX	4 /* of one placeholder */
#define CONDITIONS_MAX	4 /* one inside the other */
#define FILTERS_ALL_MAX 64

/* What is done behind a piece's literal text. */
enum action {
	ACTION_NONE,
	ACTION_FIELD,
	ACTION_IF,   /* goes on at `jump` when the condition does not hold */
	ACTION_ELSE, /* goes on at `jump`: the end of the condition that held */
	ACTION_LINK, /* its target's pieces follow, up to `jump`; `field` is its number */
	ACTION_PROMO,
};

enum relation { HAS_VALUE, EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };

/* Literal text, then an action.  Spans are bytes of template.text. */
struct piece {
	uint32_t text_at, text_len;
	enum action action;
	int32_t field;
	bool has_fallback;
	uint32_t fallback_at, fallback_len;
	uint32_t filter_at, filter_count; /* in template.filters */
	enum relation relation;
	struct filter_span operand;
	size_t jump; /* a piece */
};

struct template
{
	char *text;
	struct piece *pieces;
	size_t piece_count, piece_cap;
	struct filter filters[FILTERS_ALL_MAX];
	size_t filter_count;
	enum filter_language language;
	char *names[TEMPLATE_FIELDS_MAX];
	size_t field_at[TEMPLATE_FIELDS_MAX]; /* characters from 1 */
	bool field_needed[TEMPLATE_FIELDS_MAX];
	size_t field_count;
	size_t links[TEMPLATE_LINKS_MAX]; /* their ACTION_LINK */
	size_t link_count;
	char *promo_pool; /* NULL: none */
	size_t promo_at;
};

/* What is being compiled; positions in messages are characters from 1, as an editor shows them. */
struct parser {
	struct template *t;
	const char *at, *end;
	size_t wrong_at; /* the position an error names */
	struct {
		size_t piece; /* its ACTION_IF, then its ACTION_ELSE */
		const char *open;
		bool has_else;
	} condition[CONDITIONS_MAX]; /* those that are open */
	size_t depth;
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
	return true;
}

static bool name_ends(struct parser *p)
{
	if (*p->at != '}' && *p->at != '|' && *p->at != ':')
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
	t->field_at[t->field_count] =
		position(p, name > p->t->text && name[-1] == '{' ? name - 1 : name);
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

static void skip_spaces(struct parser *p)
{
	while (p->at < p->end && *p->at == ' ')
		p->at++;
}

/* "in quotes", or a word. */
static bool parse_argument(struct parser *p, struct filter_span *out)
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
					       wrong(p, start));
	if (p->at == p->end || *p->at != '"')
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the quote is not closed; put \" behind it, and no "
			       "braces inside",
			       wrong(p, start));
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
			       wrong(p, at));
	case FILTER_ARGUMENTS:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the filter takes no such argument; remove it",
			       wrong(p, at));
	case FILTER_FORMS:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: plural takes three words in Russian (\"балл\" "
			       "\"балла\" \"баллов\"), two in English (\"point\" \"points\")",
			       wrong(p, at));
	case FILTER_DATE_LETTER:
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a date has D, DD, M, MM, MMMM, YY, YYYY, H, HH and "
			       "mm; remove other Latin letters",
			       wrong(p, at));
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

	if (piece->filter_count == FILTERS_MAX || t->filter_count == FILTERS_ALL_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: a placeholder may have %d filters and a text %d; "
			       "use fewer",
			       wrong(p, name.at), FILTERS_MAX, FILTERS_ALL_MAX);
	while (p->at < p->end && ((*p->at >= 'a' && *p->at <= 'z') || *p->at == '_'))
		p->at++;
	name.len = (size_t)(p->at - name.at);
	skip_spaces(p);
	while (p->at < p->end && strchr(":|}", *p->at) == NULL) {
		struct filter_span arg;

		at = p->at;
		if (!parse_argument(p, &arg))
			return false;
		if (f.arg_count == FILTER_ARGS_MAX)
			return filter_fault_tell(p, FILTER_ARGUMENTS, at);
		f.arg[f.arg_count++] = arg;
		skip_spaces(p);
	}
	fault = filter_init(&f, name, &at);
	if (!filter_fault_tell(p, fault, at))
		return false;
	t->filters[t->filter_count++] = f;
	piece->filter_count++;
	return true;
}

static bool not_closed(struct parser *p, const char *open)
{
	return err_set(p->err, ERR_INPUT,
		       "character %zu: the placeholder is not closed; put } after its name",
		       wrong(p, open));
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

static bool parse_field(struct parser *p, const char *literal, const char *name)
{
	const char *open = name - 1;
	struct piece *piece;
	int32_t field;

	if (!name_ends(p))
		return false;
	field = field_index(p, name, (size_t)(p->at - name));
	if (field < 0)
		return false;
	piece = piece_add(p->t, literal, open);
	piece->action = ACTION_FIELD;
	piece->field = field;
	piece->filter_at = (uint32_t)p->t->filter_count;
	while (p->at < p->end && *p->at == ':') {
		p->at++;
		if (!parse_filter(p, piece))
			return false;
	}
	if (p->at == p->end)
		return not_closed(p, open);
	if (*p->at++ == '|') {
		if (!parse_fallback(p, piece, open))
			return false;
		p->at++;
	}
	if (!piece->has_fallback && !is_asked_for(p, field))
		p->t->field_needed[field] = true;
	return true;
}

static enum relation parse_relation(struct parser *p)
{
	static const struct {
		const char *sign;
		enum relation relation;
	} signs[] = {{"!=", NOT_EQUAL}, {"<=", LESS_EQUAL}, {">=", GREATER_EQUAL},
		     {"=", EQUAL},	{"<", LESS},	    {">", GREATER}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i].sign);

		if ((size_t)(p->end - p->at) >= len && memcmp(p->at, signs[i].sign, len) == 0) {
			p->at += len;
			return signs[i].relation;
		}
	}
	return HAS_VALUE;
}

static bool parse_operand(struct parser *p, enum relation relation, struct filter_span *out)
{
	const char *start;

	skip_spaces(p);
	start = p->at;
	if (!parse_argument(p, out))
		return false;
	if (relation > NOT_EQUAL && !filter_is_ordered(*out))
		return err_set(p->err, ERR_INPUT,
			       "character %zu: < and > compare numbers and dates as in 100 or "
			       "\"2026-05-31\"; write one here",
			       wrong(p, start));
	skip_spaces(p);
	return true;
}

/* p->at stands behind the "if" of `{if field = "x"}`. */
static bool parse_if(struct parser *p, const char *literal, const char *open)
{
	struct piece *piece;
	const char *name;
	int32_t field;

	skip_spaces(p);
	name = p->at;
	if (p->depth == CONDITIONS_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: conditions may stand %d deep; close one with {end}",
			       wrong(p, open), CONDITIONS_MAX);
	if (!parse_name(p, open))
		return false;
	field = field_index(p, name, (size_t)(p->at - name));
	if (field < 0)
		return false;
	p->condition[p->depth].piece = p->t->piece_count;
	p->condition[p->depth].open = open;
	p->condition[p->depth++].has_else = false;
	piece = piece_add(p->t, literal, open);
	piece->action = ACTION_IF;
	piece->field = field;
	skip_spaces(p);
	piece->relation = parse_relation(p);
	if (piece->relation != HAS_VALUE && !parse_operand(p, piece->relation, &piece->operand))
		return false;
	if (p->at == p->end || *p->at != '}')
		return err_set(
			p->err, ERR_INPUT,
			"character %zu: a condition is {if field} or {if field = \"x\"} with "
			"=, !=, <, <=, > or >=; close it with }",
			wrong(p, p->at));
	p->at++;
	return true;
}

static bool parse_else(struct parser *p, const char *literal, const char *open)
{
	size_t top = p->depth - 1, at = p->t->piece_count;

	if (p->condition[top].has_else)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the condition has an {else} already; remove one",
			       wrong(p, open));
	piece_add(p->t, literal, open)->action = ACTION_ELSE;
	p->t->pieces[p->condition[top].piece].jump = at + 1;
	p->condition[top].piece = at;
	p->condition[top].has_else = true;
	return true;
}

static void parse_end(struct parser *p, const char *literal, const char *open)
{
	piece_add(p->t, literal, open);
	p->t->pieces[p->condition[--p->depth].piece].jump = p->t->piece_count;
}

/* --- links and promo codes -----------------------------------------------------------------------
 */

/* Letters of a host as DNS has them, and a port. */
static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == ':';
}

/* Scheme and host are the author's alone: no value of a client can lead elsewhere. */
static bool parse_host(struct parser *p)
{
	static const char *const schemes[] = {"https://", "http://"};
	const char *start = p->at, *host = NULL;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if ((size_t)(p->end - start) > len && memcmp(start, schemes[i], len) == 0)
			host = start + len;
	}
	if (host == NULL)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a link leads to a whole address, as in "
			       "{link https://shop.example/spring}",
			       wrong(p, start));
	for (p->at = host; p->at < p->end && is_host_char(*p->at); p->at++)
		;
	if (p->at == host || p->at == p->end || strchr("/?#}", *p->at) == NULL)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the host of a link is written in Latin letters, as "
			       "in shop.example; fields may stand behind the / only",
			       wrong(p, p->at));
	return true;
}

/* The path and what follows; the pieces added are the target's. */
static bool parse_target(struct parser *p, const char *start, const char *open)
{
	const char *literal = start;

	while (p->at < p->end && *p->at != '}') {
		const char *at = p->at++;

		if (*at == '{') {
			if (!parse_name(p, at) || !parse_field(p, literal, at + 1))
				return false;
			literal = p->at;
		} else if ((unsigned char)*at <= ' ' || strchr("\"<>\\^`|", *at) != NULL) {
			return err_set(p->err, ERR_INPUT,
				       "character %zu: an address holds no such character; close "
				       "the link with }",
				       wrong(p, at));
		}
	}
	if (p->at == p->end)
		return not_closed(p, open);
	piece_add(p->t, literal, p->at++);
	return true;
}

/* p->at stands behind the "link" of `{link https://shop.example/}`. */
static bool parse_link(struct parser *p, const char *literal, const char *open)
{
	struct template *t = p->t;
	size_t at = t->piece_count;
	struct piece *piece;
	const char *start;

	if (t->link_count == TEMPLATE_LINKS_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: a text may have %d links; use fewer", wrong(p, open),
			       TEMPLATE_LINKS_MAX);
	piece = piece_add(t, literal, open);
	piece->action = ACTION_LINK;
	piece->field = (int32_t)t->link_count;
	skip_spaces(p);
	start = p->at;
	if (!parse_host(p) || !parse_target(p, start, open))
		return false;
	t->pieces[at].jump = t->piece_count;
	t->links[t->link_count++] = at;
	return true;
}

/* p->at stands behind the "promo" of `{promo spring}`. */
static bool parse_promo(struct parser *p, const char *literal, const char *open)
{
	struct template *t = p->t;
	struct filter_span pool;

	skip_spaces(p);
	if (!parse_argument(p, &pool))
		return false;
	skip_spaces(p);
	if (p->at == p->end || *p->at != '}' || pool.len == 0)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a promo code is {promo pool} or {promo \"pool\"}; "
			       "close it with }",
			       wrong(p, p->at));
	p->at++;
	if (t->promo_pool == NULL) {
		t->promo_pool = mem_strndup(pool.at, pool.len);
		t->promo_at = position(p, open);
	} else if (strlen(t->promo_pool) != pool.len ||
		   memcmp(t->promo_pool, pool.at, pool.len) != 0) {
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a text may have promo codes of one pool only; "
			       "remove one",
			       wrong(p, open));
	}
	piece_add(t, literal, open)->action = ACTION_PROMO;
	return true;
}

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

	if (!parse_name(p, open))
		return false;
	if (*p->at == ' ' && word_is(name, p->at, "if"))
		return parse_if(p, literal, open);
	if (*p->at == ' ' && word_is(name, p->at, "link"))
		return parse_link(p, literal, open);
	if (*p->at == ' ' && word_is(name, p->at, "promo"))
		return parse_promo(p, literal, open);
	if (p->depth == 0 || *p->at != '}')
		return parse_field(p, literal, name);
	if (word_is(name, p->at, "else")) {
		p->at++;
		return parse_else(p, literal, open);
	}
	if (word_is(name, p->at, "end")) {
		p->at++;
		parse_end(p, literal, open);
		return true;
	}
	return parse_field(p, literal, name);
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
	if (p->depth > 0)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: {if has no {end}; put {end} where the condition's "
			       "text ends",
			       wrong(p, p->condition[p->depth - 1].open));
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

void template_free(struct template **template)
{
	struct template *t = *template;

	if (t == NULL)
		return;
	for (size_t i = 0; i < t->field_count; i++)
		mem_free(t->names[i]);
	mem_free(t->promo_pool);
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

bool template_field_is_needed(const struct template *t, size_t i)
{
	if (i >= t->field_count)
		panic("field %zu of %zu", i, t->field_count);
	return t->field_needed[i];
}

size_t template_link_count(const struct template *t)
{
	return t->link_count;
}

const char *template_promo_pool(const struct template *t, size_t *at_out)
{
	if (at_out != NULL)
		*at_out = t->promo_at;
	return t->promo_pool;
}

/* --- rendering -----------------------------------------------------------------------------------
 */

/* False: no value, or one that a filter cannot read.  `work` holds what *value then points to. */
static bool filters_apply(const struct template *t, const struct piece *piece,
			  struct filter_span *value, char work[2][FILTER_VALUE_MAX])
{
	for (uint32_t i = 0; i < piece->filter_count && value->len > 0; i++) {
		value->len = filter_apply(&t->filters[piece->filter_at + i], *value, work[i % 2]);
		value->at = work[i % 2];
	}
	return value->len > 0;
}

static struct filter_span span_of(const struct template_value *value)
{
	return (struct filter_span){value->text, value->text == NULL ? 0 : value->len};
}

/* Append one placeholder.  False without touching `out` when it has nothing to say. */
static bool render_field(const struct template *t, const struct piece *piece,
			 const struct template_value *value, struct buf *out)
{
	char work[2][FILTER_VALUE_MAX];
	struct filter_span span = span_of(value);

	if (filters_apply(t, piece, &span, work))
		buf_add(out, span.at, span.len);
	else if (piece->has_fallback)
		buf_add(out, t->text + piece->fallback_at, piece->fallback_len);
	else
		return false;
	return true;
}

/* No value is equal to the empty text only, and neither less nor greater than anything. */
static bool holds(const struct piece *piece, struct filter_span value)
{
	bool equal = value.len == piece->operand.len &&
		     (value.len == 0 || memcmp(value.at, piece->operand.at, value.len) == 0);
	bool ordered;
	int order = 0;

	if (piece->relation == HAS_VALUE)
		return value.len > 0;
	ordered = value.len > 0 && filter_compare(value, piece->operand, &order);
	if (ordered)
		equal = order == 0;
	switch (piece->relation) {
	case EQUAL:
		return equal;
	case NOT_EQUAL:
		return !equal;
	case LESS:
		return ordered && order < 0;
	case LESS_EQUAL:
		return ordered && order <= 0;
	case GREATER:
		return ordered && order > 0;
	default:
		return ordered && order >= 0;
	}
}

/* Append the short address.  False: a client for whom the target lacks something gets none. */
static bool render_link(const struct template *t, const struct piece *piece,
			const struct template_value *values, struct template_given *given,
			struct buf *out, int *missing_out)
{
	const struct template_value *link = &given->link[piece->field];

	for (const struct piece *p = piece + 1; p < t->pieces + piece->jump; p++) {
		char work[2][FILTER_VALUE_MAX];
		struct filter_span span;

		if (p->action != ACTION_FIELD || p->has_fallback)
			continue;
		span = span_of(&values[p->field]);
		if (!filters_apply(t, p, &span, work)) {
			*missing_out = p->field;
			return false;
		}
	}
	buf_add(out, link->text, link->len);
	given->link_used = true;
	return true;
}

static bool render_promo(struct template_given *given, struct buf *out, int *missing_out)
{
	if (given->promo.len == 0) {
		*missing_out = TEMPLATE_NO_PROMO;
		return false;
	}
	buf_add(out, given->promo.text, given->promo.len);
	given->promo_used = true;
	return true;
}

static bool render_own(const struct template *t, const struct piece *piece,
		       const struct template_value *values, struct template_given *given,
		       struct buf *out, int *missing_out)
{
	if (given == NULL)
		panic("a text with a link or a promo code is rendered without any");
	if (piece->action == ACTION_PROMO)
		return render_promo(given, out, missing_out);
	return render_link(t, piece, values, given, out, missing_out);
}

bool template_render(const struct template *t, const struct template_value *values,
		     struct template_given *given, struct buf *out, int *missing_out)
{
	for (size_t i = 0, next; i < t->piece_count; i = next) {
		const struct piece *piece = &t->pieces[i];

		next = i + 1;
		buf_add(out, t->text + piece->text_at, piece->text_len);
		switch (piece->action) {
		case ACTION_FIELD:
			if (!render_field(t, piece, &values[piece->field], out)) {
				*missing_out = piece->field;
				return false;
			}
			break;
		case ACTION_LINK:
		case ACTION_PROMO:
			if (!render_own(t, piece, values, given, out, missing_out))
				return false;
			if (piece->action == ACTION_LINK)
				next = piece->jump;
			break;
		case ACTION_IF:
			if (holds(piece, span_of(&values[piece->field])))
				break;
			/* fall through */
		case ACTION_ELSE:
			next = piece->jump;
			break;
		case ACTION_NONE:
			break;
		}
	}
	*missing_out = TEMPLATE_FULL;
	return !out->overflow;
}

/* --- where links lead ----------------------------------------------------------------------------
 */

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~", c) != NULL;
}

/* The author's own text keeps its signs; of a value every one that means something is encoded. */
static void add_encoded(struct buf *out, const char *text, size_t len, bool is_value)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\0' && (is_unreserved(c) || (!is_value && c > ' ' && c < 0x7f)))
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

bool template_link_target(const struct template *t, size_t i, const struct template_value *values,
			  struct buf *out, int *missing_out)
{
	const struct piece *link = &t->pieces[t->links[i]];

	for (const struct piece *p = link + 1; p < t->pieces + link->jump; p++) {
		char work[2][FILTER_VALUE_MAX];
		struct filter_span span;

		add_encoded(out, t->text + p->text_at, p->text_len, false);
		if (p->action != ACTION_FIELD)
			continue;
		span = span_of(&values[p->field]);
		if (filters_apply(t, p, &span, work)) {
			add_encoded(out, span.at, span.len, true);
		} else if (p->has_fallback) {
			add_encoded(out, t->text + p->fallback_at, p->fallback_len, true);
		} else {
			*missing_out = p->field;
			return false;
		}
	}
	*missing_out = TEMPLATE_FULL;
	return !out->overflow;
}
