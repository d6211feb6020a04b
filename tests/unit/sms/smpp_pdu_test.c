/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The octets of PDUs: exact layout, round trips, and each malformed body with the status it earns.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/sms/smpp.h"
#include "tests/unit/support/run.h"

static struct buf out;

static void setup(void)
{
	buf_init(&out, SMPP_PDU_MAX);
}

static void teardown(void)
{
	buf_deinit(&out);
}

static const uint8_t *octets(void)
{
	return (const uint8_t *)buf_str(&out);
}

static const uint8_t *body(void)
{
	return octets() + SMPP_HEADER_SIZE;
}

static size_t body_len(void)
{
	return out.len - SMPP_HEADER_SIZE;
}

static struct smpp_sm sample(void)
{
	return (struct smpp_sm){
		.service_type = "CMT",
		.source_ton = 5,
		.source_addr = "INFO",
		.dest_ton = 1,
		.dest_npi = 1,
		.dest_addr = "79161234567",
		.esm_class = 0x40,
		.validity_period = "000001000000000R",
		.registered_delivery = 1,
		.data_coding = 8,
		.short_message = {(const uint8_t *)"\x05\x00\x03\x01\x02\x01\x04\x1f", 8},
	};
}

/* --- header --------------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const char *octets;
	size_t len;
	enum smpp_head_result want;
	uint32_t want_sequence;
} heads[] = {
	{"nothing yet", "", 0, SMPP_HEAD_MORE, 0},
	{"half a length", "\0\0\0", 3, SMPP_HEAD_MORE, 0},
	{"length alone", "\0\0\0\x10", 4, SMPP_HEAD_MORE, 0},
	{"one octet short", "\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0", 15, SMPP_HEAD_MORE, 0},
	{"whole", "\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\x07", 16, SMPP_HEAD_OK, 7},
	{"body still to come", "\0\0\x01\0\0\0\0\x04\0\0\0\0\0\0\0\x07", 16, SMPP_HEAD_OK, 7},
	{"longest", "\0\x01\0\0\0\0\0\x04\0\0\0\0\0\0\0\x07", 16, SMPP_HEAD_OK, 7},
	{"one more than the longest", "\0\x01\0\x01\0\0\0\x04\0\0\0\0\0\0\0\x07", 16, SMPP_HEAD_BAD,
	 7},
	{"length 0", "\0\0\0\0", 4, SMPP_HEAD_BAD, 0},
	{"length 15", "\0\0\0\x0f\0\0\0\x15\0\0\0\0\0\0\0\x09", 16, SMPP_HEAD_BAD, 9},
	{"length 2^31 is known for bad at once", "\x80\0\0\0", 4, SMPP_HEAD_BAD, 0},
};

START_TEST(test_head)
{
	struct smpp_header h;

	ck_assert_msg(smpp_head((const uint8_t *)heads[_i].octets, heads[_i].len, &h) ==
			      heads[_i].want,
		      "%s", heads[_i].why);
	ck_assert_msg(h.sequence == heads[_i].want_sequence, "%s: sequence", heads[_i].why);
}
END_TEST

START_TEST(test_empty)
{
	static const uint8_t want[] = {0, 0, 0, 16, 0x80, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 9};

	ck_assert(smpp_put_empty(&out, SMPP_GENERIC_NACK, ESME_RINVCMDID, 9));
	ck_assert_mem_eq(octets(), want, sizeof(want));
	ck_assert_uint_eq(out.len, sizeof(want));
}
END_TEST

/* --- layout --------------------------------------------------------------------------------------
 */

START_TEST(test_submit_layout)
{
	static const char want[] = "\0\0\0\x51\0\0\0\x04\0\0\0\0\0\0\0\x2a"
				   "CMT\0\x05\0INFO\0\x01\x01"
				   "79161234567\0\x40\0\0\0"
				   "000001000000000R\0\x01\0\x08\0\x08"
				   "\x05\x00\x03\x01\x02\x01\x04\x1f\x02\x04\0\x02\x12\x34";
	struct smpp_sm sm = sample();

	sm.tlvs = (struct smpp_octets){(const uint8_t *)"\x02\x04\0\x02\x12\x34", 6};
	ck_assert(smpp_put_sm(&out, SMPP_SUBMIT_SM, 42, &sm));
	ck_assert_uint_eq(out.len, sizeof(want) - 1);
	ck_assert_mem_eq(octets(), want, sizeof(want) - 1);
}
END_TEST

