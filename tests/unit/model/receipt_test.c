/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tests of common/model/receipt: bundles go round, broken ones are refused whole, provider ids of
 * response and receipt meet in one form. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/mem.h"
#include "common/model/message.h"
#include "common/model/receipt.h"
#include "tests/unit/support/run.h"

static struct receipt sample(int k)
{
	struct receipt r = {
		.account_id = (int16_t)(1 + k % 7),
		.state = MESSAGE_DELIVERED,
		.msisdn = INT64_C(79160000000) + k,
		.done_at_us = k % 2 ? 0 : INT64_C(1700000000000000) + k,
		.received_at_us = INT64_C(1700000001000000) + k,
	};

	r.provider_id_len = (uint8_t)snprintf(r.provider_id, sizeof(r.provider_id), "id-%d", k);
	r.err_len = (uint8_t)snprintf(r.err, sizeof(r.err), k % 3 ? "%03d" : "%.0d", k % 3);
	return r;
}

static void fill(struct buf *b, int count)
{
	buf_init(b, 1 << 20);
	receipt_bundle_begin(b);
	for (int k = 0; k < count; k++) {
		struct receipt r = sample(k);

		ck_assert(receipt_bundle_add(b, &r));
	}
}

START_TEST(test_bundle_goes_round)
{
	struct receipt *out = mem_calloc(RECEIPT_BUNDLE_MAX, sizeof(*out));
	struct receipt extra = sample(1);
	struct err err = {0};
	size_t count = 0;
	struct buf b;

	fill(&b, RECEIPT_BUNDLE_MAX);
	ck_assert_msg(!receipt_bundle_add(&b, &extra), "a full bundle takes no more");
	ck_assert_msg(receipt_bundle_decode(b.data, b.len, out, &count, &err), "%s", err.msg);
	ck_assert_uint_eq(count, RECEIPT_BUNDLE_MAX);
	for (int k = 0; k < (int)count; k++) {
		struct receipt want = sample(k);

		ck_assert_int_eq(out[k].account_id, want.account_id);
		ck_assert_int_eq(out[k].state, want.state);
		ck_assert_int_eq(out[k].msisdn, want.msisdn);
		ck_assert_int_eq(out[k].done_at_us, want.done_at_us);
		ck_assert_int_eq(out[k].received_at_us, want.received_at_us);
		ck_assert_uint_eq(out[k].provider_id_len, strlen(want.provider_id));
		ck_assert_str_eq(out[k].provider_id, want.provider_id);
		ck_assert_str_eq(out[k].err, want.err);
	}
	mem_free(out);
	buf_deinit(&b);
}
END_TEST

START_TEST(test_full_buffer_adds_nothing)
{
	struct receipt r = sample(1);
	struct receipt out[2];
	struct err err = {0};
	size_t count = 0;
	struct buf b;

	buf_init(&b, 60);
	receipt_bundle_begin(&b);
	ck_assert(receipt_bundle_add(&b, &r));
	ck_assert(!receipt_bundle_add(&b, &r));
	ck_assert_msg(receipt_bundle_decode(b.data, b.len, out, &count, &err), "%s", err.msg);
	ck_assert_uint_eq(count, 1);
	buf_deinit(&b);
}
END_TEST

START_TEST(test_unprintable_text_is_replaced)
{
	struct receipt r = sample(1), out[1];
	struct err err = {0};
	size_t count = 0;
	struct buf b;

	memcpy(r.err, "\xff\x01z", 4);
	r.err_len = 3;
	buf_init(&b, 1000);
	receipt_bundle_begin(&b);
	ck_assert(receipt_bundle_add(&b, &r));
	ck_assert_msg(receipt_bundle_decode(b.data, b.len, out, &count, &err), "%s", err.msg);
	ck_assert_str_eq(out[0].err, "??z");
	buf_deinit(&b);
}
END_TEST

