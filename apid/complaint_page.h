/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* complaint_page - the page of a pack of proof that people read: what its JSON files say, in words.
 */
#ifndef VESTNIK_APID_COMPLAINT_PAGE_H
#define VESTNIK_APID_COMPLAINT_PAGE_H

#include "common/base/buf.h"
#include "common/web/lang.h"

struct cJSON;

/* Begin the page, and each language's part of it. */
void proof_page_head(struct buf *out);
void proof_page_begin(struct buf *out, enum lang lang, int64_t complaint_id);
/* A heading and what a file says: an object, or an array of them. */
void proof_page_section(struct buf *out, enum lang lang, const char *title, const char *file,
			const struct cJSON *doc);
void proof_page_end(struct buf *out);

#endif