START_TEST(test_data_sm_layout)
{
	static const char want[] = "\0\0\0\x32\0\0\x01\x03\0\0\0\0\0\0\0\x01"
				   "CMT\0\x05\0INFO\0\x01\x01"
				   "79161234567\0\x40\x01\x08\x04\x24\0\x02Hi";
	struct smpp_sm sm = sample();

	ck_assert_msg(!smpp_put_sm(&out, SMPP_DATA_SM, 1, &sm), "data_sm has no short_message");
	sm.short_message.len = 0;
	sm.tlvs = (struct smpp_octets){(const uint8_t *)"\x04\x24\0\x02Hi", 6};
	ck_assert(smpp_put_sm(&out, SMPP_DATA_SM, 1, &sm));
	ck_assert_uint_eq(out.len, sizeof(want) - 1);
	ck_assert_mem_eq(octets(), want, sizeof(want) - 1);
}
END_TEST

START_TEST(test_deliver_sm_resp_has_its_nul)
{
	static const uint8_t want[] = {0, 0, 0, 17, 0x80, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0};

	ck_assert(smpp_put_resp(&out, SMPP_DELIVER_SM | SMPP_RESP, ESME_ROK, 1,
				&(struct smpp_resp){0}));
	ck_assert_uint_eq(out.len, sizeof(want));
	ck_assert_mem_eq(octets(), want, sizeof(want));
}
END_TEST

START_TEST(test_pdus_follow_each_other)
{
	struct smpp_sm sm = sample();
	struct smpp_header h;
	size_t at = 0;

	for (uint32_t i = 1; i <= 3; i++)
		ck_assert(smpp_put_sm(&out, SMPP_SUBMIT_SM, i, &sm));
	for (uint32_t i = 1; i <= 3; i++) {
		ck_assert_int_eq(smpp_head(octets() + at, out.len - at, &h), SMPP_HEAD_OK);
		ck_assert_uint_eq(h.sequence, i);
		at += h.length;
	}
	ck_assert_uint_eq(at, out.len);
}
END_TEST

/* --- round trips ---------------------------------------------------------------------------------
 */

static void check_sm_round_trip(uint32_t command, const struct smpp_sm *sm)
{
	struct smpp_sm got;
	uint32_t status = 0;
	struct err err;

	buf_reset(&out);
	ck_assert(smpp_put_sm(&out, command, 5, sm));
	ck_assert_msg(smpp_get_sm(command, body(), body_len(), &got, &status, &err), "%s", err.msg);
	ck_assert_str_eq(got.service_type, sm->service_type);
	ck_assert_str_eq(got.source_addr, sm->source_addr);
	ck_assert_str_eq(got.dest_addr, sm->dest_addr);
	ck_assert_str_eq(got.validity_period, sm->validity_period);
	ck_assert_uint_eq(got.source_ton, sm->source_ton);
	ck_assert_uint_eq(got.dest_npi, sm->dest_npi);
	ck_assert_uint_eq(got.esm_class, sm->esm_class);
	ck_assert_uint_eq(got.registered_delivery, sm->registered_delivery);
	ck_assert_uint_eq(got.data_coding, sm->data_coding);
	ck_assert_uint_eq(got.short_message.len, sm->short_message.len);
	if (sm->short_message.len > 0)
		ck_assert_mem_eq(got.short_message.data, sm->short_message.data,
				 sm->short_message.len);
	ck_assert_uint_eq(got.tlvs.len, sm->tlvs.len);
}

START_TEST(test_sm_round_trips)
{
	static const uint8_t long_text[255] = {1, 2, 3};
	struct smpp_sm sm = sample();

	check_sm_round_trip(SMPP_SUBMIT_SM, &sm);
	check_sm_round_trip(SMPP_DELIVER_SM, &sm);
	sm.short_message = (struct smpp_octets){long_text, 255}; /* as 5.0 allows */
	check_sm_round_trip(SMPP_SUBMIT_SM, &sm);
	sm = (struct smpp_sm){0};
	sm.short_message.data = long_text;
	check_sm_round_trip(SMPP_SUBMIT_SM, &sm);
	memset(sm.source_addr, '7', 64);
	check_sm_round_trip(SMPP_DATA_SM, &sm);
	check_sm_round_trip(SMPP_DELIVER_SM, &sm);
}
END_TEST

