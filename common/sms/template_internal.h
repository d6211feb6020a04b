/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template_internal - what a text is compiled to, and what its parser shares; for the files of
 * template alone.
 *
 * template_parse.c reads braces, fields and filters, template_words.c what {if}, {link} and {promo}
 * begin, template.c prints. */
#ifndef VESTNIK_SMS_TEMPLATE_INTERNAL_H
#define VESTNIK_SMS_TEMPLATE_INTERNAL_H

#include "common/sms/filter.h"
#include "common/sms/template.h"

#define TEMPLATE_CONDITIONS_MAX 4 /* one inside the other */
#define TEMPLATE_FILTERS_MAX	64

/* --- what is printed -----------------------------------------------------------------------------
 */

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
	struct filter filters[TEMPLATE_FILTERS_MAX];
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

/* --- what is being compiled ----------------------------------------------------------------------
 */

/* What is being compiled; positions in messages are characters from 1, as an editor shows them. */
struct parser {
	struct template *t;
	const char *at, *end;
	size_t wrong_at; /* the position an error names */
	struct {
		size_t piece; /* its ACTION_IF, then its ACTION_ELSE */
		const char *open;
		bool has_else;
	} condition[TEMPLATE_CONDITIONS_MAX]; /* those that are open */
	size_t depth;
	struct err *err;
};

/* The character (from 1) at which `at` stands; template_wrong() notes it as the one that an error
 * names. */
size_t template_position(const struct parser *p, const char *at);
size_t template_wrong(struct parser *p, const char *at);
/* A new last piece with the literal text from..to; valid until the next. */
struct piece *template_piece_add(struct template *t, const char *from, const char *to);

/* These read on at p->at and leave it behind what they have read; false: p->err is set.  `open` is
 * the { of the placeholder, `literal` the text in front of it. */
void template_skip_spaces(struct parser *p);
bool template_parse_name(struct parser *p, const char *open);
/* "in quotes", or a word. */
bool template_parse_argument(struct parser *p, struct filter_span *out);
/* The name was read. */
bool template_parse_field(struct parser *p, const char *literal, const char *name);
/* The index of a field, new ones added; -1 when there are too many. */
int32_t template_field_index(struct parser *p, const char *name, size_t len);
/* Sets p->err and is false. */
bool template_not_closed(struct parser *p, const char *open);

/* The word was read; inside a condition else and end, and their }. */
bool template_parse_if(struct parser *p, const char *literal, const char *open);
bool template_parse_else(struct parser *p, const char *literal, const char *open);
void template_parse_end(struct parser *p, const char *literal, const char *open);
bool template_parse_link(struct parser *p, const char *literal, const char *open);
bool template_parse_promo(struct parser *p, const char *literal, const char *open);

#endif
