/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit - see sim.h. */
#include "tests/smscsim/sim.h"

#include <string.h>

#include "common/base/clock.h"
#include "tests/smscsim/ids.h"

#define WANTED_MASK	  0x03 /* of registered_delivery */
#define WANTED_ON_FAILURE 2
#define US_PER_SEC	  1000000
#define MS_PER_SEC	  1000

/* --- answers -------------------------------------------------------------------------------------
 */

static void put_answer(struct session *s, uint32_t command, uint32_t status, uint32_t sequence,
		       uint64_t number)
{
	struct smpp_resp resp = {0};

	if (status != ESME_ROK) {
		smpp_put_empty(&s->out, command, status, sequence);
		return;
	}
	id_text(number, (enum id_format)s->sim->options.id_format, ID_IN_RESPONSE, resp.id);
	smpp_put_resp(&s->out, command, status, sequence, &resp);
}

void submit_answer_due(struct sim *sim, struct answer *answer)
{
	struct session *s = session_at(sim, answer->slot, answer->session);

	if (s != NULL && !sim->options.silent) {
		s->unanswered--;
		put_answer(s, answer->command, answer->status, answer->sequence, answer->number);
	} else {
		char id[ID_TEXT_MAX] = "";

		if (answer->status == ESME_ROK)
			id_text(answer->number, (enum id_format)sim->options.id_format,
				ID_IN_RESPONSE, id);
		proof_log_lost(&sim->log, sim->now_ms, answer->session, answer->sequence, id);
	}
	pool_give(&sim->answers, answer);
}

static void answer_later(struct session *s, const struct smpp_header *h, uint32_t status,
			 uint64_t number, uint32_t latency_ms)
{
	struct answer *answer = pool_take(&s->sim->answers);

	*answer = (struct answer){
		.timed = {.kind = TIMED_ANSWER},
		.slot = s->slot,
		.session = s->number,
		.command = h->command | SMPP_RESP,
		.status = status,
		.sequence = h->sequence,
		.number = number,
	};
	s->unanswered++;
	sim_schedule(s->sim, &answer->timed, s->sim->now_ms + latency_ms);
}

/* --- receipts ------------------------------------------------------------------------------------
 */

static uint8_t draw_state(struct sim *sim)
{
	const struct options *o = &sim->options;
	int64_t drawn = (int64_t)(sim_random(sim) % PERMILLE);

	if ((drawn -= o->undeliv) < 0)
		return STATE_UNDELIVERABLE;
	if ((drawn -= o->expired) < 0)
		return STATE_EXPIRED;
	if ((drawn -= o->rejected) < 0)
		return STATE_REJECTED;
	return STATE_DELIVERED;
}

static bool wants_receipt(const struct options *o, const struct smpp_sm *sm,
			  const struct part *part, uint8_t state)
{
	int wanted = sm->registered_delivery & WANTED_MASK;

	if (wanted == 0 || (wanted == WANTED_ON_FAILURE && state == STATE_DELIVERED))
		return false;
	return o->receipts == RECEIPTS_ALL || (o->receipts == RECEIPTS_FIRST && part->seq <= 1);
}

static void copy_addr(char out[22], const char *addr)
{
	size_t len = strnlen(addr, 21);

	memcpy(out, addr, len);
	out[len] = '\0';
}

/* The beginning of a text that is plain ASCII; nothing of any other. */
static void copy_text(struct receipt *r, const struct smpp_sm *sm, struct smpp_octets text)
{
	r->text_len = 0;
	if (sm->data_coding != 0)
		return;
	while (r->text_len < RECEIPT_TEXT_MAX && r->text_len < text.len &&
	       text.data[r->text_len] >= ' ' && text.data[r->text_len] < 0x7f) {
		r->text[r->text_len] = (char)text.data[r->text_len];
		r->text_len++;
	}
}

static void make_receipt(struct session *s, const struct smpp_sm *sm, const struct part *part,
			 uint64_t number, uint32_t latency_ms)
{
	struct sim *sim = s->sim;
	uint8_t state = draw_state(sim);
	uint32_t delay_ms = sim_between(sim, sim->options.receipt_delay_ms);
	struct receipt *r;

	invoice_add(&sim->invoice, &sim->options, sm, part, state == STATE_DELIVERED);
	if (!wants_receipt(&sim->options, sm, part, state))
		return;
	r = pool_take(&sim->receipts);
	r->timed.kind = TIMED_RECEIPT;
	r->client = s->client;
	r->number = number;
	r->submitted_s = clock_wall_us() / US_PER_SEC;
	r->done_s = r->submitted_s + (latency_ms + delay_ms) / MS_PER_SEC;
	r->state = state;
	r->twice = sim_chance(sim, sim->options.duplicate);
	r->source_ton = sm->dest_ton;
	r->source_npi = sm->dest_npi;
	r->dest_ton = sm->source_ton;
	r->dest_npi = sm->source_npi;
	copy_addr(r->source, sm->dest_addr);
	copy_addr(r->dest, sm->source_addr);
	copy_text(r, sm, part->text);
	sim->stats.receipts_made++;
	sim->receipts_alive++;
	if (sim_chance(sim, sim->options.early)) {
		outbox_add(sim, r);
		outbox_deliver(sim, r->client);
	} else {
		sim_schedule(sim, &r->timed, sim->now_ms + latency_ms + delay_ms);
	}
}

