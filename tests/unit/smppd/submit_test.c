/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* submit: the PDUs of a message, as an account wants them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/gateway/slice.h"
#include "smppd/submit.h"
#include "tests/unit/support/run.h"

#define BATCH INT64_C(0x0a0b0c0d00001200)

static const char *const LONG =
	"жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"
	"жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"; /* 112 letters */

static struct slice_row row(const char *text)
{
	return (struct slice_row){.id = BATCH,
				  .msisdn = 79161234567,
				  .mask = -1,
				  .text = text,
				  .len = strlen(text),
				  .send = true};
}

static struct slice_head head(void)
{
	return (struct slice_head){.batch_id = BATCH,
				   .run_id = 5,
				   .deadline_us = 3600000000,
				   .lane = LANE_BULK,
				   .class = CLASS_SERVICE,
				   .attempt = 1,
				   .from = 0,
				   .to = 1,
				   .home = true,
				   .sender = "Bank"};
}

static const struct {
	const char *sender;
	uint8_t ton, npi;
	size_t skip;
} sources[] = {
	{"Bank", 5, 9, 0},	 {"79161234567", 1, 1, 0}, {"+79161234567", 1, 1, 1},
	{"1234567890", 1, 1, 0}, {"123456789", 3, 0, 0},   {"900", 3, 0, 0},
	{"+900x", 5, 9, 0},	 {"7-800", 5, 9, 0},	   {"", 5, 9, 0},
};

START_TEST(test_source)
{
	const struct settings settings = {
		.source_ton = 5, .source_npi = 9, .number_ton = 1, .number_npi = 1, .short_ton = 3};
	uint8_t ton, npi;
	size_t skip = submit_source(sources[_i].sender, &settings, &ton, &npi);

	ck_assert_msg(ton == sources[_i].ton && npi == sources[_i].npi && skip == sources[_i].skip,
		      "%s: %u/%u skip %zu", sources[_i].sender, ton, npi, skip);
}
END_TEST

/* Build message 0 of one text, put its PDU and read it back. */
static void put_and_read(const struct settings *settings, const char *text, unsigned pdu,
			 struct buf *out, struct smpp_sm *sm)
{
	struct slice_row rows[] = {row(text)};
	struct slice_head h = head();
	struct slice *s = slice_build(
		&h, rows, 1,
		&(struct slice_form){settings->gateway.split, settings->gateway.alphabet, 10});
	struct submitter submitter;
	struct smpp_header header;
	struct err err;
	uint32_t status;

	submitter_init(&submitter, settings);
	ck_assert(submit_put(&submitter, out, 77, s, 0, pdu, 0));
	submitter_deinit(&submitter);
	mem_free(s);
	ck_assert_int_eq(smpp_head((const uint8_t *)out->data, out->len, &header), SMPP_HEAD_OK);
	ck_assert_uint_eq(header.command, SMPP_SUBMIT_SM);
	ck_assert_uint_eq(header.sequence, 77);
	ck_assert_uint_eq(header.length, out->len);
	ck_assert_msg(smpp_get_sm(SMPP_SUBMIT_SM, (const uint8_t *)out->data + SMPP_HEADER_SIZE,
				  out->len - SMPP_HEADER_SIZE, sm, &status, &err),
		      "%s", err.msg);
}

START_TEST(test_submit_single)
{
	struct settings settings = {.source_ton = 5,
				    .dest_ton = 1,
				    .dest_npi = 1,
				    .dest_plus = true,
				    .registered_delivery = 1,
				    .validity_max_s = 1800,
				    .user_reference = true,
				    .service_type = "CMT"};
	struct smpp_octets value;
	struct smpp_sm sm;
	struct buf out;

	buf_init(&out, 65536);
	put_and_read(&settings, "Hello", 0, &out, &sm);
	ck_assert_str_eq(sm.source_addr, "Bank");
	ck_assert_uint_eq(sm.source_ton, 5);
	ck_assert_str_eq(sm.dest_addr, "+79161234567");
	ck_assert_str_eq(sm.service_type, "CMT");
	ck_assert_msg(strcmp(sm.validity_period, "000000003000000R") == 0,
		      "an hour is left, the account allows half of it: %s", sm.validity_period);
	ck_assert_uint_eq(sm.data_coding, 0);
	ck_assert_uint_eq(sm.esm_class, 0);
	ck_assert_uint_eq(sm.registered_delivery, 1);
	ck_assert_uint_eq(sm.short_message.len, 5);
	ck_assert(smpp_tlv_find(sm.tlvs, SMPP_TAG_USER_MESSAGE_REFERENCE, &value));
	ck_assert_uint_eq((unsigned)(value.data[0] << 8 | value.data[1]), message_udh_ref(BATCH));
	buf_deinit(&out);
}
END_TEST

static const struct {
	enum sms_split split;
	uint8_t esm_class;
	size_t head, units;
} splits[] = {
	{SMS_SPLIT_UDH8, 0x40, 6, 67}, {SMS_SPLIT_UDH16, 0x40, 7, 66}, {SMS_SPLIT_SAR, 0, 0, 67}};

