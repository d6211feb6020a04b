/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* dlrd - receipts and messages from phones, from their queues into the database: what its modules
 * share.
 *
 *   gather.c   bundles from the broker, up to a few thousand receipts at a time
 *   inbound.c  messages from phones: stored, joined, read, and stop words obeyed
 *   match.c    which message a receipt is about
 *   apply.c    states, history and parking, in the caller's transaction
 *   parked.c   receipts that came before their message was known, joined again
 *   store.c    a group in one transaction, whatever happens to the database
 *   worker.c   the loop, and staying connected to the broker
 *
 * A gathered group is one transaction; its bundles are acknowledged after COMMIT.  Everything is
 * harmless to do twice (bits are ored, counts follow state changes), so after a loss whose outcome
 * is unknown the group is simply done again. */
#ifndef DLRD_DLRD_H
#define DLRD_DLRD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/daemon.h"
#include "common/base/metrics.h"
#include "common/base/patience.h"
#include "common/broker/topology.h"
#include "common/model/inbound.h"
#include "common/model/receipt.h"
#include "common/store/pg.h"

struct dlrd_config {
	char *database_url;
	char *broker_url;
	int64_t gather_receipts;
	int64_t gather_ms;
	int64_t join_wait_ms;	 /* for missing parts of a message from a phone */
	char *stop_confirmation; /* "": none */
	bool stop_ambiguous;
};

/* The message a receipt is about. */
struct match {
	int64_t message_id; /* 0: none found */
	int64_t run_id;
	int64_t submitted_at_us;
	int16_t part;	/* from 1; 0: the whole message */
	int16_t parts;	/* of the message, 1 to 63 */
	int64_t mask;	/* bits of the parts the receipt speaks for */
	int64_t msisdn; /* whose number the part went to */
	bool ambiguous; /* nothing tells which of several messages it is about: none */
};

/* A receipt's place in the group, to be sorted by message. */
struct order {
	int64_t message_id;
	size_t place;
};

/* A group of receipts on its way into the database.  The arrays have `cap` places each. */
struct group {
	size_t count, cap;
	struct receipt *receipts;
	struct match *matches;
	int64_t *keys; /* receipt_ref_key() of each */
	/* room for statement parameters; `place` maps a row of them to its receipt */
	size_t *place;
	struct order *order;
	int64_t *int64s[5];
	int16_t *int16s;
	const char **texts;
	struct pg_params *params;
	struct pg_copy *receipt_copy, *parked_copy;
};

struct dlrd_metrics {
	struct metric *inbound, *inbound_repeated, *inbound_incomplete, *inbound_dead, *stops;
	struct metric *receipts, *matched, *parked, *settled_doubts, *given_up, *dead_bundles,
		*transaction;
};

/* What is taken from one bundle of messages from phones. */
struct inbox {
	struct inbound_part *parts;
	const struct inbound_part **sorted;
	size_t count;
	struct pg_params *params;
	struct buf octets, text;
	/* of the transaction at hand, counted once it is committed */
	int64_t finished, repeated, incomplete, stops;
	uint64_t joining_due_ms; /* when incomplete messages are looked at next */
};

struct dlrd {
	const struct dlrd_config *config;
	struct pg *pg;
	struct mq *mq;
	struct patience patience;
	bool consuming;
	struct group group;
	struct inbox inbox;
	uint64_t last_tag;	/* of the group's last good bundle, 0 for none */
	int64_t *parked_ids;	/* of the parked rows in the group, one a receipt */
	int16_t *parked_tries;	/* how often each was joined already */
	uint64_t parked_due_ms; /* when parked receipts are looked at next */
	int16_t slot;		/* run_count.slot of this process */
	struct dlrd_metrics metrics;
};

/* The bits of a whole message of `parts` parts (at most 63). */
static inline int64_t whole_mask(int parts)
{
	return parts >= 63 ? INT64_MAX : (INT64_C(1) << parts) - 1;
}

extern const struct daemon_spec dlrd_spec; /* worker.c */

/* Memory for groups of `cap` receipts, and metrics; connections are the caller's. */
void dlrd_init(struct dlrd *d, size_t cap);
void dlrd_deinit(struct dlrd *d);

/* inbound.c: store a bundle of messages from phones and acknowledge it.  A broken one goes to the
 * dead letters, one the database refuses back to its queue (and after five times to the dead
 * letters), so that receipts go on.  False: ERR_STOPPING; the broker keeps it. */
bool inbound_take_bundle(struct dlrd *d, const struct mq_delivery *delivery, struct err *err);
/* Store d->inbox.parts, `count` of them, in one transaction. */
bool inbound_store(struct dlrd *d, struct err *err);
/* Finish, when it is time, messages whose missing parts were waited for in vain. */
bool inbound_give_up(struct dlrd *d, struct err *err);
void inbox_init(struct inbox *i);
void inbox_deinit(struct inbox *i);

/* gather.c: take bundles until the group is full, config->gather_ms have passed since the first, or
 * nothing came until the deadline or a stop.  Broken bundles are rejected to the dead letters.
 * False: ERR_LOST. */
bool gather_bundles(struct dlrd *d, uint64_t deadline_ms, int stop_fd, struct err *err);

/* match.c: fill g->keys and g->matches.  Newest submissions are looked at first; where both sides
 * know the destination it must agree. */
bool match_group(struct pg *pg, struct group *g, int64_t now_us, struct err *err);
/* The one open doubt of a receipt's account and number, for unmatched receipts that have been tried
 * at least `tries_min` times.  Counts what it found in *found_out. */
bool match_doubts(struct pg *pg, struct group *g, const int16_t *tries, int tries_min,
		  size_t *found_out, struct err *err);

/* apply.c: inside a transaction. */
bool apply_states(struct pg *pg, struct group *g, int16_t slot, struct err *err);
bool apply_history(struct pg *pg, struct group *g, int64_t now_us, struct err *err);
/* Numbers of messages whose receipts say that the person has stopped us. */
bool apply_stops(struct pg *pg, struct group *g, struct err *err);
bool park_unmatched(struct pg *pg, struct group *g, int64_t now_us, struct err *err);

/* store.c: a gathered group in one transaction, tried until it is stored or the daemon stops
 * (ERR_STOPPING): the broker keeps the bundles until then. */
bool store_group(struct dlrd *d, struct err *err);
/* Until connected, stopping (ERR_STOPPING); the watchdog is fed meanwhile. */
bool database_reconnect(struct dlrd *d, struct err *err);
/* parked.c: join what is due again, in one transaction; d->group is overwritten.  *more_out: there
 * may be more due at once. */
bool parked_join(struct dlrd *d, bool *more_out, struct err *err);

#endif