/* Byte offsets into a bundle of one record with provider id "id-1" and error "001". */
static const struct {
	const char *why;
	size_t at;
	unsigned char value;
	const char *want;
} broken[] = {
	{"another magic", 2, '2', "does not begin"},
	{"more records announced than there are", 4, 2, "record 2 of 2: it ends early"},
	{"fewer records announced than there are", 4, 0, "bytes after its last record"},
	{"more records than a bundle may have", 3, 0xff, "announces"},
	{"negative account", 5, 0x80, "account"},
	{"a state no receipt has", 8, MESSAGE_QUEUED, "state"},
	{"a flag there is not", 7, 2, "state"},
	{"negative number", 9, 0x80, "number"},
	{"a time before 1970", 17, 0x80, "time"},
	{"a time past 9999", 25, 0x70, "time"},
	{"no provider id", 33, 0, "impossible length"},
	{"a provider id longer than allowed", 33, 65, "impossible length"},
	{"a provider id past the end", 33, 60, "ends early"},
	{"a provider id that is no text", 34, 0, "printable"},
	{"an error longer than allowed", 38, 17, "impossible length"},
	{"an error past the end", 38, 10, "ends early"},
	{"an error that is no text", 39, 0xc0, "printable"},
};

START_TEST(test_broken_bundle_is_refused)
{
	struct receipt out[4];
	struct err err = {0};
	size_t count = 99;
	struct buf b;
	struct receipt r = sample(1);

	buf_init(&b, 1000);
	receipt_bundle_begin(&b);
	ck_assert(receipt_bundle_add(&b, &r));
	b.data[broken[_i].at] = (char)broken[_i].value;
	ck_assert_msg(!receipt_bundle_decode(b.data, b.len, out, &count, &err), "%s",
		      broken[_i].why);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	ck_assert_msg(strstr(err.msg, broken[_i].want) != NULL, "%s: %s", broken[_i].why, err.msg);
	ck_assert_uint_eq(count, 99);
	buf_deinit(&b);
}
END_TEST

/* A cut anywhere is refused; noise anywhere is refused or decodes to something legal, and the
 * sanitizers watch the reads (the copies have no byte to spare). */
START_TEST(test_cut_and_noisy_bundles)
{
	unsigned seed = (unsigned)time(NULL);
	struct receipt *out = mem_calloc(RECEIPT_BUNDLE_MAX, sizeof(*out));
	struct err err = {0};
	size_t count;
	struct buf b;

	printf("seed %u\n", seed);
	srand(seed);
	fill(&b, 5);
	for (size_t len = 0; len < b.len; len++) {
		char *cut = mem_alloc(len + 1);

		memcpy(cut + 1, b.data, len);
		ck_assert(!receipt_bundle_decode(cut + 1, len, out, &count, &err));
		mem_free(cut);
	}
	for (int k = 0; k < 20000; k++) {
		char *noisy = mem_alloc(b.len);

		memcpy(noisy, b.data, b.len);
		for (int n = rand() % 4; n >= 0; n--)
			noisy[(size_t)rand() % b.len] = (char)rand();
		if (receipt_bundle_decode(noisy, b.len, out, &count, &err))
			for (size_t i = 0; i < count; i++)
				ck_assert(out[i].account_id > 0 && out[i].provider_id_len > 0);
		mem_free(noisy);
	}
	mem_free(out);
	buf_deinit(&b);
}
END_TEST

/* Case 2: ids in two bases, of more than 64 bits, with leading zeros, in another case, with dashes.
 */
static const struct {
	const char *why, *raw;
	size_t len; /* 0: strlen */
	enum id_base base;
	bool strip;
	const char *want;
} ids[] = {
	{"as it is", "7220bb6b", 0, ID_AS_IS, false, "7220bb6b"},
	{"upper case and blanks", " 7220BB6B\r\n", 0, ID_AS_IS, false, "7220bb6b"},
	{"padded with NUL", "12\0\0", 4, ID_AS_IS, false, "12"},
	{"zeros stay unless told", "000123", 0, ID_AS_IS, false, "000123"},
	{"zeros go", "000123", 0, ID_AS_IS, true, "123"},
	{"zeros of hex stay", "00ab", 0, ID_AS_IS, true, "00ab"},
	{"zero keeps one digit", "0000", 0, ID_AS_IS, true, "0"},
	{"hex to decimal", "7220BB6B", 0, ID_HEX_TO_DEC, false, "1914747755"},
	{"hex with zeros", "000000ff", 0, ID_HEX_TO_DEC, false, "255"},
	{"hex zero", "0000", 0, ID_HEX_TO_DEC, false, "0"},
	{"decimal to hex", "1914747755", 0, ID_DEC_TO_HEX, false, "7220bb6b"},
	{"beyond 64 bits", "340282366920938463463374607431768211455", 0, ID_DEC_TO_HEX, false,
	 "ffffffffffffffffffffffffffffffff"},
	{"no hex number stays", "a-1", 0, ID_HEX_TO_DEC, false, "a-1"},
	{"no decimal number stays", "12ab", 0, ID_DEC_TO_HEX, false, "12ab"},
	{"a UUID", "0F8FAD5B-D9CB-469F-A165-70867728950E", 0, ID_AS_IS, true,
	 "0f8fad5b-d9cb-469f-a165-70867728950e"},
	{"the largest of 64 bits", "ffffffffffffffff", 0, ID_HEX_TO_DEC, true,
	 "18446744073709551615"},
	{"empty", "", 0, ID_HEX_TO_DEC, true, ""},
	{"only blanks", " \t ", 0, ID_AS_IS, true, ""},
	{"not ASCII", "\xc3\xa9q", 0, ID_AS_IS, false, "??q"},
	{"too long keeps its tail",
	 "xxxx0123456789012345678901234567890123456789012345678901234567890123", 0, ID_AS_IS, false,
	 "0123456789012345678901234567890123456789012345678901234567890123"},
};

