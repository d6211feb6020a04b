/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* batch - events taken together and done in one transaction.
 *
 * All events of a batch have different ids and speak of different things, so the order within it
 * means nothing but this: a client stands before what is said of it. */
#ifndef VESTNIK_CRMD_BATCH_H
#define VESTNIK_CRMD_BATCH_H

#include "crmd/event.h"

#define BATCH_EVENTS_MAX 500

struct batch {
	struct event *events; /* BATCH_EVENTS_MAX + 1 places: one more is read before it is known to
				 belong to the next batch */
	size_t count;
	bool has_next;
};

void batch_init(struct batch *b);
void batch_deinit(struct batch *b);
/* Forget the events in hand and go on with the one that was read too far, if any. */
void batch_advance(struct batch *b);
/* Forget everything: the broker delivers it again. */
void batch_clear(struct batch *b);
/* Take events until the batch is full, one comes that must wait for the next, or none comes for a
 * moment; the first is waited for until deadline_ms.  False: ERR_LOST. */
bool batch_gather(struct batch *b, struct mq *mq, uint64_t deadline_ms, int stop_fd,
		  struct err *err);

/* batch_store.c: do what the events ask for and record their outcomes, tried until that is
 * committed.  An event that the database refuses is EVENT_DEAD and fails no other.  False: the
 * daemon stops; the broker keeps the events. */
bool batch_store(struct worker *w, struct event *events, size_t count);

#endif
