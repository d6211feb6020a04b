/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipts - one thread that hands receipts and messages from phones on to the broker, for all
 * accounts.
 *
 * A load waits until the answers read before it on its account are committed, at most two seconds,
 * so that dlrd rarely meets a receipt before its reference; then it is published and, once the
 * broker has confirmed, comes back as a note with `published` set.  When the broker does not
 * confirm in time it comes back without, and the provider is asked to deliver again. */
#ifndef VESTNIK_GATEWAY_RECEIPTS_H
#define VESTNIK_GATEWAY_RECEIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/model/inbound.h"
#include "common/model/receipt.h"
#include "common/gateway/note.h"

#define RECEIPT_LOAD_MAX 256

struct gateway;
struct receipts;
struct gate;

/* Who waits for the answer, in the gateway's own terms: a PDU of a session's connection, a request
 * of an HTTP connection. */
struct receipt_asker {
	uint32_t place, generation;
	uint32_t command, sequence;
};

struct receipt_asked {
	struct receipt_asker asker;
	bool message; /* from a phone, in `messages`; else the receipt */
	struct receipt receipt;
};

struct receipt_load {
	struct note note;
	struct receipt_load *next;
	struct gate *gate; /* whose answers it waits for; NULL: for none */
	uint64_t mark;	   /* wait until the account has committed that many bundles */
	uint64_t read_ms;  /* when the first was read */
	bool published;
	struct buf messages; /* an inbound bundle; nothing: none came */
	size_t count;
	struct receipt_asked asked[RECEIPT_LOAD_MAX];
};

struct receipts *receipts_start(const struct gateway *gateway);
/* Everything handed over must have come back. */
void receipts_stop(struct receipts **r);
/* Takes the load; false when the queue is full (then it stays the caller's). */
bool receipts_put(struct receipts *r, struct receipt_load *load);
/* An empty one, of this account or NULL. */
struct receipt_load *receipt_load_new(struct gate *gate);
/* The next entry, to be filled; the caller has made sure there is room. */
struct receipt_asked *receipt_load_add(struct receipt_load *load,
				       const struct receipt_asker *asker);
/* A message from a phone; false when the load holds too many octets to take it. */
bool receipt_load_add_message(struct receipt_load *load, const struct receipt_asker *asker,
			      const struct inbound_part *part);
/* NULL is fine. */
void receipt_load_free(struct receipt_load *load);
/* An account has committed: loads may be due.  Any thread. */
void receipts_poke(struct receipts *r);

#endif
