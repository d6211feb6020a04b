/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_pdu - what arrives on a session (contract in session.h).
 *
 * Error answers follow SMPP 3.4, 3.3 and 4.3: an impossible length ends the stream, an unknown
 * command gets generic_nack, a readable request its own response; responses are never answered. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "smppd/account.h"
#include "smppd/session.h"

#define INFO_SIZE      64
#define PEER_UNBIND_MS 1500 /* for answers that are still to come after the peer's unbind */

static const struct settings *settings_of(const struct session *s)
{
	return s->account->settings;
}

/* Some centres unbind whoever nacks anything. */
static void put_nack(struct session *s, uint32_t status, uint32_t sequence)
{
	if (settings_of(s)->only_ok)
		return;
	(void)smpp_put_empty(wire_out(s->wire), SMPP_GENERIC_NACK, status, sequence);
	s->dirty = true;
}

static void put_empty(struct session *s, uint32_t command, uint32_t status, uint32_t sequence)
{
	/* Whoever lets our answers pile up to the buffer's end gets no more of them. */
	(void)smpp_put_empty(wire_out(s->wire), command, status, sequence);
	s->dirty = true;
}

/* --- answers to us -----------------------------------------------------------------------------
 */

/* The centre's own words, printable; "" without. */
static void info_text(const uint8_t *body, size_t len, char out[INFO_SIZE])
{
	struct smpp_octets text = {NULL, 0};
	struct smpp_resp resp;
	struct err err;
	size_t n = 0;

	if (smpp_get_resp(body, len, &resp, &err))
		(void)smpp_tlv_find(resp.tlvs, SMPP_TAG_ADDITIONAL_STATUS_INFO_TEXT, &text);
	for (; n < text.len && n + 1 < INFO_SIZE && text.data[n] != '\0'; n++)
		out[n] = (char)(text.data[n] >= ' ' && text.data[n] < 0x7F ? text.data[n] : '?');
	out[n] = '\0';
}

static void on_bind_refused(struct session *s, uint32_t status, const uint8_t *body, size_t len)
{
	enum smpp_action action = smpp_status_action(status);
	char reason[160], info[INFO_SIZE];

	info_text(body, len, info);
	snprintf(reason, sizeof(reason), "bind refused: %s (0x%08x)%s%s", smpp_status_name(status),
		 (unsigned)status, info[0] != '\0' ? ": " : "", info);
	if (status == ESME_RALYBND) {
		session_end(s, END_BUSY, reason);
	} else if (action == SMPP_BAD || action == SMPP_FAIL) {
		account_bind_refused(s->account, reason);
		session_end(s, END_AUTH, reason);
	} else {
		session_end(s, END_LOST, reason);
	}
}

static void on_bind_resp(struct session *s, const struct smpp_header *h, const uint8_t *body,
			 size_t len)
{
	if (s->state != SESSION_BINDING || h->sequence != s->bind_sequence)
		return;
	if (h->status == ESME_ROK)
		session_bound(s);
	else
		on_bind_refused(s, h->status, body, len);
}

static void on_submit_resp(struct session *s, const struct smpp_header *h, const uint8_t *body,
			   size_t len)
{
	struct submit *submit = outstanding_find(&s->submits, h->sequence);
	struct smpp_resp resp = {.id = ""};
	struct submit answered;
	struct err err;

	if (submit == NULL) {
		log_debug("answer to nothing asked", LS("account", settings_of(s)->gateway.name),
			  LI("session", s->index));
		return;
	}
	/* An unreadable body of a yes leaves us without an id; the yes stands. */
	if (h->command != SMPP_GENERIC_NACK && !smpp_get_resp(body, len, &resp, &err)) {
		metric_add(s->account->metrics.malformed, 1);
		resp.id[0] = '\0';
	}
	/* Out of the table first: what the answer brings about may end the session. */
	answered = *submit;
	outstanding_remove(&s->submits, submit);
	s->mute = 0;
	s->cautious = false;
	if (answered.state == SUBMIT_LATE)
		account_late_answer(s->account, &answered, h->status, resp.id);
	else
		account_answer(s->account, s, &answered, h->status, resp.id);
}

static void on_nack(struct session *s, const struct smpp_header *h)
{
	if (s->state == SESSION_BINDING && (h->sequence == s->bind_sequence || h->sequence == 0)) {
		on_bind_refused(s, h->status != ESME_ROK ? h->status : ESME_RSYSERR, NULL, 0);
		return;
	}
	if (outstanding_find(&s->submits, h->sequence) != NULL) {
		struct smpp_header as_error = *h;

		if (as_error.status == ESME_ROK)
			as_error.status = ESME_RSYSERR;
		on_submit_resp(s, &as_error, NULL, 0);
		return;
	}
	if (account_query_answered(s->account, s, h, NULL, 0))
		return;
	log_warn("generic_nack", LS("account", settings_of(s)->gateway.name),
		 LI("session", s->index), LI("status", h->status));
}

