/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account - an SMPP account this process owns, as the event thread sees it: its sessions, and what
 * is the same at every gateway (common/gateway/gate.h).
 *
 *   account.c          life: opening, draining, closing; timers
 *   account_send.c     which session writes what, and when
 *   account_answer.c   what answers, silence and refusals mean
 *   account_change.c   other settings while it runs
 *   account_receipt.c  deliver_sm and data_sm
 *   account_query.c    asking the centre what became of parts (query_sm)
 *
 * Once the process has given up (give_up.h), and when the lease is over, sessions are cut.
 *
 * Owner: the gateway.  Threads: event thread only, besides what `gate` says. */
#ifndef VESTNIK_SMPPD_ACCOUNT_H
#define VESTNIK_SMPPD_ACCOUNT_H

#include <event2/event.h>

#include "common/gateway/gate.h"
#include "common/sms/smpp.h"
#include "smppd/bind_throttle.h"
#include "smppd/session.h"
#include "smppd/settings.h"
#include "smppd/smppd.h"
#include "smppd/submit.h"

/* Why the rest of a message begun is not written. */
enum held { HELD_IN_DOUBT, HELD_REFUSED, HELD_UNWRITABLE };

/* Who asked for a receipt that nobody delivered: a place of no session. */
#define ACCOUNT_NOBODY UINT32_MAX

struct account_metrics {
	struct metric *bound, *window_used, *malformed, *queries, *queries_settled;
};

struct account {
	struct gate gate; /* first: everybody else knows the account by it */
	struct smppd *smppd;
	const struct settings *settings; /* the gate's */
	struct account_metrics metrics;
	SSL_CTX *tls;
	/* Room for as many as an account may have, so that they never move; those behind the ones
	 * that the settings want close and stay closed. */
	struct session sessions[SETTINGS_SESSIONS_MAX];
	int session_count, next_session;
	struct bind_throttle throttle;
	struct submitter submitter;
	struct questions *questions; /* to be asked, from next_question on; or NULL */
	size_t next_question;
	uint32_t busy_ticks;
	bool query_refused; /* the centre does not know query_sm */
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
/* What is gathered for dlrd, with room for one more receipt. */
struct receipt_load *account_open_load(struct account *a);
/* Questions: begin or end asking as the settings say; ask what is due; hand over what came. */
void account_query_set(struct account *a);
void account_query_tick(struct account *a, uint64_t now_ms);
void account_query_stop(struct account *a);
bool account_query_answered(struct account *a, struct session *s, const struct smpp_header *h,
			    const uint8_t *body, size_t len);
/* The TLS side that settings want; NULL with err. */
SSL_CTX *account_tls(const struct settings *settings, struct err *err);
/* Sessions that were bound by older settings are renewed, one at a time. */
void account_renew_stale(struct account *a);
/* Hooks of struct gateway_kind. */
bool account_apply(struct gate *gate, struct gateway_settings *settings);
void account_note(struct gateway *gateway, struct note *note);
void account_receipts_done(struct gateway *gateway, struct receipt_load *load);

#endif
