/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_answer - what answers, silence and refusals of SMPP mean for messages (contract in
 * account.h). */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "smppd/account.h"

static enum refusal refusal_of(const struct account *a, uint32_t status)
{
	static const enum refusal refusals[] = {
		[SMPP_OK] = REFUSAL_NONE,	[SMPP_RETRY] = REFUSAL_RETRY,
		[SMPP_SLOW] = REFUSAL_SLOW,	[SMPP_ROUTE] = REFUSAL_ROUTE,
		[SMPP_FAIL] = REFUSAL_FAIL,	[SMPP_BAD] = REFUSAL_BAD,
		[SMPP_REBIND] = REFUSAL_REBIND,
	};

	return refusals[smpp_action_of(&a->settings->actions, status)];
}

static void refuse_account(struct account *a, uint32_t status)
{
	char reason[GATE_STOPPED_SIZE];

	snprintf(reason, sizeof(reason), "submit refused: %s (0x%08x); correct the account",
		 smpp_status_name(status), (unsigned)status);
	account_stop(a, reason);
}

/* Refusals name the part itself, whatever a receipt would cover. */
static int8_t refused_part(const struct submit *submit)
{
	return (int8_t)abs(submit->ref_part);
}

static void refused(struct account *a, struct session *s, const struct submit *submit,
		    struct slice_message *m, uint32_t status)
{
	enum refusal refusal = refusal_of(a, status);

	char number[16];
	struct answer *r = gate_refuse(&a->gate, submit->slice, m, UINT64_C(1) << submit->pdu,
				       refused_part(submit), refusal, status);

	snprintf(number, sizeof(number), "%u", (unsigned)status);
	r->stopped = settings_stops(a->settings->stop_statuses, number);
	/* The rest would only be refused as well, or arrive without its beginning. */
	if (s->slice == submit->slice && s->message == submit->message)
		gate_hold_back(&a->gate, submit->slice, m, session_hold_back(s), refusal, status);
	if (refusal == REFUSAL_SLOW && gate_throttle(&a->gate))
		account_publish(a);
	if (refusal == REFUSAL_BAD)
		refuse_account(a, status);
}

void account_answer(struct account *a, struct session *s, const struct submit *submit,
		    uint32_t status, const char *id)
{
	struct slice *slice = submit->slice;
	struct slice_message *m = &slice->messages[submit->message];

	gate_answered(&a->gate, refusal_of(a, status), clock_mono_ns() / 1000 - submit->at_us);
	if (status == ESME_ROK)
		gate_accept(&a->gate, slice, m, UINT64_C(1) << submit->pdu, submit->ref_part,
			    submit->parts, id);
	else
		refused(a, s, submit, m, status);
	gate_resolve(&a->gate, slice, m);
	if (refusal_of(a, status) == REFUSAL_REBIND)
		session_end(s, status == ESME_RALYBND ? END_BUSY : END_REBIND,
			    smpp_status_name(status));
}

/* The part was put in doubt already, and its slice may be gone. */
void account_late_answer(struct account *a, const struct submit *submit, uint32_t status,
			 const char *id)
{
	struct answer *r;

	if (a->gate.dropped)
		return;
	r = gate_record(&a->gate, status == ESME_ROK ? ANSWER_LATE_ACCEPTED : ANSWER_REFUSED, NULL,
			NULL);
	r->message_id = submit->message_id;
	r->batch_id = submit->batch_id;
	r->run_id = submit->run_id;
	r->msisdn = submit->msisdn;
	r->attempt = submit->attempt;
	r->part = status == ESME_ROK ? submit->ref_part : refused_part(submit);
	r->parts = submit->parts;
	r->status = status;
	snprintf(r->id, sizeof(r->id), "%s", id);
}

void account_unanswered(struct account *a, const struct submit *submit)
{
	struct slice *slice = submit->slice;
	struct slice_message *m = &slice->messages[submit->message];

	gate_doubt(&a->gate, m, UINT64_C(1) << submit->pdu);
	gate_resolve(&a->gate, slice, m);
}

/* The rest of the message a session has begun is not written any more. */
void account_held_back(struct account *a, struct session *s, enum held why)
{
	struct slice *slice = s->slice;
	struct slice_message *m = &slice->messages[s->message];
	uint64_t rest = session_hold_back(s);
	uint32_t status = 0;

	if (why != HELD_IN_DOUBT)
		status = why == HELD_UNWRITABLE ? ESME_RINVMSGLEN : ESME_RSYSERR;
	gate_hold_back(&a->gate, slice, m, rest, refusal_of(a, status), status);
	gate_resolve(&a->gate, slice, m);
}