static void on_query_resp(struct session *s, const struct smpp_header *h, const uint8_t *body,
			  size_t len)
{
	if (!account_query_answered(s->account, s, h, body, len))
		log_debug("answer to nothing asked", LS("account", settings_of(s)->gateway.name),
			  LI("session", s->index));
}

/* --- requests of the peer ----------------------------------------------------------------------
 */

static void on_deliver(struct session *s, const struct smpp_header *h, const uint8_t *body,
		       size_t len)
{
	struct smpp_sm sm;
	uint32_t status = ESME_ROK;
	struct err err;

	s->delivers++;
	if (s->state != SESSION_BOUND && s->state != SESSION_UNBINDING) {
		session_answer_deliver(s, s->generation, h->command, h->sequence, ESME_RINVBNDSTS);
		return;
	}
	if (!smpp_get_sm(h->command, body, len, &sm, &status, &err)) {
		metric_add(s->account->metrics.malformed, 1);
		log_warn("deliver_sm cannot be read", LS("account", settings_of(s)->gateway.name),
			 LI("session", s->index), LS("error", err.msg));
		session_answer_deliver(s, s->generation, h->command, h->sequence, status);
		return;
	}
	account_deliver(s->account, s, h->command, h->sequence, &sm);
}

static void on_peer_unbind(struct session *s, const struct smpp_header *h)
{
	put_empty(s, SMPP_UNBIND | SMPP_RESP, ESME_ROK, h->sequence);
	if (s->state != SESSION_BOUND)
		return;
	session_enter(s, SESSION_UNBINDING, "the peer unbinds");
	s->due_ms = clock_mono_ms() + PEER_UNBIND_MS;
	/* A message that was begun cannot be finished here. */
	if (s->slice != NULL)
		account_held_back(s->account, s, HELD_IN_DOUBT);
	account_session_changed(s->account, s);
}

static void dispatch(struct session *s, const struct smpp_header *h, const uint8_t *body,
		     size_t len)
{
	switch (h->command) {
	case SMPP_SUBMIT_SM | SMPP_RESP:
		on_submit_resp(s, h, body, len);
		break;
	case SMPP_QUERY_SM | SMPP_RESP:
		on_query_resp(s, h, body, len);
		break;
	case SMPP_BIND_TRANSCEIVER | SMPP_RESP:
	case SMPP_BIND_TRANSMITTER | SMPP_RESP:
	case SMPP_BIND_RECEIVER | SMPP_RESP:
		on_bind_resp(s, h, body, len);
		break;
	case SMPP_DELIVER_SM:
	case SMPP_DATA_SM:
		on_deliver(s, h, body, len);
		break;
	case SMPP_ENQUIRE_LINK:
		put_empty(s, SMPP_ENQUIRE_LINK | SMPP_RESP, ESME_ROK, h->sequence);
		break;
	case SMPP_ENQUIRE_LINK | SMPP_RESP:
		s->enquiring = false;
		break;
	case SMPP_UNBIND:
		on_peer_unbind(s, h);
		break;
	case SMPP_UNBIND | SMPP_RESP:
		if (s->state == SESSION_UNBINDING)
			session_end(s, session_end_of(s, END_PEER), "unbound");
		break;
	case SMPP_GENERIC_NACK:
		on_nack(s, h);
		break;
	case SMPP_ALERT_NOTIFICATION:
		break;
	case SMPP_OUTBIND:
		log_info("outbind ignored", LS("account", settings_of(s)->gateway.name),
			 LI("session", s->index));
		break;
	default:
		if ((h->command & SMPP_RESP) == 0) {
			metric_add(s->account->metrics.malformed, 1);
			put_nack(s, ESME_RINVCMDID, h->sequence);
		}
	}
}

static void on_broken_stream(struct session *s, const struct smpp_header *h)
{
	metric_add(s->account->metrics.malformed, 1);
	put_nack(s, ESME_RINVCMDLEN, h->sequence);
	session_flush(s);
	session_end(s, END_LOST, "a PDU of impossible length");
}

/* As many unanswered as ever lately: the peer may be waiting for us.  Then what it delivered is
 * handed over at once instead of being gathered for a while. */
static void answer_waiting_peer(struct session *s)
{
	if (s->delivers == 0 || s->delivers < s->delivers_most)
		return;
	s->delivers_most = s->delivers;
	account_hand_receipts(s->account);
}

void session_delivers_decay(struct session *s)
{
	s->delivers_most -= (s->delivers_most + 7) / 8;
}

size_t session_read(struct session *s, const uint8_t *data, size_t len)
{
	size_t used = 0;

	s->heard_ms = clock_mono_ms();
	while (s->state != SESSION_CLOSED) {
		struct smpp_header h;
		enum smpp_head_result head = smpp_head(data + used, len - used, &h);

		if (head == SMPP_HEAD_BAD) {
			on_broken_stream(s, &h);
			break;
		}
		if (head == SMPP_HEAD_MORE || h.length > len - used)
			break;
		dispatch(s, &h, data + used + SMPP_HEADER_SIZE, h.length - SMPP_HEADER_SIZE);
		used += h.length;
	}
	answer_waiting_peer(s);
	return used;
}
