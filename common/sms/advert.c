/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* advert - see advert.h.
 *
 * A text becomes its folded letters, each with what stands before it: nothing, a sign, or a space.
 * A stem of the table is looked for at every letter that begins a word; on the way signs may be
 * passed always, and spaces where no word is likely to be read into two that way. */
#include "common/sms/advert.h"

#include <stdint.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/sms/look_alike.h"
#include "common/text/utf8.h"

#define STEM_LETTERS_MAX 40
#define PERCENT		 '%'
#define WORDS_BEFORE	 5 /* of a per cent sign, looked at for what it is a part of */
#define WORDS_AFTER	 3

enum gap { GAP_NONE, GAP_SIGN, GAP_SPACE };

struct letter {
	uint32_t c;
	enum gap before;
};

/* Owner: whoever called spell(); freed with mem_free(). */
struct spelled {
	struct letter *at;
	size_t count;
};

enum {
	WHOLE = 1,    /* not the beginning of a longer word */
	ANYWHERE = 2, /* a word may begin before it: "суперскидка" */
	PHRASE = 4,   /* several words */
	KEPT = 8,     /* two common words give it: "вы годны" */
};

struct stem {
	const char *stem, *name;
	unsigned flags;
};

static const struct stem stems[] = {
	{"скидк", "скидка", ANYWHERE},
	{"скидоч", "скидка", 0},
	{"распродаж", "распродажа", ANYWHERE},
	{"промокод", "промокод", ANYWHERE},
	{"промоакци", "акция", 0},
	{"акци", "акция", KEPT},
	{"спецакци", "акция", 0},
	{"суперакци", "акция", 0},
	{"бонус", "бонус", ANYWHERE},
	{"кешбэк", "кешбэк", 0},
	{"кэшбэк", "кешбэк", 0},
	{"кешбек", "кешбэк", 0},
	{"кэшбек", "кешбэк", 0},
	{"выгод", "выгодно", KEPT},
	{"выгадай", "выгодно", KEPT},
	{"успей", "успейте", 0},
	{"поторопи", "успейте", 0},
	{"подарок", "подарок", KEPT},
	{"подарк", "подарок", KEPT},
	{"подарочн", "подарок", KEPT},
	{"дарим", "подарок", KEPT},
	{"розыгрыш", "розыгрыш", 0},
	{"разыгрыва", "розыгрыш", 0},
	{"спецпредложени", "спецпредложение", 0},
	{"спеццен", "спецпредложение", 0},
	{"специальноепредложени", "спецпредложение", PHRASE},
	{"специальныецены", "спецпредложение", PHRASE},
	{"толькосегодня", "только сегодня", PHRASE},
	{"толькосейчас", "только сегодня", PHRASE},
	{"толькозавтра", "только сегодня", PHRASE},
	{"толькоувас", "только сегодня", PHRASE | WHOLE},
	{"лучшаяцена", "лучшая цена", PHRASE},
	{"лучшиецены", "лучшая цена", PHRASE},
	{"лучшейцене", "лучшая цена", PHRASE},
	{"суперцен", "лучшая цена", 0},
	{"discount", "discount", 0},
	{"sale", "sale", WHOLE | KEPT},
	{"sales", "sale", WHOLE | KEPT},
	{"promocode", "promo code", PHRASE},
	{"cashback", "cashback", PHRASE},
	{"bonus", "bonus", 0},
	{"gift", "gift", KEPT},
	{"specialoffer", "special offer", PHRASE},
	{"onlytoday", "only today", PHRASE},
	{"todayonly", "only today", PHRASE},
	{"hurryup", "only today", PHRASE},
};

/* Words that begin as a stem and mean something else. */
static const char *const innocent[] = {
	"акциз",				/* excise */
	"акционер", "акционир", "выгодоприобр", /* a beneficiary */
};

/* What a per cent sign is a part of when it is no discount. */
static const char *const rates[] = {
	"ндс",	  "ндфл",     "ставк",	  "годов",     "налог",	  "комисси",  "пени", "пеня",
	"пеню",	  "неустойк", "штраф",	  "просрочен", "процент", "vat",      "tax",  "apr",
	"annual", "rate",     "interest", "fee",       "заряд",	  "заполнен",
};

static const char *const refusals[] = {
	"стоп",	      "stop",	"отпис", "отказ", "неполучатьрассылк", "неполучатьреклам",
	"unsubscrib", "optout",
};

/* --- letters -------------------------------------------------------------------------------------
 */

static bool combining(uint32_t c)
{
	return c >= 0x0300 && c <= 0x036F;
}

