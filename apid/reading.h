/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* reading - who read whose data: a row for each answer that holds any.
 *
 * json_out counts what it writes of people (json_put_phone), so an operation needs not say that it
 * shows them: request_reply() and download_reply() write the row before the answer leaves, and an
 * answer whose row cannot be written does not leave. */
#ifndef VESTNIK_APID_READING_H
#define VESTNIK_APID_READING_H

#include "apid/api.h"

#define READING_REASON_CHARS 500

/* Write the row, unless nobody was shown.  False: the problem is filled. */
bool reading_note(struct request *r);

#endif
