/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every way a delivery receipt is written in the field. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/model/message.h"
#include "common/sms/smpp.h"
#include "tests/unit/support/run.h"

#define MOSCOW_S 10800

static const struct smpp_receipt_rules moscow = {.zone_offset_s = MOSCOW_S};
static const struct smpp_receipt_rules utc = {.zone_offset_s = 0};
#define DONE_S 1772710200 /* 2026-03-05 14:30 in Moscow */

struct tlvs {
	const char *id;
	int state;	   /* -1: absent */
	const char *error; /* three octets */
	bool payload;	   /* the text travels in message_payload */
};
#define NO_TLV                                                                                     \
	{                                                                                          \
		NULL, -1, NULL, false                                                              \
	}

static const struct {
	const char *why;
	const char *text;
	struct tlvs tlvs;
	bool want;
	const char *want_id;
	int want_state;
	const char *want_err;
	int64_t want_done_s;
} cases[] = {
	{"the standard's example",
	 "id:1234567890 sub:001 dlvrd:001 submit date:2603051429 done date:2603051430 stat:DELIVRD "
	 "err:000 text:Hello world",
	 NO_TLV, true, "1234567890", MESSAGE_DELIVERED, "000", DONE_S},
	{"18-digit id", "id:123456789012345678 stat:DELIVRD err:0000 text:", NO_TLV, true,
	 "123456789012345678", MESSAGE_DELIVERED, "0000", 0},
	{"hexadecimal id", "id:6F1A03bC sub:001 stat:UNDELIV err:12A", NO_TLV, true, "6F1A03bC",
	 MESSAGE_UNDELIVERED, "12A", 0},
	{"UUID", "id:550e8400-e29b-41d4-a716-446655440000 stat:EXPIRED", NO_TLV, true,
	 "550e8400-e29b-41d4-a716-446655440000", MESSAGE_EXPIRED, "", 0},
	{"leading zeros are kept raw", "id:0000000042 stat:REJECTD", NO_TLV, true, "0000000042",
	 MESSAGE_REJECTED, "", 0},
	{"12-digit date", "id:1 done date:260305143000 stat:DELIVRD", NO_TLV, true, "1",
	 MESSAGE_DELIVERED, "", DONE_S},
	{"14-digit date", "id:1 done date:20260305143000 stat:DELIVRD", NO_TLV, true, "1",
	 MESSAGE_DELIVERED, "", DONE_S},
	{"null date", "id:1 done date:0000000000 stat:DELIVRD", NO_TLV, true, "1",
	 MESSAGE_DELIVERED, "", 0},
	{"another order and letter case",
	 "STAT:delivrd Err:007 Done Date:2603051430 SUBMIT DATE:2603051429 ID:abc Text:x", NO_TLV,
	 true, "abc", MESSAGE_DELIVERED, "007", DONE_S},
	{"underscored labels", "id:1 submit_date:2603051429 done_date:2603051430 stat:DELIVRD",
	 NO_TLV, true, "1", MESSAGE_DELIVERED, "", DONE_S},
	{"space after the colon", "id: 77 stat: UNDELIV err: 0 text: x", NO_TLV, true, "77",
	 MESSAGE_UNDELIVERED, "0", 0},
	{"space before the colon", "id : 77 stat : UNDELIV", NO_TLV, true, "77",
	 MESSAGE_UNDELIVERED, "", 0},
	{"no sub, no dlvrd",
	 "id:5 submit date:2603051429 done date:2603051430 stat:DELIVRD err:000 text:", NO_TLV,
	 true, "5", MESSAGE_DELIVERED, "000", DONE_S},
	{"nothing between labels", "id:sub:001 stat:err:5", NO_TLV, false, "", 0, "", 0},
	{"four-digit error", "id:5 stat:UNDELIV err:5107", NO_TLV, true, "5", MESSAGE_UNDELIVERED,
	 "5107", 0},
	{"error longer than we keep", "id:5 stat:UNDELIV err:ABCDEFGHIJKLMNOPQRST", NO_TLV, true,
	 "5", MESSAGE_UNDELIVERED, "ABCDEFGHIJKLMNOP", 0},
	{"buffered, four spellings: ACKED", "id:5 stat:ACKED", NO_TLV, true, "5", MESSAGE_ACCEPTED,
	 "", 0},
	{"BUFFRED", "id:5 stat:BUFFRED", NO_TLV, true, "5", MESSAGE_ACCEPTED, "", 0},
	{"BUFFERD", "id:5 stat:BUFFERD", NO_TLV, true, "5", MESSAGE_ACCEPTED, "", 0},
	{"ENROUTE", "id:5 stat:ENROUTE", NO_TLV, true, "5", MESSAGE_ACCEPTED, "", 0},
	{"ACCEPTD", "id:5 stat:ACCEPTD", NO_TLV, true, "5", MESSAGE_ACCEPTED, "", 0},
	{"DELETED is undelivered", "id:5 stat:DELETED", NO_TLV, true, "5", MESSAGE_UNDELIVERED, "",
	 0},
	{"UNKNOWN", "id:5 stat:UNKNOWN", NO_TLV, true, "5", MESSAGE_UNKNOWN, "", 0},
	{"a word nobody knows", "id:5 stat:WHATEVR", NO_TLV, true, "5", MESSAGE_UNKNOWN, "", 0},
	{"longer than seven letters", "id:5 stat:DELIVERED", NO_TLV, true, "5", MESSAGE_DELIVERED,
	 "", 0},
	{"UNDELIVERABLE", "id:5 stat:UNDELIVERABLE", NO_TLV, true, "5", MESSAGE_UNDELIVERED, "", 0},
	{"FAILED", "id:5 stat:FAILED", NO_TLV, true, "5", MESSAGE_UNDELIVERED, "", 0},
	{"no state at all", "id:5 err:000", NO_TLV, true, "5", MESSAGE_UNKNOWN, "000", 0},
	{"the subscriber's text is not searched", "id:5 stat:DELIVRD text:id:6 stat:UNDELIV err:9",
	 NO_TLV, true, "5", MESSAGE_DELIVERED, "", 0},
	{"a centre's own reference as text", "id:5 stat:DELIVRD text:0000017", NO_TLV, true, "5",
	 MESSAGE_DELIVERED, "", 0},
	{"text first", "text:hello id:5 stat:DELIVRD", NO_TLV, true, "5", MESSAGE_DELIVERED, "", 0},
	{"labels inside words are no labels", "id:5 paid:9 status:1 stat:DELIVRD", NO_TLV, true,
	 "5", MESSAGE_DELIVERED, "", 0},
	{"an unknown label after the id", "id:5 mcc:250 stat:DELIVRD", NO_TLV, true, "5",
	 MESSAGE_DELIVERED, "", 0},
	{"line ends between fields", "id:5\r\nstat:DELIVRD\r\nerr:001\r\n", NO_TLV, true, "5",
	 MESSAGE_DELIVERED, "001", 0},
	{"fields glued by commas", "id:5,stat:DELIVRD", NO_TLV, true, "5,", MESSAGE_DELIVERED, "",
	 0},
	{"a longer id keeps its end",
	 "id:xxxxx12345678901234567890123456789012345678901234567890123456789012345 stat:DELIVRD",
	 NO_TLV, true, "12345678901234567890123456789012345678901234567890123456789012345",
	 MESSAGE_DELIVERED, "", 0},
	{"commas instead of labels", "00,2603051429,2603051430,000,79161234567,INFO,4711", NO_TLV,
	 true, "4711", MESSAGE_DELIVERED, "000", DONE_S},
	{"commas, with an error", "00,2603051429,2603051430,011,79161234567,INFO,4711", NO_TLV,
	 true, "4711", MESSAGE_UNKNOWN, "011", DONE_S},
	{"commas, another status", "45,2603051429,2603051430,000,79161234567,INFO,4711", NO_TLV,
	 true, "4711", MESSAGE_UNKNOWN, "000", DONE_S},
	{"too few commas", "00,2603051429,2603051430,000", NO_TLV, false, "", 0, "", 0},
	{"too many commas", "00,2603051429,2603051430,000,1,2,3,4", NO_TLV, false, "", 0, "", 0},
	{"commas without a date", "a,b,c,d,e,f,g", NO_TLV, false, "", 0, "", 0},
	{"an ordinary text", "Your id is 5", NO_TLV, false, "", 0, "", 0},
	{"empty", "", NO_TLV, false, "", 0, "", 0},

	{"TLVs alone",
	 "",
	 {"abc", 2, "\x03\x00\x0b", false},
	 true,
	 "abc",
	 MESSAGE_DELIVERED,
	 "011",
	 0},
	{"TLVs win over the text",
	 "id:5 stat:UNDELIV err:001 done date:2603051430",
	 {"abc", 2, "\x03\x00\x00", false},
	 true,
	 "abc",
	 MESSAGE_DELIVERED,
	 "000",
	 DONE_S},
	{"TLV id without state: the text has it",
	 "id:5 stat:EXPIRED err:1",
	 {"abc", -1, NULL, false},
	 true,
	 "abc",
	 MESSAGE_EXPIRED,
	 "1",
	 0},
	{"TLV id, no state anywhere",
	 "",
	 {"abc", -1, NULL, false},
	 true,
	 "abc",
	 MESSAGE_UNKNOWN,
	 "",
	 0},
	{"error code as three ASCII digits",
	 "id:5 stat:UNDELIV",
	 {NULL, -1, "042", false},
	 true,
	 "5",
	 MESSAGE_UNDELIVERED,
	 "042",
	 0},
	{"text in message_payload",
	 "id:5 stat:DELIVRD err:000 done date:2603051430",
	 {NULL, -1, NULL, true},
	 true,
	 "5",
	 MESSAGE_DELIVERED,
	 "000",
	 DONE_S},
	{"SCHEDULED", "", {"a", 0, NULL, false}, true, "a", MESSAGE_ACCEPTED, "", 0},
	{"ENROUTE by number", "", {"a", 1, NULL, false}, true, "a", MESSAGE_ACCEPTED, "", 0},
	{"EXPIRED by number", "", {"a", 3, NULL, false}, true, "a", MESSAGE_EXPIRED, "", 0},
	{"DELETED by number", "", {"a", 4, NULL, false}, true, "a", MESSAGE_UNDELIVERED, "", 0},
	{"UNDELIVERABLE by number",
	 "",
	 {"a", 5, NULL, false},
	 true,
	 "a",
	 MESSAGE_UNDELIVERED,
	 "",
	 0},
	{"ACCEPTED by number", "", {"a", 6, NULL, false}, true, "a", MESSAGE_ACCEPTED, "", 0},
	{"UNKNOWN by number", "", {"a", 7, NULL, false}, true, "a", MESSAGE_UNKNOWN, "", 0},
	{"REJECTED by number", "", {"a", 8, NULL, false}, true, "a", MESSAGE_REJECTED, "", 0},
	{"SKIPPED by number", "", {"a", 9, NULL, false}, true, "a", MESSAGE_UNDELIVERED, "", 0},
	{"a number nobody knows", "", {"a", 200, NULL, false}, true, "a", MESSAGE_UNKNOWN, "", 0},
	{"commas beside TLVs",
	 "45,2603051429,2603051430,7,79161234567,INFO,4711",
	 {"abc", 2, NULL, false},
	 true,
	 "abc",
	 MESSAGE_DELIVERED,
	 "7",
	 DONE_S},
};

