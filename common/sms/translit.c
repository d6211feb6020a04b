/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* translit - see translit.h. */
#include "common/sms/translit.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/text/utf8.h"

#define FIRST	   0x0400
#define LAST	   0x052F
#define SMALL	   0x0430 /* from here on small letters alone, up to SMALL_LAST */
#define SMALL_LAST 0x045F
#define HARD_SIGN  0x044A
#define SOFT_SIGN  0x044C
#define LATIN_MAX  4 /* bytes for one letter */

/* U+0430 to U+045F: Russian, then the letters of its neighbours.  Not a string each: they are
 * copied whole, NULs included. */
static const char common_letters[][LATIN_MAX] = {
	"a", "b", "v",	"g", "d",  "e",	 "zh", "z",  "i",  "y",	   "k",	 "l", "m", "n", "o",  "p",
	"r", "s", "t",	"u", "f",  "kh", "ts", "ch", "sh", "shch", "",	 "y", "",  "e", "yu", "ya",
	"e", "e", "dj", "g", "ye", "dz", "i",  "yi", "j",  "lj",   "nj", "c", "k", "i", "u",  "dz",
};

/* Small letters of the languages of Russia and around it, and of old books; in order. */
static const struct letter {
	uint16_t code_point;
	char latin[LATIN_MAX];
} rare_letters[] = {
	{0x0463, "e"},	{0x0473, "f"},	{0x0475, "i"},	{0x0491, "g"},	{0x0493, "g"},
	{0x0495, "g"},	{0x0497, "j"},	{0x0499, "z"},	{0x049B, "q"},	{0x049D, "k"},
	{0x049F, "k"},	{0x04A1, "q"},	{0x04A3, "n"},	{0x04A5, "ng"}, {0x04A7, "p"},
	{0x04A9, "o"},	{0x04AB, "s"},	{0x04AD, "t"},	{0x04AF, "u"},	{0x04B1, "u"},
	{0x04B3, "h"},	{0x04B5, "ts"}, {0x04B7, "j"},	{0x04B9, "j"},	{0x04BB, "h"},
	{0x04BD, "ch"}, {0x04BF, "ch"}, {0x04C2, "zh"}, {0x04C4, "k"},	{0x04C6, "l"},
	{0x04C8, "n"},	{0x04CA, "n"},	{0x04CC, "ch"}, {0x04CE, "m"},	{0x04CF, ""},
	{0x04D1, "a"},	{0x04D3, "a"},	{0x04D5, "ae"}, {0x04D7, "e"},	{0x04D9, "a"},
	{0x04DB, "a"},	{0x04DD, "j"},	{0x04DF, "z"},	{0x04E1, "dz"}, {0x04E3, "i"},
	{0x04E5, "i"},	{0x04E7, "o"},	{0x04E9, "o"},	{0x04EB, "o"},	{0x04ED, "e"},
	{0x04EF, "u"},	{0x04F1, "u"},	{0x04F3, "u"},	{0x04F5, "ch"}, {0x04F7, "g"},
	{0x04F9, "y"},	{0x051B, "q"},	{0x051D, "w"},
};

/* The small letter of a Cyrillic one. */
static uint32_t lower(uint32_t c)
{
	if (c < 0x0410)
		return c + 0x50;
	if (c < SMALL)
		return c + 0x20;
	if (c <= SMALL_LAST)
		return c;
	if (c == 0x04C0)
		return 0x04CF;
	if (c >= 0x04C1 && c <= 0x04CE)
		return c + (c & 1);
	return c == 0x04CF ? c : c | 1;
}

/* NULL: none. */
static const char *latin_of(uint32_t small)
{
	if (small >= SMALL && small <= SMALL_LAST)
		return common_letters[small - SMALL];
	for (size_t i = 0; i < sizeof(rare_letters) / sizeof(rare_letters[0]); i++)
		if (rare_letters[i].code_point == small)
			return rare_letters[i].latin;
	return NULL;
}

static bool is_cyrillic(uint32_t c)
{
	return c >= FIRST && c <= LAST;
}

static bool is_small(uint32_t c)
{
	return is_cyrillic(c) ? lower(c) == c : c >= 'a' && c <= 'z';
}

static bool is_capital(uint32_t c)
{
	return is_cyrillic(c) ? lower(c) != c : c >= 'A' && c <= 'Z';
}

/* The code point in front of `at`, which moves there; 0 at the beginning of the text. */
static uint32_t before(const char *text, const char **at)
{
	const char *from = *at;

	if (from == text)
		return 0;
	do
		from--;
	while (from > text && ((unsigned char)*from & 0xC0) == 0x80);
	*at = from;
	return utf8_next(&from, text + (from - text) + 4);
}

static uint32_t next(const char **at, const char *end)
{
	return *at < end ? utf8_next(at, end) : 0;
}

/* Whether the capital at `at` stands in a word in capitals.  A word of one letter is as its
 * neighbours are. */
static bool in_capitals(const char *text, const char *at, const char *end)
{
	const char *left = at, *right = at;
	uint32_t one_before = before(text, &left), one_after;

	(void)utf8_next(&right, end);
	one_after = next(&right, end);
	if (is_capital(one_after) || is_small(one_after))
		return is_capital(one_after);
	if (is_capital(one_before) || is_small(one_before))
		return is_capital(one_before);
	if (one_after == ' ' && is_capital(next(&right, end)))
		return is_capital(next(&right, end));
	return one_before == ' ' && is_capital(before(text, &left)) &&
	       is_capital(before(text, &left));
}

/* Behind the hard or the soft sign a vowel is heard with "y" in front of it. */
static bool is_parted(const char *text, const char *at, uint32_t small)
{
	uint32_t sign;

	if (small != 0x0435 && small != 0x0451 && small != 0x0438 && small != 0x043E)
		return false;
	sign = before(text, &at);
	return is_cyrillic(sign) && (lower(sign) == HARD_SIGN || lower(sign) == SOFT_SIGN);
}

static void capitalise(char *letters, size_t len)
{
	for (size_t i = 0; i < len; i++)
		letters[i] = (char)(letters[i] - 'a' + 'A');
}

int translit_put(const char *text, const char *at, const char *end, char out[TRANSLIT_MAX])
{
	const unsigned char *octet = (const unsigned char *)at;
	const char *latin;
	uint32_t c, small;
	size_t len = 0;

	if (octet[0] < 0xD0 || octet[0] > 0xD4)
		return -1;
	c = (uint32_t)(octet[0] & 0x1F) << 6 | (octet[1] & 0x3F);
	small = is_cyrillic(c) ? lower(c) : 0;
	latin = latin_of(small);
	if (latin == NULL)
		return -1;
	if (is_parted(text, at, small))
		out[len++] = 'y';
	memcpy(out + len, latin, LATIN_MAX);
	len += strnlen(latin, LATIN_MAX);
	if (small != c && len > 0)
		capitalise(out, len > 1 && in_capitals(text, at, end) ? len : 1);
	return (int)len;
}
