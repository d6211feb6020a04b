/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_data - see user_data.h. */
#include "common/sms/user_data.h"

#include <string.h>

#include "common/sms/gsm.h"
#include "common/sms/parts.h"
#include "common/text/utf8.h"

#define ESM_UDHI	  0x40
#define IE_CONCATENATED	  0x00
#define IE_CONCATENATED16 0x08
#define REPLACEMENT	  0xFFFDu
#define UTF8_MAX	  3 /* bytes a septet, or an octet of Latin-1, grows to at most */

/* --- data_coding -------------------------------------------------------------------------------
 */

/* Bits 3 and 2 of the general group of TP-DCS (23.038, 4). */
static enum sms_coding general_group(uint8_t dcs)
{
	static const enum sms_coding alphabets[] = {CODING_GSM, CODING_BINARY, CODING_UCS2,
						    CODING_BINARY};

	return (dcs & 0x20) != 0 ? CODING_BINARY /* compressed */ : alphabets[dcs >> 2 & 3];
}

/* Up to 0x0E the value is SMPP's own, above it is passed through from the air (TP-DCS). */
enum sms_coding sms_coding_of(uint8_t data_coding, enum sms_coding standard)
{
	switch (data_coding) {
	case 0x00:
		return standard;
	case 0x01: /* IA5: ASCII */
	case 0x03:
		return CODING_LATIN1;
	case 0x06:
		return CODING_CYRILLIC;
	case 0x08:
		return CODING_UCS2;
	default:
		break;
	}
	if (data_coding < 0x10)
		return CODING_BINARY;
	switch (data_coding >> 4) {
	case 0xC: /* message waiting */
	case 0xD:
		return CODING_GSM;
	case 0xE:
		return CODING_UCS2;
	case 0xF:
		return (data_coding & 0x04) != 0 ? CODING_BINARY : CODING_GSM;
	default:
		return data_coding < 0x80 ? general_group(data_coding) : CODING_BINARY;
	}
}

/* --- the header --------------------------------------------------------------------------------
 */

static void take_position(struct user_data *out, uint16_t reference, uint8_t total, uint8_t seq)
{
	if (seq == 0 || seq > total || total == 1)
		return;
	out->reference = reference;
	out->total = total;
	out->seq = seq;
}

/* The last element of a kind counts. */
static void take_element(struct user_data *out, uint8_t id, const uint8_t *v, size_t len)
{
	if (id == IE_CONCATENATED && len == 3)
		take_position(out, v[0], v[1], v[2]);
	else if (id == IE_CONCATENATED16 && len == 4)
		take_position(out, (uint16_t)(v[0] << 8 | v[1]), v[2], v[3]);
}

static void read_header(struct user_data *out)
{
	const uint8_t *at = out->octets.data;
	size_t left = out->octets.len > 0 ? at[0] : 0;
	struct smpp_octets text;

	if (out->octets.len == 0 || left + 1 > out->octets.len) {
		out->broken = true;
		return;
	}
	text = (struct smpp_octets){at + 1 + left, out->octets.len - 1 - left};
	for (at++; left > 0; at += 2 + at[1]) {
		if (left < 2 || left - 2 < at[1]) {
			out->broken = true;
			return;
		}
		take_element(out, at[0], at + 2, at[1]);
		left -= 2 + (size_t)at[1];
	}
	out->octets = text;
}

static void read_sar(const struct smpp_sm *sm, struct user_data *out)
{
	struct smpp_octets ref, total, seq;

	if (smpp_tlv_find(sm->tlvs, SMPP_TAG_SAR_MSG_REF_NUM, &ref) && ref.len == 2 &&
	    smpp_tlv_find(sm->tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &total) && total.len == 1 &&
	    smpp_tlv_find(sm->tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &seq) && seq.len == 1)
		take_position(out, (uint16_t)(ref.data[0] << 8 | ref.data[1]), total.data[0],
			      seq.data[0]);
}

void user_data_read(const struct smpp_sm *sm, struct user_data *out)
{
	*out = (struct user_data){.total = 1, .seq = 1, .octets = sm->short_message};
	if (out->octets.len == 0)
		(void)smpp_tlv_find(sm->tlvs, SMPP_TAG_MESSAGE_PAYLOAD, &out->octets);
	if ((sm->esm_class & ESM_UDHI) != 0)
		read_header(out);
	else
		read_sar(sm, out);
	if (out->broken) {
		out->reference = 0;
		out->total = out->seq = 1;
	}
}

/* --- text --------------------------------------------------------------------------------------
 */

static void put(struct buf *out, uint32_t c)
{
	char utf8[4];
	size_t len;

	if (c == '\r' || c == '\f')
		c = '\n';
	if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0))
		c = REPLACEMENT;
	len = utf8_put(c, utf8);
	if (len == 0)
		len = utf8_put(REPLACEMENT, utf8);
	(void)buf_add(out, utf8, len);
}

static void put_gsm(const uint8_t *at, size_t len, struct buf *out)
{
	char *to = buf_reserve(out, UTF8_MAX * len);

	if (to != NULL)
		out->len += gsm_decode(at, len, to, UTF8_MAX * len);
}

static uint32_t unit_at(const uint8_t *at, bool little)
{
	return little ? (uint32_t)(at[1] << 8 | at[0]) : (uint32_t)(at[0] << 8 | at[1]);
}

static bool is_high(uint32_t unit)
{
	return unit >= 0xD800 && unit < 0xDC00;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xDC00 && unit < 0xE000;
}

/* Some centres send the other byte order and say so by its mark. */
static void put_ucs2(const uint8_t *at, size_t len, struct buf *out)
{
	bool little = len >= 2 && at[0] == 0xFF && at[1] == 0xFE;
	size_t i = 0;

	while (i + 2 <= len) {
		uint32_t unit = unit_at(at + i, little);

		i += 2;
		if (is_high(unit) && i + 2 <= len && is_low(unit_at(at + i, little))) {
			unit = 0x10000 + ((unit - 0xD800) << 10) +
			       (unit_at(at + i, little) - 0xDC00);
			i += 2;
		}
		put(out, unit);
	}
	if (i < len)
		put(out, REPLACEMENT);
}

/* ISO 8859-5: from 0xA1 on the letters of U+0401 to U+045F stand in order, but for three signs. */
static uint32_t cyrillic(uint8_t octet)
{
	if (octet <= 0xA0 || octet == 0xAD)
		return octet;
	if (octet == 0xF0)
		return 0x2116; /* number sign */
	if (octet == 0xFD)
		return 0xA7; /* paragraph sign */
	return octet - 0xA0u + 0x0400;
}

void user_data_text(enum sms_coding coding, const void *octets, size_t len, struct buf *out)
{
	const uint8_t *at = octets;
	size_t from = out->len;

	if (len == 0)
		return;
	switch (coding) {
	case CODING_GSM:
		put_gsm(at, len, out);
		break;
	case CODING_LATIN1:
		for (size_t i = 0; i < len; i++)
			put(out, at[i]);
		break;
	case CODING_CYRILLIC:
		for (size_t i = 0; i < len; i++)
			put(out, cyrillic(at[i]));
		break;
	case CODING_UCS2:
		put_ucs2(at, len, out);
		break;
	case CODING_BINARY:
		break;
	}
	if (out->len > from) {
		out->len =
			from + sms_normalise(out->data + from, out->len - from, out->data + from);
		out->data[out->len] = '\0';
	}
}
