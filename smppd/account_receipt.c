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
	const struct id_rules ids = {
		.base = s->id_receipt_base,
		.strip_zeros = s->gateway.id_strip_zeros,
		.keep_case = s->gateway.id_keep_case,
	};

	out->account_id = s->gateway.account_id;
	out->state = (int16_t)in->state;
	/* A receipt comes from the number the message went to. */
	out->msisdn = number_of(sm->source_addr);
	out->done_at_us = in->done_at_us;
	out->received_at_us = clock_wall_us();
	out->provider_id_len =
		(uint8_t)receipt_id_normalise(in->id, strlen(in->id), &ids, out->provider_id);
	out->err_len = (uint8_t)strnlen(in->err, RECEIPT_ERR_MAX);
	memcpy(out->err, in->err, out->err_len);
	out->err[out->err_len] = '\0';
	out->stopped = settings_stops(s->stop_errors, out->err);
}

static void answer_load(struct account *a, struct receipt_load *load);

struct receipt_load *account_open_load(struct account *a)
{
	struct receipt_load *full, *load = gate_load(&a->gate, &full);

	if (full != NULL)
		answer_load(a, full);
	return load;
}

static struct receipt_asker asker_of(const struct session *s, uint32_t command, uint32_t sequence)
{
	return (struct receipt_asker){
		.place = (uint32_t)s->index,
		.generation = s->generation,
		.command = command,
		.sequence = sequence,
	};
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
	const struct settings *s = a->settings;
	struct user_data data;

	user_data_read(sm, &data);
	if (data.broken)
		metric_add(a->metrics.malformed, 1);
	*out = (struct inbound_part){
		.account_id = s->gateway.account_id,
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

static void take_message(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
			 const struct smpp_sm *sm)
{
	const struct receipt_asker asker = asker_of(s, command, sequence);
	struct inbound_part part;

	fill_message(a, &part, sm);
	if (!receipt_load_add_message(account_open_load(a), &asker, &part)) {
		account_hand_receipts(a); /* a PDU fits an empty bundle */
		(void)receipt_load_add_message(account_open_load(a), &asker, &part);
	}
}

static void take_receipt(struct account *a, struct session *s, uint32_t command, uint32_t sequence,
			 const struct smpp_sm *sm)
{
	const struct smpp_receipt_rules rules = {
		.zone_offset_s = a->settings->receipt_zone_s,
		.text_wins = a->settings->receipt_text_wins,
		.acceptd_final = a->settings->acceptd_final,
	};
	const struct receipt_asker asker = asker_of(s, command, sequence);
	struct smpp_receipt receipt;

	/* One that names no message can never be matched: answered, so that it does not come again.
	 */
	if (!smpp_receipt_parse(sm, &rules, &receipt)) {
		metric_add(a->metrics.malformed, 1);
		session_answer_deliver(s, s->generation, command, sequence, ESME_ROK);
		return;
	}
	fill(a->settings, &receipt_load_add(account_open_load(a), &asker)->receipt, sm, &receipt);
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
	const struct gate_metrics *m = &a->gate.metrics;
	int64_t messages = 0;

	for (size_t i = 0; i < load->count; i++) {
		const struct receipt_asked *asked = &load->asked[i];

		messages += asked->message;
		if (asked->asker.place == ACCOUNT_NOBODY)
			continue;
		session_answer_deliver(&a->sessions[asked->asker.place], asked->asker.generation,
				       asked->asker.command, asked->asker.sequence,
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
	struct receipt_load *refused = gate_hand_receipts(&a->gate);

	if (refused != NULL)
		answer_load(a, refused);
}

void account_receipts_done(struct gateway *gateway, struct receipt_load *load)
{
	(void)gateway;
	answer_load((struct account *)load->gate, load);
}
