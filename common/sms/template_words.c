/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* template_words - placeholders that begin with a word: conditions, links, promo codes. */
#include "common/sms/template_internal.h"

#include <string.h>

#include "common/base/mem.h"

/* --- conditions ----------------------------------------------------------------------------------
 */

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

	template_skip_spaces(p);
	start = p->at;
	if (!template_parse_argument(p, out))
		return false;
	if (relation > NOT_EQUAL && !filter_is_ordered(*out))
		return err_set(p->err, ERR_INPUT,
			       "character %zu: < and > compare numbers and dates as in 100 or "
			       "\"2026-05-31\"; write one here",
			       template_wrong(p, start));
	template_skip_spaces(p);
	return true;
}

/* p->at stands behind the "if" of `{if field = "x"}`. */
bool template_parse_if(struct parser *p, const char *literal, const char *open)
{
	struct piece *piece;
	const char *name;
	int32_t field;

	template_skip_spaces(p);
	name = p->at;
	if (p->depth == TEMPLATE_CONDITIONS_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: conditions may stand %d deep; close one with {end}",
			       template_wrong(p, open), TEMPLATE_CONDITIONS_MAX);
	if (!template_parse_name(p, open))
		return false;
	field = template_field_index(p, name, (size_t)(p->at - name));
	if (field < 0)
		return false;
	p->condition[p->depth].piece = p->t->piece_count;
	p->condition[p->depth].open = open;
	p->condition[p->depth++].has_else = false;
	piece = template_piece_add(p->t, literal, open);
	piece->action = ACTION_IF;
	piece->field = field;
	template_skip_spaces(p);
	piece->relation = parse_relation(p);
	if (piece->relation != HAS_VALUE && !parse_operand(p, piece->relation, &piece->operand))
		return false;
	if (p->at == p->end || *p->at != '}')
		return err_set(
			p->err, ERR_INPUT,
			"character %zu: a condition is {if field} or {if field = \"x\"} with "
			"=, !=, <, <=, > or >=; close it with }",
			template_wrong(p, p->at));
	p->at++;
	return true;
}

bool template_parse_else(struct parser *p, const char *literal, const char *open)
{
	size_t top = p->depth - 1, at = p->t->piece_count;

	if (p->condition[top].has_else)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the condition has an {else} already; remove one",
			       template_wrong(p, open));
	template_piece_add(p->t, literal, open)->action = ACTION_ELSE;
	p->t->pieces[p->condition[top].piece].jump = at + 1;
	p->condition[top].piece = at;
	p->condition[top].has_else = true;
	return true;
}

void template_parse_end(struct parser *p, const char *literal, const char *open)
{
	template_piece_add(p->t, literal, open);
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
			       template_wrong(p, start));
	for (p->at = host; p->at < p->end && is_host_char(*p->at); p->at++)
		;
	if (p->at == host || p->at == p->end || strchr("/?#}", *p->at) == NULL)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: the host of a link is written in Latin letters, as "
			       "in shop.example; fields may stand behind the / only",
			       template_wrong(p, p->at));
	return true;
}

/* The path and what follows; the pieces added are the target's. */
static bool parse_target(struct parser *p, const char *start, const char *open)
{
	const char *literal = start;

	while (p->at < p->end && *p->at != '}') {
		const char *at = p->at++;

		if (*at == '{') {
			if (!template_parse_name(p, at) ||
			    !template_parse_field(p, literal, at + 1))
				return false;
			literal = p->at;
		} else if ((unsigned char)*at <= ' ' || strchr("\"<>\\^`|", *at) != NULL) {
			return err_set(p->err, ERR_INPUT,
				       "character %zu: an address holds no such character; close "
				       "the link with }",
				       template_wrong(p, at));
		}
	}
	if (p->at == p->end)
		return template_not_closed(p, open);
	template_piece_add(p->t, literal, p->at++);
	return true;
}

/* p->at stands behind the "link" of `{link https://shop.example/}`. */
bool template_parse_link(struct parser *p, const char *literal, const char *open)
{
	struct template *t = p->t;
	size_t at = t->piece_count;
	struct piece *piece;
	const char *start;

	if (t->link_count == TEMPLATE_LINKS_MAX)
		return err_set(p->err, ERR_LIMIT,
			       "character %zu: a text may have %d links; use fewer",
			       template_wrong(p, open), TEMPLATE_LINKS_MAX);
	piece = template_piece_add(t, literal, open);
	piece->action = ACTION_LINK;
	piece->field = (int32_t)t->link_count;
	template_skip_spaces(p);
	start = p->at;
	if (!parse_host(p) || !parse_target(p, start, open))
		return false;
	t->pieces[at].jump = t->piece_count;
	t->links[t->link_count++] = at;
	return true;
}

/* p->at stands behind the "promo" of `{promo spring}`. */
bool template_parse_promo(struct parser *p, const char *literal, const char *open)
{
	struct template *t = p->t;
	struct filter_span pool;

	template_skip_spaces(p);
	if (!template_parse_argument(p, &pool))
		return false;
	template_skip_spaces(p);
	if (p->at == p->end || *p->at != '}' || pool.len == 0)
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a promo code is {promo pool} or {promo \"pool\"}; "
			       "close it with }",
			       template_wrong(p, p->at));
	p->at++;
	if (t->promo_pool == NULL) {
		t->promo_pool = mem_strndup(pool.at, pool.len);
		t->promo_at = template_position(p, open);
	} else if (strlen(t->promo_pool) != pool.len ||
		   memcmp(t->promo_pool, pool.at, pool.len) != 0) {
		return err_set(p->err, ERR_INPUT,
			       "character %zu: a text may have promo codes of one pool only; "
			       "remove one",
			       template_wrong(p, open));
	}
	template_piece_add(t, literal, open)->action = ACTION_PROMO;
	return true;
}