static void put_tlvs(struct buf *out, const struct tlvs *tlvs, const char *text)
{
	uint8_t state = (uint8_t)tlvs->state;

	if (tlvs->id != NULL)
		smpp_tlv_put(out, SMPP_TAG_RECEIPTED_MESSAGE_ID, tlvs->id, strlen(tlvs->id) + 1);
	if (tlvs->state >= 0)
		smpp_tlv_put(out, SMPP_TAG_MESSAGE_STATE, &state, 1);
	if (tlvs->error != NULL)
		smpp_tlv_put(out, SMPP_TAG_NETWORK_ERROR_CODE, tlvs->error, 3);
	if (tlvs->payload)
		smpp_tlv_put(out, SMPP_TAG_MESSAGE_PAYLOAD, text, strlen(text));
}

/* Case 29: receipts as centres write them. */
START_TEST(test_variants)
{
	const char *why = cases[_i].why, *text = cases[_i].text;
	struct smpp_sm sm = {.esm_class = 0x04};
	struct smpp_receipt got;
	struct buf tlvs;

	buf_init(&tlvs, 1000);
	put_tlvs(&tlvs, &cases[_i].tlvs, text);
	sm.tlvs = (struct smpp_octets){(const uint8_t *)buf_str(&tlvs), tlvs.len};
	if (!cases[_i].tlvs.payload)
		sm.short_message = (struct smpp_octets){(const uint8_t *)text, strlen(text)};

	ck_assert_msg(smpp_receipt_parse(&sm, &moscow, &got) == cases[_i].want, "%s", why);
	ck_assert_msg(strcmp(got.id, cases[_i].want_id) == 0, "%s: id %s", why, got.id);
	if (cases[_i].want) {
		ck_assert_msg(got.state == cases[_i].want_state, "%s: state %d", why, got.state);
		ck_assert_msg(strcmp(got.err, cases[_i].want_err) == 0, "%s: err %s", why, got.err);
		ck_assert_msg(got.done_at_us == cases[_i].want_done_s * 1000000, "%s: done %lld",
			      why, (long long)got.done_at_us);
	}
	buf_deinit(&tlvs);
}
END_TEST

