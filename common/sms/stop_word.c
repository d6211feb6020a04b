/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stop_word - see stop_word.h.
 *
 * A text becomes its letters in small form; these, and what the same keys give in the other layout,
 * are folded (look-alikes become one letter, repeated letters one) and compared with the table,
 * which is folded the same way.  So the table holds words as people write them. */
#include "common/sms/stop_word.h"

#include <stdint.h>
#include <string.h>

#include "common/sms/look_alike.h"
#include "common/text/utf8.h"

#define LETTERS_MAX 32 /* more are no stop word */

enum {
	AS_TYPED = 1, /* not in the other keyboard layout, where it means something */
	AMBIGUOUS = 2
};

static const struct {
	const char *word;
	enum stop_scope scope;
	unsigned flags;
} words[] = {
	/* Russian */
	{"стоп", STOP_ADVERTISING, 0},
	{"стопсмс", STOP_ADVERTISING, 0},
	{"стопреклама", STOP_ADVERTISING, 0},
	{"стопрекламе", STOP_ADVERTISING, 0},
	{"стопрассылка", STOP_ADVERTISING, 0},
	{"стопрассылке", STOP_ADVERTISING, 0},
	{"стоппожалуйста", STOP_ADVERTISING, 0},
	{"пожалуйстастоп", STOP_ADVERTISING, 0},
	{"отписка", STOP_ADVERTISING, 0},
	{"отписаться", STOP_ADVERTISING, 0},
	{"отписатьсяотрассылки", STOP_ADVERTISING, 0},
	{"отпишись", STOP_ADVERTISING, 0},
	{"отпишите", STOP_ADVERTISING, 0},
	{"отпишитеменя", STOP_ADVERTISING, 0},
	{"отказ", STOP_ADVERTISING, 0},
	{"отказываюсь", STOP_ADVERTISING, 0},
	{"отказотрассылки", STOP_ADVERTISING, 0},
	{"отказотрекламы", STOP_ADVERTISING, 0},
	/* slips of Russian words */
	{"стп", STOP_ADVERTISING, AS_TYPED}, /* its keys are CNG */
	{"сотп", STOP_ADVERTISING, 0},
	{"тсоп", STOP_ADVERTISING, 0},
	{"стпо", STOP_ADVERTISING, 0},
	{"стопь", STOP_ADVERTISING, 0},
	{"стоб", STOP_ADVERTISING, 0},
	{"отпска", STOP_ADVERTISING, 0},
	{"отписк", STOP_ADVERTISING, 0},
	{"отписак", STOP_ADVERTISING, 0},
	{"одписка", STOP_ADVERTISING, 0},
	{"атписка", STOP_ADVERTISING, 0},
	{"отписатся", STOP_ADVERTISING, 0},
	{"атказ", STOP_ADVERTISING, 0},
	/* English */
	{"stop", STOP_ADVERTISING, 0},
	{"stopsms", STOP_ADVERTISING, 0},
	{"pleasestop", STOP_ADVERTISING, 0},
	{"stopplease", STOP_ADVERTISING, 0},
	{"unsubscribe", STOP_ADVERTISING, 0},
	{"unsubscribeme", STOP_ADVERTISING, 0},
	{"unsub", STOP_ADVERTISING, 0},
	{"cancel", STOP_ADVERTISING, 0},
	{"end", STOP_ADVERTISING, AS_TYPED}, /* "утв." is a common abbreviation */
	{"quit", STOP_ADVERTISING, 0},
	{"optout", STOP_ADVERTISING, 0},
	{"revoke", STOP_ADVERTISING, 0},
	/* slips of English words, and Russian ones in Latin letters */
	{"stp", STOP_ADVERTISING, 0},
	{"sotp", STOP_ADVERTISING, 0},
	{"tsop", STOP_ADVERTISING, 0},
	{"stpo", STOP_ADVERTISING, 0},
	{"unsubcribe", STOP_ADVERTISING, 0},
	{"unsubscibe", STOP_ADVERTISING, 0},
	{"unsuscribe", STOP_ADVERTISING, 0},
	{"unsubscribed", STOP_ADVERTISING, 0},
	{"cansel", STOP_ADVERTISING, 0},
	{"cancle", STOP_ADVERTISING, 0},
	{"ctop", STOP_ADVERTISING, 0},
	{"cton", STOP_ADVERTISING, 0},
	{"otpiska", STOP_ADVERTISING, 0},
	{"otkaz", STOP_ADVERTISING, 0},
	/* everything */
	{"стопвсе", STOP_ALL, 0},
	{"стопвсем", STOP_ALL, 0},
	{"стопвсесмс", STOP_ALL, 0},
	{"стопвсесообщения", STOP_ALL, 0},
	{"стопвсерассылки", STOP_ALL, 0},
	{"отпискавсе", STOP_ALL, 0},
	{"отпискаотвсего", STOP_ALL, 0},
	{"отписатьсяотвсего", STOP_ALL, 0},
	{"stopall", STOP_ALL, 0},
	{"unsubscribeall", STOP_ALL, 0},
	{"optoutall", STOP_ALL, 0},
	/* by setting only */
	{"нет", STOP_ADVERTISING, AMBIGUOUS},
	{"no", STOP_ADVERTISING, AMBIGUOUS},
	{"ненадо", STOP_ADVERTISING, AMBIGUOUS},
	{"хватит", STOP_ADVERTISING, AMBIGUOUS},
};

