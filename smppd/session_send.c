/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session_send - what a session submits (contract in session.h). */
#include "smppd/session.h"

#include <string.h>

#include "common/base/clock.h"
#include "smppd/account.h"

#define UNSENT_MAX                                                                                 \
	(64u << 10) /* more in the buffer would only be in doubt when the line breaks              \
		     */

bool session_sends(const struct session *s)
{
	return s->state == SESSION_BOUND && s->role != ROLE_RECEIVER;
}

bool session_has_room(const struct session *s)
{
	return session_sends(s) && wire_unsent(s->wire) < UNSENT_MAX &&
	       s->submits.open.count < (uint32_t)s->account->settings->window_size;
}

/* Beside a campaign that fills the window urgent messages would wait for the answers of bulk ones.
 * Narrow windows keep none. */
bool session_takes_new(const struct session *s, enum lane lane)
{
	uint32_t window = s->cautious ? 1 : (uint32_t)s->account->settings->window_size;
	uint32_t kept = lane == LANE_BULK ? window / 16 : 0;

	return !s->leaving && s->submits.open.count < window - kept;
}

void session_take(struct session *s, struct slice *slice, unsigned message)
{
	s->slice = slice;
	s->message = (uint16_t)message;
	s->unwritten = slice->messages[message].todo;
}

uint64_t session_hold_back(struct session *s)
{
	uint64_t bits = s->unwritten;

	s->slice = NULL;
	s->unwritten = 0;
	return bits;
}

bool session_write_next(struct session *s, uint64_t now_us, int64_t wall_us)
{
	struct slice *slice = s->slice;
	const struct slice_message *m = &slice->messages[s->message];
	unsigned pdu = (unsigned)__builtin_ctzll(s->unwritten);
	struct submit *submit = outstanding_add(&s->submits, now_us);

	if (!submit_put(&s->account->submitter, wire_out(s->wire), submit->sequence, slice,
			s->message, pdu, wall_us)) {
		outstanding_remove(&s->submits, submit);
		account_held_back(s->account, s, HELD_UNWRITABLE);
		return false;
	}
	submit->pdu = (uint8_t)pdu;
	submit->ref_part = (int8_t)slice_ref_part(m, pdu, s->account->settings->receipt_any);
	submit->parts = m->parts;
	submit->attempt = slice->attempt;
	submit->message = s->message;
	submit->slice = slice;
	submit->message_id = m->id;
	submit->batch_id = slice->batch_id;
	submit->run_id = slice->run_id;
	submit->msisdn = m->msisdn;
	s->dirty = true;
	if (++s->begun == (uint32_t)s->account->settings->submits_per_bind)
		session_renew(s, true);
	s->unwritten &= s->unwritten - 1;
	if (s->unwritten == 0)
		s->slice = NULL;
	return true;
}

void session_flush(struct session *s)
{
	if (!s->dirty || s->wire == NULL)
		return;
	s->dirty = false;
	wire_flush(s->wire);
}

void session_answer_deliver(struct session *s, uint32_t generation, uint32_t command,
			    uint32_t sequence, uint32_t status)
{
	const struct smpp_resp resp = {.id = ""};

	if (s->wire == NULL || s->generation != generation)
		return;
	s->delivers--;
	/* A centre that bears nothing but yes delivers again what was not answered; what cannot be
	 * read would come for ever. */
	if (s->account->settings->only_ok && status == ESME_RX_T_APPN)
		return;
	if (s->account->settings->only_ok)
		status = ESME_ROK;
	/* A full buffer leaves it unanswered: the peer delivers again. */
	(void)smpp_put_resp(wire_out(s->wire), command | SMPP_RESP, status, sequence, &resp);
	s->dirty = true;
}
