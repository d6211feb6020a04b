/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* account_receipt - deliver_sm and data_sm: receipts and messages from phones go on to the broker
 * and are answered when it has confirmed (contract in account.h). */
#include <string.h>

#include "common/base/clock.h"
#include "common/model/inbound.h"
#include "common/sms/msisdn.h"
#include "smppd/account.h"

#define NUMBER_DIGITS_MIN 8
#define NUMBER_DIGITS_MAX 15

/* The number a receipt is about; 0 when it is none that could be compared. */
static int64_t number_of(const char *text)
{
	size_t plus = text[0] == '+';
	size_t digits = strspn(text + plus, "0123456789");
	int64_t v = 0;

	if (digits < NUMBER_DIGITS_MIN || digits > NUMBER_DIGITS_MAX || text[plus + digits] != '\0')
		return 0;
	for (size_t i = 0; i < digits; i++)
		v = v * 10 + (text[plus + i] - '0');
	return v;
}

static void fill(const struct settings *s, struct receipt *out, const struct smpp_sm *sm,
		 const struct smpp_receipt *in)
{
	out->account_id = s->account_id;
	out->state = (int16_t)in->state;
	/* A receipt comes from the number the message went to. */
	out->msisdn = number_of(sm->source_addr);
	out->done_at_us = in->done_at_us;
	out->received_at_us = clock_wall_us();
	out->provider_id_len = (uint8_t)receipt_id_normalise(
		in->id, strlen(in->id), s->id_receipt_base, s->id_strip_zeros, out->provider_id);
	out->err_len = (uint8_t)strnlen(in->err, RECEIPT_ERR_MAX);
	memcpy(out->err, in->err, out->err_len);
	out->err[out->err_len] = '\0';
}

/* The load being filled, with room for one more. */
static struct receipt_load *open_load(struct account *a)
{
	if (a->load != NULL && a->load->count == RECEIPT_LOAD_MAX)
		account_hand_receipts(a);
	if (a->load == NULL) {
		a->load = mem_alloc(sizeof(*a->load));
		memset(a->load, 0, offsetof(struct receipt_load, asked));
		a->load->note.kind = NOTE_RECEIPTS;
		a->load->shared = &a->shared;
		a->load->read_ms = clock_mono_ms();
		account_hand_soon(a);
	}
	return a->load;
}

static struct receipt_asked *add_asked(struct receipt_load *load, const struct session *s,
				       uint32_t command, uint32_t sequence)
{
	struct receipt_asked *asked = &load->asked[load->count++];

	asked->command = command;
	asked->sequence = sequence;
	asked->generation = s->generation;
	asked->session = s->index;
	asked->message = false;
	return asked;
}

/* --- messages from phones ----------------------------------------------------------------------
 */

/* In the form clients' numbers have where that is clear ("8916..." is 7916...): a stop word must
 * find the number it speaks for. */
static int64_t phone_of(const char *text)
{
	int64_t msisdn;
	struct err err;

	return msisdn_parse(text, strlen(text), &msisdn, &err) ? msisdn : number_of(text);
}

static void fill_message(struct account *a, struct inbound_part *out, const struct smpp_sm *sm)
{
	const struct settings *s = &a->shared.settings;
	struct user_data data;

	user_data_read(sm, &data);
	if (data.broken)
		metric_add(a->shared.metrics.malformed, 1);
	*out = (struct inbound_part){
		.account_id = s->account_id,
		.coding = (uint8_t)(data.broken
					    ? CODING_BINARY
					    : sms_coding_of(sm->data_coding, s->default_alphabet)),
		.data_coding = sm->data_coding,
		.reference = data.reference,
		.total = data.total,
		.seq = data.seq,
		.msisdn = phone_of(sm->source_addr),
		.received_at_us = clock_wall_us(),
		.octets = data.octets,
	};
	memcpy(out->source, sm->source_addr, strnlen(sm->source_addr, INBOUND_ADDRESS_MAX));
	memcpy(out->destination, sm->dest_addr, strnlen(sm->dest_addr, INBOUND_ADDRESS_MAX));
}

static bool put_message(struct receipt_load *load, const struct inbound_part *part)
{
	if (load->messages.len == 0) {
		buf_init(&load->messages, INBOUND_BUNDLE_BYTES);
		inbound_bundle_begin(&load->messages);
	}
	return inbound_bundle_add(&load->messages, part);
}

static void take_message(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
			 const struct smpp_sm *sm)
{
	struct receipt_load *load = open_load(a);
	struct inbound_part part;

	fill_message(a, &part, sm);
	if (!put_message(load, &part)) {
		account_hand_receipts(a);
		load = open_load(a);
		(void)put_message(load, &part); /* a PDU fits an empty bundle */
	}
	add_asked(load, s, command, sequence)->message = true;
}

static void take_receipt(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
			 const struct smpp_sm *sm)
{
	struct smpp_receipt receipt;
	struct receipt_asked *asked;

	/* One that names no message can never be matched: answered, so that it does not come again.
	 */
	if (!smpp_receipt_parse(sm, a->shared.settings.receipt_zone_s, &receipt)) {
		metric_add(a->shared.metrics.malformed, 1);
		session_answer_deliver(s, s->generation, command, sequence, ESME_ROK);
		return;
	}
	asked = add_asked(open_load(a), s, command, sequence);
	fill(&a->shared.settings, &asked->receipt, sm, &receipt);
}

void account_deliver(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
		     const struct smpp_sm *sm)
{
	if (smpp_is_receipt(sm))
		take_receipt(a, s, command, sequence, sm);
	else
		take_message(a, s, command, sequence, sm);
}

/* --- answers -----------------------------------------------------------------------------------
 */

static void answer_load(struct account *a, struct receipt_load *load)
{
	const struct account_metrics *m = &a->shared.metrics;

	int64_t messages = 0;

	for (size_t i = 0; i < load->count; i++) {
		const struct receipt_asked *asked = &load->asked[i];

		messages += asked->message;
		session_answer_deliver(&a->sessions[asked->session], asked->generation,
				       asked->command, asked->sequence,
				       load->published ? ESME_ROK : ESME_RX_T_APPN);
	}
	metric_add(load->published ? m->receipts : m->receipts_refused,
		   (int64_t)load->count - messages);
	metric_add(load->published ? m->replies : m->replies_refused, messages);
	for (int i = 0; i < a->session_count; i++)
		session_flush(&a->sessions[i]);
	receipt_load_free(load);
}

void account_hand_receipts(struct account *a)
{
	struct receipt_load *load = a->load;

	if (load == NULL)
		return;
	a->load = NULL;
	/* Answers read before these receipts are in this bundle or an earlier one. */
	account_hand_bundle(a);
	load->mark = a->handed;
	if (receipts_put(a->shared.context->receipts, load))
		a->receipts_pending++;
	else
		answer_load(a, load);
}

void account_receipts_done(struct receipt_load *load)
{
	struct account *a = (struct account *)load->shared;

	a->receipts_pending--;
	answer_load(a, load);
}