START_TEST(test_bind_round_trip)
{
	const struct smpp_bind bind = {.system_id = "vestnik",
				       .password = "a password longer than eight",
				       .system_type = "SMPP",
				       .interface_version = 0x34,
				       .addr_ton = 1,
				       .addr_npi = 2,
				       .address_range = "^7"};
	struct smpp_bind got;
	uint32_t status;
	struct err err;

	ck_assert(smpp_put_bind(&out, SMPP_BIND_TRANSCEIVER, 1, &bind));
	ck_assert(smpp_get_bind(body(), body_len(), &got, &status, &err));
	ck_assert_mem_eq(&got, &bind, sizeof(got));
}
END_TEST

START_TEST(test_query_round_trip)
{
	const struct smpp_query query = {.message_id = "77", .source_ton = 5, .source_addr = "A"};
	const struct smpp_query_resp resp = {
		.message_id = "77", .final_date = "", .message_state = 1, .error_code = 2};
	struct smpp_query got;
	struct smpp_query_resp got_resp;
	uint32_t status;
	struct err err;

	ck_assert(smpp_put_query(&out, 1, &query));
	ck_assert(smpp_get_query(body(), body_len(), &got, &status, &err));
	ck_assert_mem_eq(&got, &query, sizeof(got));
	ck_assert(!smpp_get_query(body(), body_len() - 1, &got, &status, &err));
	buf_reset(&out);
	ck_assert(smpp_put_query_resp(&out, ESME_ROK, 1, &resp));
	ck_assert(smpp_get_query_resp(body(), body_len(), &got_resp, &err));
	ck_assert_mem_eq(&got_resp, &resp, sizeof(got_resp));
	ck_assert(!smpp_get_query_resp(body(), body_len() - 1, &got_resp, &err));
	ck_assert_msg(smpp_get_query_resp(body(), 0, &got_resp, &err), "error without a body");
	ck_assert_str_eq(got_resp.message_id, "");
}
END_TEST

/* --- what does not fit the wire ------------------------------------------------------------------
 */

START_TEST(test_refused_to_write)
{
	struct smpp_sm sm = sample();
	struct buf small;

	memset(sm.source_addr, '7', 21);
	ck_assert_msg(!smpp_put_sm(&out, SMPP_SUBMIT_SM, 1, &sm), "21 characters of address");
	sm = sample();
	sm.short_message.len = 256;
	ck_assert_msg(!smpp_put_sm(&out, SMPP_SUBMIT_SM, 1, &sm), "sm_length is one octet");
	sm = sample();
	memcpy(sm.validity_period, "1", 2);
	ck_assert_msg(!smpp_put_sm(&out, SMPP_SUBMIT_SM, 1, &sm), "validity 1 or 17");
	sm = sample();
	memset(sm.service_type, 'x', sizeof(sm.service_type));
	ck_assert_msg(!smpp_put_sm(&out, SMPP_SUBMIT_SM, 1, &sm), "no NUL");
	sm = sample();
	sm.tlvs.len = SMPP_PDU_MAX;
	ck_assert_msg(!smpp_put_sm(&out, SMPP_SUBMIT_SM, 1, &sm), "longer than any PDU");
	ck_assert_uint_eq(out.len, 0);

	sm = sample();
	buf_init(&small, 74);
	ck_assert_msg(!smpp_put_sm(&small, SMPP_SUBMIT_SM, 1, &sm), "no room");
	ck_assert_uint_eq(small.len, 0);
	ck_assert(small.overflow);
	buf_init(&small, 75);
	ck_assert_msg(smpp_put_sm(&small, SMPP_SUBMIT_SM, 1, &sm), "just room");
	ck_assert_msg(!smpp_put_empty(&small, SMPP_UNBIND, 0, 1), "full");
	ck_assert(!smpp_put_bind(&small, SMPP_BIND_RECEIVER, 1, &(struct smpp_bind){0}));
	ck_assert(!smpp_put_query(&small, 1, &(struct smpp_query){0}));
	ck_assert(!smpp_put_query_resp(&small, 0, 1, &(struct smpp_query_resp){0}));
	ck_assert(!smpp_put_resp(&small, SMPP_SUBMIT_SM | SMPP_RESP, 0, 1, &(struct smpp_resp){0}));
	ck_assert(!smpp_put_sm(&small, SMPP_DATA_SM, 1, &(struct smpp_sm){0}));
	ck_assert_uint_eq(small.len, 75);
	buf_deinit(&small);
}
END_TEST

/* --- malformed -----------------------------------------------------------------------------------
 */

#define ADDRS "\0\0\0INFO\0\0\0007916\0"

