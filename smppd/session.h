/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session - one SMPP session of an account: connecting, binding, keeping alive, submitting,
 * answering, and connecting again with growing jittered delay.
 *
 *   session.c       states, timers, reconnection
 *   session_pdu.c   what arrives
 *   session_send.c  what is submitted
 *
 * A session never touches the database or the broker; what it learns it tells its account
 * (account.h).  Owner: the account.  Threads: event thread only. */
#ifndef VESTNIK_SMPPD_SESSION_H
#define VESTNIK_SMPPD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/model/receipt.h"
#include "common/sms/smpp.h"
#include "smppd/outstanding.h"
#include "smppd/session_state.h"
#include "common/gateway/slice.h"
#include "smppd/wire.h"

struct account;

enum session_role { ROLE_BOTH, ROLE_TRANSMITTER, ROLE_RECEIVER };

/* Why a session ends, which decides when it tries again. */
enum session_end {
	END_LOST,   /* the connection, or the peer went silent */
	END_PEER,   /* the peer unbound */
	END_BUSY,   /* "already bound": an older session lingers there */
	END_AUTH,   /* the bind was refused for good: a person must act */
	END_REBIND, /* the peer wants a new session */
	END_RENEW,  /* we do: at once */
	END_MUTE,   /* the peer is there, but answers no submit */
	END_ASKED,  /* by us: does not try again */
};

/* A question about a part on its way, see account_query.c. */
struct query {
	uint32_t sequence; /* 0: free */
	uint64_t at_ms;
	int64_t msisdn;
	uint8_t id_len;
	char id[RECEIPT_PROVIDER_ID_MAX + 1]; /* normalised */
};
#define SESSION_QUERIES_MAX 8

struct session {
	struct account *account;
	int index; /* in the account */
	enum session_role role;
	enum session_state state;
	uint32_t generation; /* of the connection: answers to an older one are dropped */
	struct wire *wire;
	struct outstanding submits;
	bool wanted;	/* connect again when closed */
	bool dirty;	/* something waits to be flushed */
	bool enquiring; /* enquire_link without its answer */
	bool stale;	/* bound by settings that hold no longer: to be renewed */
	bool renewing;	/* unbound by us and not bound again yet */
	bool leaving;	/* begins no message; unbinds when nothing is open, see session_renew() */
	bool cautious;	/* submits were not answered: one at a time until one is */
	uint32_t mute;	/* submits given up since the last answer */
	uint32_t begun; /* submits since the bind */
	uint32_t host;	/* of the account's hosts, the one tried, counted on */
	uint32_t bind_sequence;
	uint32_t delay_ms; /* the last delay before connecting */
	uint64_t due_ms;   /* of the state: connect, or give the state up; CLOCK_NEVER_MS */
	uint64_t bound_at_ms, heard_ms, enquired_ms, leaving_ms;
	uint32_t delivers;	/* deliver_sm and data_sm without our answer */
	uint32_t delivers_most; /* as many as there were at once lately */
	/* The message whose PDUs are being written, or NULL. */
	struct slice *slice;
	uint16_t message;
	uint64_t unwritten; /* its PDUs, as bits */
	struct query queries[SESSION_QUERIES_MAX];
};

void session_init(struct session *s, struct account *account, int index);
/* Hard: nothing more is written, nothing is told. */
void session_deinit(struct session *s);
/* Begin connecting, a little later for later sessions. */
void session_start(struct session *s, uint64_t now_ms);
/* Timers; call every few ten milliseconds. */
void session_tick(struct session *s, uint64_t now_ms);
/* Close now: what is outstanding is in doubt. */
void session_end(struct session *s, enum session_end end, const char *reason);
/* Polite end: unbind, wait shortly for the answer, close. */
void session_unbind(struct session *s);
/* Bind anew: a session that is bound begins no message any more, unbinds when nothing is open on
 * it, and connects at once; another connects now.  `again` false: it does not come back. */
void session_renew(struct session *s, bool again);
/* One that was not to come back is wanted after all. */
void session_come_back(struct session *s, uint64_t now_ms);
void session_flush(struct session *s);

/* Whether messages may be given to it at all, and whether it can take a PDU right now. */
bool session_sends(const struct session *s);
bool session_has_room(const struct session *s);
/* Whether the window lets it begin a message: a sixteenth of it is kept for urgent ones. */
bool session_takes_new(const struct session *s, enum lane lane);
/* Take a message; its PDUs are written by session_write_next(). */
void session_take(struct session *s, struct slice *slice, unsigned message);
/* Write the next PDU of the message taken; afterwards `slice` is NULL when that was the last.
 * False: it cannot be written, and the message was given up. */
bool session_write_next(struct session *s, uint64_t now_us, int64_t wall_us);
/* The PDUs of the message taken that are not written yet; the session forgets the message. */
uint64_t session_hold_back(struct session *s);

/* The query that awaits this sequence number, or NULL.  A free one, or NULL. */
struct query *session_query(struct session *s, uint32_t sequence);
struct query *session_query_free(struct session *s);

/* Answer a deliver_sm or data_sm received on connection `generation`. */
void session_answer_deliver(struct session *s, uint32_t generation, uint32_t command,
			    uint32_t sequence, uint32_t status);

/* Once a second: forget a little of how many were ever unanswered at once. */
void session_delivers_decay(struct session *s);

/* Between the files of session. */
size_t session_read(struct session *s, const uint8_t *data, size_t len);
void session_enter(struct session *s, enum session_state next, const char *reason);
void session_bound(struct session *s);
enum session_end session_end_of(const struct session *s, enum session_end peer);

#endif
