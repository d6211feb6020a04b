/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* slice: what is claimed becomes messages with parts, fates and positions; submit: and these PDUs.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "smppd/slice.h"
#include "smppd/submit.h"
#include "tests/unit/support/run.h"

#define BATCH INT64_C(0x0a0b0c0d00001200)

static const char *const LONG =
	"жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"
	"жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж"; /* 112 letters */

static struct slice_row row(int64_t id, const char *text, int64_t mask)
{
	return (struct slice_row){.id = id,
				  .msisdn = 79161234567,
				  .mask = mask,
				  .text = text,
				  .len = strlen(text),
				  .send = true};
}

static struct slice_head head(uint16_t from, uint16_t to, bool home)
{
	return (struct slice_head){.batch_id = BATCH,
				   .run_id = 5,
				   .deadline_us = 3600000000,
				   .lane = LANE_BULK,
				   .class = CLASS_SERVICE,
				   .attempt = 1,
				   .from = from,
				   .to = to,
				   .home = home,
				   .sender = "Bank"};
}

START_TEST(test_parts_and_masks)
{
	struct slice_row rows[] = {row(BATCH, "Hi", -1), row(BATCH + 1, LONG, -1),
				   row(BATCH + 2, LONG, 2), row(BATCH + 3, LONG, 8)};
	struct slice_head h = head(0, 4, true);
	struct slice *s = slice_build(&h, rows, 4, SMS_SPLIT_UDH8, 10);

	ck_assert_uint_eq(s->count, 4);
	ck_assert_uint_eq(s->parts_left, 1 + 2 + 1 + 2);
	ck_assert_uint_eq(s->messages[0].todo, 1);
	ck_assert_uint_eq(s->messages[1].todo, 3);
	ck_assert_uint_eq(s->messages[2].todo, 2);
	ck_assert_msg(s->messages[3].todo == 3, "a mask of parts that do not exist skips nobody");
	ck_assert_int_eq(s->messages[1].encoding, SMS_UCS2);
	ck_assert_uint_eq(s->part[s->messages[1].first_part].len, 67 * 2);
	ck_assert(memcmp(s->text + s->part[s->messages[0].first_part].offset, "Hi", 2) == 0);
	ck_assert_int_eq(slice_mask(&s->messages[1], 3), -1);
	ck_assert_int_eq(slice_mask(&s->messages[1], 2), 2);
	ck_assert_int_eq(slice_ref_part(&s->messages[1], 1, false), 2);
	ck_assert_int_eq(slice_ref_part(&s->messages[1], 1, true), -2);
	ck_assert_msg(slice_ref_part(&s->messages[0], 0, true) == 1, "a single part is itself");
	mem_free(s);
}
END_TEST

START_TEST(test_payload_is_one_pdu)
{
	struct slice_row rows[] = {row(BATCH, LONG, -1), row(BATCH + 1, "Hi", -1)};
	struct slice_head h = head(0, 2, true);
	struct slice *s = slice_build(&h, rows, 2, SMS_SPLIT_PAYLOAD, 10);

	ck_assert_uint_eq(s->messages[0].parts, 2);
	ck_assert_uint_eq(s->messages[0].pdus, 1);
	ck_assert_uint_eq(s->parts_left, 2);
	ck_assert_int_eq(slice_ref_part(&s->messages[0], 0, false), 0);
	ck_assert_int_eq(slice_ref_part(&s->messages[0], 0, true), 0);
	ck_assert_int_eq(slice_ref_part(&s->messages[1], 0, true), 1);
	ck_assert_int_eq(slice_mask(&s->messages[0], 1), -1);
	mem_free(s);
}
END_TEST

