/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lang - what the service says to a person, in that person's language.
 *
 * Sentences are made, logged and stored in English; only where one goes out it is put into the
 * language asked for.  common/web/ru.txt names each sentence by its English format and gives the
 * Russian one: the sentence is recognised by that format, and what stood for its conversions is
 * set in again.  So a refusal that was stored yesterday is read by each in their own language, and
 * nobody who makes a sentence has to know who will read it.
 *
 * A sentence that is not in the table stays English; a test holds the table against the sources. */
#ifndef VESTNIK_WEB_LANG_H
#define VESTNIK_WEB_LANG_H

#include "common/base/buf.h"

enum lang { LANG_EN, LANG_RU };

/* By an Accept-Language header (NULL when absent): the better liked of the two, else English. */
enum lang lang_wanted(const char *accept_language);

/* Append `english` in `lang`.  Any thread. */
void lang_say(enum lang lang, const char *english, struct buf *out);

#endif
