/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spelling - see spelling.h. */
#include "common/sms/spelling.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/sms/gsm.h"
#include "common/sms/parts.h"
#include "common/sms/plain.h"
#include "common/sms/translit.h"
#include "common/text/utf8.h"

#define GROWS_MAX                                                                                  \
	2 /* times: two bytes of a letter become four at most, soft signs make no more             \
	   */
#define ONE_PART 160
#define SHY	 0x00AD
#define SHY_UTF8 "\xC2\xAD"

static const char *const names[] = {
	[SPELLING_AS_IS] = "as_is",
	[SPELLING_PLAIN] = "plain",
	[SPELLING_LATIN] = "latin",
};

const char *spelling_name(enum sms_spelling spelling)
{
	return names[spelling];
}

bool spelling_parse(const char *name, enum sms_spelling *out)
{
	for (int i = 0; i <= SPELLING_LAST; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = (enum sms_spelling)i;
			return true;
		}
	}
	return false;
}

enum sms_spelling spelling_of(const char *name)
{
	enum sms_spelling spelling;

	if (!spelling_parse(name, &spelling))
		panic("no spelling: %s", name);
	return spelling;
}

/* --- links ---------------------------------------------------------------------------------------
 */

struct span {
	const char *from, *to;
};

/* What parts words, if it begins at `at`: no link has it inside. */
static bool parts_words(const char *at, const char *end)
{
	const unsigned char *b = (const unsigned char *)at;

	if (b[0] < 0x80)
		return b[0] <= ' ' || b[0] == '"' || b[0] == '<' || b[0] == '>';
	if (b[0] == 0xC2 && end - at >= 2) /* no-break space, guillemets */
		return b[1] == 0xA0 || b[1] == 0xAB || b[1] == 0xBB;
	/* U+2000 to U+200A, U+201C to U+201F, U+202F */
	return b[0] == 0xE2 && end - at >= 3 && b[1] == 0x80 &&
	       (b[2] <= 0x8A || (b[2] >= 0x9C && b[2] <= 0x9F) || b[2] == 0xAF);
}

static bool begins_character(char octet)
{
	return ((unsigned char)octet & 0xC0) != 0x80;
}

/* The word around `at`. */
static struct span word_at(const char *text, const char *at, const char *end)
{
	struct span word = {at, at};

	for (const char *p = at; p > text;) {
		p--;
		if (!begins_character(*p))
			continue;
		if (parts_words(p, end))
			break;
		word.from = p;
	}
	while (word.to < end && !(begins_character(*word.to) && parts_words(word.to, end)))
		word.to++;
	return word;
}

static bool is_ascii_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters and digits of any script, and what stands between them in hosts and mail addresses. */
static bool is_host_char(uint32_t c)
{
	if (c >= 0x80)
		return c >= 0xC0 && c < 0x2000;
	return is_ascii_letter((char)c) || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '@' || c == '_' || c == '+';
}

/* Last labels behind which letters other than Latin may stand in a host.  Without a list every
 * missing space behind a full stop would be one. */
static bool is_known_domain(const char *label, size_t len)
{
	static const char *const known[] = {
		"рф",  "РФ",  "рус", "москва", "дети", "онлайн", "сайт", "орг", "ком", "бел",
		"укр", "қаз", "бг",  "мкд",    "срб",  "ru",	 "su",	 "by",	"kz",  "ua",
		"com", "net", "org", "info",   "biz",  "online", "shop", "site"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i]) == len && memcmp(known[i], label, len) == 0)
			return true;
	return false;
}

static bool is_ascii_label(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_ascii_letter(label[i]))
			return false;
	return len >= 2;
}

static bool is_ascii(const char *from, const char *to)
{
	while (from < to && (unsigned char)*from < 0x80)
		from++;
	return from == to;
}

/* The end of the letters, digits and signs of a host from `at` on. */
static const char *host_end(const char *at, const char *end)
{
	while (at < end) {
		const char *behind = at;

		if (!is_host_char(utf8_next(&behind, end)))
			break;
		at = behind;
	}
	return at;
}

/* `shop.example/...`, `магазин.рф`, `name@почта.рф` between `from` and `to`; `to` is followed by
 * `next`, NUL at the end of the word. */
static bool is_host(const char *from, const char *to, char next)
{
	const char *label = from;
	size_t len = 0;

	for (const char *dot = memchr(from, '.', (size_t)(to - from)); dot != NULL && dot > from;) {
		label = dot + 1;
		dot = memchr(label, '.', (size_t)(to - label));
		len = (size_t)((dot != NULL ? dot : to) - label);
		if (is_known_domain(label, len))
			return true;
	}
	return label > from && next != '\0' && strchr("/?#:", next) != NULL && is_ascii(from, to) &&
	       is_ascii_label(label, len);
}

/* Where in the word a host begins; its end: nowhere. */
static const char *find_host(struct span word)
{
	for (const char *from = word.from; from < word.to;) {
		const char *to = host_end(from, word.to);

		if (is_host(from, to, to < word.to ? *to : '\0'))
			return from;
		from = to;
		while (from < word.to && host_end(from, word.to) == from)
			(void)utf8_next(&from, word.to);
	}
	return word.to;
}

/* A word less the signs behind it that belong to the sentence. */
static const char *without_end(struct span word)
{
	static const char *const signs[] = {".", ",", "!", "?", ":", ";", ")", "'", "…", "—", "–"};
	const char *to = word.to;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t len = strlen(signs[i]);

		if ((size_t)(to - word.from) >= len && memcmp(to - len, signs[i], len) == 0) {
			to -= len;
			i = (size_t)-1; /* and what stands before it */
		}
	}
	return to;
}

