/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* spelling - a text written so that it fits the GSM 7-bit alphabet, in which a part holds 160
 * characters and not 70.
 *
 * What is written otherwise: signs, spaces and letters with marks (plain.h), and with
 * SPELLING_LATIN Cyrillic letters too (translit.h).  The whole text is looked at, values of
 * placeholders included, because one character outside the alphabet costs as much as a hundred.  So
 * a text is rewritten whole or stays as it is:
 * - it is rewritten when it then is in the GSM alphabet and takes no more parts than before, on
 *   whatever account;
 * - of one that stays in UCS-2 only soft hyphens are left out, which no telephone needs and each of
 *   which costs a character;
 * - a link is never changed.  One with characters outside the alphabet keeps the text in UCS-2.
 *   Characters of the alphabet are never changed, and so neither are promo codes, which consist of
 *   them. */
#ifndef VESTNIK_SMS_SPELLING_H
#define VESTNIK_SMS_SPELLING_H

#include <stdbool.h>

#include "common/base/buf.h"

enum sms_spelling { SPELLING_AS_IS = 0, SPELLING_PLAIN = 1, SPELLING_LATIN = 2 };
#define SPELLING_LAST SPELLING_LATIN

/* As the API and the database call them: as_is, plain, latin. */
const char *spelling_name(enum sms_spelling spelling);
bool spelling_parse(const char *name, enum sms_spelling *out);
/* Of a name that can be none but these; another is a bug. */
enum sms_spelling spelling_of(const char *name);

/* Rewrite a normalised text (sms_normalise) in its place; it needs up to three times the room of
 * the text in `text`, and without it the text stays as it is.  Whether it is another text now. */
bool spelling_apply(enum sms_spelling spelling, struct buf *text);

#endif
