/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* text_pattern - a text with variables, as Russian operators register texts, and whether a message
 * is one of it.
 *
 *   %d         a number: digits and signs without a space (1500, 20/03/2026, 12:30)
 *   %w         a word: letters, digits and signs without a space
 *   %d{1,n}    one to n numbers with spaces between them, n from 1 to 50; likewise %w{1,n}
 *   %d+  %w+   as many as there are
 *
 * Everything else is text and has to be the same in the message, capitals and spaces too; a percent
 * sign that no d or w follows is text.  Letters are those of Latin and Cyrillic alphabets, signs
 * the ASCII ones and No (U+2116), U+201C, U+201D, U+2015; no variable takes anything else, such as
 * an emoji, a line break or a no-break space.  A variable may stand next to letters and signs
 * ("*%d.") and takes what lets the rest of the text be found.
 *
 * The syntax and its meaning are those that providers of several operators publish for their
 * customers (Exolve, Yandex Cloud Notification Service, RedSMS).  What a certain operator reads
 * differently is not known here.
 *
 * A comparison takes time in proportion to the text times the variables, whatever they are.
 *
 * Owner: whoever compiled it.  Any thread may match, each with scratch of its own. */
#ifndef VESTNIK_SMS_TEXT_PATTERN_H
#define VESTNIK_SMS_TEXT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

#define TEXT_PATTERN_BYTES_MAX	   4000
#define TEXT_PATTERN_VARIABLES_MAX 40
#define TEXT_PATTERN_TEXT_MAX	   4096 /* bytes; a longer text is one of no pattern */

struct text_pattern;

/* ERR_INPUT says what is wrong and at which character. */
bool text_pattern_compile(const char *text, size_t len, struct text_pattern **out, struct err *err);
void text_pattern_free(struct text_pattern **pattern);
/* What every text of the pattern begins with; *len_out may be 0.  Borrowed. */
const char *text_pattern_prefix(const struct text_pattern *pattern, size_t *len_out);

/* A text made ready for comparing it with many patterns.  Some 20 KiB: keep one a thread. */
struct text_probe {
	const char *text; /* borrowed from the caller of text_probe_set() */
	size_t len;
	bool ready; /* kinds are filled */
	uint8_t kind[TEXT_PATTERN_TEXT_MAX + 1];
	uint16_t at[2][TEXT_PATTERN_TEXT_MAX + 1];
};
/* Valid UTF-8.  False: too long for any pattern. */
bool text_probe_set(struct text_probe *t, const char *text, size_t len);
bool text_pattern_match(const struct text_pattern *pattern, struct text_probe *t);

#endif