START_TEST(test_fates)
{
	struct slice_row rows[] = {row(BATCH, "Hi", -1), row(BATCH + 1, "Hi", -1),
				   row(BATCH + 2, LONG, -1)};
	struct slice_head h = head(0, 3, true);
	struct slice *s;

	rows[0].send = false;
	rows[0].reason = REASON_OPT_OUT;
	rows[1].send = false;
	s = slice_build(&h, rows, 3, SMS_SPLIT_UDH8, 1);
	ck_assert_int_eq(s->messages[0].fate, MESSAGE_CANCELLED);
	ck_assert_int_eq(s->messages[0].fate_reason, REASON_OPT_OUT);
	ck_assert_msg(s->messages[1].fate == MESSAGE_CLAIMED, "another batch's: untouched");
	ck_assert_int_eq(s->messages[2].fate, MESSAGE_FAILED);
	ck_assert_int_eq(s->messages[2].fate_reason, REASON_TEXT_TOO_LONG);
	ck_assert_uint_eq(s->parts_left, 0);
	mem_free(s);
}
END_TEST

static const struct {
	const char *why;
	bool home;
	uint16_t from, to;
	int64_t offsets[4];
	size_t count;
	uint16_t froms[4], weights[4];
} positions[] = {
	{"one after the other", true, 3, 6, {3, 4, 5}, 3, {3, 4, 5}, {1, 1, 1}},
	{"holes belong to who follows, the last ones to who precedes",
	 true,
	 10,
	 20,
	 {12, 13, 17},
	 3,
	 {10, 13, 14},
	 {3, 1, 6}},
	{"listed messages stand in order", false, 4, 6, {900, 77}, 2, {4, 5}, {1, 1}},
	{"a listed message that is gone", false, 0, 3, {900, 77}, 2, {0, 1}, {1, 2}},
};

START_TEST(test_positions)
{
	struct slice_row rows[4];
	struct slice_head h = head(positions[_i].from, positions[_i].to, positions[_i].home);
	struct slice *s;
	unsigned total = 0;

	for (size_t i = 0; i < positions[_i].count; i++)
		rows[i] = row(BATCH + positions[_i].offsets[i], "Hi", -1);
	s = slice_build(&h, rows, positions[_i].count, SMS_SPLIT_UDH8, 10);
	for (size_t i = 0; i < s->count; i++) {
		ck_assert_msg(s->messages[i].from == positions[_i].froms[i], "%s: from %zu",
			      positions[_i].why, i);
		ck_assert_msg(s->messages[i].weight == positions[_i].weights[i], "%s: weight %zu",
			      positions[_i].why, i);
		total += s->messages[i].weight;
	}
	ck_assert_uint_eq(total, positions[_i].to - positions[_i].from);
	mem_free(s);
}
END_TEST

START_TEST(test_no_messages)
{
	struct slice_head h = head(0, 7, false);
	struct slice *s = slice_build(&h, NULL, 0, SMS_SPLIT_UDH8, 10);

	ck_assert_uint_eq(s->count, 0);
	ck_assert_uint_eq(s->to, 7);
	mem_free(s);
}
END_TEST

/* --- submit ------------------------------------------------------------------------------------
 */

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
	struct slice_row rows[] = {row(BATCH, text, -1)};
	struct slice_head h = head(0, 1, true);
	struct slice *s = slice_build(&h, rows, 1, settings->split, 10);
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
	struct settings settings = {.split = splits[_i].split, .validity_max_s = 86400};
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
	struct settings settings = {.split = SMS_SPLIT_PAYLOAD, .validity_max_s = 86400};
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
	Suite *suite = suite_create("slice");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, test_parts_and_masks);
	tcase_add_test(tc, test_payload_is_one_pdu);
	tcase_add_test(tc, test_fates);
	tcase_add_loop_test(tc, test_positions, 0, sizeof(positions) / sizeof(*positions));
	tcase_add_test(tc, test_no_messages);
	tcase_add_loop_test(tc, test_source, 0, sizeof(sources) / sizeof(*sources));
	tcase_add_test(tc, test_submit_single);
	tcase_add_loop_test(tc, test_submit_parts, 0, 3);
	tcase_add_test(tc, test_submit_payload);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
