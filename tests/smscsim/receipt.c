/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* receipt - see receipt.h. */
#include "tests/smscsim/receipt.h"

#include <string.h>
#include <time.h>

#include "tests/smscsim/ids.h"

#define ESM_RECEIPT 0x04
#define NETWORK_GSM 3
#define DIGITS_MAX  14 /* yyyyMMddHHmmss */
#define CENTURY_LEN 2

static const struct outcome {
	uint8_t state;
	const char *word, *lower;
	const char *err;
} outcomes[] = {
	{STATE_DELIVERED, "DELIVRD", "delivrd", "000"},
	{STATE_EXPIRED, "EXPIRED", "expired", "027"},
	{STATE_UNDELIVERABLE, "UNDELIV", "undeliv", "001"},
	{STATE_REJECTED, "REJECTD", "rejectd", "003"},
};

static const struct outcome *outcome_of(uint8_t state)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (outcomes[i].state == state)
			return &outcomes[i];
	}
	panic("receipts know no state %d", state);
}

/* A date as yyyyMMddHHmmss by the centre's clock; the last one asked for is kept. */
static const char *date_digits(int64_t utc_s, int64_t zone_min)
{
	static int64_t kept_s = INT64_MIN;
	static char kept[DIGITS_MAX + 1];
	time_t local = (time_t)(utc_s + zone_min * 60);
	struct tm tm;

	if (local != kept_s) {
		gmtime_r(&local, &tm);
		strftime(kept, sizeof(kept), "%Y%m%d%H%M%S", &tm);
		kept_s = local;
	}
	return kept;
}

struct style {
	const char *labels[8]; /* id, sub+dlvrd, submit, done, stat, err, text */
	size_t date_from, date_len;
};

static const struct style standard = {
	{"id:", " sub:001 dlvrd:", " submit date:", " done date:", " stat:", " err:", " text:"},
	CENTURY_LEN,
	10};
static const struct style seconds = {
	{"id:", NULL, " submit date:", " done date:", " stat:", " err:", " text:"},
	CENTURY_LEN,
	12};
static const struct style century = {
	{"id:", " sub:001 dlvrd:", " submit_date:", " done_date:", " stat:", " err:", " Text:"},
	0,
	14};

static void write_style(const struct receipt *r, const struct options *o, const struct style *style,
			const char *id, struct buf *out)
{
	const struct outcome *outcome = outcome_of(r->state);

	buf_add_str(out, style->labels[0]);
	buf_add_str(out, id);
	if (style->labels[1] != NULL) {
		buf_add_str(out, style->labels[1]);
		buf_add_str(out, r->state == STATE_DELIVERED ? "001" : "000");
	}
	buf_add_str(out, style->labels[2]);
	buf_add(out, date_digits(r->submitted_s, o->zone_min) + style->date_from, style->date_len);
	buf_add_str(out, style->labels[3]);
	buf_add(out, date_digits(r->done_s, o->zone_min) + style->date_from, style->date_len);
	buf_add_str(out, style->labels[4]);
	buf_add_str(out, outcome->word);
	buf_add_str(out, style->labels[5]);
	buf_add_str(out, outcome->err);
	buf_add_str(out, style->labels[6]);
	buf_add(out, r->text, r->text_len);
}

static void write_lower(const struct receipt *r, const struct options *o, const char *id,
			struct buf *out)
{
	const struct outcome *outcome = outcome_of(r->state);

	buf_printf(out, "stat: %s err: %s ", outcome->lower, outcome->err);
	buf_printf(out, "DONE DATE: %.10s ", date_digits(r->done_s, o->zone_min) + CENTURY_LEN);
	buf_printf(out, "id: %s text: ", id);
	buf_add(out, r->text, r->text_len);
}

static void write_commas(const struct receipt *r, const struct options *o, const char *id,
			 struct buf *out)
{
	const struct outcome *outcome = outcome_of(r->state);

	buf_printf(out, "%s,", r->state == STATE_DELIVERED ? "00" : "01");
	buf_printf(out, "%.10s,", date_digits(r->submitted_s, o->zone_min) + CENTURY_LEN);
	buf_printf(out, "%.10s,", date_digits(r->done_s, o->zone_min) + CENTURY_LEN);
	buf_printf(out, "%s,%s,%s,%s", outcome->err, r->source, r->dest, id);
}

static void write_tlvs(const struct receipt *r, const char *id, struct buf *out)
{
	const char *err = outcome_of(r->state)->err;
	const uint8_t code[] = {NETWORK_GSM, 0, (uint8_t)((err[1] - '0') * 10 + err[2] - '0')};

	smpp_tlv_put(out, SMPP_TAG_RECEIPTED_MESSAGE_ID, id, strlen(id) + 1);
	smpp_tlv_put(out, SMPP_TAG_MESSAGE_STATE, &r->state, sizeof(r->state));
	smpp_tlv_put(out, SMPP_TAG_NETWORK_ERROR_CODE, code, sizeof(code));
}

static void write_text(const struct receipt *r, const struct options *o, const char *id,
		       struct buf *out)
{
	switch ((enum receipt_format)o->receipt_format) {
	case FORMAT_TLV:
		break;
	case FORMAT_LOWER:
		write_lower(r, o, id, out);
		break;
	case FORMAT_SECONDS:
		write_style(r, o, &seconds, id, out);
		break;
	case FORMAT_CENTURY:
		write_style(r, o, &century, id, out);
		break;
	case FORMAT_COMMAS:
		write_commas(r, o, id, out);
		break;
	case FORMAT_TEXT:
	case FORMAT_BOTH:
	case FORMAT_PAYLOAD:
		write_style(r, o, &standard, id, out);
	}
}

void receipt_write(const struct receipt *r, const struct options *o, struct buf *text,
		   struct buf *tlvs, struct smpp_sm *sm)
{
	char id[ID_TEXT_MAX];

	buf_reset(text);
	buf_reset(tlvs);
	id_text(r->number, (enum id_format)o->id_format, ID_IN_RECEIPT, id);
	write_text(r, o, id, text);
	if (o->receipt_format == FORMAT_TLV || o->receipt_format == FORMAT_BOTH)
		write_tlvs(r, id, tlvs);
	if (o->receipt_format == FORMAT_PAYLOAD) {
		smpp_tlv_put(tlvs, SMPP_TAG_MESSAGE_PAYLOAD, buf_str(text), text->len);
		buf_reset(text);
	}

	*sm = (struct smpp_sm){
		.source_ton = r->source_ton,
		.source_npi = r->source_npi,
		.dest_ton = r->dest_ton,
		.dest_npi = r->dest_npi,
		.esm_class = ESM_RECEIPT,
		.short_message = {(const uint8_t *)buf_str(text), text->len},
		.tlvs = {(const uint8_t *)buf_str(tlvs), tlvs->len},
	};
	memcpy(sm->source_addr, r->source, sizeof(r->source));
	memcpy(sm->dest_addr, r->dest, sizeof(r->dest));
}
