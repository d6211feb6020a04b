/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* fetcher - the transfers of one account under way at once, and their connections, which are kept:
 * libcurl's multi interface in the event loop.
 *
 * Owner: the account.  Threads: event thread only. */
#ifndef VESTNIK_HTTPGWD_FETCHER_H
#define VESTNIK_HTTPGWD_FETCHER_H

#include <event2/event.h>

#include "common/provider/transfer.h"

struct fetcher;

/* A transfer has ended, one way or another; it is the caller's again, who may start others. */
typedef void fetcher_done(void *arg, struct transfer *t, CURLcode code);

struct fetcher *fetcher_new(struct event_base *base, unsigned connections, fetcher_done *done,
			    void *arg);
/* Transfers under way were cancelled before. */
void fetcher_free(struct fetcher **fetcher);
/* A transfer that was begun; fetcher_done() follows, never before this returns. */
void fetcher_start(struct fetcher *f, struct transfer *t);
/* Cut it; fetcher_done() does not follow.  Not from fetcher_done() of the same. */
void fetcher_cancel(struct fetcher *f, struct transfer *t);

#endif
