/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulator's logic: ids, receipts as Vestnik reads them, the log, the wheel, rates and limits.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/model/message.h"
#include "tests/smscsim/ids.h"
#include "tests/smscsim/proof_log.h"
#include "tests/smscsim/receipt.h"
#include "tests/smscsim/stats.h"
#include "tests/unit/support/run.h"

/* --- ids -----------------------------------------------------------------------------------------
 */

#define NUMBER 1700000000000001u /* 0x60a24181e4001 */

static const struct {
	enum id_format format;
	const char *response, *receipt;
} ids[] = {
	{ID_DEC, "1700000000000001", "1700000000000001"},
	{ID_HEX, "60a24181e4001", "60a24181e4001"},
	{ID_ZEROS, "00001700000000000001", "00001700000000000001"},
	{ID_HEXDEC, "60a24181e4001", "1700000000000001"},
	{ID_DECHEX, "1700000000000001", "60a24181e4001"},
};

START_TEST(test_ids)
{
	char text[ID_TEXT_MAX];

	ck_assert_uint_eq(id_text(NUMBER, ids[_i].format, ID_IN_RESPONSE, text),
			  strlen(ids[_i].response));
	ck_assert_str_eq(text, ids[_i].response);
	id_text(NUMBER, ids[_i].format, ID_IN_RECEIPT, text);
	ck_assert_str_eq(text, ids[_i].receipt);
}
END_TEST

START_TEST(test_uuids)
{
	char one[ID_TEXT_MAX], other[ID_TEXT_MAX];

	ck_assert_uint_eq(id_text(NUMBER, ID_UUID, ID_IN_RESPONSE, one), 36);
	id_text(NUMBER, ID_UUID, ID_IN_RECEIPT, other);
	ck_assert_str_eq(one, other);
	id_text(NUMBER + 1, ID_UUID, ID_IN_RESPONSE, other);
	ck_assert_str_ne(one, other);
	ck_assert(one[8] == '-' && one[13] == '-' && one[18] == '-' && one[23] == '-');
}
END_TEST

/* --- receipts ------------------------------------------------------------------------------------
 */

static const struct {
	uint8_t state;
	int want;
	const char *err;
} outcomes[] = {
	{STATE_DELIVERED, MESSAGE_DELIVERED, "000"},
	{STATE_EXPIRED, MESSAGE_EXPIRED, "027"},
	{STATE_UNDELIVERABLE, MESSAGE_UNDELIVERED, "001"},
	{STATE_REJECTED, MESSAGE_REJECTED, "003"},
};

#define FORMATS (FORMAT_COMMAS + 1)

/* Every format of every state is read back as it was meant. */
START_TEST(test_receipts_are_read_as_meant)
{
	int format = _i % FORMATS, outcome = _i / FORMATS;
	struct receipt r = {.number = 4711,
			    .submitted_s = 1772710140,
			    .done_s = 1772710200,
			    .state = outcomes[outcome].state,
			    .dest_ton = 5,
			    .text_len = 5,
			    .text = "id:99",
			    .source = "79161234567",
			    .dest = "INFO"};
	static const struct smpp_receipt_rules rules = {.zone_offset_s = 10800};
	struct options o;
	struct smpp_sm sm;
	struct smpp_receipt got;
	struct buf text, tlvs;

	options_init(&o);
	o.receipt_format = format;
	buf_init(&text, 1024);
	buf_init(&tlvs, 1024);
	receipt_write(&r, &o, &text, &tlvs, &sm);
	ck_assert(smpp_is_receipt(&sm));
	ck_assert_str_eq(sm.source_addr, "79161234567");
	ck_assert_str_eq(sm.dest_addr, "INFO");
	ck_assert_int_eq(sm.dest_ton, 5);
	ck_assert_msg(smpp_receipt_parse(&sm, &rules, &got), "format %d", format);
	ck_assert_str_eq(got.id, "4711");
	ck_assert_str_eq(got.err, outcomes[outcome].err);
	if (format != FORMAT_COMMAS || r.state == STATE_DELIVERED)
		ck_assert_msg(got.state == outcomes[outcome].want, "format %d", format);
	if (format != FORMAT_TLV)
		ck_assert_int_eq(got.done_at_us, 1772710200LL * 1000000);
	buf_deinit(&text);
	buf_deinit(&tlvs);
}
END_TEST

