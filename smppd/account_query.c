/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_query - asking the centre what became of parts (contract in account.h; docs/smpp.md).
 *
 * What the asker found to be due waits here and is asked one by one, within the account's rate,
 * beside what is sent.  A final state goes on as the receipt that did not come; anything else is
 * asked about again later, or never. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/model/message.h"
#include "smppd/account.h"

#define NUMBER_ACCEPTED 6 /* message_state */
#define BUSY_TICKS	20 /* beside messages that wait for their turn one question in so many ticks */

/* --- what is to be asked -----------------------------------------------------------------------
 */

static bool may_ask(const struct account *a)
{
	return a->settings->query_after_s > 0 && a->gate.phase == GATE_RUNNING &&
	       !a->query_refused && !a->gate.stopped && account_can_send(a);
}

void account_query_set(struct account *a)
{
	bool wanted = may_ask(a) && a->questions == NULL;

	asker_want(a->smppd->asker, a->gate.settings->account_id,
		   wanted ? a->settings->query_after_s : 0);
}

void account_query_stop(struct account *a)
{
	asker_want(a->smppd->asker, a->gate.settings->account_id, 0);
	mem_free(a->questions);
	a->questions = NULL;
}

void account_note(struct gateway *gateway, struct note *note)
{
	struct questions *q = (struct questions *)note;

	for (struct gate *g = gateway->gates; g != NULL; g = g->next) {
		struct account *a = (struct account *)g;

		if (g->settings->account_id != q->account_id || a->questions != NULL || !may_ask(a))
			continue;
		a->questions = q;
		a->next_question = 0;
		return;
	}
	mem_free(q); /* they are due again later */
}

/* --- asking ------------------------------------------------------------------------------------
 */

struct query *session_query(struct session *s, uint32_t sequence)
{
	for (int i = 0; i < SESSION_QUERIES_MAX && sequence != 0; i++)
		if (s->queries[i].sequence == sequence)
			return &s->queries[i];
	return NULL;
}

struct query *session_query_free(struct session *s)
{
	for (int i = 0; i < SESSION_QUERIES_MAX; i++)
		if (s->queries[i].sequence == 0)
			return &s->queries[i];
	return NULL;
}

static struct session *session_to_ask(struct account *a)
{
	for (int i = 0; i < a->session_count; i++) {
		struct session *s = &a->sessions[i];

		if (session_sends(s) && !s->leaving && session_query_free(s) != NULL)
			return s;
	}
	return NULL;
}

static void ask(struct account *a, struct session *s, const struct question *q, uint64_t now_ms)
{
	struct query *query = session_query_free(s);
	struct smpp_query pdu = {.message_id = ""};

	submit_put_source(q->sender, a->settings, &pdu.source_ton, &pdu.source_npi, pdu.source_addr,
			  sizeof(pdu.source_addr));
	snprintf(pdu.message_id, sizeof(pdu.message_id), "%s", q->raw_id);
	query->sequence = outstanding_sequence(&s->submits);
	query->at_ms = now_ms;
	query->msisdn = q->msisdn;
	query->id_len = (uint8_t)strlen(q->id);
	memcpy(query->id, q->id, sizeof(query->id));
	if (!smpp_put_query(wire_out(s->wire), query->sequence, &pdu)) {
		query->sequence = 0;
		return;
	}
	metric_add(a->metrics.queries, 1);
	s->dirty = true;
}

void account_query_tick(struct account *a, uint64_t now_ms)
{
	bool busy = atomic_load(&a->gate.unwritten[LANE_URGENT]) +
			    atomic_load(&a->gate.unwritten[LANE_BULK]) >
		    0;
	struct session *s;
	uint32_t wait_ms;

	if (a->questions == NULL) {
		account_query_set(a);
		return;
	}
	if (busy && ++a->busy_ticks % BUSY_TICKS != 0)
		return;
	s = may_ask(a) && account_owned(a) ? session_to_ask(a) : NULL;
	if (s == NULL || rate_paused(&a->gate.rate, now_ms) ||
	    !pacer_take(&a->gate.pacer, clock_mono_ns(), &wait_ms))
		return;
	ask(a, s, &a->questions->question[a->next_question++], now_ms);
	session_flush(s);
	if (a->next_question < a->questions->count)
		return;
	mem_free(a->questions);
	a->questions = NULL;
}

/* --- what is answered --------------------------------------------------------------------------
 */

static void refuse_queries(struct account *a, uint32_t status)
{
	char name[64];

	snprintf(name, sizeof(name), "%s (0x%08x)", smpp_status_name(status), (unsigned)status);
	log_warn("the centre does not know query_sm, nothing more is asked until the account "
		 "changes",
		 LS("account", a->settings->gateway.name), LS("status", name));
	a->query_refused = true;
	account_query_stop(a);
}

/* As if the receipt had come: dlrd finds the part by it. */
static void settle(struct account *a, const struct query *query, int state,
		   const struct smpp_query_resp *resp)
{
	const struct receipt_asker nobody = {.place = ACCOUNT_NOBODY};
	struct receipt *r = &receipt_load_add(account_open_load(a), &nobody)->receipt;

	*r = (struct receipt){
		.account_id = a->settings->gateway.account_id,
		.state = (int16_t)state,
		.msisdn = query->msisdn,
		.done_at_us = smpp_time_absolute_us(resp->final_date, a->settings->receipt_zone_s),
		.received_at_us = clock_wall_us(),
		.provider_id_len = query->id_len,
	};
	memcpy(r->provider_id, query->id, sizeof(r->provider_id));
	if (resp->error_code != 0)
		r->err_len = (uint8_t)snprintf(r->err, sizeof(r->err), "%03u", resp->error_code);
	metric_add(a->metrics.queries_settled, 1);
}

/* ENROUTE and its like, and UNKNOWN, say nothing that was not known. */
static bool is_final(const struct account *a, unsigned number, int *state_out)
{
	*state_out = smpp_message_state(number);
	if (number == NUMBER_ACCEPTED && a->settings->acceptd_final)
		*state_out = MESSAGE_DELIVERED;
	return *state_out != MESSAGE_ACCEPTED && *state_out != MESSAGE_UNKNOWN;
}

bool account_query_answered(struct account *a, struct session *s, const struct smpp_header *h,
			    const uint8_t *body, size_t len)
{
	struct query *query = session_query(s, h->sequence), asked;
	struct smpp_query_resp resp;
	struct err err;
	int state;

	if (query == NULL)
		return false;
	asked = *query;
	query->sequence = 0;
	if (h->status == ESME_RINVCMDID || h->status == ESME_RPROHIBITED)
		refuse_queries(a, h->status);
	if (h->status != ESME_ROK || h->command == SMPP_GENERIC_NACK)
		return true;
	if (!smpp_get_query_resp(body, len, &resp, &err))
		metric_add(a->metrics.malformed, 1);
	else if (is_final(a, resp.message_state, &state))
		settle(a, &asked, state, &resp);
	return true;
}
