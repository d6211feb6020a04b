/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* gateway - the process that sends over accounts of one kind: its event thread, the lease thread
 * and the receipt thread, and the notes that store threads send.
 *
 * What is peculiar to a kind of provider is a table of hooks; the rest of a gateway is the same.
 *
 * Owner: the daemon, which embeds it as the first member of its state.  Threads: event thread only,
 * besides what is constant after start. */
#ifndef VESTNIK_GATEWAY_GATEWAY_H
#define VESTNIK_GATEWAY_GATEWAY_H

#include <event2/event.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/config.h"
#include "common/base/err.h"
#include "common/gateway/lease.h"
#include "common/store/pg.h"
#include "common/store/vault.h"

#define GATEWAY_SLOW_MAX 16

struct gate;
struct gateway;
struct note;
struct gateway_settings;
struct receipt_load;
struct receipts;

struct gateway_kind {
	const char *name;    /* of the daemon and its metrics: "smppd" */
	int32_t reason_base; /* message_state.reason of a refusal is that and its status */
	bool rebinds;	     /* REFUSAL_REBIND occurs */
	int64_t slow[GATEWAY_SLOW_MAX]; /* statuses whose refusals are no tries */
	size_t slow_count;

	/* The enabled accounts of this kind, or of those only the `names`: *out is an array of
	 * settings, each the caller's to free, the array to mem_free().  Lease thread. */
	bool (*settings_load)(const struct gateway *gateway, struct pg *pg,
			      const char *const *names, size_t name_count,
			      struct gateway_settings ***out, size_t *count_out, struct err *err);
	void (*settings_free)(struct gateway_settings **settings); /* NULL inside is fine */

	/* The account is ours: make it, with gate_open().  Takes `settings`. */
	struct gate *(*open)(struct gateway *gateway, struct lease *lease, int32_t epoch,
			     struct gateway_settings *settings);
	/* The account's settings have changed: go on with these, taken by gate_set_settings().
	 * False: not possible, it is closed and opened anew.  NULL: never possible. */
	bool (*apply)(struct gate *gate, struct gateway_settings *settings);
	/* Finish what is in hand and close, or (drop) close at once; gateway_gate_gone() follows.
	 * May be called again. */
	void (*close)(struct gate *gate, bool drop);
	void (*release)(struct gate *gate); /* when gone */
	void (*pump)(struct gate *gate);    /* a slice is queued */
	/* A note of the gateway's own (NOTE_OWN), which it takes; also one that came after the
	 * loop's end, when there is no account any more.  NULL: it has none. */
	void (*note)(struct gateway *gateway, struct note *note);
	/* Published, or not; takes the load.  The gate counts it no longer. */
	void (*receipts_done)(struct gateway *gateway, struct receipt_load *load);
	/* Whether the loop has to go on although no account is left; NULL: never. */
	bool (*busy)(const struct gateway *gateway);
};

struct gateway_config {
	char *database_url, *broker_url;
	char *secrets_key_file;
	struct config_list accounts; /* names; none: all */
};

struct gateway {
	/* --- constant after start */
	const struct gateway_kind *kind;
	const char *database_url, *broker_url;
	char owner[96]; /* this process start, in account_lease.owner */
	char application[64];
	struct vault *vault; /* NULL: none is configured */
	struct queue *loop;  /* notes to the event thread */
	struct receipts *receipts;
	struct leases *leases;
	int64_t receipt_wait_ms;
	int64_t drain_ms;
	_Atomic uint64_t receipts_until_ms; /* at a stop: no receipt is held longer; else 0 */

	/* --- the event thread's */
	struct event_base *base;
	struct gate *gates; /* list by `next` */
	struct event *note_event, *stop_event, *tick_event;
	bool stopping;
};

/* The event base is made, both threads run.  False: ERR_IO, or a URL that cannot be read. */
bool gateway_start(struct gateway *g, const struct gateway_kind *kind,
		   const struct gateway_config *config, struct err *err);
/* Until SIGTERM and the end of the last account. */
void gateway_run(struct gateway *g);
/* Ends the threads and frees the event base; also after a start that failed. */
void gateway_stop(struct gateway *g);
/* An account's last word: it is freed, and its lease given back or kept for the new settings. */
void gateway_gate_gone(struct gate *gate);

#endif