/* Text from exact-size memory, so that reading past its end is seen by the sanitizer. */
START_TEST(test_every_prefix)
{
	static const char text[] =
		"id:12 sub:001 dlvrd:001 submit date:2603051429 done date:2603051430 stat:DELIVRD "
		"err:000 text:x";

	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = mem_alloc(len > 0 ? len : 1);
		struct smpp_sm sm = {.esm_class = 0x04};
		struct smpp_receipt got;

		memcpy(copy, text, len);
		sm.short_message = (struct smpp_octets){(const uint8_t *)copy, len};
		ck_assert_int_eq(smpp_receipt_parse(&sm, &utc, &got), len > 3);
		mem_free(copy);
	}
}
END_TEST

START_TEST(test_user_data_header_is_skipped)
{
	static const uint8_t data[] = "\x05\x00\x03i\x02\x01id:5 stat:DELIVRD";
	struct smpp_sm sm = {.esm_class = 0x44, .short_message = {data, sizeof(data) - 1}};
	struct smpp_receipt got;

	ck_assert(smpp_is_receipt(&sm));
	ck_assert(smpp_receipt_parse(&sm, &utc, &got));
	ck_assert_str_eq(got.id, "5");
	sm.short_message.len = 4; /* shorter than its header says */
	ck_assert(!smpp_receipt_parse(&sm, &utc, &got));
}
END_TEST