/* --- letters -----------------------------------------------------------------------------------
 */

struct letters {
	size_t count;
	uint32_t at[LETTERS_MAX];
};

static bool between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* False when the text has more letters than any stop word. */
static bool letters_of(const char *text, size_t len, struct letters *out)
{
	const char *end = text + len;

	out->count = 0;
	while (text < end) {
		uint32_t c = look_small(utf8_next(&text, end));

		if (!look_letter(c))
			continue;
		/* The same letter again, as in "стооооп": one is enough for what follows. */
		if (out->count > 1 && out->at[out->count - 1] == c && out->at[out->count - 2] == c)
			continue;
		if (out->count == LETTERS_MAX)
			return false;
		out->at[out->count++] = c;
	}
	return out->count > 0;
}

/* --- the other keyboard layout -----------------------------------------------------------------
 */

/* Of the keys of letters: ЙЦУКЕН by QWERTY.  х ъ ж э б ю ё stand on keys of punctuation, and no
 * stop word needs them. */
static const uint16_t russian_of[26] = {
	0x0444, 0x0438, 0x0441, 0x0432, 0x0443, 0x0430, 0x043F, 0x0440, 0x0448,
	0x043E, 0x043B, 0x0434, 0x044C, 0x0442, 0x0449, 0x0437, 0x0439, 0x043A,
	0x044B, 0x0435, 0x0433, 0x043C, 0x0446, 0x0447, 0x043D, 0x044F,
};

static uint32_t other_key(uint32_t c)
{
	if (between(c, 'a', 'z'))
		return russian_of[c - 'a'];
	for (uint32_t i = 0; i < 26; i++)
		if (russian_of[i] == c)
			return 'a' + i;
	return 0;
}

/* False when it is not the letters of one layout. */
static bool other_layout(const struct letters *in, struct letters *out)
{
	bool latin = between(in->at[0], 'a', 'z');

	out->count = in->count;
	for (size_t i = 0; i < in->count; i++) {
		out->at[i] = other_key(in->at[i]);
		if (out->at[i] == 0 || between(in->at[i], 'a', 'z') != latin)
			return false;
	}
	return true;
}

/* --- folding -----------------------------------------------------------------------------------
 */

static void fold_all(struct letters *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++) {
		uint32_t c = look_fold(l->at[i]);

		if (n == 0 || l->at[n - 1] != c)
			l->at[n++] = c;
	}
	l->count = n;
}

static bool same(const struct letters *a, const struct letters *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0;
}

/* `folded` against the table. */
static enum stop_scope look_up(const struct letters *folded, unsigned refused_flags)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct letters word;

		if ((words[i].flags & refused_flags) != 0 ||
		    !letters_of(words[i].word, strlen(words[i].word), &word))
			continue;
		fold_all(&word);
		if (same(&word, folded))
			return words[i].scope;
	}
	return STOP_NONE;
}

enum stop_scope stop_word_match(const char *text, size_t len, bool ambiguous)
{
	unsigned refused = ambiguous ? 0 : AMBIGUOUS;
	struct letters typed, meant;
	enum stop_scope scope;
	bool slipped;

	if (!letters_of(text, len, &typed))
		return STOP_NONE;
	slipped = other_layout(&typed, &meant);
	fold_all(&typed);
	scope = look_up(&typed, refused);
	if (scope != STOP_NONE || !slipped)
		return scope;
	fold_all(&meant);
	return look_up(&meant, refused | AS_TYPED);
}

const char *stop_scope_name(enum stop_scope scope)
{
	static const char *const names[] = {NULL, "advertising", "all"};

	return names[scope];
}
