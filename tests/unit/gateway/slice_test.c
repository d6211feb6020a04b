/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* slice: what is claimed becomes messages with parts, fates and positions. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/gateway/slice.h"
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
	struct slice *s =
		slice_build(&h, rows, 4, &(struct slice_form){SMS_SPLIT_UDH8, ALPHABET_GSM, 10});

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
	struct slice *s =
		slice_build(&h, rows, 2, &(struct slice_form){SMS_SPLIT_PAYLOAD, ALPHABET_GSM, 10});

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
	s = slice_build(&h, rows, 3, &(struct slice_form){SMS_SPLIT_UDH8, ALPHABET_GSM, 1});
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
	s = slice_build(&h, rows, positions[_i].count,
			&(struct slice_form){SMS_SPLIT_UDH8, ALPHABET_GSM, 10});
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
	struct slice *s =
		slice_build(&h, NULL, 0, &(struct slice_form){SMS_SPLIT_UDH8, ALPHABET_GSM, 10});

	ck_assert_uint_eq(s->count, 0);
	ck_assert_uint_eq(s->to, 7);
	mem_free(s);
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
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
