/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* directory_text - texts that go to the directory and come from it. */
#ifndef VESTNIK_APID_DIRECTORY_TEXT_H
#define VESTNIK_APID_DIRECTORY_TEXT_H

#include "common/base/buf.h"

struct berval;

/* A value as text: what is no UTF-8 or has control characters is NULL.  The caller's: mem_free().
 */
char *directory_value_text(const struct berval *value);
/* A unique id as it is kept (directory_entry.subject). */
char *directory_subject(const struct berval *value);
/* The value of a kept id, for a filter. */
void directory_subject_filter(const char *subject, struct buf *out);

#endif