START_TEST(test_id_normalise)
{
	char out[RECEIPT_PROVIDER_ID_MAX + 1];
	size_t len = ids[_i].len ? ids[_i].len : strlen(ids[_i].raw);
	const struct id_rules rules = {ids[_i].base, ids[_i].strip, false};
	size_t got = receipt_id_normalise(ids[_i].raw, len, &rules, out);

	ck_assert_msg(strcmp(out, ids[_i].want) == 0, "%s: got %s", ids[_i].why, out);
	ck_assert_uint_eq(got, strlen(ids[_i].want));
}
END_TEST

/* Ids of 62 letters and digits differ by their case alone; a number in another base does not. */
START_TEST(test_id_case_kept)
{
	char out[RECEIPT_PROVIDER_ID_MAX + 1];

	receipt_id_normalise(" aB3x ", 6, &(struct id_rules){ID_AS_IS, true, true}, out);
	ck_assert_str_eq(out, "aB3x");
	receipt_id_normalise("00fF", 4, &(struct id_rules){ID_HEX_TO_DEC, true, true}, out);
	ck_assert_str_eq(out, "255");
}
END_TEST

/* 64 hex digits make 77 decimal ones: bounded, and both sides still meet. */
START_TEST(test_id_longest_conversion)
{
	char out[RECEIPT_PROVIDER_ID_MAX + 1];
	char raw[RECEIPT_PROVIDER_ID_MAX];
	const struct id_rules rules = {ID_HEX_TO_DEC, true, false};

	memset(raw, 'f', sizeof(raw));
	ck_assert_uint_eq(receipt_id_normalise(raw, sizeof(raw), &rules, out), 64);
	/* 2^256 - 1 ends so */
	ck_assert_str_eq(out + 64 - 20, "57584007913129639935");
}
END_TEST

static int compare_keys(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The number is stored, so it is fixed here; and a million counting ids must not collide. */
START_TEST(test_key)
{
	enum { N = 1000000 };
	int64_t *keys = mem_calloc(N, sizeof(*keys));

	ck_assert_int_eq(receipt_ref_key(1, "", 0), receipt_ref_key(1, "x", 0));
	ck_assert_int_ne(receipt_ref_key(1, "a", 1), receipt_ref_key(2, "a", 1));
	ck_assert_int_eq(receipt_ref_key(7, "7220bb6b", 8), INT64_C(-3984249449762662652));
	for (int k = 0; k < N; k++) {
		char id[16];
		int len = snprintf(id, sizeof(id), "%d", k);

		keys[k] = receipt_ref_key(3, id, (size_t)len);
	}
	qsort(keys, N, sizeof(*keys), compare_keys);
	for (int k = 1; k < N; k++)
		ck_assert_int_ne(keys[k - 1], keys[k]);
	mem_free(keys);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("receipt");
	TCase *tc = tcase_create("receipt");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_bundle_goes_round);
	tcase_add_test(tc, test_full_buffer_adds_nothing);
	tcase_add_test(tc, test_unprintable_text_is_replaced);
	tcase_add_loop_test(tc, test_broken_bundle_is_refused, 0,
			    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tc, test_cut_and_noisy_bundles);
	tcase_add_loop_test(tc, test_id_normalise, 0, sizeof(ids) / sizeof(ids[0]));
	tcase_add_test(tc, test_id_case_kept);
	tcase_add_test(tc, test_id_longest_conversion);
	tcase_add_test(tc, test_key);
	suite_add_tcase(s, tc);
	return suite_run(s);
}
