/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* loop - what the event thread has, once: the accounts this process owns, and the notes that store
 * threads send.
 *
 * Owner: main.  Threads: event thread only, besides `context`, which is constant after start. */
#ifndef VESTNIK_SMPPD_LOOP_H
#define VESTNIK_SMPPD_LOOP_H

#include <event2/dns.h>
#include <event2/event.h>
#include <stdbool.h>

#include "smppd/shared.h"

struct account;

struct loop {
	struct context context;
	struct event_base *base;
	struct evdns_base *dns;
	struct account *accounts; /* list by `next` */
	struct event *note_event;
	bool stopping;
};

/* Base, resolver and the queue of notes.  False: ERR_IO. */
bool loop_init(struct loop *loop, struct err *err);
/* All threads that send notes have ended. */
void loop_deinit(struct loop *loop);
/* Close every account; the loop ends when the last one is gone. */
void loop_stop(struct loop *loop);
/* An account's last word: it is freed, and its lease given back or kept for the new settings. */
void loop_account_gone(struct account *a);

#endif
