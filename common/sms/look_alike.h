/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* look_alike - letters as an eye reads them, for comparing words whatever alphabet they are typed
 * in.
 */
#ifndef VESTNIK_SMS_LOOK_ALIKE_H
#define VESTNIK_SMS_LOOK_ALIKE_H

#include <stdbool.h>
#include <stdint.h>

/* The small form of a letter: Latin, Russian, Greek, full width. */
uint32_t look_small(uint32_t c);
/* Whether a small code point is a letter or digit.  Everything else, combining marks of a
 * decomposed й or ё among it, says nothing. */
bool look_letter(uint32_t c);
/* One letter for all that look alike in either case, of a small one; ё is е, 0 is o. */
uint32_t look_fold(uint32_t c);

#endif
