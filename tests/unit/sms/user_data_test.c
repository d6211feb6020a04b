/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* user_data_test - headers of parts, data_coding, and octets as text. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/sms/gsm.h"
#include "common/sms/user_data.h"
#include "common/text/utf8.h"
#include "tests/unit/support/run.h"

#define OCTETS(text) (const uint8_t *)(text), sizeof(text) - 1

/* --- where a part stands -----------------------------------------------------------------------
 */

static const struct {
	const char *why;
	const uint8_t *octets;
	size_t len;
	uint8_t esm_class;
	int reference, total, seq;
	const char *rest;
	bool broken;
} headers[] = {
	{"no header", OCTETS("\x05\x00\x03"), 0, 0, 1, 1, "\x05\x00\x03", false},
	{"8-bit reference", OCTETS("\x05\x00\x03\xFE\x03\x02hi"), 0x40, 0xFE, 3, 2, "hi", false},
	{"16-bit reference", OCTETS("\x06\x08\x04\x01\x02\x03\x01hi"), 0x40, 0x102, 3, 1, "hi",
	 false},
	{"a port before it", OCTETS("\x0B\x05\x04\x0B\x84\x23\xF0\x00\x03\x09\x02\x01x"), 0x40, 9,
	 2, 1, "x", false},
	{"the last element counts", OCTETS("\x0A\x00\x03\x01\x02\x01\x00\x03\x07\x04\x03x"), 0x40,
	 7, 4, 3, "x", false},
	{"national shift", OCTETS("\x03\x24\x01\x01text"), 0x40, 0, 1, 1, "text", false},
	{"seq 0", OCTETS("\x05\x00\x03\x09\x02\x00x"), 0x40, 0, 1, 1, "x", false},
	{"seq behind the last", OCTETS("\x05\x00\x03\x09\x02\x03x"), 0x40, 0, 1, 1, "x", false},
	{"total 0", OCTETS("\x05\x00\x03\x09\x00\x00x"), 0x40, 0, 1, 1, "x", false},
	{"one of one", OCTETS("\x05\x00\x03\x09\x01\x01x"), 0x40, 0, 1, 1, "x", false},
	{"an element of a wrong length", OCTETS("\x04\x00\x02\x09\x02x"), 0x40, 0, 1, 1, "x",
	 false},
	{"longer than all", OCTETS("\x20\x00\x03\x09\x02\x01"), 0x40, 0, 1, 1,
	 "\x20\x00\x03\x09\x02\x01", true},
	{"an element over its end", OCTETS("\x03\x00\x09\x09xy"), 0x40, 0, 1, 1,
	 "\x03\x00\x09\x09xy", true},
	{"half an element", OCTETS("\x01\x00xy"), 0x40, 0, 1, 1, "\x01\x00xy", true},
	{"nothing at all", OCTETS(""), 0x40, 0, 1, 1, "", true},
	{"a header alone", OCTETS("\x05\x00\x03\x09\x02\x02"), 0x40, 9, 2, 2, "", false},
};

START_TEST(test_header)
{
	struct smpp_sm sm = {.esm_class = headers[_i].esm_class,
			     .short_message = {headers[_i].octets, headers[_i].len}};
	size_t skipped;
	struct user_data d;

	user_data_read(&sm, &d);
	ck_assert_msg(d.reference == headers[_i].reference && d.total == headers[_i].total &&
			      d.seq == headers[_i].seq && d.broken == headers[_i].broken,
		      "%s: %d %d/%d %d", headers[_i].why, d.reference, d.seq, d.total, d.broken);
	skipped = headers[_i].len - d.octets.len;
	ck_assert_mem_eq(d.octets.data, headers[_i].octets + skipped, d.octets.len);
	if (!headers[_i].broken && headers[_i].esm_class != 0)
		ck_assert_uint_eq(d.octets.len, strlen(headers[_i].rest));
	else
		ck_assert_uint_eq(d.octets.len, headers[_i].len);
}
END_TEST

