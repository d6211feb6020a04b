/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* callbacks - providers call us: receipts and messages from phones, at /callback/ACCOUNT/TOKEN.
 *
 *   callbacks.c         the server, calls that wait for the broker, answers
 *   callback_take.c     one call: whose it is, and what it reports
 *
 * Any httpgwd takes calls for any account, also for one that is disabled: messages sent before have
 * receipts after.  A call is answered when the broker has confirmed all it brought; a message
 * nobody knows is parked by dlrd, so the answer is the same.
 *
 * A thread of its own speaks HTTP (common/web/http.h); everything else is done on the event thread,
 * which never waits: what a call waits for is a note.
 *
 * Owner: main.  Threads: event thread only, where not said otherwise. */
#ifndef VESTNIK_HTTPGWD_CALLBACKS_H
#define VESTNIK_HTTPGWD_CALLBACKS_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/gateway/receipts.h"

struct callbacks;
struct httpgwd;

/* Listens at once.  ERR_IO, ERR_INPUT. */
bool callbacks_start(struct httpgwd *h, struct callbacks **out, struct err *err);
/* Stopping, and calls are still to be answered.  NULL is fine. */
bool callbacks_busy(const struct callbacks *c);
/* After the loop. */
void callbacks_stop(struct callbacks **c);
/* A load is not taken by the receipt thread; or it has come back from there.  Both take it.  NULL:
 * nobody waits for it. */
void callbacks_answer(struct callbacks *c, struct receipt_load *load);
void callbacks_done(struct callbacks *c, struct receipt_load *load);

#endif
