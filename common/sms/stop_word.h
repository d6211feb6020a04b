/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* stop_word - whether a whole message asks to be written to no more (requirement R-10).
 *
 * Only a message that is nothing but a stop word matches: letters are compared, while case, spaces,
 * punctuation, emoji, a letter said twice, ё for е, look-alikes of the other alphabet and digits in
 * letters' places make no difference, and words typed in the wrong keyboard layout ("cnjg") are
 * read in the right one.  A text that merely contains a stop word does not match.  Pure: no
 * allocation, no locale. */
#ifndef VESTNIK_SMS_STOP_WORD_H
#define VESTNIK_SMS_STOP_WORD_H

#include <stdbool.h>
#include <stddef.h>

enum stop_scope {
	STOP_NONE = 0,
	STOP_ADVERTISING = 1, /* "СТОП", "STOP", "ОТПИСКА" ...: advertising stops */
	STOP_ALL = 2,	      /* "СТОП ВСЕ", "STOPALL": everything stops */
};

/* What a text asks for.  `ambiguous`: words that answer many a question ("НЕТ", "NO") are stop
 * words, too.  Invalid UTF-8 is compared as if its broken bytes were not there. */
enum stop_scope stop_word_match(const char *text, size_t len, bool ambiguous);

/* As opt_out.scope stores it: "advertising", "all"; NULL for STOP_NONE. */
const char *stop_scope_name(enum stop_scope scope);

#endif