START_TEST(test_intermediate_without_state_is_accepted)
{
	static const uint8_t data[] = "id:5";
	struct smpp_sm sm = {.esm_class = 0x20, .short_message = {data, sizeof(data) - 1}};
	struct smpp_receipt got;

	ck_assert(smpp_receipt_parse(&sm, &utc, &got));
	ck_assert_int_eq(got.state, MESSAGE_ACCEPTED);
}
END_TEST

/* A centre whose TLVs and text disagree: who wins is the account's to say. */
START_TEST(test_who_wins)
{
	static const struct smpp_receipt_rules text_wins = {.text_wins = true};
	static const char text[] = "id:fromtext stat:DELIVRD err:007 done date:2603051430";
	static const struct tlvs says = {"fromtlv", 5, "\x03\x00\x0B", false};
	struct smpp_sm sm = {.esm_class = 0x04,
			     .short_message = {(const uint8_t *)text, sizeof(text) - 1}};
	struct smpp_receipt got;
	struct buf tlvs;

	buf_init(&tlvs, 1000);
	put_tlvs(&tlvs, &says, "");
	sm.tlvs = (struct smpp_octets){(const uint8_t *)buf_str(&tlvs), tlvs.len};
	ck_assert(smpp_receipt_parse(&sm, &utc, &got));
	ck_assert_str_eq(got.id, "fromtlv");
	ck_assert_int_eq(got.state, MESSAGE_UNDELIVERED);
	ck_assert_str_eq(got.err, "011");
	ck_assert_int_eq(got.done_at_us, INT64_C(1772721000000000)); /* only the text says it */
	ck_assert(smpp_receipt_parse(&sm, &text_wins, &got));
	ck_assert_str_eq(got.id, "fromtext");
	ck_assert_int_eq(got.state, MESSAGE_DELIVERED);
	ck_assert_str_eq(got.err, "007");
	sm.short_message.len = 0; /* what the text does not say is the TLVs' */
	ck_assert(smpp_receipt_parse(&sm, &text_wins, &got));
	ck_assert_str_eq(got.id, "fromtlv");
	ck_assert_int_eq(got.state, MESSAGE_UNDELIVERED);
	buf_deinit(&tlvs);
}
END_TEST