START_TEST(test_submit_parts)
{
	struct settings settings = {
		.gateway.split = splits[_i].split, .coding_ucs2 = 8, .validity_max_s = 86400};
	size_t units[] = {splits[_i].units, 112 - splits[_i].units};
	uint16_t ref = message_udh_ref(BATCH);

	for (unsigned pdu = 0; pdu < 2; pdu++) {
		struct smpp_octets value;
		struct smpp_sm sm;
		struct buf out;

		buf_init(&out, 65536);
		put_and_read(&settings, LONG, pdu, &out, &sm);
		ck_assert_uint_eq(sm.data_coding, 8);
		ck_assert_uint_eq(sm.esm_class, splits[_i].esm_class);
		ck_assert_uint_eq(sm.short_message.len, splits[_i].head + 2 * units[pdu]);
		if (splits[_i].split == SMS_SPLIT_UDH8) {
			const uint8_t want[] = {5, 0, 3, (uint8_t)ref, 2, (uint8_t)(pdu + 1)};

			ck_assert(memcmp(sm.short_message.data, want, 6) == 0);
		} else if (splits[_i].split == SMS_SPLIT_UDH16) {
			const uint8_t want[] = {
				6, 8, 4, (uint8_t)(ref >> 8), (uint8_t)ref, 2, (uint8_t)(pdu + 1)};

			ck_assert(memcmp(sm.short_message.data, want, 7) == 0);
		} else {
			ck_assert(smpp_tlv_find(sm.tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &value));
			ck_assert_uint_eq(value.data[0], pdu + 1);
			ck_assert(smpp_tlv_find(sm.tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &value));
			ck_assert_uint_eq(value.data[0], 2);
		}
		buf_deinit(&out);
	}
}
END_TEST

START_TEST(test_submit_payload)
{
	struct settings settings = {.gateway.split = SMS_SPLIT_PAYLOAD, .validity_max_s = 86400};
	struct smpp_octets value;
	struct smpp_sm sm;
	struct buf out;

	buf_init(&out, 65536);
	put_and_read(&settings, LONG, 0, &out, &sm);
	ck_assert_uint_eq(sm.short_message.len, 0);
	ck_assert(smpp_tlv_find(sm.tlvs, SMPP_TAG_MESSAGE_PAYLOAD, &value));
	ck_assert_uint_eq(value.len, 112 * 2);
	buf_deinit(&out);
}
END_TEST

/* --- what centres do differently -------------------------------------------------------------
 */

static const struct {
	const char *sender, *want;
	uint8_t ton, npi;
} written_sources[] = {
	{"Bank", "Bank", 5, 9},
	{"79161234567", "+79161234567", 2, 8},
	{"+79161234567", "+79161234567", 2, 8},
	{"900", "900", 6, 1},
	{"+900", "900", 6, 1},
	{"7-800", "7-800", 5, 9},
};

START_TEST(test_source_as_written)
{
	const struct settings settings = {.source_ton = 5,
					  .source_npi = 9,
					  .number_ton = 2,
					  .number_npi = 8,
					  .short_ton = 6,
					  .short_npi = 1,
					  .source_plus = true};
	uint8_t ton, npi;
	char out[22];

	submit_put_source(written_sources[_i].sender, &settings, &ton, &npi, out, sizeof(out));
	ck_assert_str_eq(out, written_sources[_i].want);
	ck_assert_uint_eq(ton, written_sources[_i].ton);
	ck_assert_uint_eq(npi, written_sources[_i].npi);
}
END_TEST

/* Case 24: data_coding 0 at centres that take it for GSM, Latin-1 or ASCII; what is not in it goes
 * as UCS-2. */
static const struct {
	const char *why;
	enum sms_alphabet alphabet;
	const char *text, *octets;
	size_t len;
	uint8_t coding;
} codings[] = {
	{"GSM", ALPHABET_GSM, "@[ü", "\x00\x1B\x3C\x7E", 4, 0xF1},
	{"packed", ALPHABET_GSM_PACKED, "hellohello", "\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37", 9,
	 0xF1},
	{"Latin-1", ALPHABET_LATIN1, "@[ü", "@[\xFC", 3, 0xF1},
	{"ASCII", ALPHABET_ASCII, "@[", "@[", 2, 0xF1},
	{"what ASCII lacks", ALPHABET_ASCII, "ü", "\x00\xFC", 2, 0x18},
	{"what Latin-1 lacks", ALPHABET_LATIN1, "5€", "\x00\x35\x20\xAC", 4, 0x18},
	{"Cyrillic", ALPHABET_LATIN1, "ж", "\x04\x36", 2, 0x18},
};

START_TEST(test_coding)
{
	const struct settings settings = {.gateway.alphabet = codings[_i].alphabet,
					  .coding_gsm = 0xF1,
					  .coding_ucs2 = 0x18,
					  .validity_max_s = 1800};
	struct smpp_sm sm;
	struct buf out;

	buf_init(&out, 65536);
	put_and_read(&settings, codings[_i].text, 0, &out, &sm);
	ck_assert_msg(sm.data_coding == codings[_i].coding, "%s: 0x%02x", codings[_i].why,
		      sm.data_coding);
	ck_assert_uint_eq(sm.short_message.len, codings[_i].len);
	ck_assert_msg(memcmp(sm.short_message.data, codings[_i].octets, codings[_i].len) == 0, "%s",
		      codings[_i].why);
	buf_deinit(&out);
}
END_TEST

