/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fill - texts of a provider's profile with {names} in them, which requests give values.
 *
 * A name is a small letter and then small letters, digits and _; braces around anything else are
 * text, so JSON needs no quoting of its own.  What a value stands in decides how it is escaped: a
 * value is never more than a value. */
#ifndef VESTNIK_PROVIDER_FILL_H
#define VESTNIK_PROVIDER_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

enum fill_escape {
	FILL_PLAIN,
	FILL_HEADER, /* line ends become spaces */
	FILL_URL,    /* all but the unreserved (RFC 3986, section 2.3) as %XX */
	FILL_JSON,   /* inside the quotation marks of a string (RFC 8259, section 7) */
	FILL_XML,    /* a text or a quoted attribute; what XML 1.0 cannot hold becomes U+FFFD */
};

#define FILL_NAME_MAX 32

/* The value of a name, NULL: there is no such name.  Borrowed until the next call. */
typedef const char *fill_value(void *arg, const char *name);

/* Append a value alone. */
void fill_escaped(struct buf *out, const char *value, enum fill_escape escape);
/* Append `text` with its names replaced.  False: `unknown_out` is the first name without a value.
 */
bool fill_text(struct buf *out, const char *text, enum fill_escape escape, fill_value *value,
	       void *arg, char unknown_out[FILL_NAME_MAX]);

#endif
