/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* advert - whether a text reads as advertising, names its advertiser and tells how to refuse
 * (requirements ).
 *
 * Words are compared as an eye reads them: case, ё for е, look-alikes of the other alphabet, a
 * letter said twice, and dots, hyphens or spaces between letters ("с к и д к а", "ак-ция") make no
 * difference.  It warns people and decides nothing: an endless number of texts advertise without
 * any such word. */
#ifndef VESTNIK_SMS_ADVERT_H
#define VESTNIK_SMS_ADVERT_H

#include <stdbool.h>
#include <stddef.h>

#define ADVERT_WORDS_MAX 8

/* The advertising words of a text, each once, in their dictionary form ("скидка", "%"); static.
 * Returns how many. */
size_t advert_words(const char *text, size_t len, const char *out[ADVERT_WORDS_MAX]);
/* Whether a name stands in a text as words of its own. */
bool advert_names(const char *text, size_t len, const char *name, size_t name_len);
/* Whether a text tells how to refuse: a word of stopping, or a stop link. */
bool advert_refusal(const char *text, size_t len);

#endif
