/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - an SMPP account this process owns, as the event thread sees it: its sessions, and what
 * is the same at every gateway (common/gateway/gate.h).
 *
 *   account.c          life: opening, draining, closing; timers
 *   account_send.c     which session writes what, and when
 *   account_answer.c   what answers, silence and refusals mean
 *   account_receipt.c  deliver_sm and data_sm
 *
 * Once the process has given up (give_up.h), and when the lease is over, sessions are cut.
 *
 * Owner: the gateway.  Threads: event thread only, besides what `gate` says. */
#ifndef VESTNIK_SMPPD_ACCOUNT_H
#define VESTNIK_SMPPD_ACCOUNT_H

#include <event2/event.h>

#include "common/gateway/gate.h"
#include "common/sms/smpp.h"
#include "smppd/session.h"
#include "smppd/settings.h"
#include "smppd/smppd.h"
#include "smppd/submit.h"

/* Why the rest of a message begun is not written. */
enum held { HELD_IN_DOUBT, HELD_REFUSED, HELD_UNWRITABLE };

struct account_metrics {
	struct metric *bound, *window_used, *malformed;
};

struct account {
	struct gate gate; /* first: everybody else knows the account by it */
	struct smppd *smppd;
	const struct settings *settings; /* the gate's */
	struct account_metrics metrics;
	SSL_CTX *tls;
	struct session *sessions;
	int session_count, next_session;
	struct submitter submitter;
	struct event *tick, *pace;
};

/* --- life ----------------------------------------------------------------------------------------
 */

/* What common/gateway has to know of SMPP. */
const struct gateway_kind *account_kind(void);

/* Whether a byte may be written for this account right now. */
bool account_owned(const struct account *a);
/* Sending ends until a person changes the account. */
void account_stop(struct account *a, const char *reason);
/* Tell store threads and lease what the account can do now. */
void account_publish(struct account *a);

/* --- told by sessions ----------------------------------------------------------------------------
 */

void account_session_changed(struct account *a, struct session *s);
void account_bind_refused(struct account *a, const char *reason);
void account_answer(struct account *a, struct session *s, const struct submit *submit,
		    uint32_t status, const char *id);
void account_late_answer(struct account *a, const struct submit *submit, uint32_t status,
			 const char *id);
void account_unanswered(struct account *a, const struct submit *submit);
void account_held_back(struct account *a, struct session *s, enum held why);
void account_deliver(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
		     const struct smpp_sm *sm);

/* --- between the files of account
 * ------------------------------------------------------------------
 */

/* Write what may be written now. */
void account_pump(struct account *a);
uint32_t account_outstanding(const struct account *a);
bool account_can_send(const struct account *a); /* some session takes messages at all */
void account_hand_receipts(struct account *a);
/* Hook of struct gateway_kind. */
void account_receipts_done(struct gateway *gateway, struct receipt_load *load);

#endif