static const struct {
	const char *why;
	uint32_t command;
	const char *body;
	size_t len;
	uint32_t want; /* 0: decodes */
} bodies[] = {
#define B(text) text, sizeof(text) - 1
	{"smallest submit", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\0"), 0},
	{"no body", SMPP_SUBMIT_SM, B(""), ESME_RINVCMDLEN},
	{"service_type without NUL", SMPP_SUBMIT_SM, B("WAPWAPWAP\0\0\0"), ESME_RINVSERTYP},
	{"ends in an address", SMPP_SUBMIT_SM, B("\0\0\0INF"), ESME_RINVCMDLEN},
	{"source of 21 characters", SMPP_SUBMIT_SM, B("\0\0\000012345678901234567890\0\0\0\0"),
	 ESME_RINVSRCADR},
	{"destination of 21 characters", SMPP_SUBMIT_SM,
	 B("\0\0\0\0\0\000012345678901234567890\0\0\0\0"), ESME_RINVDSTADR},
	{"the same in a data_sm is fine", SMPP_DATA_SM,
	 B("\0\0\0\0\0\000012345678901234567890\0\0\0\0"), 0},
	{"schedule of 3 characters", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0001234\0\0\0\0\0\0\0"),
	 ESME_RINVSCHED},
	{"a centre may write that", SMPP_DELIVER_SM, B(ADDRS "\0\0\0001234\0\0\0\0\0\0\0"), 0},
	{"validity of 17 characters", SMPP_SUBMIT_SM,
	 B(ADDRS "\0\0\0\00012345678901234567\0\0\0\0\0\0"), ESME_RINVEXPIRY},
	{"no sm_length", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0"), ESME_RINVCMDLEN},
	{"sm_length beyond the end", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\x05Hiya"),
	 ESME_RINVMSGLEN},
	{"one spare octet", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02"),
	 ESME_RINVOPTPARSTREAM},
	{"three spare octets", SMPP_DELIVER_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02\x04\0"),
	 ESME_RINVOPTPARSTREAM},
	{"TLV beyond the end", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02\x04\0\x03\0\0"),
	 ESME_RINVOPTPARSTREAM},
	{"TLV shorter than its kind", SMPP_SUBMIT_SM,
	 B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02\x04\0\x01\0"), ESME_RINVPARLEN},
	{"TLV longer than its kind", SMPP_SUBMIT_SM,
	 B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02\x0e\0\x02\0\0"), ESME_RINVPARLEN},
	{"from a centre it is let pass", SMPP_DELIVER_SM,
	 B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x02\x04\0\x01\0"), 0},
	{"unknown TLV is skipped", SMPP_SUBMIT_SM, B(ADDRS "\0\0\0\0\0\0\0\0\0\0\x14\x18\0\x01\0"),
	 0},
	{"empty data_sm", SMPP_DATA_SM, B(""), ESME_RINVCMDLEN},
	{"bind without anything", SMPP_BIND_RECEIVER, B(""), ESME_RINVCMDLEN},
	{"system_id too long", SMPP_BIND_RECEIVER, B("12345678901234567\0\0\0\0\0\0\0"),
	 ESME_RINVSYSID},
	{"system_type too long", SMPP_BIND_RECEIVER, B("a\0b\00012345678901234\0\0\0\0\0"),
	 ESME_RINVSYSTYP},
	{"bind cut before its version", SMPP_BIND_RECEIVER, B("a\0b\0c\0"), ESME_RINVCMDLEN},
	{"smallest bind", SMPP_BIND_RECEIVER, B("\0\0\0\x34\0\0\0"), 0},
	{"query without id end", SMPP_QUERY_SM, B("12"), ESME_RINVCMDLEN},
#undef B
};

static bool decode(uint32_t command, const uint8_t *data, size_t len, uint32_t *status,
		   struct err *err)
{
	struct smpp_sm sm;
	struct smpp_bind bind;
	struct smpp_query query;

	if (command == SMPP_BIND_RECEIVER)
		return smpp_get_bind(data, len, &bind, status, err);
	if (command == SMPP_QUERY_SM)
		return smpp_get_query(data, len, &query, status, err);
	return smpp_get_sm(command, data, len, &sm, status, err);
}

START_TEST(test_bodies)
{
	/* An exact copy, so that the sanitizer sees every octet read too far. */
	uint8_t *copy = mem_alloc(bodies[_i].len > 0 ? bodies[_i].len : 1);
	struct err err = {0};
	uint32_t status = 0;
	bool ok;

	memcpy(copy, bodies[_i].body, bodies[_i].len);
	ok = decode(bodies[_i].command, copy, bodies[_i].len, &status, &err);
	ck_assert_msg(ok == (bodies[_i].want == 0), "%s: %s", bodies[_i].why, err.msg);
	ck_assert_msg(status == bodies[_i].want, "%s: 0x%X %s", bodies[_i].why, status, err.msg);
	if (!ok)
		ck_assert_msg(err.kind == ERR_INPUT && err.msg[0] != '\0', "%s", bodies[_i].why);
	mem_free(copy);
}
END_TEST

/* --- responses -----------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const char *body;
	size_t len;
	bool want;
	const char *want_id;
	size_t want_tlvs;
} responses[] = {
	{"no body, as with an error", "", 0, true, "", 0},
	{"a single NUL", "\0", 1, true, "", 0},
	{"an id", "4711\0", 5, true, "4711", 0},
	{"an id without its NUL", "4711", 4, true, "4711", 0},
	{"with a TLV", "SMSC\0\x02\x10\0\x01\x34", 10, true, "SMSC", 5},
	{"TLVs cut short are left out", "SMSC\0\x02\x10\0\x01\x34\0\x1d\0", 13, true, "SMSC", 5},
	{"the longest id", "1234567890123456789012345678901234567890123456789012345678901234\0", 65,
	 true, "1234567890123456789012345678901234567890123456789012345678901234", 0},
	{"an id nobody could send",
	 "123456789012345678901234567890123456789012345678901234567890123456\0", 67, false, "", 0},
};

START_TEST(test_responses)
{
	struct smpp_resp got;
	struct err err;

	ck_assert_msg(smpp_get_resp((const uint8_t *)responses[_i].body, responses[_i].len, &got,
				    &err) == responses[_i].want,
		      "%s", responses[_i].why);
	ck_assert_msg(strcmp(got.id, responses[_i].want_id) == 0, "%s", responses[_i].why);
	ck_assert_msg(got.tlvs.len == responses[_i].want_tlvs, "%s", responses[_i].why);
}
END_TEST

START_TEST(test_tlv_walk)
{
	struct smpp_octets area, value;
	struct smpp_tlv tlv;

	ck_assert(smpp_tlv_put(&out, SMPP_TAG_SAR_MSG_REF_NUM, "\x12\x34", 2));
	ck_assert(smpp_tlv_put(&out, 0x1400, "", 0));
	ck_assert(smpp_tlv_put(&out, SMPP_TAG_SAR_TOTAL_SEGMENTS, "\x03", 1));
	area = (struct smpp_octets){octets(), out.len};
	ck_assert(smpp_tlv_find(area, SMPP_TAG_SAR_TOTAL_SEGMENTS, &value));
	ck_assert_uint_eq(value.data[0], 3);
	ck_assert(!smpp_tlv_find(area, SMPP_TAG_SAR_SEGMENT_SEQNUM, &value));
	ck_assert(smpp_tlv_next(&area, &tlv));
	ck_assert_uint_eq(tlv.tag, SMPP_TAG_SAR_MSG_REF_NUM);
	ck_assert(smpp_tlv_next(&area, &tlv));
	ck_assert_uint_eq(tlv.value.len, 0);
	ck_assert(smpp_tlv_next(&area, &tlv));
	ck_assert(!smpp_tlv_next(&area, &tlv));
	ck_assert_msg(!smpp_tlv_put(&out, 1, "", 65536), "a length of two octets");
	out.max = out.len + 4;
	ck_assert_msg(!smpp_tlv_put(&out, 1, "x", 1), "no room for a whole one");
	ck_assert_uint_eq(out.len, 15);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smpp_pdu");
	TCase *tcase = tcase_create("pdu");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_head, 0, sizeof(heads) / sizeof(heads[0]));
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_submit_layout);
	tcase_add_test(tcase, test_data_sm_layout);
	tcase_add_test(tcase, test_deliver_sm_resp_has_its_nul);
	tcase_add_test(tcase, test_pdus_follow_each_other);
	tcase_add_test(tcase, test_sm_round_trips);
	tcase_add_test(tcase, test_bind_round_trip);
	tcase_add_test(tcase, test_query_round_trip);
	tcase_add_test(tcase, test_refused_to_write);
	tcase_add_loop_test(tcase, test_bodies, 0, sizeof(bodies) / sizeof(bodies[0]));
	tcase_add_loop_test(tcase, test_responses, 0, sizeof(responses) / sizeof(responses[0]));
	tcase_add_test(tcase, test_tlv_walk);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