/* Case 18: a message that has waited for more than a day is told by days, not by its seconds only.
 */
static const struct {
	enum settings_validity form;
	int64_t left_s;
	int32_t most_s;
	const char *want;
} validities[] = {
	{VALIDITY_RELATIVE, 200000, 2592000, "000002073320000R"},
	{VALIDITY_RELATIVE, 200000, 86400, "000001000000000R"},
	{VALIDITY_RELATIVE, 5, 86400, "000000000100000R"},
	{VALIDITY_ABSOLUTE, 200000, 2592000, "700103103320012+"},
	{VALIDITY_ABSOLUTE, 5, 86400, "700101030100012+"},
	{VALIDITY_NONE, 200000, 2592000, ""},
};

START_TEST(test_validity)
{
	const struct settings settings = {.validity_form = validities[_i].form,
					  .validity_max_s = validities[_i].most_s,
					  .receipt_zone_s = 10800};
	struct slice_row rows[] = {row("Hello")};
	struct slice_head h = head();
	struct slice *s;
	struct submitter submitter;
	struct smpp_sm sm;
	struct buf out;
	struct err err;
	uint32_t status;

	h.deadline_us = validities[_i].left_s * 1000000;
	s = slice_build(&h, rows, 1, &(struct slice_form){SMS_SPLIT_UDH8, ALPHABET_GSM, 10});
	buf_init(&out, 65536);
	submitter_init(&submitter, &settings);
	ck_assert(submit_put(&submitter, &out, 77, s, 0, 0, 0));
	ck_assert(smpp_get_sm(SMPP_SUBMIT_SM, (const uint8_t *)out.data + SMPP_HEADER_SIZE,
			      out.len - SMPP_HEADER_SIZE, &sm, &status, &err));
	ck_assert_str_eq(sm.validity_period, validities[_i].want);
	submitter_deinit(&submitter);
	buf_deinit(&out);
	mem_free(s);
}
END_TEST

/* A slice that was cut before the account's way to split changed goes as it was cut. */
START_TEST(test_form_is_the_slices)
{
	struct settings settings = {.validity_max_s = 1800};
	struct slice_row rows[] = {row(LONG)};
	struct slice_head h = head();
	struct slice *s =
		slice_build(&h, rows, 1, &(struct slice_form){SMS_SPLIT_SAR, ALPHABET_GSM, 10});
	struct submitter submitter;
	struct smpp_octets value;
	struct smpp_sm sm;
	struct buf out;
	struct err err;
	uint32_t status;

	settings.gateway.split = SMS_SPLIT_UDH16;
	buf_init(&out, 65536);
	submitter_init(&submitter, &settings);
	ck_assert(submit_put(&submitter, &out, 77, s, 0, 1, 0));
	ck_assert(smpp_get_sm(SMPP_SUBMIT_SM, (const uint8_t *)out.data + SMPP_HEADER_SIZE,
			      out.len - SMPP_HEADER_SIZE, &sm, &status, &err));
	ck_assert_uint_eq(sm.esm_class, 0);
	ck_assert(smpp_tlv_find(sm.tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &value));
	ck_assert_uint_eq(value.data[0], 2);
	submitter_deinit(&submitter);
	buf_deinit(&out);
	mem_free(s);
}
END_TEST

START_TEST(test_extra_tlvs)
{
	struct settings settings = {.validity_max_s = 1800};
	struct smpp_octets value;
	struct smpp_sm sm;
	struct buf out;
	struct err err;

	ck_assert(smpp_tlvs_parse("2900:01, 1401:626f6e", settings.extra_tlvs,
				  &settings.extra_tlvs_len, &err));
	buf_init(&out, 65536);
	put_and_read(&settings, "Hello", 0, &out, &sm);
	ck_assert(smpp_tlv_find(sm.tlvs, 0x2900, &value));
	ck_assert_uint_eq(value.data[0], 1);
	ck_assert(smpp_tlv_find(sm.tlvs, 0x1401, &value));
	ck_assert_uint_eq(value.len, 3);
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submit");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_source, 0, sizeof(sources) / sizeof(*sources));
	tcase_add_loop_test(tc, test_source_as_written, 0,
			    sizeof(written_sources) / sizeof(written_sources[0]));
	tcase_add_loop_test(tc, test_coding, 0, sizeof(codings) / sizeof(codings[0]));
	tcase_add_loop_test(tc, test_validity, 0, sizeof(validities) / sizeof(validities[0]));
	tcase_add_test(tc, test_form_is_the_slices);
	tcase_add_test(tc, test_extra_tlvs);
	tcase_add_test(tc, test_submit_single);
	tcase_add_loop_test(tc, test_submit_parts, 0, 3);
	tcase_add_test(tc, test_submit_payload);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
