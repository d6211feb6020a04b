/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* body - a bounded pipe of request bytes from the event thread to the one worker that reads them.
 *
 * The event thread puts what arrived and never waits; what did not fit it offers again once
 * body_take() has said that the writer may go on.  The worker waits.  Either side may end it. */
#ifndef VESTNIK_WEB_BODY_H
#define VESTNIK_WEB_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct body;

struct body *body_new(size_t capacity);
void body_free(struct body **b);

/* Event thread: put up to len bytes, returns how many fitted.  Less than len: the writer counts as
 * waiting. */
size_t body_put(struct body *b, const void *data, size_t len);
void body_finish(struct body *b); /* nothing more comes: all is there */
void body_abort(struct body *b);  /* nothing more comes: the sender is gone */

enum body_outcome { BODY_DATA, BODY_END, BODY_GONE, BODY_TIMEOUT };

/* Worker: wait for data until the deadline (clock_mono_ms) and copy up to size bytes.  *resume_out:
 * the writer waits and there is room again, tell it. */
enum body_outcome body_take(struct body *b, void *out, size_t size, uint64_t deadline_ms,
			    size_t *len_out, bool *resume_out);

#endif
