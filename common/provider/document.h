/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* document - what a provider says, as one tree of texts whatever it is written in.
 *
 * JSON is itself; numbers keep their digits.  XML: an element is an object of its attributes
 * ("@name"), its text ("#text") and its children, several of one name an array; one that has text
 * alone is that text.  Text: the groups of a regular expression, "0" the whole match.  A form: its
 * fields, several of one name (or name[0], name[1]) an array.  So every value is found by a JSON
 * Pointer (RFC 6901). */
#ifndef VESTNIK_PROVIDER_DOCUMENT_H
#define VESTNIK_PROVIDER_DOCUMENT_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

enum document_format { DOCUMENT_JSON, DOCUMENT_XML, DOCUMENT_FORM, DOCUMENT_TEXT };
#define DOCUMENT_FORMAT_WORDS                                                                      \
	{                                                                                          \
		"json", "xml", "form", "text", NULL                                                \
	}

#define DOCUMENT_BYTES_MAX (256 * 1024)
#define DOCUMENT_GROUPS	   10 /* of a regular expression, the whole match among them */

struct cJSON;

/* `pattern` is for DOCUMENT_TEXT alone.  ERR_INPUT says what is wrong with it, never what stood
 * there.  Owner: the caller, who releases it with document_free(). */
bool document_parse(enum document_format format, const char *text, size_t len,
		    const regex_t *pattern, struct cJSON **out, struct err *err);
void document_free(struct cJSON **document);

/* What a pointer leads to; "" is the whole.  NULL: nothing.  Borrowed. */
const struct cJSON *document_find(const struct cJSON *document, const char *pointer);
/* A text, a number, true or false, as text; NULL for anything else.  Borrowed. */
const char *document_text(const struct cJSON *document, const char *pointer);

#endif