START_TEST(test_standard_receipt_text)
{
	struct receipt r = {.number = 42,
			    .submitted_s = 1772710140,
			    .done_s = 1772710200,
			    .state = STATE_DELIVERED,
			    .text_len = 2,
			    .text = "Hi"};
	struct options o;
	struct smpp_sm sm;
	struct buf text, tlvs;

	options_init(&o);
	buf_init(&text, 1024);
	buf_init(&tlvs, 1024);
	receipt_write(&r, &o, &text, &tlvs, &sm);
	ck_assert_str_eq(buf_str(&text), "id:42 sub:001 dlvrd:001 submit date:2603051429 "
					 "done date:2603051430 stat:DELIVRD err:000 text:Hi");
	buf_deinit(&text);
	buf_deinit(&tlvs);
}
END_TEST

/* --- parts and the log ---------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	uint8_t esm_class;
	const char *text;
	size_t text_len;
	const char *tlvs;
	size_t tlvs_len;
	struct part want; /* text unused */
	const char *want_text;
} parts[] = {
#define B(octets) octets, sizeof(octets) - 1
	{"single", 0, B("Hello"), B(""), {.ref = 0}, "Hello"},
	{"8-bit reference",
	 0x40,
	 B("\x05\x00\x03\x11\x02\x01Hello"),
	 B(""),
	 {.ref = 0x11, .total = 2, .seq = 1},
	 "Hello"},
	{"16-bit reference",
	 0x40,
	 B("\x06\x08\x04\x11\x22\x03\x02Hello"),
	 B(""),
	 {.ref = 0x1122, .total = 3, .seq = 2},
	 "Hello"},
	{"another element first",
	 0x40,
	 B("\x09\x24\x01\x01\x08\x04\x11\x22\x03\x02Hello"),
	 B(""),
	 {.ref = 0x1122, .total = 3, .seq = 2},
	 "Hello"},
	{"header longer than the text", 0x40, B("\x20Hello"), B(""), {.ref = 0}, "\x20Hello"},
	{"element longer than the header",
	 0x40,
	 B("\x03\x00\x30\x01Hello"),
	 B(""),
	 {.ref = 0},
	 "Hello"},
	{"SAR",
	 0,
	 B("Hello"),
	 B("\x02\x0c\0\x02\x11\x22\x02\x0e\0\x01\x03\x02\x0f\0\x01\x02"),
	 {.ref = 0x1122, .total = 3, .seq = 2},
	 "Hello"},
	{"half of SAR", 0, B("Hello"), B("\x02\x0c\0\x02\x11\x22"), {.ref = 0}, "Hello"},
	{"payload", 0, B(""), B("\x04\x24\0\x05Hello"), {.ref = 0}, "Hello"},
#undef B
};

START_TEST(test_parts)
{
	struct smpp_sm sm = {
		.esm_class = parts[_i].esm_class,
		.short_message = {(const uint8_t *)parts[_i].text, parts[_i].text_len},
		.tlvs = {(const uint8_t *)parts[_i].tlvs, parts[_i].tlvs_len},
	};
	struct part got;

	part_of(&sm, &got);
	ck_assert_msg(got.ref == parts[_i].want.ref, "%s: ref", parts[_i].why);
	ck_assert_msg(got.total == parts[_i].want.total, "%s: total", parts[_i].why);
	ck_assert_msg(got.seq == parts[_i].want.seq, "%s: seq", parts[_i].why);
	ck_assert_msg(got.text.len == strlen(parts[_i].want_text) &&
			      memcmp(got.text.data, parts[_i].want_text, got.text.len) == 0,
		      "%s: text", parts[_i].why);
}
END_TEST

START_TEST(test_hash_is_fnv1a)
{
	ck_assert_uint_eq(hash_octets((struct smpp_octets){(const uint8_t *)"", 0}),
			  0xcbf29ce484222325u);
	ck_assert_uint_eq(hash_octets((struct smpp_octets){(const uint8_t *)"foobar", 6}),
			  0x85944171f73967e8u);
}
END_TEST

