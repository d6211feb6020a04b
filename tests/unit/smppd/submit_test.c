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
	uint8_t ton, npi;
	size_t skip;

	submit_source(sources[_i].sender, 5, 9, &ton, &npi, &skip);
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
	struct slice *s = slice_build(&h, rows, 1, settings->gateway.split, 10);
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
	struct settings settings = {.gateway.split = splits[_i].split, .validity_max_s = 86400};
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

int main(void)
{
	Suite *suite = suite_create("submit");
	TCase *tc = tcase_create("all");

	tcase_add_loop_test(tc, test_source, 0, sizeof(sources) / sizeof(*sources));
	tcase_add_test(tc, test_submit_single);
	tcase_add_loop_test(tc, test_submit_parts, 0, 3);
	tcase_add_test(tc, test_submit_payload);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
