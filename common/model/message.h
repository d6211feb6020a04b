/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* message - the nouns every daemon shares and the numbers the database stores for them.
 *
 * The same numbers stand in comments of the migrations; a unit test holds names and numbers here, a
 * system test holds them against the database. */
#ifndef VESTNIK_MODEL_MESSAGE_H
#define VESTNIK_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

/* What decides repetition: advertising is sent at most once, service and alert at least once (and
 * only before the deadline). */
enum message_class { CLASS_ADVERTISING = 1, CLASS_SERVICE = 2, CLASS_ALERT = 3 };

/* Legal category: decides law, hours and price. */
enum message_category {
	CATEGORY_ADVERTISING = 1,
	CATEGORY_SERVICE = 2,
	CATEGORY_TRANSACTIONAL = 3,
	CATEGORY_DEBT = 4,
	CATEGORY_EMERGENCY = 5,
	CATEGORY_AUTHORISATION = 6, /* codes to sign in or to confirm with */
};

/* Urgent work has its own queues end to end. */
enum lane { LANE_URGENT = 0, LANE_BULK = 1 };
#define LANE_COUNT 2

/* message_state.state.  `claimed` and `accepted` are not stored on the way of a good message:
 * claimed lives on the batch, accepted is the receipt_ref row (message_view in SQL shows them).
 * MESSAGE_ACCEPTED is stored only when a message comes back from unknown or a retry. */
enum message_state {
	MESSAGE_QUEUED = 0,
	MESSAGE_CLAIMED = 1, /* shown, never stored */
	MESSAGE_ACCEPTED = 2,
	MESSAGE_UNKNOWN = 3,   /* in doubt, or no receipt before validity ended */
	MESSAGE_CANCELLED = 4, /* stopped before the wire */
	MESSAGE_FAILED = 5,    /* no provider took it, or its deadline passed before the wire */
	MESSAGE_REJECTED = 6,  /* receipts from here on */
	MESSAGE_EXPIRED = 7,
	MESSAGE_UNDELIVERED = 8,
	MESSAGE_DELIVERED = 9,
};

/* Why a client of the snapshot got no message (suppression.reason) or a message no fate of its own
 * (message_state.reason, where 0 means none and values >= 1000 are 1000 + SMPP command_status). */
enum message_reason {
	REASON_NONE = 0,
	REASON_OPT_OUT = 1,
	REASON_NO_NUMBER = 2,	  /* number not usable for SMS */
	REASON_CLIENT_GONE = 3,	  /* erased since the snapshot */
	REASON_PHONE_CHANGED = 4, /* changed since the snapshot */
	REASON_RUN_CANCELLED = 5,
	REASON_DEADLINE = 6,	  /* its time was over before it could leave */
	REASON_TEXT_EMPTY = 7,	  /* a placeholder without value and fallback, or nothing left */
	REASON_TEXT_TOO_LONG = 8, /* more parts than the campaign allows */
	REASON_NO_ROUTE = 9,	  /* no account may carry it */
	REASON_IN_DOUBT = 10,	  /* claimed, no answer known, class forbids a second try */
	REASON_NO_RECEIPT = 11,	  /* validity over, no final receipt came */
	REASON_STUCK = 12,	  /* taken five times without progress */
	REASON_TRIES = 13,	  /* refused as often as its provider's policy allows */
	REASON_NO_CONSENT = 20,	  /* its category needs a consent, and there is none */
	REASON_CONSENT_EXPIRED = 21,
	REASON_CAPPED = 30,	  /* got as many of this category as send_limit allows */
	REASON_QUIET_HOURS = 31,  /* the permitted hours ended before it could leave */
	REASON_ZONE_UNKNOWN = 32, /* nobody knows what time it is there */
	REASON_STOP_AT = 33,	  /* its campaign was not to go on any longer */
	REASON_NO_PROMO = 40,	  /* the pool of its promo code was used up */
	REASON_NO_BUDGET = 41,	  /* its department's money was used up */
	REASON_CONTROL = 50,	  /* of the control group: would have got it */
};
#define REASON_LAST	 REASON_CONTROL /* not every number below is in use */
#define REASON_SMPP_BASE 1000

/* Refusals by HTTP: the reason is REASON_PROVIDER_BASE and refusal.status, which is the HTTP status
 * (100 to 599), or one of these; a provider's code that is a number stands in it itself. */
#define REASON_PROVIDER_BASE 1000000000
#define REFUSED_UNREACHABLE  1	       /* there was no connection; nothing was written */
#define REFUSED_BY_WORD	     2	       /* its code is no number: refusal.code */
#define REFUSED_BY_CODE	     100000000 /* and the code, up to REFUSED_CODE_MAX */
#define REFUSED_CODE_MAX     99999999

/* Names as the API and the pages use them ("delivered"); NULL for an unknown number, and parse
 * functions return false for an unknown name. */
const char *message_class_name(enum message_class v);
bool message_class_parse(const char *name, enum message_class *out);
const char *message_category_name(enum message_category v);
bool message_category_parse(const char *name, enum message_category *out);
const char *message_state_name(enum message_state v);
bool message_state_parse(const char *name, enum message_state *out);
/* "opt_out"; SMPP statuses as "smpp_0x0000000b", refusals by HTTP as "http_503", "provider_21610",
 * "provider_unreachable", "provider_refused" (static buffers are thread-local). */
const char *message_reason_name(int v);
bool message_reason_parse(const char *name, int32_t *out);
const char *lane_name(enum lane v);

/* batch.state */
enum batch_state {
	BATCH_WAITING = 0,
	BATCH_PUBLISHED = 1,
	BATCH_CLAIMED = 2,
	BATCH_DONE = 3,
	BATCH_STUCK = 4
};
/* chunk.state */
enum chunk_state { CHUNK_WAITING = 0, CHUNK_RELEASED = 1, CHUNK_DONE = 2, CHUNK_STUCK = 3 };

/* --- ids ---------------------------------------------------------------------------------------
 */

/* A message id: 31 bits of seconds since 2020-01-01T00:00:00Z (database clock), then 32 bits of a
 * cyclic sequence that steps by 256; a home batch and its up to 200 messages share all but the low
 * 8 bits, and the batch's id is that of its first message. */
#define MESSAGE_EPOCH_S	     1577836800LL
#define BATCH_MESSAGES_MAX   200
#define BATCH_ID(message_id) ((message_id) & ~(int64_t)0xff)
int64_t message_id_unix_s(int64_t id);
/* The 16-bit concatenation reference of a message: the same at every attempt, so that a part sent
 * again joins the parts already on the handset.  Mixes the sequence bits. */
uint16_t message_udh_ref(int64_t id);

#endif