START_TEST(test_sar_and_payload)
{
	static const uint8_t ref[] = {0x12, 0x34}, total = 3, seq = 2;
	struct smpp_sm sm = {0};
	struct user_data d;
	struct buf tlvs;

	buf_init(&tlvs, 1024);
	ck_assert(smpp_tlv_put(&tlvs, SMPP_TAG_SAR_MSG_REF_NUM, ref, sizeof(ref)));
	ck_assert(smpp_tlv_put(&tlvs, SMPP_TAG_SAR_TOTAL_SEGMENTS, &total, 1));
	ck_assert(smpp_tlv_put(&tlvs, SMPP_TAG_SAR_SEGMENT_SEQNUM, &seq, 1));
	ck_assert(smpp_tlv_put(&tlvs, SMPP_TAG_MESSAGE_PAYLOAD, "payload", 7));
	sm.tlvs = (struct smpp_octets){(const uint8_t *)tlvs.data, tlvs.len};
	user_data_read(&sm, &d);
	ck_assert_uint_eq(d.reference, 0x1234);
	ck_assert_uint_eq(d.total, 3);
	ck_assert_uint_eq(d.seq, 2);
	ck_assert_uint_eq(d.octets.len, 7);
	ck_assert_mem_eq(d.octets.data, "payload", 7);
	/* short_message goes before the payload */
	sm.short_message = (struct smpp_octets){(const uint8_t *)"short", 5};
	user_data_read(&sm, &d);
	ck_assert_mem_eq(d.octets.data, "short", 5);
	buf_deinit(&tlvs);
}
END_TEST

/* --- data_coding -------------------------------------------------------------------------------
 */

static const struct {
	uint8_t data_coding;
	enum sms_coding coding;
} codings[] = {
	{0x00, CODING_GSM},	 {0x01, CODING_LATIN1}, {0x02, CODING_BINARY},
	{0x03, CODING_LATIN1},	 {0x04, CODING_BINARY}, {0x05, CODING_BINARY},
	{0x06, CODING_CYRILLIC}, {0x08, CODING_UCS2},	{0x0E, CODING_BINARY},
	{0x10, CODING_GSM},	 {0x14, CODING_BINARY}, {0x18, CODING_UCS2},
	{0x1C, CODING_BINARY},	 {0x20, CODING_BINARY}, {0x48, CODING_UCS2},
	{0x80, CODING_BINARY},	 {0xC8, CODING_GSM},	{0xD0, CODING_GSM},
	{0xE0, CODING_UCS2},	 {0xF0, CODING_GSM},	{0xF4, CODING_BINARY},
	{0xF6, CODING_BINARY},
};

START_TEST(test_data_coding)
{
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		ck_assert_msg(sms_coding_of(codings[i].data_coding, CODING_GSM) ==
				      codings[i].coding,
			      "0x%02X", codings[i].data_coding);
	ck_assert_int_eq(sms_coding_of(0, CODING_LATIN1), CODING_LATIN1);
	ck_assert_int_eq(sms_coding_of(0xF0, CODING_LATIN1), CODING_GSM);
}
END_TEST

/* --- text --------------------------------------------------------------------------------------
 */