/* The link in a word; there is none where it does not end behind its beginning. */
static struct span link_in(struct span word)
{
	size_t len = (size_t)(word.to - word.from);
	const char *scheme;
	struct span link;

	/* Nearly every word. */
	if (memchr(word.from, '.', len) == NULL && memchr(word.from, ':', len) == NULL)
		return (struct span){word.to, word.to};
	scheme = memmem(word.from, len, "://", 3);
	link = (struct span){word.from, without_end(word)};
	if (scheme != NULL && scheme > word.from && is_ascii_letter(scheme[-1])) {
		for (link.from = scheme; link.from > word.from && is_ascii_letter(link.from[-1]);)
			link.from--;
		return link;
	}
	if (len > 4 && strncasecmp(word.from, "www.", 4) == 0)
		return link;
	link.from = find_host(word);
	return link;
}

/* Where the word at hand ends and what of it is a link: asked once a word. */
struct reader {
	const char *text, *end;
	struct span word, link;
};

static bool in_link(struct reader *r, const char *at)
{
	if (at < r->word.from || at >= r->word.to) {
		r->word = word_at(r->text, at, r->end);
		r->link = link_in(r->word);
	}
	return at >= r->link.from && at < r->link.to;
}

/* --- rewriting -----------------------------------------------------------------------------------
 */

/* Write what stands for the character at `at`, which the alphabet lacks, and say what it costs.
 * -1: nothing does. */
static int put_other(struct reader *r, enum sms_spelling spelling, const char *at, uint32_t c,
		     char **to)
{
	char *from = *to;
	int len, septets = 0;

	if (c == UTF8_BAD || in_link(r, at))
		return -1;
	if (spelling == SPELLING_LATIN && c >= 0x0400 && c <= 0x052F) {
		len = translit_put(r->text, at, r->end, from);
		*to += len > 0 ? len : 0;
		return len; /* letters */
	}
	len = plain_put(c, from);
	*to += len > 0 ? len : 0;
	for (int i = 0; i < len; i++)
		septets += gsm_cost((unsigned char)from[i]);
	return len < 0 ? -1 : septets;
}

/* Write the text in the GSM alphabet to `out`; returns its length, and what it costs.  0: it cannot
 * be written so. */
static size_t rewrite(const char *text, size_t len, enum sms_spelling spelling, char *out,
		      uint32_t *septets_out)
{
	struct reader r = {.text = text, .end = text + len, .word = {text, text}};
	const char *at = text;
	char *to = out;

	*septets_out = 0;
	while (at < r.end) {
		const char *from = at;
		uint32_t c = utf8_step(&at, r.end);
		int cost = c == UTF8_BAD ? 0 : gsm_cost(c);

		if (cost > 0)
			while (from < at)
				*to++ = *from++;
		else
			cost = put_other(&r, spelling, from, c, &to);
		if (cost < 0)
			return 0;
		*septets_out += (uint32_t)cost;
	}
	return (size_t)(to - out);
}

/* Whether the new text is in no case dearer: its parts where they hold least against those of the
 * old one where they hold most. */
static bool is_no_dearer(const struct buf *text, const char *other, size_t other_len,
			 uint32_t septets)
{
	struct sms_parts was, is;
	struct err err;

	if (septets <= ONE_PART)
		return true;
	if (!sms_split(other, other_len, SMS_SPLIT_UDH16, SMS_PARTS_MAX, &is, &err))
		return false;
	return !sms_split(text->data, text->len, SMS_SPLIT_UDH8, SMS_PARTS_MAX, &was, &err) ||
	       is.count <= was.count;
}

/* Write the text without soft hyphens to `out`; returns its length. */
static size_t without_soft_hyphens(const struct buf *text, char *out)
{
	struct reader r = {.text = text->data,
			   .end = text->data + text->len,
			   .word = {text->data, text->data}};
	const char *at = text->data;
	char *to = out;

	while (at < r.end) {
		const char *from = at;

		if (utf8_next(&at, r.end) == SHY && !in_link(&r, from))
			continue;
		memcpy(to, from, (size_t)(at - from));
		to += at - from;
	}
	return (size_t)(to - out);
}

static void take(struct buf *text, const char *work, size_t len)
{
	memmove(text->data, work, len);
	text->len = len;
}

static bool rewrite_all(enum sms_spelling spelling, struct buf *text, char *work)
{
	uint32_t septets;
	size_t len = rewrite(text->data, text->len, spelling, work, &septets);

	if (len == 0 || !is_no_dearer(text, work, len, septets))
		return false;
	take(text, work, len);
	return true;
}

/* Until none is left to take: without one, another may stand in a link no longer. */
static bool strip(struct buf *text, char *work)
{
	bool stripped = false;

	while (memmem(text->data, text->len, SHY_UTF8, strlen(SHY_UTF8)) != NULL) {
		size_t len = without_soft_hyphens(text, work);

		if (len == text->len)
			break;
		take(text, work, len);
		stripped = true;
	}
	return stripped;
}

bool spelling_apply(enum sms_spelling spelling, struct buf *text)
{
	size_t room = GROWS_MAX * text->len + TRANSLIT_MAX;
	bool changed;
	char *work;

	if (spelling == SPELLING_AS_IS || text->len == 0 || room > text->max - text->len ||
	    sms_expensive_at(text->data, text->len) < 0)
		return false;
	work = buf_reserve(text, room);
	changed = rewrite_all(spelling, text, work);
	if (!changed && strip(text, work)) {
		changed = true;
		(void)rewrite_all(spelling, text, work);
	}
	text->data[text->len] = '\0';
	return changed;
}
