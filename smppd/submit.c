/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit - see submit.h. */
#include "smppd/submit.h"

#include <stdio.h>
#include <string.h>

#include "common/sms/smpp.h"

#define ESM_UDHI	  0x40
#define CODING_DEFAULT	  0x00
#define CODING_UCS2	  0x08
#define TON_INTERNATIONAL 1
#define NPI_E164	  1
#define TON_NETWORK	  3
#define NUMBER_DIGITS	  10
#define UDH_MAX		  7
#define TLV_BYTES_MAX	  65536

void submitter_init(struct submitter *s, const struct settings *settings)
{
	s->settings = settings;
	s->refs = NULL;
	buf_init(&s->tlvs, TLV_BYTES_MAX);
	s->validity_s = -1;
}

void submitter_deinit(struct submitter *s)
{
	refs_free(&s->refs);
	buf_deinit(&s->tlvs);
}

void submit_source(const char *sender, uint8_t account_ton, uint8_t account_npi, uint8_t *ton_out,
		   uint8_t *npi_out, size_t *skip_out)
{
	size_t plus = sender[0] == '+';
	size_t digits = strspn(sender + plus, "0123456789");

	*skip_out = 0;
	if (digits == 0 || sender[plus + digits] != '\0') {
		*ton_out = account_ton;
		*npi_out = account_npi;
		return;
	}
	*skip_out = plus;
	*ton_out = digits >= NUMBER_DIGITS ? TON_INTERNATIONAL : TON_NETWORK;
	*npi_out = digits >= NUMBER_DIGITS ? NPI_E164 : 0;
}

/* Relative to now, so that no clock but ours is asked; rendered once a second at most. */
static const char *validity(struct submitter *s, int64_t deadline_us, int64_t now_us)
{
	int64_t left_s = (deadline_us - now_us) / 1000000;

	if (left_s > s->settings->validity_max_s)
		left_s = s->settings->validity_max_s;
	if (left_s != s->validity_s) {
		s->validity_s = left_s;
		smpp_time_relative(left_s, s->validity);
	}
	return s->validity;
}

static void put_addresses(const struct submitter *s, struct smpp_sm *sm, const struct slice *slice,
			  const struct slice_message *m)
{
	const struct settings *a = s->settings;
	size_t skip;

	submit_source(slice->sender, a->source_ton, a->source_npi, &sm->source_ton, &sm->source_npi,
		      &skip);
	snprintf(sm->source_addr, sizeof(sm->source_addr), "%s", slice->sender + skip);
	sm->dest_ton = a->dest_ton;
	sm->dest_npi = a->dest_npi;
	snprintf(sm->dest_addr, sizeof(sm->dest_addr), "%s%lld", a->dest_plus ? "+" : "",
		 (long long)m->msisdn);
}

static void put_be16_tlv(struct buf *tlvs, uint16_t tag, uint16_t v)
{
	const uint8_t octets[] = {(uint8_t)(v >> 8), (uint8_t)v};

	smpp_tlv_put(tlvs, tag, octets, sizeof(octets));
}

static void put_octet_tlv(struct buf *tlvs, uint16_t tag, unsigned v)
{
	const uint8_t octet = (uint8_t)v;

	smpp_tlv_put(tlvs, tag, &octet, 1);
}

/* The text, and whatever joins it with its other parts. */
static void put_text(struct submitter *s, struct smpp_sm *sm, const struct slice *slice,
		     const struct slice_message *m, unsigned pdu)
{
	const struct slice_part *part = &slice->part[m->first_part + pdu];
	enum sms_split split = s->settings->gateway.split;
	size_t head = 0, len;
	uint16_t ref = 0;

	if (m->pdus > 1) {
		if (s->refs == NULL)
			s->refs = refs_new();
		ref = refs_take(s->refs, m->id, m->msisdn);
	}
	if (m->pdus > 1 && split == SMS_SPLIT_SAR) {
		put_be16_tlv(&s->tlvs, SMPP_TAG_SAR_MSG_REF_NUM, ref);
		put_octet_tlv(&s->tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, m->pdus);
		put_octet_tlv(&s->tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, pdu + 1);
	} else if (m->pdus > 1) {
		sm->esm_class |= ESM_UDHI;
		head = sms_udh(split, ref, m->pdus, (int)pdu + 1, s->octets);
	}
	len = head + sms_encode(slice->text + part->offset, part->len,
				(enum sms_encoding)m->encoding, s->octets + head,
				sizeof(s->octets) - UDH_MAX);
	if (m->pdus == 1 && m->parts > 1)
		smpp_tlv_put(&s->tlvs, SMPP_TAG_MESSAGE_PAYLOAD, s->octets, len);
	else
		sm->short_message = (struct smpp_octets){s->octets, len};
}

bool submit_put(struct submitter *s, struct buf *out, uint32_t sequence, const struct slice *slice,
		unsigned index, unsigned pdu, int64_t now_us)
{
	const struct slice_message *m = &slice->messages[index];
	struct smpp_sm sm = {
		.registered_delivery = s->settings->registered_delivery,
		.data_coding = m->encoding == SMS_UCS2 ? CODING_UCS2 : CODING_DEFAULT,
	};

	buf_reset(&s->tlvs);
	memcpy(sm.service_type, s->settings->service_type, sizeof(sm.service_type));
	memcpy(sm.validity_period, validity(s, slice->deadline_us, now_us), sizeof(s->validity));
	put_addresses(s, &sm, slice, m);
	if (s->settings->user_reference)
		put_be16_tlv(&s->tlvs, SMPP_TAG_USER_MESSAGE_REFERENCE, message_udh_ref(m->id));
	put_text(s, &sm, slice, m, pdu);
	sm.tlvs = (struct smpp_octets){(const uint8_t *)buf_str(&s->tlvs), s->tlvs.len};
	return smpp_put_sm(out, SMPP_SUBMIT_SM, sequence, &sm);
}
