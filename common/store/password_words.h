/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* password_words - what everybody thinks of first: common passwords, rows of keys, the own login,
 * the company's name.  A guesser tries them with every number and sign behind and between. */
#ifndef VESTNIK_STORE_PASSWORD_WORDS_H
#define VESTNIK_STORE_PASSWORD_WORDS_H

#include <stdbool.h>

/* Whether too little is left of a password (valid UTF-8, PASSWORD_CHARS_MAX characters at most)
 * when all that is taken out: common words, also with 0 for o and the like; rows of keys, letters
 * and digits; one sign again and again; the words of `about`, NULL-ended, of four characters or
 * more. */
bool password_is_common(const char *password, const char *const *about);

#endif
