/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* translit - Cyrillic in Latin letters, as people read it.
 *
 * Russian by the table of order 310 of the Russian Ministry of Internal Affairs (26 May 1997),
 * which passports had: zh kh ts ch sh shch y e yu ya, of which each reads at sight what was meant.
 * The signs it writes for the letters that have no sound of their own are left out, because a text
 * is no document: only before a vowel they are heard, and "y" stands there (Vasilyev, obyezd,
 * semyi). Other alphabets by their nearest sound.  It cannot be read back by a program.
 *
 * Capitals: a letter that becomes several is all capitals in a word in capitals (SHCHUKA), else its
 * first is one (Shchuka). */
#ifndef VESTNIK_SMS_TRANSLIT_H
#define VESTNIK_SMS_TRANSLIT_H

#include <stddef.h>

#define TRANSLIT_MAX 5 /* bytes, all of them ASCII */

/* Write what stands for the letter at `at` of the valid UTF-8 from `text` to `end`, without a NUL,
 * and return its length, 0 for a letter that is not shown; -1: it is no Cyrillic letter. */
int translit_put(const char *text, const char *at, const char *end, char out[TRANSLIT_MAX]);

#endif
