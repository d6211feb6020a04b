/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_state - how accounts are just now, for people: who holds them, whether they can send,
 * what waits, whether receipts come, what is left of a prepaid balance.
 *
 * One statement over what the daemons write down anyway; receipts are judged by a sample of recent
 * messages.  Takes milliseconds on a quiet house, some hundred under full load: for pages and
 * checks, not for the path of a message. */
#ifndef VESTNIK_MODEL_ACCOUNT_STATE_H
#define VESTNIK_MODEL_ACCOUNT_STATE_H

#include <stdint.h>

#include "common/store/pg.h"

/* Accepted messages without any receipt in the sample, before silence means anything. */
#define ACCOUNT_SILENT_MIN 20

enum account_state_column {
	AS_ID,
	AS_NAME,
	AS_KIND,
	AS_PROFILE, /* null: kind smpp */
	AS_PEER,    /* host:port; null: kind http */
	AS_ENABLED,
	AS_PRICE_MICRO,
	AS_PARTS_PER_S,
	AS_PROVIDER_ID,
	AS_PROVIDER_NAME,
	AS_PROVIDER_TITLE,
	AS_PROVIDER_CONTACT,
	AS_PROVIDER_CURRENCY,
	AS_CONDITION, /* off, unheld, stopped, down, up */
	AS_SINCE,     /* time: of down and unheld, null where nobody knows */
	AS_STOPPED,   /* why; null: not stopped */
	AS_OWNER,     /* null: unheld */
	AS_EPOCH,
	/* Of the meter, null when the holder has not written one yet. */
	AS_METER_AT,
	AS_ANSWERED,
	AS_REFUSED,
	AS_SLOWED,
	AS_TIMEOUTS,
	AS_ANSWER_MS, /* mean */
	/* What waits or is in hand, of runs that go on. */
	AS_BACKLOG_PARTS,
	AS_BACKLOG_SINCE, /* time of the oldest; null: nothing waits */
	AS_HOUR_PARTS,	  /* sent in the last hour */
	AS_HOUR_MICRO,	  /* what they cost, estimated from a sample */
	/* Of a sample of messages accepted in the hour that ended ten minutes ago. */
	AS_SAMPLED,
	AS_HEARD,	    /* of these have a receipt */
	AS_SAMPLE_SINCE,    /* time of the oldest; null: no sample */
	AS_LAST_RECEIPT,    /* time, of recent messages; null: none */
	AS_ASKS_RECEIPTS,   /* false: registered_delivery is 0 */
	AS_USUAL_RECEIPT_S, /* 0: not known */
	AS_HEALTH,	    /* 0 to 100; null: not measured yet */
	AS_BALANCE_MICRO,   /* null: the provider tells none */
	AS_BALANCE_CURRENCY,
	AS_BALANCE_AT,
	AS_GROUND, /* clear_link_ground, or null */
	AS_TLS,
	AS_CHANGED,
};

/* All accounts by name, or (id not 0) one. */
bool account_states_read(struct pg *pg, int64_t id, struct pg_result **out, struct err *err);

#endif
