/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipts - one thread that hands receipts and messages from phones on to the broker, for all
 * accounts.
 *
 * A load waits until the answers read before it on its account are committed, at most two seconds,
 * so that dlrd rarely meets a receipt before its reference; then it is published and, once the
 * broker has confirmed, comes back as a note with `published` set.  When the broker does not
 * confirm in time it comes back without, and the operator is asked to deliver again. */
#ifndef VESTNIK_SMPPD_RECEIPTS_H
#define VESTNIK_SMPPD_RECEIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/model/receipt.h"
#include "smppd/note.h"

#define RECEIPT_LOAD_MAX 256

struct context;
struct receipts;
struct shared;

struct receipt_asked {
	uint32_t command, sequence;
	uint32_t generation; /* of the session's connection */
	int session;
	bool message; /* from a phone, in `messages`; else the receipt */
	struct receipt receipt;
};

struct receipt_load {
	struct note note;
	struct receipt_load *next;
	struct shared *shared;
	uint64_t mark;	  /* wait until the account has committed that many bundles */
	uint64_t read_ms; /* when the first was read */
	bool published;
	struct buf messages; /* an inbound bundle; nothing: none came */
	size_t count;
	struct receipt_asked asked[RECEIPT_LOAD_MAX];
};

struct receipts *receipts_start(const struct context *context);
/* Everything handed over must have come back. */
void receipts_stop(struct receipts **r);
/* Takes the load; false when the queue is full (then it stays the caller's). */
bool receipts_put(struct receipts *r, struct receipt_load *load);
/* NULL is fine. */
void receipt_load_free(struct receipt_load *load);
/* An account has committed: loads may be due.  Any thread. */
void receipts_poke(struct receipts *r);

#endif