START_TEST(test_log)
{
	static const char want[] = "17 1 bank 79161234567 513 2 1 42 00000000000000ff 0x00000000 "
				   "answered 9\n"
				   "18 1 bank 7?9 0 0 0 - 0000000000000000 0x00000058 lost 10\n"
				   "lost 19 1 9 42\n";
	char path[] = "/tmp/smscsim-log-XXXXXX", got[400] = "";
	struct proof_log log;
	struct err err;
	int fd = mkstemp(path);

	ck_assert(proof_log_open(&log, path, &err));
	proof_log_add(&log, &(struct proof_line){17, 1, "bank", "79161234567", 513, 2, 1, "42", 255,
						 0, false, 9});
	proof_log_add(&log,
		      &(struct proof_line){18, 1, "bank", "7 9", 0, 0, 0, "", 0, 0x58, true, 10});
	ck_assert(proof_log_flush(&log));
	proof_log_lost(&log, 19, 1, 9, "42");
	proof_log_close(&log);
	ck_assert_int_eq(read(fd, got, sizeof(got) - 1), (int)strlen(want));
	ck_assert_str_eq(got, want);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(test_log_of_many_lines)
{
	char path[] = "/tmp/smscsim-log-XXXXXX";
	struct proof_log log;
	struct err err;
	int fd = mkstemp(path);

	ck_assert(proof_log_open(&log, path, &err));
	for (int i = 0; i < 20000; i++)
		proof_log_add(&log,
			      &(struct proof_line){1, 1, "a", "b", 0, 0, 0, "", 0, 0, false, 1});
	proof_log_close(&log);
	ck_assert_int_eq(
		lseek(fd, 0, SEEK_END),
		20000 * (int)strlen("1 1 a b 0 0 0 - 0000000000000000 0x00000000 answered 1\n"));
	close(fd);
	unlink(path);
	ck_assert(!proof_log_open(&log, "/nonexistent/log", &err));
	ck_assert(proof_log_open(&log, "", &err));
	proof_log_add(&log, &(struct proof_line){.system_id = "a"});
	ck_assert_uint_eq(log.pending.len, 0);
	proof_log_close(&log);
}
END_TEST

/* --- wheel ---------------------------------------------------------------------------------------
 */

struct seen {
	struct wheel wheel;
	uint64_t due_ms[100];
	size_t count;
	bool again;
	struct timed extra;
};

static void see(void *arg, struct timed *item)
{
	struct seen *seen = arg;

	seen->due_ms[seen->count++] = item->due_ms;
	if (seen->again) {
		seen->again = false;
		wheel_add(&seen->wheel, &seen->extra, 0);
	}
}

START_TEST(test_wheel_hands_out_what_is_due)
{
	struct seen *seen = mem_calloc(1, sizeof(*seen));
	struct timed items[4];

	wheel_init(&seen->wheel, 1000);
	wheel_add(&seen->wheel, &items[0], 1005);
	wheel_add(&seen->wheel, &items[1], 1005 + 2 * WHEEL_SLOTS);
	wheel_add(&seen->wheel, &items[2], 999); /* due already: with the next ms */
	wheel_add(&seen->wheel, &items[3], 1006);
	wheel_advance(&seen->wheel, 1000, see, seen);
	ck_assert_uint_eq(seen->count, 0);
	wheel_advance(&seen->wheel, 1005, see, seen);
	ck_assert_uint_eq(seen->count, 2);
	ck_assert_uint_eq(seen->due_ms[0], 1001);
	ck_assert_uint_eq(seen->due_ms[1], 1005);
	wheel_advance(&seen->wheel, 1004 + 2 * WHEEL_SLOTS, see, seen);
	ck_assert_uint_eq(seen->count, 3);
	wheel_advance(&seen->wheel, 1005 + 2 * WHEEL_SLOTS, see, seen);
	ck_assert_uint_eq(seen->count, 4);
	ck_assert_uint_eq(seen->wheel.count, 0);
	mem_free(seen);
}
END_TEST

START_TEST(test_wheel_takes_new_items_while_it_turns)
{
	struct seen *seen = mem_calloc(1, sizeof(*seen));
	struct timed item;

	wheel_init(&seen->wheel, 0);
	wheel_advance(&seen->wheel, 500, see, seen);
	seen->again = true;
	wheel_add(&seen->wheel, &item, 600);
	wheel_advance(&seen->wheel, 10 * WHEEL_SLOTS, see, seen);
	wheel_advance(&seen->wheel, 10 * WHEEL_SLOTS + 1, see, seen);
	ck_assert_uint_eq(seen->count, 2);
	mem_free(seen);
}
END_TEST

START_TEST(test_lists_and_pool)
{
	struct timed_list list = {0};
	struct timed a, b, c;
	struct pool pool;
	void *first;

	timed_prepend(&list, &b);
	timed_append(&list, &c);
	timed_prepend(&list, &a);
	ck_assert_ptr_eq(timed_take(&list), &a);
	ck_assert_ptr_eq(timed_take(&list), &b);
	ck_assert_ptr_eq(timed_take(&list), &c);
	ck_assert_ptr_null(timed_take(&list));
	pool_init(&pool, 40);
	first = pool_take(&pool);
	pool_give(&pool, first);
	ck_assert_ptr_eq(pool_take(&pool), first);
	for (int i = 0; i < 3000; i++)
		memset(pool_take(&pool), 0xff, 40);
	pool_deinit(&pool);
}
END_TEST

/* --- rates ---------------------------------------------------------------------------------------
 */

START_TEST(test_rate_of_the_last_second)
{
	struct stats s = {0};

	for (uint64_t ms = 5000; ms < 6000; ms++)
		stats_submit(&s, ms);
	ck_assert_uint_eq(stats_rate(&s, 5999), 1000);
	ck_assert_uint_eq(stats_rate(&s, 6000), 900);
	ck_assert_uint_eq(stats_rate(&s, 6500), 400);
	ck_assert_uint_eq(stats_rate(&s, 60000), 0);
	ck_assert_uint_eq(s.rate_max, 1000);
}
END_TEST

START_TEST(test_gate)
{
	struct gate g = {0};
	int passed = 0;

	for (int i = 0; i < 1000; i++)
		passed += gate_pass(&g, 100, 5000);
	ck_assert_int_eq(passed, 51); /* half a second, and one */
	for (uint64_t ms = 5001; ms <= 7000; ms++)
		passed += gate_pass(&g, 100, ms);
	ck_assert_int_ge(passed, 250);
	ck_assert_int_le(passed, 252);
	ck_assert(gate_pass(&g, 0, 7000));
}
END_TEST

START_TEST(test_stats_print)
{
	struct stats s = {.lost = 1};
	struct buf out;

	buf_init(&out, 4096);
	stats_submit(&s, 1000);
	stats_status(&s, 0);
	stats_status(&s, 0);
	stats_status(&s, 0x58);
	stats_print(&s, 1000, 3, 7, &out);
	ck_assert_str_eq(
		buf_str(&out),
		"{\"submits\":1,\"statuses\":{\"0x00000000\":2,\"0x00000058\":1},\"lost\":1,"
		"\"malformed\":0,\"cuts\":0,\"receipts_made\":0,\"receipts_sent\":0,"
		"\"receipts_acked\":0,\"receipts_refused\":0,\"receipts_dropped\":0,"
		"\"receipts_pending\":7,\"mo_sent\":0,\"mo_acked\":0,\"sessions\":3,"
		"\"rate\":1,\"rate_max\":1}");
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smscsim");
	TCase *tcase = tcase_create("logic");

	tcase_add_loop_test(tcase, test_ids, 0, sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(tcase, test_uuids);
	tcase_add_loop_test(tcase, test_receipts_are_read_as_meant, 0,
			    FORMATS * (int)(sizeof(outcomes) / sizeof(outcomes[0])));
	tcase_add_test(tcase, test_standard_receipt_text);
	tcase_add_loop_test(tcase, test_parts, 0, sizeof(parts) / sizeof(parts[0]));
	tcase_add_test(tcase, test_hash_is_fnv1a);
	tcase_add_test(tcase, test_log);
	tcase_add_test(tcase, test_log_of_many_lines);
	tcase_add_test(tcase, test_wheel_hands_out_what_is_due);
	tcase_add_test(tcase, test_wheel_takes_new_items_while_it_turns);
	tcase_add_test(tcase, test_lists_and_pool);
	tcase_add_test(tcase, test_rate_of_the_last_second);
	tcase_add_test(tcase, test_gate);
	tcase_add_test(tcase, test_stats_print);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
