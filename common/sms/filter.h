/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* filter - what a placeholder does with a value before it is put into a text: {sum:money}.
 *
 * Nothing here allocates.  Numbers are decimal text with `.` or `,`; dates are ISO 8601
 * (YYYY-MM-DD, then optionally T or a space and HH:MM[:SS[.sss]][zone], shown as written: the zone
 * is not reckoned with). */
#ifndef VESTNIK_SMS_FILTER_H
#define VESTNIK_SMS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_ARGS_MAX	 3
#define FILTER_VALUE_MAX 2048 /* bytes; what is longer cannot be read */

struct filter_span {
	const char *at;
	size_t len;
};

enum filter_language { FILTER_EN, FILTER_RU };

struct filter_info {
	const char *name, *arguments, *purpose;
};

struct filter {
	int kind;
	enum filter_language language;
	size_t arg_count;
	struct filter_span arg[FILTER_ARGS_MAX]; /* borrowed */
};

enum filter_fault {
	FILTER_FINE,
	FILTER_UNKNOWN,
	FILTER_ARGUMENTS,   /* more than the filter takes */
	FILTER_FORMS,	    /* of plural: not three, nor two without Cyrillic letters */
	FILTER_DATE_LETTER, /* of a pattern */
};

/* Every filter, in order of name. */
const struct filter_info *filter_list(size_t *count_out);
/* Set f->kind by name and check f->arg.  f->language is that of the template; a last argument ru or
 * en of date, number and money replaces it and is taken away.  *at_out: what is wrong. */
enum filter_fault filter_init(struct filter *f, struct filter_span name, const char **at_out);
/* Write at most FILTER_VALUE_MAX bytes to `out`, which is not `in`.  0: the value cannot be read.
 */
size_t filter_apply(const struct filter *f, struct filter_span in, char *out);

/* Compare as numbers when both are, else as dates when both are.  False: neither. */
bool filter_compare(struct filter_span a, struct filter_span b, int *order_out);
/* Whether the text is a number or a date. */
bool filter_is_ordered(struct filter_span text);
/* Russian when a Cyrillic letter stands in the text, else English. */
enum filter_language filter_language_of(const char *text, size_t len);

#endif
