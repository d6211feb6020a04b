/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* document_xml - XML as a tree of texts; inner part of document, which says its form. */
#ifndef VESTNIK_PROVIDER_DOCUMENT_XML_H
#define VESTNIK_PROVIDER_DOCUMENT_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct cJSON;

/* On false *out may hold a part of it, which is the caller's to free. */
bool document_xml_parse(const char *text, size_t len, struct cJSON **out, struct err *err);

#endif
