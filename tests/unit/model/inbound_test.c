/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* inbound_test - the bundle of messages from phones, and the digest. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/model/inbound.h"
#include "tests/unit/support/run.h"

static struct inbound_part part(const char *text)
{
	return (struct inbound_part){
		.account_id = 3,
		.coding = CODING_UCS2,
		.data_coding = 8,
		.reference = 0xFFFE,
		.total = 4,
		.seq = 2,
		.msisdn = INT64_C(79161234567),
		.received_at_us = INT64_C(1764300000000001),
		.source = "+79161234567",
		.destination = "INFO",
		.octets = {(const uint8_t *)text, strlen(text)},
	};
}

static struct buf bundle;
static struct inbound_part out[INBOUND_BUNDLE_MAX];

static void setup(void)
{
	buf_init(&bundle, INBOUND_BUNDLE_BYTES);
	inbound_bundle_begin(&bundle);
}

static void teardown(void)
{
	buf_deinit(&bundle);
}

START_TEST(test_round_trip)
{
	struct inbound_part one = part("text"), two = part("");
	size_t count = 0;
	struct err err;

	two.destination[0] = '\0';
	ck_assert(inbound_bundle_add(&bundle, &one));
	ck_assert(inbound_bundle_add(&bundle, &two));
	ck_assert_msg(inbound_bundle_decode(bundle.data, bundle.len, out, &count, &err), "%s",
		      err.msg);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(out[0].account_id, 3);
	ck_assert_uint_eq(out[0].coding, CODING_UCS2);
	ck_assert_uint_eq(out[0].data_coding, 8);
	ck_assert_uint_eq(out[0].reference, 0xFFFE);
	ck_assert_uint_eq(out[0].total, 4);
	ck_assert_uint_eq(out[0].seq, 2);
	ck_assert_int_eq(out[0].msisdn, one.msisdn);
	ck_assert_int_eq(out[0].received_at_us, one.received_at_us);
	ck_assert_str_eq(out[0].source, "+79161234567");
	ck_assert_str_eq(out[0].destination, "INFO");
	ck_assert_uint_eq(out[0].octets.len, 4);
	ck_assert_mem_eq(out[0].octets.data, "text", 4);
	ck_assert_str_eq(out[1].destination, "");
	ck_assert_uint_eq(out[1].octets.len, 0);
}
END_TEST

START_TEST(test_bounds)
{
	static uint8_t long_text[INBOUND_OCTETS_MAX + 1];
	struct inbound_part p = part("");
	size_t count = 0, len;
	struct err err;

	p.octets = (struct smpp_octets){long_text, sizeof(long_text)};
	ck_assert(!inbound_bundle_add(&bundle, &p));
	p.octets.len = INBOUND_OCTETS_MAX; /* the longest fits an empty bundle */
	ck_assert(inbound_bundle_add(&bundle, &p));
	while (inbound_bundle_add(&bundle, &p))
		;
	len = bundle.len;
	ck_assert_uint_le(len, INBOUND_BUNDLE_BYTES);
	ck_assert(!inbound_bundle_add(&bundle, &p));
	ck_assert_uint_eq(bundle.len, len);
	ck_assert(!bundle.overflow);
	inbound_bundle_begin(&bundle);
	p.octets.len = 1;
	for (int i = 0; i < INBOUND_BUNDLE_MAX; i++)
		ck_assert(inbound_bundle_add(&bundle, &p));
	ck_assert(!inbound_bundle_add(&bundle, &p));
	ck_assert(inbound_bundle_decode(bundle.data, bundle.len, out, &count, &err));
	ck_assert_uint_eq(count, INBOUND_BUNDLE_MAX);
}
END_TEST

/* Cut anywhere it is refused; with any octet changed it is refused or stays within its bounds. */
START_TEST(test_broken)
{
	unsigned seed = (unsigned)time(NULL);
	struct inbound_part p = part("some text");
	size_t count = 0;
	struct err err;

	printf("seed %u\n", seed);
	srand(seed);
	ck_assert(inbound_bundle_add(&bundle, &p));
	ck_assert(inbound_bundle_add(&bundle, &p));
	for (size_t len = 0; len < bundle.len; len++)
		ck_assert(!inbound_bundle_decode(bundle.data, len, out, &count, &err));
	ck_assert(buf_add_char(&bundle, 'x'));
	ck_assert(!inbound_bundle_decode(bundle.data, bundle.len, out, &count, &err));
	bundle.len--;
	for (int round = 0; round < 20000; round++) {
		size_t at = (size_t)rand() % bundle.len;
		char was = bundle.data[at];

		bundle.data[at] = (char)rand();
		if (inbound_bundle_decode(bundle.data, bundle.len, out, &count, &err)) {
			for (size_t i = 0; i < count; i++) {
				ck_assert((const char *)out[i].octets.data + out[i].octets.len <=
					  bundle.data + bundle.len);
				ck_assert(out[i].seq >= 1 && out[i].seq <= out[i].total);
			}
		}
		bundle.data[at] = was;
	}
}
END_TEST

START_TEST(test_addresses_become_printable)
{
	struct inbound_part p = part("x");
	size_t count = 0;
	struct err err;

	memcpy(p.source, "a\xFF\n", 4);
	ck_assert(inbound_bundle_add(&bundle, &p));
	ck_assert(inbound_bundle_decode(bundle.data, bundle.len, out, &count, &err));
	ck_assert_str_eq(out[0].source, "a??");
}
END_TEST

START_TEST(test_digest)
{
	uint8_t one[INBOUND_DIGEST_BYTES], other[INBOUND_DIGEST_BYTES];
	struct inbound_part p = part("text");

	inbound_digest(&p, one);
	p.received_at_us++;
	inbound_digest(&p, other);
	ck_assert_mem_eq(one, other, sizeof(one));
	p.seq = 3;
	inbound_digest(&p, other);
	ck_assert_mem_ne(one, other, sizeof(one));
	p = part("Text");
	inbound_digest(&p, other);
	ck_assert_mem_ne(one, other, sizeof(one));
	p = part("text");
	memcpy(p.destination, "INFO2", 6);
	inbound_digest(&p, other);
	ck_assert_mem_ne(one, other, sizeof(one));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("inbound");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_broken);
	tcase_add_test(tc, test_addresses_become_printable);
	tcase_add_test(tc, test_digest);
	return case_run("inbound", tc);
}