/* Case 31: ACCEPTD is no delivery, unless the account says that nothing else will come. */
START_TEST(test_acceptd)
{
	static const struct smpp_receipt_rules final = {.acceptd_final = true};
	static const char *const says[] = {"id:5 stat:ACCEPTD", "id:5 stat:ENROUTE"};
	static const struct tlvs by_tlv = {"5", 6, NULL, false};
	struct smpp_sm sm = {.esm_class = 0x04};
	struct smpp_receipt got;
	struct buf tlvs;

	sm.short_message = (struct smpp_octets){(const uint8_t *)says[0], strlen(says[0])};
	ck_assert(smpp_receipt_parse(&sm, &utc, &got));
	ck_assert_int_eq(got.state, MESSAGE_ACCEPTED);
	ck_assert(smpp_receipt_parse(&sm, &final, &got));
	ck_assert_int_eq(got.state, MESSAGE_DELIVERED);
	sm.short_message = (struct smpp_octets){(const uint8_t *)says[1], strlen(says[1])};
	ck_assert(smpp_receipt_parse(&sm, &final, &got));
	ck_assert_int_eq(got.state, MESSAGE_ACCEPTED);

	buf_init(&tlvs, 1000);
	put_tlvs(&tlvs, &by_tlv, "");
	sm = (struct smpp_sm){.esm_class = 0x04,
			      .tlvs = {(const uint8_t *)buf_str(&tlvs), tlvs.len}};
	ck_assert(smpp_receipt_parse(&sm, &utc, &got));
	ck_assert_int_eq(got.state, MESSAGE_ACCEPTED);
	ck_assert(smpp_receipt_parse(&sm, &final, &got));
	ck_assert_int_eq(got.state, MESSAGE_DELIVERED);
	buf_deinit(&tlvs);
}
END_TEST

static const struct {
	const char *why;
	uint8_t esm_class;
	bool tlv_id;
	bool want;
} kinds[] = {
	{"receipt", 0x04, false, true},
	{"receipt with UDHI and a mode", 0x47, false, true},
	{"receipt with reply path", 0x84, false, true},
	{"intermediate notification", 0x20, false, true},
	{"ordinary message", 0x00, false, false},
	{"ordinary message with a header", 0x40, false, false},
	{"type 0 with the id of a message", 0x00, true, true},
	{"an SME's own acknowledgement", 0x08, true, false},
	{"a person's acknowledgement", 0x10, true, false},
	{"a type with the receipt's bit among others", 0x0C, false, false},
};

START_TEST(test_is_receipt)
{
	static const uint8_t id[] = {0x00, 0x1E, 0x00, 0x02, 'a', 0x00};
	struct smpp_sm sm = {.esm_class = kinds[_i].esm_class};

	if (kinds[_i].tlv_id)
		sm.tlvs = (struct smpp_octets){id, sizeof(id)};
	ck_assert_msg(smpp_is_receipt(&sm) == kinds[_i].want, "%s", kinds[_i].why);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_receipt");
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(tcase, test_variants, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_every_prefix);
	tcase_add_test(tcase, test_user_data_header_is_skipped);
	tcase_add_test(tcase, test_intermediate_without_state_is_accepted);
	tcase_add_test(tcase, test_who_wins);
	tcase_add_test(tcase, test_acceptd);
	tcase_add_loop_test(tcase, test_is_receipt, 0, sizeof(kinds) / sizeof(kinds[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
