/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/model/message: numbers the database stores, and names the API shows. */
#include <check.h>
#include <stdlib.h>

#include "common/model/message.h"
#include "tests/unit/support/run.h"

START_TEST(test_names_go_round)
{
	enum message_class class;
	enum message_category category;
	enum message_state state;

	for (int v = 1; v <= 3; v++) {
		ck_assert(message_class_parse(message_class_name((enum message_class)v), &class));
		ck_assert_int_eq(class, v);
	}
	for (int v = 1; v <= 6; v++) {
		ck_assert(message_category_parse(message_category_name((enum message_category)v),
						 &category));
		ck_assert_int_eq(category, v);
	}
	for (int v = 0; v <= 9; v++) {
		ck_assert(message_state_parse(message_state_name((enum message_state)v), &state));
		ck_assert_int_eq(state, v);
	}
	ck_assert(!message_class_parse("Service", &class));
	ck_assert(!message_category_parse("", &category));
	ck_assert(!message_state_parse("sent", &state));
	ck_assert_ptr_null(message_class_name((enum message_class)0));
	ck_assert_ptr_null(message_category_name((enum message_category)7));
	ck_assert_ptr_null(message_state_name((enum message_state)10));
}
END_TEST

START_TEST(test_names_are_the_published_ones)
{
	ck_assert_str_eq(message_state_name(MESSAGE_UNDELIVERED), "undelivered");
	ck_assert_str_eq(message_category_name(CATEGORY_TRANSACTIONAL), "transactional");
	ck_assert_str_eq(message_class_name(CLASS_ALERT), "alert");
	ck_assert_str_eq(message_reason_name(REASON_OPT_OUT), "opt_out");
	ck_assert_str_eq(message_reason_name(REASON_TRIES), "tries");
	ck_assert_str_eq(message_reason_name(REASON_ZONE_UNKNOWN), "zone_unknown");
	ck_assert_str_eq(message_reason_name(REASON_LAST), "control_group");
	ck_assert_str_eq(message_reason_name(REASON_SMPP_BASE + 0x0b), "smpp_0x0000000b");
	ck_assert_ptr_null(message_reason_name(500));
	ck_assert_str_eq(message_reason_name(REASON_PROVIDER_BASE + 503), "http_503");
	ck_assert_str_eq(message_reason_name(REASON_PROVIDER_BASE + REFUSED_BY_CODE + 21610),
			 "provider_21610");
	ck_assert_str_eq(message_reason_name(REASON_PROVIDER_BASE + REFUSED_UNREACHABLE),
			 "provider_unreachable");
	ck_assert_str_eq(lane_name(LANE_URGENT), "urgent");
	ck_assert_str_eq(lane_name(LANE_BULK), "bulk");
	ck_assert_ptr_null(lane_name((enum lane)2));
}
END_TEST

START_TEST(test_id_parts)
{
	int64_t id = ((int64_t)1000 << 32) | 0x12345607;

	ck_assert_int_eq(message_id_unix_s(id), MESSAGE_EPOCH_S + 1000);
	ck_assert_int_eq(BATCH_ID(id), ((int64_t)1000 << 32) | 0x12345600);
	ck_assert_uint_eq(message_udh_ref(id), message_udh_ref(id));
}
END_TEST

/* One client written to by every batch of an hour: its references must not repeat in a pattern. */
START_TEST(test_udh_refs_spread)
{
	static unsigned char seen[65536];
	int distinct = 0;

	for (int k = 0; k < 20000; k++) {
		uint16_t ref = message_udh_ref(((int64_t)(5000 + k / 10) << 32) | k * 256);

		distinct += seen[ref] == 0;
		seen[ref] = 1;
	}
	/* 65536 * (1 - e^(-20000/65536)) = 17,236 for a good mixer */
	ck_assert_int_gt(distinct, 17000);
}
END_TEST

START_TEST(test_reasons_are_read_back)
{
	static const int32_t reasons[] = {
		REASON_OPT_OUT,
		REASON_LAST,
		REASON_SMPP_BASE,
		REASON_SMPP_BASE + 0x4ff,
		REASON_PROVIDER_BASE + 404,
		REASON_PROVIDER_BASE + REFUSED_UNREACHABLE,
		REASON_PROVIDER_BASE + REFUSED_BY_WORD,
		REASON_PROVIDER_BASE + REFUSED_BY_CODE,
		REASON_PROVIDER_BASE + REFUSED_BY_CODE + REFUSED_CODE_MAX,
	};
	static const char *const wrong[] = {"why",	 "smpp_0xzz",	"smpp_0x0b", "http_600",
					    "provider_", "provider_-1", "http_",     ""};
	int32_t read;

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		ck_assert(message_reason_parse(message_reason_name(reasons[i]), &read));
		ck_assert_int_eq(read, reasons[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!message_reason_parse(wrong[i], &read), "%s", wrong[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("message");
	TCase *tc = tcase_create("message");

	tcase_add_test(tc, test_names_go_round);
	tcase_add_test(tc, test_names_are_the_published_ones);
	tcase_add_test(tc, test_id_parts);
	tcase_add_test(tc, test_udh_refs_spread);
	tcase_add_test(tc, test_reasons_are_read_back);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