static const struct {
	const char *why;
	enum sms_coding coding;
	const uint8_t *octets;
	size_t len;
	const char *text;
} texts[] = {
	{"GSM", CODING_GSM, OCTETS("\x00 Hello"), "@ Hello"},
	{"GSM extension", CODING_GSM,
	 OCTETS("\x1B\x65 5 \x1B\x3C"
		"a\x1B\x3E \x1B\x28\x1B\x29"),
	 "€ 5 [a] {}"},
	{"GSM, an escape at its end", CODING_GSM, OCTETS("a\x1B"), "a "},
	{"GSM, line ends", CODING_GSM,
	 OCTETS("a\x0D\x0A"
		"b"),
	 "a\nb"},
	{"Latin-1", CODING_LATIN1, OCTETS("caf\xE9 \xA3"), "café £"},
	{"Latin-1, controls", CODING_LATIN1, OCTETS("a\0b\x07"), "a\uFFFDb\uFFFD"},
	{"ISO 8859-5", CODING_CYRILLIC, OCTETS("\xC1\xC2\xBE\xBF \xF1 \xF0 1"), "СТОП ё № 1"},
	{"UCS-2", CODING_UCS2, OCTETS("\x04\x21\x04\x22\x04\x1E\x04\x1F"), "СТОП"},
	{"a surrogate pair", CODING_UCS2, OCTETS("\xD8\x3D\xDE\x00"), "😀"},
	{"surrogates alone", CODING_UCS2, OCTETS("\xD8\x3D\x00\x41\xDE\x00"), "\uFFFDA\uFFFD"},
	{"an octet too many", CODING_UCS2, OCTETS("\x00\x41\x04"), "A\uFFFD"},
	{"a mark of byte order", CODING_UCS2, OCTETS("\xFE\xFF\x00\x41"), "A"},
	{"the other byte order", CODING_UCS2, OCTETS("\xFF\xFE\x41\x00\x3D\xD8\x00\xDE"), "A😀"},
	{"a NUL", CODING_UCS2, OCTETS("\x00\x00\x00\x41"), "\uFFFDA"},
	{"a decomposed letter", CODING_UCS2, OCTETS("\x04\x38\x03\x06"), "й"},
	{"binary", CODING_BINARY, OCTETS("\x01\x02"), ""},
	{"nothing", CODING_UCS2, OCTETS(""), ""},
};

START_TEST(test_text)
{
	struct buf out;

	buf_init(&out, 1024);
	buf_add_str(&out, "<");
	user_data_text(texts[_i].coding, texts[_i].octets, texts[_i].len, &out);
	ck_assert_msg(strcmp(buf_str(&out) + 1, texts[_i].text) == 0, "%s: \"%s\"", texts[_i].why,
		      buf_str(&out) + 1);
	ck_assert_int_eq(out.data[0], '<');
	ck_assert_uint_eq(strlen(buf_str(&out)), out.len);
	buf_deinit(&out);
}
END_TEST

/* Whatever comes, it is UTF-8 that PostgreSQL takes. */
START_TEST(test_any_octets)
{
	unsigned seed = (unsigned)time(NULL);
	uint8_t octets[300];
	struct buf out;

	printf("seed %u\n", seed);
	srand(seed);
	buf_init(&out, 4096);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % sizeof(octets);
		struct smpp_sm sm = {.esm_class = (uint8_t)rand(), .short_message = {octets, len}};
		struct user_data d;

		for (size_t i = 0; i < len; i++)
			octets[i] = (uint8_t)rand();
		user_data_read(&sm, &d);
		ck_assert(d.octets.data + d.octets.len == octets + len || d.octets.len == 0);
		ck_assert(d.seq >= 1 && d.seq <= d.total);
		buf_reset(&out);
		user_data_text(sms_coding_of((uint8_t)rand(), CODING_GSM), d.octets.data,
			       d.octets.len, &out);
		ck_assert_msg(utf8_valid(buf_str(&out), out.len) == out.len, "seed %u", seed);
		ck_assert_msg(out.len == 0 || memchr(out.data, '\0', out.len) == NULL, "seed %u",
			      seed);
	}
	buf_deinit(&out);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("user_data");

	tcase_add_loop_test(tc, test_header, 0, sizeof(headers) / sizeof(headers[0]));
	tcase_add_test(tc, test_sar_and_payload);
	tcase_add_test(tc, test_data_coding);
	tcase_add_loop_test(tc, test_text, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tc, test_any_octets);
	return case_run("user_data", tc);
}
