/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password_words - see password_words.h. */
#include "common/store/password_words.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/store/password.h"
#include "common/text/utf8.h"

#define ROW_MIN	     4	/* of a row of keys: shorter ones stand in many a word */
#define WORD_MIN     4	/* of a login or name */
#define LEFT_MIN     12 /* of what has to be left: a letter counts two, a digit one */
#define DISTINCT_MIN 5	/* of them different ones */

/* Of the lists of leaked passwords, in English and Russian, and what a tool like this suggests. */
static const char *const common[] = {
	"password",	 "passwort",  "passwd",
	"passphrase",	 "parol",     "пароль",
	"gfhjkm",	 "qwerty",    "qwertz",
	"azerty",	 "йцукен",    "ytrewq",
	"qazwsx",	 "zaqwsx",    "1qaz2wsx",
	"qweasd",	 "zxcvbn",    "1q2w3e4r",
	"q1w2e3r4",	 "1q2w3e",    "q1w2e3",
	"asdfgh",	 "asdf",      "admin",
	"administrator", "админ",     "root",
	"user",		 "login",     "логин",
	"welcome",	 "letmein",   "iloveyou",
	"ilove",	 "lovely",    "monkey",
	"dragon",	 "football",  "baseball",
	"basketball",	 "hockey",    "master",
	"sunshine",	 "princess",  "superman",
	"batman",	 "spiderman", "shadow",
	"michael",	 "jennifer",  "jordan",
	"michelle",	 "charlie",   "daniel",
	"andrew",	 "jessica",   "secret",
	"trustno",	 "whatever",  "freedom",
	"computer",	 "internet",  "service",
	"changeme",	 "default",   "guest",
	"testing",	 "test",      "hello",
	"pokemon",	 "starwars",  "samsung",
	"google",	 "yandex",    "mustang",
	"corvette",	 "mercedes",  "ferrari",
	"liverpool",	 "chelsea",   "arsenal",
	"spartak",	 "zenit",     "спартак",
	"зенит",	 "привет",    "privet",
	"любовь",	 "lubov",     "люблю",
	"солнце",	 "солнышко",  "наташа",
	"natasha",	 "марина",    "marina",
	"александр",	 "alexander", "сергей",
	"sergey",	 "andrey",    "андрей",
	"дмитрий",	 "dmitry",    "россия",
	"russia",	 "москва",    "moscow",
	"summer",	 "winter",    "spring",
	"autumn",	 "january",   "february",
	"september",	 "october",   "november",
	"december",	 "лето",      "зима",
	"весна",	 "осень",     "понедельник",
	"monday",	 "vestnik",   "вестник",
	"company",	 "компания",  "manager",
	"менеджер",	 "office",    "офис",
	"пользователь",	 "секрет",    "temp",
	"initial",	 "начальный", "correcthorsebatterystaple",
};

static const char *const rows[] = {
	"0123456789012",
	"abcdefghijklmnopqrstuvwxyz",
	"qwertyuiop[]",
	"asdfghjkl;'",
	"zxcvbnm,./",
	"!@#$%^&*()_+",
	"йцукенгшщзхъ",
	"фывапролджэ",
	"ячсмитьбю",
	"абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
	"абвгдежзийклмнопрстуфхцчшщъыьэюя",
};

struct letters {
	uint32_t at[PASSWORD_CHARS_MAX];
	bool out[PASSWORD_CHARS_MAX];
	size_t count;
};

static void read_letters(const char *text, size_t len, struct letters *l)
{
	const char *end = text + len;

	l->count = 0;
	while (text < end && l->count < PASSWORD_CHARS_MAX)
		l->at[l->count++] = utf8_lower(utf8_step(&text, end));
}

/* What people write for a letter so that it is no letter. */
static uint32_t spoken(uint32_t c)
{
	static const char signs[] = "@403$5!17";
	static const char letters[] = "aaoessiit";
	const char *at = c > 0 && c < 0x80 ? strchr(signs, (int)c) : NULL;

	return at != NULL ? (uint32_t)letters[at - signs] : c;
}

static void take_word(struct letters *l, const char *word, size_t len)
{
	struct letters w;

	read_letters(word, len, &w);
	for (size_t i = 0; w.count > 0 && i + w.count <= l->count; i++) {
		size_t k = 0;

		while (k < w.count && (l->at[i + k] == w.at[k] || spoken(l->at[i + k]) == w.at[k]))
			k++;
		if (k == w.count)
			memset(l->out + i, true, w.count);
	}
}

/* How many from i on go along the row, or back along it. */
static size_t along(const struct letters *l, size_t i, const struct letters *row)
{
	size_t longest = 0;

	for (size_t at = 0; at < row->count; at++) {
		size_t on = 0, back = 0;

		while (i + on < l->count && at + on < row->count &&
		       l->at[i + on] == row->at[at + on])
			on++;
		while (i + back < l->count && back <= at && l->at[i + back] == row->at[at - back])
			back++;
		longest = on > longest ? on : longest;
		longest = back > longest ? back : longest;
	}
	return longest;
}

static void take_rows(struct letters *l)
{
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct letters row;

		read_letters(rows[r], strlen(rows[r]), &row);
		for (size_t i = 0; i < l->count; i++) {
			size_t len = along(l, i, &row);

			if (len >= ROW_MIN)
				memset(l->out + i, true, len);
		}
	}
	for (size_t i = 0; i + 2 < l->count; i++)
		if (l->at[i] == l->at[i + 1] && l->at[i] == l->at[i + 2])
			memset(l->out + i, true, 3);
}

/* The words of a login or name: what stands between signs. */
static void take_about(struct letters *l, const char *text)
{
	static const char between[] = " .,_@-+\"'()";

	while (*text != '\0') {
		size_t len = strcspn(text, between);

		if (utf8_count(text, len) >= WORD_MIN)
			take_word(l, text, len);
		text += len;
		text += strspn(text, between);
	}
}

static bool enough_left(const struct letters *l)
{
	size_t left = 0, distinct = 0;

	for (size_t i = 0; i < l->count; i++) {
		bool seen = false;

		if (l->out[i] || (l->at[i] < 0x80 && !isalnum((int)l->at[i])))
			continue;
		for (size_t k = 0; k < i && !seen; k++)
			seen = !l->out[k] && l->at[k] == l->at[i];
		left += l->at[i] >= '0' && l->at[i] <= '9' ? 1 : 2;
		distinct += seen ? 0 : 1;
	}
	return left >= LEFT_MIN && distinct >= DISTINCT_MIN;
}

bool password_is_common(const char *password, const char *const *about)
{
	struct letters l = {0};

	read_letters(password, strlen(password), &l);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		take_word(&l, common[i], strlen(common[i]));
	take_rows(&l);
	for (; *about != NULL; about++)
		take_about(&l, *about);
	return !enough_left(&l);
}
