/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit - see submit.h. */
#include "smppd/submit.h"

#include <stdio.h>
#include <string.h>

#include "common/sms/smpp.h"

#define ESM_UDHI	0x40
#define NUMBER_DIGITS	10
#define UDH_MAX		7
#define TLV_BYTES_MAX	65536
#define VALIDITY_MIN_US (60 * INT64_C(1000000))

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

void submitter_set(struct submitter *s, const struct settings *settings)
{
	s->settings = settings;
	s->validity_s = -1;
}

size_t submit_source(const char *sender, const struct settings *a, uint8_t *ton_out,
		     uint8_t *npi_out)
{
	size_t plus = sender[0] == '+';
	size_t digits = strspn(sender + plus, "0123456789");
	bool number = digits >= NUMBER_DIGITS;

	if (digits == 0 || sender[plus + digits] != '\0') {
		*ton_out = a->source_ton;
		*npi_out = a->source_npi;
		return 0;
	}
	*ton_out = number ? a->number_ton : a->short_ton;
	*npi_out = number ? a->number_npi : a->short_npi;
	return plus;
}

void submit_put_source(const char *sender, const struct settings *a, uint8_t *ton_out,
		       uint8_t *npi_out, char *out, size_t out_size)
{
	size_t skip = submit_source(sender, a, ton_out, npi_out);
	size_t digits = strspn(sender + skip, "0123456789");
	bool number = digits >= NUMBER_DIGITS && sender[skip + digits] == '\0';

	snprintf(out, out_size, "%s%s", a->source_plus && number ? "+" : "", sender + skip);
}

/* Rendered once a second at most.  Relative to now no clock but ours is asked; absolute it is at
 * least a minute away, as what is relative. */
static const char *validity(struct submitter *s, int64_t deadline_us, int64_t now_us)
{
	const struct settings *a = s->settings;
	int64_t left_s = (deadline_us - now_us) / 1000000;

	if (a->validity_form == VALIDITY_NONE)
		return "";
	if (left_s > a->validity_max_s)
		left_s = a->validity_max_s;
	if (left_s == s->validity_s && a->validity_form == VALIDITY_RELATIVE)
		return s->validity;
	s->validity_s = left_s;
	if (a->validity_form == VALIDITY_RELATIVE) {
		smpp_time_relative(left_s, s->validity);
	} else {
		int64_t at_us = now_us + left_s * 1000000;

		if (at_us < now_us + VALIDITY_MIN_US)
			at_us = now_us + VALIDITY_MIN_US;
		smpp_time_absolute(at_us / 1000000 * 1000000, a->receipt_zone_s, s->validity);
	}
	return s->validity;
}

static void put_addresses(const struct submitter *s, struct smpp_sm *sm, const struct slice *slice,
			  const struct slice_message *m)
{
	const struct settings *a = s->settings;

	submit_put_source(slice->sender, a, &sm->source_ton, &sm->source_npi, sm->source_addr,
			  sizeof(sm->source_addr));
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
	const size_t room = sizeof(s->octets) - UDH_MAX;
	enum sms_split split = slice->form.split;
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
	if (m->encoding == SMS_UCS2)
		len = sms_encode(slice->text + part->offset, part->len, SMS_UCS2, s->octets + head,
				 room);
	else
		len = sms_alphabet_encode(slice->form.alphabet, slice->text + part->offset,
					  part->len, head, s->octets + head, room);
	len += head;
	if (m->pdus == 1 && m->parts > 1)
		smpp_tlv_put(&s->tlvs, SMPP_TAG_MESSAGE_PAYLOAD, s->octets, len);
	else
		sm->short_message = (struct smpp_octets){s->octets, len};
}

bool submit_put(struct submitter *s, struct buf *out, uint32_t sequence, const struct slice *slice,
		unsigned index, unsigned pdu, int64_t now_us)
{
	const struct slice_message *m = &slice->messages[index];
	const struct settings *a = s->settings;
	struct smpp_sm sm = {
		.registered_delivery = a->registered_delivery,
		.data_coding = m->encoding == SMS_UCS2 ? a->coding_ucs2 : a->coding_gsm,
	};

	buf_reset(&s->tlvs);
	memcpy(sm.service_type, a->service_type, sizeof(sm.service_type));
	snprintf(sm.validity_period, sizeof(sm.validity_period), "%s",
		 validity(s, slice->deadline_us, now_us));
	put_addresses(s, &sm, slice, m);
	if (a->user_reference)
		put_be16_tlv(&s->tlvs, SMPP_TAG_USER_MESSAGE_REFERENCE, message_udh_ref(m->id));
	put_text(s, &sm, slice, m, pdu);
	(void)buf_add(&s->tlvs, a->extra_tlvs, a->extra_tlvs_len);
	sm.tlvs = (struct smpp_octets){(const uint8_t *)buf_str(&s->tlvs), s->tlvs.len};
	return smpp_put_sm(out, SMPP_SUBMIT_SM, sequence, &sm);
}