/* --- verdict -------------------------------------------------------------------------------------
 */

static uint32_t draw_error(struct sim *sim)
{
	const struct error_shares *errors = &sim->options.errors;
	uint64_t drawn;

	if (errors->count == 0)
		return ESME_ROK;
	drawn = sim_random(sim) % PERMILLE;
	for (unsigned i = 0; i < errors->count; i++) {
		if (drawn < errors->share[i].permille)
			return errors->share[i].status;
		drawn -= errors->share[i].permille;
	}
	return ESME_ROK;
}

static uint32_t verdict(struct session *s)
{
	struct sim *sim = s->sim;
	const struct options *o = &sim->options;

	if (o->window > 0 && s->unanswered >= o->window)
		return ESME_RTHROTTLED;
	if (!gate_pass(&sim->rate_gate, o->rate, sim->now_ms))
		return ESME_RTHROTTLED;
	if (!gate_pass(&sim->queue_gate, o->queue_rate, sim->now_ms))
		return ESME_RMSGQFUL;
	return draw_error(sim);
}

static bool cut_now(struct sim *sim)
{
	if (sim->options.cut_every == 0 || ++sim->since_cut < (uint64_t)sim->options.cut_every)
		return false;
	sim->since_cut = 0;
	return true;
}

static void write_log(struct session *s, const struct smpp_header *h, const struct smpp_sm *sm,
		      const struct part *part, uint32_t status, uint64_t number, bool lost)
{
	char id[ID_TEXT_MAX] = "";

	if (s->sim->log.fd < 0)
		return;
	if (status == ESME_ROK)
		id_text(number, (enum id_format)s->sim->options.id_format, ID_IN_RESPONSE, id);
	proof_log_add(&s->sim->log, &(struct proof_line){
					    .ms = s->sim->now_ms,
					    .session = s->number,
					    .system_id = s->client->system_id,
					    .destination = sm->dest_addr,
					    .ref = part->ref,
					    .total = part->total,
					    .seq = part->seq,
					    .id = id,
					    .hash = hash_octets(part->text),
					    .status = status,
					    .lost = lost,
					    .sequence = h->sequence,
				    });
}

static void count(struct sim *sim, uint32_t status, bool lost)
{
	stats_submit(&sim->stats, sim->now_ms);
	if (lost)
		sim->stats.lost++;
	else
		stats_status(&sim->stats, status);
}

/* A part that decoded: decide, log, receipt, answer. */
static void take(struct session *s, const struct smpp_header *h, const struct smpp_sm *sm)
{
	struct sim *sim = s->sim;
	uint32_t status = verdict(s);
	uint32_t latency_ms = sim_between(sim, sim->options.latency_ms);
	bool cut = cut_now(sim);
	bool lost = cut || (status == ESME_ROK && sim_chance(sim, sim->options.lost));
	uint64_t number = status == ESME_ROK ? sim->next_number++ : 0;
	struct part part;

	part_of(sm, &part);
	write_log(s, h, sm, &part, status, number, lost);
	count(sim, status, lost);
	if (status == ESME_ROK)
		make_receipt(s, sm, &part, number, latency_ms);
	if (!lost && latency_ms == 0)
		put_answer(s, h->command | SMPP_RESP, status, h->sequence, number);
	else if (!lost)
		answer_later(s, h, status, number, latency_ms);
	if (cut) {
		sim->stats.cuts++;
		s->ending = ENDING_DRAINED;
	}
}

void submit_read(struct session *s, const struct smpp_header *h, const uint8_t *body, size_t len)
{
	struct smpp_sm sm;
	uint32_t status;
	struct err err;

	if (smpp_get_sm(h->command, body, len, &sm, &status, &err)) {
		take(s, h, &sm);
		return;
	}
	s->sim->stats.malformed++;
	stats_status(&s->sim->stats, status);
	smpp_put_empty(&s->out, h->command | SMPP_RESP, status, h->sequence);
}
