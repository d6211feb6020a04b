/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* lease - which accounts this process owns, kept true by one thread for all of them.
 *
 * The thread loads the enabled accounts, takes leases that are free, renews what it holds, and
 * tells the event thread by notes.  The end of a lease is counted here, by CLOCK_BOOTTIME from
 * before the renewal was sent, so a process that was stopped or cut off knows by itself that it
 * owns nothing.
 *
 * A lost account stays closed to this process until the event thread has given the old one up. */
#ifndef VESTNIK_GATEWAY_LEASE_H
#define VESTNIK_GATEWAY_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/gateway/note.h"
#include "common/gateway/refusal.h"
#include "common/gateway/settings.h"

struct gateway;
struct lease;  /* of one account */
struct leases; /* the thread */

enum lease_event {
	LEASE_WON,     /* ours, under `epoch`; open it */
	LEASE_CHANGED, /* ours still, with new settings; close it and open it anew */
	LEASE_REVOKED, /* disabled by a person: finish what is in hand, then lease_release() */
	LEASE_LOST,    /* nothing more may be written; then lease_release() */
};

struct lease_note {
	struct note note;
	enum lease_event event;
	struct lease *lease;
	int32_t epoch;
	struct gateway_settings *settings; /* the taker's; WON and CHANGED */
};

/* `names` restricts to these accounts, none: all. */
struct leases *leases_start(const struct gateway *gateway, char *const *names, size_t name_count);
/* Ends the thread; leases still held are released. */
void leases_stop(struct leases **leases);

/* Whether the database answered the last turn, so that leases are taken and renewed. */
bool leases_kept(const struct leases *leases);

/* Whether this process owns the account right now.  Any thread. */
bool lease_valid(const struct lease *l);
/* What account_meter will say with the next renewal: the provider answered a part, `us` after it
 * was written; it did not in time, or the connection was lost.  Event thread. */
void lease_meter_answer(struct lease *l, enum refusal refusal, uint64_t us);
void lease_meter_timeout(struct lease *l);
/* What renewals say of the account, a change at once: no connection can send; why it does not even
 * try
 * ("" is no reason).  Any thread. */
void lease_report(struct lease *l, bool down, const char *stopped);
/* The event thread has closed the account: the lease is given back, so that a standby need not
 * wait. */
void lease_release(struct lease *l);

#endif