static bool spacing(uint32_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0xA0 ||
	       (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x3000;
}

static bool percent(uint32_t c)
{
	return c == PERCENT || c == 0xFF05 || c == 0x066A;
}

/* No more letters than bytes.  The same letter again is one, but in another word. */
static void spell(const char *text, size_t len, struct spelled *out)
{
	const char *end = text + len;
	enum gap gap = GAP_SPACE;

	*out = (struct spelled){.at = mem_calloc(len + 1, sizeof(*out->at))};
	while (text < end) {
		uint32_t c = look_small(utf8_next(&text, end));

		if (combining(c))
			continue;
		if (percent(c)) {
			c = PERCENT;
		} else if (!look_letter(c)) {
			gap = spacing(c) || gap == GAP_SPACE ? GAP_SPACE : GAP_SIGN;
			continue;
		} else {
			c = look_fold(c);
		}
		if (gap == GAP_NONE && out->count > 0 && out->at[out->count - 1].c == c)
			continue;
		out->at[out->count++] = (struct letter){c, gap};
		gap = GAP_NONE;
	}
}

static size_t fold_stem(const char *stem, uint32_t out[STEM_LETTERS_MAX])
{
	const char *end = stem + strlen(stem);
	size_t n = 0;

	while (stem < end && n < STEM_LETTERS_MAX) {
		uint32_t c = look_fold(look_small(utf8_next(&stem, end)));

		if (n == 0 || out[n - 1] != c)
			out[n++] = c;
	}
	return n;
}

/* Where the letters that stand together end. */
static size_t piece_end(const struct spelled *s, size_t at)
{
	do
		at++;
	while (at < s->count && s->at[at].before == GAP_NONE);
	return at;
}

/* Whether the letters from `at` are those of the stem.  Spaces within are passed where `spaces`
 * says so, or when each piece is a letter or two. */
static bool begins(const struct spelled *s, size_t at, const uint32_t *stem, size_t n, bool spaces,
		   size_t *end_out)
{
	size_t first = at;
	bool small = true, spaced = false;
	uint32_t before = 0;

	for (size_t i = 0; i < n; at++) {
		if (at == s->count)
			return false;
		if (at > first && s->at[at].before == GAP_SPACE)
			spaced = true;
		if ((at == first || s->at[at].before != GAP_NONE) && piece_end(s, at) - at > 2)
			small = false;
		if (s->at[at].c == stem[i])
			before = stem[i++];
		else if (s->at[at].c != before) /* "скид.дка": twice, with a sign between */
			return false;
	}
	*end_out = at;
	return !spaced || spaces || small;
}

static bool word_starts(const struct spelled *s, size_t at)
{
	return s->at[at].before != GAP_NONE;
}

static bool word_ends(const struct spelled *s, size_t at)
{
	return at == s->count || s->at[at].before != GAP_NONE;
}

/* --- words ---------------------------------------------------------------------------------------
 */

static bool begins_any(const struct spelled *s, size_t at, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t stem[STEM_LETTERS_MAX];
		size_t end, n = fold_stem(list[i], stem);

		if (begins(s, at, stem, n, false, &end))
			return true;
	}
	return false;
}

static bool found(const struct spelled *s, const struct stem *stem)
{
	uint32_t letters[STEM_LETTERS_MAX];
	size_t end, n = fold_stem(stem->stem, letters);

	for (size_t at = 0; at < s->count; at++) {
		if (!word_starts(s, at) && (stem->flags & ANYWHERE) == 0)
			continue;
		if (!begins(s, at, letters, n, (stem->flags & KEPT) == 0, &end) ||
		    ((stem->flags & WHOLE) != 0 && !word_ends(s, end)))
			continue;
		if (!begins_any(s, at, innocent, sizeof(innocent) / sizeof(innocent[0])))
			return true;
	}
	return false;
}

/* Whether a per cent sign tells of a rate, by the words around it. */
static bool is_rate(const struct spelled *s, size_t sign)
{
	const size_t rate_count = sizeof(rates) / sizeof(rates[0]);
	size_t words = 0;

	for (size_t at = sign; at > 0 && words <= WORDS_BEFORE; at--) {
		if (!word_starts(s, at - 1))
			continue;
		words++;
		if (begins_any(s, at - 1, rates, rate_count))
			return true;
	}
	words = 0;
	for (size_t at = sign + 1; at < s->count && words < WORDS_AFTER; at++) {
		if (!word_starts(s, at))
			continue;
		words++;
		if (begins_any(s, at, rates, rate_count))
			return true;
	}
	return false;
}

static bool found_percent(const struct spelled *s)
{
	for (size_t at = 0; at < s->count; at++)
		if (s->at[at].c == PERCENT && !is_rate(s, at))
			return true;
	return false;
}

static size_t keep(const char *name, const char *out[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(out[i], name) == 0)
			return count;
	if (count < ADVERT_WORDS_MAX)
		out[count++] = name;
	return count;
}

size_t advert_words(const char *text, size_t len, const char *out[ADVERT_WORDS_MAX])
{
	struct spelled s;
	size_t count = 0;

	spell(text, len, &s);
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (found(&s, &stems[i]))
			count = keep(stems[i].name, out, count);
	if (found_percent(&s))
		count = keep("%", out, count);
	mem_free(s.at);
	return count;
}

/* --- what advertising must say -------------------------------------------------------------------
 */

bool advert_names(const char *text, size_t len, const char *name, size_t name_len)
{
	struct spelled s, wanted;
	bool is = false;

	spell(text, len, &s);
	spell(name, name_len, &wanted);
	for (size_t at = 0; !is && wanted.count > 0 && at + wanted.count <= s.count; at++) {
		size_t i = 0;

		if (!word_starts(&s, at))
			continue;
		while (i < wanted.count && s.at[at + i].c == wanted.at[i].c)
			i++;
		is = i == wanted.count && word_ends(&s, at + i);
	}
	mem_free(s.at);
	mem_free(wanted.at);
	return is;
}

bool advert_refusal(const char *text, size_t len)
{
	struct spelled s;
	bool is = false;

	spell(text, len, &s);
	for (size_t i = 0; !is && i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct stem stem = {refusals[i], refusals[i], PHRASE};

		is = found(&s, &stem);
	}
	mem_free(s.at);
	return is;
}
